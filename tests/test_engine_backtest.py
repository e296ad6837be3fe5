"""The backtest: nothing dated later reaches an origin, and what it measures is what can be counted by hand."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from math import isnan
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers import synthetic
from helpers.builders import portfolio_of
from helpers.cdnow import sample_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cleaning.tables import Tables, clean
from engine.definition.definition import load_definition
from engine.language.errors import Refusal
from engine.measures.backtest import Backtest, backtest, verdict_of, verdict_text
from engine.measures.backtest.cutting import cut_tables
from engine.measures.backtest.origins import origins_of
from engine.measures.backtest.result import RANKERS, standing
from engine.measures.backtest.trials import run_trial
from engine.reading.raw import RawTables, raw_from_frame
from engine.scoring.levels import AXES
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score

ORIGIN = date(2024, 6, 30)
Rows = list[tuple[Any, ...]]


@cache
def company() -> synthetic.Company:
    return synthetic.company("regular", 24, seed=21, years=2.0, as_of=ORIGIN, horizon=200)


@cache
def monthly() -> Portfolio:
    """Return a company of 300 monthly buyers with four years of orders."""
    made = synthetic.company("regular", 300, seed=5, years=4.0)
    return score(made.whole, as_of=made.until)


def _side_tables(later: dict[str, Rows]) -> dict[str, pd.DataFrame]:
    """Return contacts, surveys and costs of the past, and the later rows below them."""
    ids = company().customers["顧客ID"].tolist()
    contacts = [(each, "2024-05-10", "電話", "クレーム", "はい", 1.5) for each in ids[:6]]
    surveys = [(each, "2024-04-01", "総合満足度", 4.0) for each in ids[3:9]]
    costs = [(each, "2024-03-31", "訪問費", 1200) for each in ids[:4]]
    columns = {
        "contacts": ["顧客ID", "日付", "チャネル", "種別", "未完了", "時間"],
        "surveys": ["顧客ID", "日付", "項目", "点数"],
        "costs": ["顧客ID", "日付", "種別", "金額"],
    }
    past: dict[str, Rows] = {"contacts": [*contacts], "surveys": [*surveys], "costs": [*costs]}
    return {
        name: pd.DataFrame([*rows, *later.get(name, [])], columns=columns[name], dtype=object)
        for name, rows in past.items()
    }


def _tables_with(later: dict[str, Rows], *, past: bool = True) -> Tables:
    """Return the clean tables of the company's past, with rows dated after the origin below those of each table."""
    known = company()
    orders = known.orders[known.orders["取引日"] <= np.datetime64(ORIGIN)]
    more = pd.DataFrame(later.get("orders", []), columns=orders.columns).astype({"取引日": "datetime64[s]"})
    frames = {"orders": pd.concat([orders, more], ignore_index=True) if len(more) else orders}
    sides = _side_tables(later)
    if not past:
        sides = {name: frame.iloc[-len(later[name]) :] for name, frame in sides.items() if later.get(name)}
    frames |= sides
    raw = {name: raw_from_frame(name, frame, name) for name, frame in frames.items()}
    return clean(RawTables(raw, ()), currency="JPY")


def _seen(tables: Tables) -> dict[str, Any]:
    """Return everything that is said of the customers at the origin, by customer."""
    trial = run_trial(score(tables, as_of=ORIGIN + timedelta(days=400)), ORIGIN, 90)
    ids = tables.customers["customer_id"].to_numpy(dtype=str)[trial.customer].tolist()
    seen: dict[str, Any] = {
        "ids": ids,
        "recency": trial.recency,
        "before": trial.before,
        "rate": trial.same_time,
        "expected": trial.expected,
    }
    for axis in AXES:
        seen |= {f"{axis}_score": trial.ratings[axis].scores, f"{axis}_level": trial.ratings[axis].levels}
        stated = trial.ratings[axis].probability
        seen |= {} if stated is None else {f"{axis}_probability": stated}
    seen["lost"] = trial.base.lost
    return seen


