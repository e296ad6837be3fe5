"""Amounts as people write them, read exactly: `1500万円`, `△1,200`, `(1,200)`, `$12.50`, 全角 digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

import numpy as np
import pandas as pd

from engine.language import currencies
from engine.language.distinct_cells import BLANK_WORDS, Fault, is_formula, plain, uncomputed
from engine.language.errors import Text

LARGEST: Final = 10**17
"""Largest minor amount of one cell: a hundred thousand million million yen; sums of 92 such still fit 64 bits."""

EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)

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
# The digits of the currencies with a mark, at hand: most cells need no other, and do not wait for the list. A test compares them.
_MARKED: Final = frozenset(_MARKS.values())
_NO_MINOR_UNIT: Final = {"JPY": 0, "KRW": 0}
# Codes that are a word in the bracket of a header, such as 売上(TOP): they mean no currency there.
_WORDS: Final = frozenset({"ALL", "COP", "CUP", "PEN", "TOP", "TRY"})

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
    """Return how many digits the minor unit of `currency` (ISO 4217) has: yen 0, dollar 2; 2 where there is no such code."""
    code = currency.upper()
    if code in _MARKED:
        return _NO_MINOR_UNIT.get(code, 2)
    found = currencies.find(code)
    return 2 if found is None else found.digits


def currency_of(word: str) -> str | None:
    """Return the ISO 4217 code that a mark or word (`¥`, `円`, `usd`) means, or None."""
    marked = _MARKS.get(plain(word))
    if marked is not None:
        return marked
    found = currencies.find(word)
    return None if found is None else found.code


def unit_of(bracket: str) -> tuple[int, str]:
    """Return the power of ten and the currency that a header's bracket says.

    >>> unit_of("千円"), unit_of("USD"), unit_of("税抜")
    ((3, 'JPY'), (0, 'USD'), (0, ''))
    """
    text = plain(bracket).removeprefix("単位:")
    for unit in sorted(_UNITS, key=len, reverse=True):
        rest = text.removeprefix(unit)
        if rest != text and (not rest or _find_currency_in_bracket(rest)):
            return _UNITS[unit], _find_currency_in_bracket(rest)
        rest = text.removesuffix(unit)
        if rest != text and rest and _find_currency_in_bracket(rest):
            return _UNITS[unit], _find_currency_in_bracket(rest)
    return 0, _find_currency_in_bracket(text)


def _find_currency_in_bracket(word: str) -> str:
    """Return the currency that a word in a header's bracket means; blank for none and for codes that are words."""
    code = currency_of(word)
    return "" if code is None or code in _WORDS else code


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
        return _parse_amount_text(cell)
    if isinstance(cell, bool | np.bool_):
        return _TEXT
    if isinstance(cell, int | np.integer):
        return Amount(Decimal(int(cell)), "")
    if isinstance(cell, float | np.floating):
        return None if np.isnan(cell) else _wrap_finite_amount(Decimal(repr(float(cell))))
    if isinstance(cell, Decimal):
        return None if cell.is_nan() else _wrap_finite_amount(cell)
    return None if cell is None or cell is pd.NaT or cell is pd.NA else _TEXT


def _wrap_finite_amount(number: Decimal) -> Amount | Fault:
    return Amount(number, "") if number.is_finite() else HUGE


def _parse_amount_text(written: str) -> Amount | Fault | None:
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
    number = _read_grouped_number(match["body"])
    if isinstance(number, Fault):
        return number
    negative = bool(bracketed) or any(sign != "+" for sign in signs)
    return Amount(-number if negative else number, marks.pop() if marks else "")


def _read_grouped_number(body: str) -> Decimal | Fault:
    """Return the number of `1億5,000万` and the like: units fall from left to right, each part below the unit before."""
    if "e" in body and body[-1].isdigit():
        return Decimal(body.replace(",", ""))
    total, ceiling = Decimal(0), None
    for digits, unit in _GROUP.findall(body):
        part = Decimal(digits.replace(",", "")).scaleb(_UNITS.get(unit, 0), EXACT)
        if ceiling is not None and (part >= ceiling or (not unit and "." in digits)):
            return _ORDER
        if ceiling is not None and ceiling <= Decimal(10) ** _UNITS.get(unit, 0):
            return _ORDER
        total, ceiling = total + part, Decimal(10) ** _UNITS.get(unit, 0)
    return total


def names_unit(written: str) -> bool:
    """Return whether a text names a Japanese unit of number itself (万, 千 …), so that the header's unit does not hold for it."""
    return any(unit in written for unit in "兆億万千百")
