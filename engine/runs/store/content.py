"""A Portfolio as parts of a stored run, and back, number for number, without scoring anything again."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.cleaning.tables import Source, Tables
from engine.definition.definition import Definition
from engine.language.errors import Finding, Text
from engine.runs.store.frames import Spec, from_parquet, to_parquet
from engine.runs.store.layout import plain_json
from engine.scoring.alerts import Alert, Facts
from engine.scoring.levels import AxisScores
from engine.scoring.portfolio import Portfolio
from engine.scoring.schemes import Assignment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

RUN: Final = "run.json"
DEFINITION: Final = "definition.toml"
FINDINGS: Final = "findings.json"
SCORED: Final = "scored"  # the scored table; the clean tables stand under their own names
_AXES: Final = "axes"
_GROUPS: Final = "groups"
_PER_CUSTOMER: Final = ("cents", "coverage", "levels", "typed")
_COUNTED: Final = ("amounts", "shares", "numbers")
_PLAIN: Final = ("handle", "hash", "tier", "purpose")


def pack(portfolio: Portfolio) -> dict[str, bytes]:
    """Return the files of a stored run by name, the manifest left out."""
    tables = portfolio.tables
    frames = {SCORED: portfolio.frame, _AXES: _make_axes_table(portfolio), _GROUPS: _make_groups_table(portfolio)}
    frames |= {name: table for name, table in frames_of(tables).items() if table is not None}
    parts: dict[str, bytes] = {}
    specs: dict[str, list[Spec]] = {}
    for name, frame in frames.items():
        parts[f"{name}.parquet"], specs[name] = to_parquet(frame)
    document = {
        **{name: getattr(portfolio, name) for name in _PLAIN},
        "as_of": portfolio.as_of.isoformat(),
        "currency": tables.currency,
        "digits": tables.digits,
        "kept": tables.kept,
        "sources": [_pack_source(source) for source in tables.sources],
        "axes": {name: _pack_axis(each) for name, each in portfolio.axes.items()},
        "assignments": {name: _pack_assignment(each) for name, each in portfolio.assignments.items()},
        "alerts": [_pack_alert(alert) for alert in portfolio.alerts],
        "frames": specs,
    }
    parts[RUN] = plain_json(document)
    parts[DEFINITION] = portfolio.definition.to_toml().encode()
    parts[FINDINGS] = plain_json([_pack_finding(finding) for finding in tables.findings])
    return parts


def unpack(parts: Mapping[str, bytes]) -> Portfolio:
    """Return the portfolio that `pack` was given."""
    document = json.loads(parts[RUN].decode("utf-8", "surrogatepass"))
    specs: dict[str, list[Spec]] = document["frames"]
    frames = {name: from_parquet(parts[f"{name}.parquet"], spec) for name, spec in specs.items()}
    axes, groups = frames.pop(_AXES), frames.pop(_GROUPS)
    findings = json.loads(parts[FINDINGS].decode("utf-8", "surrogatepass"))
    tables = Tables(
        **{name: _add_part_column(frames.get(name)) for name in _list_table_names()},  # type: ignore[arg-type]  # customers are always there
        findings=tuple(_unpack_finding(each) for each in findings),
        sources=tuple(_unpack_source(each) for each in document["sources"]),
        currency=document["currency"],
        digits=document["digits"],
        kept=document["kept"],
    )
    return Portfolio(
        **{name: document[name] for name in _PLAIN},
        as_of=date.fromisoformat(document["as_of"]),
        definition=Definition.from_whole_toml(parts[DEFINITION].decode()),
        tables=tables,
        frame=frames[SCORED],
        axes={name: _unpack_axis(name, each, axes) for name, each in document["axes"].items()},
        assignments={name: _unpack_assignment(name, each, groups) for name, each in document["assignments"].items()},
        strategies=groups["strategy"].to_numpy(np.intp),
        group_of=groups["group"].to_numpy(np.intp),
        alerts=tuple(_unpack_alert(each) for each in document["alerts"]),
    )


def _add_part_column(table: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return a clean table with its column `part`, which layouts 1 and 2 did not have: every row is of the first source."""
    if table is None or "row" not in table or "part" in table:
        return table
    part = table["row"].where(table["row"].isna(), 0)
    return table.assign(part=part.astype("Int32" if part.dtype == "Int64" else "int32"))


def _list_table_names() -> list[str]:
    """Return the names of the clean tables, in the order of `Tables`."""
    others = {"findings", "sources", "currency", "digits", "kept"}
    return [each.name for each in fields(Tables) if each.name not in others]


def frames_of(tables: Tables) -> dict[str, pd.DataFrame | None]:
    """Return the clean tables by name, None where one was not given."""
    return {name: getattr(tables, name) for name in _list_table_names()}


# ---- per customer: scores with their parts, groups, strategies --------------------------------------------------------


def _make_axes_table(portfolio: Portfolio) -> pd.DataFrame:
    columns: dict[str, NDArray[Any]] = {}
    for axis, scores in portfolio.axes.items():
        for place in range(len(scores.metrics)):
            columns[f"{axis}.values.{place}"] = scores.values[:, place]  # noqa: PD011 - an array of ours, no frame
            columns[f"{axis}.contributions.{place}"] = scores.contributions[:, place]
        columns |= {f"{axis}.{name}": getattr(scores, name) for name in _PER_CUSTOMER}
    return _build_table_from_arrays(columns, len(portfolio))


