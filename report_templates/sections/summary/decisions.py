"""What is asked of the reader: decisions still open, those that the numbers ask for, and what became of the last ones.

Decision 0206: why the purpose orders the pages. Decision 0361: why it does not order the questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language import words
from engine.language.errors import Refusal
from engine.planning.plans import actions_of, decisions_since
from report_templates.document import links
from report_templates.document.document import Cell, Column, Decision, Table
from report_templates.sections.summary.story import ask_of_findings
from report_templates.texts.formatting import day
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, lowered, plain, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from datetime import date

    from engine.language.errors import Text
    from engine.planning.plans import Action
    from report_templates.document.report_data import Reading


def asked(reading: Reading) -> tuple[tuple[Decision, ...], int, int]:
    """Return the decisions asked for, how many of them are carried on from an earlier review, and how many more are open.

    Decisions that were asked for before and are still open come first, the longest overdue ahead; then those about the findings
    that are worth most money.
    """
    still_open = [action for action in _since_last(reading) if action.is_open]
    still_open.sort(key=lambda action: -(action.days_late or 0))
    carried = [_carried(reading, action) for action in still_open[: limit("carried")]]
    found = ask_of_findings(reading)
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
