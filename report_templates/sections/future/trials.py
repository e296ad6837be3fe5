"""R7 回収と試算: what new customers cost and bring back, what a loss would do, where hours would bring more, which mix.

Decision 0242: why there is no page of reasons.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.measures.retention import rates
from engine.measures.value.acquisition import payback
from engine.planning.frontier import frontier
from engine.planning.what_if import if_lost
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.figures import Spans
from report_templates.document.insights import tidy
from report_templates.document.report_data import answered
from report_templates.sections.future.hours import Hours, hours_of
from report_templates.sections.future.worth import gaps, rate_span
from report_templates.texts.formatting import MISSING, Money, change, count, known, percent
from report_templates.texts.settings import limit
from report_templates.texts.texts import BLANK, Count, joined, lowered, opened, say, unended

if TYPE_CHECKING:
    from engine.measures.retention import Rate
    from engine.measures.value.acquisition import Payback
    from engine.planning.frontier import Frontier
    from engine.planning.what_if.result import Row, Trial
    from report_templates.document.report_data import Reading
    from report_templates.sections.future.worth import Worth

_NAMES: Final = 3
_EMS: Final = 28  # of the names together
_ROW: Final = 19  # height of one estimate, CSS pixels


@dataclass(frozen=True, slots=True)
class Loss:
    """One trial: who is lost (positions), how the case is called, who that is, and what the engine answers."""

    positions: tuple[int, ...]
    label: Text
    who: Text
    trial: Trial


@dataclass(frozen=True, kw_only=True)
class Trials(Section):
    """The page on payback and trials; each part is None where its data are missing, and `notes` say so."""

    payback: Table | None
    payback_note: Text | None
    conversion: Spans | None
    lost: Table | None
    hours: Hours | None
    mix: Text
    mixed: bool

    @property
    def tried(self) -> bool:
        """Whether the page holds anything but reasons why not."""
        return self.mixed or any(part is not None for part in (self.payback, self.conversion, self.lost, self.hours))


def build(reading: Reading) -> Trials | None:
    """Return the page on payback and trials; None without any sales."""
    if not reading.total or reading.total <= 0:
        return None
    portfolio = reading.portfolio
    costs = answered(lambda: payback(portfolio, "channel"))
    leads = answered(lambda: (*rates(portfolio, "conversion"), *rates(portfolio, "conversion", "channel")))
    tried = losses(reading)
    hours = hours_of(reading)
    mix = answered(lambda: frontier(portfolio))
    missing = [*gaps(reading), *(found.text for found in (costs, leads) if isinstance(found, Refusal))]
    missing += [found for found in (tried, hours) if isinstance(found, Text)]
    return Trials(
        key="trials",
        number="R7",
        name=say("trials.name"),
        message=_build_trials_message(reading, costs, tried),
        subtitle=say("trials.subtitle", period=reading.period),
        payback=None if isinstance(costs, Refusal) else _payback(reading, costs),
        payback_note=None if isinstance(costs, Refusal) else _payback_note(reading, costs),
        conversion=None if isinstance(leads, Refusal) else _conversion(reading, leads),
        lost=None if isinstance(tried, Text) else _build_loss_table(reading, tried),
        hours=None if isinstance(hours, Text) else hours,
        mix=_mix(mix),
        mixed=not isinstance(mix, Refusal),
        notes=tuple(opened(tidy(text, 90)) for text in missing),
    )


def folded(worth: Worth | None, page: Trials | None) -> tuple[Worth | None, Trials | None]:
    """Return the two pages of R7; where nothing can be tried, the first one says why, and there is no second."""
    if worth is None or page is None or page.tried:
        return worth, page
    reasons = tuple(unended(text) for text in (page.mix, *page.notes))
    note = say("trials.folded", reasons=joined(reasons, "。", "; "))
    return replace(worth, notes=(*worth.notes, note)), None


def _build_trials_message(
    reading: Reading, costs: tuple[Payback, ...] | Refusal, tried: tuple[Loss, ...] | Text
) -> Text:
    """Return the channel that pays back worst, and what the loss of the largest customer does to sales."""
    parts = [] if isinstance(costs, Refusal) else _weakest(costs)
    if not isinstance(tried, Text):
        first = tried[0]
        row = first.trial.row("sales")
        lost = row.delta / row.now if isinstance(row.now, float) and row.delta is not None else None
        name = reading.quoted(first.positions[0])
        key = "trials.message_lost" if len(first.positions) == 1 else "trials.message_lost_group"
        parts.append(say(key, name=name, rate=change(lost)))
    if not parts and not isinstance(costs, Refusal):
        return say("trials.message_few", n=Count(sum(each.customers for each in costs)))
    return opened(joined(tuple(parts), "。", "; ")) if parts else say("trials.message_none")


def _weakest(costs: tuple[Payback, ...]) -> list[Text]:
    """Return the channel that pays back worst, of those that won enough customers for a headline."""
    least = limit("headline_base")
    judged = [each for each in costs if each.ratio is not None and each.verdict is not None and each.customers >= least]
    if not judged:
        return []
    worst = min(judged, key=lambda each: each.ratio or 0.0)
    verdict = lowered(words.text("payback", str(worst.verdict)))
    ratio, name, won = count(worst.ratio, 1), tidy(worst.label, 12), Count(worst.customers)
    if worst.months is None:
        return [say("trials.message_ratio", name=name, n=won, ratio=ratio, verdict=verdict)]
    months = count(worst.months, 1)
    return [say("trials.message_months", name=name, n=won, months=months, ratio=ratio, verdict=verdict)]


def _payback(reading: Reading, costs: tuple[Payback, ...]) -> Table:
    portfolio = reading.portfolio
    (whole,) = payback(portfolio, None)
    money = Money.fitting(whole.spend, portfolio.currency, portfolio.digits)  # spend is small beside sales
    heads = ("channel", "new", "spend", "cac", "monthly", "months", "worth", "ratio", "verdict")
    columns = tuple(
        Column(say(f"trials.col_{head}"), {"channel": "start", "verdict": "centre"}.get(head, "end"), span)  # type: ignore[arg-type]
        for head, span in zip(heads, (19, 8, 11, 11, 11, 10, 11, 8, 11), strict=True)
    )
    shown = sorted(costs, key=lambda each: -each.spend)[: limit("channels")]
    names = ("spend", "average", "monthly", "lifetime")
    places = {name: money.places([getattr(each, name) for each in (*shown, whole)]) for name in names}
    return Table(
        "payback",
        say("trials.payback", unit=money.label),
        columns,
        tuple(_paid(each, each.label, money, places) for each in shown),
        _paid(whole, say("worth.total"), money, places),
    )


def _payback_note(reading: Reading, costs: tuple[Payback, ...]) -> Text:
    """Return what the columns mean, and how many channels are not shown."""
    limits = reading.portfolio.definition.value("acquisition.ltv_cac")
    note = say("trials.payback_note", good=f"{limits['good']:g}", poor=f"{limits['poor']:g}")
    rest = len(costs) - limit("channels")
    return joined((note, say("trials.payback_rest", n=Count(rest))), "", " ") if rest > 0 else note


def _paid(each: Payback, label: Text, money: Money, places: dict[str, int]) -> tuple[Cell, ...]:
    verdict = None if each.verdict is None else words.text("payback", each.verdict)
    return (
        Cell(tidy(label, 10), each.key),
        Cell(count(each.customers), each.customers),
        Cell(money.plain(each.spend, places["spend"]), each.spend),
        Cell(money.plain(each.average, places["average"]), each.average),
        Cell(money.plain(each.monthly, places["monthly"]), each.monthly),
        Cell(count(each.months, 1), each.months),
        Cell(money.plain(each.lifetime, places["lifetime"]), each.lifetime),
        Cell(count(each.ratio, 1), each.ratio),
        Cell(verdict or MISSING, each.verdict, each.verdict or ""),
    )


def _conversion(reading: Reading, found: tuple[Rate, ...]) -> Spans:
    whole, *channels = found
    shown = (whole, *sorted(channels, key=lambda each: -each.n)[: limit("channels") - 1])
    days = int(reading.portfolio.definition.number("retention.conversion_days"))
    rows = tuple(rate_span(each, tidy(each.label, 8)) for each in shown)
    return Spans(
        key="conversion",
        title=say("trials.conversion", days=days),
        alt=say("trials.conversion_alt", value=rows[0].display),
        rows=rows,
        ends=(0.0, 1.0),
        percent=True,
        size=(86, _ROW * len(rows), 92, 136),
    )


def losses(reading: Reading) -> tuple[Loss, ...] | Text:
    """Return what the loss of the largest group, of the three largest, and of all at high risk does; or why not.

    Groups are lost whole, as every test of concentration counts them. At most three trials, and none above the number of
    customers that the settings name: each scores everybody anew.
    """
    portfolio = reading.portfolio
    if reading.n > limit("trial_customers"):
        return say("trials.too_many", n=Count(reading.n), most=Count(limit("trial_customers")))
    tops = [group.position for group in reading.groups]
    cases = [(_members(reading, tops[:1]), say("trials.largest"), tops[:1])]
    if len(tops) > 3:  # the three largest of three are everybody
        cases.append((_members(reading, tops[:3]), say("trials.three_largest"), tops[:3]))
    risky = reading.level("risk", "high")
    if risky and len(risky) < reading.n:
        cases.append((tuple(risky), say("trials.at_risk"), risky))
    ids = reading.frame["customer_id"].astype(str).to_numpy()
    found = []
    for members, label, named in cases[: limit("trials")]:
        trial = answered(lambda members=members: if_lost(portfolio, [ids[at] for at in members]))  # type: ignore[misc]
        if isinstance(trial, Refusal):
            return trial.text
        found.append(Loss(tuple(members), label, _who(reading, named), trial))
    return tuple(found) if found else say("trials.nobody")


def _who(reading: Reading, positions: list[int]) -> Text:
    """Return three names, or two and how many more there are, on one line of the table's first column."""
    shown = positions if len(positions) <= _NAMES else positions[: _NAMES - 1]
    names = [reading.brief(position, _EMS // len(positions[:_NAMES])) for position in shown]
    rest = len(positions) - len(shown)
    return joined((*names, say("word.rest", n=Count(rest))) if rest else tuple(names))


def _members(reading: Reading, tops: list[int]) -> tuple[int, ...]:
    """Return the customers of these groups, the largest sales first."""
    inside = np.isin(reading.portfolio.group_of, reading.portfolio.group_of[tops])
    return tuple(reading.by_sales(inside))


def _build_loss_table(reading: Reading, tried: tuple[Loss, ...]) -> Table:
    covered = tried[0].trial.row("months_covered").now is not None
    heads = [
        "case",
        "size",
        "sales",
        "fall",
        "profit",
        "fall",
        "hhi",
        "top",
        *(["covered"] if covered else []),
        "alerts",
    ]
    spans = [32, 5, 8, 7, 8, 7, 6, 8, *([8] if covered else []), 11 if covered else 19]
    columns = tuple(
        Column(say(f"trials.col_{head}"), "start" if head in ("case", "alerts") else "end", span)
        for head, span in zip(heads, spans, strict=True)
    )
    rows = (_today(reading, tried[0].trial, covered), *(_case(reading, each, covered) for each in tried))
    notes = [say("trials.lost_note")]
    why = tried[0].trial.row("months_covered").verdict
    notes += [say("trials.covered_note") if covered else say("trials.no_fixed_cost", why=why)]
    return Table(
        "lost", say("trials.lost", unit=reading.money.label), columns, rows, None, joined(tuple(notes), "", " ")
    )


def _today(reading: Reading, trial: Trial, covered: bool) -> tuple[Cell, ...]:
    cells = [Cell(say("trials.today")), Cell(count(reading.n), reading.n)]
    for code in ("sales", "gross_profit"):
        cells += [_money(reading, trial.row(code).now), Cell(BLANK)]
    cells += _build_trial_index_cells(trial, "now", covered)
    return (*cells, Cell(say("trials.firing", n=Count(len(reading.alerts))), len(reading.alerts)))


def _case(reading: Reading, each: Loss, covered: bool) -> tuple[Cell, ...]:
    cells = [Cell(each.label, detail=each.who), Cell(count(len(each.positions)), len(each.positions))]
    for code in ("sales", "gross_profit"):
        row = each.trial.row(code)
        cells += [_money(reading, row.then), Cell(change(_rate(row)), _rate(row))]
    cells += _build_trial_index_cells(each.trial, "then", covered)
    said = each.trial.row("alerts_firing").verdict
    return (*cells, Cell(tidy(said, 40) if said.ja else say("trials.unchanged")))


def _build_trial_index_cells(trial: Trial, side: str, covered: bool) -> list[Cell]:
    hhi, top, months = (getattr(trial.row(code), side) for code in ("hhi", "top_share", "months_covered"))
    cells = [Cell(count(hhi), hhi), Cell(percent(top), top)]
    return [*cells, Cell(count(months, 1), months)] if covered else cells


def _money(reading: Reading, value: object) -> Cell:
    amount = known(value)
    return Cell(reading.money.plain(amount, reading.places), amount)


def _rate(row: Row) -> float | None:
    return row.delta / row.now if row.delta is not None and isinstance(row.now, float) and row.now > 0 else None


def _mix(found: Frontier | Refusal) -> Text:
    """Return the one line on the mix of segments, or why there is none."""
    if isinstance(found, Refusal):
        return say("trials.mix_none", why=found.text)
    period = lowered(words.text("grains", found.period))
    return say("trials.mix", sentence=found.recommendation, n=found.n, period=period)
