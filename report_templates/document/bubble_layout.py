"""How a map of bubbles is laid out: its axes, the sizes of its bubbles, and where the names of the largest stand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from report_templates.document.insights import tidy
from report_templates.document.labels import HEIGHT, Circle, place
from report_templates.texts.settings import limit
from report_templates.texts.typeface import width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.language.errors import Text
    from report_templates.document.document import Label

_ROOMY: Final = 90  # up to so many bubbles the largest may be as large as it gets; beyond, all shrink
_LETTER: Final = 11.5  # size of the names, CSS pixels
_BOLD: Final = 1.06  # how much wider bold letters run
_CORNER: Final = 5.0  # from the edge to the words in a corner, CSS pixels
_LEGEND: Final = 14  # width of a segment's name in the legend, em
_RADII: Final = (3.5, 28.0)
_LOGARITHMIC_FROM: Final = 30.0  # ratio of the largest to the smallest
_ROOM: Final = 1.15  # how far the axis reaches beyond the largest


def is_logarithmic(x: NDArray[np.float64]) -> bool:
    """Return whether amounts (all positive) are so far apart that only a logarithmic axis tells them apart."""
    return bool(x.max() / x.min() >= _LOGARITHMIC_FROM)


def across_ends(x: NDArray[np.float64], logarithmic: bool) -> tuple[float, float]:
    """Return axis ends outside the data: 1, 2 or 5 times a power of ten, or zero and a bit more than the largest."""
    low, high = float(x.min()), float(x.max())
    if not logarithmic:
        return 0.0, high * _ROOM
    steps = [step * 10.0**power for power in range(-6, 16) for step in (1, 2, 5)]
    return max(step for step in steps if step < low), min(step for step in steps if step > high * _ROOM)


def radii(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return radii whose areas are in proportion to the weights, with a smallest one that can still be seen."""
    positive = np.clip(np.nan_to_num(weight), 0.0, None)
    largest = positive.max() or 1.0
    widest = _RADII[1] * min(1.0, (_ROOMY / len(weight)) ** 0.5)
    found: NDArray[np.float64] = np.maximum(np.sqrt(positive / largest) * widest, _RADII[0])
    return found


def pixels(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    ends: tuple[tuple[float, float], tuple[float, float]],
    logarithmic: bool,
    size: tuple[int, int],
) -> NDArray[np.float64]:
    """Return where points lie in the drawing, CSS pixels from its top left; `ends` are those of both axes."""
    (left, right), (low, high) = ends
    across = np.log(x / left) / math.log(right / left) if logarithmic else (x - left) / (right - left)
    return np.column_stack([across * size[0], (high - y) / (high - low) * size[1]])


def named(
    names: Sequence[Text],
    at: NDArray[np.float64],
    radius: NDArray[np.float64],
    size: tuple[int, int],
    *,
    corners: Sequence[Text] = (),
    levels: Sequence[float] = (),
    uprights: Sequence[float] = (),
) -> dict[int, Label]:
    """Return where the names of the first bubbles stand; a name that would collide with another is left out.

    Parameters
    ----------
    names
        Names of the first bubbles, the most important first; at most `limits.labels` are tried.
    at, radius
        Centres as `pixels` returns them, and radii, of all bubbles.
    corners
        What is written into the corners: top left, top right, bottom left, bottom right.
    levels, uprights
        Where lines are drawn, CSS pixels from the top and from the left.
    """
    most = min(limit("labels"), len(names))
    circles = [Circle(float(px), float(py), float(each)) for (px, py), each in zip(at, radius, strict=True)]
    widths = [max(width(name.ja), width(name.en)) * _LETTER for name in names[:most]]
    kept = [_corner(text, place, size) for place, text in enumerate(corners)]
    ruled = [((0.0, y), (float(size[0]), y)) for y in levels] + [((x, 0.0), (x, float(size[1]))) for x in uprights]
    placed = place(circles, range(most), widths, size, kept=kept, ruled=ruled)
    return {k: label for k, label in enumerate(placed) if label is not None}


def _corner(text: Text, place: int, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the box that a corner's words stand in: left, top, right, bottom."""
    wide, (across, down) = max(width(text.ja), width(text.en)) * _LETTER * _BOLD + _CORNER, size
    left, top = (0.0, float(across) - wide)[place % 2], (0.0, float(down) - HEIGHT - _CORNER)[place // 2]
    return left, top, left + wide, top + HEIGHT + _CORNER


def legend(tones: Sequence[str]) -> tuple[tuple[str, Text], ...]:
    """Return the standard segments that occur among `tones` with their names, in their usual order."""
    known = [code for code in words.codes("segments.standard") if code in tones]
    present = [*known, *sorted(set(tones) - set(known))]
    return tuple((code, tidy(words.text("segments.standard", code), _LEGEND)) for code in present)
