"""Opportunities of one customer or of the whole portfolio, ranked by expected gross profit, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language.errors import Refusal, Text
from engine.measures.opportunities.found import COLUMNS, KINDS, Kind, best_of
from engine.measures.opportunities.market import Market, demand, market
from engine.measures.opportunities.reasons import Reasons
from engine.measures.opportunities.selling import bought_matrix, cross_sell, whitespace
from engine.measures.opportunities.upselling import ladder, upsell, volumes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.measures.opportunities.found import Scores
    from engine.scoring.portfolio import Portfolio

HEADLINE: Final = ("customer", "kind", "product", "n", "share", "amount", "item", "source")
_CELLS: Final = 2_000_000  # customers × items looked at at once: a few matrices of 16 MB


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
    return portfolio.once(("opportunities.ranked",), lambda: _rank_opportunities(portfolio))


def headline_opportunities(portfolio: Portfolio) -> pd.DataFrame:
    """Return the one opportunity of each customer that promises most, by customer.

    Returns
    -------
    pandas.DataFrame
        One row per customer with an opportunity of known profit: customer (position), kind, product, n (customers that are
        the evidence), share (the probability), amount (gross profit a year if it comes off, minor units, int64), item and source
        (what `headline_reason` needs). No rows where the orders tell no products.
    """
    return portfolio.once(("opportunities.headlines",), lambda: _choose_headlines(portfolio))


def _choose_headlines(portfolio: Portfolio) -> pd.DataFrame:
    try:
        found = market(portfolio)
    except Refusal as refusal:
        if refusal.kind not in ("missing_column", "too_little_data"):
            raise
        return pd.DataFrame({name: pd.Series(dtype=object) for name in HEADLINE})
    best = _find_best_of_all_customers(portfolio, found, 1)
    best = best[best["expected"].notna()].sort_values("customer", ignore_index=True)
    share = best["share"].to_numpy(np.float64)
    return pd.DataFrame(
        {
            "customer": best["customer"],
            "kind": np.array(KINDS, dtype=object)[best["kind"].to_numpy(np.int64)],
            "product": found.basket.items[best["item"].to_numpy(np.int64)],
            "n": best["n"],
            "share": share,
            "amount": np.rint(best["expected"].to_numpy(np.float64) / share).astype(np.int64),
            "item": best["item"],
            "source": best["source"],
        }
    )


def headline_reason(portfolio: Portfolio, row: pd.Series) -> Text:
    """Return why an opportunity of `headline_opportunities`, one of its rows, is proposed."""
    reasons = portfolio.once(("opportunities.reasons",), lambda: Reasons(portfolio, market(portfolio)))
    customer, item, n, source = (int(row[name]) for name in ("customer", "item", "n", "source"))
    return reasons.of(KINDS.index(row["kind"]), customer, item, n, float(row["share"]), source)


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
    best = _find_best_of_some_customers(portfolio, found, np.array([customer], dtype=np.int64), kinds, keep)
    return _name_and_reason_rows(portfolio, found, best)


def _rank_opportunities(portfolio: Portfolio) -> pd.DataFrame:
    found = market(portfolio)
    best = _find_best_of_all_customers(portfolio, found, max(int(portfolio.definition.number("opportunities.kept")), 1))
    ids = portfolio.frame["customer_id"].to_numpy(dtype=str)
    by_id = np.argsort(np.argsort(ids, kind="stable"))[best["customer"].to_numpy()]
    order = _order_by_expected_profit(best, best["item"].to_numpy(np.int64) * len(ids) + by_id)
    return _name_and_reason_rows(portfolio, found, best.iloc[order].reset_index(drop=True))


def _find_best_of_all_customers(portfolio: Portfolio, found: Market, keep: int) -> pd.DataFrame:
    """Return the best opportunities of all that bought in the window, at most `keep` each and one per item."""
    buyers = np.flatnonzero(found.basket.buys)
    size = max(_CELLS // len(found.basket.items), 1)
    chunks = [
        _find_best_of_some_customers(portfolio, found, buyers[start : start + size], KINDS, keep)
        for start in range(0, len(buyers), size)
    ]
    return pd.concat(chunks, ignore_index=True)


def _find_best_of_some_customers(
    portfolio: Portfolio, found: Market, customers: NDArray[np.int64], kinds: Sequence[Kind], keep: int
) -> pd.DataFrame:
    """Return the best opportunities of some customers, at most `keep` each and one per item."""
    wanted, bought = demand(found, customers), bought_matrix(found, customers)
    parts: list[pd.DataFrame] = []
    for kind in kinds:
        scores: Scores
        if kind == "cross_sell":
            scores = cross_sell(found, customers, bought, wanted)
        elif kind == "whitespace":
            scores = whitespace(found, bought, wanted)
        else:
            scores = upsell(found, customers, bought, wanted, volumes(portfolio, found), ladder(portfolio, found))
        parts.append(best_of(kind, customers, scores, keep))
    best = pd.concat(parts, ignore_index=True)
    best = best.iloc[_order_by_expected_profit(best, best["item"].to_numpy(np.int64))].drop_duplicates(
        ["customer", "item"]
    )
    return best.groupby("customer", sort=False).head(keep).reset_index(drop=True)


def _order_by_expected_profit(best: pd.DataFrame, last: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the order of rows: by expected profit (unknown ones after all others), share, evidence, kind, and `last`."""
    expected = -np.nan_to_num(best["expected"].to_numpy(np.float64), nan=-np.inf)
    kind, share, n = (best[name].to_numpy() for name in ("kind", "share", "n"))
    return np.lexsort((last, kind, -n, -share, expected))


def _name_and_reason_rows(portfolio: Portfolio, found: Market, best: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with names and reasons."""
    reasons = Reasons(portfolio, found)
    names = ("kind", "customer", "item", "n", "share", "source")
    texts = [reasons.of(*row) for row in zip(*(best[name].tolist() for name in names), strict=True)]
    expected = best["expected"].to_numpy(np.float64)
    frame = pd.DataFrame(
        {
            "customer": best["customer"],
            "kind": np.array(KINDS, dtype=object)[best["kind"].to_numpy()],
            "product": found.basket.items[best["item"].to_numpy(np.int64)],
            "n": best["n"],
            "lift": best["lift"].astype("Float64").mask(best["lift"].isna()),
            "expected": pd.Series(np.rint(np.nan_to_num(expected)).astype(np.int64)).astype("Int64"),
            "reason_ja": pd.Series([text.ja for text in texts], dtype=object),
            "reason_en": pd.Series([text.en for text in texts], dtype=object),
        }
    )
    frame["expected"] = frame["expected"].mask(np.isnan(expected))
    return frame[list(COLUMNS)]
