"""Changes of the customer table's own columns, read through the same door as the table."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from engine.cleaning.table_cleaner import Sheet
from engine.cleaning.tables.customers import clean_customers
from engine.language import words
from engine.language.display import date_text, money_text, number, percent
from engine.language.errors import Refusal, Text
from engine.planning.what_if.edits import refuse_share
from engine.reading.columns import Column, bind, columns
from engine.reading.raw import raw_from_block

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.planning.what_if.edits import Edit

_FIXED: Final = frozenset(("customer_id", "name", "kana", "corporate_number", "parent_id", "strategy"))
_COUNTED: Final = frozenset(("amount", "integer", "rate", "chance"))
_TWINS: Final = {"win_probability": ("win_level",)}  # one header, read into two columns: a rate or a word


def find_column(word: str) -> Column:
    """Return the column of the customer table that `word` means.

    Raises
    ------
    Refusal
        Where it means none, or one that names the customer and is no property of it.
    """
    found = bind("customers", [word]).fields
    column = next((each.column for each in found.values()), None)
    usable = [each.text for each in columns("customers") if each.key not in _FIXED]
    if column is None or column.key in _FIXED:
        items = [words.text("trial_items", code) for code in words.codes("trial_items")]
        raise Refusal(
            "argument",
            f"項目「{word}」は変えられません(使える項目: {'・'.join(dict.fromkeys(each.ja for each in items + usable))})",
            f'the item "{word}" cannot be changed (use: {", ".join(dict.fromkeys(each.en for each in items + usable))})',
        )
    return column


def read_value(column: Column, cell: object, tables: Tables) -> Any:
    """Return a cell as the customer table would read it, in minor units where it is money.

    Raises
    ------
    Refusal
        With the reader's own reason, or for another currency.
    """
    if column.kind == "amount":
        refuse_share(column.text, cell)
    block: list[list[object]] = [["顧客名", column.text.ja], ["x", cell]]
    sheet = Sheet(raw_from_block("customers", block, ""))
    row = clean_customers(sheet, tables.digits).iloc[0]
    value = next((row[key] for key in (column.key, *_TWINS.get(column.key, ())) if not pd.isna(row[key])), None)
    # A finding goes on to say that the cell was left blank; here nothing is, so that the fault itself is told.
    reasons = [each.reason for each in sheet.faults]
    reasons += [each.reason for each in sheet.findings if each.severity != "note"]
    fault = next(iter(reasons), None)
    if fault is None and value is not None:
        if column.kind == "amount" and not sheet.amounts(column.key).currencies <= {tables.currency}:
            fault = Text(f"通貨が違います({tables.currency})", f"it is in another currency than {tables.currency}")
        elif column.kind in ("amount", "integer") and value < 0:
            fault = Text(
                "負の値にはできません(減らすなら '-10% や '-500万 と文字で)",
                "it cannot be negative (to lower it, write the text -10%)",
            )
        else:
            return value
    why = fault or Text("空欄にはできません", "it cannot be blank")
    raise Refusal(
        "argument",
        f"{column.text.ja}の変更「{cell}」が使えません。{why.ja}",
        f'the change "{cell}" of {column.text.en.lower()} cannot be used: {why.en}',
    )


def change_input(tables: Tables, members: NDArray[np.bool_], column: Column, edit: Edit) -> Tables:
    """Return the tables with the column changed for each of the members; a relative change leaves blanks blank.

    Raises
    ------
    Refusal
        Where the value cannot be read, or a relative change has nothing to work on.
    """
    values = tables.customers[column.key].copy()
    if edit.kind == "set" and column.key in _TWINS:
        return _set_twin_columns(tables, members, column, read_value(column, edit.cell, tables))
    if edit.kind == "set":
        values[members] = read_value(column, edit.cell, tables)
    elif column.kind == "date" and edit.kind == "days":
        assert edit.number is not None  # noqa: S101 - read with its number
        _refuse_blank_column(column, values[members])
        values[members] = values[members] + pd.Timedelta(days=int(edit.number))
    elif column.kind in _COUNTED and edit.kind != "days":
        known = members & values.notna().to_numpy(dtype=bool)
        _refuse_blank_column(column, values[members])
        scale = Decimal(10) ** tables.digits if column.kind == "amount" else Decimal(1)
        values[known] = [
            _round_to_column_kind(column, edit.on(Decimal(str(old)), scale), edit) for old in values[known]
        ]
    else:
        raise Refusal(
            "argument",
            f"{column.text.ja}は「{edit.written}」のようには変えられません。新しい値を書いてください",
            f'{column.text.en} cannot be changed by "{edit.written}"; write the new value',
        )
    return replace(tables, customers=tables.customers.assign(**{column.key: values}))


def _set_twin_columns(tables: Tables, members: NDArray[np.bool_], column: Column, value: Any) -> Tables:
    """Set a column that is read into two: the one that holds the value, the other blank."""
    word = isinstance(value, str)
    rates, levels = tables.customers[column.key].copy(), tables.customers[_TWINS[column.key][0]].copy()
    rates[members], levels[members] = (pd.NA, value) if word else (value, None)
    changed = {column.key: rates, _TWINS[column.key][0]: levels}
    return replace(tables, customers=tables.customers.assign(**changed))


def _round_to_column_kind(column: Column, new: Decimal, edit: Edit) -> float | int:
    if column.kind == "chance":
        return float(min(max(new, Decimal(0)), Decimal(1)))
    if column.kind == "rate":
        return float(new)
    whole = int(new.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if whole < 0:
        raise Refusal(
            "argument",
            f"{column.text.ja}は「{edit.written}」で負になります",
            f'{column.text.en} would become negative by "{edit.written}"',
        )
    return whole


def _refuse_blank_column(column: Column, values: pd.Series) -> None:
    if not values.notna().any():
        raise Refusal(
            "argument",
            f"{column.text.ja}の今の値が空欄なので、増減では変えられません。新しい値を書いてください",
            f"{column.text.en} is blank now and cannot be raised or lowered; write the new value",
        )


def shown_value(column: Column, value: Any, tables: Tables) -> Text:
    """Return a value of the customer table as people write it; 空欄 where it is missing."""
    if value is None or pd.isna(value):
        return Text("空欄", "blank")
    if column.kind == "amount":
        minor = float(value)
        return Text(*(money_text(minor, tables.currency, tables.digits, lang) for lang in ("ja", "en")))
    if column.kind == "level":
        return words.text("levels", str(value))
    if column.kind == "date":
        day = pd.Timestamp(value).date()
        return Text(date_text(day, "ja"), date_text(day, "en"))
    if column.kind in ("rate", "chance"):
        return Text(percent(float(value), "ja"), percent(float(value), "en"))
    if column.kind == "flag":
        return Text("○", "yes") if value else Text("空欄", "no")
    if column.kind == "integer":
        return Text(number(float(value), "ja"), number(float(value), "en"))
    return Text(str(value), str(value))
