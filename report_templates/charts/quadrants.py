"""Named points in four named fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from report_templates.charts.style import HALO, SMALL, Align
from report_templates.charts.tips import TELLING, TOLD, tip
from report_templates.charts.tips import number as told_number
from report_templates.charts.vega import Layer, data, fixed, layered, shows
from report_templates.texts.settings import colour

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.figures import Quadrants, Spot

_OFF: Final = 9.0  # how far a name moves off the dividing line, CSS pixels


def quadrants(figure: Quadrants, lang: Lang) -> dict[str, Any]:
    """Draw the dividing lines, the fields' names in their corners, and the points with their names."""
    width, height = figure.size
    across = shows(
        "x:Q",
        scale={"domain": list(figure.x_ends), "nice": False},
        axis={"title": figure.x_title.to(lang), "tickCount": 4, "labelFlush": False, "grid": False},
    )
    up = shows(
        "y:Q",
        scale={"domain": list(figure.y_ends), "nice": False},
        axis={"title": figure.y_title.to(lang), "tickCount": 5, "grid": False},
    )
    lines: dict[str, Any] = {"strokeDash": [4, 3], "strokeWidth": 1, "color": colour("muted")}
    spots = data(
        [
            {
                "x": each.x,
                "y": each.y,
                "fill": colour(each.tone),
                "tip": tip(
                    each.name.to(lang),
                    (figure.x_title.to(lang), told_number(each.x, lang, decimals=2)),
                    (figure.y_title.to(lang), told_number(each.y, lang, decimals=2)),
                ),
            }
            for each in figure.spots
        ]
    )
    layers = [
        data([{"x": figure.split[0]}]).mark("rule", **lines).encode(x=across),
        data([{"y": figure.split[1]}]).mark("rule", **lines).encode(y=up),
        *_layer_quadrant_corners(figure, lang),
        spots.mark("point", filled=True, size=80, opacity=1, **TELLING).encode(
            x=across, y=up, color=shows("fill:N", scale=None), description=TOLD
        ),
    ]
    for side, align, dx in (("right", "left", 9), ("left", "right", -9)):
        for dy in (-_OFF, 0.0, _OFF):
            named = [
                {"x": each.x, "y": each.y, "name": each.name.to(lang)}
                for each in figure.spots
                if each.side == side and _off_the_line(figure, each) == dy
            ]
            if named:
                texts = data(named).encode(x=across, y=up, text="name:N")
                layers += [
                    texts.mark("text", align=cast("Align", align), dx=dx, dy=dy, **HALO),
                    texts.mark("text", align=cast("Align", align), dx=dx, dy=dy, baseline="middle"),
                ]
    return layered(*layers, width=width, height=height)


def _off_the_line(figure: Quadrants, spot: Spot) -> float:
    """Return how far a name moves up or down, CSS pixels, so that the dividing line does not run through it."""
    low, high = figure.y_ends
    above = (spot.y - figure.split[1]) / (high - low) * figure.size[1]
    return 0.0 if abs(above) > _OFF else -_OFF if above >= 0 else _OFF


def _layer_quadrant_corners(figure: Quadrants, lang: Lang) -> list[Layer]:
    """Return the fields' names, each in the outer corner of its field."""
    width, height = figure.size
    places: tuple[tuple[float, float, Align], ...] = (
        (5, 11, "left"), (width - 5, 11, "right"), (5, height - 9, "left"), (width - 5, height - 9, "right"),
    )  # fmt: skip
    return [
        data([{"text": name.to(lang)}])
        .mark("text", align=align, baseline="middle", fontSize=SMALL, color=colour("muted"), fontWeight="bold")
        .encode(x=fixed(x), y=fixed(y), text="text:N")
        for name, (x, y, align) in zip(figure.names, places, strict=True)
    ]
