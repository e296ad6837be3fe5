"""The input sheets: one Excel table each, header in the first row, ready to be pasted over.

Decision 0194: why the template begins with the seven columns.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from engine.reading.columns import columns, table_text
from workbooks.style.look import COLOURS, FORMATS, breadth, height_of, page
from workbooks.style.notes import note_of, rule_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.reading.columns import Column
    from workbooks.sample.sample import Cell, Sheet
    from workbooks.style.look import Format, Kind, Looks, Workbook, Worksheet

# Names of the Excel tables: the sheet's name and 表, so that a formula reads 顧客表[顧客ID].
TABLE_NAMES: Final = {
    table: f"{table_text(table).ja}表"
    for table in (
        "customers", "orders", "contacts", "surveys", "costs", "products", "leads", "plans", "actions", "benchmarks",
    )
}  # fmt: skip
# Blank rows that an empty table has from the start; a longer paste makes the table longer.
ROOM: Final = {
    "customers": 500, "orders": 5000, "contacts": 1000, "surveys": 1000, "costs": 1000, "products": 100, "leads": 500,
    "plans": 50, "actions": 100, "benchmarks": 50,
}  # fmt: skip
SPARE: Final = 1000  # rows below a table that are checked, too: a table grows as soon as something is typed below it
KINDS: Final[Mapping[str, Kind]] = {
    "id": "text", "text": "text", "name": "text", "flag": "level", "level": "level", "amount": "money", "date": "date",
    "integer": "number", "number": "number", "rate": "rate", "chance": "rate",
}  # fmt: skip
PROSE: Final = frozenset({"goal", "needs", "solution", "value_offer", "people", "risk_note", "what", "result",
                         "source"})  # fmt: skip
WIDTHS: Final = {"name": 30.0, "customer": 30.0, "strategy": 32.0, "industry": 14.0, "topic": 30.0}  # of empty columns
NARROWEST, WIDEST, PROSE_WIDTH = 9.0, 40.0, 30.0
SAMPLED: Final = 2000  # rows looked at for a column's width
NOTE_WIDTH, NOTE_LINE = 260, 18  # points


def write_input(workbook: Workbook, looks: Looks, content: Sheet, *, room: int = 0) -> Worksheet:
    """Add the input sheet of `content` and return it.

    Parameters
    ----------
    workbook, looks
        The workbook and its formats.
    content
        The table; it may have no rows.
    room
        Least number of rows of the table, blank ones included.
    """
    sheet = workbook.add_worksheet(content.name)
    known = {column.key: column for column in columns(content.table)}
    used = [known[key] for key in content.keys]
    kinds = [_find_input_kind(column) for column in used]
    widths = []
    rows = max(len(content.rows), room, 1)  # an Excel table has at least one row
    headers = [{"header": text, "header_format": looks.header} for text in content.header]
    sheet.add_table(
        0, 0, rows, len(headers) - 1,
        {"name": TABLE_NAMES[content.table], "columns": headers, "style": "Table Style Light 1"},
    )  # fmt: skip
    for at, (column, kind) in enumerate(zip(used, kinds, strict=True)):
        cells = tuple(row[at] for row in content.rows)
        wraps = {"text_wrap": True, "valign": "top"} if column.key in PROSE else {}
        wide = width_of(column.text.ja, cells, kind) if cells and not wraps else _find_empty_width(column, kind)
        widths.append(wide)
        sheet.set_column(at, at, wide, looks.cell(kind, grid=False, **wraps))
        write_cells(sheet, 1, at, cells)
        validate_column(sheet, column, 1, rows + SPARE, at)
        _put_header_note(sheet, at, column)
    sheet.set_row(0, 24)
    if PROSE & set(content.keys):
        for down, row in enumerate(content.rows, start=1):
            sheet.set_row(down, height_of(row, widths))  # only Excel would find the height by itself
    sheet.freeze_panes(1, _count_frozen_columns(content))
    sheet.set_tab_color(COLOURS["rule"])
    page(sheet, rows=(0, 0))
    return sheet


def _find_input_kind(column: Column) -> Kind:
    if column.key == "hours":
        return "decimal"
    return "index" if (column.table, column.key) == ("benchmarks", "value") else KINDS[column.kind]


def _put_header_note(sheet: Worksheet, at: int, column: Column) -> None:
    """Put a note on the header; it shows when the pointer rests there and is not printed."""
    note = note_of(column)
    text = f"{note.ja}\n{note.en}"
    lines = sum(1 + int(breadth(line) * 6.2) // NOTE_WIDTH for line in text.split("\n"))
    sheet.write_comment(0, at, text, {"author": "顧客ポートフォリオ", "width": NOTE_WIDTH + 20,
                                      "height": NOTE_LINE * lines + 10, "font_name": "Yu Gothic",
                                      "font_size": 9, "color": COLOURS["input"]})  # fmt: skip


def write_cells(sheet: Worksheet, row: int, column: int, cells: tuple[Cell, ...], form: Format | None = None) -> None:
    """Write `cells` downwards from `row`; None stays blank; without `form` the column's format applies."""
    for offset, cell in enumerate(cells):
        if isinstance(cell, date):
            sheet.write_datetime(row + offset, column, datetime(cell.year, cell.month, cell.day), form)  # noqa: DTZ001 - a day
        elif isinstance(cell, str):
            sheet.write_string(row + offset, column, cell, form)
        elif cell is not None:
            sheet.write_number(row + offset, column, cell, form)


def validate_column(sheet: Worksheet, column: Column, first: int, last: int, at: int) -> None:
    """Let Excel offer or check what may stand in `column`, at the place `at` of rows `first` to `last`."""
    rule = rule_of(column)
    if rule is not None:
        sheet.data_validation(first, at, last, at, rule)


def width_of(header: str, cells: tuple[Cell, ...], kind: Kind) -> float:
    """Return a column width that cuts neither header nor cells; full-width characters count double."""
    longest = max((_measure_cell_length(cell, kind) for cell in cells[:SAMPLED]), default=0.0)
    return min(max(longest + 3.5, breadth(header) + 5.0, NARROWEST), WIDEST)  # the header carries the filter button


def _find_empty_width(column: Column, kind: Kind) -> float:
    usual = {"money": 16.0, "date": 14.0}.get(kind, 12.0)
    wanted = PROSE_WIDTH if column.key in PROSE else WIDTHS.get(column.key, usual)
    return max(wanted, breadth(column.text.ja) + 5.0)


def _measure_cell_length(cell: Cell, kind: Kind) -> float:
    if cell is None:
        return 0
    if isinstance(cell, date):
        return 10
    if isinstance(cell, str):
        return breadth(cell)
    return len(f"{cell:,.2f}") if "." in FORMATS[kind] else len(f"{cell:,}")


def _count_frozen_columns(content: Sheet) -> int:
    """Return how many columns stay in sight: up to the customer's name, where the table is one of customers."""
    return content.keys.index("name") + 1 if content.table == "customers" else 0


def table_range(content: Sheet) -> str:
    """Return the whole table with its header as a structured reference."""
    return f"{TABLE_NAMES[content.table]}[#All]"
