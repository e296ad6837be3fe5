"""Numbers as people type them into a condition or a definition: 100万, 1.5億円, 30%, 45日."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.language.amounts import Amount, parse_amount
from engine.language.distinct_cells import plain

if TYPE_CHECKING:
    from decimal import Decimal

_COUNTER: Final = re.compile(
    r"(?:日間?|回|件|社|点|個|倍|人|名|時間|か月|ヶ月|ヵ月|months?|days?|times|hours?|pts?|points?|x|×)$"
)
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, and whether it was written as a percentage (30% is the number 0.3)."""

    number: Decimal
    percent: bool


def read_quantity(written: str) -> Quantity | None:
    """Return the number that a text holds, or None.

    >>> read_quantity("１．５億円")
    Quantity(number=Decimal('150000000.0'), percent=False)
    >>> read_quantity("30%")
    Quantity(number=Decimal('0.3'), percent=True)
    """
    text = plain(written)
    if not _DIGIT.search(text):
        return None
    percent = text.endswith("%")
    read = parse_amount(text[:-1] if percent else _COUNTER.sub("", text))
    if not isinstance(read, Amount):
        return None
    return Quantity(read.number / 100 if percent else read.number, percent)
