"""ライフサイクル: 見込 → 新規 → 育成 → 安定 → 縮小 → 休眠 → 離脱 → 復帰, and the plain state of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Text
from engine.scoring.schemes.base import Assignment, Facts, by_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMNS = ("recency_days", "overdue_ratio", "return_days", "tenure_days", "growth_rate", "span_days")


def lifecycle(facts: Facts) -> Assignment:
    """Return the stage of every customer by the rules under `lifecycle` in the definition, first match wins."""
    if np.isnan(facts.array("orders")).all():
        return Assignment(
            np.full(facts.count, "unclassified", dtype=object),
            refused=Text("ライフサイクルには取引表が必要です", "the lifecycle needs an order table"),
        )
    columns: dict[str, NDArray[np.float64]] = {name: facts.array(name) for name in _COLUMNS}
    columns["purchases"] = np.nan_to_num(facts.array("orders"))
    return Assignment(by_rules(facts, "lifecycle.rules", columns, "unclassified"))


def states(facts: Facts) -> NDArray[np.object_]:
    """Return 稼働 · 新規 · 復帰 · 離脱 · 取引なし for every customer.

    稼働: the last order is younger than `state.active_days`. Of these, 新規: the first order is younger than
    `state.new_days`; 復帰: it came back within that time after a gap of at least `state.active_days`. Without an order
    table every state is 不明.
    """
    recency, tenure, since_return = (facts.array(name) for name in ("recency_days", "tenure_days", "return_days"))
    active_days, new_days = (facts.definition.number(f"state.{name}_days") for name in ("active", "new"))
    if np.isnan(facts.array("orders")).all():
        return np.full(facts.count, "unknown", dtype=object)
    result = np.full(facts.count, "none", dtype=object)
    result[recency >= active_days] = "lapsed"
    active = recency < active_days
    result[active] = "active"
    result[active & (since_return < new_days)] = "returned"
    result[active & (tenure < new_days)] = "new"
    return result
