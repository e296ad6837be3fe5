"""The letters that a page for a browser shows, as fonts inside the page, so that it looks and prints the same everywhere.

Latin letters and kana are ready-made files with their kerning (`tools/typeface_files.py` cuts them). All other letters are
cut out of the carried typeface for the page that shows them: a page carries each letter that it, its tips and its scripts
can show, and no other. What a reader types himself may be set in a typeface of his own machine.

Decision 0268: why a page carries every letter that it shows.
"""

from __future__ import annotations

import base64
import copy
import html
import re
from functools import cache, lru_cache
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from report_templates.texts import texts
from report_templates.texts.settings import ROOM
from report_templates.texts.typeface import FAMILY, FILES, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fontTools.ttLib import TTFont

# Where a template wants the fonts. Words of the data never hold a "<" that is not escaped.
PLACE: Final = Markup("<the fonts of this page>")
# Letters that are cut once, because they have kerning: by the name of the file's ending, ranges of code points.
READY: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "latin": (
        (0x20, 0x7E),
        (0xA0, 0x17F),
        (0x2013, 0x2014),
        (0x2018, 0x2019),
        (0x201C, 0x201D),
        (0x2022, 0x2022),
        (0x2212, 0x2212),
    ),
    "kana": ((0x3001, 0x3002), (0x300C, 0x300D), (0x3041, 0x3096), (0x309B, 0x309E), (0x30A1, 0x30FE)),
}
_ALWAYS: Final = "latin"  # numbers and letters that scripts and counters write, and most of what a reader types
_CSS: Final = re.compile(r"\\([0-9a-fA-F]{1,6})")
_ADDRESS: Final = "data:font/woff2;base64,"
_CARRIED: Final = re.compile(rf"{_ADDRESS}([A-Za-z0-9+/]+=*)")
_RANGES: Final = re.compile(r"unicode-range: U\+[0-9A-F-]+(?:, U\+[0-9A-F-]+)*;")
KEPT_NAMES: Final = (0, 1, 2, 4, 6, 13, 14)  # who made it, what it is called, its licence


def of_files() -> Markup:
    """Return the rules that load the whole typeface from our folder, for what is printed."""
    rules = (_rule(f"fonts/{name}", WEIGHTS[name]) for name in FILES)
    return Markup("\n".join(rules))  # noqa: S704 - our own file names


def with_fonts(markup: str) -> str:
    """Return a finished page with the fonts of its letters at the place that its template has for them, if it has one.

    The same page gives the same bytes.
    """
    before, place, after = markup.partition(PLACE)
    return f"{before}{notice()}\n{_rules(_collect_page_letters(before + after))}{after}" if place else markup


def notice() -> str:
    """Return the typeface's copyright and licence, as a comment of a style sheet."""
    owner = ROOM.joinpath("fonts", "OFL.txt").read_text(encoding="utf-8").splitlines()[0]
    return f"/* {FAMILY}: {owner}. SIL Open Font License 1.1, https://scripts.sil.org/OFL */"


def words_within(sheet: str) -> tuple[str, tuple[str, ...]]:
    """Return a style sheet without the fonts that are in it, and what these say in words, if our typeface does not.

    A font and the list of its code points are numbers and letters in which a short name is found by chance.
    """
    from fontTools.ttLib import TTFont, TTLibError

    said: list[str] = []

    def read(found: re.Match[str]) -> str:
        try:
            with TTFont(BytesIO(base64.b64decode(found[1])), lazy=True) as font:
                said.extend(str(entry) for entry in font["name"].names if str(entry) not in _names_of_ours())
        except (TTLibError, ValueError, KeyError):
            return found[0]  # no font, so whoever asked has to read it himself
        return _ADDRESS

    return _RANGES.sub("", _CARRIED.sub(read, sheet)), tuple(said)


def _collect_page_letters(markup: str) -> frozenset[int]:
    """Return every code point that a page can show: what is written, in attributes, in data of scripts, in style sheets."""
    plain = html.unescape(markup)
    return frozenset((*map(ord, set(plain)), *(int(code, 16) for code in set(_CSS.findall(plain)))))


