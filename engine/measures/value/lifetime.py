"""The lifetime value and the churn of every customer of a portfolio: by the method asked for, or by what the data can carry.

Decision 0105: which method answers, and what stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.language import words
from engine.language.display import percent
from engine.language.errors import LANGUAGES, Refusal, Text
from engine.models.contracts.contracts import contract_estimate, contract_model, is_contractual, leaving
from engine.models.estimate import Terms, margin_of, terms_of
from engine.models.purchases.purchases import purchase_estimate, purchases_of, quiet
from engine.models.simple_methods import chains_of, markov_estimate, retention_estimate, silence, simple_estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from engine.models.estimate import Estimate
    from engine.scoring.portfolio import Portfolio

METHODS: Final = ("btyd", "markov", "retention", "simple")
"""The methods, in the order in which one is looked for when none is asked for."""

_PRESENT: Final = ("active", "new", "returned", "unknown")
_NEVER: Final = Text("取引がない", "no orders")
_NO_CONTRACT: Final = Text("契約開始日がない(または日付が前後している)", "no contract start (or dates out of order)")


@dataclass(frozen=True, eq=False)
class Lifetimes:
    """The lifetime value of every customer.

    Parameters
    ----------
    frame
        One row per customer in the portfolio's order: low, mid, high (Float64, minor units, missing where refused),
        reason_ja, reason_en (why it is refused, else None).
    method
        `simple`, `retention`, `btyd` or `markov`.
    model
        The code of the model that answered, such as `mbg_nbd` or `sbg`.
    answered
        Which model answered, and why; with the methods that were passed over.
    because
        The same of the method that answered alone.
    passed
        The methods that were tried before it, in their order, and why each could not answer.
    convention
        Margin basis, horizon, discount rate, when the first payment comes, and what the interval is made of.
    terms
        Horizon, discount rate and confidence.
    fits
        The fitted models as plain numbers (`Fit.to_dict`).
    """

    frame: pd.DataFrame
    method: str
    model: str
    answered: Text
    because: Text
    passed: tuple[tuple[str, Refusal], ...]
    convention: Text
    terms: Terms
    fits: tuple[dict[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Churn:
    """The probability that a customer stays away.

    Parameters
    ----------
    probability
        One entry per customer, 0–1; NaN where it is refused.
    reasons
        Why, for each customer refused; None for the others.
    days
        How far ahead.
    model
        The code of the model that answered.
    answered
        Which model answered, and what the probability means.
    """

    probability: NDArray[np.float64]
    reasons: tuple[Text | None, ...]
    days: float
    model: str
    answered: Text


@dataclass(frozen=True)
class Equity:
    """The customer equity: what the present customers are worth together, without any new ones.

    Parameters
    ----------
    total
        Σ of the lifetime values of the present customers, minor units.
    run_off
        What of it comes in year 1, 2 … of the horizon; sums to the total.
    customers, unvalued
        Present customers, and those of them without a value.
    convention
        As in `Lifetimes`.
    """

    total: float
    run_off: tuple[float, ...]
    customers: int
    unvalued: int
    convention: Text


def lifetimes(
    portfolio: Portfolio, years: float | None = None, rate: float | None = None, method: str | None = None
) -> Lifetimes:
    """Return the lifetime value of every customer from the as-of date on; made once per run and question.

    Parameters
    ----------
    years
        Horizon; `ltv.years` when None.
    rate
        Discount rate per year (0.1 = 10 %); `ltv.rate` when None. The simple method takes none.
    method
        `btyd` (contracts: sBG or BdW; else BG/NBD or MBG/NBD × Gamma-Gamma), `markov`, `retention` or `simple`; the
        first of these that the data can carry when None.

    Raises
    ------
    Refusal
        `argument` for terms that cannot be used; `too_little_data` where the method, or every method, needs more.
    """
    terms = terms_of(portfolio, years, rate)
    if method == "simple" and rate is not None:
        raise Refusal(
            "argument",
            "簡易は割引をしない式です。割引率を空にするか、別の方法を指定してください",
            "the simple method does not discount; leave the rate blank or choose another method",
        )
    return portfolio.once(("lifetimes", terms, method), lambda: _assemble_lifetimes(portfolio, terms, method))


def _assemble_lifetimes(portfolio: Portfolio, terms: Terms, method: str | None) -> Lifetimes:
    estimate, passed = _find_method_that_carries(portfolio, terms, METHODS if method is None else (method,))
    reasons = estimate.reasons
    frame = pd.DataFrame(
        {name: pd.array(getattr(estimate, name), dtype="Float64") for name in ("low", "mid", "high")}
        | {
            f"reason_{lang}": pd.Series([each and each.to(lang) for each in reasons], dtype=object)
            for lang in LANGUAGES
        }
    )
    answered = estimate.answered
    for skipped, refusal in passed:
        label = words.text("ltv_methods", skipped)
        answered = Text(
            f"{answered.ja}(「{label.ja}」は不可: {refusal.text.ja})",
            f"{answered.en} ({label.en} refused: {refusal.text.en})",
        )
    return Lifetimes(
        frame,
        estimate.method,
        estimate.model,
        answered,
        estimate.answered,
        passed,
        convention_of(portfolio, terms, estimate),
        terms,
        tuple(estimate.fitted()),
    )


def _estimate_by_method(portfolio: Portfolio, terms: Terms, method: str) -> Estimate:
    if method == "btyd":
        return contract_estimate(portfolio, terms) if is_contractual(portfolio) else purchase_estimate(portfolio, terms)
    made: dict[str, Callable[[Portfolio, Terms], Estimate]] = {
        "markov": markov_estimate,
        "retention": retention_estimate,
        "simple": simple_estimate,
    }
    if method not in made:
        raise Refusal(
            "argument",
            f"LTVの方法「{method}」はありません({'・'.join(METHODS)})",
            f'there is no method "{method}" ({", ".join(METHODS)})',
        )
    return made[method](portfolio, terms)


def _find_method_that_carries(
    portfolio: Portfolio, terms: Terms, methods: Sequence[str]
) -> tuple[Estimate, tuple[tuple[str, Refusal], ...]]:
    """Return the first method that the data can carry, and why those before it were passed over."""
    passed: list[tuple[str, Refusal]] = []
    for method in methods:
        try:
            return _estimate_by_method(portfolio, terms, method), tuple(passed)
        except Refusal as refusal:
            if refusal.kind != "too_little_data":  # a definition that cannot be used is to be mended, not got round
                raise
            passed.append((method, refusal))
    raise passed[0][1]


def convention_of(portfolio: Portfolio, terms: Terms, estimate: Estimate) -> Text:
    """Return what must stand beside every lifetime value.

    Parameters
    ----------
    terms
        Horizon, discount rate and confidence.
    estimate
        What answered: its method, timing of payments and interval.
    """
    basis = margin_of(portfolio).basis
    none = estimate.method == "simple"
    rate_ja, rate_en = ("なし", "none") if none else (percent(terms.rate, "ja"), percent(terms.rate, "en"))
    return Text(
        f"基準: {basis.ja}、期間: 基準日から{terms.years:g}年、割引率: {rate_ja}、支払い: {estimate.timing.ja}、"
        f"区間: {terms.confidence:.0%}、{estimate.spread.ja}",
        f"basis: {basis.en}; horizon: {terms.years:g} years from the as-of date; discount rate: {rate_en}; "
        f"payments: {estimate.timing.en}; interval: {terms.confidence:.0%}, {estimate.spread.en}",
    )


def churn_probability(portfolio: Portfolio, days: float | None = None) -> Churn:
    """Return for every customer the probability of staying away for `days` days; made once per run and number of days.

    Without contracts it is the probability of no purchase within the days, whether the customer is gone or just quiet
    (BG/NBD or MBG/NBD; where the data cannot carry them, the recency chain). With contracts it is 1 − S(n+k)/S(n),
    the probability of not renewing within the days, and 1 once the contract has ended.

    Parameters
    ----------
    days
        How far ahead, above 0; `ltv.churn_days` when None.

    Raises
    ------
    Refusal
        `argument` for days that are none, `too_little_data` where no model can be fitted.
    """
    ahead = portfolio.definition.number("ltv.churn_days") if days is None else float(days)
    most = portfolio.definition.number("ltv.max_years") * 366
    if not 0 < ahead <= most:
        raise Refusal(
            "argument",
            f"日数「{ahead:g}」は使えません(0より大きく{most:g}以下)",
            f"{ahead:g} days cannot be used (above 0, up to {most:g})",
        )
    return portfolio.once(("churn", ahead), lambda: _forecast_churn(portfolio, ahead))


def _forecast_churn(portfolio: Portfolio, days: float) -> Churn:
    if is_contractual(portfolio):
        model = contract_model(portfolio)
        meaning = Text(f"{days:g}日以内に更新されない確率", f"probability of not renewing within {days:g} days")
        return _explain_churn(leaving(model, days), days, model.fit.model, model.answered, meaning, _NO_CONTRACT)
    meaning = Text(f"今後{days:g}日間に購入がない確率", f"probability of no purchase within {days:g} days")
    try:
        choice = purchases_of(portfolio).choice
    except Refusal as refusal:
        if refusal.kind != "too_little_data":
            raise
        try:
            chains = chains_of(portfolio)
        except Refusal:
            raise refusal from None
        answered = Text(
            f"遷移(購買モデルは不可: {refusal.text.ja})", f"transition (purchase model refused: {refusal.text.en})"
        )
        return _explain_churn(silence(chains, days), days, "markov", answered, meaning, _NEVER)
    return _explain_churn(quiet(portfolio, days), days, choice.model, choice.why, meaning, _NEVER)


def _explain_churn(
    values: NDArray[np.float64], days: float, model: str, answered: Text, meaning: Text, lacking: Text
) -> Churn:
    reasons = tuple(lacking if missing else None for missing in np.isnan(values))
    return Churn(values, reasons, days, model, Text(f"{meaning.ja}。{answered.ja}", f"{meaning.en}; {answered.en}"))


def lifetime_values(portfolio: Portfolio) -> pd.Series:
    """Return what each customer adds to the customer equity under the definition's terms, for summaries.

    Float64, minor units: the lifetime value of a present customer (missing where it has none), 0 for one that has lapsed
    or never bought.
    """
    mid = lifetimes(portfolio).frame["mid"]
    return mid.mask(~is_present(portfolio), 0.0)


def customer_equity(
    portfolio: Portfolio, years: float | None = None, rate: float | None = None, method: str | None = None
) -> Equity:
    """Return Σ LTV of the present customers and its run-off by year, nobody new joining; made once per run and question.

    Present are customers that are active, new or back (`state.active_days`), and those whose state the data do not tell.
    Customers without a value are left out and counted. Arguments and refusals as in `lifetimes`.

    Parameters
    ----------
    years
        Horizon from the as-of date, above 0; the definition's when None.
    rate
        Discount rate per year (0.1 = 10 %); the definition's when None.
    method
        The method to use; the first that the data can carry when None.

    Notes
    -----
    Blattberg, Deighton (1996): Manage marketing by the customer equity test. Harvard Business Review 74(4).
    """
    terms = terms_of(portfolio, years, rate)
    return portfolio.once(
        ("equity", terms, method, rate is None), lambda: _sum_customer_equity(portfolio, terms, rate, method)
    )


def _sum_customer_equity(portfolio: Portfolio, terms: Terms, rate: float | None, method: str | None) -> Equity:
    whole = lifetimes(portfolio, terms.years, rate, method)
    present = is_present(portfolio)
    ends = [*range(1, int(np.ceil(terms.years))), terms.years]
    running = [0.0, *(float(np.nansum(_mid_until(portfolio, end, rate, whole)[present])) for end in ends)]
    unvalued = int(whole.frame["mid"][present].isna().sum())
    return Equity(running[-1], tuple(np.diff(running).tolist()), int(present.sum()), unvalued, whole.convention)


def _mid_until(portfolio: Portfolio, years: float, rate: float | None, whole: Lifetimes) -> NDArray[np.float64]:
    """Return the lifetime values of a shorter horizon by the same method, without intervals."""
    if years == whole.terms.years:
        return whole.frame["mid"].to_numpy(np.float64, na_value=np.nan)
    return _estimate_by_method(portfolio, replace(terms_of(portfolio, years, rate), spread=False), whole.method).mid


def is_present(portfolio: Portfolio) -> NDArray[np.bool_]:
    """Return for each customer whether it counts in the customer equity: active, new, back, or not told by the data."""
    return np.asarray(portfolio.frame["state"].isin(_PRESENT), dtype=np.bool_)