_after = st.integers(1, 300).map(lambda days: (ORIGIN + timedelta(days=days)).isoformat())
_who = st.sampled_from([*(f"K{number:05d}" for number in range(24)), "新しい顧客"])
_later = st.fixed_dictionaries(
    {
        "orders": st.lists(
            st.tuples(
                _who,
                _after.map(lambda day: np.datetime64(day)),
                st.integers(-50_000, 10_000_000),
                st.integers(0, 5_000_000),
            ),
            min_size=1,
            max_size=8,
        ),
        "contacts": st.lists(
            st.tuples(
                _who, _after, st.just("訪問"), st.sampled_from(["クレーム", "提案"]), st.just("はい"), st.just(2.0)
            ),
            max_size=4,
        ),
        "surveys": st.lists(st.tuples(_who, _after, st.just("総合満足度"), st.sampled_from([1.0, 5.0])), max_size=4),
        "costs": st.lists(st.tuples(_who, _after, st.just("獲得費"), st.integers(1, 900_000)), max_size=4),
    }
)


@cache
def _nothing_later(past: bool) -> dict[str, Any]:
    orders: Rows = [("K00000", np.datetime64(ORIGIN + timedelta(days=1)), 1, 1)]
    return _seen(_tables_with({"orders": orders}, past=past))


@pytest.mark.parametrize("past", [True, False])
@settings(max_examples=25)
@given(later=_later)
def test_rows_dated_after_an_origin_change_nothing_that_is_said_there(later: dict[str, Rows], past: bool) -> None:
    expected, seen = _nothing_later(past), _seen(_tables_with(later, past=past))
    assert seen["ids"] == expected["ids"]
    for name, values in expected.items():
        np.testing.assert_array_equal(seen[name], values, err_msg=name)


def test_a_later_row_does_change_what_is_said_at_a_later_origin() -> None:
    """The property above would hold of a score that reads nothing: this one does read."""
    before = _seen(_tables_with({"orders": [("K00000", np.datetime64(ORIGIN), 9_000_000, 1)]}))
    assert not np.array_equal(before["value_score"], _nothing_later(True)["value_score"])


def test_what_has_no_date_is_left_out_and_named_and_later_contracts_are_not_known_yet() -> None:
    names = [f"会社{number}" for number in range(4)]
    customers = {
        "顧客名": names,
        "延滞日数": [0, 45, 0, 0],
        "契約開始日": ["2023-01-01", "2024-09-01", "", ""],
        "契約終了日": ["2024-01-31", "2025-08-31", "2024-12-31", ""],
    }
    days = [ORIGIN - timedelta(days=back) for back in (400, 300, 200, 100, 10)]
    orders = {
        "顧客名": [name for name in names for _ in days],
        "取引日": [day.isoformat() for _ in names for day in days],
        "金額": [1000] * 20,
    }
    whole = portfolio_of(customers, orders, as_of=ORIGIN + timedelta(days=300))
    cut = cut_tables(whole.tables, ORIGIN)
    found = cut.tables.customers
    assert found["overdue_days"].isna().all()
    assert found["contract_start"].notna().tolist() == [True, False, False, False]
    assert found["contract_end"].notna().tolist() == [True, False, False, False]
    assert [text.ja for text in cut.left_out] == ["延滞日数", "後の日付の契約開始日・契約終了日"]
    assert whole.tables.customers["overdue_days"].notna().all()  # the run itself is as it was


def test_a_customer_that_came_later_is_not_there_yet() -> None:
    orders = {"顧客名": ["A", "A", "B"], "取引日": ["2023-06-30", "2024-06-30", "2024-07-01"], "金額": [10, 20, 30]}
    cut = cut_tables(portfolio_of(orders=orders, as_of=date(2024, 12, 31)).tables, ORIGIN)
    assert cut.tables.customers["name"].tolist() == ["A"]
    assert cut.customer.tolist() == [0]
    assert cut.tables.orders is not None
    assert cut.tables.orders["amount"].tolist() == [10, 20]  # the origin itself is past


