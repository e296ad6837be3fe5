"""What `portfolio ltv` answers on orders: a purchase model, fitted, and a row per customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.definition.definition import Definition
from engine.language.errors import Refusal, Text
from engine.measures.value.lifetime import convention_of
from engine.models.estimate import terms_of, unit_of
from engine.models.purchases import bg_bb
from engine.models.purchases.choice import ASKED, DEFAULT, MODELS
from engine.models.purchases.discrete import discrete_estimate, occasions_of
from engine.models.purchases.histories import DAYS
from engine.models.purchases.purchases import purchase_estimate, purchases_of
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.models.estimate import Estimate, Terms
    from engine.models.fitting import Fit
    from engine.scoring.portfolio import Portfolio

    Vector = NDArray[np.float64]

ORDER_MODELS: Final = ("auto", *ASKED, "bg_bb")
_FARTHEST: Final = 100_000.0  # units ahead: the models add up or integrate over all of them


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


def observed(tables: Tables, definition: Definition, until: date | None = None, unit: str | None = None) -> Portfolio:
    """Return the portfolio as it was known on `until`: later orders are left alone.

    Parameters
    ----------
    until
        Last day observed, end inclusive; the day of the newest order when None.
    unit
        `day`, `week` or `month` for the purchase models; `value.unit` of the definition when None.

    Raises
    ------
    Refusal
        Where there are orders, but none up to `until`.
    """
    chosen = definition if unit is None else Definition.from_rows([("value.unit", unit)], definition)
    if until is None or tables.orders is None:
        return score(tables, chosen, until)
    kept = tables.orders[tables.orders["date"] <= pd.Timestamp(until)].reset_index(drop=True)
    if len(tables.orders) and not len(kept):
        raise Refusal(
            "too_little_data",
            f"{until:%Y/%m/%d}までの取引がありません。--until を確かめてください",
            f"there are no orders up to {until:%Y-%m-%d}; check --until",
        )
    return score(replace(tables, orders=kept), chosen, until)


def answer_orders(
    portfolio: Portfolio,
    *,
    model: str = "auto",
    years: float | None = None,
    rate: float | None = None,
    ahead: float | None = None,
) -> OrdersAnswer:
    """Return a purchase model fitted to the orders of the portfolio.

    Parameters
    ----------
    model
        One of `ORDER_MODELS`; `auto` takes the likeliest of BG/CNBD-k and MBG/CNBD-k, k from 1.
    years, rate
        Terms of the lifetime value, as in `engine.measures.value.lifetime.lifetimes`.
    ahead
        Units ahead for the expected purchases; a year when None.

    Raises
    ------
    Refusal
        `too_little_data` or `argument`, as the model or the terms say.
    """
    terms = terms_of(portfolio, years, rate)
    unit = unit_of(portfolio)
    time = float(np.floor(DAYS["year"] / DAYS[unit])) if ahead is None else float(ahead)
    if not 0 < time <= _FARTHEST:
        raise Refusal(
            "argument",
            f"先の期間「{time:g}」は使えません(0より大きく{_FARTHEST:g}以下)",
            f"{time:g} units ahead cannot be used (above 0, up to {_FARTHEST:g})",
        )
    made = (
        _answer_discrete_model(portfolio, terms, time)
        if model == "bg_bb"
        else _answer_continuous_model(portfolio, terms, time, model)
    )
    return replace(made, unit=unit)


def _answer_continuous_model(portfolio: Portfolio, terms: Terms, ahead: float, model: str) -> OrdersAnswer:
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
    return _assemble_orders_answer(portfolio, terms, ahead, estimate, rows.customer, facts, compared, choice.refused)


def _answer_discrete_model(portfolio: Portfolio, terms: Terms, ahead: float) -> OrdersAnswer:
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
    return _assemble_orders_answer(
        portfolio, terms, ahead, estimate, found.customer, facts, {"bg_bb": found.fit.log_likelihood}, {}
    )


def _assemble_orders_answer(
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
