"""Histories: what counts as a purchase, in which unit, and what cannot be."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import tables_of
from helpers.cdnow import file_of_lifetimes, sample, sample_tables

from engine.language.errors import Refusal
from engine.models.purchases.histories import continuous_rate, from_arrays, from_tables


def test_the_sample_has_exactly_the_published_histories() -> None:
    """cdnow_customers_summary_with_transactions.csv (x, t_x, T in weeks, mean value), printed with two decimals."""
    published = pd.read_csv(file_of_lifetimes("cdnow_customers_summary_with_transactions.csv"))
    histories = sample()
    ids = sample_tables().customers["customer_id"].to_numpy()[histories.customer].astype(int)
    assert ids.tolist() == published["ID"].tolist()
    assert histories.each(histories.x).tolist() == published["x"].tolist()
    for name in ("t_x", "T"):
        assert np.abs(histories.each(getattr(histories, name)) - published[name]).max() <= 0.005
        days = histories.each(getattr(histories, name)) * 7
        assert np.abs(days - np.round(days)).max() < 1e-9
    assert np.abs(np.nan_to_num(histories.value) - published["zbar"]).max() <= 0.005 + 1e-9
    assert (histories.customers, histories.repeaters) == (2357, 946)


def of(orders: list[tuple[str, str, int]], **options: Any) -> Any:
    who, day, amount = zip(*orders, strict=True)
    return from_tables(tables_of(orders={"顧客名": who, "取引日": day, "金額": amount}), **options)


def test_a_day_is_one_purchase_and_a_return_lowers_the_purchase_before_it() -> None:
    histories = of(
        [
            ("A", "2026/1/1", 1000), ("A", "2026/1/1", 500),  # one purchase
            ("A", "2026/1/15", 800), ("A", "2026/1/20", -300),  # a repeat purchase, of which 300 came back
            ("B", "2026/1/8", 700),
            ("C", "2026/1/9", -50),  # nothing but a return: no customer of the models
        ],
        unit="day", until=date(2026, 1, 31),
    )  # fmt: skip
    assert histories.each(histories.x).tolist() == [1, 0]
    assert histories.each(histories.t_x).tolist() == [14, 0]
    assert histories.each(histories.T).tolist() == [30, 23]
    assert histories.value.tolist()[0] == 500
    assert np.isnan(histories.value[1])
    assert histories.unused.tolist() == [2]


def test_orders_after_the_end_are_left_alone() -> None:
    orders = [("A", "2026/1/1", 100), ("A", "2026/1/8", 100), ("A", "2026/3/1", 100), ("B", "2026/2/1", 100)]
    histories = of(orders, unit="week", until=date(2026, 1, 15))
    assert (histories.x.tolist(), histories.t_x.tolist(), histories.T.tolist()) == ([1], [1], [2])
    assert histories.unused.tolist() == [1]
    assert of(orders).until == date(2026, 3, 1)


def test_units_are_days_weeks_and_twelfths_of_a_julian_year() -> None:
    orders = [("A", "2026/1/1", 100), ("A", "2026/12/31", 100)]
    assert [float(of(orders, unit=unit).T[0]) for unit in ("day", "week", "month")] == [364, 52, 364 / 30.4375]


def test_equal_histories_are_counted_once_and_found_again() -> None:
    histories = from_arrays([0, 2, 0, 2], [0, 5, 0, 5], [9, 9, 9, 9])
    assert histories.counts.tolist() == [2, 2]
    assert histories.each(histories.x).tolist() == [0, 2, 0, 2]


@pytest.mark.parametrize(
    ("x", "t_x", "T", "words"),
    [
        ([1, 1], [5, 12], [10, 10], "t_x=12"),
        ([1, -1], [5, 0], [10, 10], "負の値"),
        ([0], [3], [10], "再購入がない"),
        ([1.5], [3], [10], "整数"),
        ([float("nan")], [3], [10], "数値でない"),
        ([1, 2], [3], [10], "長さ"),
    ],
)
def test_histories_that_cannot_be_are_refused(x: list[float], t_x: list[float], T: list[float], words: str) -> None:  # noqa: N803
    with pytest.raises(Refusal) as refused:
        from_arrays(x, t_x, T)
    assert refused.value.kind == "argument"
    assert words in refused.value.text.ja


def test_nobody_no_orders_no_purchase_and_no_such_unit_are_refused() -> None:
    with pytest.raises(Refusal, match="データ不足"):
        from_arrays([], [], [])
    with pytest.raises(Refusal, match="取引の表が必要"):
        from_tables(tables_of({"顧客名": ["A"], "年間売上": [1]}))
    with pytest.raises(Refusal, match="購入した顧客がいません"):
        of([("A", "2026/2/1", 100)], until=date(2026, 1, 1))
    with pytest.raises(Refusal, match="fortnight"):
        from_arrays([0], [0], [1], unit="fortnight")


def test_a_yearly_rate_becomes_a_continuous_one_per_unit() -> None:
    assert continuous_rate(0.1, "day") * 365.25 == pytest.approx(np.log(1.1))
    assert continuous_rate(0.1, "week") == pytest.approx(7 * continuous_rate(0.1, "day"))


def test_the_caller_s_tables_are_left_as_they_are() -> None:
    tables = tables_of(orders={"顧客名": ["A", "A"], "取引日": ["2026/1/1", "2026/2/1"], "金額": [1, -2]})
    assert tables.orders is not None
    before = tables.orders.copy()
    from_tables(tables)
    pd.testing.assert_frame_equal(tables.orders, before)
