"""What an executive asks next, in one line each: what the customers are worth, who stays, what may be lost, who moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.measures.retention import customer_bridge, rate
from engine.measures.value.lifetime import customer_equity
from engine.runs.movement import movement
from report_templates.document.links import Pages
from report_templates.document.links import fact as pages_of
from report_templates.document.report_data import answered_or_none
from report_templates.texts.formatting import day, percent
from report_templates.texts.texts import Count, both, joined, say

if TYPE_CHECKING:
    from engine.language.errors import Text
    from report_templates.document.report_data import Reading


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of small print: what it is, and what it says; `value` is the number behind it."""

    key: str
    label: Text
    text: Text
    value: float

    @property
    def link(self) -> Pages:
        """The pages that tell more of it."""
        return pages_of(self.key)


def facts(reading: Reading) -> tuple[Fact, ...]:
    """Return movement since the run before, active customers, sales and customers kept, sales at risk, customer equity.

    What the data cannot carry is left out: the page says below which input is missing.
    """
    finders = (_moved, _base, _kept, _build_loss_fact, _build_worth_fact)
    found = [answered_or_none(lambda find=find: find(reading)) for find in finders]  # type: ignore[misc]
    return tuple(fact for fact in found if fact is not None)


def _moved(reading: Reading) -> Fact | None:
    if reading.before is None:
        return None
    movers = movement(reading.before, reading.portfolio).movers
    text = say("outlook.moved_text", n=Count(len(movers)), then=day(reading.before.as_of))
    return Fact("moved", say("outlook.moved"), text, float(len(movers)))


def _base(reading: Reading) -> Fact | None:
    """Return how the active customers of a year before became today's, by the calendar of the rate of retention."""
    portfolio = reading.portfolio
    if portfolio.orders is None or not reading.covered:
        return None
    whole = customer_bridge(portfolio, rate(portfolio, "retention").period).iloc[0]
    counts = {name: Count(int(whole[name])) for name in ("start", "new", "returned", "lost", "end")}
    return Fact("base", say("outlook.base"), say("outlook.base_text", **counts), float(whole["end"]))


def _kept(reading: Reading) -> Fact | None:
    sales = rate(reading.portfolio, "nrr")
    customers = rate(reading.portfolio, "retention")
    if sales.value is None or customers.value is None:
        return None
    text = say("outlook.kept_text", nrr=percent(sales.value), retention=percent(customers.value), n=Count(customers.n))
    return Fact("kept", say("outlook.kept"), text, sales.value)


def _build_loss_fact(reading: Reading) -> Fact | None:
    alert = next((each for each in reading.portfolio.alerts if each.code == "at_risk"), None)
    if alert is None or alert.value is None:
        return None
    return Fact("lost", say("outlook.lost"), alert.display, alert.value)


def _build_worth_fact(reading: Reading) -> Fact | None:
    equity = customer_equity(reading.portfolio)
    if not equity.customers or equity.unvalued == equity.customers:
        return None
    definition = reading.portfolio.definition
    years = definition.number("ltv.years")
    text = say(
        "outlook.worth_text",
        amount=reading.money.spoken(equity.total),
        n=Count(equity.customers),
        years=both(f"{years:g}", f"{years:g}"),
        rate=percent(definition.number("ltv.rate"), 0),
    )
    unvalued = say("outlook.worth_unvalued", n=Count(equity.unvalued))
    text = joined((text, unvalued), "", "") if equity.unvalued else text
    return Fact("worth", say("outlook.worth"), text, equity.total)
