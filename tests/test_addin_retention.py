"""PORTFOLIO_RETENTION, PORTFOLIO_COHORT and PORTFOLIO_PAYBACK as cells see them, against the engine that they read."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE, moment

from addin.functions.cells import answer
from engine.language import words
from engine.measures import retention
from engine.measures.retention import cohorts
from engine.measures.value import acquisition
from engine.runs import runs
from engine.scoring.portfolio import Portfolio

LEADS: list[list[object]] = [
    ["獲得日", "チャネル", "成約日"],
    [moment(2025, 5, 1), "広告", moment(2025, 6, 1)],
    [moment(2025, 6, 1), "広告", ""],
    [moment(2025, 7, 1), "紹介", moment(2025, 7, 20)],
]
CUSTOMERS = [
    [*row, "チャネル" if place == 0 else ("広告", "紹介")[place % 2]] for place, row in enumerate(BOOK_CUSTOMERS)
]
# Two customers more, won within the last twelve months.
NEW_CUSTOMERS = [
    *CUSTOMERS,
    [2001.0, "新星", "", "IT", "関東", "担当1", "広告"],
    [2002.0, "明星", "", "飲食", "関西", "担当0", "紹介"],
]
NEW_ORDERS = [
    *BOOK_ORDERS,
    *([2001.0, moment(2025, month, 3), 50_000.0, 30_000.0] for month in (5, 7, 9, 11)),
    *([2002.0, moment(2025, month, 9), 80_000.0, 70_000.0] for month in (6, 10)),
]
COSTS: list[list[object]] = [
    ["日付", "費目", "金額", "チャネル", "顧客名"],
    [moment(2025, 9, 1), "広告宣伝費", 24_000.0, "広告", ""],
    [moment(2025, 9, 2), "展示会", 1_000.0, "", ""],
    [moment(2025, 9, 3), "物流費", 9_999.0, "", "青葉電機"],
]


@pytest.fixture(scope="module")
def three() -> str:
    return str(answer("PORTFOLIO_RUN", [THREE]))


@pytest.fixture(scope="module")
def book() -> str:
    given = [NEW_CUSTOMERS, NEW_ORDERS, None, None, None, COSTS, None, LEADS]
    return str(answer("PORTFOLIO_RUN", given))


@pytest.fixture(scope="module")
def portfolio(book: str) -> Portfolio:
    return runs.recall(book)


def rows(name: str, *args: object, run: str, lang: Any = "ja") -> list[list[Any]]:
    found = answer(name, args, run, lang)
    assert isinstance(found, list), found
    return found


# ---- PORTFOLIO_RETENTION ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", retention.RATES)
def test_a_kind_alone_is_a_number_in_either_language(book: str, portfolio: Portfolio, kind: str) -> None:
    expected = retention.rate(portfolio, kind).value
    for lang in ("ja", "en"):
        assert answer("PORTFOLIO_RETENTION", [words.label("retention", kind, lang)], book, lang) == expected
    year = retention.period_for(portfolio, "今年度")
    assert answer("PORTFOLIO_RETENTION", [kind, None, "今年度"], book) == retention.rate(portfolio, kind, year).value


def test_the_three_rates_are_kept_apart(book: str) -> None:
    kept, lost = (answer("PORTFOLIO_RETENTION", [kind], book) for kind in ("維持率", "チャーン率"))
    assert isinstance(kept, float)
    assert isinstance(lost, float)
    assert kept + lost == pytest.approx(1)
    month = {row[0]: row for row in rows("PORTFOLIO_RETENTION", None, None, "前月", run=book)}
    assert month["維持率"][2] == 12
    assert 0 < month["リテンション率"][2] < 12  # only those due
    assert answer("PORTFOLIO_RETENTION", ["GRR"], book) != answer("PORTFOLIO_RETENTION", ["NRR"], book)


def test_without_a_kind_all_rates_with_n_and_interval(book: str, portfolio: Portfolio) -> None:
    table = rows("PORTFOLIO_RETENTION", run=book)
    assert table[0] == ["種類", "値", "n", "分母", "分子", "下限", "上限", "開始日", "終了日"]
    assert [row[0] for row in table[1:]] == [words.label("retention", kind, "ja") for kind in retention.RATES]
    for row, kind in zip(table[1:], retention.RATES, strict=True):
        found = retention.rate(portfolio, kind)
        assert row[1:7] == [found.value, found.n, found.denominator, found.numerator, found.low, found.high]
        assert row[8] == datetime.combine(found.period.last, datetime.min.time())
        assert (found.period.last == portfolio.as_of) == (
            kind != "conversion"
        )  # leads are judged once they are old enough


def test_rates_by_a_column(book: str, portfolio: Portfolio) -> None:
    table = rows("PORTFOLIO_RETENTION", "維持率", "業界", "直近12か月", run=book)
    assert table[0][:3] == ["業界", "維持率", "n"]
    assert sum(row[2] for row in table[1:]) == retention.rate(portfolio, "retention").n
    assert rows("PORTFOLIO_RETENTION", "維持率、値のみ", "業界", run=book) == table[1:]
    assert rows("PORTFOLIO_RETENTION", "維持率", "業界,値のみ", run=book) == table[1:]
    by_channel = rows("PORTFOLIO_RETENTION", "顧客化率", "チャネル", run=book)
    assert [row[0] for row in by_channel[1:]] == ["広告", "紹介"]
    every = rows("PORTFOLIO_RETENTION", None, "業界", run=book)
    assert every[0][:3] == ["業界", "種類", "値"]
    assert {row[1] for row in every[1:]} == {words.label("retention", kind, "ja") for kind in retention.RATES} - {
        "顧客化率"
    }


def test_a_trend_by_month_and_within_a_period(book: str, portfolio: Portfolio) -> None:
    months = rows("PORTFOLIO_RETENTION", "チャーン率", "月", run=book)
    assert months[1][0] == "2024年4月"
    assert months[1][1] == "算出不可"  # nobody was there yet
    assert len(months) - 1 == len(retention.periods_of(portfolio, "month"))
    halves = rows("PORTFOLIO_RETENTION", "churn", "half-year", "FY2024", run=book, lang="en")
    assert [row[0] for row in halves[1:]] == ["FY2024 H1", "FY2024 H2"]


def test_the_bridges_reconcile_in_the_cells(book: str) -> None:
    people = rows("PORTFOLIO_RETENTION", "ブリッジ", "四半期", run=book)
    assert people[0][:7] == ["四半期", "期首", "新規", "復帰", "離脱", "期末", "期中のみ"]
    for row in people[1:]:
        assert row[1] + row[2] + row[3] - row[4] == row[5]
    assert all(before[5] == after[1] for before, after in pairwise(people[1:]))
    money = rows("PORTFOLIO_RETENTION", "売上ブリッジ", "地域", run=book)
    assert money[0][1:8] == ["前期売上", "増加", "新規", "復帰", "減少", "離脱", "当期売上"]
    for row in money[1:]:
        assert row[1] + row[2] + row[3] + row[4] - row[5] - row[6] == row[7]


def test_the_survival_curve_falls(book: str) -> None:
    table = rows("PORTFOLIO_RETENTION", "生存曲線", run=book)
    assert table[0] == ["全体", "日数", "観察数", "離脱", "生存率", "標準誤差", "下限", "上限"]
    shares = [row[4] for row in table[1:]]
    assert shares == sorted(shares, reverse=True)
    assert "切り口" in str(answer("PORTFOLIO_RETENTION", ["生存曲線", "月"], book))


@pytest.mark.parametrize("written", ["2025年4月", "2025-4", "2025/04", moment(2025, 4, 1), 45748.0])
def test_a_month_however_the_sheet_writes_it(book: str, written: object) -> None:
    table = rows("PORTFOLIO_RETENTION", "ブリッジ", None, written, "", run=book)
    assert table[1][7:9] == [datetime(2025, 4, 1), datetime(2025, 4, 30)]  # noqa: DTZ001 - as a cell holds it


def test_a_year_as_a_number_is_a_fiscal_year(book: str) -> None:
    assert rows("PORTFOLIO_RETENTION", "ブリッジ", None, 2024.0, run=book)[1][8] == datetime(2025, 3, 31)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["定着"], "維持率"),
        (["維持率", "星座"], "星座"),
        (["維持率", None, "いつか"], "直近12か月"),
        ([[["維持率"], ["GRR"]]], "1つだけ"),
        (["顧客化率", "業界"], "チャネル"),
        (["維持率", None, "2031年度"], "基準日"),
    ],
)
def test_what_cannot_be_asked_is_refused(book: str, args: list[object], says: str) -> None:
    found = str(answer("PORTFOLIO_RETENTION", args, book))
    assert found.startswith("#PF 引数: ")
    assert says in found


def test_a_typed_table_says_what_is_missing(three: str) -> None:
    assert "取引表" in str(answer("PORTFOLIO_RETENTION", ["維持率"], three))
    assert "取引表" in str(answer("PORTFOLIO_RETENTION", [], three))
    assert "リード表" in str(answer("PORTFOLIO_RETENTION", ["顧客化率"], three))
    assert "取引表" in str(answer("PORTFOLIO_COHORT", [], three))
    assert "費用表" in str(answer("PORTFOLIO_PAYBACK", [], three))


def test_a_rate_that_the_data_lack_is_said_in_the_table() -> None:
    handle = str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))
    told = {row[0]: row[1] for row in rows("PORTFOLIO_RETENTION", run=handle)}
    assert told["顧客化率"] == "算出不可"
    assert isinstance(told["維持率"], float)


# ---- PORTFOLIO_COHORT ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grain", retention.GRAINS)
@pytest.mark.parametrize("measure", cohorts.MEASURES)
def test_the_triangle_is_the_engines(book: str, portfolio: Portfolio, grain: str, measure: str) -> None:
    spoken = [words.label("grains", grain, "ja"), words.label("cohort_measures", measure, "en")]
    table = rows("PORTFOLIO_COHORT", *spoken, run=book)
    found = cohorts.triangle(portfolio, grain)
    assert table[0] == ["コホート", "社数", *range(len(found.periods))]
    assert [row[0] for row in table[1:]] == [period.text.ja for period in found.periods]
    assert [row[1] for row in table[1:]] == found.size.tolist()
    for at, row in enumerate(table[1:]):
        blank = [cell == "" for cell in row[2:]]
        assert blank[len(found.periods) - at :] == [True] * at
        if found.size[at]:
            assert not any(blank[: len(found.periods) - at])
    if measure == "sales":
        assert sum(cell for row in table[1:] for cell in row[2:] if cell != "") == portfolio.frame["sales_total"].sum()


def test_quarters_and_rates_are_the_default(book: str) -> None:
    table = rows("PORTFOLIO_COHORT", run=book)
    assert table == rows("PORTFOLIO_COHORT", "四半期", "率", run=book)
    assert table[1][:3] == ["2024年度第1四半期", 11, 1.0]
    assert rows("PORTFOLIO_COHORT", None, "値のみ", run=book) == table[1:]
    assert "月・四半期" in str(answer("PORTFOLIO_COHORT", ["週"], book))


def test_returns_alone_are_a_line_of_their_own() -> None:
    orders = [["顧客名", "取引日", "金額"], ["A", moment(2026, 1, 5), 100.0], ["B", moment(2026, 2, 5), -30.0]]
    handle = str(answer("PORTFOLIO_RUN", [[["顧客名"], ["A"], ["B"]], orders]))
    table = rows("PORTFOLIO_COHORT", "月", "売上", run=handle)
    assert table[-1] == ["購入なし(返品のみ)", 0, -30.0, ""]


# ---- PORTFOLIO_PAYBACK -----------------------------------------------------------------------------------------------


def test_payback_by_channel(book: str, portfolio: Portfolio) -> None:
    table = rows("PORTFOLIO_PAYBACK", run=book)
    assert table[0] == [
        "チャネル",
        "CAC総額",
        "新規数",
        "CAC平均",
        "月粗利",
        "回収月",
        "LTV",
        "LTV:CAC",
        "判定",
        "LTVの前提",
    ]
    found = acquisition.payback(portfolio)
    assert [row[:4] for row in table[1:]] == [
        [each.label.ja, each.spend, each.customers, each.average] for each in found
    ]
    assert sum(row[1] for row in table[1:]) == 25_000
    assert sum(row[2] for row in table[1:]) == 2
    assert rows("PORTFOLIO_PAYBACK", "チャネル、値のみ", run=book) == table[1:]
    assert {row[8] for row in table[1:]} <= {"良好", "注意", "要改善", "算出不可"}
    assert {row[9] for row in table[1:]} == {acquisition.convention_of(portfolio).ja}
    english = rows("PORTFOLIO_PAYBACK", "industry", run=book, lang="en")
    assert english[0][0] == "Industry"
    assert {row[8] for row in english[1:]} <= {"Good", "Fair", "Poor", "n/a"}


def test_payback_of_the_whole_by_hand(book: str) -> None:
    row = rows("PORTFOLIO_PAYBACK", "全体", "", run=book)[1]
    assert row[:4] == ["全体", 25_000.0, 2, 12_500.0]
    profit = 4 * 20_000 + 2 * 10_000
    last = runs.recall(book).as_of
    months = sum((last - datetime(2025, month, day).date()).days + 1 for month, day in ((5, 3), (6, 9))) / (365.25 / 12)  # noqa: DTZ001
    assert row[4] == pytest.approx(profit / months)
    assert row[5] == pytest.approx(12_500 / (profit / months))


def test_without_acquisition_spend_its_words_are_named() -> None:
    costs = [COSTS[0], COSTS[3]]
    handle = str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS, None, None, None, costs]))
    assert "広告" in str(answer("PORTFOLIO_PAYBACK", [], handle))
