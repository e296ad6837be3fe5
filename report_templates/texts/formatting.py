"""Numbers of the view in both languages at once, in the one unit that the whole report uses for money."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from engine.language import display
from engine.language.errors import Lang, Text
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

MISSING: Final = say("word.missing")
_SCALE: Final[dict[str, float]] = {"one": 1.0, "thousand": 1_000.0, "million": 1_000_000.0}
_SIGNS: Final = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", display.INDEX: "index "}
_MILLIONS_FROM: Final = 10_000_000  # a total of this many major units is told in millions, of this ÷ 1,000 in thousands


def known(value: Any) -> float | None:
    """Return a number of a frame as a float, or None where it is missing."""
    return None if value is None or value is pd.NA or pd.isna(value) else float(value)


def _in_both(value: float | None, write: Any) -> Text:
    if value is None or math.isnan(value):
        return MISSING
    return Text(write(value, "ja"), write(value, "en"))


def percent(share: float | None, places: int = 1) -> Text:
    """Return a share with its sign, such as 51.7%."""
    return _in_both(share, lambda value, lang: display.percent(value, lang, places))


def share_number(per_cent: float | None, places: int = 1) -> Text:
    """Return a number that is already in per cent, without the sign that its column's head carries."""
    return _in_both(per_cent, lambda value, lang: display.number(value, lang, places))


def change(rate: float | None, places: int = 1) -> Text:
    """Return a change such as +3.2% or △3.2%."""
    return _in_both(rate, lambda value, lang: display.delta(value * 100, lang, places, "%"))


def points(difference: float | None, places: int = 1) -> Text:
    """Return a difference of shares in percentage points without the unit, such as +1.2 or △0.8."""
    return _in_both(difference, lambda value, lang: display.delta(value * 100, lang, places))


def signed(value: float | None) -> Text:
    """Return a difference of counts with its sign."""
    return _in_both(value, lambda number, lang: "±0" if round(number) == 0 else display.delta(number, lang, 0))


def count(value: float | None, places: int = 0) -> Text:
    """Return a plain number."""
    return _in_both(value, lambda number, lang: display.number(number, lang, places))


def day(moment: date | datetime | None) -> Text:
    """Return a date as 2026/3/31 in Japanese and 2026-03-31 in English; blank without one."""
    if moment is None or pd.isna(moment):
        return Text("", "")
    return Text(f"{moment.year}/{moment.month}/{moment.day}", f"{moment.year:04}-{moment.month:02}-{moment.day:02}")


@dataclass(frozen=True, slots=True)
class Money:
    """The currency of a run and the one unit in which the report's tables and titles give amounts.

    Parameters
    ----------
    currency
        ISO code, or blank where the input did not tell.
    digits
        Minor-unit digits of the currency.
    unit
        `one`, `thousand` or `million`.
    """

    currency: str
    digits: int
    unit: display.Unit

    @staticmethod
    def fitting(total: float | None, currency: str, digits: int) -> Money:
        """Return the unit in which a report over `total` minor units reads best."""
        major = abs(total or 0.0) / 10**digits
        unit: display.Unit = (
            "million" if major >= _MILLIONS_FROM else "thousand" if major >= _MILLIONS_FROM / 1_000 else "one"
        )
        return Money(currency, digits, unit)

    @property
    def decimals(self) -> int:
        """Decimals of an amount in whole units: the currency's own, two for an index."""
        return display.decimals(self.currency, self.digits)

    @property
    def label(self) -> Text:
        """The unit's words, such as 百万円."""
        ja, en = (display.unit_label(self.currency, lang, self.unit) for lang in ("ja", "en"))
        if self.currency == "JPY":
            return Text(ja, en)
        scale = "" if self.unit == "one" else f"{self.unit} "
        word = display.unit_label(self.currency, "en", "one")
        return Text(ja if self.currency else f"{ja}(通貨の記載なし)", f"{scale}{word or '(currency not stated)'}")

    def plain(self, minor: float | None, places: int | None = None) -> Text:
        """Return an amount in the report's unit, without the unit: for tables whose title carries it."""
        if places is None:
            places = self.decimals if self.unit == "one" else 1
        return _in_both(minor, lambda value, lang: display.money(value, self.digits, lang, self.unit, places))

    def places(self, amounts: Iterable[float | None]) -> int:
        """Return the decimals of a column of amounts: one while the largest has up to three digits before the point."""
        largest = max((abs(amount) for amount in amounts if amount is not None), default=0.0)
        return self.decimals if self.unit == "one" else int(self.scaled(largest) < 1_000)

    def spoken(self, minor: float | None) -> Text:
        """Return an amount for a sentence: 1.2億円 or ¥120.0 million."""
        if minor is None or math.isnan(minor):
            return MISSING
        return Text(self._japanese(minor), self._english(minor))

    def scaled(self, minor: float) -> float:
        """Return an amount as a number in the report's unit, for an axis."""
        return minor / float(10**self.digits) / _SCALE[self.unit]

    def _japanese(self, minor: float) -> str:
        """Return yen as the engine says them, and other currencies in 万 and 億 too."""
        major = abs(minor) / 10**self.digits
        if self.currency == "JPY" or major < 10_000:
            return display.money_text(minor, self.currency, self.digits, "ja")
        large = major >= 100_000_000
        scaled = round(minor / 10**self.digits / (100_000_000 if large else 10_000), 1)
        word = display.unit_label(self.currency, "ja", "one")
        return f"{display.number(scaled, 'ja', int(scaled % 1 != 0))}{'億' if large else '万'}{word}"

    def _english(self, minor: float) -> str:
        major = abs(minor) / 10**self.digits
        lang: Lang = "en"
        sign = _SIGNS.get(self.currency, f"{self.currency} " if self.currency else "")
        minus = "−" if minor < 0 else ""
        if self.currency == display.INDEX:
            return display.money_text(minor, self.currency, self.digits, lang)
        if major >= 1_000_000:
            return f"{minus}{sign}{display.number(major / 1_000_000, lang, 1)} million"
        return f"{minus}{sign}{display.number(major, lang, 0 if major >= 10_000 else self.decimals)}"
