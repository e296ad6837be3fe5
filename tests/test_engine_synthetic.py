"""The companies of known truth: what came follows the truth, and the purchase model finds it where it should."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import synthetic

from engine.models.purchases.beta_geometric import BG_NBD
from engine.models.purchases.histories import from_tables
from engine.scoring.scoring import score

HORIZON = 366  # holds every renewal of a contract


@pytest.mark.parametrize("kind", synthetic.KINDS)
@pytest.mark.parametrize("drift", [0.0, 0.5])
def test_losses_scatter_around_the_truth_in_every_fifth_of_every_kind(kind: str, drift: float) -> None:
    company = synthetic.company(kind, 3000, seed=7, horizon=HORIZON, drift=drift)
    assert ((company.p_lost >= 0) & (company.p_lost <= 1)).all()
    for fifth in np.array_split(np.argsort(company.p_lost, kind="stable"), 5):
        truth = company.p_lost[fifth]
        assert abs(company.lost[fifth].mean() - truth.mean()) <= synthetic.tolerance(truth)


@pytest.mark.parametrize("kind", synthetic.KINDS)
def test_the_past_holds_nothing_of_the_horizon_and_the_whole_tells_who_was_lost(kind: str) -> None:
    company = synthetic.company(kind, 40, seed=3, horizon=HORIZON)
    past, whole = company.tables.orders, company.whole.orders
    assert past is not None
    assert whole is not None
    assert past["date"].max() <= np.datetime64(company.as_of)
    assert company.tables.customers["customer_id"].tolist() == company.customers["顧客ID"].tolist()
    after = whole[whole["date"] > np.datetime64(company.as_of)]
    assert (np.bincount(after["customer"], minlength=40) == 0).tolist() == company.lost.tolist()
    assert np.bincount(after["customer"], after["amount"], minlength=40).astype(int).tolist() == (
        company.sales_after.tolist()
    )


def test_equal_seeds_give_equal_companies_of_any_size() -> None:
    for count in (20, 20_000):
        one, two = (synthetic.company("one_time", count, seed=5) for _ in range(2))
        assert one.orders.equals(two.orders)
        assert len(one.p_lost) == count
        assert not one.orders.equals(synthetic.company("one_time", count, seed=6).orders)
    with pytest.raises(ValueError, match="regular"):
        synthetic.company("irregular", 20, seed=1)


def test_drift_changes_the_chance_of_leaving_over_the_years() -> None:
    calm, worse = (synthetic.company("regular", 3000, seed=2, drift=drift) for drift in (0.0, 1.0))
    assert worse.lost.mean() < calm.lost.mean()  # equal on the as-of date, lower in the years before


def test_of_the_accounts_some_stop_and_some_shrink_by_a_third() -> None:
    company = synthetic.accounts(seed=11)
    assert company.lost.tolist() == [True] * 6 + [False] * 54
    assert np.flatnonzero(company.shrinks).tolist() == list(range(6, 14))
    changed = np.datetime64(company.changed, "s")
    orders = company.orders.assign(late=company.orders["取引日"] >= changed)
    mean = orders.groupby(["顧客ID", "late"])["金額"].mean().unstack()
    ratio = (mean[True] / mean[False]).to_numpy()
    assert np.isnan(ratio[:6]).all()
    assert ratio[6:14] == pytest.approx(2 / 3, abs=0.1)
    assert ratio[14:] == pytest.approx(1.0, abs=0.15)


def test_contracts_show_their_end_and_are_scored_as_a_user_s_table() -> None:
    company = synthetic.company("contract", 60, seed=4, horizon=HORIZON)
    portfolio = score(company.tables, as_of=company.as_of)
    ended = (portfolio.frame["contract_days_left"] < 0).to_numpy(dtype=bool)
    assert (company.p_lost[ended] == 1).all()
    assert company.lost[ended].all()
    assert 0 < company.p_lost[~ended].mean() < 0.5


def test_bg_nbd_is_calibrated_on_the_customers_it_was_made_for() -> None:
    company = synthetic.company("one_time", 20_000, seed=9)
    rows = from_tables(company.tables, unit="day", until=company.as_of)
    fit = BG_NBD.fit(rows)
    assert fit.values[0] == pytest.approx(0.243, rel=0.1)  # r
    ahead = [BG_NBD.log_likelihood(fit.values, rows.x, rows.t_x, rows.T + each) for each in (365.0, 0.0)]
    quiet = rows.each(np.exp(ahead[0] - ahead[1]))
    truth = company.p_lost[rows.customer]
    for tenth in np.array_split(np.argsort(quiet, kind="stable"), 10):
        assert abs(quiet[tenth].mean() - truth[tenth].mean()) <= max(synthetic.tolerance(truth[tenth], 3.0), 0.01)
