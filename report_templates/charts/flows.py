"""A Sankey diagram, drawn from ribbons whose places the view has computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from report_templates.charts.style import SMALL, Align, fitting, width_of
from report_templates.charts.tips import TELLING, TOLD, alike, tip
from report_templates.charts.vega import data, fixed, layered, shows
from report_templates.texts.settings import colour

if TYPE_CHECKING:
    from engine.language.errors import Lang, Text
    from report_templates.document.figures import Flows, Node

_STEPS: Final = 24  # straight pieces of each curve: enough that no corner is seen at this size
_BAR: Final = 9.0  # width of a node, CSS pixels


def flows(figure: Flows, lang: Lang) -> dict[str, Any]:
    """Draw the ribbons, the nodes at both ends, and their names with numbers outside."""
    width, height, gutter = figure.size
    across = shows("x:Q", axis=None, scale={"domain": [0, width], "nice": False})
    down = shows("top:Q", axis=None, scale={"domain": [1, 0], "nice": False})
    bottom = shows("bottom:Q")
    fill = shows("fill:N", scale=None)
    layers = [
        data(_curves(figure, width, lang))
        .mark("area", line=False, **TELLING)
        .encode(
            x=across,
            y=down,
            y2=bottom,
            color=fill,
            detail="ribbon:N",
            opacity=shows("strength:Q", scale=None),
            description=TOLD,
        )
    ]
    sides: tuple[tuple[tuple[Node, ...], float, Align, float, str], ...] = (
        (figure.left, 0.0, "right", -7, figure.left_title.to(lang)),
        (figure.right, width - _BAR, "left", _BAR + 7, figure.right_title.to(lang)),
    )
    for nodes, edge, align, dx, title in sides:
        ends = data(_ends(nodes, edge, title, gutter - 8, lang))
        layers.append(
            ends.mark("rect", stroke=colour("muted"), strokeWidth=0.4, **TELLING).encode(
                x=across, x2=shows("x2:Q"), y=down, y2=bottom, color=fill, description=TOLD
            )
        )
        names = ends.encode(x=across, y=shows("middle:Q", axis=None, scale={"domain": [1, 0], "nice": False}))
        layers.append(names.mark("text", align=align, baseline="middle", dx=dx).encode(text="label:N"))
    heads: tuple[tuple[Text, float, Align], ...] = (
        (figure.left_title, 0.0, "left"),
        (figure.right_title, float(width), "right"),
    )
    for head, x, align in heads:
        layers.append(
            data([{"text": head.to(lang)}])
            .mark("text", align=align, baseline="bottom", fontSize=SMALL, color=colour("muted"))
            .encode(x=fixed(x), y=fixed(-6), text="text:N")
        )
    room = {"left": gutter, "top": 20, "right": gutter, "bottom": 4}
    return layered(*layers, width=width, height=height, padding=room, autosize="none")


def _curves(figure: Flows, width: int, lang: Lang) -> list[dict[str, Any]]:
    """Return each ribbon as a chain of points; both edges follow 3t² − 2t³, level at either end."""
    rows = []
    write = alike([(node.value, node.display.to(lang)) for node in (*figure.left, *figure.right)], lang)
    for number, ribbon in enumerate(figure.ribbons):
        ends = (_node(figure.left, ribbon.left), _node(figure.right, ribbon.right))
        told = tip(" → ".join(end.label.to(lang) for end in ends), ("", write(ribbon.value)))
        for step in range(_STEPS + 1):
            part = step / _STEPS
            bend = part * part * (3 - 2 * part)
            top, bottom = (one + (other - one) * bend for one, other in zip(ribbon.left, ribbon.right, strict=True))
            rows.append(
                {
                    "ribbon": number,
                    "x": _BAR + part * (width - 2 * _BAR),
                    "top": top,
                    "bottom": bottom,
                    "fill": colour(ribbon.tone),
                    "strength": 0.75 if ribbon.moved else 0.25,
                    "tip": told,
                }
            )
    return rows


def _node(nodes: tuple[Node, ...], edge: tuple[float, float]) -> Node:
    """Return the node at which a ribbon ends: the one whose part of the height holds the ribbon's middle."""
    middle = sum(edge) / 2
    return min(nodes, key=lambda node: max(node.top - middle, middle - node.bottom))


def _ends(nodes: tuple[Node, ...], edge: float, side: str, room: float, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "x": edge,
            "x2": edge + _BAR,
            "top": node.top,
            "bottom": node.bottom,
            "middle": (node.top + node.bottom) / 2,
            "label": _write_node_name(node, room, lang),
            "tip": tip(f"{side}: {node.label.to(lang)}", ("", node.display.to(lang))),
            "fill": colour(node.tone),
        }
        for node in nodes
    ]


def _write_node_name(node: Node, room: float, lang: Lang) -> str:
    """Return name and number; where both are too wide it is the name that gives way."""
    number = f" {node.display.to(lang)}"
    return fitting(node.label.to(lang), room - width_of(number)) + number
