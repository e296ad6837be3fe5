"""Copies of the clean tables with customers left out, or with their sales scaled exactly in minor units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.customers.order_metrics import windows

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables

_SAFE: Final = 2**62
_OF_CUSTOMERS: Final = ("orders", "contacts", "surveys", "costs", "plans", "actions")


def without(tables: Tables, lost: NDArray[np.bool_]) -> Tables:
    """Return the tables without the rows of the customers that are `lost`, in every table; positions start anew.

    A parent that is lost and named by one customer only is left blank, as when the table had come without it; named by
    several it still binds them as a group. Parents that ran in a circle were left blank by cleaning, and stay so.
    """
    keep = ~lost
    place = np.cumsum(keep) - 1
    customers = tables.customers[keep].reset_index(drop=True)
    changed: dict[str, Any] = {"customers": _drop_lost_parents(customers)}
    for name in _OF_CUSTOMERS:
        frame = getattr(tables, name)
        if frame is not None:
            who = frame["customer"].to_numpy(np.int64)
            stays = (who < 0) | keep[who]  # a cost or an action without a customer concerns all of them
            kept = frame[stays].reset_index(drop=True)
            changed[name] = kept.assign(customer=np.where(who < 0, who, place[who])[stays])
    return replace(tables, **changed)


def _drop_lost_parents(customers: pd.DataFrame) -> pd.DataFrame:
    parents = customers["parent_id"]
    orphan = parents.notna() & ~parents.isin(customers["customer_id"]) & ~parents.duplicated(keep=False)
    if not orphan.any():
        return customers
    return customers.assign(parent_id=parents.where(~orphan, None).astype(object))


def apportion(values: NDArray[np.int64], numerator: int, denominator: int) -> NDArray[np.int64]:
    """Return `values` × numerator ÷ denominator in whole numbers whose sum is the scaled sum, rounded half up.

    Each value is cut down to a whole number; the units that are missing go to the largest remainders, the earlier first
    where they are equal (Hamilton's method, which holds for negative values too: they are cut down as well).

    >>> apportion(np.array([1, 1, 1]), 5, 3).tolist()
    [2, 2, 1]
    """
    largest = int(np.abs(values).max(initial=0))
    exact = values if largest * abs(numerator) < _SAFE else values.astype(object)  # Python's integers have no end
    product = exact * numerator
    floor = product // denominator
    rest = product - floor * denominator
    whole = (2 * int(values.astype(object).sum()) * numerator + denominator) // (2 * denominator)
    missing = whole - int(floor.astype(object).sum())
    winners = np.argsort(-rest, kind="stable")[:missing]
    result = floor.astype(np.int64)
    result[winners] += 1
    return np.asarray(result, dtype=np.int64)


def in_window(tables: Tables, as_of: date) -> NDArray[np.bool_]:
    """Return which order lines lie in the last twelve months; none without orders."""
    if tables.orders is None:
        return np.zeros(0, dtype=np.bool_)
    first, last = (np.datetime64(day, "D") for day in windows(as_of).last_12_months)
    day = tables.orders["date"].to_numpy().astype("datetime64[D]")
    return np.asarray((day >= first) & (day <= last), dtype=np.bool_)


def sales_of(tables: Tables, members: NDArray[np.bool_], as_of: date) -> int:
    """Return the members' sales of the last twelve months in minor units: order lines, or what was typed without any."""
    if tables.orders is None:
        return int(tables.customers["sales"][members].sum())
    chosen = in_window(tables, as_of) & members[tables.orders["customer"].to_numpy(np.int64)]
    return int(tables.orders["amount"].to_numpy(np.int64)[chosen].sum())


def scale_typed(tables: Tables, members: NDArray[np.bool_], target: int) -> Tables:
    """Return the tables with the members' typed yearly sales adding up to `target`, in today's proportions."""
    sales = tables.customers["sales"].copy()
    chosen = members & sales.notna().to_numpy(dtype=bool)
    values = sales[chosen].to_numpy(np.int64)
    sales[chosen] = apportion(values, target, int(values.sum()))
    return replace(tables, customers=tables.customers.assign(sales=sales))


def scale_orders(
    tables: Tables,
    members: NDArray[np.bool_],
    ratio: tuple[int, int],
    as_of: date,
    columns: tuple[str, ...] = ("amount", "cost", "quantity"),
) -> Tables:
    """Return the tables with the members' order lines of the last twelve months scaled by a ratio of whole numbers.

    Amounts and costs stay whole minor units whose sum is the scaled sum (`apportion`); what is not known stays unknown.
    Returns are scaled like the sales that they belong to, so that the customer's pattern of orders stays as it is.

    Parameters
    ----------
    ratio
        Numerator and denominator (positive).
    columns
        Which of amount, cost and quantity: all for more of the same, the amount alone for another price.
    """
    orders = tables.orders
    assert orders is not None  # noqa: S101 - the caller has looked
    chosen = in_window(tables, as_of) & members[orders["customer"].to_numpy(np.int64)]
    changed: dict[str, pd.Series] = {}
    for name in columns:
        column = orders[name].copy()
        known = chosen & column.notna().to_numpy(dtype=bool)
        if name == "quantity":
            column[known] = column[known] * ratio[0] / ratio[1]
        elif known.any():
            column[known] = apportion(column[known].to_numpy(np.int64), *ratio)
        changed[name] = column
    return replace(tables, orders=orders.assign(**changed))
