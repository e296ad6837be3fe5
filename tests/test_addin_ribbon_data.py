"""The buttons of データ, over a book in memory and real files: nothing is written before the user agreed."""

from __future__ import annotations

import copy
import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from helpers.memory_book import MemoryBook, pressed

from addin.ribbon.inputs import read_inputs
from addin.shared import processes
from engine.language.errors import Refusal

CUSTOMERS: list[list[Any]] = [
    ["顧客ID", "顧客名", "法人番号", "業界", "年間売上", "メモ欄"],
    ["C1", "株式会社A", "1234567890123", "製造業", 15_000_000, "=1+1"],
    ["C2", "B社", None, "小売業", 9_000_000, None],
    ["C3", "C商店", None, "IT", 5_000_000, None],
]
ORDERS: list[list[Any]] = [["顧客名", "取引日", "金額", "商品"], ["B社", date(2026, 3, 1), 2000, "箱"]]


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook({"顧客": copy.deepcopy(CUSTOMERS), "取引": copy.deepcopy(ORDERS)})


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_a_csv_goes_into_the_sheets_own_columns(book: MemoryBook, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "取引_2026-09.csv",
        '受注日,得意先名,売上金額(千円),備考\n2026/9/30,B社,"1,500",急ぎ\n令和8年9月1日,株式会社A,△20,\n',
        "cp932",
    )
    book.answers = [path, "replace"]
    pressed(book, button="import_table")
    assert book.pages["取引"] == [
        ["顧客名", "取引日", "金額", "商品"],
        ["B社", date(2026, 9, 30), 1_500_000, None],
        ["株式会社A", date(2026, 9, 1), -20_000, None],
    ]
    assert book.pages["顧客"] == CUSTOMERS
    question = book.asked[1]
    assert "2. 置き換える(今の 1 行を消し、2 行を入れる)" in question
    assert "取引日←受注日" in question
    assert "取り込まない列(シートにない): 備考" in question
    assert "空白になる列(ファイルにない): 商品" in question
    told, trouble = book.messages[0]
    assert told.startswith("「取引」を 2 行に置き換えました(前は 1 行)。\n「更新」を押すと反映されます。")
    assert not trouble
    line = book.pages["監査ログ"][-1]
    assert line[2] == "取り込み"
    assert line[4] == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    assert line[6:] == [2, "「取引_2026-09.csv」 → 取引"]


@pytest.mark.parametrize("answers", [[None], ["csv", None]])
def test_cancelling_an_import_changes_nothing(book: MemoryBook, tmp_path: Path, answers: list[Any]) -> None:
    path = written(tmp_path, "orders.csv", "顧客名,取引日,金額\nB社,2026/9/30,1500\n")
    book.answers = [path if answer == "csv" else answer for answer in answers]
    pressed(book, button="import_table")
    assert book.pages == {"顧客": CUSTOMERS, "取引": ORDERS}
    assert book.messages == []


def test_the_headers_tell_the_table(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, "export.csv", "顧客名,取引日,金額,商品,取引ID\nB社,2026/9/30,1500,箱,1\n")
    book.answers = [path, None]
    pressed(book, button="import_table")
    assert len(book.asked) == 2
    assert "取引の表として" in book.asked[1]


def test_an_unclear_file_is_asked_about_by_number(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, "data.csv", "顧客名,何か\nB社,1\n")
    book.answers = [path, "1", "replace"]
    pressed(book, button="import_table")
    assert "「data.csv」はどの表ですか" in book.asked[1]
    assert "1. 顧客\n2. 取引" in book.asked[1]
    assert book.pages["顧客"] == [CUSTOMERS[0], [None, "B社", None, None, None, None]]


@pytest.mark.parametrize("answer", ["99", "どこか"])
def test_an_answer_that_is_no_table_changes_nothing(book: MemoryBook, tmp_path: Path, answer: str) -> None:
    book.answers = [written(tmp_path, "data.csv", "顧客名,何か\nB社,1\n"), answer]
    pressed(book, button="import_table")
    assert book.pages == {"顧客": CUSTOMERS, "取引": ORDERS}
    assert book.messages[0][1]


