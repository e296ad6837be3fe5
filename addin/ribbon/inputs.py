"""What a button reads off the workbook: the input tables, the definition, and the run that `PF_RUN` names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine import runs
from engine.columns import TABLES, find_table, table_text
from engine.definition import load_definition
from engine.errors import Refusal
from engine.raw import RawTable, RawTables, raw_from_block
from engine.settings import definition_from_block, is_settings

if TYPE_CHECKING:
    from addin.book import Book
    from engine.definition import Definition
    from engine.portfolio import Portfolio

__all__ = ["PF_RUN", "definition_in", "read_inputs", "run_of"]

PF_RUN: Final = "PF_RUN"


def run_of(book: Book) -> tuple[Portfolio, str]:
    """Return the run that the workbook's `PF_RUN` names, and its handle.

    Raises
    ------
    Refusal
        When the workbook has no run yet, its formula fails, or the run is neither held nor stored.
    """
    named = book.named(PF_RUN)
    handle = str(named.value or "") if named is not None else ""
    if not handle:
        raise Refusal(
            "no_run",
            "このブックはまだ採点されていません。「更新」を押してください",
            "this workbook has not been scored yet; press Refresh",
        )
    if handle.startswith("#"):
        cause = handle.removeprefix("#PF ")
        raise Refusal("no_run", f"PF_RUN の数式が結果を返しません({cause})", f"the formula in PF_RUN fails ({cause})")
    return runs.recall(handle), handle


def read_inputs(book: Book) -> RawTables:
    """Return every input table of the workbook that holds data.

    A table is recognised by its sheet's name (顧客, 取引 …, Japanese or English). Where several sheets have a name of
    one table, the one with the table's own name wins, then the first. Sheets with nothing below the header are passed
    over.
    """
    found: dict[str, RawTable] = {}
    sheets = sorted(book.sheets(), key=lambda sheet: sheet not in {word for key in TABLES for word in table_text(key)})
    for sheet in sheets:
        key = find_table(sheet)
        block = book.read(sheet) if key is not None and key not in found else None
        if key is None or block is None:
            continue
        raw = raw_from_block(key, block.rows, sheet, block.first_row)
        if raw.frame.notna().to_numpy().any():
            found[key] = replace(raw, date1904=book.date1904)
    return RawTables(found)


def definition_in(book: Book) -> Definition:
    """Return the definition of the workbook's 設定 sheet, the built-in one where it has none.

    Raises
    ------
    Refusal
        When the sheet cannot be read as a definition.
    """
    for sheet in book.sheets():
        block = book.read(sheet) if is_settings(sheet) else None
        if block is not None:
            return definition_from_block(block.rows, date1904=book.date1904, sheet=sheet)
    return load_definition()
