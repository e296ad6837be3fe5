"""Files to raw tables: workbooks, text and parquet files, folders, archives and addresses, each checked before it is believed.

The only part of the engine that opens files; it is no part of the cell path. The readers of each format are imported when a file
of that format is met.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Final

from engine.language.errors import Finding, Refusal, Text
from engine.reading.assembling import assembled
from engine.reading.columns import plain_header, table_of, table_text
from engine.reading.profiles import Wishes, saved
from engine.reading.raw import NO_COLUMNS, RawTable, RawTables, with_columns
from engine.reading.shapes import check_year
from engine.reading.sources.expanding import Address, Expanded, FoundFile, expand

if TYPE_CHECKING:
    from engine.language.dates import DateOrder
    from engine.reading.sources.inspect import FileKind

__all__ = ["Address", "Progress", "read_files", "read_input", "read_workbook"]

Progress = Callable[[float], None]
"""Called with the share of the reading that is done, 0 to 1."""

_ORDERS: Final[tuple[DateOrder, ...]] = ("mdy", "dmy")
_TABLE_KINDS: Final[tuple[FileKind, ...]] = ("text", "xlsx", "parquet")


def read_workbook(
    path: Address,
    mapping: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    wishes: Wishes | None = None,
) -> RawTables:
    """Read the input sheets of an .xlsx workbook; the file itself is never written.

    Parameters
    ----------
    path
        The workbook. Sheets are chosen by name and headers (`engine.reading.sheet_choice`); several sheets of one table are joined.
    mapping
        `table.column` to header for foreign headers: `{"orders.date": "InvoiceDate", "orders.amount": "Quantity*UnitPrice"}`;
        `orders.date_order` is `mdy` or `dmy`; `orders.year` is the year of months that are written without one (2026年度).
    progress
        Told how far the reading is.
    wishes
        Conditions, value maps and the profile to read by; left out, the profile that is recognised.

    Raises
    ------
    Refusal
        `unreadable` (missing, empty, encrypted, broken, or no workbook), `too_little_data` (no input sheet), `argument` (mapping).
    """
    return read_input([path], {}, mapping, progress, wishes=wishes)


def read_files(
    paths: Mapping[str, Address | Sequence[Address]],
    mapping: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    wishes: Wishes | None = None,
) -> RawTables:
    """Read the files of each table.

    Parameters
    ----------
    paths
        Table key (`customers`, `orders` …) to a file, folder, pattern or address (`engine.reading.sources.expanding`), or several of them:
        together they are the one table.
    mapping, progress, wishes
        As for `read_workbook`.

    Raises
    ------
    Refusal
        As for `read_workbook`; also `unreadable` when a text file's encoding cannot be told.
    """
    return read_input([], paths, mapping, progress, wishes=wishes)


def read_input(
    workbooks: Sequence[Address],
    files: Mapping[str, Address | Sequence[Address]],
    mapping: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    stdin: IO[bytes] | None = None,
    each_book: Callable[[Path], None] | None = None,
    wishes: Wishes | None = None,
) -> RawTables:
    """Read workbooks and the files of single tables as one input.

    Parameters
    ----------
    workbooks
        Workbooks, folders of them, patterns or addresses; their sheets of one kind are one table.
    files
        As for `read_files`. A table that has files is read from them alone; the workbooks' sheets of it are told and not read.
    mapping, progress, wishes
        As for `read_workbook`.
    stdin
        What `-` reads; the program's standard input when None.
    each_book
        Called with the local file of every workbook, for what else it holds (the 設定 sheet).

    Returns
    -------
    RawTables
        One table per kind. Every sheet and file is part of a table, or told in a finding.

    Raises
    ------
    Refusal
        As for `read_workbook` and `read_files`.
    """
    tell = progress or _ignore_progress
    wanted = _split_mapping_by_table(mapping)
    named = {table_of(key): _list_addresses(addresses) for key, addresses in files.items()}
    if sum(str(each) == "-" for each in [*workbooks, *(each for group in named.values() for each in group)]) > 1:
        raise Refusal(
            "argument",
            "標準入力(-)を使えるのは1つの表だけです",
            "Standard input (-) can be one table only",
        )
    tell(0.0)
    with TemporaryDirectory(prefix="portfolio-") as folder:
        books = expand("", workbooks, ("xlsx",), Path(folder), stdin) if workbooks else Expanded()
        found = {
            table: expand(table, addresses, _TABLE_KINDS, Path(folder), stdin) for table, addresses in named.items()
        }
        reading = _InputReading(wanted, tell, [books, *found.values()], wishes or Wishes())
        for book in books.files:
            reading.read_book(book, skipped=named)
            if each_book is not None:
                each_book(book.file.path)
        for table, expanded in found.items():
            for file in expanded.files:
                reading.read_file(table, file)
    _check_mapped_tables(wanted, {table.name: table for table in reading.tables})
    tell(1.0)
    # A saved profile that cannot be used is told: without it a file may be read otherwise than the last time.
    return assembled(_apply_mapping(reading.tables, wanted), [*reading.findings, *saved()[1]])


class _InputReading:
    """The tables and findings of an input while it is read, with its progress by bytes."""

    def __init__(
        self, wanted: Mapping[str, dict[str, str]], tell: Progress, expanded: Sequence[Expanded], wishes: Wishes
    ) -> None:
        self.tables: list[RawTable] = []
        self.findings: list[Finding] = [finding for each in expanded for finding in each.findings]
        self._wanted, self._tell, self._wishes = wanted, tell, wishes
        self._size = max(sum(_measure_file(file) for each in expanded for file in each.files), 1)
        self._done = 0

    def read_book(self, book: FoundFile, skipped: Container[str]) -> None:
        """Read a workbook's sheets, but for the tables in `skipped`, which come from files of their own."""
        from engine.reading.sources.xlsx import read_sheets

        tables, findings = read_sheets(book.file, self._wanted, self._share_progress(book), self._wishes)
        for table in tables:
            if table.name in skipped:
                self.findings.append(_warn_of_replaced_sheet(table))
            else:
                self.tables.append(table)
        gone = {table.source for table in tables if table.name in skipped}
        self.findings += [each for each in findings if each.source not in gone]

    def read_file(self, name: str, found: FoundFile) -> None:
        """Read a file of one table."""
        file, mapping = found.file, self._wanted.get(name, {})
        tell = self._share_progress(found)
        if file.kind == "xlsx":
            from engine.reading.sources.xlsx import read_sheets

            tables, findings = read_sheets(file, self._wanted, tell, self._wishes, name)
        elif file.kind == "parquet":
            from engine.reading.sources.parquet import read_parquet

            raw = read_parquet(name, file, found.partitions, _keep_header_mappings(mapping))
            layout = self._wishes.find([raw.header], name)
            table, noticed = self._wishes.read(raw, layout[0] if layout else None)
            tables, findings = [table], list(noticed)
        else:
            from engine.reading.sources.delimited import read_delimited

            table, findings = read_delimited(name, file, mapping, self._wishes)
            tables = [with_columns(table, found.partitions)]
        self.tables += tables
        self.findings += findings

    def _share_progress(self, found: FoundFile) -> Progress:
        """Return the progress of one file as that of the whole."""
        before, size = self._done, _measure_file(found)
        self._done += size
        self._tell(before / self._size)
        return lambda share: self._tell((before + share * size) / self._size)


