"""The whitespace matrix by category: an executive reads eight columns, not eighty products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.measures.opportunities.grid import Grid, whitespace_grid
from engine.measures.profit.product_mix import categories_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.scoring.portfolio import Portfolio


def category_grid(portfolio: Portfolio, customers: Sequence[int]) -> Grid:
    """Return the whitespace grid of some customers (positions) by category of the product table, the largest sales first.

    Returns
    -------
    Grid
        `sales` sums the category's products; `value` is that of the best missing product of the category (the best one,
        not the sum: what several products promise a customer is not independent), `penetration` that of the product that
        most peers buy. A category may be bought and still lack products. Without categories every product stands for
        itself; products without one form the group "".

    Raises
    ------
    Refusal
        As `engine.measures.opportunities.grid.whitespace_grid`.
    """
    grid = whitespace_grid(portfolio, customers)
    names, place = np.unique(categories_of(portfolio, grid.products).astype(str), return_inverse=True)
    shape = (len(names), len(grid.customers))
    sales = np.zeros(shape, np.int64)
    np.add.at(sales, place, grid.sales)
    value, penetration = np.full(shape, -np.inf), np.full(shape, -np.inf)
    np.maximum.at(value, place, np.where(np.isnan(grid.value), -np.inf, grid.value))
    np.maximum.at(penetration, place, np.where(np.isnan(grid.penetration), -np.inf, grid.penetration))
    order = np.lexsort((names, -sales.sum(axis=1)))
    return Grid(
        names.astype(object)[order],
        grid.customers,
        sales[order],
        np.where(np.isinf(value), np.nan, value)[order],
        np.where(np.isinf(penetration), np.nan, penetration)[order],
    )
