"""The sheets はじめに and 設定: three steps to begin with, and the definition as rows that a planner can change."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from engine.columns import TABLES
from engine.definition import Definition, load_definition
from engine.errors import Text
from engine.words import codes, text
from workbooks.formulas import Ref, ask
from workbooks.look import COLOURS, height_of, page
from workbooks.meaning import choices_of, label_of, meaning_of
from workbooks.stage import LEFT, TOP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.definition import DefinitionRow
    from workbooks.formulas import Formula
    from workbooks.look import Looks, Workbook, Worksheet
    from workbooks.sample import Sample

__all__ = [
    "SETTINGS",
    "SETTINGS_HEADER",
    "SETTINGS_TABLE",
    "definition_block",
    "definition_of",
    "run_formula",
    "write_settings",
    "write_start",
]

SETTINGS: Final = "設定"
SETTINGS_TABLE: Final = "設定表"
SETTINGS_HEADER: Final = ("項目", "値", "意味(標準の値)", "単位", "出典", "キー")
HEADER_ROW: Final = TOP + 2  # of the table on 設定, counted from 0
WIDTHS: Final = (34, 50, 54, 26, 44, 28)
BASE_SIZE, MUTED_SIZE, JSON_SIZE = 10, 9, 8


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(files("workbooks").joinpath("guide.toml").read_text(encoding="utf-8"))


def _text(*path: str) -> Text:
    entry: Any = _texts()
    for key in path:
        entry = entry[key]
    return Text(entry["ja"], entry["en"])


def definition_of(sample: Sample) -> Definition:
    """Return the built-in definition with the sample's as-of date; the purpose is written as planners read it."""
    purpose = text("purposes", str(load_definition().value("general.purpose"))).ja
    return Definition.from_rows([("general.as_of", sample.as_of), ("general.purpose", purpose)])


def definition_block(definition: Definition) -> list[list[object]]:
    """Return the definition as the 設定 table holds it, header first; `PORTFOLIO_RUN` reads its columns キー and 値."""
    rows = [
        [label_of(row), _value(row), meaning_of(row, definition), row.unit.ja, row.source.ja, row.key]
        for row in definition.rows()
    ]
    return [list(SETTINGS_HEADER), *rows]


def run_formula(inputs: Mapping[str, Ref], definition: Ref) -> Formula:
    """Return the formula of PF_RUN over every input table, so that the cells show the run of the report."""
    further = [inputs.get(name) for name in TABLES if name not in ("customers", "orders")]  # None: an argument left out
    while further and further[-1] is None:
        further.pop()
    return ask("PORTFOLIO_RUN", inputs["customers"], inputs["orders"], definition, *further)


def write_start(workbook: Workbook, looks: Looks, sheets: Sequence[str]) -> None:
    """Add はじめに: three steps, what each of `sheets` is for, and what to know."""
    sheet = workbook.add_worksheet("はじめに")
    sheet.hide_gridlines(2)
    sheet.set_tab_color(COLOURS["accent"])
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 1, 24, looks.make())
    sheet.set_column(2, 2, 104, looks.make())
    _title(sheet, looks, _text("start", "title"))
    sheet.write_string(1, LEFT, _text("start", "lead").ja, looks.make(font_size=11))
    sheet.write_string(2, LEFT, _text("start", "lead").en, looks.note)
    row = 4
    for step in _texts()["steps"]:
        _pair(sheet, looks, row, step["title"]["ja"], Text(**step["text"]), big=True)
        row += 1
    row = _band(sheet, looks, row + 1, Text("シート", "Sheets"))
    for name in sheets:
        _link(sheet, looks, row, name, _text("sheets", name))
        row += 1
    row = _band(sheet, looks, row + 1, Text("ご注意", "Please note"))
    for note in _texts()["notes"]:
        sheet.merge_range(row, LEFT, row, LEFT + 1, "", looks.make(text_wrap=True))
        _two(sheet, looks, row, LEFT, Text(**note), looks.make(text_wrap=True))
        sheet.set_row(row, 32)
        row += 1
    page(sheet)
    sheet.fit_to_pages(1, 1)


def write_settings(workbook: Workbook, looks: Looks, definition: Definition, run: Formula, *, filled: bool) -> None:
    """Add 設定: the run, and every entry of the definition with unit and source."""
    sheet = workbook.add_worksheet(SETTINGS)
    sheet.hide_gridlines(2)
    sheet.set_tab_color(COLOURS["accent"])
    sheet.set_column(0, 0, 2)
    for at, width in enumerate(WIDTHS, start=LEFT):
        sheet.set_column(at, at, width, looks.make())
    _title(sheet, looks, _text("settings", "title"))
    note = _text("settings", "note")
    sheet.write_string(1, LEFT, f"{note.ja}  {note.en}", looks.note)
    sheet.write_string(TOP, LEFT, _text("settings", "run").ja, looks.label)
    handle = str(run.single) if filled else ""
    sheet.write_formula(TOP, LEFT + 1, run.text, looks.make(bold=True, bottom=1, bottom_color=COLOURS["rule"]), handle)
    sheet.write_string(TOP, LEFT + 2, _text("settings", "run_note").ja, looks.note)
    workbook.define_name("PF_RUN", f"={SETTINGS}!$C${TOP + 1}")
    _write_rows(sheet, looks, definition)
    sheet.freeze_panes(HEADER_ROW + 1, LEFT + 1)
    page(sheet, rows=(HEADER_ROW, HEADER_ROW))


