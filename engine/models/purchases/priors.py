"""Weakly informative priors on the parameters of a purchase model: for few customers, or data that leave a parameter open.

Every logarithm of r, of the mean speed against the data's own, of a and of b is normal with a mean and a width of the definition
(`priors.…`). They say no more than that people differ somewhat, that the mean customer buys about as the data do, and that a
customer leaves after a few to a few hundred purchases. The estimate is the maximum a posteriori, and is labelled so.

Decision 0312: which priors, and when they speak.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]
    Objective = Callable[[Vector], tuple[float, Vector]]

_PARTS: Final = ("spread", "speed", "leaving", "staying")


@dataclass(frozen=True)
class Prior:
    """Normal priors on ln r, ln(r ÷ α ÷ speed of the data), ln a and ln b.

    Parameters
    ----------
    mean, width
        Means and standard deviations, in that order.
    speed
        Steps per unit of time of all customers together: what r ÷ α is held against.
    """

    mean: tuple[float, ...]
    width: tuple[float, ...]
    speed: float

    @classmethod
    def of(cls, definition: Definition, histories: Histories, k: int) -> Prior:
        """Return the definition's priors for these histories and gaps of k steps."""
        centres = tuple(float(np.log(definition.number(f"priors.{part}"))) for part in _PARTS)
        widths = tuple(definition.number(f"priors.{part}_width") for part in _PARTS)
        return cls(centres, widths, k * histories.rate)

    def __call__(self, parameters: Vector) -> tuple[float, Vector]:
        """Return the logarithm of the density over log parameters, up to a constant, and its slopes by the parameters."""
        r, alpha, a, b = parameters.tolist()
        at = np.log([r, r / alpha / self.speed, a, b])
        away = (at - np.asarray(self.mean)) / np.asarray(self.width)
        pull = -away / np.asarray(self.width)
        slopes = np.array([(pull[0] + pull[1]) / r, -pull[1] / alpha, pull[2] / a, pull[3] / b])
        return float(-0.5 * (away * away).sum()), slopes

    def mark_fit(self, found: Fit, likelihood: Objective) -> Fit:
        """Return the fit with the likelihood at its maximum a posteriori, marked as one, and with the model's evidence.

        `found` holds the likelihood and the prior together at the maximum; the width of the posterior over log parameters is that
        of its curvature there.
        """
        values = np.asarray(found.values)
        spread = float(np.linalg.slogdet(found.covariance / np.outer(values, values))[1])
        return replace(
            found,
            log_likelihood=likelihood(values)[0],
            prior=True,
            evidence=found.log_likelihood + spread / 2,
        )


def penalised(likelihood: Objective, prior: Prior | None) -> Objective:
    """Return the log-likelihood plus the prior's logarithm; the likelihood itself without a prior."""
    if prior is None:
        return likelihood

    def posterior(parameters: Vector) -> tuple[float, Vector]:
        (value, slopes), (more, pulled) = likelihood(parameters), prior(parameters)
        return value + more, slopes + pulled

    return posterior
