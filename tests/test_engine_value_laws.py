"""What must hold for the purchase models whatever the data: probabilities, slopes, units, order, and the hardest corners."""
# ruff: noqa: N803, N806 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from helpers.cdnow import sample
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import hyp2f1, hyperu

from engine.language.errors import Refusal
from engine.models.purchases import gamma_gamma, pareto_nbd
from engine.models.purchases.beta_geometric import BG_NBD, MBG_NBD
from engine.models.purchases.choice import MODELS
from engine.models.purchases.histories import from_arrays

EVERY = pytest.mark.parametrize("model", [BG_NBD, MBG_NBD, pareto_nbd], ids=lambda model: model.MODEL)
GEOMETRIC = pytest.mark.parametrize("model", [BG_NBD, MBG_NBD], ids=lambda model: model.MODEL)

size = st.floats(0.02, 50)
parameters = st.tuples(size, st.floats(0.01, 500), size, st.floats(0.02, 500))
time = st.floats(0.01, 5000)


@st.composite
def customer(draw: st.DrawFn) -> tuple[float, float, float]:
    end = draw(st.floats(0.1, 10_000))
    x = draw(st.integers(0, 3000))
    return float(x), draw(st.floats(0.01, 1)) * end if x else 0.0, end


# ---- probabilities and expectations ---------------------------------------------------------------------------------


@EVERY
@given(parameters, customer(), st.floats(1.01, 20))
def test_p_alive_is_a_probability_and_falls_with_the_time_since_the_last_purchase(
    model: Any, values: Sequence[float], who: tuple[float, float, float], later: float
) -> None:
    x, t_x, T = who
    now, then = float(model.alive(values, x, t_x, T)), float(model.alive(values, x, t_x, T * later))
    assert 0 <= then <= now <= 1
    if model is BG_NBD and x == 0:
        assert now == then == 1


@EVERY
@settings(max_examples=50)
@given(parameters, customer(), time, st.floats(1.1, 10))
def test_expected_purchases_rise_with_the_time_ahead(
    model: Any, values: Sequence[float], who: tuple[float, float, float], t: float, longer: float
) -> None:
    new = model.expected(values, [0, t, t * longer])
    assert new[0] == 0
    assert 0 < new[1] < new[2] * (1 + 1e-12)
    given_history = [float(model.expected_given(values, each, *who)) for each in (0, t, t * longer)]
    assert given_history[0] == 0
    assert 0 <= given_history[1] <= given_history[2] * (1 + 1e-12)


@EVERY
@settings(max_examples=50)
@given(parameters, customer(), st.floats(1e-4, 0.1), time)
def test_discounting_lowers_the_sum_and_no_horizon_is_the_longest(
    model: Any, values: Sequence[float], who: tuple[float, float, float], rate: float, t: float
) -> None:
    whole = float(model.expected_given(values, t, *who))
    assert float(model.discounted(values, 0.0, *who, horizon=t)) == pytest.approx(whole, rel=1e-8, abs=1e-250)
    part = float(model.discounted(values, rate, *who, horizon=t))
    assert 0 <= part <= whole * (1 + 1e-9)
    assert part <= float(model.discounted(values, rate, *who)) * (1 + 1e-9)
    assert float(model.discounted(values, rate, *who, horizon=0)) == 0


@EVERY
def test_a_sum_without_discount_and_without_horizon_is_refused(model: Any) -> None:
    for rate, horizon in ((0.0, np.inf), (-0.1, 10.0), (0.1, -1.0)):
        with pytest.raises(Refusal, match="割引率"):
            model.discounted((1, 1, 1, 1), rate, 1, 1, 2, horizon=horizon)


