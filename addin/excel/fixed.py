"""Answers in a fixed block of cells, for an Excel without spilling (2019 and before).

There a table is entered as an array formula over cells that are chosen beforehand (Ctrl+Shift+Enter). Excel would fill
what is left over with #N/A, and drop in silence what does not fit.

Decision 0182: how a table fits the block that asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language.errors import Text

if TYPE_CHECKING:
    from addin.functions.cells import Block
    from engine.language.errors import Lang


def fitted(rows: Block, height: int, width: int, lang: Lang) -> Block:
    """Return an answer in the size of the block that asks for it.

    Parameters
    ----------
    rows
        The answer, rows of equal length.
    height, width
        The size of the block, in cells; (1, 1) is a cell from which the answer spills, and takes it as it is.

    Returns
    -------
    list of list
        Cells to spare are empty. Where rows or columns do not fit, the last cell of the first column says how many are
        missing, in the place of what would have stood there.

    Examples
    --------
    >>> fitted([["a", 1], ["b", 2]], 3, 2, "en")
    [['a', 1], ['b', 2], ['', '']]
    """
    if (height, width) == (1, 1):
        return rows
    spare = [""] * max(width - len(rows[0]), 0)
    shown: Block = [[*row[:width], *spare] for row in rows[:height]]
    shown += [[""] * width for _ in range(height - len(shown))]
    more_columns = max(len(rows[0]) - width, 0)
    if len(rows) > height or more_columns:
        more_rows = max(len(rows) - height + 1, 0)  # with the one that gives its place to this sentence
        shown[-1] = [_word_missing_room(more_rows, more_columns).to(lang), *[""] * (width - 1)]
    return shown


def _word_missing_room(rows: int, columns: int) -> Text:
    ja = "・".join(f"{count:,}{unit}" for count, unit in ((rows, "行"), (columns, "列")) if count)
    en = ", ".join(f"{unit}: {count:,}" for count, unit in ((rows, "rows"), (columns, "columns")) if count)
    return Text(
        f"#PF 範囲不足: あと{ja}あります。範囲を広げて入力し直してください",
        f"#PF Block too small: more {en}; enter it over more cells",
    )
