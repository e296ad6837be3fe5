"""One customer or a range of customers: segment, score, level, metric, strategy and the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.functions import helps, spills
from addin.functions.lookup import View, customer_text, per_customer, view_of
from addin.functions.registry import worksheet_function
from engine.definition import metrics
from engine.definition.scheme_names import find_scheme
from engine.explanation import explain
from engine.language import words
from engine.language.errors import Refusal, Text
from engine.runs import runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from addin.functions.cells import Block, Cell
    from addin.functions.registry import Caller

AXIS: Final = Text("軸", "axis")

LEVELLED: Final = ("value", "continuity", "growth", "risk")
# Groupings that say one thing of one customer, with their columns; the others are schemes.
ATTRIBUTES: Final = {each: each for each in ("industry", "region", "size", "owner", "channel")} | {"customer": "name"}


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客のセグメントを返します。分類は 標準(既定)・RFM・CPM・ABC・デシル・ライフサイクル・VOL16・成長余力・"
    "シェア伸びなど、定義にある自社の分類も。業界・地域・規模・担当・チャネル・顧客(名)も答えます。",
    en="Returns the customer's segment. Schemes: Standard (default), RFM, CPM, ABC, Decile, Lifecycle, VOL16, "
    "Share by growth … and your own; also Industry, Region, Size, Owner, Channel and Customer (name).",
    arguments={"customer": helps.CUSTOMER, "scheme": helps.SCHEME, "run": helps.RUN},
)
def PORTFOLIO_SEGMENT(  # noqa: N802
    customer: Cell | Block, scheme: Cell = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return the segment of one customer or of each in a range, as a word.

    A scheme may also be a grouping of the customer table, so that a sheet needs no reference to the table's columns,
    which a planner may paste in any order. An attribute that the table leaves blank is ''.
    """
    view = view_of(run, caller)
    attribute = None if scheme is None else _find_grouping_column(view, str(scheme))
    if attribute is not None:
        return per_customer(view, customer, view.column(attribute).__getitem__, caller)
    code = "standard" if scheme is None else view.portfolio.scheme_code(str(scheme))
    view.portfolio.require_scheme(code)
    return per_customer(view, customer, view.segments(code, caller.lang).__getitem__, caller)


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
    code = _resolve_axis(axis)
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
    code = _resolve_axis(axis)
    if code not in LEVELLED:
        there = [words.text("axes", each) for each in LEVELLED]
        raise Refusal(
            "argument",
            f"軸「{axis}」に水準はありません(使える語: {'・'.join(text.ja for text in there)})",
            f'the axis "{axis}" has no levels (use: {", ".join(text.en for text in there)})',
        )
    return per_customer(view, customer, _make_code_reader(view, f"level_{code}", "levels", caller), caller)


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
    if view.is_blank(column):  # of nobody: say once what is missing instead of 算出不可 in every cell
        from engine.explanation.profile import missing_input  # late: most metrics are known of somebody

        reason = missing_input(view.portfolio, 0, column)
        raise Refusal(
            "too_little_data",
            f"「{found.name.ja}」は算出不可です({reason.ja})",
            f'"{found.name.en}" is not available ({reason.en})',
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
    code = _resolve_axis(axis)
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
    before = runs.previous(view.portfolio)
    rows = spills.explanation_rows(explain.explain(view.portfolio, view.place(name), code, before), caller.lang)
    return rows[1:] if form == "values" else rows


def _find_grouping_column(view: View, word: str) -> str | None:
    """Return the column of the grouping that a word means, None for a scheme: a scheme of one's own wins over both."""
    if find_scheme(view.portfolio.definition, word) is not None:
        return None
    return ATTRIBUTES.get(words.find("dimensions", word) or "")


def _resolve_axis(word: Cell) -> str:
    return "total" if word is None else words.resolve("axes", str(word), AXIS)


def _make_code_reader(view: View, column: str, kind: str, caller: Caller) -> Callable[[int], object]:
    """Return what reads a code of `column` as a word of the vocabulary's `kind`."""
    return view.labels(column, kind, caller.lang).__getitem__
