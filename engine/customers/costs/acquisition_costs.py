"""Who bears the cost of acquisition, and when: the customers that were won with it, over the first months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.cleaning.customer_names import UNKNOWN
from engine.customers.costs.shared_out import share_out
from engine.customers.order_metrics import add_years
from engine.language.words import normalise

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

_DAYS_PER_MONTH: Final = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Spent:
    """The acquisition costs: customer (position or `UNKNOWN`), day number, amount (minor units), channel."""

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    amount: NDArray[np.int64]
    channel: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Acquired:
    """Acquisition costs as they are borne.

    Parameters
    ----------
    count
        Number of customers.
    who, what, since
        Customer, amount (minor units) and first day of bearing.
    lost
        What was spent in a year or channel that won nobody: no customer bears it.
    """

    count: int
    who: NDArray[np.int64]
    what: NDArray[np.int64]
    since: NDArray[np.int64]
    lost: int

    def between(self, first: int, last: int, months: float) -> NDArray[np.int64]:
        """Return what every customer bears from day `first` to day `last` (inclusive), evenly over `months` months.

        Parts of adjoining periods sum up exactly.
        """
        length = max(round(months * _DAYS_PER_MONTH), 1)
        until_end, until_start = (
            np.rint(self.what * ((day - self.since).clip(0, length) / length)).astype(np.int64)
            for day in (last + 1, first)
        )
        result = np.zeros(self.count, np.int64)
        np.add.at(result, self.who, until_end - until_start)
        return result


def acquired(
    spent: Spent, channel: NDArray[np.object_], first_order: pd.Series, as_of: date, rank: NDArray[np.intp]
) -> Acquired:
    """Return who bears which acquisition cost from which day on.

    A cost that names its customer is borne by that one from its first order on, or from the cost's own day where that
    is later. The others are pooled by years that end at the as-of date; a year's pool is borne equally by the customers
    whose first order lies in it, that of a channel by those of the channel.

    Parameters
    ----------
    channel
        Each customer's channel, as `channel_keys` returns it.
    first_order
        Day of each customer's first order (datetime64, NaT without one).
    rank
        Order of the customers in which units that remain are given out.
    """
    first, begun = days_of(first_order), first_order.notna().to_numpy(dtype=bool)
    own = spent.customer != UNKNOWN
    who, what = [spent.customer[own]], [spent.amount[own]]
    begin = np.where(begun, first, np.iinfo(np.int64).min)[spent.customer[own]]
    since, lost = [np.maximum(begin, spent.day[own])], 0
    years = 0
    while (~own & (spent.day <= day_of(add_years(as_of, -years)))).any():
        low, high = (day_of(add_years(as_of, -years - extra)) for extra in (1, 0))
        inside = ~own & (spent.day > low) & (spent.day <= high)
        won = np.flatnonzero(begun & (first > low) & (first <= high))
        for named in np.unique(spent.channel[inside].astype(str)):
            pool = int(spent.amount[inside & (spent.channel == named)].sum())
            bearers = won[channel[won] == named] if named else won
            if pool and len(bearers):
                who.append(bearers)
                what.append(share_out(pool, np.ones(len(bearers)), rank[bearers]))
                since.append(first[bearers])
            lost += 0 if len(bearers) else pool
        years += 1
    return Acquired(len(first), np.concatenate(who), np.concatenate(what), np.concatenate(since), lost)


def channel_keys(channels: pd.Series) -> NDArray[np.object_]:
    """Return each channel as it is compared, without regard to width and case; "" where there is none."""
    codes, names = pd.factorize(channels, use_na_sentinel=True)
    return np.array([*(normalise(str(name)) for name in names), ""], dtype=object)[codes]


def days_of(dates: pd.Series) -> NDArray[np.int64]:
    """Return dates as day numbers (days since 1970-01-01)."""
    return np.asarray(dates.to_numpy().astype("datetime64[D]").astype(np.int64))


def day_of(day: date) -> int:
    """Return a date as its day number."""
    return int(np.datetime64(day, "D").astype(np.int64))