def _write_rows(sheet: Worksheet, looks: Looks, definition: Definition) -> None:
    header, *rows = definition_block(definition)
    columns = [{"header": text, "header_format": looks.header} for text in header]
    bottom, right = HEADER_ROW + len(rows), LEFT + len(header) - 1
    table = {"name": SETTINGS_TABLE, "columns": columns, "style": "Table Style Light 1", "banded_rows": False}
    sheet.add_table(HEADER_ROW, LEFT, bottom, right, table)
    plain = looks.cell("text", text_wrap=True)
    muted = looks.cell("text", text_wrap=True, font_color=COLOURS["muted"], font_size=MUTED_SIZE)
    for row, (label, value, meaning, unit, source, key) in enumerate(rows, start=HEADER_ROW + 1):
        sheet.write_string(row, LEFT, str(label), looks.label)
        _write_value(sheet, looks, row, value)
        sheet.set_row(row, height_of((label, value, meaning, unit, source), _room(value)))
        for at, cell in enumerate((meaning, unit, source, key), start=LEFT + 2):
            sheet.write_string(row, at, str(cell), plain if at < LEFT + 4 else muted)
        _validate(sheet, row, str(key))


def _room(value: object) -> tuple[float, ...]:
    """Return the columns' widths in characters of the base size: smaller letters find more room."""
    label, middle, meaning, unit, source, _ = WIDTHS
    return label, middle * BASE_SIZE / _size(value), meaning, unit, source * BASE_SIZE / MUTED_SIZE


def _size(value: object) -> int:
    return JSON_SIZE if str(value).startswith("{") else BASE_SIZE


def _write_value(sheet: Worksheet, looks: Looks, row: int, value: object) -> None:
    column = LEFT + 1
    if isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day on the calendar, no instant
        sheet.write_datetime(row, column, moment, looks.cell("date", bg_color=COLOURS["input"], align="left", indent=1))
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, looks.make(bg_color=COLOURS["input"], align="left", indent=1,
                                                          bottom=1, bottom_color=COLOURS["rule"]))  # fmt: skip
    else:
        form = looks.cell("text", bg_color=COLOURS["input"], text_wrap=True, font_size=_size(value))
        sheet.write_string(row, column, str(value), form)


def _validate(sheet: Worksheet, row: int, key: str) -> None:
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


def _value(row: DefinitionRow) -> object:
    if row.unit.en == "date" and row.value:
        return date.fromisoformat(str(row.value))
    return row.value


def _title(sheet: Worksheet, looks: Looks, title: Text) -> None:
    sheet.set_row(0, 30)
    muted = looks.make(font_size=10, font_color=COLOURS["muted"])
    sheet.write_rich_string(0, LEFT, looks.title, title.ja, muted, f"   {title.en}", looks.title)


def _band(sheet: Worksheet, looks: Looks, row: int, title: Text) -> int:
    sheet.write_string(row, LEFT, f"{title.ja}  {title.en}", looks.heading)
    sheet.write_blank(row, LEFT + 1, None, looks.heading)
    sheet.set_row(row, 22)
    return row + 1


def _pair(sheet: Worksheet, looks: Looks, row: int, head: str, text: Text, *, big: bool) -> None:
    accent = looks.make(
        bold=True, font_size=13 if big else 10, font_color="#FFFFFF", bg_color=COLOURS["accent"], indent=1
    )
    sheet.write_string(row, LEFT, head, accent)
    _two(sheet, looks, row, LEFT + 1, text, looks.make(text_wrap=True, bg_color=COLOURS["ground"], indent=1, bottom=1,
                                                       bottom_color="#FFFFFF"))  # fmt: skip
    sheet.set_row(row, 40)


def _two(sheet: Worksheet, looks: Looks, row: int, column: int, text: Text, form: object) -> None:
    """Write the Japanese sentence with the English one under it."""
    sheet.write_rich_string(row, column, looks.make(), text.ja, looks.note, f"\n{text.en}", form)


def _link(sheet: Worksheet, looks: Looks, row: int, name: str, text: Text) -> None:
    form = looks.make(font_color=COLOURS["accent"], underline=1, bottom=1, bottom_color=COLOURS["rule"])
    sheet.write_url(row, LEFT, f"internal:'{name}'!A1", form, name)
    rest = looks.make(bottom=1, bottom_color=COLOURS["rule"])
    sheet.write_rich_string(row, LEFT + 1, looks.make(), text.ja, looks.note, f"   {text.en}", rest)
    sheet.set_row(row, 18)
