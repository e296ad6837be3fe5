"""The log-likelihood of BG/NBD, MBG/NBD, BG/CNBD-k and MBG/CNBD-k over all customers, and its gradient.

Decision 0310: gaps of k steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.models.purchases.erlang_steps import log_phase_sum
from engine.models.quadrature import dot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]


def sum_rising(
    parameters: Parameters, x: Vector, late: int, k: int
) -> tuple[Vector, Vector, tuple[Vector, Vector, Vector]]:
    """Return ln(Γ(r + kx) ÷ Γ(r)), ln(B(a, b + n) ÷ B(a, b)) with n = x + late, and their slopes by r, a and b."""
    r, _, a, b = parameters
    bought = x.astype(np.int64)
    most = int(bought.max(initial=0))
    step = np.arange(max(k * most, most + late), dtype=np.float64)

    def upto(terms: Vector, count: NDArray[np.int64]) -> Vector:
        return np.asarray(np.concatenate([[0.0], np.cumsum(terms)])[count])

    leaving = step[: most + late]
    with_both = 1 / (a + b + leaving)
    slopes = (
        upto(1 / (r + step), k * bought),
        -upto(with_both, bought + late),
        upto(a / (b + leaving) * with_both, bought + late),
    )
    return upto(np.log(r + step), k * bought), -upto(np.log1p(a / (b + leaving)), bought + late), slopes


class Likelihood:
    """The log-likelihood over all customers, for `maximise`.

    What depends on one column alone is summed once per value of the column; a row's own share is only how much likelier it is
    that the customer has left than that it is still there, ln(a ÷ (b + n − 1)) + (r + kx) ln((α + T) ÷ (α + t_x)), and for k > 1
    how many steps it may have gone since.
    """

    def __init__(self, histories: Histories, late: int, k: int) -> None:
        self.rows, self.late, self.k = histories, late, k
        self.counts = histories.counts.astype(np.float64)
        self.x, self.of_x = np.unique(histories.x, return_inverse=True)
        self.T, of_end = np.unique(histories.T, return_inverse=True)
        self.per_x = np.bincount(self.of_x, self.counts).astype(np.float64)
        self.per_T = np.bincount(of_end, self.counts).astype(np.float64)
        self.stepped_per_T = k * np.bincount(of_end, self.counts * histories.x).astype(np.float64)
        self.since = histories.T - histories.t_x
        self.gaps = self._weigh_gaps()

    def _weigh_gaps(self) -> float:
        """Return the part of the log-likelihood that only the single gaps and k decide: Σ (k − 1) ln gap − x ln Γ(k)."""
        if self.k == 1 or not np.isfinite(self.rows.log_gaps):
            return 0.0
        from scipy.special import gammaln

        return (self.k - 1) * self.rows.log_gaps - float(gammaln(self.k)) * dot(self.counts, self.rows.x)

    def __call__(self, parameters: Vector) -> tuple[float, Vector]:
        """Return the log-likelihood and its gradient; the formulas are those of `BetaGeometric.log_likelihood`."""
        r, alpha, a, b = parameters.tolist()
        n = self.x + self.late
        per_leaving = 1 / np.where(n > 0, b + n - 1, np.inf)
        until_end, until_last = alpha + self.rows.T, alpha + self.rows.t_x
        waited, power = np.log(until_end / until_last), r + self.k * self.rows.x
        with np.errstate(divide="ignore"):  # nobody has left who had no purchase to leave after: the logarithm of 0
            ahead = np.log(a * per_leaving)[self.of_x] + power * waited
        phase = log_phase_sum(power, self.since / until_end, self.k) if self.k > 1 else None
        if phase is not None:
            ahead = ahead - phase[0]
        small = np.exp(-np.abs(ahead))
        left = self.counts * np.exp(np.minimum(ahead, 0)) / (1 + small)
        left_per_x = np.bincount(self.of_x, left).astype(np.float64)
        rates, leavings, slopes = sum_rising((r, alpha, a, b), self.x, self.late, self.k)
        log_share = np.log1p(self.T / alpha)
        value = (
            self.gaps
            + dot(self.per_x, rates + leavings)
            - dot(self.stepped_per_T, np.log(alpha + self.T))
            - r * dot(self.per_T, log_share)
            + dot(self.counts, np.maximum(ahead, 0) + np.log(1 + small))
        )
        later = self.since / (until_end * until_last)
        surplus = (r * self.T * self.per_T - alpha * self.stepped_per_T) / (alpha * (alpha + self.T))
        gradient = [
            dot(self.per_x, slopes[0]) - dot(self.per_T, log_share) + dot(left, waited),
            float(surplus.sum()) - dot(left * power, later),
            dot(self.per_x, slopes[1]) + float(left_per_x.sum()) / a,
            dot(self.per_x, slopes[2]) - dot(left_per_x, per_leaving),
        ]
        if phase is not None:
            there = self.counts - left
            value += dot(self.counts, phase[0])
            gradient[0] += dot(there, phase[1])
            gradient[1] -= dot(there, phase[2] / until_end)
        return float(value), np.asarray(gradient)
