"""R3 収益性: sales against margin rate in named quadrants, the whale curve, and who earns most and least."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.measures import profit
from report_templates.document.document import Bubbles, Cell, Column, Section, Table
from report_templates.document.figures_money import Turn, Whale
from report_templates.document.links import account
from report_templates.sections.structure import profit_map
from report_templates.texts.formatting import known, percent, share_number
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, lowered, opened, say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from report_templates.document.report_data import Reading
    from report_templates.texts.formatting import Money

_WHALE: Final = (306, 160)
_PORTION: Final = 0.2  # the part of the customers that the curve names: 20 % of customers, 140 % of profit
_NET: Final = "net_profit_12m"
_LEAST: Final = 0.1  # of the report's unit; where no amount of a table reaches it, the table takes a finer unit
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
    drawn = profit_map.build(reading)
    basis = say(f"profit.{_basis(curve)}")
    best, worst = _extremes(reading, curve)
    return Profit(
        key="profit",
        number="R3",
        name=say("profit.name"),
        message=joined((_build_profit_message(reading, curve), *([drawn[1]] if drawn else [])), "", ""),
        subtitle=say("profit.subtitle", unit=reading.money.label, basis=lowered(basis), period=reading.period),
        map=drawn[0] if drawn else None,
        whale=_whale(reading, curve),
        best=_build_profit_table(reading, curve, "best", best, basis),
        worst=_build_profit_table(reading, curve, "worst", worst, basis) if len(worst) else None,
        notes=(_write_profit_note(reading, curve),),
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


def _build_profit_message(reading: Reading, curve: profit.WhaleCurve) -> Text:
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


def _write_profit_note(reading: Reading, curve: profit.WhaleCurve) -> Text:
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


def _whale(reading: Reading, curve: profit.WhaleCurve) -> Whale:
    count = len(curve.customers)
    levels = [0.0, *(_find_curve_level(reading, curve, place) for place in range(count))]
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


def _find_curve_level(reading: Reading, curve: profit.WhaleCurve, place: int) -> float:
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


def _build_profit_table(
    reading: Reading, curve: profit.WhaleCurve, key: str, positions: NDArray[np.intp], basis: Text
) -> Table:
    net = curve.basis == _NET
    heads = ("customer", "sales", "margin", "profit", *(("roi",) if net else ()))
    spans = (38, 16, 15, 17, 14) if net else (46, 18, 18, 18)
    amounts = [
        reading.frame[name].iloc[positions].to_numpy(np.float64, na_value=np.nan) for name in ("sales_12m", curve.basis)
    ]
    money = _fitting(reading, float(np.nanmax(np.abs(amounts), initial=0.0)))
    places = _count_profit_decimals(money, amounts[1])
    caption = say(f"profit.{key}", n=Count(len(positions)), basis=lowered(basis))
    if money != reading.money:
        caption = say("profit.in_unit", caption=caption, unit=money.label)
    return Table(
        key=f"profit-{key}",
        caption=caption,
        columns=tuple(
            Column(
                basis if head == "profit" else say(f"profit.col_{head}"), "start" if head == "customer" else "end", span
            )
            for head, span in zip(heads, spans, strict=True)
        ),
        rows=tuple(_build_profit_row(reading, curve, int(each), money, places, net) for each in positions),
    )


def _fitting(reading: Reading, largest: float) -> Money:
    """Return the report's unit, or a finer one where the largest amount of a table would be no tenth of it."""
    money = reading.money
    if money.unit == "one" or money.scaled(largest) >= _LEAST:
        return money
    return replace(money, unit="thousand" if money.unit == "million" and largest >= 10 ** (money.digits + 3) else "one")


def _count_profit_decimals(money: Money, amounts: NDArray[np.float64]) -> int:
    """Return decimals that still tell small losses apart: one more where no amount reaches a whole unit."""
    largest = money.scaled(float(np.nanmax(np.abs(amounts), initial=0.0)))
    return money.decimals if money.unit == "one" else 2 if largest < 1 else 1


def _build_profit_row(
    reading: Reading, curve: profit.WhaleCurve, position: int, money: Money, places: int, net: bool
) -> tuple[Cell, ...]:
    row = reading.frame.iloc[position]
    sales, margin, earned, roi = (known(row[name]) for name in ("sales_12m", "margin_rate", curve.basis, "roi"))
    cells = [
        Cell(reading.brief(position, limit("chart_name") + 5), position, "name", link=account(position)),
        Cell(money.plain(sales, reading.places if money == reading.money else None), sales),
        Cell(share_number(None if margin is None else margin * 100), margin),
        Cell(money.plain(earned, places), earned, "loss" if earned is not None and earned < 0 else ""),
    ]
    if net:
        cells.append(Cell(share_number(None if roi is None else roi * 100, 0), roi))
    return tuple(cells)
