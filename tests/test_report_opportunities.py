"""R5 opportunities: rows, sums, gaps and late customers as the engine gives them; pages that shrink with the data."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from helpers.builders import portfolio_of
from helpers.reports import HOSTILE, golden, report_of, sample, section

from engine.lists.actions import actions
from engine.measures import opportunities
from engine.measures.opportunities import category_grid, whitespace_grid
from report_templates.print import render
from report_templates.sections.future.opportunities import Opportunities
from report_templates.view import view

DAY = date(2026, 9, 30)


@pytest.fixture
def page() -> Opportunities:
    found: Opportunities = section(report_of(sample()), "opportunities")
    return found


def test_the_message_is_the_largest_opportunity_and_no_sum(page: Opportunities) -> None:
    portfolio = sample()
    found = opportunities.ranked(portfolio)
    best = found.iloc[int(found["expected"].to_numpy(np.float64).argmax())]
    late = opportunities.overdue(portfolio)
    name = str(portfolio.frame["name"].iloc[int(best["customer"])]).replace("株式会社", "㈱")
    assert page.message.ja == (
        f"提案{len(found)}件のうち最も大きいのは、「{name}」への「{best['product']}」の年{portfolio.money(best['expected'], 'ja')}。"
        f"いつもの間隔より注文が遅れているのは{len(late)}社"
    )


def test_the_list_is_ranked_with_evidence_and_date(page: Opportunities) -> None:
    portfolio = sample()
    found, dates = opportunities.ranked(portfolio), actions(portfolio)["next_contact"]
    assert page.table is not None
    for row, own in zip(page.table.rows, found.to_dict("records"), strict=False):
        assert (row[0].value, row[1].value, row[2].value, row[3].value) == (
            own["customer"], own["product"], own["kind"], own["n"],
        )  # fmt: skip
        assert row[4].value == pytest.approx(own["lift"])
        assert row[5].value == own["expected"]
        moment = dates.iloc[own["customer"]].date()
        assert row[6].value == moment
        assert (row[6].text.ja == "いま") is (moment <= portfolio.as_of)
    assert f"全{len(found)}件" in page.table.caption.ja


def test_the_sums_by_kind_and_by_segment_are_the_same_money(page: Opportunities) -> None:
    found = opportunities.ranked(sample())
    by_kind, by_segment = page.bars
    whole = found["expected"].sum() / 1000
    assert sum(row.value for row in by_kind.rows) == pytest.approx(whole)
    assert sum(row.value for row in by_segment.rows) == pytest.approx(whole)
    assert by_kind.top == by_segment.top
    own = found.groupby("kind")["expected"].sum()
    assert by_kind.rows[0].value == pytest.approx(own["cross_sell"] / 1000)


def test_the_grid_shows_shares_of_what_is_bought_and_frames_the_gaps(page: Opportunities) -> None:
    portfolio = sample()
    assert page.grid is not None
    listed = portfolio.frame["sales_12m"].fillna(0).sort_values(ascending=False, kind="stable").index[:8].tolist()
    grid = category_grid(portfolio, listed)
    bought = grid.sales.sum(axis=0)
    for column, cells in enumerate(page.grid.cells):
        for row, cell in enumerate(cells):
            if grid.sales[row, column] > 0:
                assert cell is not None
                assert cell.value == pytest.approx(grid.sales[row, column] / bought[column])
                assert not cell.framed
            elif np.isnan(grid.penetration[row, column]):
                assert cell is None
            else:
                assert cell is not None
                assert cell.framed
                assert cell.value == pytest.approx(grid.value[row, column])


def test_categories_sum_products_and_keep_the_best_gap() -> None:
    portfolio = sample()
    grid, fine = category_grid(portfolio, [0, 2]), whitespace_grid(portfolio, [0, 2])
    assert (grid.sales.sum(axis=0) == fine.sales.sum(axis=0)).all()
    assert np.nanmax(grid.value, axis=0) == pytest.approx(np.nanmax(fine.value, axis=0))
    assert len(grid.products) < len(fine.products)
    assert (np.diff(grid.sales.sum(axis=1)) <= 0).all()


def test_who_is_late_by_its_own_rhythm(page: Opportunities) -> None:
    late = opportunities.overdue(sample())
    assert page.late is not None
    assert [(row[0].value, row[2].value, row[3].value, row[4].value) for row in page.late.rows] == [
        (row["customer"], row["gap_median"], row["days_late"], row["expected"]) for row in late.to_dict("records")[:8]
    ]


def test_a_typed_table_has_no_page() -> None:
    assert "opportunities" not in [each.key for each in report_of(golden()).sections]


def test_orders_without_products_leave_the_late_and_say_what_is_missing() -> None:
    days = [DAY - timedelta(days=100 + 10 * back) for back in range(8)]
    orders = {"顧客名": [HOSTILE[0]] * 8, "取引日": days, "金額": [1000] * 8}
    report = view.build(portfolio_of(orders=orders, as_of=DAY))
    found = section(report, "opportunities")
    assert found.table is None
    assert found.bars == ()
    assert found.grid is None
    assert found.message.ja == "いつもの間隔より注文が遅れているのは1社"
    assert found.notes[0].ja.startswith("クロスセル・アップセルは算出不可: ")
    assert "商品" in found.notes[0].ja
    assert "<script>alert" not in render.html(report, "ja")


def test_products_without_costs_have_evidence_but_no_worth() -> None:
    names = [f"客{number}" for number in range(12) for _ in range(2)]
    products = ["<板>" if turn == 0 or number == 11 else "箱" for number in range(12) for turn in range(2)]
    orders = {"顧客名": names, "取引日": [DAY - timedelta(days=5)] * 24, "金額": [1000] * 24, "商品": products}
    report = view.build(portfolio_of(orders=orders, as_of=DAY))
    found = section(report, "opportunities")
    assert found.message.ja.startswith("提案1件の期待粗利は算出不可")
    assert found.table.rows[0][5].text.ja == "算出不可"
    assert found.bars == ()
    assert any(cell.text.ja == "空白" for cells in found.grid.cells for cell in cells if cell is not None)
    assert "&lt;板&gt;" in render.html(report, "en")
    assert any("注文の遅れは算出不可" in note.ja for note in found.notes)
