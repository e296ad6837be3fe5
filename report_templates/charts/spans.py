"""Estimates as points with their intervals as lines, the number beside each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from report_templates.charts.style import SMALL, fitting
from report_templates.charts.tips import TELLING, TOLD, number, tip
from report_templates.charts.vega import data, fixed, layered, shows
from report_templates.texts.settings import colour
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.figures import Span, Spans


def spans(figure: Spans, lang: Lang) -> dict[str, Any]:
    """Draw names to the left, intervals and points in the middle, numbers to the right."""
    width, height, gutter, numbers = figure.size
    rows = [
        {
            "order": order,
            "label": fitting(row.label.to(lang), gutter - 8),
            "display": row.display.to(lang),
            "value": row.value,
            "low": None if row.value is None else row.low,
            "high": None if row.value is None else row.high,
            "tip": _write_span_tip(row, figure, lang),
        }
        for order, row in enumerate(figure.rows)
    ]
    minus = "△" if lang == "ja" else "−"
    pattern = "format(abs(datum.value), '.0%')" if figure.percent else "format(abs(datum.value), '.0f')"
    axis = {
        "title": None,
        "values": _choose_span_ticks(*figure.ends),
        "labelExpr": f"(datum.value < 0 ? '{minus}' : '') + {pattern}",
        "labelFlush": False,
        "labelOverlap": False,
        "domain": False,
        "ticks": False,
    }
    scale = {"domain": list(figure.ends), "nice": False, "clamp": True}
    across = shows("value:Q", scale=scale, axis=axis)
    band = shows("order:O", axis=None, scale={"paddingInner": 0, "paddingOuter": 0})
    drawn = data(rows).encode(y=band)
    shown = drawn.only("isValid(datum.value)")
    layers = [
        shown.mark("rule", strokeWidth=2.2, color=colour("previous")).encode(
            x=shows("low:Q", scale=scale, axis=axis), x2=shows("high:Q")
        ),
        shown.mark("point", filled=True, size=62, color=colour("accent"), opacity=1, **TELLING).encode(
            x=across, description=TOLD
        ),
        drawn.mark("text", align="right", baseline="middle").encode(x=fixed(-8), text="label:N"),
        drawn.mark("text", align="left", baseline="middle", fontSize=SMALL).encode(
            x=fixed(width + 8), text="display:N"
        ),
    ]
    if figure.zero is not None:
        line = data([{"value": figure.zero}]).mark("rule", strokeDash=[4, 3], color=colour("muted"))
        layers.insert(0, line.encode(x=across))
    room = {"left": gutter, "top": 4, "right": numbers, "bottom": 20}
    return layered(*layers, width=width, height=height, padding=room, autosize="none")


def _write_span_tip(row: Span, figure: Spans, lang: Lang) -> str:
    """Return the estimate as it is written beside it, and from where to where its interval reaches."""
    numbers = [("", row.display.to(lang))]
    if row.low < row.high:
        low, high = (number(end, lang, percent=figure.percent) for end in (row.low, row.high))
        numbers.append((say("screen.interval").to(lang), say("screen.from_to", low=low, high=high).to(lang)))
    return tip(row.label.to(lang), *numbers)


def _choose_span_ticks(low: float, high: float) -> list[float]:
    """Return three ticks, which is what a short axis has room for: 0, a half and all of a share, else ends and middle."""
    return [0.0, 0.5, 1.0] if low == 0.0 and high >= 1.0 else [low, (low + high) / 2, high]
