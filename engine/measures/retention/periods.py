"""The stretches of time that retention is measured over: months, fiscal quarters, halves and years, and 直近12か月."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.customers.order_metrics import add_years, windows
from engine.language import words
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRAINS: Final = {"month": 1, "quarter": 3, "half": 6, "fiscal_year": 12}
"""Months in a period of each grain; all but the month follow the fiscal year."""

_MONTH: Final = re.compile(r"(\d{4})(?:年|-|/|\.)(\d{1,2})月?")
_YEAR: Final = re.compile(r"(?:fy)?(\d{4})(?:年度|fy)?")
_HALF: Final = re.compile(r"(?:fy)?(\d{4})(?:年度)?(上期|下期|上半期|下半期|h[12])")
_QUARTER: Final = re.compile(r"(?:fy)?(\d{4})(?:年度)?(?:q([1-4])|第([1-4])四半期)")
_RELATIVE: Final = {
    "this_month": ("month", 0),
    "previous_month": ("month", -1),
    "this_quarter": ("quarter", 0),
    "previous_quarter": ("quarter", -1),
    "this_half": ("half", 0),
    "previous_half": ("half", -1),
    "fiscal_year": ("fiscal_year", 0),
    "previous_fiscal_year": ("fiscal_year", -1),
}


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days.

    Parameters
    ----------
    grain
        A grain's code, or `year` for twelve months that end on any day.
    first, last
        First and last day, both inclusive. `last` is the as-of date where the period still runs.
    complete
        Whether the period had ended by the as-of date (its last day included).
    text
        How it is called.
    """

    grain: str
    first: date
    last: date
    complete: bool
    text: Text


def period_of(word: str | None, as_of: date, fiscal_year_start: int = 4) -> Period:
    """Return the period that a user means; 直近12か月 when None.

    Parameters
    ----------
    word
        A word of the vocabulary's periods (直近12か月, 前月, 今四半期, 上期, 前年度 …), or a period by its name: `2026年4月`,
        `2026-04`, `2026年度`, `FY2026`, `2026年度上期`, `FY2026 H1`, `2026年度第1四半期`, `FY2026 Q1`. A fiscal year bears the
        name of the calendar year that it begins in.
    as_of
        The as-of date: no period reaches beyond it.

    Raises
    ------
    Refusal
        `argument` for a word that names no period, or one that begins after the as-of date.
    """
    code = "last_12_months" if word is None or not word.strip() else words.find("periods", word)
    if code == "last_12_months":
        return _make_twelve_months(as_of, as_of, code)
    if code == "previous_12_months":
        return _make_twelve_months(add_years(as_of, -1), as_of, code)
    if code in _RELATIVE:
        grain, back = _RELATIVE[code]
        return period_at(grain, number_of(grain, as_of, fiscal_year_start) + back, as_of, fiscal_year_start)
    if code in ("first_half", "second_half"):
        year = number_of("fiscal_year", as_of, fiscal_year_start)
        return _refuse_future_period(
            period_at("half", 2 * year + (code == "second_half"), as_of, fiscal_year_start), as_of
        )
    named = None if code else _parse_period_name(words.normalise(str(word)), fiscal_year_start)
    if named is None:
        raise Refusal(
            "argument",
            f"期間「{word}」は使えません(使える語: 直近12か月・今月・前月・今四半期・前四半期・上期・下期・今年度・前年度、"
            "または 2026年4月・2026年度上期・2026年度第1四半期・2026年度 のような名前)",
            f'the period "{word}" cannot be used (use: last 12 months, this month, previous month, this quarter, first '
            "half, this fiscal year, previous fiscal year, or a name such as 2026-04, FY2026 H1, FY2026 Q1, FY2026)",
        )
    return _refuse_future_period(period_at(*named, as_of, fiscal_year_start), as_of)


def _parse_period_name(word: str, start: int) -> tuple[str, int] | None:
    """Return grain and number of a period that is called by its name."""
    if match := _MONTH.fullmatch(word):
        year, month = int(match[1]), int(match[2])
        return ("month", number_of("month", date(year, month, 1), start)) if 1 <= month <= len(_ENGLISH) else None
    if match := _QUARTER.fullmatch(word):
        return "quarter", 4 * int(match[1]) + int(match[2] or match[3]) - 1
    if match := _HALF.fullmatch(word):
        return "half", 2 * int(match[1]) + (match[2] in ("下期", "下半期", "h2"))
    if match := _YEAR.fullmatch(word):
        return "fiscal_year", int(match[1])
    return None


