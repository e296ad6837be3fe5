"""Orders as the BG/BB model reads them: in how many periods, of all that were to be, a customer bought."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models.estimate import DAYS_OF_YEAR, Estimate, interval, unit_of
from engine.models.purchases import bg_bb
from engine.models.purchases.histories import DAYS, from_tables
from engine.models.purchases.purchases import NO_MARGIN, NO_ORDERS, margin_rate, money_of

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.models.estimate import Terms
    from engine.models.fitting import Fit
    from engine.models.purchases.purchases import Money
    from engine.scoring.portfolio import Portfolio

_OWN: Final = Text("指定されたBG/BBモデル", "the BG/BB model, as asked for")


@dataclass(frozen=True, eq=False)
class Occasions:
    """The customers that bought, by period.

    Parameters
    ----------
    customer
        Position of each customer that bought.
    x, t_x, n
        For each of them the periods with a purchase after the first one, the last of these, and the periods since.
    money
        What a period with a purchase is worth.
    fit
        The BG/BB model.
    unit
        The period: `day`, `week` or `month`.
    """

    customer: NDArray[np.int64]
    x: NDArray[np.int64]
    t_x: NDArray[np.int64]
    n: NDArray[np.int64]
    money: Money
    fit: Fit
    unit: str


def periods_back(days: NDArray[np.datetime64], until: date, unit: str) -> NDArray[np.int64]:
    """Return in which period before `until` each day lies: 0 for the one that ends on `until`, 1 for the one before it.

    Months end on the day of the month of `until`; where that is the last of its month, on the last of every month.
    """
    end = np.datetime64(until, "D")
    if unit != "month":
        return np.asarray((end - days.astype("datetime64[D]")).astype(np.int64) // int(DAYS[unit]))
    month, last = days.astype("datetime64[M]"), end.astype("datetime64[M]")
    back = (last - month).astype(np.int64)
    if end + np.timedelta64(1, "D") == (last + 1).astype("datetime64[D]"):
        return np.asarray(back)
    later = (days.astype("datetime64[D]") - month) > (end - last.astype("datetime64[D]"))
    return np.asarray(back - later)


def occasions_of(portfolio: Portfolio) -> Occasions:
    """Return the purchases of the portfolio by period of `value.unit`, and the BG/BB model fitted to them; once per run.

    Raises
    ------
    Refusal
        Without orders, with fewer customers than `value.min_customers`, or where the data identify no model.
    """
    return portfolio.once("ltv.occasions", lambda: _fit_occasions(portfolio))


def _fit_occasions(portfolio: Portfolio) -> Occasions:
    definition, orders, unit = portfolio.definition, portfolio.orders, unit_of(portfolio)
    if orders is None:
        raise Refusal("too_little_data", f"{bg_bb.LABEL.ja}には取引表が必要です", f"{bg_bb.LABEL.en} needs the orders")
    back = periods_back(orders["date"].to_numpy(), portfolio.as_of, unit)
    # Each period as one day: whatever was bought in it is one purchase, with the sum of its values.
    day = np.datetime64(portfolio.as_of, "s") - back.astype("timedelta64[D]")
    tables = replace(portfolio.tables, orders=orders.assign(date=day))
    rows = from_tables(tables, unit="day", until=portfolio.as_of, definition=definition)
    least = int(definition.number("value.min_customers"))
    if rows.customers < least:
        raise Refusal(
            "too_little_data",
            f"{bg_bb.LABEL.ja}には顧客が{least}社以上必要です(実際は{rows.customers}社)",
            f"{bg_bb.LABEL.en} needs at least {least} customers (there are {rows.customers})",
        )
    x, t_x, n = (rows.each(each).astype(np.int64) for each in (rows.x, rows.t_x, rows.T))
    fit = bg_bb.fit(bg_bb.counts(x, t_x, n), definition)
    return Occasions(rows.customer, x, t_x, n, money_of(portfolio, rows), fit, unit)


def discrete_estimate(portfolio: Portfolio, terms: Terms) -> Estimate:
    """Return discounted expected periods with a purchase × the expected value of one × own margin rate."""
    found = occasions_of(portfolio)
    length = DAYS[found.unit] / DAYS_OF_YEAR
    rate = (1 + terms.rate) ** length - 1
    (x, t_x, n), inverse = np.unique(np.stack([found.x, found.t_x, found.n]), axis=1, return_inverse=True)
    place = inverse.reshape(-1)

    def discounted(*values: float) -> NDArray[np.float64]:
        return bg_bb.discounted_expected(np.asarray(values), x, t_x, n, terms.years / length, rate)

    counted, vague = discounted(*found.fit.values)[place], found.fit.error_of(discounted)[place]
    factor = margin_rate(portfolio)[found.customer] * 10**portfolio.digits
    values = np.full((2, len(portfolio)), np.nan)
    values[0, found.customer] = counted * found.money.mean * factor
    values[1, found.customer] = np.hypot(vague * found.money.mean, counted * found.money.error) * np.abs(factor)
    low, high = interval(values[0], values[1], terms.confidence)
    reasons: list[Text | None] = [NO_ORDERS] * len(portfolio)
    for position in found.customer:
        reasons[position] = NO_MARGIN if np.isnan(values[0, position]) else None
    return Estimate(
        "btyd",
        "bg_bb",
        Text(
            f"{_OWN.ja}。1期の金額: {found.money.answered.ja}",
            f"{_OWN.en}. Value of a period: {found.money.answered.en}",
        ),
        Text("最初の支払いは1期後、期ごとに割引", "first payment after one period, discounted by period"),
        Text("母数の共分散(デルタ法)", "covariance of the parameters (delta method)"),
        low,
        values[0],
        high,
        reasons,
        (found.fit,) if found.money.fit is None else (found.fit, found.money.fit),
    )
