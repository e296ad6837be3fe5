"""Where the rows of a table stand: file, sheet and spreadsheet row, also when several sheets were joined into one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from engine.reading.raw import Part, RawTable

ROWS_NAMED: Final = 10
_SHEET: Final = " › "


class RowPlaces:
    """Where each kept row of a raw table stands.

    Parameters
    ----------
    raw
        The table.
    kept
        bool (frame rows,): the rows that are not blank; rows are counted among them.
    """

    def __init__(self, raw: RawTable, kept: npt.NDArray[np.bool_]) -> None:
        self.parts: tuple[Part, ...] = raw.all_parts()
        number, part = raw.row_numbers(), raw.part_of_rows()
        whole = bool(kept.all())
        self.number: npt.NDArray[np.int64] = number if whole else number[kept]
        self.part: npt.NDArray[np.int32] = part if whole else part[kept]
        self._header = raw.header
        self._names = short_names([part.source for part in self.parts])

    def source(self, row: int) -> str:
        """Return file and sheet of the row."""
        place = int(self.part[row])
        return self.parts[place].source

    def header(self, row: int, column: str | None) -> str | None:
        """Return the header as the row's own sheet writes it, where the joined table has the word of another sheet."""
        own = self.parts[int(self.part[row])].header
        if column is None or len(self.parts) == 1:
            return column
        words = [own[self._header.index(each)] if each in self._header else each for each in column.split("*")]
        return "*".join(words) if all(words) else column

    def place(self, row: int, beside: int) -> Text:
        """Return the row for a sentence about the row `beside`: `5行目`, with its sheet where that is another one."""
        number, name = int(self.number[row]), self._names[int(self.part[row])]
        if self.part[row] == self.part[beside]:
            return Text(f"{number}行目", f"row {number}")
        return Text(f"{name} の{number}行目", f"row {number} of {name}")

    def phrase(self, rows: npt.NDArray[np.intp]) -> Text:
        """Return how many rows and which, ten at most: `3行(5・9・12行目)`; of several sheets with each sheet's name."""
        if len(self.parts) == 1:
            return rows_phrase(self.number[rows[: ROWS_NAMED + 1]].tolist(), len(rows))
        named: dict[str, list[str]] = {}
        for row in rows[:ROWS_NAMED].tolist():
            named.setdefault(self._names[int(self.part[row])], []).append(str(self.number[row]))
        more = len(rows) > ROWS_NAMED
        ja = "、".join(f"{name} {'・'.join(numbers)}行目" for name, numbers in named.items())
        en = "; ".join(f"{name}: {', '.join(numbers)}" for name, numbers in named.items())
        return Text(
            f"{len(rows):,}行({ja}{'ほか' * more})", f"{len(rows):,} row{'s' * (len(rows) > 1)} ({en}{' …' * more})"
        )


def rows_phrase(numbers: Sequence[int], count: int | None = None) -> Text:
    """Return how many rows and which, ten at most: `3行(5・9・12行目)`; `count` is their number where `numbers` are the first."""
    total = len(numbers) if count is None else count
    named = [str(number) for number in numbers[:ROWS_NAMED]]
    ja, en = "・".join(named), ", ".join(named)
    if total > ROWS_NAMED:
        return Text(f"{total}行({ja}行目ほか)", f"{total} rows ({en} …)")
    return Text(f"{total}行({ja}行目)", f"{total} row{'s' * (total > 1)} ({en})")


def short_names(sources: Sequence[str]) -> tuple[str, ...]:
    """Return what tells the sources apart: the sheets of one file, the names of files with one sheet each.

    >>> short_names(["sales.xlsx › 4月", "sales.xlsx › 5月"])
    ('4月', '5月')
    """
    files = [source.partition(_SHEET)[0] for source in sources]
    sheets = [source.partition(_SHEET)[2] for source in sources]
    if len(set(files)) == 1 and all(sheets):
        return tuple(sheets)
    return tuple(files) if len(set(files)) == len(files) else tuple(sources)
