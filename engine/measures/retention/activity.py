"""Who is a customer on which day: the one notion of activity that every rate, bridge and curve is read off.

Decision 0110: why retention rests on who is there on a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.distinct_cells import flag_run_starts
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

NEVER: Final = np.iinfo(np.int64).max // 4  # later than any day: a customer that has not begun
ALWAYS: Final = -NEVER  # earlier than any day: a contract whose start is not told
_DAY: Final = 2**20  # days that a key has room for, more than 2,800 years


def day_number(day: date) -> int:
    """Return the days from 1970-01-01."""
    return int(np.datetime64(day, "D").astype(np.int64))


@dataclass(frozen=True, eq=False)
class Activity:
    """The purchase days and contracts of all customers; days are counted from 1970-01-01.

    A customer that ever bought is active on a day when its last purchase on or before it is less than
    `state.active_days` days old: a purchase on day 0 keeps it active to day `active_days` − 1, inclusive, as the states
    of the portfolio have it. A customer that never bought but has a contract is active from contract_start to
    contract_end, both inclusive; without a start it has always been there, without an end it runs on.

    Parameters
    ----------
    count
        Number of customers.
    active_days
        Days that a purchase keeps a customer active.
    who, when
        Customer and day of each purchase, in this order; several on one day are one. A purchase is a day with a line
        that is no return.
    first
        First purchase, or contract start, per customer; `NEVER` without either, `ALWAYS` where the start is not told.
    until
        Last day of the contract of a customer that never bought; `NEVER` where it runs on, `ALWAYS` without a contract.
    opening
        First day that any order tells of; None without orders.
    """

    count: int
    active_days: int
    who: NDArray[np.int64]
    when: NDArray[np.int64]
    first: NDArray[np.int64]
    until: NDArray[np.int64]
    opening: int | None

    @property
    def bought(self) -> NDArray[np.bool_]:
        """Which customers ever bought."""
        return np.bincount(self.who, minlength=self.count) > 0

    @property
    def contracted(self) -> NDArray[np.bool_]:
        """Which customers are judged by their contract."""
        return self.until > ALWAYS

    def last_purchase(self, day: int) -> NDArray[np.int64]:
        """Return each customer's last purchase on or before a day; `ALWAYS` without one."""
        keys = self.who * _DAY + self.when
        places = np.searchsorted(keys, np.arange(self.count) * _DAY + day, side="right") - 1
        found = np.full(self.count, ALWAYS, dtype=np.int64)
        if len(self.who):
            own = (places >= 0) & (self.who[places] == np.arange(self.count))
            found[own] = self.when[places[own]]
        return found

    def active_on(self, day: int) -> NDArray[np.bool_]:
        """Return which customers are active on a day."""
        by_order = day - self.last_purchase(day) < self.active_days
        by_contract = self.contracted & (self.first <= day) & (day <= self.until)
        return np.asarray(by_order | by_contract, dtype=np.bool_)

    def bought_within(self, first: int, last: int) -> NDArray[np.bool_]:
        """Return which customers bought from `first` to `last`, both inclusive.

        Parameters
        ----------
        first, last
            Days counted from 1970-01-01.
        """
        return np.asarray(self.last_purchase(last) >= first, dtype=np.bool_)


def activity_of(portfolio: Portfolio) -> Activity:
    """Return the activity of a portfolio's customers, made once per run.

    Raises
    ------
    Refusal
        `too_little_data` when there are neither orders nor contracts; the message names what is missing.
    """
    return portfolio.once(("retention.activity",), lambda: _collect_activity(portfolio))


def _collect_activity(portfolio: Portfolio) -> Activity:
    master, orders = portfolio.tables.customers, portfolio.orders
    starts, ends = (master[name].to_numpy().astype("datetime64[D]") for name in ("contract_start", "contract_end"))
    told = ~(np.isnat(starts) & np.isnat(ends))
    if orders is None and not told.any():
        raise Refusal(
            "too_little_data",
            "維持やチャーンは算出不可です(取引表、または顧客表の契約開始日・契約終了日が必要です)",
            "retention and churn are not available (they need the orders, or contract_start and contract_end)",
        )
    count = len(master)
    who, when = np.zeros(0, np.int64), np.zeros(0, np.int64)
    opening = None
    if orders is not None:
        bought = orders["amount"].to_numpy(np.int64) >= 0
        days = orders["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        opening = int(days.min()) if len(days) else None
        who, when = orders["customer"].to_numpy(np.int64)[bought], days[bought]
        fresh = flag_run_starts(who, when)
        who, when = who[fresh], when[fresh]
    buyer = np.bincount(who, minlength=count) > 0
    first = np.full(count, NEVER, dtype=np.int64)
    first[who[::-1]] = when[::-1]  # the first purchase of each customer is written last
    contract = told & ~buyer
    first[contract] = np.where(np.isnat(starts), ALWAYS, starts.astype(np.int64))[contract]
    until = np.full(count, ALWAYS, dtype=np.int64)
    until[contract] = np.where(np.isnat(ends), NEVER, ends.astype(np.int64))[contract]
    active_days = int(portfolio.definition.number("state.active_days"))
    return Activity(count, active_days, who, when, first, until, opening)
