"""Sheets or files that repeat another one: read once, so that nothing is counted twice, and told.

Decision 0276: why what stands twice is read once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.distinct_cells import filled
from engine.language.errors import Finding, Text
from engine.reading.joining import meanings, sheet_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from engine.reading.raw import RawTable

_CONTAINED: Final = 5
"""Rows from which on a sheet all of whose rows stand in another one is an older copy of it; fewer may repeat by chance."""


def without_doubles(tables: Sequence[RawTable]) -> tuple[list[RawTable], list[Finding]]:
    """Leave out tables whose rows all stand in another one of the same columns.

    Parameters
    ----------
    tables
        Raw tables of one kind, in their order.

    Returns
    -------
    tables, findings
        A table that equals an earlier one cell by cell, in any order of its rows, is left out; so is one of five rows or more
        that are all found in a longer one, before or after it. Each is told in a warning that names the other.
    """
    if len(tables) < 2:
        return list(tables), []
    hashes = [_hash_rows(table) for table in tables]
    columns = [frozenset(meanings(table)) for table in tables]
    gone: dict[int, int] = {}
    for at in range(len(tables)):
        for other in range(len(tables)):
            if (
                other != at
                and other not in gone
                and columns[other] == columns[at]
                and _repeats_rows_of_another(hashes, at, other)
            ):
                gone[at] = other
                break
    kept = [table for at, table in enumerate(tables) if at not in gone]
    return kept, [_warn_of_double_source(tables[at], tables[other], len(hashes[at])) for at, other in gone.items()]


def _hash_rows(table: RawTable) -> npt.NDArray[np.uint64]:
    """Return a number for each row that is not blank, equal for rows of equal cells; columns are taken by their meaning."""
    total = np.zeros(len(table.frame), np.uint64)
    kept = np.zeros(len(table.frame), bool)
    for meaning, at in sorted(meanings(table).items()):
        codes, words = sheet_words(table, at)
        salt = np.array([*(hash((meaning, word)) for word in words), hash(meaning)], np.int64).astype(np.uint64)
        total = total * np.uint64(1_000_003) + salt[codes]
        kept |= filled(codes, list(words))
    return np.sort(total[kept])


def _repeats_rows_of_another(hashes: Sequence[npt.NDArray[np.uint64]], at: int, other: int) -> bool:
    """Return whether every row of `at` stands in `other`, as often as there."""
    mine, others = hashes[at], hashes[other]
    if not len(mine) or len(mine) > len(others):
        return False
    if len(mine) == len(others):
        return at > other and bool((mine == others).all())
    if len(mine) < _CONTAINED:
        return False
    first = np.searchsorted(others, mine[:_CONTAINED]).clip(max=len(others) - 1)
    if (others[first] != mine[:_CONTAINED]).any():  # nearly always: spares the whole look
        return False
    rows, counts = np.unique(mine, return_counts=True)
    left, right = np.searchsorted(others, rows, "left"), np.searchsorted(others, rows, "right")
    return bool((right - left >= counts).all())


def _warn_of_double_source(table: RawTable, other: RawTable, rows: int) -> Finding:
    reason = Text(
        f"{rows:,}行すべてが {other.source} にもあるので、二重に数えないよう読みません。別の取引であれば取引IDの列を加えてください",
        f"All of its {rows:,} rows stand in {other.source}, too, so it was not read: nothing is counted twice. If they are other "
        "rows, add a column with their IDs",
    )
    return Finding("warning", "double_source", table.name, table.source, None, None, None, reason)
