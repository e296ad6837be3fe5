"""The sheet 要素表(例): three customers typed in seven columns, and what the functions make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.errors import Text
from engine.language.words import text
from engine.reading.columns import columns
from workbooks.inputs.tables import KINDS, validate_column, write_cells
from workbooks.sample.sample import example
from workbooks.sheets.output_sheet import LEFT, TOP, begin, heading
from workbooks.style.formulas import Formula, Ref, ask
from workbooks.style.look import COLOURS

if TYPE_CHECKING:
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Pen
    from workbooks.style.look import Kind

NAME: Final = "要素表(例)"
TABLE: Final = "要素表"
INDICES: Final[tuple[tuple[str, Kind], ...]] = (("hhi", "number"), ("effective_number", "decimal"), ("cr1", "share"))


def write_example(stage: Stage, definition: Ref) -> None:
    """Add the sheet: the typed table, its own run, the seven columns with score and share, and three indices.

    The run takes the settings, too: without an order and without an as-of date it would be made anew every day.
    """
    content = example()
    note = Text(
        "取引がなくても、この7列だけで始められます。四捨五入のため構成比の合計が100.0%にならないことがあります。",
        "Seven typed columns are enough to begin. Shares may not sum to 100.0 % by rounding.",
    )
    title = Text(NAME, "Elements table, an example")
    pen = begin(stage, NAME, title, note, (22, 12, 16, 12, 16, 12, 32, 14, 10, 10), run=False)
    row = _write_typed_table(pen, TOP + 1)
    names = Ref(f"{TABLE}[{content.header[0]}]", [[cells[0]] for cells in content.rows])
    table = Ref(f"{TABLE}[#All]", [list(content.header), *map(list, content.rows)])
    run = _write_example_run(pen, row + 1, ask("PORTFOLIO_RUN", table, None, definition))
    row = _write_example_results(pen, row + 3, names, run)
    _write_example_indices(pen, row + 1, run)


def _write_typed_table(pen: Pen, row: int) -> int:
    """Write the typed table and return the row below it."""
    content = example()
    last = row + len(content.rows)
    headers = [{"header": header, "header_format": pen.looks.header} for header in content.header]
    heading(pen, row - 1, len(headers), Text("入力", "Input"))
    table = {"name": TABLE, "columns": headers, "style": "Table Style Light 1", "autofilter": False}
    pen.sheet.add_table(row, LEFT, last, LEFT + len(headers) - 1, table)
    known = {column.key: column for column in columns("customers")}
    for at, key in enumerate(content.keys, start=LEFT):
        form = pen.looks.cell(KINDS[known[key].kind], bg_color=COLOURS["input"])
        for down in range(row + 1, last + 1):
            pen.sheet.write_blank(down, at, None, form)
        write_cells(pen.sheet, row + 1, at, content.column(key), form)
        validate_column(pen.sheet, known[key], row + 1, last, at)
    return last + 1


def _write_example_run(pen: Pen, row: int, formula: Formula) -> Ref:
    """Write the run of this table and return the cell."""
    pen.sheet.write_string(row, LEFT, "実行ID", pen.looks.label)
    pen.one(row, LEFT + 1, formula, "text", grid=False, bold=True)
    return Ref(f"$C${row + 1}", formula.single)


def _write_example_results(pen: Pen, row: int, names: Ref, run: Ref) -> int:
    """Write what the functions answer and return the row below."""
    content = example()
    heading(pen, row, 10, Text("判定", "Result"))
    header = (*content.header, "セグメント", "総合", "構成比")
    for at, title in enumerate(header, start=LEFT):
        pen.sheet.write_string(row + 1, at, title, pen.looks.header)
    typed = [Formula(f"={TABLE}[{content.header[at]}]", [[cells[at]] for cells in content.rows]) for at in (0, 1)]
    answers: tuple[tuple[Formula, Kind], ...] = (
        (typed[0], "text"),
        (typed[1], "text"),
        (ask("PORTFOLIO_VALUE", names, "売上", run=run), "money"),
        (ask("PORTFOLIO_LEVEL", names, "継続性", run=run), "level"),
        (ask("PORTFOLIO_LEVEL", names, "成長", run=run), "level"),
        (ask("PORTFOLIO_LEVEL", names, "リスク", run=run), "level"),
        (ask("PORTFOLIO_STRATEGY", names, run=run), "text"),
        (ask("PORTFOLIO_SEGMENT", names, run=run), "level"),
        (ask("PORTFOLIO_SCORE", names, run=run), "score"),
        (ask("PORTFOLIO_VALUE", names, "構成比", run=run), "share"),
    )
    for at, (formula, kind) in enumerate(answers, start=LEFT):
        pen.spread(row + 2, at, formula, [kind])
    return row + 2 + len(content.rows)


def _write_example_indices(pen: Pen, row: int, run: Ref) -> None:
    heading(pen, row, 3, Text("集中度", "Concentration"))
    for down, (index, kind) in enumerate(INDICES, start=row + 1):
        pen.sheet.write_string(down, LEFT, text("indices", index).ja, pen.looks.label)
        answer = ask("PORTFOLIO_CONCENTRATION", Ref(f"$B{down + 1}", text("indices", index).ja), run=run)
        pen.one(down, LEFT + 1, answer, kind)
