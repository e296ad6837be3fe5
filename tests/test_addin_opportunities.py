"""PORTFOLIO_NEXT as a cell sees it."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE, moment

from addin.functions.cells import answer

# Ten customers: all buy the lamp, six the bulb too (a lift above 1 needs one who buys neither), one only the desk.
NAMES = [f"株式会社{letter}" for letter in "ABCDEFGHIJ"]
CUSTOMERS = [["顧客名", "業界", "規模"], *([name, "製造", "大"] for name in NAMES)]
ORDERS: list[list[object]] = [
    ["顧客名", "取引日", "商品", "金額", "原価"],
    *([name, moment(2026, 3, 1), "lamp", 1000.0, 600.0] for name in NAMES[:9]),
    *([name, moment(2026, 3, 2), "bulb", 400.0, 100.0] for name in NAMES[:6]),
    [NAMES[9], moment(2026, 3, 3), "desk", 900.0, 500.0],
]


@pytest.fixture(scope="module")
def shop() -> str:
    return str(answer("PORTFOLIO_RUN", [CUSTOMERS, ORDERS]))


def rows(*args: object, run: str, lang: Any = "ja") -> list[list[Any]]:
    found = answer("PORTFOLIO_NEXT", args, run, lang)
    assert isinstance(found, list), found
    return found


def test_the_next_products_by_hand(shop: str) -> None:
    # Of the lamp's nine buyers six buy the bulb (67 %), of ten customers six: lift 6·10 / (9·6). It earns 300 each, of which
    # no more is expected of G than a quarter of the 1,000 that it buys today, at the bulb's margin of 75 %: 187.5, so 125.
    assert rows("G", "クロスセル", run=shop) == [
        ["商品", "種別", "根拠n", "リフト", "期待粗利"],
        ["bulb", "クロスセル", 6, pytest.approx(10 / 9), 125],
    ]
    # Six of G's nine peers buy it as well.
    assert rows("G", "ホワイトスペース、値のみ", run=shop) == [
        ["bulb", "ホワイトスペース", 6, pytest.approx(10 / 9), 125]
    ]
    assert rows("G", run=shop)[1][:2] == ["bulb", "クロスセル"]


def test_english_words_reasons_and_the_number_of_rows(shop: str) -> None:
    table = rows("J", "whitespace, reason", 1, run=shop, lang="en")
    assert table[0] == ["Product", "Kind", "Evidence n", "Lift", "Expected gross profit", "Reason"]
    # J buys for 900: at most 225 × 75 % = 168.75 of bulbs, which two thirds buy, and 225 × 40 % = 90 of lamps, which all buy.
    assert table[1:] == [
        ["bulb", "Whitespace", 6, pytest.approx(1 / 0.9), 112,
         "67% of the customers of the same industry and size (6) buy it"],
    ]  # fmt: skip
    assert [row[4] for row in rows("J", "すべて", 2, run=shop)[1:]] == [112, 90]
    assert len(rows("J", "すべて", 2, run=shop)) == 3
    assert len(rows("J", None, "２", run=shop)) == 3


def test_an_upsell_has_no_lift() -> None:
    orders = [ORDERS[0], *([name, moment(2026, 3, 1), "lamp", 1000.0 * (at + 1), 0.0] for at, name in enumerate(NAMES))]
    handle = str(answer("PORTFOLIO_RUN", [CUSTOMERS, orders]))
    # The others buy 2,000 … 10,000: P75 = 8,000, the gap of D 4,000, all of it profit. A quarter gets
    # there, and of D no more is expected than a quarter of its 4,000: 250.
    assert rows("D", "アップセル", run=handle)[1] == ["lamp", "アップセル", 9, "-", 250]
    # G's others have their P75 at 8,000 too: the gap of 1,000 lies within its cap of 1,750.
    assert rows("G", "アップセル", run=handle)[1] == ["lamp", "アップセル", 9, "-", 250]


def test_dollars_are_shown_in_dollars() -> None:
    orders = [["顧客名", "取引日", "商品", "金額(USD)", "原価"], *([*row[:3], 10.5, 0.25] for row in ORDERS[1:])]
    handle = str(answer("PORTFOLIO_RUN", [CUSTOMERS, orders]))
    assert rows("G", "クロスセル", run=handle)[1][4] == round(
        10.25 / 4 * 6 / 9, 2
    )  # a quarter of its one lamp for 10.50


def test_an_unknown_profit_says_so() -> None:
    orders = [row[:4] for row in ORDERS]
    handle = str(answer("PORTFOLIO_RUN", [CUSTOMERS, orders]))
    assert rows("G", run=handle)[1][4] == "算出不可"
    assert rows("G", run=handle, lang="en")[1][4] == "n/a"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["Z"], "#PF 顧客なし"),
        (["G", "抱き合わせ"], "#PF 引数: 種別「抱き合わせ」は使えません"),
        (["G", None, 0.0], "1以上の整数"),
        (["G", None, 1.5], "1以上の整数"),
        (["G", None, "たくさん"], "数として読めません"),
        ([[["G"], ["J"]]], "1社だけ"),
        (["A", "クロスセル"], "#PF データ不足: 根拠のある提案がありません"),
    ],
)
def test_what_cannot_be_answered_says_why(shop: str, args: list[object], says: str) -> None:
    assert says in str(answer("PORTFOLIO_NEXT", args, shop))


def test_a_blank_customer_stays_blank(shop: str) -> None:
    assert answer("PORTFOLIO_NEXT", [""], shop) == ""


def test_without_products_the_column_is_named() -> None:
    for name, tables in (("A", [THREE]), ("青葉電機", [BOOK_CUSTOMERS, BOOK_ORDERS])):
        handle = answer("PORTFOLIO_RUN", tables)
        found = str(answer("PORTFOLIO_NEXT", [name], handle))
        assert found.startswith("#PF 列なし: 商品が分かりません。取引表に商品の列")
