"""What people plan, decide and compare: account plans, actions and benchmarks. No score depends on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.cleaning import fields
from engine.cleaning.customer_names import UNKNOWN
from engine.cleaning.references import customer_positions
from engine.cleaning.tables.orders import check_dates
from engine.cleaning.tables.others import texts, used
from engine.language import words
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import numpy.typing as npt

    from engine.cleaning.customer_names import Directory
    from engine.cleaning.table_cleaner import Sheet

_FREE: Final = ("goal", "needs", "solution", "value_offer", "people", "risk_note")
_RATES: Final = frozenset(
    ("share", "margin_rate", "growth", "cr1", "cr3", "cr5", "retention", "repurchase", "churn", "grr", "nrr")
)
_HIGHEST_RATE: Final = 3.0
"""A rate above 300 % is a percentage without its sign (35 for 35 %), or 105 for an NRR of 105 %: not guessed."""


def clean_planning(
    sheets: Mapping[str, Sheet], directory: Directory, digits: int, as_of: date | None
) -> dict[str, pd.DataFrame]:
    """Return those of the three tables that are given, by their keys.

    Parameters
    ----------
    sheets
        Table key to raw table, other tables too; rows that are not used are listed in them.
    directory
        The customers, by ID and by name.
    digits
        Digits of the minor unit of money.
    as_of
        Actions and benchmarks dated after this day are listed, not used; None lets every day pass.
    """
    frames: dict[str, pd.DataFrame] = {}
    if "plans" in sheets:
        frames["plans"] = clean_plans(sheets["plans"], directory, digits)
    if "actions" in sheets:
        frames["actions"] = clean_actions(sheets["actions"], directory, as_of)
    if "benchmarks" in sheets:
        frames["benchmarks"] = clean_benchmarks(sheets["benchmarks"], as_of)
    return frames


def clean_plans(sheet: Sheet, directory: Directory, digits: int) -> pd.DataFrame:
    """Return the account plans, one per customer, sorted by customer.

    Returns
    -------
    pandas.DataFrame
        customer (position), goal, needs, solution, value_offer, people, risk_note (free text as written, None where
        blank), target_sales (Int64, minor units, of the next twelve months), review (datetime64[s], NaT where blank),
        owner, row. A second plan of a customer is listed.
    """
    sheet.need("customer_id", "customer")
    customer = customer_positions(sheet, directory)
    doubled = pd.Series(customer).duplicated(keep="first").to_numpy() & (customer >= 0)
    sheet.list_rows(
        doubled & ~sheet.listed, "duplicate_id", "customer_id" if sheet.has("customer_id") else "customer",
        Text("同じ顧客のプランの行がすでにあります", "The customer has a plan already"),
    )  # fmt: skip
    columns: dict[str, Any] = {"customer": customer}
    columns |= {key: pd.Series(fields.names(sheet, key), dtype=object) for key in _FREE}
    columns |= {
        "target_sales": fields.money(sheet, "target_sales", digits),
        "review": _read_optional_days(sheet, "review"),
    }
    columns |= {"owner": texts(sheet, "owner"), "row": sheet.number, "part": sheet.part}
    return used(sheet, columns, by=("customer",))


def clean_actions(sheet: Sheet, directory: Directory, as_of: date | None) -> pd.DataFrame:
    """Return the actions and decisions, sorted by customer and day; those of the whole portfolio come first.

    Returns
    -------
    pandas.DataFrame
        action_id (None where blank), date (raised; datetime64[s], NaT where blank), customer (position;
        `engine.cleaning.customer_names.UNKNOWN` where blank: the whole portfolio is meant), what (never blank), kind (`decision`,
        `action`), owner, due, status (`open`, `doing`, `done`, `dropped`), result, closed (datetime64[s]), run (the
        handle that the decision was taken on), row.

    Notes
    -----
    A blank kind is an action; a blank status is `done` where there is a day of completion, else `open`. Rows without
    what is to be done, and those raised after `as_of`, are listed.
    """
    sheet.need("what")
    columns: dict[str, Any] = {"action_id": pd.Series(fields.ids(sheet, "action_id"), dtype=object)}
    columns |= {"date": _read_raised_days(sheet, as_of), "customer": _find_customers_or_all(sheet, directory)}
    what = fields.names(sheet, "what")
    sheet.list_blank(pd.isna(what), "missing_what", "what", Text("内容が空白です", "What is to be done is blank"))
    closed = _read_optional_days(sheet, "closed")
    kind, status = fields.codes(sheet, "kind", "action_kinds"), fields.codes(sheet, "status", "action_states")
    status = np.where(pd.isna(status), np.where(np.isnat(closed), "open", "done"), status)
    _warn_of_unlikely_closing(sheet, status, closed, as_of)
    _warn_of_repeated_action_id(sheet, columns["action_id"])
    columns |= {
        "what": pd.Series(what, dtype=object),
        "kind": pd.Series(np.where(pd.isna(kind), "action", kind), dtype=object),
        "owner": texts(sheet, "owner"),
        "due": _read_optional_days(sheet, "due"),
        "status": pd.Series(status, dtype=object),
        "result": pd.Series(fields.names(sheet, "result"), dtype=object),
        "closed": closed,
        "run": pd.Series(fields.ids(sheet, "run"), dtype=object),
        "row": sheet.number,
        "part": sheet.part,
    }
    return used(sheet, columns)


def clean_benchmarks(sheet: Sheet, as_of: date | None) -> pd.DataFrame:
    """Return the benchmarks in the order of the sheet.

    Returns
    -------
    pandas.DataFrame
        who, measure (a code of `benchmark_measures`, or the word as written where the product has no such figure), by
        (a code of `dimensions`, the word as written, or None), item (None where the whole is meant), value (float64;
        rates as fractions), source, date (datetime64[s]), row. A row without who, measure, value, source or date is
        listed: a figure of others is worth what its source is worth.
    """
    for key in ("who", "measure", "value", "source", "date"):
        sheet.need(key)
    who, source, measure = (fields.names(sheet, key) for key in ("who", "source", "measure"))
    for key, cells, name in (
        ("who", who, Text("比較先", "whom it is compared with")),
        ("measure", measure, Text("指標", "the measure")),
        ("source", source, Text("出典", "the source")),
    ):
        reason = Text(f"{name.ja}が空白です。比較には使いません", f"Without {name.en} the row is not compared")
        sheet.list_blank(pd.isna(cells), f"missing_{key}", key, reason)
    columns: dict[str, Any] = {"who": pd.Series(who, dtype=object)}
    codes = np.array([word and (words.find("benchmark_measures", word) or word) for word in measure], dtype=object)
    columns |= {"measure": pd.Series(codes, dtype=object)}
    by = [word and (words.find("dimensions", word) or word) for word in fields.labels(sheet, "by")]
    columns |= {
        "by": pd.Series(by, dtype=object),
        "item": texts(sheet, "item"),
        "value": _read_benchmark_values(sheet, codes),
    }
    columns |= {
        "source": pd.Series(source, dtype=object),
        "date": check_dates(sheet, as_of),
        "row": sheet.number,
        "part": sheet.part,
    }
    return used(sheet, columns, by=())


def _read_benchmark_values(sheet: Sheet, codes: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Return the figures; blank and unreadable ones, and rates that may be percentages without their sign, are listed."""
    value = fields.figures(sheet, "value").to_numpy(np.float64, na_value=np.nan)
    missing = Text("値がないか、数字ではありません", "The value is missing or no number")
    sheet.list_rows(np.isnan(value) & ~sheet.listed, "missing_value", "value", missing)
    rate = np.isin(codes.astype(str), list(_RATES))
    unclear = Text("割合は 35% または 0.35 のように書いてください", "Write a rate as 35% or 0.35")
    sheet.list_rows(rate & (np.abs(value) > _HIGHEST_RATE) & ~sheet.listed, "unreadable_rate", "value", unclear)
    return np.asarray(np.nan_to_num(value), dtype=np.float64)


