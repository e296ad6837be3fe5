"""The painted schemes: VOL16, growth by headroom, share by growth, performance by potential; seasonality and districts."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from helpers.builders import GOLDEN, golden, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.definition.metrics import by_column, show
from engine.language.districts import district_of
from engine.language.errors import Refusal
from engine.language.quantities import read_quantity
from engine.lists.disagreements import disagreements
from engine.lists.summary import summarise
from engine.scoring.portfolio import SCHEMES, Portfolio

AS_OF = date(2026, 9, 30)
NINE = [(size, chance) for size in ("高", "中", "低") for chance in ("高", "中", "低")]


def named(portfolio: Portfolio, scheme: str) -> list[str]:
    return [portfolio.segment_text(scheme, code).ja for code in portfolio.require_scheme(scheme).segments]


# ---- VOL16 -----------------------------------------------------------------------------------------------------------


def nine(**more: Any) -> dict[str, Any]:
    """One customer per cell: deals of 100, 50 and 10 yen around a mean of 53.3, chances as words."""
    size = {"高": 100, "中": 50, "低": 10}
    return {
        "顧客名": [f"{a}{b}" for a, b in NINE],
        "想定取引額": [size[a] for a, _ in NINE],
        "受注確率": [b for _, b in NINE],
        **more,
    }


def test_the_nine_cells_of_vol16_are_painted_as_the_specification_says() -> None:
    """Domain §2.3: A = {高高, 高中, 中高}, B = {高低, 中中, 低高}, C = the rest."""
    portfolio = portfolio_of(nine(), as_of=AS_OF)
    zones = dict(zip(portfolio.frame["name"], named(portfolio, "vol16"), strict=True))
    assert {cell for cell, zone in zones.items() if zone == "A"} == {"高高", "高中", "中高"}
    assert {cell for cell, zone in zones.items() if zone == "B"} == {"高低", "中中", "低高"}
    assert {cell for cell, zone in zones.items() if zone == "C"} == {"中低", "低中", "低低"}
    assert named(portfolio, "vol16_cell") == [f"{a}×{b}" for a, b in NINE]


def test_a_chance_may_be_a_rate_and_its_cuts_are_held_below() -> None:
    table = nine(受注確率=["60%", 0.3, "29.9%", 1, "59%", 0, "0.6", "30%", ""])
    portfolio = portfolio_of(table, as_of=AS_OF)
    assert portfolio.frame["vol16_x"].tolist()[:8] == [3, 2, 1, 3, 2, 1, 3, 2]
    assert named(portfolio, "vol16")[8] == "未分類"
    assert portfolio.frame["win_probability"].tolist()[:3] == [0.6, 0.3, 0.299]


def test_an_unreadable_chance_is_listed_with_its_mend() -> None:
    portfolio = portfolio_of(nine(受注確率=["たぶん", "150%", *["高"] * 7]), as_of=AS_OF)
    assert [finding.value for finding in portfolio.findings if finding.code == "unreadable_rate"] == ["たぶん", "150%"]
    assert named(portfolio, "vol16")[:2] == ["未分類", "未分類"]


def test_vol16_falls_back_to_the_average_order() -> None:
    orders = {"顧客名": ["甲", "甲", "乙", "乙"], "日付": ["2026/8/1", "2026/9/1"] * 2, "金額": [100, 300, 900, 1100]}
    customers = {"顧客名": ["甲", "乙", "丙"], "受注確率": ["高", "高", "高"], "想定取引額": ["", "", 600]}
    portfolio = portfolio_of(customers, orders, AS_OF)
    assert portfolio.frame["deal_size"].tolist() == [200, 1000, 600]
    # The mean deal is 600, the cuts are 300 and 900.
    assert named(portfolio, "vol16_cell") == ["低×高", "高×高", "中×高"]


def test_vol16_without_a_chance_names_the_column_that_is_missing() -> None:
    with pytest.raises(Refusal, match="受注確率"):
        golden().require_scheme("vol16")
    with pytest.raises(Refusal, match="受注確率"):
        golden().require_scheme("vol16_cell")


def test_a_repainted_box_moves_its_cells_and_a_box_of_another_shape_has_no_nine_cells() -> None:
    painted = Definition.from_rows([("schemes.vol16.grid", "A A A / A A A / C C C")])
    assert named(portfolio_of(nine(), as_of=AS_OF, definition=painted), "vol16") == ["A"] * 6 + ["C"] * 3
    two = Definition.from_rows([("schemes.vol16.x_cuts", 0.5), ("schemes.vol16.grid", "B A / C A / C B")])
    portfolio = portfolio_of(nine(受注確率=[0.9] * 9), as_of=AS_OF, definition=two)
    assert set(named(portfolio, "vol16")) == {"A", "B"}
    with pytest.raises(Refusal, match="3×3"):
        portfolio.require_scheme("vol16_cell")


# ---- the matrices of the sales side ----------------------------------------------------------------------------------


def grown(rates: list[float], potential: list[float], market: list[str] | None = None) -> Portfolio:
    """Customers that bought for 1,000 yen in the year before and for (1 + rate) × 1,000 in the last twelve months."""
    names = [f"顧客{number}" for number in range(len(rates))]
    customers: dict[str, Any] = {"顧客名": names, "ターゲット規模": potential}
    if market is not None:
        customers["市場成長率"] = market
    orders = {
        "顧客名": names * 2,
        "日付": ["2024/10/5"] * len(names) + ["2026/3/5"] * len(names),
        "金額": [1000] * len(names) + [round(1000 * (1 + rate)) for rate in rates],
    }
    return portfolio_of(customers, orders, AS_OF)


def test_growth_by_headroom_names_the_four_fields_of_the_source() -> None:
    """diamond.jp/articles/-/235134: 大大=有望市場, 成長大余力小=大黒柱, 成長小余力大=おつきあい先, 小小=ごひいき先."""
    portfolio = grown([0.2, 0.2, 0.0, 0.0], [10_000, 1300, 10_000, 1100])
    assert named(portfolio, "headroom") == ["有望市場", "大黒柱", "おつきあい先", "ごひいき先"]


def test_the_cuts_of_growth_and_headroom_belong_to_the_larger_class() -> None:
    portfolio = grown([0.05, 0.049], [2100, 2098])  # headroom exactly 0.5 for both
    assert portfolio.frame["headroom"].tolist() == [0.5, 0.5]
    assert named(portfolio, "headroom") == ["有望市場", "おつきあい先"]


def test_share_by_growth_splits_at_the_last_a_rank_customer() -> None:
    """sppinc.jp 分析技: the vertical line at the share of the last A-rank customer, the horizontal at target growth."""
    # Sales 3000, 1500, 1050, 1000 of 6,550: before the third customer 68.7 % are reached, so the first three are A.
    portfolio = grown([2.0, 0.5, 0.05, 0.0], [30_000, 3000, 4200, 1250])
    assert portfolio.frame["segment_abc"].tolist() == ["a", "a", "a", "b"]
    assert portfolio.cuts["schemes.share_growth.x"] == (0.25,)  # 1,050 of 4,200
    assert named(portfolio, "share_growth") == ["B 構成比を上げる", "D 最重要", "D 最重要", "C 激戦区"]


def test_growth_by_share_tells_todays_profit_from_tomorrows() -> None:
    """shimatani.space 2015/05: 重要顧客 = today's profit, 重点顧客 = low share and high growth."""
    portfolio = grown([0.0] * 4, [1000, 10_000, 10_000, 1000], ["10%", "10%", "1%", "1%"])
    assert named(portfolio, "growth_share") == ["重要顧客", "重点顧客", "一般顧客", "重要顧客"]


