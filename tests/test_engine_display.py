"""Numbers, money and dates as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from engine.language import display
from engine.language.errors import Lang


@pytest.mark.parametrize(
    ("minor", "currency", "digits", "lang", "shown"),
    [
        (3_200_000, "JPY", 0, "ja", "320万円"),
        (123_456_789, "JPY", 0, "ja", "1.2億円"),
        (9_999, "JPY", 0, "ja", "9,999円"),
        (-15_000, "JPY", 0, "ja", "△1.5万円"),
        (-15_000, "JPY", 0, "en", "−¥15,000"),
        (1177, "USD", 2, "en", "$11.77"),
        (999_999, "USD", 2, "ja", "$9,999.99"),
        (1_000_000, "USD", 2, "en", "$10,000"),
        (13_128_937, "USD", 2, "ja", "$131,289"),
        (205_886_284, "JPY", 0, "en", "¥205.9 million"),
        (-250_031_563, "USD", 2, "en", "−$2.5 million"),
        (250_031_563, "USD", 2, "ja", "$2,500,316"),
        (1177, "", 2, "ja", "11.77"),
        (None, "JPY", 0, "ja", "算出不可"),
        (float("nan"), "JPY", 0, "en", "n/a"),
        (0, "JPY", 0, "ja", "0円"),
    ],
)
def test_money_in_a_sentence(minor: float | None, currency: str, digits: int, lang: Lang, shown: str) -> None:
    assert display.money_text(minor, currency, digits, lang) == shown


def test_money_in_a_table_takes_its_unit_from_the_title() -> None:
    assert display.money(1_234_567_890, 0, "ja", "million") == "1,235"
    assert display.money(12_345_678, 0, "ja", "million") == "12.3"
    assert display.money(-1_234_567, 0, "ja", "thousand") == "△1,235"
    assert display.unit_label("JPY", "ja", "million") == "百万円"
    assert display.unit_label("USD", "en", "thousand") == "USD, thousand"


@pytest.mark.parametrize(
    ("value", "lang", "shown"), [(0.5172, "ja", "51.7%"), (-0.031, "ja", "△3.1%"), (-0.0001, "ja", "0.0%")]
)
def test_percentages(value: float, lang: Lang, shown: str) -> None:
    assert display.percent(value, lang) == shown


def test_halves_round_away_from_zero_as_on_paper() -> None:
    assert display.number(2.5, "ja") == "3"
    assert display.number(0.125, "ja", 2) == "0.13"


def test_changes_carry_their_sign() -> None:
    assert display.delta(1.25, "ja", unit="pt") == "+1.3pt"
    assert display.delta(-1.25, "ja", unit="pt") == "△1.3pt"
    assert display.delta(0.0, "en") == "0.0"


def test_dates() -> None:
    assert display.date_text(date(2026, 3, 31), "ja") == "2026年3月31日"
    assert display.date_text(date(2026, 3, 31), "en") == "31 March 2026"
    assert display.date_text(None, "ja") == ""
