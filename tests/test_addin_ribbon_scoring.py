"""基準日, 目的, 定義を編集 and 未反映を確認, over a book in memory."""

from __future__ import annotations

import copy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS

from addin.shared.book import Named
from engine.definition.settings_sheet import definition_from_block, entry_place
from engine.language.errors import Refusal
from engine.runs import runs

SETTINGS: list[list[Any]] = [
    [None, "設定", None, None],
    [None, None, None, None],
    [None, "項目", "値", "キー"],
    [None, "目的", "既存深耕", "general.purpose"],
    [None, "基準日", None, "general.as_of"],
    [None, "休眠までの日数", 240, "cpm.lapse_days"],
]


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path / "store"))
    runs.forget_all()


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook(
        {"顧客": copy.deepcopy(BOOK_CUSTOMERS), "取引": copy.deepcopy(BOOK_ORDERS), "設定": copy.deepcopy(SETTINGS)}
    )


def changed_cells(before: list[list[Any]], after: list[list[Any]]) -> list[tuple[int, int]]:
    return [
        (row, column)
        for row, (old, new) in enumerate(zip(before, after, strict=True))
        for column, (then, now) in enumerate(zip(old, new, strict=True))
        if then != now
    ]


@pytest.mark.parametrize("answer", ["2026/2/28", "令和8年2月28日", "R8.2.28", "２０２６/２/２８ "])
def test_the_as_of_date_changes_one_cell(book: MemoryBook, answer: str) -> None:
    book.answers = [answer]
    pressed(book, button="as_of")
    assert changed_cells(SETTINGS, book.pages["設定"]) == [(4, 2)]
    assert book.pages["設定"][4][2] == date(2026, 2, 28)
    assert book.messages == [("基準日: 自動(最新の取引日) → 2026年2月28日\n「更新」を押すと反映されます。", False)]
    assert book.pages["監査ログ"][-1][2] == "基準日の変更"
    pressed(book)
    assert runs.recall(str(book.cells["PF_RUN"].value)).as_of == date(2026, 2, 28)
    book.answers = [""]
    pressed(book, button="as_of")
    assert book.pages["設定"][4][2] is None
    assert ("ask", "2026/02/28") in book.log


@pytest.mark.parametrize("answer", ["いつか", "2026/13/1", "26/1/1", "=1+1"])
def test_an_answer_that_is_no_date_changes_nothing(book: MemoryBook, answer: str) -> None:
    before = copy.deepcopy(book.pages)
    book.answers = [answer]
    pressed(book, button="as_of")
    assert book.pages == before
    text, trouble = book.messages[0]
    assert trouble
    assert f"「{answer}」は基準日にできません" in text


@pytest.mark.parametrize(("button", "answers"), [("as_of", [None]), ("as_of", ["2999/1/1"]), ("purpose", [None])])
def test_cancelling_changes_nothing(book: MemoryBook, button: str, answers: list[Any]) -> None:
    before = copy.deepcopy(book.pages)
    book.answers = answers
    pressed(book, button=button)
    assert book.pages == before


def test_a_day_to_come_is_confirmed_first(book: MemoryBook) -> None:
    before = copy.deepcopy(book.pages)
    book.answers = ["2190/1/1", False]
    pressed(book, button="as_of")
    assert book.pages == before
    assert "今日より後" in book.asked[1]
    book.answers = ["2190/1/1", True]
    pressed(book, button="as_of")
    assert book.pages["設定"][4][2] == date(2190, 1, 1)


@pytest.mark.parametrize(
    ("answer", "word"), [("1", "新規開拓"), ("リスク回避", "リスク回避"), ("Avoid risk", "リスク回避")]
)
def test_the_purpose_changes_one_cell(book: MemoryBook, answer: str, word: str) -> None:
    book.answers = [answer]
    pressed(book, button="purpose")
    assert changed_cells(SETTINGS, book.pages["設定"]) == [(3, 2)]
    assert book.pages["設定"][3][2] == word
    assert ("ask", "2") in book.log
    assert book.messages[0][0].startswith(f"目的: 既存深耕 → {word}")


def test_the_same_purpose_again_writes_nothing(book: MemoryBook) -> None:
    before = copy.deepcopy(book.pages)
    book.answers = ["既存深耕"]
    pressed(book, button="purpose")
    assert book.pages == before
    assert book.messages == [("目的は既存深耕のままです。", False)]


def test_a_purpose_that_is_none_is_refused(book: MemoryBook) -> None:
    before = copy.deepcopy(book.pages)
    book.answers = ["全部"]
    pressed(book, button="purpose")
    assert book.pages == before
    assert book.messages[0][1]


