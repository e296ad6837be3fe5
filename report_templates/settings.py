"""The report's own settings: how much it shows, by when it asks for a decision, and how it looks."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

__all__ = ["Mark", "colour", "colours", "due_days", "limit", "mark"]

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


@cache
def _document() -> dict[str, dict[str, Any]]:
    return tomllib.loads(ROOM.joinpath("settings.toml").read_text(encoding="utf-8"))


def limit(name: str) -> int:
    """Return how many of `name` (such as `labels`) the report shows."""
    return int(_document()["limits"][name])


def due_days(verdict: str) -> int:
    """Return within how many days of the as-of date a matter of this verdict asks for a decision."""
    return int(_document()["due_days"].get(verdict, _document()["due_days"]["routine"]))


def colours() -> dict[str, str]:
    """Return every design colour by name, as `#rrggbb`: the style sheet's custom properties."""
    marks = {f"segment-{code}": entry["fill"] for code, entry in _document()["segments"].items()}
    return {**_document()["colours"], **{name.replace("_", "-"): fill for name, fill in marks.items()}}


def colour(name: str) -> str:
    """Return the design colour `name`; a segment's code gives its fill."""
    document = _document()
    return str(document["colours"][name] if name in document["colours"] else mark(name).fill)


def mark(segment: str) -> Mark:
    """Return how `segment` is drawn; a segment that the settings do not know is drawn as unknown."""
    entries = _document()["segments"]
    entry = entries.get(segment, entries["unknown"])
    return Mark(fill=entry["fill"], shape=entry["shape"])
