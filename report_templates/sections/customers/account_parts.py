"""The parts of an account's page, each read off the Portfolio, or the reason why it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.explanation.explain import explain
from engine.language import words
from engine.language.display import number
from engine.language.errors import Refusal, Text
from engine.lists.actions import actions as contacts
from engine.lists.actions import key_accounts
from engine.measures.opportunities import next_for, whitespace_grid
from engine.measures.profit.quarters import sales_history
from engine.planning.plans import open_actions, plan_of
from engine.planning.what_if import if_lost
from engine.scoring.levels import AXES
from report_templates.document.document import Cell, Column, Table
from report_templates.document.figures import ColumnBar, Columns
from report_templates.document.insights import tidy
from report_templates.document.report_data import known_text
from report_templates.texts.formatting import MISSING, count, day, known, percent, points
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, both, joined, plain, say
from report_templates.texts.typeface import brief, printable, shortened, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.explanation.explain import Line
    from engine.measures.retention.periods import Period
    from engine.planning.plans import Action
    from report_templates.document.report_data import Reading

_LINES: Final = 2  # most parts of a score that are named
_LINE: Final = 31  # em of one line of the plan
_WIDE: Final = 56  # em of a text of the plan: two lines


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it is; `tone` is `late` or `missing` where it is marked."""

    label: Text
    text: Text
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Threat:
    """One risk of an account: `verdict` is that of the test that names it, or blank."""

    text: Text
    verdict: str = ""


def strategy(reading: Reading, position: int) -> Text:
    """Return the customer's strategy."""
    row = reading.frame.iloc[position]
    return tidy(Text(str(row["strategy_ja"]), str(row["strategy_en"])), 20)


def who(reading: Reading, position: int) -> tuple[Fact, ...]:
    """Return who the customer is, in six facts."""
    row = reading.frame.iloc[position]
    place = joined(
        tuple(_fit_account_text(row[name], 10) for name in ("size", "region") if known_text(row[name])), "・", ", "
    )
    owner = reading.owner(position)
    marked = key_accounts(reading.portfolio).iloc[position]
    kind = {(True, True): "both", (True, False): "rule", (False, True): "hand"}.get(
        (bool(marked["key_rule"]), bool(marked["key_hand"])), "none"
    )
    industry = _fit_account_text(row["industry"], 14) if known_text(row["industry"]) else None
    return (
        _fact("industry", industry),
        _fact("size", place if place.ja else None),
        _fact("owner", owner),
        Fact(say("accounts.segments"), _standing(reading, position)),
        Fact(say("accounts.strategy"), strategy(reading, position)),
        Fact(say("accounts.chosen"), say(f"accounts.by_{kind}")),
    )


def _fit_account_text(value: object, ems: float) -> Text:
    """Return what somebody typed, as wide in either language: it reads the same in both."""
    return plain(shortened(brief(printable(str(value))), ems))


def _fact(key: str, text: Text | None) -> Fact:
    return Fact(say(f"accounts.{key}"), text or say("word.blank"), "" if text else "missing")


def _standing(reading: Reading, position: int) -> Text:
    """Return its segments of those of three schemes that the data can carry."""
    portfolio = reading.portfolio
    found: list[Text] = []
    for scheme in ("standard", "abc", "lifecycle"):
        assignment = portfolio.assignments[scheme]
        if assignment.refused is None:
            segment = tidy(portfolio.segment_text(scheme, str(assignment.segments[position])), 10)
            found.append(say(f"accounts.standing_{scheme}", segment=segment))
    return joined(tuple(found), "・", ", ")


def history(reading: Reading, position: int) -> tuple[Columns | None, Text | None]:
    """Return the sales of three years by quarter, or why they cannot be told."""
    try:
        found = sales_history(reading.portfolio, limit("quarters"))
    except Refusal as refusal:
        return None, say("accounts.history_missing", why=refusal.text)
    sales = found.sales[position].tolist()
    previous = [
        value if told else None for value, told in zip(found.previous[position].tolist(), found.told, strict=True)
    ]
    every = [*sales, *(value for value in previous if value is not None)]
    places = reading.money.places(every)
    bars = tuple(
        _bar(reading, number_of, period, sales[number_of], previous[number_of], places)
        for number_of, period in enumerate(found.periods)
    )
    scaled = [reading.money.scaled(value) for value in every]
    reach = max(max(scaled), 0.0) - min(min(scaled), 0.0) or 1.0
    first, last = found.periods[0], found.periods[-1]
    compared = "history_compared" if any(value is not None for value in previous) else "history"
    return (
        Columns(
            key=f"history-{position}",
            title=say(f"accounts.{compared}", unit=reading.money.label),
            alt=say(
                "accounts.history_alt", first=first.text, last=last.text, amount=reading.money.spoken(float(sales[-1]))
            ),
            bars=bars,
            ends=(
                min(min(scaled), 0.0) - (reach * 0.12 if min(scaled) < 0 else 0.0),
                max(max(scaled), 0.0) + reach * 0.16,
            ),
            note=None if last.complete else say("accounts.history_partial"),
        ),
        None,
    )


