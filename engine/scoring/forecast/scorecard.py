"""A scorecard on log-odds: base model + signals, held towards its prior, estimated on the company's own past.

    logit P = logit P_model + a + (b − 1) · (logit P_model − its mean) + Σ d_k z_k + Σ c_j g_j(x_j)

The mean is that of the customers judged, so that what the own past says of differences between customers (b, d) leaves the level
alone, which only a moves. g_j is what the definition says that signal j is worth in log-odds (so many points double the odds);
z_k are recency, number of purchases, value of one, tenure and trend, standardised. The prior is the definition as it stands:
a = 0, b = 1, d = 0, c = 1.
With enough events of the own past the coefficients are estimated by penalised maximum likelihood (ridge towards the prior), as in
credit scoring; without them the prior answers.

Decision 0321: why a ridge towards the prior, and how strong it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.models.quadrature import dot, dots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.definition.definition import Definition

    Vector = NDArray[np.float64]
    Widths = tuple[float, float, float, float]

FREE: Final = ("recency", "purchases", "value", "tenure", "trend")
"""What the own past may add to the base model, standardised; nothing by the prior."""

_STEPS: Final = 50
_NEAR: Final = 1e-9
_EDGE: Final = 0.002  # no model is surer than one in five hundred: of what it is surer of, no past tells
_FAR: Final = 2.5  # standard deviations beyond which a customer is corrected as one at that distance


@dataclass(frozen=True, eq=False)
class Sample:
    """Customers at one origin: what was known then, and what came.

    Parameters
    ----------
    base, centre
        logit P_model, and its mean over these customers.
    free
        Customers × `FREE`, standardised over these customers.
    signals
        Customers × signals, log-odds by the definition's points; 0 where missing.
    outcome
        Whether it came.
    weight
        How much a row counts: below 1 where the times after several origins overlap.
    """

    base: Vector
    centre: float
    free: Vector
    signals: Vector
    outcome: NDArray[np.bool_]
    weight: float


@dataclass(frozen=True, eq=False)
class Scorecard:
    """The coefficients, and how they came about.

    Parameters
    ----------
    intercept, slope, free, signals
        a, b, d and c.
    events, rows
        Outcomes and customers (over all origins) that they were estimated on; 0 where the prior answers.
    covariance
        Of a, b, d and c in this order: that of the prior, or of the normal distribution that fits the posterior at its maximum.
    """

    intercept: float
    slope: float
    free: Vector
    signals: Vector
    events: int
    rows: int
    covariance: Vector = field(repr=False)

    def correct(self, base: Vector, centre: float, free: Vector) -> Vector:
        """Return what the own past adds to logit P_model; the arrays are as in `Sample`."""
        return np.asarray(self.intercept + (self.slope - 1) * (base - centre) + dots(free, self.free))


def is_scorecard(definition: Definition, axis: str) -> bool:
    """Return whether the axis is a scorecard on log-odds: its first part is a model.

    Parameters
    ----------
    axis
        Code of an axis: `value`, `continuity`, `growth` or `risk`.
    """
    return axis == "risk" and bool(parts := definition.rules(f"axes.{axis}")) and parts[0].get("kind") == "model"


def held(probability: Vector) -> Vector:
    """Return probabilities held within one in five hundred of 0 and 1; NaN stays NaN."""
    return np.clip(probability, _EDGE, 1 - _EDGE)


def logit(probability: Vector) -> Vector:
    """Return ln(p ÷ (1 − p)) of probabilities, `held`; NaN stays NaN."""
    inside = held(probability)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def logistic(log_odds: Vector) -> Vector:
    """Return p of log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -700, 700))))


def standardise(columns: Vector, over: NDArray[np.bool_]) -> Vector:
    """Return the columns less their mean, over their standard deviation, over the rows `over`; NaN becomes 0."""
    used = columns[over]
    known = ~np.isnan(used)
    number = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, used, 0.0).sum(axis=0) / number
    spread = np.sqrt((np.where(known, used - mean, 0.0) ** 2).sum(axis=0) / number)
    return np.asarray(np.nan_to_num(np.clip((columns - mean) / np.where(spread > 0, spread, 1.0), -_FAR, _FAR)))


