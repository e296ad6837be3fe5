"""Cells of a column by their different values, so that each is read once: the ground under amounts, dates and words."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.language.errors import Text

BLANK_WORDS: Final = frozenset(
    (
        "",
        "-",
        "--",
        "…",
        "n/a",
        "na",
        "nan",
        "null",
        "none",
        "nat",
        "<na>",
        "なし",
        "無し",
        "未定",
        "不明",
        "空白",
    )
)
"""Words, as `plain` gives them, by which people say that a number or a date is missing."""

_HYPHENS: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ｰ－ー", "-"))
_WHITE: Final = str.maketrans(dict.fromkeys(" \t\r\n\u00a0\u3000\u200b\ufeff"))


Coded = tuple[npt.NDArray[np.int64], list[object]]
"""A column as the code of each row's cell, -1 for a blank, and the different cells."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell cannot be read: a machine word and the reason with its mend, for a finding."""

    code: str
    reason: Text


def plain(word: str) -> str:
    """Return a number or date as it is compared: NFKC, lower case, no white space, every dash a hyphen.

    >>> plain("（１，２００ 円）")
    '(1,200円)'
    """
    return unicodedata.normalize("NFKC", word.translate(_HYPHENS)).casefold().translate(_WHITE)


class Formula(str):
    """The text of a formula that a workbook holds without its result; a typed text that begins with = is no such thing."""

    __slots__ = ()


def is_formula(cell: object) -> bool:
    """Return whether `cell` is a formula that was stored without its result."""
    return isinstance(cell, Formula)


@cache
def uncomputed() -> Fault:
    """Return the fault of a formula whose result was never stored."""
    return Fault(
        "formula_without_value",
        Text(
            "数式の計算結果がファイルに保存されていません。Excel で開き、保存し直してください",
            "The formula's result is not stored in the file; open it in Excel and save it again",
        ),
    )


def unique_cells(column: pd.Series[Any]) -> Coded:
    """Return the code of each row's cell and the different cells; -1 is a blank (None, NaN, NaT).

    True and 1 are different cells here, though Python calls them equal.
    """
    try:
        return _factorise_cells(column)
    except TypeError:  # lists or mappings, as parquet may hold them: they count as their text
        return _factorise_cells(column.map(str, na_action="ignore"))


def _factorise_cells(column: pd.Series[Any]) -> Coded:
    if column.dtype == object and _mixes_flags(column):
        kinds = np.fromiter((isinstance(cell, bool | np.bool_) for cell in column), bool, len(column))
        codes = np.full(len(column), -1, np.int64)
        cells: list[object] = []
        for mask in (kinds, ~kinds):
            part, found = pd.factorize(column[mask])
            codes[mask] = np.where(part < 0, -1, part + len(cells))
            cells += found.tolist()
        return codes, cells
    codes, found = pd.factorize(column)
    return codes.astype(np.int64, copy=False), found.tolist()


def _mixes_flags(column: pd.Series[Any]) -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) in ("mixed", "mixed-integer", "boolean")


def filled(codes: npt.NDArray[np.int64], cells: list[object]) -> npt.NDArray[np.bool_]:
    """Return where the cells of a coded column hold something: neither missing nor only white space."""
    # A first letter or digit tells at once that a text is not blank.
    holds = [not isinstance(cell, str) or cell[:1].isalnum() or bool(cell.translate(_WHITE)) for cell in cells]
    return np.array([*holds, False], bool)[codes]  # the last place answers code -1, the blank cells


def flag_run_starts(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which rows differ from the row before them in either column: the first of every run of equal pairs.

    Of lines sorted by customer and day these are the purchases: several lines on one day are one.

    >>> flag_run_starts(np.array([0, 0, 0, 1]), np.array([3, 3, 4, 4])).tolist()
    [True, False, True, True]
    """
    starts = np.ones(len(one), dtype=np.bool_)
    starts[1:] = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    return starts
