"""Products bought together: what each customer bought in a period, and the rules of support, confidence and lift in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from engine.language.errors import Refusal, Text
from engine.language.words import normalise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

Level = Literal["product", "category"]
_NEEDED: Final = Text(
    "取引表に商品の列(商品・商品名・品番など)を加えてください",
    "give the orders a product column (product, item, SKU …)",
)


@dataclass(frozen=True, slots=True)
class Basket:
    """What every customer bought in the window, one entry per customer and item with positive net sales.

    Entries are sorted by customer, then item; those of customer i are `start[i]` to `start[i + 1]`, end exclusive.

    Parameters
    ----------
    items
        Product names (or categories), sorted.
    who, what
        Customer position and item of each entry.
    sales
        Net sales of the entry, minor units, always positive.
    profit
        Gross profit of the entry, minor units; NaN where a line has neither a cost nor a product with a margin.
    start
        First entry of each customer, with one place more than there are customers.
    """

    items: NDArray[np.object_]
    who: NDArray[np.int64]
    what: NDArray[np.int64]
    sales: NDArray[np.int64]
    profit: NDArray[np.float64]
    start: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of customers of the portfolio, buyers or not."""
        return len(self.start) - 1

    @property
    def buys(self) -> NDArray[np.bool_]:
        """Which customers bought anything in the window."""
        return np.asarray(np.diff(self.start) > 0)

    def matrix(self, values: NDArray[Any]) -> Any:
        """Return one value per entry as a sparse matrix of customers × items (SciPy, CSR)."""
        from scipy.sparse import csr_array

        return csr_array((values, self.what, self.start), shape=(self.count, len(self.items)))


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules "who buys a also buys b" over customers, grouped by a: those of item a are `start[a]` to `start[a + 1]`.

    Parameters
    ----------
    base
        Customers that bought anything: the whole that support is a share of.
    buyers
        Customers that bought each item.
    consequent
        Item b of each rule.
    together
        Customers that bought both (the evidence n).
    confidence
        together ÷ buyers of a.
    lift
        together · base ÷ (buyers of a · buyers of b); 1 where the two have nothing to do with each other.
    """

    base: int
    buyers: NDArray[np.int64]
    start: NDArray[np.int64]
    consequent: NDArray[np.int64]
    together: NDArray[np.int64]
    confidence: NDArray[np.float64]
    lift: NDArray[np.float64]

    @property
    def antecedent(self) -> NDArray[np.int64]:
        """Item a of each rule."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    @property
    def support(self) -> NDArray[np.float64]:
        """Share of the customers that bought both."""
        return self.together / max(self.base, 1)


def basket(portfolio: Portfolio) -> Basket:
    """Return what was bought within `affinity.window_days` up to the as-of date, by `affinity.level`.

    Raises
    ------
    Refusal
        `missing_column` without a product in any order (or without categories where they are asked for),
        `too_little_data` when nothing was bought in the window.
    """
    return portfolio.once(("affinity.basket",), lambda: _collect_basket(portfolio))


def rules(portfolio: Portfolio) -> Rules:
    """Return the rules with at least `affinity.min_count` customers and a lift above `affinity.min_lift`."""
    definition = portfolio.definition
    least, lift = (definition.number(f"affinity.{name}") for name in ("min_count", "min_lift"))
    return portfolio.once(("affinity.rules",), lambda: rules_of(basket(portfolio), int(least), lift))


def rules_of(bought: Basket, least: int = 1, lift: float = 0.0) -> Rules:
    """Return the association rules between single items, by customer over the window (期間併買).

    Support, confidence and lift as in Agrawal, Imieliński, Swami 1993 and Brin, Motwani, Ullman, Tsur 1997.

    Parameters
    ----------
    least
        Customers that must have bought both (inclusive).
    lift
        The lift must be above it (exclusive).
    """
    count = len(bought.items)
    buyers = np.bincount(bought.what, minlength=count).astype(np.int64)
    base = int(bought.buys.sum())
    kept = buyers[bought.what] >= max(least, 1)  # an item bought by fewer cannot have a pair bought by enough
    start = np.concatenate([[0], np.cumsum(kept)])[bought.start]
    from scipy.sparse import csr_array

    ones = np.ones(int(kept.sum()), dtype=np.int64)
    incidence = csr_array((ones, bought.what[kept], start), shape=(bought.count, count))
    pairs = (incidence.T @ incidence).tocoo()
    first, second = (np.asarray(place, dtype=np.int64) for place in pairs.coords)
    together = np.asarray(pairs.data, dtype=np.int64)
    raised = together * float(base) / (buyers[first].astype(np.float64) * buyers[second])
    strong = (first != second) & (together >= max(least, 1)) & (raised > lift)
    order = np.flatnonzero(strong)[np.lexsort((second[strong], first[strong]))]
    first = first[order]
    return Rules(
        base,
        buyers,
        np.searchsorted(first, np.arange(count + 1)),
        second[order],
        together[order],
        together[order] / buyers[first],
        raised[order],
    )


