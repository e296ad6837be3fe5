"""What calamine does not tell of a workbook, read from its XML parts: formulas without values, errors, hidden rows, the date system."""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from engine.language.distinct_cells import Formula
from engine.reading.sources.inspect import broken

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

# Element names may carry a namespace prefix (x:sheet), as some exporters write them.
_DATE_1904: Final = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904=\"(?:1|true)\"")
_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_ATTRIBUTE: Final = re.compile(rb"([\w:]+)=\"([^\"]*)\"")
_HIDDEN: Final = re.compile(rb"<(?:\w+:)?row\b(?=[^>]*\bhidden=\"(?:1|true)\")[^>]*\br=\"(\d+)\"")
_FORMULA: Final = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v[^>]*>([^<]*)<)?"
)
_ERROR: Final = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt=\"e\")([^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v[^>]*>([^<]*)<", re.DOTALL
)
# Excel's 29 February 1900: calamine gives the 28th for it.
_SERIAL_60: Final = re.compile(rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?v>60(?:\.\d+)?<")
_NAME: Final = re.compile(r"([A-Z]+)(\d+)")
_ROW: Final = re.compile(rb"[<:]row\b[^>]*?\br=\"(\d+)\"")
_FILLED: Final = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+\d+)"(?:[^>]*[^>/])?>\s*<[^/]'
)  # not <c r="A1"/>: no value
_BEYOND_Z: Final = re.compile(rb'\br="([A-Z]{2,3}\d+)"(?:[^>]*[^>/])?>\s*<[^/]')
_THREE_LETTERS: Final = re.compile(rb"\br=\"[A-Z]{3}\d")
_ONE_LETTER, _TWO_LETTERS, _WIDEST = 26, 702, 16_384  # columns up to Z, ZZ and XFD
LARGEST_SHEET: Final = 64_000_000
"""Cells from A1 to the last one of a sheet: room for all of them is made in memory, eight bytes each before any value. A full sheet of
1,048,576 rows with 60 columns fits."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What a sheet's XML says besides values.

    Parameters
    ----------
    texts
        (row, column), both from 0, to the text that stands for a cell without a usable value: `=B2*C2` or `#N/A`.
    hidden
        Spreadsheet numbers of hidden rows.
    serial_60
        (row, column), both from 0, of cells whose stored number is 60.
    doubtful
        Cells with a formula and the value 0 in a workbook that asks to be computed on opening.
    """

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: tuple[int, ...] = ()
    doubtful: tuple[str, ...] = ()
    serial_60: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a sheet's cells reach, counted from A1."""

    rows: int
    columns: int

    @property
    def cells(self) -> int:
        """Number of cells of the whole rectangle."""
        return self.rows * self.columns


