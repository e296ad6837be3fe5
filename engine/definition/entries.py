"""Single entries of a definition: how a value is read from a cell or a file, and how it is written."""

from __future__ import annotations

import json
import math
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.definition.definition_row import Plain

Value = Any  # TOML: Plain, a list or a table of them; checked against the default's shape

_DIGITS: Final = 12
_BLANK_NUMBERS: Final = frozenset({"general.fixed_cost", "profit.hourly_cost"})  # numbers whose default is blank
_RULE: Final = {"ja": "規則", "en": "rule"}
_OWN: Final = {"ja": "‡ 当社の初期値", "en": "‡ our own choice"}
_BLANK: Final = {"ja": "", "en": ""}


def walk_leaves(node: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield every entry and rule below a node of the document: its dotted key, and its value, unit, source and labels."""
    for name, child in node.items():
        key = f"{path}.{name}" if path else name
        if isinstance(child, list):
            for number, rule in enumerate(child, start=1):
                yield f"{key}.{number}", {"value": rule, "unit": _RULE, "source": rule.get("source", _OWN)}
        elif isinstance(child, dict) and "value" in child and "unit" in child:
            yield key, child
        elif isinstance(child, dict):
            yield from walk_leaves(child, key)
        else:
            yield key, {"value": child, "unit": _BLANK, "source": _BLANK}


def fit_to_default(key: str, value: object, default: Value) -> Value:
    """Return `value` in the default's kind: number, text (also for blanks), list or table.

    Parameters
    ----------
    key
        The entry, for messages; of some a blank default stands for a number that is not told.
    value
        As a cell or a file holds it: a number, a text, a day, JSON text, or None for a blank.
    default
        The value that it takes the place of.

    Raises
    ------
    Refusal
        `missing_definition` for a value of another kind.
    """
    if value is None:
        value = ""
    if isinstance(value, (datetime, date)):
        return _write_definition_date(value)
    if isinstance(default, (list, dict)):
        parsed = parse_entry_json(value)
        if type(parsed) is not type(default) or (isinstance(default, dict) and set(parsed) != set(default)):
            raise wrong_kind(key, value, default)
        return parsed
    if isinstance(default, (int, float)):
        number = _read_entry_number(value)
        if number is None:
            raise wrong_kind(key, value, default)
        return number
    number = _read_entry_number(value) if not isinstance(value, str) or key in _BLANK_NUMBERS else None
    return str(value).strip() if number is None else number


def _read_entry_number(value: object) -> int | float | None:
    if isinstance(value, bool):
        return None
    try:
        number = round(float(str(value)), _DIGITS)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def parse_entry_json(value: object) -> Value:
    """Return the JSON text of a cell as what it means; any other cell as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def write_canonical_json(document: object) -> str:
    """Return a document or a value as JSON in one way of writing; a day is its ISO date."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_write_definition_date)


def _write_definition_date(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no place in a definition for {type(value).__name__}")


def write_entry_cell(value: Value) -> Plain:
    """Return a value as a sheet holds it: lists and tables as JSON text."""
    return write_canonical_json(value) if isinstance(value, (list, dict)) else value


def unknown_entry(key: str, leaves: Mapping[str, object]) -> Refusal:
    """Return the refusal for a key that is no entry, naming the nearest of `leaves`."""
    close = get_close_matches(key, leaves, n=3, cutoff=0.6)
    hint_ja = f"(近い項目: {'、'.join(close)})" if close else ""
    hint_en = f" (near: {', '.join(close)})" if close else ""
    return Refusal(
        "missing_definition",
        f"定義に「{key}」という項目はありません{hint_ja}",
        f'the definition has no entry "{key}"{hint_en}',
    )


def wrong_kind(key: str, value: object, default: Value) -> Refusal:
    """Return the refusal for a value that does not fit an entry, with its default as the example."""
    return Refusal(
        "missing_definition",
        f"定義「{key}」の値「{value}」が使えません(例: {write_entry_cell(default)})",
        f'the value "{value}" does not fit the entry "{key}" (for example: {write_entry_cell(default)})',
    )
