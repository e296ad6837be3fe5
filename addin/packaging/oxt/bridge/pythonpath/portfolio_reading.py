"""What a button reads off the open document. Standard library and UNO."""

# mypy: ignore-errors
# (LibreOffice brings `uno`; no type checker outside of it can see the objects of a document.)

from datetime import datetime, timedelta

import uno

DATE, LOGICAL = 2, 1024  # com.sun.star.util.NumberFormat
YEAR_1904 = 1904


class Refused(Exception):
    """Something that the user can mend; the engine has the words for it."""

    def __init__(self, kind, about):
        super().__init__(kind)
        self.kind = kind
        self.about = about


class Reading:
    """The verbs that change nothing.

    Parameters
    ----------
    document
        The spreadsheet document.
    """

    def __init__(self, document):
        self.document = document

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

    def do_read(self, sheet):
        page = self._page(sheet)
        area, _ = self._table(page)
        return self._block(area)

    def do_contents(self, sheet):
        """Return what was typed: as `do_read`, a formula as itself."""
        area, _ = self._table(self._page(sheet))
        block = self._block(area)
        if block is None:
            return None
        top, left = area.RangeAddress.StartRow, area.RangeAddress.StartColumn
        formulas = area.queryFormulaCells(1 | 2 | 4)  # com.sun.star.sheet.FormulaResult: VALUE, STRING, ERROR
        for part in (formulas.getByIndex(place) for place in range(formulas.Count)):
            at = part.RangeAddress
            for row, line in enumerate(part.getFormulaArray(), at.StartRow - top):
                for column, text in enumerate(line, at.StartColumn - left):
                    block["rows"][row][column] = {"f": text}
        return block

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
