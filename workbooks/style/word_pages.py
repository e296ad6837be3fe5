"""What the sheets of words share: their texts, titles and bands, and tables with a row per entry."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Text
from workbooks.style.look import COLOURS, height_of, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbooks.style.look import Format, Looks, Workbook, Worksheet

LEFT: Final = 1  # column A is a margin
TOP: Final = 3  # first row below title and note


@cache
def texts() -> dict[str, Any]:
    """Return what stands in guide.toml."""
    return tomllib.loads(files("workbooks.style").joinpath("guide.toml").read_text(encoding="utf-8"))


def told(*path: str) -> Text:
    """Return the text under `path` in guide.toml."""
    entry: Any = texts()
    for key in path:
        entry = entry[key]
    return Text(entry["ja"], entry["en"])


def begin_page(workbook: Workbook, looks: Looks, name: str, widths: Sequence[float]) -> Worksheet:
    """Add a sheet without grid lines, with columns of `widths` from B on."""
    sheet = workbook.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_tab_color(COLOURS["accent"])
    sheet.set_column(0, 0, 2)
    for at, width in enumerate(widths, start=LEFT):
        sheet.set_column(at, at, width, looks.make())
    return sheet


def write_title(sheet: Worksheet, looks: Looks, title: Text) -> None:
    """Write the sheet's title, Japanese large and English beside it."""
    sheet.set_row(0, 30)
    muted = looks.make(font_size=10, font_color=COLOURS["muted"])
    sheet.write_rich_string(0, LEFT, looks.title, title.ja, muted, f"   {title.en}", looks.title)


def write_band(sheet: Worksheet, looks: Looks, row: int, title: Text, width: int = 2) -> int:
    """Write the heading of a block over `width` columns and return the row below it."""
    sheet.write_string(row, LEFT, f"{title.ja}  {title.en}", looks.heading)
    for at in range(LEFT + 1, LEFT + width):
        sheet.write_blank(row, at, None, looks.heading)
    sheet.set_row(row, 22)
    return row + 1


def write_two(sheet: Worksheet, looks: Looks, row: int, column: int, text: Text, form: Format) -> None:
    """Write the Japanese sentence with the English one under it."""
    sheet.write_rich_string(row, column, looks.make(), text.ja, looks.note, f"\n{text.en}", form)


def write_rows(
    sheet: Worksheet,
    looks: Looks,
    top: int,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    fill_in: Sequence[int] = (),
) -> int:
    """Write a table of texts with a filter over its header, and return the row below it.

    Parameters
    ----------
    sheet, looks
        Where to write.
    top
        The header's row, from 0.
    header, rows
        The texts; a row's height follows from the longest.
    widths
        Of the columns.
    fill_in
        Columns, from 0, that the team fills in; they are coloured as input.
    """
    for at, title in enumerate(header, start=LEFT):
        sheet.write_string(top, at, title, looks.header)
    sheet.set_row(top, 32)
    plain = looks.cell("text", text_wrap=True, valign="top")
    typed = looks.cell("text", text_wrap=True, valign="top", bg_color=COLOURS["input"])
    first = looks.make(bold=True, bottom=1, bottom_color=COLOURS["rule"], align="left", valign="top", indent=1,
                       text_wrap=True)  # fmt: skip
    for row, cells in enumerate(rows, start=top + 1):
        for at, cell in enumerate(cells):
            form = typed if at in fill_in else first if at == 0 else plain
            sheet.write_string(row, LEFT + at, cell, form) if cell else sheet.write_blank(row, LEFT + at, None, form)
        sheet.set_row(row, height_of(cells, widths))
    last = top + len(rows)
    sheet.autofilter(top, LEFT, last, LEFT + len(header) - 1)
    sheet.freeze_panes(top + 1, LEFT + 1)
    page(sheet, rows=(top, top))
    return last + 1
