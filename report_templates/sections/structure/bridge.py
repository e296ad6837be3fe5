"""R3 増減: how last year's sales became this year's, by who came and went and by industry, and by price and quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.measures.profit.price_volume import PriceVolume, price_volume
from engine.measures.retention.bridges import revenue_bridge
from engine.measures.retention.periods import period_of
from report_templates.document.figures_money import Step, Waterfall
from report_templates.document.insights import tidy
from report_templates.texts.formatting import change, percent
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, lowered, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from report_templates.document.report_data import Reading

_SIZE: Final = (300, 118)  # width of the drawing, width of the labels
_ROW: Final = 19
_ROOM: Final = 0.26  # share of the drawing that the number beside the longest bar needs
_FLOOR: Final = 0.25  # part of the drawing that levels keep where the axis does not begin at 0
_THIN: Final = 0.3  # the axis is cut where all changes take place within so small a part of it
_DIMENSIONS: Final = ("industry", "region", "size", "channel")


def build(reading: Reading) -> Waterfall | None:
    """Return the bridge of all sales; None where the orders do not reach back over the year before."""
    if not reading.covered or not reading.total or reading.previous is None or reading.previous <= 0:
        return None
    whole = _compute_sales_flows(reading, None).iloc[0]
    parts: list[tuple[Text, int]] = [
        (say("bridge.new"), int(whole["new"])),
        (say("bridge.returned"), int(whole["returned"])),
        (say("bridge.lost"), -int(whole["churn"])),
        *_stayed(reading),
        (say("bridge.credits"), int(whole["credits"]) - int(whole["credits_before"])),
    ]
    dimension = _dimension(reading)
    by = lowered(words.text("dimensions", dimension)) if dimension else None
    return _waterfall(
        reading,
        "bridge",
        say("bridge.title_by" if by else "bridge.title", unit=reading.money.label, **({"by": by} if by else {})),
        ((say("bridge.before"), int(reading.previous)), (say("bridge.now"), int(reading.total))),
        parts,
    )


def message(reading: Reading, figure: Waterfall) -> Text:
    """Return the largest increase and the largest decrease of the bridge."""
    steps = figure.steps[1:-1]
    best = max(steps, key=lambda step: step.value, default=None)
    worst = min(steps, key=lambda step: step.value, default=None)
    rose, fell = bool(best and best.value > 0), bool(worst and worst.value < 0)
    parts = [
        say(f"bridge.message_{key}", name=step.label, amount=reading.money.spoken(abs(step.value)))
        for key, step, there in (("down" if rose else "fell", worst, fell), ("up", best, rose))
        if step is not None and there
    ]
    rate = say("bridge.message", rate=change(reading.growth))
    return joined((rate, joined(tuple(parts))), "。", "; ") if parts else rate


def causes(reading: Reading) -> tuple[Waterfall | None, Text | None]:
    """Return the bridge of those who stayed by price, quantity and mix; or why it is not available."""
    try:
        found = price_volume(reading.portfolio)
    except Refusal as refusal:
        return None, say("bridge.causes_missing", why=refusal.text)
    parts = [
        (say("bridge.price"), found.price),
        (say("bridge.volume"), found.volume),
        (say("bridge.mix"), found.mix),
        (say("bridge.added"), found.added),
        (say("bridge.dropped"), -found.dropped),
        (say("bridge.untold"), found.untold),
    ]
    figure = _waterfall(
        reading,
        "causes",
        say("bridge.causes", n=Count(found.customers), unit=reading.money.label),
        ((say("bridge.before"), found.before), (say("bridge.now"), found.now)),
        parts,
    )
    return figure, _causes_note(found)


def _causes_note(found: PriceVolume) -> Text:
    note = say("bridge.note_causes")
    return note if not found.untold else joined((note, say("bridge.note_told", share=percent(found.told))), "", " ")


def _compute_sales_flows(reading: Reading, by: str | None) -> pd.DataFrame:
    period = period_of(None, reading.portfolio.as_of)
    return revenue_bridge(reading.portfolio, period, by)


def _dimension(reading: Reading) -> str | None:
    """Return what those who stayed are divided by: the first column that is filled in."""
    return next((name for name in _DIMENSIONS if reading.frame[name].notna().any()), None)


def _stayed(reading: Reading) -> list[tuple[Text, int]]:
    """Return the change of those who bought in both years, by group, the largest sales first, the rest as one."""
    dimension = _dimension(reading)
    rows = _compute_sales_flows(reading, dimension)
    rows = rows.assign(change=rows["expansion"] - rows["contraction"])
    if dimension is None:
        return [(say("bridge.stayed"), int(rows["change"].sum()))]
    rows = rows.sort_values("end", ascending=False, kind="stable")
    most = limit("bridge") if len(rows) > limit("bridge") + 1 else len(rows)
    found = [
        (
            say("word.no_group") if row["group"] == "" else tidy(Text(str(row["label_ja"]), str(row["label_en"])), 7),
            int(row["change"]),
        )
        for row in rows.iloc[:most].to_dict("records")
    ]
    rest = rows.iloc[most:]
    return [*found, (say("bridge.rest", n=Count(len(rest))), int(rest["change"].sum()))] if len(rest) else found


def _waterfall(
    reading: Reading,
    key: str,
    title: Text,
    ends: tuple[tuple[Text, int], tuple[Text, int]],
    parts: Sequence[tuple[Text, int]],
) -> Waterfall:
    """Return the figure; changes of exactly 0 are left out, so that the rows still sum up."""
    money = reading.money
    (first, before), (last, now) = ends
    places = money.places([before, now])
    steps = [Step(first, money.plain(before, places), before, "level", 0.0, money.scaled(before))]
    level = before
    for label, value in parts:
        if value:
            shown = _write_signed_change(reading, value, places)
            kind = "up" if value > 0 else "down"
            steps.append(Step(label, shown, value, kind, money.scaled(level), money.scaled(level + value)))  # type: ignore[arg-type]  # one of the two words
            level += value
    if level != now:
        raise AssertionError(f"the bridge {key} ends at {level}, not at {now}")
    steps.append(Step(last, money.plain(now, places), now, "level", 0.0, money.scaled(now)))
    return Waterfall(
        key,
        title,
        say(
            f"bridge.alt_{key}",
            before=money.spoken(before),
            now=money.spoken(now),
            change=_write_signed_change(reading, now - before, places),
        ),
        tuple(steps),
        _axis([each for step in steps for each in (step.start, step.end) if step.kind != "level" or each]),
        size=(_SIZE[0], _ROW * len(steps) + 2, _SIZE[1]),
    )


def _write_signed_change(reading: Reading, value: float, places: int) -> Text:
    """Return a change in the report's unit with its sign."""
    plain = reading.money.plain(value, places)
    return Text(f"+{plain.ja}", f"+{plain.en}") if value > 0 else plain


def _axis(levels: Sequence[float]) -> tuple[float, float]:
    """Return the axis: from 0, or where the changes would then be too thin to see, from below the lowest level."""
    low, high = min(levels), max(levels)
    span = high - low
    thin = 0 < span < _THIN * high
    floor = low - span * _FLOOR / (1 - _FLOOR) if thin else min(low, 0.0)
    return floor, high + (high - floor) * _ROOM / (1 - _ROOM)
