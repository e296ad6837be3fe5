"""The gallery of reports: its pages show every picture that lies there, and its tool makes them again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import gallery
import pytest
from gallery_inputs import INPUTS, MANY, Input
from helpers.reports import golden, report_of
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "gallery"
SHOWN = {"ja": ROOT / "docs" / "gallery.ja.md", "en": ROOT / "docs" / "gallery.md"}
MOST = 6 * 2**20  # bytes of all pictures together
PICTURE = re.compile(r"!\[([^\]]*)\]\(gallery/([^)]+)\)")


def listed() -> list[gallery.Page]:
    return [gallery.Page(**each) for each in json.loads((FOLDER / gallery.MANIFEST).read_text(encoding="utf-8"))]


def by_key(key: str) -> Input:
    return next(each for each in INPUTS if each.key == key)


def test_every_picture_is_listed_and_every_listed_one_is_there() -> None:
    pictures = sorted(path.name for path in FOLDER.glob("*.webp"))
    assert pictures
    assert pictures == sorted(page.picture for page in listed())
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MOST


@pytest.mark.parametrize("lang", gallery.LANGS)
def test_the_page_of_a_language_shows_its_pictures_in_order_with_their_messages(lang: str) -> None:
    mine = [page for page in listed() if page.lang == lang]
    shown = PICTURE.findall(SHOWN[lang].read_text(encoding="utf-8"))
    assert [picture for _, picture in shown] == [page.picture for page in mine]
    assert all(words for words, _ in shown)
    assert SHOWN[lang].read_text(encoding="utf-8").count("](gallery/") == len(mine)


@pytest.mark.parametrize("each", INPUTS, ids=lambda each: each.key)
def test_an_input_is_shown_whole_and_alike_in_both_languages(each: Input) -> None:
    numbers = {
        lang: [page.number for page in listed() if (page.input, page.lang) == (each.key, lang)] for lang in SHOWN
    }
    assert numbers["ja"] == numbers["en"] == list(range(1, len(numbers["ja"]) + 1))
    text = {lang: path.read_text(encoding="utf-8") for lang, path in SHOWN.items()}
    assert each.about.ja in text["ja"]
    assert each.about.en in text["en"]


def test_the_tool_draws_the_three_customers(tmp_path: Path) -> None:
    pages = gallery.make(tmp_path, [by_key("three")])
    assert [page.picture for page in pages] == [page.picture for page in listed() if page.input == "three"]
    assert pages[0].message == report_of(golden()).sections[0].message.ja
    assert sorted(path.name for path in tmp_path.glob("*.webp")) == sorted(page.picture for page in pages)
    with Image.open(tmp_path / pages[0].picture) as picture:
        assert picture.size == (1123, 794)  # A4 across at 96 dpi
    sections = len(report_of(golden()).sections)
    assert len(pages) == 2 * sections


def test_inputs_are_the_same_every_time(tmp_path: Path) -> None:
    for key in ("three", "five", "many"):
        bytes_of = []
        for turn in ("first", "second"):
            folder = tmp_path / key / turn
            folder.mkdir(parents=True)
            by_key(key).write(folder)
            bytes_of.append({path.name: path.read_bytes() for path in folder.iterdir()})
        assert bytes_of[0] == bytes_of[1]
    assert (tmp_path / "many" / "first" / "customers.csv").read_bytes().count(b"\n") == MANY + 1


def test_the_command_that_is_shown_is_the_one_that_ran() -> None:
    command = gallery.command_of(by_key("many"), ["--customers", "customers.csv"])
    assert command[:2] == ["portfolio-report", "render"]
    assert command[command.index("--as-of") + 1] == "2026-09-30"
    assert "--compare" in command
    assert "--as-of" not in gallery.command_of(by_key("cdnow"), [])
