"""Pareto/NBD: customers without a contract that may leave at any time.

Schmittlein, Morrison, Colombo (1987): Counting Your Customers: Who Are They and What Will They Do Next? Management Science 33
(1), 1–24; formulas as in the notes of Fader and Hardie, discounting as in Fader, Hardie, Lee (2005): RFM and CLV. Journal of
Marketing Research 42, 415–430. Purchases come at a rate λ ~ Gamma(r, α), the customer leaves at a rate μ ~ Gamma(s, β).
Parameters are always given as (r, α, s, β), as `Fit.values` has them; times are in the unit of the histories.

The likelihood's second part, s ∫ (α + y)^−(r + x) (β + y)^−(s + 1) dy from t_x to T, is usually written as a difference of two
₂F₁, which cancels; it is integrated here, with slopes, over log(y + min(α, β)).
"""
# ruff: noqa: N803, N806 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Text
from engine.models.fitting import maximise
from engine.models.purchases.histories import check_enough
from engine.models.quadrature import discounting_end, legendre

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]

MODEL: Final = "pareto_nbd"
LABEL: Final = Text("Pareto/NBDモデル", "the Pareto/NBD model")
NAMES: Final = ("r", "alpha", "s", "beta")

_LEAVING: Final = Text(
    "ほとんど誰も離れていないか、離れやすさに個人差がありません",
    "hardly anybody leaves, or all are equally likely to leave",
)
_BUYING: Final = Text("購入の頻度に個人差がありません", "all buy at the same rate")
_REASONS: Final = {"s": _LEAVING, "beta": _LEAVING, "r": _BUYING, "alpha": _BUYING}

_SUNK: Final = 40.0  # e⁻⁴⁰: how far below its start the integrand is let go
_SHRINK: Final = 0.8
_LIKENESS: Final = 2_000  # distinct rows on which to climb first
_ROWS: Final = 20_000  # rows × nodes held at once


def fit(histories: Histories, definition: Definition | None = None) -> Fit:
    """Return the maximum likelihood estimate.

    Raises
    ------
    Refusal
        `too_little_data`: too few customers or repeat buyers, or data that do not identify the parameters.
    """
    check_enough(histories, LABEL, definition)
    part = histories.part(_LIKENESS)
    return maximise(
        _sum_likelihood(histories), _list_starts(histories), names=NAMES, model=MODEL, label=LABEL, customers=histories.customers,
        reasons=_REASONS, definition=definition, rough=None if part is None else (_sum_likelihood(part), part.customers),
    )  # fmt: skip


