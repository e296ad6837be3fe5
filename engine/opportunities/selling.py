"""Cross-selling by what is bought together, and whitespace by what the peers buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.opportunities.found import Scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.opportunities.market import Demand, Market

__all__ = ["bought_matrix", "cross_sell", "whitespace"]


def bought_matrix(found: Market, customers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which items each of the customers bought in the window."""
    return np.asarray(found.incidence[customers].toarray() > 0)


def cross_sell(found: Market, bought: NDArray[np.bool_], wanted: Demand) -> Scores:
    """Return cross-selling: per item not yet bought, the rule of the highest confidence from an item that is bought.

    Expected profit = confidence × mean gross profit of the peers that buy the item. For one item b the highest confidence
    is also the highest lift, since lift = confidence ÷ share of customers that buy b.
    """
    rules = found.rules
    share = np.zeros(bought.shape)
    n = np.zeros(bought.shape, np.int64)
    lift = np.full(bought.shape, np.nan)
    source = np.full(bought.shape, -1, np.int64)
    # Items of many buyers first: of rules with equal confidence the one that rests on more customers is told.
    used = np.flatnonzero(bought.any(axis=0))
    for item in used[np.argsort(-rules.buyers[used], kind="stable")]:
        mine = slice(rules.start[item], rules.start[item + 1])
        others = rules.consequent[mine]
        if not len(others):
            continue
        rows = np.flatnonzero(bought[:, item])
        place = np.ix_(rows, others)
        better = (rules.confidence[mine] > share[place]) & ~bought[place]
        at, rule = np.nonzero(better)
        row, column = rows[at], others[rule]
        share[row, column] = rules.confidence[mine][rule]
        n[row, column] = rules.together[mine][rule]
        lift[row, column] = rules.lift[mine][rule]
        source[row, column] = item
    return Scores(share, share * wanted.profit, n, lift, source)


def whitespace(found: Market, bought: NDArray[np.bool_], wanted: Demand) -> Scores:
    """Return whitespace: items that the customer does not buy and at least `affinity.min_count` of its peers do.

    Expected profit = penetration among the peers × their mean gross profit with the item. The lift is the peers'
    penetration against that of all buyers.
    """
    others = np.maximum(wanted.others, 1)[:, None]
    share = np.where(~bought & (wanted.buyers >= found.least), wanted.buyers / others, 0.0)
    overall = found.rules.buyers / max(found.rules.base, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        lift = np.where(share > 0, share / overall, np.nan)
    return Scores(share, share * wanted.profit, wanted.buyers, lift, np.full(bought.shape, -1, np.int64))
