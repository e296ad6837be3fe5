"""The customer table: one row per customer, double rows listed, parents resolved."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.cleaning import fields
from engine.cleaning.customer_names import AMBIGUOUS, UNKNOWN, Directory
from engine.cleaning.references import is_total
from engine.cleaning.table_cleaner import Sheet, first_of
from engine.language.districts import joined_regions
from engine.language.errors import Text
from engine.language.words import company_key, folded
from engine.reading.columns import columns
from engine.reading.raw import shown

_TEXTS: Final = ("kana", "corporate_number", "parent_id", "industry", "region", "size", "owner", "channel", "strategy")
_LEVELS: Final = ("continuity", "growth", "risk")
_DATES: Final = ("contract_start", "contract_end")
_INTEGERS: Final = ("notice_days", "overdue_days", "overdue_count")
_MONEY: Final = ("sales", "credit_limit", "potential", "deal_size")
_ORDER: Final = (
    "customer_id", "name", "kana", "corporate_number", "parent_id", "industry", "region", "size", "owner", "channel", "key_account",
    "sales", "continuity", "growth", "risk", "strategy", "contract_start", "contract_end", "notice_days", "credit_limit", "overdue_days",
    "overdue_count", "potential", "market_growth", "deal_size", "win_probability", "win_level", "row", "part",
)  # fmt: skip
_TWIN: Final = {"win_probability": ("win_level",)}  # one header, read into two columns
_TOTAL: Final = Text("合計の行は顧客ではないので使いません", "A line of totals is no customer and is not used")

Objects = npt.NDArray[np.object_]


def clean_customers(sheet: Sheet, digits: int) -> pd.DataFrame:
    """Return the clean customer table (columns: see `engine.cleaning.tables.Tables`).

    Parameters
    ----------
    sheet
        The raw table; rows that are not used are listed in it.
    digits
        Digits of the minor unit of money.

    Raises
    ------
    Refusal
        `missing_column` when there is neither a name nor an ID.
    """
    sheet.need("name", "customer_id")
    ids, names = _identify_customers(sheet)
    clean: dict[str, Any] = {"customer_id": ids, "name": names, "key_account": fields.flags(sheet, "key_account")}
    for key in _TEXTS:
        clean[key] = fields.labels(sheet, key)
    clean["region"] = _unify_regions(sheet, clean["region"])
    for key in _LEVELS:
        clean[key] = fields.levels(sheet, key)
    for key in _DATES:
        nothing = np.full(len(sheet), np.datetime64("NaT", "s"), "datetime64[s]")
        clean[key] = sheet.dates(key, "warning") if sheet.has(key) else nothing
    for key in _INTEGERS:
        clean[key] = fields.integers(sheet, key)
    for key in _MONEY:
        clean[key] = fields.money(sheet, key, digits)
    clean["market_growth"] = fields.rates(sheet, "market_growth")
    clean["win_probability"], clean["win_level"] = fields.chances(sheet, "win_probability")
    clean["row"] = pd.array(sheet.number, dtype="Int64")
    clean["part"] = pd.array(sheet.part, dtype="Int32")
    frame = pd.DataFrame({key: _keep_object_column(clean[key]) for key in _ORDER})
    _check_contract_days(sheet, frame)
    _list_double_customers(sheet, frame)
    frame = _add_further_columns(sheet, frame)[~sheet.listed].reset_index(drop=True)
    _warn_of_same_names(sheet, frame)
    _resolve_parents(sheet, frame)
    return frame


def _unify_regions(sheet: Sheet, written: Objects) -> Objects:
    """Return the regions with one name for each prefecture, and note the rows that have another name now."""
    named = np.array([*joined_regions(written.tolist()), None], object)[:-1]
    changed = np.array([before != after for before, after in zip(written, named, strict=True)], bool)
    names = sorted(set(named[changed].tolist()))
    sheet.count(
        "note", "region_spelling", "region", changed,
        lambda ja, en: Text(
            f"同じ都道府県の書き方をそろえました({first_of(names)}): {ja}",
            f"Prefectures written in several ways are taken by one name ({', '.join(names[:5])}): {en}",
        ),
    )  # fmt: skip
    return named


def _keep_object_column(values: Any) -> Any:
    """Keep texts as plain objects: pandas would turn them into its own string type, whose blank is NaN, not None."""
    return pd.Series(values, dtype=object) if isinstance(values, np.ndarray) and values.dtype.kind == "O" else values


def _identify_customers(sheet: Sheet) -> tuple[Objects, Objects]:
    """Return ID and name of each row; one stands for the other where it is blank."""
    ids, names = fields.ids(sheet, "customer_id"), fields.names(sheet, "name")
    no_id, no_name = _find_blank_words(ids), _find_blank_words(names)
    totals = np.zeros(len(sheet), bool)
    for key, words in () if sheet.raw.totals_found else (("name", names), ("customer_id", ids)):
        here = np.fromiter((is_total(word) for word in words), bool, len(words)) & ~totals
        sheet.list_rows(here, "total_row", key, _TOTAL)
        totals |= here
    sheet.list_rows(
        no_id & no_name & ~totals, "missing_customer", "name",
        Text("顧客名も顧客IDもありません。どちらかを入れてください", "Neither name nor ID; fill in one of them"),
    )  # fmt: skip
    if sheet.has("customer_id"):
        sheet.count(
            "warning", "missing_id", "customer_id", no_id & ~no_name & ~totals,
            lambda ja, en: Text(f"顧客IDが空白なので顧客名をIDとしました: {ja}", f"No customer ID, the name stands for it: {en}"),
        )  # fmt: skip
    if sheet.has("name"):
        sheet.count(
            "warning", "missing_name", "name", no_name & ~no_id & ~totals,
            lambda ja, en: Text(f"顧客名が空白なので顧客IDを名前としました: {ja}", f"No name, the customer ID stands for it: {en}"),
        )  # fmt: skip
    spoken = np.array([None if name is None else fields.label(name) for name in names], object)
    return np.where(no_id, spoken, ids), np.where(no_name, ids, names)


def _find_blank_words(words: Objects) -> npt.NDArray[np.bool_]:
    return np.fromiter((word is None for word in words), bool, len(words))


def _check_contract_days(sheet: Sheet, frame: pd.DataFrame) -> None:
    wrong = (frame["contract_end"] < frame["contract_start"]).to_numpy()
    sheet.count(
        "warning", "contract_reversed", "contract_end", wrong,
        lambda ja, en: Text(f"契約終了日が開始日より前です: {ja}", f"The contract ends before it starts: {en}"),
    )  # fmt: skip


def _list_double_customers(sheet: Sheet, frame: pd.DataFrame) -> None:
    """List every further row of an ID that has come before: the first row counts.

    Rows that say the same are a repetition; rows that differ are in conflict, and the finding names where.
    """
    ids = frame["customer_id"].tolist()
    first: dict[str, int] = {}
    for row in np.flatnonzero(~sheet.listed).tolist():
        before = first.setdefault(folded(ids[row]), row)
        if before != row:
            _report_double_customer(sheet, frame, row, before)


def _report_double_customer(sheet: Sheet, frame: pd.DataFrame, row: int, before: int) -> None:
    there = sheet.places.place(before, beside=row)
    compared = [column for column in columns("customers") if column.key != "customer_id"]
    differing = [
        each.text
        for each in compared
        for key in (each.key, *_TWIN.get(each.key, ()))
        if shown(frame[key].iloc[row]) != shown(frame[key].iloc[before])
    ]
    header = sheet.header("customer_id" if sheet.has("customer_id") else "name")
    value = str(frame["customer_id"].iloc[row])
    if not differing:
        sheet.say(
            "error", "duplicate_row", row, header, value, Text(f"{there.ja}と同じ行です", f"The same as {there.en}")
        )
        return
    ja, en = first_of(text.ja for text in differing), ", ".join(text.en for text in differing[:5])
    reason = Text(
        f"{there.ja}と同じ顧客ですが内容が違います({ja})。{there.ja}を使いました。どちらかを消してください",
        f"The same customer as {there.en} with different contents ({en}); {there.en} was used. Delete one of them",
    )
    sheet.say("error", "duplicate_id", row, header, value, reason)


def _add_further_columns(sheet: Sheet, frame: pd.DataFrame) -> pd.DataFrame:
    """Add the sheet's other columns under their own headers, as words to group by."""
    further: dict[str, Any] = {}
    for at in sheet.binding.further:
        header = sheet.raw.header[at]
        while header in frame.columns or header in further:
            header += "_2"
        codes, cells = sheet.coded_at(at)
        words = [each if isinstance(each := fields.label(cell), str) else None for cell in cells]
        further[header] = pd.Series(np.array([*words, None], object)[codes], dtype=object)
    return pd.concat([frame, pd.DataFrame(further, index=frame.index)], axis=1) if further else frame


