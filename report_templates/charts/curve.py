"""A cumulative curve with its thresholds and named points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from report_templates.charts.style import HALO, Align, limit_rows
from report_templates.charts.tips import GHOST, TELLING, TOLD, thinned, tip
from report_templates.charts.tips import number as told_number
from report_templates.charts.vega import data, layered, shows
from report_templates.settings import colour
from report_templates.texts import say

if TYPE_CHECKING:
    from engine.errors import Lang
    from report_templates.nouns import Curve

__all__ = ["curve"]

_TURNING: Final = 0.6  # beyond this part of the axis a name stands to the left of its point


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
    named = max(n for n, _, _ in figure.named)
    align: Align = "left" if named < _TURNING * max(n for n, _ in figure.points) else "right"
    points = data(
        [
            {
                "n": n,
                "share": share,
                "name": name.to(lang),
            }
            for n, share, name in figure.named
        ]
    )
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
        *(
            points.mark("text", align=align, dx=7 if align == "left" else -7, dy=14, fontWeight="bold", **rim).encode(
                x=across, y=up, text="name:N"
            )
            for rim in (HALO, {"baseline": "middle"})
        ),
    ]
    return layered(*layers, width=width, height=height)
