"""Opportunities of one customer or of the whole portfolio, ranked by expected gross profit, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.display import percent
from engine.errors import Text
from engine.opportunities.found import COLUMNS, KINDS, Kind, best_of
from engine.opportunities.market import Market, demand, market
from engine.opportunities.selling import bought_matrix, cross_sell, whitespace
from engine.opportunities.upselling import Volumes, ladder, upsell, volumes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.opportunities.found import Scores
    from engine.portfolio import Portfolio

__all__ = ["next_for", "ranked"]

_CELLS: Final = 4_000_000  # customers × items looked at at once: a few matrices of 32 MB


def ranked(portfolio: Portfolio) -> pd.DataFrame:
    """Return the opportunities of all customers that bought in the window, the largest expected profit first.

    Returns
    -------
    pandas.DataFrame
        At most `opportunities.kept` rows per customer, at most one per product: customer (position), kind
        (`cross_sell`, `upsell`, `whitespace`), product, n (customers that are the evidence), lift (Float64, missing
        where the kind has none), expected (Int64, gross profit a year in minor units; missing where no profit of the
        product is known, these rows last), reason_ja, reason_en. Expected profits of different products of a customer
        are not independent of each other: they rank, and are no forecast of a sum.

    Raises
    ------
    Refusal
        `missing_column` where the orders tell no product, `too_little_data` when nothing was bought in the window.
    """
    return portfolio.once(("opportunities.ranked",), lambda: _ranked(portfolio))


def next_for(
    portfolio: Portfolio, customer: int, kinds: Sequence[Kind] = KINDS, top: int | None = None
) -> pd.DataFrame:
    """Return the opportunities of one customer (a position), the best first; columns as `ranked`.

    Parameters
    ----------
    kinds
        Which kinds are wanted. Where several are, a product is proposed once, by the kind that promises most.
    top
        How many at most; `opportunities.kept` when None.

    Raises
    ------
    Refusal
        As `ranked`, and `too_little_data` when the customer bought nothing in the window.
    """
    found = market(portfolio)
    found.require_buyer(customer)
    keep = int(portfolio.definition.number("opportunities.kept")) if top is None else top
    best = _chunk(portfolio, found, np.array([customer], dtype=np.int64), kinds, keep)
    return _told(portfolio, found, best)


def _ranked(portfolio: Portfolio) -> pd.DataFrame:
    found = market(portfolio)
    keep = max(int(portfolio.definition.number("opportunities.kept")), 1)
    buyers = np.flatnonzero(found.basket.buys)
    size = max(_CELLS // len(found.basket.items), 1)
    chunks = [
        _chunk(portfolio, found, buyers[start : start + size], KINDS, keep) for start in range(0, len(buyers), size)
    ]
    return _told(portfolio, found, pd.concat(chunks, ignore_index=True))


def _chunk(
    portfolio: Portfolio, found: Market, customers: NDArray[np.int64], kinds: Sequence[Kind], keep: int
) -> pd.DataFrame:
    """Return the best opportunities of some customers, at most `keep` each and one per item."""
    wanted, bought = demand(found, customers), bought_matrix(found, customers)
    parts: list[pd.DataFrame] = []
    for kind in kinds:
        scores: Scores
        if kind == "cross_sell":
            scores = cross_sell(found, bought, wanted)
        elif kind == "whitespace":
            scores = whitespace(found, bought, wanted)
        else:
            scores = upsell(found, customers, bought, wanted, volumes(portfolio, found), ladder(portfolio, found))
        parts.append(best_of(kind, customers, scores, keep))
    best = pd.concat(parts, ignore_index=True)
    best = best.iloc[_order(best, (best["customer"].to_numpy(),))]
    best = best.drop_duplicates(["customer", "item"])
    return best.groupby("customer", sort=False).head(keep).reset_index(drop=True)


def _order(best: pd.DataFrame, first: tuple[NDArray[np.int64], ...] = ()) -> NDArray[np.intp]:
    """Return the order of rows: by `first`, then expected profit (unknown last), share, evidence, kind and item."""
    expected = best["expected"].to_numpy(np.float64)
    kind = np.array([KINDS.index(each) for each in best["kind"]], dtype=np.int64)
    share, n, item = (best[name].to_numpy() for name in ("share", "n", "item"))
    return np.lexsort((item, kind, -n, -share, -np.nan_to_num(expected, nan=-np.inf), *reversed(first)))


def _told(portfolio: Portfolio, found: Market, best: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in order, with names and reasons."""
    identity = portfolio.frame["customer_id"].to_numpy(dtype=str)
    by_name = np.argsort(np.argsort(identity, kind="stable"))
    order = _order(best.assign(item=best["item"] * len(identity) + by_name[best["customer"]]))
    best = best.iloc[order].reset_index(drop=True)
    reasons = [_reason(portfolio, found, *row) for row in _facts(best)]
    expected = best["expected"].to_numpy(np.float64)
    frame = pd.DataFrame(
        {
            "customer": best["customer"],
            "kind": best["kind"],
            "product": found.basket.items[best["item"].to_numpy(np.int64)],
            "n": best["n"],
            "lift": best["lift"].astype("Float64").mask(best["lift"].isna()),
            "expected": pd.Series(np.rint(np.nan_to_num(expected)).astype(np.int64)).astype("Int64"),
            "reason_ja": pd.Series([reason.ja for reason in reasons], dtype=object),
            "reason_en": pd.Series([reason.en for reason in reasons], dtype=object),
        }
    )
    frame["expected"] = frame["expected"].mask(np.isnan(expected))
    return frame[list(COLUMNS)]