class Workbook:
    """An open workbook: calamine's view of it and its zip parts."""

    def __init__(self, archive: zipfile.ZipFile, calamine: CalamineWorkbook) -> None:
        self.calamine = calamine
        self._archive = archive
        content = archive.read("xl/workbook.xml")
        self.date1904 = _DATE_1904.search(content) is not None
        self._asks_computing = b'fullCalcOnLoad="1"' in content
        self._parts = self._locate_sheet_parts(content)
        metadata = calamine.sheets_metadata
        self.sheets = [
            each.name for each in metadata if each.typ == SheetTypeEnum.WorkSheet and each.name in self._parts
        ]
        self.others = [each.name for each in metadata if each.name not in self.sheets]
        self.hidden = {each.name for each in metadata if each.visible != SheetVisibleEnum.Visible}
        self._contents: tuple[str, bytes] = ("", b"")

    def __enter__(self) -> Self:
        """Return the workbook."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.calamine.close()
        self._archive.close()

    def _locate_sheet_parts(self, content: bytes) -> dict[str, str]:
        """Return sheet name to the path of its part."""
        relations = {}
        for match in _RELATION.finditer(self._archive.read("xl/_rels/workbook.xml.rels")):
            said = _parse_xml_attributes(match[1])
            target = said.get("Target", "")
            relations[said.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        found = {}
        for match in _SHEET.finditer(content):
            said = _parse_xml_attributes(match[1])
            reference = next((text for key, text in said.items() if key.endswith(":id")), "")
            found[said.get("name", "")] = relations.get(reference, "")
        return found

    def _read_sheet_xml(self, sheet: str) -> bytes:
        """Return the sheet's XML; that of the sheet asked for last is kept."""
        if self._contents[0] != sheet:
            self._contents = (sheet, self._archive.read(self._parts[sheet]))
        return self._contents[1]

    def extent(self, sheet: str) -> Extent:
        """Return how far the cells with a value reach: a reader makes room for all of them before it reads the first.

        A sheet whose rows end early, or whose columns are named by one letter, is told by that; only another one is looked at
        cell by cell.
        """
        content = self._read_sheet_xml(sheet)
        last = _ROW.match(content, max(content.rfind(b"<row"), content.rfind(b":row ")))
        rows = int(last[1]) if last else content.count(b"<row")
        wide = _WIDEST if _THREE_LETTERS.search(content) else _TWO_LETTERS
        if rows * wide <= LARGEST_SHEET:
            return Extent(rows, wide)
        columns = max(
            (_parse_cell_name(name.decode())[1] + 1 for name in _BEYOND_Z.findall(content)), default=_ONE_LETTER
        )
        if rows * columns <= LARGEST_SHEET:
            return Extent(rows, columns)
        places = [_parse_cell_name(name.decode()) for name in _FILLED.findall(content)]
        return Extent(max((row for row, _ in places), default=-1) + 1, max((at for _, at in places), default=-1) + 1)

    def structure(self, sheet: str) -> Structure:
        """Scan the sheet's XML; formulas are looked for only where one `<f` stands in it."""
        content = self._read_sheet_xml(sheet)
        texts: dict[tuple[int, int], str] = {}
        doubtful: list[str] = []
        if re.search(rb"<(?:\w+:)?f[ >/]", content):
            for match in _FORMULA.finditer(content):
                said = _parse_xml_attributes(match[1])
                if "r" not in said:
                    continue
                if not match[3] and said.get("t") != "str":
                    texts[_parse_cell_name(said["r"])] = Formula(
                        "=" + html.unescape((match[2] or b"").decode("utf-8", "replace"))
                    )
                elif match[3] == b"0" and self._asks_computing:
                    doubtful.append(said["r"])
        if b't="e"' in content:
            for match in _ERROR.finditer(content):
                said = _parse_xml_attributes(match[1])
                if "r" in said:
                    texts[_parse_cell_name(said["r"])] = match[2].decode("utf-8", "replace")
        hidden = tuple(int(match[1]) for match in _HIDDEN.finditer(content))
        names = [_parse_xml_attributes(match[1]).get("r", "") for match in _SERIAL_60.finditer(content)]
        return Structure(texts, hidden, tuple(doubtful), tuple(_parse_cell_name(name) for name in names if name))


def _parse_xml_attributes(tag: bytes) -> dict[str, str]:
    return {key.decode(): html.unescape(text.decode("utf-8", "replace")) for key, text in _ATTRIBUTE.findall(tag)}


def _parse_cell_name(name: str) -> tuple[int, int]:
    match = _NAME.fullmatch(name)
    if match is None:
        return -1, -1
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell counted from 0: (0, 27) is AB1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def open_workbook(path: Path, name: str = "") -> Workbook:
    """Open a workbook for reading; a refusal calls it `name`, where that is not its file's.

    Raises
    ------
    Refusal
        `unreadable` when it is broken.
    """
    try:
        return Workbook(zipfile.ZipFile(path), CalamineWorkbook.from_path(str(path)))
    except (CalamineError, PasswordError, zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError) as error:
        raise broken(path, name) from error
