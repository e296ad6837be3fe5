"""Parts of R7: the cohort triangle, and what of a year's sales may be lost by two ways of telling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.measures.retention.cohorts import triangle
from engine.measures.value.equity import exposure
from report_templates.document.document import Cell, Column, Table
from report_templates.document.figures import Heat, HeatCell
from report_templates.document.insights import tidy
from report_templates.document.report_data import answered
from report_templates.texts.formatting import MISSING, count, percent, share_number
from report_templates.texts.settings import limit
from report_templates.texts.texts import BLANK, Count, lowered, plain, say

if TYPE_CHECKING:
    from engine.measures.retention import Period
    from engine.measures.retention.cohorts import Triangle
    from engine.measures.value.equity import ExposureRow
    from report_templates.document.report_data import Reading

_GRAINS: Final = ("quarter", "half", "fiscal_year")
_LEAST: Final = 3  # periods of a triangle that is one


def cohorts(reading: Reading) -> Heat | Text:
    """Return the cohort triangle by the finest grain that fits the page, or why there is none."""
    most = limit("cohorts")
    found = answered(lambda: _finest(reading, most))
    if isinstance(found, Refusal):
        return found.text
    if len(found.periods) < _LEAST or reading.n < limit("small_base"):
        return say(
            "worth.cohorts_few",
            n=Count(len(found.periods)),
            customers=Count(reading.n),
            least=_LEAST,
            size=limit("small_base"),
        )
    return _build_cohort_heat(reading, found, most)


def _finest(reading: Reading, most: int) -> Triangle:
    """Return the triangle of the finest grain that has at most so many periods, else that of years."""
    for grain in _GRAINS:
        found = triangle(reading.portfolio, grain)
        if len(found.periods) <= most:
            break
    return found


def short(reading: Reading, period: Period) -> Text:
    """Return a period's name as it fits beside a figure: a quarter's own is too long."""
    if period.grain != "quarter":
        return period.text
    start = int(reading.portfolio.definition.number("general.fiscal_year_start"))
    year = period.first.year - (period.first.month < start)
    return say("worth.quarter", year=year, n=(period.first.month - start) % 12 // 3 + 1)


def _build_cohort_heat(reading: Reading, found: Triangle, most: int) -> Heat:
    """Return the newest cohorts with customers, by age; a period that still runs would look too low and is left out."""
    first = max(len(found.periods) - most, 0)
    rows = [at for at in range(first, len(found.periods)) if found.size[at] and at < len(found.periods) - 1]
    whole = found.known.copy()
    if not found.periods[-1].complete:
        newest = len(found.periods) - 1
        whole[np.arange(newest + 1), newest - np.arange(newest + 1)] = False
    ages = range(1, min(most, len(found.periods)))
    rate = found.rate
    cells = tuple(
        tuple(
            HeatCell(percent(float(rate[row, age]), 0), float(rate[row, age]), float(rate[row, age]))
            if whole[row, age]
            else None
            for age in ages
        )
        for row in rows
    )
    grain = words.text("grains", found.grain)
    largest = max(rows, key=lambda row: int(found.size[row]))
    ripe = [age for age in ages if whole[largest, age]]
    alt = (
        say(
            "worth.cohorts_alt",
            cohort=found.periods[largest].text,
            n=Count(int(found.size[largest])),
            age=ripe[-1],
            value=percent(float(rate[largest, ripe[-1]])),
        )
        if ripe
        else BLANK
    )
    return Heat(
        key="cohorts",
        title=say("worth.cohorts", grain=lowered(grain)),
        alt=alt,
        x_title=say("worth.cohorts_age", grain=grain),
        y_title=say("worth.cohorts_first"),
        rows=tuple(
            say("worth.cohort", period=short(reading, found.periods[row]), n=Count(int(found.size[row])))
            for row in rows
        ),
        columns=tuple(plain(str(age)) for age in ages),
        cells=cells,
        size=(32 * len(ages), 18 * len(rows), 130),
        note=say("worth.cohorts_note") if rows[0] == 0 else None,
    )


def exposed(reading: Reading, said: Text | None = None) -> Table | None:
    """Return what may be lost within a year by level of risk: by the table of probabilities, and by the model.

    Parameters
    ----------
    said
        Why there is no value of customers, where the page says so already: the model's reason is not repeated.
    """
    found = exposure(reading.portfolio)
    if found.loss is None:
        return None
    whole = sum(row.sales for row in found.rows)
    places = reading.money.places([whole])
    spans = (16, 14, 14, 14, 14, 14, 14)
    heads = ("level", "count", "sales", "chance", "loss", "likely", "modelled")
    columns = tuple(
        Column(say(f"worth.col_{head}"), "start" if head == "level" else "end", span)
        for head, span in zip(heads, spans, strict=True)
    )
    total = (
        Cell(say("worth.total")),
        Cell(count(sum(row.customers for row in found.rows)), sum(row.customers for row in found.rows)),
        Cell(reading.money.plain(whole, places), whole),
        Cell(_share(found.share), found.share),
        Cell(reading.money.plain(found.loss, places), found.loss),
        Cell(_share(found.modelled_share), found.modelled_share),
        Cell(reading.money.plain(found.modelled_loss, places), found.modelled_loss),
    )
    if found.method is None or found.modelled_loss is None:
        note = say("worth.exposure_none", why=tidy(found.answered, 60))
        if found.answered == said:
            note = say("worth.exposure_same")
    else:
        key = "worth.exposure_contracts" if found.contracts else "worth.exposure_silence"
        note = say(key, method=words.text("ltv_methods", found.method))
    return Table(
        "exposure",
        say("worth.exposure", unit=reading.money.label),
        columns,
        tuple(_exposed(reading, row, places) for row in found.rows),
        total,
        note,
    )


def _exposed(reading: Reading, row: ExposureRow, places: int) -> tuple[Cell, ...]:
    likely = row.modelled_loss / row.modelled_sales if row.modelled_loss is not None and row.modelled_sales else None
    money = reading.money
    return (
        Cell(words.text("levels", row.level), row.level),
        Cell(count(row.customers), row.customers),
        Cell(money.plain(row.sales, places), row.sales),
        Cell(_share(row.chance), row.chance),
        Cell(money.plain(row.loss, places), row.loss),
        Cell(_share(likely), likely),
        Cell(money.plain(row.modelled_loss, places), row.modelled_loss),
    )


def _share(value: float | None) -> Text:
    return MISSING if value is None else share_number(100 * value)
