"""Hours per customer: the optimum by hand, by brute force and by HiGHS; bounds, steps and prices exact."""

from __future__ import annotations

import itertools
import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from helpers.builders import GOLDEN, golden, portfolio_of
from helpers.reports import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.language.errors import Refusal
from engine.planning.allocation import Allocation, allocate, current_hours, responses
from engine.planning.allocation.allotment import Curves, allot

AS_OF = date(2026, 9, 30)
NAMES = ["甲", "乙", "丙"]
CUSTOMERS: dict[str, list[Any]] = {
    "顧客名": NAMES,
    "業界": ["製造", "IT", "飲食"],
    "ターゲット規模": [1_500, 4_000, ""],
}
ORDERS: dict[str, list[Any]] = {
    "顧客名": [*NAMES, "乙"],
    "取引日": ["2026/03/01", "2026/05/01", "2026/06/01", "2026/07/01"],
    "金額": [1_000, 1_500, 500, 500],
    "原価": [800, 600, 400, 200],
}
CONTACTS: dict[str, list[Any]] = {
    "顧客名": ["甲", "甲", "乙", "乙"],
    "日付": ["2026/02/01", "2026/03/01", "2026/04/01", "2024/04/01"],
    "時間": [30, 10, 8, 99],
}


def company(definition: Definition | None = None, **columns: list[Any]) -> Any:
    return portfolio_of({**CUSTOMERS, **columns}, ORDERS, AS_OF, definition, contacts=CONTACTS)


def plan(
    reach: list[float],
    steepness: list[float],
    hours: float,
    low: list[float] | None = None,
    high: list[float] | None = None,
    step: float = 0.5,
    pieces: int = 12,
) -> Any:
    count = len(reach)
    curves = Curves(np.array(reach, float), np.array(steepness, float))
    least = np.array(low if low is not None else [0.0] * count)
    most = np.array(high if high is not None else [np.inf] * count)
    return curves, allot(curves, hours, least, most, step, pieces)


# ---- the optimum, by hand and by brute force -------------------------------------------------------------------------


def test_two_customers_by_lagrange() -> None:
    """V = (100e, 100), k = 1, H = 3: 100e·e^(−x) = 100·e^(−y) gives x − y = 1, so x = 2, y = 1, and λ = 100·e^(−1)."""
    _, found = plan([100 * math.e, 100], [1, 1], 3, step=0.001)
    assert found.hours.tolist() == pytest.approx([2, 1], abs=0.0011)
    assert found.price == pytest.approx(100 / math.e, rel=1e-3)


def test_three_customers_by_lagrange_with_one_left_out() -> None:
    """V·k = (40, 20, 2), k = (1, .5, .1), H = 4: with λ = 40e^(−x) = 20e^(−y/2), x + y = 4 → x = (4 + 2 ln 2) ÷ 3, λ > 2."""
    first = (4 + 2 * math.log(2)) / 3
    _, found = plan([40, 40, 20], [1, 0.5, 0.1], 4, step=0.001)
    assert found.hours.tolist() == pytest.approx([first, 4 - first, 0], abs=0.0011)
    assert found.price == pytest.approx(40 * math.exp(-first), rel=1e-3)
    assert found.price > 2


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(5, 200)), min_size=2, max_size=3),
    st.integers(0, 8),
    st.integers(1, 12),
)
def test_no_plan_in_whole_steps_is_better(customers: list[tuple[int, int]], capacity: int, pieces: int) -> None:
    curves, found = plan(
        [float(v) for v, _ in customers], [k / 100 for _, k in customers], float(capacity), step=1.0, pieces=pieces
    )
    grid = (
        np.array(each, float)
        for each in itertools.product(range(capacity + 1), repeat=len(customers))
        if sum(each) <= capacity
    )
    best = max(curves.total(each) for each in grid)
    assert found.value == pytest.approx(best, rel=1e-12, abs=1e-9)


