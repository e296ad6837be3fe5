"""The whitespace matrix: product × customer, what is bought and what the peers' purchases say is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.measures.opportunities.market import demand, market
from engine.measures.opportunities.selling import bought_matrix, whitespace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Grid:
    """Products × customers; a cell holds sales, or the value of a gap, or neither.

    Parameters
    ----------
    products
        Rows, by name.
    customers
        Columns: positions.
    sales
        Net sales in the window, minor units; 0 where the product was not bought.
    value
        Expected gross profit of a product that the customer does not buy and enough peers do, minor units; NaN
        elsewhere, and where its profit is not known.
    penetration
        Share of the peers that buy it; NaN where there is no gap: it is bought, or too few peers buy it, or it would
        lose money.
    """

    products: NDArray[np.object_]
    customers: NDArray[np.int64]
    sales: NDArray[np.int64]
    value: NDArray[np.float64]
    penetration: NDArray[np.float64]


def whitespace_grid(portfolio: Portfolio, customers: Sequence[int]) -> Grid:
    """Return the grid of some customers (positions), in the order given.

    Raises
    ------
    Refusal
        As `engine.measures.opportunities.affinity.basket`; and `too_little_data` for a customer that bought nothing in the window.
    """
    found = market(portfolio)
    for customer in customers:
        found.require_buyer(customer)
    places = np.array(customers, dtype=np.int64)
    bought = bought_matrix(found, places)
    wanted = demand(found, places)
    key = whitespace(found, bought, wanted).key
    penetration = wanted.penetration[wanted.place]
    return Grid(
        found.basket.items,
        places,
        found.basket.matrix(found.basket.sales)[places].toarray().T,
        np.where(key > 0, key, np.nan).T,
        np.where(np.isfinite(key), penetration, np.nan).T,
    )
