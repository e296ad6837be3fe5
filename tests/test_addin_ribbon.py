"""What 更新 does, over a book in memory that records every step."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed

from addin.ribbon import dispatch
from addin.ribbon.inputs import read_inputs
from addin.shared.book import Named
from addin.tab.tab import GROUPS, texts
from engine.definition.settings_sheet import definition_from_block
from engine.language.errors import Refusal
from engine.runs import runs

ELEMENTS: list[list[Any]] = [
    ["顧客名", "業界", "年間売上", "継続性", "成長ポテンシャル", "リスク", "戦略"],
    ["株式会社A", "製造業", 15_000_000, "高", "中", "低", None],
    ["B社", "小売業", "900万円", "中", "高", "中", None],
    ["C商店", "IT", 5_000_000, "低", "高", "高", None],
]
ORDERS: list[list[Any]] = [
    ["顧客名", "日付", "金額"],
    ["株式会社A", datetime(2026, 3, 31, tzinfo=UTC), 1200],
    ["B社", "令和8年3月1日", "2千円"],
    ["B社", "いつか", 300],
    ["Z社", "2026/2/1", 500],
]


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook({"はじめに": [["ようこそ"]], "顧客": copy.deepcopy(ELEMENTS), "取引": copy.deepcopy(ORDERS)})


def test_a_hand_typed_table_is_scored_written_and_remembered() -> None:
    book = pressed(MemoryBook({"顧客": copy.deepcopy(ELEMENTS)}))
    handle = book.cells["PF_RUN"].value
    scored = runs.recall(str(handle))
    assert scored.tier == "T0"
    header, *rows = book.pages["ポートフォリオ表"]
    assert header[:7] == ELEMENTS[0]
    assert [row[:6] for row in rows] == [
        ["株式会社A", "製造業", 15_000_000, "高", "中", "低"],
        ["B社", "小売業", 9_000_000, "中", "高", "中"],
        ["C商店", "IT", 5_000_000, "低", "高", "高"],
    ]
    assert [row[6] for row in rows] == list(scored.customers["strategy_ja"])
    assert book.messages == [(f"更新しました: 顧客 3・取引 0・使えない行 0(実行ID {handle})", False)]


def test_the_input_sheets_stay_as_they_are(book: MemoryBook) -> None:
    pressed(book)
    assert book.pages["顧客"] == ELEMENTS
    assert book.pages["取引"] == ORDERS
    assert {step[1] for step in book.log if step[0] == "write"} == {"ポートフォリオ表", "データ品質", "監査ログ"}
    assert ("read", "はじめに") not in book.log


def test_rows_that_cannot_be_used_are_listed_with_their_place(book: MemoryBook) -> None:
    pressed(book)
    listed = [row for row in book.pages["データ品質"] if row[0] == "使えない行"]
    assert [(row[1], row[2], row[3]) for row in listed] == [("取引", "取引", 4), ("取引", "取引", 5)]
    assert [row[5] for row in listed] == ["いつか", "Z社"]
    assert "使えない行 2" in book.messages[0][0]
    assert "データ品質" in book.messages[0][0]
    sources = [row for row in book.pages["データ品質"] if row[:2] == ["取引", "取引"]]
    assert sources[0][2:6] == [4, 2, 2, date(2026, 3, 31)]


def test_pressing_twice_gives_the_same_run_and_the_same_sheets(book: MemoryBook) -> None:
    pressed(book)
    first, handle = copy.deepcopy(book.pages), book.cells["PF_RUN"].value
    pressed(book)
    assert book.cells["PF_RUN"].value == handle
    log, before = book.pages.pop("監査ログ"), first.pop("監査ログ")
    assert book.pages == first
    assert log[:-1] == before
    assert log[-1][1:] == before[-1][1:]  # but for the time of day


def test_a_named_cell_of_the_user_receives_the_handle(book: MemoryBook) -> None:
    book.cells["PF_RUN"] = Named(None, is_formula=False)
    pressed(book)
    assert ("put", "PF_RUN") in book.log
    assert runs.recall(str(book.cells["PF_RUN"].value)).tier == "T1"


def test_a_formula_in_pf_run_stays_and_decides(book: MemoryBook) -> None:
    other = pressed(MemoryBook({"顧客": copy.deepcopy(ELEMENTS[:3])}))
    book.cells["PF_RUN"] = Named("PF-19990101-000000", is_formula=True)
    book.calculated = other.cells["PF_RUN"].value
    pressed(book)
    assert book.cells["PF_RUN"] == Named(other.cells["PF_RUN"].value, is_formula=True)
    assert [row[0] for row in book.pages["ポートフォリオ表"][1:]] == ["株式会社A", "B社"]


def test_a_formula_that_fails_is_told_with_its_cause(book: MemoryBook) -> None:
    book.cells["PF_RUN"] = Named(None, is_formula=True)
    book.calculated = "#PF 列なし: 金額の列がありません"
    before = copy.deepcopy(book.pages)
    pressed(book)
    assert book.pages == before
    text, trouble = book.messages[0]
    assert trouble
    assert "金額の列がありません" in text


def test_a_sheet_with_something_else_is_left_alone(book: MemoryBook) -> None:
    book.pages["ポートフォリオ表"] = [["手作りの表"], ["=PORTFOLIO_SEGMENT(A1)"]]
    pressed(book)
    assert book.pages["ポートフォリオ表"] == [["手作りの表"], ["=PORTFOLIO_SEGMENT(A1)"]]
    assert "シート「ポートフォリオ表」には数式などの内容があるため、そのまま残しました" in book.messages[0][0]
    assert not book.messages[0][1]


def test_without_any_place_for_the_run_nothing_is_written(book: MemoryBook) -> None:
    book.pages["データ品質"] = [["うちのメモ"]]
    before = copy.deepcopy(book.pages)
    pressed(book)
    assert book.pages == before
    assert book.messages[0][1]
    assert "PF_RUN" in book.messages[0][0]


def test_settings_change_the_definition(book: MemoryBook) -> None:
    pressed(book)
    plain = runs.recall(str(book.cells["PF_RUN"].value))
    settings: list[list[Any]] = [
        ["設定"],
        [],
        ["項目", "値", "キー"],
        ["基準日", datetime(2026, 4, 30, tzinfo=UTC), "general.as_of"],
    ]
    book.pages["設定"] = settings
    pressed(book)
    scored = runs.recall(str(book.cells["PF_RUN"].value))
    assert scored.as_of == date(2026, 4, 30)
    assert plain.as_of == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("sheets", "word"),
    [
        ({"メモ": [["何もない"]]}, "顧客の表も取引の表もありません"),
        ({"顧客": [["顧客名", "年間売上"]]}, "顧客の表も取引の表もありません"),
        ({"取引": [["顧客名", "日付"], ["A社", "2026/1/1"]]}, "金額"),
        ({"顧客": ELEMENTS, "設定": [["何か", "別のもの"], ["a", "b"]]}, "キー"),
        ({"顧客": ELEMENTS, "設定": [["キー", "値"], ["general.as_off", "2026/1/1"]]}, "general.as_of"),
    ],
)
def test_input_that_cannot_be_scored_is_refused_and_nothing_is_written(
    sheets: dict[str, list[list[Any]]], word: str
) -> None:
    book = pressed(MemoryBook(copy.deepcopy(sheets)))
    assert book.pages == sheets
    assert book.cells == {}
    text, trouble = book.messages[0]
    assert trouble
    assert word in text


def test_empty_sheets_of_the_template_are_passed_over() -> None:
    book = MemoryBook({"顧客": copy.deepcopy(ELEMENTS), "取引": [["顧客名", "日付", "金額"], [None, None, None]]})
    raw = read_inputs(book)
    assert list(raw.tables) == ["customers"]


def test_two_lists_of_customers_are_one_table() -> None:
    """Nothing of an input is passed over: a second list used to be left out without a word."""
    book = MemoryBook({"顧客一覧": [["顧客名"], ["古い"]], "顧客": copy.deepcopy(ELEMENTS)})
    customers = read_inputs(book).tables["customers"]
    assert [part.source for part in customers.all_parts()] == ["顧客一覧", "顧客"]
    assert len(customers.frame) == len(ELEMENTS)


def test_an_export_pasted_into_the_workbook_is_read_by_its_profile() -> None:
    deals: list[list[Any]] = [
        ["収支区分", "発生日", "取引先", "勘定科目", "税区分", "金額"],
        ["収入", "2026/4/1", "A社", "売上高", "課税売上10%", 100],
        ["支出", "2026/4/2", "B社", "旅費交通費", "課対仕入10%", 50],
    ]
    raw = read_inputs(MemoryBook({"freee": deals}))
    assert raw.tables["orders"].row_numbers().tolist() == [2]
    assert [(each.code, each.row) for each in raw.findings if each.severity == "error"] == [("filtered_row", 3)]
    assert "profile_used" in {each.code for each in raw.findings}


def test_after_a_bug_the_user_gets_a_record_number_and_the_book_its_state_back(
    book: MemoryBook, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("PORTFOLIO_LOG", str(tmp_path / "cells.log"))
    book.breaks_at = "PF_TABLE"
    pressed(book)
    text, trouble = book.messages[0]
    assert trouble
    assert text.startswith("内部")
    assert "記録番号" in text
    assert "RuntimeError" not in text
    assert not book.is_quiet
    assert book.log[-1] == ("progress", "")
    logged = (tmp_path / "cells.log").read_text(encoding="utf-8")
    assert "RuntimeError" in logged
    assert "株式会社A" not in logged


def test_progress_is_shown_and_taken_away(book: MemoryBook) -> None:
    pressed(book)
    steps = [step[1] for step in book.log if step[0] == "progress"]
    assert steps == ["表を読んでいます…", "採点しています…", "結果を書いています…", ""]


def test_english_words_in_an_english_excel() -> None:
    book = pressed(MemoryBook({"Customers": copy.deepcopy(ELEMENTS)}), "en")
    assert set(book.pages) == {"Customers", "Portfolio", "Data quality", "Audit log"}
    assert book.pages["Portfolio"][0][:3] == ["Customer name", "Industry", "Annual sales"]
    assert book.pages["Portfolio"][1][3] == "High"
    assert book.messages[0][0].startswith("Refreshed: 3 customers")


def test_every_button_has_an_action_and_its_words() -> None:
    words = dict(texts())
    for group in GROUPS:
        for button in group.buttons:
            assert callable(dispatch.action(button.key))
            assert all(words[f"ribbon.{button.key}"])
            assert all(words[f"ribbon.{button.key}.tip"])
            assert len(button.tip.ja) <= 1024  # the ribbon's limit for a supertip
            assert len(button.tip.en) <= 1024


def test_a_settings_sheet_without_its_columns_names_them() -> None:
    with pytest.raises(Refusal, match="キー"):
        definition_from_block((("a", "b"),), sheet="設定")
