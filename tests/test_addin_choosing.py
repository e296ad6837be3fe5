"""Which customers a button means: the selected cells, their rows, or what the user answers; and how results are shown."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed

from addin.ribbon.choosing import choice_of, customer_of, customers_of, present
from addin.ribbon.inputs import run_of
from engine.language.errors import Refusal, Text
from engine.scoring.portfolio import Portfolio

CUSTOMERS: list[list[Any]] = [
    ["顧客ID", "顧客名", "業界", "年間売上"],
    [1001, "株式会社A", "製造業", 15_000_000],
    [1002, "B社", "小売業", 1003],
    [1003, "C商店", "IT", 5_000_000],
    [1004, "田中商店", "IT", 4_000_000],
    [1005, "田中商店", "小売業", 3_000_000],
    [1006, "A, Inc.", "IT", 1_000_000],
    [1007, "=HYPERLINK(1)", "IT", 900_000],
]
SHEET = Text("集中リスク", "Concentration")


@pytest.fixture
def book() -> MemoryBook:
    made = pressed(MemoryBook({"顧客": copy.deepcopy(CUSTOMERS), "メモ": [["メモ", 1500], ["HHI", 1003]]}))
    made.log.clear()
    return made


def scored(book: MemoryBook) -> Portfolio:
    return run_of(book)[0]


def names(book: MemoryBook, places: tuple[int, ...]) -> list[str]:
    return [str(scored(book).frame["name"].iloc[place]) for place in places]


@pytest.mark.parametrize(
    ("row", "column", "height", "width", "wanted"),
    [
        (3, 2, 1, 1, ["B社"]),
        (3, 1, 1, 1, ["B社"]),
        (3, 4, 1, 1, ["B社"]),  # 1003 is the sales here, though it is also the ID of another customer
        (3, 3, 1, 1, ["B社"]),
        (2, 2, 3, 1, ["株式会社A", "B社", "C商店"]),
        (1, 2, 3, 1, ["株式会社A", "B社"]),  # the header row is passed over
        (2, 1, 2, 4, ["株式会社A", "B社"]),
        (6, 3, 1, 1, ["田中商店"]),  # of two of one name the ID in the row decides
        (8, 2, 1, 1, ["=HYPERLINK(1)"]),
    ],
)
def test_the_customers_of_the_selection(
    book: MemoryBook, row: int, column: int, height: int, width: int, wanted: list[str]
) -> None:
    book.select("顧客", row, column, height, width)
    assert names(book, customers_of(book, scored(book), "ja")) == wanted
    assert book.asked == []


def test_the_row_decides_between_two_of_one_name(book: MemoryBook) -> None:
    book.select("顧客", 6, 2)
    place = customer_of(book, scored(book), "ja")
    assert place is not None
    assert scored(book).frame["customer_id"].iloc[place] == "1005"


def test_a_name_that_means_several_without_an_id_beside_it_is_refused(book: MemoryBook) -> None:
    book.pages["候補"] = [["田中商店", "IT"]]
    book.select("候補", 1, 1)
    with pytest.raises(Refusal, match="1004 田中商店"):
        customers_of(book, scored(book), "ja")


def test_a_figure_of_a_report_is_no_customer(book: MemoryBook) -> None:
    book.select("メモ", 2, 1)
    book.answers = ["C商店"]
    assert names(book, customers_of(book, scored(book), "ja")) == ["C商店"]
    assert "どの顧客ですか" in book.asked[0]
    assert ("ask", "HHI") in book.log


def test_one_misspelt_among_selected_customers_is_named(book: MemoryBook) -> None:
    book.pages["一覧"] = [["株式会社A"], ["C商点"]]
    book.select("一覧", 1, 1, 2)
    with pytest.raises(Refusal, match=r"C商点.*C商店"):
        customers_of(book, scored(book), "ja")


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("C商店", ["C商店"]),
        ("1002", ["B社"]),
        ("(株)A、B社", ["株式会社A", "B社"]),
        ("A, Inc.", ["A, Inc."]),
        ("B社, B社 ; C商店", ["B社", "C商店"]),
        (None, []),
        ("  ", []),
    ],
)
def test_what_the_user_answers(book: MemoryBook, typed: str | None, wanted: list[str]) -> None:
    book.answers = [typed]
    assert names(book, customers_of(book, scored(book), "ja")) == wanted


def test_an_answer_that_nobody_bears_names_the_nearest(book: MemoryBook) -> None:
    book.answers = ["C商点"]
    with pytest.raises(Refusal, match="近い候補: C商店"):
        customer_of(book, scored(book), "ja")


CHOICES = {"orders": Text("取引", "Orders"), "leads": Text("リード", "Leads")}


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("1", "orders"),
        ("2", "leads"),
        ("①", "orders"),
        ("\uff12", "leads"),  # full-width
        ("リード", "leads"),
        ("Orders", "orders"),
        (None, None),
        ("", None),
    ],
)
def test_a_choice_by_number_or_word(book: MemoryBook, answer: str | None, wanted: str | None) -> None:
    book.answers = [answer]
    assert choice_of(book, Text("どの表ですか", "Which table?"), CHOICES, "ja", "leads") == wanted
    assert book.asked == ["どの表ですか\n1. 取引\n2. リード"]
    assert ("ask", "2") in book.log


@pytest.mark.parametrize("answer", ["0", "3", "顧客", "-1"])
def test_a_choice_that_is_none_of_them_is_refused(book: MemoryBook, answer: str) -> None:
    book.answers = [answer]
    with pytest.raises(Refusal, match="1~2"):
        choice_of(book, Text("どの表ですか", "Which table?"), CHOICES, "ja")


def test_a_result_is_written_and_shown(book: MemoryBook) -> None:
    assert present(book, "PF_X", SHEET, [["集中リスク"], ["HHI", 1500]], "ja")
    assert book.pages["集中リスク"] == [["集中リスク", None], ["HHI", 1500]]
    assert book.log[-1] == ("show", "集中リスク", "1", "1")
    assert present(book, "PF_X", SHEET, [["短い"]], "ja")
    assert book.pages["集中リスク"] == [["短い"]]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_sheet_that_is_not_ours_is_only_shown(book: MemoryBook, lang: Any) -> None:
    book.pages["集中リスク"] = [["=PORTFOLIO_ALERTS()"]]
    assert not present(book, "PF_X", SHEET, [["うちの結果"]], lang)
    assert book.pages["集中リスク"] == [["=PORTFOLIO_ALERTS()"]]
    assert "Concentration" not in book.pages
    assert book.log[-1] == ("show", "集中リスク", "1", "1")
