"""Which customers each kind of finding concerns, with the money that it claims of them; no money is claimed twice.

A customer may be late, under notice and shrinking at once: it is the same money each time. The kind that expects most of it claims
the customer, and no other kind of loss does. What could be sold on top is other money, and a claim of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.lists import actions
from engine.lists.materiality.finding import KINDS, UPSIDE
from engine.measures.opportunities import headline_opportunities
from engine.scoring.alerts.alert import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from engine.lists.materiality.stakes import Stakes
    from engine.scoring.alerts.alert import Alert
    from engine.scoring.portfolio import Portfolio

    Vector = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_DEPENDENCE: Final = ("single", "dependence")  # the tests of one customer's share
_LIKELY: Final = 0.5  # likelier than not
_ARREARS: Final = ((30, "days_30"), (60, "days_60"), (90, "days_90"))  # days late, up to (inclusive)


@dataclass(frozen=True, eq=False)
class Claims:
    """One kind's claims, one entry per customer.

    Parameters
    ----------
    kind
        One of `KINDS`.
    amount
        Money at stake a year, minor units; 0 where the kind does not concern the customer.
    sales
        The yearly sales behind it.
    probability
        0–1.
    code
        Where the probability comes from, per customer.
    """

    kind: str
    amount: Vector
    sales: Vector
    probability: Vector
    code: NDArray[np.object_]

    @property
    def expected(self) -> Vector:
        """Amount × probability, minor units."""
        return np.asarray(np.rint(self.amount) * self.probability)

    def only(self, kept: Flags) -> Claims:
        """Return the claims on some customers."""
        return replace(self, amount=np.where(kept, self.amount, 0.0))


def claim_losses(portfolio: Portfolio, stakes: Stakes) -> dict[str, Claims]:
    """Return the claims of every kind of loss, each customer in one of them at most.

    Dependence on one customer concerns its whole group: it claims all its members, or none.
    """
    late, notice, risky = _flag_reasons(portfolio)
    made = {
        "lost": _claim_lost(portfolio, stakes),
        "shrinking": _claim_shrinking(portfolio, stakes, late),
        "loss_making": _claim_loss_making(portfolio, stakes),
        "contract": _claim_by_loss("contract", stakes, notice),
        "overdue": _claim_by_loss("overdue", stakes, late),
        "arrears": _claim_arrears(portfolio, stakes),
        "risk": _claim_by_loss("risk", stakes, risky),
    }
    dependent = _claim_dependence(portfolio, stakes)
    group = dependent.amount > 0
    others = np.max([each.expected for each in made.values()], axis=0)
    if dependent.expected.sum() <= others[group].sum():
        dependent, group = dependent.only(np.zeros(len(portfolio), np.bool_)), np.zeros(len(portfolio), np.bool_)
    order = sorted(made, key=KINDS.index)
    best = np.argmax([made[kind].expected for kind in order], axis=0)
    kept = {kind: made[kind].only((best == place) & ~group) for place, kind in enumerate(order)}
    return {**kept, "dependent": dependent}


def find_dependence(portfolio: Portfolio) -> Alert | None:
    """Return the graver of the tests of one customer's share that fire; None where none does."""
    fired = [alert for alert in portfolio.alerts if alert.code in _DEPENDENCE and alert.fires and alert.culprits]
    return min(fired, key=lambda alert: VERDICTS.index(alert.verdict), default=None)


def claim_opportunities(portfolio: Portfolio, losses: Sequence[Claims]) -> tuple[Claims, pd.DataFrame]:
    """Return the claims of the one headline opportunity of each customer, and the opportunities themselves.

    None for customers that lose money already, or are likelier to be lost than not: there is another matter to settle first.
    """
    found = headline_opportunities(portfolio)
    count = len(portfolio)
    amount, share = np.zeros(count), np.zeros(count)
    who = found["customer"].to_numpy(np.int64)
    share[who] = found["share"].to_numpy(np.float64)
    amount[who] = found["amount"].to_numpy(np.float64)
    settled = np.zeros(count, np.bool_)
    for each in losses:
        if each.kind in ("loss_making", "lost"):
            settled |= each.amount > 0
        elif each.kind in ("overdue", "risk", "contract"):
            settled |= (each.amount > 0) & (each.probability >= _LIKELY)
    code = np.full(count, "peers", dtype=object)
    return Claims(UPSIDE, np.where(settled, 0.0, amount), np.zeros(count), share, code), found


def _flag_reasons(portfolio: Portfolio) -> tuple[Flags, Flags, Flags]:
    """Return who is late by its own rhythm, whose contract nears its notice date, and whose level of risk is high."""
    days = actions.reason_days(portfolio)
    found = {reason: days[:, place] != actions.NEVER for place, reason in enumerate(actions.REASONS)}
    return found["overdue"], found["contract"], found["risk"]


