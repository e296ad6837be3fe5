"""R3 profitability: quadrants, whale curve, best and worst as the engine gives them; losses, small and odd companies."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from helpers.builders import portfolio_of
from helpers.reports import report_of, sample, section

from engine.measures import profit
from engine.scoring.portfolio import Portfolio
from report_templates.charts import svg
from report_templates.sections.structure.profit import Profit
from report_templates.view import view

DAY = date(2026, 9, 30)


@pytest.fixture
def page() -> Profit:
    found: Profit = section(report_of(sample()), "profit")
    return found


def small(costs: list[int], sales: int = 1_000_000) -> Portfolio:
    """Return one customer per cost, each with one order a month."""
    days = [DAY - timedelta(days=30 * back) for back in range(6)]
    orders = {
        "顧客名": [f"客{number}" for number in range(len(costs)) for _ in days],
        "取引日": days * len(costs),
        "金額": [sales * (number + 1) for number in range(len(costs)) for _ in days],
        "原価": [cost for cost in costs for _ in days],
    }
    return portfolio_of(orders=orders, as_of=DAY)


def test_the_message_is_the_whale_curves_and_the_maps(page: Profit) -> None:
    portfolio = sample()
    curve, found = profit.whale_curve(portfolio), profit.profit_map(portfolio)
    share = curve.share_at(0.2)
    assert share is not None
    low = found.points[found.points["quadrant"] == "high_low"]
    sold = low["x"].sum() / portfolio.frame["sales_12m"].sum()
    assert page.message.ja == (
        f"純利益{portfolio.money(curve.total, 'ja')}の{share:.1%}を上位20.0%の24社が稼ぐ。"
        f"{len(curve.destroyers)}社が計{portfolio.money(-curve.destroyed, 'ja')}の赤字。"
        f"売上の{sold:.1%}は粗利率の低い「採算改善」の{len(low)}社"
    ).replace("20.0%", "20%")


def test_the_map_holds_every_customer_with_sales_and_margin_and_names_four_fields(page: Profit) -> None:
    found = profit.profit_map(sample())
    drawn = found.points[found.points["x"] > 0]
    assert page.map is not None
    assert len(page.map.bubbles) == len(drawn)
    assert [each.x for each in page.map.bubbles] == pytest.approx((drawn["x"] / 1e6).tolist())
    assert page.map.corners is not None
    for text, code in zip(page.map.corners, ("low_high", "high_high", "low_low", "high_low"), strict=True):
        n = int((found.points["quadrant"] == code).sum())
        assert text.ja.startswith(f"{found.names[code].ja} {n}社(純利益の")
    assert page.map.limits[0].value == pytest.approx(found.y.at)
    assert page.map.uprights[0].value == pytest.approx(found.x.at / 1e6)
    assert sum(each.loss for each in page.map.bubbles) == int((drawn["size"] < 0).sum())


def test_names_are_those_of_the_largest(page: Profit) -> None:
    assert page.map is not None
    named = [each for each in page.map.bubbles if each.label is not None]
    assert len(named) >= 6
    assert f"上位{len(named)}社" in page.map.title.ja
    assert page.map.bubbles[0] in named


def test_the_whale_ends_at_the_whole_and_marks_its_peak(page: Profit) -> None:
    curve = profit.whale_curve(sample())
    assert page.whale.points[0] == (0, 0.0)
    assert page.whale.points[-1] == (len(curve.customers), 1.0)
    peak = page.whale.turns[-1]
    assert peak.n == curve.peak_customers
    assert peak.level == pytest.approx(curve.peak_share)
    assert f"{curve.peak_share:.1%}" in peak.name.ja
    assert page.whale.ends[1] > peak.level > 1.0


def test_best_and_worst_five_are_named_with_what_they_leave(page: Profit) -> None:
    curve, frame = profit.whale_curve(sample()), sample().frame
    assert [row[0].value for row in page.best.rows] == curve.customers[:5].tolist()
    assert page.worst is not None
    assert [row[0].value for row in page.worst.rows[: len(curve.destroyers)]] == curve.destroyers.tolist()
    for table in (page.best, page.worst):
        for row in table.rows:
            own = frame.iloc[int(row[0].value)]  # type: ignore[arg-type]  # the first cell holds the position
            assert (row[1].value, row[3].value) == (own["sales_12m"], own["net_profit_12m"])
            assert row[2].value == pytest.approx(own["margin_rate"])
    assert page.worst.rows[0][3].tone == "loss"
    assert page.worst.rows[0][3].text.ja.startswith("△")
    assert "純利益" in page.notes[0].ja


def test_without_costs_to_serve_gross_profit_is_meant_and_said() -> None:
    found = section(view.build(small([500_000, 1_500_000, 900_000])), "profit")
    assert found.message.ja.startswith("粗利")
    assert "純利益は算出不可" in found.notes[0].ja
    assert found.message.ja.count("赤字の顧客はない") == 1
    assert [column.head.ja for column in found.best.columns] == ["顧客", "売上", "粗利率 %", "粗利"]
    assert not {row[0].value for row in found.best.rows} & {row[0].value for row in found.worst.rows}


def test_a_company_that_loses_money_is_read_in_money() -> None:
    portfolio = small([1_500_000, 2_500_000, 3_500_000])
    found = section(view.build(portfolio), "profit")
    assert "利益が出ていない" in found.message.ja
    assert not found.whale.percent
    assert found.whale.ends[0] < 0
    assert found.whale.points[-1][1] == pytest.approx(-9.0)
    assert all(each.loss for each in found.map.bubbles)
    for lang in ("ja", "en"):
        assert svg(found.whale, lang, "whale").startswith("<svg")
        assert svg(found.map, lang, "map").startswith("<svg")


def test_one_customer_has_a_page_that_can_be_drawn() -> None:
    found = section(view.build(small([400_000])), "profit")
    assert found.worst is None
    assert len(found.best.rows) == 1
    assert svg(found.map, "ja", "map").startswith("<svg")
    assert svg(found.whale, "ja", "whale").startswith("<svg")
    assert np.isfinite(found.map.y_ends).all()
