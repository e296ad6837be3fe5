"""Amounts as people write them, read exactly: `1500万円`, `△1,200`, `(1,200)`, `$12.50`, 全角 digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import Text
from engine.uniques import BLANK_WORDS, Coded, Fault, is_formula, plain, unique_cells, uncomputed

__all__ = [
    "HUGE",
    "LARGEST",
    "Amount",
    "AmountColumn",
    "currency_of",
    "digits_of",
    "parse_amount",
    "read_amounts",
    "unit_of",
]

LARGEST: Final = 10**17
"""Largest minor amount of one cell: a hundred thousand million million yen; sums of 92 such still fit 64 bits."""

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
# Up to here every integer is its own float64, and a decimal of as many digits survives the way there and back.
_FLOAT_EXACT: Final = 10**15

# Currency marks after NFKC (￥ is ¥ there). In CP932 the yen sign has the code of the backslash.
_MARKS: Final[dict[str, str]] = {
    "¥": "JPY", "\\": "JPY", "円": "JPY", "jpy": "JPY", "yen": "JPY", "日本円": "JPY",
    "$": "USD", "us$": "USD", "usd": "USD", "米ドル": "USD", "ドル": "USD", "dollar": "USD", "dollars": "USD",
    "€": "EUR", "eur": "EUR", plain("ユーロ"): "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "ポンド": "GBP",
    "元": "CNY", "人民元": "CNY", "cny": "CNY", "rmb": "CNY", "₩": "KRW", "krw": "KRW", "ウォン": "KRW",
    "hk$": "HKD", "hkd": "HKD", "s$": "SGD", "sgd": "SGD", "a$": "AUD", "aud": "AUD", "nt$": "TWD", "twd": "TWD",
    "c$": "CAD", "cad": "CAD", "chf": "CHF", "thb": "THB", "฿": "THB", "inr": "INR", "₹": "INR",
}  # fmt: skip
# Minor-unit digits that differ from 2 (ISO 4217, list one).
_DIGITS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3, "TND": 3}

_UNITS: Final[dict[str, int]] = {
    "兆": 12, "千億": 11, "百億": 10, "十億": 9, "億": 8, "千万": 7, "百万": 6, "十万": 5, "万": 4, "千": 3, "百": 2,
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "million": 6, "bn": 9, "b": 9, "billion": 9,
}  # fmt: skip

_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+"
_CURRENCY: Final = "|".join(re.escape(mark) for mark in sorted(_MARKS, key=len, reverse=True))
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_WHOLE: Final = re.compile(
    rf"(?P<sign>[-+△▲]|マイナス)?(?P<before>{_CURRENCY})?(?P<inner>[-+△▲])?"
    rf"(?P<body>(?:(?:{_NUMBER})(?:{_UNIT})?)+|(?:{_NUMBER})e[+-]?\d{{1,2}})"
    rf"(?P<after>{_CURRENCY})?(?P<trailing>-)?"
)
_GROUP: Final = re.compile(rf"({_NUMBER})({_UNIT})?")
_BRACKETED: Final = re.compile(rf"(?P<before>{_CURRENCY})?\((?P<body>[^()]*)\)(?P<after>{_CURRENCY})?")
_EXCEL_ERRORS: Final = ("#n/a", "#value!", "#ref!", "#div/0!", "#num!", "#name?", "#null!", "#spill!")

_TEXT: Final = Fault(
    "text_in_amount",
    Text(
        "金額として読めません。数字で書いてください(例: 1,500,000)", "Not an amount; write a number, such as 1,500,000"
    ),
)
_GROUPING: Final = Fault(
    "text_in_amount",
    Text("桁区切りの位置が正しくありません(例: 1,500,000)", "The thousands separators are misplaced (write 1,500,000)"),
)
_ORDER: Final = Fault(
    "text_in_amount",
    Text(
        "単位の並びを読めません(例: 1億5,000万円)",
        "The order of the units cannot be read (write 1億5,000万円 or 150,000,000)",
    ),
)
_TWO_MARKS: Final = Fault(
    "mixed_currencies", Text("1つのセルに通貨が2つあります", "The cell names two currencies; leave one")
)
_EXCEL: Final = Fault(
    "formula_error",
    Text("セルが Excel のエラー値です。数式を直してください", "The cell holds an Excel error; mend the formula"),
)
HUGE: Final = Fault(
    "amount_too_large",
    Text(
        "金額が大きすぎます(10京以上)。単位を確かめてください",
        "The amount is too large (10^17 or more); check its unit",
    ),
)


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount: its exact number in major units (yen, dollars) and the currency it is marked with, or empty."""

    number: Decimal
    currency: str


def digits_of(currency: str) -> int:
    """Return how many digits the minor unit of `currency` (ISO 4217) has: yen 0, dollar 2."""
    return _DIGITS.get(currency.upper(), 2)