def _read_optional_days(sheet: Sheet, key: str) -> npt.NDArray[np.datetime64]:
    """Return the days of an optional column; NaT where blank, faulty or not there."""
    nothing = np.full(len(sheet), np.datetime64("NaT", "s"), "datetime64[s]")
    return sheet.dates(key, "warning") if sheet.has(key) else nothing


def _read_raised_days(sheet: Sheet, as_of: date | None) -> npt.NDArray[np.datetime64]:
    days = _read_optional_days(sheet, "date")
    if as_of is not None and sheet.has("date"):
        reason = Text(f"基準日({as_of:%Y/%m/%d})より後の起票です", f"Raised after the as-of date ({as_of:%Y-%m-%d})")
        sheet.list_rows(days > np.datetime64(as_of), "future_date", "date", reason)
    return days


def _find_customers_or_all(sheet: Sheet, directory: Directory) -> npt.NDArray[np.int64]:
    if not (sheet.has("customer_id") or sheet.has("customer")):
        return np.full(len(sheet), UNKNOWN, np.int64)
    return customer_positions(sheet, directory, blank_is_common=True)


def _warn_of_unlikely_closing(
    sheet: Sheet, status: npt.NDArray[np.object_], closed: npt.NDArray[np.datetime64], as_of: date | None
) -> None:
    """Warn of days of completion that do not fit; they are kept as typed."""
    sheet.count(
        "warning", "closed_but_open", "closed", ~np.isnat(closed) & np.isin(status.astype(str), ["open", "doing"]),
        lambda ja, en: Text(f"完了日があるのに完了になっていません: {ja}", f"There is a day of completion, but the status is open: {en}"),
    )  # fmt: skip
    if as_of is not None:
        sheet.count(
            "warning", "future_date", "closed", closed > np.datetime64(as_of),
            lambda ja, en: Text(f"完了日が基準日より後です: {ja}", f"Closed after the as-of date: {en}"),
        )  # fmt: skip


def _warn_of_repeated_action_id(sheet: Sheet, ids: pd.Series[Any]) -> None:
    doubled = ids.duplicated(keep="first").to_numpy() & ids.notna().to_numpy()
    sheet.count(
        "warning", "duplicate_id", "action_id", doubled,
        lambda ja, en: Text(f"同じアクションIDの行がすでにあります: {ja}", f"An earlier row has the same action ID: {en}"),
    )  # fmt: skip
