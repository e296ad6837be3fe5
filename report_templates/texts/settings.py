"""The report's own settings: how much it shows, by when it asks for a decision, and how it looks."""

from __future__ import annotations

import tomllib
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOM: Final = files("report_templates")


@dataclass(frozen=True, slots=True)
class Mark:
    """How a segment is drawn, wherever it is drawn.

    Parameters
    ----------
    fill
        Colour as `#rrggbb`.
    shape
        Vega's name of the shape that tells the segment apart without colour.
    """

    fill: str
    shape: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """What a purpose puts first.

    Parameters
    ----------
    sections
        Numbers of the sections (R2 …) in their order after R1; those that are not named follow, R11 and R12 last.
    focus
        The sections that are marked as the purpose's focus.
    asked
        What the numbers may ask for, first things first.
    """

    sections: tuple[str, ...]
    focus: tuple[str, ...]


@cache
def _load_settings_document() -> dict[str, dict[str, Any]]:
    return tomllib.loads(ROOM.joinpath("settings.toml").read_text(encoding="utf-8"))


def limit(name: str) -> int:
    """Return how many of `name` (such as `labels`) the report shows."""
    return int(_load_settings_document()["limits"][name])


def emphasis(purpose: str) -> Emphasis:
    """Return what a purpose (`acquire`, `deepen`, `avoid_risk`) puts first."""
    entry = _load_settings_document()["purposes"][purpose]
    return Emphasis(*(tuple(entry[name]) for name in ("sections", "focus")))


_own: ContextVar[Mapping[str, str]] = ContextVar("own colours", default=MappingProxyType({}))


@contextmanager
def dressed(own: Mapping[str, str]) -> Iterator[None]:
    """Let a company's `own` colours, named as `colours` names them, stand for ours meanwhile."""
    token = _own.set(own)
    try:
        yield
    finally:
        _own.reset(token)


def colours() -> dict[str, str]:
    """Return every design colour by name, as `#rrggbb`: the style sheet's custom properties."""
    marks = {f"segment-{code}": entry["fill"] for code, entry in _load_settings_document()["segments"].items()}
    house = {**_load_settings_document()["colours"], **{name.replace("_", "-"): fill for name, fill in marks.items()}}
    return {**house, **_own.get()}


def colour(name: str) -> str:
    """Return the design colour `name`; a segment's code gives its fill."""
    document = _load_settings_document()
    if name not in document["colours"]:
        return mark(name).fill
    return str(_own.get().get(name, document["colours"][name]))


def mark(segment: str) -> Mark:
    """Return how `segment` is drawn; a segment that the settings do not know is drawn as unknown."""
    entries = _load_settings_document()["segments"]
    known = segment if segment in entries else "unknown"
    fill = _own.get().get(f"segment-{known.replace('_', '-')}", entries[known]["fill"])
    return Mark(fill=fill, shape=entries[known]["shape"])
