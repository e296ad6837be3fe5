"""Sales of every customer by fiscal quarter, the quarters of the year before beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.cleaning.missing_table import absence
from engine.language.errors import Refusal
from engine.measures.retention.periods import number_of, period_at, series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.measures.retention.periods import Period
    from engine.scoring.portfolio import Portfolio

_YEAR: Final = 4  # quarters


@dataclass(frozen=True, eq=False)
class History:
    """Net sales by quarter.

    Parameters
    ----------
    periods
        The quarters, the oldest first; the last one ends on the as-of date where it still runs (`complete` is False).
    sales
        Customers × quarters: net sales in minor units, 0 where nothing was sold.
    previous
        The same quarters a year earlier, whole ones: a quarter that still runs stands beside a whole one.
    told
        Per quarter whether the orders reach back over the whole of the quarter a year earlier.
    """

    periods: tuple[Period, ...]
    sales: NDArray[np.int64]
    previous: NDArray[np.int64]
    told: tuple[bool, ...]


def sales_history(portfolio: Portfolio, quarters: int = 12) -> History:
    """Return the sales of the last `quarters` fiscal quarters of every customer; made once per run and number.

    Quarters before the one of the oldest order are left out: that nothing is known is not that nothing was sold.

    Parameters
    ----------
    quarters
        How many at most, at least 1.

    Raises
    ------
    Refusal
        `too_little_data` where the run has no orders.
    """
    if portfolio.orders is None or portfolio.orders.empty:
        raise Refusal("too_little_data", *absence(portfolio.tables, "orders"))
    return portfolio.once(("history", quarters), lambda: _sum_by_quarter(portfolio, quarters))


def _sum_by_quarter(portfolio: Portfolio, quarters: int) -> History:
    orders = portfolio.orders
    assert orders is not None  # noqa: S101 - the caller has looked
    start = int(portfolio.definition.number("general.fiscal_year_start"))
    days = orders["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    number = series("quarter", days, start)
    newest = number_of("quarter", portfolio.as_of, start)
    oldest = int(number.min())
    first = min(max(newest - quarters + 1, oldest), newest)
    shown = newest - first + 1
    grid = np.zeros((len(portfolio), shown + _YEAR), dtype=np.int64)
    inside = (number >= first - _YEAR) & (number <= newest)
    who = orders["customer"].to_numpy(np.int64)[inside]
    np.add.at(grid, (who, number[inside] - first + _YEAR), orders["amount"].to_numpy(np.int64)[inside])
    periods = tuple(period_at("quarter", each, portfolio.as_of, start) for each in range(first, newest + 1))
    begins = np.datetime64(period_at("quarter", oldest, portfolio.as_of, start).first, "D").astype(np.int64)
    grace = portfolio.definition.number("growth.grace_days")  # no shop sells on New Year's Day
    whole = oldest if int(days.min()) <= int(begins) + grace else oldest + 1
    told = tuple(each - _YEAR >= whole for each in range(first, newest + 1))
    return History(periods, grid[:, _YEAR:], grid[:, :shown], told)
