"""Movement between two runs: hand-worked matrices, effects that add up, and 前回差."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tomli_w
from helpers import reports
from helpers.builders import GOLDEN, golden, portfolio_of, tables_of
from helpers.runs_of_two_reviews import earlier, later
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition, load_definition
from engine.explanation.explain import explain
from engine.language.errors import Refusal
from engine.lists.materiality import find_material
from engine.runs.movement import APPEARED, VANISHED, bridge, movement, preview, resolve_by
from engine.runs.movement.effects import effects
from engine.scoring import levels, scoring
from engine.scoring.levels import AXES
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio

DAY = date(2026, 9, 30)
BY = ("standard", "rfm", "cpm", "abc", "lifecycle", *AXES)


def typed(risk: list[str], names: list[str] | None = None, **rules: object) -> Portfolio:
    """The golden table with other typed risks, of these customers."""
    chosen = names or GOLDEN["顧客名"]
    places = [GOLDEN["顧客名"].index(name) if name in GOLDEN["顧客名"] else 0 for name in chosen]
    table = {header: [cells[place] for place in places] for header, cells in GOLDEN.items()}
    definition = (
        Definition.from_rows([(key.replace("__", "."), value) for key, value in rules.items()]) if rules else None
    )
    return portfolio_of({**table, "顧客名": chosen, "リスク": risk}, as_of=DAY, definition=definition)


# ---- the matrix, by hand ----------------------------------------------------------------------------------------------


def test_who_moved_appeared_and_vanished() -> None:
    """Before: A 低, B 中, C 高. Now: A 高 (moved), B 中, D 低 (new); C is gone."""
    moved = movement(golden(), typed(["高", "中", "低"], ["株式会社A", "株式会社B", "株式会社D"]), "risk")
    assert moved.groups == ("high", "mid", "low")
    assert moved.rows() == ("high", "mid", "low", APPEARED)
    assert moved.columns() == ("high", "mid", "low", VANISHED)
    assert moved.counts.tolist() == [
        [0, 0, 0, 1],  # C was high and is gone
        [0, 1, 0, 0],  # B stays
        [1, 0, 0, 0],  # A from low to high
        [0, 0, 1, 0],  # D is new, and low
    ]
    man = 10_000
    assert moved.sales_before.tolist() == [[0, 0, 0, 500 * man], [0, 900 * man, 0, 0], [1500 * man, 0, 0, 0], [0] * 4]
    assert moved.sales_after.tolist() == [[0] * 4, [0, 900 * man, 0, 0], [1500 * man, 0, 0, 0], [0, 0, 1500 * man, 0]]
    by_name = {mover.name: mover for mover in moved.movers}
    assert {name: (each.before, each.after) for name, each in by_name.items()} == {
        "株式会社A": ("low", "high"),
        "株式会社C": ("high", VANISHED),
        "株式会社D": (APPEARED, "low"),
    }
    assert by_name["株式会社A"].reason.ja == "リスク 15.0点→85.0点(手入力の判定 15点→85点)"
    # Before: value 70.69 (1,500 of a mean of 967), continuity 85, growth 50, risk 15: .35·70.69 + .25·85 + .25·50 + .15·85
    # = 71.24. Now the mean is 1,300: value 56.15, and risk 85: 55.65.
    assert by_name["株式会社A"].change == -15.59
    assert by_name["株式会社C"].score is None
    assert by_name["株式会社C"].reason.ja == "今回の実行にない顧客"
    assert moved.word(VANISHED).ja == "離脱"
    assert moved.word("high").ja == "高"


def test_a_run_against_itself_moves_nobody() -> None:
    for by in ("standard", *AXES):
        moved = movement(golden(), golden(), by)
        assert moved.movers == ()
        assert moved.counts.sum() == np.trace(moved.counts) == 3


def test_the_reason_names_what_changed_most() -> None:
    moved = movement(earlier(), later(), "abc")
    (mover,) = moved.movers
    assert mover.reason.ja == "売上 22.8万円→0円"
    assert mover.reason.en == "Sales ¥227,500 → ¥0"


def test_words_and_wrong_words() -> None:
    run = golden()
    assert [resolve_by(run, word) for word in ("ＲＦＭ", "リスク", "標準", "risk")] == [
        "rfm",
        "risk",
        "standard",
        "risk",
    ]
    for word in ("信頼度", "総合", "なに"):
        with pytest.raises(Refusal, match="使えません"):
            resolve_by(run, word)


def test_what_cannot_be_compared_is_refused() -> None:
    dollars = score(tables_of({"顧客名": ["A"], "年間売上": [5]}, currency="USD"), as_of=DAY)
    with pytest.raises(Refusal, match="通貨の異なる"):
        movement(golden(), dollars)
    with pytest.raises(Refusal, match="取引"):
        movement(golden(), golden(), "rfm")  # no orders, no RFM
    with pytest.raises(Refusal, match="取引表が必要"):
        bridge(golden(), golden())


# ---- effects ----------------------------------------------------------------------------------------------------------


def counts(found: Any) -> list[list[float]]:
    return [part.tolist() for part in (found.old, found.data, found.definition, found.program, found.new)]


def test_data_alone_and_definition_alone() -> None:
    """A's risk rises from 低 (15) to 中 (50): the data. With 「高」 from 50 points on, B (50) rises to 高: the definition."""
    only_data = effects(golden(), typed(["中", "中", "高"]), "risk")
    assert only_data.groups == ("high", "mid", "low")
    assert counts(only_data) == [[1, 1, 1], [0, 1, -1], [0, 0, 0], [0, 0, 0], [1, 2, 0]]
    assert [mover.cause for mover in only_data.movers] == ["data"]
    only_rule = effects(golden(), typed(["低", "中", "高"], levels__high=50), "risk")
    assert counts(only_rule) == [[1, 1, 1], [0, 0, 0], [1, -1, 0], [0, 0, 0], [2, 0, 1]]
    assert [mover.cause for mover in only_rule.movers] == ["definition"]


