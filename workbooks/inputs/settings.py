"""The sheet 設定: the run, and the definition as rows that a planner can change."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from engine.definition.definition import Definition, load_definition
from engine.definition.rule_sentences import readable_rows
from engine.language.words import codes, text
from engine.reading.columns import TABLES
from workbooks.style.formulas import Ref, ask
from workbooks.style.look import COLOURS, height_of, page
from workbooks.style.rule_wording import choices_of, label_of, meaning_of
from workbooks.style.word_pages import LEFT, TOP, told, write_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.definition.definition_row import DefinitionRow
    from workbooks.sample.sample import Sample
    from workbooks.style.formulas import Formula
    from workbooks.style.look import Looks, Workbook, Worksheet

SETTINGS: Final = "設定"
SETTINGS_TABLE: Final = "設定表"
SETTINGS_HEADER: Final = ("項目", "値", "意味(標準の値)", "単位", "出典", "キー")
HEADER_ROW: Final = TOP + 3  # of the table on 設定, counted from 0
WIDTHS: Final = (38, 58, 54, 26, 44, 28)
BASE_SIZE, MUTED_SIZE = 10, 9
# The widths in characters of the base size: smaller letters find more room.
ROOM: Final = (*WIDTHS[:4], WIDTHS[4] * BASE_SIZE / MUTED_SIZE)
# What stands in the cell of a rule that has no sentence is JSON; what is seen is this, and the sentence beside it.
COVERED: Final = ';;;"(規則: 右の「意味」の内容。書き換えは数式バーで)"'


def definition_of(sample: Sample | None) -> Definition:
    """Return the built-in definition; the purpose is written as planners read it, the as-of date is the sample's."""
    purpose = text("purposes", str(load_definition().value("general.purpose"))).ja
    return Definition.from_rows([("general.as_of", sample.as_of if sample else ""), ("general.purpose", purpose)])


def definition_block(definition: Definition) -> list[list[object]]:
    """Return the definition as the 設定 table holds it, header first; `PORTFOLIO_RUN` reads its columns キー and 値."""
    rows = [
        [label_of(row), _read_setting_value(row), meaning_of(row, definition), row.unit.ja, row.source.ja, row.key]
        for row in readable_rows(definition)
    ]
    return [list(SETTINGS_HEADER), *rows]


def run_formula(inputs: Mapping[str, Ref], definition: Ref) -> Formula:
    """Return the formula of PF_RUN over every input table, so that the cells show the run of the report."""
    further = [inputs.get(name) for name in TABLES if name not in ("customers", "orders")]  # None: an argument left out
    while further and further[-1] is None:
        further.pop()
    return ask("PORTFOLIO_RUN", inputs["customers"], inputs["orders"], definition, *further)


def write_settings(
    workbook: Workbook, looks: Looks, definition: Definition, run: Formula | None, *, filled: bool
) -> None:
    """Add 設定: the run, and every entry of the definition with unit and source.

    Parameters
    ----------
    workbook, looks
        The workbook and its formats.
    definition
        What stands there.
    run
        The formula of `PF_RUN`; None where the button 更新 writes the run into the cell.
    filled
        Whether the formula carries its answer.
    """
    sheet = workbook.add_worksheet(SETTINGS)
    sheet.hide_gridlines(2)
    sheet.set_tab_color(COLOURS["accent"])
    sheet.set_column(0, 0, 2)
    for at, width in enumerate(WIDTHS, start=LEFT):
        sheet.set_column(at, at, width, looks.make())
    write_title(sheet, looks, told("settings", "title"))
    for row, name in ((1, "note"), (2, "rules_note")):
        note = told("settings", name)
        sheet.write_string(row, LEFT, f"{note.ja}  {note.en}", looks.note)
    sheet.write_string(TOP, LEFT, told("settings", "run").ja, looks.label)
    form = looks.make(bold=True, bottom=1, bottom_color=COLOURS["rule"])
    if run is None:
        sheet.write_blank(TOP, LEFT + 1, None, form)
    else:
        sheet.write_formula(TOP, LEFT + 1, run.text, form, str(run.single) if filled else "")
    sheet.write_string(TOP, LEFT + 2, told("settings", "run_later" if run is None else "run_note").ja, looks.note)
    workbook.define_name("PF_RUN", f"={SETTINGS}!$C${TOP + 1}")
    _write_definition_rows(sheet, looks, definition)
    sheet.freeze_panes(HEADER_ROW + 1, LEFT + 1)
    page(sheet, rows=(HEADER_ROW, HEADER_ROW))


def _write_definition_rows(sheet: Worksheet, looks: Looks, definition: Definition) -> None:
    header, *rows = definition_block(definition)
    columns = [{"header": text, "header_format": looks.header} for text in header]
    bottom, right = HEADER_ROW + len(rows), LEFT + len(header) - 1
    table = {"name": SETTINGS_TABLE, "columns": columns, "style": "Table Style Light 1", "banded_rows": False}
    sheet.add_table(HEADER_ROW, LEFT, bottom, right, table)
    plain = looks.cell("text", text_wrap=True)
    muted = looks.cell("text", text_wrap=True, font_color=COLOURS["muted"], font_size=MUTED_SIZE)
    for row, (label, value, meaning, unit, source, key) in enumerate(rows, start=HEADER_ROW + 1):
        sheet.write_string(row, LEFT, str(label), looks.label)
        _write_setting_value(sheet, looks, row, value)
        told_value = "" if _is_formula_covered(value) else value
        sheet.set_row(row, height_of((label, told_value, meaning, unit, source), ROOM))
        for at, cell in enumerate((meaning, unit, source, key), start=LEFT + 2):
            sheet.write_string(row, at, str(cell), plain if at < LEFT + 4 else muted)
        _validate_setting(sheet, row, str(key))


def _is_formula_covered(value: object) -> bool:
    return str(value).startswith("{")


def _write_setting_value(sheet: Worksheet, looks: Looks, row: int, value: object) -> None:
    column = LEFT + 1
    if isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day on the calendar, no instant
        sheet.write_datetime(row, column, moment, looks.cell("date", bg_color=COLOURS["input"], align="left", indent=1))
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, looks.make(bg_color=COLOURS["input"], align="left", indent=1,
                                                          bottom=1, bottom_color=COLOURS["rule"]))  # fmt: skip
    else:
        looked = (
            {"num_format": COVERED, "font_color": COLOURS["muted"], "font_size": MUTED_SIZE}
            if _is_formula_covered(value)
            else {"text_wrap": True}
        )
        form = looks.cell("text", bg_color=COLOURS["input"], **looked)
        sheet.write_string(row, column, str(value), form)


def _validate_setting(sheet: Worksheet, row: int, key: str) -> None:
    rule: dict[str, object] | None = None
    if key == "general.purpose":
        words = [text("purposes", code).ja for code in codes("purposes")]
        rule = {"validate": "list", "source": words, "input_title": "目的",
                "input_message": "目的によって総合点の重みが変わります"}  # fmt: skip
    elif choices_of(key):
        rule = {"validate": "list", "source": list(choices_of(key))}
    elif key == "general.as_of":
        rule = {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1), "input_title": "基準日",
                "input_message": "空白のときは最も新しい取引日です"}  # fmt: skip
    elif key == "general.fiscal_year_start":
        rule = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 12}
    if rule is not None:
        sheet.data_validation(row, LEFT + 1, row, LEFT + 1, rule)


def _read_setting_value(row: DefinitionRow) -> object:
    if row.kind == "date" and row.value:
        return date.fromisoformat(str(row.value))
    return row.value
