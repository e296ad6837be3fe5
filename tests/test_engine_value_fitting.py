"""Fitting: a proven maximum or a refusal with its reason; every trap that other libraries fell into."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from helpers.builders import tables_of
from helpers.cdnow import sample
from scipy.optimize import root

from engine.definition.definition import Definition
from engine.language.errors import Refusal, Text
from engine.models.fitting import maximise
from engine.models.purchases import gamma_gamma, pareto_nbd
from engine.models.purchases.beta_geometric import BG_NBD, MBG_NBD
from engine.models.purchases.choice import choose
from engine.models.purchases.histories import Histories, from_arrays, from_tables

EVERY = pytest.mark.parametrize("model", [BG_NBD, MBG_NBD, pareto_nbd], ids=lambda model: model.MODEL)
GEOMETRIC = pytest.mark.parametrize("model", [BG_NBD, MBG_NBD], ids=lambda model: model.MODEL)
NAME = Text("試し", "a trial")


def columns(histories: Histories) -> list[Any]:
    return [histories.each(each) for each in (histories.x, histories.t_x, histories.T)]


# ---- traps ------------------------------------------------------------------------------------------------------------


@EVERY
def test_one_time_buyers_only_are_refused(model: Any) -> None:
    """One library ends in a LinAlgError here."""
    nobody = np.zeros(1000)
    with pytest.raises(Refusal) as refused:
        model.fit(from_arrays(nobody, nobody, np.linspace(27, 39, 1000)))
    assert refused.value.kind == "too_little_data"
    assert "全員が1回しか購入していない" in refused.value.text.ja
    assert "everybody bought exactly once" in refused.value.text.en


@EVERY
def test_customers_with_300_purchases_are_fitted(model: Any) -> None:
    """One library raises a ConvergenceError at x of about 300."""
    dice = np.random.default_rng(300)
    T = np.full(2000, 104.0)  # noqa: N806
    x, t_x = model.simulate((2.0, 1.5, 1.0, 30.0), T, dice)
    assert x.max() > 300
    fit = model.fit(from_arrays(x, t_x, T))
    assert fit.gradient < 1e-6
    assert np.isfinite(model.alive(fit.values, x, t_x, T)).all()


@EVERY
@pytest.mark.parametrize("seed", [555, 556])
def test_where_nobody_leaves_the_model_is_refused(model: Any, seed: int) -> None:
    """One library accepts r = 555 in silence."""
    dice = np.random.default_rng(seed)
    T = np.full(2000, 50.0)  # noqa: N806
    x = dice.poisson(dice.gamma(0.5, 1 / 0.5, 2000) * T).astype(float)
    t_x = np.where(x > 0, T * dice.beta(np.maximum(x, 1), 1), 0)
    with pytest.raises(Refusal) as refused:
        model.fit(from_arrays(x, t_x, T))
    assert refused.value.kind == "too_little_data"
    assert "ほとんど誰も離れていない" in refused.value.text.ja
    assert "期間を長くする" in refused.value.text.ja
    assert "hardly anybody leaves" in refused.value.text.en
    assert "longer period" in refused.value.text.en


def test_a_likeness_that_runs_away_does_not_lead_astray() -> None:
    """Many rows are first climbed on a part of them; here the part, like the whole, has no maximum."""
    dice = np.random.default_rng(557)
    T = dice.uniform(30.0, 50.0, 10_000)  # noqa: N806
    x = dice.poisson(dice.gamma(0.5, 1 / 0.5, len(T)) * T).astype(float)
    t_x = np.where(x > 0, T * dice.beta(np.maximum(x, 1), 1), 0)
    assert from_arrays(x, t_x, T).part(2000) is not None
    with pytest.raises(Refusal, match="ほとんど誰も離れていない"):
        BG_NBD.fit(from_arrays(x, t_x, T))


@EVERY
def test_where_all_buy_at_one_rate_the_model_is_refused(model: Any) -> None:
    """The two parameters of the rate run off together; rounding must not pass for a maximum on the way."""
    T = np.full(2000, 50.0)  # noqa: N806
    leaving = (0.9, 30.0) if model is pareto_nbd else (1.0, 3.0)
    x, t_x = model.simulate((1e6, 1e6 / 0.3, *leaving), T, np.random.default_rng(5))
    with pytest.raises(Refusal) as refused:
        model.fit(from_arrays(x, t_x, T))
    assert refused.value.kind == "too_little_data"
    assert "個人差がありません" in refused.value.text.ja


@EVERY
def test_cdnow_with_times_40_fold_is_the_same_model(model: Any) -> None:
    """Another library returns LL = +8.5e21 and P(alive) = 1 with convergence code 0."""
    x, t_x, T = columns(sample())  # noqa: N806
    plain, long = model.fit(sample()), model.fit(from_arrays(x, t_x * 40, T * 40))
    # the density of x points in time is divided by 40 for each
    assert long.log_likelihood == pytest.approx(plain.log_likelihood - x.sum() * np.log(40), rel=1e-12)
    assert model.alive(long.values, x, t_x * 40, T * 40) == pytest.approx(
        model.alive(plain.values, x, t_x, T), rel=1e-8
    )


@EVERY
def test_cdnow_with_customers_40_fold_has_the_same_parameters_and_smaller_errors(model: Any) -> None:
    plain, many = model.fit(sample()), model.fit(from_arrays(*(np.tile(each, 40) for each in columns(sample()))))
    assert many.values == pytest.approx(plain.values, rel=1e-8)
    assert many.log_likelihood == pytest.approx(40 * plain.log_likelihood, rel=1e-12)
    for name in plain.names:
        assert many.standard_errors[name] == pytest.approx(plain.standard_errors[name] / np.sqrt(40), rel=1e-4)
    assert many.customers == 40 * plain.customers


@GEOMETRIC
def test_cdnow_with_purchases_40_fold_is_fitted_with_a_finite_likelihood(model: Any) -> None:
    x, t_x, T = columns(sample())  # noqa: N806
    fit = model.fit(from_arrays(x * 40, t_x, T))
    assert fit.log_likelihood == pytest.approx(float(model.log_likelihood(fit.values, x * 40, t_x, T).sum()), rel=1e-12)
    assert fit.gradient < 1e-6
    alive = model.alive(fit.values, x * 40, t_x, T)
    assert alive[x > 0].min() < 1e-9
    assert alive.max() <= 1


def test_cdnow_with_purchases_40_fold_is_refused_by_pareto_nbd() -> None:
    x, t_x, T = columns(sample())  # noqa: N806
    with pytest.raises(Refusal, match="離れやすさに個人差がありません"):
        pareto_nbd.fit(from_arrays(x * 40, t_x, T))


@EVERY
def test_the_maximum_is_where_the_slope_is_0_to_a_millionth(model: Any) -> None:
    """Quasi-Newton methods stall at slopes of 1e-5 with parameters off by up to 6e-4; a root finder is the reference."""
    rows, fit = sample(), model.fit(sample())

    def slope(logs: Any) -> Any:
        values = np.exp(logs)
        return (model.gradient(values.tolist(), rows.x, rows.t_x, rows.T) @ rows.counts) * values

    reference = root(slope, np.log(fit.values) + 0.01, tol=1e-13)
    assert reference.success
    assert fit.values == pytest.approx(np.exp(reference.x), rel=1e-6)
    assert fit.gradient < 1e-6
    assert fit.converged


def test_money_is_added_as_integers() -> None:
    """Ten dimes and two are 0.12 dollars a purchase, not 0.12000000000000001, in whatever order they come."""
    days = ["2026/1/1", *["2026/2/1"] * 3, *["2026/3/1"] * 2]
    amounts = ["1", "0.1", "0.2", "0.3", "0.07", "0.05"]
    for order in (slice(None), slice(None, None, -1)):
        orders = {"顧客名": ["A"] * 6, "取引日": days[order], "金額": amounts[order]}
        assert from_tables(tables_of(orders=orders, currency="USD")).value.tolist() == [0.36]


# ---- minimums -----------------------------------------------------------------------------------------------------------


def test_fewer_customers_or_repeat_buyers_than_the_definition_says_are_refused_with_both_numbers() -> None:
    x, t_x, T = columns(sample())  # noqa: N806
    with pytest.raises(Refusal, match="50社以上必要です\\(実際は12社\\)"):
        BG_NBD.fit(from_arrays(x[:12], t_x[:12], T[:12]))
    few = np.concatenate([np.flatnonzero(x == 0)[:90], np.flatnonzero(x > 0)[:7]])
    with pytest.raises(Refusal, match="20社以上必要です\\(実際は7社\\)"):
        pareto_nbd.fit(from_arrays(x[few], t_x[few], T[few]))
    money = gamma_gamma.Money(x[x > 0][:7], np.arange(1.0, 8), 0, 0.0)
    with pytest.raises(Refusal, match="20社以上必要です\\(実際は7社\\)"):
        gamma_gamma.fit(money)
    lower = Definition.from_rows([("value.min_customers", 10)])
    with pytest.raises(Refusal, match="20社以上"):
        BG_NBD.fit(from_arrays(x[:12], t_x[:12], T[:12]), lower)


def test_values_that_do_not_vary_are_refused() -> None:
    money = gamma_gamma.Money(np.full(100, 3.0), np.full(100, 20.0), 0, float("nan"))
    with pytest.raises(Refusal, match="区別できません"):
        gamma_gamma.fit(money)


def test_repeat_buyers_without_a_positive_value_are_left_out_and_counted() -> None:
    histories = from_arrays([2, 1, 3, 0], [5, 5, 5, 0], [9, 9, 9, 9], value=[10, 0, np.nan, np.nan])
    money = gamma_gamma.money_of(histories)
    assert (money.x.tolist(), money.mean.tolist(), money.unused) == ([2], [10], 2)
    assert np.isnan(money.correlation)


def test_the_currency_scales_gamma_and_nothing_else() -> None:
    money = gamma_gamma.money_of(sample())
    dollars, yen = gamma_gamma.fit(money), gamma_gamma.fit(gamma_gamma.Money(money.x, money.mean * 150, 0, 0.0))
    assert yen.parameters["p"] == pytest.approx(dollars.parameters["p"])
    assert yen.parameters["gamma"] == pytest.approx(150 * dollars.parameters["gamma"])
    assert yen.standard_errors["gamma"] == pytest.approx(150 * dollars.standard_errors["gamma"])
    assert yen.log_likelihood == pytest.approx(dollars.log_likelihood - 946 * np.log(150))
    own = gamma_gamma.log_likelihood(yen.values, money.x, money.mean * 150).sum()
    assert yen.log_likelihood == pytest.approx(float(own))


def test_an_infinite_expected_value_is_missing() -> None:
    assert np.isnan(gamma_gamma.expected((1.0, 0.9, 5.0), 0, np.nan))


# ---- the choice ---------------------------------------------------------------------------------------------------------


def test_where_one_model_is_refused_the_other_answers_and_it_is_said() -> None:
    strict = Definition.from_rows([("value.log_error_limit", 0.31)])  # b of MBG/NBD is known to a third only
    choice = choose(sample(), definition=strict)
    assert choice.model == "bg_nbd"
    assert choice.why.ja == "BG/NBDモデルを使いました。MBG/NBDモデルはこのデータに当てはめられません"
    assert "標準誤差" in choice.refused["mbg_nbd"].ja


def test_where_no_model_fits_the_first_refusal_is_passed_on_and_an_unknown_model_is_named() -> None:
    with pytest.raises(Refusal, match="BG/NBDモデルには顧客が50社以上"):
        choose(from_arrays([1], [1], [2]))
    with pytest.raises(Refusal, match="「arima」はありません"):
        choose(sample(), ["arima"])


# ---- the climb itself -----------------------------------------------------------------------------------------------------


def hill(values: Any) -> tuple[float, Any]:
    """Two humps of the logarithms' plane in one: the maximum lies at 2 and 3, and nothing is known below 1e-3."""
    if values[0] < 1e-3:
        return float("nan"), np.full(2, np.nan)
    logs = np.log(values / np.array([2.0, 3.0]))
    return float(-50 * (logs**2).sum()), -100 * logs / values


