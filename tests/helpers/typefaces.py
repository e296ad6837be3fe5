"""Machines with other typefaces, as environments of a program: one without any letter, one whose letters are too wide."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import fontconfig

EM: Final = 1000
# Ours and those that our style sheets name after it: whoever looks for one of them on this machine finds wide letters.
STANDING_IN: Final = ("Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Meiryo")
carried = fontconfig.carried


def without_carried(markup: str) -> str:
    """Return a page without the letters that travel with it."""
    return re.sub(r"data:font/woff2;base64,[A-Za-z0-9+/=]*", "", markup)


def without_letters(place: Path) -> dict[str, str]:
    """Return a machine whose only typeface has no letter: a browser does not start where there is none at all."""
    _made(place / "fonts", "Nothing", {0x20: "space"}, EM // 2)
    return fontconfig.only(place, (place / "fonts",))


def with_wide_letters(place: Path) -> dict[str, str]:
    """Return a machine whose typefaces, under whatever name, show every letter as a box of one and a half em."""
    with TTFont(fontconfig.CARRIED / "NotoSansJP-Regular.ttf", lazy=True) as font:
        points = dict.fromkeys(font.getBestCmap(), "box")
    for family in STANDING_IN:
        _made(place / "fonts", family, points, EM * 3 // 2)
    home = place / "home"
    (home / ".local" / "share").mkdir(parents=True, exist_ok=True)
    if not (home / ".fonts").exists():  # the drawing engine of charts does not ask fontconfig
        for folder in (home / ".fonts", home / ".local" / "share" / "fonts"):
            folder.symlink_to(place / "fonts")
    return {**fontconfig.only(place, (place / "fonts",)), "HOME": str(home)}


def _made(folder: Path, family: str, points: dict[int, str], advance: int) -> None:
    """Write a font in which every letter is either blank (`space`) or a box (`box`)."""
    pen, blank = TTGlyphPen(None), TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (advance - 50, 700), (advance - 50, 0)):
        pen.lineTo(corner)
    pen.closePath()
    glyphs = {".notdef": pen.glyph(), "space": blank.glyph(), "box": pen.glyph()}
    made = FontBuilder(EM)
    made.setupGlyphOrder(list(glyphs))
    made.setupCharacterMap(points)
    made.setupGlyf(glyphs)
    made.setupHorizontalMetrics(dict.fromkeys(glyphs, (advance, 0)))
    made.setupHorizontalHeader(ascent=900, descent=-200)
    made.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family.replace(" ", "")})
    made.setupOS2(sTypoAscender=900, sTypoDescender=-200, usWinAscent=900, usWinDescent=200)
    made.setupPost()
    folder.mkdir(parents=True, exist_ok=True)
    made.save(folder / f"{family.replace(' ', '')}.ttf")
