"""Lifetime value, churn and customer equity of whole portfolios: each method by hand, its laws, and what is refused."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import GOLDEN, golden, portfolio_of
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS
from hypothesis import given
from hypothesis import strategies as st

from engine.commands.intake import Request, take_in
from engine.definition.definition import Definition
from engine.language.errors import Refusal
from engine.lists.summary import summarise
from engine.measures.value.lifetime import METHODS, churn_probability, customer_equity, lifetime_values, lifetimes
from engine.models import simple
from engine.models.contracts import bdw, sbg
from engine.models.contracts.contracts import contract_model
from engine.models.estimate import interval, terms_of
from engine.models.fitting import Fit
from engine.models.purchases.beta_geometric import BG_NBD
from engine.models.purchases.choice import MODELS
from engine.models.purchases.discrete import discrete_estimate, occasions_of, periods_back
from engine.models.purchases.histories import from_arrays
from engine.models.purchases.purchases import purchases_of, silent
from engine.models.simple_methods import chains_of
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from engine.cleaning.tables import Tables
    from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 3, 31)


@pytest.fixture(scope="module")
def cdnow_tables() -> Tables:
    found = [each for each in importlib.metadata.files("lifetimes") or () if each.name == "CDNOW_sample.txt"]
    return take_in(Request(files={"orders": Path(str(found[0].locate()))}))[0]


@pytest.fixture(scope="module")
def cdnow(cdnow_tables: Tables) -> Portfolio:
    return score(cdnow_tables)


def columns(block: list[list[object]]) -> dict[str, list[object]]:
    return {str(header): [row[place] for row in block[1:]] for place, header in enumerate(block[0])}


@pytest.fixture(scope="module")
def book() -> Portfolio:
    """Eleven buyers with a rhythm of their own and costs, the last lapsed, and one who never ordered."""
    return portfolio_of(columns(BOOK_CUSTOMERS), columns(BOOK_ORDERS), as_of=date(2026, 3, 31))


def contract_columns(customers: int = 600, seed: int = 3) -> dict[str, list[Any]]:
    """Contracts begun over ten years, renewed each year with a probability of the customer's own (sBG .668, 3.806)."""
    dice = np.random.default_rng(seed)
    leaves = dice.geometric(dice.beta(0.668, 3.806, customers))
    starts = [date(2016, 4, 1) + timedelta(days=int(days)) for days in dice.integers(0, 3_600, customers)]
    ends = [_years_on(start, int(years)) - timedelta(days=1) for start, years in zip(starts, leaves, strict=True)]
    return {
        "顧客ID": [f"K{place}" for place in range(customers)],
        "顧客名": [f"契約先{place}" for place in range(customers)],
        "年間売上": [1_000_000 + 1_000 * place for place in range(customers)],
        "契約開始日": starts,
        "契約終了日": [end if end < AS_OF else "" for end in ends],
    }


def _years_on(day: date, years: int) -> date:
    return date(min(day.year + years, 9000), day.month, day.day) if (day.month, day.day) != (2, 29) else day


@pytest.fixture(scope="module")
def contracts() -> Portfolio:
    return portfolio_of(contract_columns(), as_of=AS_OF)


# ---- without contracts: purchases × value ------------------------------------------------------------------------------


def test_the_likelier_purchase_model_answers_and_the_result_says_so(cdnow: Portfolio) -> None:
    found = lifetimes(cdnow)
    assert (found.method, found.model) == ("btyd", "mbg_nbd")
    assert "BG/NBD" in found.answered.ja
    assert "log-likelihood" in found.answered.en
    assert "Gamma-Gamma" in found.answered.ja
    for word in ("売上", "5年", "10.0%", "連続割引", "95%", "デルタ法"):
        assert word in found.convention.ja
    for word in ("sales", "5 years", "10.0%", "continuously", "95%", "delta method"):
        assert word in found.convention.en
    assert [fit["model"] for fit in found.fits] == ["mbg_nbd", "gamma_gamma"]


