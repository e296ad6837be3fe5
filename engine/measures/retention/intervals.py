"""How far a rate may be off: Wilson's interval for counts, the ratio estimator's for money."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from engine.models.intervals import score_interval


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return Wilson's interval (`engine.models.intervals`) of a share at a level of confidence; None without any trial.

    Parameters
    ----------
    successes
        From 0 to `trials`.
    trials
        How many were counted.
    confidence
        Above 0 and below 1.

    Returns
    -------
    tuple[float, float] | None
        Both ends, from 0 to 1.
    """
    return score_interval(successes, trials, NormalDist().inv_cdf((1 + confidence) / 2))


def ratio_interval(
    base: float, now: float, squares: tuple[float, float, float], customers: int, confidence: float = 0.95
) -> tuple[float, float] | None:
    """Return the interval of Σ now ÷ Σ base over customers; None for fewer than two.

    Parameters
    ----------
    base, now
        Σ base and Σ now.
    squares
        Σ base², Σ base·now, Σ now².
    customers
        How many customers the sums run over.

    Notes
    -----
    Variance of the ratio estimator by linearisation: n/(n−1) · Σ(now − R·base)² ÷ (Σ base)²
    (W. G. Cochran: Sampling Techniques, 3rd ed. 1977, chapter 6). The lower end is not below 0. With a handful of
    customers, or one that outweighs the others, it is a rough guide only.
    """
    if customers < 2 or base <= 0:  # one customer has no spread
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    ratio = now / base
    bases, cross, nows = squares
    spread = max(nows - 2 * ratio * cross + ratio * ratio * bases, 0.0)
    error = sqrt(spread * customers / (customers - 1)) / base
    return max(ratio - z * error, 0.0), ratio + z * error
