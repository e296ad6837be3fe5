"""What was said of the customers at an origin: by our grades, and by rulers that anybody could have used instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.language.errors import Refusal, Text
from engine.measures.value.lifetime import churn_probability
from engine.scoring.levels import AXES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

    Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rating:
    """What an axis says of every customer.

    Parameters
    ----------
    scores
        0–100, NaN where there is none: the ranking.
    levels
        Level codes.
    probability
        What the grade states as the chance of its event; None for a grade that states none.
    """

    scores: Vector
    levels: NDArray[np.object_]
    probability: Vector | None = None


@dataclass(frozen=True, eq=False)
class Base:
    """The base model's chance of no purchase within the horizon.

    Parameters
    ----------
    lost
        One entry per customer, NaN where it has no answer; None where no model can be fitted to that past.
    model
        Which model answered, or why none does.
    """

    lost: Vector | None
    model: Text


def ratings_of(portfolio: Portfolio) -> Mapping[str, Rating]:
    """Return what every axis says, by its code."""
    return {axis: Rating(portfolio.axes[axis].scores, portfolio.axes[axis].levels) for axis in AXES}


def base_of(portfolio: Portfolio, days: int) -> Base:
    """Return the base model's answer at the portfolio's as-of date: contracts or purchases, by what the data can carry."""
    try:
        found = churn_probability(portfolio, days)
    except Refusal as refusal:
        if refusal.kind != "too_little_data":
            raise
        return Base(None, refusal.text)
    return Base(found.probability, found.answered)
