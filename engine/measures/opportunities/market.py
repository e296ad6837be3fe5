"""The market that opportunities are read off: baskets, rules and what the peers of each customer buy.

Decision 0352: to whom a product is proposed, and at what amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.language.errors import Refusal
from engine.measures.opportunities import affinity
from engine.measures.opportunities.peers import LEVELS, SAME_INDUSTRY, Peers, peers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.measures.opportunities.affinity import Basket, Rules
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True)
class Market:
    """What opportunities are found in; see `engine.measures.opportunities.affinity` and `engine.measures.opportunities.peers`."""

    definition: Definition
    basket: Basket
    rules: Rules
    peers: Peers
    least: int  # customers that evidence needs
    incidence: Any  # customers × items, 1 where bought (SciPy, CSR)
    sums: Mapping[str, tuple[Any, ...]]  # level → buyers, median known profit, and of how many, each by group and item

    @property
    def median_profit(self) -> NDArray[np.float64]:
        """Median gross profit of a customer that buys the item, of all whose profit is known; NaN without any."""
        _, median, known = (values.toarray()[0] for values in self.sums["all"])
        return np.where(known > 0, median, np.nan)

    @cached_property
    def most_of_items(self) -> NDArray[np.float64]:
        """The largest gross profit that is expected of each item: `opportunities.product_cap` times the median of its buyers."""
        usual = self.median_profit
        return np.where(usual > 0, self.definition.number("opportunities.product_cap") * usual, np.inf)

    @cached_property
    def margin(self) -> NDArray[np.float64]:
        """Margin of each item over all purchases whose profit is known; NaN without any."""
        bought, count = self.basket, len(self.basket.items)
        known = ~np.isnan(bought.profit)
        earned = np.bincount(bought.what[known], bought.profit[known], minlength=count)
        sold = np.bincount(bought.what[known], bought.sales[known].astype(np.float64), minlength=count)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(earned / sold)

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
        Gross profit of a peer that buys the item, minor units: the median of the peers, drawn to the median of all buyers by
        the weight of `opportunities.shrinkage` of them, and at most `opportunities.product_cap` times the latter; where fewer than
        `affinity.min_count` peers buy it, the median of all; NaN where no one's is known.
    weight
        Customers × items: what a probability counts for an item that the customer does not buy. 0 where others of its
        industry are known and none of them buys it; `opportunities.distant_weight` where too few of its industry
        are known, so that it is compared with others; else 1.
    most
        Customers × items: the largest gross profit that is expected of an item, `opportunities.customer_cap` of what the
        customer buys today at the item's margin; infinite where that is not known.
    """

    place: NDArray[np.int64]
    buyers: NDArray[np.int64]
    others: NDArray[np.int64]
    profit: NDArray[np.float64]
    weight: NDArray[np.float64]
    most: NDArray[np.float64]

    @property
    def reachable(self) -> NDArray[np.float64]:
        """Customers × items: the gross profit of an item with the customer, within its cap."""
        return np.minimum(self.profit[self.place], self.most)

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
        {level: _collect_by_peer_group_and_item(bought, keys) for level, keys in peers.keys.items()},
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
    buyers, median, known = np.concatenate(parts, axis=1)
    profit = _draw_to_all(found, buyers, median, known)
    weight, most = _weigh_by_industry(found, customers), _cap_by_customer(found, customers)
    return Demand(place, buyers.astype(np.int64), np.concatenate(others), profit, weight, most)


def _draw_to_all(
    found: Market, buyers: NDArray[np.float64], median: NDArray[np.float64], known: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the peers' medians drawn to those of all buyers, and cut off at a multiple of these."""
    everybody = found.median_profit
    drawn = found.definition.number("opportunities.shrinkage")
    own = (known > 0) & (buyers >= found.least)
    shrunken = (known * median + drawn * everybody) / np.where(own, known + drawn, 1.0)
    return np.asarray(np.where(own, np.minimum(shrunken, found.most_of_items), everybody))


def _weigh_by_industry(found: Market, customers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return `Demand.weight`."""
    industry, sizes = found.peers.keys["industry"][customers], found.peers.sizes["industry"]
    told = (industry >= 0) & (sizes[industry] > found.basket.buys[customers])
    bought = found.sums["industry"][0][np.maximum(industry, 0)].toarray() > 0
    near = found.peers.level[customers] < SAME_INDUSTRY
    weight = np.where(near, 1.0, found.definition.number("opportunities.distant_weight"))
    return np.where(told[:, None] & ~bought, 0.0, weight[:, None])


def _cap_by_customer(found: Market, customers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return `Demand.most`."""
    sales = np.bincount(found.basket.who, found.basket.sales.astype(np.float64), minlength=found.basket.count)
    share = found.definition.number("opportunities.customer_cap")
    margin = np.where(found.margin > 0, found.margin, np.inf)
    with np.errstate(invalid="ignore"):  # 0 sales at an unknown margin
        most = share * sales[customers][:, None] * margin
    return np.where(np.isnan(most), np.inf, most)


def _collect_by_peer_group_and_item(bought: Basket, keys: NDArray[np.int64]) -> tuple[Any, ...]:
    """Return by group and item: buyers, the median of known gross profit, and of how many it is one (SciPy, CSR)."""
    from scipy.sparse import csr_array

    group = keys[bought.who]
    used = group >= 0
    known = ~np.isnan(bought.profit[used])
    who, what = group[used], bought.what[used]
    shape = (int(keys.max(initial=0)) + 1, len(bought.items))
    place = who * shape[1] + what
    order = np.flatnonzero(known)[np.lexsort((bought.profit[used][known], place[known]))]
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    count = np.diff(np.append(first, len(order)))
    profit = bought.profit[used][order]
    median = (profit[first + (count - 1) // 2] + profit[first + count // 2]) / 2
    cell = place[order][first]
    return (
        csr_array((np.ones(len(who)), (who, what)), shape=shape),
        csr_array((median, (cell // shape[1], cell % shape[1])), shape=shape),
        csr_array((count.astype(np.float64), (cell // shape[1], cell % shape[1])), shape=shape),
    )
