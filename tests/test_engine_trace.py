"""Every answer leads back to rows of the input: exactly these rows, all of them, and to the definition that shaped it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import golden, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import metrics
from engine.definition.definition import Definition
from engine.explanation.trace import Trace, TraceLine, as_ranges, ranges_text, trace, trace_metric
from engine.explanation.trace.origins import lineage_of
from engine.language import words
from engine.language.errors import Refusal
from engine.measures import voice
from engine.reading.sources import read_files
from engine.runs.store.masking import mask
from engine.scoring.levels import AXES, CENTS
from engine.scoring.pipeline import score_tables
from engine.scoring.portfolio import Portfolio

DAY = date(2026, 9, 30)
Columns = dict[str, list[Any]]

CUSTOMERS: Columns = {
    "顧客ID": ["A", "B", "C", "D"],
    "顧客名": ["青葉", "北星", "中央", "第四"],
    "親ID": ["", "A", "", ""],
    "業界": ["製造", "IT", "製造", "IT"],
    "ターゲット規模": [3_000_000, 900_000, "", 500_000],
    "契約終了日": ["2026/12/31", "", "2027/3/31", ""],
    "延滞日数": [0, 3, "", 1],
    "与信枠": [500_000, 100_000, 300_000, ""],
    "市場成長率": ["3%", "", "1%", "2%"],
    "受注確率": ["50%", "20%", "", "70%"],
    "想定取引額": [90_000, "", 10_000, 5_000],
    "リスク": ["低", "", "高", ""],
}


def orders_of(count: int = 30) -> Columns:
    """Thirty months of orders of three customers, mixed together; the fourth never ordered."""
    made: Columns = {"顧客ID": [], "取引日": [], "金額": [], "原価": []}
    for turn in range(count):
        for place, who in enumerate("ABC"):
            if (turn + place) % (place + 1) == 0:
                made["顧客ID"].append(who)
                made["取引日"].append(f"{DAY - timedelta(days=30 * turn + 7 * place + turn % 3):%Y/%m/%d}")
                made["金額"].append(-4_000 if (turn, who) == (3, "A") else 10_000 + 1_700 * turn + 900 * place)
                made["原価"].append(5_000 + 300 * place)
    return made


CONTACTS: Columns = {
    "顧客ID": ["B", "A", "A", "C", "A", "A", "B"],
    "日付": ["2026/9/1", "2026/9/2", "2026/5/2", "2025/1/1", "2026/9/9", "2026/2/2", "2026/8/8"],
    "種別": ["クレーム", "問合せ", "問合せ", "クレーム", "訪問", "クレーム", "問合せ"],
    "内容": ["納期", "見積", "見積", "破損", "定例", "破損", "在庫"],
    "未解決": ["○", "", "○", "", "", "", ""],
    "時間": [1, 2, 1, 3, 2, 1, 1],
}
SURVEYS: Columns = {
    "顧客ID": ["A", "B", "A", "A", "B", "A"],
    "回答日": ["2026/3/1", "2026/3/1", "2026/9/1", "2026/9/1", "2026/9/1", "2026/9/1"],
    "項目": ["NPS", "NPS", "NPS", "総合満足度", "総合満足度", "価格"],
    "点数": [3, 9, 10, 4, 2, 5],
}
COSTS: Columns = {
    "顧客ID": ["A", "B", "", "A", "", "C"] * 5,
    "日付": [f"{DAY - timedelta(days=26 * at):%Y/%m/%d}" for at in range(30)],
    "費目": ["訪問費", "物流費", "共通費", "広告費", "広告費", "物流費"] * 5,
    "金額": [1_000 + 37 * at for at in range(30)],
}
TABLES: dict[str, Columns] = {
    "customers": CUSTOMERS, "orders": orders_of(), "contacts": CONTACTS, "surveys": SURVEYS, "costs": COSTS,
}  # fmt: skip


def company(tables: dict[str, Columns] | None = None, definition: Definition | None = None) -> Portfolio:
    given = tables or TABLES
    return portfolio_of(**given, as_of=DAY, definition=definition)


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return company()


def inputs(found: Trace | Iterable[TraceLine]) -> list[TraceLine]:
    return [line for line in (found.lines if isinstance(found, Trace) else found) if line.table]


def kept(traced: Iterable[TraceLine]) -> dict[str, Columns]:
    """Return the tables with nothing but the traced rows; the customers stay, they are who is asked about."""
    rows: dict[str, set[int]] = {}
    for line in traced:
        rows.setdefault(line.table, set()).update(line.rows)
    return {
        name: table
        if name == "customers"
        else {
            header: [cell for at, cell in enumerate(cells) if at + 2 in rows.get(name, ())]
            for header, cells in table.items()
        }
        for name, table in TABLES.items()
    }


# ---- rows ------------------------------------------------------------------------------------------------------------


def test_rows_are_written_as_ranges() -> None:
    ranges = as_ranges(np.array([40, 12, 13, 14, 13]))
    assert ranges == ((12, 14), (40, 40))
    line = TraceLine(
        words.text("axes", "total"), words.text("axes", "total"), words.text("axes", "total"), "orders", ranges, 4
    )
    assert line.rows == (12, 13, 14, 40)
    assert ranges_text(line, "ja") == "4行: 12–14、40"
    assert ranges_text(line, "en") == "4 rows: 12–14, 40"
    assert as_ranges(np.array([], dtype=np.int64)) == ()


@given(st.lists(st.integers(1, 500), max_size=80))
def test_ranges_hold_exactly_the_rows(rows: list[int]) -> None:
    ranges = as_ranges(np.array(rows, dtype=np.int64))
    assert [row for first, last in ranges for row in range(first, last + 1)] == sorted(set(rows))
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(ranges))


def test_rows_that_would_not_fit_into_a_cell_are_cut_off_and_said() -> None:
    ranges = as_ranges(np.arange(100_000_000, 100_006_000, 2))
    word = words.text("axes", "total")
    text = ranges_text(TraceLine(word, word, word, "orders", ranges, 3_000), "ja")
    assert text.startswith("3,000行: 100000000、")
    assert text.endswith("、…")
    assert len(text) < 32_767


# ---- sums ------------------------------------------------------------------------------------------------------------

ORDERS = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.integers(0, 900), st.integers(-50_000, 500_000), st.integers(0, 90_000)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25)
@given(ORDERS)
def test_the_traced_rows_of_the_input_sum_to_the_traced_number(drawn: list[tuple[str, int, int, int]]) -> None:
    raw: Columns = {
        "顧客ID": [each[0] for each in drawn],
        "取引日": [f"{DAY - timedelta(days=each[1]):%Y/%m/%d}" for each in drawn],
        "金額": [each[2] for each in drawn],
        "原価": [each[3] for each in drawn],
    }
    found = portfolio_of({key: CUSTOMERS[key] for key in ("顧客ID", "顧客名")}, raw, as_of=DAY)
    for position, who in enumerate("ABCD"):
        for column in ("sales_12m", "sales_prev_12m", "sales_fy", "sales_prev_fy", "sales_total"):
            (line,) = inputs(trace_metric(found, position, column))
            assert {raw["顧客ID"][row - 2] for row in line.rows} <= {who}
            total = sum(raw["金額"][row - 2] for row in line.rows)
            assert total == line.amount == found.frame[column].iloc[position]
        (line,) = inputs(trace_metric(found, position, "gross_profit_12m"))
        profit = sum(raw["金額"][row - 2] - raw["原価"][row - 2] for row in line.rows)
        assert profit == found.frame["gross_profit_12m"].iloc[position]
        own, whole = inputs(trace_metric(found, position, "share"))
        assert set(own.rows) <= set(whole.rows)
        assert whole.amount == found.frame["sales_12m"].sum()


def test_counts_are_the_number_of_their_rows(portfolio: Portfolio) -> None:
    for position in range(len(portfolio)):
        row = portfolio.frame.iloc[position]
        for column, count in (("open_items", row["open_items"]), ("complaints", row["complaints"])):
            (line,) = inputs(trace_metric(portfolio, position, column))
            assert line.count == count, column
        (line,) = inputs(trace_metric(portfolio, position, "contact_rate"))
        assert line.count == pytest.approx(row["contact_rate"] * 3)


def test_the_answers_behind_a_survey_score_are_its_rows(portfolio: Portfolio) -> None:
    (recommendation,) = inputs(trace_metric(portfolio, 0, "nps_score"))
    assert recommendation.rows == (4,)  # the answer of March is superseded
    (satisfied,) = inputs(trace_metric(portfolio, 0, "satisfaction"))
    assert satisfied.rows == (5,)  # the overall item only


@pytest.mark.parametrize("axis", [*AXES, "total"])
def test_the_contributions_of_a_traced_score_sum_to_it_exactly(portfolio: Portfolio, axis: str) -> None:
    for found in (portfolio, golden()):
        for position in range(len(found)):
            parts = [line.contribution for line in trace(found, position, axis).lines if line.contribution is not None]
            cents = int(found.axes[axis].cents[position])
            assert parts
            assert sum(round(part * CENTS) for part in parts) == max(cents, 0)


@pytest.mark.parametrize("metric", [each.code for each in metrics.dictionary()])
def test_rows_that_are_not_traced_do_not_matter(portfolio: Portfolio, metric: str) -> None:
    """The lineage of every metric is complete: taking all other rows away leaves every customer's value."""
    entry = next(each for each in metrics.dictionary() if each.code == metric)
    for column in entry.columns.values():
        for position in (0, 1) if column == metrics.column_of(entry) else (0,):
            traced = inputs(trace_metric(portfolio, position, column))
            assert traced, column
            tables = {name: table for name, table in kept(traced).items() if any(table.values())}
            left = company(tables).frame[column].iloc[position]
            held = portfolio.frame[column].iloc[position]
            if pd.isna(left):  # without a row of its own, a table that tells nothing of others is no table
                assert pd.isna(held) or held == 0, (column, position, held)
            else:
                assert left == held, (column, position)


