"""One currency per run: which it is, and how many digits its minor unit has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language.amounts import currency_of, digits_of, unit_of
from engine.language.currencies import withdrawn, wrong
from engine.language.errors import Finding, Refusal, Text
from engine.reading.columns import columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.cleaning.table_cleaner import Sheet


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
        `argument` when the input names more than one currency: amounts of different currencies are never added; or when
        what is told is no currency of ISO 4217.
    """
    code = told_currency(told) if told else ""
    found: dict[str, str] = {}
    for sheet in sheets.values():
        for currency, place in _collect_currency_marks(sheet, code).items():
            found.setdefault(currency, place)
    if code:
        found.setdefault(code, "指定/told")
        if len(found) == 1:
            return code, digits_of(code), []
    if len(found) > 1:
        raise _make_mixed_currencies_refusal(found)
    if found:
        currency = next(iter(found))
        return currency, digits_of(currency), []
    fractional = _find_fractional_amounts(sheets)
    return ("", 2, [_note_unknown_currency(*fractional)]) if fractional else ("JPY", 0, [])


def told_currency(told: str) -> str:
    """Return the ISO 4217 code of a currency that the caller names, by its code or a mark such as 円.

    Raises
    ------
    Refusal
        `argument` for any other word, a withdrawn code among them, with what comes nearest.
    """
    code = currency_of(told)
    if code is None:
        why = wrong(told)
        raise Refusal("argument", f"通貨「{told}」は使えません: {why.ja}", f'"{told}" cannot be used: {why.en}')
    return code


def _list_money_columns(sheet: Sheet) -> list[str]:
    return [
        column.key
        for column in columns(sheet.raw.name)
        if column.kind == "amount" and sheet.has(column.key) and column.key != "unit_price"
    ]


def _collect_currency_marks(sheet: Sheet, told: str) -> dict[str, str]:
    """Return the currencies that the sheet names, each with the place where.

    Rows whose currency cannot be read are listed; where the caller told the currency they are used and noted.
    """
    found: dict[str, str] = {}
    for key in _list_money_columns(sheet):
        for currency in sorted(sheet.amounts(key).currencies):
            found.setdefault(currency, _locate_currency(sheet, key, currency))
    if sheet.raw.name == "orders" and sheet.has("currency"):
        rows, cells = sheet.coded("currency")
        for at, cell in enumerate(cells):
            word = str(cell).strip()
            if not word:
                continue
            code = currency_of(word)
            if code is not None:
                found.setdefault(code, f"{sheet.raw.source} {sheet.header('currency')}")
                continue
            kind = "unknown_currency" if withdrawn(word) is None else "withdrawn_currency"
            why = _word_ignored_currency(told) if told else wrong(word)
            for row in np.flatnonzero(rows == at).tolist():
                sheet.say("warning" if told else "error", kind, row, sheet.header("currency"), word, why)
    return found


def _word_ignored_currency(told: str) -> Text:
    return Text(
        f"通貨として読めないため、指定の {told} として扱いました",
        f"not a currency; taken for {told}, as told",
    )


def _locate_currency(sheet: Sheet, key: str, currency: str) -> str:
    """Return where a currency stands: of several sheets or files the one whose header names it."""
    for part, place in sheet.fields_by_part(key):
        if unit_of(place.unit)[1] == currency:
            return f"{part.source} {place.header}"
    return f"{sheet.raw.source} {sheet.header(key)}"


def _make_mixed_currencies_refusal(found: Mapping[str, str]) -> Refusal:
    names = [f"{currency}({place})" for currency, place in found.items()]
    return Refusal(
        "argument",
        f"通貨が混ざっています: {'、'.join(names)}。1つの通貨に換算してから渡してください",
        f"The input mixes currencies: {', '.join(names)}. Convert the amounts to one currency first",
    )


def _find_fractional_amounts(sheets: Mapping[str, Sheet]) -> tuple[Sheet, str] | None:
    for sheet in sheets.values():
        for key in _list_money_columns(sheet):
            if sheet.amounts(key).has_decimals:
                return sheet, key
    return None


def _note_unknown_currency(sheet: Sheet, key: str) -> Finding:
    reason = Text(
        "小数のある金額で通貨の指定がないため、小数2桁の金額として扱いました",
        "Amounts have decimals and no currency is told: they were read with two decimal places",
    )
    return Finding("note", "currency_unknown", sheet.raw.name, sheet.raw.source, None, sheet.header(key), None, reason)
