"""The year of months that are written without one: told by an option, a title, a sheet's or a file's name, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, Literal

from engine.language.dates import year_of_era
from engine.language.errors import Refusal, Text
from engine.language.months import plain_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.reading.raw import RawTable

YEAR_OPTION: Final = "year"
"""The word of a column mapping that tells the year: `orders.year=2026年度`."""

_FISCAL_START: Final = 4
"""Where fewer than twelve months stand under the name of a 年度, it begins in April, as the state's does (財政法 第11条)."""

Kind = Literal["fiscal", "calendar", "ending", "range"]

_Y: Final = r"(?:19|20|21)\d\d"
_ERA: Final = r"(?P<era>令和|平成|昭和|(?<![a-z])[rhs](?=\d))\.? ?(?P<ey>\d{1,2}|元)"
_NOT_IN_A_NUMBER: Final = r"(?<![0-9])"
# Days are taken out first: 出力日 2026/05/10 tells no year of the table.
_DAYS: Final = re.compile(
    rf"{_Y} ?[-/.] ?\d{{1,2}} ?[-/.] ?\d{{1,2}}|{_Y} ?年 ?\d{{1,2}} ?月 ?\d{{1,2}} ?日|{_NOT_IN_A_NUMBER}{_Y}[01]\d[0-3]\d(?![0-9])"
)
_RANGE: Final = re.compile(
    rf"(?P<y>{_Y}) ?(?:年|[-/.]) ?(?P<m>\d{{1,2}})(?: ?月度?)? ?(?:~|-|から|to) ?(?:{_Y} ?(?:年|[-/.]) ?)?\d{{1,2}}(?: ?月)?"
)
_ENDING: Final = re.compile(rf"(?:(?P<y>{_Y})|{_ERA}) ?(?:年|/) ?(?P<m>\d{{1,2}}) ?月期")
_FISCAL: Final = re.compile(rf"(?:{_NOT_IN_A_NUMBER}(?P<y>{_Y})|{_ERA}) ?年?度|fy ?(?P<y2>{_Y})(?![0-9])")
_CALENDAR: Final = re.compile(
    rf"(?:{_NOT_IN_A_NUMBER}(?P<y>{_Y})|{_ERA}) ?年(?! ?\d)|(?<![0-9.,/-])(?P<y2>{_Y})(?![0-9.,/-]|年)"
)


@dataclass(frozen=True, slots=True)
class ToldYear:
    """A year as a title tells it.

    Parameters
    ----------
    kind
        `fiscal` 2026年度 (named by its first month's year); `ending` 2027年3月期 (named by its last month); `range`
        2026年4月〜2027年3月 (`year` and `month` are its first); `calendar` 2026年 or a bare 2026.
    year, month
        The year, and the month where one is told, else 0.
    written
        The words that told it.
    place
        Where they stand, for the note.
    """

    kind: Kind
    year: int
    month: int
    written: str
    place: Text


def read_year(text: str, place: Text) -> list[ToldYear]:
    """Return the years that a text tells, the most exact kind alone: a range before 月期 before 年度 before 年.

    Parameters
    ----------
    text
        A title, a name of a sheet or file, or an option; days in it tell no year and are passed over.
    place
        Where the text stands, for messages.
    """
    plain = _DAYS.sub(" ", plain_title(text).replace("〜", "~"))
    for kind, pattern in (("range", _RANGE), ("ending", _ENDING), ("fiscal", _FISCAL), ("calendar", _CALENDAR)):
        found = [_read_told_year(kind, match, place) for match in pattern.finditer(plain)]  # type: ignore[arg-type]  # the literals above
        if found:
            return list({(each.year, each.month): each for each in found}.values())
    return []


def _read_told_year(kind: Kind, match: re.Match[str], place: Text) -> ToldYear:
    parts = match.groupdict()
    written = parts.get("y") or parts.get("y2")
    year = int(written) if written else year_of_era(parts["era"], parts["ey"])
    return ToldYear(kind, year, int(parts.get("m") or 0), match.group(0).strip(), place)