def test_performance_by_potential_works_on_the_seven_typed_columns() -> None:
    assert named(golden(), "potential") == ["スター", "ポテンシャル", "改善"]
    typed = {**GOLDEN, "成長ポテンシャル": ["低", "高", "低"]}
    assert named(portfolio_of(typed, as_of=AS_OF), "potential")[0] == "エンゲージメント"


@pytest.mark.parametrize(
    ("scheme", "missing"),
    [
        ("headroom", "ターゲット規模"),
        ("share_growth", "構成比"),
        ("growth_share", "市場成長率"),
        ("vol16", "想定取引額"),
    ],
)
def test_a_scheme_that_the_data_cannot_carry_says_what_to_add(scheme: str, missing: str) -> None:
    with pytest.raises(Refusal, match=missing) as refusal:
        golden().require_scheme(scheme)
    assert refusal.value.kind == "too_little_data"


def test_share_by_growth_can_be_read_on_the_share_of_our_own_sales() -> None:
    definition = Definition.from_rows([("schemes.share_growth.x", "構成比")])
    names = ["甲", "乙"]
    orders = {"顧客名": names * 2, "日付": ["2024/10/5"] * 2 + ["2026/3/5"] * 2, "金額": [100, 100, 900, 100]}
    portfolio = portfolio_of({"顧客名": names}, orders, AS_OF, definition)
    assert named(portfolio, "share_growth") == ["D 最重要", "A 撤退か維持"]


