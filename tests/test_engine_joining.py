"""Several sheets or files of one kind are one table: columns by what they mean, every row with its own place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.definition.definition import load_definition
from engine.language.errors import Refusal
from engine.reading.joining import join_tables, joined_source
from engine.reading.raw import RawTables, raw_from_block
from engine.scoring.pipeline import clean_tables
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.cleaning.tables import Tables
    from engine.reading.raw import RawTable
    from engine.scoring.portfolio import Portfolio

Rows = list[tuple[object, ...]]

HEADER = ("顧客名", "取引日", "金額", "商品")
APRIL: Rows = [HEADER, ("あおい商店", "2026/4/1", 1200, "茶"), ("かえで堂", "2026/4/9", 300, "菓子")]
MAY: Rows = [HEADER, ("あおい商店", "2026/5/1", 800, "茶"), ("さくら屋", "2026/5/2", 50, None)]


def orders(source: str, rows: Sequence[tuple[object, ...]], first_row: int = 1) -> RawTable:
    return raw_from_block("orders", rows, source, first_row)


def joined(*tables: RawTable, as_of: date = date(2026, 9, 30)) -> Tables:
    raw, findings = join_tables(tables)
    return clean_tables(RawTables({"orders": raw}, findings), load_definition(), as_of)


def run_of(tables: Tables) -> Portfolio:
    return score(tables, load_definition(), date(2026, 9, 30))


def test_two_sheets_are_the_table_that_they_would_be_as_one() -> None:
    one = joined(orders("売上.xlsx › 一覧", [*APRIL, *MAY[1:]]))
    two = joined(orders("売上.xlsx › 4月", APRIL), orders("売上.xlsx › 5月", MAY))
    assert run_of(one).handle == run_of(two).handle
    assert [(each.source, each.rows_read, each.rows_used, each.newest) for each in two.sources] == [
        ("売上.xlsx › 4月", 2, 2, date(2026, 4, 9)),
        ("売上.xlsx › 5月", 2, 2, date(2026, 5, 2)),
    ]
    assert two.orders is not None
    assert list(zip(two.orders["part"], two.orders["row"], strict=True)) == [(0, 2), (1, 2), (0, 3), (1, 3)]


def test_a_single_table_is_left_as_it_is() -> None:
    table = orders("取引", APRIL)
    assert join_tables([table]) == (table, ())


def test_columns_are_matched_by_what_they_mean_in_any_order() -> None:
    english: Rows = [
        ("Amount", "Customer name", "Order date", "Product"),
        (800, "あおい商店", "2026-05-01", "茶"),
        (50, "さくら屋", "2026-05-02", None),
    ]
    one = joined(orders("a", APRIL), orders("b", MAY))
    two = joined(orders("a", APRIL), orders("b", english))
    assert run_of(one).handle == run_of(two).handle


def test_each_sheet_is_read_in_the_unit_of_its_own_header() -> None:
    thousands: Rows = [
        ("顧客名", "取引日", "金額(千円)", "商品"),
        ("あおい商店", "2026/5/1", 0.8, "茶"),
        ("さくら屋", "2026/5/2", 0.05, None),
    ]
    one = joined(orders("a", APRIL), orders("b", MAY))
    two = joined(orders("a", APRIL), orders("b", thousands))
    assert run_of(one).handle == run_of(two).handle
    assert [each.code for each in two.findings] == ["units_differ"]


def test_a_sheet_with_quantity_and_price_stands_beside_one_with_amounts() -> None:
    counted: Rows = [
        ("顧客名", "取引日", "数量", "単価", "商品"),
        ("あおい商店", "2026/5/1", 4, 200, "茶"),
        ("さくら屋", "2026/5/2", 1, 50, None),
    ]
    tables = joined(orders("a", APRIL), orders("b", counted))
    assert tables.orders is not None
    assert tables.orders["amount"].tolist() == [1200, 800, 300, 50]


def test_currencies_of_two_sheets_are_never_added() -> None:
    dollars: Rows = [("顧客名", "取引日", "金額(USD)"), ("あおい商店", "2026/5/1", 8)]
    yen: Rows = [("顧客名", "取引日", "金額(円)"), ("あおい商店", "2026/4/1", 8)]
    with pytest.raises(Refusal, match="通貨が混ざっています"):
        joined(orders("a", yen), orders("b", dollars))


def test_sheets_of_the_two_date_systems_are_each_read_in_their_own() -> None:
    of_1900: Rows = [HEADER, ("あおい商店", 46113, 1200, "茶")]  # 2026-04-01
    of_1904: Rows = [HEADER, ("あおい商店", 44651, 1200, "茶")]  # the same day, counted from 1904
    tables = joined(orders("a", of_1900), replace(orders("b", of_1904), date1904=True))
    assert tables.orders is not None
    assert set(tables.orders["date"].dt.date) == {date(2026, 4, 1)}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("31/5/2026", [date(2026, 4, 3), date(2026, 4, 13), date(2026, 5, 31)]),  # its own order, the other way round
        (
            "5/12/2026",
            [date(2026, 4, 3), date(2026, 4, 13), date(2026, 5, 12)],
        ),  # cannot tell, takes the order of the other
    ],
)
def test_each_file_has_its_own_order_of_month_and_day(other: str, expected: list[date]) -> None:
    first: Rows = [HEADER, ("あおい商店", "4/3/2026", 1, "茶"), ("あおい商店", "4/13/2026", 2, "茶")]
    second: Rows = [HEADER, ("あおい商店", other, 3, "茶")]
    tables = joined(orders("a", first), orders("b", second))
    assert tables.orders is not None
    assert tables.orders["date"].dt.date.tolist() == expected


def test_a_file_that_cannot_tell_beside_two_that_differ_is_named() -> None:
    days = ("4/13/2026", "13/4/2026", "5/6/2026")
    tables = [orders(name, [HEADER, ("あおい商店", day, 1, "茶")]) for name, day in zip("abc", days, strict=True)]
    with pytest.raises(Refusal, match=r"c の列「取引日」は月と日のどちらが先か決められません\(2行目「5/6/2026」"):
        joined(*tables)


def test_a_finding_names_the_sheet_its_row_and_its_own_header() -> None:
    english: Rows = [
        ("Customer name", "Order date", "Amount"),
        ("あおい商店", "soon", 1),
        ("あおい商店", "2026-05-01", 1),
    ]
    tables = joined(orders("4月", APRIL), orders("May", english, first_row=5))
    unread = next(each for each in tables.findings if each.code == "unreadable_date")
    assert (unread.source, unread.row, unread.column) == ("May", 6, "Order date")
    assert [(each.rows_read, each.rows_used) for each in tables.sources] == [(2, 2), (2, 1)]
    assert run_of(tables).reconciliation["open"].tolist() == [0, 0]


def test_counted_rows_are_named_with_their_sheets() -> None:
    back: Rows = [HEADER, ("あおい商店", "2026/4/1", -5, "茶"), ("あおい商店", "2026/4/2", 500, "茶")]
    tables = joined(orders("売上 › 4月", back), orders("売上 › 5月", [back[0], back[2], back[1]]))
    note = next(each for each in tables.findings if each.code == "returns")
    assert note.source == "売上 › 4月 + 5月"
    assert note.reason.ja.endswith("2行(4月 2行目、5月 3行目)")
    assert note.reason.en.endswith("2 rows (4月: 2; 5月: 3)")


def test_an_order_that_stands_in_two_files_is_used_once() -> None:
    header = ("取引ID", *HEADER)
    first: Rows = [header, ("A1", "あおい商店", "2026/4/1", 10, "茶"), ("A2", "あおい商店", "2026/4/2", 20, "茶")]
    second: Rows = [header, ("A2", "あおい商店", "2026/4/2", 20, "茶"), ("A3", "あおい商店", "2026/4/3", 30, "茶")]
    tables = joined(orders("a", first), orders("b", second))
    assert tables.orders is not None
    assert tables.orders["amount"].sum() == 60
    double = next(each for each in tables.findings if each.code == "duplicate_row")
    assert (double.source, double.row) == ("b", 2)


def test_a_customer_in_two_lists_is_named_with_its_sheet() -> None:
    lists = [[("顧客ID", "顧客名", "業種"), ("001", "あおい商店", kind)] for kind in ("小売", "卸")]
    raw, _ = join_tables(
        [raw_from_block("customers", rows, name) for name, rows in zip(("東京", "大阪"), lists, strict=True)]
    )
    tables = clean_tables(RawTables({"customers": raw}), load_definition(), date(2026, 9, 30))
    double = next(each for each in tables.findings if each.severity == "error")
    assert (double.source, double.row) == ("大阪", 2)
    assert double.reason.ja.startswith("東京 の2行目と同じ顧客ですが内容が違います")


def test_a_sheet_without_a_column_that_orders_need_is_refused_by_its_name() -> None:
    bare: Rows = [("顧客名", "取引日", "備考"), ("あおい商店", "2026/5/1", "x")]
    with pytest.raises(Refusal, match=r"取引の表\(5月\)に列「金額」がありません"):
        joined(orders("4月", APRIL), orders("5月", bare))


def test_a_column_that_some_sheets_lack_is_noted_and_blank_there() -> None:
    bare: Rows = [HEADER[:3], *(row[:3] for row in MAY[1:])]
    tables = joined(orders("4月", APRIL), orders("5月", bare))
    assert [(each.code, each.column) for each in tables.findings] == [("column_in_some", "商品")]


def test_blank_rows_at_the_end_of_a_sheet_are_no_gap() -> None:
    blank: tuple[object, ...] = (None, None, None, None)
    raw, _ = join_tables([orders("4月", [*APRIL, blank, blank]), orders("5月", [MAY[0], MAY[1], blank, MAY[2]])])
    tables = clean_tables(RawTables({"orders": raw}), load_definition(), date(2026, 9, 30))
    gap = next(each for each in tables.findings if each.code == "blank_rows")
    assert gap.reason.ja.endswith("1行(5月 3行目)")


def test_rows_of_several_records_count_once() -> None:
    raw = orders("4月", [*APRIL, ("だれ", "soon", 1, None), ("だれか", "soon", 1, None)])
    tables = clean_tables(
        RawTables({"orders": replace(raw, numbers=np.array([2, 2, 2, 3]))}), load_definition(), date(2026, 9, 30)
    )
    source = tables.sources[0]
    assert (source.rows_read, source.rows_used, source.rows_partly) == (2, 1, 1)
    assert run_of(tables).reconciliation[["listed", "open"]].to_numpy().tolist() == [[1, 0]]


def test_the_name_of_many_sheets_tells_the_first_and_the_last() -> None:
    assert joined_source([f"売上.xlsx › {month}月" for month in range(4, 10)]) == "売上.xlsx › 4月 … 9月 (6)"
    assert joined_source(["a.csv", "b.csv"]) == "a.csv + b.csv"
    assert joined_source(["a.xlsx › 取引", "b.xlsx › 取引"]) == "a.xlsx + b.xlsx"
