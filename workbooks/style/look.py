"""How the workbooks look: one accent colour, one typeface, and the number formats of Japanese offices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    # XlsxWriter carries no types; the other modules take these three names from here.
    from xlsxwriter.format import Format as Format  # type: ignore[import-untyped]
    from xlsxwriter.workbook import Workbook as Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet as Worksheet  # type: ignore[import-untyped]

Kind = Literal[
    "text", "level", "money", "number", "score", "rate", "change", "share", "date", "decimal", "index", "below"
]

# The report's palette, so that a sheet and a page laid side by side look like one product.
COLOURS: Final = {
    "ink": "#1B2733", "muted": "#51606F", "accent": "#12355B", "tint": "#E7ECF2", "rule": "#D3D9DF",
    "ground": "#F3F5F7", "input": "#FFFBE8", "bar": "#B9C8DA",
}  # fmt: skip

# Minus is written △ in Japanese tables; money stays in yen, thousands and millions are a matter of the format alone.
FORMATS: Final[dict[Kind, str]] = {
    "text": "@", "level": "@", "money": '#,##0;"△"#,##0', "number": '#,##0;"△"#,##0', "score": "0.0",
    "rate": '0.0%;"△"0.0%', "change": '+0.0%;"△"0.0%;0.0%', "share": "0.0%", "date": "yyyy/mm/dd",
    "decimal": '#,##0.00;"△"#,##0.00', "below": ';;;"下に記載"', "index": '#,##0.0##;"△"#,##0.0##',
}  # fmt: skip
# What the cell 表示単位 (PF_UNIT) offers beside 円: a comma more in the format, never a division.
UNITS: Final = {"千円": '#,##0,;"△"#,##0,', "百万円": '#,##0,,;"△"#,##0,,'}
HALF_WIDTH_END: Final = 0x100
LINE: Final = 15  # points
CENTRED: Final = frozenset({"level", "date"})
LEFT_ALIGNED: Final = frozenset({"text", "below"})
TEXTS: Final = frozenset({"text", "level"})


class Looks:
    """Hands out cell formats, each made once.

    Parameters
    ----------
    workbook
        The workbook that owns the formats.
    """

    BASE: Final = {"font_name": "Yu Gothic", "font_size": 10, "font_color": COLOURS["ink"], "valign": "vcenter"}

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def make(self, **properties: Any) -> Format:
        """Return the base format with `properties` (XlsxWriter's names) on top."""
        wanted = {**self.BASE, **properties}
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self.workbook.add_format(wanted)
        return self._made[key]

    @property
    def title(self) -> Format:
        """The sheet's title."""
        return self.make(font_size=16, bold=True, font_color=COLOURS["accent"])

    @property
    def heading(self) -> Format:
        """The title of a block within a sheet."""
        return self.make(
            font_size=11, bold=True, font_color=COLOURS["accent"], bottom=1, bottom_color=COLOURS["accent"]
        )

    @property
    def note(self) -> Format:
        """Remarks under a title."""
        return self.make(font_size=9, font_color=COLOURS["muted"])

    @property
    def header(self) -> Format:
        """The header of a table."""
        return self.make(bold=True, font_color="#FFFFFF", bg_color=COLOURS["accent"], align="center", text_wrap=True,
                         border=1, border_color=COLOURS["rule"])  # fmt: skip

    @property
    def label(self) -> Format:
        """The first column of a small table."""
        return self.make(bold=True, bottom=1, bottom_color=COLOURS["rule"], align="left", indent=1)

    def cell(self, kind: Kind, *, grid: bool = True, **properties: Any) -> Format:
        """Return the format of a value cell; `grid` draws the hair line under it."""
        line = {"bottom": 1, "bottom_color": COLOURS["rule"]} if grid else {}
        # Numbers are told to stand right, so that 算出不可 among them does not stand left.
        align: dict[str, Any] = {"align": "center"} if kind in CENTRED else {"align": "right"}
        if kind in LEFT_ALIGNED:
            align = {"align": "left", "indent": 1}
        form = {} if kind in TEXTS else {"num_format": FORMATS[kind]}
        return self.make(**{**line, **align, **form, **properties})


def breadth(text: str) -> float:
    """Return the room that `text` takes, in the unit of column widths; full-width characters count double."""
    return sum(1.0 if ord(letter) < HALF_WIDTH_END else 2.0 for letter in text)


def height_of(cells: Sequence[object], widths: Sequence[float]) -> float:
    """Return the height, in points, of a row whose texts are broken within columns of `widths`."""
    lines = (
        sum(math.ceil((breadth(line) + 2) / width) for line in cell.split("\n"))
        for cell, width in zip(cells, widths, strict=False)
        if isinstance(cell, str)
    )
    return 5.0 + LINE * max((1, *lines))


def page(sheet: Worksheet, *, rows: tuple[int, int] | None = None, landscape: bool = True) -> None:
    """Set `sheet` up for printing: A4, one page wide, header rows repeated, ページ n/N, 社外秘.

    Parameters
    ----------
    sheet
        The sheet.
    rows
        First and last header row to repeat on each page, counted from 0.
    landscape
        Landscape, or upright.
    """
    sheet.set_paper(9)  # A4
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
    sheet.set_header('&R&"Yu Gothic"&8社外秘')
    sheet.set_footer('&L&"Yu Gothic"&8&A&R&"Yu Gothic"&8ページ &P/&N')
    if rows is not None:
        sheet.repeat_rows(*rows)
