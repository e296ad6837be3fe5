"""Which sheets of a workbook hold which table: by name and headers, and every other one told with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from addin.ribbon import auditing, results
from addin.ribbon.analysis import actions as analysis
from addin.ribbon.data import actions as data
from addin.ribbon.help import actions as help  # noqa: A004 - the group's name
from addin.ribbon.records import actions as records
from addin.ribbon.reporting import masked
from addin.ribbon.scoring import defining
from addin.ribbon.trials import actions as trials
from addin.ribbon.trials import trial_sheet
from engine.language.errors import Text
from engine.reading.sheet_choice import SheetView, choose_sheets, passed_over
from engine.reading.sheet_names import copied_name, is_other, is_own, is_period, is_summary, tables_named
from workbooks.style.sheet_names import EXAMPLE, FILLED_IN, SHEETS

if TYPE_CHECKING:
    from engine.reading.sheet_choice import Choice

Sheets = dict[str, list[list[object]]]

ORDERS: list[list[object]] = [
    ["取引日", "顧客名", "金額"],
    ["2026/4/1", "あおい商店", 1200],
    ["2026/4/2", "かえで堂", 300],
]
CUSTOMERS: list[list[object]] = [["顧客ID", "顧客名", "業種"], ["1", "あおい商店", "小売"], ["2", "かえで堂", "卸"]]


def choice_of(sheets: Sheets, only: str | None = None) -> Choice:
    names = list(sheets)
    views = [SheetView(name, rows) for name, rows in sheets.items() if name not in passed_over(names)]
    return choose_sheets(views, names, lambda name: name, only=only)


def told(choice: Choice) -> dict[str, str]:
    return {finding.source: finding.code for finding in choice.findings}


def reason(choice: Choice, sheet: str) -> str:
    return next(finding.reason.ja for finding in choice.findings if finding.source == sheet)


@pytest.mark.parametrize(
    "names",
    [["4月", "5月"], ["2026-04", "2026-05"], ["東京", "大阪"], ["4月売上", "5月売上"], ["取引_東京", "取引_大阪"]],
)
def test_sheets_of_one_layout_are_one_table(names: list[str]) -> None:
    choice = choice_of(dict.fromkeys(names, ORDERS))
    assert dict(choice.sheets) == {"orders": tuple(names)}
    assert choice.findings == ()


def test_a_row_of_months_keeps_the_order_of_the_workbook() -> None:
    months = [f"{month}月" for month in (*range(4, 13), 1, 2, 3)]
    assert choice_of(dict.fromkeys(months, ORDERS)).sheets["orders"] == tuple(months)


def test_every_sheet_is_taken_or_told() -> None:
    choice = choice_of(
        {
            "表紙": [["売上報告"], ["2026年度"]],
            "設定": [["キー", "値"]],
            "顧客": CUSTOMERS,
            "4月": ORDERS,
            "5月": ORDERS,
            "6月": [["取引日", "顧客名", "金額"]],
            "空": [],
            "集計": [["顧客名", "売上"], ["あおい商店", 2400]],
            "ピボット": [["顧客名", "4月", "5月", "合計"], ["あおい商店", 1, 2, 3]],
            "メモ": [["来週までに確認する"]],
            "ポートフォリオ表": [["顧客名", "業界", "年間売上"], ["あおい商店", "小売", 2400]],
        }
    )
    assert dict(choice.sheets) == {"customers": ("顧客",), "orders": ("4月", "5月")}
    assert told(choice) == {
        "設定": "definition_sheet", "": "own_sheets", "6月": "empty_sheet", "空": "empty_sheet", "表紙": "sheet_not_read",
        "集計": "sheet_not_read", "ピボット": "sheet_not_read", "メモ": "sheet_not_read",
    }  # fmt: skip


def test_a_sum_by_customer_is_no_second_list_of_customers() -> None:
    choice = choice_of({"顧客": CUSTOMERS, "取引": ORDERS, "Sheet3": [["顧客名", "売上"], ["あおい商店", 2400]]})
    assert dict(choice.sheets) == {"customers": ("顧客",), "orders": ("取引",)}
    assert choice_of({"Sheet1": ORDERS, "Sheet2": [["顧客名", "売上"], ["あおい商店", 9]]}).sheets.keys() == {"orders"}


def test_a_sum_by_customer_alone_is_the_list_of_customers_with_typed_sales() -> None:
    assert dict(choice_of({"顧客別集計": [["顧客名", "売上"], ["あおい商店", 9]]}).sheets) == {
        "customers": ("顧客別集計",)
    }


def test_lists_of_several_branches_are_one_list() -> None:
    osaka: list[list[object]] = [["顧客ID", "顧客名", "業種"], ["3", "さくら屋", "小売"]]
    assert dict(choice_of({"東京": CUSTOMERS, "大阪": osaka}).sheets) == {"customers": ("東京", "大阪")}


def test_a_list_that_adds_no_customer_is_told() -> None:
    choice = choice_of({"顧客": CUSTOMERS, "担当": [["顧客ID", "顧客名", "担当"], ["1", "あおい商店", "林"]]})
    assert dict(choice.sheets) == {"customers": ("顧客",)}
    assert "顧客はすべてシート「顧客」にある" in reason(choice, "担当")


@pytest.mark.parametrize("copy", ["取引 (2)", "取引_old", "旧取引", "取引のコピー", "取引 backup"])
def test_a_sheet_that_calls_itself_a_copy_is_not_read(copy: str) -> None:
    choice = choice_of({"取引": ORDERS, copy: [*ORDERS, ["2026/4/3", "さくら屋", 5]]})
    assert dict(choice.sheets) == {"orders": ("取引",)}
    assert [(each.severity, each.source) for each in choice.findings] == [("warning", copy)]


@pytest.mark.parametrize("name", ["見積", "発注", "入金", "予算", "2027年度計画", "Budget", "Forecast 2026"])
def test_records_of_another_kind_do_not_count_as_orders(name: str) -> None:
    choice = choice_of({"4月": ORDERS, name: ORDERS})
    assert dict(choice.sheets) == {"orders": ("4月",)}
    assert choice_of({name: ORDERS}).sheets.keys() == {"orders"}  # alone it is all there is


def test_beside_a_named_sheet_another_layout_is_told_and_not_added() -> None:
    other: list[list[object]] = [["請求日", "請求金額", "取引先"], ["2026/4/30", 1500, "あおい商店"]]
    choice = choice_of({"取引": ORDERS, "請求": other})
    assert dict(choice.sheets) == {"orders": ("取引",)}
    assert "名前も列も違う" in reason(choice, "請求")
    assert choice_of({"取引": ORDERS, "取引2": other}).sheets["orders"] == ("取引", "取引2")
    assert choice_of({"取引": ORDERS, "5月": other}).sheets["orders"] == ("取引", "5月")


def test_a_named_sheet_without_a_needed_column_gives_way_to_one_that_fits() -> None:
    choice = choice_of({"取引": [["顧客名", "備考"], ["あおい商店", "x"]], "4月": ORDERS})
    assert dict(choice.sheets) == {"orders": ("4月",)}
    assert reason(choice, "取引") == "シート名は取引の表ですが、必要な列(「取引日」・「金額」)がないので読みません"


def test_a_named_sheet_without_a_needed_column_is_left_to_be_refused_where_none_fits() -> None:
    assert dict(choice_of({"取引": [["顧客名", "取引曰", "金額"], ["A", "2026/1/1", 5]]}).sheets) == {
        "orders": ("取引",)
    }


def test_headers_alone_do_not_make_costs_or_contacts() -> None:
    costs: list[list[object]] = [["日付", "取引先", "勘定科目", "金額"], ["2026/4/1", "A", "旅費", 1]]
    choice = choice_of({"4月": ORDERS, "仕訳": costs})
    assert dict(choice.sheets) == {"orders": ("4月",)}
    assert reason(choice, "仕訳").startswith("費用の表に見えますが")
    assert choice_of({"4月": ORDERS, "費用4月": costs, "費用5月": costs}).sheets["costs"] == ("費用4月", "費用5月")


def test_a_book_of_visits_is_no_list_of_customers() -> None:
    visits: list[list[object]] = [["日付", "顧客名", "担当", "内容"], ["2026/4/1", "あおい商店", "林", "電話"]]
    assert choice_of({"4月": ORDERS, "訪問メモ": visits}).sheets.keys() == {
        "orders",
        "contacts",
    }  # 訪問 is a name of contacts
    assert choice_of({"4月": ORDERS, "日誌": visits}).sheets.keys() == {"orders"}


def test_one_table_may_be_asked_for() -> None:
    sheets: Sheets = {"顧客": CUSTOMERS, "4月": ORDERS, "5月": ORDERS, "メモ": [["x"]]}
    choice = choice_of(sheets, only="orders")
    assert dict(choice.sheets) == {"orders": ("4月", "5月")}
    assert told(choice) == {"顧客": "sheet_not_read", "メモ": "sheet_not_read"}
    assert dict(choice_of({"メモ": [["x"]]}, only="orders").sheets) == {
        "orders": ("メモ",)
    }  # cleaning says what it lacks


def test_orders_that_lack_a_column_are_refused_by_cleaning_and_not_left_out() -> None:
    """A portfolio without its orders would look right."""
    lame: list[list[object]] = [["謎の列", "取引日", "金額"], ["A", "2026/4/1", 100]]
    choice = choice_of({"顧客": CUSTOMERS, "取引": lame})
    assert dict(choice.sheets) == {"customers": ("顧客",), "orders": ("取引",)}
    assert told(choice_of({"顧客": CUSTOMERS, "取引": lame, "4月": ORDERS})) == {"取引": "sheet_not_read"}


def test_what_names_say() -> None:
    assert copied_name("売上のコピー (3)") == "売上のコピー"
    assert copied_name("4月") is None
    assert not is_summary("別府支店")
    assert is_summary("月別推移")
    assert not is_other("latest orders")
    assert is_period("令和8年4月")
    assert is_period("Q1 2026")
    assert not is_period("大阪")
    assert tables_named("得意先別売上")[0] == "customers"


def test_every_sheet_that_we_write_is_known_as_ours() -> None:
    rooms = (results, analysis, auditing, data, defining, help, masked, records, trial_sheet, trials)
    written = {
        text
        for room in rooms
        for name, value in vars(room).items()
        if name.endswith("_SHEET") and isinstance(value, Text)
        for text in value
    }
    assert {sheet for sheet in {*written, *SHEETS, EXAMPLE} - set(FILLED_IN) if not is_own(sheet)} == set()
    assert is_own("ポートフォリオ表 (2)")


def test_our_own_table_is_read_where_nothing_else_holds_input() -> None:
    elements: list[list[object]] = [["顧客名", "業界", "年間売上", "リスク"], ["あおい商店", "小売", 2400, "低"]]
    assert dict(choice_of({"ポートフォリオ表": elements}).sheets) == {"customers": ("ポートフォリオ表",)}
    assert dict(choice_of({"4月": ORDERS, "ポートフォリオ表": elements}).sheets) == {"orders": ("4月",)}
