"""Tests on the mix: diversity of groups, where the gross profit comes from, sales at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language import words
from engine.language.errors import Text
from engine.scoring.alerts.alert import CULPRITS, Alert, Facts
from engine.scoring.alerts.base import ceiling, clear_hhi, join_facts, judge, largest
from engine.scoring.alerts.wording import word_alert, word_of, word_unavailable
from engine.scoring.concentration import BLANK, group_sales, index
from engine.scoring.loss_chance import loss_chances

if TYPE_CHECKING:
    import pandas as pd

    from engine.scoring.portfolio import Portfolio


def diversity(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 顧客多様性の欠如: the least even of industry, size and region.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    found: list[tuple[float, str, pd.Series]] = []
    for column in ("industry", "size", "region"):
        if portfolio.frame[column].notna().any():
            groups = group_sales(portfolio, column)
            groups = groups[groups > 0]
            if not groups.empty:
                found.append((index("entropy", groups.to_numpy(np.float64)), column, groups))
    if not found or sales.empty:
        return word_unavailable(portfolio, "diversity", "no_groups")
    least, column, groups = min(found, key=lambda each: each[0])
    verdict, passed = judge(least, portfolio.definition.value("alerts.diversity"), below=True)
    dimension, leader = words.text("dimensions", column), str(groups.index[0])
    facts = Facts(
        shares={"held": float(groups.iloc[0] / groups.sum())},
        words={
            "dimension": Text(dimension.ja, dimension.en.lower()),
            "leader": Text(leader, leader) if leader else BLANK,
        },
    )
    if verdict == "ok":
        return word_alert(portfolio, "diversity", least, passed, verdict, (), facts, "group_leads")
    inside = portfolio.frame.index[(portfolio.frame[column] == groups.index[0]).fillna(False)]
    biggest = portfolio.frame["sales_12m"].loc[inside].astype("Float64").sort_values(ascending=False, kind="stable")
    culprits = tuple(int(position) for position in biggest.index[:3])
    clear = ("grow_outside",)
    return word_alert(portfolio, "diversity", least, passed, verdict, culprits, facts, "group_leads", clear)


def bias(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 収益源の顧客偏重: HHI of gross profit, and the share of sales that comes from new customers.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    definition = portfolio.definition
    profit = group_sales(portfolio, measure="gross_profit_12m")
    profit = profit[profit > 0]
    if profit.empty or sales.empty:
        return word_unavailable(portfolio, "bias", "no_cost")
    values = profit.to_numpy(np.float64)
    hhi = index("hhi", values)
    verdict, passed = judge(hhi, definition.value("alerts.bias"))
    newcomers, least = _sum_share_of_new_customers(portfolio), definition.number("alerts.newcomers")
    shares = {"newcomers": newcomers, "least": least, "top": float(values[0] / values.sum())}
    facts, clear = Facts(shares=shares, customers=largest(profit)), list[str]()
    if verdict != "ok":
        rule, more = clear_hhi(portfolio, values, passed, word_of("profit_hhi"))
        facts = join_facts(facts, more)
        clear.append(rule)
    if newcomers < least:
        clear.append("more_newcomers")
    return word_alert(
        portfolio,
        "bias",
        hhi,
        passed,
        "caution" if verdict == "ok" and newcomers < least else verdict,
        largest(profit, 3) if verdict != "ok" else (),
        facts,
        "few_newcomers" if clear == ["more_newcomers"] else "profit_from",
        tuple(clear),
        fired=_name_bias_threshold(clear),
    )


def _name_bias_threshold(clear: list[str]) -> str:
    """Return which of the two limits was passed; blank where both were or neither, and both are shown."""
    if len(clear) != 1:
        return ""
    return "bias_newcomers" if clear == ["more_newcomers"] else "bias_profit"


def _sum_share_of_new_customers(portfolio: Portfolio) -> float:
    """Share of the last twelve months' sales from customers whose first order lies within `state.new_days`."""
    frame = portfolio.frame
    young = (frame["tenure_days"] < portfolio.definition.number("state.new_days")).fillna(False)
    sales = frame["sales_12m"].astype("Float64")
    return float(sales[young].sum() / sales.sum())


def at_risk(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 顧客リスク: the sales that are expected to be lost within a year.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    frame = portfolio.frame
    known = (frame["level_risk"] != "unknown").to_numpy(dtype=bool)
    amounts = np.maximum(frame["sales_12m"].to_numpy(np.float64, na_value=0.0), 0)
    if sales.empty or not (known & (amounts > 0)).any():
        return word_unavailable(portfolio, "at_risk", "no_risk")
    loss = np.where(known, amounts * np.nan_to_num(loss_chances(portfolio)), 0.0)
    lost, base = float(loss.sum()), float(amounts[known].sum())
    verdict, passed = judge(lost / base, portfolio.definition.value("alerts.at_risk"))
    fires = verdict != "ok"
    high = np.flatnonzero((frame["level_risk"] == "high").to_numpy(dtype=bool))
    worst = tuple(int(position) for position in high[np.argsort(-loss[high], kind="stable")][:CULPRITS])
    excess = {"excess": ceiling(lost - passed * base, portfolio)} if fires else {}
    facts = Facts(
        amounts={"expected": round(lost), "held": float(amounts[high].sum()), **excess}, numbers={"high": len(high)}
    )
    culprits = worst if fires else ()
    clear = ("win_back",) if fires else ()
    return word_alert(portfolio, "at_risk", lost / base, passed, verdict, culprits, facts, "high_risk", clear)
