"""Summaries by segment, industry, region or any other column: customers, sales, share and their change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.language.errors import Refusal
from engine.scoring.forecast.own_past import flag_who_can_be_lost
from engine.scoring.forecast.spread import expect_sales
from engine.scoring.grouping import grouping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.scoring.portfolio import Portfolio

MEASURES: Final = (
    "customers",
    "sales",
    "share",
    "previous",
    "share_change",
    "sales_total",
    "gross_profit",
    "margin_rate",
    "score",
    "risk",
)
FRONTIER: Final = ("growth_mean", "growth_deviation", "beta", "mix_safest", "mix_equal")
EXPECTED: Final = ("expected_sales", "expected_sales_low", "expected_sales_high")
ON_REQUEST: Final = ("ltv", *EXPECTED, *FRONTIER)
"""Measures that need a fitted model or a frontier: only whoever names them waits for it."""


def summarise(
    portfolio: Portfolio, by: str = "segment", measures: Sequence[str] | None = None, scheme: str = "standard"
) -> pd.DataFrame:
    """Return one row per group, every customer in exactly one.

    Parameters
    ----------
    by
        `segment` (of `scheme`, in the scheme's own order), `state`, `customer` (rolled up to the parent, as in every test
        of concentration), or a column of the customers such as `industry` (largest sales first; blanks are a group of
        their own).
    measures
        Codes out of `MEASURES` and `ON_REQUEST`; all of `MEASURES` when None.
    scheme
        The scheme whose segments are meant when `by` is `segment`.

    Returns
    -------
    pandas.DataFrame
        Columns group (code or text), label_ja, label_en, then the measures: customers (count); sales, previous,
        sales_total and gross_profit (Int64, minor units; missing where no customer of the group has it); share (0–1, of
        all sales); share_change (points of share against the twelve months before); margin_rate; the unweighted mean
        score and risk (0–100) of the customers that have one; ltv (Float64, minor units: whole ones: the sum over
        the present customers that have a lifetime value); expected_sales (Int64, minor units: of the forecast's horizon) with
        the ends of the interval of the sum, expected_sales_low and expected_sales_high
        (`engine.scoring.forecast.spread`); growth_mean and growth_deviation of sales per period, beta
        against today's mix, and the shares in the mix of least variance (mix_safest) and in the steadiest at today's
        growth (mix_equal), see `engine.planning.frontier`; missing where a group has no sales in some period. Segments without
        customers are shown with 0.

    Raises
    ------
    Refusal
        For an unknown column or measure, or a scheme or measure that these data cannot carry.
    """
    wanted = tuple(MEASURES if measures is None else measures)
    unknown = [name for name in wanted if name not in (*MEASURES, *ON_REQUEST)]
    if unknown:
        raise Refusal("argument", f"指標「{unknown[0]}」は集計できません", f'"{unknown[0]}" cannot be summarised')
    groups = grouping(portfolio, by, scheme)
    rows = _sum_by_group(portfolio, groups.keys)
    if "ltv" in wanted:
        rows["ltv"] = _sum_lifetime_values(portfolio, groups.keys)
    if set(wanted) & set(EXPECTED):
        rows = rows.join(expect_sales(portfolio, groups.keys))
    if set(wanted) & set(FRONTIER):
        rows = rows.join(
            _compute_risk_and_return(portfolio, by if by != "segment" or scheme == "standard" else f"segment_{scheme}")
        )
    if groups.order is not None:
        shown = {*rows.index, *groups.order} - ({"unclassified", "unknown"} - set(rows.index))
        rows = rows.reindex(groups.arrange(shown, rest=rows.index.get_loc))
        empty = rows["customers"].isna()
        rows["customers"] = rows["customers"].fillna(0)
        # An empty segment sold nothing; unknown stays unknown.
        for name in ("sales", "sales_total", "share", "ltv", *EXPECTED):
            if name in rows and rows[name].notna().any():
                rows.loc[empty, name] = 0
    else:
        rows = rows.sort_values("sales", ascending=False, kind="stable", na_position="last")
    labels = [groups.name_of(str(code)) for code in rows.index]
    rows.insert(0, "label_ja", [label.ja for label in labels])
    rows.insert(1, "label_en", [label.en for label in labels])
    return rows.rename_axis("group").reset_index()[["group", "label_ja", "label_en", *wanted]]


def summarise_forecast(portfolio: Portfolio) -> dict[str, Any] | None:
    """Return what the customers there are may bring in the forecast's horizon: sales with their interval, how many are lost.

    Customers that will be won until then are not in it.

    Returns
    -------
    dict or None
        horizon (days), confidence, sales, sales_low, sales_high and sales_before (those of the same time before; minor units),
        customers (how many can still be lost: `state.active_days`) and lost (how many of them are expected to be); None where the
        run has no forecast.
    """
    forecast = portfolio.forecast
    if forecast is None or np.isnan(forecast.sales).all():
        return None
    whole = expect_sales(portfolio, pd.Series(np.zeros(len(portfolio), dtype=np.int64))).iloc[0]
    held = flag_who_can_be_lost(portfolio.frame, portfolio.definition)
    return {
        "horizon": int(forecast.horizon),
        "confidence": portfolio.definition.number("forecast.confidence"),
        "sales": int(whole["expected_sales"]),
        "sales_low": int(whole["expected_sales_low"]),
        "sales_high": int(whole["expected_sales_high"]),
        "sales_before": int(np.nansum(forecast.base.before)),
        "lost": float(np.nansum(forecast.lost[held])),
        "customers": int((held & ~np.isnan(forecast.lost)).sum()),
    }


def _sum_by_group(portfolio: Portfolio, keys: pd.Series) -> pd.DataFrame:
    frame = portfolio.frame
    groups = frame.groupby(keys.to_numpy(), sort=False)
    result = pd.DataFrame({"customers": groups.size().astype("Int64")})
    for name, column in (
        ("sales", "sales_12m"),
        ("previous", "sales_prev_12m"),
        ("sales_total", "sales_total"),
        ("gross_profit", "gross_profit_12m"),
    ):
        result[name] = groups[column].sum(min_count=1).astype("Int64")
    result["share"] = _divide_by_whole(result["sales"])
    result["share_change"] = result["share"] - _divide_by_whole(result["previous"])
    profit_known = groups["gross_profit_12m"].count() == groups["sales_12m"].count()
    sales = result["sales"].astype("Float64")
    result["margin_rate"] = (result["gross_profit"].astype("Float64") / sales.mask(sales <= 0)).mask(~profit_known)
    result["gross_profit"] = result["gross_profit"].mask(~profit_known)
    result["score"] = groups["score_total"].mean()
    result["risk"] = groups["score_risk"].mean()
    return result


def _sum_lifetime_values(portfolio: Portfolio, keys: pd.Series) -> pd.Series:
    from engine.measures.value.lifetime import lifetime_values

    return lifetime_values(portfolio).groupby(keys.to_numpy(), sort=False).sum(min_count=1).round()


def _compute_risk_and_return(portfolio: Portfolio, by: str) -> pd.DataFrame:
    from engine.planning.frontier import frontier

    found = frontier(portfolio, by)
    columns = (found.growth, found.deviation, found.beta, found.safest.weights, found.equal_return.weights)
    return pd.DataFrame(dict(zip(FRONTIER, columns, strict=True)), index=list(found.groups))


def _divide_by_whole(values: pd.Series) -> pd.Series:
    total = values.sum(min_count=1)
    if pd.isna(total) or total <= 0:
        return pd.Series(pd.array([pd.NA] * len(values), dtype="Float64"), index=values.index)
    return pd.Series(values.astype("Float64") / np.float64(total), index=values.index)
