"""CAC in total and on average, payback and LTV:CAC: by hand, with every yen of spend in exactly one group."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.language.errors import Refusal
from engine.measures.retention import period_for
from engine.measures.value.acquisition import UNALLOCATED, convention_of, payback, spend_rows, verdict_of, won_in
from engine.measures.value.lifetime import lifetimes
from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 3, 31)
CUSTOMERS = {
    "顧客名": ["甲", "乙", "丙", "丁", "旧"],
    "チャネル": ["広告", "広告", "展示会", None, "広告"],
    "業界": ["製造", "IT", "IT", "製造", "製造"],
}
# 甲 and 丙 were won a year less a day before the end, 乙 half a year, 丁 on the last day; 旧 long before.
ORDERS: dict[str, list[Any]] = {
    "顧客名": ["旧", "甲", "甲", "甲", "乙", "丙", "丁", "旧"],
    "取引日": [
        *(
            "2023-05-01",
            "2025-04-01",
            "2025-08-01",
            "2025-12-01",
            "2025-10-01",
            "2025-04-01",
            "2026-03-31",
            "2025-09-01",
        ),
    ],
    "金額": [9_000, 10_000, 10_000, 10_000, 50_000, 20_000, 1_000, 9_000],
    "原価": [5_000, 6_000, 6_000, 6_000, 20_000, 12_000, 400, 5_000],
}
COSTS: dict[str, list[Any]] = {
    "日付": ["2025-05-01", "2025-06-01", "2025-07-01", "2025-08-01", "2025-09-01", "2025-09-02", "2024-05-01"],
    "費目": ["広告宣伝費", "展示会出展", "Marketing", "新規開拓訪問", "物流費", "リスティング広告", "広告宣伝費"],
    "金額": [20_001, 9_000, 1_001, 500, 7_777, 4_000, 1_000_000],
    "チャネル": ["広告", "展示会", None, None, None, "ウェブ", "広告"],
    "顧客名": [None, None, None, "旧", "甲", None, None],
}


def example(costs: dict[str, list[Any]] | None = None, **others: Any) -> Portfolio:
    return portfolio_of(CUSTOMERS, ORDERS, AS_OF, costs=COSTS if costs is None else costs, **others)


def test_only_the_kinds_that_acquire_in_the_period_count() -> None:
    portfolio = example()
    rows = spend_rows(portfolio, period_for(portfolio, None))
    assert sorted(rows["amount"].tolist()) == [500, 1_001, 4_000, 9_000, 20_001]
    assert set(rows["channel"].dropna()) == {"広告", "展示会", "ウェブ"}


def test_cac_by_channel_by_hand() -> None:
    found = {each.label.ja: each for each in payback(example())}
    # 1,001 that names neither is shared by the four new customers: 251 to the first by ID (丁), 250 to the others.
    assert {name: (row.spend, row.customers) for name, row in found.items()} == {
        "広告": (20_001 + 500 + 250 + 250, 2),
        "展示会": (9_000 + 250, 1),
        "(空欄)": (251, 1),
        "ウェブ": (4_000, 0),
    }
    assert found["広告"].average == 21_001 / 2
    assert (found["ウェブ"].average, found["ウェブ"].months, found["ウェブ"].verdict) == (None, None, None)


def test_cac_by_any_column_shares_a_channels_spend_among_its_new_customers() -> None:
    found = {each.key: each for each in payback(example(), "業界")}
    # 広告's 20,001 for 乙 (10,001, its ID comes first) and 甲 (10,000); 1,001 for 丁 (251) and the three others (250).
    assert found["IT"].spend == 10_001 + 250 + 9_000 + 250
    assert found["製造"].spend == 10_000 + 250 + 251 + 500
    assert (found[UNALLOCATED].spend, found[UNALLOCATED].label.ja) == (4_000, "未配賦")
    assert (found["製造"].customers, found["IT"].customers) == (2, 2)


def test_the_monthly_margin_and_the_months_by_hand() -> None:
    portfolio = example()
    exhibition = next(row for row in payback(portfolio) if row.label.ja == "展示会")
    months = 365 / (365.25 / 12)
    assert exhibition.monthly == pytest.approx(8_000 / months)
    assert exhibition.months == pytest.approx(9_250 / (8_000 / months))
    advertising = next(row for row in payback(portfolio) if row.label.ja == "広告")
    half = 182 / (365.25 / 12)  # 1 October to 31 March, both inclusive
    assert advertising.monthly == pytest.approx((12_000 + 30_000) / (months + half))
    blank = next(row for row in payback(portfolio) if row.label.ja == "(空欄)")
    assert blank.monthly == 600  # won on the last day: divided by one month, not by a thirtieth


def test_the_lifetime_value_is_what_was_earned_and_what_is_to_come() -> None:
    portfolio = example(definition=Definition.from_rows([("acquisition.min_valued", 0.25)]))
    ahead = lifetimes(portfolio).frame["mid"].to_numpy(np.float64, na_value=np.nan)
    assert lifetimes(portfolio).method == "simple"
    whole = payback(portfolio, None)[0]
    known = [at for at in range(4) if not np.isnan(ahead[at])]
    assert known == [0]  # 甲 alone ordered often enough
    assert payback(example(), None)[0].lifetime is None  # one of four is no mean of the new customers
    earned = [12_000, 30_000, 8_000, 600]
    assert whole.lifetime == pytest.approx(np.mean([earned[at] + ahead[at] for at in known]))
    assert whole.average is not None
    assert whole.lifetime is not None
    assert whole.ratio == pytest.approx(whole.lifetime / whole.average)


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(3.01, "good"), (3.0, "fair"), (2.0, "fair"), (1.99, "poor"), (-1.0, "poor")]
)
def test_the_verdict_of_ltv_to_cac(ratio: float, verdict: str) -> None:
    # Oracle NetSuite: above 3 good, 2 to 3 in between, below 2 poor.
    assert verdict_of(ratio, {"good": 3, "poor": 2}) == verdict


def test_the_kinds_and_the_verdict_are_the_definitions() -> None:
    definition = Definition.from_rows(
        [
            ("costs.acquisition_kinds", '["物流"]'),
            ("acquisition.ltv_cac", '{"good": 0.001, "poor": 0}'),
            ("acquisition.min_valued", 0),
        ]
    )
    found = payback(example(definition=definition), None)[0]
    assert found.spend == 7_777
    assert found.verdict == "good"


def test_without_costs_of_sales_nothing_is_said_of_payback() -> None:
    bare = {key: values for key, values in ORDERS.items() if key != "原価"}
    found = payback(portfolio_of(CUSTOMERS, bare, AS_OF, costs=COSTS), None)[0]
    assert found.average == 34_502 / 4
    assert (found.monthly, found.months, found.lifetime, found.ratio, found.verdict) == (None,) * 5
    assert "原価が不明" in convention_of(portfolio_of(CUSTOMERS, bare, AS_OF, costs=COSTS)).ja


def test_the_value_never_stands_without_its_convention() -> None:
    told = convention_of(example())
    assert "獲得後の粗利" in told.ja
    assert "割引率" in told.ja
    assert "discount rate" in told.en


def test_a_loss_on_every_sale_never_pays_back() -> None:
    losing = {**ORDERS, "原価": [amount * 2 for amount in ORDERS["金額"]]}
    found = payback(portfolio_of(CUSTOMERS, losing, AS_OF, costs=COSTS), None)[0]
    assert found.monthly is not None
    assert found.monthly < 0
    assert found.months is None


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Refusal, match="費用表"):
        payback(portfolio_of(CUSTOMERS, ORDERS, AS_OF))
    with pytest.raises(Refusal, match="獲得費の行"):
        payback(example({"日付": ["2025-09-01"], "費目": ["物流費"], "金額": [10], "顧客名": ["甲"]}))
    with pytest.raises(Refusal, match="取引表"):
        payback(portfolio_of(GOLDEN, as_of=AS_OF, costs={key: COSTS[key][:1] for key in ("日付", "費目", "金額")}))


def test_a_contract_begins_a_customer_that_never_bought() -> None:
    customers = {"顧客名": ["A", "B"], "契約開始日": ["2025-06-01", "2020-06-01"]}
    costs = {"日付": ["2025-05-01"], "費目": ["広告"], "金額": [600]}
    found = payback(portfolio_of(customers, as_of=AS_OF, costs=costs), None)[0]
    assert (found.spend, found.customers, found.average, found.monthly) == (600, 1, 600, None)


NAMES = ("a", "b", "c", "d")
SPEND = st.tuples(
    st.sampled_from([*NAMES, None]),
    st.sampled_from(["x", "y", "z", None]),
    st.integers(-500, 10_000),
    st.integers(0, 500),
)
LINE = st.tuples(st.sampled_from(NAMES), st.integers(0, 700), st.integers(1, 900))


def drawn(lines: list[tuple[str, int, int]], spend: list[tuple[str | None, str | None, int, int]]) -> Portfolio:
    customers = {"顧客ID": list(NAMES), "チャネル": ["x", "x", "y", None], "業界": ["p", "q", "q", None]}
    orders = {
        "顧客ID": [name for name, _, _ in lines],
        "取引日": [(AS_OF - timedelta(days=back)).isoformat() for _, back, _ in lines],
        "金額": [amount for _, _, amount in lines],
        "原価": [amount // 2 for _, _, amount in lines],
    }
    costs = {
        "顧客ID": [name for name, _, _, _ in spend],
        "チャネル": [channel for _, channel, _, _ in spend],
        "金額": [amount for _, _, amount, _ in spend],
        "日付": [(AS_OF - timedelta(days=back)).isoformat() for _, _, _, back in spend],
        "費目": ["広告"] * len(spend),
    }
    return portfolio_of(customers, orders, AS_OF, costs=costs)


@settings(max_examples=40)
@given(
    lines=st.lists(LINE, min_size=1, max_size=15),
    spend=st.lists(SPEND, max_size=12),
    by=st.sampled_from(["チャネル", "業界", "状態", "標準", None]),
    data=st.data(),
)
def test_every_yen_and_every_new_customer_is_in_one_group(
    lines: list[tuple[str, int, int]],
    spend: list[tuple[str | None, str | None, int, int]],
    by: str | None,
    data: st.DataObject,
) -> None:
    certain = [*spend, ("a", "x", 7, 0)]
    portfolio = drawn(lines, certain)
    period = period_for(portfolio, None)
    found = payback(portfolio, by)
    assert sum(row.spend for row in found) == sum(amount for _, _, amount, back in certain if back < 365)
    assert sum(row.customers for row in found) == int(won_in(portfolio, period).new.sum())
    for row in found:
        assert (row.average is None) == (row.customers == 0)
        if row.months is not None and row.average is not None and row.monthly is not None:
            assert row.months * row.monthly == pytest.approx(row.average)
    again = drawn(data.draw(st.permutations(lines)), data.draw(st.permutations(certain)))
    assert [(row.key, row.spend, row.customers) for row in payback(again, by)] == [
        (row.key, row.spend, row.customers) for row in found
    ]
