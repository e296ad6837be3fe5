"""シェア伸び: share by growth; A 撤退か維持 · B 構成比を上げる · C 激戦区 · D 最重要 (sppinc.jp 分析技), and 成長シェア.

The vertical line of シェア伸び stands at the share of the last A-rank customer (the one of least sales among A), the
horizontal one at target growth. 成長シェア sets the growth of the customer's own market against our share of its spend:
重要顧客 bring today's profit, 重点顧客 tomorrow's (shimatani.space, 2015/05).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language.errors import Text
from engine.scoring.schemes.grid import hinted, paint

if TYPE_CHECKING:
    from engine.scoring.schemes.base import Assignment, Facts


def share_growth(facts: Facts) -> Assignment:
    """Return the group of every customer by `schemes.share_growth` of the definition."""
    hint = Text(
        "2年分の取引と、顧客表の列「ターゲット規模」を加えるか、定義「schemes.share_growth.x」を「構成比」にしてください",
        "give two years of orders and the column Potential, or set schemes.share_growth.x to Share",
    )
    return hinted(paint(facts, "share_growth"), hint)


def growth_share(facts: Facts) -> Assignment:
    """Return the group of every customer by `schemes.growth_share` of the definition."""
    hint = Text(
        "顧客表の列「市場成長率」と「ターゲット規模」を加えてください",
        "give the columns Market growth and Potential in the customer table",
    )
    return hinted(paint(facts, "growth_share"), hint)
