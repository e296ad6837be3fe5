"""What each customer did in a period: there at the start, kept, lost, won, back, due, and its sales against before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.language.errors import Refusal, Text
from engine.measures.retention.activity import ALWAYS, Activity, activity_of, day_number
from engine.measures.retention.periods import earlier

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.measures.retention.periods import Period
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, eq=False)
class Stay:
    """Per customer: there at the start, there at the end, won for the first time, come back, won and lost again."""

    start: NDArray[np.bool_]
    end: NDArray[np.bool_]
    new: NDArray[np.bool_]
    returned: NDArray[np.bool_]
    passed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sales:
    """Per customer: net sales of the period before and of the period (minor units), and whether it first bought in it."""

    before: NDArray[np.int64]
    now: NDArray[np.int64]
    new: NDArray[np.bool_]


def stay_of(portfolio: Portfolio, period: Period) -> Stay:
    """Return who was there and who stayed.

    期首: active at the end of the day before the period. 期末: active on its last day. 新規: 期末 but not 期首, begun in the
    period. 復帰: 期末 but not 期首, begun before. Who came and went within the period is in neither, and told apart.

    Parameters
    ----------
    period
        Days inclusive at both ends.
    """
    return portfolio.once(
        ("retention.stay", period.first, period.last),
        lambda: _flag_who_stayed_in_period(activity_of(portfolio), period),
    )


def _flag_who_stayed_in_period(activity: Activity, period: Period) -> Stay:
    first, last = day_number(period.first), day_number(period.last)
    start, end = activity.active_on(first - 1), activity.active_on(last)
    begun = (activity.first >= first) & (activity.first <= last)
    came = begun | activity.bought_within(first, last)
    return Stay(start, end, end & ~start & begun, end & ~start & ~begun, came & ~start & ~end)


def due_of(portfolio: Portfolio, period: Period) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who was due to order by the end of the period, and who of them ordered in it.

    Due is a customer that was active at the start and whose last purchase before the period, plus its own median gap as
    known then, lies on or before the period's last day. Where fewer than `rhythm.min_purchases` purchases tell no gap,
    the median of the other customers' gaps stands in. A contract that is renewed carries only its new end, so customers
    with a contract alone are never due.

    Parameters
    ----------
    period
        Days inclusive at both ends.

    Returns
    -------
    tuple[NDArray[np.bool_], NDArray[np.bool_]]
        One flag per customer each; who ordered is a part of who was due.
    """
    key = ("retention.due", period.first, period.last)
    return portfolio.once(key, lambda: _flag_repurchase_due(portfolio, activity_of(portfolio), period))


def _flag_repurchase_due(
    portfolio: Portfolio, activity: Activity, period: Period
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    first, last = day_number(period.first), day_number(period.last)
    known = activity.when < first
    who, when = activity.who[known], activity.when[known]
    same = who[1:] == who[:-1]
    gaps = pd.Series((when[1:] - when[:-1])[same]).groupby(who[1:][same])
    enough = gaps.size() >= portfolio.definition.number("rhythm.min_purchases") - 1
    own = gaps.median()[enough]
    median = own.reindex(range(activity.count)).to_numpy(np.float64, copy=True)
    median[np.isnan(median)] = own.median() if len(own) else np.inf
    latest = activity.last_purchase(first - 1)
    expected = np.where(latest == ALWAYS, np.inf, latest + median)
    due = activity.active_on(first - 1) & ~activity.contracted & (expected <= last)
    return due, due & activity.bought_within(first, last)


def sales_of(portfolio: Portfolio, period: Period) -> Sales:
    """Return the net sales of the period and of the one before (see `periods.earlier`).

    Parameters
    ----------
    period
        Days inclusive at both ends.

    Returns
    -------
    Sales
        Minor units per customer, returns taken off.

    Raises
    ------
    Refusal
        `too_little_data` without orders.
    """
    if portfolio.orders is None:
        raise Refusal(
            "too_little_data",
            "GRR・NRR・売上チャーン率は算出不可です(取引表が必要です)",
            "GRR, NRR and revenue churn are not available (they need the orders)",
        )
    return portfolio.once(
        ("retention.sales", period.first, period.last), lambda: _sum_sales_of_both_periods(portfolio, period)
    )


def _sum_sales_of_both_periods(portfolio: Portfolio, period: Period) -> Sales:
    activity = activity_of(portfolio)
    before, now = (
        _sum_net_sales_between(portfolio, *earlier(period)),
        _sum_net_sales_between(portfolio, period.first, period.last),
    )
    return Sales(before, now, activity.first >= day_number(period.first))


def _sum_net_sales_between(portfolio: Portfolio, first: date, last: date) -> NDArray[np.int64]:
    orders = portfolio.orders
    assert orders is not None  # noqa: S101 - sales_of has looked
    days = orders["date"].to_numpy().astype("datetime64[D]")
    inside = (days >= np.datetime64(first)) & (days <= np.datetime64(last))
    sums = np.zeros(len(portfolio), dtype=np.int64)
    np.add.at(sums, orders["customer"].to_numpy(np.int64)[inside], orders["amount"].to_numpy(np.int64)[inside])
    return sums


def notes_of(portfolio: Portfolio, period: Period) -> tuple[Text, ...]:
    """Return what the reader of a period's rates should know of the data behind them.

    Parameters
    ----------
    period
        Days inclusive at both ends.
    """
    activity, notes = activity_of(portfolio), []
    opening = None if activity.opening is None else np.datetime64(activity.opening, "D").astype(object)
    reach = day_number(period.first) - activity.active_days
    if activity.opening is not None and reach < activity.opening <= day_number(period.last):
        notes.append(
            Text(
                f"取引の最初の日({opening:%Y/%m/%d})が期首の{activity.active_days}日前より後なので、期首の顧客が少なく数えられている"
                "可能性があります",
                f"the orders begin on {opening:%Y-%m-%d}, less than {activity.active_days} days before the period: "
                "customers at its start may be missing",
            )
        )
    first, _ = earlier(period)
    if activity.opening is not None and day_number(first) < activity.opening <= day_number(period.last):
        notes.append(
            Text(
                f"比べる期間の初め({first:%Y/%m/%d})には取引データがなく、GRR・NRRは参考値です",
                f"there are no orders yet at the start of the period compared with ({first:%Y-%m-%d}): GRR and NRR are "
                "rough",
            )
        )
    if not period.complete:
        notes.append(
            Text(
                f"{period.text.ja}は基準日({period.last:%Y/%m/%d})までの途中の値です",
                f"{period.text.en} still runs: figures up to {period.last:%Y-%m-%d}",
            )
        )
    return tuple(notes)
