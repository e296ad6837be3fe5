"""Predicted shares against what came, with intervals and the diagonal on which both are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from report_templates.charts.style import HALO, SMALL
from report_templates.charts.tips import TELLING, TOLD, number, tip
from report_templates.charts.vega import data, layered, shows
from report_templates.texts.settings import colour
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.figures import Outcome, Reliability


def reliability(figure: Reliability, lang: Lang) -> dict[str, Any]:
    """Draw the diagonal, then each group's interval as an upright line and its share as a point."""
    width, height = figure.size
    scale = {"domain": [0, figure.top], "nice": False, "clamp": True}
    axis = {"tickCount": 5, "format": ".0%", "labelFlush": False, "grid": False}
    across = shows("predicted:Q", scale=scale, axis={**axis, "title": figure.x_title.to(lang)})
    shares: dict[str, Any] = {"scale": scale, "axis": {**axis, "title": figure.y_title.to(lang)}}
    up = shows("actual:Q", **shares)
    rows = data(
        [
            {
                "predicted": each.predicted,
                "actual": each.actual,
                "low": each.low,
                "high": each.high,
                "tip": _write_outcome_tip(each, figure, lang),
            }
            for each in figure.outcomes
        ]
    )
    equal = data([{"predicted": end, "actual": end} for end in (0.0, figure.top)])
    named = data([{"predicted": figure.top * 0.97, "actual": figure.top * 0.97, "name": figure.diagonal.to(lang)}])
    words: dict[str, Any] = {"align": "right", "dx": -8, "fontSize": SMALL}
    placed = named.encode(x=across, y=up, text="name:N")
    return layered(
        equal.mark("line", strokeDash=[4, 3], strokeWidth=1.2, color=colour("muted")).encode(x=across, y=up),
        rows.mark("rule", strokeWidth=2.2, color=colour("previous")).encode(
            x=across, y=shows("low:Q", **shares), y2=shows("high:Q")
        ),
        rows.mark("point", filled=True, size=62, color=colour("accent"), opacity=1, **TELLING).encode(
            x=across, y=up, description=TOLD
        ),
        placed.mark("text", **words, **HALO),
        placed.mark("text", baseline="middle", color=colour("muted"), **words),
        width=width,
        height=height,
    )


def _write_outcome_tip(each: Outcome, figure: Reliability, lang: Lang) -> str:
    """Return group, prediction, outcome and its interval."""
    predicted, actual, low, high = (
        number(share, lang, percent=True) for share in (each.predicted, each.actual, each.low, each.high)
    )
    return tip(
        each.label.to(lang),
        (figure.x_title.to(lang), predicted),
        (figure.y_title.to(lang), actual),
        (say("screen.interval").to(lang), say("screen.from_to", low=low, high=high).to(lang)),
        ("n", f"{each.count:,}"),
    )
