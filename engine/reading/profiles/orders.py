"""Rows that make one order together: cells of its first row carried down, its total counted once.

Decision 0279: why an order's total is counted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.language.distinct_cells import filled, unique_cells
from engine.language.words import normalise
from engine.reading.raw import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.reading.profiles.headers import Headers
    from engine.reading.profiles.profile import Lines

    Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """The orders of a table.

    Parameters
    ----------
    rows
        Positions of the rows that count, ascending.
    first
        For each of them the position of its order's first row.
    """

    rows: Positions
    first: Positions

    @property
    def later(self) -> NDArray[np.bool_]:
        """Which of `rows` are not the first of their order."""
        return np.asarray(self.rows != self.first, dtype=np.bool_)


def set_column(frame: pd.DataFrame, at: int, cells: NDArray[Any]) -> None:
    """Put cells into a column of a frame of our own, as they are: left to itself, pandas would make its own kind of texts of them."""
    column = pd.Series(cells, index=frame.index, dtype=object)
    frame.isetitem(at, column)  # type: ignore[arg-type]  # the stubs forget that a Series may stand here


def groups_of(lines: Lines, headers: Headers, frame: pd.DataFrame, rows: Positions) -> Groups:
    """Return which rows make an order together; without the columns that would tell, every row is its own.

    Parameters
    ----------
    lines
        What the profile says of orders: the column that begins one, or the one that numbers them.
    headers
        The headers of `frame`.
    frame
        The table; it is left as it is.
    rows
        Positions of the rows that count, ascending.
    """
    start, key = headers.first(lines.start), headers.first(lines.key)
    begins = np.ones(len(rows), bool)
    if start is not None:
        begins = filled(*unique_cells(frame.iloc[rows, start]))
    elif key is not None:
        codes, cells = unique_cells(frame.iloc[rows, key])
        plain = [normalise(shown(cell)) for cell in cells]
        names = {word: code for code, word in enumerate(dict.fromkeys(plain)) if word}
        same = np.array([*(names.get(word, -1) for word in plain), -1])[codes]
        begins[1:] = (same[1:] >= 0) & (same[1:] != same[:-1])  # a blank number goes on with the order before it
    if len(begins):
        begins[0] = True
    return Groups(rows, rows[np.maximum.accumulate(np.where(begins, np.arange(len(rows)), 0))])


def carry(lines: Lines, headers: Headers, frame: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Return the frame with the cells of each order's first row in its later rows, where these are blank.

    Parameters
    ----------
    lines, headers
        As in `groups_of`; `*` among `lines.carried` means every column without a cell on a later row.
    frame
        The table; it is left as it is.
    groups
        The orders in it.
    """
    later = groups.later
    if not later.any():
        return frame
    kept = total_columns(lines, headers) | {headers.find(each) for each in lines.either}
    whole = "*" in lines.carried
    places = (
        range(frame.shape[1]) if whole else [at for each in lines.carried if (at := headers.find(each)) is not None]
    )
    filled_in = frame.copy(deep=False)
    for at in places:
        blank = ~filled(*unique_cells(frame.iloc[groups.rows, at]))
        wanted = later & blank
        # Every header is meant: one that has a cell on some later row is a column of the lines and stays as it is.
        if at in kept or not wanted.any() or (whole and not blank[later].all()):
            continue
        cells = frame.iloc[:, at].to_numpy(dtype=object, copy=True)
        cells[groups.rows[wanted]] = cells[groups.first[wanted]]
        set_column(filled_in, at, cells)
    return filled_in


def total_columns(lines: Lines, headers: Headers) -> set[int]:
    """Return the positions of the headers that hold a figure of the whole order."""
    return {at for each in lines.totals if (at := headers.find(each)) is not None}


def is_total(lines: Lines, headers: Headers, frame: pd.DataFrame, groups: Groups, at: int) -> bool:
    """Return whether a column that may be the order's or the line's holds one figure per order: no order has two different ones."""
    if at not in {headers.find(each) for each in lines.either} or not groups.later.any():
        return False
    codes, cells = unique_cells(frame.iloc[:, at])
    holds = filled(codes, cells)[groups.rows]
    return not (groups.later & holds & (codes[groups.rows] != codes[groups.first])).any()


def merge_totals(
    frame: pd.DataFrame, groups: Groups, total: int
) -> tuple[pd.DataFrame, NDArray[np.bool_], NDArray[np.bool_]]:
    """Count a figure of the whole order once.

    Returns
    -------
    frame, repeated, differing
        The frame, in which an order's first row is blank in columns whose cells differ among its rows (of several products none
        is the order's); which frame rows are later rows of an order, to be left out; and those of them whose total is another
        one than the first row's.
    """
    later, rows, first = groups.later, groups.rows, groups.first
    repeated, differing = np.zeros(len(frame), bool), np.zeros(len(frame), bool)
    repeated[rows[later]] = True
    merged = frame.copy(deep=False)
    for at in range(frame.shape[1]):
        codes, cells = unique_cells(frame.iloc[:, at])
        holds = filled(codes, cells)
        other = later & holds[rows] & (codes[rows] != codes[first])
        if not other.any():
            continue
        if at == total:
            differing[rows[other]] = True
            continue
        values: NDArray[Any] = frame.iloc[:, at].to_numpy(dtype=object, copy=True)
        values[first[other]] = None
        set_column(merged, at, values)
    return merged, repeated, differing
