"""docs/newcomer.md: ten questions, and every file and name on the way to their answers is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "newcomer.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^## (\d+)\. (.+\?)$", PAGE, flags=re.MULTILINE)
STEPS = re.findall(r"^\d+\. `([^`]+)`(.*)$", PAGE, flags=re.MULTILINE)


def test_there_are_ten_questions_each_with_at_most_four_steps() -> None:
    assert [int(number) for number, _ in QUESTIONS] == list(range(1, 11))
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        steps = [int(number) for number in re.findall(r"^(\d+)\. `", part, flags=re.MULTILINE)]
        assert steps == list(range(1, len(steps) + 1))
        assert 2 <= len(steps) <= 4


@pytest.mark.parametrize(("path", "told"), STEPS, ids=[f"{number}-{path}" for number, (path, _) in enumerate(STEPS)])
def test_a_step_leads_to_a_file_that_holds_what_is_named(path: str, told: str) -> None:
    file = ROOT / path
    assert file.is_file(), path
    source = file.read_text(encoding="utf-8")
    for name in re.findall(r"`([^`]+)`", told):
        if name.startswith("portfolio-"):
            continue  # a command
        defined = rf"^\s*(?:def|class) {re.escape(name)}\b|^{re.escape(name)}\b"
        wanted = defined if name.isidentifier() and path.endswith(".py") else re.escape(name)
        assert re.search(wanted, source, flags=re.MULTILINE), f"{path} holds no {name}"


def test_the_page_is_named_where_a_newcomer_begins() -> None:
    assert "docs/newcomer.md" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
