"""Which group every customer belongs to: by segment, state, parent or a column of its own, and how groups are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.scoring.concentration import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Grouping:
    """The group of every customer, and how groups are ordered and called.

    Parameters
    ----------
    keys
        Each customer's group: a code, or a text ("" where the column is blank).
    order
        The codes in their usual order, those without customers too; None where the texts of a column are the groups.
    name_of
        What a group is called.
    """

    keys: pd.Series
    order: tuple[str, ...] | None
    name_of: Callable[[str], Text]


def grouping(portfolio: Portfolio, by: str, scheme: str = "standard") -> Grouping:
    """Return the customers by `segment` (of `scheme`, a planner's own ones too), `state`, or a column.

    Raises
    ------
    Refusal
        For a column that is not there, or a scheme that these data cannot carry.
    """
    frame = portfolio.frame
    if by == "segment":
        portfolio.require_scheme(scheme)
        codes = tuple(portfolio.segment_codes(scheme))
        return Grouping(frame[f"segment_{scheme}"], codes, lambda code: portfolio.segment_text(scheme, code))
    if by == "state":
        return Grouping(frame["state"], words.codes("states"), lambda code: words.text("states", code))
    if by == "customer":
        ids, names = (frame[name].astype(str).to_numpy() for name in ("customer_id", "name"))
        called = dict(zip(ids.tolist(), names.tolist(), strict=True))
        return Grouping(pd.Series(ids[portfolio.group_of]), None, lambda top: Text(called[top], called[top]))
    if by not in frame.columns:
        usable = [words.text("dimensions", code).ja for code in words.codes("dimensions")]
        raise Refusal(
            "argument",
            f"切り口「{by}」の列がありません(使える語: {'・'.join(usable)})",
            f'there is no column "{by}" to group by (use: {", ".join(words.codes("dimensions"))})',
        )
    texts = frame[by].astype(object).where(frame[by].notna(), "")
    return Grouping(texts, None, lambda text: Text(text, text) if text else BLANK)
