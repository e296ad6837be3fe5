"""`PORTFOLIO_RUN` behind the cell: table ranges are scored once, and the same ranges again cost a look-up."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from engine.cleaning.tables import raw_from_block
from engine.definition.settings_sheet import definition_from_block
from engine.language.errors import Text
from engine.reading.assembling import assembled
from engine.runs import runs
from engine.scoring.pipeline import score_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from addin.functions.cells import Block
    from addin.functions.registry import Caller

KEPT: Final = 16
RANGE: Final = Text("セル範囲", "cell range")

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
    if known is not None and runs.is_held(known):
        _handles.move_to_end(digest)
        return known
    handle = _score_cell_ranges(ranges, definition, caller)
    _handles[digest] = handle
    while len(_handles) > KEPT:
        _handles.popitem(last=False)
    return handle


def _score_cell_ranges(ranges: Mapping[str, Block], definition: Block | None, caller: Caller) -> str:
    raw = assembled(
        replace(raw_from_block(name, block, RANGE.to(caller.lang)), date1904=caller.date1904)
        for name, block in ranges.items()
    )
    chosen = None if definition is None else definition_from_block(definition, date1904=caller.date1904)
    scored = score_tables(raw, chosen, today=caller.today)
    _made_here.add(scored.hash)
    return runs.remember(scored)


def is_live(run: str) -> bool:
    """Return whether the run with this hash was made from cell ranges in this session."""
    return run in _made_here
