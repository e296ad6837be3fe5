"""Clean → score in one call: the same for a cell, a button and a command, so that they cannot disagree."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from engine.cleaning.tables import clean
from engine.definition.definition import load_definition
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from datetime import date

    from engine.cleaning.tables import RawTables, Tables
    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio


def clean_tables(
    raw: RawTables,
    definition: Definition,
    as_of: date | None = None,
    *,
    currency: str | None = None,
    today: date | None = None,
) -> Tables:
    """Return the clean tables; rows dated after the as-of date are listed and not used.

    Parameters
    ----------
    as_of
        The as-of date; the definition's when None; without one, rows may be as new as today.
    currency
        ISO 4217 code, where the data do not tell.
    today
        The user's calendar day; the clock's when None.
    """
    day = as_of or definition.as_of or today or datetime.now().astimezone().date()
    return clean(raw, as_of=day, currency=currency)


def score_tables(
    raw: RawTables, definition: Definition | None = None, as_of: date | None = None, *, today: date | None = None
) -> Portfolio:
    """Return the portfolio of raw tables under `definition` (the built-in one when None).

    Without an as-of date the newest order that is not in the future decides; without any order, `today`.

    Parameters
    ----------
    raw
        Tables as they were read, before cleaning.
    definition
        The definition to score under.
    as_of
        The day to score at, inclusive; the definition's when None.
    today
        The user's calendar day; the clock's when None.
    """
    chosen = definition or load_definition()
    tables = clean_tables(raw, chosen, as_of, today=today)
    day = as_of or chosen.as_of
    if day is None and (tables.orders is None or tables.orders.empty):
        day = today
    return score(tables, chosen, day)