def _measure_file(found: FoundFile) -> int:
    return found.file.path.stat().st_size


def _list_addresses(addresses: Address | Sequence[Address]) -> list[Address]:
    return [addresses] if isinstance(addresses, str | Path) else list(addresses)


def _warn_of_replaced_sheet(table: RawTable) -> Finding:
    title = table_text(table.name)
    reason = Text(
        f"{title.ja}の表はファイルの指定があるので、このシートは読みません",
        f"Files are given for the {title.en.lower()} table, so this sheet was not read",
    )
    return Finding("warning", "sheet_not_read", table.name, table.source, None, None, None, reason)


def _apply_mapping(tables: Sequence[RawTable], wanted: Mapping[str, Mapping[str, str]]) -> list[RawTable]:
    """Return the tables with what the caller says of dates and headers.

    Of several tables of one kind each is mapped by the headers that it has; a header that none has stays, to be refused.
    """
    found = []
    for table in tables:
        others = [each for each in tables if each.name == table.name]
        mapping = {
            key: header
            for key, header in table.mapping.items()
            if _stands_in_header(header, table) or not any(_stands_in_header(header, each) for each in others)
        }
        found.append(_apply_date_options(replace(table, mapping=mapping), wanted))
    return found


def _stands_in_header(header: str, table: RawTable) -> bool:
    """Return whether a mapped header, or each of the two whose product is meant, stands in the table."""
    there = {plain_header(each) for each in table.header if each}
    return plain_header(header) in there or all(plain_header(part) in there for part in header.split("*"))


def _ignore_progress(share: float) -> None:
    """Tell nobody."""


def _keep_header_mappings(mapping: Mapping[str, str]) -> dict[str, str]:
    return {key: header for key, header in mapping.items() if key not in NO_COLUMNS}


def _split_mapping_by_table(mapping: Mapping[str, str] | None) -> dict[str, dict[str, str]]:
    """Split `orders.date` = header into tables."""
    found: dict[str, dict[str, str]] = {}
    for place, header in (mapping or {}).items():
        table, dot, key = place.strip().partition(".")
        if not dot or not key or not header.strip():
            raise Refusal(
                "argument",
                f"列の対応「{place}={header}」を読めません(例: orders.date=InvoiceDate)",
                f'The mapping "{place}={header}" cannot be read (write orders.date=InvoiceDate)',
            )
        if key == "date_order" and header not in _ORDERS:
            raise Refusal(
                "argument",
                f"{place} は mdy(月が先)か dmy(日が先)です(指定: {header})",
                f"{place} is mdy (month first) or dmy (day first), not {header}",
            )
        if key == "year":
            check_year(place, header.strip())
        found.setdefault(table_of(table), {})[key] = header.strip()
    return found


def _check_mapped_tables(wanted: Mapping[str, object], given: Mapping[str, object]) -> None:
    for table in wanted:
        if table not in given:
            title = table_text(table)
            raise Refusal(
                "argument",
                f"{title.ja}の列の対応が指定されていますが、{title.ja}の表がありません",
                f"Columns of the {title.en.lower()} table are mapped, but there is no such table",
            )


def _apply_date_options(table: RawTable, wanted: Mapping[str, Mapping[str, str]]) -> RawTable:
    told = wanted.get(table.name, {}).get("date_order")
    order = next((each for each in _ORDERS if each == told), None)
    year = wanted.get(table.name, {}).get("year", "")
    return replace(table, date_order=order or table.date_order, year=year) if order or year else table