def _refuse_future_period(period: Period, as_of: date) -> Period:
    if period.first > as_of:
        raise Refusal(
            "argument",
            f"{period.text.ja}は基準日({as_of:%Y/%m/%d})より後に始まります",
            f"{period.text.en} begins after the as-of date {as_of:%Y-%m-%d}",
        )
    return period


def _make_twelve_months(last: date, as_of: date, code: str) -> Period:
    first, end = windows(last).last_12_months
    return Period("year", first, end, last <= as_of, words.text("periods", code))


def number_of(grain: str, day: date, fiscal_year_start: int = 4) -> int:
    """Return the number of the period that a day lies in: periods of a grain are numbered through without a gap.

    A fiscal year's number is the calendar year that it begins in.

    Parameters
    ----------
    grain
        `month`, `quarter`, `half` or `fiscal_year`.
    day
        Any day of the period.
    fiscal_year_start
        The month in which the fiscal year begins, 1 to 12; quarters and halves are counted from it.

    >>> number_of("fiscal_year", date(2026, 3, 31)), number_of("half", date(2026, 4, 1)) % 2
    (2025, 0)
    """
    return (day.year * 12 + day.month - fiscal_year_start) // GRAINS[grain]


def series(grain: str, days: NDArray[np.int64], fiscal_year_start: int = 4) -> NDArray[np.int64]:
    """Return `number_of` for days counted from 1970-01-01.

    Parameters
    ----------
    grain
        `month`, `quarter`, `half` or `fiscal_year`.
    days
        Days counted from 1970-01-01.
    fiscal_year_start
        The month in which the fiscal year begins, 1 to 12.
    """
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return np.asarray((months + 1 - fiscal_year_start) // GRAINS[grain], dtype=np.int64)


def period_at(grain: str, number: int, as_of: date, fiscal_year_start: int = 4) -> Period:
    """Return the period of that number, cut off at the as-of date.

    Parameters
    ----------
    grain
        `month`, `quarter`, `half` or `fiscal_year`.
    number
        The number that `number_of` gives.
    as_of
        The last day that data can be of; a period that goes on after it ends on it, and is told as incomplete.
    fiscal_year_start
        The month in which the fiscal year begins, 1 to 12.
    """
    size = GRAINS[grain]
    first = _find_month_start(number * size + fiscal_year_start - 1)
    last = _find_month_start((number + 1) * size + fiscal_year_start - 1) - timedelta(days=1)
    text = _word_period_name(grain, number, first)
    return Period(grain, first, max(min(last, as_of), first), last <= as_of, text)


def _find_month_start(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


_ENGLISH: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _word_period_name(grain: str, number: int, first: date) -> Text:
    if grain == "month":
        return Text(f"{first.year}年{first.month}月", f"{_ENGLISH[first.month - 1]} {first.year}")
    if grain == "quarter":
        year, place = divmod(number, 4)
        return Text(f"{year}年度第{place + 1}四半期", f"FY{year} Q{place + 1}")
    if grain == "half":
        year, place = divmod(number, 2)
        return Text(f"{year}年度{'上下'[place]}期", f"FY{year} H{place + 1}")
    return Text(f"{number}年度", f"FY{number}")


def earlier(period: Period) -> tuple[date, date]:
    """Return the days that a period's sales are compared with: the period before, both ends inclusive.

    A period that still runs is compared with as much of the one before, so that three months of a year do not stand
    against twelve: April to June against April to June a year earlier.
    """
    if period.grain == "year":
        return windows(period.last).previous_12_months
    months = GRAINS[period.grain]
    first = _shift_by_months(period.first, -months)
    if period.complete:
        return first, period.first - timedelta(days=1)
    return first, _shift_by_months(period.last, -months)


def _shift_by_months(day: date, months: int) -> date:
    """Return the same day some months later; the last day of a month stays the last day of its month."""
    start = _find_month_start(day.year * 12 + day.month - 1 + months)
    longest = monthrange(start.year, start.month)[1]
    is_end = day.day == monthrange(day.year, day.month)[1]
    return start.replace(day=longest if is_end else min(day.day, longest))