def currency_of(word: str) -> str | None:
    """Return the ISO 4217 code that a mark or word (`¥`, `円`, `usd`) means, or None."""
    text = plain(word)
    code = text.upper()
    return _MARKS.get(text) or (code if code in set(_MARKS.values()) | set(_DIGITS) else None)


def unit_of(bracket: str) -> tuple[int, str]:
    """Return the power of ten and the currency that a header's bracket says.

    >>> unit_of("千円"), unit_of("USD"), unit_of("税抜")
    ((3, 'JPY'), (0, 'USD'), (0, ''))
    """
    text = plain(bracket).removeprefix("単位:")
    for unit in sorted(_UNITS, key=len, reverse=True):
        rest = text.removeprefix(unit)
        if rest != text and (not rest or currency_of(rest)):
            return _UNITS[unit], currency_of(rest) or ""
        rest = text.removesuffix(unit)
        if rest != text and rest and currency_of(rest):
            return _UNITS[unit], currency_of(rest) or ""
    return 0, currency_of(text) or ""


def parse_amount(cell: object) -> Amount | Fault | None:
    """Read one cell as an amount.

    Parameters
    ----------
    cell
        A number, a Decimal, or text in any of the forms that the case table `amounts.csv` of the tests lists.

    Returns
    -------
    Amount, Fault or None
        None for a blank cell; a Fault that names the cause where the cell cannot be read.

    Examples
    --------
    >>> parse_amount("△1.5億円")
    Amount(number=Decimal('-150000000'), currency='JPY')
    """
    if isinstance(cell, str):
        return _parse_text(cell)
    if isinstance(cell, bool | np.bool_):
        return _TEXT
    if isinstance(cell, int | np.integer):
        return Amount(Decimal(int(cell)), "")
    if isinstance(cell, float | np.floating):
        return None if np.isnan(cell) else _finite(Decimal(repr(float(cell))))
    if isinstance(cell, Decimal):
        return None if cell.is_nan() else _finite(cell)
    return None if cell is None or cell is pd.NaT or cell is pd.NA else _TEXT


def _finite(number: Decimal) -> Amount | Fault:
    return Amount(number, "") if number.is_finite() else HUGE


def _parse_text(written: str) -> Amount | Fault | None:
    if is_formula(written):
        return uncomputed()
    text = plain(written)
    if text in BLANK_WORDS:
        return None
    if text in _EXCEL_ERRORS:
        return _EXCEL
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        text = (bracketed["before"] or "") + bracketed["body"] + (bracketed["after"] or "")
    match = _WHOLE.fullmatch(text)
    if match is None:
        return _GROUPING if re.fullmatch(r"[-+△▲¥\\$]*[\d,.]+円?", text) else _TEXT
    signs = [sign for sign in (match["sign"], match["inner"], match["trailing"]) if sign]
    marks = {_MARKS[mark] for mark in (match["before"], match["after"]) if mark}
    if len(marks) > 1:
        return _TWO_MARKS
    if len(signs) > 1 or (bracketed and signs):
        return _TEXT
    number = _number(match["body"])
    if isinstance(number, Fault):
        return number
    negative = bool(bracketed) or any(sign != "+" for sign in signs)
    return Amount(-number if negative else number, marks.pop() if marks else "")


