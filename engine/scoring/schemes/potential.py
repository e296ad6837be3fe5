"""Performance × Potential: スター · ポテンシャル · エンゲージメント · 改善 (and-tankyu).

Performance is the score on value, what the customer brings today; potential the score on growth. Levels typed by hand
carry it, so that the seven-column table alone gives an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language.errors import Text
from engine.scoring.schemes.grid import hinted, paint

if TYPE_CHECKING:
    from engine.scoring.schemes.base import Assignment, Facts


def potential(facts: Facts) -> Assignment:
    """Return the group of every customer by `schemes.potential` of the definition."""
    hint = Text(
        "顧客表の列「年間売上」と「成長ポテンシャル」、または取引表を加えてください",
        "give the columns Annual sales and Growth potential, or the orders",
    )
    return hinted(paint(facts, "potential"), hint)
