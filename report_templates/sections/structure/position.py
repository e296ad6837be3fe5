"""R3 成長と競合: every customer by sales and growth, and one's own figures beside those of competitors and the industry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal, Text
from engine.lists import benchmarks
from report_templates.document.document import Bubbles, Cell, Column, Section, Table
from report_templates.document.insights import tidy
from report_templates.sections.structure import bridge, value_map
from report_templates.texts.formatting import MISSING, change, count, day, percent, points
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, opened, plain, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from engine.lists.benchmarks import Comparison
    from report_templates.document.report_data import Reading

_NAME: Final = 15  # width of what is compared, em
_SOURCES: Final = 3  # sources, and reasons, named below a table
_SIGNED: Final = frozenset({"growth"})


@dataclass(frozen=True, kw_only=True)
class Position(Section):
    """The page on growth and on others; no map where it stands beside the make-up of sales, no tables without benchmarks."""

    map: Bubbles | None
    tables: tuple[Table, ...]


def build(reading: Reading) -> Position | None:
    """Return the page; None without benchmarks where the value map stands beside the make-up of sales."""
    compared = _compared(reading)
    drawn = value_map.build(reading, wide=not compared) if reading.total and bridge.build(reading) is not None else None
    if not compared and drawn is None:
        return None
    parts = [*([opened(drawn[1])] if drawn else []), *([_build_position_message(compared)] if compared else [])]
    key = "both" if compared and drawn else "others" if compared else "growth"
    return Position(
        key="position",
        number="R3",
        name=say(f"position.name_{key}"),
        message=joined(tuple(parts), "。", ". "),
        subtitle=say(f"position.subtitle_{key}", unit=reading.money.label, period=reading.period),
        map=drawn[0] if drawn else None,
        tables=_build_position_tables(compared),
    )


def _compared(reading: Reading) -> tuple[Comparison, ...]:
    try:
        return benchmarks.compare(reading.portfolio)
    except Refusal:
        return ()


def _build_position_message(compared: tuple[Comparison, ...]) -> Text:
    """Return the figure of the whole portfolio that differs most, in per cent of theirs, from that of others."""
    told = [each for each in compared if each.gap is not None and each.other]
    if not told:
        return say("position.message_none", n=Count(len(compared)))
    whole = [each for each in told if not each.item] or told
    widest = max(whole, key=lambda each: abs((each.gap or 0.0) / each.other))
    return say(
        "position.message",
        what=_what(widest),
        own=_write_compared_figure(widest, widest.own),
        who=_short(widest.who, 14),
        other=_write_compared_figure(widest, widest.other),
    )


def _what(each: Comparison) -> Text:
    label = tidy(each.label, _NAME)
    return label if not each.item else say("position.item", label=label, item=_short(each.item, 10))


def _short(word: str, ems: float) -> Text:
    return plain(shortened(brief(printable(word)), ems))


def _write_compared_figure(each: Comparison, value: float | None) -> Text:
    """Return a figure in its own unit."""
    if value is None:
        return MISSING
    if each.unit == "rate":
        return change(value) if each.measure in _SIGNED else percent(value)
    return count(value, 0 if each.unit in ("money", "count") or each.measure == "hhi" else 1)


def _gap(each: Comparison) -> Text:
    if each.gap is None:
        return MISSING
    if each.unit == "rate":
        return say("position.points", gap=points(each.gap))
    plain_gap = _write_compared_figure(each, each.gap)
    return Text(f"+{plain_gap.ja}", f"+{plain_gap.en}") if each.gap > 0 else plain_gap


def _build_position_tables(compared: tuple[Comparison, ...]) -> tuple[Table, ...]:
    """Return one table for each of the others, in the order of the input."""
    shown = compared[: limit("benchmarks")]
    whose = list(dict.fromkeys(each.who for each in shown))
    rest = len(compared) - len(shown)
    return tuple(
        _build_position_table(
            f"benchmarks-{place}", [each for each in shown if each.who == who], rest if who == whose[-1] else 0
        )
        for place, who in enumerate(whose, 1)
    )


def _build_position_table(key: str, shown: list[Comparison], rest: int) -> Table:
    heads, spans = ("what", "own", "other", "gap"), (46, 18, 18, 18)
    return Table(
        key=key,
        caption=say("position.table", who=_short(shown[0].who, 20)),
        columns=tuple(
            Column(say(f"position.col_{head}"), "start" if head == "what" else "end", span)
            for head, span in zip(heads, spans, strict=True)
        ),
        rows=tuple(_build_comparison_row(each) for each in shown),
        note=_write_peer_source(shown, rest),
    )


def _write_peer_source(shown: list[Comparison], rest: int) -> Text:
    """Return where the figures are from and of what day, and what is missing or out of date."""
    dated = list(dict.fromkeys((each.source, each.day) for each in shown))
    notes = [say("position.source", source=_short(name, 44), date=day(moment)) for name, moment in dated[:_SOURCES]]
    if any(each.stale for each in shown):
        notes.append(say("position.stale"))
    reasons = list(dict.fromkeys(each.reason for each in shown if each.reason is not None))
    notes += [say("position.reason", why=tidy(why, 60)) for why in reasons[:_SOURCES]]
    if rest:
        notes.append(say("position.rest", n=Count(rest)))
    return joined(tuple(notes), "", " ")


def _build_comparison_row(each: Comparison) -> tuple[Cell, ...]:
    name = say("position.old", what=_what(each)) if each.stale else _what(each)
    return (
        Cell(name, each.measure),
        Cell(_write_compared_figure(each, each.own), each.own, "" if each.own is not None else "missing"),
        Cell(_write_compared_figure(each, each.other), each.other),
        Cell(_gap(each), each.gap, "" if each.gap is not None else "missing"),
    )
