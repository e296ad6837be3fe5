"""Lifetime value and churn of customers under contract: the sBG or the BdW model on the renewals of the portfolio.

Decision 0106: how renewals are counted from contract dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models import simple
from engine.models.contracts import bdw, sbg
from engine.models.contracts.cohorts import YEAR, Contracts, from_contracts
from engine.models.estimate import Estimate, interval, margin_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.models.contracts.cohorts import Renewals
    from engine.models.estimate import Terms
    from engine.models.fitting import Fit
    from engine.scoring.portfolio import Portfolio

_NO_CONTRACT: Final = Text("契約開始日がない(または日付が前後している)", "no contract start (or dates out of order)")
_NO_MARGIN: Final = Text("直近12か月の売上・粗利が不明", "the margin of the last 12 months is not known")
MODELS: Final[dict[str, Any]] = {"sbg": sbg, "bdw": bdw}


@dataclass(frozen=True, eq=False)
class ContractModel:
    """The model that fits the renewals better, and the contracts it was fitted to."""

    fit: Fit
    answered: Text
    contracts: Contracts

    def log_survival(self, *parameters: float, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ln S(t) of the model under any parameters."""
        return np.asarray(MODELS[self.fit.model].log_survival(*parameters, time))


def is_contractual(portfolio: Portfolio) -> bool:
    """Return whether enough customers have a contract start (`ltv.contract_share`)."""
    share = float(portfolio.tables.customers["contract_start"].notna().mean())
    return share >= portfolio.definition.number("ltv.contract_share")


def contract_model(portfolio: Portfolio, model: str = "auto") -> ContractModel:
    """Return the model of the portfolio's contracts, `sbg`, `bdw` or the better of them (`auto`); fitted once per run.

    Raises
    ------
    Refusal
        `too_little_data` with fewer usable contracts than `ltv.min_contracts`, or where neither model is identified.
    """
    return portfolio.once(("ltv.contracts", model), lambda: _fit_contracts(portfolio, model))


def _fit_contracts(portfolio: Portfolio, model: str) -> ContractModel:
    customers, definition = portfolio.tables.customers, portfolio.definition
    contracts = from_contracts(
        customers["contract_start"],
        customers["contract_end"],
        portfolio.as_of,
        definition.number("ltv.contract_grace_days"),
    )
    least, there = definition.number("ltv.min_contracts"), int(contracts.usable.sum())
    if there < least:
        raise Refusal(
            "too_little_data",
            f"契約モデルには契約開始日のある顧客が{least:g}社以上必要です(実{there}社)",
            f"the contract models need {least:g} customers with a contract start (there are {there})",
        )
    return ContractModel(*fit_model(model, contracts.renewals, definition), contracts)


def fit_model(model: str, renewals: Renewals, definition: Definition) -> tuple[Fit, Text]:
    """Return `sbg`, `bdw` or the better of them (`auto`) fitted to the renewals, and why it answers.

    Raises
    ------
    Refusal
        Where the model, or with `auto` both, cannot be fitted.
    """
    if model == "auto":
        return _choose_contract_model(renewals, definition)
    label = MODELS[model].LABEL
    return MODELS[model].fit(renewals, definition), Text(f"指定された{label.ja}", f"{label.en}, as asked for")


