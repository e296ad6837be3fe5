"""Where the names of bubbles go: beside their bubble, never on another name and never outside the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from report_templates.nouns import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["HEIGHT", "Circle", "boxes_of", "place"]

HEIGHT: Final = 13.0  # of a line of text, CSS pixels
_GAPS: Final = (4.0, 12.0, 24.0, 38.0)
_AIR: Final = 2.0
_FARTHER: Final = 0.12  # pixels of covered bubble that a less usual or farther place is worth


@dataclass(frozen=True, slots=True)
class Circle:
    """A bubble as drawn: centre and radius in CSS pixels from the top left corner."""

    x: float
    y: float
    radius: float


Box = tuple[float, float, float, float]  # left, top, right, bottom


def place(
    circles: Sequence[Circle], named: Sequence[int], widths: Sequence[float], size: tuple[int, int]
) -> tuple[Label | None, ...]:
    """Return a place for each name, most important first; None where every place would collide with another name.

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
    """
    taken: list[Box] = []
    found: list[Label | None] = []
    for index, width in zip(named, widths, strict=True):
        free = [
            (_covered(box, circles) + order * _FARTHER, order, label, box)
            for order, (label, box) in enumerate(_candidates(circles[index], width))
            if _inside(box, size) and not any(_meet(box, other) for other in taken)
        ]
        if not free:
            found.append(None)
            continue
        _, _, label, box = min(free, key=lambda candidate: candidate[:2])
        taken.append(box)
        found.append(label)
    return tuple(found)


def boxes_of(labels: Sequence[Label | None], widths: Sequence[float]) -> tuple[Box, ...]:
    """Return the boxes that the placed names occupy."""
    return tuple(_box(label, width) for label, width in zip(labels, widths, strict=True) if label is not None)


def _candidates(circle: Circle, width: float) -> Iterator[tuple[Label, Box]]:
    for gap in _GAPS:
        reach = circle.radius + gap
        slant = reach * 0.75
        for label in (
            Label(circle.x + reach, circle.y, "left"),
            Label(circle.x - reach, circle.y, "right"),
            Label(circle.x, circle.y - reach - HEIGHT / 2, "center"),
            Label(circle.x, circle.y + reach + HEIGHT / 2, "center"),
            Label(circle.x + slant, circle.y - slant - HEIGHT / 3, "left"),
            Label(circle.x - slant, circle.y - slant - HEIGHT / 3, "right"),
            Label(circle.x + slant, circle.y + slant + HEIGHT / 3, "left"),
            Label(circle.x - slant, circle.y + slant + HEIGHT / 3, "right"),
        ):
            yield label, _box(label, width)


def _box(label: Label, width: float) -> Box:
    left = {"left": label.x, "right": label.x - width, "center": label.x - width / 2}[label.align]
    return left, label.y - HEIGHT / 2, left + width, label.y + HEIGHT / 2


def _inside(box: Box, size: tuple[int, int]) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]


def _meet(one: Box, other: Box) -> bool:
    return (
        one[0] < other[2] + _AIR and other[0] < one[2] + _AIR and one[1] < other[3] + _AIR and other[1] < one[3] + _AIR
    )


def _covered(box: Box, circles: Sequence[Circle]) -> float:
    """Return how deep the box lies in bubbles, in CSS pixels summed over them."""
    depth = 0.0
    for circle in circles:
        across = circle.x - min(max(circle.x, box[0]), box[2])
        down = circle.y - min(max(circle.y, box[1]), box[3])
        depth += max(circle.radius - (across**2 + down**2) ** 0.5, 0.0)
    return depth
