"""The tests of dependence and concentration: measure, threshold, verdict, culprits, and what would clear them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.scoring.alerts.alert import KINDS, VERDICTS, Alert, Facts
from engine.scoring.alerts.mix import at_risk, bias, diversity
from engine.scoring.alerts.sales import concentration, dependence, few, single, spread
from engine.scoring.concentration import group_sales

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from engine.scoring.portfolio import Portfolio

__all__ = ["KINDS", "VERDICTS", "Alert", "Facts", "find_alerts"]


def find_alerts(portfolio: Portfolio) -> tuple[Alert, ...]:
    """Return the eight tests of a portfolio, in the order of the vocabulary.

    Sales are those of the last twelve months, customers rolled up to their parent. Thresholds come from the definition
    and are labelled with where they were borrowed.
    """
    sales = group_sales(portfolio)
    sales = sales[sales > 0]
    tests: tuple[Callable[[Portfolio, pd.Series], Alert], ...] = (
        dependence,
        concentration,
        single,
        few,
        spread,
        diversity,
        bias,
        at_risk,
    )
    return tuple(test(portfolio, sales) for test in tests)
