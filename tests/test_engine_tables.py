"""Clean tables: every row is used or listed, and the reader is told why."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cleaning.tables import RawTables, Tables, clean, raw_from_block, raw_from_frame
from engine.language.errors import Refusal

Rows = Sequence[Sequence[Any]]

SEVEN: Rows = (
    ("顧客名", "業界", "年間売上", "継続性", "成長ポテンシャル", "リスク", "戦略"),
    ("株式会社A", "製造", "1,500万円", "高", "中", "低", None),
    ("株式会社B", "IT", "900万", "中", "高", "中", ""),
    ("株式会社C", "飲食", 5_000_000.0, "低", "低", "高", " "),
)


def of(
    customers: Rows | None = None,
    orders: Rows | None = None,
    as_of: date | None = None,
    currency: str | None = None,
    **more: Rows,
) -> Tables:
    given = {"customers": customers, "orders": orders, **more}
    raw = {name: raw_from_block(name, rows, name) for name, rows in given.items() if rows is not None}
    return clean(RawTables(raw), as_of=as_of, currency=currency)


def said(tables: Tables, severity: str | None = None, table: str | None = None) -> list[tuple[str, int | None]]:
    return [
        (each.code, each.row)
        for each in tables.findings
        if severity in (None, each.severity) and table in (None, each.table)
    ]


def orders_of(tables: Tables) -> pd.DataFrame:
    assert tables.orders is not None
    return tables.orders


# --- customers ----------------------------------------------------------------------------------------------------


def test_the_seven_hand_typed_columns() -> None:
    tables = of(SEVEN)
    customers = tables.customers
    assert customers["name"].tolist() == customers["customer_id"].tolist() == ["株式会社A", "株式会社B", "株式会社C"]
    assert customers["sales"].tolist() == [15_000_000, 9_000_000, 5_000_000]
    assert customers[["continuity", "growth", "risk"]].to_numpy().tolist() == [
        ["high", "mid", "low"],
        ["mid", "high", "mid"],
        ["low", "low", "high"],
    ]
    assert customers["strategy"].tolist() == [None, None, None]
    assert (tables.currency, tables.digits, tables.orders) == ("JPY", 0, None)
    assert tables.findings == ()


def test_the_types_of_the_customer_table() -> None:
    customers = of(
        [
            ("顧客ID", "契約終了日", "重要顧客", "市場成長率", "延滞日数", "支店"),
            (1.0, "R8.3.31", "○", "5%", "30日", "東"),
            ("２", None, None, 0.05, None, None),
        ]
    ).customers
    kinds = {key: str(customers[key].dtype) for key in customers}
    assert kinds["customer_id"] == kinds["name"] == kinds["parent_id"] == kinds["continuity"] == "object"
    assert {
        kinds[key]
        for key in ("sales", "credit_limit", "potential", "notice_days", "overdue_days", "overdue_count", "row")
    } == {"Int64"}
    assert (kinds["key_account"], kinds["market_growth"], kinds["contract_end"]) == ("bool", "Float64", "datetime64[s]")
    assert customers["customer_id"].tolist() == ["1", "2"]
    assert customers["key_account"].tolist() == [True, False]
    assert customers["market_growth"].tolist() == [0.05, 0.05]
    assert customers["overdue_days"].tolist()[0] == 30
    assert customers["支店"].tolist() == ["東", None]


def test_optional_cells_that_cannot_be_read_are_blank_with_a_warning() -> None:
    tables = of(
        [
            ("顧客名", "年間売上", "リスク", "契約終了日", "市場成長率", "重要顧客"),
            ("A", "多い", "やや高", "来春", 5, "?"),
        ]
    )
    row = tables.customers.iloc[0]
    assert pd.isna(row["sales"])
    assert row["risk"] is None
    assert pd.isna(row["contract_end"])
    assert pd.isna(row["market_growth"])
    assert not row["key_account"]
    assert {each.severity for each in tables.findings} == {"warning"}
    assert sorted(code for code, _ in said(tables)) == [
        "text_in_amount",
        "unknown_level",
        "unreadable_date",
        "unreadable_flag",
        "unreadable_rate",
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        *((written, True) for written in ("○", "◯", "はい", "TRUE", True, 1, 1.0, "有り")),
        *((written, False) for written in ("×", "いいえ", "FALSE", False, 0, None, "－")),
    ],
)
def test_flags(written: object, expected: bool) -> None:
    tables = of([("顧客名", "重要顧客"), ("A", written)])
    assert tables.customers["key_account"].tolist() == [expected]
    assert tables.findings == ()


def test_double_rows_are_listed_same_or_conflicting() -> None:
    tables = of(
        [("顧客ID", "顧客名", "業界"), ("1", "A", "製造"), (1, "A", "製造"), ("１", "A", "IT"), ("2", "B", None)]
    )
    assert said(tables, "error") == [("duplicate_row", 3), ("duplicate_id", 4)]
    assert tables.customers["industry"].tolist() == ["製造", None]
    conflict = tables.findings[-1]
    assert "2行目と同じ顧客ですが内容が違います(業界)" in conflict.reason.ja
    assert "Industry" in conflict.reason.en


def test_one_name_under_two_ids_is_a_warning_not_a_merger() -> None:
    tables = of([("顧客ID", "顧客名"), ("1", "株式会社A"), ("2", "(株)A"), ("3", "B")])
    assert len(tables.customers) == 3
    assert said(tables) == [("duplicate_name", 3)]
    assert "1・2" in tables.findings[0].reason.ja


def test_parents_are_found_by_id_and_by_name() -> None:
    tables = of(
        [("顧客ID", "顧客名", "親会社"), ("1", "株式会社A", None), ("2", "B", "㈱A"), ("3", "C", "2"), ("4", "D", "4")]
    )
    assert tables.customers["parent_id"].tolist() == [None, "1", "2", None]
    assert tables.findings == ()


def test_parents_that_point_nowhere_or_in_a_circle_are_left_blank() -> None:
    tables = of([("顧客ID", "親ID"), ("1", "2"), ("2", "3"), ("3", "1"), ("4", "3"), ("5", "9")])
    assert tables.customers["parent_id"].tolist() == [None, None, None, "3", None]
    assert said(tables) == [("parent_cycle", 2), ("parent_cycle", 3), ("parent_cycle", 4), ("unknown_parent", 6)]


def test_a_group_name_shared_by_several_customers_stays() -> None:
    tables = of([("顧客名", "グループ"), ("A", "山手グループ"), ("B", "山手グループ"), ("C", None)])
    assert tables.customers["parent_id"].tolist() == ["山手グループ", "山手グループ", None]


def test_lines_of_totals_are_no_customers() -> None:
    tables = of([*SEVEN[:3], ("合 計", None, "2,400万円", None, None, None, None)])
    assert len(tables.customers) == 2
    assert said(tables, "error") == [("total_row", 4)]


def test_rows_without_name_and_id_are_listed() -> None:
    tables = of([("顧客ID", "顧客名", "業界"), (None, None, "製造"), (None, "B", "IT"), ("3", None, "IT")])
    assert said(tables, "error") == [("missing_customer", 2)]
    assert tables.customers["customer_id"].tolist() == ["B", "3"]
    assert tables.customers["name"].tolist() == ["B", "3"]


def test_a_contract_that_ends_before_it_starts_is_told() -> None:
    tables = of([("顧客名", "契約開始日", "契約終了日"), ("A", "2026/4/1", "2026/3/31")])
    assert said(tables) == [("contract_reversed", None)]


# --- orders -------------------------------------------------------------------------------------------------------

THREE: Rows = (("顧客ID", "顧客名"), ("001", "株式会社A"), ("002", "B商事 有限会社"), ("003", "Ｃ物産"))


@pytest.mark.parametrize(
    ("word", "position"),
    [
        ("001", 0),
        ("００１", 0),
        (" 001 ", 0),
        (1, 0),
        (1.0, 0),
        ("株式会社A", 0),
        ("㈱Ａ", 0),
        ("(株) A", 0),
        ("A", 0),
        ("A株式会社", 0),
        ("B商事", 1),
        ("(有)Ｂ商事", 1),
        ("C物産", 2),
        ("c物産㈱", 2),
    ],
)
def test_customers_are_found_by_id_and_name_however_written(word: object, position: int) -> None:
    for header in ("顧客", "顧客コード"):
        tables = of(THREE, [(header, "日付", "金額"), (word, "2026/3/31", 5)])
        assert orders_of(tables)["customer"].tolist() == [position]


def test_unknown_customers_are_listed_with_near_names() -> None:
    tables = of(THREE, [("顧客名", "日付", "金額"), ("B商社", "2026/3/31", 5), ("株式会社A", "2026/3/31", 5)])
    finding = next(each for each in tables.findings if each.severity == "error")
    assert (finding.code, finding.row, finding.column, finding.value) == ("unknown_customer", 2, "顧客名", "B商社")
    assert "B商事 有限会社" in finding.reason.ja
    assert "B商事 有限会社" in finding.reason.en


def test_a_name_that_several_customers_bear_is_not_guessed() -> None:
    customers = [("顧客ID", "顧客名"), ("1", "株式会社A"), ("2", "A株式会社")]
    tables = of(
        customers,
        [("顧客名", "日付", "金額"), ("A", "2026/3/31", 5), ("㈱A", "2026/3/31", 6), ("A(株)", "2026/3/31", 7)],
    )
    assert said(tables, "error") == [("ambiguous_customer", 2)]
    assert orders_of(tables)[["customer", "amount"]].to_numpy().tolist() == [[0, 6], [1, 7]]


def test_an_id_and_a_name_that_disagree_are_told() -> None:
    tables = of(
        THREE, [("顧客ID", "顧客名", "日付", "金額"), ("001", "B商事", "2026/3/31", 5), ("9", "B商事", "2026/3/31", 6)]
    )
    assert orders_of(tables)["customer"].tolist() == [0, 1]
    assert said(tables) == [("id_and_name_differ", None)]
    assert "(2行目)" in tables.findings[0].reason.ja


def test_every_bad_cell_of_an_order_is_told() -> None:
    tables = of(
        THREE,
        [
            ("顧客", "取引日", "金額", "原価", "数量"),
            ("001", "2026/3/31", 1000, "不明なし", "2個"),
            ("001", "いつか", "千円", None, None),
            (None, "2026/3/31", 5, None, None),
            ("001", None, 5, None, None),
            ("001", "2026/3/31", None, None, None),
            ("001", "2026/10/1", 5, None, None),
            ("合計", None, 1020, None, None),
        ],
        as_of=date(2026, 9, 30),
    )
    assert sorted(said(tables, "error"), key=lambda each: (each[1] or 0, each[0])) == [
        ("text_in_amount", 3),
        ("unreadable_date", 3),
        ("missing_customer", 4),
        ("missing_date", 5),
        ("missing_amount", 6),
        ("future_date", 7),
        ("missing_date", 8),
        ("total_row", 8),
    ]
    assert said(tables, "warning") == [("text_in_amount", 2)]
    assert orders_of(tables)["quantity"].tolist() == [2.0]
    source = tables.sources[1]
    assert (source.rows_read, source.rows_used, source.newest) == (7, 1, date(2026, 3, 31))


def test_the_types_and_the_order_of_the_order_table() -> None:
    tables = of(
        THREE,
        [
            ("顧客", "取引日", "金額", "粗利"),
            ("003", "2026/3/2", 5, 2),
            ("001", "2026/3/3", 6, None),
            ("001", "2026/3/1", 7, 7),
            ("001", "2026/3/3", -4, None),
        ],
    )
    orders = orders_of(tables)
    assert {key: str(orders[key].dtype) for key in orders} == {
        "customer": "int64", "date": "datetime64[s]", "amount": "int64", "cost": "Int64", "order_id": "object", "product": "object",
        "channel": "object", "quantity": "Float64", "row": "int64", "part": "int32",
    }  # fmt: skip
    assert orders["amount"].tolist() == [7, 6, -4, 5]
    assert orders["cost"].tolist() == [0, pd.NA, pd.NA, 3]
    assert orders["row"].tolist() == [4, 3, 5, 2]
    assert said(tables) == [("returns", None)]
    assert "1行(5行目)" in tables.findings[0].reason.ja


def test_repeated_orders() -> None:
    rows = [
        ("顧客", "取引日", "金額", "取引番号", "商品"),
        ("001", "2026/3/1", 5, "k1", "x"),
        ("001", "2026/3/1", 5, "k1", "y"),
        ("001", "2026/3/1", 5, "k1", "x"),
        ("002", "2026/3/1", 5, "k1", "z"),
    ]
    tables = of(THREE, rows)
    assert said(tables) == [("shared_order_id", None), ("duplicate_row", 4)]
    assert len(orders_of(tables)) == 3
    without = of(THREE, [row[:3] for row in rows])
    assert len(orders_of(without)) == 4
    assert said(without) == [("identical_rows", None)]


def test_repetitions_are_found_however_many_columns_there_are() -> None:
    count = 300
    frame = pd.DataFrame({f"列{at}": np.roll(np.arange(count), at) for at in range(12)})  # 301 ** 12 combinations
    frame = frame.assign(顧客=1, 取引日="2026/3/1", 金額=np.arange(count))
    doubled = pd.concat([frame, frame.iloc[[7]], frame.iloc[[7]].assign(列11=0)], ignore_index=True)
    tables = clean(RawTables({"orders": raw_from_frame("orders", doubled, "o")}))
    assert [finding.reason.ja[-9:] for finding in tables.findings] == [f"1行({count + 2}行目)"]
    assert len(orders_of(tables)) == count + 2


def test_customers_are_derived_from_orders_by_first_appearance() -> None:
    tables = of(
        orders=[
            ("取引先コード", "取引先名", "日付", "金額"),
            ("9", "㈱Z", "2026/3/2", 5),
            (7.0, "A", "2026/3/1", 6),
            ("９", None, "2026/3/3", 7),
            (None, "株式会社 Z", "2026/3/4", 8),
            (None, "新顔", "2026/3/4", 9),
            ("8", "消える", "不明な日", 9),
        ]
    )
    assert tables.customers["customer_id"].tolist() == ["9", "7", "新顔"]
    assert tables.customers["name"].tolist() == ["㈱Z", "A", "新顔"]
    assert tables.customers["row"].isna().all()
    assert orders_of(tables)[["customer", "amount"]].to_numpy().tolist() == [[0, 5], [0, 7], [0, 8], [1, 6], [2, 9]]
    assert said(tables, "error") == [("unreadable_date", 7)]


# --- money --------------------------------------------------------------------------------------------------------


def one(amount: object, header: str = "金額", **more: object) -> Rows:
    return [("顧客", "日付", header, *more), ("A", "2026/3/31", amount, *more.values())]


@pytest.mark.parametrize(
    ("amount", "header", "told", "expected"),
    [
        ("1,500円", "金額", None, (1500, "JPY", 0)),
        (1500, "金額", None, (1500, "JPY", 0)),
        (1.5, "金額(千円)", None, (1500, "JPY", 0)),
        ("$1,500.25", "金額", None, (150_025, "USD", 2)),
        (1500.25, "Amount (USD)", None, (150_025, "USD", 2)),
        (1500.25, "金額", "EUR", (150_025, "EUR", 2)),
        (1500, "金額", "usd", (150_000, "USD", 2)),
        (1500.25, "金額", None, (150_025, "", 2)),
        (1500.25, "金額", "JPY", (1500, "JPY", 0)),
    ],
)
def test_currency_and_digits(amount: object, header: str, told: str | None, expected: tuple[int, str, int]) -> None:
    tables = of(orders=one(amount, header), currency=told)
    assert (orders_of(tables)["amount"].iloc[0], tables.currency, tables.digits) == expected


def test_rounded_amounts_are_counted() -> None:
    tables = of(
        orders=[
            ("顧客", "日付", "金額"),
            ("A", "2026/3/31", "¥1,363.5"),
            ("A", "2026/3/31", 1364.5),
            ("A", "2026/3/31", 5),
        ]
    )
    assert orders_of(tables)["amount"].tolist() == [1364, 1364, 5]
    note = next(each for each in tables.findings if each.code == "rounded_amount")
    assert "2行(2・3行目)" in note.reason.ja


@pytest.mark.parametrize(
    "orders",
    [
        [("顧客", "日付", "金額"), ("A", "2026/3/31", "¥5"), ("A", "2026/3/31", "$5")],
        [("顧客", "日付", "金額", "通貨"), ("A", "2026/3/31", 5, "JPY"), ("A", "2026/3/31", 5, "USD")],
        [("顧客", "日付", "金額", "通貨"), ("A", "2026/3/31", "5円", "USD")],
        [("顧客", "日付", "金額(円)", "原価(USD)"), ("A", "2026/3/31", 5, 4)],
    ],
)
def test_mixed_currencies_are_refused(orders: Rows) -> None:
    with pytest.raises(Refusal, match="通貨が混ざっています") as caught:
        of(orders=orders)
    assert "USD" in caught.value.to("en")
    assert "JPY" in caught.value.to("en")


def test_a_currency_told_must_agree() -> None:
    with pytest.raises(Refusal, match="通貨が混ざっています"):
        of(orders=one("$5"), currency="JPY")


def test_amounts_whose_sum_leaves_64_bits_are_refused() -> None:
    rows = [("顧客", "日付", "金額"), *[("A", "2026/3/31", "9京円".replace("9京", "90,000兆"))] * 120]
    with pytest.raises(Refusal, match="大きすぎ"):
        of(orders=rows)


def test_quantity_times_price_stands_in_for_the_amount() -> None:
    tables = of(orders=[("顧客", "日付", "数量", "単価"), ("A", "2026/3/31", 3, 120), ("A", "2026/3/31", -1, 120)])
    assert orders_of(tables)["amount"].tolist() == [360, -120]
    assert [code for code, _ in said(tables)] == ["computed_amount", "returns"]


# --- the other tables ---------------------------------------------------------------------------------------------


def test_the_further_tables() -> None:
    tables = of(
        SEVEN,
        contacts=[
            ("顧客", "日付", "チャネル", "種別", "未解決"),
            ("A", "2026/3/1", "電話", "クレーム", "○"),
            ("B", "2026/2/1", "メール", "質問", None),
            ("Z", "2026/2/1", None, None, None),
        ],
        surveys=[("顧客", "回答日", "項目", "点数"), ("A", "2026/3/1", "NPS", "９"), ("B", "2026/3/1", "NPS", "よい")],
        costs=[("顧客", "日付", "費目", "金額"), ("A", "2026/3/1", "物流", "2万円"), ("A", "2026/3/1", "物流", None)],
        products=[
            ("商品", "分類", "定価", "粗利率"),
            ("x", "機器", "1,000円", "40%"),
            ("x", "機器", 5, None),
            (None, "機器", 5, None),
        ],
        leads=[("獲得日", "チャネル", "成約日"), ("2026/3/1", "展示会", "2026/4/1"), ("2026/2/1", "紹介", None)],
    )
    assert tables.contacts is not None
    assert tables.surveys is not None
    assert tables.costs is not None
    assert tables.products is not None
    assert tables.leads is not None
    assert tables.contacts[["customer", "kind", "open"]].to_numpy().tolist() == [
        [0, "complaint", True],
        [1, "質問", False],
    ]
    assert tables.surveys[["customer", "item", "score"]].to_numpy().tolist() == [[0, "NPS", 9.0]]
    assert tables.costs[["customer", "amount"]].to_numpy().tolist() == [[0, 20_000]]
    assert tables.products[["product", "list_price", "margin"]].to_numpy().tolist() == [["x", 1000, 0.4]]
    assert tables.leads["converted"].isna().tolist() == [True, False]
    assert [(each.table, each.rows_read, each.rows_used) for each in tables.sources] == [
        ("customers", 3, 3), ("contacts", 3, 2), ("surveys", 2, 1), ("costs", 2, 1), ("products", 3, 1), ("leads", 2, 2),
    ]  # fmt: skip


def test_a_cost_without_a_customer_is_common_to_all() -> None:
    header, rows = ("顧客", "日付", "費目", "金額"), [("A", "2026/3/1", "物流", 5), (None, "2026/3/2", "展示会", 7)]
    tables = of(SEVEN, costs=[header, *rows, ("Z", "2026/3/1", "物流", 9), ("合計", "2026/3/1", None, 21)])
    assert tables.costs is not None
    assert sorted(tables.costs[["customer", "amount"]].to_numpy().tolist()) == [[-1, 7], [0, 5]]
    assert [code for code, _ in said(tables)] == ["common_cost", "unknown_customer", "total_row"]
    both = ("顧客ID", *header)  # as an export leaves a cell blank: no value, an empty text, or spaces
    blanks = of(SEVEN, costs=[both, (None, *rows[1]), ("", "", *rows[1][1:]), (" ", "　", *rows[1][1:])])
    assert blanks.costs is not None
    assert blanks.costs["customer"].tolist() == [-1, -1, -1]
    nobody = of(SEVEN, costs=[header[1:], *(row[1:] for row in rows)])
    assert nobody.costs is not None
    assert nobody.costs["customer"].tolist() == [-1, -1]


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("customers", "orders", "kind"),
    [
        (None, None, "too_little_data"),
        ([("顧客名", "業界")], None, "too_little_data"),
        ([("業界", "年間売上"), ("製造", 5)], None, "missing_column"),
        (None, [("顧客", "日付"), ("A", "2026/3/31")], "missing_column"),
        (None, [("顧客", "金額"), ("A", 5)], "missing_column"),
        (None, [("日付", "金額"), ("2026/3/31", 5)], "missing_column"),
        (None, [("顧客", "日付", "金額"), ("A", "いつか", 5)], "too_little_data"),
        (None, [("顧客", "日付", "金額"), ("A", "3/4/2026", 5)], "unreadable"),
    ],
)
def test_input_that_cannot_be_used_is_refused(customers: Rows | None, orders: Rows | None, kind: str) -> None:
    with pytest.raises(Refusal) as caught:
        of(customers, orders)
    assert caught.value.kind == kind


def test_a_template_with_one_table_filled_in_is_enough() -> None:
    header = [("顧客ID", "顧客名", "業界")]
    tables = of(header, one(5), surveys=[("顧客", "回答日", "点数")])
    assert len(tables.customers) == 1
    assert tables.surveys is None
    assert said(tables) == [("empty_table", None)]
    tables = of(SEVEN, [("顧客", "日付", "金額")])
    assert tables.orders is None
    assert said(tables) == [("empty_table", None)]


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(Refusal, match="空"):
        raw_from_block("orders", [[None, ""], [" "]], "取引!A1:B2")


# --- what always holds --------------------------------------------------------------------------------------------

CELLS = {
    "顧客ID": st.sampled_from(["1", 1, 2.0, "３", "9", None, "合計", ""]),
    "顧客名": st.sampled_from(["A", "㈱A", "B社", None, "Ｃ", "nobody"]),
    "取引日": st.sampled_from(["2026/3/31", "R8.3.31", 20260331, 46112.0, "x", None, "2027/1/1", date(2026, 3, 1)]),
    "金額": st.sampled_from([5, 7.0, "1,000", "△3", "abc", None, "1万", "(5)"]),
    "取引番号": st.sampled_from(["k1", "k2", None, 3]),
    "メモ": st.sampled_from(["", None, "x"]),
}
ORDER_ROWS = st.lists(st.tuples(*CELLS.values()), max_size=12)
MASTER: Rows = (("顧客ID", "顧客名", "親ID"), ("1", "株式会社A", None), ("2", "B社", "1"), ("3", "C", None))
AS_OF = date(2026, 6, 30)
FEW = settings(max_examples=40)  # each example cleans two tables


def tried(rows: Rows, customers: Rows | None) -> Tables | None:
    """Clean, or return None where no row of orders is left to look at."""
    with suppress(Refusal):
        tables = of(customers, rows, as_of=AS_OF)
        return None if tables.orders is None else tables
    return None


@FEW
@given(ORDER_ROWS, st.booleans())
def test_rows_in_are_rows_used_plus_rows_listed(rows: list[tuple[Any, ...]], master: bool) -> None:
    tables = tried([tuple(CELLS), *rows], MASTER if master else None)
    filled = [row for row in rows if any(cell not in (None, "") for cell in row)]
    if tables is None:
        assert not (master and filled)
        return
    for source in tables.sources:
        listed = {each.row for each in tables.findings if each.severity == "error" and each.table == source.table}
        assert source.rows_read == source.rows_used + len(listed)
        frame = tables.orders if source.table == "orders" else tables.customers
        assert frame is not None
        assert len(frame) == source.rows_used
        assert not listed & set(frame["row"].dropna())
    assert next(each for each in tables.sources if each.table == "orders").rows_read == len(filled)


@FEW
@given(ORDER_ROWS, st.permutations(list(CELLS)))
def test_the_order_of_the_columns_does_not_matter(rows: list[tuple[Any, ...]], order: list[str]) -> None:
    first = tried([tuple(CELLS), *rows], MASTER)
    moved = [tuple(dict(zip(CELLS, row, strict=True))[header] for header in order) for row in rows]
    second = tried([tuple(order), *moved], MASTER)
    if first is None or second is None:
        assert first is second
        return
    pd.testing.assert_frame_equal(orders_of(first), orders_of(second))
    assert sorted(said(first), key=str) == sorted(said(second), key=str)


@FEW
@given(ORDER_ROWS)
def test_a_callers_frame_is_never_changed(rows: list[tuple[Any, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=list(CELLS), index=range(100, 100 + len(rows)), dtype=object)
    before = frame.copy(deep=True)
    customers = pd.DataFrame(list(MASTER[1:]), columns=list(MASTER[0]))
    raw = RawTables(
        {"customers": raw_from_frame("customers", customers, "c"), "orders": raw_from_frame("orders", frame, "o")}
    )
    with suppress(Refusal):  # an empty draw is refused
        clean(raw, as_of=AS_OF)
    pd.testing.assert_frame_equal(frame, before)
    assert customers.shape == (3, 3)


@FEW
@given(ORDER_ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter_for_sums(rows: list[tuple[Any, ...]], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = tried([tuple(CELLS), *rows], MASTER), tried([tuple(CELLS), *shuffled], MASTER)
    if first is None or second is None:
        assert first is second
        return
    sums = [orders_of(each).groupby("customer")["amount"].sum().to_dict() for each in (first, second)]
    assert sums[0] == sums[1]


def test_typed_frames_give_the_same_as_their_text() -> None:
    days = pd.date_range("2026-01-01", periods=500, freq="D")
    typed = pd.DataFrame(
        {"customer_id": np.arange(500) % 7, "date": days, "amount": np.arange(500) * 1.25, "quantity": np.arange(500)}
    )
    text = typed.astype({"date": "datetime64[s]"}).astype(str).astype(object)
    first, second = (clean(RawTables({"orders": raw_from_frame("orders", frame, "o")})) for frame in (typed, text))
    pd.testing.assert_frame_equal(orders_of(first), orders_of(second))
    pd.testing.assert_frame_equal(first.customers, second.customers)


def test_frames_of_every_type_are_read() -> None:
    expected = [[0, 110], [0, 100], [1, 200]]
    for customer, amount in (
        (pd.Categorical(["a", "a", "b"]), np.array([1.1, 1, 2])),
        (pd.array(["a", "a", "b"], dtype="string"), pd.array([1.1, 1, 2], dtype="Float64")),
        (np.array(["a", "a", "b"], object), np.array([Decimal("1.1"), 1, "2"], object)),
    ):
        days = pd.Series([pd.Timestamp("2026-03-31 23:00", tz="Asia/Tokyo")] * 3)
        frame = pd.DataFrame({"customer": customer, "date": days, "amount": amount, "tags": [["x"], {}, None]})
        tables = clean(RawTables({"orders": raw_from_frame("orders", frame, "o")}))
        assert orders_of(tables)[["customer", "amount"]].to_numpy().tolist() == expected
        assert {day.date() for day in orders_of(tables)["date"]} == {date(2026, 3, 31)}


def test_the_cell_path_imports_no_reader() -> None:
    readers = {"openpyxl", "python_calamine", "pyarrow.csv", "engine.reading.sources", "click"}
    code = f"import sys, engine.cleaning.tables; print(sorted({readers} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_integer_beyond_every_machine_word_is_listed_and_nothing_breaks() -> None:
    frame = pd.DataFrame({"顧客名": ["甲", "乙"], "年間売上": pd.Series([10**29 + 1, 5], dtype=object)})
    tables = clean(RawTables({"customers": raw_from_frame("customers", frame, "顧客")}, ()))
    assert tables.customers["sales"].isna().tolist() == [True, False]
    assert [(finding.code, finding.row) for finding in tables.findings] == [("amount_too_large", 2)]


def test_of_two_columns_that_mean_the_same_the_blank_one_gives_way() -> None:
    """A table pasted over a template's headers leaves the others standing to the right, with nothing below them."""
    header = ["得意先コード", "売上日", "売上金額", "顧客ID", "金額", "メモ"]
    rows: Rows = [["C1", date(2026, 4, 1), 1200, None, "", None], ["C2", date(2026, 5, 1), 800, "", None, None]]
    tables = of(orders=[header, *rows])
    assert tables.customers["customer_id"].tolist() == ["C1", "C2"]
    assert orders_of(tables)["amount"].tolist() == [1200, 800]
    assert said(tables) == []
    both_filled = of(orders=[header, *([*row[:3], row[0], None, None] for row in rows)])
    assert said(both_filled, "note") == [("double_column", None)]
