"""Every button of the ribbon, pressed in a real LibreOffice Calc on the sample company's input sheets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from helpers.office_scripted import Scripted

from addin.packaging.oxt.menu import PROTOCOL
from addin.ribbon.results import PORTFOLIO_SHEET, QUALITY_SHEET, portfolio_rows, quality_rows
from addin.tab.tab import GROUPS, TAB
from engine.cleaning import tables
from engine.scoring import scoring
from workbooks.build import build_sample, build_template
from workbooks.sample.sample import make_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from helpers.office import Book, Office

    from engine.scoring.portfolio import Portfolio

pytestmark = pytest.mark.calc

EPOCH = date(1899, 12, 30)
MENU = "/org.openoffice.Office.Addons/AddonUI/OfficeMenuBar/customerportfolio.Buttons.menu"
YELLOW = 0xFFF2CC
# What of an input sheet must be as before: what was typed, and how it looks.
LOOK = """
answer = {}
for name in %r:
    page = book.Sheets.getByName(name)
    cursor = page.createCursor()
    cursor.gotoEndOfUsedArea(False)
    end = cursor.RangeAddress
    area = page.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)
    looks = [page.Columns.getByIndex(column).Width for column in range(end.EndColumn + 1)]
    alike = area.getUniqueCellFormatRanges()
    for place in range(alike.Count):
        cells = alike.getByIndex(place)
        shown = [cells.getPropertyValue(each) for each in ("CellBackColor", "CharWeight", "NumberFormat", "CellStyle")]
        looks.append([cells.RangeAddressesAsString, *shown])
    answer[name] = [[list(row) for row in area.getFormulaArray()], looks]
"""
STATE = """
answer = [book.isAutomaticCalculationEnabled(), book.hasControllersLocked()]
"""
FRONT = "answer = book.CurrentController.ActiveSheet.Name"


@dataclass(frozen=True)
class Expected:
    """What a press of a button leads to.

    Parameters
    ----------
    check
        Looks at the workbook, at what was asked and told, and at the folder of the test.
    answers
        To the button's questions, in their order; `{folder}` stands for the folder of the test.
    chosen
        The cell that is selected before, as (sheet, address).
    """

    check: Callable[[Book, list[list[Any]], Path], None]
    answers: tuple[object, ...] = ()
    chosen: tuple[str, str] = ("顧客", "B2")
    touches: frozenset[str] = field(default_factory=frozenset)


def said(told: list[list[Any]], *words: str) -> None:
    """The last thing that was told is no trouble and has these words."""
    kind, text = told[-1]
    assert kind == "message", told
    for word in words:
        assert word in text, text


def refreshed(book: Book, told: list[list[Any]], _: Path) -> None:
    said(told, "更新しました")
    assert {"ポートフォリオ表", "データ品質", "監査ログ"} <= set(book.sheets())


def dated(book: Book, told: list[list[Any]], _: Path) -> None:
    said(told, "基準日", "2026年6月30日")
    assert serial(date(2026, 6, 30)) in [cell for row in book.values("設定") for cell in row]


def purposed(book: Book, told: list[list[Any]], _: Path) -> None:
    said(told, "目的", "リスク回避")
    assert "リスク回避" in [cell for row in book.values("設定") for cell in row]


def edited(book: Book, told: list[list[Any]], _: Path) -> None:
    said(told, "設定")
    assert book.run(FRONT) == "設定"
    assert "general.as_of" in [cell for row in book.values("設定") for cell in row]


def nothing_pending(_: Book, told: list[list[Any]], __: Path) -> None:
    said(told, "未反映の変更はありません")


def previewed(_: Book, told: list[list[Any]], __: Path) -> None:
    assert [kind for kind, _ in told] == ["reveal", "message"], told
    assert told[0][1].endswith("report.ja.html")
    said(told, "プレビュー")


def printed(_: Book, told: list[list[Any]], folder: Path) -> None:
    made = folder / "報告.pdf"
    assert ["reveal", str(made)] in told, told
    assert made.read_bytes().startswith(b"%PDF")


def drafted(_: Book, told: list[list[Any]], folder: Path) -> None:
    made = folder / "下書き.eml"
    assert ["reveal", str(made)] in told, told
    assert b"X-Unsent: 1" in made.read_bytes()


def masked(_: Book, told: list[list[Any]], __: Path) -> None:
    said(told, "オン")


def imported(book: Book, told: list[list[Any]], _: Path) -> None:
    said(told, "接点", "3 行に置き換えました")
    rows = book.values("接点")
    assert [row[rows[0].index("顧客ID")] for row in rows[1:] if any(row)] == [contact[0] for contact in CONTACTS]


def sheet_in_front(sheet: str, *cells: str) -> Callable[[Book, list[list[Any]], Path], None]:
    """Return a look at the sheet that a button brings to the front, which holds these cells."""

    def check(book: Book, told: list[list[Any]], _: Path) -> None:
        assert not [text for kind, text in told if kind == "trouble"]
        assert book.run(FRONT) == sheet
        shown = {cell for row in book.values(sheet) for cell in row}
        assert set(cells) <= shown, shown

    return check


def with_chart(sheet: str, *cells: str) -> Callable[[Book, list[list[Any]], Path], None]:
    """Return a look at a sheet in front that has a native chart."""

    def check(book: Book, told: list[list[Any]], folder: Path) -> None:
        sheet_in_front(sheet, *cells)(book, told, folder)
        assert book.run(f"answer = book.Sheets.getByName({sheet!r}).Charts.Count") == 1

    return check


def sample_open(book: Book, told: list[list[Any]], _: Path) -> None:
    assert told == []
    code = """
