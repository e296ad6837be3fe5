"""Estimates as points with their intervals as lines, the number beside each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from report_templates.charts.style import SMALL, Drawing, data, x_at
from report_templates.settings import colour

if TYPE_CHECKING:
    from engine.errors import Lang
    from report_templates.figures import Spans

__all__ = ["spans"]


def spans(figure: Spans, lang: Lang) -> Drawing:
    """Draw names to the left, intervals and points in the middle, numbers to the right."""
    width, height, gutter, numbers = figure.size
    rows = [
        {
            "order": order,
            "label": row.label.to(lang),
            "display": row.display.to(lang),
            "value": row.value,
            "low": None if row.value is None else row.low,
            "high": None if row.value is None else row.high,
        }
        for order, row in enumerate(figure.rows)
    ]
    minus = "△" if lang == "ja" else "−"
    pattern = "format(abs(datum.value), '.0%')" if figure.percent else "format(abs(datum.value), '.0f')"
    axis = alt.Axis(
        title=None, tickCount=4, labelExpr=f"(datum.value < 0 ? '{minus}' : '') + {pattern}", domain=False, ticks=False
    )
    scale = alt.Scale(domain=list(figure.ends), nice=False, clamp=True)
    across = alt.X("value:Q", scale=scale, axis=axis)
    band = alt.Y("order:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    drawn = data(rows).encode(y=band)
    shown = drawn.transform_filter("isValid(datum.value)")
    layers = [
        shown.mark_rule(strokeWidth=2.2, color=colour("previous")).encode(
            x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high:Q")
        ),
        shown.mark_point(filled=True, size=62, color=colour("accent"), opacity=1).encode(x=across),
        drawn.mark_text(align="right", baseline="middle", limit=gutter - 8).encode(x=x_at(-8), text="label:N"),
        drawn.mark_text(align="left", baseline="middle", fontSize=SMALL).encode(x=x_at(width + 8), text="display:N"),
    ]
    if figure.zero is not None:
        line = data([{"value": figure.zero}]).mark_rule(strokeDash=[4, 3], color=colour("muted"))
        layers.insert(0, line.encode(x=across))
    room = {"left": gutter, "top": 4, "right": numbers, "bottom": 20}
    return alt.layer(*layers, width=width, height=height, padding=room, autosize=alt.AutoSizeParams(type="none"))
