"""Which group every customer belongs to: by segment, state, parent or a column of its own, and how groups are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.scoring.concentration import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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

    def arrange(self, found: Iterable[str], rest: Callable[[str], Any]) -> list[str]:
        """Return the groups `found`: those of the usual order first, the others by the key `rest`, ascending.

        Parameters
        ----------
        found
            Keys of the groups that there are.
        rest
            Sort key of the groups that have no usual place.
        """
        there, usual = set(found), self.order or ()
        return [code for code in usual if code in there] + sorted(there.difference(usual), key=rest)


def name_or_blank(text: str) -> Text:
    """Return the name of a group of a column's own text: the text, or what a blank is called."""
    return Text(text, text) if text else BLANK


def grouping(portfolio: Portfolio, by: str, scheme: str = "standard") -> Grouping:
    """Return the customers by `segment` (of `scheme`, a planner's own ones too), `state`, or a column.

    Parameters
    ----------
    by
        `segment`, `state`, `customer` (rolled up to the parent), or the name of a column of the scored table.
    scheme
        The scheme whose segments are meant when `by` is `segment`.

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
    return Grouping(texts, None, name_or_blank)
