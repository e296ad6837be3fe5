"""Currencies by ISO 4217: which codes there are, their minor units, and what comes nearest to a word that is none.

Decision 0272: why currencies are data of ours.
"""

from __future__ import annotations

import tomllib
import unicodedata
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from engine.language.errors import Text

_LETTERS: Final = 3
_NEAR: Final = 3
_ALIKE: Final = 0.6
_COMMON: Final = ("JPY", "USD", "EUR", "GBP", "CNY", "KRW", "TWD", "HKD", "SGD", "THB", "AUD", "CAD", "CHF", "INR")


class Currency(NamedTuple):
    """A currency: its code, its English name in the standard, and the digits of its minor unit (yen 0, dollar 2)."""

    code: str
    name: str
    digits: int


@cache
def _load_currencies() -> tuple[dict[str, Currency], dict[str, tuple[str, str]]]:
    """Return the codes that amounts can be written in, and those withdrawn with their name and what replaced them."""
    document = tomllib.loads(files("engine.language").joinpath("currencies.toml").read_text(encoding="utf-8"))
    current = {
        code: Currency(code, entry["name"], entry["digits"])
        for code, entry in document["codes"].items()
        if entry["digits"] >= 0
    }
    return current, {code: (entry["name"], entry["now"]) for code, entry in document["withdrawn"].items()}


def _normalise_currency_code(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().upper()


def find(word: str) -> Currency | None:
    """Return the currency in use with this code, in any width and case; None for any other word.

    Codes without a minor unit (gold, units of account) count as none: no amount can be written in them.
    """
    code = _normalise_currency_code(word)
    return (
        _load_currencies()[0].get(code) if len(code) == _LETTERS and code.isascii() else None
    )  # a cell waits for no list in vain


def withdrawn(word: str) -> tuple[str, str] | None:
    """Return the name of a withdrawn currency and the code that replaced it (blank where there is no single one), or None."""
    return _load_currencies()[1].get(_normalise_currency_code(word))


def nearest(word: str) -> tuple[str, ...]:
    """Return up to three codes in use that resemble `word`: those of the same letters first, then much used ones.

    >>> nearest("JYP")[0], nearest("swiss franc")
    ('JPY', ('CHF',))
    """
    current, text = _load_currencies()[0], _normalise_currency_code(word)
    named = {currency.name.upper(): code for code, currency in current.items()}
    if text in named:
        return (named[text],)
    turned = [code for code in (*_COMMON, *current) if sorted(code) == sorted(text)]
    alike = [
        *get_close_matches(text, _COMMON, _NEAR, _ALIKE),
        *get_close_matches(text, current, _NEAR, _ALIKE),
        *(named[name] for name in get_close_matches(text, named, _NEAR, _ALIKE)),
    ]
    return tuple(dict.fromkeys([*turned, *alike]))[:_NEAR]


def wrong(word: str) -> Text:
    """Return why `word` is no currency of a run, what comes nearest, and how to write one."""
    old = withdrawn(word)
    if old is not None:
        name, now = old
        mend_ja = f"{now} に換算してください" if now else "今の通貨に換算してください"
        mend_en = f"convert the amounts to {now}" if now else "convert the amounts to a currency in use"
        return Text(f"廃止された通貨です({name})。{mend_ja}", f"a currency that was withdrawn ({name}); {mend_en}")
    near = nearest(word)
    near_ja = f"近いもの: {'・'.join(near)}。" if near else ""
    near_en = f" (near: {', '.join(near)})" if near else ""
    return Text(
        f"ISO 4217 の通貨コードではありません。{near_ja}JPY・USD のような3文字で書いてください",
        f"no currency code of ISO 4217{near_en}; write three letters, such as JPY or USD",
    )
