"""The worksheet functions in a real LibreOffice Calc: every cell must hold what the guard answers in Python."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from helpers.office import Office
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE, serials

from addin.functions import registry
from addin.functions.cells import answer
from addin.install import calc as install
from addin.packaging.oxt import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.office import Book

pytestmark = pytest.mark.calc

LAST_CUSTOMER, LAST_ORDER = len(BOOK_CUSTOMERS), len(BOOK_ORDERS)
CUSTOMERS, ORDERS = f"顧客!$A$1:$F${LAST_CUSTOMER}", f"取引!$A$1:$D${LAST_ORDER}"
RUN = f"PORTFOLIO_RUN({CUSTOMERS},{ORDERS})"


@dataclass(frozen=True)
class Cells:
    """A reference to cells of the sheet 顧客, as it is written and as its values are."""

    address: str
    values: Any


NAME = Cells("顧客!$B$2", BOOK_CUSTOMERS[1][1])
IDENTITY = Cells("顧客!$A$3", BOOK_CUSTOMERS[2][0])
EMPTY = Cells("顧客!$H$1", 0.0)  # how Calc hands over a single empty cell
NAMES = Cells(f"顧客!$B$2:$B${LAST_CUSTOMER}", [[row[1]] for row in BOOK_CUSTOMERS[1:]])
WITH_BLANKS = Cells(f"顧客!$B$2:$B${LAST_CUSTOMER + 2}", [*([row[1]] for row in BOOK_CUSTOMERS[1:]), [""], [""]])
IDENTITIES = Cells(f"顧客!$A$2:$A${LAST_CUSTOMER}", [[row[0]] for row in BOOK_CUSTOMERS[1:]])
RUN_CELL = "RUN"  # stands for the named cell PF_RUN

# (function, arguments): None is an argument that is left out.
CASES: list[tuple[str, list[Any]]] = [
    *(
        ("PORTFOLIO_SEGMENT", [NAMES, scheme, RUN_CELL])
        for scheme in ("標準", "ＲＦＭ", "cpm", "ABC", "ライフサイクル", "lifecycle")
    ),
    ("PORTFOLIO_SEGMENT", [NAME]),
    ("PORTFOLIO_SEGMENT", [IDENTITY, None, RUN_CELL]),
    ("PORTFOLIO_SEGMENT", [IDENTITIES, None, RUN_CELL]),
    ("PORTFOLIO_SEGMENT", [WITH_BLANKS, "ABC", RUN_CELL]),
    ("PORTFOLIO_SEGMENT", ["㈱青葉電機", "ABC"]),
    ("PORTFOLIO_SEGMENT", [1001.0, "ABC"]),
    ("PORTFOLIO_SEGMENT", ["青葉", "ABC"]),
    ("PORTFOLIO_SEGMENT", [NAME, EMPTY, EMPTY]),
    ("PORTFOLIO_SEGMENT", [EMPTY, "ABC"]),
    ("PORTFOLIO_SEGMENT", [NAME, "占い"]),
    ("PORTFOLIO_SEGMENT", [NAME, "ABC", "PF-20200101-000000"]),
    *(
        ("PORTFOLIO_SCORE", [NAMES, axis, RUN_CELL])
        for axis in ("総合", "価値", "継続性", "成長", "リスク", "信頼度", "Risk")
    ),
    ("PORTFOLIO_SCORE", [NAMES]),
    *(("PORTFOLIO_LEVEL", [NAMES, axis, RUN_CELL]) for axis in ("価値", "継続性", "成長", "リスク")),
    ("PORTFOLIO_LEVEL", [NAME]),
    *(
        ("PORTFOLIO_VALUE", [NAMES, metric, period, RUN_CELL])
        for metric, period in (
            ("売上", None),
            ("売上", "今年度"),
            ("売上", "累計"),
            ("粗利", None),
            ("粗利率", None),
            ("構成比", None),
        )
    ),
    *(
        ("PORTFOLIO_VALUE", [NAMES, metric])
        for metric in ("R", "Ｆ", "M", "間隔", "次回予測日", "最終購入日", "前年比")
    ),
    ("PORTFOLIO_VALUE", [NAME, "売上", "来年度"]),
    ("PORTFOLIO_STRATEGY", [NAMES, RUN_CELL]),
    ("PORTFOLIO_STRATEGY", [NAME]),
    ("PORTFOLIO_EXPLAIN", [NAMES, "リスク"]),
    *(("PORTFOLIO_EXPLAIN", [NAME, axis, "表", RUN_CELL]) for axis in ("総合", "価値", "継続性", "成長", "リスク")),
    ("PORTFOLIO_EXPLAIN", [NAME, "risk", "values only", RUN_CELL]),
    *(("PORTFOLIO_SUMMARY", [by, None, RUN_CELL]) for by in ("セグメント", "業界", "地域", "担当", "状態", "CPM")),
    ("PORTFOLIO_SUMMARY", []),
    ("PORTFOLIO_SUMMARY", ["業界", "売上,構成比,前年差pt,粗利,粗利率,総合点,リスク点,値のみ"]),
    ("PORTFOLIO_SUMMARY", ["星座"]),
    *(
        ("PORTFOLIO_CONCENTRATION", [index, by, None, RUN_CELL])
        for index in ("HHI", "CR1", "CR3", "CR5", "有効数", "エントロピー", "ジニ", "80%社数")
        for by in (None, "業界")
    ),
    ("PORTFOLIO_CONCENTRATION", ["HHI", "顧客", "粗利"]),
    ("PORTFOLIO_CONCENTRATION", []),
    ("PORTFOLIO_ALERTS", []),
    ("PORTFOLIO_ALERTS", ["注意", RUN_CELL]),
    ("PORTFOLIO_STATUS", []),
    ("PORTFOLIO_STATUS", ["値のみ", RUN_CELL]),
    *(
        ("PORTFOLIO_STATUS", [item])
        for item in ("実行ID", "基準日", "鮮度", "件数", "品質", "定義版", "階層", "未反映", "目的")
    ),
]


def written(argument: object) -> str:
    """Return an argument as it stands in a formula."""
    if argument is None:
        return ""
    if isinstance(argument, Cells):
        return argument.address
    if argument is RUN_CELL:
        return "PF_RUN"
    return f'"{argument}"' if isinstance(argument, str) else repr(argument)


def expected(name: str, arguments: list[Any], handle: object) -> list[list[object]]:
    """Return the rows that the guard answers in Python."""
    values = [each.values if isinstance(each, Cells) else handle if each is RUN_CELL else each for each in arguments]
    found = answer(name, values, handle, dates="serial")
    return found if isinstance(found, list) else [[found]]  # type: ignore[return-value]


def tables(book: xlsxwriter.Workbook) -> None:
    """Write the two input sheets; dates as dates, in whichever calendar the workbook has."""
    day = book.add_format({"num_format": "yyyy/mm/dd"})
    for name, table in (("顧客", BOOK_CUSTOMERS), ("取引", BOOK_ORDERS)):
        sheet = book.add_worksheet(name)
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, column, cell, day)
                elif cell != "":
                    sheet.write(row, column, cell)


@pytest.fixture(scope="module")
def handle() -> str:
    return str(answer("PORTFOLIO_RUN", [serials(BOOK_CUSTOMERS), serials(BOOK_ORDERS)]))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, handle: str) -> Path:
    """Write a workbook with every case: as a plain formula in column A of its row, and as an array formula beside it."""
    target = tmp_path_factory.mktemp("calc") / "関数.xlsx"
    with xlsxwriter.Workbook(target) as book:
        tables(book)
        page = book.add_worksheet("答")
        page.write_formula("A1", f"={RUN}")
        book.define_name("PF_RUN", "=答!$A$1")
        row = 2
        for name, arguments in CASES:
            formula = f"={name}({','.join(map(written, arguments))})"
            answered = expected(name, arguments, handle)
            page.write_formula(row, 0, formula)
            last = row + len(answered) - 1
            page.write_array_formula(row, 1, last, len(answered[0]), f"{{{formula}}}")
            row = last + 2
    return target


@pytest.fixture(scope="module")
def opened(office: Office, path: Path) -> Iterator[Book]:
    with office.open(path) as book:
        yield book


def test_every_cell_holds_what_the_engine_answers(opened: Book, handle: str) -> None:
    shown = opened.values("答")
    assert shown[0][0] == handle
    row, compared = 2, 0
    for name, arguments in CASES:
        answered = expected(name, arguments, handle)
        what = f"{name}({','.join(map(written, arguments))})"
        assert shown[row][0] == answered[0][0], what
        width = len(answered[0])
        found = [line[1 : 1 + width] for line in shown[row : row + len(answered)]]
        assert found == answered, what
        compared += 1 + len(answered) * width
        row += len(answered) + 1
    assert compared > 800
    assert opened.errors() == {}


def test_the_function_wizard_shows_our_help(office: Office) -> None:
    listed = office.functions("PORTFOLIO_")
    for function in registry.functions():
        assert listed[function.name] == {
            "description": function.en,
            "arguments": [[each.label.en, each.en] for each in function.arguments],
        }


def test_the_kept_type_library_is_that_of_the_register(office: Office) -> None:
    anything, matrix = "any", "[][]any"
    assert office.interface("customerportfolio.XFunctions") == [
        [
            generate.method_name(function.name),
            matrix,
            [
                ["caller", "com.sun.star.beans.XPropertySet"],
                *([generate.parameter_name(each.name), anything] for each in function.arguments),
            ],
        ]
        for function in registry.functions()
    ]


def test_saving_as_excel_keeps_the_plain_names(opened: Book, tmp_path: Path) -> None:
    saved = opened.save_as(tmp_path / "again.xlsx")
    book = openpyxl.load_workbook(saved)
    assert book["答"]["A1"].value.startswith("=PORTFOLIO_RUN(")
    book.close()


def small_book(path: Path, customers: list[list[object]], *, date1904: bool = False) -> Path:
    """Write a workbook of a customer table, PF_RUN and formulas that leave their run out."""
    with xlsxwriter.Workbook(path, {"date_1904": date1904}) as book:
        page = book.add_worksheet("表")
        # The formulas stand before PF_RUN: Calc comes to them while it is still to be calculated.
        page.write_formula("A1", '=PORTFOLIO_STATUS("件数")')
        page.write_formula("B1", '=PORTFOLIO_SEGMENT("A")')
        for row, cells in enumerate(customers):
            page.write_row(row + 2, 0, cells)
        page.write_formula("H20", f"=PORTFOLIO_RUN(A3:F{len(customers) + 2})")
        book.define_name("PF_RUN", "=表!$H$20")
    return path


def test_two_open_workbooks_never_cross(office: Office, tmp_path: Path) -> None:
    whole, part = small_book(tmp_path / "a.xlsx", THREE), small_book(tmp_path / "b.xlsx", THREE[:3])
    with office.open(whole) as first, office.open(part) as second:
        for _ in range(2):
            assert first.values("表", "A1:B1") == [["顧客 3", "大口"]]
            assert second.values("表", "A1:B1") == [["顧客 2", "安定"]]
            first.recalculate()


def test_a_changed_input_reaches_the_cells_that_depend_on_it(office: Office, tmp_path: Path) -> None:
    with office.open(small_book(tmp_path / "a.xlsx", THREE)) as book:
        before = book.value("表", "H20")
        book.put("表", "C1", '=PORTFOLIO_STRATEGY("A";H20)')
        assert book.value("表", "C1") == "クロスセルを狙う"
        for address in ("D4", "E4"):
            book.put("表", address, "低")
        book.put("表", "F4", "高")
        assert book.value("表", "H20") != before
        assert book.value("表", "C1") == "再契約の機会を探る"


def test_without_a_run_or_with_a_broken_table_the_cell_says_so(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "none.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("表")
        page.write_formula("A1", '=PORTFOLIO_SEGMENT("A")')
        page.write_formula("A2", "=PORTFOLIO_RUN(C1:D2)")
        page.write_formula("A3", '=PORTFOLIO_SEGMENT("A","",A2)')
        page.write_formula("A4", "=PORTFOLIO_SEGMENT(1/0)")
        page.write_column("C1", ["何か", "値"])
    with office.open(path) as opened:
        shown = [row[0] for row in opened.values("表", "A1:A4")]
    assert str(shown[0]).startswith("#PF 実行なし: 更新してください")
    assert str(shown[1]).startswith("#PF 列なし: ")
    assert shown[2] == shown[1]
    assert shown[3] == "#DIV/0!"  # with an error as its argument Calc never calls a function


def test_an_error_in_a_table_is_said_where_the_run_is_used(office: Office, tmp_path: Path) -> None:
    with office.open(small_book(tmp_path / "a.xlsx", THREE)) as book:
        book.put("表", "B4", "=1/0")
        book.recalculate()
        assert (
            book.value("表", "H20") == "Err:504"
        )  # Calc's own: it does not call a function over a range with an error
        assert str(book.value("表", "A1")).startswith("#PF 引数: PF_RUN がエラーです")
        book.put("表", "B4", '=IFERROR(1/0;"")')
        book.recalculate()
        assert book.value("表", "A1") == "顧客 3"


def test_a_workbook_that_counts_from_1904(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "1904.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        tables(book)
        page = book.add_worksheet("答")
        page.write_formula("A1", f"={RUN}")
        page.write_formula("A2", f'=PORTFOLIO_VALUE({NAME.address},"初回購入日","",A1)')
        page.write_formula("A3", '=PORTFOLIO_STATUS("実行ID",A1)')
    with office.open(path) as opened:
        shown = [row[0] for row in opened.values("答", "A1:A3")]
    first = BOOK_ORDERS[1][1]
    assert isinstance(first, datetime)
    assert shown[1] == (first.date() - date(1904, 1, 1)).days
    assert shown[0] == shown[2] == answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS])


def test_every_input_table_reaches_the_engine(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    contacts: list[list[object]] = [["顧客名", "日付", "種別"], ["青葉電機", 46054.0, "クレーム"]]
    with xlsxwriter.Workbook(path) as book:
        tables(book)
        page = book.add_worksheet("接点")
        for row, cells in enumerate(contacts):
            page.write_row(row, 0, cells)
        page.write_formula("F1", f"=PORTFOLIO_RUN({CUSTOMERS},{ORDERS},,A1:C40)")
        page.write_formula("F2", '=PORTFOLIO_VALUE("青葉電機","クレーム",,F1)')
    with office.open(path) as opened:
        shown = [row[0] for row in opened.values("接点", "F1:F2")]
    expected_handle = answer("PORTFOLIO_RUN", [serials(BOOK_CUSTOMERS), serials(BOOK_ORDERS), None, contacts])
    assert shown == [expected_handle, 1.0]


def workers(office: Office) -> list[int]:
    """Return the processes of the engine that this LibreOffice started."""
    assert office._office is not None
    group = office._office.pid
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                if b"addin.calc.worker" in command and os.getpgid(int(entry.name)) == group:
                    found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended between the listing and the look
    return found


def test_a_worker_that_dies_is_not_noticed_in_the_sheet(office: Office, tmp_path: Path) -> None:
    with office.open(small_book(tmp_path / "a.xlsx", THREE)) as book:
        alive = workers(office)
        assert len(alive) == 1
        os.kill(alive[0], signal.SIGKILL)
        # Only this cell asks again: PF_RUN is not recalculated, its run must come back by itself.
        book.put("表", "C1", '=PORTFOLIO_STRATEGY("B";H20)')
        assert book.value("表", "C1") == "アップセルで深耕"
        assert workers(office) != alive


@pytest.mark.usefixtures("office")
def test_installing_for_a_user_and_answering_from_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The office fixture has found LibreOffice; this test needs a profile of its own to install into.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("PORTFOLIO_PYTHON", raising=False)
    places = (
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        f"-env:UNO_SHARED_PACKAGES_CACHE={(tmp_path / 'shared').as_uri()}",  # where root installs to
    )
    settings = install.install("en", places)
    assert settings.is_relative_to(tmp_path)
    book = small_book(tmp_path / "a.xlsx", THREE)
    with Office((), {"XDG_CONFIG_HOME": str(tmp_path / "config")}, arguments=places) as own, own.open(book) as opened:
        assert opened.values("表", "A1:B1") == [["3 customers", "Major"]]
    install.uninstall(places)
    assert not settings.exists()
    install.uninstall(places)  # a second time there is nothing to remove
    with Office((), {"XDG_CONFIG_HOME": str(tmp_path / "config")}, arguments=places) as bare, bare.open(book) as opened:
        assert opened.errors()
