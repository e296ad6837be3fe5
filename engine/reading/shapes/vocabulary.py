"""The words of printed tables: totals, ratios, pages, plans (`words.toml`). Compared as `plain_title` writes them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from engine.language.months import plain_title

if TYPE_CHECKING:
    from collections.abc import Sequence

Force = Literal["strong", "weak", "named"]


@cache
def load_shape_words() -> dict[str, dict[str, Any]]:
    """Return `words.toml`: part (totals, headers, print, pivots) and group to words."""
    return tomllib.loads(files("engine.reading.shapes").joinpath("words.toml").read_text(encoding="utf-8"))


def shape_words(part: str, group: str) -> tuple[str, ...]:
    """Return the words of a group of `words.toml`, in the order of the file."""
    return tuple(load_shape_words()[part][group])


# Nobody is called so: a row with one of them where a customer stands is a line of sums or of ratios.
_STRONG: Final = frozenset(shape_words("totals", "certain"))
# These may be names: 計 is a family's, Total a company's.
_WEAK: Final = frozenset(shape_words("totals", "doubtful"))
_SUFFIXES: Final = shape_words("totals", "ends")
_ENGLISH_ENDS: Final = shape_words("totals", "english_ends")
_ENGLISH_STARTS: Final = shape_words("totals", "english_starts")
_FRAME: Final = " *※【】[]()<>〈〉《》■◆●▼◎=-~:"
_JOINTS: Final = " :・-_/】])>〉》の"

_RATIOS: Final = shape_words("headers", "ratios")
_PAGE: Final = re.compile(
    r"-? ?(?:page|ページ|頁|p\.) ?:? ?\d{1,5}(?: ?(?:/|of) ?\d{1,5})? ?-?|"
    r"-? ?\d{1,5}(?: ?(?:/|of) ?\d{1,5})? ?(?:ページ|頁|pages?) ?-?|- ?\d{1,4} ?-"
)
_PRINTED: Final = re.compile(
    r"(?:出力|印刷|作成|発行|抽出|処理)(?:日時|年月日|日付|日|者|時刻|元)[ :].{0,60}|"
    r"(?:printed|exported|generated|created) (?:on|at|by)[ :].{0,60}"
)
_ENDS: Final = frozenset(shape_words("print", "ends"))
_COUNTED: Final = re.compile(
    r"(?:全|総件数|件数|計)?[ :]?\d[\d,]{0,12} ?件(?:中.{0,20}|を表示.{0,10})?|\d[\d,]{0,12} (?:rows?|records?)"
)
_MARKERS: Final = shape_words("print", "markers")
_ASCII_MARKERS: Final = shape_words("print", "ascii_markers")
_WIDE: Final = re.compile("[Ａ-Ｚａ-ｚ]{3}")
_LONGEST: Final = 60
_MANY: Final = 100_000
# A look at one letter spares nearly every cell the rest.
_LAST: Final = frozenset("計均値比率額積体%】)]>〉》)] *=-~:。.lLmMsSeEｌｍｓｅＬＭＳＥ】 \u3000")
_FIRST: Final = ("total", "sub", "grand")
_PAGE_LETTERS: Final = frozenset("ペﾍ頁※以件出印作発抽処注*-123456789０１２３４５６７８９")
_PAGE_STARTS: Final = ("p", "e", "c", "g", "Ｐ", "ｐ")


class TotalWord(NamedTuple):
    """How a cell speaks of a total: `force`, the name before or after it (株式会社A of 株式会社A 計), and whether it says so plainly.

    `firm` is False where the word is the mere ending of a longer one, as in 山田設計.
    """

    force: Force
    name: str = ""
    firm: bool = True


def total_word(text: str) -> TotalWord | None:
    """Return how a cell speaks of a total, None where it does not.

    >>> total_word("株式会社A 計"), total_word("合 計").force
    (TotalWord(force='named', name='株式会社a', firm=True), 'strong')
    """
    if not 0 < len(text) <= _LONGEST or (text[-1] not in _LAST and not text[:6].lower().startswith(_FIRST)):
        return None
    plain = plain_title(text).strip(_FRAME)
    dense = plain.replace(" ", "")
    if dense in _STRONG:
        return TotalWord("strong")
    if dense in _WEAK:
        return TotalWord("weak")
    for start in _ENGLISH_STARTS:
        if plain.startswith(start):
            return TotalWord("named", plain.removeprefix(start).strip(_FRAME))
    for end in (*_ENGLISH_ENDS, *_SUFFIXES):
        if plain.endswith(end):
            before = plain.removesuffix(end)
            name = before.rstrip(_JOINTS)
            return TotalWord("named", name.lstrip(_FRAME), name != before or end != "計") if name else None
    return None


def is_ratio(text: str) -> bool:
    """Return whether a header names a ratio or a difference: 前年比, 構成比, 粗利率."""
    return mentions_any(text, _RATIOS)


def mentions_any(text: str, words: Sequence[str]) -> bool:
    """Return whether a header or title holds one of the words, which are written as `plain_title` writes them."""
    plain = plain_title(text)
    return any(word in plain for word in words)


def is_page_line(text: str) -> bool:
    """Return whether a text is a line of the print and not of the table: 1/12ページ, 出力日時: …, 以上, ※….

    >>> is_page_line("1/12 ページ"), is_page_line("出力日時: 2026/05/10 9:00"), is_page_line("以上建設株式会社")
    (True, True, False)
    """
    if not 0 < len(text) <= 200 or (_PAGE_LETTERS.isdisjoint(text) and not text[0].lower().startswith(_PAGE_STARTS)):
        return False
    plain = plain_title(text)
    if plain[:1] in ("※", "*") or plain.startswith(("(注", "注)", "注:")):
        return True
    bare = plain.strip(" -=*.。")
    return bool(bare in _ENDS or _PAGE.fullmatch(plain) or _PRINTED.fullmatch(plain[:80]) or _COUNTED.fullmatch(plain))


def may_hold_line_words(cells: Sequence[object], sought: Sequence[str]) -> bool:
    """Return whether any of many different cells may be such a word, by a look over all of them at once.

    Parameters
    ----------
    cells
        The different cells of a column; what is no text is passed over.
    sought
        Further words that are looked for as they are.
    """
    try:
        joined = "\n".join(cells)  # type: ignore[arg-type]  # most columns are all text, and then this is the quickest
    except TypeError:
        joined = "\n".join([cell for cell in cells if type(cell) is str])
    if any(word in joined for word in sought):
        return True
    if not joined.isascii() and (any(word in joined for word in _MARKERS) or _WIDE.search(joined)):
        return True
    if len(cells) > _MANY:  # numbers of vouchers and the like: only what stands in such a column is looked for
        return any(word in joined for word in ("otal", "OTAL", "age ", "AGE "))
    folded = joined.casefold() if joined.isascii() else joined.lower()
    return any(word in folded for word in _ASCII_MARKERS)
