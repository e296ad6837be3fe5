"""A raw table while its shape is looked at: its columns found, rows set apart with the reason, the rest left as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.language.amount_column import read_amounts
from engine.language.distinct_cells import filled
from engine.language.errors import Finding, Severity, Text
from engine.reading.joining import bound
from engine.reading.raw import RawTable, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.language.distinct_cells import Coded

Mask = npt.NDArray[np.bool_]

COUNTED: Final = frozenset(("amount", "number", "integer", "rate", "chance", "level", "flag"))
"""Kinds of columns whose cells are no words."""

DIGITS: Final = 4
"""Decimals with which amounts are compared; more exact ones do not occur in ledgers."""


class Work:
    """One raw table, its columns and the rows that are left out of it.

    Rows are frame rows; findings give their spreadsheet rows.
    """

    def __init__(self, raw: RawTable) -> None:
        self.raw = raw
        self.binding = bound(raw)
        self.findings: list[Finding] = []
        self.gone: Mask = np.zeros(len(raw.frame), bool)
        self._kinds: list[str] = []
        self._held: dict[int, Mask] = {}
        self._sums: dict[int, tuple[npt.NDArray[np.int64], Mask]] = {}

    def at(self, *keys: str) -> list[int]:
        """Return the positions of those of the columns `keys` that are there and stand in one place."""
        places = (self.binding.fields[key].at for key in keys if key in self.binding.fields)
        return [place[0] for place in places if len(place) == 1]

    def coded(self, at: int) -> Coded:
        """Return a column by its different cells."""
        return self.raw.coded_at(at)

    def is_typed(self, at: int) -> bool:
        """Return whether a column holds numbers or dates by its type, so that no word can stand in it."""
        if not self._kinds:
            self._kinds = [kind.kind for kind in self.raw.frame.dtypes]
        return self._kinds[at] in "iufbmM"

    def holds(self, at: int) -> Mask:
        """Return the rows whose cell in a column is not blank. Read once; it must not be changed."""
        if at not in self._held:
            typed = self.is_typed(at)
            self._held[at] = self.raw.frame.iloc[:, at].notna().to_numpy() if typed else filled(*self.coded(at))
        return self._held[at]

    def amounts(self, at: int) -> tuple[npt.NDArray[np.int64], Mask]:
        """Return a column's amounts times 10^`DIGITS` (0 where none), and the rows that hold one. Read once."""
        if at not in self._sums:
            cells = self.raw.frame.iloc[:, at]
            read = read_amounts(cells, "", None if cells.dtype.kind in "if" else self.coded(at))
            minor, _, huge = read.to_minor(DIGITS)
            self._sums[at] = minor, (read.codes >= 0) & ~huge
        return self._sums[at]

    def money(self) -> list[int]:
        """Return the positions of the columns of amounts but prices of one piece."""
        keys = [key for key, each in self.binding.fields.items() if each.column.kind == "amount"]
        return self.at(*(key for key in keys if key not in ("unit_price", "list_price")))

    def worded(self) -> list[int]:
        """Return the positions of the columns in which words stand: all but those of amounts and numbers."""
        counted = {at for each in self.binding.fields.values() if each.column.kind in COUNTED for at in each.at}
        return [at for at in range(self.raw.frame.shape[1]) if at not in counted and not self.is_typed(at)]

    def text(self, at: int, row: int) -> str:
        """Return a cell as a person would type it, without white space around it."""
        if self.is_typed(at):
            return shown(self.raw.frame.iloc[row, at]).strip()
        codes, cells = self.coded(at)
        return "" if codes[row] < 0 else shown(cells[codes[row]]).strip()

    def row_texts(self, row: int) -> list[str]:
        """Return all cells of a row as text."""
        return [self.text(at, row) for at in range(self.raw.frame.shape[1])]

    def number(self, row: int) -> int:
        """Return the spreadsheet row of a frame row."""
        return int(self.raw.row_numbers()[row]) if self.raw.numbers is not None else self.raw.first_row + row

    def say(
        self,
        severity: Severity,
        code: str,
        reason: Text,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Add a finding; `row` is a frame row."""
        number = None if row is None else self.number(row)
        self.findings.append(Finding(severity, code, self.raw.name, self.raw.source, number, column, value, reason))

    def leave_out(self, row: int, code: str, at: int, reason: Text) -> None:
        """List a row as not used, naming the cell that tells what it is."""
        self.gone[row] = True
        self.say("error", code, reason, row, self.raw.header[at] or None, self.text(at, row) or None)

    def rows_phrase(self, rows: Sequence[int]) -> Text:
        """Return how many rows and which, ten at most: `3行(5・9・12行目)`."""
        numbers = [self.number(row) for row in rows[:10]]
        more = len(rows) > len(numbers)
        ja = "・".join(map(str, numbers)) + "行目" + ("ほか" if more else "")
        en = ", ".join(map(str, numbers)) + (" …" if more else "")
        return Text(f"{len(rows)}行({ja})", f"{len(rows)} row{'s' * (len(rows) > 1)} ({en})")

    def left(self) -> RawTable:
        """Return the table without the rows that were left out: the same object where none were."""
        if not self.gone.any():
            return self.raw
        kept = ~self.gone
        frame = self.raw.frame.loc[kept].reset_index(drop=True)
        return replace(self.raw, frame=frame, numbers=self.raw.row_numbers()[kept])


def with_columns(raw: RawTable, columns: Iterable[tuple[int, Any]]) -> RawTable:
    """Return the table with the cells of some columns replaced; the caller's frame is left as it is."""
    frame = raw.frame.copy(deep=False)
    for at, cells in columns:
        frame.isetitem(at, pd.Series(cells, dtype=object, index=frame.index).array)
    return replace(raw, frame=frame)
