"""R9 接点とニーズ: how often we meet customers by which channel and whether that changes, and what they want beside our offer.

Decision 0251: why contacts and needs have a page.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.display import delta
from engine.language.errors import Refusal, Text
from engine.measures import voice
from engine.measures.opportunities import ranked
from engine.planning.plans import plan_of
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.insights import tidy
from report_templates.document.links import account
from report_templates.document.report_data import answered_or_none
from report_templates.texts.formatting import MISSING, count, known
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from engine.measures.voice import Velocity
    from engine.planning.plans import Plan
    from report_templates.document.report_data import Reading

_CHANNELS: Final = 2  # of fewer there is nothing to compare, and the page on the voice tells of the contacts


@dataclass(frozen=True, kw_only=True)
class Dialogue(Section):
    """The page on contacts and needs; each part is None where its table is missing."""

    channels: Table | None
    changes: Table | None
    needs: Table | None


def build(reading: Reading) -> Dialogue | None:
    """Return the page on contacts and needs; None without both several channels and needs that are written down."""
    portfolio = reading.portfolio
    groups = answered_or_none(lambda: voice.velocity(portfolio)) or ()
    plans = _plans(reading)
    several = len(groups) >= _CHANNELS
    if not several and not plans:
        return None
    total = voice.velocity(portfolio, "total")[0] if several else None
    months = int(portfolio.definition.number("voice.velocity_months"))
    offers = _offers(reading)
    return Dialogue(
        key="dialogue",
        number="R9",
        name=say("dialogue.name"),
        message=_build_dialogue_message(total, plans, months),
        subtitle=say("dialogue.subtitle", months=months, unit=reading.money.label),
        channels=_channels(groups, total, months) if total else None,
        changes=_changes(reading) if total else None,
        needs=_needs(reading, plans, offers) if plans else None,
        notes=(say("dialogue.note"),) if total else (),
    )


def _plans(reading: Reading) -> tuple[Plan, ...]:
    """Return the plans that tell what the customer needs, the largest sales first."""
    table = reading.portfolio.tables.plans
    if table is None:
        return ()
    marked = np.zeros(reading.n, dtype=bool)
    marked[table.loc[table["needs"].notna(), "customer"].to_numpy(np.intp)] = True
    found = (plan_of(reading.portfolio, position) for position in reading.by_sales(marked))
    return tuple(plan for plan in found if plan is not None)


def _offers(reading: Reading) -> dict[int, tuple[Text, int | None]]:
    """Return for each customer what the orders say it would buy next, and the gross profit expected a year."""
    try:
        found = answered_or_none(lambda: ranked(reading.portfolio))
    except Refusal as refusal:
        if refusal.kind != "missing_column":
            raise
        return {}
    if found is None:
        return {}
    offers = {}
    for row in found.drop_duplicates("customer").to_dict("records"):  # the best of each customer stands first
        name = shortened(brief(printable(str(row["product"]))), 15)
        profit = known(row["expected"])
        offers[int(row["customer"])] = (Text(name, name), None if profit is None else int(profit))
    return offers


def _build_dialogue_message(total: Velocity | None, plans: tuple[Plan, ...], months: int) -> Text:
    parts = []
    if total is not None:
        told = total.low > 0 or total.high < 0  # a change that may be chance is no headline
        key = "dialogue.message" if told else "dialogue.message_even"
        parts.append(say(key, rate=count(total.rate, 1), change=_write_signed_value(total.change), months=months))
    if plans:
        paired = sum(plan.solution is not None for plan in plans)
        key = "dialogue.message_all" if paired == len(plans) else "dialogue.message_needs"
        parts.append(say(key, n=Count(len(plans)), k=Count(paired)))
    return joined(tuple(parts), "。", ". ")


def _write_signed_value(value: float) -> Text:
    return Text(delta(value, "ja", 1), delta(value, "en", 1))


def _channels(groups: tuple[Velocity, ...], total: Velocity | None, months: int) -> Table:
    shown = groups[: limit("topics")]
    heads = (("channel", 28), ("earlier", 18), ("recent", 18), ("change", 12), ("interval", 24))
    columns = tuple(
        Column(say(f"dialogue.col_{head}", months=months), "start" if head == "channel" else "end", span)
        for head, span in heads
    )
    rest = len(groups) - len(shown)
    return Table(
        "channels",
        say("dialogue.channels"),
        columns,
        tuple(_channel(each) for each in shown),
        total=_channel(total) if total else None,
        note=say("dialogue.channels_rest", n=Count(rest)) if rest else None,
    )


def _channel(group: Velocity) -> tuple[Cell, ...]:
    told = not math.isnan(group.low)
    tone = "keep" if told and group.high < 0 else "grow" if told and group.low > 0 else ""
    span = (
        say("dialogue.interval", low=_write_signed_value(group.low), high=_write_signed_value(group.high))
        if told
        else MISSING
    )
    return (
        Cell(tidy(group.label, 14), group.label.ja),
        Cell(count(group.earlier_rate, 1), group.earlier_rate),
        Cell(count(group.rate, 1), group.rate),
        Cell(_write_signed_value(group.change), group.change, tone),
        Cell(span),
    )


def _changes(reading: Reading) -> Table | None:
    """Return the customers whose enquiries changed most, those that ask more first; None where nobody's did."""
    change = reading.frame["contact_change"].astype("Float64").fillna(0.0).to_numpy(np.float64)
    rate = reading.frame["contact_rate"].astype("Float64").fillna(0.0).to_numpy(np.float64)
    order = [int(at) for at in np.lexsort((-reading.sales.to_numpy(), -change)) if change[at]]
    half = limit("topics") // 2
    up, down = [at for at in order if change[at] > 0], [at for at in order[::-1] if change[at] < 0]
    if not up and not down:
        return None
    rows = tuple(
        (
            Cell(reading.name(at), tone="name", link=account(at)),
            Cell(count(float(rate[at]), 1), float(rate[at])),
            Cell(_write_signed_value(float(change[at])), float(change[at])),
            Cell(reading.money.plain(float(reading.sales.iloc[at]), reading.places), float(reading.sales.iloc[at])),
            Cell(
                words.text("segments.standard", str(reading.frame["segment_standard"].iloc[at])),
                tone=str(reading.frame["segment_standard"].iloc[at]),
            ),
        )
        for at in (*up[:half], *down[:half])
    )
    heads = (("customer", 44), ("rate", 12), ("shift", 12), ("sales", 12), ("segment", 20))
    columns = tuple(
        Column(say(f"dialogue.col_{head}"), "start" if head in ("customer", "segment") else "end", span)
        for head, span in heads
    )
    return Table("changes", say("dialogue.changes", up=Count(len(up)), down=Count(len(down))), columns, rows)


