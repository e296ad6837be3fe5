"""The xlwings face, through xlwings' real decorators, conversion and call_udf, with pywin32 replaced by a double."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from helpers.excel_double import COLUMNS, DIVISION_BY_ZERO, MISSING, ROWS, ExcelBook, ExcelRange, excel

from addin.excel.fixed import fitted
from addin.functions import registry
from engine.runs import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

ELEMENTS: list[list[Any]] = [
    ["顧客名", "業界", "年間売上", "継続性", "成長ポテンシャル", "リスク", "戦略"],
    ["株式会社A", "製造業", 15_000_000.0, "高", "中", "低", None],
    ["B社", "小売業", 9_000_000.0, "中", "高", "中", None],
    ["C商店", "IT", 5_000_000.0, "低", "高", "高", None],
]

ADDIN = ExcelBook("portfolio.xlam", {"portfolio.conf": [], "texts": []})


@pytest.fixture(scope="module")
def host() -> Iterator[SimpleNamespace]:
    with excel() as found:
        yield found


@pytest.fixture
def book() -> ExcelBook:
    return ExcelBook("顧客.xlsx", {"顧客": ELEMENTS, "答え": [], "設定": []})


def cell(book: ExcelBook, address: str = "A1", sheet: str = "答え") -> ExcelRange:
    return book.Worksheets(sheet).Range(address)


def call(host: SimpleNamespace, name: str, *args: object, caller: ExcelRange) -> Any:
    """Call as the add-in's VBA does: every argument, Nothing for the caller, the add-in, and the calling cell."""
    count = next(len(each.arguments) for each in registry.functions() if each.name == name)
    given = (*args, *[MISSING] * (count - len(args)))  # VBA hands over what the formula leaves out as Missing
    return host.server.CallUDF("addin.udfs", name, (*given, None), ADDIN, caller)


def scored(host: SimpleNamespace, book: ExcelBook) -> str:
    handle = call(host, "PORTFOLIO_RUN", cell(book, "A1:G4", "顧客"), MISSING, MISSING, caller=cell(book))
    assert isinstance(handle, str)
    return handle


def test_every_registered_function_is_published_with_its_arguments(host: SimpleNamespace) -> None:
    for function in registry.functions():
        published = getattr(host.ours, function.name).__xlfunc__
        assert [each["name"] for each in published["args"]] == [*(each.name for each in function.arguments), "caller"]
        assert [("optional" in each) for each in published["args"][:-1]] == [
            each.optional for each in function.arguments
        ]
        assert published["ret"]["doc"] == function.ja
        assert published["category"] == function.category.ja
        assert published["call_in_wizard"] is True
        assert published["volatile"] is False
        assert published["async_mode"] is None
        assert "expand" not in published["ret"]["options"]


