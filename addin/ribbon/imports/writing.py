"""A table is brought from what it holds to what it shall hold, by writing what differs and nothing else."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING

from addin.ribbon.imports.revising import patches
from addin.shared.book import Formula

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.shared.book import Block, Book


def revise(book: Book, now: Block, rows: Sequence[Sequence[object]]) -> None:
    """Write rows in the place of a table's; called while drawing is held.

    Parameters
    ----------
    now
        What was typed into the table, as `Book.contents` has just returned it.
    rows
        What it shall hold: whatever is read above the header, the header, the rows; of the table's width.

    Raises
    ------
    Refusal
        `unwritable`, as `Book.reshape`; nothing has been written then.
    """
    book.reshape(now.sheet, len(rows))
    for top, left, cells in patches(now.rows[: len(rows)], rows):
        book.put_rows(now.sheet, now.first_row + top, now.first_column + left, cells)


def digest(rows: Sequence[Sequence[object]]) -> str:
    """Return a hash of what was typed into a table; blank rows at its end, and 1 for 1.0, make no difference."""
    filled = max((at for at, row in enumerate(rows, 1) if any(cell is not None for cell in row)), default=0)
    found = hashlib.sha256()
    for row in rows[:filled]:
        found.update("\x1f".join(map(_write_digest_word, row)).encode("utf-8", "surrogatepass") + b"\x1e")
    return found.hexdigest()


def _write_digest_word(cell: object) -> str:
    if isinstance(cell, bool) or cell is None:
        return f"b{cell}"
    if isinstance(cell, int | float):
        return f"n{float(cell)!r}"
    if isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, datetime.min.time())
        return f"d{moment.replace(tzinfo=None).isoformat()}"
    return f"f{cell}" if isinstance(cell, Formula) else f"t{cell}"
