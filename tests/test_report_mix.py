"""R3 make-up and change, and growth beside others: bridges that sum up, shares and gaps as the engine gives them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from helpers.builders import portfolio_of
from helpers.reports import earlier, golden, hostile, report_of, sample, section

from engine.explanation.persona import segment_profiles
from engine.lists import benchmarks
from engine.lists.summary import summarise
from engine.measures.profit.price_volume import price_volume
from engine.measures.profit.product_mix import product_mix
from engine.measures.retention.bridges import revenue_bridge
from engine.measures.retention.periods import period_of
from engine.scoring.concentration import measure
from report_templates.charts import specification, svg
from report_templates.document.figures_money import Waterfall
from report_templates.print import render
from report_templates.sections.structure.mix import Mix
from report_templates.sections.structure.position import Position
from report_templates.view import view

DAY = date(2026, 9, 30)


@pytest.fixture
def page() -> Mix:
    found: Mix = section(report_of(sample()), "mix")
    return found


@pytest.fixture
def beside() -> Position:
    found: Position = section(report_of(sample()), "position")
    return found


def check_sum(figure: Waterfall) -> None:
    """Every bar begins where the one above ends, and the changes lead from the first sum to the last, exactly."""
    first, *changes, last = figure.steps
    assert first.value + sum(step.value for step in changes) == last.value
    level = first.end
    for step in changes:
        assert step.start == pytest.approx(level)
        assert (step.kind == "up") is (step.value > 0)
        assert step.display.ja.startswith("+" if step.value > 0 else ("△", "0"))
        level = step.end
    assert level == pytest.approx(last.end)
    assert all(figure.ends[0] <= step.end <= figure.ends[1] for step in figure.steps)


def test_the_bridge_is_the_engines_and_sums_up(page: Mix) -> None:
    assert page.bridge is not None
    check_sum(page.bridge)
    portfolio = sample()
    whole = revenue_bridge(portfolio, period_of(None, portfolio.as_of)).iloc[0]
    by_name = {step.label.ja: step.value for step in page.bridge.steps}
    assert by_name["前年"] == portfolio.frame["sales_prev_12m"].sum()
    assert by_name["直近12か月"] == portfolio.frame["sales_12m"].sum()
    assert (by_name["新規"], by_name["復帰"], by_name["離脱"]) == (whole["new"], whole["returned"], -whole["churn"])
    groups = revenue_bridge(portfolio, period_of(None, portfolio.as_of), "業界").set_index("group")
    retail = groups.loc["小売"].to_dict()
    assert by_name["小売"] == retail["expansion"] - retail["contraction"]


def test_the_causes_are_the_engines_and_sum_up(page: Mix) -> None:
    assert page.causes is not None
    check_sum(page.causes)
    own = price_volume(sample())
    by_name = {step.label.ja: step.value for step in page.causes.steps}
    assert (by_name["価格"], by_name["数量"], by_name["顧客の構成"]) == (own.price, own.volume, own.mix)
    assert f"{own.customers}社" in page.causes.title.ja


def test_the_message_names_the_largest_changes(page: Mix) -> None:
    assert page.bridge is not None
    changes = page.bridge.steps[1:-1]
    worst, best = min(changes, key=lambda step: step.value), max(changes, key=lambda step: step.value)
    frame = sample().frame
    rate = frame["sales_12m"].sum() / frame["sales_prev_12m"].sum() - 1
    assert page.message.ja.startswith(
        f"売上は前年比△{abs(rate):.1%}。「{worst.label.ja}」が{sample().money(-worst.value, 'ja')}押し下げ"
    )
    assert f"「{best.label.ja}」が{sample().money(best.value, 'ja')}押し上げた" in page.message.ja


def test_decreases_differ_in_form_and_colour(page: Mix) -> None:
    assert page.bridge is not None
    rows = next(rows for rows in specification(page.bridge, "ja")["datasets"].values() if "kind" in rows[0])
    fills = {row["kind"]: row["fill"] for row in rows}
    assert fills["down"] == "#ffffff"
    assert len(set(fills.values())) == 3
    assert len({row["rim"] for row in rows}) == 3


def test_further_lines_and_the_spread(page: Mix) -> None:
    portfolio = sample()
    bars = {each.key: each for each in page.bars}
    assert list(bars) == ["mix-industry", "mix-region", "mix-product"]
    hhi = measure(portfolio, "hhi", "region")
    assert bars["mix-region"].note is not None
    assert bars["mix-region"].note.ja == f"8区分、HHI {hhi:,.0f}"
    assert [row.value for row in bars["mix-product"].rows[:3]] == pytest.approx(
        product_mix(portfolio)["share"][:3].tolist()
    )
    assert page.others is not None
    lines = {row[0].text.ja: row[1].text.ja for row in page.others.rows}
    assert list(lines) == ["規模", "チャネル", "新規・既存", "ABC", "デシル"]
    first = summarise(portfolio, measures=("share",), scheme="decile").iloc[0]
    assert f"\u00a0{first['share'] * 100:.1f}、" in lines["デシル"]  # the space does not break
    for line in lines.values():
        assert sum(round(float(part.rpartition("\u00a0")[2]) * 10) for part in line.split("、")) == 1000


def test_a_typed_table_keeps_the_value_map_and_says_what_is_missing() -> None:
    found = section(report_of(golden()), "mix")
    assert found.bridge is None
    assert found.map is not None
    assert "収益性は算出不可" in found.notes[0].ja
    keys = [each.key for each in report_of(golden()).sections]
    assert not {"profit", "position", "opportunities"} & set(keys)


def test_without_quantities_the_causes_say_so() -> None:
    days = [date(2024, 9, 1), date(2025, 6, 1), date(2026, 6, 1)]
    orders = {"顧客名": ["甲"] * 3, "取引日": days, "金額": [100, 200, 300], "商品": ["板"] * 3}
    found = section(view.build(portfolio_of(orders=orders, as_of=DAY)), "mix")
    assert found.bridge is not None
    check_sum(found.bridge)
    assert found.causes is None
    assert found.causes_note.ja.startswith("価格・数量・構成は算出不可: 取引表に数量")


def test_returns_beyond_sales_keep_the_bridge_exact() -> None:
    days = [date(2024, 9, 1), date(2025, 6, 1), date(2026, 6, 1), date(2026, 6, 2)]
    orders = {"顧客名": ["甲", "乙", "甲", "乙"], "取引日": days, "金額": [1, 900, 1500, -400]}
    found = section(view.build(portfolio_of(orders=orders, as_of=DAY)), "mix")
    check_sum(found.bridge)
    assert {step.label.ja: step.value for step in found.bridge.steps}["返品の超過"] == -400


def test_others_figures_stand_beside_ones_own(beside: Position) -> None:
    own = benchmarks.compare(sample())
    rows = [row for table in beside.tables for row in table.rows]
    assert [(row[1].value, row[2].value, row[3].value) for row in rows] == [(c.own, c.other, c.gap) for c in own]
    assert [table.caption.ja for table in beside.tables] == [
        f"自社と{who}" for who in dict.fromkeys(each.who for each in own)
    ]
    for table in beside.tables:
        assert table.note is not None
        assert table.note.ja.startswith("出典: ")
        assert all(
            f"({c.day.year}/{c.day.month}/{c.day.day})" in table.note.ja for c in own if c.who in table.caption.ja
        )
    whole = max((c for c in own if not c.item and c.gap is not None), key=lambda c: abs((c.gap or 0) / c.other))
    assert whole.label.ja in beside.message.ja


def test_benchmarks_that_cannot_be_compared_say_why() -> None:
    table = {
        "比較先": ["<b>A社</b>"] * 2,
        "指標": ["粗利率", "知らない指標"],
        "値": ["30%", "5"],
        "出典": ["<i>本</i>"] * 2,
        "時点": [date(2020, 1, 1)] * 2,
    }
    report = view.build(portfolio_of({"顧客名": ["甲"], "年間売上": [10]}, as_of=DAY, benchmarks=table))
    found = section(report, "position")
    assert found.map is None
    assert found.message.ja == "他社の指標2件と比べられる自社の値がない"
    (shown,) = found.tables
    assert [row[1].text.ja for row in shown.rows] == ["算出不可"] * 2
    assert "※は古い値" in shown.note.ja
    assert "算出不可: " in shown.note.ja
    markup = render.html(report, "ja")
    assert "<i>本" not in markup
    assert "<b>A社" not in markup


def test_hostile_words_are_drawn_as_text(page: Mix) -> None:
    assert page.bridge is not None
    assert svg(page.bridge, "en", "bridge").count("<title") == 1
    assert "<script>alert" not in render.html(report_of(hostile()), "en")


def test_segments_show_their_rhythm_and_the_change_since_the_last_review() -> None:
    before = earlier()
    table = section(view.build(sample(), before), "segments").table
    counts = summarise(before, measures=("customers",)).set_index("group")["customers"]
    profiles = {each.code: each for each in segment_profiles(sample())}
    for row in table.rows:
        own = profiles[str(row[0].value)]
        expected = [None if np.isnan(each) else each for each in (own.recency, own.frequency, own.monetary)]
        assert [cell.value for cell in row[8:11]] == expected
        assert row[11].value == row[1].value - counts.get(str(row[0].value), 0)
    assert table.note.ja.endswith("前回差は2026/6/30の社数との差。")


def test_segments_of_a_typed_table_have_no_rhythm() -> None:
    table = section(report_of(golden()), "segments").table
    assert [column.head.ja for column in table.columns][-1] == "リスク点"
    assert "中央値" not in table.note.ja


def test_regions_are_told_with_customers_and_sales(page: Mix) -> None:
    rows = summarise(sample(), by="region", measures=("customers", "sales"))
    first = rows.iloc[0]
    told = f"{first['label_ja']} {first['customers']}社 {first['sales'] / 1e6:.1f}"
    assert page.bars_note.ja.startswith(f"地域の社数と売上(百万円): {told}、")
    rest = rows.iloc[5:]
    assert f"その他 {rest['customers'].sum()}社 {rest['sales'].sum() / 1e6:.1f}。" in page.bars_note.ja
    assert "HHI" in next(bars for bars in page.bars if bars.key == "mix-region").note.ja  # type: ignore[union-attr]


def test_without_a_bridge_the_regions_come_with_their_index() -> None:
    table = {
        "顧客名": ["甲", "乙", "丙"],
        "地域": ["関東", "関東", "近畿"],
        "年間売上": [3_000_000, 1_000_000, 1_000_000],
    }
    small = portfolio_of(table, as_of=DAY)
    found = section(report_of(small), "mix")
    assert "関東 2社 4,000、近畿 1社 1,000。" in found.bars_note.ja
    assert "地域のHHIは6,800。" in found.bars_note.ja  # 80² + 20²
    assert "地域" not in section(report_of(golden()), "mix").bars_note.ja
