"""Cells of a file as cells of a sheet: a number as a number, a day as a day, what cannot be read as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from engine.cleaning.part_dates import read_by_parts
from engine.language.amount_column import read_amounts
from engine.language.amounts import Amount, parse_amount, unit_of
from engine.language.distinct_cells import plain
from engine.reading.raw import shown

if TYPE_CHECKING:
    import pandas as pd

    from addin.shared.book import Cell
    from engine.cleaning.table_cleaner import Sheet
    from engine.language.amount_column import AmountColumn
    from engine.reading.columns import Field

_WHOLE: Final = 10**15  # up to here every whole number is its own float


def converted(sheet: Sheet, wanted: Field | int) -> list[Cell]:
    """Return a column of a file as cells for a spreadsheet, one per row that is not blank.

    Parameters
    ----------
    sheet
        The file's rows.
    wanted
        The sheet's column to fill, or the position of a further column of the file, which is taken as it is. Money comes
        in the unit of the sheet's header: 1,500 under 金額(千円) is 1,500,000 under 金額.

    Returns
    -------
    list
        Amounts that name another currency than their header, and cells that cannot be read, stay as they were written: the
        next check names them.
    """
    if isinstance(wanted, int):
        return _convert_written_column(sheet.frame.iloc[:, wanted])
    key = wanted.column.key
    kind = wanted.column.kind
    given = sheet.binding.fields[key]
    if kind == "amount":
        return _convert_amount_column(sheet.amounts(key), given, wanted.unit, _read_written_cells(sheet, given))
    cells = _read_written_cells(sheet, given)
    if kind == "date":
        return _convert_day_column(sheet, key, cells)
    if kind in ("integer", "number"):
        return _convert_amount_column(read_amounts(sheet.cells(key)), given, "", cells)
    if kind in ("rate", "chance"):
        return [_convert_rate_cell(cell) for cell in cells]
    return cells


def _read_written_cells(sheet: Sheet, field: Field) -> list[Cell]:
    """Return the cells as they were written; two, whose product is meant, as one text."""
    columns = [_convert_written_column(sheet.frame.iloc[:, at]) for at in field.at]
    if len(columns) == 1:
        return columns[0]
    return ["*".join(shown(cell) for cell in cells) for cells in zip(*columns, strict=True)]


def _convert_written_column(column: pd.Series) -> list[Cell]:
    """Return cells of any kind as a spreadsheet takes them: texts trimmed, whole numbers whole, blanks None."""
    values = column.astype(object).where(column.notna(), None).tolist()
    return [_convert_written_cell(value) for value in values]


def _convert_written_cell(value: object) -> Cell:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return int(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if hasattr(value, "item"):  # a number of NumPy's own
        return _convert_written_cell(value.item())
    return cast("Cell", value) if hasattr(value, "isoformat") else shown(value)


def _convert_amount_column(column: AmountColumn, given: Field, unit: str, cells: list[Cell]) -> list[Cell]:
    """Return a column of amounts as numbers in the unit of the sheet's header."""
    shift, currency = unit_of(unit) if unit else (0, "")
    if column.currencies - {currency or "JPY"}:
        mark = unit_of(given.unit)[1] if given.unit else ""
        return [_add_currency_unit(cell, given.unit) for cell in cells] if mark else cells  # the mark must not be lost
    numbers: list[Cell] = [_convert_decimal(number.scaleb(-shift)) for number in column.decimals()]
    return [
        cells[row] if row in column.faults else None if code < 0 else numbers[code]
        for row, code in enumerate(column.codes.tolist())
    ]


def _add_currency_unit(cell: Cell, unit: str) -> Cell:
    """Return an amount with the unit of its header, where it names no currency itself."""
    found = parse_amount(cell)
    return f"{shown(cell)} {unit}" if isinstance(found, Amount) and not found.currency else cell


def _convert_decimal(number: object) -> Cell:
    value = float(str(number))
    return int(value) if value.is_integer() and abs(value) < _WHOLE else value


def _convert_day_column(sheet: Sheet, key: str, cells: list[Cell]) -> list[Cell]:
    found = read_by_parts(sheet, key, refuse=False)
    days = found.days.astype("datetime64[D]").tolist()  # None where blank or not to be read
    return [cells[row] if row in found.faults else day for row, day in enumerate(days)]


def _convert_rate_cell(cell: Cell) -> Cell:
    """Return 5% as 0.05; a word (高) or what is no number stays."""
    if not isinstance(cell, str):
        return cell
    text = plain(cell)
    found = parse_amount(text.removesuffix("%"))
    if not isinstance(found, Amount) or found.currency:
        return cell
    return _convert_decimal(found.number / 100 if text.endswith("%") else found.number)
