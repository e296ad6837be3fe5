"""Copies of an open workbook, made by Excel itself; the workbook and its selection stay as they are.

Decision 0181: why values are pasted over a copy.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xlwings as xw

_XLSX: Final = 51  # xlOpenXMLWorkbook: holds no macros
_MANUAL: Final = -4135
_NO_MACROS: Final = 3  # msoAutomationSecurityForceDisable
_VALUES: Final = -4163  # xlPasteValues
_FORMULAS: Final = -4123  # xlCellTypeFormulas
_EXCEL_LINKS: Final = 1
_PREFIX: Final = "portfolio_"


def open_beside(book: xw.Book, path: Path) -> None:
    """Open another workbook in the same Excel; one that is open already comes to the front.

    Raises
    ------
    Refusal
        When Excel holds another workbook of that name: it cannot open two.
    """
    held = _open_book(book, path.name)
    if held is None:
        book.app.api.Workbooks.Open(str(path))
    elif _is_same_file(held, path):
        held.Activate()
    else:
        raise _refuse_open_name(path)


def save_values(book: xw.Book, path: Path) -> None:
    """Save a copy (.xlsx) in which every formula is its value: texts stay texts, formats stay, nothing is linked.

    Excel saves a copy into a folder of ours and opens it unseen, without its macros and without calculating it. There
    the values of each sheet are pasted over the sheet, which alone keeps an ID such as 00123 a text. Filters are taken
    off in the copy, since a filtered sheet copies its visible rows only. Names that call our functions are dropped.

    Raises
    ------
    Refusal
        When a sheet is protected, or the file to be written is open in Excel; no file has been made then.
    """
    held = _open_book(book, path.name)
    if held is not None:
        raise _refuse_open_name(path)
    for page in book.sheets:
        if page.api.ProtectContents:
            raise Refusal(
                "unwritable",
                f"シート「{page.name}」は保護されているため、値に置き換えられません。"
                "「校閲」の「シート保護の解除」の後で、もう一度お試しください",
                f'the sheet "{page.name}" is protected, so its formulas cannot become values; '
                "unprotect it (Review, Unprotect Sheet) and try again",
            )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _quiet_excel(book):
        place = Path(folder, f"{uuid4().hex}{Path(book.name).suffix or '.xlsx'}")
        book.api.SaveCopyAs(str(place))
        copy = book.app.api.Workbooks.Open(str(place), UpdateLinks=0, AddToMru=False)
        try:
            for page in copy.Worksheets:
                _replace_formulas_by_values(book.app.api, page)
            _drop_workbook_links(copy)
            copy.SaveAs(str(path), FileFormat=_XLSX)
        finally:
            copy.Close(SaveChanges=False)


@contextmanager
def _quiet_excel(book: xw.Book) -> Iterator[None]:
    """Let Excel open a file without drawing, calculating, asking, or running anybody's macros; all is put back."""
    app = book.app.api
    seen: dict[str, object] = {"ScreenUpdating": False, "EnableEvents": False}
    unasked: dict[str, object] = {"DisplayAlerts": False, "AutomationSecurity": _NO_MACROS, "Calculation": _MANUAL}

    def hold(name: str, value: object) -> None:
        restore.callback(setattr, app, name, getattr(app, name))
        setattr(app, name, value)

    # Put back in reverse order: the user's book is in front again before the screen is drawn.
    with ExitStack() as restore:
        for name, value in seen.items():
            hold(name, value)
        restore.callback(book.api.Activate)
        for name, value in unasked.items():
            hold(name, value)
        yield


def _replace_formulas_by_values(app: Any, page: Any) -> None:
    """Replace what is calculated on a sheet by its values."""
    if page.FilterMode:
        page.ShowAllData()
    for number in range(1, page.ListObjects.Count + 1):
        table = page.ListObjects(number)
        if table.ShowAutoFilter and table.AutoFilter.FilterMode:
            table.AutoFilter.ShowAllData()
    used = page.UsedRange
    if not page.PivotTables().Count:
        _paste_values(used)
    elif used.HasFormula is not False:
        for cell in used.SpecialCells(_FORMULAS).Cells:  # a pivot table takes no pasting; it holds no formulas either
            if cell.HasFormula:
                _paste_values(_find_formula_area(cell))
    app.CutCopyMode = False


def _paste_values(area: Any) -> None:
    area.Copy()
    area.PasteSpecial(Paste=_VALUES)


def _find_formula_area(cell: Any) -> Any:
    """Return the cells that get their values from the formula of this one."""
    if getattr(cell, "HasSpill", False):
        return cell.SpillParent.SpillingToRange
    return cell.CurrentArray if cell.HasArray else cell


def _drop_workbook_links(copy: Any) -> None:
    """Drop the names that call our functions, and every link to another workbook."""
    for number in range(copy.Names.Count, 0, -1):
        name = copy.Names(number)
        if _PREFIX in str(name.RefersTo).casefold():
            name.Delete()
    for link in copy.LinkSources(_EXCEL_LINKS) or ():
        copy.BreakLink(Name=link, Type=_EXCEL_LINKS)


def _open_book(book: xw.Book, name: str) -> Any:
    """Return the workbook of that name that is open in this Excel, None when there is none."""
    books = book.app.api.Workbooks
    held = (books(number) for number in range(1, books.Count + 1))
    return next((each for each in held if each.Name.casefold() == name.casefold()), None)


def _is_same_file(held: Any, path: Path) -> bool:
    return str(held.FullName).casefold() == str(path).casefold()


def _refuse_open_name(path: Path) -> Refusal:
    return Refusal(
        "unwritable",
        f"「{path.name}」という名前のブックが開いています。それを閉じてから、もう一度お試しください",
        f'a workbook called "{path.name}" is open; close it and try again',
    )
