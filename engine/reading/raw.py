"""Raw tables: cells as they were read, with the place they came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.language.distinct_cells import unique_cells
from engine.language.errors import Finding, Refusal
from engine.language.months import count_months
from engine.reading.columns import bind, recognised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.language.dates import DateOrder
    from engine.language.distinct_cells import Coded

NO_COLUMNS: Final = frozenset(("date_order", "year"))
"""Words of a column mapping that say how a table is written, and name no column of it."""

_SEARCHED: Final = 30
"""Rows from the top among which the header row is looked for; titles and remarks may stand above it."""
_LOOKED_AT: Final = 1_000
"""Columns among which headers are looked for; a sheet that uses all 16,384 is no table of ours."""

_MONTHS_COUNT: Final = 2
"""As many known headers a row of months is worth: more than the word 売上 of a title above it."""


class CodedCells:
    """The columns of one frame as codes and different cells, each read when it is first asked for."""

    __slots__ = ("_columns", "_frame")

    def __init__(self) -> None:
        self._frame: pd.DataFrame | None = None
        self._columns: dict[int, Coded] = {}

    def read(self, frame: pd.DataFrame, at: int) -> Coded:
        """Return the column at position `at` of `frame`; another frame than the last is read anew."""
        if self._frame is not frame:
            self._frame, self._columns = frame, {}
        if at not in self._columns:
            self._columns[at] = unique_cells(frame.iloc[:, at])
        return self._columns[at]


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet or file of a table that was joined out of several.

    Parameters
    ----------
    source
        File and sheet as findings name them; no two parts of a table share it.
    start
        Row of the joined frame at which the part begins; it ends where the next one begins.
    first_row, sha256, path, read_at, date1904, date_order, mapping
        As in `RawTable`.
    header
        The part's own words for the columns of the joined frame, "" where it has no such column.
    """

    source: str
    start: int = 0
    first_row: int = 2
    sha256: str = ""
    path: str | None = None
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    date1904: bool = False
    date_order: DateOrder = ""
    header: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawTable:
    """The cells of one input table.

    Parameters
    ----------
    name
        The table's key, such as `orders`.
    header
        The header row as written, one text per column; empty where a column has no header.
    frame
        The rows below the header: one column per header, RangeIndex, cells of any kind (object columns as a rule).
    source
        File and sheet as findings name them.
    first_row
        Spreadsheet row number of the frame's row 0.
    sha256
        Digest of the file's bytes; empty for a cell range.
    read_at
        When it was read (UTC).
    date1904
        Whether serial dates count from 1904.
    path
        Where the file lies, None for cells.
    mapping
        Column key to header, where the caller says so (see `engine.reading.columns.bind`).
    date_order
        `mdy` or `dmy` where the caller says how dates that end in the year are written.
    parts
        The sheets and files that the table was joined out of, in their order (`engine.reading.joining.join_tables`); empty where it
        is its own single part.
    numbers
        int64 (rows,): the spreadsheet row of every frame row, where they are not consecutive, as after taking rows out or
        turning columns into rows (then several frame rows share one); None where they count from `first_row`.
    above
        The rows above the header, cell by cell as text, blank rows included: titles, units, the upper rows of a header.
    year
        What the caller says of the year of months that are written without one, such as `2026年度`.
    totals_found
        Whether rows of totals were looked for already (`engine.reading.shapes`): a 計 that is still there is a customer's name.
    cells
        The columns by their different cells, read once for all who ask.
    """

    name: str
    header: tuple[str, ...]
    frame: pd.DataFrame
    source: str
    first_row: int = 2
    sha256: str = ""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    date1904: bool = False
    path: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder = ""
    parts: tuple[Part, ...] = ()
    numbers: npt.NDArray[np.int64] | None = None
    above: tuple[tuple[str, ...], ...] = ()
    year: str = ""
    totals_found: bool = False
    cells: CodedCells = field(default_factory=lambda: CodedCells(), compare=False, repr=False)

    def all_parts(self) -> tuple[Part, ...]:
        """Return the parts; a table that was read from one place is its own single part."""
        return self.parts or (
            Part(
                self.source, 0, self.first_row, self.sha256, self.path, self.read_at, self.date1904, self.date_order,
                self.header, self.mapping,
            ),
        )  # fmt: skip

    def part_of_rows(self) -> npt.NDArray[np.int32]:
        """Return for every frame row the place of its part in `all_parts`."""
        starts = [part.start for part in self.all_parts()]
        lengths = np.diff([*starts, len(self.frame)])
        return np.repeat(np.arange(len(starts), dtype=np.int32), lengths)

    def row_numbers(self) -> npt.NDArray[np.int64]:
        """Return the spreadsheet row of every frame row, counted within its part."""
        if self.numbers is not None:
            return self.numbers
        if not self.parts:
            return np.arange(self.first_row, self.first_row + len(self.frame), dtype=np.int64)
        parts = self.parts
        offsets = np.array([part.first_row - part.start for part in parts], np.int64)
        return np.arange(len(self.frame), dtype=np.int64) + offsets[self.part_of_rows()]

    def coded_at(self, at: int) -> Coded:
        """Return the column at position `at` as codes and different cells. Read once; it must not be changed."""
        return self.cells.read(self.frame, at)


