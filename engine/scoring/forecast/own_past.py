"""What the company's own past teaches the scorecards: at earlier origins, what was known then and what came.

Decision 0321: which origins, and how much each counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.customers.order_metrics import customer_metrics
from engine.customers.voice_columns import voice_metrics
from engine.language.errors import Text
from engine.scoring.forecast.base_models import BaseForecast, PurchaseAnswer, forecast_base
from engine.scoring.forecast.history_cut import keep_customers, purchases_between, sales_between, tables_known_on
from engine.scoring.forecast.scorecard import (
    Sample,
    Scorecard,
    fit_scorecard,
    is_scorecard,
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

OUTCOMES: Final = ("lost", "shrinks", "grows")


@dataclass(frozen=True, eq=False)
class Past:
    """What earlier origins say.

    Parameters
    ----------
    samples
        By outcome, one per origin that the history has room for; nothing where the prior answers anyhow.
    misses
        For each of those origins, ln(what all customers together bought ÷ what the base model forecast).
    """

    samples: Mapping[str, Sequence[Sample]]
    misses: tuple[float, ...]

    def level_error(self, definition: Definition) -> float:
        """Return by which share the total misses, as a standard deviation: `forecast.level_width`, as one more origin, and the own past."""
        squares = [definition.number("forecast.level_width") ** 2, *(each * each for each in self.misses)]
        return float(np.sqrt(np.mean(squares)))


def read_signals(definition: Definition) -> list[dict[str, Any]]:
    """Return the rows of `axes.risk` that are signals of a loss; none where the planner's own rows are of the older kind."""
    rows = definition.rules("axes.risk")
    return [row for row in rows if row.get("kind") == "signal"] if is_scorecard(definition, "risk") else []


def points_of(row: Mapping[str, Any], metrics: pd.DataFrame) -> Vector:
    """Return a signal's points, read off the straight lines between its corners (flat beyond the ends); 0 where missing."""
    values = metrics[str(row["metric"])].to_numpy(np.float64, na_value=np.nan)
    return np.asarray(np.nan_to_num(interpolate_points(values, row["points"])))


def points_per_unit(definition: Definition) -> float:
    """Return how many points one unit of log-odds is."""
    return float(definition.number("forecast.points_to_double") / np.log(2))


def mean_over(values: Vector, judged: NDArray[np.bool_]) -> float:
    """Return the mean of what is known of the customers judged (of all, where none is); 0 where nothing is."""
    there = ~np.isnan(values)
    known = values[judged & there] if (judged & there).any() else values[there]
    return float(known.mean()) if len(known) else 0.0


def flag_who_can_be_lost(metrics: pd.DataFrame, definition: Definition) -> NDArray[np.bool_]:
    """Return who counts as a customer that can still be lost: its last purchase lies within `state.active_days`."""
    recency = metrics["recency_days"].to_numpy(np.float64, na_value=np.inf)
    return np.asarray(recency <= definition.number("state.active_days"))


