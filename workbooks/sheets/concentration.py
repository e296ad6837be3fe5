"""The sheet 集中リスク: the tests of dependence, the indices, and the largest groups as a chart with the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell  # type: ignore[import-untyped]

from engine.language.errors import Text
from engine.language.words import codes, text
from workbooks.sheets.charts import CHART_ROWS, SHOWN, insert_pareto
from workbooks.sheets.output_sheet import LEFT, TOP, begin, heading, print_areas
from workbooks.style.formulas import Formula, Ref
from workbooks.style.look import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Pen
    from workbooks.style.look import Kind

LIMITS: Final = "alerts.dependence"
INDEX_KINDS: Final[dict[str, Kind]] = {
    "hhi": "number", "cr1": "share", "cr3": "share", "cr5": "share", "effective_number": "decimal",
    "entropy": "decimal", "gini": "decimal", "customers_80": "number",
}  # fmt: skip
INDEX_NOTES: Final = {
    "hhi": "構成比(%)の2乗和。0–10,000。1,500以上は中、2,500以上は高",
    "cr1": "最大の1つが占める割合",
    "cr3": "上位3つが占める割合",
    "cr5": "上位5つが占める割合",
    "effective_number": "同じ規模が何社ある場合に相当するか(1÷構成比の2乗和)",
    "entropy": "0–1。1に近いほど均等",
    "gini": "0–1。1に近いほど偏り",
    "customers_80": "売上の80%に達するまでの数",
}
BY: Final = ("customer", "industry", "region")


def write_concentration(stage: Stage) -> None:
    """Add 集中リスク: the dependence tests, then every index by every dimension."""
    note = Text(
        "しきい値は借り物の目安です(出典は設定シート)。",
        "Thresholds are borrowed; their sources are on the sheet 設定.",
    )
    pen = begin(
        stage, "集中リスク", Text("集中リスク", "Concentration risk"), note, (30, 30, 17, 13, 50, 46, 3, 10, 10, 10)
    )
    row = heading(pen, TOP, 6, Text("依存・集中の判定", "Tests of dependence"))
    below = pen.spread(row, LEFT, stage.ask("PORTFOLIO_ALERTS", room=(9, 6)), ["text"] * 6, header=True, wrap=True)
    verdicts = [text("verdicts", code).ja for code in ("severe", "warning", "caution")]
    pen.emphasise((row + 1, LEFT + 3, below - 1, LEFT + 3), verdicts)
    title = Text("集中度の指標", "Indices of concentration")
    row = _write_concentration_indices(pen, heading(pen, below + 1, 5, title), stage)
    _write_largest_groups(pen, row + 1, stage)


def _write_concentration_indices(pen: Pen, row: int, stage: Stage) -> int:
    titles = ["指標", *(text("dimensions", by).ja for by in BY), "意味"]
    for at, title in enumerate(titles, start=LEFT):
        pen.sheet.write_string(row, at, title, stage.looks.header)
    for down, index in enumerate(codes("indices"), start=row + 1):
        name = text("indices", index).ja
        pen.sheet.write_string(down, LEFT, name, stage.looks.label)
        for at, by in enumerate(BY, start=LEFT + 1):
            index_ref = Ref(f"$B{down + 1}", name)
            by_ref = Ref(f"{xl_col_to_name(at)}${row + 1}", text("dimensions", by).ja)
            pen.one(down, at, stage.ask("PORTFOLIO_CONCENTRATION", index_ref, by_ref), INDEX_KINDS[index])
        pen.sheet.write_string(down, LEFT + 1 + len(BY), INDEX_NOTES[index], stage.looks.cell("text"))
    return down + 1


def _write_largest_groups(pen: Pen, row: int, stage: Stage) -> None:
    """Write the sales of every group of customers with the running total, and draw the largest."""
    row = heading(pen, row, 6, Text("上位の顧客(グループ合算)", "Largest customers, groups rolled up"))
    first = row + CHART_ROWS + 2
    words = f"{text('measures', 'customers').ja},{text('measures', 'sales').ja},{text('measures', 'share').ja}"
    formula = stage.ask("PORTFOLIO_SUMMARY", text("dimensions", "customer").ja, words, room=(stage.customers + 1, 4))
    below = pen.spread(first - 1, LEFT, formula, ("text", "number", "money", "share"), header=True)
    pen.sheet.write_string(first - 1, LEFT + 4, "累計構成比", pen.looks.header)
    shares = [cells[3] for cells in formula.block[1:]]
    for down in range(below - first):
        known = [each for each in shares[: down + 1] if isinstance(each, float)]
        own = f"$E{first + down + 1}"
        total = Formula(f'=IF(ISNUMBER({own}),SUM($E${first + 1}:{own}),"")', [[sum(known) if known else ""]])
        pen.one(first + down, LEFT + 4, total, "share", grid=not stage.empty, align="left", indent=1)
    limits = _write_dependence_limits(pen, first, stage)
    names = _write_chart_names(pen, first) if stage.empty else LEFT
    areas = ((TOP, 0, row - 2, LEFT + 5), (row - 1, 0, below - 1, LEFT + 5))
    print_areas(stage, pen.sheet.name, areas)
    insert_pareto(stage, pen.sheet, row, first, names, limits)


def _write_chart_names(pen: Pen, first: int) -> int:
    """Write the names for the chart's axis beside the limits, blank where there are fewer; return their column.

    Below the last name a host that does not spill shows #N/A, which a chart would print.
    """
    at = LEFT + 10
    for down in range(first, first + SHOWN):
        own = xl_rowcol_to_cell(down, LEFT, col_abs=True)
        name = Formula(f'=IFERROR({own}&"","")', [[""]])
        pen.one(down, at, name, "text", grid=False, font_size=8, font_color=COLOURS["muted"])
    return at


def _write_dependence_limits(pen: Pen, first: int, stage: Stage) -> dict[str, int]:
    """Write the limits of 顧客依存 beside the largest groups, read from the sheet 設定; return their columns."""
    rule = cast("Mapping[str, float]", stage.rules.value(LIMITS))
    found = {}
    small = pen.looks.make(font_size=8, font_color=COLOURS["muted"], align="center")
    for at, verdict in enumerate(("caution", "warning", "severe"), start=LEFT + 7):
        word = text("verdicts", verdict).ja
        pen.sheet.write_string(first - 1, at, word, small)
        number = f'=INDEX(設定表[値],MATCH("{LIMITS}.{verdict}",設定表[キー],0))'
        pen.one(first, at, Formula(number, [[float(rule[verdict])]]), "rate", grid=False, font_size=8,
                font_color=COLOURS["muted"])  # fmt: skip
        for down in range(first + 1, first + SHOWN):
            above = Formula(f"={xl_rowcol_to_cell(first, at, row_abs=True)}", [[float(rule[verdict])]])
            pen.one(down, at, above, "rate", grid=False, font_size=8, font_color=COLOURS["muted"])
        found[verdict] = at
    return found
