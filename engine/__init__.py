"""Customer portfolio scoring: tables in, one frozen `Portfolio` out, and every measure read off it.

The way is always the same: read → clean → score → view. This package knows no spreadsheet, no template, no printer.
The verbs that measure take a portfolio and return a frozen result; more of them, by subject, in the packages beside this
page (docs/architecture.md). Names are loaded when they are first asked for, so that a command that only prints its help
starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from engine.cleaning.tables import Tables, clean
    from engine.definition.definition import Definition, load_definition
    from engine.language.errors import Finding, Refusal, Text
    from engine.lists.listing import list_customers
    from engine.lists.summary import summarise
    from engine.measures.retention.rates import rates
    from engine.measures.value.lifetime import churn_probability, lifetimes
    from engine.planning.allocation import allocate
    from engine.planning.what_if import if_lost, what_if
    from engine.runs.runs import keep, recall, remember
    from engine.scoring.concentration import measure as concentration_index
    from engine.scoring.portfolio import Portfolio
    from engine.scoring.scoring import score

_HOMES: Final = {
    "Definition": "definition.definition",
    "Finding": "language.errors",
    "Portfolio": "scoring.portfolio",
    "Refusal": "language.errors",
    "Tables": "cleaning.tables",
    "Text": "language.errors",
    "allocate": "planning.allocation",
    "churn_probability": "measures.value.lifetime",
    "clean": "cleaning.tables",
    "concentration_index": "scoring.concentration",
    "if_lost": "planning.what_if",
    "keep": "runs.runs",
    "lifetimes": "measures.value.lifetime",
    "list_customers": "lists.listing",
    "load_definition": "definition.definition",
    "rates": "measures.retention.rates",
    "recall": "runs.runs",
    "remember": "runs.runs",
    "score": "scoring.scoring",
    "summarise": "lists.summary",
    "what_if": "planning.what_if",
}

__all__ = [
    "Definition",
    "Finding",
    "Portfolio",
    "Refusal",
    "Tables",
    "Text",
    "allocate",
    "churn_probability",
    "clean",
    "concentration_index",
    "if_lost",
    "keep",
    "lifetimes",
    "list_customers",
    "load_definition",
    "rates",
    "recall",
    "remember",
    "score",
    "summarise",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    module = import_module(f"engine.{_HOMES[name]}")
    return getattr(module, "measure" if name == "concentration_index" else name)
