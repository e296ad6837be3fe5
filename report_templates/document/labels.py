"""Where the names of bubbles go: beside their bubble, never on another name and never outside the drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from report_templates.document.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEIGHT: Final = 13.0  # of a line of text, CSS pixels
_GAPS: Final = (4.0, 12.0, 24.0, 38.0)
_AIR: Final = 2.0
_BESIDE: Final = 9.0  # two names on one line this close would read as one
_FARTHER: Final = 0.12  # pixels of covered bubble that a less usual or farther place is worth
_CROSSED: Final = 60.0  # the same for a line to a bubble that runs through a name, and
_RULED: Final = 4.0  # for a name that stands on a drawn line
TOUCHING: Final = 6.0  # CSS pixels between rim and name up to which no line is drawn


@dataclass(frozen=True, slots=True)
class Circle:
    """A bubble as drawn: centre and radius in CSS pixels from the top left corner."""

    x: float
    y: float
    radius: float


Box = tuple[float, float, float, float]  # left, top, right, bottom
Line = tuple[tuple[float, float], tuple[float, float]]  # from one point to another


def place(
    circles: Sequence[Circle],
    named: Sequence[int],
    widths: Sequence[float],
    size: tuple[int, int],
    *,
    kept: Sequence[Box] = (),
    ruled: Sequence[Line] = (),
) -> tuple[Label | None, ...]:
    """Return a place for each name, most important first; None where every place would collide with another name.

    The line from a bubble to its name keeps off the other names, and names keep off such lines, where they can.

    Parameters
    ----------
    circles
        All bubbles; names avoid covering them where they can.
    named
        Indices of the bubbles that get a name, most important first.
    widths
        Width of each name in CSS pixels, in the order of `named`.
    size
        Width and height of the drawing area.
    kept
        Boxes that other words stand in: no name does.
    ruled
        Lines of the drawing, such as thresholds, that names avoid where they can.
    """
    taken: list[Box] = list(kept)
    drawn: list[Line] = []
    found: list[Label | None] = []
    for index, width in zip(named, widths, strict=True):
        free = []
        for order, (label, box) in enumerate(_yield_label_places(circles[index], width, size)):
            if not _fits_inside_plot(box, size) or any(_meet(box, other) for other in taken):
                continue
            line = _leader(circles[index], label)
            crossed = sum(_runs_through(each, box) for each in drawn)
            crossed += sum(_runs_through(line, other) for other in taken) if line is not None else 0
            cost = _CROSSED * crossed + _RULED * sum(_runs_through(each, box) for each in ruled)
            free.append((_covered(box, circles) + order * _FARTHER + cost, order, label, box, line))
        if not free:
            found.append(None)
            continue
        _, _, label, box, line = min(free, key=lambda candidate: candidate[:2])
        taken.append(box)
        drawn += [line] if line is not None else []
        found.append(label)
    return tuple(found)


def boxes_of(labels: Sequence[Label | None], widths: Sequence[float]) -> tuple[Box, ...]:
    """Return the boxes that the placed names occupy."""
    return tuple(_box(label, width) for label, width in zip(labels, widths, strict=True) if label is not None)


def _yield_label_places(circle: Circle, width: float, size: tuple[int, int]) -> Iterator[tuple[Label, Box]]:
    # Above and below, a name moves aside rather than out of the drawing.
    middle = min(max(circle.x, width / 2), max(size[0] - width / 2, width / 2))
    for gap in _GAPS:
        reach = circle.radius + gap
        slant = reach * 0.75
        for label in (
            Label(circle.x + reach, circle.y, "left"),
            Label(circle.x - reach, circle.y, "right"),
            Label(middle, circle.y - reach - HEIGHT / 2, "center"),
            Label(middle, circle.y + reach + HEIGHT / 2, "center"),
            Label(circle.x + slant, circle.y - slant - HEIGHT / 3, "left"),
            Label(circle.x - slant, circle.y - slant - HEIGHT / 3, "right"),
            Label(circle.x + slant, circle.y + slant + HEIGHT / 3, "left"),
            Label(circle.x - slant, circle.y + slant + HEIGHT / 3, "right"),
        ):
            yield label, _box(label, width)


def _box(label: Label, width: float) -> Box:
    left = {"left": label.x, "right": label.x - width, "center": label.x - width / 2}[label.align]
    return left, label.y - HEIGHT / 2, left + width, label.y + HEIGHT / 2


def _fits_inside_plot(box: Box, size: tuple[int, int]) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]


def _meet(one: Box, other: Box) -> bool:
    return (
        one[0] < other[2] + _BESIDE
        and other[0] < one[2] + _BESIDE
        and one[1] < other[3] + _AIR
        and other[1] < one[3] + _AIR
    )


def end_of(height: float, label: Label) -> tuple[float, float]:
    """Return where the line from a bubble at `height` ends: at a name's side, or at its edge where it stands above or below."""
    off = 0.0 if label.align != "center" else math.copysign(HEIGHT / 2, height - label.y)
    return label.x, label.y + off


def _leader(circle: Circle, label: Label) -> Line | None:
    """Return the line that is drawn from a bubble's rim to its name, None where the two all but touch."""
    x, y = end_of(circle.y, label)
    reach = math.dist((circle.x, circle.y), (x, y))
    if reach - circle.radius < TOUCHING:
        return None
    part = circle.radius / reach
    return (circle.x + part * (x - circle.x), circle.y + part * (y - circle.y)), (x, y)


def _runs_through(line: Line, box: Box) -> bool:
    """Return whether a line has a point inside a box (Liang-Barsky: the box cuts a part from 0 to 1 out of it)."""
    (x, y), (x2, y2) = line
    enter, leave = 0.0, 1.0
    for step, room in ((x - x2, x - box[0]), (x2 - x, box[2] - x), (y - y2, y - box[1]), (y2 - y, box[3] - y)):
        if step == 0:
            if room <= 0:
                return False
        elif step < 0:
            enter = max(enter, room / step)
        else:
            leave = min(leave, room / step)
    return enter < leave


def _covered(box: Box, circles: Sequence[Circle]) -> float:
    """Return how deep the box lies in bubbles, in CSS pixels summed over them."""
    depth = 0.0
    for circle in circles:
        across = circle.x - min(max(circle.x, box[0]), box[2])
        down = circle.y - min(max(circle.y, box[1]), box[3])
        depth += max(circle.radius - (across**2 + down**2) ** 0.5, 0.0)
    return depth
