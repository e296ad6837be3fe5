"""The sheet 価値と維持: what the customers are worth, who stayed, what winning one costs, and the cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from engine.language.errors import Text
from engine.language.words import text
from workbooks.sheets.output_sheet import LEFT, TOP, begin, heading, print_areas
from workbooks.style.formulas import Formula
from workbooks.style.look import COLOURS

if TYPE_CHECKING:
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Pen
    from workbooks.style.look import Kind

NAME: Final = "価値と維持"
COLUMNS: Final = 14
WIDTHS: Final = (24, *(14,) * 9, *(11,) * 4)
RATES: Final[tuple[Kind, ...]] = ("rate", "number", "number", "number", "rate", "rate", "date", "date")
PAYBACK: Final[tuple[Kind, ...]] = (
    "text", "money", "number", "money", "money", "decimal", "money", "decimal", "level", "below",
)  # fmt: skip
QUARTERS: Final = 12
LOW, MIDDLE, HIGH = "#F6D9D3", "#FFFFFF", "#7A9CC6"


def write_worth(stage: Stage) -> None:
    """Add the sheet; the cohorts, which grow by a row each quarter, stand at the end."""
    note = Text(
        "LTVは今の顧客の将来の粗利(前提は獲得コストの下に記載)。率には95%の区間を添えます。金額は円。",
        "LTV is the future gross profit of today's customers; rates carry their 95 % interval; money in yen.",
    )
    pen = begin(stage, NAME, Text(NAME, "Value and retention"), note, WIDTHS)
    row = heading(pen, TOP, COLUMNS, Text("顧客生涯価値(LTV)", "Lifetime value by segment"))
    words = ",".join(text("measures", code).ja for code in ("customers", "sales", "gross_profit", "ltv"))
    formula = stage.ask("PORTFOLIO_SUMMARY", text("dimensions", "segment").ja, words, room=(10, 5))
    row = pen.spread(row, LEFT, formula, ("text", "number", "money", "money", "money"), header=True)
    row = heading(pen, row + 2, COLUMNS, Text("維持率・解約率・NRR(直近12か月)", "Rates of retention"))
    formula = stage.ask("PORTFOLIO_RETENTION", room=(8, 9))
    row = pen.spread(row, LEFT, formula, ("text", *RATES), header=True)
    row = heading(pen, row + 1, COLUMNS, Text("セグメント別の維持率", "Retention by segment"))
    formula = stage.ask("PORTFOLIO_RETENTION", text("retention", "retention").ja, "セグメント", room=(10, 9))
    row = pen.spread(row, LEFT, formula, ("text", *RATES), header=True)
    row = heading(pen, row + 2, COLUMNS, Text("獲得コストと回収(チャネル別)", "Acquisition cost and payback"))
    row = _write_payback_block(stage, pen, row)
    row = trend = heading(pen, row + 2, COLUMNS, Text("NRRの推移(四半期)", "Net revenue retention by quarter"))
    formula = stage.ask("PORTFOLIO_RETENTION", "NRR", "四半期", room=(QUARTERS + 5, 9))
    row = pen.spread(row, LEFT, formula, ("text", *RATES), header=True)
    row = heading(pen, row + 5, COLUMNS, Text("コホート(初回購入の四半期から、残った顧客の割合)", "Cohorts"))
    below = _write_cohort_block(stage, pen, row)
    print_areas(stage, NAME, [(TOP, 0, trend - 2, LEFT + COLUMNS - 1), (trend - 1, 0, below + 1, LEFT + COLUMNS - 1)])


def _write_payback_block(stage: Stage, pen: Pen, row: int) -> int:
    """Write the payback; what its last column says at length is said once, over the whole width below."""
    formula = stage.ask("PORTFOLIO_PAYBACK", "チャネル", room=(8, 10))
    below = pen.spread(row, LEFT, formula, PAYBACK, header=True)
    pen.emphasise((row + 1, LEFT + 8, below - 1, LEFT + 8), ["要改善"])
    said = f"${xl_col_to_name(LEFT + 9)}${row + 2}"
    line = below + 2
    form = pen.looks.make(text_wrap=True, font_size=9, font_color=COLOURS["muted"])
    pen.sheet.merge_range(line, LEFT, line, LEFT + COLUMNS - 1, "", form)
    premise = str(formula.block[1][9]) if len(formula.block) > 1 and not stage.empty else ""
    told = Formula(
        f'=IF(OR({said}="",LEFT({said},3)="#PF"),"","LTVの前提: "&{said})',
        [[f"LTVの前提: {premise}" if premise else ""]],
    )
    pen.one(line, LEFT, told, "text", grid=False, text_wrap=True, font_size=9, font_color=COLOURS["muted"])
    pen.sheet.set_row(line, 32)
    return line


def _write_cohort_block(stage: Stage, pen: Pen, row: int) -> int:
    formula = stage.ask("PORTFOLIO_COHORT", "四半期", room=(QUARTERS + 5, QUARTERS + 2))
    width = len(formula.block[0])
    kinds: list[Kind] = ["text", "number"]
    kinds += ["rate"] * (width - 2)
    below = pen.spread(row, LEFT, formula, kinds, header=True)
    scale = {"type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num", "min_value": 0,
             "mid_value": 0.5, "max_value": 1, "min_color": LOW, "mid_color": MIDDLE, "max_color": HIGH}  # fmt: skip
    pen.sheet.conditional_format(row + 1, LEFT + 2, below + 20, LEFT + width + 20, scale)
    return below
