"""The beta-discrete-Weibull model: as the sBG, but a customer's own churn probability may rise or fall with time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models.contracts.sbg import check_renewals
from engine.models.fitting import maximise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.contracts.cohorts import Renewals
    from engine.models.fitting import Fit

LABEL: Final = Text("BdW(ベータ離散ワイブル)モデル", "The BdW (beta-discrete-Weibull) model")
NAMES: Final = ("gamma", "delta", "c")
_STARTS: Final = ((1.0, 1.0, 1.0), (0.5, 2.0, 1.2), (3.0, 10.0, 0.8))
_MIXED: Final = Text(
    "顧客による違いと時間による変化を、この期数では区別できません",
    "so few periods do not tell differences between customers from change over time",
)
_TAIL: Final = 1e-14  # of a payment: where the discounted sum of payments ends


def log_survival(gamma: float, delta: float, c: float, time: ArrayLike) -> NDArray[np.float64]:
    """Return ln S(t), S(t) = B(γ, δ + tᶜ) ÷ B(γ, δ): the share of a cohort left after `time` renewals (0, 1 …)."""
    from scipy.special import betaln

    renewals = np.asarray(time, dtype=np.float64)
    return np.asarray(betaln(gamma, delta + renewals**c) - betaln(gamma, delta), dtype=np.float64)


def survival(gamma: float, delta: float, c: float, time: ArrayLike) -> NDArray[np.float64]:
    """Return S(t), the share of a cohort that is left after `time` renewals; c = 1 is the sBG.

    Fader, Hardie, Liu, Davin, Steenburgh (2018): "How to project customer retention" revisited: The role of duration
    dependence. Journal of Interactive Marketing 43.
    """
    return np.asarray(np.exp(log_survival(gamma, delta, c, time)))


def retention_rate(gamma: float, delta: float, c: float, time: ArrayLike) -> NDArray[np.float64]:
    """Return r(t) = S(t) ÷ S(t − 1), the share of those left that renews for the t-th time (t from 1)."""
    renewals = np.asarray(time, dtype=np.float64)
    logs = log_survival(gamma, delta, c, renewals) - log_survival(gamma, delta, c, renewals - 1)
    return np.asarray(np.exp(logs))


def expected_lifetime(gamma: float, delta: float, c: float, rate: float) -> float:
    """Return DEL = Σ_{t≥0} S(t)/(1+d)ᵗ: a new customer's payments, the first one now. `rate` must be above 0."""
    return 1.0 + float(residual_lifetime(gamma, delta, c, 0, rate)) / (1 + rate)


def residual_lifetime(gamma: float, delta: float, c: float, renewed: ArrayLike, rate: float) -> NDArray[np.float64]:
    """Return DERL = Σ_{t≥1} S(n+t)/S(n)/(1+d)ᵗ⁻¹, n = `renewed`: payments to come, the one of the next renewal now.

    Summed until the rest is below 1e-14 of a payment. `rate` must be 0.0001 or more: below it the sum grows too long.
    """
    if not rate >= 1e-4:
        raise Refusal("argument", "割引率は0.0001以上にしてください", "the discount rate must be 0.0001 or more")
    done = np.asarray(renewed, dtype=np.float64)
    last = int(np.ceil(np.log(_TAIL * rate) / -np.log1p(rate)))
    ahead = np.arange(1, last + 1, dtype=np.float64)
    logs = log_survival(gamma, delta, c, done[..., None] + ahead) - log_survival(gamma, delta, c, done)[..., None]
    return np.asarray(np.exp(logs - (ahead - 1) * np.log1p(rate)).sum(axis=-1))


def log_likelihood(parameters: NDArray[np.float64], data: Renewals) -> tuple[float, NDArray[np.float64]]:
    """Return Σ lost(t)·ln P(t) + Σ kept(t)·ln S(t) and its gradient by γ, δ, c, with P(t) = S(t−1) − S(t)."""
    gamma, delta, c = parameters
    time = np.arange(len(data.kept), dtype=np.float64)
    logs, slopes = log_survival(gamma, delta, c, time), _derive_survival(gamma, delta, c, time)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gap = -np.expm1(np.diff(logs))  # 1 − r(t)
        chance = logs[:-1] + np.log(gap)
        # d ln P = (S(t−1) d ln S(t−1) − S(t) d ln S(t)) ÷ P
        steep = (slopes[:, :-1] - np.exp(np.diff(logs)) * slopes[:, 1:]) / gap
        lost = data.lost > 0  # 0 · ln 0 is 0 here
        value = data.lost[lost] @ chance[lost] + data.kept @ logs
        gradient = steep[:, lost] @ data.lost[lost] + slopes @ data.kept
    return float(value), np.asarray(gradient, dtype=np.float64)


def _derive_survival(gamma: float, delta: float, c: float, time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the derivatives of ln S(t) by γ, δ and c, (3, T)."""
    from scipy.special import digamma

    power = time**c
    upper, lower = digamma(delta + power), digamma(gamma + delta + power)
    base = digamma(gamma + delta)
    logs = np.log(np.where(time > 0, time, 1.0))
    return np.stack([base - lower, upper - lower - digamma(delta) + base, (upper - lower) * power * logs])


def fit(data: Renewals, definition: Definition | None = None) -> Fit:
    """Return the model fitted to `data` by maximum likelihood.

    Raises
    ------
    Refusal
        As `engine.models.contracts.sbg.fit`, with at least three renewals; and where so few periods do not tell differences
        between customers from change over time.
    """
    check_renewals(data, LABEL, least=len(NAMES))
    return maximise(
        lambda parameters: log_likelihood(parameters, data),
        _STARTS,
        names=NAMES,
        model="bdw",
        label=LABEL,
        customers=data.customers,
        reasons=dict.fromkeys(NAMES, _MIXED),
        definition=definition,
    )
