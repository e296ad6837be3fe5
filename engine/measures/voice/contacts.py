"""How often the customers are in touch, how that changes, and who has gone silent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from engine.cleaning.missing_table import absence
from engine.customers.contact_log import last_days, months_of, windows
from engine.language.errors import Refusal, Text
from engine.measures.voice.row_groups import row_groups

if TYPE_CHECKING:
    import pandas as pd

    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Velocity:
    """The contacts of one group per month.

    Parameters
    ----------
    label
        The group.
    recent, earlier
        Contacts in the last `voice.velocity_months` months, and in as many months before.
    rate, earlier_rate
        The same per month.
    change
        rate − earlier_rate.
    low, high
        Its interval, taking counts as Poisson: the variance of a count is the count. NaN without a contact.
    """

    label: Text
    recent: int
    earlier: int
    rate: float
    earlier_rate: float
    change: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Silent:
    """A customer without contact: position, day of the last contact (None: never), days since, sales of 12 months."""

    position: int
    last: date | None
    days: int | None
    sales: int | None


def need_contacts(portfolio: Portfolio) -> pd.DataFrame:
    """Return the contact log up to the as-of date.

    Raises
    ------
    Refusal
        `too_little_data` when the input has none.
    """
    contacts = portfolio.tables.contacts
    if contacts is None:
        why = absence(portfolio.tables, "contacts")
        raise Refusal(
            "too_little_data",
            f"{why.ja}。顧客・日付・チャネル・種別・内容の表を渡してください",
            f"{why.en}; give a table of customer, date, channel, kind and topic",
        )
    return contacts[contacts["date"] <= np.datetime64(portfolio.as_of)]


def velocity(portfolio: Portfolio, by: str = "row:channel", scheme: str = "standard") -> tuple[Velocity, ...]:
    """Return the contacts per month of each group and their change; every contact of both windows is in one group.

    Velocity says more than a count: a customer that asks twice as often as last quarter is news, one that always asks a
    lot is not.

    Parameters
    ----------
    by
        `row:channel`, `row:kind`, `total`, or a dimension of the customers.
    """
    contacts = need_contacts(portfolio)
    months = months_of(portfolio.definition)
    start, middle, end = windows(portfolio.as_of, months)
    day = contacts["date"].to_numpy().astype("datetime64[D]")
    contacts, day = contacts[(day > start) & (day <= end)], day[(day > start) & (day <= end)]
    late = day > middle
    z = portfolio.definition.number("voice.z")
    found = []
    for label, places in row_groups(portfolio, contacts, by, scheme):
        recent, earlier = int(late[places].sum()), int((~late[places]).sum())
        change = (recent - earlier) / months
        half = z * math.sqrt(recent + earlier) / months if recent + earlier else math.nan
        ends = (change - half, change + half)
        found.append(Velocity(label, recent, earlier, recent / months, earlier / months, change, *ends))
    return tuple(found)


def silence(portfolio: Portfolio) -> tuple[Silent, ...]:
    """Return the customers without any contact for more than `voice.silence_days`, the largest sales first.

    Customers that are not in the contact log at all are silent too; those without known sales come last.
    """
    contacts = need_contacts(portfolio)
    last = last_days(contacts, len(portfolio))
    days = (np.datetime64(portfolio.as_of, "D") - last).astype(np.float64)
    days[np.isnat(last)] = np.inf
    quiet = np.flatnonzero(days > portfolio.definition.number("voice.silence_days"))
    sales = portfolio.frame["sales_12m"].to_numpy(np.float64, na_value=np.nan)
    order = quiet[np.argsort(-np.nan_to_num(sales[quiet], nan=-np.inf), kind="stable")]
    return tuple(
        Silent(
            int(at),
            None if np.isnat(last[at]) else last[at].astype(date),
            None if np.isnat(last[at]) else int(days[at]),
            None if np.isnan(sales[at]) else int(sales[at]),
        )
        for at in order
    )
