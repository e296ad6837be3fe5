"""Where stored runs lie, how a run's folder is laid out, and its manifest (docs/run-store.md)."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYOUT: Final = (
    4  # raise it whenever a stored run is written differently, and teach `engine.runs.store.migrate` the old way
)
MANIFEST: Final = "manifest.json"
PART: Final = ".part-"  # a run that is being written
GONE: Final = ".gone-"  # a run that is being deleted


def root() -> Path:
    """Return the store's folder: `PORTFOLIO_RUNS` where it is set, else the user's own folder for such data."""
    chosen = os.environ.get("PORTFOLIO_RUNS")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "customer-portfolio"


def runs_folder() -> Path:
    """Return the folder that holds one folder per run."""
    return root() / "runs"


def key_file() -> Path:
    """Return the file of the key that pseudonyms are made with."""
    return root() / "pseudonyms.key"


def stamp() -> int:
    """Return a number that changes whenever a run is stored or deleted; 0 without a store."""
    try:
        return runs_folder().stat().st_mtime_ns
    except OSError:
        return 0


def folder_name(as_of: str, whole: str) -> str:
    """Return the name of a run's folder: its handle, with the whole hash in the place of the first six digits."""
    return f"PF-{as_of.replace('-', '')}-{whole}"


def digest(content: bytes) -> str:
    """Return the SHA-256 of a part, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def plain_json(document: object) -> bytes:
    """Return a document as the store writes it: UTF-8, one key per line, keys in their own order."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass") + b"\n"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a stored run without reading its tables.

    Parameters
    ----------
    layout
        Version of the layout.
    handle, hash, as_of, tier, purpose, currency
        As in `Portfolio`; the as-of date in ISO form.
    customers, orders
        Numbers of rows; None without orders.
    definition
        Version and hash of the definition.
    kept
        all, scored or pseudonyms.
    retention_days
        Days after which the run may be deleted; None for never.
    scoring
        Version of the scoring that made the run.
    engine
        Version of the program.
    who, when
        Who stored it, and when (ISO, UTC).
    parts
        File name → SHA-256 and size in bytes.
    """

    layout: int
    handle: str
    hash: str
    as_of: str
    tier: str
    purpose: str
    currency: str
    customers: int
    orders: int | None
    definition: Mapping[str, str]
    kept: str
    retention_days: float | None
    scoring: str
    engine: str
    who: str
    when: str
    parts: Mapping[str, Mapping[str, Any]]

    @property
    def folder(self) -> str:
        """The name of the run's folder."""
        return folder_name(self.as_of, self.hash)

    @property
    def size(self) -> int:
        """Bytes of all parts together."""
        return sum(int(part["bytes"]) for part in self.parts.values())

    def document(self) -> dict[str, Any]:
        """Return the manifest as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}

    def to_bytes(self) -> bytes:
        """Return the file's content, which carries the hash of everything else in it."""
        document = self.document()
        return plain_json({**document, "check": digest(plain_json(document))})
