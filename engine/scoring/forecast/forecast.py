"""The forecast of every customer: the ladder of base models, the scorecards on top, and what follows in money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.customers.costs.profit_columns import pool_margin
from engine.scoring.forecast.base_models import (
    BaseForecast,
    PurchaseAnswer,
    explain_models,
    fit_contracts,
    fit_purchases,
    forecast_base,
)
from engine.scoring.forecast.own_past import (
    OUTCOMES,
    fit_card,
    flag_who_can_be_lost,
    free_columns,
    mean_over,
    points_of,
    points_per_unit,
    read_signals,
    sample_past,
)
from engine.scoring.forecast.scorecard import Scorecard, held, logistic, logit, standardise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.language.errors import Text

    Vector = NDArray[np.float64]

BASE: Final = "p_base_lost"
OWN_PAST: Final = "own_past"


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is to be expected of every customer within the horizon; NaN where nothing can be said.

    Parameters
    ----------
    horizon
        Days ahead, from the as-of date exclusive.
    lost
        P(no purchase, or no renewal, in the horizon).
    shrinks, grows
        P(sales ≤ 80 % of, ≥ 110 % of, the sales of the same time before); a loss shrinks too.
    purchases, sales, profit
        Expected purchases, net sales and gross profit (minor units); the profit is NaN where costs are unknown.
    change
        Expected sales less the sales of the same time before, minor units.
    base
        What the base models said, before the scorecard.
    points
        The risk score's parts before rounding: points by metric of `axes.risk`, and `own_past`.
    cards
        The scorecards by outcome: lost, shrinks, grows.
    why
        Why each base model answers, by its word in `base.model`.
    purchase_answer
        The fitted purchase model, or why there is none.
    level_error
        By which share all customers together missed the forecast at earlier origins, as a standard deviation.
    """

    horizon: float
    lost: Vector
    shrinks: Vector
    grows: Vector
    purchases: Vector
    sales: Vector
    profit: Vector
    change: Vector
    base: BaseForecast
    points: Mapping[str, Vector]
    cards: Mapping[str, Scorecard]
    why: Mapping[str, Text]
    purchase_answer: PurchaseAnswer | Text = field(repr=False)
    level_error: float

    def columns(self, metrics: pd.DataFrame) -> pd.DataFrame:
        """Return the forecast as columns of the scored table: Float64, money as Int64."""
        money = {
            "expected_sales": self.sales,
            "expected_profit": self.profit,
            "expected_change": self.change,
            "expected_loss": np.maximum(-self.change, 0.0),
        }
        plain = {
            BASE: held(self.base.lost),  # no model is certain, and 100 % would say so
            "p_lost": self.lost,
            "p_stays": 1 - self.lost,
            "p_shrinks": self.shrinks,
            "p_grows": self.grows,
            "expected_purchases": self.purchases,
            "value_multiple": _relate_to_mean(self._worth(metrics)),
        }
        columns: dict[str, pd.Series] = {
            name: pd.Series(np.rint(values)).astype("Int64") for name, values in money.items()
        }
        columns |= {name: pd.Series(values).astype("Float64") for name, values in plain.items()}
        return pd.DataFrame(columns, index=metrics.index)

    def _worth(self, metrics: pd.DataFrame) -> Vector:
        """Return what a customer is worth in the horizon: gross profit, on one basis for all; sales where costs are unknown.

        Without a forecast (no orders, or only a typed table) the sales of the last 12 months stand for it.
        """
        past = metrics["sales_12m"].to_numpy(np.float64, na_value=np.nan)
        sales = np.where(np.isnan(self.sales), past, self.sales)
        margin = _margin_rates(metrics)
        if np.isnan(margin).all():
            return sales
        return np.asarray(sales * np.where(np.isnan(margin), _everybodys_margin(metrics), margin))


def _relate_to_mean(values: Vector) -> Vector:
    """Return the values over the mean of those above 0."""
    positive = values[values > 0]
    return np.asarray(values / positive.mean()) if len(positive) else np.full(len(values), np.nan)


