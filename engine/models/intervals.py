"""How far a share may be off."""

from __future__ import annotations

from math import sqrt


def score_interval(successes: int, trials: int, z: float) -> tuple[float, float] | None:
    """Return the lower and upper end of Wilson's score interval; None without any trial.

    With p = successes ÷ trials: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n). E. B. Wilson (1927): Probable
    inference, the law of succession, and statistical inference. JASA 22, 209–212. It stays within 0 and 1 and is sensible
    for a handful of customers, where the usual ±1.96·√(p(1−p)/n) is not.

    >>> [round(end, 3) for end in score_interval(0, 10, 1.96)]
    [0.0, 0.278]
    """
    if trials <= 0:
        return None
    share = successes / trials
    centre = share + z * z / (2 * trials)
    reach = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low = 0.0 if successes == 0 else (centre - reach) / scale
    high = 1.0 if successes == trials else (centre + reach) / scale
    return low, high
