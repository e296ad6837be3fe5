"""The input sheets: one Excel table each, header in the first row, ready to be pasted over."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from engine.columns import columns
from engine.words import codes, label
from workbooks.look import COLOURS, FORMATS, breadth, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbooks.look import Format, Kind, Looks, Workbook, Worksheet
    from workbooks.sample import Cell, Sheet

__all__ = ["TABLE_NAMES", "table_range", "validate_column", "width_of", "write_cells", "write_input"]

# Names of the Excel tables: the sheet's name and 表, so that a formula reads 顧客表[顧客ID].
TABLE_NAMES: Final = {
    "customers": "顧客表", "orders": "取引表", "contacts": "接点表", "surveys": "アンケート表", "costs": "費用表",
    "products": "商品表", "leads": "リード表", "plans": "アカウントプラン表", "actions": "アクション表",
    "benchmarks": "ベンチマーク表",
}  # fmt: skip
KINDS: Final[Mapping[str, Kind]] = {
    "id": "text", "text": "text", "name": "text", "flag": "level", "level": "level", "amount": "money", "date": "date",
    "integer": "number", "number": "number", "rate": "rate", "chance": "rate",
}  # fmt: skip
_DECIMALS: Final = frozenset(("hours", "value"))  # a benchmark's value is a rate as often as a count
NARROWEST, WIDEST = 9.0, 40.0
SAMPLED: Final = 2000  # rows looked at for a column's width


def write_input(workbook: Workbook, looks: Looks, content: Sheet) -> Worksheet:
    """Add the input sheet of `content` and return it."""
    sheet = workbook.add_worksheet(content.name)
    kinds = [KINDS[column.kind] for key in content.keys for column in columns(content.table) if column.key == key]
    kinds = ["decimal" if key in _DECIMALS else kind for key, kind in zip(content.keys, kinds, strict=True)]
    headers = [{"header": text, "header_format": looks.header} for text in content.header]
    sheet.add_table(
        0, 0, len(content.rows), len(headers) - 1,
        {"name": TABLE_NAMES[content.table], "columns": headers, "style": "Table Style Light 1"},
    )  # fmt: skip
    for at, (text, kind) in enumerate(zip(content.header, kinds, strict=True)):
        cells = tuple(row[at] for row in content.rows)
        sheet.set_column(at, at, width_of(text, cells, kind), looks.cell(kind, grid=False))
        write_cells(sheet, 1, at, cells)
    for at, key in enumerate(content.keys):
        validate_column(sheet, key, 1, len(content.rows), at, kinds[at])
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, _frozen(content))
    sheet.set_tab_color(COLOURS["rule"])
    page(sheet, rows=(0, 0))
    return sheet


def write_cells(sheet: Worksheet, row: int, column: int, cells: tuple[Cell, ...], form: Format | None = None) -> None:
    """Write `cells` downwards from `row`; None stays blank; without `form` the column's format applies."""
    for offset, cell in enumerate(cells):
        if isinstance(cell, date):
            sheet.write_datetime(row + offset, column, datetime(cell.year, cell.month, cell.day), form)  # noqa: DTZ001 - a day
        elif isinstance(cell, str):
            sheet.write_string(row + offset, column, cell, form)
        elif cell is not None:
            sheet.write_number(row + offset, column, cell, form)


def validate_column(sheet: Worksheet, key: str, first: int, last: int, column: int, kind: Kind) -> None:
    """Let Excel offer or check what may stand in the column `key` of rows `first` to `last`."""
    rule: dict[str, object] | None = None
    if key in {"continuity", "growth", "risk"}:
        words = [label("levels", code, "ja") for code in codes("levels") if code != "unknown"]
        rule = {"validate": "list", "source": words, "error_message": "高・中・低 から選んでください"}
    elif key == "status":
        words = [label("action_states", code, "ja") for code in codes("action_states")]
        rule = {"validate": "list", "source": words, "error_message": "・".join(words) + " から選んでください"}
    elif key in {"key_account", "open"}:
        rule = {"validate": "list", "source": ["○"], "error_message": "該当するときは ○、しないときは空白にします"}
    elif kind == "date":
        rule = {"validate": "date", "criteria": "between", "minimum": date(1990, 1, 1), "maximum": date(2099, 12, 31),
                "error_message": "日付を 2026/09/30 の形で入力してください", "error_type": "warning"}  # fmt: skip
    if rule is not None:
        sheet.data_validation(first, column, last, column, rule)


def width_of(header: str, cells: tuple[Cell, ...], kind: Kind) -> float:
    """Return a column width that cuts neither header nor cells; full-width characters count double."""
    longest = max((_length(cell, kind) for cell in cells[:SAMPLED]), default=0.0)
    return min(max(longest + 3.5, breadth(header) + 5.0, NARROWEST), WIDEST)  # the header carries the filter button


def _length(cell: Cell, kind: Kind) -> float:
    if cell is None:
        return 0
    if isinstance(cell, date):
        return 10
    if isinstance(cell, str):
        return breadth(cell)
    return len(f"{cell:,.2f}") if "." in FORMATS[kind] else len(f"{cell:,}")


def _frozen(content: Sheet) -> int:
    """Return how many columns stay in sight: up to the customer's name, where the table starts with it."""
    return 2 if content.table == "customers" else 0


def table_range(content: Sheet) -> str:
    """Return the whole table with its header as a structured reference."""
    return f"{TABLE_NAMES[content.table]}[#All]"
