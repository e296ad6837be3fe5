"""A table of customers by months made into rows of orders: one per customer, month and amount."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.language.amounts import Amount, parse_amount
from engine.language.distinct_cells import Fault, unique_cells
from engine.language.errors import Finding, Refusal, Text
from engine.language.months import last_day, plain_title
from engine.reading.shapes.groups import fill_down
from engine.reading.shapes.lines import leave_out_lines, marked_cells
from engine.reading.shapes.months_column import year_place
from engine.reading.shapes.pivot_header import MEASURES, read_pivot_header
from engine.reading.shapes.taxes import warn_of_tax_above
from engine.reading.shapes.totals import leave_out_totals
from engine.reading.shapes.units import unit_above
from engine.reading.shapes.vocabulary import load_shape_words, mentions_any, shape_words
from engine.reading.shapes.work import Work
from engine.reading.shapes.years import spread_years, told_year, unknown_year

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    from engine.reading.raw import RawTable
    from engine.reading.shapes.pivot_header import MonthColumn, PivotHeader
    from engine.reading.shapes.work import Mask
    from engine.reading.shapes.years import ToldYear

_NUMERIC: Final = 0.5
"""Share of the filled cells under months that must be numbers: a plan of visits with ○ is no sales."""

_HEADERS: Final = {"amount": "金額", "gross_profit": "粗利", "cost": "原価", "quantity": "数量"}
_YEARS_BACK: Final = {"": 0, "current": 0, "previous": 1, "before_previous": 2}
_SALES: Final = shape_words("pivots", "sales")


@dataclass(frozen=True, slots=True)
class _MeasureCells:
    """The cells of one measure, rows by months: as they are, and where they hold an amount, a zero, or what cannot be read."""

    cells: npt.NDArray[np.object_]
    amount: Mask
    zero: Mask
    fault: Mask


def as_orders(raw: RawTable) -> tuple[RawTable, tuple[Finding, ...]] | None:
    """Return a table of customers by months as rows of orders, None where the table is none.

    Every amount becomes a row that is dated on the last day of its month and keeps the spreadsheet row that it stood in.
    Blank cells and zeros make no row and are counted in a note; totals to the right and below are left out.

    Raises
    ------
    Refusal
        `unreadable` when the months have no year and none is told, or when the title says that they are no sales.
    """
    head = read_pivot_header(raw)
    if head is None:
        return None
    body = _cut_below_header(raw, head)
    work = Work(body)
    columns = [each.at for each in head.months]
    customers = work.at("customer_id", "customer")
    found = marked_cells(work)
    leave_out_lines(work, found)
    totals = leave_out_totals(work, found, columns, [customers])
    if not _are_mostly_amounts(work, columns):
        return None
    _refuse_other_measures(raw, head)
    days, told = _date_month_columns(raw, head)
    filled = fill_down(work, [customers, [], []], columns)
    _warn_of_differing_totals(work, head)
    warn_of_tax_above(work, [each.label for each in head.months])
    long = _unpivot_months(work, head, days, dict(filled))
    _note_months_as_rows(work, head, days, told)
    return replace(long, totals_found=raw.totals_found or totals), tuple(work.findings)


def _cut_below_header(raw: RawTable, head: PivotHeader) -> RawTable:
    """Return the table below its whole header, its columns of months without a name, so that they bind to nothing."""
    frame = raw.frame.iloc[head.below :].reset_index(drop=True) if head.below else raw.frame
    numbers = None if raw.numbers is None else raw.numbers[head.below :]
    mapping = {
        key: name for key, name in raw.mapping.items() if key in ("customer", "customer_id", "product", "channel")
    }
    return replace(
        raw, header=head.texts, frame=frame, first_row=raw.first_row + head.below, numbers=numbers, mapping=mapping
    )


def _are_mostly_amounts(work: Work, columns: list[int]) -> bool:
    """Return whether the cells under the months are amounts: at least half of those that hold anything."""
    filled = sum(int((work.holds(at) & ~work.gone).sum()) for at in columns)
    amounts = sum(int((work.amounts(at)[1] & ~work.gone).sum()) for at in columns)
    return amounts > 0 and amounts >= filled * _NUMERIC


def _refuse_other_measures(raw: RawTable, head: PivotHeader) -> None:
    """Refuse quantities and plans by month, where the title or the sheet's name calls them so and nothing says sales."""
    if any(each.label and each.measure != "amount" for each in head.months):
        return
    titles = [*(text for row in raw.above for text in row), raw.source.rpartition(" › ")[2]]
    title = " ".join(titles)
    for other in load_shape_words()["pivots"]["others"].values():
        if mentions_any(title, other["words"]) and not mentions_any(title, _SALES):
            raise Refusal(
                "unreadable",
                f"{raw.source} は月別の表ですが、題名から{other['ja']}と読めるので、売上として使いませんでした。"
                "売上の表なら、題名かシート名に「売上」と書いてください",
                f"{raw.source} is a table by month, but its title speaks of {other['en']}; "
                "it was not used as sales. If it holds sales, say so in the title or the sheet's name",
            )


