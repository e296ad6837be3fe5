"""What BG/NBD and MBG/NBD share: both let a customer leave after a purchase; they differ in whether after the first one too.

Behind both stand a Poisson rate λ per customer, Gamma(r, α), and a probability p of leaving after a purchase, Beta(a, b).
`late` is 0 where the first purchase never ends the relation (BG/NBD) and 1 where it may (MBG/NBD). A customer that is still
there after x purchases and time T has λ ~ Gamma(r + x, α + T) and p ~ Beta(a, b + x + late), independent of each other, so
that every expectation is one over p alone. These are integrated over log(p ÷ (1 − p)) by the trapezoid rule, which is exact
to rounding for such functions, instead of through ₂F₁ of large arguments, which overflows or cancels.
"""
# ruff: noqa: N803, N806 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Text
from engine.models.fitting import maximise
from engine.models.quadrature import beta_nodes, chunked, discounting_end, dot, legendre

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]

NAMES: Final = ("r", "alpha", "a", "b")

_REASONS: Final = {
    "a": Text("ほとんど誰も離れていないか、離れやすさに個人差がありません", "hardly anybody leaves, or all are equally likely to leave"),
    "b": Text("ほとんど誰も離れていないか、離れやすさに個人差がありません", "hardly anybody leaves, or all are equally likely to leave"),
    "r": Text("購入の頻度に個人差がありません", "all buy at the same rate"),
    "alpha": Text("購入の頻度に個人差がありません", "all buy at the same rate"),
}  # fmt: skip
"""What it means when a parameter runs away: Beta(a, b) or Gamma(r, α) shrinks to a point."""

_LIKENESS: Final = 2_000  # distinct rows on which to climb first
_DEGREE: Final = 100
_RAREST: Final = 1e-12  # probability of leaving below which nobody leaves in any time that we simulate


def likelihood_rows(
    parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, late: int
) -> tuple[Vector, Vector]:
    """Return the log-likelihood of each history, and its gradient (4 × rows) in the parameters' own units.

    Γ(r + x) ÷ Γ(r) is summed as ln(r + i), and r ln α taken together with (r + x) ln(α + T), so that nothing cancels however
    large the parameters are: on a ridge rounding would look like a maximum.
    """
    r, alpha, a, b = parameters
    x, t_x, T = (np.asarray(each, dtype=np.float64) for each in (x, t_x, T))
    rates, leavings, slopes = _sums(parameters, x, late)
    gone, there = _branches(parameters, x, t_x, T, late)
    left = np.exp(gone - np.logaddexp(there, gone))
    power, n = r + x, x + late
    gradient = np.stack(
        [
            slopes[0] - np.log1p(T / alpha) + left * np.log((alpha + T) / (alpha + t_x)),
            (r * T - x * alpha) / (alpha * (alpha + T)) - left * power * (T - t_x) / ((alpha + T) * (alpha + t_x)),
            slopes[1] + left / a,
            slopes[2] - np.where(n > 0, left / np.where(n > 0, b + n - 1, 1.0), 0.0),
        ]
    )
    level = rates + leavings - x * np.log(alpha + T) - r * np.log1p(T / alpha)
    return np.asarray(level + np.log1p(np.exp(-np.abs(gone - there))) + np.maximum(gone - there, 0)), gradient


def _sums(parameters: Parameters, x: Vector, late: int) -> tuple[Vector, Vector, tuple[Vector, Vector, Vector]]:
    """Return ln(Γ(r + x) ÷ Γ(r)), ln(B(a, b + n) ÷ B(a, b)) with n = x + late, and their slopes by r, a and b."""
    r, _, a, b = parameters
    bought = x.astype(np.int64)
    step = np.arange(int(bought.max(initial=0)) + late, dtype=np.float64)

    def upto(terms: Vector, count: NDArray[np.int64]) -> Vector:
        return np.asarray(np.concatenate([[0.0], np.cumsum(terms)])[count])

    with_both = 1 / (a + b + step)
    slopes = (
        upto(1 / (r + step), bought),
        -upto(with_both, bought + late),
        upto(a / (b + step) * with_both, bought + late),
    )
    return upto(np.log(r + step), bought), -upto(np.log1p(a / (b + step)), bought + late), slopes


