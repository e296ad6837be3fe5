"""The company of `portfolios` at two reviews, half a year apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.cleaning.tables import RawTables, raw_from_block
from engine.scoring.pipeline import score_tables
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, moment

if TYPE_CHECKING:
    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

Block = list[list[object]]

EARLIER_ORDERS: Block = [BOOK_ORDERS[0], *(line for line in BOOK_ORDERS[1:] if str(line[1]) < str(moment(2025, 10, 1)))]


def review(customers: Block, orders: Block, definition: Definition | None = None) -> Portfolio:
    """Return the scored run of these tables."""
    raw = {
        "customers": raw_from_block("customers", customers, "会社.xlsx › 顧客"),
        "orders": raw_from_block("orders", orders, "会社.xlsx › 取引"),
    }
    return score_tables(RawTables(raw, ()), definition)


def earlier(definition: Definition | None = None) -> Portfolio:
    """Return the run of September 2025."""
    return review(BOOK_CUSTOMERS, EARLIER_ORDERS, definition)


def later(definition: Definition | None = None) -> Portfolio:
    """Return the run of February 2026."""
    return review(BOOK_CUSTOMERS, BOOK_ORDERS, definition)
