"""Steps towards purchases that a customer takes in the time ahead, where k steps make one purchase (Erlang-k gaps).

Of a customer that is there after x purchases, the last at t_x of T, the steps since t_x up to T are fewer than k. With
R = r + kx, δ = T − t_x and h the time ahead, j steps of L since t_x fell before T, and

    P(L = l | fewer than k before T) = (R)_l ÷ l! · v^l (1 − v)^R · Σ_{j<k} C(l, j) (δ ÷ h)^j ÷ Σ_{j<k} (R)_j ÷ j! · u^j

with u = δ ÷ (α + T) and v = h ÷ (α + T + h); ⌊L ÷ k⌋ purchases come if the customer stays. All terms are positive, so that nothing
cancels, however unlikely it was that so few steps would be taken.
"""
# ruff: noqa: N803 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

_LEFT: Final = 1e-11  # probability of further steps below which the sum ends


def log_phase_sum(power: Vector, share: Vector, k: int) -> tuple[Vector, Vector, Vector]:
    """Return ln Σ_{j<k} (R)_j ÷ j! · u^j, its slope by R, and u times its slope by u.

    It is the probability of fewer than k steps since the last purchase, but for the factor (1 − u)^R.

    Parameters
    ----------
    power
        R = r + kx.
    share
        u = (T − t_x) ÷ (α + T), 0 ≤ u < 1.
    """
    if k == 1:
        zero = np.zeros(np.broadcast_shapes(power.shape, share.shape))
        return zero, zero, zero
    term, inverses = np.ones(np.broadcast_shapes(power.shape, share.shape)), np.zeros(power.shape)
    total, by_power, by_share = term.copy(), np.zeros(term.shape), np.zeros(term.shape)
    for j in range(1, k):
        term = term * (power + j - 1) / j * share
        inverses = inverses + 1 / (power + j - 1)
        total += term
        by_power += term * inverses
        by_share += j * term
    return np.log(total), by_power / total, by_share / total


def step_probabilities(power: Vector, T: Vector, since: Vector, ahead: float, alpha: float, k: int) -> Iterator[Vector]:
    """Yield P(L = 0), P(L = 1), … of customers known to be there, until what is left is below rounding for all of them.

    Parameters
    ----------
    power, T, since
        R = r + kx, the time observed, and δ = T − t_x; one entry per customer.
    ahead
        The time ahead, > 0.
    """
    reached = ahead / (alpha + T + ahead)
    level = power * np.log1p(-reached) - log_phase_sum(power, since / (alpha + T), k)[0]
    before = since / ahead
    ways = np.zeros((k, len(power)))  # C(l, j) (δ ÷ h)^j, j < k
    ways[0] = 1.0
    left = np.ones(len(power))
    log_reached = np.log(reached)
    mean = (power + k) * reached / (1 - reached) + k
    for step in count():
        now = np.exp(level) * ways.sum(axis=0)
        yield now
        left = left - now
        if step > k and (left < _LEFT).all() and (step > mean).all():
            return
        if step % 16 == 0 and ((now < _LEFT * 1e-3) & (step > mean + 60 * np.sqrt(mean + 1))).all():
            return
        level = level + np.log((power + step) / (step + 1)) + log_reached
        ways[1:] += ways[:-1] * before
