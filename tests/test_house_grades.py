"""docs/grades*.md says what the code measures: its tables, its pictures, who moved, and what an earlier definition does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import grades
import grades_moved
import grades_pictures
import pytest
from PIL import Image, ImageChops, ImageStat

from engine.definition.definition import Definition, load_definition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.language.errors import Lang

LANGS: tuple[Lang, ...] = ("ja", "en")
PICTURE = re.compile(r'src="(grades/[^"]+)"')


def page(lang: Lang) -> str:
    return grades.PAGES[lang].read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", grades.BLOCKS)
def test_a_table_of_the_page_is_what_the_code_measures(name: str, lang: Lang) -> None:
    blocks: dict[str, Callable[[Lang], str]] = {name: grades.BLOCKS[name]}
    assert grades.renewed(page(lang), lang, blocks) == page(lang), "run make grades"


def test_every_picture_is_shown_and_every_picture_shown_is_there() -> None:
    shown = {name for lang in LANGS for name in PICTURE.findall(page(lang))}
    assert shown == {f"grades/{path.name}" for path in grades.PICTURES.iterdir()}
    for lang in LANGS:
        assert all(name.endswith(f".{lang}.webp") for name in PICTURE.findall(page(lang)))


def test_the_pictures_that_lie_there_are_those_of_the_sample(tmp_path: Path) -> None:
    for path in grades_pictures.draw(grades.judge_past("sample"), "sample", tmp_path):
        with Image.open(path) as made, Image.open(grades.PICTURES / path.name) as kept:
            assert made.size == kept.size, f"{path.name}: run make grades"
            apart = ImageChops.difference(made.convert("L"), kept.convert("L"))
            assert ImageStat.Stat(apart).mean[0] < 0.5, f"{path.name}: run make grades"  # of 255: softened edges only


def test_both_pages_are_built_alike() -> None:
    marks = [re.findall(r"^(#+ |\||<!--[^>]*-->|<img|- |\d+\. )", page(lang), flags=re.MULTILINE) for lang in LANGS]
    assert marks[0] == marks[1]


def test_fourteen_customers_shrank_unseen_and_all_have_a_strategy_against_it_now() -> None:
    shrinking = [each for each in grades_moved.moved("ja") if each.shrinking]
    assert len(shrinking) == 14
    assert {each.strategies[1] for each in shrinking} == {"減少の歯止めをかける"}
    assert all(each.levels[0] == "低" for each in shrinking)
    large = [each for each in shrinking if each.levels[1] == "中"]
    assert len(large) == 6
    share = grades_moved.both()[1].definition.number("levels.floor_share")
    sales = grades_moved.both()[1].frame["sales_12m"].sum()
    assert min(float(each.sales) for each in large) >= share * sales / 1e6


def test_an_earlier_definition_keeps_the_earlier_tables() -> None:
    """What docs/grades.md tells whoever still has the rows of an earlier definition."""
    before, now = grades_moved.both()
    counted = {table: len(before.definition.rules(table)) for table in ("strategy", "axes.risk", "axes.growth")}
    assert counted == {"strategy": 13, "axes.risk": 8, "axes.growth": 4}
    assert now.definition == load_definition()
    assert "p_base_lost" not in before.axes["risk"].metrics
    assert before.axes["value"].metrics[:2] == ("sales_multiple", "profit_multiple")
    known = before.frame["p_lost"].notna()
    assert (known == now.frame["p_lost"].notna()).all()  # the forecast is there all the same


def test_an_earlier_definition_without_its_tables_is_todays() -> None:
    """How docs/grades.md tells to move: without the rows of axes and strategies all else may stay; one row is a whole table."""
    before, now = grades_moved.both()
    rows = [(row.key, row.value) for row in before.definition.rows()]
    tables = ("axes.", "strategy.")
    assert Definition.from_rows([row for row in rows if not row[0].startswith(tables)]) == now.definition
    assert Definition.from_rows(rows) == before.definition
    kept = Definition.from_rows([row for row in rows if row[0] == "axes.growth.2"])
    assert len(kept.rules("axes.growth")) == 1
