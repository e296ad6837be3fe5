"""Alerts: verdicts at their thresholds, causes that name customers, and clearing conditions that keep their promise."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from helpers.builders import golden, portfolio_of
from helpers.reports import sample
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.language.errors import Text
from engine.scoring.alerts import VERDICTS

if TYPE_CHECKING:
    from engine.scoring.alerts import Alert
    from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 9, 30)


def typed(sales: list[int], **columns: list[str]) -> Portfolio:
    names = [f"顧客{number}" for number in range(len(sales))]
    return portfolio_of({"顧客名": names, "年間売上": sales, **columns}, as_of=AS_OF)


def alert_of(portfolio: Portfolio, code: str) -> Alert:
    return next(alert for alert in portfolio.alerts if alert.code == code)


@pytest.mark.parametrize(
    ("top", "verdict"), [(999, "ok"), (1_000, "caution"), (1_999, "caution"), (2_000, "warning"), (3_000, "severe")]
)
def test_dependence_takes_its_lower_ends_in(top: int, verdict: str) -> None:
    """10 %: ASC 280-10-50-42, IFRS 8 ¶34; ends inclusive."""
    others = [500] * ((10_000 - top) // 500) + [(10_000 - top) % 500]
    assert alert_of(typed([top, *[each for each in others if each]]), "dependence").verdict == verdict


@pytest.mark.parametrize(("count", "verdict"), [(4, "warning"), (6, "caution"), (7, "ok")])
def test_concentration_of_equal_customers(count: int, verdict: str) -> None:
    """n equal customers have an HHI of 10,000 ÷ n: 2,500, 1,667, 1,429."""
    assert alert_of(typed([100] * count), "concentration").verdict == verdict


def test_a_quiet_portfolio_fires_nothing() -> None:
    industries = [f"業界{number % 10}" for number in range(100)]
    portfolio = typed([100 + number % 3 for number in range(100)], 業界=industries, リスク=["低"] * 100)
    assert [alert.code for alert in portfolio.alerts if alert.fires] == []


def _amount(text: str) -> int:
    """Read the yen amount of a clearing condition in English."""
    found = re.search(r"¥([\d,.]+)( million)? more", text)
    assert found, text
    return round(float(found.group(1).replace(",", "")) * (1_000_000 if found.group(2) else 1))


SALES = st.lists(st.integers(1_000, 90_000_000), min_size=2, max_size=12)


@settings(max_examples=60, deadline=None)
@given(SALES)
def test_selling_the_stated_amount_to_others_ends_the_dependence(sales: list[int]) -> None:
    alert = alert_of(typed(sales), "dependence")
    assume(alert.fires)
    more = _amount(alert.clear.en)
    newcomers = [more // 50] * 49 + [more - more // 50 * 49]
    after = alert_of(typed([*sales, *(each for each in newcomers if each)]), "dependence")
    assume(max(newcomers) < max(sales))
    assert VERDICTS.index(after.verdict) > VERDICTS.index(alert.verdict)
    # A tenth less is not enough, unless the amount was rounded up by more than that.
    if more > 2_000_000:
        less = [each * 9 // 10 for each in newcomers]
        same = alert_of(typed([*sales, *(each for each in less if each)]), "dependence")
        assert VERDICTS.index(same.verdict) <= VERDICTS.index(alert.verdict)


@settings(max_examples=80, deadline=None)
@given(SALES)
def test_the_clearing_condition_of_the_hhi_keeps_its_promise(sales: list[int]) -> None:
    alert = alert_of(typed(sales), "concentration")
    assume(alert.fires)
    text = alert.clear.en
    ranked = sorted(sales, reverse=True)
    if "new customers" in text:
        found = re.match(r"(\d+) new customers", text)
        assert found
        size = re.search(r"¥([\d,.]+)( million)? a year", text)
        assert size
        each = round(float(size.group(1).replace(",", "")) * (1_000_000 if size.group(2) else 1))
        after = [*ranked, *[each] * int(found.group(1))]
    else:
        more, rest = _amount(text), sum(ranked[1:])
        after = [ranked[0], *(round(each * (1 + more / rest)) for each in ranked[1:])]
    limit = 2500 if alert.verdict == "warning" else 1500
    total = sum(after)
    assert 10_000 * sum((each / total) ** 2 for each in after) < limit * 1.0001


def test_fixed_costs_that_the_rest_cannot_carry_are_severe() -> None:
    orders = {
        "顧客名": ["大口", "小口1", "小口2", "小口3"],
        "日付": ["2026/9/1"] * 4,
        "金額": [4_000, 2_500, 2_500, 2_500],
        "原価": [1_000, 2_000, 2_000, 2_000],
    }
    calm = alert_of(portfolio_of(orders=orders, as_of=AS_OF), "single")
    assert calm.verdict == "ok"
    costly = Definition.from_rows([("general.fixed_cost", 2_000)])
    alert = alert_of(portfolio_of(orders=orders, as_of=AS_OF, definition=costly), "single")
    assert alert.verdict == "severe"
    assert "500円" in alert.cause.ja  # 2,000 of fixed cost less 1,500 of gross profit from the others


def test_the_threshold_shown_is_the_one_that_fired() -> None:
    """It said 34.8 %, limit 50 %, severe: fixed costs had fired, and of two limits for new customers both were shown."""
    orders = {
        "顧客名": ["大口", "小口1", "小口2", "小口3"],
        "日付": ["2026/9/1"] * 4,
        "金額": [4_000, 2_500, 2_500, 2_500],
        "原価": [1_000, 2_000, 2_000, 2_000],
    }
    costly = Definition.from_rows([("general.fixed_cost", 2_000)])
    alert = alert_of(portfolio_of(orders=orders, as_of=AS_OF, definition=costly), "single")
    assert alert.threshold == Text("失うと固定費に不足", "fixed costs short without it")
    assert alert.source == costly.source("general.fixed_cost")
    sampled = alert_of(sample(), "bias")
    assert (sampled.verdict, sampled.threshold.ja) == ("caution", "新規5%未満")
    assert sampled.cause.ja == "新規顧客の売上割合は1.4%"
    few = {
        "顧客名": ["甲", "乙", "甲"],
        "取引日": ["2025/1/1", "2026/9/1", "2026/9/2"],
        "金額": [900, 100, 900],
        "原価": [0, 0, 0],
    }
    by_profit = alert_of(portfolio_of(orders=few, as_of=AS_OF), "bias")
    assert by_profit.clear_rules[0] != "more_newcomers"
    assert by_profit.threshold.ja == "2,500以上"


def test_a_test_without_its_input_names_what_is_missing() -> None:
    alert = alert_of(golden(), "bias")
    assert alert.verdict == "unavailable"
    assert alert.value is None
    assert "原価" in alert.cause.ja
    assert "cost" in alert.cause.en


def test_diversity_names_the_poorest_dimension() -> None:
    portfolio = typed([100, 100, 100, 900], 業界=["製造", "IT", "飲食", "金融"], 地域=["関東", "関東", "関東", "関東"])
    alert = alert_of(portfolio, "diversity")
    assert alert.verdict == "warning"
    assert "関東" in alert.cause.ja
    assert alert.value == 0


def test_sales_at_risk_are_the_sum_of_sales_times_probability() -> None:
    alert = alert_of(golden(), "at_risk")
    # 1,500万 × 5 % + 900万 × 15 % + 500万 × 40 % = 410万; ÷ 2,900万
    assert alert.value == pytest.approx(410 / 2900)
    assert "410万円" in alert.display.ja


def test_every_sentence_exists_in_both_languages() -> None:
    for alert in golden().alerts:
        for text in (alert.item, alert.measure, alert.display, alert.threshold, alert.cause):
            assert text.ja
            assert text.en
        assert bool(alert.clear.ja) == bool(alert.clear.en) == alert.fires
        assert all(alert.source)


# ---- facts -------------------------------------------------------------------------------------------------------------


def test_the_facts_behind_a_sentence_are_there_as_numbers() -> None:
    alert = alert_of(golden(), "dependence")
    # 1,500 of 2,900: to fall below 30 % the others must buy 1,500 ÷ 0.3 − 2,900 = 2,100 more (in 10,000 yen)
    assert (alert.kind, alert.limit, alert.cause_rule, alert.clear_rules) == (
        "share",
        0.3,
        "largest_holds",
        ("others_buy",),
    )
    assert alert.facts.amounts["held"] == 15_000_000
    assert alert.facts.amounts["more"] == pytest.approx(21_000_000, rel=0.01)
    assert alert.facts.customers == (0,)


def test_a_cause_says_whether_it_names_the_customers_responsible() -> None:
    named = {alert.code: alert.names_culprits for alert in golden().alerts if alert.culprits}
    assert named["dependence"]
    assert named["single"]
    assert not named["concentration"]


def test_a_customer_called_like_a_word_of_the_sentence_is_not_taken_for_named() -> None:
    portfolio = portfolio_of({"顧客名": ["売上", "上位", "B", "C"], "年間売上": [70, 10, 10, 10]}, as_of=AS_OF)
    alert = alert_of(portfolio, "concentration")
    assert "上位" in alert.cause.ja
    assert alert.culprits
    assert not alert.names_culprits


def test_a_test_without_its_input_has_neither_value_nor_limit() -> None:
    alert = alert_of(golden(), "bias")
    assert (alert.value, alert.limit, alert.cause_rule, alert.clear_rules) == (None, None, "no_cost", ())
