"""Who stayed: rates of customers and of sales kept apart, and the bridges that they reconcile with.

What "there" means is said once, in `engine.measures.retention.activity`.
"""

from engine.measures.retention.bridges import customer_bridge, revenue_bridge
from engine.measures.retention.facts import notes_of
from engine.measures.retention.groups import grain_of, groups_of, title_of
from engine.measures.retention.periods import GRAINS, Period, period_of
from engine.measures.retention.rates import (
    MEANINGS,
    MONEY_KINDS,
    RATES,
    Rate,
    period_for,
    periods_of,
    rate,
    rates,
    rates_by,
    trend,
)
from engine.measures.retention.trends import bridge_by

__all__ = [
    "GRAINS",
    "MEANINGS",
    "MONEY_KINDS",
    "RATES",
    "Period",
    "Rate",
    "bridge_by",
    "customer_bridge",
    "grain_of",
    "groups_of",
    "notes_of",
    "period_for",
    "period_of",
    "periods_of",
    "rate",
    "rates",
    "rates_by",
    "revenue_bridge",
    "title_of",
    "trend",
]
