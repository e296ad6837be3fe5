"""The steps of a button on the open document. Runs in LibreOffice's own Python (3.8 or newer), standard library and UNO.

Each verb is a method `do_…` of `Document`; what it takes and returns is what `addin.calc.book` sends and expects. A date
crosses as `{"d": "2026-03-31T00:00:00"}`, an empty cell as null, a cell in error as its text.
"""

# mypy: ignore-errors
# (LibreOffice brings `uno`; no type checker outside of it can see the objects of a document.)

import os
import tempfile
from datetime import datetime, timedelta

import portfolio_chart
import portfolio_dialogs
import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.lang import Locale

CONTENT = 1 | 2 | 4 | 16  # com.sun.star.sheet.CellFlags: VALUE, DATETIME, STRING, FORMULA
FORMULA = 16
DATE, LOGICAL = 2, 1024  # com.sun.star.util.NumberFormat
PATTERNS = {"day": "yyyy/mm/dd", "moment": "yyyy/mm/dd hh:mm", "truth": "BOOLEAN"}
YEAR_1904 = 1904
WIDEST = 9000  # 1/100 mm: a new column of long sentences is wrapped rather than wider than this
FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML",
    ".xlsm": "Calc MS Excel 2007 VBA XML",
    ".ods": "calc8",
    ".csv": "Text - txt - csv (StarCalc)",
}
ENGLISH = Locale("en", "US", "")  # our formats are written as Excel keeps them


class Refused(Exception):
    """Something that the user can mend; the engine has the words for it."""

    def __init__(self, kind, about):
        super().__init__(kind)
        self.kind = kind
        self.about = about


def options(**values):
    """Return load and save options as UNO wants them."""
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


