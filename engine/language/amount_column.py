"""A column of amounts: read once per different cell, scaled exactly to integer minor units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.language.amounts import EXACT, HUGE, LARGEST, Amount, names_unit, parse_amount, unit_of
from engine.language.distinct_cells import Fault, unique_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.language.distinct_cells import Coded

# Up to here every integer is its own float64, and a decimal of as many digits survives the way there and back.
_FLOAT_EXACT: Final = 10**15
# Plain numbers of at most 15 characters are read at once, as floats that keep them exactly.
_PLAIN: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class AmountColumn:
    """A column of amounts, read but not yet scaled to minor units.

    Parameters
    ----------
    codes
        int64 (rows,): position of each row's value in `numbers`, -1 where the cell is blank or faulty.
    numbers
        Different values in major units: float64, int64, or object (Decimal).
    shift
        Power of ten that the header's unit adds (千円: 3); already inside `numbers` where a cell names its own unit.
    currencies
        Marks found in the cells and the header.
    faults
        Row position to fault.
    """

    codes: npt.NDArray[np.int64]
    numbers: npt.NDArray[Any]
    shift: int
    currencies: frozenset[str]
    faults: dict[int, Fault]

    @property
    def has_decimals(self) -> bool:
        """Whether any value is no whole number of major units (yen, dollars)."""
        used = self.numbers
        if used.dtype.kind == "i":
            return False
        if used.dtype.kind == "f" and self.shift == 0:
            return bool((used != np.rint(used)).any())
        return any(EXACT.remainder(number.scaleb(self.shift, EXACT), 1) != 0 for number in _convert_to_decimals(used))

    def to_minor(self, digits: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Scale to integer minor units.

        Parameters
        ----------
        digits
            Digits of the minor unit: yen 0, dollar 2.

        Returns
        -------
        minor : int64 (rows,)
            0 where the cell is blank, faulty or too large.
        rounded : bool (rows,)
            Where the value was more precise than the minor unit and was rounded half to even.
        huge : bool (rows,)
            Where the value does not fit (see `LARGEST`).
        """
        minor, rounded, huge = _scale_to_minor(self.numbers, digits + self.shift)
        if not len(minor):
            nothing = np.zeros(len(self.codes), bool)
            return np.zeros(len(self.codes), np.int64), nothing, nothing.copy()
        blank = self.codes < 0
        return (np.where(blank, 0, minor[self.codes]), ~blank & rounded[self.codes], ~blank & huge[self.codes])

    def decimals(self) -> list[Decimal]:
        """Return the different values as exact Decimals in major units, the header's unit included."""
        return [number.scaleb(self.shift, EXACT) for number in _convert_to_decimals(self.numbers)]

    def times(self, other: AmountColumn) -> AmountColumn:
        """Return the exact product with `other`, row by row: quantity × unit price. Blank where either is blank."""
        first, second = self._merge_equal_numbers(), other._merge_equal_numbers()
        left, right = first.decimals(), second.decimals()
        blank = (first.codes < 0) | (second.codes < 0)
        pairs, kinds = pd.factorize(first.codes * max(len(right), 1) + second.codes)
        used = np.bincount(pairs[~blank], minlength=len(kinds)) > 0
        numbers = [
            EXACT.multiply(left[pair // len(right)], right[pair % len(right)]) if use else Decimal(0)
            for pair, use in zip(kinds.tolist(), used.tolist(), strict=True)
        ]
        codes = np.where(blank, -1, pairs)
        return AmountColumn(
            codes, np.array(numbers, object), 0, self.currencies | other.currencies, self.faults | other.faults
        )

    def _merge_equal_numbers(self) -> AmountColumn:
        """Return the same column with equal numbers kept once."""
        if self.numbers.dtype == object:
            return self
        places, numbers = pd.factorize(self.numbers)
        codes = np.where(self.codes < 0, -1, places[self.codes]) if len(places) else self.codes
        return AmountColumn(codes, numbers, self.shift, self.currencies, self.faults)


def _convert_to_decimals(numbers: npt.NDArray[Any]) -> list[Decimal]:
    if numbers.dtype.kind == "f":
        return [Decimal(repr(number)) for number in numbers.tolist()]
    return [number if isinstance(number, Decimal) else Decimal(number) for number in numbers.tolist()]


def _scale_to_minor(
    numbers: npt.NDArray[Any], power: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return numbers × 10^power as integers, and where they were rounded and where they are too large."""
    count = len(numbers)
    minor, rounded, huge = np.zeros(count, np.int64), np.zeros(count, bool), np.zeros(count, bool)
    rest = np.arange(count)
    if numbers.dtype.kind in "if" and power >= 0:
        factor = 10.0**power
        whole = np.rint(numbers.astype(np.float64) * factor)
        # Dividing back gives the same float exactly when the written decimal is whole in minor units.
        exact = (np.abs(whole) < _FLOAT_EXACT) & (whole / factor == numbers)
        minor[exact] = whole[exact].astype(np.int64)
        rest = np.flatnonzero(~exact)
    for at, number in zip(rest.tolist(), _convert_to_decimals(numbers[rest]), strict=True):
        scaled = number.scaleb(power, EXACT)
        nearest = scaled.to_integral_value(ROUND_HALF_EVEN)
        if abs(nearest) >= LARGEST:
            huge[at] = True
        else:
            minor[at], rounded[at] = int(nearest), nearest != scaled
    return minor, rounded, huge


def combined(parts: Sequence[tuple[npt.NDArray[np.intp], AmountColumn]], count: int) -> AmountColumn:
    """Return one column out of columns in units of their own.

    Parameters
    ----------
    parts
        The row positions of each column, and the column; a position stands in one of them at most.
    count
        Number of rows; those that stand in no part are blank.
    """
    codes = np.full(count, -1, np.int64)
    numbers: list[Decimal] = []
    faults: dict[int, Fault] = {}
    for rows, column in parts:
        codes[rows] = np.where(column.codes < 0, -1, column.codes + len(numbers))
        numbers += column.decimals()
        faults |= {int(rows[row]): fault for row, fault in column.faults.items()}
    marks = frozenset(mark for _, column in parts for mark in column.currencies)
    return AmountColumn(codes, np.array(numbers, object), 0, marks, faults)


def read_amounts(column: pd.Series[Any], header_unit: str = "", coded: Coded | None = None) -> AmountColumn:
    """Read a column of cells as amounts.

    Parameters
    ----------
    column
        Cells of any kind; numeric columns take a vectorised way, text is parsed once per different value.
    header_unit
        What the header's bracket says (`千円`, `USD`); a cell that names its own unit keeps it.
    coded
        The column as `unique_cells` gives it, where that is known already.

    Returns
    -------
    AmountColumn
        Blank cells and faults have code -1; faults say why, row by row.
    """
    shift, mark = unit_of(header_unit) if header_unit else (0, "")
    marked = frozenset((mark,)) if mark else frozenset[str]()
    if column.dtype.kind in "if":
        return _read_numeric_amounts(column, shift, marked)
    codes, cells = coded or unique_cells(column)
    values, place, parsed = _separate_plain_numbers(cells)
    numbers: list[Decimal] = []
    for at, each in parsed.items():
        if isinstance(each, Amount):
            cell = cells[at]
            own = shift and isinstance(cell, str) and (each.currency or names_unit(cell))
            place[at] = len(values) + len(numbers)
            # "1,500円" under 金額(千円) means yen: the header's unit is taken back.
            numbers.append(each.number.scaleb(-shift, EXACT) if own else each.number)
    bad = {at: each for at, each in parsed.items() if isinstance(each, Fault)}
    faults: dict[int, Fault] = {}
    if bad:
        rows = np.flatnonzero(np.isin(codes, list(bad)))
        faults = {row: bad[int(codes[row])] for row in rows.tolist()}
    found = {each.currency for each in parsed.values() if isinstance(each, Amount) and each.currency}
    return AmountColumn(place[codes], _join_plain_and_other(values, numbers), shift, marked | found, faults)


def _separate_plain_numbers(
    cells: list[object],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], dict[int, Amount | Fault | None]]:
    """Read plain numbers, typed or written such as `1500` and `11.77`, at once, and every other cell by itself.

    A decimal of up to 15 digits survives as the nearest float64, from which `_scale_to_minor` recovers it exactly.

    Returns
    -------
    values, place, parsed
        The plain numbers; for each cell its place among them, -1 for the others and, last, for the code -1; the other cells.
    """
    match = _PLAIN.fullmatch
    plain_ones = [
        len(cell) < 16 and match(cell) is not None
        if isinstance(cell, str)
        else type(cell) in (float, int) and -_FLOAT_EXACT < cell < _FLOAT_EXACT  # type: ignore[operator]  # a number here
        for cell in cells
    ]
    values = np.array([cell for cell, is_plain in zip(cells, plain_ones, strict=True) if is_plain], dtype=np.float64)
    mask = np.array([*plain_ones, False], bool)
    place = np.where(mask, np.cumsum(mask) - 1, -1)
    return values, place, {at: parse_amount(cells[at]) for at in np.flatnonzero(~mask[:-1]).tolist()}


def _join_plain_and_other(values: npt.NDArray[np.float64], numbers: list[Decimal]) -> npt.NDArray[Any]:
    """Return plain and other numbers in one array: of floats where every Decimal survives as one, else of Decimals."""
    if all(number == Decimal(repr(float(number))) for number in numbers):
        return np.concatenate([values, np.array(numbers, dtype=np.float64)])
    return np.array([*_convert_to_decimals(values), *numbers], dtype=object)


def _read_numeric_amounts(column: pd.Series[Any], shift: int, marked: frozenset[str]) -> AmountColumn:
    blank = column.isna().to_numpy()
    if column.dtype.kind == "i":
        whole = column.fillna(0) if blank.any() else column
        return AmountColumn(
            np.where(blank, -1, np.arange(len(column))), whole.to_numpy(dtype=np.int64), shift, marked, {}
        )
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    endless = np.isinf(values)
    codes = np.where(blank | endless, -1, np.arange(len(values)))
    faults = dict.fromkeys(np.flatnonzero(endless).tolist(), HUGE)
    return AmountColumn(codes, np.where(codes < 0, 0.0, values), shift, marked, faults)
