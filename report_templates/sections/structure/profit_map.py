"""R3 収益性マップ: every customer by sales and margin rate, sized by profit, in four named quadrants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.measures import profit
from report_templates.document.bubble_layout import across_ends, is_logarithmic, legend, named, pixels, radii
from report_templates.document.document import Bubble, Bubbles, Limit
from report_templates.document.insights import tidy
from report_templates.texts.formatting import change, percent
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, lowered, say

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from report_templates.document.report_data import Reading

_MAP: Final = (560, 392)
_STEP: Final = 0.05  # the margin axis ends on whole steps of five points
_HELD: Final = (0.025, 0.975)  # the margin axis holds 95 of 100 customers; the others stand on its edge


def build(reading: Reading) -> tuple[Bubbles, Text] | None:
    """Return the map and what it says; None where no customer with sales has a margin rate."""
    try:
        found = profit.profit_map(reading.portfolio)
    except Refusal:
        return None
    rows = found.points[found.points["x"] > 0]
    if rows.empty:
        return None
    drawn = rows.iloc[: limit("bubbles")]
    return _draw_profit_bubbles(reading, found, drawn), _quadrant_message(reading, found)


def _quadrant_message(reading: Reading, found: profit.ProfitMap) -> Text:
    """Return how many customers sell much at a low margin: where a better margin is worth most."""
    rows = found.points[found.points["quadrant"] == "high_low"]
    name = tidy(found.names["high_low"], 12)
    if rows.empty:
        return say("profit.quadrant_none", name=name)
    share = float(rows["x"].sum()) / reading.total if reading.total and reading.divisible else None
    return say("profit.quadrant", name=name, n=Count(len(rows)), share=percent(share))


def _draw_profit_bubbles(reading: Reading, found: profit.ProfitMap, rows: pd.DataFrame) -> Bubbles:
    money = reading.money
    x = np.array([money.scaled(float(value)) for value in rows["x"]])
    logarithmic = is_logarithmic(x)
    x_ends, y_ends = across_ends(x, logarithmic), _margin_ends(rows["y"].to_numpy(np.float64), found.y.at)
    exact = rows["y"].to_numpy(np.float64)
    y = np.clip(exact, *y_ends)
    weight = rows["size"].to_numpy(np.float64, na_value=np.nan)
    radius = radii(weight)
    positions = rows["customer"].to_numpy(np.intp)
    names = [reading.brief(int(each), limit("bubble_name")) for each in positions]
    corners = _name_profit_quadrants(found)
    split = Limit(_clamp_to_ends(money.scaled(found.x.at), x_ends), found.x.rule, "muted")
    level = Limit(_clamp_to_ends(found.y.at, y_ends), found.y.rule, "muted")
    ((upright, across),) = pixels(np.array([split.value]), np.array([level.value]), (x_ends, y_ends), logarithmic, _MAP)
    labels = named(
        names,
        pixels(x, y, (x_ends, y_ends), logarithmic, _MAP),
        radius,
        _MAP,
        corners=corners,
        levels=[float(across)],
        uprights=[float(upright)],
    )
    tones = [str(code) for code in reading.frame["segment_standard"].iloc[positions]]
    bubbles = tuple(
        Bubble(
            names[k],
            float(x[k]),
            float(y[k]),
            float(radius[k]),
            tones[k],
            labels.get(k),
            loss=bool(weight[k] < 0),
            exact=float(exact[k]),
        )
        for k in range(len(x))
    )
    size = lowered(found.size.name)
    return Bubbles(
        key="profit-map",
        title=say("profit.map", size=size, n=len(labels)),
        alt=_describe_profit_map(reading, found, rows),
        x_title=say("map.x_log" if logarithmic else "map.x", unit=money.label),
        y_title=say("profit.y"),
        x_ends=x_ends,
        y_ends=y_ends,
        logarithmic=logarithmic,
        percent=True,
        bubbles=bubbles,
        limits=(level,),
        uprights=(split,),
        corners=corners,
        legend=legend(tones),
        size=_MAP,
        note=_map_note(reading, found, rows, y_ends),
    )


def _clamp_to_ends(at: float, ends: tuple[float, float]) -> float:
    return min(max(at, ends[0]), ends[1])


def _margin_ends(rates: NDArray[np.float64], split: float) -> tuple[float, float]:
    """Return an upper axis that holds nearly all margin rates and the dividing line, in steps of five points."""
    low, high = (float(value) for value in np.quantile(rates, _HELD))
    low, high = min(low, split) - _STEP / 2, max(high, split) + _STEP / 2
    return round(math.floor(low / _STEP) * _STEP, 2), round(math.ceil(high / _STEP) * _STEP, 2)


def _name_profit_quadrants(found: profit.ProfitMap) -> tuple[Text, Text, Text, Text]:
    """Return each quadrant's name with its customers and, where profit adds up to something, their part of it."""
    earned = {
        str(code): sizes.to_numpy(np.float64, na_value=np.nan)
        for code, sizes in found.points.groupby("quadrant")["size"]
    }
    whole = float(found.points["size"].sum())
    every = bool(found.points["size"].notna().all())

    def corner(code: str) -> Text:
        name = tidy(found.names[code], 12)
        sizes = earned.get(code)
        if sizes is None:
            return say("profit.corner_none", name=name)
        n = Count(len(sizes))
        if whole <= 0 or not every:
            return say("profit.corner_n", name=name, n=n)
        share = percent(float(sizes.sum()) / whole, 0)
        return say("profit.corner", name=name, n=n, size=lowered(found.size.name), share=share)

    return corner("low_high"), corner("high_high"), corner("low_low"), corner("high_low")


def _describe_profit_map(reading: Reading, found: profit.ProfitMap, rows: pd.DataFrame) -> Text:
    first = rows.iloc[0]
    return say(
        "profit.map_alt",
        n=Count(len(rows)),
        name=reading.quoted(int(first["customer"])),
        amount=reading.money.spoken(float(first["x"])),
        margin=percent(float(first["y"])),
        quadrant=tidy(found.names[str(first["quadrant"])], 12),
    )


def _map_note(reading: Reading, found: profit.ProfitMap, rows: pd.DataFrame, y_ends: tuple[float, float]) -> Text:
    parts = [
        say(
            "profit.note_lines",
            x_rule=found.x.rule,
            x=reading.money.spoken(found.x.at),
            y_rule=found.y.rule,
            y=percent(found.y.at),
        )
    ]
    if (rows["size"].to_numpy(np.float64, na_value=np.nan) < 0).any():
        parts.append(say("profit.note_loss"))
    usable = found.points[found.points["x"] > 0]
    if len(usable) > len(rows):
        share = float(rows["x"].sum()) / reading.total if reading.total and reading.divisible else None
        parts.append(say("map.note_largest", n=Count(len(rows)), share=percent(share)))
    if reading.n > len(usable):
        parts.append(say("profit.note_left", n=Count(reading.n - len(usable))))
    beyond = int(((rows["y"] < y_ends[0]) | (rows["y"] > y_ends[1])).sum())
    if beyond:
        parts.append(say("map.note_edge", low=change(y_ends[0], 0), high=percent(y_ends[1], 0), n=Count(beyond)))
    return joined(tuple(parts), "", " ")
