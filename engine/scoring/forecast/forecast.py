"""The forecast of every customer: the ladder of base models, the scorecards on top, and what follows in money."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.customers.order_metrics import customer_metrics
from engine.customers.voice_columns import voice_metrics
from engine.language.errors import Text
from engine.scoring.forecast.base_models import (
    BaseForecast,
    PurchaseAnswer,
    explain_models,
    fit_contracts,
    fit_purchases,
    forecast_base,
)
from engine.scoring.forecast.history_cut import purchases_between, sales_between, tables_known_on
from engine.scoring.forecast.scorecard import (
    Sample,
    Scorecard,
    fit_scorecard,
    logistic,
    logit,
    prior_card,
    standardise,
)
from engine.scoring.points import interpolate_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition

    Vector = NDArray[np.float64]

BASE: Final = "p_base_lost"
OWN_PAST: Final = "own_past"
_OUTCOMES: Final = ("lost", "shrinks", "grows")


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

    def columns(self, metrics: pd.DataFrame) -> pd.DataFrame:
        """Return the forecast as columns of the scored table: Float64, money as Int64."""
        money = {
            "expected_sales": self.sales,
            "expected_profit": self.profit,
            "expected_change": self.change,
            "expected_loss": np.maximum(-self.change, 0.0),
        }
        plain = {
            BASE: self.base.lost,
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
    signals = _read_signals(definition)
    worth = {each["metric"]: _points_of(each, metrics) for each in signals}
    samples = _sample_past(tables, definition, day, ahead, purchases, signals) if like is None else {}
    judged = _flag_who_can_be_lost(metrics, definition)
    free = standardise(_free_columns(metrics, base), judged)
    cards = {
        name: _fit_card(samples[name], signals if name == "lost" else (), definition)
        if like is None
        else like.cards[name]
        for name in _OUTCOMES
    }
    lost, points = _judge_lost(base, judged, free, worth, cards["lost"], definition)
    shrinks, grows = (
        logistic(logit(told) + cards[name].correct(logit(told), _mean_over(logit(told), judged), free))
        for name, told in (("shrinks", base.shrinks), ("grows", base.grows))
    )
    there = np.where(base.lost < 1, (1 - lost) / np.maximum(1 - base.lost, 1e-9), 1.0)
    expected = base.purchases * np.where(np.isnan(there), 1.0, np.minimum(there, 1 / np.maximum(base.lost, 0.05)))
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
    )


def _margin_rates(metrics: pd.DataFrame) -> Vector:
    """Return each customer's margin of the last 12 months, everybody's where it has none; NaN where costs are unknown."""
    profit, sales, known = _known_profits(metrics)
    own = np.where(known, profit / np.where(known, sales, 1.0), _everybodys_margin(metrics))
    return np.asarray(np.where(np.isnan(profit) & (sales > 0), np.nan, own))


def _everybodys_margin(metrics: pd.DataFrame) -> float:
    """Return the margin of the last 12 months of all customers whose costs are known; NaN where there are none."""
    profit, sales, known = _known_profits(metrics)
    return float(profit[known].sum() / sales[known].sum()) if known.any() else float("nan")


def _known_profits(metrics: pd.DataFrame) -> tuple[Vector, Vector, NDArray[np.bool_]]:
    """Return gross profit and sales of the last 12 months, and which customers have a margin."""
    profit, sales = (metrics[name].to_numpy(np.float64, na_value=np.nan) for name in ("gross_profit_12m", "sales_12m"))
    return profit, sales, ~np.isnan(profit) & (sales > 0)


def _read_signals(definition: Definition) -> list[dict[str, Any]]:
    """Return the rows of `axes.risk` that are signals of a loss; none where the planner's own rows are of the older kind."""
    rows = definition.rules("axes.risk")
    return [row for row in rows if row.get("kind") == "signal"] if rows[0].get("kind") == "model" else []


def _points_of(row: Mapping[str, Any], metrics: pd.DataFrame) -> Vector:
    """Return a signal's points, read off the straight lines between its corners (flat beyond the ends); 0 where missing."""
    values = metrics[str(row["metric"])].to_numpy(np.float64, na_value=np.nan)
    return np.asarray(np.nan_to_num(interpolate_points(values, row["points"])))


def _mean_over(values: Vector, judged: NDArray[np.bool_]) -> float:
    """Return the mean of what is known of the customers judged (of all, where none is); 0 where nothing is."""
    there = ~np.isnan(values)
    known = values[judged & there] if (judged & there).any() else values[there]
    return float(known.mean()) if len(known) else 0.0


def _judge_lost(
    base: BaseForecast,
    judged: NDArray[np.bool_],
    free: Vector,
    worth: Mapping[str, Vector],
    card: Scorecard,
    definition: Definition,
) -> tuple[Vector, dict[str, Vector]]:
    """Return P(lost), and the points that each part adds: all in log-odds, so that they add up."""
    double = definition.number("forecast.points_to_double") / np.log(2)
    at, middle = logit(base.lost), definition.number("forecast.even_points")
    points = {BASE: middle + double * at}
    points |= {name: share * each for share, (name, each) in zip(card.signals, worth.items(), strict=True)}
    points[OWN_PAST] = double * card.correct(at, _mean_over(at, judged), free)
    total = np.sum(list(points.values()), axis=0)
    return logistic((total - middle) / double), points


