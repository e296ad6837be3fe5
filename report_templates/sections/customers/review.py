"""Part of R8, or of R6 where there is no earlier run: when the portfolio is to be reviewed next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.planning.reviews import next_review
from report_templates.texts.formatting import day
from report_templates.texts.texts import Count, joined, say

if TYPE_CHECKING:
    from engine.language.errors import Text
    from report_templates.document.report_data import Reading


def next_review_of(reading: Reading) -> Text:
    """Return when the next review is due and why then, and how many account plans ask for theirs by that day."""
    found = next_review(reading.portfolio, reading.before)
    key = "review.interval" if found.ground == "interval" else "review.definition"
    first = say(key, day=day(found.day), days=Count(found.days))
    if not found.plans:
        return first
    more = "review.plans_late" if found.late else "review.plans"
    return joined((first, say(more, n=Count(found.plans), late=Count(found.late))), "", " ")
