"""Pictures of the sample workbook's sheets, as a real LibreOffice Calc with our add-in shows them.

    python tools/pictures.py docs/images           # the five of the READMEs: workbook.<name>.png
    python tools/pictures.py out/sheets --all      # every sheet, named by its place and name

Needs what the tests of the Calc tier need (LibreOffice Calc, python3-uno, pdftoppm). The sheets are recalculated by the
add-in first, drawn by Calc onto one page of their own size, and in the typeface of the report: the tests' LibreOffice knows no other.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers.office import Office  # noqa: E402 - the tests' own LibreOffice, found on the path that is set above

from addin.packaging.oxt import build  # noqa: E402
from workbooks.build import build_sample  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.office import Book

SHOWN: Final = {  # sheet: the picture's name, and the cells that are shown
    "はじめに": ("start", "A1:D34"),
    "ポートフォリオ表": ("portfolio", "A1:O28"),
    "集中リスク": ("concentration", "A1:G46"),
    "マップ": ("map", "A1:G34"),
    "試算": ("trial", "A1:F36"),
}
WIDTH: Final = 1200  # pixels
COLOURS: Final = 48  # enough for a sheet, in a third of the bytes
LARGEST: Final = (30, 70)  # columns and rows of a sheet that is shown whole
# Calc draws an area onto a page of exactly its size; the workbook is closed without saving afterwards.
DRAW: Final = """
import uno
from com.sun.star.beans import PropertyValue
def given(name, value):
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found
sheet = book.Sheets.getByName(%r)
cursor = sheet.createCursor()
cursor.gotoEndOfUsedArea(False)
end = cursor.RangeAddress
last = min(end.EndColumn, %d), min(end.EndRow, %d)
area = sheet.getCellRangeByName(%r) if %r else sheet.getCellRangeByPosition(0, 0, *last)
style = book.StyleFamilies.getByName("PageStyles").getByName(sheet.PageStyle)
size = area.Size
style.HeaderIsOn = style.FooterIsOn = False
style.IsLandscape = size.Width > size.Height
for side in ("LeftMargin", "RightMargin", "TopMargin", "BottomMargin"):
    setattr(style, side, 300)
style.Width, style.Height = size.Width + 900, size.Height + 900
style.ScaleToPagesX = style.ScaleToPagesY = 1
sheet.setPrintTitleRows(False)
kept = given("Selection", area), given("ExportNotes", False)
chosen = uno.Any("[]com.sun.star.beans.PropertyValue", kept)
book.storeToURL(%r, (given("FilterName", "calc_pdf_Export"), given("FilterData", chosen)))
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description="サンプルの各シートの画像を作ります / pictures of the sample's sheets")
    parser.add_argument("out", type=Path, help="出力先フォルダー / output folder")
    parser.add_argument("--all", action="store_true", help="すべてのシート / every sheet")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {"PORTFOLIO_PYTHON": sys.executable, "PORTFOLIO_RUNS": str(folder / "runs")}
        extension = build.unpack(folder / "customer-portfolio")
        sample = build_sample(folder / "sample.xlsx")
        with Office((extension,), environment, timeout=240) as office, office.open(sample) as book:
            for at, sheet in enumerate(book.sheets()):
                if given.all:
                    _draw(book, sheet, "", given.out / f"{at:02d}_{sheet}")
                elif sheet in SHOWN:
                    label, cells = SHOWN[sheet]
                    _draw(book, sheet, cells, given.out / f"workbook.{label}")


def _draw(book: Book, sheet: str, cells: str, place: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "sheet.pdf"
        book.run(DRAW % (sheet, *LARGEST, cells, cells, pdf.as_uri()))
        width = ["-scale-to-x", str(WIDTH), "-scale-to-y", "-1"]
        subprocess.run(["pdftoppm", "-png", "-singlefile", *width, str(pdf), str(place)], check=True)
    drawn = place.with_name(f"{place.name}.png")
    with Image.open(drawn) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(drawn, optimize=True)


if __name__ == "__main__":
    main()
