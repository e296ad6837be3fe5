"""R2 ペルソナ: for the segments that matter most, the real customer that stands for them and what its members share.

Decision 0223: why the typical customer stands beside the chart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.explanation.persona import persona
from report_templates.document.insights import tidy
from report_templates.document.links import account
from report_templates.document.report_data import answered_or_none
from report_templates.texts.formatting import known
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, opened, plain, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.explanation.persona import Common, SegmentProfile
    from engine.language.errors import Text
    from report_templates.document.links import Pages
    from report_templates.document.report_data import Reading

_AT_RISK = "at_risk"
_SHARED = 2  # an entry that a single member has is nothing that they share


@dataclass(frozen=True, slots=True)
class Typical:
    """The customer that stands for a segment.

    Parameters
    ----------
    segment
        The segment's code.
    position
        The customer's row: the member nearest to the segment's medians.
    title
        The segment and the customer's name.
    figures
        What this customer bought, and when it last did.
    shared
        The most frequent industry and region of the members; None where none is shared, or several are as frequent.
    measures
        The columns that were compared.
    """

    segment: str
    position: int
    title: Text
    figures: Text
    shared: Text | None
    measures: tuple[str, ...]

    @property
    def link(self) -> Pages:
        """The page of the customer, where the report has one."""
        return account(self.position)


def personas(reading: Reading, profiles: Iterable[SegmentProfile]) -> tuple[Typical, ...]:
    """Return the typical customers of the segments with most sales; those at risk are among them where they exist.

    Segments of too few members, of members without figures, and that of customers about whom too little is known
    have none.
    """
    ranked = sorted(
        (each for each in profiles if each.sales is not None and each.code != "unknown"),
        key=lambda each: (-(each.sales or 0), each.code),
    )
    found = [typical for each in ranked if (typical := _typical(reading, each)) is not None]
    most = limit("personas")
    late = [each for each in found[most:] if each.segment == _AT_RISK]
    return (*found[: most - len(late)], *late)


def note_on(reading: Reading, found: tuple[Typical, ...]) -> Text:
    """Return by what the customers were chosen, or what is missing for any."""
    if not found:
        least = int(reading.portfolio.definition.number("profile.persona_min"))
        return say("personas.none", least=least)
    rhythms = any("recency_days" in each.measures for each in found)
    return say("personas.note" if rhythms else "personas.note_sales")


def _typical(reading: Reading, profile: SegmentProfile) -> Typical | None:
    found = answered_or_none(lambda: persona(reading.portfolio, profile.code))
    if found is None:
        return None
    label = tidy(profile.label, limit("chart_name"))
    title = say("personas.line", segment=label, name=reading.brief(found.position, 15))
    figures = _figures(reading, found.position, found.measures)
    return Typical(profile.code, found.position, title, figures, _shared(profile), found.measures)


def _figures(reading: Reading, position: int, measures: tuple[str, ...]) -> Text:
    """Return what the customer's own row says of the measures that were compared."""
    row = reading.frame.iloc[position]
    sales, days, orders = (known(row[name]) for name in ("sales_12m", "recency_days", "orders"))
    parts = [say("personas.sales", amount=reading.money.spoken(sales))]
    if "recency_days" in measures and days is not None:
        parts.append(say("personas.recency", n=Count(days)))
    if "orders" in measures and orders is not None:
        parts.append(say("personas.orders", n=Count(orders)))
    return opened(joined(tuple(parts)))


def _shared(profile: SegmentProfile) -> Text | None:
    found = (each for each in (profile.industry, profile.region) if each.word and not each.tied)
    parts = tuple(_common(each) for each in found if each.count >= _SHARED)
    return say("personas.shared", what=joined(parts)) if parts else None


def _common(common: Common) -> Text:
    return say("personas.of", word=tidy(plain(common.word), 8), count=common.count, of=common.of)
