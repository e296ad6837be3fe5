"""How far a rate may be off: Wilson's interval for counts, the ratio estimator's for money."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

__all__ = ["ratio_interval", "wilson"]


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the lower and upper end of Wilson's score interval; None without any trial.

    E. B. Wilson (1927): Probable inference, the law of succession, and statistical inference. JASA 22, 209–212. It stays
    within 0 and 1 and is sensible for a handful of customers, where the usual ±1.96·√(p(1−p)/n) is not.

    >>> [round(end, 3) for end in wilson(0, 10)]
    [0.0, 0.278]
    """
    if trials <= 0:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    centre = share + z * z / (2 * trials)
    reach = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low = 0.0 if successes == 0 else (centre - reach) / scale
    high = 1.0 if successes == trials else (centre + reach) / scale
    return low, high


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
