"""Customer portfolio scoring: tables in, one frozen `Portfolio` out.

The way is always the same: read → clean → score → view. This package knows no spreadsheet, no template, no printer.
Names are loaded when they are first asked for, so that a command that only prints its help starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.concentration import measure as concentration_index
    from engine.definition import Definition, load_definition
    from engine.errors import Finding, Refusal, Text
    from engine.portfolio import Portfolio
    from engine.runs import recall, remember
    from engine.scoring import score
    from engine.summary import summarise
    from engine.tables import Tables, clean

_HOMES = {
    "Definition": "definition",
    "Finding": "errors",
    "Portfolio": "portfolio",
    "Refusal": "errors",
    "Tables": "tables",
    "Text": "errors",
    "clean": "tables",
    "concentration_index": "concentration",
    "load_definition": "definition",
    "recall": "runs",
    "remember": "runs",
    "score": "scoring",
    "summarise": "summary",
}

__all__ = [
    "Definition",
    "Finding",
    "Portfolio",
    "Refusal",
    "Tables",
    "Text",
    "clean",
    "concentration_index",
    "load_definition",
    "recall",
    "remember",
    "score",
    "summarise",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    module = import_module(f"engine.{_HOMES[name]}")
    return getattr(module, "measure" if name == "concentration_index" else name)
