"""The sample workbook as a file: the same bytes twice, readable by the engine, answers stored, fit to print."""

from __future__ import annotations

import re
import warnings
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl.worksheet.formula import ArrayFormula

from engine.cleaning import tables
from engine.commands.intake import Request, definition_from_workbook, score_request
from engine.definition.rule_sentences import readable_rows
from engine.reading.columns import TABLES, columns
from engine.reading.sources import read_workbook
from engine.scoring import portfolio, scoring
from workbooks.__main__ import main
from workbooks.build import FILE_NAME, TEMPLATE_NAME, build_sample
from workbooks.inputs.settings import definition_block, definition_of
from workbooks.inputs.tables import PROSE, TABLE_NAMES
from workbooks.sample.sample import make_sample
from workbooks.sheets.output_sheet import LEFT
from workbooks.sheets.portfolio import COLUMNS, FIRST_ROW, HEADER_ROW
from workbooks.style.formulas import Formula, Ref, ask
from workbooks.style.look import breadth, height_of
from workbooks.style.rule_wording import choices_of, label_of, meaning_of
from workbooks.style.sheet_names import EXAMPLE, FILLED_IN, SHEETS

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from engine.reading.columns import Column

INPUTS = tuple(sheet.name for sheet in make_sample().sheets.values())
OUTPUTS = tuple(name for name in (*SHEETS, EXAMPLE) if name not in FILLED_IN)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("sample") / FILE_NAME)


@pytest.fixture(scope="module")
def formulas(path: Path) -> Workbook:
    return load(path, data_only=False)


@pytest.fixture(scope="module")
def values(path: Path) -> Workbook:
    return load(path, data_only=True)


def load(path: Path, *, data_only: bool) -> Workbook:
    with warnings.catch_warnings():
        # Solid data bars live in an extension that openpyxl tells us it would not save.
        warnings.filterwarnings("ignore", message=".* extension is not supported")
        return openpyxl.load_workbook(path, data_only=data_only)


@pytest.fixture(scope="module")
def scored() -> portfolio.Portfolio:
    """Score the sample's tables, without any workbook or worksheet function."""
    sample = make_sample()
    raw = {
        name: tables.raw_from_block(name, [list(sheet.header), *map(list, sheet.rows)], name)
        for name, sheet in sample.sheets.items()
    }
    return scoring.score(tables.clean(tables.RawTables(raw, ())), definition_of(sample))


# ---- the file --------------------------------------------------------------------------------------------------------


def test_a_second_build_has_the_same_bytes(path: Path, tmp_path: Path) -> None:
    assert build_sample(tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_the_command_writes_the_same_file_and_says_where(path: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path / "new" / "folder")])
    assert done.exit_code == 0, done.output
    template, made = (tmp_path / "new" / "folder" / name for name in (TEMPLATE_NAME, FILE_NAME))
    assert done.output.splitlines() == [str(template), str(made)]
    assert made.read_bytes() == path.read_bytes()


def test_the_command_makes_one_of_them_where_it_is_asked_to(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path), "--only", "template"])
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == [TEMPLATE_NAME]


def test_the_command_writes_csv(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["data", "--out", str(tmp_path), "--encoding", "cp932"])
    assert done.exit_code == 0, done.output
    first = (tmp_path / "customers.csv").read_text(encoding="cp932").splitlines()[0]
    assert first.startswith("顧客ID,顧客名,")


def test_sheets_stand_in_the_order_of_the_guide(formulas: Workbook) -> None:
    assert tuple(formulas.sheetnames) == (*SHEETS, EXAMPLE)


def test_a_viewer_without_the_add_in_does_not_recalculate_at_opening(path: Path) -> None:
    with zipfile.ZipFile(path) as parts:
        book = parts.read("xl/workbook.xml").decode()
        assert "fullCalcOnLoad" not in book
        assert "xl/metadata.xml" in parts.namelist()  # Excel 365 reads the array formulas as dynamic ones


def test_the_run_has_its_name(formulas: Workbook) -> None:
    assert formulas.defined_names["PF_RUN"].attr_text == "設定!$C$4"
    assert (
        formulas["設定"]["C4"].value
        == "=PORTFOLIO_RUN(顧客表[#All],取引表[#All],設定表[#All],接点表[#All],アンケート表[#All],費用表[#All],商品表[#All],"
        "リード表[#All],アカウントプラン表[#All],アクション表[#All],ベンチマーク表[#All])"
    )


# ---- what the engine reads from it -----------------------------------------------------------------------------------


