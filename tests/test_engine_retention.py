"""Rates of customers and of sales kept apart, and bridges that reconcile to the last customer and the last yen."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.language.errors import Refusal, Text
from engine.measures.retention import (
    GRAINS,
    RATES,
    Period,
    customer_bridge,
    notes_of,
    period_for,
    period_of,
    periods_of,
    rate,
    rates,
    revenue_bridge,
    title_of,
    trend,
)
from engine.measures.retention.activity import activity_of, day_number
from engine.measures.retention.facts import stay_of
from engine.measures.retention.intervals import ratio_interval, wilson
from engine.measures.retention.periods import earlier, number_of, period_at, series
from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 3, 31)
# 期首 is 2025-03-31, so a purchase from 2024-08-04 on (239 days before) makes a customer of the start; for the end, 2026-03-31,
# it is 2025-08-04.
LINES = [
    ("甲", "2025-01-10", 100), ("甲", "2026-01-10", 150),  # kept, sales up by 50
    ("乙", "2025-02-01", 200), ("乙", "2025-09-01", 120),  # kept, down by 80
    ("丙", "2024-12-01", 300),  # lost
    ("丁", "2025-10-01", 400),  # new
    ("戊", "2024-05-01", 50), ("戊", "2025-12-01", 70),  # lapsed at the start, back at the end; its sales up by 20
    ("己", "2025-04-05", 10),  # came and went within the year
]  # fmt: skip
CUSTOMERS = {
    "顧客名": ["甲", "乙", "丙", "丁", "戊", "己", "庚"],
    "業界": ["製造", "製造", "IT", "IT", None, "製造", "IT"],
    "チャネル": ["紹介", "紹介", "展示会", "展示会", "紹介", "広告", "広告"],
}


def orders_of(lines: list[tuple[str, str, int]]) -> dict[str, list[object]]:
    return {
        "顧客名": [line[0] for line in lines],
        "取引日": [line[1] for line in lines],
        "金額": [line[2] for line in lines],
    }


def example(lines: list[tuple[str, str, int]] = LINES, **others: object) -> Portfolio:
    return portfolio_of(CUSTOMERS, orders_of(lines), AS_OF, **others)  # type: ignore[arg-type]


# ---- the rates, by hand -----------------------------------------------------------------------------------------------


def test_the_customer_bridge_by_hand() -> None:
    portfolio = example()
    row = customer_bridge(portfolio, period_for(portfolio, "今年度")).iloc[0]
    assert row[["start", "new", "returned", "lost", "end", "passed"]].tolist() == [3, 1, 1, 1, 4, 1]


def test_the_revenue_bridge_by_hand() -> None:
    portfolio = example()
    row = revenue_bridge(portfolio, period_for(portfolio, "今年度")).iloc[0]
    assert row[["start", "expansion", "new", "returned", "contraction", "churn", "end"]].tolist() == [
        650, 70, 410, 0, 80, 300, 750,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "part", "whole", "n"),
    [
        ("retention", 2, 3, 3),
        ("churn", 1, 3, 3),
        ("grr", 270, 650, 4),
        ("nrr", 340, 650, 4),
        ("revenue_churn", 380, 650, 4),
    ],
)
def test_the_rates_by_hand(kind: str, part: int, whole: int, n: int) -> None:
    found = rate(example(), kind)
    assert (found.numerator, found.denominator, found.n) == (part, whole, n)
    assert found.value == part / whole
    assert found.low is not None
    assert found.high is not None
    assert found.low < part / whole < found.high


def test_rates_by_a_column_and_its_blanks() -> None:
    found = rates(example(), "retention", "業界")
    assert [(each.label.ja, each.numerator, each.n, each.value) for each in found] == [
        ("IT", 0, 1, 0.0),
        ("製造", 2, 2, 1.0),
        ("(空欄)", 0, 0, None),
    ]


def test_who_was_due_by_its_own_rhythm_or_by_the_others() -> None:
    lines = [
        *(("甲", f"2025-{month:02}-01", 10) for month in range(10, 13)), ("甲", "2026-01-01", 10), ("甲", "2026-02-01", 10),
        ("甲", "2026-03-01", 10),  # monthly: due in March, and it ordered
        ("乙", "2025-07-01", 10), ("乙", "2025-10-01", 10), ("乙", "2026-01-01", 10),  # quarterly: due on 3 April
        *(("丙", f"2025-{month:02}-01", 10) for month in range(10, 13)), ("丙", "2026-01-01", 10),  # due, silent
        ("丁", "2026-01-15", 10),  # a single order: the others' median of 31 days stands in, so due on 15 February
    ]  # fmt: skip
    found = rate(example(lines), "repurchase", period_of("2026年3月", AS_OF))
    assert (found.numerator, found.denominator) == (1, 3)


def test_the_three_rates_are_three_rates() -> None:
    portfolio = example()
    period = period_for(portfolio, "今年度")
    values = [rate(portfolio, kind, period).value for kind in ("retention", "grr", "nrr")]
    assert len(set(values)) == 3


def test_a_purchase_keeps_a_customer_for_239_days_more() -> None:
    last = date(2025, 8, 4)
    activity = activity_of(example([("甲", last.isoformat(), 1)]))
    lapse = last + timedelta(days=240)
    days = [last - timedelta(days=1), last, lapse - timedelta(days=1), lapse]
    assert [bool(activity.active_on(day_number(day))[0]) for day in days] == [False, True, True, False]


def test_the_last_day_of_a_contract_is_a_day_of_it() -> None:
    customers = {
        "顧客名": ["A", "B", "C", "D", "E"],
        "契約開始日": ["2024-04-01", "2025-06-01", "2023-01-01", None, None],
        "契約終了日": ["2026-03-31", None, "2026-03-30", "2025-05-01", None],
    }
    portfolio = portfolio_of(customers, as_of=AS_OF)
    row = customer_bridge(portfolio, period_for(portfolio, "今年度")).iloc[0]
    assert row[["start", "new", "returned", "lost", "end"]].tolist() == [3, 1, 0, 2, 2]
    assert rate(portfolio, "retention").value == pytest.approx(1 / 3)


def test_orders_go_before_the_contract() -> None:
    customers = {"顧客名": ["甲"], "契約開始日": ["2020-04-01"], "契約終了日": ["2030-03-31"]}
    portfolio = portfolio_of(customers, orders_of([("甲", "2024-12-01", 1)]), AS_OF)
    assert rate(portfolio, "churn").value == 1.0


def test_returns_that_outweigh_sales_stand_apart() -> None:
    portfolio = example(
        [("甲", "2024-06-01", 100), ("甲", "2025-06-01", -30), ("乙", "2024-06-01", -5), ("乙", "2025-06-01", 9)]
    )
    row = revenue_bridge(portfolio, period_for(portfolio, "今年度")).iloc[0]
    assert row[["start", "returned", "new", "churn", "end", "credits_before", "credits"]].tolist() == [
        100, 0, 9, 100, 9, -5, -30,
    ]  # fmt: skip


# ---- what is not there is said ---------------------------------------------------------------------------------------


def test_a_typed_table_is_refused_with_what_is_missing() -> None:
    typed = portfolio_of(GOLDEN, as_of=AS_OF)
    for kind in RATES:
        with pytest.raises(Refusal) as refusal:
            rate(typed, kind)
        assert refusal.value.kind == "too_little_data"
        missing = "リード表" if kind == "conversion" else "取引表"
        assert missing in refusal.value.to("ja")


def test_contracts_alone_tell_of_customers_but_not_of_sales() -> None:
    portfolio = portfolio_of({"顧客名": ["A"], "契約開始日": ["2024-04-01"]}, as_of=AS_OF)
    assert rate(portfolio, "retention").value == 1.0
    with pytest.raises(Refusal, match="取引表"):
        rate(portfolio, "grr")


def test_nobody_at_the_start_is_refused_and_a_group_of_nobody_is_blank() -> None:
    portfolio = example([("丁", "2025-10-01", 400)])
    with pytest.raises(Refusal) as refusal:
        rate(portfolio, "retention")
    assert "必要1/実0" in refusal.value.to("ja")
    assert {each.value for each in rates(portfolio, "retention", "業界")} == {None}


def test_an_unknown_column_names_those_that_there_are() -> None:
    with pytest.raises(Refusal, match="業界"):
        rates(example(), "churn", "星座")


def test_young_data_are_noted() -> None:
    portfolio = example([("甲", "2025-01-10", 1), ("甲", "2026-03-01", 1)])
    notes = notes_of(portfolio, period_for(portfolio, "今年度"))
    assert [("2025/01/10" in note.ja, "2024/04/01" in note.ja) for note in notes] == [(True, False), (False, True)]
    assert notes_of(example([("甲", "2020-01-10", 1)]), period_for(portfolio, "今年度")) == ()
    assert "途中" in notes_of(portfolio, period_of("今年度", date(2026, 3, 1)))[-1].ja


# ---- 顧客化率 --------------------------------------------------------------------------------------------------------


def test_conversion_counts_a_whole_year_of_ripe_leads() -> None:
    """The last twelve months hold 21 leads of the sample that are old enough, 9.5 % of them converted and none of 紹介."""
    found = rate(sample(), "conversion")
    assert (found.numerator, found.denominator) == (10, 58)
    by_channel = {
        each.label.ja: (each.numerator, each.denominator) for each in rates(sample(), "conversion", "channel")
    }
    assert by_channel["紹介"] == (6, 15)
    assert (sample().as_of - found.period.last).days == 180
    assert "までの12か月に獲得したリード" in found.period.text.ja
    assert rate(sample(), "conversion", period_of("直近12か月", sample().as_of)).period == found.period
    assert rate(sample(), "conversion", period_of("2025年度", sample().as_of)).period.first == date(2025, 4, 1)


def test_conversion_by_cohort_with_its_lag() -> None:
    leads = {
        "獲得日": ["2025-04-10", "2025-04-11", "2025-05-01", "2025-06-01", "2026-02-01", "2025-07-01"],
        "チャネル": ["広告", "広告", "紹介", None, "広告", "紹介"],
        # in time · never · after more than 180 days · on day 180 exactly · won in 2026: not ripe · before it was won
        "成約日": ["2025-06-01", None, "2025-12-01", "2025-11-28", "2026-02-10", "2025-06-01"],
    }
    portfolio = example(leads=leads)
    whole = rate(portfolio, "conversion")
    assert (whole.numerator, whole.denominator, whole.value) == (2, 4, 0.5)
    by_channel = rates(portfolio, "conversion", "チャネル")
    assert [(each.label.ja, each.numerator, each.denominator) for each in by_channel] == [
        ("広告", 1, 2), ("紹介", 0, 1), ("(空欄)", 1, 1),
    ]  # fmt: skip
    monthly = trend(portfolio, "conversion", "month")
    assert [(each.period.text.ja, each.numerator, each.denominator) for each in monthly][:3] == [
        ("2025年4月", 1, 2), ("2025年5月", 0, 1), ("2025年6月", 1, 1),
    ]  # fmt: skip
    assert monthly[-1].value is None
    with pytest.raises(Refusal, match="チャネル"):
        rates(portfolio, "conversion", "業界")
    with pytest.raises(Refusal, match="算出不可"):
        rate(portfolio, "conversion", period_of("2026年2月", AS_OF))


# ---- periods ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "first", "last", "complete"),
    [
        (None, "2025-10-01", "2026-09-30", True),
        ("前12か月", "2024-10-01", "2025-09-30", True),
        ("今月", "2026-09-01", "2026-09-30", True),
        ("previous month", "2026-08-01", "2026-08-31", True),
        ("今四半期", "2026-07-01", "2026-09-30", True),
        ("前四半期", "2026-04-01", "2026-06-30", True),
        ("上期", "2026-04-01", "2026-09-30", True),
        ("前半期", "2025-10-01", "2026-03-31", True),
        ("今年度", "2026-04-01", "2026-09-30", False),
        ("前年度", "2025-04-01", "2026-03-31", True),
        ("2025年度", "2025-04-01", "2026-03-31", True),
        ("ＦＹ２０２５", "2025-04-01", "2026-03-31", True),
        ("2025年度下期", "2025-10-01", "2026-03-31", True),
        ("FY2025 H1", "2025-04-01", "2025-09-30", True),
        ("2025年度第4四半期", "2026-01-01", "2026-03-31", True),
        ("fy2025 q4", "2026-01-01", "2026-03-31", True),
        ("2024年2月", "2024-02-01", "2024-02-29", True),
        ("2024-2", "2024-02-01", "2024-02-29", True),
        ("2024/02", "2024-02-01", "2024-02-29", True),
    ],
)
def test_periods_as_people_call_them(word: str | None, first: str, last: str, complete: bool) -> None:
    found = period_of(word, date(2026, 9, 30))
    assert (found.first.isoformat(), found.last.isoformat(), found.complete) == (first, last, complete)


@pytest.mark.parametrize("word", ["累計", "いつか", "2026年13月", "下期", "2027年度"])
def test_what_names_no_period_is_refused(word: str) -> None:
    with pytest.raises(Refusal) as refusal:
        period_of(word, date(2026, 9, 30))
    assert refusal.value.kind == "argument"


@pytest.mark.parametrize(
    ("word", "as_of", "first", "last"),
    [
        ("今年度", date(2026, 9, 30), "2025-04-01", "2025-09-30"),  # half a year against half a year
        ("今年度", date(2025, 2, 28), "2023-04-01", "2024-02-29"),  # the end of a month stays its end
        ("今月", date(2026, 3, 30), "2026-02-01", "2026-02-28"),
        ("今月", date(2026, 3, 15), "2026-02-01", "2026-02-15"),
        ("前四半期", date(2026, 9, 30), "2026-01-01", "2026-03-31"),
        (None, date(2026, 9, 30), "2024-10-01", "2025-09-30"),
    ],
)
def test_a_period_is_compared_with_as_much_before_it(word: str | None, as_of: date, first: str, last: str) -> None:
    assert tuple(day.isoformat() for day in earlier(period_of(word, as_of))) == (first, last)


@given(
    day=st.dates(date(1900, 1, 1), date(2150, 12, 31)), start=st.integers(1, 12), grain=st.sampled_from(tuple(GRAINS))
)
def test_every_day_lies_in_the_one_period_of_its_number(day: date, start: int, grain: str) -> None:
    number = number_of(grain, day, start)
    period = period_at(grain, number, date(2199, 12, 31), start)
    assert period.first <= day <= period.last
    assert period_at(grain, number + 1, date(2199, 12, 31), start).first == period.last + timedelta(days=1)
    assert series(grain, np.array([day_number(day)]), start).tolist() == [number]


def test_headings_of_groups() -> None:
    assert [title_of(each).ja for each in (None, "業界", "CPM", "month", "星座")] == [
        "全体",
        "業界",
        "CPM",
        "月",
        "星座",
    ]


# ---- intervals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_as_published(successes: int, trials: int, low: float, high: float) -> None:
    # R. G. Newcombe (1998): Two-sided confidence intervals for the single proportion. Statistics in Medicine 17, table I.
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(trials=st.integers(1, 300), data=st.data())
def test_wilsons_interval_holds_the_share_and_turns_round(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials) or (1.0, 0.0)
    assert 0 <= low <= successes / trials <= high <= 1
    turned = wilson(trials - successes, trials) or (0.0, 0.0)
    assert (1 - turned[1], 1 - turned[0]) == pytest.approx((low, high))


def test_the_ratio_interval_by_its_residuals() -> None:
    before, now = [100.0, 50.0, 200.0], [90.0, 70.0, 150.0]
    ratio = 310 / 350
    spread = sum((y - ratio * x) ** 2 for x, y in zip(before, now, strict=True))
    reach = 1.959964 * (spread * 3 / 2) ** 0.5 / 350
    squares = tuple(
        sum(a * b for a, b in zip(one, other, strict=True))
        for one, other in ((before, before), (before, now), (now, now))
    )
    found = ratio_interval(350, 310, (squares[0], squares[1], squares[2]), 3)
    assert found == pytest.approx((ratio - reach, ratio + reach), abs=1e-6)
    assert ratio_interval(350, 310, (1, 1, 1), 1) is None


# ---- laws ------------------------------------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d", "e")
LINE = st.tuples(st.sampled_from(NAMES), st.integers(0, 1100), st.integers(-300, 900))
WORDS = (None, "前12か月", "今月", "前四半期", "今半期", "前年度", "今年度", "2025年4月")
MASTER = {"顧客名": list(NAMES), "業界": ["x", "x", "y", "y", None], "規模": ["大", "小", "小", "大", "中"]}


def drawn(lines: list[tuple[str, int, int]], **others: object) -> Portfolio:
    dated = [(name, (AS_OF - timedelta(days=back)).isoformat(), amount) for name, back, amount in lines]
    return portfolio_of(MASTER, orders_of(dated), AS_OF, **others)  # type: ignore[arg-type]


@settings(max_examples=40)
@given(
    lines=st.lists(LINE, min_size=1, max_size=30),
    word=st.sampled_from(WORDS),
    by=st.sampled_from(["業界", "規模", "状態", "CPM", "顧客"]),
)
def test_bridges_and_rates_reconcile(lines: list[tuple[str, int, int]], word: str | None, by: str) -> None:
    portfolio = drawn([*lines, ("a", 3, 1)])  # without any purchase CPM is refused
    period = period_for(portfolio, word)
    for group in (None, by):
        people = customer_bridge(portfolio, period, group)
        assert (people["start"] + people["new"] + people["returned"] - people["lost"] == people["end"]).all()
        money = revenue_bridge(portfolio, period, group)
        gained = money["expansion"] + money["new"] + money["returned"]
        assert (money["start"] + gained - money["contraction"] - money["churn"] == money["end"]).all()
        for kept, lost in zip(
            rates(portfolio, "retention", group, period), rates(portfolio, "churn", group, period), strict=True
        ):
            assert kept.numerator + lost.numerator == kept.denominator == lost.denominator
        for kind in ("grr", "nrr", "revenue_churn", "retention", "churn", "repurchase"):
            whole = rates(portfolio, kind, None, period)[0]
            parts = rates(portfolio, kind, by, period)
            for name in ("n", "numerator", "denominator"):
                assert sum(getattr(each, name) for each in parts) == getattr(whole, name)
        for gross, net in zip(
            rates(portfolio, "grr", group, period), rates(portfolio, "nrr", group, period), strict=True
        ):
            if gross.value is not None and net.value is not None:
                assert gross.value <= min(1, net.value)
    orders = portfolio.orders
    assert orders is not None
    inside = (orders["date"].dt.date >= period.first) & (orders["date"].dt.date <= period.last)
    assert int(money["end"].sum() + money["credits"].sum()) == int(orders["amount"][inside].sum())


@settings(max_examples=30)
@given(lines=st.lists(LINE, min_size=1, max_size=25), back=st.integers(0, 400), length=st.integers(1, 400))
def test_who_was_there_and_who_was_due_as_told_customer_by_customer(
    lines: list[tuple[str, int, int]], back: int, length: int
) -> None:
    portfolio = drawn(lines)
    last = AS_OF - timedelta(days=back)
    period = Period("year", last - timedelta(days=length), last, True, Text("期間", "period"))
    days = {
        name: sorted({AS_OF - timedelta(days=ago) for each, ago, amount in lines if each == name and amount >= 0})
        for name in NAMES
    }

    def there(name: str, day: date) -> bool:
        return any(0 <= (day - bought).days < 240 for bought in days[name])

    eve = period.first - timedelta(days=1)
    before = {name: [day for day in days[name] if day <= eve] for name in NAMES}
    own = {
        name: median((later - earlier).days for earlier, later in pairwise(found))
        for name, found in before.items()
        if len(found) >= 3
    }
    due = [
        name
        for name in NAMES
        if there(name, eve) and own and (last - before[name][-1]).days >= own.get(name, median(own.values()))
    ]
    ordered = [name for name in due if any(period.first <= day <= last for day in days[name])]
    stay = stay_of(portfolio, period)
    names = portfolio.frame["name"].tolist()
    assert [name for name in names if stay.start[names.index(name)]] == [name for name in names if there(name, eve)]
    assert [name for name in names if stay.end[names.index(name)]] == [name for name in names if there(name, last)]
    found = rates(portfolio, "repurchase", None, period)[0]
    assert (found.numerator, found.denominator) == (len(ordered), len(due))


@settings(max_examples=25)
@given(lines=st.lists(LINE, min_size=1, max_size=25), grain=st.sampled_from(tuple(GRAINS)))
def test_the_end_of_a_period_is_the_start_of_the_next(lines: list[tuple[str, int, int]], grain: str) -> None:
    portfolio = drawn(lines)
    bridges = [customer_bridge(portfolio, period).iloc[0] for period in periods_of(portfolio, grain)]
    assert bridges[0]["start"] == 0
    assert all(before["end"] == after["start"] for before, after in itertools.pairwise(bridges))
    there = portfolio.frame["state"].isin(["active", "new", "returned"]).sum()
    assert bridges[-1]["end"] == there
    begun = activity_of(portfolio).bought.sum()
    assert sum(row["new"] + row["passed"] for row in bridges) >= begun


@settings(max_examples=25)
@given(lines=st.lists(LINE, min_size=1, max_size=20), factor=st.integers(2, 1000), data=st.data())
def test_the_unit_of_money_and_the_order_of_rows_do_not_matter(
    lines: list[tuple[str, int, int]], factor: int, data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(lines))
    one, other = drawn(lines), drawn([(name, back, amount * factor) for name, back, amount in mixed])
    for kind in ("retention", "churn", "repurchase", "grr", "nrr", "revenue_churn"):
        for mine, theirs in zip(rates(one, kind, "業界"), rates(other, kind, "業界"), strict=True):
            assert (mine.key, mine.n) == (theirs.key, theirs.n)
            assert mine.value == pytest.approx(theirs.value, abs=1e-12)
            assert mine.low == pytest.approx(theirs.low, abs=1e-9)


def test_activity_follows_the_definition() -> None:
    definition = Definition.from_rows([("state.active_days", 600)])
    row = customer_bridge(found := example(definition=definition), period_for(found, "今年度")).iloc[0]
    assert row[["start", "new", "returned", "lost", "end"]].tolist() == [4, 2, 0, 0, 6]
