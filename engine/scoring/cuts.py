"""Cut points over distinct values: equal values always share a class, and cuts can be kept for later runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def quantile_scores(values: NDArray[np.float64], groups: int) -> NDArray[np.int64]:
    """Return for each value its group from 1 (smallest values) to `groups`, ties together.

    With c the number of rows that hold the value and cum the number of rows up to and including it, the group is
    ((cum − c) · groups) // total + 1: the group of the value's first row. Missing values (NaN) get 0.

    Parameters
    ----------
    values
        One number per customer; NaN where missing.
    groups
        How many groups, at least 1.

    >>> quantile_scores(np.array([1.0, 1.0, 1.0, 2.0, 9.0]), 5).tolist()
    [1, 1, 1, 4, 5]
    """
    known = ~np.isnan(values)
    result = np.zeros(len(values), dtype=np.int64)
    if not known.any():
        return result
    _, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    result[known] = (before * groups // int(known.sum()) + 1)[place]
    return result


def quantile_cuts(values: NDArray[np.float64], groups: int) -> list[float]:
    """Return the smallest value of each group from 2 to `groups`; `classify` with them repeats `quantile_scores`.

    A group that no value falls into repeats the next group's cut, so that it stays empty; above the last value the cut
    is infinite and left out.

    Parameters
    ----------
    values
        One number per customer; NaN where missing.
    groups
        How many groups, at least 1.

    Returns
    -------
    list[float]
        The lower ends (inclusive), rising.
    """
    scores = quantile_scores(values, groups)
    cuts: list[float] = []
    for group in range(2, groups + 1):
        above = values[scores >= group]
        if len(above):
            cuts.append(float(above.min()))
    return cuts


def classify(values: NDArray[np.float64], cuts: Sequence[float]) -> NDArray[np.int64]:
    """Return 1 + the number of cuts that are ≤ the value (lower end inclusive); missing values get 0.

    Parameters
    ----------
    values
        One number per customer; NaN where missing.
    cuts
        Lower ends, rising.

    >>> classify(np.array([1.0, 2.0, 5.0, np.nan]), [2, 4]).tolist()
    [1, 2, 3, 0]
    """
    result = np.searchsorted(np.asarray(cuts, dtype=np.float64), values, side="right") + 1
    result[np.isnan(values)] = 0
    return result.astype(np.int64)
