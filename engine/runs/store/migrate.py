"""Stored runs of older layouts, brought to today's as they are read; their files stay as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from engine.runs.store.content import FINDINGS, RUN
from engine.runs.store.layout import LAYOUT, plain_json
from engine.scoring.alerts import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Parts = dict[str, bytes]


def migrate(layout: int, parts: Mapping[str, bytes]) -> Parts:
    """Return the parts of a run of `layout` as today's layout has them, one step after the other."""
    current = dict(parts)
    for step in range(layout, LAYOUT):
        current = _STEPS[step](current)
    return current


def _migrate_from_layout_1(parts: Parts) -> Parts:
    """Layout 1 kept the findings inside `run.json`, and knew of no choice of what is kept."""
    document = json.loads(parts[RUN].decode("utf-8", "surrogatepass"))
    findings = document.pop("findings")
    return {**parts, RUN: plain_json({"kept": "all", **document}), FINDINGS: plain_json(findings)}


def _migrate_from_layout_2(parts: Parts) -> Parts:
    """Layout 2 knew no rows of several records, and one source per table; `engine.runs.store.content` adds the column `part`."""
    document = json.loads(parts[RUN].decode("utf-8", "surrogatepass"))
    sources = [{**source, "rows_partly": 0} for source in document["sources"]]
    return {**parts, RUN: plain_json({**document, "sources": sources})}


def _migrate_from_layout_3(parts: Parts) -> Parts:
    """Layout 3 kept the tests' sentences without the facts behind them; whom a cause names follows from the test."""
    document = json.loads(parts[RUN].decode("utf-8", "surrogatepass"))
    alerts = [_add_facts_to_alert(alert) for alert in document["alerts"]]
    return {**parts, RUN: plain_json({**document, "alerts": alerts})}


def _add_facts_to_alert(alert: dict[str, Any]) -> dict[str, Any]:
    named = alert["culprits"] if alert["code"] in _NAME_THEIR_CULPRITS else []
    facts: dict[str, Any] = {"amounts": {}, "shares": {}, "numbers": {}, "words": {}, "customers": named}
    told: dict[str, Any] = {
        "kind": KINDS[alert["code"]],
        "limit": None,
        "cause_rule": "",
        "clear_rules": [],
        "facts": facts,
    }
    return {**told, **alert}


_NAME_THEIR_CULPRITS: Final = frozenset({"dependence", "single", "few", "bias"})
_STEPS: Final[Mapping[int, Callable[[Parts], Parts]]] = {
    1: _migrate_from_layout_1,
    2: _migrate_from_layout_2,
    3: _migrate_from_layout_3,
}
