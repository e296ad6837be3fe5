"""Which pages a document holds: all of them, the two that an executive reads, or those that somebody lists.

Decision 0248: what a choice of pages is.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from engine.language.errors import Text

_NUMBERS: Final = tuple(f"R{number}" for number in range(1, 13))
_BRIEF: Final = ("brief", "要約", "要約版")
_ALL: Final = ("all", "すべて", "全部")


@dataclass(frozen=True, slots=True)
class Pages:
    """A choice of pages.

    Parameters
    ----------
    numbers
        The numbers that each page carries above its headline, `R1` to `R12`; several pages may share one.
    stem
        How the file is called before the language: `report`, `report-brief` or `report-R1-R4`.
    key
        The text that tells of the choice beside the title, None where nothing is left out.
    """

    numbers: tuple[str, ...]
    stem: str
    key: str | None = None

    def titled(self, title: Text) -> Text:
        """Return the title of a document with these pages: one that is not whole says so on every page."""
        return title if self.key is None else say(self.key, title=title)


ALL: Final = Pages(_NUMBERS, "report")
# The summary with what is to be decided, and what follows from it for whom and when.
BRIEF: Final = Pages(("R1", "R6"), "report-brief", "pages.brief")


def chosen(given: str) -> Pages:
    """Return the pages that a planner asks for.

    Parameters
    ----------
    given
        `all`, `brief`, or numbers with commas between (`R1,R4`); full-width letters and small ones are understood.

    Raises
    ------
    Refusal
        Where a word is neither.
    """
    asked = [
        part for part in unicodedata.normalize("NFKC", given).replace("、", ",").replace(" ", "").split(",") if part
    ]
    if len(asked) == 1 and asked[0].lower() in _ALL:
        return ALL
    if len(asked) == 1 and asked[0].lower() in _BRIEF:
        return BRIEF
    numbers = {part.upper() for part in asked}
    unknown = sorted(numbers.difference(_NUMBERS))
    if unknown or not numbers:
        raise Refusal(
            "argument",
            f"--pages「{given}」は使えません(all、brief、または R1〜R12 をコンマ区切り。例: R1,R4)",
            f'--pages "{given}" is not known (all, brief, or R1 to R12 with commas, such as R1,R4)',
        )
    kept = tuple(number for number in _NUMBERS if number in numbers)
    return ALL if kept == _NUMBERS else Pages(kept, "-".join(("report", *kept)), "pages.excerpt")
