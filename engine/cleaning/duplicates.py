"""名寄せ candidates: customers that may be one and the same, for a person to judge; nothing is ever merged here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from engine.cleaning.customer_names import Nearest
from engine.language.errors import Text
from engine.language.words import company_key, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

Reason = Literal["corporate_number", "name", "kana", "similar"]

REASONS: Final[dict[Reason, Text]] = {
    "corporate_number": Text("法人番号が同じ", "same corporate number"),
    "name": Text("名前が同じ(法人格・全角半角を除く)", "same name (but for its legal form and width)"),
    "kana": Text("カナが同じ", "same reading"),
    "similar": Text("名前が似ている", "similar name"),
}
_NEAREST: Final = 5  # names looked at for each name


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two customers that may be one.

    Parameters
    ----------
    first, second
        Their positions in the customer table, the first before the second.
    reason
        The strongest reason.
    likeness
        From 0 to 1: 1 for equal numbers, names and readings, else Dice's coefficient of the pairs of letters.
    """

    first: int
    second: int
    reason: Reason
    likeness: float


def candidates(customers: pd.DataFrame, least: float = 0.7) -> tuple[Candidate, ...]:
    """Return the pairs of customers that may be one, the strongest reason first, then the most alike.

    Parameters
    ----------
    customers
        The clean customer table; customer_id, name, kana, corporate_number and parent_id are read.
    least
        Likeness from which two names count as similar (end inclusive). ‡ Our own choice: 東京商事 and 東京商会 stay
        below it, 東京商事 and 東京商事西 above.

    Notes
    -----
    Two customers of one group (one the parent of the other, or of one parent) are no candidates by similarity: that they
    belong together is known. Equal numbers and names are told all the same.
    """
    found = {(each.first, each.second): each for each in equal_pairs(customers)}
    for candidate in _find_similar_names(customers, least):
        found.setdefault((candidate.first, candidate.second), candidate)
    order = list(REASONS)
    return tuple(sorted(found.values(), key=lambda each: (order.index(each.reason), -each.likeness, each.first)))


def equal_pairs(customers: pd.DataFrame) -> tuple[Candidate, ...]:
    """Return the pairs of customers with an equal corporate number, name or reading, each once with its strongest reason."""
    found: dict[tuple[int, int], Candidate] = {}
    keys: tuple[tuple[Reason, list[str]], ...] = (
        (
            "corporate_number",
            [_read_corporate_number(cell) for cell in _read_text_column(customers, "corporate_number")],
        ),
        ("name", [company_key(name) for name in _read_text_column(customers, "name")]),
        ("kana", [company_key(cell) if cell else "" for cell in _read_text_column(customers, "kana")]),
    )
    for reason, values in keys:
        for first, second in _pair_equal_values(values):
            found.setdefault((first, second), Candidate(first, second, reason, 1.0))
    return tuple(found.values())


def _read_text_column(customers: pd.DataFrame, column: str) -> list[str]:
    return [
        "" if missing else str(cell)
        for cell, missing in zip(customers[column].tolist(), customers[column].isna(), strict=True)
    ]


def _read_corporate_number(cell: str) -> str:
    """Return a corporate number as its digits; what is none of thirteen digits counts as blank (国税庁 法人番号)."""
    digits = "".join(letter for letter in normalise(cell) if letter.isdecimal())
    return digits if len(digits) == 13 else ""


def _pair_equal_values(values: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Give each pair of places with one value: the first place with each of the others."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        if value:
            places[value].append(place)
    for first, *others in places.values():
        for second in others:
            yield first, second


def _find_similar_names(customers: pd.DataFrame, least: float) -> Iterator[Candidate]:
    names = _read_text_column(customers, "name")
    ids, parents = _read_text_column(customers, "customer_id"), _read_text_column(customers, "parent_id")
    groups = [parent or own for own, parent in zip(ids, parents, strict=True)]
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    keys = [company_key(name) for name in names]  # equal ones are told by the first of them
    nearest = Nearest(names)
    for place, name in enumerate(names):
        for other in nearest.of(name, _NEAREST, least):
            second = places[other]
            if keys[second] != keys[place] and groups[second] != groups[place]:
                yield Candidate(min(place, second), max(place, second), "similar", nearest.likeness(name, other))
