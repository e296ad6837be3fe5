"""関数一覧, 用語集, 診断 and 値だけの控え, over a book in memory."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed

from addin.functions.registry import functions
from addin.install import doctor
from engine.commands.checkup import bad, fine
from engine.language.errors import Text
from engine.language.glossary import terms

CUSTOMERS: list[list[Any]] = [["顧客名", "年間売上"], ["株式会社A", 15_000_000]]


@pytest.fixture
def book(tmp_path: Path) -> MemoryBook:
    made = MemoryBook({"顧客": copy.deepcopy(CUSTOMERS)})
    made.path = tmp_path / "顧客管理.xlsm"
    made.path.write_bytes(b"open")
    return made


def test_every_function_is_listed_with_its_arguments(book: MemoryBook) -> None:
    pressed(book, button="functions_list")
    rows = {str(row[0]): row for row in book.pages["関数一覧"]}
    assert list(rows) == ["関数", *(each.name for each in functions())]
    assert rows["PORTFOLIO_SEGMENT"][3].startswith("顧客, [")
    assert book.log[-2] == ("show", "関数一覧", "1", "1")


def test_every_term_is_listed_in_the_language_of_the_book(book: MemoryBook) -> None:
    pressed(book, "en", button="glossary")
    rows = book.pages["Glossary"]
    assert len(rows) == len(terms()) + 1
    assert [row[0] for row in rows[1:]] == [each.term.en for each in terms()]
    assert all(row[2] and row[4] for row in rows)


@pytest.mark.parametrize(("button", "sheet"), [("functions_list", "関数一覧"), ("glossary", "用語集")])
def test_the_templates_own_sheet_is_only_brought_to_the_front(book: MemoryBook, button: str, sheet: str) -> None:
    book.pages[sheet] = [["ひな形の表"]]
    before = copy.deepcopy(book.pages)
    pressed(book, button=button)
    assert book.pages == before
    assert ("show", sheet, "1", "1") in book.log


def test_the_diagnosis_says_what_to_mend(book: MemoryBook, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        fine(Text("Python", "Python"), Text("3.11", "3.11")),
        bad(Text("報告書", "Report"), Text("動きません", "does not run"), Text("入れ直す", "install again")),
    ]
    monkeypatch.setattr(doctor, "checks", lambda: found)
    pressed(book, button="diagnose")
    assert book.pages["診断"][1:] == [["○", "Python", "3.11", None], ["×", "報告書", "動きません", "入れ直す"]]
    assert book.messages == [("直すところが 1 件あります。\n・報告書: 動きません → 入れ直す", False)]
    monkeypatch.setattr(doctor, "checks", lambda: found[:1])
    book.pages["診断"] = [["うちの診断"]]
    del book.marks["PF_DOCTOR"]
    pressed(book, button="diagnose")
    assert book.pages["診断"] == [["うちの診断"]]
    assert book.messages[1][0].startswith("すべて整っています。\n")


def test_the_values_are_saved_where_the_user_wants_them(book: MemoryBook, tmp_path: Path) -> None:
    place = tmp_path / "控え"
    book.answers = [place]
    pressed(book, button="values_copy")
    assert ("choose_place", f"顧客管理_値のみ_{date.today():%Y%m%d}.xlsx") in book.log  # noqa: DTZ011 - as the user's clock says
    assert (tmp_path / "控え.xlsx").is_file()
    assert book.messages == [(f"値だけの控えを保存しました: {tmp_path / '控え.xlsx'}", False)]
    assert book.pages["顧客"] == CUSTOMERS
    assert book.pages["監査ログ"][-1][2] == "値だけの控え"
    assert book.pages["監査ログ"][-1][7] == "控え.xlsx"


def test_a_copy_may_be_cancelled_at_both_questions(book: MemoryBook, tmp_path: Path) -> None:
    """Whoever chooses a file that is there was asked there; here only where the suffix was added to what they typed."""
    there = tmp_path / "控え.xlsx"
    there.write_bytes(b"older")
    several: list[list[Any]] = [[None], [tmp_path / "控え", False]]
    for answers in several:
        book.answers = answers
        pressed(book, button="values_copy")
        assert book.answers == []
    assert there.read_bytes() == b"older"
    assert book.pages == {"顧客": CUSTOMERS}
    book.answers = [there]
    pressed(book, button="values_copy")
    assert there.read_bytes() != b"older"


def test_the_workbook_itself_is_never_replaced(book: MemoryBook, tmp_path: Path) -> None:
    book.path = tmp_path / "顧客管理.xlsx"
    book.path.write_bytes(b"open")
    book.answers = [tmp_path / "顧客管理.xlsx"]
    pressed(book, button="values_copy")
    assert book.path.read_bytes() == b"open"
    assert book.messages[0][1]


def test_a_copy_that_cannot_be_written_is_told(book: MemoryBook, tmp_path: Path) -> None:
    book.answers = [tmp_path / "ない" / "控え.xlsx"]
    pressed(book, button="values_copy")
    text, trouble = book.messages[0]
    assert trouble
    assert text.startswith("保存不可")
    assert book.pages == {"顧客": CUSTOMERS}


def test_a_workbook_that_was_never_saved_gets_a_name(book: MemoryBook) -> None:
    book.path = None
    book.answers = [None]
    pressed(book, "en", button="values_copy")
    assert ("choose_place", f"customer-portfolio_values_{date.today():%Y%m%d}.xlsx") in book.log  # noqa: DTZ011 - as above