@GEOMETRIC
@settings(max_examples=50)
@given(parameters, st.floats(0.01, 100))
def test_the_probabilities_of_all_numbers_of_purchases_sum_to_1(model: Any, values: Sequence[float], t: float) -> None:
    assume(t / values[1] < 50)  # else more than 4,000 purchases are likely enough to be missed
    chance = model.counted(values, t, 4000)
    assert (chance >= 0).all()
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    assert chance @ np.arange(4001) == pytest.approx(float(model.expected(values, t)), rel=1e-4)


# ---- the likelihood ---------------------------------------------------------------------------------------------------


@EVERY
@given(parameters, customer())
def test_slopes_are_those_of_the_log_likelihood(
    model: Any, values: Sequence[float], who: tuple[float, float, float]
) -> None:
    at = np.asarray(values)
    slope = model.gradient(values, *([each] for each in who))[:, 0]
    level = abs(float(model.log_likelihood(values, *([each] for each in who))[0])) + 1
    for index in range(4):
        step = np.zeros(4)
        step[index] = at[index] * 1e-4
        up, down = (model.log_likelihood(at + sign * step, *([each] for each in who))[0] for sign in (1, -1))
        assert (up - down) / 2e-4 == pytest.approx(slope[index] * at[index], rel=1e-5, abs=1e-8 * level)


@EVERY
def test_the_sum_that_is_maximised_is_that_of_the_customers(model: Any) -> None:
    rows, fit = sample(), model.fit(sample())
    one_by_one = model.log_likelihood(fit.values, *(rows.each(each) for each in (rows.x, rows.t_x, rows.T)))
    assert fit.log_likelihood == pytest.approx(one_by_one.sum(), rel=1e-13)
    assert np.abs(model.gradient(fit.values, rows.x, rows.t_x, rows.T) @ rows.counts).max() < 1e-6


@EVERY
def test_the_order_of_the_customers_does_not_matter(model: Any) -> None:
    rows = sample()
    shuffled = np.random.default_rng(7).permutation(rows.customers)
    again = from_arrays(*(rows.each(each)[shuffled] for each in (rows.x, rows.t_x, rows.T)))
    assert model.fit(again).values == model.fit(rows).values


@EVERY
def test_the_unit_of_time_changes_no_expectation(model: Any) -> None:
    rows = sample()
    days = from_arrays(rows.each(rows.x), rows.each(rows.t_x) * 7, rows.each(rows.T) * 7, unit="day")
    weekly, daily = model.fit(rows).values, model.fit(days).values
    assert daily[1] == pytest.approx(7 * weekly[1], rel=1e-8)
    assert model.expected(daily, 364) == pytest.approx(model.expected(weekly, 52), rel=1e-8)
    assert model.alive(daily, 2, 140, 270) == pytest.approx(model.alive(weekly, 2, 20, 270 / 7), rel=1e-8)
    assert model.discounted(daily, 0.001, 2, 140, 270) == pytest.approx(
        model.discounted(weekly, 0.007, 2, 20, 270 / 7), rel=1e-8
    )


@EVERY
def test_made_up_customers_give_their_parameters_back(model: Any) -> None:
    truth = model.fit(sample()).values
    dice = np.random.default_rng(20261122)
    T = dice.uniform(27, 78, 15_000)
    x, t_x = model.simulate(truth, T, dice)
    fit = model.fit(from_arrays(x, t_x, T))
    for name, true in zip(fit.names, truth, strict=True):
        assert abs(fit.parameters[name] - true) < 3 * fit.standard_errors[name]
    assert x.mean() == pytest.approx(model.expected(truth, T).mean(), rel=0.05)


def test_the_delta_method_agrees_with_a_parametric_bootstrap() -> None:
    rows, fit = sample(), BG_NBD.fit(sample())
    dice, T = np.random.default_rng(20261122), rows.each(rows.T)
    again = [BG_NBD.fit(from_arrays(*BG_NBD.simulate(fit.values, T, dice), T)).values for _ in range(60)]
    spread = np.std([float(BG_NBD.expected(values, 52)) for values in again], ddof=1)
    assert float(fit.error_of(lambda *values: BG_NBD.expected(values, 52))) == pytest.approx(spread, rel=0.3)


