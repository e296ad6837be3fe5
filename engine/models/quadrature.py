"""Integrals over a customer's unknown rates, exact to rounding: trapezoid rule in log-odds, Gauss–Legendre in logarithms.

Decision 0101: why expectations are integrated.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

_FLAT: Final = 30.0  # e⁻³⁰: how near an end of (0, 1) a function of p counts as constant
_NOISE: Final = -39.0  # the logarithm of what the trapezoid rule may add: below rounding
_PRUNED: Final = 1e-20  # weight, against the largest, below which a node is left out
_CELLS: Final = 2_000_000  # numbers held at once
_DISCOUNTED_AWAY: Final = 40.0  # e⁻⁴⁰: what comes later than this many mean discount times is nothing


def beta_nodes(a: float, b: float, sharp: float) -> tuple[Vector, Vector]:
    """Return values of p ~ Beta(a, b) and their weights (sum 1), for functions that change at p of about 1 ÷ `sharp`.

    Beyond the first and last node the function is constant and the density falls geometrically: those nodes carry the tail.
    """
    step = trapezoid_step(a)
    left, right = -_FLAT - np.log1p(sharp + a + b), _FLAT + np.log1p(a + b)
    odds = np.arange(left, right + step, step)
    density = a * odds - (a + b) * np.logaddexp(0, odds)
    weight = np.exp(density - density.max())
    weight[0] /= -np.expm1(-a * step)
    weight[-1] /= -np.expm1(-b * step)
    kept = weight > _PRUNED * weight.max()
    return np.exp(-np.logaddexp(0, -odds[kept])), weight[kept] / weight[kept].sum()


def log_odds_nodes(a: float, b: Vector, sharp: float) -> tuple[Vector, Vector]:
    """Return log-odds of p that serve p ~ Beta(a, b) for several b, and their weights, b × nodes (each row sums to 1).

    As `beta_nodes` for each b, on one grid; nodes that weigh nothing for any of them are left out.
    """
    most = float(b.max())
    odds = np.arange(-_FLAT - np.log1p(sharp + a + most), _FLAT + np.log1p(a + most), trapezoid_step(a))
    density = a * odds - np.multiply.outer(a + b, np.logaddexp(0, odds))
    weight = np.exp(density - density.max(axis=1, keepdims=True))
    weight[:, 0] /= -np.expm1(-a * (odds[1] - odds[0]))
    weight[:, -1] /= -np.expm1(-b * (odds[1] - odds[0]))
    kept = (weight > _PRUNED * weight.max(axis=1, keepdims=True)).any(axis=0)
    return odds[kept], weight[:, kept] / weight[:, kept].sum(axis=1, keepdims=True)


def trapezoid_step(a: float) -> float:
    """Return the step in log-odds at which the trapezoid rule adds nothing for a density that rises as p^a.

    The rule adds the density's Fourier transform at ω = 2π ÷ step, which is at most |Γ(a + iω)| ÷ Γ(a).
    """
    from scipy.special import gammaln, loggamma

    omega = 24.0
    while loggamma(complex(a, omega)).real - gammaln(a) > _NOISE:
        omega *= 1.05
    return 2 * np.pi / omega


def legendre(widest: float) -> tuple[Vector, Vector]:
    """Return nodes and weights on (0, 1), as many as an interval needs whose function is analytic in a strip of π ÷ 2."""
    half = np.pi / max(widest, 1e-9)
    return _gauss_nodes(int(20 + 18 / np.log(half + np.hypot(half, 1))))


@cache
def _gauss_nodes(number: int) -> tuple[Vector, Vector]:
    node, weight = np.polynomial.legendre.leggauss(number)
    return (node + 1) / 2, weight / 2


def dot(weights: Vector, values: Vector) -> float:
    """Return Σ weight · value in one thread: BLAS would start others, which costs more than it saves."""
    return float(np.einsum("i,i->", weights, values))


def dots(rows: Vector, values: Vector) -> Vector:
    """Return Σ row · value of every row, in one thread: with more, BLAS sums in an order that changes with the machine's load."""
    return np.asarray(np.einsum("ij,j->i", rows, values))


def discounting_end(rate: float, horizon: float) -> float:
    """Return the time after which nothing counts any more: the horizon, or where discounting leaves nothing.

    Raises
    ------
    Refusal
        `argument` for a negative rate or horizon, or for neither a rate nor a horizon: the sum would be infinite.
    """
    if not (rate >= 0 and horizon >= 0) or (rate == 0 and not np.isfinite(horizon)):
        raise Refusal(
            "argument",
            "割引率は0以上にし、期間を限らないときは0より大きくしてください",
            "the discount rate must not be negative, and above 0 where no horizon is given",
        )
    return min(horizon, _DISCOUNTED_AWAY / rate) if rate > 0 else horizon


def chunked(function: Callable[[Vector], Vector], values: Vector, width: int) -> Vector:
    """Return `function(values)`, computed in pieces of which `width` numbers each stay in memory."""
    pieces = max(1, -(-len(values) * width // _CELLS))
    return np.concatenate([function(each) for each in np.array_split(values, pieces)])
