"""How far what happens may lie from what is forecast: for one customer, a segment or all of them.

Two kinds of doubt. What each customer will do is chance, independent of the others: the variances add up, and most of it cancels
in a sum. What is not known of the models is shared: when everybody leaves sooner than was thought, all forecasts are too high
together. So the shared part is kept as loadings, the change of each customer's expected sales per standard deviation of each
source (parameters of the purchase model, rival models where priors were needed, coefficients of the scorecard, and what no model
knows: prices, season, the economy, by which the forecasts of earlier origins missed the total); they are summed first and squared
then. The interval of a sum is therefore neither the sum of the intervals nor that of independent customers.

Decision 0360: why by covariance and not by simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from engine.language.errors import Refusal, Text
from engine.models.purchases.choice import MODELS
from engine.models.purchases.histories import DAYS
from engine.models.quadrature import dots
from engine.scoring.forecast.own_past import stack_drivers
from engine.scoring.forecast.purchase_value import measure_variation, weigh_everybody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.models.purchases.beta_geometric import BetaGeometric
    from engine.scoring.forecast.forecast import Forecast
    from engine.scoring.portfolio import Portfolio

    Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """The doubt about expected sales, minor units.

    Parameters
    ----------
    sales, lost
        Expected sales and P(lost) of every customer; NaN where nothing is forecast.
    own
        Variance of each customer's sales by chance alone.
    shared
        Customers × sources: change of the expected sales per standard deviation of each source.
    """

    sales: Vector
    lost: Vector
    own: Vector
    shared: Vector

    def interval(self, groups: NDArray[np.intp], count: int, confidence: float) -> tuple[Vector, Vector, Vector]:
        """Return lower end, expected sum and upper end of the sales of each group.

        A sum of sales is never below 0 and leans to the right, so that its ends are those of a gamma distribution of its mean and
        variance, beside the chance that nobody of the group buys at all.

        Parameters
        ----------
        groups
            For each customer its group, 0 to `count` − 1; customers with −1 are in none.
        confidence
            Probability that the sales lie between the ends, ends included.

        Returns
        -------
        numpy.ndarray
            One entry per group; NaN where nothing is forecast for any of its customers.
        """
        from scipy.stats import gamma

        known = (groups >= 0) & ~np.isnan(self.sales)
        at = groups[known]
        mean = np.bincount(at, self.sales[known], count)
        shared = np.stack([np.bincount(at, column[known], count) for column in self.shared.T], axis=1)
        variance = np.bincount(at, self.own[known], count) + (shared * shared).sum(axis=1)
        nobody = np.exp(np.bincount(at, np.log(np.clip(self.lost[known], 1e-300, 1.0)), count))
        there = np.maximum(1 - nobody, 1e-12)
        within = np.maximum((variance + mean * mean) / there - (mean / there) ** 2, 0.0)
        ends = []
        for chance in ((1 - confidence) / 2, (1 + confidence) / 2):
            reached = (chance - nobody) / there
            with np.errstate(invalid="ignore", divide="ignore"):
                found = gamma.ppf(np.maximum(reached, 0.0), (mean / there) ** 2 / within, scale=within * there / mean)
            ends.append(np.where(reached <= 0, 0.0, np.where((mean > 0) & (within > 0), found, mean / there)))
        nothing = np.bincount(at, minlength=count) == 0
        low, high = (np.where(nothing, np.nan, each) for each in ends)
        return low, np.where(nothing, np.nan, mean), high


def expect_sales(portfolio: Portfolio, keys: pd.Series) -> pd.DataFrame:
    """Return the sales expected of each group within the horizon, with their interval (`forecast.confidence`).

    Parameters
    ----------
    keys
        For each customer of the portfolio its group.

    Returns
    -------
    pandas.DataFrame
        Rows by group; expected_sales, expected_sales_low and expected_sales_high as Int64, minor units; missing where nothing is
        forecast for anybody of the group.

    Raises
    ------
    Refusal
        `too_little_data` for a run without a forecast: one read back from the store, or a masked one.
    """
    forecast = portfolio.forecast
    if forecast is None:
        raise Refusal(
            "too_little_data",
            "この実行には予測のもとになるモデルがないため、見込みの区間を計算できません。元のデータから採点し直してください",
            "this run does not hold the models of its forecast, so no interval can be computed; score the data again",
        )
    spread = portfolio.once(
        "forecast.spread",
        lambda: spread_forecast(forecast, portfolio.tables, portfolio.frame, portfolio.definition),
    )
    groups, names = pd.factorize(keys, sort=False)
    low, mid, high = spread.interval(groups, len(names), portfolio.definition.number("forecast.confidence"))
    ends = {"expected_sales": mid, "expected_sales_low": low, "expected_sales_high": high}
    rounded = {name: pd.array(np.rint(values), dtype="Float64").astype("Int64") for name, values in ends.items()}
    return pd.DataFrame(rounded, index=names)


def spread_forecast(forecast: Forecast, tables: Tables, metrics: pd.DataFrame, definition: Definition) -> Spread:
    """Return the doubt about a forecast.

    Parameters
    ----------
    tables, metrics
        Those that it was made of.
    definition
        Its definition.
    """
    own = np.nan_to_num(_find_own_variance(forecast, tables, metrics, definition))
    shared = [forecast.level_error * forecast.sales, *_load_parameters(forecast)]
    shared += _load_scorecard(forecast, stack_drivers(metrics, forecast.base, definition))
    return Spread(forecast.sales, forecast.lost, own, np.nan_to_num(np.column_stack(shared)))


def _find_own_variance(forecast: Forecast, tables: Tables, metrics: pd.DataFrame, definition: Definition) -> Vector:
    """Return the variance of every customer's sales by chance: of how often it buys, and of what it buys each time.

    The value of a purchase varies around the customer's own mean by a coefficient of variation that all share; the mean is known
    as well as the purchases that it was taken over tell.
    """
    value, mean = forecast.base.value, forecast.purchases
    square = _find_mean_square(forecast)
    times = metrics["orders"].to_numpy(np.float64, na_value=0.0)
    variation = measure_variation(tables)
    varies = variation.within
    unsure = varies / (np.maximum(times, 0.0) + weigh_everybody(variation, definition))
    return np.asarray(value**2 * (np.maximum(square - mean * mean, 0.0) + varies * mean + unsure * mean * mean))


def _find_mean_square(forecast: Forecast) -> Vector:
    """Return the expected square of every customer's purchases: by its purchase model, else as Poisson while it stays.

    What the scorecard adds to P(lost) takes from every number of purchases above 0 alike, so that the square follows the mean.
    """
    mean, lost, base = forecast.purchases, forecast.lost, forecast.base
    there = np.maximum(1 - lost, 1e-9)
    square = mean + mean * mean / there
    answer = forecast.purchase_answer
    if isinstance(answer, Text):
        return np.asarray(square)
    rows = answer.histories
    ahead = forecast.horizon / DAYS[rows.unit]
    by_model = np.full(len(mean), np.nan)
    by_model[rows.customer] = rows.each(answer.model.square_given(answer.fit.values, ahead, rows.x, rows.t_x, rows.T))
    answered = (base.model == answer.choice.model) & (base.purchases > 0)
    share = np.where(answered, mean / np.where(answered, base.purchases, 1.0), 1.0)
    return np.asarray(np.where(answered, by_model * share, square))


def _load_parameters(forecast: Forecast) -> Iterator[Vector]:
    """Yield what each independent direction of the purchase model's parameters moves, and what each rival model says."""
    answer = forecast.purchase_answer
    if isinstance(answer, Text):
        return
    rows, ahead = answer.histories, forecast.horizon / DAYS[answer.histories.unit]
    usual = forecast.base.purchases
    money = forecast.sales / np.where(usual > 0, usual, np.nan)

    def expect(model: BetaGeometric, *values: float) -> Vector:
        found = np.full(len(usual), np.nan)
        found[rows.customer] = rows.each(model.expected_given(values, ahead, rows.x, rows.t_x, rows.T))
        return found

    for direction in answer.fit.loadings_of(lambda *values: expect(answer.model, *values)):
        yield direction * money
    for word, chance in answer.choice.rivals().items():
        told = expect(cast("BetaGeometric", MODELS[word]), *answer.choice.fits[word].values)  # noqa: PD011 - a fit, no frame
        yield np.sqrt(chance) * (told - usual) * money


def _load_scorecard(forecast: Forecast, drivers: Vector) -> Iterator[Vector]:
    """Yield what each independent direction of the coefficients for a loss moves; `drivers` is what they act on."""
    spread, directions = np.linalg.eigh(forecast.cards["lost"].covariance)
    by_odds = -forecast.lost * forecast.sales  # d(1 − P) ÷ (1 − P) of the sales per unit of log-odds
    for size, direction in zip(np.sqrt(np.maximum(spread, 0.0)), directions.T, strict=True):
        yield size * by_odds * dots(drivers, direction)
