"""Headers, ours and foreign, and what is said when one is missing."""

from __future__ import annotations

import pytest

from engine.language.errors import Refusal
from engine.reading.columns import TABLES, bind, columns, find_table, missing, recognised, table_of, table_text


def keys_of(table: str, headers: str) -> dict[str, str]:
    return {key: field.header for key, field in bind(table, headers.split(",")).fields.items()}


@pytest.mark.parametrize("table", TABLES)
def test_a_header_means_one_column_of_its_table_only(table: str) -> None:
    owner: dict[str, str] = {}
    for column in columns(table):
        for word in column.words:
            found = next(iter(bind(table, [word]).fields))
            assert owner.setdefault(word, column.key) == column.key
            assert found == column.key, f"{word} is taken for {found}"


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_found_by_its_names(table: str) -> None:
    text = table_text(table)
    assert find_table(text.ja) == find_table(text.en) == find_table(text.en.upper()) == table_of(text.ja) == table
    assert all(column.text.ja and column.text.en for column in columns(table))


def test_the_seven_columns_of_the_elements_table() -> None:
    found = keys_of("customers", "顧客名,業界,年間売上,継続性,成長ポテンシャル,リスク,戦略")
    assert list(found) == ["name", "industry", "sales", "continuity", "growth", "risk", "strategy"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (  # Online Retail (UCI)
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            "order_id=InvoiceNo product=StockCode date=InvoiceDate customer_id=CustomerID amount=Quantity*UnitPrice",
        ),
        (  # CDNOW
            "customer_id,date,number_of_cds,dollar_value",
            "customer_id=customer_id date=date quantity=number_of_cds amount=dollar_value",
        ),
        ("受注日,取引先名,売上金額,受注番号", "date=受注日 customer=取引先名 amount=売上金額 order_id=受注番号"),
        (
            "伝票日付,得意先コード,得意先名,品番,数量,税抜金額,原価",
            "date=伝票日付 customer_id=得意先コード amount=税抜金額 cost=原価",
        ),
        (
            "OrderDate,CustomerName,Sales,Profit",
            "date=OrderDate customer=CustomerName amount=Sales gross_profit=Profit",
        ),
    ],
)
def test_headers_of_foreign_exports(headers: str, expected: str) -> None:
    found = keys_of("orders", headers)
    assert {f"{key}={header}" for key, header in found.items()} >= set(expected.split())


@pytest.mark.parametrize(
    "header",
    [
        "年間売上",
        "年間 売上",
        " 年間売上 ",
        "年間売上(千円)",
        "年間売上（千円）",
        "【必須】年間売上",
        "年間売上*",
        "Annual_Sales",
        "ANNUAL SALES",
        "annual-sales",
    ],
)
def test_width_spaces_case_and_brackets_do_not_matter(header: str) -> None:
    assert list(bind("customers", [header]).fields) == ["sales"]


def test_the_unit_in_a_header_is_kept() -> None:
    assert bind("customers", ["年間売上（千円）"]).fields["sales"].unit == "千円"
    assert bind("orders", ["Amount [USD]"]).fields["amount"].unit == "USD"


def test_two_headers_of_one_column_are_ranked_and_told() -> None:
    binding = bind("orders", ["税込金額", "税抜金額", "顧客名", "日付"])
    assert binding.fields["amount"].header == "税抜金額"
    assert binding.doubles == (("税抜金額", "税込金額"),)
    assert [["税込金額", "税抜金額", "顧客名", "日付"][at] for at in binding.further] == ["税込金額"]


def test_the_mapping_goes_before_every_alias() -> None:
    headers = ["日付", "出荷予定", "顧客", "数", "値段", "金額"]
    binding = bind("orders", headers, {"date": "出荷予定", "amount": "数*値段"})
    assert binding.fields["date"].header == "出荷予定"
    assert binding.fields["amount"].at == (3, 4)


def test_the_mapping_is_checked() -> None:
    with pytest.raises(Refusal) as wrong_column:
        bind("orders", ["a"], {"dat": "a"})
    assert wrong_column.value.kind == "argument"
    assert "date" in wrong_column.value.to("ja")
    with pytest.raises(Refusal) as wrong_header:
        bind("orders", ["InvoiceDate", "Kunde"], {"date": "InvoiceDat"})
    assert wrong_header.value.kind == "missing_column"
    assert "InvoiceDate" in wrong_header.value.to("en")
    with pytest.raises(Refusal, match="積"):
        bind("orders", ["a", "b", "c"], {"amount": "a*b*c"})


def test_a_missing_column_names_those_there_and_the_nearest() -> None:
    refusal = missing("orders", ("amount",), ["顧客名", "取引日", "売上金頟"])
    assert refusal.kind == "missing_column"
    assert "「金額」" in refusal.to("ja")
    assert "ある列: 顧客名・取引日・売上金頟" in refusal.to("ja")
    assert "近い列: 売上金頟" in refusal.to("ja")
    assert "orders.amount=売上金頟" in refusal.to("en")


def test_how_many_headers_are_known() -> None:
    assert recognised("orders", ["取引日", "顧客名", "金額"]) == 3
    assert recognised("orders", ["売上一覧 2026年度", "", ""]) == 0


def test_an_unknown_table_is_refused_with_the_choice() -> None:
    with pytest.raises(Refusal, match="使える表"):
        table_of("請求")


def test_the_options_of_the_commands_are_the_input_tables() -> None:
    from engine.commands import options  # spelt out there, so that a help page waits for no table

    assert tuple(options._SHEETS) == TABLES
    assert {table: table_text(table).ja for table in TABLES} == options._SHEETS


@pytest.mark.parametrize(
    ("table", "headers", "expected"),
    [
        (
            "plans",
            "取引先名,今期の目標,売上目標(千円),ニーズ,解決策,提供価値,決裁者,懸念点,見直し日,担当者",
            "customer goal target_sales needs solution value_offer people risk_note review owner",
        ),
        (
            "actions",
            "No,決定日,会社名,実施事項,区分,責任者,期日,進捗,成果,実施日,実行",
            "action_id date customer what kind owner due status result closed run",
        ),
        ("benchmarks", "競合,項目,軸,内訳,数値,出所,調査日", "who measure by item value source date"),
        (
            "benchmarks",
            "Competitor,Metric,Dimension,Segment,Figure,Reference,As of",
            "who measure by item value source date",
        ),
    ],
)
def test_headers_of_what_is_planned_and_compared(table: str, headers: str, expected: str) -> None:
    assert set(keys_of(table, headers)) == set(expected.split())
