"""`portfolio runs` and `portfolio compare`, run as users run them, and what `portfolio score` stores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from helpers.builders import golden_csv
from helpers.runs_of_two_reviews import earlier, later

from engine.definition.definition import Definition
from engine.runs import runs
from engine.runs.store import audit, layout

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "PORTFOLIO_LANG")}


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine.commands.command", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**ENVIRONMENT, "PORTFOLIO_RUNS": str(folder)},
        timeout=120,
        check=False,
    )


def document(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two reviews, the second with 「高」 from 60 points on."""
    place = tmp_path_factory.mktemp("stored")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTFOLIO_RUNS", str(place))
        for each in two():
            runs.keep(each)
    return place


def two() -> tuple[Any, Any]:
    return earlier(), later(Definition.from_rows([("levels.high", 60)]))


def test_a_reader_who_leaves_early_does_not_cost_the_run(tmp_path: Path) -> None:
    """`portfolio score … | head -1`: nobody reads on, but the run is stored."""
    table, store = golden_csv(tmp_path / "顧客.csv"), tmp_path / "store"
    command = [
        sys.executable,
        "-m",
        "engine.commands.command",
        "score",
        "--customers",
        str(table),
        "--as-of",
        "2026-09-30",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**ENVIRONMENT, "PORTFOLIO_RUNS": str(store)}
    ) as scoring:
        assert scoring.stdout is not None
        scoring.stdout.close()
    assert len(document(run(store, "runs", "list", "--json"))) == 1


def test_score_stores_the_run_unless_told_not_to(tmp_path: Path) -> None:
    table, store = golden_csv(tmp_path / "顧客.csv"), tmp_path / "store"
    assert run(store, "score", "--customers", table, "--as-of", "2026-09-30", "--no-store").returncode == 0
    assert not store.exists()
    scored = document(run(store, "score", "--customers", table, "--as-of", "2026-09-30", "--json"))
    (stored,) = document(run(store, "runs", "list", "--json"))
    assert stored["run"] == scored["run"]
    assert stored["hash"] == scored["hash"]
    shown = document(run(store, "runs", "show", scored["run"], "--json"))
    assert shown["summary"] == scored  # the stored run says what the scoring said, number for number
    assert shown["manifest"]["parts"].keys() >= {"definition.toml", "run.json", "scored.parquet", "customers.parquet"}


def test_a_store_that_fails_is_told_and_costs_no_result(tmp_path: Path) -> None:
    table = tmp_path / "顧客.csv"
    table.write_text("顧客名,年間売上\nA,100\n", encoding="utf-8")
    blocked = tmp_path / "blocked"
    blocked.write_text("a file", encoding="utf-8")
    done = run(blocked, "score", "--customers", table, "--as-of", "2026-09-30")
    assert done.returncode == 0
    assert "実行を保存できませんでした" in done.stderr
    assert "PF-20260930-" in done.stdout


def test_the_list_shows_the_newest_first_and_where_they_lie(folder: Path) -> None:
    place, *lines = run(folder, "runs", "list").stdout.splitlines()
    assert str(folder) in place
    assert [line.split()[0] for line in lines] == [each.handle for each in reversed(two())]
    assert "すべて" in lines[0]
    assert "12 customers" in run(folder, "runs", "list", "--lang", "en").stdout


def test_show_tells_where_a_run_came_from(folder: Path) -> None:
    done = run(folder, "runs", "show", two()[1].handle)
    assert done.returncode == 0
    assert "会社.xlsx › 取引" in done.stdout
    assert "実行ID" in done.stdout


@pytest.mark.parametrize("command", [["compare"], ["runs", "compare"]])
def test_compare_tells_who_moved_and_why(folder: Path, command: list[str]) -> None:
    first, second = (each.handle for each in two())
    done = run(folder, *command, first, second)
    assert done.returncode == 0, done.stderr
    assert "異動 3社" in done.stdout
    assert "株式会社若竹学院: 安定 → 成長 +15.7 [データと定義] 成長 7.1点→66.2点(成長確率 4.2%→44.4%)" in done.stdout
    found = document(run(folder, *command, first, second, "--by", "標準", "--json"))
    assert (found["from"], found["to"], found["by"]) == (first, second, "standard")
    assert [sum(row) for row in found["counts"]] == [1, 1, 9, 1, 0]
    for effect in found["effects"]:
        for of in (effect["customers"], effect["sales"]):
            assert of["old"] + of["data"] + of["definition"] + of["program"] == of["new"]
    assert [mover["cause"] for mover in found["movers"]] == ["both", "both", "both"]


