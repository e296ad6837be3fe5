"""A column of months in the place of dates: 2026年4月度, 2026/04, 4月分. Each stands for the last day of its month.

Decision 0282: why a month stands for its last day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.distinct_cells import BLANK_WORDS, plain
from engine.language.errors import Text
from engine.language.months import Month, last_day, parse_month
from engine.reading.raw import shown
from engine.reading.shapes.work import with_columns
from engine.reading.shapes.years import spread_years, told_year, unknown_year

if TYPE_CHECKING:
    from datetime import date

    from engine.reading.raw import RawTable
    from engine.reading.shapes.work import Work
    from engine.reading.shapes.years import ToldYear

_MOST_MONTHS: Final = 1200
"""A column of more different months than a hundred years have is none."""


def month_dates(work: Work) -> RawTable:
    """Return the table with the months of its date column as their last days: the same object unless all its cells are months.

    Raises
    ------
    Refusal
        `unreadable` when the months have no year and none is told.
    """
    raw = work.raw
    places = work.at("date")
    if not places or work.is_typed(places[0]):
        return raw
    at = places[0]
    codes, cells = work.coded(at)
    if not cells or len(cells) > _MOST_MONTHS:
        return raw
    months: dict[int, Month] = {}
    for code, cell in enumerate(cells):
        text = shown(cell).strip()
        if isinstance(cell, str) and plain(text) in BLANK_WORDS:
            continue
        month = parse_month(text) if isinstance(cell, str | int | float) else None
        if month is None or month.rest or not _contains_digit(text):
            return raw
        months[code] = month
    if not months:
        return raw
    days = _find_month_ends(raw, list(months.values()), [shown(cells[code]) for code in months])
    found: dict[int, object] = dict(zip(months, days, strict=True))
    values = [found.get(code, cells[code] if code >= 0 else None) for code in codes.tolist()]
    _note_months_as_dates(work, at, list(months.values()), [shown(cells[code]) for code in months], days)
    return with_columns(raw, [(at, values)])


def _contains_digit(text: str) -> bool:
    """Return whether a month is written with a digit: a customer may be called May, and so may a column of names."""
    return any(each.isdigit() for each in text)


def _find_month_ends(raw: RawTable, months: list[Month], texts: list[str]) -> list[date]:
    told = told_year(raw) if any(month.year is None or month.fiscal for month in months) else None
    order = list(dict.fromkeys(month.month for month in months))
    spread = spread_years(told, order) if told else None
    found: list[date] = []
    for month, text in zip(months, texts, strict=True):
        year = month.year
        if year is not None and month.fiscal:
            year += month.month < (told.month if told and told.kind == "range" else 4)
        elif year is None:
            year = spread[month.month] if spread else None
            if year is None or (month.short is not None and not _fits_short_year(month.short, year)):
                raise unknown_year(raw, text, told)
        found.append(last_day(year, month.month))
    return found


def _fits_short_year(short: int, year: int) -> bool:
    """Return whether a year of two digits is the one that is told, in our era or as 令和."""
    return short in (year % 100, year - 2018)


def year_place(told: ToldYear | None) -> Text:
    """Return where the year came from, for a note: `。年は表の上の題名「2026年度」から`; empty where it stands beside each month."""
    if told is None:
        return Text("", "")
    return Text(
        f"。年は{told.place.ja}「{told.written}」から", f"; the year comes from {told.place.en} ({told.written})"
    )


def _note_months_as_dates(work: Work, at: int, months: list[Month], texts: list[str], days: list[date]) -> None:
    told = told_year(work.raw) if any(month.year is None for month in months) else None
    place = year_place(told)
    header, first, last = work.raw.header[at], min(days), max(days)
    assumed = any(month.fiscal and month.year is not None for month in months)
    work.say(
        "note", "months_as_dates",
        Text(
            f"「{header}」は月なので({texts[0]}など)、各月の末日の取引としました({first.year}年{first.month}月〜{last.year}年{last.month}月){place.ja}"
            + ("。年度は4月に始まるものとしました" if assumed else ""),
            f'"{header}" holds months (such as {texts[0]}); each was taken as its last day ({first:%Y-%m} to {last:%Y-%m}){place.en}'
            + ("; a fiscal year is taken to begin in April" if assumed else ""),
        ),
        column=header,
    )  # fmt: skip