def test_the_engine_reads_the_input_tables_back_cell_by_cell(path: Path) -> None:
    raw = read_workbook(path)
    assert [finding for finding in raw.findings if finding.severity != "note"] == []
    assert set(raw.tables) == set(TABLE_NAMES)
    for name, sheet in make_sample().sheets.items():
        found = raw.tables[name]
        assert found.header == sheet.header
        assert found.first_row == 2
        rows = [tuple(map(plain, row)) for row in found.frame.itertuples(index=False)]
        assert rows == [tuple(map(plain, row)) for row in sheet.rows], name


def plain(cell: object) -> object:
    """Bring a read cell and a made cell to one form: days as dates, whole numbers as int, blanks as None."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, float):
        return None if cell != cell else int(cell) if cell.is_integer() else cell
    return None if cell in ("", None) else cell


def test_the_settings_sheet_is_the_definition(path: Path) -> None:
    definition = definition_of(make_sample())
    assert definition_from_workbook(path) == definition
    assert definition.as_of == date(2026, 9, 30)
    assert len(definition_block(definition)) == len(readable_rows(definition)) + 1


def test_settings_have_words_for_every_entry() -> None:
    definition = definition_of(make_sample())
    for row in readable_rows(definition):
        assert label_of(row) != row.key, row.key
        assert not re.search(r"› [a-z_]+$", label_of(row)), row.key
        assert row.unit.ja or not row.unit.en, row.key
        if isinstance(row.value, str) and row.value.startswith("{"):
            assert meaning_of(row, definition), row.key


@pytest.mark.parametrize(
    ("key", "meaning"),
    [
        ("strategy.7", "リスク=中・低、成長=高、継続性=高・中 → アップセルで深耕"),
        ("standard.6", "それ以外 → 不明"),
        ("cpm.rules.4", "購入回数が1 → 初回離脱"),
        ("lifecycle.rules.2", "最終購入からの日数が「離脱とみなす日数」以上 → 離脱"),
        ("axes.continuity.3", "注文の規則性(配点15): 0で0点、1で100点"),
        ("alerts.dependence", "注意 0.1、警告 0.2、重大 0.3"),
        ("rfm.method", "fixed: 固定の区切り、quintile: 五分位(25社以上)"),
        ("levels.high", ""),
    ],
)
def test_rules_and_tables_are_told_in_words(key: str, meaning: str) -> None:
    definition = definition_of(make_sample())
    (row,) = (row for row in definition.rows() if row.key == key)
    assert meaning_of(row, definition) == meaning


def test_choices_are_those_that_the_definition_takes() -> None:
    definition = definition_of(make_sample())
    for row in definition.rows():
        if row.unit.en == "code" and row.key != "general.purpose":
            assert row.value in choices_of(row.key)


# ---- stored answers --------------------------------------------------------------------------------------------------


def test_stored_answers_of_the_portfolio_sheet_are_the_engine_s(values: Workbook, scored: portfolio.Portfolio) -> None:
    sheet, frame = values["ポートフォリオ表"], scored.customers
    expected = {
        "顧客名": frame["name"], "年間売上": frame["sales_12m"], "総合": frame["score_total"],
        "構成比": frame["share"], "粗利率": frame["margin_rate"], "戦略": frame["strategy_ja"],
    }  # fmt: skip
    headers = [cell.value for cell in sheet[HEADER_ROW + 1]]
    for header, column in expected.items():
        at = headers.index(header) + 1
        stored = [sheet.cell(FIRST_ROW + 1 + row, at).value for row in range(len(frame))]
        wanted = ["算出不可" if pd.isna(cell) else cell for cell in column]
        # The file stores 16 significant digits, as Excel does.
        near = [pytest.approx(cell, rel=1e-14) if isinstance(cell, float) else cell for cell in wanted]
        assert stored == near, header


def test_every_formula_cell_of_the_portfolio_sheet_is_covered(formulas: Workbook) -> None:
    sheet = formulas["ポートフォリオ表"]
    for at in range(LEFT, LEFT + len(COLUMNS)):
        formula = sheet.cell(FIRST_ROW + 1, at + 1).value
        assert isinstance(formula, ArrayFormula)
        letter = openpyxl.utils.get_column_letter(at + 1)
        assert formula.ref == f"{letter}{FIRST_ROW + 1}:{letter}{FIRST_ROW + 120}"
        # Whoever pastes a table in another order renames the input table's columns: nothing may point at them.
        assert "顧客表[" not in formula.text
        assert ("$Y$6:$Y$125" in formula.text) == (at < LEFT + len(COLUMNS) - 1)


def test_no_sheet_shows_an_error(values: Workbook) -> None:
    for sheet in values.worksheets:
        for row in sheet.iter_rows(values_only=True):
            wrong = [cell for cell in row if isinstance(cell, str) and cell.startswith(("#", "Err:"))]
            assert not wrong, (sheet.title, wrong)


def test_the_example_gives_the_field_s_answers(values: Workbook) -> None:
    cells = {cell.value for row in values["要素表(例)"].iter_rows() for cell in row}
    assert {"クロスセルを狙う", "アップセルで深耕", "再契約の機会を探る", "解約リスク"} <= cells
    numbers = [cell for cell in cells if isinstance(cell, float)]
    assert any(abs(number - 3935.79) < 0.005 for number in numbers)
    assert any(abs(number - 2.54) < 0.005 for number in numbers)


def test_a_workbook_that_would_show_pf_is_refused() -> None:
    with pytest.raises(ValueError, match=r"=PORTFOLIO_SCORE\(\"A\",,PF_RUN\): #PF 実行なし"):
        ask("PORTFOLIO_SCORE", "A", run=Ref("PF_RUN", "PF-20000101-000000"))


def test_quotes_in_words_are_doubled() -> None:
    with pytest.raises(ValueError, match='"a""b"'):
        ask("PORTFOLIO_LEVEL", "A", 'a"b', run=Ref("PF_RUN", "PF-20000101-000000"))
    assert Formula("=1", [[1.0]]).single == 1.0


# ---- looks -----------------------------------------------------------------------------------------------------------


def test_every_sheet_prints_on_a4_one_page_wide_with_page_numbers(formulas: Workbook) -> None:
    for sheet in formulas.worksheets:
        assert sheet.page_setup.paperSize == 9, sheet.title
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1) == 1
        assert "ページ &P/&N" in sheet.oddFooter.right.text
        assert "社外秘" in sheet.oddHeader.right.text


def test_long_sheets_repeat_their_header(formulas: Workbook) -> None:
    assert formulas["取引"].print_title_rows == "$1:$1"
    assert formulas["ポートフォリオ表"].print_title_rows == "$1:$5"
    assert formulas["設定"].print_title_rows == "$7:$7"


def test_input_sheets_are_tables_with_frozen_headers(formulas: Workbook) -> None:
    for name in INPUTS:
        sheet = formulas[name]
        (table,) = sheet.tables.values()
        assert table.ref == sheet.dimensions
        assert sheet.freeze_panes in {"A2", "C2"}
        assert [column.name for column in table.tableColumns] == [cell.value for cell in sheet[1]]


def test_output_sheets_have_no_grid_and_a_margin(formulas: Workbook) -> None:
    for name in OUTPUTS:
        assert formulas[name].sheet_view.showGridLines is False, name
        assert formulas[name].column_dimensions["A"].width < 4


def test_levels_purposes_and_customers_are_chosen_from_lists(formulas: Workbook) -> None:
    assert list_rules(formulas["要素表(例)"]) == {'"高,中,低"'}
    assert '"新規開拓,既存深耕,リスク回避"' in list_rules(formulas["設定"])
    assert list_rules(formulas["説明"]) == {"ポートフォリオ表!$B$6:$B$125"}
    assert list_rules(formulas["顧客"]) == {'"○"'}


def list_rules(sheet: Worksheet) -> set[str]:
    return {rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}


def test_money_is_grouped_with_a_triangle_for_minus(formulas: Workbook) -> None:
    formats = {cell.value: formulas["取引"].cell(2, cell.column).number_format for cell in formulas["取引"][1]}
    assert formats["金額"] == '#,##0;"△"#,##0'
    assert formats["取引日"] == "yyyy/mm/dd"


def test_no_text_is_cut_in_input_sheets(formulas: Workbook) -> None:
    for name in INPUTS:
        sheet = formulas[name]
        for column in sheet.iter_cols():
            if column[1].alignment.wrap_text:  # broken into lines, in rows that are high enough
                assert column[0].value in {each.text.ja for each in prose()}
                continue
            width = sheet.column_dimensions[column[0].column_letter].width
            longest = max((breadth(str(cell.value)) for cell in column if isinstance(cell.value, str)), default=0)
            assert longest <= width, (name, column[0].value)


def prose() -> list[Column]:
    return [column for table in TABLES for column in columns(table) if column.key in PROSE]


def test_rows_are_as_high_as_their_texts() -> None:
    assert height_of(("短い", 1.0), (20, 10)) == 20
    assert height_of(("長い" * 20, 1.0), (20, 10)) == 5 + 15 * 5
    assert height_of(("一行\n二行",), (20,)) == 35


def test_the_cells_and_the_command_show_one_and_the_same_run(path: Path) -> None:
    """The handle stored in PF_RUN is the one that the command and the report print for this file."""
    assert load(path, data_only=True)["設定"]["C4"].value == score_request(Request(workbooks=(path,))).handle
