"""What `portfolio ltv` answers on contracts: a survival model on a table of survivors, or on the customers' contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language.errors import Refusal, Text
from engine.measures.value.lifetime import convention_of
from engine.models.contracts.cohorts import Renewals, from_survivors
from engine.models.contracts.contracts import MODELS, contract_estimate, contract_model, fit_model
from engine.models.estimate import terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.scoring.portfolio import Portfolio

SURVIVAL_MODELS: Final = ("auto", *MODELS)
_AHEAD: Final = 5  # periods that are shown beyond what was seen


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
        The discount rate per period of both; None where nothing is discounted: then both have no end.
    """

    frame: pd.DataFrame
    fit: Fit
    answered: Text
    expected_lifetime: float | None
    residual_lifetime: float | None
    rate: float | None


def answer_survival(
    renewals: Renewals, definition: Definition, *, model: str = "auto", rate: float | None = None, ahead: int = _AHEAD
) -> SurvivalAnswer:
    """Return sBG, BdW or the better of them (`auto`) fitted to the renewals, with its projection `ahead` periods on.

    Parameters
    ----------
    renewals
        How many were at risk and how many were lost, period by period.
    definition
        Gives the discount rate and the least numbers to fit on.
    model
        `sbg`, `bdw` or `auto`.
    rate
        Discount rate per period, above 0 (0.1 = 10 %); `ltv.rate` when None.
    ahead
        Periods to project beyond those that were seen.

    Raises
    ------
    Refusal
        Where the model cannot be fitted, or the rate is not above 0.
    """
    discount = definition.number("ltv.rate") if rate is None else float(rate)
    fit, answered = fit_model(model, renewals, definition)
    return _project_contract_survival(fit, answered, renewals, discount, ahead)


def _project_contract_survival(
    fit: Fit, answered: Text, renewals: Renewals, rate: float | None, ahead: int
) -> SurvivalAnswer:
    """Return the model beside what was seen; without a rate there are no lifetimes, which have no end."""
    module, values, seen = MODELS[fit.model], tuple(fit.parameters.values()), len(renewals.lost)
    time = np.arange(seen + ahead + 1, dtype=np.float64)
    at_risk = renewals.at_risk
    kept = np.divide(at_risk - renewals.lost, at_risk, out=np.full(seen, np.nan), where=at_risk > 0)
    frame = pd.DataFrame(
        {
            "period": time.astype(np.int64),
            "observed": np.concatenate([[1.0], np.cumprod(kept), np.full(ahead, np.nan)]),
            "survival": module.survival(*values, time),
            "retention": np.append(np.nan, module.retention_rate(*values, time[1:])),
        }
    )
    if rate is None:
        return SurvivalAnswer(frame, fit, answered, None, None, None)
    new, left = module.expected_lifetime(*values, rate), module.residual_lifetime(*values, seen, rate)
    return SurvivalAnswer(frame, fit, answered, float(new), float(left), rate)


def answer_cohorts(
    cohorts: Mapping[str, Sequence[float]], definition: Definition, *, model: str = "auto", rate: float | None = None
) -> tuple[dict[str, SurvivalAnswer], dict[str, Refusal]]:
    """Return the answer for each cohort apart and, under the name "", for all of them together where there are several.

    Parameters
    ----------
    cohorts
        The survivors of each period, the first being the cohort's size, by the cohort's name.
    definition
        Gives the discount rate and the least numbers to fit on.
    model
        `sbg`, `bdw` or `auto`.
    rate
        Discount rate per period, above 0 (0.1 = 10 %); `ltv.rate` when None.

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


@dataclass(frozen=True, eq=False)
class ContractsAnswer:
    """A survival model on the customers' own contracts.

    Parameters
    ----------
    frame
        One row per customer: customer_id, name, active (1 under contract, 0 ended), renewals (so far), next_renewal
        (days from the as-of date), p_renewal (of the next one), low, mid, high (lifetime value, whole currency units),
        reason_ja and reason_en where the customer has no value.
    survival
        The model, and the renewals of all contracts against it.
    convention
        What the lifetime values rest on.
    """

    frame: pd.DataFrame
    survival: SurvivalAnswer
    convention: Text


def answer_contracts(
    portfolio: Portfolio, *, model: str = "auto", years: float | None = None, rate: float | None = None
) -> ContractsAnswer:
    """Return sBG, BdW or the better of them (`auto`) fitted to the contracts of the portfolio, and what they are worth.

    Parameters
    ----------
    model
        `sbg`, `bdw` or `auto`.
    years
        Horizon from the as-of date, above 0; the definition's when None.
    rate
        Discount rate per year, above 0 (0.1 = 10 %); the definition's when None.

    Raises
    ------
    Refusal
        `too_little_data` or `argument`, as the model or the terms say.
    """
    terms = terms_of(portfolio, years, rate)
    estimate = contract_estimate(portfolio, terms, model)
    found = contract_model(portfolio, model)
    contracts = found.contracts
    age = contracts.age.astype(np.float64)
    parameters = tuple(found.fit.parameters.values())
    chance = MODELS[found.fit.model].retention_rate(*parameters, age + 1)
    columns = {
        "active": np.where(contracts.usable, contracts.active, np.nan),
        "renewals": np.where(contracts.active, age, np.nan),
        "next_renewal": np.where(contracts.active, contracts.next_renewal, np.nan),
        "p_renewal": np.where(contracts.active, chance, np.nan),
    }
    frame = portfolio.frame[["customer_id", "name"]].assign(**columns)
    for name in ("low", "mid", "high"):
        frame[name] = np.rint(getattr(estimate, name)) / 10**portfolio.digits
    for place, lang in enumerate(("ja", "en")):
        frame[f"reason_{lang}"] = pd.Series([each and each[place] for each in estimate.reasons], dtype=object)
    survival = _project_contract_survival(found.fit, found.answered, contracts.renewals, terms.rate or None, _AHEAD)
    return ContractsAnswer(frame, survival, convention_of(portfolio, terms, estimate))
