"""The worksheet functions against the engine that they read, as cells see them."""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE, moment, serials

from addin.functions.cells import answer
from engine.explanation import explain
from engine.language import words
from engine.lists import summary
from engine.runs import runs
from engine.scoring import concentration

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio


@pytest.fixture(scope="module")
def three() -> str:
    return str(answer("PORTFOLIO_RUN", [THREE]))


@pytest.fixture(scope="module")
def book() -> str:
    return str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))


@pytest.fixture(scope="module")
def portfolio(book: str) -> Portfolio:
    return runs.recall(book)


def rows(name: str, *args: object, run: str, lang: Any = "ja") -> list[list[Any]]:
    found = answer(name, args, run, lang)
    assert isinstance(found, list), found
    return found


def names() -> list[list[object]]:
    return [[row[1]] for row in BOOK_CUSTOMERS[1:]]


# ---- the run ---------------------------------------------------------------------------------------------------------


def test_equal_input_gives_an_equal_handle_in_any_clothes(book: str) -> None:
    assert book.startswith("PF-2026")
    assert answer("PORTFOLIO_RUN", (BOOK_CUSTOMERS, BOOK_ORDERS)) == book
    assert answer("PORTFOLIO_RUN", [serials(BOOK_CUSTOMERS), serials(BOOK_ORDERS)]) == book
    as_tuples = tuple(map(tuple, BOOK_CUSTOMERS)), tuple(map(tuple, BOOK_ORDERS))
    assert answer("PORTFOLIO_RUN", as_tuples) == book


def test_a_changed_cell_gives_another_handle(book: str) -> None:
    changed = [*BOOK_ORDERS[:-1], [*BOOK_ORDERS[-1][:2], 1.0, 1.0]]
    assert answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, changed]) != book


def test_the_same_ranges_are_scored_once(book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("scored again")

    monkeypatch.setattr("addin.functions.live.score_tables", never)
    assert answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]) == book


def test_a_run_that_fell_out_of_memory_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = answer("PORTFOLIO_RUN", [THREE])
    monkeypatch.setattr(runs, "_runs", OrderedDict())
    assert answer("PORTFOLIO_SEGMENT", ["A"], handle) == f"#PF 実行なし: 「{handle}」は見つかりません。更新してください"
    assert answer("PORTFOLIO_RUN", [THREE]) == handle
    assert answer("PORTFOLIO_SEGMENT", ["A"], handle) == "大口"


def test_a_range_may_be_longer_than_its_table(book: str) -> None:
    longer = [*BOOK_CUSTOMERS, *([""] * 6 for _ in range(50))], [*BOOK_ORDERS, *([None] * 4 for _ in range(50))]
    assert answer("PORTFOLIO_RUN", longer) == book


def test_further_tables_raise_the_tier(book: str) -> None:
    contacts = [["顧客名", "日付", "種別"], ["青葉電機", moment(2026, 2, 1), "クレーム"]]
    handle = answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS, None, contacts])
    assert handle != book
    assert answer("PORTFOLIO_STATUS", ["階層"], handle) == "T2 費用・接点などを含む"
    assert answer("PORTFOLIO_VALUE", ["青葉電機", "クレーム"], handle) == 1


def test_the_definition_range_changes_the_run(book: str) -> None:
    definition = [["キー", "値", "単位"], ["general.as_of", 46200.0, "date"]]
    handle = answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS, definition])
    assert handle != book
    assert answer("PORTFOLIO_STATUS", ["基準日"], handle) == moment(2026, 6, 27)
    headless = [["general.as_of", moment(2026, 6, 27)]]
    assert answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS, headless]) == handle
    in_1904 = [["general.as_of", 46200.0 - 1462]]
    orders = [
        [*row[:1], row[1] - 1462 if isinstance(row[1], float) else row[1], *row[2:]] for row in serials(BOOK_ORDERS)
    ]
    assert answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, orders, in_1904], date1904=True) == handle


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ([["general.nothing", 1.0]], "general.nothing"),
        ([["general.as_of"]], "2列"),
        ([["general.as_of", 1e300]], "日付として読めません"),
    ],
)
def test_a_definition_that_cannot_be_used_says_why(definition: list[list[object]], says: str) -> None:
    found = answer("PORTFOLIO_RUN", [THREE, None, definition])
    assert str(found).startswith("#PF 定義なし: ")
    assert says in str(found)


