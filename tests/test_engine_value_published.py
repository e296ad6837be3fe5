"""The purchase models give the published figures on CDNOW, to the digits printed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from helpers.cdnow import master, sample

from engine.models.fitting import Fit
from engine.models.purchases import gamma_gamma, pareto_nbd
from engine.models.purchases.beta_geometric import BG_NBD, MBG_NBD
from engine.models.purchases.choice import MODELS, choose


@cache
def fitted(model: str) -> Fit:
    return MODELS[model].fit(sample())


def test_bg_nbd_on_the_sample() -> None:
    fit = fitted("bg_nbd")
    # Fader, Hardie, Lee (2005), table 2: r .243, α 4.414, a .793, b 2.426, log-likelihood −9582.4
    assert [round(value, 3) for value in fit.values] == [0.243, 4.414, 0.793, 2.426]
    assert round(fit.log_likelihood, 1) == -9582.4
    # the same to more digits, as three implementations agree
    assert [round(value, digits) for value, digits in zip(fit.values, (6, 5, 5, 5), strict=True)] == [
        0.242595, 4.41360, 0.79292, 2.42591,
    ]  # fmt: skip
    assert round(fit.log_likelihood, 4) == -9582.4292
    assert fit.customers == 2357


def test_bg_nbd_expects_1226_purchases_of_the_first_customer() -> None:
    # Hardie's spreadsheet note on the BG/NBD: E[X(39) | x = 2, t_x = 30.43, T = 38.86] = 1.226
    assert round(float(BG_NBD.expected_given(fitted("bg_nbd").values, 39, 2, 30.43, 38.86)), 3) == 1.226


def test_bg_nbd_expects_of_a_new_customer_what_the_spreadsheet_note_prints() -> None:
    # Hardie's spreadsheet note on the BG/NBD: E[X(t)] for t = .1429, 1, 3, 31.857, 32
    expected = BG_NBD.expected(fitted("bg_nbd").values, [0.1429, 1, 3, 31.857, 32])
    assert np.round(expected, 4).tolist() == [0.0078, 0.0532, 0.1506, 1.0405, 1.0437]


def test_the_printed_1_8576_at_78_weeks_is_the_series_cut_at_its_150th_term() -> None:
    """The note prints E[X(78)] = 1.8576; summed to its end, its own formula gives 1.8580, and so do we."""
    r, alpha, a, b = fitted("bg_nbd").values
    z = 78 / (alpha + 78)

    def spreadsheet(terms: int) -> float:
        j = np.arange(terms)
        series = 1 + np.cumprod((r + j) * (b + j) / ((a + b - 1 + j) * (1 + j)) * z).sum()
        return float((a + b - 1) / (a - 1) * (1 - (alpha / (alpha + 78)) ** r * series))

    assert round(spreadsheet(150), 4) == 1.8576
    assert BG_NBD.expected((r, alpha, a, b), 78) == pytest.approx(spreadsheet(5000), rel=1e-12)
    assert round(float(BG_NBD.expected((r, alpha, a, b), 78)), 4) == 1.8580


def test_bg_nbd_expects_1444_purchases_in_a_year() -> None:
    # BTYD vignette: 1.444004, at parameters where its quasi-Newton method had stopped; at the maximum it is 1.444012
    assert float(BG_NBD.expected(fitted("bg_nbd").values, 52)) == pytest.approx(1.444004, abs=1e-5)


def test_bg_nbd_on_all_customers() -> None:
    fit = BG_NBD.fit(master())
    assert fit.customers == 23_570
    # numbers agreed by three implementations: .251624, 4.788945, .723433, 2.161087; −95368.4439. Theirs stop where the slope is
    # small; the last digit printed moves by up to 2 on the way to the maximum, which ours proves by a slope of 0.
    assert fit.values == pytest.approx((0.251624, 4.788945, 0.723433, 2.161087), abs=3e-6)
    assert round(fit.log_likelihood, 4) == -95368.4439
    rows = master()
    theirs = rows.counts @ BG_NBD.log_likelihood((0.251624, 4.788945, 0.723433, 2.161087), rows.x, rows.t_x, rows.T)
    assert 0 <= fit.log_likelihood - float(theirs) < 1e-6


def test_pareto_nbd_on_the_sample() -> None:
    fit = fitted("pareto_nbd")
    # Fader, Hardie, Lee (2005); log-likelihood and standard errors from the tests of CLVTools
    assert [round(value, 3) for value in fit.values] == [0.553, 10.578, 0.606, 11.669]
    assert round(fit.log_likelihood, 3) == -9594.976
    errors = [fit.standard_errors[name] for name in fit.names]
    assert [round(error, digits) for error, digits in zip(errors, (4, 3, 3, 2), strict=True)] == [
        0.0476, 0.843, 0.187, 6.21,
    ]  # fmt: skip
    # BTYD vignette: E[X(52)]
    assert round(float(pareto_nbd.expected(fit.values, 52)), 6) == 1.473434


def test_gamma_gamma_on_the_sample() -> None:
    money = gamma_gamma.money_of(sample())
    fit = gamma_gamma.fit(money)
    # Fader, Hardie: note 025; log-likelihood from the tests of CLVTools
    assert [round(value, 2) for value in fit.values] == [6.25, 3.74, 15.44]
    assert round(fit.log_likelihood, 3) == -4055.918
    assert fit.customers == 946
    # note 025: E[M] of the first five customers
    bought = sample().each(sample().x)
    expected = gamma_gamma.expected(fit.values, bought[:5], sample().value[:5])
    assert np.round(expected, 2).tolist() == [24.65, 18.91, 35.17, 35.17, 35.17]
    # Fader, Hardie, Lee (2005), RFM and CLV: a correlation of .11 between the number of purchases and their mean value
    assert round(money.correlation, 2) == 0.11


def test_the_likelier_of_bg_and_mbg_nbd_answers_and_says_why() -> None:
    choice = choose(sample())
    assert choice.fits["mbg_nbd"].log_likelihood > choice.fits["bg_nbd"].log_likelihood
    assert choice.model == "mbg_nbd"
    assert choice.fit is choice.fits["mbg_nbd"]
    assert choice.why.ja.startswith("MBG/NBDモデルを使いました。対数尤度-9,582.14")
    assert choice.why.en.startswith("The MBG/NBD model answers: its log-likelihood of -9,582.14")


def test_a_model_asked_for_answers_alone() -> None:
    choice = choose(sample(), ["pareto_nbd"])
    assert choice.model == "pareto_nbd"
    assert choice.why.ja == "指定されたPareto/NBDモデルを使いました"


def test_maximum_likelihood_is_not_pulled_by_a_prior() -> None:
    """Default priors of a Bayesian library give a = .7057 on the same data."""
    assert round(fitted("bg_nbd").parameters["a"], 3) == 0.793


def test_mbg_nbd_expects_less_of_those_that_never_came_back() -> None:
    once = (0, 0, 38.86)
    assert float(BG_NBD.alive(fitted("bg_nbd").values, *once)) == 1
    assert 0 < float(MBG_NBD.alive(fitted("mbg_nbd").values, *once)) < 1
