"""Formulas with their answers: what stands in a cell, and what a viewer without the add-in sees there.

Calc does not spill, so a formula over many customers is written as one array formula with its full extent; Excel 365
reads the same formula as a dynamic array, because the file says so. The answers come from `addin.functions.cells.answer`, the
very door through which both spreadsheets ask.

Decision 0050: why a column is one array formula with its answers stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]

from addin.functions import cells, registry
from workbooks.style.look import COLOURS, UNITS, height_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbooks.style.look import Format, Kind, Looks, Worksheet

EPOCH: Final = date(1899, 12, 30)  # day 0 of a sheet
ROOMY: Final = 35.0  # points, two lines: what a row of a text still to come is given
STRONG: Final = {"bold": True, "font_color": COLOURS["accent"], "bg_color": COLOURS["tint"]}


@dataclass(frozen=True, slots=True)
class Ref:
    """What a formula points at: its text in the sheet, such as `$B$4` or `顧客表[#All]`, and the value there."""

    text: str
    value: object


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and its answer as rows of cells; a single answer is a block of one cell."""

    text: str
    block: cells.Block

    @property
    def single(self) -> cells.Cell:
        """The first cell of the answer."""
        return self.block[0][0]


def ask(name: str, *arguments: Ref | str | float | None, run: Ref | None = None) -> Formula:
    """Return the formula that calls the worksheet function `name`, with its answer.

    Parameters
    ----------
    name
        Such as `PORTFOLIO_SCORE`.
    arguments
        References, words, numbers, or None for an argument that is left out.
    run
        The run, put where the function takes it.

    Raises
    ------
    ValueError
        When the answer is a refusal: a workbook that shows `#PF` is not to be made.
    """
    given = _append_run_argument(name, arguments, run)
    answer = cells.answer(name, [each.value if isinstance(each, Ref) else each for each in given])
    block = answer if isinstance(answer, list) else [[answer]]
    text = call(name, *given)
    refused = [cell for row in block for cell in row if isinstance(cell, str) and cell.startswith("#PF")]
    if refused:
        raise ValueError(f"{text}: {refused[0]}")
    return Formula(text, block)


def call(name: str, *arguments: Ref | str | float | None, run: Ref | None = None) -> str:
    """Return the text of the formula that calls the worksheet function `name`, which is not asked."""
    return f"={name}({','.join(_write_formula_argument(each) for each in _append_run_argument(name, arguments, run))})"


def _append_run_argument(
    name: str, arguments: Sequence[Ref | str | float | None], run: Ref | None
) -> list[Ref | str | float | None]:
    given = list(arguments)
    if run is not None:
        place = [each.kind for each in registry.find(name).arguments].index("run")
        given += [None] * (place - len(given)) + [run]
    return given


def _write_formula_argument(argument: Ref | str | float | None) -> str:
    if argument is None:
        return ""
    if isinstance(argument, float):
        return f"{argument:g}"
    return argument.text if isinstance(argument, Ref) else '"' + argument.replace('"', '""') + '"'


