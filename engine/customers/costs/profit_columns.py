"""What a customer leaves: its share of gross profit, its profit after costs, and the return on what we chose to spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.customers.costs.costs_borne import CostBook
from engine.customers.nullable_columns import divide_known
from engine.customers.order_metrics import windows

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.language.errors import Text
    from engine.scoring.portfolio import Portfolio

_PERIODS: Final = {"sales_12m": "12m", "sales_prev_12m": "prev_12m", "sales_fy": "fy", "sales_prev_fy": "prev_fy"}
_AFTER_COSTS: Final = (
    *(f"net_profit_{suffix}" for suffix in _PERIODS.values()),
    *("service_cost_12m", "acquisition_cost_12m", "chosen_cost_12m"),
)


def pool_margin(profit: NDArray[np.float64], sales: NDArray[np.float64]) -> float:
    """Return the margin of all customers whose gross profit is known and that bought, taken together; NaN where there are none."""
    known = ~np.isnan(profit) & (sales > 0)
    return float(profit[known].sum() / sales[known].sum()) if known.any() else float("nan")


def with_profit(tables: Tables, definition: Definition, as_of: date, metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the customers' metrics with what they leave after costs; the given frame stays as it is.

    Parameters
    ----------
    tables, definition, as_of
        What the metrics were made of.
    metrics
        As `engine.customers.order_metrics.customer_metrics` returns it.

    Returns
    -------
    pandas.DataFrame
        With the further columns net_profit_12m, net_profit_prev_12m, net_profit_fy, net_profit_prev_fy,
        service_cost_12m, acquisition_cost_12m, chosen_cost_12m (Int64, minor units), roi, profit_share,
        margin_rate_prev_12m and margin_change (Float64). Net profit = gross profit − cost to serve − the part of the
        acquisition cost that falls into the period; it is missing where the gross profit is, and where the cost table
        does not cover the period. ROI = (profit before the chosen costs − chosen costs) ÷ chosen costs = net profit ÷
        chosen costs.
    """
    frame = metrics.copy()
    if tables.costs is None:
        for name in _AFTER_COSTS:
            frame[name] = _make_amount_column(np.zeros(len(frame), np.int64), told=False)
    else:
        book = CostBook(tables, definition, as_of, metrics["first_order"])
        for sold, period in windows(as_of, int(definition.number("general.fiscal_year_start"))).named.items():
            borne, suffix = book.bear(period, metrics[sold]), _PERIODS[sold]
            frame[f"net_profit_{suffix}"] = metrics[f"gross_profit_{suffix}"] - _make_amount_column(
                borne.total, borne.covered
            )
            if suffix == "12m":
                frame["service_cost_12m"] = _make_amount_column(borne.service, borne.covered)
                frame["acquisition_cost_12m"] = _make_amount_column(borne.acquisition, borne.covered)
                frame["chosen_cost_12m"] = _make_amount_column(borne.chosen, borne.covered)
    frame["roi"] = divide_known(frame["net_profit_12m"], frame["chosen_cost_12m"])
    whole = frame["gross_profit_12m"].sum(min_count=1)
    frame["profit_share"] = divide_known(frame["gross_profit_12m"], pd.Series([whole] * len(frame), dtype="Int64"))
    frame["margin_rate_prev_12m"] = divide_known(frame["gross_profit_prev_12m"], frame["sales_prev_12m"])
    frame["margin_change"] = frame["margin_rate"] - frame["margin_rate_prev_12m"]
    return frame


@dataclass(frozen=True, slots=True)
class Statement:
    """The profit of every customer, from sales to what it leaves, over the last twelve months.

    Parameters
    ----------
    rows
        One row per customer, in their order: customer (position), sales, gross_profit, direct, hours, common,
        acquisition, net_profit (Int64, minor units; missing as in `portfolio.frame`), roi (Float64).
    unallocated
        Common costs of the period that nobody bears, minor units.
    covered
        Whether the cost table covers the period.
    notes
        What is missing, and the rule by which common costs were shared.
    """

    rows: pd.DataFrame
    unallocated: int
    covered: bool
    notes: tuple[Text, ...]


def statement(portfolio: Portfolio) -> Statement:
    """Return how each customer's net profit comes about (customer profitability analysis)."""
    return portfolio.once(("profit.statement",), lambda: _build_profit_statement(portfolio))


def _build_profit_statement(portfolio: Portfolio) -> Statement:
    frame, definition = portfolio.frame, portfolio.definition
    period = windows(portfolio.as_of, int(definition.number("general.fiscal_year_start"))).last_12_months
    book = CostBook(portfolio.tables, definition, portfolio.as_of, frame["first_order"])
    borne = book.bear(period, frame["sales_12m"])
    rows = pd.DataFrame(
        {
            "customer": np.arange(len(frame)),
            "sales": frame["sales_12m"],
            "gross_profit": frame["gross_profit_12m"],
            "direct": _make_amount_column(borne.direct, borne.covered),
            "hours": _make_amount_column(borne.hours, borne.covered),
            "common": _make_amount_column(borne.common, borne.covered),
            "acquisition": _make_amount_column(borne.acquisition, borne.covered),
            "net_profit": frame["net_profit_12m"],
            "roi": frame["roi"],
        }
    )
    return Statement(rows, borne.unallocated, borne.covered, borne.notes)


def _make_amount_column(values: NDArray[np.int64], told: bool) -> pd.Series:
    """Return amounts as a column; all missing where they are not told."""
    return pd.Series(pd.array(values if told else [pd.NA] * len(values), dtype="Int64"))
