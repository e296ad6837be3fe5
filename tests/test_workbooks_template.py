"""The template: all sheets in their order, inputs that are checked and explained, and nothing that looks broken."""

from __future__ import annotations

import warnings
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from engine.commands.intake import definition_from_workbook
from engine.definition.definition import load_definition
from engine.definition.metrics import dictionary
from engine.definition.rule_sentences import readable_rows
from engine.explanation.dictionary import entries
from engine.language.glossary import terms
from engine.reading.columns import TABLES, columns
from engine.reading.sources import read_workbook
from workbooks.build import TEMPLATE_NAME, build_template
from workbooks.inputs.tables import ROOM, TABLE_NAMES
from workbooks.sample.template_tables import SEVEN, empty_sample
from workbooks.sheets.output_sheet import GROWTH
from workbooks.style.notes import NEEDED, note_of
from workbooks.style.sheet_names import FILLED_IN, SHEETS
from workbooks.style.word_pages import texts

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# The sheets of the specification, in its order; further ones may stand between them.
WANTED = (
    "はじめに", "設定", "顧客", "取引", "接点", "アンケート", "費用", "商品", "リード", "ポートフォリオ表", "集中リスク", "マップ", "異動",
    "試算", "アカウントプラン", "アクション", "データ品質", "指標辞書", "用語集", "監査ログ",
)  # fmt: skip
LONGEST_SOURCE = 255  # characters of a list that Excel takes


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_template(tmp_path_factory.mktemp("template") / TEMPLATE_NAME)


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* extension is not supported")
        return openpyxl.load_workbook(path)


def table_of(sheet: Worksheet) -> tuple[str, str]:
    (table,) = sheet.tables.values()
    return table.displayName, table.ref


