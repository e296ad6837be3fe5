"""Portfolios and finished reports that the tests of the report share, each made once per session."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from engine.cleaning.tables import clean
from engine.language.errors import Text
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score
from helpers.builders import GOLDEN, portfolio_of
from report_templates.document.document import Figure
from report_templates.editions.make import Made, make
from report_templates.view import view
from workbooks.sample.sample import make_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from report_templates.document.document import Report

THEN = date(2026, 6, 30)  # a review of the sample company before its own
HOSTILE = (
    '<script>alert("x")</script>',
    "A & B 'quoted' \"double\" {{ 7*7 }}",
    "\u202eレバーサル\u202c株式会社",
    "とても" * 60 + "長い株式会社",
    "عربي 🙂 עברית 商事",
)


@cache
def golden() -> Portfolio:
    """Return the three customers of the field's standard example: tier T0."""
    return portfolio_of(GOLDEN, as_of=date(2026, 11, 22))


@cache
def sample() -> Portfolio:
    """Return the sample company with all its tables."""
    company = make_sample()
    return score(clean(company.raw_tables("サンプル.xlsx"), as_of=company.as_of), as_of=company.as_of)


@cache
def earlier() -> Portfolio:
    """Return the sample company as it stood a quarter before."""
    return score(clean(make_sample().raw_tables(), as_of=THEN), as_of=THEN)


@cache
def hostile() -> Portfolio:
    """Return customers whose names and industries try to break a page."""
    return portfolio_of(
        {
            "顧客名": list(HOSTILE),
            "業界": list(reversed(HOSTILE)),
            "担当": list(HOSTILE),
            "年間売上": [900, 500, 300, 200, 100],
            "リスク": ["高"] * 5,
            "継続性": ["中"] * 5,
        },
        as_of=date(2026, 11, 22),
    )


@cache
def report_of(portfolio: Portfolio) -> Report:
    """Return the view of a portfolio."""
    return view.build(portfolio)


@cache
def printed_sample() -> bytes:
    """Return the sample's Japanese PDF, as WeasyPrint prints it on A4."""
    return make(sample(), ("ja",), ("pdf",)).files["report.ja.pdf"]


@cache
def finished() -> Made:
    """Return the golden report with all four documents."""
    return make(golden())


def section(report: Report, key: str) -> Any:
    """Return the section `key` of a report; each key has a class of its own."""
    return next(each for each in report.sections if each.key == key)


def texts_in(noun: object, place: str = "report") -> Iterator[tuple[str, Text]]:
    """Yield every text of a view with its place."""
    if isinstance(noun, Text):
        yield place, noun
    elif is_dataclass(noun):
        for field in fields(noun):
            yield from texts_in(getattr(noun, field.name), f"{place}.{field.name}")
    elif isinstance(noun, tuple):
        for number, each in enumerate(noun):
            yield from texts_in(each, f"{place}[{number}]")


def figures_in(noun: object) -> Iterator[Figure]:
    """Yield every figure of a report, in the order of its pages."""
    if isinstance(noun, get_args(Figure)):
        yield noun
    elif is_dataclass(noun):
        for field in fields(noun):
            yield from figures_in(getattr(noun, field.name))
    elif isinstance(noun, tuple):
        for each in noun:
            yield from figures_in(each)