def test_a_column_that_nobody_described_comes_from_all_rows_of_the_customer(portfolio: Portfolio) -> None:
    assert [each.table for each in lineage_of("something_new").origins] == [
        "customers",
        "orders",
        "contacts",
        "surveys",
        "costs",
    ]
    assert [each.table for each in lineage_of("業界").origins] == [
        "customers",
        "orders",
        "contacts",
        "surveys",
        "costs",
    ]
    assert [each.fields for each in lineage_of("industry").origins] == [("industry",)]


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_a_line_names_source_rows_digest_and_moment(portfolio: Portfolio) -> None:
    found = trace(portfolio, 0, "売上")
    head, line = found.lines
    assert found.version == f"{portfolio.definition.version} ({portfolio.definition.hash[:8]})"
    assert (head.source.ja, head.sha256) == (f"実行 {portfolio.handle}", portfolio.hash)
    source = next(each for each in portfolio.sources if each.table == "orders")
    assert (line.source.ja, line.sha256, line.read_at) == (source.source, source.sha256, source.read_at)
    assert line.item == ("取引(直近12か月) › 金額", "Orders (Last 12 months) › Amount")
    assert line.value.ja == f"{line.amount:,}円"


def test_amounts_and_costs_are_written_to_the_last_digit(portfolio: Portfolio) -> None:
    head, line = trace(portfolio, 0, "粗利").lines
    sales, profit = (int(portfolio.frame[name].iloc[0]) for name in ("sales_12m", "gross_profit_12m"))
    assert head.value.ja == f"{profit:,}円"
    assert line.value.ja == f"{sales:,}円、原価 {sales - profit:,}円"


