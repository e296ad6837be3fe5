"""One line of the definition, as the sheet 設定 and the report show it.

Decision 0307: why an entry says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.language.errors import Text

Plain = str | int | float | bool
Kind = Literal[
    "share",
    "multiple",
    "index",
    "number",
    "points",
    "count",
    "money",
    "days",
    "months",
    "years",
    "hours",
    "date",
    "choice",
    "words",
    "",
]
"""What the value of an entry is; its unit says the same to people. Blank for rules and where nobody has said."""


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """One line of the definition as the 設定 sheet shows it.

    `value` is a number, a text, or JSON text where the entry is a list, a table or a rule. `named` says whether `label`
    is a name that the definition gives; else it is the key. Of one value of a table, `part` is its code and `whole` the
    name of the table.
    """

    key: str
    value: Plain
    unit: Text
    source: Text
    label: Text
    kind: Kind = ""
    named: bool = True
    part: str = ""
    whole: Text | None = None
