"""Dates of a table that was joined out of several sheets or files: each in its own date system and order of month and day.

Decision 0011: why a date that may mean two things is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language.date_column import DateColumn, order_of, read_dates
from engine.language.distinct_cells import unique_cells
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from engine.cleaning.table_cleaner import Sheet
    from engine.language.dates import DateOrder
    from engine.language.distinct_cells import Fault
    from engine.reading.raw import Part


def read_by_parts(sheet: Sheet, key: str, *, refuse: bool) -> DateColumn:
    """Read the column `key` of a table as days.

    Parts of one date system are read together while their dates agree on the order of month and day, or one of them tells it for
    all; where they differ (12/31 in one file, 31/12 in another), each is read as its own dates tell.

    Parameters
    ----------
    refuse
        Whether dates that leave the order open are refused; else they are faults.

    Raises
    ------
    Refusal
        `unreadable`, naming sheet or file, row and cell.
    """
    cells = sheet.cells(key)
    if cells.dtype.kind == "M":
        return read_dates(cells)
    codes, words = sheet.coded(key)
    parts = sheet.raw.all_parts()
    systems = list(dict.fromkeys((part.date1904, part.date_order) for part in parts))
    if len(systems) == 1:
        column = read_dates(cells, *systems[0], (codes, words))
        if column.order != "mixed" or len(parts) == 1:
            return _refuse_unclear_order(sheet, key, column, None, refuse=refuse)
    told = _decide_part_orders(words, codes, sheet.part, parts)
    days = np.full(len(sheet), np.datetime64("NaT", "s"), "datetime64[s]")
    faults: dict[int, Fault] = {}
    for place, part in enumerate(parts):
        rows = np.flatnonzero(sheet.part == place)
        if len(rows):
            own = cells.iloc[rows]
            column = _refuse_unclear_order(
                sheet, key, read_dates(own, part.date1904, told[place], unique_cells(own)), rows, refuse=refuse
            )
            days[rows] = column.days
            faults |= {int(rows[row]): fault for row, fault in column.faults.items()}
    return DateColumn(days, faults, "")


def _decide_part_orders(
    words: Sequence[object], codes: npt.NDArray[np.int64], part: npt.NDArray[np.int32], parts: Sequence[Part]
) -> list[DateOrder]:
    """Return each part's order of month and day: as told, as its dates tell, or the one order that the others tell."""
    found: list[DateOrder] = []
    for place, each in enumerate(parts):
        own = (words[code] for code in np.unique(codes[part == place]).tolist() if code >= 0)
        found.append(each.date_order or order_of(own))
    known = {order for order in found if order}
    common: DateOrder = next(iter(known)) if len(known) == 1 and "mixed" not in known else ""
    return [order or common for order in found]


def _refuse_unclear_order(
    sheet: Sheet, key: str, column: DateColumn, rows: npt.NDArray[np.intp] | None, *, refuse: bool
) -> DateColumn:
    """Return the column, or refuse it where its dates leave open whether the month or the day comes first."""
    unclear = [row for row, fault in column.faults.items() if fault.code == "ambiguous_date"]
    if refuse and unclear and column.order != "mixed":
        raise _make_unclear_order_refusal(
            sheet, key, unclear[0] if rows is None else int(rows[unclear[0]]), len(unclear)
        )
    return column


def _make_unclear_order_refusal(sheet: Sheet, key: str, row: int, count: int) -> Refusal:
    value, name = sheet.shown(key, row), sheet.places.header(row, sheet.header(key))
    number, source, table = sheet.number[row], sheet.places.source(row), sheet.raw.name
    return Refusal(
        "unreadable",
        f"{source} の列「{name}」は月と日のどちらが先か決められません({number}行目「{value}」ほか計{count}行)。"
        f"2026/3/31 のように書くか、{table}.date_order=mdy(月が先)または dmy(日が先)を指定してください",
        f'Column "{name}" of {source} does not tell whether the month or the day comes first '
        f'(row {number} "{value}"; {count} rows in all). Write 2026-03-31, or state {table}.date_order=mdy or dmy',
    )
