"""Which typefaces a program sees: instead of those of the machine, the ones that it is told of, and no others.

Pictures and tests start their programs so, because what is drawn must not depend on what somebody has once installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

CARRIED: Final = Path(__file__).resolve().parent.parent / "report_templates" / "fonts"
FAMILY: Final = "Noto Sans JP Portfolio"  # as report_templates.texts.typeface calls it, which a tool may do without
_FILE: Final = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
{folders}<selectfont><rejectfont><glob>*.woff2</glob></rejectfont></selectfont>
<cachedir>{cache}</cachedir>
{instead}</fontconfig>
"""
_INSTEAD: Final = """<match target="pattern"><edit name="family" mode="assign" binding="strong">
<string>{family}</string></edit></match>
"""


def only(place: Path, folders: Sequence[Path], family: str = "") -> dict[str, str]:
    """Return the environment of a program that sees the typefaces of `folders` alone.

    Parameters
    ----------
    place
        A folder of its own, into which the configuration is written and where the program may keep what it found.
    family
        What stands in for every typeface, whatever it is asked for by name; blank for fontconfig's own choice.
    """
    place.mkdir(parents=True, exist_ok=True)
    told = _FILE.format(
        folders="".join(f"<dir>{escape(str(each))}</dir>\n" for each in folders),
        cache=escape(str(place / "cache")),
        instead=_INSTEAD.format(family=escape(family)) if family else "",
    )
    file = place / "fonts.conf"
    file.write_text(told, encoding="utf-8")
    return {"FONTCONFIG_FILE": str(file)}


def carried(place: Path) -> dict[str, str]:
    """Return the environment of a program that draws everything in the typeface that the project carries."""
    return only(place, (CARRIED,), FAMILY)
