"""Currencies: the codes of ISO 4217 and no others, on the command line and in a column of the orders."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from helpers.builders import golden_csv, tables_of
from hypothesis import given
from hypothesis import strategies as st

from engine.cleaning.currency import told_currency
from engine.commands.command import main
from engine.language import currencies
from engine.language.amounts import currency_of, digits_of, unit_of
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

LIST = tomllib.loads(files("engine.language").joinpath("currencies.toml").read_text(encoding="utf-8"))


# The standard's exceptions from two digits (ISO 4217, list one of 2026-01-01).
@pytest.mark.parametrize(
    ("digits", "codes"),
    [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
        (-1, "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"),
    ],
)
def test_the_minor_units_of_the_standard(digits: int, codes: str) -> None:
    assert sorted(code for code, entry in LIST["codes"].items() if entry["digits"] == digits) == codes.split()
    if digits >= 0:
        assert {digits_of(code) for code in codes.split()} == {digits}


def test_the_list_is_whole_and_consistent() -> None:
    assert {entry["digits"] for entry in LIST["codes"].values()} == {-1, 0, 2, 3, 4}
    assert len(LIST["codes"]) == 178
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in (*LIST["codes"], *LIST["withdrawn"]))
    assert not LIST["codes"].keys() & LIST["withdrawn"].keys()
    assert {entry["now"] for entry in LIST["withdrawn"].values()} - {""} <= LIST["codes"].keys()


def test_the_digits_of_every_code_are_those_of_the_list() -> None:
    for code, entry in LIST["codes"].items():
        assert digits_of(code) == digits_of(code.lower()) == (2 if entry["digits"] < 0 else entry["digits"]), code


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("usd", "USD"),
        ("ｕｓｄ", "USD"),
        (" EUR ", "EUR"),
        ("円", "JPY"),
        ("SEK", "SEK"),
        ("xcg", "XCG"),
        ("米ドル", "USD"),
    ],
)
def test_codes_and_marks_are_taken(told: str, code: str) -> None:
    assert told_currency(told) == code


@pytest.mark.parametrize(
    ("told", "hint"),
    [
        ("JYP", "近いもの: JPY"),
        ("UDS", "近いもの: USD"),
        ("YEM", "YER"),
        ("swiss franc", "近いもの: CHF"),
        ("DEM", "EUR に換算"),
        ("BGN", "EUR に換算"),
        ("ANG", "XCG に換算"),
        ("SUR", "今の通貨に換算"),
        ("XAU", "ISO 4217 の通貨コードではありません"),
        ("XXX", "ISO 4217 の通貨コードではありません"),
        ("該当なし", "JPY・USD のような3文字"),
        ("?", "JPY・USD のような3文字"),
    ],
)
def test_every_other_word_is_refused_with_the_nearest(told: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        told_currency(told)
    assert hint in caught.value.text.ja
    assert f'"{told}" cannot be used' in caught.value.text.en
    table = golden_csv(tmp_path / "customers.csv")
    done = CliRunner().invoke(main, ["check", "--customers", str(table), "--currency", told])
    assert done.exit_code == 2
    assert hint in done.stderr
    with pytest.raises(Refusal):
        tables_of({"顧客名": ["A"], "年間売上": [1]}, currency=told)


@given(st.text(max_size=8))
def test_what_is_taken_is_always_a_code_in_use(word: str) -> None:
    code = currency_of(word)
    assert code is None or currencies.find(code) is not None
    assert set(currencies.nearest(word)) <= LIST["codes"].keys()
    assert len(currencies.wrong(word).ja) > 10


def test_brackets_of_headers_name_currencies_but_no_words() -> None:
    assert (unit_of("SEK"), unit_of("千KRW"), unit_of("TOP"), unit_of("ALL")) == (
        (0, "SEK"),
        (3, "KRW"),
        (0, ""),
        (0, ""),
    )


ORDERS = {"顧客名": ["A", "A", "B", "B", "B"], "日付": [date(2026, 1, 1)] * 5, "金額": [1, 2, 3, 4, 5]}


def test_rows_whose_currency_is_none_are_listed() -> None:
    found = tables_of(orders={**ORDERS, "通貨": ["JPY", "国内", "DEM", "", "円"]}, currency=None)
    assert found.currency == "JPY"
    assert found.orders is not None
    assert found.orders["amount"].tolist() == [1, 4, 5]
    listed = [(each.severity, each.code, each.row, each.value) for each in found.findings if each.row]
    assert listed == [("error", "unknown_currency", 3, "国内"), ("error", "withdrawn_currency", 4, "DEM")]
    (source,) = found.sources
    assert source.rows_read - source.rows_used == 2


def test_a_told_currency_stands_for_cells_that_are_none() -> None:
    found = tables_of(orders={**ORDERS, "通貨": ["USD", "国内", "海外", "", "usd"]}, currency="USD")
    assert (found.currency, found.digits) == ("USD", 2)
    assert found.orders is not None
    assert len(found.orders) == 5
    assert {each.severity for each in found.findings} == {"warning"}


def test_a_column_that_names_no_currency_at_all_is_refused_with_the_reason() -> None:
    with pytest.raises(Refusal, match="ISO 4217"):
        tables_of(orders={**ORDERS, "通貨": ["国内", "海外"] * 2 + ["国内"]}, currency=None)
