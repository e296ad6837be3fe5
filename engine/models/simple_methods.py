"""The methods of lifetime value that need few data: 簡易 (simple), 維持率 (retention) and 遷移 (Markov), on a portfolio.

Decision 0107: over which customers rates are estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models import markov, simple
from engine.models.estimate import DAYS_OF_YEAR, Estimate, interval, margin_of, quantile_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.models.estimate import Margin, Terms
    from engine.scoring.portfolio import Portfolio

NO_ORDERS: Final = Text("取引がない", "no orders")
NO_COST: Final = Text("原価のない明細がある", "an order line lacks its cost")
_BINOMIAL: Final = Text("推定した率の二項誤差(デルタ法)", "binomial error of the estimated rates (delta method)")


def simple_estimate(portfolio: Portfolio, terms: Terms) -> Estimate:
    """Return average order × orders a year × years: what the last twelve months brought, for `years` years on.

    The interval takes the orders of a year for a compound Poisson process: the variance of their sum is Σ order². It
    reaches below 0 only for a customer who returned goods.
    """
    orders = portfolio.orders
    if orders is None:
        raise _needs_orders(Text("簡易", "The simple method"))
    margin = margin_of(portfolio)
    assert margin.lines is not None  # noqa: S101 - there are orders
    customer = orders["customer"].to_numpy(np.int64)
    day = orders["date"].to_numpy().astype("datetime64[D]")
    recent = day > np.datetime64(portfolio.as_of, "D") - np.timedelta64(365, "D")
    sums = np.zeros((2, len(portfolio)))
    visits, place = np.unique(np.stack([customer[recent], day[recent].astype(np.int64)]), axis=1, return_inverse=True)
    each = np.bincount(place.reshape(-1), margin.lines[recent], minlength=visits.shape[1])
    for row, values in enumerate((each, each**2)):
        sums[row] = np.bincount(visits[0], values, minlength=len(portfolio))
    least = portfolio.definition.number("ltv.min_orders")
    bought = portfolio.frame["orders"].to_numpy(np.float64, na_value=0)
    few = Text(f"購入が少ない(必要{least:g}回)", f"too few purchases ({least:g} needed)")
    reasons = _take_first_reasons([(bought == 0, NO_ORDERS), (bought < least, few), (np.isnan(sums[0]), NO_COST)])
    mid = _blank_refused(sums[0] * terms.years, reasons)
    reach = quantile_of(terms.confidence) * np.sqrt(sums[1]) * terms.years
    returned = np.zeros(len(portfolio), dtype=np.bool_)
    returned[visits[0][each < 0]] = True
    low = np.where(
        returned, mid - reach, np.maximum(mid - reach, np.minimum(mid, 0.0))
    )  # orders alone never bring less than 0
    return Estimate(
        "simple",
        "simple",
        Text(
            "簡易: 直近12か月の平均単価×購入回数×年数", "simple: average order × orders of the last 12 months × years"
        ),
        simple.UNDISCOUNTED,
        Text("購入回数と単価のばらつき(複合ポアソン)", "spread of orders and their size (compound Poisson)"),
        low,
        mid,
        mid + reach,
        reasons,
    )


def retention_estimate(portfolio: Portfolio, terms: Terms) -> Estimate:
    """Return m·Σ rᵗ/(1+i)ᵗ: the margin of the last twelve months, kept at the company's own retention rate.

    r is the share of the buyers of the twelve months before who bought again in the last twelve, over the whole company
    or, where `ltv.group` names a column, in each of its groups that has enough of them.
    """
    if portfolio.orders is None:
        raise _needs_orders(Text("維持率", "The retention method"))
    margin = margin_of(portfolio)
    before, again = _find_buyers(portfolio, 730, 365), _find_buyers(portfolio, 365, 0)
    groups, names = _group_customers(portfolio)
    start = np.bincount(groups[before], minlength=len(names))
    kept = np.bincount(groups[before & again], minlength=len(names))
    least = portfolio.definition.number("ltv.min_retained")
    if start.sum() < least:
        raise Refusal(
            "too_little_data",
            f"維持率には前年に購入した顧客が{least:g}社以上必要です(実{start.sum()}社)",
            f"a retention rate needs {least:g} customers who bought in the year before (there are {start.sum()})",
        )
    enough = start >= least
    count, stayed = np.where(enough, start, start.sum()), np.where(enough, kept, kept.sum())
    rate = stayed / count
    multiple, slope = simple.retained_multiple(rate, terms.rate, terms.years)
    cautious = (stayed + 1) / (count + 2)  # a rate of 0 or 1 among a few is not certain
    error = slope * np.sqrt(cautious * (1 - cautious) / count)
    bought = portfolio.frame["orders"].to_numpy(np.float64, na_value=0)
    reasons = _take_first_reasons([(bought == 0, NO_ORDERS), (np.isnan(margin.yearly), NO_COST)])
    mid = _blank_refused(margin.yearly * multiple[groups], reasons)
    low, high = interval(mid, np.abs(margin.yearly) * error[groups], terms.confidence)
    rates_ja, rates_en = _rates_told(rate, count, names, enough)
    return Estimate(
        "retention",
        "retention",
        Text(f"維持率: 直近12か月の維持率 {rates_ja}", f"retention over the last 12 months: {rates_en}"),
        Text(f"{simple.FIRST_LATER.ja}を期間で打ち切り", f"{simple.FIRST_LATER.en}, cut off at the horizon"),
        _BINOMIAL,
        low,
        mid,
        high,
        reasons,
    )


@dataclass(frozen=True, eq=False)
class Chains:
    """The recency chains of a portfolio.

    Parameters
    ----------
    group
        (customers,) which chain is the customer's.
    names
        The groups' names; one blank one for the whole company.
    counted
        For each group its purchases by recency state, already cut to the states that can be told.
    pooled
        Whether a group has too few observations, so that the whole company's chain stands for it.
    recency
        (customers,) state 1…K; K + 1 lost, 0 never bought.
    days
        Length of a period.
    """

    group: NDArray[np.int64]
    names: tuple[str, ...]
    counted: tuple[markov.Purchases, ...]
    pooled: tuple[bool, ...]
    recency: NDArray[np.int64]
    days: int


def chains_of(portfolio: Portfolio) -> Chains:
    """Return the purchase probabilities by recency, estimated from the orders by period; made once per run.

    Periods of `ltv.markov_days` are counted back from the as-of date, the last one ending there.

    Raises
    ------
    Refusal
        Without orders, or when not even the first state has `ltv.markov_min` customer-periods.
    """
    return portfolio.once("ltv.chains", lambda: _count_chains(portfolio))


def _count_chains(portfolio: Portfolio) -> Chains:
    orders, definition = portfolio.orders, portfolio.definition
    if orders is None:
        raise _needs_orders(Text("遷移モデル", "The transition model"))
    days, states = int(definition.number("ltv.markov_days")), int(definition.number("ltv.markov_states"))
    if days < 1 or states < 1:
        raise Refusal(
            "missing_definition",
            f"定義 ltv.markov_days({days})と ltv.markov_states({states})は1以上にしてください",
            f"ltv.markov_days ({days}) and ltv.markov_states ({states}) must be 1 or more",
        )
    bought = orders["amount"].to_numpy(np.int64) >= 0
    customer = orders["customer"].to_numpy(np.int64)[bought]
    age = (np.datetime64(portfolio.as_of, "D") - orders["date"].to_numpy().astype("datetime64[D]")).astype(np.int64)
    back = age[bought] // days
    periods = int(back.max(initial=0)) + 1
    least = definition.number("ltv.markov_min")
    groups, names = _group_customers(portfolio)

    def count(chosen: NDArray[np.bool_]) -> markov.Purchases:
        mine = chosen[customer]
        found = markov.count_purchases(customer[mine], periods - 1 - back[mine], len(portfolio), periods, states)
        told = int(np.argmin(np.append(found.at_risk >= least, False)))  # states from the first on that have enough
        return markov.Purchases(found.at_risk[:told], found.bought[:told], np.minimum(found.recency, told + 1))

    whole = count(np.ones(len(portfolio), dtype=np.bool_))
    if not len(whole.at_risk):
        raise Refusal(
            "too_little_data",
            f"遷移モデルには1期({days}日)をまたぐ顧客×期の観測が{least:g}以上必要です",
            f"The transition model needs {least:g} customer-periods of {days} days after a purchase",
        )
    own = [count(groups == place) for place in range(len(names))] if len(names) > 1 else [whole]
    pooled = tuple(not len(each.at_risk) for each in own)
    counted = tuple(whole if lacks else each for each, lacks in zip(own, pooled, strict=True))
    recency = np.stack([each.recency for each in counted])[groups, np.arange(len(groups))]
    return Chains(groups, names, counted, pooled, recency, days)


def markov_estimate(portfolio: Portfolio, terms: Terms) -> Estimate:
    """Return the run-off of the recency chain: expected discounted periods with a purchase × the mean margin of one.

    The margin is the customer's own, over its periods with a purchase. The period now is behind us: the first payment
    comes after one period.
    """
    chains = chains_of(portfolio)
    margin = margin_of(portfolio)
    per_period = _margin_per_period(portfolio, margin, chains.days)
    length = chains.days / DAYS_OF_YEAR
    worth, error = np.zeros(len(portfolio)), np.zeros(len(portfolio))
    for place, counted in enumerate(chains.counted):
        mine = (chains.group == place) & (chains.recency > 0)
        state = chains.recency[mine] - 1
        values, errors = _value_states(counted, (1 + terms.rate) ** length - 1, terms.years / length)
        worth[mine], error[mine] = values[state], errors[state]
    reasons = _take_first_reasons([(chains.recency == 0, NO_ORDERS), (np.isnan(per_period), NO_COST)])
    mid = _blank_refused(worth * per_period, reasons)
    low, high = interval(mid, error * np.abs(per_period), terms.confidence)
    ja, en = _chances_told(chains)
    return Estimate(
        "markov",
        "markov",
        Text(
            f"遷移: 1期{chains.days}日、購入確率 {ja}",
            f"transition: periods of {chains.days} days, purchase probability {en}",
        ),
        Text("最初の支払いは1期後、期ごとに割引", "first payment after one period, discounted by period"),
        _BINOMIAL,
        low,
        mid,
        high,
        reasons,
    )


def silence(chains: Chains, days: float) -> NDArray[np.float64]:
    """Return each customer's probability of no purchase in the next `days` days; NaN for one who never bought.

    The product of (1 − p) over the states passed through, of a broken period its share as exponent; 1 once lost.
    """
    result = np.full(len(chains.recency), np.nan)
    share = simple.year_shares(days / chains.days)
    for place, counted in enumerate(chains.counted):
        quiet = 1 - counted.probability
        states = len(quiet)
        ahead = np.concatenate([quiet, np.ones(len(share) + 1)])
        by_state = [float(np.prod(ahead[state : state + len(share)] ** share)) for state in range(states + 1)]
        mine = (chains.group == place) & (chains.recency > 0)
        result[mine] = np.asarray(by_state)[chains.recency[mine] - 1]
    return result


def _value_states(
    counted: markov.Purchases, rate: float, periods: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by state the discounted periods with a purchase to come, and their standard error (delta method)."""
    chance = counted.probability
    matrix, reward = markov.transition_matrix(chance), markov.rewards(len(chance), 1.0)
    whole = int(periods)
    rest = periods - whole

    def over(make: Callable[[int], NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.asarray((1 - rest) * make(whole) + rest * make(whole + 1))

    worth = over(lambda last: markov.value(matrix, reward, rate, last, first=False))
    slope = over(lambda last: markov.value_gradient(chance, reward, rate, last))
    return worth, np.sqrt(slope**2 @ counted.variance)


def _margin_per_period(portfolio: Portfolio, margin: Margin, days: int) -> NDArray[np.float64]:
    """Return each customer's mean margin of the periods in which it bought; NaN where a cost is missing or it never did."""
    orders = portfolio.orders
    assert orders is not None and margin.lines is not None  # noqa: S101, PT018 - the chains came of them
    customer = orders["customer"].to_numpy(np.int64)
    age = (np.datetime64(portfolio.as_of, "D") - orders["date"].to_numpy().astype("datetime64[D]")).astype(np.int64)
    bought = orders["amount"].to_numpy(np.int64) >= 0
    active = np.unique(np.stack([customer[bought], age[bought] // days]), axis=1)[0]
    count = np.bincount(active, minlength=len(portfolio))
    total = np.bincount(customer, margin.lines, minlength=len(portfolio))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _find_buyers(portfolio: Portfolio, since: int, until: int) -> NDArray[np.bool_]:
    """Return who bought from `since` days ago (exclusive) to `until` days ago (inclusive)."""
    orders = portfolio.orders
    assert orders is not None  # noqa: S101 - the caller has looked
    age = (np.datetime64(portfolio.as_of, "D") - orders["date"].to_numpy().astype("datetime64[D]")).astype(np.int64)
    counts = (orders["amount"].to_numpy(np.int64) >= 0) & (age >= until) & (age < since)
    found = np.zeros(len(portfolio), dtype=np.bool_)
    found[orders["customer"].to_numpy(np.int64)[counts]] = True
    return found


def _group_customers(portfolio: Portfolio) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return each customer's group under `ltv.group`, and the groups' names; one group where it is blank."""
    column = str(portfolio.definition.value("ltv.group"))
    if not column:
        return np.zeros(len(portfolio), dtype=np.int64), ("",)
    if column not in portfolio.frame.columns:
        raise Refusal(
            "missing_definition",
            f"定義 ltv.group の列「{column}」が顧客表にありません",
            f'the column "{column}" of the definition ltv.group is not in the customer table',
        )
    texts = portfolio.frame[column].astype(object).where(portfolio.frame[column].notna(), "").astype(str)
    names, place = np.unique(texts.to_numpy(dtype=str), return_inverse=True)
    return place.reshape(-1).astype(np.int64), tuple(names.tolist())


def _take_first_reasons(rules: list[tuple[NDArray[np.bool_], Text]]) -> list[Text | None]:
    """Return for each customer the first reason that concerns it."""
    found: list[Text | None] = [None] * len(rules[0][0])
    for concerned, reason in reversed(rules):
        for place in np.flatnonzero(concerned):
            found[place] = reason
    return found


def _blank_refused(values: NDArray[np.float64], reasons: list[Text | None]) -> NDArray[np.float64]:
    refused = np.array([reason is not None for reason in reasons], dtype=np.bool_)
    return np.where(refused, np.nan, values)


def _rates_told(
    rate: NDArray[np.float64], count: NDArray[np.int64], names: tuple[str, ...], enough: NDArray[np.bool_]
) -> tuple[str, str]:
    """Return the rates in words: the company's, or those of the groups that have their own."""
    places = [place for place in range(len(names)) if enough[place]] or [0]
    told = [f"{names[place] or '全社'} {rate[place]:.1%}(n={count[place]:,})" for place in places]
    return "、".join(told), ", ".join(each.replace("全社", "company") for each in told)


def _chances_told(chains: Chains) -> tuple[str, str]:
    places = [place for place in range(len(chains.names)) if not chains.pooled[place]] or [0]
    told = [
        f"{chains.names[place] or '全社'} {'/'.join(f'{each:.2f}' for each in chains.counted[place].probability)}"
        for place in places
    ]
    return "、".join(told), ", ".join(each.replace("全社", "company") for each in told)


def _needs_orders(label: Text) -> Refusal:
    return Refusal("too_little_data", f"{label.ja}には取引表が必要です", f"{label.en} needs the orders")
