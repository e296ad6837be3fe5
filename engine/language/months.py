"""Months as people write them: `2026年4月度`, `2026/04`, `令和8年4月`, `R8.4`, `202604`, `Apr-26`, `FY2026-04`, `4月分`."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from engine.language.dates import MONTH_NAMES, parse_date, year_of_era

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES: Final = {short: number for number, name in enumerate(MONTH_NAMES, start=1) for short in (name[:3], name)} | {
    "sept": 9
}
_ENGLISH: Final = "|".join(sorted(_NAMES, key=len, reverse=True))
_TAIL: Final = r"(?:[ _:・(\-](?P<rest>[^0-9]{1,20}?)\)?)?"
_YEAR: Final = r"(?P<fy>fy ?)?(?P<y>(?:19|20|21)\d\d)"
_ERA: Final = r"(?P<era>令和|平成|昭和|[rhs令平昭])\.? ?(?P<ey>\d{1,2}|元)"
_KANJI_MONTH: Final = r" ?(?P<m>\d{1,2}) ?月(?:度|分|期)?(?:[ _:・(\-]?(?P<rest>[^0-9]{1,20}?)\)?)?"
# Each is tried on the whole text; none of them repeats a group that can match in two ways, so all take linear time.
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR} ?年(?P<nendo>度)?{_KANJI_MONTH}",
        rf"{_YEAR} ?[-/.] ?(?P<m>\d{{1,2}})(?:月|分|月度|月分)?{_TAIL}",
        rf"(?P<y>(?:19|20|21)\d\d)(?P<m>0[1-9]|1[0-2]){_TAIL}",
        rf"{_ERA} ?年(?P<nendo>度)?{_KANJI_MONTH}",
        rf"{_ERA} ?[-/.] ?(?P<m>\d{{1,2}})(?:月|月度|分|月分)?{_TAIL}",
        rf"'?(?P<yy>\d\d) ?年(?P<nendo>度)?{_KANJI_MONTH}",
        rf"(?P<m>\d{{1,2}}) ?[-/] ?(?P<y>(?:19|20|21)\d\d){_TAIL}",
        _KANJI_MONTH.removeprefix(" ?"),
        rf"(?P<n>{_ENGLISH})\.? ?[-/']? ?(?:(?P<y>(?:19|20|21)\d\d)|(?P<ny>\d\d))?{_TAIL}",
        rf"(?P<y>(?:19|20|21)\d\d) ?[-/]? ?(?P<n>{_ENGLISH})\.?{_TAIL}",
    )
)
_SPACES: Final = re.compile(r"\s+")
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))
# A date as a header: written out, or the number under which a spreadsheet keeps it.
_DAY: Final = re.compile(r"(?:19|20|21)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|(?:19|20|21)\d\d年\d{1,2}月\d{1,2}日|\d{5}")

# What nearly no other header has; only these are looked at closely.
_LIKELY: Final = re.compile(r"\d ?月|\d{4}|\d[-/.]\d|[a-zA-Z]{3}[^a-zA-Z]|^[a-zA-Z]{3,9}$")


@dataclass(frozen=True, slots=True)
class Month:
    """A month as it was written.

    Parameters
    ----------
    month
        1 to 12.
    year
        The year that stands beside it, None where none does.
    fiscal
        Whether that year names a fiscal year (2026年度4月, FY2026-04).
    short
        A year of two digits (26年4月), which may be of our era or of a Japanese one; None where none is written.
    rest
        What is written after the month, such as the 売上 of 4月売上.
    """

    month: int
    year: int | None = None
    fiscal: bool = False
    short: int | None = None
    rest: str = ""


def plain_title(text: str) -> str:
    """Return a title or header as it is searched: NFKC, lower case, single spaces, every dash a hyphen."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()).strip()


@lru_cache(maxsize=4096)
def parse_month(text: str) -> Month | None:
    """Return the month that a whole text names, None where it names none.

    A day is no month: `2026/4/1` is not read here, see `month_of_day`. The time is linear in the length of the text.

    >>> parse_month("令和8年4月度")
    Month(month=4, year=2026, fiscal=False, short=None, rest='')
    >>> parse_month("4月 売上").rest
    '売上'
    """
    if len(text) > 40:
        return None
    plain = plain_title(text)
    for pattern in _PATTERNS:
        match = pattern.fullmatch(plain)
        if match:
            return _build_month(match.groupdict())
    return None


def _build_month(parts: dict[str, str | None]) -> Month | None:
    month = _NAMES[parts["n"] or ""] if parts.get("n") else int(parts["m"] or 0)
    if not 1 <= month <= 12:
        return None
    year = int(parts["y"] or 0) if parts.get("y") else None
    if parts.get("ny"):  # Apr-26: an English month is never counted in a Japanese era
        year = 2000 + int(parts["ny"] or 0)
    if parts.get("era"):
        year = year_of_era(parts["era"] or "", parts["ey"] or "")
    short = int(parts["yy"] or 0) if parts.get("yy") else None
    return Month(month, year, bool(parts.get("fy") or parts.get("nendo")), short, (parts.get("rest") or "").strip())


def month_of_day(text: str) -> Month | None:
    """Return the month that a header means when it is a date: its first or its last day, as a date or as a serial number.

    >>> month_of_day("2026-04-01"), month_of_day("2026-04-15")
    (Month(month=4, year=2026, fiscal=False, short=None, rest=''), None)
    """
    plain = text.strip().removesuffix(".0")
    if not _DAY.fullmatch(plain):
        return None
    day = parse_date(plain)
    if (
        not isinstance(day, date)
        or not 1990 <= day.year <= 2100
        or day.day not in (1, last_day(day.year, day.month).day)
    ):
        return None
    return Month(day.month, day.year)


def last_day(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def count_months(texts: Sequence[str], fewest: int = 3) -> int:
    """Return how many different months stand in a row of headers, 0 where there are fewer than `fewest`.

    >>> count_months(["得意先", "4月", "5月", "6月", "合計"])
    3
    """
    likely = [text for text in texts if _LIKELY.search(text)]
    if len(likely) < fewest:
        return 0
    found = {(each.year, each.month) for text in likely if (each := parse_month(text) or month_of_day(text))}
    return len(found) if len(found) >= fewest else 0
