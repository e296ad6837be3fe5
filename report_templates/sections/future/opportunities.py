"""R5 機会: what could be sold to whom, in money; where top accounts buy nothing yet; who is late by its own rhythm.

Decision 0217: why the sum of opportunities is an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.lists.actions import actions
from engine.measures.opportunities import KINDS, category_grid, overdue, ranked
from engine.scoring.grouping import grouping
from report_templates.document.document import BarRow, Bars, Cell, Column, Section, Table
from report_templates.document.figures import Heat, HeatCell
from report_templates.document.insights import tidy
from report_templates.document.links import account
from report_templates.texts.formatting import MISSING, Money, count, day, known, percent
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, opened, plain, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from engine.measures.opportunities import Grid
    from report_templates.document.report_data import Reading

_BARS: Final = (118, 104)  # width of the drawing, width of the labels, CSS pixels
_ROW: Final = 20
_ROOM: Final = 56  # for the number beside the longest bar, CSS pixels
_HEAT: Final = (492, 20, 122)  # width, height of a row, width of the names
_PRODUCT: Final = 19  # width of a product's name, em
_LETTER: Final = 11.25  # size of the letters above the grid, CSS pixels
_REASON: Final = 41


@dataclass(frozen=True, kw_only=True)
class Opportunities(Section):
    """The page on opportunities; each part is None where the data do not tell it, and `notes` say why."""

    table: Table | None
    bars: tuple[Bars, ...]
    grid: Heat | None
    late: Table | None


def build(reading: Reading) -> Opportunities | None:
    """Return the page on opportunities; None where there is none and nobody is late, or the data tell neither."""
    found, why_not = _asked(lambda: ranked(reading.portfolio))
    late, no_rhythm = _asked(lambda: overdue(reading.portfolio))
    if (found is None or found.empty) and (late is None or late.empty):
        return None
    money = _choose_opportunity_unit(reading, found, late)
    reasons = [
        say(f"opportunities.missing_{key}", why=why)
        for key, why in (("products", why_not), ("rhythm", no_rhythm))
        if why is not None
    ]
    return Opportunities(
        key="opportunities",
        number="R5",
        name=say("opportunities.name"),
        message=_build_opportunities_message(reading, found, late),
        subtitle=say(
            "opportunities.subtitle" if found is not None else "opportunities.subtitle_late",
            unit=money.label,
            date=day(reading.portfolio.as_of),
        ),
        table=_ranked(reading, money, found) if found is not None and len(found) else None,
        bars=_build_opportunity_bars(reading, money, found)
        if found is not None and found["expected"].notna().any()
        else (),
        grid=_grid(reading, money, found) if found is not None else None,
        late=_build_late_table(reading, money, late) if late is not None and len(late) else None,
        notes=(*([_write_expectation_note(reading, found)] if found is not None and len(found) else []), *reasons),
    )


def _asked(make: Any) -> tuple[pd.DataFrame | None, Text | None]:
    """Return the table, or why there is none."""
    try:
        return make(), None
    except Refusal as refusal:
        return None, refusal.text


def _choose_opportunity_unit(reading: Reading, found: pd.DataFrame | None, late: pd.DataFrame | None) -> Money:
    """Return the unit of this page's amounts, which are those of single products and orders."""
    column = found["expected"] if found is not None and found["expected"].notna().any() else None
    if column is None and late is not None:
        column = late["expected"]
    largest = None if column is None else known(column.max())
    return Money.fitting(largest, reading.portfolio.currency, reading.portfolio.digits)


def _build_opportunities_message(reading: Reading, found: pd.DataFrame | None, late: pd.DataFrame | None) -> Text:
    """Return the opportunity that is worth most, and how many customers are late; a sum of opportunities is no headline."""
    parts = []
    if found is not None:
        parts.append(_write_best_opportunity(reading, found))
    if late is not None:
        key = "opportunities.message_late" if len(late) else "opportunities.message_on_time"
        parts.append(say(key, n=Count(len(late))))
    return opened(joined(tuple(parts), "。", "; "))


def _write_best_opportunity(reading: Reading, found: pd.DataFrame) -> Text:
    if found.empty:
        return say("opportunities.message_none")
    priced = found[found["expected"].notna()]
    if priced.empty:
        return say("opportunities.message_unpriced", n=Count(len(found)))
    best = priced.iloc[int(priced["expected"].to_numpy(np.float64).argmax())]
    return say(
        "opportunities.message",
        name=reading.quoted(int(best["customer"])),
        product=plain(shortened(printable(str(best["product"])), 14)),
        amount=reading.money.spoken(known(best["expected"])),
        n=Count(len(priced)),
    )


