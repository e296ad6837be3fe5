"""The definition converts between file, sheet rows and itself without loss, and refuses what does not fit."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definition.definition import Definition, load_definition
from engine.definition.settings_sheet import definition_from_block
from engine.language.errors import Refusal

NUMBERS = [row.key for row in load_definition().rows() if isinstance(row.value, (int, float))]


def test_rows_convert_both_ways_without_loss() -> None:
    definition = load_definition()
    again = Definition.from_rows((row.key, row.value) for row in definition.rows())
    assert again == definition
    assert again.rows() == definition.rows()


def test_toml_converts_both_ways_without_loss() -> None:
    definition = Definition.from_rows([("cpm.lapse_days", 200), ("general.as_of", date(2026, 9, 30))])
    assert Definition.from_toml(definition.to_toml()) == definition
    assert definition.as_of == date(2026, 9, 30)


@given(st.dictionaries(st.sampled_from(NUMBERS), st.integers(0, 10_000), max_size=6))
def test_any_changed_numbers_survive_toml_and_rows(changes: dict[str, int]) -> None:
    definition = Definition.from_rows(changes.items())
    assert Definition.from_toml(definition.to_toml()) == definition
    assert Definition.from_rows((row.key, row.value) for row in definition.rows()) == definition
    assert all(definition.value(key) == number for key, number in changes.items())


def test_only_values_and_rules_decide_the_hash() -> None:
    definition = load_definition()
    assert Definition.from_rows([("cpm.lapse_days", 240.0)]).hash == definition.hash
    assert Definition.from_rows([("cpm.lapse_days", 241)]).hash != definition.hash


def test_a_rule_table_is_replaced_as_a_whole() -> None:
    definition = Definition.from_rows([("standard.1", '{"when": {}, "then": "stable"}')])
    assert definition.rules("standard") == [{"when": {}, "then": "stable"}]


@pytest.mark.parametrize(
    ("toml", "word"),
    [
        ("[cpm]\nlapse_day = 200", "cpm.lapse_days"),
        ('[cpm]\nlapse_days = "soon"', "240"),
        ("[cpm", "TOML"),
        ("[[standrad]]\nthen = 'x'", "standrad"),
        ("[purposes]\ndeepen = { value = 1 }", "purposes.deepen"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name(toml: str, word: str) -> None:
    with pytest.raises(Refusal) as refusal:
        Definition.from_toml(toml)
    assert refusal.value.kind == "missing_definition"
    assert word in refusal.value.to("ja")
    assert word in refusal.value.to("en")


def test_every_entry_says_unit_and_source() -> None:
    for row in load_definition().rows():
        if row.key != "version":
            assert all(row.unit), row.key
            assert all(row.source), row.key


def test_no_value_can_be_changed_behind_the_hash() -> None:
    definition = load_definition()
    definition.value("purposes.deepen")["value"] = 99
    definition.rules("standard").clear()
    assert definition.value("purposes.deepen")["value"] == 35
    assert definition.rules("standard")


def test_an_entry_that_is_blank_by_default_takes_a_number_only() -> None:
    for key in ("general.fixed_cost", "profit.hourly_cost"):
        assert Definition.from_rows([(key, "5000")]).number(key) == 5000
        with pytest.raises(Refusal, match="5,000円"):
            Definition.from_rows([(key, "5,000円")]).number(key)


def test_a_settings_block_is_read_below_its_headers() -> None:
    block: list[list[object]] = [
        ["設定", None, None],
        [None, None, None],
        ["項目", "キー", "値"],
        ["離脱", "cpm.lapse_days", 200.0],
        ["", None, ""],
    ]
    assert definition_from_block(block).value("cpm.lapse_days") == 200


@pytest.mark.parametrize("written", [46295.0, "2026/9/30", "令和8年9月30日", datetime(2026, 9, 30), date(2026, 9, 30)])  # noqa: DTZ001 - as a cell gives it
def test_the_as_of_date_is_read_as_people_write_it(written: object) -> None:
    assert definition_from_block([["general.as_of", written]]).as_of == date(2026, 9, 30)


def test_an_unreadable_as_of_date_is_refused() -> None:
    with pytest.raises(Refusal, match=re.escape("月末")):
        definition_from_block([["general.as_of", "月末"]])
