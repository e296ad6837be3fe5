"""PORTFOLIO_MAP as a cell sees it."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE, moment

from addin.functions.cells import answer
from engine.measures.profit import profit_map
from engine.runs import runs


@pytest.fixture(scope="module")
def book() -> str:
    return str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))


@pytest.fixture(scope="module")
def costly() -> str:
    days = [moment(2025, 5, 1), moment(2025, 12, 31), moment(2026, 2, 20)]
    costs = [["顧客名", "日付", "費目", "金額"], *(["青葉電機", day, "物流", 30_000.0] for day in days)]
    return str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS, None, None, None, costs]))


def rows(*args: object, run: str, lang: Any = "ja") -> list[list[Any]]:
    found = answer("PORTFOLIO_MAP", args, run, lang)
    assert isinstance(found, list), found
    return found


def test_the_usual_map_has_a_row_per_customer_and_a_quadrant(costly: str) -> None:
    table = rows(run=costly)
    assert table[0] == ["顧客", "売上", "粗利率", "純利益", "象限"]
    portfolio = runs.recall(costly)
    found = profit_map(portfolio)
    assert len(table) - 1 == len(found.points)
    assert [row[1] for row in table[1:]] == sorted((row[1] for row in table[1:]), reverse=True)
    assert {row[4] for row in table[1:]} <= {"主力", "育成", "採算改善", "見直し"}
    aoba = next(row for row in table if row[0] == "株式会社青葉電機")
    assert aoba[3] == answer("PORTFOLIO_VALUE", ["青葉電機", "純利益"], costly)
    assert aoba[1] == answer("PORTFOLIO_VALUE", ["青葉電機", "売上"], costly)


def test_without_costs_the_bubbles_are_gross_profit(book: str) -> None:
    assert rows(run=book)[0] == ["顧客", "売上", "粗利率", "粗利", "象限"]
    assert "費用表" in str(answer("PORTFOLIO_MAP", ["売上", "粗利率", "純利益"], book))


def test_metrics_are_words_of_the_dictionary_in_either_language(book: str) -> None:
    english = rows("Sales", "growth", "gross profit", run=book, lang="en")
    assert english[0] == ["Customer", "Sales", "Growth", "Gross profit", "Quadrant"]
    japanese = rows("売上", "前年比", "粗利、値のみ", run=book)
    assert [row[:4] for row in japanese] == [row[:4] for row in english[1:]]
    assert "指標「星座」はありません" in str(answer("PORTFOLIO_MAP", ["星座"], book))
    assert "1つだけ" in str(answer("PORTFOLIO_MAP", ["売上", "粗利率", "粗利,売上"], book))


def test_the_dividing_lines_can_be_asked_for(book: str) -> None:
    table = rows(None, None, "区切り", run=book)
    assert table[0] == ["軸", "指標", "区切り", "決め方"]
    found = profit_map(runs.recall(book))
    assert table[1:] == [["横", "売上", found.x.at, "中央値"], ["縦", "粗利率", found.y.at, "中央値"]]
    assert rows(None, None, "split, values only", run=book, lang="en")[0][0] == "x"


def test_dollars_are_shown_in_dollars() -> None:
    orders = [["顧客名", "取引日", "金額(USD)", "原価"], ["Acme", moment(2026, 3, 1), 11.75, 4.5]]
    handle = str(answer("PORTFOLIO_RUN", [[["顧客名"], ["Acme"]], orders]))
    assert rows(run=handle)[1][1] == 11.75
    assert rows(run=handle)[1][3] == 7.25
    assert rows(None, None, "区切り", run=handle)[1][2] == 11.75


def test_what_is_missing_is_named_in_the_cell() -> None:
    three = answer("PORTFOLIO_RUN", [THREE])
    found = str(answer("PORTFOLIO_MAP", [], three))
    assert found.startswith("#PF データ不足: 「粗利率」が分かる顧客がいません。取引表に原価か粗利の列を加える")
    assert "cost or gross profit" in str(answer("PORTFOLIO_MAP", [], three, "en"))


def test_the_new_metrics_answer_in_cells(costly: str, book: str) -> None:
    gross = answer("PORTFOLIO_VALUE", ["青葉電機", "粗利"], costly)
    assert answer("PORTFOLIO_VALUE", ["青葉電機", "顧客別純利益"], costly) == float(str(gross)) - 90_000
    assert answer("PORTFOLIO_VALUE", ["青葉電機", "対応費"], costly) == 90_000
    assert (
        answer("PORTFOLIO_VALUE", ["青葉電機", "純利益"], book)
        == "#PF データ不足: 「純利益」は算出不可です(費用の表がありません)"
    )
    none = answer("PORTFOLIO_VALUE", ["青葉電機", "ROI"], costly)
    assert none == "#PF データ不足: 「ROI」は算出不可です(分母になる費用(獲得費・訪問費など)がありません)"
    assert isinstance(answer("PORTFOLIO_VALUE", ["青葉電機", "粗利", "前12か月"], book), (int, float))
    shares = answer("PORTFOLIO_VALUE", [[[row[1]] for row in BOOK_CUSTOMERS[1:]], "粗利構成比"], book)
    assert isinstance(shares, list)
    assert sum(float(str(row[0])) for row in shares) == pytest.approx(1)
