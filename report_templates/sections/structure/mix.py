"""R3 構成: the share of sales by industry, region, product and class, and how last year's sales became this year's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.lists.summary import summarise
from engine.measures.profit import whale_curve
from engine.measures.profit.product_mix import product_mix
from engine.measures.retention.bridges import revenue_bridge
from engine.measures.retention.periods import period_of
from engine.scoring.concentration import largest_remainder, measure
from report_templates.document.document import BarRow, Bars, Bubbles, Cell, Column, Section, Table
from report_templates.document.insights import tidy
from report_templates.sections.structure import bridge, regions, value_map
from report_templates.texts.formatting import count, known, percent, points, share_number
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, lowered, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from report_templates.document.figures_money import Waterfall
    from report_templates.document.report_data import Reading

_DIMENSIONS: Final = ("industry", "region", "product", "size", "channel")
_BESIDE_MAP: Final = 2  # charts of dimensions beside the value map; ABC stands below them
_ABOVE_BRIDGE: Final = 3  # the same above the bridge; every further dimension is a row of a table
_SIZE: Final = (214, 92)  # drawing width, and width of the labels, CSS pixels
_ROW: Final = 23
_LOW_ROW: Final = 20
_ROOM: Final = 78  # for the number beside the longest bar, CSS pixels


@dataclass(frozen=True, kw_only=True)
class Mix(Section):
    """The page on the make-up of sales.

    Parameters
    ----------
    bars
        The make-up along each dimension.
    map
        The value map, where there is no bridge to show; else it has a page of its own.
    bridge
        How last year's sales became this year's; None where the orders do not reach back.
    causes, causes_note
        The change of those who stayed by price, quantity and mix, and how it is meant, or why it is not available.
    others
        The make-up along further dimensions, where there is a bridge.
    """

    bars: tuple[Bars, ...]
    map: Bubbles | None
    bars_note: Text
    bridge: Waterfall | None = None
    causes: Waterfall | None = None
    causes_note: Text | None = None
    others: Table | None = None


@dataclass(frozen=True, slots=True)
class _Slice:
    """One group of one dimension; `shift` is the change of its share, None where the year before is unknown."""

    label: Text
    share: float
    shift: float | None
    rest: bool = False


def build(reading: Reading) -> Mix | None:
    """Return the page on the make-up of sales; None where there are no sales to divide."""
    if not reading.divisible:
        return None
    every = {name: group for name in _DIMENSIONS if (group := _slices(reading, name))}
    flows = bridge.build(reading)
    shown = _ABOVE_BRIDGE if flows else _BESIDE_MAP
    slices = dict(list(every.items())[:shown])
    classes = _slice_abc_classes(reading)
    drawn = {name: (_label_dimension(name), group) for name, group in slices.items()}
    if not flows or not drawn:
        drawn["abc"] = (say("mix.abc"), classes)
    found = value_map.build(reading) if flows is None else None
    causes = bridge.causes(reading) if flows else (None, None)
    lead = _build_mix_message(slices, classes)
    second = bridge.message(reading, flows) if flows else found[1] if found else None
    return Mix(
        key="mix",
        number="R3",
        name=say("mix.name_bridge" if flows else "mix.name"),
        message=_join_mix_messages(lead, second, first=flows is not None),
        subtitle=say(
            "mix.subtitle_bridge" if flows else "mix.subtitle", unit=reading.money.label, period=reading.period
        ),
        bars=_build_mix_charts(reading, drawn, _LOW_ROW if flows else _ROW),
        map=found[0] if found else None,
        bars_note=_write_mix_note(reading, slices, tuple(each for each in (flows, causes[0]) if each is not None)),
        bridge=flows,
        causes=causes[0],
        causes_note=causes[1],
        others=_others(reading, {name: each for name, each in every.items() if name not in slices}, classes)
        if flows
        else None,
        notes=_explain_missing_profitability(reading),
    )


def _join_mix_messages(lead: Text, second: Text | None, *, first: bool) -> Text:
    """Return the message: what the bridge says goes `first`, what the map says stands behind."""
    if second is None:
        return lead
    return joined((second, lead), "。", ". ") if first else joined((lead, second), "。", "; ")


def _label_dimension(dimension: str) -> Text:
    return say("mix.product") if dimension == "product" else words.text("dimensions", dimension)


def _explain_missing_profitability(reading: Reading) -> tuple[Text, ...]:
    """Return why there is no page on profitability, where there is none."""
    try:
        whale_curve(reading.portfolio)
    except Refusal as refusal:
        return (say("profit.missing", why=refusal.text),)
    return ()


def _write_mix_note(reading: Reading, slices: dict[str, tuple[_Slice, ...]], bridges: tuple[Waterfall, ...]) -> Text:
    definition = reading.portfolio.definition
    edges = {name: percent(definition.number(f"abc.{name}"), 0) for name in ("a", "b")}
    parts = [say("mix.note_previous")] if reading.covered else []
    if bridges:
        parts += [say("mix.note_hhi")] if set(slices) - {"product"} else []
        parts.append(say("bridge.note"))
        parts += [say("bridge.note_cut")] if any(each.ends[0] > 0 for each in bridges) else []
    shown = regions.note(reading, with_index=not bridges) if "region" in slices else None
    first = [] if shown is None else [shown]
    return joined((*first, *parts, say("mix.note_abc", **edges)), "", "")


def _slices(reading: Reading, dimension: str) -> tuple[_Slice, ...]:
    """Return the largest groups, then the rest as one; nothing where the dimension is not told."""
    found = _products(reading) if dimension == "product" else _slice_dimension(reading, dimension)
    most = limit("bars")
    if len(found) <= most:
        return tuple(found)
    rest = found[most - 1 :]
    shifts = [each.shift for each in rest if each.shift is not None]
    other = _Slice(
        say("word.other_group"), sum(each.share for each in rest), sum(shifts) if shifts else None, rest=True
    )
    return (*found[: most - 1], other)


def _slice_dimension(reading: Reading, dimension: str) -> list[_Slice]:
    if not reading.frame[dimension].notna().any():
        return []
    found = []
    for row in summarise(reading.portfolio, by=dimension, measures=("share", "share_change")).to_dict("records"):
        share = known(row["share"])
        if share is None:
            continue
        shift = known(row["share_change"]) if reading.covered else None
        label = tidy(Text(str(row["label_ja"]), str(row["label_en"])), limit("chart_name"))
        found.append(_Slice(say("word.no_group") if row["group"] == "" else label, share, shift))
    return found


def _products(reading: Reading) -> list[_Slice]:
    try:
        rows = product_mix(reading.portfolio)
    except Refusal:
        return []
    found = []
    for row in rows.to_dict("records"):
        name = shortened(brief(printable(str(row["product"]))), limit("chart_name"))
        share = known(row["share"])
        if share is not None:
            shift = known(row["share_change"]) if reading.covered else None
            found.append(_Slice(Text(name, name) if name else say("word.no_group"), share, shift))
    return found


def _slice_abc_classes(reading: Reading) -> tuple[_Slice, ...]:
    return _scheme(reading, "abc", lambda row: Text(str(row["label_ja"]), str(row["label_en"])))


def _scheme(reading: Reading, scheme: str, name: Callable[[dict[Any, Any]], Text]) -> tuple[_Slice, ...]:
    """Return the groups of a scheme with their number of customers; groups without any are left out."""
    rows = summarise(reading.portfolio, by="segment", measures=("customers", "share", "share_change"), scheme=scheme)
    return tuple(
        _Slice(
            say("mix.abc_group", group=name(row), n=Count(row["customers"])),
            known(row["share"]) or 0.0,
            known(row["share_change"]) if reading.covered else None,
        )
        for row in rows.to_dict("records")
        if row["customers"]
    )


def _build_mix_charts(
    reading: Reading, drawn: dict[str, tuple[Text, tuple[_Slice, ...]]], row: int
) -> tuple[Bars, ...]:
    everything = [each for _, group in drawn.values() for each in group]
    longest = max(max(each.share, each.share - (each.shift or 0.0)) for each in everything)
    top = longest * _SIZE[0] / (_SIZE[0] - _ROOM)
    return tuple(
        _build_mix_bars(f"mix-{name}", label, group, top, row, _spread(reading, name) if row == _LOW_ROW else None)
        for name, (label, group) in drawn.items()
    )


def _spread(reading: Reading, dimension: str) -> Text | None:
    """Return how many groups there are and how concentrated sales are on them (HHI)."""
    if dimension == "abc":
        return None
    if dimension == "product":
        rows = product_mix(reading.portfolio)
        return say("mix.groups", n=Count(int((rows["sales"] != 0).sum())))
    index = measure(reading.portfolio, "hhi", dimension)
    n = reading.frame.loc[reading.sales.to_numpy() > 0, dimension].dropna().nunique()
    return None if np.isnan(index) else say("mix.hhi", n=Count(n), hhi=count(index))


def _build_mix_bars(
    key: str, dimension: Text, slices: tuple[_Slice, ...], top: float, height: int, note: Text | None
) -> Bars:
    shown = largest_remainder([each.share for each in slices])
    rows = []
    for each, per_cent in zip(slices, shown, strict=True):
        number = share_number(float(per_cent))
        if each.shift is not None:
            number = say("mix.bar_change", share=number, change=points(each.shift))
        before = None if each.shift is None else max(each.share - each.shift, 0.0)
        rows.append(BarRow(each.label, each.share, number, "rest" if each.rest else "plain", before))
    largest = max(slices, key=lambda each: each.share)
    alt = say("mix.alt", dimension=lowered(dimension), name=largest.label, share=percent(largest.share))
    size = (_SIZE[0], height * len(rows) + 4, _SIZE[1])
    title = say(
        "mix.by_change" if any(each.shift is not None for each in slices) else "mix.by", dimension=lowered(dimension)
    )
    return Bars(key, title, alt, tuple(rows), top, size=size, note=note)


def _others(reading: Reading, slices: dict[str, tuple[_Slice, ...]], classes: tuple[_Slice, ...]) -> Table:
    """Return the make-up along further dimensions, one row each."""
    rows = [(_label_dimension(name), each) for name, each in slices.items()]
    rows.append((say("mix.newness"), _newness(reading)))
    rows.append((say("mix.abc"), classes))
    lines = [(Cell(label), _build_slices_cell(group)) for label, group in rows]
    lines.append((Cell(say("mix.decile")), _deciles(reading)))
    return Table(
        key="mix-others",
        caption=say("mix.others"),
        columns=(Column(say("mix.col_dimension"), "start", 14), Column(say("mix.col_shares"), "start", 86)),
        rows=tuple(lines),
    )


def _deciles(reading: Reading) -> Cell:
    """Return the share of each decile; customers without sales, who are in none, sold nothing."""
    try:
        rows = summarise(reading.portfolio, by="segment", measures=("customers", "share"), scheme="decile")
    except Refusal as refusal:
        return Cell(say("mix.decile_missing", why=refusal.text), tone="missing")
    rows = rows[(rows["group"] != "unclassified") & (rows["customers"] > 0)]
    return _build_slices_cell(
        [
            _Slice(say("mix.decile_group", n=place), known(row["share"]) or 0.0, None)
            for place, row in enumerate(rows.to_dict("records"), 1)
        ]
    )


def _build_slices_cell(group: Sequence[_Slice]) -> Cell:
    shown = largest_remainder([each.share for each in group])
    parts = (
        say("mix.part", name=each.label, share=share_number(float(per_cent)))
        for each, per_cent in zip(group, shown, strict=True)
    )
    return Cell(joined(tuple(parts), "、", ", "))


def _newness(reading: Reading) -> tuple[_Slice, ...]:
    """Return this year's sales by whether the customer is new, has come back, or has stayed."""
    period = period_of(None, reading.portfolio.as_of)
    whole = revenue_bridge(reading.portfolio, period).iloc[0]
    new, back, end = (int(whole[name]) for name in ("new", "returned", "end"))
    parts = (("stayed", end - new - back), ("new", new), ("returned", back))
    return tuple(_Slice(say(f"mix.{name}"), value / end, None) for name, value in parts)


def _build_mix_message(slices: dict[str, tuple[_Slice, ...]], classes: tuple[_Slice, ...]) -> Text:
    """Return the most lopsided group of any dimension; without one, what the A customers hold."""
    listed = [(name, each) for name, group in slices.items() for each in group if not each.rest]
    if not listed:
        return say("mix.message_classes", name=classes[0].label, share=percent(classes[0].share))
    name, first = max(listed, key=lambda pair: pair[1].share)
    dimension = _label_dimension(name)
    key = "mix.message" if first.shift is None else "mix.message_change"
    return say(
        key, dimension=lowered(dimension), name=first.label, share=percent(first.share), change=points(first.shift)
    )
