"""A double of Excel's object model and of pywin32, small enough to read, for xlwings' own Windows code on any machine.

`excel()` imports the real `xlwings._xlwindows` and `xlwings.udfs` with pywin32 replaced, so that the decorators, the
conversion and `call_udf` under test are those that run beside Excel. The objects below have Excel's own names.
"""
# ruff: noqa: N802, N803 - Excel's names, not ours

from __future__ import annotations

import ctypes
import importlib
import re
import sys
import types
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest

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

    @property
    def Formula(self) -> Any:
        place = (self.Row, self.Column)
        return self.Worksheet.formulas.get(place, self.Worksheet.cells.get(place) or "")

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

    def __init__(self, book: ExcelBook, name: str, rows: list[list[Any]] | None = None) -> None:
        self.Parent, self.Name = book, name
        self.cells: dict[tuple[int, int], Any] = {}
        self.formulas: dict[tuple[int, int], str] = {}
        self.formats: dict[tuple[int, int], str] = {}
        self.reads: list[tuple[int, int]] = []
        self.tables: list[ExcelRange] = []
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
        return SimpleNamespace(
            Count=len(self.tables), Item=lambda key: SimpleNamespace(Range=self.tables[key - 1], Name="table")
        )

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

    def __call__(self, name: str) -> SimpleNamespace:
        refers_to = self._book.defined.get(name)
        if refers_to is None:
            raise ComError
        sheet, _, address = refers_to.removeprefix("=").rpartition("!")
        if not sheet:
            return _Constant(refers_to)
        page = self._book.Worksheets(sheet.strip("'").replace("''", "'"))
        return SimpleNamespace(RefersTo=refers_to, RefersToRange=page.Range(address), Name=name)

    def Add(self, name: str, refers_to: str) -> SimpleNamespace:
        self._book.defined[name] = refers_to
        return self(name)


class _Constant(SimpleNamespace):
    def __init__(self, refers_to: str) -> None:
        super().__init__(RefersTo=refers_to)

    @property
    def RefersToRange(self) -> ExcelRange:
        raise ComError


class ExcelBook:
    """A workbook; `evaluate` stands for Excel's calculation of a formula."""

    Date1904 = False

    def __init__(self, name: str = "Book1.xlsx", sheets: dict[str, list[list[Any]]] | None = None) -> None:
        self.Name = name
        self.FullName = f"C:\\work\\{name}"
        self.log: list[tuple[Any, ...]] = []
        self.defined: dict[str, str] = {}
        self.evaluate: Any = lambda formula: formula
        self.pages = [ExcelSheet(self, each, rows) for each, rows in (sheets or {"Sheet1": []}).items()]
        self.Application = ExcelApplication(self)

    @property
    def Worksheets(self) -> _Sheets:
        return _Sheets(self)

    @property
    def Names(self) -> _Names:
        return _Names(self)


class ExcelApplication:
    """Excel itself: what is switched on, and a log of what was switched."""

    Hwnd = 1
    book: ExcelBook
    ScreenUpdating: bool
    Calculation: int
    StatusBar: bool | str
    fails_on: tuple[str, Any] | None

    def __init__(self, book: ExcelBook) -> None:
        self.__dict__.update(book=book, ScreenUpdating=True, Calculation=-4105, StatusBar=False, fails_on=None)

    def __setattr__(self, name: str, value: Any) -> None:
        if (name, value) == self.fails_on:
            raise RuntimeError("busy")
        self.__dict__[name] = value
        self.book.log.append((name, value))

    def Calculate(self) -> None:
        self.book.log.append(("calculate", "all"))


_REPLACED = (
    *("pywintypes", "pythoncom", "win32api", "win32con", "win32gui", "win32process", "win32timezone", "win32event"),
    *("win32com", "win32com.client", "win32com.server", "win32com.server.util", "win32com.server.policy"),
    *("win32com.server.dispatcher", "win32com.server.exception"),
)
_IMPORTED = ("xlwings._xlwindows", "xlwings.udfs", "xlwings.com_server", "xlwings._win32patch", "addin.udfs")


def _unwrapped(argument: Any) -> Any:
    """Tell the COM server's own objects from Excel's, as pywin32 does."""
    if type(argument).__name__ != "XLPythonObject":
        raise ComError
    return argument


def _pywin32() -> dict[str, Any]:
    modules: dict[str, Any] = {name: MagicMock(name=name) for name in _REPLACED}
    modules["pywintypes"] = types.SimpleNamespace(com_error=ComError, TimeType=datetime, IID=lambda text: text)
    modules["pythoncom"].__file__ = "pythoncom311.dll"
    modules["pythoncom"].TypeIIDs = {modules["pythoncom"].IID_IDispatch: ComError}  # a type that no argument has
    client = types.SimpleNamespace(Dispatch=lambda native, **_: native, DispatchEx=None)
    for name in ("CDispatch", "DispatchBaseClass", "CoClassBaseClass"):
        setattr(client, name, type(name, (), {}))
    modules["win32com.client"] = modules["win32com"].client = client
    modules["win32com"].server = modules["win32com.server"]
    modules["win32com.server"].util = modules["win32com.server.util"]
    modules["win32com.server.util"].wrap.side_effect = lambda held, **_: held
    modules["win32com.server.util"].unwrap.side_effect = _unwrapped
    modules["win32timezone"].TimeZoneInfo.utc.return_value = UTC
    modules["win32api"].MessageBox.return_value = 1
    return modules


@contextmanager
def excel() -> Iterator[types.SimpleNamespace]:
    """Give xlwings' Windows side and `addin.udfs` as they are beside Excel; everything is put back afterwards."""
    import xlwings

    patch = pytest.MonkeyPatch()
    with patch.context() as held:
        for name in _IMPORTED:
            held.delitem(sys.modules, name, raising=False)
        for name, module in _pywin32().items():
            held.setitem(sys.modules, name, module)
        for name in ("oledll", "windll", "PyDLL"):
            held.setattr(ctypes, name, MagicMock(), raising=False)
        held.setattr("atexit.register", lambda function: function)  # xlwings would look for Excel at the end
        windows = importlib.import_module("xlwings._xlwindows")
        udfs = importlib.import_module("xlwings.udfs")
        for name, real in (("func", udfs.xlfunc), ("arg", udfs.xlarg), ("ret", udfs.xlret)):
            held.setattr(xlwings, name, real)
        held.setitem(xlwings.engines.engines_by_name, "excel", xlwings.main.Engine(impl=windows.engine))
        server = importlib.import_module("xlwings.com_server")
        ours = importlib.import_module("addin.udfs")
        try:
            yield SimpleNamespace(
                windows=windows, udfs=udfs, ours=ours, server=server.XLPython(), api=sys.modules["win32api"]
            )
        finally:
            server.loop.close()
            for name in _IMPORTED:
                sys.modules.pop(name, None)