# ---- one customer, or a range ----------------------------------------------------------------------------------------


def test_the_three_customers_of_the_specification(three: str) -> None:
    assert answer("PORTFOLIO_STRATEGY", [[["株式会社A", "株式会社B", "株式会社C"]]], three) == [
        ["クロスセルを狙う", "アップセルで深耕", "再契約の機会を探る"]
    ]
    assert answer("PORTFOLIO_CONCENTRATION", [], three) == pytest.approx(3935.79, abs=0.01)
    assert answer("PORTFOLIO_CONCENTRATION", ["有効数"], three) == pytest.approx(2.54, abs=0.005)
    firing = rows("PORTFOLIO_ALERTS", "注意、値のみ", run=three)
    assert {"顧客依存", "顧客集中", "単一顧客依存"} <= {row[0] for row in firing}


@pytest.mark.parametrize("written", ["株式会社A", "A", "ａ", "㈱ Ａ", "(株)A", " 株式会社 A "])
def test_a_customer_is_found_however_it_is_written(three: str, written: str) -> None:
    assert answer("PORTFOLIO_SEGMENT", [written], three) == "大口"


def test_an_unknown_customer_is_named_with_its_neighbour(three: str) -> None:
    expected = "#PF 顧客なし: 「A社」は顧客表にありません(近い候補: 株式会社A)"
    assert answer("PORTFOLIO_SEGMENT", ["A社"], three) == expected
    mixed = answer("PORTFOLIO_SEGMENT", [[["株式会社A"], [""], ["A社"], [None]]], three)
    assert mixed == [["大口"], [""], [expected], [""]]


def test_a_range_is_answered_in_its_own_shape(book: str, portfolio: Portfolio) -> None:
    scores = portfolio.frame["score_total"].tolist()
    flat = [answer("PORTFOLIO_SCORE", [row[0]], book) for row in names()]
    assert answer("PORTFOLIO_SCORE", [names()], book) == [[each] for each in flat]
    assert answer("PORTFOLIO_SCORE", [[[row[0] for row in names()]]], book) == [flat]
    assert flat == [each if isinstance(each, float) else "算出不可" for each in scores]
    square = [names()[0] + names()[1], names()[2] + names()[3]]
    assert answer("PORTFOLIO_SCORE", [square], book) == [flat[:2], flat[2:4]]


def test_ids_that_a_sheet_holds_as_numbers_are_ids(book: str) -> None:
    by_name = answer("PORTFOLIO_SEGMENT", ["青葉電機", "CPM"], book)
    assert answer("PORTFOLIO_SEGMENT", [1001.0, "cpm"], book) == by_name
    assert answer("PORTFOLIO_SEGMENT", [1001, "ＣＰＭ"], book) == by_name
    assert answer("PORTFOLIO_SEGMENT", ["1001", "CPM分析"], book) == by_name


@pytest.mark.parametrize("scheme", ["standard", "rfm", "cpm", "abc", "lifecycle", "decile"])
def test_segments_are_the_engines_in_both_languages(book: str, portfolio: Portfolio, scheme: str) -> None:
    codes = portfolio.frame[f"segment_{scheme}"].tolist()
    for lang in ("ja", "en"):
        word = words.label("schemes", scheme, lang)
        spoken = [[words.label(f"segments.{scheme}", code, lang)] for code in codes]
        assert answer("PORTFOLIO_SEGMENT", [names(), word], book, lang) == spoken


@pytest.mark.parametrize(("word", "column"), [("業界", "industry"), ("Region", "region"), ("顧客", "name")])
def test_attributes_are_told_like_segments(book: str, portfolio: Portfolio, word: str, column: str) -> None:
    told = [["" if value is None or value != value else value] for value in portfolio.frame[column].astype(object)]
    assert answer("PORTFOLIO_SEGMENT", [names(), word], book) == told
    assert "分類" in str(answer("PORTFOLIO_SEGMENT", [names(), "天気"], book))


