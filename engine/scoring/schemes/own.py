"""A planner's own schemes: painted in the definition, without code.

`[schemes."自社分類"]` with `x`, `x_cuts`, `y`, `y_cuts` and `grid` (see `engine.definition.own_schemes`) is a scheme like any other:
a column of the customers, a word for the cells, a file of the export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.scoring.schemes.grid import paint

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.scoring.schemes.base import Assignment, Facts


def own_schemes(facts: Facts, built_in: Collection[str]) -> dict[str, Assignment]:
    """Return the painted schemes of the definition that are not among the codes `built_in`, in their order.

    Parameters
    ----------
    facts
        What the schemes may read.
    built_in
        Codes that are no planner's own.
    """
    return {scheme: paint(facts, scheme) for scheme in facts.definition.painted_schemes if scheme not in built_in}
