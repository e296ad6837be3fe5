"""The sheet ポートフォリオ表: the seven columns of the elements table, then scores, figures and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]

from engine.errors import Text
from workbooks.formulas import Formula
from workbooks.look import COLOURS, UNITS
from workbooks.stage import LEFT, begin

if TYPE_CHECKING:
    from workbooks.formulas import Pen
    from workbooks.look import Kind
    from workbooks.stage import Stage

__all__ = ["COLUMNS", "FIRST_ROW", "HEADER_ROW", "NAME", "write_portfolio"]

NAME: Final = "ポートフォリオ表"
HEADER_ROW: Final = 4  # counted from 0
FIRST_ROW: Final = 5


class Spec(NamedTuple):
    """One column: its block, header, kind, width, and the function that fills it with the words it is asked with."""

    block: str
    header: str
    kind: Kind
    width: float
    function: str
    words: tuple[str, ...] = ()


COLUMNS: Final = (
    Spec("要素表", "顧客名", "text", 31, "name"),
    Spec("要素表", "業界", "text", 15, "industry"),
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
)


def write_portfolio(stage: Stage) -> None:
    """Add the sheet: one array formula per column over all customers."""
    note = Text(
        "顧客シートの並び順。年間売上は直近12か月・税抜・返品控除後(円)。",
        "In the order of the customer sheet; sales of 12 months, before tax, net of returns (yen).",
    )
    pen = begin(
        stage,
        NAME,
        Text(NAME, "Customer portfolio"),
        note,
        [each.width for each in COLUMNS],
        (0, HEADER_ROW),
    )
    _unit(stage, pen)
    _headers(pen)
    for at, spec in enumerate(COLUMNS, start=LEFT):
        pen.spread(FIRST_ROW, at, _formula(stage, spec), [spec.kind])
    last = FIRST_ROW + stage.customers - 1
    _accents(pen, last)
    pen.sheet.set_row(HEADER_ROW, 32)
    pen.sheet.freeze_panes(FIRST_ROW, LEFT + 1)
    printed = LEFT + [each.header for each in COLUMNS].index("総合")
    pen.sheet.print_area(0, 0, last, printed)  # on A4 more columns would be too small to read
    pen.sheet.autofilter(HEADER_ROW, LEFT, last, LEFT + len(COLUMNS) - 1)


def _formula(stage: Stage, spec: Spec) -> Formula:
    if spec.function.startswith("PORTFOLIO_"):
        return stage.ask(spec.function, stage.customer(), *spec.words, room=(stage.customers, 1))
    column = stage.column(spec.function)
    if stage.empty:
        return Formula(f'=IF({column.text}="","",{column.text})', [[""] for _ in range(stage.customers)])
    cells = stage.sample.sheets["customers"].column(spec.function)
    return Formula(f'=IF({column.text}="","",{column.text})', [["" if cell is None else cell] for cell in cells])


def _unit(stage: Stage, pen: Pen) -> None:
    """Add the cell in which the unit of all money on all sheets is chosen."""
    at = LEFT + 6
    pen.sheet.write_string(2, at, "表示単位(全シートの金額)  Unit of money", pen.looks.make(align="right", font_size=9))
    form = pen.looks.make(bold=True, bg_color=COLOURS["input"], border=1, border_color=COLOURS["rule"], align="center")
    pen.sheet.write_string(2, at + 1, "円", form)
    rule = {"validate": "list", "source": ["円", *UNITS], "error_message": "円・千円・百万円 から選んでください"}
    pen.sheet.data_validation(2, at + 1, 2, at + 1, rule)
    stage.workbook.define_name("PF_UNIT", f"={NAME}!{xl_rowcol_to_cell(2, at + 1, row_abs=True, col_abs=True)}")


def _headers(pen: Pen) -> None:
    """Write two header rows: the blocks, then the columns."""
    band = pen.looks.make(
        bold=True, font_color=COLOURS["accent"], align="left", bottom=2, bottom_color=COLOURS["accent"]
    )
    shown = ""
    for at, spec in enumerate(COLUMNS, start=LEFT):
        pen.sheet.write_string(HEADER_ROW - 1, at, spec.block if spec.block != shown else "", band)
        pen.sheet.write_string(HEADER_ROW, at, spec.header, pen.looks.header)
        shown = spec.block


def _accents(pen: Pen, last: int) -> None:
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
