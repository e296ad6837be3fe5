"""The definition: thresholds, weights and rules as data, with unit and source; hashed, and shown as rows of a sheet."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from engine.definition import own_schemes, rule_sentences
from engine.definition.definition_row import DefinitionRow
from engine.definition.entries import (
    Value,
    fit_to_default,
    parse_entry_json,
    unknown_entry,
    walk_leaves,
    write_canonical_json,
    write_entry_cell,
    wrong_kind,
)
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from engine.definition.definition_row import Kind


@dataclass(frozen=True, eq=False)
class Definition:
    """A complete, frozen definition.

    Two definitions are equal when every value and every rule is equal; units, sources and labels do not count.
    """

    _text: str  # canonical JSON of the whole document: immutable, so that nothing can be changed behind the hash

    @cached_property
    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._text)
        return document

    @cached_property
    def _leaves(self) -> dict[str, dict[str, Any]]:
        return dict(walk_leaves(self._document))

    def _leaf(self, key: str) -> dict[str, Any]:
        """Return an entry; what a definition of an earlier program does not say, today's does.

        The hash stays that of what the definition says itself.
        """
        leaf = self._leaves.get(key) or _load_built_in_definition()._leaves.get(key)
        if leaf is None:
            raise unknown_entry(key, self._leaves)
        return leaf

    @property
    def version(self) -> str:
        """The definition's version, such as `2026.1`."""
        return str(self._document["version"])

    @cached_property
    def hash(self) -> str:
        """SHA-256 over every value and rule, in hexadecimal."""
        values = {key: _drop_rule_source(leaf["value"]) for key, leaf in self._leaves.items()}
        written = json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Tell whether every value and rule is equal."""
        return isinstance(other, Definition) and self.hash == other.hash

    def __hash__(self) -> int:
        """Return a hash that fits `__eq__`."""
        return hash(self.hash)

    def value(self, key: str) -> Value:
        """Return the value of `key`, such as `cpm.beginner_days`; a list or table comes as a fresh copy.

        Raises
        ------
        Refusal
            `missing_definition` when there is no such key; the message names the nearest.
        """
        found = self._leaf(key)["value"]
        return json.loads(json.dumps(found)) if isinstance(found, (list, dict)) else found

    def number(self, key: str) -> float:
        """Return the value of `key` as a number; NaN where it is blank.

        Raises
        ------
        Refusal
            `missing_definition` when it is neither, such as `5,000円` in an entry that is blank by default.
        """
        value = self.value(key)
        try:
            return math.nan if value == "" else float(value)
        except ValueError as error:
            raise wrong_kind(key, value, 5000) from error

    def rules(self, key: str) -> list[dict[str, Any]]:
        """Return the rule table or the parts under `key` (such as `strategy`), in order."""
        node = _find_rule_table(self._document, key)
        if node is None:  # as `_leaf`
            node = _find_rule_table(_load_built_in_definition()._document, key)
        if node is None:
            raise unknown_entry(key, self._leaves)
        copied: list[dict[str, Any]] = json.loads(json.dumps(node))
        return copied

    @property
    def as_of(self) -> date | None:
        """The as-of date, or None where the newest order decides."""
        written = str(self.value("general.as_of"))
        return date.fromisoformat(written) if written else None

    def unit(self, key: str) -> Text:
        """Return the unit of `key`."""
        return Text(**self._leaf(key)["unit"])

    def kind(self, key: str) -> Kind:
        """Return what the value of `key` is, such as `share`; what a stored definition does not say, today's does."""
        leaf = self._leaf(key)
        if "kind" not in leaf:
            leaf = _load_built_in_definition()._leaves.get(key, leaf)
        found: Kind = leaf.get("kind", "")
        return found

    def source(self, key: str) -> Text:
        """Return where the value of `key` comes from; ‡ marks our own choice."""
        return Text(**self._leaf(key)["source"])

    def label(self, key: str) -> Text:
        """Return the words for `key`."""
        leaf = self._leaf(key)
        return Text(str(leaf.get("ja", key)), str(leaf.get("en", key)))

    @property
    def painted_schemes(self) -> tuple[str, ...]:
        """The codes of the schemes painted as a grid: the built-in ones, then a planner's own."""
        return tuple(self._document.get("schemes", ()))  # a run stored by an earlier program has none

    def rows(self) -> tuple[DefinitionRow, ...]:
        """Return the definition as rows, in the file's order; `Definition.from_rows` reads them back without loss."""
        return tuple(
            DefinitionRow(
                key,
                write_entry_cell(leaf["value"]),
                self.unit(key),
                self.source(key),
                self.label(key),
                self.kind(key),
                named="ja" in leaf,
            )
            for key, leaf in self._leaves.items()
        )

    @staticmethod
    def from_rows(rows: Iterable[tuple[str, object]], base: Definition | None = None) -> Definition:
        """Return `base` (the built-in definition when None) with the values of `rows`.

        Parameters
        ----------
        rows
            Pairs of key and value, as a sheet holds them: a number, a text, a date, or JSON text. Blank keys are passed
            over. A row such as `alerts.dependence.caution` sets one part of an entry that is a table, and a rule of
            `strategy` or `standard` may be a sentence (`engine.definition.rule_sentences`). Where rows of a rule table (`strategy.1`,
            `strategy.2` …) are given, they replace the whole table.
            Rows such as `schemes.自社分類.grid` add a scheme of one's own (`engine.definition.own_schemes`).

        Raises
        ------
        Refusal
            For a key that does not exist or a value of the wrong kind.
        """
        start = base or load_definition()
        document = json.loads(start._text)
        tables: dict[str, list[tuple[int, Any]]] = {}
        parts: list[tuple[str, str, object]] = []
        for key, value in rows:
            name = str(key or "").strip()
            if not name:
                continue
            head, _, index = name.rpartition(".")
            if _set_scheme_entry(document, name, value):
                continue
            if index.isdigit():
                tables.setdefault(head, []).append((int(index), _read_rule_cell(name, value)))
            elif name not in start._leaves and _is_part_of_entry(start, head, index):
                parts.append((head, index, value))
            else:
                _set_entry(document, name, value, start)
        for head, field, value in parts:
            _set_part_of_entry(document, head, field, value, start)
        for head, numbered in tables.items():
            _set_rule_table(document, head, [rule for _, rule in sorted(numbered, key=lambda pair: pair[0])])
        return _complete_definition(document)

    @staticmethod
    def from_toml(text: str, base: Definition | None = None) -> Definition:
        """Return `base` (the built-in definition when None) overridden by a TOML text of the same shape.

        An entry may be written whole (`[cpm.lapse_days]` with `value = 200`) or short (`lapse_days = 200` in `[cpm]`).
        A table such as `[schemes."自社分類"]` adds a scheme of one's own.

        Parameters
        ----------
        text
            Only the entries that differ need to stand in it.
        base
            What holds where the text says nothing.

        Raises
        ------
        Refusal
            `missing_definition` for a text that is no TOML, an entry that does not exist, or a value of the wrong kind.
        """
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise Refusal(
                "missing_definition",
                f"定義ファイルがTOMLとして読めません({error})",
                f"the definition file is not valid TOML ({error})",
            ) from error
        start = base or load_definition()
        document = json.loads(start._text)
        _merge_entries(document, given, "", start)
        return _complete_definition(document)

    @staticmethod
    def from_whole_toml(text: str) -> Definition:
        """Return the definition that `to_toml` wrote, as it was: nothing of today's built-in one is mixed in."""
        return Definition(write_canonical_json(tomllib.loads(text)))

    def to_toml(self) -> str:
        """Return the whole definition as TOML; `from_toml` and `from_whole_toml` read it back without loss."""
        import tomli_w

        return tomli_w.dumps(self._document)