def free_columns(metrics: pd.DataFrame, base: BaseForecast) -> Vector:
    """Return `FREE`, logarithms but for the trend (held within ±100 %); NaN where the customer has none."""
    recency, orders, tenure = (
        metrics[name].to_numpy(np.float64, na_value=np.nan) for name in ("recency_days", "orders", "tenure_days")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        money = np.log(np.where(base.value > 0, base.value, np.nan))
        times = np.log(np.where(orders > 0, orders, np.nan))
    trend = np.clip(metrics["half_year_yoy"].to_numpy(np.float64, na_value=np.nan), -1.0, 1.0)
    return np.asarray(np.column_stack([np.log1p(recency), times, money, np.log1p(tenure), trend]))


def stack_drivers(metrics: pd.DataFrame, base: BaseForecast, definition: Definition) -> Vector:
    """Return what each coefficient of the scorecard of a loss acts on, customers × coefficients: 1, base model, `FREE`, signals."""
    judged, at = flag_who_can_be_lost(metrics, definition), logit(base.lost)
    free = standardise(free_columns(metrics, base), judged)
    signals = [points_of(row, metrics) / points_per_unit(definition) for row in read_signals(definition)]
    return np.column_stack([np.ones(len(metrics)), at - mean_over(at, judged), free, *signals])


def sample_past(
    tables: Tables,
    definition: Definition,
    day: date,
    ahead: float,
    purchases: PurchaseAnswer | Text,
    signals: Sequence[Mapping[str, Any]],
) -> Past:
    """Return, for every origin that the history has room for, what was known then and what came.

    Nothing where all customers at all origins would be fewer than the events that a scorecard needs: the prior answers then.
    """
    found: dict[str, list[Sample]] = {name: [] for name in OUTCOMES}
    misses: list[float] = []
    if isinstance(purchases, Text) or tables.orders is None or not len(tables.orders):
        return Past(found, ())
    first = pd.Timestamp(tables.orders["date"].min()).date()
    window, count = int(min(ahead, (day - first).days // 2)), int(definition.number("forecast.origins"))
    most, least = len(tables.customers) * count, 2 * definition.number("forecast.least_events")
    if window < definition.number("forecast.least_window") or most < least:
        return Past(found, ())
    tables = _thin_customers(tables, definition)
    step = max(window // 2, 1)
    origins = [day - timedelta(days=window + step * number) for number in range(count)]
    weight, fading = min(1.0, step / window), definition.number("forecast.fading")  # two times overlap by half
    for number, origin in enumerate(each for each in origins if (each - first).days >= window // 2):
        of_origin, miss = _sample_origin(
            tables, definition, origin, window, purchases, signals, weight=weight * fading**number
        )
        misses += [miss] if np.isfinite(miss) else []
        for name, sample in of_origin.items():
            found[name].append(sample)
    return Past(found, tuple(misses))


def _thin_customers(tables: Tables, definition: Definition) -> Tables:
    """Return the tables of every n-th customer, so that no more than `forecast.most_customers` are left: enough to learn from."""
    every = -(-len(tables.customers) // int(definition.number("forecast.most_customers")))
    return tables if every == 1 else keep_customers(tables, np.arange(len(tables.customers)) % every == 0)


def _sample_origin(
    tables: Tables,
    definition: Definition,
    origin: date,
    window: int,
    purchases: PurchaseAnswer,
    signals: Sequence[Mapping[str, Any]],
    *,
    weight: float,
) -> tuple[dict[str, Sample], float]:
    known = tables_known_on(tables, origin)
    metrics = customer_metrics(known, definition, origin)
    metrics = pd.concat([metrics, voice_metrics(known, definition, origin)], axis=1)
    base = forecast_base(known, metrics, origin, window, definition, purchases)
    until = origin + timedelta(days=window)
    after = sales_between(tables, origin, until).astype(np.float64)
    came = purchases_between(tables, origin, until) > 0
    judged = flag_who_can_be_lost(metrics, definition) & ~np.isnan(base.lost)
    free = standardise(free_columns(metrics, base), judged)
    double = points_per_unit(definition)
    worth = [np.zeros(len(metrics)) if row.get("undated") else points_of(row, metrics) / double for row in signals]
    less, more = definition.number("forecast.shrinks"), definition.number("forecast.grows")
    has = base.before > 0
    outcomes = {
        "lost": (judged, base.lost, ~came, np.column_stack(worth) if worth else np.zeros((len(metrics), 0))),
        "shrinks": (judged & has, base.shrinks, after <= less * base.before, np.zeros((len(metrics), 0))),
        "grows": (judged & has, base.grows, after >= more * base.before, np.zeros((len(metrics), 0))),
    }
    samples = {
        name: Sample(logit(told[who]), mean_over(logit(told), who), free[who], each[who], outcome[who], weight)
        for name, (who, told, outcome, each) in outcomes.items()
    }
    told = base.purchases * base.value
    there = ~np.isnan(told)
    with np.errstate(divide="ignore", invalid="ignore"):
        miss = float(np.log(after[there].sum() / told[there].sum()))
    return samples, miss


def fit_card(samples: Sequence[Sample], signals: Sequence[object], definition: Definition) -> Scorecard:
    """Return the scorecard of one outcome: estimated where the samples hold enough of it, else as the definition says it."""
    number = definition.number
    widths = (
        number("forecast.intercept_width"),
        number("forecast.slope_width"),
        number("forecast.free_width"),
        number("forecast.signal_width"),
    )
    if not samples:
        return prior_card(len(signals), widths)
    return fit_scorecard(samples, len(signals), least=number("forecast.least_events"), widths=widths)