@settings(max_examples=60)
@given(st.data())
def test_bounds_and_capacity_are_kept_to_the_step(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    low = [data.draw(st.integers(0, 6)) / 2 for _ in range(count)]
    high = [each + data.draw(st.integers(0, 20)) / 2 for each in low]
    hours = sum(low) + data.draw(st.integers(0, 60)) / 2
    reach = [float(data.draw(st.integers(0, 10_000))) for _ in range(count)]
    steep = [data.draw(st.integers(1, 300)) / 100 for _ in range(count)]
    curves, found = plan(reach, steep, hours, low, high)
    assert (found.hours >= np.array(low)).all()
    assert (found.hours <= np.array(high)).all()
    assert found.hours.sum() <= hours
    assert (np.mod(found.hours, 0.5) == 0).all()
    # a step is left unused only where nobody gains by it
    if found.hours.sum() < hours:
        gains = curves.value(found.hours + 0.5) - curves.value(found.hours)
        assert (
            gains[found.hours < np.array(high)] <= np.array(reach)[found.hours < np.array(high)] * 1e-5 + 1e-9
        ).all()


@settings(max_examples=40)
@given(st.data())
def test_marginal_returns_are_equal_within_a_step(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 10))
    reach = [float(data.draw(st.integers(100, 10_000))) for _ in range(count)]
    steep = [data.draw(st.integers(2, 50)) / 100 for _ in range(count)]
    curves, found = plan(reach, steep, float(data.draw(st.integers(1, 40))))
    next_step = curves.value(found.hours + 0.5) - curves.value(found.hours)
    last_step = np.where(found.hours > 0, curves.value(found.hours) - curves.value(found.hours - 0.5), np.inf)
    assert next_step.max() <= last_step.min() * (1 + 1e-9)
    assert found.price == pytest.approx(next_step.max() / 0.5, rel=1e-6)


@settings(max_examples=40)
@given(st.data())
def test_the_price_is_the_finite_difference_of_the_optimum(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 8))
    reach = [float(data.draw(st.integers(100, 10_000))) for _ in range(count)]
    steep = [data.draw(st.integers(2, 50)) / 100 for _ in range(count)]
    hours = data.draw(st.integers(1, 60)) / 2
    _, now = plan(reach, steep, hours)
    _, step_more = plan(reach, steep, hours + 0.5)
    _, hour_more = plan(reach, steep, hours + 1)
    assert now.price * 0.5 == pytest.approx(step_more.value - now.value, rel=1e-6, abs=1e-6)
    assert now.one_more_hour == pytest.approx(hour_more.value - now.value, rel=1e-6, abs=1e-6)


def test_the_price_is_the_dual_of_the_whole_programme_in_highs() -> None:
    """All steps of all customers as one linear programme, half a step beyond the capacity, where its dual is unique."""
    from scipy.optimize import linprog

    rng = np.random.default_rng(7)
    curves = Curves(rng.lognormal(8, 1, 40), np.log(2) / rng.uniform(3, 30, 40))
    found = allot(curves, 60.0, np.zeros(40), np.full(40, np.inf), 0.5, 12)
    edges = np.arange(0, 61, 0.5)
    slopes = np.diff(-curves.reach[:, None] * np.expm1(-curves.steepness[:, None] * edges), axis=1).ravel()
    whole = linprog(
        -slopes,
        A_ub=np.ones((1, len(slopes))),
        b_ub=[120.5],
        bounds=(0, 1),
        method="highs",
        options={"presolve": False},
    )
    assert found.price * 0.5 == pytest.approx(-whole.ineqlin.marginals[0], rel=1e-9)
    assert found.value == pytest.approx(-whole.fun - found.price * 0.25, rel=1e-9)


def test_many_customers_come_out_as_by_their_common_price() -> None:
    """10,000 customers against the closed form of the Lagrange condition, step by step."""
    rng = np.random.default_rng(1)
    curves = Curves(rng.lognormal(10, 1.5, 10_000), np.log(2) / rng.uniform(8, 72, 10_000))
    found = allot(curves, 20_000.0, np.zeros(10_000), np.full(10_000, np.inf), 0.5, 12)
    assert found.hours.sum() == 20_000
    gain = curves.reach * -np.expm1(-curves.steepness * 0.5)
    wanted = np.log(np.maximum(gain / (found.price * 0.5 * (1 + 1e-12)), 1)) / (curves.steepness * 0.5)
    assert np.abs(found.hours * 2 - np.ceil(wanted)).max() == 0


def test_of_equal_customers_the_first_is_served_first() -> None:
    _, found = plan([100, 100, 100], [0.1, 0.1, 0.1], 1.0)
    assert found.hours.tolist() == [0.5, 0.5, 0]


def test_hours_that_nobody_can_use_are_left_and_worth_nothing() -> None:
    _, found = plan([100, 50], [0.1, 0.1], 10, high=[2, 3])
    assert found.hours.tolist() == [2, 3]
    assert (found.price, found.one_more_hour) == (0, 0)
    _, nothing = plan([0, 0], [0.1, 0.1], 10)
    assert nothing.hours.tolist() == [0, 0]