def test_what_only_both_together_do_is_shared_evenly() -> None:
    """A rises from 低 to 中 by the data, and from there to 高 by the definition (「高」 from 50)."""
    both = effects(golden(), typed(["中", "中", "高"], levels__high=50), "risk")
    assert counts(both) == [[1, 1, 1], [0.5, 0.5, -1], [1.5, -1.5, 0], [0, 0, 0], [3, 0, 0]]
    assert {mover.name: mover.cause for mover in both.movers} == {"株式会社A": "both", "株式会社B": "definition"}
    sales = [part.tolist() for part in both.sales]
    assert [sum(parts) for parts in zip(*sales[:4], strict=True)] == sales[4]


def test_what_a_newer_program_does_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The earlier run was scored by a program that took a typed 低 for 15 points; today's takes it for 50."""
    before = golden()
    real = levels.score_axes

    def newer(metrics: Any, master: Any, definition: Definition, *more: Any) -> Any:
        return real(metrics, master, Definition.from_rows([("levels.typed_low", 50)], definition), *more)

    monkeypatch.setattr(scoring, "SCORING", "newer")
    monkeypatch.setattr(scoring, "score_axes", newer)
    after = golden()
    assert after.hash != before.hash
    found = effects(before, after, "risk")
    assert found.groups == ("high", "mid", "low")
    assert counts(found) == [[1, 1, 1], [0, 0, 0], [0, 0, 0], [0, 1, -1], [1, 2, 0]]
    assert [mover.cause for mover in found.movers] == ["program"]


RISK = st.sampled_from(["高", "中", "低", ""])


@st.composite
def reviews(draw: st.DrawFn) -> tuple[Portfolio, Portfolio]:
    """Two reviews of a few customers with typed levels, orders and other thresholds."""
    pool = [f"顧客{place}" for place in range(6)]
    found = []
    for day in (date(2025, 9, 30), date(2026, 3, 31)):
        names = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6, unique=True))
        size = len(names)
        table: dict[str, Any] = {"顧客名": names}
        for header in ("継続性", "成長ポテンシャル", "リスク"):
            table[header] = draw(st.lists(RISK, min_size=size, max_size=size))
        dated = st.tuples(st.sampled_from(names), st.dates(date(2024, 1, 1), day), st.integers(-50, 10**6))
        lines = draw(st.lists(dated, min_size=1, max_size=10))
        orders = dict(zip(("顧客名", "取引日", "金額"), map(list, zip(*lines, strict=True)), strict=True))
        rules = [("levels.high", draw(st.integers(40, 90))), ("cpm.lapse_days", draw(st.sampled_from([100, 240])))]
        found.append(portfolio_of(table, orders, day, Definition.from_rows(rules)))
    return found[0], found[1]


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(reviews(), st.sampled_from(BY))
def test_the_laws_of_movement(pair: tuple[Portfolio, Portfolio], by: str) -> None:
    before, after = pair
    try:
        moved = movement(before, after, by)
    except Refusal:
        return  # no sales at all: no such scheme
    old, new = (
        [list(run.axes[by].levels if by in AXES else run.assignments[by].segments).count(code) for code in moved.groups]
        for run in pair
    )
    assert moved.counts.sum(axis=1)[:-1].tolist() == old
    assert moved.counts.sum(axis=0)[:-1].tolist() == new
    assert moved.sales_before.sum() == before.frame["sales_12m"].sum()
    assert moved.sales_after.sum() == after.frame["sales_12m"].sum()
    assert len(moved.movers) == moved.counts.sum() - np.trace(moved.counts[:-1, :-1])
    found = effects(before, after, by)
    for old_part, data, definition, program, new_part in (
        (found.old, found.data, found.definition, found.program, found.new),
        found.sales,
    ):
        assert (old_part + data + definition + program == new_part).all()
        assert definition.sum() == 0  # a definition makes no customers
        assert not program.any()
    assert sum(found.old) == len(before)
    assert [mover.customer_id for mover in found.movers] == [mover.customer_id for mover in moved.movers]


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(reviews())
def test_the_bridge_adds_up(pair: tuple[Portfolio, Portfolio]) -> None:
    found = bridge(*pair)
    assert found.start[0] + found.new[0] + found.returned[0] - found.left[0] == found.end[0]
    assert found.start[1] + found.new[1] + found.returned[1] - found.left[1] + found.grown == found.end[1]
    active = [int(run.frame["state"].isin(["active", "new", "returned"]).sum()) for run in pair]
    assert [found.start[0], found.end[0]] == active


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(reviews(), st.sampled_from(("total", *AXES)))
def test_the_changes_of_the_parts_sum_to_the_change_of_the_score(pair: tuple[Portfolio, Portfolio], axis: str) -> None:
    before, after = pair
    for position in range(len(after)):
        found = explain(after, position, axis, before)
        name = after.frame["customer_id"].iloc[position]
        place = before.frame.index[before.frame["customer_id"] == name]
        now = after.axes[axis].cents[position]
        then = before.axes[axis].cents[place[0]] if len(place) else -1
        assert sum(round(line.contribution * 100) for line in found.lines) == max(now, 0)
        if now < 0 or then < 0:
            assert found.change is None
            assert all(line.change is None for line in found.lines)
        else:
            assert round((found.change or 0) * 100) == now - then
            assert sum(round((line.change or 0) * 100) for line in found.lines) == now - then