def test_a_value_is_purchases_to_come_times_their_worth(cdnow: Portfolio) -> None:
    found, purchases = lifetimes(cdnow, years=2, rate=0.0), purchases_of(cdnow)
    rows, fit = purchases.histories, purchases.choice.fit
    ahead = MODELS[fit.model].expected_given(fit.values, 2 * 365.25 / 7, rows.x, rows.t_x, rows.T)
    by_hand = rows.each(ahead) * purchases.money.mean * 100  # cents
    assert found.frame["mid"].to_numpy(float) == pytest.approx(by_hand, rel=1e-6)


def test_silence_is_as_likely_as_the_simulated_customers_are_silent() -> None:
    truth, dice = (0.5, 4.0, 0.8, 2.5), np.random.default_rng(11)
    observed, ahead = 40.0, 10.0
    x, t_x = BG_NBD.simulate(truth, np.full(400_000, observed + ahead), dice)
    # Whoever bought last by the end of the observation was silent after it: compare shares among equal histories.
    quiet = (x == 1) & (t_x < observed)
    rows = from_arrays(x[quiet], t_x[quiet], np.full(int(quiet.sum()), observed))
    fit = Fit("bg_nbd", BG_NBD.NAMES, dict(zip(BG_NBD.NAMES, truth, strict=True)), {}, np.eye(4), 0, 0, 0, True, 0)
    # Each silent history stands for 1 ÷ P(silent) histories: their number is that of all with one purchase by then.
    weight = float((rows.counts / silent("bg_nbd", fit, rows, ahead)).sum())
    probabilities = BG_NBD.counted(truth, observed, 1)
    assert weight / 400_000 == pytest.approx(float(probabilities[1]), rel=0.02)


def test_returns_and_single_buyers_have_values_or_reasons(cdnow: Portfolio) -> None:
    frame = lifetimes(cdnow).frame
    assert ((frame["mid"].isna()) == frame["reason_ja"].notna()).all()
    assert (frame["low"] <= frame["mid"]).all()
    assert (frame["mid"] <= frame["high"]).all()


def test_where_gamma_gamma_is_refused_the_own_mean_stands_for_it(cdnow_tables: Tables) -> None:
    assert cdnow_tables.orders is not None
    flat = cdnow_tables.orders.drop_duplicates(["customer", "date"]).assign(amount=1_000)
    portfolio = score(replace(cdnow_tables, orders=flat))  # one and the same price: no spread to model
    found = lifetimes(portfolio)
    assert "本人の平均(Gamma-Gammaは不可" in found.answered.ja
    assert "own mean (Gamma-Gamma refused" in found.answered.en
    assert purchases_of(portfolio).money.mean == pytest.approx(np.full(2_357, 10.0))
    assert [fit["model"] for fit in found.fits] == [found.model]
    assert found.frame["mid"].notna().all()


