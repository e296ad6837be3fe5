"""What every output sheet shares: the workbook under construction, its data, the run and how a sheet begins.

A workbook is filled (the sample) or empty (the template). The sheets are written by the same code: an empty stage asks
nothing and writes every formula behind a condition, so that a cell stays blank until `PF_RUN` names a run, with room
for the answers to come.

Decision 0190: why sheets wait for a run.
Decision 0221: why a reason stands once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell  # type: ignore[import-untyped]

from engine.definition.definition import load_definition
from workbooks.inputs.tables import ROOM, TABLE_NAMES
from workbooks.style.formulas import Formula, Pen, Ref, ask, call
from workbooks.style.look import COLOURS, page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from engine.definition.definition import Definition
    from engine.language.errors import Text
    from workbooks.sample.sample import Sample
    from workbooks.style.look import Looks, Workbook

GROWTH: Final = ROOM["customers"]  # customers that the sheets of an empty workbook have room for
CUSTOMERS: Final = ("ポートフォリオ表", 5)  # the sheet of the customers of the run, and the row (from 0) of the first
HEAD: Final = (0, 2)  # rows of title, note and run: they stand on every printed page
OVERFLOW: Final = "PF_OVERFLOW"  # the cell that says when a run has more customers than the sheets have room for
LEFT: Final = 1  # column A is a margin
ROW: Final = 19  # points
TOP: Final = 3  # first row below title and note


@dataclass(frozen=True, slots=True)
class Stage:
    """A workbook under construction.

    Parameters
    ----------
    workbook, looks
        The workbook and its formats.
    sample
        The data; of an empty workbook the tables with their blank rows.
    run
        The named cell `PF_RUN` and the handle in it.
    filled
        Whether formula cells carry their answers (see `workbooks.style.formulas.Pen`).
    empty
        Whether this is a template: nothing is asked, and every formula waits for a run.
    definition
        The definition on the sheet 設定; the built-in one when None.
    """

    workbook: Workbook
    looks: Looks
    sample: Sample
    run: Ref
    filled: bool
    empty: bool = False
    definition: Definition | None = None

    @property
    def customers(self) -> int:
        """How many customers there is room for: those of the sample, or those that an empty workbook may come to."""
        return GROWTH if self.empty else len(self.sample.sheets["customers"].rows)

    @property
    def rules(self) -> Definition:
        """The definition on the sheet 設定."""
        return self.definition or load_definition()

    def ask(
        self,
        name: str,
        *arguments: Ref | str | float | None,
        room: tuple[int, int] = (1, 1),
        run: bool = True,
        when: str | None = None,
    ) -> Formula:
        """Return the formula that calls a worksheet function with the run, and its answer.

        Parameters
        ----------
        name, arguments
            As in `workbooks.style.formulas.ask`.
        room
            Rows and columns to set aside in an empty workbook; Calc shows no more than that, Excel spills freely.
        run
            Whether to pass the run where the function takes it.
        when
            A condition in the sheet's language, such as `COUNTA($C$5:$C$9)>0`, without which the cell stays blank.
            An empty workbook always waits for a run as well.
        """
        handle = self.run if run else None
        if not self.empty:
            found = ask(name, *arguments, run=handle)
            return found if when is None else Formula(f'=IF({when},{found.text[1:]},"")', found.block)
        return self.later(call(name, *arguments, run=handle), room=room, when=when)

    def later(self, text: str, *, room: tuple[int, int] = (1, 1), when: str | None = None) -> Formula:
        """Return a formula that stays blank until there is a run (and `when` holds), with blank room for its answer."""
        waits = f'LEFT({self.run.text},3)="PF-"'
        condition = waits if when is None else f"IF({waits},{when},FALSE)"
        rows, columns = room
        return Formula(f'=IF({condition},{text[1:]},"")', [[""] * columns for _ in range(rows)])

    def names(self) -> str:
        """Return the cells of the customers' names as the source of a list to choose from: those of the run."""
        sheet, first = CUSTOMERS
        area = xl_range_abs(first, LEFT, first + self.customers - 1, LEFT)
        return f"={sheet}!{area}"

    def column(self, key: str) -> Ref:
        """Return a column of the customer table as a structured reference with its cells."""
        sheet = self.sample.sheets["customers"]
        header = sheet.header[sheet.keys.index(key)]
        return Ref(f"{TABLE_NAMES['customers']}[{header}]", [[cell] for cell in sheet.column(key)])


