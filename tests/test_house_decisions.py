"""The decision pages: each in the index once, in the chapter of its room, and found from the module that it governs."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "decisions"
INDEX = PAGES / "README.md"
# Pages about the project as a whole: no one module is governed by them.
OF_THE_WHOLE = {"0291"}

NAMED = re.compile(r"\b[Dd]ecisions? (\d{4}(?:(?:, | and )\d{4})*)")
GOVERNED = ("engine", "addin", "report_templates", "workbooks", "tools", "tests")
# Folders of chapters that are no room of the engine, with the folders of code that they are about.
FACES = {
    "addin": ("addin", "tools"),
    "report": ("report_templates", "tools", "tests"),
    "workbooks": ("workbooks",),
    "house": ("tools", "tests"),
}


def pages() -> dict[str, Path]:
    return {path.name[:4]: path for path in sorted(PAGES.glob("*/[0-9]*.md"))}


def named() -> dict[str, set[str]]:
    """Number of a decision → the files that name it; the tests themselves do not count."""
    found: dict[str, set[str]] = {}
    for folder in GOVERNED:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in {".py", ".toml", ".css", ".jinja", ".bas"} or path.name.startswith("test_"):
                continue
            for numbers in NAMED.findall(path.read_text(encoding="utf-8")):
                for number in re.findall(r"\d{4}", numbers):
                    found.setdefault(number, set()).add(path.relative_to(ROOT).as_posix())
    return found


def replaced() -> set[str]:
    """The pages that say at their top that another one stands in their place."""
    return {
        n for n, path in pages().items() if path.read_text(encoding="utf-8").split("\n")[2].startswith("Replaced by [")
    }


def test_a_decision_that_code_names_exists() -> None:
    assert {number: files for number, files in named().items() if number not in pages()} == {}


def test_every_decision_is_named_by_what_it_governs() -> None:
    assert set(pages()) - set(named()) - replaced() == OF_THE_WHOLE


def test_a_decision_lies_in_the_chapter_of_a_module_that_names_it() -> None:
    astray = []
    for number, path in pages().items():
        chapter = path.parent.name
        rooms = FACES.get(chapter, (f"engine/{chapter}",))
        assert all((ROOT / room).is_dir() for room in rooms)
        files = named().get(number, set()) if number not in replaced() | OF_THE_WHOLE else set()
        if files and not any(name.startswith(f"{room}/") for name in files for room in rooms):
            astray.append((path.relative_to(PAGES).as_posix(), sorted(files)))
    assert astray == []


def test_no_decision_lies_outside_a_chapter_or_bears_the_number_of_another() -> None:
    assert [path.name for path in PAGES.glob("[0-9]*.md")] == []
    assert [n for n, count in Counter(p.name[:4] for p in PAGES.glob("*/[0-9]*.md")).items() if count > 1] == []


def test_the_index_has_every_decision_once_in_its_chapter() -> None:
    listed = re.findall(
        r"^- \[(\d{4}) [^\]]+\]\(([\w-]+)/(\d{4}-[\w-]+\.md)\)$", INDEX.read_text(encoding="utf-8"), flags=re.M
    )
    assert sorted(f"{folder}/{name}" for _, folder, name in listed) == sorted(
        path.relative_to(PAGES).as_posix() for path in pages().values()
    )
    assert [(number, name) for number, _, name in listed if not name.startswith(number)] == []
    chapters = list(dict.fromkeys(folder for _, folder, _ in listed))
    assert [(folder, number) for number, folder, _ in listed] == [
        (folder, number) for folder in chapters for number in sorted(n for n, f, _ in listed if f == folder)
    ]


@pytest.mark.parametrize("path", pages().values(), ids=lambda path: path.name[:4])
def test_links_between_decisions_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not path.parent.joinpath(link).exists()] == []
