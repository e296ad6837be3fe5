"""What a customer that is known to be there will buy: expectation, discounted sum and probabilities, for BG and MBG of any k.

For k = 1 every expectation is one over p ~ Beta(a, b + x + late) alone. It is integrated over log(p ÷ (1 − p)) by the trapezoid
rule, which is exact to rounding for such functions, instead of through ₂F₁ of large arguments, which overflows or cancels. For
k > 1 expectations are read off `engine.models.purchases.regular_ahead`, and probabilities of numbers of purchases are summed over
the steps of the time ahead (`engine.models.purchases.erlang_steps`): the n-th purchase comes where the steps reach n · k and the
customer stayed after each of the n − 1 before it, Π (b′ + i) ÷ (a + b′ + i).

Decisions 0310 and 0313: why the steps are summed for probabilities, and not for expectations.
"""
# ruff: noqa: N803, N806 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.models.purchases.erlang_steps import step_probabilities
from engine.models.purchases.regular_ahead import expected_of_regular
from engine.models.quadrature import beta_nodes, chunked, discounting_end, legendre

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]

_DEGREE: Final = 100
_TOGETHER: Final = 256  # customers whose steps are summed side by side, those that need about as many together
_NOTHING: Final = 1e-10  # a tail below which further purchases add nothing


def expected_of_living(
    parameters: Parameters, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, late: int, k: int
) -> Vector:
    """Return the expected purchases in the next `t` of customers known to be there.

    For k = 1 E[(1 − (1 + p t ÷ (α + T))^−(r + x)) ÷ p] over p; in closed form
    (a + b′ − 1) ÷ (a − 1) · (1 − ₂F₁(r′, a − 1; a + b′ − 1; −t ÷ α′)) (Fader, Hardie, Lee 2005, eq. 9 and 10).
    """
    t, x, t_x, T = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (t, x, t_x, T)))
    if k == 1:
        return _expect_poisson(parameters, t, x, T, late)
    result = np.zeros(t.shape)
    for ahead in np.unique(t[t > 0]):
        at = t == ahead
        result[at] = expected_of_regular(parameters, 0.0, float(ahead), x[at], t_x[at], T[at], late, k)
    return result


def _expect_poisson(parameters: Parameters, t: Vector, x: Vector, T: Vector, late: int) -> Vector:
    r, alpha, a, b = parameters

    def group(bought: float, ahead: Vector) -> Vector:
        power = r + bought
        p, weight = beta_nodes(a, b + bought + late, power * float(ahead.max(initial=0.0)))
        return chunked(lambda y: -np.expm1(-power * np.log1p(np.outer(y, p))) @ (weight / p), ahead, len(p))

    return _by_purchases(x, t / (alpha + T), group)