@pytest.mark.parametrize("axis", ["value", "continuity", "growth", "risk"])
def test_levels_and_scores_are_the_engines(book: str, portfolio: Portfolio, axis: str) -> None:
    for lang in ("ja", "en"):
        word = words.label("axes", axis, lang)
        levels = [[words.label("levels", code, lang)] for code in portfolio.frame[f"level_{axis}"]]
        assert answer("PORTFOLIO_LEVEL", [names(), word], book, lang) == levels
    scores = [[each if isinstance(each, float) else "算出不可"] for each in portfolio.frame[f"score_{axis}"].tolist()]
    assert answer("PORTFOLIO_SCORE", [names(), words.label("axes", axis, "ja")], book) == scores


def test_the_total_has_a_score_but_no_level(book: str, portfolio: Portfolio) -> None:
    confidence = portfolio.frame["confidence"].tolist()
    assert answer("PORTFOLIO_SCORE", ["青葉電機", "信頼度"], book) == confidence[0]
    assert str(answer("PORTFOLIO_LEVEL", ["青葉電機", "総合"], book)).startswith(
        "#PF 引数: 軸「総合」に水準はありません"
    )


def test_values_come_in_whole_units_and_as_dates(book: str, portfolio: Portfolio) -> None:
    frame = portfolio.frame
    assert answer("PORTFOLIO_VALUE", [1001, "売上"], book) == frame["sales_12m"].iloc[0]
    assert answer("PORTFOLIO_VALUE", [1001, "売上", "今年度"], book) == frame["sales_fy"].iloc[0]
    assert answer("PORTFOLIO_VALUE", [1001, "Sales", "previous fiscal year"], book) == frame["sales_prev_fy"].iloc[0]
    assert answer("PORTFOLIO_VALUE", [1001, "構成比"], book) == frame["share"].iloc[0]
    last = answer("PORTFOLIO_VALUE", [1001, "最終購入日"], book)
    assert last == frame["last_order"].iloc[0].to_pydatetime()
    serial = answer("PORTFOLIO_VALUE", [1001, "最終購入日"], book, dates="serial")
    assert serial == (frame["last_order"].iloc[0].date() - date(1899, 12, 30)).days
    in_1904 = answer("PORTFOLIO_VALUE", [1001, "最終購入日"], book, dates="serial", date1904=True)
    assert serial - in_1904 == 1462  # type: ignore[operator]


def test_dollars_are_stored_in_cents_and_shown_in_dollars() -> None:
    customers = [["顧客名"], ["Acme"], ["Bolt"]]
    orders = [
        ["顧客名", "取引日", "金額(USD)"],
        ["Acme", moment(2026, 3, 1), 11.77],
        ["Bolt", moment(2026, 3, 2), 0.1],
    ]
    handle = answer("PORTFOLIO_RUN", [customers, orders])
    assert answer("PORTFOLIO_VALUE", [[["Acme"], ["Bolt"]], "売上"], handle) == [[11.77], [0.1]]
    states = rows("PORTFOLIO_SUMMARY", "状態", "売上,値のみ", run=str(handle))
    assert sum(row[1] for row in states if row[1] != "") == 11.87


def test_an_unknown_value_and_a_missing_table_say_so(book: str, three: str) -> None:
    assert answer("PORTFOLIO_VALUE", ["銀杏不動産", "最終購入日"], book) == "算出不可"
    assert answer("PORTFOLIO_VALUE", ["銀杏不動産", "last order"], book, lang="en") == "n/a"
    found = answer("PORTFOLIO_VALUE", ["A", "粗利"], three)
    assert found == "#PF データ不足: 「粗利」は算出不可です(取引の表がありません)"
    found = answer("PORTFOLIO_VALUE", ["A", "問合せ"], three)
    assert found == "#PF データ不足: 「問合せ」は算出不可です(接点の表がありません)"


