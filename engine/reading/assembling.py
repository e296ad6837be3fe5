"""From the raw tables of several sheets and files to one raw table per kind: the same for files and for the open workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.reading.columns import TABLES
from engine.reading.doubles import without_doubles
from engine.reading.joining import join_tables
from engine.reading.raw import RawTable, RawTables
from engine.reading.shapes import shaped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.language.errors import Finding


def assembled(read: Iterable[RawTable], findings: Iterable[Finding] = ()) -> RawTables:
    """Return one table per kind, each sheet and file brought into shape (`engine.reading.shapes`) before they are joined.

    Parameters
    ----------
    read
        The tables of all sheets and files, in their order.
    findings
        What was noticed while reading them; of a sheet that is left out as a double of another one, only that is told.
    """
    by_name: dict[str, list[RawTable]] = {}
    told = list(findings)
    for table in read:
        table_in_shape, noticed = shaped(table)
        by_name.setdefault(table.name, []).append(table_in_shape)
        told += noticed
    tables: dict[str, RawTable] = {}
    for name in (name for name in TABLES if name in by_name):
        kept, doubles = without_doubles(by_name[name])
        left_out = {each.source for each in doubles}
        told = [each for each in told if each.table != name or each.source not in left_out] + doubles
        tables[name], notes = join_tables(kept)
        told += notes
    return RawTables(tables, tuple(told))
