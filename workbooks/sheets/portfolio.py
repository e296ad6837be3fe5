"""The sheet ポートフォリオ表: the seven columns of the elements table, then scores, figures and classes.

Decision 0220: why the sheets take their customers from the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell  # type: ignore[import-untyped]

from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Text
from workbooks.sheets.output_sheet import CUSTOMERS, LEFT, OVERFLOW, begin
from workbooks.style.formulas import Ref, call
from workbooks.style.look import COLOURS, UNITS

if TYPE_CHECKING:
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Formula, Pen
    from workbooks.style.look import Kind

NAME, FIRST_ROW = CUSTOMERS  # rows are counted from 0
HEADER_ROW: Final = FIRST_ROW - 1


class Spec(NamedTuple):
    """One column: its block, header, kind, width, and the function that fills it with the words it is asked with."""

    block: str
    header: str
    kind: Kind
    width: float
    function: str
    words: tuple[str, ...] = ()


COLUMNS: Final = (
    Spec("要素表", "顧客名", "text", 31, "PORTFOLIO_SEGMENT", ("顧客",)),
    Spec("要素表", "業界", "text", 15, "PORTFOLIO_SEGMENT", ("業界",)),
    Spec("要素表", "年間売上", "money", 14, "PORTFOLIO_VALUE", ("売上", "直近12か月")),
    Spec("要素表", "継続性", "level", 9, "PORTFOLIO_LEVEL", ("継続性",)),
    Spec("要素表", "成長\nポテンシャル", "level", 13, "PORTFOLIO_LEVEL", ("成長",)),
    Spec("要素表", "リスク", "level", 9, "PORTFOLIO_LEVEL", ("リスク",)),
    Spec("要素表", "戦略", "text", 40, "PORTFOLIO_STRATEGY"),
    Spec("点数(0–100)", "セグメント", "level", 13, "PORTFOLIO_SEGMENT", ("標準",)),
    Spec("点数(0–100)", "総合", "score", 8, "PORTFOLIO_SCORE", ("総合",)),
    Spec("点数(0–100)", "価値", "score", 8, "PORTFOLIO_SCORE", ("価値",)),
    Spec("点数(0–100)", "継続性", "score", 8, "PORTFOLIO_SCORE", ("継続性",)),
    Spec("点数(0–100)", "成長", "score", 8, "PORTFOLIO_SCORE", ("成長",)),
    Spec("点数(0–100)", "リスク", "score", 8, "PORTFOLIO_SCORE", ("リスク",)),
    Spec("点数(0–100)", "信頼度", "score", 8, "PORTFOLIO_SCORE", ("信頼度",)),
    Spec("数値", "構成比", "share", 9, "PORTFOLIO_VALUE", ("構成比",)),
    Spec("数値", "前年比", "change", 10, "PORTFOLIO_VALUE", ("前年比",)),
    Spec("数値", "粗利率", "rate", 9, "PORTFOLIO_VALUE", ("粗利率",)),
    Spec("数値", "最終購入日", "date", 12, "PORTFOLIO_VALUE", ("最終購入日",)),
    Spec("数値", "次回予測日", "date", 12, "PORTFOLIO_VALUE", ("次回予測日",)),
    Spec("ほかの分類", "ABC", "level", 9, "PORTFOLIO_SEGMENT", ("ABC",)),
    Spec("ほかの分類", "RFM", "level", 14, "PORTFOLIO_SEGMENT", ("RFM",)),
    Spec("ほかの分類", "CPM", "level", 14, "PORTFOLIO_SEGMENT", ("CPM",)),
    Spec("ほかの分類", "ライフ\nサイクル", "level", 11, "PORTFOLIO_SEGMENT", ("ライフサイクル",)),
    Spec("ID", "顧客ID", "text", 16, "PORTFOLIO_LIST", ("", "IDのみ")),
)
KEYS: Final = LEFT + len(COLUMNS) - 1  # the column that the others are asked with: the customers of the run


def write_portfolio(stage: Stage) -> None:
    """Add the sheet: one array formula per column over all customers."""
    note = Text(
        "売上の大きい順。年間売上は直近12か月・税抜・返品控除後(円)。",
        "Largest sales first; sales of 12 months, before tax, net of returns (yen).",
    )
    pen = begin(
        stage,
        NAME,
        Text(NAME, "Customer portfolio"),
        note,
        [each.width for each in COLUMNS],
        (0, HEADER_ROW),
    )
    _write_money_unit_cell(stage, pen)
    _write_two_headers(pen)
    keys = _make_column_formula(stage, COLUMNS[-1], None)
    pen.spread(FIRST_ROW, KEYS, keys, [COLUMNS[-1].kind])
    for at, spec in enumerate(COLUMNS[:-1], start=LEFT):
        pen.spread(FIRST_ROW, at, _make_column_formula(stage, spec, keys), [spec.kind])
    if stage.empty:
        _write_column_remarks(stage, pen)
    last = FIRST_ROW + stage.customers - 1
    _accent_levels(pen, last)
    pen.sheet.set_row(HEADER_ROW, 32)
    pen.sheet.freeze_panes(FIRST_ROW, LEFT + 1)
    printed = LEFT + [each.header for each in COLUMNS].index("総合")
    pen.sheet.print_area(0, 0, last, printed)  # on A4 more columns would be too small to read
    pen.sheet.autofilter(HEADER_ROW, LEFT, last, LEFT + len(COLUMNS) - 1)


def _make_column_formula(stage: Stage, spec: Spec, keys: Formula | None) -> Formula:
    """Return the formula of a column: the customers' IDs (`keys` is None then), or what is asked of each of them.

    Nothing points at the columns of the input table: who pastes a table in another order renames those.
    """
    room = (stage.customers, 1)
    if keys is None:
        return stage.ask(spec.function, *spec.words, float(stage.customers), room=room)
    area = xl_range_abs(FIRST_ROW, KEYS, FIRST_ROW + stage.customers - 1, KEYS)
    if not stage.empty:
        return stage.ask(spec.function, Ref(area, keys.block), *spec.words)
    # Below the last customer a host that does not spill shows #N/A in the column of the IDs.
    asked = Ref(f'IFERROR({area},"")', None)
    answer = call(spec.function, asked, *spec.words, run=stage.run)[1:]
    # What these data do not carry is refused of all alike, so the first customer tells.
    none = f'IF({asked.text}="","","{NOT_AVAILABLE.ja}")'
    return stage.later(f"=IF({_test_first_refused(stage, spec)},{none},{answer})", room=room)


def _ask_first_customer(stage: Stage, spec: Spec) -> str:
    """Return what is asked of the first customer alone."""
    first = xl_rowcol_to_cell(FIRST_ROW, KEYS, row_abs=True, col_abs=True)
    return call(spec.function, Ref(first, None), *spec.words, run=stage.run)[1:]


def _test_first_refused(stage: Stage, spec: Spec) -> str:
    return f'LEFT({_ask_first_customer(stage, spec)},3)="#PF"'


def _write_column_remarks(stage: Stage, pen: Pen) -> None:
    """Say above the columns what they lack, and (for all sheets) that a run has more customers than there is room for."""
    lacking = {word: spec for spec in COLUMNS for word in spec.words if word in ("RFM", "粗利率")}
    reasons = [
        (_test_first_refused(stage, lacking[word]), f"MID({_ask_first_customer(stage, lacking[word])},5,200)")
        for word in ("RFM", "粗利率")
    ]
    (orders, no_orders), (margins, no_margins) = reasons
    told = f'IF({orders},{no_orders},IF({margins},{no_margins},""))'
    form = {"grid": False, "indent": 0, "font_size": 9, "font_color": COLOURS["muted"]}
    pen.one(2, LEFT + 14, stage.later(f"={told}"), "text", **form)
    listed = call("PORTFOLIO_LIST", None, "IDのみ", run=stage.run)[1:]
    counted = f'IF(ROWS({listed})>{stage.customers},"顧客{{}}社のうち売上上位{stage.customers}社まで表示しています","")'
    many = counted.replace("{}", f'"&TEXT(ROWS({listed}),"#,##0")&"')
    pen.one(1, LEFT + 14, stage.later(f"={many}"), "text", **{**form, "bold": True, "font_color": COLOURS["accent"]})
    cell = xl_rowcol_to_cell(1, LEFT + 14, row_abs=True, col_abs=True)
    stage.workbook.define_name(OVERFLOW, f"={NAME}!{cell}")


def _write_money_unit_cell(stage: Stage, pen: Pen) -> None:
    """Add the cell in which the unit of all money on all sheets is chosen."""
    at = LEFT + 6
    pen.sheet.write_string(2, at, "表示単位(全シートの金額)  Unit of money", pen.looks.make(align="right", font_size=9))
    form = pen.looks.make(bold=True, bg_color=COLOURS["input"], border=1, border_color=COLOURS["rule"], align="center")
    pen.sheet.write_string(2, at + 1, "円", form)
    rule = {"validate": "list", "source": ["円", *UNITS], "error_message": "円・千円・百万円 から選んでください"}
    pen.sheet.data_validation(2, at + 1, 2, at + 1, rule)
    stage.workbook.define_name("PF_LIVE", f"={NAME}!{xl_rowcol_to_cell(0, LEFT, row_abs=True, col_abs=True)}")
    stage.workbook.define_name("PF_UNIT", f"={NAME}!{xl_rowcol_to_cell(2, at + 1, row_abs=True, col_abs=True)}")


def _write_two_headers(pen: Pen) -> None:
    """Write two header rows: the blocks, then the columns."""
    band = pen.looks.make(
        bold=True, font_color=COLOURS["accent"], align="left", bottom=2, bottom_color=COLOURS["accent"]
    )
    shown = ""
    for at, spec in enumerate(COLUMNS, start=LEFT):
        pen.sheet.write_string(HEADER_ROW - 1, at, spec.block if spec.block != shown else "", band)
        pen.sheet.write_string(HEADER_ROW, at, spec.header, pen.looks.header)
        shown = spec.block


def _accent_levels(pen: Pen, last: int) -> None:
    """Let the eye find what matters: the bad ends of the levels in the accent colour, the total score as a bar."""
    for at, spec in enumerate(COLUMNS, start=LEFT):
        area = (FIRST_ROW, at, last, at)
        if spec.kind == "level" and spec.block == "要素表":
            pen.emphasise(area, ["高" if spec.header == "リスク" else "低"])
            pen.emphasise(area, ["不明"], quiet=True)
        elif spec.header == "総合":
            tone = COLOURS["bar"]
            bar = {"type": "data_bar", "bar_color": tone, "bar_border_color": tone, "bar_solid": True,
                   "min_type": "num", "max_type": "num", "min_value": 0, "max_value": 100}  # fmt: skip
            pen.sheet.conditional_format(*area, bar)
