"""Imported rows go into an input sheet: its Excel table is made longer or shorter, and keeps its looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.book import guarded_text
from engine.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xlwings as xw

    from addin.book import Cell

__all__ = ["covered", "fill"]

_AT_ONCE: Final = 20_000  # rows that are handed over in one call


def fill(page: xw.Sheet, rows: Sequence[Sequence[Cell]], *, is_made: bool) -> None:
    """Put `rows` (the header first) in place of what the sheet's first table holds.

    A sheet that was made for them gets a table; one without a table is filled from its first used cell on.

    Raises
    ------
    Refusal
        When the larger table would cover something else; nothing has been written then.
    """
    if len(page.tables):
        _into_table(page, page.tables[0], rows)
        return
    previous = page.used_range
    if not is_made:
        previous.clear_contents()
    area = previous[0, 0].resize(len(rows), len(rows[0]))
    _write(area, rows)
    if is_made:
        page.tables.add(source=area, has_headers=True)
        area.columns.autofit()


def _into_table(page: xw.Sheet, table: xw.main.Table, rows: Sequence[Sequence[Cell]]) -> None:
    native = table.api
    if native.ShowAutoFilter and native.AutoFilter.FilterMode:
        native.AutoFilter.ShowAllData()  # values written into hidden rows would go astray
    has_totals = native.ShowTotals
    if has_totals:
        native.ShowTotals = False
    try:
        _refill(page, table, rows)
    finally:
        if has_totals:
            native.ShowTotals = True


def _refill(page: xw.Sheet, table: xw.main.Table, rows: Sequence[Sequence[Cell]]) -> None:
    previous = table.range
    height, width = previous.shape
    # A table has at least one row below its header, even an empty one.
    area = previous[0, 0].resize(max(len(rows), 2), len(rows[0]))
    _refuse_to_cover(page, previous, area)
    previous[1:, :].clear_contents()
    if area.shape[1] < width:
        previous[0, area.shape[1] :].clear_contents()
    _write(area[0, :], rows[:1])
    table.resize(area)
    grown = area.shape[0] - height
    if grown > 0:
        # Ctrl+D over empty cells: formats, validation and conditional formats of the last row go down, no clipboard.
        previous[-1, 0].resize(grown + 1, min(width, area.shape[1])).api.FillDown()
    if len(rows) > 1:
        _write(area[1 : len(rows), :], rows[1:])


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


def _write(area: xw.Range, rows: Sequence[Sequence[Cell]]) -> None:
    area.options(chunksize=_AT_ONCE).value = [[guarded_text(cell) for cell in row] for row in rows]
