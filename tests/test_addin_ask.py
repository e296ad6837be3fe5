"""`portfolio-addin ask`: a worksheet function on the command line says what the cell says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from helpers.builders import GOLDEN

from workbooks.commands.command import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    rows = [list(GOLDEN), *map(list, zip(*GOLDEN.values(), strict=True))]
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows), encoding="utf-8-sig")
    return path


def ask(customers: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["ask", "--customers", str(customers), "--as-of", "2026-09-30", *arguments])


def test_a_word_is_printed_as_the_cell_shows_it(customers: Path) -> None:
    done = ask(customers, "--function", "STRATEGY", "--arg", "株式会社A")
    assert (done.exit_code, done.output.strip()) == (0, "クロスセルを狙う")


def test_a_table_is_printed_with_its_header(customers: Path) -> None:
    done = ask(customers, "--function", "portfolio_summary", "--arg", "業界", "--arg", "売上,構成比")
    first, *rest = [line.split() for line in done.output.splitlines()]
    assert first == ["業界", "売上", "構成比"]
    assert [line[0] for line in rest] == ["製造", "IT", "飲食"]
    assert rest[0][1] == "15,000,000"


def test_an_argument_left_out_is_an_empty_text(customers: Path) -> None:
    done = ask(customers, "--function", "CONCENTRATION", "--arg", "", "--arg", "業界", "--json")
    found = json.loads(done.output)
    assert found["function"] == "PORTFOLIO_CONCENTRATION"
    assert found["answer"] == pytest.approx(3935.79, abs=0.01)
    assert found["run"].startswith("PF-20260930-")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--function", "STRATEGY", "--arg", "株式会社X"), "顧客なし"),
        (("--function", "STRATEGIE"), "PORTFOLIO_STRATEGY"),
        (("--function", "STRATEGY", "--arg", "株式会社A", "--arg", "多い"), "引数が多すぎます"),
    ],
)
def test_what_cannot_be_answered_is_one_line_and_exit_code_2(
    customers: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = ask(customers, *arguments)
    assert done.exit_code == 2
    assert told in done.output
    assert "Traceback" not in done.output
    assert "#PF" not in done.output


def test_names_with_brackets_are_no_markup(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("顧客名,業界,年間売上\n[bold]甲[/bold],[red]A,100\n乙,B,50\n", encoding="utf-8")
    assert "[red]A" in ask(path, "--function", "SUMMARY", "--arg", "業界").output
