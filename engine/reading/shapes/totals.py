"""Rows of sub-totals, monthly and grand totals: told by their words and, where a name could be meant, by their sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Text
from engine.language.months import parse_month
from engine.language.words import company_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.reading.shapes.lines import Marked
    from engine.reading.shapes.vocabulary import TotalWord
    from engine.reading.shapes.work import Mask, Work

_WORDED: Final = Text("合計・小計・比率などの行なので使いません", "A line of totals, sub-totals or ratios; not used")
_RUN: Final = 2
"""Rows that a sum must hold before it proves a total whose words are no proof: one row may equal another by chance."""


@dataclass(slots=True)
class _RunningSums:
    """The sums of the rows above, column by column, and the places at which a total stood."""

    columns: Sequence[int]
    sums: list[list[int]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    at: list[dict[int, list[int]]] = field(default_factory=list)

    def mark(self, sums: list[int], count: int) -> None:
        """Remember that a total stood here."""
        for place, total in enumerate(sums):
            self.at[place].setdefault(total, []).append(len(self.sums))
        self.sums.append(sums)
        self.counts.append(count)

    def run(self, values: Sequence[int | None], sums: list[int], count: int) -> int:
        """Return how many rows since an earlier total, or since the top, `values` are the sums of; 0 where of none."""
        told = [place for place, value in enumerate(values) if value is not None]
        if not told:
            return 0
        first = told[0]
        for mark in reversed(self.at[first].get(sums[first] - (values[first] or 0), ())):
            if count > self.counts[mark] and all(sums[at] - self.sums[mark][at] == values[at] for at in told):
                return count - self.counts[mark]
        return 0


def leave_out_totals(work: Work, found: Marked, columns: Sequence[int], keys: Sequence[Sequence[int]]) -> bool:
    """List the rows of totals as not used.

    Parameters
    ----------
    work
        The table; rows that are left out already count for nothing.
    found
        Its cells with words of totals.
    columns
        Positions of the columns that a total adds up.
    keys
        Columns of which a row of the table fills one of each group: (ID, name), (date,). The first group names the customer.

    Returns
    -------
    bool
        Whether a row that might have been one is kept as a customer's: a 計 that is no sum of anything.
    """
    keyless = _find_keyless_rows(work, columns, keys)
    candidates = sorted({row for row in (*found.totals, *np.flatnonzero(keyless).tolist()) if not work.gone[row]})
    if not candidates:
        return False
    open_rows = ~work.gone
    open_rows[candidates] = False
    read = [work.amounts(at) for at in columns]
    above = [np.concatenate([[0], np.cumsum(np.where(open_rows, minor, 0))]) for minor, _ in read]
    some = np.logical_or.reduce([holds for _, holds in read]) if read else np.zeros(len(open_rows), bool)
    counted = np.concatenate([[0], np.cumsum(open_rows & some)])
    whole = _find_whole_rows(work, {at for at, _ in found.totals.values()}, keys)
    ledger = _RunningSums(columns, at=[{} for _ in columns])
    ledger.mark([0] * len(columns), 0)
    extra, extra_rows, kept = [0] * len(columns), 0, False
    for row in candidates:
        values = [int(minor[row]) if holds[row] else None for minor, holds in read]
        sums = [int(total[row]) + more for total, more in zip(above, extra, strict=True)]
        count = int(counted[row]) + extra_rows
        run = ledger.run(values, sums, count)
        at, word = found.totals.get(row, (-1, None))
        if _is_total_row(work, row, at, word, run, at in whole and bool(whole[at][row]), keys):
            work.leave_out(row, "total_row", at if at >= 0 else columns[0], _explain_total_row(run))
            ledger.mark(sums, count)
        else:
            kept = kept or (word is not None and word.force == "weak" and at in keys[0])
            extra = [more + (value or 0) for more, value in zip(extra, values, strict=True)]
            extra_rows += any(value is not None for value in values)
    return kept


def _explain_total_row(run: int) -> Text:
    if not run:
        return _WORDED
    return Text(
        f"上の{run}行の合計なので使いません(二重に数えないため)",
        f"The sum of the {run} row{'s' * (run > 1)} above; not used, so that nothing is counted twice",
    )


def _find_keyless_rows(work: Work, columns: Sequence[int], keys: Sequence[Sequence[int]]) -> Mask:
    """Return the rows that hold an amount and nothing that says whose or when."""
    blank = ~work.gone
    for at in (at for group in keys for at in group):
        if not blank.any():
            return blank
        blank &= ~work.holds(at)
    for at in work.worded() if blank.any() else ():
        blank &= ~work.holds(at)
    amounts = np.zeros(len(blank), bool)
    for at in columns if blank.any() else ():
        amounts |= work.holds(at)
    return blank & amounts


def _find_whole_rows(work: Work, places: set[int], keys: Sequence[Sequence[int]]) -> dict[int, Mask]:
    """Return for each column of words the rows that are filled as a row of the table is, were that word no word of totals."""
    found: dict[int, Mask] = {}
    for at in places:
        groups = [rest for group in keys if (rest := [place for place in group if place != at])]
        filled = [np.logical_or.reduce([work.holds(place) for place in group]) for group in groups]
        found[at] = np.logical_and.reduce(filled) if filled else np.zeros(len(work.gone), bool)
    return found


def _is_total_row(
    work: Work, row: int, at: int, word: TotalWord | None, run: int, whole: bool, keys: Sequence[Sequence[int]]
) -> bool:
    """Return whether a row is a total: by its word where no name can be meant, else by its sum or by what it repeats."""
    if word is None:
        return run > 0  # such a row cannot be used whatever it is
    if whole and not run:
        return word.force == "strong" and any(at in group for group in keys)
    if word.force == "named":
        if _repeats_row_above(work, row, at, word.name):
            return True
        return word.firm and not whole and (run >= _RUN or at not in keys[0])
    if any(at in group for group in keys):
        return word.force == "strong" or run >= _RUN or not whole
    return not whole or _sums_own_voucher(work, row, keys)


def _sums_own_voucher(work: Work, row: int, keys: Sequence[Sequence[int]]) -> bool:
    """Return whether the row above is of the same customer and day: the last line of a voucher is its sum."""
    before = _find_row_above(work, row)
    return before >= 0 and all(work.text(at, before) == work.text(at, row) for group in keys for at in group)


def _repeats_row_above(work: Work, row: int, at: int, name: str) -> bool:
    """Return whether what a total is named after stands in the row above it, or is the month of it."""
    before = _find_row_above(work, row)
    if before < 0 or not name:
        return False
    wanted = company_key(name)
    texts: Iterable[str] = (work.text(place, before) for place in range(work.raw.frame.shape[1]))
    if any(company_key(text) == wanted for text in texts if text):
        return True
    return parse_month(name) is not None and not _may_be_first_name(name)


def _may_be_first_name(name: str) -> bool:
    """Return whether a month may as well be a name: May, June, April."""
    return name.isascii() and name.isalpha()


def _find_row_above(work: Work, row: int) -> int:
    """Return the nearest row above that is used and not blank, -1 where there is none."""
    for before in range(row - 1, max(row - 200, -1), -1):
        if not work.gone[before] and any(work.row_texts(before)):
            return before
    return -1
