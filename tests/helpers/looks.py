"""What a machine can see of a printed page: letters that are too small, that lie on others, or that leave their place.

Decision 0225: why lines and colours are measured on the finished layout.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from report_templates.print import printer
from report_templates.texts.typeface import width

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST: Final = 8.0  # points: the smallest letters that are read without effort on paper
_POINT: Final = 0.75  # points of a CSS pixel
_TALL: Final = 0.72  # how far letters reach above their line, and
_DEEP: Final = 0.08  # below it, in em
_TOUCH: Final = 1.0  # CSS pixels by which boxes may lie on each other: the rims of letters are blank
_FOOT: Final = 58.0  # height of the foot, CSS pixels
_LINES: Final = 2  # of a headline: more is a paragraph
_CALLS: Final = re.compile(r"(translate|rotate|scale)\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Words:
    """A run of letters on a page: its box in CSS pixels from the sheet's top left, and its size in points."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    points: float

    def meets(self, other: Words) -> bool:
        """Return whether letters of the two lie on each other."""
        return (
            self.left + _TOUCH < other.right
            and other.left + _TOUCH < self.right
            and self.top + _TOUCH < other.bottom
            and other.top + _TOUCH < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A printed page with what is written on it, and which letters of its drawings are cut off at their edge."""

    width: float
    height: float
    words: tuple[Words, ...]
    cut: tuple[str, ...]
    headline: tuple[str, ...]  # the lines of the first headline
    margins: tuple[float, float] = (0.0, 0.0)  # left and right

    @property
    def lowest(self) -> float:
        """Return how far down the page is filled, above its foot."""
        return max((each.bottom for each in self.words if each.bottom < self.height - _FOOT), default=0.0)


def pages_of(markup: str) -> tuple[Page, ...]:
    """Return the pages that the house's printer lays a document out on; of the edition for the printer, which names its fonts by address.

    The edition for screens brings letters of its own under the same name, which would stay with the printer for every later page.
    """
    assert "data:font" not in markup, "this is the edition for screens: render it for print"
    weasyprint = printer._import_weasyprint()
    document = weasyprint.HTML(string=markup, base_url=printer._ADDRESS, url_fetcher=printer._fetcher())
    found = []
    for page in document.render(font_config=printer._font_configuration()).pages:
        boxes = list(_boxes(page._page_box))
        drawings = [_drawn(box) for box in boxes if str(box.element_tag).endswith("svg")]
        words = [_written(box) for box in boxes if type(box).__name__ == "TextBox" and box.text.strip()]
        words += [each for drawn, _ in drawings for each in drawn]
        cut = [each for _, lost in drawings for each in lost]
        heads = [box for box in boxes if box.element_tag in ("h1", "h2")]
        margins = (float(page._page_box.margin_left), float(page._page_box.margin_right))
        lines = _lines(heads[0]) if heads else ()
        found.append(Page(page.width, page.height, tuple(words), tuple(cut), lines, margins))
    return tuple(found)


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page, in words."""
    found = [f"{each.points:.2f} pt: {each.text}" for each in page.words if each.points < LEAST - 0.005]
    found += [f"cut off in its drawing: {text}" for text in page.cut]
    found += [
        f"in the margin: {each.text}"
        for each in page.words
        if each.left < page.margins[0] - _TOUCH
        or each.right > page.width - page.margins[1] + _TOUCH
        or each.top < 0
        or each.bottom > page.height
    ]
    if len(page.headline) > _LINES:
        found.append(f"a headline of {len(page.headline)} lines: {' / '.join(page.headline)}")
    ordered = sorted(page.words, key=lambda each: each.left)
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.left + _TOUCH >= one.right:
                break
            if one.meets(other):
                found.append(f"on each other: {one.text} | {other.text}")
    return found


def _boxes(box: Any) -> Iterator[Any]:
    """Yield the boxes of a page, without what is turned on purpose, which is the mark across a page on old data."""
    if box.element is not None and box.element.get("class") == "stale":
        return
    yield box
    for child in box.all_children() if hasattr(box, "all_children") else ():
        yield from _boxes(child[0] if isinstance(child, tuple) else child)


def _lines(head: Any) -> tuple[str, ...]:
    """Return what stands on each line of a headline, from the top."""
    lines: dict[int, str] = {}
    for box in _boxes(head):
        if type(box).__name__ == "TextBox":
            lines[round(box.position_y)] = lines.get(round(box.position_y), "") + box.text
    return tuple(lines[top] for top in sorted(lines))


def _written(box: Any) -> Words:
    size = float(box.style["font_size"])
    line = box.position_y + box.baseline
    return Words(
        box.text.strip(),
        box.position_x,
        line - _TALL * size,
        box.position_x + box.width,
        line + _DEEP * size,
        size * _POINT,
    )


def _drawn(box: Any) -> tuple[list[Words], list[str]]:
    """Return the letters of a drawing as they stand on the page, and those that its edge cuts off."""
    _, _, wide, high = (float(number) for number in box.element.get("viewBox").split())
    part = box.width / wide
    found, lost = [], []
    seen = set()
    for text, size, left, top, right, bottom in _letters(box.element, (0.0, 0.0), 0.0):
        if (text, round(left), round(top)) in seen:  # the rim of paper colour below the same letters
            continue
        seen.add((text, round(left), round(top)))
        if left < -_TOUCH or top < -_TOUCH or right > wide + _TOUCH or bottom > high + _TOUCH:
            lost.append(text)
        x, y = box.content_box_x(), box.content_box_y()
        found.append(
            Words(text, x + left * part, y + top * part, x + right * part, y + bottom * part, size * part * _POINT)
        )
    return found, lost


def _letters(
    node: Any, origin: tuple[float, float], turned: float
) -> Iterator[tuple[str, float, float, float, float, float]]:
    """Yield text, size and box (left, top, right, bottom) of every line of letters below `node`, in the drawing's pixels."""
    for call, written in _CALLS.findall(node.get("transform", "")):
        numbers = [float(number) for number in re.split(r"[\s,]+", written.strip())]
        if call == "translate":
            across, down = numbers[0], numbers[1] if len(numbers) > 1 else 0.0
            cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
            origin = (origin[0] + across * cos - down * sin, origin[1] + across * sin + down * cos)
        elif call == "rotate":
            turned += numbers[0]
    if str(node.tag).endswith("text") and node.get("opacity") != "0":
        text = "".join(node.itertext()).strip()
        if text.strip("/"):  # a stroke alone is the cut through an axis, drawn twice side by side
            yield _line(node, text, origin, turned)
        return
    for child in node:
        yield from _letters(child, origin, turned)


def _line(
    node: Any, text: str, origin: tuple[float, float], turned: float
) -> tuple[str, float, float, float, float, float]:
    size = float(str(node.get("font-size", "11px")).removesuffix("px"))
    long = width(text) * size
    start = {"start": 0.0, "middle": -long / 2, "end": -long}[node.get("text-anchor", "start")]
    ends = ((start, -_TALL * size), (start + long, _DEEP * size))
    cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    corners = [(origin[0] + x * cos - y * sin, origin[1] + x * sin + y * cos) for x, _ in ends for _, y in ends]
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return text, size, min(across), min(down), max(across), max(down)