def prior_card(signals: int, widths: Widths) -> Scorecard:
    """Return the scorecard as the definition says it; the arguments are those of `fit_scorecard`."""
    doubt = np.diag(_spread_widths(signals, widths) ** 2)
    return Scorecard(0.0, 1.0, np.zeros(len(FREE)), np.ones(signals), 0, 0, doubt)


def _spread_widths(signals: int, widths: Widths) -> Vector:
    """Return the standard deviation of every coefficient's prior."""
    return np.repeat(np.asarray(widths), (1, 1, len(FREE), signals))


def fit_scorecard(samples: Sequence[Sample], signals: int, *, least: float, widths: Widths) -> Scorecard:
    """Return the scorecard estimated on the samples, or the prior's where they hold too few events.

    Parameters
    ----------
    signals
        How many there are.
    least
        Events, and as many rows without one, that are needed.
    widths
        Standard deviations of the normal priors on a, b, each d and each c: the ridge.
    """
    rows = sum(len(each.outcome) for each in samples)
    events = sum(int(each.outcome.sum()) for each in samples)
    if min(events, rows - events) < least:
        return prior_card(signals, widths)
    ones = [np.ones(len(each.outcome)) for each in samples]
    columns = [
        np.column_stack([one, each.base - each.centre, each.free, each.signals])
        for one, each in zip(ones, samples, strict=True)
    ]
    design, came = np.concatenate(columns), np.concatenate([each.outcome for each in samples]).astype(np.float64)
    given = np.concatenate(
        [np.full(len(each.outcome), each.centre) for each in samples]
    )  # logit P_model less its column
    weight = np.concatenate([one * each.weight for one, each in zip(ones, samples, strict=True)])
    centre = np.concatenate([[0.0, 1.0], np.zeros(len(FREE)), np.ones(signals)])
    precision = 1 / _spread_widths(signals, widths) ** 2
    found = _maximise_penalised_likelihood(design, came, weight, given, centre, precision)
    doubt = np.asarray(
        np.linalg.inv(_compute_curvature(design, weight, logistic(given + dots(design, found)), precision)), np.float64
    )
    free, own = found[2 : 2 + len(FREE)], found[2 + len(FREE) :]
    return Scorecard(float(found[0]), float(found[1]), free, own, events, rows, doubt)


def _maximise_penalised_likelihood(
    design: Vector, came: Vector, weight: Vector, given: Vector, centre: Vector, precision: Vector
) -> Vector:
    """Return the maximum of the penalised log-likelihood by Newton's method; it is concave, so there is one.

    A step that does not lead higher is halved.
    """
    at = centre.copy()
    value = _compute_penalised_likelihood(design, came, weight, given, at, centre, precision)
    for _ in range(_STEPS):
        chance = logistic(given + dots(design, at))
        slope = np.einsum("ij,i->j", design, weight * (came - chance)) - precision * (at - centre)
        step = np.linalg.solve(_compute_curvature(design, weight, chance, precision), slope)
        while True:
            ahead = _compute_penalised_likelihood(design, came, weight, given, at + step, centre, precision)
            if ahead >= value or np.abs(step).max() < _NEAR:
                break
            step = step / 2
        at, value = at + step, ahead
        if np.abs(step).max() < _NEAR:
            break
    return at


def _compute_curvature(design: Vector, weight: Vector, chance: Vector, precision: Vector) -> Vector:
    """Return how sharply the penalised log-likelihood bends: its inverse is the posterior's covariance."""
    columns, bend = np.ascontiguousarray(design.T), weight * chance * (1 - chance)
    rows = [np.einsum("ij,j->i", columns, column * bend) for column in columns]  # as `dots`, one column after the other
    return np.asarray(np.stack(rows) + np.diag(precision))


def _compute_penalised_likelihood(
    design: Vector, came: Vector, weight: Vector, given: Vector, at: Vector, centre: Vector, precision: Vector
) -> float:
    odds = given + dots(design, at)
    likelihood = dot(weight, came * odds - np.logaddexp(0.0, odds))
    return float(likelihood - 0.5 * precision @ (at - centre) ** 2)