def _number(body: str) -> Decimal | Fault:
    """Return the number of `1億5,000万` and the like: units fall from left to right, each part below the unit before."""
    if "e" in body and body[-1].isdigit():
        return Decimal(body.replace(",", ""))
    total, ceiling = Decimal(0), None
    for digits, unit in _GROUP.findall(body):
        part = Decimal(digits.replace(",", "")).scaleb(_UNITS.get(unit, 0), _EXACT)
        if ceiling is not None and (part >= ceiling or (not unit and "." in digits)):
            return _ORDER
        if ceiling is not None and ceiling <= Decimal(10) ** _UNITS.get(unit, 0):
            return _ORDER
        total, ceiling = total + part, Decimal(10) ** _UNITS.get(unit, 0)
    return total


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
        return any(number.scaleb(self.shift, _EXACT) % 1 != 0 for number in _decimals(used))

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
        minor, rounded, huge = _scale(self.numbers, digits + self.shift)
        if not len(minor):
            nothing = np.zeros(len(self.codes), bool)
            return np.zeros(len(self.codes), np.int64), nothing, nothing.copy()
        blank = self.codes < 0
        return (np.where(blank, 0, minor[self.codes]), ~blank & rounded[self.codes], ~blank & huge[self.codes])

    def decimals(self) -> list[Decimal]:
        """Return the different values as exact Decimals in major units, the header's unit included."""
        return [number.scaleb(self.shift, _EXACT) for number in _decimals(self.numbers)]

    def times(self, other: AmountColumn) -> AmountColumn:
        """Return the exact product with `other`, row by row: quantity × unit price. Blank where either is blank."""
        first, second = self._compact(), other._compact()
        left, right = first.decimals(), second.decimals()
        blank = (first.codes < 0) | (second.codes < 0)
        pairs, kinds = pd.factorize(first.codes * max(len(right), 1) + second.codes)
        used = np.bincount(pairs[~blank], minlength=len(kinds)) > 0
        numbers = [
            _EXACT.multiply(left[pair // len(right)], right[pair % len(right)]) if use else Decimal(0)
            for pair, use in zip(kinds.tolist(), used.tolist(), strict=True)
        ]
        codes = np.where(blank, -1, pairs)
        return AmountColumn(
            codes, np.array(numbers, object), 0, self.currencies | other.currencies, self.faults | other.faults
        )

    def _compact(self) -> AmountColumn:
        """Return the same column with equal numbers kept once."""
        if self.numbers.dtype == object:
            return self
        places, numbers = pd.factorize(self.numbers)
        codes = np.where(self.codes < 0, -1, places[self.codes]) if len(places) else self.codes
        return AmountColumn(codes, numbers, self.shift, self.currencies, self.faults)


def _decimals(numbers: npt.NDArray[Any]) -> list[Decimal]:
    if numbers.dtype.kind == "f":
        return [Decimal(repr(number)) for number in numbers.tolist()]
    return [number if isinstance(number, Decimal) else Decimal(number) for number in numbers.tolist()]


def _scale(
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
    for at, number in zip(rest.tolist(), _decimals(numbers[rest]), strict=True):
        scaled = number.scaleb(power, _EXACT)
        nearest = scaled.to_integral_value(ROUND_HALF_EVEN)
        if abs(nearest) >= LARGEST:
            huge[at] = True
        else:
            minor[at], rounded[at] = int(nearest), nearest != scaled
    return minor, rounded, huge


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
    if column.dtype.kind in "iuf":
        return _numeric(column, shift, marked)
    codes, cells = coded or unique_cells(column)
    values, place, parsed = _split_plain(cells)
    numbers: list[Decimal] = []
    for at, each in parsed.items():
        if isinstance(each, Amount):
            own = shift and isinstance(cells[at], str) and (each.currency or _names_unit(cells[at]))
            place[at] = len(values) + len(numbers)  # "1,500円" under 金額(千円) means yen: the header's unit is taken back
            numbers.append(each.number.scaleb(-shift, _EXACT) if own else each.number)
    bad = {at: each for at, each in parsed.items() if isinstance(each, Fault)}
    faults: dict[int, Fault] = {}
    if bad:
        rows = np.flatnonzero(np.isin(codes, list(bad)))
        faults = {row: bad[int(codes[row])] for row in rows.tolist()}
    found = {each.currency for each in parsed.values() if isinstance(each, Amount) and each.currency}
    return AmountColumn(place[codes], _joined(values, numbers), shift, marked | found, faults)


_PLAIN: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")


def _split_plain(
    cells: list[object],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], dict[int, Amount | Fault | None]]:
    """Read plain numbers such as `1500` and `11.77` at once, and every other cell by itself.

    A decimal of up to 15 digits survives as the nearest float64, from which `_scale` recovers it exactly.

    Returns
    -------
    values, place, parsed
        The plain numbers; for each cell its place among them, -1 for the others and, last, for the code -1; the other cells.
    """
    match = _PLAIN.fullmatch
    plain_ones = [isinstance(cell, str) and len(cell) < 16 and match(cell) is not None for cell in cells]
    values = np.array([cell for cell, is_plain in zip(cells, plain_ones, strict=True) if is_plain], dtype=np.float64)
    mask = np.array([*plain_ones, False], bool)
    place = np.where(mask, np.cumsum(mask) - 1, -1)
    return values, place, {at: parse_amount(cells[at]) for at in np.flatnonzero(~mask[:-1]).tolist()}


def _joined(values: npt.NDArray[np.float64], numbers: list[Decimal]) -> npt.NDArray[Any]:
    """Return plain and other numbers in one array: of floats where every Decimal survives as one, else of Decimals."""
    if all(number == Decimal(repr(float(number))) for number in numbers):
        return np.concatenate([values, np.array(numbers, dtype=np.float64)])
    return np.array([*_decimals(values), *numbers], dtype=object)


def _names_unit(cell: object) -> bool:
    return isinstance(cell, str) and any(unit in plain(cell) for unit in ("兆", "億", "万", "千", "百"))


def _numeric(column: pd.Series[Any], shift: int, marked: frozenset[str]) -> AmountColumn:
    # A nullable column (Int64, Float64) becomes float with NaN; its integers are small enough there, or are kept as they are.
    if column.isna().any() or column.dtype.kind != "i":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        endless = np.isinf(values)
        codes = np.where(np.isnan(values) | endless, -1, np.arange(len(values)))
        faults = dict.fromkeys(np.flatnonzero(endless).tolist(), HUGE)
        return AmountColumn(codes, np.where(codes < 0, 0.0, values), shift, marked, faults)
    values = column.to_numpy(dtype=np.int64)
    return AmountColumn(np.arange(len(values)), values, shift, marked, {})