# ---- the own past ------------------------------------------------------------------------------------------------------


def _flag_who_can_be_lost(metrics: pd.DataFrame, definition: Definition) -> NDArray[np.bool_]:
    """Return who counts as a customer that can still be lost: its last purchase lies within `state.active_days`."""
    recency = metrics["recency_days"].to_numpy(np.float64, na_value=np.inf)
    return np.asarray(recency <= definition.number("state.active_days"))


def _free_columns(metrics: pd.DataFrame, base: BaseForecast) -> Vector:
    """Return `FREE`, logarithms but for the trend (held within ±100 %); NaN where the customer has none."""
    recency, orders, tenure = (
        metrics[name].to_numpy(np.float64, na_value=np.nan) for name in ("recency_days", "orders", "tenure_days")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        money = np.log(np.where(base.value > 0, base.value, np.nan))
        times = np.log(np.where(orders > 0, orders, np.nan))
    trend = np.clip(metrics["half_year_yoy"].to_numpy(np.float64, na_value=np.nan), -1.0, 1.0)
    return np.asarray(np.column_stack([np.log1p(recency), times, money, np.log1p(tenure), trend]))


def _sample_past(
    tables: Tables,
    definition: Definition,
    day: date,
    ahead: float,
    purchases: PurchaseAnswer | Text,
    signals: Sequence[Mapping[str, Any]],
) -> dict[str, list[Sample]]:
    """Return, for every origin that the history has room for, what was known then and what came.

    Nothing where all customers at all origins would be fewer than the events that a scorecard needs: the prior answers then.
    """
    found: dict[str, list[Sample]] = {name: [] for name in _OUTCOMES}
    if isinstance(purchases, Text) or tables.orders is None or not len(tables.orders):
        return found
    first = pd.Timestamp(tables.orders["date"].min()).date()
    window, count = int(min(ahead, (day - first).days // 2)), int(definition.number("forecast.origins"))
    most, least = len(tables.customers) * count, 2 * definition.number("forecast.least_events")
    if window < definition.number("forecast.least_window") or most < least:
        return found
    step = max(window // 2, 1)
    origins = [day - timedelta(days=window + step * number) for number in range(count)]
    weight, fading = min(1.0, step / window), definition.number("forecast.fading")  # two times overlap by half
    for number, origin in enumerate(each for each in origins if (each - first).days >= window // 2):
        of_origin = _sample_origin(
            tables, definition, origin, window, purchases, signals, weight=weight * fading**number
        )
        for name, sample in of_origin.items():
            found[name].append(sample)
    return found


def _sample_origin(
    tables: Tables,
    definition: Definition,
    origin: date,
    window: int,
    purchases: PurchaseAnswer,
    signals: Sequence[Mapping[str, Any]],
    *,
    weight: float,
) -> dict[str, Sample]:
    known = tables_known_on(tables, origin)
    metrics = customer_metrics(known, definition, origin)
    metrics = pd.concat([metrics, voice_metrics(known, definition, origin)], axis=1)
    base = forecast_base(known, metrics, origin, window, definition, purchases)
    until = origin + timedelta(days=window)
    after = sales_between(tables, origin, until).astype(np.float64)
    came = purchases_between(tables, origin, until) > 0
    judged = _flag_who_can_be_lost(metrics, definition) & ~np.isnan(base.lost)
    free = standardise(_free_columns(metrics, base), judged)
    double = definition.number("forecast.points_to_double") / np.log(2)
    worth = [np.zeros(len(metrics)) if row.get("undated") else _points_of(row, metrics) / double for row in signals]
    less, more = definition.number("forecast.shrinks"), definition.number("forecast.grows")
    has = base.before > 0
    outcomes = {
        "lost": (judged, base.lost, ~came, np.column_stack(worth) if worth else np.zeros((len(metrics), 0))),
        "shrinks": (judged & has, base.shrinks, after <= less * base.before, np.zeros((len(metrics), 0))),
        "grows": (judged & has, base.grows, after >= more * base.before, np.zeros((len(metrics), 0))),
    }
    return {
        name: Sample(logit(told[who]), _mean_over(logit(told), who), free[who], each[who], outcome[who], weight)
        for name, (who, told, outcome, each) in outcomes.items()
    }


def _fit_card(samples: Sequence[Sample], signals: Sequence[object], definition: Definition) -> Scorecard:
    if not samples:
        return prior_card(len(signals))
    number = definition.number
    widths = (number("forecast.intercept_width"), number("forecast.slope_width"), number("forecast.free_width"))
    return fit_scorecard(
        samples, len(signals), least=number("forecast.least_events"), widths=(*widths, number("forecast.signal_width"))
    )
