"""Draws that come out the same on every machine and under every Python and NumPy version.

Decision 0051: why draws are whole numbers.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice:
    """Whole-number draws from a seeded stream.

    Everything goes through `random.Random.random()`: the documentation of Python's `random` module promises a
    repeatable sequence for that method alone ("Notes on Reproducibility"), not for `randrange`, `choice` or `shuffle`,
    and NumPy promises none at all between versions.

    Parameters
    ----------
    seed
        A whole number ≥ 0.
    """

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)  # noqa: S311 - made-up business data, nothing secret

    def below(self, bound: int) -> int:
        """Return a whole number from 0 up to `bound`, `bound` exclusive."""
        return int(self._source.random() * bound)

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both inclusive."""
        return low + self.below(high - low + 1)

    def chance(self, permille: int) -> bool:
        """Return True in `permille` of 1000 draws."""
        return self.below(1000) < permille

    def pick(self, items: Sequence[T]) -> T:
        """Return one of `items`, each as likely as the next."""
        return items[self.below(len(items))]

    def weighted(self, weights: Sequence[int]) -> int:
        """Return a position in `weights`, drawn in proportion to them."""
        left = self.below(sum(weights))
        for position, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return position
        raise ValueError("weights must have a positive sum")

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return `items` in a drawn order (Fisher and Yates, from the end)."""
        deck = list(items)
        for last in range(len(deck) - 1, 0, -1):
            other = self.below(last + 1)
            deck[last], deck[other] = deck[other], deck[last]
        return deck
