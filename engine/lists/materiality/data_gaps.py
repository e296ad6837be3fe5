"""Data that cannot be trusted, in money: what the figures leave out because rows could not be used or are too old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.lists.materiality.finding import Cause

if TYPE_CHECKING:
    from engine.lists.materiality.stakes import Stakes
    from engine.scoring.portfolio import Portfolio

_YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class DataGap:
    """Money that the figures leave out, minor units a year of the basis, the sales behind it, and why."""

    amount: int
    sales: int
    cause: Cause


def find_data_gaps(portfolio: Portfolio, stakes: Stakes) -> tuple[DataGap, ...]:
    """Return what is missing: orders that could not be used, and the days since the newest order where the data are stale.

    Rows that could not be used stand for the same part of a year's sales as they are of the rows; days without orders for as
    many days of it.
    """
    found = []
    basis, sales = float(np.maximum(stakes.now, 0).sum()), float(np.maximum(stakes.sales, 0).sum())
    table = portfolio.reconciliation
    orders = table[table["table"] == "orders"]
    read, listed = int(orders["read"].sum()), int(orders["listed"].sum())
    if listed and read > listed:
        part = listed / (read - listed)
        cause = Cause("data_unused", shares={"unused": listed / read}, numbers={"rows": listed})
        found.append(DataGap(int(np.rint(part * basis)), int(np.rint(part * sales)), cause))
    if portfolio.stale and portfolio.age_days is not None and portfolio.newest is not None:
        part = min(portfolio.age_days / _YEAR, 1.0)
        cause = Cause("data_old", numbers={"age": portfolio.age_days}, dates={"last": portfolio.newest})
        found.append(DataGap(int(np.rint(part * basis)), int(np.rint(part * sales)), cause))
    return tuple(gap for gap in found if gap.amount > 0)