def test_a_table_range_gives_a_handle(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    assert handle.startswith("PF-")
    assert runs.recall(handle).tier == "T0"
    assert scored(host, book) == handle


def test_one_customer_gives_a_scalar_and_a_range_gives_its_own_shape(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    one = call(host, "PORTFOLIO_SEGMENT", "株式会社A", MISSING, handle, caller=cell(book))
    assert isinstance(one, str)
    column = call(host, "PORTFOLIO_SEGMENT", cell(book, "A2:A4", "顧客"), MISSING, handle, caller=cell(book))
    assert column[0] == [one]
    assert [len(row) for row in column] == [1, 1, 1]
    single = call(host, "PORTFOLIO_SEGMENT", cell(book, "A2", "顧客"), "標準", handle, caller=cell(book))
    assert single == one


def test_names_are_found_in_full_width_and_with_another_legal_form(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    plain = call(host, "PORTFOLIO_LEVEL", "株式会社A", "継続性", handle, caller=cell(book))
    assert plain == "高"
    assert call(host, "PORTFOLIO_LEVEL", "(株)Ａ", "継続性", handle, caller=cell(book)) == plain


def test_a_users_sheet_that_looks_like_code_stops_nothing(host: SimpleNamespace, book: ExcelBook) -> None:
    # xlwings refuses with a licence error where the workbook handed over has such a sheet; ours hands over the add-in.
    host.udfs.udf_modules.clear()
    other = ExcelBook("計算.xlsx", {"顧客": ELEMENTS, "答え": [], "計算.py": [["print(1)"]]})
    assert scored(host, other) == scored(host, book)


def test_a_number_stays_a_number(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    sales = call(host, "PORTFOLIO_VALUE", "B社", "売上", MISSING, handle, caller=cell(book))
    assert sales == 9_000_000


def test_a_spill_has_rows_of_equal_length(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    rows = call(host, "PORTFOLIO_SUMMARY", MISSING, MISSING, handle, caller=cell(book))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1


def test_a_date_is_handed_over_as_a_date(host: SimpleNamespace) -> None:
    orders: list[list[Any]] = [
        ["顧客名", "日付", "金額"],
        ["株式会社A", datetime(2026, 3, 31, tzinfo=UTC), 100.0],
        ["B社", datetime(2026, 2, 1, tzinfo=UTC), 50.0],
    ]
    book = ExcelBook("取引.xlsx", {"取引": orders, "顧客": [["顧客名"], ["株式会社A"], ["B社"]], "答え": []})
    handle = call(
        host, "PORTFOLIO_RUN", cell(book, "A1:A3", "顧客"), cell(book, "A1:C3", "取引"), MISSING, caller=cell(book)
    )
    assert handle.startswith("PF-20260331-")
    last = call(host, "PORTFOLIO_VALUE", "株式会社A", "最終購入日", MISSING, handle, caller=cell(book))
    assert last.date() == date(2026, 3, 31)


def test_without_a_run_the_callers_own_workbook_decides(host: SimpleNamespace, book: ExcelBook) -> None:
    changed = [row[:] for row in ELEMENTS]
    changed[2][3] = "低"
    other = ExcelBook("別の.xlsx", {"顧客": changed, "答え": [], "設定": []})
    for each in (book, other):
        handle = call(host, "PORTFOLIO_RUN", cell(each, "A1:G4", "顧客"), MISSING, MISSING, caller=cell(each))
        cell(each, "C3", "設定").Value = handle
        each.defined["PF_RUN"] = "=設定!$C$3"
    answers = [call(host, "PORTFOLIO_LEVEL", "B社", "継続性", MISSING, caller=cell(each)) for each in (book, other)]
    assert answers == ["中", "低"]


@pytest.mark.parametrize("defined", [None, '="PF-20200101-000000"', "=設定!$C$3"])
def test_no_run_is_a_sentence_and_no_error(host: SimpleNamespace, book: ExcelBook, defined: str | None) -> None:
    if defined is not None:
        book.defined["PF_RUN"] = defined
    answer = call(host, "PORTFOLIO_SEGMENT", "株式会社A", MISSING, MISSING, caller=cell(book))
    assert answer.startswith("#PF 実行なし")


def test_refusals_name_the_cause_and_a_mend(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    unknown = call(host, "PORTFOLIO_SEGMENT", "株式会社AA", MISSING, handle, caller=cell(book))
    assert unknown.startswith("#PF 顧客なし")
    assert "株式会社A" in unknown
    assert call(host, "PORTFOLIO_SCORE", "株式会社A", "高さ", handle, caller=cell(book)).startswith("#PF 引数")


def test_a_bug_becomes_a_record_number_and_never_a_traceback(
    host: SimpleNamespace, book: ExcelBook, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("PORTFOLIO_LOG", str(tmp_path_factory.mktemp("log") / "cells.log"))
    handle = scored(host, book)
    monkeypatch.setattr("addin.functions.lookup.view_of", None)
    monkeypatch.setattr("addin.functions.answers.customers.view_of", None)
    answer = call(host, "PORTFOLIO_SEGMENT", "株式会社A", MISSING, handle, caller=cell(book))
    assert answer.startswith("#PF 内部")
    assert "Traceback" not in answer


def test_a_cell_in_error_is_read_as_its_text(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    cell(book, "A1", "答え").Value = DIVISION_BY_ZERO
    answer = call(host, "PORTFOLIO_SEGMENT", cell(book, "A1"), MISSING, handle, caller=cell(book, "B1"))
    assert answer.startswith("#PF 顧客なし")
    assert "#DIV/0!" in answer


def test_an_empty_cell_stays_empty(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    assert call(host, "PORTFOLIO_SEGMENT", cell(book, "A9"), MISSING, handle, caller=cell(book)) == ""


def test_whole_columns_end_at_the_last_used_row(host: SimpleNamespace, book: ExcelBook) -> None:
    sheet = book.Worksheets("顧客")
    whole = ExcelRange(sheet, 1, 1, ROWS, 7)
    handle = call(host, "PORTFOLIO_RUN", whole, MISSING, MISSING, caller=cell(book))
    assert handle == scored(host, book)
    below = ExcelRange(sheet, 2, 1, ROWS, 1)
    answers = call(host, "PORTFOLIO_SEGMENT", below, MISSING, handle, caller=cell(book))
    assert len(answers) == 3
    line = ExcelRange(sheet, 1, 1, 4, COLUMNS)
    assert call(host, "PORTFOLIO_RUN", line, MISSING, MISSING, caller=cell(book)) == handle
    assert max(height for height, _ in sheet.reads) == 4
    assert max(width for _, width in sheet.reads) == 7


def test_serial_dates_follow_the_workbooks_own_calendar(host: SimpleNamespace, book: ExcelBook) -> None:
    serial = (date(2026, 3, 31) - date(1904, 1, 1)).days
    book = ExcelBook("mac.xlsx", {"取引": [["顧客名", "日付", "金額"], ["A社", float(serial), 100.0]], "答え": []})
    book.Date1904 = True
    orders = cell(book, "A1:C2", "取引")
    customers = [["顧客名"], ["A社"]]
    handle = call(host, "PORTFOLIO_RUN", customers, orders, MISSING, caller=cell(book))
    assert handle.startswith("PF-20260331-")


def test_an_english_excel_gets_english_words(
    host: SimpleNamespace, book: ExcelBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = scored(host, book)
    monkeypatch.setenv("PORTFOLIO_LANG", "en")
    assert call(host, "PORTFOLIO_LEVEL", "株式会社A", "continuity", handle, caller=cell(book)) == "High"
    assert call(host, "PORTFOLIO_SEGMENT", "x", MISSING, handle, caller=cell(book)).startswith("#PF No such customer")


def test_a_hundred_thousand_rows_are_answered_in_one_call(host: SimpleNamespace, book: ExcelBook) -> None:
    handle = scored(host, book)
    wide = ExcelBook("大.xlsx", {"名前": [["B社"]] * 100_000, "答え": []})
    answers = call(host, "PORTFOLIO_LEVEL", cell(wide, "A1:A100000", "名前"), "リスク", handle, caller=cell(wide))
    assert len(answers) == 100_000
    assert {row[0] for row in answers} == {"中"}
    assert wide.Worksheets("名前").reads == [(100_000, 1)]


def test_an_array_formula_over_a_fixed_block_shows_no_gap_and_loses_nothing_unsaid(
    host: SimpleNamespace, book: ExcelBook
) -> None:
    handle = scored(host, book)
    whole = call(host, "PORTFOLIO_LIST", MISSING, "売上", MISSING, handle, caller=cell(book))
    height, width = len(whole), len(whole[0])
    roomy = ExcelRange(book.Worksheets("答え"), 1, 1, height + 2, width + 1)
    found = call(host, "PORTFOLIO_LIST", MISSING, "売上", MISSING, handle, caller=roomy)
    assert [row[:width] for row in found[:height]] == whole
    assert {value for row in found[height:] for value in row} == {row[-1] for row in found} == {""}
    tight = ExcelRange(book.Worksheets("答え"), 1, 1, height - 1, width)
    found = call(host, "PORTFOLIO_LIST", MISSING, "売上", MISSING, handle, caller=tight)
    assert found[:-1] == whole[: height - 2]
    assert found[-1] == ["#PF 範囲不足: あと2行あります。範囲を広げて入力し直してください", *[""] * (width - 1)]
    one = call(host, "PORTFOLIO_LEVEL", "B社", "リスク", handle, caller=tight)
    assert one == "中"


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((3, 1), "rows: 1, columns: 1"),
        ((4, 1), "more columns: 1"),
        ((2, 1), "rows: 2, columns: 1"),
        ((1, 2), "rows: 3"),
    ],
)
def test_a_block_that_is_too_small_says_by_how_much(size: tuple[int, int], told: str) -> None:
    found = fitted([["a", 1], ["b", 2], ["c", 3]], *size, "en")
    assert (len(found), len(found[0])) == size
    assert told in str(found[-1][0])


def many_orders(count: int, people: int) -> list[list[Any]]:
    """Return a table of orders as Excel hands it over: dates as dates, amounts as floats, Japanese names."""
    days = [datetime(2025, 4 + number % 9, 1 + number % 28, tzinfo=UTC) for number in range(252)]
    rows = [
        [f"株式会社髙﨑{number % people:04d}", days[number % 252], float(number % 97 * 1_000)]
        for number in range(count)
    ]
    return [["顧客名", "日付", "金額"], *rows]


def test_a_hundred_thousand_orders_become_a_run(host: SimpleNamespace) -> None:
    count, people = 100_000, 500
    names = [["顧客名"], *([f"(株)髙﨑{number:04d}"] for number in range(people))]
    book = ExcelBook("大.xlsx", {"顧客": names, "取引": many_orders(count, people), "答え": []})
    orders = cell(book, f"A1:C{count + 1}", "取引")
    handle = call(host, "PORTFOLIO_RUN", cell(book, f"A1:A{people + 1}", "顧客"), orders, caller=cell(book))
    scored = runs.recall(handle)
    assert scored.orders is not None
    assert (len(scored), len(scored.orders)) == (people, count)
    assert book.Worksheets("取引").reads == [(count + 1, 3)]
    last = call(host, "PORTFOLIO_VALUE", "株式会社髙﨑0007", "最終購入日", MISSING, handle, caller=cell(book))
    assert isinstance(last, datetime)
    assert last.tzinfo is not None  # COM takes no time without a zone


@pytest.mark.parametrize("name", [function.name for function in registry.functions()])
def test_every_function_answers_in_the_sheet_whatever_it_is_given(
    host: SimpleNamespace, book: ExcelBook, name: str
) -> None:
    handle = scored(host, book)
    book.Worksheets("答え").cells[(5, 1)] = DIVISION_BY_ZERO
    book.defined["PF_RUN"] = "=設定!$C$3"
    book.Worksheets("設定").cells[(3, 3)] = handle
    arguments = next(each.arguments for each in registry.functions() if each.name == name)
    kinds: dict[str, list[Any]] = {
        "nothing": [MISSING] * len(arguments),
        "errors": [cell(book, "A5")] * len(arguments),
        "empty": [cell(book, "Z99")] * len(arguments),
        "ranges": [cell(book, "A1:G4", "顧客")] * len(arguments),
        "Japanese": ["（株）Ａ・髙﨑①"] * len(arguments),
        "dates": [datetime(2026, 3, 31, tzinfo=UTC)] * len(arguments),
        "numbers": [-1.0] * len(arguments),
        "truth": [True] * len(arguments),
    }
    for given in kinds.values():
        answer = call(host, name, *given, caller=cell(book))
        rows = answer if isinstance(answer, list) else [[answer]]
        assert rows
        assert len({len(row) for row in rows}) == 1
        for each in (each for row in rows for each in row):
            assert isinstance(each, (str, float, int, datetime)), each
            assert not isinstance(each, str) or "#PF 内部" not in each
            assert "Traceback" not in str(each)


def test_the_xlwings_wrapper_generator_reads_our_functions(
    host: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("vba") / "wrapper.bas"
    with path.open("w", encoding="utf-8") as file:
        host.udfs.generate_vba_wrapper("addin.udfs", host.ours, file, SimpleNamespace(Name="portfolio.xlam"))
    text = path.read_text(encoding="utf-8")
    for function in registry.functions():
        assert f"Function {function.name}(" in text


def test_elsewhere_the_module_imports_without_pywin32_and_without_the_paid_part() -> None:
    code = (
        "import sys, addin.udfs as u; assert callable(u.PORTFOLIO_RUN); "
        "assert u.PORTFOLIO_SEGMENT('x', None, None, None).startswith('#PF'); "
        "print([n for n in sys.modules if n.startswith(('xlwings.reports', 'xlwings.server'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_signatures_are_those_of_the_register() -> None:
    import addin.udfs as ours

    for function in registry.functions():
        names = list(inspect.signature(getattr(ours, function.name)).parameters)
        assert names == [*(each.name for each in function.arguments), "caller"]
