"""A map of bubbles by segment, with the names where the view has put them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

from report_templates.charts.style import HALO, Align
from report_templates.charts.tips import TELLING, TOLD, tip
from report_templates.charts.tips import number as told_number
from report_templates.charts.vega import Channel, Layer, data, fixed, layered, shows
from report_templates.document.labels import TOUCHING, end_of
from report_templates.texts.settings import colour, mark
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.document import Bubbles

_ALIGNS: Final[tuple[Align, ...]] = ("left", "center", "right")


def bubbles(figure: Bubbles, lang: Lang) -> dict[str, Any]:
    """Draw the value map: bubbles by segment, the names where the view has put them."""
    width, height = figure.size
    kind: Literal["log", "linear"] = "log" if figure.logarithmic else "linear"
    across = shows(
        "x:Q",
        scale={"type": kind, "domain": list(figure.x_ends), "nice": False},
        axis={
            "title": figure.x_title.to(lang),
            "values": _choose_bubble_ticks(figure),
            "labelExpr": "format(datum.value, ',~g')",
        },
    )
    number = "format(abs(datum.value), '.0%')" if figure.percent else "format(abs(datum.value), '.0f')"
    minus = "△" if lang == "ja" else "−"
    up = shows(
        "y:Q",
        scale={"domain": list(figure.y_ends), "nice": False},
        axis={
            "title": figure.y_title.to(lang),
            "tickCount": 6,
            "labelExpr": f"(datum.value < 0 ? '{minus}' : '') + {number}",
        },
    )
    words = dict(figure.legend)
    group = say("screen.group").to(lang)
    rows = [
        {
            "x": each.x,
            "y": each.y,
            "size": math.pi * each.radius**2,
            "segment": words[each.tone].to(lang),
            "tip": tip(
                each.name.to(lang),
                (figure.x_title.to(lang), told_number(each.x, lang)),
                (
                    figure.y_title.to(lang),
                    told_number(each.y if each.exact is None else each.exact, lang, percent=figure.percent),
                ),
                (group, words[each.tone].to(lang)),
            ),
        }
        for each in figure.bubbles
    ]
    order = [word.to(lang) for word in words.values()]
    legend = {"title": None, "orient": "top", "direction": "horizontal", "symbolSize": 110, "symbolOpacity": 1}
    bubbles = (
        data(rows)
        .mark("point", filled=True, opacity=0.82, stroke=colour("ink"), strokeWidth=0.6, **TELLING)
        .encode(
            x=across,
            y=up,
            size=shows("size:Q", scale=None, legend=None),
            description=TOLD,
            color=shows(
                "segment:N", scale={"domain": order, "range": [mark(code).fill for code in words]}, legend=legend
            ),
            shape=shows(
                "segment:N", scale={"domain": order, "range": [mark(code).shape for code in words]}, legend=legend
            ),
        )
    )
    lines = [
        data([{"y": each.value}]).mark("rule", strokeDash=[4, 3], strokeWidth=1, color=colour(each.tone)).encode(y=up)
        for each in figure.limits
    ]
    lines += [
        data([{"x": each.value}])
        .mark("rule", strokeDash=[4, 3], strokeWidth=1, color=colour(each.tone))
        .encode(x=across)
        for each in figure.uprights
    ]
    names = [layer for align in _ALIGNS for layer in _layer_bubble_names(figure, lang, align, across, up)]
    return layered(
        *lines,
        *_leaders(figure, across, up),
        bubbles,
        *_layer_bubble_corners(figure, lang),
        *_losses(figure, across, up),
        *names,
        width=width,
        height=height,
    )


def _layer_bubble_corners(figure: Bubbles, lang: Lang) -> list[Layer]:
    """Return the names of the four fields, each in its outer corner."""
    if figure.corners is None:
        return []
    width, height = figure.size
    places: tuple[tuple[float, float, Align], ...] = (
        (5, 10, "left"), (width - 5, 10, "right"), (5, height - 9, "left"), (width - 5, height - 9, "right"),
    )  # fmt: skip
    rims: tuple[dict[str, Any], ...] = (HALO, {"baseline": "middle", "color": colour("muted")})
    return [
        data([{"text": name.to(lang)}])
        .mark("text", align=align, fontWeight="bold", **rim)
        .encode(x=fixed(x), y=fixed(y), text="text:N")
        for name, (x, y, align) in zip(figure.corners, places, strict=True)
        for rim in rims
    ]


def _losses(figure: Bubbles, across: Channel, up: Channel) -> list[Layer]:
    """Return a cross over each customer that loses money: size alone cannot tell a loss."""
    rows = [{"x": each.x, "y": each.y} for each in figure.bubbles if each.loss]
    if not rows:
        return []
    mark: dict[str, Any] = {"shape": "cross", "angle": 45, "size": 90, "filled": True}
    return [data(rows).mark("point", color=colour("severe"), opacity=1, **mark).encode(x=across, y=up)]


def _data_of(figure: Bubbles, x: float, y: float) -> tuple[float, float]:
    """Turn pixels from the drawing's top left back into data, so that names share the bubbles' scales."""
    (left, right), (low, high), (width, height) = figure.x_ends, figure.y_ends, figure.size
    part = x / width
    across = left * (right / left) ** part if figure.logarithmic else left + (right - left) * part
    return across, high - (high - low) * y / height


def _pixels_of(figure: Bubbles, x: float, y: float) -> tuple[float, float]:
    (left, right), (low, high), (width, height) = figure.x_ends, figure.y_ends, figure.size
    part = math.log(x / left) / math.log(right / left) if figure.logarithmic else (x - left) / (right - left)
    return part * width, (high - y) / (high - low) * height


def _leaders(figure: Bubbles, across: Channel, up: Channel) -> list[Layer]:
    """Return thin lines from the rim of each named bubble to its name, where the two do not touch anyway."""
    rows = []
    for each in figure.bubbles:
        if each.label is None:
            continue
        centre = _pixels_of(figure, each.x, each.y)
        end = end_of(centre[1], each.label)
        reach = math.dist(centre, end)
        if reach - each.radius < TOUCHING:
            continue
        part = each.radius / reach
        start = (centre[0] + part * (end[0] - centre[0]), centre[1] + part * (end[1] - centre[1]))
        (x, y), (x2, y2) = _data_of(figure, *start), _data_of(figure, *end)
        rows.append({"x": x, "y": y, "x2": x2, "y2": y2})
    if not rows:
        return []
    line = data(rows).mark("rule", color=colour("muted"), strokeWidth=0.8)
    return [line.encode(x=across, y=up, x2=shows("x2:Q"), y2=shows("y2:Q"))]


def _layer_bubble_names(figure: Bubbles, lang: Lang, align: Align, across: Channel, up: Channel) -> list[Layer]:
    """Return the names that are written to the `align` side of their anchor."""
    rows = []
    for each in figure.bubbles:
        if each.label is not None and each.label.align == align:
            x, y = _data_of(figure, each.label.x, each.label.y)
            rows.append({"x": x, "y": y, "name": each.name.to(lang)})
    if not rows:
        return []
    placed = data(rows).encode(x=across, y=up, text="name:N")
    return [placed.mark("text", align=align, **HALO), placed.mark("text", align=align, baseline="middle")]


def _choose_bubble_ticks(figure: Bubbles) -> list[float]:
    """Return round ticks: 1, 2, 5 of each power of ten on a logarithmic axis, about six steps on a plain one."""
    low, high = figure.x_ends
    if figure.logarithmic:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        steps = (1, 2, 5) if math.log10(high / low) < 3 else (1,)
        found = [step * 10.0**power for power in powers for step in steps]
    else:
        rough = (high - low) / 6 or 1.0
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
        found = [step * index for index in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return [tick for tick in found if low <= tick <= high]
