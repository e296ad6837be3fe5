"""Dates as people write them."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.date_column import read_dates
from engine.language.dates import date_order, from_serial, parse_date
from engine.language.distinct_cells import Fault

with (Path(__file__).parent / "cases" / "dates.csv").open(encoding="utf-8", newline="") as _stream:
    CASES = list(csv.reader(_stream))[1:]
DAYS = st.dates(date(1900, 3, 1), date(2199, 12, 31))


@pytest.mark.parametrize(("written", "expected"), [case[:2] for case in CASES], ids=[case[0] for case in CASES])
def test_dates_of_the_case_table(written: str, expected: str) -> None:
    found = parse_date(written)
    if expected == "読めない":
        assert isinstance(found, Fault)
        assert found.reason.ja
        assert found.reason.en
    elif not expected:
        assert found is None
    else:
        assert found == date.fromisoformat(expected)


@given(DAYS)
def test_a_day_survives_being_written(day: date) -> None:
    forms = [
        f"{day.year}/{day.month}/{day.day}",
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day} 1:02",
        f"{day.isoformat()}T23:59:59+09:00",
    ]
    assert {parse_date(form) for form in forms} == {day}


@given(st.dates(date(2019, 5, 1), date(2099, 12, 31)))
def test_reiwa_years_are_counted_from_2019(day: date) -> None:
    year = day.year - 2018
    assert parse_date(f"R{year}.{day.month}.{day.day}") == day
    assert parse_date(f"令和{'元' if year == 1 else year}年{day.month}月{day.day}日") == day


@given(DAYS)
def test_excel_serials_of_both_systems(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days  # right from 1 March 1900 on: the fake day lies before
    assert from_serial(serial) == day
    assert parse_date(float(serial) + 0.75) == day
    if day >= date(1904, 1, 1):
        assert from_serial((day - date(1904, 1, 1)).days, date1904=True) == day


def test_the_day_that_never_was() -> None:
    assert from_serial(59) == date(1900, 2, 28)
    assert isinstance(from_serial(60), Fault)
    assert from_serial(61) == date(1900, 3, 1)
    assert from_serial(60, date1904=True) == date(1904, 3, 1)
    assert isinstance(from_serial(0), Fault)
    assert isinstance(from_serial(-1, date1904=True), Fault)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (20260331, date(2026, 3, 31)),
        (20260331.0, date(2026, 3, 31)),
        (np.int64(45747), date(2025, 3, 31)),
        (date(2026, 3, 31), date(2026, 3, 31)),
        (datetime(2026, 3, 31, 23, 59, tzinfo=UTC), date(2026, 3, 31)),
        (pd.Timestamp("2026-03-31 08:00"), date(2026, 3, 31)),
        (None, None),
        (float("nan"), None),
        (pd.NaT, None),
    ],
)
def test_cells_that_are_no_text(cell: object, expected: date | None) -> None:
    assert parse_date(cell) == expected


@pytest.mark.parametrize("cell", [2026, 20261331, True, 3.5e9, date(1700, 1, 1), timedelta(days=1)])
def test_cells_that_are_no_day(cell: object) -> None:
    assert isinstance(parse_date(cell), Fault)


def test_one_value_above_twelve_decides_for_its_column() -> None:
    american = read_dates(pd.Series(["12/1/2010 8:26", "12/13/2010 9:00"], dtype=object))
    british = read_dates(pd.Series(["12/1/2010 8:26", "13/12/2010 9:00"], dtype=object))
    assert american.days.astype("datetime64[D]").astype(str).tolist() == ["2010-12-01", "2010-12-13"]
    assert british.days.astype("datetime64[D]").astype(str).tolist() == ["2010-01-12", "2010-12-13"]
    assert (american.order, british.order) == ("mdy", "dmy")
    assert not american.faults


def test_a_column_without_evidence_is_not_guessed() -> None:
    column = read_dates(pd.Series(["12/1/2010", "3/4/2010", "5/5/2010"], dtype=object))
    assert np.isnat(column.days).tolist() == [True, True, False]
    assert {fault.code for fault in column.faults.values()} == {"ambiguous_date"}
    told = read_dates(pd.Series(["12/1/2010", "3/4/2010"], dtype=object), order="dmy")
    assert told.days.astype("datetime64[D]").astype(str).tolist() == ["2010-01-12", "2010-04-03"]


def test_a_column_that_contradicts_itself_is_told_row_by_row() -> None:
    column = read_dates(pd.Series(["12/13/2010", "13/12/2010", "1/2/2010"], dtype=object))
    assert column.order == "mixed"
    assert sorted(column.faults) == [2]
    assert date_order(["2026-03-31"]) == ""


def test_datetime_columns_keep_their_wall_clock_day() -> None:
    aware = pd.Series([pd.Timestamp("2026-03-31 23:30", tz="Asia/Tokyo"), pd.NaT])
    column = read_dates(aware)
    assert str(column.days[0].astype("datetime64[D]")) == "2026-03-31"
    assert np.isnat(column.days[1])
    old = read_dates(pd.Series(np.array(["1500-01-01", "2026-01-01"], "datetime64[s]")))
    assert list(old.faults) == [0]
    assert np.isnat(old.days[0])


def test_serials_of_a_1904_workbook() -> None:
    column = read_dates(pd.Series([44285.0, 44286.5]), date1904=True)
    assert column.days.astype("datetime64[D]").astype(str).tolist() == ["2025-03-31", "2025-04-01"]


@given(st.lists(st.one_of(DAYS, st.none()), min_size=1))
def test_a_column_reads_as_its_cells(days: list[date | None]) -> None:
    column = read_dates(pd.Series([None if day is None else day.isoformat() for day in days], dtype=object))
    found = [None if np.isnat(day) else day.astype("datetime64[D]").item() for day in column.days]
    assert found == days
    assert column.days.dtype == np.dtype("datetime64[s]")
