"""Workbooks: sheets found by name or headers, their cells through calamine, their structure from the sheet XML."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from engine.language.errors import Finding, Refusal, Text
from engine.reading.raw import NO_COLUMNS, RawTable, find_header_row, texts_of
from engine.reading.row_places import rows_phrase
from engine.reading.sheet_choice import SheetView, choose_sheets, passed_over
from engine.reading.sources.inspect import Inspected, broken
from engine.reading.sources.layout import Header, fill_merged, header_of
from engine.reading.sources.parts import LARGEST_SHEET, Extent, Structure, Workbook, cell_name, open_workbook

if TYPE_CHECKING:
    from engine.reading.profiles import Wishes

_SHEETS_NAMED: Final = 20  # in a message
_BEFORE_THE_FAKE_DAY: Final = date(1900, 2, 28)

Told = Callable[[float], None]
Mapped = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _SheetGrid:
    """One sheet's cells from A1 on, with its structure."""

    name: str
    rows: list[list[Any]]
    merged: tuple[tuple[int, int, int, int], ...]
    structure: Structure


def read_sheets(
    file: Inspected, wanted: Mapped, tell: Told, wishes: Wishes, only: str | None = None
) -> tuple[list[RawTable], list[Finding]]:
    """Read every input sheet of a workbook.

    Parameters
    ----------
    file
        The workbook, already inspected.
    wanted
        Table key to mapping.
    tell
        Progress.
    wishes
        Conditions, value maps and the profile, where the caller says so.
    only
        The one table that is wanted; then a sheet of any layout is taken where none is that table's.

    Returns
    -------
    tables, findings
        One raw table per sheet that is read, and a finding for every other sheet.

    Raises
    ------
    Refusal
        `too_little_data` when no sheet is an input sheet.
    """
    with open_workbook(file.path, file.name) as book:
        findings = [_note_sheet_without_cells(file, sheet) for sheet in book.others]
        grids = _read_sheet_grids(file, book, findings, tell)
        views = [SheetView(grid.name, grid.rows) for grid in grids.values()]
        choice = choose_sheets(views, book.sheets, lambda sheet: f"{file.name} › {sheet}", wanted, only, wishes)
        findings += choice.findings
        if not choice.sheets:
            raise _make_no_sheet_refusal(file, book, findings)
        tables: list[RawTable] = []
        for table, sheets in choice.sheets.items():
            for sheet in sheets:
                raw, noticed = _build_raw_table(table, file, book, grids[sheet], wanted.get(table, {}), wishes)
                tables.append(raw)
                findings += noticed
                findings += [_note_hidden_sheet(table, file, sheet)] if sheet in book.hidden else []
    return tables, findings


def _read_sheet_grids(file: Inspected, book: Workbook, findings: list[Finding], tell: Told) -> dict[str, _SheetGrid]:
    """Return the cells of every sheet that may hold input; one that is too large for that is told."""
    passed = passed_over(book.sheets)
    looked_at = [sheet for sheet in book.sheets if sheet not in passed]
    grids: dict[str, _SheetGrid] = {}
    for done, sheet in enumerate(looked_at):
        tell(done / len(looked_at))
        extent = book.extent(sheet)
        if extent.cells > LARGEST_SHEET:
            findings.append(_warn_of_large_sheet(file, sheet, extent))
        else:
            grids[sheet] = _read_sheet_grid(file, book, sheet)
    return grids


def read_cells(
    file: Inspected, book: Workbook, sheet: str
) -> tuple[list[list[Any]], tuple[tuple[int, int, int, int], ...]]:
    """Return a sheet's cells from A1 on and its merged ranges (first row, column, last row, column; from 0, ends included).

    A formula without a value stands there as its text, an error as its name.
    """
    grid = _read_sheet_grid(file, book, sheet)
    return grid.rows, grid.merged


def _read_sheet_grid(file: Inspected, book: Workbook, sheet: str) -> _SheetGrid:
    from python_calamine import CalamineError

    try:
        cells = book.calamine.get_sheet_by_name(sheet)
        rows = cells.to_python(skip_empty_area=False)
        merged = tuple((top, left, bottom, right) for (top, left), (bottom, right) in cells.merged_cell_ranges or ())
        structure = book.structure(sheet)
    except (CalamineError, zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError) as error:
        raise broken(file.path, file.name) from error
    for (row, column), text in structure.texts.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    for row, column in structure.serial_60:
        if row < len(rows) and column < len(rows[row]) and rows[row][column] == _BEFORE_THE_FAKE_DAY:
            rows[row][column] = 60.0  # as a number it is refused for what it is
    return _SheetGrid(sheet, rows, merged, structure)