def _warn_of_same_names(sheet: Sheet, frame: pd.DataFrame) -> None:
    """Warn of customers of one name under several IDs: perhaps one customer, never joined by us."""
    names, ids = frame["name"].tolist(), frame["customer_id"].tolist()
    places: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        places.setdefault(company_key(name), []).append(at)
    header = sheet.header("name") if sheet.has("name") else None
    for shared in places.values():
        if len(shared) > 1:
            same = [ids[at] for at in shared]
            reason = Text(
                f"同じ名前の顧客がIDを変えて{len(same)}件あります({first_of(same)})。同じ会社ならIDを1つにまとめてください",
                f"{len(same)} customers of this name have different IDs ({', '.join(same[:5])}); give one ID if they are one company",
            )
            sheet.say(
                "warning", "duplicate_name", _find_sheet_position(sheet, shared[1]), header, names[shared[1]], reason
            )


def _resolve_parents(sheet: Sheet, frame: pd.DataFrame) -> None:
    """Turn each parent (ID or name) into the parent's ID.

    A word that is no customer but is shared by several rows is the name of a group and stays; one that stands alone points nowhere
    and is left blank, as are the parents of a circle.
    """
    if not sheet.has("parent_id"):
        return
    directory = Directory(frame["customer_id"].tolist(), frame["name"].tolist())
    words = frame["parent_id"].tolist()
    counts = Counter(folded(word) for word in words if word is not None)
    parents: list[str | None] = [None] * len(words)
    above = np.full(len(words), UNKNOWN)
    for at, word in enumerate(words):
        if word is None:
            continue
        found = directory.find(word)
        if found >= 0:
            above[at] = found
            parents[at] = None if found == at else directory.ids[found]
        elif found == UNKNOWN and counts[folded(word)] > 1:
            parents[at] = word
        else:
            _warn_of_unknown_parent(sheet, frame, at, directory, found)
    for at in _find_parent_circles(above):
        parents[at] = None
        reason = Text(
            "親会社が循環しています。親IDを空白として扱いました",
            "The parents run in a circle; the parent was taken as blank",
        )
        sheet.say(
            "warning", "parent_cycle", _find_sheet_position(sheet, at), sheet.header("parent_id"), words[at], reason
        )
    frame["parent_id"] = pd.Series(parents, dtype=object)


