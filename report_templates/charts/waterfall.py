"""From one sum to another, change by change: increases are filled, decreases hollow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from report_templates.charts.style import HALO, fitting
from report_templates.charts.tips import TELLING, TOLD, alike, tip
from report_templates.charts.vega import Channel, Layer, data, fixed, layered, shows
from report_templates.texts.settings import colour
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.language.errors import Lang
    from report_templates.document.figures_money import Step, Waterfall

_BAND: Final = 0.66  # share of a row that its bar fills
_BREAKS: Final = (16.0, 21.0)  # where a level is cut through, CSS pixels from the left
_FILLS: Final = {"level": "accent", "up": "ok", "down": "paper"}
_RIMS: Final = {"level": "accent", "up": "ok", "down": "severe"}


def waterfall(figure: Waterfall, lang: Lang) -> dict[str, Any]:
    """Draw the rows from top to bottom, a thin line from the end of each to the next one."""
    width, height, gutter = figure.size
    write = alike([(step.end, step.display.to(lang)) for step in figure.steps if step.kind == "level"], lang)
    rows = [
        {
            **_build_step_datum(order, step, figure.ends[0], lang),
            "label": fitting(step.label.to(lang), gutter - 8),
            "tip": _write_step_tip(step, write, lang),
        }
        for order, step in enumerate(figure.steps)
    ]
    scale = {"domain": list(figure.ends), "nice": False}
    down = shows("order:O", axis=None, scale={"paddingInner": 0, "paddingOuter": 0})
    left, right = shows("low:Q", scale=scale, axis=None), shows("high:Q")
    thick = height / max(len(rows), 1) * _BAND
    drawn = data(rows).encode(y=down)
    written: dict[str, Any] = {"x": shows("high:Q", scale=scale, axis=None), "text": "display:N"}
    layers = [
        *_joints(figure, scale, down),
        drawn.mark("bar", size=thick, strokeWidth=1.4, **TELLING).encode(
            x=left,
            x2=right,
            color=shows("fill:N", scale=None),
            stroke=shows("rim:N", scale=None),
            description=TOLD,
        ),
        drawn.mark("text", align="right", baseline="middle").encode(x=fixed(-7), text="label:N"),
        drawn.mark("text", align="left", dx=5, **HALO).encode(**written),
        drawn.mark("text", align="left", dx=5, baseline="middle").encode(**written, color=shows("ink:N", scale=None)),
    ]
    if figure.ends[0] > 0:
        levels = drawn.only("datum.kind == 'level'")
        mark = levels.mark("text", text="/", fontSize=thick * 1.25, fontWeight="bold", baseline="middle")
        layers += [mark.encode(x=fixed(at), color=fixed(colour("paper"))) for at in _BREAKS]
    room = {"left": gutter, "top": 4, "right": 8, "bottom": 4}
    return layered(*layers, width=width, height=height, padding=room, autosize="none")


def _build_step_datum(order: int, step: Step, floor: float, lang: Lang) -> dict[str, Any]:
    return {
        "order": order,
        "kind": step.kind,
        "display": step.display.to(lang),
        "low": max(min(step.start, step.end), floor),
        "high": max(step.start, step.end, floor),
        "fill": colour(_FILLS[step.kind]),
        "rim": colour(_RIMS[step.kind]),
        "ink": colour("severe" if step.kind == "down" else "ink"),
    }


def _write_step_tip(step: Step, write: Callable[[float], str], lang: Lang) -> str:
    """Return what the row is; a change also tells the level that is reached by it."""
    numbers = [("", step.display.to(lang))]
    if step.kind != "level":
        numbers.append((say("screen.reached").to(lang), write(step.end)))
    return tip(step.label.to(lang), *numbers)


def _joints(figure: Waterfall, scale: dict[str, Any], down: Channel) -> list[Layer]:
    """Return upright lines from the end of each row to the row below it."""
    height = figure.size[1] / max(len(figure.steps), 1)
    rows = [{"at": step.end, "order": order} for order, step in enumerate(figure.steps[:-1])]
    line = data(rows).mark(
        "tick", orient="vertical", size=height, thickness=0.8, yOffset=height / 2, color=colour("muted")
    )
    return [line.encode(x=shows("at:Q", scale=scale, axis=None), y=down)]
