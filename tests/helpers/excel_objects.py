"""A double of Excel's object model, small enough to read: what xlwings and the add-in ask of it, and no more.

The objects have Excel's own names. What Excel does with a value that is typed in (text that looks like a number becomes
one, an apostrophe keeps it a text) is done here as well.
"""
# ruff: noqa: N802, N803 - Excel's names, not ours

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from helpers.excel_parts import Areas, ChartObject, Charts, Table, Validation, Window, Workbooks, copied, pasted

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = -2147352572  # how COM hands over an argument that was left out (DISP_E_PARAMNOTFOUND)
DIVISION_BY_ZERO = -2146826281
RANGE_IID = "{00020846-0000-0000-C000-000000000046}"
ROWS, COLUMNS = 1_048_576, 16_384


class ComError(Exception):
    """pywin32's error for a failed call."""

    def __init__(self, hresult: int = -2147352567) -> None:
        super().__init__(hresult, "", None, None)
        self.hresult = hresult


def _letters(column: int) -> str:
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


class ExcelRange:
    """A rectangle of cells."""

    CLSID = RANGE_IID

    def __init__(self, sheet: ExcelSheet, row: int, column: int, height: int = 1, width: int = 1) -> None:
        self.Worksheet = sheet
        self.Row, self.Column, self.height, self.width = row, column, height, width
        self.Rows = SimpleNamespace(Count=height, AutoFit=lambda: None)
        self.Columns = SimpleNamespace(Count=width, AutoFit=lambda: sheet.Parent.log.append(("autofit", sheet.Name)))
        attributes = SimpleNamespace(iid=RANGE_IID)
        self._oleobj_ = SimpleNamespace(GetTypeInfo=lambda: SimpleNamespace(GetTypeAttr=lambda: attributes))

    @property
    def Areas(self) -> Areas:
        return Areas((self,))

    @property
    def Left(self) -> float:
        return 50.0 * (self.Column - 1)

    @property
    def Top(self) -> float:
        return 20.0 * (self.Row - 1)

    def places(self) -> list[list[tuple[int, int]]]:
        return [[(self.Row + r, self.Column + c) for c in range(self.width)] for r in range(self.height)]

    @property
    def Address(self) -> str:
        first = f"${_letters(self.Column)}${self.Row}"
        last = f"${_letters(self.Column + self.width - 1)}${self.Row + self.height - 1}"
        return first if first == last else f"{first}:{last}"

    @property
    def Value(self) -> Any:
        self.Worksheet.reads.append((self.height, self.width))
        rows = tuple(tuple(self.Worksheet.cells.get(place) for place in line) for line in self.places())
        return rows[0][0] if (self.height, self.width) == (1, 1) else rows

    @Value.setter
    def Value(self, data: Any) -> None:
        rows = data if isinstance(data, (list, tuple)) else [[data] * self.width] * self.height
        self.Worksheet.Parent.log.append(("write", self.Worksheet.Name, self.Address))
        for line, cells in zip(self.places(), rows, strict=True):
            for place, cell in zip(line, cells, strict=True):
                self.Worksheet.formulas.pop(place, None)
                self.Worksheet.type_in(place, cell)

    def _formulas(self) -> Any:
        shown = self.Worksheet.shown_formulas()
        rows = tuple(tuple(shown.get(place, "") for place in line) for line in self.places())
        return rows[0][0] if (self.height, self.width) == (1, 1) else rows

    def _enter(self, given: Any) -> None:
        rows = given if isinstance(given, tuple) else ((given,),)
        self.Worksheet.Parent.log.append(("formulas", self.Address))
        for line, texts in zip(self.places(), rows, strict=True):
            for place, text in zip(line, texts, strict=True):
                assert place not in {each for area in self.Worksheet.arrays for line in area.places() for each in line}
                self.Worksheet.formulas[place] = text
                self.Worksheet.cells[place] = self.Worksheet.Parent.evaluate(text)

    @property
    def HasFormula(self) -> bool | None:
        held = any(place in self.Worksheet.shown_formulas(constants=False) for line in self.places() for place in line)
        return held and (True if self.height == self.width == 1 else None)

    def SpecialCells(self, kind: int) -> SimpleNamespace:
        assert kind == -4123
        return SimpleNamespace(Cells=[self.Worksheet.Cells(*place) for place in sorted(self.Worksheet.formulas)])

    Formula = property(_formulas, _enter)
    Formula2 = property(_formulas, _enter)

    def _holding(self, areas: list[ExcelRange]) -> list[ExcelRange]:
        mine = {each for line in self.places() for each in line}
        return [area for area in areas if mine & {each for line in area.places() for each in line}]

    @property
    def HasArray(self) -> bool | None:
        return bool(self._holding(self.Worksheet.arrays)) and (True if self.height == self.width == 1 else None)

    @property
    def HasSpill(self) -> bool | None:
        return bool(self._holding(self.Worksheet.spills)) and (True if self.height == self.width == 1 else None)

    @property
    def CurrentArray(self) -> ExcelRange:
        return self._holding(self.Worksheet.arrays)[0]

    @property
    def SpillingToRange(self) -> ExcelRange:
        return self._holding(self.Worksheet.spills)[0]

    @property
    def SpillParent(self) -> ExcelRange:
        return self._holding(self.Worksheet.spills)[0](1, 1)

    @property
    def FormulaArray(self) -> Any:
        return self.Worksheet.formulas[(self.Row, self.Column)]

    @FormulaArray.setter
    def FormulaArray(self, text: str) -> None:
        assert len(text) <= 255
        assert any(area.Address == self.Address for area in self.Worksheet.arrays), "a part of an array cannot change"
        self.Worksheet.Parent.log.append(("array", self.Address))
        self.Worksheet.formulas[(self.Row, self.Column)] = text

    @property
    def NumberFormat(self) -> str:
        return self.Worksheet.formats.get((self.Row, self.Column), "General")

    @NumberFormat.setter
    def NumberFormat(self, pattern: str) -> None:
        for line in self.places():
            self.Worksheet.formats.update(dict.fromkeys(line, pattern))

    def ClearContents(self) -> None:
        for line in self.places():
            for place in line:
                self.Worksheet.cells.pop(place, None)
                self.Worksheet.formulas.pop(place, None)

    def FillDown(self) -> None:
        """Copy the first row over the others, formats included."""
        first, *others = self.places()
        for line in others:
            for source, target in zip(first, line, strict=True):
                sheet = self.Worksheet
                for held in (sheet.cells, sheet.formulas, sheet.formats, sheet.validations):
                    held.pop(target, None)
                    if source in held:
                        held[target] = held[source]

    @property
    def Validation(self) -> Validation:
        return Validation(self)

    def Copy(self) -> None:
        self.Worksheet.Parent.Application.CutCopyMode = 1

    def PasteSpecial(self, Paste: int) -> None:
        assert Paste == -4163
        assert self.Worksheet.Parent.Application.CutCopyMode == 1
        pasted(self)

    def Calculate(self) -> None:
        book = self.Worksheet.Parent
        book.log.append(("calculate", self.Address))
        for place in (place for line in self.places() for place in line):
            if place in self.Worksheet.formulas:
                self.Worksheet.cells[place] = book.evaluate(self.Worksheet.formulas[place])

    def __call__(self, row: int, column: int) -> ExcelRange:
        return ExcelRange(self.Worksheet, self.Row + row - 1, self.Column + column - 1)


