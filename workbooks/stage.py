"""What every output sheet shares: the workbook under construction, the sample, the run and how a sheet begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from workbooks.formulas import Pen, Ref
from workbooks.inputs import TABLE_NAMES
from workbooks.look import COLOURS, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.errors import Text
    from workbooks.look import Looks, Workbook
    from workbooks.sample import Sample

__all__ = ["LEFT", "TOP", "Stage", "begin", "heading"]

LEFT: Final = 1  # column A is a margin
ROW: Final = 19  # points
TOP: Final = 3  # first row below title and note


@dataclass(frozen=True, slots=True)
class Stage:
    """A workbook under construction.

    Parameters
    ----------
    workbook, looks
        The workbook and its formats.
    sample
        The data.
    run
        The named cell `PF_RUN` and the handle in it.
    filled
        Whether formula cells carry their answers (see `workbooks.formulas.Pen`).
    """

    workbook: Workbook
    looks: Looks
    sample: Sample
    run: Ref
    filled: bool

    def column(self, key: str) -> Ref:
        """Return a column of the customer table as a structured reference with its cells."""
        sheet = self.sample.sheets["customers"]
        header = sheet.header[sheet.keys.index(key)]
        return Ref(f"{TABLE_NAMES['customers']}[{header}]", [[cell] for cell in sheet.column(key)])


def begin(
    stage: Stage, name: str, title: Text, note: Text, widths: Sequence[float], rows: tuple[int, int] | None = None
) -> Pen:
    """Add an output sheet with title and note, no grid lines, set up for printing; return the pen that writes on it.

    Parameters
    ----------
    stage
        The workbook.
    name
        The sheet's name.
    title, note
        Shown in Japanese, then in English.
    widths
        Widths of the columns from B on.
    rows
        Header rows to repeat on each printed page.
    """
    sheet = stage.workbook.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_tab_color(COLOURS["accent"])
    sheet.set_default_row(ROW)
    sheet.set_column(0, 0, 2)
    for at, width in enumerate(widths, start=LEFT):
        sheet.set_column(at, at, width, stage.looks.make())
    sheet.set_row(0, 30)
    muted = stage.looks.make(font_size=10, font_color=COLOURS["muted"])
    sheet.write_rich_string(0, LEFT, stage.looks.title, title.ja, muted, f"   {title.en}", stage.looks.title)
    sheet.write_string(1, LEFT, f"{note.ja}  {note.en}", stage.looks.note)
    page(sheet, rows=rows)
    return Pen(sheet, stage.looks, (2, *widths), filled=stage.filled)


def heading(pen: Pen, row: int, width: int, title: Text) -> int:
    """Write the heading of a block over `width` columns and return the row below it."""
    pen.sheet.write_string(row, LEFT, f"{title.ja}  {title.en}", pen.looks.heading)
    for at in range(LEFT + 1, LEFT + width):
        pen.sheet.write_blank(row, at, None, pen.looks.heading)
    pen.sheet.set_row(row, 22)
    return row + 1
