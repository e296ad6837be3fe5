"""Risk and return of the mix of segments: which mix would have grown as fast with less variation.

Customers are treated as assets (C. O. Tarasi, R. N. Bolton, M. D. Hutt, B. A. Walker, "Balancing Risk and Return in a
Customer Portfolio", Journal of Marketing 75(3), 2011): a segment's return is the growth of its sales from period to
period, its risk their variation, and a mix is chosen by mean and variance (H. Markowitz, "Portfolio Selection", Journal of
Finance 7(1), 1952), long only and within reach of today's mix.

Decision 0152: what risk and return of segments rest on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language import words
from engine.language.display import percent
from engine.language.errors import Refusal, Text
from engine.planning.frontier.quadratic import least_variance, most_return, shrunk_covariance
from engine.scoring.grouping import name_or_blank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

__all__ = ["Frontier", "Mix", "frontier", "growth_series"]

_LATE_START: Final = 7  # days: records that begin on the first working days of a period still hold all of it
_PERIODS: Final = {"month": ("M", Text("か月", "months")), "quarter": ("Q", Text("四半期", "quarters"))}


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the segments with the growth to be expected per period and its standard deviation."""

    weights: NDArray[np.float64]
    growth: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Frontier:
    """Risk and return of the segments, and mixes to compare.

    Parameters
    ----------
    segments
        Their names, in the order of all arrays.
    groups
        Their codes or texts, as the customers carry them.
    n
        Growth rates per segment that were observed.
    period
        month or quarter.
    growth, deviation
        Mean and standard deviation of each segment's growth per period.
    beta
        Covariance of the segment's growth with today's mix ÷ variance of today's mix (Tarasi et al. 2011).
    reward_to_variability
        Growth ÷ deviation per segment; NaN where nothing varied.
    covariance
        As it was used.
    shrinkage
        Weight of the shrinkage target, 0 where the plain covariance was used.
    current, safest, equal_return
        Today's mix, the one of least variance, and the one of least variance at today's growth.
    points
        Mixes of least variance from the safest one's growth to the highest that is within reach.
    recommendation
        What that suggests, in one sentence.
    notes
        Caveats.
    """

    segments: tuple[Text, ...]
    groups: tuple[str, ...]
    n: int
    period: str
    growth: NDArray[np.float64]
    deviation: NDArray[np.float64]
    beta: NDArray[np.float64]
    reward_to_variability: NDArray[np.float64]
    covariance: NDArray[np.float64]
    shrinkage: float
    current: Mix
    safest: Mix
    equal_return: Mix
    points: tuple[Mix, ...]
    recommendation: Text
    notes: tuple[Text, ...]


def growth_series(portfolio: Portfolio, by: str = "segment", period: str | None = None) -> pd.DataFrame:
    """Return growth rates from period to period: one row per period, one column per group (codes or texts).

    A rate is the logarithm of this period's sales over those of the one before: sales that only swing have a mean of 0,
    where percentages (−20 %, +25 %) would pretend to growth.

    Whole periods only, counted back from the as-of date's own (left out unless it is over); customers belong to the
    group in which they are today, and blanks are a group of their own. A group without positive sales in every period
    has no rates and is left out.

    Raises
    ------
    Refusal
        `too_little_data` without orders or with fewer than `frontier.min_periods` rates, `argument` for an unknown group
        or period.
    """
    code = str(portfolio.definition.value("frontier.period")) if period is None else period
    if code not in _PERIODS:
        raise Refusal(
            "argument",
            f"期間「{code}」は month か quarter で指定してください",
            f'the period "{code}" must be month or quarter',
        )
    column = {"segment": "segment_standard"}.get(by, by)
    if column not in portfolio.frame.columns:
        raise Refusal("argument", f"切り口「{by}」の列がありません", f'there is no column "{by}" to group by')
    if portfolio.orders is None or portfolio.orders.empty:
        raise Refusal(
            "too_little_data",
            "取引表がないため、期ごとの伸びが分かりません",
            "without orders no growth per period is known",
        )
    sales = _sum_sales_per_period(portfolio, column, _PERIODS[code][0])
    least = int(portfolio.definition.number("frontier.min_periods"))
    if len(sales) - 1 < least:
        raise Refusal(
            "too_little_data",
            f"期ごとの伸びが足りません(必要{least}/実{max(len(sales) - 1, 0)}、単位は{_PERIODS[code][1].ja})",
            f"too few growth rates (needed {least}, there are {max(len(sales) - 1, 0)} {_PERIODS[code][1].en})",
        )
    steady = sales.loc[:, (sales > 0).all()]
    return pd.DataFrame(np.log(steady)).diff().iloc[1:]


