"""Order files without a header row: which column is which is told from the values, and said in a warning.

Decision 0108: what a file without a header may be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from engine.language.errors import Finding, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER: Final = re.compile(r"[+-]?[\d,]*\.?\d+")
_DAY: Final = re.compile(r"(?:19|20)\d\d(?:\d\d\d\d|[-/.]\d{1,2}[-/.]\d{1,2})")
_WORDS: Final = ("Customer ID", "Date", "Amount")


def header_for(table: str, records: Sequence[Sequence[str]]) -> list[str] | None:
    """Return the headers of a file of orders that has none, or None where it has one or cannot be told.

    Told is a table of nothing but numbers and dates, all rows equally wide, in the order customer, date, amount: the
    first column names the customer, the only column of dates is the date, the last one the amount. A single column
    between date and amount is the quantity; other columns keep a number for a name.
    """
    rows = [record for record in records if any(cell.strip() for cell in record)]
    if table != "orders" or not rows or len({len(row) for row in rows}) != 1 or len(rows[0]) < len(_WORDS):
        return None
    columns = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    if not all(_DAY.fullmatch(cell) or _NUMBER.fullmatch(cell) for column in columns for cell in column):
        return None
    days = [place for place, column in enumerate(columns) if all(_DAY.fullmatch(cell) for cell in column)]
    if len(days) != 1 or not 0 < days[0] < len(columns) - 1:
        return None
    header = [f"Column {place + 1}" for place in range(len(columns))]
    header[0], header[days[0]], header[-1] = _WORDS
    if days[0] == len(columns) - 3:
        header[-2] = "Quantity"
    return header


def no_header_warning(table: str, source: str, header: Sequence[str]) -> Finding:
    """Return the warning that says how the columns were taken."""
    reason = Text(
        f"見出しの行がありません。列を左から {'・'.join(header)} とみなしました。違う場合は見出しの行を付けてください",
        f"There is no header row; the columns were taken as {', '.join(header)}. Add a header row if that is wrong",
    )
    return Finding("warning", "no_header", table, source, 1, None, None, reason)
