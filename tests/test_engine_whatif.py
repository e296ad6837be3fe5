"""What-if: losing customers equals scoring without their rows, changes are exact, and every wrong line is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import GOLDEN, golden, portfolio_of, tables_of
from helpers.reports import sample
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition, load_definition
from engine.language.errors import Refusal
from engine.planning.allocation import allocate
from engine.planning.what_if import Case, Change, changed, compare_cases, if_lost, save_case, try_out, what_if
from engine.planning.what_if.cases import rows_json
from engine.planning.what_if.changes import read_share
from engine.planning.what_if.edits import read_edit
from engine.planning.what_if.scale import apportion, in_window, sales_of
from engine.scoring.concentration import measure
from engine.scoring.scoring import score

AS_OF = date(2026, 9, 30)
DEFINED = Definition.from_rows([("general.fixed_cost", 1200)])

# Four customers with orders in and before the last twelve months; B belongs to A, D has returns.
CUSTOMERS: dict[str, list[Any]] = {
    "顧客ID": ["1", "2", "3", "4"],
    "顧客名": ["株式会社A", "株式会社B", "株式会社C", "株式会社D"],
    "親ID": ["", "1", "", ""],
    "業界": ["製造", "製造", "IT", "飲食"],
    "ターゲット規模": [3000, "", 5000, ""],
    "リスク": ["低", "低", "低", "高"],
}
ORDERS: dict[str, list[Any]] = {
    "顧客ID": ["1", "1", "2", "3", "3", "4", "4", "4"],
    "取引日": [
        "2025/03/01",
        "2026/07/01",
        "2026/05/01",
        "2026/01/05",
        "2026/08/08",
        "2026/02/02",
        "2026/03/03",
        "2026/04/04",
    ],
    "金額": [500, 1000, 700, 301, 302, 100, -40, 40],
    "原価": [300, 600, 400, 100, 101, 50, -20, 20],
    "数量": [5, 10, 7, 3, 3, 1, -1, 1],
}


def company(definition: Definition | None = None) -> Any:
    return portfolio_of(CUSTOMERS, ORDERS, AS_OF, definition)


# ---- the golden figures of the elements table ----------------------------------------------------------------------


def test_losing_a_of_the_golden_three() -> None:
    """Sales 2,900 → 1,400 (−51.7 %), HHI 5,408, the largest is B with 64.3 % (domain §1c)."""
    trial = if_lost(golden(), ["株式会社A"])
    sales = trial.row("sales")
    assert (sales.now, sales.then, sales.delta) == (29_000_000, 14_000_000, -15_000_000)
    assert sales.verdict.ja == "△51.7%"
    hhi, share, name = (trial.row(code) for code in ("hhi", "top_share", "top_name"))
    assert isinstance(hhi.now, float)
    assert isinstance(hhi.then, float)
    assert isinstance(share.then, float)
    assert (round(hhi.now), round(hhi.then)) == (3936, 5408)
    assert round(share.then * 100, 1) == 64.3
    assert name.then is not None
    assert str(name.then[0]) == "株式会社B"  # type: ignore[index]
    assert trial.row("customers").then == 2


def test_what_the_golden_three_cannot_tell_is_said() -> None:
    trial = if_lost(golden(), ["A"])
    assert trial.row("gross_profit").now is None
    months = trial.row("months_covered")
    assert months.now is None
    assert "年間固定費" in months.verdict.ja


# ---- the law: losing customers is scoring without their rows ---------------------------------------------------------

NAMES = "甲乙丙丁戊己"


@st.composite
def companies(draw: st.DrawFn) -> tuple[dict[str, Any], list[int]]:
    """Draw raw tables of up to six customers, and who is lost (not everybody)."""
    count = draw(st.integers(2, 6))
    ids = [f"K{place}" for place in range(count)]
    customers: dict[str, list[Any]] = {
        "顧客ID": ids,
        "顧客名": [f"{NAMES[place]}商事" for place in range(count)],
        "親ID": [draw(st.sampled_from(["", "", "持株", *ids])) for _ in ids],
        "業界": [draw(st.sampled_from(["製造", "IT", ""])) for _ in ids],
        "年間売上": [draw(st.one_of(st.just(""), st.integers(0, 10**7))) for _ in ids],
        "リスク": [draw(st.sampled_from(["高", "中", "低", ""])) for _ in ids],
    }
    raw: dict[str, Any] = {"customers": customers}

    def rows(columns: dict[str, st.SearchStrategy[Any]], most: int) -> dict[str, list[Any]]:
        drawn = draw(st.lists(st.tuples(*columns.values()), min_size=count, max_size=most))
        return {name: [row[place] for row in drawn] for place, name in enumerate(columns)}

    who, day = st.sampled_from(ids), st.integers(0, 900).map(lambda back: (AS_OF - timedelta(days=back)).isoformat())
    if draw(st.booleans()):
        cost = st.one_of(st.just(""), st.integers(0, 10**5))
        raw["orders"] = rows({"顧客ID": who, "取引日": day, "金額": st.integers(-(10**5), 10**6), "原価": cost}, 20)
    if draw(st.booleans()):
        kinds = st.sampled_from(["クレーム", "訪問"])
        raw["contacts"] = rows({"顧客ID": who, "日付": day, "種別": kinds, "時間": st.integers(0, 9)}, 10)
    if draw(st.booleans()):
        raw["costs"] = rows({"顧客ID": st.one_of(who, st.just("")), "日付": day, "金額": st.integers(0, 1000)}, 8)
    lost = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=count - 1, unique=True))
    return raw, lost


def without_rows(raw: dict[str, Any], lost: list[int]) -> dict[str, Any]:
    """Leave the rows out of the raw tables by hand."""
    gone = {raw["customers"]["顧客ID"][place] for place in lost}
    left: dict[str, Any] = {}
    for name, columns in raw.items():
        keep = [at for at, who in enumerate(columns["顧客ID"]) if who not in gone]
        left[name] = {header: [cells[at] for at in keep] for header, cells in columns.items()}
    return {name: columns for name, columns in left.items() if columns["顧客ID"] or name == "customers"}


@settings(max_examples=25)
@given(companies())
def test_a_loss_equals_scoring_without_the_rows(drawn: tuple[dict[str, Any], list[int]]) -> None:
    raw, lost = drawn
    portfolio = score(tables_of(**raw, as_of=AS_OF), None, AS_OF)
    # Parents in a circle were taken as blank when the tables were cleaned; what a loss would have left of it is not known.
    assume(all(finding.code != "parent_cycle" for finding in portfolio.findings))
    state = changed(portfolio, [str(raw["customers"]["顧客ID"][place]) for place in lost])
    ours = score(state.tables, state.definition, AS_OF)
    left = without_rows(raw, lost)
    if left.keys() != raw.keys():
        return  # a table that lost all its rows is not given any more: another tier, told by the next test
    theirs = score(tables_of(**left, as_of=AS_OF), None, AS_OF)
    drop = ["parent_id"] if "持株" in raw["customers"]["親ID"] else []
    pd.testing.assert_frame_equal(ours.frame.drop(columns=drop), theirs.frame.drop(columns=drop))
    assert ours.alerts == theirs.alerts
    np.testing.assert_array_equal(ours.group_of, theirs.group_of)
    if not drop:
        assert ours.hash == theirs.hash
    measured = if_lost(portfolio, [str(raw["customers"]["顧客ID"][place]) for place in lost])
    hhi = measured.row("hhi").then
    assert hhi == (None if np.isnan(measure(theirs)) else measure(theirs))
    expected = theirs.frame["sales_12m"].sum(min_count=1)
    assert measured.row("sales").then == (None if pd.isna(expected) else float(expected))


def test_the_order_table_stays_when_its_last_rows_are_lost() -> None:
    raw = {"顧客ID": ["1"], "取引日": ["2026/01/01"], "金額": [100]}
    portfolio = portfolio_of({"顧客ID": ["1", "2"], "顧客名": ["甲", "乙"]}, raw, AS_OF)
    trial = if_lost(portfolio, ["1"])
    assert trial.row("sales").then == 0
    assert trial.row("hhi").then is None


def test_a_run_of_orders_alone_can_lose_a_customer() -> None:
    orders = {"顧客名": ["甲", "乙", "甲"], "取引日": ["2026/01/01"] * 3, "金額": [100, 50, 10]}
    trial = if_lost(portfolio_of(None, orders, AS_OF), ["甲"])
    assert (trial.row("sales").now, trial.row("sales").then) == (160, 50)
    assert trial.row("top_share").then == 1


def test_a_run_of_which_only_scores_were_kept_cannot_be_tried() -> None:
    portfolio = golden()
    stored = replace(portfolio, tables=replace(portfolio.tables, kept="scored"))
    with pytest.raises(Refusal, match="採点結果だけ"):
        if_lost(stored, ["A"])
    with pytest.raises(Refusal, match="採点結果だけ"):
        allocate(stored, 10)


def test_the_run_is_never_changed() -> None:
    portfolio = company()
    before = {name: getattr(portfolio.tables, name).copy() for name in ("customers", "orders")}
    what_if(portfolio, [Change("全体", "年間売上", "+10%"), Change("A", "リスク", "高"), Change("B", "失注", 1)])
    if_lost(portfolio, ["C"], "50%")
    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(portfolio.tables, name), frame)


# ---- everybody, nobody, doubles --------------------------------------------------------------------------------------


def test_losing_everybody_leaves_nothing_and_says_so() -> None:
    trial = if_lost(golden(), ["A", "B", "C"], 0.5)
    assert (trial.row("sales").then, trial.row("customers").then) == (0, 0)
    assert trial.row("hhi").then is None
    assert "空になる" in trial.row("segments_filled").verdict.ja
    assert all(row.then is not None and row.then[0] == "算出不可" for row in trial.rows if row.code == "alert")  # type: ignore[index]


def test_losing_the_only_customer() -> None:
    trial = if_lost(portfolio_of({"顧客名": ["甲"], "年間売上": [100]}, as_of=AS_OF), ["甲"])
    assert trial.row("customers").then == 0


def test_a_customer_named_twice_is_lost_once() -> None:
    portfolio = golden()
    assert if_lost(portfolio, ["A", "株式会社A"]) is if_lost(portfolio, ["株式会社A"])


@pytest.mark.parametrize(
    ("names", "recovery", "kind", "word"),
    [
        (["A社X"], 0, "unknown_customer", "A社X"),
        ([], 0, "argument", "失う顧客"),
        (["A"], 1.5, "argument", "1.5"),
        (["A"], -0.1, "argument", "-0.1"),
        (["A"], "たくさん", "argument", "たくさん"),
    ],
)
def test_what_cannot_be_lost_is_refused(names: list[str], recovery: object, kind: str, word: str) -> None:
    with pytest.raises(Refusal) as refused:
        if_lost(golden(), names, recovery)
    assert refused.value.kind == kind
    assert word in refused.value.text.ja


@pytest.mark.parametrize(("cell", "share"), [("30%", "3/10"), (0.3, "3/10"), ("３０％", "3/10"), (None, "0"), (1, "1")])
def test_recovery_is_read_exactly(cell: object, share: str) -> None:
    assert read_share(cell) == Fraction(share)


# ---- recovery ----------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(companies(), st.integers(0, 100))
def test_recovery_is_exact_and_moves_no_share(drawn: tuple[dict[str, Any], list[int]], percent: int) -> None:
    raw, lost = drawn
    portfolio = score(tables_of(**raw, as_of=AS_OF), None, AS_OF)
    names = [str(raw["customers"]["顧客ID"][place]) for place in lost]
    plain, back = changed(portfolio, names), changed(portfolio, names, f"{percent}%")
    gone = np.zeros(len(portfolio), bool)
    gone[lost] = True
    everyone = np.ones(len(plain.place), bool)
    missing = max(sales_of(portfolio.tables, gone, AS_OF), 0)
    rest = sales_of(plain.tables, everyone, AS_OF)
    won = (2 * missing * percent + 100) // 200 if rest > 0 else 0
    assert sales_of(back.tables, everyone, AS_OF) == rest + won


def test_full_recovery_keeps_the_sales_and_the_others_shares() -> None:
    trial = if_lost(golden(), ["A"], 1)
    assert trial.row("sales").then == trial.row("sales").now
    assert trial.row("top_share").then == pytest.approx(900 / 1400, abs=1e-7)
    assert any("取り戻す" in note.ja for note in trial.notes)


def test_recovery_without_anybody_who_buys_is_told() -> None:
    portfolio = portfolio_of({"顧客名": ["甲", "乙"], "年間売上": [100, 0]}, as_of=AS_OF)
    trial = if_lost(portfolio, ["甲"], 0.5)
    assert trial.row("sales").then == 0
    assert any("配れません" in note.ja for note in trial.notes)


# ---- exact scaling -----------------------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=30),
    st.integers(0, 10**17),
    st.integers(1, 10**17),
)
def test_apportioning_keeps_the_sum_and_stays_within_one_unit(
    values: list[int], numerator: int, denominator: int
) -> None:
    numerator = min(numerator, 10 * denominator)  # the sum must fit 64 bits, as the tables' own check demands
    found = apportion(np.array(values, np.int64) // 100, numerator, denominator).tolist()
    cut = [value // 100 for value in values]
    exact = [Fraction(value * numerator, denominator) for value in cut]
    assert sum(found) == (2 * sum(exact) + 1) // 2
    assert all(abs(ours - theirs) < 1 for ours, theirs in zip(found, exact, strict=True))


def test_apportioning_gives_to_the_largest_remainders() -> None:
    assert apportion(np.array([301, 302]), 1000, 603).tolist() == [499, 501]
    assert apportion(np.array([100, -40, 40]), 1, 3).tolist() == [33, -13, 13]


def test_a_sales_change_scales_the_lines_of_twelve_months_only() -> None:
    portfolio = company()
    state = changed(portfolio, changes=[Change("A", "年間売上", "+50%"), Change("D", "年間売上", 150)])
    assert state.tables.orders is not None
    assert state.tables.orders["amount"].tolist() == [500, 1500, 700, 301, 302, 150, -60, 60]
    assert state.tables.orders["cost"].tolist() == [300, 900, 400, 100, 101, 75, -30, 30]
    assert state.tables.orders["quantity"].tolist() == [5, 15, 7, 3, 3, 1.5, -1.5, 1.5]
    assert in_window(portfolio.tables, AS_OF).tolist() == [False, *[True] * 7]


def test_another_price_leaves_the_cost_and_another_cost_the_amount() -> None:
    state = changed(company(), changes=[Change("C", "単価", "+5%"), Change("C", "原価", "×0.5")])
    assert state.tables.orders is not None
    assert state.tables.orders["amount"].tolist()[3:5] == [316, 317]
    assert state.tables.orders["cost"].tolist()[3:5] == [50, 51]  # 201 ÷ 2 = 100.5, half up


@settings(max_examples=15)
@given(companies(), st.integers(0, 10**8))
def test_sales_land_on_the_wanted_amount(drawn: tuple[dict[str, Any], list[int]], target: int) -> None:
    portfolio = score(tables_of(**drawn[0], as_of=AS_OF), None, AS_OF)
    everyone = np.ones(len(portfolio), bool)
    if sales_of(portfolio.tables, everyone, AS_OF) <= 0:
        with pytest.raises(Refusal, match="直近12か月の売上がない"):
            what_if(portfolio, [Change("全体", "年間売上", f"{target}円")])
        return
    state = changed(portfolio, changes=[Change("全体", "年間売上", f"{target}円")])
    assert sales_of(state.tables, everyone, AS_OF) == target
    trial = what_if(portfolio, [Change("全体", "年間売上", f"{target}円")])
    assert trial.row("sales").then == target


def test_a_blank_typed_amount_can_be_filled_in() -> None:
    portfolio = portfolio_of({"顧客名": ["甲", "乙"], "年間売上": [100, ""]}, as_of=AS_OF)
    assert what_if(portfolio, [Change("乙", "年間売上", "300円")]).row("sales").then == 400


# ---- changes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "kind", "number"),
    [
        ("+10%", "times", Fraction(11, 10)),
        ("△10%", "times", Fraction(9, 10)),
        ("−2.5％", "times", Fraction(39, 40)),
        ("×1.1", "times", Fraction(11, 10)),
        ("x0.5", "times", Fraction(1, 2)),
        ("+500万", "plus", Fraction(5_000_000)),
        ("-1,200円", "plus", Fraction(-1200)),
        ("+30日", "days", Fraction(30)),
        ("+5pt", "points", Fraction(5)),
        ("1,500万円", "set", None),
        ("高", "set", None),
        (15.0, "set", None),
        (-5, "set", None),
    ],
)
def test_changes_are_read_as_people_write_them(cell: object, kind: str, number: Fraction | None) -> None:
    found = read_edit(cell)
    assert found.kind == kind
    assert (None if found.number is None else Fraction(found.number)) == number


def test_changes_work_on_what_the_one_before_left() -> None:
    trial = what_if(golden(), [Change("A", "年間売上", "+10%"), Change("A", "年間売上", "+10%")])
    assert trial.row("sales").then == 14_000_000 + 18_150_000
    assert any("上から順に" in note.ja for note in trial.notes)


def test_the_order_of_changes_matters_and_is_kept() -> None:
    first = [Change("A", "年間売上", "×2"), Change("A", "年間売上", "+100万")]
    portfolio = golden()
    assert what_if(portfolio, first).row("sales").then == 45_000_000
    assert what_if(portfolio, first[::-1]).row("sales").then == 46_000_000


def test_a_group_takes_an_amount_as_a_whole() -> None:
    portfolio = company()
    state = changed(portfolio, changes=[Change("業界=製造", "売上", "+1円")])
    members = np.array([True, True, False, False])
    assert sales_of(state.tables, members, AS_OF) == 1701


@pytest.mark.parametrize("word", ["業界=製造", "業界:製造", "業界：製造", "製造", "Industry=製造"])
def test_a_group_is_found_by_its_dimension_or_its_bare_name(word: str) -> None:
    state = changed(company(), changes=[Change(word, "リスク", "高")])
    assert state.tables.customers["risk"].tolist() == ["high", "high", "low", "high"]


def test_a_customer_may_be_written_with_its_dimension() -> None:
    assert what_if(golden(), [Change("顧客=株式会社A", "年間売上", "×2")]).row("sales").then == 44_000_000


def test_segments_and_states_are_groups_of_the_run_as_it_is() -> None:
    portfolio = golden()  # A is 大口; the first change takes it out of that segment, the second still finds it
    trial = what_if(portfolio, [Change("大口", "リスク", "高"), Change("セグメント=大口", "年間売上", "×2")])
    assert trial.row("sales").then == 44_000_000


def test_every_kind_of_input_can_be_changed() -> None:
    portfolio = portfolio_of(
        {**GOLDEN, "契約終了日": ["2026/12/31", "", ""], "延滞日数": [5, "", ""], "市場成長率": ["4%", "", ""]},
        as_of=AS_OF,
    )
    changes = [
        Change("A", "契約終了日", "+30日"),
        Change("A", "延滞日数", "×2"),
        Change("A", "市場成長率", "+1pt"),
        Change("B", "市場成長率", "-2%"),
        Change("B", "契約終了日", date(2027, 3, 31)),
        Change("B", "業界", "製造"),
        Change("B", "重要顧客", "○"),
        Change("B", "与信枠", "300万"),
        Change("B", "延滞日数", 7.0),
        Change("C", "継続性", "高"),
        Change("C", "受注確率", "高"),
        Change("B", "受注確率", "40%"),
        Change("B", "受注確率", "+20pt"),
    ]
    with pytest.raises(Refusal, match="4件目"):  # blank now: nothing to lower
        what_if(portfolio, changes)
    customers = changed(portfolio, changes=[*changes[:3], *changes[4:]]).tables.customers
    assert customers["contract_end"].dt.date.tolist()[:2] == [date(2027, 1, 30), date(2027, 3, 31)]
    assert customers["overdue_days"].tolist()[:2] == [10, 7]
    assert float(customers["market_growth"].iloc[0]) == pytest.approx(0.05, abs=1e-15)
    assert customers["industry"].tolist()[:2] == ["製造", "製造"]
    assert customers["key_account"].tolist() == [False, True, False]
    assert int(customers["credit_limit"].iloc[1]) == 3_000_000
    assert customers["continuity"].iloc[2] == "high"
    assert customers["win_level"].tolist()[1:] == [None, "high"]
    assert float(customers["win_probability"].iloc[1]) == pytest.approx(0.6, abs=1e-15)


def test_a_changed_level_equals_scoring_the_changed_table() -> None:
    portfolio = golden()
    state = changed(portfolio, changes=[Change("C", "リスク", "低")])
    typed = {**GOLDEN, "リスク": ["低", "中", "低"]}
    assert score(state.tables, None, AS_OF).hash == portfolio_of(typed, as_of=AS_OF).hash


def test_a_typed_level_that_the_data_overrule_is_told() -> None:
    days = [date(2026, 1 + month, 5) for month in range(9)]
    orders = {"顧客名": ["A"] * 9, "取引日": days, "金額": [100] * 9}
    portfolio = portfolio_of({"顧客名": ["A"]}, orders, date(2026, 9, 30))
    changes = [Change("A", "リスク", "高")]
    assert any("効いていません" in note.ja for note in what_if(portfolio, changes).notes)
    first = [Change("定義", "levels.typed", "first"), *changes]
    assert not any("効いていません" in note.ja for note in what_if(portfolio, first).notes)


@pytest.mark.parametrize(
    ("item", "change", "row"),
    [
        ("levels.high", "70", ("levels.high", 70)),
        ("「高」の下限", "+10%", ("levels.high", 73.7)),
        ("levels.high", "0.5", ("levels.high", 0.5)),
        ("alerts.dependence.severe", "40%", ("alerts.dependence", {"caution": 0.1, "warning": 0.2, "severe": 0.4})),
        ("purposes.deepen.risk", "×2", ("purposes.deepen", {"value": 35, "continuity": 25, "growth": 25, "risk": 30})),
        ("general.fixed_cost", "1億円", ("general.fixed_cost", 100_000_000)),
        ("general.purpose", "リスク回避", ("general.purpose", "リスク回避")),
        ("rfm.recency_days", "[10, 20, 30, 40]", ("rfm.recency_days", [10, 20, 30, 40])),
    ],
)
def test_a_changed_definition_equals_scoring_with_it(item: str, change: str, row: tuple[str, object]) -> None:
    portfolio = golden()
    state = changed(portfolio, changes=[Change("定義", item, change)])
    assert state.definition == Definition.from_rows([row])
    assert what_if(portfolio, [Change("Definition", item, change)]).run == portfolio.handle


def test_a_weight_inside_a_rule_can_be_changed() -> None:
    state = changed(golden(), changes=[Change("定義", "axes.risk.1.weight", 50)])
    weights = [part["weight"] for part in state.definition.rules("axes.risk")]
    assert weights[0] == 50
    assert weights[1:] == [part["weight"] for part in load_definition().rules("axes.risk")][1:]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (Change("業界=鉱業", "年間売上", "+10%"), "製造・IT・飲食"),
        (Change("ほげ", "年間売上", "+10%"), "顧客表にありません"),
        (Change("A", "身長", "+10%"), "使える項目"),
        (Change("A", "顧客名", "X"), "使える項目"),
        (Change("A", "年間売上", None), "変更が空欄"),
        (Change("A", "年間売上", 0.1), "割合に見えます"),
        (Change("A", "与信枠", 0.1), "割合に見えます"),
        (Change("定義", "levels.high", 0.1), "割合に見えます"),
        (Change("A", "年間売上", -500.0), "負の値"),
        (Change("A", "年間売上", "-200%"), "負になります"),
        (Change("A", "年間売上", "+abc"), "数が読めません"),
        (Change("A", "年間売上", "$500"), "通貨"),
        (Change("A", "年間売上", "+3日"), "変えられません"),
        (Change("A", "単価", "+5%"), "取引表"),
        (Change("A", "リスク", "極高"), "高・中・低"),
        (Change("A", "リスク", "+10%"), "新しい値"),
        (Change("A", "契約終了日", "+30日"), "空欄"),
        (Change("A", "契約終了日", "いつか"), "契約終了日"),
        (Change("A", "失注", "200%"), "回復率"),
        (Change("", "年間売上", "+10%"), "対象と項目"),
        (Change("定義", "levels.hihg", 1), "levels.high"),
        (Change("定義", "alerts.dependence.worst", 1), "severe"),
        (Change("定義", "general.purpose", "+1"), "増減できません"),
        (Change("定義", "levels.high", "高め"), "levels.high"),
        (Change("定義", "rfm.recency_days", "[1,"), "読めません"),
    ],
)
def test_every_wrong_change_is_told_with_its_number_and_mend(change: Change, word: str) -> None:
    good = Change("B", "年間売上", "+1%")
    with pytest.raises(Refusal) as refused:
        what_if(golden(), [good, change, good, Change("ふが", "年間売上", "+1%", 9)])
    assert "2件目: " in refused.value.text.ja
    assert word in refused.value.text.ja
    assert "9行目: " in refused.value.text.ja
    assert "change 2: " in refused.value.text.en
    assert "1件目" not in refused.value.text.ja


def test_a_bare_word_of_two_dimensions_must_say_which() -> None:
    table = {**GOLDEN, "地域": ["IT", "関東", "関東"]}
    with pytest.raises(Refusal, match="業界=ITか地域=IT"):
        what_if(portfolio_of(table, as_of=AS_OF), [Change("IT", "リスク", "低")])


def test_a_loss_among_other_changes_spreads_what_is_won_back() -> None:
    changes = [Change("A", "失注", "100%"), Change("B", "年間売上", "×1")]
    assert what_if(golden(), changes).row("sales").then == 29_000_000
    with pytest.raises(Refusal, match="2件目: 株式会社Aは前の行で失注"):
        what_if(golden(), [Change("A", "失注", None), Change("A", "年間売上", "+1%")])


# ---- what the result says ------------------------------------------------------------------------------------------------


def test_alerts_that_fire_and_clear_are_named() -> None:
    trial = what_if(golden(), [Change("A", "年間売上", "×0.5")])
    rows = {row.item.ja: row for row in trial.rows if row.code == "alert"}
    assert rows["単一顧客依存"].verdict.ja == "基準内となる"
    assert "基準内となる: 単一顧客依存" in trial.row("alerts_firing").verdict.ja
    fired = if_lost(golden(), ["A"]).row("alerts_firing")
    assert (fired.now, fired.then) == (5, 6)
    assert "新たに該当: 顧客リスク" in fired.verdict.ja


def test_movers_are_those_whose_segment_or_level_changes() -> None:
    portfolio = golden()
    trial = what_if(portfolio, [Change("C", "リスク", "低")])
    assert [(each.name, each.segment_now, each.segment_then) for each in trial.movers] == [
        ("株式会社C", "at_risk", "develop")
    ]
    assert trial.movers[0].levels == (("risk", "high", "low"),)
    assert trial.movers[0].changes.ja == "リスク 高→低"
    assert trial.row("movers").then == 1


def test_months_of_fixed_cost_follow_the_gross_profit() -> None:
    portfolio = company(DEFINED)  # gross profit 400 + 300 + 402 + 50 = 1,152 of sales; fixed cost 1,200 a year
    trial = if_lost(portfolio, ["A"])
    months = trial.row("months_covered")
    assert (trial.row("gross_profit").now, trial.row("gross_profit").then) == (1152, 752)
    assert months.now == pytest.approx(11.52)
    assert months.then == pytest.approx(7.52)


def test_replacements_are_ranked_by_what_they_could_buy_more() -> None:
    trial = if_lost(company(), ["B"])
    found = [(row.item.ja, row.now, row.delta) for row in trial.rows if row.code == "replacement"]
    # C: 5,000 − 603; A: 3,000 − 1,000; D has neither headroom nor growth
    assert found == [("代わりの候補: 株式会社C", 603, 4397), ("代わりの候補: 株式会社A", 1000, 2000)]


def test_replacements_count_as_much_as_they_are_likely_to_stay() -> None:
    portfolio = sample()
    largest = int(np.nan_to_num(portfolio.frame["sales_12m"].to_numpy(np.float64, na_value=np.nan)).argmax())
    trial = if_lost(portfolio, [str(portfolio.frame["name"].iloc[largest])])
    found = [row for row in trial.rows if row.code == "replacement"]
    deltas = [row.delta or 0.0 for row in found]
    assert deltas == sorted(deltas, reverse=True) != []
    at = portfolio.position(found[0].item.ja.removeprefix("代わりの候補: "))
    sales, change, stays = (
        float(portfolio.frame[name].iloc[at]) for name in ("sales_12m", "expected_change", "p_stays")
    )
    potential = portfolio.tables.customers["potential"].iloc[at]
    room = change if pd.isna(potential) else float(potential) - max(sales, 0)
    assert deltas[0] == pytest.approx(room * stays, abs=1)
    assert found[0].verdict is not None
    assert "取引が続く確率" in found[0].verdict.ja


def test_the_group_is_rolled_up_and_who_stays_of_it_is_said() -> None:
    trial = if_lost(company(), ["A"])
    assert trial.row("top_share").now == pytest.approx(1700 / 2403)
    assert any("株式会社Bは残る" in note.ja for note in trial.notes)
    assert not any("残る" in note.ja for note in if_lost(company(), ["C"]).notes)


def test_an_answer_is_made_once_per_run() -> None:
    portfolio = golden()
    changes = [Change("A", "年間売上", "+10%")]
    assert what_if(portfolio, changes) is what_if(portfolio, list(changes))


# ---- cases ---------------------------------------------------------------------------------------------------------------


def test_a_case_survives_its_file() -> None:
    portfolio = golden()
    changes = [
        Change("B", "年間売上", "+10%"),
        Change("B", "契約終了日", date(2027, 3, 31)),
        Change("定義", "levels.high", 70.0),
    ]
    case = save_case(portfolio, "案1", ["株式会社A"], "30%", changes)
    again = Case.from_json(case.to_json())
    assert (again.name, again.lost, again.recovery, again.run) == ("案1", ("株式会社A",), "3/10", portfolio.handle)
    assert again.to_json() == case.to_json()
    tried = try_out(portfolio, again.lost, again.recovery, again.changes)
    assert rows_json(tried) == json.loads(json.dumps(rows_json(try_out(portfolio, ["A"], "30%", changes))))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"form": "customer-portfolio case 1", "name": "x"}'])
def test_what_is_no_case_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        Case.from_json(text)
    assert refused.value.kind == "unreadable"


def test_cases_stand_side_by_side_and_one_that_cannot_be_tried_says_why() -> None:
    portfolio = golden()
    cases = [save_case(portfolio, "A喪失", ["A"]), save_case(portfolio, "B増", changes=[Change("B", "年間売上", "×2")])]
    other = portfolio_of({**GOLDEN, "年間売上": [100, 200, 300]}, as_of=AS_OF)
    cases.append(Case("消えた", ("もういない",), "0", (), portfolio.handle, ()))
    beside = compare_cases(portfolio, cases)
    assert [name.ja for name in beside.names] == ["現在", "A喪失", "B増", "消えた"]
    sales = next(row for row in beside.rows if row.code == "sales")
    assert list(sales.sides) == [29_000_000, 14_000_000, 38_000_000, None]
    assert "もういない" in beside.notes[0].ja
    elsewhere = compare_cases(other, cases[:1])
    assert next(row for row in elsewhere.rows if row.code == "sales").sides[1] == 500
    assert portfolio.handle in elsewhere.notes[0].ja
    assert compare_cases(portfolio, [cases[2]]).rows == ()
