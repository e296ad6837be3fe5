"""取り込み as a person uses it: add or replace, correct the columns on a sheet, several files, and take it back."""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from helpers.memory_book import MemoryBook, pressed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addin.ribbon.imports import undo_store
from addin.ribbon.imports.mapping_words import MAPPING_MARK
from addin.shared.book import Formula
from engine.reading.profiles import folder

HEADER = ["取引ID", "顧客名", "取引日", "金額", "メモ", "税込"]
ORDERS: list[list[Any]] = [
    HEADER,
    ["R1", "甲社", date(2026, 4, 1), 100, "済", Formula("=D2*1.1")],
    ["R2", "乙社", date(2026, 4, 2), 200, None, Formula("=D3*1.1")],
    [None, None, None, None, None, Formula("=D4*1.1")],
]
MAY = "取引ID,顧客名,取引日,金額\nR2,乙社,2026/4/2,250\nR1,甲社,2026/4/1,100\nR3,丙社,2026/5/1,300\nR4,丙社,2026/5/2,400\n"


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook({"取引": copy.deepcopy(ORDERS), "顧客": [["顧客名"], ["甲社"], ["乙社"], ["丙社"]]})


def written(folder: Path, text: str, name: str = "取引_5月.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def imported(book: MemoryBook, *answers: Any) -> MemoryBook:
    book.answers = list(answers)
    book.messages.clear()
    book.asked.clear()
    pressed(book, button="import_table")
    assert book.answers == []
    assert not book.messages or not book.messages[-1][1], book.messages
    return book


def undone(book: MemoryBook, *answers: Any) -> MemoryBook:
    book.answers = list(answers)
    book.asked.clear()
    pressed(book, button="undo_import")
    return book


def test_rows_are_added_by_their_id_and_the_users_columns_stay(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, written(tmp_path, MAY), "1")
    assert book.pages["取引"] == [
        HEADER,
        ["R1", "甲社", date(2026, 4, 1), 100, "済", "=D2*1.1"],
        ["R2", "乙社", date(2026, 4, 2), 250, None, "=D3*1.1"],
        ["R3", "丙社", date(2026, 5, 1), 300, None, "=D4*1.1"],
        ["R4", "丙社", date(2026, 5, 2), 400, None, "=D4*1.1"],
    ]
    question = book.asked[1]
    assert "入れる先: シート「取引」(今 2 行)" in question
    assert "行: 4(新しい 2・変わった 1・すでにある 1)" in question
    assert "見分け方: 「取引ID」が同じ行は同じもの" in question
    assert "変わる行の例: 2行目「金額」200 → 250" in question
    assert "書き込まない列(数式がある): 税込" in question
    assert "1. 追加する(新しい 2 行を足す・1 行を新しい内容にする)" in question
    assert book.messages[0][0].startswith(
        "「取引」に新しい 2 行を足しました。1 行を新しい内容にしました。すでにある 1 行はそのままです。"
    )
    result = book.pages["取り込み結果"]
    assert ["取引_5月.csv", "取引", 4, 2, 1, 1, 0] in result
    assert ["取引", 3, "金額", "200", "250", None, None] in result


def test_the_same_file_twice_changes_nothing_the_second_time(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, MAY)
    imported(book, path, "1")
    once = copy.deepcopy(book.pages["取引"])
    imported(book, path, "1")
    assert book.pages["取引"] == once
    assert "新しい行はありません" in book.asked[1]
    assert book.messages[-1][0].startswith("新しい行も変わった行もない")
    undone(book, True)  # the import before it can still be taken back
    assert repr(book.pages["取引"]) == repr(ORDERS)


def test_one_import_is_taken_back_and_no_more(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, written(tmp_path, MAY), "1")
    undone(book, True)
    assert repr(book.pages["取引"]) == repr(ORDERS)
    assert "「取引_5月.csv」 → 取引" in book.asked[0]
    assert "取り込みの前の内容に戻します" in book.asked[0]
    assert book.messages[-1][0].startswith("取り込みを元に戻しました(取引)。")
    assert book.pages["取り込み結果"][2][1] == "元に戻しました"
    assert [line[2] for line in book.pages["監査ログ"][1:]] == ["取り込み", "取り込みを元に戻す"]
    assert undo_store.steps() == ()
    undone(book)
    assert book.messages[-1][1]
    assert "元に戻せる取り込みがありません" in book.messages[-1][0]


def test_a_replacement_is_taken_back_cell_by_cell(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, written(tmp_path, MAY), "2")
    assert [row[0] for row in book.pages["取引"]] == ["取引ID", "R2", "R1", "R3", "R4"]
    assert [row[4] for row in book.pages["取引"][1:]] == [None] * 4
    assert [row[5] for row in book.pages["取引"][1:]] == ["=D2*1.1", "=D3*1.1", "=D4*1.1", "=D4*1.1"]
    undone(book, True)
    assert repr(book.pages["取引"]) == repr(ORDERS)


def test_what_was_typed_since_is_told_before_it_goes(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, written(tmp_path, MAY), "1")
    book.pages["取引"][1][4] = "請求済"
    before = copy.deepcopy(book.pages)
    undone(book, False)
    assert "注意: 「取引」には取り込みの後の変更があります" in book.asked[0]
    assert book.pages == before
    undone(book, True)
    assert repr(book.pages["取引"]) == repr(ORDERS)


def test_a_sheet_that_the_import_made_goes_and_only_the_last_step_is_kept(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, written(tmp_path, MAY), "1")
    after = copy.deepcopy(book.pages["取引"])
    imported(book, written(tmp_path, "商品名,分類\n箱,包装\n", "商品.csv"), "1")
    assert len(undo_store.steps()) == 1
    undone(book, True)
    assert "商品" not in book.pages
    assert book.pages["取引"] == after


def test_without_the_result_sheet_the_tables_tell_what_can_be_taken_back(book: MemoryBook, tmp_path: Path) -> None:
    book.pages["取り込み結果"] = [["うちのメモ"]]
    imported(book, written(tmp_path, MAY), "1")
    assert book.pages["取り込み結果"] == [["うちのメモ"]]
    assert "別の内容" in book.messages[-1][0]
    undone(book, True)
    assert repr(book.pages["取引"]) == repr(ORDERS)


@pytest.mark.parametrize("lost", ["sheet", "column"])
def test_a_sheet_that_is_no_longer_the_same_is_not_put_back(book: MemoryBook, tmp_path: Path, lost: str) -> None:
    imported(book, written(tmp_path, MAY), "1")
    if lost == "sheet":
        book.pages["旧取引"] = book.pages.pop("取引")
    else:
        for row in book.pages["取引"]:
            row.append(None)
    before = copy.deepcopy(book.pages)
    undone(book)
    assert book.messages[-1][1]
    assert book.pages == before


def test_a_protected_sheet_stays_and_nothing_is_half_written(book: MemoryBook, tmp_path: Path) -> None:
    book.locked.add("取引")
    book.answers = [written(tmp_path, MAY), "1"]
    pressed(book, button="import_table")
    assert "保護" in book.messages[-1][0]
    assert repr(book.pages["取引"]) == repr(ORDERS)
    assert "取り込み結果" not in book.pages


def test_without_an_id_doubles_are_told_and_can_be_added_all_the_same(book: MemoryBook, tmp_path: Path) -> None:
    book.pages["取引"] = [["顧客名", "取引日", "金額"], ["甲社", date(2026, 4, 1), 100]]
    path = written(tmp_path, "顧客名,取引日,金額\n甲社,2026/4/1,100\n乙社,2026/4/2,5\n乙社,2026/4/2,5\n")
    imported(book, path, "1")
    question = book.asked[1]
    assert "行: 3(新しい 2・変わった 0・すでにある 1)" in question
    assert "重なる 1 行は二重にしないよう足しません" in question
    assert "注意: ファイルの中に同じ行が 1 行あります(4行目ほか)" in question
    assert "4. 同じ行も含めて 3 行すべてを足す" in question
    assert len(book.pages["取引"]) == 4
    imported(book, path, "4")
    assert len(book.pages["取引"]) == 7


def test_several_files_go_into_one_sheet_in_one_step(book: MemoryBook, tmp_path: Path) -> None:
    other = "売上日,得意先名,伝票番号,売上金額(千円)\n2026/6/1,丁社,R9,2\n"
    imported(book, (written(tmp_path, MAY), written(tmp_path, other, "取引_6月.csv")), "1")
    assert book.pages["取引"][-1][:4] == ["R9", "丁社", date(2026, 6, 1), 2000]
    assert "「取引_5月.csv」「取引_6月.csv」を取引の表として" in book.asked[1]
    assert ["取引_6月.csv", "取引", 1, 1, 0, 0, 0] in book.pages["取り込み結果"]
    undone(book, True)
    assert repr(book.pages["取引"]) == repr(ORDERS)


SALES = "伝票,相手,いつ,いくら,状態\nR5,甲社,2026/6/1,100,受注\nR6,乙社,2026/6/2,200,失注\n"


def cell(book: MemoryBook, label: str, value: Any, column: int = 2) -> None:
    """Type into the mapping sheet, beside the label in its first column."""
    row = next(row for row in book.pages["取り込みの対応"] if row[0] == label)
    row[column] = value


def test_columns_are_corrected_on_a_sheet_and_remembered(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, SALES, "取引_受注.csv")
    imported(book, path, "3")
    before = copy.deepcopy(book.pages["取引"])
    assert before == ORDERS
    assert "取り込みの対応" in book.messages[-1][0]
    page = book.pages["取り込みの対応"]
    assert ["ファイル", None, "取引_受注.csv", str(tmp_path)] == page[5][:4]
    headers = ["伝票", "相手", "いつ", "いくら", "状態"]
    assert [row[7] for row in page if row[7] in headers] == headers
    line = next(at for at, row in enumerate(page) if row[0] == "顧客名")
    assert book.offers[(MAPPING_MARK, line, 2)] == tuple(headers)
    assert "費用" in book.offers[(MAPPING_MARK, next(at for at, row in enumerate(page) if row[0] == "表"), 2)]
    for label, header in (("取引ID", "伝票"), ("顧客名", "相手"), ("取引日", "いつ"), ("金額", "いくら")):
        cell(book, label, header)
    cell(book, "絞り込み(この条件の行だけ)", "状態 = 受注")
    book.select("取り込みの対応", 1, 1)
    imported(book, "1")  # the sheet is in front: nothing is asked but how
    assert [row[0] for row in book.pages["取引"]] == ["取引ID", "R1", "R2", "R5"]
    assert "絞り込み: 状態 = 「受注」" in book.asked[0]
    assert "1行(3行目): 絞り込みの条件に合わないので使いません(状態 = 「受注」)" in book.asked[0]
    result = book.pages["取り込み結果"]
    assert ["取引_受注.csv", "取引", 2, 1, 0, 0, 1] in result
    assert next(row for row in result if "合わないので" in str(row[1]))[2:4] == [1, "3"]
    assert len(list(folder().iterdir())) == 1
    # The next file of this layout needs no question but the last.
    book.selection = None
    more = written(tmp_path, SALES.replace("R5", "R7"), "7月.csv")
    imported(book, more, "1")
    assert [row[0] for row in book.pages["取引"]] == ["取引ID", "R1", "R2", "R5", "R7"]
    assert len(book.asked) == 2


def test_a_mapping_that_waits_is_offered_and_its_faults_are_named(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, written(tmp_path, SALES, "取引_受注.csv"), "3")
    cell(book, "顧客名", "相手先")
    cell(book, "日付の並び", "年が先")
    cell(book, "金額", "大=小、中", 4)
    before = copy.deepcopy(book.pages)
    book.answers = ["1"]
    pressed(book, button="import_table")
    text, trouble = book.messages[-1]
    assert trouble
    assert "見出し「相手先」はファイルにありません(近い見出し: 相手)" in text
    assert "日付の並び「年が先」は選べません" in text
    assert "値の読み替え「大=小、中」" in text
    assert book.pages == before
    imported(book, "2", None)  # another file, and then none
    assert book.asked[0].startswith("シート「取り込みの対応」に、まだ取り込んでいない対応があります")


def test_another_table_chosen_on_the_sheet_lists_its_columns(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, "顧客名,取引日,金額,種別\n甲社,2026/4/1,5,広告費\n", "取引.csv")
    imported(book, path, "3")
    cell(book, "表", "費用")
    book.select("取り込みの対応", 1, 1)
    imported(book)
    assert "「費用」の対応" in book.messages[-1][0]
    cell(book, "日付", "取引日")
    imported(book, "1")
    assert book.pages["費用"] == [["顧客名", "日付", "費目", "金額"], ["甲社", date(2026, 4, 1), "広告費", 5]]
    assert book.pages["取引"] == ORDERS


def test_a_column_left_blank_is_not_found_by_its_name_again(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, written(tmp_path, MAY), "3")
    cell(book, "取引ID", None)
    book.select("取り込みの対応", 1, 1)
    imported(book, "1")
    assert "取り込まない列(シートにない): 取り込まない 取引ID" in book.asked[0]
    assert [row[0] for row in book.pages["取引"][3:]] == [None] * 3


def test_of_two_layouts_one_is_corrected_and_both_come_in(book: MemoryBook, tmp_path: Path) -> None:
    files = (written(tmp_path, MAY), written(tmp_path, SALES, "取引_受注.csv"))
    imported(book, files, "3", "2")
    assert "1. 「取引_5月.csv」\n2. 「取引_受注.csv」" in book.asked[-1]
    cell(book, "取引ID", "伝票")
    cell(book, "顧客名", "相手")
    book.select("取り込みの対応", 1, 1)
    imported(book, "1")
    assert [row[0] for row in book.pages["取引"]] == ["取引ID", "R1", "R2", "R3", "R4", "R5"]
    assert book.pages["取引"][5][1:4] == ["甲社", date(2026, 6, 1), 100]
    undone(book, True)
    assert repr(book.pages["取引"]) == repr(ORDERS)


def test_two_headers_make_one_column(book: MemoryBook, tmp_path: Path) -> None:
    text = "伝票,姓,名,日付,個数,値段\nR8,山田,太郎,2026/6/1,3,50\n"
    imported(book, written(tmp_path, text, "取引.csv"), "3")
    for label, header in (("取引ID", "伝票"), ("顧客名", "姓+名"), ("取引日", "日付"), ("金額", "個数×値段")):
        cell(book, label, header)
    book.select("取り込みの対応", 1, 1)
    imported(book, "1")
    assert book.pages["取引"][3][:4] == ["R8", "山田 太郎", date(2026, 6, 1), 150]


def test_values_are_read_as_the_sheet_says(book: MemoryBook, tmp_path: Path) -> None:
    book.pages["顧客"] = [["顧客名", "リスク"], ["甲社", "中"]]
    imported(book, written(tmp_path, "顧客名,リスク\n甲社,A\n乙社,B\n", "顧客.csv"), "3")
    cell(book, "リスク", "A=高、B=低", 4)
    book.select("取り込みの対応", 1, 1)
    imported(book, "1")
    assert book.pages["顧客"] == [["顧客名", "リスク"], ["甲社", "高"], ["乙社", "低"]]
    assert "値の読み替え: A=高, B=低" in book.asked[0]


def test_the_mapping_sheet_in_english(book: MemoryBook, tmp_path: Path) -> None:
    book.answers = [written(tmp_path, SALES, "orders.csv"), "3"]
    pressed(book, "en", button="import_table")
    page = book.pages["Import mapping"]
    for label, header in (("Order ID", "伝票"), ("Customer", "相手"), ("Table", "Orders")):
        next(row for row in page if row[0] == label)[2] = header
    next(row for row in page if row[0] == "Table")[2] = "Invoices"
    next(row for row in page if row[0] == "Customer")[2] = "相手先"
    before = copy.deepcopy(book.pages)
    book.select("Import mapping", 1, 1)
    pressed(book, "en", button="import_table")
    text = book.messages[-1][0]
    assert 'there is no table "Invoices" (use: Customers, Orders' in text
    assert 'the file has no header "相手先" (nearest: 相手)' in text
    assert book.pages == before


def test_a_file_that_is_gone_is_told(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, SALES, "取引_受注.csv")
    imported(book, path, "3")
    path.unlink()
    book.answers = ["1"]
    pressed(book, button="import_table")
    assert "「取引_受注.csv」が" in book.messages[-1][0]
    assert book.messages[-1][1]


def test_the_answer_to_the_order_of_dates_is_remembered(book: MemoryBook, tmp_path: Path) -> None:
    text = "取引ID,顧客名,取引日,金額\nR7,甲社,03/04/2026,10\n"
    imported(book, written(tmp_path, text), "2", "1")
    assert book.pages["取引"][3][2] == date(2026, 4, 3)
    imported(book, written(tmp_path, text.replace("R7", "R8")), "1")
    assert book.pages["取引"][4][2] == date(2026, 4, 3)


def test_a_file_without_a_row_that_counts_is_refused(book: MemoryBook, tmp_path: Path) -> None:
    book.answers = [written(tmp_path, "取引ID,顧客名,取引日,金額\n")]
    pressed(book, button="import_table")
    assert book.messages[-1][1]
    assert repr(book.pages["取引"]) == repr(ORDERS)


def test_where_nothing_can_be_kept_nothing_is_written(
    book: MemoryBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "store"
    blocked.write_text("a file in the place of the folder", encoding="utf-8")
    monkeypatch.setenv("PORTFOLIO_RUNS", str(blocked))
    book.answers = [written(tmp_path, MAY), "1"]
    pressed(book, button="import_table")
    assert "何も書き込みませんでした" in book.messages[-1][0]
    assert repr(book.pages["取引"]) == repr(ORDERS)


def test_in_english(book: MemoryBook, tmp_path: Path) -> None:
    book.answers = [written(tmp_path, MAY), "1"]
    pressed(book, "en", button="import_table")
    assert "Rows: 4 (2 new, 1 changed, 1 there already)" in book.asked[1]
    assert book.messages[0][0].startswith('"取引": 2 new rows added; 1 brought up to date; 1 there already.')
    book.answers = [True]
    pressed(book, "en", button="undo_import")
    assert "The import is taken back (取引)." in book.messages[-1][0]
    assert repr(book.pages["取引"]) == repr(ORDERS)


def workbook(folder: Path, sheets: dict[str, list[list[Any]]], name: str = "売上.xlsx") -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(row)
    made.save(folder / name)
    return folder / name


def test_every_monthly_sheet_of_a_workbook_is_added_in_one_step(book: MemoryBook, tmp_path: Path) -> None:
    months: dict[str, list[list[Any]]] = {
        f"{month}月": [
            ["取引ID", "顧客名", "取引日", "金額"],
            [f"S{month}", "甲社", date(2026, month, 1), month * 1000],
        ]
        for month in range(1, 13)
    }
    path = workbook(tmp_path, {**months, "1月 (2)": months["1月"], "使い方": [["ここに書く"]]})
    imported(book, path, "1")
    added = book.pages["取引"][3:]
    assert [row[0] for row in added] == [f"S{month}" for month in range(1, 13)]
    assert sum(row[3] for row in added) == 78_000
    listed = [row[0] for row in book.pages["取り込み結果"]]
    assert listed.count("売上.xlsx › 使い方") == 1
    assert listed.count("売上.xlsx › 1月 (2)") == 1
    assert "使わない行・シート" in book.asked[1]
    undone(book, True)
    assert repr(book.pages["取引"]) == repr(ORDERS)


def test_a_table_by_months_is_offered_as_rows(book: MemoryBook, tmp_path: Path) -> None:
    text = "顧客名,2026年4月,2026年5月,合計\n甲社,100,200,300\n乙社,,50,50\n合計,100,250,350\n"
    imported(book, written(tmp_path, text, "月別.csv"), "1")
    assert [(row[1], row[2], row[3]) for row in book.pages["取引"][3:]] == [
        ("甲社", date(2026, 4, 30), 100),
        ("甲社", date(2026, 5, 31), 200),
        ("乙社", date(2026, 5, 31), 50),
    ]
    assert "使わない行" in book.asked[1]


def test_a_table_by_months_on_one_of_several_sheets(book: MemoryBook, tmp_path: Path) -> None:
    by_month: list[list[Any]] = [["顧客名", "2026年4月", "2026年5月"], ["甲社", 100, 200], ["乙社", 1, None]]
    path = workbook(tmp_path, {"月別売上": by_month, "メモ": [["確認中"]]})
    imported(book, path, "1")
    assert [(row[1], row[3]) for row in book.pages["取引"][3:]] == [("甲社", 100), ("甲社", 200), ("乙社", 1)]
    assert any(row[0] == "売上.xlsx › メモ" for row in book.pages["取り込み結果"])


def test_cancelling_the_question_about_the_year_changes_nothing(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, written(tmp_path, "顧客名,4月,5月,6月\n甲社,100,200,300\n", "月別.csv"), None)
    assert repr(book.pages["取引"]) == repr(ORDERS)
    assert "取り込み結果" not in book.pages


def test_months_without_a_year_are_asked_about(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, "顧客名,4月,5月,6月\n甲社,100,200,300\n", "月別.csv")
    imported(book, path, "2026年度", "1")
    assert "年がありません" in book.asked[1]
    assert [row[2] for row in book.pages["取引"][3:]] == [date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)]


def test_a_row_with_nothing_to_take_is_listed(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, "取引ID,顧客名,取引日,金額,備考\nS1,甲社,2026/6/1,10,急ぎ\n,,,,上記は仮\n", "取引_6月.csv")
    imported(book, path, "1")
    assert [row[0] for row in book.pages["取引"][1:]] == ["R1", "R2", "S1"]
    assert ["取引_6月.csv", "取引", 2, 1, 0, 0, 1] in book.pages["取り込み結果"]
    assert "1行(3行目): 取り込む列がすべて空白です" in book.asked[1]


def test_merged_cells_and_formulas_without_values_are_not_lost(book: MemoryBook, tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    page = made.worksheets[0]
    page.title = "取引"
    for row in (
        ["取引ID", "顧客名", "取引日", "金額"],
        ["S1", "甲社", date(2026, 6, 1), 10],
        ["S2", None, date(2026, 6, 2), "=D2*2"],
    ):
        page.append(row)
    page.merge_cells("B2:B3")
    made.save(tmp_path / "売上.xlsx")
    imported(book, tmp_path / "売上.xlsx", "1")
    assert [row[1] for row in book.pages["取引"][3:]] == ["甲社", "甲社"]
    assert [row[3] for row in book.pages["取引"][3:]] == [10, "=D2*2"]
    assert "採点に使えない行 1" in book.asked[1]


def test_the_same_file_under_two_names_comes_in_once(book: MemoryBook, tmp_path: Path) -> None:
    imported(book, (written(tmp_path, MAY), written(tmp_path, MAY, "取引_5月_控え.csv")), "1")
    assert len(book.pages["取引"]) == 5
    assert any(row[0] == "取引_5月_控え.csv" and "二重に" in str(row[1]) for row in book.pages["取り込み結果"])


def test_sums_and_repeated_headers_within_a_list_are_no_rows(book: MemoryBook, tmp_path: Path) -> None:
    text = (
        "売上明細,,,\n\n取引ID,顧客名,取引日,金額\nS1,甲社,2026/6/1,10\n,小計,,10\n取引ID,顧客名,取引日,金額\n"
        "S2,乙社,2026/6/2,20\n,合計,,30\n"
    )
    imported(book, written(tmp_path, text, "取引_6月.csv"), "1")
    assert [row[0] for row in book.pages["取引"][3:]] == ["S1", "S2"]
    assert ["取引_6月.csv", "取引", 5, 2, 0, 0, 3] in book.pages["取り込み結果"]


EXPORTS = Path(__file__).parent / "cases" / "exports"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((EXPORTS.parent / "profiles.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_export_of_a_known_system_comes_in_without_a_question(name: str) -> None:
    """Nothing is asked but how; every line of the file is used or listed, and the sum is that of the case."""
    book = imported(MemoryBook({"メモ": [["x"]]}), EXPORTS / name, "1")
    assert len(book.asked) == 2
    told = EXPECTED[name]
    out = sum(len(rows) for rows in told.get("left_out", {}).values())
    read, new, changed, same, left = next(row for row in book.pages["取り込み結果"] if row[0] == name)[2:7]
    assert (changed, same, left) == (0, 0, out)
    (sheet,) = [each for each in book.pages if each in ("取引", "顧客")]
    header, *rows = book.pages[sheet]
    assert len(rows) == new == read - out
    if "sum" in told:
        amounts = [str(row[header.index("金額")]).removeprefix("$").replace(",", "") for row in rows]
        assert sum(map(Decimal, amounts)) in (told["sum"], Decimal(told["sum"]) / 100)
    undone(book, True)
    assert sheet not in book.pages


LINES = st.lists(
    st.tuples(st.sampled_from(["R1", "R2", "R5", "R6", ""]), st.sampled_from(["甲社", "乙社"]), st.integers(1, 4)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, way=st.sampled_from(["1", "2"]))
def test_whatever_is_imported_can_be_taken_back(tmp_path: Path, lines: list[tuple[str, str, int]], way: str) -> None:
    text = "取引ID,顧客名,取引日,金額\n" + "".join(f"{one},{who},2026/6/{much},{much}\n" for one, who, much in lines)
    book = MemoryBook({"取引": copy.deepcopy(ORDERS)})
    path = written(tmp_path, text)
    imported(book, path, way)
    read, new, changed, same, left = next(row for row in book.pages["取り込み結果"] if row[0] == path.name)[2:7]
    assert read == len(lines) == new + changed + same + left
    if way == "1":
        once = repr(book.pages["取引"])
        imported(book, path, "1")
        assert repr(book.pages["取引"]) == once
    undone(book, True)
    assert repr(book.pages["取引"]) == repr(ORDERS)