def rules_frame(portfolio: Portfolio) -> pd.DataFrame:
    """Return the rules as a table, the strongest first: item, other, n, support, confidence, lift."""
    bought, found = basket(portfolio), rules(portfolio)
    frame = pd.DataFrame(
        {
            "item": bought.items[found.antecedent],
            "other": bought.items[found.consequent],
            "n": found.together,
            "support": found.support,
            "confidence": found.confidence,
            "lift": found.lift,
        }
    )
    return frame.sort_values(["lift", "n", "item", "other"], ascending=[False, False, True, True], ignore_index=True)


def _collect_basket(portfolio: Portfolio) -> Basket:
    orders = portfolio.orders
    if orders is None or not orders["product"].notna().any():
        raise Refusal(
            "missing_column",
            f"商品が分かりません。{_NEEDED.ja}",
            f"the orders do not tell the product: {_NEEDED.en}",
            rule="no_products",
        )
    definition = portfolio.definition
    day = orders["date"].to_numpy().astype("datetime64[D]")
    since = np.datetime64(portfolio.as_of, "D") - np.timedelta64(int(definition.number("affinity.window_days")), "D")
    lines = orders[(day > since) & orders["product"].notna().to_numpy(dtype=bool)]
    codes, names = pd.factorize(lines["product"])
    profit = _compute_gross_profit_of_lines(portfolio, lines, codes, names)
    items, place = _map_products_to_items(portfolio, names, definition)
    item = place[codes]
    used = item >= 0
    entries = _sum_by_customer_and_item(
        lines["customer"].to_numpy(np.int64)[used],
        item[used],
        lines["amount"].to_numpy(np.int64)[used],
        profit[used],
        len(portfolio),
    )
    found = Basket(items, *entries)
    if not len(found.who):
        days = int(definition.number("affinity.window_days"))
        raise Refusal(
            "too_little_data",
            f"直近{days}日に商品の分かる購入がありません",
            f"within the last {days} days there is no purchase whose product is known",
            rule="no_purchases",
        )
    return found


def _compute_gross_profit_of_lines(
    portfolio: Portfolio, lines: pd.DataFrame, codes: NDArray[np.intp], names: pd.Index
) -> NDArray[np.float64]:
    """Return each line's gross profit: amount less cost, else amount × the product's margin, else NaN."""
    amount = lines["amount"].to_numpy(np.float64)
    known = amount - lines["cost"].to_numpy(np.float64, na_value=np.nan)
    margin = np.full(len(names), np.nan)
    products = portfolio.tables.products
    if products is not None:
        listed = dict(zip(map(normalise, products["product"]), products["margin"], strict=True))
        told = [listed.get(normalise(str(name))) for name in names]
        margin = np.array([np.nan if each is None or pd.isna(each) else each for each in told], dtype=np.float64)
    return np.asarray(np.where(np.isnan(known), amount * margin[codes], known))


def _map_products_to_items(
    portfolio: Portfolio, names: pd.Index, definition: Definition
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the items, sorted, and the item of each product name; -1 for a product without a category."""
    if definition.value("affinity.level") != "category":
        named = np.array([str(name) for name in names], dtype=object)
    else:
        products = portfolio.tables.products
        if products is None or not products["category"].notna().any():
            raise Refusal(
                "missing_column",
                "商品表に分類の列がありません。分類を加えるか、定義 affinity.level を product にしてください",
                "the products have no category; add it, or set affinity.level to product",
                rule="no_categories",
            )
        listed = products[products["category"].notna()]
        category = dict(zip(map(normalise, listed["product"]), listed["category"], strict=True))
        named = np.array([category.get(normalise(str(name))) for name in names], dtype=object)
    told = [name for name in named if name is not None]
    items = np.array(sorted(set(told)), dtype=object)
    place = {name: number for number, name in enumerate(items)}
    return items, np.array([-1 if name is None else place[name] for name in named], dtype=np.int64)


def _sum_by_customer_and_item(
    who: NDArray[np.int64], what: NDArray[np.int64], amount: NDArray[np.int64], profit: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Sum the lines by customer and item; a pair whose returns outweigh its purchases was not bought."""
    width = int(what.max(initial=0)) + 1
    key = who * width + what
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    if not len(first):
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing, np.zeros(0), np.zeros(count + 1, np.int64)
    sales = np.add.reduceat(amount[order], first)
    earned = np.add.reduceat(profit[order], first)
    bought = sales > 0
    who, what = key[first][bought] // width, key[first][bought] % width
    return who, what, sales[bought], earned[bought], np.searchsorted(who, np.arange(count + 1))
