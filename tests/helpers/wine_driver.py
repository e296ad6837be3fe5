"""Runs under Wine, in Windows' own Python, in the place of Excel: starts the add-in's server and asks it.

As the add-in's VBA does, it loads xlwings' DLL, hands it the server's command line, receives the COM object that the
started Python process has published, and calls `CallUDF` on it. Ranges, sheets and workbooks are COM objects that live
here, so that what Python reads of them crosses the border between two processes as it does with Excel.

Usage: python.exe wine_driver.py QUESTIONS.json ANSWERS.json
"""

from __future__ import annotations

import ctypes
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pythoncom
import pywintypes
import win32com.client
import win32com.server.util
import win32gui
import winerror
from win32com.server.exception import COMException
from win32com.server.policy import DynamicPolicy

RANGE = pywintypes.IID("{00020846-0000-0000-C000-000000000046}")  # Excel's Range: xlwings knows one by it
SYS_WIN64, TKIND_DISPATCH, SERVER = 3, 4, 1
STOP = -1


class Variant(ctypes.Structure):
    """Windows' VARIANT, as the DLL fills it."""

    _fields_ = [("vt", ctypes.c_ushort), ("reserved", ctypes.c_ushort * 3), ("value", ctypes.c_void_p * 2)]


def range_type() -> Any:
    """Return type information with the name and the identifier of Excel's Range, made on the spot."""
    path = str(Path(tempfile.mkdtemp(), "range.tlb"))
    library = pythoncom.CreateTypeLib2(SYS_WIN64, path)
    info = library.CreateTypeInfo("Range", TKIND_DISPATCH)
    info.SetGuid(RANGE)
    info.LayOut()
    library.SaveAllChanges()
    return pythoncom.LoadTypeLib(path).GetTypeInfo(0)


class Policy(DynamicPolicy):  # type: ignore[misc]  # pywin32 has no types here
    """Names are looked up when they are asked for; every object says that it is a Range."""

    def _invokeex_(self, dispid: int, lcid: int, flags: int, arguments: Any, named: Any, provider: Any) -> Any:
        if dispid == pythoncom.DISPID_VALUE:  # the object itself is called: Names("PF_RUN")
            return self._obj_._dynamic_("_default", lcid, flags, arguments)
        return super()._invokeex_(dispid, lcid, flags, arguments, named, provider)

    def _GetTypeInfoCount_(self) -> int:  # noqa: N802 - pywin32's names
        return 1

    def _GetTypeInfo_(self, index: int, lcid: int) -> tuple[int, Any]:  # noqa: N802
        return 0, RANGE_INFO


class Thing:
    """An object of Excel's model: attributes by name."""

    def __init__(self, **attributes: Any) -> None:
        self.attributes = attributes

    def _dynamic_(self, name: str, lcid: int, flags: int, arguments: Any) -> Any:
        if name not in self.attributes:
            raise COMException(scode=winerror.DISP_E_MEMBERNOTFOUND)
        if flags & (pythoncom.DISPATCH_PROPERTYPUT | pythoncom.DISPATCH_PROPERTYPUTREF):
            self.attributes[name] = arguments[0]
            self.attributes.get("_changed", lambda *_: None)(name, arguments[0])
            return None
        found = self.attributes[name]
        return found(*arguments) if callable(found) else found


def com(**attributes: Any) -> Any:
    """Return an object of Excel's model as COM hands it over."""
    return win32com.server.util.wrap(Thing(**attributes), usePolicy=Policy)


def excel_range(sheet: Any, rows: list[list[Any]]) -> Any:
    """Return a range with these rows; one cell has a bare value, as in Excel."""
    value = (
        rows if len(rows) > 1 or len(rows[0]) > 1 else rows[0][0]
    )  # lists: pywin32 takes a tuple for several results
    return com(
        Worksheet=sheet, Row=1, Column=1, Rows=com(Count=len(rows)), Columns=com(Count=len(rows[0])), Value=value,
        Value2=value, Address="$A$1",
    )  # fmt: skip


def worksheet(name: str, run: list[Any]) -> Any:
    """Return a sheet of a workbook whose named cell PF_RUN holds `run` (a list of one, changed from outside)."""
    application = com(Name="Microsoft Excel", Version="16.0", Hwnd=win32gui.GetDesktopWindow())
    books: list[Any] = []  # a sheet knows its workbook and the workbook its sheet
    sheet = com(Name="Sheet1", Parent=lambda: books[0])
    cell = com(
        Worksheet=sheet, Row=1, Column=1, Rows=com(Count=1), Columns=com(Count=1), Value=lambda: run[0], Value2=lambda: run[0],
    )  # fmt: skip
    names = com(Count=1, _default=lambda *_: com(Name="PF_RUN", RefersToRange=cell))
    books.append(com(Name=name, FullName=name, Date1904=False, Application=application, Names=names))
    return sheet


