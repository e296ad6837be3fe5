"""A raw table as a file that our template understands: our headers, days as days, products worked out, other cells as they were."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from engine.language.amounts import Amount, parse_amount
from engine.language.date_column import read_dates
from engine.language.dates import parse_date
from engine.reading.columns import bind, columns
from engine.reading.raw import shown

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.reading.columns import Field
    from engine.reading.raw import RawTable


def to_rows(raw: RawTable, lang: Lang = "ja") -> list[list[str]]:
    """Return a table with its header row: our columns in their usual order, then the further ones under their own headers.

    Parameters
    ----------
    raw
        A table that a profile was applied to, or any other.
    lang
        Language of the headers.

    Returns
    -------
    list of rows
        A unit in a header's bracket stays. Dates that can be read stand as 2026-03-31; all other cells as they were.
        Blank rows are left out.
    """
    binding = bind(raw.name, raw.header, raw.mapping)
    header: list[str] = []
    cells: list[list[str]] = []
    for column in columns(raw.name):
        field = binding.fields.get(column.key)
        if field is not None:
            header.append(column.text.to(lang) + (f"({field.unit})" if field.unit else ""))
            cells.append(_write_column_cells(raw, field))
    for at in binding.further:
        header.append(raw.header[at])
        cells.append([shown(cell) for cell in raw.frame.iloc[:, at].tolist()])
    return [header, *(list(row) for row in zip(*cells, strict=True) if any(cell.strip() for cell in row))]


def _write_column_cells(raw: RawTable, field: Field) -> list[str]:
    columns_of = [raw.frame.iloc[:, at].tolist() for at in field.at]
    if len(columns_of) > 1:
        return [_multiply_cells(pair) for pair in zip(*columns_of, strict=True)]
    if field.column.kind == "date":
        order = raw.date_order or read_dates(raw.frame.iloc[:, field.at[0]]).order
        days = [parse_date(cell, raw.date1904, order) for cell in columns_of[0]]
        pairs = zip(days, columns_of[0], strict=True)
        return [day.isoformat() if isinstance(day, date) else shown(cell) for day, cell in pairs]
    return [shown(cell) for cell in columns_of[0]]


def _multiply_cells(cells: tuple[Any, ...]) -> str:
    """Return the exact product of the cells, '' where one of them is no figure."""
    found = [parse_amount(cell) for cell in cells]
    numbers = [each.number for each in found if isinstance(each, Amount)]
    if len(numbers) < len(cells):
        return ""
    product = numbers[0]
    for number in numbers[1:]:
        product *= number
    return f"{product.normalize():f}"
