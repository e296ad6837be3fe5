"""The 設定 sheet: rows of key and value that change the definition."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from engine.definition.definition import Definition
from engine.language.dates import parse_date
from engine.language.errors import Refusal
from engine.language.words import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHEETS: Final = frozenset(map(normalise, ("設定", "settings", "definition", "定義")))
_KEYS: Final = frozenset(map(normalise, ("key", "キー", "項目キー", "設定キー", "定義キー")))
_VALUES: Final = frozenset(map(normalise, ("value", "値", "設定値")))


def is_settings(sheet: str) -> bool:
    """Return whether a sheet of this name holds the definition."""
    return normalise(sheet) in _SHEETS


def definition_from_block(
    block: Sequence[Sequence[object]],
    base: Definition | None = None,
    *,
    date1904: bool = False,
    sheet: str | None = None,
) -> Definition:
    """Return `base` (the built-in definition when None) changed by the rows of a 設定 table.

    Parameters
    ----------
    block
        Rows of cells. Where a row holds the headers キー and 値 (key and value), the rows below it are read and what
        stands above is passed over; without such headers the first two columns of every row are key and value.
    date1904
        Whether serial dates count from 1904.
    sheet
        The sheet's name, where a whole sheet is read: it must then hold the headers.

    Raises
    ------
    Refusal
        `missing_definition` for a sheet without the headers, fewer than two columns, an unknown key or a value that does not fit.
    """
    rows = [list(row) for row in block]
    found = next(((number, places) for number, row in enumerate(rows) if (places := _find_key_and_value(row))), None)
    if found is None and sheet is not None:
        raise Refusal(
            "missing_definition",
            f"シート「{sheet}」に見出し「キー」と「値」の列が見つかりません",
            f'the sheet "{sheet}" has no columns headed "Key" and "Value"',
        )
    if found is None:
        if rows and len(rows[0]) < 2:
            raise Refusal(
                "missing_definition",
                "定義の範囲にはキーと値の2列が必要です",
                "the range of the definition needs two columns, key and value",
            )
        start, (key, value) = 0, (0, 1)
    else:
        start, (key, value) = found[0] + 1, found[1]
    pairs = [_read_setting(row[key], row[value], date1904) for row in rows[start:] if len(row) > max(key, value)]
    return Definition.from_rows(pairs, base)


def entry_place(block: Sequence[Sequence[object]], key: str) -> tuple[int, int] | None:
    """Return where the value of an entry stands in a 設定 table: its row and column in `block`, from 0; None without it.

    Of several rows with the key the last one is meant, as `definition_from_block` takes that.

    Parameters
    ----------
    block
        The cells of the sheet; the row with the headers may stand anywhere.
    key
        As in the definition, such as `general.as_of`.
    """
    start = next(((number, places) for number, row in enumerate(block) if (places := _find_key_and_value(row))), None)
    if start is None:
        return None
    number, (key_column, value_column) = start
    found = [
        row
        for row in range(number + 1, len(block))
        if len(block[row]) > key_column and str(block[row][key_column] or "").strip() == key
    ]
    return (found[-1], value_column) if found else None


def _find_key_and_value(row: Sequence[object]) -> tuple[int, int] | None:
    """Return the places of the key and value columns, where this row holds both headers."""
    words = [normalise(str(cell)) if cell is not None else "" for cell in row]
    keys = [place for place, word in enumerate(words) if word in _KEYS]
    values = [place for place, word in enumerate(words) if word in _VALUES]
    return (keys[0], values[0]) if keys and values else None


def _read_setting(key: object, value: object, date1904: bool) -> tuple[str, object]:
    name = str(key or "").strip()
    if name != "general.as_of" or value is None or not str(value).strip():
        return name, value
    day = parse_date(value, date1904)
    if not isinstance(day, date):
        raise Refusal(
            "missing_definition",
            f"基準日「{value}」は日付として読めません(例: 2026/9/30、令和8年9月30日)",
            f'the as-of date "{value}" cannot be read as a date (for example: 2026-09-30)',
        )
    return name, day
