"""R3 収益性: sales against margin rate in named quadrants, the whale curve, and who earns most and least."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine import profit
from engine.errors import Refusal, Text
from report_templates.bubble_layout import across_ends, is_logarithmic, legend, named, pixels, radii
from report_templates.figures_money import Turn, Whale
from report_templates.insights import tidy
from report_templates.nouns import Bubble, Bubbles, Cell, Column, Limit, Section, Table
from report_templates.settings import limit
from report_templates.texts import BLANK, Count, joined, lowered, opened, say
from report_templates.wording import change, known, percent, share_number

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from report_templates.reading import Reading

__all__ = ["Profit", "build"]

_MAP: Final = (560, 392)
_WHALE: Final = (306, 160)
_PORTION: Final = 0.2  # the part of the customers that the curve names: 20 % of customers, 140 % of profit
_NET: Final = "net_profit_12m"
_STEP: Final = 0.05  # the margin axis ends on whole steps of five points
_HELD: Final = (0.025, 0.975)  # the margin axis holds 95 of 100 customers; the others stand on its edge
_TURNING: Final = 0.55  # beyond this part of the axis a name stands to the left of its point


@dataclass(frozen=True, kw_only=True)
class Profit(Section):
    """The page on profitability; `map` is None where no customer with sales has a margin rate."""

    map: Bubbles | None
    whale: Whale
    best: Table
    worst: Table | None


def build(reading: Reading) -> Profit | None:
    """Return the page on profitability; None where no customer's profit is known (the page on the mix says so)."""
    try:
        curve = profit.whale_curve(reading.portfolio)
    except Refusal:
        return None
    drawn = _map(reading)
    basis = say(f"profit.{_basis(curve)}")
    best, worst = _extremes(reading, curve)
    return Profit(
        key="profit",
        number="R3",
        name=say("profit.name"),
        message=joined((_message(reading, curve), *([drawn[1]] if drawn else [])), "", ""),
        subtitle=say("profit.subtitle", unit=reading.money.label, basis=lowered(basis), period=reading.period),
        map=drawn[0] if drawn else None,
        whale=_whale(reading, curve),
        best=_table(reading, curve, "best", best, basis),
        worst=_table(reading, curve, "worst", worst, basis) if len(worst) else None,
        notes=(_note(reading, curve),),
    )


