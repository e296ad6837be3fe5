"""R9 顧客の声: how satisfied customers say they are, what matters to them, what they talk about, and who went silent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.display import delta
from engine.language.errors import Text
from engine.measures import voice
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.figures import Quadrants, Span, Spans, Spot
from report_templates.document.insights import tidy
from report_templates.document.links import account
from report_templates.document.report_data import answered_or_none
from report_templates.texts.formatting import MISSING, count, day, percent, share_number
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, lowered, say
from report_templates.texts.typeface import width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.measures.voice import Csat, CsPortfolio, Nps, Silent, Voc
    from report_templates.document.document import Align
    from report_templates.document.report_data import Reading

_ROW: Final = 33  # height of one estimate, CSS pixels
_LETTER: Final = 11.5


@dataclass(frozen=True, kw_only=True)
class Voice(Section):
    """The page on the customers' voice; each part is None where its table is missing or too small."""

    nps: Spans | None
    csat: Spans | None
    map: Quadrants | None
    topics: Table | None
    silent: Table | None


def build(reading: Reading) -> Voice | None:
    """Return the page on the customers' voice; None where there are neither surveys nor contacts."""
    portfolio = reading.portfolio
    total = answered_or_none(lambda: voice.nps(portfolio))
    scores = answered_or_none(lambda: voice.nps(portfolio, "segment"))
    items = answered_or_none(lambda: voice.csat(portfolio))
    matters = answered_or_none(lambda: voice.cs_portfolio(portfolio))
    topics = answered_or_none(lambda: voice.voc(portfolio))
    silent = answered_or_none(lambda: voice.silence(portfolio))
    if not any((total, items, topics)):
        return None
    notes = [] if total or items else [say("voice.no_surveys")]
    notes += [] if topics else [say("voice.no_contacts")]
    definition = portfolio.definition
    return Voice(
        key="voice",
        number="R9",
        name=say("voice.name"),
        message=_build_voice_message(total, items, topics),
        subtitle=say(
            "voice.subtitle",
            survey_days=int(definition.number("voice.survey_days")),
            contact_days=int(definition.number("voice.voc_days")),
        ),
        nps=_nps((*(total or ()), *(scores or ()))) if total else None,
        csat=_csat(items) if items else None,
        map=_map(matters) if matters else None,
        topics=_topics(topics) if topics else None,
        silent=_silent(reading, silent) if silent else None,
        notes=tuple(notes),
    )


def _build_voice_message(
    total: tuple[Nps, ...] | None, items: tuple[Csat, ...] | None, topics: tuple[Voc, ...] | None
) -> Text:
    if total and not math.isnan(total[0].value):
        own = total[0]
        first = say(
            "voice.message_nps", value=_points(own.value), n=Count(own.n), low=_points(own.low), high=_points(own.high)
        )
    elif items and not math.isnan(items[0].value):
        first = say("voice.message_csat", value=percent(items[0].value), n=Count(items[0].n))
    elif total or items:
        first = say("voice.message_few")
    else:
        first = say("voice.message_contacts", n=Count(sum(each.n for each in topics or ())))
    if not topics:
        return first
    worst = max(topics, key=lambda each: each.complaints)
    key = "voice.message_topic" if worst.complaints else "voice.message_quiet"
    return joined((first, say(key, topic=lowered(tidy(worst.label, 16)), n=Count(worst.complaints))), "", "")


def _points(value: float) -> Text:
    """Return a score from −100 to 100 with its sign."""
    return Text(delta(value, "ja", 0), delta(value, "en", 0))


def _nps(rows: Sequence[Nps]) -> Spans:
    known = [each for each in rows[1:] if not math.isnan(each.value)]
    total = _points(rows[0].value) if not math.isnan(rows[0].value) else MISSING
    if known:
        lowest = min(known, key=lambda each: each.value)
        alt = say("voice.nps_alt", value=total, name=tidy(lowest.label, 12), low=_points(lowest.value))
    else:
        alt = say("voice.nps_alt_total", value=total)
    return Spans(
        key="nps",
        title=say("voice.nps"),
        alt=alt,
        rows=tuple(_span(each.label, each.value, each.low, each.high, each.n, _points) for each in rows),
        ends=(-100.0, 100.0),
        zero=0.0,
        size=(150, _ROW * len(rows), 84, 84),
    )


