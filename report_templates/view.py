"""A Portfolio as a report: every number, sentence, table and figure, in both languages, frozen.

Nothing is computed in a template. A further section is one more module of `sections` with its partial of the same
name, and one more line in `build`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import words
from report_templates.nouns import Report, Stamp
from report_templates.reading import Reading, read
from report_templates.sections import (
    accounts,
    actions,
    concentration,
    definitions,
    mix,
    movement,
    opportunities,
    position,
    profit,
    quality,
    segments,
    summary,
    trials,
    voice,
    worth,
)
from report_templates.texts import say
from report_templates.typeface import printable
from report_templates.wording import day

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.portfolio import Portfolio

__all__ = ["build", "of_account", "of_accounts"]


def build(portfolio: Portfolio, before: Portfolio | None = None) -> Report:
    """Return the report on `portfolio`; sections that the data cannot carry are left out.

    Parameters
    ----------
    before
        The run to compare with: whatever tells of the time since the last review is left out without it.
    """
    reading = read(portfolio, before)
    found = (
        summary.build(reading),
        segments.build(reading),
        mix.build(reading),
        profit.build(reading),
        position.build(reading),
        concentration.build_tests(reading),
        concentration.build_top(reading),
        opportunities.build(reading),
        actions.build(reading),
        worth.build(reading),
        trials.build(reading),
        movement.build(reading),
        voice.build(reading),
        *accounts.build(reading),
        definitions.build(reading),
        quality.build(reading),
    )
    purpose = words.text("purposes", portfolio.purpose)
    return Report(
        title=say("report.title"),
        subject=say("report.subject", as_of=day(portfolio.as_of), purpose=purpose),
        purpose=purpose,
        stamp=_stamp(reading),
        sections=tuple(section for section in found if section is not None),
    )


def of_accounts(portfolio: Portfolio, positions: Iterable[int], before: Portfolio | None = None) -> tuple[Report, ...]:
    """Return for each of these customers (positions) a report of its own: the one page about it."""
    reading = read(portfolio, before)
    return tuple(of_account(reading, position) for position in positions)


def of_account(reading: Reading, position: int) -> Report:
    """Return the report of one page about the customer at `position`."""
    found = accounts.page(reading, position, "h1")
    purpose = words.text("purposes", reading.portfolio.purpose)
    return Report(
        title=found.name,
        subject=say("report.subject", as_of=day(reading.portfolio.as_of), purpose=purpose),
        purpose=purpose,
        stamp=_stamp(reading),
        sections=(found,),
    )


def _stamp(reading: Reading) -> Stamp:
    portfolio = reading.portfolio
    until = day(reading.newest) if reading.newest else say("report.data_typed")
    version = printable(portfolio.definition.version)
    foot = say("report.foot", as_of=day(portfolio.as_of), data_until=until, run=portfolio.handle, version=version)
    return Stamp(portfolio.as_of, portfolio.handle, until, version, foot, say("report.confidential"))
