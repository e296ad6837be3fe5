"""The whale curve: cumulative profit, its peak, and how much of it is lost again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from report_templates.charts.style import HALO, SMALL, Align
from report_templates.charts.tips import GHOST, TELLING, TOLD, number, thinned, tip
from report_templates.charts.vega import Channel, Layer, data, layered, shows
from report_templates.texts.settings import colour
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.figures_money import Whale


def whale(figure: Whale, lang: Lang) -> dict[str, Any]:
    """Draw the curve with the level of all customers together, and its named points."""
    width, height = figure.size
    last = max(n for n, _ in figure.points)
    across = shows(
        "n:Q",
        scale={"domain": [0, last], "nice": False},
        axis={"title": figure.x_title.to(lang), "grid": False, "tickCount": 6, "tickMinStep": 1, "format": ",d"},
    )
    minus = "△" if lang == "ja" else "−"
    pattern = "format(abs(datum.value), '.0%')" if figure.percent else "format(abs(datum.value), ',~g')"
    up = shows(
        "level:Q",
        scale={"domain": list(figure.ends), "nice": False},
        axis={
            "title": None,
            "tickCount": 6,
            "labelExpr": f"(datum.value < 0 ? '{minus}' : '') + {pattern}",
            "domain": False,
            "ticks": False,
        },
    )
    rows = [{"n": n, "level": level} for n, level in figure.points]
    above = [{"n": n, "level": max(level, figure.whole), "floor": figure.whole} for n, level in figure.points]
    layers = [
        data(rows).mark("area", color=colour("stable"), opacity=0.25).encode(x=across, y=up),
        data(above).mark("area", color=colour("at_risk"), opacity=0.35).encode(x=across, y=up, y2=shows("floor:Q")),
        data([{"level": figure.whole}])
        .mark("rule", strokeDash=[4, 3], strokeWidth=1.2, color=colour("muted"))
        .encode(y=up),
        data(rows).mark("line", color=colour("accent"), strokeWidth=2).encode(x=across, y=up),
        *_layer_whale_names(figure, lang, across, up),
    ]
    return layered(*layers, width=width, height=height)


def _layer_whale_names(figure: Whale, lang: Lang, across: Channel, up: Channel) -> list[Layer]:
    layers = [
        data(_list_whale_tips(figure, lang))
        .mark("point", filled=True, size=46, color=colour("accent"), **TELLING)
        .encode(x=across, y=up, description=TOLD, opacity=shows("seen:Q", scale=None))
    ]
    sides: tuple[tuple[str, Align, int, int], ...] = (("left", "right", 0, 24), ("right", "left", 7, 13))
    for side, align, dx, dy in sides:  # below the curve, which falls away to the left of a late point
        rows = [
            {"n": each.n, "level": each.level, "name": each.name.to(lang)} for each in figure.turns if each.side == side
        ]
        if rows:
            texts = data(rows).encode(x=across, y=up, text="name:N")
            style: dict[str, Any] = {"align": align, "dx": dx, "dy": dy, "fontSize": SMALL, "fontWeight": "bold"}
            layers += [texts.mark("text", **{**HALO, **style}), texts.mark("text", baseline="middle", **style)]
    return layers


def _list_whale_tips(figure: Whale, lang: Lang) -> list[dict[str, Any]]:
    """Return the points that tell their number: the named ones, and unseen ones along the curve."""
    counted, cumulative = figure.x_title.to(lang), say("screen.cumulative").to(lang)
    rows = {each.n: (each.level, 1.0, f"{each.name.to(lang)} ({each.n:,})") for each in figure.turns}
    rows |= {n: (level, GHOST, f"{counted}: {n:,}") for n, level in thinned(figure.points, rows)}
    return [
        {
            "n": n,
            "level": level,
            "seen": seen,
            "tip": tip(name, (cumulative, number(level, lang, percent=figure.percent))),
        }
        for n, (level, seen, name) in sorted(rows.items())
    ]
