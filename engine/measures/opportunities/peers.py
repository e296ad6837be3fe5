"""Peers: the customers that one is fairly compared with, by industry and size, and what is used where they are too few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language.errors import Text
from engine.scoring.cuts import classify

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

LEVELS: Final = ("industry_size", "industry", "size", "all")  # the nearest first
SAME_INDUSTRY: Final = 2  # so many of them compare within an industry
NAMES: Final = {
    "industry_size": Text("同業・同規模", "the customers of the same industry and size"),
    "size": Text("同規模", "the customers of the same size"),
    "industry": Text("同業", "the customers of the same industry"),
    "all": Text("全顧客", "all customers"),
}


@dataclass(frozen=True, slots=True)
class Peers:
    """Groups of customers on each level.

    Parameters
    ----------
    keys
        Level → each customer's group number on it, -1 where its industry or size is not known.
    sizes
        Level → customers in each group that count (the buyers).
    level
        For each customer the number of the nearest level in `LEVELS` on which it has enough others beside itself; the
        last level where none has.
    by_sales
        Whether the size is a band of sales because the customer table tells none.
    """

    keys: dict[str, NDArray[np.int64]]
    sizes: dict[str, NDArray[np.int64]]
    level: NDArray[np.int64]
    by_sales: bool

    @property
    def group(self) -> NDArray[np.int64]:
        """The group of every customer on its own level."""
        return np.choose(self.level, [self.keys[name] for name in LEVELS])

    def name(self, level: int) -> Text:
        """Return what the peers of a level are called."""
        return NAMES[LEVELS[level]]


def peers_of(portfolio: Portfolio, counted: NDArray[np.bool_]) -> Peers:
    """Return the peers of every customer among those marked in `counted`.

    Size is the customer table's column; without one it is a band of the last twelve months' sales, by
    `peers.size_cuts` as multiples of the mean. A level serves a customer when at least `peers.min_count` others are in
    its group.
    """
    frame, definition = portfolio.frame, portfolio.definition
    size, by_sales = _classify_by_size(portfolio)
    industry = pd.factorize(frame["industry"])[0].astype(np.int64)
    both = np.where((size >= 0) & (industry >= 0), industry * (size.max(initial=0) + 1) + size, -1)
    raw = {"industry_size": both, "size": size, "industry": industry, "all": np.zeros(len(frame), np.int64)}
    keys = {name: _renumber_codes(codes) for name, codes in raw.items()}
    sizes = {
        name: np.bincount(codes[counted & (codes >= 0)], minlength=int(codes.max(initial=0)) + 1)
        for name, codes in keys.items()
    }
    least = definition.number("peers.min_count")
    level = np.full(len(frame), len(LEVELS) - 1, np.int64)
    for number in range(len(LEVELS) - 2, -1, -1):
        codes = keys[LEVELS[number]]
        others = np.where(codes >= 0, sizes[LEVELS[number]][codes], 0) - counted
        level[others >= least] = number
    return Peers(keys, sizes, level, by_sales)


def _classify_by_size(portfolio: Portfolio) -> tuple[NDArray[np.int64], bool]:
    frame = portfolio.frame
    if frame["size"].notna().any():
        return pd.factorize(frame["size"])[0].astype(np.int64), False
    multiples = frame["sales_multiple"].to_numpy(np.float64, na_value=np.nan)
    return classify(multiples, portfolio.definition.value("peers.size_cuts")) - 1, True


def _renumber_codes(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the codes numbered without gaps; -1 stays."""
    different, place = np.unique(codes, return_inverse=True)
    return place - int(different[0] == -1) if len(different) else codes
