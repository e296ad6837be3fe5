"""成長余力: growth by headroom; 有望市場 · 大黒柱 · おつきあい先 · ごひいき先 (diamond.jp/articles/-/235134, p. 3–4).

Growth and headroom both large is 有望市場, which deserves most time; growth large with little headroom is 大黒柱; little
growth with large headroom is おつきあい先; both small is ごひいき先, where time is wasted. Headroom is what the customer buys
in the category and not from us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language.errors import Text
from engine.scoring.schemes.grid import hinted, paint

if TYPE_CHECKING:
    from engine.scoring.schemes.base import Assignment, Facts


def headroom(facts: Facts) -> Assignment:
    """Return the group of every customer by `schemes.headroom` of the definition."""
    hint = Text(
        "2年分の取引と、顧客表の列「ターゲット規模」を加えてください",
        "give two years of orders, and the column Potential in the customer table",
    )
    return hinted(paint(facts, "headroom"), hint)
