"""PORTFOLIO_LIST as cells see it: header, styles, units, refusals, and the schemes that reach the cells with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE, moment

from addin.functions.answers import lists as subject
from addin.functions.cells import answer
from engine.lists.listing import list_customers
from engine.runs import runs

OWN = [
    ["キー", "値"],
    ["schemes.自社分類.x", "売上"],
    ["schemes.自社分類.x_cuts", "600万、1000万"],
    ["schemes.自社分類.y", "リスク"],
    ["schemes.自社分類.grid", "守る 守る 守る / 育てる 保つ 伸ばす / 育てる 保つ 伸ばす"],
    ["schemes.自社分類.names", '{"伸ばす": {"ja": "伸ばす先", "en": "Grow"}}'],
    ["schemes.自社分類.en", "House classes"],
]


@pytest.fixture(scope="module")
def three() -> str:
    return str(answer("PORTFOLIO_RUN", [THREE, None, OWN]))


@pytest.fixture(scope="module")
def book() -> str:
    return str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))


def rows(args: list[Any], run: str, lang: Any = "ja") -> list[list[Any]]:
    found = answer("PORTFOLIO_LIST", args, run, lang)
    assert isinstance(found, list), found
    return found


def test_a_filter_is_answered_with_a_header_and_a_row_per_customer(three: str) -> None:
    total = dict(zip(*(runs.recall(three).frame[each] for each in ("name", "score_total")), strict=True))
    assert rows(["リスク=高 または 成長=高"], three) == [
        ["顧客ID", "顧客", "リスク", "成長", "売上", "総合", "戦略"],
        ["株式会社B", "株式会社B", "中", "高", 9_000_000, total["株式会社B"], "アップセルで深耕"],
        ["株式会社C", "株式会社C", "高", "低", 5_000_000, total["株式会社C"], "再契約の機会を探る"],
    ]


def test_a_named_list_speaks_both_languages(three: str) -> None:
    assert rows(["要対応", "期待金額", 1.0], three) == [
        ["顧客ID", "顧客", "要対応の内容", "対応期日", "期待金額(売上)", "戦略", "リスク", "売上", "担当"],
        [
            *["株式会社C"] * 2,
            "離脱のおそれ",
            _days_after_as_of(three, 14),
            2_000_000,
            "再契約の機会を探る",
            "高",
            5_000_000,
            "",
        ],
    ]
    english = rows(["Action needed", "Expected money", 10.0], three, "en")
    assert english[0][2:5] == ["Finding", "Act by", "Expected money (Sales)"]
    assert [row[2] for row in english[1:]] == ["At risk", "Dependence on one customer"]


def _days_after_as_of(run: str, days: int) -> datetime:
    day = runs.recall(run).as_of + timedelta(days=days)
    return moment(day.year, day.month, day.day)


def test_the_list_is_the_engines(book: str) -> None:
    listing = list_customers(runs.recall(book), "遅れ>1", "売上 昇順", 3)
    assert [row[0] for row in rows(["遅れ>1", "売上 昇順", 3.0], book)[1:]] == listing.columns[0].values
    sales = [row[3] for row in rows(["売上>0", "売上"], book)[1:] if isinstance(row[3], float)]
    assert len(rows([], book)) == 13
    assert sales == sorted(sales, reverse=True)


STYLED: list[list[Any]] = [
    ["要対応、値のみ"],
    ["要対応", "値のみ"],
    ["要対応", "期待効果、値のみ"],
    ["要対応", [["期待効果"], ["値のみ"]]],
]


@pytest.mark.parametrize("args", STYLED)
def test_values_only_drops_the_header(three: str, args: list[Any]) -> None:
    assert [row[0] for row in rows(args, three)] == ["株式会社C", "株式会社A"]


def test_ids_alone_are_what_the_other_functions_take(book: str) -> None:
    listed = rows([None, "IDのみ"], book)
    assert [row[:1] for row in rows([""], book)[1:]] == listed
    assert rows([None, "IDs only", 2.0], book, "en") == listed[:2]
    names = answer("PORTFOLIO_SEGMENT", [listed, "顧客"], book)
    assert names == [row[1:2] for row in rows([""], book)[1:]]


def test_ids_of_nobody_are_blank(three: str) -> None:
    assert answer("PORTFOLIO_LIST", ["新規", "IDのみ"], three) in ("", [[""]])


def test_an_empty_list_has_its_header_or_nothing(three: str) -> None:
    assert [len(rows(["新規"], three)), answer("PORTFOLIO_LIST", ["新規、値のみ"], three)] == [1, ""]


def test_what_is_not_known_is_not_a_number(three: str) -> None:
    table = rows(["リスク=高", "遅れ"], three)
    assert table[1][table[0].index("遅れ")] == "算出不可"
    assert rows(["リスク=高", "次回予測日"], three, "en")[1][-1] == "n/a"


def test_yes_and_no_are_words(three: str) -> None:
    table = rows(["重要顧客"], three)
    assert [row[table[0].index("重要顧客(規則)")] for row in table[1:]] == ["はい", "はい", "はい"]
    assert {row[2] for row in rows(["重要顧客"], three, "en")[1:]} == {"Yes"}


def test_a_blank_top_of_a_host_is_no_limit(three: str) -> None:
    assert len(rows(["", "", 0.0], three)) == 4
    assert len(rows([None, None, None], three)) == 4
    assert len(rows([None, None, 2.0], three)) == 3


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["りすく=高"], "条件の1文字目「りすく」"),
        (["リスク=高 かつ 売上>たくさん"], "条件の13文字目「たくさん」"),
        (["売上>0", "高さ"], "「高さ」では並べられません"),
        (["売上>0", "売上", 1.5], "整数"),
        (["売上>0", "売上", -1.0], "1以上"),
        (["VOL16=A"], "受注確率"),
        (["機会"], "商品"),
        (["__import__('os')"], "知らない語です"),
        (["=1+1"], "列の名前が要ります"),
        (["');--"], "閉じていません"),
    ],
)
def test_what_cannot_be_listed_says_why_in_one_cell(three: str, args: list[Any], says: str) -> None:
    found = answer("PORTFOLIO_LIST", args, three)
    assert isinstance(found, str)
    assert found.startswith("#PF ")
    assert "内部" not in found
    assert says in found


def test_a_name_that_looks_like_a_formula_stays_text(book: str) -> None:
    owners = [row[-1] for row in rows(["重要顧客"], book)[1:]]
    assert "'@佐藤" in owners


def test_answers_are_kept_but_not_without_end(three: str) -> None:
    first = answer("PORTFOLIO_LIST", ["売上>1"], three)
    assert answer("PORTFOLIO_LIST", ["売上>1"], three) == first
    for number in range(40):
        answer("PORTFOLIO_LIST", [f"売上>{number}"], three)
    assert len(subject._answered) <= subject._KEPT


# ---- the planner's own scheme in the cells ---------------------------------------------------------------------------


def test_a_scheme_of_ones_own_reaches_every_cell(three: str) -> None:
    names = [["株式会社A"], ["株式会社B"], ["株式会社C"]]
    assert answer("PORTFOLIO_SEGMENT", [names, "自社分類"], three) == [["伸ばす先"], ["保つ"], ["守る"]]
    assert answer("PORTFOLIO_SEGMENT", [names, "house classes"], three, "en") == [["Grow"], ["保つ"], ["守る"]]
    summary = answer("PORTFOLIO_SUMMARY", ["自社分類", "社数、値のみ"], three)
    assert summary == [["守る", 1], ["育てる", 0], ["保つ", 1], ["伸ばす先", 1]]
    assert [row[1] for row in rows(["自社分類=伸ばす先"], three)[1:]] == ["株式会社A"]
    assert "自社分類" in str(answer("PORTFOLIO_SEGMENT", ["株式会社A", "どこか"], three))


def test_the_new_schemes_answer_or_say_what_they_need(three: str) -> None:
    assert answer("PORTFOLIO_SEGMENT", ["株式会社A", "パフォーマンス×ポテンシャル"], three) == "スター"
    assert "受注確率" in str(answer("PORTFOLIO_SEGMENT", ["株式会社A", "VOL16"], three))
    assert "ターゲット規模" in str(answer("PORTFOLIO_SEGMENT", ["株式会社A", "成長余力"], three))
    told = [[*row, extra] for row, extra in zip(THREE, ["受注確率", "高", "中", "低"], strict=True)]
    sized = [[*row, extra] for row, extra in zip(told, ["想定取引額", 300.0, 200.0, 10.0], strict=True)]
    run = str(answer("PORTFOLIO_RUN", [sized]))
    assert answer("PORTFOLIO_SEGMENT", [[["A"], ["B"], ["C"]], "VOL16"], run) == [["A"], ["B"], ["C"]]
    assert answer("PORTFOLIO_SEGMENT", [[["A"], ["B"], ["C"]], "VOL16セル"], run) == [["高×高"], ["中×中"], ["低×低"]]
