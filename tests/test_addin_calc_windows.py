"""The windows of the buttons in a real LibreOffice Calc: drawn into memory, typed into and clicked, no screen needed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from helpers.office import Office
from helpers.portfolios import THREE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from helpers.office import Book

pytestmark = pytest.mark.calc

MESSAGE = ["", "ok"]
QUESTION = ["", "cancel", "ok"]


@pytest.fixture(scope="module")
def office(addin_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A LibreOffice with windows, and with the extension exactly as it is built."""
    folder = tmp_path_factory.mktemp("windows")
    environment = {"PORTFOLIO_PYTHON": sys.executable, "PORTFOLIO_RUNS": str(folder / "runs"), "HOME": str(folder)}
    with Office((addin_folder,), environment, windows=True) as running:
        yield running


@pytest.fixture
def book(office: Office, tmp_path: Path) -> Iterator[Book]:
    path = tmp_path / "顧客.xlsx"
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("顧客")
        for row, cells in enumerate(THREE):
            page.write_row(row, 0, cells)
        made.add_worksheet("計算").write_formula("A1", "=1+1")
    with office.open(path) as opened:
        assert opened.click("customerportfolio:refresh", [["ok"]]) == [MESSAGE]
        yield opened


def test_a_line_of_text_is_asked_for(book: Book) -> None:
    lines = len(book.values("監査ログ"))
    assert book.click("customerportfolio:snapshot", [["cancel"]]) == [QUESTION]
    assert len(book.values("監査ログ")) == lines
    assert book.click("customerportfolio:snapshot", [["ok", "", "9月の会議"], ["ok"]]) == [QUESTION, MESSAGE]
    assert book.values("監査ログ")[-1][-1] == "9月の会議"


def test_a_file_is_chosen_and_the_question_answered(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "顧客.csv"
    file.write_text(
        "顧客名,業界,年間売上,継続性,成長ポテンシャル,リスク\n株式会社Z,製造,100,高,高,低\n", encoding="utf-8-sig"
    )
    before = book.values("顧客")
    choose = ["open", "file_name", str(file)]
    seen = book.click("customerportfolio:import_table", [choose, ["cancel"]])
    assert "file_name" in seen[0]
    assert seen[1] == QUESTION
    assert book.values("顧客") == before
    book.click("customerportfolio:import_table", [choose, ["ok", "", "2"], ["ok"]])
    assert book.value("顧客", "A2") == "株式会社Z"
    assert book.value("顧客", "A3") == ""
    seen = book.click("customerportfolio:undo_import", [["no"]])
    assert {"yes", "no"} <= set(seen[0])
    assert book.value("顧客", "A3") == ""
    book.click("customerportfolio:undo_import", [["yes"], ["ok"]])
    assert book.values("顧客") == before


def test_a_place_is_chosen(book: Book, tmp_path: Path) -> None:
    place = tmp_path / "控え.xlsx"
    book.click("customerportfolio:values_copy", [["open", "file_name", str(place)], ["ok"]])
    assert openpyxl.load_workbook(place)["計算"]["A1"].value == 2