def _write_expectation_note(reading: Reading, found: pd.DataFrame) -> Text:
    """Return how an expected gross profit is meant, and what its sum assumes."""
    number = reading.portfolio.definition.number
    parts = [
        say(
            "opportunities.note",
            days=int(number("affinity.window_days")),
            least=Count(int(number("affinity.min_count"))),
            kept=int(number("opportunities.kept")),
        )
    ]
    unpriced = int(found["expected"].isna().sum())
    if unpriced:
        parts.append(say("opportunities.note_unpriced", n=Count(unpriced)))
    return joined(tuple(parts), "", " ")


def _ranked(reading: Reading, money: Money, found: pd.DataFrame) -> Table:
    dates = actions(reading.portfolio)["next_contact"]
    shown = found.iloc[: limit("opportunities")]
    heads = (
        ("customer", "start", 15),
        ("product", "start", 16),
        ("kind", "start", 13),
        ("reason", "start", 34),
        ("lift", "end", 5),
        ("expected", "end", 8),
        ("next", "end", 9),
    )
    return Table(
        key="opportunities",
        caption=say("opportunities.table", n=Count(len(shown)), all=Count(len(found))),
        columns=tuple(Column(say(f"opportunities.col_{head}"), align, span) for head, align, span in heads),  # type: ignore[arg-type]
        rows=tuple(_build_opportunity_row(reading, money, row, dates) for row in shown.to_dict("records")),
    )


def _build_opportunity_row(reading: Reading, money: Money, row: dict[Any, Any], dates: pd.Series) -> tuple[Cell, ...]:
    position, lift, expected = int(row["customer"]), known(row["lift"]), known(row["expected"])
    return (
        Cell(reading.brief(position, 10), position, "name", link=account(position)),
        Cell(_fit_opportunity_text(row["product"], _PRODUCT), str(row["product"]), "name"),
        Cell(words.text("opportunities", str(row["kind"])), str(row["kind"])),
        Cell(_reason(row), int(row["n"])),
        Cell(count(lift, 1) if lift is not None else say("opportunities.none"), lift),
        Cell(money.plain(expected, _count_amount_decimals(money)), expected),
        _build_contact_cell(reading, dates.iloc[position]),
    )


def _reason(row: dict[Any, Any]) -> Text:
    """Return the evidence on two lines at most in either language, so that the list keeps its height."""
    ja, en = (shortened(brief(printable(str(row[f"reason_{lang}"]))), _REASON) for lang in ("ja", "en"))
    return Text(ja, en)


def _fit_opportunity_text(value: object, ems: float) -> Text:
    return plain(shortened(brief(printable(str(value))), ems))


def _count_amount_decimals(money: Money) -> int:
    return money.decimals if money.unit == "one" else 0 if money.unit == "thousand" else 1


def _build_contact_cell(reading: Reading, moment: Any) -> Cell:
    """Return when to be in touch: at once where something is due."""
    if pd.isna(moment):
        return Cell(say("opportunities.none"), None)
    due = pd.Timestamp(moment).date()
    return Cell(say("opportunities.now") if due <= reading.portfolio.as_of else day(due), due)


def _build_opportunity_bars(reading: Reading, money: Money, found: pd.DataFrame) -> tuple[Bars, ...]:
    """Return the sums by kind and by segment, on one scale."""
    kinds = found.groupby("kind")["expected"].sum(min_count=1)
    groups = grouping(reading.portfolio, "segment")
    segments = found["expected"].groupby(groups.keys.to_numpy()[found["customer"].to_numpy(np.intp)]).sum(min_count=1)
    by_kind = [
        (words.text("opportunities", code), known(kinds[code]) or 0.0, "plain") for code in KINDS if code in kinds.index
    ]
    codes = [code for code in (groups.order or ()) if code in segments.index]
    codes += sorted(str(code) for code in set(segments.index) - set(codes))
    by_segment = [
        (tidy(groups.name_of(code), limit("chart_name")), known(segments[code]) or 0.0, code) for code in codes
    ]
    longest = max(money.scaled(value) for _, value, _ in (*by_kind, *by_segment))
    top = longest * _BARS[0] / (_BARS[0] - _ROOM)
    return (_chart(money, "kind", by_kind, top), _chart(money, "segment", by_segment, top))


