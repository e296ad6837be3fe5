"""Profit by customer: what each bears and leaves, the whale curve, and the profitability map."""

from __future__ import annotations

from engine.customers.costs.profit_columns import Statement, statement, with_profit
from engine.measures.profit.map import ProfitMap, Split, profit_map
from engine.measures.profit.whale import WhaleCurve, whale_curve

__all__ = [
    "ProfitMap",
    "Split",
    "Statement",
    "WhaleCurve",
    "profit_map",
    "statement",
    "whale_curve",
    "with_profit",
]
