"""The value on the right of a comparison: read as the column's kind demands, and written back in its normal form."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.dates import parse_date
from engine.language.distinct_cells import Fault
from engine.language.filters.column import text_key
from engine.language.filters.tokens import QUOTES, failed, tokens
from engine.language.quantities import read_quantity

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.language.filters.column import Column
    from engine.language.filters.tokens import Sign, Token
    from engine.lists.columns import Columns

Value = float | date | str | bool

BLANK_WORDS: Final = frozenset(
    map(
        words.normalise,
        ("空白", "空欄", "空", "未入力", "不明", "算出不可", "blank", "empty", "unknown", "n/a", "none"),
    )
)
_OR_SCORE: Final = ("、または点数", ", or a score")
_RATIOS: Final = ("rate", "ratio")
_PLAIN: Final = re.compile(r"[\w.%/+: -]+\Z")


def read_value(columns: Columns, column: Column, sign: Sign, token: Token) -> tuple[Column, Value] | None:
    """Return the column that is really compared and the value; None where the value means a blank.

    A level compared with a number means the score behind it: `リスク>60`.

    Parameters
    ----------
    columns
        The columns that there are, for the score behind a level.
    column
        The column on the left.
    sign
        The comparison.
    token
        The word on the right, with its place.

    Raises
    ------
    Refusal
        `argument`, naming the place, the value and what is possible.
    """
    text = token.text.strip()
    if column.kind == "code":
        return _read_code_value(columns, column, sign, token)
    if token.kind != "quoted" and words.normalise(text) in BLANK_WORDS:
        _require_equality(sign, token)
        return None
    if column.kind == "flag":
        _require_equality(sign, token)
        answer = words.find("answers", text)
        if answer is None:
            raise failed(token.at, text, "「はい」か「いいえ」と比べてください", "compare it with yes or no")
        return column, answer == "yes"
    if column.kind == "text":
        _require_equality(sign, token)
        return column, text_key(column, text)
    if column.kind == "date":
        return column, _read_day_value(token, text)
    return column, _read_amount_value(columns, column, token, text)


def _require_equality(sign: Sign, token: Token) -> None:
    if sign not in ("=", "≠"):
        raise failed(
            token.at, token.text, "大小ではなく = か ≠ で比べてください", "compare it by = or <>, it has no order"
        )


def _read_code_value(columns: Columns, column: Column, sign: Sign, token: Token) -> tuple[Column, Value] | None:
    text = token.text.strip()
    code = columns.code(column, text)
    if code is not None:
        if column.words != "levels" or code == "unknown":
            _require_equality(sign, token)
        return column, code
    if column.score and read_quantity(text) is not None:
        score = columns.find(f"{column.name.ja}点")
        assert score is not None  # noqa: S101 - every axis of levels has its score
        return score, _read_amount_value(columns, score, token, text)
    if token.kind != "quoted" and words.normalise(text) in BLANK_WORDS:
        _require_equality(sign, token)
        return None
    choices = [columns.text(column, each) for each in columns.codes(column)]
    ja, en = "・".join(each.ja for each in choices), ", ".join(each.en for each in choices)
    more = _OR_SCORE if column.score else ("", "")
    raise failed(
        token.at,
        text[:40],
        f"{column.name.ja}にない語です(使える語: {ja}{more[0]})",
        f"not a {column.name.en} (use: {en}{more[1]})",
    )


def _read_day_value(token: Token, text: str) -> date:
    found = parse_date(text)
    if isinstance(found, date):
        return found
    why = found.reason if isinstance(found, Fault) else None
    raise failed(
        token.at,
        text[:40],
        f"日付として読めません(例: 2026/9/30){f'。{why.ja}' if why else ''}",
        f"not a date (for example: 2026-09-30){f'; {why.en}' if why else ''}",
    )


def _read_amount_value(columns: Columns, column: Column, token: Token, text: str) -> float:
    quantity = read_quantity(text)
    if quantity is None:
        raise failed(
            token.at, text[:40], "数として読めません(例: 100万、30%)", "not a number (for example: 1000000, 30%)"
        )
    if quantity.percent and column.unit not in _RATIOS:
        raise failed(token.at, text, f"{column.name.ja}は割合ではありません", f"{column.name.en} is not a rate")
    if column.unit == "rate" and not quantity.percent and abs(quantity.number) > 1:
        raise failed(
            token.at,
            text,
            f"割合は{text}%か小数(0.3)で書いてください",
            f"write a rate as {text}% or as a fraction (0.3)",
        )
    if column.unit == "money":
        return float(quantity.number.scaleb(columns.portfolio.digits))
    return float(quantity.number)


def value_text(columns: Columns, column: Column, value: Value, lang: Lang) -> str:
    """Return a value as `read_value` reads it again."""
    if isinstance(value, bool):
        return words.label("answers", "yes" if value else "no", lang)
    if isinstance(value, date):
        return f"{value.year}/{value.month}/{value.day}" if lang == "ja" else value.isoformat()
    if isinstance(value, str):
        if column.kind in ("text", "cell"):
            return as_text(value, quoted=True)
        told = columns.text(column, value).to(lang)
        return as_text(told if columns.code(column, told) == value else value)
    number = Decimal(repr(value))
    if column.unit == "money":
        number = number.scaleb(-columns.portfolio.digits)
    percent = column.unit == "rate"
    return f"{(number * 100 if percent else number).normalize():f}{'%' if percent else ''}"


def as_text(word: str, *, quoted: bool = False) -> str:
    """Return a word as it may stand in a filter: in quotes where it would fall apart or be read otherwise."""
    if not quoted and _PLAIN.match(word):
        found = tokens(word)[:-1]
        if {token.kind for token in found} == {"word"} and " ".join(token.text for token in found) == word:
            return word
    usable = [(start, end) for start, end in QUOTES.items() if end not in word]
    start, end = usable[0] if usable else ("「", "」")
    return f"{start}{word if usable else word.replace(end, '')}{end}"