@pytest.mark.parametrize(("lang", "sheet", "word"), [("ja", "設定", "新規開拓"), ("en", "Settings", "Acquire")])
def test_a_book_without_settings_gets_them(book: MemoryBook, lang: Any, sheet: str, word: str) -> None:
    del book.pages["設定"]
    book.answers = ["1"]
    pressed(book, lang, "purpose")
    block = book.pages[sheet]
    place = entry_place(block, "general.purpose")
    assert place is not None
    assert block[place[0]][place[1]] == word
    assert definition_from_block(block, sheet=sheet).value("general.purpose") == word
    pressed(book, lang)
    assert runs.recall(str(book.cells["PF_RUN"].value)).purpose == "acquire"


def test_a_row_that_is_missing_is_told(book: MemoryBook) -> None:
    del book.pages["設定"][4]
    before = copy.deepcopy(book.pages)
    book.answers = ["2026/2/28"]
    pressed(book, button="as_of")
    assert book.pages == before
    assert "general.as_of" in book.messages[0][0]


def test_a_formula_in_pf_run_takes_it_up_by_itself(book: MemoryBook) -> None:
    book.cells["PF_RUN"] = Named("PF-19990101-000000", is_formula=True)
    book.answers = ["1"]
    pressed(book, button="purpose")
    assert "数式が自動で反映" in book.messages[0][0]


@pytest.mark.parametrize("button", ["as_of", "purpose", "edit_definition", "pending"])
def test_settings_that_cannot_be_read_are_told(book: MemoryBook, button: str) -> None:
    pressed(book)
    book.pages["設定"] = [["何か", "別のもの"], ["a", "b"]]
    before = copy.deepcopy(book.pages)
    pressed(book, button=button)
    assert book.pages == before
    text, trouble = book.messages[-1]
    assert trouble
    assert "キー" in text


def test_editing_without_a_change_only_shows_the_sheet(book: MemoryBook) -> None:
    pressed(book)
    book.messages.clear()
    before = copy.deepcopy(book.pages)
    pressed(book, button="edit_definition")
    assert book.pages == before
    assert ("show", "設定", "1", "1") in book.log
    assert book.messages == []


def test_editing_makes_the_sheet_where_it_is_missing() -> None:
    book = pressed(MemoryBook({"顧客": copy.deepcopy(BOOK_CUSTOMERS)}), button="edit_definition")
    assert book.pages["設定"][0] == ["項目", "値", "単位", "出典", "キー"]
    assert ("show", "設定", "1", "1") in book.log
    assert "作りました" in book.messages[0][0]
    pressed(book)
    plain = runs.recall(str(book.cells["PF_RUN"].value))
    assert plain.definition.value("cpm.lapse_days") == 240
    book.messages.clear()
    pressed(book, button="pending")
    assert "未反映の変更はありません" in book.messages[0][0]


def test_what_a_changed_threshold_moves_is_told_before_it_is_adopted(book: MemoryBook) -> None:
    book.pages["設定"].append([None, "「高」の下限", 70, "levels.high"])
    pressed(book)
    handle = book.cells["PF_RUN"].value
    book.messages.clear()
    book.pages["設定"][-1][2] = 60
    pressed(book, button="edit_definition")
    text, trouble = book.messages[0]
    assert not trouble
    assert "この変更で3社が移動します" in text
    assert "70 → 60" in text
    assert book.cells["PF_RUN"].value == handle
    rows = book.pages["定義の影響"]
    assert any(row[1:4] == ["70", "60", "levels.high"] for row in rows)
    moved = [row for row in rows if row[0] == "標準" and row[1]]
    assert len(moved) == 3
    assert book.log[-2] == ("show", "設定", "1", "1")


def test_nothing_is_pending_after_a_refresh(book: MemoryBook) -> None:
    pressed(book)
    book.messages.clear()
    before = copy.deepcopy(book.pages)
    pressed(book, button="pending")
    assert book.messages == [(f"未反映の変更はありません(実行ID {book.cells['PF_RUN'].value})。", False)]
    assert book.pages == before


def test_what_changed_is_told_table_by_table(book: MemoryBook) -> None:
    pressed(book)
    book.messages.clear()
    book.pages["顧客"][1][book.pages["顧客"][0].index("業界")] = "まったく別の業界"
    book.pages["顧客"].append(["N1", "新しい会社", *[None] * (len(book.pages["顧客"][0]) - 2)])
    book.pages["取引"].pop()
    book.pages["商品"] = [["商品", "標準単価"], ["箱", 100]]
    book.pages["設定"][5][2] = 200
    before = copy.deepcopy(book.pages)
    pressed(book, button="pending")
    text, _ = book.messages[0]
    assert "顧客: 追加 1行、変更 1行" in text
    assert "取引: 削除 1行" in text
    assert "商品: 表が加わりました" in text
    assert "240 → 200" in text
    assert text.endswith("「更新」を押すと反映されます。")
    assert book.pages == before


