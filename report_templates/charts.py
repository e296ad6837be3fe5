"""Figures as Vega-Lite specifications, and as SVG drawn without a browser.

The specification of a figure is the same whether it is printed or, later, made interactive in the HTML edition.
Every datum comes from the view; what is decided here is only how it looks.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal, assert_never

import altair as alt

from report_templates.nouns import Bars, Bubbles, Curve, Figure, Limit
from report_templates.settings import ROOM, colour, mark
from report_templates.typeface import FAMILY

if TYPE_CHECKING:
    from engine.errors import Lang

__all__ = ["forget", "specification", "svg"]

Drawing = alt.LayerChart | alt.FacetChart  # what Altair says that a layer may be

_SMALL: Final = 10.5
_BODY: Final = 11.5
Align = Literal["left", "center", "right"]
_ALIGNS: Final[tuple[Align, ...]] = ("left", "center", "right")
_TOUCHING: Final = 6.0  # CSS pixels between rim and name up to which no line is needed
_TURNING: Final = 0.6  # beyond this part of the axis a name stands to the left of its point
_BAND: Final = 0.62  # share of a row that its bar fills
_COMPARED: Final = 0.5  # the same where the year before is drawn below it
_BEFORE: Final = 0.16  # share of a row that the bar of the year before fills
# Numbers and names get a rim of paper colour, so that a line or a bubble under them does not cross the letters.
_HALO: Final[dict[str, Any]] = {
    "baseline": "middle",
    "stroke": colour("paper"),
    "strokeWidth": 3,
    "strokeJoin": "round",
}
_STYLE: Final[dict[str, Any]] = {
    "font": FAMILY,
    "background": "transparent",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": colour("muted"),
        "titleColor": colour("ink"),
        "labelFontSize": _SMALL,
        "titleFontSize": _BODY,
        "titleFontWeight": "normal",
        "gridColor": colour("ground"),
        "domainColor": colour("rule"),
        "tickColor": colour("rule"),
    },
    "legend": {
        "labelColor": colour("ink"),
        "labelFontSize": _BODY,
        "symbolStrokeWidth": 1,
        "titleFontSize": _BODY,
        "columnPadding": 14,
    },
    "text": {"color": colour("ink"), "fontSize": _BODY},
}
_IDENTIFIERS: Final = re.compile(r'\bid="([^"]+)"')


def specification(figure: Figure, lang: Lang) -> dict[str, Any]:
    """Return the Vega-Lite specification of `figure` with its words in `lang`."""
    if isinstance(figure, Bars):
        chart = _bars(figure, lang)
    elif isinstance(figure, Curve):
        chart = _curve(figure, lang)
    elif isinstance(figure, Bubbles):
        chart = _bubbles(figure, lang)
    else:
        assert_never(figure)
    document: dict[str, Any] = chart.to_dict(validate=False)
    # Put in at the end: each of Altair's own configure methods copies the whole chart.
    return {**document, "config": _STYLE}


@cache
def _fonts_registered() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(ROOM.joinpath("fonts")))


def svg(figure: Figure, lang: Lang, prefix: str) -> str:
    """Return `figure` as an SVG element for inclusion in HTML, titled with its alternative text.

    Parameters
    ----------
    prefix
        Put before every identifier inside the drawing, so that two drawings on one page never share one.
    """
    drawn = _drawn(figure, lang)
    names = set(_IDENTIFIERS.findall(drawn))
    for name in names:
        drawn = drawn.replace(f'"{name}"', f'"{prefix}-{name}"').replace(f"#{name})", f"#{prefix}-{name})")
    head, body = drawn.split(">", 1)
    size = " ".join(re.findall(r'\b(?:width|height|viewBox)="[^"]+"', head))
    title = escape(figure.alt.to(lang))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" {size} role="img" aria-labelledby="{prefix}-title">'
        f'<title id="{prefix}-title">{title}</title>{body}'
    )


@lru_cache(maxsize=64)
def _drawn(figure: Figure, lang: Lang) -> str:
    """Return the drawing itself; the printed and the screen edition of a report share it."""
    import vl_convert

    _fonts_registered()
    drawn: str = vl_convert.vegalite_to_svg(specification(figure, lang), vl_version=_vega_lite())
    return drawn


def forget() -> None:
    """Forget the drawings that were kept for another edition of the same report."""
    _drawn.cache_clear()


@cache
def _vega_lite() -> str:
    """Return the Vega-Lite version that Altair writes, such as 6.1."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _data(rows: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart({"values": rows})


