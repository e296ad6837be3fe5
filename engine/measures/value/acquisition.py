"""What it cost to win customers, and when it comes back: CAC 総額 and 平均, payback months, LTV:CAC with its verdict.

Decision 0111: what a new customer costs, and what is set against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.cleaning.customer_names import UNKNOWN
from engine.customers.costs.costs_borne import holds_word, share_out
from engine.language import words
from engine.language.errors import Refusal, Text
from engine.language.words import normalise
from engine.measures.retention.activity import activity_of, day_number
from engine.measures.retention.groups import Groups, groups_of
from engine.measures.retention.rates import period_for
from engine.models.estimate import margin_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from engine.measures.retention.periods import Period
    from engine.scoring.portfolio import Portfolio

UNALLOCATED: Final = "unallocated"
_UNALLOCATED: Final = Text("未配賦", "Not allocated")
_DAYS_PER_MONTH: Final = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Payback:
    """What one group's new customers cost, and bring.

    Parameters
    ----------
    key, label
        The group; `UNALLOCATED` for spend that no new customer can be asked to bear.
    spend
        CAC 総額: acquisition spend of the period, minor units.
    customers
        Customers won in the period.
    average
        CAC 平均: spend ÷ customers, minor units; None without new customers.
    monthly
        Mean gross profit of a new customer per month; None where costs of sales are not known.
    months
        average ÷ monthly; None where the margin is not positive.
    lifetime
        Mean value of a new customer: gross profit since it was won + lifetime value from the as-of date on, over those
        whose value is known; None where they are less than `acquisition.min_valued` of the new customers.
    ratio
        lifetime ÷ average; None without spend.
    verdict
        `good`, `fair` or `poor` by `acquisition.ltv_cac`; None without a ratio.
    """

    key: str
    label: Text
    spend: int
    customers: int
    average: float | None
    monthly: float | None
    months: float | None
    lifetime: float | None
    ratio: float | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class _PaybackLimits:
    ratio: dict[str, float]
    valued: float


@dataclass(frozen=True, eq=False)
class Won:
    """The customers won in a period, one entry per customer of the portfolio.

    Parameters
    ----------
    new
        Whether its first purchase (contract start, where it never bought) lies in the period.
    margin
        Gross profit in the period, minor units; NaN for others and where a line lacks its cost.
    months
        Months from its first day to the period's last, at least `acquisition.min_months`.
    value
        `margin` + lifetime value from the as-of date on; NaN where either is not known.
    """

    new: NDArray[np.bool_]
    margin: NDArray[np.float64]
    months: NDArray[np.float64]
    value: NDArray[np.float64]


def payback(portfolio: Portfolio, by: str | None = "channel", period: Period | None = None) -> tuple[Payback, ...]:
    """Return cost and return of the customers won in a period, per group; the sums of spend and customers are the whole's.

    Parameters
    ----------
    by
        What to group by (`engine.measures.retention.groups_of`); all together when None.
    period
        The last twelve months when None.

    Notes
    -----
    CAC = acquisition spend ÷ new customers of the same period. Spend is every cost whose kind holds a word of
    `costs.acquisition_kinds`. What names its customer belongs to that customer's group. What names only a channel
    belongs to the channel; grouped by anything else it is shared equally among the channel's new customers. What names
    neither is shared equally among all new customers. Whole minor units are shared, so nothing is lost to rounding; the
    spend of a channel that won nobody stands apart, and is part of the whole.
    Payback months = CAC ÷ mean monthly gross profit of the new customers (Σ gross profit ÷ Σ months).

    Raises
    ------
    Refusal
        `too_little_data` without costs, without acquisition spend in the period, or without orders and contracts.
    """
    stretch = period_for(portfolio, None) if period is None else period
    key = ("acquisition.payback", by, stretch.first, stretch.last)
    return portfolio.once(key, lambda: _compute_payback_of_groups(portfolio, by, stretch))


def _compute_payback_of_groups(portfolio: Portfolio, by: str | None, period: Period) -> tuple[Payback, ...]:
    rows, won, groups = spend_rows(portfolio, period), won_in(portfolio, period), groups_of(portfolio, by)
    channelled = by is not None and words.find("dimensions", by) == "channel"
    if by is None:  # the whole bears everything, also what was spent in a channel that won nobody
        spend, unallocated = {"": int(rows["amount"].sum())}, 0
    else:
        spend, unallocated = _allocate_acquisition_spend(portfolio, rows, won.new, groups, keep_channels=channelled)
    definition = portfolio.definition
    limits = _PaybackLimits(definition.value("acquisition.ltv_cac"), definition.number("acquisition.min_valued"))
    found = [
        _compute_payback_of_group(key, label, spend.pop(key, 0), won, won.new & (groups.codes == at), limits)
        for at, (key, label) in enumerate(zip(groups.keys, groups.labels, strict=True))
    ]
    nobody = np.zeros(len(portfolio), dtype=np.bool_)
    found += [
        _compute_payback_of_group(key, Text(key, key), amount, won, nobody, limits)
        for key, amount in sorted(spend.items())
    ]
    if unallocated:
        found.append(_compute_payback_of_group(UNALLOCATED, _UNALLOCATED, unallocated, won, nobody, limits))
    return tuple(found)


def spend_rows(portfolio: Portfolio, period: Period) -> pd.DataFrame:
    """Return the rows of the cost table that are acquisition spend of a period: customer, channel, amount.

    Parameters
    ----------
    period
        Days inclusive at both ends.

    Raises
    ------
    Refusal
        `too_little_data` naming what is missing.
    """
    costs = portfolio.tables.costs
    if costs is None:
        raise Refusal(
            "too_little_data",
            "CACと回収月は算出不可です(日付・費目・金額のある費用表が必要です)",
            "CAC and payback are not available (they need the costs, with date, kind and amount)",
        )
    named = [str(word) for word in portfolio.definition.value("costs.acquisition_kinds")]
    acquires = holds_word(costs["kind"], named)
    days = costs["date"].to_numpy().astype("datetime64[D]")
    inside = (days >= np.datetime64(period.first)) & (days <= np.datetime64(period.last))
    found = costs.loc[acquires & inside, ["customer", "channel", "amount"]].reset_index(drop=True)
    if found.empty:
        raise Refusal(
            "too_little_data",
            f"CACと回収月は算出不可です({period.text.ja}に獲得費の行がありません。獲得費は費目に次の語を含むもの: "
            f"{'・'.join(named[:6])}など)",
            f"CAC and payback are not available (no acquisition spend in {period.text.en}; its kinds hold one of: "
            f"{', '.join(named)})",
        )
    return found


def won_in(portfolio: Portfolio, period: Period) -> Won:
    """Return the customers won in a period, and what they bring; made once per run and period.

    Parameters
    ----------
    period
        Days inclusive at both ends.
    """
    return portfolio.once(
        ("acquisition.won", period.first, period.last), lambda: _count_customers_won(portfolio, period)
    )


def _count_customers_won(portfolio: Portfolio, period: Period) -> Won:
    activity = activity_of(portfolio)
    first, last = day_number(period.first), day_number(period.last)
    new = (activity.first >= first) & (activity.first <= last)
    nothing = np.full(len(portfolio), np.nan)
    months = np.where(new, (last - activity.first + 1) / _DAYS_PER_MONTH, np.nan)
    months = np.maximum(months, portfolio.definition.number("acquisition.min_months"))
    margin, orders = margin_of(portfolio), portfolio.orders
    if margin.code != "gross_profit" or margin.lines is None or orders is None:
        return Won(new, nothing, months, nothing)
    days = orders["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    inside = (days >= first) & (days <= last)
    who = orders["customer"].to_numpy(np.int64)[inside]
    sums = np.bincount(who, margin.lines[inside], minlength=len(portfolio))  # a line without cost makes it NaN
    earned = np.where(new & activity.bought, sums, np.nan)
    return Won(new, earned, months, earned + _value_lifetimes_or_nan(portfolio))


def convention_of(portfolio: Portfolio) -> Text:
    """Return what must stand beside the value of a new customer: what it is made of, or why there is none."""
    from engine.measures.value.lifetime import lifetimes  # models are loaded only when somebody asks for a value

    if margin_of(portfolio).code != "gross_profit":
        return Text(
            "算出不可(取引表の原価が不明。売上を獲得費と比べることはしない)",
            "n/a (the orders lack costs; sales are never set against what acquisition cost)",
        )
    found = lifetimes(portfolio).convention
    return Text(f"獲得後の粗利の実績+今後({found.ja})", f"gross profit since won + what is to come ({found.en})")


def _value_lifetimes_or_nan(portfolio: Portfolio) -> NDArray[np.float64]:
    """Return each customer's lifetime value from the as-of date on; NaN where the method cannot tell it."""
    from engine.measures.value.lifetime import lifetimes  # as above

    return lifetimes(portfolio).frame["mid"].to_numpy(np.float64, na_value=np.nan)


