"""`portfolio ltv`, run as users run it: the published parameters from the published data, tables out, refusals in words."""

from __future__ import annotations

import csv
import importlib.metadata
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from engine.commands.command import main

ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "PORTFOLIO_LANG")}
SURVIVAL = Path(__file__).parent / "cases" / "sbg_survival.csv"


def process(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "engine.commands.command", "ltv", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT,
        timeout=120,
        check=False,
    )


def run(*arguments: object) -> Result:
    """Run the command in this process, which loads the engine only once."""
    return CliRunner().invoke(main, ["ltv", *map(str, arguments)], env={"PORTFOLIO_LANG": "ja"})


def told(*arguments: object) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@pytest.fixture(scope="module")
def sample() -> Path:
    """CDNOW, one customer in ten, without a header row: 2,357 customers."""
    found = [each for each in importlib.metadata.files("lifetimes") or () if each.name == "CDNOW_sample.txt"]
    return Path(str(found[0].locate()))


@pytest.fixture(scope="module")
def calibration(sample: Path) -> tuple[object, ...]:
    return ("--orders", sample, "--until", "1997-09-30", "--unit", "week")


def test_bg_nbd_on_cdnow_prints_the_published_parameters(calibration: tuple[object, ...]) -> None:
    done = process(*calibration, "--model", "bg_nbd", "--lang", "en")
    assert done.returncode == 0, done.stderr
    # Fader, Hardie, Lee (2005): r = .243, α = 4.414, a = .793, b = 2.426, log-likelihood −9582.4
    for figure in ("0.242595", "4.41360", "0.79292", "2.4259", "-9,582.4292", "2,357"):
        assert figure in done.stdout
    # Fader, Hardie, note 25: p = 6.25, q = 3.74, γ = 15.44
    for figure in ("6.249", "3.744", "15.443", "-4,055.917"):
        assert figure in done.stdout
    assert "converged" in done.stdout
    assert "standard error" in done.stdout
    assert "basis: sales" in done.stdout
    assert "discount rate: 10.0%" in done.stdout


def test_the_row_of_each_customer_is_written(calibration: tuple[object, ...], tmp_path: Path) -> None:
    out = tmp_path / "顧客別.csv"
    done = run(*calibration, "--model", "bg_nbd", "--next", "39", "--out", out)
    assert done.exit_code == 0, done.stderr
    rows = read_csv(out)
    assert len(rows) == 2_357
    first = rows[0]
    assert first["顧客ID"] == "00004"
    assert [float(first[name]) for name in ("x", "t_x", "T")] == pytest.approx([2, 30.43, 38.86], abs=0.005)
    assert round(float(first["期待購入回数(39 week)"]), 3) == 1.226  # Hardie's spreadsheet note: E[X(39) | x=2, …]
    # Fader, Hardie, note 25: E[M] of the first five customers
    assert [round(float(row["E[M]"]), 2) for row in rows[:5]] == [24.65, 18.91, 35.17, 35.17, 35.17]
    assert all(0 <= float(row["P(alive)"]) <= 1 for row in rows)
    assert all(float(row["LTV下限"]) <= float(row["LTV"]) <= float(row["LTV上限"]) for row in rows)
    assert [path.name for path in tmp_path.iterdir()] == ["顧客別.csv"]  # nothing half-written is left


def test_the_models_are_compared_and_the_likelier_one_answers(calibration: tuple[object, ...]) -> None:
    found = told(*calibration)
    assert found["model"] == max(found["compared"], key=found["compared"].get)
    assert set(found["compared"]) == {"bg_nbd", "mbg_nbd", "bg_cnbd_2", "mbg_cnbd_2"}
    assert found["converged"] is True
    assert (found["used"], found["unused"], found["unit"], found["until"]) == (2_357, 0, "week", "1997-09-30")
    assert found["money"]["log_likelihood"] == pytest.approx(-4055.918, abs=0.001)
    assert "対数尤度" in found["answered"]["ja"]
    assert "log-likelihood" in found["answered"]["en"]


