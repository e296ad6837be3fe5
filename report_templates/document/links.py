"""Where a number is told at length: the pages that links lead to, each with others where the report lacks the first.

A page is named by its anchor. Templates link to the first of a noun's pages that the report has, and to none otherwise.

Decision 0224: why links name pages.
"""

from __future__ import annotations

from typing import Final

Pages = tuple[str, ...]

_TILES: Final[dict[str, Pages]] = {
    "sales": ("mix",),
    "buyers": ("segments",),
    "profit": ("profit",),
    "top": ("concentration", "tests"),
    "hhi": ("concentration", "tests"),
    "risk": ("actions",),
}
_FACTS: Final[dict[str, Pages]] = {
    "moved": ("movement",),
    "base": ("worth",),
    "kept": ("worth",),
    "lost": ("worth",),
    "worth": ("worth",),
}
_FINDINGS: Final[dict[str, Pages]] = {
    "data": ("quality",),
    "lost": ("worth", "mix"),
    "shrinking": ("actions",),
    "loss_making": ("profit",),
    "overdue": ("opportunities", "actions"),
    "contract": ("actions",),
    "arrears": ("actions",),
    "risk": ("actions",),
    "dependent": ("tests",),
    "opportunity": ("opportunities",),
}


def tile(key: str) -> Pages:
    """Return the pages that tell of one of the few numbers of the first page."""
    return _TILES[key]


def fact(key: str) -> Pages:
    """Return the pages that tell of a fact of the first page."""
    return _FACTS[key]


def alert() -> Pages:
    """Return the pages that tell of an alert: the tests, each with its threshold and what would clear it."""
    return ("tests",)


def finding(kind: str) -> Pages:
    """Return the pages that tell of a finding of this kind (`engine.lists.materiality.KINDS`)."""
    return _FINDINGS[kind]


def account(position: int) -> Pages:
    """Return the page of the customer at `position`."""
    return (f"accounts-{position}",)