def _allocate_acquisition_spend(
    portfolio: Portfolio, rows: pd.DataFrame, new: NDArray[np.bool_], groups: Groups, *, keep_channels: bool
) -> tuple[dict[str, int], int]:
    """Return the spend of each group (or channel of its own), and what nobody can be asked to bear."""
    spend: dict[str, int] = {}
    channels = portfolio.frame["channel"]
    own_channel = np.array([normalise(each) if isinstance(each, str) else "" for each in channels], dtype=object)
    named = {normalise(key): key for key in groups.keys} if keep_channels else {}
    ids = portfolio.frame["customer_id"].to_numpy(dtype=str)
    rank = np.argsort(np.argsort(ids, kind="stable"))
    borne = np.zeros(len(portfolio), dtype=np.int64)
    unallocated = 0
    direct = rows["customer"].to_numpy(np.int64) != UNKNOWN
    np.add.at(borne, rows["customer"].to_numpy(np.int64)[direct], rows["amount"].to_numpy(np.int64)[direct])
    common = rows[~direct]
    channel_of = common["channel"].astype(object).where(common["channel"].notna(), "")
    for written, amount in common["amount"].groupby(channel_of.to_numpy()).sum().items():
        channel = normalise(str(written))
        if channel and keep_channels:
            key = named.get(channel, str(written))
            spend[key] = spend.get(key, 0) + int(amount)
            continue
        bearers = np.flatnonzero(new & (own_channel == channel) if channel else new)
        if len(bearers):
            borne[bearers] += share_out(int(amount), np.ones(len(bearers)), rank[bearers])
        else:
            unallocated += int(amount)
    sums = groups.sums({"spend": borne})["spend"]
    for at, key in enumerate(groups.keys):
        spend[key] = spend.get(key, 0) + int(sums.iloc[at])
    return spend, unallocated