def test_scaling_money_scales_the_values(cdnow: Portfolio, cdnow_tables: Tables) -> None:
    assert cdnow_tables.orders is not None
    dear = score(replace(cdnow_tables, orders=cdnow_tables.orders.assign(amount=7 * cdnow_tables.orders["amount"])))
    for method in METHODS:
        one, seven = (lifetimes(each, method=method).frame["mid"].to_numpy(float) for each in (cdnow, dear))
        known = ~np.isnan(one)
        assert (known == ~np.isnan(seven)).all()
        assert seven[known] == pytest.approx(7 * one[known], rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_values_rise_with_years_and_fall_with_the_rate(cdnow: Portfolio, book: Portfolio, method: str) -> None:
    for portfolio in (cdnow, book) if method in ("markov", "simple") else (cdnow,):  # the others need more customers
        by_years = [lifetimes(portfolio, years, None, method).frame["mid"] for years in (0.5, 1, 3, 5.5)]
        for less, more in pairwise(by_years):
            assert (less <= more * (1 + 1e-9) + 1e-6).all()
        if method != "simple":
            by_rate = [lifetimes(portfolio, 5, rate, method).frame["mid"] for rate in (0.0, 0.1, 0.4)]
            for cheap, dear in pairwise(by_rate):
                assert (dear <= cheap * (1 + 1e-9) + 1e-6).all()


def test_nothing_of_the_portfolio_is_changed_and_a_fit_is_made_once(cdnow: Portfolio) -> None:
    before = cdnow.customers
    orders = None if cdnow.orders is None else cdnow.orders.copy()
    first = lifetimes(cdnow, 3)
    customer_equity(cdnow, 3)
    churn_probability(cdnow, 30)
    pd.testing.assert_frame_equal(cdnow.frame, before)
    assert cdnow.orders is not None
    assert orders is not None
    pd.testing.assert_frame_equal(cdnow.orders, orders)
    assert lifetimes(cdnow, 3) is first
    assert purchases_of(cdnow) is purchases_of(cdnow)


# ---- the methods that need few data ------------------------------------------------------------------------------------


def without_priors(book: Portfolio, *rows: tuple[str, float]) -> Portfolio:
    """Return the same run where priors never help, so that the data alone decide which method can answer."""
    return score(book.tables, Definition.from_rows([("priors.min_purchases", 1_000_000), *rows]), book.as_of)


def test_few_customers_are_answered_with_priors_and_it_is_said(book: Portfolio) -> None:
    found = lifetimes(book)
    assert found.method == "btyd"
    assert "事前分布による" in found.answered.ja
    assert "with priors" in found.answered.en
    assert found.fits[0]["prior"]


def test_small_data_fall_back_and_say_what_was_passed_over(book: Portfolio) -> None:
    bare = without_priors(book)
    found = lifetimes(bare)
    assert found.method == "markov"
    assert "50社以上" in found.answered.ja
    assert "50 customers" in found.answered.en
    with pytest.raises(Refusal, match="50社以上") as refused:
        lifetimes(bare, method="btyd")
    assert refused.value.kind == "too_little_data"


def small(**extra: Any) -> Portfolio:
    """Two customers: A bought 100 on five days of the last year and 100 before, B twice; with costs of 60 %."""
    orders: dict[str, list[Any]] = {
        "顧客ID": ["A"] * 6 + ["B"] * 2,
        "取引日": [*(date(2025, month, 10) for month in (5, 7, 9, 11, 12)), date(2024, 6, 1), date(2025, 6, 1), AS_OF],
        "金額": [100] * 5 + [100, 300, 500],
        "原価": [60] * 5 + [60, 180, 300],
    }
    return portfolio_of(None, orders | extra, as_of=AS_OF)


def test_the_simple_method_by_hand() -> None:
    found = lifetimes(small(), years=3, method="simple")
    # A: 5 orders of 100 in twelve months, gross profit 40 each, three years; B has only two purchases, three are needed
    assert found.frame["mid"].tolist()[0] == 5 * 40 * 3
    assert pd.isna(found.frame["mid"].iloc[1])
    assert "3回" in str(found.frame["reason_ja"].iloc[1])
    assert "3 needed" in str(found.frame["reason_en"].iloc[1])
    # five orders of 40 as a compound Poisson process: the variance of their sum is 5 · 40²
    assert found.frame["high"].iloc[0] == pytest.approx(600 + 1.959964 * 5**0.5 * 40 * 3, rel=1e-6)
    assert found.frame["low"].iloc[0] == pytest.approx(600 - 1.959964 * 5**0.5 * 40 * 3, rel=1e-6)
    assert "割引率: なし" in found.convention.ja
    assert "粗利" in found.convention.ja
    with pytest.raises(Refusal, match="簡易は割引をしない"):
        lifetimes(small(), rate=0.1, method="simple")


def test_returns_that_eat_up_the_sales_leave_the_sign_open() -> None:
    orders = {
        "顧客ID": ["A"] * 4,
        "取引日": [date(2025, month, 3) for month in (5, 6, 7, 8)],
        "金額": [90, 90, 90, -265],
    }
    row = lifetimes(portfolio_of(None, orders, as_of=AS_OF), years=1, method="simple").frame.iloc[0]
    assert row["low"] < 0 < row["mid"] == 5 < row["high"] < 1_000


def test_costs_decide_the_basis_for_everybody_or_nobody() -> None:
    found = lifetimes(small(原価=[60] * 7 + [""]), years=1, method="simple")
    assert "売上" in found.convention.ja  # seven of eight lines have a cost: below nine in ten
    assert found.frame["mid"].iloc[0] == 500
    definition = Definition.from_rows([("ltv.cost_share", 0.8)])
    orders = small(原価=[60] * 7 + [""]).tables
    mixed = lifetimes(score(orders, definition, AS_OF), years=1, method="simple")
    assert "粗利" in mixed.convention.ja
    assert mixed.frame["mid"].iloc[0] == 200
    assert mixed.frame["reason_ja"].iloc[1] is not None


def buyers(kept: int, left: int) -> Portfolio:
    """Customers who bought 100 both years (`kept`), and others who bought only in the year before."""
    identity = [f"C{place}" for place in range(kept + left)]
    orders = {
        "顧客ID": [*identity, *identity[:kept]],
        "取引日": [date(2024, 10, 1)] * (kept + left) + [date(2025, 10, 1)] * kept,
        "金額": [100] * (2 * kept + left),
    }
    return portfolio_of(None, orders, as_of=AS_OF)


def test_the_retention_method_by_hand() -> None:
    found = lifetimes(buyers(32, 8), years=2, rate=0.1, method="retention")
    assert "80.0%" in found.answered.ja
    assert "n=40" in found.answered.en
    assert found.frame["mid"].iloc[0] == pytest.approx(100 * (0.8 / 1.1 + (0.8 / 1.1) ** 2))
    assert found.frame["mid"].iloc[-1] == 0  # nothing was bought in the last twelve months
    assert "1期後" in found.convention.ja
    long = lifetimes(buyers(32, 8), years=50, rate=0.1, method="retention").frame["mid"].iloc[0]
    assert round(float(long) / 100, 2) == 2.67  # Gupta, Lehmann 2003: m·r/(1+i−r)


def test_too_few_customers_have_no_retention_rate() -> None:
    with pytest.raises(Refusal, match="20社以上必要です\\(実15社\\)") as refused:
        lifetimes(buyers(10, 5), method="retention")
    assert refused.value.kind == "too_little_data"


def test_a_rate_of_one_among_few_is_not_certain() -> None:
    found = lifetimes(buyers(25, 0), method="retention").frame
    assert (found["low"] < found["mid"]).all()


def test_the_chain_by_hand(book: Portfolio) -> None:
    chains = chains_of(book)
    found = lifetimes(book, years=91 / 365.25, rate=0.0, method="markov")
    chance = chains.counted[0].probability[0]
    customer = int(np.flatnonzero(chains.recency == 1)[0])
    assert book.orders is not None
    lines = book.orders[book.orders["customer"] == customer]
    age = (pd.Timestamp(book.as_of) - lines["date"]).dt.days // 91
    per_period = float((lines["amount"] - lines["cost"].astype("int64")).sum()) / age.nunique()
    assert found.frame["mid"].iloc[customer] == pytest.approx(chance * per_period)


def test_groups_have_rates_of_their_own_where_they_have_enough() -> None:
    identity = [f"C{place}" for place in range(90)]
    kept = [*identity[:40], *identity[50:60]]
    orders = {
        "顧客ID": [*identity, *kept],
        "取引日": [date(2024, 10, 1)] * 90 + [date(2025, 10, 1)] * len(kept),
        "金額": [100] * (90 + len(kept)),
    }
    customers = {"顧客ID": identity, "顧客名": identity, "業界": ["製造"] * 50 + ["飲食"] * 30 + ["IT"] * 10}
    definition = Definition.from_rows([("ltv.group", "industry")])
    portfolio = portfolio_of(customers, orders, AS_OF, definition)
    found = lifetimes(portfolio, years=1, rate=0.0, method="retention")
    assert "製造 80.0%" in found.answered.ja
    assert "飲食 33.3%" in found.answered.ja
    assert "IT" not in found.answered.ja  # ten are too few: the company's rate stands for them
    assert found.frame["mid"].iloc[0] == pytest.approx(80)
    assert lifetimes(portfolio, method="markov").method == "markov"
    wrong = score(portfolio.tables, Definition.from_rows([("ltv.group", "industri")]), AS_OF)
    with pytest.raises(Refusal, match=r"ltv\.group"):
        lifetimes(wrong, method="retention")


# ---- contracts ---------------------------------------------------------------------------------------------------------


def test_contracts_are_valued_by_sbg_or_bdw(contracts: Portfolio) -> None:
    found = lifetimes(contracts)
    assert found.method == "btyd"
    assert found.model in ("sbg", "bdw")
    assert "契約型" in found.answered.ja
    assert "contracts" in found.answered.en
    if found.model == "sbg":
        assert found.fits[0]["parameters"]["alpha"] == pytest.approx(0.668, abs=0.25)
    ended = contracts.tables.customers["contract_end"].notna().to_numpy()
    frame = found.frame
    assert (frame["mid"][ended] == 0).all()
    assert (frame["mid"][~ended] > 0).all()
    assert (frame["low"][~ended] < frame["mid"][~ended]).all()


def test_a_contract_value_by_hand(contracts: Portfolio) -> None:
    found, model = lifetimes(contracts, years=2, rate=0.1), contract_model(contracts)
    at = int(np.flatnonzero(model.contracts.active & (model.contracts.age == 3))[0])
    survival = {"sbg": sbg, "bdw": bdw}[found.model].survival
    shares = survival(*model.fit.parameters.values(), np.array([3.0, 4.0, 5.0]))
    margin = float(contracts.frame["sales_12m"].iloc[at])
    by_hand = margin * (shares[1] / shares[0] / 1.1 + shares[2] / shares[0] / 1.21)
    assert found.frame["mid"].iloc[at] == pytest.approx(by_hand)
    churn = churn_probability(contracts, float(model.contracts.next_renewal[at]))
    assert churn.probability[at] == pytest.approx(1 - shares[1] / shares[0])
    if model.contracts.next_renewal[at] > 1:  # nobody can leave before the next renewal
        assert churn_probability(contracts, model.contracts.next_renewal[at] - 1).probability[at] == 0
    assert (churn.probability[~model.contracts.active] == 1).all()


def test_customers_without_a_contract_start_have_a_reason() -> None:
    given = contract_columns(120)
    given["契約開始日"][0] = ""
    portfolio = portfolio_of(given, as_of=AS_OF)
    found = lifetimes(portfolio).frame
    assert pd.isna(found["mid"].iloc[0])
    assert "契約開始日" in found["reason_ja"].iloc[0]
    assert np.isnan(churn_probability(portfolio).probability[0])


def test_too_few_contracts_are_refused() -> None:
    with pytest.raises(Refusal, match="30社以上必要です\\(実12社\\)"):
        lifetimes(portfolio_of(contract_columns(12), as_of=AS_OF), method="btyd")


# ---- churn -------------------------------------------------------------------------------------------------------------


def test_churn_is_a_probability_that_falls_with_the_days(
    cdnow: Portfolio, book: Portfolio, contracts: Portfolio
) -> None:
    for portfolio in (cdnow, book):  # silence of more days is rarer
        values = [churn_probability(portfolio, days).probability for days in (1, 30, 365)]
        known = ~np.isnan(values[0])
        assert all(((each[known] >= 0) & (each[known] <= 1)).all() for each in values)
        assert (np.diff(np.stack(values)[:, known], axis=0) <= 1e-12).all()
    values = [churn_probability(contracts, days).probability for days in (1, 365, 1000)]
    assert (np.diff(np.stack(values), axis=0) >= -1e-12).all()  # a contract has more chances to end


def test_churn_says_what_it_means_and_who_has_none(book: Portfolio, cdnow: Portfolio) -> None:
    assert "事前分布による" in churn_probability(book, 90).answered.ja
    found = churn_probability(without_priors(book), 90)
    assert found.model == "markov"
    assert "今後90日間に購入がない確率" in found.answered.ja
    assert "no purchase within 90 days" in found.answered.en
    never = BOOK_CUSTOMERS[-1][1]
    place = book.position(str(never))
    assert np.isnan(found.probability[place])
    reason = found.reasons[place]
    assert reason is not None
    assert reason.ja == "取引がない"
    assert churn_probability(cdnow).model == "mbg_nbd"
    assert churn_probability(cdnow).days == 365


def test_whoever_bought_just_now_is_less_likely_to_stay_away(cdnow: Portfolio) -> None:
    rows = purchases_of(cdnow).histories
    silence = silent(purchases_of(cdnow).choice.model, purchases_of(cdnow).choice.fit, rows, 13.0)
    often = (rows.x >= 5) & (rows.t_x > rows.T - 2)
    gone = (rows.x >= 5) & (rows.t_x < rows.T - 52)
    assert silence[often].max() < silence[gone].min()


# ---- the whole ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [None, "markov", "retention"])
def test_the_customer_equity_runs_off_to_its_total(cdnow: Portfolio, method: str | None) -> None:
    equity = customer_equity(cdnow, method=method)
    assert len(equity.run_off) == 5
    assert sum(equity.run_off) == pytest.approx(equity.total)
    assert list(equity.run_off) == sorted(equity.run_off, reverse=True)  # nobody new joins
    present = cdnow.frame["state"].isin(["active", "new", "returned", "unknown"])
    assert equity.customers == present.sum()
    assert equity.total == pytest.approx(float(lifetimes(cdnow, method=method).frame["mid"][present].sum()))


def test_a_broken_horizon_runs_off_to_its_end(book: Portfolio) -> None:
    equity = customer_equity(book, years=2.5)
    assert len(equity.run_off) == 3
    assert equity.total == pytest.approx(sum(equity.run_off))
    assert (equity.customers, equity.unvalued) == (10, 0)


def test_segments_sum_to_the_customer_equity(book: Portfolio) -> None:
    table = summarise(book, "segment", ("customers", "ltv"))
    assert table["ltv"].sum() == pytest.approx(customer_equity(book).total, abs=len(table))
    assert lifetime_values(book).sum() == pytest.approx(customer_equity(book).total)
    assert "ltv" not in summarise(book, "segment").columns  # only whoever asks waits for a model


def test_a_table_alone_is_refused_with_what_is_missing() -> None:
    with pytest.raises(Refusal, match="取引") as refused:
        lifetimes(golden())
    assert refused.value.kind == "too_little_data"
    with pytest.raises(Refusal, match="取引"):
        churn_probability(golden())
    with pytest.raises(Refusal, match="取引"):
        summarise(golden(), "segment", ("ltv",))


@pytest.mark.parametrize("years", [0, -1, 51, float("nan")])
def test_a_horizon_that_cannot_be_is_refused(book: Portfolio, years: float) -> None:
    with pytest.raises(Refusal, match="年数"):
        lifetimes(book, years)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 10, float("nan")])
