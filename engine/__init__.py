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
    from engine.allocation import allocate
    from engine.concentration import measure as concentration_index
    from engine.definition import Definition, load_definition
    from engine.errors import Finding, Refusal, Text
    from engine.lists.listing import list_customers
    from engine.portfolio import Portfolio
    from engine.retention.rates import rates
    from engine.runs import keep, recall, remember
    from engine.scoring import score
    from engine.summary import summarise
    from engine.tables import Tables, clean
    from engine.value.lifetime import churn_probability, lifetimes
    from engine.whatif import if_lost, what_if

_HOMES: Final = {
    "Definition": "definition",
    "Finding": "errors",
    "Portfolio": "portfolio",
    "Refusal": "errors",
    "Tables": "tables",
    "Text": "errors",
    "allocate": "allocation",
    "churn_probability": "value.lifetime",
    "clean": "tables",
    "concentration_index": "concentration",
    "if_lost": "whatif",
    "keep": "runs",
    "lifetimes": "value.lifetime",
    "list_customers": "lists.listing",
    "load_definition": "definition",
    "rates": "retention.rates",
    "recall": "runs",
    "remember": "runs",
    "score": "scoring",
    "summarise": "summary",
    "what_if": "whatif",
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