def test_pareto_nbd_on_cdnow_prints_the_published_parameters(calibration: tuple[object, ...]) -> None:
    found = told(*calibration, "--model", "pareto_nbd")
    # Fader, Hardie, Lee (2005): .553, 10.578, .606, 11.669; −9594.976 and the standard errors of CLVTools
    assert [round(value, 3) for value in found["parameters"].values()] == [0.553, 10.578, 0.606, 11.669]
    assert round(found["log_likelihood"], 3) == -9594.976
    errors = found["standard_errors"]
    assert [round(errors[name], places) for name, places in (("r", 4), ("alpha", 3), ("s", 3), ("beta", 2))] == [
        *(0.0476, 0.843, 0.187, 6.21),
    ]


def test_bg_bb_counts_months(sample: Path) -> None:
    found = told("--orders", sample, "--unit", "month", "--model", "bg_bb", "--rate", "0.15", "--years", "2")
    assert found["model"] == "bg_bb"
    assert list(found["parameters"]) == ["alpha", "beta", "gamma", "delta"]
    assert (found["rate"], found["years"], found["ahead"]) == (0.15, 2, 12)
    assert found["expected_purchases"] > 0


def test_sbg_on_survivors_gives_the_published_parameters(tmp_path: Path) -> None:
    found = told("--survival", SURVIVAL, "--model", "sbg")
    # Fader, Hardie (2007): (.668, 3.806) and (.704, 1.182)
    parameters = [[round(value, 3) for value in each["parameters"].values()] for each in found["cohorts"]]
    assert parameters == [[0.668, 3.806], [0.704, 1.182]]
    assert [round(each["log_likelihood"], 2) for each in found["cohorts"]] == [-1611.16, -1680.27]
    assert found["together"]["customers"] == 2_000
    done = run("--survival", SURVIVAL, "--model", "bdw", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    rows = read_csv(tmp_path / "out" / "ltv.csv")
    assert len(rows) == 3 * 13
    assert float(rows[1]["残存率"]) == pytest.approx(0.869, abs=0.002)


def test_shares_of_a_cohort_are_taken_as_well(tmp_path: Path) -> None:
    table = tmp_path / "survival.csv"
    lines = ["year,high", "0,100", *(f"{year},{share}" for year, share in enumerate((86.9, 74.3, 65.3, 59.3), start=1))]
    table.write_text("\n".join(lines), encoding="utf-8")
    small, large = (told("--survival", table, "--model", "sbg", "--cohort", size) for size in (1_000, 100_000))
    one, two = small["cohorts"][0], large["cohorts"][0]
    assert one["parameters"] == pytest.approx(two["parameters"], rel=1e-5)
    assert one["standard_errors"]["alpha"] == pytest.approx(10 * two["standard_errors"]["alpha"], rel=1e-4)
    assert (one["customers"], small["size_of_shares"]) == (1_000, 1_000)
    done = run("--survival", table, "--model", "sbg")
    assert "1000人のコホートとみなしました" in done.stdout


def test_cohorts_of_different_length_and_without_header_are_read(tmp_path: Path) -> None:
    table = tmp_path / "survival.tsv"
    table.write_text("0\t1,000\t500\n1\t700\t380\n2\t560\t320\n3\t480\t\n", encoding="utf-8")
    found = told("--survival", table, "--model", "sbg")
    assert [each["customers"] for each in found["cohorts"]] == [1_000, 500]
    assert found["together"]["customers"] == 1_500


def test_contract_dates_are_read_where_there_are_any(tmp_path: Path) -> None:
    dice = np.random.default_rng(8)
    stays = dice.geometric(dice.beta(0.7, 1.2, 900))
    rows = ["顧客ID,顧客名,年間売上,契約開始日,契約終了日"]
    for place, years in enumerate(stays):
        start = 2015 + place % 11
        end = f"{start + years}-03-31" if start + years <= 2026 else ""
        rows.append(f"K{place},契約先{place},{120 + place},{start}-04-01,{end}")
    rows.append("K900,契約のない会社,100,,")
    table, out = tmp_path / "customers.csv", tmp_path / "out"
    table.write_text("\n".join(rows), encoding="utf-8")
    asked = ("--customers", table, "--until", "2026-06-30")
    found = told(*asked)
    assert found["model"] in ("sbg", "bdw")
    assert (found["active"] + found["ended"], found["unused"]) == (900, 1)
    sbg = told(*asked, "--model", "sbg", "--out", out)
    for name, truth in (("alpha", 0.7), ("beta", 1.2)):
        assert abs(sbg["parameters"][name] - truth) < 4 * sbg["standard_errors"][name]
    written = read_csv(out / "ltv.csv")
    assert len(written) == 901
    assert written[-1]["算出不可の理由"].startswith("契約開始日")
    ended = [row for row in written if row["契約中"] == "0.0"]
    assert {row["LTV"] for row in ended} == {"0.0"}
    running = [row for row in written if row["契約中"] == "1.0"]
    assert all(0 < float(row["次の更新の確率"]) < 1 and float(row["LTV"]) > 0 for row in running)
    done = run(*asked, "--rate", "0")
    assert done.exit_code == 0
    assert "契約中" in done.stdout
    assert "割引後の期待支払い回数" not in done.stdout  # without discounting it has no end
    done = run("--customers", table, "--model", "bg_nbd")
    assert done.exit_code == 2
    assert "取引" in done.stderr


def test_customers_who_did_not_buy_in_time_are_counted(sample: Path) -> None:
    found = told("--orders", sample, "--until", "1997-03-20", "--unit", "week")
    assert (found["used"], found["unused"], found["repeaters"]) == (2_227, 130, 417)
    assert found["without_value"] == {"no orders": 130}


def test_names_that_look_like_formulas_are_made_harmless(sample: Path, tmp_path: Path) -> None:
    orders, out = tmp_path / "orders.csv", tmp_path / "ltv.csv"
    lines = (line.split() for line in sample.read_text().splitlines())
    rows = ["顧客ID,顧客名,日付,金額", *(f"{first},=cmd{first},{day},{amount}" for first, _, day, _, amount in lines)]
    orders.write_text("\n".join(rows), encoding="utf-8")
    done = run("--orders", orders, "--unit", "week", "--model", "bg_nbd", "--out", out)
    assert done.exit_code == 0, done.stderr
    assert all(row["顧客名"].startswith("'=cmd") for row in read_csv(out))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--model", "sbg"), "入力がありません"),
        ((), "入力がありません"),
        (("--survival", SURVIVAL, "--model", "bg_nbd"), "--survival のモデルは"),
        (("--survival", SURVIVAL, "--rate", "0"), "割引率"),
        (("--survival", "missing.csv"), "missing.csv"),
        (("--unit", "year"), "--unit"),
        (("--until", "soon"), "soon"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(arguments: tuple[object, ...], reason: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("年,人数\n0,100\n1,多い\n2,50\n", "「多い」は人数ではありません"),
        ("年,人数\n0,100\n1,120\n2,50\n", "増えています"),
        ("年,人数\n0,90.5\n1,70.2\n2,50.1\n", "整数でない"),
        ("年,人数\n0,100\n", "2行以上"),
        ("年\n0\n1\n2\n", "人数の列"),
        ("年,人数\n0,100\n1,100\n2,100\n", "離脱した顧客が1人もなく"),  # nobody ever churns
    ],
)
def test_a_survival_table_that_cannot_be_used_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    table = tmp_path / "survival.csv"
    table.write_text(text, encoding="utf-8")
    done = run("--survival", table, "--model", "sbg")
    assert done.exit_code == 2
    assert reason in done.stderr


def test_orders_that_identify_no_model_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    once = tmp_path / "once.csv"
    rows = ["顧客ID,日付,金額", *(f"C{place},2025-{1 + place % 12:02}-15,1000" for place in range(120))]
    once.write_text("\n".join(rows), encoding="utf-8")
    done = process("--orders", once, "--model", "bg_nbd", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "1回しか購入していない" in done.stderr  # all customers bought once: one library raises LinAlgError
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (("--until", "1990-01-01"), "--until"),
        (("--rate", "1.5"), "割引率"),
        (("--years", "0"), "年数"),
        (("--next", "-1"), "先の期間"),
    ],
)
def test_terms_that_cannot_be_are_refused(sample: Path, asked: tuple[str, ...], word: str) -> None:
    done = run("--orders", sample, *asked)
    assert done.exit_code == 2
    assert word in done.stderr
