"""Profit by customer, the whale curve and the profitability map: worked by hand, and as laws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import golden, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.customers.costs.costs_borne import CostBook, share_out
from engine.definition.definition import Definition
from engine.language.errors import Refusal
from engine.measures.profit import profit_map, statement, whale_curve
from engine.measures.profit.whale import curve_of
from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 3, 31)
CUSTOMERS = {"顧客ID": list("abcd"), "顧客名": ["A", "B", "C", "D"], "業界": ["x"] * 4}
# A, B and C were won in the year that ends at the as-of date; D had ordered before.
ORDERS = {
    "顧客ID": list("aabcdd"),
    "取引日": ["2025/5/1", "2026/1/10", "2025/6/1", "2025/7/1", "2023/5/1", "2026/2/1"],
    "金額": [100, 200, 300, 400, 50, 50],
    "原価": [40, 60, 200, 390, 10, 20],
}
COSTS: dict[str, list[Any]] = {
    "顧客ID": ["a", None, None, "c"],
    "日付": ["2025/6/30", "2025/12/31", "2025/9/30", "2026/3/31"],
    "費目": ["物流", "システム", "展示会", "訪問"],
    "金額": [10, 105, 90, 50],
}


def of(changes: Mapping[str, object] | None = None, **tables: Any) -> Portfolio:
    given_tables: dict[str, Any] = {"orders": ORDERS, "costs": COSTS} | tables
    definition = Definition.from_rows((changes or {}).items())
    return portfolio_of(CUSTOMERS, as_of=AS_OF, definition=definition, **given_tables)


def column(portfolio: Portfolio, name: str) -> list[object]:
    return [None if pd.isna(each) else each for each in portfolio.frame[name].tolist()]


# ---- what a customer bears -------------------------------------------------------------------------------------------


def test_net_profit_worked_by_hand() -> None:
    portfolio = of()
    # Gross profit: A 300−100, B 300−200, C 400−390, D 50−20.
    assert column(portfolio, "gross_profit_12m") == [200, 100, 10, 30]
    # 105 of システム by sales 300 : 300 : 400 : 50 = 30, 30, 40, 5; beside it A's freight 10 and C's visits 50.
    assert column(portfolio, "service_cost_12m") == [40, 30, 90, 5]
    # The fair's 90 by the three customers won: 30 each over 365 days from the first order, of which
    # 335 (from 2025-05-01), 304 (06-01) and 274 days (07-01) lie in the year: 27.5, 25.0, 22.5.
    assert column(portfolio, "acquisition_cost_12m") == [28, 25, 23, 0]
    assert column(portfolio, "net_profit_12m") == [200 - 68, 100 - 55, 10 - 113, 30 - 5]


def test_roi_is_measured_on_the_costs_we_chose() -> None:
    # Chosen: acquisition for all, and C's visits. D bore none of them: no ROI, not 0.
    assert column(of(), "chosen_cost_12m") == [28, 25, 73, 0]
    assert column(of(), "roi") == pytest.approx([132 / 28, 45 / 25, -103 / 73, None])


def test_the_statement_leads_from_sales_to_net_profit() -> None:
    portfolio = of()
    found = statement(portfolio)
    rows = found.rows
    parts = rows[["direct", "hours", "common", "acquisition"]].sum(axis=1)
    assert (rows["gross_profit"] - parts).tolist() == rows["net_profit"].tolist()
    assert rows["common"].sum() == 105
    assert (found.covered, found.unallocated) == (True, 0)
    assert [note.ja for note in found.notes] == ["顧客のない費用は純売上の比で配賦", "接点の時間は費用に含まない"]
    assert statement(portfolio) is found


@pytest.mark.parametrize(("basis", "common"), [("equal", [27, 26, 26, 26]), ("hours", [84, 0, 21, 0])])
def test_common_costs_are_shared_as_the_definition_says(basis: str, common: list[int]) -> None:
    contacts = {"顧客ID": ["a", "c", "b"], "日付": ["2025/6/1", "2025/6/2", "2025/1/1"], "時間": [8, 2, 5]}
    portfolio = of({"profit.common_basis": basis}, contacts=contacts)
    assert statement(portfolio).rows["common"].tolist() == common


def test_hours_are_priced_only_where_an_hour_has_a_price() -> None:
    contacts = {"顧客ID": ["a", "a", "c"], "日付": ["2025/6/1", "2025/7/1", "2025/6/2"], "時間": [8, None, 0.5]}
    found = statement(of({"profit.hourly_cost": 6}, contacts=contacts))
    assert found.rows["hours"].tolist() == [48, 0, 3, 0]
    assert "時間のない接点1件は含まない" in [note.ja for note in found.notes]
    assert column(of({"profit.hourly_cost": 6}, contacts=contacts), "chosen_cost_12m") == [28 + 48, 25, 73 + 3, 0]
    assert statement(of(contacts=contacts)).rows["hours"].tolist() == [0, 0, 0, 0]


def test_an_hour_is_priced_in_whole_currency_units() -> None:
    orders = {"顧客ID": ["a"], "取引日": ["2025/6/1"], "金額(USD)": [100.5], "原価": [50.25]}
    costs = {"顧客ID": ["a", "a"], "日付": ["2025/6/30", "2026/3/1"], "金額": [0.5, 0.5]}
    contacts = {"顧客ID": ["a"], "日付": ["2025/6/1"], "時間": [2]}
    definition = Definition.from_rows([("profit.hourly_cost", 6.5)])
    portfolio = portfolio_of(CUSTOMERS, orders, AS_OF, definition, costs=costs, contacts=contacts, currency="USD")
    assert statement(portfolio).rows["hours"].tolist()[0] == 1300


def test_an_acquisition_cost_with_a_name_is_borne_by_that_customer() -> None:
    costs = {key: [*values] for key, values in COSTS.items()}
    costs["顧客ID"][2] = "d"  # D ordered long before: borne from the cost's own day, 183 of 365 days in the year
    assert column(of(costs=costs), "acquisition_cost_12m") == [0, 0, 0, round(90 * 183 / 365)]


def test_acquisition_over_one_year_is_borne_in_full_over_two_windows() -> None:
    fiscal = {"general.fiscal_year_start": 4, "profit.acquisition_months": 12}
    late = {**COSTS, "日付": ["2024/6/30", "2024/12/31", "2024/9/30", "2026/3/31"]}
    orders = {**ORDERS, "取引日": ["2024/5/1", "2026/1/10", "2024/6/1", "2024/7/1", "2023/5/1", "2026/2/1"]}
    portfolio = of(fiscal, costs=late, orders=orders)
    book = CostBook(portfolio.tables, portfolio.definition, AS_OF, portfolio.frame["first_order"])
    first = book.bear((date(2024, 4, 1), date(2025, 3, 31)), portfolio.frame["sales_prev_12m"]).acquisition
    second = book.bear((date(2025, 4, 1), date(2026, 3, 31)), portfolio.frame["sales_12m"]).acquisition
    assert (first + second).tolist() == [30, 30, 30, 0]
    assert first.tolist() == [28, 25, 23, 0]


def test_acquisition_of_a_channel_is_borne_by_its_own_new_customers() -> None:
    customers = {**CUSTOMERS, "チャネル": ["展示会", "紹介", "展示会", "展示会"]}
    costs = {**COSTS, "チャネル": [None, None, "展示会", None]}
    portfolio = portfolio_of(customers, ORDERS, AS_OF, costs=costs)
    assert column(portfolio, "acquisition_cost_12m") == [round(45 * 335 / 365), 0, round(45 * 274 / 365), 0]
    lost = statement(portfolio_of(customers, ORDERS, AS_OF, costs={**costs, "チャネル": [None, None, "Web", None]}))
    assert lost.rows["acquisition"].sum() == 0
    assert "新規顧客のない年やチャネルの獲得費は含まない" in [note.ja for note in lost.notes]


def test_acquisition_without_anyone_won_is_said() -> None:
    orders = {**ORDERS, "取引日": ["2023/5/1", "2026/1/10", "2023/6/1", "2023/7/1", "2023/5/1", "2026/2/1"]}
    found = statement(of(orders=orders))
    assert found.rows["acquisition"].tolist() == [0, 0, 0, 0]
    assert "新規顧客のない年やチャネルの獲得費は含まない" in [note.ja for note in found.notes]


def test_without_costs_there_is_no_net_profit_rather_than_gross_profit() -> None:
    for tables in ({"costs": None}, {"costs": {**COSTS, "日付": ["2024/1/5"] * 4}}):
        portfolio = of(**tables)
        assert column(portfolio, "net_profit_12m") == [None] * 4
        assert column(portfolio, "service_cost_12m") == [None] * 4
        assert column(portfolio, "profit_share") == pytest.approx([200 / 340, 100 / 340, 10 / 340, 30 / 340])
        assert not statement(portfolio).covered


def test_a_year_that_the_costs_reach_only_in_part_is_not_told() -> None:
    portfolio = of()
    assert column(portfolio, "net_profit_prev_12m") == [None] * 4
    half = {**COSTS, "日付": ["2025/10/1", "2025/12/31", "2025/11/30", "2026/3/31"]}
    assert column(of(costs=half), "net_profit_12m") == [None] * 4


def test_costs_that_only_acquire_do_not_cover_the_cost_to_serve() -> None:
    assert column(of(costs={**COSTS, "費目": ["広告"] * 4}), "net_profit_12m") == [None] * 4


def test_common_costs_without_a_basis_stay_open_and_are_said() -> None:
    found = statement(of({"profit.common_basis": "hours"}))
    assert found.unallocated == 105
    assert found.rows["common"].tolist() == [0, 0, 0, 0]
    assert any("含まない" in note.ja and "基準" in note.ja for note in found.notes)


def test_an_unknown_basis_is_refused() -> None:
    with pytest.raises(Refusal, match=r"profit\.common_basis"):
        of({"profit.common_basis": "weather"})


def test_a_line_without_cost_leaves_only_its_customer_unknown() -> None:
    portfolio = of(orders={**ORDERS, "原価": [40, 60, None, 390, 10, 20]})
    assert column(portfolio, "net_profit_12m")[1] is None
    assert column(portfolio, "net_profit_12m")[0] == 132
    assert column(portfolio, "profit_share") == pytest.approx([200 / 240, None, 10 / 240, 30 / 240])


def test_returns_alone_and_costs_above_sales_are_losses() -> None:
    orders = {**ORDERS, "金額": [-100, -200, 300, 400, 50, 50], "原価": [-40, -60, 200, 900, 10, 20]}
    portfolio = of(orders=orders)
    assert column(portfolio, "gross_profit_12m")[0] == -200
    assert column(portfolio, "margin_rate")[0] is None
    assert column(portfolio, "gross_profit_12m")[2] == -500
    assert column(portfolio, "profit_share") == [None] * 4  # the whole is not positive


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any))
def test_what_is_shared_out_sums_exactly(total: int, weights: list[int]) -> None:
    parts = share_out(total, np.array(weights))
    assert parts.sum() == total
    exact = total * np.array(weights, dtype=np.float64) / sum(weights)
    assert np.abs(parts - exact).max() < 1 + abs(total) * 1e-12
    assert (parts[np.array(weights) == 0] == 0).all()


amounts = st.lists(st.integers(-500, 5000), min_size=4, max_size=12)


@settings(max_examples=10)
@given(amounts, st.integers(1, 50), st.randoms(use_true_random=False))
def test_order_and_scale_of_the_rows_do_not_matter(sales: list[int], factor: int, random: Any) -> None:
    count = len(sales)
    rows = [("abcd"[at % 4], f"2025/{4 + at % 9}/{1 + at}", sales[at] * 100, sales[at] * 40) for at in range(count)]
    shuffled = random.sample(rows, count)

    def built(lines: list[tuple[str, str, int, int]], times: int) -> Portfolio:
        orders = dict(zip(("顧客ID", "取引日", "金額", "原価"), map(list, zip(*lines, strict=True)), strict=True))
        orders["金額"] = [each * times for each in orders["金額"]]
        orders["原価"] = [each * times for each in orders["原価"]]
        costs = {**COSTS, "金額": [each * times * 1000 for each in COSTS["金額"]]}
        return of(orders=orders, costs=costs)

    first, again = built(rows, 1), built(shuffled, 1)
    for name in ("net_profit_12m", "roi", "profit_share"):
        assert column(first, name) == pytest.approx(column(again, name))
    larger = built(rows, factor)
    for one, other in zip(column(first, "net_profit_12m"), column(larger, "net_profit_12m"), strict=True):
        assert other == pytest.approx(float(str(one)) * factor, abs=factor * 4)  # each part is rounded to whole yen
    shares = [each for each in column(larger, "profit_share") if each is not None]
    assert shares == pytest.approx([each for each in column(first, "profit_share") if each is not None])
    assert not shares or sum(map(float, map(str, shares))) == pytest.approx(1)


# ---- the whale curve -------------------------------------------------------------------------------------------------


def curve(*profits: int) -> Any:
    return curve_of(np.arange(len(profits)), np.array(profits), np.array([f"c{at}" for at in range(len(profits))]))


def test_the_published_whale() -> None:
    # 20 % of the customers contribute 140 % of the profit and another 20 % erode 40 % of it:
    # ControllingWiki, "The Whale Curve of Customer Profitability".
    found = curve(70, 70, 0, 0, 0, 0, 0, 0, -20, -20)
    assert found.share_at(0.2) == pytest.approx(1.4)
    assert found.peak_share == pytest.approx(1.4)
    assert (found.peak_customers, found.peak, found.destroyed, found.total) == (2, 140, -40, 100)
    assert found.share[-1] == 1.0
    assert found.destroyers.tolist() == [9, 8]


def test_the_whale_of_the_hand_example_names_its_measure() -> None:
    found = whale_curve(of())
    assert found.customers.tolist() == [0, 1, 3, 2]
    assert found.cumulative.tolist() == [132, 177, 202, 99]
    assert found.notes[0].ja == "利益は純利益(粗利−対応費−獲得費)"
    gross = whale_curve(of(costs=None))
    assert gross.basis == "gross_profit_12m"
    assert gross.share_at(0.25) == pytest.approx(200 / 340)


def test_a_whole_that_is_not_positive_has_no_shares() -> None:
    for found in (curve(50, -80), curve(50, -50), curve(0, 0)):
        assert found.share is None
        assert found.peak_share is None
        assert found.share_at(0.5) is None
        assert "割合ではなく金額" in found.notes[-1].ja
    assert curve(-5, -7).peak_customers == 0
    assert curve(-5, -7).peak == 0


def test_unknown_profits_are_counted_and_none_known_is_refused() -> None:
    found = whale_curve(of(orders={**ORDERS, "原価": [40, 60, None, 390, 10, 20]}))
    assert found.unknown == 1
    assert "1社は含まない" in found.notes[1].ja
    with pytest.raises(Refusal) as refusal:
        whale_curve(golden())
    assert refusal.value.kind == "too_little_data"
    assert "原価" in refusal.value.to("ja")


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_the_whale_ends_at_the_total_and_turns_once(profits: list[int], random: Any) -> None:
    found = curve(*profits)
    assert found.total == sum(profits)
    assert found.peak + found.destroyed == found.total
    assert found.peak == max(0, found.cumulative.max())
    assert (np.diff(found.profit) <= 0).all()
    assert curve(*random.sample(profits, len(profits))).cumulative.tolist() == found.cumulative.tolist()
    if found.share is not None:
        assert found.share[-1] == pytest.approx(1)


# ---- the map ---------------------------------------------------------------------------------------------------------


def test_the_usual_map_by_hand() -> None:
    found = profit_map(of())
    # Sales 300, 300, 400, 50: median 300. Margins 2/3, 1/3, 1/40, 3/5: median 7/15. On the line counts as high.
    assert (found.x.at, found.y.at) == pytest.approx((300, (1 / 3 + 3 / 5) / 2))
    assert found.x.rule.ja == "中央値"
    assert found.size.code == "net_profit"
    named = {row.customer: found.names[str(row.quadrant)].ja for row in found.points.itertuples()}
    assert named == {0: "主力", 1: "採算改善", 2: "採算改善", 3: "育成"}
    assert found.points["size"].tolist() == [-103, 132, 45, 25]
    assert len(found.unknown) == 0


def test_change_against_the_year_before_has_its_own_map() -> None:
    earlier = {
        "顧客ID": [*"abcd", *"abcd"],
        "取引日": ["2024/4/10"] * 4 + ["2025/6/1"] * 4,
        "金額": [100, 100, 100, 100, 200, 200, 50, 50],
        "原価": [50, 50, 50, 50, 80, 120, 20, 30],
    }
    found = profit_map(of(orders=earlier), "前年比", "粗利率の増減")
    assert (found.x.at, found.y.at, found.x.rule.ja) == (0, 0, "定義の値")
    named = {row.customer: found.names[str(row.quadrant)].en for row in found.points.itertuples()}
    assert named == {0: "Sound growth", 1: "Bought growth", 2: "Smaller, better", 3: "Worsening"}


def test_lines_and_names_come_from_the_definition() -> None:
    names = {f"{x}_{y}": {"ja": f"{x}{y}", "en": f"{x}{y}"} for x in ("high", "low") for y in ("high", "low")}
    rule = {"x": "sales", "y": "gross_profit", "x_split": 350, "y_split": "mean", **names}
    found = profit_map(of({"maps.1": json.dumps(rule)}), "売上", "粗利", "売上")
    assert found.x.at == 350
    assert found.y.at == 85
    assert found.points["quadrant"].tolist() == ["high_low", "low_high", "low_high", "low_low"]
    with pytest.raises(Refusal) as refusal:
        profit_map(of({"maps.1": json.dumps(rule)}), "売上", "粗利率")
    assert refusal.value.kind == "missing_definition"
    for broken in ({**rule, "x_split": "third"}, {key: value for key, value in rule.items() if key != "low_low"}):
        with pytest.raises(Refusal) as refusal:
            profit_map(of({"maps.1": json.dumps(broken)}), "売上", "粗利")
        assert refusal.value.kind == "missing_definition"


def test_customers_that_cannot_be_placed_are_named() -> None:
    found = profit_map(of(orders={**ORDERS, "原価": [40, 60, None, 390, 10, 20]}))
    assert found.unknown.tolist() == [1]
    assert found.points["customer"].tolist() == [2, 0, 3]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Refusal, match="取引表に原価か粗利の列"):
        profit_map(golden())
    with pytest.raises(Refusal, match="費用表"):
        profit_map(of(costs=None), "売上", "純利益")
    with pytest.raises(Refusal, match="数ではない"):
        profit_map(of(), "最終購入日", "粗利率")
    assert profit_map(of(costs=None)).size.code == "gross_profit"


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=4, max_size=4))
def test_the_quadrants_part_the_customers(pairs: list[tuple[int, int]]) -> None:
    orders = {
        "顧客ID": list("abcd"),
        "取引日": ["2025/6/1"] * 4,
        "金額": [each * 100 for each, _ in pairs],
        "原価": [each * 10 for _, each in pairs],
    }
    found = profit_map(of(orders=orders, costs=None))
    assert sorted([*found.points["customer"], *found.unknown]) == [0, 1, 2, 3]
    for row in found.points.itertuples():
        x = "high" if float(str(row.x)) >= found.x.at else "low"
        y = "high" if float(str(row.y)) >= found.y.at else "low"
        assert row.quadrant == f"{x}_{y}"
