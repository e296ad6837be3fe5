"""Risk and return of segments: closed forms, the conditions of the optimum, and data that are too short."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from helpers.builders import golden, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.language.errors import Refusal
from engine.lists.summary import summarise
from engine.planning.frontier import frontier, growth_series
from engine.planning.frontier.quadratic import least_variance, most_return, shrunk_covariance

AS_OF = date(2026, 9, 30)
QUARTERS = [(year, month) for year in (2024, 2025, 2026) for month in (1, 4, 7, 10)][:11]


def company(quarters: int = 11, gap: bool = False) -> Any:
    """An industry that swings widely, one that swings little, and one that grows; a sale on the 2nd of each quarter."""
    who, when, amounts = [], [], []
    for turn, (year, month) in enumerate(QUARTERS[11 - quarters :]):
        swing = 0.2 if turn % 2 else -0.2
        for name, amount in (
            ("甲", 1000 * 1.01**turn * (1 + swing)),
            ("乙", 1000 * (1 + swing / 4)),
            ("丙", 500 * 1.02**turn),
        ):
            if not (gap and name == "丙" and turn == 3):
                who.append(name)
                when.append(f"{year}/{month}/2")
                amounts.append(round(amount))
    customers = {"顧客名": ["甲", "乙", "丙"], "業界": ["製造", "IT", "飲食"]}
    return portfolio_of(customers, {"顧客名": who, "取引日": when, "金額": amounts}, AS_OF)


# ---- the mathematics -------------------------------------------------------------------------------------------------


def test_two_assets_in_closed_form() -> None:
    """w₁ = (σ₂² − σ₁₂) ÷ (σ₁² + σ₂² − 2σ₁₂): the two-asset case of Markowitz 1952."""
    one, two, both = 0.04, 0.09, 0.01
    found = least_variance(np.array([[one, both], [both, two]]), np.zeros(2), np.ones(2), np.array([0.5, 0.5]))
    first = (two - both) / (one + two - 2 * both)
    assert found.tolist() == pytest.approx([first, 1 - first], abs=1e-12)


def test_uncorrelated_assets_are_held_against_their_variance() -> None:
    """Without correlation the shares of the safest mix are proportional to 1 ÷ σ²."""
    variances = np.array([1.0, 2.0, 4.0])
    found = least_variance(np.diag(variances), np.zeros(3), np.ones(3), np.full(3, 1 / 3))
    assert found.tolist() == pytest.approx((1 / variances / (1 / variances).sum()).tolist(), abs=1e-12)


@st.composite
def programmes(draw: st.DrawFn) -> tuple[Any, ...]:
    size = draw(st.integers(2, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rates = rng.normal(size=(draw(st.integers(3, 20)), size))
    start = rng.dirichlet(np.ones(size))
    reach = draw(st.sampled_from([0.05, 0.1, 1.0]))
    low, high = np.maximum(start - reach, 0), np.minimum(start + reach, 1)
    return np.cov(rates, rowvar=False), rates.mean(axis=0), start, low, high


@settings(max_examples=100)
@given(programmes(), st.booleans())
def test_the_conditions_of_karush_kuhn_tucker_hold(programme: tuple[Any, ...], equal: bool) -> None:
    covariance, growth, start, low, high = programme
    target = float(growth @ start)
    found = least_variance(covariance, low, high, start, (growth, target) if equal else None)
    assert found.sum() == pytest.approx(1, abs=1e-9)
    assert (found >= low - 1e-9).all()
    assert (found <= high + 1e-9).all()
    assert found @ covariance @ found <= start @ covariance @ start + 1e-12
    if equal:
        assert growth @ found == pytest.approx(target, abs=1e-9)
    _assert_no_better_direction(covariance, growth, found, low, high, equal)


def _assert_no_better_direction(covariance: Any, growth: Any, found: Any, low: Any, high: Any, equal: bool) -> None:
    """At the optimum of a convex programme no feasible direction descends: a linear programme over them finds 0."""
    from scipy.optimize import linprog

    slope = covariance @ found
    rows = [np.ones(len(found)), growth] if equal else [np.ones(len(found))]
    bounds = [
        (0 if at - least < 1e-9 else -1, 0 if most - at < 1e-9 else 1)
        for at, least, most in zip(found, low, high, strict=True)
    ]
    best = linprog(slope, A_eq=np.array(rows), b_eq=np.zeros(len(rows)), bounds=bounds, method="highs")
    assert best.status == 0
    assert best.fun >= -1e-6


def test_the_mix_of_most_growth_fills_the_best_first() -> None:
    found = most_return(np.array([0.1, 0.3, 0.2]), np.array([0.2, 0.1, 0.0]), np.array([1.0, 0.5, 1.0]))
    assert found.tolist() == pytest.approx([0.2, 0.5, 0.3])


@given(st.integers(2, 6), st.integers(3, 15), st.integers(0, 2**32 - 1))
def test_a_shrunk_covariance_keeps_the_total_variance(size: int, rows: int, seed: int) -> None:
    rates = np.random.default_rng(seed).normal(size=(rows, size))
    found, weight = shrunk_covariance(rates)
    assert 0 <= weight <= 1
    assert np.trace(found) == pytest.approx(np.trace(np.cov(rates, rowvar=False, ddof=0)))
    assert np.linalg.eigvalsh(found).min() > -1e-12


def test_a_covariance_of_what_never_varies_is_left_alone() -> None:
    assert shrunk_covariance(np.ones((5, 2)))[1] == 0


# ---- a company's segments ----------------------------------------------------------------------------------------------


def test_growth_is_counted_in_whole_quarters() -> None:
    series = growth_series(company(), "industry")
    assert series.shape == (10, 3)
    assert series["製造"].iloc[0] == pytest.approx(np.log(1212 / 800))
    assert [str(each) for each in series.index[[0, -1]]] == ["2024Q2", "2026Q3"]


def test_periods_that_are_not_whole_do_not_count() -> None:
    """The records begin within a quarter and the as-of date lies within one: neither is compared with a whole one."""
    customers = {"顧客名": ["甲", "乙"], "業界": ["製造", "IT"]}
    days = ["2024/02/20", *(f"{year}/{month}/5" for year, month in QUARTERS[1:]), "2026/10/05"]
    orders = {"顧客名": ["甲"] * 12 + ["乙"] * 12, "取引日": days * 2, "金額": [100, *range(101, 112)] * 2}
    series = growth_series(portfolio_of(customers, orders, date(2026, 11, 15)), "industry")
    assert [str(each) for each in series.index[[0, -1]]] == ["2024Q3", "2026Q3"]


def test_the_mixes_keep_their_promises() -> None:
    found = frontier(company(), "industry")
    assert [name.ja for name in found.segments] == sorted(name.ja for name in found.segments)
    assert found.current.weights.sum() == pytest.approx(1)
    assert found.safest.deviation <= found.equal_return.deviation <= found.current.deviation
    assert found.equal_return.growth == pytest.approx(found.current.growth)
    for mix in (found.safest, found.equal_return, *found.points):
        assert mix.weights.sum() == pytest.approx(1)
        assert (np.abs(mix.weights - found.current.weights) <= 0.1 + 1e-9).all()
    growths, deviations = [each.growth for each in found.points], [each.deviation for each in found.points]
    assert np.diff(growths).min() >= -1e-12
    assert np.diff(deviations).min() >= -1e-12
    assert len(found.points) == 11


def test_beta_of_todays_mix_is_one_and_rewards_are_ratios() -> None:
    found = frontier(company(), "industry")
    assert float(found.beta @ found.current.weights) == pytest.approx(1)
    np.testing.assert_allclose(found.reward_to_variability, found.growth / found.deviation)


def test_a_summary_shows_the_mixes_beside_todays_shares() -> None:
    portfolio = company()
    found = frontier(portfolio, "industry")
    wanted = ("share", "growth_mean", "growth_deviation", "beta", "mix_safest", "mix_equal")
    rows = summarise(portfolio, "industry", wanted).set_index("group").loc[list(found.groups)]
    np.testing.assert_allclose(rows["share"].to_numpy(float), found.current.weights)
    np.testing.assert_allclose(rows["growth_deviation"].to_numpy(float), found.deviation)
    np.testing.assert_allclose(rows["mix_safest"].to_numpy(float), found.safest.weights)
    np.testing.assert_allclose(rows["mix_equal"].to_numpy(float), found.equal_return.weights)
    gap = summarise(company(gap=True), "industry", wanted).set_index("group")
    assert gap.loc["飲食", "mix_equal":].isna().all()  # a group that did not sell in every period has no rates


def test_caveats_and_the_recommendation_are_said() -> None:
    found = frontier(company(), "industry")
    assert "変動が" in found.recommendation.ja
    assert any("将来を約束しません" in note.ja for note in found.notes)
    assert any("縮小" in note.ja for note in found.notes)  # 10 quarters for 3 industries are short
    assert 0 < found.shrinkage <= 1


def test_a_group_with_a_gap_is_left_out_and_named() -> None:
    found = frontier(company(gap=True), "industry")
    assert "飲食" not in [name.ja for name in found.segments]
    assert any("飲食" in note.ja for note in found.notes)


def test_too_few_periods_are_refused_with_what_there_is() -> None:
    with pytest.raises(Refusal) as refused:
        frontier(company(8), "industry")
    assert refused.value.kind == "too_little_data"
    assert "必要8/実7" in refused.value.text.ja
    assert frontier(company(9), "industry").n == 8


def test_what_cannot_be_answered_is_refused() -> None:
    with pytest.raises(Refusal, match="取引表がない"):
        frontier(golden())
    with pytest.raises(Refusal, match="month か quarter"):
        frontier(company(), "industry", "week")
    with pytest.raises(Refusal, match="列がありません"):
        frontier(company(), "color")
    with pytest.raises(Refusal, match="2つ以上必要"):
        frontier(company(), "region")  # blank for all: one group
