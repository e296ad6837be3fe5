"""The sheet 異動: who moved since the run before, and why; the run before is made from the same tables as of another day.

Decision 0192: why the run before is a formula.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from engine.definition.definition import Definition
from engine.language.errors import Text
from engine.reading.columns import TABLES
from workbooks.inputs.settings import SETTINGS_TABLE, definition_block, run_formula
from workbooks.inputs.tables import TABLE_NAMES
from workbooks.sheets.output_sheet import LEFT, TOP, begin, head_again, heading, print_areas
from workbooks.style.formulas import Formula, Ref, call
from workbooks.style.look import COLOURS

if TYPE_CHECKING:
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Pen
    from workbooks.style.look import Kind

NAME: Final = "異動"
AS_OF: Final = "general.as_of"
DAY: Final = TOP  # row of the as-of date of the run before
RUN: Final = TOP + 1
WIDTHS: Final = (20, *(17,) * 8)
LIST_WIDTHS: Final = (12, 32, 13, 13, 10, 10, 66, 12)
LIST: Final = LEFT + len(WIDTHS) + 1  # beside the others: a list that grows must find nothing in its way
LISTED: Final[tuple[Kind, ...]] = ("text", "text", "level", "level", "score", "decimal", "text", "level")
HOW: Final = Text(
    "黄色のセルに前回の基準日を入れると、同じ表からその日の実行を作って比べます。保存済みの実行と比べるときは、"
    "「前回の実行ID」のセルに数式の代わりにそのIDを入力します(「前回と比較」ボタンでも比べられます)。",
    "Enter an earlier as-of date, or put the handle of a stored run into the cell 前回の実行ID.",
)


def write_movement(stage: Stage) -> None:
    """Add the sheet: the run before, matrix, bridge, causes, and the list of those that moved."""
    note = Text("前回から今回にかけて、どの顧客がどのセグメントへ移ったか。", "Who moved from segment to segment.")
    pen = begin(stage, NAME, Text(NAME, "Movement"), note, (*WIDTHS, 3, *LIST_WIDTHS))
    before = _write_earlier_run(stage, pen)
    width = len(WIDTHS)
    row = heading(pen, TOP + 4, width, Text("異動の行列(社数)", "Matrix (customers)"))
    moves = _ask_for_movement(stage, before, "行列", (10, 9))
    row = pen.spread(row, LEFT, moves, ("text", *("number",) * 8), header=True)
    row = heading(pen, row + 3, width, Text("期首から期末へ(稼働顧客)", "Bridge of active customers"))
    row = pen.spread(
        row, LEFT, _ask_for_movement(stage, before, "増減", (7, 3)), ("text", "number", "money"), header=True
    )
    row = heading(pen, row + 1, width, Text("要因(データの変化と定義の変更を分けて)", "Causes"))
    causes = _ask_for_movement(stage, before, "要因", (9, 6))
    end = pen.spread(row, LEFT, causes, ("text", *("number",) * 5), header=True)
    head_again(pen, NAME, LIST)
    row = heading(pen, TOP, len(LIST_WIDTHS), Text("異動した顧客(主因と要因)", "Customers that moved"), at=LIST)
    moved = _ask_for_movement(stage, before, "一覧,要因", (stage.customers // 2, 8))
    below = pen.spread(row, LIST, moved, LISTED, header=True)
    pen.emphasise((row + 1, LIST + 3, below - 1, LIST + 3), ["解約リスク"])
    areas = ((TOP, 0, end + 2, LEFT + len(WIDTHS) - 1), (TOP, LIST, below + 20, LIST + len(LIST_WIDTHS) - 1))
    print_areas(stage, NAME, areas)


def _write_earlier_run(stage: Stage, pen: Pen) -> Ref:
    """Write the day of the run before and the run itself; return its cell, named `PF_PREVIOUS`."""
    day = _find_earlier_day(stage)
    pen.sheet.write_string(DAY, LEFT, "前回の基準日", pen.looks.label)
    form = pen.looks.cell("date", bg_color=COLOURS["input"], align="left", indent=1, bold=True)
    if day is None:
        pen.sheet.write_blank(DAY, LEFT + 1, None, form)
    else:
        pen.sheet.write_datetime(DAY, LEFT + 1, datetime(day.year, day.month, day.day), form)  # noqa: DTZ001 - a day
    rule = {"validate": "date", "criteria": "between", "minimum": date(1990, 1, 1), "maximum": date(2099, 12, 31),
            "error_message": "日付を 2026/06/30 の形で入力してください", "ignore_blank": True}  # fmt: skip
    pen.sheet.data_validation(DAY, LEFT + 1, DAY, LEFT + 1, rule)
    pen.sheet.write_string(RUN, LEFT, "前回の実行ID", pen.looks.label)
    formula = run_before(stage)
    # As an array formula: Calc would else take the one row of 設定表 that stands beside the cell.
    shown = formula.single if stage.filled else ""
    pen.sheet.write_dynamic_array_formula(
        RUN, LEFT + 1, RUN, LEFT + 1, formula.text, pen.looks.cell("text", bold=True), shown
    )
    stage.workbook.define_name("PF_PREVIOUS", f"={NAME}!$C${RUN + 1}")
    pen.sheet.merge_range(RUN + 1, LEFT, RUN + 1, LEFT + len(WIDTHS) - 1, "", pen.looks.note)
    wrapped = pen.looks.make(font_size=9, font_color=COLOURS["muted"], text_wrap=True)
    pen.sheet.write_string(RUN + 1, LEFT, f"{HOW.ja}\n{HOW.en}", wrapped)
    pen.sheet.set_row(RUN + 1, 32)
    return Ref("PF_PREVIOUS", formula.single)


def _find_earlier_day(stage: Stage) -> date | None:
    """Return the last day of the month three months before the sample's; None in an empty workbook."""
    if stage.empty:
        return None
    day = stage.sample.as_of
    months = day.year * 12 + day.month - 3  # the month after the one wanted, counted from 0
    return date.fromordinal(date(months // 12, months % 12 + 1, 1).toordinal() - 1)


def run_before(stage: Stage) -> Formula:
    """Return the formula of the run before: all of 設定, only the as-of date is that of the yellow cell."""
    day = _find_earlier_day(stage)
    cell = f"$C${DAY + 1}"
    value = f'IF({SETTINGS_TABLE}[[#All],[値]]="","",{SETTINGS_TABLE}[[#All],[値]])'
    keys = f"{SETTINGS_TABLE}[[#All],[キー]]"
    settings = f'CHOOSE({{1,2}},{keys},IF({keys}="{AS_OF}",{cell},{value}))'
    wait = f'{cell}<>""'
    if day is None:
        customers, orders, *further = (Ref(f"{TABLE_NAMES[name]}[#All]", None) for name in TABLES)
        text = call("PORTFOLIO_RUN", customers, orders, Ref(settings, None), *further)
        return stage.later(text, when=wait)
    rows = stage.rules.rows()
    then = Definition.from_rows([(row.key, day if row.key == AS_OF else row.value) for row in rows])
    inputs = {
        name: Ref(f"{TABLE_NAMES[name]}[#All]", [list(sheet.header), *map(list, sheet.rows)])
        for name, sheet in stage.sample.sheets.items()
    }
    found = run_formula(inputs, Ref(settings, definition_block(then)))
    return Formula(f'=IF({wait},{found.text[1:]},"")', found.block)


def _ask_for_movement(stage: Stage, before: Ref, style: str, room: tuple[int, int]) -> Formula:
    ready = f'LEFT({before.text},3)="PF-"'
    return stage.ask("PORTFOLIO_MOVE", before, stage.run, style, room=room, run=False, when=ready)
