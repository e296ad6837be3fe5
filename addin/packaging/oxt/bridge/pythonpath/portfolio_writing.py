"""What a button writes into the open document. Standard library and UNO."""

# mypy: ignore-errors
# (LibreOffice brings `uno`; no type checker outside of it can see the objects of a document.)

from datetime import datetime, timedelta

import portfolio_chart
from com.sun.star.lang import Locale
from com.sun.star.sheet.ValidationType import LIST
from portfolio_reading import DATE, LOGICAL, Reading, Refused

CONTENT = 1 | 2 | 4 | 16  # com.sun.star.sheet.CellFlags: VALUE, DATETIME, STRING, FORMULA
PATTERNS = {"day": "yyyy/mm/dd", "moment": "yyyy/mm/dd hh:mm", "truth": "BOOLEAN"}
WIDEST = 9000  # 1/100 mm: a new column of long sentences is wrapped rather than wider than this
ENGLISH = Locale("en", "US", "")  # our formats are written as Excel keeps them


class Writing(Reading):
    """The verbs that write cells: always values into a block of ours, an input table, or a named cell."""

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
        area = page.getCellRangeByPosition(0, 0, len(rows[0]) - 1, len(rows) - 1)
        self._put(area, rows)
        self._fit(area)

    def do_reshape(self, sheet, height):
        page = self._writable(self._page(sheet))
        old, table = self._table(page)
        at = old.RangeAddress
        bottom = at.StartRow + height - 1
        area = page.getCellRangeByPosition(at.StartColumn, at.StartRow, at.EndColumn, bottom)
        if self._covers_others(area, old):
            raise Refused("below", sheet)
        if bottom > at.EndRow:
            self._lengthen(page, at, bottom)
        elif bottom < at.EndRow:
            page.getCellRangeByPosition(at.StartColumn, bottom + 1, at.EndColumn, at.EndRow).clearContents(CONTENT)
        if table is not None:
            table.setDataArea(area.RangeAddress)

    def do_put_rows(self, sheet, row, column, rows):
        page = self._writable(self._page(sheet))
        right, bottom = column + len(rows[0]) - 2, row + len(rows) - 2
        plain = [[None if isinstance(cell, dict) and "f" in cell else cell for cell in line] for line in rows]
        self._put(page.getCellRangeByPosition(column - 1, row - 1, right, bottom), plain)
        for down, line in enumerate(rows, row - 1):
            for across, cell in enumerate(line, column - 1):
                if isinstance(cell, dict) and "f" in cell:
                    self._type(page.getCellByPosition(across, down), cell["f"])

    def _type(self, cell, formula):
        """Type a formula; one in braces is an array formula."""
        if formula.startswith("{"):
            cell.setArrayFormula(formula[1:-1])
        else:
            cell.setFormula(formula)

    def do_remove(self, sheet):
        self._page(sheet)
        self.document.Sheets.removeByName(sheet)

    def do_offer(self, mark, row, column, count, source):
        """Let cells be chosen from a list that stands in the same block; other words may be typed."""
        area = self._known(mark)
        first, at, length = source
        offered = area.getCellRangeByPosition(at, first, at, first + length - 1)
        cells = area.getCellRangeByPosition(column, row, column, row + count - 1)
        validation = cells.Validation
        validation.Type = LIST
        validation.ShowList = 1  # com.sun.star.sheet.TableValidationVisibility.UNSORTED
        validation.ShowErrorMessage = False
        validation.IgnoreBlankCells = True
        validation.setFormula1(offered.AbsoluteName)
        cells.Validation = validation

    def _lengthen(self, page, at, bottom):
        """Give the rows below a table all that its last row has: formats, validation, conditional formats, content."""
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

    def do_fit_print(self, sheet):
        page = self._page(sheet)
        areas = list(page.getPrintAreas())
        bottom = self._used(page).RangeAddress.EndRow
        for area in areas:
            if any(other.StartRow > area.EndRow and _side_by_side(other, area) for other in areas):
                continue  # another one begins below it
            last = max(bottom, area.EndRow)
            cells = page.getCellRangeByPosition(area.StartColumn, area.StartRow, area.EndColumn, last).getDataArray()
            shown = [down for down, row in enumerate(cells) if any(map(_shows, row))]
            area.EndRow = area.StartRow + max(shown, default=0)
        page.setPrintAreas(tuple(areas))

    def do_chart(self, mark, kind, words, series):
        portfolio_chart.draw(self.document, self._known(mark), "chart of " + mark, kind, words, series)


def _side_by_side(one, other):
    """Return whether two areas share a column."""
    return one.StartColumn <= other.EndColumn and other.StartColumn <= one.EndColumn


def _shows(cell):
    """Return whether a cell's value is something to print: no blank, no refusal, no error."""
    return cell.strip() != "" and not cell.startswith("#") if isinstance(cell, str) else cell is not None


def _special(cell):
    """Return the kind of number format that a value needs, None for plain numbers and texts."""
    if isinstance(cell, dict):
        return "day" if cell["d"].endswith("T00:00:00") else "moment"
    return "truth" if isinstance(cell, bool) else None
