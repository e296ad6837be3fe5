"""What a chart of the browser's edition tells about one bar, bubble or cell: its name, then numbers with what they are.

A mark tells when its layer is encoded with `description="tip:N"` and drawn with `aria=True` (`TELLING`): Vega then writes
the words beside the mark, in the very drawing that is printed. The first line is the name; each further line is a measure
and its number, divided by a tab, so that the browser can also arrange them as a table. The figure's title, which holds
unit, measure and period, stands in its caption and is not repeated here.

Decision 0227: why the printed drawing itself answers.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.language.errors import Lang

TELLING: Final[dict[str, Any]] = {"aria": True}
TOLD: Final = "tip:N"
GHOST: Final = 0.0  # opacity of a mark that is there to be pointed at; the printed drawing is without it
_NUMBER: Final = re.compile(r"[△−-]?\d[\d,]*(?:\.(\d+))?")
_POINTED: Final = 60  # points of a curve that can be pointed at, beside the named ones


def tip(name: str, *numbers: tuple[str, str]) -> str:
    """Return the words of one mark: its name, then (measure, number); a measure may be blank where the title says it."""
    return "\n".join(
        (
            _join_tip_words(name),
            *(f"{_join_tip_words(measure)}\t{_join_tip_words(written)}" for measure, written in numbers),
        )
    )


def _join_tip_words(words: str) -> str:
    return " ".join(words.split())


def number(value: float, lang: Lang, *, percent: bool = False, decimals: int | None = None) -> str:
    """Return a number of an axis as its chart writes numbers: △ for minus in Japanese, share as per cent.

    Parameters
    ----------
    decimals
        How many; None for one, or as many as two digits of a small number need (0.034, at most three).
    """
    if decimals is None:
        small = not percent and 0 < abs(value) < 1
        decimals = min(max(1 - math.floor(math.log10(abs(value))), 1), 3) if small else 1
    written = f"{abs(value):,.{decimals}{'%' if percent else 'f'}}"
    minus = "△" if lang == "ja" else "−"
    return f"{minus if value < 0 and any(digit in written for digit in '123456789') else ''}{written}"


def alike(written: Iterable[tuple[float, str]], lang: Lang) -> Callable[[float], str]:
    """Return a function that writes a number as a figure's own numbers are written: same unit, decimals and sign.

    Parameters
    ----------
    written
        Numbers of the figure, each with the words in which the figure shows it (0.334 as `33.4`, 12345678 as `12.3`).
    """
    largest, shown = max(written, key=lambda each: abs(each[0]), default=(0.0, ""))
    found = _NUMBER.search(shown)
    if found is None or not largest:
        return lambda value: number(value, lang)
    read = float(found[0].lstrip("△−-").replace(",", ""))
    unit = 10.0 ** round(math.log10(read / abs(largest))) if read else 1.0
    decimals = len(found[1] or "")
    sign = "%" if shown[found.end() :].startswith("%") else ""
    return lambda value: number(value * unit, lang, decimals=decimals) + sign


def thinned(points: tuple[tuple[int, float], ...], named: Iterable[int]) -> tuple[tuple[int, float], ...]:
    """Return the points of a curve that can be pointed at: evenly thinned, with the last one, without the named ones."""
    step = max(math.ceil(len(points) / _POINTED), 1)
    kept = {place for place, _ in (*points[::step], *points[-1:])} - set(named) - {0}
    return tuple(point for point in points if point[0] in kept)
