"""What customers are grouped by: a column, the segments of a scheme, the state, or the periods of a grain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.definition.scheme_names import find_scheme
from engine.language import words
from engine.language.errors import Text
from engine.scoring.grouping import grouping

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

WHOLE = Text("全体", "All")


@dataclass(frozen=True, eq=False)
class Groups:
    """A partition of the customers.

    Parameters
    ----------
    codes
        For each customer the place of its group in `labels`.
    keys
        Each group's code or text; blank for customers whose column is blank.
    labels
        How each group is called.
    """

    codes: NDArray[np.intp]
    keys: tuple[str, ...]
    labels: tuple[Text, ...]

    def sums(self, values: dict[str, NDArray[np.int64]]) -> pd.DataFrame:
        """Return the exact sum of whole numbers per group, in the order of `keys`; a group without customers has 0."""
        rows = pd.DataFrame(values).groupby(self.codes).sum()
        return rows.reindex(range(len(self.keys)), fill_value=0)

    def float_sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of numbers per group."""
        return np.asarray(np.bincount(self.codes, values, minlength=len(self.keys)), dtype=np.float64)


def groups_of(portfolio: Portfolio, by: str | None) -> Groups:
    """Return the groups that a word means; all customers as one group when None.

    Parameters
    ----------
    by
        A word of the vocabulary's dimensions, a scheme's name (its segments), or a column of the customer table. Groups
        are those of the as-of date: who is lapsed today is not a group to measure yesterday's retention on, so segments
        and states tell where the lost ones are now, columns such as the industry where they came from.

    Raises
    ------
    Refusal
        For a column that is not there, or a scheme that the data cannot carry.
    """
    if by is None:
        return Groups(np.zeros(len(portfolio), dtype=np.intp), ("",), (WHOLE,))
    dimension, scheme = _find_dimension_and_scheme(portfolio, by)
    return portfolio.once(
        ("retention.groups", dimension, scheme), lambda: _group_customers(portfolio, dimension, scheme)
    )


def title_of(by: str | None) -> Text:
    """Return the heading of the groups' column."""
    if by is None:
        return WHOLE
    for kind in ("dimensions", "schemes", "grains"):
        code = words.find(kind, by)
        if code is not None:
            return words.text(kind, code)
    return Text(by.strip(), by.strip())


def grain_of(portfolio: Portfolio, by: str | None) -> str | None:
    """Return the grain that a word means, or None: a column of the customers that is called so goes first.

    Parameters
    ----------
    by
        What the user wrote to group by; None where nothing.
    """
    return None if by is None or by.strip() in portfolio.frame.columns else words.find("grains", by)


def _find_dimension_and_scheme(portfolio: Portfolio, by: str) -> tuple[str, str]:
    dimension = words.find("dimensions", by)
    if dimension is not None:
        return ("name" if dimension == "customer" else dimension), "standard"
    scheme = find_scheme(portfolio.definition, by)
    return ("segment", scheme) if scheme is not None else (by.strip(), "standard")


def _group_customers(portfolio: Portfolio, dimension: str, scheme: str) -> Groups:
    groups = grouping(portfolio, dimension, scheme)
    texts = groups.keys.astype(str).to_numpy(dtype=object)
    keys = groups.arrange(pd.unique(texts), rest=lambda key: (key == "", key))  # blanks last
    labels = tuple(groups.name_of(key) for key in keys)
    place = {key: at for at, key in enumerate(keys)}
    codes = np.fromiter((place[text] for text in texts), np.intp, len(texts))
    return Groups(codes, tuple(keys), labels)