def forecast_customers(
    tables: Tables,
    metrics: pd.DataFrame,
    definition: Definition,
    day: date,
    horizon: float | None = None,
    *,
    like: Forecast | None = None,
) -> Forecast:
    """Return the forecast of all customers from `day` on.

    Parameters
    ----------
    tables
        Clean tables without anything dated after `day`.
    metrics
        The metrics of `day` (`engine.customers.order_metrics`, with the voice's columns).
    definition
        Horizon, signals, priors and least numbers.
    day
        The as-of date: all that is known is dated up to it, inclusive.
    horizon
        Days ahead; `forecast.horizon` when None.
    like
        A forecast of the same day whose model and scorecards are used instead of new ones: a what-if changes some customers, and what
        the past taught of all of them stays.
    """
    ahead = definition.number("forecast.horizon") if horizon is None else float(horizon)
    known = None if like is None else like.purchase_answer
    purchases, contracts = fit_purchases(tables, day, definition, known), fit_contracts(tables, day, definition)
    base = forecast_base(tables, metrics, day, ahead, definition, purchases, contracts)
    signals = read_signals(definition)
    worth = {each["metric"]: points_of(each, metrics) for each in signals}
    judged = flag_who_can_be_lost(metrics, definition)
    free = standardise(free_columns(metrics, base), judged)
    if like is None:
        past = sample_past(tables, definition, day, ahead, purchases, signals)
        cards: Mapping[str, Scorecard] = {
            name: fit_card(past.samples[name], signals if name == "lost" else (), definition) for name in OUTCOMES
        }
        level_error = past.level_error(definition)
    else:
        cards, level_error = like.cards, like.level_error
    lost, points = _judge_lost(base, judged, free, worth, cards["lost"], definition)
    shrinks, grows = (
        logistic(at + cards[name].correct(at, mean_over(at, judged), free))
        for name, at in (("shrinks", logit(base.shrinks)), ("grows", logit(base.grows)))
    )
    # Given that it buys at all, a customer buys as often as the base model says: only the probability of that is corrected.
    there = (1 - lost) / np.maximum(1 - base.lost, 1e-9)
    expected = base.purchases * np.where(np.isnan(there), 1.0, there)
    sales = expected * base.value
    return Forecast(
        horizon=ahead,
        lost=lost,
        shrinks=np.fmax(shrinks, np.where(np.isnan(base.shrinks), np.nan, lost)),
        grows=np.fmin(grows, 1 - lost),
        purchases=expected,
        sales=sales,
        profit=sales * _margin_rates(metrics),
        change=sales - base.before,
        base=base,
        points=points,
        cards=cards,
        why=explain_models(purchases, contracts),
        purchase_answer=purchases,
        level_error=level_error,
    )


def _margin_rates(metrics: pd.DataFrame) -> Vector:
    """Return each customer's margin of the last 12 months, everybody's where it has none; NaN where costs are unknown."""
    profit, sales, known = _known_profits(metrics)
    own = np.where(known, profit / np.where(known, sales, 1.0), _everybodys_margin(metrics))
    return np.asarray(np.where(np.isnan(profit) & (sales > 0), np.nan, own))


def _everybodys_margin(metrics: pd.DataFrame) -> float:
    """Return the margin of the last 12 months of all customers whose costs are known; NaN where there are none."""
    profit, sales, _ = _known_profits(metrics)
    return pool_margin(profit, sales)


def _known_profits(metrics: pd.DataFrame) -> tuple[Vector, Vector, NDArray[np.bool_]]:
    """Return gross profit and sales of the last 12 months, and which customers have a margin."""
    profit, sales = (metrics[name].to_numpy(np.float64, na_value=np.nan) for name in ("gross_profit_12m", "sales_12m"))
    return profit, sales, ~np.isnan(profit) & (sales > 0)


def _judge_lost(
    base: BaseForecast,
    judged: NDArray[np.bool_],
    free: Vector,
    worth: Mapping[str, Vector],
    card: Scorecard,
    definition: Definition,
) -> tuple[Vector, dict[str, Vector]]:
    """Return P(lost), and the points that each part adds: all in log-odds, so that they add up."""
    double = points_per_unit(definition)
    at, middle = logit(base.lost), definition.number("forecast.even_points")
    points = {BASE: middle + double * at}
    points |= {name: share * each for share, (name, each) in zip(card.signals, worth.items(), strict=True)}
    points[OWN_PAST] = double * card.correct(at, mean_over(at, judged), free)
    total = np.sum(list(points.values()), axis=0)
    return logistic((total - middle) / double), points
