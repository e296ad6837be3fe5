"""What was said of the customers at an origin: by our grades and their forecast, and by the base model below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Refusal, Text
from engine.scoring.levels import AXES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.scoring.forecast import Forecast
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
        What is stated as the chance of the axis's event (a loss for リスク and 継続性, growth for 成長); None for 価値.
    """

    scores: Vector
    levels: NDArray[np.object_]
    probability: Vector | None = None

    def take(self, rows: NDArray[np.intp]) -> Rating:
        """Return the same of some customers."""
        stated = self.probability
        return Rating(self.scores[rows], self.levels[rows], None if stated is None else stated[rows])


@dataclass(frozen=True, eq=False)
class Base:
    """The base model's chance of no purchase (or no renewal) within the horizon, before the scorecard.

    Parameters
    ----------
    lost
        One entry per customer, NaN where no model answers.
    model
        Which model answered for most of the customers, and why.
    """

    lost: Vector
    model: Text


def forecast_of(portfolio: Portfolio) -> Forecast:
    """Return the forecast that a run was scored with."""
    if portfolio.forecast is None:
        raise Refusal(
            "too_little_data",
            "この実行には予測がありません。採点し直してください",
            "this run holds no forecast: score it anew",
        )
    return portfolio.forecast


def ratings_of(portfolio: Portfolio) -> Mapping[str, Rating]:
    """Return what every axis says, by its code."""
    forecast = forecast_of(portfolio)
    stated = {"risk": forecast.lost, "continuity": forecast.lost, "growth": forecast.grows}
    return {axis: Rating(portfolio.axes[axis].scores, portfolio.axes[axis].levels, stated.get(axis)) for axis in AXES}


def base_of(portfolio: Portfolio, rows: NDArray[np.intp]) -> Base:
    """Return what the base model says of some customers."""
    forecast = forecast_of(portfolio)
    words, counts = np.unique(forecast.base.model[rows].astype(str), return_counts=True)
    word = str(words[np.argmax(counts)]) if len(words) else ""
    return Base(forecast.base.lost[rows], forecast.why[word])
