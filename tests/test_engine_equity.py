"""Customer equity by group, and portfolio at risk by two ways of telling: both add up to what the engine says elsewhere."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.cdnow import sample_tables
from helpers.reports import golden, sample

from engine.language.errors import Refusal
from engine.lists.summary import summarise
from engine.measures.value.equity import equity_by, exposure
from engine.measures.value.lifetime import churn_probability, customer_equity
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score


@pytest.fixture(scope="module")
def cdnow() -> Portfolio:
    return score(sample_tables(), as_of=date(1998, 6, 30))


@pytest.mark.parametrize("by", [None, "segment", "industry"])
def test_groups_add_up_to_the_customer_equity(by: str | None) -> None:
    whole, rows = customer_equity(sample()), equity_by(sample(), by)
    assert sum(row.mid for row in rows) == pytest.approx(whole.total)
    assert sum(row.customers for row in rows) == whole.customers
    assert sum(row.unvalued for row in rows) == whole.unvalued
    assert all(row.low <= row.mid <= row.high for row in rows)


def test_a_segments_equity_is_that_of_the_summary() -> None:
    table = summarise(sample(), "segment", ("ltv",)).set_index("group")["ltv"]
    for row in equity_by(sample(), "segment"):
        assert row.mid == pytest.approx(float(table[row.key]), abs=1.0), row.key  # the summary shows whole units


def test_the_table_of_probabilities_gives_what_the_test_of_customer_risk_judges() -> None:
    for portfolio in (sample(), golden()):
        (alert,) = (each for each in portfolio.alerts if each.code == "at_risk")
        assert exposure(portfolio).share == pytest.approx(alert.value)


def test_the_model_tells_of_those_it_can(cdnow: Portfolio) -> None:
    found = exposure(cdnow)
    likely = churn_probability(cdnow, 365).probability
    sales = np.maximum(cdnow.frame["sales_12m"].to_numpy(np.float64, na_value=0.0), 0)
    told = ~np.isnan(likely)
    assert found.modelled_loss == pytest.approx(float((sales[told] * likely[told]).sum()))
    assert found.modelled_share == pytest.approx(float((sales[told] * likely[told]).sum() / sales[told].sum()))
    assert found.method == "btyd"
    assert not found.contracts
    # Decision 0320: the grades are forecasts, so that both tell of the same year; they were 13.5 % and 30.9 % (decision 0218).
    assert found.share == pytest.approx(found.modelled_share, abs=0.03)
    assert found.modelled_share == pytest.approx(0.309, abs=5e-4)


def test_without_orders_the_model_is_not_there_and_says_why() -> None:
    found = exposure(golden())
    assert found.modelled_loss is None
    assert found.method is None
    assert "取引" in found.answered.ja
    assert [row.chance for row in found.rows] == [0.4, 0.15, 0.05]


def test_without_known_risk_nothing_is_told() -> None:
    found = exposure(portfolio_of({"顧客名": ["A", "B"], "年間売上": [100, 50]}, as_of=date(2026, 11, 22)))
    assert found.loss is None
    assert [row.level for row in found.rows] == ["unknown"]


def test_without_orders_there_is_no_equity() -> None:
    with pytest.raises(Refusal) as caught:
        equity_by(portfolio_of(GOLDEN, as_of=date(2026, 11, 22)), "segment")
    assert caught.value.kind == "too_little_data"
