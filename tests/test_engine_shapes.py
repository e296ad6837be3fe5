"""Shapes of printed and pivoted tables: every layout of `cases/layouts` is read to the yen, ordinary tables stay as they are."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest
from helpers.builders import cdnow_master
from helpers.memory_book import MemoryBook
from hypothesis import given
from hypothesis import strategies as st

from addin.functions.cells import answer
from addin.ribbon.inputs import read_inputs
from engine.cleaning.tables import clean
from engine.language.errors import Refusal
from engine.language.months import last_day, parse_month
from engine.reading.raw import RawTable, RawTables, raw_from_block
from engine.reading.shapes import is_pivot, shaped
from engine.reading.sources import read_files, read_workbook
from workbooks.sample.sample import make_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.cleaning.tables import Tables

CASES = Path(__file__).parent / "cases"
LAYOUTS = CASES / "layouts"


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def written(path: Path, kind: str, folder: Path) -> Path:
    """Write a layout as a text file, where merged cells are blank, or as a workbook, where they are merged.

    In a layout ← belongs to the cell left of it and ↑ to the one above.
    """
    grid = rows_of(path)
    target = folder / f"{path.stem}.{kind}"
    if kind == "csv":
        with target.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([["" if cell in ("←", "↑") else cell for cell in row] for row in grid])
        return target
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, cells in enumerate(grid, start=1):
        for column, cell in enumerate(cells, start=1):
            if cell not in ("", "←", "↑"):
                sheet.cell(row, column, float(cell) if cell.replace(".", "", 1).isdigit() else cell)
    for row, cells in enumerate(grid):
        for column, cell in enumerate(cells):
            right, down = column, row
            while right + 1 < len(cells) and cells[right + 1] == "←":
                right += 1
            while down + 1 < len(grid) and grid[down + 1][column] == "↑":
                down += 1
            if cell not in ("←", "↑") and (right, down) != (column, row):
                sheet.merge_cells(start_row=row + 1, start_column=column + 1, end_row=down + 1, end_column=right + 1)
    book.save(target)
    return target


def cleaned(raw: RawTable) -> Tables:
    table, findings = shaped(raw)
    return clean(RawTables({raw.name: table}, findings))


def errors(tables: Tables) -> list[tuple[int, str]]:
    return sorted((each.row, each.code) for each in tables.findings if each.severity == "error" and each.row)


def orders_by(tables: Tables) -> Counter[tuple[str, date]]:
    """Return the sales of every customer and month."""
    assert tables.orders is not None
    names = tables.customers["name"].tolist()
    found: Counter[tuple[str, date]] = Counter()
    for at, day, amount in tables.orders[["customer", "date", "amount"]].itertuples(index=False):
        found[names[at], last_day(day.year, day.month)] += int(amount)
    return found


# ---- layouts and months, as tables that a planner can read and add to -------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "kind", "orders", "sales", "listed", "told"),
    [
        (name, kind, int(orders), int(sales), listed.split(), told.split())
        for name, _, kinds, orders, sales, listed, told in rows_of(CASES / "layouts.csv")[1:]
        for kind in kinds.split()
    ],
)
def test_every_layout_is_read_to_the_yen(
    tmp_path: Path, layout: str, kind: str, orders: int, sales: int, listed: list[str], told: list[str]
) -> None:
    tables = clean(read_files({"orders": written(LAYOUTS / f"{layout}.csv", kind, tmp_path)}))
    assert tables.orders is not None
    assert (len(tables.orders), int(tables.orders["amount"].sum())) == (orders, sales)
    assert [f"{row}:{code}" for row, code in errors(tables)] == listed
    notes = {each.code for each in tables.findings if each.severity != "error"} - {"merged_header"}
    assert sorted(notes) == told
    source = tables.sources[0]
    gone = {each.row for each in tables.findings if each.severity == "error"}
    assert source.rows_read == source.rows_used + len(gone) - source.rows_partly


def test_the_table_of_layouts_names_every_layout() -> None:
    assert {row[0] for row in rows_of(CASES / "layouts.csv")[1:]} == {path.stem for path in LAYOUTS.glob("*.csv")}


@pytest.mark.parametrize(("text", "expected"), [row[:2] for row in rows_of(CASES / "months.csv")[1:]])
def test_months_as_people_write_them(text: str, expected: str) -> None:
    month = parse_month(text)
    if month is None:
        assert expected == "月ではない"
        return
    year = f"{month.year or ''}{'年度' if month.fiscal and month.year else ''}" or (
        f"{month.short}年" if month.short else ""
    )
    assert "-".join(part for part in (year, f"{month.month:02}") if part) == expected


# ---- what is in order stays the same object ---------------------------------------------------------------------------------


NAMES = st.sampled_from(
    ["株式会社A", "山田設計", "中央会計", "時計店", "Total Energies", "株式会社総計", "5月堂", "平均寿司", "B商店"]
)


@given(
    st.lists(
        st.tuples(NAMES, st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.integers(1, 9), st.integers(-9, 9)),
        min_size=1,
    ),
    st.booleans(),
)
def test_ordinary_orders_pass_as_they_are(rows: list[tuple[str, date, int, int]], typed: bool) -> None:
    block: list[list[Any]] = [["顧客名", "取引日", "取引ID", "商品", "金額"]]
    for at, (name, day, product, amount) in enumerate(rows):
        block.append(
            [
                name,
                day if typed else f"{day:%Y/%m/%d}",
                f"T{at}",
                f"{product}号 温度計",
                amount if typed else str(amount),
            ]
        )
    raw = raw_from_block("orders", block, "取引")
    before = raw.frame.copy(deep=True)
    table, findings = shaped(raw)
    assert table is raw
    assert findings == ()
    pd.testing.assert_frame_equal(raw.frame, before)


def test_the_sample_and_cdnow_pass_as_they_are() -> None:
    for name, sheet in make_sample().sheets.items():
        raw = raw_from_block(name, [list(sheet.header), *(list(row) for row in sheet.rows)], name)
        assert shaped(raw)[0] is raw, name
    raw_cdnow = read_files({"orders": cdnow_master()}).tables["orders"]
    assert shaped(raw_cdnow)[0] is raw_cdnow
    assert raw_cdnow.numbers is None


def test_years_side_by_side_are_no_months() -> None:
    for header in (["顧客名", "売上2024", "売上2025"], ["顧客名", "2024年度", "2025年度", "2026年度"]):
        raw = raw_from_block("customers", [header, ["A", *[1] * (len(header) - 1)]], "顧客")
        assert shaped(raw)[0] is raw
        assert not is_pivot(raw)


def test_a_plan_of_visits_by_month_is_no_table_of_sales() -> None:
    raw = raw_from_block(
        "orders", [["得意先", "4月", "5月", "6月"], ["A", "○", "", "○"], ["B", "", "○", 1]], "訪問計画2026年度"
    )
    assert shaped(raw)[0] is raw


# ---- tables by month --------------------------------------------------------------------------------------------------------

MONTHS = [(2025 + (at + 3) // 12, (at + 3) % 12 + 1) for at in range(12)]
HEADERS: dict[str, Callable[[int, int], object]] = {
    "漢字": lambda year, month: f"{year}年{month}月",
    "月だけ": lambda _, month: f"{month}月",
    "スラッシュ": lambda year, month: f"{year}/{month:02}",
    "令和": lambda year, month: f"R{year - 2018}.{month}",
    "6桁": lambda year, month: int(f"{year}{month:02}"),
    "英語": lambda year, month: f"{date(year, month, 1):%b}-{year % 100}",
    "日付": lambda year, month: date(year, month, 1),
}


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 5), st.integers(0, 11)),
        st.integers(-1000, 10**9).filter(bool),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(sorted(HEADERS)),
    st.booleans(),
    st.booleans(),
)
def test_a_table_by_month_has_the_sums_of_its_orders(
    sales: dict[tuple[int, int], int], written_as: str, with_totals: bool, two_rows: bool
) -> None:
    header: list[Any] = ["得意先", *(HEADERS[written_as](*month) for month in MONTHS)]
    body: list[list[Any]] = [
        [f"{customer}社", *(sales.get((customer, at)) for at in range(12))] for customer in range(6)
    ]
    if with_totals:
        header.append("合計")
        body.append(["合計", *(sum(filter(None, column)) for column in zip(*(row[1:] for row in body), strict=True))])
        body = [[*row, sum(filter(None, row[1:]))] for row in body]
    above: list[list[Any]] = [["2025年度 売上"], []]
    if two_rows and written_as == "月だけ":
        above = [["", *(year if at in (0, 9) else "" for at, (year, _) in enumerate(MONTHS))]]
        above[0] = [f"{cell}年" if cell else "" for cell in above[0]]
    raw = raw_from_block("orders", [*above, header, *body], "売上")
    tables = cleaned(raw)
    expected = Counter({(f"{who}社", last_day(*MONTHS[at])): amount for (who, at), amount in sales.items()})
    assert orders_by(tables) == expected
    assert tables.orders is not None
    first = len(above) + 2
    assert set(tables.orders["row"]) == {first + who for who, _ in sales}
    assert errors(tables) == ([(first + 6, "total_row")] if with_totals else [])


@pytest.mark.parametrize(
    ("above", "source", "year", "expected"),
    [
        (["2026年度"], "売上", "", [(2026, 4), (2027, 3)]),
        (["2027年3月期 実績"], "売上", "", [(2026, 4), (2027, 3)]),
        (["令和8年度"], "売上", "", [(2026, 4), (2027, 3)]),
        (["対象: 2026年4月〜2027年3月"], "売上", "", [(2026, 4), (2027, 3)]),
        (["FY2026"], "sales", "", [(2026, 4), (2027, 3)]),
        (["出力日 2030/01/15"], "売上.xlsx › 2026年度", "", [(2026, 4), (2027, 3)]),
        ([], "売上_2026年度.csv", "", [(2026, 4), (2027, 3)]),
        (["2020年度"], "売上", "2026年度", [(2026, 4), (2027, 3)]),
    ],
)
def test_the_year_of_months_is_told(above: list[str], source: str, year: str, expected: list[tuple[int, int]]) -> None:
    raw = raw_from_block("orders", [above, ["得意先", "4月", "5月", "3月"], ["A", 1, 2, 3]], source)
    table, _ = shaped(replace(raw, year=year))
    days = table.frame["取引日"].tolist()
    assert [(day.year, day.month) for day in (days[0], days[-1])] == expected
    assert all(day == last_day(day.year, day.month) for day in days)


@pytest.mark.parametrize("source", ["売上", "売上2026.xlsx › Sheet1", "2025年度と2026年度"])
def test_a_year_is_never_guessed(source: str) -> None:
    raw = raw_from_block("orders", [["得意先", "4月", "5月", "3月"], ["A", 1, 2, 3]], source)
    with pytest.raises(Refusal) as caught:
        shaped(raw)
    assert "orders.year=" in caught.value.text.ja
    assert "orders.year=" in caught.value.text.en
    raw = raw_from_block("orders", [["年月", "得意先", "金額"], ["4月度", "A", 1], ["3月分", "A", 1]], source)
    with pytest.raises(Refusal, match=r"何年|どの年"):
        shaped(raw)


def test_months_of_one_year_need_no_fiscal_year() -> None:
    raw = raw_from_block("orders", [["得意先", "1月", "2月", "12月"], ["A", 1, 2, 3]], "売上2026")
    assert [day.year for day in shaped(raw)[0].frame["取引日"]] == [2026, 2026, 2026]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ([["得意先別 販売数量 2026年度"], ["得意先", "4月", "5月", "6月"], ["A", 1, 2, 3]], "数量"),
        ([["2026年度 予算"], ["得意先", "4月", "5月", "6月"], ["A", 1, 2, 3]], "予算"),
        ([["得意先", "2026年4月", "2026/4", "2026年5月"], ["A", 1, 2, 3]], "同じ月"),
        ([["得意先", "2026年4月(千円)", "2026年5月(百万円)"], ["A", 1, 2]], "単位"),
    ],
)
def test_a_table_by_month_that_is_no_sales_is_refused(block: list[list[Any]], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        shaped(raw_from_block("orders", block, "表"))


# ---- totals -----------------------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(NAMES, st.lists(st.integers(1, 10**6), min_size=1, max_size=4)),
        min_size=1,
        max_size=6,
        unique_by=lambda each: each[0],
    ),
    st.sampled_from(["小計", "{} 計", "{} 合計", "計", "Total for {}", ""]),
)
def test_totals_put_into_orders_are_taken_out_again(groups: list[tuple[str, list[int]]], words: str) -> None:
    block: list[list[Any]] = [["得意先", "日付", "金額"]]
    totals: list[int] = []
    for name, amounts in groups:
        block += [[name, f"2026/4/{at + 1}", amount] for at, amount in enumerate(amounts)]
        block.append([words.format(name), "", sum(amounts)])
        totals.append(len(block))
    block.append(["総合計", "", sum(sum(amounts) for _, amounts in groups)])
    tables = cleaned(raw_from_block("orders", block, "売上"))
    assert errors(tables) == [(row, "total_row") for row in [*totals, len(block)]]
    assert tables.orders is not None
    assert sorted(tables.orders["amount"]) == sorted(amount for _, amounts in groups for amount in amounts)


def test_a_customer_whose_name_is_a_word_of_totals_stays() -> None:
    block: list[list[Any]] = [
        ["顧客ID", "顧客名", "年間売上"],
        ["1", "A", 100],
        ["2", "計", 300],
        ["3", "山田設計", 400],
        ["", "合計", 800],
    ]
    tables = cleaned(raw_from_block("customers", block, "顧客"))
    assert tables.customers["name"].tolist() == ["A", "計", "山田設計"]
    assert errors(tables) == [(5, "total_row")]


def test_a_name_is_never_carried_over_a_total() -> None:
    block: list[list[Any]] = [
        ["得意先", "日付", "金額"],
        ["A社", "2026/4/1", 10],
        ["", "2026/4/5", 20],
        ["小計", "", 30],
        ["B社", "2026/4/2", 5],
        ["", "2026/4/3", 5],
        ["小計", "", 10],
        ["", "2026/4/9", 7],
    ]
    tables = cleaned(raw_from_block("orders", block, "売上"))
    assert orders_by(tables) == {("A社", date(2026, 4, 30)): 30, ("B社", date(2026, 4, 30)): 10}
    assert (8, "missing_customer") in errors(tables)


# ---- the way in: ranges, sheets of the open workbook, files -------------------------------------------------------------------

PIVOT: Sequence[Sequence[Any]] = (
    ("2026年度 売上", None, None, None),
    ("得意先", "4月", "5月", "6月"),
    ("A", 1, 2, 3),
    ("B", None, 0, 4),
    ("合計", 1, 2, 7),
)


def test_a_table_by_month_is_read_off_the_open_workbook() -> None:
    raw = read_inputs(MemoryBook({"月別売上": [list(row) for row in PIVOT]}))
    tables = clean(raw)
    assert tables.orders is not None
    assert int(tables.orders["amount"].sum()) == 10
    assert errors(tables) == [(5, "total_row")]


def test_a_table_by_month_is_read_from_ranges() -> None:
    pivot = [["2024年度 売上", "", "", ""], *([cell or "" for cell in row] for row in PIVOT[1:])]
    long: list[list[Any]] = [["得意先", "取引日", "金額"]]
    long += [["A", "2024/4/30", 1], ["A", "2024/5/31", 2], ["A", "2024/6/30", 3], ["B", "2024/6/30", 4]]
    customers = [["顧客名"], ["A"], ["B"]]
    runs = [answer("PORTFOLIO_RUN", [customers, block]) for block in (pivot, long)]
    assert [answer("PORTFOLIO_VALUE", ["A", "売上", "累計", run]) for run in runs] == [6, 6]


def test_a_list_of_customers_with_months_is_told() -> None:
    raw = raw_from_block("customers", [["顧客名", "業種", "4月", "5月", "6月"], ["A", "小売", 1, 2, 3]], "顧客")
    table, findings = shaped(raw)
    assert table is raw
    assert [(each.severity, each.code) for each in findings] == [("warning", "months_not_used")]


def book_of(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def test_tables_by_month_beside_a_list_of_orders_count_nothing_twice(tmp_path: Path) -> None:
    orders: list[list[Any]] = [["顧客名", "取引日", "金額"], ["A", "2026/4/1", 1], ["B", "2026/6/1", 4]]
    tables = clean(read_workbook(book_of(tmp_path / "both.xlsx", {"取引": orders, "月別": PIVOT})))
    assert tables.orders is not None
    assert int(tables.orders["amount"].sum()) == 5
    assert [each.source for each in tables.findings if each.code == "sheet_not_read"] == ["both.xlsx › 月別"]


def test_tables_by_month_of_several_years_are_one_table(tmp_path: Path) -> None:
    body = PIVOT[1:]
    tables = clean(read_workbook(book_of(tmp_path / "years.xlsx", {"2025年度": body, "2026年度": body})))
    assert tables.orders is not None
    assert int(tables.orders["amount"].sum()) == 20
    assert [source.newest for source in tables.sources] == [date(2025, 6, 30), date(2026, 6, 30)]


def test_the_option_of_the_year(tmp_path: Path) -> None:
    path = tmp_path / "pivot.csv"
    path.write_text("得意先,4月,5月,3月\nA,1,2,3\n", encoding="utf-8")
    tables = clean(read_files({"orders": path}, {"orders.year": "2026年度"}))
    assert tables.sources[0].newest == date(2027, 3, 31)
    with pytest.raises(Refusal, match="年を読めません"):
        read_files({"orders": path}, {"orders.year": "いつか"})
