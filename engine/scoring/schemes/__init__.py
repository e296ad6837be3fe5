"""Segmentation schemes: each puts every customer into exactly one group, 未分類 included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.scoring.schemes.abc import abc
from engine.scoring.schemes.base import Assignment, Facts
from engine.scoring.schemes.cpm import cpm
from engine.scoring.schemes.decile import decile
from engine.scoring.schemes.headroom import headroom
from engine.scoring.schemes.lifecycle import lifecycle, states
from engine.scoring.schemes.own import own_schemes
from engine.scoring.schemes.potential import potential
from engine.scoring.schemes.rfm import rfm
from engine.scoring.schemes.share_growth import growth_share, share_growth
from engine.scoring.schemes.standard import standard, strategy
from engine.scoring.schemes.vol16 import vol16, vol16_cells

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Assignment", "Facts", "assign", "states", "strategy"]


def assign(facts: Facts) -> Mapping[str, Assignment]:
    """Return every scheme's result: the built-in ones, then the planner's own in the definition's order."""
    zones = vol16(facts)
    built_in = {
        "standard": standard(facts),
        "rfm": rfm(facts),
        "cpm": cpm(facts),
        "abc": abc(facts),
        "decile": decile(facts),
        "lifecycle": lifecycle(facts),
        "vol16": zones,
        "vol16_cell": vol16_cells(facts, zones),
        "headroom": headroom(facts),
        "share_growth": share_growth(facts),
        "potential": potential(facts),
        "growth_share": growth_share(facts),
    }
    return built_in | own_schemes(facts, built_in)
