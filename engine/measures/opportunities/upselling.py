"""Upselling: more of what is bought, up to the upper quarter of the peers, and the next step of the price ladder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from engine.language.words import normalise
from engine.measures.opportunities.found import Evidence, Scores, rank_key
from engine.measures.opportunities.selling import entries_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.measures.opportunities.affinity import Basket
    from engine.measures.opportunities.market import Demand, Market
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Volumes:
    """How much the peers buy of what each customer buys, one value per entry of the basket.

    Parameters
    ----------
    level
        Sales of the peers that buy the item at `upsell.percentile`, without the customer's own; NaN with too few.
    peers
        How many peers that rests on.
    same_size
        Whether they are of the same size band; else they are all customers that buy the item.
    """

    level: NDArray[np.float64]
    peers: NDArray[np.int64]
    same_size: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The price ladder of the product table, one value per item of the basket.

    Parameters
    ----------
    margin
        Margin of the item: the product table's, else the one observed; NaN where neither is known.
    category, price
        Category number (-1 unknown) and list price (NaN unknown).
    above
        The item of the same category with the next higher list price; -1 without one, or where it costs more than
        `upsell.max_price_ratio` times as much: it would not replace the present one in the same quantity.
    """

    margin: NDArray[np.float64]
    category: NDArray[np.int64]
    price: NDArray[np.float64]
    above: NDArray[np.int64]


def volumes(portfolio: Portfolio, found: Market) -> Volumes:
    """Return the volumes of the peers; made once per run."""
    return portfolio.once(("opportunities.volumes",), lambda: _find_reachable_volumes(found))


def ladder(portfolio: Portfolio, found: Market) -> Ladder:
    """Return the price ladder; made once per run."""
    return portfolio.once(("opportunities.ladder",), lambda: _build_price_ladder(portfolio, found.basket))


def upsell(
    found: Market,
    customers: NDArray[np.int64],
    bought: NDArray[np.bool_],
    wanted: Demand,
    volume: Volumes,
    prices: Ladder,
) -> Scores:
    """Return upselling of both kinds.

    Volume: an item already bought, by the gap to the peers' level × the customer's own margin × the share of the peers
    that reach that level (1 − percentile). Ladder: of each category's dearest item that the customer buys the next
    dearer one, by the peers' penetration × the profit gained on today's quantity: sales × (price ratio × margin of the
    dearer − margin of the present one). The ladder's rows name the present item as `source`.
    """
    entry, row = entries_of(found, customers)
    steps = [
        _offer_more_volume(found, entry, row, volume, prices),
        _offer_next_price(found, entry, row, bought, wanted, prices),
    ]
    key = np.full(bought.shape, -np.inf)
    number = np.full(bought.shape, -1, np.int64)
    row, item, share, profit, n, source = (np.concatenate(parts) for parts in zip(*steps, strict=True))
    profit = np.minimum(profit, wanted.most[row, item])
    key[row, item] = rank_key(share, profit)
    number[row, item] = np.arange(len(row))

    def evidence(row: NDArray[np.int64], item: NDArray[np.int64]) -> Evidence:
        at = number[row, item]
        return Evidence(n[at], np.full(len(at), np.nan), share[at], source[at])

    return Scores(key, evidence)


class _UpsellSteps(NamedTuple):
    """Single opportunities: row, item, share, profit, n and source; a cell has one at most."""

    row: NDArray[np.int64]
    item: NDArray[np.int64]
    share: NDArray[np.float64]
    profit: NDArray[np.float64]
    n: NDArray[np.int64]
    source: NDArray[np.int64]


def _offer_more_volume(
    found: Market, entry: NDArray[np.int64], row: NDArray[np.int64], volume: Volumes, prices: Ladder
) -> _UpsellSteps:
    """Sell more of the same: the gap to the peers' level."""
    bought = found.basket
    gap = volume.level[entry] - bought.sales[entry]
    there = gap > 0
    entry, row, gap = entry[there], row[there], gap[there]
    item = bought.what[entry]
    own = bought.profit[entry] / bought.sales[entry]
    margin = np.where(np.isnan(own), prices.margin[item], own)
    reach = np.full(len(entry), 1.0 - found.definition.number("upsell.percentile"))
    return _UpsellSteps(row, item, reach, gap * margin, volume.peers[entry], np.full(len(entry), -1, np.int64))


