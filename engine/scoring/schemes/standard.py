"""標準 (the default segments) and 戦略 (the strategy line): ordered rule tables on the levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.definition.rule_tables import compile_rules
from engine.scoring.schemes.base import Assignment, Facts, by_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray


def standard(facts: Facts) -> Assignment:
    """Return 解約リスク · 大口 · 成長 · 安定 · 育成, 不明 where value or risk are unknown and nothing else decides."""
    return Assignment(by_rules(facts, "standard", facts.levels, "unknown"))


def strategy(facts: Facts) -> NDArray[np.intp]:
    """Return for each customer the number (from 0) of the first strategy rule that holds.

    The last rule has no conditions, so that every customer has a line. Rules come from `strategy` in the definition.
    """
    rules = facts.definition.rules("strategy")
    columns = {**facts.levels, **facts.conditions}
    matched = compile_rules("strategy", rules, facts.definition, tuple(columns)).first_match(columns, facts.count)
    return np.where(matched < 0, len(rules) - 1, matched)
