"""Random small portfolios: both languages become pages, nothing is printed that is no number, and the gate of numbers holds."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from helpers.builders import portfolio_of
from helpers.reports import section
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.language.errors import Lang
from engine.scoring.concentration import measure
from engine.scoring.portfolio import Portfolio
from report_templates.gates import reconcile
from report_templates.print import render
from report_templates.view import view

AS_OF = date(2026, 11, 22)
NAMES = ("青葉電機", "北星商事株式会社", "みなと & 食品", "<b>東和</b>", "さくら薬品", "大空運輸")
LEVELS = ("高", "中", "低", "")
BROKEN = re.compile(r"\b(nan|inf|NaT)\b|>\s*None\s*<")  # what Python writes for no number
PAINTED = re.compile(r"<(svg|style|script)\b.*?</\1>", re.DOTALL)

LANGS: tuple[Lang, ...] = ("ja", "en")
MADE = (Phase.explicit, Phase.reuse, Phase.generate)  # a page takes seconds: an example that fails is not made smaller

AMOUNTS = st.one_of(st.integers(-300_000, 3_000_000), st.sampled_from([0, 1, 100, 1_000_000]))
LEVEL = st.sampled_from(LEVELS)
CUSTOMERS = st.lists(
    st.tuples(st.sampled_from(["製造", "IT", ""]), st.sampled_from(["東京都", "大阪府", ""]), LEVEL, LEVEL, LEVEL),
    min_size=1,
    max_size=len(NAMES),
)
ORDERS = st.lists(
    st.tuples(st.integers(0, len(NAMES) - 1), st.integers(0, 900), AMOUNTS, AMOUNTS, st.sampled_from(["箱", "袋"])),
    max_size=30,
)


def master(drawn: list[tuple[str, ...]]) -> dict[str, list[Any]]:
    """Return a customer table."""
    industry, region, continuity, growth, risk = (list(column) for column in zip(*drawn, strict=True))
    return {
        "顧客名": list(NAMES[: len(drawn)]),
        "業界": industry,
        "都道府県": region,
        "継続性": continuity,
        "成長ポテンシャル": growth,
        "リスク": risk,
    }


def check(portfolio: Portfolio, before: Portfolio | None = None) -> None:
    """Build the report, put every number against the customers, and print it in both languages."""
    report = view.build(portfolio, before)
    reconcile.check_sums(report, portfolio)
    for lang in LANGS:
        markup = render.html(report, lang, "print")
        reconcile.check_reconciliation(report, lang, markup)
        assert not BROKEN.search(PAINTED.sub("", markup))
    shares = [row[3].value for row in section(report, "segments").table.rows]
    known = [float(value) for value in shares if value is not None]
    total = float(portfolio.customers["sales_12m"].fillna(0).sum())
    assert not known or sum(known) == pytest.approx(1.0) or total <= 0
    if any(each.key == "concentration" for each in report.sections):
        assert section(report, "concentration").indices.rows[0][1].value == measure(portfolio, "hhi")


@settings(max_examples=5, phases=MADE, suppress_health_check=[HealthCheck.too_slow])
@given(customers=CUSTOMERS, orders=ORDERS)
def test_random_orders_become_pages_whose_numbers_hold(
    customers: list[tuple[str, ...]], orders: list[tuple[int, int, int, int, str]]
) -> None:
    kept = [each for each in orders if each[0] < len(customers)]
    table = {
        "顧客名": [NAMES[each[0]] for each in kept],
        "取引日": [(AS_OF - timedelta(days=each[1])).isoformat() for each in kept],
        "金額": [each[2] for each in kept],
        "原価": [each[3] for each in kept],
        "商品": [each[4] for each in kept],
    }
    check(portfolio_of(master(customers), table if kept else None, as_of=AS_OF))


@settings(max_examples=5, phases=MADE, suppress_health_check=[HealthCheck.too_slow])
@given(
    customers=CUSTOMERS, sales=st.lists(AMOUNTS, min_size=6, max_size=6), then=st.lists(AMOUNTS, min_size=6, max_size=6)
)
def test_random_typed_tables_become_pages_with_and_without_a_run_before(
    customers: list[tuple[str, ...]], sales: list[int], then: list[int]
) -> None:
    now = portfolio_of({**master(customers), "年間売上": sales[: len(customers)]}, as_of=AS_OF)
    before = portfolio_of({**master(customers), "年間売上": then[: len(customers)]}, as_of=AS_OF - timedelta(days=90))
    check(now, before)