def _claim_known_amounts(
    kind: str, where: Flags, amount: Vector, sales: Vector, probability: Vector, code: object
) -> Claims:
    """Return claims on the customers `where` something is at stake with some probability."""
    known = where & (amount >= 1) & ~np.isnan(probability)
    codes = code if isinstance(code, np.ndarray) else np.full(len(where), code, dtype=object)
    return Claims(kind, np.where(known, np.rint(amount), 0.0), sales, np.where(known, probability, 0.0), codes)


def _claim_by_loss(kind: str, stakes: Stakes, where: Flags) -> Claims:
    """Claim what a customer brings a year, with P(lost)."""
    return _claim_known_amounts(kind, where, stakes.now, stakes.sales, stakes.lost, _name_loss_chance(stakes))


def _name_loss_chance(stakes: Stakes) -> NDArray[np.object_]:
    return np.where(stakes.is_forecast, "p_lost", "risk_level").astype(object)


def _claim_lost(portfolio: Portfolio, stakes: Stakes) -> Claims:
    """Claim the year of those that have lapsed (no purchase within `state.active_days`): the fuller of the last two."""
    gone = (portfolio.frame["state"] == "lapsed").to_numpy(dtype=np.bool_)
    known = ~np.isnan(stakes.lost)
    code = np.where(known, _name_loss_chance(stakes), "observed").astype(object)
    sales = np.maximum(stakes.sales, stakes.sales_before)
    chance = np.where(known, stakes.lost, 1.0)
    return _claim_known_amounts("lost", gone, np.maximum(stakes.now, stakes.before), sales, chance, code)


def _claim_shrinking(portfolio: Portfolio, stakes: Stakes, late: Flags) -> Claims:
    """Claim what is missing against the year before of those that still buy, `forecast.shrinks` or less of it.

    Who is likelier to be lost than not, or late by its own rhythm, is about to leave: another finding.
    """
    limit = portfolio.definition.number("forecast.shrinks")
    smaller = (stakes.sales > 0) & (stakes.sales <= limit * stakes.sales_before)
    smaller &= (portfolio.frame["state"] != "lapsed").to_numpy(dtype=np.bool_) & ~late
    smaller &= ~(stakes.lost >= _LIKELY)
    missing = stakes.sales_before - stakes.sales
    return _claim_known_amounts(
        "shrinking", smaller, stakes.before - stakes.now, missing, np.ones(len(portfolio)), "observed"
    )


def _claim_loss_making(portfolio: Portfolio, stakes: Stakes) -> Claims:
    """Claim the loss of those whose gross profit, or what is left of it after the costs charged to them, is below 0."""
    frame = portfolio.frame
    names = [name for name in ("gross_profit_12m", "net_profit_12m") if name in frame]
    worst = np.fmin.reduce([frame[name].to_numpy(np.float64, na_value=np.nan) for name in names])
    loss = np.nan_to_num(-worst)
    return _claim_known_amounts("loss_making", loss > 0, loss, stakes.sales, np.ones(len(frame)), "observed")


def _claim_arrears(portfolio: Portfolio, stakes: Stakes) -> Claims:
    """Claim the sales that are presumably unpaid of those that pay late, with the loss rate of so many days."""
    frame, definition = portfolio.frame, portfolio.definition
    late = frame["overdue_days"].to_numpy(np.float64, na_value=0.0)
    rates = definition.value("materiality.arrears")
    chance = np.full(len(frame), float(rates["later"]))
    for days, name in reversed(_ARREARS):
        chance[late <= days] = float(rates[name])
    typical = stakes.sales * definition.number("credit.exposure_days") / 365
    exposed = frame["sales_exposure"].to_numpy(np.float64, na_value=np.nan)
    open_sales = np.where(np.isnan(exposed), typical, np.maximum(exposed, 0.0))
    return _claim_known_amounts("arrears", late > 0, open_sales, open_sales, chance, "arrears")


def _claim_dependence(portfolio: Portfolio, stakes: Stakes) -> Claims:
    """Claim of the group on which too much depends what its loss, or its shrinking by a fifth, is expected to cost.

    The graver of the two: a loss costs all with P(lost), shrinking at least 1 − `forecast.shrinks` with P(shrinks).
    """
    alert = find_dependence(portfolio)
    count = len(portfolio)
    group = np.zeros(count, np.bool_) if alert is None else portfolio.group_of == alert.culprits[0]
    whole = _claim_known_amounts("dependent", group, stakes.now, stakes.sales, stakes.lost, _name_loss_chance(stakes))
    part = stakes.now * (1 - portfolio.definition.number("forecast.shrinks"))
    shrinks = _claim_known_amounts("dependent", group, part, stakes.sales, stakes.shrinks, "p_shrinks")
    graver: Callable[[Claims], float] = lambda claims: float(claims.expected.sum())  # noqa: E731 - the key of one comparison
    return max((whole, shrinks), key=graver)
