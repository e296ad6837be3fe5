"""Cross-selling, upselling, whitespace and late customers: worked by hand, against a slow oracle, and as laws."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import golden, portfolio_of
from helpers.reports import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.language.errors import Refusal
from engine.measures.opportunities import KINDS, headline_opportunities, next_for, overdue, ranked, whitespace_grid
from engine.measures.opportunities.peers import LEVELS, peers_of
from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 3, 31)
LOOSE = {
    "affinity.min_count": 1,
    "affinity.min_lift": 0,
    "peers.min_count": 1,
    "opportunities.kept": 50,
    "opportunities.shrinkage": 0,
    "opportunities.product_cap": 1e9,
    "opportunities.customer_cap": 1e9,
}
Line = tuple[str, str, int, int | None]  # customer, product, amount, cost

# Six customers. A to E buy the lamp; A, B and C also the bulb; F buys the desk only.
LINES: list[Line] = [
    *((name, "lamp", 100, 60) for name in "ABCDE"),
    *((name, "bulb", 40, 10) for name in "ABC"),
    ("F", "desk", 900, 500),
]


def of(
    lines: list[Line] = LINES,
    changes: Mapping[str, object] = LOOSE,
    customers: Mapping[str, Any] | None = None,
    **more: Any,
) -> Portfolio:
    names = ("顧客名", "商品", "金額", "原価")
    orders = {name: [line[at] for line in lines] for at, name in enumerate(names)}
    orders["取引日"] = ["2026/1/10"] * len(lines)
    who = customers or {"顧客名": list("ABCDEF"), "業界": ["x"] * 6, "規模": ["大"] * 6}
    return portfolio_of(who, orders, AS_OF, Definition.from_rows(changes.items()), **more)


def facts(found: pd.DataFrame) -> list[tuple[Any, ...]]:
    rows = found[["customer", "kind", "product", "n", "lift", "expected"]].astype(object)
    return [tuple(None if pd.isna(each) else each for each in row) for row in rows.to_numpy().tolist()]


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_cross_selling_by_hand() -> None:
    # D buys the lamp. Of the lamp's 5 buyers 3 buy the bulb: confidence 60 %, lift 3·6 / (5·3) = 1.2.
    # The bulb earns 30 with each of its buyers: 60 % × 30 = 18.
    portfolio = of()
    found = next_for(portfolio, 3, ["cross_sell"])
    assert facts(found) == [(3, "cross_sell", "bulb", 3, pytest.approx(1.2), 18)]
    assert found["reason_ja"].tolist() == ["「lamp」の購入客の60%(3社)が購入"]
    assert found["reason_en"].tolist() == ['60% of the customers of "lamp" (3) buy it']
    assert next_for(portfolio, 5, ["cross_sell"]).empty  # nobody buys anything beside a desk


def test_whitespace_by_hand() -> None:
    # Of D's five peers three buy the bulb and one the desk: 3/5 × 30 = 18 and 1/5 × 400 = 80.
    # Among all six 3/6 buy the bulb: lift 0.6 / 0.5; the desk 0.2 / (1/6).
    found = next_for(of(), 3, ["whitespace"])
    assert facts(found) == [
        (3, "whitespace", "desk", 1, pytest.approx(1.2), 80),
        (3, "whitespace", "bulb", 3, pytest.approx(1.2), 18),
    ]
    assert found["reason_ja"].tolist() == ["同業・同規模の20%(1社)が購入", "同業・同規模の60%(3社)が購入"]


def test_the_gap_to_the_peers_by_hand() -> None:
    lines: list[Line] = [
        (name, "lamp", amount, amount // 2) for name, amount in zip("ABCDEF", range(100, 700, 100), strict=True)
    ]
    found = next_for(of(lines), 0, ["upsell"])
    # The others buy 200, 300, 400, 500, 600: P75 = 500. The gap is 400, A's margin 50 %, a quarter of them get there.
    assert facts(found) == [(0, "upsell", "lamp", 5, None, 50)]
    assert found["reason_ja"].tolist() == ["同規模の購入客5社の上位25%の水準まで売上400円の差"]
    assert found["reason_en"].tolist() == [
        "¥400 of sales below the top 25% of its 5 buyers among customers of the same size"
    ]
    assert next_for(of(lines), 5, ["upsell"]).empty  # F buys most of all
    # E stands among the others' 100 … 400 and 600: P75 is 400, below its own 500.
    assert next_for(of(lines), 4, ["upsell"]).empty


def test_the_price_ladder_by_hand() -> None:
    products = {
        "商品": ["lamp", "lamp pro", "bulb"],
        "分類": ["light", "light", "light"],
        "定価": [10, 15, 2],
        "粗利率": [0.4, 0.5, 0.75],
    }
    lines = [*LINES, ("F", "lamp pro", 300, 100)]
    found = next_for(of(lines, products=products), 0, ["upsell"])
    # A's dearest light is the lamp; one of its five peers buys the next one, which costs 1.5 times as much:
    # 1/5 × 100 × (1.5 × 50 % − 40 %) = 7.
    assert facts(found) == [(0, "upsell", "lamp pro", 1, None, 7)]
    assert found["reason_ja"].tolist() == ["「lamp」の上位商品。同業・同規模の20%(1社)が購入"]
    # A step to more than twice the price is none: what costs so much does not replace a lamp one for one.
    far = {**products, "定価": [10, 21, 2]}
    assert next_for(of(lines, products=far), 0, ["upsell"]).empty
    # F already buys the dearest.
    assert "lamp" not in next_for(of(lines, products=products), 5, ["upsell"])["product"].tolist()


def test_a_product_is_proposed_once_by_the_kind_that_promises_most() -> None:
    found = next_for(of(), 3)
    assert found["product"].tolist() == ["desk", "bulb"]
    assert found["kind"].tolist() == ["whitespace", "cross_sell"]
    assert len(next_for(of(), 3, top=1)) == 1


def test_the_list_is_ranked_over_all_customers() -> None:
    found = ranked(of())
    assert found["expected"].tolist() == sorted(found["expected"], reverse=True)
    assert not found.duplicated(["customer", "product"]).any()
    assert facts(found[found["customer"] == 3]) == facts(next_for(of(), 3))
    assert ranked(of(changes={**LOOSE, "opportunities.kept": 1})).groupby("customer").size().max() == 1


def test_the_grid_shows_what_is_bought_and_what_is_missing() -> None:
    grid = whitespace_grid(of(), [3, 5])
    assert grid.products.tolist() == ["bulb", "desk", "lamp"]
    assert grid.sales.tolist() == [[0, 0], [0, 900], [100, 0]]
    assert grid.value.tolist() == pytest.approx(np.array([[18, 18], [80, np.nan], [np.nan, 40]]), nan_ok=True)
    assert grid.penetration.tolist() == pytest.approx(np.array([[0.6, 0.6], [0.2, np.nan], [np.nan, 1]]), nan_ok=True)


# ---- peers -----------------------------------------------------------------------------------------------------------


def test_peers_fall_back_where_they_are_too_few_and_say_so() -> None:
    customers = {
        "顧客名": list("ABCDEF"),
        "業界": ["x", "x", "x", "y", "y", None],
        "規模": ["大", "大", "小", "小", "小", None],
    }
    portfolio = of(changes={**LOOSE, "peers.min_count": 2}, customers=customers)
    peers = peers_of(portfolio, np.ones(6, np.bool_))
    # A, B: one other large x, two others in x. C: A and B in x. D, E: one other in y, two small ones, C and each other.
    assert [LEVELS[level] for level in peers.level] == ["industry", "industry", "industry", "size", "size", "all"]
    assert not peers.by_sales
    assert next_for(portfolio, 0, ["whitespace"]).empty  # its industry buys nothing else
    assert "全顧客" in next_for(portfolio, 5, ["whitespace"])["reason_ja"].iloc[0]


def test_without_a_size_the_band_of_sales_is_the_size() -> None:
    customers = {"顧客名": list("ABCDEF"), "業界": ["x"] * 6}
    portfolio = of(customers=customers)
    peers = peers_of(portfolio, np.ones(6, np.bool_))
    # Mean sales (3 × 140 + 2 × 100 + 900) / 6 = 253: A to E lie below 1 ×, F above.
    assert peers.by_sales
    assert len(set(peers.keys["size"][:5])) == 1
    assert peers.keys["size"][5] != peers.keys["size"][0]


# ---- what is proposed to whom, and for how much ------------------------------------------------------------------------

CUPS = "soup cup"


def soup(changes: Mapping[str, object] | None = None, **columns: list[Any]) -> Portfolio:
    """Six shops (A–F) buy a tray, five of them soup cups for 10, 10, 10, 10 and one for 1,000; six machine makers (G–L) buy foil."""
    lines: list[Line] = [(name, "tray", 4000, 2000) for name in "ABCDEF"]
    lines += [(name, CUPS, 2 * each, each) for name, each in zip("ABCDE", (10, 10, 10, 10, 1000), strict=True)]
    lines += [(name, "foil", 4000, 2000) for name in "GHIJKL"]
    customers = {
        "顧客名": list("ABCDEFGHIJKL"),
        "業界": [*["shop"] * 6, *["machines"] * 6],
        "規模": ["大"] * 12,
        **columns,
    }
    return of(lines, {"affinity.min_lift": 0, **(changes or {})}, customers)


def test_a_product_that_no_one_of_the_industry_buys_is_not_proposed() -> None:
    found = ranked(soup())
    assert found["customer"].tolist() == [5]  # F, a shop without cups; no machine maker gets any
    assert found["product"].tolist() == [CUPS]
    sampled = ranked(sample())
    makers = sample().frame["industry"].iloc[sampled["customer"]].to_numpy() == "機械・電機"
    assert "耐熱スープカップ" not in sampled["product"][makers].tolist()


def test_one_large_buyer_is_no_measure_for_the_others() -> None:
    # Five of F's five peers buy cups: 100 % × the median 10. The mean would be 208.
    assert ranked(soup())["expected"].tolist() == [10]


def test_the_median_of_few_peers_is_drawn_to_everybodys() -> None:
    # Five shops earn 40 with cups, five makers 10, and G none: median of all ten is 25, and of G's own five peers 10.
    lines: list[Line] = [(name, "tray", 4000, 2000) for name in "ABCDEFGHIJKL"]
    lines += [(name, CUPS, 80, 40) for name in "ABCDE"] + [(name, CUPS, 20, 10) for name in "HIJKL"]
    customers = {"顧客名": list("ABCDEFGHIJKL"), "業界": [*["shop"] * 6, *["machines"] * 6], "規模": ["大"] * 12}
    found = ranked(of(lines, {}, customers))
    found = found[found["kind"] != "upsell"]
    by_name = dict(zip(found["customer"], found["expected"], strict=True))
    assert by_name == {5: round((5 * 40 + 5 * 25) / 10), 6: round((5 * 10 + 5 * 25) / 10)}


def test_an_opportunity_is_capped_by_product_and_by_customer() -> None:
    assert ranked(soup({"opportunities.product_cap": 0.5}))["expected"].tolist() == [5]
    # F buys for 4,000; a thousandth of it at the cups' margin of one half is 2.
    assert ranked(soup({"opportunities.customer_cap": 0.001}))["expected"].tolist() == [2]


def test_where_the_industry_is_not_known_the_size_counts_half_and_is_said() -> None:
    found = next_for(soup(業界=[""] * 12), 5, ["whitespace"])
    row = found[found["product"] == CUPS].iloc[0]
    # Five of eleven others of the size buy cups, at 10: 45 %, and half of it.
    assert row["expected"] == round(5 / 11 * 10 / 2)
    assert row["reason_ja"] == "同規模の45%(5社)が購入(同業が少ないため見込みを50%に割引)"
    assert row["reason_en"] == "45% of the customers of the same size (5) buy it (few of its industry: counted at 50%)"


def test_every_customer_has_one_headline_opportunity_at_most() -> None:
    best = headline_opportunities(sample())
    assert best["customer"].is_unique
    ranks = ranked(sample()).dropna(subset=["expected"]).groupby("customer")["expected"].max()
    assert (best["amount"] * best["share"]).tolist() == pytest.approx(
        ranks.loc[best["customer"]].astype(float).tolist(), abs=1
    )
    assert headline_opportunities(golden()).empty


# ---- a slow oracle ---------------------------------------------------------------------------------------------------


def slow(
    lines: list[Line], groups: Mapping[str, str], customer: str
) -> dict[tuple[str, str], tuple[int, float, float]]:
    """Return (kind, product) → n, lift, expected by the definitions, customer by customer (loose thresholds)."""
    sales: dict[tuple[str, str], int] = {}
    earned: dict[tuple[str, str], int] = {}
    for name, product, amount, cost in lines:
        sales[name, product] = sales.get((name, product), 0) + amount
        earned[name, product] = earned.get((name, product), 0) + amount - (cost or 0)
    basket: dict[str, set[str]] = {}
    for (name, product), amount in sales.items():
        if amount > 0:
            basket.setdefault(name, set()).add(product)
    everyone = list(basket)
    near = [name for name in everyone if groups[name] == groups[customer]]
    peers = near if len(near) > 1 else everyone
    found: dict[tuple[str, str], tuple[int, float, float]] = {}
    for product in {each for items in basket.values() for each in items}:
        buyers = [name for name in everyone if product in basket[name]]
        mine = [name for name in peers if product in basket[name]]
        profit = float(np.median([earned[name, product] for name in (mine or buyers)]))
        if product in basket[customer]:
            same = [sales[name, product] for name in near if product in basket[name] and name != customer]
            level = same or [sales[name, product] for name in buyers if name != customer]
            if level and (gap := float(np.percentile(level, 75)) - sales[customer, product]) > 0:
                margin = earned[customer, product] / sales[customer, product]
                found["upsell", product] = (len(level), float("nan"), 0.25 * gap * margin)
            continue
        if mine:
            share = len(mine) / max(len(peers) - 1, 1)
            found["whitespace", product] = (len(mine), share * len(everyone) / len(buyers), share * profit)
        best = (0.0, 0)
        for have in basket[customer]:
            owners = [name for name in everyone if have in basket[name]]
            both = sum(1 for name in owners if product in basket[name])
            best = max(best, (both / len(owners), both))
        if best[1]:
            found["cross_sell", product] = (best[1], best[0] * len(everyone) / len(buyers), best[0] * profit)
    return {key: value for key, value in found.items() if value[2] > 0}


def buys(lines: list[Line], customer: str) -> bool:
    sums: dict[str, int] = {}
    for name, product, amount, _ in lines:
        sums[product] = sums.get(product, 0) + (amount if name == customer else 0)
    return any(amount > 0 for amount in sums.values())


drawn = st.lists(
    st.tuples(st.sampled_from("ABCDEF"), st.sampled_from("pqrst"), st.integers(-50, 900), st.integers(0, 500)),
    min_size=6,
    max_size=30,
)


@settings(max_examples=25)
@given(drawn, st.lists(st.sampled_from(["大", "小"]), min_size=6, max_size=6))
def test_the_matrices_agree_with_a_slow_oracle(lines: list[Line], sizes: list[str]) -> None:
    lines = [*lines, ("A", "p", 2000, 10)]  # something is bought
    customers = {"顧客名": list("ABCDEF"), "業界": ["x"] * 6, "規模": sizes}
    portfolio = of(lines, customers=customers)
    groups = dict(zip("ABCDEF", sizes, strict=True))
    for place, name in enumerate("ABCDEF"):
        if not buys(lines, name):
            with pytest.raises(Refusal, match="購入がない"):
                next_for(portfolio, place)
            continue
        found = pd.concat([next_for(portfolio, place, [kind], 50) for kind in KINDS])
        expected = slow(lines, groups, name)
        got = {(row[1], row[2]): (row[3], row[4], row[5]) for row in facts(found)}
        assert got.keys() == expected.keys()
        for key, (n, lift, profit) in expected.items():
            assert got[key][0] == n
            assert got[key][2] == pytest.approx(profit, abs=0.51)
            if not np.isnan(lift):
                assert got[key][1] == pytest.approx(lift)


@settings(max_examples=15)
@given(drawn, st.integers(2, 1000), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_money_scales_only_money(lines: list[Line], factor: int, random: Any) -> None:
    lines = [*lines, ("A", "p", 2000, 10)]
    first = ranked(of(lines))
    pd.testing.assert_frame_equal(ranked(of(random.sample(lines, len(lines)))), first)
    larger = ranked(of([(who, what, amount * factor, (cost or 0) * factor) for who, what, amount, cost in lines]))
    key = ["customer", "kind", "product", "n", "lift"]
    assert {tuple(row) for row in larger[key].astype(str).to_numpy()} >= {
        tuple(row) for row in first[key][first["expected"] > 1].astype(str).to_numpy()
    }
    merged = first.merge(larger, on=["customer", "kind", "product"])
    assert merged["expected_y"].astype(float).tolist() == pytest.approx(
        (merged["expected_x"].astype(float) * factor).tolist(), abs=factor
    )
    assert (first["expected"] >= 0).all()
    assert (first["n"] >= 1).all()


# ---- what is missing, and what loses money ---------------------------------------------------------------------------


def test_without_products_the_needed_column_is_named() -> None:
    for portfolio in (golden(), portfolio_of(None, {"顧客名": ["A"], "取引日": ["2026/1/1"], "金額": [5]}, AS_OF)):
        for ask in (lambda run: next_for(run, 0), ranked, lambda run: whitespace_grid(run, [0])):
            with pytest.raises(Refusal) as refusal:
                ask(portfolio)
            assert refusal.value.kind == "missing_column"
            assert "商品" in refusal.value.to("ja")


def test_a_customer_without_purchases_is_told_so() -> None:
    customers = {"顧客名": list("ABCDEFG"), "業界": ["x"] * 7, "規模": ["大"] * 7}
    portfolio = of(customers=customers)
    with pytest.raises(Refusal) as refusal:
        next_for(portfolio, 6)
    assert refusal.value.kind == "too_little_data"
    assert "365日" in refusal.value.to("ja")
    assert 6 not in ranked(portfolio)["customer"].tolist()


def test_unknown_profits_keep_the_proposal_and_come_last() -> None:
    lines: list[Line] = [(who, what, amount, None if what == "bulb" else cost) for who, what, amount, cost in LINES]
    found = next_for(of(lines), 3)
    assert found["product"].tolist() == ["desk", "bulb"]
    assert pd.isna(found["expected"].iloc[1])
    nothing_known = ranked(of([(who, what, amount, None) for who, what, amount, _ in LINES]))
    assert nothing_known["expected"].isna().all()
    assert len(nothing_known)


def test_what_would_lose_money_is_no_opportunity() -> None:
    lines: list[Line] = [(who, what, amount, amount * (2 if what == "bulb" else 1)) for who, what, amount, _ in LINES]
    assert ranked(of(lines)).empty  # the bulb at a loss, all else at no margin
    assert next_for(of(lines), 3).empty


def test_one_product_for_all_leaves_nothing_to_propose() -> None:
    assert ranked(of([(name, "lamp", 100, 60) for name in "ABCDEF"])).empty


def test_categories_are_proposed_where_the_definition_says_so() -> None:
    products = {"商品": ["lamp", "bulb", "desk"], "分類": ["light", "light", "furniture"], "定価": [10, 15, 12]}
    found = ranked(of(changes={**LOOSE, "affinity.level": "category"}, products=products))
    # A, B and C buy light for 140, D and E for 100, F furniture: its five peers earn 70, 70, 70, 40, 40 with light, median 70.
    light = found[found["customer"] == 5]
    assert facts(light) == [(5, "whitespace", "light", 5, pytest.approx(1.2), 70)]
    assert set(found["product"]) == {"light", "furniture"}


def test_the_frame_of_the_run_is_left_as_it_is() -> None:
    portfolio = of()
    before = portfolio.customers
    ranked(portfolio)
    whitespace_grid(portfolio, [0])
    pd.testing.assert_frame_equal(portfolio.frame, before)


# ---- late by its own rhythm ------------------------------------------------------------------------------------------


def rhythm_of(gaps: Mapping[str, tuple[str, ...]], amount: int = 100) -> Portfolio:
    rows = [(name, day) for name, days in gaps.items() for day in days]
    orders = {"顧客名": [row[0] for row in rows], "取引日": [row[1] for row in rows], "金額": [amount] * len(rows)}
    return portfolio_of(None, orders, AS_OF)


def test_late_customers_by_their_own_rhythm() -> None:
    portfolio = rhythm_of(
        {
            "weekly": ("2026/3/1", "2026/3/8", "2026/3/15"),  # 16 days ÷ 7
            "monthly": ("2025/12/28", "2026/1/28", "2026/2/28"),  # 31 days ÷ 31: not late
            "quarterly": ("2025/4/1", "2025/7/1", "2025/10/1"),  # 181 days ÷ 91.5
            "once": ("2025/10/1",),
            "gone": ("2023/1/1", "2023/2/1", "2023/3/1"),  # lost, not late
        }
    )
    found = overdue(portfolio)
    names = portfolio.frame["name"].iloc[found["customer"]].tolist()
    assert names == ["weekly", "quarterly"]
    assert found["overdue_ratio"].tolist() == pytest.approx([16 / 7, 181 / 91.5])
    assert found["days_late"].tolist()[0] == 9
    assert found["next_order"].iloc[0] == pd.Timestamp("2026-03-22")
    assert found["expected"].tolist() == [100, 100]


def test_without_any_rhythm_the_list_is_refused() -> None:
    for portfolio in (golden(), rhythm_of({"once": ("2026/1/1",)})):
        with pytest.raises(Refusal) as refusal:
            overdue(portfolio)
        assert refusal.value.kind == "too_little_data"
        assert "3回" in refusal.value.to("ja")
