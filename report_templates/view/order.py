"""In which order the pages stand: the summary first, then as the chosen purpose asks, definitions and data last.

Decision 0206: why the purpose orders the pages.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine.language import words
from report_templates.texts.settings import emphasis
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from report_templates.document.document import Section

_FIRST: Final = "R1"
_LAST: Final = ("R11", "R12")


def arranged(sections: Iterable[Section], purpose: str) -> tuple[Section, ...]:
    """Return the pages in the order of the purpose, its focus marked; pages of one number keep their own order."""
    chosen = emphasis(purpose)
    mark = say("order.emphasis", purpose=words.text("purposes", purpose))

    def place(section: Section) -> tuple[int, int]:
        if section.number == _FIRST:
            return 0, 0
        if section.number in _LAST:
            return 3, _LAST.index(section.number)
        if section.number in chosen.sections:
            return 1, chosen.sections.index(section.number)
        return 2, 0

    return tuple(
        replace(section, emphasis=mark) if section.number in chosen.focus else section
        for section in sorted(sections, key=place)
    )
