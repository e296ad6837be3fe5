"""Who is due to order and has not, measured by each customer's own rhythm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio


def overdue(portfolio: Portfolio) -> pd.DataFrame:
    """Return the customers that are late by their own rhythm, the latest first.

    Late means: days since the last purchase ÷ own median gap ≥ `rhythm.late_ratio`. Customers that the lifecycle calls
    離脱 and that have missed `lifecycle.dormant_ratio` gaps are lost rather than late, and left out.

    Returns
    -------
    pandas.DataFrame
        customer (position), last_order, gap_median, next_order (the day that its rhythm promised), days_late,
        overdue_ratio, expected (Int64: its average order, minor units).

    Raises
    ------
    Refusal
        `too_little_data` when no customer has enough purchases for a rhythm.
    """
    frame, definition = portfolio.frame, portfolio.definition
    ratio = frame["overdue_ratio"].to_numpy(np.float64, na_value=np.nan)
    if np.isnan(ratio).all():
        least = int(definition.number("rhythm.min_purchases"))
        raise Refusal(
            "too_little_data",
            f"購入間隔の分かる顧客がいません(必要: 取引表、1社に購入{least}回以上)",
            f"no customer has an order rhythm (needed: the orders, {least} purchases of one customer or more)",
        )
    lapsed = (frame["segment_lifecycle"] == "lapsed").to_numpy(dtype=bool)
    lost = lapsed & (ratio >= definition.number("lifecycle.dormant_ratio"))
    late = np.flatnonzero((ratio >= definition.number("rhythm.late_ratio")) & ~lost)
    chosen = frame.iloc[late]
    listed = pd.DataFrame(
        {
            "customer": late,
            "last_order": chosen["last_order"].to_numpy(),
            "gap_median": chosen["gap_median"].to_numpy(np.float64),
            "next_order": chosen["next_order"].to_numpy(),
            "days_late": (
                np.datetime64(portfolio.as_of, "D") - chosen["next_order"].to_numpy().astype("datetime64[D]")
            ).astype(np.int64),
            "overdue_ratio": ratio[late],
            "expected": chosen["average_order"].array,
        }
    )
    ids = chosen["customer_id"].to_numpy(dtype=str)
    return listed.iloc[np.lexsort((ids, -ratio[late]))].reset_index(drop=True)
