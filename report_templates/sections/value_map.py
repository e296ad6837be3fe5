"""R3 価値マップ: every customer by sales and growth (or continuity), sized by gross profit, coloured by segment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine import words
from engine.errors import Text
from report_templates.insights import tidy
from report_templates.labels import Circle, place
from report_templates.nouns import Bubble, Bubbles, Label, Limit
from report_templates.settings import limit
from report_templates.texts import Count, joined, say
from report_templates.typeface import width
from report_templates.wording import change, count, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from report_templates.reading import Reading

__all__ = ["build"]

_SIZE: Final = (600, 385)
_ROOMY: Final = 90  # up to so many bubbles the largest may be as large as it gets; beyond, all shrink
_LEGEND: Final = 14  # width of a segment's name in the legend, em
_LETTER: Final = 11.5  # size of the names, CSS pixels
_RADII: Final = (3.5, 28.0)
_LEAST_WITH_GROWTH: Final = 0.5  # share of the sales whose change must be known for growth to be the upper axis
_GROWTH_ENDS: Final = (-1.0, 1.0)
_LOGARITHMIC_FROM: Final = 30.0  # ratio of the largest to the smallest


@dataclass(frozen=True, slots=True)
class _Plot:
    """What is drawn: positions of customers, largest sales first, with their coordinates."""

    growth: bool
    positions: NDArray[np.intp]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    left_out: int


def build(reading: Reading) -> tuple[Bubbles, Text] | None:
    """Return the value map and what it says; None where no customer has both coordinates."""
    plot = _plot(reading)
    if plot is None:
        return None
    profit = bool(reading.frame["gross_profit_12m"].iloc[plot.positions].notna().all())
    return _figure(reading, plot, profit), _message(reading, plot)


def _plot(reading: Reading) -> _Plot | None:
    sales: NDArray[np.float64] = np.array(reading.sales, np.float64)
    rate = reading.frame["growth_rate"].to_numpy(np.float64, na_value=np.nan)
    if not reading.covered:
        rate = np.full_like(rate, np.nan)
    score = reading.frame["score_continuity"].to_numpy(np.float64, na_value=np.nan)
    bought = sales > 0
    with_rate = sales[bought & ~np.isnan(rate)].sum()
    growth = bool(bought.any() and with_rate >= _LEAST_WITH_GROWTH * sales[bought].sum())
    up = rate if growth else score
    usable = np.flatnonzero(bought & ~np.isnan(up))
    if not len(usable):
        return None
    ordered = usable[np.argsort(-sales[usable], kind="stable")]
    drawn = ordered[: limit("bubbles")]
    return _Plot(
        growth, drawn, np.array(sales[drawn], np.float64), np.array(up[drawn], np.float64), reading.n - len(ordered)
    )


def _message(reading: Reading, plot: _Plot) -> Text:
    most = min(limit("labels"), len(plot.positions))
    if plot.growth:
        kind, weak = "growth", int((plot.y[:most] < 0).sum())
    else:
        levels = reading.frame["level_continuity"].iloc[plot.positions[:most]]
        kind, weak = "continuity", int((levels == "low").sum())
    return say(f"map.message_{kind}" if weak else f"map.message_{kind}_none", n=Count(most), k=weak)


def _figure(reading: Reading, plot: _Plot, profit: bool) -> Bubbles:
    x = np.array([reading.money.scaled(float(value)) for value in plot.x])
    logarithmic = bool(x.max() / x.min() >= _LOGARITHMIC_FROM)
    x_ends = _round_ends(float(x.min()), float(x.max()), logarithmic)
    y_ends = _growth_ends(plot.y) if plot.growth else (0.0, 100.0)
    y = np.clip(plot.y, *y_ends)
    weight = reading.frame["gross_profit_12m"].iloc[plot.positions].to_numpy(np.float64) if profit else plot.x
    radii = _radii(weight)
    labels, names = _labels(reading, plot, _pixels(x, y, x_ends, y_ends, logarithmic), radii)
    tones = reading.frame["segment_standard"].iloc[plot.positions].tolist()
    bubbles = tuple(
        Bubble(
            names[k] if k < len(names) else Text("", ""),
            float(x[k]),
            float(y[k]),
            float(radii[k]),
            str(tones[k]),
            labels.get(k),
        )
        for k in range(len(x))
    )
    unit = reading.money.label
    edge = Limit(0.0, say("map.level"), "muted")
    if not plot.growth:
        edge = Limit(reading.portfolio.definition.number("levels.mid"), say("map.level_low"), "muted")
    known = [code for code in words.codes("segments.standard") if code in tones]
    present = [*known, *sorted({str(tone) for tone in tones} - set(known))]
    return Bubbles(
        key="value-map",
        title=say("map.title", size=say("map.size_profit" if profit else "map.size_sales"), n=len(labels)),
        alt=_alt(reading, plot),
        x_title=say("map.x_log" if logarithmic else "map.x", unit=unit),
        y_title=say("map.y_growth" if plot.growth else "map.y_continuity"),
        x_ends=x_ends,
        y_ends=y_ends,
        logarithmic=logarithmic,
        percent=plot.growth,
        bubbles=bubbles,
        limits=(edge,),
        legend=tuple((code, tidy(words.text("segments.standard", code), _LEGEND)) for code in present),
        size=_SIZE,
        note=_note(reading, plot, y_ends),
    )


def _radii(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return radii whose areas are in proportion to the weights, with a smallest one that can still be seen."""
    positive = np.clip(np.nan_to_num(weight), 0.0, None)
    largest = positive.max() or 1.0
    widest = _RADII[1] * min(1.0, (_ROOMY / len(weight)) ** 0.5)
    radii: NDArray[np.float64] = np.maximum(np.sqrt(positive / largest) * widest, _RADII[0])
    return radii


