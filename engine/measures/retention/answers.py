"""Everything that is asked of retention at once: what can be had, why the rest cannot, and both as plain numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Refusal
from engine.measures.retention.bridges import CUSTOMERS, REVENUE
from engine.measures.retention.facts import notes_of
from engine.measures.retention.groups import grain_of
from engine.measures.retention.rates import MEANINGS, MONEY_KINDS, RATES, Rate, period_for, rate, rates_by
from engine.measures.retention.trends import bridge_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from engine.language.errors import Text
    from engine.measures.retention.cohorts import Triangle
    from engine.measures.retention.periods import Period
    from engine.measures.retention.survival import Curve
    from engine.scoring.portfolio import Portfolio

_BRIDGES: Final = ("bridge", "revenue_bridge")
_CURVES: Final = ("survival",)


@dataclass(frozen=True, eq=False)
class Answer:
    """What was asked.

    Parameters
    ----------
    period
        The period; None for a trend over all of them.
    rates
        The rates that the data can carry.
    bridges
        `bridge` and `revenue_bridge`, as `engine.measures.retention.bridge_by` returns them.
    curves
        Key, label and survival curve per group.
    refused
        What the data cannot carry, and why.
    notes
        What the reader should know of the data.
    """

    period: Period | None
    rates: tuple[Rate, ...]
    bridges: Mapping[str, pd.DataFrame]
    curves: tuple[tuple[str, Text, Curve], ...]
    refused: Mapping[str, Refusal]
    notes: tuple[Text, ...]


def answer(portfolio: Portfolio, kind: str | None, by: str | None, word: str | None) -> Answer:
    """Return one kind, or everything when `kind` is None.

    Parameters
    ----------
    kind
        A code of the vocabulary's retention: a rate, `bridge`, `revenue_bridge` or `survival`.
    by, word
        Group (or grain) and period as the user wrote them.

    Raises
    ------
    Refusal
        For the one kind that was asked for, for nothing that can be had at all, and for words that mean nothing.
    """
    grain = grain_of(portfolio, by)
    period = None if word is None and grain is not None else period_for(portfolio, word)
    if kind is not None and kind in RATES and by is None:
        rate(portfolio, kind, period)  # refuses where nobody is in the denominator
    wanted = (*RATES, *_BRIDGES, *(() if grain else _CURVES)) if kind is None else (kind,)
    made: dict[str, Any] = {}
    refused: dict[str, Refusal] = {}
    for name in wanted:
        try:
            made[name] = _compute_answer(portfolio, name, by, period)
        except Refusal as refusal:
            # Leads know only their channel: that is no fault in a question about everything.
            if kind is not None or (refusal.kind == "argument" and name != "conversion"):
                raise
            refused[name] = refusal
    if not made:
        raise next(iter(refused.values()))
    known = period is not None and any(name != "conversion" for name in made)
    return Answer(
        period,
        tuple(each for name in RATES for each in made.get(name, ())),
        {name: made[name] for name in _BRIDGES if name in made},
        tuple(made.get("survival", ())),
        refused,
        notes_of(portfolio, period) if known and period is not None else (),
    )


def _compute_answer(portfolio: Portfolio, name: str, by: str | None, period: Period | None) -> object:
    from engine.measures.retention.survival import (
        customer_survival,  # it measures lives by the activity of this package
    )

    if name in RATES:
        return rates_by(portfolio, name, by, period)
    return customer_survival(portfolio, by) if name in _CURVES else bridge_by(portfolio, name, by, period)


def as_json(portfolio: Portfolio, found: Answer, cohorts: Triangle | None = None) -> dict[str, Any]:
    """Return an answer as plain numbers for a JSON document: money in whole currency units, unknown as None.

    Parameters
    ----------
    found
        Rates, bridges or curves, as they were asked for.
    cohorts
        The triangle of cohorts to add; none when None.
    """
    document: dict[str, Any] = {
        "run": portfolio.handle,
        "as_of": portfolio.as_of.isoformat(),
        "period": None if found.period is None else _make_period_json(found.period),
        "active_days": int(portfolio.definition.number("state.active_days")),
        "confidence": portfolio.definition.number("retention.confidence"),
        "conversion_days": int(portfolio.definition.number("retention.conversion_days")),
        "rates": [_make_rate_json(portfolio, each) for each in found.rates],
        "unavailable": {name: refusal.text._asdict() for name, refusal in found.refused.items()},
        "survival": [_make_survival_curve_json(key, label, curve) for key, label, curve in found.curves],
        "notes": [note._asdict() for note in found.notes],
    }
    for name, frame in found.bridges.items():
        document[name] = _make_bridge_json(frame, 1 if name == "bridge" else 10**portfolio.digits)
    if cohorts is not None:
        document["cohorts"] = _make_cohort_triangle_json(portfolio, cohorts)
    return document


def _make_period_json(period: Period) -> dict[str, Any]:
    return {
        "name": period.text._asdict(),
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "complete": period.complete,
    }


def _make_rate_json(portfolio: Portfolio, each: Rate) -> dict[str, Any]:
    unit = 10**portfolio.digits if each.kind in MONEY_KINDS else 1
    return {
        "kind": each.kind,
        "group": each.key,
        "label": each.label._asdict(),
        "meaning": MEANINGS[each.kind]._asdict(),
        "first": each.period.first.isoformat(),
        "last": each.period.last.isoformat(),
        "n": each.n,
        "numerator": _convert_to_major_units(each.numerator, unit),
        "denominator": _convert_to_major_units(each.denominator, unit),
        "value": each.value,
        "low": each.low,
        "high": each.high,
    }


def _convert_to_major_units(minor: int, unit: int) -> int | float:
    return minor if unit == 1 else minor / unit


def _make_bridge_json(frame: pd.DataFrame, unit: int) -> list[dict[str, Any]]:
    names = [name for name in (*CUSTOMERS, *REVENUE) if name in frame.columns]
    return [
        {
            "group": row["group"],
            "label": {"ja": row["label_ja"], "en": row["label_en"]},
            "first": row["first"].isoformat(),
            "last": row["last"].isoformat(),
            **{name: _convert_to_major_units(int(row[name]), unit) for name in dict.fromkeys(names)},
        }
        for row in frame.to_dict(orient="records")
    ]


def _make_survival_curve_json(key: str, label: Text, curve: Curve) -> dict[str, Any]:
    shown = ("time", "at_risk", "events", "censored", "survival", "error", "low", "high")
    columns = (getattr(curve, name).tolist() for name in shown)
    steps = [
        dict(zip(("days", *shown[1:]), map(_drop_nan_for_json, values), strict=True))
        for values in zip(*columns, strict=True)
    ]
    return {"group": key, "label": label._asdict(), "median_days": curve.median(), "steps": steps}


def _make_cohort_triangle_json(portfolio: Portfolio, found: Triangle) -> dict[str, Any]:
    unit = 10**portfolio.digits
    return {
        "grain": found.grain,
        "unplaced_sales": _convert_to_major_units(found.unplaced, unit),
        "rows": [
            {
                "cohort": _make_period_json(period),
                "size": int(found.size[at]),
                "rate": [_drop_nan_for_json(each) for each in found.rate[at][found.known[at]].tolist()],
                "customers": found.customers[at][found.known[at]].tolist(),
                "orders": found.orders[at][found.known[at]].tolist(),
                "sales": [_convert_to_major_units(each, unit) for each in found.sales[at][found.known[at]].tolist()],
            }
            for at, period in enumerate(found.periods)
        ],
    }


def _drop_nan_for_json(value: float) -> float | None:
    return None if math.isnan(value) else value
