"""Tests on the sales of the customers: dependence, concentration, a single customer, a few customers, spread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.display import number, percent
from engine.language.errors import Text
from engine.scoring.alerts.alert import CULPRITS, Alert
from engine.scoring.alerts.base import (
    NO_SALES,
    NOTHING,
    amount,
    both,
    ceiling,
    clear_hhi,
    judge,
    largest,
    more_from_others,
    names_of,
    unavailable,
)
from engine.scoring.concentration import customers_to, group_sales, index

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

_TOP: Final = (3, 5)  # customers whose share is told together
_TOP_SHARE: Final = Text(
    "最大顧客の構成比(直近12か月、グループ合算)", "share of the largest customer (12 months, groups as one)"
)


def _top_share_alert(code: str, portfolio: Portfolio, sales: pd.Series) -> Alert:
    source = portfolio.definition.source(f"alerts.{code}")
    if sales.empty:
        return unavailable(code, _TOP_SHARE, NO_SALES, source)
    limits = portfolio.definition.value(f"alerts.{code}")
    top, total = float(sales.iloc[0]), float(sales.sum())
    verdict, passed = judge(top / total, limits)
    culprits = largest(sales) if verdict != "ok" else ()
    clear = NOTHING
    if verdict != "ok":
        under = Text(f"{percent(passed, 'ja', 0)}未満になる", f"below {percent(passed, 'en', 0)}")
        clear = more_from_others(portfolio, top, total, passed, under)
    share = both(percent, top / total)
    who, sum_of = names_of(portfolio, largest(sales)), amount(portfolio, top)
    return Alert(
        code,
        words.text("alerts", code),
        _TOP_SHARE,
        top / total,
        share,
        Text(f"{percent(passed, 'ja', 0)}以上", f"{percent(passed, 'en', 0)} or more"),
        verdict,
        culprits,
        Text(f"{who.ja}が{sum_of.ja}で{share.ja}", f"{who.en}: {sum_of.en}, {share.en}"),
        clear,
        source,
    )


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
    if math.isnan(fixed) or profit.empty or sales.empty or sales.index[0] not in profit.index:
        return alert
    left = float(profit.sum() - profit[sales.index[0]])
    if left >= fixed:
        return alert
    short = amount(portfolio, fixed - left)
    name = names_of(portfolio, largest(sales))
    return Alert(
        alert.code,
        alert.item,
        alert.measure,
        alert.value,
        alert.display,
        alert.threshold,
        "severe",
        largest(sales),
        Text(
            f"{name.ja}を失うと固定費を{short.ja}まかなえません",
            f"without {name.en}, fixed costs are short by {short.en}",
        ),
        Text(f"他の顧客の粗利をあと{short.ja}増やす", f"raise the others' gross profit by {short.en}"),
        alert.source,
    )


def concentration(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 顧客集中: the Herfindahl–Hirschman index of the customers' shares.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    code, source = "concentration", portfolio.definition.source("alerts.concentration")
    measure = Text("HHI(売上構成比の2乗和、0〜10,000)", "HHI (sum of squared shares, 0–10,000)")
    if sales.empty:
        return unavailable(code, measure, NO_SALES, source)
    limits = portfolio.definition.value("alerts.concentration")
    values = sales.to_numpy(np.float64)
    hhi = index("hhi", values)
    verdict, passed = judge(hhi, limits)
    clear = clear_hhi(portfolio, values, passed, "HHI") if verdict != "ok" else NOTHING
    return Alert(
        code,
        words.text("alerts", code),
        measure,
        hhi,
        both(number, hhi),
        Text(f"{number(passed, 'ja')}以上", f"{number(passed, 'en')} or more"),
        verdict,
        largest(sales, 3) if verdict != "ok" else (),
        _largest_shares(values),
        clear,
        source,
    )


def _largest_shares(values: NDArray[np.float64]) -> Text:
    """Return what the three and the five largest hold; nothing is said of three or five that are everybody."""
    n, (cr3, cr5) = len(values), (both(percent, index(name, values)) for name in ("cr3", "cr5"))
    if n <= _TOP[0]:
        return Text(f"売上のある顧客は{n}社", f"customers with sales: {n}")
    if n <= _TOP[1]:
        return Text(f"上位3社で{cr3.ja}(全{n}社)", f"the top 3 of {n} hold {cr3.en}")
    return Text(f"上位3社で{cr3.ja}、上位5社で{cr5.ja}", f"the top 3 hold {cr3.en}, the top 5 {cr5.en}")


def few(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 少数顧客依存: how few customers make four fifths of sales (Pareto).

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    code, definition = "few", portfolio.definition
    portion = definition.number("alerts.few_share")
    reach = percent(portion, "ja", 0)
    measure = Text(f"売上の{reach}に達する社数", f"customers that make {reach} of sales")
    source = definition.source("alerts.few_share")
    if sales.empty:
        return unavailable(code, measure, NO_SALES, source)
    values = sales.to_numpy(np.float64)
    few = customers_to(values, portion)
    limit = max(
        int(definition.number("alerts.few_customers")),
        math.floor(definition.number("alerts.few_portion") * len(values)),
    )
    fires = few <= limit
    part = float(values[:limit].sum())
    clear = NOTHING
    if fires:
        goal = Text(f"{reach}に達する社数が{limit}社を超える", f"above {limit} customers for {reach}")
        more = amount(portfolio, ceiling(part / portion - float(values.sum()), portfolio))
        clear = Text(
            f"あと{more.ja}を上位{limit}社以外で売れば{goal.ja}",
            f"{more.en} more from outside the top {limit} brings it {goal.en}",
        )
    cause = names_of(portfolio, largest(sales, few))
    rest = few - min(few, CULPRITS)
    return Alert(
        code,
        words.text("alerts", code),
        measure,
        float(few),
        Text(f"{few:,}社(全{len(values):,}社)", f"{few:,} of {len(values):,}"),
        Text(f"{limit:,}社以下", f"{limit:,} or fewer"),
        "warning" if fires else "ok",
        largest(sales, few) if fires else (),
        Text(cause.ja + (f" ほか{rest:,}社" if rest else ""), cause.en + (f" and {rest:,} more" if rest else "")),
        clear,
        source,
    )


def spread(portfolio: Portfolio, sales: pd.Series) -> Alert:
    """Test 顧客分散不足: the effective number of customers.

    Parameters
    ----------
    sales
        Sales of the last twelve months by group (its parent's position), the largest first, in minor units.
    """
    code, source = "spread", portfolio.definition.source("alerts.spread")
    measure = Text("有効顧客数(1÷構成比の2乗和)", "effective number of customers (1 ÷ sum of squared shares)")
    if sales.empty:
        return unavailable(code, measure, NO_SALES, source)
    limits = portfolio.definition.value("alerts.spread")
    values = sales.to_numpy(np.float64)
    effective = index("effective_number", values)
    verdict, passed = judge(effective, limits, below=True)
    clear = NOTHING
    if verdict != "ok":
        clear = clear_hhi(portfolio, values, 10_000 / passed, "HHI")
        clear = Text(f"{clear.ja}(有効顧客数{passed:g}社超)", f"{clear.en} (effective number above {passed:g})")
    return Alert(
        code,
        words.text("alerts", code),
        measure,
        effective,
        Text(
            f"{number(effective, 'ja', 2 if effective < 100 else 0)}社",
            number(effective, "en", 2 if effective < 100 else 0),
        ),
        Text(f"{passed:g}社未満", f"below {passed:g}"),
        verdict,
        largest(sales, 3) if verdict != "ok" else (),
        Text(
            f"{len(values):,}社あるが、均等な{number(effective, 'ja', 1)}社ぶんの分散しかない"
            if verdict != "ok"
            else f"{len(values):,}社が均等な{number(effective, 'ja', 1)}社ぶんに分散している",
            f"{len(values):,} customers spread the risk like {number(effective, 'en', 1)} equal ones",
        ),
        clear,
        source,
    )
