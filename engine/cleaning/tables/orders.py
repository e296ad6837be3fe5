"""The order table: one row per order line, with its customer, day and net amount."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.cleaning import fields
from engine.cleaning.tables.overlaps import warn_overlaps
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from datetime import date

    from engine.cleaning.table_cleaner import Sheet

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_LARGEST_KEY: Final = 2**62


def need_order_columns(sheet: Sheet) -> None:
    """Refuse an order table without customer, date or amount (`missing_column`)."""
    sheet.need("customer_id", "customer")
    sheet.need("date")
    sheet.need("amount")


def clean_orders(sheet: Sheet, customer: Positions, digits: int, as_of: date | None) -> pd.DataFrame:
    """Return the clean orders, sorted by customer and date, equal ones in the order of the sheet.

    Parameters
    ----------
    sheet
        The raw table; rows that are not used are listed in it.
    customer
        Position of each row's customer; rows without one are listed already.
    digits
        Digits of the minor unit of money.
    as_of
        Orders after this day are listed, not used; None lets every day pass.

    Raises
    ------
    Refusal
        `unreadable` when the order of month and day cannot be told, `argument` when the amounts add up to too much.
    """
    days = check_dates(sheet, as_of)
    amount = fields.money(sheet, "amount", digits, required=True)
    sheet.list_blank(
        amount.isna().to_numpy(), "missing_amount", "amount", Text("金額が空白です", "The amount is blank")
    )
    _list_repeated_orders(sheet, customer)
    minor = amount.fillna(0).astype("int64").to_numpy()
    sheet.count(
        "note", "returns", "amount", (minor < 0) & ~sheet.listed,
        lambda ja, en: Text(f"マイナスの金額は返品として差し引きました: {ja}", f"Negative amounts were netted as returns: {en}"),
    )  # fmt: skip
    _check_sum_fits(minor)
    codes = sheet.coded("order_id")[0] if sheet.has("order_id") else np.full(len(sheet), -1, np.int64)
    warn_overlaps(sheet, customer, days, minor.astype(np.int64, copy=False), codes < 0)
    columns: dict[str, Any] = {
        "customer": customer,
        "date": days,
        "amount": minor,
        "cost": _derive_cost(sheet, amount, digits),
        "order_id": pd.Series(fields.ids(sheet, "order_id"), dtype=object),
        "product": pd.Series(fields.labels(sheet, "product"), dtype=object),
        "channel": pd.Series(fields.labels(sheet, "channel"), dtype=object),
        "quantity": fields.numbers(sheet, "quantity"),
        "row": sheet.number,
        "part": sheet.part,
    }
    used = np.flatnonzero(~sheet.listed)
    order = used[np.lexsort((days[used], customer[used]))]
    return pd.DataFrame(
        {
            key: values[order] if isinstance(values, np.ndarray) else values.take(order).array
            for key, values in columns.items()
        }
    )


def check_dates(sheet: Sheet, as_of: date | None) -> npt.NDArray[np.datetime64]:
    """Return the days of the column `date`; blank, unreadable and future ones are listed.

    Parameters
    ----------
    sheet
        The table; rows that are not used are listed in it.
    as_of
        Days after it are listed, the day itself is used; None lets every day pass.
    """
    days = sheet.dates("date", "error")
    sheet.list_blank(np.isnat(days), "missing_date", "date", Text("日付が空白です", "The date is blank"))
    if as_of is not None:
        future = days > np.datetime64(as_of)
        sheet.list_rows(
            future, "future_date", "date",
            Text(f"基準日({as_of:%Y/%m/%d})より後の日付です", f"The date lies after the as-of date ({as_of:%Y-%m-%d})"),
        )  # fmt: skip
    return days


def _derive_cost(sheet: Sheet, amount: pd.Series[Any], digits: int) -> pd.Series[Any]:
    """Return the cost of sales: its own column, or the amount less the gross profit."""
    cost = fields.money(sheet, "cost", digits)
    if not sheet.has("gross_profit"):
        return cost
    return cost.fillna(amount - fields.money(sheet, "gross_profit", digits))


def _list_repeated_orders(sheet: Sheet, customer: Positions) -> None:
    """List order rows that repeat an earlier one in every cell, where an order ID proves that they are the same order.

    Without an order ID two equal rows may be two purchases, so they are used and counted in a note. One order ID under several
    customers is a warning; several lines of one order are as usual.
    """
    codes = sheet.coded("order_id")[0] if sheet.has("order_id") else np.full(len(sheet), -1, np.int64)
    open_rows = ~sheet.listed
    candidates = np.flatnonzero(open_rows & ((codes < 0) | _find_shared_order_ids(codes, open_rows)))
    repeated = np.zeros(len(sheet), bool)
    repeated[candidates] = _find_repeated_rows(sheet, candidates)
    if (repeated & (codes >= 0)).any():
        sheet.list_rows(
            repeated & (codes >= 0), "duplicate_row", "order_id",
            Text(
                "同じ取引IDで、すべての列が同じ行がすでにあります(二重の取り込み)",
                "A row with this order ID and the same contents came before (imported twice)",
            ),
        )  # fmt: skip
    sheet.count(
        "note", "identical_rows", None, repeated & (codes < 0),
        lambda ja, en: Text(
            f"すべての列が同じ行があります。取引IDがないので別の取引として使いました: {ja}",
            f"Rows equal in every column; without an order ID they were used as separate orders: {en}",
        ),
    )  # fmt: skip
    _warn_of_shared_order_ids(sheet, codes, customer)


def _find_shared_order_ids(codes: Positions, open_rows: Mask) -> Mask:
    counts = np.bincount(codes[open_rows & (codes >= 0)], minlength=1)
    twice: Mask = counts[codes.clip(0, len(counts) - 1)] > 1
    return twice & (codes >= 0)


def _find_repeated_rows(sheet: Sheet, rows: Positions) -> Mask:
    """Return which of the rows equal an earlier one of them in every column."""
    key, size = np.zeros(len(rows), np.int64), 1
    for at in range(sheet.frame.shape[1]):
        codes = sheet.coded_at(at)[0][rows]
        width = int(codes.max(initial=-1)) + 2
        if size * width > _LARGEST_KEY:  # number the combinations anew: there are never more of them than rows
            key = pd.factorize(key)[0]
            size = len(rows)
        key, size = key * width + codes + 1, size * width
    repeated: Mask = pd.Series(key).duplicated(keep="first").to_numpy(dtype=bool)
    return repeated


def _warn_of_shared_order_ids(sheet: Sheet, codes: Positions, customer: Positions) -> None:
    used = np.flatnonzero(~sheet.listed & (codes >= 0))
    if not len(used):
        return
    first = np.empty(int(codes.max()) + 1, np.int64)
    first[codes[used][::-1]] = customer[used][::-1]  # the first row of each order is written last
    shared = np.zeros(len(sheet), bool)
    shared[used] = first[codes[used]] != customer[used]
    sheet.count(
        "warning", "shared_order_id", "order_id", shared,
        lambda ja, en: Text(f"1つの取引IDに複数の顧客があります: {ja}", f"One order ID stands for several customers: {en}"),
    )  # fmt: skip


def _check_sum_fits(minor: npt.NDArray[Any]) -> None:
    """Refuse when sums over the orders could leave 64 bits."""
    if float(np.abs(minor).sum(dtype=np.float64)) >= 2.0**63 - 2**12:
        raise Refusal(
            "argument",
            "金額の合計が大きすぎて正確に計算できません。単位(千円・百万円)を確かめてください",
            "The amounts add up to more than can be computed exactly; check their unit",
        )
