"""What may be expected of a sum of customers: the variance of purchases, intervals that hold what comes, parts that add up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import sample

from engine.commands.command import main
from engine.definition.definition import load_definition
from engine.language.errors import Refusal
from engine.lists.summary import summarise, summarise_forecast
from engine.models.purchases.beta_geometric import BetaGeometric
from engine.models.purchases.histories import from_arrays
from engine.scoring.forecast.history_cut import purchases_between
from engine.scoring.forecast.purchase_value import measure_variation, weigh_everybody
from engine.scoring.forecast.spread import Spread

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio

# ---- laws ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "k"), [(0, 1), (1, 1), (0, 3), (1, 6)])
def test_the_square_of_purchases_is_that_of_their_probabilities(late: int, k: int) -> None:
    model, parameters = BetaGeometric(late, k), (0.8, 2.0 / k, 0.7, 5.0)
    history = np.array([0.0, 3, 20, 60]), np.array([0.0, 20, 50, 52]), np.array([52.0, 52, 52, 53])
    found = model.square_given(parameters, 52.0, *history)
    chances = model.counts_given(parameters, 52.0, 900, *history)
    assert found == pytest.approx(np.arange(901) ** 2 @ chances, rel=0.01)
    assert (found >= model.expected_given(parameters, 52.0, *history) ** 2).all()
    assert (model.square_given(parameters, 0.0, *history) == 0).all()


def test_loadings_hold_the_same_error_as_the_delta_method_and_may_be_summed() -> None:
    dice = np.random.default_rng(3)
    x, t_x = BetaGeometric(0).simulate((0.5, 5.0, 0.8, 3.0), np.full(3_000, 39.0), dice)
    rows = from_arrays(x, t_x, np.full(3_000, 39.0))
    fit = BetaGeometric(0).fit(rows)

    def expect(*values: float) -> Any:
        return BetaGeometric(0).expected_given(values, 39.0, rows.x, rows.t_x, rows.T)

    loadings = fit.loadings_of(expect)
    assert np.sqrt((loadings**2).sum(axis=0)) == pytest.approx(fit.error_of(expect), rel=1e-6)
    whole = fit.error_of(lambda *values: np.array([expect(*values).sum()]))
    assert np.sqrt((loadings.sum(axis=1) ** 2).sum()) == pytest.approx(whole[0], rel=1e-6)


def test_chance_cancels_in_a_sum_and_what_is_shared_does_not() -> None:
    count = 400
    alone = Spread(np.full(count, 100.0), np.zeros(count), np.full(count, 50.0**2), np.zeros((count, 1)))
    one, everybody = np.arange(count), np.zeros(count, dtype=np.intp)
    low, mid, high = alone.interval(everybody, 1, 0.95)
    assert mid[0] == 100.0 * count
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * 50 * np.sqrt(count), rel=0.01)
    shared = replace(alone, own=np.zeros(count), shared=np.full((count, 1), 10.0))
    low, _, high = shared.interval(everybody, 1, 0.95)
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * 10 * count, rel=0.02)
    single = shared.interval(one, count, 0.95)
    assert (single[2] - single[0] < 40.0).all()


def test_who_is_probably_lost_has_nothing_as_its_lower_end_and_who_is_not_forecast_has_none() -> None:
    spread = Spread(
        np.array([10.0, 90.0, np.nan]), np.array([0.9, 0.01, np.nan]), np.array([900.0, 100.0, 0.0]), np.zeros((3, 1))
    )
    low, mid, high = spread.interval(np.array([0, 1, 2]), 3, 0.9)
    assert low[0] == 0
    assert high[0] == pytest.approx(100)  # that much if it buys at all, which it does in one of ten
    assert 0 < low[1] < 90 < high[1]
    assert np.isnan([low[2], mid[2], high[2]]).all()


def test_one_purchase_tells_nearly_all_where_customers_differ_much_and_their_purchases_little() -> None:
    def company(sizes: list[int]) -> Portfolio:
        days = [date(2026, 1, 5) + timedelta(days=30 * number) for number in range(6)]
        lines = [
            (f"C{at:02d}", day, size + (size // 20) * (-1) ** number)
            for at, size in enumerate(sizes)
            for number, day in enumerate(days)
        ]
        orders = dict(zip(("顧客名", "取引日", "金額"), map(list, zip(*lines, strict=True)), strict=True))
        return portfolio_of({"顧客名": sorted(set(orders["顧客名"]))}, orders, date(2026, 7, 31))

    unlike, alike = company([1_000 * (1 + at * at) for at in range(30)]), company([10_000 + at for at in range(30)])
    definition = load_definition()
    assert measure_variation(unlike.tables)[0] == pytest.approx(0.05**2 * 6 / 5, rel=0.01)
    assert weigh_everybody(measure_variation(unlike.tables), definition) < 0.01
    assert weigh_everybody(measure_variation(alike.tables), definition) > 5 * weigh_everybody(
        measure_variation(unlike.tables), definition
    )
    few = company([1_000, 9_000])
    assert weigh_everybody(measure_variation(few.tables), definition) == definition.number("forecast.value_weight")


# ---- against what came -----------------------------------------------------------------------------------------------------


def test_sums_of_segments_add_up_to_the_whole_and_the_past_of_the_sample_bears_them_out() -> None:
    portfolio = sample()
    measures = ("customers", "expected_sales", "expected_sales_low", "expected_sales_high")
    by_segment = summarise(portfolio, "segment", measures)
    found = summarise_forecast(portfolio)
    assert found is not None
    assert by_segment["expected_sales"].sum() == pytest.approx(found["sales"], abs=len(by_segment))
    assert found["sales_low"] < found["sales"] < found["sales_high"]
    bought = purchases_between(portfolio.tables, portfolio.as_of - timedelta(days=365), portfolio.as_of)
    assert 0 < found["lost"] < found["customers"] <= len(portfolio)
    assert (bought > 0).sum() >= found["customers"] - found["lost"]


# ---- faces -------------------------------------------------------------------------------------------------------------------


def test_the_command_tells_what_the_whole_may_expect(tmp_path: Any) -> None:
    orders = tmp_path / "orders.csv"
    lines = [
        f"C{at:02d},{date(2023, 1, 5) + timedelta(days=28 * number + at):%Y/%m/%d},{1000 * (at + 1)}"
        for at in range(24)
        for number in range(44 if at % 4 else 20)
    ]
    orders.write_text("顧客ID,取引日,金額\n" + "\n".join(lines) + "\n", encoding="utf-8")
    run = CliRunner().invoke(main, ["score", "--orders", str(orders), "--no-store", "--lang", "ja"])
    assert "今後365日の見込み(新規顧客を除く): 売上 " in run.output
    assert "95%区間" in run.output
    found = json.loads(CliRunner().invoke(main, ["score", "--orders", str(orders), "--no-store", "--json"]).stdout)[
        "forecast"
    ]
    assert found["sales_low"] < found["sales"] < found["sales_high"]
    assert found["horizon"] == 365


def test_without_orders_nothing_is_forecast_and_a_run_without_models_says_so() -> None:
    typed = portfolio_of({"顧客名": ["甲", "乙"], "年間売上": [5, 3]}, as_of=date(2026, 11, 22))
    assert summarise_forecast(typed) is None
    stored = replace(portfolio_of(GOLDEN, as_of=date(2026, 11, 22)), forecast=None)
    assert summarise_forecast(stored) is None
    with pytest.raises(Refusal, match="採点し直してください"):
        summarise(stored, "segment", ("expected_sales",))
