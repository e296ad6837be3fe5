"""What stood in the input sheets before an import: kept beside the stored runs, one step back for each workbook.

Not in memory, where it would end with the program, and not in the workbook, where rows that a user replaced would travel
with it unseen.

Decision 0286: why an import can be taken back.
"""

from __future__ import annotations

import gzip
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from addin.shared.book import Formula
from engine.language.errors import Refusal
from engine.runs.store.layout import root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_KEPT: Final = 20
"""Steps kept of all workbooks together. ‡ Our own choice: customers' rows shall not gather here without end."""
_LAYOUT: Final = 1
_SUFFIX: Final = ".json.gz"


@dataclass(frozen=True, slots=True)
class Before:
    """One sheet before an import.

    Parameters
    ----------
    sheet
        Its name.
    rows
        What was typed into its table, whatever is read above the header first; None for a sheet that held nothing.
    is_made
        Whether the import made the sheet.
    after
        Hash of what the table held when the import had ended (`writing.digest`).
    """

    sheet: str
    rows: tuple[tuple[object, ...], ...] | None
    is_made: bool
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """One import that can be taken back: its number, when it was done, in which words, and the sheets before it."""

    number: str
    when: datetime
    note: str
    sheets: tuple[Before, ...]


def new_number() -> str:
    """Return the number of a new import, such as `IM-20261201-034512-7f3a`."""
    return f"IM-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _find_undo_folder() -> Path:
    return root() / "undo"


def _find_undo_file(number: str) -> Path:
    return _find_undo_folder() / f"{number}{_SUFFIX}"


def keep(step: Step) -> None:
    """Store a step, in place of one with its number; the oldest beyond twenty are deleted.

    Raises
    ------
    Refusal
        `unwritable` where the store cannot be written.
    """
    document = {
        "layout": _LAYOUT,
        "when": step.when.isoformat(),
        "note": step.note,
        "sheets": [
            {
                "sheet": each.sheet,
                "is_made": each.is_made,
                "after": each.after,
                "rows": None if each.rows is None else [[_wrap_undo_cell(cell) for cell in row] for row in each.rows],
            }
            for each in step.sheets
        ],
    }
    content = gzip.compress(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"), 6)
    try:
        root().mkdir(mode=0o700, parents=True, exist_ok=True)  # customers' names lie here
        _find_undo_folder().mkdir(mode=0o700, exist_ok=True)
        part = _find_undo_folder() / f".{step.number}.part"
        part.write_bytes(content)
        part.replace(_find_undo_file(step.number))
    except OSError as error:
        raise Refusal(
            "unwritable",
            f"取り込みの前の内容を {_find_undo_folder()} に控えられないため、何も書き込みませんでした({error.strerror or error})。"
            "空き容量とフォルダーの権限(PORTFOLIO_RUNS)を確かめてください",
            f"what stood there before cannot be kept in {_find_undo_folder()} ({error.strerror or error}), so nothing was written; "
            "check the disk and the folder (PORTFOLIO_RUNS)",
        ) from error
    for old in _list_undo_numbers()[_KEPT:]:
        forget(old)


def recall(number: str) -> Step | None:
    """Return the step with this number; None where it is gone, or cannot be read."""
    try:
        document = json.loads(gzip.decompress(_find_undo_file(number).read_bytes()).decode("utf-8", "surrogatepass"))
        if document["layout"] != _LAYOUT:
            return None
        sheets = tuple(_read_sheet_before(each) for each in document["sheets"])
        return Step(number, datetime.fromisoformat(document["when"]), document["note"], sheets)
    except (OSError, EOFError, ValueError, KeyError, TypeError):  # absent, cut off, or not ours
        return None


def steps() -> tuple[Step, ...]:
    """Return the steps that are kept, the newest first."""
    return tuple(step for number in _list_undo_numbers() if (step := recall(number)) is not None)


def forget(number: str) -> None:
    """Delete a step; one that is gone already is no matter."""
    with suppress(OSError):
        _find_undo_file(number).unlink()


def _list_undo_numbers() -> Sequence[str]:
    """Return the numbers of the steps that lie there, the newest first: a number begins with its time."""
    folder = _find_undo_folder()
    if not folder.is_dir():
        return []
    return sorted((path.name.removesuffix(_SUFFIX) for path in folder.glob(f"IM-*{_SUFFIX}")), reverse=True)


def _read_sheet_before(document: dict[str, Any]) -> Before:
    rows = document["rows"]
    cells = None if rows is None else tuple(tuple(_unwrap_undo_cell(cell) for cell in row) for row in rows)
    return Before(document["sheet"], cells, document["is_made"], document["after"])


def _wrap_undo_cell(cell: object) -> object:
    """Return a cell as JSON carries it: a formula, a day and a moment come wrapped."""
    if isinstance(cell, Formula):
        return {"f": str(cell)}
    if isinstance(cell, datetime):
        return {"t": cell.replace(tzinfo=None).isoformat()}
    if isinstance(cell, date):
        return {"d": cell.isoformat()}
    scalar = getattr(cell, "item", None)
    return cell if scalar is None else scalar()


def _unwrap_undo_cell(cell: Any) -> object:
    if not isinstance(cell, dict):
        found: object = cell
        return found
    if "f" in cell:
        return Formula(cell["f"])
    return datetime.fromisoformat(cell["t"]) if "t" in cell else date.fromisoformat(cell["d"])
