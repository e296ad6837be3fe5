"""Make the files of the report's typeface out of its makers': a name that no machine has, and the letters with kerning.

    .venv/bin/python tools/typeface_files.py

Writes `report_templates/fonts/*.ttf` (the names inside them) and `*.latin.woff2`, `*.kana.woff2`, which are part of the
package; to be run again when new files have come from the makers. Under its makers' name a machine may have another
version of the typeface, which the printer and the drawing engine would take for ours. All other letters of a page for a
browser are cut out when it is made (`report_templates/print/web_fonts.py`).

Decision 0269: why the typeface has a name of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont

from report_templates.print.web_fonts import KEPT_NAMES, READY
from report_templates.texts.typeface import FAMILY, FILES

FONTS: Final = Path(__file__).parent.parent / "report_templates" / "fonts"
_UNIQUE, _FULL, _POSTSCRIPT, _PREFIX = 3, 4, 6, 25  # entries of a font's table of names


def rename(file: Path) -> None:
    """Give the font in `file` the name under which the report asks for it; its letters stay as they are, to the byte."""
    with TTFont(file, lazy=True, recalcBBoxes=False, recalcTimestamp=False) as font:
        names = font["name"]
        style = names.getDebugName(2)
        own = {
            1: FAMILY,
            _UNIQUE: f"{names.getDebugName(5)};{FAMILY} {style}",
            _FULL: f"{FAMILY} {style}",
            _POSTSCRIPT: f"{FAMILY.replace(' ', '')}-{style}",
            _PREFIX: FAMILY.replace(" ", ""),
        }
        for entry in names.names:
            if entry.nameID in own:
                entry.string = own[entry.nameID]
        written = file.with_suffix(".part")
        font.save(written, reorderTables=None)
    written.replace(file)


def cut(source: Path, target: Path, ranges: tuple[tuple[int, int], ...]) -> None:
    """Write some letters of the font `source`, with their kerning, to `target` as WOFF2."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["kern"], name_IDs=list(KEPT_NAMES))
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
    font = subset.load_font(str(source), options, lazy=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[point for first, last in ranges for point in range(first, last + 1)])
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


if __name__ == "__main__":
    for name in FILES:
        rename(FONTS / name)
        for ending, ranges in READY.items():
            cut(FONTS / name, FONTS / f"{name.removesuffix('.ttf')}.{ending}.woff2", ranges)