def test_a_definition_is_tried_on_a_stored_run_before_it_is_adopted(folder: Path, tmp_path: Path) -> None:
    stricter = tmp_path / "stricter.toml"
    stricter.write_text("[levels]\nrisk_high = 0.9995\n", encoding="utf-8")
    first = two()[0].handle
    done = run(folder, "compare", first, "--definition", stricter)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "この変更で1社が移動します"
    found = document(run(folder, "compare", first, "--definition", stricter, "--json"))
    assert [mover["cause"] for mover in found["movers"]] == ["definition"]
    assert all(effect["customers"]["data"] == 0 for effect in found["effects"])
    for arguments in (["compare", first], ["compare", first, first, "--definition", stricter]):
        done = run(folder, *arguments)
        assert done.returncode == 2
        assert "どちらか1つで指定してください" in done.stderr


def test_what_is_not_stored_is_refused_with_exit_code_2(folder: Path) -> None:
    for arguments in (
        ["compare", "PF-20250101-abcdef", two()[0].handle],
        ["runs", "show", "PF-20250101-abcdef"],
        ["runs", "export", "nonsense", "--out", folder / "out"],
    ):
        done = run(folder, *arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("実行なし: 「")
        assert done.stdout == ""
    done = run(folder, "compare", two()[0].handle, two()[1].handle, "--by", "なに")
    assert done.returncode == 2
    assert "分類か軸「なに」は使えません" in done.stderr


def test_export_writes_files_that_a_spreadsheet_opens_safely(folder: Path, tmp_path: Path) -> None:
    second = two()[1]
    done = run(folder, "runs", "export", second.handle, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"customers.csv", "alerts.csv", "summary.json", "definition.toml", "manifest.json"}
    assert "'@佐藤" in (tmp_path / "out" / "customers.csv").read_text(encoding="utf-8-sig")
    written = Definition.from_whole_toml((tmp_path / "out" / "definition.toml").read_text(encoding="utf-8"))
    assert written == second.definition
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["hash"] == second.hash


def test_prune_shows_first_and_deletes_when_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "store"
    monkeypatch.setenv("PORTFOLIO_RUNS", str(place))
    for each in two():
        runs.keep(each)
    assert document(run(place, "runs", "prune", "--json"))["runs"] == []
    done = run(place, "runs", "prune", "--days", "0")
    assert "1件が対象です(削除するには --yes)" in done.stdout
    assert len(document(run(place, "runs", "list", "--json"))) == 2
    assert "1件を削除しました" in run(place, "runs", "prune", "--days", "0", "--yes").stdout
    (left,) = document(run(place, "runs", "list", "--json"))
    assert left["run"] == two()[1].handle


def test_audit_verifies_the_log_and_its_exit_code_tells(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "store"
    monkeypatch.setenv("PORTFOLIO_RUNS", str(place))
    for each in two():
        runs.keep(each)
    done = run(place, "runs", "audit")
    assert done.returncode == 0, done.stderr
    assert "監査ログ 2行: 問題ありません" in done.stdout
    found = document(run(place, "runs", "audit", "--json"))
    assert [record["run"] for record in found["records"]] == [each.handle for each in two()]
    assert found["unlogged"] == []
    log = audit.log_file()
    log.write_bytes(log.read_bytes().replace(b'"score"', b'"other"', 1))
    changed = run(place, "runs", "audit")
    assert changed.returncode == 1
    assert "2行目の前の行が変えられたか、失われています" in changed.stderr
    log.unlink()
    (layout.root() / "audit.head").unlink()
    assert len(document(run(place, "runs", "audit", "--json"))["unlogged"]) == 2


def test_the_group_speaks_both_languages() -> None:
    for lang, word in (("ja", "監査ログを検証"), ("en", "Verify the audit log")):
        done = subprocess.run(
            [sys.executable, "-m", "engine.commands.command", "runs", "--lang", lang, "--help"],
            capture_output=True, encoding="utf-8", env=ENVIRONMENT, check=True,
        )  # fmt: skip
        assert word in done.stdout
        for name in ("list", "show", "compare", "export", "prune", "audit"):
            assert name in done.stdout


def test_a_missing_argument_is_called_by_its_name_on_the_help_page(tmp_path: Path) -> None:
    done = run(tmp_path, "compare")
    assert done.returncode == 2
    assert "FROM_RUN" in done.stderr


def test_an_explanation_tells_the_change_since_the_run_before(folder: Path, tmp_path: Path) -> None:
    table, store = golden_csv(tmp_path / "顧客.csv"), tmp_path / "store"
    base = ("--customers", table, "--as-of")
    run(store, "score", *base, "2026-06-30")
    table.write_text(table.read_text(encoding="utf-8").replace("1,500万円", "300万円"), encoding="utf-8")
    told = run(store, "explain", *base, "2026-09-30", "--customer", "A", "--axis", "価値")
    assert "前回差は PF-20260630-" in told.stdout
    (found,) = document(run(store, "explain", *base, "2026-09-30", "--customer", "A", "--axis", "価値", "--json"))[
        "axes"
    ]
    assert found["change"] < 0
    assert round(sum(line["change"] for line in found["lines"]), 2) == found["change"]
