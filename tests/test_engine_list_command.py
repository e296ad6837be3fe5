"""`portfolio list`: what needs action first, in the order of the findings, and any other list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from helpers.builders import golden_csv

from engine.commands.command import main


def run(*arguments: str, code: int = 0, lang: str = "ja") -> str:
    found = CliRunner(env={"PORTFOLIO_LANG": lang}).invoke(main, [*arguments])
    assert found.exit_code == code, found.output
    return found.output


@pytest.fixture
def typed(tmp_path: Path) -> str:
    return str(golden_csv(tmp_path / "顧客.csv"))


def test_what_needs_action_comes_in_the_order_of_the_findings(typed: str) -> None:
    listed = json.loads(run("list", "--customers", typed, "--json"))
    assert [(row["Customer"], row["Expected money (Sales)"]) for row in listed["rows"]] == [
        ("株式会社C", 2_000_000), ("株式会社A", 750_000),
    ]  # fmt: skip
    scored = json.loads(run("score", "--customers", typed, "--json", "--no-store"))["material"]["findings"]
    assert [each["expected"] for each in scored] == [2_000_000, 750_000]
    assert [each["owner"]["code"] for each in scored] == ["sales_head", "sales_head"]


def test_people_read_a_table_in_their_language(typed: str) -> None:
    shown = run("list", "--customers", typed, "--top", "1")
    assert "離脱のおそれ" in shown
    assert "2,000,000" in shown
    assert "株式会社A" not in shown
    assert "At risk" in run("list", "--customers", typed, lang="en")


def test_any_list_or_condition_is_shown(typed: str) -> None:
    rows = json.loads(run("list", "--customers", typed, "--list", "売上>600万", "--sort", "売上 昇順", "--json"))[
        "rows"
    ]
    assert [row["Customer"] for row in rows] == ["株式会社B", "株式会社A"]
    assert "りすく" in run("list", "--customers", typed, "--list", "りすく=高", code=2)


def test_the_run_in_a_few_lines_begins_with_what_matters(typed: str) -> None:
    assert "1社への依存: 株式会社A" in run("score", "--customers", typed, "--no-store")
