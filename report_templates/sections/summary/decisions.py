"""What is asked of the reader: decisions still open, those that the numbers ask for, and what became of the last ones.

Decision 0206: why the purpose orders the pages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.errors import Refusal
from engine.planning.plans import actions_of, decisions_since
from report_templates.document import links
from report_templates.document.document import Cell, Column, Table
from report_templates.document.insights import tidy
from report_templates.texts.formatting import day, percent
from report_templates.texts.settings import due_days, emphasis, limit
from report_templates.texts.texts import Count, lowered, plain, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from engine.language.errors import Text
    from engine.planning.plans import Action
    from report_templates.document.links import Pages
    from report_templates.document.report_data import Reading


@dataclass(frozen=True, slots=True)
class Decision:
    """Something the reader is asked to decide, with its reason, owner and date.

    `late` where that date has passed; `link` are the pages that the numbers behind it stand on.
    """

    ask: Text
    reason: Text
    who: Text
    late: bool = False
    link: Pages = ()


def asked(reading: Reading) -> tuple[tuple[Decision, ...], int, int]:
    """Return the decisions asked for, how many of them are carried on from an earlier review, and how many more are open.

    Decisions that were asked for before and are still open come first, the longest overdue ahead; then those that the
    numbers ask for, in the order of the chosen purpose.
    """
    still_open = [action for action in _since_last(reading) if action.is_open]
    still_open.sort(key=lambda action: -(action.days_late or 0))
    carried = [_carried(reading, action) for action in still_open[: limit("carried")]]
    found = [
        replace(decision, link=links.decision(code))
        for code in emphasis(reading.portfolio.purpose).asked
        for decision in _ABOUT[code](reading)
    ]
    settled = any(not action.is_open for action in _since_last(reading))  # what became of them takes the room of one
    shown = (*carried, *found)[: limit("decisions") - settled]
    return shown, len(carried), len(still_open) - len(carried)


def outcomes(reading: Reading, carried: int) -> Table | None:
    """Return what became of the decisions of the last review that are settled; None without any to tell of.

    Parameters
    ----------
    carried
        How many open ones are asked for again: they are counted in the note, not listed twice.
    """
    found = _since_last(reading)
    settled = [action for action in found if not action.is_open]
    if not settled:
        return None
    shown = settled[-limit("outcomes") :]
    heads = (
        ("what", "start", 40),
        ("owner", "start", 12),
        ("due", "start", 14),
        ("state", "start", 10),
        ("result", "start", 24),
    )
    columns = tuple(Column(say(f"summary.col_{head}"), align, span) for head, align, span in heads)  # type: ignore[arg-type]
    note = say("summary.outcomes_open", n=Count(carried)) if carried else None
    caption = say("summary.outcomes", date=day(last_review(reading)))
    return Table("outcomes", caption, columns, tuple(_outcome(action) for action in shown), note=note)


def last_review(reading: Reading) -> date | None:
    """Return the day of the last review: of the run to compare with, else the last day on which decisions were raised."""
    if reading.before is not None:
        return reading.before.as_of
    raised = [
        action.raised
        for action in actions_of(reading.portfolio)
        if action.kind == "decision" and action.raised is not None and action.raised < reading.portfolio.as_of
    ]
    return max(raised, default=None)


def _since_last(reading: Reading) -> tuple[Action, ...]:
    """Return the decisions of the last review and those carried on; none where the run has no table of actions."""
    try:
        return decisions_since(reading.portfolio, last_review(reading))
    except Refusal as refusal:
        if refusal.kind not in ("too_little_data", "argument"):  # a later run to compare with has no last decisions
            raise
        return ()


def _outcome(action: Action) -> tuple[Cell, ...]:
    late = action.status == "done" and bool(action.days_late)
    due = plain("—") if action.due is None else day(action.due)
    if late:
        due = say("actions.overdue", date=due, n=Count(action.days_late or 0))
    return (
        Cell(_fit_decision_text(action.what, 34), action.what, "name"),
        Cell(_fit_decision_text(action.owner, 9) if action.owner else say("word.blank"), tone="name"),
        Cell(due, action.due),
        Cell(words.text("action_states", action.status), action.status),
        Cell(_fit_decision_text(action.result, 22) if action.result else plain("—"), action.result, "name"),
    )


def _carried(reading: Reading, action: Action) -> Decision:
    """Return a decision that is still open, with its own owner and due date."""
    status = lowered(words.text("action_states", action.status))
    raised = day(action.raised) if action.raised else say("word.blank")
    if action.customer is None:
        reason = say("decision.reason_open", date=raised, status=status)
    else:
        reason = say(
            "decision.reason_open_of",
            name=reading.quoted(action.customer),
            amount=reading.money.spoken(reading.sum_of([action.customer])),
            risk=lowered(words.text("levels", str(reading.frame["level_risk"].iloc[action.customer]))),
            date=raised,
            status=status,
        )
    owner = _fit_decision_text(action.owner, 12) if action.owner else say("word.blank")
    if action.due is None:
        who = say("summary.who_undated", owner=owner)
    elif action.overdue:
        who = say("summary.who_late", owner=owner, due=day(action.due), n=Count(action.days_late or 0))
    else:
        who = say("summary.who_due", owner=owner, due=day(action.due))
    account = () if action.customer is None else links.account(action.customer)
    return Decision(_fit_decision_text(action.what, 40), reason, who, action.overdue, (*account, "actions"))


def _fit_decision_text(written: str, ems: int) -> Text:
    return plain(shortened(brief(printable(written)), ems))


def risky(reading: Reading) -> list[int]:
    """Return the customers at high risk that have sales, the largest first."""
    return [position for position in reading.level("risk", "high") if reading.sales.iloc[position] > 0]


def _decision(reading: Reading, ask: Text, reason: Text, verdict: str, owner: Text | None) -> Decision:
    due = reading.portfolio.as_of + timedelta(days=due_days(verdict))
    return Decision(ask, reason, say("summary.who", owner=owner or say("word.blank"), due=day(due)))


def _about_dependence(reading: Reading) -> list[Decision]:
    for code, key in (("single", "dependence"), ("dependence", "dependence"), ("concentration", "concentration")):
        alert = next((each for each in reading.alerts if each.code == code), None)
        if alert is None or not alert.culprits:
            continue
        top = alert.culprits[0]
        ask = say(f"decision.{key}", name=reading.quoted(top))
        reason = say("decision.reason_alert", item=alert.item, display=alert.display, clear=tidy(alert.clear, 70))
        return [_decision(reading, ask, reason, alert.verdict, reading.owner(top))]
    return []


def _about_risk(reading: Reading) -> list[Decision]:
    high = risky(reading)
    share_of_sales = reading.share_of(high) or 0.0
    if not high or share_of_sales * 100 < limit("decision_percent"):
        return []
    ask = say("decision.at_risk", n=Count(len(high)), names=reading.names(high, limit("culprits")))
    if len(high) == 1:
        ask = say("decision.at_risk_one", name=reading.quoted(high[0]))
    amount, share = reading.money.spoken(reading.sum_of(high)), percent(share_of_sales)
    verdict = next((alert.verdict for alert in reading.alerts if alert.code == "at_risk"), "routine")
    reason = say("decision.reason_risk", amount=amount, share=share)
    return [_decision(reading, ask, reason, verdict, reading.owner(high[0]))]


def _about_newcomers(reading: Reading) -> list[Decision]:
    alert = next((each for each in reading.alerts if each.code == "bias"), None)
    if alert is None:
        return []
    reason = say("decision.reason_alert", item=alert.item, display=alert.display, clear=tidy(alert.clear, 70))
    return [_decision(reading, say("decision.newcomers"), reason, alert.verdict, None)]


def _about_growth(reading: Reading) -> list[Decision]:
    growing = _growing(reading)
    if not growing:
        return []
    ask = say("decision.growth", n=Count(len(growing)), names=reading.names(growing, limit("culprits")))
    amount, share = reading.money.spoken(reading.sum_of(growing)), percent(reading.share_of(growing))
    reason = say("decision.reason_growth", amount=amount, share=share)
    return [_decision(reading, ask, reason, "routine", reading.owner(growing[0]))]


def _growing(reading: Reading) -> list[int]:
    safe = (reading.frame["level_risk"] != "high") & (reading.frame["level_growth"] == "high")
    return [position for position in reading.by_sales(safe.to_numpy(dtype=bool)) if reading.sales.iloc[position] > 0]


def _about_rows(reading: Reading) -> list[Decision]:
    unusable = sum(source.rows_read - source.rows_used for source in reading.portfolio.sources)
    if not unusable:
        return []
    ask = say("decision.quality", n=Count(unusable))
    return [_decision(reading, ask, say("decision.reason_quality"), "routine", None)]


_ABOUT: Final[dict[str, Callable[[Reading], list[Decision]]]] = {
    "dependence": _about_dependence,
    "at_risk": _about_risk,
    "newcomers": _about_newcomers,
    "growth": _about_growth,
    "rows": _about_rows,
}