def check_year(place: str, written: str) -> None:
    """Refuse an option of the year that tells none.

    Raises
    ------
    Refusal
        `argument`, with the ways to write it.
    """
    if len(read_year(written, Text(place, place))) != 1:
        raise Refusal(
            "argument",
            f"{place}={written} から年を読めません(例: 2026年度、2027年3月期、2026年、2026/4-2027/3)",
            f"{place}={written} tells no year (write FY2026, 2026, or the range 2026/4-2027/3)",
        )


def told_year(raw: RawTable) -> ToldYear | None:
    """Return the year that is told for a whole table: by the option, the rows above its header, its sheet or its file.

    The nearest place that tells one decides; a place that tells several tells none, and is the end of the search.
    """
    for place, texts in _list_year_places(raw):
        found = {(each.kind, each.year, each.month): each for text in texts for each in read_year(text, place)}
        if found:
            return next(iter(found.values())) if len(found) == 1 else None
    return None


def _list_year_places(raw: RawTable) -> Iterable[tuple[Text, Sequence[str]]]:
    yield Text(f"指定({raw.name}.{YEAR_OPTION})", f"the option {raw.name}.{YEAR_OPTION}"), [raw.year]
    yield (
        Text("表の上の題名", "the title above the table"),
        [text for row in reversed(raw.above) for text in row if text],
    )
    file, mark, sheet = raw.source.rpartition(" › ")
    name = file if mark else raw.source
    if mark:
        yield Text("シート名", "the sheet's name"), [sheet]
    yield (
        Text("ファイル名", "the file's name") if raw.path else Text("シート名", "the sheet's name"),
        [PurePath(name).stem],
    )


def spread_years(told: ToldYear, months: Sequence[int]) -> dict[int, int] | None:
    """Return the year of each month (1 to 12), or None where what is told can mean two years.

    Parameters
    ----------
    told
        The year.
    months
        The different months in the order in which they stand.

    Notes
    -----
    A calendar year that runs over December (4月 … 3月 under "2026") may be the 2026年度 or the year to March 2026: None.
    """
    if told.kind == "calendar":
        rises = all(first < second for first, second in pairwise(months))
        return dict.fromkeys(months, told.year) if rises else None
    if told.kind == "ending":
        return {month: told.year - (month > told.month) for month in months}
    start = told.month or (months[0] if _spans_whole_year(months) else _FISCAL_START)
    return {month: told.year + (month < start) for month in months}


def _spans_whole_year(months: Sequence[int]) -> bool:
    return len(months) == 12 and all((first % 12) + 1 == second for first, second in pairwise(months))


def unknown_year(raw: RawTable, example: str, told: ToldYear | None) -> Refusal:
    """Return the refusal for months whose year is not told, with the ways to tell it.

    Parameters
    ----------
    raw
        The table, for its name and source.
    example
        One of the months as written.
    told
        The year that was found and can mean two; None where none was.
    """
    year = told.year if told else 2026
    ja = (
        f"「{told.written}」({told.place.ja})だけでは、どの年の月か決められません" if told else "何年の月か分かりません"
    )
    en = (
        f'"{told.written}" ({told.place.en}) alone does not tell which year the months belong to'
        if told
        else "it is not told which year the months belong to"
    )
    return Refusal(
        "unreadable",
        f"{raw.source} の月「{example}」: {ja}。表の上に「{year}年度」か「{year}年3月期」と書くか、見出しを「{year}年4月」のようにするか、"
        f"{raw.name}.{YEAR_OPTION}={year}年度 を指定してください",
        f'Months such as "{example}" of {raw.source}: {en}. Write FY{year} or the range ("{year}/4-{year + 1}/3") above the '
        f"table, write the year in the headers ({year}/04), or state {raw.name}.{YEAR_OPTION}=FY{year}",
    )