def _needs(reading: Reading, plans: tuple[Plan, ...], offers: dict[int, tuple[Text, int | None]]) -> Table:
    shown = plans[: limit("needs")]
    rows = []
    for plan in shown:
        product, profit = offers.get(plan.customer, (MISSING, None))
        row = (
            Cell(reading.name(plan.customer, 16), tone="name", link=account(plan.customer)),
            Cell(_fit_planner_text(plan.needs)),
            Cell(
                _fit_planner_text(plan.solution) if plan.solution else say("dialogue.no_solution"),
                tone="" if plan.solution else "keep",
            ),
            Cell(product, tone="" if plan.customer in offers else "missing"),
            Cell(MISSING if profit is None else reading.money.plain(float(profit), 1), profit),
        )
        rows.append(row)
    heads = (("customer", 17), ("needs", 33), ("solution", 26), ("offer", 15), ("expected", 9))
    columns = tuple(
        Column(say(f"dialogue.col_{head}"), "end" if head == "expected" else "start", span) for head, span in heads
    )
    rest = len(plans) - len(shown)
    note = say("dialogue.needs_rest", n=Count(rest)) if rest else None
    return Table("needs", say("dialogue.needs", n=Count(len(plans))), columns, tuple(rows), note=note)


def _fit_planner_text(text: str | None) -> Text:
    """Return what a planner typed, at most two lines of its column."""
    shown = shortened(printable(text or ""), 54)
    return Text(shown, shown)
