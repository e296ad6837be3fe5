"""Two runs side by side: their customers matched by ID, and the groups that these stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.scoring.levels import AXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

APPEARED: Final = "appeared"  # 新規: in the later run only
VANISHED: Final = "vanished"  # 離脱: in the earlier run only
OUTSIDE: Final = {APPEARED: Text("新規", "New"), VANISHED: Text("離脱", "Gone")}
ABSENT: Final = -1


def identities(before: Portfolio, after: Portfolio) -> tuple[list[str], list[str]]:
    """Return the customers' IDs of two runs as they can be compared, pseudonyms where one run has nothing else."""
    from engine.runs.store import aligned

    ids = [[str(each) for each in run.frame["customer_id"]] for run in (before, after)]
    return aligned(ids[0], before.tables.kept, ids[1], after.tables.kept)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs with their customers matched: positions in each, `ABSENT` where a customer is not in it."""

    before: Portfolio
    after: Portfolio
    old: NDArray[np.intp]
    new: NDArray[np.intp]


def match(before: Portfolio, after: Portfolio) -> Pair:
    """Match the customers of two runs by ID: those of the earlier run in its order, then those that appeared."""
    old_ids, new_ids = identities(before, after)
    place = pd.Index(new_ids).get_indexer(pd.Index(old_ids))
    appeared = np.setdiff1d(np.arange(len(new_ids)), place)
    old = np.concatenate([np.arange(len(old_ids)), np.full(len(appeared), ABSENT)])
    return Pair(before, after, old.astype(np.intp), np.concatenate([place, appeared]).astype(np.intp))


def place_before(portfolio: Portfolio, position: int, before: Portfolio) -> int | None:
    """Return where a customer of one run stands in an earlier one; None where it is not in it."""

    def places() -> dict[int, int]:
        old, new = identities(before, portfolio)
        place = {customer: number for number, customer in enumerate(old)}
        return {number: place[customer] for number, customer in enumerate(new) if customer in place}

    return portfolio.once(("places", before.hash, before.tables.kept), places).get(position)


def comparable(before: Portfolio, after: Portfolio) -> None:
    """Refuse two runs whose amounts are in different currencies.

    Raises
    ------
    Refusal
        `argument`.
    """
    if (before.currency, before.digits) != (after.currency, after.digits):
        raise Refusal(
            "argument",
            f"通貨の異なる実行は比べられません({before.currency}と{after.currency})",
            f"runs in different currencies cannot be compared ({before.currency} and {after.currency})",
        )


def codes_of(run: Portfolio, by: str) -> NDArray[np.object_]:
    """Return each customer's group in a scheme, or its level on an axis."""
    return run.axes[by].levels if by in AXES else run.require_scheme(by).segments


def names_of(by: str, before: Portfolio, after: Portfolio, codes: list[NDArray[np.object_]]) -> dict[str, Text]:
    """Return the names of the groups in which anybody stands, in their usual order."""
    there = set[str]().union(*(set(each) for each in codes))
    if by in AXES:
        return {code: words.text("levels", code) for code in words.codes("levels") if code in there}
    known = {code: run.segment_text(by, code) for run in (before, after) for code in run.segment_codes(by)}
    usual = dict.fromkeys((*after.segment_codes(by), *before.segment_codes(by), *sorted(there)))
    return {code: known.get(code) or after.segment_text(by, code) for code in usual if code in there}


def numbered(codes: NDArray[np.object_], places: NDArray[np.intp], groups: tuple[str, ...]) -> NDArray[np.intp]:
    """Return for each customer the number of its group; the number after the last for one that is not in the run."""
    number = pd.Index(groups).get_indexer(pd.Index(codes, dtype=object))
    return taken(number, places, len(groups)).astype(np.intp)


def taken(values: NDArray[np.int64], places: NDArray[np.intp], absent: int) -> NDArray[np.int64]:
    """Return the values at these places, and `absent` where there is none."""
    return np.where(places == ABSENT, absent, np.append(values, absent)[places]).astype(np.int64)


def sales_of(run: Portfolio) -> NDArray[np.int64]:
    """Return each customer's sales of the last twelve months, in minor units; 0 where they are unknown."""
    return run.frame["sales_12m"].to_numpy(np.int64, na_value=0)
