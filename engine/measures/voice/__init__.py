"""The customer's voice: NPS, CSAT, what satisfies and what matters, what is said, how often, and who has gone silent."""

from __future__ import annotations

from engine.customers.survey_answers import unusable_answers
from engine.measures.voice.contacts import Silent, Velocity, silence, velocity
from engine.measures.voice.importance import CsItem, CsPortfolio, cs_portfolio
from engine.measures.voice.ratings import Csat, Nps, csat, nps, nps_interval, nps_value, wilson
from engine.measures.voice.topics import Voc, tag_contacts, voc

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
