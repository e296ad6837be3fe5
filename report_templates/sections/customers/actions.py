"""R6 戦略とアクション: customers by strategy, and whom to approach first, why and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from engine.explanation.explain import explain
from engine.language import words
from engine.language.errors import Text
from engine.lists.actions import key_accounts
from engine.planning.plans import next_action_of, plan_of
from engine.scoring.concentration import largest_remainder
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.insights import of_actions, tidy
from report_templates.document.links import account
from report_templates.sections.customers.review import next_review_of
from report_templates.texts.formatting import MISSING, count, day, percent, share_number
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, plain, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from report_templates.document.report_data import Reading

_STRATEGIES = 5  # rows; the rest is summed up


@dataclass(frozen=True, kw_only=True)
class Actions(Section):
    """The page on strategy and action."""

    strategies: Table
    priorities: Table | None


def build(reading: Reading) -> Actions:
    """Return the page on strategy and action."""
    keep, grow = whom_first(reading)
    return Actions(
        key="actions",
        number="R6",
        name=say("actions.name"),
        message=of_actions(reading, keep, grow),
        subtitle=say("actions.subtitle", unit=reading.money.label, period=reading.period),
        strategies=_strategies(reading),
        priorities=_priorities(reading, keep, grow) if keep or grow else None,
        notes=(*(() if keep or grow else (say("actions.none_listed"),)), *_key_accounts(reading), *_review(reading)),
    )


def _review(reading: Reading) -> tuple[Text, ...]:
    """Return when the next review is due, where no page on movement says so."""
    return (next_review_of(reading),) if reading.before is None else ()


def _key_accounts(reading: Reading) -> tuple[Text, ...]:
    """Return how many key accounts there are, by the rule and by hand; nothing where there is none."""
    marked = key_accounts(reading.portfolio)
    if not marked["key"].any():
        return ()
    counts = {name: Count(int(marked[column].sum())) for name, column in (("rule", "key_rule"), ("hand", "key_hand"))}
    both_ways = Count(int((marked["key_rule"] & marked["key_hand"]).sum()))
    share = percent(reading.portfolio.definition.number("key_accounts.share"), 0)
    return (say("actions.key_accounts", n=Count(int(marked["key"].sum())), both=both_ways, share=share, **counts),)


def whom_first(reading: Reading) -> tuple[list[int], list[int]]:
    """Return whom to keep (high risk) and whom to grow (high growth, not at high risk), largest sales first.

    The list has room for `limits.priorities`; whom to keep takes up to two thirds of it unless there is nobody to grow.
    """
    keep, grow = _select_action_customers(reading)
    room = limit("priorities")
    kept = min(len(keep), max(room * 2 // 3, room - len(grow)))
    return keep[:kept], grow[: room - kept]


def _select_action_customers(reading: Reading) -> tuple[list[int], list[int]]:
    bought = (reading.sales > 0).to_numpy(dtype=bool)
    risky = (reading.frame["level_risk"] == "high").to_numpy(dtype=bool)
    growing = (reading.frame["level_growth"] == "high").to_numpy(dtype=bool)
    return reading.by_sales(bought & risky), reading.by_sales(bought & growing & ~risky)


def _strategies(reading: Reading) -> Table:
    frame = pd.DataFrame(
        {
            "ja": reading.frame["strategy_ja"],
            "en": reading.frame["strategy_en"],
            "sales": reading.sales,
        }
    )
    found = []
    for names, group in frame.groupby(["ja", "en"], sort=False):
        ja, en = (str(name) for name in names)
        positions = [int(place) for place in group["sales"].sort_values(ascending=False, kind="stable").index]
        found.append((tidy(Text(ja, en), 34), positions, float(group["sales"].sum())))
    found.sort(key=lambda each: (-each[2], -len(each[1])))
    shown = found[:_STRATEGIES] if len(found) > _STRATEGIES + 1 else found
    rest = found[len(shown) :]
    if rest:
        positions = [position for _, members, _ in rest for position in members]
        name = say("actions.other_strategies", n=Count(len(rest)))
        shown = [*shown, (name, positions, sum(sales for _, _, sales in rest))]
    whole = sum(sales for _, _, sales in shown)
    shares = largest_remainder([sales / whole if whole > 0 else 0.0 for _, _, sales in shown])
    rows = tuple(
        (
            Cell(name, tone="name"),
            Cell(count(len(members)), len(members)),
            Cell(reading.money.plain(sales, reading.places) if reading.total is not None else MISSING, sales),
            Cell(share_number(float(share)) if whole > 0 else MISSING, sales / whole if whole > 0 else None),
            Cell(
                reading.names(sorted(members, key=lambda place: -reading.sales.iloc[place]), limit("names")),
                tone="name",
            ),
        )
        for (name, members, sales), share in zip(shown, shares, strict=True)
    )
    heads = (
        ("strategy", "start", 27),
        ("customers", "end", 8),
        ("sales", "end", 11),
        ("share", "end", 9),
        ("names", "start", 45),
    )
    return Table(
        key="strategies",
        caption=say("actions.strategies"),
        columns=tuple(Column(say(f"actions.col_{head}"), align, span) for head, align, span in heads),  # type: ignore[arg-type]
        rows=rows,
    )


def _priorities(reading: Reading, keep: list[int], grow: list[int]) -> Table:
    everyone = [len(positions) for positions in _select_action_customers(reading)]
    places = reading.money.places(float(reading.sales.iloc[position]) for position in (*keep, *grow))
    rows = [_priority(reading, position, "keep", places) for position in keep]
    rows += [_priority(reading, position, "grow", places) for position in grow]
    planned = reading.portfolio.tables.actions is not None  # without it, its column is as narrow as its head
    heads = (
        ("customer", "start", 18),
        ("aim", "start", 6),
        ("sales", "end", 7),
        ("cause", "start", 13 if planned else 17),
        ("strategy", "start", 14 if planned else 17),
        ("next", "start", 14),
        ("action", "start", 17 if planned else 10),
        ("owner", "start", 11),  # the widest code of a pseudonym, Owner-WWWW…, is whole on one line
    )
    return Table(
        key="priorities",
        caption=say(
            "actions.priorities",
            keep=len(keep),
            grow=len(grow),
            all_keep=Count(everyone[0]),
            all_grow=Count(everyone[1]),
        ),
        columns=tuple(Column(say(f"actions.col_{head}"), align, span) for head, align, span in heads),  # type: ignore[arg-type]
        rows=tuple(rows),
        note=say("actions.note_typed" if reading.portfolio.orders is None else "actions.note"),
    )


def _priority(reading: Reading, position: int, aim: str, places: int) -> tuple[Cell, ...]:
    row = reading.frame.iloc[position]
    sales = float(reading.sales.iloc[position])
    strategy = Text(str(row["strategy_ja"]), str(row["strategy_en"]))
    return (
        Cell(reading.name(position), str(row["customer_id"]), "name", link=account(position)),
        Cell(say(f"actions.{aim}"), aim, aim),
        Cell(reading.money.plain(sales, places), sales),
        _cause(reading, position, "risk" if aim == "keep" else "growth"),
        Cell(tidy(strategy, 17)),
        _due(reading, position, row["next_order"]),
        _action(reading, position),
        _owner(reading, position),
    )


def _cause(reading: Reading, position: int, axis: str) -> Cell:
    """Return the part that contributes most to the score, as the explanation says it."""
    lines = explain(reading.portfolio, position, axis).lines
    if not lines:
        return Cell(MISSING, None, "missing")
    strongest = max(lines, key=lambda line: line.contribution)
    text = say("actions.cause", factor=strongest.factor, display=tidy(strongest.display, 16))
    return Cell(text, strongest.contribution)


def _due(reading: Reading, position: int, moment: Any) -> Cell:
    """Return by when something is to be done: the next action's due date, else when the customer is due itself."""
    action = next_action_of(reading.portfolio, position)
    if action is None or action.due is None:
        return _build_due_cell(reading, moment)
    if action.overdue:
        return Cell(say("actions.overdue", date=day(action.due), n=Count(action.days_late or 0)), action.due, "keep")
    return Cell(day(action.due), action.due)


