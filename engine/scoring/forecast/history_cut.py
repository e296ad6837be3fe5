"""The clean tables as they were known on an earlier day: rows dated later are left out, everything else stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.cleaning.customer_names import UNKNOWN
from engine.language.distinct_cells import flag_run_starts

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables


def tables_known_on(tables: Tables, day: date) -> Tables:
    """Return the tables without orders, contacts, answers and costs dated after `day`.

    What carries no date (attributes of the customer table such as credit limit, arrears or contract) stays as it is today:
    nothing that is estimated on an earlier day may read it.

    Parameters
    ----------
    day
        The last day known, inclusive.
    """
    return replace(
        tables,
        orders=_keep_until(tables.orders, day),
        contacts=_keep_until(tables.contacts, day),
        surveys=_keep_until(tables.surveys, day),
        costs=_keep_until(tables.costs, day),
    )


def _keep_until(table: pd.DataFrame | None, day: date) -> pd.DataFrame | None:
    if table is None or "date" not in table.columns:
        return table
    kept = (table["date"] <= pd.Timestamp(day)).to_numpy(dtype=bool)
    return table if kept.all() else table[kept].reset_index(drop=True)


def keep_customers(tables: Tables, kept: NDArray[np.bool_], customers: pd.DataFrame | None = None) -> Tables:
    """Return the tables of some of the customers only, rows numbered anew; costs that name no customer stay.

    A table of which no row is left becomes None: there is no such table of these customers.

    Parameters
    ----------
    kept
        One flag per customer.
    customers
        Their customer table, where it is not just those rows.
    """
    place = np.where(kept, np.cumsum(kept) - 1, UNKNOWN)
    return replace(
        tables,
        customers=tables.customers[kept].reset_index(drop=True) if customers is None else customers,
        orders=_renumber_rows(tables.orders, place),
        contacts=_renumber_rows(tables.contacts, place),
        surveys=_renumber_rows(tables.surveys, place),
        costs=_renumber_rows(tables.costs, place, common=True),
    )


def _renumber_rows(rows: pd.DataFrame | None, place: NDArray[np.int64], *, common: bool = False) -> pd.DataFrame | None:
    """Return the rows of the customers that have a place; with `common`, also those that name no customer."""
    if rows is None:
        return None
    customer = rows["customer"].to_numpy(np.int64)
    named = customer != UNKNOWN
    moved = np.where(named, place[np.where(named, customer, 0)], UNKNOWN)
    chosen = np.flatnonzero((moved != UNKNOWN) | (common & ~named))
    if not len(chosen):
        return None
    return rows.take(chosen).assign(customer=moved[chosen]).reset_index(drop=True)


def sales_between(tables: Tables, after: date, until: date) -> NDArray[np.int64]:
    """Return each customer's net sales in minor units, `after` exclusive to `until` inclusive."""
    customer, day, amount = _order_arrays(tables)
    inside = (day > np.datetime64(after, "D")) & (day <= np.datetime64(until, "D"))
    running = np.zeros(len(tables.customers), dtype=np.int64)
    np.add.at(running, customer[inside], amount[inside])
    return running


def purchases_between(tables: Tables, after: date, until: date) -> NDArray[np.int64]:
    """Return on how many days each customer bought, `after` exclusive to `until` inclusive; returns are no purchases."""
    customer, day, amount = _order_arrays(tables)
    inside = (amount >= 0) & (day > np.datetime64(after, "D")) & (day <= np.datetime64(until, "D"))
    who, when = customer[inside], day[inside]
    return np.bincount(who[flag_run_starts(who, when)], minlength=len(tables.customers)).astype(np.int64)


def purchase_values(tables: Tables) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return of every day on which a customer bought who it was, and for how much in minor units; returns are no purchases."""
    customer, day, amount = _order_arrays(tables)
    kept = amount >= 0
    who, when, value = customer[kept], day[kept], amount[kept]
    starts = np.flatnonzero(flag_run_starts(who, when))
    return who[starts], np.add.reduceat(value, starts) if len(starts) else value


def _order_arrays(tables: Tables) -> tuple[NDArray[np.int64], NDArray[np.datetime64], NDArray[np.int64]]:
    orders = tables.orders
    if orders is None:
        nothing = np.empty(0, np.int64)
        return nothing, nothing.astype("datetime64[D]"), nothing
    return (
        orders["customer"].to_numpy(np.int64),
        orders["date"].to_numpy().astype("datetime64[D]"),
        orders["amount"].to_numpy(np.int64),
    )
