"""A file as grids of cells: one per sheet of a workbook, one for a text or parquet file, whatever table it may hold."""

from __future__ import annotations

import csv
import io
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any, Final

import pandas as pd

from engine.language.errors import Finding, Refusal, Text
from engine.reading.columns import TABLES, recognised
from engine.reading.profiles import recognise_grid
from engine.reading.raw import RawTable, shown
from engine.reading.sources.delimited import decode, too_many
from engine.reading.sources.expanding import expand
from engine.reading.sources.parquet import read_parquet
from engine.reading.sources.without_header import header_for, no_header_warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.reading.sources.expanding import Address
    from engine.reading.sources.inspect import Inspected

_DELIMITERS: Final = (",", "\t", ";", "|")
_SAMPLED: Final = 60
_KNOWN_LAYOUT: Final = 1000  # a delimiter under which a profile is recognised goes before any other


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one sheet or file.

    Parameters
    ----------
    source
        File and sheet as findings name them.
    rows
        Rows of cells from the top, all of one width.
    file
        The file they came from.
    date1904
        Whether serial dates count from 1904.
    merged
        Merged ranges: first row, column, last row, column, from 0, ends included.
    added
        Rows at the top that the file does not have: the header row of orders that came without one.
    """

    source: str
    rows: tuple[tuple[Any, ...], ...]
    file: Inspected
    date1904: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    added: int = 0

    def raw(self, table: str, at: int) -> tuple[RawTable, tuple[Finding, ...]]:
        """Return the rows below the header row `at` (index) as a raw table; rows with more cells than it are blank and listed."""
        if self.merged:
            return self._resolve_merged_cells(table, at), ()
        header = tuple(shown(cell).strip() for cell in self.rows[at])
        width = max((place + 1 for place, text in enumerate(header) if text), default=1)
        body: list[list[Any]] = []
        findings: list[Finding] = []
        for number, row in enumerate(self.rows[at + 1 :], start=at + 2 - self.added):
            wide = any(shown(cell).strip() for cell in row[width:])
            if wide and self.file.kind == "text":
                cells = [shown(cell) for cell in row]
                findings.append(too_many(table, self.source, number, cells, width))
            body.append([None] * width if wide and self.file.kind == "text" else list(row[:width]))
        frame = pd.DataFrame(body, columns=pd.Index(header[:width], dtype=object), dtype=object)
        raw = RawTable(
            table, header[:width], frame, self.source, at + 2 - self.added, self.file.sha256,
            date1904=self.date1904, path=self.file.origin,
        )  # fmt: skip
        return raw, tuple(findings)

    def _resolve_merged_cells(self, table: str, at: int) -> RawTable:
        """Return the rows below a header with merged cells resolved, as for a sheet that is read by its name."""
        from engine.reading.sources.layout import fill_merged, header_of

        header = header_of(table, self.source, self.rows, self.merged, at)
        body = [list(row) for row in self.rows[header.bottom + 1 :]]
        frame = pd.DataFrame(body, columns=pd.Index(header.texts, dtype=object), dtype=object)
        fill_merged(table, frame, header, self.merged, {})
        return RawTable(
            table, header.texts, frame, self.source, header.bottom + 2, self.file.sha256,
            date1904=self.date1904, path=self.file.origin,
        )  # fmt: skip


def grids_of(
    addresses: Sequence[Address], stdin: IO[bytes] | None = None
) -> tuple[tuple[Grid, ...], tuple[Finding, ...]]:
    """Return the grids of files that hold anything, and what was noticed.

    Parameters
    ----------
    addresses
        Files, folders, patterns and addresses, as for `engine.reading.sources.read_input`.
    stdin
        What `-` reads; the program's standard input when None.

    Raises
    ------
    Refusal
        `unreadable` where a file is none that can be read, `too_little_data` where nothing stands in it.
    """
    with TemporaryDirectory(prefix="portfolio-") as folder:
        expanded = expand("", addresses, ("text", "xlsx", "parquet"), Path(folder), stdin)
        found: list[Grid] = []
        findings = list(expanded.findings)
        for each in expanded.files:
            grids, noticed = _read_grids_of_file(each.file)
            found += grids
            findings += noticed
    return tuple(found), tuple(findings)


def _read_grids_of_file(file: Inspected) -> tuple[list[Grid], tuple[Finding, ...]]:
    findings: tuple[Finding, ...] = ()
    if file.kind == "text":
        found, findings = _read_text_grid(file)
    elif file.kind == "xlsx":
        found, findings = _read_workbook_grids(file)
    else:
        found = _read_parquet_grid(file)
    filled = [each for each in found if any(shown(cell).strip() for row in each.rows for cell in row)]
    if not filled:
        raise Refusal(
            "too_little_data",
            f"{file.name} には何も入っていません。見出しの行とデータのあるファイルを指定してください",
            f"{file.name} is empty; name a file with a header row and data",
        )
    return filled, findings


def _read_text_grid(file: Inspected) -> tuple[list[Grid], tuple[Finding, ...]]:
    text, warnings = decode(file)
    delimiter = max(_DELIMITERS, key=lambda each: _score_delimiter(_read_all_records(text[: 1 << 18], each)[:_SAMPLED]))
    rows = _read_all_records(text.rstrip("\r\n\x1a"), delimiter)
    notes = tuple(Finding("warning", "encoding", "", file.name, None, None, None, each) for each in warnings)
    header = header_for("orders", rows[:_SAMPLED])
    if header is None:
        return [Grid(file.name, _pad_rows(rows), file)], notes
    told = no_header_warning("orders", file.name, header)
    return [Grid(file.name, _pad_rows([header, *rows]), file, added=1)], (*notes, told)


def _read_all_records(text: str, delimiter: str) -> list[list[str]]:
    found: list[list[str]] = []
    with suppress(csv.Error):  # a quote that is never closed: reading the table itself says so
        found.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return found


def _score_delimiter(records: Sequence[Sequence[str]]) -> tuple[int, float, int]:
    """Return how well a delimiter cuts a text: known headers, evenness of the rows, width."""
    filled = [record for record in records if any(cell.strip() for cell in record)]
    if not filled:
        return -1, 0.0, 0
    width, rows = Counter(len(record) for record in filled).most_common(1)[0]
    known = max(recognised(table, record) for record in filled[:30] for table in TABLES)
    layout = _KNOWN_LAYOUT if recognise_grid(filled) else 0
    return known + layout, rows / len(filled) if width > 1 else 0.0, width


def _pad_rows(rows: Sequence[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    width = max((len(row) for row in rows), default=0)
    return tuple((*row, *[None] * (width - len(row))) for row in rows)


def _read_workbook_grids(file: Inspected) -> tuple[list[Grid], tuple[Finding, ...]]:
    from engine.reading.sources.parts import open_workbook
    from engine.reading.sources.xlsx import read_cells

    found: list[Grid] = []
    notes: list[Finding] = []
    with open_workbook(file.path, file.name) as book:
        for name in book.sheets:
            rows, merged = read_cells(file, book, name)
            source = f"{file.name} › {name}"
            if any(shown(cell).strip() for row in rows for cell in row):
                found.append(Grid(source, _pad_rows(rows), file, book.date1904, merged))
            else:
                reason = Text("シートは空です", "The sheet is empty")
                notes.append(Finding("note", "empty_sheet", "", source, None, None, None, reason))
    return found, tuple(notes)


def _read_parquet_grid(file: Inspected) -> list[Grid]:
    raw = read_parquet("orders", file, {}, {})
    return [Grid(raw.source, _pad_rows([list(raw.header), *raw.frame.to_numpy(dtype=object).tolist()]), file)]
