"""The Markov chain of Pfeifer and Carraway: its published values, its laws, and its probabilities counted from orders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.errors import Refusal
from engine.models import markov

# Pfeifer, Carraway (2000), Modeling customer relationships as Markov chains, Journal of Interactive Marketing 14(2).
CHANCES = [0.3, 0.2, 0.15, 0.05]
REWARDS = markov.rewards(4, 40, 4)
RATE = 0.2

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def test_the_published_value_over_four_periods() -> None:
    found = markov.value(markov.transition_matrix(CHANCES), REWARDS, RATE, 4)
    assert np.round(found, 3).tolist() == [50.115, 4.220, 0.592, -1.980, 0.0]
    assert REWARDS.tolist() == [36, -4, -4, -4, 0]


def test_without_an_end_it_is_the_limit_of_a_long_horizon() -> None:
    matrix = markov.transition_matrix(CHANCES)
    assert markov.value(matrix, REWARDS, RATE) == pytest.approx(markov.value(matrix, REWARDS, RATE, 200), rel=1e-12)


def test_the_first_payment_is_left_out_when_asked() -> None:
    matrix = markov.transition_matrix(CHANCES)
    later = markov.value(matrix, REWARDS, RATE, 4, first=False)
    assert later == pytest.approx(markov.value(matrix, REWARDS, RATE, 4) - REWARDS, abs=1e-12)


@given(PROBABILITIES, st.integers(0, 12), st.floats(0, 0.5), st.floats(0.001, 0.5))
def test_values_rise_with_the_horizon_and_fall_with_the_rate(
    chances: list[float], periods: int, rate: float, more: float
) -> None:
    matrix, reward = markov.transition_matrix(chances), markov.rewards(len(chances), 10.0)
    now = markov.value(matrix, reward, rate, periods)
    assert (markov.value(matrix, reward, rate, periods + 1) >= now - 1e-12).all()
    assert (markov.value(matrix, reward, rate + more, periods) <= now + 1e-12).all()
    assert markov.value(matrix, 7 * reward, rate, periods) == pytest.approx(7 * now, rel=1e-12, abs=1e-12)
    assert now[-1] == 0


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=5), st.integers(0, 20))
def test_the_gradient_is_the_slope(chances: list[float], periods: int) -> None:
    reward = markov.rewards(len(chances), 40, 4)
    gradient = markov.value_gradient(chances, reward, RATE, periods)
    for place in range(len(chances)):
        step = np.zeros(len(chances))
        step[place] = 1e-6
        ends = [
            markov.value(markov.transition_matrix(np.array(chances) + sign * step), reward, RATE, periods)
            for sign in (1, -1)
        ]
        assert gradient[:, place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-4)


@given(PROBABILITIES, st.integers(0, 10))
def test_nobody_is_lost_on_the_way(chances: list[float], periods: int) -> None:
    start = np.arange(len(chances) + 1, dtype=float)
    rows = markov.run_off(markov.transition_matrix(chances), start, periods)
    assert rows.shape == (periods + 1, len(start))
    assert rows.sum(axis=1) == pytest.approx(np.full(periods + 1, start.sum()))
    assert (np.diff(rows[:, -1]) >= -1e-12).all()


def test_purchases_are_counted_by_recency() -> None:
    # customer 0 buys in periods 0, 1 and 3; customer 1 in 0 only; customer 2 in 2, twice; customer 3 never
    found = markov.count_purchases(np.array([0, 0, 0, 1, 2, 2]), np.array([0, 1, 3, 0, 2, 2]), 4, 4, 2)
    # state 1: 0 (0→1 bought, 1→2 not), 1 (0→1 not), 2 (2→3 not); state 2: 0 (2→3 bought), 1 (1→2 not)
    assert found.at_risk.tolist() == [4, 2]
    assert found.bought.tolist() == [1, 1]
    assert found.probability.tolist() == [0.25, 0.5]
    assert found.recency.tolist() == [1, 3, 2, 0]  # bought now; lost; a period ago; never
    assert (found.variance > 0).all()


def test_whoever_comes_back_from_lost_counts_as_new() -> None:
    found = markov.count_purchases(np.array([0, 0]), np.array([0, 4]), 1, 5, 2)
    assert found.at_risk.tolist() == [1, 1]  # the return in period 4 is no observation of a state
    assert found.bought.tolist() == [0, 0]
    assert found.recency.tolist() == [1]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), max_size=30), st.integers(1, 5), st.randoms())
def test_the_order_of_the_purchases_does_not_matter(rows: list[tuple[int, int]], states: int, random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = (
        markov.count_purchases(
            np.array([row[0] for row in each], dtype=np.int64),
            np.array([row[1] for row in each], dtype=np.int64),
            6,
            8,
            states,
        )
        for each in (rows, shuffled)
    )
    assert one.at_risk.tolist() == two.at_risk.tolist()
    assert one.recency.tolist() == two.recency.tolist()
    assert (one.bought <= one.at_risk).all()


def test_the_chain_that_made_the_orders_is_found_again() -> None:
    generator = np.random.default_rng(7)
    customers, periods = 4_000, 30
    recency = np.ones(customers, dtype=np.int64)
    chance = np.array([*CHANCES, 0.0])
    who, when = [np.arange(customers)], [np.zeros(customers, dtype=np.int64)]
    for period in range(1, periods):
        bought = generator.random(customers) < chance[recency - 1]
        recency = np.where(bought, 1, np.minimum(recency + 1, 5))
        who.append(np.flatnonzero(bought))
        when.append(np.full(int(bought.sum()), period))
    found = markov.count_purchases(np.concatenate(who), np.concatenate(when), customers, periods, 4)
    assert (np.abs(found.probability - CHANCES) < 4 * np.sqrt(found.variance)).all()
    assert found.recency.tolist() == recency.tolist()


@pytest.mark.parametrize("chances", [[], [1.2], [-0.1], [float("nan")], [[0.3]]])
def test_probabilities_that_are_none_are_refused(chances: list[object]) -> None:
    with pytest.raises(Refusal, match="0〜1"):
        markov.transition_matrix(chances)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("matrix", "reward"),
    [([[0.5, 0.4], [0, 1]], [1, 0]), ([[0.5, 0.5]], [1, 0]), ([[1.5, -0.5], [0, 1]], [1, 0]), ([[1.0]], [1, 0])],
)
def test_a_matrix_that_is_no_chain_is_refused(matrix: list[list[float]], reward: list[float]) -> None:
    with pytest.raises(Refusal, match="遷移行列"):
        markov.value(matrix, reward, 0.1, 4)


def test_an_endless_chain_needs_discounting() -> None:
    with pytest.raises(Refusal, match="割引率"):
        markov.value(markov.transition_matrix(CHANCES), REWARDS, 0.0)
