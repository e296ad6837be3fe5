"""Named lists and filters as lists: who needs action, why, when, what it may be worth; columns, order, length."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from helpers.builders import GOLDEN, golden, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.language import words
from engine.language.errors import Refusal, Text
from engine.lists.actions import actions, effect_basis, key_accounts
from engine.lists.listing import Listing, list_customers
from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 9, 30)


def monthly(name: str, amount: int, last: date, gap: int = 30, times: int = 20) -> list[list[object]]:
    return [[name, last - timedelta(days=gap * turn), amount, amount * 6 // 10] for turn in range(times)]


def company(**definition: Any) -> Portfolio:
    """契約: notice is due in October. 遅延: two gaps late. 予定: due in ten days. 平穏: nothing. 離脱: gone for a year."""
    customers = {
        "顧客名": ["契約", "遅延", "予定", "平穏", "離脱", "無"],
        "契約終了日": ["2026/12/31", "", "", "2027/12/31", "", "2026/9/1"],
        "解約予告日数": [60, "", "", 30, "", ""],
        "重要顧客": ["", "", "", "○", "", ""],
    }
    lines = [
        *monthly("契約", 100_000, date(2026, 9, 29)),
        *monthly("遅延", 50_000, date(2026, 8, 10)),
        *monthly("予定", 40_000, date(2026, 9, 10)),
        *monthly("平穏", 5_000, date(2026, 9, 29)),
        *monthly("離脱", 30_000, date(2025, 8, 1)),
    ]
    orders = dict(zip(("顧客名", "取引日", "金額", "原価"), map(list, zip(*lines, strict=True)), strict=True))
    return portfolio_of(customers, orders, AS_OF, Definition.from_rows(definition.items()))


PORTFOLIO = company()


def names(listing: Listing, portfolio: Portfolio = PORTFOLIO) -> list[str]:
    return portfolio.frame["name"].iloc[listing.positions].tolist()


def column(listing: Listing, name: str) -> list[Any]:
    return next(each.values for each in listing.columns if each.name.ja == name)


# ---- 要対応 ----------------------------------------------------------------------------------------------------------


def test_the_reason_and_the_day_of_the_next_contact() -> None:
    """Contract end − notice days; last order + own median gap; overdue by the own rhythm (domain rows 13 and §7.10)."""
    found = actions(PORTFOLIO)
    reasons = dict(zip(PORTFOLIO.frame["name"], found["contact_reason"], strict=True))
    days = dict(zip(PORTFOLIO.frame["name"], found["next_contact"].dt.date, strict=True))
    assert reasons == {
        "契約": "contract", "遅延": "overdue", "予定": "due", "平穏": "none", "離脱": "risk", "無": "none",
    }  # fmt: skip
    assert days["契約"] == date(2026, 11, 1)  # 60 days before 31 December
    assert days["遅延"] == days["離脱"] == AS_OF
    assert days["予定"] == date(2026, 10, 10)  # 10 September + 30 days
    assert days["平穏"] == date(2026, 10, 29)  # no reason to act: the next order that is expected
    assert found["next_contact"].isna().tolist() == [False] * 5 + [True]


def test_a_notice_date_that_has_passed_calls_for_action_today_while_the_contract_runs() -> None:
    customers = {
        "顧客名": ["甲", "乙"],
        "契約終了日": ["2026/10/15", "2026/9/29"],
        "解約予告日数": [30, 30],
        "年間売上": [1, 1],
    }
    found = actions(portfolio_of(customers, as_of=AS_OF))
    assert found["contact_reason"].tolist() == ["contract", "none"]
    assert found["next_contact"].dt.date.tolist()[0] == AS_OF
    assert found["notice_date"].dt.date.tolist() == [date(2026, 9, 15), date(2026, 8, 30)]


def test_the_windows_of_action_are_held_at_both_ends() -> None:
    def reason(**definition: Any) -> list[str]:
        return actions(company(**definition))["contact_reason"].tolist()

    assert reason(**{"actions.notice_window_days": 32})[0] == "contract"  # 30 September + 32 days = 1 November
    assert reason(**{"actions.notice_window_days": 31})[0] == "none"
    assert reason(**{"actions.due_days": 10})[2] == "due"
    assert reason(**{"actions.due_days": 9})[2] == "none"
    assert reason(**{"actions.overdue_ratio": 1.7})[1] == "overdue"  # 51 days of a gap of 30
    assert (
        reason(**{"actions.overdue_ratio": 1.71})[1] == "risk"
    )  # not overdue by this limit, yet likelier lost than not


def test_the_expected_effect_is_the_profit_times_the_probability_of_loss() -> None:
    found, frame = actions(PORTFOLIO), PORTFOLIO.frame
    for place in range(3):
        expected = frame["gross_profit_12m"].iloc[place] * frame["p_lost"].iloc[place]
        assert found["expected_effect"].iloc[place] == round(float(expected))
    assert found["expected_effect"].isna().tolist() == [False, False, False, True, False, True]
    assert effect_basis(PORTFOLIO) == "gross_profit"
    assert effect_basis(golden()) == "sales"


def test_the_list_of_actions_is_sorted_by_what_acting_is_worth() -> None:
    listing = list_customers(PORTFOLIO, "要対応")
    assert set(names(listing)) == {"契約", "遅延", "離脱"}  # 予定 orders in its rhythm: nothing is at stake
    expected = column(listing, "期待金額(粗利)")
    assert expected == sorted(expected, reverse=True)
    assert Text("注文の遅れ", "Order overdue") in column(listing, "要対応の内容")
    assert names(list_customers(PORTFOLIO, "要対応", "次回接触日", 2)) == ["遅延", "離脱"]  # both today
    assert "予定" in names(list_customers(PORTFOLIO, "対応理由≠空白"))


def test_actions_work_on_the_seven_typed_columns() -> None:
    listing = list_customers(golden(), "要対応")
    assert names(listing, golden()) == ["株式会社C", "株式会社A"]
    assert column(listing, "期待金額(売上)") == [2_000_000, 750_000]  # 5 million × 0.4; 15 million × 0.05, the largest
    assert column(listing, "対応期日") == [AS_OF + timedelta(days=14), AS_OF + timedelta(days=90)]


# ---- the other lists -------------------------------------------------------------------------------------------------


def test_key_accounts_are_told_by_rule_and_by_hand() -> None:
    found = key_accounts(PORTFOLIO)
    named = PORTFOLIO.frame["name"]
    assert named[found["key_rule"]].tolist() == ["契約", "遅延", "予定"]
    assert named[found["key_hand"]].tolist() == ["平穏"]
    listing = list_customers(PORTFOLIO, "重要顧客")
    assert set(names(listing)) == set(named[found["key"]])
    by_rule, by_hand = (column(listing, f"重要顧客({how})") for how in ("規則", "指定"))
    assert all(rule or hand for rule, hand in zip(by_rule, by_hand, strict=True))
    assert any(hand and not rule for rule, hand in zip(by_rule, by_hand, strict=True))


def test_a_share_of_a_tenth_makes_a_key_account_whatever_its_rank() -> None:
    table = {"顧客名": list("甲乙丙"), "年間売上": [800, 120, 80]}
    assert key_accounts(portfolio_of(table, as_of=AS_OF))["key_rule"].tolist() == [True, True, False]
    rows = Definition.from_rows([("key_accounts.share", 0.13)])
    assert key_accounts(portfolio_of(table, as_of=AS_OF, definition=rows))["key_rule"].tolist() == [True, False, False]


def test_dormant_overdue_new_and_returned_customers() -> None:
    assert "離脱" in names(list_customers(PORTFOLIO, "休眠"))
    assert names(list_customers(PORTFOLIO, "期限超過")) == ["遅延"]
    orders = {
        "顧客名": ["新", "古", "古", "古", "戻", "戻", "戻"],
        "取引日": ["2026/8/1", "2024/1/1", "2025/1/1", "2026/8/1", "2024/1/1", "2024/2/1", "2026/9/1"],
        "金額": [100] * 7,
    }
    portfolio = portfolio_of(orders=orders, as_of=AS_OF)
    assert names(list_customers(portfolio, "新規"), portfolio) == ["新"]
    assert set(names(list_customers(portfolio, "復帰"), portfolio)) == {"戻", "古"}


def test_abm_targets_grow_and_are_not_at_risk() -> None:
    assert names(list_customers(golden(), "ABM対象"), golden()) == ["株式会社B"]


def test_contradictions_are_a_list_with_their_meaning() -> None:
    orders = {
        "顧客名": ["甲"] * 3 + ["乙"] * 6,
        "取引日": ["2025/10/5", "2025/11/5", "2025/12/5", *[f"2026/{month}/10" for month in range(4, 10)]],
        "金額": [100_000] * 3 + [3000] * 6,
    }
    portfolio = portfolio_of(orders=orders, as_of=AS_OF)
    listing = list_customers(portfolio, "不一致")
    assert set(names(listing, portfolio)) == {"甲"}
    assert Text("ABC=A、CPM=よちよち離脱", "ABC=A, CPM=Beginner, lapsed") in column(listing, "分類")
    assert len(list_customers(portfolio, "不一致", top=1).positions) == 1
    # In a condition, and with an order of its own, it is the list of these customers.
    assert names(list_customers(portfolio, "不一致 かつ 売上>0"), portfolio) == ["甲"]
    assert names(list_customers(portfolio, "不一致", "売上"), portfolio) == ["甲"]
    with pytest.raises(Refusal, match="取引表"):
        list_customers(golden(), "不一致")


def test_opportunities_are_ranked_by_their_profit() -> None:
    bought = [(who, product) for who in range(12) for product in ("甲", "乙") if who or product == "甲"]
    lines = [[f"顧客{who}", "2026/5/1", product, 1000 * (who + 1), 400] for who, product in bought]
    headers = ("顧客名", "取引日", "商品", "金額", "原価")
    orders = dict(zip(headers, map(list, zip(*lines, strict=True)), strict=True))
    portfolio = portfolio_of(orders=orders, as_of=AS_OF)
    listing = list_customers(portfolio, "機会")
    gains = [value for value in column(listing, "期待粗利") if value is not None]
    assert gains == sorted(gains, reverse=True)
    assert "顧客0" in names(listing, portfolio)
    assert column(listing, "商品")[names(listing, portfolio).index("顧客0")] == "乙"
    assert "顧客0" in names(list_customers(portfolio, "機会 かつ 売上>0"), portfolio)
    with pytest.raises(Refusal, match="商品"):
        list_customers(PORTFOLIO, "機会")


def test_every_list_of_the_vocabulary_stands_in_the_definition() -> None:
    for code in words.codes("lists"):
        written = PORTFOLIO.definition.value(f"lists.{code}")
        assert set(written) == {"filter", "columns", "sort"}
        for lang in ("ja", "en"):
            word = words.label("lists", code, lang)
            if code != "opportunity":  # these orders tell no products
                assert len(list_customers(PORTFOLIO, word).columns) > 2, word


# ---- columns, order, length ------------------------------------------------------------------------------------------


def test_a_filter_shows_its_own_columns_and_the_usual_ones() -> None:
    listing = list_customers(PORTFOLIO, "遅れ>1 かつ 売上>0")
    assert [each.name.ja for each in listing.columns] == ["顧客ID", "顧客", "遅れ", "売上", "リスク", "総合", "戦略"]
    by_effect = list_customers(PORTFOLIO, "遅れ>1", "期待効果")
    assert by_effect.columns[-1].name.ja == "期待効果(粗利)"
    assert len(list_customers(PORTFOLIO).positions) == len(PORTFOLIO)


@pytest.mark.parametrize("order", ["売上 昇順", "売上昇順", "Sales ascending", "売上 asc", "売上 小さい順"])
def test_an_order_may_rise(order: str) -> None:
    sales = [value for value in column(list_customers(PORTFOLIO, "", order), "売上") if value is not None]
    assert sales == sorted(sales)


def test_numbers_fall_and_dates_rise_unless_told_otherwise() -> None:
    days = [day for day in column(list_customers(PORTFOLIO, "", "最終購入日"), "最終購入日") if day]
    assert days == sorted(days)
    days = [day for day in column(list_customers(PORTFOLIO, "", "最終購入日 降順"), "最終購入日") if day]
    assert days == sorted(days, reverse=True)
    risk = [text.ja for text in column(list_customers(PORTFOLIO, "", "リスク"), "リスク")]
    assert risk == sorted(risk, key=["高", "中", "低", "不明"].index)


@pytest.mark.parametrize("order", ["高さ", "昇順", "売上 上から"])
def test_an_unknown_order_is_refused(order: str) -> None:
    with pytest.raises(Refusal, match="並べられません"):
        list_customers(PORTFOLIO, "", order)


@pytest.mark.parametrize("top", [0, -3])
def test_fewer_than_one_row_is_refused(top: int) -> None:
    with pytest.raises(Refusal, match="1以上"):
        list_customers(PORTFOLIO, "", "", top)


def test_a_planner_changes_a_list_in_the_definition() -> None:
    changed = '{"filter": "リスク=高", "columns": "リスク、売上", "sort": "売上 昇順"}'
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows([("lists.abm", changed)]))
    listing = list_customers(portfolio, "ABM対象")
    assert names(listing, portfolio) == ["株式会社C"]
    assert [each.name.ja for each in listing.columns] == ["顧客ID", "顧客", "リスク", "売上"]
    wrong = '{"filter": "リスク=高", "columns": "りすく度", "sort": "売上"}'
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows([("lists.abm", wrong)]))
    with pytest.raises(Refusal, match="りすく度"):
        list_customers(portfolio, "ABM対象")


ORDERS = ["売上", "リスク", "総合 昇順", "次回接触日", "業界", "対応理由", "標準", "重要顧客", "期待効果 昇順", "遅れ"]
FILTERS = ["", "売上>=0", "リスク=高 または リスク=低", "not 遅れ>1", "業界=空白", "要対応", "重要顧客"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FILTERS), st.sampled_from(ORDERS), st.none() | st.integers(1, 8))
def test_a_list_is_its_filter_in_an_order_and_cut(wanted: str, order: str, top: int | None) -> None:
    whole = list_customers(PORTFOLIO, wanted, order)
    cut = list_customers(PORTFOLIO, wanted, order, top)
    assert cut.positions.tolist() == whole.positions.tolist()[:top]
    assert len(set(whole.positions.tolist())) == len(whole.positions)
    assert set(whole.positions) == set(list_customers(PORTFOLIO, wanted).positions)
    assert {len(each.values) for each in cut.columns} == {len(cut.positions)}
    assert (np.diff(np.array(sorted(whole.positions.tolist()))) > 0).all()
