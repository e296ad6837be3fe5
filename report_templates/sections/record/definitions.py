"""R11 定義: the thresholds with unit and source, the rules of the standard segments, the parts of the scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.definition.metrics import by_column
from engine.definition.rule_sentences import ELSE, condition_text, write_condition
from engine.language import words
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.insights import tidy
from report_templates.texts.formatting import count, percent
from report_templates.texts.texts import joined, plain, say

if TYPE_CHECKING:
    from engine.definition.definition import Definition
    from engine.language.errors import Text
    from report_templates.document.report_data import Reading

# What the pages before this one rest on, in the order in which they use it.
_SHOWN = (
    "alerts.dependence",
    "alerts.concentration",
    "alerts.single",
    "alerts.few_share",
    "alerts.few_customers",
    "alerts.spread",
    "alerts.diversity",
    "alerts.bias",
    "alerts.newcomers",
    "alerts.at_risk",
    "levels.high",
    "levels.mid",
    "levels.risk_high",
    "levels.risk_mid",
    "abc.a",
    "abc.b",
    "freshness.orders_days",
)
_AXES = ("value", "continuity", "growth", "risk")


@dataclass(frozen=True, kw_only=True)
class Definitions(Section):
    """The page on definitions."""

    thresholds: Table
    segments: Table
    parts: Table


def build(reading: Reading) -> Definitions:
    """Return the page on definitions."""
    definition = reading.portfolio.definition
    return Definitions(
        key="definitions",
        number="R11",
        name=say("definitions.name"),
        message=say("definitions.message", version=definition.version),
        subtitle=say("definitions.subtitle", version=definition.version, hash=definition.hash[:12]),
        thresholds=_thresholds(definition),
        segments=_segments(definition),
        parts=_build_score_parts_table(definition),
        notes=(say("definitions.note"),),
    )


def _thresholds(definition: Definition) -> Table:
    rows = tuple(
        (
            Cell(definition.label(key), key),
            Cell(_value(definition, key)),
            Cell(definition.unit(key)),
            Cell(tidy(definition.source(key), 90)),
        )
        for key in _SHOWN
    )
    heads = (("name", 19), ("value", 22), ("unit", 26), ("source", 33))
    columns = tuple(Column(say(f"definitions.col_{head}"), "start", span) for head, span in heads)
    return Table("thresholds", say("definitions.table"), columns, rows)


def _value(definition: Definition, key: str) -> Text:
    value, share = definition.value(key), definition.kind(key) == "share"
    if not isinstance(value, dict):
        return _write_definition_number(value, share)
    named = []
    for code, each in value.items():
        kind = "verdicts" if code in words.codes("verdicts") else "levels"
        named.append(joined((words.text(kind, code), _write_definition_number(each, share)), " ", " "))
    return joined(tuple(named), " / ", " / ")


def _write_definition_number(value: Any, share: bool) -> Text:
    if not isinstance(value, int | float):
        return plain(str(value))
    if share:
        return percent(float(value), 0)
    return count(float(value), 0 if float(value).is_integer() else 1)


def _segments(definition: Definition) -> Table:
    rows = tuple(
        (
            Cell(words.text("segments.standard", str(rule["then"])), str(rule["then"]), str(rule["then"])),
            Cell(_condition(rule["when"])),
        )
        for rule in definition.rules("standard")
    )
    columns = (Column(say("definitions.col_segment"), "start", 30), Column(say("definitions.col_rule"), "start", 70))
    return Table("segment-rules", say("definitions.segments"), columns, rows)


def _condition(when: dict[str, Any]) -> Text:
    parts = tuple(write_condition(*condition_text(axis, wanted)) for axis, wanted in when.items())
    return joined(parts, "、", ", ") if parts else ELSE


def _build_score_parts_table(definition: Definition) -> Table:
    rows = tuple((Cell(words.text("axes", axis), axis), Cell(_weights(definition, axis))) for axis in _AXES)
    columns = (Column(say("definitions.col_axis"), "start", 14), Column(say("definitions.col_parts"), "start", 86))
    return Table("score-parts", say("definitions.parts"), columns, rows)


def _weights(definition: Definition, axis: str) -> Text:
    named = []
    for part in definition.rules(f"axes.{axis}"):
        metric = by_column(str(part["metric"]))
        name = metric.name if metric else plain(str(part["metric"]))
        named.append(say("definitions.part", metric=name, weight=count(float(part["weight"]))))
    return joined(tuple(named), "、", ", ")
