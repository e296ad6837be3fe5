"""Part of R12: the six dimensions of data quality (DAMA), each measured, or what it would need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.cleaning.duplicates import equal_pairs
from report_templates.document.document import Cell, Column, Table
from report_templates.texts.formatting import percent
from report_templates.texts.texts import Count, say

if TYPE_CHECKING:
    from engine.language.errors import Text
    from report_templates.document.report_data import Reading

_ATTRIBUTES: Final = ("industry", "region", "size", "owner", "channel")  # what groups are made of; others may be blank


def dimensions(reading: Reading, agreeing: int, checked: int) -> Table:
    """Return the six dimensions; `agreeing` of the `checked` reconciliations hold."""
    portfolio = reading.portfolio
    read = sum(source.rows_read for source in portfolio.sources)
    used = sum(source.rows_used for source in portfolio.sources)
    filled = float(portfolio.tables.customers[list(_ATTRIBUTES)].notna().to_numpy().mean())
    twins = len(equal_pairs(portfolio.tables.customers))
    valid = used / read if read else None
    rows: tuple[tuple[str, Text, float | None], ...] = (
        ("completeness", percent(filled), filled),
        ("validity", percent(valid), valid),
        ("uniqueness", say("dimensions.pairs", n=Count(twins)), twins),
        ("consistency", say("dimensions.of", part=Count(agreeing), whole=Count(checked)), agreeing),
        ("timeliness", _age(reading), portfolio.age_days),
        ("accuracy", say("dimensions.needs_vouchers"), None),
    )
    return Table(
        "dimensions",
        say("dimensions.title"),
        (Column(say("dimensions.col_name"), "start", 62), Column(say("dimensions.col_value"), "end", 38)),
        tuple(
            (Cell(say(f"dimensions.{name}"), name), Cell(text, value, "missing" if value is None else ""))
            for name, text, value in rows
        ),
    )


def _age(reading: Reading) -> Text:
    """Return how old the newest order is beside the limit of freshness."""
    age = reading.portfolio.age_days
    if age is None:
        return say("dimensions.needs_orders")
    edge = int(reading.portfolio.definition.number("freshness.orders_days"))
    return say("dimensions.days", days=Count(age), limit=Count(edge))
