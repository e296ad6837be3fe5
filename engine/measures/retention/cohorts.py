"""The cohort triangle: customers by the period of their first order, followed period by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.distinct_cells import flag_run_starts
from engine.language.errors import Refusal
from engine.measures.retention.activity import NEVER, activity_of
from engine.measures.retention.periods import GRAINS, Period, number_of, period_at, series

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

MEASURES: Final = ("rate", "customers", "sales", "orders")


@dataclass(frozen=True, eq=False)
class Triangle:
    """Cohorts as rows, their age in periods as columns: 0 is the period of the first order.

    Parameters
    ----------
    grain
        A code of `GRAINS`.
    periods
        The cohorts' periods, oldest first, without gaps; the last one holds the as-of date and may still run.
    size
        Customers per cohort.
    customers, orders, sales
        Shape (cohorts, ages), whole numbers: customers that bought in that period, days with a purchase, and net sales
        in minor units. A cell that lies after the as-of date holds 0 and is False in `known`.
    known
        Which cells have begun by the as-of date; the others are blank, not 0.
    unplaced
        Net sales of customers that never bought (returns alone): with them `sales` adds up to all orders.
    """

    grain: str
    periods: tuple[Period, ...]
    size: NDArray[np.int64]
    customers: NDArray[np.int64]
    orders: NDArray[np.int64]
    sales: NDArray[np.int64]
    known: NDArray[np.bool_]
    unplaced: int

    @property
    def rate(self) -> NDArray[np.float64]:
        """The share of each cohort that bought in a period; NaN for cells to come and for a cohort of nobody."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share = self.customers / self.size[:, None]
        return np.where(self.known, share, np.nan)

    def cells(self, measure: str) -> NDArray[np.float64]:
        """Return a measure of `MEASURES`, NaN for cells to come.

        Raises
        ------
        Refusal
            `argument` for an unknown measure.
        """
        if measure == "rate":
            return self.rate
        if measure not in MEASURES:
            raise Refusal("argument", f"項目「{measure}」はコホートにありません", f'cohorts have no "{measure}"')
        values: NDArray[np.int64] = getattr(self, measure)
        return np.where(self.known, values.astype(np.float64), np.nan)


def triangle(portfolio: Portfolio, grain: str = "quarter") -> Triangle:
    """Return the cohort triangle of a portfolio.

    A customer belongs to the period of its first purchase. Lines are counted in the period of their date; a return that
    is dated before the first purchase counts in age 0, so that no sum loses it.

    Parameters
    ----------
    grain
        `month`, `quarter`, `half` or `fiscal_year`; all but the month follow the fiscal year.

    Raises
    ------
    Refusal
        `too_little_data` without orders, or where nobody ever bought; `argument` for an unknown grain.
    """
    if grain not in GRAINS:
        raise Refusal("argument", f"区切り「{grain}」は使えません", f'the grain "{grain}" cannot be used')
    orders = portfolio.orders
    if orders is None:
        raise Refusal(
            "too_little_data",
            "コホートは算出不可です(取引表が必要です)",
            "cohorts are not available (they need the orders)",
        )
    return portfolio.once(("cohorts.triangle", grain), lambda: _build_cohort_triangle(portfolio, orders, grain))


def _build_cohort_triangle(portfolio: Portfolio, orders: pd.DataFrame, grain: str) -> Triangle:
    activity, start = activity_of(portfolio), int(portfolio.definition.number("general.fiscal_year_start"))
    bought = activity.bought
    if not bought.any():
        raise Refusal("too_little_data", "購入した顧客がいません(必要1/実0)", "nobody ever bought (needs 1, has 0)")
    newest = number_of(grain, portfolio.as_of, start)
    begun = np.where(bought, series(grain, np.where(bought, activity.first, 0), start), NEVER)
    oldest = int(begun[bought].min())
    count = newest - oldest + 1
    row = begun - oldest
    age = series(grain, activity.when, start) - begun[activity.who]
    days = _sum_by_cohort_and_age(row[activity.who], age, np.ones(len(age), dtype=np.int64), count)
    fresh = flag_run_starts(activity.who, age)  # the first purchase day of a customer in each of its periods
    buyers = _sum_by_cohort_and_age(
        row[activity.who][fresh], age[fresh], np.ones(int(fresh.sum()), dtype=np.int64), count
    )
    customer, amount = orders["customer"].to_numpy(np.int64), orders["amount"].to_numpy(np.int64)
    line = series(grain, orders["date"].to_numpy().astype("datetime64[D]").astype(np.int64), start)
    placed = bought[customer]
    late = np.maximum(line[placed] - begun[customer[placed]], 0)
    sales = _sum_by_cohort_and_age(row[customer[placed]], late, amount[placed], count)
    known = np.add.outer(np.arange(count), np.arange(count)) < count
    size = np.bincount(row[bought], minlength=count).astype(np.int64)
    periods = tuple(period_at(grain, oldest + at, portfolio.as_of, start) for at in range(count))
    return Triangle(grain, periods, size, buyers, days, sales, known, int(amount[~placed].sum()))


def _sum_by_cohort_and_age(
    rows: NDArray[np.int64], ages: NDArray[np.int64], values: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Return the exact sums of `values` per row and age."""
    grid = np.zeros((count, count), dtype=np.int64)
    np.add.at(grid, (rows, ages), values)
    return grid
