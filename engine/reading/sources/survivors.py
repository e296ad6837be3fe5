"""A table of survivors: one row per period, one column of remaining customers per cohort.

Decision 0108: what a file without a header may be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.language.amounts import parse_amount
from engine.language.distinct_cells import Fault
from engine.language.errors import Refusal
from engine.reading.profiles import Wishes
from engine.reading.sources.delimited import read_delimited
from engine.reading.sources.inspect import inspect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort's customers at the start and after each renewal; `shares` tells that the table gave shares of them."""

    counts: tuple[float, ...]
    shares: bool


def read_survivors(path: Path, size: float) -> dict[str, Cohort]:
    """Read the cohorts of a csv, tsv or txt file.

    Parameters
    ----------
    path
        The first column is the period, 0, 1, 2 … in this order (its words do not matter), every further column a cohort:
        the customers there at the start and left after each renewal. A cohort may end earlier than the others, by
        blanks at its end. A header row gives the cohorts' names; it may be missing.
    size
        Customers at the start of a cohort that is given in shares: cells with %, or broken numbers from 100 or 1 on.

    Raises
    ------
    Refusal
        `unreadable` for a file that is no text, has no cohort, or holds something else than numbers of customers; the
        message names row and column.
    """
    raw, _ = read_delimited("customers", inspect(path, ("text",)), {}, Wishes())
    rows = [[str(cell).strip() for cell in row] for row in raw.frame.itertuples(index=False)]
    names, first = list(raw.header), raw.first_row
    if all(
        _read_survivor_count(name) is not None for name in names if name
    ):  # no header row: the first one counts, too
        rows, first = [names, *rows], first - 1
        names = [str(place) for place in range(len(names))]
    if len(names) < 2 or sum(map(any, rows)) < 2:
        raise Refusal(
            "unreadable",
            f"{path.name} には期間の列と人数の列、2行以上の値が必要です",
            f"{path.name} needs a column of periods, one of customers or more, and two rows or more",
        )
    columns = list(zip(*rows, strict=True))[1:]
    return {
        name or str(place): _read_cohort_column(path.name, name, column, first, size)
        for place, (name, column) in enumerate(zip(names[1:], columns, strict=True), start=1)
        if any(column)
    }


def _read_cohort_column(source: str, name: str, column: Sequence[str], first: int, size: float) -> Cohort:
    cells = list(column)
    while cells and not cells[-1]:
        cells.pop()
    counts: list[float] = []
    for row, cell in enumerate(cells, start=first):
        count = _read_survivor_count(cell)
        if count is None:
            raise Refusal(
                "unreadable",
                f"{source} の{row}行目「{name}」の値「{cell}」は人数ではありません",
                f'"{cell}" in row {row}, column "{name}" of {source} is no number of customers',
            )
        counts.append(count)
    broken = any(count != int(count) for count in counts)
    if any(cell.endswith(("%", "％")) for cell in cells) or (broken and counts[0] in (1, 100)):
        return Cohort(tuple(round(count / counts[0] * size, 6) for count in counts), shares=True)
    if broken:
        raise Refusal(
            "unreadable",
            f"{source} の「{name}」に整数でない人数があります。人数は整数で、割合は100%から書いてください",
            f'column "{name}" of {source} has broken numbers of customers; give whole numbers, or shares from 100 % on',
        )
    return Cohort(tuple(counts), shares=False)


def _read_survivor_count(cell: str) -> float | None:
    read = parse_amount(cell.rstrip("%％ "))
    return None if read is None or isinstance(read, Fault) else float(read.number)
