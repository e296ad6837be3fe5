"""Scores 0–100 on the four axes and in total, as sums of contributions, and the levels 高/中/低 read off them.

Decision 0001: why contributions are whole hundredths and sum to the score.
Decision 0003: why value is measured against the mean customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.language.errors import Refusal
from engine.scoring.forecast.forecast import OWN_PAST
from engine.scoring.forecast.scorecard import is_scorecard, logit
from engine.scoring.points import interpolate_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.scoring.forecast import Forecast

AXES: Final = ("value", "continuity", "growth", "risk")
CENTS: Final = 100  # contributions are whole hundredths of a point, so that they add up exactly
_LEVELS: Final = ("high", "mid", "low")
CAP: Final = "cap"
FLOOR: Final = "floor"


@dataclass(frozen=True, slots=True)
class AxisScores:
    """One axis for all customers.

    Parameters
    ----------
    axis
        The axis's code.
    metrics
        The parts, in the definition's order, then `typed` for a level typed by hand.
    weights
        Their weights.
    values
        What each metric was, shape (customers, parts); NaN where missing.
    contributions
        Hundredths of points, shape (customers, parts); 0 where the part had no data.
    cents
        The score in hundredths of points: the sum of the contributions; -1 where there is no score.
    coverage
        Share of the weight that had data, 0–1.
    levels
        Level codes.
    typed
        Whether the level typed by hand was used.
    """

    axis: str
    metrics: tuple[str, ...]
    weights: NDArray[np.float64]
    values: NDArray[np.float64]
    contributions: NDArray[np.int64]
    cents: NDArray[np.int64]
    coverage: NDArray[np.float64]
    levels: NDArray[np.object_]
    typed: NDArray[np.bool_]

    @property
    def scores(self) -> NDArray[np.float64]:
        """The scores 0–100; NaN where there is none."""
        return np.where(self.cents < 0, np.nan, self.cents / CENTS)


def score_axes(
    metrics: pd.DataFrame, master: pd.DataFrame, definition: Definition, forecast: Forecast
) -> dict[str, AxisScores]:
    """Return the four axes.

    The risk axis is a scorecard on log-odds (`_score_odds`) where its first part is a model; a planner's own table of weights
    (as definitions up to 2026.1 have it) is scored as the other axes are.

    A part's points are read off the straight lines between its `points` (flat beyond the ends). The score is
    Σ weight · points ÷ Σ weight over the parts that have data, rounded once to a hundredth; contributions are the
    steps of the running sum, so that they add up to the score exactly. Where less than `levels.min_coverage` of the
    weight has data, the level typed by hand stands in, and without one the level is 不明.
    """
    return {
        axis: _score_odds(axis, metrics, master, definition, forecast)
        if is_scorecard(definition, axis)
        else _score_axis(axis, metrics, master, definition)
        for axis in AXES
    }


def _score_odds(
    axis: str, metrics: pd.DataFrame, master: pd.DataFrame, definition: Definition, forecast: Forecast
) -> AxisScores:
    """Return a scorecard: points of the base model, of each signal and hazard, and of the own past, added up.

    So many points as `forecast.points_to_double` double the odds of a loss. The sum is held within 0 and 100 by a part of its own
    (`cap`), and lifted to Medium by another (`floor`) for a loss-making or shrinking customer of some size.
    """
    parts, names, weights, values = _read_parts(axis, metrics, definition)
    points = np.column_stack(
        [
            np.nan_to_num(forecast.points.get(name, interpolate_points(values[:, place], part["points"])))
            for place, (name, part) in enumerate(zip(names, parts, strict=True))
        ]
    )
    coverage = (~np.isnan(values) * weights).sum(axis=1) / weights.sum()
    points = np.column_stack([points, np.nan_to_num(forecast.points[OWN_PAST])])
    total = points.sum(axis=1)
    held = np.clip(total, 0.0, 100.0)
    lifted = np.where(_must_not_be_low(metrics, definition), np.maximum(held, _cut_points(definition)[1]), held)
    typed = _typed_points(axis, master, definition)
    usable = ~np.isnan(values[:, 0])
    by_hand = ~np.isnan(typed) & ((definition.value("levels.typed") == "first") | ~usable)
    typed_part = np.where(by_hand, np.nan_to_num(typed), 0.0)
    whole = np.column_stack([points, held - total, lifted - held])
    whole = np.column_stack([np.where((usable & ~by_hand)[:, None], whole, 0.0), typed_part])
    steps = np.rint(np.round(np.cumsum(whole, axis=1) * CENTS, 6)).astype(np.int64)
    contributions = np.diff(steps, axis=1, prepend=0)
    cents = np.where(usable | by_hand, contributions.sum(axis=1), -1)
    own = np.where(usable, forecast.lost, np.nan)
    return AxisScores(
        axis,
        (*names, OWN_PAST, CAP, FLOOR, "typed"),
        np.concatenate([weights, np.zeros(4)]),
        np.column_stack([values, own, total, held, typed]),
        contributions,
        cents,
        np.where(by_hand, definition.number("levels.typed_coverage"), np.where(usable, coverage, 0.0)),
        np.where(by_hand, levels_of(cents, definition), _cut_levels(cents, *_cut_points(definition))),
        by_hand,
    )


def _cut_points(definition: Definition) -> tuple[float, float]:
    """Return the points from which risk is high and medium: the definition says probabilities."""
    double = definition.number("forecast.points_to_double") / np.log(2)
    chances = np.array([definition.number(f"levels.risk_{level}") for level in ("high", "mid")])
    high, mid = definition.number("forecast.even_points") + double * logit(chances)
    return float(high), float(mid)


def _must_not_be_low(metrics: pd.DataFrame, definition: Definition) -> NDArray[np.bool_]:
    """Return who is loss-making or shrinking at a share of sales that matters: never Low in risk."""
    share = metrics["share"].to_numpy(np.float64, na_value=0.0)
    codes = conditions_of(metrics, definition)
    poor = (codes["margin"] == "loss") | (codes["trend"] == "shrinking")
    return np.asarray(poor & (share >= definition.number("levels.floor_share")))


def conditions_of(metrics: pd.DataFrame, definition: Definition) -> dict[str, NDArray[np.object_]]:
    """Return what a strategy rule may ask besides the axes, as codes; "unknown" where the data do not tell.

    margin: loss, profit (gross margin of the last 12 months); trend: shrinking, steady (sales of 12 months against the 12 before, or the
    value of a purchase against the year before, from `levels.floor_decline` on).
    """
    margin = metrics["margin_rate"].to_numpy(np.float64, na_value=np.nan)
    year, value = (metrics[name].to_numpy(np.float64, na_value=np.nan) for name in ("growth_rate", "order_value_trend"))
    limit = -definition.number("levels.floor_decline")
    with np.errstate(invalid="ignore"):
        falling, known = (year <= limit) | (value <= limit), ~np.isnan(year) | ~np.isnan(value)
        return {
            "margin": np.where(np.isnan(margin), "unknown", np.where(margin < 0, "loss", "profit")).astype(object),
            "trend": np.where(falling, "shrinking", np.where(known, "steady", "unknown")).astype(object),
        }


def _score_axis(axis: str, metrics: pd.DataFrame, master: pd.DataFrame, definition: Definition) -> AxisScores:
    parts, names, weights, values = _read_parts(axis, metrics, definition)
    points = np.column_stack([interpolate_points(values[:, place], part["points"]) for place, part in enumerate(parts)])
    present = ~np.isnan(points)
    coverage = (present * weights).sum(axis=1) / weights.sum()
    contributions = _split_score_into_parts(points, weights, present)
    typed = _typed_points(axis, master, definition)
    first = definition.value("levels.typed") == "first"
    by_hand = ~np.isnan(typed) & (first | (coverage < definition.number("levels.min_coverage")))
    known = by_hand | (coverage >= definition.number("levels.min_coverage"))
    typed_cents = np.where(by_hand, np.nan_to_num(typed) * CENTS, 0).astype(np.int64)
    contributions = np.column_stack([np.where(by_hand[:, None], 0, contributions), typed_cents])
    contributions[~known] = 0
    cents = np.where(known, contributions.sum(axis=1), -1)
    coverage = np.where(by_hand, definition.number("levels.typed_coverage"), np.where(known, coverage, 0.0))
    return AxisScores(
        axis,
        (*names, "typed"),
        np.append(weights, 0.0),
        np.column_stack([values, typed]),
        contributions,
        cents,
        coverage,
        levels_of(cents, definition),
        by_hand,
    )


def _read_parts(
    axis: str, metrics: pd.DataFrame, definition: Definition
) -> tuple[list[dict[str, Any]], tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Return the parts of an axis, checked: their rows, the metrics' columns, their weights, and customers × parts of values."""
    parts = definition.rules(f"axes.{axis}")
    _check_parts(axis, parts, metrics)
    names = tuple(str(part["metric"]) for part in parts)
    weights = np.array([float(part["weight"]) for part in parts])
    return (
        parts,
        names,
        weights,
        np.column_stack([metrics[name].to_numpy(np.float64, na_value=np.nan) for name in names]),
    )