def load_definition(path: Path | None = None) -> Definition:
    """Return the built-in definition, overridden by the TOML file `path` where one is given."""
    return _load_built_in_definition() if path is None else Definition.from_toml(path.read_text(encoding="utf-8-sig"))


@cache
def _load_built_in_definition() -> Definition:
    text = files("engine.definition").joinpath("definition.toml").read_text(encoding="utf-8")
    return Definition(write_canonical_json(tomllib.loads(text)))


def _find_rule_table(document: dict[str, Any], key: str) -> list[Any] | None:
    node: Any = document
    for step in key.split("."):
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, list) else None


def _complete_definition(document: dict[str, Any]) -> Definition:
    own_schemes.complete(document.setdefault("schemes", {}), _load_built_in_definition().painted_schemes)
    return Definition(write_canonical_json(document))


def _set_scheme_entry(document: dict[str, Any], key: str, value: object) -> bool:
    """Set an entry of a painted scheme, new or built-in, and return whether `key` is one."""
    if not own_schemes.is_entry(key, _load_built_in_definition().painted_schemes):
        return False
    fitted = own_schemes.fit(key, value)
    _, code, field = key.split(".")
    entries = document.setdefault("schemes", {}).setdefault(code.strip(), {})
    if field in entries:
        entries[field]["value"] = fitted
    else:
        entries[field] = own_schemes.leaf(key, fitted)
    return True