def test_an_order_newer_than_the_run_is_pending(book: MemoryBook) -> None:
    pressed(book)
    book.messages.clear()
    newest = list(book.pages["取引"][1])
    newest[1] = datetime(2026, 5, 1)  # noqa: DTZ001 - as a sheet holds it
    book.pages["取引"].append(newest)
    pressed(book, button="pending")
    assert "取引: 追加 1行" in book.messages[0][0]


def test_an_earlier_as_of_date_is_told_as_such_and_not_as_rows_that_are_gone(book: MemoryBook) -> None:
    pressed(book)
    book.messages.clear()
    book.pages["設定"][4][2] = date(2025, 6, 30)
    pressed(book, button="pending")
    assert "基準日" in book.messages[0][0]
    assert "取引" not in book.messages[0][0]
    pressed(book, button="edit_definition")
    assert "基準日の変更による異動は" in book.messages[1][0]


def test_another_spelling_of_the_purpose_is_no_change(book: MemoryBook) -> None:
    pressed(book)
    book.messages.clear()
    book.pages["設定"][3][2] = "deepen"
    pressed(book, button="pending")
    assert "未反映の変更はありません" in book.messages[0][0]


def test_a_run_of_which_the_scores_alone_were_stored_is_compared_by_its_hash(book: MemoryBook) -> None:
    book.pages["設定"].append([None, "保存するもの", "scored", "store.keep"])
    pressed(book)
    book.messages.clear()
    runs.forget_all()
    pressed(book, button="pending")
    assert "未反映の変更はありません" in book.messages[0][0]
    book.pages["取引"].pop()
    pressed(book, button="pending")
    assert "どの表かは分かりません" in book.messages[1][0]


@pytest.mark.parametrize("button", ["pending", "snapshot", "compare_runs", "trace"])
def test_without_a_run_it_is_said(book: MemoryBook, button: str) -> None:
    before = copy.deepcopy(book.pages)
    pressed(book, button=button)
    assert book.pages == before
    assert book.messages[0][1]
    assert book.messages[0][0].startswith("実行なし")


def test_every_refresh_adds_a_line_to_the_log_and_keeps_the_rest(book: MemoryBook) -> None:
    pressed(book)
    book.pages["監査ログ"][1][7] = "私のメモ"
    pressed(book)
    header, first, second = book.pages["監査ログ"]
    assert header == ["日時", "利用者", "操作", "実行ID", "データのハッシュ", "定義版", "件数", "メモ"]
    assert first[7] == "私のメモ"
    assert second[2:4] == ["更新", book.cells["PF_RUN"].value]
    assert first[4] == second[4]
    assert second[6] == len(runs.recall(str(book.cells["PF_RUN"].value)))


def test_a_run_that_cannot_be_stored_says_so_in_the_log(book: MemoryBook, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise Refusal("unwritable", "ディスクの空きが足りません", "the disk is full")

    monkeypatch.setattr(runs, "keep", full)
    pressed(book)
    assert book.pages["監査ログ"][-1][7] == "実行を保存できませんでした"
    assert "ディスクの空きが足りません" in book.messages[0][0]


def test_a_log_of_the_users_own_is_left_alone(book: MemoryBook) -> None:
    book.pages["監査ログ"] = [["うちの監査"]]
    pressed(book)
    assert book.pages["監査ログ"] == [["うちの監査"]]
    assert "シート「監査ログ」" in book.messages[0][0]


def test_our_own_workbook_is_not_told_of_its_own_sheets(book: MemoryBook) -> None:
    book.pages["ポートフォリオ表"] = [["=PORTFOLIO_LIST()"]]
    pressed(book)
    assert "そのまま残しました" in book.messages[-1][0]
    assert not [step for step in book.log if step[0] == "fit_print"]
    book.cells["PF_LIVE"] = Named("ポートフォリオ表", is_formula=False)
    pressed(book)
    assert "更新しました" in book.messages[-1][0]
    assert "残しました" not in book.messages[-1][0]
    assert ("fit_print", "ポートフォリオ表") in book.log
    assert ("fit_print", "顧客") not in book.log
    assert book.pages["ポートフォリオ表"] == [["=PORTFOLIO_LIST()"]]
