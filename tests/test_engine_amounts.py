"""Amounts as people write them, to the last minor unit."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.amount_column import read_amounts
from engine.language.amounts import LARGEST, Amount, currency_of, digits_of, parse_amount, unit_of
from engine.language.distinct_cells import Fault

with (Path(__file__).parent / "cases" / "amounts.csv").open(encoding="utf-8", newline="") as _stream:
    CASES = list(csv.reader(_stream))[1:]


@pytest.mark.parametrize(
    ("written", "expected", "currency"), [case[:3] for case in CASES], ids=[case[0] for case in CASES]
)
def test_amounts_of_the_case_table(written: str, expected: str, currency: str) -> None:
    found = parse_amount(written)
    if expected == "読めない":
        assert isinstance(found, Fault)
        assert found.reason.ja
        assert found.reason.en
    elif not expected:
        assert found is None
    else:
        assert found == Amount(Decimal(expected), currency)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["{:,}", "{}", "¥{:,}", "{:,}円", "{:,} JPY"]))
def test_a_number_survives_being_written(number: int, form: str) -> None:
    found = parse_amount(form.format(number))
    assert isinstance(found, Amount)
    assert found.number == number


@given(st.integers(-(10**11), 10**11))
def test_a_negative_amount_means_the_same_in_every_form(number: int) -> None:
    size = f"{abs(number):,}"
    forms = [f"-{size}", f"△{size}", f"▲{size}", f"({size})", f"−{size}", f"{size}-"]
    assert {parse_amount(form) for form in forms} == {Amount(Decimal(-abs(number)), "")}


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1))
def test_text_and_float_columns_give_the_same_minor_units(numbers: list[Decimal]) -> None:
    text = read_amounts(pd.Series([str(number) for number in numbers], dtype=object))
    plain = read_amounts(pd.Series([float(number) for number in numbers]))
    expected = [int(number * 100) for number in numbers]
    assert text.to_minor(2)[0].tolist() == expected
    assert plain.to_minor(2)[0].tolist() == expected
    assert not plain.to_minor(2)[1].any()


@given(st.lists(st.floats(-(10**9), 10**9), min_size=1))
def test_floats_round_half_to_even_as_their_shortest_decimal(numbers: list[float]) -> None:
    minor, rounded, huge = read_amounts(pd.Series(numbers)).to_minor(2)
    exact = [Decimal(repr(number)) * 100 for number in numbers]
    assert minor.tolist() == [int(number.to_integral_value(ROUND_HALF_EVEN)) for number in exact]
    assert rounded.tolist() == [number % 1 != 0 for number in exact]
    assert not huge.any()


def test_half_goes_to_the_even_minor_unit() -> None:
    column = read_amounts(pd.Series([2.675, 2.665, -2.675, 0.005, 1363.6363636363637]))
    minor, rounded, _ = column.to_minor(2)
    assert minor.tolist() == [268, 266, -268, 0, 136364]
    assert rounded.all()


def test_an_amount_that_does_not_fit_is_told_not_wrapped() -> None:
    column = read_amounts(pd.Series([float(LARGEST), 1e300, float(LARGEST - 1000), np.inf]))
    minor, _, huge = column.to_minor(0)
    assert huge.tolist() == [True, True, False, False]
    assert column.faults[3].code == "amount_too_large"
    assert minor[2] == LARGEST - 1000
    assert read_amounts(pd.Series([LARGEST - 1], dtype="int64")).to_minor(0)[0].tolist() == [LARGEST - 1]
    assert read_amounts(pd.Series(["99兆円"], dtype=object)).to_minor(2)[0].tolist() == [99 * 10**14]


def test_integers_beyond_the_float_grid_stay_exact() -> None:
    number = 2**53 + 1
    assert read_amounts(pd.Series([number])).to_minor(0)[0].tolist() == [number]
    assert read_amounts(pd.Series([number], dtype=object)).to_minor(0)[0].tolist() == [number]
    assert read_amounts(pd.Series([number, None], dtype="Int64")).to_minor(0)[0].tolist() == [number, 0]


def test_the_header_unit_holds_for_cells_without_their_own() -> None:
    column = read_amounts(pd.Series([1.5, "2", "1,500円", "3千円", "4万", None, "x"], dtype=object), "千円")
    assert column.to_minor(0)[0].tolist() == [1500, 2000, 1500, 3000, 40000, 0, 0]
    assert column.currencies == {"JPY"}
    assert list(column.faults) == [6]


@pytest.mark.parametrize(
    ("bracket", "expected"),
    [
        ("千円", (3, "JPY")),
        ("百万円", (6, "JPY")),
        ("単位:億円", (8, "JPY")),
        ("USD", (0, "USD")),
        ("$K", (3, "USD")),
        ("税抜", (0, "")),
        ("円", (0, "JPY")),
    ],
)
def test_units_of_headers(bracket: str, expected: tuple[int, str]) -> None:
    assert unit_of(bracket) == expected


def test_true_is_no_amount_and_one_is() -> None:
    column = read_amounts(pd.Series([True, 1, 1.0, "1", False], dtype=object))
    assert column.to_minor(0)[0].tolist() == [0, 1, 1, 1, 0]
    assert sorted(column.faults) == [0, 4]


def test_products_are_exact() -> None:
    quantity = read_amounts(pd.Series([3, -1, 1000000, None, 7]))
    price = read_amounts(pd.Series([0.1, 2.55, 0.001, 5.0, 0.29]))
    product = quantity.times(price)
    assert product.to_minor(2)[0].tolist() == [30, -255, 100000, 0, 203]
    assert product.codes[3] == -1


@given(st.lists(st.tuples(st.integers(-999, 999), st.decimals(0, 9999, places=3)), min_size=1))
def test_a_product_column_equals_decimal_arithmetic(pairs: list[tuple[int, Decimal]]) -> None:
    quantity = read_amounts(pd.Series([pair[0] for pair in pairs]))
    price = read_amounts(pd.Series([str(pair[1]) for pair in pairs], dtype=object))
    expected = [int((count * each * 100).to_integral_value(ROUND_HALF_EVEN)) for count, each in pairs]
    assert quantity.times(price).to_minor(2)[0].tolist() == expected


def test_currencies() -> None:
    assert (digits_of("JPY"), digits_of("usd"), digits_of("KWD")) == (0, 2, 3)
    assert currency_of("円") == currency_of("jpy") == currency_of("￥") == "JPY"
    assert currency_of("製造") is None
    assert read_amounts(pd.Series(["¥1", "$2"], dtype=object)).currencies == {"JPY", "USD"}


def test_whether_amounts_have_decimals() -> None:
    assert read_amounts(pd.Series([1.0, 2.5])).has_decimals
    assert not read_amounts(pd.Series([1.0, 2.0, np.nan])).has_decimals
    assert not read_amounts(pd.Series(["1.5億"], dtype=object)).has_decimals
    assert not read_amounts(pd.Series(["1.5"], dtype=object), "千円").has_decimals
    assert read_amounts(pd.Series(["0.0005"], dtype=object), "千円").has_decimals
