"""Gamma-Gamma: what a purchase of a customer is worth on average, seen through the few purchases there are.

Fader, Hardie, Lee (2005): RFM and CLV; Fader, Hardie (2013): The Gamma-Gamma Model of Monetary Value, note 025. The values of a
customer's purchases are Gamma(p, ν), and ν ~ Gamma(q, γ) differs between customers. Only customers with repeat purchases of a
positive mean value count; the first purchase is left out, as in the purchase models.

The model supposes that how much a customer spends does not depend on how often it buys. `Money.correlation` shows whether the
data agree; where it is far from 0, the product of expected purchases and expected value is off.
Parameters are always given as (p, q, γ), as `Fit.values` has them; money is in whole currency units.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.definition.definition import load_definition
from engine.language.errors import Refusal, Text
from engine.models.fitting import maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]

MODEL: Final = "gamma_gamma"
LABEL: Final = Text("Gamma-Gammaモデル", "the Gamma-Gamma model")
NAMES: Final = ("p", "q", "gamma")

_SPREAD: Final = Text(
    "購入金額の散らばり方から、顧客の間の差と顧客の中の差を区別できません",
    "differences between customers cannot be told from those within them",
)
_REASONS: Final = {"p": _SPREAD, "q": _SPREAD, "gamma": _SPREAD}
_STARTS: Final = ((4.0, 4.0, 0.75), (1.0, 2.0, 1.0), (20.0, 3.0, 0.1), (2.0, 20.0, 9.5))  # γ in units of the mean value


@dataclass(frozen=True, eq=False)
class Money:
    """What the model reads: customers with repeat purchases of a positive mean value.

    Parameters
    ----------
    x
        Repeat purchases per customer, > 0.
    mean
        Mean value of its repeat purchases, > 0, in whole currency units.
    unused
        Repeat buyers left out because the mean value is unknown, zero or negative.
    correlation
        Pearson correlation of x and mean over these customers, which the model supposes to be 0; NaN where one does not vary.
    """

    x: Vector
    mean: Vector
    unused: int
    correlation: float


def money_of(histories: Histories) -> Money:
    """Return what the model reads of `histories`."""
    bought = histories.each(histories.x)
    used = (bought > 0) & (histories.value > 0)
    x, mean = bought[used], histories.value[used]
    varies = len(x) > 1 and np.ptp(x) > 0 and np.ptp(mean) > 0
    correlation = float(np.corrcoef(x, mean)[0, 1]) if varies else float("nan")
    return Money(x, mean, int((bought > 0).sum() - used.sum()), correlation)


def fit(money: Money, definition: Definition | None = None) -> Fit:
    """Return the maximum likelihood estimate; the log-likelihood is that of the values in whole currency units.

    Raises
    ------
    Refusal
        `too_little_data`: fewer customers than `value.min_repeaters`, or values that do not identify the parameters.
    """
    needed = int((definition or load_definition()).number("value.min_repeaters"))
    if len(money.x) < needed:
        raise Refusal(
            "too_little_data",
            f"{LABEL.ja}には、正の金額で2回以上購入した顧客が{needed}社以上必要です(実際は{len(money.x)}社)",
            f"{LABEL.en} needs at least {needed} customers with repeat purchases of a positive value (there are {len(money.x)})",
        )
    unit = float(money.mean.mean())  # in units of the mean every currency gives the same numbers
    x, back = np.unique(money.x, return_inverse=True)
    task = _GammaLikelihood(x, back, np.bincount(back).astype(np.float64), money.mean / unit)
    found = maximise(
        task.value, _STARTS, names=NAMES, model=MODEL, label=LABEL, customers=len(money.x), reasons=_REASONS,
        definition=definition,
    )  # fmt: skip
    return _in_currency(found, unit)


def log_likelihood(parameters: Parameters, x: ArrayLike, mean: ArrayLike) -> Vector:
    """Return the log-likelihood of each customer's mean value (note 025, eq. 1a)."""
    return _likelihood_of_each(parameters, x, mean)[0]


