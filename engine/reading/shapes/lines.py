"""Lines of a print that are no rows of the table: headers repeated on every page, titles, page numbers, remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Text
from engine.language.months import parse_month
from engine.reading.shapes.vocabulary import TotalWord, is_page_line, may_hold_line_words, total_word

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from engine.reading.shapes.work import Work

_FEW: Final = 3
"""A title or a page number stands in a row of at most so many filled cells."""

_HEADER: Final = Text("見出しの行の繰り返しなので使いません", "A repetition of the header; not used")
_PRINT: Final = Text(
    "表の行ではなく、印刷用の行(題名・ページ・出力日時・注記など)なので使いません",
    "A line of the print (title, page, time of export, remark), not a row of the table; not used",
)


class Marked:
    """The cells of a table in which a word of totals, of a header or of a page stands.

    `totals` is frame row to (column, word), the leftmost; `lines` the frame rows that may be repeated headers or lines of a page.
    """

    def __init__(self) -> None:
        self.totals: dict[int, tuple[int, TotalWord]] = {}
        self.lines: dict[int, int] = {}


def marked_cells(work: Work) -> Marked:
    """Look through the different words of every column, each once."""
    found = Marked()
    titles = {text for row in work.raw.above for text in row if len(text) > 1}
    for at in work.worded():
        codes, cells = work.coded(at)
        header = work.raw.header[at]
        sought = tuple(word for word in (header, *titles) if word)
        if not cells or not may_hold_line_words(cells, sought):
            continue
        words: dict[int, TotalWord] = {}
        lines: list[int] = []
        written: set[object] = set()
        for code, cell in enumerate(cells):
            if type(cell) is not str:
                continue
            text = cell.strip()
            if (text and text == header) or text in titles or is_page_line(text):
                lines.append(code)
            elif word := total_word(text):
                written = written if word.firm or written else {each for each in cells if type(each) is str}
                if word.firm or _is_named_after(word, text, written):
                    words[code] = word
        for row in np.flatnonzero(np.isin(codes, list(words))).tolist() if words else ():
            found.totals.setdefault(row, (at, words[int(codes[row])]))
        for row in np.flatnonzero(np.isin(codes, lines)).tolist() if lines else ():
            found.lines.setdefault(row, at)
    return found


def _is_named_after(word: TotalWord, text: str, texts: AbstractSet[object]) -> bool:
    """Return whether a word that merely ends in 計 is what another cell of its column says, or a month, with 計 behind it.

    >>> _is_named_after(TotalWord("named", "a社", firm=False), "A社計", {"A社", "A社計"})
    True
    """
    return text[:-1].strip() in texts or ("月" in text and parse_month(word.name) is not None)


def leave_out_lines(work: Work, found: Marked) -> None:
    """List repeated headers and lines of the page as not used."""
    titles = {text for row in work.raw.above for text in row if text}
    for row, at in sorted(found.lines.items()):
        filled = [(place, text) for place, text in enumerate(work.row_texts(row)) if text]
        if all(text == work.raw.header[place] for place, text in filled) and (
            len(filled) > 1 or len(work.raw.header) == 1
        ):
            work.leave_out(row, "repeated_header", at, _HEADER)
        elif len(filled) <= _FEW and all(text in titles or is_page_line(text) for _, text in filled):
            work.leave_out(row, "page_line", at, _PRINT)
