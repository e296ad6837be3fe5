"""Lifetime value and churn of customers without a contract: a purchase model × the value of a purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models.estimate import DAYS_OF_YEAR, Estimate, interval, margin_of
from engine.models.purchases import gamma_gamma
from engine.models.purchases.choice import DEFAULT, MODELS, Choice, choose
from engine.models.purchases.histories import DAYS, continuous_rate, from_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.models.estimate import Terms
    from engine.models.fitting import Fit
    from engine.models.purchases.histories import Histories
    from engine.scoring.portfolio import Portfolio

    Vector = NDArray[np.float64]

NO_ORDERS: Final = Text("取引がない", "no orders")
NO_MARGIN: Final = Text(
    "原価のない明細があるか、純売上が0以下", "an order line lacks its cost, or net sales are not positive"
)
_MANY: Final = Text("母数の共分散(デルタ法)", "covariance of the parameters (delta method)")
_FEW: Final = Text(
    "事後分布の曲率(デルタ法)とモデルの不確かさ",
    "posterior curvature (delta method), doubt about the model",
)
_NO_VALUE: Final = Text(
    "購入の純額が0以下で、1回の金額が読めない", "purchases net of returns are not positive: no value of one"
)


@dataclass(frozen=True, eq=False)
class Money:
    """What a purchase to come is worth.

    Parameters
    ----------
    mean, error
        One entry per customer of the histories, whole currency units; the error comes from the parameters alone.
    answered
        What it was read from.
    fit
        The Gamma-Gamma model; None where it was refused and the customers' own means stand for it.
    """

    mean: Vector
    error: Vector
    answered: Text
    fit: Fit | None


@dataclass(frozen=True, eq=False)
class Purchases:
    """The histories of a portfolio, the model that answers for them, and what a purchase to come is worth."""

    histories: Histories
    choice: Choice
    money: Money


def purchases_of(portfolio: Portfolio, models: Sequence[str] = DEFAULT) -> Purchases:
    """Return the likeliest of `models` on the portfolio's orders up to the as-of date; fitted once per run.

    Raises
    ------
    Refusal
        Where the orders are too few, or identify neither model.
    """

    def make() -> Purchases:
        if portfolio.forecast is not None and tuple(models) == DEFAULT:  # fitted for the grades already
            answer = portfolio.forecast.purchase_answer
            if not isinstance(answer, Text):
                return Purchases(answer.histories, answer.choice, money_of(portfolio, answer.histories))
        rows = from_tables(portfolio.tables, until=portfolio.as_of, definition=portfolio.definition)
        return Purchases(rows, choose(rows, models, portfolio.definition, priors=True), money_of(portfolio, rows))

    return portfolio.once(("ltv.purchases", tuple(models)), make)


def silent(model: str, fit: Fit, rows: Histories, time: float) -> Vector:
    """Return per distinct history the probability of no purchase in the next `time`, the customer gone or just quiet."""
    return MODELS[model].silent(fit.values, time, rows.x, rows.t_x, rows.T)


def worth(choice: Choice, rows: Histories, years: float, rate: float, *, spread: bool = True) -> tuple[Vector, Vector]:
    """Return per distinct history the discounted purchases of the next `years`, and their standard error.

    The error is that of the parameters (delta method) and, where priors were needed, that of the model as well: how far what the
    other models say lies from the answer, weighted with how probable they are. Without `spread` it is not asked for, and 0.
    """
    ahead, force = years * DAYS_OF_YEAR / DAYS[rows.unit], continuous_rate(rate, rows.unit)

    def discounted(model: str, *values: float) -> Vector:
        return MODELS[model].discounted(values, force, rows.x, rows.t_x, rows.T, ahead)

    found = discounted(choice.model, *choice.fit.values)
    if not spread:
        return found, np.zeros(len(found))
    variance = choice.fit.error_of(lambda *values: discounted(choice.model, *values)) ** 2
    for word, chance in choice.rivals().items():
        variance = variance + chance * (discounted(word, *choice.fits[word].values) - found) ** 2
    return found, np.sqrt(variance)


def money_of(portfolio: Portfolio, rows: Histories) -> Money:
    """Return the expected value of a purchase: Gamma-Gamma, or each customer's mean over all purchases where that is refused.

    `rows` are the histories of the portfolio, by day or by period.
    """
    bought, own = rows.each(rows.x), np.where(rows.value > 0, rows.value, np.nan)
    try:
        fit = gamma_gamma.fit(gamma_gamma.money_of(rows), portfolio.definition)
    except Refusal as refusal:
        total = portfolio.frame["sales_total"].to_numpy(np.float64, na_value=np.nan)[rows.customer]
        mean = np.where(total > 0, total / 10**portfolio.digits / (bought + 1), np.nan)
        told = Text(
            f"本人の平均(Gamma-Gammaは不可: {refusal.text.ja})", f"own mean (Gamma-Gamma refused: {refusal.text.en})"
        )
        return Money(mean, np.zeros(len(mean)), told, None)

    def expected(*values: float) -> Vector:
        return gamma_gamma.expected(values, bought, own)

    return Money(expected(*fit.values), fit.error_of(expected), Text("Gamma-Gamma", "Gamma-Gamma"), fit)


def purchase_estimate(portfolio: Portfolio, terms: Terms, models: Sequence[str] = DEFAULT) -> Estimate:
    """Return discounted expected purchases × expected value of a purchase × own margin rate.

    The models of purchases and of their value are fitted apart, so the variances of both add up. Gross profit is the
    value times the customer's own margin rate over all its orders: single margins may be negative, which no model of
    values can take.
    """
    found = purchases_of(portfolio, models)
    rows, choice, money = found.histories, found.choice, found.money
    counted, vague = (rows.each(each) for each in worth(choice, rows, terms.years, terms.rate, spread=terms.spread))
    factor = margin_rate(portfolio)[rows.customer] * 10**portfolio.digits
    values = np.full((2, len(portfolio)), np.nan)
    values[0, rows.customer] = counted * money.mean * factor
    values[1, rows.customer] = np.hypot(vague * money.mean, counted * money.error) * np.abs(factor)
    low, high = interval(values[0], values[1], terms.confidence)
    return Estimate(
        "btyd",
        choice.model,
        Text(
            f"非契約型: {choice.why.ja}。1回の金額: {money.answered.ja}",
            f"no contracts: {choice.why.en}. Value of one: {money.answered.en}",
        ),
        Text("購入のたびに支払い、連続割引", "paid at each purchase, discounted continuously"),
        _FEW if choice.fit.prior else _MANY,
        low,
        values[0],
        high,
        _explain_missing(rows, money, values[0]),
        (choice.fit,) if money.fit is None else (choice.fit, money.fit),
    )


def quiet(portfolio: Portfolio, days: float) -> Vector:
    """Return each customer's probability of no purchase in the next `days` days; NaN for one who never bought."""
    found = purchases_of(portfolio)
    rows, choice = found.histories, found.choice
    result = np.full(len(portfolio), np.nan)
    result[rows.customer] = rows.each(silent(choice.model, choice.fit, rows, days / DAYS[rows.unit]))
    return result


def _explain_missing(rows: Histories, money: Money, mid: Vector) -> list[Text | None]:
    reasons: list[Text | None] = [NO_MARGIN if lacks else None for lacks in np.isnan(mid)]
    for place in rows.customer[np.isnan(money.mean)]:
        reasons[place] = _NO_VALUE
    for place in rows.unused:
        reasons[place] = NO_ORDERS
    return reasons


def margin_rate(portfolio: Portfolio) -> Vector:
    """Return each customer's margin ÷ net sales over all orders; 1 where sales themselves are valued."""
    margin, orders = margin_of(portfolio), portfolio.orders
    if margin.code == "sales" or margin.lines is None or orders is None:
        return np.ones(len(portfolio))
    customer = orders["customer"].to_numpy(np.int64)
    total = np.bincount(customer, margin.lines, minlength=len(portfolio))
    sales = np.bincount(customer, orders["amount"].to_numpy(np.float64), minlength=len(portfolio))
    return np.where(sales > 0, total / np.where(sales > 0, sales, 1.0), np.nan)