# ---- a company's hours -------------------------------------------------------------------------------------------------


def test_nobody_is_cut_to_nothing_or_multiplied() -> None:
    """In the sample 66 customers went to 0 hours, 60 of them to be kept or grown, and one from 20 to 153."""
    portfolio = sample()
    today = current_hours(portfolio)
    assert today is not None
    found = allocate(portfolio, float(today.sum()))
    present = ~portfolio.frame["state"].isin(["lapsed", "none"]).to_numpy(bool)
    assert (found.hours[present] > 0).all()
    assert (found.hours <= np.maximum(today * 1.5, today + 4) + 0.5).all()
    assert (found.hours >= today * 0.5 - 0.5).all()
    assert found.value_now is not None
    assert found.value > found.value_now


def test_only_clear_differences_make_a_customer_overvisited() -> None:
    """77 of the 103 customers of the sample were called ごひいき先."""
    portfolio = sample()
    today = current_hours(portfolio)
    assert today is not None
    found = allocate(portfolio, float(today.sum()))
    assert 0 < len(found.over) < 25
    assert all(today[at] - found.hours[at] >= 4 for at in found.over)


def test_the_planners_own_bounds_win_over_todays_hours() -> None:
    found = allocate(company(最低時間=["", 30, ""], 最高時間=[5, "", ""]), 48)
    assert found.hours[0] <= 5
    assert found.hours[1] >= 30


def test_too_few_hours_for_everybody_are_told() -> None:
    found = allocate(company(), 1)
    assert found.hours.sum() == 1
    assert any("社に時間を配れません" in note.ja for note in found.notes)


def test_hours_of_the_last_twelve_months_are_todays() -> None:
    current = current_hours(company())
    assert current is not None
    assert current.tolist() == [40, 8, 0]
    assert current_hours(golden()) is None


def test_the_response_goes_through_todays_point() -> None:
    """ρ = 0.7, half of the headroom can be reached: 甲 moves 700 → 1,250, and 40 hours bring the 1,000 of today."""
    portfolio = company()
    curves = responses(portfolio, "sales", current_hours(portfolio))
    assert curves.reach.tolist() == pytest.approx([300 + 250, 600 + 1000, 150 + 50])
    assert curves.value(np.array([40.0, 8.0, 0.0])).tolist() == pytest.approx([300, 600, 0])
    assert curves.steepness[2] == pytest.approx(np.median(curves.steepness[:2]))  # 丙 was not visited
    margins = responses(portfolio, "gross_profit", current_hours(portfolio))
    assert margins.reach.tolist() == pytest.approx([550 * 0.2, 1600 * 0.6, 200 * 0.2])


def test_a_visited_customer_without_headroom_gets_no_infinite_slope() -> None:
    portfolio = company(ターゲット規模=[1_000, 4_000, ""])
    curves = responses(portfolio, "sales", current_hours(portfolio))
    assert np.isfinite(curves.steepness).all()
    assert curves.steepness[0] == pytest.approx(math.log(2) / 2)  # allocation.least_half_hours


def test_who_is_visited_too_much_and_too_little_is_told() -> None:
    found = allocate(company(), 48)
    assert found.over == (0,)  # 甲: 40 hours for a margin of 20 %
    assert found.under[0] == 1
    assert found.order.tolist()[0] == 1
    assert found.value_now is not None
    assert found.value > found.value_now
    assert found.hours.sum() == 48


@settings(max_examples=15)
@given(st.data())
def test_never_worse_than_todays_hours(data: st.DataObject) -> None:
    """Also where today's hours are finer than the step."""
    hours = [data.draw(st.integers(0, 400)) / 10 for _ in NAMES]
    contacts = {"顧客名": NAMES, "日付": ["2026/02/01"] * 3, "時間": hours}
    columns = {**CUSTOMERS, "ターゲット規模": [data.draw(st.sampled_from(["", 1_500, 9_000])) for _ in NAMES]}
    portfolio = portfolio_of(columns, ORDERS, AS_OF, contacts=contacts)
    objective = data.draw(st.sampled_from([None, "gross_profit", "sales", "risk"]))
    found = allocate(portfolio, sum(hours), objective)
    assert found.hours.sum() <= sum(hours) + 1e-9
    if found.current is not None:
        assert found.value_now is not None
        assert found.value >= found.value_now


