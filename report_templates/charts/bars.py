"""Horizontal bars from zero, each with its number.

Decision 0245: why numbers stand at their bars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from report_templates.charts.style import BODY, HALO, fitting, uprights
from report_templates.charts.tips import TELLING, TOLD, alike, tip
from report_templates.charts.vega import data, fixed, layered, shows
from report_templates.texts.settings import colour
from report_templates.texts.texts import say
from report_templates.texts.typeface import width as ems

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.document import Bars

_GAP: Final = 5  # from a bar to its number, CSS pixels
_AIR: Final = 3.0  # from a number to a line
_BAND: Final = 0.62  # share of a row that its bar fills
_COMPARED: Final = 0.5  # the same where the year before is drawn below it
_BEFORE: Final = 0.16  # share of a row that the bar of the year before fills


def bars(figure: Bars, lang: Lang) -> dict[str, Any]:
    """Draw bars without an axis: each carries its number, and thresholds stand as lines across them."""
    width, height, gutter = figure.size
    write = alike([(row.value, row.display.to(lang)) for row in figure.rows], lang)
    before = say("screen.before").to(lang)
    rows = [
        {
            "order": order,
            "label": fitting(row.label.to(lang), gutter - 8),
            "value": max(row.value, 0.0),
            "previous": row.previous,
            "end": _beside(figure, row.display.to(lang), max(row.value, row.previous or 0.0)),
            "display": row.display.to(lang),
            "fill": colour(row.tone),
            "tip": tip(
                row.label.to(lang),
                ("", row.display.to(lang)),
                *([] if row.previous is None else [(before, write(row.previous))]),
            ),
        }
        for order, row in enumerate(figure.rows)
    ]
    scale = {"domain": [0, figure.top], "nice": False}
    row_height = height / max(len(rows), 1)
    compared = any(row.previous is not None for row in figure.rows)
    bar, shift = (_COMPARED, -_BEFORE / 2) if compared else (_BAND, 0.0)
    placed = data(rows).encode(y=shows("order:O", axis=None, scale={"paddingInner": 0, "paddingOuter": 0}))
    end: dict[str, Any] = {"x": shows("end:Q", scale=scale, axis=None), "text": "display:N"}
    layers = [
        placed.mark(
            "bar", size=row_height * bar, yOffset=row_height * shift, stroke=colour("muted"), strokeWidth=0.4, **TELLING
        ).encode(x=shows("value:Q", scale=scale, axis=None), color=shows("fill:N", scale=None), description=TOLD),
        placed.mark("text", align="right", baseline="middle").encode(x=fixed(-7), text="label:N"),
        placed.mark("text", align="left", dx=_GAP, **HALO).encode(**end),
        placed.mark("text", align="left", baseline="middle", dx=_GAP).encode(**end),
    ]
    if compared:
        earlier = placed.only("isValid(datum.previous)").mark(
            "bar", size=row_height * _BEFORE, yOffset=row_height * bar / 2, color=colour("previous")
        )
        layers.insert(0, earlier.encode(x=shows("previous:Q", scale=scale, axis=None)))
    lines, above = uprights(figure.limits, scale, width, lang) if figure.limits else ([], 4.0)
    room = {"left": gutter, "top": above, "right": 8, "bottom": 4}
    # Not sized by its contents: figures that stand side by side must share their left edge and their scale.
    return layered(*lines, *layers, width=width, height=height, padding=room, autosize="none")


def _beside(figure: Bars, number: str, end: float) -> float:
    """Return where a number begins: at its bar's end, or behind the threshold that would run through it."""
    part = figure.top / figure.size[0]
    for limit in sorted(figure.limits, key=lambda each: each.value):
        if end <= limit.value <= end + (_GAP + ems(number) * BODY + _AIR) * part:
            end = limit.value
    return end
