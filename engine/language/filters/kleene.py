"""A filter's answer out of the answers of its conditions: where it surely holds, and where it surely does not.

A missing value satisfies nothing, neither a condition nor its contrary: Kleene's three values, kept as two masks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language.filters.tree import And, Blank, Compare, Contains, Listed, Node, Not, Or

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Leaf = Compare | Contains | Blank | Listed


Known = tuple["NDArray[np.bool_]", "NDArray[np.bool_]"]  # where it surely holds, and where it surely does not


def kleene(node: Node, answer: Callable[[Leaf], Known]) -> Known:
    """Join the answers of a filter's conditions.

    Parameters
    ----------
    answer
        Given a condition, returns where it surely holds and where it surely does not; elsewhere it cannot be told.
    """
    if isinstance(node, Not):
        yes, no = kleene(node.part, answer)
        return no, yes
    if isinstance(node, (And, Or)):
        parts = [kleene(part, answer) for part in node.parts]
        sides = [np.vstack([part[side] for part in parts]) for side in (0, 1)]
        every, some = (0, 1) if isinstance(node, And) else (1, 0)
        holds: list[NDArray[np.bool_]] = [sides[0], sides[1]]
        holds[every] = np.asarray(sides[every].all(axis=0), dtype=np.bool_)
        holds[some] = np.asarray(sides[some].any(axis=0), dtype=np.bool_)
        return holds[0], holds[1]
    return answer(node)
