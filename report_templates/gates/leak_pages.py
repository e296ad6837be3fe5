"""Every text of a finished PDF with the place where it stands: pages, metadata, tags, bookmarks, links, enclosed files.

Decision 0230: why letters of one glyph count as one.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from engine.language.errors import Text
from report_templates.gates.leak_places import Place, in_html, plain_places, readings

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWING: Final = "Tj TJ ' \" Tf BMC BDC EMC DP"
_MAP: Final = re.compile(rb"begin(bfchar|bfrange)(.*?)endbf", re.DOTALL)
_HEX: Final = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
_KEYS: Final = {
    "/Title": Text("しおり・文書情報", "a bookmark or the metadata"),
    "/Alt": Text("代替テキスト", "an alternative text"),
    "/ActualText": Text("代替テキスト", "an alternative text"),
    "/E": Text("代替テキスト", "an alternative text"),
    "/Contents": Text("注釈", "an annotation"),
    "/URI": Text("リンク先", "a link"),
    "/Dest": Text("リンク先", "a link"),
    "/D": Text("リンク先", "a link"),
    "/F": Text("添付のファイル名", "name of an attachment"),
    "/UF": Text("添付のファイル名", "name of an attachment"),
    "/Desc": Text("添付の説明", "description of an attachment"),
    "/Names": Text("名前の一覧", "the list of names"),
}
_INFO: Final = Text("文書情報", "the metadata")
_XMP: Final = Text("文書情報(XMP)", "the metadata (XMP)")
_OTHER: Final = Text("文書の構造", "the document's structure")
_FORM: Final = Text("図", "a drawing")
_ENCLOSED: Final = Text("添付ファイル", "an attachment")


def in_pdf(content: bytes) -> Iterator[Place]:
    """Yield the words of every page, and every other text of the file; a page's words are one text, line after line."""
    with pikepdf.open(BytesIO(content)) as document:
        fonts = _Fonts()
        for number, page in enumerate(document.pages, start=1):
            place = Text(f"{number}ページ", f"page {number}")
            for text in fonts.words(page.obj, page.obj.get("/Resources")):
                yield place, text
        for key, value in document.trailer.get("/Info", pikepdf.Dictionary()).items():
            yield _INFO, f"{value}"
            yield _INFO, str(key).removeprefix("/")
        for entry in document.objects:
            if isinstance(entry, pikepdf.Stream):
                yield from _stream(entry, fonts)
            yield from _yield_object_strings(entry)


def _stream(entry: pikepdf.Stream, fonts: _Fonts) -> Iterator[Place]:
    """Yield the texts of a metadata stream, an enclosed file or a drawing; other streams hold no words."""
    kind, subtype = str(entry.get("/Type", "")), str(entry.get("/Subtype", ""))
    if kind == "/Metadata":
        for _, text in in_html(entry.read_bytes().decode("utf-8", "replace")):
            yield _XMP, text
    elif kind == "/EmbeddedFile" or "/Params" in entry:
        for _, text in plain_places("", entry.read_bytes()):
            yield _ENCLOSED, text
    elif subtype == "/Form":
        for text in fonts.words(entry, entry.get("/Resources")):
            yield _FORM, text


def _yield_object_strings(entry: Any) -> Iterator[Place]:
    """Yield the strings and names of one object; what it refers to is an object of its own."""
    waiting: list[tuple[Text, Any]] = [(_OTHER, entry)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, pikepdf.String):
            for reading in readings(str(node)):
                yield place, reading
        elif isinstance(node, pikepdf.Name):
            yield place, str(node).removeprefix("/")
        elif isinstance(node, (pikepdf.Dictionary, pikepdf.Stream)):
            for key, value in node.items():
                yield place, str(key).removeprefix("/")
                if not getattr(value, "is_indirect", False):
                    waiting.append((_KEYS.get(str(key), place), value))
        elif isinstance(node, pikepdf.Array):
            waiting.extend((place, value) for value in node if not getattr(value, "is_indirect", False))


