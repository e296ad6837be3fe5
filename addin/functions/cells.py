"""Between cells and the engine: what hosts hand over, what they can take back, and the one guard around every answer.

Excel (through xlwings) and Calc hand over the same sheet in different clothes: an empty cell is None, '' or 0.0, an
ID typed as digits is a float, a column is a flat list or a list of rows. Here all of it becomes scalars and lists of
rows, and every answer becomes something that a cell can hold. `answer` is the only door; nothing that goes wrong
behind it gets past it.

Decision 0020: why there is one register and one guard.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, TypeGuard, cast

import numpy as np
import pandas as pd

from addin.functions import registry
from engine.language import incidents
from engine.language.amounts import parse_amount
from engine.language.distinct_cells import Fault
from engine.language.errors import KINDS, Lang, Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell = str | float | int | bool | date | None
Block = list[list[Cell]]
Dates = Literal["datetime", "serial"]

EPOCH: Final = date(1899, 12, 30)  # serial 0 of Excel (from March 1900 on) and of Calc
EPOCH_1904: Final = date(1904, 1, 1)
ERROR: Final = "#PF "
LONGEST_CELL: Final = 32_767  # characters that one cell of Excel holds
_DEEPEST: Final = 8  # levels of nesting that are looked into for a cell's value; no host sends more than two
_FORMULA_STARTS: Final = frozenset("=+-@\t\r\n")
_RATE: Final = re.compile(r"\+\d[\d,]*(?:\.\d+)?%", re.ASCII)


def answer(
    name: str,
    args: Sequence[object],
    pf_run: object = None,
    lang: Lang = "ja",
    *,
    dates: Dates = "datetime",
    date1904: bool = False,
) -> Cell | Block:
    """Answer one worksheet function as a cell: never an exception, never a traceback.

    Parameters
    ----------
    name
        The function's name, such as `PORTFOLIO_SEGMENT`.
    args
        Its arguments as the host hands them over: scalars, flat sequences (a column), nested sequences, NumPy arrays.
        None is an argument that was left out; so is 0.0 where a word is wanted (Calc's empty cell).
    pf_run
        The value of the caller workbook's named cell `PF_RUN`, used where `[run]` is left out.
    lang
        Language of the texts.
    dates
        How dates are returned: as `datetime` (Excel's hosts make dates of them) or as serial numbers (Calc).
    date1904
        Whether the workbook counts its serials from 1904-01-01.

    Returns
    -------
    Cell or Block
        A scalar, or a list of rows of equal length. A refusal is a text such as
        `#PF 顧客なし: 「A社」は顧客表にありません(近い候補: 株式会社A)`; unknown values are ''.
    """
    spoken: Lang = "en" if lang == "en" else "ja"
    try:
        # repr: whatever a host hands over as a name, the message can show it.
        return _answer_function(name if isinstance(name, str) else repr(name), args, pf_run, spoken, dates, date1904)
    except Refusal as refusal:
        return f"{ERROR}{refusal.to(spoken)}"
    except Exception as error:  # noqa: BLE001 - the one outermost guard: whatever happens, a cell shows one clear line
        number = incidents.record(error, str(name), list(args) if isinstance(args, (list, tuple)) else [args]).number
        message = Text(
            f"計算中に問題が起きました。入力を確かめ、続く場合は記録番号を添えてご連絡ください(記録番号 {number})",
            f"something went wrong; check the input and, if it persists, report the record number (record {number})",
        )
        return f"{ERROR}{KINDS['internal'].to(spoken)}: {message.to(spoken)}"


def _answer_function(
    name: str, args: Sequence[object], pf_run: object, lang: Lang, dates: Dates, date1904: bool
) -> Cell | Block:
    function = registry.find(name)
    failed = _find_failed_run(function, args, pf_run)
    if failed is not None:
        return failed
    if len(args) > len(function.arguments):
        most = len(function.arguments)
        raise Refusal("argument", f"引数が多すぎます(最大{most}個)", f"too many arguments (at most {most})")
    values = [_coerce_argument(argument, value) for argument, value in zip(function.arguments, args, strict=False)]
    values += [_coerce_argument(argument, None) for argument in function.arguments[len(values) :]]
    caller = registry.Caller(lang, as_cell(pf_run), date1904)
    given = {
        argument.name: value for argument, value in zip(function.arguments, values, strict=True) if value is not None
    }
    return _prepare_host_answer(function.call(**given, caller=caller), dates, EPOCH_1904 if date1904 else EPOCH)


def _find_failed_run(function: registry.WorksheetFunction, args: Sequence[object], pf_run: object) -> str | None:
    """Return the message of a run that failed: the cause says more than `no run` in every cell that depends on it."""
    places = [index for index, argument in enumerate(function.arguments) if argument.kind == "run"]
    if not places:
        return None
    named = [as_cell(args[place]) if place < len(args) else None for place in places]
    if _is_empty_cell(named[-1]):  # the run that is meant; another one before it is compared with
        named[-1] = as_cell(pf_run)
    return next((run for run in reversed(named) if isinstance(run, str) and run.startswith(ERROR)), None)


def _coerce_argument(argument: registry.Argument, value: object) -> Cell | Block | list[Cell]:
    """Return an argument in the form its kind promises, or None when it was left out; refuse when it is required."""
    found: Cell | Block | list[Cell]
    if argument.kind == "table":
        found = as_block(value)
    elif argument.kind == "names":
        found = _read_customer_names(value)
    elif argument.kind == "words":
        spoken: list[Cell] = [cell for row in as_block(value) or [] for cell in row if not _is_empty_cell(cell)]
        found = spoken or None
    elif argument.kind == "number":
        found = _read_number_argument(as_cell(value), argument)
    else:
        single = as_cell(value)
        found = None if _is_empty_cell(single) else single
    if found is None and not argument.optional:
        raise Refusal(
            "argument",
            f"「{argument.label.ja}」を指定してください",
            f'please give the argument "{argument.label.en}"',
        )
    return found


def _is_empty_cell(cell: Cell) -> bool:
    """Return whether a cell counts as empty: Calc hands an empty one over as 0.0, and no word of ours is a zero."""
    return cell is None or (not isinstance(cell, str) and cell == 0)


def _read_number_argument(cell: Cell, argument: registry.Argument) -> float | None:
    """Return a number, also one typed as text (１０％, 1,500万); None where the cell is blank or holds a blank word."""
    percent = isinstance(cell, str) and cell.strip()[-1:] in ("%", "％")
    read = parse_amount(str(cell).strip()[:-1] if percent else cell)
    if read is None:
        return None
    if isinstance(read, Fault):
        raise Refusal(
            "argument",
            f"「{argument.label.ja}」の値「{cell}」を数として読めません",
            f'the value "{cell}" of "{argument.label.en}" cannot be read as a number',
        )
    return float(read.number) / (100 if percent else 1)


def _read_customer_names(value: object) -> Cell | Block | None:
    """Return customers: one as a scalar, a range as its rows; a lone empty cell is '' (the answer stays empty, too)."""
    if value is None:
        return None
    block = value if _is_text_range(value) else as_block(value)
    if block is None:
        return ""
    if len(block) == 1 and len(block[0]) == 1:
        return "" if _is_empty_cell(block[0][0]) else block[0][0]
    return block


def _is_text_range(value: object) -> TypeGuard[Block]:
    """Return whether a range is rows of equal length that hold nothing but texts: most are, and need no second look."""
    if not isinstance(value, list) or set(map(type, value)) != {list} or len(set(map(len, value))) != 1:
        return False
    return set(map(type, chain.from_iterable(value))) == {str}


def as_cell(value: object) -> Cell:
    """Return one cell's value in plain Python; the first cell of a range; None for anything blank.

    >>> as_cell(np.float64(3.0)), as_cell("  "), as_cell([["A", "B"]])
    (3.0, None, 'A')
    """
    for _ in range(_DEEPEST):
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if not isinstance(value, (list, tuple)):
            return _convert_scalar(value)
        if len(value) == 0:
            return None
        value = value[0]
    return None


def _convert_scalar(value: object) -> Cell:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.datetime64):
        return _convert_scalar(pd.Timestamp(value))  # .item() of one in nanoseconds would be a bare number
    if isinstance(value, np.generic):
        return _convert_scalar(value.item())
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime().replace(tzinfo=None)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, (bool, int, date)):
        return value
    return str(value)  # a host's own type (an error value, a COM currency): readable at least


def as_block(value: object) -> Block | None:
    """Return a range as rows of equal length, or None when nothing is in it.

    A flat sequence is a column, as xlwings hands one over; short rows are filled with None.

    >>> as_block(("A", 1.0))
    [['A'], [1.0]]
    """
    if isinstance(value, (pd.DataFrame, pd.Series)):
        value = value.to_numpy(dtype=object)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        single = _convert_scalar(value)
        return None if single is None else [[single]]
    rows = [
        [_convert_common_cell(cell) for cell in row]
        if isinstance(row, (list, tuple, np.ndarray))
        else [_convert_common_cell(row)]
        for row in value
    ]
    width = max((len(row) for row in rows), default=0)
    if not width:
        return None
    for row in rows:
        row.extend([None] * (width - len(row)))
    return rows


def _convert_common_cell(value: object) -> Cell:
    # By far the most cells are text or numbers: they skip the tests for rarer types.
    kind = type(value)
    if kind is str:
        return value if value and not value.isspace() else None  # type: ignore[attr-defined,return-value]
    if kind is float and value == value:
        return as_cell(value) if math.isinf(value) else value  # type: ignore[arg-type,return-value]
    return as_cell(value)


def _prepare_host_answer(value: object, dates: Dates, epoch: date) -> Cell | Block:
    """Return what a function answered as a host can take it."""
    if not isinstance(value, (list, tuple)):
        return _prepare_host_cell(value, dates, epoch)
    rows = (
        cast("list[list[object]]", value)
        if set(map(type, value)) == {list}
        else [list(row) if isinstance(row, (list, tuple)) else [row] for row in value]
    )
    if not _are_harmless_rows(rows):
        rows = [[_prepare_host_cell(cell, dates, epoch) for cell in row] for row in rows]
    width = max(map(len, rows), default=0)
    if not width:
        return ""
    if min(map(len, rows)) == width:
        return cast("Block", rows)
    return cast("Block", [row if len(row) == width else row + [""] * (width - len(row)) for row in rows])


def _are_harmless_rows(rows: list[list[object]]) -> bool:
    """Return whether every cell is a harmless text or a finite number already: nearly every large range is."""
    cells: list[Any] = list(chain.from_iterable(rows))
    kinds = set(map(type, cells))
    if not kinds <= {str, float}:
        return False
    texts = set(cells) if kinds == {str} else {cell for cell in cells if type(cell) is str}
    if _FORMULA_STARTS.intersection(text[:1] for text in texts) or max(map(len, texts), default=0) > LONGEST_CELL:
        return False
    return kinds == {str} or math.isfinite(sum(cell for cell in cells if type(cell) is float))


def _prepare_host_cell(value: object, dates: Dates, epoch: date) -> Cell:
    if type(value) is str:
        return _guard_formula_start(value)
    cell = _convert_scalar(value)
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _guard_formula_start(cell)
    if isinstance(cell, date):
        return _prepare_host_date(cell, dates, epoch)
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) > 2**53:
        return str(cell)  # a cell's number is a double: better a text than a wrong digit
    return cell


def _guard_formula_start(text: str) -> str:
    """Return a text that no spreadsheet can take for a formula, wherever it is copied, exported or pasted.

    Names and typed strategies come from the user's data. As the result of a function they are text, but a values-only
    copy or a CSV of them is read again: an apostrophe in front is what spreadsheets themselves write. A lone hyphen
    is harmless, and so is a rate of change such as +7.9%, which is read again as what it is.
    """
    harmless = not text.strip("-") or _RATE.fullmatch(text)
    guarded = f"'{text}" if text[:1] in _FORMULA_STARTS and not harmless else text
    return guarded[:LONGEST_CELL]


def _prepare_host_date(value: date, dates: Dates, epoch: date) -> Cell:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    if dates == "datetime":
        return moment
    return (moment - datetime.combine(epoch, time())) / timedelta(days=1)


def words_of(cells: Iterable[Cell]) -> list[str]:
    """Return the words in `cells`, of which each may hold several, separated by a comma, 、 or ・."""
    text = "、".join(str(cell) for cell in cells)
    for separator in ",，・;；\n":
        text = text.replace(separator, "、")
    return [word.strip() for word in text.split("、") if word.strip()]
