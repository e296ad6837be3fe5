"""The metric dictionary (指標辞書) as rows: what every metric means, and what it needs, read off engine and definition."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from engine.columns import columns, table_text
from engine.errors import Text
from engine.glossary import find_term
from engine.metrics import dictionary
from engine.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.definition import Definition

__all__ = ["Entry", "entries"]

_SHORT: Final = re.compile(r"(日|回|社|件|点|年|か月)(、..)?\Z|(days|times|months|years|customers|points)\Z")
_KINDS: Final = ("axes", "indices", "retention", "voice", "worth")


class Entry(NamedTuple):
    """One metric: its group, names, meaning, unit, periods, inputs, rules with their values, and their sources."""

    group: Text
    name: Text
    meaning: Text
    unit: Text
    periods: Text
    inputs: Text
    rules: Text
    source: Text


@cache
def _document() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("workbooks").joinpath("dictionary.toml").read_text(encoding="utf-8"))


def entries(definition: Definition) -> tuple[Entry, ...]:
    """Return every metric with the values that `definition` gives its rules."""
    found = [
        _entry("metrics", metric.name, metric.definition, metric.unit, definition, _document()["metrics"][metric.code],
               [text("periods", code) for code in metric.columns])
        for metric in dictionary()
    ]  # fmt: skip
    for kind in _KINDS:
        for code, entry in _document()[kind].items():
            term = find_term(entry["term"])
            if term is None:
                raise KeyError(entry["term"])
            name = term.term if kind == "worth" else text(kind, code)
            found.append(_entry(kind, name, term.meaning, entry["unit"], definition, entry, []))
    return tuple(found)


def _entry(
    group: str,
    name: Text,
    meaning: Text,
    unit: str,
    definition: Definition,
    entry: dict[str, Any],
    periods: Sequence[Text],
) -> Entry:
    rules = [_rule(key, definition) for key in entry["rules"]]
    sources = dict.fromkeys(definition.source(key) for key in entry["rules"])
    return Entry(
        Text(**_document()["groups"][group]),
        name,
        meaning,
        Text(**_document()["units"][unit]),
        _joined(periods, "、", ", "),
        _joined([_input(each) for each in entry["inputs"]], "、", ", "),
        _joined(rules, "\n", "; "),
        _joined(sources, "\n", "; "),
    )


def _rule(key: str, definition: Definition) -> Text:
    value, label, unit = definition.value(key), definition.label(key), definition.unit(key)
    if isinstance(value, dict):
        value = " / ".join(f"{part:g}" for part in value.values())
    if value == "":
        return Text(f"{label.ja}(未設定)", f"{label.en} (not set)")
    return Text(f"{label.ja} {value}{_short(unit.ja)}", f"{label.en}: {value} {_short(unit.en)}".rstrip())


def _short(unit: str) -> str:
    """Return a unit that may stand behind a number: `日` does, a whole sentence or the kind of an entry does not."""
    return unit if _SHORT.match(unit) else ""


def _input(written: str) -> Text:
    return _joined([_place(each.strip()) for each in written.split("|")], " または ", " or ")


def _place(written: str) -> Text:
    """Return a table, or a column of one, as people find it: 取引›金額."""
    table, _, key = written.partition(".")
    name = table_text(table)
    if not key:
        return name
    column = next(each.text for each in columns(table) if each.key == key)
    return Text(f"{name.ja}›{column.ja}", f"{name.en} › {column.en}")


def _joined(parts: Iterable[Text], ja: str, en: str) -> Text:
    listed = list(parts)
    return Text(ja.join(part.ja for part in listed), en.join(part.en for part in listed))