def _sum_sales_per_period(portfolio: Portfolio, column: str, frequency: str) -> pd.DataFrame:
    orders, frame = portfolio.tables.orders, portfolio.frame
    assert orders is not None  # noqa: S101 - the caller has looked
    groups = frame[column].astype(object).where(frame[column].notna(), "").to_numpy()
    when = pd.PeriodIndex(orders["date"].to_numpy().astype("datetime64[ns]"), freq=frequency)
    who = groups[orders["customer"].to_numpy(np.int64)]
    lines = pd.DataFrame({"period": when, "group": who, "amount": orders["amount"].to_numpy(np.int64)})
    sums = lines.pivot_table(index="period", columns="group", values="amount", aggfunc="sum", fill_value=0)
    end = pd.Timestamp(portfolio.as_of)
    last = pd.Period(end, freq=frequency)
    last = last if last.end_time.normalize() <= end else last - 1
    first = when.min()
    if pd.Timestamp(orders["date"].min()) >= first.start_time + pd.Timedelta(days=_LATE_START):
        first += 1  # the records begin within the period
    whole = pd.period_range(first, last, freq=frequency)
    return sums.reindex(whole, fill_value=0).astype(np.float64)


def frontier(portfolio: Portfolio, by: str = "segment", period: str | None = None) -> Frontier:
    """Return risk and return of the groups, and the mixes that would serve better.

    Parameters
    ----------
    by
        `segment` (標準) or a column such as `industry`.
    period
        `month` or `quarter`; the definition's `frontier.period` when None.

    Raises
    ------
    Refusal
        As `growth_series`, and `too_little_data` with fewer than two groups.
    """
    return portfolio.once(("frontier", by, period), lambda: _compute_frontier(portfolio, by, period))


