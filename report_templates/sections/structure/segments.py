"""R2 セグメント: how many customers and how much of the sales each standard segment holds, and how they fare."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engine.explanation.persona import segment_profiles
from engine.language.errors import Text
from engine.lists.summary import summarise
from engine.scoring.concentration import largest_remainder
from report_templates.document.document import BarRow, Bars, Cell, Column, Panel, Section, Table
from report_templates.document.insights import tidy
from report_templates.sections.structure.personas import note_on, personas
from report_templates.texts.formatting import MISSING, count, day, known, percent, points, share_number, signed
from report_templates.texts.settings import limit
from report_templates.texts.texts import BLANK, Count, joined, say

if TYPE_CHECKING:
    from engine.explanation.persona import SegmentProfile
    from report_templates.document.report_data import Reading
    from report_templates.sections.structure.personas import Typical

_NAMED: Final = 15  # share of the table's width, in per cent, that the segments' names take

_ALONE, _BESIDE = 375, 222  # width of a chart in CSS pixels on its own, and with the typical customers beside it

_LEGIBLE: Final = 0.5  # a median customer below so much of the unit needs more decimals


@dataclass(frozen=True, kw_only=True)
class Segments(Section):
    """The page on segments."""

    table: Table
    panel: Panel
    personas: tuple[Typical, ...]
    personas_note: Text


def build(reading: Reading) -> Segments:
    """Return the page on segments."""
    groups = [row for row in summarise(reading.portfolio, by="segment").to_dict("records") if row["customers"]]
    profiles = segment_profiles(reading.portfolio)
    typical = personas(reading, profiles)
    return Segments(
        key="segments",
        number="R2",
        name=say("segments.name"),
        message=_build_segments_message(reading, groups),
        subtitle=say("segments.subtitle", unit=reading.money.label, period=reading.period),
        table=_build_segments_table(reading, groups, profiles),
        panel=_panel(reading, groups, _BESIDE if typical else _ALONE),
        personas=typical,
        personas_note=note_on(reading, typical),
    )


def _label_segment(row: dict[Any, Any]) -> Text:
    return tidy(Text(str(row["label_ja"]), str(row["label_en"])), limit("chart_name"))


def _build_segments_message(reading: Reading, groups: list[dict[Any, Any]]) -> Text:
    if not reading.divisible:
        amount = reading.money.spoken(reading.total or 0.0)
        return say("segments.message_negative", amount=amount) if reading.total else say("segments.message_empty")
    first = max(groups, key=lambda row: known(row["sales"]) or 0.0)
    lead = say(
        "segments.message",
        first=_label_segment(first),
        first_n=Count(first["customers"]),
        first_share=percent(known(first["share"])),
    )
    risky = next((row for row in groups if row["group"] == "at_risk"), None)
    if risky is None:
        return joined((lead, say("segments.message_no_risk")), "", "")
    if risky is first:
        return lead
    amount = reading.money.spoken(known(risky["sales"]) or 0.0)
    return joined((lead, say("segments.message_risk", risk_n=Count(risky["customers"]), risk_amount=amount)), "", "")


def _build_segments_table(reading: Reading, groups: list[dict[Any, Any]], found: tuple[SegmentProfile, ...]) -> Table:
    shares = largest_remainder([known(row["share"]) or 0.0 for row in groups])
    profiles = {each.code: each for each in found}
    rhythms = any(not math.isnan(each.recency) for each in profiles.values())
    earlier = _earlier(reading)
    rows = tuple(
        (
            *_build_segment_row(reading, row, float(share)),
            *(_rhythm(reading, profiles[str(row["group"])]) if rhythms else ()),
            *([_since(row, earlier)] if earlier is not None else []),
        )
        for row, share in zip(groups, shares, strict=True)
    )
    profit = known(reading.frame["gross_profit_12m"].sum(min_count=1))
    told = profit is not None and reading.divisible and _all_costed(reading)
    margin = profit / reading.total if told and profit is not None and reading.total else None
    whole = reading.divisible
    total = (
        Cell(say("word.total")),
        Cell(count(reading.n), reading.n),
        Cell(reading.money.plain(reading.total, reading.places), reading.total),
        Cell(share_number(100.0) if whole else MISSING, 100.0 if whole else None),
        Cell(BLANK),
        _per_cent(margin),
        _mean(reading, "score_total"),
        _mean(reading, "score_risk"),
        *(_rhythm_of_all(reading) if rhythms else ()),
        *([_since_of_all(reading, earlier)] if earlier is not None else []),
    )
    heads = ["segment", "customers", "sales", "share", "change", "margin", "score", "risk"]
    heads += ["recency", "frequency", "monetary"] if rhythms else []
    heads += ["since"] if earlier is not None else []
    rest = (100 - _NAMED) // (len(heads) - 1)
    spans = (_NAMED, *(rest for _ in heads[1:]))
    return Table(
        key="segment-table",
        caption=say("segments.table"),
        columns=tuple(
            Column(say(f"segments.col_{head}"), "start" if head == "segment" else "end", span)
            for head, span in zip(heads, spans, strict=True)
        ),
        rows=rows,
        total=total,
        note=joined(
            (
                say("segments.note", n=Count(reading.n)),
                *([say("segments.note_rhythm")] if rhythms else []),
                *([say("segments.note_since", date=day(reading.before.as_of))] if reading.before is not None else []),
            ),
            "",
            " ",
        ),
    )


def _earlier(reading: Reading) -> dict[str, int] | None:
    """Return the customers of each segment at the last review, or None without one."""
    if reading.before is None:
        return None
    rows = summarise(reading.before, by="segment", measures=("customers",)).to_dict("records")
    return {str(row["group"]): int(row["customers"]) for row in rows}


def _since(row: dict[Any, Any], earlier: dict[str, int]) -> Cell:
    difference = int(row["customers"]) - earlier.get(str(row["group"]), 0)
    return Cell(signed(difference), difference)


def _since_of_all(reading: Reading, earlier: dict[str, int]) -> Cell:
    """Return the change of all customers; segments that are empty now have no row, so that rows need not sum to it."""
    difference = reading.n - sum(earlier.values())
    return Cell(signed(difference), difference)


def _rhythm(reading: Reading, profile: SegmentProfile) -> tuple[Cell, Cell, Cell]:
    """Return the medians of days since the last purchase, purchases, and sales of all time."""
    return _medians(reading, profile.recency, profile.frequency, profile.monetary)


def _rhythm_of_all(reading: Reading) -> tuple[Cell, Cell, Cell]:
    recency, frequency, monetary = (
        known(reading.frame[name].median()) for name in ("recency_days", "orders", "sales_total")
    )
    return _medians(reading, recency, frequency, monetary)


def _medians(
    reading: Reading, recency: float | None, frequency: float | None, monetary: float | None
) -> tuple[Cell, Cell, Cell]:
    days, times, amount = (known(value) for value in (recency, frequency, monetary))
    return (
        Cell(count(days), days),
        Cell(count(times), times),
        Cell(reading.money.plain(amount, _count_sales_decimals(reading)), amount),
    )


def _build_segment_row(reading: Reading, row: dict[Any, Any], share: float) -> tuple[Cell, ...]:
    sales = known(row["sales"])
    shift = known(row["share_change"]) if reading.covered else None
    return (
        Cell(_label_segment(row), str(row["group"]), str(row["group"])),
        Cell(count(row["customers"]), int(row["customers"])),
        Cell(reading.money.plain(sales, reading.places), sales),
        Cell(share_number(share) if sales is not None and reading.divisible else MISSING, known(row["share"])),
        Cell(points(shift), shift),
        _per_cent(known(row["margin_rate"])),
        _build_mean_score_cell(known(row["score"])),
        _build_mean_score_cell(known(row["risk"])),
    )


def _count_sales_decimals(reading: Reading) -> int:
    """Return decimals that still show the sales of a small customer in the unit of the whole portfolio."""
    if reading.money.unit == "one":
        return reading.money.decimals
    largest = reading.money.scaled(float(reading.frame["sales_total"].median()))
    return 1 if largest >= _LEGIBLE else 3


def _per_cent(rate: float | None) -> Cell:
    return Cell(share_number(None if rate is None else rate * 100), rate)


def _build_mean_score_cell(value: float | None) -> Cell:
    return Cell(count(value), value)


def _mean(reading: Reading, column: str) -> Cell:
    return _build_mean_score_cell(known(reading.frame[column].mean()))


def _all_costed(reading: Reading) -> bool:
    bought = reading.frame["sales_12m"].fillna(0) != 0
    return bool(reading.frame.loc[bought, "gross_profit_12m"].notna().all())


def _panel(reading: Reading, groups: list[dict[Any, Any]], wide: int) -> Panel:
    heads = [row["customers"] / reading.n for row in groups]
    sales = [max(known(row["share"]) or 0.0, 0.0) for row in groups]
    top = max([*heads, *sales, 0.01]) * 1.25
    figures = [_build_segment_bars("segment-customers", say("segments.chart_customers"), groups, heads, (top, wide))]
    if reading.divisible:
        figures.append(_build_segment_bars("segment-sales", say("segments.chart_sales"), groups, sales, (top, wide)))
    return Panel("segment-panel", say("segments.panel"), tuple(figures))


def _build_segment_bars(
    key: str, title: Text, groups: list[dict[Any, Any]], values: list[float], axis: tuple[float, int]
) -> Bars:
    rounded = [float(value) for value in largest_remainder(values)]
    rows = tuple(
        BarRow(_label_segment(row), value, share_number(shown), str(row["group"]))
        for row, value, shown in zip(groups, values, rounded, strict=True)
    )
    largest = max(range(len(groups)), key=lambda place: values[place])
    alt = say("segments.alt", measure=title, name=_label_segment(groups[largest]), share=percent(values[largest]))
    top, wide = axis
    return Bars(key, title, alt, rows, top, size=(wide, 30 * len(rows) + 8, 96))