def log_likelihood(parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the log-likelihood of each history."""
    return _differentiate_likelihood(parameters, x, t_x, T)[0]


def gradient(parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the slopes of each history's log-likelihood, 4 × rows, in the parameters' own units."""
    return _differentiate_likelihood(parameters, x, t_x, T)[1]


def alive(parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the probability that a customer with this history is still one."""
    from scipy.special import expit

    x, t_x, T = _broadcast_columns(x, t_x, T)
    there, gone, _ = _split_branches(parameters, x.ravel(), t_x.ravel(), T.ravel())
    return np.asarray(expit(there - gone)).reshape(x.shape)


def silent(parameters: Parameters, t: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the probability of no purchase in the next `t`: L(x, tₓ, T + t) ÷ L(x, tₓ, T)."""
    T = np.asarray(T, dtype=np.float64)
    logs = [log_likelihood(parameters, x, t_x, T + ahead) for ahead in (t, 0.0)]
    return np.asarray(np.exp(np.minimum(logs[0] - logs[1], 0.0)))


def expected(parameters: Parameters, t: ArrayLike) -> Vector:
    """Return the expected repeat purchases of a new customer within `t`: rβ ÷ (α (s − 1)) · (1 − (β ÷ (β + t))^(s − 1))."""
    r, alpha, s, beta = parameters
    return np.asarray(r / alpha * beta * _expect_stay(s, np.asarray(t, dtype=np.float64) / beta))


def expected_given(parameters: Parameters, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the expected purchases in the next `t` of a customer with this history."""
    r, alpha, s, beta = parameters
    x, t_x, T = _broadcast_columns(x, t_x, T)
    stay = (beta + T) * _expect_stay(s, np.asarray(t, dtype=np.float64) / (beta + T))
    return np.asarray(alive(parameters, x, t_x, T) * (r + x) / (alpha + T) * stay)


def discounted(
    parameters: Parameters, rate: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: float = np.inf
) -> Vector:
    """Return the expected residual purchases of a customer with this history, discounted continuously (DERT).

    P(alive) · (r + x)(β + T) ÷ (α + T) · ∫ e^(−z v) (1 + v)^−s dv with z = rate · (β + T); without a horizon the integral is
    Tricomi's U(1, 2 − s, z) = z^(s−1) U(s, s, z), the published form.

    Parameters
    ----------
    rate
        Continuous rate per unit of time (`histories.continuous_rate`); may be 0 only with a horizon.
    horizon
        Purchases later than this from now do not count; without an end when infinite.
    """
    r, alpha, s, beta = parameters
    x, t_x, T = _broadcast_columns(x, t_x, T)
    end = discounting_end(rate, horizon)
    distinct, back = np.unique(T, return_inverse=True)
    scale = beta + distinct
    longest = np.log1p(end / scale)
    node, weight = legendre(float(longest.max(initial=0.0)))
    log = np.outer(longest, node)
    worth = np.exp((1 - s) * log - (rate * scale)[:, None] * np.expm1(log))
    stay = (scale * longest * (worth @ weight))[back].reshape(T.shape)
    return np.asarray(alive(parameters, x, t_x, T) * (r + x) / (alpha + T) * stay)


def simulate(parameters: Parameters, T: ArrayLike, dice: np.random.Generator) -> tuple[Vector, Vector]:
    """Return x and t_x of as many made-up customers as `T` has places."""
    r, alpha, s, beta = parameters
    T = np.asarray(T, dtype=np.float64)
    leaving = dice.exponential(1.0, T.shape) / np.maximum(dice.gamma(s, 1 / beta, T.shape), np.finfo(np.float64).tiny)
    lived = np.minimum(T, leaving)
    x = dice.poisson(dice.gamma(r, 1 / alpha, T.shape) * lived).astype(np.float64)
    return x, np.asarray(np.where(x > 0, lived * dice.beta(np.maximum(x, 1), 1.0), 0.0))


def _sum_likelihood(histories: Histories) -> Callable[[Vector], tuple[float, Vector]]:
    counts = histories.counts.astype(np.float64)

    def value(parameters: Vector) -> tuple[float, Vector]:
        rows, slopes = _differentiate_likelihood(parameters.tolist(), histories.x, histories.t_x, histories.T)
        return float((counts * rows).sum()), (slopes * counts).sum(axis=1)

    return value


def _broadcast_columns(*columns: ArrayLike) -> tuple[Vector, Vector, Vector]:
    x, t_x, T = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in columns))
    return x, t_x, T


def _expect_stay(s: float, time: Vector) -> Vector:
    """Return ∫ (1 + v)^−s dv from 0 to `time`: the expected time as a customer, in units of β."""
    log = np.log1p(time)
    return np.asarray(log if s == 1 else -np.expm1((1 - s) * log) / (s - 1))


def _list_starts(histories: Histories) -> list[tuple[float, ...]]:
    rate, mean = histories.rate, max(float((histories.counts * histories.T).sum()) / histories.customers, 1e-3)
    return [
        (r, r / (faster * rate), s, later * mean)
        for r, faster, s, later in (
            (0.5, 1.5, 0.6, 0.5),
            (0.5, 2.0, 1.5, 2.0),
            (2.0, 1.2, 0.5, 2.0),
            (1.0, 4.0, 0.3, 0.1),
        )
    ]


def _differentiate_likelihood(
    parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
) -> tuple[Vector, Vector]:
    """Return the log-likelihood of each history, and its gradient (4 × rows).

    Γ(r + x) ÷ Γ(r) is summed as ln(r + i), and r ln α taken together with (r + x) ln(α + T), so that nothing cancels however
    large the parameters are: on a ridge rounding would look like a maximum.
    """
    r, alpha, s, beta = parameters
    x, t_x, T = (each.ravel() for each in _broadcast_columns(x, t_x, T))
    there, gone, slopes = _split_branches(parameters, x, t_x, T)
    total = np.logaddexp(there, gone)
    stays, leaves = np.exp(there - total), np.exp(gone - total)
    bought = x.astype(np.int64)
    step = r + np.arange(int(bought.max(initial=0)), dtype=np.float64)
    rates, by_r = (np.concatenate([[0.0], np.cumsum(each)])[bought] for each in (np.log(step), 1 / step))
    still = np.stack(
        [
            -np.log1p(T / alpha),
            (r * T - x * alpha) / (alpha * (alpha + T)),
            -np.log1p(T / beta),
            s * T / (beta * (beta + T)),
        ]
    )
    gradient = stays * still + leaves * slopes
    gradient[0] += by_r
    return np.asarray(rates + total), gradient


def _split_branches(parameters: Parameters, x: Vector, t_x: Vector, T: Vector) -> tuple[Vector, Vector, Vector]:
    """Return the logarithms of the two ways to a history (still there, gone), each with α^r β^s, and the second's slopes."""
    r, alpha, s, beta = parameters
    there = -x * np.log(alpha + T) - r * np.log1p(T / alpha) - s * np.log1p(T / beta)
    pieces = np.array_split(np.arange(len(x)), max(1, -(-len(x) // _ROWS)))
    gone = [_integrate_gone(parameters, x[at], t_x[at], T[at]) for at in pieces]
    return there, np.concatenate([log for log, _ in gone]), np.concatenate([slope for _, slope in gone], axis=1)


def _integrate_gone(parameters: Parameters, x: Vector, t_x: Vector, T: Vector) -> tuple[Vector, Vector]:
    """Return log(α^r β^s s ∫ (α + y)^−(r + x) (β + y)^−(s + 1) dy) from t_x to T, and its slopes (4 × rows).

    With y + c = (t_x + c) e^w and c the smaller of α and β the integrand has no singularity within π of the real axis. Where it
    falls by more than e⁻⁴⁰ the rest is let go, so that the nodes stand where the weight is.
    """
    r, alpha, s, beta = parameters
    c = min(alpha, beta)

    def sinks(w: Vector, row: NDArray[np.intp] | slice = slice(None)) -> Vector:
        """Return how far the logarithm of the integrand lies below its start."""
        ahead = (t_x[row] + c) * np.expm1(w)
        return np.asarray(
            (r + x[row]) * np.log1p(ahead / (alpha + t_x[row])) + (s + 1) * np.log1p(ahead / (beta + t_x[row])) - w
        )

    width = np.log1p((T - t_x) / (t_x + c))
    deep = np.flatnonzero(sinks(width * _SHRINK) > _SUNK)
    while len(deep):
        width[deep] *= _SHRINK
        deep = deep[sinks(width[deep] * _SHRINK, deep) > _SUNK]
    node, weight = legendre(float(width.max(initial=0.0)))
    ahead = (t_x + c)[:, None] * np.expm1(np.outer(width, node))
    near, far = (alpha + t_x)[:, None], (beta + t_x)[:, None]
    log_near, log_far = np.log1p(ahead / near), np.log1p(ahead / far)
    part = weight * np.exp(np.outer(width, node) - (r + x)[:, None] * log_near - (s + 1) * log_far)
    whole = part.sum(axis=1)
    share = part / whole[:, None]
    with np.errstate(divide="ignore"):  # nobody can have left between a purchase and the end on the same day
        log = np.log(s * width * whole * (t_x + c) / (beta + t_x)) - x * np.log(alpha + t_x)
    log -= r * np.log1p(t_x / alpha) + s * np.log1p(t_x / beta)
    y = t_x[:, None] + ahead
    slopes = np.stack(
        [
            -np.log1p(t_x / alpha) - (share * log_near).sum(axis=1),
            (share * (r * y - x[:, None] * alpha) / (alpha * (near + ahead))).sum(axis=1),
            1 / s - np.log1p(t_x / beta) - (share * log_far).sum(axis=1),
            (share * (s * y - beta) / (beta * (far + ahead))).sum(axis=1),
        ]
    )
    return log, slopes