def test_todays_hours_stay_where_a_least_for_everybody_would_cost() -> None:
    contacts = {"顧客名": NAMES, "日付": ["2026/02/01"] * 3, "時間": [0, 0.6, 0.9]}
    columns = {**CUSTOMERS, "ターゲット規模": ["", "", ""]}
    found = allocate(portfolio_of(columns, ORDERS, AS_OF, contacts=contacts), 1.5)
    assert found.value_now is not None
    assert found.value >= found.value_now


def test_todays_hours_stay_where_rounding_would_cost() -> None:
    """All 48 hours go to 乙, as is best; in steps of 40 only 40 could."""
    contacts = {"顧客名": ["乙"], "日付": ["2026/04/01"], "時間": [48]}
    definition = Definition.from_rows([("allocation.step_hours", 40)])
    found = allocate(portfolio_of(CUSTOMERS, ORDERS, AS_OF, definition, contacts=contacts), 48)
    assert found.hours.tolist() == [0, 48, 0]
    assert found.value == found.value_now
    assert any("今の配分が最良" in note.ja for note in found.notes)


def test_without_recorded_hours_it_is_said() -> None:
    found = allocate(golden(), 60)
    assert found.current is None
    assert found.value_now is None
    assert (found.over, found.under) == ((), ())
    assert found.objective == "sales"
    assert any("不明" in note.ja for note in found.notes)
    assert any("原価が分からない" in note.ja for note in found.notes)


def test_more_capacity_never_brings_less() -> None:
    portfolio = company()
    values = [allocate(portfolio, hours).value for hours in (0, 1, 10, 48, 100)]
    assert values == sorted(values)
    assert values[0] == 0


def test_fewer_hours_than_today_are_told() -> None:
    found = allocate(company(), 20)
    assert found.hours.sum() == 20
    assert any("28時間多く" in note.ja for note in found.notes)


def test_hours_that_are_left_are_told() -> None:
    found = allocate(company(Definition.from_rows([("allocation.max_hours", 2)])), 20)
    assert found.hours.tolist() == [2, 2, 2]
    assert any("14時間は配る先がありません" in note.ja for note in found.notes)


def test_bounds_typed_in_the_customer_table_win() -> None:
    found = allocate(company(最低時間=[10, "", 5], 最高時間=[12, 20, ""]), 48)
    assert 10 <= found.hours[0] <= 12
    assert found.hours[1] <= 20
    assert found.hours[2] >= 5


def test_key_accounts_have_a_least_of_their_own() -> None:
    definition = Definition.from_rows([("allocation.key_min_hours", 6)])
    found = allocate(company(definition, 重要顧客=["", "", "○"]), 10)
    assert found.hours[2] >= 6


@pytest.mark.parametrize(
    ("columns", "hours", "word"),
    [
        ({"最低時間": [30, 20, ""]}, 40, "10時間上回って"),
        ({"最低時間": [8, "", ""], "最高時間": [5, "", ""]}, 40, "甲の最低時間が最高時間を3時間"),
        ({"最低時間": ["多め", "", ""]}, 40, "甲の最低時間「多め」"),
        ({"最高時間": [-1, "", ""]}, 40, "0以上"),
        ({}, -1, "0以上"),
        ({}, float("nan"), "0以上"),
    ],
)
def test_bounds_that_cannot_be_kept_are_refused_with_by_how_much(
    columns: dict[str, list[Any]], hours: float, word: str
) -> None:
    with pytest.raises(Refusal) as refused:
        allocate(company(None, **columns), hours)
    assert word in refused.value.text.ja


def test_gross_profit_without_costs_is_refused_with_the_way_out() -> None:
    with pytest.raises(Refusal) as refused:
        allocate(golden(), 60, "gross_profit")
    assert refused.value.kind == "too_little_data"
    assert "売上" in refused.value.text.ja
    with pytest.raises(Refusal, match="使えません"):
        allocate(golden(), 60, "happiness")


def test_lower_risk_goes_to_what_is_likely_lost() -> None:
    found = allocate(portfolio_of({**GOLDEN, "年間売上": [100, 100, 100]}, as_of=AS_OF), 10, "risk")
    assert found.hours.argmax() == 2  # C: high risk
    assert isinstance(found, Allocation)


def test_an_allocation_is_made_once() -> None:
    portfolio = company()
    assert allocate(portfolio, 48) is allocate(portfolio, 48.0)
