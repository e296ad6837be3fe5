"""Customers under contract: sBG and BdW against the published figures, renewals counted from tables and from dates."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definition.definition import load_definition
from engine.language.errors import Refusal
from engine.models.contracts import bdw, sbg
from engine.models.contracts.cohorts import Renewals, from_contracts, from_survivors
from engine.models.contracts.contracts import fit_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Vector = np.ndarray

# Survivors of two cohorts of 1,000 customers over seven renewals: Fader, Hardie (2007), How to project customer
# retention, Journal of Interactive Marketing 21(1), table 1 (from Berry, Linoff, Data mining techniques, 2004).
CASES = Path(__file__).parent / "cases" / "sbg_survival.csv"


def cohort(place: int) -> Renewals:
    with CASES.open(encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[1:]
    return from_survivors([[float(row[place]) for row in rows]])


HIGH_END, REGULAR = cohort(1), cohort(2)
SHAPES = st.floats(0.05, 20)


@pytest.mark.parametrize(
    ("data", "alpha", "beta", "log_likelihood"),
    [(HIGH_END, 0.668, 3.806, -1611.16), (REGULAR, 0.704, 1.182, -1680.27)],  # Fader, Hardie 2007, seven renewals
)
def test_sbg_reproduces_the_published_cohorts(data: Renewals, alpha: float, beta: float, log_likelihood: float) -> None:
    fit = sbg.fit(data)
    assert [round(value, 3) for value in fit.parameters.values()] == [alpha, beta]
    assert round(fit.log_likelihood, 2) == log_likelihood
    assert fit.converged
    assert all(error > 0 for error in fit.standard_errors.values())


def test_sbg_projects_the_high_end_cohort_to_year_twelve() -> None:
    # Fader, Hardie 2007, table 2: the actual shares of years 8 to 12 were 46.8, 44.5, 42.7, 40.9, 39.4 %.
    actual = np.array([0.468, 0.445, 0.427, 0.409, 0.394])
    alpha, beta = sbg.fit(HIGH_END).parameters.values()
    assert np.abs(sbg.survival(alpha, beta, np.arange(8, 13)) - actual).max() < 0.02


def test_the_retention_rates_multiply_to_the_survival_and_rise() -> None:
    rates = sbg.retention_rate(0.668, 3.806, np.arange(1, 13))
    assert np.allclose(np.cumprod(rates), sbg.survival(0.668, 3.806, np.arange(1, 13)))
    assert (np.diff(rates) > 0).all()


@pytest.mark.parametrize("values", [(0.668, 3.806), (0.704, 1.182), (3.0, 0.2)])
def test_the_closed_form_of_the_residual_lifetime_is_the_sum(values: tuple[float, float]) -> None:
    time = np.arange(1, 2_000)
    for renewed in (0, 1, 5):
        ahead = sbg.survival(*values, renewed + time) / sbg.survival(*values, renewed)
        by_hand = float((ahead / 1.1 ** (time - 1)).sum())
        assert float(sbg.residual_lifetime(*values, renewed, 0.1)) == pytest.approx(by_hand, rel=1e-10)
        assert float(bdw.residual_lifetime(*values, 1.0, renewed, 0.1)) == pytest.approx(by_hand, rel=1e-10)
    new = 1 + float(sbg.residual_lifetime(*values, 0, 0.1)) / 1.1
    assert sbg.expected_lifetime(*values, 0.1) == pytest.approx(new, rel=1e-10)
    assert bdw.expected_lifetime(*values, 1.0, 0.1) == pytest.approx(new, rel=1e-10)


def test_a_value_without_end_needs_discounting() -> None:
    with pytest.raises(Refusal, match="割引率"):
        sbg.expected_lifetime(0.7, 1.2, 0.0)
    with pytest.raises(Refusal, match="割引率"):
        bdw.expected_lifetime(0.7, 1.2, 1.0, 0.0)


def test_bdw_with_c_of_one_is_the_sbg() -> None:
    time = np.arange(30)
    assert np.allclose(bdw.survival(0.7, 1.2, 1.0, time), sbg.survival(0.7, 1.2, time), rtol=1e-12)
    assert bdw.log_likelihood(np.array([0.7, 1.2, 1.0]), REGULAR)[0] == pytest.approx(
        sbg.log_likelihood(np.array([0.7, 1.2]), REGULAR)[0], rel=1e-12
    )


def test_bdw_finds_its_own_parameters_again() -> None:
    truth = (0.9, 1.5, 1.4)
    shares = 1e6 * bdw.survival(*truth, np.arange(13))
    found = bdw.fit(from_survivors([shares.tolist()]))
    assert list(found.parameters.values()) == pytest.approx(truth, rel=1e-4)


def test_the_better_model_answers_and_says_why() -> None:
    fit, why = fit_model("auto", HIGH_END, load_definition())
    assert fit.model == "bdw"  # the high end's own churn changes with time: the gain is 5.84 in log-likelihood
    assert fit.log_likelihood == pytest.approx(-1605.31, abs=0.01)
    assert "-1611.16" in why.ja
    assert "-1611.16" in why.en
    fit, _ = fit_model("auto", REGULAR, load_definition())
    assert fit.model == "sbg"  # 0.66 is not worth a third parameter


@given(SHAPES, SHAPES)
def test_the_gradient_of_sbg_is_the_slope(alpha: float, beta: float) -> None:
    _slope_check(lambda at: sbg.log_likelihood(at, REGULAR), np.array([alpha, beta]))


@given(SHAPES, SHAPES, st.floats(0.3, 2.5))
def test_the_gradient_of_bdw_is_the_slope(gamma: float, delta: float, c: float) -> None:
    _slope_check(lambda at: bdw.log_likelihood(at, HIGH_END + REGULAR), np.array([gamma, delta, c]))


def _slope_check(objective: Callable[[Vector], tuple[float, Vector]], at: Vector) -> None:
    gradient = objective(at)[1]
    for place, value in enumerate(at):
        step = np.zeros_like(at)
        step[place] = 1e-5 * value
        numeric = (objective(at + step)[0] - objective(at - step)[0]) / (2e-5 * value)
        assert gradient[place] == pytest.approx(numeric, rel=1e-4, abs=1e-3)


@given(SHAPES, SHAPES, st.floats(0.2, 3))
def test_survival_falls_from_one_and_stays_positive(gamma: float, delta: float, c: float) -> None:
    shares = bdw.survival(gamma, delta, c, np.arange(200))
    assert shares[0] == 1
    assert (np.diff(shares) <= 1e-15).all()
    assert (shares >= 0).all()
    assert np.isfinite(shares).all()


@given(SHAPES, SHAPES, st.floats(0.01, 0.5), st.floats(0.01, 0.5))
def test_a_dearer_money_makes_a_customer_worth_less(alpha: float, beta: float, low: float, more: float) -> None:
    for renewed in (0, 3):
        cheap = float(sbg.residual_lifetime(alpha, beta, renewed, low))
        dear = float(sbg.residual_lifetime(alpha, beta, renewed, low + more))
        assert dear <= cheap * (1 + 1e-9)


# ---- what cannot be told is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("survivors", "reason"),
    [
        ([[100, 100, 100, 100]], "離脱した顧客が1人もなく"),  # nobody ever churns
        ([[100, 0, 0]], "2回以上の更新"),  # everybody left at once: nobody stood before a second renewal
        ([[100, 80]], "2回以上の更新"),
        ([[1000, 900, 810, 729]], "更新率"),  # one and the same rate: customers cannot be told apart
        ([[1000, 950, 800, 500]], "更新率"),  # falling rates: no sBG
    ],
)
def test_data_that_identify_nothing_are_refused(survivors: list[list[float]], reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refused:
        sbg.fit(from_survivors(survivors))
    assert refused.value.kind == "too_little_data"


@pytest.mark.parametrize(
    ("survivors", "reason"),
    [
        ([[100, 120, 90]], "増えています"),
        ([[100]], "2つ以上"),
        ([[0, 0]], "2つ以上"),
        ([[100, -3]], "2つ以上"),
        ([[100, float("nan")]], "2つ以上"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused(survivors: list[list[float]], reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refused:
        from_survivors(survivors)
    assert refused.value.kind == "argument"


def test_no_cohort_is_refused() -> None:
    with pytest.raises(Refusal, match="コホートが1つもありません"):
        from_survivors([])


# ---- renewals counted ----------------------------------------------------------------------------------------------


def test_cohorts_of_different_length_are_counted_together() -> None:
    both = from_survivors([[100, 80, 60], [50, 40]])
    assert both.lost.tolist() == [30, 20]
    assert both.kept.tolist() == [0, 40, 60]
    assert both.customers == 150
    assert both.at_risk.tolist() == [150, 80]


@pytest.mark.parametrize(
    ("start", "end", "lost_at", "age", "next_renewal"),
    [
        ("2020-04-01", None, None, 5, 1),  # the sixth anniversary is tomorrow
        ("2025-03-31", None, None, 1, 365),  # renewed today
        ("2024-02-29", None, None, 2, 335),  # 29 February: its anniversary is 1 March
        ("2020-04-01", "2021-03-31", 1, 0, 0),  # one year and no more
        ("2020-04-01", "2021-04-01", 1, 0, 0),  # the same, the end written as the anniversary
        ("2020-04-01", "2021-09-30", 2, 0, 0),  # renewed once, left in the second year
        ("2020-04-01", "2020-06-30", 1, 0, 0),  # left within the first year
        ("2023-04-01", "2027-03-31", None, 2, 365),  # runs on: the next decision is at its end
        ("2023-04-01", "2026-03-31", None, 2, 0),  # the last day is today, end inclusive
    ],
)
def test_renewals_follow_the_contract_years(
    start: str, end: str | None, lost_at: int | None, age: int, next_renewal: float
) -> None:
    found = from_contracts(_days([start]), _days([end]), date(2026, 3, 31), grace_days=31)
    assert found.active.tolist() == [lost_at is None]
    assert found.renewals.lost.nonzero()[0].tolist() == ([] if lost_at is None else [lost_at - 1])
    assert (found.age[0], found.next_renewal[0]) == (age, next_renewal)


def test_a_contract_that_cannot_be_used_is_left_out() -> None:
    found = from_contracts(
        _days([None, "2030-01-01", "2023-04-01"]), _days([None, None, "2022-01-01"]), date(2026, 3, 31), 31
    )
    assert not found.usable.any()
    assert found.renewals.customers == 0


@given(
    st.lists(
        st.tuples(st.dates(date(2010, 1, 1), date(2026, 3, 31)), st.none() | st.integers(0, 4000)),
        min_size=1,
        max_size=30,
    )
)
def test_every_usable_contract_is_counted_once(contracts: list[tuple[date, int | None]]) -> None:
    starts = [start.isoformat() for start, _ in contracts]
    ends = [None if days is None else str(np.datetime64(start) + days) for start, days in contracts]
    found = from_contracts(_days(starts), _days(ends), date(2026, 3, 31), 31)
    assert found.usable.all()
    assert found.renewals.customers == len(contracts)
    assert found.renewals.kept.sum() == found.active.sum()
    assert (found.age >= 0).all()
    assert (found.next_renewal >= 0).all()


def _days(texts: Sequence[str | None]) -> pd.Series:
    return pd.Series(np.array([text or "NaT" for text in texts], dtype="datetime64[s]"))