def test_made_up_values_give_their_parameters_back() -> None:
    truth, dice = (6.25, 3.74, 15.44), np.random.default_rng(20261122)
    x = dice.geometric(0.3, 20_000).astype(float)
    fit = gamma_gamma.fit(gamma_gamma.Money(x, gamma_gamma.simulate(truth, x, dice), 0, 0.0))
    for name, true in zip(fit.names, truth, strict=True):
        assert abs(fit.parameters[name] - true) < 3 * fit.standard_errors[name]


@given(st.tuples(size, size, size), st.integers(1, 3000), st.floats(0.01, 1e7))
def test_the_slopes_of_gamma_gamma_are_those_of_its_log_likelihood(
    values: Sequence[float], x: int, mean: float
) -> None:
    at, slope = np.asarray(values), gamma_gamma.gradient(values, [x], [mean])[:, 0]
    level = (values[0] * x + values[1]) * np.log(x * mean + values[2] + x + 10)  # of the terms that nearly cancel
    for index in range(3):
        step = np.zeros(3)
        step[index] = at[index] * 1e-4
        up, down = (gamma_gamma.log_likelihood((at + sign * step).tolist(), [x], [mean])[0] for sign in (1, -1))
        assert (up - down) / 2e-4 == pytest.approx(slope[index] * at[index], rel=1e-5, abs=1e-8 * level)


@given(st.floats(0.1, 10), st.floats(1.01, 10), st.floats(0.1, 100), st.integers(1, 3000), st.floats(0.1, 1000))
def test_the_expected_value_lies_between_the_customer_s_own_and_everybody_s(
    p: float, q: float, gamma: float, x: int, mean: float
) -> None:
    everybody = float(gamma_gamma.expected((p, q, gamma), 0, np.nan))
    own = float(gamma_gamma.expected((p, q, gamma), x, mean))
    assert min(everybody, mean) * (1 - 1e-9) <= own <= max(everybody, mean) * (1 + 1e-9)


# ---- against the closed forms -----------------------------------------------------------------------------------------


@given(st.tuples(st.floats(0.1, 5), st.floats(1, 20), st.floats(0.3, 3), st.floats(0.5, 5)), st.floats(0.1, 50))
def test_expectations_equal_the_published_hypergeometric_forms_where_those_are_sound(
    values: tuple[float, float, float, float], t: float
) -> None:
    r, alpha, a, b = values
    assume(abs(a - 1) > 0.05 and a + b > 1.05)
    z = t / (alpha + t)
    low = (alpha / (alpha + t)) ** r
    bg = (a + b - 1) / (a - 1) * (1 - low * hyp2f1(r, b, a + b - 1, z))
    mbg = b / (a - 1) * (1 - low * hyp2f1(r, b + 1, a + b, z))
    assert float(BG_NBD.expected(values, t)) == pytest.approx(bg, rel=1e-7)
    assert float(MBG_NBD.expected(values, t)) == pytest.approx(mbg, rel=1e-7)


def test_expectations_pass_smoothly_through_a_of_1_where_the_closed_form_divides_by_0() -> None:
    below, at, above = (float(BG_NBD.expected((0.5, 5, 1 + each, 2), 40)) for each in (-1e-9, 0.0, 1e-9))
    assert below == pytest.approx(at, rel=1e-8)
    assert above == pytest.approx(at, rel=1e-8)
    values = [float(pareto_nbd.expected((0.5, 5, 1 + each, 2), 40)) for each in (-1e-9, 0.0, 1e-9)]
    assert values == pytest.approx([values[1]] * 3, rel=1e-8)


