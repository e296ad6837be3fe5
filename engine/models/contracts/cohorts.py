"""Renewals counted: who left at which renewal, from a table of survivors or from the contract dates of the customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

YEAR: Final = 365.25  # days of a contract year on average, between renewals to come


@dataclass(frozen=True)
class Renewals:
    """How many customers left at, and how many were last seen after, each renewal.

    Parameters
    ----------
    lost
        (T,) customers who did not renew for the 1st, 2nd … time.
    kept
        (T + 1,) customers last seen under contract after 0, 1 … T renewals; what became of them is not known yet.
    """

    lost: NDArray[np.float64]
    kept: NDArray[np.float64]

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return round(float(self.lost.sum() + self.kept.sum()))

    @property
    def at_risk(self) -> NDArray[np.float64]:
        """(T,) customers who stood before the 1st, 2nd … renewal."""
        return np.asarray((self.lost + self.kept[1:])[::-1].cumsum()[::-1], dtype=np.float64)

    def __add__(self, other: Renewals) -> Renewals:
        """Return both cohorts as one."""
        longest = max(len(self.lost), len(other.lost))

        def both(one: NDArray[np.float64], two: NDArray[np.float64], size: int) -> NDArray[np.float64]:
            return np.pad(one, (0, size - len(one))) + np.pad(two, (0, size - len(two)))

        return Renewals(both(self.lost, other.lost, longest), both(self.kept, other.kept, longest + 1))


def from_survivors(cohorts: Iterable[Sequence[float]]) -> Renewals:
    """Return the renewals of cohorts given by their survivors.

    Parameters
    ----------
    cohorts
        For each cohort the customers at the start, after the 1st renewal, the 2nd … ; those of the last count are
        still there.

    Raises
    ------
    Refusal
        `argument` for a cohort with fewer than two counts, a negative one, or one that grows.
    """
    total: Renewals | None = None
    for number, cohort in enumerate(cohorts, start=1):
        counts = np.asarray(cohort, dtype=np.float64)
        if len(counts) < 2 or not bool(np.isfinite(counts).all()) or counts[-1] < 0 or counts[0] <= 0:
            raise Refusal(
                "argument",
                f"{number}番目のコホートには、開始時から続く2つ以上の人数(0以上)が必要です",
                f"cohort {number} needs two or more counts, none negative, from its start on",
            )
        if bool((np.diff(counts) > 0).any()):
            where = int(np.argmax(np.diff(counts) > 0)) + 1
            raise Refusal(
                "argument",
                f"{number}番目のコホートの人数が{where}期目に増えています。残った人数を並べてください",
                f"cohort {number} grows in period {where}; give the customers who are left",
            )
        one = Renewals(-np.diff(counts), np.append(np.zeros(len(counts) - 1), counts[-1]))
        total = one if total is None else total + one
    if total is None:
        raise Refusal("too_little_data", "コホートが1つもありません", "there is no cohort")
    return total


@dataclass(frozen=True)
class Contracts:
    """The customers' contracts on the as-of date.

    Parameters
    ----------
    renewals
        All usable contracts, counted.
    usable
        (customers,) whether the contract can be used: it has a start, on or before the as-of date, and does not end
        before it began.
    active
        (customers,) whether the customer is under contract on the as-of date.
    age
        (customers,) renewals behind an active customer; 0 elsewhere.
    next_renewal
        (customers,) days from the as-of date to the next renewal of an active customer; 0 elsewhere.
    """

    renewals: Renewals
    usable: NDArray[np.bool_]
    active: NDArray[np.bool_]
    age: NDArray[np.int64]
    next_renewal: NDArray[np.float64]


def from_contracts(start: pd.Series, end: pd.Series, as_of: date, grace_days: float) -> Contracts:
    """Count renewals by contract year.

    Parameters
    ----------
    start, end
        Contract start and end of each customer (end inclusive); a blank end is a contract without one.
    as_of
        The as-of date.
    grace_days
        A contract that ends up to so many days after an anniversary ended at that anniversary.

    Notes
    -----
    A contract is renewed on each anniversary of its start. Whoever is under contract on the as-of date (no end, or an
    end on it or later) has renewed once for every full year and is censored there. A contract that has ended was not
    renewed at the first anniversary after its end less the grace; ending within a year counts as not renewed at that
    year's end. The next renewal is the contract's end where there is one, else the next anniversary.
    """
    first, last = (column.to_numpy().astype("datetime64[D]") for column in (start, end))
    today = np.datetime64(as_of, "D")
    with np.errstate(invalid="ignore"):
        usable = ~np.isnat(first) & (first <= today) & ~(last < first)
    active = usable & (np.isnat(last) | (last >= today))
    begun = np.where(usable, first, today)  # where there is no contract, any day will do
    over = np.where(usable & ~active, last - np.timedelta64(int(grace_days), "D"), today)
    renewed = np.maximum(_count_anniversaries(begun, over), 0)
    age = np.where(active, renewed, 0)
    left_at = renewed[usable & ~active] + 1
    size = int(max(age.max(initial=0), left_at.max(initial=0), 1))
    renewals = Renewals(
        np.bincount(left_at, minlength=size + 1)[1:].astype(np.float64),
        np.bincount(age[active], minlength=size + 1).astype(np.float64),
    )
    due = np.where(np.isnat(last), _find_anniversary(begun, age + 1), last)
    return Contracts(renewals, usable, active, age, np.where(active, (due - today).astype(np.float64), 0.0))


def _count_anniversaries(first: NDArray[np.datetime64], last: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the anniversaries of `first` up to `last`, that day included."""
    months = (last.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(np.int64)
    short = last - last.astype("datetime64[M]") < first - first.astype("datetime64[M]")
    return np.asarray((months - short) // 12, dtype=np.int64)


def _find_anniversary(first: NDArray[np.datetime64], years: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Return the day `years` years after `first`; 1 March for a 29 February that the year does not have."""
    month = first.astype("datetime64[M]")
    return np.asarray((month + 12 * years).astype("datetime64[D]") + (first - month))
