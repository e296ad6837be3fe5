"""The small surface of a workbook that a button needs.

What a button does (`addin.ribbon.dispatch`) is written against `Book` alone, so that it can be tested, and hosted by another
spreadsheet, without Excel. `addin.excel.book` implements it for Excel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path


class Formula(str):
    """What was typed into a cell that calculates: the formula as the host writes it, such as `=B2*C2`."""

    __slots__ = ()


class Carried(Enum):
    """A cell that goes on with what stands above it; its only member is `CARRIED`."""

    CARRIED = "carried"


CARRIED: Final = Carried.CARRIED
Cell = str | float | int | bool | date | None
_FORMULA_STARTS: Final = "=+-@'#"


@dataclass(frozen=True, slots=True)
class Block:
    """What stands on a sheet.

    Parameters
    ----------
    sheet
        The sheet's name.
    rows
        Cells as rows of equal length; None is an empty cell, a cell in error is its text.
    first_row
        The row number of `rows[0]` in the sheet, 1 for the first.
    first_column
        The column number of each row's first cell, 1 for A.
    """

    sheet: str
    rows: tuple[tuple[object, ...], ...]
    first_row: int
    first_column: int = 1


@dataclass(frozen=True, slots=True)
class Named:
    """A named cell: its value, and whether a formula gives it."""

    value: object
    is_formula: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user has selected.

    Parameters
    ----------
    sheet
        The sheet's name.
    cells
        The selected cells as rows, cut down to what is used of the sheet.
    lines
        The used cells of the same rows, from the sheet's first used column on: a customer selected anywhere in its row
        can be found there.
    first_row
        The row number of `cells[0]` and `lines[0]`, 1 for the first.
    column
        Where in each of `lines` its `cells` begin, from 0: what stands above tells what was selected.
    """

    sheet: str
    cells: tuple[tuple[object, ...], ...]
    lines: tuple[tuple[object, ...], ...]
    first_row: int
    column: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart of the host over columns of a block; columns count from 0, the block's first row holds the names.

    Parameters
    ----------
    kind
        `bubble` (x, y and size), `bar` (horizontal) or `column`, `line`.
    title, x_title, y_title
        Its words; an empty text leaves the title out.
    series
        Of each series: its name, and the columns of labels (or x), values (or y) and, for bubbles, sizes.
    """

    kind: Literal["bubble", "bar", "column", "line"]
    title: str
    x_title: str
    y_title: str
    series: tuple[tuple[str, int, int, int | None], ...]


class Book(Protocol):
    """An open workbook."""

    @property
    def path(self) -> Path | None:
        """Where the workbook is saved; None while it never was."""

    @property
    def date1904(self) -> bool:
        """Whether serial dates count from 1904."""

    def sheets(self) -> tuple[str, ...]:
        """Return the names of the worksheets, from left to right."""

    def read(self, sheet: str) -> Block | None:
        """Return the sheet's first Excel table, or all that is used of it; None when the sheet is empty."""

    def write(self, mark: str, sheet: str, rows: Sequence[Sequence[Cell]], formats: Sequence[str] = ()) -> bool:
        """Write a block of our own over the previous one.

        Parameters
        ----------
        mark
            The defined name under which the block is found again, wherever the user has moved it.
        sheet
            The sheet to make when there is no such block yet.
        rows
            Cells as rows of equal length.
        formats
            Number format of each column ("" for none), applied only where the sheet is made here: the formats that a
            user gave to an existing block stay, and rows that it gains take those of its last row.

        Returns
        -------
        bool
            False, and nothing is written, when the sheet is there already with content that is not ours, or when the
            block grew and would cover what stands beside it.
        """

    def block(self, mark: str) -> Block | None:
        """Return what stands in our block `mark` now, None when there is none."""

    def chart(self, mark: str, chart: Chart) -> None:
        """Draw a chart over our block `mark`, beside it; one that we drew there before is replaced."""

    def fill(self, sheet: str, rows: Sequence[Sequence[Cell]]) -> None:
        """Make an input sheet with a table of these rows, or put them on one that holds nothing; only 取り込み does this.

        Parameters
        ----------
        sheet
            An existing sheet without content, or the name of one to make at the end.
        rows
            The header row first, then the rows; all of equal length.
        """

    def contents(self, sheet: str) -> Block | None:
        """Return what was typed into the sheet's table, as `read` finds it: a formula as `Formula`, else the value.

        A totals row of an Excel table does not belong to it.
        """

    def reshape(self, sheet: str, height: int) -> None:
        """Make the sheet's table `height` rows long, the header row and what is read above it counted.

        Further rows take everything from the last row: formats, validation, formulas; cells of theirs that shall hold
        something else are written afterwards (`put_rows`). Rows that are cut off lose their content and keep their looks.
        A filter of an Excel table is lifted, so that rows written next are not lost behind it.

        Raises
        ------
        Refusal
            `unwritable` where the sheet is protected, or other content stands where the table has to grow; nothing has
            been changed then. It is so also where the height stays as it is.
        """

    def put_rows(self, sheet: str, row: int, column: int, rows: Sequence[Sequence[object]]) -> None:
        """Write cells as rows, the first at `row` and `column`, both from 1; formats stay. None makes a cell empty.

        No cell is `CARRIED`.
        """

    def remove(self, sheet: str) -> None:
        """Take away a sheet, without asking."""

    def offer(self, mark: str, row: int, column: int, count: int, source: tuple[int, int, int]) -> None:
        """Give cells of our block `mark` a list to choose from, which stands in the same block; other words may be typed.

        Parameters
        ----------
        row, column, count
            The first of the cells below each other, and how many; row and column count from 0.
        source
            Row and column of the list's first cell, and how many cells it has, below each other.
        """

    def put_at(self, sheet: str, row: int, column: int, value: Cell) -> None:
        """Write into one cell of a sheet; row and column count from 1. Formats stay."""

    def named(self, name: str) -> Named | None:
        """Return the cell of that name, None when there is none."""

    def put(self, name: str, value: Cell) -> None:
        """Write into the cell of that name."""

    def define(self, name: str, mark: str, row: int, column: int) -> None:
        """Give a name to one cell of the block `mark`; row and column count from 0."""

    def rewrite(self, sheet: str, rule: Callable[[str], str | None]) -> tuple[int, int]:
        """Replace the formulas of a sheet for which `rule` gives another; all others are not touched.

        An array entered over fixed cells is one formula and keeps its cells; one that spills spills again.

        Parameters
        ----------
        rule
            Given a formula's text, returns the new one, or None to leave it.

        Returns
        -------
        tuple of int
            How many were replaced, and how many could not be (a protected sheet, an array too long to enter).
        """

    def calculate(self, name: str) -> None:
        """Calculate the formula in the cell of that name, changed or not, and then whatever depends on it."""

    def selected(self) -> Selection | None:
        """Return what is selected on the sheet in front; None when that is no cell (a chart, a picture)."""

    def show(self, sheet: str, row: int = 1, column: int = 1) -> None:
        """Bring a sheet to the front and select one of its cells; row and column count from 1."""

    def ask(self, question: str, suggestion: str = "") -> str | None:
        """Ask the user for a line of text; None when they press Cancel."""

    def confirm(self, question: str) -> bool:
        """Ask the user a question to be answered by Yes or No."""

    def choose_files(self, title: str, endings: Sequence[str]) -> tuple[Path, ...]:
        """Let the user choose one or several existing files with one of these endings (such as `csv`).

        Empty when they cancel.
        """

    def choose_place(self, title: str, suggestion: str) -> Path | None:
        """Let the user choose where a new file goes, starting beside the workbook; None when they cancel.

        A file that is there already is only returned when the user has said that it may be replaced.
        """

    def save_copy(self, path: Path) -> None:
        """Save a copy of the workbook as it stands now; the workbook itself stays unsaved and where it is."""

    def save_values(self, path: Path) -> None:
        """Save a copy (.xlsx) in which every formula is replaced by its value; formats stay, nothing is linked."""

    def open(self, path: Path) -> None:
        """Open another workbook in the same program."""

    def reveal(self, path: Path) -> None:
        """Open a finished file (PDF, HTML, .eml) in the program that this computer uses for it."""

    def fit_print(self, sheet: str) -> None:
        """End the sheet's print areas with the last row that shows something, or let them grow down to it.

        A sheet without a print area is left as it is. Blank texts, refusals (`#PF`) and errors show nothing. Of areas
        one below the other only the lowest is fitted.
        """

    def quiet(self) -> AbstractContextManager[None]:
        """Hold drawing and calculation; both are as before afterwards, also after an error."""

    def progress(self, text: str | None) -> None:
        """Show what is being done; None gives the place back to the host."""

    def message(self, text: str, *, trouble: bool = False) -> None:
        """Tell the user, who has to acknowledge it; `trouble` says that something did not work."""


def guarded_text(value: Cell) -> Cell:
    """Return `value` so that a spreadsheet takes text as text.

    A text that begins like a formula, or could be read as a number, a date or a truth value (an ID such as 00123),
    gets the apostrophe that spreadsheets do not show.

    >>> guarded_text("=1+1"), guarded_text("00123"), guarded_text("株式会社A")
    ("'=1+1", "'00123", '株式会社A')
    """
    if not isinstance(value, str) or not value:
        return value
    risky = value[0] in _FORMULA_STARTS or value[0].isspace() or value.casefold() in {"true", "false"}
    return f"'{value}" if risky or any(letter.isdigit() for letter in value) else value
