"""Formulas of a sheet are rewritten: those that a rule changes and no others, arrays and spills as what they are."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import xlwings as xw

_LONGEST_ARRAY: Final = 255  # characters that Range.FormulaArray takes


def rewrite(page: xw.Sheet, rule: Callable[[str], str | None]) -> tuple[int, int]:
    """Replace the formulas that `rule` changes; return how many were, and how many could not be.

    `Formula2` is read and written where this Excel has it: in its terms every formula says itself whether it spills or
    stays in its cell (`@`), so a text put back means what it meant. Before dynamic arrays there is only `Formula`.
    """
    used = page.used_range.api
    if used.HasFormula is False:
        return 0, 0  # a table of a hundred thousand orders is not read for nothing
    kind = "Formula" if getattr(used, "Formula2", None) is None else "Formula2"
    texts = getattr(used, kind)
    rows = texts if isinstance(texts, tuple) else ((texts,),)
    found = {
        (used.Row + row, used.Column + column): new
        for row, line in enumerate(rows)
        for column, text in enumerate(line)
        if isinstance(text, str) and text.startswith("=") and (new := rule(text)) is not None
    }
    if not found:
        return 0, 0
    cells, arrays = _split_formula_arrays(page.api, used, found)
    short = [(area, text) for area, text in arrays if len(text) <= _LONGEST_ARRAY]
    if page.api.ProtectContents:
        return 0, len(cells) + len(arrays)
    correct = page.book.app.api.AutoCorrect
    fills = correct.AutoFillFormulasInLists
    correct.AutoFillFormulasInLists = False  # else one cell of a table would take the rest of its column with it
    try:
        for area, text in short:
            area.FormulaArray = text
        _write_formula_runs(page.api, kind, cells)
    finally:
        correct.AutoFillFormulasInLists = fills
    return len(cells) + len(short), len(arrays) - len(short)


def _split_formula_arrays(
    page: Any, used: Any, found: dict[tuple[int, int], str]
) -> tuple[dict[tuple[int, int], str], list[tuple[Any, str]]]:
    """Part single formulas from arrays over fixed cells; of an array, and of a spill, the first cell stands for all."""
    if used.HasArray is False and getattr(used, "HasSpill", False) is False:
        return found, []  # nearly always: no cell need be asked
    cells: dict[tuple[int, int], str] = {}
    arrays: list[tuple[Any, str]] = []
    for (row, column), text in found.items():
        cell = page.Cells(row, column)
        if getattr(cell, "HasSpill", False):
            first, is_array = cell.SpillParent, False
        else:
            first, is_array = (cell.CurrentArray, True) if cell.HasArray else (cell, False)
        if (first.Row, first.Column) != (row, column):
            continue
        if is_array:
            arrays.append((first, text))
        else:
            cells[row, column] = text
    return cells, arrays


def _write_formula_runs(page: Any, kind: str, cells: dict[tuple[int, int], str]) -> None:
    """Write the formulas, those below each other in one call: a column of ten thousand takes seconds otherwise."""
    places = sorted(cells, key=lambda place: (place[1], place[0]))
    for _, run in groupby(enumerate(places), key=lambda each: (each[1][1], each[1][0] - each[0])):
        lines = [place for _, place in run]
        area = page.Range(page.Cells(*lines[0]), page.Cells(*lines[-1]))
        setattr(area, kind, tuple((cells[place],) for place in lines))
