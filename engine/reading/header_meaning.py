"""What a foreign header probably means: who, when or how much, and whether it is an ID; for hints only, never for reading."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Meaning = Literal["customer_id", "customer_name", "day", "amount"]

_MEANINGS: Final[dict[tuple[str, str], Meaning]] = {
    ("customer_id", "id"): "customer_id",
    ("name", "name"): "customer_name",
    ("customer", "name"): "customer_name",
    ("date", "date"): "day",
    ("amount", "amount"): "amount",
    ("sales", "amount"): "amount",
}
_CASE: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARTS: Final = re.compile(r"[a-z]+|[0-9]+|[^\x00-\x7f]+")

# How sure a hint is, by what of the meaning stands in the header.
_WHOLE: Final = 0.95
_SUBJECT: Final = 0.8
_MARK: Final = 0.62


def meaning_of(key: str, kind: str) -> Meaning | None:
    """Return what a column of an input table means, by its key and kind; None where no words are known for it."""
    return _MEANINGS.get((key, kind))


@cache
def _load_header_words(group: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the Latin words of a group, and its others."""
    document = tomllib.loads(files("engine.reading").joinpath("header_words.toml").read_text(encoding="utf-8"))
    listed = [unicodedata.normalize("NFKC", word).casefold() for word in document[group]]
    return frozenset(word for word in listed if word.isascii()), tuple(word for word in listed if not word.isascii())


def _split_header_words(header: str) -> list[str]:
    """Return the words of a header: split at joints, at a change of case and between scripts.

    >>> _split_header_words("CustRefNo"), _split_header_words("ユーザーID"), _split_header_words("household_id")
    (['cust', 'ref', 'no'], ['ユーザー', 'id'], ['household', 'id'])
    """
    text = unicodedata.normalize("NFKC", header)
    return _PARTS.findall(_CASE.sub(" ", text).casefold())


def _has_word_of_group(group: str, parts: Sequence[str]) -> bool:
    latin, others = _load_header_words(group)
    return any(part in latin or (part[-1:] == "s" and part[:-1] in latin) for part in parts) or any(
        word in part for part in parts if not part.isascii() for word in others
    )


def _strip_customer_words(part: str) -> str:
    """Return a part without the words for a customer: 注文者 is one who orders, and no order."""
    for word in sorted(_load_header_words("who")[1], key=len, reverse=True):
        part = part.replace(word, "")
    return part


def _joins_customer_and_mark(parts: Sequence[str]) -> bool:
    """Return whether one Latin word is a customer's word and a mark in one, such as custid or memberno."""
    who, mark = _load_header_words("who")[0], _load_header_words("mark")[0]
    return any(
        part.endswith(end) and any(part.removesuffix(end).endswith(word) for word in who)
        for part in parts
        for end in mark
        if part != end
    )


def likeness_by_meaning(meaning: Meaning, header: str) -> float | None:
    """Return how likely a header holds what is meant (0–1), None where its words do not tell.

    0 says that it holds something else: a store's ID is no customer's, whatever its letters.
    """
    parts = _split_header_words(header)
    if meaning in ("customer_id", "customer_name"):
        return _rate_customer_likeness(parts, "mark" if meaning == "customer_id" else "name", meaning == "customer_id")
    subject, never = ("when", "never_when") if meaning == "day" else ("money", "never_money")
    if _has_word_of_group(never, parts):
        return 0.0
    return _WHOLE if _has_word_of_group(subject, parts) else None


def is_unlike_id(table: str, distinct: float | None) -> bool:
    """Return whether cells cannot well be the customers' IDs, by the share of them that differ (None: not known).

    In the customer table every row has its own; in every other table customers repeat.
    """
    if distinct is None:
        return False
    return distinct < 1.0 if table == "customers" else distinct == 1.0


def _rate_customer_likeness(parts: Sequence[str], sign: str, is_id: bool) -> float | None:
    if _has_word_of_group("other", [_strip_customer_words(part) for part in parts]):
        return 0.0
    who, marked = _has_word_of_group("who", parts), _has_word_of_group(sign, parts)
    if is_id and _joins_customer_and_mark(parts):
        who = marked = True
    if who and marked:
        return _WHOLE
    if who:
        is_another = _has_word_of_group("name" if is_id else "mark", parts)
        return 0.0 if is_another else _SUBJECT
    return _MARK if marked else None