LINE = st.tuples(st.integers(0, 7), st.dates(date(2024, 1, 1), AS_OF), st.integers(-500, 90_000))
CHANCE = st.sampled_from(["", "高", "中", "低", "10%", "45%", "90%"])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(LINE, min_size=1, max_size=40),
    st.lists(CHANCE, min_size=8, max_size=8),
    st.lists(st.sampled_from(["", 1000, 50_000, 900_000]), min_size=8, max_size=8),
)
def test_every_scheme_partitions_the_customers(
    lines: list[tuple[int, date, int]], chances: list[str], potential: list[Any]
) -> None:
    customers = {"顧客名": [f"顧客{n}" for n in range(8)], "受注確率": chances, "ターゲット規模": potential}
    orders = {
        "顧客名": [f"顧客{who}" for who, _, _ in lines],
        "日付": [day for _, day, _ in lines],
        "金額": [amount for _, _, amount in lines],
    }
    portfolio = portfolio_of(customers, orders, AS_OF)
    assert portfolio.schemes == SCHEMES
    for scheme in portfolio.schemes:
        assert set(portfolio.frame[f"segment_{scheme}"]) <= set(portfolio.segment_codes(scheme))
        if portfolio.assignments[scheme].refused is None:
            assert int(summarise(portfolio, "segment", ["customers"], scheme)["customers"].sum()) == 8


# ---- contradictions --------------------------------------------------------------------------------------------------


def contradicting() -> Portfolio:
    """甲 sells most of the last twelve months, but stopped nine months ago; 乙 goes on."""
    days = ["2025/10/5", "2025/11/5", "2025/12/5"]
    orders = {
        "顧客名": ["甲"] * 3 + ["乙"] * 6,
        "日付": [*days, *[f"2026/{month}/10" for month in range(4, 10)]],
        "金額": [100_000] * 3 + [3000] * 6,
    }
    return portfolio_of({"顧客名": ["甲", "乙"]}, orders, AS_OF)


def test_a_customer_of_rank_a_that_cpm_has_lapsed_is_a_contradiction() -> None:
    """Domain §7.9: ABC=A but CPM=離脱."""
    found = disagreements(contradicting(), "abc", "cpm")
    assert found["customer"].tolist() == [0]
    assert found["classes_ja"].tolist() == ["ABC=A、CPM=よちよち離脱"]
    assert found["meaning_ja"].tolist() == ["売上上位なのに、最近の注文がない"]
    everything = disagreements(contradicting())
    assert set(everything["customer"]) == {0}
    assert len(everything) > 1


def test_contradictions_need_schemes_that_the_data_carry() -> None:
    with pytest.raises(Refusal, match="比べられません"):
        disagreements(golden(), "abc", "cpm")
    with pytest.raises(Refusal, match="取引表"):
        disagreements(golden())


def test_a_planner_writes_what_contradicts_what() -> None:
    rule = '{"when": {"abc": "a", "potential": "improve"}, "ja": "大きいが伸びない", "en": "large but tired"}'
    definition = Definition.from_rows(
        [("disagreements.1", rule), ("schemes.potential.x_cuts", 99), ("schemes.potential.y_cuts", 99)]
    )
    found = disagreements(portfolio_of(GOLDEN, as_of=AS_OF, definition=definition))
    assert found["meaning_en"].tolist() == ["large but tired"] * 2
    unknown = Definition.from_rows([("disagreements.1", '{"when": {"abd": "a"}, "ja": "x"}')])
    with pytest.raises(Refusal, match="abd"):
        disagreements(portfolio_of(GOLDEN, as_of=AS_OF, definition=unknown))


