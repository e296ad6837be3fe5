"""Workbooks: sheets found by name or headers, their cells through calamine, their structure from the sheet XML."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from engine.columns import TABLES, bind, columns, find_table, recognised, table_text
from engine.errors import Finding, Refusal, Text
from engine.raw import RawTable, find_header_row, shown
from engine.row_places import rows_phrase
from engine.sources.inspect import Inspected, broken
from engine.sources.layout import Header, fill_merged, header_of
from engine.sources.parts import Structure, Workbook, open_workbook

__all__ = ["read_one_sheet", "read_sheets"]

_BEFORE_THE_FAKE_DAY: Final = date(1900, 2, 28)

Told = Callable[[float], None]
Mapped = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Grid:
    """One sheet's cells from A1 on, with its structure."""

    name: str
    rows: list[list[Any]]
    merged: tuple[tuple[int, int, int, int], ...]
    structure: Structure


def read_sheets(file: Inspected, wanted: Mapped, tell: Told) -> tuple[dict[str, RawTable], list[Finding]]:
    """Read every input sheet of a workbook.

    Parameters
    ----------
    file
        The workbook, already inspected.
    wanted
        Table key to mapping.
    tell
        Progress.

    Raises
    ------
    Refusal
        `too_little_data` when no sheet is an input sheet.
    """
    with _opened(file) as book:
        names, findings = _by_name(book, file)
        if "customers" not in names and "orders" not in names:
            names |= _by_headers(book, wanted)
        if not names:
            raise _no_sheet(file, book)
        tables: dict[str, RawTable] = {}
        for done, (table, sheet) in enumerate(names.items()):
            tell(done / len(names))
            grid = _grid(file, book, sheet)
            if _is_blank(grid):
                findings.append(_blank_sheet(table, file, sheet))
                continue
            tables[table], noticed = _raw(table, file, book, grid, wanted.get(table, {}))
            findings += noticed
    return tables, findings


def read_one_sheet(file: Inspected, table: str, mapping: Mapping[str, str]) -> tuple[RawTable, list[Finding]]:
    """Read the sheet of one table: by its name, else the one whose headers fit best, else the first that holds anything."""
    with _opened(file) as book:
        names, findings = _by_name(book, file)
        if table in names:
            grid = _grid(file, book, names[table])
        else:
            grids = [grid for sheet in book.sheets if not _is_blank(grid := _grid(file, book, sheet))]
            if not grids:
                raise _no_sheet(file, book)
            grid = max(grids, key=lambda each: _fit(table, each, mapping))
        if _is_blank(grid):
            raise _no_sheet(file, book)
        raw, noticed = _raw(table, file, book, grid, mapping)
    return raw, [each for each in findings if each.table == table] + noticed


def _opened(file: Inspected) -> Workbook:
    return open_workbook(file.path)


