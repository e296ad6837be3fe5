"""Files of every kind, good and bad: each is read, or refused in words that mend it."""

from __future__ import annotations

import gzip
import hashlib
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib.metadata import files
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]  # it comes without types
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from engine.cleaning.tables import Tables, clean
from engine.language.errors import Refusal
from engine.reading.sources import read_files, read_workbook

ORDERS = "顧客名,取引日,金額\n株式会社A,2026/3/31,1000\n㈱B,令和8年4月1日,△200\n"
ROWS: Sequence[Sequence[Any]] = (
    ("顧客名", "取引日", "金額"),
    ("A", date(2026, 3, 31), 1000),
    ("B", date(2026, 4, 1), 2000.0),
)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    def put(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    def put(
        sheets: Mapping[str, Sequence[Sequence[Any]]],
        touch: Callable[[Worksheet], None] | None = None,
        name: str = "input.xlsx",
        date1904: bool = False,
    ) -> Path:
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.worksheets[0])
        if date1904:
            workbook.epoch = CALENDAR_MAC_1904
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
            if touch:
                touch(sheet)
        workbook.save(tmp_path / name)
        return tmp_path / name

    return put


def orders_of(path: Path, mapping: Mapping[str, str] | None = None) -> Tables:
    return clean(read_files({"orders": path}, mapping))


def refused(read: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read()
    assert re.search(r"[ぁ-ん]", caught.value.text.ja)
    assert caught.value.text.en.isascii() or "（" not in caught.value.text.en
    return caught.value


# --- text files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends(write: Callable[..., Path], encoding: str, newline: str) -> None:
    tables = orders_of(write("orders.csv", ORDERS.replace("\n", newline).encode(encoding)))
    assert tables.customers["name"].tolist() == ["株式会社A", "㈱B"]
    assert tables.orders is not None
    assert tables.orders["amount"].tolist() == [1000, -200]


@pytest.mark.parametrize(
    ("delimiter", "suffix"), [(",", "csv"), ("\t", "tsv"), (";", "csv"), ("|", "txt"), ("   ", "txt"), ("\t", "csv")]
)
def test_delimiters_are_found_out(write: Callable[..., Path], delimiter: str, suffix: str) -> None:
    tables = orders_of(write(f"orders.{suffix}", ORDERS.replace(",", delimiter)))
    assert tables.orders is not None
    assert tables.orders["amount"].tolist() == [1000, -200]


def test_cdnow_reads_without_a_mapping() -> None:
    path = next(Path(str(each.locate())) for each in files("lifetimes") or () if each.name == "CDNOW_master.txt")
    tables = orders_of(path)
    assert tables.orders is not None
    assert (len(tables.orders), len(tables.customers)) == (69_659, 23_570)
    assert (tables.currency, tables.digits) == ("", 2)
    cents = sum(int(line.split()[3].replace(".", "")) for line in path.read_text().splitlines()[1:])
    assert int(tables.orders["amount"].sum()) == cents
    assert [finding.code for finding in tables.findings if finding.severity != "note"] == []
    assert "currency_unknown" in {finding.code for finding in tables.findings}
    assert tables.customers["customer_id"].iloc[0] == "00001"
    assert tables.sources[0].newest == date(1998, 6, 30)


def test_rows_are_numbered_as_an_editor_shows_them(write: Callable[..., Path]) -> None:
    text = "売上一覧\n\n顧客名,取引日,金額\nA,2026/3/31,1000\n\nB,いつか,5\n,,\nC,2026/4/1,千円\n"
    tables = orders_of(write("orders.csv", text))
    assert [(each.row, each.code) for each in tables.findings if each.severity == "error"] == [
        (6, "unreadable_date"),
        (8, "text_in_amount"),
    ]
    blank = next(each for each in tables.findings if each.code == "blank_rows")
    assert "5・7行目" in blank.reason.ja
    assert tables.sources[0].rows_read == 3
    assert tables.sources[0].rows_used == 1


def test_an_unquoted_thousands_separator_is_listed_not_misread(write: Callable[..., Path]) -> None:
    tables = orders_of(
        write("orders.csv", 'A,顧客名,取引日,金額\n,A,2026/3/31,"1,000"\n,B,2026/3/31,1,000\n,C,2026/4/1\n')
    )
    errors = [(each.row, each.code) for each in tables.findings if each.severity == "error"]
    assert errors == [(3, "too_many_cells"), (4, "missing_amount")]
    assert (tables.sources[0].rows_read, tables.sources[0].rows_used) == (3, 1)


def test_ids_kept_as_text_for_excel_are_unwrapped(write: Callable[..., Path]) -> None:
    tables = orders_of(write("orders.csv", '顧客ID,取引日,金額\n="00123",2026/3/31,1\n'))
    assert tables.customers["customer_id"].tolist() == ["00123"]


def test_a_quote_that_is_never_closed_is_told(write: Callable[..., Path]) -> None:
    path = write("orders.csv", ORDERS + '"C,2026/3/31,5\n' + "D,2026/3/31,6\n" * 12_000)
    assert "引用符" in refused(lambda: read_files({"orders": path})).to("ja")


def test_quoted_line_breaks_stay_in_their_record(write: Callable[..., Path]) -> None:
    tables = orders_of(write("orders.csv", '顧客名,取引日,金額,商品\nA,2026/3/31,1,"x\ny"\nB,x,2,z\n'))
    assert [each.row for each in tables.findings if each.severity == "error"] == [3]


def test_dates_that_may_be_either_are_refused_until_told(write: Callable[..., Path]) -> None:
    path = write("orders.csv", "customer,InvoiceDate,amount\nA,12/1/2010 8:26,5\nB,3/4/2010 8:26,6\n")
    refusal = refused(lambda: orders_of(path))
    assert "orders.date_order=mdy" in refusal.to("ja")
    assert "12/1/2010 8:26" in refusal.to("en")
    tables = orders_of(path, {"orders.date_order": "mdy"})
    assert tables.orders is not None
    assert tables.orders["date"].dt.strftime("%m-%d").tolist() == ["12-01", "03-04"]


def test_a_product_of_two_columns_is_exact(write: Callable[..., Path]) -> None:
    text = "Kunde,Quantity,UnitPrice,When\nA,3,0.1,2026-03-31\nA,-1,2.55,2026-04-01\n"
    mapping = {"orders.customer": "Kunde", "orders.amount": "Quantity*UnitPrice", "orders.date": "When"}
    tables = orders_of(write("orders.csv", text), mapping)
    assert tables.orders is not None
    assert tables.orders["amount"].tolist() == [30, -255]
    assert tables.digits == 2


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"orders.date": "Datum"}, "Datum"),
        ({"orders.when": "取引日"}, "when"),
        ({"quotes.date": "取引日"}, "quotes"),
        ({"date": "取引日"}, "orders.date=InvoiceDate"),
        ({"orders.date_order": "ymd"}, "mdy"),
        ({"customers.name": "顧客名"}, "customer"),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_refused(
    write: Callable[..., Path], mapping: dict[str, str], words: str
) -> None:
    path = write("orders.csv", ORDERS)
    assert words in refused(lambda: orders_of(path, mapping)).to("en")


