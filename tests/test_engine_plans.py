"""Plans, actions and decisions: cleaned, part of the run but of no score, sorted by due date, followed from review to review."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from helpers.builders import portfolio_of, tables_of

from engine.commands.command import main
from engine.explanation.profile import profile
from engine.language.errors import Refusal
from engine.lists.listing import list_customers
from engine.planning import plans
from engine.planning.what_if.scale import without
from engine.runs.store import content, masking
from engine.scoring.scoring import run_hash, score

if TYPE_CHECKING:
    from pathlib import Path

    from engine.scoring.portfolio import Portfolio

AS_OF = date(2026, 9, 30)
CUSTOMERS = {"顧客ID": ["a", "b", "c"], "顧客名": ["株式会社A", "株式会社B", "株式会社C"], "担当": ["甲", "乙", "丙"]}
ORDERS: dict[str, list[Any]] = {
    "顧客ID": ["a", "a", "b", "c"],
    "取引日": ["2025-12-01", "2026-06-01", "2026-07-01", "2026-08-01"],
    "金額": [30, 60, 50, 40],
}
PLANS: dict[str, list[Any]] = {
    "顧客名": ["(株)A", "株式会社B", "株式会社A", "株式会社Z"],
    "目標": ["広げる", None, "二つめ", "知らない客"],
    "目標売上": ["100円", None, "1円", "1円"],
    "顧客のニーズ": ["速さ", None, None, None],
    "キーパーソン": ["部長 山田", None, None, None],
    "リスク": ["相見積", None, None, None],
    "次回見直し日": ["2026/9/29", "2026/10/1", None, None],
    "担当": ["甲", None, None, None],
}
ROWS = [  # ID, raised, customer, what, kind, due, status, closed, run
    ("1", "2026/6/30", None, "方針を決める", "判断", "2026/7/31", "完了", "2026/8/10", "PF-20260630-1a2b3c"),
    ("2", "2026/6/30", "a", "条件を決める", "判断", "2026/9/28", "進行中", None, "PF-20260630-000000"),
    ("3", "2026/3/31", "a", "古い判断", "判断", "2026/4/30", "完了", "2026/4/30", "PF-20260331-111111"),
    ("4", "2026/3/31", None, "古いが未了", "decision", None, "未着手", None, "PF-20260331-111111"),
    ("5", "2026/7/2", "b", "やめた", "決定", "2026/7/31", "見送り", "2026/7/20", None),
    ("6", "2026/8/1", "a", "見積を出す", None, "2026/9/30", None, None, None),
    ("7", None, "b", "電話する", "アクション", "2026/10/15", "open", None, None),
    ("8", "2026/8/1", "b", "届ける", "対応", "2026/8/20", None, "2026/8/19", None),
]
HEADER = ("アクションID", "起票日", "顧客ID", "内容", "種別", "期限", "状況", "完了日", "実行ID")


def actions_table(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[at] for row in rows] for at, name in enumerate(HEADER)}


def made(**others: Any) -> Portfolio:
    return portfolio_of(CUSTOMERS, ORDERS, AS_OF, **others)


@pytest.fixture(scope="module")
def planned() -> Portfolio:
    return made(plans=PLANS, actions=actions_table(ROWS))


# ---- cleaning --------------------------------------------------------------------------------------------------------


def test_a_second_plan_and_one_of_a_stranger_are_listed() -> None:
    tables = tables_of(CUSTOMERS, ORDERS, AS_OF, plans=PLANS)
    assert tables.plans is not None
    assert tables.plans["customer"].tolist() == [0, 1]
    assert [(each.code, each.row) for each in tables.findings] == [("duplicate_id", 4), ("unknown_customer", 5)]
    source = tables.sources[-1]
    assert (source.table, source.rows_read, source.rows_used, source.newest) == ("plans", 4, 2, None)


def test_an_action_needs_what_is_to_be_done_and_a_known_customer_if_any() -> None:
    tables = tables_of(
        CUSTOMERS, None, AS_OF,
        actions={"起票日": ["2026/9/1", None, "2026/10/1", "2026/9/1", "2026/9/2"],
                 "顧客名": [None, "株式会社A", None, "よそ", None],
                 "内容": ["x", None, "先の日付", "y", "z"],
                 "状況": ["そのうち", "完了", None, None, "未着手"],
                 "完了日": [None, None, None, None, "2026/9/3"]},
    )  # fmt: skip
    assert tables.actions is not None
    assert tables.actions[["customer", "what", "kind", "status"]].to_numpy().tolist() == [
        [-1, "x", "action", "open"],
        [-1, "z", "action", "open"],
    ]
    found = [(each.severity, each.code) for each in tables.findings]
    assert sorted(found) == [
        ("error", "future_date"), ("error", "missing_what"), ("error", "unknown_customer"),
        ("warning", "closed_but_open"), ("warning", "unknown_word"),
    ]  # fmt: skip
    asked = next(each for each in tables.findings if each.code == "unknown_word")
    assert "未着手・進行中・完了・見送り" in asked.reason.ja


def test_without_customer_columns_every_action_concerns_the_whole() -> None:
    tables = tables_of(CUSTOMERS, None, AS_OF, actions={"内容": ["x"], "完了日": ["2026/9/1"]})
    assert tables.actions is not None
    assert tables.actions[["customer", "status"]].to_numpy().tolist() == [[-1, "done"]]
    assert tables.sources[-1].newest is None


def test_the_same_action_id_twice_is_a_warning() -> None:
    tables = tables_of(CUSTOMERS, None, AS_OF, actions={"番号": ["1", "1.0", None, None], "内容": list("wxyz")})
    assert [(each.severity, each.code) for each in tables.findings] == [("warning", "duplicate_id")]


# ---- part of the run, of no score ------------------------------------------------------------------------------------


def test_another_list_of_actions_is_another_run_with_the_same_scores(planned: Portfolio) -> None:
    bare, other = made(), made(plans=PLANS, actions=actions_table(ROWS[:-1]))
    assert len({bare.hash, planned.hash, other.hash}) == 3
    assert made(plans=PLANS, actions=actions_table(ROWS)).hash == planned.hash
    for each in (planned, other):
        assert each.frame.equals(bare.frame)
    assert (bare.tier, planned.tier) == ("T1", "T2")


def test_the_order_of_their_columns_does_not_make_another_run(planned: Portfolio) -> None:
    turned = {name: PLANS[name] for name in reversed(PLANS)}
    assert made(plans=turned, actions=actions_table(ROWS)).hash == planned.hash


# ---- plans -----------------------------------------------------------------------------------------------------------


def test_a_plan_tells_its_progress_and_a_missed_review(planned: Portfolio) -> None:
    plan = plans.plan_of(planned, 0)
    assert plan is not None
    assert (plan.goal, plan.needs, plan.people, plan.risk_note) == ("広げる", "速さ", "部長 山田", "相見積")
    assert (plan.target_sales, plan.sales, plan.progress) == (100, 90, 0.9)
    assert (plan.review, plan.review_late, plan.solution) == (date(2026, 9, 29), True, None)
    second = plans.plan_of(planned, 1)
    assert second is not None
    assert (second.goal, second.target_sales, second.progress, second.review_late) == (None, None, None, False)
    assert plans.plan_of(planned, 2) is None
    assert plans.plan_of(made(), 0) is None


# ---- actions ---------------------------------------------------------------------------------------------------------


def ids(found: tuple[plans.Action, ...]) -> list[str | None]:
    return [each.action_id for each in found]


def test_open_actions_come_by_due_date_and_those_without_one_last(planned: Portfolio) -> None:
    found = plans.open_actions(planned)
    assert ids(found) == ["2", "6", "7", "4"]
    assert [each.days_late for each in found] == [2, 0, 0, None]
    assert [each.overdue for each in found] == [True, False, False, False]  # on the due date itself it is in time
    assert ids(plans.open_actions(planned, 0)) == ["2", "6"]
    assert ids(plans.open_actions(planned, kinds=("action",))) == ["6", "7"]
    assert plans.open_actions(planned, 2) == ()


def test_days_late_count_to_the_day_of_completion(planned: Portfolio) -> None:
    late = {each.action_id: each.days_late for each in plans.actions_of(planned)}
    assert late == {"1": 10, "2": 2, "3": 0, "4": None, "5": None, "6": 0, "7": 0, "8": 0}


def test_the_next_action_of_a_customer_is_the_one_due_first(planned: Portfolio) -> None:
    found = [plans.next_action_of(planned, position) for position in range(3)]
    assert [None if each is None else each.what for each in found] == ["条件を決める", "電話する", None]


def test_nothing_open_is_not_the_same_as_nothing_known() -> None:
    bare = made()
    assert plans.actions_of(bare) == ()
    for ask in (plans.open_actions, plans.decisions_since):
        with pytest.raises(Refusal, match="アクション"):
            ask(bare)


# ---- what became of the last decisions -------------------------------------------------------------------------------


def test_decisions_of_the_last_review_and_open_older_ones_are_followed(planned: Portfolio) -> None:
    found = plans.decisions_since(planned, date(2026, 6, 30))
    assert ids(found) == ["4", "2", "1", "5"]  # open first; 3 was closed before that review
    assert [each.status for each in found] == ["open", "doing", "done", "dropped"]
    assert ids(plans.decisions_since(planned, date(2026, 3, 31))) == ["4", "2", "3", "5"]


def test_a_previous_run_stands_for_its_day(planned: Portfolio) -> None:
    before = portfolio_of(
        CUSTOMERS, {key: cells[:2] for key, cells in ORDERS.items()}, date(2026, 6, 30), actions=actions_table(ROWS[:1])
    )
    assert plans.decisions_since(planned, before) == plans.decisions_since(planned, date(2026, 6, 30))
    with pytest.raises(Refusal, match="前回の基準日"):
        plans.decisions_since(before, planned)


def test_without_a_previous_run_the_last_quarter_counts(planned: Portfolio) -> None:
    assert ids(plans.decisions_since(planned)) == ["4", "2", "5"]  # from 2026/6/22; 1 names a run of another day
    assert ids(plans.decisions_since(planned, kinds=("action",))) == ["7", "6", "8"]


# ---- where they are shown --------------------------------------------------------------------------------------------


def test_the_card_shows_plan_and_next_action(planned: Portfolio) -> None:
    card = {line.key: line for line in profile(planned, 0)}
    assert card["plan_goal"].value.ja == "広げる"
    assert card["plan_target"].value.ja == "100円(直近12か月の売上は目標の90.0%)"
    assert card["plan_review"].value == ("2026/09/29(期日を過ぎています)", "2026-09-29 (overdue)")
    assert card["next_action"].value.ja == "条件を決める(2026/09/28・2日超過)"
    second = {line.key: line for line in profile(planned, 1)}
    assert not second["plan_goal"].known
    assert second["next_action"].value.en == "電話する (2026-10-15)"
    assert not {"plan_goal", "next_action"} & {line.key for line in profile(planned, 2)}


def test_lists_may_name_the_next_action_and_leave_it_out_without_a_table(planned: Portfolio) -> None:
    listed = list_customers(planned, "アクション期限<=2026/9/30", "アクション期限 昇順")
    columns = {column.name.ja: list(column.values) for column in listed.columns}
    assert columns["顧客"] == ["株式会社A"]
    assert columns["アクション期限"] == [date(2026, 9, 28)]
    named = [column.name.ja for column in list_customers(planned, "要対応").columns]
    assert named[-2:] == ["次のアクション", "アクション期限"]
    assert "アクション期限" not in [column.name.ja for column in list_customers(made(), "要対応").columns]


# ---- masking ---------------------------------------------------------------------------------------------------------


def test_pseudonyms_hide_what_people_typed_and_keep_what_counts(
    planned: Portfolio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path))
    bench = {
        "比較先": ["競合X社"],
        "指標": ["NRR"],
        "区分": [None],
        "値": ["98%"],
        "出典": ["報告書Y"],
        "時点": ["2026/3/31"],
    }
    whole = made(plans=PLANS, actions=actions_table(ROWS), benchmarks=bench)
    hidden = masking.mask(whole, "pseudonyms").tables
    assert hidden.plans is not None
    assert hidden.actions is not None
    assert hidden.benchmarks is not None
    shown = " ".join(frame.to_csv() for frame in (hidden.plans, hidden.actions, hidden.benchmarks))
    for raw in ("広げる", "速さ", "部長 山田", "相見積", "条件を決める", "甲", "競合X社", "報告書Y"):
        assert raw not in shown
    again = replace(whole, tables=hidden)
    assert [each.status for each in plans.open_actions(again)] == [each.status for each in plans.open_actions(planned)]
    assert hidden.benchmarks["measure"].tolist() == ["nrr"]
    assert hidden.actions["run"].dropna().str.startswith("PF-").all()
    assert score(hidden, whole.definition, AS_OF).frame["score_total"].equals(whole.frame["score_total"])


def test_which_columns_of_the_new_tables_may_name_somebody() -> None:
    free = ("goal", "needs", "solution", "value_offer", "people", "risk_note")
    assert masking.hidden_columns("plans") == ("customer_id", "customer", *free, "owner")
    assert masking.hidden_columns("actions") == ("action_id", "customer_id", "customer", "what", "owner", "result")
    assert masking.hidden_columns("benchmarks") == ("who", "source")


def test_a_lost_customer_takes_its_plan_and_actions_along(planned: Portfolio) -> None:
    rest = without(planned.tables, np.array([True, False, False]))
    assert rest.plans is not None
    assert rest.actions is not None
    assert rest.plans["customer"].tolist() == [0]
    after = score(rest, planned.definition, AS_OF)
    assert ids(plans.open_actions(after)) == ["7", "4"]  # what concerns the whole portfolio stays
    assert plans.open_actions(after, after.position("b"))[0].what == "電話する"


# ---- through the store and from files --------------------------------------------------------------------------------


def test_a_stored_run_still_knows_plans_and_actions(planned: Portfolio) -> None:
    again = content.unpack(content.pack(planned))
    assert plans.plan_of(again, 0) == plans.plan_of(planned, 0)
    assert plans.actions_of(again) == plans.actions_of(planned)
    assert run_hash(again.tables, again.definition, again.as_of) == planned.hash
    assert content.unpack(content.pack(made())).tables.actions is None  # as runs of before these tables have it


def test_a_run_stored_without_its_lines_says_so(planned: Portfolio) -> None:
    with pytest.raises(Refusal, match="明細は保存されていません"):
        plans.open_actions(masking.mask(planned, "scored"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_commands_read_them_from_files_and_sheets(form: str, tmp_path: Path) -> None:
    given: dict[str, dict[str, list[Any]]] = {
        "顧客": CUSTOMERS,
        "取引": ORDERS,
        "アカウントプラン": PLANS,
        "アクション": actions_table(ROWS),
    }
    frames = {name: pd.DataFrame(columns) for name, columns in given.items()}
    if form == "xlsx":
        arguments = [str(tmp_path / "book.xlsx")]
        with pd.ExcelWriter(arguments[0], engine="xlsxwriter") as writer:
            for name, frame in frames.items():
                frame.to_excel(writer, sheet_name=name, index=False)
    else:
        arguments = []
        for (name, frame), option in zip(frames.items(), ("customers", "orders", "plans", "actions"), strict=True):
            frame.to_csv(tmp_path / f"{name}.csv", index=False)
            arguments += [f"--{option}", str(tmp_path / f"{name}.csv")]
    result = CliRunner().invoke(main, ["check", *arguments, "--as-of", "2026-09-30", "--json"])
    assert result.exit_code in (0, 1), result.output
    read = {each["table"]: (each["rows_read"], each["rows_used"]) for each in json.loads(result.stdout)["sources"]}
    assert (read["plans"], read["actions"]) == ((4, 2), (8, 8))
