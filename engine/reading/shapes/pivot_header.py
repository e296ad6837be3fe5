"""The header of a table of customers by months: which column is which month of which year, and what it measures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from engine.language.amounts import unit_of
from engine.language.dates import year_of_era
from engine.language.months import Month, month_of_day, parse_month, plain_title
from engine.reading.columns import bind
from engine.reading.raw import shown
from engine.reading.shapes.vocabulary import is_ratio, shape_words, total_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.reading.raw import RawTable

MEASURES: Final = ("amount", "gross_profit", "cost", "quantity")
"""Columns of orders that a month may hold."""

Scenario = Literal["", "current", "previous", "before_previous"]

_FEWEST_MONTHS: Final = 2
_LEVELS: Final = 3
"""Rows of a header above its lowest one: year, month, measure."""

_YEAR_ALONE: Final = re.compile(
    r"(?:(?:fy ?)?(?P<y>(?:19|20|21)\d\d)|(?P<era>令和|平成|昭和|[rhs令平昭])\.? ?(?P<ey>\d{1,2}|元))"
    r" ?(?P<tail>年度?|)(?: ?(?:実績|売上|売上高))?"
)
_NOW: Final = frozenset(shape_words("pivots", "this_year"))
_BEFORE: Final = frozenset(shape_words("pivots", "last_year"))
_LONG_BEFORE: Final = frozenset(shape_words("pivots", "year_before_last"))
_PLANNED: Final = shape_words("pivots", "planned")
_PERIODS: Final = re.compile(
    r"(?:第?[1-4一二三四] ?四半期|[1-4]q|q[1-4]|上期|下期|上半期|下半期|前半|後半|通期|年間|通年|h[12]|[12]h|full ?year|ytd)"
    r" ?(?:計|合計|total)?"
)
_ACTUAL: Final = frozenset(shape_words("pivots", "actual"))


@dataclass(frozen=True, slots=True)
class MonthColumn:
    """One column of months.

    Parameters
    ----------
    at
        Its position.
    month
        The month as written, its year from the row above included.
    scenario
        Whether it stands under 当年, 前年 or 前々年: the year that is told, or one or two years before it.
    measure
        The column of orders that it holds.
    unit
        The unit that its header names, such as 千円; "" without one.
    label
        Its header, all rows of it joined, as findings name it.
    """

    at: int
    month: Month
    scenario: Scenario
    measure: str
    unit: str
    label: str


@dataclass(frozen=True, slots=True)
class PivotHeader:
    """The header of a table by months.

    Parameters
    ----------
    months
        Its columns of months.
    texts
        The header, one text per column; the names that stood in its upper rows included.
    unused
        Position and label of the columns that are neither months nor say anything of the customer: totals, ratios, plans.
    below
        How many rows of the frame belong to the header.
    """

    months: tuple[MonthColumn, ...]
    texts: tuple[str, ...]
    unused: tuple[tuple[int, str], ...]
    below: int


@dataclass(slots=True)
class _ColumnMeaning:
    """What the rows of a header say of one column, from top to bottom."""

    year: Month | None = None
    month: Month | None = None
    scenario: Scenario = ""
    measure: str = ""
    unused: bool = False
    unit: str = ""


def read_pivot_header(raw: RawTable) -> PivotHeader | None:
    """Return the header of orders by customer and month, None where the table is none.

    It is one where no column holds dates, one names the customer, and two months or more stand side by side. A few
    columns of years (売上2024, 売上2025) are no months.
    """
    if raw.name != "orders" or "date" in raw.mapping or not 0 < len(raw.header) <= 2000:
        return None
    below = _count_header_rows_below(raw)
    levels = _collect_header_levels(raw, below)
    texts = tuple(_find_lowest_header(levels, at) for at in range(len(raw.header)))
    bound = bind(
        "orders", texts, {key: name for key, name in raw.mapping.items() if key in ("customer", "customer_id")}
    )
    if "date" in bound.fields or not bound.fields.keys() & {"customer", "customer_id"}:
        return None
    kept = {at for key, each in bound.fields.items() if key not in MEASURES for at in each.at}
    meanings = {at: _read_column_meaning([row[at] for row in levels]) for at in range(len(texts)) if at not in kept}
    months = tuple(
        MonthColumn(at, each.month, each.scenario, each.measure or "amount", each.unit, _join_header_label(levels, at))
        for at, each in meanings.items()
        if each.month is not None and not each.unused
    )
    if len({(each.month.year, each.month.month, each.scenario) for each in months}) < _FEWEST_MONTHS:
        return None
    taken = {each.at for each in months}
    money = {at for each in bound.fields.values() if each.column.key in MEASURES for at in each.at}
    unused = tuple(
        (at, _join_header_label(levels, at))
        for at, each in meanings.items()
        if at not in taken and (each.unused or each.month or at in money)
    )
    names = tuple(
        "" if at in taken or any(at == place for place, _ in unused) else text for at, text in enumerate(texts)
    )
    return PivotHeader(months, names, unused, below)


def _count_header_rows_below(raw: RawTable) -> int:
    """Return how many of the frame's first rows still belong to the header: months or measures and no number."""
    count = 0
    for row in range(min(2, len(raw.frame))):
        texts = [shown(cell).strip() for cell in raw.frame.iloc[row].tolist()]
        told = [text for text in texts if text]
        if len(told) < _FEWEST_MONTHS or sum(_is_header_word(text) for text in told) * 2 <= len(told):
            break
        count += 1
    return count


