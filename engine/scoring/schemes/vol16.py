"""VOL16, the sales team's box for sorting customers: 取引単価 by 受注確率, each 高/中/低, nine cells in the zones A, B, C.

Source: 営業の「顧客を仕分ける箱」 Vol. 16 (pro-pro.co.jp; re-edited by sapuri.co.jp). The deal is the one expected of the
customer (想定取引額), or the average order where none is typed; the chance is a rate or a level, typed into the customer
table. Cuts and the painting stand in the definition under `schemes.vol16`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.language.errors import Text
from engine.scoring.schemes.base import Assignment, Facts
from engine.scoring.schemes.grid import hinted, paint

_CLASSES: Final = np.array(["", "low", "mid", "high"], dtype=object)


def vol16(facts: Facts) -> Assignment:
    """Return the zone of every customer."""
    hint = Text(
        "顧客表に列「受注確率」(高・中・低、または割合)と「想定取引額」を加えてください",
        "add the columns Win probability (High, Medium, Low or a rate) and Expected deal to the customers",
    )
    return hinted(paint(facts, "vol16"), hint)


def vol16_cells(facts: Facts, zones: Assignment) -> Assignment:
    """Return the cell of every customer, such as `high_mid`: deal size, then win probability.

    Parameters
    ----------
    zones
        The zones of the same grid; where they are refused, so are the cells.
    """
    across, up = zones.scores["vol16_x"], zones.scores["vol16_y"]
    segments = np.full(len(across), "unclassified", dtype=object)
    if any(len(facts.definition.value(f"schemes.vol16.{side}_cuts")) + 2 != len(_CLASSES) for side in "xy"):
        return Assignment(segments, refused=Text("VOL16の箱が3×3ではありません", "the VOL16 box is not three by three"))
    known = (across > 0) & (up > 0)
    segments[known] = _CLASSES[up[known]] + "_" + _CLASSES[across[known]]
    return Assignment(segments, refused=zones.refused)
