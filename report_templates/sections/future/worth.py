"""R7 価値と維持: what the present customers are worth and for how long, who stays, and what may be lost within a year.

Decision 0219: why R7 is two pages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeGuard

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.measures.retention import MEANINGS, rates, trend
from engine.measures.value.equity import equity_by
from engine.measures.value.lifetime import customer_equity, lifetimes
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.figures import ColumnBar, Columns, Heat, Span, Spans
from report_templates.document.insights import tidy
from report_templates.document.report_data import answered
from report_templates.sections.future.worth_parts import cohorts, exposed, short
from report_templates.texts.formatting import MISSING, Money, count, percent, share_number
from report_templates.texts.settings import limit
from report_templates.texts.texts import BLANK, Count, joined, lowered, opened, say
from report_templates.texts.typeface import width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.measures.retention import Rate
    from engine.measures.value.equity import EquityRow
    from engine.measures.value.lifetime import Equity
    from report_templates.document.report_data import Reading

_KINDS: Final = ("retention", "churn", "repurchase", "grr", "nrr")
_COLUMNS: Final = ("industry", "size", "region", "channel")  # what orders do not decide, so that a rate means something
_ROW: Final = 20  # height of one estimate, CSS pixels
_BESIDE: Final = 224  # of an estimate's interval and its numbers together
_LETTER: Final = 11.25  # size of the numbers' letters


@dataclass(frozen=True, kw_only=True)
class Worth(Section):
    """The page on value and retention; each part is None where its data are missing, and `notes` say so.

    `convention` is what must stand beside every lifetime value, or why there is none.
    """

    equity: Table | None
    convention: Text
    run_off: Columns | None
    kinds: Spans | None
    groups: Spans | None
    cohorts: Heat | None
    exposure: Table | None


def build(reading: Reading) -> Worth | None:
    """Return the page on value and retention; None where the data tell neither."""
    portfolio = reading.portfolio
    worth = answered(lambda: customer_equity(portfolio))
    kinds = _rates(reading)
    known = _keep_known_rates(kinds)
    if isinstance(worth, Refusal) and not known:
        return None
    by, groups = _find_retention_groups(reading)
    triangle = cohorts(reading)
    missing = [found.text for found in kinds.values() if isinstance(found, Refusal)]
    missing += [triangle] if isinstance(triangle, Text) else []
    return Worth(
        key="worth",
        number="R7",
        name=say("worth.name"),
        message=_build_worth_message(reading, worth, known, groups),
        subtitle=say("worth.subtitle", period=reading.period, unit=reading.money.label, share=_confidence(reading)),
        equity=None if isinstance(worth, Refusal) else _equity(reading, worth),
        convention=_convention(reading, worth),
        run_off=_run_off(reading, worth) if _valued(worth) else None,
        kinds=_kinds(known),
        groups=_stay(by, groups) if groups else _stay("", _quarters(reading)),
        cohorts=None if isinstance(triangle, Text) else triangle,
        exposure=exposed(reading, worth.text if isinstance(worth, Refusal) else None),
        notes=(*([_meanings(known)] if known else []), *(opened(tidy(text, 90)) for text in dict.fromkeys(missing))),
    )


def gaps(reading: Reading) -> tuple[Text, ...]:
    """Return what is missing for value and retention where there is no page that says so; else nothing."""
    worth = answered(lambda: customer_equity(reading.portfolio))
    kinds = _rates(reading)
    if not isinstance(worth, Refusal) or _keep_known_rates(kinds):
        return ()
    found = [found.text for found in kinds.values() if isinstance(found, Refusal)]
    return (say("worth.refused", why=worth.text), *dict.fromkeys(found))


def _rates(reading: Reading) -> dict[str, Rate | Refusal]:
    """Return the five rates of all customers, or why there is none."""
    return {kind: answered(lambda kind=kind: rates(reading.portfolio, kind)[0]) for kind in _KINDS}  # type: ignore[misc]


def _keep_known_rates(kinds: dict[str, Rate | Refusal]) -> tuple[Rate, ...]:
    return tuple(found for found in kinds.values() if not isinstance(found, Refusal) and found.value is not None)


def _confidence(reading: Reading) -> Text:
    return percent(reading.portfolio.definition.number("retention.confidence"), 0)


def _build_worth_message(
    reading: Reading, worth: Equity | Refusal, known: tuple[Rate, ...], groups: tuple[Rate, ...]
) -> Text:
    if not _valued(worth):
        first = say("worth.message_none")
    else:
        years = count(lifetimes(reading.portfolio).terms.years)
        first = say("worth.message", amount=reading.money.spoken(worth.total), years=years)
    stay = next((each for each in known if each.kind == "retention"), None)
    if stay is None:
        return first
    weakest = min(groups, key=lambda each: each.value or 0.0, default=None)
    # Where its interval holds everybody's rate, the lowest may be lowest by chance.
    if weakest is None or weakest.value is None or stay.value is None or (weakest.high or 1.0) >= stay.value:
        return joined((first, say("worth.message_stay", value=percent(stay.value))), "", "")
    second = say(
        "worth.message_weak",
        value=percent(stay.value),
        name=tidy(weakest.label, 14),
        low=percent(weakest.value),
        n=Count(weakest.n),
    )
    return joined((first, second), "", "")


def _valued(worth: Equity | Refusal) -> TypeGuard[Equity]:
    """Return whether any customer has a value: a sum over none of them is not 0."""
    return not isinstance(worth, Refusal) and worth.customers > worth.unvalued


def _convention(reading: Reading, worth: Equity | Refusal) -> Text:
    """Return method and convention of the value, or what is missing for one."""
    if isinstance(worth, Refusal):
        return say("worth.refused", why=worth.text)
    found = lifetimes(reading.portfolio)
    label = words.text("ltv_methods", found.method)
    return say("worth.convention", method=label, convention=worth.convention)


def _equity(reading: Reading, worth: Equity) -> Table:
    rows = [each for each in equity_by(reading.portfolio, "segment") if each.customers]
    (whole,) = equity_by(reading.portfolio)
    places = reading.money.places([worth.total])
    means = [each.mid / (each.customers - each.unvalued) for each in rows if each.customers > each.unvalued]
    small = Money.fitting(max(means, default=0.0), reading.portfolio.currency, reading.portfolio.digits)
    columns = tuple(
        Column(say(f"worth.col_{head}", unit=small.label), "start" if head == "segment" else "end", span)
        for head, span in (("segment", 25), ("customers", 14), ("value", 15), ("interval", 22), ("each", 24))
    )
    note = say("worth.unvalued", n=Count(worth.unvalued)) if worth.unvalued else None
    return Table(
        "equity",
        say("worth.equity", unit=reading.money.label),
        columns,
        tuple(_worth_of(reading, each, places, small) for each in rows),
        _worth_of(reading, whole, places, small),
        note,
    )


def _worth_of(reading: Reading, each: EquityRow, places: int, small: Money) -> tuple[Cell, ...]:
    valued = each.customers - each.unvalued
    mean = each.mid / valued if valued else None
    money = reading.money
    ends = say("worth.ends", low=money.plain(each.low, places), high=money.plain(each.high, places))
    return (
        Cell(tidy(each.label, 12), each.key, each.key),
        Cell(count(each.customers), each.customers),
        Cell(money.plain(each.mid, places) if valued else MISSING, each.mid if valued else None),
        Cell(ends if valued else MISSING, each.low if valued else None),
        Cell(small.plain(mean), mean),
    )


def _run_off(reading: Reading, worth: Equity) -> Columns:
    scaled = [reading.money.scaled(part) for part in worth.run_off]
    places = reading.money.places(worth.run_off)
    low, high = min(*scaled, 0.0), max(*scaled, 0.0)
    reach = high - low or 1.0
    share = worth.run_off[0] / worth.total if worth.total > 0 else None
    return Columns(
        key="run-off",
        title=say("worth.run_off", unit=reading.money.label),
        alt=say("worth.run_off_alt", amount=reading.money.spoken(worth.run_off[0]), share=percent(share)),
        bars=tuple(
            ColumnBar(say("worth.year", n=at + 1), BLANK, value, reading.money.plain(worth.run_off[at], places))
            for at, value in enumerate(scaled)
        ),
        ends=(low, high + reach * 0.16),
        size=(350, 86),
    )


def rate_span(each: Rate, label: Text) -> Span:
    """Return a rate as an estimate with its interval and the number of customers (or leads) it rests on."""
    if each.value is None:
        return Span(label, say("worth.rate_none"), None, 0.0, 0.0)
    low, high = (each.value if end is None else end for end in (each.low, each.high))
    key = "worth.rate" if each.low is not None else "worth.rate_plain"
    display = say(
        key,
        value=percent(each.value),
        low=share_number(100 * low, 0),
        high=share_number(100 * high, 0),
        n=Count(each.n),
    )
    return Span(label, display, each.value, low, high)


def _numbers(rows: Sequence[Span]) -> int:
    """Return the room, in CSS pixels, that the numbers beside the estimates take: counts of thousands are long."""
    widest = max(width(said) for row in rows for said in (row.display.ja, row.display.en))
    return min(max(math.ceil(widest * _LETTER) + 12, 132), _BESIDE - 50)


def _spans(key: str, title: Text, found: Sequence[Rate], labels: Sequence[Text]) -> Spans:
    rows = tuple(rate_span(each, tidy(label, 9)) for each, label in zip(found, labels, strict=True))
    said = rows[0] if key == "rates" else min(rows, key=lambda row: 2.0 if row.value is None else row.value)
    highest = max(row.high for row in rows)
    return Spans(
        key=key,
        title=title,
        alt=say(f"worth.{key}_alt", name=said.label, value=said.display),
        rows=rows,
        ends=(0.0, 1.0 if highest <= 1.0 else min(highest, 2.0)),
        percent=True,
        size=(_BESIDE - _numbers(rows), _ROW * len(rows), 92, _numbers(rows)),
    )


def _kinds(known: tuple[Rate, ...]) -> Spans | None:
    labels = [words.text("retention", each.kind) for each in known]
    return _spans("rates", say("worth.rates"), known, labels) if known else None


def _stay(column: str, found: tuple[Rate, ...]) -> Spans | None:
    """Return the retention of the groups of a column, or of quarters where there is none."""
    by = words.text("dimensions", column) if column else words.text("grains", "quarter")
    return _spans("stay", say("worth.stay", by=lowered(by)), found, [each.label for each in found]) if found else None


def _find_retention_groups(reading: Reading) -> tuple[str, tuple[Rate, ...]]:
    """Return the first column that divides the customers, and the retention of its largest groups, the lowest first."""
    for column in _COLUMNS:
        found = answered(lambda column=column: rates(reading.portfolio, "retention", column))  # type: ignore[misc]
        if isinstance(found, Refusal):
            return "", ()
        large = [each for each in found if each.key and each.n >= limit("rate_base")]
        if len(large) > 1:
            chosen = sorted(large, key=lambda each: -each.n)[: limit("rate_groups")]
            return column, tuple(sorted(chosen, key=lambda each: each.value or 0.0))
    return "", ()


def _quarters(reading: Reading) -> tuple[Rate, ...]:
    """Return the retention of the last whole quarters: what stands in for groups, never compared with a year's rate."""
    found = answered(lambda: trend(reading.portfolio, "retention", "quarter"))
    if isinstance(found, Refusal):
        return ()
    told = [each for each in found if each.n >= limit("rate_base") and each.period.complete]
    shown = told[-limit("rate_groups") :] if len(told) > 1 else []
    return tuple(replace(each, label=short(reading, each.period)) for each in shown)


def _meanings(known: tuple[Rate, ...]) -> Text:
    """Return what each rate means, so that nobody takes one for another."""
    said = tuple(
        say("worth.meaning", kind=words.text("retention", each.kind), meaning=MEANINGS[each.kind]) for each in known
    )
    whole = joined(said, "。", "; ")
    return Text(f"{whole.ja}。", f"{whole.en}.")