@pytest.mark.parametrize(("s", "beta", "rate"), [(0.606, 11.669, 0.0027), (0.3, 2.0, 0.001), (1.4, 30.0, 0.01)])
def test_discounted_purchases_of_pareto_nbd_equal_the_published_form(s: float, beta: float, rate: float) -> None:
    """Fader, Hardie, Lee (2005), RFM and CLV: δ^(s−1) (β + T)^s Ψ(s, s; δ(β + T)), per purchase rate."""
    values, (x, t_x, T) = (0.55, 10.6, s, beta), (2, 30.0, 39.0)
    per_rate = rate ** (s - 1) * (beta + T) ** s * hyperu(s, s, rate * (beta + T))
    published = float(pareto_nbd.alive(values, x, t_x, T)) * (0.55 + x) / (10.6 + T) * per_rate
    assert float(pareto_nbd.discounted(values, rate, x, t_x, T)) == pytest.approx(published, rel=1e-9)


@given(st.floats(0.1, 5), st.floats(0.1, 200), st.floats(1e-4, 0.1))
def test_discounted_purchases_equal_the_plain_integral_where_scipy_s_psi_breaks_down(
    s: float, beta: float, rate: float
) -> None:
    """SciPy's Ψ(s, s; z) is off by 16 powers of ten near s = 4."""
    values, (x, t_x, T) = (0.55, 10.6, s, beta), (2, 30.0, 39.0)
    stay, _ = quad(lambda u: np.exp(-rate * u) * ((beta + T) / (beta + T + u)) ** s, 0, np.inf, epsabs=0, epsrel=1e-11)
    alive = float(pareto_nbd.alive(values, x, t_x, T)) * (0.55 + x) / (10.6 + T)
    assert float(pareto_nbd.discounted(values, rate, x, t_x, T)) == pytest.approx(alive * stay, rel=1e-9)


# ---- corners, against sums of 80 digits --------------------------------------------------------------------------------


def exact(value: float) -> Decimal:
    return Decimal(value)


def rising(start: Decimal, count: int) -> Decimal:
    product = Decimal(1)
    for step in range(count):
        product *= start + step
    return product


def gauss(a: Decimal, b: Decimal, c: Decimal, z: Decimal) -> Decimal:
    """Return ₂F₁(a, b; c; z), 0 ≤ z < 1, c > 0, as the sum of its (positive) terms."""
    term = total = Decimal(1)
    j = 0
    while term > total * Decimal("1e-50") or j < 50:
        term *= (a + j) * (b + j) / ((c + j) * (1 + j)) * z
        total += term
        j += 1
    return total


CORNERS = [
    # x, t_x, T: many purchases, long ago or just now; few in a long time
    (3000, 9999.0, 10_000.0), (3000, 9000.0, 10_000.0), (300, 30.0, 39.0), (300, 5.0, 6.0), (0, 0.0, 10_000.0),
    (1, 0.5, 10_000.0), (1, 9999.5, 10_000.0), (40, 38.0, 38.0),
]  # fmt: skip
VALUES = [(0.2426, 4.4136, 0.7929, 2.4259), (0.05, 0.5, 0.05, 0.1), (8.0, 90.0, 12.0, 30.0)]


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize(("x", "t_x", "T"), CORNERS)
@pytest.mark.parametrize("late", [0, 1])
def test_bg_and_mbg_nbd_at_the_corners(
    values: tuple[float, float, float, float],
    x: int,
    t_x: float,
    T: float,
    late: int,
) -> None:
    with localcontext() as context:
        context.prec = 80
        r, alpha, a, b, last, end = (exact(each) for each in (*values, t_x, T))
        rates = rising(r, x) * alpha**r
        stays = rising(b, x + late) / rising(a + b, x + late)
        there = (alpha + end) ** -(r + x)
        gone = a / (b + x + late - 1) * (alpha + last) ** -(r + x) if x + late else Decimal(0)
        likelihood = float((rates * stays * (there + gone)).ln())
        alive = float(there / (there + gone))
        t = Decimal(52)
        z, shape = t / (alpha + end + t), b + x + late
        ratio = ((alpha + end) / (alpha + end + t)) ** (r + x)
        ahead = (a + shape - 1) / (a - 1) * (1 - ratio * gauss(r + x, shape, a + shape - 1, z))
    model = MBG_NBD if late else BG_NBD
    assert float(model.log_likelihood(values, x, t_x, T)) == pytest.approx(likelihood, rel=1e-12)
    assert float(model.alive(values, x, t_x, T)) == pytest.approx(alive, rel=1e-9, abs=1e-300)
    assert float(model.expected_given(values, 52, x, t_x, T)) == pytest.approx(
        float(ahead) * alive, rel=1e-9, abs=1e-300
    )


