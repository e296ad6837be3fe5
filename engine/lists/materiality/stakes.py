"""What every customer stands for in money, and how likely it is to go: the figures that findings are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.customers.costs.profit_columns import pool_margin
from engine.customers.order_metrics import windows
from engine.language.distinct_cells import flag_run_starts
from engine.lists.actions import effect_basis
from engine.scoring.loss_chance import loss_chances

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

    Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stakes:
    """Figures of every customer, in the order of the portfolio; money in minor units, 0 where nothing is known.

    Parameters
    ----------
    basis
        `gross_profit` or `sales`: what `now` and `before` are.
    now, before
        The basis of the last twelve months and of those before. Where a customer's costs are not known, its sales at the
        margin of all whose costs are.
    sales, sales_before
        Net sales of the same times.
    lost, shrinks
        P(lost) and P(shrinks); NaN where neither a forecast nor a level of risk tells.
    is_forecast
        Whether `lost` is the forecast's, not the definition's probability by level of risk.
    purchases
        Days with a purchase, of all time.
    noise
        Standard deviation that chance alone gives the change of the basis between the two years; NaN without orders.
    """

    basis: str
    now: Vector
    before: Vector
    sales: Vector
    sales_before: Vector
    lost: Vector
    shrinks: Vector
    is_forecast: NDArray[np.bool_]
    purchases: NDArray[np.int64]
    noise: Vector


def measure_stakes(portfolio: Portfolio) -> Stakes:
    """Return the stakes of a run; made once."""
    return portfolio.once(("materiality.stakes",), lambda: _collect_stakes(portfolio))


def _collect_stakes(portfolio: Portfolio) -> Stakes:
    frame, basis = portfolio.frame, effect_basis(portfolio)
    sales, sales_before = (_read_known_money(portfolio, name) for name in ("sales_12m", "sales_prev_12m"))
    now, before, rate = sales, sales_before, np.ones(len(frame))
    if basis == "gross_profit":
        now, everybody = _fill_unknown_profit(portfolio, "gross_profit_12m", sales)
        before, _ = _fill_unknown_profit(portfolio, "gross_profit_prev_12m", sales_before)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = np.where(sales > 0, now / sales, everybody)
    empty = np.full(len(frame), np.nan)
    forecast = frame["p_lost"].to_numpy(np.float64, na_value=np.nan) if "p_lost" in frame else empty
    return Stakes(
        basis=basis,
        now=now,
        before=before,
        sales=sales,
        sales_before=sales_before,
        lost=loss_chances(portfolio),
        shrinks=frame["p_shrinks"].to_numpy(np.float64, na_value=np.nan) if "p_shrinks" in frame else empty,
        is_forecast=~np.isnan(forecast),
        purchases=frame["orders"].to_numpy(np.float64, na_value=0.0).astype(np.int64),
        noise=np.abs(rate) * _estimate_noise_of_sales(portfolio),
    )


def _read_known_money(portfolio: Portfolio, column: str) -> Vector:
    return np.asarray(np.nan_to_num(portfolio.frame[column].to_numpy(np.float64, na_value=np.nan)))


def _fill_unknown_profit(portfolio: Portfolio, column: str, sales: Vector) -> tuple[Vector, float]:
    """Return gross profits, unknown ones at the margin of all known ones, and that margin (0 where there is none)."""
    told = portfolio.frame[column].to_numpy(np.float64, na_value=np.nan)
    margin = float(np.nan_to_num(pool_margin(told, sales)))
    return np.where(np.isnan(told), sales * margin, told), margin


def _estimate_noise_of_sales(portfolio: Portfolio) -> Vector:
    """Return the standard deviation of the change of a customer's yearly sales if nothing has changed.

    Purchases are a renewal process with rewards (D. R. Cox, Renewal Theory, 1962): the sum of n purchases of mean a and
    variance s² has the variance n·s² + n·c²·a², c being the coefficient of variation of the gaps: the customer's own, and
    1, as of a Poisson process, where it has too few. The two years add their variances.
    """
    count, orders = len(portfolio), portfolio.orders
    if orders is None:
        return np.full(count, np.nan)
    own = portfolio.frame["gap_cv"].to_numpy(np.float64, na_value=1.0)
    years = windows(portfolio.as_of)
    return np.asarray(
        np.sqrt(sum(_vary_by_chance(portfolio, *of, own) for of in (years.last_12_months, years.previous_12_months)))
    )


def _vary_by_chance(portfolio: Portfolio, first: date, last: date, gap_cv: Vector) -> Vector:
    """Return the variance of each customer's sales of a time; both ends inclusive."""
    orders, count = portfolio.orders, len(portfolio)
    assert orders is not None  # noqa: S101 - asked before
    day = orders["date"].to_numpy().astype("datetime64[D]")
    inside = (day >= np.datetime64(first, "D")) & (day <= np.datetime64(last, "D"))
    customer, line = orders["customer"].to_numpy(np.int64)[inside], orders["amount"].to_numpy(np.float64)[inside]
    start = np.flatnonzero(flag_run_starts(customer, day[inside]))
    who, amount = customer[start], np.add.reduceat(line, start) if len(start) else line
    n, sums, squares = (
        np.bincount(who, weights, minlength=count) for weights in (np.ones(len(who)), amount, amount**2)
    )
    mean_square = sums**2 / np.maximum(n, 1)
    return np.asarray(np.maximum(squares - mean_square, 0.0) + gap_cv**2 * mean_square)
