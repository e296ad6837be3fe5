"""A table of survivors: one row per period, one column of remaining customers per cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.amounts import parse_amount
from engine.errors import Refusal
from engine.sources.delimited import read_delimited
from engine.sources.inspect import inspect
from engine.uniques import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["read_survivors"]


def read_survivors(path: Path) -> dict[str, list[float]]:
    """Read the cohorts of a csv, tsv or txt file.

    The first column is the period, 0, 1, 2 … in this order (its words do not matter), every further column a cohort: the
    customers there at the start and left after each renewal, whole numbers. A cohort may end earlier than the others, by
    blanks at its end. A header row gives the cohorts' names; it may be missing.

    Raises
    ------
    Refusal
        `unreadable` for a file that is no text, has no cohort, or holds something else than numbers of customers; the
        message names row and column.
    """
    raw, _ = read_delimited("customers", inspect(path, ("text",)), {})
    rows = [[str(cell).strip() for cell in row] for row in raw.frame.itertuples(index=False)]
    names, first = list(raw.header), raw.first_row
    if all(_number(name) is not None for name in names if name):  # no header row: the first one counts, too
        rows, first = [names, *rows], first - 1
        names = [f"{place}" for place in range(len(names))]
    filled = [row for row in rows if any(row)]
    if len(names) < 2 or len(filled) < 2:
        raise Refusal(
            "unreadable",
            f"{path.name} には期間の列と人数の列、2行以上の値が必要です",
            f"{path.name} needs a column of periods, one of customers or more, and two rows or more",
        )
    columns = list(zip(*rows, strict=True))[1:]
    return {
        name or f"{place}": _counts(path.name, name, column, first)
        for place, (name, column) in enumerate(zip(names[1:], columns, strict=True), start=1)
        if any(column)
    }


def _counts(source: str, name: str, column: Sequence[str], first: int) -> list[float]:
    cells = list(column)
    while cells and not cells[-1]:
        cells.pop()
    counts = [_number(cell) for cell in cells]
    for row, (cell, count) in enumerate(zip(cells, counts, strict=True), start=first):
        if count is None or count != int(count):
            raise Refusal(
                "unreadable",
                f"{source} の{row}行目「{name}」の値「{cell}」は人数ではありません(割合ではなく、残った人数を整数で)",
                f'"{cell}" in row {row}, column "{name}" of {source} is no number of customers (whole numbers, not shares)',
            )
    return [float(count) for count in counts if count is not None]


def _number(cell: str) -> float | None:
    read = parse_amount(cell)
    return None if read is None or isinstance(read, Fault) else float(read.number)
