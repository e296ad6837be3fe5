"""pywin32 replaced, for xlwings' own Windows code on any machine; the objects of Excel are those of `excel_objects`.

`excel()` imports the real `xlwings._xlwindows` and `xlwings.udfs` with pywin32 replaced, so that the decorators, the
conversion and `call_udf` under test are those that run beside Excel.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
import types
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest

from helpers.excel_objects import COLUMNS, DIVISION_BY_ZERO, MISSING, ROWS, ComError, ExcelBook, ExcelRange

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COLUMNS", "DIVISION_BY_ZERO", "MISSING", "ROWS", "ComError", "ExcelBook", "ExcelRange", "excel"]

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