# ---- explanations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", ["総合", "価値", "継続性", "成長", "リスク"])
def test_contributions_sum_to_the_score_exactly(book: str, axis: str) -> None:
    for name in names()[:-1]:
        score = answer("PORTFOLIO_SCORE", [name[0], axis], book)
        if score == "算出不可":
            continue
        table = rows("PORTFOLIO_EXPLAIN", name[0], axis, "表", run=book)
        assert table[0] == ["要因", "値", "基準", "配点", "寄与", "前回差"]
        assert round(math.fsum(row[4] for row in table[1:]), 2) == score
        assert rows("PORTFOLIO_EXPLAIN", name[0], axis, "値のみ", run=book) == table[1:]


def test_one_line_is_the_engines_sentence(book: str, portfolio: Portfolio) -> None:
    for lang in ("ja", "en"):
        lines = [[explain.explain(portfolio, place, "risk").sentence.to(lang)] for place in range(len(portfolio))]
        assert answer("PORTFOLIO_EXPLAIN", [names(), "risk"], book, lang) == lines
    assert answer("PORTFOLIO_EXPLAIN", [names(), "リスク", "一行"], book) == answer(
        "PORTFOLIO_EXPLAIN", [names(), "リスク"], book
    )


def test_a_table_explains_one_customer_only(book: str) -> None:
    assert "1社だけ" in str(answer("PORTFOLIO_EXPLAIN", [names(), "リスク", "表"], book))
    assert answer("PORTFOLIO_EXPLAIN", ["", "リスク", "表"], book) == ""
    assert "一行・表・値のみ" in str(answer("PORTFOLIO_EXPLAIN", ["青葉電機", "リスク", "絵"], book))


# ---- the whole -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["セグメント", "業界", "地域", "担当", "状態", "RFM", "ライフサイクル"])
def test_every_customer_and_yen_is_in_one_group(book: str, portfolio: Portfolio, by: str) -> None:
    table = rows("PORTFOLIO_SUMMARY", by, run=book)
    assert table[0][1:] == ["社数", "売上", "構成比"]
    assert sum(row[1] for row in table[1:] if row[1] != "") == len(portfolio)
    assert sum(row[2] for row in table[1:] if row[2] != "") == portfolio.frame["sales_12m"].sum()
    assert rows("PORTFOLIO_SUMMARY", by, "値のみ", run=book) == table[1:]


def test_measures_are_chosen_by_word_or_range(book: str, portfolio: Portfolio) -> None:
    one = rows("PORTFOLIO_SUMMARY", "業界", "売上,構成比,前年差pt,総合点", run=book)
    assert one[0] == ["業界", "売上", "構成比", "前年差pt", "総合点"]
    assert rows("PORTFOLIO_SUMMARY", "業界", [["売上", "構成比"], ["前年差pt", "総合点"]], run=book) == one
    assert (
        rows("PORTFOLIO_SUMMARY", "industry", "sales、share・change (pt)、score", run=book, lang="en")[0][0]
        == "Industry"
    )
    frame = summary.summarise(portfolio, "industry")
    assert [row[3] for row in one[1:]] == pytest.approx([each * 100 for each in frame["share_change"]])


def test_a_name_that_looks_like_a_formula_is_shown_as_text(book: str) -> None:
    shown = [row[0] for row in rows("PORTFOLIO_SUMMARY", "担当", "値のみ", run=book)]
    assert "'@佐藤" in shown


@pytest.mark.parametrize("by", ["customer", "industry", "region"])
@pytest.mark.parametrize("index", words.codes("indices"))
def test_concentration_is_the_engines(book: str, portfolio: Portfolio, index: str, by: str) -> None:
    spoken = [words.label("indices", index, "ja"), words.label("dimensions", by, "en")]
    assert answer("PORTFOLIO_CONCENTRATION", spoken, book) == concentration.measure(portfolio, index, by)
    assert answer("PORTFOLIO_CONCENTRATION", [*spoken, "粗利"], book) == concentration.measure(
        portfolio, index, by, "gross_profit_12m"
    )


