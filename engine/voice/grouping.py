"""Rows that belong to customers, cut by a column of their own or by what the customers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine import words
from engine.concentration import BLANK
from engine.errors import Text
from engine.summary import group_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from engine.portfolio import Portfolio

__all__ = ["TOTAL", "Group", "groups_of"]

TOTAL: Final = Text("全体", "Total")

Group = tuple[Text, "NDArray[np.bool_]"]


def groups_of(portfolio: Portfolio, rows: pd.DataFrame, by: str, scheme: str = "standard") -> Iterator[Group]:
    """Give each group's name and which of `rows` belong to it; every row belongs to exactly one group.

    Parameters
    ----------
    rows
        A table with the column `customer` (positions).
    by
        `total`; `row:NAME` for the column NAME of `rows` itself (the most frequent first, equal ones by name); else a
        dimension as `engine.summary.group_keys` takes it, `customer` among them, in the vocabulary's order or by name.
    """
    if by == "total":
        yield TOTAL, np.ones(len(rows), dtype=np.bool_)
        return
    if by == "customer":
        customer = rows["customer"].to_numpy(np.intp)
        for position in np.unique(customer):
            name = str(portfolio.frame["name"].iloc[position])
            yield Text(name, name), customer == position
        return
    if by.startswith("row:"):
        own = ["" if each is None or each != each else str(each) for each in rows[by[4:]]]
        yield from _by_text(np.array(own, dtype=object), None)
        return
    keys, kind = group_keys(portfolio, by, scheme)
    yield from _by_text(keys.to_numpy(dtype=object)[rows["customer"].to_numpy(np.intp)], kind)


def _by_text(keys: NDArray[np.object_], kind: str | None) -> Iterator[Group]:
    found, counts = np.unique(keys.astype(str), return_counts=True)
    if kind is None:
        order = sorted(range(len(found)), key=lambda at: (-counts[at], found[at]))
        ordered = [str(found[at]) for at in order]
    else:
        ordered = [code for code in words.codes(kind) if code in found]
        ordered += [str(code) for code in found if code not in ordered]
    for code in ordered:
        yield words.text(kind, code) if kind else (Text(code, code) if code else BLANK), keys == code
