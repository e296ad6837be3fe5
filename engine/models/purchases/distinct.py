"""Equal rows of long columns found in a few passes: by tables where the values are small whole numbers, else by hashing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Positions = NDArray[np.int64]

_DENSE: Final = 8  # possible rows per customer up to which a table of all of them is quicker than hashing


def coded(values: Vector, scale: float) -> tuple[Positions, Vector]:
    """Return a code per value and the values by code; whole numbers ÷ `scale` (whole days) need no hashing."""
    low, high = round(float(values.min()) * scale), round(float(values.max()) * scale)
    if high - low <= len(values):
        whole = values * scale
        np.rint(whole, out=whole)
        if np.array_equal(whole / scale, values):
            code = whole.astype(np.int64)
            code -= low
            return code, np.arange(low, high + 1) / scale
    codes, levels = pd.factorize(values, sort=True)
    return codes.astype(np.int64), np.asarray(levels, np.float64)


def numbered(key: Positions, size: int) -> tuple[Positions, Positions]:
    """Return for each key (from 0, below `size`) its place among the distinct ones, and these in rising order."""
    if size > _DENSE * len(key):
        place, found = pd.factorize(key, sort=True)
        return place.astype(np.int64), found
    taken = np.zeros(size, dtype=np.bool_)
    taken[key] = True
    distinct = np.flatnonzero(taken)
    place = np.empty(size, dtype=np.int64)
    place[distinct] = np.arange(len(distinct))
    return place[key], distinct
