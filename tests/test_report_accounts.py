"""R10 key accounts: every number against the engine, what is missing said kindly, one page each whatever is written."""

from __future__ import annotations

from datetime import date
from functools import cache
from io import BytesIO

import pikepdf
import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import earlier, golden, hostile, report_of, sample, texts_in

from engine.explanation.explain import explain
from engine.lists.actions import key_accounts
from engine.measures.opportunities import next_for, whitespace_grid
from engine.measures.profit.quarters import sales_history
from engine.planning.plans import open_actions, plan_of
from engine.planning.what_if import if_lost
from engine.scoring.portfolio import Portfolio
from report_templates.charts import svg
from report_templates.document.report_data import read
from report_templates.print import render
from report_templates.sections.customers import accounts
from report_templates.sections.customers.accounts import Account
from report_templates.texts.formatting import percent
from report_templates.texts.settings import limit
from report_templates.view import view


def pages_of(portfolio: Portfolio) -> list[Account]:
    return [each for each in report_of(portfolio).sections if isinstance(each, Account)]


@cache
def crowded() -> Portfolio:
    """Return an account about which as much is written as a page must bear."""
    long = "とても長い文章をプランの欄に書き込む人がいる。" * 12
    name = "長" * 60 + "株式会社"
    customers = {"顧客名": [name, "乙"], "業界": [long, "IT"], "担当": [long, "山田"], "延滞日数": [30, 0]}
    days = [f"{2023 + at // 12}/{at % 12 + 1}/5" for at in range(36)]
    orders = {
        "顧客名": [name] * 36 + ["乙"] * 36,
        "取引日": days * 2,
        "金額": [1_000_000 + 70_000 * at for at in range(36)] + [500_000] * 36,
        "原価": [600_000] * 72,
        "商品": [f"商品名のとても長いもの{at % 9}" for at in range(72)],
    }
    plans = {
        **{header: [long] for header in ("目標", "ニーズ", "提供できる解決策", "関係者", "リスク")},
        "顧客名": [name],
        "目標売上": [90_000_000],
        "次回見直し日": ["2025/1/31"],
    }
    actions = {
        "顧客名": [name] * 9,
        "内容": [f"{at} {long}" for at in range(9)],
        "担当": [long] * 9,
        "期限": ["2025/6/30"] * 9,
        "状態": ["未着手"] * 9,
    }
    return portfolio_of(customers, orders, date(2026, 1, 15), plans=plans, actions=actions)


def test_the_report_has_a_page_for_each_of_the_largest_key_accounts() -> None:
    portfolio = sample()
    keys = key_accounts(portfolio)["key"]
    sales = portfolio.customers["sales_12m"].where(keys).sort_values(ascending=False)
    pages = pages_of(portfolio)
    assert [page.position for page in pages] == list(sales.index[: limit("accounts")])
    assert len({page.anchor for page in pages}) == len(pages)
    assert f"{int(keys.sum())}社のうち" in pages[-1].notes[0].ja
    assert pages_of(golden()) == []


def test_the_history_is_the_orders_by_quarter() -> None:
    portfolio = sample()
    position = pages_of(portfolio)[0].position
    figure = pages_of(portfolio)[0].history
    assert figure is not None
    assert portfolio.orders is not None
    own = portfolio.orders[portfolio.orders["customer"] == position]
    history = sales_history(portfolio, limit("quarters"))
    for period, bar, previous in zip(history.periods, figure.bars, history.previous[position], strict=True):
        inside = own[(own["date"].dt.date >= period.first) & (own["date"].dt.date <= period.last)]
        assert bar.value == pytest.approx(inside["amount"].sum() / 1_000_000)
        assert bar.previous is None or bar.previous == pytest.approx(previous / 1_000_000)
    assert [bar.previous is None for bar in figure.bars] == [not told for told in history.told]
    assert any(bar.previous is not None for bar in figure.bars)
    assert sum(bar.value for bar in figure.bars[-4:]) == pytest.approx(
        portfolio.customers["sales_12m"].iloc[position] / 1_000_000
    )


def test_a_quarter_that_still_runs_is_told_and_the_first_one_has_no_year_before() -> None:
    page = accounts.page(read(crowded()), 0)
    assert page.history is not None
    assert [bar.partial for bar in page.history.bars] == [False] * 11 + [True]
    assert page.history.note is not None
    assert "途中経過" in page.history.note.ja
    drawn = svg(page.history, "ja", "h")
    assert "2025年度" in drawn
    assert all(bar.display.ja in drawn for bar in page.history.bars)


