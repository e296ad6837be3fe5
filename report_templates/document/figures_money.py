"""Further nouns of a report: how an amount came about (waterfall), and who earns it (whale curve)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.language.errors import Text


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a waterfall.

    Parameters
    ----------
    label
        What it is.
    display
        The number written beside it: an amount for a level, a change with its sign otherwise.
    value
        The number behind it, minor units.
    kind
        `level` for a sum that stands on the axis, `up` and `down` for changes: filled, and hollow, so that they differ
        without colour.
    start, end
        From where to where the bar reaches, in the title's unit.
    """

    label: Text
    display: Text
    value: float
    kind: Literal["level", "up", "down"]
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From one sum to another, change by change, from top to bottom.

    Parameters
    ----------
    key, title, alt, note
        As of `report_templates.document.figures.Heat`.
    steps
        The rows; each change begins where the row above ends.
    ends
        The axis. Where it does not begin at 0 the levels are drawn with a break.
    size
        Width and height of the drawing area in CSS pixels, and of the labels to its left.
    """

    key: str
    title: Text
    alt: Text
    steps: tuple[Step, ...]
    ends: tuple[float, float]
    size: tuple[int, int, int] = (360, 200, 96)
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A named point of a whale curve: after `n` customers, at `level`; `side` says where its name stands."""

    n: int
    level: float
    name: Text
    side: Literal["left", "right"] = "right"


@dataclass(frozen=True, slots=True)
class Whale:
    """Cumulative profit over customers, the most profitable first.

    Parameters
    ----------
    key, title, alt, note
        As of `report_templates.document.figures.Heat`.
    x_title
        What is counted to the right.
    points
        (n, cumulative): a share of all profit where `percent`, else an amount in the title's unit.
    turns
        The points that are named: the peak, and where a part of the customers stands.
    ends
        The upper axis.
    whole
        Level of all customers together, drawn as a line.
    percent
        Whether the upper axis is a share (1.0 is 100 %).
    size
        Width and height of the drawing area in CSS pixels.
    """

    key: str
    title: Text
    alt: Text
    x_title: Text
    points: tuple[tuple[int, float], ...]
    turns: tuple[Turn, ...]
    ends: tuple[float, float]
    whole: float
    percent: bool
    size: tuple[int, int] = (330, 230)
    note: Text | None = None
