"""変更 as people write it: a new value, +10%, ×1.1, +500万, +30日, +5pt."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from engine.language.amounts import parse_amount
from engine.language.distinct_cells import Fault
from engine.language.errors import Refusal, Text

_MINUS: Final = str.maketrans(dict.fromkeys("△▲−‐―ー－", "-"))
_TIMES: Final = re.compile(r"^[×x*✕]\s*(.+)$", re.IGNORECASE)
_BY: Final = re.compile(r"^([+-])\s*(.+?)\s*(%|pt|ポイント|日|days?)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a value.

    Parameters
    ----------
    kind
        `set` a new value, `times` a factor, `plus` an amount, `points` of a percentage, or `days`.
    number
        The factor or what is added, in major units; None for `set`.
    cell
        The new value as it was written, for `set`.
    written
        The change as people read it.
    """

    kind: Literal["set", "times", "plus", "points", "days"]
    number: Decimal | None
    cell: object
    written: str

    def on(self, old: Decimal, scale: Decimal = Decimal(1)) -> Decimal:
        """Return the new number; `scale` turns a major unit into those of `old`."""
        assert self.number is not None  # noqa: S101 - `set` is read by the value's own reader
        if self.kind == "times":
            return old * self.number
        return old + self.number * (Decimal("0.01") if self.kind == "points" else scale)


def as_written(cell: object) -> str:
    """Return a cell as a person would type it."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def read_edit(cell: object) -> Edit:
    """Read one cell of the column 変更.

    A number cell is a new value. A text that begins with + or - (or △) changes the value by a percentage of it, by
    points of a percentage, by days or by an amount; × multiplies it; every other text is a new value.

    Raises
    ------
    Refusal
        For a blank, or a sign before something that is no number.
    """
    written = as_written(cell)
    if not written:
        raise Refusal(
            "argument",
            "変更が空欄です。新しい値か、+10%・×1.1・+500万 のように書いてください",
            "the change is blank; write a new value, or +10%, ×1.1, +5000",
        )
    if not isinstance(cell, str):
        return Edit("set", None, cell, written)
    text = unicodedata.normalize("NFKC", written).translate(_MINUS)
    factor = _TIMES.match(text)
    if factor:
        return Edit("times", decimal_of(factor[1], written), None, written)
    by = _BY.match(text)
    if by is None:
        return Edit("set", None, written, written)
    number, unit = decimal_of(by[2], written) * (-1 if by[1] == "-" else 1), (by[3] or "").lower()
    if unit == "%":
        return Edit("times", 1 + number / 100, None, written)
    kind: Literal["points", "days", "plus"] = (
        "points" if unit in ("pt", "ポイント") else "days" if unit in ("日", "day", "days") else "plus"
    )
    return Edit(kind, number, None, written)


def decimal_of(word: str, written: str) -> Decimal:
    """Return a number as people write it (`500万`), exactly.

    Raises
    ------
    Refusal
        Where it is none; the message shows `written`.
    """
    found = parse_amount(word)
    if found is None or isinstance(found, Fault):
        raise Refusal(
            "argument",
            f"変更「{written}」の数が読めません(例: +10%、×1.1、+500万)",
            f'the number in the change "{written}" cannot be read (such as +10%, ×1.1, +5000)',
        )
    return found.number


def refuse_share(what: Text, cell: object) -> None:
    """Refuse a number below 1 as the new value of something larger: a spreadsheet makes 0.1 of a typed +10%.

    Raises
    ------
    Refusal
        Telling how to write either meaning; as text, 0.1 is taken at its word.
    """
    if isinstance(cell, float) and 0 < abs(cell) < 1:
        raise Refusal(
            "argument",
            f"{what.ja}の変更 {cell:g} は割合に見えます。増減は文字で '+10% か ×1.1、値そのものなら '{cell:g} と書いてください",
            f"the change {cell:g} of {what.en.lower()} looks like a share; write the text +10% or ×1.1, or '{cell:g} for the value",
        )
