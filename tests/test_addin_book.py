"""The xlwings book: xlwings' own Windows code over a double of Excel's object model."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import xlwings as xw
from helpers.excel_double import DIVISION_BY_ZERO, ExcelBook, excel
from helpers.excel_parts import Table

from addin.excel.book import XlwingsBook
from addin.shared.book import Book, guarded_text
from engine.runs import runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

ELEMENTS: list[list[Any]] = [
    ["顧客名", "業界", "年間売上", "継続性", "成長ポテンシャル", "リスク", "戦略"],
    ["株式会社A", "製造業", 15_000_000.0, "高", "中", "低", None],
    ["B社", "小売業", 9_000_000.0, "中", "高", "中", None],
]
AUTOMATIC, MANUAL = -4105, -4135


@pytest.fixture(scope="module")
def host() -> Iterator[SimpleNamespace]:
    with excel() as found:
        yield found


@pytest.fixture
def native() -> ExcelBook:
    return ExcelBook("顧客.xlsx", {"はじめに": [["ようこそ"]], "顧客": ELEMENTS, "空": []})


@pytest.fixture
def book(host: SimpleNamespace, native: ExcelBook) -> XlwingsBook:
    return XlwingsBook(xw.Book(impl=host.windows.Book(xl=native)), "顧客ポートフォリオ")


def test_it_is_a_book(book: XlwingsBook) -> None:
    held: Book = book
    assert held.sheets() == ("はじめに", "顧客", "空")
    assert held.date1904 is False


def test_reading_gives_rows_with_the_place_where_they_begin(book: XlwingsBook, native: ExcelBook) -> None:
    sheet = native.Worksheets("顧客")
    sheet.cells[(2, 3)] = DIVISION_BY_ZERO
    sheet.cells[(3, 7)] = datetime(2026, 3, 31, tzinfo=UTC)
    block = book.read("顧客")
    assert block is not None
    assert (block.sheet, block.first_row, len(block.rows)) == ("顧客", 1, 3)
    assert block.rows[1][:4] == ("株式会社A", "製造業", "#DIV/0!", "高")
    assert block.rows[1][6] is None
    assert block.rows[2][6] == datetime(2026, 3, 31)  # noqa: DTZ001 - Excel's dates have no zone
    assert book.read("空") is None
    assert sheet.reads == [(3, 7)]


def test_an_excel_table_is_read_without_what_stands_around_it(book: XlwingsBook, native: ExcelBook) -> None:
    sheet = native.Worksheets("はじめに")
    for row, cells in enumerate(ELEMENTS, start=5):
        for column, cell in enumerate(cells, start=2):
            sheet.cells[(row, column)] = cell
    sheet.tables.append(Table(sheet.Range("B5:H7")))
    block = book.read("はじめに")
    assert block is not None
    assert block.first_row == 5
    assert block.rows[0] == tuple(ELEMENTS[0])


def test_a_new_block_gets_a_sheet_at_the_end_formats_and_a_name(book: XlwingsBook, native: ExcelBook) -> None:
    assert book.write("PF_TABLE", "ポートフォリオ表", [["顧客名", "売上"], ["A", 1200]], ("", "#,##0;△#,##0"))
    assert book.sheets()[-1] == "ポートフォリオ表"
    sheet = native.Worksheets("ポートフォリオ表")
    assert sheet.cells == {(1, 1): "顧客名", (1, 2): "売上", (2, 1): "A", (2, 2): 1200}
    assert sheet.formats == {(1, 2): "#,##0;△#,##0", (2, 2): "#,##0;△#,##0"}
    assert native.defined["PF_TABLE"] == "='ポートフォリオ表'!$A$1:$B$2"


def test_writing_again_replaces_the_block_where_the_user_moved_it_and_keeps_formats(
    book: XlwingsBook, native: ExcelBook
) -> None:
    sheet = native.Worksheets("はじめに")
    native.defined["PF_TABLE"] = "='はじめに'!$C$4:$D$6"
    sheet.cells.update({(4, 3): "古い", (5, 3): "古い", (6, 4): "古い", (9, 9): "利用者のメモ"})
    sheet.formats[(4, 3)] = "@"
    assert book.write("PF_TABLE", "ポートフォリオ表", [["見出し", None], ["値", 1]], ("0.0", "0.0"))
    assert "ポートフォリオ表" not in book.sheets()
    assert sheet.cells == {
        (1, 1): "ようこそ",
        (4, 3): "見出し",
        (5, 3): "値",
        (5, 4): 1,
        (9, 9): "利用者のメモ",
    }
    assert sheet.formats == {(4, 3): "@"}
    assert native.defined["PF_TABLE"] == "='はじめに'!$C$4:$D$5"


def test_a_sheet_with_something_else_is_not_written(book: XlwingsBook, native: ExcelBook) -> None:
    before = dict(native.Worksheets("顧客").cells)
    assert book.write("PF_TABLE", "顧客", [["x"]]) is False
    assert native.Worksheets("顧客").cells == before
    assert "PF_TABLE" not in native.defined


def test_an_empty_sheet_of_that_name_is_used(book: XlwingsBook, native: ExcelBook) -> None:
    assert book.write("PF_TABLE", "空", [["x"]])
    assert native.Worksheets("空").cells == {(1, 1): "x"}


def test_a_name_whose_cells_are_gone_counts_as_none(book: XlwingsBook, native: ExcelBook) -> None:
    native.defined["PF_TABLE"] = "=#REF!$A$1"
    assert book.named("PF_TABLE") is None
    assert book.write("PF_TABLE", "新しい", [["x"]])
    assert native.defined["PF_TABLE"] == "='新しい'!$A$1"


def test_text_is_written_as_text(book: XlwingsBook, native: ExcelBook) -> None:
    texts = ["=1+1", "+81", "-x", "@SUM", "00123", "１２３", "TRUE", "'already", "株式会社A", "#N/A"]
    book.write("PF_TABLE", "字", [[text] for text in texts])
    sheet = native.Worksheets("字")
    assert [sheet.cells[(row, 1)] for row in range(1, len(texts) + 1)] == texts
    assert sheet.formulas == {}


@pytest.mark.parametrize("value", [None, "", 0, 1.5, True, date(2026, 1, 1), "顧客名"])
def test_what_needs_no_guard_is_left_as_it_is(value: Any) -> None:
    assert guarded_text(value) is value


def test_named_cells_are_read_written_and_calculated(book: XlwingsBook, native: ExcelBook) -> None:
    assert book.named("PF_RUN") is None
    native.defined["PF_RUN"] = "='空'!$B$2"
    book.put("PF_RUN", "PF-20261122-7f3a9c")
    named = book.named("PF_RUN")
    assert named is not None
    assert (named.value, named.is_formula) == ("PF-20261122-7f3a9c", False)
    native.evaluate = lambda formula: f"answer to {formula}"
    sheet = native.Worksheets("空")
    sheet.formulas[(2, 2)] = "=PORTFOLIO_RUN(顧客!A1:G3)"
    book.calculate("PF_RUN")
    named = book.named("PF_RUN")
    assert named is not None
    assert (named.value, named.is_formula) == ("answer to =PORTFOLIO_RUN(顧客!A1:G3)", True)
    assert native.log[-2:] == [("calculate", "$B$2"), ("calculate", "all")]


def test_a_cell_of_a_block_can_be_named(book: XlwingsBook, native: ExcelBook) -> None:
    book.write("PF_QUALITY", "データ品質", [["品質", None], ["実行ID", "PF-1"]])
    book.define("PF_RUN", "PF_QUALITY", 1, 1)
    assert native.defined["PF_RUN"] == "='データ品質'!$B$2"
    named = book.named("PF_RUN")
    assert named is not None
    assert named.value == "PF-1"


@pytest.mark.parametrize("fails", [False, True])
def test_drawing_and_calculation_are_as_before_afterwards(book: XlwingsBook, native: ExcelBook, fails: bool) -> None:
    native.Application.Calculation = MANUAL
    native.log.clear()

    def work() -> None:
        with book.quiet():
            native.log.append(("work",))
            if fails:
                raise ValueError("broken")

    if fails:
        with pytest.raises(ValueError, match="broken"):
            work()
    else:
        work()
    switched = [step for step in native.log if step[0] in {"ScreenUpdating", "Calculation", "work"}]
    off, on = ("ScreenUpdating", False), ("ScreenUpdating", True)
    assert switched == [off, ("Calculation", MANUAL), ("work",), ("Calculation", MANUAL), on]


def test_the_screen_comes_back_even_when_calculation_cannot(book: XlwingsBook, native: ExcelBook) -> None:
    native.Application.fails_on = ("Calculation", AUTOMATIC)
    with pytest.raises(RuntimeError, match="busy"), book.quiet():
        pass
    assert native.Application.ScreenUpdating is True


def test_progress_and_messages(book: XlwingsBook, native: ExcelBook, host: SimpleNamespace) -> None:
    book.progress("採点しています…")
    assert native.Application.StatusBar == "採点しています…"
    book.progress(None)
    assert not native.Application.StatusBar
    book.message("終わりました", trouble=True)
    assert host.api.MessageBox.call_args.args[1:3] == ("終わりました", "顧客ポートフォリオ")


def test_the_button_works_from_the_ribbon_to_the_cells(host: SimpleNamespace, native: ExcelBook) -> None:
    host.api.MessageBox.reset_mock()
    server = host.server  # as PortfolioPress does in VBA
    server.Call(server.Module("addin.udfs"), "press", server.Tuple("refresh", native))
    told = host.api.MessageBox.call_args.args[1]
    assert told.startswith("更新しました: 顧客 2")
    sheet = native.Worksheets("ポートフォリオ表")
    assert [sheet.cells[(row, 1)] for row in (1, 2, 3)] == ["顧客名", "株式会社A", "B社"]
    run = native.Worksheets("データ品質").cells[(2, 2)]
    assert runs.recall(run).tier == "T0"
    assert native.defined["PF_RUN"] == "='データ品質'!$B$2"
    assert native.Application.ScreenUpdating is True
    assert native.Application.Calculation == AUTOMATIC
    written = {step[1] for step in native.log if step[0] == "write"}
    assert written == {"ポートフォリオ表", "データ品質", "監査ログ"}
    native.log.clear()
    host.ours.press("refresh", native)
    assert native.Worksheets("データ品質").cells[(2, 2)] == run
    assert native.Worksheets.Count == 6