def test_scores_and_their_changes_are_the_explanations() -> None:
    portfolio, before = sample(), earlier()
    position = pages_of(portfolio)[0].position
    rows = accounts.page(read(portfolio, before), position).scores.rows
    for row in rows:
        found = explain(portfolio, position, str(row[0].value), before)
        assert (row[1].value, row[2].value, row[3].value) == (found.score, found.level, found.change)
    assert len(accounts.page(read(portfolio), position).scores.columns) == 4


def test_products_are_the_grids_bought_first_then_what_peers_buy() -> None:
    portfolio = sample()
    for page in pages_of(portfolio):
        assert page.whitespace is not None
        grid = whitespace_grid(portfolio, [page.position])
        worth = dict(zip(grid.products, zip(grid.sales[:, 0], grid.value[:, 0], strict=True), strict=True))
        assert len(page.whitespace.rows) <= limit("products")
        for row in page.whitespace.rows:
            sales, value = worth[str(row[0].value)]
            assert row[1].value == sales
            assert row[3].value is None or row[3].value == value
        best = next_for(portfolio, page.position, top=1)["product"].iloc[0]
        assert str(best) in page.offer[0].text.ja


def test_plan_actions_and_loss_are_the_engines() -> None:
    portfolio = sample()
    for page in pages_of(portfolio):
        plan = plan_of(portfolio, page.position)
        assert plan is not None
        assert plan.goal is not None
        facts = {fact.label.ja: fact.text.ja for fact in page.plan}
        assert facts["目標"][:10] == plan.goal[:10]
        assert percent(plan.progress, 0).ja in facts["目標売上"]
        found = open_actions(portfolio, page.position)
        shown = page.actions.rows if page.actions else ()
        assert [row[0].value for row in shown] == [action.what for action in found][: limit("account_actions")]
        assert [row[2].tone == "keep" for row in shown] == [action.overdue for action in found][: len(shown)]
        trial = if_lost(portfolio, [str(portfolio.customers["customer_id"].iloc[page.position])])
        assert trial.row("sales").verdict.ja in page.lost.text.ja
        assert f"{trial.row('hhi').then:,.0f}" in page.lost.text.ja


def test_a_customer_without_plan_orders_or_actions_is_told_kindly() -> None:
    page = accounts.page(read(golden()), 0)
    assert (page.history, page.plan, page.whitespace, page.actions) == (None, (), None, None)
    assert page.history_missing is not None
    assert "取引の表がありません" in page.history_missing.ja
    assert page.actions_missing is not None
    assert "アクションの表がありません" in page.actions_missing.ja
    assert page.offer[0].text.ja == "算出不可"
    assert "5,408" in page.lost.text.ja
    only = accounts.page(read(portfolio_of({"顧客名": ["一社"], "年間売上": [100]}, as_of=date(2026, 11, 22))), 0)
    assert "HHIは算出不可" in only.lost.text.ja


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_an_account_is_one_page_however_much_is_written(lang: str) -> None:
    portfolio = crowded()
    found = view.of_accounts(portfolio, [0])[0]
    printed = render.pdf(render.html(found, "ja" if lang == "ja" else "en", "print"), portfolio.as_of)
    assert printed.complaints == ()
    with pikepdf.open(BytesIO(printed.content)) as document:
        assert len(document.pages) == 1


def test_only_a_key_account_is_called_one() -> None:
    portfolio = sample()
    keys = key_accounts(portfolio)["key"].to_numpy(dtype=bool)
    for position in (int(keys.argmax()), int((~keys).argmax())):
        title = view.of_accounts(portfolio, [position])[0].title
        assert title.ja.startswith("重点アカウント") == title.en.startswith("Key account") == bool(keys[position])


def test_hostile_names_are_safe_on_a_page() -> None:
    portfolio = hostile()
    for number, report in enumerate(view.of_accounts(portfolio, range(len(portfolio)))):
        for place, text in texts_in(report):
            for word in text:
                assert not {"\u202e", "\u202c", "\u200f", "🙂"} & set(word), place
        assert "<script>alert" not in render.html(report, "ja"), number
    assert GOLDEN["顧客名"][0] not in render.html(view.of_accounts(portfolio, [0])[0], "ja")
