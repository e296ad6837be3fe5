"""Least variance under bounds: a small quadratic programme by an active set, and a covariance for short series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TINY: Final = 1e-13
_SMALL: Final = 1e-10


def shrunk_covariance(rates: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the covariance shrunk towards equal variances without correlation, and the weight of that target, 0–1.

    O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate
    Analysis 88(2), 2004: with S = XᵀX ÷ n, m = tr S ÷ p, d² = ‖S − mI‖², b² = min(d², Σ‖xᵢxᵢᵀ − S‖² ÷ n²), the estimate
    is (b² m I + (d² − b²) S) ÷ d² (all norms divided by p). Rows are observations.
    """
    n, p = rates.shape
    centred = rates - rates.mean(axis=0)
    sample = centred.T @ centred / n
    mean = float(np.trace(sample)) / p
    spread = float(((sample - mean * np.eye(p)) ** 2).sum()) / p
    if spread <= 0:
        return sample, 0.0
    noise = sum(float(((np.outer(row, row) - sample) ** 2).sum()) for row in centred) / p / n**2
    weight = min(noise / spread, 1.0)
    return weight * mean * np.eye(p) + (1 - weight) * sample, weight


def most_return(
    growth: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mix of the highest growth: everyone's least share, the rest to those that grow most."""
    weights = low.copy()
    rest = 1.0 - float(low.sum())
    for at in np.argsort(-growth, kind="stable"):
        more = min(rest, float(high[at] - low[at]))
        weights[at] += more
        rest -= more
    return weights


def least_variance(
    covariance: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    start: NDArray[np.float64],
    growth: tuple[NDArray[np.float64], float] | None = None,
) -> NDArray[np.float64]:
    """Return the w of least wᵀCw with Σw = 1, low ≤ w ≤ high and, where `growth` gives rates and a target, rates·w = target.

    A primal active-set method (J. Nocedal, S. Wright, Numerical Optimization, 2006, algorithm 16.3): on the shares that are
    not at a bound the equations of the optimum are solved exactly; a step ends at the first bound that it meets, and a
    bound whose multiplier has the wrong sign is given up.

    Parameters
    ----------
    covariance
        Positive semidefinite.
    start
        A mix that keeps all conditions.
    """
    scale = float(np.trace(covariance)) / len(covariance) or 1.0
    quadratic = covariance / scale
    rows = np.ones((1, len(start))) if growth is None else np.vstack([np.ones(len(start)), growth[0]])
    # Bounds join one by one as a step meets them, so that those that hold are always independent of each other.
    weights, at_low, at_high = start.copy(), np.zeros(len(start), np.bool_), np.zeros(len(start), np.bool_)
    settled = False  # whether the shares that are free have reached their optimum
    for _ in range(100 * len(start)):
        free = ~(at_low | at_high)
        step, multipliers = _solve_step_to_optimum(quadratic, rows, weights, free)
        if settled or np.abs(step).max(initial=0.0) <= _SMALL:
            pull = quadratic @ weights - rows.T @ multipliers  # ≥ 0 holds a lower bound, ≤ 0 an upper one
            wrong = np.where(at_low & (high > low), -pull, np.where(at_high & (high > low), pull, -np.inf))
            worst = int(np.argmax(wrong))
            if wrong[worst] <= _SMALL:
                return weights
            at_low[worst] = at_high[worst] = settled = False
            continue
        length, met = _find_feasible_step_length(weights, step, low, high, free)
        weights, settled = weights + length * step, met is None
        if met is not None:
            at_low[met], at_high[met] = step[met] < 0, step[met] > 0
            weights[met] = low[met] if step[met] < 0 else high[met]
    raise ArithmeticError("the active set did not settle")


def _solve_step_to_optimum(
    quadratic: NDArray[np.float64], rows: NDArray[np.float64], weights: NDArray[np.float64], free: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the way to the optimum on the free shares, the others held, and the multipliers of the equations."""
    inside, held = quadratic[np.ix_(free, free)], rows[:, free]
    size, count = int(free.sum()), len(rows)
    matrix = np.block([[inside, -held.T], [held, np.zeros((count, count))]])
    right = np.concatenate([-(quadratic @ weights)[free], np.zeros(count)])
    found = np.linalg.lstsq(matrix, right, rcond=_TINY)[0]  # several optima where C is singular
    step = np.zeros(len(weights))
    step[free] = found[:size]
    return step, found[size:]


def _find_feasible_step_length(
    weights: NDArray[np.float64],
    step: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    free: NDArray[np.bool_],
) -> tuple[float, int | None]:
    """Return how much of the step is possible (at most all of it), and whose bound ends it."""
    room = np.full(len(weights), np.inf)
    down, up = free & (step < 0), free & (step > 0)
    room[down] = (low[down] - weights[down]) / step[down]
    room[up] = (high[up] - weights[up]) / step[up]
    met = int(np.argmin(room))
    return (1.0, None) if room[met] >= 1 else (max(float(room[met]), 0.0), met)