def _compute_frontier(portfolio: Portfolio, by: str, period: str | None) -> Frontier:
    definition = portfolio.definition
    code = str(definition.value("frontier.period")) if period is None else period
    series = growth_series(portfolio, by, code)
    column = {"segment": "segment_standard"}.get(by, by)
    sales = _compute_sales_shares(portfolio, column, series)
    series = series[sales.index]
    if len(sales) < 2:
        raise Refusal(
            "too_little_data",
            f"毎期売上のあるグループが2つ以上必要です(実{len(sales)})",
            f"two groups with sales in every period are needed (there are {len(sales)})",
        )
    rates = series.to_numpy(np.float64)
    n, count = rates.shape
    plain = np.cov(rates, rowvar=False, ddof=1)
    short = n < definition.number("frontier.shrink_below") * count
    covariance, shrinkage = shrunk_covariance(rates) if short else (plain, 0.0)
    growth, current = rates.mean(axis=0), sales.to_numpy(np.float64)
    reach = definition.number("frontier.max_change")
    low, high = np.maximum(current - reach, 0.0), np.minimum(current + reach, 1.0)
    weights = _find_weights_along_frontier(
        covariance, growth, current, low, high, int(definition.number("frontier.points"))
    )
    mixes = [_measure_mix(each, growth, covariance) for each in weights]
    now, safest, equal = _measure_mix(current, growth, covariance), mixes[0], mixes[1]
    variance, deviation = now.deviation**2, np.sqrt(np.diag(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = covariance @ current / variance if variance > 0 else np.full(count, np.nan)
        reward = np.where(deviation > 0, growth / np.where(deviation > 0, deviation, 1.0), np.nan)
    names = tuple(_word_group_of_frontier(column, str(group)) for group in series.columns)
    return Frontier(
        segments=names,
        groups=tuple(str(group) for group in series.columns),
        n=n,
        period=code,
        growth=growth,
        deviation=deviation,
        beta=beta,
        reward_to_variability=reward,
        covariance=covariance,
        shrinkage=shrinkage,
        current=now,
        safest=safest,
        equal_return=equal,
        points=tuple(mixes[2:]),
        recommendation=_word_steadier_mix(names, now, equal),
        notes=_word_frontier_notes(portfolio, column, series, n, code, shrinkage),
    )


def _compute_sales_shares(portfolio: Portfolio, column: str, series: pd.DataFrame) -> pd.Series:
    frame = portfolio.frame
    keys = frame[column].astype(object).where(frame[column].notna(), "").to_numpy()
    sums = frame["sales_12m"].astype("Float64").groupby(keys).sum().astype(np.float64).reindex(series.columns).dropna()
    sums = sums[sums > 0]
    return sums / sums.sum()


def _find_weights_along_frontier(
    covariance: NDArray[np.float64],
    growth: NDArray[np.float64],
    current: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    points: int,
) -> list[NDArray[np.float64]]:
    """Return the safest mix, the safest at today's growth, then the points of the frontier."""
    safest = least_variance(covariance, low, high, current)
    equal = least_variance(covariance, low, high, current, (growth, float(growth @ current)))
    best = most_return(growth, low, high)
    targets = np.linspace(float(growth @ safest), float(growth @ best), points)
    inner = [least_variance(covariance, low, high, _blend_two_mixes(safest, best, part), (growth, float(target)))
             for part, target in zip(np.linspace(0, 1, points)[1:-1], targets[1:-1], strict=True)]  # fmt: skip
    return [safest, equal, safest, *inner, best]


def _blend_two_mixes(one: NDArray[np.float64], two: NDArray[np.float64], part: float) -> NDArray[np.float64]:
    return np.asarray(one + part * (two - one))


def _measure_mix(weights: NDArray[np.float64], growth: NDArray[np.float64], covariance: NDArray[np.float64]) -> Mix:
    return Mix(weights, float(growth @ weights), math.sqrt(max(float(weights @ covariance @ weights), 0.0)))


def _word_group_of_frontier(column: str, group: str) -> Text:
    if column == "segment_standard":
        return words.text("segments.standard", group)
    return name_or_blank(group)


def _word_steadier_mix(names: tuple[Text, ...], now: Mix, equal: Mix) -> Text:
    change = equal.weights - now.weights
    saved = 0.0 if now.deviation == 0 else 1 - equal.deviation / now.deviation
    if saved < 0.005 or np.abs(change).max() < 0.005:
        return Text(
            "今の構成は、同じ伸びで得られる最も安定した構成とほぼ同じです",
            "today's mix is about the steadiest that is to be had at the same growth",
        )
    up, down = int(np.argmax(change)), int(np.argmin(change))
    points = [f"{abs(change[at]) * 100:.1f}pt" for at in (up, down)]
    less = [percent(saved, lang) for lang in ("ja", "en")]
    return Text(
        f"{names[up].ja}を{points[0]}増やし{names[down].ja}を{points[1]}減らすなどすれば、同じ伸びのまま変動が{less[0]}小さくなる見込みです",
        f"with {points[0]} more of {names[up].en}, {points[1]} less of {names[down].en} and so on, the same growth "
        f"would have varied {less[1]} less",
    )


def _word_frontier_notes(
    portfolio: Portfolio, column: str, series: pd.DataFrame, n: int, code: str, shrinkage: float
) -> tuple[Text, ...]:
    unit = _PERIODS[code][1]
    notes = [
        Text(
            f"過去{n}{unit.ja}の伸びに基づく試算で、将来を約束しません。顧客は今のグループに属していたものとして数え、季節の波も変動に含みます",
            f"based on {n} {unit.en} of the past, which promise nothing; customers count in the group of today, "
            "and the waves of the seasons count as variation",
        )
    ]
    if shrinkage:
        part = [percent(shrinkage, lang, 0) for lang in ("ja", "en")]
        notes.append(
            Text(
                f"期数が少ないため共分散を縮小推定しました(Ledoit・Wolf、縮小{part[0]})",
                f"few periods: the covariance was shrunk (Ledoit & Wolf, by {part[1]})",
            )
        )
    frame = portfolio.frame
    groups = set(frame[column].astype(object).where(frame[column].notna(), ""))
    left = [
        _word_group_of_frontier(column, group)
        for group in sorted({str(each) for each in groups} - {str(each) for each in series.columns})
    ]
    if left:
        notes.append(
            Text(
                f"売上のない期がある{'・'.join(each.ja for each in left)}は除きました",
                f"left out for periods without sales: {', '.join(each.en for each in left)}",
            )
        )
    return tuple(notes)
