"""The facts behind each finding, typed: what `findings.toml` needs for its sentence, and until when to act."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.language.errors import Text
from engine.lists import actions
from engine.lists.materiality.claims import find_dependence
from engine.lists.materiality.finding import Cause
from engine.lists.materiality.wording import word_event, word_measure
from engine.measures.opportunities import headline_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.lists.materiality.claims import Claims
    from engine.lists.materiality.stakes import Stakes
    from engine.scoring.portfolio import Portfolio


def find_cause(portfolio: Portfolio, stakes: Stakes, claims: Claims, customers: Sequence[int]) -> Cause:
    """Return the cause of a finding of any kind of loss.

    Parameters
    ----------
    claims
        Those of the finding's kind.
    customers
        Positions, the most money first.
    """
    at = np.asarray(customers, dtype=np.intp)
    if claims.kind == "dependent":
        return _tell_dependence(portfolio, stakes, claims, customers)
    year = np.maximum(stakes.sales, stakes.sales_before) if claims.kind == "lost" else stakes.sales
    year = np.maximum(year, 0.0)
    whole = float(year.sum())
    sales = int(np.rint(claims.sales[at].sum()))
    shares = {"share": float(year[at].sum()) / whole if whole > 0 else 0.0}
    amounts = {"sales": sales}
    if claims.kind == "loss_making":
        amounts["loss"] = int(claims.amount[at].sum())
    if len(customers) > 1:
        shares["limit"] = 1 - portfolio.definition.number("forecast.shrinks")
        return Cause(f"{claims.kind}_group", amounts, shares, {"count": len(customers)})
    return _tell_single_customer(portfolio, stakes, claims, int(at[0]), Cause(claims.kind, amounts, shares))


def _tell_single_customer(portfolio: Portfolio, stakes: Stakes, claims: Claims, at: int, cause: Cause) -> Cause:
    """Add the facts that only a single customer has."""
    row = portfolio.frame.iloc[at]
    shares, numbers = dict(cause.shares), dict(cause.numbers)
    dates: dict[str, date] = {}
    named: dict[str, Text] = {}
    if claims.kind == "lost":
        numbers["silent"] = float(row["recency_days"])
    elif claims.kind == "shrinking":
        shares["fall"] = float(claims.sales[at] / stakes.sales_before[at])
    elif claims.kind == "loss_making":
        gross = row["gross_profit_12m"]
        named["measure"] = word_measure("gross_profit" if pd.notna(gross) and gross < 0 else "contribution")
    elif claims.kind == "contract":
        terms = portfolio.tables.customers.iloc[at]
        dates = {"end": _read_stamp_date(terms["contract_end"]), "notice": _find_first_notice_date(portfolio, [at])}
    elif claims.kind == "overdue":
        dates["last"], numbers["ratio"] = _read_stamp_date(row["last_order"]), float(row["overdue_ratio"])
    elif claims.kind == "arrears":
        numbers["late"] = float(row["overdue_days"])
    elif claims.kind == "risk":
        shares["chance"] = float(claims.probability[at])
    return Cause(cause.rule, cause.amounts, shares, numbers, dates, named)


def _tell_dependence(portfolio: Portfolio, stakes: Stakes, claims: Claims, customers: Sequence[int]) -> Cause:
    alert = find_dependence(portfolio)
    assert alert is not None and alert.value is not None and alert.limit is not None  # noqa: S101, PT018 - it fired
    at = np.asarray(customers, dtype=np.intp)
    code = "shrinks" if claims.code[at[0]] == "p_shrinks" else "lost"
    amounts = {"sales": int(np.rint(stakes.sales[at].sum())), "stake": int(claims.amount[at].sum())}
    named = {"event": word_event(code, 1 - portfolio.definition.number("forecast.shrinks")), "test": alert.item}
    shares = {"held": alert.value, "limit": alert.limit}
    if "short" not in alert.facts.amounts:
        return Cause("dependent", amounts, shares, words=named)
    amounts["short"] = int(np.rint(alert.facts.amounts["short"]))
    return Cause("dependent_fixed", amounts, {"held": alert.value}, words=named)


def tell_opportunity(portfolio: Portfolio, found: pd.Series) -> Cause:
    """Return the cause of an opportunity, a row of `engine.measures.opportunities.headline_opportunities`."""
    product = Text(str(found["product"]), str(found["product"]))
    named = {"product": product, "reason": headline_reason(portfolio, found)}
    return Cause(
        "opportunity", shares={"part": float(found["share"])}, numbers={"buyers": int(found["n"])}, words=named
    )


def find_due(portfolio: Portfolio, kind: str, customers: Sequence[int]) -> date:
    """Return the day by which to act: so many days after the as-of date, of contracts the notice date where it is sooner."""
    latest = portfolio.as_of + timedelta(days=int(portfolio.definition.value("materiality.days")[kind]))
    if kind != "contract":
        return latest
    return max(portfolio.as_of, min(latest, _find_first_notice_date(portfolio, customers)))


def _find_first_notice_date(portfolio: Portfolio, customers: Sequence[int]) -> date:
    first = int(actions.notice_days(portfolio)[np.asarray(customers, dtype=np.intp)].min())
    day: date = np.datetime64(first, "D").astype(object)
    return day


def _read_stamp_date(value: Any) -> date:
    day: date = value.date()
    return day
