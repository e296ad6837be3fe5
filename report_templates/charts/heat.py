"""A heat map: the darker, the more; the number stands in the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from report_templates.charts.style import SMALL, fitting
from report_templates.charts.tips import TELLING, TOLD, tip
from report_templates.charts.vega import data, fixed, layered, shows
from report_templates.texts.settings import colour

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.figures import Heat

_LIGHT_FROM: Final = 0.5  # from this weight on letters are written in the colour of the paper
# Depths between these two are left out: neither dark nor light letters have a contrast of 4.5 on them.
_GAP: Final = (0.5, 0.68)


def heat(figure: Heat, lang: Lang) -> dict[str, Any]:
    """Draw the cells, their numbers, and a frame around those that are marked."""
    width, height, gutter = figure.size
    rows = [
        {
            "row": row,
            "column": column,
            "text": cell.text.to(lang),
            "tip": tip(
                f"{figure.rows[row].to(lang)} × {_name_heat_column(figure, column, lang)}", ("", cell.text.to(lang))
            ),
            "fill": _shade(cell.weight),
            "framed": cell.framed,
            "ink": _ink(cell.weight),
        }
        for row, cells in enumerate(figure.cells)
        for column, cell in enumerate(cells)
        if cell is not None
    ]
    band = {"paddingInner": 0.04, "paddingOuter": 0}
    across = shows("column:O", axis=None, scale=band)
    down = shows("row:O", axis=None, scale=band)
    drawn = data(rows).encode(x=across, y=down)
    tops = data([{"column": at, "text": text.to(lang)} for at, text in enumerate(figure.columns)]).encode(x=across)
    sides = data(
        [{"row": at, "text": fitting(text.to(lang), gutter - 10)} for at, text in enumerate(figure.rows)]
    ).encode(y=down)
    layers = [
        drawn.mark("rect", **TELLING).encode(color=shows("fill:N", scale=None), description=TOLD),
        drawn.only("datum.framed").mark("rect", filled=False, stroke=colour("ink"), strokeWidth=1.2),
        drawn.mark("text", baseline="middle").encode(text="text:N", color=shows("ink:N", scale=None)),
        tops.mark("text", baseline="bottom", fontSize=SMALL).encode(y=fixed(-5), text="text:N"),
        sides.mark("text", align="right", baseline="middle").encode(x=fixed(-8), text="text:N"),
        data([{"text": figure.x_title.to(lang)}])
        .mark("text", baseline="bottom", fontSize=SMALL, color=colour("muted"))
        .encode(x=fixed(width / 2), y=fixed(-20), text="text:N"),
        data([{"text": figure.y_title.to(lang)}])
        .mark("text", align="right", baseline="bottom", fontSize=SMALL, color=colour("muted"))
        .encode(x=fixed(-8), y=fixed(-5), text="text:N"),
    ]
    room = {"left": gutter, "top": 36, "right": 4, "bottom": 4}
    return layered(*layers, width=width, height=height, padding=room, autosize="none")


def _name_heat_column(figure: Heat, at: int, lang: Lang) -> str:
    """Return what a column is called; a bare number says nothing without what is counted."""
    name = figure.columns[at].to(lang)
    return f"{figure.x_title.to(lang)} {name}" if name.isdecimal() else name


def _ink(weight: float) -> str:
    """Return the colour of the letters on a shade."""
    return colour("paper" if weight >= _LIGHT_FROM else "ink")


def _shade(weight: float) -> str:
    """Return the colour between the palest ground and the accent, as `#rrggbb`."""
    ends = [[int(colour(name)[at : at + 2], 16) for at in (1, 3, 5)] for name in ("ground", "accent")]
    pale, dark = weight / _LIGHT_FROM * _GAP[0], _GAP[1] + (weight - _LIGHT_FROM) / (1 - _LIGHT_FROM) * (1 - _GAP[1])
    depth = pale if weight < _LIGHT_FROM else dark
    return "#" + "".join(f"{round(low + (high - low) * depth):02x}" for low, high in zip(*ends, strict=True))