def _is_header_word(text: str) -> bool:
    if text.replace(".", "").isdigit():  # 1900 and 202604 may as well be amounts
        return False
    meaning = _read_column_meaning([text])
    return bool(meaning.month or meaning.year or meaning.scenario or meaning.measure or meaning.unused)


def _collect_header_levels(raw: RawTable, below: int) -> list[list[str]]:
    """Return the rows of the header from top to bottom; a year or month fills the blanks to its right."""
    width = len(raw.header)
    upper: list[list[str]] = []
    for row in reversed(raw.above[-_LEVELS:]):
        if not any(row):
            break
        upper.insert(0, [*row, *[""] * width][:width])
    lower = [[shown(cell).strip() for cell in raw.frame.iloc[row].tolist()] for row in range(below)]
    levels: list[list[str]] = [*upper, list(raw.header), *lower]
    for place, level in enumerate(levels[:-1]):
        held = ""
        for at, text in enumerate(level):
            if text:
                held = (
                    text
                    if _may_span_columns(text) and _may_span_columns(_find_lowest_header(levels, at), or_total=True)
                    else ""
                )
            elif held and any(under[at] for under in levels[place + 1 :]):
                level[at] = held
    return levels


def _may_span_columns(text: str, or_total: bool = False) -> bool:
    """Return whether a header may stand over several columns; what stands over a customer's name is a title."""
    meaning = _read_column_meaning([text])
    return bool(
        meaning.month
        or meaning.year
        or meaning.scenario
        or meaning.measure
        or (meaning.unused and (or_total or not _is_total_header(text)))
    )


def _is_total_header(text: str) -> bool:
    """Return whether a header is a total: 合計, 上期 計; 設計 is none."""
    word = total_word(text)
    return word is not None and word.firm


def _find_lowest_header(levels: Sequence[Sequence[str]], at: int) -> str:
    return next((row[at] for row in reversed(levels) if row[at]), "")


def _join_header_label(levels: Sequence[Sequence[str]], at: int) -> str:
    return " ".join(dict.fromkeys(row[at] for row in levels if row[at] and len(row[at]) <= 20))


def _read_column_meaning(texts: Sequence[str]) -> _ColumnMeaning:
    found = _ColumnMeaning()
    for text in texts:
        if text:
            _understand_header_text(text, found)
    if found.month is not None and found.month.year is None and found.year is not None:
        found.month = Month(found.month.month, found.year.year, found.year.fiscal, rest=found.month.rest)
    return found


def _understand_header_text(text: str, found: _ColumnMeaning) -> bool:
    """Add what one text of a header says; return whether it says anything.

    Where it says nothing as a whole, as 前年 4月 of merged headers does not, all its words together may.
    """
    plain = plain_title(text)
    dense = plain.replace(" ", "")
    year = _YEAR_ALONE.fullmatch(plain)
    if month := parse_month(text) or month_of_day(text):
        found.month = month
        if month.rest:
            _understand_header_text(month.rest, found)
    elif year:
        told = int(year["y"]) if year["y"] else year_of_era(year["era"], year["ey"])
        found.year = Month(1, told, year["tail"] == "年度" or plain.startswith("fy"))
    elif dense in _NOW or dense in _BEFORE or dense in _LONG_BEFORE:
        found.scenario = "previous" if dense in _BEFORE else "before_previous" if dense in _LONG_BEFORE else "current"
    elif (
        _is_total_header(text) or is_ratio(text) or _PERIODS.fullmatch(plain) or any(word in plain for word in _PLANNED)
    ):
        found.unused = True
    elif measure := next(iter(bind("orders", [text]).fields.keys() & set(MEASURES)), ""):
        found.measure = measure
    elif (unit := unit_of(text)) != (0, ""):
        found.unit = text if unit[0] else found.unit
    elif " " in plain and all(_understand_header_text(word, _ColumnMeaning()) for word in plain.split()):
        for word in plain.split():
            _understand_header_text(word, found)
    elif dense not in _ACTUAL and not dense.startswith("税"):
        # Something else of a month, as in 4月 件数; what stands above the months may be a title.
        found.unused = found.unused or found.month is not None
        return False
    return True
