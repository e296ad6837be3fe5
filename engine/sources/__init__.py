"""Files to raw tables: xlsx workbooks, csv/tsv/txt and parquet files, each checked before it is believed.

The only part of the engine that opens files; it is no part of the cell path. The readers of each format are imported when a file
of that format is met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.columns import TABLES, table_of, table_text
from engine.errors import Finding, Refusal
from engine.raw import RawTable, RawTables
from engine.sources.inspect import Inspected, inspect

if TYPE_CHECKING:
    from engine.dates import DateOrder

__all__ = ["Progress", "read_files", "read_workbook"]

Progress = Callable[[float], None]
"""Called with the share of the reading that is done, 0 to 1."""

_ORDERS: Final[tuple[DateOrder, ...]] = ("mdy", "dmy")


def read_workbook(
    path: str | Path, mapping: Mapping[str, str] | None = None, progress: Progress | None = None
) -> RawTables:
    """Read the input sheets of an .xlsx workbook; the file itself is never written.

    Parameters
    ----------
    path
        The workbook. Sheets are found by name, Japanese or English (顧客, Orders …); where no name is known, by their headers.
    mapping
        `table.column` to header for foreign headers: `{"orders.date": "InvoiceDate", "orders.amount": "Quantity*UnitPrice"}`;
        `orders.date_order` is `mdy` or `dmy`.
    progress
        Told how far the reading is.

    Raises
    ------
    Refusal
        `unreadable` (missing, empty, encrypted, broken, or no workbook), `too_little_data` (no input sheet), `argument` (mapping).
    """
    from engine.sources.xlsx import read_sheets

    tell = progress or _silent
    file = inspect(Path(path), ("xlsx",))
    tell(0.0)
    wanted = _by_table(mapping)
    found, findings = read_sheets(file, wanted, tell)
    _check_mapped(wanted, found)
    tell(1.0)
    return RawTables({name: _with_order(found[name], wanted) for name in TABLES if name in found}, tuple(findings))


def read_files(
    paths: Mapping[str, str | Path], mapping: Mapping[str, str] | None = None, progress: Progress | None = None
) -> RawTables:
    """Read one file per table.

    Parameters
    ----------
    paths
        Table key (`customers`, `orders` …) to a csv, tsv, txt, xlsx or parquet file.
    mapping, progress
        As for `read_workbook`.

    Raises
    ------
    Refusal
        As for `read_workbook`; also `unreadable` when a text file's encoding cannot be told.
    """
    tell = progress or _silent
    wanted = _by_table(mapping)
    files = {table_of(key): Path(path) for key, path in paths.items()}
    _check_mapped(wanted, files)
    tables: dict[str, RawTable] = {}
    findings: list[Finding] = []
    for done, (name, path) in enumerate(files.items()):
        tell(done / len(files))
        table, noticed = _read_one(name, path, wanted.get(name, {}))
        tables[name] = _with_order(table, wanted)
        findings += noticed
    tell(1.0)
    return RawTables({name: tables[name] for name in TABLES if name in tables}, tuple(findings))


def _read_one(name: str, path: Path, mapping: Mapping[str, str]) -> tuple[RawTable, list[Finding]]:
    file = inspect(path, ("text", "xlsx", "parquet"))
    if file.kind == "xlsx":
        from engine.sources.xlsx import read_one_sheet

        return read_one_sheet(file, name, mapping)
    if file.kind == "parquet":
        return _read_parquet(name, file, mapping), []
    from engine.sources.delimited import read_delimited

    return read_delimited(name, file, mapping)


def _read_parquet(name: str, file: Inspected, mapping: Mapping[str, str]) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(file.path).to_pandas()
    except (pa.ArrowInvalid, OSError) as error:
        raise Refusal(
            "unreadable",
            f"{file.path.name} は壊れた parquet ファイルです。作り直してください",
            f"{file.path.name} is a broken parquet file; write it again",
        ) from error
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    header = tuple(str(column).strip() for column in frame.columns)
    frame.index = range(len(frame))
    return RawTable(name, header, frame, file.path.name, 2, file.sha256, path=str(file.path), mapping=_headers(mapping))


def _silent(share: float) -> None:
    """Tell nobody."""


def _headers(mapping: Mapping[str, str]) -> dict[str, str]:
    return {key: header for key, header in mapping.items() if key != "date_order"}


def _by_table(mapping: Mapping[str, str] | None) -> dict[str, dict[str, str]]:
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
        found.setdefault(table_of(table), {})[key] = header.strip()
    return found


def _check_mapped(wanted: Mapping[str, object], given: Mapping[str, object]) -> None:
    for table in wanted:
        if table not in given:
            title = table_text(table)
            raise Refusal(
                "argument",
                f"{title.ja}の列の対応が指定されていますが、{title.ja}の表がありません",
                f"Columns of the {title.en.lower()} table are mapped, but there is no such table",
            )


def _with_order(table: RawTable, wanted: Mapping[str, Mapping[str, str]]) -> RawTable:
    told = wanted.get(table.name, {}).get("date_order")
    order = next((each for each in _ORDERS if each == told), None)
    return replace(table, date_order=order) if order else table