def _chart(money: Money, key: str, rows: list[tuple[Text, float, str]], top: float) -> Bars:
    largest = max(rows, key=lambda row: row[1])
    alt = say(
        "opportunities.alt_bars", by=say(f"opportunities.by_{key}"), name=largest[0], amount=money.spoken(largest[1])
    )
    return Bars(
        f"opportunities-{key}",
        say("opportunities.bars", by=say(f"opportunities.by_{key}"), unit=money.label),
        alt,
        tuple(
            BarRow(label, money.scaled(value), money.plain(value, _count_amount_decimals(money)), tone)
            for label, value, tone in rows
        ),
        top,
        size=(_BARS[0], _ROW * len(rows) + 4, _BARS[1]),
    )


def _grid(reading: Reading, money: Money, found: pd.DataFrame) -> Heat | None:
    """Return the whitespace of the largest accounts that have bought in the window."""
    buyers = set(found["customer"].tolist())
    listed = [each for each in reading.by_sales(reading.sales > 0) if each in buyers][: limit("grid_accounts")]
    if not listed:
        return None
    grid = category_grid(reading.portfolio, listed)
    shown = [
        at for at in range(len(grid.products)) if (grid.sales[at] > 0).any() or not np.isnan(grid.penetration[at]).all()
    ]
    most = limit("grid_categories")
    rest = len(shown) - most
    shown = shown[:most]
    room = _HEAT[0] / len(shown) / _LETTER - 0.25
    bought = grid.sales.sum(axis=0)
    cells = tuple(
        tuple(_cell(money, grid, row, column, int(bought[column])) for row in shown) for column in range(len(listed))
    )
    gaps = sum(cell is not None and cell.framed for cells_of in cells for cell in cells_of)
    note = say("opportunities.grid_note", unit=money.label)
    return Heat(
        "whitespace",
        say("opportunities.grid", n=Count(len(listed)), unit=money.label),
        say("opportunities.grid_alt", n=Count(len(listed)), gaps=Count(gaps)),
        say("opportunities.grid_x"),
        say("opportunities.grid_y"),
        tuple(reading.brief(each, 11) for each in listed),
        tuple(
            _fit_opportunity_text(grid.products[row], room) if str(grid.products[row]) else say("word.no_group")
            for row in shown
        ),
        cells,
        size=(_HEAT[0], _HEAT[1] * len(listed), _HEAT[2]),
        note=note if rest <= 0 else joined((note, say("opportunities.grid_rest", n=Count(rest))), "", " "),
    )


def _cell(money: Money, grid: Grid, row: int, column: int, bought: int) -> HeatCell | None:
    """Return what the customer buys of the category as a share, or what the gap is worth; None where there is neither."""
    sales, value = int(grid.sales[row, column]), known(grid.value[row, column])
    if sales > 0:
        return HeatCell(percent(sales / bought, 0), sales / bought, sales / bought)
    if np.isnan(grid.penetration[row, column]):
        return None
    text = say("opportunities.gap") if value is None else _plus(money.plain(value, _count_amount_decimals(money)))
    return HeatCell(text, value or 0.0, 0.0, framed=True)


def _plus(text: Text) -> Text:
    return Text(f"+{text.ja}", f"+{text.en}")


def _build_late_table(reading: Reading, money: Money, late: pd.DataFrame) -> Table:
    shown = late.iloc[: limit("late")]
    heads = (("customer", 36), ("last", 20), ("gap", 13), ("days_late", 14), ("order", 17))
    rest = len(late) - len(shown)
    return Table(
        key="late",
        caption=say("opportunities.late", n=Count(len(late)), unit=money.label),
        columns=tuple(
            Column(say(f"opportunities.col_{head}"), "start" if head == "customer" else "end", span)
            for head, span in heads
        ),
        rows=tuple(_late_row(reading, money, row) for row in shown.to_dict("records")),
        note=joined(
            (
                say(
                    "opportunities.late_note", ratio=count(reading.portfolio.definition.number("rhythm.late_ratio"), 1)
                ),
                *([say("opportunities.late_rest", n=Count(rest))] if rest else []),
            ),
            "",
            " ",
        ),
    )


def _late_row(reading: Reading, money: Money, row: dict[Any, Any]) -> tuple[Cell, ...]:
    position, order = int(row["customer"]), known(row["expected"])
    last = pd.Timestamp(row["last_order"]).date()
    return (
        Cell(reading.brief(position, 11), position, "name", link=account(position)),
        Cell(day(last), last),
        Cell(count(row["gap_median"]), float(row["gap_median"])),
        Cell(count(row["days_late"]), int(row["days_late"])),
        Cell(money.plain(order, _count_amount_decimals(money)) if order is not None else MISSING, order),
    )
