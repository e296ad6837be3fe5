"""AUC, Brier skill, the share found first and the rank correlation, against their definitions and other implementations."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engine.measures.backtest import accuracy
from engine.measures.backtest.bins import Judgements, by_level, by_tenth, tenths_of

_few = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40)


def _arrays(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(row[0]) for row in rows]), np.array([row[1] for row in rows])


@given(rows=_few)
def test_auc_is_the_share_of_pairs_ranked_rightly_with_ties_as_half(rows: list[tuple[int, bool]]) -> None:
    ranking, event = _arrays(rows)
    pairs = [(high > low) + (high == low) / 2 for high in ranking[event] for low in ranking[~event]]
    found = accuracy.concordance([ranking], [event])
    assert found.pairs == len(pairs)
    assert isnan(found.auc) if not pairs else found.auc == pytest.approx(np.mean(pairs), abs=1e-12)


@given(one=_few, two=_few)
def test_over_several_origins_only_customers_of_the_same_one_are_compared(
    one: list[tuple[int, bool]], two: list[tuple[int, bool]]
) -> None:
    parts = [_arrays(one), _arrays(two)]
    each = [accuracy.concordance([ranking], [event]) for ranking, event in parts]
    both = accuracy.concordance(*map(list, zip(*parts, strict=True)))
    assert both.pairs == each[0].pairs + each[1].pairs
    if both.pairs:
        won = sum(part.auc * part.pairs for part in each if part.pairs)
        assert both.auc == pytest.approx(won / both.pairs, abs=1e-12)


def test_midranks_are_those_of_scipy() -> None:
    values = np.random.default_rng(1).integers(0, 9, 200).astype(float)
    assert accuracy.midranks(values).tolist() == stats.rankdata(values).tolist()


def test_the_difference_of_two_auc_has_the_interval_that_drawing_the_customers_anew_gives() -> None:
    dice = np.random.default_rng(3)
    event = dice.random(600) < 0.3
    one, two = event + dice.normal(0, 1.2, 600), event + dice.normal(0, 1.6, 600)
    apart, low, high = accuracy.auc_difference([one], [two], [event], 0.95)

    def difference(rows: np.ndarray) -> float:
        scores = [accuracy.concordance([each[rows]], [event[rows]]).auc for each in (one, two)]
        return scores[0] - scores[1]

    assert apart == pytest.approx(difference(np.arange(600)), abs=1e-12)
    drawn = np.array([difference(dice.integers(0, 600, 600)) for _ in range(800)])
    assert (high - low) / 2 == pytest.approx(1.96 * drawn.std(), rel=0.12)


def test_a_ranking_against_itself_differs_by_nothing() -> None:
    ranking, event = np.array([1.0, 2, 2, 3, 5]), np.array([False, True, False, True, True])
    assert accuracy.auc_difference([ranking], [ranking], [event], 0.95) == (0.0, 0.0, 0.0)


def test_brier_skill_is_0_for_the_base_rate_and_1_for_certainty() -> None:
    event = np.array([True, False, False, False])
    assert accuracy.brier_skill(np.full(4, 0.25), event) == pytest.approx(0.0)
    assert accuracy.brier_skill(event.astype(float), event) == 1.0
    assert accuracy.brier_skill(np.full(4, 0.9), event) < 0
    assert isnan(accuracy.brier_skill(np.full(2, 0.5), np.array([True, True])))


def test_the_first_tenth_counts_ties_in_proportion() -> None:
    amounts = np.array([100.0, 300, 0, 0, 0, 0, 0, 0, 0, 600])
    clear = np.arange(10.0)[::-1]
    assert accuracy.found_first([clear], [amounts]) == pytest.approx(0.1)
    tied = np.array([5.0, 5, 1, 1, 1, 1, 1, 1, 1, 1])
    assert accuracy.found_first([tied], [amounts]) == pytest.approx(0.2)  # half of 100 and of 300
    assert accuracy.found_first([np.zeros(10)], [amounts]) == pytest.approx(0.1)  # no ranking finds its own share
    assert isnan(accuracy.found_first([clear], [np.zeros(10)]))


def test_the_rank_correlation_is_spearman_s() -> None:
    dice = np.random.default_rng(4)
    one, two = dice.integers(0, 20, 100).astype(float), dice.normal(size=100)
    assert accuracy.rank_correlation([one], [one + two]) == pytest.approx(stats.spearmanr(one, one + two).statistic)
    assert isnan(accuracy.rank_correlation([np.ones(5)], [np.arange(5.0)]))


def test_the_expected_count_has_the_interval_of_independent_customers() -> None:
    mid, low, high = accuracy.expected_count(np.full(100, 0.5), 0.95)
    assert (mid, low, high) == pytest.approx((50.0, 50 - 1.96 * 5, 50 + 1.96 * 5), abs=1e-3)
    assert accuracy.expected_count(np.array([1.0, 0.0]), 0.95) == (1.0, 1.0, 1.0)


@given(values=st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_equal_ranks_share_a_tenth_and_a_higher_rank_never_lies_in_a_later_one(values: list[int]) -> None:
    ranking = np.array(values, dtype=float)
    tenths = tenths_of(ranking)
    assert ((tenths >= 1) & (tenths <= 10)).all()
    for value, tenth in zip(ranking, tenths, strict=True):
        assert (tenths[ranking == value] == tenth).all()
        assert (tenths[ranking > value] <= tenth).all()


def test_without_ties_tenths_are_of_equal_size_and_the_unknown_are_in_none() -> None:
    ranking = np.append(np.arange(50.0), np.nan)
    tenths = tenths_of(ranking)
    assert np.bincount(tenths).tolist() == [1, *[5] * 10]
    assert tenths[49] == 1


def test_bins_hold_prediction_outcome_and_wilson_s_interval() -> None:
    rows = Judgements(
        np.array(["high"] * 10 + ["low"] * 10, dtype=object),
        np.repeat([1, 2], 10),
        np.append(np.full(10, 0.6), np.full(10, np.nan)),
        np.array([True] * 7 + [False] * 13),
        np.full(20, 5.0),
        np.full(20, 3.0),
    )
    high, low = by_level(rows, 0.95)
    assert (high.key, high.customers, high.events, high.actual) == ("high", 10, 7, 0.7)
    assert high.predicted == pytest.approx(0.6)
    # Wilson's interval of 7 of 10 at 95 %: .397 to .892 (Brown, Cai, DasGupta 2001, example by formula)
    assert (high.low, high.high) == pytest.approx((0.3968, 0.8922), abs=1e-4)
    assert high.fits is True
    assert low.predicted is None
    assert low.fits is None
    assert (low.before, low.after) == (50.0, 30.0)
    assert [each.key for each in by_tenth(rows, 0.95)] == ["1", "2"]
