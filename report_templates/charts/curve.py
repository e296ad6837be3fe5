"""A cumulative curve with its thresholds and named points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from report_templates.charts.style import HALO, Align, limit_rows, width_of
from report_templates.charts.tips import GHOST, TELLING, TOLD, thinned, tip
from report_templates.charts.tips import number as told_number
from report_templates.charts.vega import data, layered, shows
from report_templates.texts.settings import colour
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.charts.vega import Channel, Layer
    from report_templates.document.document import Curve

_ASIDE: Final = 7  # from a point to its name, CSS pixels
_BELOW: Final = 14.0
_AIR: Final = 12.0  # from the middle of a name to a threshold


def curve(figure: Curve, lang: Lang) -> dict[str, Any]:
    """Draw a cumulative share over the number of customers, with its thresholds level and a few points named."""
    width, height = figure.size
    rows = [{"n": n, "share": share} for n, share in figure.points]
    counted, cumulative = figure.x_title.to(lang), say("screen.cumulative").to(lang)
    across = shows(
        "n:Q",
        scale={"domain": [0, max(n for n, _ in figure.points)], "nice": False},
        axis={"title": figure.x_title.to(lang), "grid": False, "tickCount": 6, "tickMinStep": 1, "format": ",d"},
    )
    axis = {"title": None, "format": ".0%", "tickCount": 5, "domain": False, "ticks": False}
    up = shows("share:Q", scale={"domain": [0, 1], "nice": False}, axis=axis)
    shares = {n: (share, 1.0) for n, share, _ in figure.named}
    shares |= {n: (share, GHOST) for n, share in thinned(figure.points, shares)}
    told = data(
        [
            {
                "n": n,
                "share": share,
                "seen": seen,
                "tip": tip(f"{counted}: {n:,}", (cumulative, told_number(share, lang, percent=True))),
            }
            for n, (share, seen) in sorted(shares.items())
        ]
    )
    levels = data([{"share": row.pop("value"), **row} for row in limit_rows(figure.limits, lang)])
    shade = shows("shade:N", scale=None)
    layers = [
        data(rows).mark("area", color=colour("stable"), opacity=0.25).encode(x=across, y=up),
        data(rows).mark("line", color=colour("accent"), strokeWidth=2).encode(x=across, y=up),
        levels.mark("rule", strokeDash=[4, 3], strokeWidth=1.2).encode(y=up, color=shade),
        told.mark("point", filled=True, size=46, color=colour("accent"), **TELLING).encode(
            x=across, y=up, description=TOLD, opacity=shows("seen:Q", scale=None)
        ),
        *_layer_curve_names(figure, lang, across, up),
    ]
    return layered(*layers, width=width, height=height)


def _layer_curve_names(figure: Curve, lang: Lang, across: Channel, up: Channel) -> list[Layer]:
    """Return the names of the points: below the curve, which rises less and less, and off the thresholds."""
    width, height = figure.size
    last = max(n for n, _ in figure.points)
    layers = []
    for n, share, text in figure.named:
        name, place = text.to(lang), (1 - share) * height
        align: Align = "left" if n / last * width + _ASIDE + width_of(name) <= width else "right"
        dy = _BELOW
        for limit in figure.limits:
            line = (1 - limit.value) * height
            if abs(line - place - dy) < _AIR:
                dy = line - place + _AIR
        named = data([{"n": n, "share": share, "name": name}]).encode(x=across, y=up, text="name:N")
        look: dict[str, Any] = {
            "align": align,
            "dx": _ASIDE if align == "left" else -_ASIDE,
            "dy": dy,
            "fontWeight": "bold",
        }
        layers += [named.mark("text", **look, **HALO), named.mark("text", **look, baseline="middle")]
    return layers
