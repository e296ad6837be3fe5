"""The grammar of filters: text to a typed tree.

    condition   column sign value · column 含む value · column = 空白 · a yes/no column · the name of a list
    joined by   かつ (and) before または (or), parentheses, 〜でない (not) before or after

A missing value satisfies nothing, neither a condition nor its contrary; only 空白 finds it.

Decision 0131: why a filter is parsed and has three truth values.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from engine.language import words
from engine.language.filters.column import text_key
from engine.language.filters.tokens import Token, failed, tokens
from engine.language.filters.tree import And, Blank, Compare, Contains, Listed, Node, Not, Or
from engine.language.filters.values import read_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.language.errors import Refusal, Text
    from engine.language.filters.column import Column
    from engine.language.filters.tokens import Sign
    from engine.lists.columns import Columns

    Reader = Callable[[Column, Sign, Token], tuple[Column, Any] | None]

DEEPEST: Final = 40  # parentheses and でない within each other


class Named(Protocol):
    """Columns as the parser asks for them: by a word, and those that resemble it."""

    def find(self, word: str) -> Column | None:
        """Return the column that a word means, or None."""

    def near(self, word: str, limit: int = 3) -> tuple[Text, ...]:
        """Return the columns whose words resemble `word`, nearest first."""


def parse(text: str, columns: Columns) -> Node:
    """Return the tree of a filter.

    Parameters
    ----------
    text
        The filter, in Japanese or English, full-width or half-width.
    columns
        The columns of the run that it is asked of.

    Raises
    ------
    Refusal
        `argument` with the place, the word and the near candidates.
    """
    return parse_with(text, columns, partial(read_value, columns))


def parse_with(text: str, columns: Named, read: Reader) -> Node:
    """Return the tree of a filter over other columns than those of a run, such as the headers of a file.

    Parameters
    ----------
    read
        Given the column, the comparison and the word after it, returns the column and value that are really compared; None
        for a blank.

    Raises
    ------
    Refusal
        As `parse`.
    """
    parser = _FilterParser(tokens(text), columns, read)
    found = parser.either()
    parser.end()
    return found


class _FilterParser:
    """Recursive descent over the tokens: または, かつ, not, then a condition or a parenthesis."""

    def __init__(self, found: list[Token], columns: Named, read: Reader) -> None:
        self.tokens, self.columns, self.read = found, columns, read
        self.at = self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self, *kinds: str) -> Token | None:
        token = self.token
        if token.kind not in kinds:
            return None
        self.at += 1
        return token

    def end(self) -> None:
        token = self.token
        if token.kind == "close":
            raise failed(token.at, token.text, "対応する ( がありません", "there is no ( for it")
        if token.kind != "end":
            raise failed(
                token.at, token.text, "前の条件との間に「かつ」か「または」を入れてください", "join it by and / or"
            )

    def either(self) -> Node:
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Or(_flatten_parts(Or, parts))

    def both(self) -> Node:
        parts = [self.negated()]
        while self.take("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else And(_flatten_parts(And, parts))

    def negated(self) -> Node:
        token = self.take("not")
        if token is not None:
            self.deeper(token)
            found: Node = Not(self.negated())
            self.depth -= 1
            return found
        found = self.primary()
        deep = self.depth
        while (token := self.take("isnot")) is not None:
            self.deeper(token)
            found = Not(found)
        self.depth = deep
        return found

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise failed(
                token.at, token.text, f"かっこが深すぎます(最大{DEEPEST})", f"nested too deep (at most {DEEPEST})"
            )

    def primary(self) -> Node:
        opened = self.take("open")
        if opened is None:
            return self.condition()
        self.deeper(opened)
        found = self.either()
        self.depth -= 1
        if not self.take("close"):
            if self.token.kind == "end":
                raise failed(opened.at, opened.text, "( が閉じていません", "the ( is not closed")
            self.end()
        return found

    def condition(self) -> Node:
        subject = self.words()
        if subject is None:
            what = self.token
            raise failed(
                what.at,
                what.text,
                "ここには列の名前が要ります(例: リスク=高)。名前なら「」で囲んでください",
                "a column is needed here (for example: risk = high); put a name into quotes",
            )
        sign = self.take("sign")
        if sign is not None:
            return self.compared(subject, sign)
        inside = self.take("contains", "lacks")
        if inside is None:
            return self.named(subject)
        column = self.column(subject)
        if column.kind not in ("text", "cell"):
            raise failed(
                subject.at, subject.text, "「含む」は文字の列にだけ使えます", '"contains" is for columns of text only'
            )
        found = Contains(column, text_key(column, self.value(inside).text))
        return found if inside.kind == "contains" else Not(found)

    def words(self) -> Token | None:
        """Take the words that stand together as one: Gross profit, 株式会社 青葉."""
        first = self.take("quoted")
        if first is not None:
            return first
        first = self.take("word")
        if first is None:
            return None
        parts = [first.text]
        while (more := self.take("word")) is not None:
            parts.append(more.text)
        return Token("word", " ".join(parts), first.at)

    def value(self, after: Token) -> Token:
        token = self.words()
        if token is None or not token.text.strip():
            raise failed(
                after.at, after.text, "この後に値が要ります(例: リスク=高)", "a value must follow (risk = high)"
            )
        if self.token.kind == "sign":
            raise failed(
                token.at, token.text, "次の条件との間に「かつ」か「または」を入れてください", "join it by and / or"
            )
        return token

    def compared(self, subject: Token, sign: Token) -> Node:
        column = self.column(subject)
        token = self.value(sign)
        signed: Any = sign.text
        read = self.read(column, signed, token)
        if read is None:
            return Blank(column) if signed == "=" else Not(Blank(column))
        return Compare(read[0], signed, read[1])

    def named(self, subject: Token) -> Node:
        """Return what a lone word means: a list, or a column of yes and no."""
        listed = words.find("lists", subject.text)
        if listed is not None:
            return Listed(listed)
        column = self.columns.find(subject.text)
        if column is not None and column.kind == "flag":
            return Compare(column, "=", True)
        if column is not None:
            raise failed(
                self.token.at, subject.text, "この後に比較が要ります(例: =高、>100万)", "a comparison must follow"
            )
        raise self.unknown(subject)

    def column(self, subject: Token) -> Column:
        column = self.columns.find(subject.text)
        if column is None:
            raise self.unknown(subject)
        return column

    def unknown(self, subject: Token) -> Refusal:
        near = (*words.near("lists", subject.text, 1), *self.columns.near(subject.text))
        ja = (
            f"(近い語: {'・'.join(each.ja for each in near)})"
            if near
            else "。列、指標、分類、一覧の名前を使ってください"
        )
        en = f" (near: {', '.join(each.en for each in near)})" if near else "; use a column, metric, scheme or list"
        return failed(subject.at, subject.text[:40], f"知らない語です{ja}", f"not a known word{en}")


def _flatten_parts(kind: type[And] | type[Or], parts: list[Node]) -> tuple[Node, ...]:
    """Join a part of the same kind into its parent: (a かつ b) かつ c is a かつ b かつ c."""
    return tuple(each for part in parts for each in (part.parts if isinstance(part, kind) else (part,)))