def _rules(shown: frozenset[int]) -> str:
    """Return the rules of all fonts that a page needs to show these letters."""
    wanted, rules = shown.intersection(_glyphs(FILES[0])), []
    for ending, ranges in READY.items():
        covered = frozenset(point for first, last in ranges for point in range(first, last + 1))
        if ending == _ALWAYS or wanted & covered:
            rules += [_rule(_ready(name, ending), WEIGHTS[name], covered) for name in FILES]
            wanted -= covered
    usual = _usual() if len(wanted & _usual()) * 2 >= len(_usual()) else frozenset()
    for letters in (usual, wanted - usual):
        rules += [_rule(_cut(name, letters), WEIGHTS[name], letters) for name in FILES if letters]
    return "\n".join(rules)


def _rule(address: str, weight: int, letters: Iterable[int] = ()) -> str:
    covered = ", ".join(_yield_unicode_ranges(letters))
    only = f" unicode-range: {covered};" if covered else ""
    return f'@font-face {{ font-family: "{FAMILY}"; src: url({address}); font-weight: {weight};{only} }}'


def _yield_unicode_ranges(letters: Iterable[int]) -> Iterator[str]:
    """Yield code points as style sheets write them, neighbours as one range."""
    for _, run in groupby(enumerate(sorted(letters)), key=lambda each: each[1] - each[0]):
        points = [point for _, point in run]
        yield f"U+{points[0]:X}" if len(points) == 1 else f"U+{points[0]:X}-{points[-1]:X}"


@cache
def _usual() -> frozenset[int]:
    """Return the letters of what the page of an account says: its hundreds of pages share one font of them."""
    said = "".join(text.ja for text in texts.unfilled("accounts."))
    ready = {point for ranges in READY.values() for first, last in ranges for point in range(first, last + 1)}
    return frozenset(map(ord, said)).intersection(_glyphs(FILES[0])) - ready


@cache
def _ready(name: str, ending: str) -> str:
    return _write_font_address(ROOM.joinpath("fonts", f"{name.removesuffix('.ttf')}.{ending}.woff2").read_bytes())


def _write_font_address(content: bytes) -> str:
    return f"{_ADDRESS}{base64.b64encode(content).decode()}"


@cache
def _whole(name: str) -> TTFont:
    from fontTools.ttLib import TTFont

    return TTFont(BytesIO(ROOM.joinpath("fonts", name).read_bytes()), lazy=True)


@cache
def _glyphs(name: str) -> dict[int, str]:
    found: dict[int, str] = _whole(name).getBestCmap()
    return found


@cache
def _names_of_ours() -> frozenset[str]:
    return frozenset(str(entry) for name in FILES for entry in _whole(name)["name"].names)


@lru_cache(maxsize=16)
def _cut(name: str, letters: frozenset[int]) -> str:
    """Return some letters of a font as a font of their own: an address that holds it.

    No letter that comes here has kerning, is composed of others or carries instructions (a test holds the typeface to
    that), so that outlines and widths are all there is to copy; the general way takes five times as long.
    """
    from fontTools.fontBuilder import FontBuilder

    whole, known = _whole(name), _glyphs(name)
    points = {point: known[point] for point in sorted(letters)}
    order = [".notdef", *dict.fromkeys(points.values())]
    made = FontBuilder(unitsPerEm=whole["head"].unitsPerEm)
    made.setupGlyphOrder(order)
    made.setupCharacterMap(points)
    made.setupGlyf({glyph: whole["glyf"][glyph] for glyph in order}, calcGlyphBounds=False)
    made.setupHorizontalMetrics({glyph: whole["hmtx"][glyph] for glyph in order})
    font = made.font
    for table in ("hhea", "OS/2", "post", "head"):  # heights of lines, weight, underline, dates
        font[table] = copy.deepcopy(whole[table])
    font["name"] = _keep_name_entries(whole)
    font.flavor, written = "woff2", BytesIO()
    font.save(written)
    return _write_font_address(written.getvalue())


def _keep_name_entries(whole: TTFont) -> Any:
    names = copy.deepcopy(whole["name"])
    names.names = [entry for entry in names.names if entry.nameID in KEPT_NAMES]
    return names
