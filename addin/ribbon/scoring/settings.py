"""The 設定 sheet under the buttons: making it, changing one of its values, and what it changes of a definition.

Decision 0171: why 設定 is the definition.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from addin.ribbon.choosing import sheet_called
from addin.ribbon.inputs import PF_RUN
from engine.definition.rule_sentences import readable_rows
from engine.definition.settings_sheet import entry_place, is_settings
from engine.language import words
from engine.language.display import date_text
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from addin.shared.book import Block, Book, Cell
    from engine.definition.definition import Definition
    from engine.language.errors import Lang

AS_OF: Final = "general.as_of"
PURPOSE: Final = "general.purpose"
SETTINGS_SHEET: Final = Text("設定", "Settings")
SETTINGS_MARK: Final = "PF_SETTINGS"
SETTINGS_HEADER: Final = (
    Text("項目", "Entry"),
    Text("値", "Value"),
    Text("単位", "Unit"),
    Text("出典", "Source"),
    Text("キー", "Key"),
)
_NEWEST: Final = Text("自動(最新の取引日)", "automatic (the newest order)")
_TAKEN_UP: Final = Text("「更新」を押すと反映されます。", "Press Refresh to take it up.")
_BY_ITSELF: Final = Text("PF_RUN の数式が自動で反映します。", "The formula in PF_RUN takes it up by itself.")
_BLANK: Final = Text("空白", "blank")


@dataclass(frozen=True, slots=True)
class Change:
    """An entry whose value differs between two definitions; a rule that one of them does not have is blank there."""

    key: str
    label: Text
    before: str
    after: str


def settings_block(book: Book) -> Block | None:
    """Return the workbook's 設定 sheet, None where there is none or it is empty."""
    found = (book.read(sheet) for sheet in book.sheets() if is_settings(sheet))
    return next((block for block in found if block is not None), None)


def ready(book: Book, definition: Definition, lang: Lang) -> tuple[Block, bool]:
    """Return the 設定 sheet, made from the definition where the workbook has none, and whether it was made.

    Called while drawing is held.
    """
    block = settings_block(book)
    if block is not None:
        return block, False
    book.write(SETTINGS_MARK, sheet_called(book, SETTINGS_SHEET, lang), _write_settings_rows(definition, lang))
    block = book.block(SETTINGS_MARK)
    if block is None:
        raise Refusal(
            "unwritable",
            f"シート「{SETTINGS_SHEET.ja}」を作れませんでした。ブックの保護を外してください",
            f'the sheet "{SETTINGS_SHEET.en}" could not be made; unprotect the workbook',
        )
    return block, True


def _write_settings_rows(definition: Definition, lang: Lang) -> list[list[Cell]]:
    """Return the definition as a 設定 table; the purpose is written as people say it."""
    rows: list[list[Cell]] = [[text.to(lang) for text in SETTINGS_HEADER]]
    for row in readable_rows(definition):
        value = words.label("purposes", str(row.value), lang) if row.key == PURPOSE else row.value
        rows.append([row.label.to(lang), value, row.unit.to(lang), row.source.to(lang), row.key])
    return rows


def set_value(book: Book, definition: Definition, key: str, value: Cell, lang: Lang) -> None:
    """Write one value of the definition into the 設定 sheet, and nothing else; called while drawing is held.

    Raises
    ------
    Refusal
        `missing_definition` where the sheet has no row for it; nothing was written then.
    """
    block, _ = ready(book, definition, lang)
    place = entry_place(block.rows, key)
    if place is None:
        raise Refusal(
            "missing_definition",
            f"シート「{block.sheet}」に「{definition.label(key).ja}」の行がありません。"
            f"「キー」の列に {key} と書いた行を足してから、もう一度押してください",
            f'the sheet "{block.sheet}" has no row for "{definition.label(key).en}"; '
            f'add one with {key} in the column "Key" and press again',
        )
    book.put_at(block.sheet, block.first_row + place[0], block.first_column + place[1], value)


def changes(before: Definition, after: Definition) -> tuple[Change, ...]:
    """Return the entries that differ, in the order of the later definition, then those that only the earlier one has.

    A purpose in another spelling is no difference.
    """
    return tuple(_list_definition_changes(before, after))


def _list_definition_changes(before: Definition, after: Definition) -> Iterator[Change]:
    old, new = ({row.key: row for row in readable_rows(definition)} for definition in (before, after))
    for key in [*new, *(key for key in old if key not in new)]:
        label = (new if key in new else old)[key].label
        then, now = (_normalise_setting(key, rows[key].value) if key in rows else "" for rows in (old, new))
        if then != now:
            yield Change(key, label, then, now)


def _normalise_setting(key: str, value: object) -> str:
    """Return a value as it is compared and shown: in one spelling, without the source that a rule may name."""
    code = words.find("purposes", str(value)) if key == PURPOSE else None
    if code is not None:
        return words.label("purposes", code, "ja")
    try:
        parsed = json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else None
    except json.JSONDecodeError:
        parsed = None
    if isinstance(parsed, dict):
        parsed.pop("source", None)
    return str(value) if parsed is None else json.dumps(parsed, ensure_ascii=False, sort_keys=True)


def shown(key: str, value: date | str | None, lang: Lang) -> str:
    """Return a value of the definition as a message says it."""
    if key == AS_OF:
        return date_text(value, lang) if isinstance(value, date) else _NEWEST.to(lang)
    if key == PURPOSE and value is not None and (code := words.find("purposes", str(value))) is not None:
        return words.label("purposes", code, lang)
    return str(value) if value not in (None, "") else _BLANK.to(lang)


def follows(book: Book) -> Text:
    """Return how a change of the input reaches the run: by 更新, or by the formula in `PF_RUN`."""
    named = book.named(PF_RUN)
    return _BY_ITSELF if named is not None and named.is_formula else _TAKEN_UP
