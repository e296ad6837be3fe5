"""Customers by level and by tenth: what was said of them, what became of them, and how far that may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.measures.backtest.accuracy import midranks
from engine.measures.retention.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Flags = NDArray[np.bool_]

LEVELS: Final = ("high", "mid", "low", "unknown")
_TENTHS: Final = 10


@dataclass(frozen=True)
class Bin:
    """A group of judgements: a customer judged at several origins counts at each.

    Parameters
    ----------
    key
        A level's code, or `1` (of whom the event was expected most) to `10`.
    customers, events
        Judgements, and those of them that the event followed.
    predicted
        Mean of the probabilities stated; None where none was stated for all.
    actual, low, high
        Share that the event followed, with Wilson's interval; None for an empty group, or an axis without an event.
    before, after
        Sales of the twelve months up to the origin and of the horizon, minor units.
    """

    key: str
    customers: int
    events: int
    predicted: float | None
    actual: float | None
    low: float | None
    high: float | None
    before: float
    after: float

    @property
    def fits(self) -> bool | None:
        """Whether the prediction lies in the interval of what came; None without either."""
        if self.predicted is None or self.low is None or self.high is None:
            return None
        return self.low <= self.predicted <= self.high


@dataclass(frozen=True, eq=False)
class Judgements:
    """The judgements of all origins in one row of arrays: what bins are made of.

    Parameters
    ----------
    levels, tenths
        Level code, and tenth from 1 (0 without a ranking).
    probability
        NaN where none was stated.
    event
        Whether the event followed; None for an axis without one.
    before, after
        As in `Bin`, one per judgement.
    """

    levels: NDArray[np.object_]
    tenths: NDArray[np.int64]
    probability: Vector
    event: Flags | None
    before: Vector
    after: Vector


def tenths_of(ranking: Vector) -> NDArray[np.int64]:
    """Return the tenth of each customer within one origin, 1 for the highest; equal ranks share one, NaN gets 0.

    Where many share a rank, tenths are of unequal size, and some may be empty.
    """
    result = np.zeros(len(ranking), np.int64)
    known = ~np.isnan(ranking)
    if known.any():
        place = (midranks(-ranking[known]) - 0.5) / known.sum()
        result[known] = np.minimum((place * _TENTHS).astype(np.int64), _TENTHS - 1) + 1
    return result


def by_level(rows: Judgements, confidence: float) -> tuple[Bin, ...]:
    """Return one bin per level that somebody had, 高 first."""
    return _count_bins(rows, LEVELS, [rows.levels == level for level in LEVELS], confidence)


def by_tenth(rows: Judgements, confidence: float) -> tuple[Bin, ...]:
    """Return one bin per tenth that is not empty, the first being those of whom the event was expected most."""
    keys = [str(tenth) for tenth in range(1, _TENTHS + 1)]
    return _count_bins(rows, keys, [rows.tenths == int(key) for key in keys], confidence)


def overall(rows: Judgements, confidence: float) -> Bin:
    """Return all judgements as one bin."""
    return _count_bins(rows, ["all"], [np.ones(len(rows.levels), np.bool_)], confidence)[0]


def _count_bins(rows: Judgements, keys: Sequence[str], members: Sequence[Flags], confidence: float) -> tuple[Bin, ...]:
    whole = len(keys) == 1
    return tuple(
        _count_bin(rows, key, chosen, confidence)
        for key, chosen in zip(keys, members, strict=True)
        if whole or chosen.any()
    )


def _count_bin(rows: Judgements, key: str, chosen: Flags, confidence: float) -> Bin:
    count = int(chosen.sum())
    stated = rows.probability[chosen]
    events = 0 if rows.event is None else int(rows.event[chosen].sum())
    ends = None if rows.event is None else wilson(events, count, confidence)
    low, high = (None, None) if ends is None else ends
    return Bin(
        key,
        count,
        events,
        float(stated.mean()) if count and not np.isnan(stated).any() else None,
        events / count if ends is not None else None,
        low,
        high,
        float(rows.before[chosen].sum()),
        float(rows.after[chosen].sum()),
    )
