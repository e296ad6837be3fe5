"""The textbook formulas, each with its convention beside the figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.errors import Refusal
from engine.models import simple

RETENTION, RATE = st.floats(0, 1), st.floats(0.001, 0.9)


def test_the_two_conventions_differ_by_exactly_one_margin() -> None:
    # Gupta, Lehmann (2003): r = .8, i = .1 gives 2.67 margins; Fader, Hardie (2012): with the first margin now 3.67.
    later, now = simple.margin_after_one_period(1.0, 0.8, 0.1), simple.margin_now(1.0, 0.8, 0.1)
    assert (round(later.value, 2), round(now.value, 2)) == (2.67, 3.67)
    assert now.value - later.value == pytest.approx(1.0)
    assert "1期後" in later.convention.ja
    assert "after one period" in later.convention.en
    assert "今" in now.convention.ja
    assert "now" in now.convention.en
    assert later.convention != now.convention


def test_the_catalogue_formula_is_not_discounted_and_says_so() -> None:
    found = simple.catalogue_value(5_000, 4, 3)
    assert found.value == 60_000
    assert "割引なし" in found.convention.ja
    assert "not discounted" in found.convention.en


def test_a_long_horizon_nears_the_formula_without_end() -> None:
    multiple, _ = simple.retained_multiple(0.8, 0.1, 200)
    assert float(multiple) == pytest.approx(simple.margin_after_one_period(1.0, 0.8, 0.1).value)
    assert float(simple.retained_multiple(0.8, 0.1, 1)[0]) == pytest.approx(0.8 / 1.1)


@given(RETENTION, RATE, st.floats(0.1, 30), st.floats(0.1, 10))
def test_a_value_rises_with_years_and_falls_with_the_rate(kept: float, rate: float, years: float, more: float) -> None:
    value, slope = simple.retained_multiple(kept, rate, years)
    assert value >= 0
    assert slope >= 0
    assert simple.retained_multiple(kept, rate, years + more)[0] >= value - 1e-12
    assert simple.retained_multiple(kept, rate + 0.05, years)[0] <= value + 1e-12


@given(st.floats(0.01, 0.98), RATE, st.floats(0.1, 30))
def test_the_slope_is_the_derivative(kept: float, rate: float, years: float) -> None:
    ends = [float(simple.retained_multiple(kept + step, rate, years)[0]) for step in (1e-6, -1e-6)]
    slope = float(simple.retained_multiple(kept, rate, years)[1])
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4)


@given(st.floats(0.01, 60))
def test_the_shares_of_the_years_sum_to_the_horizon(years: float) -> None:
    shares = simple.year_shares(years)
    assert shares.sum() == pytest.approx(years)
    assert ((shares > 0) & (shares <= 1)).all()


@pytest.mark.parametrize(("retention", "rate"), [(1.2, 0.1), (-0.1, 0.1), (0.8, -0.1), (1.0, 0.0), (float("nan"), 0.1)])
def test_rates_that_cannot_be_are_refused(retention: float, rate: float) -> None:
    for formula in (simple.margin_after_one_period, simple.margin_now):
        with pytest.raises(Refusal, match="維持率"):
            formula(1.0, retention, rate)


@pytest.mark.parametrize(("orders", "years"), [(-1, 3), (4, -1), (float("nan"), 3)])
def test_counts_below_zero_are_refused(orders: float, years: float) -> None:
    with pytest.raises(Refusal, match="0以上"):
        simple.catalogue_value(5_000, orders, years)
