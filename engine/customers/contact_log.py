"""The contact log by time: the two windows whose rates are compared, who began a contact, and each customer's last day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language.errors import Refusal
from engine.language.words import normalise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.definition.definition import Definition


COMPLAINT: Final = "complaint"


_MONTHS: Final = 12


def add_months(day: date, months: int) -> date:
    """Return the same day some months later or earlier; the month's last day where it has no such day.

    >>> add_months(date(2026, 5, 31), -3).isoformat()
    '2026-02-28'
    """
    years, month = divmod(day.month - 1 + months, _MONTHS)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def windows(as_of: date, months: int) -> tuple[np.datetime64, np.datetime64, np.datetime64]:
    """Return three days a < b < c: the earlier window is a < day ≤ b, the recent one b < day ≤ c.

    Parameters
    ----------
    as_of
        The last day of the recent window.
    months
        The length of either window.
    """
    found = (add_months(as_of, -2 * months), add_months(as_of, -months), as_of)
    return (np.datetime64(found[0], "D"), np.datetime64(found[1], "D"), np.datetime64(found[2], "D"))


def months_of(definition: Definition) -> int:
    """Return how many months the rate of contacts looks back.

    Raises
    ------
    Refusal
        `missing_definition` for less than one month.
    """
    months = int(definition.number("voice.velocity_months"))
    if months < 1:
        raise Refusal(
            "missing_definition",
            f"定義「voice.velocity_months」は1以上にしてください(今の値: {months})",
            f'the entry "voice.velocity_months" must be 1 or more (now: {months})',
        )
    return months


def begun_by_us(contacts: pd.DataFrame, definition: Definition) -> NDArray[np.bool_]:
    """Return which contacts were begun by us: their kind contains a word of `voice.own_kinds`."""
    marks = [normalise(str(word)) for word in definition.value("voice.own_kinds")]
    codes, kinds = pd.factorize(contacts["kind"])  # a blank is -1: the last entry, which says no
    ours = [any(mark in normalise(str(kind)) for mark in marks) for kind in kinds]
    return np.array([*ours, False], dtype=np.bool_)[codes]


def last_days(contacts: pd.DataFrame, count: int) -> NDArray[np.datetime64]:
    """Return the newest day of `contacts` for each of `count` customers, NaT where it has none."""
    newest = contacts.groupby("customer")["date"].max().reindex(range(count))
    return newest.to_numpy().astype("datetime64[D]")