def test_a_file_is_named_with_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("顧客名,取引日,金額\n青葉,2026/9/1,100\n北星,2026/9/2,70\n青葉,2026/9/3,30\n", encoding="utf-8")
    found = score_tables(read_files({"orders": path}))
    (line,) = inputs(trace(found, found.position("青葉"), "累計売上"))
    assert line.rows == (2, 4)
    assert line.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "orders.csv" in line.source.ja


@pytest.mark.parametrize("word", ["総合", "リスク", "value", "信頼度", "戦略", "Strategy", "標準", "RFM", "CPM", "ABC", "ライフサイクル",
                                  "顧客依存", "顧客集中", "収益源の顧客偏重", "VOL16", "成長余力", "売上", "次回予測日"])  # fmt: skip
def test_every_subject_leads_to_input_and_definition(portfolio: Portfolio, word: str) -> None:
    for position in range(len(portfolio)):
        found = trace(portfolio, position, word)
        assert inputs(found)
        assert found.lines[0].sha256 == portfolio.hash
        assert all(line.sha256 == portfolio.definition.hash for line in found.lines if line.key)
        if word not in ("売上",):
            assert any(line.key for line in found.lines), word


def test_the_rule_that_decided_is_named(portfolio: Portfolio) -> None:
    for position in range(len(portfolio)):
        at = int(portfolio.strategies[position]) + 1
        keys = [line.key for line in trace(portfolio, position, "戦略").lines if line.key]
        assert keys[0] == f"strategy.{at}"
        for scheme in ("standard", "cpm", "lifecycle"):
            table = scheme if scheme == "standard" else f"{scheme}.rules"
            decided = [
                line.key for line in trace(portfolio, position, scheme).lines if line.key.startswith(f"{table}.")
            ]
            (key,) = decided
            then = portfolio.definition.rules(table)[int(key.rpartition(".")[2]) - 1]["then"]
            assert then == portfolio.frame[f"segment_{scheme}"].iloc[position]


