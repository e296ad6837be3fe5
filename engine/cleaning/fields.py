"""Cells of one kind, read column by column: words, IDs, whole numbers, rates, levels, flags."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.language import words
from engine.language.amounts import HUGE, Amount, parse_amount
from engine.language.distinct_cells import BLANK_WORDS, Fault, is_formula, plain
from engine.language.errors import Text
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.cleaning.table_cleaner import Sheet

Objects = npt.NDArray[np.object_]

_COUNTERS: Final = re.compile(r"(?:日間?|回|件|点|個|人|名|時間|分|days?|times|hours?|hrs?|h|pts?|points?)$")
# Most IDs are plain and need no more than this one look; a full stop may be the ".0" of a number.
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

_NOT_NUMBER: Final = Fault("unreadable_number", Text("数字として読めません", "Not a number"))
_NOT_WHOLE: Final = Fault("unreadable_number", Text("整数で書いてください", "Write a whole number"))
_NOT_FLAG: Final = Fault("unreadable_flag", Text("○ か空白(または はい/いいえ)で書いてください", "Write yes or no"))
_NOT_LEVEL: Final = Fault("unknown_level", Text("高・中・低のいずれかで書いてください", "Write High, Medium or Low"))
_NOT_CHANCE: Final = Fault(
    "unreadable_rate",
    Text(
        "確率として読めません。高・中・低、または 60% のように書いてください",
        "Not a chance; write High, Medium, Low or 60%",
    ),
)
_NOT_RATE: Final = Fault(
    "unreadable_rate",
    Text("割合として読めません。5% または 0.05 のように書いてください", "Not a rate; write 5% or 0.05"),
)


def _read_each_cell(sheet: Sheet, key: str, read: Callable[[Any], object]) -> Objects:
    """Return the column read cell by different cell; None where blank or faulty, faults reported as warnings."""
    codes, cells = sheet.coded(key)
    found = [read(cell) for cell in cells]
    bad = {at: each for at, each in enumerate(found) if isinstance(each, Fault)}
    if bad:
        rows = np.flatnonzero(np.isin(codes, list(bad))).tolist()
        sheet.report(key, {row: bad[int(codes[row])] for row in rows}, "warning")
    values = np.empty(len(found) + 1, object)  # the last place, None, answers code -1
    values[: len(found)] = [None if isinstance(each, Fault) else each for each in found]
    return values[codes]


def label(cell: object) -> str | Fault | None:
    """Return a cell as a word to group by: half-width, single spaces, 1.0 as 1; None when blank."""
    text = cell if isinstance(cell, str) else shown(cell)
    if text[:1] in ("=", "#") and (fault := _find_formula_fault(text)):
        return fault
    return " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).split()) or None


def _find_formula_fault(text: str) -> Fault | None:
    """Return the fault of a formula without its result or with an Excel error."""
    found = parse_amount(text)
    return found if isinstance(found, Fault) and found.code.startswith("formula") else None


def name_of(cell: object) -> str | Fault | None:
    """Return a name as it was written, without the white space around it."""
    text = cell if isinstance(cell, str) else shown(cell)
    return (_find_formula_fault(text) if text[:1] in ("=", "#") else None) or " ".join(text.split()) or None


def id_of(cell: object) -> str | Fault | None:
    """Return an ID as text: half-width, trimmed, 1.0 as 1; None when blank."""
    if isinstance(cell, str):
        if _PLAIN_ID.fullmatch(cell):
            return cell
    elif isinstance(cell, bool | np.bool_):
        return str(cell).upper()
    found = label(cell)
    if isinstance(found, str) and found.endswith(".0") and found[:-2].isdigit():
        return found[:-2]
    return found


def labels(sheet: Sheet, key: str) -> Objects:
    """Return a column of words to group by (object; None where blank or not there)."""
    return _read_each_cell(sheet, key, label) if sheet.has(key) else np.full(len(sheet), None, object)


def names(sheet: Sheet, key: str) -> Objects:
    """Return a column of names (object; None where blank or not there)."""
    return _read_each_cell(sheet, key, name_of) if sheet.has(key) else np.full(len(sheet), None, object)


def ids(sheet: Sheet, key: str) -> Objects:
    """Return a column of IDs (object; None where blank or not there)."""
    return _read_each_cell(sheet, key, id_of) if sheet.has(key) else np.full(len(sheet), None, object)


def _read_decimal(cell: object) -> Decimal | Fault | None:
    found = parse_amount(_COUNTERS.sub("", plain(cell)) if isinstance(cell, str) and not is_formula(cell) else cell)
    if isinstance(found, Fault):
        return found if found.code in ("formula_without_value", "formula_error") else _NOT_NUMBER
    return found.number if isinstance(found, Amount) else None


def _read_whole_number(cell: object) -> int | Fault | None:
    found = _read_decimal(cell)
    if not isinstance(found, Decimal):
        return found
    return int(found) if found == found.to_integral_value() and abs(found) < 10**15 else _NOT_WHOLE


def _read_rate_cell(cell: object) -> float | Fault | None:
    percent = isinstance(cell, str) and plain(cell)[-1:] == "%"
    found = _read_decimal(plain(str(cell))[:-1] if percent else cell)
    if not isinstance(found, Decimal):
        return _NOT_RATE if isinstance(found, Fault) and found is _NOT_NUMBER else found
    if percent:
        return float(found / 100)
    return float(found) if abs(found) <= 1 else _NOT_RATE  # 5 may be 5 % or 500 %: not guessed


def _read_level_cell(cell: object) -> str | Fault | None:
    found = label(cell)
    if not isinstance(found, str) or plain(found) in BLANK_WORDS:
        return found if isinstance(found, Fault) else None
    code = words.find("levels", found)
    return _NOT_LEVEL if code is None else None if code == "unknown" else code


def _read_chance_cell(cell: object) -> str | float | Fault | None:
    """Return a level code where the cell holds a word, else a rate from 0 to 1."""
    level = _read_level_cell(cell)
    if not isinstance(level, Fault):
        return level
    found = _read_rate_cell(cell)
    known = found is None or (isinstance(found, float) and 0 <= found <= 1)
    return found if known or (isinstance(found, Fault) and found.code.startswith("formula")) else _NOT_CHANCE


@cache
def _load_flag_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words for yes and those for no."""
    document = tomllib.loads(files("engine.cleaning").joinpath("flags.toml").read_text(encoding="utf-8"))
    return frozenset(document["yes"]), frozenset(document["no"])


