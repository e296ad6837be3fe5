"""Deleting stored runs whose time is over; the newest run stays, whatever its age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine.runs.store import audit
from engine.runs.store.layout import runs_folder
from engine.runs.store.read import Entry, entries
from engine.runs.store.write import delete, needed, sweep, who

if TYPE_CHECKING:
    from collections.abc import Sequence


def expired(now: datetime, days: float | None = None) -> tuple[Entry, ...]:
    """Return the stored runs that are older than they are to be kept, the newest first.

    Parameters
    ----------
    now
        The moment that counts.
    days
        Days to keep every run; None takes each run's own retention period (`store.retention_days` of its definition).
    """
    found = entries()
    newest = next((entry for entry in found if entry.manifest is not None), None)
    return tuple(entry for entry in found if entry is not newest and _is_past_its_time(entry, now, days))


def _is_past_its_time(entry: Entry, now: datetime, days: float | None) -> bool:
    if entry.manifest is None:  # damaged: its folder still tells when it was stored
        stored = datetime.fromtimestamp(entry.folder.stat().st_mtime, UTC)
        kept = days
    else:
        stored = datetime.fromisoformat(entry.manifest.when)
        kept = entry.manifest.retention_days if days is None else days
    return kept is not None and now - stored > timedelta(days=kept)


def prune(doomed: Sequence[Entry]) -> int:
    """Delete these runs and what dead processes left behind; return how many leftovers there were.

    Raises
    ------
    Refusal
        `unwritable` where the operating system does not let a run be deleted.
    """
    with needed():
        for entry in doomed:
            delete(entry.folder)
            whole = entry.folder.name.rpartition("-")[2]
            audit.append("prune", entry.handle, whole, who())
        return sweep() if runs_folder().exists() else 0