class _Fonts:
    """Reads content streams: codes of glyphs become letters by each font's own table."""

    def __init__(self) -> None:
        self._tables: dict[tuple[int, int], tuple[dict[int, str], int]] = {}

    def words(self, drawn: Any, resources: Any) -> Iterator[str]:
        """Yield what a page or a drawing shows, as one text, and the alternative texts inside it one by one.

        Where stretches have a text of their own (a browser gives one to every glyph whose letters it is unsure of), the
        whole is told once more with these in their places, so that a name made of such glyphs stays whole.
        """
        fonts = (
            {} if resources is None else {str(k): v for k, v in resources.get("/Font", pikepdf.Dictionary()).items()}
        )
        table: tuple[dict[int, str], int] = ({}, 1)
        drawn_words, read, open_marks = list[str](), list[str](), list[bool]()
        for instruction in pikepdf.parse_content_stream(drawn, _SHOWING):
            operands, name = instruction.operands, str(instruction.operator)
            if name == "Tf":
                table = self._table(fonts.get(str(operands[0])))
            elif name == "EMC":
                del open_marks[-1:]
            elif name in ("BMC", "BDC", "DP"):
                yield from (text for operand in operands for _, text in _yield_object_strings(operand))
                instead = _instead(operands) if name == "BDC" else None
                if name != "DP":
                    if instead is not None and True not in open_marks:
                        read.append(instead)
                    open_marks.append(instead is not None)
            else:
                letters = _decode_shown_letters(operands, table)
                drawn_words.append(letters)
                if True not in open_marks:
                    read.append(letters)
        yield "\n".join(drawn_words)
        if read != drawn_words:
            yield "\n".join(read)

    def _table(self, font: Any) -> tuple[dict[int, str], int]:
        if font is None:
            return {}, 1
        key = font.objgen
        if key not in self._tables or key == (0, 0):
            wide = 2 if font.get("/Subtype") == "/Type0" else 1
            found = _letters_of(font["/ToUnicode"].read_bytes()) if "/ToUnicode" in font else {}
            self._tables[key] = found, wide
        return self._tables[key]


def _instead(operands: Any) -> str | None:
    """Return the text that stands in the place of a marked stretch of glyphs; None where it has none."""
    for operand in operands:
        if isinstance(operand, pikepdf.Dictionary) and "/ActualText" in operand:
            return str(operand["/ActualText"])
    return None


def _decode_shown_letters(operands: Any, table: tuple[dict[int, str], int]) -> str:
    letters, wide = table
    found: list[str] = []
    for operand in operands:
        for piece in operand if isinstance(operand, pikepdf.Array) else (operand,):
            if isinstance(piece, pikepdf.String):
                codes = bytes(piece)
                numbers = (int.from_bytes(codes[at : at + wide], "big") for at in range(0, len(codes), wide))
                found += [letters.get(code, chr(code) if wide == 1 else "") for code in numbers]
    return "".join(found)


def _letters_of(table: bytes) -> dict[int, str]:
    """Return code → letters of a ToUnicode table (ISO 32000-2, 9.10.3)."""
    found: dict[int, str] = {}
    for kind, body in _MAP.findall(table):
        parts = [each.group(1) if each.group(1) is not None else each.group(0) for each in _HEX.finditer(body)]
        if kind == b"bfchar":
            for code, letters in zip(parts[::2], parts[1::2], strict=False):
                found[int(code, 16)] = _unicode(letters)
        else:
            _read_character_ranges(parts, found)
    return found


def _read_character_ranges(parts: list[bytes], found: dict[int, str]) -> None:
    at = 0
    while at + 2 < len(parts):
        first, last = int(parts[at], 16), int(parts[at + 1], 16)
        if parts[at + 2] == b"[":
            end = parts.index(b"]", at)
            found |= {first + number: _unicode(each) for number, each in enumerate(parts[at + 3 : end])}
            at = end + 1
        else:
            letters = _unicode(parts[at + 2])
            for code in range(first, last + 1):
                found[code] = letters[:-1] + chr(ord(letters[-1]) + code - first) if letters else ""
            at += 3


def _unicode(written: bytes) -> str:
    return bytes.fromhex(written.decode("ascii")).decode("utf-16-be", "replace")
