"""期首+新規+復帰−離脱=期末: the bridges of customers and of sales, which always reconcile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Text
from engine.measures.retention.facts import Sales, sales_of, stay_of
from engine.measures.retention.groups import groups_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from engine.measures.retention.groups import Groups
    from engine.measures.retention.periods import Period
    from engine.scoring.portfolio import Portfolio

CUSTOMERS: Final = {
    "start": Text("期首", "Start"),
    "new": Text("新規", "New"),
    "returned": Text("復帰", "Returned"),
    "lost": Text("離脱", "Lost"),
    "end": Text("期末", "End"),
    "passed": Text("期中のみ", "Came and went"),
}
REVENUE: Final = {
    "start": Text("前期売上", "Sales before"),
    "expansion": Text("増加", "Expansion"),
    "new": Text("新規", "New"),
    "returned": Text("復帰", "Returned"),
    "contraction": Text("減少", "Contraction"),
    "churn": Text("離脱", "Churn"),
    "end": Text("当期売上", "Sales"),
    "credits_before": Text("前期の返品超過", "Net returns before"),
    "credits": Text("当期の返品超過", "Net returns"),
}


def customer_bridge(portfolio: Portfolio, period: Period, by: str | None = None) -> pd.DataFrame:
    """Return the bridge of customers per group: start + new + returned − lost = end, in whole customers.

    Parameters
    ----------
    period
        Days inclusive at both ends.
    by
        What to group by (`engine.measures.retention.groups.groups_of`); the whole when None.

    Returns
    -------
    pandas.DataFrame
        group, label_ja, label_en and the counts of `CUSTOMERS` (int64). `passed` counts those that came and went within
        the period; they are in no other column. See `engine.measures.retention.facts.stay_of` for the rest.
    """
    stay, groups = stay_of(portfolio, period), groups_of(portfolio, by)
    counts = {
        "start": stay.start,
        "new": stay.new,
        "returned": stay.returned,
        "lost": stay.start & ~stay.end,
        "end": stay.end,
        "passed": stay.passed,
    }
    return _prepend_group_labels(groups, groups.sums({name: flags.astype(np.int64) for name, flags in counts.items()}))


def revenue_bridge(portfolio: Portfolio, period: Period, by: str | None = None) -> pd.DataFrame:
    """Return the bridge of sales per group: start + expansion + new + returned − contraction − churn = end.

    A customer whose returns outweigh its sales in a period has no sales in it; what it is owed stands in
    `credits_before` and `credits` (0 or negative), so that start + credits_before and end + credits are the net sales of
    the orders. Amounts are minor units (int64).

    Parameters
    ----------
    period
        Days inclusive at both ends; it is compared with the one before of the same length.
    by
        What to group by (`engine.measures.retention.groups.groups_of`); the whole when None.
    """
    groups = groups_of(portfolio, by)
    return _prepend_group_labels(groups, groups.sums(flows(sales_of(portfolio, period))))


def flows(sales: Sales) -> dict[str, NDArray[np.int64]]:
    """Return the columns of the revenue bridge per customer, minor units; a customer is in one flow at most."""
    before, now = np.maximum(sales.before, 0), np.maximum(sales.now, 0)
    had, has = before > 0, now > 0
    zero = np.zeros_like(now)
    return {
        "start": before,
        "expansion": np.where(had & has, np.maximum(now - before, 0), zero),
        "new": np.where(~had & has & sales.new, now, zero),
        "returned": np.where(~had & has & ~sales.new, now, zero),
        "contraction": np.where(had & has, np.maximum(before - now, 0), zero),
        "churn": np.where(had & ~has, before, zero),
        "end": now,
        "credits_before": np.minimum(sales.before, 0),
        "credits": np.minimum(sales.now, 0),
    }


def _prepend_group_labels(groups: Groups, sums: pd.DataFrame) -> pd.DataFrame:
    named: Iterable[tuple[str, list[str]]] = (
        ("group", list(groups.keys)),
        ("label_ja", [label.ja for label in groups.labels]),
        ("label_en", [label.en for label in groups.labels]),
    )
    rows = sums.reset_index(drop=True)
    for at, (name, values) in enumerate(named):
        rows.insert(at, name, values)
    return rows
