"""A filter's text cut into tokens: words, quoted words, comparisons, かつ/または/でない, parentheses, each with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from engine.language.errors import Refusal

LONGEST: Final = 1000  # characters; a cell's own text in a formula ends at 255, a reference may bring more

TokenKind = Literal["word", "quoted", "sign", "open", "close", "and", "or", "not", "isnot", "contains", "lacks", "end"]
Sign = Literal["=", "≠", "<", "<=", ">", ">="]

_SIGNS: Final[dict[str, Sign]] = {
    "=": "=", "==": "=", "≠": "≠", "<>": "≠", "!=": "≠", "><": "≠",
    "<": "<", "<=": "<=", "=<": "<=", "≦": "<=", "≤": "<=", "⩽": "<=",
    ">": ">", ">=": ">=", "=>": ">=", "≧": ">=", "≥": ">=", "⩾": ">=",
}  # fmt: skip
_SIGN_CHARACTERS: Final = frozenset("=≠<>!≦≧≤≥⩽⩾")
QUOTES: Final = {"「": "」", "『": "』", '"': '"', "'": "'", "“": "”", "‘": "’"}
_JOINTS: Final[dict[str, TokenKind]] = {
    "かつ": "and", "または": "or", "又は": "or", "もしくは": "or", "ではない": "isnot", "でない": "isnot",
    "を含まない": "lacks", "含まない": "lacks", "を含む": "contains", "含む": "contains",
}  # fmt: skip
_JOINT: Final = re.compile("|".join(sorted(_JOINTS, key=len, reverse=True)))
_ENGLISH: Final[dict[str, TokenKind]] = {"and": "and", "or": "or", "not": "not", "contains": "contains", "&&": "and"}
# After these a value or a column must come: かつ at the beginning of かつや商店 is then no joint.
_OPENING: Final = frozenset(("sign", "open", "and", "or", "not", "contains", "lacks"))


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text (a sign in its plain form), and where it begins (from 0)."""

    kind: TokenKind
    text: str
    at: int


def failed(at: int, word: str, ja: str, en: str) -> Refusal:
    """Return the refusal of a filter, with the place and the word that cannot be read."""
    return Refusal(
        "argument",
        f"条件の{at + 1}文字目「{word}」: {ja}" if word else f"条件の{at + 1}文字目: {ja}",
        f'condition, character {at + 1}, "{word}": {en}' if word else f"condition, character {at + 1}: {en}",
    )


def tokens(text: str) -> list[Token]:
    """Return the tokens of a filter, ended by one of kind `end`.

    Full-width signs, digits and parentheses count as half-width ones. Words are parted by white space, signs,
    parentheses and quotes, and by かつ, または, でない, 含む within a run of letters; quotes keep anything together.

    Raises
    ------
    Refusal
        `argument` for a text that is too long, an open quote or a sign that is none.
    """
    if len(text) > LONGEST:
        raise failed(LONGEST, "", f"条件が長すぎます(最大{LONGEST}文字)", f"too long (at most {LONGEST} characters)")
    found: list[Token] = []
    at = 0
    while at < len(text):
        plain = _narrow_character(text[at])
        if plain.isspace():
            at += 1
        elif plain in "()":
            found.append(Token("open" if plain == "(" else "close", plain, at))
            at += 1
        elif _find_closing_quote(text[at]):
            token, at = _take_quoted_word(text, at)
            found.append(token)
        elif plain in _SIGN_CHARACTERS:
            token, at = _take_comparison(text, at)
            found.append(token)
        else:
            opening = not found or found[-1].kind in _OPENING
            token, at = _take_filter_word(text, at, opening)
            found.append(token)
    return [*found, Token("end", "", len(text))]


def _narrow_character(character: str) -> str:
    """Return a character as half-width where that is one character again: ＝ is =, （ is (."""
    folded = unicodedata.normalize("NFKC", character) if character not in "≠" else character
    return folded if len(folded) == 1 else character


def _find_closing_quote(character: str) -> str:
    """Return the character that closes a quote begun by this one, '' where it begins none."""
    return QUOTES.get(character) or QUOTES.get(_narrow_character(character), "")


def _take_quoted_word(text: str, at: int) -> tuple[Token, int]:
    closing = _find_closing_quote(text[at])
    end = at + 1
    while end < len(text) and text[end] != closing and _narrow_character(text[end]) != closing:
        end += 1
    if end == len(text):
        raise failed(at, text[at : at + 20], "かぎかっこ(引用符)が閉じていません", "the quote is not closed")
    return Token("quoted", text[at + 1 : end], at), end + 1


def _take_comparison(text: str, at: int) -> tuple[Token, int]:
    end = at
    while end < len(text) and _narrow_character(text[end]) in _SIGN_CHARACTERS:
        end += 1
    written = "".join(_narrow_character(character) for character in text[at:end])
    sign = _SIGNS.get(written)
    if sign is None:
        raise failed(at, text[at:end], "比較の記号は = ≠ < <= > >= です", "the comparisons are = <> < <= > >=")
    return Token("sign", sign, at), end


def _take_filter_word(text: str, at: int, opening: bool) -> tuple[Token, int]:
    end = at
    while end < len(text) and not _ends_word(text[end]):
        end += 1
    run = text[at:end]
    english = _ENGLISH.get(unicodedata.normalize("NFKC", run).casefold())
    if english is not None:
        return Token(english, run, at), end
    joint = _JOINT.search(run, 1 if opening else 0)
    if joint is None:
        return Token("word", run, at), end
    if joint.start() == 0:
        return Token(_JOINTS[joint.group()], joint.group(), at), at + joint.end()
    return Token("word", run[: joint.start()], at), at + joint.start()


def _ends_word(character: str) -> bool:
    plain = _narrow_character(character)
    return plain.isspace() or plain in "()" or plain in _SIGN_CHARACTERS or bool(_find_closing_quote(character))
