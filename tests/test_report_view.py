"""The view: its numbers are the Portfolio's, its sentences are made of them, and it shrinks with the data."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import HOSTILE, golden, hostile, report_of, sample, section, texts_in

from engine.definition.definition import Definition
from engine.language.errors import Text
from engine.lists.summary import summarise
from engine.scoring.concentration import measure
from engine.scoring.portfolio import Portfolio
from report_templates.document.report_data import read
from report_templates.print import render
from report_templates.sections.customers.actions import whom_first
from report_templates.sections.record.quality import checks
from report_templates.texts.formatting import Money, known
from report_templates.texts.settings import limit
from report_templates.texts.typeface import GETA

QUIET = {
    "顧客名": [f"顧客{number:02}" for number in range(1, 41)],
    "業界": ["製造", "IT", "飲食", "物流"] * 10,
    "地域": ["関東", "近畿", "中部", "九州", "東北"] * 8,
    "年間売上": [1_000_000 + 1_000 * number for number in range(40)],
    "継続性": ["高"] * 40,
    "成長ポテンシャル": ["低"] * 40,
    "リスク": ["低"] * 40,
}


def quiet() -> Portfolio:
    return portfolio_of(QUIET, as_of=date(2026, 11, 22))


def five() -> Portfolio:
    orders = {
        "顧客名": ["い", "ろ", "は", "に", "ほ", "い"],
        "取引日": ["2026/10/1", "2026/9/1", "2026/8/1", "2026/7/1", "2026/6/1", "2026/10/9"],
        "金額": [100, 200, 300, 400, 500, 600],
    }
    return portfolio_of(orders=orders, as_of=date(2026, 10, 31))


def unsold() -> Portfolio:
    return portfolio_of({"顧客名": ["甲", "乙"], "業界": ["製造", "IT"]}, as_of=date(2026, 10, 31))


PORTFOLIOS = [golden, sample, hostile, quiet, five, unsold]


@pytest.mark.parametrize("make", PORTFOLIOS)
def test_every_sentence_is_there_in_both_languages(make: Callable[[], Portfolio]) -> None:
    optional = (".unit", ".group", ".note", ".detail", ".name")
    for place, text in texts_in(report_of(make())):
        both = bool(text.ja.strip()), bool(text.en.strip())
        assert both == (True, True) or (both == (False, False) and place.endswith((*optional, ".text"))), place
        assert "{n" not in text.ja
        assert "Text(" not in text.en
        assert "nan" not in text.en.lower().split()


def test_the_golden_example_reads_as_published() -> None:
    report = report_of(golden())
    tiles = {tile.key: tile for tile in section(report, "summary").tiles}
    assert tiles["top"].number.ja == "51.7%"
    assert tiles["hhi"].number.ja == "3,936"
    assert round(tiles["hhi"].value) == 3936
    bars = section(report, "concentration").bars.rows
    assert [row.display.ja for row in bars] == ["51.7", "31.0", "17.3"]
    strategies = {row[0].text.ja for row in section(report, "actions").strategies.rows}
    assert strategies == {"クロスセルを狙う", "アップセルで深耕", "再契約の機会を探る"}
    fired = {row[0].value for row in section(report, "tests").table.rows if row[1].value in ("severe", "warning")}
    assert {"dependence", "concentration", "single"} <= fired


def test_the_first_page_has_a_conclusion_five_numbers_and_three_decisions_at_most() -> None:
    page = section(report_of(sample()), "summary")
    assert len(page.tiles) == 5
    assert page.message.ja.startswith("売上は前年比")
    assert 1 <= len(page.decisions) <= limit("decisions")
    assert all("担当" in decision.who.ja and "期限" in decision.who.ja for decision in page.decisions)
    assert len(page.alerts) <= limit("alerts")


def test_tiles_are_the_portfolios_numbers() -> None:
    portfolio = sample()
    frame = portfolio.customers
    tiles = {tile.key: tile.value for tile in section(report_of(portfolio), "summary").tiles}
    assert tiles["sales"] == frame["sales_12m"].sum()
    assert tiles["buyers"] == (frame["sales_12m"] > 0).sum()
    assert tiles["top"] == pytest.approx(measure(portfolio, "cr1"))
    assert tiles["profit"] == frame["gross_profit_12m"].sum()
    assert tiles["risk"] == frame.loc[frame["level_risk"] == "high", "sales_12m"].clip(lower=0).sum()


def test_segments_are_those_of_the_summary_and_add_up() -> None:
    portfolio = sample()
    table = section(report_of(portfolio), "segments").table
    expected = summarise(portfolio).set_index("group")
    assert sum(row[1].value for row in table.rows) == len(portfolio) == table.total[1].value
    assert sum(row[2].value for row in table.rows) == portfolio.customers["sales_12m"].sum()
    assert round(sum(float(row[3].text.en) for row in table.rows), 1) == 100.0
    for row in table.rows:
        assert row[1].value == expected.loc[row[0].value, "customers"]
        assert row[6].value == pytest.approx(known(expected.loc[row[0].value, "score"]))


def test_the_composition_is_the_summarys_and_the_rest_is_summed() -> None:
    portfolio = sample()
    bars = {each.key: each for each in section(report_of(portfolio), "mix").bars}
    for dimension in ("industry", "region"):
        rows = bars[f"mix-{dimension}"].rows
        expected = summarise(portfolio, by=dimension)["share"].to_numpy(float)
        assert len(rows) <= limit("bars")
        assert [row.value for row in rows[:3]] == pytest.approx(list(expected[:3]))
        assert sum(row.value for row in rows) == pytest.approx(1.0)


def test_the_map_shows_sales_and_growth_of_the_portfolio() -> None:
    portfolio = sample()
    figure = section(report_of(portfolio), "position").map
    frame = portfolio.customers.sort_values("sales_12m", ascending=False)
    largest = frame.iloc[0]
    first = figure.bubbles[0]
    assert first.x == pytest.approx(float(largest["sales_12m"]) / 1_000_000)
    assert first.y == pytest.approx(float(largest["growth_rate"]))
    assert first.tone == largest["segment_standard"]
    drawable = frame[(frame["sales_12m"] > 0).fillna(False) & frame["growth_rate"].notna()]
    assert len(figure.bubbles) == min(len(drawable), limit("bubbles"))


def test_every_test_of_the_portfolio_is_on_the_page_gravest_first() -> None:
    portfolio = sample()
    rows = section(report_of(portfolio), "tests").table.rows
    assert {(row[0].value, row[2].value, row[1].value) for row in rows} == {
        (alert.code, alert.value, alert.verdict) for alert in portfolio.alerts
    }
    order = [("severe", "warning", "caution", "ok", "unavailable").index(row[1].value) for row in rows]
    assert order == sorted(order)


def test_priorities_are_the_customers_at_risk_then_those_that_grow_by_sales() -> None:
    portfolio = sample()
    page = section(report_of(portfolio), "actions")
    frame = portfolio.customers.set_index("customer_id")
    identities = [(row[0].value, row[1].value) for row in page.priorities.rows]
    assert len(identities) <= limit("priorities")
    keep = [identity for identity, aim in identities if aim == "keep"]
    grow = [identity for identity, aim in identities if aim == "grow"]
    assert set(frame.loc[keep, "level_risk"]) <= {"high"}
    assert set(frame.loc[grow, "level_growth"]) <= {"high"}
    for group in (keep, grow):
        sales = list(frame.loc[group, "sales_12m"])
        assert sales == sorted(sales, reverse=True)
    assert [identity for identity, _ in identities] == keep + grow
    assert whom_first(read(portfolio))[0] == [portfolio.position(identity) for identity in keep]


def test_strategies_hold_every_customer_once() -> None:
    portfolio = sample()
    rows = section(report_of(portfolio), "actions").strategies.rows
    assert sum(row[1].value for row in rows) == len(portfolio)
    assert sum(row[2].value for row in rows) == pytest.approx(float(portfolio.customers["sales_12m"].sum()))


def test_definitions_show_value_unit_and_source() -> None:
    portfolio = golden()
    rows = {row[0].value: row for row in section(report_of(portfolio), "definitions").thresholds.rows}
    assert rows["alerts.dependence"][1].text.ja == "注意 10% / 警告 20% / 重大 30%"
    assert "ASC 280-10-50-42" in rows["alerts.dependence"][3].text.ja
    assert rows["alerts.concentration"][1].text.en == "Caution 1,500 / Warning 2,500"
    assert all(row[2].text.ja and row[3].text.ja for row in rows.values())


def test_every_reconciliation_holds_and_rows_are_used_or_listed() -> None:
    portfolio = sample()
    assert all(check.holds for check in checks(read(portfolio)))
    page = section(report_of(portfolio), "quality")
    for row in page.sources.rows:
        assert row[2].value == row[3].value + row[4].value
    assert {row[0].value for row in page.sources.rows} == {source.table for source in portfolio.sources}


def test_unusable_rows_are_told_and_asked_about() -> None:
    orders = {"顧客名": ["甲", "甲", "乙"], "取引日": ["2026/10/1", "いつか", "2026/9/1"], "金額": [100, 200, 300]}
    report = report_of(portfolio_of(orders=orders, as_of=date(2026, 10, 31)))
    page = section(report, "quality")
    assert "1行を除外" in page.message.ja
    assert page.findings is not None
    assert page.findings.rows[0][0].value == "error"
    assert any("使えなかった1行" in decision.ask.ja for decision in section(report, "summary").decisions)


def test_a_customer_table_alone_says_what_is_missing() -> None:
    report = report_of(golden())
    page = section(report, "summary")
    assert page.gaps is not None
    assert "取引" in page.gaps.ja
    assert "取引データがないため算出不可" in page.tiles[0].detail.ja
    assert "3社" in page.notes[0].ja
    assert section(report, "mix").map.y_title.ja == "継続性(点)"
    next_contacts = {row[5].text.ja for row in section(report, "actions").priorities.rows}
    assert next_contacts == {"算出不可"}


def test_a_quiet_portfolio_asks_for_nothing() -> None:
    report = report_of(quiet())
    page = section(report, "summary")
    assert page.alerts == ()
    assert page.decisions == ()
    assert page.message.ja.endswith("。大きな問題はない")
    assert section(report, "actions").priorities is None
    assert section(report, "tests").message.ja == "8テスト中1件は算出不可、ほかは該当しない"


def test_without_sales_the_report_shrinks_to_what_can_be_said() -> None:
    report = report_of(unsold())
    assert [each.key for each in report.sections] == [
        "summary",
        "segments",
        "actions",
        "tests",
        "definitions",
        "dictionary",
        "quality",
    ]
    assert section(report, "tests").message.ja.startswith("8テストはすべて算出不可")
    assert [each.key for each in section(report, "segments").panel.figures] == ["segment-customers"]
    tiles = section(report, "summary").tiles
    assert [tile.tone for tile in tiles if tile.key in ("sales", "top", "hhi")] == ["missing"] * 3


def test_orders_younger_than_two_years_tell_no_change() -> None:
    report = report_of(five())
    assert "前年" not in section(report, "summary").message.ja
    assert {row[4].text.ja for row in section(report, "segments").table.rows} == {"算出不可"}
    assert all(row.previous is None for bars in section(report, "mix").bars for row in bars.rows)


def test_stale_orders_are_told_on_the_first_page_and_the_last() -> None:
    orders = {"顧客名": ["甲", "乙"], "取引日": ["2026/6/1", "2026/5/1"], "金額": [100, 200]}
    report = report_of(portfolio_of(orders=orders, as_of=date(2026, 10, 31)))
    assert "152日前" in section(report, "summary").notes[0].ja
    assert "152日前" in section(report, "quality").message.ja
    assert not any("日前" in note.ja for note in section(report_of(sample()), "summary").notes)


def test_hostile_names_are_made_printable_and_the_report_says_so() -> None:
    report = report_of(hostile())
    for place, text in texts_in(report):
        for word in text:
            assert not {"\u202e", "\u202c", "\u200f", "🙂"} & set(word), place
    assert any(GETA in note.ja for note in section(report, "quality").notes)
    names = {row.label.ja for row in section(report, "concentration").bars.rows}
    assert HOSTILE[0][:6] in " ".join(names)
    assert any(name.endswith("…") for name in names)


def test_equal_names_are_told_apart_by_their_id() -> None:
    portfolio = portfolio_of(
        {"顧客ID": ["1", "2"], "顧客名": ["同名商事", "同名商事"], "年間売上": [100, 50]}, as_of=date(2026, 10, 31)
    )
    bars = section(report_of(portfolio), "concentration").bars
    assert [row.label.ja for row in bars.rows] == ["同名商事 [1]", "同名商事 [2]"]


def test_a_segment_of_the_users_own_is_shown_like_any_other() -> None:
    rules = [{"when": {"value": "high"}, "then": "戦略<顧客>"}, {"when": {}, "then": "その他"}]
    definition = Definition.from_rows([(f"standard.{place}", json.dumps(rule)) for place, rule in enumerate(rules, 1)])
    report = report_of(portfolio_of(GOLDEN, as_of=date(2026, 11, 22), definition=definition))
    figure = section(report, "mix").map
    assert {bubble.tone for bubble in figure.bubbles} == {"戦略<顧客>", "その他"}
    assert len(figure.legend) == 2
    assert "戦略&lt;顧客&gt;" in render.html(report, "ja")


def test_the_portfolio_is_not_changed_by_reading_it() -> None:
    portfolio = sample()
    before = portfolio.customers
    report_of.__wrapped__(portfolio)
    pd.testing.assert_frame_equal(before, portfolio.frame)


def test_the_unit_of_money_fits_the_total_and_is_said_once() -> None:
    assert Money.fitting(29_000_000, "JPY", 0).label.ja == "百万円"
    assert Money.fitting(250_000, "JPY", 0).label.ja == "千円"
    assert Money.fitting(999, "JPY", 0).label.ja == "円"
    dollars = Money.fitting(250_000_000, "USD", 2)
    assert dollars.label == Text("千ドル", "thousand USD")
    assert dollars.spoken(250_000_000).ja == "250万ドル"
    assert dollars.spoken(-250_000_000).en == "−$2.5 million"
    assert dollars.plain(None).ja == "算出不可"
    assert Money.fitting(29_000_000, "JPY", 0).plain(-1_500_000).ja == "△1.5"


def test_a_large_portfolio_is_drawn_with_limits() -> None:
    n = 3_000
    random = np.random.default_rng(7)
    customers = {
        "顧客名": [f"顧客{number:04}" for number in range(n)],
        "年間売上": (random.pareto(1.2, n) * 100_000 + 1_000).astype(int).tolist(),
        "継続性": ["中"] * n,
    }
    report = report_of(portfolio_of(customers, as_of=date(2026, 10, 31)))
    figure = section(report, "mix").map
    assert len(figure.bubbles) == limit("bubbles")
    assert figure.note is not None
    assert f"{limit('bubbles')}社を描く" in figure.note.ja
    curve = section(report, "concentration").curve
    assert len(curve.points) <= limit("curve") + 2
    assert curve.points[-1][1] == pytest.approx(1.0)
    assert "ほか2,990社" in section(report, "concentration").bars.note.ja
