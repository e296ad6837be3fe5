"""The table of findings as columns of the customers: in which one each leads, its rank, its money and its day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.lists.materiality.ranking import find_material

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio


def leading_findings(portfolio: Portfolio) -> pd.DataFrame:
    """Return for every customer the first finding that concerns it.

    Returns
    -------
    pandas.DataFrame
        One row per customer: finding_rank (Int64, from 1: the finding's place in the table, the same for all of a group),
        finding_kind (a code of the vocabulary's `finding_kinds`, `none` without one), finding_expected (Int64, minor units:
        the customer's own part), finding_due (datetime64[s]).
    """
    return portfolio.once(("materiality.leading",), lambda: _spread_findings(portfolio))


def _spread_findings(portfolio: Portfolio) -> pd.DataFrame:
    count = len(portfolio)
    rank, money = np.zeros(count, np.int64), np.zeros(count, np.int64)
    kind = np.full(count, "none", dtype=object)
    due = np.full(count, np.datetime64("NaT", "s"), dtype="datetime64[s]")
    for place, row in enumerate(find_material(portfolio).rows, start=1):
        at = np.asarray(row.customers, dtype=np.intp)
        free = rank[at] == 0
        parts = np.asarray(row.parts[: len(at)], dtype=np.int64)[free]
        at = at[free]
        rank[at], money[at], kind[at], due[at] = place, parts, row.kind, np.datetime64(row.due, "s")
    none = rank == 0
    return pd.DataFrame(
        {
            "finding_rank": pd.Series(rank).astype("Int64").mask(none),
            "finding_kind": kind,
            "finding_expected": pd.Series(money).astype("Int64").mask(none),
            "finding_due": due,
        }
    )