found = [each for each in desktop.Components if each.URL.endswith("/portfolio_sample.xlsx")]
answer = [len(found), [each.Sheets.hasByName("ポートフォリオ表") for each in found]]
for each in found:
    each.close(True)
"""
    assert book.run(code) == [1, [True]]


def snapped(book: Book, told: list[list[Any]], _: Path) -> None:
    said(told, "保存しました")
    assert "9月の経営会議用" in [row[-1] for row in book.values("監査ログ")]


def audited(book: Book, told: list[list[Any]], folder: Path) -> None:
    said(told, "改ざんの跡なし")
    sheet_in_front("監査ログ", "更新")(book, told, folder)


def valued(_: Book, told: list[list[Any]], folder: Path) -> None:
    said(told, "値だけの控え")
    book = openpyxl.load_workbook(folder / "控え.xlsx")
    assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert book["うちのメモ"]["A2"].value == 2
    assert book["ポートフォリオ表"].max_row == len(make_sample().sheets["customers"].rows) + 1


def no_case_yet(book: Book, told: list[list[Any]], _: Path) -> None:
    kind, text = told[-1]
    assert kind == "trouble"
    assert "保存した案がありません" in text
    assert "試算の案" not in book.sheets()


def nothing_to_undo(_: Book, told: list[list[Any]], __: Path) -> None:
    kind, text = told[-1]
    assert kind == "trouble"
    assert "元に戻せる取り込みがありません" in text


def nothing_to_link(_: Book, told: list[list[Any]], __: Path) -> None:
    said(told, "直す関数リンクはありません")


CONTACTS: list[tuple[str, ...]] = [
    (str(customer), "2026/09/01", kind)
    for customer, kind in zip(
        make_sample().sheets["customers"].column("customer_id"), ("訪問", "電話", "クレーム"), strict=False
    )
]


EXPECTED: dict[str, Expected] = {
    "import_table": Expected(imported, (["{folder}/接点.csv"], "2"), touches=frozenset({"接点"})),
    "undo_import": Expected(nothing_to_undo),
    "check_data": Expected(sheet_in_front("データ検査", "接点")),
    "duplicates": Expected(sheet_in_front("名寄せ候補", "理由", "似ている度合い")),
    "open_sample": Expected(sample_open),
    "snapshot": Expected(snapped, ("9月の経営会議用",)),
    "compare_runs": Expected(sheet_in_front("異動", "異動の行列(社数)", "データの影響と定義の影響")),
    "trace": Expected(sheet_in_front("根拠", "項目", "入力元"), ("リスク",)),
    "audit_log": Expected(audited),
    "functions_list": Expected(sheet_in_front("関数一覧", "PORTFOLIO_SEGMENT", "PORTFOLIO_WHATIF")),
    "glossary": Expected(sheet_in_front("用語集", "用語", "ペルソナ")),
    "diagnose": Expected(sheet_in_front("診断", "結果", "直し方")),
    "values_copy": Expected(valued, ("{folder}/控え.xlsx",)),
    "portfolio_table": Expected(sheet_in_front("ポートフォリオ表", "戦略")),
    "concentration": Expected(with_chart("集中リスク", "HHI", "解消条件")),
    "value_map": Expected(with_chart("マップ", "象限")),
    "segments": Expected(sheet_in_front("セグメント", "大口", "代表的な顧客")),
    "cross_sell": Expected(sheet_in_front("クロスセル", "商品", "リフト")),
    "explain": Expected(sheet_in_front("説明", "要因", "寄与", "合計")),
    "backtest": Expected(sheet_in_front("的中の検証", "実績", "並べ方", "最終取引日")),
    "lose": Expected(sheet_in_front("試算", "指標"), ("30%",)),
    "change": Expected(sheet_in_front("試算", "対象", "項目", "変更")),
    "allocate": Expected(sheet_in_front("時間配分", "判定"), ("800",)),
    "cases": Expected(no_case_yet, ("2",)),
    "relink": Expected(nothing_to_link),
    "refresh": Expected(refreshed),
    "as_of": Expected(dated, ("令和8年6月30日",)),
    "purpose": Expected(purposed, ("リスク回避",)),
    "edit_definition": Expected(edited),
    "pending": Expected(nothing_pending),
    "preview": Expected(previewed),
    "make_pdf": Expected(printed, ("{folder}/報告.pdf",)),
    "mail_draft": Expected(drafted, ("boss@example.com", "{folder}/下書き.eml")),
    "masking": Expected(masked),
}


def serial(value: object) -> object:
    """Return a value as Calc hands it over."""
    if isinstance(value, date):
        return float((value - EPOCH).days)
    if value is None:
        return ""
    return value if isinstance(value, str) else float(value)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's input sheets as Excel tables with formats of the user's own, and a sheet of theirs."""
    path = tmp_path_factory.mktemp("inputs") / "うちの顧客.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day, money = (book.add_format({"num_format": each}) for each in ("yyyy/mm/dd", "#,##0;△#,##0"))
        bold = book.add_format({"bold": True, "bg_color": f"#{YELLOW:06X}"})
        for sheet in make_sample().sheets.values():
            page = book.add_worksheet(sheet.name)
            width, height = len(sheet.header), len(sheet.rows)
            page.add_table(0, 0, height, width - 1, {"columns": [{"header": each} for each in sheet.header]})
            page.write_row(0, 0, sheet.header, bold)
            page.set_column(0, 0, 22)
            for row, cells in enumerate(sheet.rows, 1):
                for column, cell in enumerate(cells):
                    if isinstance(cell, date):
                        page.write_datetime(row, column, datetime.combine(cell, time()), day)
                    elif cell is not None:
                        page.write(row, column, cell, money if isinstance(cell, int) else None)
        page = book.add_worksheet("うちのメモ")
        page.write("A1", "メモ", bold)
        page.write_formula("A2", "=1+1")
    return path


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    with Scripted(tmp_path_factory.mktemp("scripted")) as running:
        yield running


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a file to import."""
    lines = [("顧客ID", "日付", "種別"), *CONTACTS]
    (tmp_path / "接点.csv").write_text("\n".join(map(",".join, lines)) + "\n", encoding="utf-8-sig")
    return tmp_path


@pytest.fixture(scope="module")
def scored(scripted: Scripted, inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook after its first 更新, as Calc saves it."""
    with scripted.office.open(inputs) as book:  # a run before, to compare with
        scripted.press(book, "as_of", ["2026/3/31"])
        said(scripted.press(book, "refresh"), "更新しました")
    with scripted.office.open(inputs) as book:
        said(scripted.press(book, "refresh"), "更新しました")
        return book.save_as(tmp_path_factory.mktemp("scored") / "採点済み.ods")