def _tails_together(
    parameters: Parameters, ahead: float, x: Vector, t_x: Vector, T: Vector, late: int, k: int
) -> Iterator[tuple[NDArray[np.int64], Iterator[Vector]]]:
    """Yield customers that need about as many steps, with the probabilities that the first, second … purchase comes."""
    r, alpha, _, _ = parameters
    needed = (r + k * x) * (T - t_x + ahead) / (alpha + t_x)
    order = np.argsort(needed, kind="stable")
    for place in np.array_split(order, max(1, -(-len(order) // _TOGETHER))):
        if len(place):
            yield place, _yield_tails(parameters, ahead, x[place], t_x[place], T[place], late, k)


def _yield_tails(
    parameters: Parameters, ahead: float, x: Vector, t_x: Vector, T: Vector, late: int, k: int
) -> Iterator[Vector]:
    r, alpha, a, b = parameters
    stays, shape = np.ones(len(x)), b + x + late
    fewer, number = np.zeros(len(x)), 0
    for step, probability in enumerate(step_probabilities(r + k * x, T, T - t_x, ahead, alpha, k), start=1):
        fewer = fewer + probability
        if step % k == 0:
            yield stays * np.maximum(1 - fewer, 0.0)
            stays = stays * (shape + number) / (a + shape + number)
            number += 1


def tails_of_living(
    parameters: Parameters, t: float, most: int, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, late: int, k: int
) -> Vector:
    """Return the probabilities that 1, 2, … `most` purchases or more come in the next `t`, most × customers."""
    x, t_x, T = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in np.broadcast_arrays(x, t_x, T))
    result = np.zeros((most, len(x)))
    if t > 0 and k == 1:
        for number in range(1, most + 1):
            result[number - 1] = _reach_poisson(parameters, t, np.full(len(x), float(number)), x, T, late)
    elif t > 0:
        for place, tails in _tails_together(parameters, t, x, t_x, T, late, k):
            for number, tail in zip(range(most), tails, strict=False):
                result[number, place] = tail
    return result


def at_least_of_living(
    parameters: Parameters, t: float, number: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, late: int, k: int
) -> Vector:
    """Return the probability that `number` (≥ 1; whole, one per customer) purchases or more come in the next `t`."""
    number, x, t_x, T = (
        np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in np.broadcast_arrays(number, x, t_x, T)
    )
    if t <= 0:
        return np.zeros(len(x))
    if k == 1:
        return _reach_poisson(parameters, t, np.maximum(number, 1.0), x, T, late)
    result = np.zeros(len(x))
    for place, tails in _tails_together(parameters, t, x, t_x, T, late, k):
        wanted = number[place]
        for reached, tail in zip(range(1, int(wanted.max()) + 1), tails, strict=False):
            here = wanted == reached
            result[place[here]] = tail[here]
    return result


def square_of_living(
    parameters: Parameters, t: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, late: int, k: int
) -> Vector:
    """Return the expected square of the purchases in the next `t` of customers known to be there: Σ (2n − 1) P(N ≥ n).

    For k = 1 the tails beyond n = 16 are read off straight lines over an eighth of n.
    """
    x, t_x, T = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in np.broadcast_arrays(x, t_x, T))
    result = np.zeros(len(x))
    if t <= 0:
        return result
    if k > 1:
        for place, tails in _tails_together(parameters, t, x, t_x, T, late, k):
            for number, tail in enumerate(tails, start=1):
                result[place] += (2 * number - 1) * tail
        return result
    last, before = 0, np.ones(len(x))
    while before.max(initial=0.0) >= _NOTHING:
        number = last + max(1, last // 8)
        tail = _reach_poisson(parameters, t, np.full(len(x), float(number)), x, T, late)
        between = np.arange(last + 1, number + 1, dtype=np.float64)
        share = (between - last) / (number - last)
        result += before * ((2 * between - 1) @ (1 - share)) + tail * ((2 * between - 1) @ share)
        last, before = number, tail
    return result


def _reach_poisson(parameters: Parameters, t: float, number: Vector, x: Vector, T: Vector, late: int) -> Vector:
    """Return P(N ≥ number) for k = 1: the negative binomial's tail times the chance of having stayed so long."""
    from scipy.special import betainc, gammaln

    r, alpha, a, b = parameters
    shape, before = b + x + late, number - 1
    stayed = gammaln(shape + before) - gammaln(shape) + gammaln(a + shape) - gammaln(a + shape + before)
    return np.asarray(np.exp(stayed) * betainc(number, r + x, t / (alpha + T + t)))


def count_poisson(parameters: Parameters, t: float, most: int, late: int) -> Vector:
    """Return the probabilities of 0, 1, … `most` purchases of a new customer within `t`, k = 1 (Fader, Hardie, Lee 2005, eq. 8)."""
    from scipy.special import betainc, gammaln, xlogy

    r, alpha, a, b = parameters
    x = np.arange(most + 1, dtype=np.float64)
    n = x + late
    at_rate = gammaln(r + x) - gammaln(r) - gammaln(x + 1) + r * np.log(alpha / (alpha + t)) + xlogy(x, t / (alpha + t))
    stays = gammaln(b + n) - gammaln(b) + gammaln(a + b) - gammaln(a + b + n)
    leaves = np.where(n > 0, a / np.where(n > 0, b + n - 1, 1.0), 0.0)
    reached = np.where(x > 0, betainc(np.maximum(x, 1.0), r, t / (alpha + t)), 1.0)  # at least x purchases at the rate
    return np.asarray(np.exp(stays) * (np.exp(at_rate) + leaves * reached))


def discounted_of_living(
    parameters: Parameters, rate: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, late: int, k: int,
    horizon: float = np.inf,
) -> Vector:  # fmt: skip
    """Return the expected purchases, each worth e^(−rate · u) when it comes u from now, of customers known to be there.

    Raises
    ------
    Refusal
        `argument` for a negative rate, or for neither a rate nor a horizon: the sum would be infinite.
    """
    end = discounting_end(rate, horizon)
    x, t_x, T = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (x, t_x, T)))
    if end == 0 or not x.size:
        return np.zeros(x.shape)
    if k == 1:
        return _discount_poisson(parameters, rate, end, x, T, late)
    flat = expected_of_regular(parameters, rate, end, x.ravel(), t_x.ravel(), T.ravel(), late, k)
    return flat.reshape(x.shape)


def _discount_poisson(parameters: Parameters, rate: float, end: float, x: Vector, T: Vector, late: int) -> Vector:
    """Return the discounted sum for k = 1.

    With y = u ÷ (α + T): (r + x) ∫ e^(−rate (α + T) y) S(y) dy, where S(y) = E[(1 + p y)^−(r + x + 1)] depends on x alone; it is
    computed once per x and read off a Chebyshev series for every T.
    """
    r, alpha, a, b = parameters

    def group(bought: float, scale: Vector) -> Vector:
        power, shape = r + bought + 1, b + bought + late
        quick = 1 + power * a / (a + shape)
        widest = float(np.log1p(quick * end / scale.min()))
        p, weight = beta_nodes(a, shape, power * end / float(scale.min()))

        def rising(
            log: Vector,
        ) -> Vector:  # S(y) · dy/d log: neither vanishes nor explodes, so that one precision fits all
            y = np.expm1(log) / quick
            return chunked(lambda each: np.exp(-power * np.log1p(np.outer(each, p))) @ weight, y, len(p)) * np.exp(log)

        series = np.polynomial.chebyshev.Chebyshev.interpolate(rising, _DEGREE, domain=[0.0, widest])
        node, share = legendre(widest)
        log = np.outer(np.log1p(quick * end / scale), node)
        worth = np.exp(-rate * scale[:, None] * np.expm1(log) / quick) * series(log)
        return np.asarray((r + bought) / quick * (worth @ share) * np.log1p(quick * end / scale))

    return _by_purchases(x, alpha + T, group)


def _by_purchases(x: Vector, other: Vector, group: Callable[[float, Vector], Vector]) -> Vector:
    """Return `group(x, other)`, called once per number of purchases with the distinct values of `other`."""
    flat, beside = x.ravel(), other.ravel()
    result = np.empty(len(flat))
    if not len(flat):
        return result.reshape(x.shape)
    levels, of = np.unique(flat, return_inverse=True)
    order = np.argsort(of, kind="stable")
    for bought, places in zip(levels, np.split(order, np.cumsum(np.bincount(of))[:-1]), strict=True):
        distinct, back = np.unique(beside[places], return_inverse=True)
        result[places] = group(float(bought), distinct)[back]
    return result.reshape(x.shape)
