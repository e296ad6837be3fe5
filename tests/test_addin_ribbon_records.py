"""スナップショット, 前回と比較, 根拠をたどる and 監査ログ, over a book in memory and a store of its own."""

from __future__ import annotations

import copy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS
from helpers.runs_of_two_reviews import EARLIER_ORDERS

from addin.shared.book import Named
from engine.language.errors import Refusal
from engine.runs import runs, store
from engine.runs.store import audit


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path / "store"))
    runs.forget_all()
    return tmp_path / "store"


def made(orders: list[list[Any]]) -> MemoryBook:
    book = pressed(MemoryBook({"顧客": copy.deepcopy(BOOK_CUSTOMERS), "取引": copy.deepcopy(orders)}))
    book.messages.clear()
    book.log.clear()
    return book


@pytest.fixture
def book() -> MemoryBook:
    return made(BOOK_ORDERS)


@pytest.fixture
def second() -> MemoryBook:
    """The book of the second review; the first one's run is in the store."""
    made(EARLIER_ORDERS)
    return made(BOOK_ORDERS)


def handle(book: MemoryBook) -> str:
    return str(book.cells["PF_RUN"].value)


def test_a_snapshot_is_stored_with_its_note(book: MemoryBook) -> None:
    inputs = copy.deepcopy({name: book.pages[name] for name in ("顧客", "取引")})
    book.answers = ["9月の会議用 =1+1"]
    pressed(book, button="snapshot")
    assert [record.what for record in audit.records()] == ["refresh", "snapshot"]
    assert book.pages["監査ログ"][-1][2:4] == ["スナップショット", handle(book)]
    assert book.pages["監査ログ"][-1][7] == "9月の会議用 =1+1"
    assert "保存しました" in book.messages[0][0]
    assert {name: book.pages[name] for name in inputs} == inputs
    runs.forget_all()
    assert runs.recall(handle(book)).handle == handle(book)


def test_a_snapshot_that_is_cancelled_stores_nothing(book: MemoryBook) -> None:
    before = copy.deepcopy(book.pages)
    book.answers = [None]
    pressed(book, button="snapshot")
    assert book.pages == before
    assert [record.what for record in audit.records()] == ["refresh"]


