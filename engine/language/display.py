"""Numbers, money and dates as a Japanese office writes them, and in English."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final, Literal

from engine.language.errors import Lang, Text

if TYPE_CHECKING:
    from datetime import date, datetime

Unit = Literal["auto", "one", "thousand", "ten_thousand", "million"]

NOT_AVAILABLE: Final = Text("算出不可", "n/a")
_SCALE: Final[dict[str, int]] = {"one": 1, "thousand": 1_000, "ten_thousand": 10_000, "million": 1_000_000}
_YEN: Final[dict[str, Text]] = {
    "one": Text("円", "yen"),
    "thousand": Text("千円", "thousand yen"),
    "ten_thousand": Text("万円", "ten thousand yen"),
    "million": Text("百万円", "million yen"),
}
_OTHER: Final[dict[str, Text]] = {
    "one": Text("", ""),
    "thousand": Text("千", " thousand"),
    "ten_thousand": Text("万", " × 10,000"),
    "million": Text("百万", " million"),
}
INDEX: Final = "INDEX"
"""In the place of a currency: amounts relative to all sales of the last twelve months, which are 100."""
_CURRENCY_WORDS: Final[dict[str, Text]] = {
    "USD": Text("ドル", "USD"),
    "EUR": Text("ユーロ", "euros"),
    "GBP": Text("ポンド", "pounds"),
    "CNY": Text("人民元", "yuan"),
    INDEX: Text("指数", "index"),
}


_MILLION: Final = 10**6
_NO_CENTS: Final = 10_000  # from this on, an amount in a sentence is told in whole units
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _round_half_away(value: float | Decimal, places: int) -> Decimal:
    """Round half away from zero, as people do on paper (四捨五入)."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _write_signed(value: Decimal, lang: Lang) -> str:
    """Group by thousands; minus is △ in Japanese, − (U+2212) in English; a rounded zero has no sign."""
    written = f"{abs(value):,}"
    return f"{'△' if lang == 'ja' else '−'}{written}" if value < 0 else written


def number(value: float | None, lang: Lang, places: int = 0) -> str:
    """Return a plain number, grouped by thousands.

    >>> number(-1234.5, "ja", 1)
    '△1,234.5'
    """
    if value is None or math.isnan(value):
        return NOT_AVAILABLE.to(lang)
    return _write_signed(_round_half_away(value, places), lang)


def percent(value: float | None, lang: Lang, places: int = 1) -> str:
    """Return a share (0.517 = 51.7%) with its sign.

    Parameters
    ----------
    value
        A fraction; None and NaN show 算出不可.
    places
        Decimal places of the percentage, rounded half away from zero.
    """
    if value is None or math.isnan(value):
        return NOT_AVAILABLE.to(lang)
    return f"{_write_signed(_round_half_away(Decimal(str(value)) * 100, places), lang)}%"


def delta(value: float | None, lang: Lang, places: int = 1, unit: str = "") -> str:
    """Return a change: + or △ (− in English) before the number, then the unit, such as `pt`.

    Parameters
    ----------
    value
        A plain number; None and NaN show 算出不可.
    places
        Decimal places, rounded half away from zero.
    unit
        What is written behind the number.
    """
    if value is None or math.isnan(value):
        return NOT_AVAILABLE.to(lang)
    rounded = _round_half_away(value, places)
    return f"{'+' if rounded > 0 else ''}{_write_signed(rounded, lang)}{unit}"


def money(minor: float | None, digits: int, lang: Lang, unit: Unit = "one", places: int | None = None) -> str:
    """Return an amount without its unit's word.

    Parameters
    ----------
    minor
        Amount in minor units; None or NaN shows 算出不可.
    digits
        Minor-unit digits of the currency: yen 0, dollar 2.
    unit
        `one`, `thousand`, `ten_thousand` or `million`; `auto` is `one`.
    places
        Decimal places; by default the currency's own for `one`, one for amounts below 100 units, else none.
    """
    if minor is None or math.isnan(minor):
        return NOT_AVAILABLE.to(lang)
    major = Decimal(str(minor)).scaleb(-digits) / _SCALE.get(unit, 1)
    if places is None:
        places = digits if unit in ("one", "auto") else int(abs(major) < 100 and major != major.to_integral_value())
    return _write_signed(_round_half_away(major, places), lang)


