"""The hint for a missing column: of the headers of foreign systems, the one that a planner would point at."""

from __future__ import annotations

import pandas as pd
import pytest

from engine.cleaning.tables import RawTables, clean, raw_from_frame
from engine.language.errors import Refusal
from engine.reading.columns import bind, columns, missing, nearest_headers

# What stands in the file, and the header that holds the customer: none of them is read by itself.
WHO = [
    ("orders", "household_id,basket_id,store_id,day,quantity,sales_value", "household_id"),
    ("orders", "hshd_num,basket_num,purchase_date,product_num,spend,store_r", "hshd_num"),
    ("orders", "CustRefNo,OrderNo,OrderDate,NetAmount", "CustRefNo"),
    ("orders", "order_id,store_id,soldto_id,employee_id,order_date,amount", "soldto_id"),
    ("orders", "Invoice ID,Branch,Product line,Membership Card,Date,Total", "Membership Card"),
    ("orders", "transaction_id,loyalty_card_key,store_key,date,amount", "loyalty_card_key"),
    ("orders", "visitor_uid,item_id,timestamp,price", "visitor_uid"),
    ("orders", "receipt_no,shopper_ref,shop_no,date,amount", "shopper_ref"),
    ("orders", "Kundennummer,Belegdatum,Betrag", "Kundennummer"),
    ("orders", "KundenNr,Bestelldatum,Umsatz", "KundenNr"),
    ("orders", "Cliente,Fecha,Importe", "Cliente"),
    ("orders", "klantnummer,datum,bedrag", "klantnummer"),
    ("orders", "客户编号,日期,金额", "客户编号"),
    ("orders", "고객번호,날짜,금액", "고객번호"),
    ("orders", "subscriber_key,plan,date,amount", "subscriber_key"),
    ("orders", "guest_no,room,date,amount", "guest_no"),
    ("orders", "patientid,visit_date,amount", "patientid"),
    ("orders", "payer_code,invoice_code,date,amount", "payer_code"),
    ("orders", "debtor_no,doc_no,date,amount", "debtor_no"),
    ("orders", "伝票番号,店舗コード,購入者番号,日付,金額", "購入者番号"),
    ("orders", "注文番号,注文者氏名,商品コード,日付,金額", "注文者氏名"),
    ("orders", "受注番号,請求先コード,担当者コード,日付,金額", "請求先コード"),
    ("orders", "売上伝票No,販売先コード,部門コード,日付,金額", "販売先コード"),
    ("orders", "世帯番号,店舗番号,日付,金額", "世帯番号"),
    ("orders", "契約者番号,商品番号,日付,金額", "契約者番号"),
    ("orders", "客先コード,品番,営業所コード,日付,金額", "客先コード"),
    ("orders", "取引番号,相手先名,日付,金額", "相手先名"),
    ("orders", "利用者キー,施設コード,日付,金額", "利用者キー"),
    ("orders", "custmer_idd,ordr_id,date,amount", "custmer_idd"),
    ("customers", "household_id,age,income,size", "household_id"),
    ("customers", "Org Name,Org Type,Segment,Country", "Org Name"),
    ("customers", "営業所,販売先名称カナ,販売先名,担当者", "販売先名"),
    ("customers", "DebtorNm,Zip,City", "DebtorNm"),
    ("contacts", "ticket_id,requester_user_uid,agent_id,日付", "requester_user_uid"),
]

OTHER = [
    ("orders", "date", "client id,date_of_birth,txn_dt,amount", "txn_dt"),
    ("orders", "date", "顧客ID,支払期日,伝票日,金額", "伝票日"),
    ("orders", "date", "customer id,bookingDateTime,shipDate,amount", "bookingDateTime"),
    ("orders", "date", "顧客ID,生年月日,取扱日時,金額", "取扱日時"),
    ("orders", "amount", "顧客ID,日付,消費税額,ご請求額", "ご請求額"),
    ("orders", "amount", "customer id,date,UnitCost,LineNetAmt", "LineNetAmt"),
    ("orders", "amount", "customer id,date,shipping_fee,paid", "paid"),
    ("orders", "amount", "顧客ID,日付,担当,お支払合計額", "お支払合計額"),
]


@pytest.mark.parametrize(("table", "headers", "expected"), WHO)
def test_the_hint_names_the_customers_column(table: str, headers: str, expected: str) -> None:
    listed = headers.split(",")
    assert not {"customer_id", "customer", "name"} & bind(table, listed).fields.keys()
    keys = ("customer_id", "name") if table == "customers" else ("customer_id", "customer")
    told = missing(table, keys, listed).text
    assert f"={expected} を指定" in told.ja, told.ja
    assert told.en.endswith(f"={expected}"), told.en


@pytest.mark.parametrize(("table", "key", "headers", "expected"), OTHER)
def test_the_hint_for_a_day_and_an_amount(table: str, key: str, headers: str, expected: str) -> None:
    (column,) = (each for each in columns(table) if each.key == key)
    assert nearest_headers(column, headers.split(","))[0] == expected


@pytest.mark.parametrize(
    "header",
    [
        *("member_no", "client_ref", "ユーザーID", "会員コード", "会員No.", "お客様番号", "得意先CD", "取引先No", "user-no", "Client Code"),
        *("Member Number", "Account No.", "buyer_id", "顧客管理番号"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("table", ["customers", "orders"])
def test_headers_that_mean_a_customer_and_nothing_else_are_read(table: str, header: str) -> None:
    assert bind(table, [header]).fields["customer_id"].header == header


@pytest.mark.parametrize(
    "header", ["store_id", "店舗コード", "product_id", "商品番号", "employee_no", "basket_id", "order_id"]
)
def test_the_id_of_something_else_is_never_offered(header: str) -> None:
    for column in columns("orders"):
        if column.key in ("customer_id", "customer"):
            assert nearest_headers(column, [header, "日付", "金額"]) == ()


def refused(table: str, frame: pd.DataFrame) -> str:
    with pytest.raises(Refusal) as caught:
        clean(RawTables({table: raw_from_frame(table, frame, table)}, ()))
    return caught.value.text.ja


def test_numbers_that_never_repeat_are_not_the_customers_of_orders() -> None:
    days, amounts = ["2026-01-01"] * 4, [1, 2, 3, 4]
    frame = pd.DataFrame({"記録番号": list("abcd"), "整理番号": list("xxyy"), "日付": days, "金額": amounts})
    assert "orders.customer_id=整理番号" in refused("orders", frame)
    turned = frame.rename(columns={"記録番号": "整理番号", "整理番号": "記録番号"})
    assert "orders.customer_id=記録番号" in refused("orders", turned)


def test_numbers_that_repeat_are_not_the_ids_of_a_customer_table() -> None:
    frame = pd.DataFrame({"整理番号": list("xxy"), "記録番号": list("abc"), "業界": ["製造"] * 3})
    assert "customers.customer_id=記録番号" in refused("customers", frame)
