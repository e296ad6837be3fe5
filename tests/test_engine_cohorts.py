"""The cohort triangle: by hand, on CDNOW, and its sums against the orders."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from helpers.builders import GOLDEN, cdnow_master, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cleaning.tables import RawTables, clean, raw_from_frame
from engine.language.errors import Refusal
from engine.measures.retention import GRAINS
from engine.measures.retention.cohorts import MEASURES, triangle
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score

AS_OF = date(2026, 3, 15)
LINES = [
    ("a", "2025-12-30", 100), ("a", "2025-12-31", 50), ("a", "2026-02-01", -20), ("a", "2026-03-01", 70),
    ("b", "2025-12-01", 10), ("b", "2026-01-05", 5),
    ("c", "2026-02-10", -3), ("c", "2026-02-11", 30),  # a return before the first purchase, in the same month
    ("d", "2026-01-01", -8),  # returns alone
    ("e", "2025-12-02", -4), ("e", "2026-02-02", 40),  # a return two months before the first purchase
]  # fmt: skip


def of(lines: list[tuple[str, str, int]]) -> Portfolio:
    orders = {
        "顧客名": [each[0] for each in lines],
        "取引日": [each[1] for each in lines],
        "金額": [each[2] for each in lines],
    }
    return portfolio_of({"顧客名": ["a", "b", "c", "d", "e", "f"]}, orders, AS_OF)


def test_the_triangle_by_hand() -> None:
    found = triangle(of(LINES), "month")
    assert [period.text.ja for period in found.periods] == ["2025年12月", "2026年1月", "2026年2月", "2026年3月"]
    assert [period.complete for period in found.periods] == [True, True, True, False]
    nan = float("nan")
    expected = {
        "customers": [[2, 1, 0, 1], [0, 0, 0, nan], [2, 0, nan, nan], [0, nan, nan, nan]],
        "orders": [[3, 1, 0, 1], [0, 0, 0, nan], [2, 0, nan, nan], [0, nan, nan, nan]],
        "sales": [[160, 5, -20, 70], [0, 0, 0, nan], [63, 0, nan, nan], [0, nan, nan, nan]],
        "rate": [[1, 0.5, 0, 0.5], [nan, nan, nan, nan], [1, 0, nan, nan], [nan, nan, nan, nan]],
    }
    for measure in MEASURES:
        np.testing.assert_array_equal(found.cells(measure), np.array(expected[measure], dtype=float))
    assert found.size.tolist() == [2, 0, 2, 0]
    assert found.unplaced == -8


def test_quarters_halves_and_years_follow_the_fiscal_year() -> None:
    portfolio = of(LINES)
    assert [period.text.en for period in triangle(portfolio, "quarter").periods] == ["FY2025 Q3", "FY2025 Q4"]
    assert [period.text.ja for period in triangle(portfolio, "half").periods] == ["2025年度下期"]
    assert triangle(portfolio, "fiscal_year").size.tolist() == [4]


def test_what_cannot_be_followed_is_refused() -> None:
    with pytest.raises(Refusal, match="取引表"):
        triangle(portfolio_of(GOLDEN, as_of=AS_OF))
    with pytest.raises(Refusal, match="区切り"):
        triangle(of(LINES), "week")
    with pytest.raises(Refusal, match="購入した顧客がいません"):
        triangle(of([("a", "2026-01-01", -5)]))
    with pytest.raises(Refusal, match="項目"):
        triangle(of(LINES)).cells("margin")


def test_cdnow_is_one_cohort_of_23570_customers() -> None:
    # The master file: 23,570 customers whose first purchase lies in January to March 1997, followed to June 1998.
    frame = pd.read_csv(cdnow_master(), sep=r"\s+", skiprows=1, names=["顧客ID", "日付", "数量", "金額"])
    cents = int((frame["金額"] * 100).round().sum())
    raw = RawTables({"orders": raw_from_frame("orders", frame, "cdnow")})
    portfolio = score(clean(raw, currency="USD"), as_of=date(1998, 6, 30))
    quarters = triangle(portfolio, "quarter")
    assert quarters.size.tolist() == [23_570, 0, 0, 0, 0, 0]
    assert quarters.customers[0, 0] == 23_570
    assert int(quarters.sales.sum()) + quarters.unplaced == cents
    months = triangle(portfolio, "month")
    assert int(months.size.sum()) == 23_570
    assert int(months.orders.sum()) == int(portfolio.frame["orders"].sum())


LINE = st.tuples(st.sampled_from("abcde"), st.integers(0, 900), st.integers(-200, 500))


@settings(max_examples=40)
@given(lines=st.lists(LINE, min_size=1, max_size=30), grain=st.sampled_from(tuple(GRAINS)), data=st.data())
def test_sums_reconcile_with_the_orders(lines: list[tuple[str, int, int]], grain: str, data: st.DataObject) -> None:
    dated = [(name, (AS_OF - timedelta(days=back)).isoformat(), amount) for name, back, amount in [*lines, ("a", 3, 1)]]
    portfolio = of(dated)
    found = triangle(portfolio, grain)
    orders = portfolio.orders
    assert orders is not None
    assert int(found.sales.sum()) + found.unplaced == int(orders["amount"].sum())
    assert int(found.orders.sum()) == int(portfolio.frame["orders"].sum())
    assert int(found.size.sum()) == int((portfolio.frame["orders"] > 0).sum())
    assert (found.customers[:, 0] == found.size).all()
    assert (found.customers <= found.size[:, None]).all()
    assert (found.customers <= found.orders).all()
    assert not found.sales[~found.known].any()
    assert not found.orders[~found.known].any()
    rate = found.rate[found.known & (found.size[:, None] > 0)]
    assert ((rate >= 0) & (rate <= 1)).all()
    buyers = np.zeros(len(found.periods), dtype=int)  # who bought in a period, over all cohorts: the antidiagonals
    for row in range(len(found.periods)):
        for age in range(len(found.periods) - row):
            buyers[row + age] += found.customers[row, age]
    bought = orders[orders["amount"] >= 0]
    for at, period in enumerate(found.periods):
        days = bought["date"].dt.date
        assert buyers[at] == bought["customer"][(days >= period.first) & (days <= period.last)].nunique()
    again = triangle(of(data.draw(st.permutations(dated))), grain)
    for measure in MEASURES:
        np.testing.assert_array_equal(found.cells(measure), again.cells(measure))
