"""Price, quantity and mix of those who stayed: worked by hand, exact sums, and refusals that name what is missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.language.errors import Refusal
from engine.measures.profit.price_volume import price_volume
from engine.measures.profit.product_mix import product_mix
from engine.scoring.portfolio import Portfolio

DAY = date(2026, 9, 30)
THEN, NOW = date(2025, 6, 1), date(2026, 6, 1)
Line = tuple[str, date, str | None, float | None, int]


def run(lines: list[Line], **others: Any) -> Portfolio:
    names, days, products, quantities, amounts = (list(column) for column in zip(*lines, strict=True))
    orders = {"顧客名": names, "取引日": days, "商品": products, "数量": quantities, "金額": amounts}
    return portfolio_of(orders=orders, as_of=DAY, **others)


def test_price_quantity_mix_and_range_by_hand() -> None:
    found = price_volume(
        run(
            [
                ("甲", THEN, "板", 10, 1000),
                ("甲", NOW, "板", 8, 960),  # unit price 100 → 120
                ("乙", THEN, "板", 10, 3000),
                ("乙", NOW, "板", 14, 4200),  # unit price 300, unchanged
                ("甲", THEN, "古い品", 1, 500),
                ("乙", NOW, "新しい品", 2, 700),
                ("丙", NOW, "板", 5, 9999),  # new: not among those who stayed
            ]
        )
    )
    assert (found.customers, found.before, found.now) == (2, 4500, 5860)
    assert found.price == (120 - 100) * 8
    assert found.volume == (22 - 20) * (4000 / 20)
    assert (
        found.mix == (960 + 4200 - 4000) - 160 - 400
    )  # four more went to the one that pays 300, two fewer to the other
    assert (found.added, found.dropped, found.untold) == (700, 500, 0)
    assert found.told == 1.0


def test_lines_without_a_quantity_stand_apart() -> None:
    found = price_volume(
        run(
            [
                ("甲", THEN, "板", 10, 1000),
                ("甲", NOW, "板", 10, 1100),
                ("甲", NOW, None, 1, 70),
                ("甲", THEN, "箱", None, 30),
            ]
        )
    )
    assert (found.price, found.volume, found.mix, found.untold) == (100, 0, 0, 40)
    assert found.told == pytest.approx(2100 / 2200)


lines = st.lists(
    st.tuples(
        st.sampled_from(["甲", "乙", "丙"]),
        st.integers(0, 729).map(lambda back: DAY - timedelta(days=back)),
        st.sampled_from(["板", "箱", "袋", None]),
        st.one_of(st.none(), st.integers(-5, 50)),
        st.integers(-2_000, 9_000).filter(bool),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(lines)
def test_the_causes_sum_up_exactly(drawn: list[Line]) -> None:
    anchored = [*drawn, ("甲", THEN, "板", 1.0, 50_000), ("甲", NOW, "板", 2.0, 60_000)]
    portfolio = run(anchored)
    found = price_volume(portfolio)
    causes = found.price + found.volume + found.mix + found.added - found.dropped + found.untold
    assert found.before + causes == found.now
    frame = portfolio.frame
    stayed = (frame["sales_12m"] > 0) & (frame["sales_prev_12m"] > 0)
    assert (found.before, found.now) == (frame["sales_prev_12m"][stayed].sum(), frame["sales_12m"][stayed].sum())


@pytest.mark.parametrize(
    ("column", "kind", "word"), [("数量", "missing_column", "数量"), ("商品", "missing_column", "商品")]
)
def test_what_is_missing_is_named(column: str, kind: str, word: str) -> None:
    orders = {"顧客名": ["甲"], "取引日": [NOW], "商品": ["板"], "数量": [1], "金額": [10]}
    del orders[column]
    with pytest.raises(Refusal, match=word) as caught:
        price_volume(portfolio_of(orders=orders, as_of=DAY))
    assert caught.value.kind == kind


def test_nobody_stayed_or_there_are_no_orders() -> None:
    with pytest.raises(Refusal, match="2年続けて"):
        price_volume(run([("甲", NOW, "板", 1, 10)]))
    with pytest.raises(Refusal, match="取引"):
        price_volume(portfolio_of(GOLDEN, as_of=DAY))


def test_products_sum_to_all_sales_by_category() -> None:
    portfolio = sample()
    rows = product_mix(portfolio)
    assert rows["sales"].sum() == portfolio.frame["sales_12m"].sum()
    assert rows["previous"].sum() == portfolio.frame["sales_prev_12m"].sum()
    assert rows["share"].sum() == pytest.approx(1.0)
    assert rows["share_change"].sum() == pytest.approx(0.0)
    assert portfolio.tables.products is not None
    assert set(rows["product"]) == set(portfolio.tables.products["category"])


def test_without_a_product_table_products_stand_for_themselves() -> None:
    rows = product_mix(run([("甲", NOW, "板", 1, 10), ("甲", NOW, None, 1, 30), ("甲", THEN, "箱", 1, 5)]))
    assert rows["product"].tolist() == ["", "板", "箱"]
    assert rows["share"].tolist() == [0.75, 0.25, 0.0]
    with pytest.raises(Refusal, match="商品"):
        product_mix(portfolio_of(orders={"顧客名": ["甲"], "取引日": [NOW], "金額": [10]}, as_of=DAY))
