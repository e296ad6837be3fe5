"""R3 価値マップ: every customer by sales and growth (or continuity), sized by gross profit, coloured by segment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from report_templates.document.bubble_layout import across_ends, is_logarithmic, legend, named, pixels, radii
from report_templates.document.document import Bubble, Bubbles, Limit
from report_templates.texts.formatting import change, count, percent
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.language.errors import Text
    from report_templates.document.report_data import Reading

_SIZE: Final = (556, 392)
_WIDE: Final = (920, 400)  # where nothing stands beside it
_LEAST_WITH_GROWTH: Final = 0.5  # share of the sales whose change must be known for growth to be the upper axis
_GROWTH_ENDS: Final = (-1.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Plot:
    """What is drawn: positions of customers, largest sales first, with their coordinates."""

    growth: bool
    positions: NDArray[np.intp]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    left_out: int


def build(reading: Reading, *, wide: bool = False) -> tuple[Bubbles, Text] | None:
    """Return the value map, over the whole page where it is `wide`, and what it says; None without both coordinates."""
    plot = _plot(reading)
    if plot is None:
        return None
    profit = bool(reading.frame["gross_profit_12m"].iloc[plot.positions].notna().all())
    return _draw_value_bubbles(reading, plot, profit, _WIDE if wide else _SIZE), _build_value_map_message(reading, plot)


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


def _build_value_map_message(reading: Reading, plot: _Plot) -> Text:
    most = min(limit("labels"), len(plot.positions))
    if plot.growth:
        kind, weak = "growth", int((plot.y[:most] < 0).sum())
    else:
        levels = reading.frame["level_continuity"].iloc[plot.positions[:most]]
        kind, weak = "continuity", int((levels == "low").sum())
    fallen = "" if weak else "_none"
    if most == 1:
        return say(f"map.message_{kind}{fallen}_one")
    return say(f"map.message_{kind}{fallen}", n=Count(most), k=weak)


def _draw_value_bubbles(reading: Reading, plot: _Plot, profit: bool, frame: tuple[int, int]) -> Bubbles:
    x = np.array([reading.money.scaled(float(value)) for value in plot.x])
    logarithmic = is_logarithmic(x)
    x_ends = across_ends(x, logarithmic)
    y_ends = _growth_ends(plot.y) if plot.growth else (0.0, 100.0)
    y = np.clip(plot.y, *y_ends)
    weight = reading.frame["gross_profit_12m"].iloc[plot.positions].to_numpy(np.float64) if profit else plot.x
    radius = radii(weight)
    names = [reading.brief(int(each), limit("bubble_name")) for each in plot.positions]
    level = 0.0 if plot.growth else reading.portfolio.definition.number("levels.mid")
    labels = named(
        names[: limit("labels")],
        pixels(x, y, (x_ends, y_ends), logarithmic, frame),
        radius,
        frame,
        levels=[(y_ends[1] - level) / (y_ends[1] - y_ends[0]) * frame[1]],
    )
    tones = reading.frame["segment_standard"].iloc[plot.positions].tolist()
    bubbles = tuple(
        Bubble(
            names[k],
            float(x[k]),
            float(y[k]),
            float(radius[k]),
            str(tones[k]),
            labels.get(k),
            exact=float(plot.y[k]),
        )
        for k in range(len(x))
    )
    unit = reading.money.label
    edge = Limit(level, say("map.level" if plot.growth else "map.level_low"), "muted")
    return Bubbles(
        key="value-map",
        title=say(
            "map.title_growth" if plot.growth else "map.title",
            size=say("map.size_profit" if profit else "map.size_sales"),
            n=len(labels),
        ),
        alt=_describe_value_map(reading, plot),
        x_title=say("map.x_log" if logarithmic else "map.x", unit=unit),
        y_title=say("map.y_growth" if plot.growth else "map.y_continuity"),
        x_ends=x_ends,
        y_ends=y_ends,
        logarithmic=logarithmic,
        percent=plot.growth,
        bubbles=bubbles,
        limits=(edge,),
        legend=legend([str(tone) for tone in tones]),
        size=frame,
        note=_write_value_map_note(reading, plot, y_ends),
    )


def _growth_ends(rates: NDArray[np.float64]) -> tuple[float, float]:
    """Return an upper axis that holds nineteen of twenty customers, in steps of a quarter, within ±100 %."""
    reach = max(float(np.quantile(np.abs(rates), 0.95)), 0.25)
    end = min(math.ceil(reach * 4) / 4, _GROWTH_ENDS[1])
    return -end, end


def _describe_value_map(reading: Reading, plot: _Plot) -> Text:
    first = int(plot.positions[0])
    y = change(float(plot.y[0])) if plot.growth else count(float(plot.y[0]))
    return say(
        "map.alt_growth" if plot.growth else "map.alt_continuity",
        n=Count(len(plot.positions)),
        name=reading.quoted(first),
        amount=reading.money.spoken(float(plot.x[0])),
        y=y,
    )


def _write_value_map_note(reading: Reading, plot: _Plot, y_ends: tuple[float, float]) -> Text | None:
    notes = []
    if reading.n - plot.left_out > len(plot.positions):
        share = percent(float(plot.x.sum()) / reading.total) if reading.total and reading.divisible else percent(None)
        notes.append(say("map.note_largest", n=Count(len(plot.positions)), share=share))
    if plot.left_out:
        notes.append(say("map.note_left_out", n=Count(plot.left_out)))
    beyond = int(((plot.y < y_ends[0]) | (plot.y > y_ends[1])).sum())
    if plot.growth and beyond:
        notes.append(say("map.note_edge", low=change(y_ends[0], 0), high=change(y_ends[1], 0), n=Count(beyond)))
    return joined(tuple(notes), "", " ") if notes else None
