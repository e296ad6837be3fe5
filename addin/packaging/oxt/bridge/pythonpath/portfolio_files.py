"""Copies of the open document, and other files. Standard library and UNO."""

# mypy: ignore-errors
# (LibreOffice brings `uno`; no type checker outside of it can see the objects of a document.)

import os
import tempfile

import uno
from com.sun.star.beans import PropertyValue
from portfolio_reading import Refused

FORMULA = 16  # com.sun.star.sheet.CellFlags
FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML",
    ".xlsm": "Calc MS Excel 2007 VBA XML",
    ".ods": "calc8",
    ".csv": "Text - txt - csv (StarCalc)",
}


def options(**values):
    """Return load and save options as UNO wants them."""
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


class Files:
    """The verbs that save and open files; mixed into `portfolio_book.Document`."""

    def do_save_copy(self, path):
        self._store(self.document, path)

    def _store(self, document, path):
        ending = os.path.splitext(path)[1].lower()
        if ending not in FILTERS or not os.path.isdir(os.path.dirname(path) or "."):
            raise Refused("save", path)
        try:
            url = uno.systemPathToFileUrl(os.path.abspath(path))
            document.storeToURL(url, options(FilterName=FILTERS[ending], Overwrite=True))
        except uno.getClass("com.sun.star.io.IOException") as error:
            raise Refused("save", path) from error

    def _load(self, path, target, **further):
        desktop = self.context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)
        url = uno.systemPathToFileUrl(os.path.abspath(path))
        return desktop.loadComponentFromURL(url, target, 0, options(**further))

    def do_save_values(self, path):
        """Turn a copy's formulas into what they show; the workbook itself is not touched, not even for a moment."""
        with tempfile.TemporaryDirectory() as folder:
            held = os.path.join(folder, "copy.ods")
            self._store(self.document, held)
            copy = self._load(held, "_blank", Hidden=True, MacroExecutionMode=0, UpdateDocMode=0)
            try:
                copy.enableAutomaticCalculation(False)
                for page in copy.Sheets:
                    if page.isProtected():
                        page.unprotect("")  # there is no harm in it: the copy is ours
                    self._freeze(self._writable(page))
                names = copy.NamedRanges
                for name in names.ElementNames:
                    content = names.getByName(name).Content.upper()
                    if "PORTFOLIO_" in content or "CUSTOMERPORTFOLIO." in content:
                        names.removeByName(name)
                self._store(copy, path)
            finally:
                copy.close(True)

    def _freeze(self, page):
        """Replace every formula of a sheet by its value."""
        formulas = page.queryFormulaCells(1 | 2 | 4)  # com.sun.star.sheet.FormulaResult: VALUE, STRING, ERROR
        shown = []
        for place in range(formulas.Count):
            area = formulas.getByIndex(place)
            data = [list(row) for row in area.getDataArray()]
            for number, row in enumerate(data):
                for column, cell in enumerate(row):
                    if cell is None:
                        row[column] = area.getCellByPosition(column, number).String
            shown.append((area, data))
        # All at once: an array formula cannot be taken away in parts.
        self._used(page).clearContents(FORMULA)
        for area, data in shown:
            area.setDataArray(tuple(map(tuple, data)))

    def do_open(self, path):
        if not os.path.isfile(path) or self._load(path, "_default") is None:
            raise Refused("open", path)

    def do_reveal(self, path):
        if not self._dialogs().reveal(path):
            raise Refused("reveal", path)
