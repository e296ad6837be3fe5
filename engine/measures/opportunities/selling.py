"""Cross-selling by what is bought together, and whitespace by what the peers buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.measures.opportunities.found import Evidence, Scores, rank_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.measures.opportunities.market import Demand, Market


def bought_matrix(found: Market, customers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which items each of the customers bought in the window."""
    return np.asarray(found.incidence[customers].toarray() > 0)


def entries_of(found: Market, customers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the basket's entries of the customers, and to which of the customers (0, 1 …) each belongs."""
    start, end = found.basket.start[customers], found.basket.start[customers + 1]
    before = np.concatenate([[0], np.cumsum(end - start)[:-1]]).astype(np.int64)
    row = np.repeat(np.arange(len(customers)), end - start)
    return np.repeat(start - before, end - start) + np.arange(len(row)), row


def cross_sell(found: Market, customers: NDArray[np.int64], bought: NDArray[np.bool_], wanted: Demand) -> Scores:
    """Return cross-selling: per item not yet bought, the rule of the highest confidence from an item that is bought.

    Expected profit = confidence × weight × what the item earns with the peers (`Demand`). For one item b the highest confidence
    is also the highest lift, since lift = confidence ÷ share of customers that buy b.
    """
    rules = found.rules
    share = np.zeros(bought.shape)
    for item in np.flatnonzero(bought.any(axis=0) & (np.diff(rules.start) > 0)):
        mine = slice(rules.start[item], rules.start[item + 1])
        place = np.ix_(np.flatnonzero(bought[:, item]), rules.consequent[mine])
        share[place] = np.maximum(share[place], rules.confidence[mine])
    share = np.where(bought, 0.0, share * wanted.weight)

    def evidence(row: NDArray[np.int64], item: NDArray[np.int64]) -> Evidence:
        rule = _find_best_rule(found, customers[row], item)
        part = rules.confidence[rule] * wanted.weight[row, item]
        return Evidence(rules.together[rule], rules.lift[rule], part, rules.antecedent[rule])

    return Scores(rank_key(share, wanted.reachable), evidence)


def _find_best_rule(found: Market, customers: NDArray[np.int64], item: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each pair the rule of the highest confidence that leads from a bought item to the item.

    Of rules with equal confidence the one that rests on more customers is told, then the first by name.
    """
    rules, width = found.rules, len(found.basket.items)
    entry, pair = entries_of(found, customers)
    known = rules.antecedent * width + rules.consequent
    wanted = found.basket.what[entry] * width + item[pair]
    place = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    there = known[place] == wanted
    place, pair = place[there], pair[there]
    order = np.lexsort((place, -rules.together[place], -rules.confidence[place], pair))
    best: NDArray[np.int64] = place[order][np.flatnonzero(np.diff(pair[order], prepend=-1))]
    return best


def whitespace(found: Market, bought: NDArray[np.bool_], wanted: Demand) -> Scores:
    """Return whitespace: items that the customer does not buy and at least `affinity.min_count` of its peers do.

    Expected profit = penetration among the peers × weight × what the item earns with them (`Demand`). The lift is the peers'
    penetration against that of all buyers.
    """
    share = np.where(wanted.buyers >= found.least, wanted.penetration, 0.0)
    overall = found.rules.buyers / max(found.rules.base, 1)
    key = rank_key(share[wanted.place] * wanted.weight, wanted.reachable)
    key[bought] = -np.inf

    def evidence(row: NDArray[np.int64], item: NDArray[np.int64]) -> Evidence:
        cell = wanted.place[row], item
        part = share[cell] * wanted.weight[row, item]
        return Evidence(wanted.buyers[cell], share[cell] / overall[item], part, np.full(len(row), -1, np.int64))

    return Scores(key, evidence)