def _facts(best: pd.DataFrame) -> zip[tuple[Kind, int, int, int, float, int]]:
    names = ("kind", "customer", "item", "n", "share", "source")
    return zip(*(best[name].tolist() for name in names), strict=True)


def _reason(
    portfolio: Portfolio, found: Market, kind: Kind, customer: int, item: int, n: int, share: float, source: int
) -> Text:
    """Return why a product is proposed, in one sentence."""
    part = Text(percent(share, "ja", 0), percent(share, "en", 0))
    if kind == "cross_sell":
        have = found.basket.items[source]
        return Text(
            f"「{have}」の購入客の{part.ja}({n}社)が購入", f'{part.en} of the customers of "{have}" ({n}) buy it'
        )
    peers = found.peers.name(int(found.peers.level[customer]))
    if kind == "whitespace":
        return Text(f"{peers.ja}の{part.ja}({n}社)が購入", f"{part.en} of {peers.en} ({n}) buy it")
    if source >= 0:
        have = found.basket.items[source]
        return Text(
            f"「{have}」の上位商品。{peers.ja}の{part.ja}({n}社)が購入",
            f'the step above "{have}"; {part.en} of {peers.en} ({n}) buy it',
        )
    return _volume_reason(portfolio, found, volumes(portfolio, found), customer, item, n)


def _volume_reason(portfolio: Portfolio, found: Market, volume: Volumes, customer: int, item: int, n: int) -> Text:
    bought = found.basket
    mine = bought.what[bought.start[customer] : bought.start[customer + 1]]
    entry = int(bought.start[customer] + np.searchsorted(mine, item))
    gap = float(volume.level[entry] - bought.sales[entry])
    size = Text("同規模", "customers of the same size") if volume.same_size[entry] else Text("全顧客", "all customers")
    above = 1 - portfolio.definition.number("upsell.percentile")
    return Text(
        f"{size.ja}の購入客{n}社の上位{percent(above, 'ja', 0)}の水準まで売上{portfolio.money(gap, 'ja')}の差",
        f"{portfolio.money(gap, 'en')} of sales below the top {percent(above, 'en', 0)} of its {n} buyers among {size.en}",
    )
