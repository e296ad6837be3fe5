"""R3 構成・価値マップ: the share of sales by industry, region and ABC class, and where each customer stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import words
from engine.concentration import largest_remainder
from engine.errors import Text
from engine.summary import summarise
from report_templates.insights import tidy
from report_templates.nouns import BarRow, Bars, Bubbles, Section
from report_templates.sections import value_map
from report_templates.settings import limit
from report_templates.texts import Count, joined, lowered, say
from report_templates.wording import known, percent, points, share_number

if TYPE_CHECKING:
    from report_templates.reading import Reading

__all__ = ["Mix", "build"]

_DIMENSIONS = ("industry", "region", "size", "channel")  # the first two that are filled in are shown, then ABC
_SHOWN = 2
_SIZE = (190, 92)  # drawing width, and width of the labels, CSS pixels
_ROW = 23
_ROOM = 78  # for the number beside the longest bar, CSS pixels


@dataclass(frozen=True, kw_only=True)
class Mix(Section):
    """The page on the make-up of sales; `map` is None where no customer has both coordinates."""

    bars: tuple[Bars, ...]
    map: Bubbles | None
    bars_note: Text


@dataclass(frozen=True, slots=True)
class _Slice:
    """One group of one dimension; `shift` is the change of its share, None where the year before is unknown."""

    label: Text
    share: float
    shift: float | None
    rest: bool = False


def build(reading: Reading) -> Mix | None:
    """Return the page on the make-up of sales; None where there are no sales to divide."""
    if not reading.total:
        return None
    dimensions = [name for name in _DIMENSIONS if reading.frame[name].notna().any()][:_SHOWN]
    slices = {name: _slices(reading, name) for name in dimensions}
    classes = _classes(reading)
    everything = [each for group in (*slices.values(), classes) for each in group]
    longest = max(max(each.share, each.share - (each.shift or 0.0)) for each in everything)
    top = longest * _SIZE[0] / (_SIZE[0] - _ROOM)
    bars = [_bars(f"mix-{name}", words.text("dimensions", name), group, top) for name, group in slices.items()]
    bars.append(_bars("mix-abc", say("mix.abc"), classes, top))
    drawn = value_map.build(reading)
    return Mix(
        key="mix",
        number="R3",
        name=say("mix.name"),
        message=joined((_message(slices, classes), *([drawn[1]] if drawn else [])), "", ""),
        subtitle=say("mix.subtitle", unit=reading.money.label, period=reading.period),
        bars=tuple(bars),
        map=drawn[0] if drawn else None,
        bars_note=_note(reading),
    )


def _note(reading: Reading) -> Text:
    definition = reading.portfolio.definition
    edges = {name: percent(definition.number(f"abc.{name}"), 0) for name in ("a", "b")}
    parts = [say("mix.note_previous")] if reading.covered else []
    return joined((*parts, say("mix.note_abc", **edges)), "", "")


def _slices(reading: Reading, dimension: str) -> tuple[_Slice, ...]:
    """Return the largest groups, then the rest as one."""
    found = []
    for row in summarise(reading.portfolio, by=dimension, measures=("share", "share_change")).to_dict("records"):
        share = known(row["share"])
        if share is None:
            continue
        shift = known(row["share_change"]) if reading.covered else None
        label = tidy(Text(str(row["label_ja"]), str(row["label_en"])), limit("chart_name"))
        found.append(_Slice(say("word.no_group") if row["group"] == "" else label, share, shift))
    most = limit("bars")
    if len(found) <= most:
        return tuple(found)
    rest = found[most - 1 :]
    shifts = [each.shift for each in rest if each.shift is not None]
    other = _Slice(
        say("word.other_group"), sum(each.share for each in rest), sum(shifts) if shifts else None, rest=True
    )
    return (*found[: most - 1], other)


def _classes(reading: Reading) -> tuple[_Slice, ...]:
    rows = summarise(reading.portfolio, by="segment", measures=("customers", "share", "share_change"), scheme="abc")
    return tuple(
        _Slice(
            say("mix.abc_group", group=Text(row["label_ja"], row["label_en"]), n=Count(row["customers"])),
            known(row["share"]) or 0.0,
            known(row["share_change"]) if reading.covered else None,
        )
        for row in rows.to_dict("records")
        if row["customers"]
    )


def _bars(key: str, dimension: Text, slices: tuple[_Slice, ...], top: float) -> Bars:
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
    size = (_SIZE[0], _ROW * len(rows) + 4, _SIZE[1])
    title = say(
        "mix.by_change" if any(each.shift is not None for each in slices) else "mix.by", dimension=lowered(dimension)
    )
    return Bars(key, title, alt, tuple(rows), top, size=size)


def _message(slices: dict[str, tuple[_Slice, ...]], classes: tuple[_Slice, ...]) -> Text:
    """Return the most lopsided group of any dimension; without one, what the A customers hold."""
    named = [(name, each) for name, group in slices.items() for each in group if not each.rest]
    if not named:
        return say("mix.message_classes", name=classes[0].label, share=percent(classes[0].share))
    name, first = max(named, key=lambda pair: pair[1].share)
    dimension = words.text("dimensions", name)
    key = "mix.message" if first.shift is None else "mix.message_change"
    return say(
        key, dimension=lowered(dimension), name=first.label, share=percent(first.share), change=points(first.shift)
    )