class Pen:
    """Writes formulas into a sheet.

    Parameters
    ----------
    sheet, looks
        Where to write, and the formats.
    widths
        Widths of the sheet's columns, from A on.
    filled
        Whether the answers are written beside the formulas. Without them every formula cell is empty until a
        spreadsheet with the add-in calculates it, which is what a test of that spreadsheet wants.
    empty
        Whether the answers are still to come: lines and headers are then drawn where something stands.
    """

    def __init__(
        self, sheet: Worksheet, looks: Looks, widths: Sequence[float], *, filled: bool, empty: bool = False
    ) -> None:
        self.sheet = sheet
        self.looks = looks
        self.widths = widths
        self.run = ""  # what the sheet says of its run
        self._filled = filled
        self.empty = empty

    def one(self, row: int, column: int, formula: Formula, kind: Kind, **properties: Any) -> None:
        """Write a formula with a single answer."""
        form = self.looks.cell(kind, **properties)
        self.sheet.write_formula(
            row, column, formula.text, form, _convert_stored_answer(formula.single) if self._filled else ""
        )

    def spread(
        self,
        row: int,
        column: int,
        formula: Formula,
        kinds: Sequence[Kind],
        *,
        header: bool = False,
        wrap: bool = False,
    ) -> int:
        """Write a formula with many answers over its full extent; return the row below it.

        Parameters
        ----------
        row, column
            The upper left cell.
        formula
            The formula and its answers.
        kinds
            The kind of each column; those beyond are text.
        header
            Whether the first row is a header.
        wrap
            Whether long texts are broken, in rows as high as they need: only Excel would find the height by itself.
        """
        block = formula.block
        bottom, right = row + len(block) - 1, column + len(block[0]) - 1

        def form(down: int, across: int) -> Format:
            if header and down == 0 and not self.empty:
                return self.looks.header
            kind = kinds[across] if across < len(kinds) else "text"
            return self.looks.cell(kind, grid=not self.empty, text_wrap=wrap)

        self.sheet.write_dynamic_array_formula(
            row, column, bottom, right, formula.text, form(0, 0), self._value(block[0][0])
        )
        for down, cells_ in enumerate(block):
            if wrap:
                tall = ROOMY if self.empty and down else height_of(cells_, self.widths[column:])
                self.sheet.set_row(row + down, tall)
            for across, cell in enumerate(cells_):
                if (down, across) != (0, 0):
                    self._put(row + down, column + across, self._value(cell), form(down, across))
        if len(block) > 1:
            self._dress((row, column, bottom, right), header=header)
        for across, kind in enumerate(kinds[: len(block[0])], start=column):
            if kind == "money" and len(block) > 1:
                self.in_units((row, across, bottom, across))
        return bottom + 1

    def _dress(self, area: tuple[int, int, int, int], *, header: bool) -> None:
        """Hide what a host that does not spill shows beyond a shorter answer; line what is yet to come."""
        row, column, bottom, right = area
        first = xl_rowcol_to_cell(row, column)
        add = self.looks.workbook.add_format
        nothing = add({"font_color": "#FFFFFF", "num_format": ";;;"})
        rule = {"type": "formula", "criteria": f"=ISNA({first})", "format": nothing, "stop_if_true": True}
        self.sheet.conditional_format(*area, rule)
        if not self.empty:
            return
        # Why there is no answer is one cell in Excel; other hosts fill the whole area with it. The heading says it.
        refused = f'LEFT({xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)},3)="#PF"'
        reason = {"type": "formula", "criteria": f"={refused}", "format": nothing, "stop_if_true": True}
        self.sheet.conditional_format(*area, reason)
        begun = row
        if header:
            begun = row + 1
            shown = add({"bold": True, "font_color": "#FFFFFF", "bg_color": COLOURS["accent"]})
            # Said again that there is an answer: not every host stops at the rule of a larger area.
            rule = {"type": "formula", "criteria": f"=AND(LEN({first})>0,NOT({refused}))", "format": shown}
            self.sheet.conditional_format(row, column, row, right, rule)
        line = add({"bottom": 1, "bottom_color": COLOURS["rule"]})
        lead = xl_rowcol_to_cell(begun, column, col_abs=True)
        rule = {"type": "formula", "criteria": f"=AND(LEN({lead})>0,NOT({refused}))", "format": line}
        self.sheet.conditional_format(begun, column, bottom, right, rule)

    def in_units(self, area: tuple[int, int, int, int]) -> None:
        """Show money of `area` in the unit chosen in the cell `PF_UNIT`, by number format: no value is divided."""
        first = xl_rowcol_to_cell(area[0], area[1])
        for unit, pattern in UNITS.items():
            form = self.looks.workbook.add_format({"num_format": pattern})
            criteria = f'=AND(PF_UNIT="{unit}",ISNUMBER({first}))'
            self.sheet.conditional_format(*area, {"type": "formula", "criteria": criteria, "format": form})

    def restyle(self, row: int, column: int, cell: cells.Cell, kind: Kind) -> None:
        """Give one cell of a spread answer another kind than its column has."""
        self._put(row, column, self._value(cell), self.looks.cell(kind, grid=not self.empty))

    def emphasise(self, area: tuple[int, int, int, int], words: Sequence[str], *, quiet: bool = False) -> None:
        """Let cells of `area` (rows and columns from 0) that show one of `words` stand out, or step back."""
        properties = {"font_color": COLOURS["muted"]} if quiet else STRONG
        form = self.looks.workbook.add_format(properties)
        for word in words:
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": form}
            self.sheet.conditional_format(*area, rule)

    def _value(self, cell: cells.Cell) -> str | float:
        return _convert_stored_answer(cell) if self._filled else ""

    def _put(self, row: int, column: int, value: str | float, form: Format) -> None:
        if isinstance(value, str):
            self.sheet.write_string(row, column, value, form)
        else:
            self.sheet.write_number(row, column, value, form)


def _convert_stored_answer(cell: cells.Cell) -> str | float:
    """Return an answer as the file stores it: text or number, days as serial numbers."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return (cell.date() - EPOCH).days
    if isinstance(cell, date):
        return (cell - EPOCH).days
    return cell