def test_a_workbook_with_several_tables_is_asked_about(book: MemoryBook, tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in {"取引": ORDERS, "顧客": CUSTOMERS[:3], "メモ": [["何か"]]}.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    path = tmp_path / "crm.xlsx"
    made.save(path)
    book.answers = [path, "顧客", "replace"]
    pressed(book, button="import_table")
    assert "1. すべて(顧客・取引)\n2. 顧客\n3. 取引" in book.asked[1]
    listed = {row[0]: row[1] for row in book.pages["取り込み結果"]}
    assert "見出しがない" in listed["crm.xlsx › メモ"]
    assert listed["crm.xlsx › 取引"] == "取り込む表として選ばれませんでした"
    assert "費用" not in book.asked[1]
    assert book.pages["顧客"][1][:2] == ["C1", "株式会社A"]
    assert len(book.pages["顧客"]) == 3


def test_a_column_that_is_needed_is_named_and_can_be_chosen(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, "取引.csv", "顧客名,取引日,備考\nB社,2026/9/30,急ぎ\n")
    book.answers = [path, False]
    pressed(book, button="import_table")
    assert book.pages == {"顧客": CUSTOMERS, "取引": ORDERS}
    assert book.messages == []
    assert "「金額」" in book.asked[-1]
    assert "どの見出しがどの列かを選びますか" in book.asked[-1]
    book.answers = [path, True]
    pressed(book, button="import_table")
    line = next(row for row in book.pages["取り込みの対応"] if row[0] == "金額")
    assert line[:3] == ["金額", "必要", None]


def test_a_table_without_a_sheet_gets_one(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, "商品.csv", "商品名,分類,謎\n箱,包装,1\n")
    book.answers = [path, "add"]
    pressed(book, button="import_table")
    assert book.pages["商品"] == [["商品", "分類"], ["箱", "包装"]]
    assert "シート「商品」(新しく作ります)" in book.asked[1]


def test_rows_that_cannot_be_used_are_told_before(book: MemoryBook, tmp_path: Path) -> None:
    book.answers = [written(tmp_path, "取引.csv", "顧客名,取引日,金額\nB社,いつか,1500\nB社,2026/9/1,10\n"), None]
    pressed(book, button="import_table")
    assert "使えない行 1" in book.asked[1]
    assert "「いつか」" in book.asked[1]


def test_what_cannot_be_read_is_kept_as_it_was_written(book: MemoryBook, tmp_path: Path) -> None:
    text = "顧客名,取引日,金額,商品\n=HYPERLINK(1),いつか,三千,00123\nB社,2026/9/1,$5,\n"
    book.answers = [written(tmp_path, "取引.csv", text), "replace"]
    pressed(book, button="import_table")
    assert book.pages["取引"][1:] == [
        ["=HYPERLINK(1)", "いつか", "三千", "00123"],
        ["B社", date(2026, 9, 1), "$5", None],
    ]


def test_the_order_of_month_and_day_is_asked_where_the_dates_leave_it_open(book: MemoryBook, tmp_path: Path) -> None:
    path = written(tmp_path, "取引.csv", "顧客名,取引日,金額\nB社,03/04/2026,10\nB社,05/06/2026,20\n")
    book.answers = [path, "2", "replace"]
    pressed(book, button="import_table")
    assert "月と日のどちらが先" in book.asked[1]
    assert [row[1] for row in book.pages["取引"][1:]] == [date(2026, 4, 3), date(2026, 6, 5)]
    book.answers = [path, None]
    before = copy.deepcopy(book.pages)
    pressed(book, button="import_table")
    assert book.pages == before


def test_a_product_of_two_columns_becomes_the_amount(book: MemoryBook, tmp_path: Path) -> None:
    book.answers = [written(tmp_path, "取引.csv", "顧客名,取引日,数量,単価\nB社,2026/9/1,3,1.5千円\n"), "replace"]
    pressed(book, button="import_table")
    assert book.pages["取引"][1] == ["B社", date(2026, 9, 1), 4500, None]


def test_a_file_without_rows_or_of_another_kind_is_refused(book: MemoryBook, tmp_path: Path) -> None:
    for path in (written(tmp_path, "取引.csv", "顧客名,取引日,金額\n"), written(tmp_path, "broken.xlsx", "PK no")):
        book.answers = [path]
        pressed(book, button="import_table")
        assert book.pages == {"顧客": CUSTOMERS, "取引": ORDERS}
        assert book.messages[-1][1]
        assert "内部" not in book.messages[-1][0]


def test_what_stands_above_the_header_stays(book: MemoryBook, tmp_path: Path) -> None:
    book.pages["取引"] = [["売上データ", None, None, None], [None] * 4, *copy.deepcopy(ORDERS)]
    book.answers = [written(tmp_path, "取引.csv", "顧客名,取引日,金額\nB社,2026/9/1,10\n"), "replace"]
    pressed(book, button="import_table")
    assert book.pages["取引"][0][0] == "売上データ"
    assert book.pages["取引"][2:] == [ORDERS[0], ["B社", date(2026, 9, 1), 10, None]]


def test_an_error_while_writing_gives_the_screen_back(
    book: MemoryBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("株式会社A")

    monkeypatch.setattr(book, "put_rows", broken)
    monkeypatch.setenv("PORTFOLIO_LOG", str(tmp_path / "cells.log"))
    book.answers = [written(tmp_path, "取引.csv", "顧客名,取引日,金額\nB社,2026/9/1,10\n"), "replace"]
    pressed(book, button="import_table")
    assert not book.is_quiet
    assert "記録番号" in book.messages[0][0]
    assert "株式会社A" not in (tmp_path / "cells.log").read_text(encoding="utf-8")


def test_the_check_says_what_is_missing_and_what_that_costs(book: MemoryBook) -> None:
    book.pages["取引"].append(["B社", "いつか", 300, None])
    before = copy.deepcopy(book.pages)
    pressed(book, button="check_data")
    assert {name: book.pages[name] for name in before} == before
    rows = book.pages["データ検査"]
    assert rows[1][1] == "T1 顧客表+取引"
    assert ["アンケート", "(なし)", 0, 0, 0, None, "NPS・CSAT・CSポートフォリオ"] in rows
    assert next(row for row in rows if row[:2] == ["取引", "取引"])[2:5] == [2, 1, 1]
    cost = next(row for row in rows if row[:2] == ["取引", "原価"])
    assert cost[2:6] == ["(なし)", 0, 2, "0%"]
    assert "粗利" in str(cost[6])
    number = next(row for row in rows if row[:2] == ["顧客", "法人番号"])
    assert number[2:6] == ["法人番号", 1, 3, "33%"]
    assert next(row for row in rows if row[:2] == ["顧客", "顧客名"])[5:] == ["100%", None]
    assert next(row for row in rows if row[0] == "使えない行")[5] == "いつか"
    assert "PF_RUN" not in book.cells
    assert "使えない行 1" in book.messages[0][0]


def test_the_check_tells_each_cause_once_and_the_sheet_every_row(book: MemoryBook) -> None:
    book.pages["取引"] += [["B社", f"いつか{number}", 300, None] for number in range(30)]
    pressed(book, button="check_data")
    text, _ = book.messages[0]
    assert "取引日: 30行(3・4・5行目ほか)「いつか0」ほか: " in text
    assert len(text.splitlines()) == 2
    assert len([row for row in book.pages["データ検査"] if row[0] == "使えない行"]) == 30


def test_the_check_leaves_a_sheet_of_the_users_alone(book: MemoryBook) -> None:
    book.pages["データ検査"] = [["うちのメモ"]]
    pressed(book, button="check_data")
    assert book.pages["データ検査"] == [["うちのメモ"]]
    assert "別の内容" in book.messages[0][0]


def test_candidates_are_listed_and_the_customers_stay(book: MemoryBook) -> None:
    book.pages["顧客"] += [
        ["C4", "(株)Ａ", None, "製造業", 1, None],
        ["C5", "別名の会社", "1234-5678-90123", "IT", 1, None],
        ["C6", "東京包装資材", None, "IT", 1, None],
        ["C7", "東京包装資材店", None, "IT", 1, None],
        ["C1", "株式会社A", None, "IT", 1, None],
    ]
    before = copy.deepcopy(book.pages["顧客"])
    pressed(book, button="duplicates")
    assert book.pages["顧客"] == before
    rows = book.pages["名寄せ候補"]
    found = {(row[0], row[2], row[5]) for row in rows[1:]}
    assert ("法人番号が同じ", "C1", "C5") in found
    assert ("名前が同じ(法人格・全角半角を除く)", "C1", "C4") in found
    assert ("名前が似ている", "C6", "C7") in found
    assert any(row[4] == 9 and row[1] == 1.0 for row in rows[1:])  # the row whose ID stands there already
    assert not any("C2" in row for row in rows)
    assert next(row for row in rows if row[2] == "C6")[4] == 7
    assert "4 組" in book.messages[0][0]


def test_without_candidates_it_says_so(book: MemoryBook) -> None:
    pressed(book, "en", button="duplicates")
    assert book.messages == [("No customers seem to be there twice.", False)]


@pytest.mark.parametrize("button", ["check_data", "duplicates"])
def test_an_empty_book_is_told_what_it_lacks(button: str) -> None:
    book = pressed(MemoryBook({"メモ": [["何もない"]]}), button=button)
    assert book.pages == {"メモ": [["何もない"]]}
    assert book.messages[0][1]
    assert "顧客の表も取引の表もありません" in book.messages[0][0]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "Documents").mkdir()
    return tmp_path / "Documents" / "顧客ポートフォリオ"


def test_the_sample_is_made_once_and_opened(book: MemoryBook, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def made(module: str, arguments: list[str], *_: object, **__: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
        asked.append((module, *arguments[:-1]))
        Path(arguments[-1], "portfolio_sample.xlsx").write_bytes(b"made")
        return (), ()

    monkeypatch.setattr(processes, "run", made)
    pressed(book, button="open_sample")
    pressed(book, button="open_sample")
    assert asked == [("workbooks", "build", "--only", "sample", "--out")]
    assert [step for step in book.log if step[0] == "open"] == [("open", "portfolio_sample.xlsx")] * 2
    assert [path.name for path in home.iterdir()] == ["portfolio_sample.xlsx"]


def test_a_sample_that_cannot_be_put_there_is_told(
    book: MemoryBook, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(_: str, arguments: list[str], *__: object, **___: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
        Path(arguments[-1], "portfolio_sample.xlsx").write_bytes(b"made")
        return (), ()

    monkeypatch.setattr(processes, "run", made)
    home.write_text("a file in the place of the folder", encoding="utf-8")
    pressed(book, button="open_sample")
    assert book.messages[0][1]
    assert book.messages[0][0].startswith("保存不可")


def test_a_sample_that_cannot_be_made_is_told(book: MemoryBook, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(*_: object, **__: object) -> None:
        raise Refusal("expired", "時間切れ", "too late")

    monkeypatch.setattr(processes, "run", failed)
    pressed(book, button="open_sample")
    assert book.messages == [("期限切れ: 時間切れ", True)]
    assert not home.exists()


# ---- several sheets of one table ------------------------------------------------------------------------------------------


def months_in(path: Path) -> Path:
    """Write a workbook of orders with a sheet per month, a sum beside them and a note."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for month in (4, 5, 6):
        sheet = book.create_sheet(f"{month}月")
        sheet.append(["取引日", "顧客名", "金額"])
        sheet.append([date(2026, month, 1), "あおい商店", month * 100])
    book.create_sheet("集計").append(["顧客名", "売上"])
    book["集計"].append(["あおい商店", 1500])
    book.create_sheet("メモ").append(["確認中"])
    book.save(path)
    return path


def test_a_file_with_monthly_sheets_is_taken_in_as_one_table(tmp_path: Path) -> None:
    book = MemoryBook({})
    book.answers = [months_in(tmp_path / "monthly.xlsx"), "1"]
    pressed(book, button="import_table")
    assert [row[-1] for row in book.pages["取引"][1:]] == [400, 500, 600]
    assert "・monthly.xlsx › 集計: 顧客ごとの合計の表で" in book.asked[-1]
    assert "・monthly.xlsx › メモ: " in book.asked[-1]


def test_a_book_with_monthly_sheets_is_scored_as_one_table() -> None:
    header = ["取引日", "顧客名", "金額"]
    pages: dict[str, list[list[Any]]] = {
        f"{month}月": [header, [date(2026, month, 1), "あおい商店", month * 100]] for month in (4, 5, 6)
    }
    pages |= {"集計": [["顧客名", "売上"], ["あおい商店", 1500]], "メモ": [["確認中"]], "空": []}
    raw = read_inputs(MemoryBook(pages))
    assert raw.tables.keys() == {"orders"}
    assert [part.source for part in raw.tables["orders"].parts] == ["4月", "5月", "6月"]
    assert {each.source for each in raw.findings} == {"集計", "メモ", "空"}
    assert raw.tables["orders"].frame["金額"].tolist() == [400, 500, 600]
