"""How good a ranking or a probability was: AUC, its difference, Brier skill, share found first, rank correlation (NumPy)."""
# Rankings: the higher, the more the event is expected. Equal values share their ranks, so that no order of rows matters.

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Concordance:
    """AUC over one or several origins, with what its variance needs.

    Parameters
    ----------
    auc
        Share of the pairs of one customer with and one without the event that are ranked rightly, ties as half; NaN without
        any pair.
    pairs
        Number of pairs, all within one origin.
    """

    auc: float
    pairs: int


def midranks(values: Vector) -> Vector:
    """Return the ranks from 1, equal values sharing the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place], dtype=np.float64)


def concordance(rankings: Sequence[Vector], events: Sequence[Flags]) -> Concordance:
    """Return the AUC by ranks (Mann, Whitney 1947); of several origins only customers of the same one are compared."""
    won, pairs = 0.0, 0
    for ranking, event in zip(rankings, events, strict=True):
        with_it = int(event.sum())
        here = with_it * (len(event) - with_it)
        if here:
            won += float(midranks(ranking)[event].sum()) - with_it * (with_it + 1) / 2
            pairs += here
    return Concordance(won / pairs if pairs else nan, pairs)


def auc_difference(
    ones: Sequence[Vector], others: Sequence[Vector], events: Sequence[Flags], confidence: float
) -> tuple[float, float, float]:
    """Return AUC of `ones` less that of `others` on the same customers, with its interval; NaN where it has none.

    Notes
    -----
    DeLong, DeLong, Clarke-Pearson (1988): Comparing the areas under two or more correlated receiver operating
    characteristic curves. Biometrics 44, 837–845. Origins are taken as independent of each other; customers judged at several of
    them make the interval a little too narrow.
    """
    pairs, apart, variance = 0, 0.0, 0.0
    for one, other, event in zip(ones, others, events, strict=True):
        with_it = int(event.sum())
        here = with_it * (len(event) - with_it)
        if not here:
            continue
        lifted = _rank_against_other_kind(one, event) - _rank_against_other_kind(other, event)
        pairs += here
        apart += here * float(lifted[event].mean())
        variance += here**2 * (_compute_variance_of_mean(lifted[event]) + _compute_variance_of_mean(lifted[~event]))
    if not pairs:
        return nan, nan, nan
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * sqrt(variance) / pairs if not isnan(variance) else nan
    return apart / pairs, apart / pairs - reach, apart / pairs + reach


def _rank_against_other_kind(ranking: Vector, event: Flags) -> Vector:
    """Return for each customer the share of the other kind against which it is ranked rightly."""
    whole = midranks(ranking)
    result = np.empty(len(event))
    with_it, without = int(event.sum()), int((~event).sum())
    result[event] = (whole[event] - midranks(ranking[event])) / without
    result[~event] = 1 - (whole[~event] - midranks(ranking[~event])) / with_it
    return result


def _compute_variance_of_mean(values: Vector) -> float:
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else nan


def brier_skill(probabilities: Vector, events: Flags) -> float:
    """Return 1 − Brier score ÷ that of the base rate said of everybody; NaN where all or none had the event.

    Brier (1950): Verification of forecasts expressed in terms of probability. Monthly Weather Review 78. Above 0 is better than
    the base rate, 1 is perfect.
    """
    base = float(events.mean()) if len(events) else nan
    if not 0 < base < 1:
        return nan
    return 1 - float(((probabilities - events) ** 2).mean()) / (base * (1 - base))


def found_first(rankings: Sequence[Vector], amounts: Sequence[Vector], part: float = 0.1) -> float:
    """Return the share of the amounts that the first `part` of the customers hold; NaN where there is none.

    The first part is counted at each origin. Of equal ranks that it cuts through, each counts in proportion: what a random order
    among them would find on average.
    """
    found, whole = 0.0, 0.0
    for ranking, amount in zip(rankings, amounts, strict=True):
        if not len(ranking):
            continue
        _, place, counts = np.unique(-ranking, return_inverse=True, return_counts=True)
        before = np.cumsum(counts) - counts
        inside = np.clip((part * len(ranking) - before) / counts, 0.0, 1.0)
        found += float((inside[place] * amount).sum())
        whole += float(amount.sum())
    return found / whole if whole > 0 else nan


def rank_correlation(rankings: Sequence[Vector], values: Sequence[Vector]) -> float:
    """Return Spearman's correlation of ranks, the mean over origins weighted by customers; NaN where nothing varies."""
    total, weight = 0.0, 0
    for ranking, value in zip(rankings, values, strict=True):
        if len(ranking) < 2:
            continue
        one, two = (ranks - ranks.mean() for ranks in (midranks(ranking), midranks(value)))
        scale = sqrt(float((one**2).sum()) * float((two**2).sum()))
        if scale > 0:
            total += len(ranking) * float((one * two).sum()) / scale
            weight += len(ranking)
    return total / weight if weight else nan


def expected_count(probabilities: Vector, confidence: float) -> tuple[float, float, float]:
    """Return Σ p and the interval of the number of events, customers independent: ± z·√Σ p(1 − p), from 0 to all."""
    mid = float(probabilities.sum())
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * sqrt(float((probabilities * (1 - probabilities)).sum()))
    return mid, max(mid - reach, 0.0), min(mid + reach, float(len(probabilities)))
