"""Message lines: the one sentence of each page, made from the numbers of the view and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language.errors import Text
from engine.scoring.alerts import VERDICTS
from report_templates.texts.formatting import percent
from report_templates.texts.texts import Count, joined, lowered, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from report_templates.document.report_data import Reading

_TOP = 3  # customers whose share is told together, unless that is all of them


def tidy(text: Text, ems: int) -> Text:
    """Return an engine's sentence, which may quote the input, as it can be printed and no wider than `ems`.

    English says the same in about half as many ems again, so it may be that much wider.
    """
    return Text(shortened(brief(printable(text.ja)), ems), shortened(brief(printable(text.en)), ems * 1.6))


def of_concentration(reading: Reading) -> Text:
    """Return how many tests fire, and which is the gravest."""
    total = len(reading.portfolio.alerts)
    if not reading.alerts:
        key = "clear" if not reading.untold else "unavailable" if reading.untold == total else "partly"
        return say(f"concentration.message_{key}", total=total, n=reading.untold)
    worst = min(reading.alerts, key=lambda alert: VERDICTS.index(alert.verdict))
    display = worst.display
    return say(
        "concentration.message", total=total, n=Count(len(reading.alerts)), item=lowered(worst.item), display=display
    )


def of_top(reading: Reading, enough: int, reach: Text) -> Text:
    """Return how much of the sales the largest groups hold, and that `enough` of them hold `reach`."""
    groups = reading.groups
    if not groups:
        return say("concentration.top_message_none")
    if enough == 1:
        top = groups[0]
        return say("concentration.top_message_one", name=say("word.quoted", name=top.name), share=percent(top.share))
    if len(groups) <= _TOP:
        return say("concentration.top_message_few", k=len(groups), n=Count(enough), reach=reach)
    share = percent(sum(group.share for group in groups[:_TOP]))
    return say("concentration.top_message", k=_TOP, share=share, n=Count(enough), reach=reach)


def of_actions(reading: Reading, keep: list[int], grow: list[int]) -> Text:
    """Return whom to keep and whom to grow, with their sales."""
    amounts = [reading.money.spoken(reading.sum_of(positions)) for positions in (keep, grow)]
    if not keep and not grow:
        lapsed = len(reading.level("risk", "high"))
        return say("actions.message_lapsed", n=Count(lapsed)) if lapsed else say("actions.message_none")
    if not keep:
        return say("actions.message_growth", n=Count(len(grow)), amount=amounts[1])
    key = "actions.message_one" if len(keep) == 1 else "actions.message"
    first = say(key, n=Count(len(keep)), more=Count(len(keep) - 1), amount=amounts[0], name=reading.quoted(keep[0]))
    if not grow:
        return first
    return joined((first, say("actions.message_and", n=Count(len(grow)), amount=amounts[1])), "", "")
