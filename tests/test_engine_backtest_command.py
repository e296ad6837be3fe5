"""`portfolio backtest`, run as users run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import synthetic
from helpers.interruptible import hear_ctrl_c

ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "PORTFOLIO_LANG")}
COMMAND = (sys.executable, "-m", "engine.commands.command", "backtest")


def run(*arguments: object, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**ENVIRONMENT, **extra},
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backtest") / "orders.csv"
    synthetic.company("regular", 60, seed=12).orders.to_csv(path, index=False)
    return path


def test_it_tells_verdict_dates_bins_and_rankings(orders: Path) -> None:
    done = run("--orders", orders, "--currency", "JPY", "--axis", "リスク", PORTFOLIO_LANG="ja")
    assert done.returncode == 0, done.stderr
    assert "リスク: 過去4回、リスク「" in done.stdout
    assert "判定日: " in done.stdout
    for word in ("1番目の1割", "検証した顧客", "本ツールの判定", "最終取引日", "直近12か月の売上"):
        assert word in done.stdout
    assert "継続性:" not in done.stdout
    english = run("--orders", orders, "--axis", "risk", "--lang", "en")
    assert "Risk: At 4 earlier dates" in english.stdout
    assert "the date of the last order" in english.stdout


def test_without_an_axis_all_are_told_and_the_json_holds_the_same_figures(orders: Path) -> None:
    done = run("--orders", orders, "--horizon", "180", "--origins", "2", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert [each["axis"] for each in found["axes"]] == ["risk", "continuity", "growth", "value"]
    assert found["refused"] == {}
    risk = found["axes"][0]
    assert risk["horizon_days"] == 180
    assert len(risk["origins"]) == 2
    assert sum(each["customers"] for each in risk["levels"]) == risk["all"]["customers"]
    assert sum(each["events"] for each in risk["origins"]) == risk["all"]["events"] == risk["facts"]["all_events"]
    assert [each["by"] for each in risk["rankers"]][:3] == ["grade", "recency", "sales"]
    assert "NaN" not in done.stdout


def test_a_past_too_short_is_refused_with_what_is_missing(orders: Path) -> None:
    done = run("--orders", orders, "--horizon", "3000", PORTFOLIO_LANG="ja")
    assert done.returncode == 2
    assert "過去が短いため検証できません" in done.stderr
    assert "か月分の古い取引" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("wrong", [("--axis", "総合"), ("--horizon", "0"), ("--origins", "99")])
def test_wrong_options_are_refused(orders: Path, wrong: tuple[str, str]) -> None:
    done = run("--orders", orders, *wrong, PORTFOLIO_LANG="ja")
    assert done.returncode == 2
    assert done.stderr.startswith("引数:")


def test_progress_is_told_for_every_date(orders: Path) -> None:
    done = run("--orders", orders, "--axis", "risk", PORTFOLIO_PROGRESS="lines", PORTFOLIO_LANG="ja")
    assert sum("時点で採点" in line for line in done.stderr.splitlines() if line.startswith("@progress ")) == 4


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is sent as a signal")
def test_it_can_be_interrupted_between_two_dates(orders: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--orders", str(orders), "--origins", "60", "--horizon", "90"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**ENVIRONMENT, "PORTFOLIO_PROGRESS": "lines", "PORTFOLIO_LANG": "ja"},
        preexec_fn=hear_ctrl_c,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "時点で採点" in line:
            process.send_signal(signal.SIGINT)
            break
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "中断しました" in said
    assert rest == ""
