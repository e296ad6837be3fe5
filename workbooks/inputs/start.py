"""The sheet はじめに: three steps, what the data answer, every sheet with a link, and where to turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.errors import Text
from workbooks.style.look import COLOURS, page
from workbooks.style.sheet_names import FILLED_IN
from workbooks.style.word_pages import LEFT, begin_page, texts, told, write_band, write_title, write_two

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbooks.style.look import Format, Looks, Workbook, Worksheet

START: Final = "はじめに"
WIDTHS: Final = (26, 40, 80)
STEP_HEIGHT, TWO_LINES, ONE_LINE = 40, 34, 18


def write_start(workbook: Workbook, looks: Looks, sheets: Sequence[str], *, template: bool) -> None:
    """Add はじめに.

    Parameters
    ----------
    workbook, looks
        The workbook and its formats.
    sheets
        The other sheets, in their order.
    template
        Whether the workbook is empty, to be filled in; else it holds the invented company.
    """
    sheet = begin_page(workbook, looks, START, WIDTHS)
    write_title(sheet, looks, told("start", "title"))
    lead = told("start", "lead")
    sheet.write_string(1, LEFT, lead.ja, looks.make(font_size=11))
    sheet.write_string(2, LEFT, lead.en, looks.note)
    row = _write_first_steps(sheet, looks, 4)
    row = _write_data_tiers(sheet, looks, row + 1)
    row = _write_sheet_links(
        sheet, looks, row + 1, told("words", "inputs"), [name for name in sheets if name in FILLED_IN]
    )
    row = _write_sheet_links(
        sheet, looks, row + 1, told("words", "outputs"), [name for name in sheets if name not in FILLED_IN]
    )
    row = _write_help_lines(sheet, looks, row + 1, sheets)
    _write_start_notes(sheet, looks, row + 1, template=template)
    page(sheet)


def _write_first_steps(sheet: Worksheet, looks: Looks, row: int) -> int:
    form = looks.make(text_wrap=True, bg_color=COLOURS["ground"], indent=1, bottom=1, bottom_color="#FFFFFF")
    head = looks.make(bold=True, font_size=13, font_color="#FFFFFF", bg_color=COLOURS["accent"], indent=1)
    for step in texts()["steps"]:
        sheet.write_string(row, LEFT, step["title"]["ja"], head)
        _write_wide_text(sheet, looks, row, Text(**step["text"]), form)
        sheet.set_row(row, STEP_HEIGHT)
        row += 1
    return row


def _write_wide_text(sheet: Worksheet, looks: Looks, row: int, text: Text, form: Format) -> None:
    """Write both languages over the two columns beside the label."""
    sheet.merge_range(row, LEFT + 1, row, LEFT + 2, "", form)
    write_two(sheet, looks, row, LEFT + 1, text, form)


def _write_data_tiers(sheet: Worksheet, looks: Looks, row: int) -> int:
    row = write_band(sheet, looks, row, told("words", "tiers"), len(WIDTHS))
    form = looks.cell("text", text_wrap=True)
    for tier in texts()["tiers"]:
        sheet.write_string(row, LEFT, tier["tier"], looks.label)
        write_two(sheet, looks, row, LEFT + 1, Text(**tier["needs"]), form)
        write_two(sheet, looks, row, LEFT + 2, Text(**tier["gives"]), form)
        sheet.set_row(row, TWO_LINES)
        row += 1
    return row


def _write_sheet_links(sheet: Worksheet, looks: Looks, row: int, title: Text, names: Sequence[str]) -> int:
    row = write_band(sheet, looks, row, title, len(WIDTHS))
    link = looks.make(font_color=COLOURS["accent"], underline=1, bottom=1, bottom_color=COLOURS["rule"], indent=1)
    form = looks.make(bottom=1, bottom_color=COLOURS["rule"])
    for name in names:
        text = told("sheets", name)
        sheet.write_url(row, LEFT, f"internal:'{name}'!A1", link, name)
        sheet.merge_range(row, LEFT + 1, row, LEFT + 2, "", form)
        sheet.write_rich_string(row, LEFT + 1, looks.make(), text.ja, looks.note, f"   {text.en}", form)
        sheet.set_row(row, ONE_LINE)
        row += 1
    return row


def _write_help_lines(sheet: Worksheet, looks: Looks, row: int, sheets: Sequence[str]) -> int:
    row = write_band(sheet, looks, row, told("words", "help"), len(WIDTHS))
    form = looks.cell("text", text_wrap=True)
    for each in texts()["help"]:
        sheet.write_string(row, LEFT, each["title"]["ja"], looks.label)
        _write_wide_text(sheet, looks, row, Text(**each["text"]), form)
        if each["sheet"] in sheets:
            at = LEFT + len(WIDTHS)
            link = looks.make(font_color=COLOURS["accent"], underline=1, align="right")
            sheet.set_column(at, at, 16, looks.make())
            sheet.write_url(row, at, f"internal:'{each['sheet']}'!A1", link, each["sheet"])
        sheet.set_row(row, TWO_LINES)
        row += 1
    sheet.write_string(row, LEFT, told("words", "owner").ja, looks.label)
    sheet.write_blank(row, LEFT + 1, None, looks.cell("text", bg_color=COLOURS["input"]))
    write_two(sheet, looks, row, LEFT + 2, told("words", "owner_text"), form)
    sheet.set_row(row, TWO_LINES)
    return row + 1


def _write_start_notes(sheet: Worksheet, looks: Looks, row: int, *, template: bool) -> None:
    row = write_band(sheet, looks, row, told("words", "notes"), len(WIDTHS))
    form = looks.make(text_wrap=True)
    own = told("notes_template" if template else "notes_sample")
    for note in (own, *(Text(**each) for each in texts()["notes"])):
        sheet.merge_range(row, LEFT, row, LEFT + 2, "", form)
        write_two(sheet, looks, row, LEFT, note, form)
        sheet.set_row(row, TWO_LINES)
        row += 1