PARETO = [(0.553, 10.578, 0.606, 11.669), (0.05, 0.5, 3.0, 200.0), (8.0, 90.0, 0.05, 0.5)]


@pytest.mark.parametrize("values", PARETO)
@pytest.mark.parametrize(("x", "t_x", "T"), CORNERS)
def test_pareto_nbd_at_the_corners(
    values: tuple[float, float, float, float],
    x: int,
    t_x: float,
    T: float,
) -> None:
    """The difference of two ₂F₁, as published (Fader, Hardie: note 009), in 200 digits, so that it may cancel."""
    with localcontext() as context:
        context.prec = 200
        r, alpha, s, beta, last, end = (exact(each) for each in (*values, t_x, T))
        power = r + s + x
        large, second = (alpha, s + 1) if alpha >= beta else (beta, r + x)
        difference = abs(alpha - beta)

        def part(y: Decimal) -> Decimal:
            z = difference / (large + y)  # by Euler's transformation, which converges at least as well
            series = gauss(Decimal(1), power + 1 - second, power + 1, z)
            return series * (1 - z) ** (1 - second) / (large + y) ** power

        rates = rising(r, x) * alpha**r * beta**s
        there = (alpha + end) ** -(r + x) * (beta + end) ** -s
        gone = s / power * (part(last) - part(end))
        likelihood, alive = float((rates * (there + gone)).ln()), float(there / (there + gone))
    assert float(pareto_nbd.log_likelihood(values, x, t_x, T)[0]) == pytest.approx(likelihood, rel=1e-11)
    assert float(pareto_nbd.alive(values, x, t_x, T)) == pytest.approx(alive, rel=1e-9, abs=1e-300)


@EVERY
@settings(max_examples=60)
@given(
    st.tuples(*[st.floats(-4, 4).map(lambda power: 10.0**power)] * 4),
    customer(),
    st.floats(0, 4).map(lambda power: 10.0**power),
)
def test_nothing_overflows_and_nothing_is_nan(
    model: Any, values: Sequence[float], who: tuple[float, float, float], t: float
) -> None:
    answers = [
        model.log_likelihood(values, *who), model.gradient(values, *who), model.alive(values, *who),
        model.expected(values, t), model.expected_given(values, t, *who), model.discounted(values, 0.002, *who),
    ]  # fmt: skip
    assert all(np.isfinite(each).all() for each in answers)


@EVERY
def test_nobody_expects_nothing(model: Any) -> None:
    nobody = np.empty(0)
    assert model.expected_given((1, 1, 1, 1), 52, nobody, nobody, nobody).shape == (0,)
    assert model.discounted((1, 1, 1, 1), 0.01, nobody, nobody, nobody).shape == (0,)
    assert model.log_likelihood((1, 1, 1, 1), nobody, nobody, nobody).shape == (0,)


def test_every_model_can_be_chosen_by_its_word() -> None:
    regular = [f"{late}bg_cnbd_{k}" for late in ("", "m") for k in range(2, 13)]
    assert [(word, model.MODEL) for word, model in MODELS.items()] == [
        (word, word) for word in ("bg_nbd", "mbg_nbd", "pareto_nbd", *regular)
    ]
