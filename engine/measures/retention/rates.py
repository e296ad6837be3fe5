"""維持率 · リテンション率 · チャーン率 · GRR · NRR · 顧客化率: each by its own definition, with n and an interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.measures.retention.activity import ALWAYS, NEVER, activity_of, day_number
from engine.measures.retention.bridges import flows
from engine.measures.retention.conversion import conversions, first_lead, ripe_year
from engine.measures.retention.facts import due_of, sales_of, stay_of
from engine.measures.retention.groups import grain_of, groups_of
from engine.measures.retention.intervals import ratio_interval, wilson
from engine.measures.retention.periods import Period, number_of, period_at, period_of

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.measures.retention.groups import Groups
    from engine.scoring.portfolio import Portfolio

RATES: Final = ("retention", "repurchase", "churn", "grr", "nrr", "revenue_churn", "conversion")
MONEY_KINDS: Final = frozenset({"grr", "nrr", "revenue_churn"})
MEANINGS: Final = {
    "retention": Text(
        "期首の顧客のうち期末も取引がある割合", "share of the customers at the start that are still there"
    ),
    "repurchase": Text(
        "期末までに次の注文が見込まれた顧客のうち注文した割合", "share of the customers due to order that ordered"
    ),
    "churn": Text("期首の顧客のうち離脱した割合(1−維持率)", "share of the customers at the start that left"),
    "grr": Text(
        "前期の売上のうち残った割合(顧客ごとに前期を上限)",
        "share of the sales before that was kept, capped per customer",
    ),
    "nrr": Text("前期の顧客の当期売上÷前期売上", "sales now of the customers before ÷ their sales before"),
    "revenue_churn": Text("前期の売上のうち離脱と減少で失った割合(1−GRR)", "share of the sales before that was lost"),
    "conversion": Text(
        "獲得したリードのうち期限内に顧客になった割合", "share of the leads that became customers in time"
    ),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate of one group in one period.

    Parameters
    ----------
    kind
        A code of `RATES`.
    key, label
        The group.
    period
        The days it is measured over.
    n
        Customers (or leads) in the denominator.
    numerator, denominator
        Customers, leads, or minor units of money.
    value
        numerator ÷ denominator; None where the denominator is 0.
    low, high
        The interval at `retention.confidence`: Wilson's for counts, the ratio estimator's for money; None where n is
        too small for one.
    """

    kind: str
    key: str
    label: Text
    period: Period
    n: int
    numerator: int
    denominator: int
    value: float | None
    low: float | None
    high: float | None


def period_for(portfolio: Portfolio, word: str | None) -> Period:
    """Return the period that a user means, by the portfolio's as-of date and fiscal year; see `periods.period_of`.

    Parameters
    ----------
    word
        A period as people write it (2025年度, 2026-03 …); the last twelve months when None.
    """
    return period_of(word, portfolio.as_of, _read_fiscal_year_start(portfolio))


def rate(portfolio: Portfolio, kind: str, period: Period | None = None) -> Rate:
    """Return one rate of the whole portfolio; the last twelve months when `period` is None.

    Parameters
    ----------
    kind
        Code of the rate, out of `RATES`.
    period
        Days inclusive at both ends.

    Raises
    ------
    Refusal
        As `rates`; `too_little_data` also where the denominator is 0, with the date.
    """
    found = rates(portfolio, kind, period=period)[0]
    if found.value is None:
        name, day = words.text("retention", kind), found.period.first
        raise Refusal(
            "too_little_data",
            f"{name.ja}は算出不可です({found.period.text.ja}・{day:%Y/%m/%d}から: 分母になる顧客かリードが必要1/実0)",
            f"{name.en} is not available ({found.period.text.en}, from {day:%Y-%m-%d}: needs 1 in the denominator, has 0)",
        )
    return found


def rates(portfolio: Portfolio, kind: str, by: str | None = None, period: Period | None = None) -> tuple[Rate, ...]:
    """Return a rate per group.

    Parameters
    ----------
    kind
        `retention` 維持率: customers there at the start that are there at the end ÷ at the start. `churn` チャーン率: those
        that are not ÷ at the start, so that the two add up to 1; customers won in the period are in neither.
        `repurchase` リテンション率: of those due to order by the end, who ordered (`facts.due_of`). `grr`: Σ min(now,
        before) ÷ Σ before over the customers with sales before; `nrr`: Σ now ÷ Σ before over the same; `revenue_churn`:
        1 − GRR. `conversion` 顧客化率: see `conversion.conversions`.
    by
        What to group by (`groups.groups_of`); the whole when None. For 顧客化率 the channel only.
    period
        The last twelve months when None; for 顧客化率 the last twelve of which every lead is ripe (`conversion.ripe_year`).

    Raises
    ------
    Refusal
        When the data that the rate needs are missing, naming them.
    """
    stretch = period_for(portfolio, None) if period is None else period
    if kind == "conversion":
        stretch = ripe_year(portfolio, stretch)
    key = ("retention.rates", kind, by, stretch.first, stretch.last, stretch.grain)
    return portfolio.once(key, lambda: _compute_rates_of_groups(portfolio, kind, by, stretch))


