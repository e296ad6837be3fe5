"""One line of the definition, as the sheet 設定 and the report show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.language.errors import Text

Plain = str | int | float | bool


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """One line of the definition as the 設定 sheet shows it.

    `value` is a number, a text, or JSON text where the entry is a list, a table or a rule.
    """

    key: str
    value: Plain
    unit: Text
    source: Text
    label: Text
