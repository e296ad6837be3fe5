"""Grades as forecasts: what CDNOW's past says of its future, parts that add up, nothing known too early, few customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import GOLDEN, cdnow_master, portfolio_of
from helpers.reports import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cleaning.tables import RawTables, clean, raw_from_frame
from engine.definition.definition import Definition, load_definition
from engine.explanation.explain import explain
from engine.scoring.forecast import scorecard
from engine.scoring.forecast.history_cut import sales_between, tables_known_on
from engine.scoring.forecast.scorecard import FREE, Sample, fit_scorecard, logistic, logit, prior_card
from engine.scoring.forecast.spread import expect_sales
from engine.scoring.levels import CENTS
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from engine.cleaning.tables import Tables
    from engine.scoring.portfolio import Portfolio

ORIGIN = date(1997, 12, 31)
AHEAD = 181


@pytest.fixture(scope="module")
def cdnow_tables() -> Tables:
    names = ["id", "day", "discs", "dollars"]
    frame = pd.read_csv(cdnow_master(), sep=r"\s+", header=None, skiprows=1, names=names, dtype=str)
    orders = pd.DataFrame(
        {"顧客ID": frame["id"], "取引日": pd.to_datetime(frame["day"]), "金額": frame["dollars"].astype(float)}
    )
    return clean(RawTables({"orders": raw_from_frame("orders", orders, "CDNOW")}, ()), currency="USD")


@pytest.fixture(scope="module")
def at_origin(cdnow_tables: Tables) -> Portfolio:
    """CDNOW as it was known at the end of 1997, its forecast reaching over the 181 days that the file goes on."""
    definition = Definition.from_rows([("forecast.horizon", AHEAD)])
    return score(tables_known_on(cdnow_tables, ORIGIN), definition, ORIGIN)


@pytest.fixture(scope="module")
def lost(cdnow_tables: Tables) -> np.ndarray[Any, Any]:
    orders = cdnow_tables.orders
    assert orders is not None
    later = orders[orders["date"] > pd.Timestamp(ORIGIN)]
    return ~np.isin(np.arange(len(cdnow_tables.customers)), later["customer"].unique())


def area_under_curve(scores: Any, came: Any) -> float:
    from scipy.stats import rankdata

    ranks, events = rankdata(scores), came.sum()
    return float((ranks[came].sum() - events * (events + 1) / 2) / (events * (len(came) - events)))


# ---- CDNOW: the past against what followed ---------------------------------------------------------------------------


def test_risk_knows_more_of_cdnows_next_half_year_than_the_last_order(at_origin: Portfolio, lost: Any) -> None:
    frame = at_origin.frame
    risk = area_under_curve(frame["p_lost"].to_numpy(np.float64), lost)
    assert risk >= 0.80
    assert risk >= area_under_curve(frame["recency_days"].to_numpy(np.float64), lost) + 0.005


def test_levels_part_cdnows_losses_and_the_total_is_right_within_two_points(at_origin: Portfolio, lost: Any) -> None:
    levels = at_origin.frame["level_risk"].to_numpy(dtype=object)
    rates = [float(lost[levels == level].mean()) for level in ("high", "mid", "low")]
    assert rates[0] >= 1.5 * rates[1]
    assert rates[1] >= 1.5 * rates[2]
    assert float(at_origin.frame["p_lost"].mean()) == pytest.approx(lost.mean(), abs=0.02)


def test_most_tenths_of_cdnow_lie_within_their_interval(at_origin: Portfolio, lost: Any) -> None:
    """Six of ten; the third and the fourth came back more often in 1998 than anything in 1997 foretold."""
    chance = at_origin.frame["p_lost"].to_numpy(np.float64)
    tenth = np.argsort(np.argsort(chance, kind="stable")) * 10 // len(chance)
    within = 0
    for number in range(10):
        actual, count = float(lost[tenth == number].mean()), int((tenth == number).sum())
        z = 1.96
        middle, half = actual + z * z / (2 * count), z * np.sqrt(actual * (1 - actual) / count + z * z / (4 * count**2))
        low, high = ((middle + sign * half) / (1 + z * z / count) for sign in (-1, 1))
        within += low <= float(chance[tenth == number].mean()) <= high
    assert within >= 6


def test_growth_is_known_for_nearly_everybody_and_few_are_left_without_a_strategy(at_origin: Portfolio) -> None:
    frame = at_origin.frame
    assert (frame["level_growth"] != "unknown").mean() >= 0.8
    assert (frame["strategy_ja"] == "情報を集めて判定する").mean() <= 0.2


def test_cdnows_next_half_year_lies_in_the_interval_of_the_sum(at_origin: Portfolio, cdnow_tables: Tables) -> None:
    whole = expect_sales(at_origin, pd.Series(np.zeros(len(at_origin)))).iloc[0]
    came = sales_between(cdnow_tables, ORIGIN, ORIGIN + timedelta(days=AHEAD)).sum()
    assert whole["expected_sales_low"] <= came <= whole["expected_sales_high"]
    assert whole["expected_sales"] == pytest.approx(came, rel=0.05)


def test_intervals_of_single_customers_hold_what_came_as_often_as_they_say(
    at_origin: Portfolio, cdnow_tables: Tables
) -> None:
    each = expect_sales(at_origin, pd.Series(np.arange(len(at_origin))))
    came = sales_between(cdnow_tables, ORIGIN, ORIGIN + timedelta(days=AHEAD))[: len(at_origin)]
    low, high = (each[name].to_numpy(np.float64) for name in ("expected_sales_low", "expected_sales_high"))
    assert 0.94 <= ((low <= came) & (came <= high)).mean() <= 0.98


def test_the_interval_of_a_sum_is_wider_than_independence_and_narrower_than_the_sum_of_intervals(
    at_origin: Portfolio,
) -> None:
    each = expect_sales(at_origin, pd.Series(np.arange(len(at_origin)))).astype("Float64")
    whole = expect_sales(at_origin, pd.Series(np.zeros(len(at_origin)))).iloc[0]
    assert whole["expected_sales"] == pytest.approx(each["expected_sales"].sum(), abs=len(each))
    widths = (each["expected_sales_high"] - each["expected_sales_low"]).to_numpy(np.float64)
    width = whole["expected_sales_high"] - whole["expected_sales_low"]
    assert np.sqrt((widths**2).sum()) < width < widths.sum()


# ---- laws ----------------------------------------------------------------------------------------------------------------


def company(shrink: float = 1.0) -> Portfolio:
    """Thirty monthly buyers over three years; the first shrinks in its last year, the second sells below cost."""
    lines = []
    for number in range(30):
        for month in range(36):
            day = date(2023 + (9 + month) // 12, (9 + month) % 12 + 1, 3 + number % 20)
            amount = 10_000 * (shrink if number == 0 and month >= 24 else 1.0)
            lines.append([f"顧客{number:02d}", day, round(amount), round(amount * (1.2 if number == 1 else 0.6))])
    orders = dict(zip(("顧客名", "取引日", "金額", "原価"), map(list, zip(*lines, strict=True)), strict=True))
    return portfolio_of({"顧客名": [f"顧客{number:02d}" for number in range(30)]}, orders, date(2026, 9, 30))


@pytest.mark.parametrize("make", [sample, company, lambda: portfolio_of(GOLDEN, as_of=date(2026, 11, 22))])
def test_parts_of_the_risk_sum_to_the_score_for_every_customer(make: Any) -> None:
    portfolio = make()
    risk = portfolio.axes["risk"]
    known = risk.cents >= 0
    assert (risk.contributions[known].sum(axis=1) == risk.cents[known]).all()
    assert ((risk.cents[known] >= 0) & (risk.cents[known] <= 100 * CENTS)).all()
    for position in np.flatnonzero(known):
        found = explain(portfolio, int(position), "risk")
        assert found.score is not None
        assert sum(round(line.contribution * CENTS) for line in found.lines) == round(found.score * CENTS)


def test_who_shrinks_or_loses_money_at_a_size_that_matters_is_never_low() -> None:
    frame = company(shrink=0.7).frame
    assert frame["level_risk"].tolist()[:2] == ["mid", "mid"]
    assert frame["strategy_ja"].tolist()[:2] == ["減少の歯止めをかける", "採算を改善する"]
    assert (frame["level_risk"].iloc[2:] == "low").all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10), st.integers(1, 300), st.integers(1, 10**6))
def test_nothing_dated_later_moves_a_forecast(who: int, later: int, amount: int) -> None:
    day = date(2025, 9, 30)
    tables = company().tables
    assert tables.orders is not None
    before = score(tables_known_on(tables, day), load_definition(), day)
    line = tables.orders.iloc[[0]].assign(
        customer=who, date=pd.Timestamp(day + timedelta(days=later)).as_unit("s"), amount=amount
    )
    more = pd.concat([tables.orders, line], ignore_index=True).sort_values(["customer", "date"], ignore_index=True)
    after = score(tables_known_on(replace(tables, orders=more), day), load_definition(), day)
    pd.testing.assert_frame_equal(before.frame, after.frame)


def test_five_customers_with_a_history_get_a_forecast_and_its_model_is_named() -> None:
    lines = [[f"顧客{number}", date(2025, 1 + month, 4 + number), 5_000] for number in range(5) for month in range(12)]
    orders = dict(zip(("顧客名", "取引日", "金額"), map(list, zip(*lines, strict=True)), strict=True))
    portfolio = portfolio_of(None, orders, date(2025, 12, 31))
    forecast = portfolio.forecast
    assert forecast is not None
    assert ((forecast.lost > 0) & (forecast.lost < 0.5)).all()
    assert "事前分布による" in forecast.why[str(forecast.base.model[0])].ja


def test_without_orders_the_typed_levels_stay() -> None:
    typed = {**GOLDEN, "リスク": ["低", "中", "高"]}
    assert portfolio_of(typed, as_of=date(2026, 11, 22)).frame["level_risk"].tolist() == ["low", "mid", "high"]


# ---- the scorecard -------------------------------------------------------------------------------------------------------


def sample_of(count: int, slope: float, seed: int) -> Sample:
    dice = np.random.default_rng(seed)
    base = dice.normal(-1, 1.5, count)
    centre = float(base.mean())
    chance = logistic(centre + slope * (base - centre))
    nothing = np.zeros((count, len(FREE)))
    return Sample(base, centre, nothing, np.zeros((count, 2)), dice.random(count) < chance, 1.0)


def test_few_events_leave_the_prior_and_many_overrule_it() -> None:
    widths = (0.5, 0.25, 0.3, 0.5)
    few = fit_scorecard([sample_of(30, 0.5, 1)], 2, least=20, widths=widths)
    assert (few.intercept, few.slope, few.rows) == (0.0, 1.0, 0)
    many = fit_scorecard([sample_of(20_000, 0.5, 2)], 2, least=20, widths=widths)
    assert many.slope == pytest.approx(0.5, abs=0.05)
    between = fit_scorecard([sample_of(200, 0.5, 3)], 2, least=20, widths=widths)
    assert 0.45 < between.slope < 1


@given(st.floats(0.003, 0.997))
def test_log_odds_and_probabilities_are_each_others_inverse(chance: float) -> None:
    assert float(logistic(logit(np.array([chance])))[0]) == pytest.approx(chance)


def test_the_prior_changes_nothing() -> None:
    one = sample_of(50, 1.0, 4)
    assert (prior_card(2, (0.3, 0.3, 0.3, 0.3)).correct(one.base, one.centre, one.free) == 0).all()


def test_standardised_columns_have_mean_0_and_missing_ones_say_nothing() -> None:
    columns = np.array([[1.0, 5.0], [2.0, np.nan], [3.0, 7.0], [100.0, 6.0]])
    over = np.array([True, True, True, False])
    found = scorecard.standardise(columns, over)
    assert found[:3, 0].mean() == pytest.approx(0)
    assert found[1, 1] == 0
    assert found[3, 0] == 2.5  # as far out as anything is believed