def _choose_contract_model(renewals: Renewals, definition: Definition) -> tuple[Fit, Text]:
    """Return the better of sBG and BdW; where neither can be fitted, raise the refusal of the sBG.

    The BdW has one parameter more and never fits worse, so it answers only where it gains more than that parameter is
    worth: half of AIC's penalty of 2 per parameter, 1 in log-likelihood (Akaike 1974).
    """
    found: dict[str, Fit] = {}
    refused: dict[str, Refusal] = {}
    for model in MODELS:
        try:
            found[model] = MODELS[model].fit(renewals, definition)
        except Refusal as refusal:
            refused[model] = refusal
    if not found:
        raise refused["sbg"]
    if len(found) == 1:
        model, other = next(iter(found)), next(iter(refused))
        text = refused[other].text
        return found[model], Text(
            f"{_label_model(model)}({_label_model(other)}は不可: {text.ja})",
            f"{_label_model(model)} ({_label_model(other)} refused: {text.en})",
        )
    gain = found["bdw"].log_likelihood - found["sbg"].log_likelihood
    model, other = ("bdw", "sbg") if gain > 1 else ("sbg", "bdw")
    told = f"{_label_model(model)} {found[model].log_likelihood:.2f}, {_label_model(other)} {found[other].log_likelihood:.2f}"
    return found[model], Text(
        f"{_label_model(model)}(対数尤度 {told}。母数1つにつき1を超える差で選択)",
        f"{_label_model(model)} (log-likelihood {told}; chosen by a gain above 1 per parameter)",
    )


def contract_estimate(portfolio: Portfolio, terms: Terms, model: str = "auto") -> Estimate:
    """Return m·Σ S(n+t)/S(n)/(1+i)ᵗ for a customer who has renewed n times; 0 for a contract that has ended.

    m is the margin of the last twelve months; the first payment is that of the next renewal, counted as a year away.
    """
    found = contract_model(portfolio, model)
    contracts, margin = found.contracts, margin_of(portfolio).yearly
    ages, place = np.unique(contracts.age, return_inverse=True)
    share = simple.year_shares(terms.years)
    year = np.arange(1, len(share) + 1, dtype=np.float64)
    weight = share / (1 + terms.rate) ** year

    def multiple(*parameters: float) -> NDArray[np.float64]:
        now = found.log_survival(*parameters, time=ages.astype(np.float64))[:, None]
        later = found.log_survival(*parameters, time=ages[:, None] + year)
        return np.asarray((np.exp(later - now) * weight).sum(axis=1))

    active = contracts.active
    worth = np.where(active, multiple(*found.fit.values)[place], 0.0)
    error = np.where(active, found.fit.error_of(multiple)[place], 0.0)
    unknown = active & np.isnan(margin)
    reasons = [
        _NO_CONTRACT if not usable else _NO_MARGIN if lacks else None
        for usable, lacks in zip(contracts.usable, unknown, strict=True)
    ]
    refused = ~contracts.usable | unknown
    mid = np.where(refused, np.nan, worth * np.where(active, margin, 0.0))
    low, high = interval(mid, error * np.abs(np.where(active, margin, 0.0)), terms.confidence)
    return Estimate(
        "btyd",
        found.fit.model,
        Text(f"契約型: {found.answered.ja}", f"contracts: {found.answered.en}"),
        Text(
            "最初の支払いは次の更新(1年後とみなす)、年ごとに割引",
            "first payment at the next renewal (a year away), discounted by year",
        ),
        Text("母数の共分散(デルタ法)", "covariance of the parameters (delta method)"),
        low,
        mid,
        high,
        reasons,
        (found.fit,),
    )


def leaving(model: ContractModel, days: float) -> NDArray[np.float64]:
    """Return each customer's probability that the contract ends within `days` days; NaN without a usable contract.

    1 − S(n + k)/S(n) over the k renewals that fall into the time; 1 for a contract that has ended already. Between two
    renewals nobody can leave, so the probability is 0 where none falls due.
    """
    contracts = model.contracts
    due = np.where(contracts.next_renewal <= days, 1 + np.floor((days - contracts.next_renewal) / YEAR), 0.0)
    now = contracts.age.astype(np.float64)
    values = model.fit.values
    stays = np.exp(model.log_survival(*values, time=now + due) - model.log_survival(*values, time=now))
    gone = np.where(contracts.active, 1 - stays, 1.0)
    return np.where(contracts.usable, gone, np.nan)


def _label_model(model: str) -> str:
    return {"sbg": "sBG", "bdw": "BdW"}[model]
