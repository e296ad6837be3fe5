"""Raw tables to clean tables and findings: every row is either used or listed with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.cleaning.currency import decide_currency
from engine.cleaning.customer_names import Directory
from engine.cleaning.references import customer_positions, derive_customers
from engine.cleaning.source import Source, left_out, sources_of
from engine.cleaning.table_cleaner import Sheet, empty, empty_note
from engine.cleaning.tables.customers import clean_customers, customers_from_orders
from engine.cleaning.tables.orders import clean_orders, need_order_columns
from engine.cleaning.tables.others import clean_contacts, clean_costs, clean_leads, clean_products, clean_surveys
from engine.language.errors import Finding, Refusal
from engine.reading.columns import TABLES
from engine.reading.raw import RawTable, RawTables, raw_from_block, raw_from_frame

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

__all__ = ["Kept", "RawTable", "RawTables", "Source", "Tables", "clean", "raw_from_block", "raw_from_frame"]

Kept = Literal["all", "scored", "pseudonyms", "masked"]


@dataclass(frozen=True, slots=True)
class Tables:
    """The clean input.

    Parameters
    ----------
    customers
        One row per customer; the row's place is the customer's position. customer_id, name (object, never blank), kana,
        corporate_number, parent_id, industry, region, size, owner, channel, strategy (object, None where blank), key_account (bool),
        sales, credit_limit, potential (Int64, minor units), continuity, growth, risk (level codes or None), contract_start,
        contract_end (datetime64[s]), notice_days, overdue_days, overdue_count (Int64), market_growth (Float64, 0.05 = 5 %),
        deal_size (Int64, minor units), win_probability (Float64, 0–1), win_level (level code or None: a chance told as a word),
        row, part (Int64, Int32, NA when derived from orders), and the input's further columns under their own headers.
    orders
        Sorted by customer and date: customer (int64 position), date (datetime64[s], midnight), amount (int64, minor units, net:
        returns negative), cost (Int64), order_id, product, channel (object), quantity (Float64), row (int64), part. None without orders.
    contacts, surveys, costs, products, leads
        See `engine.cleaning.tables.others`; None where not given.
    plans, actions, benchmarks
        See `engine.cleaning.tables.planning`; None where not given. No score depends on them, but the run does.
    findings
        What was noticed, table by table in the order of the sheets.
    sources
        One per sheet or file that a table was read from, table by table; the clean tables' column `part` (int32) is the place
        among the sources of their table.
    currency
        ISO 4217 code; empty when amounts have decimals and no currency was told.
    digits
        Digits of the minor unit: yen 0, dollar 2.
    kept
        What the run store left of a run that was loaded from it: all of it, the scored table only (`scored`: nothing can
        be scored again), or everything with `pseudonyms` for names. `masked`: made from such a run for one recipient
        (`engine.runs.masked_run`); it is never stored.
    """

    customers: pd.DataFrame
    orders: pd.DataFrame | None
    contacts: pd.DataFrame | None
    surveys: pd.DataFrame | None
    costs: pd.DataFrame | None
    products: pd.DataFrame | None
    leads: pd.DataFrame | None
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    currency: str
    digits: int
    kept: Kept = "all"
    plans: pd.DataFrame | None = None
    actions: pd.DataFrame | None = None
    benchmarks: pd.DataFrame | None = None


def clean(raw: RawTables, *, as_of: date | None = None, currency: str | None = None) -> Tables:
    """Clean the raw tables of one input.

    Parameters
    ----------
    raw
        The tables as read; they and their frames are left as they are.
    as_of
        Rows dated after this day (end inclusive) are listed as `future_date`; None lets every day pass.
    currency
        ISO 4217 code of all amounts, where the caller knows it.

    Returns
    -------
    Tables
        For every table: rows read = rows used + rows listed by findings of severity `error`.

    Raises
    ------
    Refusal
        `missing_column`, `too_little_data` (no customers, no rows), `argument` (mixed currencies, sums too large), `unreadable`
        (the order of month and day cannot be told).
    """
    sheets, empty_tables = _open_filled_sheets(raw)
    if not {"customers", "orders"} & sheets.keys():
        raise Refusal(
            "too_little_data",
            "顧客の表も取引の表もありません。どちらかを渡してください",
            "There is neither a customer table nor an order table; give one of them",
        )
    told, digits, notes = decide_currency(sheets, currency)
    frames = _clean_given_tables(sheets, digits, as_of)
    if not len(frames["customers"]):
        raise _make_no_usable_row_refusal(sheets)
    findings = [
        *raw.findings,
        *empty_tables,
        *(finding for sheet in sheets.values() for finding in sheet.findings_in_order()),
        *notes,
    ]
    sources = tuple(source for name, sheet in sheets.items() for source in sources_of(raw, sheet, frames[name]))
    return Tables(
        customers=frames["customers"],
        orders=frames.get("orders"),
        contacts=frames.get("contacts"),
        surveys=frames.get("surveys"),
        costs=frames.get("costs"),
        products=frames.get("products"),
        leads=frames.get("leads"),
        findings=tuple(findings),
        sources=sources,
        currency=told,
        digits=digits,
        plans=frames.get("plans"),
        actions=frames.get("actions"),
        benchmarks=frames.get("benchmarks"),
    )


def _open_filled_sheets(raw: RawTables) -> tuple[dict[str, Sheet], list[Finding]]:
    """Return the tables that have rows, and notes on a customer or order table that has none (a template filled in by half).

    Raises
    ------
    Refusal
        `too_little_data` when neither customers nor orders have rows, though one of them is there.
    """
    sheets = {name: Sheet(raw.tables[name]) for name in TABLES if name in raw.tables}
    bare = [sheet for sheet in sheets.values() if not len(sheet) and not left_out(raw, sheet)]
    filled = {name: sheet for name, sheet in sheets.items() if sheet not in bare}
    leading = [sheet for sheet in bare if sheet.raw.name in ("customers", "orders")]
    if leading and not {"customers", "orders"} & filled.keys():
        raise empty(leading[0])
    return filled, [empty_note(sheet) for sheet in leading]


def _clean_given_tables(sheets: Mapping[str, Sheet], digits: int, as_of: date | None) -> dict[str, pd.DataFrame]:
    frames: dict[str, pd.DataFrame] = {}
    orders = sheets.get("orders")
    if orders is not None:
        need_order_columns(orders)
    if "customers" in sheets:
        frames["customers"] = clean_customers(sheets["customers"], digits)
        directory = _build_directory(frames["customers"])
        if orders is not None:
            frames["orders"] = clean_orders(orders, customer_positions(orders, directory), digits, as_of)
    else:
        derived = derive_customers(sheets["orders"])
        frames["customers"] = customers_from_orders(derived.ids, derived.names)
        frames["orders"] = clean_orders(sheets["orders"], derived.places, digits, as_of)
        frames |= _keep_buyers(frames["customers"], frames["orders"])
        directory = _build_directory(frames["customers"])
    if "contacts" in sheets:
        frames["contacts"] = clean_contacts(sheets["contacts"], directory, as_of)
    if "surveys" in sheets:
        frames["surveys"] = clean_surveys(sheets["surveys"], directory, as_of)
    if "costs" in sheets:
        frames["costs"] = clean_costs(sheets["costs"], directory, digits, as_of)
    if "products" in sheets:
        frames["products"] = clean_products(sheets["products"], digits)
    if "leads" in sheets:
        frames["leads"] = clean_leads(sheets["leads"], as_of)
    if {"plans", "actions", "benchmarks"} & sheets.keys():
        from engine.cleaning.tables.planning import clean_planning  # late: most runs have none of the three

        frames |= clean_planning(sheets, directory, digits, as_of)
    return frames


def _build_directory(customers: pd.DataFrame) -> Directory:
    return Directory(customers["customer_id"].tolist(), customers["name"].tolist())


def _keep_buyers(customers: pd.DataFrame, orders: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Leave out derived customers of whom no order could be used: nothing but a listed row speaks for them."""
    bought = np.zeros(len(customers), bool)
    bought[orders["customer"].to_numpy()] = True
    if bought.all():
        return {}
    place = np.cumsum(bought) - 1
    return {
        "customers": customers[bought].reset_index(drop=True),
        "orders": orders.assign(customer=place[orders["customer"].to_numpy()]),
    }


def _make_no_usable_row_refusal(sheets: Mapping[str, Sheet]) -> Refusal:
    """Return the refusal for an input of which no row could be used, with the first reason."""
    first = next((each for sheet in sheets.values() for each in sheet.findings if each.severity == "error"), None)
    ja = f"(例: {first.row}行目「{first.value or ''}」{first.reason.ja})" if first else ""
    en = f' (such as row {first.row} "{first.value or ""}": {first.reason.en})' if first else ""
    return Refusal("too_little_data", f"使える行が1つもありません{ja}", f"Not one row could be used{en}")