def test_origins_leave_room_before_and_after_and_follow_in_equal_steps() -> None:
    portfolio = monthly()
    newest = portfolio.newest
    assert newest is not None
    days = origins_of(portfolio, 365, 4)
    assert days[-1] == newest - timedelta(days=365)
    assert len({(later - earlier).days for earlier, later in pairwise(days)}) == 1
    assert (days[1] - days[0]).days <= 365
    assert len(origins_of(portfolio, 365, 60)) < 60


def test_too_short_a_past_says_how_long_it_must_be_and_both_ways_to_mend_it() -> None:
    orders = {"顧客名": ["A", "B"], "取引日": ["2024-01-01", "2024-12-31"], "金額": [10, 20]}
    portfolio = portfolio_of(orders=orders)
    with pytest.raises(Refusal) as refused:
        backtest(portfolio)
    assert refused.value.kind == "too_little_data"
    assert "必要545日" in refused.value.text.ja
    assert "実365日" in refused.value.text.ja
    assert "約6か月分" in refused.value.text.ja
    assert "185日以下" in refused.value.text.ja
    assert "185 days or fewer" in refused.value.text.en
    assert backtest(portfolio, days=185).days == 185  # the mend that it names works


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"days": 0}, "1〜3660"),
        ({"days": 1.5}, "1〜3660"),
        ({"origins": 0}, "1〜60"),
        ({"axis": "total"}, "「総合」は検証できません(価値・継続性・成長・リスク"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(Refusal, match="引数") as refused:
        backtest(monthly(), **arguments)
    assert word in refused.value.text.ja


def test_without_orders_and_without_anything_but_scores_it_says_so() -> None:
    typed = portfolio_of({"顧客名": ["A", "B"], "年間売上": [10, 20]}, as_of=ORIGIN)
    with pytest.raises(Refusal, match="データ不足") as refused:
        backtest(typed)
    assert "取引表" in refused.value.text.ja


def test_counts_and_money_are_those_that_can_be_counted_from_the_orders() -> None:
    portfolio = monthly()
    found = backtest(portfolio)
    orders = portfolio.orders
    assert orders is not None
    for origin in found.origins:
        when = orders["date"].to_numpy()
        past = orders[when <= np.datetime64(origin.day)]
        recency = (np.datetime64(origin.day) - past.groupby("customer")["date"].max()).dt.days
        active = recency.index[recency < 240]
        after = orders[(when > np.datetime64(origin.day)) & (when <= np.datetime64(origin.until))]
        assert origin.customers == len(active)
        assert origin.events == len(active) - len(set(active) & set(after["customer"]))
        assert origin.after == after["amount"][after["customer"].isin(active)].sum()
    assert found.whole.customers == sum(each.customers for each in found.origins)
    for bins in (found.levels, found.tenths):
        assert sum(each.customers for each in bins) == found.whole.customers
        assert sum(each.events for each in bins) == found.whole.events
        assert sum(each.before for each in bins) == pytest.approx(found.whole.before)


def test_one_past_serves_every_axis_and_is_scored_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = synthetic.company("regular", 60, seed=8)
    portfolio = score(made.whole, as_of=made.until)
    told: list[float] = []
    first = backtest(portfolio, report=lambda _, share: told.append(share))
    monkeypatch.setattr("engine.measures.backtest.trials.score", None)  # whoever scores again fails
    assert backtest(portfolio) is first
    assert [backtest(portfolio, axis).axis for axis in AXES] == list(AXES)
    assert told == sorted(told)
    assert len(told) == len(first.origins)


def test_on_cdnow_the_figures_of_the_issue_come_out() -> None:
    """The measures of the whole file are those of judgement §1: recency .795, the base model .793."""
    definition = load_definition().from_rows([("backtest.judged", "bought_12m")])
    found = backtest(score(sample_tables(), definition), days=181, origins=1)
    assert found.origins[0].day == date(1997, 12, 31)
    assert found.whole.customers == 2357
    recency, base = found.ranker("recency"), found.ranker("base")
    assert recency is not None
    assert base is not None
    assert recency.auc == pytest.approx(0.795, abs=0.02)
    assert base.auc == pytest.approx(0.793, abs=0.02)
    assert base.skill > 0.1
    assert base.low < base.apart < base.high
    grade = found.ranker("grade")
    assert grade is not None
    assert grade.auc == pytest.approx(0.80, abs=0.02)
    assert grade.skill > base.skill - 0.02


def test_a_grade_that_does_no_better_than_recency_says_so() -> None:
    found = backtest(score(sample_tables()), days=181)
    grade, recency = found.ranker("grade"), found.ranker("recency")
    assert grade is not None
    assert recency is not None
    if grade.auc <= recency.auc:
        assert standing(found) == "no_better"
        assert "上回らなかった" in verdict_text(found).ja
        assert "no better than" in verdict_text(found).en
    else:
        assert "上回らなかった" not in verdict_text(found).ja


def _told(**changed: Any) -> str:
    from dataclasses import replace

    from engine.measures.backtest.bins import Bin

    found = backtest(monthly())
    level = Bin("high", 38, 23, 0.5, 23 / 38, 0.44, 0.75, 100.0, 40.0)
    whole = Bin("all", 1000, 90, 0.1, 0.09, 0.07, 0.11, 1000.0, 900.0)
    plain = replace(found, levels=(level,), whole=whole, rankers=(), origins=found.origins[:1] * 4)
    return verdict_text(replace(plain, **changed)).ja


def test_the_verdict_is_the_sentence_of_the_specification() -> None:
    from engine.measures.backtest.bins import Bin

    assert _told() == "過去4回、リスク「高」とした延べ38社のうち23社(61%)が1年以内に離れた。全体では9%"
    assert _told(origins=backtest(monthly()).origins[:1]).startswith("過去1回、リスク「高」とした38社のうち")
    assert "181日以内に離れた" in _told(days=181)
    assert _told(levels=()) == "過去4回、リスク「高」とした顧客はいない。全体では9%が1年以内に離れた"
    few = Bin("high", 5, 3, None, 0.6, 0.23, 0.88, 10.0, 4.0)
    assert "5社のうち3社(60%、区間23%–88%)" in _told(levels=(few,))


def test_every_axis_has_its_verdict_in_both_languages() -> None:
    for axis in AXES:
        found = backtest(monthly(), axis)
        facts, told = verdict_of(found), verdict_text(found)
        assert facts.axis == axis
        assert told.ja.startswith("過去4回、")
        assert told.en.startswith("At 4 earlier dates")
        assert "nan" not in told.ja + told.en
        assert [each.code for each in found.rankers] == [code for code in RANKERS if found.ranker(code)]


def test_few_losses_leave_the_ranking_blank_and_say_what_to_add() -> None:
    made = synthetic.accounts(20, stop=1, shrink=0, seed=2, after_change=200)
    found = backtest(score(made.whole, as_of=made.until), origins=1, days=365)
    assert found.whole.events < 5
    assert all(isnan(each.auc) and isnan(each.skill) for each in found.rankers)
    assert any("5社以上必要" in text.ja and "古い取引を足す" in text.ja for text in found.lacks)


@pytest.mark.parametrize("kind", ["regular", "seasonal", "one_time", "projects"])
def test_the_forecast_of_losses_is_within_a_few_points_of_what_came(kind: str) -> None:
    """Nearest where the model is the one that the orders were drawn from."""
    made = synthetic.company(kind, 1500, seed=31, horizon=365)
    found: Backtest = backtest(score(made.whole, as_of=made.until), origins=1)
    assert found.stated == "grade"
    origin = found.origins[0]
    near = 0.06 if kind in ("one_time", "regular") else 0.2
    assert abs(origin.predicted - origin.events) / origin.customers <= near
    assert origin.low < origin.predicted < origin.high
    assert origin.expected == pytest.approx(origin.after, rel=0.5)
