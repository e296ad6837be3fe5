"""Schemes: published tables, half-open intervals, ties, partitions."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.builders import golden, portfolio_of, tables_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition, load_definition
from engine.definition.rule_tables import compile_rules
from engine.language import words
from engine.language.errors import Refusal
from engine.scoring.cuts import classify, quantile_cuts, quantile_scores
from engine.scoring.portfolio import SCHEMES
from engine.scoring.scoring import score

CASES = Path(__file__).parent / "cases"


def rows(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_golden_customers_get_their_three_strategies() -> None:
    """The elements table (要素表): クロスセルを狙う, アップセルで深耕, 再契約の機会を探る."""
    frame = golden().frame
    assert frame["strategy_ja"].tolist() == ["クロスセルを狙う", "アップセルで深耕", "再契約の機会を探る"]
    assert frame["segment_standard"].tolist() == ["major", "growth", "at_risk"]
    assert frame["segment_abc"].tolist() == ["a", "a", "b"]


def test_the_strategy_table_covers_all_27_combinations() -> None:
    cases = rows("strategy.csv")
    assert len({(case["継続性"], case["成長"], case["リスク"]) for case in cases}) == 27
    table = {
        "顧客名": [f"顧客{number}" for number in range(len(cases))],
        "年間売上": [1000] * len(cases),
        **{header: [case[header] for case in cases] for header in ("継続性", "成長", "リスク")},
    }
    frame = portfolio_of(table, as_of=date(2026, 9, 30)).frame
    assert frame["strategy_ja"].tolist() == [case["戦略"] for case in cases]


@pytest.mark.parametrize("case", rows("cpm.csv"), ids=lambda case: case["説明"])
def test_cpm_intervals_are_half_open(case: dict[str, str]) -> None:
    dates = [day for day in (case["初回購入日"], case["最終購入日"]) if day]
    amount = int(case["累計金額"])
    amounts = [amount] if len(dates) == 1 else [amount - amount // 2, amount // 2]
    year, month, day = (int(part) for part in case["基準日"].split("/"))
    frame = portfolio_of(
        orders={"顧客名": ["甲"] * len(dates), "日付": dates, "金額": amounts}, as_of=date(year, month, day)
    ).frame
    assert words.label("segments.cpm", frame["segment_cpm"].iloc[0], "ja") == case["群"]


def test_cpm_counts_several_orders_of_a_day_once() -> None:
    orders = {"顧客名": ["甲", "甲"], "日付": ["2026/1/1", "2026/1/1"], "金額": [1000, 2000]}
    frame = portfolio_of(orders=orders, as_of=date(2026, 2, 1)).frame
    assert frame["orders"].tolist() == [1]
    assert frame["segment_cpm"].tolist() == ["first_active"]


def test_a_return_alone_is_no_purchase_but_is_netted() -> None:
    orders = {"顧客名": ["甲", "甲"], "日付": ["2026/1/1", "2026/1/9"], "金額": ["10,000", "△4,000"]}
    frame = portfolio_of(orders=orders, as_of=date(2026, 2, 1)).frame
    assert frame["orders"].tolist() == [1]
    assert frame["sales_total"].tolist() == [6000]
    assert frame["last_order"].dt.day.tolist() == [1]


def test_the_rfm_list_covers_all_125_codes_exactly_once() -> None:
    """Source: Spotler Activate help, App RFM."""
    listed = Counter(code for codes in load_definition().value("rfm.segments").values() for code in codes.split())
    every = {f"{r}{f}{m}" for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)}
    assert set(listed) == every
    assert set(listed.values()) == {1}


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=80), st.integers(2, 10))
def test_quantile_scores_tie_and_their_cuts_repeat_them(values: list[int], groups: int) -> None:
    array = np.array(values, dtype=np.float64)
    scores = quantile_scores(array, groups)
    by_value: dict[float, set[int]] = {}
    for value, got in zip(array, scores, strict=True):
        by_value.setdefault(value, set()).add(int(got))
    assert all(len(each) == 1 for each in by_value.values())
    assert (np.diff(scores[np.argsort(array, kind="stable")]) >= 0).all()
    assert scores.min() == 1
    assert scores.max() <= groups
    assert (classify(array, quantile_cuts(array, groups)) == scores).all()


def test_quintiles_are_refused_below_25_customers_with_a_note() -> None:
    definition = Definition.from_rows([("rfm.method", "quintile")])
    orders = {"顧客名": [f"顧客{number}" for number in range(24)], "日付": ["2026/1/1"] * 24, "金額": [1000] * 24}
    portfolio = portfolio_of(orders=orders, as_of=date(2026, 2, 1), definition=definition)
    assert any("25社" in note.ja for note in portfolio.notes)
    assert portfolio.cuts["rfm.recency"] == (30.0, 90.0, 180.0, 365.0)


def test_frozen_cuts_keep_a_customer_in_place_when_others_buy() -> None:
    quintile = Definition.from_rows([("rfm.method", "quintile")])
    before: dict[str, list[Any]] = {
        "顧客名": [f"顧客{number}" for number in range(30)],
        "日付": ["2026/1/1"] * 30,
        "金額": list(range(100, 3100, 100)),
    }
    first = portfolio_of(orders=before, as_of=date(2026, 2, 1), definition=quintile)
    frozen = Definition.from_rows(
        [
            (f"rfm.frozen_{name.split('.')[1]}", list(cut))
            for name, cut in first.cuts.items()
            if name.startswith("rfm.")
        ],
        quintile,
    )
    again = portfolio_of(orders=before, as_of=date(2026, 2, 1), definition=frozen)
    assert again.frame[["rfm_r", "rfm_f", "rfm_m"]].equals(first.frame[["rfm_r", "rfm_f", "rfm_m"]])
    more = {
        "顧客名": [*before["顧客名"], *["新"] * 9],
        "日付": [*before["日付"], *["2026/1/20"] * 9],
        "金額": [*before["金額"], *[90_000] * 9],
    }
    moved = portfolio_of(orders=more, as_of=date(2026, 2, 1), definition=frozen)
    assert moved.frame["rfm_m"].tolist()[:30] == first.frame["rfm_m"].tolist()


def test_equal_sales_share_an_abc_class() -> None:
    table = {"顧客名": list("甲乙丙丁"), "年間売上": [100, 100, 100, 100]}
    assert portfolio_of(table, as_of=date(2026, 1, 1)).frame["segment_abc"].tolist() == ["a"] * 4


def test_abc_looks_at_the_share_before_the_customer() -> None:
    table = {"顧客名": list("甲乙丙丁戊"), "年間売上": [70, 20, 5, 5, 0]}
    # Before 甲 0 %, before 乙 70 % (no longer below), before 丙 and 丁 90 %, before 戊 100 %.
    assert portfolio_of(table, as_of=date(2026, 1, 1)).frame["segment_abc"].tolist() == ["a", "b", "c", "c", "c"]


def test_deciles_are_refused_below_ten_customers() -> None:
    with pytest.raises(Refusal, match="必要10/実3"):
        golden().require_scheme("decile")


def test_a_scheme_without_its_data_is_refused() -> None:
    for scheme in ("rfm", "cpm", "lifecycle"):
        with pytest.raises(Refusal, match="取引表"):
            golden().require_scheme(scheme)


ORDER = st.tuples(st.integers(0, 11), st.dates(date(2023, 1, 1), date(2026, 9, 30)), st.integers(-5_000, 200_000))


@settings(max_examples=40, deadline=None)
@given(st.lists(ORDER, min_size=1, max_size=60))
def test_every_scheme_puts_each_customer_into_exactly_one_group(lines: list[tuple[int, date, int]]) -> None:
    orders = {
        "顧客名": [f"顧客{who}" for who, _, _ in lines],
        "日付": [day for _, day, _ in lines],
        "金額": [amount for _, _, amount in lines],
    }
    portfolio = score(tables_of(orders=orders), None, date(2026, 9, 30))
    for scheme in SCHEMES:
        codes = set(words.codes(f"segments.{scheme}"))
        assert set(portfolio.frame[f"segment_{scheme}"]) <= codes


def test_a_rule_that_names_an_unknown_column_is_refused() -> None:
    with pytest.raises(Refusal, match="rizk"):
        compile_rules("standard", [{"when": {"rizk": "high"}}], load_definition(), ("risk",))


def test_a_missing_number_satisfies_no_condition() -> None:
    table = compile_rules("t", [{"when": {"x": "< 5"}}, {"when": {"x": ">= 5"}}], load_definition(), ("x",))
    assert table.first_match({"x": np.array([1.0, 5.0, np.nan])}, 3).tolist() == [0, 1, -1]


LIFE: list[tuple[str, list[str]]] = [
    ("新規", ["2026/8/1"]),
    ("育成", ["2025/12/1", "2026/2/1", "2026/4/1", "2026/6/1", "2026/8/1"]),
    ("休眠", ["2025/1/1", "2025/6/1", "2026/1/10"]),
    ("離脱", ["2024/1/1", "2024/6/1", "2025/1/10"]),
    ("復帰", ["2024/1/1", "2024/3/1", "2026/8/1"]),
]


@pytest.mark.parametrize(("stage", "dates"), LIFE, ids=[case[0] for case in LIFE])
def test_lifecycle_stages(stage: str, dates: list[str]) -> None:
    frame = portfolio_of(
        orders={"顧客名": ["甲"] * len(dates), "日付": dates, "金額": [1000] * len(dates)}, as_of=date(2026, 9, 30)
    ).frame
    assert words.label("segments.lifecycle", frame["segment_lifecycle"].iloc[0], "ja") == stage


def test_orders_of_one_day_count_each_where_the_definition_says_so() -> None:
    orders = {
        "顧客名": ["甲", "甲", "甲"],
        "取引ID": ["1", "2", "2"],
        "日付": ["2026/1/1"] * 3,
        "金額": [1000, 2000, 3000],
    }
    each = Definition.from_rows([("cpm.purchase_count", "orders")])
    assert portfolio_of(orders=orders, as_of=date(2026, 2, 1)).frame["orders"].tolist() == [1]
    assert portfolio_of(orders=orders, as_of=date(2026, 2, 1), definition=each).frame["orders"].tolist() == [2]


def test_the_amount_of_cpm_may_be_a_multiple_of_the_average_order() -> None:
    orders = {"顧客名": ["甲"] * 8, "日付": [f"2026/{month}/1" for month in range(1, 9)], "金額": [100] * 8}
    multiple = Definition.from_rows([("cpm.excellent_basis", "multiple")])
    portfolio = portfolio_of(orders=orders, as_of=date(2026, 8, 31), definition=multiple)
    assert portfolio.cuts["cpm.amount"] == (700.0,)
    assert portfolio.frame["segment_cpm"].tolist() == ["excellent_active"]  # 800 is more than 7 × 100
    assert portfolio.notes
