"""The xlwings face: one worksheet function per entry of the register, for Excel on Windows, and the ribbon's way in.

The add-in's VBA calls this module in the one Python process that serves every open workbook. Whatever belongs to a
workbook is therefore taken from the calling cell, never from the active book. Only xlwings' BSD part is used.
"""

from __future__ import annotations

import importlib
import os
from functools import cache
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, Final, cast

import xlwings as xw
from xlwings.conversion import Accessor, CleanDataFromReadStage, Ensure2DStage, Pipeline, ReadValueFromRangeStage

from addin.excel.fixed import fitted
from addin.functions.cells import answer, as_cell
from addin.functions.registry import functions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from addin.excel.book import XlwingsBook
    from addin.functions.cells import Block, Cell
    from addin.functions.registry import WorksheetFunction
    from engine.language.errors import Lang

_ROWS: Final = 1_048_576
_COLUMNS: Final = 16_384


def language() -> Lang:
    """Return the language of cell texts: the one that the add-in started this process with, else Japanese."""
    return "en" if os.environ.get("PORTFOLIO_LANG") == "en" else "ja"


class CellBlock(Accessor):
    """How an argument is read: a range as a list of rows, anything else as a scalar.

    xlwings' own default turns a column into a flat list and one cell into a scalar, so that a row and a column look
    alike. Here a range keeps its shape; whole columns and rows (`B:B`) end at the sheet's last used cell; a cell in
    error reads as its text (`#DIV/0!`).
    """

    @classmethod
    def reader(cls, options: dict[str, Any]) -> Any:
        """Return the stages that read one argument."""
        options = {**options, "err_to_str": True}
        read = ReadValueFromRangeStage(options)  # type: ignore[no-untyped-call]  # xlwings' conversion has no types
        clean = CleanDataFromReadStage(options)  # type: ignore[no-untyped-call]
        return Pipeline([_trim_to_used_range, read, Ensure2DStage(), clean, _unwrap_scalar_argument])


def _trim_to_used_range(context: Any) -> None:
    """Cut a range that reaches to the sheet's edge down to the used part, keeping where it begins."""
    if context.range is None:
        return
    height, width = context.range.shape
    if height < _ROWS and width < _COLUMNS:
        return
    last = context.range.sheet.used_range.last_cell
    if height >= _ROWS:
        height = max(last.row - context.range.row + 1, 1)
    if width >= _COLUMNS:
        width = max(last.column - context.range.column + 1, 1)
    context.range = context.range.resize(height, width)


def _unwrap_scalar_argument(context: Any) -> None:
    """Take a value out of the rows that the cleaning stage wants; a cell, even an empty one, stays a row."""
    if context.range is None and context.meta.get("scalar"):
        context.value = context.value[0][0]


@cache
def _find_host_errors() -> tuple[type[Exception], ...]:
    """Return what a host raises when it cannot answer: COM's own error on Windows, nothing known elsewhere."""
    try:
        return (cast("type[Exception]", importlib.import_module("pywintypes").com_error),)
    except ImportError:
        return ()


def _read_pf_run(book: xw.Book) -> object:
    """Return the value of the workbook's named cell `PF_RUN`, or None when it has none that can be read."""
    try:
        return book.names("PF_RUN").refers_to_range.value if book.names.contains("PF_RUN") else None
    except _find_host_errors():
        return None  # the name stands for a constant or a lost reference: no run, and the answer says so


def _counts_from_1904(book: xw.Book) -> bool:
    try:
        return bool(book.api.Date1904)
    except _find_host_errors():
        return False


def respond(function: WorksheetFunction, values: Sequence[object], caller: xw.Range | None) -> Cell | Block:
    """Return the answer for the calling cell; never raises.

    Parameters
    ----------
    function
        The worksheet function that was called.
    values
        Its arguments, None where one was left out.
    caller
        The calling cell, or the block of an array formula, which the answer is fitted to. Its workbook decides which run
        is meant where `[run]` is left out. None outside a sheet: then there is no such run.
    """
    pf_run: object = None
    date1904 = False
    if caller is not None:
        kinds = [argument.kind for argument in function.arguments]
        if any(kind == "run" and as_cell(value) is None for kind, value in zip(kinds, values, strict=False)):
            pf_run = _read_pf_run(caller.sheet.book)
        if "table" in kinds:
            date1904 = _counts_from_1904(caller.sheet.book)
    found = answer(function.name, values, pf_run, language(), date1904=date1904)
    # One value is one cell's or stands in each cell of a block; to ask for the caller's size costs a way to Excel.
    return found if caller is None or not isinstance(found, list) else fitted(found, *caller.shape, language())


def _publish_worksheet_function(function: WorksheetFunction) -> Callable[..., object]:
    """Return the Python function that xlwings publishes for one entry of the register."""

    def face(*values: object) -> object:
        *given, caller = values
        return respond(function, given, cast("xw.Range | None", caller))

    face.__name__ = face.__qualname__ = function.name
    face.__doc__ = function.ja
    face.__annotations__ = {}  # xlwings reads them as converters
    empty = Parameter.empty
    parameters = [
        Parameter(each.name, Parameter.POSITIONAL_OR_KEYWORD, default=None if each.optional else empty)
        for each in function.arguments
    ]
    # `caller` is reserved by xlwings: it is filled with the calling range and is no argument in the sheet.
    parameters.append(Parameter("caller", Parameter.POSITIONAL_OR_KEYWORD, default=None))
    face.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    published: Callable[..., object] = xw.ret()(face)
    for argument in function.arguments:
        published = xw.arg(argument.name, convert=CellBlock, doc=f"{argument.label.ja}: {argument.ja}")(published)
    # Last, as an outermost decorator: each of the others would set the category back.
    return xw.func(category=function.category.ja)(published)


globals().update({function.name: _publish_worksheet_function(function) for function in functions()})


def press(button: str, workbook: Any) -> None:
    """Do what a ribbon button says, in the workbook that was in front when it was pressed.

    Parameters
    ----------
    button
        The button's key, such as `refresh`.
    workbook
        Excel's own workbook object.
    """
    from addin.ribbon import dispatch  # here, not above: the first cell's answer shall not wait for it

    lang = language()
    dispatch.press(button, _wrap_excel_workbook(workbook, lang), lang)


def relink(workbook: Any) -> None:
    """Free the formulas of a workbook that was just opened from links to an add-in elsewhere; never raises.

    Parameters
    ----------
    workbook
        Excel's own workbook object.
    """
    from addin.ribbon import linking

    lang = language()
    linking.relink_opened(_wrap_excel_workbook(workbook, lang), lang)


def _wrap_excel_workbook(workbook: Any, lang: Lang) -> XlwingsBook:
    """Return Excel's workbook as the buttons see it."""
    from addin.excel.book import XlwingsBook
    from addin.tab import tab

    host = importlib.import_module("xlwings._xlwindows")
    return XlwingsBook(xw.Book(impl=host.Book(xl=workbook)), tab.TAB.to(lang), lang)
