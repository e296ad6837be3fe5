"""Amounts as an index: all sales of the last twelve months are 100, so that a masked edition tells no money."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from engine.definition.definition import Definition
from engine.definition.metrics import dictionary
from engine.language.display import INDEX
from engine.language.errors import Refusal
from engine.reading.columns import columns
from engine.runs.store.content import frames_of
from engine.scoring.alerts import find_alerts
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio

DIGITS: Final = 6  # finer than any report tells, so that rounding changes no count and no verdict
_WHOLE: Final = 100
_MAJOR: Final = ("general.fixed_cost", "profit.hourly_cost", "cpm.excellent_amount")
_COMPARED: Final = frozenset(("sales", "sales_per_customer"))  # benchmarks in money


def scale_of(portfolio: Portfolio) -> float:
    """Return what an amount in minor units is multiplied with; the same for every run that is compared.

    Raises
    ------
    Refusal
        `too_little_data` where the sales are not known, or not above 0.
    """
    total = float(portfolio.frame["sales_12m"].astype("Float64").fillna(0.0).sum())
    if not total > 0:
        raise Refusal(
            "too_little_data",
            "売上が分からないため、金額を指数(売上全体=100)にできません。--bands を外してください",
            "without sales there is nothing to relate amounts to; leave out --bands",
        )
    return _WHOLE * 10**DIGITS / total


def banded(portfolio: Portfolio, scale: float) -> Portfolio:
    """Return the run with every amount multiplied by `scale` and rounded to a hundredth; scores and levels stay.

    Lines of orders are rounded so that the running sum of each column is exact to a hundredth: what is summed in two
    ways still agrees. Shares differ from the exact ones by that rounding.
    """
    tables = portfolio.tables
    frames = {
        name: _scale_table_amounts(name, frame, scale, tables.digits)
        for name, frame in frames_of(tables).items()
        if frame is not None
    }
    tables = replace(tables, **cast("dict[str, Any]", frames), currency=INDEX, digits=DIGITS)
    definition = _convert_definition_to_index(portfolio, scale)
    frame = portfolio.frame.copy()
    money = {column for metric in dictionary() if metric.unit == "money" for column in metric.columns.values()}
    money |= {each.key for each in columns("customers") if each.kind == "amount"}
    if portfolio.tables.kept == "scored":
        fresh = frame.assign(**{name: _scale_and_round(frame[name], scale) for name in money & set(frame.columns)})
    else:
        fresh = score(tables, definition, portfolio.as_of).frame
    for name in (money & set(frame.columns)) & set(fresh.columns):
        frame[name] = fresh[name].array
    found = replace(portfolio, tables=tables, definition=definition, frame=frame, forecast=None)  # it holds amounts
    return replace(found, alerts=find_alerts(found))


def _scale_table_amounts(table: str, frame: pd.DataFrame, scale: float, digits: int) -> pd.DataFrame:
    changed: dict[str, Any] = {}
    for each in columns(table):
        if each.kind == "amount" and each.key in frame.columns:
            changed[each.key] = (_scale_by_running_sum if table == "orders" else _scale_and_round)(
                frame[each.key], scale
            )
    if table == "benchmarks":
        is_money = frame["measure"].isin(_COMPARED)
        changed["value"] = frame["value"].where(
            ~is_money, (frame["value"] * scale * 10.0 ** (digits - DIGITS)).round(DIGITS)
        )
    return frame.assign(**changed)


def _scale_and_round(column: pd.Series, scale: float) -> Any:
    values = column.astype("Float64") * scale
    return values.round().astype(column.dtype if column.dtype.kind == "i" else "Int64")


def _scale_by_running_sum(column: pd.Series, scale: float) -> Any:
    """Return amounts rounded by their running sum, so that sums over many small lines do not drift."""
    known = column.notna().to_numpy()
    exact = np.where(known, column.fillna(0).to_numpy(np.float64), 0.0)
    steps = np.diff(np.rint(np.cumsum(exact) * scale), prepend=0.0)
    return pd.Series(steps, index=column.index).astype("Int64").where(known).astype(column.dtype)


def _convert_definition_to_index(portfolio: Portfolio, scale: float) -> Definition:
    """Return the definition with its amounts in the index's unit."""
    given, major = portfolio.definition, scale * 10.0 ** (portfolio.digits - DIGITS)
    rows: list[tuple[str, object]] = [
        (key, float(given.value(key)) * major) for key in _MAJOR if isinstance(given.value(key), (int, float))
    ]
    frozen = given.value("rfm.frozen_monetary")
    if frozen:
        rows.append(("rfm.frozen_monetary", str([float(each) * scale for each in frozen])))
    return Definition.from_rows(rows, given) if rows else given