@pytest.fixture(scope="module")
def scored_look(scripted: Scripted, scored: Path) -> Any:
    """What stands on the user's own sheets of that workbook, and how it looks, before any button."""
    with scripted.office.open(scored, recalculate=False) as book:
        return look(book)


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    """What the engine makes of the same tables without any spreadsheet."""
    raw = {
        sheet.table: tables.raw_from_block(sheet.table, [list(sheet.header), *map(list, sheet.rows)], sheet.name)
        for sheet in make_sample().sheets.values()
    }
    return scoring.score(tables.clean(tables.RawTables(raw, ())))


@pytest.mark.parametrize(("lang", "place"), [("ja", 0), ("en", 1)])
def test_the_menu_has_every_button_in_both_languages(office: Office, lang: str, place: int) -> None:
    menu = office.settings(MENU, lang)
    assert menu["Title"] == TAB[place]
    assert [menu["Submenu"][name]["Title"] for name in sorted(menu["Submenu"])] == [g.label[place] for g in GROUPS]
    for group, name in zip(GROUPS, sorted(menu["Submenu"]), strict=True):
        entries = menu["Submenu"][name]["Submenu"]
        shown = [(entries[key]["URL"], entries[key]["Title"]) for key in sorted(entries)]
        assert shown == [(f"{PROTOCOL}{button.key}", button.label[place]) for button in group.buttons]