def _bar(reading: Reading, at: int, period: Period, sales: int, previous: int | None, places: int) -> ColumnBar:
    start = int(reading.portfolio.definition.number("general.fiscal_year_start"))
    months = (period.first.month - start) % 12
    year = period.first.year - (period.first.month < start)
    return ColumnBar(
        label=say("accounts.quarter", n=months // 3 + 1),
        group=say("accounts.year", year=year) if at == 0 or months == 0 else None,
        value=reading.money.scaled(float(sales)),
        display=reading.money.plain(float(sales), places),
        previous=None if previous is None else reading.money.scaled(float(previous)),
        partial=not period.complete,
    )


def plan(reading: Reading, position: int) -> tuple[Fact, ...]:
    """Return the account's plan, what is blank marked so; nothing where nobody has written one."""
    found = plan_of(reading.portfolio, position)
    if found is None:
        return ()
    facts = [_planned("goal", found.goal)]
    if found.target_sales is not None:
        amount = reading.money.spoken(float(found.target_sales))
        target = (
            amount
            if found.progress is None
            else say("accounts.plan_target", amount=amount, progress=percent(found.progress, 0))
        )
        facts.append(Fact(say("accounts.plan_target_sales"), target))
    facts += [_planned(key, getattr(found, key)) for key in ("needs", "solution", "people")]
    if found.review is None:
        facts.append(_planned("review", None))
    else:
        when = day(found.review)
        late = found.review_late
        facts.append(
            Fact(
                say("accounts.plan_review"),
                say("accounts.plan_review_late", date=when) if late else when,
                "late" if late else "",
            )
        )
    return tuple(facts)


def _planned(key: str, written: str | None) -> Fact:
    label = say(f"accounts.plan_{key}")
    return Fact(label, _fit_account_text(written, _WIDE)) if written else Fact(label, say("word.blank"), "missing")


def scores(reading: Reading, position: int) -> Table:
    """Return the scores on every axis with their strongest parts, and the change since the run before where there is one."""
    rows = tuple(_build_axis_row(reading, position, axis) for axis in ("total", *AXES))
    compared = reading.before is not None
    heads = (
        ("axis", "start", 13),
        ("score", "end", 9),
        ("level", "start", 13),
        *((("change", "end", 11),) if compared else ()),
    )
    wide = 100 - sum(span for _, _, span in heads)
    title = (
        say("accounts.scores")
        if reading.before is None
        else say("accounts.scores_change", then=day(reading.before.as_of))
    )
    return Table(f"scores-{position}", title, _columns((*heads, ("parts", "start", wide))), rows)


def _build_axis_row(reading: Reading, position: int, axis: str) -> tuple[Cell, ...]:
    found = explain(reading.portfolio, position, axis, reading.before)
    level = words.text("levels", found.level) if axis != "total" else say("accounts.blank")
    cells = [
        Cell(words.text("axes", axis), axis),
        Cell(count(found.score), found.score),
        Cell(level, found.level, _choose_level_tone(axis, found.level)),
    ]
    if reading.before is not None:
        cells.append(Cell(MISSING if found.change is None else points(found.change / 100), found.change))
    strongest = sorted((line for line in found.lines if line.contribution), key=lambda line: -line.contribution)
    named = tuple(_write_line_part(line) for line in strongest[:_LINES])
    text = joined(named) if named else say("accounts.parts_none") if found.score is not None else MISSING
    cells.append(Cell(text, None, "" if found.score is not None else "missing"))
    return tuple(cells)


def _write_line_part(line: Line) -> Text:
    values = {"factor": tidy(line.factor, 12), "display": tidy(line.display, 9), "points": count(line.contribution)}
    if line.change is None or abs(line.change) < 1:
        return say("accounts.part", **values)
    return say("accounts.part_change", **values, change=points(line.change / 100, 0))


def _choose_level_tone(axis: str, level: str) -> str:
    """Return how a level is marked: only what is good or bad for this axis."""
    bad = "high" if axis == "risk" else "low"
    return "keep" if level == bad and axis != "total" else ""


def whitespace(reading: Reading, position: int) -> tuple[Table | None, Text | None]:
    """Return what it buys and what peers buy and it does not, or why that cannot be told."""
    try:
        grid = whitespace_grid(reading.portfolio, [position])
    except Refusal as refusal:
        return None, say("accounts.whitespace_missing", why=refusal.text)
    sales, value, penetration = grid.sales[:, 0], grid.value[:, 0], grid.penetration[:, 0]
    bought = [int(at) for at in np.argsort(-sales, kind="stable") if sales[at] > 0]
    gaps = [
        int(at)
        for at in np.lexsort((-np.nan_to_num(penetration), -np.nan_to_num(value)))
        if not np.isnan(penetration[at])
    ]
    most = limit("products") - _further_lines(reading, position)
    room = max(most - len(gaps), most // 2)
    shown, offered = bought[:room], gaps[: most - min(len(bought), room)]
    places = reading.money.places([float(sales[at]) for at in shown])
    rows = [
        (
            Cell(_fit_account_text(grid.products[at], 16), str(grid.products[at]), "name"),
            Cell(reading.money.plain(float(sales[at]), places), float(sales[at])),
            Cell(say("accounts.blank")),
            Cell(say("accounts.blank")),
        )
        for at in shown
    ]
    rows += [
        (
            Cell(_fit_account_text(grid.products[at], 16), str(grid.products[at]), "name"),
            Cell(say("accounts.not_bought"), 0.0, "missing"),
            Cell(percent(float(penetration[at]), 0), float(penetration[at])),
            Cell(reading.money.plain(known(value[at]), 2), known(value[at])),
        )
        for at in offered
    ]
    rest = (len(bought) - len(shown), len(gaps) - len(offered))
    note = say("accounts.whitespace_more", bought=Count(rest[0]), gaps=Count(rest[1])) if any(rest) else None
    heads = (("product", "start", 42), ("bought", "end", 16), ("peers", "end", 22), ("expected", "end", 20))
    caption = say("accounts.whitespace", unit=reading.money.label)
    return Table(f"whitespace-{position}", caption, _columns(heads), tuple(rows), note=note), None


def _further_lines(reading: Reading, position: int) -> int:
    """Return how many lines the plan takes beyond one per entry: a page has room for them or for as many products."""
    return sum(int(width(fact.text.ja) > _LINE) for fact in plan(reading, position))


def _columns(heads: tuple[tuple[str, Any, int], ...]) -> tuple[Column, ...]:
    return tuple(Column(say(f"accounts.col_{head}"), align, span) for head, align, span in heads)


def offer(reading: Reading, position: int) -> tuple[Fact, ...]:
    """Return the best next product with its evidence, and when to be in touch."""
    return Fact(say("accounts.next_product"), _product(reading, position)), _contact(reading, position)


def _product(reading: Reading, position: int) -> Text:
    try:
        found = next_for(reading.portfolio, position, top=1)
    except Refusal as refusal:
        return MISSING if _same_reason(reading, position, refusal) else say("accounts.lost_missing", why=refusal.text)
    if found.empty:
        return say("accounts.next_none")
    row = found.iloc[0]
    reason = tidy(Text(str(row["reason_ja"]), str(row["reason_en"])), 30)
    product, expected = _fit_account_text(row["product"], 16), known(row["expected"])
    if expected is None:
        return say("accounts.next_offer_plain", product=product, reason=reason)
    return say("accounts.next_offer", product=product, amount=reading.money.spoken(expected), reason=reason)


def _same_reason(reading: Reading, position: int, refusal: Refusal) -> bool:
    """Return whether the table of products already says why: no sentence stands twice on a page."""
    try:
        whitespace_grid(reading.portfolio, [position])
    except Refusal as other:
        return other.rule == refusal.rule != ""
    return False


def _contact(reading: Reading, position: int) -> Fact:
    row = contacts(reading.portfolio).iloc[position]
    label = say("accounts.next_date")
    if pd.isna(row["next_contact"]):
        return _passed(reading, position, label)
    when = day(pd.Timestamp(row["next_contact"]))
    reason = str(row["contact_reason"])
    return Fact(
        label, when if reason == "none" else say("accounts.next_due", date=when, reason=words.text("reasons", reason))
    )


def _passed(reading: Reading, position: int, label: Text) -> Fact:
    """Return the expected order that has gone by without being late enough for a reason; missing without a rhythm."""
    due = reading.frame["next_order"].iloc[position]
    if pd.isna(due):
        return Fact(label, say("accounts.date_missing"), "missing")
    when = pd.Timestamp(due)
    return Fact(label, say("accounts.due_late", date=day(when), n=Count((reading.portfolio.as_of - when.date()).days)))


def risks(reading: Reading, position: int) -> tuple[Threat, ...]:
    """Return what threatens the account: alerts that name it, what is late, unpaid or complained of, the plan's note."""
    named = [alert for alert in reading.alerts if position in alert.culprits]
    found = [
        Threat(say("accounts.risk_alert", item=alert.item, display=alert.display), alert.verdict) for alert in named
    ]
    found += [Threat(text) for text in _own_risks(reading, position)]
    return tuple(found[: limit("account_risks")])


def _own_risks(reading: Reading, position: int) -> Iterator[Text]:
    portfolio, row = reading.portfolio, reading.frame.iloc[position]
    ratio = known(row["overdue_ratio"])
    if ratio is not None and ratio >= portfolio.definition.number("rhythm.late_ratio"):
        late = (portfolio.as_of - pd.Timestamp(row["next_order"]).date()).days
        yield say("accounts.risk_late", n=Count(late), ratio=both(number(ratio, "ja", 1), number(ratio, "en", 1)))
    if (known(row["overdue_days"]) or 0) > 0:
        yield say("accounts.risk_overdue", n=Count(int(row["overdue_days"])))
    if (known(row["complaints"]) or 0) > 0:
        yield say("accounts.risk_complaints", n=Count(int(row["complaints"])))
    contact = contacts(portfolio).iloc[position]
    if contact["contact_reason"] == "contract" and pd.notna(contact["notice_date"]):
        yield say("accounts.risk_notice", date=day(pd.Timestamp(contact["notice_date"])))
    planned = plan_of(portfolio, position)
    if planned is not None and planned.risk_note:
        yield say("accounts.risk_note", note=_fit_account_text(planned.risk_note, 40))


def lost(reading: Reading, position: int) -> Fact:
    """Return what the portfolio would be without the account."""
    return Fact(say("accounts.lost"), _write_loss_effect(reading, position))


def _write_loss_effect(reading: Reading, position: int) -> Text:
    try:
        trial = if_lost(reading.portfolio, [str(reading.frame["customer_id"].iloc[position])])
    except Refusal as refusal:
        return say("accounts.lost_missing", why=refusal.text)
    sales, hhi, alerts = (trial.row(code) for code in ("sales", "hhi", "alerts_firing"))
    if not isinstance(sales.now, float) or not isinstance(sales.then, float):
        return MISSING
    none = percent(0.0 if sales.now > 0 else None)
    values = {"amount": reading.money.spoken(sales.delta), "rate": sales.verdict if sales.verdict.ja else none}
    if not isinstance(hhi.now, float) or not isinstance(hhi.then, float):
        return say("accounts.lost_last", **values)
    text = say("accounts.lost_text", **values, now=count(hhi.now), then=count(hhi.then))
    if not alerts.verdict.ja:
        return text
    return joined((text, say("accounts.lost_alerts", verdict=tidy(alerts.verdict, 36))), "", "")


def actions(reading: Reading, position: int) -> tuple[Table | None, Text | None]:
    """Return what is open for the account, the earliest due first; or that nothing is, or is known."""
    try:
        found = open_actions(reading.portfolio, position)
    except Refusal as refusal:
        return None, say("accounts.actions_missing", why=refusal.text)
    if not found:
        return None, say("accounts.actions_none")
    shown = found[: limit("account_actions")]
    rows = tuple(
        (
            Cell(_fit_account_text(action.what, 15), action.what, "name"),
            Cell(_fit_account_text(action.owner, 7.6) if action.owner else say("word.blank"), tone="name"),
            action_due(action),
            Cell(words.text("action_states", action.status), action.status),
        )
        for action in shown
    )
    rest = len(found) - len(shown)
    heads = (("what", "start", 36), ("who", "start", 20), ("due", "start", 29), ("status", "start", 15))
    note = say("accounts.actions_more", n=Count(rest)) if rest else None
    return Table(f"actions-{position}", say("accounts.actions"), _columns(heads), rows, note=note), None


def action_due(action: Action) -> Cell:
    """Return when an action is due, marked where that day has passed."""
    if action.due is None:
        return Cell(say("accounts.due_none"), None, "missing")
    if action.overdue and action.days_late:
        return Cell(say("accounts.due_late", date=day(action.due), n=Count(action.days_late)), action.due, "keep")
    return Cell(day(action.due), action.due)
