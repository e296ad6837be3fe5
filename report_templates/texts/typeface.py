"""What the report's typeface can print: hostile or exotic names become something that every page can carry.

Decision 0269: why the typeface has a name of its own.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from engine.runs.masked_run import PSEUDONYM
from report_templates.texts.settings import ROOM

if TYPE_CHECKING:
    from collections.abc import Iterable

# Noto Sans JP under a name that no machine has: of a typeface that is installed there, another version could be taken.
FAMILY: Final = "Noto Sans JP Portfolio"
FILES: Final = ("NotoSansJP-Regular.ttf", "NotoSansJP-Bold.ttf")
WEIGHTS: Final = dict(zip(FILES, (400, 700), strict=True))
GETA: Final = "〓"  # the printers' sign for a character that the typeface does not have
_ELLIPSIS: Final = "…"
_CODED: Final = 0.66  # em that a bold letter of a code takes on an average
_SIGNS: Final = (
    ("株式会社", "㈱"),
    ("有限会社", "㈲"),
    ("合同会社", "(同)"),
    ("合資会社", "(資)"),
    ("合名会社", "(名)"),
)


@dataclass(frozen=True, slots=True)
class _Metrics:
    advances: dict[int, float]  # code point -> advance in em


@cache
def _metrics() -> _Metrics:
    from fontTools.ttLib import TTFont  # WeasyPrint's own font library; slow to import, so only when needed

    with ROOM.joinpath("fonts", FILES[0]).open("rb") as file, TTFont(file, lazy=True) as font:
        em, widths = font["head"].unitsPerEm, font["hmtx"]
        return _Metrics({point: widths[glyph][0] / em for point, glyph in font.getBestCmap().items()})


def printable(word: str) -> str:
    """Return `word` as the report prints it: one line, no control or direction marks, only glyphs that exist.

    Direction marks are dropped because an unclosed one would turn the text after it around; a character that the
    typeface lacks becomes 〓, since another typeface in its place would break the promise that the PDF embeds what it
    shows.
    """
    kept = []
    for character in unicodedata.normalize("NFC", word):
        category = unicodedata.category(character)
        if category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif category == "Cf" or "VARIATION SELECTOR" in unicodedata.name(character, ""):
            continue
        else:
            kept.append(character if ord(character) in _metrics().advances else GETA)
    return " ".join("".join(kept).split())


def lacking(letters: Iterable[str]) -> str:
    """Return those of some letters that would be seen and that the typeface does not have, in the order of their codes."""
    known = _metrics().advances
    return "".join(sorted(each for each in set(letters) if ord(each) not in known and not _is_unseen(each)))


def _is_unseen(character: str) -> bool:
    """Return whether a character only steers others: a control, a space, a choice of a variant."""
    steers = unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Zs"}
    return steers or "VARIATION SELECTOR" in unicodedata.name(character, "")


def width(word: str) -> float:
    """Return the width of `word` in em, by the typeface's own advances; a character it lacks counts as one em."""
    advances = _metrics().advances
    return sum(advances.get(ord(character), 1.0) for character in word)


def brief(name: str) -> str:
    """Return a company's name with its legal form as one sign, as Japanese charts write it: ㈱ for 株式会社."""
    for form, sign in _SIGNS:
        name = name.replace(form, sign)
    return name


def shortened(word: str, ems: float) -> str:
    """Return `word`, ended with an ellipsis where it is wider than `ems`.

    Of a pseudonym the code is left, whole and alone: cut off it would name nobody. All codes of a column are told alike,
    so that the room is measured for the widest.
    """
    coded = PSEUDONYM.fullmatch(word)
    if coded is not None:
        return word if width(coded[1]) + _CODED * len(coded[2]) <= ems else coded[2]
    if width(word) <= ems:
        return word
    kept = word
    while kept and width(kept + _ELLIPSIS) > ems:
        kept = kept[:-1]
    return kept.rstrip() + _ELLIPSIS
