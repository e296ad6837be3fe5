"""Clean tables → Portfolio: the one way from data to everything that is shown."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.customers.costs.profit_columns import with_profit
from engine.customers.order_metrics import customer_metrics
from engine.customers.voice_columns import voice_metrics
from engine.definition.definition import Definition, load_definition
from engine.language import words
from engine.language.districts import districts_of
from engine.language.errors import Refusal, Text
from engine.scoring import schemes
from engine.scoring.alerts import find_alerts
from engine.scoring.concentration import roll_up
from engine.scoring.forecast import forecast_customers
from engine.scoring.levels import AXES, AxisScores, conditions_of, score_axes, total_scores
from engine.scoring.portfolio import IDENTITY, Portfolio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables

SCORING: Final = "2"  # raise it whenever the same data and definition give other scores: it is part of the run's hash
_HANDLE_DIGITS: Final = 6


def score(
    tables: Tables,
    definition: Definition | None = None,
    as_of: date | None = None,
    *,
    named: bool = True,
    like: Portfolio | None = None,
) -> Portfolio:
    """Return the portfolio of clean tables.

    Parameters
    ----------
    tables
        As `engine.cleaning.tables.clean` returns them; not changed.
    definition
        The built-in definition when None.
    as_of
        The definition's as-of date when None; without one the newest order date; without orders today.
    named
        Whether the run gets its hash and handle, for which every cell is read: a copy that is only compared, as in a
        what-if, goes without, both blank.
    like
        A run of the same day and definition whose forecasting model is used instead of a new one.

    Raises
    ------
    Refusal
        When there is no customer, when orders lie after the as-of date, or when the definition does not fit.
    """
    definition = definition or load_definition()
    if not len(tables.customers):
        raise Refusal(
            "too_little_data",
            "顧客が1社もありません。顧客表か取引表の行を確かめてください",
            "there is no customer; check the rows of the customer or order table",
        )
    if tables.kept == "scored":
        raise Refusal(
            "too_little_data",
            "この実行は採点結果だけが保存されているため、採点し直せません(設定 store.keep)",
            "of this run only the scores were stored, so it cannot be scored again (definition: store.keep)",
        )
    day = as_of or definition.as_of or _find_last_order_date(tables) or datetime.now().astimezone().date()
    _check_dates(tables, day)
    purpose = words.resolve("purposes", str(definition.value("general.purpose")), Text("目的", "purpose"))
    metrics = with_profit(tables, definition, day, customer_metrics(tables, definition, day))
    metrics = pd.concat([metrics, voice_metrics(tables, definition, day)], axis=1)
    taught = like.forecast if like is not None and (like.as_of, like.definition) == (day, definition) else None
    forecast = forecast_customers(tables, metrics, definition, day, like=taught)
    metrics = pd.concat([metrics, forecast.columns(metrics)], axis=1)
    axes = score_axes(metrics, tables.customers, definition, forecast)
    axes["total"] = total_scores(axes, definition, purpose)
    facts = schemes.Facts(
        metrics,
        {axis: axes[axis].levels for axis in AXES},
        definition,
        tables.currency,
        tables.digits,
        {axis: scored.scores for axis, scored in axes.items()},
        {"win_probability": tables.customers["win_level"].to_numpy(dtype=object)},
        conditions_of(metrics, definition),
    )
    assignments = schemes.assign(facts)
    strategies = schemes.strategy(facts)
    whole = run_hash(tables, definition, day) if named else ""
    portfolio = Portfolio(
        handle=f"PF-{day:%Y%m%d}-{whole[:_HANDLE_DIGITS]}" if named else "",
        hash=whole,
        as_of=day,
        tier=_tell_data_tier(tables),
        purpose=purpose,
        definition=definition,
        tables=tables,
        frame=_assemble_scored_frame(tables, metrics, axes, assignments, strategies, definition, schemes.states(facts)),
        axes=axes,
        assignments=assignments,
        strategies=strategies,
        group_of=roll_up(tables.customers),
        forecast=forecast,
    )
    return replace(portfolio, alerts=find_alerts(portfolio))


def _find_last_order_date(tables: Tables) -> date | None:
    if tables.orders is None or tables.orders.empty:
        return None
    return pd.Timestamp(tables.orders["date"].max()).date()


def _check_dates(tables: Tables, day: date) -> None:
    newest = _find_last_order_date(tables)
    if newest is not None and newest > day:
        raise Refusal(
            "argument",
            f"基準日({day:%Y/%m/%d})より後の取引があります(最新 {newest:%Y/%m/%d})。"
            "基準日を変えるか、基準日を渡して表を検査してください",
            f"there are orders after the as-of date {day:%Y-%m-%d} (newest {newest:%Y-%m-%d}); "
            "change the date, or clean the tables with it",
        )


def _tell_data_tier(tables: Tables) -> str:
    if tables.orders is None:
        return "T0"
    extra = (
        *(tables.contacts, tables.surveys, tables.costs, tables.products, tables.leads),
        *(tables.plans, tables.actions, tables.benchmarks),
    )
    return "T2" if any(table is not None for table in extra) else "T1"


def _assemble_scored_frame(
    tables: Tables,
    metrics: pd.DataFrame,
    axes: Mapping[str, AxisScores],
    assignments: Mapping[str, schemes.Assignment],
    strategies: NDArray[np.intp],
    definition: Definition,
    states: NDArray[np.object_],
) -> pd.DataFrame:
    master = tables.customers
    columns: dict[str, object] = {name: master[name].array for name in IDENTITY}
    columns["district"] = districts_of(master["region"])
    columns |= {name: metrics[name].array for name in metrics.columns}
    for axis in ("total", *AXES):
        columns[f"score_{axis}"] = pd.array(axes[axis].scores, dtype="Float64")
    columns["confidence"] = pd.array(np.round(axes["total"].coverage * 100, 2), dtype="Float64")
    for axis in AXES:
        columns[f"level_{axis}"] = axes[axis].levels
    for scheme, assignment in assignments.items():
        columns[f"segment_{scheme}"] = assignment.segments
        for name, scores in assignment.scores.items():
            columns[name] = pd.Series(scores).astype("Int64").mask(scores == 0).array
    columns["state"] = states
    rules = definition.rules("strategy")
    for lang in ("ja", "en"):
        texts = np.array([str(rule.get(lang, rule.get("ja", ""))) for rule in rules], dtype=object)
        columns[f"strategy_{lang}"] = texts[strategies]
    known = set(columns) | {"customer_id", "row", "part"}
    extra = {name: master[name].array for name in master.columns if name not in known}
    frame = pd.DataFrame({**columns, **extra})
    for name in frame.columns[frame.dtypes == "float64"]:
        frame[name] = frame[name].astype("Float64")
    return frame


def run_hash(tables: Tables, definition: Definition, day: date) -> str:
    """Hash what the scores depend on: clean rows, definition, as-of date, currency, and the scoring's own version.

    Plans, actions and benchmarks are no part of a score, but of what a report says: with another list of actions it is
    another run. Where a row stood (file, sheet, row number) and in which order the columns came does not matter.

    Parameters
    ----------
    tables
        The clean tables.
    definition
        The definition they are scored under.
    day
        The as-of date.

    Returns
    -------
    str
        A SHA-256 in hexadecimal.
    """
    digest = hashlib.sha256(f"{SCORING}|{day.isoformat()}|{definition.hash}|{tables.currency}|{tables.digits}".encode())
    _feed_tables_to_hash(digest, tables)
    return digest.hexdigest()


def data_hash(tables: Tables) -> str:
    """Hash the clean rows alone: equal for equal data, whatever the definition and the as-of date make of them."""
    digest = hashlib.sha256(f"{tables.currency}|{tables.digits}".encode())
    _feed_tables_to_hash(digest, tables)
    return digest.hexdigest()


def _feed_tables_to_hash(digest: hashlib._Hash, tables: Tables) -> None:
    """Add every clean row of every table, columns in the order of their names."""
    named = {
        "customers": tables.customers,
        "orders": tables.orders,
        "contacts": tables.contacts,
        "surveys": tables.surveys,
        "costs": tables.costs,
        "products": tables.products,
        "leads": tables.leads,
        "plans": tables.plans,
        "actions": tables.actions,
        "benchmarks": tables.benchmarks,
    }
    for name, table in named.items():
        if table is None:
            continue
        plain = table.drop(columns=["row", "part"], errors="ignore")
        digest.update(f"|{name}:{len(plain)}".encode())
        for column in sorted(plain.columns):
            digest.update(f"|{column}".encode())
            digest.update(_column_bytes(plain[column]))


def _column_bytes(column: pd.Series) -> bytes:
    if column.dtype.kind == "M":
        return column.to_numpy().astype("datetime64[s]").astype(np.int64).tobytes()
    if column.dtype.kind in "iufb" and column.isna().any():
        return column.to_numpy(np.float64, na_value=np.nan).tobytes() + column.isna().to_numpy().tobytes()
    if column.dtype.kind == "f":
        return column.to_numpy(np.float64).tobytes()
    if column.dtype.kind in "iub":
        return column.to_numpy(np.int64).tobytes()
    codes, uniques = pd.factorize(column, use_na_sentinel=True)
    return codes.astype(np.int64).tobytes() + "\x1f".join(str(each) for each in uniques).encode()
