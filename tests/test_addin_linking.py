"""関数リンクを直す: over a recording book, and through xlwings' own Windows code over the Excel double."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xlwings as xw
from helpers.excel_double import ExcelBook, ExcelRange, excel
from helpers.memory_book import MemoryBook

from addin.excel.book import XlwingsBook
from addin.functions.links import relinked
from addin.ribbon import linking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

LOST = "'C:\\old place\\portfolio.xlam'!"


@pytest.fixture(scope="module")
def host() -> Iterator[SimpleNamespace]:
    with excel() as found:
        yield found


@pytest.fixture
def native() -> ExcelBook:
    return ExcelBook("顧客.xlsx", {"はじめに": [["ようこそ"]], "表": [["顧客", "点"]]})


@pytest.fixture
def book(host: SimpleNamespace, native: ExcelBook) -> XlwingsBook:
    return XlwingsBook(xw.Book(impl=host.windows.Book(xl=native)), "顧客ポートフォリオ")


def enter(native: ExcelBook, address: str, formula: str, kind: str = "cells") -> None:
    """Enter a formula: into each cell of its own, as an array over the cells, or into the first, from which it spills."""
    sheet = native.Worksheets("表")
    area = sheet.Range(address)
    places = [place for line in area.places() for place in line]
    sheet.cells.update(dict.fromkeys(places, "値"))
    if kind == "cells":
        sheet.formulas.update(dict.fromkeys(places, formula))
    else:
        sheet.formulas[places[0]] = formula
        (sheet.arrays if kind == "array" else sheet.spills).append(area)


def test_only_lost_formulas_are_entered_again_and_each_column_in_one_call(book: XlwingsBook, native: ExcelBook) -> None:
    enter(native, "B2:B4", f"={LOST}PORTFOLIO_SCORE(A2)")
    enter(native, "B6", "=[1]!PORTFOLIO_SCORE(A6)")
    enter(native, "C2:C3", "=SUM(A1:A9)")
    enter(native, "D2", "=PORTFOLIO_SCORE(A2)")
    native.Application.Calculation = -4135
    native.log.clear()
    assert book.rewrite("表", relinked) == (4, 0)
    assert book.rewrite("はじめに", relinked) == (0, 0)
    sheet = native.Worksheets("表")
    assert {sheet.formulas[(row, 2)] for row in (2, 3, 4)} == {"=PORTFOLIO_SCORE(A2)"}
    assert sheet.formulas[(6, 2)] == "=PORTFOLIO_SCORE(A6)"
    assert native.log == [("formulas", "$B$2:$B$4"), ("formulas", "$B$6")]
    assert native.Application.AutoCorrect.AutoFillFormulasInLists is True


def test_arrays_keep_their_cells_and_spills_stay_spills(book: XlwingsBook, native: ExcelBook) -> None:
    enter(native, "B2:C4", f'={LOST}PORTFOLIO_SUMMARY("業界")', "array")
    enter(native, "E2:F9", f'={LOST}PORTFOLIO_LIST("要対応")', "spill")
    enter(native, "H2", f"={LOST}PORTFOLIO_SCORE(A2)")
    native.log.clear()
    assert book.rewrite("表", relinked) == (3, 0)
    sheet = native.Worksheets("表")
    assert sheet.formulas == {
        (2, 2): '=PORTFOLIO_SUMMARY("業界")',
        (2, 5): '=PORTFOLIO_LIST("要対応")',
        (2, 8): "=PORTFOLIO_SCORE(A2)",
    }
    assert sorted(native.log) == [("array", "$B$2:$C$4"), ("formulas", "$E$2"), ("formulas", "$H$2")]


def test_what_cannot_be_entered_is_left_and_counted(book: XlwingsBook, native: ExcelBook) -> None:
    enter(native, "B2:B3", f'={LOST}PORTFOLIO_SUMMARY("{"長" * 300}")', "array")
    enter(native, "D2", f"={LOST}PORTFOLIO_SCORE(A2)")
    assert book.rewrite("表", relinked) == (1, 1)
    enter(native, "D2", f"={LOST}PORTFOLIO_SCORE(A2)")
    native.Worksheets("表").ProtectContents = True
    before = dict(native.Worksheets("表").formulas)
    assert book.rewrite("表", relinked) == (0, 2)
    assert native.Worksheets("表").formulas == before


def test_an_excel_without_dynamic_arrays_is_asked_in_its_own_words(
    book: XlwingsBook, native: ExcelBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    for newer in ("Formula2", "HasSpill"):
        monkeypatch.delattr(ExcelRange, newer)
    enter(native, "B2:B3", f"={LOST}PORTFOLIO_NEXT(A2)", "array")
    enter(native, "D2", f"={LOST}PORTFOLIO_SCORE(A2)")
    assert book.rewrite("表", relinked) == (2, 0)
    assert set(native.Worksheets("表").formulas.values()) == {"=PORTFOLIO_NEXT(A2)", "=PORTFOLIO_SCORE(A2)"}


def test_opening_a_workbook_mends_it_without_a_word(host: SimpleNamespace, native: ExcelBook) -> None:
    enter(native, "B2", f"={LOST}PORTFOLIO_SCORE(A2)")
    host.api.MessageBox.reset_mock()
    server = host.server  # as PortfolioRelink does in VBA
    server.Call(server.Module("addin.udfs"), "relink", server.Tuple(native))
    assert native.Worksheets("表").formulas == {(2, 2): "=PORTFOLIO_SCORE(A2)"}
    host.api.MessageBox.assert_not_called()
    assert (native.Application.Calculation, native.Application.ScreenUpdating) == (-4105, True)
    native.log.clear()
    server.Call(server.Module("addin.udfs"), "relink", server.Tuple(native))
    assert [step for step in native.log if step[0] in {"formulas", "array", "write"}] == []


def test_an_error_while_a_workbook_opens_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    book = MemoryBook({"表": [["=[1]!PORTFOLIO_SCORE(A2)"]]})

    def fails(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(book, "rewrite", fails)
    linking.relink_opened(book, "ja")
    assert book.messages == []
    assert not book.is_quiet


def test_the_button_tells_what_it_did() -> None:
    book = MemoryBook({"表": [["=[1]!PORTFOLIO_SCORE(A2)", "=SUM(A1)", "文"]], "鍵": [["=_xll.PORTFOLIO_SCORE(A2)"]]})
    book.locked.add("鍵")
    told = linking.relink(book, "ja")
    assert book.pages["表"] == [["=PORTFOLIO_SCORE(A2)", "=SUM(A1)", "文"]]
    assert "1 か所直しました" in told.ja
    assert "保護" in told.ja
    book.locked.clear()
    assert linking.relink(book, "en").en == "Formulas linked anew: 1."
    assert "#NAME?" in linking.relink(book, "ja").ja
