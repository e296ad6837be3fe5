"""What the cells of a column say about it: dates, figures, names, codes, or a few words that repeat."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from engine.language.amounts import Amount, parse_amount
from engine.language.dates import parse_date
from engine.language.distinct_cells import Fault
from engine.language.words import normalise
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLED: Final = 2000  # rows from the top that are looked at
_BARE: Final = re.compile(r"[+-]?[\d.,]+")
_DAY_NUMBER: Final = re.compile(r"(?:19|20)\d{6}(?:\.0)?")


@cache
def hints() -> dict[str, Any]:
    """Return what proposals go by (hints.toml)."""
    return tomllib.loads(files("engine.reading.profiles").joinpath("hints.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a sample of a column holds.

    Parameters
    ----------
    at, header
        The column.
    filled
        Number of cells that hold something.
    dates, amounts
        Shares of them that are dates, and that are figures and no dates; 0 without cells.
    words
        Different cells as text with their counts, most frequent first.
    total
        Sum of the figures' absolute values.
    """

    at: int
    header: str
    filled: int
    dates: float
    amounts: float
    words: tuple[tuple[str, int], ...]
    total: float

    @property
    def distinct(self) -> float:
        """Number of different cells over filled ones; 0 without cells."""
        return len(self.words) / self.filled if self.filled else 0.0

    @property
    def is_date(self) -> bool:
        """Whether it is a column of dates."""
        return self.dates >= float(hints()["shares"]["dates"])

    @property
    def is_amount(self) -> bool:
        """Whether it is a column of figures."""
        return self.amounts >= float(hints()["shares"]["amounts"])

    @property
    def is_text(self) -> bool:
        """Whether it is a column of words or codes."""
        return bool(self.filled) and not self.is_date and not self.is_amount

    def values(self) -> frozenset[str]:
        """Return the different cells as they are compared."""
        return frozenset(normalise(word) for word, _ in self.words)


def evidence_of(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[Evidence, ...]:
    """Return what a sample of the rows says about every column.

    Parameters
    ----------
    headers
        The header row as written, one text per column.
    rows
        The rows below it, of which the first `SAMPLED` are looked at; a row may end early.
    """
    sample = rows[:SAMPLED]
    return tuple(
        _gather_column_evidence(at, header, [row[at] for row in sample if at < len(row)])
        for at, header in enumerate(headers)
    )


def _gather_column_evidence(at: int, header: str, cells: Sequence[object]) -> Evidence:
    counts: dict[str, int] = {}
    dates = amounts = 0
    total = 0.0
    for cell in cells:
        text = shown(cell).strip()
        if not text:
            continue
        counts[text] = counts.get(text, 0) + 1
        if _is_day_cell(cell, text):
            dates += 1
        elif isinstance(found := parse_amount(cell), Amount):
            amounts += 1
            total += abs(float(found.number))
    filled = sum(counts.values())
    words = tuple(sorted(counts.items(), key=lambda each: -each[1]))
    return Evidence(
        at, header, filled, dates / filled if filled else 0.0, amounts / filled if filled else 0.0, words, total
    )


def _is_day_cell(cell: object, text: str) -> bool:
    """Return whether a cell is a day: a bare number only where it is written like 20260331."""
    if isinstance(cell, date):
        return True
    if _BARE.fullmatch(text) and not _DAY_NUMBER.fullmatch(text):
        return False
    found = parse_date(text)
    return isinstance(found, date) or (isinstance(found, Fault) and found.code == "ambiguous_date")