def test_a_second_build_has_the_same_bytes(path: Path, tmp_path: Path) -> None:
    assert build_template(tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_every_sheet_is_there_in_the_order_of_the_specification(book: Workbook) -> None:
    assert tuple(book.sheetnames) == SHEETS
    assert [name for name in SHEETS if name in WANTED] == list(WANTED)
    assert {"関数一覧", "ベンチマーク", "セグメント", "説明", "状態"} <= set(SHEETS)


def test_it_is_calculated_when_it_is_opened(path: Path) -> None:
    with zipfile.ZipFile(path) as parts:
        assert 'fullCalcOnLoad="1"' in parts.read("xl/workbook.xml").decode()


def test_the_run_is_an_empty_cell_that_refresh_fills(book: Workbook) -> None:
    assert book.defined_names["PF_RUN"].attr_text == "設定!$C$4"
    assert book.defined_names["PF_LIVE"].attr_text == "ポートフォリオ表!$B$1"
    room = book.defined_names["PF_OVERFLOW"].attr_text.removeprefix("ポートフォリオ表!").replace("$", "")
    assert f"売上上位{GROWTH}社まで" in str(book["ポートフォリオ表"][room].value)
    assert book["設定"]["C4"].value is None


def test_every_formula_waits_for_the_run(path: Path) -> None:
    """Without the add-in, and before the first run, a cell that calls one of our functions would show an error."""
    called = 0
    with zipfile.ZipFile(path) as parts:
        for name in (each for each in parts.namelist() if each.startswith("xl/worksheets/sheet")):
            text = parts.read(name).decode()
            for formula in text.split("<f")[1:]:
                written = formula.split(">", 1)[1].split("</f>", 1)[0]
                if "PORTFOLIO_" in written:
                    called += 1
                    assert 'LEFT(PF_RUN,3)="PF-"' in written.replace("&quot;", '"'), (name, written)
    assert called > 50


# ---- the input sheets ------------------------------------------------------------------------------------------------


def test_the_seven_columns_come_first_on_the_customer_sheet(book: Workbook) -> None:
    header = [cell.value for cell in book["顧客"][1]]
    known = {column.key: column.text.ja for column in columns("customers")}
    assert header[:7] == [known[key] for key in SEVEN]
    assert set(header) == set(known.values())


@pytest.mark.parametrize("table", TABLES)
def test_an_input_sheet_is_a_table_with_room_checks_and_notes(book: Workbook, table: str) -> None:
    content = empty_sample().sheets[table]
    sheet = book[content.name]
    assert content.name in FILLED_IN
    name, ref = table_of(sheet)
    assert name == TABLE_NAMES[table]
    assert ref.endswith(str(ROOM[table] + 1))
    assert sheet.freeze_panes in {"A2", "B2"}
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    for at, key in enumerate(content.keys, start=1):
        column = next(each for each in columns(table) if each.key == key)
        comment = sheet.cell(1, at).comment
        assert comment is not None
        assert comment.text.startswith(note_of(column).ja)


def test_levels_dates_and_marks_are_checked_below_the_table_too(book: Workbook) -> None:
    rules = book["顧客"].data_validations.dataValidation
    last = ROOM["customers"] + 1000 + 1
    levels = [str(rule.sqref) for rule in rules if rule.formula1 == '"高,中,低"']
    assert sorted(levels) == [f"{letter}2:{letter}{last}" for letter in "DEF"]
    assert any(rule.formula1 == '"○"' for rule in rules)
    assert any(rule.type == "date" for rule in rules)
    assert any(rule.type == "whole" for rule in rules)
    states = {rule.formula1 for rule in book["アクション"].data_validations.dataValidation}
    assert '"未着手,進行中,完了,見送り"' in states
    purposes = {rule.formula1 for rule in book["設定"].data_validations.dataValidation}
    assert '"新規開拓,既存深耕,リスク回避"' in purposes


def test_no_list_is_longer_than_excel_takes(book: Workbook) -> None:
    for sheet in book.worksheets:
        for rule in sheet.data_validations.dataValidation:
            if rule.type == "list":
                assert len(rule.formula1) <= LONGEST_SOURCE, sheet.title


def test_the_needed_columns_exist() -> None:
    for table, wanted in NEEDED.items():
        known = {column.key for column in columns(table)}
        assert {key for each in wanted for key in ([each] if isinstance(each, str) else each)} <= known


def test_notes_are_written_for_columns_that_exist() -> None:
    known = {f"{column.table}.{column.key}" for table in TABLES for column in columns(table)}
    from workbooks.style.notes import _read_column_notes

    assert set(_read_column_notes()["columns"]) <= known
    for table in TABLES:
        for column in columns(table):
            note = note_of(column)
            assert note.ja
            assert note.en


# ---- what the engine reads from it -----------------------------------------------------------------------------------


def test_without_a_row_there_is_no_data_and_the_definition_is_the_built_in_one(path: Path) -> None:
    raw = read_workbook(path)
    assert all(table.frame.empty or not table.frame.notna().to_numpy().any() for table in raw.tables.values())
    definition = definition_from_workbook(path)
    assert definition is not None
    known = load_definition()
    values = {row.key: row.value for row in known.rows()} | {"general.purpose": "既存深耕"}
    assert {row.key: row.value for row in definition.rows()} == values


# ---- the sheets of words ---------------------------------------------------------------------------------------------


def column(sheet: Worksheet, letter: str, first: int) -> list[object]:
    return [cell.value for cell in sheet[letter][first - 1 :] if cell.value is not None]


def test_the_start_leads_to_every_sheet(book: Workbook) -> None:
    links = {cell.value for row in book["はじめに"].iter_rows() for cell in row if cell.hyperlink is not None}
    assert links == set(SHEETS[1:])
    said = [cell.value for cell in book["はじめに"]["B"] if cell.value]
    assert [str(step)[0] for step in said[2:6] if str(step)[:1] in "123"][:3] == ["1", "2", "3"]
    assert {"T0", "T1", "T2"} <= set(said)


def test_the_glossary_sheet_holds_every_word(book: Workbook) -> None:
    shown = [str(cell).split("\n")[0] for cell in column(book["用語集"], "B", 5)]
    assert shown == [term.term.ja for term in terms()]
    assert book["用語集"].auto_filter.ref is not None


def test_the_functions_sheet_is_the_register(book: Workbook) -> None:
    from addin.functions import registry

    names = [each.name for each in registry.functions()]
    assert column(book["関数一覧"], "B", 5) == names
    examples = column(book["関数一覧"], "F", 5)
    assert all(str(example).startswith(f"={name}(") for name, example in zip(names, examples, strict=True))
    assert set(texts()["examples"]) == set(names)
    for row, each in enumerate(registry.functions(), start=5):
        told = str(book["関数一覧"].cell(row, 4).value)
        assert all(f"{argument.name} {argument.label.ja}" in told for argument in each.arguments)


def test_the_dictionary_holds_every_metric_with_unit_inputs_and_a_place_for_the_owner(book: Workbook) -> None:
    found = entries(load_definition())
    assert [entry.name for entry in found[: len(dictionary())]] == [metric.name for metric in dictionary()]
    for entry in found:
        assert all((*entry.name, *entry.meaning, *entry.unit, *entry.inputs, *entry.group)), entry.name
        assert bool(entry.rules.ja) == bool(entry.source.ja), entry.name
    sheet = book["指標辞書"]
    assert len(column(sheet, "B", 5)) == len(found)
    version = str(sheet["B3"].value)
    assert "定義版" in version
    definition = load_definition()
    assert definition.version in version
    assert sheet["J5"].value is None
    assert sheet["J5"].fill.fgColor.rgb == "FFFFFBE8"


def test_the_dictionary_follows_the_definition() -> None:
    changed = load_definition().from_rows([("rhythm.min_purchases", 5)])
    before, after = (
        next(entry for entry in entries(each) if entry.name.ja == "間隔") for each in (load_definition(), changed)
    )
    assert "3回" in before.rules.ja
    assert "5回" in after.rules.ja


# ---- the settings ----------------------------------------------------------------------------------------------------


def test_settings_show_sentences_and_numbers_where_they_can(book: Workbook) -> None:
    sheet = book["設定"]
    rows = {row[6].value: row for row in sheet.iter_rows(min_row=8)}
    assert rows["strategy.1"][2].value.startswith("採算=赤字 → 採算を改善する")
    assert rows["strategy.2"][2].value.startswith("リスク=高、継続性=低、成長=低 → 再契約の機会を探る")
    assert rows["alerts.dependence.caution"][2].value == 0.1
    assert rows["alerts.dependence.caution"][1].value == "顧客依存 › 注意"
    left = [key for key, row in rows.items() if str(row[2].value).startswith("{")]
    assert len(left) < len(readable_rows(load_definition())) / 4
    for key in left:
        assert rows[key][2].number_format.startswith(";;;"), key  # the JSON is covered by words
        assert rows[key][3].value, key
