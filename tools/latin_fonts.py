"""Cut the Latin letters out of the report's typeface, as fonts that a browser's edition can carry inside it.

    .venv/bin/python tools/latin_fonts.py

Writes `report_templates/fonts/*.latin.woff2`, which are part of the package; to be run again when the typeface changes.
"""

from __future__ import annotations

from pathlib import Path

from fontTools import subset

from report_templates.typeface import FILES, LATIN

FONTS = Path(__file__).parent.parent / "report_templates" / "fonts"


def cut(source: Path, target: Path) -> None:
    """Write the Latin letters of the font `source`, with their kerning, to `target` as WOFF2."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["kern"], name_IDs=[], with_zopfli=False)
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
    font = subset.load_font(str(source), options, lazy=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[point for first, last in LATIN for point in range(first, last + 1)])
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


if __name__ == "__main__":
    for name in FILES:
        cut(FONTS / name, FONTS / f"{name.removesuffix('.ttf')}.latin.woff2")
