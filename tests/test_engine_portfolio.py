"""The Portfolio as a whole: golden figures, CDNOW, exact sums, invariances, look-up of customers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from helpers.builders import GOLDEN, cdnow_master, golden, portfolio_of, tables_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cleaning.tables import RawTables, raw_from_frame
from engine.commands.intake import Request, score_request, take_in
from engine.customers.order_metrics import windows
from engine.definition.definition import Definition
from engine.explanation.explain import explain
from engine.language import words
from engine.language.errors import Refusal
from engine.lists.summary import summarise
from engine.runs import runs
from engine.scoring.concentration import group_sales, index, largest_remainder, measure
from engine.scoring.levels import AXES, CENTS
from engine.scoring.pipeline import score_tables
from engine.scoring.portfolio import SCHEMES
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 9, 30)


@pytest.fixture(scope="module")
def cdnow() -> Portfolio:
    return score_request(Request(files={"orders": cdnow_master()}, as_of=date(1998, 6, 30)))


# ---- golden figures of the elements table, exact -------------------------------------------------------------------


def test_concentration_of_the_golden_customers() -> None:
    portfolio = golden()
    assert measure(portfolio, "hhi") == pytest.approx(3935.790725, abs=1e-6)
    assert round(measure(portfolio, "effective_number"), 2) == 2.54
    assert round(measure(portfolio, "cr1") * 100, 1) == 51.7
    assert largest_remainder(portfolio.frame["share"].to_numpy(float)).tolist() == [51.7, 31.0, 17.3]


def test_concentration_without_the_largest() -> None:
    assert round(index("hhi", np.array([900.0, 500.0]))) == 5408
    assert round(index("cr1", np.array([900.0, 500.0])) * 100, 1) == 64.3


def test_the_three_dependence_alerts_fire() -> None:
    alerts = {alert.code: alert for alert in golden().alerts}
    assert alerts["dependence"].verdict == "severe"
    assert alerts["concentration"].verdict == "warning"
    assert alerts["single"].verdict == "severe"
    assert all(alerts[code].clear.ja for code in ("dependence", "concentration", "single"))
    assert alerts["dependence"].culprits == (0,)


# ---- CDNOW: 23,570 customers, 69,659 purchases ---------------------------------------------------------------------


def test_all_one_time_buyers_of_cdnow_share_one_frequency_score(cdnow: Portfolio) -> None:
    once = cdnow.frame["orders"] == 1
    assert len(cdnow) == 23_570
    assert int(once.sum()) == 12_054
    assert cdnow.frame.loc[once, "rfm_f"].unique().tolist() == [1]


def test_one_time_buyers_share_one_score_under_quintiles_too() -> None:
    tables, _ = take_in(Request(files={"orders": cdnow_master()}, as_of=date(1998, 6, 30)))
    frame = score(tables, Definition.from_rows([("rfm.method", "quintile")]), date(1998, 6, 30)).frame
    assert frame.loc[frame["orders"] == 1, "rfm_f"].unique().tolist() == [1]
    assert sorted(frame["rfm_m"].dropna().unique()) == [1, 2, 3, 4, 5]


def test_the_groups_of_cdnow_partition_the_customers_and_the_sales(cdnow: Portfolio) -> None:
    orders = cdnow.orders
    assert orders is not None
    assert len(orders) == 69_659
    total = int(orders["amount"].sum())
    carried = [scheme for scheme in SCHEMES if cdnow.assignments[scheme].refused is None]
    assert {"standard", "rfm", "cpm", "abc", "decile", "lifecycle", "potential"} <= set(carried)  # orders are enough
    for scheme in carried:
        table = summarise(cdnow, "segment", scheme=scheme)
        assert int(table["customers"].sum()) == 23_570
        assert int(table["sales_total"].sum()) == total
        assert set(cdnow.frame[f"segment_{scheme}"]) <= set(words.codes(f"segments.{scheme}"))
    assert total == 250_031_563  # $2,500,315.63: the file's own sum, in cents


# ---- exact sums and bounds -----------------------------------------------------------------------------------------


def test_contributions_sum_to_the_score_exactly(cdnow: Portfolio) -> None:
    for axis in ("total", *AXES):
        scores = cdnow.axes[axis]
        known = scores.cents >= 0
        assert (scores.contributions[known].sum(axis=1) == scores.cents[known]).all()
        assert scores.cents.max() <= 100 * CENTS
        assert axis == "risk" or (scores.contributions >= 0).all()  # a scorecard's signals take points off as well
    for position in range(0, 23_570, 997):
        found = explain(cdnow, position, "risk")
        if found.score is not None:
            assert round(sum(round(line.contribution * CENTS) for line in found.lines)) == round(found.score * CENTS)


def test_what_cannot_be_told_says_so() -> None:
    found = explain(portfolio_of({"顧客名": ["甲"], "年間売上": [100]}, as_of=AS_OF), 0, "continuity")
    assert found.score is None
    assert found.level == "unknown"
    assert "算出不可" in found.sentence.ja
    assert "not available" in found.sentence.en


# ---- invariances ---------------------------------------------------------------------------------------------------

LINE = st.tuples(st.integers(0, 7), st.dates(date(2024, 1, 1), AS_OF), st.integers(1, 90_000), st.integers(0, 60_000))


def _orders(lines: list[tuple[int, date, int, int]], scale: int = 1) -> dict[str, list[object]]:
    return {
        "顧客名": [f"顧客{who}" for who, _, _, _ in lines],
        "日付": [day for _, day, _, _ in lines],
        "金額": [amount * scale for _, _, amount, _ in lines],
        "原価": [cost * scale for _, _, _, cost in lines],
    }


MASTER = {"顧客名": [f"顧客{number}" for number in range(8)], "業界": ["甲", "乙"] * 4}


@settings(max_examples=30, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(lines: list[tuple[int, date, int, int]], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    # Lines of one customer and day keep no order of their own: their sum is what counts.
    one, other = (portfolio_of(MASTER, _orders(each), AS_OF) for each in (lines, shuffled))
    pd.testing.assert_frame_equal(one.frame, other.frame)


@settings(max_examples=30, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=40), st.sampled_from([2, 10, 1000]))
def test_scaling_money_leaves_shares_and_scores_alone(lines: list[tuple[int, date, int, int]], scale: int) -> None:
    one, other = (portfolio_of(MASTER, _orders(lines, each), AS_OF) for each in (1, scale))
    for column in (
        "share",
        "score_value",
        "score_growth",
        "score_total",
        "level_risk",
        "segment_standard",
        "segment_abc",
    ):
        pd.testing.assert_series_equal(one.frame[column], other.frame[column])
    assert measure(one, "hhi") == pytest.approx(measure(other, "hhi"), nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=40))
def test_shares_sum_to_one_and_groups_reconcile(lines: list[tuple[int, date, int, int]]) -> None:
    portfolio = portfolio_of(MASTER, _orders(lines), AS_OF)
    total = int(portfolio.frame["sales_12m"].sum())
    if total > 0:
        assert portfolio.frame["share"].sum() == pytest.approx(1)
        assert round(largest_remainder(portfolio.frame["share"].to_numpy(float)).sum(), 6) == 100.0
    for by in ("segment", "industry", "state"):
        table = summarise(portfolio, by)
        assert int(table["sales"].sum()) == total
        assert int(table["customers"].sum()) == len(portfolio)
    assert (portfolio.reconciliation["open"] == 0).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(LINE, min_size=2, max_size=30), st.integers(1, 50_000))
def test_the_value_score_rises_with_sales(lines: list[tuple[int, date, int, int]], more: int) -> None:
    """A customer that sells more, all else equal, never scores lower on value (sales part)."""
    today = [*lines, (0, AS_OF, 1, 0)]
    richer = [*lines, (0, AS_OF, 1 + more, 0)]
    plain = {name: values for name, values in _orders(today).items() if name != "原価"}
    better = {name: values for name, values in _orders(richer).items() if name != "原価"}
    one, other = (portfolio_of(MASTER, each, AS_OF).frame["score_value"].iloc[0] for each in (plain, better))
    assert other >= one


def test_the_callers_tables_are_not_changed() -> None:
    tables = tables_of(MASTER, _orders([(0, date(2026, 1, 1), 100, 50)]))
    assert tables.orders is not None
    customers, orders = tables.customers.copy(), tables.orders.copy()
    score(tables, None, AS_OF)
    pd.testing.assert_frame_equal(tables.customers, customers)
    pd.testing.assert_frame_equal(tables.orders, orders)


# ---- handles -------------------------------------------------------------------------------------------------------


def test_equal_input_gives_an_equal_handle_and_other_input_another() -> None:
    one, same = golden(), golden()
    assert one.handle == same.handle
    assert one.handle.startswith("PF-20260930-")
    changed = portfolio_of({**GOLDEN, "年間売上": ["1,500万円", "900万円", "501万円"]}, as_of=AS_OF)
    assert changed.handle != one.handle
    assert portfolio_of(GOLDEN, as_of=date(2026, 9, 29)).handle != one.handle
    other_rules = portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows([("levels.high", 70)]))
    assert other_rules.handle != one.handle


def test_a_remembered_run_is_recalled_and_a_forgotten_one_refused() -> None:
    portfolio = golden()
    handle = runs.remember(portfolio)
    assert runs.recall(handle) is not None
    runs.forget_all()
    with pytest.raises(Refusal) as refusal:
        runs.recall(handle)
    assert refusal.value.kind == "no_run"
    assert "更新してください" in refusal.value.to("ja")


def test_two_runs_with_the_same_six_digits_get_different_handles() -> None:
    from dataclasses import replace

    runs.forget_all()
    one = golden()
    twin = replace(one, hash=one.hash[:6] + "0" * 58)
    assert runs.remember(one) == one.handle
    assert runs.remember(twin) == f"{one.handle}0"
    assert runs.recall(f"{one.handle}0").hash == twin.hash
    runs.forget_all()


# ---- looking customers up ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["株式会社A", "(株)Ａ", "㈱A", "a", " Ａ株式会社 "])
def test_a_customer_is_found_as_people_write_it(written: str) -> None:
    assert golden().position(written) == 0


def test_an_unknown_customer_is_refused_with_the_nearest() -> None:
    portfolio = portfolio_of({"顧客名": ["株式会社青葉商事", "若葉工業"], "年間売上": [1, 2]}, as_of=AS_OF)
    with pytest.raises(Refusal) as refusal:
        portfolio.position("青葉商会")
    assert refusal.value.kind == "unknown_customer"
    assert "株式会社青葉商事" in refusal.value.to("ja")


def test_two_customers_of_one_name_must_be_told_apart() -> None:
    portfolio = portfolio_of(
        {"顧客ID": ["C1", "C2"], "顧客名": ["山田商店", "(有)山田商店"], "年間売上": [1, 2]}, as_of=AS_OF
    )
    assert portfolio.position("(有)山田商店") == 1
    assert portfolio.position("C2") == 1
    with pytest.raises(Refusal) as refusal:
        portfolio.position("株式会社山田商店")
    assert refusal.value.kind == "ambiguous_customer"
    assert "C1" in refusal.value.to("ja")


# ---- windows, groups, tiers ----------------------------------------------------------------------------------------


def test_twelve_months_end_at_the_as_of_date_and_span_a_leap_day() -> None:
    assert windows(date(2026, 9, 30)).last_12_months == (date(2025, 10, 1), date(2026, 9, 30))
    first, last = windows(date(2024, 6, 30)).last_12_months
    assert (last - first).days + 1 == 366
    assert windows(date(2024, 2, 29)).last_12_months == (date(2023, 3, 1), date(2024, 2, 29))
    assert windows(date(2025, 2, 28)).last_12_months == (date(2024, 3, 1), date(2025, 2, 28))


def test_the_fiscal_year_starts_in_april() -> None:
    assert windows(date(2026, 3, 31)).fiscal_year == (date(2025, 4, 1), date(2026, 3, 31))
    assert windows(date(2026, 4, 1)).fiscal_year == (date(2026, 4, 1), date(2026, 4, 1))
    assert windows(date(2026, 4, 1)).previous_fiscal_year == (date(2025, 4, 1), date(2026, 3, 31))


def test_subsidiaries_count_as_one_customer() -> None:
    table = {
        "顧客ID": ["P", "S", "X"],
        "顧客名": ["親", "子", "他"],
        "親会社ID": ["", "P", ""],
        "年間売上": [100, 200, 300],
    }
    portfolio = portfolio_of(table, as_of=AS_OF)
    assert group_sales(portfolio).tolist() == [300.0, 300.0]
    assert measure(portfolio, "cr1") == pytest.approx(0.5)


def test_customers_that_name_one_group_count_as_one() -> None:
    table = {"顧客名": ["甲", "乙", "丙"], "親会社ID": ["みどりG", "みどりG", ""], "年間売上": [100, 200, 300]}
    portfolio = portfolio_of(table, as_of=AS_OF)
    assert portfolio.group_of.tolist() == [0, 0, 2]
    assert group_sales(portfolio).tolist() == [300.0, 300.0]


def test_tiers_follow_the_tables_that_are_there() -> None:
    orders = _orders([(0, date(2026, 1, 1), 100, 50)])
    assert golden().tier == "T0"
    assert portfolio_of(MASTER, orders, AS_OF).tier == "T1"
    contacts = {"顧客名": ["顧客0"], "日付": ["2026/9/1"], "区分": ["クレーム"]}
    assert portfolio_of(MASTER, orders, AS_OF, contacts=contacts).tier == "T2"


def test_complaints_raise_the_risk_and_are_shown() -> None:
    days = [date(2025, 1 + number % 12, 5) if number < 12 else date(2026, 1 + number - 12, 5) for number in range(21)]
    orders = _orders([(who, day, 1000, 500) for who in (0, 1) for day in days])
    contacts = {"顧客名": ["顧客0"] * 3, "日付": ["2026/9/1", "2026/9/2", "2026/9/3"], "区分": ["クレーム"] * 3}
    frame = portfolio_of(MASTER, orders, AS_OF, contacts=contacts).frame
    assert frame["complaints"].tolist()[:2] == [3, 0]
    assert frame["score_risk"].iloc[0] > frame["score_risk"].iloc[1]


def test_orders_after_the_as_of_date_are_not_scored_in_silence() -> None:
    tables = tables_of(orders=_orders([(0, date(2026, 10, 1), 100, 50)]))
    with pytest.raises(Refusal, match="基準日"):
        score(tables, None, AS_OF)


def test_the_purpose_changes_the_total_score() -> None:
    scores = {
        purpose: portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows([("general.purpose", purpose)]))
        .frame["score_total"]
        .tolist()
        for purpose in ("新規開拓", "deepen", "リスク回避")
    }
    assert len({tuple(each) for each in scores.values()}) == 3


def test_one_axis_alone_makes_no_total() -> None:
    frame = portfolio_of({"顧客名": ["甲", "乙"], "年間売上": [100, 50]}, as_of=AS_OF).frame
    assert frame["score_value"].notna().all()
    assert frame["score_total"].isna().all()


def test_rows_dated_after_today_do_not_move_the_as_of_date() -> None:
    orders = {"顧客名": ["甲", "甲"], "日付": ["2026/1/1", "2099/1/1"], "金額": [1000, 2000]}
    raw = RawTables({"orders": raw_from_frame("orders", pd.DataFrame(orders), "取引")}, ())
    portfolio = score_tables(raw, today=date(2026, 11, 22))
    assert portfolio.as_of == date(2026, 1, 1)
    assert [finding.code for finding in portfolio.findings if finding.severity == "error"] == ["future_date"]


@pytest.mark.parametrize(("rule", "level"), [("fallback", "high"), ("first", "low")])
def test_a_typed_level_stands_in_or_wins_as_the_definition_says(rule: str, level: str) -> None:
    days = [date(2024 + month // 12, 1 + month % 12, 5) for month in range(33)]
    orders = {"顧客名": ["甲"] * len(days), "日付": days, "金額": [1000] * len(days)}
    definition = Definition.from_rows([("levels.typed", rule)])
    frame = portfolio_of({"顧客名": ["甲"], "継続性": ["低"]}, orders, AS_OF, definition=definition).frame
    assert frame["level_continuity"].tolist() == [level]


def test_a_number_cell_that_lost_its_zeros_still_finds_its_customer() -> None:
    """As in the orders: 00007 typed into a spreadsheet becomes 7."""
    portfolio = portfolio_of({"顧客ID": ["00007", "00070"], "顧客名": ["甲", "乙"], "年間売上": [1, 2]}, as_of=AS_OF)
    assert portfolio.position("7") == 0
    doubled = portfolio_of({"顧客ID": ["007", "07"], "顧客名": ["甲", "乙"], "年間売上": [1, 2]}, as_of=AS_OF)
    with pytest.raises(Refusal) as refusal:
        doubled.position("7")
    assert refusal.value.kind == "ambiguous_customer"
    assert "007 甲、07 乙" in refusal.value.to("ja")
