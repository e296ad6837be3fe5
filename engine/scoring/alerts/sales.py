"""Tests on the sales of the customers: dependence, concentration, a single customer, a few customers, spread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.scoring.alerts.alert import CULPRITS, Alert, Facts
from engine.scoring.alerts.base import ceiling, clear_hhi, join_facts, judge, largest
from engine.scoring.alerts.wording import word_alert, word_of, word_unavailable
from engine.scoring.concentration import customers_to, group_sales, index

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

_TOP: Final = (3, 5)  # customers whose share is told together


def _top_share_alert(code: str, portfolio: Portfolio, sales: pd.Series) -> Alert:
    if sales.empty:
        return word_unavailable(portfolio, code, "no_sales")
    top, total = float(sales.iloc[0]), float(sales.sum())
    verdict, passed = judge(top / total, portfolio.definition.value(f"alerts.{code}"))
    fires = verdict != "ok"
    # The others must buy so much more that the largest falls below the limit of the whole: part ÷ limit − total.
    more = {"more": ceiling(top / passed - total, portfolio)} if fires else {}
    facts = Facts(amounts={"held": top, **more}, customers=largest(sales))
    culprits = largest(sales) if fires else ()
    clear = ("others_buy",) if fires else ()
    return word_alert(portfolio, code, top / total, passed, verdict, culprits, facts, "largest_holds", clear)


def dependence(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 顧客依存: the share of the largest customer (ASC 280-10-50-42; IFRS 8 ¶34).

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    return _top_share_alert("dependence", portfolio, sales)


def single(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 単一顧客依存: the largest holds half of sales, or fixed costs are not covered once it is lost.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    alert = _top_share_alert("single", portfolio, sales)
    fixed = portfolio.definition.number("general.fixed_cost") * 10**portfolio.digits
    profit = group_sales(portfolio, measure="gross_profit_12m")
    if alert.value is None or alert.limit is None or math.isnan(fixed) or profit.empty:
        return alert
    if sales.index[0] not in profit.index:
        return alert
    left = float(profit.sum() - profit[sales.index[0]])
    if left >= fixed:
        return alert
    top = largest(sales)
    facts = Facts(amounts={"short": fixed - left}, customers=top)
    return word_alert(
        portfolio,
        "single",
        alert.value,
        alert.limit,
        "severe",
        top,
        facts,
        "fixed_cost_short",
        ("others_profit",),
        entry="general.fixed_cost",
        fired="single_fixed",
    )


def concentration(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 顧客集中: the Herfindahl–Hirschman index of the customers' shares.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    if sales.empty:
        return word_unavailable(portfolio, "concentration", "no_sales")
    values = sales.to_numpy(np.float64)
    hhi = index("hhi", values)
    verdict, passed = judge(hhi, portfolio.definition.value("alerts.concentration"))
    cause, facts = _largest_shares(values)
    if verdict == "ok":
        return word_alert(portfolio, "concentration", hhi, passed, verdict, (), facts, cause)
    clear, more = clear_hhi(portfolio, values, passed, word_of("hhi"))
    facts = join_facts(facts, more)
    return word_alert(portfolio, "concentration", hhi, passed, verdict, largest(sales, 3), facts, cause, (clear,))


def _largest_shares(values: NDArray[np.float64]) -> tuple[str, Facts]:
    """Return what the three and the five largest hold; nothing is said of three or five that are everybody."""
    cause = "everybody" if len(values) <= _TOP[0] else "top_three" if len(values) <= _TOP[1] else "top_five"
    return cause, Facts(shares={name: index(name, values) for name in ("cr3", "cr5")}, numbers={"all": len(values)})


def few(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 少数顧客依存: how few customers make four fifths of sales (Pareto).

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    definition = portfolio.definition
    portion = definition.number("alerts.few_share")
    reach = Facts(shares={"reach": portion})
    if sales.empty:
        return word_unavailable(portfolio, "few", "no_sales", reach, entry="alerts.few_share")
    values = sales.to_numpy(np.float64)
    few = customers_to(values, portion)
    limit = max(
        int(definition.number("alerts.few_customers")),
        math.floor(definition.number("alerts.few_portion") * len(values)),
    )
    fires = few <= limit
    more = ceiling(float(values[:limit].sum()) / portion - float(values.sum()), portfolio)
    named, rest = largest(sales, few), few - min(few, CULPRITS)
    facts = join_facts(
        reach,
        Facts(amounts={"more": more} if fires else {}, numbers={"all": len(values), "rest": rest}, customers=named),
    )
    return word_alert(
        portfolio,
        "few",
        float(few),
        float(limit),
        "warning" if fires else "ok",
        named if fires else (),
        facts,
        "few_and_more" if rest else "few_named",
        ("outside_buy",) if fires else (),
        entry="alerts.few_share",
    )


def spread(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 顧客分散不足: the effective number of customers.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    if sales.empty:
        return word_unavailable(portfolio, "spread", "no_sales")
    values = sales.to_numpy(np.float64)
    effective = index("effective_number", values)
    verdict, passed = judge(effective, portfolio.definition.value("alerts.spread"), below=True)
    facts = Facts(numbers={"all": len(values)})
    if verdict == "ok":
        return word_alert(portfolio, "spread", effective, passed, verdict, (), facts, "spread_even")
    clear, more = clear_hhi(portfolio, values, 10_000 / passed, word_of("hhi"))
    facts = join_facts(facts, more)
    culprits = largest(sales, 3)
    return word_alert(
        portfolio, "spread", effective, passed, verdict, culprits, facts, "spread_thin", (f"{clear}_spread",)
    )
