"""The order table: one row per order line, with its customer, day and net amount."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine import fields
from engine.columns import table_text
from engine.customer_table import is_total
from engine.errors import Refusal, Text
from engine.matching import AMBIGUOUS, UNKNOWN, Directory
from engine.sheet import Sheet
from engine.uniques import unique_cells

__all__ = ["appearing", "check_dates", "clean_orders", "customer_positions"]

Objects = npt.NDArray[np.object_]
Positions = npt.NDArray[np.int64]


def clean_orders(sheet: Sheet, directory: Directory, digits: int, as_of: date | None) -> pd.DataFrame:
    """Return the clean orders, sorted by customer and date, equal ones in the order of the sheet.

    Parameters
    ----------
    sheet
        The raw table; rows that are not used are listed in it.
    directory
        The customers that orders refer to.
    digits
        Digits of the minor unit of money.
    as_of
        Orders after this day are listed, not used; None lets every day pass.

    Raises
    ------
    Refusal
        `missing_column` without customer, date or amount; `unreadable` when the order of month and day cannot be told.
    """
    sheet.need("customer_id", "customer")
    sheet.need("date")
    sheet.need("amount")
    customer = customer_positions(sheet, directory)
    days = check_dates(sheet, as_of)
    amount = fields.money(sheet, "amount", digits, required=True)
    blank = amount.isna().to_numpy() & ~sheet.listed
    sheet.list_rows(blank, "missing_amount", "amount", Text("金額が空白です", "The amount is blank"))
    orders = pd.DataFrame(
        {
            "customer": customer,
            "date": days,
            "amount": amount.fillna(0).astype("int64"),
            "cost": _cost(sheet, amount, digits),
            "order_id": pd.Series(fields.ids(sheet, "order_id"), dtype=object),
            "product": pd.Series(fields.labels(sheet, "product"), dtype=object),
            "channel": pd.Series(fields.labels(sheet, "channel"), dtype=object),
            "quantity": fields.numbers(sheet, "quantity"),
            "row": sheet.number,
        }
    )
    _list_repetitions(sheet, orders)
    orders = orders[~sheet.listed] if sheet.listed.any() else orders
    _note_returns(sheet, orders)
    _check_total(orders)
    order = np.lexsort((orders["date"].to_numpy(), orders["customer"].to_numpy()))
    return orders.iloc[order].reset_index(drop=True)


def customer_positions(sheet: Sheet, directory: Directory) -> Positions:
    """Return the customer's position of each row; rows without a known customer are listed and get -1."""
    places = np.full(len(sheet), UNKNOWN, np.int64)
    words = np.full(len(sheet), None, object)
    leading = np.zeros(len(sheet), bool)
    for key in ("customer_id", "customer"):
        if not sheet.has(key):
            continue
        codes, cells = unique_cells(sheet.cells(key))
        read = [fields.id_of(cell) for cell in cells]
        texts = [each if isinstance(each, str) else None for each in read] + [None]
        found = [UNKNOWN if text is None else directory.find(text) for text in texts]
        here = np.array(found, np.int64)[codes]
        said = np.array(texts, object)[codes]
        open_rows = places < 0
        # A name that several customers share does not undo an ID that is merely unknown, and the other way round.
        places = np.where(open_rows & (here != UNKNOWN), here, places)
        words = np.where(open_rows & (said != None), said, words)  # noqa: E711 - element by element
        if key == "customer_id":
            lost = [
                text is not None and at >= 0 and len(directory.ids[at]) > len(text)
                for text, at in zip(texts, found, strict=True)
            ]
            leading |= (
                np.array(lost, bool)[codes] & np.array([bool(text and text.isdigit()) for text in texts], bool)[codes]
            )
    _list_strangers(sheet, directory, places, words)
    sheet.count(
        "note", "leading_zeros", "customer_id", leading & ~sheet.listed,
        lambda ja, en: Text(f"先頭の0が落ちた顧客IDを補って照合しました: {ja}", f"Customer IDs that had lost leading zeros were matched: {en}"),
    )  # fmt: skip
    return places


def _list_strangers(sheet: Sheet, directory: Directory, places: Positions, words: Objects) -> None:
    """List the rows whose customer is blank, a line of totals, unknown or not to be told from others."""
    lost = np.flatnonzero(places < 0)
    if not len(lost):
        return
    key = "customer_id" if sheet.has("customer_id") else "customer"
    header = sheet.header(key)
    reasons: dict[object, tuple[str, Text]] = {}
    totals = set(words[lost][is_total(words[lost])])
    for row in lost.tolist():
        word = words[row]
        if word not in reasons:
            reasons[word] = ("total_row", _TOTAL) if word in totals else _stranger(directory, word, int(places[row]))
        code, reason = reasons[word]
        sheet.say("error", code, row, header, word, reason)


_TOTAL = Text("合計の行は使いません", "A line of totals is not used")


def _stranger(directory: Directory, word: str | None, place: int) -> tuple[str, Text]:
    if word is None:
        return "missing_customer", Text("顧客が空白です", "The customer is blank")
    if place == AMBIGUOUS:
        ids = [directory.ids[at] for at in directory.candidates(word)[:5]]
        return "ambiguous_customer", Text(
            f"同じ名前の顧客が複数あります(顧客ID: {'・'.join(ids)})。顧客IDで書いてください",
            f"Several customers have this name (IDs: {', '.join(ids)}); write the customer ID",
        )
    near = directory.near(word)
    return "unknown_customer", Text(
        "顧客表にない顧客です"
        + (f"(近い候補: {'・'.join(near)})" if near else "")
        + "。顧客表に足すか、名前を直してください",
        "Not in the customer table"
        + (f" (nearest: {', '.join(near)})" if near else "")
        + "; add it there or correct the name",
    )