def _compute_rates_of_groups(portfolio: Portfolio, kind: str, by: str | None, period: Period) -> tuple[Rate, ...]:
    confidence = portfolio.definition.number("retention.confidence")
    if kind == "conversion":
        return tuple(
            _make_rate_of_counts(kind, each.key, each.label, period, each.converted, each.ripe, confidence)
            for each in conversions(portfolio, period, by)
        )
    groups = groups_of(portfolio, by)
    if kind in MONEY_KINDS:
        return _compute_money_rates(portfolio, kind, groups, period, confidence)
    whole, part = _flag_whole_and_part(portfolio, kind, period)
    sums = groups.sums({"whole": whole.astype(np.int64), "part": part.astype(np.int64)})
    return tuple(
        _make_rate_of_counts(
            kind, key, label, period, int(sums["part"].iloc[at]), int(sums["whole"].iloc[at]), confidence
        )
        for at, (key, label) in enumerate(zip(groups.keys, groups.labels, strict=True))
    )


def _flag_whole_and_part(
    portfolio: Portfolio, kind: str, period: Period
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return per customer whether it is in the denominator, and whether it is in the numerator."""
    if kind == "repurchase":
        return due_of(portfolio, period)
    stay = stay_of(portfolio, period)
    return stay.start, stay.start & (stay.end if kind == "retention" else ~stay.end)


def _make_rate_of_counts(
    kind: str, key: str, label: Text, period: Period, part: int, whole: int, confidence: float
) -> Rate:
    low, high = wilson(part, whole, confidence) or (None, None)
    return Rate(kind, key, label, period, whole, part, whole, part / whole if whole else None, low, high)


def _compute_money_rates(
    portfolio: Portfolio, kind: str, groups: Groups, period: Period, confidence: float
) -> tuple[Rate, ...]:
    flow = flows(sales_of(portfolio, period))
    base = flow["start"]
    kept = base - flow["contraction"] - flow["churn"]
    part = {"grr": kept, "nrr": kept + flow["expansion"], "revenue_churn": base - kept}[kind]
    sums = groups.sums({"base": base, "part": part, "n": (base > 0).astype(np.int64)})
    x, y = base.astype(np.float64), part.astype(np.float64)
    squares = [groups.float_sums(product) for product in (x * x, x * y, y * y)]
    highest = np.inf if kind == "nrr" else 1.0
    found = []
    for at, (key, label) in enumerate(zip(groups.keys, groups.labels, strict=True)):
        whole, now, n = (int(sums[name].iloc[at]) for name in ("base", "part", "n"))
        spread = (float(squares[0][at]), float(squares[1][at]), float(squares[2][at]))
        low, high = ratio_interval(float(whole), float(now), spread, n, confidence) or (None, None)
        upper = None if high is None else min(high, highest)
        found.append(Rate(kind, key, label, period, n, now, whole, now / whole if whole else None, low, upper))
    return tuple(found)


def rates_by(portfolio: Portfolio, kind: str, by: str | None, period: Period | None = None) -> tuple[Rate, ...]:
    """Return a rate per group, or per period where `by` names a grain (月・四半期・半期・年度); see `rates` and `trend`.

    Parameters
    ----------
    kind
        Code of the rate, out of `RATES`.
    by
        A dimension, a scheme, a column or a grain; the whole when None.
    period
        Days inclusive at both ends; the last twelve months when None.
    """
    grain = grain_of(portfolio, by)
    return rates(portfolio, kind, by, period) if grain is None else trend(portfolio, kind, grain, period)


def trend(portfolio: Portfolio, kind: str, grain: str, within: Period | None = None) -> tuple[Rate, ...]:
    """Return a rate of the whole for each period of a grain (`periods_of`).

    Parameters
    ----------
    kind
        Code of the rate, out of `RATES`.
    grain
        `month`, `quarter`, `half` or `fiscal_year`.
    within
        The days that the periods must lie in; all that the data reach when None.
    """
    found = []
    for each in periods_of(portfolio, grain, within, leads=kind == "conversion"):
        whole = rates(portfolio, kind, period=each)[0]
        found.append(replace(whole, key=each.first.isoformat(), label=each.text))
    return tuple(found)


def periods_of(
    portfolio: Portfolio, grain: str, within: Period | None = None, *, leads: bool = False
) -> tuple[Period, ...]:
    """Return the periods of a grain from the first day of the data (or of the leads) to the as-of date.

    Parameters
    ----------
    within
        Only those that begin within this period; all when None.

    Raises
    ------
    Refusal
        `argument` where none begins within it.
    """
    opening = first_lead(portfolio) if leads else _find_first_known_day(portfolio)
    start = _read_fiscal_year_start(portfolio)
    newest = number_of(grain, portfolio.as_of, start)
    first = newest if opening is None else number_of(grain, _convert_day_number(opening), start)
    every = tuple(period_at(grain, number, portfolio.as_of, start) for number in range(min(first, newest), newest + 1))
    found = tuple(each for each in every if within is None or within.first <= each.first <= within.last)
    if not found and within is not None:
        name = words.text("grains", grain)
        raise Refusal(
            "argument",
            f"{within.text.ja}の中に始まる「{name.ja}」のデータがありません",
            f"no {name.en.lower()} with data begins within {within.text.en}",
        )
    return found


def _find_first_known_day(portfolio: Portfolio) -> int | None:
    activity = activity_of(portfolio)
    begun = activity.first[(activity.first > ALWAYS) & (activity.first < NEVER)]
    days = [int(begun.min())] if len(begun) else []
    days += [] if activity.opening is None else [activity.opening]
    return min(min(days), day_number(portfolio.as_of)) if days else None


def _convert_day_number(day: int) -> date:
    found: date = np.datetime64(day, "D").astype(object)
    return found


def _read_fiscal_year_start(portfolio: Portfolio) -> int:
    return int(portfolio.definition.number("general.fiscal_year_start"))