def _date_month_columns(raw: RawTable, head: PivotHeader) -> tuple[dict[int, date], ToldYear | None]:
    """Return the last day of the month of every column, and what told the year where the headers do not."""
    bare = [each for each in head.months if each.month.year is None or each.month.short is not None]
    told = told_year(raw) if bare else None
    years = spread_years(told, list(dict.fromkeys(each.month.month for each in bare))) if told else None
    found: dict[int, date] = {}
    for each in head.months:
        year = each.month.year
        if year is None:
            if years is None or (
                each.month.short is not None and each.month.short not in _shorten_year(years[each.month.month])
            ):
                raise unknown_year(raw, each.label, told)
            year = years[each.month.month]
        elif each.month.fiscal:
            year += each.month.month < _find_fiscal_start(head, year)
        found[each.at] = last_day(year - _YEARS_BACK[each.scenario], each.month.month)
    _refuse_double_months(raw, head, found)
    return found, told


def _shorten_year(year: int) -> tuple[int, int]:
    """Return how a year is written with two digits: of our era, and of Reiwa."""
    return year % 100, year - 2018


def _find_fiscal_start(head: PivotHeader, year: int) -> int:
    """Return the month with which a fiscal year begins: the first one under it where all twelve are there, else April."""
    months = list(dict.fromkeys(each.month.month for each in head.months if each.month.year == year))
    return months[0] if len(months) == 12 else 4


def _write_month_span(*days: date) -> str:
    """Return months as Japanese texts write them: 2026年4月〜2027年3月."""
    return "〜".join(f"{day.year}年{day.month}月" for day in days)


def _refuse_double_months(raw: RawTable, head: PivotHeader, days: dict[int, date]) -> None:
    """Refuse two columns of one month and one measure: counting both would double the sales."""
    seen: dict[tuple[date, str], MonthColumn] = {}
    for each in head.months:
        before = seen.setdefault((days[each.at], each.measure), each)
        if before is not each:
            raise Refusal(
                "unreadable",
                f"{raw.source} の列「{before.label}」と「{each.label}」が同じ月({_write_month_span(days[each.at])})になり、どちらが売上か"
                "決められません。"
                "年や項目を見出しに書いて区別してください",
                f'Columns "{before.label}" and "{each.label}" of {raw.source} are the same month ({days[each.at]:%Y-%m}); tell them '
                "apart by writing the year or the measure into the header",
            )


def _read_measure_cells(work: Work, columns: list[int]) -> _MeasureCells:
    """Read the cells of some columns, each different one once."""
    frame = work.raw.frame
    flat = pd.Series(
        np.concatenate([frame.iloc[:, at].to_numpy(dtype=object) for at in columns]) if columns else [], dtype=object
    )
    codes, kinds = unique_cells(flat)
    read = [parse_amount(cell) for cell in kinds]
    amount = np.array([*(isinstance(each, Amount) for each in read), False], bool)[codes]
    zero = np.array([*(isinstance(each, Amount) and each.number == 0 for each in read), False], bool)[codes]
    fault = np.array([*(isinstance(each, Fault) for each in read), False], bool)[codes]
    shape = (len(columns), len(frame))
    return _MeasureCells(
        flat.to_numpy().reshape(shape).T, amount.reshape(shape).T, zero.reshape(shape).T, fault.reshape(shape).T
    )


def _unpivot_months(work: Work, head: PivotHeader, days: dict[int, date], filled: dict[int, list[object]]) -> RawTable:
    """Return the rows of orders, in the order of the spreadsheet's rows and of the months; what cannot be read is listed later."""
    raw, months = work.raw, sorted(set(days.values()))
    place_of = {(days[each.at], each.measure): each for each in head.months}
    measures = [key for key in MEASURES if any(each.measure == key for each in head.months)]
    grids: dict[str, npt.NDArray[np.object_]] = {}
    wanted = np.zeros((len(raw.frame), len(months)), bool)
    for key in measures:
        there = [place_of[month, key] for month in months if (month, key) in place_of]
        read = _read_measure_cells(work, [each.at for each in there])
        grid = np.full((len(raw.frame), len(months)), None, object)
        at = [months.index(days[each.at]) for each in there]
        grid[:, at] = np.where(read.amount | read.fault, read.cells, np.full(read.cells.shape, None, object))
        wanted[:, at] |= (read.amount & ~read.zero) | read.fault
        grids[key] = grid
    wanted[work.gone] = False
    rows, columns = np.nonzero(wanted)
    kept = [at for at, text in enumerate(head.texts) if text]
    unit = _find_common_unit(raw, head)
    header = (*(head.texts[at] for at in kept), "取引日", *(_write_measure_header(key, unit) for key in measures))
    cells: list[Any] = [
        np.array([*filled[at], None], object)[:-1][rows]
        if at in filled
        else raw.frame.iloc[:, at].to_numpy(object)[rows]
        for at in kept
    ]
    cells += [np.array([*months, None], object)[columns], *(grids[key][rows, columns] for key in measures)]
    frame = pd.DataFrame({at: pd.Series(each, dtype=object) for at, each in enumerate(cells)})
    frame.columns = pd.Index(header, dtype=object)
    return replace(raw, header=header, frame=frame, numbers=raw.row_numbers()[rows], above=())


