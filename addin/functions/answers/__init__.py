"""The worksheet functions, in plain Python over the engine, one module per subject.

Every function takes scalars or rows as `addin.functions.cells` prepares them, and returns a scalar or rows. `[run]` is the last
argument; the keyword `caller` says what is known of the calling workbook. Refusals are raised, and worded by the cell
guard. Where a function takes one customer or a range, a range is answered in one call and in its own shape.

Importing the package fills the register (`addin.functions.registry`), in the order of the list below: documents and type
libraries show the functions in it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

SUBJECTS: Final = (
    "runs",
    "customers",
    "value",
    "opportunities",
    "cards",
    "lists",
    "whole",
    "maps",
    "retention",
    "voice",
    "payback",
    "movement",
    "trials",
    "backtest",
)

for _subject in SUBJECTS:
    import_module(f"addin.functions.answers.{_subject}")
