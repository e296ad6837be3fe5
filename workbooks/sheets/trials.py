"""The sheet 試算: a loss, changed values and hours to allot, side by side, each on a printed page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_col_to_name, xl_range_abs  # type: ignore[import-untyped]

from engine.language.errors import Text
from engine.language.words import codes, text
from workbooks.sheets.output_sheet import LEFT, TOP, begin, head_again, heading, print_areas
from workbooks.style.formulas import Ref
from workbooks.style.look import COLOURS, FORMATS, UNITS

if TYPE_CHECKING:
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Formula, Pen
    from workbooks.style.look import Kind

NAME: Final = "試算"
CHANGES: Final = "変更表"
WIDE: Final = (40, 27, 27, 18, 66)  # 指標, now, then, difference, verdict
TRIED: Final = (*WIDE, 10)  # what the buttons write: the unit as well
TRIED_ROOM: Final = 80
LOST, CHANGED, ALLOTTED, SAVED = LEFT, LEFT + 6, LEFT + 12, LEFT + 18  # first columns of the four areas
CHOSEN: Final = 4  # customers that can be lost at once
LINES: Final = 6  # rows of the table of changes
ANSWERS: Final = TOP + 9  # where the answers begin
ROOM: Final = 46
TRIAL: Final[tuple[Kind, ...]] = ("text", "number", "number", "number", "text")
BY_LABEL: Final = {"構成比": FORMATS["rate"], "有効数": FORMATS["decimal"], "月数": FORMATS["decimal"]}
ITEMS: Final = ("年間売上", "単価", "原価", "継続性", "成長ポテンシャル", "リスク", "業界", "担当", "契約終了日")
TITLES: Final = (
    Text("失注したら", "If customers are lost"),
    Text("条件を変えたら", "If values change"),
    Text("時間の配分", "Where the hours should go"),
    Text("ボタンの結果(失注を試す・条件を変える・時間配分)", "Results of the buttons"),
)


def write_trials(stage: Stage) -> None:
    """Add the sheet. The areas stand side by side: below one another, a longer answer would find its way barred."""
    note = Text(
        "黄色のセルを変えると、すぐに計算し直します。元の表は変わりません。→ 右へ: 失注・条件変更・時間配分・ボタンの結果",
        "Change the yellow cells; the tables stay as they are. To the right: loss, changes, hours, results of buttons.",
    )
    widths = (*WIDE, 3, *WIDE, 3, 40, 16, 16, 16, 24, 3, *TRIED)
    pen = begin(stage, NAME, Text(NAME, "What if"), note, widths)
    _write_loss_trial(stage, pen)
    _write_change_trial(stage, pen)
    _write_allocation_trial(stage, pen)
    for at in (CHANGED, ALLOTTED, SAVED):
        head_again(pen, NAME, at)
    heading(pen, TOP, len(TRIED), TITLES[3], at=SAVED)
    area = xl_range_abs(TOP + 1, SAVED, TOP + 1, SAVED + len(TRIED) - 1)
    stage.workbook.define_name("PF_TRIAL", f"={NAME}!{area}")
    _format_tried_rows(pen)
    ends = ((LOST, ROOM), (CHANGED, ROOM), (ALLOTTED, stage.customers + 3))
    print_areas(stage, NAME, [(TOP, first, ANSWERS + rows, first + 4) for first, rows in ends])


def _format_tried_rows(pen: Pen) -> None:
    """Dress what the buttons will write: each row says its unit, and its numbers are shown by it."""
    first, last, unit = TOP + 1, TOP + TRIED_ROOM, SAVED + len(TRIED) - 1
    label, unit_cell = (f"${xl_col_to_name(at)}{first + 1}" for at in (SAVED, unit))
    numbers = (first, SAVED + 1, last, SAVED + 3)
    add = pen.looks.workbook.add_format
    amounts = {f'{unit_cell}="円",PF_UNIT="{each}"': pattern for each, pattern in UNITS.items()}
    patterns = {**amounts, f'{unit_cell}="円"': FORMATS["money"], f'{unit_cell}="割合"': FORMATS["rate"],
                f'{unit_cell}="数"': FORMATS["number"], f'OR({unit_cell}="か月",{unit_cell}="指数")': FORMATS["decimal"]}  # fmt: skip
    for condition, pattern in patterns.items():
        rule = {"type": "formula", "criteria": f"=AND({condition})", "format": add({"num_format": pattern}),
                "stop_if_true": True}  # fmt: skip
        pen.sheet.conditional_format(*numbers, rule)
    head = add({"bold": True, "font_color": "#FFFFFF", "bg_color": COLOURS["accent"]})
    rule = {"type": "formula", "criteria": f'=AND({label}="指標",{unit_cell}="単位")', "format": head}
    pen.sheet.conditional_format(first, SAVED, last, unit, rule)


def _write_loss_trial(stage: Stage, pen: Pen) -> None:
    heading(pen, TOP, 5, TITLES[0], block=(ANSWERS, LOST))
    first = "" if stage.empty else str(stage.sample.sheets["customers"].column("name")[_find_largest_customer(stage)])
    for down in range(CHOSEN):
        row = TOP + 1 + down
        pen.sheet.write_string(row, LOST, f"失う顧客 {down + 1}", pen.looks.label)
        _write_planner_cell(pen, row, LOST + 1, first if down == 0 else None)
        pen.sheet.data_validation(row, LOST + 1, row, LOST + 1, {"validate": "list", "source": stage.names()})
    row = TOP + 1 + CHOSEN
    pen.sheet.write_string(row, LOST, "回復率(残る顧客が取り戻す割合)", pen.looks.label)
    _write_planner_cell(pen, row, LOST + 1, 0.0, "rate")
    between = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
               "error_message": "0%から100%の間で入力してください"}  # fmt: skip
    pen.sheet.data_validation(row, LOST + 1, row, LOST + 1, between)
    cells = f"$C${TOP + 2}:$C${TOP + 1 + CHOSEN}"
    names = Ref(cells, [[first], *([None] for _ in range(CHOSEN - 1))])
    rate = Ref(f"$C${row + 1}", 0.0)
    found = stage.ask("PORTFOLIO_IF_LOST", names, rate, room=(ROOM, 5), when=f"COUNTA({cells})>0")
    _write_trial_answer(pen, LOST, found)


def _find_largest_customer(stage: Stage) -> int:
    """Return the place of the customer with the highest sales, by the run itself."""
    found = stage.ask("PORTFOLIO_VALUE", stage.column("customer_id"), "売上")
    amounts = [row[0] if isinstance(row[0], (int, float)) else 0 for row in found.block]
    return amounts.index(max(amounts))


def _write_change_trial(stage: Stage, pen: Pen) -> None:
    heading(pen, TOP, 5, TITLES[1], at=CHANGED, block=(ANSWERS, CHANGED))
    top = TOP + 1
    headers = ("対象", "項目", "変更")
    columns = [{"header": each, "header_format": pen.looks.header} for each in headers]
    table = {"name": CHANGES, "columns": columns, "style": "Table Style Light 1", "autofilter": False}
    pen.sheet.add_table(top, CHANGED, top + LINES, CHANGED + 2, table)
    lines = [] if stage.empty else _propose_change_lines(stage)
    for down in range(LINES):
        for across in range(3):
            _write_planner_cell(
                pen, top + 1 + down, CHANGED + across, lines[down][across] if down < len(lines) else None
            )
    told = "顧客名・業界=製造・全体・定義 のいずれか"
    pen.sheet.data_validation(top + 1, CHANGED, top + LINES, CHANGED, {
        "validate": "list", "source": stage.names(), "input_title": "対象", "input_message": told,
        "error_type": "information", "error_title": "対象", "error_message": told})  # fmt: skip
    told = "顧客表の列名、単価・原価、または設定のキー"
    pen.sheet.data_validation(top + 1, CHANGED + 1, top + LINES, CHANGED + 1, {
        "validate": "list", "source": list(ITEMS), "input_title": "項目", "input_message": told,
        "error_type": "information", "error_title": "項目", "error_message": told})  # fmt: skip
    pen.sheet.data_validation(top + 1, CHANGED + 2, top + LINES, CHANGED + 2, {
        "validate": "any", "input_title": "変更", "input_message": "新しい値、または -20%・×1.1・+500万 のように"})  # fmt: skip
    block = [list(headers), *map(list, lines), *([None] * 3 for _ in range(LINES - len(lines)))]
    given = f"COUNTA({CHANGES}[変更])>0"
    found = stage.ask("PORTFOLIO_WHATIF", Ref(f"{CHANGES}[#All]", block), room=(ROOM, 5), when=given)
    _write_trial_answer(pen, CHANGED, found)


def _propose_change_lines(stage: Stage) -> list[tuple[str, str, str]]:
    sheet = stage.sample.sheets["customers"]
    name = str(sheet.column("name")[_find_largest_customer(stage)])
    return [(name, "年間売上", "-20%"), ("業界=食品製造", "年間売上", "+5%")] if _has_industry(stage, "食品製造") else [
        (name, "年間売上", "-20%")
    ]  # fmt: skip


def _has_industry(stage: Stage, industry: str) -> bool:
    return industry in stage.sample.sheets["customers"].column("industry")


def _write_trial_answer(pen: Pen, column: int, found: Formula) -> None:
    """Write the answer of a trial; shares and the effective number are told from money by their label."""
    below = pen.spread(ANSWERS, column, found, TRIAL, header=True)
    label = f"${xl_col_to_name(column)}{ANSWERS + 2}"
    area = (ANSWERS + 1, column + 1, max(below, ANSWERS + ROOM), column + 3)
    for word, pattern in BY_LABEL.items():
        form = pen.looks.workbook.add_format({"num_format": pattern})
        rule = {"type": "formula", "criteria": f'=ISNUMBER(SEARCH("{word}",{label}))', "format": form}
        pen.sheet.conditional_format(*area, rule)
    amount = f'OR({label}="年間売上",{label}="粗利",LEFT({label},5)="代わりの候")'
    for unit, pattern in UNITS.items():
        form = pen.looks.workbook.add_format({"num_format": pattern})
        rule = {"type": "formula", "criteria": f'=AND(PF_UNIT="{unit}",{amount})', "format": form}
        pen.sheet.conditional_format(*area, rule)


def _write_allocation_trial(stage: Stage, pen: Pen) -> None:
    heading(pen, TOP, 5, TITLES[2], at=ALLOTTED, block=(ANSWERS, ALLOTTED))
    pen.sheet.write_string(TOP + 1, ALLOTTED, "1年間に配る時間(h)", pen.looks.label)
    _write_planner_cell(pen, TOP + 1, ALLOTTED + 1, 800.0, "number")
    hours = {"validate": "decimal", "criteria": ">", "value": 0, "error_message": "0より大きい時間を入力してください"}
    pen.sheet.data_validation(TOP + 1, ALLOTTED + 1, TOP + 1, ALLOTTED + 1, hours)
    words = [text("objectives", code).ja for code in codes("objectives")]
    pen.sheet.write_string(TOP + 2, ALLOTTED, "目的", pen.looks.label)
    _write_planner_cell(pen, TOP + 2, ALLOTTED + 1, words[0])
    pen.sheet.data_validation(TOP + 2, ALLOTTED + 1, TOP + 2, ALLOTTED + 1, {"validate": "list", "source": words})
    letter = xl_col_to_name(ALLOTTED + 1)
    given = Ref(f"${letter}${TOP + 2}", 800.0), Ref(f"${letter}${TOP + 3}", words[0])
    room = (stage.customers + 2, 5)
    found = stage.ask("PORTFOLIO_ALLOCATE", *given, room=room, when=f"N({given[0].text})>0")
    below = pen.spread(ANSWERS, ALLOTTED, found, ("text", "decimal", "decimal", "decimal", "money"), header=True)
    label = f"${xl_col_to_name(ALLOTTED)}{ANSWERS + 2}"
    total = pen.looks.workbook.add_format({"bold": True, "bg_color": COLOURS["tint"]})
    rule = {"type": "formula", "criteria": f'=LEFT({label},2)="合計"', "format": total}
    pen.sheet.conditional_format(ANSWERS + 1, ALLOTTED, below - 1, ALLOTTED + 4, rule)


def _write_planner_cell(pen: Pen, row: int, column: int, value: object, kind: Kind = "text") -> None:
    """Write a cell that the planner is to change."""
    properties: dict[str, Any] = {"bg_color": COLOURS["input"], "align": "left", "indent": 1, "shrink": kind == "text"}
    if kind == "text":
        properties["num_format"] = "@"  # -20% stays the word that it is
    form = pen.looks.cell(kind, **properties)
    if isinstance(value, float):
        pen.sheet.write_number(row, column, value, form)
    elif isinstance(value, str) and value:
        pen.sheet.write_string(row, column, value, form)
    else:
        pen.sheet.write_blank(row, column, None, form)