def check_dates(sheet: Sheet, as_of: date | None) -> npt.NDArray[np.datetime64]:
    """Return the days of the column `date`; blank, unreadable and future ones are listed."""
    days = sheet.dates("date", "error")
    blank = np.isnat(days) & ~_reported(sheet, "date")
    sheet.list_rows(blank, "missing_date", "date", Text("日付が空白です", "The date is blank"))
    if as_of is not None:
        future = days > np.datetime64(as_of)
        sheet.list_rows(
            future, "future_date", "date",
            Text(f"基準日({as_of:%Y/%m/%d})より後の日付です", f"The date lies after the as-of date ({as_of:%Y-%m-%d})"),
        )  # fmt: skip
    return days


def _reported(sheet: Sheet, key: str) -> npt.NDArray[np.bool_]:
    """Return which rows already have an error in the column `key`."""
    header = sheet.header(key)
    numbers = [
        each.row
        for each in sheet.findings
        if each.severity == "error" and each.column == header and each.row is not None
    ]
    return np.isin(sheet.number, numbers) if numbers else np.zeros(len(sheet), bool)


def _cost(sheet: Sheet, amount: pd.Series[Any], digits: int) -> pd.Series[Any]:
    """Return the cost of sales: its own column, or the amount less the gross profit."""
    cost = fields.money(sheet, "cost", digits)
    if not sheet.has("gross_profit"):
        return cost
    return cost.fillna(amount - fields.money(sheet, "gross_profit", digits))


def _list_repetitions(sheet: Sheet, orders: pd.DataFrame) -> None:
    """List order rows that repeat an earlier one in every cell, where an order ID proves that they are the same order.

    Without an order ID two equal rows may be two purchases, so they are used and counted in a note. One order ID under several
    customers is a warning; several lines of one order are as usual.
    """
    open_rows = np.flatnonzero(~sheet.listed)
    raw = sheet.frame if len(open_rows) == len(sheet) else sheet.frame.iloc[open_rows]
    numbers = pd.DataFrame({at: unique_cells(raw.iloc[:, at])[0] for at in range(raw.shape[1])})
    repeated = np.zeros(len(sheet), bool)
    repeated[open_rows] = numbers.duplicated(keep="first").to_numpy()
    if not repeated.any() and not sheet.has("order_id"):
        return
    known = orders["order_id"].notna().to_numpy()
    sheet.list_rows(
        repeated & known, "duplicate_row", "order_id",
        Text("同じ取引IDの、すべての列が同じ行がすでにあります(二重の取り込み)", "A row with this order ID and the same contents came before (imported twice)"),
    )  # fmt: skip
    sheet.count(
        "note", "identical_rows", None, repeated & ~known,
        lambda ja, en: Text(
            f"すべての列が同じ行があります。取引IDがないので別の取引として使いました: {ja}",
            f"Rows equal in every column; without an order ID they were used as separate orders: {en}",
        ),
    )  # fmt: skip
    if known.any():
        used = orders[known & ~sheet.listed]
        several = used.groupby("order_id")["customer"].nunique()
        shared = set(several[several > 1].index)
        if shared:
            rows = np.fromiter((each in shared for each in orders["order_id"]), bool, len(orders)) & ~sheet.listed
            sheet.count(
                "warning", "shared_order_id", "order_id", rows,
                lambda ja, en: Text(f"1つの取引IDに複数の顧客があります: {ja}", f"One order ID stands for several customers: {en}"),
            )  # fmt: skip


def _note_returns(sheet: Sheet, orders: pd.DataFrame) -> None:
    rows = np.isin(sheet.number, orders["row"].to_numpy()[(orders["amount"] < 0).to_numpy()])
    sheet.count(
        "note", "returns", "amount", rows,
        lambda ja, en: Text(f"マイナスの金額は返品として差し引きました: {ja}", f"Negative amounts were netted as returns: {en}"),
    )  # fmt: skip


def _check_total(orders: pd.DataFrame) -> None:
    """Refuse when sums over the orders could leave 64 bits."""
    if float(orders["amount"].abs().astype("float64").sum()) >= 2.0**63 - 1025:
        raise Refusal(
            "argument",
            "金額の合計が大きすぎて正確に計算できません。単位(千円・百万円)を確かめてください",
            "The amounts add up to more than can be computed exactly; check their unit",
        )


def appearing(sheet: Sheet) -> tuple[list[str], list[str]]:
    """Return the IDs and names of the customers of an input without customer table, in the order of first appearance."""
    sheet.need("customer_id", "customer")
    id_column, name_column = fields.ids(sheet, "customer_id"), fields.names(sheet, "customer")
    has_id = pd.notna(id_column)
    keys = np.where(has_id, id_column, [None if name is None else fields.label(name) for name in name_column])
    usable = pd.notna(keys) & ~is_total(keys)
    table = pd.DataFrame({"id": keys[usable], "name": name_column[usable]}, dtype=object)
    first = table.groupby("id", sort=False)["name"].first()
    ids = [str(each) for each in first.index]
    return ids, [name if isinstance(name, str) else key for key, name in zip(ids, first.tolist(), strict=True)]


def empty(sheet: Sheet) -> Refusal:
    """Return the refusal for a table without rows."""
    title = table_text(sheet.raw.name)
    return Refusal(
        "too_little_data",
        f"{title.ja}の表({sheet.raw.source})にデータの行がありません。見出しの下にデータを入れてください",
        f"The {title.en.lower()} table ({sheet.raw.source}) has no rows; put data below its header",
    )