def _round_ends(low: float, high: float, logarithmic: bool) -> tuple[float, float]:
    """Return axis ends outside the data: 1, 2 or 5 times a power of ten, or zero and a bit more than the largest."""
    if not logarithmic:
        return 0.0, high * 1.15
    steps = [step * 10.0**power for power in range(-6, 16) for step in (1, 2, 5)]
    return max(step for step in steps if step < low), min(step for step in steps if step > high * 1.15)


def _growth_ends(rates: NDArray[np.float64]) -> tuple[float, float]:
    """Return an upper axis that holds nineteen of twenty customers, in steps of a quarter, within ±100 %."""
    reach = max(float(np.quantile(np.abs(rates), 0.95)), 0.25)
    end = min(math.ceil(reach * 4) / 4, _GROWTH_ENDS[1])
    return -end, end


def _pixels(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    x_ends: tuple[float, float],
    y_ends: tuple[float, float],
    logarithmic: bool,
) -> NDArray[np.float64]:
    across = (
        np.log(x / x_ends[0]) / math.log(x_ends[1] / x_ends[0])
        if logarithmic
        else (x - x_ends[0]) / (x_ends[1] - x_ends[0])
    )
    up = (y_ends[1] - y) / (y_ends[1] - y_ends[0])
    return np.column_stack([across * _SIZE[0], up * _SIZE[1]])


def _labels(
    reading: Reading, plot: _Plot, pixels: NDArray[np.float64], radii: NDArray[np.float64]
) -> tuple[dict[int, Label], list[Text]]:
    most = min(limit("labels"), len(plot.positions))
    names = [reading.brief(int(position), limit("bubble_name")) for position in plot.positions[:most]]
    circles = [Circle(float(px), float(py), float(radius)) for (px, py), radius in zip(pixels, radii, strict=True)]
    widths = [width(name.ja) * _LETTER for name in names]
    placed = place(circles, range(most), widths, _SIZE)
    return {k: label for k, label in enumerate(placed) if label is not None}, names


def _alt(reading: Reading, plot: _Plot) -> Text:
    first = int(plot.positions[0])
    y = change(float(plot.y[0])) if plot.growth else count(float(plot.y[0]))
    return say(
        "map.alt_growth" if plot.growth else "map.alt_continuity",
        n=Count(len(plot.positions)),
        name=reading.quoted(first),
        amount=reading.money.spoken(float(plot.x[0])),
        y=y,
    )


def _note(reading: Reading, plot: _Plot, y_ends: tuple[float, float]) -> Text | None:
    notes = []
    if reading.n - plot.left_out > len(plot.positions):
        share = percent(float(plot.x.sum()) / reading.total) if reading.total else percent(None)
        notes.append(say("map.note_largest", n=Count(len(plot.positions)), share=share))
    if plot.left_out:
        notes.append(say("map.note_left_out", n=Count(plot.left_out)))
    beyond = int(((plot.y < y_ends[0]) | (plot.y > y_ends[1])).sum())
    if plot.growth and beyond:
        notes.append(say("map.note_edge", low=change(y_ends[0], 0), high=change(y_ends[1], 0), n=Count(beyond)))
    return joined(tuple(notes), "", " ") if notes else None
