"""BG/BB on the donations of Fader, Hardie, Shang (2010): published figures, gradient, laws, simulation, refusals."""

from __future__ import annotations

import csv
import importlib.metadata
from itertools import pairwise
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.errors import Refusal
from engine.models.purchases import bg_bb

# Fader, Hardie, Shang (2010), Customer-base analysis in a discrete-time noncontractual setting, Marketing Science 29(6).
PUBLISHED = np.array([1.2035, 0.7498, 0.6568, 2.7839])

SHAPES = st.floats(0.05, 20)
PARAMETERS = st.tuples(SHAPES, SHAPES, SHAPES, SHAPES).map(np.array)


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 60))
    last = draw(st.integers(0, n))
    return (draw(st.integers(1, last)) if last else 0), last, n


@pytest.fixture(scope="module")
def donations() -> bg_bb.Counts:
    found = [each for each in importlib.metadata.files("lifetimes") or () if each.name == "donations.csv"]
    with Path(str(found[0].locate())).open() as stream:
        rows = list(csv.DictReader(stream))
    columns = [[int(row[name]) for row in rows] for name in ("frequency", "recency", "periods", "weights")]
    return bg_bb.counts(*columns)


def test_the_donations_give_the_published_parameters(donations: bg_bb.Counts) -> None:
    assert donations.customers == 11_104
    fit = bg_bb.fit(donations)
    assert [round(value, 4) for value in fit.values] == [1.2035, 0.7497, 0.6567, 2.7834]
    assert np.abs(np.array(fit.values) - PUBLISHED).max() < 6e-4  # they stopped a little before the top
    assert round(fit.log_likelihood, 2) == -33225.58
    assert fit.log_likelihood >= bg_bb.log_likelihood(PUBLISHED, donations)[0]
    assert fit.converged


def test_expected_donations_and_survivors_are_the_published_ones() -> None:
    # Vignette of the R package BTYD: customers A and B, ten opportunities ahead.
    ahead = bg_bb.expected(PUBLISHED, [0, 4], [0, 5], 6, 10)
    assert ahead == pytest.approx([0.1302169, 3.627858], rel=1e-4)
    assert round(bg_bb.expected_new(PUBLISHED, 10), 3) == 3.180
    # Fader, Hardie, Shang 2010: five years on, never seen again 0.07, every year 3.75; alive in the next year .11 and .93
    assert np.round(bg_bb.expected(PUBLISHED, [0, 6], [0, 6], 6, 5), 2).tolist() == [0.07, 3.75]
    assert np.round(bg_bb.p_alive(PUBLISHED, [0, 6], [0, 6], 6), 2).tolist() == [0.11, 0.93]


@given(PARAMETERS, st.lists(histories(), min_size=1, max_size=8))
def test_the_gradient_is_the_slope(parameters: np.ndarray, rows: list[tuple[int, int, int]]) -> None:
    data = bg_bb.counts(*np.array(rows).T)
    gradient = bg_bb.log_likelihood(parameters, data)[1]
    for place, value in enumerate(parameters):
        step = np.zeros(4)
        step[place] = 1e-5 * value
        ends = [bg_bb.log_likelihood(parameters + sign * step, data)[0] for sign in (1, -1)]
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / (2e-5 * value), rel=1e-4, abs=1e-3)


@given(PARAMETERS, st.integers(1, 5))
def test_the_probabilities_of_all_histories_sum_to_one(parameters: np.ndarray, n: int) -> None:
    bought, last = np.array([(x, last) for last in range(n + 1) for x in range(bool(last), last + 1)]).T
    ways = np.array([comb(end - 1, x - 1) if x else 1 for x, end in zip(bought, last, strict=True)])
    logs = bg_bb.row_log_likelihood(parameters, bought, last, n)
    assert float((ways * np.exp(logs)).sum()) == pytest.approx(1.0, rel=1e-9)


