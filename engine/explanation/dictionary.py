"""The metric dictionary (指標辞書) as rows: what every metric means, and what it needs, read off engine and definition.

Decision 0249: why sheet and report share one dictionary of metrics.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from engine.definition.metrics import dictionary
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Text
from engine.language.glossary import find_term
from engine.language.words import text
from engine.reading.columns import columns, table_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

_SHORT: Final = re.compile(r"(日|回|社|件|点|年|か月)(、..)?\Z|(days|times|months|years|customers|points)\Z")
_LEAST: Final = ("growth.grace_days", "profit.cost_gap_days", "retention.conversion_days")  # and every `min_…`
_LEADING: Final = ("metrics.sales", "axes.value", "axes.continuity", "axes.growth", "axes.risk")
_KINDS: Final = ("axes", "indices", "retention", "voice", "worth")


class Entry(NamedTuple):
    """One metric: its group, names, meaning, unit, periods, inputs, rules with their values, and their sources.

    `key` is its code with its group before it (`metrics.sales`); `needs` are the inputs as the engine calls them: a
    table or one of its columns each, several with `|` between them where either will do. `least` are those of the rules
    that say how much data it needs, one line; blank where one row will do.
    """

    group: Text
    name: Text
    meaning: Text
    unit: Text
    periods: Text
    inputs: Text
    rules: Text
    source: Text
    key: str
    needs: tuple[str, ...]
    least: Text


@cache
def _load_dictionary_file() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("engine.explanation").joinpath("dictionary.toml").read_text(encoding="utf-8"))


def entries(definition: Definition) -> tuple[Entry, ...]:
    """Return every metric with the values that `definition` gives its rules."""
    found = [
        _make_dictionary_entry("metrics", metric.code, metric.name, metric.definition, metric.unit, definition,
               _load_dictionary_file()["metrics"][metric.code], [text("periods", code) for code in metric.columns])
        for metric in dictionary()
    ]  # fmt: skip
    for kind in _KINDS:
        for code, entry in _load_dictionary_file()[kind].items():
            term = find_term(entry["term"])
            if term is None:
                raise KeyError(entry["term"])
            name = term.term if kind == "worth" else text(kind, code)
            found.append(_make_dictionary_entry(kind, code, name, term.meaning, entry["unit"], definition, entry, []))
    return tuple(found)


def fed(entry: Entry, portfolio: Portfolio) -> bool:
    """Return whether a run has every input of a metric: the table, and a value in each column that it needs."""
    return all(any(_has_data_at(each.strip(), portfolio.tables) for each in need.split("|")) for need in entry.needs)


def read_from(entry: Entry, portfolio: Portfolio) -> Text:
    """Return what a run reads a metric from: of inputs that stand for each other, the first that it has."""
    places = [[each.strip() for each in need.split("|")] for need in entry.needs]
    chosen = [next((each for each in either if _has_data_at(each, portfolio.tables)), either[0]) for either in places]
    return _join_dictionary_texts([_word_input_place(each) for each in chosen], "、", ", ")


def lacking(tables: Tables, definition: Definition) -> tuple[Text, ...]:
    """Return what cannot be computed for anybody because none of its inputs is there, and which input would do.

    One sentence per input, such as `年間売上・価値: 算出不可(取引›金額 または 顧客›年間売上 を加えると算出します)`; empty where sales
    and all four axes have an input.
    """
    found: dict[Text, list[Text]] = {}
    known = {entry.key: entry for entry in entries(definition)}
    for entry in (known[key] for key in _LEADING):
        places = [place.strip() for need in entry.needs for place in need.split("|")]
        if not any(_has_data_at(place, tables) for place in places):
            found.setdefault(_word_alternative_inputs(entry.needs[0]), []).append(entry.name)
    return tuple(
        Text(
            f"{'・'.join(name.ja for name in names)}: {NOT_AVAILABLE.ja}({place.ja} を加えると算出します)",
            f"{', '.join(name.en for name in names)}: {NOT_AVAILABLE.en} (add {place.en})",
        )
        for place, names in found.items()
    )


def _has_data_at(place: str, tables: Tables) -> bool:
    table, _, column = place.partition(".")
    frame = getattr(tables, table)
    if frame is None or frame.empty:
        return False
    return not column or (column in frame.columns and bool(frame[column].notna().any()))


def _make_dictionary_entry(
    group: str,
    code: str,
    name: Text,
    meaning: Text,
    unit: str,
    definition: Definition,
    entry: dict[str, Any],
    periods: Sequence[Text],
) -> Entry:
    rules = [_word_definition_rule(key, definition) for key in entry["rules"]]
    sources = dict.fromkeys(definition.source(key) for key in entry["rules"])
    return Entry(
        Text(**_load_dictionary_file()["groups"][group]),
        name,
        meaning,
        Text(**_load_dictionary_file()["units"][unit]),
        _join_dictionary_texts(periods, "、", ", "),
        _join_dictionary_texts([_word_alternative_inputs(each) for each in entry["inputs"]], "、", ", "),
        _join_dictionary_texts(rules, "\n", "; "),
        _join_dictionary_texts(sources, "\n", "; "),
        f"{group}.{code}",
        tuple(entry["inputs"]),
        _join_dictionary_texts(
            [_word_definition_rule(key, definition) for key in entry["rules"] if _is_least_count(key)], "、", "; "
        ),
    )


def _is_least_count(key: str) -> bool:
    return key in _LEAST or key.rpartition(".")[2].startswith("min_")


def _word_definition_rule(key: str, definition: Definition) -> Text:
    value, label, unit = definition.value(key), definition.label(key), definition.unit(key)
    if isinstance(value, dict):
        value = " / ".join(f"{part:g}" for part in value.values())
    if value == "":
        return Text(f"{label.ja}(未設定)", f"{label.en} (not set)")
    return Text(
        f"{label.ja} {value}{_keep_short_unit(unit.ja)}", f"{label.en}: {value} {_keep_short_unit(unit.en)}".rstrip()
    )


def _keep_short_unit(unit: str) -> str:
    """Return a unit that may stand behind a number: `日` does, a whole sentence or the kind of an entry does not."""
    return unit if _SHORT.match(unit) else ""


def _word_alternative_inputs(written: str) -> Text:
    return _join_dictionary_texts([_word_input_place(each.strip()) for each in written.split("|")], " または ", " or ")


def _word_input_place(written: str) -> Text:
    """Return a table, or a column of one, as people find it: 取引›金額."""
    table, _, key = written.partition(".")
    name = table_text(table)
    if not key:
        return name
    column = next(each.text for each in columns(table) if each.key == key)
    return Text(f"{name.ja}›{column.ja}", f"{name.en} › {column.en}")


def _join_dictionary_texts(parts: Iterable[Text], ja: str, en: str) -> Text:
    listed = list(parts)
    return Text(ja.join(part.ja for part in listed), en.join(part.en for part in listed))