class ExcelSheet:
    """A worksheet: its cells by (row, column)."""

    Visible = -1
    FilterMode = False
    ProtectContents = False

    def __init__(self, book: ExcelBook, name: str, rows: list[list[Any]] | None = None) -> None:
        self.Parent, self.Name = book, name
        self.cells: dict[tuple[int, int], Any] = {}
        self.formulas: dict[tuple[int, int], str] = {}
        self.formats: dict[tuple[int, int], str] = {}
        self.reads: list[tuple[int, int]] = []
        self.validations: dict[tuple[int, int], Any] = {}
        self.pivots: list[ExcelRange] = []
        self.arrays: list[ExcelRange] = []  # the formula is held by the first cell, as by that of a spill
        self.spills: list[ExcelRange] = []
        self.tables: list[Table] = []
        self.charts: list[ChartObject] = []
        self.PageSetup = SimpleNamespace(PrintArea="")
        for row, line in enumerate(rows or [], start=1):
            for column, cell in enumerate(line, start=1):
                if cell is not None:
                    self.cells[(row, column)] = cell

    def type_in(self, place: tuple[int, int], cell: Any) -> None:
        """Take a value as Excel does: text that looks like something else becomes it, unless an apostrophe leads."""
        if cell is None or cell == "":
            self.cells.pop(place, None)
        elif isinstance(cell, str) and cell.startswith("'"):
            self.cells[place] = cell[1:]
        elif isinstance(cell, str) and cell[0] in "=+-@":
            self.formulas[place], self.cells[place] = cell, self.Parent.evaluate(cell)
        elif isinstance(cell, str) and cell.isdigit():
            self.cells[place] = float(cell)
        else:
            self.cells[place] = cell

    def shown_formulas(self, *, constants: bool = True) -> dict[tuple[int, int], Any]:
        """Return what each cell shows in the formula bar: every cell of an array or a spill shows its formula."""
        shown = {**(self.cells if constants else {}), **self.formulas}
        for area in (*self.arrays, *self.spills):
            for line in area.places():
                shown.update(dict.fromkeys(line, self.formulas[(area.Row, area.Column)]))
        return shown

    @property
    def Index(self) -> int:
        return self.Parent.pages.index(self) + 1

    @property
    def UsedRange(self) -> ExcelRange:
        places = list(self.cells) or [(1, 1)]
        top, left = min(row for row, _ in places), min(column for _, column in places)
        bottom, right = max(row for row, _ in places), max(column for _, column in places)
        return ExcelRange(self, top, left, bottom - top + 1, right - left + 1)

    @property
    def ListObjects(self) -> SimpleNamespace:
        return _Tables(self.tables)

    def ChartObjects(self) -> Charts:
        return Charts(self.charts)

    def PivotTables(self) -> SimpleNamespace:
        return SimpleNamespace(Count=len(self.pivots))

    def ShowAllData(self) -> None:
        self.FilterMode = False

    def Cells(self, row: int, column: int) -> ExcelRange:
        return ExcelRange(self, row, column)

    def Range(self, first: Any, last: Any = None) -> ExcelRange:
        if isinstance(first, str):
            match = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?", first)
            assert match is not None
            places = [(match[1], match[2]), (match[3] or match[1], match[4] or match[2])]
            first, last = (self.Cells(int(row), _number(letters)) for letters, row in places)
        last = last or first
        height = last.Row + last.height - first.Row
        return ExcelRange(self, first.Row, first.Column, height, last.Column + last.width - first.Column)

    def Delete(self) -> None:
        assert not self.Parent.Application.DisplayAlerts, "Excel would ask"
        self.Parent.pages.remove(self)

    def Move(self, Before: ExcelSheet) -> None:
        self.Parent.pages.remove(self)
        self.Parent.pages.insert(self.Parent.pages.index(Before), self)

    def Activate(self) -> None:
        """Come to the front: nothing to do here."""


