"""The further tables: contacts, surveys, costs, products and leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.cleaning import fields
from engine.cleaning.customer_names import UNKNOWN
from engine.cleaning.references import customer_positions
from engine.cleaning.tables.orders import check_dates
from engine.language.errors import Text
from engine.language.words import normalise

if TYPE_CHECKING:
    from datetime import date

    from engine.cleaning.customer_names import Directory
    from engine.cleaning.table_cleaner import Sheet

_COMPLAINTS = ("クレーム", "苦情", "complaint", "claim", "不満", "トラブル")


def texts(sheet: Sheet, key: str) -> pd.Series[Any]:
    """Return a column of words to group by (object; None where blank or not there)."""
    return pd.Series(fields.labels(sheet, key), dtype=object)


def _read_customer_and_day(sheet: Sheet, directory: Directory, as_of: date | None) -> dict[str, Any]:
    """Return customer, day and row of a table whose rows belong to customers and days."""
    sheet.need("customer_id", "customer")
    sheet.need("date")
    customer = customer_positions(sheet, directory)
    return {"customer": customer, "date": check_dates(sheet, as_of), "row": sheet.number, "part": sheet.part}


def used(sheet: Sheet, columns: dict[str, Any], by: tuple[str, ...] = ("customer", "date")) -> pd.DataFrame:
    """Return the rows that are not listed as a clean table, sorted by the columns `by`; equal ones in the sheet's order.

    Parameters
    ----------
    sheet
        The table while it is cleaned.
    columns
        Name to values, one for each row of the sheet, listed ones included.
    by
        Columns to sort by; none keeps the sheet's order.
    """
    frame = pd.DataFrame(columns)[~sheet.listed]
    return frame.sort_values(list(by), kind="stable").reset_index(drop=True) if by else frame.reset_index(drop=True)


def clean_contacts(sheet: Sheet, directory: Directory, as_of: date | None) -> pd.DataFrame:
    """Return the contacts: customer, date, channel, topic, kind (`complaint` or the word as written), open, hours, row.

    Parameters
    ----------
    sheet
        The raw table; rows that are not used are listed in it.
    directory
        The customers, by ID and by name.
    as_of
        Rows after this day are listed, not used; None lets every day pass.
    """
    columns = _read_customer_and_day(sheet, directory, as_of)
    kinds = fields.labels(sheet, "kind")
    kind = ["complaint" if word and any(each in normalise(word) for each in _COMPLAINTS) else word for word in kinds]
    columns |= {
        "channel": texts(sheet, "channel"),
        "topic": texts(sheet, "topic"),
        "kind": pd.Series(kind, dtype=object),
    }
    columns |= {"open": fields.flags(sheet, "open"), "hours": fields.numbers(sheet, "hours")}
    return used(sheet, columns)


def clean_surveys(sheet: Sheet, directory: Directory, as_of: date | None) -> pd.DataFrame:
    """Return the survey answers: customer, date, item, score (float64), row; answers without a score are listed."""
    sheet.need("score")
    columns = _read_customer_and_day(sheet, directory, as_of)
    score = fields.numbers(sheet, "score")
    blank = score.isna().to_numpy() & ~sheet.listed
    sheet.list_rows(
        blank, "missing_score", "score", Text("点数がないか、数字ではありません", "The score is missing or no number")
    )
    columns |= {"item": texts(sheet, "item"), "score": score.fillna(0).to_numpy(np.float64)}
    return used(sheet, columns)


def clean_costs(sheet: Sheet, directory: Directory, digits: int, as_of: date | None) -> pd.DataFrame:
    """Return the costs: customer, date, kind, amount (int64, minor units), channel (of acquisition; None where blank), row.

    A cost whose customer is blank concerns all of them, or all of its channel: it is used, and its customer is
    `engine.cleaning.customer_names.UNKNOWN`.

    Parameters
    ----------
    sheet, directory, as_of
        As in `clean_contacts`.
    digits
        Digits of the minor unit of money.
    """
    sheet.need("date")
    sheet.need("amount")
    customer = customer_positions(sheet, directory, blank_is_common=True)
    sheet.count(
        "note", "common_cost", None, (customer == UNKNOWN) & ~sheet.listed,
        lambda ja, en: Text(f"顧客が空白の費用は全体の費用としました: {ja}", f"Costs without a customer concern them all: {en}"),
    )  # fmt: skip
    columns: dict[str, Any] = {
        "customer": customer,
        "date": check_dates(sheet, as_of),
        "row": sheet.number,
        "part": sheet.part,
    }
    amount = fields.money(sheet, "amount", digits, required=True)
    sheet.list_blank(
        amount.isna().to_numpy(), "missing_amount", "amount", Text("金額が空白です", "The amount is blank")
    )
    columns |= {"kind": texts(sheet, "kind"), "amount": amount.fillna(0).astype("int64")}
    columns["channel"] = texts(sheet, "channel")
    return used(sheet, columns)


def clean_products(sheet: Sheet, digits: int) -> pd.DataFrame:
    """Return the products: product, category, list_price (Int64, minor units), margin (Float64), row; one row per product."""
    sheet.need("product")
    product = fields.labels(sheet, "product")
    blank = pd.isna(product)
    sheet.list_rows(blank, "missing_product", "product", Text("商品が空白です", "The product is blank"))
    doubled = pd.Series(product, dtype=object).duplicated(keep="first").to_numpy() & ~blank
    sheet.list_rows(
        doubled, "duplicate_id", "product", Text("同じ商品の行がすでにあります", "The product has a row already")
    )
    columns: dict[str, Any] = {"product": pd.Series(product, dtype=object), "category": texts(sheet, "category")}
    columns |= {
        "list_price": fields.money(sheet, "list_price", digits),
        "margin": fields.rates(sheet, "margin"),
        "row": sheet.number,
        "part": sheet.part,
    }
    return used(sheet, columns, by=())


def clean_leads(sheet: Sheet, as_of: date | None) -> pd.DataFrame:
    """Return the leads: date, channel, converted (NaT while not converted), row."""
    sheet.need("date")
    columns: dict[str, Any] = {"date": check_dates(sheet, as_of), "channel": texts(sheet, "channel")}
    nothing = np.full(len(sheet), np.datetime64("NaT", "s"), "datetime64[s]")
    columns |= {
        "converted": sheet.dates("converted", "warning") if sheet.has("converted") else nothing,
        "row": sheet.number,
        "part": sheet.part,
    }
    return used(sheet, columns, by=("date",))