class Document:
    """The document in front when the button was pressed."""

    def __init__(self, context, frame, document):
        self.context = context
        self.frame = frame
        self.document = document
        self._held = []  # whether Calc calculated by itself, of each hold
        self._indicator = None

    def step(self, verb, args):
        """Do one verb and return the line to send back; never raises."""
        try:
            return {"value": getattr(self, "do_" + verb)(*args)}
        except Refused as refused:
            return {"error": refused.kind, "about": refused.about}
        except KeyError as error:
            return {"error": "missing", "about": str(error.args[0])}
        except Exception as error:  # noqa: BLE001 - whatever UNO throws: only its kind is told, a text might quote a cell
            return {"error": type(error).__name__}

    def leave(self):
        """Put back what a button that broke off has held."""
        while self._held:
            self.do_release()
        self.do_progress(None)

    # ---- what there is

    def do_path(self):
        return uno.fileUrlToSystemPath(self.document.URL) if self.document.URL.startswith("file:") else None

    def do_date1904(self):
        return self.document.NullDate.Year == YEAR_1904

    def do_sheets(self):
        return list(self.document.Sheets.ElementNames)

    def _page(self, sheet):
        if not self.document.Sheets.hasByName(sheet):
            raise KeyError(sheet)
        return self.document.Sheets.getByName(sheet)

    def _writable(self, page):
        if page.isProtected():
            raise Refused("protected", page.Name)
        return page

    def _named(self, name):
        """Return the cells of a defined name; None when it is not there or its cells were deleted."""
        names = self.document.NamedRanges
        return names.getByName(name).getReferredCells() if names.hasByName(name) else None

    def _known(self, name):
        area = self._named(name)
        if area is None:
            raise KeyError(name)
        return area

    # ---- reading

    def do_read(self, sheet):
        page = self._page(sheet)
        area, _ = self._table(page)
        return self._block(area)

    def do_block(self, mark):
        area = self._named(mark)
        return None if area is None else self._block(area)

    def _block(self, area):
        rows = self._cells(area)
        if all(cell is None for row in rows for cell in row):
            return None
        at = area.RangeAddress
        return {"sheet": area.Spreadsheet.Name, "rows": rows, "at": [at.StartRow + 1, at.StartColumn + 1]}

    def _table(self, page):
        """Return the cells of the sheet's first database range with what was typed right below it, and the range.

        Without such a range: all that is used of the sheet, and None.
        """
        ranges, here = self.document.DatabaseRanges, page.RangeAddress.Sheet
        found = [ranges.getByName(name) for name in ranges.ElementNames]
        found = [each for each in found if each.DataArea.Sheet == here]
        used = self._used(page)
        if not found:
            return used, None
        first = min(found, key=lambda each: (each.DataArea.StartRow, each.DataArea.StartColumn))
        at, end = first.DataArea, first.DataArea.EndRow
        if used.RangeAddress.EndRow > end:
            below = page.getCellRangeByPosition(at.StartColumn, end + 1, at.EndColumn, used.RangeAddress.EndRow)
            for row in below.getDataArray():
                if all(cell == "" for cell in row):
                    break
                end += 1
        return page.getCellRangeByPosition(at.StartColumn, at.StartRow, at.EndColumn, end), first

    def _used(self, page):
        cursor = page.createCursor()
        cursor.gotoStartOfUsedArea(False)
        start = cursor.RangeAddress
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        return page.getCellRangeByPosition(start.StartColumn, start.StartRow, end.EndColumn, end.EndRow)

    def _cells(self, area):
        """Return the cells as rows: numbers, texts, dates, None for an empty one, the text of an error."""
        rows = [list(row) for row in area.getDataArray()]
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is None:  # in error
                    row[column] = area.getCellByPosition(column, number).String
                elif cell == "":
                    row[column] = None
        top, left = area.RangeAddress.StartRow, area.RangeAddress.StartColumn
        groups = area.getUniqueCellFormatRanges()
        for group in (groups.getByIndex(place) for place in range(groups.Count)):
            kind = self.document.NumberFormats.getByKey(group.NumberFormat).Type
            if not kind & (DATE | LOGICAL):
                continue
            for part in group.RangeAddresses:
                for row in rows[part.StartRow - top : part.EndRow - top + 1]:
                    for column in range(part.StartColumn - left, part.EndColumn - left + 1):
                        if isinstance(row[column], float):
                            row[column] = self._day(row[column]) if kind & DATE else bool(row[column])
        return rows

    def _epoch(self):
        null = self.document.NullDate
        return datetime(null.Year, null.Month, null.Day)  # noqa: DTZ001 - a sheet's dates have no time zone

    def _day(self, serial):
        try:
            return {"d": (self._epoch() + timedelta(seconds=round(serial * 86400))).isoformat()}
        except OverflowError:
            return serial

    def do_named(self, name):
        area = self._named(name)
        if area is None:
            return None
        cell = area.getCellByPosition(0, 0)
        return {"value": self._cells(cell)[0][0], "is_formula": cell.Type.value == "FORMULA"}

    def do_selected(self):
        chosen = self.document.CurrentSelection
        if chosen is None:
            return None
        if chosen.supportsService("com.sun.star.sheet.SheetCellRanges"):
            areas = [chosen.getByIndex(place) for place in range(chosen.Count)]
        elif chosen.supportsService("com.sun.star.sheet.SheetCellRange"):
            areas = [chosen]
        else:
            return None
        page, first = areas[0].Spreadsheet, areas[0].RangeAddress
        used = self._used(page).RangeAddress
        found = {"sheet": page.Name, "cells": [], "lines": [], "first_row": max(first.StartRow, used.StartRow) + 1}
        found["column"] = max(first.StartColumn - used.StartColumn, 0)
        for at in (area.RangeAddress for area in areas):
            top, bottom = max(at.StartRow, used.StartRow), min(at.EndRow, used.EndRow)
            left, right = max(at.StartColumn, used.StartColumn), min(at.EndColumn, used.EndColumn)
            if top <= bottom and left <= right:
                lines = self._cells(page.getCellRangeByPosition(used.StartColumn, top, used.EndColumn, bottom))
                found["lines"] += lines
                found["cells"] += [line[left - used.StartColumn : right - used.StartColumn + 1] for line in lines]
        return found

    # ---- writing

    def do_write(self, mark, sheet, rows, formats):
        previous = self._named(mark)
        if previous is None:
            page = self._room(sheet)
            if page is None:
                return False
            column = row = 0
        else:
            page, at = self._writable(previous.Spreadsheet), previous.RangeAddress
            column, row = at.StartColumn, at.StartRow
        area = page.getCellRangeByPosition(column, row, column + len(rows[0]) - 1, row + len(rows) - 1)
        if previous is not None:
            if self._covers_others(area, previous):
                return False
            previous.clearContents(CONTENT)
            bottom = area.RangeAddress.EndRow
            if bottom > at.EndRow > at.StartRow:
                self._lengthen(page, at, bottom)
        for place, pattern in enumerate(formats if previous is None else ()):
            if pattern:
                area.getCellRangeByPosition(place, 0, place, len(rows) - 1).NumberFormat = self._format(pattern)
        self._put(area, rows)
        self._name(mark, area)
        if previous is None:
            self._fit(area)
        return True

    def _room(self, sheet):
        """Return the sheet of that name, made at the end where there is none; None when it holds something else."""
        pages = self.document.Sheets
        if not pages.hasByName(sheet):
            pages.insertNewByName(sheet, pages.Count)
            return pages.getByName(sheet)
        page = self._writable(pages.getByName(sheet))
        return page if self._is_empty(self._used(page)) else None

    def _is_empty(self, area):
        return area.queryContentCells(CONTENT).Count == 0

    def _covers_others(self, area, previous):
        """Return whether a block that became larger would cover cells that are not its own."""
        new, old, page = area.RangeAddress, previous.RangeAddress, area.Spreadsheet
        parts = []
        if new.EndRow > old.EndRow:
            parts.append((new.StartColumn, old.EndRow + 1, new.EndColumn, new.EndRow))
        if new.EndColumn > old.EndColumn:
            parts.append((old.EndColumn + 1, new.StartRow, new.EndColumn, min(new.EndRow, old.EndRow)))
        return not all(self._is_empty(page.getCellRangeByPosition(*part)) for part in parts)

    def _put(self, area, rows):
        """Write rows; a text is taken as text whatever it looks like, a date gets a date's format where it has none."""
        area.setDataArray(tuple(tuple(map(self._raw, row)) for row in rows))
        for column in range(len(rows[0])):
            kinds = [_special(row[column]) for row in rows]
            start = 0
            while start < len(kinds):
                end = start
                while end + 1 < len(kinds) and kinds[end + 1] == kinds[start]:
                    end += 1
                if kinds[start] is not None:
                    self._dress(area.getCellRangeByPosition(column, start, column, end), kinds[start])
                start = end + 1

    def _raw(self, cell):
        if cell is None:
            return ""
        if isinstance(cell, dict):
            return (datetime.fromisoformat(cell["d"]) - self._epoch()) / timedelta(days=1)
        return cell if isinstance(cell, str) else float(cell)

    def _dress(self, area, kind):
        """Give cells the number format of dates (or truth values) unless theirs, the user's own, is one already."""
        wanted = LOGICAL if kind == "truth" else DATE
        groups = area.getUniqueCellFormatRanges()
        for group in [groups.getByIndex(place) for place in range(groups.Count)]:
            if not self.document.NumberFormats.getByKey(group.NumberFormat).Type & wanted:
                group.NumberFormat = self._format(PATTERNS[kind])

    def _format(self, pattern):
        formats = self.document.NumberFormats
        key = formats.queryKey(pattern, ENGLISH, False)
        return formats.addNew(pattern, ENGLISH) if key == -1 else key

    def _name(self, name, area):
        names, content = self.document.NamedRanges, area.AbsoluteName
        if names.hasByName(name):
            names.getByName(name).setContent(content)
        else:
            names.addNewByName(name, content, area.getCellByPosition(0, 0).CellAddress, 0)

    def _fit(self, area):
        for place in range(area.Columns.Count):
            column = area.Columns.getByIndex(place)
            column.OptimalWidth = True
            if column.Width > WIDEST:
                column.Width = WIDEST
                wrapped = area.getCellRangeByPosition(place, 0, place, area.Rows.Count - 1)
                wrapped.IsTextWrapped = True
        area.Rows.OptimalHeight = True

    def do_fill(self, sheet, rows):
        pages = self.document.Sheets
        if not pages.hasByName(sheet):
            pages.insertNewByName(sheet, pages.Count)
        page = self._writable(pages.getByName(sheet))
        old, table = self._table(page)
        at = old.RangeAddress
        right, bottom = at.StartColumn + len(rows[0]) - 1, at.StartRow + len(rows) - 1
        area = page.getCellRangeByPosition(at.StartColumn, at.StartRow, right, bottom)
        if self._covers_others(area, old):
            raise Refused("below", sheet)
        old.clearContents(CONTENT)
        if bottom > at.EndRow > at.StartRow:
            self._lengthen(page, at, bottom)
        self._put(area, rows)
        if table is not None:
            table.setDataArea(area.RangeAddress)

    def _lengthen(self, page, at, bottom):
        """Give the rows below a table all that its last row has: formats, validation, conditional formats."""
        row = at.EndRow + 1
        while row <= bottom:
            count = min(row - at.EndRow, bottom - row + 1)  # each time as many rows as are there already
            last = at.EndRow + count - 1
            source = page.getCellRangeByPosition(at.StartColumn, at.EndRow, at.EndColumn, last)
            page.copyRange(page.getCellByPosition(at.StartColumn, row).CellAddress, source.RangeAddress)
            row += count

    def do_put_at(self, sheet, row, column, value):
        page = self._writable(self._page(sheet))
        self._put(page.getCellRangeByPosition(column - 1, row - 1, column - 1, row - 1), [[value]])

    def do_put(self, name, value):
        area = self._known(name)
        self._writable(area.Spreadsheet)
        self._put(area.getCellRangeByPosition(0, 0, 0, 0), [[value]])

    def do_define(self, name, mark, row, column):
        self._name(name, self._known(mark).getCellByPosition(column, row))

    def do_formulas(self, sheet, word):
        """Return the formulas that hold a word: each with its place (column, row, last column, last row, is it an array)."""
        page, found, arrays = self._page(sheet), [], set()
        formulas = page.queryFormulaCells(1 | 2 | 4)
        for area in (formulas.getByIndex(place) for place in range(formulas.Count)):
            at = area.RangeAddress
            for row, line in enumerate(area.getFormulaArray(), at.StartRow):
                for column, text in enumerate(line, at.StartColumn):
                    if word not in text.upper():
                        continue
                    place = [column, row, column, row, text.startswith("{")]
                    if place[-1]:
                        place = self._array_at(page, column, row)
                        text = text[1:-1]
                    if tuple(place) not in arrays:
                        found.append([place, text])
                    if place[-1]:
                        arrays.add(tuple(place))
        return found

    def _array_at(self, page, column, row):
        cursor = page.createCursorByRange(page.getCellByPosition(column, row))
        cursor.collapseToCurrentArray()
        at = cursor.RangeAddress
        return [at.StartColumn, at.StartRow, at.EndColumn, at.EndRow, True]

    def do_rewrite(self, sheet, changed):
        """Type formulas anew; return how many, and how many could not be."""
        page = self._page(sheet)
        if page.isProtected():
            return [0, len(changed)]
        for (left, top, right, bottom, is_array), formula in changed:
            area = page.getCellRangeByPosition(left, top, right, bottom)
            if is_array:
                area.setArrayFormula(formula)
            else:
                area.getCellByPosition(0, 0).setFormula(formula)
        return [len(changed), 0]

    def do_calculate(self, name):
        """Calculate everything: a formula that is not due has no other way than to be typed anew, which changes it."""
        self._known(name)
        self.document.calculateAll()

    def do_chart(self, mark, kind, words, series):
        portfolio_chart.draw(self.document, self._known(mark), "chart of " + mark, kind, words, series)

    # ---- the window

    def do_show(self, sheet, row, column):
        controller, page = self.document.CurrentController, self._page(sheet)
        page.IsVisible = True
        controller.setActiveSheet(page)
        controller.select(page.getCellByPosition(column - 1, row - 1))

    def do_hold(self):
        self._held.append(self.document.isAutomaticCalculationEnabled())
        self.document.lockControllers()
        self.document.enableAutomaticCalculation(False)

    def do_release(self):
        automatic = self._held.pop()
        try:
            self.document.enableAutomaticCalculation(automatic)
        finally:
            self.document.unlockControllers()

    def do_progress(self, text):
        if text is None:
            if self._indicator is not None:
                self._indicator.end()
            self._indicator = None
        elif self._indicator is None:
            self._indicator = self.frame.createStatusIndicator()
            self._indicator.start(text, 1)
        else:
            self._indicator.setText(text)

    def _dialogs(self):
        return portfolio_dialogs.Dialogs(self.context, self.frame)

    def do_message(self, title, text, trouble):
        self._dialogs().message(title, text, trouble)

    def do_ask(self, title, question, suggestion):
        return self._dialogs().ask(title, question, suggestion)

    def do_confirm(self, title, question):
        return self._dialogs().confirm(title, question)

    def _folder(self):
        path = self.do_path()
        return os.path.dirname(path) if path else os.path.expanduser("~")

    def do_choose_file(self, title, endings):
        return self._dialogs().choose_file(title, endings, self._folder())

    def do_choose_place(self, title, suggestion):
        return self._dialogs().choose_place(title, suggestion, self._folder())

    # ---- files

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


def _special(cell):
    """Return the kind of number format that a value needs, None for plain numbers and texts."""
    if isinstance(cell, dict):
        return "day" if cell["d"].endswith("T00:00:00") else "moment"
    return "truth" if isinstance(cell, bool) else None