def _make_groups_table(portfolio: Portfolio) -> pd.DataFrame:
    columns: dict[str, NDArray[Any]] = {"strategy": portfolio.strategies, "group": portfolio.group_of}
    for scheme, assignment in portfolio.assignments.items():
        columns[f"{scheme}.segments"] = assignment.segments
        columns |= {f"{scheme}.scores.{name}": scores for name, scores in assignment.scores.items()}
    return _build_table_from_arrays(columns, len(portfolio))


def _build_table_from_arrays(columns: Mapping[str, NDArray[Any]], rows: int) -> pd.DataFrame:
    """Return arrays as a table; texts stay objects, as the portfolio has them."""
    series = {name: pd.Series(array, dtype=array.dtype) for name, array in columns.items()}
    return pd.DataFrame(series, index=pd.RangeIndex(rows))


def _pack_axis(scores: AxisScores) -> dict[str, Any]:
    return {"metrics": list(scores.metrics), "weights": scores.weights.tolist()}


def _unpack_axis(axis: str, written: Mapping[str, Any], frame: pd.DataFrame) -> AxisScores:
    places = range(len(written["metrics"]))
    return AxisScores(
        axis=axis,
        metrics=tuple(written["metrics"]),
        weights=np.array(written["weights"], dtype=np.float64),
        values=np.column_stack([frame[f"{axis}.values.{place}"].to_numpy(np.float64) for place in places]),
        contributions=np.column_stack([frame[f"{axis}.contributions.{place}"].to_numpy(np.int64) for place in places]),
        cents=frame[f"{axis}.cents"].to_numpy(np.int64),
        coverage=frame[f"{axis}.coverage"].to_numpy(np.float64),
        levels=frame[f"{axis}.levels"].to_numpy(object),
        typed=frame[f"{axis}.typed"].to_numpy(np.bool_),
    )


def _pack_assignment(assignment: Assignment) -> dict[str, Any]:
    return {
        "cuts": {name: [float(cut) for cut in cuts] for name, cuts in assignment.cuts.items()},
        "notes": [list(note) for note in assignment.notes],
        "refused": None if assignment.refused is None else list(assignment.refused),
        "scores": list(assignment.scores),
    }


def _unpack_assignment(scheme: str, written: Mapping[str, Any], frame: pd.DataFrame) -> Assignment:
    return Assignment(
        segments=frame[f"{scheme}.segments"].to_numpy(object),
        cuts={name: tuple(cuts) for name, cuts in written["cuts"].items()},
        notes=tuple(Text(*note) for note in written["notes"]),
        refused=None if written["refused"] is None else Text(*written["refused"]),
        scores={name: frame[f"{scheme}.scores.{name}"].to_numpy(np.int64) for name in written["scores"]},
    )


# ---- alerts, sources, findings ------------------------------------------------------------------------------------------


def _pack_alert(alert: Alert) -> dict[str, Any]:
    plain = {each.name: getattr(alert, each.name) for each in fields(Alert)}
    plain["value"] = None if alert.value is None else float(alert.value)
    plain["limit"] = None if alert.limit is None else float(alert.limit)
    facts = {each.name: getattr(alert.facts, each.name) for each in fields(Facts)}
    counted = {name: {key: float(each) for key, each in facts[name].items()} for name in _COUNTED}
    named = {"customers": [int(position) for position in alert.facts.customers]}
    return plain | {
        "culprits": [int(position) for position in alert.culprits],
        "clear_rules": list(alert.clear_rules),
        "facts": facts | counted | named,
    }


def _unpack_alert(written: Mapping[str, Any]) -> Alert:
    lists: dict[str, Any] = {name: tuple(written[name]) for name in ("culprits", "clear_rules")}
    texts = {name: Text(*value) for name, value in written.items() if isinstance(value, list) and name not in lists}
    facts = written["facts"]
    lists["facts"] = Facts(
        **{name: facts[name] for name in _COUNTED},
        words={name: Text(*word) for name, word in facts["words"].items()},
        customers=tuple(facts["customers"]),
    )
    return Alert(**{**written, **texts, **lists})


def _pack_source(source: Source) -> dict[str, Any]:
    plain = {each.name: getattr(source, each.name) for each in fields(Source)}
    newest = None if source.newest is None else source.newest.isoformat()
    return plain | {"read_at": source.read_at.isoformat(), "newest": newest}


def _unpack_source(written: Mapping[str, Any]) -> Source:
    newest = None if written["newest"] is None else date.fromisoformat(written["newest"])
    return Source(**{**written, "read_at": datetime.fromisoformat(written["read_at"]), "newest": newest})


def _pack_finding(finding: Finding) -> dict[str, Any]:
    return {each.name: getattr(finding, each.name) for each in fields(Finding)}


def _unpack_finding(written: Mapping[str, Any]) -> Finding:
    return Finding(**{**written, "reason": Text(*written["reason"])})