def _build_raw_table(
    table: str, file: Inspected, book: Workbook, grid: _SheetGrid, mapping: Mapping[str, str], wishes: Wishes
) -> tuple[RawTable, list[Finding]]:
    headers = {key: header for key, header in mapping.items() if key not in NO_COLUMNS}
    source = f"{file.name} › {grid.name}"
    layout = wishes.find(grid.rows, table)
    at = layout[1] if layout else find_header_row(table, grid.rows, headers)
    header = header_of(table, source, grid.rows, grid.merged, at)
    body = grid.rows[header.bottom + 1 :]
    width = len(header.texts)
    frame = (
        pd.DataFrame(body, columns=pd.Index(header.texts, dtype=object), dtype=object)
        if body
        else _make_frame_without_rows(width)
    )
    frame.columns = pd.Index(header.texts, dtype=object)
    filled = fill_merged(table, frame, header, grid.merged, headers)
    findings = _note_sheet_structure(table, file, grid, header, filled)
    raw = RawTable(
        table,
        header.texts,
        frame,
        source,
        header.bottom + 2,
        file.sha256,
        date1904=book.date1904,
        path=file.origin,
        mapping=headers,
        above=texts_of(grid.rows[: header.bottom]),
    )
    raw, noticed = wishes.read(raw, layout[0] if layout else None)
    return raw, [*findings, *noticed]


def _make_frame_without_rows(width: int) -> pd.DataFrame:
    return pd.DataFrame([[None] * width], dtype=object).iloc[:0]


def _note_sheet_structure(
    table: str, file: Inspected, grid: _SheetGrid, header: Header, filled: Sequence[str]
) -> list[Finding]:
    """Return the notes on the sheet's structure: merged cells, hidden rows, formulas that were perhaps never computed."""
    notes: list[Finding] = []
    if header.merged:
        cells = "・".join(header.merged)
        reason = Text(f"結合された見出しを読み解きました: {cells}", f"Merged header cells were resolved: {cells}")
        notes.append(_make_sheet_finding("note", "merged_header", table, file, grid.name, reason))
    if filled:
        cells = "・".join(filled[:10]) + ("…" if len(filled) > 10 else "")
        reason = Text(f"縦に結合されたセルの値を各行に入れました: {cells}", f"Merged cells were filled down: {cells}")
        notes.append(_make_sheet_finding("note", "merged_cells", table, file, grid.name, reason))
    hidden = [row for row in grid.structure.hidden if row >= header.bottom + 2]
    if hidden:
        phrase = rows_phrase(hidden)
        reason = Text(f"非表示の行も使いました: {phrase.ja}", f"Hidden rows were used as well: {phrase.en}")
        notes.append(_make_sheet_finding("note", "hidden_rows", table, file, grid.name, reason))
    if grid.structure.doubtful:
        cells = ", ".join(grid.structure.doubtful[:10])
        reason = Text(
            f"計算されていない可能性のある数式があります(値 0): {cells}。Excel で開き、保存し直してください",
            f"Formulas that were perhaps never computed (value 0): {cells}. Open the file in Excel and save it again",
        )
        notes.append(_make_sheet_finding("warning", "formula_not_computed", table, file, grid.name, reason))
    return notes


def _make_sheet_finding(severity: Any, code: str, table: str, file: Inspected, sheet: str, reason: Text) -> Finding:
    return Finding(severity, code, table, f"{file.name} › {sheet}", None, None, None, reason)


def _note_sheet_without_cells(file: Inspected, sheet: str) -> Finding:
    reason = Text("グラフなど、セルのないシートです", "A chart or another sheet without cells")
    return _make_sheet_finding("note", "sheet_not_read", "", file, sheet, reason)


def _note_hidden_sheet(table: str, file: Inspected, sheet: str) -> Finding:
    reason = Text("非表示のシートも使いました", "The hidden sheet was used as well")
    return _make_sheet_finding("note", "hidden_sheet", table, file, sheet, reason)


def _warn_of_large_sheet(file: Inspected, sheet: str, extent: Extent) -> Finding:
    corner = cell_name(extent.rows - 1, extent.columns - 1)
    reason = Text(
        f"使われている範囲が A1:{corner} と大きすぎて読めません。遠くにある不要なセルを行・列ごと削除し、保存し直してください",
        f"It uses A1:{corner}, which is too large to be read; delete the stray cells far away with their rows and columns and save it",
    )
    return _make_sheet_finding("warning", "sheet_not_read", "", file, sheet, reason)


def _make_no_sheet_refusal(file: Inspected, book: Workbook, findings: Sequence[Finding]) -> Refusal:
    sheets = [*book.sheets, *book.others]
    there = "・".join(sheets[:_SHEETS_NAMED]) + ("…" if len(sheets) > _SHEETS_NAMED else "")
    told = next((each for each in findings if each.severity == "warning"), None)
    ja = f"({told.source.partition(' › ')[2]}: {told.reason.ja})" if told else ""
    en = f" ({told.source.partition(' › ')[2]}: {told.reason.en})" if told else ""
    return Refusal(
        "too_little_data",
        f"{file.name} に顧客や取引の表が見つかりません(あるシート: {there}){ja}。シート名を「顧客」「取引」にするか、"
        "見出し(顧客名・取引日・金額など)を付けてください",
        f"{file.name} has no table of customers or orders (sheets: {there.replace('・', ', ')}){en}. Name the sheets Customers and "
        "Orders, or give them headers such as Customer name, Date, Amount",
    )