def _number(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found


class _Tables(SimpleNamespace):
    """The Excel tables of a sheet."""

    def __init__(self, held: list[Table]) -> None:
        super().__init__(Count=len(held), held=held)

    def Item(self, key: int) -> Table:
        return self.held[key - 1]  # type: ignore[no-any-return]

    __call__ = Item

    def Add(self, Source: ExcelRange, **_: object) -> Table:
        self.held.append(Table(Source))
        return self.held[-1]  # type: ignore[no-any-return]


class _Sheets:
    def __init__(self, book: ExcelBook) -> None:
        self._book = book

    @property
    def Count(self) -> int:
        return len(self._book.pages)

    def __iter__(self) -> Iterator[ExcelSheet]:
        return iter(list(self._book.pages))

    def __call__(self, key: int | str) -> ExcelSheet:
        if isinstance(key, int):
            return self._book.pages[key - 1]
        found = next((page for page in self._book.pages if page.Name == key), None)
        if found is None:
            raise ComError
        return found

    def Add(self, Before: ExcelSheet) -> ExcelSheet:
        made = ExcelSheet(self._book, f"Sheet{self.Count + 1}")
        self._book.pages.insert(self._book.pages.index(Before), made)
        return made


class _Names:
    def __init__(self, book: ExcelBook) -> None:
        self._book = book

    @property
    def Count(self) -> int:
        return len(self._book.defined)

    def __call__(self, key: str | int) -> SimpleNamespace:
        name = list(self._book.defined)[key - 1] if isinstance(key, int) else key
        refers_to = self._book.defined.get(name)
        if refers_to is None:
            raise ComError
        sheet, _, address = refers_to.removeprefix("=").rpartition("!")
        if not sheet or "(" in sheet:
            return _Constant(refers_to, lambda: self._book.defined.pop(name))
        page = self._book.Worksheets(sheet.strip("'").replace("''", "'"))
        return SimpleNamespace(RefersTo=refers_to, RefersToRange=page.Range(address), Name=name, Delete=None)

    def Add(self, name: str, refers_to: str) -> SimpleNamespace:
        self._book.defined[name] = refers_to
        return self(name)


class _Constant(SimpleNamespace):
    def __init__(self, refers_to: str, delete: Any) -> None:
        super().__init__(RefersTo=refers_to, Delete=delete)

    @property
    def RefersToRange(self) -> ExcelRange:
        raise ComError


class ExcelBook:
    """A workbook; `evaluate` stands for Excel's calculation of a formula."""

    Date1904 = False

    def __init__(self, name: str = "Book1.xlsx", sheets: dict[str, list[list[Any]]] | None = None) -> None:
        self.Name = name
        self.Path = "C:\\work"
        self.FullName = f"C:\\work\\{name}"
        self.links: list[str] = []
        self.log: list[tuple[Any, ...]] = []
        self.defined: dict[str, str] = {}
        self.evaluate: Any = lambda formula: formula
        self.pages = [ExcelSheet(self, each, rows) for each, rows in (sheets or {"Sheet1": []}).items()]
        self.window = Window(self)
        self.Application = ExcelApplication(self)

    @property
    def Worksheets(self) -> _Sheets:
        return _Sheets(self)

    @property
    def Names(self) -> _Names:
        return _Names(self)

    def Windows(self, number: int) -> Window:
        assert number == 1
        return self.window

    def Activate(self) -> None:
        self.Application.front = self

    def SaveCopyAs(self, path: str) -> None:
        self.Application.Workbooks.files[path] = copied(self, path)

    def SaveAs(self, path: str, FileFormat: int) -> None:
        self.Application.Workbooks.files[path] = copied(self, path)
        self.Application.book.log.append(("save as", FileFormat))

    def Close(self, SaveChanges: bool) -> None:
        assert not SaveChanges
        self.Application.Workbooks.books.remove(self)
        self.Application.front = None

    def LinkSources(self, kind: int) -> tuple[str, ...] | None:
        assert kind == 1
        return tuple(self.links) or None

    def BreakLink(self, Name: str, Type: int) -> None:
        assert Type == 1
        self.links.remove(Name)


class ExcelApplication:
    """Excel itself: what is switched on, and a log of what was switched."""

    Hwnd = 1
    book: ExcelBook
    ScreenUpdating: bool
    Calculation: int
    StatusBar: bool | str
    EnableEvents: bool
    DisplayAlerts: bool
    AutomationSecurity: int
    CutCopyMode: int
    AutoCorrect: SimpleNamespace
    fails_on: tuple[str, Any] | None

    Workbooks: Workbooks
    front: Any
    answers: list[Any]
    asked: list[tuple[str, dict[str, Any]]]

    def __init__(self, book: ExcelBook) -> None:
        self.__dict__.update(book=book, ScreenUpdating=True, Calculation=-4105, StatusBar=False, fails_on=None)
        self.__dict__.update(EnableEvents=True, DisplayAlerts=True, AutomationSecurity=1, CutCopyMode=0)
        self.__dict__.update(AutoCorrect=SimpleNamespace(AutoFillFormulasInLists=True))
        self.__dict__.update(Workbooks=Workbooks(self, book), front=book, answers=[], asked=[])

    def _asked(self, dialog: str, **given: Any) -> Any:
        self.asked.append((dialog, given))
        return self.answers.pop(0)

    def InputBox(self, **given: Any) -> Any:
        assert len(given["Prompt"]) <= 255, "Excel's box takes no longer question"
        return self._asked("InputBox", **given)

    def GetOpenFilename(self, **given: Any) -> Any:
        return self._asked("GetOpenFilename", **given)

    def GetSaveAsFilename(self, **given: Any) -> Any:
        return self._asked("GetSaveAsFilename", **given)

    def Goto(self, place: ExcelRange) -> None:
        assert place.Worksheet.Visible == -1, "Excel cannot go to a hidden sheet"
        self.book.log.append(("goto", place.Worksheet.Name, place.Address))

    @property
    def WorksheetFunction(self) -> SimpleNamespace:
        return SimpleNamespace(
            CountA=lambda area: sum(place in area.Worksheet.cells for line in area.places() for place in line)
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if (name, value) == self.fails_on:
            raise RuntimeError("busy")
        self.__dict__[name] = value
        self.book.log.append((name, value))

    def Calculate(self) -> None:
        self.book.log.append(("calculate", "all"))
