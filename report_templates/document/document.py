"""The nouns of a report: frozen pages of sentences, tables and figures, each with its number beside its wording.

Templates only arrange these nouns; they compute nothing. A cell keeps the number that it shows, so that a test or a
gate can compare a finished page with the Portfolio it was read from.

Decision 0255: why 社外秘 stands beside the page number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from report_templates.document.figures import Columns, Flows, Heat, Quadrants, Reliability, Spans
from report_templates.document.figures_money import Waterfall, Whale

if TYPE_CHECKING:
    from engine.language.errors import Text
    from report_templates.document.links import Pages

Align = Literal["start", "end", "centre"]
Value = float | int | str | date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Parameters
    ----------
    text
        What is printed.
    value
        The number, code or date behind it, unrounded; None where there is none.
    tone
        What the cell means, such as `severe`, `at_risk` or `missing`: the same meaning always looks the same.
    detail
        A second, smaller line, or None.
    link
        The pages that tell more of it; the first that the report has is linked to.
    """

    text: Text
    value: Value = None
    tone: str = ""
    detail: Text | None = None
    link: Pages = ()


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; `span` is its share of the table's width in per cent, 0 for as wide as needed."""

    head: Text
    align: Align = "start"
    span: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names its rows.

    Parameters
    ----------
    key
        Name of the table inside its section, for tests and links.
    caption
        What it shows, with unit, measure and period.
    columns, rows
        Heads and cells; every row has one cell per column.
    total
        A closing row, or None.
    note
        What the reader should know about it, or None.
    """

    key: str
    caption: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the few numbers of the first page."""

    key: str
    label: Text
    number: Text
    unit: Text
    detail: Text
    value: Value
    tone: str = ""
    link: Pages = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Something the reader is asked to decide, with its reason, owner and date.

    `late` where that date has passed; `link` are the pages that the numbers behind it stand on.
    """

    ask: Text
    reason: Text
    who: Text
    late: bool = False
    link: Pages = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold drawn into a figure, in the figure's own units."""

    value: float
    label: Text
    tone: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar; `previous` is drawn as a thin mark behind it (the same period a year before)."""

    label: Text
    value: float
    display: Text
    tone: str
    previous: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars from zero.

    Parameters
    ----------
    key
        Name inside the section; also the prefix of the drawing's identifiers.
    title
        What is shown, with unit and period.
    alt
        The insight in one sentence, for those who do not see the drawing.
    rows
        The bars from top to bottom.
    top
        Upper end of the axis; the same for drawings that are compared.
    limits
        Thresholds drawn across.
    size
        Width and height of the drawing area in CSS pixels, and of the labels to its left.
    """

    key: str
    title: Text
    alt: Text
    rows: tuple[BarRow, ...]
    top: float
    limits: tuple[Limit, ...] = ()
    size: tuple[int, int, int] = (200, 160, 90)
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """Figures that are read together, side by side, under one title."""

    key: str
    title: Text
    figures: tuple[Bars, ...]
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A cumulative curve: share of sales (0–1) by the first n customers, with points named on it."""

    key: str
    title: Text
    alt: Text
    x_title: Text
    points: tuple[tuple[int, float], ...]
    limits: tuple[Limit, ...]
    named: tuple[tuple[int, float, Text], ...]
    size: tuple[int, int] = (330, 250)
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """Where a bubble's name is written: its anchor in CSS pixels from the drawing's top left, and its side."""

    x: float
    y: float
    align: Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Bubble:
    """One customer on a map; x is in the title's unit, y a share or points, its radius in pixels; a `loss` is crossed.

    `exact` is its y where it may lie beyond the map, and is then drawn at the edge; None where it stands in its place.
    """

    name: Text
    x: float
    y: float
    radius: float
    tone: str
    label: Label | None = None
    loss: bool = False
    exact: float | None = None


@dataclass(frozen=True, slots=True)
class Bubbles:
    """A map of customers: `limits` are drawn level, `uprights` upright, `corners` name the four fields between them.

    Corners go from the top left over the top right and the bottom left to the bottom right.
    """

    key: str
    title: Text
    alt: Text
    x_title: Text
    y_title: Text
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    logarithmic: bool
    percent: bool
    bubbles: tuple[Bubble, ...]
    limits: tuple[Limit, ...]
    legend: tuple[tuple[str, Text], ...]
    size: tuple[int, int] = (700, 390)
    note: Text | None = None
    uprights: tuple[Limit, ...] = ()
    corners: tuple[Text, Text, Text, Text] | None = None


Figure = Bars | Columns | Curve | Bubbles | Heat | Flows | Spans | Quadrants | Reliability | Waterfall | Whale


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the report that starts on a page of its own.

    Parameters
    ----------
    key
        Name of its template, `sections/<key>.html.jinja`.
    number
        Number in the specification of the report, such as R4.
    name
        Its name in the table of contents and the bookmarks.
    message
        The one sentence that the page says.
    subtitle
        What is measured, with unit and period.
    """

    key: str
    number: str
    name: Text
    message: Text
    subtitle: Text
    notes: tuple[Text, ...] = field(default=())
    emphasis: Text | None = None
    """Why the page stands where it does (the chosen purpose), or None."""

    @property
    def anchor(self) -> str:
        """The page's name in the document: sections that occur several times add to their key."""
        return self.key

    @property
    def short(self) -> Text:
        """Its name in the list of pages, where pages of one name stand once."""
        return self.name


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every page says about where its numbers come from."""

    as_of: date
    run: str
    data_until: Text
    definition: str
    foot: Text
    confidential: Text
    stale: Text | None = None
    """The warning that every page carries when the newest order is older than the limit, or None."""
    masked: bool = False
    """Whether pseudonyms stand for names."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: read off one Portfolio, ready to be put into either language."""

    title: Text
    subject: Text
    purpose: Text
    stamp: Stamp
    sections: tuple[Section, ...]
