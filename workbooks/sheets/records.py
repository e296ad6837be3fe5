"""The sheets データ品質 and 監査ログ: what was read and what of it could not be used; who did what with which run."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from xlsxwriter.utility import xl_range_abs  # type: ignore[import-untyped]

from addin.ribbon.results import quality_rows
from engine.language.errors import Text
from engine.runs import runs
from workbooks.inputs.tables import write_cells
from workbooks.sheets.output_sheet import LEFT, TOP, begin, heading
from workbooks.sheets.views import tell_status
from workbooks.style.look import height_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.shared.book import Cell
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Pen

QUALITY: Final = "データ品質"
AUDIT: Final = "監査ログ"
AUDIT_HEADER: Final = ("日時", "利用者", "操作", "実行ID", "データ", "定義版", "件数", "メモ")
QUALITY_WIDTHS: Final = (18, 26, 16, 14, 16, 22, 78)
HEADERS: Final = ("表", "区分")  # the first word of a header row within the block


def write_quality(stage: Stage) -> None:
    """Add データ品質: the state of the run, live, and below it the block that 更新 writes over (`PF_QUALITY`)."""
    note = Text(
        "上は常に今の実行の状態。下は「更新」を押した時点の内訳で、その実行IDを示します。",
        "Above: the run as it is now. Below: what Refresh found, with the run that it belongs to.",
    )
    pen = begin(stage, QUALITY, Text(QUALITY, "Data quality"), note, QUALITY_WIDTHS)
    row = heading(pen, TOP, 7, Text("実行の状態", "State of the run"))
    row = heading(pen, tell_status(stage, pen, row) + 1, 7, Text("「更新」の記録", "As of the last Refresh"))
    if stage.empty:
        rows: Sequence[Sequence[Cell]] = [["「更新」を押すと、ここに読み込みの内訳が入ります。", *[None] * 6]]
    else:
        handle = str(stage.run.value)
        rows = quality_rows(runs.recall(handle), handle, "ja")
    for down, cells in enumerate(rows, start=row):
        _write_quality_line(pen, down, cells)
    area = xl_range_abs(row, LEFT, row + len(rows) - 1, LEFT + 6)
    stage.workbook.define_name("PF_QUALITY", f"={QUALITY}!{area}")


def _write_quality_line(pen: Pen, row: int, cells: Sequence[Cell]) -> None:
    is_header = cells[0] in HEADERS and cells[1] is not None
    for at, cell in enumerate(cells):
        if cell is None:
            continue
        if is_header:
            form = pen.looks.header
        elif isinstance(cell, date):
            form = pen.looks.cell("date", align="left", indent=1)
        elif isinstance(cell, str):
            form = pen.looks.cell("text", text_wrap=at == len(QUALITY_WIDTHS) - 1)
        else:
            form = pen.looks.cell("number")
        write_cells(pen.sheet, row, LEFT + at, (cell,), form)
    if cells[-1] is not None:
        pen.sheet.set_row(row, height_of(cells, QUALITY_WIDTHS))


def write_audit(stage: Stage) -> None:
    """Add 監査ログ: the headings under which the buttons write what was done (`PF_AUDIT`)."""
    note = Text(
        "更新などのボタンを押すたびに1行ずつ加わります。全ブックの記録は「監査ログ」ボタンで別のシートに出ます。",
        "A line per press of a button; 監査ログ shows the records of all workbooks on a sheet of their own.",
    )
    widths = (20, 18, 18, 24, 24, 22, 12, 50)
    pen = begin(stage, AUDIT, Text(AUDIT, "Audit log"), note, widths, (0, TOP))
    forms = (pen.looks.make(num_format="yyyy/mm/dd hh:mm", align="left"), pen.looks.make(num_format="#,##0"))
    pen.sheet.set_column(LEFT, LEFT, widths[0], forms[0])
    pen.sheet.set_column(LEFT + 6, LEFT + 6, widths[6], forms[1])
    for at, title in enumerate(AUDIT_HEADER, start=LEFT):
        pen.sheet.write_string(TOP, at, title, pen.looks.header)
    pen.sheet.freeze_panes(TOP + 1, 0)
    stage.workbook.define_name("PF_AUDIT", f"={AUDIT}!{xl_range_abs(TOP, LEFT, TOP, LEFT + 7)}")
