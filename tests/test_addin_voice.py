"""PORTFOLIO_VOICE as cells see it."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.portfolios import moment

from addin.functions.cells import answer

CUSTOMERS: list[list[object]] = [["顧客ID", "顧客名", "業界", "年間売上"]]
CUSTOMERS += [[f"C{at}", f"会社{at}", "製造" if at % 2 else "IT", 1000.0 * (at + 1)] for at in range(12)]
SCORES = (10, 9, 9, 10, 9, 8, 7, 8, 6, 0, 11, 8.5)
SURVEYS: list[list[object]] = [["顧客ID", "回答日", "項目", "点数"]]
SURVEYS += [[f"C{at}", moment(2026, 9, 1), "推奨度", float(score)] for at, score in enumerate(SCORES)]
for _at in range(12):
    SURVEYS += [[f"C{_at}", moment(2026, 9, 1), "総合満足度", float(1 + _at % 5)]]
    SURVEYS += [[f"C{_at}", moment(2026, 9, 1), "価格", float(1 + (_at + _at // 5) % 5)]]
    SURVEYS += [[f"C{_at}", moment(2026, 9, 1), "=1+1", 3.0]]
CONTACTS: list[list[object]] = [["顧客ID", "日付", "チャネル", "種別", "内容", "未解決"]]
CONTACTS += [
    ["C0", moment(2026, 9, 10), "電話", "クレーム", "納期遅れ", "○"],
    ["C0", moment(2026, 5, 10), "電話", "問合せ", "見積依頼", ""],
    ["C1", moment(2026, 9, 20), "@メール", "問合せ", "=SUM(A1)", ""],
]
DEFINITION: list[list[object]] = [["general.as_of", moment(2026, 9, 30)]]


@pytest.fixture(scope="module")
def run() -> str:
    return str(answer("PORTFOLIO_RUN", [CUSTOMERS, None, DEFINITION, CONTACTS, SURVEYS]))


def table(run: str, *args: object, lang: Any = "ja") -> list[list[Any]]:
    found = answer("PORTFOLIO_VOICE", args, run, lang)
    assert isinstance(found, list), found
    return found


def test_nps_is_the_default_with_n_and_interval(run: str) -> None:
    header, whole = table(run)
    assert header == ["区分", "NPS", "n", "下限", "上限", "推奨者", "中立者", "批判者", "対象外"]
    assert whole[:3] == ["全体", 30.0, 10]
    assert whole[3:5] == pytest.approx([30 - 196 * 0.061**0.5, 30 + 196 * 0.061**0.5])
    assert whole[5:] == [5, 3, 2, 2]
    assert table(run, "NPS", "値のみ") == table(run, ["nps", "values only"]) == [whole]


def test_small_groups_say_what_they_need(run: str) -> None:
    rows = table(run, "NPS", "顧客")
    assert rows[1][1:5] == ["算出不可(必要5/実1)", 1, "算出不可", "算出不可"]
    assert table(run, "NPS", "Customer", lang="en")[1][1] == "n/a (need 5, have 1)"
    assert sum(row[2] for row in table(run, "NPS", "業界")[1:]) == 10


def test_csat_by_item_and_by_group(run: str) -> None:
    rows = table(run, "CSAT")
    assert rows[0] == ["区分", "CSAT", "n", "下限", "上限", "平均", "満足", "対象外"]
    assert rows[1][:3] == ["総合満足度", pytest.approx(4 / 12), 12]
    assert {row[0] for row in rows[2:]} == {"価格", "'=1+1"}
    assert (
        sum(
            row[2]
            for row in table(
                run,
                "満足度",
                "業界",
            )[1:]
        )
        == 12
    )


def test_the_cs_portfolio_names_areas_and_refuses_constant_items(run: str) -> None:
    rows = table(run, "CSポートフォリオ")
    assert rows[0] == ["項目", "重要度", "n", "下限", "上限", "満足度", "領域", "備考"]
    found = {row[0]: row for row in rows[1:]}
    assert found["価格"][6] in ("重点維持", "維持", "改善", "重点改善", "判定保留")
    assert found["'=1+1"][1] == "算出不可"
    assert "同じ点" in found["'=1+1"][7]
    assert str(answer("PORTFOLIO_VOICE", ["CS portfolio", "業界"], run)).startswith("#PF 引数: ")


def test_voc_by_topic_channel_and_customer(run: str) -> None:
    rows = table(run, "VOC")
    assert rows[0][:3] == ["区分", "件数", "構成比"]
    assert sum(row[1] for row in rows[1:]) == 3
    assert sum(row[2] for row in rows[1:]) == pytest.approx(1.0)
    by_channel = table(run, "顧客の声", "チャネル")
    assert {row[0] for row in by_channel[1:]} == {"電話", "'@メール"}
    first = next(row for row in table(run, "VOC", "顧客")[1:] if row[0] == "会社0")
    assert first[7:] == [1, moment(2026, 9, 10), 1]


def test_contacts_per_month(run: str) -> None:
    rows = table(run, "接点")
    phone = next(row for row in rows if row[0] == "電話")
    assert phone[:4] == ["電話", pytest.approx(1 / 3), 1, 0.0]
    assert phone[6:] == [pytest.approx(1 / 3), 1]


def test_silent_customers_and_their_groups(run: str) -> None:
    rows = table(run, "沈黙")
    assert rows[1] == ["会社11", "C11", "接点なし", "算出不可", 12000, ""]
    assert len(rows) == 11
    groups = table(run, "Silence", "Industry", lang="en")
    assert groups[0] == ["Group", "Silent", "n", "Sales of the silent"]
    assert sum(row[1] for row in groups[1:]) == 10
    assert table(run, "沈黙", "全体")[1][:3] == ["全体", 10, 12]


def test_unusable_answers_are_listed_with_their_row(run: str) -> None:
    rows = table(run, "使えない回答")
    assert [(row[1], row[2]) for row in rows[1:]] == [(12, 11.0), (13, 8.5)]


def test_the_metrics_reach_portfolio_value(run: str) -> None:
    assert answer("PORTFOLIO_VALUE", ["会社0", "未対応件数"], run) == 1
    assert answer("PORTFOLIO_VALUE", ["会社0", "最終接点日"], run) == moment(2026, 9, 10)
    assert answer("PORTFOLIO_VALUE", ["会社0", "問合せ"], run) == pytest.approx(1 / 3)
    assert answer("PORTFOLIO_VALUE", ["会社0", "満足度"], run) == 1
    assert answer("PORTFOLIO_VALUE", ["会社10", "NPS点"], run) == "算出不可"


def test_what_is_missing_or_unknown_is_said() -> None:
    bare = str(answer("PORTFOLIO_RUN", [CUSTOMERS]))
    assert str(answer("PORTFOLIO_VOICE", [], bare)).startswith("#PF データ不足: アンケートの表がありません")
    assert str(answer("PORTFOLIO_VOICE", ["VOC"], bare)).startswith("#PF データ不足: 接点の表がありません")
    assert "使える語: NPS" in str(answer("PORTFOLIO_VOICE", ["天気"], bare))
    assert str(answer("PORTFOLIO_VOICE", ["NPS、CSAT"], bare)).startswith("#PF 引数: 種類と切り口は1つずつ")