def test_a_snapshot_that_cannot_be_stored_writes_no_line(book: MemoryBook, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise Refusal("unwritable", "ディスクの空きが足りません", "the disk is full")

    monkeypatch.setattr(runs, "keep", full)
    before = copy.deepcopy(book.pages)
    book.answers = [""]
    pressed(book, button="snapshot")
    assert book.pages == before
    assert book.messages == [("保存不可: ディスクの空きが足りません", True)]


def test_a_note_that_finds_no_place_is_told(book: MemoryBook) -> None:
    book.pages["監査ログ"] = [["うちの監査"]]
    book.marks.pop("PF_AUDIT")
    book.answers = ["メモ"]
    pressed(book, button="snapshot")
    assert "メモは記録できませんでした" in book.messages[0][0]
    assert len(store.entries()) == 1


def test_the_comparison_holds_matrix_causes_bridge_and_list(second: MemoryBook) -> None:
    inputs = copy.deepcopy({name: second.pages[name] for name in ("顧客", "取引")})
    pressed(second, button="compare_runs")
    rows = second.pages["異動"]
    assert rows[0][0] == "異動"
    assert rows[1][0].endswith(f"今回 {handle(second)}(基準日 2026年2月21日)")
    heads = [row[0] for row in rows]
    for title in ("異動の行列(社数)", "データの影響と定義の影響", "稼働顧客の増減", "異動した顧客"):
        assert title in heads
    assert [cell for cell in next(row for row in rows if row[0] == "合計") if cell is not None][-1] == 12
    start = next(row[1] for row in rows if row[0] == "期首の稼働顧客")
    end = next(row[1] for row in rows if row[0] == "期末の稼働顧客")
    steps = [row[1] for row in rows if row[0] in ("新規", "復帰", "離脱") and isinstance(row[2], int)][-3:]
    assert start + sum(steps) == end
    assert second.log[-2] == ("show", "異動", "1", "1")
    assert {name: second.pages[name] for name in inputs} == inputs
    again = copy.deepcopy(rows)
    pressed(second, button="compare_runs")
    assert second.pages["異動"] == again


def test_the_templates_own_sheet_is_only_shown(second: MemoryBook) -> None:
    second.pages["異動"] = [["=PORTFOLIO_MOVE()"]]
    pressed(second, button="compare_runs")
    assert second.pages["異動"] == [["=PORTFOLIO_MOVE()"]]
    assert ("show", "異動", "1", "1") in second.log


@pytest.mark.parametrize("answer", [True, False])
def test_the_templates_own_sheet_may_compare_with_the_run_before(second: MemoryBook, *, answer: bool) -> None:
    second.pages["異動"] = [["=PORTFOLIO_MOVE()"]]
    second.cells["PF_PREVIOUS"] = Named("", is_formula=False)
    second.answers = [answer]
    pressed(second, button="compare_runs")
    (question,) = second.asked
    told = str(second.cells["PF_PREVIOUS"].value)
    assert (told in question and told.startswith("PF-")) if answer else told == ""
    if answer:  # and is not asked again
        pressed(second, button="compare_runs")
        assert len(second.asked) == 1


def test_without_a_run_before_it_says_so(book: MemoryBook) -> None:
    before = copy.deepcopy(book.pages)
    pressed(book, button="compare_runs")
    assert book.pages == before
    assert book.messages[0][1]
    assert "2026/02/21 より前の実行" in book.messages[0][0]


def test_runs_without_orders_say_which_part_they_do_not_carry() -> None:
    settings: list[list[Any]] = [["キー", "値"], ["general.as_of", "2026/1/31"]]
    pages: dict[str, list[list[Any]]] = {"顧客": copy.deepcopy(BOOK_CUSTOMERS), "設定": settings}
    pressed(MemoryBook(copy.deepcopy(pages)))
    pages["設定"] = [["キー", "値"], ["general.as_of", "2026/2/28"]]
    book = pressed(pressed(MemoryBook(pages)), button="compare_runs")
    assert any("両方の実行に取引表が必要です" in str(row[0]) for row in book.pages["異動"])
    assert not book.messages[-1][1]


def test_the_selected_customer_is_traced_back_to_its_rows(book: MemoryBook) -> None:
    name = str(BOOK_CUSTOMERS[1][BOOK_CUSTOMERS[0].index("顧客名")])
    book.select("顧客", 2, 1)
    book.answers = ["総合"]
    pressed(book, button="trace")
    rows = book.pages["根拠"]
    assert rows[0][0] == f"{name} › 総合"
    assert rows[2] == ["項目", "値", "入力元", "行", "取込時刻", "ハッシュ", "定義版"]
    assert any(row[2] == "取引" for row in rows[3:])
    assert ("ask", "総合") in book.log
    assert book.messages == []


@pytest.mark.parametrize("answers", [[None], ["どこにもない会社"]])
def test_a_customer_that_is_not_there_changes_nothing(book: MemoryBook, answers: list[Any]) -> None:
    before = copy.deepcopy(book.pages)
    book.answers = answers
    pressed(book, button="trace")
    assert book.pages == before


@pytest.mark.parametrize(("word", "is_refused"), [(None, False), ("", False), ("存在しない軸", True)])
def test_a_figure_that_is_not_there_changes_nothing(book: MemoryBook, word: str | None, is_refused: bool) -> None:
    before = copy.deepcopy(book.pages)
    book.select("顧客", 2, 1)
    book.answers = [word]
    pressed(book, button="trace")
    assert book.pages == before
    assert bool(book.messages) == is_refused


def test_a_trace_sheet_of_the_users_is_left_alone(book: MemoryBook) -> None:
    book.pages["根拠"] = [["うちの根拠"]]
    book.select("顧客", 2, 1)
    book.answers = ["売上"]
    pressed(book, button="trace")
    assert book.pages["根拠"] == [["うちの根拠"]]
    assert "別の内容" in book.messages[0][0]


def test_the_log_shows_the_workbooks_lines_and_the_stores(book: MemoryBook) -> None:
    before = copy.deepcopy(book.pages["監査ログ"])
    pressed(book, button="audit_log")
    assert book.pages["監査ログ"] == before
    rows = book.pages["保存先の記録"]
    assert "改ざんの跡なし" in rows[0][0]
    assert rows[-1][2] == "更新"
    assert isinstance(rows[-1][0], datetime)
    assert rows[-1][3] == handle(book)
    assert rows[1][1] == audit.verify().last
    assert ("show", "監査ログ", "1", "1") in book.log


def test_a_log_that_was_tampered_with_is_told(book: MemoryBook) -> None:
    pressed(book)
    log = audit.log_file()
    log.write_bytes(log.read_bytes().replace(b'"what":"refresh"', b'"what":"nothing"', 1))
    book.messages.clear()
    pressed(book, button="audit_log")
    assert "問題があります" in book.messages[0][0]
    assert book.pages["保存先の記録"][-2][2] == "nothing"


def test_a_book_without_a_log_gets_its_headings(folder: Path) -> None:
    book = pressed(MemoryBook({"メモ": [["x"]]}), "en", button="audit_log")
    assert book.pages["Audit log"] == [["When", "Who", "What", "Run", "Hash of the data", "Definition", "Rows", "Note"]]
    assert not folder.exists()
