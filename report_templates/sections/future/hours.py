"""Part of R7: hours of the last twelve months beside those that would bring most, for who is visited too much or too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.planning.allocation import allocate, current_hours
from report_templates.document.document import Cell, Column, Table
from report_templates.document.links import account
from report_templates.document.report_data import answered
from report_templates.texts.formatting import Money, count, points
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, lowered, say

if TYPE_CHECKING:
    from engine.planning.allocation import Allocation
    from report_templates.document.report_data import Reading


@dataclass(frozen=True, slots=True)
class Hours:
    """Who is visited too much and too little (None where nobody is), and what the same hours could bring."""

    over: Table | None
    under: Table | None
    sentence: Text
    warning: Text | None = None


def hours_of(reading: Reading) -> Hours | Text:
    """Return today's hours beside those that bring most with the same total, or why they cannot be told."""
    portfolio = reading.portfolio
    today = current_hours(portfolio)
    if today is None:
        return say("trials.no_hours")
    if reading.n > limit("trial_customers"):
        return say("trials.too_many_hours", most=Count(limit("trial_customers")))
    found = answered(lambda: allocate(portfolio, float(today.sum())))
    if isinstance(found, Refusal):
        return found.text
    over, under = found.over[: limit("hours")], found.under[: limit("hours")]
    largest = max((float(found.marginal[at]) for at in (*over, *under)), default=0.0)
    money = Money.fitting(largest, portfolio.currency, portfolio.digits)  # an hour is small beside sales
    return Hours(
        _build_hours_table(reading, found, over, "over", len(found.over), money) if over else None,
        _build_hours_table(reading, found, under, "under", len(found.under), money) if under else None,
        _write_hours_sentence(reading, found),
        _warning(reading, over),
    )


def _warning(reading: Reading, over: tuple[int, ...]) -> Text | None:
    """Return which of those visited too much are to be kept first: margin alone would take their hours away."""
    risky = [at for at in over if reading.frame["level_risk"].iloc[at] == "high"]
    return say("trials.hours_risky", names=reading.names(risky, limit("names"))) if risky else None


def _write_hours_sentence(reading: Reading, found: Allocation) -> Text:
    values = {"total": count(found.capacity, 1), "more": reading.money.spoken(found.one_more_hour)}
    values["objective"] = lowered(words.text("objectives", found.objective))
    gain = None if found.value_now is None else found.value - found.value_now
    if gain is None or gain <= 0:
        return say("trials.hours_best", **values)
    return say("trials.hours_gain", gain=reading.money.spoken(gain), **values)


def _build_hours_table(
    reading: Reading, found: Allocation, positions: tuple[int, ...], kind: str, whole: int, money: Money
) -> Table:
    assert found.current is not None  # noqa: S101 - the caller has looked
    current = found.current
    places = money.places([float(found.marginal[at]) for at in positions])
    columns = tuple(
        Column(say(f"trials.col_{head}", unit=money.label), "start" if head == "customer" else "end", span)
        for head, span in (("customer", 35), ("now", 12), ("best", 12), ("difference", 12), ("marginal", 29))
    )
    rows = tuple(
        (
            Cell(reading.name(at, 15), tone="name", link=account(int(at))),
            Cell(count(float(current[at]), 1), float(current[at])),
            Cell(count(float(found.hours[at]), 1), float(found.hours[at])),
            Cell(points((float(found.hours[at]) - float(current[at])) / 100), float(found.hours[at] - current[at])),
            Cell(money.plain(float(found.marginal[at]), places), float(found.marginal[at])),
        )
        for at in positions
    )
    caption = say("trials.over" if kind == "over" else "trials.under", n=Count(whole))
    return Table(kind, caption, columns, rows)