@dataclass(frozen=True, slots=True)
class RawTables:
    """All tables of one input, with what was noticed while reading them.

    Parameters
    ----------
    tables
        Table key to raw table.
    findings
        A finding of severity `error` here is a row that the reader had to leave out: its frame row is blank, and it counts as read.
    """

    tables: Mapping[str, RawTable]
    findings: tuple[Finding, ...] = ()


def shown(cell: object) -> str:
    """Return a cell as a person would type it: 1.0 is 1, a midnight is its day."""
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, float):
        return "" if cell != cell else str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    return str(cell)


def find_header_row(name: str, rows: Sequence[Sequence[object]], mapping: Mapping[str, str] | None = None) -> int:
    """Return the index of the row that holds the headers: the one, of the first thirty, with most known headers.

    Of orders, three months or more side by side count as two known headers: they are the head of a table by month.

    Parameters
    ----------
    name
        The table's key; its headers and the caller's `mapping` are what is known.
    rows
        The sheet's rows from the top.

    Returns
    -------
    int
        Index into `rows`; where no header is known, the first row that is not blank.

    Raises
    ------
    Refusal
        `unreadable` when every row is blank.
    """
    wanted = {header for each in (mapping or {}).values() for header in (each, *each.split("*"))}
    best, best_score, first = -1, 0, -1
    for at, row in enumerate(rows):
        texts = [shown(cell).strip() for cell in row[:_LOOKED_AT]]
        if first < 0 and any(texts):
            first = at
        if at < _SEARCHED:
            score = recognised(name, texts) + len(wanted.intersection(texts))
            score += _MONTHS_COUNT if name == "orders" and count_months(texts) else 0
            if score > best_score:
                best, best_score = at, score
        if first >= 0 and at >= _SEARCHED:
            break
    if best < 0 and first < 0:
        raise Refusal(
            "unreadable",
            "表が空です。見出しの行とデータを入れてください",
            "The table is empty; give it a header row and data",
        )
    return best if best >= 0 else first


def raw_from_block(
    name: str, block: Sequence[Sequence[object]], source: str, first_row: int = 1, header_row: int | None = None
) -> RawTable:
    """Make a raw table of a cell range: header row and rows.

    Parameters
    ----------
    name
        The table's key, such as `customers`.
    block
        Rows of cells; None and "" are blank. Rows above the header row are passed over.
    source
        How findings name the range, such as `顧客!A1:G4`.
    first_row
        Spreadsheet row number of the block's first row.
    header_row
        Index of the header row, where the caller knows it.

    Raises
    ------
    Refusal
        `unreadable` when every cell is blank.
    """
    at = find_header_row(name, block) if header_row is None else header_row
    header = [shown(cell).strip() for cell in block[at]]
    width = max(len(header), *(len(row) for row in block[at:]))
    header += [""] * (width - len(header))
    rows = [[*row, *[None] * (width - len(row))] for row in block[at + 1 :]]
    frame = pd.DataFrame(rows, columns=pd.Index(header, dtype=object), dtype=object)
    return RawTable(name, tuple(header), frame, source, first_row + at + 1, above=texts_of(block[:at]))


def texts_of(rows: Iterable[Iterable[object]]) -> tuple[tuple[str, ...], ...]:
    """Return rows of cells as a person would type them, without white space around: what stands above a header."""
    return tuple(tuple(shown(cell).strip() for cell in row) for row in rows)


def raw_from_frame(name: str, frame: pd.DataFrame, source: str) -> RawTable:
    """Make a raw table of a DataFrame; the frame itself is never changed.

    A named index becomes columns; findings number the rows as if the frame were written to a sheet with its header in row 1.

    Parameters
    ----------
    name
        The table's key, such as `customers`.
    frame
        Its column names are the headers; None, NaN and "" are blank.
    source
        How findings name the frame.
    """
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    header = tuple(str(column).strip() for column in frame.columns)
    bind(name, header)  # an unknown table name is refused here, not later
    return RawTable(name, header, frame.reset_index(drop=True), source)


def with_columns(raw: RawTable, values: Mapping[str, object]) -> RawTable:
    """Return the table with further columns that hold one value each; a header that is there already is left as it is.

    Parameters
    ----------
    values
        Header to the cell that every row gets, such as the year in a folder's name.
    """
    new = {header: value for header, value in values.items() if header not in raw.header}
    if not new:
        return raw
    added = pd.DataFrame({header: [value] * len(raw.frame) for header, value in new.items()}, dtype=object)
    frame = pd.concat([raw.frame.reset_index(drop=True), added], axis=1)
    header = (*raw.header, *new)
    frame.columns = pd.Index(header, dtype=object)
    return replace(raw, header=header, frame=frame)
