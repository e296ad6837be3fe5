"""Amounts shared out in whole units, so that the parts sum to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def share_out(
    total: int, weights: NDArray[np.float64] | NDArray[np.int64], rank: NDArray[np.intp] | None = None
) -> NDArray[np.int64]:
    """Return `total` in whole units in proportion to `weights` (0 or more, not all 0); the parts sum to it exactly.

    The units that remain after rounding down go to the largest remainders; among equal ones to the lowest `rank`.

    >>> share_out(100, np.array([1, 1, 1, 0])).tolist()
    [34, 33, 33, 0]
    """
    if total < 0:
        parts: NDArray[np.int64] = np.negative(share_out(-total, weights, rank))
        return parts
    order = np.arange(len(weights)) if rank is None else rank
    exact = total * (weights / weights.sum())
    parts = np.floor(exact).astype(np.int64)
    asked = np.flatnonzero(weights > 0)
    by_remainder = asked[np.lexsort((order[asked], -np.round((exact - parts)[asked], 6)))]
    every, some = divmod(total - int(parts.sum()), len(asked))
    parts[by_remainder] += every
    parts[by_remainder[:some]] += 1
    return parts
