"""The workbook of a button, in Excel, through xlwings' BSD part.

This file does not import xlwings: it is handed the open book. Everything is asked of that book and of its own windows,
never of the one that happens to be active.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from addin.excel import charts, copies, dialogs, formulas, input_tables, printing
from addin.shared.book import Block, Named, Selection, guarded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import xlwings as xw

    from addin.shared.book import Cell, Chart
    from engine.language.errors import Lang

_VISIBLE: Final = -1  # xlSheetVisible


class XlwingsBook:
    """`Book` over an open Excel workbook.

    Parameters
    ----------
    book
        The workbook, as xlwings knows it.
    title
        Heading of message boxes.
    lang
        Language of the few questions that are asked here.
    """

    def __init__(self, book: xw.Book, title: str, lang: Lang = "ja") -> None:
        self._book = book
        self._title = title
        self._lang = lang

    @property
    def path(self) -> Path | None:
        """Where the workbook is saved; None while it never was, and for one that lives in the cloud only."""
        native = self._book.api
        # A book that was never saved has no folder; one of OneDrive or SharePoint has an address in its place.
        return None if not native.Path or "://" in native.FullName else Path(native.FullName)

    @property
    def date1904(self) -> bool:
        """Whether serial dates count from 1904."""
        return bool(self._book.api.Date1904)

    def sheets(self) -> tuple[str, ...]:
        """Return the names of the worksheets, from left to right."""
        return tuple(sheet.name for sheet in self._book.sheets)

    def read(self, sheet: str) -> Block | None:
        """Return the sheet's first Excel table, or its used range; None when the sheet is empty."""
        page = self._book.sheets[sheet]
        area = page.tables[0].range if len(page.tables) else page.used_range
        rows = _read_range_rows(area)
        if all(cell is None for row in rows for cell in row):
            return None
        return Block(sheet, rows, area.row, area.column)

    def write(self, mark: str, sheet: str, rows: Sequence[Sequence[Cell]], formats: Sequence[str] = ()) -> bool:
        """Write a block of our own over the previous one; see `Book.write`."""
        previous = self._area(mark)
        if previous is not None:
            corner = previous[0, 0]
            if input_tables.covered(previous, corner.resize(len(rows), len(rows[0]))) is not None:
                return False
            previous.clear_contents()
            self._dress_grown(previous, len(rows), formats)
        else:
            made = self._room(sheet)
            if made is None:
                return False
            corner = made.range("A1")
            self._dress(corner, rows, formats)
        area = corner.resize(len(rows), len(rows[0]))
        area.value = [[guarded_text(cell) for cell in row] for row in rows]
        self._name(mark, area)
        if previous is None:
            area.columns.autofit()
        return True

    def block(self, mark: str) -> Block | None:
        """Return what stands in our block `mark` now, None when there is none."""
        area = self._area(mark)
        return None if area is None else Block(area.sheet.name, _read_range_rows(area), area.row, area.column)

    def chart(self, mark: str, chart: Chart) -> None:
        """Draw a chart over our block `mark`, beside it; one that we drew there before is replaced."""
        area = self._area(mark)
        if area is None:
            raise KeyError(mark)
        charts.draw(area, f"{mark}_chart", chart)

    def fill(self, sheet: str, rows: Sequence[Sequence[Cell]]) -> None:
        """Make an input sheet of these rows as a table, or put them into one that holds nothing; see `Book.fill`."""
        is_made = sheet not in self.sheets()
        page = self._book.sheets.add(sheet, after=self._book.sheets[-1]) if is_made else self._book.sheets[sheet]
        input_tables.fill(page, rows, is_made=is_made)

    def contents(self, sheet: str) -> Block | None:
        """Return what was typed into the sheet's table; see `Book.contents`."""
        return input_tables.contents(self._book.sheets[sheet])

    def reshape(self, sheet: str, height: int) -> None:
        """Make the sheet's table `height` rows long; see `Book.reshape`.

        Raises
        ------
        Refusal
            `unwritable`; nothing has been changed then.
        """
        input_tables.reshape(self._book.sheets[sheet], height)

    def put_rows(self, sheet: str, row: int, column: int, rows: Sequence[Sequence[object]]) -> None:
        """Write cells as rows, the first at `row` and `column`, both from 1; formats stay."""
        page = self._book.sheets[sheet]
        input_tables.put_rows(page.range((row, column)).resize(len(rows), len(rows[0])), rows)

    def remove(self, sheet: str) -> None:
        """Take away a sheet, without asking."""
        self._book.sheets[sheet].delete()

    def offer(self, mark: str, row: int, column: int, count: int, source: tuple[int, int, int]) -> None:
        """Give cells of our block `mark` a list to choose from; see `Book.offer`."""
        area = self._area(mark)
        if area is None:
            raise KeyError(mark)
        first, at, length = source
        offered = area[first, at].resize(length, 1)
        input_tables.offer(area[row, column].resize(count, 1), offered)

    def put_at(self, sheet: str, row: int, column: int, value: Cell) -> None:
        """Write into one cell of a sheet; row and column count from 1. Formats stay."""
        self._book.sheets[sheet].range((row, column)).value = guarded_text(value)

    def named(self, name: str) -> Named | None:
        """Return the cell of that name, None when there is none."""
        area = self._area(name)
        if area is None:
            return None
        cell = area[0, 0]
        return Named(cell.options(err_to_str=True).value, str(cell.formula).startswith("="))

    def put(self, name: str, value: Cell) -> None:
        """Write into the cell of that name."""
        area = self._area(name)
        if area is None:
            raise KeyError(name)
        area[0, 0].value = guarded_text(value)

    def define(self, name: str, mark: str, row: int, column: int) -> None:
        """Give a name to one cell of the block `mark`."""
        area = self._area(mark)
        if area is None:
            raise KeyError(mark)
        self._name(name, area[row, column])

    def rewrite(self, sheet: str, rule: Callable[[str], str | None]) -> tuple[int, int]:
        """Replace the formulas of a sheet for which `rule` gives another; see `Book.rewrite`."""
        return formulas.rewrite(self._book.sheets[sheet], rule)

    def calculate(self, name: str) -> None:
        """Calculate the formula in the cell of that name, changed or not, and then whatever depends on it."""
        area = self._area(name)
        if area is not None:
            area[0, 0].api.Calculate()
        self._book.app.calculate()

    def selected(self) -> Selection | None:
        """Return what is selected in the book's own window; None when that is no cell (a chart, a picture).

        Of cells chosen one by one (Ctrl), the rows follow each other in the order in which they were chosen.
        """
        chosen = self._book.api.Windows(1).Selection
        if getattr(chosen, "Address", None) is None:  # only cells have one
            return None
        page = self._book.sheets[chosen.Worksheet.Name]
        used = page.used_range
        cells: list[tuple[object, ...]] = []
        lines: list[tuple[object, ...]] = []
        for number in range(1, chosen.Areas.Count + 1):
            area = chosen.Areas(number)
            top, bottom = max(area.Row, used.row), min(area.Row + area.Rows.Count, used.row + used.shape[0])
            left = max(area.Column, used.column) - used.column
            right = min(area.Column + area.Columns.Count, used.column + used.shape[1]) - used.column
            if top >= bottom or left >= right:
                continue
            whole = _read_range_rows(used[top - used.row : bottom - used.row, :])
            lines += whole
            cells += [line[left:right] for line in whole]
        column = max(chosen.Column - used.column, 0)
        return Selection(page.name, tuple(cells), tuple(lines), max(chosen.Row, used.row), column)

    def show(self, sheet: str, row: int = 1, column: int = 1) -> None:
        """Bring a sheet to the front, also a hidden one, and select one of its cells; both count from 1."""
        page = self._book.sheets[sheet]
        if page.api.Visible != _VISIBLE:
            page.api.Visible = _VISIBLE
        self._book.app.api.Goto(page.range((row, column)).api)

    def ask(self, question: str, suggestion: str = "") -> str | None:
        """Ask the user for a line of text; None when they press Cancel."""
        return dialogs.ask(self._book.app, question, self._title, suggestion)

    def confirm(self, question: str) -> bool:
        """Ask the user a question to be answered by Yes or No."""
        return dialogs.confirm(self._book.app, question, self._title)

    def choose_files(self, title: str, endings: Sequence[str]) -> tuple[Path, ...]:
        """Let the user choose one or several existing files with one of these endings; none when they cancel."""
        return dialogs.choose_files(self._book.app, title, endings)

    def choose_place(self, title: str, suggestion: str) -> Path | None:
        """Let the user choose where a new file goes, starting beside the workbook; None when they cancel.

        A file that is there already is only returned when the user says that it may be replaced.
        """
        start = Path(suggestion) if self.path is None else self.path.with_name(suggestion)
        place = dialogs.choose_place(self._book.app, title, start)
        if place is None or not place.exists():
            return place
        return place if self.confirm(dialogs.REPLACE.to(self._lang).format(place.name)) else None

    def save_copy(self, path: Path) -> None:
        """Save a copy of the workbook as it stands now, in the workbook's own format."""
        self._book.api.SaveCopyAs(str(path))

    def save_values(self, path: Path) -> None:
        """Save a copy (.xlsx) in which every formula is replaced by its value; see `addin.excel.copies`."""
        copies.save_values(self._book, path)

    def open(self, path: Path) -> None:
        """Open another workbook in the same Excel; one that is open already comes to the front.

        Raises
        ------
        Refusal
            When Excel holds another workbook of that name: it cannot open two.
        """
        copies.open_beside(self._book, path)

    def reveal(self, path: Path) -> None:
        """Open a finished file in the program that this computer uses for it."""
        dialogs.reveal(path)

    def fit_print(self, sheet: str) -> None:
        """End the sheet's print areas with the last row that shows something; see `Book.fit_print`."""
        printing.fit(self._book.sheets[sheet])

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold drawing and calculation; both are as before afterwards, also after an error."""
        app = self._book.app
        drawing, calculation = app.screen_updating, app.calculation
        with ExitStack() as restore:
            # Called in reverse order, each even when another fails: formulas are calculated before the screen is drawn.
            restore.callback(setattr, app, "screen_updating", drawing)
            restore.callback(setattr, app, "calculation", calculation)
            app.screen_updating = False
            app.calculation = "manual"
            yield

    def progress(self, text: str | None) -> None:
        """Show a text in the status bar; None gives the bar back to Excel."""
        self._book.app.status_bar = False if text is None else text

    def message(self, text: str, *, trouble: bool = False) -> None:
        """Show a message box over Excel."""
        self._book.app.alert(text, title=self._title, mode="critical" if trouble else "info")

    def _area(self, name: str) -> xw.Range | None:
        """Return the range of a defined name; None when it is not there or its cells were deleted."""
        if not self._book.names.contains(name):
            return None
        found = self._book.names(name)
        return None if "#REF!" in (found.refers_to or "") else found.refers_to_range

    def _name(self, name: str, area: xw.Range) -> None:
        quoted = area.sheet.name.replace("'", "''")
        self._book.names.add(name, f"='{quoted}'!{area.address}")

    def _room(self, sheet: str) -> xw.Sheet | None:
        """Return the sheet of that name, made at the end where there is none; None when it holds something else."""
        if sheet in self.sheets():
            page = self._book.sheets[sheet]
            return page if self.read(sheet) is None else None
        return self._book.sheets.add(sheet, after=self._book.sheets[-1])

    def _dress(self, corner: xw.Range, rows: Sequence[Sequence[Cell]], formats: Sequence[str]) -> None:
        """Give a new block its number formats; text columns are left to `guarded_text`."""
        for column, pattern in enumerate(formats):
            if pattern:
                corner.offset(0, column).resize(len(rows), 1).number_format = pattern

    def _dress_grown(self, previous: xw.Range, height: int, formats: Sequence[str]) -> None:
        """Give the rows that a block gains the number formats that its last row has: the user's, where they changed them."""
        old = previous.shape[0]
        for column, pattern in enumerate(formats[: previous.shape[1]]):
            if pattern and height > old:
                last = previous[old - 1, column]
                last.offset(1, 0).resize(height - old, 1).number_format = last.number_format


def _read_range_rows(area: xw.Range) -> tuple[tuple[object, ...], ...]:
    """Return the cells of an area: None where one is empty, the text of an error where one is in error."""
    return tuple(tuple(row) for row in area.options(ndim=2, err_to_str=True).value)