def _bars(figure: Bars, lang: Lang) -> Drawing:
    """Draw bars without an axis: each carries its number, and thresholds stand as lines across them."""
    width, height, gutter = figure.size
    rows = [
        {
            "order": order,
            "label": row.label.to(lang),
            "value": max(row.value, 0.0),
            "previous": row.previous,
            "end": max(row.value, row.previous or 0.0),
            "display": row.display.to(lang),
            "fill": colour(row.tone),
        }
        for order, row in enumerate(figure.rows)
    ]
    scale = alt.Scale(domain=[0, figure.top], nice=False)
    row_height = height / max(len(rows), 1)
    compared = any(row.previous is not None for row in figure.rows)
    bar, shift = (_COMPARED, -_BEFORE / 2) if compared else (_BAND, 0.0)
    data = _data(rows).encode(y=alt.Y("order:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0)))
    end = {"x": alt.X("end:Q", scale=scale, axis=None), "text": "display:N"}
    layers = [
        data.mark_bar(
            size=row_height * bar, yOffset=row_height * shift, stroke=colour("muted"), strokeWidth=0.4
        ).encode(x=alt.X("value:Q", scale=scale, axis=None), color=alt.Color("fill:N", scale=None)),
        data.mark_text(align="right", baseline="middle", limit=gutter - 8).encode(x=alt.value(-7), text="label:N"),
        data.mark_text(align="left", dx=5, **_HALO).encode(**end),
        data.mark_text(align="left", baseline="middle", dx=5).encode(**end),
    ]
    if compared:
        before = data.transform_filter("isValid(datum.previous)").mark_bar(
            size=row_height * _BEFORE, yOffset=row_height * bar / 2, color=colour("previous")
        )
        layers.insert(0, before.encode(x=alt.X("previous:Q", scale=scale, axis=None)))
    lines = _uprights(figure.limits, scale, lang) if figure.limits else []
    room = {"left": gutter, "top": 22 if lines else 4, "right": 8, "bottom": 4}
    # Not sized by its contents: figures that stand side by side must share their left edge and their scale.
    fixed = alt.AutoSizeParams(type="none")
    return alt.layer(*lines, *layers, width=width, height=height, padding=room, autosize=fixed)


def _uprights(limits: tuple[Limit, ...], scale: alt.Scale, lang: Lang) -> list[alt.Chart]:
    """Return thresholds as upright lines, their words above the drawing."""
    lines = _data(_limit_rows(limits, lang)).encode(x=alt.X("value:Q", scale=scale, axis=None))
    shade = alt.Color("shade:N", scale=None)
    return [
        lines.mark_rule(strokeDash=[4, 3], strokeWidth=1.2).encode(color=shade),
        lines.mark_text(baseline="bottom", fontSize=_SMALL).encode(y=alt.value(-4), text="label:N", color=shade),
    ]


def _limit_rows(limits: tuple[Limit, ...], lang: Lang) -> list[dict[str, Any]]:
    return [{"value": each.value, "label": each.label.to(lang), "shade": colour(each.tone)} for each in limits]


def _curve(figure: Curve, lang: Lang) -> Drawing:
    """Draw a cumulative share over the number of customers, with its thresholds level and a few points named."""
    width, height = figure.size
    rows = [{"n": n, "share": share} for n, share in figure.points]
    across = alt.X(
        "n:Q",
        scale=alt.Scale(domain=[0, max(n for n, _ in figure.points)], nice=False),
        axis=alt.Axis(title=figure.x_title.to(lang), grid=False, tickCount=6, tickMinStep=1, format=",d"),
    )
    axis = alt.Axis(title=None, format=".0%", tickCount=5, domain=False, ticks=False)
    up = alt.Y("share:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    named = max(n for n, _, _ in figure.named)
    align: Align = "left" if named < _TURNING * max(n for n, _ in figure.points) else "right"
    points = _data([{"n": n, "share": share, "name": name.to(lang)} for n, share, name in figure.named])
    levels = _data([{"share": row.pop("value"), **row} for row in _limit_rows(figure.limits, lang)])
    shade = alt.Color("shade:N", scale=None)
    layers = [
        _data(rows).mark_area(color=colour("stable"), opacity=0.25).encode(x=across, y=up),
        _data(rows).mark_line(color=colour("accent"), strokeWidth=2).encode(x=across, y=up),
        levels.mark_rule(strokeDash=[4, 3], strokeWidth=1.2).encode(y=up, color=shade),
        points.mark_point(filled=True, size=46, color=colour("accent"), opacity=1).encode(x=across, y=up),
        *(
            points.mark_text(align=align, dx=7 if align == "left" else -7, dy=14, fontWeight="bold", **rim).encode(
                x=across, y=up, text="name:N"
            )
            for rim in (_HALO, {"baseline": "middle"})
        ),
    ]
    return alt.layer(*layers, width=width, height=height)


def _bubbles(figure: Bubbles, lang: Lang) -> Drawing:
    """Draw the value map: bubbles by segment, the names where the view has put them."""
    width, height = figure.size
    kind: Literal["log", "linear"] = "log" if figure.logarithmic else "linear"
    across = alt.X(
        "x:Q",
        scale=alt.Scale(type=kind, domain=list(figure.x_ends), nice=False),
        axis=alt.Axis(title=figure.x_title.to(lang), values=_ticks(figure), labelExpr="format(datum.value, ',~g')"),
    )
    number = "format(abs(datum.value), '.0%')" if figure.percent else "format(abs(datum.value), '.0f')"
    minus = "△" if lang == "ja" else "−"
    up = alt.Y(
        "y:Q",
        scale=alt.Scale(domain=list(figure.y_ends), nice=False),
        axis=alt.Axis(
            title=figure.y_title.to(lang), tickCount=6, labelExpr=f"(datum.value < 0 ? '{minus}' : '') + {number}"
        ),
    )
    words = dict(figure.legend)
    rows = [
        {"x": each.x, "y": each.y, "size": math.pi * each.radius**2, "segment": words[each.tone].to(lang)}
        for each in figure.bubbles
    ]
    order = [word.to(lang) for word in words.values()]
    legend = alt.Legend(title=None, orient="top", direction="horizontal", symbolSize=110, symbolOpacity=1)
    bubbles = (
        _data(rows)
        .mark_point(filled=True, opacity=0.82, stroke=colour("ink"), strokeWidth=0.6)
        .encode(
            x=across,
            y=up,
            size=alt.Size("size:Q", scale=None, legend=None),
            color=alt.Color(
                "segment:N", scale=alt.Scale(domain=order, range=[mark(code).fill for code in words]), legend=legend
            ),
            shape=alt.Shape(
                "segment:N", scale=alt.Scale(domain=order, range=[mark(code).shape for code in words]), legend=legend
            ),
        )
    )
    lines = [
        _data([{"y": each.value}]).mark_rule(strokeDash=[4, 3], strokeWidth=1, color=colour(each.tone)).encode(y=up)
        for each in figure.limits
    ]
    names = [layer for align in _ALIGNS for layer in _named(figure, lang, align, across, up)]
    return alt.layer(*lines, *_leaders(figure, across, up), bubbles, *names, width=width, height=height)


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


def _leaders(figure: Bubbles, across: alt.X, up: alt.Y) -> list[alt.Chart]:
    """Return thin lines from the rim of each named bubble to its name, where the two do not touch anyway."""
    rows = []
    for each in figure.bubbles:
        if each.label is None:
            continue
        centre = _pixels_of(figure, each.x, each.y)
        reach = math.dist(centre, (each.label.x, each.label.y))
        if reach - each.radius < _TOUCHING:
            continue
        part = each.radius / reach
        start = (centre[0] + part * (each.label.x - centre[0]), centre[1] + part * (each.label.y - centre[1]))
        (x, y), (x2, y2) = _data_of(figure, *start), _data_of(figure, each.label.x, each.label.y)
        rows.append({"x": x, "y": y, "x2": x2, "y2": y2})
    if not rows:
        return []
    line = _data(rows).mark_rule(color=colour("muted"), strokeWidth=0.8)
    return [line.encode(x=across, y=up, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"))]


def _named(figure: Bubbles, lang: Lang, align: Align, across: alt.X, up: alt.Y) -> list[alt.Chart]:
    """Return the names that are written to the `align` side of their anchor."""
    rows = []
    for each in figure.bubbles:
        if each.label is not None and each.label.align == align:
            x, y = _data_of(figure, each.label.x, each.label.y)
            rows.append({"x": x, "y": y, "name": each.name.to(lang)})
    if not rows:
        return []
    data = _data(rows).encode(x=across, y=up, text="name:N")
    return [data.mark_text(align=align, **_HALO), data.mark_text(align=align, baseline="middle")]


def _ticks(figure: Bubbles) -> list[float]:
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