def test_the_menu_bar_shows_the_groups_in_their_order(scripted: Scripted, inputs: Path) -> None:
    code = """
new = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, ())
layout = new.CurrentController.Frame.LayoutManager
bar = layout.getElement("private:resource/menubar/menubar").getPropertyValue("XMenuBar")
def entries(menu):
    ids = [menu.getItemId(place) for place in range(menu.getItemCount())]
    return [[menu.getItemText(each), menu.getPopupMenu(each), menu.getCommand(each)] for each in ids]
answer = [
    [group, [command for _, _, command in entries(buttons)]]
    for title, menu, _ in entries(bar) if title == %r
    for group, buttons, _ in entries(menu)
]
toolbars = [each.ResourceURL for each in layout.getElements()]
answer = [answer, "private:resource/toolbar/addon_customerportfolio.Buttons.toolbar" in toolbars]
new.close(True)
"""
    with scripted.office.open(inputs, recalculate=False) as book:
        shown, has_toolbar = book.run(code % TAB.en)
    assert shown == [[g.label.en, [f"{PROTOCOL}{button.key}" for button in g.buttons]] for g in GROUPS]
    assert has_toolbar


def test_refresh_writes_what_the_engine_gives(scripted: Scripted, inputs: Path, portfolio: Portfolio) -> None:
    with scripted.office.open(inputs) as book:
        before = look(book)
        told = scripted.press(book, "refresh")
        said(told, f"顧客 {len(portfolio):,}", portfolio.handle)
        for sheet, rows in (
            (PORTFOLIO_SHEET.ja, portfolio_rows(portfolio, "ja")),
            (QUALITY_SHEET.ja, quality_rows(portfolio, portfolio.handle, "ja")),
        ):
            found = book.values(sheet)
            memo = [row for row in found if row[2] == "うちのメモ"]  # the user's own sheet is told as not read
            assert [row[-1] for row in memo] == ["顧客・取引などの見出しがないので、表として読みません"] * (
                sheet == QUALITY_SHEET.ja
            )
            assert [row for row in found if row not in memo] == [[serial(cell) for cell in row] for row in rows]
        run = "answer = book.NamedRanges.getByName('PF_RUN').getReferredCells().String"
        assert book.run(run) == portfolio.handle
        assert book.errors() == {}
        assert look(book) == before
        # A formula of the functions finds the run that the button has made.
        name = portfolio.customers["name"].iloc[0]
        book.put("うちのメモ", "B1", f'=PORTFOLIO_SCORE("{name}")')
        assert book.value("うちのメモ", "B1") == pytest.approx(portfolio.customers["score_total"].iloc[0])