def begin(
    stage: Stage,
    name: str,
    title: Text,
    note: Text,
    widths: Sequence[float],
    rows: tuple[int, int] = HEAD,
    *,
    run: bool = True,
) -> Pen:
    """Add an output sheet with title and note, no grid lines, set up for printing; return the pen that writes on it.

    Parameters
    ----------
    stage
        The workbook.
    name
        The sheet's name.
    title, note
        Shown in Japanese, then in English.
    widths
        Widths of the columns from B on.
    rows
        Rows to repeat on each printed page.
    run
        Whether the third row says which run the sheet shows.
    """
    sheet = stage.workbook.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_tab_color(COLOURS["accent"])
    sheet.set_default_row(ROW)
    sheet.set_column(0, 0, 2)
    for at, width in enumerate(widths, start=LEFT):
        sheet.set_column(at, at, width, stage.looks.make())
    sheet.set_row(0, 30)
    muted = stage.looks.make(font_size=10, font_color=COLOURS["muted"])
    sheet.write_rich_string(0, LEFT, stage.looks.title, title.ja, muted, f"   {title.en}", stage.looks.title)
    sheet.write_string(1, LEFT, f"{note.ja}  {note.en}", stage.looks.note)
    page(sheet, rows=rows)
    sheet.freeze_panes(TOP, 0)
    pen = Pen(sheet, stage.looks, (2, *widths), filled=stage.filled, empty=stage.empty)
    if run:
        _write_run_line(stage, pen)
    return pen


def _write_run_line(stage: Stage, pen: Pen) -> None:
    """Write as-of date and run under the note; without a run, what to do.

    It stands in the sheet and not in the footer: a footer is fixed text, and would name a run that was long replaced.
    """
    handle = stage.run.text
    told = f'"基準日 "&TEXT(PORTFOLIO_STATUS("基準日",{handle}),"yyyy/mm/dd")&"  実行ID "&{handle}'
    shown: str = ""
    if stage.empty:
        told = (
            f'IF(LEFT({handle},3)="PF-",{told}&IF({OVERFLOW}="","","  "&{OVERFLOW}),IF({handle}="",'
            f'"まだ採点されていません。顧客を入力して「更新」を押してください  Enter customers and press Refresh",{handle}))'
        )
    else:
        day = cast("date", ask("PORTFOLIO_STATUS", "基準日", run=stage.run).single)
        shown = f"基準日 {day:%Y/%m/%d}  実行ID {stage.run.value}"
    pen.run = shown
    pen.one(2, LEFT, Formula(f"={told}", [[shown]]), "text", grid=False, indent=0, font_color=COLOURS["accent"])


def head_again(pen: Pen, title: str, at: int) -> None:
    """Say title and run above an area from column `at` on that is printed on pages of its own."""
    pen.sheet.write_string(0, at, title, pen.looks.title)
    told = xl_rowcol_to_cell(2, LEFT, row_abs=True, col_abs=True)
    shown = Formula(f"={told}", [[pen.run]])
    # Merged: Calc does not let a text in a repeated row run over into the next columns.
    pen.sheet.merge_range(2, at, 2, at + 3, "", pen.looks.cell("text", grid=False))
    pen.one(2, at, shown, "text", grid=False, indent=0, font_color=COLOURS["accent"])


def heading(pen: Pen, row: int, width: int, title: Text, at: int = LEFT, block: tuple[int, int] | None = None) -> int:
    """Write the heading of a block over `width` columns from `at` on, and return the row below it.

    In a waiting workbook it also says why the block has no answer, where it has none: the block's own cells are too
    narrow for a sentence. `block` is the block's first cell, when that is not the one below the heading.
    """
    told, form = f"{title.ja}  {title.en}", pen.looks.heading
    if pen.empty:
        lead = xl_rowcol_to_cell(*(block or (row + 1, at)), row_abs=True, col_abs=True)
        reason = f'IF(LEFT({lead},3)="#PF","   ―  "&MID({lead},5,300),"")'
        pen.sheet.write_formula(row, at, f'="{told}"&{reason}', form, told)
    else:
        pen.sheet.write_string(row, at, told, form)
    for column in range(at + 1, at + width):
        pen.sheet.write_blank(row, column, None, form)
    pen.sheet.set_row(row, 22)
    return row + 1


def print_areas(stage: Stage, name: str, areas: Sequence[tuple[int, int, int, int]]) -> None:
    """Print each of `areas` (rows and columns from 0) on pages of its own; XlsxWriter's `print_area` takes one only."""
    told = ",".join(f"{name}!{xl_range_abs(*area)}" for area in areas)
    stage.workbook.define_name(f"{name}!_xlnm.Print_Area", f"={told}")
