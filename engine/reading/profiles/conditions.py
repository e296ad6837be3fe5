"""Conditions over the cells of a file: the filter language, asked of headers instead of a run's columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.language import words
from engine.language.dates import parse_date
from engine.language.distinct_cells import unique_cells
from engine.language.errors import Refusal, Text
from engine.language.filters import columns_in, parse_with, to_text
from engine.language.filters.column import Column
from engine.language.filters.kleene import kleene
from engine.language.filters.tokens import failed
from engine.language.filters.tree import Blank, Compare, Contains, Listed
from engine.language.filters.values import BLANK_WORDS
from engine.language.quantities import read_quantity
from engine.reading.profiles.headers import Headers, plain_header
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from engine.language.errors import Lang
    from engine.language.filters.kleene import Known
    from engine.language.filters.tokens import Sign, Token
    from engine.language.filters.tree import Node
    from engine.lists.columns import Columns


@dataclass(frozen=True, slots=True)
class Told:
    """A condition's answer for every row.

    Parameters
    ----------
    holds
        Where it surely holds.
    at
        Position of the first column that it names, for findings.
    text
        The condition in its normal form, with the file's own headers.
    """

    holds: NDArray[np.bool_]
    at: int
    text: Text


class Conditions:
    """Headers by the words of a profile, as the filter language asks for them.

    Parameters
    ----------
    headers
        The header row.
    named
        Further words for a header: the profile's own, and the keys of our columns.
    """

    def __init__(self, headers: Headers, named: Mapping[str, int]) -> None:
        self._headers = headers
        self._named = {plain_header(word): at for word, at in named.items()}

    def find(self, word: str) -> Column | None:
        """Return the column that a header or one of the further words means, or None."""
        at = self._headers.find(word)
        at = self._named.get(plain_header(word)) if at is None else at
        if at is None:
            return None
        header = self._headers.texts[at]
        return Column(str(at), Text(header, header), "cell")

    def near(self, word: str, limit: int = 3) -> tuple[Text, ...]:
        """Return the headers that resemble `word`, nearest first; the first few where none does."""
        there = [header for header in self._headers.texts if header]
        close = get_close_matches(word, there, n=limit, cutoff=0.5) or there[:limit]
        return tuple(Text(each, each) for each in close)

    def parse(self, text: str) -> Node:
        """Return the tree of a condition.

        Raises
        ------
        Refusal
            `argument`: an unknown header, a word where a number or a date must stand, or a condition that cannot be read.
        """
        node = parse_with(text, self, _read_condition_value)
        if not columns_in(node):
            raise failed(0, text[:40], "見出しの名前で書いてください", "write it with the names of headers")
        return node

    def answer(self, text: str, frame: pd.DataFrame) -> Told:
        """Return where a condition holds in a frame; what is blank or no number satisfies neither it nor its contrary."""
        node = self.parse(text)
        return Told(
            kleene(node, lambda leaf: _answer_leaf(leaf, frame))[0],
            int(columns_in(node)[0].code),
            self._write_normal_form(node),
        )

    def normal(self, text: str) -> Text:
        """Return a condition in its normal form, with the file's own headers."""
        return self._write_normal_form(self.parse(text))

    def _write_normal_form(self, node: Node) -> Text:
        spoken = cast("Columns", self)  # of which the normal form of cells needs nothing but `spoken`
        return Text(to_text(node, spoken, "ja"), to_text(node, spoken, "en"))

    def spoken(self, column: Column, _lang: Lang) -> str:
        """Return the header of a column."""
        return self._headers.texts[int(column.code)]


def _read_condition_value(column: Column, sign: Sign, token: Token) -> tuple[Column, Any] | None:
    """Return the value that a cell is compared with: its text, or a number or date where an order is asked for."""
    text = token.text.strip()
    if token.kind != "quoted" and words.normalise(text) in BLANK_WORDS:
        if sign not in ("=", "≠"):
            raise failed(token.at, text, "空白とは = か ≠ で比べてください", "compare a blank by = or <>")
        return None
    if sign in ("=", "≠"):
        return column, text
    value = _read_ordered_value(text)
    if value is None:
        raise failed(token.at, text[:40], "大小は数か日付と比べてください", "an order needs a number or a date")
    return column, value


def _read_ordered_value(text: str) -> float | date | None:
    """Return a text as the number or the date that it is; None where it is neither."""
    quantity = read_quantity(text)
    if quantity is not None:
        return float(quantity.number)
    day = parse_date(text)
    return day if isinstance(day, date) else None


def _answer_leaf(node: Compare | Contains | Blank | Listed, frame: pd.DataFrame) -> Known:
    if isinstance(node, Listed):
        name = words.text("lists", node.code)
        raise Refusal(
            "argument",
            f"取り込みの条件に一覧「{name.ja}」は使えません。見出しの名前で書いてください",
            f'the list "{name.en}" cannot be a condition of an import; write it with the names of headers',
        )
    codes, cells = unique_cells(frame.iloc[:, int(node.column.code)])
    answers = [_answer_cell(node, shown(cell).strip()) for cell in cells]
    nothing = _answer_cell(node, "")
    told = np.array([*(-1 if each is None else int(each) for each in answers), -1 if nothing is None else int(nothing)])
    found = told[codes]  # code -1, a blank, is answered by the last place
    return found == 1, found == 0


def _answer_cell(node: Compare | Contains | Blank, text: str) -> bool | None:
    """Return whether a cell meets a condition, None where that cannot be told."""
    if isinstance(node, Blank):
        return not text
    if not text:
        return None
    if isinstance(node, Contains):
        return words.normalise(node.text) in words.normalise(text)
    if node.sign in ("=", "≠"):
        return _match_equal_texts(text, str(node.value)) == (node.sign == "=")
    here, there = _read_ordered_value(text), node.value
    if here is None or isinstance(here, date) != isinstance(there, date):
        return None
    first, second = (here.toordinal(), there.toordinal()) if isinstance(here, date) and isinstance(there, date) else (
        float(here), float(there),  # type: ignore[arg-type]  # both are numbers: looked at above
    )  # fmt: skip
    return {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}[node.sign]


def _match_equal_texts(text: str, wanted: str) -> bool:
    """Return whether two texts are the same word, number or day."""
    if words.normalise(text) == words.normalise(wanted):
        return True
    here, there = _read_ordered_value(text), _read_ordered_value(wanted)
    return here is not None and type(here) is type(there) and here == there
