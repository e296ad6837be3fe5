"""A customer's plan and next action as lines of text, for its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language import words
from engine.language.display import percent
from engine.language.errors import Text
from engine.planning.plans import next_action_of, plan_of
from engine.reading.columns import columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from engine.planning.plans import Action, Plan
    from engine.scoring.portfolio import Portfolio


def plan_lines(portfolio: Portfolio, position: int) -> Iterator[tuple[str, Text, Text | None]]:
    """Yield key, label and value of goal, needs, target, next review and next action; a value is None where blank.

    Nothing comes where the customer has neither a plan nor an open action.
    """
    plan, action = plan_of(portfolio, position), next_action_of(portfolio, position)
    if plan is not None:
        for key in ("goal", "needs"):
            written = getattr(plan, key)
            yield f"plan_{key}", _find_label_of_plan_column(key), None if written is None else Text(written, written)
        yield "plan_target", _find_label_of_plan_column("target_sales"), _word_sales_target(portfolio, plan)
        yield "plan_review", _find_label_of_plan_column("review"), _word_review_day(plan)
    if plan is not None or action is not None:
        none = Text("なし", "none")
        yield "next_action", words.text("list_columns", "next_action"), none if action is None else to_do(action)


def to_do(action: Action) -> Text:
    """Return what is to be done, by whom and when, and how late it is."""
    due = Text("期限なし", "no due date") if action.due is None else _word_plan_day(action.due)
    late = Text(f"・{action.days_late}日超過", f", {action.days_late} days late") if action.overdue else Text("", "")
    who = f"{action.owner} " if action.owner else ""
    return Text(f"{action.what}({who}{due.ja}{late.ja})", f"{action.what} ({who}{due.en}{late.en})")


def _find_label_of_plan_column(key: str) -> Text:
    return next(each.text for each in columns("plans") if each.key == key)


def _word_plan_day(day: date) -> Text:
    return Text(f"{day:%Y/%m/%d}", f"{day:%Y-%m-%d}")


def _word_review_day(plan: Plan) -> Text | None:
    if plan.review is None:
        return None
    day, late = (
        _word_plan_day(plan.review),
        Text("(期日を過ぎています)", " (overdue)") if plan.review_late else Text("", ""),
    )
    return Text(day.ja + late.ja, day.en + late.en)


def _word_sales_target(portfolio: Portfolio, plan: Plan) -> Text | None:
    if plan.target_sales is None:
        return None
    ja, en = (portfolio.money(plan.target_sales, lang) for lang in ("ja", "en"))
    if plan.progress is None:
        return Text(ja, en)
    return Text(
        f"{ja}(直近12か月の売上は目標の{percent(plan.progress, 'ja')})",
        f"{en} (sales of the last 12 months are {percent(plan.progress, 'en')} of it)",
    )
