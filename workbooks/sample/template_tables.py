"""The input tables of the template: every column, in the order in which a planner fills them, and no row."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.reading.columns import TABLES, columns
from workbooks.sample.sample import Sample, Sheet, make_sample

# The elements table: with these seven columns, typed by hand, one can begin. A paste at A1 covers exactly them.
SEVEN: Final = ("name", "industry", "sales", "continuity", "growth", "risk", "strategy")
_NEVER: Final = date(2000, 1, 1)  # a table without rows has no day


def empty_sample() -> Sample:
    """Return the tables of the template without a row: all columns of customers, the usual ones of the others."""
    usual = {table: sheet.keys for table, sheet in make_sample().sheets.items()}
    usual["customers"] = (*SEVEN, *(each.key for each in columns("customers") if each.key not in SEVEN))
    return Sample("", _NEVER, {table: Sheet(table, usual[table], ()) for table in TABLES})
