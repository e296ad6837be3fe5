"""docs/design names every colour, shape, size and form that the report has, with its value: it cannot grow stale."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from report_templates.print import render
from report_templates.texts import settings

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("design.md", "design.ja.md")


def read(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def css() -> str:
    return re.sub(r"(?s)/\*.*?\*/", "", str(render._styles("print")))


@pytest.mark.parametrize("page", PAGES)
def test_every_colour_stands_there_with_its_value_and_no_other(page: str) -> None:
    document = tomllib.loads((settings.ROOM / "settings.toml").read_text(encoding="utf-8"))
    rows = dict(re.findall(r"(?m)^\| `([a-z_]+)`[^|]*\| `(#[0-9a-f]{6})` \|", read(page)))
    segments = {code: entry["fill"] for code, entry in document["segments"].items()}
    assert rows == {**document["colours"], **segments}
    for code, entry in document["segments"].items():
        assert re.search(rf"(?m)^\| `{code}`.*`{entry['shape']}`", read(page))


@pytest.mark.parametrize("page", PAGES)
def test_every_size_of_letters_stands_there_and_no_other(page: str) -> None:
    sizes = set(re.findall(r"font-size: ([\d.]+rem)", css()))
    table = "\n".join(line for line in read(page).splitlines() if re.match(r"\| `[\d.]+rem`", line))
    assert set(re.findall(r"`([\d.]+rem)`", table)) == sizes


def test_the_style_sheet_uses_no_colour_that_is_not_a_token() -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,6}\b(?![\w-]*\s*[{,>.])", re.sub(r"[^{}]+\{", "{", css()))
    assert set(re.findall(r"var\(--([\w-]+)\)", css())) <= set(settings.colours())


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_link_to_each_other_and_are_linked_from_the_page_on_templates(page: str) -> None:
    other = next(each for each in PAGES if each != page)
    assert f"]({other})" in read(page)
    templates = page.replace("design", "templates")
    assert f"]({templates})" in read(page)
    assert f"]({page})" in read(templates)