def _read_flag_cell(cell: object) -> bool | Fault | None:
    found = label(cell)
    if isinstance(found, Fault):
        return found
    text = words.normalise(found or "")
    yes, no = _load_flag_words()
    return True if text in yes else False if text in no else _NOT_FLAG


def integers(sheet: Sheet, key: str) -> pd.Series[Any]:
    """Return a column of whole numbers (Int64; NA where blank, faulty or not there)."""
    values = _read_each_cell(sheet, key, _read_whole_number) if sheet.has(key) else np.full(len(sheet), None, object)
    return pd.Series(values, dtype="Int64")


def numbers(sheet: Sheet, key: str) -> pd.Series[Any]:
    """Return a column of numbers (Float64; NA where blank, faulty or not there)."""
    if sheet.has(key) and sheet.cells(key).dtype.kind in "if":
        return pd.Series(sheet.cells(key).to_numpy(dtype=np.float64, na_value=np.nan)).astype("Float64")

    def read(cell: object) -> float | Fault | None:
        found = _read_decimal(cell)
        return float(found) if isinstance(found, Decimal) else found

    values = _read_each_cell(sheet, key, read) if sheet.has(key) else np.full(len(sheet), None, object)
    return pd.Series(values.astype(np.float64)).astype("Float64")


def rates(sheet: Sheet, key: str) -> pd.Series[Any]:
    """Return a column of rates (Float64, 0.05 = 5 %; NA where blank, faulty or not there)."""
    values = _read_each_cell(sheet, key, _read_rate_cell) if sheet.has(key) else np.full(len(sheet), None, object)
    return pd.Series(values.astype(np.float64)).astype("Float64")