def test_a_quadratic_is_solved_exactly_with_its_errors() -> None:
    fit = maximise(hill, [(1, 1)], names=("u", "v"), model="trial", label=NAME, customers=100)
    assert fit.values == pytest.approx((2, 3), rel=1e-9)
    assert fit.standard_errors["u"] == pytest.approx(2 * 0.1, rel=1e-6)
    assert fit.error_of(lambda u, v: u) == pytest.approx(fit.standard_errors["u"], rel=1e-6)
    assert fit.error_of(lambda u, v: np.array([u * v, v])) == pytest.approx([6 * 0.1 * np.sqrt(2), 0.3], rel=1e-6)
    assert json.loads(json.dumps(fit.to_dict()))["parameters"]["v"] == pytest.approx(3)


def test_a_second_start_is_tried_where_the_first_leads_nowhere() -> None:
    fit = maximise(hill, [(1e-4, 1), (1, 1)], names=("u", "v"), model="trial", label=NAME, customers=100)
    assert fit.values == pytest.approx((2, 3), rel=1e-9)


@pytest.mark.parametrize(
    ("value", "slope", "words"),
    [
        (lambda u: np.log(u), lambda u: 1 / u, "限度まで動きます"),
        (lambda u: 0.0, lambda u: 0.0, "平らで"),
        (lambda u: -0.005 * np.log(u) ** 2, lambda u: -0.01 * np.log(u) / u, "標準誤差が大きすぎます"),
    ],
)
def test_ridges_are_refused_with_what_runs_away(value: Any, slope: Any, words: str) -> None:
    def ridge(values: Any) -> tuple[float, Any]:
        base, slopes = hill([2.0, values[1]])
        return base + float(value(values[0])), np.array([float(slope(values[0])), slopes[1]])

    with pytest.raises(Refusal) as refused:
        maximise(
            ridge, [(3, 1)], names=("u", "v"), model="trial", label=NAME, customers=1,
            reasons={"u": Text("uが決まらない", "u is loose")},
        )  # fmt: skip
    assert words in refused.value.text.ja
    assert "u = " in refused.value.text.en
    assert "u is loose" in refused.value.text.en


def test_a_saddle_is_no_maximum() -> None:
    def saddle(values: Any) -> tuple[float, Any]:
        u, v = np.log(values)
        return float(u**2 - v**2), np.array([2 * u, -2 * v]) / values

    with pytest.raises(Refusal):
        maximise(saddle, [(1, 1)], names=("u", "v"), model="trial", label=NAME, customers=1)
