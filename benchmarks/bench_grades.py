"""Grades as forecasts: what the forecast and its scorecard cost a scoring, and what the backtest costs.

The anchor of the scoring is the same scoring of CDNOW with its forecast given, so that the ratio is the price of forecasting alone:
the fit of the purchase models, three earlier origins and the scorecards. The anchor of the backtest is one scoring, forecast included,
of the same company.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

from bench_cdnow import AS_OF, cdnow_tables
from measure import Row, compare

from engine.cleaning.tables import clean
from engine.definition.definition import Definition
from engine.measures.backtest.backtest import backtest
from engine.scoring.scoring import score
from workbooks.sample.sample import make_sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.cleaning.tables import Tables
    from engine.scoring.portfolio import Portfolio

ORIGINS = 4


def measure() -> list[Row]:
    """Score CDNOW with and without forecasting, and test the grades of CDNOW and of the sample company on four origins."""
    cdnow, sample = cdnow_tables(), _sample_tables()
    return [
        compare(
            ("CDNOW: score, forecast included", lambda: score(cdnow, as_of=AS_OF)),
            ("the same, its forecast given", _without_forecasting(cdnow)),
            budget=2.0,
            runs=5,
        ),
        _test_grades("CDNOW", cdnow, 90),
        _test_grades("sample company", sample, 365),
    ]


def _without_forecasting(tables: Tables) -> Callable[[], Portfolio]:
    """Return a scoring whose forecast was made before."""
    known = score(tables, as_of=AS_OF).forecast

    def work() -> Portfolio:
        with patch("engine.scoring.scoring.forecast_customers", lambda *_, **__: known):
            return score(tables, as_of=AS_OF)

    return work


def _test_grades(name: str, tables: Tables, days: int) -> Row:
    """Time a backtest of four origins against one scoring with a horizon as long."""
    definition = Definition.from_rows([("forecast.horizon", days)])
    portfolio = score(tables, definition)
    return compare(
        # A copy of the run remembers nothing that was measured before.
        (
            f"{name}: backtest of {ORIGINS} origins, {days} days",
            lambda: backtest(replace(portfolio), "risk", days, ORIGINS),
        ),
        (f"{name}: one scoring", lambda: score(tables, definition, portfolio.as_of)),
        budget=5.0,
        runs=3,
    )


def _sample_tables() -> Tables:
    """Return the clean tables of the sample company."""
    company = make_sample()
    return clean(company.raw_tables(), as_of=company.as_of)