def gradient(parameters: Parameters, x: ArrayLike, mean: ArrayLike) -> Vector:
    """Return the slopes of each customer's log-likelihood, 3 × rows, in the parameters' own units."""
    return _likelihood_of_each(parameters, x, mean)[1]


def expected(parameters: Parameters, x: ArrayLike, mean: ArrayLike) -> Vector:
    """Return the expected value of a purchase of each customer: p (γ + x · mean) ÷ (p x + q − 1) (note 025, eq. 5).

    A weighted mean of the customer's own and everybody's; without a repeat purchase (x = 0, where `mean` does not matter)
    it is everybody's, p γ ÷ (q − 1). NaN where the expectation is infinite (p x + q ≤ 1), or `mean` missing with x > 0.
    """
    p, q, gamma = parameters
    x = np.asarray(x, dtype=np.float64)
    spent = np.where(x > 0, x * np.asarray(mean, dtype=np.float64), 0.0)
    weight = p * x + q - 1
    return np.asarray(np.where(weight > 0, p * (gamma + spent) / np.where(weight > 0, weight, 1.0), np.nan))


def simulate(parameters: Parameters, x: ArrayLike, dice: np.random.Generator) -> Vector:
    """Return the mean value of `x` made-up repeat purchases per customer; NaN where x is 0."""
    p, q, gamma = parameters
    x = np.asarray(x, dtype=np.float64)
    rate = dice.gamma(q, 1 / gamma, x.shape)
    total = dice.gamma(np.where(x > 0, p * x, 1.0)) / np.maximum(rate, np.finfo(np.float64).tiny)
    return np.asarray(np.where(x > 0, total / np.maximum(x, 1), np.nan))


@dataclass(frozen=True, eq=False)
class _GammaLikelihood:
    """The log-likelihood over all customers: what depends on x alone is computed once per value of x."""

    x: Vector
    back: NDArray[np.intp]
    counts: Vector
    mean: Vector

    def value(self, parameters: Vector) -> tuple[float, Vector]:
        from scipy.special import digamma, gammaln

        p, q, gamma = parameters
        shape = p * self.x
        spent = np.log(gamma + self.x[self.back] * self.mean)
        log_x, log_mean = np.log(self.x), np.log(self.mean)
        constant = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma) + shape * log_x
        value = self.counts @ constant + (shape[self.back] - 1) @ log_mean - (shape + q)[self.back] @ spent
        both = digamma(shape + q)
        gradient = [
            self.counts @ (self.x * (both - digamma(shape) + log_x)) + self.x[self.back] @ (log_mean - spent),
            self.counts @ (both - digamma(q) + np.log(gamma)) - spent.sum(),
            self.counts.sum() * q / gamma - (shape + q)[self.back] @ np.exp(-spent),
        ]
        return float(value), np.asarray(gradient)


def _likelihood_of_each(parameters: Parameters, x: ArrayLike, mean: ArrayLike) -> tuple[Vector, Vector]:
    from scipy.special import digamma, gammaln

    p, q, gamma = parameters
    x, mean = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(mean, dtype=np.float64))
    shape = p * x
    spent = np.log(gamma + x * mean)
    rows = (
        gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
        + shape * np.log(x) + (shape - 1) * np.log(mean) - (shape + q) * spent
    )  # fmt: skip
    both = digamma(shape + q)
    gradient = np.stack(
        [
            x * (both - digamma(shape) + np.log(x) + np.log(mean) - spent),
            both - digamma(q) + np.log(gamma) - spent,
            q / gamma - (shape + q) * np.exp(-spent),
        ]
    )
    return np.asarray(rows), gradient


def _in_currency(found: Fit, unit: float) -> Fit:
    """Return a fit of values in units of `unit` as one of whole currency units: γ scales, each density is divided by it."""
    scale = np.array([1.0, 1.0, unit])
    values = np.asarray(found.values) * scale
    covariance = found.covariance * np.outer(scale, scale)
    return replace(
        found,
        parameters=dict(zip(found.names, values.tolist(), strict=True)),
        standard_errors=dict(zip(found.names, np.sqrt(np.diag(covariance)).tolist(), strict=True)),
        covariance=covariance,
        log_likelihood=found.log_likelihood - found.customers * float(np.log(unit)),
    )
