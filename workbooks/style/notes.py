"""What belongs in an input column: the note on its header, and what its cells may hold."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Text
from engine.language.words import codes, text

if TYPE_CHECKING:
    from engine.reading.columns import Column

# Without these a table cannot be used; of an inner tuple one is enough.
NEEDED: Final[dict[str, tuple[str | tuple[str, ...], ...]]] = {
    "customers": (("name", "customer_id"),), "orders": (("customer_id", "customer"), "date", "amount"),
    "contacts": (("customer_id", "customer"), "date"), "surveys": (("customer_id", "customer"), "item", "score"),
    "costs": ("date", "amount"), "products": ("product",), "leads": ("date",),
    "plans": (("customer_id", "customer"),), "actions": ("what",), "benchmarks": ("who", "measure", "value", "source", "date"),
}  # fmt: skip
CHOICES: Final = {"actions.kind": "action_kinds", "actions.status": "action_states"}
CONTACTS: Final = ("商談", "訪問", "問合せ", "苦情")
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
HIGHEST_RATE: Final = 10  # a thousand per cent: beyond it somebody typed 5 for 5 %


@cache
def _read_column_notes() -> dict[str, Any]:
    return tomllib.loads(files("workbooks.style").joinpath("notes.toml").read_text(encoding="utf-8"))


def _find_note_text(*path: str) -> Text:
    entry: Any = _read_column_notes()
    for key in path:
        entry = entry[key]
    return Text(entry["ja"], entry["en"])


def needed(column: Column) -> Text:
    """Return whether a column must be filled, in words."""
    for each in NEEDED[column.table]:
        if column.key == each:
            return _find_note_text("needed", "always")
        if column.key in each:
            return _find_note_text("needed", "either")
    return _find_note_text("needed", "option")


def note_of(column: Column) -> Text:
    """Return the note on the header of `column`: what it holds, and whether it is needed."""
    own = f"{column.table}.{column.key}"
    what = (
        _find_note_text("columns", own)
        if own in _read_column_notes()["columns"]
        else _find_note_text("kinds", column.kind)
    )
    must = needed(column)
    return Text(f"{what.ja}{must.ja}", f"{what.en} {must.en}")


def rule_of(column: Column) -> dict[str, object] | None:
    """Return XlsxWriter's rule for the cells of `column`, None where anything may stand there.

    Only what is offered as a list is refused otherwise; a number or date that looks wrong is questioned, because the
    engine reads many ways of writing one.
    """
    own = f"{column.table}.{column.key}"
    if column.kind == "level":
        words = [text("levels", code).ja for code in codes("levels") if code != "unknown"]
        return {"validate": "list", "source": words, "error_message": "高・中・低 から選んでください"}
    if column.kind == "flag":
        return {"validate": "list", "source": ["○"], "error_message": "該当するときは ○、しないときは空白にします"}
    if own in CHOICES:
        words = [text(CHOICES[own], code).ja for code in codes(CHOICES[own])]
        return {"validate": "list", "source": words, "error_message": f"{'・'.join(words)} から選んでください"}
    if own == "contacts.kind":
        return {"validate": "list", "source": list(CONTACTS), "error_type": "information",
                "error_message": "一覧にない種別も使えます"}  # fmt: skip
    return _make_number_rule(column)


def _make_number_rule(column: Column) -> dict[str, object] | None:
    if column.kind == "date":
        return {"validate": "date", "criteria": "between", "minimum": FIRST_DAY, "maximum": LAST_DAY,
                "error_message": "日付を 2026/09/30 の形で入力してください", "error_type": "warning"}  # fmt: skip
    if column.kind == "integer":
        return {"validate": "integer", "criteria": ">=", "value": 0, "error_type": "warning",
                "error_message": "0以上の整数を入力してください"}  # fmt: skip
    if column.kind == "rate":
        return {"validate": "decimal", "criteria": "between", "minimum": -HIGHEST_RATE, "maximum": HIGHEST_RATE,
                "error_message": "割合は 5% または 0.05 の形で入力してください", "error_type": "warning"}  # fmt: skip
    if (column.table, column.key) == ("surveys", "score"):
        return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 10, "error_type": "warning",
                "error_message": "推奨度は0〜10、満足度などは1〜5の点数です"}  # fmt: skip
    return None
