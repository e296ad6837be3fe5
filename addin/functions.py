"""The worksheet functions, in plain Python over the engine.

Every function takes scalars or rows as `addin.cells` prepares them, and returns a scalar or rows. `[run]` is the last
argument; the keyword `caller` says what is known of the calling workbook. Refusals are raised, and worded by the cell
guard. Where a function takes one customer or a range, a range is answered in one call and in its own shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin import helps, live, spills, status
from addin.cells import words_of
from addin.lookup import View, customer_text, per_customer, view_of
from addin.registry import worksheet_function
from engine import concentration, explain, metrics, summary, words
from engine.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from addin.cells import Block, Cell
    from addin.registry import Caller

__all__ = [
    "PORTFOLIO_ALERTS",
    "PORTFOLIO_CONCENTRATION",
    "PORTFOLIO_EXPLAIN",
    "PORTFOLIO_LEVEL",
    "PORTFOLIO_RUN",
    "PORTFOLIO_SCORE",
    "PORTFOLIO_SEGMENT",
    "PORTFOLIO_STATUS",
    "PORTFOLIO_STRATEGY",
    "PORTFOLIO_SUMMARY",
    "PORTFOLIO_VALUE",
]

AXIS: Final = Text("軸", "axis")
INDEX: Final = Text("指標", "index")
ITEM: Final = Text("項目", "item")
MEASURE: Final = Text("項目", "measure")
SCHEME: Final = Text("分類", "scheme")
VERDICT: Final = Text("判定", "verdict")

LEVELLED: Final = ("value", "continuity", "growth", "risk")
USUAL_MEASURES: Final = ("customers", "sales", "share")
MEASURED: Final = {"sales": "sales_12m", "gross_profit": "gross_profit_12m"}


@worksheet_function(
    category=helps.RUNS_GROUP,
    ja="顧客表(と取引表)を採点し、実行IDを返します。同じ入力なら同じIDです。結果のセルに名前 PF_RUN を付けて使います。",
    en="Scores the customer table (and orders) and returns the run's handle; equal input gives an equal handle. "
    "Name its cell PF_RUN.",
    arguments={
        "customers": helps.CUSTOMERS,
        "orders": helps.ORDERS,
        "definition": helps.DEFINITION,
        "contacts": helps.CONTACTS,
        "surveys": helps.SURVEYS,
        "costs": helps.COSTS,
        "products": helps.PRODUCTS,
        "leads": helps.LEADS,
    },
)
def PORTFOLIO_RUN(  # noqa: N802 - the name in the sheet, as below
    customers: Block,
    orders: Block | None = None,
    definition: Block | None = None,
    contacts: Block | None = None,
    surveys: Block | None = None,
    costs: Block | None = None,
    products: Block | None = None,
    leads: Block | None = None,
    *,
    caller: Caller,
) -> str:
    """Score table ranges once and return the run's handle, such as `PF-20261122-7f3a9c`."""
    given = {
        "customers": customers,
        "orders": orders,
        "contacts": contacts,
        "surveys": surveys,
        "costs": costs,
        "products": products,
        "leads": leads,
    }
    return live.score_ranges({name: block for name, block in given.items() if block is not None}, definition, caller)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客のセグメントを返します。分類は 標準(既定)・RFM・CPM・ABC・デシル・ライフサイクル。",
    en="Returns the customer's segment. Schemes: Standard (default), RFM, CPM, ABC, Decile, Lifecycle.",
    arguments={"customer": helps.CUSTOMER, "scheme": helps.SCHEME, "run": helps.RUN},
)
def PORTFOLIO_SEGMENT(  # noqa: N802
    customer: Cell | Block, scheme: Cell = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return the segment of one customer or of each in a range, as a word."""
    view = view_of(run, caller)
    code = "standard" if scheme is None else words.resolve("schemes", str(scheme), SCHEME)
    view.portfolio.require_scheme(code)
    return per_customer(view, customer, _label(view, f"segment_{code}", f"segments.{code}", caller), caller)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客の点数(0〜100)を返します。軸は 総合(既定)・価値・継続性・成長・リスク・信頼度。データが足りない顧客は「算出不可」。",
    en="Returns the customer's score, 0 to 100. Axes: Total (default), Value, Continuity, Growth, Risk, Confidence. "
    "n/a where the data do not tell.",
    arguments={"customer": helps.CUSTOMER, "axis": helps.SCORED_AXIS, "run": helps.RUN},
)
def PORTFOLIO_SCORE(  # noqa: N802
    customer: Cell | Block, axis: Cell = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return the score of one customer or of each in a range."""
    view = view_of(run, caller)
    code = _axis(axis)
    scores = view.told("confidence" if code == "confidence" else f"score_{code}", caller.lang)
    return per_customer(view, customer, scores.__getitem__, caller)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客の水準(高・中・低・不明)を返します。軸は 価値・継続性・成長・リスク。",
    en="Returns the customer's level: High, Medium, Low or Unknown. Axes: Value, Continuity, Growth, Risk.",
    arguments={"customer": helps.CUSTOMER, "axis": helps.LEVELLED_AXIS, "run": helps.RUN},
)
def PORTFOLIO_LEVEL(customer: Cell | Block, axis: Cell, run: Cell = None, *, caller: Caller) -> object:  # noqa: N802
    """Return the level of one customer or of each in a range, as a word."""
    view = view_of(run, caller)
    code = _axis(axis)
    if code not in LEVELLED:
        there = [words.text("axes", each) for each in LEVELLED]
        raise Refusal(
            "argument",
            f"軸「{axis}」に水準はありません(使える語: {'・'.join(text.ja for text in there)})",
            f'the axis "{axis}" has no levels (use: {", ".join(text.en for text in there)})',
        )
    return per_customer(view, customer, _label(view, f"level_{code}", "levels", caller), caller)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客の指標(売上・構成比・粗利・R・F・M・間隔・次回予測日など)を返します。データが足りない顧客は「算出不可」。",
    en="Returns a metric of the customer: sales, share, gross profit, R, F, M, interval, next expected order and more. "
    "n/a where the data do not tell.",
    arguments={"customer": helps.CUSTOMER, "metric": helps.METRIC, "period": helps.PERIOD, "run": helps.RUN},
)
def PORTFOLIO_VALUE(  # noqa: N802
    customer: Cell | Block, metric: Cell, period: Cell = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return a number or date of one customer or of each in a range; money in whole currency units, rates as 0–1."""
    view = view_of(run, caller)
    found = metrics.find_metric(str(metric))
    column = metrics.column_of(found, None if period is None else str(period))
    if view.portfolio.orders is None and view.is_blank(column):
        raise Refusal(
            "too_little_data",
            f"「{found.name.ja}」は算出不可です(取引表か、その列が必要です)",
            f'"{found.name.en}" is not available (it needs the orders, or its own column)',
        )
    values = view.told(column, caller.lang, 10**view.portfolio.digits if found.unit == "money" else 1)
    return per_customer(view, customer, values.__getitem__, caller)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客の戦略(規則表で最初に合った行の文)を返します。",
    en="Returns the customer's strategy: the text of the first rule that matches.",
    arguments={"customer": helps.CUSTOMER, "run": helps.RUN},
)
def PORTFOLIO_STRATEGY(customer: Cell | Block, run: Cell = None, *, caller: Caller) -> object:  # noqa: N802
    """Return the strategy of one customer or of each in a range."""
    view = view_of(run, caller)
    texts = view.column(f"strategy_{caller.lang}")
    return per_customer(view, customer, texts.__getitem__, caller)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="点数の理由を返します。1行の文(既定)、または要因・値・基準・配点・寄与・前回差の表。寄与の合計は点数に一致します。",
    en="Explains a score in one line (default), or as a table of factors whose contributions sum to the score exactly.",
    arguments={
        "customer": helps.CUSTOMER,
        "axis": helps.EXPLAINED_AXIS,
        "style": helps.STYLE,
        "run": helps.RUN,
    },
)
def PORTFOLIO_EXPLAIN(  # noqa: N802
    customer: Cell | Block, axis: Cell = None, style: Cell = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return why a score is what it is: one line per customer, or the table of one customer."""
    view = view_of(run, caller)
    code = _axis(axis)
    form = spills.explain_style(style)

    def sentence(place: int) -> str:
        return explain.explain(view.portfolio, place, code).sentence.to(caller.lang)

    if form == "line":
        return per_customer(view, customer, sentence, caller)
    if isinstance(customer, list):
        raise Refusal("argument", "表の形式は顧客を1社だけ指定してください", "the table style takes a single customer")
    name = customer_text(customer)
    if not name:
        return ""
    rows = spills.explanation_rows(explain.explain(view.portfolio, view.place(name), code), caller.lang)
    return rows[1:] if form == "values" else rows


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="セグメント・業界・地域などの別に、社数・売上・構成比などを表で返します。見出しを除くには項目に「値のみ」を加えます。",
    en='Returns a table by segment, industry, region and so on. Add "Values only" to the measures to drop the header.',
    arguments={"by": helps.GROUPED_BY, "measures": helps.MEASURES, "run": helps.RUN},
)
def PORTFOLIO_SUMMARY(  # noqa: N802
    by: Cell = None, measures: Sequence[Cell] = (), run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per group, with a header row."""
    view = view_of(run, caller)
    plain, chosen = spills.take_values_only(words_of(measures))
    dimension, scheme = spills.summary_dimension(by)
    codes = [words.resolve("measures", word, MEASURE) for word in chosen] or list(USUAL_MEASURES)
    frame = summary.summarise(view.portfolio, by=dimension, scheme=scheme)
    rows = spills.summary_rows(frame, dimension, codes, view.portfolio.digits, caller.lang)
    return rows[1:] if plain else rows


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
    """Return one number; see `engine.concentration.index` for the formulas."""
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


@worksheet_function(
    category=helps.RUNS_GROUP,
    ja="実行の状態を返します。項目は 実行ID・基準日・鮮度・件数・品質・定義版・階層・未反映・目的。省略時はすべて。",
    en="Returns the state of the run: Run, As-of date, Freshness, Counts, Quality, Definition, Tier, Pending, Purpose; "
    "all of it without an item.",
    arguments={"item": helps.ITEM, "run": helps.RUN},
)
def PORTFOLIO_STATUS(item: Sequence[Cell] = (), run: Cell = None, *, caller: Caller) -> object:  # noqa: N802
    """Return one item of the run's state, or several or all of them as two columns."""
    view = view_of(run, caller)
    plain, chosen = spills.take_values_only(words_of(item))
    codes = [words.resolve("status", word, ITEM) for word in chosen]
    if len(codes) == 1 and not plain:
        return status.item(view, codes[0], caller)
    rows = status.rows(view, codes or words.codes("status"), caller)
    return rows[1:] if plain else rows


def _axis(word: Cell) -> str:
    return "total" if word is None else words.resolve("axes", str(word), AXIS)


def _label(view: View, column: str, kind: str, caller: Caller) -> Callable[[int], object]:
    """Return what reads a code of `column` as a word of the vocabulary's `kind`."""
    return view.labels(column, kind, caller.lang).__getitem__