def _check_parts(axis: str, parts: Sequence[Mapping[str, Any]], metrics: pd.DataFrame) -> None:
    for number, part in enumerate(parts, start=1):
        where = f"axes.{axis}.{number}"
        if part.get("metric") not in metrics.columns:
            usable = [name for name in metrics.columns if metrics[name].dtype.kind in "iuf"]
            raise Refusal(
                "missing_definition",
                f"「{where}」の指標「{part.get('metric')}」はありません(使える指標: {'、'.join(usable)})",
                f'"{where}" names the metric "{part.get("metric")}" (use: {", ".join(usable)})',
            )
        at = [float(pair[0]) for pair in part["points"]]
        if at != sorted(set(at)) or not float(part["weight"]) > 0:
            raise Refusal(
                "missing_definition",
                f"「{where}」の points は左から小さい順に、weight は正の数にしてください",
                f'"{where}": points must rise from left to right and the weight must be positive',
            )


def _split_score_into_parts(
    points: NDArray[np.float64], weights: NDArray[np.float64], present: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Split the rounded score into whole hundredths: each part gets its step of the rounded running sum."""
    total = np.maximum((present * weights).sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    running = np.cumsum(np.where(present, points, 0.0) * weights / total, axis=1)
    rounded = np.rint(np.round(running * CENTS, 6)).astype(np.int64)
    return np.diff(rounded, axis=1, prepend=0)


def _typed_points(axis: str, master: pd.DataFrame, definition: Definition) -> NDArray[np.float64]:
    if axis not in master.columns:
        return np.full(len(master), np.nan)
    result = np.full(len(master), np.nan)
    for level in _LEVELS:
        result[(master[axis] == level).to_numpy(dtype=bool)] = definition.number(f"levels.typed_{level}")
    return result


def levels_of(cents: NDArray[np.int64], definition: Definition) -> NDArray[np.object_]:
    """Return 高 from `levels.high` (inclusive), 中 from `levels.mid` (inclusive), else 低; 不明 without a score.

    Parameters
    ----------
    cents
        Scores in hundredths of a point, 0 to 10,000; below 0 where there is none.
    definition
        Gives `levels.high` and `levels.mid`, in points.
    """
    return _cut_levels(cents, definition.number("levels.high"), definition.number("levels.mid"))


def _cut_levels(cents: NDArray[np.int64], high: float, mid: float) -> NDArray[np.object_]:
    """Return levels by these points (inclusive)."""
    result = np.full(len(cents), "low", dtype=object)
    result[cents >= round(mid * CENTS)] = "mid"
    result[cents >= round(high * CENTS)] = "high"
    result[cents < 0] = "unknown"
    return result


def total_scores(axes: Mapping[str, AxisScores], definition: Definition, purpose: str) -> AxisScores:
    """Return the total score: the purpose's weighted mean of the axes, risk turned round (100 − risk).

    An axis without a score is left out and the other weights are scaled up; below `levels.min_axes` of the weight there
    is no total. The coverage is the weighted mean of the axes' coverage: the 信頼度.

    Parameters
    ----------
    axes
        The scored axes, by code.
    definition
        Gives the weights (`purposes.<purpose>`) and `levels.min_axes`.
    purpose
        Code of the purpose that the total serves.
    """
    weight = definition.value(f"purposes.{purpose}")
    weights = np.array([float(weight[axis]) for axis in AXES])
    values = np.column_stack([axes[axis].scores for axis in AXES])
    points = values.copy()
    points[:, AXES.index("risk")] = 100 - points[:, AXES.index("risk")]
    present = ~np.isnan(points) & (weights > 0)
    contributions = _split_score_into_parts(points, weights, present)
    least = definition.number("levels.min_axes")
    known = (present * weights).sum(axis=1) >= least * weights.sum()
    contributions[~known] = 0
    coverage = np.column_stack([axes[axis].coverage for axis in AXES]) @ weights / weights.sum()
    cents = np.where(known, contributions.sum(axis=1), -1)
    return AxisScores(
        "total",
        AXES,
        weights,
        values,
        contributions,
        cents,
        coverage,
        levels_of(cents, definition),
        np.zeros(len(cents), dtype=np.bool_),
    )
