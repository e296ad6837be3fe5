"""Whether the list of pages has room on the first page: it must never push that page onto a second sheet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from report_templates.texts.typeface import width

if TYPE_CHECKING:
    from engine.language.errors import Lang, Text
    from report_templates.sections.summary.summary import Summary

# Heights in rem as report.css sets them, widths in em of the letters of the place; a sheet of A4 across has 50 rem.
_SHEET: Final = 50.0
_HEAD, _HEADLINE = 12.2, 2.4  # eyebrow, subtitle and tiles; one line of the headline
_TITLE, _ROW, _TABLE = 2.3, 1.5, 3.6
_LETTERS: Final = {"message": 43.0, "tile": 15.0, "alert": 35.0, "fact": 31.0, "ask": 35.0, "why": 41.0, "note": 92.0}
_LIST: Final[dict[Lang, float]] = {"ja": 3.2, "en": 4.7}  # two and three lines of pages with the space above


def room(page: Summary, lang: Lang) -> bool:
    """Return whether the list of pages fits below everything else that the first page says."""
    return _height(page, lang) + _LIST[lang] <= _SHEET


def _lines(lang: Lang, place: str, *texts: Text) -> int:
    return math.ceil(max(sum(width(text.to(lang)) for text in texts), 1.0) / _LETTERS[place])


def _height(page: Summary, lang: Lang) -> float:
    left = _TITLE + sum(2.3 + 1.3 * _lines(lang, "alert", each.detail) for each in page.alerts)
    if page.facts:
        left += 3.0 + sum(0.2 + 1.3 * _lines(lang, "fact", each.text) for each in page.facts)
    right = _TITLE + sum(
        0.8
        + 1.5 * _lines(lang, "ask", each.ask)
        + 1.25 * sum(_lines(lang, "why", text) for text in (each.reason, each.who))
        for each in page.decisions
    )
    left, right = (
        height + (1.7 * _lines(lang, "why", note) if note else 0.0)
        for height, note in ((left, page.alerts_note), (right, page.decisions_note))
    )
    below = [note for note in (page.gaps, *page.notes) if note is not None]
    if page.outcomes is not None:
        below += [page.outcomes.note] if page.outcomes.note else []
        right, left = (height + _TABLE + _ROW * len(page.outcomes.rows) for height in (right, left))
    head = _HEAD + _HEADLINE * _lines(lang, "message", page.message)
    head += 1.2 * (max(_lines(lang, "tile", each.detail) for each in page.tiles) - 1)
    return head + max(left, right) + sum(0.6 + 1.3 * _lines(lang, "note", note) for note in below)
