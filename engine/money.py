"""One currency per run: which it is, and how many digits its minor unit has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.amounts import currency_of, digits_of
from engine.columns import columns
from engine.errors import Finding, Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.sheet import Sheet

__all__ = ["decide_currency"]


def decide_currency(sheets: Mapping[str, Sheet], told: str | None) -> tuple[str, int, list[Finding]]:
    """Return the currency of the input, the digits of its minor unit and what there is to note.

    Parameters
    ----------
    sheets
        All tables: marks on amounts, units in headers and a currency column are looked at.
    told
        ISO 4217 code, where the caller knows it.

    Returns
    -------
    currency, digits, notes
        Without any mark whole amounts are yen; amounts with decimals have two digits and no currency, with a note.

    Raises
    ------
    Refusal
        `argument` when the input names more than one currency: amounts of different currencies are never added.
    """
    found: dict[str, str] = {}
    for sheet in sheets.values():
        for currency, place in _marks(sheet).items():
            found.setdefault(currency, place)
    if told:
        code = currency_of(told) or told.upper()
        found.setdefault(code, "指定/told")
        if len(found) == 1:
            return code, digits_of(code), []
    if len(found) > 1:
        raise _mixed(found)
    if found:
        currency = next(iter(found))
        return currency, digits_of(currency), []
    fractional = _first_fractional(sheets)
    return ("", 2, [_note(*fractional)]) if fractional else ("JPY", 0, [])


def _money_keys(sheet: Sheet) -> list[str]:
    return [
        column.key
        for column in columns(sheet.raw.name)
        if column.kind == "amount" and sheet.has(column.key) and column.key != "unit_price"
    ]


def _marks(sheet: Sheet) -> dict[str, str]:
    """Return the currencies that the sheet names, each with the place where."""
    found: dict[str, str] = {}
    for key in _money_keys(sheet):
        for currency in sorted(sheet.amounts(key).currencies):
            found.setdefault(currency, f"{sheet.raw.source} {sheet.header(key)}")
    if sheet.raw.name == "orders" and sheet.has("currency"):
        for cell in sheet.coded("currency")[1]:
            code = str(cell).strip()
            if code:
                found.setdefault(currency_of(code) or code.upper(), f"{sheet.raw.source} {sheet.header('currency')}")
    return found


def _mixed(found: Mapping[str, str]) -> Refusal:
    names = [f"{currency}({place})" for currency, place in found.items()]
    return Refusal(
        "argument",
        f"通貨が混ざっています: {'、'.join(names)}。1つの通貨に換算してから渡してください",
        f"The input mixes currencies: {', '.join(names)}. Convert the amounts to one currency first",
    )


def _first_fractional(sheets: Mapping[str, Sheet]) -> tuple[Sheet, str] | None:
    for sheet in sheets.values():
        for key in _money_keys(sheet):
            if sheet.amounts(key).has_decimals:
                return sheet, key
    return None


def _note(sheet: Sheet, key: str) -> Finding:
    reason = Text(
        "小数のある金額で通貨の指定がないため、小数2桁の金額として扱いました",
        "Amounts have decimals and no currency is told: they were read with two decimal places",
    )
    return Finding("note", "currency_unknown", sheet.raw.name, sheet.raw.source, None, sheet.header(key), None, reason)
