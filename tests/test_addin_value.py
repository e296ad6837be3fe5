"""PORTFOLIO_LTV and PORTFOLIO_CHURN as cells see them, against the engine that they read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE, serials

from addin.functions.cells import answer
from engine.measures.value.lifetime import churn_probability, customer_equity, lifetimes
from engine.runs import runs

NAMES = [[row[1]] for row in BOOK_CUSTOMERS[1:]]
NEVER = str(BOOK_CUSTOMERS[-1][1])  # has no orders
FIRST = str(BOOK_CUSTOMERS[1][1])


@pytest.fixture(scope="module")
def book() -> str:
    return str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))


@pytest.fixture(scope="module")
def dollars() -> str:
    orders = [[*BOOK_ORDERS[0], "通貨"], *([*row, "USD"] for row in BOOK_ORDERS[1:])]
    return str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, orders]))


def rows(name: str, *args: object, run: str, lang: Any = "ja") -> list[list[Any]]:
    found = answer(name, args, run, lang)
    assert isinstance(found, list), found
    return found


def test_a_range_is_answered_as_the_engine_answers(book: str) -> None:
    cells = rows("PORTFOLIO_LTV", NAMES, run=book)
    mid = lifetimes(runs.recall(book)).frame["mid"].to_numpy(float, na_value=np.nan)
    assert len(cells) == len(NAMES) == len(mid)
    for (cell,), value in zip(cells, mid, strict=True):
        assert cell == "算出不可" if np.isnan(value) else cell == round(value)
    assert answer("PORTFOLIO_LTV", [FIRST], book) == cells[0][0]
    assert answer("PORTFOLIO_LTV", [NEVER], book, "en") == "n/a"


def test_the_handle_may_be_an_argument(book: str) -> None:
    assert answer("PORTFOLIO_LTV", [FIRST, None, None, None, book]) == answer("PORTFOLIO_LTV", [FIRST], book)
    assert answer("PORTFOLIO_CHURN", [FIRST, None, book]) == answer("PORTFOLIO_CHURN", [FIRST], book)


@pytest.mark.parametrize("word", ["遷移", "markov", "マルコフ", "Ｍａｒｋｏｖ"])
def test_years_rate_and_method_are_read_in_any_clothes(book: str, word: str) -> None:
    value = lifetimes(runs.recall(book), 3, 0.05, "markov").frame["mid"].iloc[0]
    for years, rate in ((3.0, 0.05), ("3", "5%"), ("３", "０．０５")):
        assert answer("PORTFOLIO_LTV", [FIRST, years, rate, word], book) == round(float(value))


def test_cents_become_dollars(book: str, dollars: str) -> None:
    # the same numbers as in yen, each rounded to its own smallest unit
    yen, dollar = (answer("PORTFOLIO_LTV", [FIRST], run) for run in (book, dollars))
    assert isinstance(dollar, float)
    assert round(dollar) == yen
    assert round(dollar, 2) == dollar


def test_the_interval_spills_low_mid_and_high(book: str) -> None:
    table = rows("PORTFOLIO_LTV", NAMES, None, None, "遷移 区間", run=book)
    assert table[0] == ["下限", "中央", "上限"]
    assert len(table) == len(NAMES) + 1
    for low, mid, high in table[1:]:
        assert mid == "算出不可" or low <= mid <= high
    assert [row[1] for row in table[1:]] == [
        row[0] for row in rows("PORTFOLIO_LTV", NAMES, None, None, "遷移", run=book)
    ]
    assert rows("PORTFOLIO_LTV", NAMES, None, None, "遷移、区間、値のみ", run=book) == table[1:]
    single = rows("PORTFOLIO_LTV", FIRST, None, None, ["markov", "interval"], run=book, lang="en")
    assert single == [["Low", "Mid", "High"], table[1]]
    assert rows("PORTFOLIO_LTV", [["", "ない会社"]], None, None, "区間 値のみ", run=book)[0] == ["", "", ""]


def test_the_convention_stands_beside_the_value(book: str) -> None:
    told = str(answer("PORTFOLIO_LTV", [FIRST, None, None, "前提"], book))
    for word in ("BTYD", "事前分布による", "粗利", "5年", "10.0%", "購入のたびに支払い", "95%"):
        assert word in told
    markov = str(answer("PORTFOLIO_LTV", [FIRST, None, None, "遷移 前提"], book))
    for word in ("遷移", "粗利", "5年", "10.0%", "1期後", "95%"):
        assert word in markov
    never = str(answer("PORTFOLIO_LTV", [NEVER, 2, None, "遷移 前提"], book))
    assert never.startswith("算出不可: 取引がない")
    english = str(answer("PORTFOLIO_LTV", [NEVER, 2, None, "convention"], book, "en"))
    assert english.startswith("n/a: no orders / BTYD")
    assert "gross profit" in english


def test_churn_is_answered_as_the_engine_answers(book: str) -> None:
    cells = rows("PORTFOLIO_CHURN", NAMES, 90, run=book)
    found = churn_probability(runs.recall(book), 90).probability
    for (cell,), value in zip(cells, found, strict=True):
        assert cell == "算出不可" if np.isnan(value) else cell == value
    assert answer("PORTFOLIO_CHURN", [FIRST, "９０"], book) == cells[0][0]
    usual = answer("PORTFOLIO_CHURN", [FIRST], book)
    assert usual == churn_probability(runs.recall(book), 365).probability[0]
    assert answer("PORTFOLIO_CHURN", [NEVER], book, "en") == "n/a"


def test_the_summary_knows_the_lifetime_value(book: str) -> None:
    table = rows("PORTFOLIO_SUMMARY", "セグメント", "LTV", run=book)
    assert table[0] == ["セグメント", "LTV"]
    equity = customer_equity(runs.recall(book)).total
    assert sum(row[1] for row in table[1:] if row[1] != "算出不可") == pytest.approx(equity, abs=len(table))
    assert rows("PORTFOLIO_SUMMARY", "業界", "社数,顧客資産,売上", run=book)[0] == ["業界", "社数", "LTV", "売上"]


def test_calc_hands_over_serial_dates_and_empty_cells_as_zero(book: str) -> None:
    run = str(answer("PORTFOLIO_RUN", [serials(BOOK_CUSTOMERS), serials(BOOK_ORDERS)]))
    assert run == book
    assert answer("PORTFOLIO_LTV", [FIRST, None, None, 0.0], run) == answer("PORTFOLIO_LTV", [FIRST], book)
    assert answer("PORTFOLIO_LTV", [0.0], run) == ""
    assert answer("PORTFOLIO_CHURN", [""], run) == ""


def test_without_a_repeat_purchase_the_purchase_models_refuse_in_the_cell(book: str) -> None:
    once = {row[0]: row for row in BOOK_ORDERS[1:]}
    run = str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, [BOOK_ORDERS[0], *once.values()]]))
    assert run != book
    assert str(answer("PORTFOLIO_LTV", [FIRST, None, None, "BTYD"], run)).startswith("#PF データ不足")
    assert "50社以上" in str(answer("PORTFOLIO_LTV", [FIRST, None, None, "BTYD"], run))


@pytest.mark.parametrize(
    ("name", "args", "word"),
    [
        ("PORTFOLIO_LTV", ["ない会社"], "#PF 顧客なし"),
        ("PORTFOLIO_LTV", ["ない会社", None, None, "区間"], "#PF 顧客なし"),
        ("PORTFOLIO_LTV", [FIRST, 0], "#PF 引数: 年数「0」"),
        ("PORTFOLIO_LTV", [FIRST, 99], "#PF 引数: 年数「99」"),
        ("PORTFOLIO_LTV", [FIRST, "長く"], "「年数」の値「長く」"),
        ("PORTFOLIO_LTV", [FIRST, None, 10], "10%は0.1"),
        ("PORTFOLIO_LTV", [FIRST, None, None, "魔法"], "方法「魔法」は使えません"),
        ("PORTFOLIO_LTV", [FIRST, None, None, "簡易 遷移"], "1つだけ"),
        ("PORTFOLIO_LTV", [FIRST, None, None, "区間 前提"], "1つだけ"),
        ("PORTFOLIO_LTV", [FIRST, None, None, "値のみ"], "「区間」と合わせて"),
        ("PORTFOLIO_LTV", [FIRST, None, 0.1, "簡易"], "割引をしない式"),
        ("PORTFOLIO_LTV", [FIRST, None, None, "維持率"], "20社以上必要です(実11社)"),
        ("PORTFOLIO_CHURN", [FIRST, 0], "#PF 引数: 日数「0」"),
        ("PORTFOLIO_CHURN", [FIRST, -1], "#PF 引数: 日数「-1」"),
        ("PORTFOLIO_CHURN", ["ない会社"], "#PF 顧客なし"),
    ],
)
def test_bad_input_is_told_in_words(book: str, name: str, args: list[object], word: str) -> None:
    found = answer(name, args, book)
    assert isinstance(found, str)
    assert found.startswith("#PF ")
    assert word in found


@pytest.mark.parametrize("name", ["PORTFOLIO_LTV", "PORTFOLIO_CHURN"])
def test_a_table_alone_is_refused_as_too_little_data(name: str) -> None:
    run = str(answer("PORTFOLIO_RUN", [THREE]))
    assert str(answer(name, ["株式会社A"], run)).startswith("#PF データ不足")
    assert str(answer("PORTFOLIO_SUMMARY", ["セグメント", "LTV"], run)).startswith("#PF データ不足")
