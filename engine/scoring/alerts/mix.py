"""Tests on the mix: diversity of groups, where the gross profit comes from, sales at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language import words
from engine.language.display import number, percent
from engine.language.errors import Text
from engine.scoring.alerts.alert import CULPRITS, Alert
from engine.scoring.alerts.base import NOTHING, amount, both, ceiling, clear_hhi, judge, largest, names_of, unavailable
from engine.scoring.concentration import group_sales, index
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
    code, source = "diversity", portfolio.definition.source("alerts.diversity")
    measure = Text(
        "業界・規模・地域の多様性(正規化エントロピーの最小)",
        "diversity by industry, size, region (least normalised entropy)",
    )
    found: list[tuple[float, str, pd.Series]] = []
    for column in ("industry", "size", "region"):
        if portfolio.frame[column].notna().any():
            groups = group_sales(portfolio, column)
            groups = groups[groups > 0]
            if not groups.empty:
                found.append((index("entropy", groups.to_numpy(np.float64)), column, groups))
    if not found or sales.empty:
        missing = Text("業界・規模・地域の列がありません", "there is no column for industry, size or region")
        return unavailable(code, measure, missing, source)
    limits = portfolio.definition.value("alerts.diversity")
    least, column, groups = min(found, key=lambda each: each[0])
    verdict, passed = judge(least, limits, below=True)
    dimension = words.text("dimensions", column)
    leader = str(groups.index[0]) or "(空欄)"
    share = both(percent, float(groups.iloc[0] / groups.sum()))
    inside = portfolio.frame.index[(portfolio.frame[column] == groups.index[0]).fillna(False)]
    biggest = portfolio.frame["sales_12m"].loc[inside].astype("Float64").sort_values(ascending=False, kind="stable")
    clear = NOTHING
    if verdict != "ok":
        clear = Text(
            f"「{leader}」以外の{dimension.ja}の売上を伸ばし、エントロピーを{passed:g}以上にする",
            f'grow sales outside "{leader}" until the entropy by {dimension.en.lower()} reaches {passed:g}',
        )
    return Alert(
        code,
        words.text("alerts", code),
        measure,
        least,
        both(number, least, 2),
        Text(f"{passed:g}未満", f"below {passed:g}"),
        verdict,
        tuple(int(position) for position in biggest.index[:3]) if verdict != "ok" else (),
        Text(
            f"{dimension.ja}別では「{leader}」が{share.ja}", f'by {dimension.en.lower()}, "{leader}" holds {share.en}'
        ),
        clear,
        source,
    )


def bias(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 収益源の顧客偏重: HHI of gross profit, and the share of sales that comes from new customers.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    code, definition = "bias", portfolio.definition
    measure = Text("粗利のHHIと新規顧客の売上割合", "HHI of gross profit, and share of sales from new customers")
    source = definition.source("alerts.bias")
    profit = group_sales(portfolio, measure="gross_profit_12m")
    profit = profit[profit > 0]
    if profit.empty or sales.empty:
        missing = Text("取引の原価の列がありません", "the orders have no cost")
        return unavailable(code, measure, missing, source)
    values = profit.to_numpy(np.float64)
    hhi = index("hhi", values)
    limits = definition.value("alerts.bias")
    verdict, passed = judge(hhi, limits)
    newcomers, least = _sum_share_of_new_customers(portfolio), definition.number("alerts.newcomers")
    new_text = both(percent, newcomers)
    few_new = newcomers < least
    clear = clear_hhi(portfolio, values, passed, "粗利のHHI") if verdict != "ok" else NOTHING
    clear = Text(clear.ja, clear.en.replace("粗利のHHI", "the HHI of gross profit"))
    if few_new:
        goal = percent(least, "ja", 0)
        clear = Text(
            "。".join(filter(None, [clear.ja, f"新規顧客の売上割合を{goal}以上にする"])),
            "; ".join(filter(None, [clear.en, f"raise the share of sales from new customers to {goal}"])),
        )
    return Alert(
        code,
        words.text("alerts", code),
        measure,
        hhi,
        Text(f"{number(hhi, 'ja')}、新規{new_text.ja}", f"{number(hhi, 'en')}, new {new_text.en}"),
        Text(
            f"{number(passed, 'ja')}以上、新規{percent(least, 'ja', 0)}未満",
            f"{number(passed, 'en')} or more, new below {percent(least, 'en', 0)}",
        ),
        "caution" if verdict == "ok" and few_new else verdict,
        largest(profit, 3) if verdict != "ok" else (),
        Text(
            f"粗利の{percent(values[0] / values.sum(), 'ja')}が{names_of(portfolio, largest(profit)).ja}",
            f"{percent(values[0] / values.sum(), 'en')} of gross profit from {names_of(portfolio, largest(profit)).en}",
        ),
        clear,
        source,
    )


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
    code, source = "at_risk", portfolio.definition.source("alerts.at_risk")
    measure = Text("失注の見込み額(Σ 売上×失注確率)÷売上", "sales expected to be lost (Σ sales × probability) ÷ sales")
    frame = portfolio.frame
    known = (frame["level_risk"] != "unknown").to_numpy(dtype=bool)
    amounts = np.maximum(frame["sales_12m"].to_numpy(np.float64, na_value=0.0), 0)
    if sales.empty or not (known & (amounts > 0)).any():
        missing = Text("リスクの判定ができる顧客がいません", "no customer has a known risk")
        return unavailable(code, measure, missing, source)
    loss = np.where(known, amounts * np.nan_to_num(loss_chances(portfolio)), 0.0)
    share = float(loss.sum() / amounts[known].sum())
    limits = portfolio.definition.value("alerts.at_risk")
    verdict, passed = judge(share, limits)
    high = np.flatnonzero((frame["level_risk"] == "high").to_numpy(dtype=bool))
    worst = tuple(int(position) for position in high[np.argsort(-loss[high], kind="stable")][:CULPRITS])
    expected = amount(portfolio, round(float(loss.sum())))
    held = amount(portfolio, float(amounts[high].sum()))
    clear = NOTHING
    if verdict != "ok":
        excess = amount(portfolio, ceiling(float(loss.sum()) - passed * float(amounts[known].sum()), portfolio))
        clear = Text(
            f"リスク「高」の顧客を立て直し、見込み額をあと{excess.ja}減らす",
            f"win back high-risk customers until the expected loss falls by {excess.en}",
        )
    return Alert(
        code,
        words.text("alerts", code),
        measure,
        share,
        Text(f"{percent(share, 'ja')}({expected.ja})", f"{percent(share, 'en')} ({expected.en})"),
        Text(f"{percent(passed, 'ja', 0)}以上", f"{percent(passed, 'en', 0)} or more"),
        verdict,
        worst if verdict != "ok" else (),
        Text(
            f"リスク「高」は{len(high):,}社、売上{held.ja}",
            f"customers at high risk: {len(high):,}, with sales of {held.en}",
        ),
        clear,
        source,
    )
