"""A Portfolio as a report: every number, sentence, table and figure, in both languages, frozen.

Nothing is computed in a template. A further section is one more module of `sections` with its partial of the same
name, and one more in `_PAGES`.

Decision 0040: why the view holds every number and sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.errors import Refusal
from report_templates.document.document import Report, Stamp
from report_templates.document.report_data import Reading, read
from report_templates.sections.customers import accounts, dialogue, movement, voice
from report_templates.sections.customers import actions as actions
from report_templates.sections.future import opportunities, trials, worth
from report_templates.sections.record import definitions, dictionary, quality, track_record
from report_templates.sections.structure import concentration, mix, position, profit, schemes, segments
from report_templates.sections.summary import summary
from report_templates.texts.formatting import day
from report_templates.texts.texts import Count, say
from report_templates.texts.typeface import printable
from report_templates.view.order import arranged
from report_templates.view.pages import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.language.errors import Text
    from engine.scoring.portfolio import Portfolio
    from report_templates.document.document import Section
    from report_templates.view.pages import Pages


# The pages by the number that they carry, in their own order; None where the data cannot carry one.
_PAGES: Final[dict[str, Callable[[Reading], tuple[Section | None, ...]]]] = {
    "R1": lambda reading: (summary.build(reading),),
    "R2": lambda reading: (segments.build(reading), schemes.build(reading)),
    "R3": lambda reading: (mix.build(reading), profit.build(reading), position.build(reading)),
    "R4": lambda reading: (concentration.build_tests(reading), concentration.build_top(reading)),
    "R5": lambda reading: (opportunities.build(reading),),
    "R6": lambda reading: (actions.build(reading),),
    "R7": lambda reading: trials.folded(worth.build(reading), trials.build(reading)),
    "R8": lambda reading: (movement.build(reading),),
    "R9": lambda reading: (voice.build(reading), dialogue.build(reading)),
    "R10": accounts.build,
    "R11": lambda reading: (track_record.build(reading), definitions.build(reading), dictionary.build(reading)),
    "R12": lambda reading: (quality.build(reading),),
}


def build(portfolio: Portfolio, before: Portfolio | None = None, pages: Pages = ALL) -> Report:
    """Return the report on `portfolio`; sections that the data cannot carry are left out.

    Parameters
    ----------
    before
        The run to compare with: whatever tells of the time since the last review is left out without it.
    pages
        Those that are wanted; the others are not even built.

    Raises
    ------
    Refusal
        When the data carry none of the pages that are wanted.
    """
    reading = read(portfolio, before)
    found = [section for number in pages.numbers for section in _PAGES[number](reading) if section is not None]
    if not found:
        raise Refusal(
            "argument",
            f"選んだページ({', '.join(pages.numbers)})は、このデータでは作れません。R1(要約)を加えてください",
            f"the data carry none of the chosen pages ({', '.join(pages.numbers)}); add R1, the summary",
        )
    purpose = words.text("purposes", portfolio.purpose)
    return Report(
        title=titled(pages.titled(say("report.title")), portfolio),
        subject=say("report.subject", as_of=day(portfolio.as_of), purpose=purpose),
        purpose=purpose,
        stamp=_stamp(reading),
        sections=arranged(found, portfolio.purpose),
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
        title=titled(found.name, reading.portfolio),
        subject=say("report.subject", as_of=day(reading.portfolio.as_of), purpose=purpose),
        purpose=purpose,
        stamp=_stamp(reading),
        sections=(found,),
    )


def titled(title: Text, portfolio: Portfolio) -> Text:
    """Return a title, which says so where the edition is masked: it stands on every page and in the metadata."""
    return say("masking.title", title=title) if portfolio.tables.kept == "masked" else title


def stamp_of(portfolio: Portfolio) -> Stamp:
    """Return what every page on a run says about where its numbers come from."""
    return _stamp(read(portfolio))


def stale(portfolio: Portfolio) -> Text | None:
    """Return the warning that the newest order is older than `freshness.orders_days`, or None."""
    if not portfolio.stale:
        return None
    limit = int(portfolio.definition.number("freshness.orders_days"))
    return say("report.stale", days=Count(portfolio.age_days or 0), limit=Count(limit))


def _stamp(reading: Reading) -> Stamp:
    portfolio = reading.portfolio
    until = day(reading.newest) if reading.newest else say("report.data_typed")
    version = printable(portfolio.definition.version)
    foot = say("report.foot", as_of=day(portfolio.as_of), data_until=until, run=portfolio.handle, version=version)
    masked = portfolio.tables.kept == "masked"
    if masked:
        foot = say("masking.foot", foot=foot)
    return Stamp(
        portfolio.as_of, portfolio.handle, until, version, foot, say("report.confidential"), stale(portfolio), masked
    )
