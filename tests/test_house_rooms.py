"""The rooms of the house: drawn from the code, one way, and each says what it is for."""

from __future__ import annotations

import ast
from pathlib import Path

import house
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def rooms() -> house.House:
    return house.House()


def test_the_page_on_architecture_shows_the_rooms_as_they_are(rooms: house.House) -> None:
    for page in house.PAGES:
        text = page.read_text(encoding="utf-8")
        assert house.renewed(text, rooms) == text, "run python tools/house.py --write"


def test_no_files_and_no_rooms_of_the_engine_import_each_other_in_a_circle(rooms: house.House) -> None:
    assert rooms.circles == []
    assert [circle for circle in rooms.room_circles if circle[0].startswith("engine/")] == []


def test_the_rooms_of_a_package_stand_on_nine_floors_at_most(rooms: house.House) -> None:
    assert max(room.floor for room in rooms.rooms) <= 9


def test_a_folder_holds_sixteen_files_at_most(rooms: house.House) -> None:
    assert [(folder, files) for folder, files in rooms.fullest if files > 16] == []


def test_no_private_function_shares_a_name_of_one_word_with_another_file(rooms: house.House) -> None:
    assert rooms.shared_names == {}, "a verb and an object that say what it does can be found by searching"


def test_beside_the_tests_stand_no_modules_that_test_nothing() -> None:
    stray = [path.name for path in (ROOT / "tests").glob("*.py") if not path.name.startswith("test_")]
    assert stray == ["conftest.py"], "what several tests share stands in tests/helpers/"


def test_every_room_says_what_comes_in_what_goes_out_and_what_it_must_not_know(rooms: house.House) -> None:
    wordless = []
    for room in rooms.rooms:
        told = ast.get_docstring(ast.parse((ROOT / room.name / "__init__.py").read_text(encoding="utf-8"))) or ""
        if room.name.startswith("engine/") and room.name not in ("engine/lists", "engine/commands"):
            wordless += [room.name] if not all(word in told for word in ("In: ", "Out: ", "It must not know: ")) else []
        elif len(told) < 20:
            wordless.append(room.name)
    assert wordless == []


def test_a_circle_and_a_floor_are_found() -> None:
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}, "e": set()}
    assert sorted(map(sorted, house._components(arrows))) == [["a"], ["b", "c"], ["d"], ["e"]]
    assert house._floors(arrows) == {"b": 1, "c": 1, "a": 2, "d": 3, "e": 1}


@pytest.mark.parametrize("path", [path for page in house.PAGES for path in house.paths_named(page)])
def test_every_path_that_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists(), path
