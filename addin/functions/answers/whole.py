"""The whole portfolio: summaries, concentration and the tests of risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.functions import helps, spills
from addin.functions.cells import words_of
from addin.functions.lookup import view_of
from addin.functions.registry import worksheet_function
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Refusal, Text
from engine.lists import summary
from engine.scoring import concentration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Cell
    from addin.functions.registry import Caller
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

INDEX: Final = Text("指標", "index")
MEASURE: Final = Text("項目", "measure")
VERDICT: Final = Text("判定", "verdict")

COMPARED: Final = (
    Text("指標", "Measure"),
    Text("区分", "Item"),
    Text("比較先", "Compared with"),
    Text("自社", "Own"),
    Text("比較", "Theirs"),
    Text("差", "Gap"),
    Text("出典", "Source"),
    Text("時点", "As of"),
)
WHOLE: Final = Text("全体", "Whole")
USUAL_MEASURES: Final = ("customers", "sales", "share")
MEASURED: Final = {"sales": "sales_12m", "gross_profit": "gross_profit_12m"}


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="セグメント・業界・地域などの別に、社数・売上・構成比などを表で返します。項目「比較」は競合・業界のベンチマークとの差です。"
    "見出しを除くには項目に「値のみ」を加えます。",
    en="Returns a table by segment, industry, region and so on; the measure Comparison gives the gap to the benchmarks. "
    'Add "Values only" to the measures to drop the header.',
    arguments={"by": helps.GROUPED_BY, "measures": helps.MEASURES, "run": helps.RUN},
)
def PORTFOLIO_SUMMARY(  # noqa: N802
    by: Cell = None, measures: Sequence[Cell] = (), run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per group, with a header row."""
    view = view_of(run, caller)
    plain, chosen = spills.take_values_only(words_of(measures))
    dimension, scheme = spills.summary_dimension(by, view.portfolio)
    codes = [words.resolve("measures", word, MEASURE) for word in chosen] or list(USUAL_MEASURES)
    if "comparison" in codes:
        if len(codes) > 1:
            raise Refusal("argument", "「比較」は1つだけで指定してください", "give Comparison alone")
        rows = _write_benchmark_rows(view.portfolio, None if by is None else str(by), caller.lang)
        return rows[1:] if plain else rows
    frame = summary.summarise(view.portfolio, dimension, list(dict.fromkeys(codes)), scheme)
    rows = spills.summary_rows(frame, dimension, codes, view.portfolio.digits, caller.lang)
    return rows[1:] if plain else rows


def _write_benchmark_rows(portfolio: Portfolio, by: str | None, lang: Lang) -> list[list[object]]:
    """Return the figures beside the benchmarks below a header row; without an own figure, why there is none."""
    from engine.lists.benchmarks import compare  # late: the first answer of a cell does not wait for it

    rows: list[list[object]] = [[text.to(lang) for text in COMPARED]]
    for each in compare(portfolio, by):
        own = "" if each.reason is None else f"{NOT_AVAILABLE.to(lang)}({each.reason.to(lang)})"
        group = each.by_label.to(lang) or ("" if each.item else WHOLE.to(lang))
        part = ": ".join(filter(None, (group, each.item)))
        named = [each.label.to(lang), part, each.who]
        gap: object = NOT_AVAILABLE.to(lang) if each.gap is None else each.gap
        rows.append([*named, own or each.own, each.other, gap, each.source, each.day])
    return rows


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="売上の集中度を返します。指標は HHI(既定)・CR1・CR3・CR5・有効数・エントロピー・ジニ・80%社数。",
    en="Returns the concentration of sales: HHI (default), CR1, CR3, CR5, Effective number, Entropy, Gini, "
    "Customers to 80 %.",
    arguments={"index": helps.INDEX, "by": helps.BY, "measure": helps.MEASURE, "run": helps.RUN},
)
def PORTFOLIO_CONCENTRATION(  # noqa: N802
    index: Cell = None, by: Cell = None, measure: Cell = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return one number; see `engine.scoring.concentration.index` for the formulas."""
    view = view_of(run, caller)
    name = "hhi" if index is None else words.resolve("indices", str(index), INDEX)
    dimension = "customer" if by is None else words.find("dimensions", str(by)) or str(by).strip()
    value = "sales" if measure is None else words.resolve("measures", str(measure), MEASURE)
    if value not in MEASURED:
        raise Refusal(
            "argument",
            f"集中度は売上か粗利で測ります(「{measure}」は使えません)",
            f'concentration is measured on sales or gross profit, not "{measure}"',
        )
    column = "segment_standard" if dimension == "segment" else dimension
    return concentration.measure(view.portfolio, name, column, MEASURED[value])


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="集中リスクの検査結果を表(項目・値・基準・判定・要因・解消条件)で返します。見出しを除くには「値のみ」を加えます。",
    en="Returns the risk tests as a table: item, value, threshold, verdict, cause and what would clear it. "
    '"Values only" drops the header.',
    arguments={"level": helps.VERDICT, "run": helps.RUN},
)
def PORTFOLIO_ALERTS(level: Sequence[Cell] = (), run: Cell = None, *, caller: Caller) -> object:  # noqa: N802
    """Return one row per test, with a header row."""
    view = view_of(run, caller)
    plain, chosen = spills.take_values_only(words_of(level))
    least = [words.resolve("verdicts", word, VERDICT) for word in chosen]
    rows = spills.alert_rows(view.portfolio, least, caller.lang)
    return rows[1:] if plain else rows