@given(PARAMETERS, histories(), st.integers(1, 24))
def test_alive_and_silence_are_probabilities_that_agree(
    parameters: np.ndarray,
    history: tuple[int, int, int],
    ahead: int,
) -> None:
    alive = float(bg_bb.p_alive(parameters, *history)[0])
    quiet = float(bg_bb.probability_none(parameters, *history, ahead)[0])
    assert 0 <= alive <= 1
    assert 0 <= quiet <= 1
    assert quiet >= 1 - alive - 1e-9  # the gone are silent, and some of the living, too
    assert float(bg_bb.probability_none(parameters, *history, ahead + 1)[0]) <= quiet + 1e-12
    assert bg_bb.probability_none(parameters, *history, 0).tolist() == [1.0]


@given(PARAMETERS, histories())
def test_p_alive_falls_with_silence_and_purchases_rise_with_time(
    parameters: np.ndarray,
    history: tuple[int, int, int],
) -> None:
    x, last, n = history
    alive = [float(bg_bb.p_alive(parameters, x, last, n + more)[0]) for more in range(4)]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(alive))
    ahead = [float(bg_bb.expected(parameters, x, last, n, time)[0]) for time in (1, 2, 8)]
    assert ahead == sorted(ahead)
    dear = float(bg_bb.discounted_expected(parameters, x, last, n, 8, 0.1)[0])
    assert 0 <= dear <= ahead[-1] + 1e-12


def test_one_opportunity_ahead_silence_and_expectation_complement_each_other() -> None:
    rows = ([0, 2, 6], [0, 4, 6], [6, 6, 6])
    together = bg_bb.expected(PUBLISHED, *rows, 1) + bg_bb.probability_none(PUBLISHED, *rows, 1)
    assert together == pytest.approx(np.ones(3), rel=1e-12)


def test_long_histories_stay_finite() -> None:
    rows = (np.array([0, 1, 2_000, 3_000]), np.array([0, 1, 9_000, 3_000]), np.full(4, 10_000))
    values = bg_bb.row_log_likelihood(PUBLISHED, *rows)
    assert np.isfinite(values).all()
    assert np.isfinite(bg_bb.p_alive(PUBLISHED, *rows)).all()
    assert np.isfinite(bg_bb.expected(PUBLISHED, *rows, 100)).all()


def test_a_broken_last_opportunity_counts_with_its_share() -> None:
    values = [float(bg_bb.discounted_expected(PUBLISHED, 3, 5, 6, ahead, 0.1)[0]) for ahead in (2, 2.5, 3)]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2)


def test_the_simulated_model_is_found_again() -> None:
    fit = bg_bb.fit(bg_bb.simulate(PUBLISHED, 12, 20_000, seed=5))
    for name, truth in zip(bg_bb.NAMES, PUBLISHED, strict=True):
        assert abs(fit.parameters[name] - truth) < 4 * fit.standard_errors[name]


def test_equal_histories_are_counted_once_and_order_does_not_matter() -> None:
    data = bg_bb.counts([2, 0, 2], [3, 0, 3], [6, 6, 6])
    assert (data.x.tolist(), data.count.tolist()) == ([0, 2], [1.0, 2.0])
    assert bg_bb.counts([0, 2, 2], [0, 3, 3], 3 * [6]).count.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("history", [(3, 2, 6), (1, 7, 6), (0, 3, 6), (-1, 0, 6), (2, 0, 6)])
def test_an_impossible_history_is_refused(history: tuple[int, int, int]) -> None:
    with pytest.raises(Refusal, match="ありえません"):
        bg_bb.counts(*([each] for each in history))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (([0, 0], [0, 0], [6, 6]), "2回以上購入した顧客が1人もいない"),
        (([6, 3], [6, 6], [6, 6]), "最後の機会にも購入"),
    ],
)
def test_data_that_identify_nothing_are_refused(rows: tuple[list[int], ...], reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refused:
        bg_bb.fit(bg_bb.counts(*rows))
    assert refused.value.kind == "too_little_data"


def test_customers_that_never_leave_are_refused() -> None:
    generator = np.random.default_rng(1)
    bought = generator.random((500, 12)) < generator.beta(2, 3, 500)[:, None]
    last = np.where(bought, np.arange(1, 13), 0).max(axis=1)
    with pytest.raises(Refusal) as refused:
        bg_bb.fit(bg_bb.counts(bought.sum(axis=1), last, np.full(500, 12)))
    assert refused.value.kind == "too_little_data"
