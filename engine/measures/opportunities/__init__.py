"""Opportunities: what a customer could buy next (cross-sell, upsell, whitespace), and who is due to order."""

from __future__ import annotations

from engine.measures.opportunities.categories import category_grid
from engine.measures.opportunities.found import COLUMNS, KINDS, Kind
from engine.measures.opportunities.grid import Grid, whitespace_grid
from engine.measures.opportunities.listing import headline_opportunities, headline_reason, next_for, ranked
from engine.measures.opportunities.rhythm import overdue

__all__ = [
    "COLUMNS",
    "KINDS",
    "Grid",
    "Kind",
    "category_grid",
    "headline_opportunities",
    "headline_reason",
    "next_for",
    "overdue",
    "ranked",
    "whitespace_grid",
]