def test_an_alert_leads_to_the_customers_responsible_and_its_threshold() -> None:
    found = golden()
    alert = next(each for each in found.alerts if each.code == "dependence")
    lines = trace(found, 1, "顧客依存").lines
    threshold = next(line for line in lines if line.key == "alerts.dependence")
    assert threshold.source == alert.source
    assert [line.item.ja for line in lines if line.item.ja.startswith(("要因", "この顧客"))] == [
        "要因: 株式会社A",
        "この顧客: 株式会社B",
    ]
    assert lines[-1].count == 3  # the typed sales of all three customers


def test_a_group_is_traced_through_all_its_members(portfolio: Portfolio) -> None:
    lines = trace(portfolio, 1, "顧客依存").lines
    named = [line.item.ja for line in lines if ": " in line.item.ja and not line.key]
    assert named[:2] == ["要因: 青葉", "要因: 北星"]  # 北星 belongs to 青葉
    assert len(named) == len(set(named)) == 2  # each is told once, although 北星 itself was asked about
    members = [line for line in lines if line.table == "orders" and "全顧客" not in line.item.ja]
    assert members[0].amount == portfolio.frame["sales_12m"].iloc[0]


def test_tests_of_mix_and_risk_lead_to_what_they_read(portfolio: Portfolio) -> None:
    assert inputs(trace(portfolio, 0, "顧客多様性の欠如"))[-1].item.ja == "顧客(全顧客) › 業界・地域・規模"
    assert any(
        line.item.ja == "リスク" and line.value.ja in ("高", "中", "低", "不明")
        for line in trace(portfolio, 0, "顧客リスク").lines
    )


def test_typed_levels_lead_to_the_customer_table() -> None:
    found = golden()
    lines = trace(found, 0, "リスク").lines
    (typed,) = inputs(lines)
    assert (typed.table, typed.rows, typed.value.ja) == ("customers", (2,), "低")
    assert any(line.key == "levels.typed_low" for line in lines)
    (sales,) = inputs(trace(found, 0, "売上"))
    assert (sales.table, sales.rows, sales.value.ja) == ("customers", (2,), "15,000,000円")


def test_a_changed_definition_shows_in_the_trace() -> None:
    changed = company(definition=Definition.from_rows([("levels.risk_high", 0.7)]))
    line = next(each for each in trace(changed, 0, "リスク").lines if each.key == "levels.risk_high")
    assert line.value.ja.startswith("0.7 ")
    assert trace(changed, 0, "リスク").version != trace(company(), 0, "リスク").version


def test_a_table_that_is_not_there_is_named() -> None:
    (line,) = inputs(trace(golden(), 0, "クレーム"))
    assert line.value.ja == "算出不可"
    assert "接点の表がありません" in line.source.ja


def test_rows_that_were_not_stored_are_said_to_be_gone_not_missing(portfolio: Portfolio) -> None:
    stored = mask(portfolio, "scored")
    (line,) = inputs(trace(stored, 0, "売上"))
    assert line.table == "orders"  # and not the typed sales of the customer table
    assert line.value.ja == "算出不可"
    assert "保存されていません" in line.source.ja
    assert line.read_at == next(each.read_at for each in portfolio.sources if each.table == "orders")
    with pytest.raises(Refusal, match="保存されていません"):
        voice.nps(stored)
    with pytest.raises(Refusal, match="仮名"):
        voice.voc(mask(portfolio, "pseudonyms"))


def test_an_unknown_subject_names_what_can_be_traced(portfolio: Portfolio) -> None:
    with pytest.raises(Refusal, match="粗利"):
        trace(portfolio, 0, "粗利益率")
    with pytest.raises(Refusal) as refused:
        trace(golden(), 0, "RFM")
    assert refused.value.kind == "too_little_data"


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "<b>", "1–2、3", "𠮷野家 ﾃｽﾄ"])
def test_names_survive_as_text(name: str) -> None:
    found = portfolio_of({"顧客名": [name, "他"], "年間売上": [10, 5]}, as_of=DAY)
    assert any(found.frame["name"].iloc[0] in line.item.ja for line in trace(found, 0, "顧客依存").lines)
