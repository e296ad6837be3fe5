"""Every text of a finished HTML or other file with the place where it stands: what the leak check searches."""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import zipfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from engine.language.errors import Text
from report_templates.print.web_fonts import words_within
from report_templates.texts.settings import ROOM

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[Text, str]

BODY: Final = Text("本文", "body")
COMMENT: Final = Text("コメント", "a comment")
SCRIPT: Final = Text("スクリプト", "a script")
STYLE: Final = Text("スタイル", "the style sheet")
DATA: Final = Text("埋め込みJSON", "embedded JSON")
_INLINE: Final = frozenset(
    (
        *(
            "a",
            "abbr",
            "b",
            "bdi",
            "bdo",
            "br",
            "cite",
            "code",
            "data",
            "dfn",
            "em",
            "font",
            "i",
            "kbd",
            "mark",
            "q",
            "s",
        ),
        *("samp", "small", "span", "strong", "sub", "sup", "time", "tspan", "u", "var", "wbr"),
    )
)
_JSON: Final = re.compile(r"application/(?:[\w.+-]*\+)?json|application/ld\+json|importmap", re.IGNORECASE)
_LINKS: Final = frozenset({"href", "src", "data", "srcset", "xlink:href", "action", "cite", "poster"})
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_UNICODE: Final = re.compile(r"\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_CSS: Final = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n]?")
_LONGEST_CODED: Final = 4_000_000
_LAST: Final = 0x10FFFF


def in_html(markup: str) -> Iterator[Place]:
    """Yield the texts of an HTML or SVG document block by block, so that a name broken over lines or tags stays whole."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    reader.end_block()
    for place, text in reader.places:
        for reading in readings(text):
            yield place, reading


def plain_places(name: str, content: bytes) -> Iterator[Place]:
    """Yield the texts of any other file: the parts of a workbook, JSON's words, else its lines as they are decoded."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for entry in package.namelist():
                inside = Text(f"{name} の {entry}", f"{entry} of {name}")
                yield inside, entry
                for _, inner in in_html(package.read(entry).decode("utf-8", "replace")):
                    yield inside, inner
        return
    place = Text("中身", "its content")
    text = _decoded(content)
    if text is None:
        return
    if text.lstrip()[:1] in ("{", "[") and (words := _words_of_json(text)) is not None:
        for word in words:
            yield from ((place, each) for each in readings(word))
        return
    for line in text.splitlines():
        for cell in re.split(r"[,\t]", line):
            yield place, cell
        for reading in readings(line):
            yield place, reading


def readings(text: str) -> Iterator[str]:
    """Yield a text, and what it says where it is escaped or encoded once more: entities, per cents, CSS, JSON and Base64."""
    yield text
    plain = text
    if "&" in text and (plain := html.unescape(text)) != text:
        yield plain
    if "%" in plain and (found := unquote(plain, errors="replace")) != plain:
        yield found
    if "\\" in plain:
        yield _UNICODE.sub(_character, plain)
        yield _CSS.sub(_character, plain)
    for run in _ENCODED.findall(plain):
        yield from _from_base64(run)


def _character(found: re.Match[str]) -> str:
    point = int(next(group for group in found.groups() if group), 16)
    return chr(point) if point <= _LAST else ""


def _from_base64(run: str) -> Iterator[str]:
    """Yield what a run of letters says as Base64, where it is UTF-8 text: that of other languages' letters or markup."""
    if len(run) > _LONGEST_CODED or len(run.rstrip("=")) % 4 == 1:
        return
    try:
        content = base64.b64decode(
            run.replace("-", "+").replace("_", "/").rstrip("=") + "=" * (-len(run.rstrip("=")) % 4)
        )
    except (binascii.Error, ValueError):
        return
    text = _decoded(content)
    if text is None or (text.isascii() and len(text) < len("<svg></svg>") and not text.isprintable()):
        return
    if text.lstrip().startswith("<"):
        yield from (each for _, each in in_html(text))
    else:
        yield text


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "utf-16") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if "\x00" not in text else None
    return None


def _words_of_json(text: str) -> list[str] | None:
    """Return every word of a JSON document, keys included; numbers are no words."""
    try:
        waiting = [json.loads(text)]
    except ValueError:
        return None
    words: list[str] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            words.append(node)
        elif isinstance(node, dict):
            words.extend(node)
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return words


class _Reader(HTMLParser):
    """Collects the texts of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.places: list[Place] = []
        self._block: list[str] = []
        self._within = ""  # script or style, whose text is no text
        self._json = False
        self._code: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._within, self._code = tag, []
            self._json = tag == "script" and bool(_JSON.search(dict(attrs).get("type") or ""))
        if tag == "br":
            self._block.append("\n")
        elif tag not in _INLINE:
            self.end_block()
        for name, value in attrs:
            self.places.append((_attribute(name), name))
            if value:
                self.places.append((_attribute(name), value))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._within = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._end_code()
        elif tag not in _INLINE:
            self.end_block()

    def handle_data(self, data: str) -> None:
        (self._code if self._within else self._block).append(data)

    def handle_comment(self, data: str) -> None:
        self.places.append((COMMENT, data))

    def handle_decl(self, decl: str) -> None:
        self.places.append((COMMENT, decl))

    def handle_pi(self, data: str) -> None:
        self.places.append((COMMENT, data))

    def unknown_decl(self, data: str) -> None:
        self.places.append((BODY, data.removeprefix("CDATA[")))

    def end_block(self) -> None:
        """Close a block of text."""
        if text := "".join(self._block).strip():
            self.places.append((BODY, text))
        self._block = []

    def _end_code(self) -> None:
        code, within = "".join(self._code), self._within
        if within == "style":
            code, names = words_within(code)
            self.places += [(STYLE, name) for name in names]
        self._within, self._code = "", []
        words = _words_of_json(code) if self._json else None
        if words is not None:
            self.places += [(DATA, word) for word in words]
        elif code.strip() not in _own_code():
            place = STYLE if within == "style" else SCRIPT
            self.places += [(place, line) for line in _without_ours(code).splitlines() if line.strip()]


def _attribute(name: str) -> Text:
    if name in _LINKS:
        return Text(f"リンク先({name})", f"a link ({name})")
    return Text(f"属性 {name}", f"the attribute {name}")


def _without_ours(code: str) -> str:
    for own in _own_code():
        code = code.replace(own, "\n")
    return code


@cache
def _own_code() -> tuple[str, ...]:
    """Return the style sheets and scripts that every edition carries: whatever the data are, they say the same."""
    from report_templates.print import interactive, web_fonts

    sheets = [path.read_text(encoding="utf-8").strip() for path in sorted(Path(str(ROOM), "templates").glob("*.css"))]
    scripts = (str(script).strip() for script in (*interactive.scripts(), interactive.sorting()))
    return (*scripts, *sheets, web_fonts.notice())
