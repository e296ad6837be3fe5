"""Further objects of the Excel double: charts, Excel tables, windows, and the collection of open workbooks."""
# ruff: noqa: N802, N803 - Excel's names, not ours

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.excel_objects import ExcelApplication, ExcelBook, ExcelRange


class Series:
    """One series of a chart; what is set stays to be looked at."""

    Name: str
    XValues: Any
    Values: Any
    BubbleSizes: str | None = None

    def __init__(self, held: list[Series]) -> None:
        self._held = held

    def Delete(self) -> None:
        self._held.remove(self)


class SeriesCollection:
    """The series of a chart."""

    def __init__(self, held: list[Series]) -> None:
        self._held = held

    @property
    def Count(self) -> int:
        return len(self._held)

    def Item(self, number: int) -> Series:
        return self._held[number - 1]

    def NewSeries(self) -> Series:
        self._held.append(Series(self._held))
        return self._held[-1]


class ChartObject:
    """A chart on a sheet."""

    def __init__(self, held: list[ChartObject], *place: float) -> None:
        self.Left, self.Top, self.Width, self.Height = place
        self.Name = f"Chart {len(held) + 1}"
        self._held = held
        self.series: list[Series] = []
        Series(self.series)
        self.series.append(Series(self.series))  # Excel's own guess from what is selected
        self.axes = {
            number: SimpleNamespace(HasTitle=False, AxisTitle=SimpleNamespace(Text=""), ReversePlotOrder=False)
            for number in (1, 2)
        }
        self.Chart = SimpleNamespace(
            SeriesCollection=lambda: SeriesCollection(self.series),
            Axes=self.axes.__getitem__,
            ChartTitle=SimpleNamespace(Text=""),
            HasTitle=True,
            HasLegend=True,
            ChartType=0,
            ChartStyle=0,
        )

    def Delete(self) -> None:
        self._held.remove(self)


class Charts:
    """ChartObjects of a sheet."""

    def __init__(self, held: list[ChartObject]) -> None:
        self._held = held

    @property
    def Count(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[ChartObject]:
        return iter(list(self._held))

    def Add(self, *place: float) -> ChartObject:
        self._held.append(ChartObject(self._held, *place))
        return self._held[-1]


class Table:
    """An Excel table (ListObject)."""

    ShowTotals = False

    def __init__(self, area: ExcelRange, name: str = "table") -> None:
        self.Range, self.Name = area, name
        self.AutoFilter = SimpleNamespace(FilterMode=False, ShowAllData=self._show_all)
        self.ShowAutoFilter = True

    def _show_all(self) -> None:
        self.AutoFilter.FilterMode = False

    def Resize(self, area: ExcelRange) -> None:
        assert (area.Row, area.Column) == (self.Range.Row, self.Range.Column)
        assert area.height > 1, "a table has a row below its header"
        assert not self.ShowTotals
        self.Range = area


class Validation:
    """What may be typed into the cells of a range."""

    IgnoreBlank: bool
    ShowError: bool

    def __init__(self, area: ExcelRange) -> None:
        self._area = area

    def _each(self) -> Iterator[tuple[int, int]]:
        return (place for line in self._area.places() for place in line)

    def Delete(self) -> None:
        for place in self._each():
            self._area.Worksheet.validations.pop(place, None)

    def Add(self, Type: int, AlertStyle: int, Operator: int, Formula1: str) -> None:
        assert (Type, AlertStyle, Operator) == (3, 2, 1)
        held = self._area.Worksheet.validations
        assert not any(place in held for place in self._each()), "Excel refuses a second validation"
        held.update(dict.fromkeys(self._each(), Formula1))


class Window:
    """A workbook's window: what is selected in it."""

    def __init__(self, book: ExcelBook) -> None:
        self.Selection: Any = book.pages[0].Cells(1, 1)


class Chosen:
    """Cells chosen one by one: a range with several areas."""

    def __init__(self, *areas: ExcelRange) -> None:
        first = areas[0]
        self.Worksheet, self.Row, self.Column, self.Address = first.Worksheet, first.Row, first.Column, "several"
        self.Areas = Areas(areas)


class Areas:
    """The areas of a range."""

    def __init__(self, areas: tuple[ExcelRange, ...]) -> None:
        self._areas = areas
        self.Count = len(areas)

    def __call__(self, number: int) -> ExcelRange:
        return self._areas[number - 1]


class Workbooks:
    """The workbooks that are open in one Excel."""

    def __init__(self, app: ExcelApplication, book: ExcelBook) -> None:
        self._app = app
        self.books = [book]
        self.files: dict[str, ExcelBook] = {}

    @property
    def Count(self) -> int:
        return len(self.books)

    def __call__(self, number: int) -> ExcelBook:
        return self.books[number - 1]

    def Open(self, Filename: str, UpdateLinks: int = 3, AddToMru: bool = True) -> ExcelBook:
        book = self.files[Filename]
        self._app.book.log.append(("open", Filename.rpartition("/")[2].rpartition("\\")[2]))
        self.books.append(book)
        book.Application, self._app.front = self._app, book
        return book


def copied(book: ExcelBook, path: str) -> ExcelBook:
    """Return the workbook as a file at `path` holds it."""
    app, window = book.Application, book.window
    del book.Application, book.window
    try:
        made = deepcopy(book)
    finally:
        book.Application, book.window = app, window
    made.Application, made.window = app, Window(made)
    made.log = []
    made.FullName, made.Name = path, path.replace("\\", "/").rpartition("/")[2]
    made.Path = path.replace("\\", "/").rpartition("/")[0]
    return made


def pasted(area: ExcelRange) -> None:
    """Replace the formulas of an area by their values, as pasting its values over it does."""
    sheet = area.Worksheet
    places = {place for line in area.places() for place in line}
    for pivot in sheet.pivots:
        assert not places & {place for line in pivot.places() for place in line}, "a pivot table takes no pasting"
    for array in sheet.arrays:
        held = {place for line in array.places() for place in line}
        assert held <= places or not held & places, "a part of an array cannot change"
    assert not sheet.FilterMode, "a filtered sheet copies its visible rows only"
    assert all(not (table.ShowAutoFilter and table.AutoFilter.FilterMode) for table in sheet.tables)
    sheet.formulas = {place: text for place, text in sheet.formulas.items() if place not in places}
    for areas in (sheet.arrays, sheet.spills):
        areas[:] = [each for each in areas if (each.Row, each.Column) not in places]
