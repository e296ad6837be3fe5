"""ABC by sales of the last twelve months."""

from __future__ import annotations

import numpy as np

from engine.language.errors import Text
from engine.scoring.schemes.base import Assignment, Facts


def abc(facts: Facts) -> Assignment:
    """Return A, B or C for every customer.

    A while the cumulative share of the customers with more sales is below `abc.a` (70 %), B while it is below `abc.b`
    (90 %), else C; equal sales share a class, and sales of 0 or less are C. Unknown sales are 未分類.
    """
    sales = facts.array("sales_12m")
    segments = np.full(facts.count, "unclassified", dtype=object)
    known = ~np.isnan(sales)
    positive = np.where(known, np.maximum(np.nan_to_num(sales), 0), 0)
    total = positive.sum()
    if total <= 0:
        return Assignment(segments, refused=Text("ABCには年間売上が必要です", "ABC needs yearly sales"))
    _, place = np.unique(positive, return_inverse=True)
    mass = np.bincount(place, weights=positive)
    above = np.cumsum(mass[::-1])[::-1] - mass
    before = (above / total)[place]
    segments[known] = "c"
    segments[known & (before < facts.definition.number("abc.b"))] = "b"
    segments[known & (before < facts.definition.number("abc.a"))] = "a"
    segments[known & (positive <= 0)] = "c"
    return Assignment(segments)
