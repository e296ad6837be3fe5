"""Products bought together: the rules worked by hand, a published example, and their laws."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest
from helpers.builders import golden, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.language.errors import Refusal
from engine.measures.opportunities.affinity import Basket, basket, rules_frame, rules_of
from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 3, 31)
ALL = {"affinity.min_count": 1, "affinity.min_lift": 0}

# 4 customers × 3 products: A buys p and q, B p and q, C p, D p and r.
LINES = [
    ("A", "p", 100, 60),
    ("A", "q", 50, 20),
    ("B", "p", 200, 120),
    ("B", "q", 80, 40),
    ("C", "p", 300, 210),
    ("D", "r", 40, 10),
    ("D", "p", 70, 20),
]


def of(lines: list[tuple[str, Any, Any, Any]] = LINES, changes: Mapping[str, object] = ALL, **more: Any) -> Portfolio:
    days = more.pop("days", ["2026/1/10"] * len(lines))
    names = ("顧客名", "商品", "金額", "原価")
    orders = {name: [line[at] for line in lines] for at, name in enumerate(names)} | {"取引日": days}
    customers = {"顧客名": ["A", "B", "C", "D"], "業界": ["x"] * 4, "規模": ["大"] * 4}
    return portfolio_of(customers, orders, AS_OF, Definition.from_rows(changes.items()), **more)


def bought_by(baskets: list[set[int]], items: int) -> Basket:
    """Return a basket made directly of the items of each customer."""
    who = np.array([at for at, each in enumerate(baskets) for _ in each], dtype=np.int64)
    what = np.array([item for each in baskets for item in sorted(each)], dtype=np.int64)
    names = np.array([f"i{at}" for at in range(items)], dtype=object)
    start = np.concatenate([[0], np.cumsum([len(each) for each in baskets])]).astype(np.int64)
    return Basket(names, who, what, np.ones(len(who), np.int64), np.ones(len(who)), start)


def told(found: Any) -> dict[tuple[str, str], tuple[int, float, float, float]]:
    return {
        (row["item"], row["other"]): (row["n"], row["support"], row["confidence"], row["lift"])
        for row in found.to_dict("records")
    }


def test_support_confidence_and_lift_worked_by_hand() -> None:
    # Of 4 customers 4 buy p, 2 q and 1 r. Both p and q: 2, support 2/4. Who buys q buys p: 2/2; who buys p buys q: 2/4.
    # Lift of p and q: 2·4 / (4·2) = 1; of p and r: 1·4 / (4·1) = 1. Nobody buys q and r.
    assert told(rules_frame(of())) == {
        ("p", "q"): (2, 0.5, 0.5, 1.0),
        ("q", "p"): (2, 0.5, 1.0, 1.0),
        ("p", "r"): (1, 0.25, 0.25, 1.0),
        ("r", "p"): (1, 0.25, 1.0, 1.0),
    }


def test_a_rule_with_lift_above_one() -> None:
    # B drops p for r: p 3, q 2, r 2 of 4. q and r together: 1 (B): lift 1·4 / (2·2) = 1. p and q: 1·4 / (3·2) = 2/3.
    lines = [line for line in LINES if line[:2] != ("B", "p")] + [("B", "r", 30, 10)]
    found = told(rules_frame(of(lines)))
    assert found["q", "r"] == (1, 0.25, 0.5, 1.0)
    assert found["p", "q"] == pytest.approx((1, 0.25, 1 / 3, 2 / 3))
    assert found["r", "p"] == pytest.approx((1, 0.25, 0.5, 2 / 3))


def test_the_published_tea_and_coffee() -> None:
    # Of 100 customers 25 buy tea, 90 coffee, 20 both: support 20 %, confidence 80 %, and yet the dependence is 0.89:
    # Silverstein, Brin, Motwani, "Beyond Market Baskets", Data Mining and Knowledge Discovery 2 (1998), section 1.
    tea, coffee = 0, 1
    baskets = [{tea, coffee}] * 20 + [{tea}] * 5 + [{coffee}] * 70 + [{2}] * 5
    found = rules_of(bought_by(baskets, 3))
    first = int(found.start[tea])
    assert found.base == 100
    assert found.support[first] == pytest.approx(0.2)
    assert found.confidence[first] == pytest.approx(0.8)
    assert round(float(found.lift[first]), 2) == 0.89


def test_thresholds_of_the_definition_keep_the_strong_rules() -> None:
    assert told(rules_frame(of(changes={"affinity.min_count": 2, "affinity.min_lift": 0}))).keys() == {
        ("p", "q"),
        ("q", "p"),
    }
    assert rules_frame(of(changes={"affinity.min_count": 1, "affinity.min_lift": 1})).empty  # 1 is not above 1


def test_only_the_window_and_only_what_was_kept_counts() -> None:
    days = ["2026/1/10"] * 6 + ["2025/3/31"]  # D's p: the day before the window of 365 days
    found = basket(of(days=days))
    assert found.buys.tolist() == [True] * 4
    assert found.items[found.what[found.start[3] :]].tolist() == ["r"]
    returned = [*LINES, ("A", "p", -100, -60), ("B", "q", -79, -40)]
    found = basket(of(returned))
    assert found.items[found.what[: found.start[1]]].tolist() == ["q"]  # A gave p back
    assert found.sales[found.start[1] : found.start[2]].tolist() == [200, 1]


def test_profit_is_the_lines_own_else_the_products_margin_else_unknown() -> None:
    lines = [("A", "p", 100, 60), ("A", "q", 50, None), ("B", "r", 200, None)]
    products = {"商品": ["ｑ", "z"], "粗利率": ["30%", "10%"]}
    found = basket(of(lines, products=products))
    assert found.profit.tolist() == pytest.approx([40, 15, np.nan], nan_ok=True)


def test_categories_can_stand_for_products() -> None:
    products = {"商品": ["p", "q", "r"], "分類": ["k", "k", ""]}
    found = basket(of(changes={**ALL, "affinity.level": "category"}, products=products))
    assert found.items.tolist() == ["k"]
    assert found.sales.tolist() == [150, 280, 300, 70]
    with pytest.raises(Refusal, match=r"affinity\.level"):
        basket(of(changes={**ALL, "affinity.level": "category"}))


def test_without_products_the_column_is_named() -> None:
    orders = {"顧客名": ["A"], "取引日": ["2026/1/1"], "金額": [5]}
    for portfolio in (golden(), portfolio_of(None, orders, AS_OF)):
        with pytest.raises(Refusal) as refusal:
            basket(portfolio)
        assert refusal.value.kind == "missing_column"
        assert "商品" in refusal.value.to("ja")
        assert "product" in refusal.value.to("en")


def test_returns_alone_are_too_little() -> None:
    with pytest.raises(Refusal) as refusal:
        basket(of([("A", "p", -5, -1), ("B", "q", 0, 0)]))
    assert refusal.value.kind == "too_little_data"


def test_one_product_for_all_has_no_rules() -> None:
    assert rules_frame(of([(name, "p", 10, 5) for name in "ABCD"])).empty


baskets = st.lists(st.sets(st.integers(0, 6), max_size=7), min_size=1, max_size=25)


@settings(max_examples=60)
@given(baskets, st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_laws_of_rules(drawn: list[set[int]], least: int, random: Any) -> None:
    found = rules_of(bought_by(drawn, 7), least)
    facts = zip(found.antecedent, found.consequent, found.together, found.confidence, found.lift, strict=True)
    lifts: dict[tuple[int, int], float] = {}
    base = sum(1 for each in drawn if each)
    for first, second, together, confidence, lift in facts:
        both = sum(1 for each in drawn if {int(first), int(second)} <= each)
        assert together == both >= least
        assert together / base <= confidence <= 1
        lifts[int(first), int(second)] = float(lift)
        buyers = [sum(1 for each in drawn if int(item) in each) for item in (first, second)]
        assert lift == pytest.approx(both * base / (buyers[0] * buyers[1]))
    for (first, second), lift in lifts.items():
        assert lifts[second, first] == pytest.approx(lift)
    again = rules_of(bought_by(random.sample(drawn, len(drawn)), 7), least)
    for name in ("start", "consequent", "together", "confidence", "lift"):
        assert getattr(again, name).tolist() == getattr(found, name).tolist()
    every = {(a, b) for a in range(7) for b in range(7) if a != b}
    strong = {pair for pair in every if sum(1 for each in drawn if set(pair) <= each) >= least}
    assert strong == set(lifts)
