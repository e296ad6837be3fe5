"""The buttons of データ, スコア, 記録 and ヘルプ over the sample company: 120 customers and three years of orders."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed

from addin.install import doctor
from engine.runs import runs
from workbooks.sample.sample import make_sample, write_csv


@pytest.fixture(scope="module")
def sheets() -> dict[str, list[list[Any]]]:
    sample = make_sample()
    return {each.name: [list(each.header), *map(list, each.rows)] for each in sample.sheets.values()}


@pytest.fixture
def book(sheets: dict[str, list[list[Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryBook:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path / "store"))
    runs.forget_all()
    settings: list[list[Any]] = [
        ["キー", "値"],
        ["general.as_of", make_sample().as_of],
        ["general.purpose", "既存深耕"],
    ]
    return MemoryBook({**copy.deepcopy(sheets), "設定": settings})


def test_every_button_leaves_the_input_as_it_is(
    book: MemoryBook, sheets: dict[str, list[list[Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "checks", list)
    first = pressed(
        pressed(MemoryBook({**copy.deepcopy(sheets), "設定": [["キー", "値"], ["general.as_of", "2026/3/31"]]}))
    )
    assert first.messages[0][0].startswith("更新しました")
    pressed(book)
    answers: dict[str, list[Any]] = {
        "snapshot": ["サンプル"],
        "trace": [str(sheets["顧客"][1][1]), "総合"],
        "values_copy": [tmp_path / "控え.xlsx"],
    }
    for button in (
        *("check_data", "duplicates", "pending", "edit_definition", "snapshot", "compare_runs", "trace", "audit_log"),
        *("functions_list", "glossary", "diagnose", "values_copy"),
    ):
        book.answers = answers.get(button, [])
        pressed(book, button=button)
        assert not any(trouble for _, trouble in book.messages), (button, book.messages[-1])
        assert not book.is_quiet
    assert {name: book.pages[name] for name in sheets} == sheets
    assert {"データ検査", "名寄せ候補", "異動", "根拠", "監査ログ", "関数一覧", "用語集", "診断"} <= set(book.pages)
    assert "未反映の変更はありません" in "\n".join(text for text, _ in book.messages)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_exported_and_imported_again_the_data_are_the_same(book: MemoryBook, tmp_path: Path, encoding: str) -> None:
    pressed(book)
    for path in write_csv(tmp_path, encoding):
        book.answers = [path, "replace"]
        pressed(book, button="import_table")
        assert len(book.asked) == 2, book.asked  # the file's name tells the table
        book.asked.clear()
        assert not book.messages[-1][1], book.messages[-1]
    pressed(book, button="pending")
    assert "未反映の変更はありません" in book.messages[-1][0]
    assert [line[2] for line in book.pages["監査ログ"][1:]] == ["更新", *["取り込み"] * len(make_sample().sheets)]


def test_files_without_a_telling_name_are_known_by_their_headers(book: MemoryBook, tmp_path: Path) -> None:
    for number, path in enumerate(write_csv(tmp_path)):
        plain = path.rename(tmp_path / f"export{number}.csv")
        book.answers = [plain, None]
        pressed(book, button="import_table")
        assert len(book.asked) == 2, (path.name, book.asked)
        assert f"シート「{list(book.pages)[number]}」(" in book.asked[1]
        book.asked.clear()
