"""Why the sales of those who stayed have changed: prices, quantities, who buys what, and the range of products.

Decision 0216: why mix is told within a product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.cleaning.missing_table import absence
from engine.customers.order_metrics import windows
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class PriceVolume:
    """The sales of customers that bought in both years, from the year before to the last twelve months.

    All amounts are minor units; before + price + volume + mix + added − dropped + untold = now, exactly.

    Parameters
    ----------
    customers
        How many bought in both years.
    before, now
        Their net sales in the twelve months before, and in the last twelve.
    price
        Σ (price now − price before) · quantity now, over each customer's products that it bought in both years.
    volume
        Σ (quantity now − quantity before) · mean price before, product by product: quantities of different products are
        never added, since a roll and a thousand cups have no common unit.
    mix
        What remains of those products: a product's quantities have moved to customers that pay another price for it.
    added, dropped
        Sales of products that these customers together bought in one of the two years only (both 0 or more).
    untold
        Change of sales in lines without a product or quantity, and of products whose net quantity is not positive.
    told
        Share of both years' sales that price, volume, mix and range explain (0–1).
    """

    customers: int
    before: int
    now: int
    price: int
    volume: int
    mix: int
    added: int
    dropped: int
    untold: int
    told: float


def price_volume(portfolio: Portfolio) -> PriceVolume:
    """Return the change of sales of those who stayed, by cause; made once per run.

    Price and volume as in the usual price–volume–mix analysis: volume at the old price, price at the new quantity, mix the
    rest (Horngren, Datar, Rajan, Cost Accounting, sales-volume and sales-mix variances).

    Raises
    ------
    Refusal
        `missing_column` where the orders tell no quantity or no product, `too_little_data` without orders, or where nobody
        bought in both years.
    """
    return portfolio.once(("price_volume",), lambda: _decompose_price_volume(portfolio))


@dataclass(frozen=True, slots=True)
class _StayedLines:
    """The order lines of those who stayed: product is -1 and quantity NaN where unknown, year 1 is the last twelve months."""

    customer: NDArray[np.int64]
    product: NDArray[np.int64]
    quantity: NDArray[np.float64]
    amount: NDArray[np.int64]
    year: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> _StayedLines:
        """Return some of the lines."""
        return _StayedLines(
            self.customer[chosen], self.product[chosen], self.quantity[chosen], self.amount[chosen], self.year[chosen]
        )

    def sums(self, keys: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return amounts and quantities, years × keys."""
        amount, quantity = np.zeros((2, count), np.int64), np.zeros((2, count))
        np.add.at(amount, (self.year, keys), self.amount)
        np.add.at(quantity, (self.year, keys), self.quantity)
        return amount, quantity


def _decompose_price_volume(portfolio: Portfolio) -> PriceVolume:
    orders = _need_orders_with_quantities(portfolio)
    stayed = _flag_who_stayed(portfolio)
    lines = _select_lines_of_those_who_stayed(orders, portfolio.as_of, stayed)
    before, now = (int(lines.amount[lines.year == year].sum()) for year in (0, 1))
    told = lines.where((lines.product >= 0) & ~np.isnan(lines.quantity))
    amount, quantity = told.sums(told.product, int(lines.product.max(initial=0)) + 1)
    whole = np.asarray((amount > 0).all(axis=0) & (quantity > 0).all(axis=0))
    started, ended = ((amount[year] > 0) & (amount[1 - year] == 0) & (quantity[1 - year] == 0) for year in (1, 0))
    volume = ((quantity[1] - quantity[0])[whole] * amount[0, whole] / quantity[0, whole]).sum()
    change = int(amount[1, whole].sum() - amount[0, whole].sum())
    price, volume = round(_compute_price_effect(told.where(whole[told.product]))), round(float(volume))
    added, dropped = int(amount[1, started].sum()), int(amount[0, ended].sum())
    explained = int(amount[:, whole].sum()) + added + dropped
    return PriceVolume(
        customers=int(stayed.sum()),
        before=before,
        now=now,
        price=price,
        volume=volume,
        mix=change - price - volume,
        added=added,
        dropped=dropped,
        untold=(now - before) - change - added + dropped,
        told=explained / (before + now),
    )


def _compute_price_effect(lines: _StayedLines) -> float:
    """Return Σ (price now − price before) · quantity now over each customer's products that it bought in both years."""
    width = int(lines.product.max(initial=0)) + 1
    keys, place = np.unique(lines.customer * width + lines.product, return_inverse=True)
    amount, quantity = lines.sums(place, len(keys))
    both = (amount > 0).all(axis=0) & (quantity > 0).all(axis=0)
    amount, quantity = amount[:, both], quantity[:, both]
    return float((amount[1] - amount[0] / quantity[0] * quantity[1]).sum())


def _select_lines_of_those_who_stayed(orders: pd.DataFrame, as_of: date, stayed: NDArray[np.bool_]) -> _StayedLines:
    """Return the lines of both years of those who stayed."""
    days = orders["date"].to_numpy().astype("datetime64[D]")
    periods = windows(as_of)
    earlier, later = (
        (days >= np.datetime64(first)) & (days <= np.datetime64(last))
        for first, last in (periods.previous_12_months, periods.last_12_months)
    )
    lines = _StayedLines(
        orders["customer"].to_numpy(np.int64),
        np.asarray(pd.factorize(orders["product"])[0], dtype=np.int64),
        orders["quantity"].to_numpy(np.float64, na_value=np.nan),
        orders["amount"].to_numpy(np.int64),
        later.astype(np.int64),
    )
    return lines.where((earlier | later) & stayed[lines.customer])


def _need_orders_with_quantities(portfolio: Portfolio) -> pd.DataFrame:
    """Return the orders, or say what they lack."""
    orders = portfolio.orders
    if orders is None:
        raise Refusal("too_little_data", *absence(portfolio.tables, "orders"))
    for column, ja, en in (
        ("quantity", "数量の列(数量・個数など)", "a quantity"),
        ("product", "商品の列(商品・品番など)", "a product"),
    ):
        if not orders[column].notna().any():
            raise Refusal("missing_column", f"取引表に{ja}がありません", f"the orders have no column with {en}")
    return orders


def _flag_who_stayed(portfolio: Portfolio) -> NDArray[np.bool_]:
    """Return who has positive net sales in both years: everybody else is new, back or lost, and has no price to compare."""
    now, before = (
        portfolio.frame[name].to_numpy(np.float64, na_value=0.0) > 0 for name in ("sales_12m", "sales_prev_12m")
    )
    both = np.asarray(now & before, dtype=np.bool_)
    if not both.any():
        raise Refusal(
            "too_little_data",
            "2年続けて取引のある顧客がいません",
            "no customer bought in both of the last two years",
        )
    return both