def _drop_rule_source(value: Value) -> Value:
    """Return a rule without its source, which is no part of what it does."""
    return {name: part for name, part in value.items() if name != "source"} if isinstance(value, dict) else value


def _set_entry(document: dict[str, Any], key: str, value: object, start: Definition) -> None:
    if key not in start._leaves:
        raise unknown_entry(key, start._leaves)
    default = start._leaves[key]["value"]
    fitted = fit_to_default(key, value, default)
    node = document
    *path, last = key.split(".")
    for step in path:
        node = node[step]
    if isinstance(node[last], dict):
        node[last]["value"] = fitted
    else:
        node[last] = fitted


def _is_part_of_entry(start: Definition, head: str, field: str) -> bool:
    entry = start._leaves.get(head, {}).get("value")
    return isinstance(entry, dict) and field in entry


def _set_part_of_entry(document: dict[str, Any], head: str, field: str, value: object, start: Definition) -> None:
    """Set one value of an entry that is a table of values."""
    node = document
    for step in head.split("."):
        node = node[step]
    node["value"][field] = fit_to_default(f"{head}.{field}", value, start._leaves[head]["value"][field])


def _read_rule_cell(key: str, value: object) -> dict[str, Any]:
    parsed = parse_entry_json(value)
    table = key.rpartition(".")[0]
    if isinstance(parsed, str):
        parsed = rule_sentences.read_rule(table, parsed)
    if not isinstance(parsed, dict):
        raise wrong_kind(key, value, rule_sentences.EXAMPLES.get(table, {"when": {"risk": "high"}, "then": "at_risk"}))
    return parsed


def _set_rule_table(document: dict[str, Any], head: str, rules: list[dict[str, Any]]) -> None:
    node: Any = document
    *path, last = head.split(".")
    for step in path:
        node = node.get(step, {})
    if not isinstance(node.get(last), list):
        raise Refusal("missing_definition", f"「{head}」は規則表ではありません", f'"{head}" is not a rule table')
    node[last] = rules


def _merge_entries(document: dict[str, Any], given: Mapping[str, Any], path: str, start: Definition) -> None:
    for name, child in given.items():
        key = f"{path}.{name}" if path else name
        whole = isinstance(child, dict) and "value" in child
        if _set_scheme_entry(document, key, child["value"] if whole and "unit" in child else child):
            continue
        if key in start._leaves:
            _set_entry(document, key, child["value"] if whole else child, start)
        elif isinstance(child, list):
            _set_rule_table(document, key, child)
        elif isinstance(child, dict):
            _merge_entries(document, child, key, start)
        else:
            raise unknown_entry(key, start._leaves)
