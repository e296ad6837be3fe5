"""The past judged again: scored at each origin with nothing dated later, beside what followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.definition.definition import Definition
from engine.language.errors import Refusal, Text
from engine.measures.backtest.cutting import cut_tables
from engine.measures.backtest.ratings import Base, Rating, base_of, forecast_of, ratings_of
from engine.scoring.forecast.history_cut import purchases_between, sales_between
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

    Vector = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Report = Callable[[Text, float], None]

_ACTIVE: Final = ("active", "new", "returned")
JUDGED: Final = ("active", "bought_12m")
_YEAR: Final = 365


@dataclass(frozen=True, eq=False)
class Trial:
    """One origin; every array has one entry per customer that was active there.

    Parameters
    ----------
    day, until
        The origin, and the last day of the horizon; what followed lies in (day, until].
    customer
        Positions in the whole table.
    ratings
        What each axis said, by its code.
    base
        What the base model said.
    recency, before
        Days since the last purchase; sales of the twelve months up to the origin, minor units.
    same_time
        Sales of as many days before the origin as the horizon has after it, minor units: what growth is told against.
    expected
        Sales forecast for the horizon, minor units; NaN where none are.
    bought, after
        Whether it bought in the horizon; its net sales there, minor units.
    left_out
        What had no date and was left out, in words.
    """

    day: date
    until: date
    customer: NDArray[np.intp]
    ratings: Mapping[str, Rating]
    base: Base
    recency: Vector
    before: Vector
    same_time: Vector
    expected: Vector
    bought: Flags
    after: Vector
    left_out: tuple[Text, ...]

    @property
    def change(self) -> Vector:
        """Sales of the horizon against those of the same time before; NaN where there were none."""
        usable = self.same_time > 0
        return np.where(usable, self.after / np.where(usable, self.same_time, 1.0) - 1.0, np.nan)


def run_trials(
    portfolio: Portfolio, origins: tuple[date, ...], days: int, report: Report | None = None
) -> tuple[Trial, ...]:
    """Score the portfolio anew at each origin, oldest first.

    Parameters
    ----------
    report
        Told before each origin what is being done, and which share of all is done.
    """
    found = []
    for number, day in enumerate(origins):
        if report is not None:
            report(Text(f"{day:%Y/%m/%d}時点で採点", f"score as of {day:%Y-%m-%d}"), number / len(origins))
        found.append(run_trial(portfolio, day, days))
    return tuple(found)


def run_trial(portfolio: Portfolio, day: date, days: int) -> Trial:
    """Score at one origin, its forecast reaching over the horizon, and read what followed off the whole orders."""
    cut = cut_tables(portfolio.tables, day)
    past = score(cut.tables, _definition_over(portfolio.definition, days), day, named=False)
    forecast = forecast_of(past)
    judged = np.flatnonzero(_flag_judged_customers(past))
    customer = cut.customer[judged]
    until = day + timedelta(days=days)
    bought = purchases_between(portfolio.tables, day, until) > 0  # a return alone is no purchase
    after = sales_between(portfolio.tables, day, until).astype(np.float64)

    def column(name: str) -> Vector:
        return past.frame[name].to_numpy(np.float64, na_value=np.nan)[judged]

    return Trial(
        day,
        until,
        customer,
        {axis: rating.take(judged) for axis, rating in ratings_of(past).items()},
        base_of(past, judged),
        column("recency_days"),
        column("sales_12m"),
        forecast.base.before[judged],
        forecast.sales[judged],
        bought[customer],
        after[customer],
        cut.left_out,
    )


def _flag_judged_customers(past: Portfolio) -> Flags:
    """Return whose grade is held against what followed, by `backtest.judged`."""
    chosen = past.definition.value("backtest.judged")
    if chosen == "active":
        return np.asarray(past.frame["state"].isin(_ACTIVE), dtype=np.bool_)
    if chosen == "bought_12m":
        return np.asarray((past.frame["recency_days"] < _YEAR).fillna(False), dtype=np.bool_)
    raise Refusal(
        "missing_definition",
        f"定義「backtest.judged」の値「{chosen}」が使えません(使える値: {'・'.join(JUDGED)})",
        f'the value "{chosen}" of "backtest.judged" is not known (use: {", ".join(JUDGED)})',
    )


def _definition_over(definition: Definition, days: int) -> Definition:
    """Return the definition with a forecast of so many days: what is stated and what is read off are of equal length."""
    if definition.number("forecast.horizon") == days:
        return definition
    return Definition.from_rows([("forecast.horizon", days)], definition)
