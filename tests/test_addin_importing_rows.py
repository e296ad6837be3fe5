"""The laws of 取り込み over rows of cells: adding twice is adding once, every row is accounted for, undo gives back."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from helpers.memory_book import MemoryBook
from hypothesis import given, settings
from hypothesis import strategies as st

from addin.ribbon.imports import undo_store
from addin.ribbon.imports.merging import merge
from addin.ribbon.imports.revising import appended, formula_columns, patches, replaced
from addin.ribbon.imports.undo_store import Before, Step
from addin.ribbon.imports.writing import digest, revise
from addin.shared.book import CARRIED, Block, Formula

CELLS = st.sampled_from([None, "a", "b", 1, 2.0, date(2026, 3, 31)])
LINES = st.lists(st.tuples(st.sampled_from(["1", "2", "3", None]), CELLS, CELLS).map(list), max_size=7)


STAMP = datetime(2026, 3, 31, 9, 30)  # noqa: DTZ001 - a cell's moment has no time zone


def added(there: list[list[Any]], file: list[list[Any]], key: int | None) -> list[list[Any]]:
    found = merge(file, there, key)
    return appended(there, file, (0, 1, 2), found, 3)


@settings(deadline=None)
@given(there=LINES, file=LINES, key=st.sampled_from([0, None]))
def test_adding_twice_is_adding_once(there: list[list[Any]], file: list[list[Any]], key: int | None) -> None:
    once = added([row for row in there if any(row)], [row for row in file if any(row)], key)
    again = merge([row for row in file if any(row)], once, key)
    assert (again.new, again.changed) == ((), ())
    assert added(once, [row for row in file if any(row)], key) == once


@settings(deadline=None)
@given(there=LINES, file=LINES, key=st.sampled_from([0, None]))
def test_every_row_of_the_file_is_new_changed_or_there(
    there: list[list[Any]], file: list[list[Any]], key: int | None
) -> None:
    found = merge(file, there, key)
    lines = [*found.new, *(line for line, _ in found.changed), *(line for line, _ in found.same)]
    assert sorted(lines) == list(range(len(file)))
    used = [*(at for _, at in found.changed), *(at for _, at in found.same)]
    assert len(set(used)) == len(used)
    made = appended(there, file, (0, 1, 2), found, 3)
    assert len(made) <= len(there) + len(found.new)


def test_lines_of_one_order_are_paired_and_a_blank_says_nothing() -> None:
    there: list[list[Any]] = [["R1", "箱", 100], ["R1", "袋", 50], ["R2", "箱", 70], ["R9", "糸", 5]]
    file: list[list[Any]] = [
        ["R1", "袋", None],
        ["R1", "箱", 120],
        ["R1", "紐", 10],
        ["R2", "箱", 70.0],
        ["R3", "箱", 1],
    ]
    found = merge(file, there, 0)
    assert found.by_key
    assert found.same == ((0, 1), (3, 2))
    assert found.changed == ((1, 0),)
    assert found.new == (2, 4)
    made = appended(there, file, (0, 1, 2), found, 3)
    assert made == [
        ["R1", "箱", 120],
        ["R1", "袋", 50],
        ["R2", "箱", 70],
        ["R9", "糸", 5],
        ["R1", "紐", 10],
        ["R3", "箱", 1],
    ]


def test_an_order_with_fewer_lines_leaves_the_others() -> None:
    found = merge([["R1", "箱", 100]], [["R1", "箱", 100], ["R1", "袋", 50]], 0)
    assert (found.same, found.left) == (((0, 0),), (1,))


def test_ids_are_the_same_in_any_width_but_00123_is_not_123() -> None:
    found = merge([["Ｒ１", 1], ["123", 2]], [["r1", 1], ["00123", 2], [123, 3]], 0)
    assert found.changed == ((0, 0), (1, 2))
    assert found.new == ()


def test_without_an_id_equal_rows_count_one_by_one() -> None:
    file: list[list[Any]] = [["甲社", 5], ["甲社", 5], ["乙社", 1]]
    found = merge(file, [["甲社", 5.0]])
    assert (found.same, found.new, found.twins, found.by_key) == (((0, 0),), (1, 2), (1,), False)


def test_many_lines_of_one_id_are_paired_by_equality() -> None:
    file = [["1", at] for at in range(400)]
    found = merge(file, [["1", at] for at in reversed(range(399))], 0)
    assert len(found.same) == 399
    assert found.new == (399,)


def test_new_rows_use_the_room_of_the_table_and_formulas_go_on() -> None:
    rows: list[list[Any]] = [["1", 10, Formula("=B2*2"), "memo"], [None, None, Formula("=B3*2"), None]]
    file: list[list[Any]] = [["2", 20], ["3", 30]]
    made = appended(rows, file, (0, 1), merge(file, [["1", 10]], 0), 4)
    assert made == [
        ["1", 10, "=B2*2", "memo"],
        ["2", 20, "=B3*2", None],
        ["3", 30, CARRIED, None],
    ]
    assert formula_columns(rows) == {2}
    assert replaced(rows, [["9", 1]], (0, 1), 4) == [["9", 1, "=B2*2", None]]
    assert replaced(rows, [["9", 1]] * 3, (0, 1), 4)[2] == ["9", 1, CARRIED, None]


@given(
    before=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    after=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8),
)
def test_patches_lead_from_one_table_to_the_other(before: list[list[Any]], after: list[list[Any]]) -> None:
    page = [list(row) for row in before[: len(after)]]
    page += [["?"] * 3 for _ in range(len(after) - len(page))]
    touched = 0
    for top, left, cells in patches(before[: len(after)], after):
        for down, row in enumerate(cells, top):
            for across, cell in enumerate(row, left):
                page[down][across] = cell
                touched += 1
    assert [[str(cell) for cell in row] for row in page] == [[str(cell) for cell in row] for row in after]
    same = sum(old == new and type(old) is type(new) for one, other in zip(before, after, strict=False)
               for old, new in zip(one, other, strict=True))  # fmt: skip
    assert touched <= 3 * len(after) - same


def test_a_text_is_not_the_number_it_looks_like() -> None:
    assert patches([["1", 1, True]], [[1, 1.0, 1]]) == [(0, 0, [[1]]), (0, 2, [[1]])]
    assert patches([[Formula("=A1")]], [["=A1"]]) == [(0, 0, [["=A1"]])]


@settings(deadline=None)
@given(there=LINES, file=LINES, key=st.sampled_from([0, None]), whole=st.booleans())
def test_taking_back_gives_every_cell_as_it_was(
    there: list[list[Any]], file: list[list[Any]], key: int | None, whole: bool
) -> None:
    header = ["ID", "何", "額"]
    file = [row for row in file if any(row)]
    book = MemoryBook({"取引": [list(row) for row in [header, *there]]})
    before = Block("取引", tuple(map(tuple, book.pages["取引"])), 1)
    made = replaced(there, file, (0, 1, 2), 3) if whole else added(there, file, key)
    with book.quiet():
        revise(book, before, [header, *made])
        after = book.contents("取引")
        assert after is not None
        assert [list(row) for row in after.rows] == [header, *made]
        revise(book, after, before.rows)
    assert repr(book.pages["取引"]) == repr([header, *there])


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path / "store"))
    return tmp_path / "store" / "undo"


ROWS = (("顧客ID", "日付", "額"), ("00123", date(2026, 3, 31), 1.5), (None, STAMP, Formula("=C2*2")))  # fmt: skip


def step(number: str = "") -> Step:
    before = (Before("取引", ROWS, False, "ab"), Before("商品", None, True, "cd"))
    return Step(number or undo_store.new_number(), STAMP, "売上.csv → 取引", before)


def test_what_is_kept_comes_back_cell_by_cell(store: Path) -> None:
    kept = step()
    undo_store.keep(kept)
    found = undo_store.recall(kept.number)
    assert found == kept
    assert found is not None
    assert [type(cell) for row in found.sheets[0].rows or () for cell in row] == [
        type(cell) for row in ROWS for cell in row
    ]
    assert [path.name for path in store.iterdir()] == [f"{kept.number}.json.gz"]
    undo_store.forget(kept.number)
    assert undo_store.recall(kept.number) is None
    undo_store.forget(kept.number)


def test_only_the_newest_twenty_are_kept(store: Path) -> None:
    for at in range(25):
        undo_store.keep(step(f"IM-20261201-0000{at:02}-0000"))
    assert len(list(store.iterdir())) == 20
    assert [each.number[-7:-5] for each in undo_store.steps()] == [f"{at:02}" for at in range(24, 4, -1)]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08", b"not ours"])
def test_a_damaged_step_is_none(store: Path, content: bytes) -> None:
    kept = step()
    undo_store.keep(kept)
    (store / f"{kept.number}.json.gz").write_bytes(content)
    assert undo_store.recall(kept.number) is None
    assert undo_store.steps() == ()


def test_a_hash_tells_what_was_typed() -> None:
    assert digest([["a", 1], [None, None]]) == digest([("a", 1.0)])
    assert digest([[date(2026, 1, 1)]]) == digest([[datetime(2026, 1, 1)]])  # noqa: DTZ001 - as a host hands over a day
    different: list[list[list[Any]]] = [
        [["1"]],
        [[1]],
        [[True]],
        [["=A1"]],
        [[Formula("=A1")]],
        [[None, "1"]],
        [["1"], ["1"]],
    ]
    assert len({digest(rows) for rows in different}) == len(different)