def _warn_of_unknown_parent(sheet: Sheet, frame: pd.DataFrame, at: int, directory: Directory, found: int) -> None:
    word = str(frame["parent_id"].iloc[at])
    if found == AMBIGUOUS:
        reason = Text(
            "親会社の名前が複数の顧客に当たります。IDで書いてください。空白として扱いました",
            "Several customers have the parent's name; write its ID. The parent was taken as blank",
        )
    else:
        near = directory.near(word)
        reason = Text(
            "親会社が顧客表にありません"
            + (f"(近い候補: {'・'.join(near)})" if near else "")
            + "。空白として扱いました",
            "The parent is not in the customer table"
            + (f" (nearest: {', '.join(near)})" if near else "")
            + "; taken as blank",
        )
    sheet.say("warning", "unknown_parent", _find_sheet_position(sheet, at), sheet.header("parent_id"), word, reason)


def _find_sheet_position(sheet: Sheet, at: int) -> int:
    """Return the sheet position of the clean row `at`: the clean rows are those that are not listed, in their order."""
    return int(np.flatnonzero(~sheet.listed)[at])


def _find_parent_circles(above: npt.NDArray[np.int64]) -> list[int]:
    """Return the positions that reach themselves again by going from parent to parent; a parent of itself is no circle."""
    circle: list[int] = []
    state = np.zeros(len(above), np.int8)  # 0 not seen, 1 on the present way, 2 done
    for start in range(len(above)):
        way: list[int] = []
        at = start
        while at >= 0 and state[at] == 0:
            state[at] = 1
            way.append(at)
            at = int(above[at])
        if at >= 0 and state[at] == 1 and above[at] != at:
            circle += way[way.index(at) :]
        state[way] = 2
    return sorted(circle)


def customers_from_orders(ids: list[str], names: list[str]) -> pd.DataFrame:
    """Return the customer table of an input that has orders only, in the order of first appearance."""
    count = len(ids)
    nothing = pd.Series(np.full(count, None, object), dtype=object)
    frame: dict[str, Any] = {"customer_id": pd.Series(ids, dtype=object), "name": pd.Series(names, dtype=object)}
    frame |= dict.fromkeys((*_TEXTS, *_LEVELS), nothing)
    frame |= dict.fromkeys((*_INTEGERS, *_MONEY, "row"), pd.Series(nothing, dtype="Int64"))
    frame["part"] = pd.Series(nothing, dtype="Int32")
    frame |= dict.fromkeys(_DATES, np.full(count, np.datetime64("NaT", "s"), "datetime64[s]"))
    frame |= dict.fromkeys(("market_growth", "win_probability"), pd.Series(np.full(count, np.nan)).astype("Float64"))
    frame["win_level"] = nothing
    frame["key_account"] = np.zeros(count, bool)
    return pd.DataFrame({key: frame[key] for key in _ORDER})
