"""A column of dates: read once per different cell, the order of month and day decided by the whole column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.language.dates import EARLIEST, LATEST, OUT_OF_RANGE, date_order, parse_date
from engine.language.distinct_cells import Fault, unique_cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.language.dates import DateOrder
    from engine.language.distinct_cells import Coded

_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of days.

    Parameters
    ----------
    days
        datetime64[s] (rows,), midnight; NaT where the cell is blank or faulty.
    faults
        Row position to fault.
    order
        What the column says about month and day (see `date_order`).
    """

    days: npt.NDArray[np.datetime64]
    faults: dict[int, Fault]
    order: DateOrder


def read_dates(
    column: pd.Series[Any], date1904: bool = False, order: DateOrder = "", coded: Coded | None = None
) -> DateColumn:
    """Read a column of cells as days.

    Parameters
    ----------
    column
        Cells of any kind; datetime columns take a vectorised way, others are parsed once per different value.
    date1904
        Whether serial numbers count from 1904.
    order
        `mdy` or `dmy` when the caller knows; else the column's own values decide.
    coded
        The column as `unique_cells` gives it, where that is known already.
    """
    if column.dtype.kind == "M":
        return _read_datetime_column(column)
    codes, cells = coded or unique_cells(column)
    heads = [_strip_clock(cell) for cell in cells]
    told = order or order_of(heads)
    seen: dict[object, date | Fault | None] = {}
    days = np.full(len(cells) + 1, np.iinfo(np.int64).min, np.int64)  # the last place answers code -1, the blank cells
    bad: dict[int, Fault] = {}
    for at, head in enumerate(heads):
        key = (type(head), head)
        if key not in seen:
            seen[key] = parse_date(head, date1904, told)
        found = seen[key]
        if isinstance(found, Fault):
            bad[at] = found
        elif found is not None:
            days[at] = found.toordinal() - _EPOCH
    faults: dict[int, Fault] = {}
    if bad:
        faults = {row: bad[codes[row]] for row in np.flatnonzero(np.isin(codes, list(bad))).tolist()}
    return DateColumn(days[codes].view("datetime64[D]").astype("datetime64[s]"), faults, told)


def order_of(cells: Iterable[object]) -> DateOrder:
    """Return what the texts among the cells say about month and day (see `date_order`); a time of day is passed over."""
    return date_order({head for cell in cells if isinstance(head := _strip_clock(cell), str)})


_CLOCK: Final = re.compile(r"[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*$")


def _strip_clock(cell: object) -> object:
    """Return a text without a plain time of day, so that a day with many times is parsed once."""
    return _CLOCK.sub("", cell) if isinstance(cell, str) and ":" in cell else cell


def _read_datetime_column(column: pd.Series[Any]) -> DateColumn:
    local = column.dt.tz_localize(None) if isinstance(column.dtype, pd.DatetimeTZDtype) else column
    days = local.to_numpy().astype("datetime64[D]")
    outside = (days < np.datetime64(f"{EARLIEST}-01-01")) | (days > np.datetime64(f"{LATEST}-12-31"))
    faults = dict.fromkeys(np.flatnonzero(outside).tolist(), OUT_OF_RANGE)
    days[outside] = np.datetime64("NaT", "D")
    return DateColumn(days.astype("datetime64[s]"), faults, "")