def test_a_rate_that_cannot_be_is_refused(book: Portfolio, rate: float) -> None:
    with pytest.raises(Refusal, match="割引率"):
        lifetimes(book, 5, rate)


@pytest.mark.parametrize("days", [0, -3, 1e9, float("nan")])
def test_days_that_cannot_be_are_refused(book: Portfolio, days: float) -> None:
    with pytest.raises(Refusal, match="日数"):
        churn_probability(book, days)


def test_an_unknown_method_is_refused(book: Portfolio) -> None:
    with pytest.raises(Refusal, match="方法「magic」"):
        lifetimes(book, method="magic")


def test_the_definition_gives_the_terms() -> None:
    definition = Definition.from_rows([("ltv.years", 3), ("ltv.rate", 0.05), ("ltv.confidence", 0.8)])
    portfolio = portfolio_of(GOLDEN, definition=definition, as_of=AS_OF)
    terms = terms_of(portfolio)
    assert (terms.years, terms.rate, terms.confidence) == (3, 0.05, 0.8)


@pytest.mark.parametrize(
    ("key", "value"),
    [("ltv.markov_days", 0), ("ltv.markov_states", 0), ("ltv.confidence", 1), ("ltv.confidence", 0)],
)
def test_a_definition_that_cannot_be_is_refused_by_name(book: Portfolio, key: str, value: float) -> None:
    portfolio = without_priors(book, (key, value))
    for method in ("markov", None):  # without a method it is not got round either
        with pytest.raises(Refusal, match=key.replace(".", r"\.")) as refused:
            lifetimes(portfolio, method=method)
        assert refused.value.kind == "missing_definition"


