"""R1: the purpose orders pages and questions; decisions carried on and settled; what an executive asks next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import earlier, golden, report_of, sample, section

from engine.definition.definition import Definition
from engine.lists.materiality import find_material
from engine.measures.retention import rate
from engine.measures.value.lifetime import customer_equity
from engine.planning.plans import Action, actions_of, decisions_since
from engine.runs.movement import movement
from engine.scoring.portfolio import Portfolio
from report_templates.document.report_data import read
from report_templates.print import render
from report_templates.sections.summary.decisions import last_review
from report_templates.sections.summary.outlook import facts
from report_templates.texts.formatting import percent
from report_templates.texts.settings import emphasis, limit
from report_templates.view import view

PURPOSES = ("acquire", "deepen", "avoid_risk")


def with_purpose(purpose: str) -> Portfolio:
    definition = Definition.from_rows([("general.purpose", purpose)])
    return portfolio_of(GOLDEN, as_of=date(2026, 11, 22), definition=definition)


def decided(**columns: list[object]) -> Portfolio:
    """Return a portfolio with decisions; columns that are not given are filled."""
    count = len(columns["内容"])
    table = {"種別": ["判断"] * count, "起票日": ["2026/6/30"] * count, "担当": ["部長"] * count, **columns}
    return portfolio_of(GOLDEN, as_of=date(2026, 11, 22), actions=table)


def company(size_of_second: int, cost_of_second: float) -> Portfolio:
    """Return forty monthly buyers over three years, all alike but for the second."""
    lines = [
        (f"顧客{at:02d}", date(2023 + (9 + month) // 12, (9 + month) % 12 + 1, 3 + at % 20), size, round(size * cost))
        for at in range(40)
        for size, cost in [(size_of_second, cost_of_second) if at == 1 else (10_000, 0.6)]
        for month in range(36)
    ]
    orders = dict(zip(("顧客名", "取引日", "金額", "原価"), map(list, zip(*lines, strict=True)), strict=True))
    return portfolio_of({"顧客名": sorted(set(orders["顧客名"]))}, orders, date(2026, 9, 30))


def loss_making_second() -> Portfolio:
    return company(60_000, 1.2)


def all_is_well() -> Portfolio:
    return company(10_000, 0.6)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_purpose_orders_the_pages_and_marks_its_focus(purpose: str) -> None:
    report = view.build(with_purpose(purpose))
    numbers = [each.number for each in report.sections]
    assert numbers[0] == "R1"
    body = [number for number in numbers[1:] if number not in ("R11", "R12")]
    assert [*dict.fromkeys(numbers[1 + len(body) :])] == ["R11", "R12"]
    chosen = emphasis(purpose)
    places = [chosen.sections.index(number) for number in body]
    assert places == sorted(places)
    for each in report.sections:
        assert (each.emphasis is not None) == (each.number in chosen.focus)
    assert sorted(each.number for each in report.sections) == sorted(
        each.number for each in view.build(with_purpose("deepen")).sections
    )


def test_every_page_of_the_specification_has_a_place() -> None:
    middle = {f"R{number}" for number in range(2, 11)}
    for purpose in PURPOSES:
        chosen = emphasis(purpose)
        assert set(chosen.sections) == middle
        assert set(chosen.focus) <= middle


@pytest.mark.parametrize("make", [sample, golden, loss_making_second, all_is_well], ids=lambda make: make.__name__)
def test_headline_and_questions_are_read_off_the_head_of_the_findings(make: Callable[[], Portfolio]) -> None:
    portfolio = make()
    found, page = find_material(portfolio), section(view.build(portfolio), "summary")
    asked = [decision for decision in page.decisions if "期待金額" in decision.reason.ja]
    assert len(asked) == min(
        len(found.material), limit("decisions") - (len(page.decisions) - len(asked)) - (page.outcomes is not None)
    )
    for decision, row in zip(asked, found.material, strict=False):
        assert decision.who.ja.startswith(f"担当 {row.owner.ja}"[:8])
        assert not row.is_company_wide or row.owner.ja in decision.who.ja
        assert f"{row.due.year}/{row.due.month}/{row.due.day}" in decision.who.ja
        if len(row.customers) == 1:
            assert str(portfolio.frame["name"].iloc[row.customers[0]]).replace("株式会社", "㈱") in decision.ask.ja
    if found.head is None:
        assert page.message.ja.endswith("大きな問題はない")
    elif len(found.head.customers) > 1:
        assert f"{len(found.head.customers)}社" in page.message.ja


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_purpose_does_not_move_what_is_asked_first(purpose: str) -> None:
    first = [section(view.build(with_purpose(each)), "summary").decisions[0].ask.ja for each in (purpose, "deepen")]
    assert first[0] == first[1]


def test_a_loss_making_second_customer_leads_with_the_price_that_breaks_even() -> None:
    page = section(view.build(loss_making_second()), "summary")
    assert "赤字" in page.message.ja
    assert "顧客01" in page.message.ja
    assert page.decisions[0].ask.ja == "「顧客01」の採算を改めるか、取引を縮めるか決める"
    assert "値上げなら20.0%で収支が合う" in page.decisions[0].reason.ja


def test_a_company_where_all_is_well_says_so_in_one_line_and_asks_nothing() -> None:
    page = section(view.build(all_is_well()), "summary")
    assert page.message.ja.endswith("。大きな問題はない")
    assert page.message.en.endswith("; all is well")
    assert page.decisions == ()


def test_open_decisions_are_asked_again_the_longest_overdue_first_and_not_listed_twice() -> None:
    portfolio = sample()
    page = section(report_of(portfolio), "summary")
    still = sorted(
        (each for each in decisions_since(portfolio) if each.is_open), key=lambda each: -(each.days_late or 0)
    )
    assert [decision.ask.ja for decision in page.decisions[: len(still)]] == [each.what for each in still]
    assert all(decision.late for decision in page.decisions[: len(still)])
    assert f"{still[0].days_late}日超過" in page.decisions[0].who.ja
    assert page.outcomes is not None
    assert {row[0].value for row in page.outcomes.rows}.isdisjoint({each.what for each in still})
    assert page.outcomes.note is not None
    assert f"{len(still)}件" in page.outcomes.note.ja


@pytest.mark.parametrize("before", [None, "earlier"])
def test_the_last_decisions_and_what_became_of_them(before: str | None) -> None:
    portfolio, compared = sample(), earlier() if before else None
    page = section(view.build(portfolio, compared), "summary")
    assert last_review(read(portfolio, compared)) == date(2026, 6, 30)
    settled = {each.what: each for each in actions_of(portfolio) if each.kind == "decision" and not each.is_open}
    assert page.outcomes is not None
    assert 1 <= len(page.outcomes.rows) <= limit("outcomes")
    for row in page.outcomes.rows:
        action = settled[str(row[0].value)]
        assert (row[2].value, row[3].value, row[4].value) == (action.due, action.status, action.result)
        assert action.raised == date(2026, 6, 30)


def test_a_decision_of_the_whole_portfolio_without_owner_or_date_is_told_so() -> None:
    portfolio = decided(
        内容=["方針を決める", "=HYPERLINK(1)"], 担当=["", "\u202e部長"], 期限=["", "2026/12/1"], 状態=["未着手"] * 2
    )
    page = section(report_of(portfolio), "summary")
    assert {decision.who.ja for decision in page.decisions[:2]} == {
        "担当 未記入 | 期限 未記入",
        "担当 部長 | 期限 2026/12/1",
    }
    assert not any(decision.late for decision in page.decisions)
    assert page.outcomes is None
    assert "HYPERLINK" in render.html(report_of(portfolio), "ja")


def test_more_open_decisions_than_fit_are_counted() -> None:
    portfolio = decided(内容=[f"決める{at}" for at in range(5)], 期限=["2026/10/1"] * 5, 状態=["未着手"] * 5)
    page = section(report_of(portfolio), "summary")
    assert sum(decision.ask.ja.startswith("決める") for decision in page.decisions) == limit("carried")
    assert page.decisions_note is not None
    assert "3件" in page.decisions_note.ja


def test_without_a_table_of_actions_nothing_is_said_of_the_last_decisions() -> None:
    page = section(report_of(golden()), "summary")
    assert page.outcomes is None
    assert page.decisions_note is None
    assert all("期限案" in decision.who.ja for decision in page.decisions)


def test_the_facts_are_the_engines() -> None:
    portfolio, before = sample(), earlier()
    found = {fact.key: fact for fact in facts(read(portfolio, before))}
    assert found["moved"].value == len(movement(before, portfolio).movers)
    assert found["kept"].value == rate(portfolio, "nrr").value
    assert percent(rate(portfolio, "retention").value).ja in found["kept"].text.ja
    assert found["lost"].value == next(alert.value for alert in portfolio.alerts if alert.code == "at_risk")
    assert found["worth"].value == customer_equity(portfolio).total
    assert "moved" not in {fact.key for fact in facts(read(portfolio))}
    assert [fact.key for fact in facts(read(golden()))] == ["lost"]


def test_priorities_name_the_next_action_its_owner_and_its_date() -> None:
    portfolio = sample()
    rows = section(report_of(portfolio), "actions").priorities.rows
    by_customer: dict[int, Action] = {}
    for action in actions_of(portfolio):
        if action.is_open and action.customer is not None:
            known = by_customer.get(action.customer)
            if known is None or (action.due or date.max) < (known.due or date.max):
                by_customer[action.customer] = action
    met = 0
    for row in rows:
        position = portfolio.position(str(row[0].value))
        if position not in by_customer:
            assert row[6].text.ja == "記録なし"
            continue
        action = by_customer[position]
        met += 1
        assert (row[5].value, row[6].value, row[7].value) == (action.due, action.what, action.owner)
        assert (row[5].tone == "keep") == action.overdue
        assert row[6].detail is not None
    assert met
