"""Which input table a file holds: by its sheet's name, its own name, or its headers; else the user tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from addin.ribbon.choosing import choice_of
from engine.columns import TABLES, find_table, recognised, table_text
from engine.errors import Refusal, Text

if TYPE_CHECKING:
    from pathlib import Path

    from addin.book import Book
    from engine.errors import Finding, Lang
    from engine.raw import RawTable

__all__ = ["read_table", "table_of_file"]

_PARTS: Final = re.compile(r"[\s_\-.()\d]+")
_WHICH: Final = Text(
    "このファイルはどの表ですか。番号か言葉で答えてください", "Which table is this file? Answer by number or by word"
)


def read_table(path: Path, table: str) -> tuple[RawTable, tuple[Finding, ...]]:
    """Return a file's rows as those of `table`, and what was noticed while reading them.

    Raises
    ------
    Refusal
        `unreadable` or `too_little_data`, as `engine.sources.read_files`.
    """
    from engine.sources import read_files  # readers of files stay off the way of a cell

    found = read_files({table: path})
    return found.tables[table], found.findings


def table_of_file(book: Book, path: Path, lang: Lang) -> str | None:
    """Return the table that a file holds: by its sheet's name, its own name, its headers; else the user tells."""
    named = _by_sheets(path) if path.suffix.lower() in (".xlsx", ".xlsm") else ()
    if len(named) == 1:
        return named[0]
    if len(named) > 1:
        return choice_of(book, _WHICH, {table: table_text(table) for table in named}, lang, named[0])
    known = {table: recognised(table, read_table(path, table)[0].header) for table in TABLES}
    by_name = next((table for word in (path.stem, *_PARTS.split(path.stem)) if (table := find_table(word))), None)
    if by_name is not None and known[by_name]:
        return by_name
    best = max(known, key=lambda table: known[table])
    alike = [table for table in TABLES if known[table] == known[best]]
    if known[best] >= 2 and len(alike) == 1:  # one header alone, such as 顧客名, stands in nearly every table
        return best
    return choice_of(book, _WHICH, {table: table_text(table) for table in TABLES}, lang, best if known[best] else None)


def _by_sheets(path: Path) -> tuple[str, ...]:
    """Return the tables that a workbook's sheets hold, by the rule that 更新 follows; none where no sheet fits one."""
    from engine.sources import read_workbook

    try:
        found = read_workbook(path).tables
    except Refusal as refusal:
        if refusal.kind != "too_little_data":
            raise
        return ()
    return tuple(table for table in TABLES if table in found)
