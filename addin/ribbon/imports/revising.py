"""What a table holds after an import, cell by cell. Pure functions: formulas of the user's own are never written over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addin.shared.book import CARRIED, Formula
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.ribbon.imports.merging import Merge
    from addin.shared.book import Cell

Rows = list[list[object]]
Patch = tuple[int, int, Rows]
"""Row and column, both from 0, of the first cell, and the cells that go there as rows."""


def formula_columns(rows: Sequence[Sequence[object]]) -> frozenset[int]:
    """Return the positions of the columns in which any row holds a formula: they are the user's own calculation."""
    return frozenset(at for row in rows for at, cell in enumerate(row) if isinstance(cell, Formula))


def appended(
    rows: Sequence[Sequence[object]],
    given: Sequence[Sequence[Cell]],
    places: Sequence[int],
    merged: Merge,
    width: int,
) -> Rows:
    """Return the rows of a table with those of a file added, and changed ones in their new state.

    Parameters
    ----------
    rows
        What was typed into the table below its header.
    given
        The file's rows.
    places
        For each column of `given`, the table's column that it goes into; none of them holds formulas.
    merged
        How both rows stand to each other; its rows of the sheet are positions in `rows`.
    width
        The table's number of columns.

    Returns
    -------
    list
        New rows stand below the last row that is filled, first in rows that the table holds ready (a formula alone does
        not fill a row), then in further ones, into which formulas are carried down.
    """
    made: Rows = [list(row) for row in rows]
    for line, there in merged.changed:
        for column, cell in zip(places, given[line], strict=True):
            if cell is not None and shown(cell) != shown(made[there][column]):
                made[there][column] = cell
    carried = _carry_formulas_down(rows, width)
    end = _count_filled_rows(rows)
    for at, line in enumerate(merged.new, end):
        if at == len(made):
            made.append(list(carried))
        for column, cell in zip(places, given[line], strict=True):
            made[at][column] = cell
    return made


def replaced(
    rows: Sequence[Sequence[object]], given: Sequence[Sequence[Cell]], places: Sequence[int], width: int
) -> Rows:
    """Return a file's rows in the place of a table's; columns with formulas go on, what else stood there is gone."""
    calculated = formula_columns(rows)
    carried = _carry_formulas_down(rows, width)
    made: Rows = []
    for at, line in enumerate(given):
        row: list[object] = (
            [cell if column in calculated else None for column, cell in enumerate(rows[at])]
            if at < len(rows)
            else list(carried)
        )
        for column, cell in zip(places, line, strict=True):
            row[column] = cell
        made.append(row)
    return made


def _carry_formulas_down(rows: Sequence[Sequence[object]], width: int) -> list[object]:
    """Return a further row: formulas of the last row go on, everything else is empty."""
    return [CARRIED if isinstance(cell, Formula) else None for cell in rows[-1]] if rows else [None] * width


def _count_filled_rows(rows: Sequence[Sequence[object]]) -> int:
    """Return how many rows there are up to the last that holds more than formulas."""
    return max(
        (
            at
            for at, row in enumerate(rows, 1)
            if any(cell is not None and not isinstance(cell, Formula) for cell in row)
        ),
        default=0,
    )


def patches(before: Sequence[Sequence[object]], after: Sequence[Sequence[object]]) -> list[Patch]:
    """Return the blocks of cells to write so that a table with the cells `before` holds those of `after`.

    Parameters
    ----------
    before
        What was typed into the table. Its height is already that of `after`: further rows count as unknown, and are
        written whole but for what is carried down.

    Returns
    -------
    list
        Of each column the runs of cells that differ, neighbouring columns with the same run as one block; nothing that
        stays is touched.
    """
    runs: dict[tuple[int, int], list[int]] = {}
    width = max((len(row) for row in after), default=0)
    for column in range(width):
        start = -1
        for at in range(len(after) + 1):
            differs = at < len(after) and _is_changed_cell(before, after, at, column)
            if differs and start < 0:
                start = at
            elif not differs and start >= 0:
                runs.setdefault((start, at), []).append(column)
                start = -1
    found: list[Patch] = []
    for (top, bottom), columns in runs.items():
        for left, right in _group_adjacent_columns(columns):
            found.append((top, left, [list(row[left:right]) for row in after[top:bottom]]))
    return sorted(found, key=lambda each: each[:2])


def _group_adjacent_columns(columns: Sequence[int]) -> list[tuple[int, int]]:
    """Return columns that follow each other as (first, end exclusive)."""
    found: list[tuple[int, int]] = []
    for column in columns:
        if found and found[-1][1] == column:
            found[-1] = found[-1][0], column + 1
        else:
            found.append((column, column + 1))
    return found


def _is_changed_cell(
    before: Sequence[Sequence[object]], after: Sequence[Sequence[object]], at: int, column: int
) -> bool:
    new = after[at][column]
    if new is CARRIED:
        return False
    if at >= len(before):
        return True
    old = before[at][column]
    return (type(old) is not type(new) and not _are_plain_numbers(old, new)) or old != new


def _are_plain_numbers(one: object, other: object) -> bool:
    """Return whether both are plain numbers: a host hands over 1 as 1.0."""
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in (one, other))
