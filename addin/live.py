"""`PORTFOLIO_RUN` behind the cell: table ranges are scored once, and the same ranges again cost a look-up."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from addin.cells import from_serial
from engine import portfolio, runs, tables, words
from engine.definition import Definition, load_definition
from engine.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from addin.cells import Block, Cell
    from addin.registry import Caller

__all__ = ["is_live", "score_ranges"]

KEPT: Final = 16
RANGE: Final = Text("セル範囲", "cell range")
_KEY_HEADERS: Final = frozenset(map(words.normalise, ("key", "キー", "項目キー", "設定キー", "定義キー")))
_VALUE_HEADERS: Final = frozenset(map(words.normalise, ("value", "値", "設定値")))

_handles: OrderedDict[str, str] = OrderedDict()
_made_here: set[str] = set()


def score_ranges(ranges: Mapping[str, Block], definition: Block | None, caller: Caller) -> str:
    """Return the handle of the run over these table ranges, scoring them only where that was not done before.

    Parameters
    ----------
    ranges
        Table name (`customers`, `orders`) → rows, the header row first.
    definition
        Rows of the 設定 sheet (key and value), or None for the built-in definition.
    caller
        The calling workbook. A table without any date is scored as of today, so the same ranges are scored anew on the
        next day.

    Raises
    ------
    Refusal
        When the ranges cannot be read or scored.
    """
    today = caller.today or date.today()  # noqa: DTZ011 - the user's own calendar day is meant
    # repr tells a number from a text and dates from both, and is the same for equal content in every session.
    content = repr((sorted(ranges.items()), definition, caller.date1904, today))
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    known = _handles.get(digest)
    if known is not None and _in_memory(known):
        _handles.move_to_end(digest)
        return known
    handle = _scored(ranges, definition, caller)
    _handles[digest] = handle
    while len(_handles) > KEPT:
        _handles.popitem(last=False)
    return handle


def _scored(ranges: Mapping[str, Block], definition: Block | None, caller: Caller) -> str:
    raw = {
        name: replace(tables.raw_from_block(name, block, RANGE.to(caller.lang)), date1904=caller.date1904)
        for name, block in ranges.items()
    }
    chosen = load_definition() if definition is None else Definition.from_rows(_entries(definition, caller.date1904))
    clean = tables.clean(tables.RawTables(raw, ()), as_of=chosen.as_of)
    scored = portfolio.score(clean, chosen)
    _made_here.add(scored.hash)
    return runs.remember(scored)


def _in_memory(handle: str) -> bool:
    try:
        runs.recall(handle)
    except Refusal:
        return False
    return True


def is_live(run: str) -> bool:
    """Return whether the run with this hash was made from cell ranges in this session."""
    return run in _made_here


def _entries(block: Block, date1904: bool) -> list[tuple[str, object]]:
    """Return the pairs of key and value of a 設定 range: the columns with those headers, else the first two."""
    header = [words.normalise(str(cell or "")) for cell in block[0]]
    keys = [place for place, text in enumerate(header) if text in _KEY_HEADERS]
    values = [place for place, text in enumerate(header) if text in _VALUE_HEADERS]
    if keys and values:
        return [_entry(row[keys[0]], row[values[0]], date1904) for row in block[1:]]
    if len(header) < 2:
        raise Refusal(
            "missing_definition",
            "定義の範囲にはキーと値の2列が必要です",
            "the range of the definition needs two columns, key and value",
        )
    return [_entry(row[0], row[1], date1904) for row in block]


def _entry(key: Cell, value: Cell, date1904: bool) -> tuple[str, object]:
    name = str(key or "").strip()
    # A date in a cell may arrive as its serial number.
    if name == "general.as_of" and isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return name, from_serial(value, date1904)
        except OverflowError as error:
            raise Refusal(
                "missing_definition", f"基準日「{value}」は日付ではありません", f'the as-of date "{value}" is no date'
            ) from error
    return name, value
