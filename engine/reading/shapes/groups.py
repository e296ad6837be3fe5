"""Grouped reports: a customer's name on the first row of its group, filled down only where the structure proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.date_column import read_dates
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from engine.reading.shapes.work import Mask, Work

_GROUPS: Final = 2
"""Groups of more than one row that there must be: a single one may be a cell that somebody forgot."""

_HEAD: Final = Text(
    "顧客名だけの見出し行です。下の行の顧客名として使いました",
    "A line with the customer's name only; it names the rows below",
)


class _RowGroups:
    """The rows of a table by their groups: `heads` name a customer, `rest` are the rows without one, `head_of` their heads."""

    def __init__(self, work: Work, customers: Sequence[int], rest: Mask, heads: Mask) -> None:
        self.work, self.customers, self.heads, self.rest = work, customers, heads, rest
        rows = np.arange(len(heads))
        last_head = np.maximum.accumulate(np.where(heads, rows, -1))
        last_total = np.maximum.accumulate(np.where(work.gone & _find_rows_listed_as(work, "total_row"), rows, -1))
        self.head_of = np.where(rest & (last_head > last_total), last_head, -1)
        """A name is never carried over a total."""
        self.places: npt.NDArray[np.int64] = np.unique(self.head_of[self.head_of >= 0])

    def begin_with_a_name(self) -> bool:
        """Return whether no row stands above the first name."""
        first = int(np.argmax(self.heads)) if self.heads.any() else len(self.heads)
        return not self.rest[:first].any()

    def are_named_once(self) -> bool:
        """Return whether no customer heads two groups: a list of orders names its customers again and again."""
        rows = np.flatnonzero(self.heads)
        for at in self.customers:
            codes = self.work.coded(at)[0][rows]
            named = codes[codes >= 0]
            if len(np.unique(named)) < len(named):
                return False
        return True

    def end_in_totals(self) -> bool:
        """Return whether every group of several rows is closed by a total."""
        totals = np.flatnonzero(_find_rows_listed_as(self.work, "total_row"))
        ends = [int(np.flatnonzero(self.head_of == head)[-1]) for head in self.places]
        return all(((totals > end) & (totals <= end + 2)).any() for end in ends)


def _find_rows_listed_as(work: Work, code: str) -> Mask:
    """Return the rows that are listed under a code."""
    numbers = [each.row for each in work.findings if each.code == code and each.row is not None]
    return np.isin(work.raw.row_numbers(), numbers) if numbers else np.zeros(len(work.gone), bool)


def fill_down(work: Work, keys: Sequence[Sequence[int]], columns: Sequence[int]) -> list[tuple[int, list[object]]]:
    """Return the columns of the customer with their blanks filled, none where nothing proves a grouped report.

    Parameters
    ----------
    work
        The table; what is proven is noted in it.
    keys
        Columns that name the customer; the date, empty where the table has none; further columns that a voucher gives
        once, such as its number.
    columns
        Columns of amounts: a row without any is none of a group.

    Notes
    -----
    One of these proves it: lines that hold nothing but a name; rows without customer and date that name a product, below a
    row that gives all (a voucher); a total at the end of every group; dates that rise in every group and fall between them.
    Rows that are merely without a customer in a list of orders fulfil none of them.
    """
    customers, dates, further = keys
    named = np.zeros(len(work.gone), bool)
    for at in customers:
        named |= work.holds(at)
    if not customers or (named | work.gone).all() or not columns:
        return []
    amounts = np.logical_or.reduce([work.holds(at) for at in columns])
    groups = _RowGroups(work, customers, ~named & ~work.gone & amounts, named & ~work.gone)
    if not len(groups.places) or not groups.begin_with_a_name():
        return []
    lone = _find_lone_heads(groups, dates, amounts)
    if lone is not None:
        for row in lone:
            work.leave_out(row, "group_header", customers[0] if work.text(customers[0], row) else customers[-1], _HEAD)
        filled = customers
    elif _are_vouchers(groups, [*dates, *further]):
        filled = [*customers, *dates, *further]
    elif (
        len(groups.places) >= _GROUPS
        and groups.are_named_once()
        and (groups.end_in_totals() or _dates_restart_by_group(groups, dates))
    ):
        filled = customers
    else:
        return []
    _note_filled_down(work, groups)
    return [(at, _fill_heads_down(work, at, groups.head_of)) for at in filled]


def _find_lone_heads(groups: _RowGroups, dates: Sequence[int], amounts: Mask) -> list[int] | None:
    """Return the lines that hold a name and nothing else of a row, None unless every name of the table stands on such a line."""
    work, heads = groups.work, np.flatnonzero(groups.heads).tolist()
    if amounts[groups.heads].any() or not (dates or len(heads) >= _GROUPS):
        return None
    if not all(work.holds(at)[groups.rest].all() for at in dates):
        return None
    others = [at for at in range(work.raw.frame.shape[1]) if at not in groups.customers]
    return heads if not any(work.holds(at)[groups.heads].any() for at in others) else None


def _are_vouchers(groups: _RowGroups, given: Sequence[int]) -> bool:
    """Return whether rows lack customer, date and number together and name something of their own, in two groups at least.

    `given` are the columns, date and number, that a voucher fills on its first row.
    """
    work = groups.work
    rest = groups.head_of >= 0
    own = [at for at in work.worded() if at not in groups.customers and at not in given]
    if len(groups.places) < _GROUPS or not own or (groups.rest & ~rest).any():
        return False
    if any(work.holds(at)[rest].any() for at in given) or not all(work.holds(at)[groups.places].all() for at in given):
        return False
    named = np.logical_or.reduce([work.holds(at) for at in own])
    return bool(named[rest].all() and named[groups.places].all() and (given or groups.are_named_once()))


def _dates_restart_by_group(groups: _RowGroups, dates: Sequence[int]) -> bool:
    """Return whether dates rise within every group and fall at one of two borders at least, in three groups or more."""
    if not dates or len(groups.places) <= _GROUPS or not groups.work.holds(dates[0])[groups.heads | groups.rest].all():
        return False
    work, at = groups.work, dates[0]
    cells = work.raw.frame.iloc[:, at]
    days = read_dates(cells, work.raw.date1904, work.raw.date_order, None if work.is_typed(at) else work.coded(at)).days
    rows = np.flatnonzero((groups.heads | (groups.head_of >= 0)) & ~np.isnat(days))
    steps = np.diff(days[rows].astype(np.int64))
    border = groups.heads[rows[1:]]
    return bool((steps[~border] >= 0).all() and border.any() and (steps[border] < 0).sum() * 2 >= border.sum())


def _fill_heads_down(work: Work, at: int, head_of: npt.NDArray[np.int64]) -> list[object]:
    cells = work.raw.frame.iloc[:, at].to_numpy(dtype=object, copy=True)
    open_rows = (head_of >= 0) & ~work.holds(at)
    cells[open_rows] = cells[head_of[open_rows]]
    return list(cells)


def _note_filled_down(work: Work, groups: _RowGroups) -> None:
    rows = np.flatnonzero(groups.head_of >= 0).tolist()
    phrase = work.rows_phrase(rows)
    header = work.raw.header[groups.customers[-1]]
    work.say(
        "note", "filled_down",
        Text(
            f"「{header}」が各グループの先頭の行だけにあるので、その下の行に入れました: {phrase.ja}",
            f'"{header}" stands on the first row of each group; it was filled down: {phrase.en}',
        ),
        column=header,
    )  # fmt: skip
