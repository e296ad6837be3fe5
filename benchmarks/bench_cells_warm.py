"""Claim: a warm cell answers 100 customers within 3 ms, and 10,000 within 3 times a bare NumPy pass over the same.

The NumPy pass is what one would write by hand when names are known to be written exactly as in the table: the range
becomes an array, a binary search in the sorted names finds each, the labels are taken, and rows go back. Our cell also
takes names in full-width, without 株式会社, or as IDs, and says what is wrong in the place of a name that is not there.
"""

from __future__ import annotations

import numpy as np
from measure import Row, compare, only
from people import HEADER, customers

from addin.functions import cells


def measure() -> list[Row]:
    """Ask one range of customers for its segments, again and again."""
    rows = []
    for count in (100, 10_000):
        table = customers(count)
        run = cells.answer("PORTFOLIO_RUN", [[HEADER, *table]])
        asked = [[row[0]] for row in sorted(table, key=lambda row: str(row[2]))]
        labels = cells.answer("PORTFOLIO_SEGMENT", [[[row[0]] for row in table], "標準", run])
        if not isinstance(labels, list) or len(labels) != count:
            raise RuntimeError(f"no answer to measure: {run} {labels}")
        names = np.array([row[0] for row in table])
        order = np.argsort(names)
        sorted_names, sorted_labels = names[order], np.array([row[0] for row in labels])[order]

        def ours(asked: list[list[str | float]] = asked, run: object = run) -> object:
            return cells.answer("PORTFOLIO_SEGMENT", [asked, "標準", run])

        def bare(
            asked: list[list[str | float]] = asked,
            sorted_names: np.ndarray = sorted_names,
            sorted_labels: np.ndarray = sorted_labels,
        ) -> list[list[str]]:
            wanted = np.array([row[0] for row in asked])
            found: list[list[str]] = sorted_labels[np.searchsorted(sorted_names, wanted)][:, None].tolist()
            return found

        if ours() != bare():
            raise RuntimeError("the two answers differ: nothing to compare")
        name = f"PORTFOLIO_SEGMENT, {count:,} 社 / customers, warm"
        if count == 100:
            rows.append(only((name, ours), budget=0.003, runs=200))
        rows.append(compare((name, ours), ("NumPy pass", bare), budget=None if count == 100 else 3, runs=100))
    return rows
