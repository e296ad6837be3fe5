"""How sure a finding is: observations, and the interval of its expected money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.lists.materiality.claims import Claims
    from engine.lists.materiality.stakes import Stakes
    from engine.scoring.portfolio import Portfolio

_FACTS: Final = ("loss_making", "contract", "dependent", "arrears")
"""Kinds that rest on books, contracts and shares of sales: what may come of it is estimated, that it is so is not."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding rests on.

    Parameters
    ----------
    n
        Observations; None for a fact.
    low, high
        The interval of the expected money, minor units; None where nothing gives one.
    """

    n: int | None
    low: int | None
    high: int | None

    def is_thin(self, least: float) -> bool:
        """Return whether it carries no headline: an interval that reaches 0, or without one fewer than `least` observations."""
        if self.low is not None:
            return self.low <= 0
        return self.n is not None and self.n < least


def weigh_evidence(
    portfolio: Portfolio, stakes: Stakes, claims: Claims, customers: Sequence[int], lone: NDArray[np.bool_]
) -> Evidence:
    """Return the evidence of some customers' loss.

    Parameters
    ----------
    lone
        Which customers stand alone: chance has made no others of the group shrink.

    Notes
    -----
    What a forecast expects: each customer goes or stays, so that Σ a·p has the variance Σ a²·p(1 − p).
    What has shrunk: those were picked because they shrank, and of customers that vary some always do. Had nothing changed,
    a customer whose change has the standard deviation s would by chance alone show s·φ(t ÷ s) among the falls beyond t (the mean
    of a normal variable cut off at t); the interval is that of what was found over what all customers together
    would show by chance.
    """
    at = np.asarray(customers, dtype=np.intp)
    if claims.kind in _FACTS:
        return Evidence(None, None, None)
    n = int(stakes.purchases[at].sum())
    z = portfolio.definition.number("materiality.z")
    amount, chance = claims.amount[at], claims.probability[at]
    if claims.kind == "shrinking":
        whose = at if len(at) == 1 and lone[at[0]] else np.flatnonzero(~lone)
        return _compare_with_chance(portfolio, stakes, float(amount.sum()), whose, n, z)
    centre = float((amount * chance).sum())
    reach = z * float(np.sqrt((amount**2 * chance * (1 - chance)).sum()))
    most = float(amount.sum())
    return Evidence(n, int(np.rint(max(centre - reach, 0.0))), int(np.rint(min(centre + reach, most))))


def _compare_with_chance(
    portfolio: Portfolio, stakes: Stakes, found: float, whose: NDArray[np.intp], n: int, z: float
) -> Evidence:
    """Return the interval of what shrank beyond chance; only `n` where no orders tell how customers vary."""
    from scipy.special import ndtr  # late: a cell that asks for no finding does not wait for SciPy

    held = whose[(stakes.before[whose] > 0) & (stakes.noise[whose] > 0)]
    if not len(held):
        return Evidence(n, None, None)
    noise = stakes.noise[held]
    limit = (1 - portfolio.definition.number("forecast.shrinks")) * stakes.before[held] / noise
    density = np.exp(-0.5 * limit**2) / np.sqrt(2 * np.pi)
    by_chance = noise * density
    variance = noise**2 * (limit * density + ndtr(-limit)) - by_chance**2
    reach = z * float(np.sqrt(variance.sum()))
    beyond = found - float(by_chance.sum())
    low, high = (float(np.clip(end, 0.0, found)) for end in (beyond - reach, beyond + reach))
    return Evidence(n, int(np.rint(low)), int(np.rint(high)))
