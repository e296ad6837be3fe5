"""Two blocks of our own side by side on one sheet, each found again by its own name.

Decision 0176: what a button shows, and where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from addin.ribbon.choosing import oblong, require_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.shared.book import Book, Cell

_GAP: Final = 1  # empty columns between the two


@dataclass(frozen=True, slots=True)
class Part:
    """One of two blocks: its mark, its rows (of any length), and the number format of each column."""

    mark: str
    rows: Sequence[Sequence[Cell]]
    formats: Sequence[str] = ()


def write_pair(book: Book, sheet: str, left: Part, right: Part) -> bool:
    """Write two blocks side by side, or each where it stands by now; call it within `book.quiet`.

    Returns
    -------
    bool
        False, and nothing is written, where the sheet holds something that is not ours.

    Raises
    ------
    Refusal
        Where a block has become too large for its place.
    """
    if book.block(left.mark) is None:
        return begin_pair(book, sheet, left, right)
    # A user who deleted the right one does not want it; what stands in its place now is theirs.
    for part in (left, right):
        if book.block(part.mark) is not None and not book.write(part.mark, sheet, oblong(part.rows)):
            require_room(book, part.mark)
    return True


def begin_pair(book: Book, sheet: str, left: Part, right: Part) -> bool:
    """Make two blocks on a new sheet; see `write_pair`.

    First both are written as one block, so that every column gets its format and a width that fits; then the name of
    the left one is drawn in, and the right one gets its own.
    """
    rows, beside = oblong(left.rows), oblong(right.rows)
    width, height = len(rows[0]) + _GAP, max(len(rows), len(beside))
    blank: list[Cell] = [None]
    whole = [
        [*(rows[at] if at < len(rows) else blank * len(rows[0])), *blank * _GAP,
         *(beside[at] if at < len(beside) else blank * len(beside[0]))]
        for at in range(height)
    ]  # fmt: skip
    formats = [*left.formats, *[""] * (width - len(left.formats)), *right.formats]
    if not book.write(left.mark, sheet, whole, formats):
        return False
    book.define(right.mark, left.mark, 0, width)
    return book.write(left.mark, sheet, rows) and book.write(right.mark, sheet, beside)
