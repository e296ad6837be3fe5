"""The profitability map: customers by two metrics, split into four named quadrants by stated lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.definition import metrics
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.definition.metrics import Metric
    from engine.scoring.portfolio import Portfolio

QUADRANTS: Final = ("high_high", "low_high", "high_low", "low_low")  # x first, then y
_ANY: Final = "*"
_RULES: Final = {"median": Text("中央値", "median"), "mean": Text("平均", "mean")}
_FIXED: Final = Text("定義の値", "value of the definition")
_OF_MARGIN: Final = frozenset({"gross_profit", "margin_rate", "profit_share", "margin_change", "profit_multiple"})
_OF_COSTS: Final = frozenset({"net_profit", "roi", "service_cost", "acquisition_cost"})
_MEASURED: Final = frozenset({"money", "count", "days", "rate", "ratio"})


@dataclass(frozen=True, slots=True)
class Split:
    """One dividing line: the metric, where it lies (minor units for money), and how it was found."""

    metric: Metric
    at: float
    rule: Text


@dataclass(frozen=True, slots=True)
class ProfitMap:
    """Customers on two metrics.

    Parameters
    ----------
    x, y
        The metrics with their dividing lines; a value on the line counts as high.
    size
        The metric of the bubbles.
    points
        One row per customer whose x and y are known, largest x first: customer (position), x, y (float, money in minor
        units), size (Float64, missing where unknown), quadrant (code out of `QUADRANTS`).
    names
        Quadrant code → its name.
    unknown
        Positions of the customers that cannot be placed.
    """

    x: Split
    y: Split
    size: Metric
    points: pd.DataFrame
    names: dict[str, Text]
    unknown: NDArray[np.intp]


def profit_map(portfolio: Portfolio, x: str = "sales", y: str = "margin_rate", size: str | None = None) -> ProfitMap:
    """Return the map of all customers over the metrics' default periods.

    Parameters
    ----------
    x, y
        Words of the metric dictionary, such as 売上 and 粗利率 (x sales or volume, y rate of return: awordinc.com).
    size
        The same; by default net profit, where no customer's is known gross profit.

    Raises
    ------
    Refusal
        For an unknown word, a metric that is no number, or one that these data do not tell for any customer.
    """
    across, up = metrics.find_metric(x), metrics.find_metric(y)
    bubble = metrics.find_metric(size) if size else _choose_bubble_metric(portfolio)
    key = ("profit_map", across.code, up.code, bubble.code)
    return portfolio.once(key, lambda: _place_on_profit_map(portfolio, across, up, bubble))


def _choose_bubble_metric(portfolio: Portfolio) -> Metric:
    known = portfolio.frame["net_profit_12m"].notna().any()
    return metrics.find_metric("net_profit" if known else "gross_profit")


def _place_on_profit_map(portfolio: Portfolio, across: Metric, up: Metric, bubble: Metric) -> ProfitMap:
    columns = [_read_metric_of_all_customers(portfolio, metric) for metric in (across, up, bubble)]
    placed = np.flatnonzero(~np.isnan(columns[0]) & ~np.isnan(columns[1]))
    if not len(placed):
        both = f"{across.name.ja}と{up.name.ja}"
        raise Refusal(
            "too_little_data",
            f"{both}の両方が分かる顧客がいません。別の指標を指定してください",
            f"no customer has both {across.name.en} and {up.name.en}; choose other metrics",
        )
    drawn = _find_map_rule(portfolio, across, up)
    splits = [
        _find_dividing_line(metric, values[placed], drawn[f"{axis}_split"], portfolio.digits)
        for axis, metric, values in (("x", across, columns[0]), ("y", up, columns[1]))
    ]
    high = [values[placed] >= split.at for values, split in zip(columns[:2], splits, strict=True)]
    quadrant = np.where(
        high[1], np.where(high[0], "high_high", "low_high"), np.where(high[0], "high_low", "low_low")
    ).astype(object)
    points = pd.DataFrame(
        {
            "customer": placed,
            "x": columns[0][placed],
            "y": columns[1][placed],
            "size": pd.array(columns[2][placed], dtype="Float64"),
            "quadrant": quadrant,
        }
    )
    points["size"] = points["size"].mask(np.isnan(columns[2][placed]))
    ids = portfolio.frame["customer_id"].iloc[placed].to_numpy(dtype=str)
    points = points.iloc[np.lexsort((ids, -points["x"].to_numpy()))].reset_index(drop=True)
    names = {code: Text(**drawn[code]) for code in QUADRANTS}
    unknown = np.setdiff1d(np.arange(len(portfolio)), placed)
    return ProfitMap(splits[0], splits[1], bubble, points, names, unknown)


def _read_metric_of_all_customers(portfolio: Portfolio, metric: Metric) -> NDArray[np.float64]:
    """Return a metric of all customers; refuse one that is no number, or that nobody has."""
    if metric.unit not in _MEASURED:
        raise Refusal(
            "argument",
            f"「{metric.name.ja}」は数ではないので図の軸にできません",
            f'"{metric.name.en}" is no number and cannot be an axis of the map',
        )
    values = portfolio.frame[metrics.column_of(metric)].to_numpy(np.float64, na_value=np.nan)
    if np.isnan(values).all():
        need = _word_input_for_metric(portfolio, metric)
        raise Refusal(
            "too_little_data",
            f"「{metric.name.ja}」が分かる顧客がいません。{need.ja}か、別の指標を指定してください",
            f'"{metric.name.en}" is not known for any customer; {need.en}, or choose another metric',
        )
    return values


def _word_input_for_metric(portfolio: Portfolio, metric: Metric) -> Text:
    """Return what to add so that the metric becomes known."""
    if metric.code in _OF_COSTS and portfolio.frame["gross_profit_12m"].notna().any():
        return Text("直近12か月の費用表を加える", "add the costs of the last 12 months")
    if metric.code in _OF_MARGIN | _OF_COSTS:
        return Text("取引表に原価か粗利の列を加える", "give the orders a cost or gross profit column")
    return Text(f"「{metric.definition.ja}」に必要な列を加える", f'add the columns that "{metric.definition.en}" needs')


def _find_map_rule(portfolio: Portfolio, across: Metric, up: Metric) -> dict[str, Any]:
    """Return the first map of the definition that fits the two metrics."""
    for rule in portfolio.definition.rules("maps"):
        if rule.get("x") in (across.code, _ANY) and rule.get("y") in (up.code, _ANY):
            missing = [name for name in ("x_split", "y_split", *QUADRANTS) if name not in rule]
            if not missing:
                return rule
            raise Refusal(
                "missing_definition",
                f"定義 maps の {rule['x']} × {rule['y']} に「{missing[0]}」がありません",
                f'the map {rule["x"]} × {rule["y"]} of the definition lacks "{missing[0]}"',
            )
    raise Refusal(
        "missing_definition",
        f"定義 maps に {across.name.ja} × {up.name.ja} に合う行がありません",
        f"no map of the definition fits {across.name.en} × {up.name.en}",
    )


def _find_dividing_line(metric: Metric, values: NDArray[np.float64], rule: object, digits: int) -> Split:
    """Return the dividing line: median, mean, or a number of the definition (money in whole currency units)."""
    if rule == "median":
        return Split(metric, float(np.median(values)), _RULES["median"])
    if rule == "mean":
        return Split(metric, float(values.mean()), _RULES["mean"])
    if isinstance(rule, (int, float)) and not isinstance(rule, bool):
        return Split(metric, float(rule) * (10**digits if metric.unit == "money" else 1), _FIXED)
    raise Refusal(
        "missing_definition",
        f"定義 maps の区切り「{rule}」が使えません(median・mean・数)",
        f'the split "{rule}" of a map is not known (median, mean or a number)',
    )
