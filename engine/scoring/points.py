"""Points of a metric: straight lines between corners, flat beyond the ends. Every axis and every signal reads its points so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def interpolate_points(values: NDArray[np.float64], corners: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the points of each value; NaN stays NaN.

    Parameters
    ----------
    corners
        Pairs of a metric's value and its points, the values rising.

    >>> interpolate_points(np.array([-1.0, 0.5, 9.0]), [[0, 0], [1, 10]]).tolist()
    [0.0, 5.0, 10.0]
    """
    at, given = (np.array(column, dtype=np.float64) for column in zip(*corners, strict=True))
    return np.interp(values, at, given)
