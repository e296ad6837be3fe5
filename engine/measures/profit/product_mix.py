"""What is sold: sales by product, or by the product table's categories, in two years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.cleaning.missing_table import absence
from engine.customers.order_metrics import windows
from engine.language.errors import Refusal
from engine.language.words import normalise

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio


def product_mix(portfolio: Portfolio) -> pd.DataFrame:
    """Return net sales by product, the largest first; by category where the product table has categories.

    Returns
    -------
    pandas.DataFrame
        product (a name; "" for lines whose product or category is not known), sales and previous (int64, minor units, of
        the last twelve months and of those before), share and share_change (0–1; NaN without a positive total).

    Raises
    ------
    Refusal
        `too_little_data` without orders, `missing_column` where no order tells its product.
    """
    return portfolio.once(("product_mix",), lambda: _compare_product_mix(portfolio))


def categories_of(portfolio: Portfolio, products: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return each product's category, "" where it has none; the product itself where no product table tells any."""
    listed = portfolio.tables.products
    if listed is None or not listed["category"].notna().any():
        return np.array([str(name) for name in products], dtype=object)
    told = listed[listed["category"].notna()]
    known = dict(zip(map(normalise, told["product"]), told["category"].astype(str), strict=True))
    return np.array([known.get(normalise(str(name)), "") for name in products], dtype=object)


def _compare_product_mix(portfolio: Portfolio) -> pd.DataFrame:
    orders = portfolio.orders
    if orders is None:
        raise Refusal("too_little_data", *absence(portfolio.tables, "orders"))
    if not orders["product"].notna().any():
        raise Refusal("missing_column", "取引表に商品の列がありません", "the orders have no product column")
    codes, names = pd.factorize(orders["product"])
    words = np.append(categories_of(portfolio, np.asarray(names, dtype=object)), "")
    periods = windows(portfolio.as_of)
    result = pd.DataFrame(
        {
            "sales": _sum_sales_between_by_key(orders, words[codes], *periods.last_12_months),
            "previous": _sum_sales_between_by_key(orders, words[codes], *periods.previous_12_months),
        }
    )
    result = result.fillna(0).astype(np.int64).rename_axis("product").reset_index()
    totals = [int(result[name].sum()) for name in ("sales", "previous")]
    share, before = (
        result[name] / total if total > 0 else pd.Series(np.nan, index=result.index)
        for name, total in zip(("sales", "previous"), totals, strict=True)
    )
    result["share"], result["share_change"] = share, share - before
    return result.sort_values(["sales", "product"], ascending=[False, True], ignore_index=True)


def _sum_sales_between_by_key(orders: pd.DataFrame, keys: NDArray[np.object_], first: date, last: date) -> pd.Series:
    days = orders["date"].to_numpy().astype("datetime64[D]")
    inside = (days >= np.datetime64(first)) & (days <= np.datetime64(last))
    sums: pd.Series = orders.loc[inside, "amount"].groupby(keys[inside]).sum()
    return sums