# --- files that are not what they should be -----------------------------------------------------------------------


def xlsx_bytes() -> bytes:
    workbook = openpyxl.Workbook()
    for row in ROWS:
        workbook.worksheets[0].append(list(row))
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def encrypted() -> bytes:
    stream = BytesIO()
    OOXMLFile(BytesIO(xlsx_bytes())).encrypt("secret", stream)
    return stream.getvalue()


def zipped(name: str, content: bytes = b"x") -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def with_broken_sheet() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx_bytes())) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[: 300 if "sheet1.xml" in name else None])
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("orders.csv", b"", "空のファイル"),
        ("orders.csv", b"\r\n \n", "空のファイル"),
        ("orders.xlsx", b"", "空のファイル"),
        ("orders.csv", xlsx_bytes(), "拡張子を .xlsx に直してください"),
        ("orders.xlsx", ORDERS.encode(), "拡張子を .csv に直してください"),
        ("orders.xlsx", b"<html><table>", "HTML"),
        ("orders.xlsx", encrypted(), "パスワードで保護されています"),
        ("orders.xlsx", xlsx_bytes()[:2000], "壊れています"),
        ("orders.xlsx", with_broken_sheet(), "壊れています"),
        ("orders.xlsx", zipped("word/document.xml"), "ZIP ファイル"),
        ("orders.xlsx", zipped("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
        ("orders.xlsx", zipped("xl/workbook.bin"), ".xlsb"),
        (
            "orders.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "Workbook".encode("utf-16-le"),
            ".xlsx で保存してください",
        ),
        ("orders.csv", b"%PDF-1.7", "PDF"),
        ("orders.csv", gzip.compress(b"a"), "gzip"),
        ("orders.csv", b"\x00\x01\x02\x03abc", "テキストではないファイル"),
        ("orders.csv", b"PAR1....", "parquet"),
        ("orders.parquet", b"PAR1....", "壊れた parquet"),
        ("orders.docx", zipped("word/document.xml"), "読める拡張子"),
        (
            "orders.csv",
            "顧客名,取引日,金額\n".encode() + b"\x81\xff\xfe,2026/1/1,5\n",
            "文字コードを判別できません(2行目)",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_bad_files_are_refused_by_name_and_cause(
    write: Callable[..., Path], name: str, content: bytes, words: str
) -> None:
    path = write(name, content)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    refusal = refused(lambda: read_files({"orders": path}))
    assert refusal.kind == "unreadable"
    assert words in refusal.to("ja")
    assert name in refusal.to("en")
    assert str(path.parent) not in refusal.to("ja")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_a_file_that_is_not_there_names_its_neighbours(write: Callable[..., Path]) -> None:
    path = write("orders2026.csv", ORDERS)
    refusal = refused(lambda: read_files({"orders": path.with_name("orders2025.csv")}))
    assert "orders2026.csv" in refusal.to("ja")


# --- workbooks ----------------------------------------------------------------------------------------------------


def test_sheets_are_found_by_name_in_both_languages(book: Callable[..., Path]) -> None:
    for names in (("はじめに", "顧客", "取引"), ("Notes", "Customers", "orders")):
        path = book({names[0]: [["x"]], names[1]: [["顧客名", "業界"], ["A", "製造"], ["B", "IT"]], names[2]: ROWS})
        tables = clean(read_workbook(path))
        assert tables.orders is not None
        assert tables.orders["amount"].tolist() == [1000, 2000]
        assert tables.customers["industry"].tolist() == ["製造", "IT"]
        assert [source.source for source in tables.sources] == [f"input.xlsx › {names[1]}", f"input.xlsx › {names[2]}"]
        assert {source.sha256 for source in tables.sources} == {hashlib.sha256(path.read_bytes()).hexdigest()}


def test_sheets_without_a_known_name_are_found_by_their_headers(book: Callable[..., Path]) -> None:
    tables = clean(read_workbook(book({"Sheet1": [["メモ"], ["x"]], "Sheet2": ROWS})))
    assert tables.orders is not None
    assert len(tables.orders) == 2
    refusal = refused(lambda: read_workbook(book({"メモ": [["x"]], "予定": [["y", "z"]]})))
    assert "あるシート: メモ・予定" in refusal.to("ja")


def test_two_sheets_for_one_table_are_told(book: Callable[..., Path]) -> None:
    raw = read_workbook(book({"売上": [["顧客", "日付", "金額"]], "取引": ROWS}))
    assert raw.tables["orders"].source.endswith("取引")
    assert [(finding.source, finding.code) for finding in raw.findings] == [("input.xlsx › 売上", "empty_sheet")]
    raw = read_workbook(book({"売上": [("顧客", "日付", "金額"), ("C", date(2026, 5, 1), 3)], "取引": ROWS}))
    assert [part.source for part in raw.tables["orders"].parts] == ["input.xlsx › 売上", "input.xlsx › 取引"]


def test_a_missing_column_is_refused_with_what_is_there(book: Callable[..., Path]) -> None:
    path = book({"取引": [["顧客名", "取引曰", "金額"], ["A", "2026/1/1", 5]]})
    refusal = refused(lambda: clean(read_workbook(path)))
    assert refusal.kind == "missing_column"
    assert "取引曰" in refusal.to("ja")


def test_dates_count_from_1904_where_the_workbook_says_so(book: Callable[..., Path]) -> None:
    rows = [["顧客名", "取引日", "金額"], ["A", date(2026, 3, 31), 1], ["A", 44286, 1]]
    tables = clean(read_workbook(book({"取引": rows}, date1904=True)))
    assert tables.orders is not None
    assert tables.orders["date"].dt.strftime("%Y-%m-%d").tolist() == ["2025-04-01", "2026-03-31"]


def test_the_day_that_never_was_is_refused_in_a_workbook_too(book: Callable[..., Path]) -> None:
    def as_dates(sheet: Worksheet) -> None:
        for row in range(2, 5):
            sheet.cell(row, 2).number_format = "yyyy/mm/dd"

    rows = [["顧客名", "取引日", "金額"], ["A", 59, 1], ["A", 60, 2], ["A", 61, 3]]
    tables = clean(read_workbook(book({"取引": rows}, as_dates)))
    assert tables.orders is not None
    assert tables.orders["date"].dt.strftime("%Y-%m-%d").tolist() == ["1900-02-28", "1900-03-01"]
    finding = next(each for each in tables.findings if each.severity == "error")
    assert (finding.code, finding.row) == ("unreadable_date", 3)
    assert "1900年2月29日" in finding.reason.ja


def test_a_text_file_is_no_workbook(write: Callable[..., Path]) -> None:
    path = write("orders.csv", ORDERS)
    assert "表ごとのファイル" in refused(lambda: read_workbook(path)).to("ja")


def test_titles_above_hidden_and_blank_rows(book: Callable[..., Path]) -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[5].hidden = True

    rows = [["受注一覧"], ["2026年度"], *ROWS[:1], *ROWS[1:], [None], ["C", "来月", 5]]
    tables = clean(read_workbook(book({"取引": rows}, hide)))
    assert tables.sources[0].rows_used == 2
    codes = {finding.code: finding for finding in tables.findings}
    assert "(5行目)" in codes["hidden_rows"].reason.ja
    assert "(6行目)" in codes["blank_rows"].reason.ja
    assert codes["unreadable_date"].row == 7


def test_formulas_without_stored_results_are_told_cell_by_cell(book: Callable[..., Path]) -> None:
    rows = [
        ["顧客名", "取引日", "金額", "商品"],
        ["A", date(2026, 3, 31), "=1+1", "x"],
        ["A", date(2026, 3, 31), 5, '=A1&"x"'],
        ["A", "#N/A", 7, None],
    ]
    tables = clean(read_workbook(book({"取引": rows})))
    found = [
        (each.severity, each.code, each.row, each.column, each.value)
        for each in tables.findings
        if each.severity != "note"
    ]
    assert found == [
        ("error", "formula_without_value", 2, "金額", "=1+1"),
        ("warning", "formula_without_value", 3, "商品", '=A1&"x"'),
        ("error", "unreadable_date", 4, "取引日", "#N/A"),
    ]


def test_headers_merged_downwards_and_over_groups_are_resolved(book: Callable[..., Path]) -> None:
    def merge(sheet: Worksheet) -> None:
        for cells in ("A1:A2", "B1:C1", "D1:D2", "D3:D4"):
            sheet.merge_cells(cells)

    rows = [
        ["顧客名", "2026年度", None, "業界"],
        [None, "年間売上", "継続性", None],
        ["A", 1500, "高", "製造"],
        ["B", 900, "中", None],
    ]
    tables = clean(read_workbook(book({"顧客": rows}, merge)))
    assert tables.customers["sales"].tolist() == [1500, 900]
    assert tables.customers["industry"].tolist() == ["製造", "製造"]
    assert {"merged_header", "merged_cells"} <= {finding.code for finding in tables.findings}


def test_a_header_merged_over_one_column_of_data_is_resolved(book: Callable[..., Path]) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("C1:D1")

    rows = [["顧客名", "取引日", "金額", None], ["A", date(2026, 3, 31), None, 5]]
    tables = clean(read_workbook(book({"取引": rows}, merge)))
    assert tables.orders is not None
    assert tables.orders["amount"].tolist() == [5]


def test_a_header_merged_over_two_columns_of_data_is_refused_by_cell(book: Callable[..., Path]) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("C1:D1")

    rows = [["顧客名", "取引日", "金額", None], ["A", date(2026, 3, 31), 4, 5]]
    refusal = refused(lambda: read_workbook(book({"取引": rows}, merge)))
    assert "C1:D1" in refusal.to("ja")


def test_the_same_header_under_two_groups_is_no_guess(book: Callable[..., Path]) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("B1:C1")
        sheet.merge_cells("D1:E1")

    rows = [
        [None, "2025年度", None, "2026年度", None],
        ["顧客名", "年間売上", "リスク", "年間売上", "継続性"],
        ["A", 1, "低", 2, "高"],
    ]
    tables = clean(read_workbook(book({"顧客": rows}, merge)))
    assert tables.customers["sales"].isna().all()
    assert tables.customers["2026年度 年間売上"].tolist() == ["2"]


def test_a_title_merged_above_the_header_is_nothing_to_resolve(book: Callable[..., Path]) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A1:C1")

    tables = clean(read_workbook(book({"取引": [["売上一覧", None, None], *ROWS]}, merge)))
    assert tables.findings == ()
    assert tables.sources[0].rows_used == 2


def test_merged_amounts_are_not_counted_several_times(book: Callable[..., Path]) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("C2:C3")

    rows = [["顧客名", "取引日", "金額"], ["A", date(2026, 3, 31), 500], [None, date(2026, 4, 1), None]]
    tables = clean(read_workbook(book({"取引": rows}, merge)))
    assert tables.orders is not None
    assert tables.orders["amount"].tolist() == [500]
    assert [(each.row, each.code) for each in tables.findings if each.severity == "error"] == [(3, "missing_amount")]


def test_read_files_takes_the_fitting_sheet(book: Callable[..., Path]) -> None:
    path = book({"表紙": [["売上報告"]], "データ": ROWS})
    assert len(read_files({"orders": path}).tables["orders"].frame) == 2


@pytest.mark.parametrize("kind", ["workbook", "files"])
def test_progress_rises_to_one(book: Callable[..., Path], write: Callable[..., Path], kind: str) -> None:
    shares: list[float] = []
    if kind == "workbook":
        read_workbook(book({"取引": ROWS}), progress=shares.append)
    else:
        read_files({"orders": write("orders.csv", ORDERS)}, progress=shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


# --- parquet ------------------------------------------------------------------------------------------------------


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    days = pd.to_datetime(["2026-03-31 05:00", "2026-04-01 00:00"])
    frame = pd.DataFrame({"customer_id": [1, 2], "date": days, "amount": [1000, -5]})
    frame.to_parquet(tmp_path / "orders.parquet")
    tables = orders_of(tmp_path / "orders.parquet")
    assert tables.orders is not None
    assert tables.orders["amount"].tolist() == [1000, -5]
    assert tables.orders["date"].dt.strftime("%m-%d").tolist() == ["03-31", "04-01"]
    assert tables.customers["customer_id"].tolist() == ["1", "2"]


# ---- orders without a header row -------------------------------------------------------------------------------------


def test_the_cdnow_sample_reads_without_its_missing_header() -> None:
    path = next(Path(str(each.locate())) for each in files("lifetimes") or () if each.name == "CDNOW_sample.txt")
    tables = clean(read_files({"orders": path}))
    assert (len(tables.customers), tables.sources[0].rows_read, tables.sources[0].rows_used) == (2_357, 6_919, 6_919)
    assert tables.orders is not None
    first = tables.orders.iloc[0]
    assert (first["amount"], first["quantity"], first["row"]) == (2_933, 2, 1)
    warning = next(each for each in tables.findings if each.code == "no_header")
    assert "Customer ID" in warning.reason.ja
    assert "no header row" in warning.reason.en


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("1,2026-01-05,1200\n2,2026/1/6,300\n", ["Customer ID", "Date", "Amount"]),
        ("1\t20260105\t2\t12.5\n", ["Customer ID", "Date", "Quantity", "Amount"]),
    ],
)
def test_columns_of_a_file_without_header_are_told_by_their_values(
    tmp_path: Path, text: str, header: list[str]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    raw = read_files({"orders": path})
    assert list(raw.tables["orders"].header) == header
    assert len(clean(raw).orders) == text.count("\n")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "1,2026-01-05\n",  # no amount
        "1,2026-01-05,2026-01-06,300\n",  # two dates
        "2026-01-05,1,300\n",  # no customer before the date
        "A社,2026-01-05,300\n",  # words: it may be a header as well
        "1,2026-01-05,300\n2,2026-01-06\n",  # rows of unequal width
    ],
)
def test_what_cannot_be_told_gets_no_header(tmp_path: Path, text: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    assert not any(each.code == "no_header" for each in read_files({"orders": path}).findings)