def look(book: Book) -> Any:
    """Return what stands on the user's own sheets, and how it looks."""
    return book.run(LOOK % [*(sheet.name for sheet in make_sample().sheets.values()), "うちのメモ"])


def test_every_button_has_its_expectation() -> None:
    assert sorted(EXPECTED) == sorted(button.key for group in GROUPS for button in group.buttons)


@pytest.mark.parametrize("button", [button.key for group in GROUPS for button in group.buttons])
def test_a_press_does_what_the_button_says(
    scripted: Scripted, scored: Path, scored_look: dict[str, Any], files: Path, button: str
) -> None:
    expected = EXPECTED[button]
    answers = json.loads(json.dumps(expected.answers).replace("{folder}", str(files)))
    with scripted.office.open(scored, recalculate=False) as book:
        sheet, address = expected.chosen
        book.run(f"book.CurrentController.select(book.Sheets.getByName({sheet!r}).getCellRangeByName({address!r}))")
        told = scripted.press(book, button, answers)
        expected.check(book, told, files)
        after = look(book)
        assert {name for name, before in scored_look.items() if after[name] != before} <= expected.touches
        assert book.run(STATE) == [True, False]
        assert book.errors() == {}


EXPORT = """伝票,得意先名,受注した日,受注の金額(千円),フェーズ
R-1,{0},2026/6/1,100,受注
R-2,{0},2026/6/2,200,失注
R-3,{1},2026/6/3,50,受注
"""
UNDO_LOOK = """
answer = [book.DatabaseRanges.getByName(name).DataArea.EndRow for name in book.DatabaseRanges.ElementNames]
"""


def test_an_import_is_mapped_on_its_sheet_added_and_taken_back(
    scripted: Scripted, inputs: Path, tmp_path: Path
) -> None:
    """In a real Calc: the mapping is chosen from a list, formulas of the user's own go on, undo gives every cell back."""
    names = make_sample().sheets["customers"].column("name")
    file = tmp_path / "受注_6月.csv"
    file.write_text(EXPORT.format(*names), encoding="utf-8-sig")
    header = make_sample().sheets["orders"].header
    rows = len(make_sample().sheets["orders"].rows)
    with scripted.office.open(inputs) as book:
        before, ranges = look(book), book.run(UNDO_LOOK)
        told = scripted.press(book, "import_table", [[str(file)], "3"])
        said(told, "取り込みの対応")
        assert book.run(FRONT) == "取り込みの対応"
        lines = {row[0]: at for at, row in enumerate(book.values("取り込みの対応"), 1) if row[0]}
        chosen = (("顧客名", "得意先名"), ("取引日", "受注した日"), ("金額", "受注の金額(千円)"), ("取引ID", "伝票"))
        for label, word in chosen:
            book.put("取り込みの対応", f"C{lines[label]}", word)
        offered = "book.Sheets.getByName('取り込みの対応').getCellRangeByName('C{}').Validation.Type.value"
        assert book.run(f"answer = {offered.format(lines['顧客名'])}") == "LIST"
        told = scripted.press(book, "import_table", ["1"])
        said(told, "新しい 2 行を足しました")
        assert "1行(3行目)" in told[0][1][0]
        added = book.values("取引")[rows + 1 :]
        assert [row[header.index("取引ID")] for row in added] == ["R-1", "R-3"]
        assert [row[header.index("金額")] for row in added] == [100_000, 50_000]
        assert [row[header.index("取引日")] for row in added] == [serial(date(2026, 6, 1)), serial(date(2026, 6, 3))]
        once = book.formulas("取引")
        said(scripted.press(book, "import_table", [[str(file)], "1"]), "新しい行も変わった行もない")  # remembered
        assert book.formulas("取引") == once
        said(scripted.press(book, "undo_import", [True]), "元に戻しました")
        assert look(book) == before
        assert book.run(UNDO_LOOK) == ranges
        scripted.press(book, "import_table", [[str(file)], "2"])
        assert len([row for row in book.values("取引") if any(row)]) == 3
        said(scripted.press(book, "undo_import", [True]), "元に戻しました")
        assert look(book) == before
        assert book.run(UNDO_LOOK) == ranges
        assert book.run(STATE) == [True, False]