def _branches(parameters: Parameters, x: Vector, t_x: Vector, T: Vector, late: int) -> tuple[Vector, Vector]:
    """Return the logarithms of the two ways to a history: gone after the last purchase, and still there."""
    r, alpha, a, b = parameters
    n = x + late
    gone = np.log(a) - np.log(np.where(n > 0, b + n - 1, 1.0)) - (r + x) * np.log(alpha + t_x)
    return np.where(n > 0, gone, -np.inf), -(r + x) * np.log(alpha + T)


def alive(parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, late: int) -> Vector:
    """Return the probability that a customer with this history will buy again."""
    from scipy.special import expit

    x, t_x, T = (np.asarray(each, dtype=np.float64) for each in (x, t_x, T))
    gone, there = _branches(parameters, x, t_x, T, late)
    return np.asarray(expit(there - gone))


class Likelihood:
    """The log-likelihood over all customers, for `maximise`.

    What depends on one column alone is summed once per value of the column; a row's own share is only how much likelier it is
    that the customer has left than that it is still there, ln(a ÷ (b + n − 1)) + (r + x) ln((α + T) ÷ (α + t_x)).
    """

    def __init__(self, histories: Histories, late: int) -> None:
        self.rows, self.late = histories, late
        self.counts = histories.counts.astype(np.float64)
        self.x, self.of_x = np.unique(histories.x, return_inverse=True)
        self.T, of_T = np.unique(histories.T, return_inverse=True)
        self.per_x = np.bincount(self.of_x, self.counts).astype(np.float64)
        self.per_T = np.bincount(of_T, self.counts).astype(np.float64)
        self.bought_per_T = np.bincount(of_T, self.counts * histories.x).astype(np.float64)

    def __call__(self, parameters: Vector) -> tuple[float, Vector]:
        """Return the log-likelihood and its gradient; the formulas are those of `likelihood_rows`."""
        r, alpha, a, b = parameters.tolist()
        n = self.x + self.late
        per_leaving = 1 / np.where(n > 0, b + n - 1, np.inf)
        until_end, until_last = alpha + self.rows.T, alpha + self.rows.t_x
        waited, power = np.log(until_end / until_last), r + self.rows.x
        with np.errstate(divide="ignore"):  # nobody has left who had no purchase to leave after: the logarithm of 0
            ahead = np.log(a * per_leaving)[self.of_x] + power * waited
        small = np.exp(-np.abs(ahead))
        left = self.counts * np.exp(np.minimum(ahead, 0)) / (1 + small)
        left_per_x = np.bincount(self.of_x, left).astype(np.float64)
        rates, leavings, slopes = _sums((r, alpha, a, b), self.x, self.late)
        log_share = np.log1p(self.T / alpha)
        value = (
            dot(self.per_x, rates + leavings)
            - dot(self.bought_per_T, np.log(alpha + self.T))
            - r * dot(self.per_T, log_share)
            + dot(self.counts, np.maximum(ahead, 0) + np.log(1 + small))
        )
        later = (self.rows.T - self.rows.t_x) / (until_end * until_last)
        surplus = (r * self.T * self.per_T - alpha * self.bought_per_T) / (alpha * (alpha + self.T))
        gradient = [
            dot(self.per_x, slopes[0]) - dot(self.per_T, log_share) + dot(left, waited),
            float(surplus.sum()) - dot(left * power, later),
            dot(self.per_x, slopes[1]) + float(left_per_x.sum()) / a,
            dot(self.per_x, slopes[2]) - dot(left_per_x, per_leaving),
        ]
        return float(value), np.asarray(gradient)


def fit(histories: Histories, late: int, *, model: str, label: Text, definition: Definition | None) -> Fit:
    """Return the maximum likelihood estimate, or refuse as `maximise` does."""
    part = histories.part(_LIKENESS)
    return maximise(
        Likelihood(histories, late), _starts(histories), names=NAMES, model=model, label=label,
        customers=histories.customers, reasons=_REASONS, definition=definition,
        rough=None if part is None else (Likelihood(part, late), part.customers),
    )  # fmt: skip