def _grid(file: Inspected, book: Workbook, sheet: str) -> _Grid:
    from python_calamine import CalamineError

    try:
        cells = book.calamine.get_sheet_by_name(sheet)
        rows = cells.to_python(skip_empty_area=False)
        merged = tuple((top, left, bottom, right) for (top, left), (bottom, right) in cells.merged_cell_ranges or ())
        structure = book.structure(sheet)
    except (CalamineError, zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
        raise broken(file.path) from error
    for (row, column), text in structure.texts.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    for row, column in structure.serial_60:
        if row < len(rows) and column < len(rows[row]) and rows[row][column] == _BEFORE_THE_FAKE_DAY:
            rows[row][column] = 60.0  # as a number it is refused for what it is
    return _Grid(sheet, rows, merged, structure)


def _is_blank(grid: _Grid) -> bool:
    return not any(shown(cell).strip() for row in grid.rows for cell in row)


def _by_name(book: Workbook, file: Inspected) -> tuple[dict[str, str], list[Finding]]:
    """Return table to sheet by the sheets' names; of two sheets for one table the one with the table's own name, else the first."""
    candidates: dict[str, list[str]] = {}
    for sheet in book.sheets:
        if table := find_table(sheet):
            candidates.setdefault(table, []).append(sheet)
    chosen: dict[str, str] = {}
    findings: list[Finding] = []
    for table in TABLES:
        if sheets := candidates.get(table):
            own = [sheet for sheet in sheets if sheet in table_text(table)]
            chosen[table] = (own or sheets)[0]
            for other in sheets:
                if other != chosen[table]:
                    reason = Text(
                        f"シート「{chosen[table]}」を使い、シート「{other}」は読みませんでした",
                        f'Sheet "{chosen[table]}" was used and sheet "{other}" was not read',
                    )
                    findings.append(_finding("note", "sheet_not_read", table, file, other, reason))
    return chosen, findings


def _fit(table: str, grid: _Grid, mapping: Mapping[str, str]) -> int:
    """Return how many columns of `table` the sheet has, 0 when a column that every such table needs is missing."""
    if _is_blank(grid):
        return 0
    at = find_header_row(table, grid.rows, mapping)
    headers = [shown(cell).strip() for cell in grid.rows[at]]
    wanted = {part for header in mapping.values() for part in header.split("*")}
    return recognised(table, headers) + len(wanted.intersection(headers))


def _by_headers(book: Workbook, wanted: Mapped) -> dict[str, str]:
    """Return table to sheet by the sheets' headers: orders need customer, date and amount, customers a name or ID."""
    needs = {"orders": ("date",), "customers": ()}
    found: dict[str, str] = {}
    for sheet in book.sheets:
        rows = book.calamine.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        grid = _Grid(sheet, rows, (), Structure())
        if _is_blank(grid):
            continue
        for table, keys in needs.items():
            mapping = {key: header for key, header in wanted.get(table, {}).items() if key != "date_order"}
            headers = [shown(cell).strip() for cell in rows[find_header_row(table, rows, mapping)]]
            known = {each.key for each in columns(table) if each.key in bind(table, headers).fields} | mapping.keys()
            if known & {"customer_id", "customer", "name"} and known.issuperset(keys) and len(known) >= 2:
                found.setdefault(table, sheet)
                break
    return found


def _raw(
    table: str, file: Inspected, book: Workbook, grid: _Grid, mapping: Mapping[str, str]
) -> tuple[RawTable, list[Finding]]:
    headers = {key: header for key, header in mapping.items() if key != "date_order"}
    source = f"{file.path.name} › {grid.name}"
    at = find_header_row(table, grid.rows, headers)
    header = header_of(table, source, grid.rows, grid.merged, at)
    body = grid.rows[header.bottom + 1 :]
    width = len(header.texts)
    frame = pd.DataFrame(body, columns=pd.Index(header.texts, dtype=object), dtype=object) if body else _no_rows(width)
    frame.columns = pd.Index(header.texts, dtype=object)
    filled = fill_merged(table, frame, header, grid.merged, headers)
    findings = _notes(table, file, grid, header, filled)
    raw = RawTable(
        table,
        header.texts,
        frame,
        source,
        header.bottom + 2,
        file.sha256,
        date1904=book.date1904,
        path=str(file.path),
        mapping=headers,
    )
    return raw, findings


def _no_rows(width: int) -> pd.DataFrame:
    return pd.DataFrame([[None] * width], dtype=object).iloc[:0]


def _notes(table: str, file: Inspected, grid: _Grid, header: Header, filled: Sequence[str]) -> list[Finding]:
    """Return the notes on the sheet's structure: merged cells, hidden rows, formulas that were perhaps never computed."""
    notes: list[Finding] = []
    if header.merged:
        cells = "・".join(header.merged)
        reason = Text(f"結合された見出しを読み解きました: {cells}", f"Merged header cells were resolved: {cells}")
        notes.append(_finding("note", "merged_header", table, file, grid.name, reason))
    if filled:
        cells = "・".join(filled[:10]) + ("…" if len(filled) > 10 else "")
        reason = Text(f"縦に結合されたセルの値を各行に入れました: {cells}", f"Merged cells were filled down: {cells}")
        notes.append(_finding("note", "merged_cells", table, file, grid.name, reason))
    hidden = [row for row in grid.structure.hidden if row >= header.bottom + 2]
    if hidden:
        phrase = rows_phrase(hidden)
        reason = Text(f"非表示の行も使いました: {phrase.ja}", f"Hidden rows were used as well: {phrase.en}")
        notes.append(_finding("note", "hidden_rows", table, file, grid.name, reason))
    if grid.structure.doubtful:
        cells = ", ".join(grid.structure.doubtful[:10])
        reason = Text(
            f"計算されていない可能性のある数式があります(値 0): {cells}。Excel で開き、保存し直してください",
            f"Formulas that were perhaps never computed (value 0): {cells}. Open the file in Excel and save it again",
        )
        notes.append(_finding("warning", "formula_not_computed", table, file, grid.name, reason))
    return notes


def _finding(severity: Any, code: str, table: str, file: Inspected, sheet: str, reason: Text) -> Finding:
    return Finding(severity, code, table, f"{file.path.name} › {sheet}", None, None, None, reason)


def _blank_sheet(table: str, file: Inspected, sheet: str) -> Finding:
    return _finding("note", "empty_sheet", table, file, sheet, Text("シートは空です", "The sheet is empty"))


def _no_sheet(file: Inspected, book: Workbook) -> Refusal:
    there = "・".join(book.sheets)
    return Refusal(
        "too_little_data",
        f"{file.path.name} に顧客や取引の表が見つかりません(あるシート: {there})。シート名を「顧客」「取引」にするか、"
        "見出し(顧客名・取引日・金額など)を付けてください",
        f"{file.path.name} has no table of customers or orders (sheets: {', '.join(book.sheets)}). Name the sheets Customers and "
        "Orders, or give them headers such as Customer name, Date, Amount",
    )
