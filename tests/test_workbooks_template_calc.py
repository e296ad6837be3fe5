"""The template in a real LibreOffice Calc: calm while it is empty, and useful with seven columns typed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbooks.build import TEMPLATE_NAME, build_template
from workbooks.sample.sample import example
from workbooks.sheets.portfolio import FIRST_ROW, HEADER_ROW
from workbooks.style.sheet_names import SHEETS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from helpers.office import Book, Office

pytestmark = pytest.mark.calc

RUN = "=PORTFOLIO_RUN(顧客表[#All];取引表[#All];設定表[#All])"
SEVEN = "ABCDEFG"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_template(tmp_path_factory.mktemp("template") / TEMPLATE_NAME)


@pytest.fixture(scope="module")
def empty(office: Office, path: Path) -> Iterator[Book]:
    with office.open(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def typed(office: Office, path: Path) -> Iterator[Book]:
    """Type the three customers of the field's example, and let the functions score them once."""
    with office.open(path) as opened:
        for down, cells in enumerate(example().rows, start=2):
            for letter, cell in zip(SEVEN, cells, strict=True):
                opened.put("顧客", f"{letter}{down}", cell if isinstance(cell, (int, float)) else str(cell))
        opened.put("監査ログ", "Z1", RUN)  # out of the way: the run as 更新 would calculate it
        opened.recalculate()
        handle = opened.value("監査ログ", "Z1")
        assert isinstance(handle, str)
        assert handle.startswith("PF-"), handle
        opened.put("監査ログ", "Z1", "")
        opened.put("設定", "C4", handle)  # what 更新 writes
        opened.recalculate()
        yield opened


def shown(book: Book) -> dict[str, list[str]]:
    """Return the texts of every sheet that look like an error."""
    found = {}
    for sheet in book.sheets():
        texts = [cell for row in book.values(sheet) for cell in row if isinstance(cell, str)]
        wrong = [text for text in texts if text.startswith(("#", "Err:"))]
        if wrong:
            found[sheet] = wrong
    return found


def test_the_empty_template_shows_no_error_and_says_what_to_do(empty: Book) -> None:
    assert tuple(empty.sheets()) == SHEETS
    assert empty.errors() == {}
    assert shown(empty) == {}
    told = empty.value("ポートフォリオ表", "B3")
    assert isinstance(told, str)
    assert "「更新」" in told


def test_seven_typed_columns_give_a_portfolio(typed: Book) -> None:
    rows = typed.values("ポートフォリオ表")
    header = [str(cell).replace("\n", "") for cell in rows[HEADER_ROW]]
    wanted = {
        "顧客名": ["株式会社A", "株式会社B", "株式会社C"], "年間売上": [15_000_000.0, 9_000_000.0, 5_000_000.0],
        "継続性": ["高", "中", "低"], "成長ポテンシャル": ["中", "高", "低"], "リスク": ["低", "中", "高"],
        "戦略": ["クロスセルを狙う", "アップセルで深耕", "再契約の機会を探る"],
    }  # fmt: skip
    for title, cells in wanted.items():
        at = header.index(title)
        assert [row[at] for row in rows[FIRST_ROW : FIRST_ROW + 3]] == cells, title
    assert all(cell == "" for row in rows[FIRST_ROW + 3 :] for cell in row[: len(wanted) + 2])


def test_the_concentration_is_the_field_s_own(typed: Book) -> None:
    rows = typed.values("集中リスク")
    (hhi,) = [row[2] for row in rows if row[1] == "HHI"]
    assert hhi == pytest.approx(3935.79, abs=0.01)  # 51.7² + 31.0² + 17.2², of the exact shares
    verdicts = {row[1]: row[4] for row in rows}
    assert verdicts["顧客依存"] == "重大"
    assert verdicts["単一顧客依存"] == "重大"
    assert verdicts["顧客集中"] == "警告"


def test_what_seven_columns_cannot_carry_says_what_is_missing(typed: Book) -> None:
    """Only Calc shows #N/A, below a table that is shorter than its block; a conditional format hides it."""
    assert set(typed.errors().values()) <= {"#N/A"}
    told = {text for texts in shown(typed).values() for text in texts} - {"#N/A"}
    assert all(text.startswith(("#PF データ不足: ", "#PF 列なし: ")) for text in told), told
    assert any("取引" in text for text in told)
