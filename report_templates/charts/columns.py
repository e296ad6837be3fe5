"""Upright bars from zero, each with its number, and the year before as a thin mark across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from report_templates.charts.style import HALO, SMALL
from report_templates.charts.tips import TELLING, TOLD, alike, tip
from report_templates.charts.vega import data, fixed, layered, shows
from report_templates.texts.settings import colour
from report_templates.texts.texts import say
from report_templates.texts.typeface import width

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.language.errors import Lang, Text
    from report_templates.document.figures import ColumnBar, Columns

_BAND: Final = 0.62  # share of a place that its bar fills
_MARK: Final = 0.86  # the same of the mark of the year before
_APART: Final = 4.0  # between the names of two groups, CSS pixels
_NUMBER: Final = 18.0  # room that a number takes above its bar, CSS pixels


def columns(figure: Columns, lang: Lang) -> dict[str, Any]:
    """Draw bars without an axis: each carries its number, and its period stands below it."""
    wide, height = figure.size
    write = alike([(bar.value, bar.display.to(lang)) for bar in figure.bars], lang)
    rows = [
        {
            "order": order,
            "label": bar.label.to(lang),
            "group": _begun(figure, order, lang),
            "value": bar.value,
            "top": _find_column_top(figure, bar),
            "previous": bar.previous,
            "display": bar.display.to(lang),
            "fill": colour("rest" if bar.partial else "plain"),
            "tip": _write_column_tip(bar, group, write, lang),
        }
        for order, (bar, group) in enumerate(zip(figure.bars, _list_bar_groups(figure), strict=True))
    ]
    place = wide / max(len(rows), 1)
    up = {"domain": list(figure.ends), "nice": False}
    across = shows("order:O", axis=None, scale={"paddingInner": 0, "paddingOuter": 0})
    placed = data(rows).encode(x=across)
    written: dict[str, Any] = {"baseline": "bottom", "dy": -2, "fontSize": SMALL}
    above: dict[str, Any] = {"y": shows("top:Q", scale=up, axis=None), "text": "display:N"}
    layers = [
        data([{"zero": 0.0}]).mark("rule", color=colour("rule")).encode(y=shows("zero:Q", scale=up, axis=None)),
        placed.mark("bar", size=place * _BAND, stroke=colour("muted"), strokeWidth=0.4, **TELLING).encode(
            y=shows("value:Q", scale=up, axis=None), color=shows("fill:N", scale=None), description=TOLD
        ),
        placed.only("isValid(datum.previous)")
        .mark("tick", orient="horizontal", size=place * _MARK, thickness=2.2, color=colour("ink"))
        .encode(y=shows("previous:Q", scale=up, axis=None)),
        placed.mark("text", **{**HALO, **written}).encode(**above),
        placed.mark("text", **written).encode(**above),
        placed.mark("text", baseline="top", fontSize=SMALL, color=colour("muted")).encode(
            y=fixed(height + 5), text="label:N"
        ),
        placed.mark("text", baseline="top", fontSize=SMALL, color=colour("muted")).encode(
            y=fixed(height + 19), text="group:N"
        ),
    ]
    room = {"left": 4, "top": 8, "right": 4, "bottom": 36}
    return layered(*layers, width=wide, height=height, padding=room, autosize="none")


def _find_column_top(figure: Columns, bar: ColumnBar) -> float:
    """Return the level that a bar's number stands on: its own end, or the mark of the year before where that is in the way.

    A mark that is farther up leaves the number at its bar, so that nobody reads it as that of the year before.
    """
    low, high = figure.ends
    end, mark = max(bar.value, 0.0), bar.previous or 0.0
    in_the_way = end < mark < end + _NUMBER / figure.size[1] * (high - low)
    return mark if in_the_way else end


def _begun(figure: Columns, order: int, lang: Lang) -> str:
    """Return the group that begins at a bar, or nothing where the next one begins too near for both names."""
    group = figure.bars[order].group
    if group is None:
        return ""
    place = figure.size[0] / len(figure.bars)
    following = next((at for at in range(order + 1, len(figure.bars)) if figure.bars[at].group is not None), None)
    written = group.to(lang)
    return written if following is None or width(written) * SMALL < (following - order) * place - _APART else ""


def _list_bar_groups(figure: Columns) -> list[Text | None]:
    """Return the group of every bar: it is written only where one begins."""
    found: list[Text | None] = []
    for bar in figure.bars:
        found.append(bar.group or (found[-1] if found else None))
    return found


def _write_column_tip(bar: ColumnBar, group: Text | None, write: Callable[[float], str], lang: Lang) -> str:
    name = " ".join(words.to(lang) for words in (group, bar.label) if words)
    if bar.partial:
        name = say("screen.running", name=name).to(lang)
    numbers = [("", bar.display.to(lang))]
    if bar.previous is not None:
        numbers.append((say("screen.before").to(lang), write(bar.previous)))
    return tip(name, *numbers)
