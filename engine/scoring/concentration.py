"""Concentration of sales: Herfindahl index, largest shares, effective number, entropy, Gini, customers to 80 %."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language import words
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

BLANK: Final = Text("(空欄)", "(blank)")


def largest_remainder(shares: Sequence[float] | NDArray[np.float64], digits: int = 1) -> NDArray[np.float64]:
    """Return percentages with `digits` decimals that sum to exactly 100 (Hamilton's method).

    Each share is cut down to the last decimal; the units that are missing go to the largest remainders, the earlier
    first where remainders are equal. Shares that do not sum to 1 (or hold NaN) are only rounded.

    Parameters
    ----------
    shares
        Shares from 0 to 1; NaN where unknown.
    digits
        Decimals of the percentages.

    >>> largest_remainder([1500 / 2900, 900 / 2900, 500 / 2900]).tolist()
    [51.7, 31.0, 17.3]
    """
    scale = 10**digits
    exact = np.round(np.asarray(shares, dtype=np.float64) * 100 * scale, 6)
    if not len(exact) or not np.isclose(exact.sum(), 100 * scale, atol=1e-3):
        return np.asarray(np.round(exact / scale, digits))
    floor = np.floor(exact)
    missing = round(100 * scale - floor.sum())
    winners = np.argsort(-(exact - floor), kind="stable")[:missing]
    floor[winners] += 1
    return np.asarray(np.round(floor / scale, digits))


def index(name: str, sales: NDArray[np.float64]) -> float:
    """Return the concentration index `name` over the groups' sales.

    Parameters
    ----------
    name
        hhi (0–10,000), cr1, cr3, cr5 (0–1), effective_number, entropy (0–1), gini (0–1), customers_80 (a count).
    sales
        Sales per group; groups with 0 or less do not count. Without any the answer is NaN.

    Notes
    -----
    With shares s: HHI = 10,000 Σs² (Herfindahl–Hirschman); effective number = 1 ÷ Σs² (Laakso & Taagepera 1979);
    entropy = −Σ s ln s ÷ ln n, and 0 for a single group (Shannon 1948); Gini = Σ(2i − n − 1)·xᵢ ÷ (n Σx) over rising x.
    """
    positive = np.sort(sales[sales > 0])[::-1]
    if not len(positive):
        return float("nan")
    share = positive / positive.sum()
    if name == "hhi":
        return float(10_000 * (share**2).sum())
    if name in ("cr1", "cr3", "cr5"):
        return float(min(share[: int(name[2:])].sum(), 1.0))
    if name == "effective_number":
        return float(1 / (share**2).sum())
    if name == "entropy":
        return float(-(share * np.log(share)).sum() / np.log(len(share))) if len(share) > 1 else 0.0
    if name == "gini":
        rank = np.arange(len(share), 0, -1)
        return float(((2 * rank - len(share) - 1) * share).sum() / len(share))
    if name == "customers_80":
        return float(customers_to(positive, int(name.removeprefix("customers_")) / 100))
    raise KeyError(name)


def customers_to(sales: NDArray[np.float64], portion: float) -> int:
    """Return the smallest number of the largest groups that reach `portion` of the sales (reached = included).

    Parameters
    ----------
    sales
        Sales by group, in any order; those not above 0 are left out.
    portion
        Share of the sum, above 0 and up to 1.
    """
    ordered = np.sort(sales[sales > 0])[::-1]
    running = np.cumsum(ordered)
    return int(np.searchsorted(running, portion * running[-1] * (1 - 1e-12), side="left")) + 1 if len(ordered) else 0


def roll_up(customers: pd.DataFrame) -> NDArray[np.intp]:
    """Return for each customer the position of the top of its group, following parent_id upwards.

    A parent that is no customer itself (a group's name) binds all that name it: the first of them stands for the group.
    Around a circle each customer stands for itself. A customer is a group under common control for the 10 % test
    (ASC 280-10-50-42; IFRS 8 ¶34).
    """
    top = np.arange(len(customers), dtype=np.intp)
    parents = customers["parent_id"]
    if not parents.notna().any():
        return top
    place = {identity: position for position, identity in enumerate(customers["customer_id"])}
    up: dict[int, int] = {}
    for position, parent in enumerate(parents):
        if isinstance(parent, str) and place.setdefault(parent, position) != position:
            up[position] = place[parent]
    for position in up:
        at, seen = position, {position}
        while at in up and up[at] not in seen:
            at = up[at]
            seen.add(at)
        top[position] = position if at in up else at
    return top


def group_sales(portfolio: Portfolio, by: str = "customer", measure: str = "sales_12m") -> pd.Series:
    """Return the sum of `measure` per group, largest first.

    Parameters
    ----------
    by
        `customer` rolls customers up to the top of their group (the index is the top's position); else a column of
        `portfolio.customers`, blanks as one group (the index is the group's text).
    measure
        `sales_12m` or `gross_profit_12m`, minor units. Customers whose value is missing do not count.
    """
    frame = portfolio.frame
    if by == "customer":
        return _sum_by_parent_group(frame[measure].to_numpy(np.float64, na_value=np.nan), portfolio.group_of, measure)
    values = frame[measure].astype("Float64")
    if by in frame.columns:
        keys = frame[by].astype(object).where(frame[by].notna(), "")
    else:
        usable = "、".join(words.text("dimensions", code).ja for code in words.codes("dimensions"))
        raise Refusal(
            "argument", f"切り口「{by}」の列がありません(使える語: {usable})", f'there is no column "{by}" to group by'
        )
    sums = values.groupby(keys.to_numpy()).sum(min_count=1).dropna()
    return sums.astype(np.float64).sort_values(ascending=False, kind="stable")


def _sum_by_parent_group(values: NDArray[np.float64], group_of: NDArray[np.intp], name: str) -> pd.Series:
    """Return the sums per group, largest first; every trial asks for them seven times, and counting is quick."""
    told = ~np.isnan(values)
    groups = np.flatnonzero(np.bincount(group_of[told], minlength=len(values)))
    sums = np.bincount(group_of[told], weights=values[told], minlength=len(values))[groups].astype(np.float64)
    order = np.argsort(-sums, kind="stable")
    return pd.Series(sums[order], index=groups[order], name=name)


def measure(portfolio: Portfolio, name: str = "hhi", by: str = "customer", value: str = "sales_12m") -> float:
    """Return a concentration index of the portfolio; NaN where there is nothing to measure.

    Customers are rolled up to their parent; sales are those of the last twelve months, net of returns.

    Parameters
    ----------
    name
        The index, a code of the vocabulary's `indices`: `hhi`, `gini` and the like.
    by
        `customer`, or the name of a column of the scored table.
    value
        The column that is shared out: sales or profit in minor units.
    """
    return index(name, group_sales(portfolio, by, value).to_numpy(np.float64))
