"""The run store: each run's input, definition, scores and provenance in a folder of the user's own computer.

A run is stored whole or not at all, and read only where every part has the hash that its manifest gives for it. The
layout is described in docs/run-store.md. pandas writes the Parquet files; a cell that never asks for a stored run does
not wait for any of this.
"""

from __future__ import annotations

from engine.runs.store.layout import Manifest, root, stamp
from engine.runs.store.masking import aligned
from engine.runs.store.prune import expired, prune
from engine.runs.store.read import Entry, check_folder, customer_ids, entries, find_folder, load, manifest_of
from engine.runs.store.write import store_run

__all__ = [
    "Entry",
    "Manifest",
    "aligned",
    "check_folder",
    "customer_ids",
    "entries",
    "expired",
    "find_folder",
    "load",
    "manifest_of",
    "prune",
    "root",
    "stamp",
    "store_run",
]
