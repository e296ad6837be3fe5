"""The shapes of printed and pivoted tables, understood or listed: from a raw table to the rows that it means.

In comes a `RawTable`, out comes one whose rows are rows of its table, with findings: a note for what was understood, an error
with its spreadsheet row for every row that is no row of the table. What is already in order comes back as the same object. The
room knows no file, no workbook and no rule of scoring, and waits for NumPy and pandas only.

Decision 0283: when a shape is sure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.language.errors import Finding, Refusal, Text
from engine.reading.columns import bind
from engine.reading.shapes.groups import fill_down
from engine.reading.shapes.lines import leave_out_lines, marked_cells
from engine.reading.shapes.months_column import month_dates
from engine.reading.shapes.order_totals import line_amounts
from engine.reading.shapes.pivot_header import read_pivot_header
from engine.reading.shapes.pivots import as_orders
from engine.reading.shapes.taxes import net_amounts
from engine.reading.shapes.totals import leave_out_totals
from engine.reading.shapes.units import with_unit
from engine.reading.shapes.work import Work, with_columns
from engine.reading.shapes.years import check_year

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.reading.raw import RawTable

__all__ = ["check_year", "is_pivot", "shaped"]

_KEYS = {
    "customers": (("customer_id", "name"),),
    "orders": (("customer_id", "customer"), ("date",)),
    "contacts": (("customer_id", "customer"), ("date",)),
    "surveys": (("customer_id", "customer"), ("date",)),
    "costs": (("customer_id", "customer"), ("date",)),
}


def shaped(raw: RawTable) -> tuple[RawTable, tuple[Finding, ...]]:
    """Return the table in the shape that the cleaning reads, and what there is to say of it.

    Parameters
    ----------
    raw
        A table as it was read from one sheet, file or range; it and its frame are left as they are.

    Returns
    -------
    RawTable, findings
        The same object where there was nothing to do. Rows that are no rows of the table (totals, repeated headers, lines
        of a page) are gone from it, each with a finding of severity `error`; those that are left keep their spreadsheet
        rows (`RawTable.numbers`), several share one where months became rows.

    Raises
    ------
    Refusal
        `unreadable` when months have no year and none is told, or when a table by month cannot be read in one way.
    """
    if raw.name not in _KEYS or not len(raw.frame) or not len(raw.header):
        return raw, ()
    try:
        bind(raw.name, raw.header, raw.mapping)
    except Refusal:  # a mapped header that is not there is refused when the table is cleaned, with the same words
        return raw, ()
    pivot = as_orders(raw)
    if pivot is not None:
        return pivot
    return _shape_rows(raw)


def is_pivot(raw: RawTable) -> bool:
    """Return whether a table is one of customers by months, and so an order table though it has no dates."""
    return read_pivot_header(replace(raw, name="orders")) is not None


def _shape_rows(raw: RawTable) -> tuple[RawTable, tuple[Finding, ...]]:
    """Return a table of rows without those that are none, its months, totals of orders and taxes understood."""
    findings: list[Finding] = []
    steps: list[Callable[[Work], RawTable]] = [with_unit, _keep_data_rows]
    if raw.name == "orders":
        steps += [month_dates, line_amounts]
    else:
        steps += [_warn_of_unused_months]
    for step in (*steps, net_amounts):
        work = Work(raw)
        raw = step(work)
        findings += work.findings
    return raw, tuple(findings)


def _warn_of_unused_months(work: Work) -> RawTable:
    """Tell that a list of customers has sales by month, which it is not read for."""
    if work.raw.name == "customers" and is_pivot(work.raw):
        work.say(
            "warning", "months_not_used",
            Text(
                "顧客の表に月別の列がありますが、顧客の表としては月の売上を使いません。売上として使うには、取引の表(--orders、シート名「取引」)として渡してください",
                "The customer table has columns by month, which are not used there; to have them as sales, give the table as orders "
                "(--orders, or a sheet called Orders)",
            ),
        )  # fmt: skip
    return work.raw


def _keep_data_rows(work: Work) -> RawTable:
    """Leave out lines of the print and totals, and fill the customer of grouped reports down."""
    keys = [work.at(*group) for group in _KEYS[work.raw.name]]
    columns = work.money()
    found = marked_cells(work)
    if found.lines:
        leave_out_lines(work, found)
    kept = leave_out_totals(work, found, columns, keys)
    filled = fill_down(work, [keys[0], keys[1], work.at("order_id")], columns) if work.raw.name == "orders" else []
    raw = work.left()
    if filled:
        open_rows = ~work.gone
        raw = with_columns(
            raw,
            [(at, [cell for cell, is_open in zip(cells, open_rows, strict=True) if is_open]) for at, cells in filled],
        )
    return replace(raw, totals_found=True) if kept else raw
