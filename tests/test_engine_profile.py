"""The card of a customer, the profile of a segment, and the real customer that stands for it."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from helpers.builders import golden, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.explanation.persona import persona, segment_profiles
from engine.explanation.profile import CardLine, profile
from engine.language.errors import Refusal
from engine.scoring.portfolio import Portfolio

DAY = date(2026, 9, 30)
Columns = dict[str, list[Any]]


def company() -> Portfolio:
    """One customer with everything, one of its group without orders."""
    customers: Columns = {
        "顧客ID": ["A", "B"],
        "顧客名": ["青葉", "北星"],
        "親ID": ["", "A"],
        "業界": ["製造", ""],
        "地域": ["東京都", "大阪府"],
        "担当": ["佐藤", ""],
        "契約終了日": ["2026/12/31", ""],
        "解約予告日数": [60, ""],
        "与信枠": [500_000, ""],
        "延滞日数": [0, ""],
    }
    days = [DAY - timedelta(days=40 + 30 * turn) for turn in range(24)]
    orders: Columns = {
        "顧客ID": ["A"] * 24,
        "取引日": [f"{day:%Y/%m/%d}" for day in days],
        "金額": [10_000] * 24,
        "原価": [6_000] * 24,
    }
    contacts: Columns = {"顧客ID": ["A"], "日付": ["2026/9/1"], "種別": ["クレーム"], "内容": ["納期"], "未解決": ["○"]}
    surveys: Columns = {"顧客ID": ["A"], "回答日": ["2026/9/1"], "項目": ["NPS"], "点数": [9]}
    return portfolio_of(customers, orders, DAY, contacts=contacts, surveys=surveys)


@pytest.fixture(scope="module")
def cards() -> list[dict[str, CardLine]]:
    portfolio = company()
    return [{line.key: line for line in profile(portfolio, position)} for position in (0, 1)]


def test_the_card_by_hand(cards: list[dict[str, CardLine]]) -> None:
    told = {key: line.value.ja for key, line in cards[0].items()}
    assert told["name"] == "青葉"
    assert told["group"] == "親会社(グループ2社)"
    assert cards[1]["group"].value == ("親: 青葉(グループ2社)", "parent: 青葉 (group of 2)")
    assert told["sales_12m"] == "11万円"  # eleven orders of 10,000 since 1 October 2025
    assert told["gross_profit_12m"] == "4.4万円"
    assert (told["recency_days"], told["orders"], told["gap_median"]) == ("40日", "24", "30日")
    assert told["next_order"] == "2026/09/20"  # 21 August and 30 days
    assert told["overdue"] == "10日超過(間隔の1.3倍)"
    assert told["contract_end"] == "2026/12/31"
    assert told["notice_day"] == "2026/11/01"  # 60 days before
    assert told["credit_limit"] == "50万円"
    assert (told["open_items"], told["complaints"], told["last_complaint"]) == ("1", "1", "2026/09/01")
    assert told["nps_score"] == "9.0"
    assert told["level_risk"].startswith(("高(", "中(", "低("))


def test_what_is_missing_names_its_input(cards: list[dict[str, CardLine]]) -> None:
    second = cards[1]
    expected = {
        "industry": "顧客表の「業界」が空欄です",
        "recency_days": "期間内の取引がありません",
        "gap_median": "期間内の取引がありません",
        "notice_day": "顧客表の「契約終了日」が空欄です",
        "credit_limit": "顧客表の「与信枠」が空欄です",
        "net_profit_12m": "費用の表がありません",
        "last_complaint": "期間内の接点がありません",
        "satisfaction": "期間内のアンケートがありません",
        "opportunity_1": "商品が分かりません",
    }
    for key, reason in expected.items():
        assert not second[key].known, key
        assert second[key].value.ja.startswith("算出不可("), key
        assert reason in second[key].value.ja, key


def test_the_card_of_a_typed_table_has_all_its_lines() -> None:
    lines = {line.key: line for line in profile(golden(), 0)}
    assert lines["strategy"].value == ("クロスセルを狙う", "Aim for cross-selling")
    assert lines["share"].value.ja == "51.7%"
    assert lines["level_continuity"].value == ("高(85.0点)", "High (85.0)")
    assert lines["sales_total"].value.ja == "算出不可(取引の表がありません)"
    assert {"ltv", "churn", "segment_rfm", "overdue"} <= set(lines)
    assert all(all(line.label) and all(line.value) for line in lines.values())


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "<script>alert(1)</script>", "@SUM(A1)", "𠮷野家"])
def test_names_survive_as_text(name: str) -> None:
    found = portfolio_of({"顧客名": [name, "他"], "業界": [name, "x"], "年間売上": [3, 1]}, as_of=DAY)
    lines = {line.key: line.value.ja for line in profile(found, 0)}
    assert lines["name"] == found.frame["name"].iloc[0]


# ---- segments --------------------------------------------------------------------------------------------------------


def typed(sales: list[int], regions: list[str] | None = None) -> Portfolio:
    """Customers in one CPM-free scheme: ABC by typed sales."""
    columns: Columns = {
        "顧客ID": [f"{at:03}" for at in range(len(sales))],
        "顧客名": [f"会社{at}" for at in range(len(sales))],
        "年間売上": sales,
        "地域": regions or ["関東"] * len(sales),
    }
    return portfolio_of(columns, as_of=DAY)


def test_segment_profiles_by_hand() -> None:
    profiles = {
        each.code: each
        for each in segment_profiles(typed([70, 10, 10, 6, 4], ["関東", "関西", "関西", "", "関東"]), "abc")
    }
    assert [(code, each.n, each.sales, each.share) for code, each in profiles.items()] == [
        ("a", 1, 70, 0.7), ("b", 2, 20, 0.2), ("c", 2, 10, 0.1),
    ]  # fmt: skip
    assert (profiles["b"].region.word, profiles["b"].region.count, profiles["b"].region.of) == ("関西", 2, 2)
    assert (profiles["c"].region.word, profiles["c"].region.count) == ("関東", 1)
    assert profiles["a"].gross_profit is None
    assert np.isnan(profiles["a"].recency)


def test_medians_of_a_segment_by_hand() -> None:
    orders: Columns = {
        "顧客名": ["甲", "乙", "乙", "丙", "丙", "丙"],
        "取引日": ["2026/9/20", "2026/9/10", "2026/8/10", "2026/9/25", "2026/9/1", "2026/8/1"],
        "金額": [100, 200, 200, 100, 100, 100],
        "原価": [50, 50, 50, 50, 50, 50],
    }
    (whole,) = [each for each in segment_profiles(portfolio_of(None, orders, DAY), "lifecycle") if each.n == 3]
    assert (whole.recency, whole.frequency, whole.monetary) == (10, 2, 300)
    assert (whole.sales, whole.gross_profit, whole.margin_rate) == (800, 500, 0.625)


def test_the_persona_is_the_member_nearest_to_the_medians() -> None:
    found = persona(typed([50, 49, 52, 90, 10]), "a", "abc")
    # A holds 90, 52 and 50 (70 % is passed after them): the median is 52
    assert found.position == 2
    assert found.distance == 0.0
    assert found.measures == ("sales_12m",)
    assert "会社2" in found.draft.ja
    assert "会社2" in found.draft.en
    assert "中央値 52円" in found.draft.ja


def test_the_distance_by_hand() -> None:
    # members 10, 20, 60 with median 20: away 10, 0, 40; mean deviation 50/3
    own = Definition.from_rows([("abc.a", 1.1)])
    portfolio = portfolio_of({"顧客名": ["x", "y", "z"], "年間売上": [10, 20, 60]}, as_of=DAY, definition=own)
    found = persona(portfolio, "a", "abc")
    assert (found.position, found.distance) == (1, 0.0)
    even = portfolio_of({"顧客名": ["x", "y", "z", "w"], "年間売上": [10, 20, 40, 60]}, as_of=DAY, definition=own)
    # median 30: away 20, 10, 10, 30; mean 17.5; 20 and 40 are equally near, and "y" comes before "z"
    found = persona(even, "a", "abc")
    assert found.position == 1
    assert found.distance == pytest.approx(10 / 17.5)


def test_small_segments_have_no_persona() -> None:
    with pytest.raises(Refusal, match="必要3/実1"):
        persona(typed([70, 10, 10, 6, 4]), "a", "abc")
    with pytest.raises(Refusal):
        persona(golden(), "a", "rfm")


SALES = st.lists(st.integers(0, 40), min_size=3, max_size=14)


@settings(max_examples=25)
@given(SALES, st.randoms(use_true_random=False))
def test_the_medoid_is_a_member_and_the_order_of_rows_does_not_matter(sales: list[int], shuffle: random.Random) -> None:
    rows = list(enumerate(sales))
    shuffled = rows.copy()
    shuffle.shuffle(shuffled)
    portfolios = [
        portfolio_of(
            {
                "顧客ID": [f"{at:03}" for at, _ in each],
                "顧客名": [f"会社{at}" for at, _ in each],
                "年間売上": [value for _, value in each],
            },
            as_of=DAY,
        )
        for each in (rows, shuffled)
    ]
    if portfolios[0].assignments["abc"].refused is not None:
        return
    profiles = [segment_profiles(each, "abc") for each in portfolios]
    assert sum(each.n for each in profiles[0]) == len(sales)
    assert [repr(each) for each in profiles[0]] == [repr(each) for each in profiles[1]]  # repr: NaN equals NaN
    for each in profiles[0]:
        if each.n < 3:
            continue
        first, second = (persona(portfolio, each.code, "abc") for portfolio in portfolios)
        assert portfolios[0].assignments["abc"].segments[first.position] == each.code
        identities = [
            portfolio.frame["customer_id"].iloc[one.position]
            for portfolio, one in zip(portfolios, (first, second), strict=True)
        ]
        assert identities[0] == identities[1]
        assert first.draft == second.draft
