"""Figures as Vega-Lite specifications, and as SVG drawn without a browser; one module per kind of figure.

The specification of a figure is the same whether it is printed or made interactive in the HTML edition. Every datum
comes from the view; what is decided here is only how it looks. A further kind of figure is one more noun, one more
module with a function of the same name, and one more line in `_KINDS`.

Decision 0261: what vl-convert is kept for.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from report_templates.charts.style import style
from report_templates.charts.vega import VERSION
from report_templates.document.document import Bars, Bubbles, Curve
from report_templates.document.figures import Columns, Flows, Heat, Quadrants, Reliability, Spans
from report_templates.document.figures_money import Waterfall, Whale
from report_templates.texts.settings import ROOM, colours

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.document import Figure

__all__ = ["forget", "specification", "svg"]

_KINDS: Final[dict[type, str]] = {
    Bars: "bars",
    Columns: "columns",
    Curve: "curve",
    Bubbles: "bubbles",
    Heat: "heat",
    Flows: "flows",
    Spans: "spans",
    Quadrants: "quadrants",
    Reliability: "reliability",
    Waterfall: "waterfall",
    Whale: "whale",
}
_IDENTIFIERS: Final = re.compile(r'\bid="([^"]+)"')
# In an attribute Vega escapes quotes and both angle brackets, so that what a customer is called cannot end or begin one.
_TAG: Final = re.compile(r"<[a-z][^<>]*>")
_TOLD: Final = re.compile(r' aria-label="([^"]*)" role="graphics-symbol"')
_SPOKEN: Final = re.compile(r' (?:aria-[a-z]+|role)="[^"]*"')
_GHOST: Final = re.compile(r'<path[^<>]* data-tip="[^<>]* opacity="0"[^<>]*/>')
_TIP: Final = re.compile(r' data-tip="[^"]*"')


def specification(figure: Figure, lang: Lang) -> dict[str, Any]:
    """Return the Vega-Lite specification of `figure` with its words in `lang`."""
    kind = _KINDS[type(figure)]
    document: dict[str, Any] = getattr(import_module(f"report_templates.charts.{kind}"), kind)(figure, lang)
    return {**document, "config": style()}


@cache
def _fonts_registered() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(ROOM.joinpath("fonts")))


def svg(figure: Figure, lang: Lang, prefix: str, *, telling: bool = False) -> str:
    """Return `figure` as an SVG element for inclusion in HTML, titled with its alternative text.

    Parameters
    ----------
    prefix
        Put before every identifier inside the drawing, so that two drawings on one page never share one.
    telling
        Whether each mark carries the words that it tells when it is pointed at (`data-tip`), for the browser's edition.
    """
    drawn = _draw_figure(figure, lang, tuple(colours().items()))
    if not telling:
        drawn = _TIP.sub("", _GHOST.sub("", drawn))
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
def _draw_figure(figure: Figure, lang: Lang, _worn: tuple[tuple[str, str], ...]) -> str:
    """Return the drawing itself, in the colours that are worn; the printed and the screen edition of a report share it."""
    import vl_convert

    _fonts_registered()
    drawn: str = vl_convert.vegalite_to_svg(specification(figure, lang), vl_version=VERSION)
    return _TAG.sub(lambda tag: _SPOKEN.sub("", _TOLD.sub(r' data-tip="\1"', tag[0])), drawn)


def forget() -> None:
    """Forget the drawings that were kept for another edition of the same report."""
    _draw_figure.cache_clear()
