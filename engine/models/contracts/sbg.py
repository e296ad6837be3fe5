"""The shifted-beta-geometric model: how long customers under contract stay when each has a constant churn probability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models.fitting import maximise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.contracts.cohorts import Renewals
    from engine.models.fitting import Fit

LABEL: Final = Text("sBG(シフト・ベータ幾何)モデル", "The sBG (shifted-beta-geometric) model")
NAMES: Final = ("alpha", "beta")
_STARTS: Final = ((1.0, 1.0), (0.5, 2.0), (3.0, 10.0))
_SAME: Final = Text(
    "更新率が期によって上がらないか人数が少なく、顧客による違いが決まりません",
    "renewal does not rise, or the customers are too few, to tell how they differ",
)


def log_survival(alpha: float, beta: float, time: ArrayLike) -> NDArray[np.float64]:
    """Return ln S(t), S(t) = B(α, β + t) ÷ B(α, β): the share of a cohort left after `time` renewals (0, 1 …)."""
    from scipy.special import betaln

    renewals = np.asarray(time, dtype=np.float64)
    return np.asarray(betaln(alpha, beta + renewals) - betaln(alpha, beta), dtype=np.float64)


def survival(alpha: float, beta: float, time: ArrayLike) -> NDArray[np.float64]:
    """Return S(t), the share of a cohort that is left after `time` renewals.

    Fader, Hardie (2007): How to project customer retention. Journal of Interactive Marketing 21(1).

    >>> survival(1.0, 1.0, [0, 1, 2]).round(3).tolist()
    [1.0, 0.5, 0.333]
    """
    return np.asarray(np.exp(log_survival(alpha, beta, time)))


def retention_rate(alpha: float, beta: float, time: ArrayLike) -> NDArray[np.float64]:
    """Return r(t) = (β + t − 1) ÷ (α + β + t − 1), the share of those left that renews for the t-th time (t from 1)."""
    renewals = np.asarray(time, dtype=np.float64)
    return np.asarray((beta + renewals - 1) / (alpha + beta + renewals - 1))


def expected_lifetime(alpha: float, beta: float, rate: float) -> float:
    """Return DEL = Σ_{t≥0} S(t)/(1+d)ᵗ = ₂F₁(1, β; α + β; 1/(1+d)): a new customer's payments, the first one now.

    Fader, Hardie (2010): Customer-base valuation in a contractual setting. Marketing Science 29(1). `rate` must be
    above 0.
    """
    from scipy.special import hyp2f1

    _check_rate(rate)
    return float(hyp2f1(1.0, beta, alpha + beta, 1 / (1 + rate)))


def residual_lifetime(alpha: float, beta: float, renewed: ArrayLike, rate: float) -> NDArray[np.float64]:
    """Return DERL: the payments to come, in payments, of a customer about to decide on the renewal after `renewed` others.

    Σ_{t≥1} S(n+t)/S(n)/(1+d)ᵗ⁻¹ with n = `renewed`: the first payment is that of the coming renewal and comes now
    (Fader, Hardie 2010, who count n + 1 periods). `rate` must be above 0.
    """
    from scipy.special import hyp2f1

    _check_rate(rate)
    done = np.asarray(renewed, dtype=np.float64)
    rest = hyp2f1(1.0, beta + done + 1, alpha + beta + done + 1, 1 / (1 + rate))
    return np.asarray(retention_rate(alpha, beta, done + 1) * rest)


def log_likelihood(parameters: NDArray[np.float64], data: Renewals) -> tuple[float, NDArray[np.float64]]:
    """Return Σ lost(t)·ln P(t) + Σ kept(t)·ln S(t) and its gradient by α and β, with P(t) = B(α+1, β+t−1) ÷ B(α, β)."""
    from scipy.special import betaln, digamma

    alpha, beta = parameters
    left, stayed = np.arange(len(data.lost)), np.arange(len(data.kept))
    base = betaln(alpha, beta)
    value = data.lost @ (betaln(alpha + 1, beta + left) - base) + data.kept @ (betaln(alpha, beta + stayed) - base)
    total, both = data.lost.sum() + data.kept.sum(), digamma(alpha + beta)
    sums = data.lost @ digamma(alpha + beta + 1 + left) + data.kept @ digamma(alpha + beta + stayed)
    by_alpha = data.lost.sum() * digamma(alpha + 1) + data.kept.sum() * digamma(alpha) - sums
    by_beta = data.lost @ digamma(beta + left) + data.kept @ digamma(beta + stayed) - sums
    gradient = [by_alpha - total * (digamma(alpha) - both), by_beta - total * (digamma(beta) - both)]
    return float(value), np.asarray(gradient, dtype=np.float64)


def fit(data: Renewals, definition: Definition | None = None) -> Fit:
    """Return the model fitted to `data` by maximum likelihood.

    Raises
    ------
    Refusal
        `too_little_data` when fewer than two renewals were observed, nobody left, or the renewal rates do not rise
        as those of unlike customers do.
    """
    check_renewals(data, LABEL)
    return maximise(
        lambda parameters: log_likelihood(parameters, data),
        _STARTS,
        names=NAMES,
        model="sbg",
        label=LABEL,
        customers=data.customers,
        reasons=dict.fromkeys(NAMES, _SAME),
        definition=definition,
    )


def check_renewals(data: Renewals, label: Text, least: int = 2) -> None:
    """Refuse data from which no churn over time can be read."""
    seen = int((data.at_risk > 0).sum())
    if seen < least:
        raise Refusal(
            "too_little_data",
            f"{label.ja}には{least}回以上の更新の結果が必要です(実{seen}回)",
            f"{label.en} needs the outcome of at least {least} renewals (there are {seen})",
        )
    if data.lost.sum() <= 0:
        raise Refusal(
            "too_little_data",
            f"離脱した顧客が1人もなく、{label.ja}の母数は決まりません",
            f"Nobody left, so the parameters cannot be told. {label.en} needs customers who left",
        )


def _check_rate(rate: float) -> None:
    if not rate > 0:
        raise Refusal("argument", "割引率は0より大きくしてください", "the discount rate must be above 0")
