"""What was found for customers: one row per customer, kind and product, the best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "KINDS", "Kind", "Scores", "best_of"]

Kind = Literal["cross_sell", "upsell", "whitespace"]
KINDS: Final[tuple[Kind, ...]] = ("cross_sell", "upsell", "whitespace")
COLUMNS: Final = ("customer", "kind", "product", "n", "lift", "expected", "reason_ja", "reason_en")


@dataclass(frozen=True, slots=True)
class Scores:
    """One kind of opportunity for some customers: matrices of customers × items.

    Parameters
    ----------
    share
        The probability with which it is weighed (confidence, penetration); 0 where there is no opportunity.
    expected
        Expected gross profit a year, minor units; NaN where the profit is not known.
    n
        Customers that are the evidence.
    lift
        Lift, NaN where the kind has none.
    source
        Item that it is drawn from (the antecedent), -1 without one.
    """

    share: NDArray[np.float64]
    expected: NDArray[np.float64]
    n: NDArray[np.int64]
    lift: NDArray[np.float64]
    source: NDArray[np.int64]


def best_of(kind: Kind, customers: NDArray[np.int64], scores: Scores, keep: int) -> pd.DataFrame:
    """Return the up to `keep` best opportunities of each customer; those of unknown profit come last, by their share.

    What would lose money (expected profit 0 or less) is no opportunity.

    Returns
    -------
    pandas.DataFrame
        Columns customer, kind, item (number), n, lift, share, source, expected (float, minor units).
    """
    unknown = np.isnan(scores.expected)
    key = np.where(unknown, scores.share - 2.0, scores.expected)  # shares lie in 0 to 1, expected profits above 0
    key[(scores.share <= 0) | (~unknown & (scores.expected <= 0))] = -np.inf
    width = key.shape[1]
    count = min(keep, width)
    best = (
        np.argpartition(-key, count - 1, axis=1)[:, :count]
        if count < width
        else np.tile(np.arange(width), (len(key), 1))
    )
    row = np.repeat(np.arange(len(key)), count)
    item = best.ravel()
    there = np.isfinite(key[row, item])
    row, item = row[there], item[there]
    return pd.DataFrame(
        {
            "customer": customers[row],
            "kind": np.full(len(row), kind, dtype=object),
            "item": item,
            "n": scores.n[row, item],
            "lift": scores.lift[row, item],
            "share": scores.share[row, item],
            "source": scores.source[row, item],
            "expected": scores.expected[row, item],
        }
    )