def test_an_unknown_unit_of_time_is_refused(book: Portfolio) -> None:
    portfolio = score(book.tables, Definition.from_rows([("value.unit", "year")]), book.as_of)
    with pytest.raises(Refusal, match=r"value\.unit"):
        occasions_of(portfolio)
    for asked in (lifetimes, churn_probability):
        with pytest.raises(Refusal, match="year"):
            asked(portfolio)


# ---- orders by period (BG/BB) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "until", "unit", "back"),
    [
        ("2026-03-31", "2026-03-31", "month", 0),
        ("2026-03-01", "2026-03-31", "month", 0),
        ("2026-02-28", "2026-03-31", "month", 1),
        ("2026-03-15", "2026-03-15", "month", 0),
        ("2026-02-16", "2026-03-15", "month", 0),
        ("2026-02-15", "2026-03-15", "month", 1),
        ("2025-03-15", "2026-03-15", "month", 12),
        ("2026-03-25", "2026-03-31", "week", 0),
        ("2026-03-24", "2026-03-31", "week", 1),
        ("2026-03-30", "2026-03-31", "day", 1),
    ],
)
def test_periods_are_counted_back_from_the_last_day(day: str, until: str, unit: str, back: int) -> None:
    assert periods_back(np.array([day], dtype="datetime64[D]"), date.fromisoformat(until), unit).tolist() == [back]


