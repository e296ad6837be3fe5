"""The command `portfolio`, run as users run it: files in, files out, exit codes, both languages, nothing half-written."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.builders import GOLDEN, cdnow_master

from engine.commands.console import write_all
from engine.commands.export import safe_text

ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "PORTFOLIO_LANG")}


def run(*arguments: object, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine.commands.command", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**ENVIRONMENT, **extra},
        timeout=120,
        check=False,
    )


@pytest.fixture
def golden_csv(tmp_path: Path) -> Path:
    path = tmp_path / "顧客.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(GOLDEN)
        writer.writerows(zip(*GOLDEN.values(), strict=True))
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_the_golden_table_scores_from_the_command_line(golden_csv: Path, tmp_path: Path) -> None:
    done = run("score", "--customers", golden_csv, "--as-of", "2026-09-30", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    for word in (
        "3,936",
        "2.54",
        "51.7%",
        "31.0%",
        "17.3%",
        "クロスセルを狙う",
        "アップセルで深耕",
        "再契約の機会を探る",
    ):
        assert word in done.stdout
    customers = read_csv(tmp_path / "out" / "customers.csv")
    assert [row["構成比(%)"] for row in customers] == ["51.7", "31.0", "17.3"]
    assert [row["戦略"] for row in customers] == ["クロスセルを狙う", "アップセルで深耕", "再契約の機会を探る"]
    verdicts = {row["項目"]: row["判定"] for row in read_csv(tmp_path / "out" / "alerts.csv")}
    assert verdicts["顧客依存"] == "重大"
    assert verdicts["顧客集中"] == "警告"
    assert verdicts["単一顧客依存"] == "重大"
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert round(summary["concentration"]["customer"]["hhi"]) == 3936
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        ["customers.csv", "segments.csv", "alerts.csv", "findings.csv", "summary.json"]
    )


def test_the_same_input_gives_the_same_bytes(golden_csv: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("score", "--customers", golden_csv, "--as-of", "2026-09-30", "--out", tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_cdnow_reconciles_to_the_cent(tmp_path: Path) -> None:
    done = run("score", "--orders", cdnow_master(), "--as-of", "1998-06-30", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    with cdnow_master().open() as stream:
        next(stream)
        cents = sum(round(float(line.split()[3]) * 100) for line in stream)
    for scheme in ("標準", "RFM", "CPM", "ABC", "ライフサイクル"):
        rows = [row for row in read_csv(tmp_path / "segments.csv") if row["分類"] == scheme]
        assert sum(round(float(row["累計売上"]) * 100) for row in rows if row["累計売上"]) == cents
        assert sum(int(row["社数"]) for row in rows) == 23_570


def test_findings_that_cost_rows_end_with_1(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("顧客名,日付,金額\n甲,2026/1/1,1000\n乙,いつか,2000\n", encoding="utf-8")
    done = run("check", "--orders", path, "--as-of", "2026-09-30")
    assert done.returncode == 1
    assert "いつか" in done.stderr
    assert "3行目" in done.stderr
    found = json.loads(run("check", "--orders", path, "--as-of", "2026-09-30", "--json").stdout)
    assert [(each["severity"], each["row"]) for each in found["findings"] if each["severity"] == "error"] == [
        ("error", 3)
    ]


def test_a_refusal_ends_with_2_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("顧客名,金額\n甲,1000\n", encoding="utf-8")
    done = run("score", "--orders", path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "列なし" in done.stderr
    assert "取引日" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_english_is_spoken_where_asked_for(golden_csv: Path) -> None:
    for arguments, extra in (((), {"LANG": "en_US.UTF-8"}), (("--lang", "en"), {}), ((), {"PORTFOLIO_LANG": "en"})):
        done = run("score", "--customers", golden_csv, *arguments, **extra)
        assert "Aim for cross-selling" in done.stdout
    assert "クロスセルを狙う" in run("score", "--customers", golden_csv).stdout
    assert "Exit codes" in run("--lang", "en", "--help").stdout


def test_explain_adds_up(golden_csv: Path) -> None:
    done = run("explain", "--customers", golden_csv, "--customer", "(株)Ａ", "--json")
    axes = json.loads(done.stdout)["axes"]
    assert [each["axis"] for each in axes] == ["total", "value", "continuity", "growth", "risk"]
    for each in axes:
        assert round(sum(line["contribution"] for line in each["lines"]), 2) == each["score"]


def test_an_unknown_customer_is_refused_with_a_hint(golden_csv: Path) -> None:
    done = run("explain", "--customers", golden_csv, "--customer", "株式会社AA")
    assert done.returncode == 2
    assert "株式会社A" in done.stderr


def test_no_input_is_refused_with_the_way_in() -> None:
    done = run("score")
    assert done.returncode == 2
    assert "--orders" in done.stderr


def test_foreign_headers_and_products_of_columns_are_mapped(tmp_path: Path) -> None:
    path = tmp_path / "retail.csv"
    path.write_text(
        "Who,When,Quantity,UnitPrice\nA,2026-01-05,3,2.55\nA,2026-02-05,-1,2.55\nB,2026-03-05,2,0.1\n", encoding="utf-8"
    )
    arguments = (
        "--map",
        "orders.customer=Who",
        "--map",
        "orders.date=When",
        "--map",
        "orders.amount=Quantity*UnitPrice",
    )
    done = run("score", "--orders", path, "--currency", "GBP", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sales_total"] == 5.30


def test_a_mapping_that_cannot_be_read_is_refused(golden_csv: Path) -> None:
    done = run("score", "--customers", golden_csv, "--map", "orders=date")
    assert done.returncode == 2
    assert "orders.date=InvoiceDate" in done.stderr


@pytest.mark.parametrize("name", ["=1+1", "+81", "-x", "@SUM(A1)", "\t=1"])
def test_cells_that_look_like_formulas_are_written_as_text(name: str, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["顧客名", "年間売上"], [f"{name}社", "100"]])
    run("score", "--customers", path, "--out", tmp_path / "out")
    shown = read_csv(tmp_path / "out" / "customers.csv")[0]["顧客名"]
    assert shown.lstrip("'") == f"{name}社".strip()
    assert not shown.startswith(("=", "+", "-", "@", "\t"))
    assert safe_text(name).startswith("'")


def test_files_are_written_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(tmp_path, {"a.csv": b"old", "b.csv": b"old"})
    calls: list[int] = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_all(tmp_path, {"a.csv": b"new", "b.csv": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.csv": b"old", "b.csv": b"old"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("score", "--custmers", "x.csv"), "--customers"),
        (("scor",), "score"),
        (("explain", "x.xlsx"), "--customer"),
        (("score", "--as-of", "soon"), "--as-of"),
        (("check", "nothing.xlsx"), "nothing.xlsx"),
        (("check", "--orders", "nothing.csv"), "nothing.csv"),
        (("score", "--definition", "nothing.toml", "--customers", "nothing.csv"), "nothing.csv"),
    ],
)
def test_a_wrong_call_is_told_in_the_readers_language(arguments: tuple[str, ...], told: str) -> None:
    for lang in ("ja", "en"):
        done = run(*arguments, PORTFOLIO_LANG=lang)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr
        assert any("ぁ" <= letter <= "ん" for letter in done.stderr) == (lang == "ja")
