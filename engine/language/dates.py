"""Dates as people write them: `2026/3/31`, `令和8年3月31日`, `R8.3.31`, `20260331`, `12/1/2010 8:26`, Excel serials."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from engine.language.distinct_cells import BLANK_WORDS, Fault, is_formula, plain, uncomputed
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

DateOrder = Literal["", "mdy", "dmy", "mixed"]
"""How a column writes dates that end in the year: month first, day first, both at once, or (empty) not to be told."""

EARLIEST: Final = 1868  # 明治元年
LATEST: Final = 2199
# First day of each era; 元号法 and the orders that fixed them.
_ERAS: Final[dict[str, date]] = {
    "令和": date(2019, 5, 1), "平成": date(1989, 1, 8), "昭和": date(1926, 12, 25), "大正": date(1912, 7, 30), "明治": date(1868, 1, 25),
}  # fmt: skip
_ERA_SIGNS: Final = {
    "r": "令和",
    "h": "平成",
    "s": "昭和",
    "t": "大正",
    "m": "明治",
    "令": "令和",
    "平": "平成",
    "昭": "昭和",
    "大": "大正",
    "明": "明治",
}
MONTH_NAMES: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS: Final = {name[:3]: number for number, name in enumerate(MONTH_NAMES, start=1)}

# The time of day at the end is let go, first of all: without its white space "3/3 18:26" would read as the 31st.
_TIME: Final = re.compile(
    r"(?:\s+|(?<=\d)t|(?<=[日)]))(?:午前|午後|am|pm)?\s*"
    r"(?:\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?|\d{1,2}時(?:\d{1,2}分(?:\d{1,2}秒)?)?|\d{6})"
    r"\s*(?:am|pm)?\s*(?:z|utc|gmt|jst|[+-]\d{2}:?\d{2})?\s*$"
)
_WEEKDAY: Final = re.compile(r"\((?:[月火水木金土日](?:曜日?)?|mon|tue|wed|thu|fri|sat|sun)\)")
_YEAR_FIRST: Final = re.compile(
    r"(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日)"
)
_ERA: Final = re.compile(
    r"(?P<era>令和|平成|昭和|大正|明治|[rhstm令平昭大明])\.?(?P<y>\d{1,2}|元)(?:[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日)"
)
_ERA_SHORT: Final = re.compile(r"(?P<era>[rhstm])(?P<y>\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_COMPACT: Final = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\d{6})?")
_YEAR_LAST: Final = re.compile(r"(?P<a>\d{1,2})(?P<joint>[-/.])(?P<b>\d{1,2})(?P=joint)(?P<y>\d{4})")
_NAMED: Final = re.compile(
    r"(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/.]?(?P<n>[a-z]{3})[a-z]*|(?P<n2>[a-z]{3})[a-z]*[-.]?(?P<d2>\d{1,2})(?:st|nd|rd|th)?),?[-/.]?(?P<y>\d{4})"
)

_UNREADABLE: Final = Fault(
    "unreadable_date",
    Text("日付として読めません。2026/3/31 のように書いてください", "Not a date; write it as 2026-03-31"),
)
_NO_SUCH_DAY: Final = Fault("unreadable_date", Text("暦にない日付です", "There is no such day in the calendar"))
_FAKE_DAY: Final = Fault(
    "unreadable_date",
    Text("1900年2月29日は実在しません(Excel の通し番号60)", "29 February 1900 never was (Excel's serial number 60)"),
)
OUT_OF_RANGE: Final = Fault(
    "unreadable_date", Text("年が範囲の外です(1868年から2199年まで)", "The year is out of range (1868 to 2199)")
)
_TWO_DIGITS: Final = Fault(
    "unreadable_date",
    Text(
        "2桁の年は西暦か和暦か決められません。4桁の年か R8.3.31 のように書いてください",
        "A year of two digits can mean several years; write four digits",
    ),
)
_INCOMPLETE: Final = Fault(
    "unreadable_date", Text("年・月・日がそろっていません", "The date is not complete: year, month and day are needed")
)
_BEFORE_ERA: Final = Fault(
    "unreadable_date", Text("元号の始まりより前の日付です", "The date lies before the beginning of its era")
)
AMBIGUOUS: Final = Fault(
    "ambiguous_date",
    Text(
        "月と日のどちらが先か、この列からは決められません。2026/3/31 のように書くか、並び(mdy または dmy)を指定してください",
        "Whether the month or the day comes first cannot be told from this column; write 2026-03-31 or state the order (mdy or dmy)",
    ),
)


def from_serial(number: float, date1904: bool = False) -> date | Fault:
    """Return the day of an Excel serial number; the time of day is let go.

    Parameters
    ----------
    number
        Days, 1 being 1900-01-01; in the 1904 system 0 is 1904-01-01.
    date1904
        Whether the workbook counts from 1904.

    Notes
    -----
    In the 1900 system Excel counts a 29 February 1900 that never was (ECMA-376 part 1, 18.17.4.1): days after it stand one later,
    the serial 60 itself is refused.
    """
    if not 0 <= number < 200_000:
        return OUT_OF_RANGE
    whole = int(number)
    if date1904:
        return _check_day_range(date(1904, 1, 1) + timedelta(days=whole))
    if whole in (0, 60):
        return _FAKE_DAY if whole else OUT_OF_RANGE
    return _check_day_range(date(1899, 12, 31) + timedelta(days=whole if whole < 60 else whole - 1))


def parse_date(cell: object, date1904: bool = False, order: DateOrder = "") -> date | Fault | None:
    """Read one cell as a day.

    Parameters
    ----------
    cell
        A date or datetime (its own wall-clock day counts), a number (20260331 or an Excel serial), or text.
    date1904
        Whether serial numbers count from 1904.
    order
        `mdy` or `dmy` for texts such as `3/4/2026`; without it they are ambiguous unless one number exceeds 12.

    Returns
    -------
    date, Fault or None
        None for a blank cell; a Fault that names the cause where it cannot be read.

    Examples
    --------
    >>> parse_date("令和8年3月31日")
    datetime.date(2026, 3, 31)
    """
    if isinstance(cell, str):
        return _parse_date_text(cell, date1904, order)
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return None
    if isinstance(cell, datetime):
        return _check_day_range(cell.date())
    if isinstance(cell, date):
        return _check_day_range(cell)
    if isinstance(cell, bool | np.bool_):
        return _UNREADABLE
    if isinstance(cell, int | float | np.integer | np.floating):
        return None if cell != cell else _read_date_number(float(cell), date1904)
    return _UNREADABLE


def _check_day_range(day: date) -> date | Fault:
    return day if EARLIEST <= day.year <= LATEST else OUT_OF_RANGE


def _read_date_number(number: float, date1904: bool) -> date | Fault:
    if 18_680_101 <= number <= 21_991_231 and number == int(number):
        year, rest = divmod(int(number), 10_000)
        return _make_day(year, *divmod(rest, 100))
    if 1900 <= number <= LATEST and number == int(number):  # a year, far more likely than a day of 1905
        return _INCOMPLETE
    return from_serial(number, date1904)


def _make_day(year: int, month: int, day: int) -> date | Fault:
    if not EARLIEST <= year <= LATEST:
        return OUT_OF_RANGE
    try:
        return date(year, month, day)
    except ValueError:
        return _NO_SUCH_DAY


def _parse_date_text(written: str, date1904: bool, order: DateOrder) -> date | Fault | None:
    if is_formula(written):
        return uncomputed()
    text = _strip_time_of_day(written)
    if text in BLANK_WORDS:
        return None
    for pattern, read in (
        (_YEAR_FIRST, _read_year_first),
        (_ERA, _read_era_date),
        (_ERA_SHORT, _read_era_date),
        (_COMPACT, _read_year_first),
        (_NAMED, _read_named_month_date),
    ):
        match = pattern.fullmatch(text)
        if match:
            return read(match)
    match = _YEAR_LAST.fullmatch(text)
    if match:
        return _read_year_last(int(match["a"]), int(match["b"]), int(match["y"]), order, match["joint"])
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return from_serial(float(text), date1904)
    return _explain_unread_date(text)


def _strip_time_of_day(written: str) -> str:
    text = unicodedata.normalize("NFKC", written).casefold()
    return _WEEKDAY.sub("", plain(_TIME.sub("", text)))


def _explain_unread_date(text: str) -> Fault:
    if re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?!\d)", text) or re.match(r"\d{2}年\d{1,2}月\d{1,2}日", text):
        return _TWO_DIGITS
    if re.fullmatch(r"(?:\d{4}|[^\d年月]{1,2}\d{1,2}年)(?:[-/.年]\d{0,2}月?)?|\d{1,2}(?:[-/]|月)\d{1,2}日?", text):
        return _INCOMPLETE
    return _UNREADABLE


def _read_year_first(match: re.Match[str]) -> date | Fault:
    parts = match.groupdict()
    return _make_day(int(parts["y"]), int(parts.get("m") or parts["m2"]), int(parts.get("d") or parts["d2"]))


def _read_era_date(match: re.Match[str]) -> date | Fault:
    parts = match.groupdict()
    start = _ERAS[_ERA_SIGNS.get(parts["era"], parts["era"])]
    year = year_of_era(parts["era"], parts["y"])
    day = _make_day(year, int(parts.get("m") or parts["m2"]), int(parts.get("d") or parts["d2"]))
    # Papers written before a change of era count on (平成35年), so only the beginning is a limit.
    return _BEFORE_ERA if isinstance(day, date) and day < start else day


def year_of_era(era: str, count: str) -> int:
    """Return the year of our era: `令和` or its sign `r` with the count `8`, or `元` for the first.

    >>> year_of_era("令和", "8"), year_of_era("h", "元")
    (2026, 1989)
    """
    return _ERAS[_ERA_SIGNS.get(era, era)].year - 1 + (1 if count == "元" else int(count))


def _read_named_month_date(match: re.Match[str]) -> date | Fault:
    parts = match.groupdict()
    month = _MONTHS.get(parts["n"] or parts["n2"])
    return _UNREADABLE if month is None else _make_day(int(parts["y"]), month, int(parts["d"] or parts["d2"]))


def _read_year_last(first: int, second: int, year: int, order: DateOrder, joint: str) -> date | Fault:
    if joint == ".":  # 31.3.2026: the full stop is written day first wherever it is written
        return _make_day(year, second, first)
    if order == "mixed":
        order = ""
    if order == "mdy" or (not order and (second > 12 or first == second)):
        return _make_day(year, first, second)
    if order == "dmy" or (not order and first > 12):
        return _make_day(year, second, first)
    return AMBIGUOUS


def date_order(texts: Iterable[str]) -> DateOrder:
    """Return what the dates of a column that end in the year say about their order.

    A number above 12 cannot be a month: one such value decides for the column, two that disagree make it `mixed`.

    >>> date_order(["12/1/2010 8:26", "12/13/2010 9:00"])
    'mdy'
    """
    month_first = day_first = False
    for written in texts:
        match = _YEAR_LAST.fullmatch(_strip_time_of_day(written))
        if match and match["joint"] != ".":
            first, second = int(match["a"]), int(match["b"])
            month_first |= first <= 12 < second
            day_first |= second <= 12 < first
    if month_first and day_first:
        return "mixed"
    return "mdy" if month_first else "dmy" if day_first else ""
