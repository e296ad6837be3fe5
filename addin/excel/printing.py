"""The print areas of a sheet in Excel, fitted to what the sheet shows.

Decision 0222: why 更新 fits the print areas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xlwings as xw


def fit(page: xw.Sheet) -> None:
    """End the print areas with the last row that shows something; see `addin.shared.book.Book.fit_print`."""
    setup = page.api.PageSetup
    areas = [page.range(each) for each in str(setup.PrintArea or "").split(",") if each]
    if not areas:
        return
    used = page.used_range
    bottom = used.row + used.shape[0] - 1
    setup.PrintArea = ",".join(_fit_print_area(page, area, areas, bottom) for area in areas)


def _fit_print_area(page: xw.Sheet, area: xw.Range, areas: list[xw.Range], bottom: int) -> str:
    last, right = area.row + area.shape[0] - 1, area.column + area.shape[1] - 1
    if any(each.row > last and each.column <= right and area.column < each.column + each.shape[1] for each in areas):
        return str(area.address)  # another one begins below it
    whole = page.range((area.row, area.column), (max(bottom, last), right))
    rows = whole.options(ndim=2, err_to_str=True).value
    shown = [down for down, row in enumerate(rows) if any(map(_has_printable_value, row))]
    return str(page.range((area.row, area.column), (area.row + max(shown, default=0), right)).address)


def _has_printable_value(cell: object) -> bool:
    """Return whether a cell's value is something to print: no blank, no refusal, no error."""
    return cell.strip() != "" and not cell.startswith("#") if isinstance(cell, str) else cell is not None