def _offer_next_price(
    found: Market,
    entry: NDArray[np.int64],
    row: NDArray[np.int64],
    bought: NDArray[np.bool_],
    wanted: Demand,
    prices: Ladder,
) -> _UpsellSteps:
    """Take the next step of the ladder, from the dearest item that the customer buys in each category."""
    item = found.basket.what[entry]
    placed = (prices.category[item] >= 0) & ~np.isnan(prices.price[item])
    row, entry, item = row[placed], entry[placed], item[placed]
    shelf = row * (int(prices.category.max(initial=0)) + 1) + prices.category[item]
    order = np.lexsort((-prices.price[item], shelf))
    dearest = order[np.flatnonzero(np.diff(shelf[order], prepend=-1))]
    row, entry, item = row[dearest], entry[dearest], item[dearest]
    above = prices.above[item]
    is_open = (above >= 0) & ~bought[row, above] & (wanted.buyers[wanted.place[row], above] >= found.least)
    row, entry, item, above = row[is_open], entry[is_open], item[is_open], above[is_open]
    cell = wanted.place[row], above
    gain = prices.price[above] / prices.price[item] * prices.margin[above] - prices.margin[item]
    part = wanted.penetration[cell] * wanted.weight[row, above]
    profit = np.minimum(found.basket.sales[entry] * gain, found.most_of_items[above])
    return _UpsellSteps(row, above, part, profit, wanted.buyers[cell], item)


def _find_reachable_volumes(found: Market) -> Volumes:
    bought, percentile = found.basket, found.definition.number("upsell.percentile")
    near, near_peers = _find_peer_level(bought, found.peers.keys["size"], percentile)
    far, far_peers = _find_peer_level(bought, found.peers.keys["all"], percentile)
    same_size = near_peers >= found.least
    peers = np.where(same_size, near_peers, far_peers)
    level = np.where(same_size, near, far)
    return Volumes(np.where(peers >= found.least, level, np.nan), peers, same_size)


def _find_peer_level(
    bought: Basket, keys: NDArray[np.int64], percentile: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return for each entry the percentile of the others' sales of the item in its group, and how many others there are.

    Linear interpolation between order statistics (Hyndman & Fan 1996, type 7: NumPy's and Excel's PERCENTILE.INC).
    """
    group = keys[bought.who]
    segment = np.where(group >= 0, group * len(bought.items) + bought.what, -1)
    order = np.lexsort((bought.sales, segment))
    ordered, values = segment[order], bought.sales[order].astype(np.float64)
    first = np.searchsorted(ordered, ordered, side="left")
    count = np.searchsorted(ordered, ordered, side="right") - first
    others = np.where(ordered >= 0, count - 1, 0)
    own = np.arange(len(ordered)) - first
    place = percentile * np.maximum(others - 1, 0)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(others - 1, 0))
    last = max(len(values) - 1, 0)
    # The others' k-th value is the segment's k-th below the customer's own place, and the (k + 1)-th from there on.
    below, above = (values[np.minimum(first + at + (at >= own), last)] for at in (low, high))
    level = np.where(others > 0, below + (above - below) * (place - low), np.nan)
    result, peers = np.empty(len(values)), np.empty(len(values), np.int64)
    result[order], peers[order] = level, others
    return result, peers


def _build_price_ladder(portfolio: Portfolio, bought: Basket) -> Ladder:
    count = len(bought.items)
    known = ~np.isnan(bought.profit)
    earned = np.bincount(bought.what[known], bought.profit[known], minlength=count)
    sold = np.bincount(bought.what[known], bought.sales[known].astype(np.float64), minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        margin = earned / sold
    price = np.full(count, np.nan)
    category = np.full(count, -1, np.int64)
    products = portfolio.tables.products
    if products is not None and portfolio.definition.value("affinity.level") == "product":
        shelves: dict[str, int] = {}
        listed = {normalise(name): number for number, name in enumerate(products["product"])}
        told = products[["category", "list_price", "margin"]].astype(object).to_numpy()
        for item, name in enumerate(bought.items):
            row = listed.get(normalise(name))
            if row is None:
                continue
            shelf, listed_price, stated = (None if pd.isna(cell) else cell for cell in told[row])
            category[item] = -1 if shelf is None else shelves.setdefault(str(shelf), len(shelves))
            price[item] = np.nan if listed_price is None or listed_price <= 0 else listed_price
            margin[item] = margin[item] if stated is None else stated
    step = portfolio.definition.number("upsell.max_price_ratio")
    return Ladder(margin, category, price, _find_next_item_up_the_ladder(category, price, step))


def _find_next_item_up_the_ladder(
    category: NDArray[np.int64], price: NDArray[np.float64], step: float
) -> NDArray[np.int64]:
    above = np.full(len(price), -1, np.int64)
    placed = np.flatnonzero((category >= 0) & ~np.isnan(price))
    order = placed[np.lexsort((placed, price[placed], category[placed]))]
    for at in range(len(order) - 2, -1, -1):
        here, there = order[at], order[at + 1]
        if category[here] == category[there]:
            above[here] = there if price[there] > price[here] else above[there]
    far = (above >= 0) & (price[above] > step * price)
    above[far] = -1
    return above