def _find_common_unit(raw: RawTable, head: PivotHeader) -> str:
    """Return the unit of all amounts: the one of the headers, else the one above the table.

    Raises
    ------
    Refusal
        `unreadable` when months differ in their unit.
    """
    units = {each.unit for each in head.months if each.measure != "quantity"}
    if len(units) > 1:
        names = "・".join(sorted(unit or "(なし)" for unit in units))
        raise Refusal(
            "unreadable",
            f"{raw.source} の月の列の単位がそろっていません({names})。1つの単位にそろえてください",
            f"The months of {raw.source} differ in their unit ({names}); bring them to one unit",
        )
    return next(iter(units), "") or unit_above(raw)


def _write_measure_header(key: str, unit: str) -> str:
    return f"{_HEADERS[key]}({unit})" if unit and key != "quantity" else _HEADERS[key]


def _warn_of_differing_totals(work: Work, head: PivotHeader) -> None:
    """Warn of rows whose total at the right is not the sum of their months, where the months have one measure."""
    sums = [
        at
        for at, label in head.unused
        if plain_title(label).replace(" ", "") in ("合計", "計", "総計", "年計", "年間計", "total")
    ]
    years = {(each.month.year, each.scenario) for each in head.months}
    if len(sums) != 1 or len({each.measure for each in head.months}) > 1 or len(years) > 2:
        return
    total, told = work.amounts(sums[0])
    added = np.sum([work.amounts(each.at)[0] for each in head.months], axis=0, dtype=np.int64)
    differing = np.flatnonzero(told & (total != added) & ~work.gone).tolist()
    if differing:
        phrase, label = work.rows_phrase(differing), dict(head.unused)[sums[0]]
        work.say(
            "warning", "total_differs",
            Text(
                f"「{label}」が月の金額の合計と違います。月の金額を使いました: {phrase.ja}",
                f'"{label}" is not the sum of the months; the months were used: {phrase.en}',
            ),
            column=label,
        )  # fmt: skip


def _note_months_as_rows(work: Work, head: PivotHeader, days: dict[int, date], told: ToldYear | None) -> None:
    """Say how the table was understood: months, blanks, columns that are not used, customers without sales."""
    open_rows = ~work.gone
    amounts = [each for each in head.months if each.measure == "amount"] or list(head.months)
    holds = np.stack([work.amounts(each.at)[1] for each in amounts])[:, open_rows]
    zero = np.stack([work.amounts(each.at)[0] == 0 for each in amounts])[:, open_rows] & holds
    used, blank, zeros = int((holds & ~zero).sum()), int((~holds).sum()), int(zero.sum())
    first, last, place = min(days.values()), max(days.values()), year_place(told)
    count, rows = len(set(days.values())), int(open_rows.sum())
    work.say(
        "warning" if told is not None and told.written.startswith("fy") else "note", "months_as_rows",
        Text(
            f"顧客と月の表と判断し、月ごとの取引に直しました: {rows}行 × {count}か月({_write_month_span(first, last)})、"
            f"金額のあるセル{used}、空白{blank}、0が{zeros}。日付は各月の末日です{place.ja}",
            f"Understood as customers by months and made into orders: {rows} rows by {count} months ({first:%Y-%m} to "
            f"{last:%Y-%m}); {used} cells with an amount, {blank} blank, {zeros} zero. Dates are the last days of the months{place.en}",
        ),
    )  # fmt: skip
    if head.unused:
        names = [label for _, label in head.unused]
        work.say(
            "note", "columns_not_used",
            Text(
                f"月の売上ではない列は使いませんでした: {'・'.join(names)}",
                f"Columns that are no month's sales were not used: {', '.join(names)}",
            ),
        )  # fmt: skip
    idle = np.flatnonzero(open_rows)[~(holds & ~zero).any(axis=0)].tolist()
    idle = [row for row in idle if any(work.row_texts(row))]
    if idle:
        phrase = work.rows_phrase(idle)
        work.say(
            "note",
            "no_sales",
            Text(f"どの月にも金額のない行です: {phrase.ja}", f"Rows without an amount in any month: {phrase.en}"),
        )
