"""The market that opportunities are read off: baskets, rules and what the peers of each customer buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.language.errors import Refusal, Text
from engine.measures.opportunities import affinity
from engine.measures.opportunities.peers import LEVELS, Peers, peers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.measures.opportunities.affinity import Basket, Rules
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Market:
    """What opportunities are found in; see `engine.measures.opportunities.affinity` and `engine.measures.opportunities.peers`."""

    definition: Definition
    basket: Basket
    rules: Rules
    peers: Peers
    least: int  # customers that evidence needs
    incidence: Any  # customers × items, 1 where bought (SciPy, CSR)
    sums: Mapping[str, tuple[Any, ...]]  # level → buyers, known profit, and over how many, each by group and item

    @property
    def mean_profit(self) -> NDArray[np.float64]:
        """Mean gross profit of a customer that buys the item, over all whose profit is known; NaN without any."""
        _, earned, known = (values.toarray()[0] for values in self.sums["all"])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(earned / known, dtype=np.float64)

    def name_buyers(self, item: int) -> Text:
        """Return what the buyers of an item are called."""
        name = self.basket.items[item]
        return Text(f"「{name}」の購入客", f'the customers of "{name}"')

    def require_buyer(self, customer: int) -> None:
        """Refuse a customer that bought nothing in the window: nothing tells what fits it.

        Raises
        ------
        Refusal
            `too_little_data`.
        """
        if not self.basket.buys[customer]:
            days = int(self.definition.number("affinity.window_days"))
            raise Refusal(
                "too_little_data",
                f"直近{days}日に商品の分かる購入がないため、提案を出せません",
                f"no purchase with a known product within the last {days} days, so there is nothing to propose from",
                rule="no_own_purchase",
            )


@dataclass(frozen=True, slots=True)
class Demand:
    """What the peers of some customers buy, one row per group of peers and one column per item.

    Parameters
    ----------
    place
        Row of each customer that was asked for.
    buyers
        Peers that buy the item.
    others
        Peers beside the customer itself, one per row.
    profit
        Mean gross profit of a peer that buys the item, minor units, over those whose profit is known; where fewer than
        `affinity.min_count` peers buy it, over all customers; NaN where no one's is known.
    """

    place: NDArray[np.int64]
    buyers: NDArray[np.int64]
    others: NDArray[np.int64]
    profit: NDArray[np.float64]

    @property
    def penetration(self) -> NDArray[np.float64]:
        """Share of the peers that buy the item, for a customer that does not buy it itself."""
        return self.buyers / np.maximum(self.others, 1)[:, None]


def market(portfolio: Portfolio) -> Market:
    """Return the run's market; made once.

    Raises
    ------
    Refusal
        As `engine.measures.opportunities.affinity.basket`.
    """
    return portfolio.once(("opportunities.market",), lambda: _survey_market(portfolio))


def _survey_market(portfolio: Portfolio) -> Market:
    bought = affinity.basket(portfolio)
    peers = peers_of(portfolio, bought.buys)
    return Market(
        portfolio.definition,
        bought,
        affinity.rules(portfolio),
        peers,
        max(int(portfolio.definition.number("affinity.min_count")), 1),
        bought.matrix(np.ones(len(bought.who), dtype=np.int8)),
        {level: _sum_by_peer_group_and_item(bought, keys) for level, keys in peers.keys.items()},
    )


def demand(found: Market, customers: NDArray[np.int64]) -> Demand:
    """Return what the peers of `customers` (positions of buyers) buy."""
    peers = found.peers
    place = np.zeros(len(customers), np.int64)
    parts: list[NDArray[np.float64]] = []
    others: list[NDArray[np.int64]] = []
    for number, level in enumerate(LEVELS):
        rows = np.flatnonzero(peers.level[customers] == number)
        groups, at = np.unique(peers.keys[level][customers[rows]], return_inverse=True)
        place[rows] = at + sum(map(len, others))
        others.append(peers.sizes[level][groups] - 1)
        parts.append(np.stack([values[groups].toarray() for values in found.sums[level]]))
    buyers, earned, known = np.concatenate(parts, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(buyers >= found.least, earned / known, found.mean_profit)
    return Demand(place, buyers.astype(np.int64), np.concatenate(others), mean)


def _sum_by_peer_group_and_item(bought: Basket, keys: NDArray[np.int64]) -> tuple[Any, ...]:
    """Return by group and item: buyers, the sum of known gross profit, and over how many it is a sum (SciPy, CSR)."""
    from scipy.sparse import csr_array

    group = keys[bought.who]
    used = group >= 0
    known = ~np.isnan(bought.profit[used])
    place, shape = (group[used], bought.what[used]), (int(keys.max(initial=0)) + 1, len(bought.items))
    return tuple(
        csr_array((values, place), shape=shape)
        for values in (np.ones(len(known)), np.where(known, bought.profit[used], 0.0), known.astype(np.float64))
    )