def _starts(histories: Histories) -> list[tuple[float, ...]]:
    """Return where to begin: heterogeneous buyers at the rate of the data, of whom more or fewer leave."""
    return [
        (r, r / (faster * histories.rate), a, b)
        for r, faster, a, b in ((0.5, 2.0, 1.0, 3.0), (0.25, 1.5, 0.5, 2.0), (2.0, 1.2, 0.5, 8.0), (1.0, 4.0, 2.0, 2.0))
    ]


def expected_while_alive(parameters: Parameters, t: ArrayLike, x: ArrayLike, T: ArrayLike, late: int) -> Vector:
    """Return the expected purchases in the next `t` of a customer known to be there after x purchases and time T.

    E[(1 − (1 + p t ÷ (α + T))^−(r + x)) ÷ p] over p ~ Beta(a, b + x + late); in closed form
    (a + b′ − 1) ÷ (a − 1) · (1 − ₂F₁(r′, a − 1; a + b′ − 1; −t ÷ α′)) (Fader, Hardie, Lee 2005, eq. 9 and 10).
    """
    r, alpha, a, b = parameters

    def group(bought: float, ahead: Vector) -> Vector:
        power = r + bought
        p, weight = beta_nodes(a, b + bought + late, power * float(ahead.max(initial=0.0)))
        return chunked(lambda y: -np.expm1(-power * np.log1p(np.outer(y, p))) @ (weight / p), ahead, len(p))

    t, x, T = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (t, x, T)))
    return _by_purchases(x, t / (alpha + T), group)


def discounted(
    parameters: Parameters,
    rate: float,
    x: ArrayLike,
    T: ArrayLike,
    late: int,
    horizon: float = np.inf,
) -> Vector:
    """Return the expected purchases, each worth e^(−rate · u) when it comes u from now, of a customer known to be there.

    With y = u ÷ (α + T): (r + x) ∫ e^(−rate (α + T) y) S(y) dy, where S(y) = E[(1 + p y)^−(r + x + 1)] depends on x alone; it is
    computed once per x and read off a Chebyshev series for every T.

    Raises
    ------
    Refusal
        `argument` for a negative rate, or for neither a rate nor a horizon: the sum would be infinite.
    """
    r, alpha, a, b = parameters
    end = discounting_end(rate, horizon)
    x, T = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(T, dtype=np.float64))
    if end == 0:
        return np.zeros(x.shape)

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


def counted(parameters: Parameters, t: float, most: int, late: int) -> Vector:
    """Return the probabilities of 0, 1, … `most` purchases of a new customer within `t` (Fader, Hardie, Lee 2005, eq. 8)."""
    from scipy.special import betainc, gammaln, xlogy

    r, alpha, a, b = parameters
    x = np.arange(most + 1, dtype=np.float64)
    n = x + late
    at_rate = gammaln(r + x) - gammaln(r) - gammaln(x + 1) + r * np.log(alpha / (alpha + t)) + xlogy(x, t / (alpha + t))
    stays = gammaln(b + n) - gammaln(b) + gammaln(a + b) - gammaln(a + b + n)
    leaves = np.where(n > 0, a / np.where(n > 0, b + n - 1, 1.0), 0.0)
    reached = np.where(x > 0, betainc(np.maximum(x, 1.0), r, t / (alpha + t)), 1.0)  # at least x purchases at the rate
    return np.asarray(np.exp(stays) * (np.exp(at_rate) + leaves * reached))


def simulate(
    parameters: Parameters,
    T: ArrayLike,
    dice: np.random.Generator,
    late: int,
) -> tuple[Vector, Vector]:
    """Return x and t_x of as many made-up customers as `T` has places.

    Of n purchases that the rate brings in time T, spread evenly, the k-th lies at T · Beta(k, n + 1 − k).
    """
    r, alpha, a, b = parameters
    T = np.asarray(T, dtype=np.float64)
    brought = dice.poisson(dice.gamma(r, 1 / alpha, T.shape) * T).astype(np.float64)
    leaving = dice.geometric(np.maximum(dice.beta(a, b, T.shape), _RAREST)) - late  # purchases after which it leaves
    x = np.minimum(brought, leaving)
    t_x = np.where(x > 0, T * dice.beta(np.maximum(x, 1), brought - x + 1), 0.0)
    return x, np.asarray(t_x)


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
