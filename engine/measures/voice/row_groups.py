"""Rows that belong to customers, cut by a column of their own or by what the customers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.language.errors import Text
from engine.scoring.grouping import Grouping, grouping, name_or_blank

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

TOTAL: Final = Text("全体", "Total")

Group = tuple[Text, "NDArray[np.intp]"]


def row_groups(portfolio: Portfolio, rows: pd.DataFrame, by: str, scheme: str = "standard") -> Iterator[Group]:
    """Give each group's name and the places (from 0) of its rows; every row belongs to exactly one group.

    Parameters
    ----------
    rows
        A table with the column `customer` (positions).
    by
        `total`; `row:NAME` for the column NAME of `rows` itself (the most frequent first, equal ones by name); else a
        dimension as `engine.scoring.grouping.grouping` takes it, in the vocabulary's order or the most frequent first; or
        `customer`, in the order of the customer table.
    """
    if by == "total":
        yield TOTAL, np.arange(len(rows), dtype=np.intp)
        return
    customer = rows["customer"].to_numpy(np.intp)
    if by == "customer":
        names = portfolio.frame["name"].tolist()
        for position, places in _find_places_of_each_key(customer):
            yield Text(str(names[int(position)]), str(names[int(position)])), places
        return
    if by.startswith("row:"):
        cells = rows[by[4:]]
        own = np.array(
            ["" if blank else str(each) for each, blank in zip(cells, cells.isna(), strict=True)], dtype=np.str_
        )
        yield from _group_by_text(own, Grouping(cells, None, name_or_blank))
        return
    named = grouping(portfolio, by, scheme)
    yield from _group_by_text(named.keys.to_numpy(dtype=np.str_)[customer], named)


def _find_places_of_each_key(keys: NDArray[Any]) -> list[tuple[Any, NDArray[np.intp]]]:
    """Return the different keys, ascending, with the places of each."""
    found, of = np.unique(keys, return_inverse=True)
    order = np.argsort(of, kind="stable")
    ends = np.cumsum(np.bincount(of, minlength=len(found)))
    return list(zip(found, np.split(order, ends[:-1]), strict=True)) if len(found) else []


def _group_by_text(keys: NDArray[np.str_], named: Grouping) -> Iterator[Group]:
    parts = {str(key): places for key, places in _find_places_of_each_key(keys)}
    for code in named.arrange(parts, rest=lambda key: (-len(parts[key]), key)):
        yield named.name_of(code), parts[code]
