"""Upright bars from zero, each with its number, and the year before as a thin mark across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from report_templates.charts.style import HALO, SMALL, Drawing, data, y_at
from report_templates.settings import colour

if TYPE_CHECKING:
    from engine.errors import Lang
    from report_templates.figures import Columns

__all__ = ["columns"]

_BAND: Final = 0.62  # share of a place that its bar fills
_MARK: Final = 0.86  # the same of the mark of the year before


def columns(figure: Columns, lang: Lang) -> Drawing:
    """Draw bars without an axis: each carries its number, and its period stands below it."""
    width, height = figure.size
    rows = [
        {
            "order": order,
            "label": bar.label.to(lang),
            "group": bar.group.to(lang) if bar.group else "",
            "value": bar.value,
            "top": max(bar.value, bar.previous or 0.0, 0.0),  # so that the mark does not cross the number
            "previous": bar.previous,
            "display": bar.display.to(lang),
            "fill": colour("rest" if bar.partial else "plain"),
        }
        for order, bar in enumerate(figure.bars)
    ]
    place = width / max(len(rows), 1)
    up = alt.Scale(domain=list(figure.ends), nice=False)
    across = alt.X("order:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    placed = data(rows).encode(x=across)
    written: dict[str, Any] = {"baseline": "bottom", "dy": -2, "fontSize": SMALL}
    above = {"y": alt.Y("top:Q", scale=up, axis=None), "text": "display:N"}
    layers = [
        data([{"zero": 0.0}]).mark_rule(color=colour("rule")).encode(y=alt.Y("zero:Q", scale=up, axis=None)),
        placed.mark_bar(size=place * _BAND, stroke=colour("muted"), strokeWidth=0.4).encode(
            y=alt.Y("value:Q", scale=up, axis=None), color=alt.Color("fill:N", scale=None)
        ),
        placed.transform_filter("isValid(datum.previous)")
        .mark_tick(orient="horizontal", size=place * _MARK, thickness=2.2, color=colour("ink"))
        .encode(y=alt.Y("previous:Q", scale=up, axis=None)),
        placed.mark_text(**{**HALO, **written}).encode(**above),
        placed.mark_text(**written).encode(**above),
        placed.mark_text(baseline="top", fontSize=SMALL, color=colour("muted")).encode(
            y=y_at(height + 5), text="label:N"
        ),
        placed.mark_text(baseline="top", fontSize=SMALL, color=colour("muted")).encode(
            y=y_at(height + 19), text="group:N"
        ),
    ]
    room = {"left": 4, "top": 8, "right": 4, "bottom": 36}
    return alt.layer(*layers, width=width, height=height, padding=room, autosize=alt.AutoSizeParams(type="none"))
