"""The customer's voice: NPS, CSAT, what satisfies and what matters, what is said, how often, and who has gone silent."""

from __future__ import annotations

from engine.voice.contacts import Silent, Velocity, silence, velocity
from engine.voice.importance import CsItem, CsPortfolio, cs_portfolio
from engine.voice.ratings import Csat, Nps, csat, nps, nps_interval, nps_value, wilson
from engine.voice.survey import unusable_answers
from engine.voice.topics import Voc, tag_contacts, voc

__all__ = [
    "CsItem",
    "CsPortfolio",
    "Csat",
    "Nps",
    "Silent",
    "Velocity",
    "Voc",
    "cs_portfolio",
    "csat",
    "nps",
    "nps_interval",
    "nps_value",
    "silence",
    "tag_contacts",
    "unusable_answers",
    "velocity",
    "voc",
    "wilson",
]
