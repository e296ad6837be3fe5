"""Own figures beside those of others: only with source and date, the same figures as everywhere else, 算出不可 with its reason."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from helpers.builders import portfolio_of, tables_of

from engine.language.errors import Refusal
from engine.lists import benchmarks
from engine.measures import retention
from engine.scoring import concentration

if TYPE_CHECKING:
    from engine.lists.benchmarks import Comparison
    from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 9, 30)
CUSTOMERS = {
    "顧客ID": ["a", "b", "c"],
    "顧客名": ["A", "B", "C"],
    "業界": ["製造", "IT", "製造"],
    "地域": ["東京都", "大阪府", "東京都"],
}
ORDERS = {
    "顧客ID": ["a", "b", "c", "a", "b"],
    "取引日": ["2026-06-01", "2026-07-01", "2026-08-01", "2025-06-01", "2025-07-01"],
    "金額": [600, 300, 100, 400, 400],
    "原価": [300, 200, 50, 200, 200],
}
HEADER = ("比較先", "指標", "切り口", "区分", "値", "出典", "時点")
SOURCE = ("有報", "2026/3/31")


def table(*rows: tuple[Any, ...]) -> dict[str, list[Any]]:
    return {name: [row[at] for row in rows] for at, name in enumerate(HEADER)}


def made(*rows: tuple[Any, ...], **others: Any) -> Portfolio:
    return portfolio_of(CUSTOMERS, ORDERS, AS_OF, benchmarks=table(*rows), **others)


def only(portfolio: Portfolio) -> Comparison:
    found = benchmarks.compare(portfolio)
    assert len(found) == 1
    return found[0]


# ---- cleaning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((None, "NRR", None, None, "98%", *SOURCE), "missing_who"),
        (("X社", None, None, None, "98%", *SOURCE), "missing_measure"),
        (("X社", "NRR", None, None, None, *SOURCE), "missing_value"),
        (("X社", "NRR", None, None, "多い", *SOURCE), "missing_value"),
        (("X社", "NRR", None, None, "98%", None, "2026/3/31"), "missing_source"),
        (("X社", "NRR", None, None, "98%", "有報", None), "missing_date"),
        (("X社", "NRR", None, None, "98%", "有報", "2026/10/1"), "future_date"),
        (("X社", "NRR", None, None, 98, *SOURCE), "unreadable_rate"),
        (("X社", "上位1社比率", None, None, 35, *SOURCE), "unreadable_rate"),
    ],
)
def test_a_row_that_lacks_something_is_listed_and_not_used(row: tuple[Any, ...], code: str) -> None:
    good = ("X社", "HHI", None, None, "2,500", *SOURCE)
    tables = tables_of(CUSTOMERS, ORDERS, AS_OF, benchmarks=table(good, row))
    assert tables.benchmarks is not None
    assert tables.benchmarks[["measure", "value"]].to_numpy().tolist() == [["hhi", 2500.0]]
    assert code in [each.code for each in tables.findings if each.severity == "error"]
    assert {each.row for each in tables.findings if each.severity == "error"} == {3}


@pytest.mark.parametrize("written", ["98%", "98 %", "９８％", 0.98, "0.98"])
def test_a_rate_is_read_as_people_write_it(written: object) -> None:
    assert only(made(("X社", "NRR", None, None, written, *SOURCE))).other == pytest.approx(0.98)


def test_a_table_without_the_column_for_the_source_is_refused_with_its_name() -> None:
    with pytest.raises(Refusal, match="「出典」"):
        tables_of(
            CUSTOMERS, ORDERS, AS_OF, benchmarks={"比較先": ["X"], "指標": ["NRR"], "値": [1], "時点": ["2026/3/31"]}
        )


# ---- the own figure --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "by", "item", "own"),
    [
        ("売上構成比", "業界", "製造", 0.7),
        ("構成比", None, "it", 0.3),  # found along 業界 without being told, whatever its width and case
        ("売上構成比", "地域", "東京都", 0.7),
        ("粗利率", None, None, 0.45),
        ("粗利率", "業界", "IT", 1 / 3),
        ("売上成長率", None, None, 0.25),
        ("前年比", "業界", "IT", -0.25),
        ("売上", None, None, 1000.0),
        ("社数", "業界", "製造", 2.0),
        ("1社あたり売上", None, None, 1000 / 3),
        ("上位1社比率", None, None, 0.6),
        ("CR3", None, None, 1.0),
        ("HHI", None, None, 4600.0),
        ("HHI", "業界", None, 5800.0),
        ("有効数", None, None, 1 / 0.46),
        ("80%社数", None, None, 2.0),
        ("NRR", None, None, 900 / 800),
        ("GRR", None, None, 700 / 800),
        ("NRR", "業界", "IT", 0.75),
    ],
)
def test_the_own_figure(measure: str, by: str | None, item: str | None, own: float) -> None:
    found = only(made(("X社", measure, by, item, 0.5, *SOURCE)))
    assert found.reason is None
    assert found.own == pytest.approx(own)
    assert found.gap == pytest.approx(own - 0.5)
    assert (found.who, found.source, found.day) == ("X社", "有報", date(2026, 3, 31))


def test_it_is_the_figure_that_other_answers_give() -> None:
    portfolio = made(*((("X社", word, None, None, 0.5, *SOURCE)) for word in ("HHI", "維持率", "チャーン率", "GRR")))
    hhi, *rates = benchmarks.compare(portfolio)
    assert hhi.own == concentration.measure(portfolio, "hhi")
    assert [each.own for each in rates] == [
        retention.rate(portfolio, kind).value for kind in ("retention", "churn", "grr")
    ]
    assert [each.unit for each in (hhi, *rates)] == ["score", "rate", "rate", "rate"]


def test_money_is_compared_in_whole_units() -> None:
    dollars = {**ORDERS, "金額": ["$6.00", "$3.00", "$1.00", "$4.00", "$4.00"], "原価": [None] * 5}
    portfolio = portfolio_of(
        CUSTOMERS, dollars, AS_OF, benchmarks=table(("X", "売上", None, None, 12, *SOURCE)), currency="USD"
    )
    assert only(portfolio).own == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("measure", "by", "item", "why"),
    [
        ("売上構成比", "業界", "製造業", "近い語: 製造"),
        ("売上構成比", None, "どこにもない", "どこにもない"),
        ("売上構成比", None, None, "区分"),
        ("社員満足度", None, None, "計算できる指標: 売上構成比"),
        ("NPS", None, None, "アンケート"),
        ("HHI", "業界", "製造", "全体だけ"),
        ("NRR", None, "どこにもない", "どこにもない"),
        ("売上構成比", "社風", "製造", "社風"),
    ],
)
def test_where_there_is_no_own_figure_the_reason_is_told(
    measure: str, by: str | None, item: str | None, why: str
) -> None:
    found = only(made(("X社", measure, by, item, 0.5, *SOURCE)))
    assert (found.own, found.gap) == (None, None)
    assert found.reason is not None
    assert why in found.reason.ja
    assert found.reason.en


def test_an_unknown_cost_leaves_the_margin_unknown() -> None:
    orders = {**ORDERS, "原価": [300, None, 50, 200, 200]}
    portfolio = portfolio_of(CUSTOMERS, orders, AS_OF, benchmarks=table(("X", "粗利率", None, None, 0.3, *SOURCE)))
    assert only(portfolio).own is None


# ---- which rows ------------------------------------------------------------------------------------------------------


def test_along_a_dimension_only_its_rows_are_compared() -> None:
    portfolio = made(
        ("X社", "HHI", None, None, 2000, *SOURCE),
        ("X社", "売上構成比", None, "製造", "60%", *SOURCE),
        ("業界平均", "売上構成比", "industry", "IT", "20%", *SOURCE),
        ("業界平均", "売上構成比", "ABC", "A", "70%", *SOURCE),
    )
    assert len(benchmarks.compare(portfolio)) == 4
    along = benchmarks.compare(portfolio, "業種")
    assert [(each.who, each.item, each.by) for each in along] == [
        ("X社", "製造", "industry"),
        ("業界平均", "IT", "industry"),
    ]
    abc = benchmarks.compare(portfolio, "ABC")
    assert [(each.by, each.by_label.ja) for each in abc] == [("scheme:abc", "ABC")]
    assert abc[0].own is not None
    with pytest.raises(Refusal, match="地域別の行がありません"):
        benchmarks.compare(portfolio, "地域")


def test_without_the_table_it_says_so() -> None:
    with pytest.raises(Refusal, match="ベンチマークの表がありません"):
        benchmarks.compare(portfolio_of(CUSTOMERS, ORDERS, AS_OF))


def test_an_old_figure_is_marked() -> None:
    days = ("2025/3/29", "2025/3/28")  # 550 days before the as-of date, the limit, and 551
    portfolio = made(*(("X", "HHI", None, None, 1, "有報", day) for day in days))
    assert portfolio.definition.number("freshness.benchmarks_days") == 550
    assert [each.stale for each in benchmarks.compare(portfolio)] == [False, True]
