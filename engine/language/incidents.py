"""The log of internal errors: where in our code it happened, and nothing about anybody's customers.

A cell and a command show one line with a record number; the same number stands in the log beside the chain of calls.
Messages of exceptions are left out on purpose: they tend to quote the offending value, which may be a customer's name.

Decision 0271: why there is a last guard and one log.
"""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_LOG: Final = 1_000_000  # bytes; a full log is put aside once, so that two of them are the most we ever leave
_written: set[str] = set()


class Incident(NamedTuple):
    """An internal error as it was recorded.

    Parameters
    ----------
    number
        The record number, the same for the same error at the same place.
    log
        The file that holds it; None where it could not be written (a full or read-only disk).
    """

    number: str
    log: Path | None


def log_file() -> Path:
    """Return the log's path: `PORTFOLIO_LOG` where it is set, else the user's own folder for such things."""
    chosen = os.environ.get("PORTFOLIO_LOG")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Logs"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "customer-portfolio" / "incidents.log"


def record(error: BaseException, name: str, args: Sequence[object]) -> Incident:
    """Write one internal error to the log and return its record number and where it stands.

    The same error at the same place has the same number and is written once per process: ten thousand cells that fail
    alike make one entry.

    Parameters
    ----------
    error
        The exception, with its traceback.
    name
        The worksheet function, button or command that was asked for.
    args
        Its arguments; only their types are written.
    """
    calls = [
        f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)
    ]
    kind = type(error).__name__
    number = hashlib.sha256("|".join([kind, name, *calls]).encode()).hexdigest()[:6].upper()
    log: Path | None = log_file()
    if number not in _written:
        shapes = ", ".join(type(each).__name__ for each in args)
        entry = [
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {number} {kind} in {name}({shapes})",
            *(f"    {c}" for c in calls),
        ]
        if _append_to_log("\n".join(entry) + "\n"):
            _written.add(number)
        else:
            log = None
    return Incident(number, log)


def _append_to_log(text: str) -> bool:
    """Add to the log; return whether it could be written: a full or read-only disk must not cost the user the message."""
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_suffix(".old.log"))
        with path.open("a", encoding="utf-8") as log:
            log.write(text)
    except OSError:
        return False
    return True
