"""What a sheet's name says: a table, a month, a copy, a sum of others, or one of this product's own sheets."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from engine.language.words import normalise
from engine.reading.columns import TABLES, table_names

_JOINT: Final = r"[\s_\-・.、]*"
_NUMBERED: Final = re.compile(r"^(?P<base>.+?)\s*[(（](?P<copy>\d{1,2})[)）]$")
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_PERIOD: Final = re.compile(
    rf"(?:(?:fy|sheet|シート|r|令和|第)?\d{{1,8}}(?:年度?|月度?|期|q|四半期|半期|年\d{{1,2}}月度?|[-/._]\d{{1,2}}(?:[-/._]\d{{1,2}})?)?"
    rf"(?:分|度)?|(?:{_MONTHS})[a-z]*\.?(?:['\s_\-]*\d{{2,4}})?|\d{{2,4}}[\s_\-]*(?:{_MONTHS})[a-z]*|[上下]期|q[1-4](?:[\s_\-]*\d{{2,4}})?)"
)


@cache
def _load_sheet_words() -> dict[str, list[str]]:
    return tomllib.loads(files("engine.reading").joinpath("sheets.toml").read_text(encoding="utf-8"))


@cache
def _load_own_sheet_names() -> frozenset[str]:
    return frozenset(map(normalise, _load_sheet_words()["own"]))


@cache
def _compile_copy_pattern() -> re.Pattern[str]:
    marks = "|".join(re.escape(mark) for mark in _load_sheet_words()["copies"])
    return re.compile(
        rf"^(?:(?P<base>.+?){_JOINT}[(（]?(?:{marks}){_JOINT}\d{{0,2}}[)）]?|(?:{marks}){_JOINT}(?P<after>.+))$",
        re.IGNORECASE,
    )


def is_own(name: str) -> bool:
    """Return whether the sheet is one that this product writes."""
    base = _NUMBERED.match(name)
    return normalise(name) in _load_own_sheet_names() or (
        base is not None and normalise(base["base"]) in _load_own_sheet_names()
    )


def is_summary(name: str) -> bool:
    """Return whether the sheet calls itself a sum of other sheets, such as 顧客別集計."""
    return _name_contains_word(name, "summaries")


def is_other(name: str) -> bool:
    """Return whether the sheet calls itself a record of another kind, such as 見積 or Budget."""
    return _name_contains_word(name, "others")


def _name_contains_word(name: str, which: str) -> bool:
    plain = normalise(name)
    return any(
        re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", plain) if word.isascii() else word in plain
        for word in map(normalise, _load_sheet_words()[which])
    )


def copied_name(name: str) -> str | None:
    """Return the name of the sheet that this one calls itself a copy of, or None.

    >>> copied_name("取引 (2)"), copied_name("取引_old"), copied_name("旧取引"), copied_name("取引")
    ('取引', '取引', '取引', None)
    """
    found = _NUMBERED.match(name) or _compile_copy_pattern().match(name.strip())
    if found is None:
        return None
    base: str = found["base"] or found.groupdict().get("after") or ""
    return base.strip() or None


def is_period(name: str) -> bool:
    """Return whether the sheet is named after a month, a year or a number, as one of a row of sheets is.

    >>> [is_period(name) for name in ("4月", "2026-04", "2026年4月度", "Apr 2026", "FY2026", "Sheet1", "東京")]
    [True, True, True, True, True, True, False]
    """
    return _PERIOD.fullmatch(normalise(name)) is not None


def tables_named(name: str) -> tuple[str, ...]:
    """Return the tables of whose names one stands within the sheet's name, the longest first: 4月売上, 取引_東京.

    >>> tables_named("4月売上"), tables_named("得意先(大阪)"), tables_named("メモ")
    (('orders',), ('customers',), ())
    """
    plain = normalise(name)
    longest = {
        table: max((len(word) for each in table_names(table) if (word := normalise(each)) in plain), default=0)
        for table in TABLES
    }
    return tuple(sorted((table for table in TABLES if longest[table] > 1), key=lambda table: -longest[table]))
