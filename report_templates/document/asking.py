"""How a section asks the engine for what the data may be too few to carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


def answered(ask: Callable[[], Answer]) -> Answer | Refusal:
    """Return an answer of the engine, or the refusal where the data are too few for one; other refusals pass."""
    try:
        return ask()
    except Refusal as refusal:
        if refusal.kind != "too_little_data":
            raise
        return refusal


def answered_or_none(ask: Callable[[], Answer]) -> Answer | None:
    """Return an answer of the engine, None where the data are too few for one and the page need not say why."""
    found = answered(ask)
    return None if isinstance(found, Refusal) else found
