"""What Excel is asked for beyond reading and writing blocks, through xlwings' own Windows code over the Excel double."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import xlwings as xw
from helpers.excel_double import ExcelBook, excel
from helpers.excel_parts import ChartObject, Chosen, Table

from addin.excel import dialogs
from addin.excel.book import XlwingsBook
from addin.ribbon import dispatch
from addin.shared.book import Chart, Formula
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from addin.shared.book import Cell

AUTOMATIC = -4105


@pytest.fixture(scope="module")
def host() -> Iterator[SimpleNamespace]:
    with excel() as found:
        found.api.MessageBox.return_value = 1
        found.windows.win32con.MB_YESNO = 4
        found.windows.win32con.MB_OKCANCEL = 1
        yield found


@pytest.fixture
def native() -> ExcelBook:
    customers: list[list[Any]] = [["顧客ID", "顧客名"], ["00123", "株式会社A"], ["00124", "B社"]]
    return ExcelBook("顧客.xlsx", {"はじめに": [["ようこそ"]], "顧客": customers, "空": []})


@pytest.fixture
def book(host: SimpleNamespace, native: ExcelBook) -> XlwingsBook:
    return XlwingsBook(xw.Book(impl=host.windows.Book(xl=native)), "顧客ポートフォリオ")


def test_a_book_lies_where_it_was_saved(book: XlwingsBook, native: ExcelBook) -> None:
    found = []
    for folder, full in (("C:\\work", "C:\\work\\顧客.xlsx"), ("", "Book1"), ("https://d", "https://d/Book1.xlsx")):
        native.Path, native.FullName = folder, full
        found.append(book.path)
    assert found == [Path("C:\\work\\顧客.xlsx"), None, None]


def test_a_block_is_read_where_the_user_moved_it(book: XlwingsBook, native: ExcelBook) -> None:
    assert book.block("PF_TABLE") is None
    native.defined["PF_TABLE"] = "='顧客'!$A$2:$B$3"
    block = book.block("PF_TABLE")
    assert block is not None
    assert (block.sheet, block.first_row, block.rows) == ("顧客", 2, (("00123", "株式会社A"), ("00124", "B社")))


def chart(kind: Any = "bubble", *, sized: bool = True) -> Chart:
    return Chart(kind, "収益性マップ", "売上", "", (("大口", 1, 2, 3 if sized else None), ("=成長", 1, 2, 3)))


def test_a_chart_is_drawn_beside_its_block_and_again_where_the_user_put_it(
    book: XlwingsBook, native: ExcelBook
) -> None:
    sheet = native.Worksheets("空")
    book.write("PF_MAP", "空", [["顧客", "売上", "粗利率", "純利益"], ["A", 1, 0.5, 3], ["B", 2, 0.25, 4]])
    book.chart("PF_MAP", chart())
    (drawn,) = sheet.charts
    assert (drawn.Name, drawn.Left, drawn.Top) == ("PF_MAP_chart", 250.0, 0.0)
    assert drawn.Chart.ChartType == 15
    assert drawn.Chart.HasTitle
    assert drawn.Chart.ChartTitle.Text == "収益性マップ"
    assert (drawn.axes[1].AxisTitle.Text, drawn.axes[2].HasTitle) == ("売上", False)
    first, second = drawn.series
    assert (first.Name, second.Name) == ("大口", " =成長")
    assert (first.XValues.Address, first.Values.Address) == ("$B$2:$B$3", "$C$2:$C$3")
    assert first.BubbleSizes == "='空'!R2C4:R3C4"
    drawn.Left, drawn.Width = 7.0, 100.0
    book.chart("PF_MAP", chart("bar", sized=False))
    (again,) = sheet.charts
    assert (again.Left, again.Width, again.Chart.ChartType) == (7.0, 100.0, 57)
    assert again.axes[1].ReversePlotOrder
    assert again.series[0].BubbleSizes is None


def test_the_user_s_own_charts_stay_and_an_empty_block_gets_none(book: XlwingsBook, native: ExcelBook) -> None:
    sheet = native.Worksheets("空")
    book.write("PF_MAP", "空", [["顧客", "売上", "粗利率", "純利益"]])
    sheet.charts.append(ChartObject(sheet.charts, 0.0, 0.0, 1.0, 1.0))
    own = sheet.charts[0].Name
    book.chart("PF_MAP", chart())
    assert [each.Name for each in sheet.charts] == [own]
    with pytest.raises(KeyError):
        book.chart("PF_NONE", chart())


def filled(native: ExcelBook) -> Table:
    sheet = native.Worksheets("顧客")
    table = Table(sheet.Range("A1:B3"), "customers")
    sheet.tables.append(table)
    sheet.formats.update({(row, 1): "@" for row in (2, 3)})
    sheet.validations.update({(row, 2): "list" for row in (2, 3)})
    return table


def test_a_longer_table_keeps_its_looks_and_carries_formulas_down(book: XlwingsBook, native: ExcelBook) -> None:
    table = filled(native)
    table.AutoFilter.FilterMode = True
    table.ShowTotals = True
    sheet = native.Worksheets("顧客")
    sheet.formulas[(3, 2)] = "=A3"
    book.reshape("顧客", 5)
    assert table.Range.Address == "$A$1:$B$5"
    assert {sheet.formats.get((row, 1)) for row in range(2, 6)} == {"@"}
    assert {sheet.validations.get((row, 2)) for row in range(2, 6)} == {"list"}
    assert set(sheet.formulas) == {(3, 2), (4, 2), (5, 2)}
    assert not table.AutoFilter.FilterMode
    assert table.ShowTotals
    correct = native.Application.AutoCorrect
    book.put_rows("顧客", 3, 1, [["00201", "=D社"], ["00202", Formula("=A4&1")], ["00203", None]])
    assert [sheet.cells.get((row, 1)) for row in range(1, 6)] == ["顧客ID", "00123", "00201", "00202", "00203"]
    assert [sheet.cells.get((row, 2)) for row in range(1, 6)] == ["顧客名", "株式会社A", "=D社", "=A4&1", None]
    assert sheet.formulas == {(4, 2): "=A4&1"}
    assert correct.AutoFillFormulasInLists


def test_a_shorter_table_loses_content_and_keeps_looks(book: XlwingsBook, native: ExcelBook) -> None:
    table = filled(native)
    book.reshape("顧客", 1)
    sheet = native.Worksheets("顧客")
    assert table.Range.Address == "$A$1:$B$2"
    assert sheet.cells == {(1, 1): "顧客ID", (1, 2): "顧客名"}
    assert sheet.formats == {(2, 1): "@", (3, 1): "@"}


def test_a_longer_table_does_not_cover_what_stands_below(book: XlwingsBook, native: ExcelBook) -> None:
    table = filled(native)
    table.ShowTotals = True
    sheet = native.Worksheets("顧客")
    sheet.cells[(5, 1)] = "利用者のメモ"
    before = dict(sheet.cells)
    with pytest.raises(Refusal, match="別の内容"):
        book.reshape("顧客", 6)
    assert sheet.cells == before
    assert table.Range.Address == "$A$1:$B$3"
    assert table.ShowTotals
    sheet.ProtectContents = True
    with pytest.raises(Refusal, match="保護"):
        book.reshape("顧客", 3)


def test_what_was_typed_is_told_from_what_is_shown(book: XlwingsBook, native: ExcelBook) -> None:
    table = filled(native)
    sheet = native.Worksheets("顧客")
    sheet.formulas[(2, 2)], sheet.cells[(3, 2)] = "=1+1", "=text"
    found = book.contents("顧客")
    assert found is not None
    assert found.rows == (("顧客ID", "顧客名"), ("00123", "=1+1"), ("00124", "=text"))
    assert [type(row[1]) for row in found.rows] == [str, Formula, str]
    table.ShowTotals = True
    shorter = book.contents("顧客")
    assert shorter is not None
    assert shorter.rows == found.rows[:2]
    assert book.contents("空") is None


def test_a_sheet_without_a_table_grows_and_shrinks_in_its_used_cells(book: XlwingsBook, native: ExcelBook) -> None:
    sheet = native.Worksheets("顧客")
    sheet.formats[(3, 1)] = "@"
    sheet.FilterMode = True
    book.reshape("顧客", 4)
    assert not sheet.FilterMode
    assert sheet.formats[(4, 1)] == "@"
    book.reshape("顧客", 2)
    assert sheet.cells == {(1, 1): "顧客ID", (1, 2): "顧客名", (2, 1): "00123", (2, 2): "株式会社A"}


def test_filling_makes_a_sheet_with_a_table_or_takes_an_empty_one(book: XlwingsBook, native: ExcelBook) -> None:
    for name in ("取引", "空"):
        book.fill(name, [["顧客ID", "金額"], ["00123", 10]])
        assert native.Worksheets(name).cells[(2, 1)] == "00123"
    assert native.Worksheets("取引").tables[0].Range.Address == "$A$1:$B$2"
    assert native.Worksheets("空").tables == []
    book.remove("取引")
    assert "取引" not in book.sheets()


def test_cells_are_chosen_from_a_list_on_the_same_sheet(book: XlwingsBook, native: ExcelBook) -> None:
    book.write(
        "PF_X", "空", [["列", "見出し", None, "ファイル"], ["金額", None, None, "税込"], ["日付", None, None, "日"]]
    )
    for _ in range(2):
        book.offer("PF_X", 1, 1, 2, (1, 3, 2))
    assert native.Worksheets("空").validations == {(2, 2): "=$D$2:$D$3", (3, 2): "=$D$2:$D$3"}
    with pytest.raises(KeyError):
        book.offer("PF_NONE", 1, 1, 2, (1, 3, 2))


def test_one_cell_is_written_and_keeps_its_format(book: XlwingsBook, native: ExcelBook) -> None:
    sheet = native.Worksheets("顧客")
    sheet.formats[(3, 2)] = "@"
    book.put_at("顧客", 3, 2, "2026-01")
    assert (sheet.cells[(3, 2)], sheet.formats[(3, 2)]) == ("2026-01", "@")


def test_what_is_selected_comes_with_its_rows(book: XlwingsBook, native: ExcelBook) -> None:
    sheet = native.Worksheets("顧客")
    native.window.Selection = sheet.Range("B2:B900")
    found = book.selected()
    assert found is not None
    assert (found.sheet, found.first_row, found.column) == ("顧客", 2, 1)
    assert found.cells == (("株式会社A",), ("B社",))
    assert found.lines == (("00123", "株式会社A"), ("00124", "B社"))


def test_cells_chosen_one_by_one_follow_each_other(book: XlwingsBook, native: ExcelBook) -> None:
    sheet = native.Worksheets("顧客")
    native.window.Selection = Chosen(sheet.Cells(3, 2), sheet.Cells(2, 2), sheet.Cells(40, 40))
    found = book.selected()
    assert found is not None
    assert (found.cells, found.first_row) == ((("B社",), ("株式会社A",)), 3)


def test_a_selection_that_holds_nothing(book: XlwingsBook, native: ExcelBook) -> None:
    native.window.Selection = native.Worksheets("顧客").Range("H40:J50")
    found = book.selected()
    assert found is not None
    assert found.cells == found.lines == ()
    native.window.Selection = SimpleNamespace(Name="Picture 1")
    assert book.selected() is None


def test_a_hidden_sheet_comes_to_the_front(book: XlwingsBook, native: ExcelBook) -> None:
    native.Worksheets("顧客").Visible = 2
    book.show("顧客", 3, 2)
    assert native.log[-1] == ("goto", "顧客", "$B$3")


def test_questions_and_their_answers(book: XlwingsBook, native: ExcelBook, host: SimpleNamespace) -> None:
    app = native.Application
    app.answers[:] = ["B社", False, "False"]
    assert [book.ask("どの顧客ですか", "A社"), book.ask("どの顧客ですか"), book.ask("?")] == ["B社", None, "False"]
    asked = {"Prompt": "どの顧客ですか", "Title": "顧客ポートフォリオ", "Default": "A社", "Type": 2}
    assert app.asked[0] == ("InputBox", asked)
    host.api.MessageBox.return_value = 6
    assert book.confirm("置き換えますか") is True
    host.api.MessageBox.return_value = 7
    assert book.confirm("置き換えますか") is False
    host.api.MessageBox.return_value = 1


def test_a_question_too_long_for_excel_s_box_is_shown_before_it(
    book: XlwingsBook, native: ExcelBook, host: SimpleNamespace
) -> None:
    question = "\n".join(["どれにしますか", *[f"{number}. 長い選択肢" for number in range(1, 60)]])
    native.Application.answers[:] = ["3"]
    assert book.ask(question) == "3"
    assert host.api.MessageBox.call_args.args[1] == question
    assert native.Application.asked[-1][1]["Prompt"] == "どれにしますか"
    host.api.MessageBox.return_value = 2
    assert book.ask(question) is None
    host.api.MessageBox.return_value = 1


def test_files_are_chosen_in_excel_s_dialogs(book: XlwingsBook, native: ExcelBook) -> None:
    app = native.Application
    app.answers[:] = [("C:\\表\\4月.csv", "C:\\表\\5月.csv"), False]
    assert book.choose_files("取り込むファイル", ("csv", "xlsx")) == (Path("C:\\表\\4月.csv"), Path("C:\\表\\5月.csv"))
    assert book.choose_files("取り込むファイル", ("csv",)) == ()
    asked = {"FileFilter": "*.csv *.xlsx,*.csv;*.xlsx", "Title": "取り込むファイル", "MultiSelect": True}
    assert app.asked[0][1] == asked


def test_a_place_is_chosen_beside_the_workbook_and_nothing_is_replaced_unasked(
    book: XlwingsBook, native: ExcelBook, host: SimpleNamespace, tmp_path: Path
) -> None:
    app = native.Application
    native.Path, native.FullName = str(tmp_path), str(tmp_path / native.Name)
    there = tmp_path / "控え.xlsx"
    there.write_bytes(b"")
    app.answers[:] = [str(tmp_path / "新しい"), str(there), str(there), False]
    assert book.choose_place("保存先", "控え.xlsx") == tmp_path / "新しい.xlsx"
    assert app.asked[0][1]["InitialFilename"] == str(there)
    host.api.MessageBox.return_value = 7
    assert book.choose_place("保存先", "控え.xlsx") is None
    assert host.api.MessageBox.call_args.args[1] == dialogs.REPLACE.ja.format("控え.xlsx")
    host.api.MessageBox.return_value = 6
    assert book.choose_place("保存先", "控え.xlsx") == there
    assert book.choose_place("保存先", "控え.xlsx") is None
    host.api.MessageBox.return_value = 1


def test_a_copy_leaves_the_book_where_it_is(book: XlwingsBook, native: ExcelBook, tmp_path: Path) -> None:
    book.save_copy(tmp_path / "写し.xlsx")
    assert str(tmp_path / "写し.xlsx") in native.Application.Workbooks.files
    assert native.FullName == "C:\\work\\顧客.xlsx"


def scored(native: ExcelBook) -> None:
    """Let the book hold formulas, a filter, names and a link."""
    sheet = native.Worksheets("顧客")
    sheet.formulas.update({(2, 1): '="00123"', (3, 3): "=PORTFOLIO_SCORE(A3)"})
    sheet.cells[(3, 3)] = 71.5
    sheet.FilterMode = True
    filled(native).AutoFilter.FilterMode = True
    native.defined.update({"PF_RUN": "='顧客'!$C$3", "SCORE": "=PORTFOLIO_SCORE(顧客!$A$3)", "TAX": "=0.1"})
    native.links.append("C:\\他\\portfolio.xlam")


def test_a_copy_of_values_has_no_formula_and_the_book_keeps_its_own(
    book: XlwingsBook, native: ExcelBook, tmp_path: Path
) -> None:
    scored(native)
    app = native.Application
    native.window.Selection = chosen = native.Worksheets("顧客").Cells(3, 3)
    book.save_values(tmp_path / "控え.xlsx")
    made = app.Workbooks.files[str(tmp_path / "控え.xlsx")]
    page = made.Worksheets("顧客")
    assert (page.formulas, page.cells[(2, 1)], page.cells[(3, 3)]) == ({}, "00123", 71.5)
    assert set(made.defined) == {"PF_RUN", "TAX"}
    assert made.links == []
    assert ("save as", 51) in native.log
    mine = native.Worksheets("顧客")
    assert len(mine.formulas) == 2
    assert mine.FilterMode
    assert mine.tables[0].AutoFilter.FilterMode
    assert set(native.defined) == {"PF_RUN", "SCORE", "TAX"}
    assert native.window.Selection is chosen
    assert app.front is native
    assert app.Workbooks.books == [native]
    state = (app.ScreenUpdating, app.EnableEvents, app.DisplayAlerts, app.AutomationSecurity, app.Calculation)
    assert state == (True, True, True, 1, AUTOMATIC)
    drawn = [step for step in native.log if step[0] in {"ScreenUpdating", "open"}]
    assert [step[0] for step in drawn] == ["ScreenUpdating", "open", "ScreenUpdating"]


def test_beside_a_pivot_table_formulas_become_values_one_by_one(
    book: XlwingsBook, native: ExcelBook, tmp_path: Path
) -> None:
    sheet = native.Worksheets("空")
    sheet.cells.update({(row, column): row * column for row in range(1, 9) for column in range(1, 9)})
    sheet.pivots.append(sheet.Range("A1:B3"))
    sheet.formulas.update({(1, 4): "=PORTFOLIO_LIST()", (6, 1): "=PORTFOLIO_SUMMARY()", (8, 8): "=1+1"})
    sheet.spills.append(sheet.Range("D1:E4"))
    sheet.arrays.append(sheet.Range("A6:B7"))
    book.save_values(tmp_path / "控え.xlsx")
    made = native.Application.Workbooks.files[str(tmp_path / "控え.xlsx")].Worksheets("空")
    assert made.formulas == {}
    assert made.cells == sheet.cells
    assert len(sheet.formulas) == 3


def test_a_copy_that_fails_leaves_excel_as_it_was(
    book: XlwingsBook, native: ExcelBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(native)
    app = native.Application

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(ExcelBook, "SaveAs", full)
    with pytest.raises(OSError, match="disk full"):
        book.save_values(tmp_path / "控え.xlsx")
    assert app.Workbooks.books == [native]
    assert app.front is native
    assert (app.ScreenUpdating, app.EnableEvents, app.Calculation) == (True, True, AUTOMATIC)


def test_a_copy_of_values_is_refused_before_anything_is_made(
    book: XlwingsBook, native: ExcelBook, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match="という名前のブックが開いています"):
        book.save_values(tmp_path / "顧客.xlsx")
    native.Worksheets("空").ProtectContents = True
    with pytest.raises(Refusal, match="シート「空」は保護"):
        book.save_values(tmp_path / "控え.xlsx")
    assert native.Application.Workbooks.files == {}


def test_another_workbook_is_opened_once(book: XlwingsBook, native: ExcelBook, tmp_path: Path) -> None:
    app = native.Application
    other = ExcelBook("見本.xlsx")
    other.FullName = str(tmp_path / "見本.xlsx")
    app.Workbooks.files[other.FullName] = other
    book.open(Path(other.FullName))
    assert app.Workbooks.books == [native, other]
    app.front = native
    book.open(Path(other.FullName))
    assert app.front is other
    assert len(app.Workbooks.books) == 2
    with pytest.raises(Refusal, match=r"見本\.xlsx"):
        book.open(tmp_path / "別の所" / "見本.xlsx")


def test_a_finished_file_is_shown_by_its_own_program(
    book: XlwingsBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []
    monkeypatch.setattr(os, "startfile", started.append, raising=False)
    book.reveal(tmp_path / "report.pdf")
    assert started == [tmp_path / "report.pdf"]


def test_a_block_that_grew_does_not_cover_what_stands_beside_it(book: XlwingsBook, native: ExcelBook) -> None:
    assert book.write("PF_TABLE", "結果", [["顧客名", "売上"], ["A", 1200]], ("", "#,##0"))
    sheet = native.Worksheets("結果")
    sheet.formats[(2, 2)] = "#,##0,"
    sheet.cells[(5, 1)] = "利用者のメモ"
    grown: list[list[Cell]] = [["顧客名", "売上"], ["A", 1200], ["B", 900], ["C", 800]]
    assert book.write("PF_TABLE", "結果", grown, ("", "#,##0"))
    assert [sheet.formats[(row, 2)] for row in (2, 3, 4)] == ["#,##0,"] * 3
    before = dict(sheet.cells)
    assert book.write("PF_TABLE", "結果", [*grown, ["D", 700]], ("", "#,##0")) is False
    assert book.write("PF_TABLE", "結果", grown[:3], ("", "#,##0"))
    assert (4, 1) not in sheet.cells
    assert sheet.cells[(5, 1)] == before[(5, 1)] == "利用者のメモ"


def test_print_areas_end_with_what_is_shown(book: XlwingsBook, native: ExcelBook) -> None:
    """Blank texts, refusals and errors are no reason for a page; a lower area leaves the upper one alone."""
    page = next(each for each in native.pages if each.Name == "空")
    book.fit_print("空")
    assert page.PageSetup.PrintArea == ""
    shown: dict[tuple[int, int], Any] = {
        (3, 1): "上",
        (12, 1): 5.0,
        (13, 1): "",
        (14, 1): "#PF データ不足",
        (30, 4): 1.0,
    }
    for place, cell in shown.items():
        page.cells[place] = cell
    page.PageSetup.PrintArea = "$A$1:$B$8,$A$10:$B$40,$D$1:$D$5"
    book.fit_print("空")
    assert page.PageSetup.PrintArea == "$A$1:$B$8,$A$10:$B$12,$D$1:$D$30"


def test_an_import_is_added_to_a_table_and_taken_back(
    book: XlwingsBook, native: ExcelBook, host: SimpleNamespace, tmp_path: Path
) -> None:
    """The buttons through xlwings' own Windows code: only what differs is written, formulas go down and come back."""
    sheet = native.Worksheets("顧客")
    sheet.cells[(1, 3)], sheet.tables[:] = "税込", [Table(sheet.Range("A1:C3"), "customers")]
    for row in (2, 3):
        sheet.formulas[(row, 3)], sheet.cells[(row, 3)] = f"=ROW(A{row})", float(row)
    before = dict(sheet.cells), dict(sheet.formulas)
    file = tmp_path / "顧客.csv"
    file.write_text("顧客ID,顧客名\n00124,B商店\n00123,株式会社A\n00200,C社\n", encoding="utf-8")
    for way, names in (("1", ["株式会社A", "B商店", "C社"]), ("2", ["B商店", "株式会社A", "C社"])):
        host.api.MessageBox.return_value = 1
        native.Application.answers[:] = [(str(file),), way]
        dispatch.press("import_table", book, "ja")
        assert native.Application.answers == []
        assert sheet.tables[0].Range.Address == "$A$1:$C$4"
        assert [sheet.cells[(row, 2)] for row in (2, 3, 4)] == names
        assert {sheet.cells[(row, 1)] for row in (2, 3, 4)} == {"00123", "00124", "00200"}
        assert set(sheet.formulas) == {(2, 3), (3, 3), (4, 3)}
        host.api.MessageBox.return_value = 6
        dispatch.press("undo_import", book, "ja")
        assert sheet.tables[0].Range.Address == "$A$1:$C$3"
        assert {place: cell for place, cell in sheet.cells.items() if place[1] < 3} == {
            place: cell for place, cell in before[0].items() if place[1] < 3
        }
        assert sheet.formulas == before[1]
    assert native.Application.ScreenUpdating
    assert native.Application.Calculation == AUTOMATIC
