"""`portfolio retention`, run as users run it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers.builders import GOLDEN

ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "PORTFOLIO_LANG")}
ORDERS = [
    ("顧客名", "取引日", "金額"),
    ("甲", "2025-01-10", 100), ("甲", "2026-01-10", 150),
    ("乙", "2025-02-01", 200), ("乙", "2025-09-01", 120),
    ("丙", "2024-12-01", 300),
    ("丁", "2025-10-01", 400),
    ("戊", "2024-05-01", 50), ("戊", "2025-12-01", 70),
]  # fmt: skip
LEADS = [("獲得日", "チャネル", "成約日"), ("2025-04-10", "広告", "2025-06-01"), ("2025-04-11", "紹介", "")]


def run(*arguments: object, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine.commands.command", "retention", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**ENVIRONMENT, **extra},
        timeout=120,
        check=False,
    )


def written(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


@pytest.fixture
def orders(tmp_path: Path) -> list[object]:
    leads = written(tmp_path / "leads.csv", LEADS)
    return ["--orders", written(tmp_path / "orders.csv", ORDERS), "--leads", leads, "--as-of", "2026-03-31"]


def document(*arguments: object) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_everything_at_once_as_json(orders: list[object]) -> None:
    found = document(*orders, "--cohort", "年度")
    values = {each["kind"]: (each["numerator"], each["denominator"]) for each in found["rates"]}
    assert values["retention"] == (2, 3)
    assert values["churn"] == (1, 3)
    assert values["grr"] == (270, 650)
    assert values["nrr"] == (340, 650)
    assert values["conversion"] == (1, 2)
    bridge = found["bridge"][0]
    assert [bridge[name] for name in ("start", "new", "returned", "lost", "end")] == [3, 1, 1, 1, 4]
    money = found["revenue_bridge"][0]
    gained = money["expansion"] + money["new"] + money["returned"]
    assert money["start"] + gained - money["contraction"] - money["churn"] == money["end"]
    assert [row["size"] for row in found["cohorts"]["rows"]] == [4, 1]
    assert found["cohorts"]["rows"][0]["rate"] == [1, 0.75]
    assert found["survival"][0]["steps"][0]["at_risk"] == 5
    assert found["period"]["first"] == "2025-04-01"
    assert found["unavailable"] == {}


def test_people_read_it_in_their_language(orders: list[object]) -> None:
    shown = run(*orders, "--cohort", "quarter")
    assert shown.returncode == 0
    for word in (
        "維持率",
        "66.7%",
        "20.8% – 93.9%",
        "リテンション率",
        "顧客ブリッジ",
        "売上ブリッジ",
        "2024年度第4四半期",
    ):
        assert word in shown.stdout
    english = run(*orders, "--kind", "churn", "--lang", "en")
    assert "33.3%" in english.stdout
    assert "Churn" in english.stdout
    assert "Retention" not in english.stdout


def test_a_trend_by_the_half_year(orders: list[object]) -> None:
    found = document(*orders, "--by", "半期", "--kind", "ブリッジ")
    assert [row["label"]["ja"] for row in found["bridge"]] == [
        "2024年度上期",
        "2024年度下期",
        "2025年度上期",
        "2025年度下期",
    ]
    for before, after in zip(found["bridge"], found["bridge"][1:], strict=False):
        assert before["end"] == after["start"]
    assert found["period"] is None


def test_one_kind_in_one_period(orders: list[object]) -> None:
    found = document(*orders, "--kind", "維持率", "--period", "FY2025 H2")
    assert [(each["first"], each["last"]) for each in found["rates"]] == [("2025-10-01", "2026-03-31")]
    assert "bridge" not in found


def test_groups_leave_out_what_leads_cannot_tell(orders: list[object]) -> None:
    found = document(*orders, "--by", "状態")
    assert {each["kind"] for each in found["rates"]} == {
        "retention", "repurchase", "churn", "grr", "nrr", "revenue_churn",
    }  # fmt: skip
    assert list(found["unavailable"]) == ["conversion"]


def test_a_typed_table_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    path = written(tmp_path / "c.csv", [tuple(GOLDEN), *zip(*GOLDEN.values(), strict=True)])
    done = run("--customers", path, "--as-of", "2026-09-30")
    assert done.returncode == 2
    assert "取引表" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--kind", "定着"), "維持率"),
        (("--period", "いつか"), "直近12か月"),
        (("--by", "星座"), "業界"),
        (("--cohort", "週"), "四半期"),
        (("--kind", "維持率", "--period", "2024年度"), "算出不可"),
    ],
)
def test_words_that_mean_nothing_are_refused(orders: list[object], arguments: tuple[str, ...], says: str) -> None:
    done = run(*orders, *arguments)
    assert done.returncode == 2
    assert says in done.stderr


def test_rows_that_could_not_be_used_end_with_1(tmp_path: Path) -> None:
    path = written(tmp_path / "orders.csv", [*ORDERS, ("甲", "いつか", 5)])
    assert run("--orders", path, "--as-of", "2026-03-31").returncode == 1
