"""The rhythm of purchases: the gaps between a customer's purchase days, their median and spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PurchaseGaps:
    """The gaps between a customer's purchase days: median, coefficient of variation, and the day it came back.

    Parameters
    ----------
    who, when
        Customer (position) and day (whole days) of every purchase, each day once, sorted by both.
    count
        Number of customers.
    least
        Purchases below which a customer has no median and no variation (NaN).
    """

    def __init__(self, who: NDArray[np.int64], when: NDArray[np.int64], count: int, least: int) -> None:
        same = who[1:] == who[:-1]
        self.who, self.gap, self.until = who[1:][same], (when[1:] - when[:-1])[same].astype(np.float64), when[1:][same]
        self.count = count
        number = np.bincount(self.who, minlength=count)
        enough = number >= max(least - 1, 1)
        self.median = np.where(enough, self._compute_gap_medians(number), np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(self.who, self.gap, minlength=count) / number
            spread = np.bincount(self.who, (self.gap - mean[self.who]) ** 2, minlength=count) / number
            self.variation = np.where(enough & (number >= 2), np.sqrt(spread) / mean, np.nan)

    def _compute_gap_medians(self, number: NDArray[np.intp]) -> NDArray[np.float64]:
        ordered = self.gap[np.lexsort((self.gap, self.who))]
        if not len(ordered):
            return np.full(self.count, np.nan)
        start = np.concatenate([[0], np.cumsum(number)[:-1]])
        low, high = start + (number - 1) // 2, start + number // 2
        last = len(ordered) - 1
        middle = (ordered[np.clip(low, 0, last)] + ordered[np.clip(high, 0, last)]) / 2
        return np.where(number > 0, middle, np.nan)

    def returned(self, lapse: float) -> NDArray[np.float64]:
        """Return the day of the last purchase that ended a gap of at least `lapse` days; NaN where there was none."""
        result = np.full(self.count, np.nan)
        long = self.gap >= lapse
        result[self.who[long]] = self.until[long]  # in order of days: the last one stays
        return result