def unit_label(currency: str, lang: Lang, unit: Unit = "one") -> str:
    """Return the words for the unit, such as 百万円 or `USD, thousand`; blank without a known currency."""
    name = "one" if unit == "auto" else unit
    if currency == "JPY":
        return _YEN[name].to(lang)
    word = _CURRENCY_WORDS.get(currency, Text(currency, currency)).to(lang)
    scale = _OTHER[name].to(lang)
    return f"{scale}{word}" if lang == "ja" else f"{word}{',' if scale and word else ''}{scale}".strip(", ")


def money_text(minor: float | None, currency: str, digits: int, lang: Lang) -> str:
    """Return an amount for a sentence, with its unit: `320万円`, `1.2億円`, `¥3.2 million`, `$11.77`.

    Japanese sentences take 万円 from 10,000 yen and 億円 from 100 million, English ones million from a million, with one
    decimal where it says more; from 10,000 on, other currencies are told without cents. `sentence_step` tells how finely
    an amount is shown.

    Parameters
    ----------
    minor
        Amount in minor units; None and NaN show 算出不可.
    currency
        ISO 4217 code, `INDEX`, or blank where it is not known.
    digits
        Minor-unit digits: yen 0, dollar 2.
    """
    if minor is None or math.isnan(minor):
        return NOT_AVAILABLE.to(lang)
    major = Decimal(str(minor)).scaleb(-digits)
    if lang == "ja" and currency == "JPY":
        for size, word in ((Decimal(10**8), "億円"), (Decimal(10**4), "万円")):
            if abs(major) >= size:
                scaled = _round_half_away(major / size, 1)
                whole = scaled == scaled.to_integral_value()
                return f"{_write_signed(_round_half_away(scaled, 0) if whole else scaled, lang)}{word}"
        return f"{_write_signed(_round_half_away(major, 0), lang)}円"
    if lang == "en" and abs(major) >= _MILLION:
        scaled, word = _round_half_away(major / _MILLION, 1), " million"
    else:
        places = 0 if abs(major) >= _NO_CENTS and currency != INDEX else decimals(currency, digits)
        scaled, word = _round_half_away(major, places), ""
    if currency == INDEX:
        sign = "指数" if lang == "ja" else "index "
    else:
        sign = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}.get(currency, f"{currency} " if currency else "")
    minus = "" if scaled >= 0 else ("△" if lang == "ja" else "−")
    if currency == INDEX:  # a word, which no minus stands before
        return f"{sign}{minus}{abs(scaled):,}{word}"
    return f"{minus}{sign}{abs(scaled):,}{word}"


def decimals(currency: str, digits: int) -> int:
    """Return the decimals with which an amount is shown: the currency's own, two for an index, however fine it is kept."""
    return 2 if currency == INDEX else digits


def sentence_step(minor: float, currency: str, digits: int) -> int:
    """Return the step, in minor units, in which `money_text` shows an amount of this size in both languages."""
    major = abs(minor) / 10**digits
    if currency == "JPY" and major >= 10**8:
        return int(10 ** (7 + digits))
    if major >= _MILLION:
        return int(10 ** (5 + digits))
    if major >= _NO_CENTS and currency not in ("JPY", INDEX):
        return int(10**digits)
    return int(10 ** (3 + digits)) if currency == "JPY" and major >= 10**4 else 1


def date_text(day: date | datetime | None, lang: Lang) -> str:
    """Return `2026年3月31日` or `31 March 2026`; blank for None."""
    if day is None:
        return ""
    if lang == "ja":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
