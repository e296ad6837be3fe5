"""The tree of a filter: typed conditions joined by and, or, not; and the normal form in which it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.language import words
from engine.language.filters.values import as_text, value_text

if TYPE_CHECKING:
    from datetime import date

    from engine.language.errors import Lang
    from engine.language.filters.column import Column
    from engine.language.filters.tokens import Sign
    from engine.lists.columns import Columns


@dataclass(frozen=True, slots=True)
class Compare:
    """A column against a value: a number, a date, a code, a text or yes/no, as the column's kind demands."""

    column: Column
    sign: Sign
    value: float | date | str | bool


@dataclass(frozen=True, slots=True)
class Contains:
    """A text column that holds a text within it."""

    column: Column
    text: str


@dataclass(frozen=True, slots=True)
class Blank:
    """A column whose value is missing."""

    column: Column


@dataclass(frozen=True, slots=True)
class Listed:
    """The members of a named list, by its code."""

    code: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds."""

    parts: tuple[Node, ...]


Node = Compare | Contains | Blank | Listed | Not | And | Or


def columns_in(node: Node) -> tuple[Column, ...]:
    """Return the columns that a filter names, each once, in its order."""
    if isinstance(node, (And, Or)):
        found = [column for part in node.parts for column in columns_in(part)]
    elif isinstance(node, Not):
        found = list(columns_in(node.part))
    else:
        found = [] if isinstance(node, Listed) else [node.column]
    return tuple({column.code: column for column in found}.values())


def to_text(node: Node, columns: Columns, lang: Lang = "ja") -> str:
    """Return a filter in its normal form; `parse` reads the same tree from it."""
    ja = lang == "ja"
    if isinstance(node, (And, Or)):
        joint = (" かつ " if ja else " and ") if isinstance(node, And) else (" または " if ja else " or ")
        return joint.join(
            f"({to_text(part, columns, lang)})" if isinstance(part, (And, Or)) else to_text(part, columns, lang)
            for part in node.parts
        )
    if isinstance(node, Not):
        inner = to_text(node.part, columns, lang)
        return f"not ({inner})" if isinstance(node.part, (And, Or)) else f"not {inner}"
    if isinstance(node, Listed):
        return as_text(words.label("lists", node.code, lang))
    subject = as_text(columns.spoken(node.column, lang))
    if isinstance(node, Blank):
        return f"{subject} = {'空白' if ja else 'blank'}"
    if isinstance(node, Contains):
        return f"{subject} {'含む' if ja else 'contains'} {as_text(node.text, quoted=True)}"
    return f"{subject} {node.sign} {value_text(columns, node.column, node.value, lang)}"
