"""Headers and merged cells of a sheet: resolved where they can mean one thing only, refused by cell name where not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.language.errors import Refusal
from engine.reading.columns import bind, recognised
from engine.reading.raw import shown
from engine.reading.sources.parts import cell_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

Merged = Sequence[tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class Header:
    """A sheet's header.

    Parameters
    ----------
    texts
        One text per column.
    bottom
        Index of the header's last row; the data begin below it.
    merged
        Merged ranges that were resolved, such as `A1:A2`.
    """

    texts: tuple[str, ...]
    bottom: int
    merged: tuple[str, ...]


def header_of(table: str, source: str, rows: Sequence[Sequence[Any]], merged: Merged, at: int) -> Header:
    """Return the header of a sheet whose header row, as far as single rows go, is `at`.

    A cell merged downwards names its column; a cell merged sideways above other headers is a group and is put before them only
    where they would be the same; merged sideways over columns without headers of their own it names the one that has data.

    Parameters
    ----------
    table, source
        The table's key, and how messages name the sheet.
    rows
        The cells from A1 on; a row may end early.
    merged
        Merged ranges: first row, first column, last row, last column, from 0, ends included.
    at
        Index of the header row.

    Raises
    ------
    Refusal
        `unreadable`, naming the cells, when several columns with data share one merged header or one known header.
    """
    width = max(len(row) for row in rows)
    touching = [each for each in merged if each[0] <= at <= each[2] or (each[2] == at - 1 and each[3] > each[1])]
    top = min([at, *(each[0] for each in touching)])
    bottom = min(
        max([at, *(each[2] for each in touching)]), len(rows) - 1
    )  # a merged cell may reach beyond the last value
    grid = [_pad_row_texts(rows[row], width) for row in range(top, bottom + 1)]
    grid[:] = [
        row if top + place in (at, bottom) or _is_touched_row(touching, top + place) else [""] * width
        for place, row in enumerate(grid)
    ]
    for first, left, last, right in touching:
        for row in range(max(first, top), min(last, bottom) + 1):
            for column in range(left, min(right, width - 1) + 1):
                grid[row - top][column] = grid[first - top][left]
    texts = [_find_lowest_text(grid, column) for column in range(width)]
    _settle_shared_headers(
        table,
        source,
        rows,
        texts,
        [each for each in touching if each[2] == bottom or not _has_header_below(grid, each, top)],
        bottom,
    )
    grouped = _prefix_group_names(grid, texts)
    _refuse_double_headers(table, source, texts, bottom, [each for each in touching if each[3] > each[1]])
    # A title that merely stands merged above the header had nothing to resolve.
    names = tuple(_write_cell_range(each) for each in touching if grouped or each[2] >= at)
    return Header(tuple(texts), bottom, names)


def _pad_row_texts(row: Sequence[Any], width: int) -> list[str]:
    return [*(shown(cell).strip() for cell in row), *[""] * (width - len(row))]


def _is_touched_row(touching: Merged, row: int) -> bool:
    return any(first <= row <= last for first, _, last, _ in touching)


def _write_cell_range(each: tuple[int, int, int, int]) -> str:
    return f"{cell_name(each[0], each[1])}:{cell_name(each[2], each[3])}"


def _find_lowest_text(grid: Sequence[Sequence[str]], column: int) -> str:
    return next((row[column] for row in reversed(grid) if row[column]), "")


def _has_header_below(grid: Sequence[Sequence[str]], each: tuple[int, int, int, int], top: int) -> bool:
    below = grid[each[2] - top + 1 :]
    return any(row[column] for row in below for column in range(each[1], min(each[3], len(row) - 1) + 1))


def _settle_shared_headers(
    table: str, source: str, rows: Sequence[Sequence[Any]], texts: list[str], shared: Merged, bottom: int
) -> None:
    """Give a header merged over several columns to the one that has data."""
    for each in shared:
        places = range(each[1], min(each[3], len(texts) - 1) + 1)
        if len(places) < 2:
            continue
        text = texts[each[1]]
        filled = [
            column
            for column in places
            if any(column < len(row) and shown(row[column]).strip() for row in rows[bottom + 1 :])
        ]
        if len(filled) > 1 and recognised(table, [text]):
            raise Refusal(
                "unreadable",
                f"{source} の見出し「{text}」のセル {_write_cell_range(each)} が結合され、どの列のことか決められません。"
                "結合を解き、列ごとに見出しを付けてください",
                f'Header "{text}" of {source} is merged over {_write_cell_range(each)}, so it cannot be told which column it names; '
                "unmerge it and give each column its header",
            )
        keep = filled[0] if filled else each[1]
        for column in places:
            texts[column] = text if column == keep else ""


def _prefix_group_names(grid: Sequence[Sequence[str]], texts: list[str]) -> bool:
    """Put the group's name before headers that are the same under several groups: 2025年度 売上, 2026年度 売上.

    Returns whether any header was changed; headers under one and the same group, such as a title, are left.
    """
    changed = False
    for text in {text for text in texts if text and texts.count(text) > 1}:
        places = [column for column, each in enumerate(texts) if each == text]
        groups = [" ".join(row[column] for row in grid if row[column] and row[column] != text) for column in places]
        if len(set(groups)) == len(places):
            changed = True
            for column, group in zip(places, groups, strict=True):
                texts[column] = f"{group} {text}".strip()
    return changed


def _refuse_double_headers(table: str, source: str, texts: Sequence[str], bottom: int, groups: Merged) -> None:
    """Refuse a known header that stands twice under merged groups and still cannot be told apart."""
    if not groups:
        return
    for text in dict.fromkeys(texts):
        places = [column for column, each in enumerate(texts) if each == text]
        if text and len(places) > 1 and recognised(table, [text]):
            cells = "・".join(cell_name(bottom, column) for column in places)
            raise Refusal(
                "unreadable",
                f"{source} に見出し「{text}」が{len(places)}つあります({cells})。結合を解き、見出しを1つずつにしてください",
                f'{source} has {len(places)} headers "{text}" ({cells}); unmerge them and leave one',
            )


def fill_merged(
    table: str, frame: pd.DataFrame, header: Header, merged: Merged, mapping: Mapping[str, str]
) -> list[str]:
    """Fill cells merged downwards in the data with their value, in `frame` itself, and return the ranges filled.

    Amounts and numbers are left: a sum merged over several rows must not be counted several times.

    Parameters
    ----------
    table
        The table's key.
    frame
        The rows below the header; changed in place.
    header
        As `header_of` returns it.
    merged
        As in `header_of`.
    mapping
        Column key to header, where the caller says so.
    """
    try:
        fields = bind(table, header.texts, mapping).fields
    except Refusal:  # a mapped header that is not there is refused when the table is cleaned, with the same words
        fields = {}
    counted = {at for each in fields.values() if each.column.kind in ("amount", "number", "integer") for at in each.at}
    filled: list[str] = []
    for first, left, last, right in merged:
        if first <= header.bottom or left != right or left in counted or left >= frame.shape[1]:
            continue
        start = first - header.bottom - 1
        stop = min(last - header.bottom, len(frame))
        if start < len(frame):
            frame.isetitem(left, _repeat_merged_cell(frame.iloc[:, left], start, stop))
            filled.append(f"{cell_name(first, left)}:{cell_name(last, right)}")
    return filled


def _repeat_merged_cell(cells: pd.Series[Any], start: int, stop: int) -> npt.NDArray[np.object_]:
    """Return the column with the cell at `start` repeated up to `stop` (end exclusive)."""
    values: npt.NDArray[np.object_] = cells.to_numpy(dtype=object, copy=True)
    values[start:stop] = [values[start]] * (stop - start)
    return values