def _action(reading: Reading, position: int) -> Cell:
    """Return the open action that is due first and how it stands; that none is recorded, or nothing without the table."""
    action = next_action_of(reading.portfolio, position)
    if action is not None:
        what = plain(shortened(brief(printable(action.what)), 15.5))
        return Cell(what, action.what, "name", words.text("action_states", action.status))
    known_table = reading.portfolio.tables.actions is not None
    return Cell(say("actions.no_action") if known_table else MISSING, None, "missing")


def _owner(reading: Reading, position: int) -> Cell:
    """Return who acts: the action's owner, else the plan's, else the one who looks after the customer."""
    action, plan = next_action_of(reading.portfolio, position), plan_of(reading.portfolio, position)
    named = (action.owner if action else None) or (plan.owner if plan else None)
    if named is None:
        return Cell(reading.owner(position) or say("word.blank"), tone="name")
    return Cell(plain(shortened(printable(named), 9)), named, "name")


def _build_due_cell(reading: Reading, moment: Any) -> Cell:
    """Return when the customer is due by its own rhythm."""
    if pd.isna(moment):
        return Cell(MISSING, None, "missing")
    due = pd.Timestamp(moment).date()
    late = (reading.portfolio.as_of - due).days
    if late > 0:
        return Cell(say("actions.overdue", date=day(due), n=Count(late)), due)
    return Cell(day(due), due)