def chances(sheet: Sheet, key: str) -> tuple[pd.Series[Any], Objects]:
    """Return a column of chances, told as rates (Float64, 0–1) or as level codes: one of the two, the other is missing."""
    values = _read_each_cell(sheet, key, _read_chance_cell) if sheet.has(key) else np.full(len(sheet), None, object)
    told = np.fromiter((isinstance(value, str) for value in values), bool, len(values))
    rate, word = values.copy(), values.copy()
    rate[told], word[~told] = None, None
    return pd.Series(rate.astype(np.float64)).astype("Float64"), word


def levels(sheet: Sheet, key: str) -> Objects:
    """Return a column of level codes: high, mid, low; None where blank, unknown, faulty or not there."""
    return _read_each_cell(sheet, key, _read_level_cell) if sheet.has(key) else np.full(len(sheet), None, object)


def codes(sheet: Sheet, key: str, kind: str) -> Objects:
    """Return a column of words of the vocabulary's `kind` as codes (object; None where blank, unknown or not there)."""
    usable = [words.text(kind, code) for code in words.codes(kind)]
    unknown = Fault(
        "unknown_word",
        Text(
            f"{'・'.join(each.ja for each in usable)} のいずれかで書いてください",
            f"Write one of: {', '.join(each.en for each in usable)}",
        ),
    )

    def read(cell: object) -> str | Fault | None:
        found = label(cell)
        if not isinstance(found, str) or plain(found) in BLANK_WORDS:
            return found if isinstance(found, Fault) else None
        return words.find(kind, found) or unknown

    return _read_each_cell(sheet, key, read) if sheet.has(key) else np.full(len(sheet), None, object)


def figures(sheet: Sheet, key: str) -> pd.Series[Any]:
    """Return a column of numbers that may be percentages (Float64; 35% is 0.35; NA where blank, faulty or not there)."""

    def read(cell: object) -> float | Fault | None:
        percent = isinstance(cell, str) and plain(cell)[-1:] == "%"
        found = _read_decimal(plain(str(cell))[:-1] if percent else cell)
        return float(found / 100 if percent else found) if isinstance(found, Decimal) else found

    values = _read_each_cell(sheet, key, read) if sheet.has(key) else np.full(len(sheet), None, object)
    return pd.Series(values.astype(np.float64)).astype("Float64")


def flags(sheet: Sheet, key: str) -> npt.NDArray[np.bool_]:
    """Return a column of flags (bool; False where blank, faulty or not there)."""
    if not sheet.has(key):
        return np.zeros(len(sheet), bool)
    return np.fromiter((each is True for each in _read_each_cell(sheet, key, _read_flag_cell)), bool, len(sheet))


def money(sheet: Sheet, key: str, digits: int, required: bool = False) -> pd.Series[Any]:
    """Return a column of money in minor units (Int64; NA where blank, faulty or not there).

    Parameters
    ----------
    digits
        Digits of the minor unit.
    required
        Whether a faulty cell lists its row (`error`) or is taken as blank with a warning.
    """
    if not sheet.has(key):
        return pd.Series(np.full(len(sheet), None, object), dtype="Int64")
    column = sheet.amounts(key)
    minor, rounded, huge = column.to_minor(digits)
    faults = dict(column.faults)
    if huge.any():
        faults |= dict.fromkeys(np.flatnonzero(huge).tolist(), HUGE)
    sheet.report(key, faults, "error" if required else "warning")
    sheet.count(
        "note", "rounded_amount", key, rounded,
        lambda ja, en: Text(
            f"最小単位より細かい金額を丸めました(偶数丸め): {ja}", f"More precise than the minor unit, rounded half to even: {en}"
        ),
    )  # fmt: skip
    return pd.Series(pd.arrays.IntegerArray(minor, (column.codes < 0) | huge))
