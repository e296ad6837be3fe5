"""What it cost to win customers, and when it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.functions import helps
from addin.functions.answers.retention import one_word
from addin.functions.lookup import view_of
from addin.functions.registry import Help, worksheet_function
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Lang, Text
from engine.measures import retention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Cell
    from addin.functions.registry import Caller
    from engine.scoring.portfolio import Portfolio

Rows = list[list[object]]

BY: Final = Help(
    "words",
    Text("切り口", "by"),
    Text(
        "チャネル(既定)・全体・セグメント・業界・地域・規模・担当・状態、分類名、または顧客表の列名。「値のみ」で見出しなし",
        "Channel (default), Total, Segment, Industry, Region, Size, Owner, State, a scheme or a column; Values only drops "
        "the header",
    ),
)
COLUMNS: Final = (
    Text("CAC総額", "CAC total"),
    Text("新規数", "New customers"),
    Text("CAC平均", "CAC average"),
    Text("月粗利", "Monthly gross profit"),
    Text("回収月", "Payback months"),
    Text("LTV", "Lifetime value"),
    Text("LTV:CAC", "LTV:CAC"),
    Text("判定", "Verdict"),
    Text("LTVの前提", "Basis of the value"),
)
_WHOLE: Final = frozenset({"全体", "合計", "total", "all"})


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="直近12か月の顧客獲得コストと回収を表(CAC総額・新規数・CAC平均・月粗利・回収月・LTV・LTV:CAC・判定)で返します。",
    en="Returns what it cost to win the customers of the last 12 months and when it comes back: CAC total and average, "
    "payback months, LTV:CAC and its verdict.",
    arguments={"by": BY, "run": helps.RUN},
)
def PORTFOLIO_PAYBACK(by: Sequence[Cell] = (), run: Cell = None, *, caller: Caller) -> object:  # noqa: N802
    """Return one row per group, with a header row; money in whole currency units."""
    view = view_of(run, caller)
    plain, word = one_word(by, BY.label)
    group = "channel" if word is None else None if words.normalise(word) in _WHOLE else word
    key = ("PORTFOLIO_PAYBACK", group, caller.lang)
    rows = view.portfolio.once(key, lambda: _write_payback_table(view.portfolio, group, caller.lang))
    return rows[1:] if plain else rows


def _write_payback_table(portfolio: Portfolio, by: str | None, lang: Lang) -> Rows:
    from engine.measures.value import acquisition  # late: the first answer of a cell does not wait for it

    none, unit = NOT_AVAILABLE.to(lang), 10**portfolio.digits

    def money(minor: float | None) -> object:
        return none if minor is None else minor / unit

    convention = acquisition.convention_of(portfolio).to(lang)
    rows: Rows = [[retention.title_of(by).to(lang), *(text.to(lang) for text in COLUMNS)]]
    for each in acquisition.payback(portfolio, by):
        rows.append(
            [
                each.label.to(lang),
                money(each.spend),
                each.customers,
                money(each.average),
                money(each.monthly),
                none if each.months is None else each.months,
                money(each.lifetime),
                none if each.ratio is None else each.ratio,
                none if each.verdict is None else words.label("payback", each.verdict, lang),
                convention,
            ]
        )
    return rows
