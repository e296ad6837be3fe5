"""Two runs side by side: their customers matched by ID, and the groups that these stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine import words
from engine.errors import Refusal, Text
from engine.levels import AXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.portfolio import Portfolio

__all__ = [
    "ABSENT",
    "APPEARED",
    "VANISHED",
    "Pair",
    "codes_of",
    "comparable",
    "group_word",
    "groups_of",
    "identities",
    "kind_of",
    "match",
    "numbered",
    "place_before",
    "sales_of",
    "taken",
]

APPEARED: Final = "appeared"  # 新規: in the later run only
VANISHED: Final = "vanished"  # 離脱: in the earlier run only
OUTSIDE: Final = {APPEARED: Text("新規", "New"), VANISHED: Text("離脱", "Gone")}
ABSENT: Final = -1


def identities(before: Portfolio, after: Portfolio) -> tuple[list[str], list[str]]:
    """Return the customers' IDs of two runs as they can be compared, pseudonyms where one run has nothing else."""
    from engine.store import aligned

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


def group_word(kind: str, code: str) -> Text:
    """Return a group's name; 新規 and 離脱 for those in one run only; a planner's own group stands for itself."""
    return OUTSIDE.get(code) or (words.text(kind, code) if _vocabulary(kind) else Text(code, code))


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


def kind_of(by: str) -> str:
    """Return the vocabulary's kind that words the groups of a scheme or an axis."""
    return "levels" if by in AXES else f"segments.{by}"


def codes_of(run: Portfolio, by: str) -> NDArray[np.object_]:
    """Return each customer's group in a scheme, or its level on an axis."""
    return run.axes[by].levels if by in AXES else run.require_scheme(by).segments


def groups_of(kind: str, codes: list[NDArray[np.object_]]) -> tuple[str, ...]:
    """Return the groups of both runs: those of the vocabulary in its order, then a definition's own."""
    there = sorted(set(codes[0]) | set(codes[1]))
    known = _vocabulary(kind)
    return (*(code for code in known if code in there), *(str(code) for code in there if code not in known))


def _vocabulary(kind: str) -> tuple[str, ...]:
    try:
        return words.codes(kind)
    except KeyError:  # a planner's own scheme: its groups' names stand for themselves
        return ()


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
