"""Changes of the definition: a threshold, a weight, one entry of a table or of a rule."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.definition.definition import Definition
from engine.language import words
from engine.language.amounts import parse_amount
from engine.language.distinct_cells import Fault
from engine.language.errors import Refusal, Text
from engine.planning.what_if.edits import refuse_share

if TYPE_CHECKING:
    from engine.planning.what_if.edits import Edit


def change_definition(definition: Definition, word: str, edit: Edit) -> tuple[Definition, Text]:
    """Return the definition with one value changed, and what was changed in words.

    Parameters
    ----------
    word
        A key (`levels.high`), a key and the way into its table (`alerts.dependence.severe`, `axes.risk.1.weight`), or an
        entry's own words (「高」の下限).

    Raises
    ------
    Refusal
        `missing_definition` for an unknown key or a value that does not fit; `argument` for a relative change of what is
        no number.
    """
    keys = {row.key: row for row in definition.rows()}
    key, path = _find_definition_entry(keys, word)
    if key is None:
        definition.value(word)  # refuses, naming the nearest keys
        raise AssertionError(word)
    whole = definition.value(key)
    old = _find_value_at_path(whole, path, word)
    new = _edit_definition_value(word, old, edit)
    value = _replace_at_path(whole, path, new)
    entry = ".".join([key, *path])
    label, named, before, after = (
        keys[key].label,
        keys[key].named,
        _word_definition_value(old),
        _word_definition_value(new),
    )
    said = Text(
        f"{label.ja}({entry}) {before.ja} → {after.ja}" if named else f"{entry} {before.ja} → {after.ja}",
        f"{label.en} ({entry}) {before.en} → {after.en}" if named else f"{entry} {before.en} → {after.en}",
    )
    return _set_definition_entry(definition, key, value), said


def _find_definition_entry(keys: dict[str, Any], word: str) -> tuple[str | None, list[str]]:
    name = word.strip()
    steps = name.split(".")
    for length in range(len(steps), 0, -1):
        if ".".join(steps[:length]) in keys:
            return ".".join(steps[:length]), steps[length:]
    wanted = words.normalise(name)
    spoken = [key for key, row in keys.items() if wanted in map(words.normalise, row.label)]
    return (spoken[0], []) if len(spoken) == 1 else (None, [])


def _find_value_at_path(value: Any, path: list[str], word: str) -> Any:
    for step in path:
        if not isinstance(value, dict) or step not in value:
            inside = "・".join(value) if isinstance(value, dict) else ""
            raise Refusal(
                "missing_definition",
                f"定義に「{word}」という項目はありません" + (f"(中の項目: {inside})" if inside else ""),
                f'the definition has no entry "{word}"' + (f" (inside: {inside})" if inside else ""),
            )
        value = value[step]
    return value


def _replace_at_path(value: Any, path: list[str], new: Any) -> Any:
    return new if not path else {**value, path[0]: _replace_at_path(value[path[0]], path[1:], new)}


def _edit_definition_value(word: str, old: Any, edit: Edit) -> Any:
    is_number = isinstance(old, (int, float)) and not isinstance(old, bool)
    if edit.kind == "set":
        if isinstance(old, (dict, list)) and isinstance(edit.cell, str):
            return _parse_json_value(word, edit.cell, old)
        if is_number and abs(old) > 1:
            refuse_share(Text(word, word), edit.cell)
        read = parse_amount(edit.cell) if is_number or old == "" else None
        if read is not None and not isinstance(read, Fault):
            return _convert_plain_number(read.number)
        percent = str(edit.cell).strip()
        if is_number and percent[-1:] in ("%", "％"):
            share = parse_amount(percent[:-1])
            if share is not None and not isinstance(share, Fault):
                return _convert_plain_number(share.number / 100)
        return edit.cell
    if not is_number or edit.kind == "days":
        raise Refusal(
            "argument",
            f"定義「{word}」の今の値「{_word_definition_value(old).ja}」は増減できません。新しい値を書いてください",
            f'the entry "{word}" is "{_word_definition_value(old).en}" now and cannot be raised or lowered; write the new value',
        )
    return _convert_plain_number(edit.on(Decimal(str(old))))


def _parse_json_value(word: str, cell: str, old: Any) -> Any:
    try:
        return json.loads(cell)
    except json.JSONDecodeError as error:
        raise Refusal(
            "missing_definition",
            f"定義「{word}」の値「{cell}」が読めません(例: {_word_definition_value(old).ja})",
            f'the value "{cell}" of "{word}" cannot be read (for example: {_word_definition_value(old).en})',
        ) from error


def _convert_plain_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _word_definition_value(value: Any) -> Text:
    if value == "":
        return Text("空欄", "blank")
    written = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)
    return Text(written, written)


def _set_definition_entry(definition: Definition, key: str, value: Any) -> Definition:
    """Set one entry; a rule is set with its whole table, as `Definition.from_rows` wants it."""
    head, _, index = key.rpartition(".")
    if not index.isdigit():
        return Definition.from_rows([(key, value)], definition)
    rules = definition.rules(head)
    rules[int(index) - 1] = value
    return Definition.from_rows([(f"{head}.{at}", rule) for at, rule in enumerate(rules, start=1)], definition)
