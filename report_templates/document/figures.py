"""Further nouns of a report: figures of movement, of estimates with their intervals, and of things between two axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.language.errors import Text


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of a heat map.

    Parameters
    ----------
    text
        What is written in it.
    value
        The number behind it.
    weight
        How dark it is, 0 (paper) to 1.
    framed
        Whether it gets a frame, such as those who stayed on the diagonal of a transition matrix.
    """

    text: Text
    value: float
    weight: float
    framed: bool = False


@dataclass(frozen=True, slots=True)
class Heat:
    """A heat map; a cell that is None is left empty.

    Parameters
    ----------
    key
        Name inside the section; also the prefix of the drawing's identifiers.
    title
        What is shown, with unit and period.
    alt
        The insight in one sentence, for those who do not see the drawing.
    x_title, y_title
        What columns and rows are.
    rows, columns
        Their names, from the top and from the left.
    cells
        One tuple per row, one entry per column.
    size
        Width and height of the drawing area in CSS pixels, and of the names to its left.
    """

    key: str
    title: Text
    alt: Text
    x_title: Text
    y_title: Text
    rows: tuple[Text, ...]
    columns: tuple[Text, ...]
    cells: tuple[tuple[HeatCell | None, ...], ...]
    size: tuple[int, int, int] = (330, 230, 90)
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One group at an end of the flows; `top` and `bottom` are parts (0–1) of the drawing's height."""

    label: Text
    display: Text
    value: float
    top: float
    bottom: float
    tone: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """What flows from one node to another; all edges are parts (0–1) of the drawing's height."""

    left: tuple[float, float]
    right: tuple[float, float]
    value: float
    tone: str
    moved: bool


@dataclass(frozen=True, slots=True)
class Flows:
    """A Sankey diagram between two moments: nodes to the left and to the right, ribbons between them."""

    key: str
    title: Text
    alt: Text
    left_title: Text
    right_title: Text
    left: tuple[Node, ...]
    right: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]
    size: tuple[int, int, int] = (230, 215, 118)
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """An estimate with its interval; `value` is None where there are too few answers for one."""

    label: Text
    display: Text
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spans:
    """Estimates as points on lines that reach over their intervals.

    Parameters
    ----------
    key, title, alt
        As of `Heat`.
    rows
        From the top.
    ends
        The axis.
    zero
        Where an upright line stands (0 of an NPS), or None.
    percent
        Whether the axis is written in per cent of its numbers (0.6 is 60%).
    size
        Width and height of the drawing area in CSS pixels, of the labels to its left and of the numbers to its right.
    """

    key: str
    title: Text
    alt: Text
    rows: tuple[Span, ...]
    ends: tuple[float, float]
    zero: float | None = None
    percent: bool = False
    size: tuple[int, int, int, int] = (170, 150, 90, 112)
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A named point between two axes; `side` says where its name stands."""

    name: Text
    x: float
    y: float
    tone: str
    side: str = "right"


@dataclass(frozen=True, slots=True)
class Quadrants:
    """Points in four fields that two lines divide.

    Parameters
    ----------
    key, title, alt
        As of `Heat`.
    x_title, y_title
        What the axes measure.
    x_ends, y_ends
        The axes.
    split
        Where the upright and the level line stand.
    names
        The fields' names: top left, top right, bottom left, bottom right.
    spots
        The points.
    size
        Width and height of the drawing area in CSS pixels.
    """

    key: str
    title: Text
    alt: Text
    x_title: Text
    y_title: Text
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    split: tuple[float, float]
    names: tuple[Text, Text, Text, Text]
    spots: tuple[Spot, ...]
    size: tuple[int, int] = (260, 190)
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A group of forecasts: what was predicted of it, what came, and the interval of what came; shares 0–1."""

    label: Text
    predicted: float
    actual: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """What was predicted to the right, what came upwards, with its interval; on the diagonal both are equal.

    Parameters
    ----------
    key, title, alt
        As of `Heat`.
    x_title, y_title
        What the axes measure.
    outcomes
        The groups.
    top
        The upper end of both axes, at most 1.
    diagonal
        What is written at the diagonal.
    size
        Width and height of the drawing area in CSS pixels.
    """

    key: str
    title: Text
    alt: Text
    x_title: Text
    y_title: Text
    outcomes: tuple[Outcome, ...]
    top: float
    diagonal: Text
    size: tuple[int, int] = (290, 176)
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class ColumnBar:
    """One upright bar.

    Parameters
    ----------
    label
        Written below it.
    group
        Written below the label where a new group (a year) begins; None elsewhere.
    value
        Its height in the figure's unit.
    display
        The number written at its end.
    previous
        The same a year before, drawn as a thin mark across; None where it is not known.
    partial
        Whether its period still runs; it is drawn paler.
    """

    label: Text
    group: Text | None
    value: float
    display: Text
    previous: float | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Upright bars from zero, one per period; key, title, alt and size as of `Heat`, `ends` are those of the axis."""

    key: str
    title: Text
    alt: Text
    bars: tuple[ColumnBar, ...]
    ends: tuple[float, float]
    size: tuple[int, int] = (480, 118)
    note: Text | None = None