def test_bg_bb_reads_periods_off_the_orders(cdnow_tables: Tables) -> None:
    monthly = score(cdnow_tables, Definition.from_rows([("value.unit", "month")]))
    found = occasions_of(monthly)
    assert found.unit == "month"
    assert (found.x <= found.t_x).all()
    assert (found.t_x <= found.n).all()
    orders = cdnow_tables.orders
    assert orders is not None
    months = orders["date"].dt.year * 12 + orders["date"].dt.month
    distinct = months.groupby(orders["customer"]).nunique()
    assert found.x.tolist() == (distinct - 1).tolist()
    estimate = discrete_estimate(monthly, terms_of(monthly))
    assert estimate.model == "bg_bb"
    assert (estimate.low <= estimate.mid).all()
    weekly = lifetimes(monthly).frame["mid"].sum()
    assert estimate.mid.sum() == pytest.approx(float(weekly), rel=0.25)  # two models of the same orders


# ---- the interval --------------------------------------------------------------------------------------------------


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.floats(0.5, 0.999))
def test_the_interval_holds_the_value_and_keeps_its_sign(mid: float, error: float, confidence: float) -> None:
    low, high = interval(np.array([mid]), np.array([error]), confidence)
    assert low[0] <= mid <= high[0]
    assert low[0] * mid >= 0
    assert high[0] * mid >= 0
    wider = interval(np.array([mid]), np.array([2 * error]), confidence)
    assert wider[0][0] <= low[0]
    assert wider[1][0] >= high[0]


def test_the_interval_of_a_certain_value_is_the_value() -> None:
    low, high = interval(np.array([0.0, 100.0]), np.zeros(2), 0.95)
    assert low.tolist() == high.tolist() == [0, 100]
    assert float(simple.retained_multiple(0.0, 0.1, 5)[0]) == 0
