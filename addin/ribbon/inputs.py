"""What a button reads off the workbook: the input tables, the definition, and the run that `PF_RUN` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.definition.definition import load_definition
from engine.definition.settings_sheet import definition_from_block, is_settings
from engine.language.errors import Refusal
from engine.reading.assembling import assembled
from engine.reading.profiles import Wishes
from engine.reading.sheet_choice import SheetView, choose_sheets, passed_over
from engine.runs import runs

if TYPE_CHECKING:
    from addin.shared.book import Book
    from engine.definition.definition import Definition
    from engine.reading.raw import RawTables
    from engine.scoring.portfolio import Portfolio

PF_RUN: Final = "PF_RUN"
_OUR_OWN: Final = ("own_sheets", "definition_sheet")
"""What every workbook of ours holds: told of a file that somebody gives, not of the workbook that the user is in."""


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

    The sheets are chosen by the rule that reads files (`engine.reading.sheet_choice`): by name and headers; several sheets of one table,
    such as one per month, are joined. Every other sheet is told in a finding, but for those of this product.
    """
    names = book.sheets()
    passed = passed_over(names)
    looked_at = [sheet for sheet in names if sheet not in passed]
    blocks = {sheet: block for sheet in looked_at if (block := book.read(sheet)) is not None}
    views = [SheetView(sheet, blocks[sheet].rows if sheet in blocks else ()) for sheet in looked_at]
    choice = choose_sheets(views, names, lambda sheet: sheet)
    read = [
        Wishes().read_block(table, blocks[sheet].rows, sheet, blocks[sheet].first_row, book.date1904)
        for table, sheets in choice.sheets.items()
        for sheet in sheets
    ]
    held = [table for table, _ in read if table.frame.notna().to_numpy().any()]
    noticed = [each for _, findings in read for each in findings]
    return assembled(held, [*(each for each in choice.findings if each.code not in _OUR_OWN), *noticed])


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