def test_what_needs_a_run_is_grey_without_one(scripted: Scripted, inputs: Path) -> None:
    needing = [button.key for group in GROUPS for button in group.buttons if button.needs == "run"]
    assert needing
    with scripted.office.open(inputs, recalculate=False) as book:
        assert [book.press(f"{PROTOCOL}{each}") for each in needing] == [False] * len(needing)
        assert not book.press(f"{PROTOCOL}no_such_button")


def test_a_refusal_is_told_and_changes_nothing(scripted: Scripted, inputs: Path) -> None:
    with scripted.office.open(inputs) as book:
        book.put("取引", "A1", "謎の列")
        before, sheets = look(book), book.sheets()
        kind, text = scripted.press(book, "refresh")[-1]
        assert kind == "trouble"
        assert "顧客" in text
        assert (look(book), book.sheets()) == (before, sheets)
        assert book.run(STATE) == [True, False]


def test_in_the_sample_workbook_the_formulas_stay_and_are_calculated(scripted: Scripted, tmp_path: Path) -> None:
    """There PF_RUN is a formula: Calc asks the worker for the run while the worker waits for Calc."""
    with scripted.office.open(build_sample(tmp_path / "sample.xlsx"), recalculate=False) as book:
        cell = "area = book.NamedRanges.getByName('PF_RUN').getReferredCells()\n"
        formula = book.run(cell + "answer = area.Formula")
        sheets = book.sheets()
        told = scripted.press(book, "refresh")
        said(told, "更新しました")
        assert "残しました" not in told[-1][1]  # in our own workbook its own formulas are nothing to be told
        assert book.run(cell + "answer = area.Formula") == formula
        assert book.run(cell + "answer = area.String") in told[-1][1]
        assert set(sheets) <= set(book.sheets())
        assert scripted.press(book, "portfolio_table") == []
        assert book.run(FRONT) == "ポートフォリオ表"
        assert book.errors() == {}
        assert book.run(STATE) == [True, False]


PASTED: tuple[tuple[str | float, ...], ...] = (
    ("得意先コード", "得意先名", "業種", "担当者", "年間売上高", "リスク"),
    ("A-2", "乙社", "製造", "山田", 500.0, "高"),
    ("A-1", "甲社", "小売", "佐藤", 900.0, "低"),
)


def test_a_table_pasted_over_the_template_in_another_order_is_shown_by_its_run(
    scripted: Scripted, tmp_path: Path
) -> None:
    """Headers of the user's own over those of the template, whose further headers stay beside them."""
    areas = "answer = [a.EndRow for a in book.Sheets.getByName('ポートフォリオ表').getPrintAreas()]"
    with scripted.office.open(build_template(tmp_path / "template.xlsx"), recalculate=False) as book:
        for row, line in enumerate(PASTED, start=1):
            for letter, cell in zip("ABCDEF", line, strict=True):
                book.put("顧客", f"{letter}{row}", cell)
        assert book.run(areas) == [504]
        told = scripted.press(book, "refresh")
        said(told, "顧客 2・取引 0")
        assert "残しました" not in told[-1][1]
        first, second, below = book.values("ポートフォリオ表", "B6:Y8")
        assert [first[0], first[1], first[2], first[5], first[-1]] == ["甲社", "小売", 900.0, "低", "A-1"]
        assert [second[0], second[1], second[2], second[5], second[-1]] == ["乙社", "製造", 500.0, "高", "A-2"]
        assert set(below[:-1]) == {""}
        assert "算出不可" in first  # what needs orders; why stands once, above
        assert "取引表が必要です" in str(book.value("ポートフォリオ表", "P3"))
        assert "取引の表が必要です" in str(book.value("価値と維持", "B4"))
        assert book.run(areas) == [6]
