"""Kaplan–Meier against the published leukaemia trial, against exact fractions, and against the share of a cohort retained."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.language.errors import Refusal
from engine.measures.retention.activity import activity_of
from engine.measures.retention.survival import customer_lives, customer_survival, kaplan_meier
from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 3, 31)
# Remission in weeks of the 21 children on 6-MP; + censored: 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+.
# E. J. Freireich et al. (1963): Blood 21, 699–716; the data as in Kleinbaum, Klein: Survival Analysis, and R's MASS::gehan.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


# Survival and Greenwood's error: Klein, Moeschberger: Survival Analysis, 2nd ed. 2003, table 4.1.
# The ends of the log-log interval are what Stata's `sts list` prints for these data.
@pytest.mark.parametrize(
    ("week", "at_risk", "survival", "error", "low", "high"),
    [
        (6, 21, 0.857, 0.0764, 0.6197, 0.9516),
        (7, 17, 0.807, 0.0869, 0.5631, 0.9228),
        (10, 15, 0.753, 0.0963, 0.5032, 0.8894),
        (13, 12, 0.690, 0.1068, 0.4316, 0.8491),
        (16, 11, 0.627, 0.1141, 0.3675, 0.8049),
        (22, 7, 0.538, 0.1282, 0.2678, 0.7468),
        (23, 6, 0.448, 0.1346, 0.1881, 0.6801),
    ],
)
def test_the_published_curve(week: int, at_risk: int, survival: float, error: float, low: float, high: float) -> None:
    curve = kaplan_meier(WEEKS, RELAPSED)
    place = int(np.flatnonzero(curve.time == week)[0])
    assert curve.at_risk[place] == at_risk
    assert curve.survival[place] == pytest.approx(survival, abs=6e-4)
    assert curve.error[place] == pytest.approx(error, abs=5e-5)
    assert (curve.low[place], curve.high[place]) == pytest.approx((low, high), abs=5e-5)


def test_reading_the_published_curve() -> None:
    curve = kaplan_meier(WEEKS, RELAPSED)
    assert curve.median() == 23
    assert curve.at(5.9) == 1.0
    assert curve.at(8) == curve.at(7)
    assert np.isnan(curve.at(36))
    assert int(curve.events.sum()) == 9
    assert int(curve.censored.sum()) == 12


OBSERVED = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


@given(OBSERVED)
def test_the_curve_is_the_product_of_exact_fractions(observed: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier([time for time, _ in observed], [event for _, event in observed])
    exact = Fraction(1)
    for place, time in enumerate(sorted({time for time, _ in observed})):
        at_risk = sum(lasted >= time for lasted, _ in observed)
        exact *= 1 - Fraction(sum(lasted == time and event for lasted, event in observed), at_risk)
        assert curve.survival[place] == pytest.approx(float(exact), abs=1e-12)
    assert ((curve.survival >= 0) & (curve.survival <= 1)).all()
    assert (np.diff(curve.survival) <= 0).all()
    told = ~np.isnan(curve.error)
    assert (curve.low[told] <= curve.survival[told] + 1e-12).all()
    assert (curve.survival[told] <= curve.high[told] + 1e-12).all()
    assert ((curve.low[told] >= 0) & (curve.high[told] <= 1)).all()
    assert (np.isnan(curve.error) == (curve.survival == 0)).all()


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40))
def test_without_censoring_it_is_the_share_that_lived_longer(times: list[int]) -> None:
    curve = kaplan_meier(times, [True] * len(times))
    for time in range(21):
        share = sum(each > time for each in times) / len(times)
        assert curve.at(time) == pytest.approx(share)
    spread = curve.survival * (1 - curve.survival) / len(times)  # Greenwood's error is then the binomial one
    told = curve.survival > 0
    assert curve.error[told] == pytest.approx(np.sqrt(spread[told]), abs=1e-9)


@pytest.mark.parametrize(("times", "events"), [([], []), ([-1.0], [True]), ([float("nan")], [True]), ([1, 2], [True])])
def test_what_cannot_be_observed_is_refused(times: list[float], events: list[bool]) -> None:
    with pytest.raises(Refusal):
        kaplan_meier(times, events)


# ---- customers -------------------------------------------------------------------------------------------------------


def shop(lines: list[tuple[str, int]], **others: object) -> Portfolio:
    """Return a portfolio of purchases some days after 2023-01-01."""
    days = [(date(2023, 1, 1) + timedelta(days=day)).isoformat() for _, day in lines]
    orders = {"顧客名": [name for name, _ in lines], "取引日": days, "金額": [100] * len(lines)}
    return portfolio_of({"顧客名": sorted({name for name, _ in lines})}, orders, AS_OF, **others)  # type: ignore[arg-type]


def test_a_life_ends_with_the_first_lapse() -> None:
    lived, ended, known = customer_lives(
        shop([("a", 0), ("b", 0), ("b", 239), ("c", 0), ("c", 240), ("d", 1185 - 239), ("e", 1185 - 240)])
    )
    assert (date(2023, 1, 1) + timedelta(days=1185)) == AS_OF
    assert lived.tolist() == [240, 479, 240, 239, 240]  # c came back on the very day it lapsed; d is still there
    assert ended.tolist() == [True, True, True, False, True]
    assert known.all()


def test_lives_of_contracts() -> None:
    customers = {
        "顧客名": ["A", "B", "C", "D"],
        "契約開始日": ["2025-04-01", "2025-04-01", None, None],
        "契約終了日": ["2025-04-30", "2027-03-31", "2026-03-30", None],
    }
    lived, ended, known = customer_lives(portfolio_of(customers, as_of=AS_OF))
    assert lived.tolist()[:2] == [30, 364]
    assert ended.tolist() == [True, False, False, False]
    assert known.tolist() == [True, True, False, False]


def test_a_typed_table_tells_no_lives() -> None:
    with pytest.raises(Refusal, match="取引表"):
        customer_survival(portfolio_of(GOLDEN, as_of=AS_OF))


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 600)), min_size=1, max_size=25),
    st.integers(0, 800),
)
def test_without_censoring_it_is_the_cohorts_retained_share(lines: list[tuple[str, int]], day: int) -> None:
    portfolio = shop(lines)  # every life had ended by day 840, long before the as-of date
    (_, _, curve), *_ = customer_survival(portfolio)
    activity, names = activity_of(portfolio), portfolio.frame["name"]
    held = [
        all(activity.active_on(int(activity.first[at]) + later)[at] for later in range(day + 1))
        for at in range(len(names))
    ]
    assert curve.at(day) == pytest.approx(sum(held) / len(held))
    assert not curve.censored.any()


def test_curves_by_group_hold_every_customer_once() -> None:
    portfolio = shop([("a", 0), ("b", 100), ("c", 900), ("c", 1000)])
    whole = customer_survival(portfolio)[0][2]
    parts = customer_survival(portfolio, "状態")
    assert sum(int(curve.at_risk[0]) for _, _, curve in parts) == int(whole.at_risk[0]) == 3
