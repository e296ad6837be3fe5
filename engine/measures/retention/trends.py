"""The bridges period by period, where a grain is asked for in place of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from engine.measures.retention.bridges import customer_bridge, revenue_bridge
from engine.measures.retention.groups import grain_of
from engine.measures.retention.rates import period_for, periods_of

if TYPE_CHECKING:
    from engine.measures.retention.periods import Period
    from engine.scoring.portfolio import Portfolio

_MADE: Final = {"bridge": customer_bridge, "revenue_bridge": revenue_bridge}


def bridge_by(portfolio: Portfolio, kind: str, by: str | None = None, period: Period | None = None) -> pd.DataFrame:
    """Return a bridge per group, or per period where `by` names a grain: there the end of one is the start of the next.

    Parameters
    ----------
    kind
        `bridge` (customers) or `revenue_bridge`.
    by
        A column, scheme or state; or 月・四半期・半期・年度. The whole when None.
    period
        The last twelve months when None; with a grain, all periods of the data when None.

    Returns
    -------
    pandas.DataFrame
        As `customer_bridge` and `revenue_bridge` return it, with the columns first and last (days, inclusive).
    """
    grain, make = grain_of(portfolio, by), _MADE[kind]
    if grain is None:
        whole = period_for(portfolio, None) if period is None else period
        return make(portfolio, whole, by).assign(first=whole.first, last=whole.last)
    rows = [
        make(portfolio, each).assign(
            group=each.first.isoformat(),
            label_ja=each.text.ja,
            label_en=each.text.en,
            first=each.first,
            last=each.last,
        )
        for each in periods_of(portfolio, grain, period)
    ]
    return pd.concat(rows, ignore_index=True)
