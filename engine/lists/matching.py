"""The members of a filter: for which customers of a run it surely holds."""

from __future__ import annotations

import operator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.language import words
from engine.language.errors import Refusal
from engine.language.filters import parse
from engine.language.filters.kleene import kleene
from engine.language.filters.tree import Blank, Compare, Contains, Listed
from engine.lists.columns import Columns, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.language.filters.kleene import Known, Leaf
    from engine.language.filters.tokens import Sign
    from engine.language.filters.tree import Node
    from engine.scoring.portfolio import Portfolio

_LISTS_DEEP: Final = 4  # lists that name lists


def matches(portfolio: Portfolio, node: Node) -> NDArray[np.bool_]:
    """Return for each customer whether a filter surely holds.

    Raises
    ------
    Refusal
        Where a scheme or list that it names cannot be told from these data.
    """
    return _match_condition(portfolio, node, 0)[0]


def _match_condition(portfolio: Portfolio, node: Node, lists: int) -> Known:
    def answer(leaf: Leaf) -> Known:
        return (
            _match_named_list(portfolio, leaf, lists)
            if isinstance(leaf, Listed)
            else _match_leaf(columns_of(portfolio), leaf)
        )

    return kleene(node, answer)


def _match_named_list(portfolio: Portfolio, node: Listed, lists: int) -> Known:
    """Return the members of a named list."""
    if lists >= _LISTS_DEEP:
        name = words.text("lists", node.code)
        raise Refusal(
            "missing_definition",
            f"一覧「{name.ja}」が自分自身を参照しています",
            f'the list "{name.en}" names itself',
        )
    written = str(portfolio.definition.value(f"lists.{node.code}")["filter"])
    return _match_condition(portfolio, parse(written, columns_of(portfolio)), lists + 1)


def _match_leaf(columns: Columns, node: Compare | Contains | Blank) -> Known:
    column = node.column
    if column.kind == "text":
        texts = [columns.keys(column, "ja"), *([columns.keys(column, "en")] if column.code == "strategy" else [])]
        known = texts[0] != ""
        if isinstance(node, Blank):
            return ~known, known
        hit = np.zeros(len(known), dtype=np.bool_)
        for keys in texts:
            hit |= _find_text_in_keys(keys, node.text) if isinstance(node, Contains) else keys == node.value
        equal = isinstance(node, Contains) or node.sign == "="
        return (known & hit, known & ~hit) if equal else (known & ~hit, known & hit)
    values = columns.values(column)
    if column.kind == "code":
        return _match_codes(columns, node, values)
    known = ~np.isnan(values)
    if isinstance(node, Blank):
        return ~known, known
    assert isinstance(node, Compare)  # noqa: S101 - the parser gives 含む to columns of text only
    hit = _compare_values(values, node.sign, _convert_value_to_number(node.value))
    return known & hit, known & ~hit


def _find_text_in_keys(keys: NDArray[np.object_], text: str) -> NDArray[np.bool_]:
    found = {key: text in key for key in set(keys.tolist())}
    return np.fromiter((found[key] for key in keys.tolist()), np.bool_, len(keys))


def _match_codes(columns: Columns, node: Compare | Contains | Blank, values: NDArray[Any]) -> Known:
    nothing = ("unknown", "unclassified", "none") if isinstance(node, Blank) else ("unknown",)
    blank = np.isin(values, [*nothing, None, ""])
    if isinstance(node, Blank):
        return blank, ~blank
    assert isinstance(node, Compare)  # noqa: S101 - the parser gives 含む to columns of text only
    if node.value == "unknown":
        blank = np.zeros(len(values), dtype=np.bool_)  # 不明 was asked for
    if node.sign in ("=", "≠"):
        hit = (values == node.value) if node.sign == "=" else (values != node.value)
    else:
        order = {"low": 0.0, "mid": 1.0, "high": 2.0}
        rank = np.array([order.get(value, np.nan) for value in values.tolist()])
        hit = _compare_values(rank, node.sign, order[str(node.value)])
    hit = np.asarray(hit, dtype=np.bool_)
    return ~blank & hit, ~blank & ~hit


_SIGNS: Final[dict[str, Callable[[Any, float], Any]]] = {
    "=": operator.eq,
    "≠": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compare_values(values: NDArray[np.float64], sign: Sign, value: float) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray(_SIGNS[sign](values, value), dtype=np.bool_)


def _convert_value_to_number(value: float | date | str | bool) -> float:
    if isinstance(value, date):
        return float(np.datetime64(value, "D").astype(np.int64))
    return float(value)
