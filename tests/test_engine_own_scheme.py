"""A planner's own scheme: axes, cuts and a painted grid in the definition, without code."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from helpers.builders import GOLDEN, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.commands.export import export
from engine.definition.definition import Definition, load_definition
from engine.definition.settings_sheet import definition_from_block
from engine.language.errors import Refusal
from engine.lists.summary import summarise
from engine.measures.retention import groups_of
from engine.scoring.grouping import grouping
from engine.scoring.portfolio import SCHEMES, Portfolio

AS_OF = date(2026, 9, 30)
ROWS: list[tuple[str, object]] = [
    ("schemes.自社分類.x", "売上"),
    ("schemes.自社分類.x_cuts", "600万、1000万"),
    ("schemes.自社分類.y", "リスク"),
    ("schemes.自社分類.grid", "守る 守る 守る / 育てる 保つ 伸ばす / 育てる 保つ 伸ばす"),
    ("schemes.自社分類.names", '{"伸ばす": {"ja": "伸ばす先", "en": "Grow"}}'),
    ("schemes.自社分類.en", "House classes"),
]
TOML = """
[schemes."自社分類"]
x = "売上"
x_cuts = ["600万", "1000万"]
y = "リスク"
grid = ["守る 守る 守る", "育てる 保つ 伸ばす", "育てる 保つ 伸ばす"]
en = "House classes"
[schemes."自社分類".names]
"伸ばす" = { ja = "伸ばす先", en = "Grow" }
"""


def own() -> Portfolio:
    return portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows(ROWS))


def test_a_scheme_of_the_definition_is_a_scheme_like_any_other() -> None:
    portfolio = own()
    assert portfolio.schemes == (*SCHEMES, "自社分類")
    assert portfolio.frame["segment_自社分類"].tolist() == ["伸ばす", "保つ", "守る"]
    assert portfolio.scheme_code("自社分類") == portfolio.scheme_code(" house CLASSES") == "自社分類"
    assert portfolio.scheme_text("自社分類").en == "House classes"
    assert portfolio.segment_text("自社分類", "伸ばす") == ("伸ばす先", "Grow")
    assert portfolio.segment_text("自社分類", "保つ") == ("保つ", "保つ")
    assert portfolio.segment_text("自社分類", "unclassified") == ("未分類", "Unclassified")
    assert portfolio.cuts["schemes.自社分類.x"] == (6_000_000, 10_000_000)


def test_a_file_and_a_sheet_say_the_same() -> None:
    by_rows, by_toml = Definition.from_rows(ROWS), Definition.from_toml(TOML)
    assert by_rows == by_toml
    block: list[list[object]] = [["キー", "値"], *([key, value] for key, value in ROWS)]
    assert definition_from_block(block) == by_rows
    assert by_rows.hash != load_definition().hash


def test_a_scheme_of_ones_own_converts_both_ways_without_loss() -> None:
    definition = Definition.from_rows(ROWS)
    assert Definition.from_toml(definition.to_toml()) == definition
    again = Definition.from_rows((row.key, row.value) for row in definition.rows())
    assert again == definition
    assert again.rows() == definition.rows()
    assert Definition.from_rows([("cpm.lapse_days", 100)], definition).painted_schemes[-1] == "自社分類"
    shown = {row.key: row for row in definition.rows()}
    assert shown["schemes.自社分類.grid"].label.ja == "自社分類: 塗り分け"
    assert all((*row.unit, *row.source) for row in definition.rows() if "自社" in row.key)


def test_summaries_and_files_know_the_scheme() -> None:
    portfolio = own()
    table = summarise(portfolio, "segment", ["customers"], "自社分類")
    assert dict(zip(table["label_ja"], table["customers"], strict=True)) == {
        "守る": 1, "育てる": 0, "保つ": 1, "伸ばす先": 1,
    }  # fmt: skip
    files = export(portfolio, "ja")
    customers = list(csv.DictReader(io.StringIO(files["customers.csv"].decode("utf-8-sig"))))
    assert [row["自社分類"] for row in customers] == ["伸ばす先", "保つ", "守る"]
    segments = list(csv.DictReader(io.StringIO(files["segments.csv"].decode("utf-8-sig"))))
    assert {row["セグメント"] for row in segments if row["分類"] == "自社分類"} == {
        "守る",
        "育てる",
        "保つ",
        "伸ばす先",
    }
    assert json.loads(files["summary.json"])["segments"]["自社分類"]["伸ばす"]["customers"] == 1
    assert "House classes" in export(portfolio, "en")["customers.csv"].decode("utf-8-sig")


def test_other_measures_group_by_the_names_of_the_scheme() -> None:
    groups = grouping(own(), "segment", "自社分類")
    assert [groups.name_of(code).ja for code in groups.keys] == ["伸ばす先", "保つ", "守る"]
    assert groups.order is not None
    assert set(groups.keys) <= set(groups.order)
    for lang in ("ja", "en"):  # retention by the planner's own scheme, called as in the definition in either language
        named = groups_of(own(), "自社分類")
        assert {label.to(lang) for label in named.labels} == {groups.name_of(code).to(lang) for code in groups.keys}


def test_one_axis_is_enough() -> None:
    rows = [("schemes.規模別.x", "sales"), ("schemes.規模別.x_cuts", 9_000_000), ("schemes.規模別.grid", "小 大")]
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows(rows))
    assert portfolio.frame["segment_規模別"].tolist() == ["大", "大", "小"]  # the lower end belongs to the class


@pytest.mark.parametrize(
    ("cuts", "classes"),
    [
        ("平均", [2, 1, 1]), ("mean*0.9", [2, 2, 1]), ("中央値", [2, 2, 1]), ("p90", [2, 1, 1]), ("last_a", [2, 2, 1]),
        ([9_000_001], [2, 1, 1]), ('["900万"]', [2, 2, 1]), ("平均×1.5", [2, 1, 1]),
    ],
)  # fmt: skip
def test_a_cut_may_be_read_off_the_data(cuts: object, classes: list[int]) -> None:
    """Sales 15, 9 and 5 million: mean 9.67, median 9, the last A-rank customer 9 million."""
    rows = [("schemes.s.x", "売上"), ("schemes.s.x_cuts", cuts), ("schemes.s.grid", "小 大")]
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows(rows))
    assert portfolio.frame["s_x"].tolist() == classes


def test_a_missing_value_is_unclassified_and_shown_as_such() -> None:
    table = {**GOLDEN, "年間売上": ["1,500万円", "", "500万円"]}
    portfolio = portfolio_of(table, as_of=AS_OF, definition=Definition.from_rows(ROWS))
    assert portfolio.frame["segment_自社分類"].tolist()[1] == "unclassified"
    labels = summarise(portfolio, "segment", ["customers"], "自社分類")["label_ja"].tolist()
    assert labels[-1] == "未分類"


def test_a_metric_that_no_customer_has_refuses_the_scheme_not_the_run() -> None:
    rows = [("schemes.s.x", "粗利率"), ("schemes.s.x_cuts", "30%"), ("schemes.s.grid", "薄い 厚い")]
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows(rows))
    with pytest.raises(Refusal, match="粗利率が必要"):
        portfolio.require_scheme("s")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("schemes.s.x", "売上")], "schemes.s.grid"),
        ([("schemes.s.grid", "A")], "schemes.s.x"),
        ([("schemes.s.x", "売上"), ("schemes.s.grid", "")], "schemes.s.grid"),
        ([("schemes.s.x", "売上高額"), ("schemes.s.grid", "A")], "売上高額"),
        ([("schemes.s.x", "初回購入日"), ("schemes.s.grid", "A")], "初回購入日"),
        ([("schemes.s.x", "売上"), ("schemes.s.grid", "A B")], "1行目は1区分"),
        ([("schemes.s.x", "売上"), ("schemes.s.x_cuts", 5), ("schemes.s.grid", "A B / A B")], "1行必要"),
        ([("schemes.s.x", "売上"), ("schemes.s.y", "リスク"), ("schemes.s.grid", "A / A / A B")], "3行目は1区分"),
        ([("schemes.s.x", "売上"), ("schemes.s.grid", '[["A", "B C"]]')], "1行目の2番目"),
        ([("schemes.s.x", "売上"), ("schemes.s.grid", "[[1, null]]")], "1行目の2番目"),
        ([("schemes.s.x", "売上"), ("schemes.s.x_cuts", "5,3"), ("schemes.s.grid", "A B C")], "小さい順"),
        ([("schemes.s.x", "売上"), ("schemes.s.x_cuts", "多め"), ("schemes.s.grid", "A B")], "多め"),
        ([("schemes.s.x", "売上"), ("schemes.s.x_cuts", "[true]"), ("schemes.s.grid", "A B")], "schemes.s.x_cuts"),
        ([("schemes.s.x", "売上"), ("schemes.s.grid", "A"), ("schemes.s.names", "重点")], "schemes.s.names"),
        ([("schemes.s.x", "売上"), ("schemes.s.grid", "A"), ("schemes.s.names", '{"A": 3}')], "schemes.s.names(A)"),
        ([("schemes.s.x", ["売上"]), ("schemes.s.grid", "A")], "schemes.s.x"),
        ([("schemes.s.z", "売上")], "schemes.s.z"),
        ([("schemes.地域.x", "売上"), ("schemes.地域.grid", "A")], "地域"),
        ([("schemes.ＲＦＭ.x", "売上"), ("schemes.ＲＦＭ.grid", "A")], "ＲＦＭ"),
        ([("schemes.vol16.en", "x")], "schemes.vol16.en"),
        ([("schemes." + "長" * 31 + ".x", "売上"), ("schemes." + "長" * 31 + ".grid", "A")], "30"),
    ],
)
def test_what_does_not_fit_is_named(rows: list[tuple[str, Any]], says: str) -> None:
    with pytest.raises(Refusal) as refusal:
        portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows(rows))
    assert refusal.value.kind == "missing_definition"
    assert says in refusal.value.to("ja")
    assert refusal.value.to("en")


AXES = st.sampled_from(["売上", "リスク", "成長", "総合", "構成比", "価値"])
CUTS = st.lists(st.integers(-50, 2000), max_size=4, unique=True).map(sorted)
CODES = st.sampled_from(["A", "B", "重点", "維持", "x1"])


@settings(max_examples=25, deadline=None)
@given(AXES, CUTS, st.none() | st.tuples(AXES, CUTS), st.data())
def test_any_painting_partitions_the_customers_and_survives_the_way_through_file_and_sheet(
    x: str, x_cuts: list[int], second: tuple[str, list[int]] | None, data: st.DataObject
) -> None:
    def classes(axis: str, cuts: list[int]) -> int:
        return 3 if not cuts and axis in ("リスク", "成長", "総合", "価値") else len(cuts) + 1

    height = 1 if second is None else classes(*second)
    width = classes(x, x_cuts)
    grid = data.draw(st.lists(st.lists(CODES, min_size=width, max_size=width), min_size=height, max_size=height))
    rows: list[tuple[str, object]] = [
        ("schemes.試し.x", x),
        ("schemes.試し.x_cuts", x_cuts),
        ("schemes.試し.grid", grid),
    ]
    if second is not None:
        rows += [("schemes.試し.y", second[0]), ("schemes.試し.y_cuts", second[1])]
    definition = Definition.from_rows(rows)
    assert Definition.from_toml(definition.to_toml()) == definition
    assert Definition.from_rows((row.key, row.value) for row in definition.rows()) == definition
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=definition)
    assert set(portfolio.frame["segment_試し"]) <= set(portfolio.segment_codes("試し"))
    assert portfolio.segment_codes("試し")[-1] == "unclassified"
    counted = summarise(portfolio, "segment", ["customers"], "試し")["customers"]
    assert int(counted.sum()) == 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["x", "x_cuts", "y", "y_cuts", "grid", "names", "en"]),
                          st.text(max_size=20) | st.integers() | st.floats() | st.none() | st.booleans()), max_size=6))  # fmt: skip
def test_whatever_stands_in_the_sheet_is_read_or_refused(entries: list[tuple[str, object]]) -> None:
    rows = [(f"schemes.試し.{field}", value) for field, value in entries]
    refused: Refusal | None = None
    try:
        portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows(rows))
    except Refusal as refusal:
        refused = refusal
    assert refused is None or refused.kind == "missing_definition"
