"""What `portfolio ltv` answers: a model fitted to orders, with a row per customer, or to a table of survivors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.definition import Definition
from engine.errors import Refusal, Text
from engine.scoring import score
from engine.value import bdw, bg_bb, sbg
from engine.value.choice import DEFAULT, MODELS
from engine.value.cohorts import from_survivors
from engine.value.contracts import fit_better
from engine.value.discrete import discrete_estimate, occasions_of
from engine.value.estimate import terms_of
from engine.value.histories import DAYS
from engine.value.lifetime import convention_of
from engine.value.purchases import purchase_estimate, purchases_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from engine.portfolio import Portfolio
    from engine.tables import Tables
    from engine.value.cohorts import Renewals
    from engine.value.estimate import Estimate, Terms
    from engine.value.fitting import Fit

    Vector = NDArray[np.float64]

__all__ = [
    "ORDER_MODELS",
    "SURVIVAL_MODELS",
    "OrdersAnswer",
    "SurvivalAnswer",
    "answer_cohorts",
    "answer_orders",
    "answer_survival",
]

ORDER_MODELS: Final = ("auto", *MODELS, "bg_bb")
SURVIVAL_MODELS: Final = ("auto", "sbg", "bdw")


@dataclass(frozen=True, eq=False)
class OrdersAnswer:
    """A purchase model on orders.

    Parameters
    ----------
    frame
        One row per customer: customer_id, name, x, t_x, T (in units; periods for BG/BB), p_alive, expected (purchases in
        the next `ahead` units), value (of a purchase to come), low, mid, high (lifetime value), all in whole currency
        units, reason_ja and reason_en where the customer was not used or has no value.
    fit
        The model that answers.
    compared
        The log-likelihood of every model that was fitted.
    refused
        Models that could not be fitted, with their reason.
    answered
        Which model answered, and why; what the value of a purchase was read from.
    money_fit
        The Gamma-Gamma model, or None.
    convention
        What the lifetime values rest on.
    unit, until, ahead, terms
        Unit of time, last day observed, units ahead of `expected`, terms of the lifetime value.
    used, repeaters, unused
        Customers that the model was fitted to, those of them that bought again, and those of the tables that did not buy.
    """

    frame: pd.DataFrame
    fit: Fit
    compared: Mapping[str, float]
    refused: Mapping[str, Text]
    answered: Text
    money_fit: Fit | None
    convention: Text
    unit: str
    until: date
    ahead: float
    terms: Terms
    used: int
    repeaters: int
    unused: int


def answer_orders(
    tables: Tables,
    definition: Definition,
    *,
    until: date | None = None,
    unit: str | None = None,
    model: str = "auto",
    years: float | None = None,
    rate: float | None = None,
    ahead: float | None = None,
) -> OrdersAnswer:
    """Return a purchase model fitted to the orders up to `until`.

    Parameters
    ----------
    until
        Last day observed, end inclusive; later orders are left alone. The day of the newest order when None.
    unit
        `day`, `week` or `month`; `value.unit` when None.
    model
        One of `ORDER_MODELS`; `auto` takes the likelier of BG/NBD and MBG/NBD.
    years, rate
        Terms of the lifetime value, as in `engine.value.lifetime.lifetimes`.
    ahead
        Units ahead for the expected purchases; a year when None.

    Raises
    ------
    Refusal
        `too_little_data` or `argument`, as the model or the terms say.
    """
    portfolio = _observed(tables, definition, until, unit)
    terms = terms_of(portfolio, years, rate)
    used_unit = str(portfolio.definition.value("value.unit"))
    time = float(np.floor(DAYS["year"] / DAYS[used_unit])) if ahead is None else float(ahead)
    if not 0 < time <= 1e5:
        raise Refusal(
            "argument", f"先の期間「{time:g}」は使えません(0より大きく)", f"{time:g} units ahead cannot be used"
        )
    made = _discrete(portfolio, terms, time) if model == "bg_bb" else _continuous(portfolio, terms, time, model)
    return replace(made, unit=used_unit)


def _observed(tables: Tables, definition: Definition, until: date | None, unit: str | None) -> Portfolio:
    """Return the portfolio as it was known on `until`."""
    if tables.orders is None or not len(tables.orders):
        raise Refusal(
            "too_little_data",
            "購買モデルには取引の表が必要です。--orders を指定してください",
            "the purchase models need the orders; give --orders",
        )
    newest = pd.Timestamp(tables.orders["date"].max()).date()
    end = until or newest
    kept = tables.orders[tables.orders["date"] <= pd.Timestamp(end)].reset_index(drop=True)
    if not len(kept):
        raise Refusal(
            "too_little_data",
            f"{end:%Y/%m/%d}までの取引がありません。--until を確かめてください",
            f"there are no orders up to {end:%Y-%m-%d}; check --until",
        )
    chosen = definition if unit is None else Definition.from_rows([("value.unit", unit)], definition)
    return score(replace(tables, orders=kept), chosen, end)


def _continuous(portfolio: Portfolio, terms: Terms, ahead: float, model: str) -> OrdersAnswer:
    models = DEFAULT if model == "auto" else (model,)
    estimate = purchase_estimate(portfolio, terms, models)
    found = purchases_of(portfolio, models)
    rows, choice = found.histories, found.choice
    module, values = MODELS[choice.model], tuple(choice.fit.parameters.values())
    alive = module.alive(values, rows.x, rows.t_x, rows.T)
    ahead_of = module.expected_given(values, ahead, rows.x, rows.t_x, rows.T)
    facts = {
        name: rows.each(each)
        for name, each in {"x": rows.x, "t_x": rows.t_x, "T": rows.T, "p_alive": alive, "expected": ahead_of}.items()
    }
    facts["value"] = found.money.mean
    compared = {word: fit.log_likelihood for word, fit in choice.fits.items()}
    return _answer(portfolio, terms, ahead, estimate, rows.customer, facts, compared, choice.refused)


def _discrete(portfolio: Portfolio, terms: Terms, ahead: float) -> OrdersAnswer:
    estimate = discrete_estimate(portfolio, terms)
    found = occasions_of(portfolio)
    values, history = np.array(list(found.fit.parameters.values())), (found.x, found.t_x, found.n)
    facts = {
        "x": found.x.astype(np.float64),
        "t_x": found.t_x.astype(np.float64),
        "T": found.n.astype(np.float64),
        "p_alive": bg_bb.p_alive(values, *history),
        "expected": bg_bb.discounted_expected(values, *history, ahead, 0.0),
        "value": found.money.mean,
    }
    return _answer(portfolio, terms, ahead, estimate, found.customer, facts, {"bg_bb": found.fit.log_likelihood}, {})


def _answer(
    portfolio: Portfolio,
    terms: Terms,
    ahead: float,
    estimate: Estimate,
    customer: NDArray[np.int64],
    facts: Mapping[str, Vector],
    compared: Mapping[str, float],
    refused: Mapping[str, Text],
) -> OrdersAnswer:
    frame = portfolio.frame[["customer_id", "name"]].copy()
    for name, values in facts.items():
        whole = np.full(len(portfolio), np.nan)
        whole[customer] = values
        frame[name] = whole
    for name in ("low", "mid", "high"):
        frame[name] = np.rint(getattr(estimate, name)) / 10**portfolio.digits
    for place, lang in enumerate(("ja", "en")):
        frame[f"reason_{lang}"] = pd.Series([each and each[place] for each in estimate.reasons], dtype=object)
    return OrdersAnswer(
        frame=frame,
        fit=estimate.fits[0],
        compared=compared,
        refused=refused,
        answered=estimate.answered,
        money_fit=estimate.fits[1] if len(estimate.fits) > 1 else None,
        convention=convention_of(portfolio, terms, estimate),
        unit="",
        until=portfolio.as_of,
        ahead=ahead,
        terms=terms,
        used=len(customer),
        repeaters=int((facts["x"] > 0).sum()),
        unused=len(portfolio) - len(customer),
    )


@dataclass(frozen=True, eq=False)
class SurvivalAnswer:
    """A contract model on survivors.

    Parameters
    ----------
    frame
        One row per period 0, 1 …: observed (share of the cohorts left, pooled; NaN beyond what was seen), survival and
        retention (the model's).
    fit, answered
        The model, and why it answers.
    expected_lifetime
        DEL: the discounted payments of a new customer, the first one now, in payments.
    residual_lifetime
        DERL: those of a customer who has renewed as often as was observed, before the next renewal.
    rate
        The discount rate per period of both.
    """

    frame: pd.DataFrame
    fit: Fit
    answered: Text
    expected_lifetime: float
    residual_lifetime: float
    rate: float


def answer_survival(
    renewals: Renewals, definition: Definition, *, model: str = "auto", rate: float | None = None, ahead: int = 5
) -> SurvivalAnswer:
    """Return sBG, BdW or the better of them (`auto`) fitted to the renewals, with its projection `ahead` periods on.

    Raises
    ------
    Refusal
        Where the model cannot be fitted, or the rate is not above 0.
    """
    modules: dict[str, Any] = {"sbg": sbg, "bdw": bdw}
    discount = definition.number("ltv.rate") if rate is None else float(rate)
    if model == "auto":
        fit, answered = fit_better(renewals, lambda word, data: modules[word].fit(data, definition))
    else:
        fit = modules[model].fit(renewals, definition)
        answered = Text(f"指定された{modules[model].LABEL.ja}", f"{modules[model].LABEL.en}, as asked for")
    module, values, seen = modules[fit.model], tuple(fit.parameters.values()), len(renewals.lost)
    time = np.arange(seen + ahead + 1, dtype=np.float64)
    at_risk = renewals.at_risk
    kept = np.divide(at_risk - renewals.lost, at_risk, out=np.full(seen, np.nan), where=at_risk > 0)
    observed = np.concatenate([[1.0], np.cumprod(kept), np.full(ahead, np.nan)])
    frame = pd.DataFrame(
        {
            "period": time.astype(np.int64),
            "observed": observed,
            "survival": module.survival(*values, time),
            "retention": np.append(np.nan, module.retention_rate(*values, time[1:])),
        }
    )
    residual = float(module.residual_lifetime(*values, seen, discount))
    return SurvivalAnswer(frame, fit, answered, float(module.expected_lifetime(*values, discount)), residual, discount)


def answer_cohorts(
    cohorts: Mapping[str, Sequence[float]], definition: Definition, *, model: str = "auto", rate: float | None = None
) -> tuple[dict[str, SurvivalAnswer], dict[str, Refusal]]:
    """Return the answer for each cohort apart and, under the name "", for all of them together where there are several.

    Returns
    -------
    answers, refusals
        By the cohort's name; a cohort is in one of the two.

    Raises
    ------
    Refusal
        Where no cohort can be fitted, alone or with the others; or for counts that cannot be.
    """
    renewals = {name: from_survivors([counts]) for name, counts in cohorts.items()}
    if len(renewals) > 1:
        renewals[""] = from_survivors(cohorts.values())
    found: dict[str, SurvivalAnswer] = {}
    refused: dict[str, Refusal] = {}
    for name, data in renewals.items():
        try:
            found[name] = answer_survival(data, definition, model=model, rate=rate)
        except Refusal as refusal:
            if refusal.kind != "too_little_data":
                raise
            refused[name] = refusal
    if not found:
        raise next(iter(refused.values()))
    return found, refused
