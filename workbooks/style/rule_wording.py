"""What an entry of the definition means, in words: rules and tables stand in the 設定 sheet as JSON, which nobody reads."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from engine.definition.metrics import by_column
from engine.definition.rule_sentences import ELSE, condition_text, write_condition
from engine.language.words import codes, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.definition.definition import Definition
    from engine.definition.definition_row import DefinitionRow

# Which vocabulary the result of a rule table is taken from; a strategy carries its own text.
RESULTS: Final = {"standard": "segments.standard", "cpm.rules": "segments.cpm", "lifecycle.rules": "segments.lifecycle"}
OPERATORS: Final = {"<": "{}未満", "<=": "{}以下", ">": "{}超", ">=": "{}以上", "==": "{}"}
KEYED_BY: Final = ("axes", "levels", "verdicts", "segments.rfm", "finding_kinds")


@cache
def _read_guide_words(kind: str) -> Mapping[str, Any]:
    document: dict[str, Any] = tomllib.loads(
        files("workbooks.style").joinpath("guide.toml").read_text(encoding="utf-8")
    )
    found: Mapping[str, Any] = document[kind]
    return found


def label_of(row: DefinitionRow) -> str:
    """Return the Japanese name of an entry; a rule is named after its table and numbered."""
    if row.whole is not None:
        return f"{row.whole.ja} › {_word_table_key(row.part).rstrip(':')}"
    if row.named:
        return row.label.ja
    head, _, number = row.key.rpartition(".")
    return (
        f"{_read_guide_words('rules')[head]} {number}"
        if head in _read_guide_words("rules")
        else str(_read_guide_words("rules").get(row.key, row.key))
    )


def choices_of(key: str) -> tuple[str, ...]:
    """Return the codes that the entry `key` may hold; empty where it is not a choice."""
    return tuple(_read_guide_words("choices").get(key, ()))


def meaning_of(row: DefinitionRow, definition: Definition) -> str:
    """Return what a rule, table or code says, in a Japanese sentence; empty for plain numbers and texts.

    >>> from engine.definition.definition import load_definition
    >>> known = load_definition()
    >>> meaning_of(next(row for row in known.rows() if row.key == "strategy.1"), known)
    'リスク=高、継続性=低、成長=低 → 再契約の機会を探る'
    """
    if row.key in _read_guide_words("meanings"):
        return str(_read_guide_words("meanings")[row.key])
    if row.key in _read_guide_words("choices"):
        return "、".join(f"{code}: {said}" for code, said in _read_guide_words("choices")[row.key].items())
    if not isinstance(row.value, str) or row.value[:1] != "{":
        return ""
    entry: dict[str, Any] = json.loads(row.value)
    if "metric" in entry:
        return _word_score_part(entry)
    if "when" in entry:
        return f"{_word_rule_conditions(entry['when'], definition)} → {_word_rule_result(row.key.rpartition('.')[0], entry)}"
    if "high_high" in entry:
        return _word_map_rule(entry)
    if "words" in entry:
        return f"{entry['ja']}: {'・'.join(entry['words'])}"
    return "、".join(f"{_word_table_key(key)} {value}" for key, value in entry.items()) or "指定なし"


def _word_map_rule(entry: Mapping[str, Any]) -> str:
    """Return which axes a map's quadrants are for, where they are divided, and their names."""
    axes = "、".join(
        f"{side}={_word_map_axis(entry[axis])}({_word_split_rule(entry[f'{axis}_split'])})"
        for side, axis in (("横", "x"), ("縦", "y"))
    )
    names = "、".join(
        f"{place} {entry[code]['ja']}"
        for place, code in (("右上", "high_high"), ("左上", "low_high"), ("右下", "high_low"), ("左下", "low_low"))
    )
    return f"{axes} → {names}"


def _word_map_axis(code: str) -> str:
    metric = by_column(code)
    return "任意" if code == "*" else metric.name.ja if metric else code


def _word_split_rule(rule: Any) -> str:
    return {"median": "中央値", "mean": "平均"}.get(str(rule), str(rule))


def _word_score_part(entry: Mapping[str, Any]) -> str:
    """Return a part of an axis score: its metric, its weight and the points between which it is interpolated."""
    metric = by_column(entry["metric"])
    name = metric.name.ja if metric else str(entry["metric"])
    points = "、".join(f"{value:g}で{score:g}点" for value, score in entry["points"])
    return f"{name}(配点{entry['weight']:g}): {points}"


def _word_rule_conditions(when: Mapping[str, Any], definition: Definition) -> str:
    return "、".join(_word_rule_condition(fact, wanted, definition) for fact, wanted in when.items()) or ELSE.ja


def _word_rule_condition(fact: str, wanted: Any, definition: Definition) -> str:
    if fact in codes("axes") or fact in codes("conditions"):
        return write_condition(*condition_text(fact, wanted)).ja
    if fact in codes("schemes"):
        groups = [wanted] if isinstance(wanted, str) else wanted
        return write_condition(text("schemes", fact), [text(f"segments.{fact}", group) for group in groups]).ja
    operator, _, limit = str(wanted).partition(" ")
    keys = {row.key: row.label.ja for row in definition.rows()}
    return f"{_read_guide_words('facts')[fact]}が{OPERATORS[operator].format(f'「{keys[limit]}」' if limit in keys else limit)}"


def _word_rule_result(table: str, entry: Mapping[str, Any]) -> str:
    return str(entry["ja"]) if "ja" in entry else text(RESULTS[table], entry["then"]).ja


def _word_table_key(code: str) -> str:
    return next(
        (text(kind, code).ja for kind in KEYED_BY if code in codes(kind)),
        str(_read_guide_words("parts").get(code, code)),
    )
