"""What purchases are worth, and how much of that is the customer's own: few purchases say less of it than many.

The value of a purchase varies around its customer's mean m by a coefficient of variation c that all share. Of n purchases with mean v
the best linear estimate of m is (n v + w M) ÷ (n + w), M everybody's mean and w = c² (1 + 1 ÷ C²), C the coefficient of variation of m
between customers: where customers differ much and their purchases little, one purchase tells nearly all.

Source: Bühlmann (1967), Experience rating and credibility. ASTIN Bulletin 4, 199–207.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from engine.scoring.forecast.history_cut import purchase_values

if TYPE_CHECKING:
    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition

_ALIKE: Final = 0.05  # C² below which customers count as equally different: w stays finite
_UNKNOWN: Final = 1.0  # c² where nobody bought twice: as wide as an exponential distribution


class Variation(NamedTuple):
    """c² and C², and how many customers both are measured on: those that bought on two days or more."""

    within: float
    between: float
    customers: int


def measure_variation(tables: Tables) -> Variation:
    """Return how purchases vary in value, around their customer's mean and between customers."""
    who, value = purchase_values(tables)
    bought = np.bincount(who, minlength=len(tables.customers))
    total = np.bincount(who, value, minlength=len(tables.customers))
    usable = (bought > 1) & (total > 0)
    inside = usable[who]
    if not inside.any():
        return Variation(_UNKNOWN, _UNKNOWN, 0)
    mean = np.where(usable, total / np.maximum(bought, 1), 1.0)
    away = value[inside] / mean[who[inside]] - 1
    within = float((away * away).sum() / (bought[usable] - 1).sum())
    level = mean[usable]
    between = float(level.var() / level.mean() ** 2 - within * (1 / bought[usable]).mean())
    return Variation(within, max(between, _ALIKE), int(usable.sum()))


def weigh_everybody(variation: Variation, definition: Definition) -> float:
    """Return w, in purchases; `forecast.value_weight` where fewer than `forecast.least_events` customers bought twice."""
    if variation.customers < definition.number("forecast.least_events"):
        return float(definition.number("forecast.value_weight"))
    return variation.within * (1 + 1 / variation.between)
