"""The definition as a planner reads and changes it: one number per row, and rules as sentences instead of JSON.

`Definition.from_rows` reads these rows back without loss: `alerts.dependence.caution` is one part of an entry that is a
table, and `リスク=高、継続性=低 → 離反の原因を確かめる / Find the cause` is a rule of the tables `standard` and `strategy`.

Decision 0193: why the sheet shows sentences and single numbers.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Text
from engine.language.words import codes, find, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.definition.definition import Definition
    from engine.definition.definition_row import DefinitionRow

# The rule tables on the levels of the four axes, and how a rule of each is written.
EXAMPLES: Final = {"standard": "リスク=高 → 解約リスク", "strategy": "リスク=高、継続性=低 → 関係を立て直す"}
ELSE: Final = Text("それ以外", "otherwise")
_ARROW: Final = re.compile(r"→|->|⇒")
_AND: Final = re.compile(r"、|,|，|\s+かつ\s+|\s+and\s+")
_OR: Final = re.compile(r"・|/|／|\s+or\s+")
_IS: Final = re.compile(r"[=＝]|が")
_LANGUAGES: Final = re.compile(r"\s+/\s+|／")


def write_rule(table: str, rule: dict[str, Any]) -> str | None:
    """Return a rule as a sentence; None where it holds what a sentence cannot say.

    Parameters
    ----------
    table
        `standard` or `strategy`; rules of other tables have no sentence.
    rule
        As in `definition.toml`: `when` (axis to a level or a list of levels) and `then` (a group's code), or `ja` and `en`.

    >>> write_rule("standard", {"when": {"risk": "high"}, "then": "at_risk"})
    'リスク=高 → 解約リスク'
    """
    if table not in EXAMPLES or not set(rule.get("when", {})) <= {*codes("axes"), *codes("conditions")}:
        return None
    result = str(rule["ja"]) + (f" / {rule['en']}" if rule.get("en") else "") if "ja" in rule else ""
    if "then" in rule:
        result = text("segments.standard", rule["then"]).ja
    written = f"{'、'.join(write_condition(*condition_text(*each)).ja for each in rule['when'].items()) or ELSE.ja} → {result}"
    return written if read_rule(table, written) == rule else None


def condition_text(column: str, wanted: str | list[str]) -> tuple[Text, tuple[Text, ...]]:
    """Return what a rule asks and for which answers, in words: an axis and its levels, or a condition and its answers.

    >>> condition_text("trend", "shrinking")[1][0].ja
    '減少'
    """
    wanted = [wanted] if isinstance(wanted, str) else wanted
    kinds = ("axes", "levels") if column in codes("axes") else ("conditions", column)
    return text(kinds[0], column), tuple(text(kinds[1], each) for each in wanted)


def write_condition(asked: Text, answers: Sequence[Text]) -> Text:
    """Return a condition as every page and sheet writes it: リスク=高, risk = high.

    Parameters
    ----------
    asked
        What is asked: an axis, a fact or a scheme.
    answers
        The answers that fit it.
    """
    return Text(
        f"{asked.ja}={'・'.join(answer.ja for answer in answers)}",
        f"{asked.en} = {' or '.join(answer.en for answer in answers)}",
    )


def _find_condition(word: str) -> tuple[str | None, str]:
    """Return the column that a word asks for, and the kind of its answers; None where there is none."""
    axis = find("axes", word)
    if axis is not None:
        return axis, "levels"
    column = find("conditions", word)
    return column, column or "levels"


def read_rule(table: str, written: str) -> dict[str, Any] | None:
    """Return the rule that a sentence says; None where it cannot be read.

    Conditions stand before an arrow, joined by 、 or かつ; several levels are joined by ・. それ以外 is the rule for the
    rest. A strategy may be written in both languages, with a slash between them.
    """
    condition, *results = _ARROW.split(written)
    if table not in EXAMPLES or len(results) != 1 or not results[0].strip():
        return None
    when: dict[str, str | list[str]] = {}
    if condition.strip() not in {"", *ELSE}:
        for each in _AND.split(condition):
            axis, *levels = _IS.split(each)
            code, kind = _find_condition(axis)
            wanted = [find(kind, level) for level in _OR.split(levels[0])] if len(levels) == 1 else [None]
            known = [level for level in wanted if level is not None]
            if code is None or code in when or len(known) != len(wanted):
                return None
            when[code] = known[0] if len(known) == 1 else known
    return _build_rule(table, when, results[0].strip())


def _build_rule(table: str, when: dict[str, str | list[str]], result: str) -> dict[str, Any] | None:
    if table == "standard":
        group = find("segments.standard", result)
        return None if group is None else {"when": when, "then": group}
    ja, *en = (part.strip() for part in _LANGUAGES.split(result, maxsplit=1))
    return {"when": when, "ja": ja, "en": en[0] if en else ja}


def readable_rows(definition: Definition) -> tuple[DefinitionRow, ...]:
    """Return `definition.rows()` with tables of plain values as one row per value, and rules as sentences.

    Labels of the parts are codes (`caution`); who shows them puts them into words.
    """
    found: list[DefinitionRow] = []
    for row in definition.rows():
        entry = _read_rule_json(row.value)
        head, _, number = row.key.rpartition(".")
        sentence = write_rule(head, entry) if entry and number.isdigit() else None
        if sentence is not None:
            found.append(replace(row, value=sentence))
        elif entry and not number.isdigit() and all(isinstance(part, (str, int, float)) for part in entry.values()):
            found += [
                replace(
                    row,
                    key=f"{row.key}.{name}",
                    value=part,
                    label=Text(f"{row.label.ja} › {name}", f"{row.label.en} › {name}"),
                    part=name,
                    whole=row.label,
                )
                for name, part in entry.items()
            ]
        else:
            found.append(row)
    return tuple(found)


def _read_rule_json(value: object) -> dict[str, Any]:
    entry = json.loads(value) if isinstance(value, str) and value.startswith("{") else {}
    return entry if isinstance(entry, dict) else {}
