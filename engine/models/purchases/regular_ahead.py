"""Expected and discounted purchases of customers whose gaps are Erlang-k, by quadrature over the rate and the chance of leaving.

Of a customer with rate λ that stays with probability q = 1 − p after each purchase and lacks s + 1 = k − j steps to the next one, the
purchases up to the time h, each worth e^(−δu) at u, have a closed form. With z = λu the density of purchases at u is

    λ e^(−z) Σ_i qⁱ z^(ik+s) ÷ (ik + s)! = λ ÷ k · Σ_m ζ_m^(−s) e^(−(1 − ζ_m) z),   ζ_m = q^(1/k) e^(2πim/k), m < k,

whose discounted integral is (1 ÷ k) Σ_m ζ_m^(−s) λ (1 − e^(−c h)) ÷ c with c = λ (1 − ζ_m) + δ. It depends on nothing that differs from
customer to customer: it is computed once on a grid of ln λ and ln (p ÷ q), averaged over p once per number of purchases, and over λ
once per customer. On both axes the trapezoid rule is exact to rounding for such functions. The time is the same for a week and for
ever, for one purchase a year and for one a day.

Decision 0313: why not a sum over the steps.
"""
# ruff: noqa: N803 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.models.purchases.erlang_steps import log_phase_sum
from engine.models.quadrature import log_odds_nodes, trapezoid_step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]

_OUTSIDE: Final = 1e-15  # share of the steps to come that rates beyond the grid may hold
_SHARP: Final = 8  # purchases of the time ahead that still stand out from the stream, as functions of ln λ
_ONCE: Final = 1e-7  # probability of staying below which there is one purchase at most
_ALIKE: Final = 4.0  # quotient of the shapes of customers that share a grid
_CELLS: Final = 1_000_000  # numbers held at once


def expected_of_regular(
    parameters: Parameters, rate: float, end: float, x: Vector, t_x: Vector, T: Vector, late: int, k: int
) -> Vector:
    """Return the expected purchases until `end`, discounted continuously at `rate`, of customers known to be there.

    Parameters
    ----------
    rate
        Per unit of time, ≥ 0.
    end
        The time ahead, > 0; infinite only with a rate above 0.
    x, t_x, T
        One entry per customer.
    """
    r, alpha, _, _ = parameters
    result = np.empty(len(x))
    for places in _yield_alike(r + k * x + _SHARP * k):
        bought, of = np.unique(x[places], return_inverse=True)
        logs = _spread_rates(r + k * bought, alpha + T[places], k)
        table = _average_leaving(parameters, rate, end, np.exp(logs), bought + late, k)
        for number in range(len(bought)):
            who = places[of == number]
            result[who] = _average_rates(r + k * bought[number], alpha + T[who], T[who] - t_x[who], logs, table[number])
    return result


def _yield_alike(shape: Vector) -> Iterator[NDArray[np.int64]]:
    """Yield the places of customers whose rates are known about as well, so that one grid serves them."""
    if len(shape):
        level = (np.log(shape / shape.min()) // np.log(_ALIKE)).astype(np.int64)
        for each in np.unique(level):
            yield np.flatnonzero(level == each)


def _spread_rates(power: Vector, scale: Vector, k: int) -> Vector:
    """Return evenly spaced logarithms of rates that hold all that Gamma(R + j, α + T), j < k, brings in steps to come."""
    from scipy.special import gammainccinv, gammaincinv

    low = np.log(gammaincinv(power.min() + 1, _OUTSIDE) / scale.max())
    high = np.log(gammainccinv(power.max() + k, _OUTSIDE) / scale.min())
    return np.arange(low, high, trapezoid_step(float(power.max()) + _SHARP * k))


def _average_leaving(
    parameters: Parameters, rate: float, end: float, speed: Vector, left: Vector, k: int
) -> NDArray[np.float64]:
    """Return the purchases to come per number of purchases, rate and step j gone since the last one; p averaged out.

    `left` is b′ − b: how often a customer with that number of purchases might have left and did not.
    """
    _, _, a, b = parameters
    longest = min(end, 1 / rate) if rate > 0 else end
    sharp = float(speed[-1]) * longest / k
    odds, weight = log_odds_nodes(a, b + left, sharp)
    log_stay = -np.logaddexp(0, odds)
    once = log_stay < np.log(_ONCE)
    table = np.empty((len(left), len(speed), k))
    pieces = max(1, -(-len(speed) * len(odds) * k // _CELLS))
    for part in np.array_split(np.arange(len(speed)), pieces):
        first = _await_first(rate, end, speed[part], k)
        several = _sum_roots(rate, end, speed[part], log_stay[~once], k)
        table[:, part] = np.einsum("n,ls->nls", weight[:, once].sum(axis=1), first)
        table[:, part] += (weight[:, ~once] @ several.reshape(len(several), -1)).reshape(len(left), len(part), k)
    return table[:, :, ::-1]  # from steps lacking beside the last to steps gone


def _await_first(rate: float, end: float, speed: Vector, k: int) -> Vector:
    """Return the discounted first purchase alone, rates × s: its time is Gamma(s + 1, λ)."""
    from scipy.special import gammainc

    lacking = np.arange(1, k + 1, dtype=np.float64)
    come = gammainc(lacking, ((speed + rate) * end)[:, None])
    return np.asarray((speed / (speed + rate))[:, None] ** lacking * come)


def _sum_roots(rate: float, end: float, speed: Vector, log_stay: Vector, k: int) -> Vector:
    """Return the closed form of this module, chances of leaving × rates × s; a root and its conjugate at once."""
    first, roots = -np.expm1(log_stay / k), np.arange(1, k // 2 + 1)
    log_root = log_stay[:, None] / k + 2j * np.pi * np.arange(k // 2 + 1) / k
    turned = np.exp(-np.multiply.outer(log_root, np.arange(k))) / k
    turned[:, 1 : (k + 1) // 2] *= 2
    short = np.concatenate([first[:, None], 1 - np.exp(log_root[:, roots])], axis=1)
    decay = np.multiply.outer(short, speed) + rate
    gone = np.ones(decay.shape, dtype=np.complex128)
    if np.isfinite(end):
        gone[:, 0] = -np.expm1(-decay[:, 0].real * end)
        gone[:, 1:] -= np.exp(-decay[:, 1:] * end)
    purchases = (speed * gone / decay).swapaxes(1, 2)
    return np.asarray(np.maximum(purchases.real @ turned.real - purchases.imag @ turned.imag, 0.0))


def _average_rates(power: float, scale: Vector, since: Vector, logs: Vector, table: Vector) -> Vector:
    """Return the purchases to come of customers with the same number of purchases: λ and the steps gone averaged out."""
    from scipy.special import gammaln

    known = log_phase_sum(np.full(len(scale), power), since / scale, table.shape[1])[0]
    result = np.empty(len(scale))
    for part in np.array_split(np.arange(len(scale)), max(1, -(-len(scale) * len(logs) // _CELLS))):
        near = logs + np.log(scale[part])[:, None]
        density = np.exp(power * near - np.exp(near) - gammaln(power) - known[part][:, None])
        stepped = np.multiply.outer(since[part], np.exp(logs))
        inner = np.broadcast_to(table[:, -1], stepped.shape)
        for j in range(table.shape[1] - 1, 0, -1):
            inner = inner * stepped / j + table[:, j - 1]
        result[part] = (density * inner).sum(axis=1) * (logs[1] - logs[0])
    return result
