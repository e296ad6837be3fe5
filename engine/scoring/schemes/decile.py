"""Deciles by sales of the last twelve months: ten groups of about equal size, デシル1 the largest sales."""

from __future__ import annotations

import numpy as np

from engine.language.errors import Text
from engine.scoring.cuts import quantile_scores
from engine.scoring.schemes.base import Assignment, Facts


def decile(facts: Facts) -> Assignment:
    """Return d1 (largest sales) to d10 for every customer with sales above 0, the others 未分類.

    Equal sales share a decile (the one of their first place in the ranking). Fewer customers with sales than
    `decile.min_customers` are refused.
    """
    sales = facts.array("sales_12m")
    ranked = np.where(np.nan_to_num(sales) > 0, -sales, np.nan)
    number = int((~np.isnan(ranked)).sum())
    segments = np.full(facts.count, "unclassified", dtype=object)
    least = int(facts.definition.number("decile.min_customers"))
    if number < least:
        return Assignment(
            segments,
            refused=Text(
                f"デシルには売上のある顧客が{least}社必要です(必要{least}/実{number})",
                f"deciles need {least} customers with sales (there are {number})",
            ),
        )
    groups = quantile_scores(ranked, 10)
    segments[groups > 0] = np.array([f"d{group}" for group in range(1, 11)], dtype=object)[groups[groups > 0] - 1]
    return Assignment(segments)
