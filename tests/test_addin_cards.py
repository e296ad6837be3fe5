"""PORTFOLIO_PROFILE and PORTFOLIO_TRACE as cells see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE

from addin.functions.cells import answer
from engine.runs import runs
from engine.scoring.portfolio import Portfolio


@pytest.fixture(scope="module")
def book() -> str:
    return str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))


@pytest.fixture(scope="module")
def portfolio(book: str) -> Portfolio:
    return runs.recall(book)


def rows(name: str, *args: object, run: str, lang: Any = "ja", **options: Any) -> list[list[Any]]:
    found = answer(name, args, run, lang, **options)
    assert isinstance(found, list), found
    return found


def test_the_card_has_two_columns_of_text(book: str) -> None:
    card = rows("PORTFOLIO_PROFILE", "青葉電機", run=book)
    assert {len(row) for row in card} == {2}
    assert card[:4] == [
        ["顧客名", "株式会社青葉電機"],
        ["顧客ID", "1001"],
        ["グループ", "親会社(グループ2社)"],
        ["業界", "製造"],
    ]
    told = dict(card)
    assert told["担当"] == "担当0"
    assert told["与信枠"] == "算出不可(顧客表の「与信枠」が空欄です)"
    assert told["売上(直近12か月)"] == "20.5万円"
    english = dict(rows("PORTFOLIO_PROFILE", "1001", run=book, lang="en"))
    assert english["Credit limit"] == 'n/a ("Credit limit" of the customer is blank)'


def test_a_hostile_owner_is_text(book: str) -> None:
    assert dict(rows("PORTFOLIO_PROFILE", "さくら薬品", run=book))["担当"] == "'@佐藤"


def test_the_card_of_a_hand_typed_table() -> None:
    run = str(answer("PORTFOLIO_RUN", [THREE]))
    told = dict(rows("PORTFOLIO_PROFILE", "株式会社A", run=run))
    assert told["戦略"] == "クロスセルを狙う"
    assert told["購入回数"] == "算出不可(取引の表がありません)"


def test_a_card_is_asked_for_one_customer(book: str) -> None:
    assert answer("PORTFOLIO_PROFILE", [""], book) == ""
    assert str(answer("PORTFOLIO_PROFILE", [[["1001"], ["1002"]]], book)) == "#PF 引数: 顧客は1社だけ指定してください"
    assert str(answer("PORTFOLIO_PROFILE", ["誰か"], book)).startswith("#PF 顧客なし: ")
    assert str(answer("PORTFOLIO_TRACE", ["誰か"], book)).startswith("#PF 顧客なし: ")


def test_a_trace_leads_to_rows_moment_and_definition(book: str, portfolio: Portfolio) -> None:
    table = rows("PORTFOLIO_TRACE", "1001", "売上", run=book)
    assert table[0] == ["項目", "値", "入力元", "行", "取込時刻", "ハッシュ", "定義版"]
    head, line = table[1:]
    assert head[0] == "売上(直近12か月)"
    assert head[5] == portfolio.hash
    assert line[:4] == ["取引(直近12か月) › 金額", "205,000円", "セル範囲", "16行: 17–32"]
    assert isinstance(line[4], datetime)
    assert line[4].tzinfo is None
    assert line[6] == f"{portfolio.definition.version} ({portfolio.definition.hash[:8]})"
    # the header stands in the sheet's first row: row 17 is the sixteenth order
    assert sum(float(str(row[2])) for row in BOOK_ORDERS[16:32]) == 205_000


def test_the_rows_that_the_cell_shows_sum_to_the_value(book: str, portfolio: Portfolio) -> None:
    for row in BOOK_CUSTOMERS[1:]:
        shown = rows("PORTFOLIO_TRACE", row[0], "累計売上", run=book)[2][3]
        spans = [span.split("–") for span in shown.partition(": ")[2].split("、") if span]
        numbers = [number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)]
        place = portfolio.position(str(row[1]))
        assert (
            sum(float(str(BOOK_ORDERS[number - 1][2])) for number in numbers)
            == portfolio.frame["sales_total"].iloc[place]
        )


def test_the_total_is_the_default_and_the_header_can_go(book: str) -> None:
    whole = rows("PORTFOLIO_TRACE", "1001", run=book)
    assert whole[1][0] == "総合"
    assert rows("PORTFOLIO_TRACE", "1001", "総合、値のみ", run=book) == whole[1:]
    assert rows("PORTFOLIO_TRACE", "1001", "Total", run=book, lang="en")[0][0] == "Item"
    assert str(answer("PORTFOLIO_TRACE", ["1001", "売上、粗利"], book)).startswith("#PF 引数: 対象は1つだけ")
    assert str(answer("PORTFOLIO_TRACE", ["1001", "天気"], book)).startswith("#PF 引数: 「天気」はたどれません")


def test_serial_dates_carry_the_moment_too(book: str) -> None:
    table = rows("PORTFOLIO_TRACE", "1001", "売上", run=book, dates="serial")
    assert isinstance(table[1][4], float)


@pytest.mark.parametrize("subject", ["戦略", "標準", "CPM", "リスク", "顧客集中", "次回予測日", "信頼度"])
def test_every_kind_of_answer_can_be_traced(book: str, subject: str) -> None:
    table = rows("PORTFOLIO_TRACE", "1001", subject, run=book)
    assert {len(row) for row in table} == {7}
    assert any("行: " in str(row[3]) for row in table[1:])