def workbook_of_formulas(name: str, formulas: list[list[str]], log: list[Any]) -> Any:
    """Return a workbook with one sheet of formulas; what is set in it, and in Excel, goes to `log`."""

    def logged(kind: str) -> Any:
        return lambda what, value: log.append(
            [kind, what, [list(row) for row in value] if isinstance(value, tuple) else value]
        )

    known = win32com.client.dynamic.Dispatch  # an object of ours comes back as a bare pointer
    books: list[Any] = []
    application = com(
        Name="Microsoft Excel", Version="16.0", Hwnd=win32gui.GetDesktopWindow(), ScreenUpdating=True, Calculation=-4135,
        Goto=com(_default=lambda place: log.append(["goto", "R1C1", [known(place).Row, known(place).Column]])),
        StatusBar=False, AutoCorrect=com(AutoFillFormulasInLists=True, _changed=logged("list")), _changed=logged("Excel"),
    )  # fmt: skip

    def area(row: int, column: int, below: int) -> Any:
        return com(Row=row, Column=column, Below=below, Formula2=None, _changed=logged(f"R{row}C{column}:R{below}"))

    used = com(
        Row=1, Column=1, Rows=com(Count=len(formulas)), Columns=com(Count=len(formulas[0])), Value=formulas,
        HasFormula=None, Formula2=formulas, HasArray=False, HasSpill=False, Worksheet=lambda: sheet,
    )  # fmt: skip
    sheet: Any = com(
        Name="関数一覧", Parent=lambda: books[0], UsedRange=used, ProtectContents=False,
        Cells=com(_default=lambda row, column: area(row, column, row)),
        Visible=-1, ListObjects=com(Count=0),
        Range=com(_default=lambda first, last: area(known(first).Row, known(first).Column, known(last).Row)),
    )  # fmt: skip
    pages = com(Count=1, _default=lambda *_: sheet, _NewEnum=lambda: win32com.server.util.NewEnum([sheet]))
    books.append(
        com(
            Name=name,
            FullName=name,
            Date1904=False,
            Application=application,
            Worksheets=pages,
            Names=com(_default=_no_name),
        )
    )
    return books[0]


def _no_name(*_: Any) -> None:
    raise COMException(scode=winerror.DISP_E_EXCEPTION)


class Server:
    """The Python process that the DLL starts, as the add-in's VBA holds it."""

    def __init__(self, library: str, command: str) -> None:
        self.activate = ctypes.WinDLL(library).XLPyDLLActivateAuto  # type: ignore[attr-defined]  # Windows only
        self.activate.argtypes = [ctypes.POINTER(Variant), ctypes.c_char_p, ctypes.c_int]
        self.command = command.encode("cp932")
        reply = Variant()
        if self.activate(ctypes.byref(reply), self.command, SERVER):
            raise SystemExit("the server did not start")
        self.python = win32com.client.dynamic.Dispatch(
            pythoncom.ObjectFromAddress(reply.value[0], pythoncom.IID_IDispatch)
        )

    def call(self, function: str, arguments: list[Any], caller: Any) -> Any:
        return self.python.CallUDF("addin.udfs", function, (*arguments, None), None, caller)

    def relink(self, book: Any) -> None:
        """Do what the add-in's PortfolioRelink does when a workbook has been opened."""
        python = self.python
        python.Call(python.Module("addin.udfs"), "relink", python.Tuple(book))

    def press(self, button: str, book: Any) -> None:
        """Do what the add-in's PortfolioPress does; only for a button that shows no message: Wine has no screen."""
        python = self.python
        python.Call(python.Module("addin.udfs"), "press", python.Tuple(button, book))

    def stop(self) -> None:
        self.activate(ctypes.byref(Variant()), self.command, STOP)


def plain(answer: Any) -> Any:
    """Return an answer as JSON can hold it."""
    if isinstance(answer, tuple):
        return [plain(each) for each in answer]
    if isinstance(answer, pywintypes.TimeType):
        return answer.strftime("%Y-%m-%d")
    return answer


def main() -> None:
    """Ask every question and write the answers down."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    runs: dict[str, list[Any]] = {name: [None] for name in task["books"]}
    sheets = {name: worksheet(name, runs[name]) for name in task["books"]}
    started = time.perf_counter()
    server = Server(str(Path(sys.executable).with_name(task["library"])), task["command"])
    answers = []
    try:
        for question in task["questions"]:
            sheet = sheets[question["book"]]
            arguments = [
                excel_range(sheet, each["range"]) if isinstance(each, dict) else tuple(map(tuple, each)) if isinstance(each, list) else each
                for each in question["arguments"]
            ]  # fmt: skip
            begin = time.perf_counter()
            answer = server.call(question["function"], arguments, excel_range(sheet, [[None]]))
            answers.append({"answer": plain(answer), "seconds": time.perf_counter() - begin})
            if question["function"] == "PORTFOLIO_RUN":
                runs[question["book"]][0] = answer
        relinked: list[Any] = []
        server.relink(workbook_of_formulas("丙.xlsx", task["formulas"], relinked))
        pressed: list[Any] = []
        server.press("functions_list", workbook_of_formulas("丁.xlsx", task["formulas"], pressed))
    finally:
        server.stop()
    told = {"answers": answers, "relinked": relinked, "pressed": pressed, "seconds": time.perf_counter() - started}
    Path(sys.argv[2]).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


pythoncom.CoInitialize()
RANGE_INFO = range_type()
main()
