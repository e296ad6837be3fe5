"""Refusals and findings: what went wrong, where, and how to mend it, in the reader's language.

Decision 0308: why no code reads what people read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Lang = Literal["ja", "en"]
LANGUAGES: Final[tuple[Lang, ...]] = ("ja", "en")
"""Both languages, in the order of `Text`."""
Severity = Literal["error", "warning", "note"]
Kind = Literal[
    "unknown_customer",
    "ambiguous_customer",
    "too_little_data",
    "missing_column",
    "missing_definition",
    "no_run",
    "expired",
    "argument",
    "unreadable",
    "unwritable",
    "internal",
]


class Text(NamedTuple):
    """One sentence or word in both languages; `to("ja")` gives the one to show."""

    ja: str
    en: str

    def to(self, lang: Lang) -> str:
        """Return the text in `lang`."""
        return self.ja if lang == "ja" else self.en

    def fill(self, places: Mapping[Lang, Mapping[str, object]]) -> Text:
        """Return the text with what stands in its braces, in each language."""
        return Text(self.ja.format_map(places["ja"]), self.en.format_map(places["en"]))


KINDS: Final[dict[Kind, Text]] = {
    "unknown_customer": Text("顧客なし", "No such customer"),
    "ambiguous_customer": Text("候補複数", "Several customers match"),
    "too_little_data": Text("データ不足", "Too little data"),
    "missing_column": Text("列なし", "Missing column"),
    "missing_definition": Text("定義なし", "No such definition"),
    "no_run": Text("実行なし", "No run"),
    "expired": Text("期限切れ", "Expired"),
    "argument": Text("引数", "Argument"),
    "unreadable": Text("読込不可", "Cannot be read"),
    "unwritable": Text("保存不可", "Cannot be stored"),
    "internal": Text("内部", "Internal"),
}


class Refusal(Exception):  # noqa: N818 - it is no fault of the program: the product's word for "I will not, because"
    """A request that cannot be carried out, worded for the person who made it.

    Parameters
    ----------
    kind
        What sort of refusal it is; cells show its word after `#PF`.
    ja, en
        What happened, where, and how to mend it. Never contains a traceback or a path that the user did not give.
    rule
        Which rule refuses, where somebody has to tell it from another: never read off the sentence.
    """

    def __init__(self, kind: Kind, ja: str, en: str, *, rule: str = "") -> None:
        super().__init__(f"{KINDS[kind].ja}: {ja}")
        self.kind: Kind = kind
        self.rule = rule
        self.text = Text(ja, en)

    def to(self, lang: Lang) -> str:
        """Return the whole sentence in `lang`, for example `顧客なし: 「A社」は顧客表にありません`."""
        return f"{KINDS[self.kind].to(lang)}: {self.text.to(lang)}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed in the input.

    Parameters
    ----------
    severity
        `error`: the row was not used. `warning`: it was used, but somebody should look. `note`: for information.
    code
        Machine word such as `unreadable_date`.
    table
        The input table's key, such as `orders`; empty when the whole input is meant.
    source
        File and sheet as the user named them, such as `注文.xlsx › 取引`.
    row
        Row number as the spreadsheet or text editor shows it (1 = first line), or None when no single row is meant.
    column
        Header as written in the input, or None.
    value
        The offending cell as text, or None. It may be personal data: findings go to the user's files, never to logs.
    reason
        What is wrong and how to mend it.
    """

    severity: Severity
    code: str
    table: str
    source: str
    row: int | None
    column: str | None
    value: str | None
    reason: Text