# ---- seasonality and districts ---------------------------------------------------------------------------------------


def monthly(amounts: dict[int, int], years: tuple[int, ...] = (2024, 2025, 2026)) -> Portfolio:
    """One customer that buys for the given amount in each month, from July 2024 to September 2026."""
    days = [(year, month) for year in years for month in range(1, 13) if (2024, 7) <= (year, month) <= (2026, 9)]
    orders = {
        "顧客名": ["甲"] * len(days),
        "日付": [f"{year}/{month}/10" for year, month in days],
        "金額": [amounts.get(month, 100) for _, month in days],
    }
    return portfolio_of(orders=orders, as_of=AS_OF)


def test_a_peak_that_comes_back_every_year_is_a_season() -> None:
    frame = monthly({12: 900, 11: 400}).frame
    assert frame["seasonality"].tolist() == [1]
    assert frame["season_month"].tolist() == [12]
    assert [show(by_column("seasonality"), 1, golden(), lang) for lang in ("ja", "en")] == ["あり", "yes"]


def test_an_even_customer_has_no_season_and_a_young_one_is_not_judged() -> None:
    frame = monthly({}).frame
    assert frame["seasonality"].tolist() == [0]
    assert frame["season_month"].isna().all()
    assert monthly({12: 900}, (2025, 2026)).frame["seasonality"].isna().all()


def test_small_swings_are_no_season_however_regular() -> None:
    assert monthly({12: 110, 6: 95}).frame["seasonality"].tolist() == [0]


@pytest.mark.parametrize(
    ("region", "district"),
    [
        ("東京都港区", "関東"), ("京都府", "近畿"), ("三重県津市", "近畿"), ("沖縄県", "九州"), ("北海道", "北海道"),
        ("関西支店", "近畿"), ("福岡営業所", "九州"), ("Kanagawa", "関東"), ("本社", None), ("大韓民国", None),
    ],
)  # fmt: skip
def test_a_region_lies_in_one_of_the_eight_districts(region: str, district: str | None) -> None:
    """8地方区分: 三重 counts to 近畿, 沖縄 to 九州."""
    assert district_of(region) == district


def test_a_summary_by_district_adds_up() -> None:
    table = {"顧客名": list("甲乙丙丁"), "地域": ["東京都", "横浜", "大阪市", "神奈川県"], "年間売上": [10, 20, 30, 40]}
    found = summarise(portfolio_of(table, as_of=AS_OF), "district", ["customers", "sales"])
    assert dict(zip(found["label_ja"], found["sales"], strict=True)) == {"関東": 50, "近畿": 30, "(空欄)": 20}


@pytest.mark.parametrize(
    ("written", "number", "percent"),
    [("100万", 1_000_000, False), ("１．５億円", 150_000_000, False), ("30%", 0.3, True), ("45日", 45, False),
     ("△2回", -2, False), ("1,500千円", 1_500_000, False), ("3倍", 3, False)],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(written: str, number: float, percent: bool) -> None:
    found = read_quantity(written)
    assert found is not None
    assert (float(found.number), found.percent) == (number, percent)


@pytest.mark.parametrize("written", ["", "たくさん", "高", "1/2/3", "__import__", "万", "%"])
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_quantity(written) is None


def test_classes_are_kept_beside_the_names() -> None:
    frame = portfolio_of(nine(), as_of=AS_OF).frame
    assert frame["vol16_x"].tolist() == [3, 2, 1] * 3
    assert frame["vol16_y"].tolist() == [3, 3, 3, 2, 2, 2, 1, 1, 1]
    assert frame["headroom_x"].isna().all()
    assert frame["vol16_x"].dtype == "Int64"
    assert not np.isinf([cut for cuts in golden().cuts.values() for cut in cuts]).any()
