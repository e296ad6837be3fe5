"""Where a clean table came from: one source per sheet or file, with the rows read and used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    import numpy.typing as npt
    import pandas as pd

    from engine.cleaning.table_cleaner import Sheet
    from engine.reading.raw import RawTables


@dataclass(frozen=True, slots=True)
class Source:
    """Where a clean table came from, and how much of it was used.

    Parameters
    ----------
    table, source, sha256, read_at
        As in `RawTable`.
    rows_read
        Rows that hold anything, header and blank rows not counted.
    rows_used
        Rows in the clean table; `rows_read - rows_used` rows have findings of severity `error` (a row may have several).
        Where one row of the input holds several records, as in a table of customers by months, it is used when one of them is.
    newest
        The newest date among the rows used, None where the table has no dates.
    rows_partly
        Rows of several records that are used and have a finding of severity `error` as well: they are no listed rows.
    """

    table: str
    source: str
    sha256: str
    read_at: datetime
    rows_read: int
    rows_used: int
    newest: date | None
    rows_partly: int = 0


def left_out(raw: RawTables, sheet: Sheet, source: str | None = None) -> int:
    """Return how many rows the reader had to leave out of the table's frame; with `source`, those of this sheet or file."""
    rows = {
        (each.source, each.row)
        for each in raw.findings
        if each.severity == "error" and each.table == sheet.raw.name and each.row and source in (None, each.source)
    }
    return len(rows)


def sources_of(raw: RawTables, sheet: Sheet, frame: pd.DataFrame) -> tuple[Source, ...]:
    """Return a source for every sheet or file that the table was read from.

    Parameters
    ----------
    raw
        All tables as read, with the findings of the readers.
    sheet
        The table while it was cleaned.
    frame
        The clean table.
    """
    parts = sheet.raw.all_parts()
    used = frame["part"].to_numpy(np.int64)
    newest = _find_newest_days(frame, used, len(parts))
    read_rows, used_rows, partly = _count_rows_by_part(sheet, frame, used, len(parts))
    return tuple(
        Source(
            table=sheet.raw.name,
            source=part.source,
            sha256=part.sha256,
            read_at=part.read_at,
            rows_read=int(read_rows[place]) + left_out(raw, sheet, part.source),
            rows_used=int(used_rows[place]),
            newest=newest[place],
            rows_partly=int(partly[place]),
        )
        for place, part in enumerate(parts)
    )


def bare_names(sources: Sequence[Source]) -> dict[tuple[str, str], str]:
    """Return for each source, by its table and name, a name that tells no file: the table's key, numbered where it has several."""
    counts = Counter(source.table for source in sources)
    seen: Counter[str] = Counter()
    names = {}
    for source in sources:
        seen[source.table] += 1
        number = f" {seen[source.table]}" if counts[source.table] > 1 else ""
        names[source.table, source.source] = f"{source.table}{number}"
    return names


def bare_sources(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Return the sources without the names and digests of their files."""
    names = bare_names(sources)
    return tuple(replace(source, source=names[source.table, source.source], sha256="") for source in sources)


def newest_of(sources: Iterable[Source]) -> dict[str, date]:
    """Return the newest date of every table that has dates: of monthly sheets that of the newest sheet."""
    found: dict[str, date] = {}
    for source in sources:
        if source.newest is not None:
            found[source.table] = max(source.newest, found.get(source.table, source.newest))
    return found


def _count_rows_by_part(
    sheet: Sheet, frame: pd.DataFrame, used: npt.NDArray[np.int64], parts: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return rows read, rows used and rows used in part, for each part; a row of several records counts once."""
    if sheet.raw.numbers is None:
        nothing = np.zeros(parts, np.int64)
        return np.bincount(sheet.part, minlength=parts), np.bincount(used, minlength=parts), nothing
    there = set(zip(sheet.part.tolist(), sheet.number.tolist(), strict=True))
    taken = set(zip(used.tolist(), frame["row"].tolist(), strict=True))
    bad = set(zip(sheet.part[sheet.listed].tolist(), sheet.number[sheet.listed].tolist(), strict=True))
    counts = [
        np.bincount(np.array([part for part, _ in rows], np.int64), minlength=parts)
        for rows in (there, taken, bad & taken)
    ]
    return counts[0], counts[1], counts[2]


def _find_newest_days(frame: pd.DataFrame, used: npt.NDArray[np.int64], parts: int) -> list[date | None]:
    if "date" not in frame.columns:
        return [None] * parts
    days = frame["date"].to_numpy().astype("datetime64[D]")
    there = ~np.isnat(days)  # an action may have no date
    return [_find_last_day(days[there if parts == 1 else there & (used == place)]) for place in range(parts)]


def _find_last_day(days: npt.NDArray[np.datetime64]) -> date | None:
    return days.max().item() if len(days) else None
