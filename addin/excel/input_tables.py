"""Input sheets in Excel: what was typed into their tables, and the rows of an import; a table keeps its looks and formulas."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, cast

from addin.shared.book import Block, Formula, guarded_text
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xlwings as xw

    from addin.shared.book import Cell

_AT_ONCE: Final = 20_000  # rows that are handed over in one call
_LIST: Final = 3  # xlValidateList
_WARNING: Final = 2  # xlValidAlertWarning


def fill(page: xw.Sheet, rows: Sequence[Sequence[Cell]], *, is_made: bool) -> None:
    """Put `rows` (the header first) on an empty sheet; one that was made for them gets an Excel table."""
    area = page.range("A1").resize(len(rows), len(rows[0]))
    put_rows(area, rows)
    if is_made:  # the sheet of a user stays without: a table could not be taken back to nothing
        page.tables.add(source=area, has_headers=True)
        area.columns.autofit()


def contents(page: xw.Sheet) -> Block | None:
    """Return what was typed into the sheet's first table, without its totals row, or into its used cells."""
    area = page.used_range
    if len(page.tables):
        table = page.tables[0]
        area = table.range
        if table.api.ShowTotals:
            area = area.resize(area.shape[0] - 1, area.shape[1])
    rows = [list(row) for row in area.options(ndim=2, err_to_str=True).value]
    if all(cell is None for row in rows for cell in row):
        return None
    native = area.api
    if native.HasFormula is not False:
        texts = getattr(native, _pick_formula_property(native))
        for row, line in zip(rows, texts if isinstance(texts, tuple) else ((texts,),), strict=True):
            # A text that begins with = stands for itself; a formula's value is another than its text.
            row[:] = [
                Formula(text) if isinstance(text, str) and text.startswith("=") and cell != text else cell
                for cell, text in zip(row, line, strict=True)
            ]
    return Block(page.name, tuple(map(tuple, rows)), area.row, area.column)


def _pick_formula_property(native: Any) -> str:
    """Return the property for formulas: in the terms of `Formula2`, where this Excel has it, each says whether it spills."""
    return "Formula" if getattr(native, "Formula2", None) is None else "Formula2"


def reshape(page: xw.Sheet, height: int) -> None:
    """Make the sheet's first table, or its used cells, `height` rows long.

    Raises
    ------
    Refusal
        When the sheet is protected, or the longer table would cover something else; nothing has been changed then.
    """
    if page.api.ProtectContents:
        raise Refusal(
            "unwritable",
            f"シート「{page.name}」は保護されています。保護を外してからもう一度押してください",
            f'the sheet "{page.name}" is protected; unprotect it and press again',
        )
    if not len(page.tables):
        if page.api.FilterMode:
            page.api.ShowAllData()  # Ctrl+D passes over hidden rows
        previous = page.used_range
        _fit_table_rows(previous, previous[0, 0].resize(height, previous.shape[1]))
        return
    table = page.tables[0]
    native = table.api
    if native.ShowAutoFilter and native.AutoFilter.FilterMode:
        native.AutoFilter.ShowAllData()  # values written into hidden rows would go astray
    has_totals = native.ShowTotals
    if has_totals:
        native.ShowTotals = False
    try:
        previous = table.range
        # A table has at least one row below its header, even an empty one.
        area = previous[0, 0].resize(max(height, 2), previous.shape[1])
        _refuse_to_cover(page, previous, area)
        if area.shape != previous.shape:
            table.resize(area)
        _fit_table_rows(previous, area)
        if height < area.shape[0]:
            area[height:, :].clear_contents()
    finally:
        if has_totals:
            native.ShowTotals = True


def _fit_table_rows(previous: xw.Range, area: xw.Range) -> None:
    """Carry the last row down into the rows that are new, or empty those that are cut off."""
    height, grown = previous.shape[0], area.shape[0] - previous.shape[0]
    if grown > 0:
        # Ctrl+D: formats, validation, conditional formats and formulas of the last row go down, no clipboard.
        previous[-1, :].resize(grown + 1, previous.shape[1]).api.FillDown()
    elif grown < 0:
        previous[height + grown :, :].clear_contents()


def _refuse_to_cover(page: xw.Sheet, previous: xw.Range, area: xw.Range) -> None:
    strip = covered(previous, area)
    if strip is not None:
        raise Refusal(
            "unwritable",
            f"シート「{page.name}」の表を広げる場所({strip.address})に別の内容があります。"
            "それを移してから、もう一度取り込んでください",
            f'on the sheet "{page.name}" other content stands where the table has to grow ({strip.address}); '
            "move it, then import again",
        )


def covered(previous: xw.Range, area: xw.Range) -> xw.Range | None:
    """Return the cells below or beside `previous` that hold something and that `area`, grown from it, would cover."""
    height, width = previous.shape
    corner = previous[0, 0]
    grown = [
        corner.offset(height, 0).resize(area.shape[0] - height, max(area.shape[1], width))
        if area.shape[0] > height
        else None,
        corner.offset(0, width).resize(height, area.shape[1] - width) if area.shape[1] > width else None,
    ]
    count = previous.sheet.book.app.api.WorksheetFunction.CountA
    return next((strip for strip in grown if strip is not None and count(strip.api)), None)


def put_rows(area: xw.Range, rows: Sequence[Sequence[object]]) -> None:
    """Write cells into an area of their size: texts as texts, formulas as what was typed."""
    plain = [[None if isinstance(cell, Formula) else guarded_text(cast("Cell", cell)) for cell in row] for row in rows]
    area.options(chunksize=_AT_ONCE).value = plain
    places = sorted(
        (column, row) for row, line in enumerate(rows) for column, cell in enumerate(line) if isinstance(cell, Formula)
    )
    if not places:
        return
    kind, correct = _pick_formula_property(area.api), area.sheet.book.app.api.AutoCorrect
    fills = correct.AutoFillFormulasInLists
    correct.AutoFillFormulasInLists = False  # else one cell of a table would take the rest of its column with it
    try:
        for _, run in groupby(enumerate(places), key=lambda each: (each[1][0], each[1][1] - each[0])):
            lines = [place for _, place in run]
            (column, top), texts = lines[0], tuple((str(rows[row][column]),) for column, row in lines)
            setattr(area[top, column].resize(len(texts), 1).api, kind, texts)
    finally:
        correct.AutoFillFormulasInLists = fills


def offer(area: xw.Range, source: xw.Range) -> None:
    """Let the cells of `area` be chosen from those of `source`, on the same sheet; other words may be typed."""
    held = area.api.Validation
    held.Delete()
    held.Add(_LIST, _WARNING, 1, f"={source.address}")
    held.IgnoreBlank = True
    held.ShowError = False