def _csat(items: tuple[Csat, ...]) -> Spans:
    shown = items[: limit("items")]
    known = [each for each in shown if not math.isnan(each.value)]
    alt = MISSING
    if known:
        best = max(known, key=lambda each: each.value)
        alt = say("voice.csat_alt", best=tidy(best.label, 14), value=percent(best.value))
    return Spans(
        key="csat",
        title=say("voice.csat"),
        alt=alt,
        rows=tuple(_span(each.label, each.value, each.low, each.high, each.n, percent) for each in shown),
        ends=(0.0, 1.0),
        percent=True,
        size=(150, _ROW * len(shown), 84, 84),
    )


def _span(label: Text, value: float, low: float, high: float, n: int, write: Callable[[float], Text]) -> Span:
    unknown = math.isnan(value)
    display = say("voice.nps_row", value=MISSING if unknown else write(value), n=Count(n))
    return Span(tidy(label, limit("chart_name") - 2), display, None if unknown else value, low, high)


def _map(found: CsPortfolio) -> Quadrants | None:
    """Return the CS portfolio: satisfaction to the right, importance upwards; None where no item has an importance."""
    items = [each for each in found.items if each.refused is None][: limit("items")]
    if not items:
        return None
    x_ends = _around([*(each.satisfaction for each in items), found.split_satisfaction])
    y_ends = _around([*(each.importance for each in items), found.split_importance])
    first = tuple(tidy(Text(each.item, each.item), 14) for each in items if each.area == "improve_first")
    size = (210, 182)
    spots = []
    for each in items:
        name = tidy(Text(each.item, each.item), 10)
        across = (each.satisfaction - x_ends[0]) / (x_ends[1] - x_ends[0]) * size[0]
        side = "left" if across + 9 + width(name.ja) * _LETTER > size[0] else "right"
        tone = "severe" if each.area == "improve_first" else "accent"
        spots.append(Spot(name, each.satisfaction, each.importance, tone, side))
    names = [words.text("cs_areas", code) for code in ("improve_first", "keep_first", "improve", "keep")]
    return Quadrants(
        key="cs",
        title=say("voice.map"),
        alt=say("voice.map_alt", names=joined(first)) if first else say("voice.map_alt_none"),
        x_title=say("voice.map_x"),
        y_title=say("voice.map_y"),
        x_ends=x_ends,
        y_ends=y_ends,
        split=(found.split_satisfaction, found.split_importance),
        names=(names[0], names[1], names[2], names[3]),
        spots=tuple(spots),
        size=size,
        note=say("voice.map_note") if any(each.low < 0 < each.high for each in items) else None,
    )


def _around(values: list[float]) -> tuple[float, float]:
    """Return ends a third of the range beyond the values, so that names and corners have room."""
    low, high = min(values), max(values)
    room = (high - low) / 3 or 0.1
    return low - room, high + room


def _topics(topics: tuple[Voc, ...]) -> Table:
    shown = sorted(topics, key=lambda each: (-each.complaints, -each.n))[: limit("topics")]
    rows = tuple(
        (
            Cell(tidy(each.label, 16)),
            Cell(count(each.n), each.n),
            Cell(share_number(100 * each.share), each.share),
            Cell(count(each.negative), each.negative),
            Cell(count(each.complaints), each.complaints),
            Cell(day(each.last_complaint), each.last_complaint),
            Cell(count(each.open_items), each.open_items),
        )
        for each in shown
    )
    heads = ("topic", "n", "share", "negative", "complaints", "last", "open")
    columns = tuple(
        Column(say(f"voice.col_{head}"), "start" if head == "topic" else "end", span)
        for head, span in zip(heads, (24, 11, 12, 12, 14, 18, 9), strict=True)
    )
    return Table("topics", say("voice.topics"), columns, rows)


def _silent(reading: Reading, silent: tuple[Silent, ...]) -> Table:
    known = [each for each in silent if each.sales]
    rows = tuple(
        (
            Cell(reading.name(each.position), tone="name", link=account(int(each.position))),
            Cell(reading.money.plain(each.sales, reading.places), each.sales),
            Cell(day(each.last) if each.last else say("voice.never"), each.last),
            Cell(count(each.days) if each.days is not None else MISSING, each.days),
        )
        for each in (known or silent)[: limit("topics")]
    )
    heads: dict[str, tuple[Align, int]] = {
        "customer": ("start", 46),
        "sales": ("end", 18),
        "contact": ("end", 20),
        "days": ("end", 16),
    }
    columns = tuple(
        Column(say(f"voice.col_{head}", **({"unit": reading.money.label} if head == "sales" else {})), align, span)
        for head, (align, span) in heads.items()
    )
    days = int(reading.portfolio.definition.number("voice.silence_days"))
    return Table("silent", say("voice.silent", days=days, n=Count(len(silent))), columns, rows)
