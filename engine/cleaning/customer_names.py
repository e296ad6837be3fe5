"""Which customer is meant: by ID or by name, whatever the width, the spaces and the legal form."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from engine.language.words import company_key, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

AMBIGUOUS: Final = -2
UNKNOWN: Final = -1


class Nearest:
    """Finds the names most like a given one, by the pairs of letters that they share (Dice's coefficient)."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(names))
        self._pairs: dict[str, list[int]] = defaultdict(list)
        self._sizes: list[int] = []
        for at, name in enumerate(self._names):
            pairs = _split_letter_pairs(name)
            self._sizes.append(len(pairs))
            for pair in pairs:
                self._pairs[pair].append(at)

    def of(self, name: str, limit: int = 3, least: float = 0.25) -> tuple[str, ...]:
        """Return up to `limit` names whose likeness is at least `least` (0 to 1), most alike first, ties in their order."""
        wanted = _split_letter_pairs(name)
        shared = Counter(at for pair in wanted for at in self._pairs.get(pair, ()))
        likeness = {at: 2 * count / (len(wanted) + self._sizes[at]) for at, count in shared.items()}
        best = sorted((at for at in likeness if likeness[at] >= least), key=lambda at: (-likeness[at], at))
        return tuple(self._names[at] for at in best[:limit])

    @staticmethod
    def likeness(first: str, second: str) -> float:
        """Return how alike two names are (0 to 1): twice the pairs of letters that both have, over the pairs of each."""
        here, there = _split_letter_pairs(first), _split_letter_pairs(second)
        return 2 * len(here & there) / (len(here) + len(there))


def _split_letter_pairs(name: str) -> set[str]:
    key = f"^{company_key(name)}$"  # the ends count as letters, so that a name of one letter has pairs too
    return {key[at : at + 2] for at in range(len(key) - 1)}


_SPELT: Final = (("(株)", "株式会社"), ("(有)", "有限会社"), ("(同)", "合同会社"))


def spelt_out(name: str) -> str:
    """Return a name as it is compared first: normalised, its legal form in full and in its place.

    株式会社A and A株式会社 are two companies by law; only where that does not decide, the form is left out.
    """
    key = folded(name)
    if "(" in key:
        for short, full in _SPELT:
            key = key.replace(short, full)
    return key


class Directory:
    """The customers under all their keys.

    Parameters
    ----------
    ids, names
        One each per customer; a customer's position is its place here.
    """

    def __init__(self, ids: Sequence[str], names: Sequence[str]) -> None:
        self.ids, self.names = ids, names

    @cached_property
    def _by_id(self) -> dict[str, int]:
        return _index_unique_keys(folded(each) for each in self.ids)

    @cached_property
    def _by_number(self) -> dict[str, int]:
        return _index_unique_keys(_strip_leading_zeros(each) for each in self.ids)

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return _index_unique_keys(spelt_out(each) for each in self.names)

    @cached_property
    def _by_company_key(self) -> dict[str, int]:
        return _index_unique_keys(company_key(each) for each in self.names)

    @cached_property
    def _nearest(self) -> Nearest:
        return Nearest([*self.names, *self.ids])

    def find(self, word: str) -> int:
        """Return the position of the customer that `word` means, `UNKNOWN`, or `AMBIGUOUS` when it may mean several.

        Tried in this order: the ID, the whole name, the name without its legal form, the ID without leading zeros (a number cell
        loses them).
        """
        plain = folded(word)
        if not plain:
            return UNKNOWN
        found = self._by_id.get(plain)
        found = self._by_name.get(spelt_out(word)) if found is None else found
        found = self._by_company_key.get(company_key(word)) if found is None else found
        return self._find_by_leading_zeros(word) if found is None else found

    def _find_by_leading_zeros(self, word: str) -> int:
        number = _strip_leading_zeros(word)
        return self._by_number.get(number, UNKNOWN) if number else UNKNOWN

    def candidates(self, word: str) -> list[int]:
        """Return the positions of all customers whose name matches `word`, or whose ID does but for leading zeros."""
        key, number = company_key(word), _strip_leading_zeros(word)
        return [
            at
            for at, (each, name) in enumerate(zip(self.ids, self.names, strict=True))
            if company_key(name) == key or (number and _strip_leading_zeros(each) == number)
        ]

    def near(self, word: str, limit: int = 3) -> tuple[str, ...]:
        """Return the names (or IDs, where those are more alike) nearest to `word`."""
        return self._nearest.of(word, limit)


def _index_unique_keys(keys: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, key in enumerate(keys):
        if key:
            found[key] = AMBIGUOUS if key in found else at
    return found


def _strip_leading_zeros(word: str) -> str:
    text = folded(word)
    return text.lstrip("0") or "0" if text.isdigit() else ""