def test_a_factor_of_the_earlier_run_only_has_a_line_of_its_own() -> None:
    """A's risk was typed 低 (15 points); now the data tell it, and the typed part falls away."""
    after = portfolio_of({"顧客名": ["株式会社A"], "リスク": ["低"], "支払遅延日数": [0]}, as_of=DAY)
    before = golden()
    if after.axes["risk"].typed[0]:  # too little of the weight has data: the orders tell more
        orders = {
            "顧客名": ["株式会社A"] * 4,
            "取引日": ["2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01"],
            "金額": [1] * 4,
        }
        after = portfolio_of({"顧客名": ["株式会社A"], "リスク": ["低"]}, orders, DAY)
    found = explain(after, 0, "risk", before)
    assert found.lines[-1].factor.ja == "手入力の判定"
    assert found.lines[-1].contribution == 0
    assert found.lines[-1].change == -15
    assert found.change == pytest.approx(sum(line.change or 0 for line in found.lines))


def test_a_customer_that_the_earlier_run_does_not_know_has_no_change() -> None:
    after = typed(["低"], ["株式会社新"])
    found = explain(after, 0, "risk", golden())
    assert found.change is None
    assert explain(after, 0, "risk").lines == found.lines


# ---- preview ----------------------------------------------------------------------------------------------------------


def by_weights() -> Definition:
    """Return a definition as an earlier program stored it: risk by weights, and nothing of forecasts, priors and findings."""
    document = tomllib.loads(load_definition().to_toml())
    for name in ("forecast", "priors", "materiality", "backtest"):
        del document[name]
    source = {"ja": "‡", "en": "‡"}
    document["axes"]["risk"] = [
        {"metric": "overdue_ratio", "weight": 30, "points": [[1, 0], [2, 60], [4, 100]], "source": source},
        {"metric": "recency_days", "weight": 15, "points": [[90, 0], [365, 100]], "source": source},
        {"metric": "decline_rate", "weight": 15, "points": [[0, 0], [0.3, 70], [0.5, 100]], "source": source},
    ]
    return Definition.from_whole_toml(tomli_w.dumps(document))


def test_a_run_of_an_earlier_program_is_compared_and_its_grades_are_definition_effect() -> None:
    """What its definition does not say, today's does; its hash stays its own, and the run says that it grades by weights."""
    rules, now = by_weights(), reports.sample()
    then = score(reports.earlier().tables, rules, reports.THEN)
    assert rules.hash != load_definition().hash
    assert any("配点(axes.risk)" in note.ja for note in then.notes)
    assert not any("配点(axes.risk)" in note.ja for note in now.notes)
    found = effects(then, now, "risk")
    assert np.abs(found.definition).sum() > 0
    assert found.program.tolist() == [0.0] * len(found.groups)
    assert (found.old + found.data + found.definition + found.program).tolist() == found.new.tolist()
    assert {row.known for row in find_material(now, then).rows} <= {True, False}
    assert len(movement(then, now).movers) > 0


def test_a_definition_is_tried_before_it_is_adopted() -> None:
    before = golden()
    tried = preview(before, Definition.from_rows([("levels.high", 50)]))
    assert tried.sentence.ja == "この変更で1社が移動します"
    (mover,) = tried.movements["standard"].movers  # B's risk of 50 counts as high now
    assert (mover.name, mover.before, mover.after) == ("株式会社B", "growth", "at_risk")
    assert tried.portfolio.hash == score(before.tables, Definition.from_rows([("levels.high", 50)]), DAY).hash
    same = preview(before, Definition.from_rows([("levels.high", 67)]))
    assert same.sentence.ja == "この変更で移動する顧客はありません"
    assert same.sentence.en == "this change moves nobody"


def test_a_preview_names_the_other_schemes() -> None:
    found = preview(later(), Definition.from_rows([("cpm.lapse_days", 20), ("abc.a", 0.5)]))
    assert "ABC" in found.sentence.ja
    assert "CPM" in found.sentence.ja
    assert found.movements["standard"].movers == ()
