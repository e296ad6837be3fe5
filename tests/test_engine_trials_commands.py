"""`portfolio what-if` and `portfolio allocate` as users run them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.builders import GOLDEN

ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "PORTFOLIO_LANG")}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine.commands.command", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT,
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


def test_losing_a_on_the_command_line(golden_csv: Path) -> None:
    """Sales 2,900 → 1,400 (−51.7 %), HHI 5,408, top-1 B with 64.3 % (domain §1c)."""
    done = run("what-if", "--customers", golden_csv, "--lose", "株式会社A")
    assert done.returncode == 0, done.stderr
    for word in ("29,000,000", "14,000,000", "△51.7%", "3,935.79", "5,408.16", "株式会社B", "64.3%", "空になる: 大口"):
        assert word in done.stdout
    found = json.loads(run("what-if", "--customers", golden_csv, "--lose", "A", "--recovery", "30%", "--json").stdout)
    rows = {row["code"]: row for row in found["rows"]}
    assert (rows["sales"]["now"], rows["sales"]["then"]) == (29_000_000, 14_000_000 + 4_500_000)
    assert round(rows["hhi"]["then"]) == 5408
    assert found["movers"][0]["levels"] == {"value": ["low", "mid"]}
    assert found["notes"][0]["ja"] == "株式会社Aの失注"


def test_changes_in_order_and_cases_side_by_side(golden_csv: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "A喪失.json", tmp_path / "増収.json"
    base = ("what-if", "--customers", golden_csv)
    assert run(*base, "--lose", "A", "--save", first).returncode == 0
    changes = ("--change", "業界=IT:年間売上:+10%", "--change", "定義:alerts.dependence.severe:60%")
    done = run(*base, *changes, "--save", second)
    assert done.returncode == 0, done.stderr
    assert "業界「IT」の年間売上 900万円 → 990万円" in done.stdout
    assert "上から順に" in done.stdout
    beside = run(*base, "--compare", first, "--compare", second)
    assert beside.returncode == 0, beside.stderr
    for word in ("現在", "A喪失", "増収", "14,000,000", "29,900,000"):
        assert word in beside.stdout
    found = json.loads(run(*base, "--compare", first, "--lose", "C", "--json", "--lang", "en").stdout)
    assert [name["en"] for name in found["names"]] == ["Now", "A喪失", "This case"]
    assert found["rows"][0]["values"] == [29_000_000, 14_000_000, 24_000_000]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "失う顧客か変更を1つ以上"),
        (("--lose", "Z社"), "顧客なし: 「Z社」"),
        (("--lose", "A", "--recovery", "2"), "回復率「2」"),
        (("--change", "年間売上+10%"), "--change「年間売上+10%」が読めません"),
        (("--change", "A:年間売上:0.1円", "--change", "A:身長:5"), "2件目: 項目「身長」"),
        (("--compare", "ない.json"), "ファイルを扱えません"),
    ],
)
def test_what_cannot_be_tried_ends_with_2_and_the_mend(golden_csv: Path, arguments: tuple[str, ...], word: str) -> None:
    done = run("what-if", "--customers", golden_csv, *arguments)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_file_that_is_no_case_is_refused(golden_csv: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}", encoding="utf-8")
    done = run("what-if", "--customers", golden_csv, "--compare", path)
    assert done.returncode == 2
    assert "案のファイルとして読めません" in done.stderr


@pytest.fixture
def company(tmp_path: Path) -> tuple[object, ...]:
    orders = tmp_path / "取引.csv"
    orders.write_text(
        "顧客名,取引日,金額,原価\n甲,2026/3/1,1000,800\n乙,2026/5/1,1500,600\n丙,2026/6/1,500,400\n", encoding="utf-8"
    )
    contacts = tmp_path / "接点.csv"
    contacts.write_text("顧客名,日付,時間\n甲,2026/2/1,40\n乙,2026/4/1,8\n", encoding="utf-8")
    return ("allocate", "--orders", orders, "--contacts", contacts, "--as-of", "2026-09-30")


def test_hours_on_the_command_line(company: tuple[object, ...]) -> None:
    done = run(*company, "--hours", "48時間")
    assert done.returncode == 0, done.stderr
    assert "行き過ぎ(ごひいき先): 甲" in done.stdout
    assert "1時間の価値" in done.stdout
    found = json.loads(run(*company, "--hours", "48", "--json").stdout)
    assert found["objective"] == "gross_profit"
    assert sum(each["hours"] for each in found["customers"]) == 48
    assert {each["name"]: each["hours_now"] for each in found["customers"]} == {"甲": 40, "乙": 8, "丙": 0}
    assert found["value"] > found["value_now"]
    assert found["price_of_an_hour"] > 0
    assert len(found["over_visited"]) == 1


def test_the_objective_is_chosen_and_spoken_in_english(company: tuple[object, ...]) -> None:
    done = run(*company, "--hours", "20", "--objective", "lower risk", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "Objective: Lower risk" in done.stdout
    assert "28 more than there are to allot" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "--hours か --mix を指定してください"),
        (("--mix", "業界"), "必要8/実"),
        (("--hours", "多め"), "--hours「多め」"),
        (("--hours", "-1"), "0以上"),
        (("--hours", "10", "--objective", "幸せ"), "目的「幸せ」"),
    ],
)
def test_what_cannot_be_allotted_ends_with_2(
    company: tuple[object, ...], arguments: tuple[str, ...], word: str
) -> None:
    done = run(*company, *arguments)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_the_mix_is_weighed_on_the_command_line(tmp_path: Path) -> None:
    orders = tmp_path / "取引.csv"
    lines = ["顧客名,取引日,金額"]
    for turn in range(12):
        day = f"{2023 + (turn + 3) // 4}/{(turn + 3) % 4 * 3 + 1}/2"
        lines += [f"甲,{day},{1000 + (300 if turn % 2 else -300)}", f"乙,{day},{800 + (20 if turn % 2 else -20)}"]
    orders.write_text("\n".join(lines), encoding="utf-8")
    customers = tmp_path / "顧客.csv"
    customers.write_text("顧客名,業界\n甲,製造\n乙,IT\n", encoding="utf-8")
    base = ("allocate", "--customers", customers, "--orders", orders, "--as-of", "2026-09-30", "--mix", "業界")
    done = run(*base)
    assert done.returncode == 0, done.stderr
    for word in ("製造", "最小分散", "全体の変動", "今の構成は", "将来を約束しません"):
        assert word in done.stdout
    found = json.loads(run(*base, "--json").stdout)
    assert (found["period"], [each["group"] for each in found["groups"]]) == ("quarter", ["IT", "製造"])
    assert sum(found["equal_return"]["weights"].values()) == pytest.approx(1)
    assert found["safest"]["weights"]["IT"] > found["current"]["weights"]["IT"]
