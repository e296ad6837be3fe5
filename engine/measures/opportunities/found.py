"""What was found for customers: one row per customer, kind and product, the best first.

Decision 0121: what an opportunity is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Kind = Literal["cross_sell", "upsell", "whitespace"]
KINDS: Final[tuple[Kind, ...]] = ("cross_sell", "upsell", "whitespace")
COLUMNS: Final = ("customer", "kind", "product", "n", "lift", "expected", "reason_ja", "reason_en")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What some opportunities rest on, one value for each.

    Parameters
    ----------
    n
        Customers that are the evidence.
    lift
        Lift, NaN where the kind has none.
    share
        The probability with which the profit is weighed: confidence, penetration, or part of the peers.
    source
        Item that it is drawn from (the antecedent, the step below), -1 without one.
    """

    n: NDArray[np.int64]
    lift: NDArray[np.float64]
    share: NDArray[np.float64]
    source: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scores:
    """One kind of opportunity for some customers.

    Parameters
    ----------
    key
        Customers × items, as `rank_key` makes it.
    evidence
        Given rows and items, returns what those opportunities rest on: only those that are shown are looked up.
    """

    key: NDArray[np.float64]
    evidence: Callable[[NDArray[np.int64], NDArray[np.int64]], Evidence]


def rank_key(share: NDArray[np.float64], profit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what opportunities are ranked by: the expected profit (share × profit, minor units), the largest first.

    Where the profit is not known it is share − 2, which lies below every known one. Where there is no opportunity
    (share 0), or one that would earn nothing or lose money, it is −∞.
    """
    key = share * profit
    unknown = np.isnan(profit)
    with np.errstate(invalid="ignore"):
        np.copyto(key, -np.inf, where=~(key > 0))
    if unknown.any():
        unknown &= share > 0
        key[unknown] = share[unknown] - 2.0
    return key


def best_of(kind: Kind, customers: NDArray[np.int64], scores: Scores, keep: int) -> pd.DataFrame:
    """Return the up to `keep` best opportunities of each customer; those of unknown profit come last, by their share.

    Returns
    -------
    pandas.DataFrame
        Columns customer, kind (its place in `KINDS`), item (number), n, lift, share, source, expected (float, minor units, NaN unknown).
    """
    row, item = _find_largest_of_each_row(scores.key, keep)
    evidence = scores.evidence(row, item)
    expected = scores.key[row, item]
    return pd.DataFrame(
        {
            "customer": customers[row],
            "kind": np.full(len(row), KINDS.index(kind)),
            "item": item,
            "n": evidence.n,
            "lift": evidence.lift,
            "share": evidence.share,
            "source": evidence.source,
            "expected": np.where(expected > 0, expected, np.nan),
        }
    )


def _find_largest_of_each_row(key: NDArray[np.float64], keep: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return row and column of the `keep` largest finite values of each row; equal ones in the order of the columns."""
    width = key.shape[1]
    least = np.full((len(key), 1), np.finfo(np.float64).min)
    if keep < width:
        least = np.maximum(least, np.partition(key, width - keep, axis=1)[:, width - keep, None])
    row, item = np.nonzero(key >= least)
    order = np.lexsort((item, -key[row, item], row))
    place = np.arange(len(row)) - np.searchsorted(row, row, side="left")
    kept = order[place < keep]
    return row[kept], item[kept]