def _extremes(reading: Reading, curve: profit.WhaleCurve) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return who earns most and least, the extreme first; nobody in both, and nobody without sales and profit."""
    active = (reading.sales.to_numpy()[curve.customers] != 0) | (curve.profit != 0)
    listed = curve.customers[active]
    most = limit("best")
    best = min(most, (len(listed) + 1) // 2)
    return listed[:best], listed[::-1][: min(most, len(listed) - best)]


def _basis(curve: profit.WhaleCurve) -> str:
    return "net" if curve.basis == _NET else "gross"


def _message(reading: Reading, curve: profit.WhaleCurve) -> Text:
    """Return who earns the profit, and who loses how much of it."""
    basis, total = say(f"profit.{_basis(curve)}"), reading.money.spoken(float(curve.total))
    top = math.ceil(round(_PORTION * len(curve.customers), 9))
    share = curve.share_at(_PORTION)
    if share is None:
        first = say("profit.message_negative", basis=basis, total=total)
    else:
        first = say(
            "profit.message", basis=basis, total=total, n=Count(top), share=percent(share), portion=percent(_PORTION, 0)
        )
    if not len(curve.destroyers):
        return joined((first, say("profit.message_no_loss")), "", "")
    loss = say(
        "profit.message_loss", n=Count(len(curve.destroyers)), amount=reading.money.spoken(-float(curve.destroyed))
    )
    return joined((first, loss), "", "")


def _note(reading: Reading, curve: profit.WhaleCurve) -> Text:
    """Return what profit means here, how costs were shared, and who is left out."""
    notes = list(curve.notes)
    if curve.basis == _NET:
        notes += profit.statement(reading.portfolio).notes
    else:
        try:
            profit.whale_curve(reading.portfolio, _NET)
        except Refusal:
            notes.append(say("profit.note_gross"))
    return opened(say("profit.note", notes=joined(tuple(notes), "。", "; ")))


def _map(reading: Reading) -> tuple[Bubbles, Text] | None:
    try:
        found = profit.profit_map(reading.portfolio)
    except Refusal:
        return None
    rows = found.points[found.points["x"] > 0]
    if rows.empty:
        return None
    drawn = rows.iloc[: limit("bubbles")]
    return _figure(reading, found, drawn), _quadrant_message(reading, found)


def _quadrant_message(reading: Reading, found: profit.ProfitMap) -> Text:
    """Return how many customers sell much at a low margin: where a better margin is worth most."""
    rows = found.points[found.points["quadrant"] == "high_low"]
    name = tidy(found.names["high_low"], 12)
    if rows.empty:
        return say("profit.quadrant_none", name=name)
    share = float(rows["x"].sum()) / reading.total if reading.total else None
    return say("profit.quadrant", name=name, n=Count(len(rows)), share=percent(share))


def _figure(reading: Reading, found: profit.ProfitMap, rows: pd.DataFrame) -> Bubbles:
    money = reading.money
    x = np.array([money.scaled(float(value)) for value in rows["x"]])
    logarithmic = is_logarithmic(x)
    x_ends, y_ends = across_ends(x, logarithmic), _margin_ends(rows["y"].to_numpy(np.float64), found.y.at)
    y = np.clip(rows["y"].to_numpy(np.float64), *y_ends)
    weight = rows["size"].to_numpy(np.float64, na_value=np.nan)
    radius = radii(weight)
    positions = rows["customer"].to_numpy(np.intp)
    names = [reading.brief(int(each), limit("bubble_name")) for each in positions[: limit("labels")]]
    labels = named(names, pixels(x, y, (x_ends, y_ends), logarithmic, _MAP), radius, _MAP)
    tones = [str(code) for code in reading.frame["segment_standard"].iloc[positions]]
    bubbles = tuple(
        Bubble(
            names[k] if k < len(names) else BLANK,
            float(x[k]),
            float(y[k]),
            float(radius[k]),
            tones[k],
            labels.get(k),
            loss=bool(weight[k] < 0),
        )
        for k in range(len(x))
    )
    size = lowered(found.size.name)
    return Bubbles(
        key="profit-map",
        title=say("profit.map", size=size, n=len(labels)),
        alt=_alt(reading, found, rows),
        x_title=say("map.x_log" if logarithmic else "map.x", unit=money.label),
        y_title=say("profit.y"),
        x_ends=x_ends,
        y_ends=y_ends,
        logarithmic=logarithmic,
        percent=True,
        bubbles=bubbles,
        limits=(Limit(min(max(found.y.at, y_ends[0]), y_ends[1]), found.y.rule, "muted"),),
        uprights=(Limit(_inside(money.scaled(found.x.at), x_ends), found.x.rule, "muted"),),
        corners=_corners(found),
        legend=legend(tones),
        size=_MAP,
        note=_map_note(reading, found, rows, y_ends),
    )


def _inside(at: float, ends: tuple[float, float]) -> float:
    return min(max(at, ends[0]), ends[1])


def _margin_ends(rates: NDArray[np.float64], split: float) -> tuple[float, float]:
    """Return an upper axis that holds nearly all margin rates and the dividing line, in steps of five points."""
    low, high = (float(value) for value in np.quantile(rates, _HELD))
    low, high = min(low, split) - _STEP / 2, max(high, split) + _STEP / 2
    return round(math.floor(low / _STEP) * _STEP, 2), round(math.ceil(high / _STEP) * _STEP, 2)


def _corners(found: profit.ProfitMap) -> tuple[Text, Text, Text, Text]:
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


def _alt(reading: Reading, found: profit.ProfitMap, rows: pd.DataFrame) -> Text:
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
    left = reading.n - len(rows)
    if left:
        parts.append(say("profit.note_left", n=Count(left)))
    beyond = int(((rows["y"] < y_ends[0]) | (rows["y"] > y_ends[1])).sum())
    if beyond:
        parts.append(say("map.note_edge", low=change(y_ends[0], 0), high=percent(y_ends[1], 0), n=Count(beyond)))
    return joined(tuple(parts), "", " ")


def _whale(reading: Reading, curve: profit.WhaleCurve) -> Whale:
    count = len(curve.customers)
    levels = [0.0, *(_level(reading, curve, place) for place in range(count))]
    step = max(math.ceil(count / limit("curve")), 1)
    kept = sorted({0, *range(0, count + 1, step), curve.peak_customers, count})
    basis = say(f"profit.{_basis(curve)}")
    whole = levels[-1]
    reach = max(levels) - min(levels) or 1.0
    return Whale(
        key="whale",
        title=say(
            "profit.whale" if curve.share is not None else "profit.whale_money",
            basis=lowered(basis),
            unit=reading.money.label,
        ),
        alt=_whale_alt(reading, curve),
        x_title=say("profit.whale_x", n=Count(count)),
        points=tuple((place, levels[place]) for place in kept),
        turns=_turns(reading, curve, levels),
        ends=(min(min(levels), 0.0), max(levels) + reach * 0.08),
        whole=whole,
        percent=curve.share is not None,
        size=_WHALE,
    )


def _level(reading: Reading, curve: profit.WhaleCurve, place: int) -> float:
    return reading.money.scaled(float(curve.cumulative[place])) if curve.share is None else float(curve.share[place])


def _turns(reading: Reading, curve: profit.WhaleCurve, levels: list[float]) -> tuple[Turn, ...]:
    """Return the best fifth, and the peak where somebody loses money again."""
    count, found = len(curve.customers), []
    top, peak = math.ceil(round(_PORTION * count, 9)), curve.peak_customers
    for n, key in ((top, "portion"), (peak, "peak")):
        if not n or (key == "portion" and n >= peak) or (key == "peak" and not len(curve.destroyers)):
            continue
        level = levels[n]
        shown = percent(level) if curve.share is not None else reading.money.plain(float(curve.cumulative[n - 1]))
        name = say(f"profit.{key}", n=Count(n), level=shown, portion=percent(_PORTION, 0))
        found.append(Turn(n, level, name, "left" if n > _TURNING * count else "right"))
    return tuple(found)


def _whale_alt(reading: Reading, curve: profit.WhaleCurve) -> Text:
    peak = reading.money.spoken(float(curve.peak)) if curve.peak_share is None else percent(curve.peak_share)
    return say("profit.whale_alt", n=Count(curve.peak_customers), peak=peak, lost=Count(len(curve.destroyers)))


def _table(reading: Reading, curve: profit.WhaleCurve, key: str, positions: NDArray[np.intp], basis: Text) -> Table:
    net = curve.basis == _NET
    heads = ("customer", "sales", "margin", "profit", *(("roi",) if net else ()))
    spans = (38, 16, 15, 17, 14) if net else (46, 18, 18, 18)
    places = _places(reading, reading.frame[curve.basis].iloc[positions].to_numpy(np.float64))
    return Table(
        key=f"profit-{key}",
        caption=say(f"profit.{key}", n=Count(len(positions)), basis=lowered(basis)),
        columns=tuple(
            Column(
                basis if head == "profit" else say(f"profit.col_{head}"), "start" if head == "customer" else "end", span
            )
            for head, span in zip(heads, spans, strict=True)
        ),
        rows=tuple(_row(reading, curve, int(each), places, net) for each in positions),
    )


def _places(reading: Reading, amounts: NDArray[np.float64]) -> int:
    """Return decimals that still tell small losses apart: one more where no amount reaches a whole unit."""
    largest = reading.money.scaled(float(np.abs(amounts).max(initial=0.0)))
    return reading.money.decimals if reading.money.unit == "one" else 2 if largest < 1 else 1


def _row(reading: Reading, curve: profit.WhaleCurve, position: int, places: int, net: bool) -> tuple[Cell, ...]:
    row = reading.frame.iloc[position]
    sales, margin, earned, roi = (known(row[name]) for name in ("sales_12m", "margin_rate", curve.basis, "roi"))
    cells = [
        Cell(reading.brief(position, limit("chart_name") + 5), position, "name"),
        Cell(reading.money.plain(sales, reading.places), sales),
        Cell(share_number(None if margin is None else margin * 100), margin),
        Cell(reading.money.plain(earned, places), earned, "loss" if earned is not None and earned < 0 else ""),
    ]
    if net:
        cells.append(Cell(share_number(None if roi is None else roi * 100, 0), roi))
    return tuple(cells)
