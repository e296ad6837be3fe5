"""What all figures share: sizes of letters, the house's style for Vega-Lite, data and thresholds as layers.

Decision 0244: why no letter is below eight points.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

from report_templates.charts.vega import data, fixed, shows
from report_templates.texts.settings import colour
from report_templates.texts.typeface import FAMILY, shortened, width

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.charts.vega import Layer
    from report_templates.document.document import Limit

SMALL: Final = 11.25  # CSS pixels; 8 pt also where a sheet of Letter makes drawings 4 % smaller
BODY: Final = 11.5
_WORDS_APART: Final = 6.0  # CSS pixels between the words of two thresholds
_LINE: Final = 14.0
Align = Literal["left", "center", "right"]
# Numbers and names get a rim of paper colour, so that a line or a bubble under them does not cross the letters.
HALO: Final[dict[str, Any]] = {
    "baseline": "middle",
    "stroke": colour("paper"),
    "strokeWidth": 3,
    "strokeJoin": "round",
}


def style() -> dict[str, Any]:
    """Return the house's style for Vega-Lite, in the colours that are worn now."""
    return {
        "font": FAMILY,
        "background": "transparent",
        # Marks are silent for a screen reader until one is told to speak (`report_templates.charts.tips`).
        "mark": {"aria": False},
        "view": {"stroke": None},
        "axis": {
            "aria": False,
            "labelColor": colour("muted"),
            "titleColor": colour("ink"),
            "labelFontSize": SMALL,
            "titleFontSize": BODY,
            "titleFontWeight": "normal",
            "gridColor": colour("ground"),
            "domainColor": colour("rule"),
            "tickColor": colour("rule"),
        },
        "legend": {
            "aria": False,
            "labelColor": colour("ink"),
            "labelFontSize": BODY,
            "symbolStrokeWidth": 1,
            "titleFontSize": BODY,
            "columnPadding": 14,
        },
        "text": {"color": colour("ink"), "fontSize": BODY},
    }


def uprights(limits: tuple[Limit, ...], scale: dict[str, Any], across: float, lang: Lang) -> tuple[list[Layer], float]:
    """Return thresholds as upright lines, their words above the drawing, and how much room these take there.

    Parameters
    ----------
    scale
        Of the drawing's horizontal axis, from zero.
    across
        The drawing's width, CSS pixels; words that would meet on one line stand on two.
    """
    rows = sorted(limit_rows(limits, lang), key=lambda row: float(row["value"]))
    ends = [-math.inf, -math.inf]
    for row in rows:
        half = width(row["label"]) * SMALL / 2
        middle = row["value"] / scale["domain"][1] * across
        row["row"] = 0 if ends[0] + _WORDS_APART <= middle - half else 1
        ends[row["row"]] = middle + half
    lines = data(rows).encode(x=shows("value:Q", scale=scale, axis=None), color=shows("shade:N", scale=None))
    layers = [lines.mark("rule", strokeDash=[4, 3], strokeWidth=1.2)]
    used = sorted({row["row"] for row in rows})
    for level in used:
        words = lines.only(f"datum.row == {level}").mark("text", baseline="bottom", fontSize=SMALL)
        layers.append(words.encode(y=fixed(-4 - level * _LINE), text="label:N"))
    return layers, 22.0 + max(used, default=0) * _LINE


def fitting(words: str, pixels: float) -> str:
    """Return words that take at most so many CSS pixels as body text, else ended with an ellipsis.

    Vega could do it (`limit`), but measures a text anew for every letter that it takes off.
    """
    return shortened(words, pixels / BODY)


def width_of(words: str) -> float:
    """Return how many CSS pixels words take as body text."""
    return width(words) * BODY


def limit_rows(limits: tuple[Limit, ...], lang: Lang) -> list[dict[str, Any]]:
    """Return thresholds as data: value, words and shade."""
    return [{"value": each.value, "label": each.label.to(lang), "shade": colour(each.tone)} for each in limits]