def test_concentration_takes_sales_and_profit_only(book: str) -> None:
    assert "売上か粗利" in str(answer("PORTFOLIO_CONCENTRATION", ["HHI", "顧客", "社数"], book))
    assert "業界" in str(answer("PORTFOLIO_CONCENTRATION", ["HHI", "星座"], book))


def test_alerts_can_be_narrowed_to_the_grave_ones(book: str, portfolio: Portfolio) -> None:
    whole = rows("PORTFOLIO_ALERTS", run=book)
    assert whole[0] == ["項目", "値", "基準", "判定", "要因", "解消条件"]
    assert [row[0] for row in whole[1:]] == [alert.item.ja for alert in portfolio.alerts]
    firing = [alert for alert in portfolio.alerts if alert.verdict in ("severe", "warning", "caution")]
    assert [row[0] for row in rows("PORTFOLIO_ALERTS", "注意", run=book)[1:]] == [alert.item.ja for alert in firing]
    assert rows("PORTFOLIO_ALERTS", "values only", run=book) == whole[1:]
    clear = rows("PORTFOLIO_ALERTS", "該当なし、算出不可", run=book)
    assert {row[3] for row in clear[1:]} <= {"該当なし", "算出不可"}


def test_status_tells_the_state_of_the_run(book: str, portfolio: Portfolio) -> None:
    table = rows("PORTFOLIO_STATUS", run=book)
    assert table[0] == ["項目", "値"]
    assert [row[0] for row in table[1:]] == [
        "実行ID",
        "基準日",
        "鮮度",
        "件数",
        "品質",
        "定義版",
        "階層",
        "未反映",
        "マスキング",
        "目的",
    ]
    told = dict(table[1:])
    assert told["実行ID"] == book
    assert told["基準日"] == f"{portfolio.as_of:%Y/%m/%d}"
    assert told["件数"] == f"顧客 12・取引 {len(BOOK_ORDERS) - 1}"
    assert told["階層"] == "T1 顧客表+取引"
    assert told["未反映"].startswith("なし")
    assert answer("PORTFOLIO_STATUS", ["基準日"], book) == datetime.combine(portfolio.as_of, datetime.min.time())
    for item in told.keys() - {"基準日"}:
        assert answer("PORTFOLIO_STATUS", [item], book) == told[item]
    assert rows("PORTFOLIO_STATUS", "値のみ", run=book) == table[1:]
    assert rows("PORTFOLIO_STATUS", "run, tier", run=book, lang="en") == [
        ["Item", "Value"],
        ["Run", book],
        ["Tier", "T1 customer table and orders"],
    ]


def test_status_of_a_run_that_cells_did_not_make(portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("addin.functions.live._made_here", set())
    assert str(answer("PORTFOLIO_STATUS", ["未反映"], portfolio.handle)).startswith("不明(")


def test_stale_orders_are_said_to_be_stale() -> None:
    definition = [["general.as_of", moment(2027, 1, 31)]]
    handle = answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS, definition])
    assert "限度35日を超過" in str(answer("PORTFOLIO_STATUS", ["鮮度"], handle))


def test_freshness_names_every_table_beyond_its_limit() -> None:
    customers = [["顧客名", "業界"], ["青葉電機", "製造"]]
    orders = [["顧客名", "取引日", "金額"], ["青葉電機", moment(2026, 9, 30), 100]]
    contacts = [["顧客名", "日付", "種別"], ["青葉電機", moment(2026, 7, 1), "訪問"]]
    surveys = [["顧客名", "回答日", "項目", "点数"], ["青葉電機", moment(2026, 3, 1), "推奨度", 9]]
    handle = answer("PORTFOLIO_RUN", [customers, orders, None, contacts, surveys])
    told = str(answer("PORTFOLIO_STATUS", ["鮮度"], handle))
    assert told == "最新の取引 2026/09/30(基準日の0日前)、接点は91日前まで(限度35日を超過)"
    assert "contacts up to 91 days before" in str(answer("PORTFOLIO_STATUS", ["freshness"], handle, lang="en"))