def _compute_payback_of_group(
    key: str, label: Text, spend: int, won: Won, here: NDArray[np.bool_], limits: _PaybackLimits
) -> Payback:
    customers = int(here.sum())
    average = spend / customers if customers else None
    earning = here & ~np.isnan(won.margin)
    monthly = float(won.margin[earning].sum() / won.months[earning].sum()) if earning.any() else None
    price = average if average is not None and average > 0 else None
    months = price / monthly if price is not None and monthly is not None and monthly > 0 else None
    values = won.value[here & ~np.isnan(won.value)]
    lifetime = float(values.mean()) if len(values) and len(values) >= limits.valued * customers else None
    ratio = lifetime / price if lifetime is not None and price is not None else None
    verdict = None if ratio is None else verdict_of(ratio, limits.ratio)
    return Payback(key, label, spend, customers, average, monthly, months, lifetime, ratio, verdict)


def verdict_of(ratio: float, thresholds: dict[str, float]) -> str:
    """Return `good` above the threshold of good, `poor` below that of poor, else `fair` (both ends inclusive).

    Parameters
    ----------
    ratio
        Lifetime value ÷ acquisition cost.
    thresholds
        The ratios `good` and `poor`.

    >>> verdict_of(3.0, {"good": 3, "poor": 2})
    'fair'
    """
    if ratio > thresholds["good"]:
        return "good"
    return "poor" if ratio < thresholds["poor"] else "fair"
