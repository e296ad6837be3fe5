"""Lists of customers: named ones (要対応, 機会, 休眠 …) and any filter, with columns, an order and a length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.language.filters import parse
from engine.language.filters.tree import Listed, columns_in
from engine.lists import actions
from engine.lists.columns import Columns, columns_of
from engine.lists.disagreements import disagreements
from engine.lists.matching import matches
from engine.measures.opportunities import ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from engine.language.filters.column import Column
    from engine.language.filters.tree import Node
    from engine.scoring.portfolio import Portfolio

_IDENTITY: Final = (Text("顧客ID", "Customer ID"), Text("顧客", "Customer"))
_FINER: Final = {"finding_rank": "finding_expected", "level_risk": "p_lost", "score_risk": "p_lost"}
"""By which column rows are ordered that the sort key does not tell apart."""
_USUAL: Final = ("売上", "リスク", "総合", "戦略")  # what a filter shows beside its own columns
_RANK: Final = {"low": 0.0, "mid": 1.0, "high": 2.0}
_KINDS: Final = {
    "cross_sell": Text("クロスセル", "Cross-sell"),
    "upsell": Text("アップセル", "Upsell"),
    "whitespace": Text("未開拓", "Whitespace"),
}


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column of a list.

    Parameters
    ----------
    name
        Its header.
    unit
        money (minor units), rate, days, count, ratio, score, date (datetime.date), flag (True, False) or text.
    values
        One per row: a number, a date, a bool, a str, a `Text` in both languages, or None where it is not known.
    """

    name: Text
    unit: str
    values: list[object]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: the customers' positions, one per row (a customer may stand in several), and the columns."""

    positions: NDArray[np.intp]
    columns: tuple[ListColumn, ...]


def list_customers(portfolio: Portfolio, wanted: str = "", order: str = "", top: int | None = None) -> Listing:
    """Return the customers of a named list or of a filter.

    Parameters
    ----------
    wanted
        The name of a list (`要対応`), a filter (`リスク=高 かつ 粗利>1000000`), or '' for every customer.
    order
        A column and 昇順 or 降順, such as `期待効果 降順`. Numbers and levels come largest first unless told otherwise,
        dates and texts smallest first; what is missing comes last. '' takes the list's own order, or the sales.
    top
        How many rows at most; all when None.

    Raises
    ------
    Refusal
        For what `engine.language.filters.parse` refuses, an unknown column to sort by, a top below 1, or data that cannot carry
        the list.
    """
    if top is not None and top < 1:
        raise Refusal("argument", f"件数は1以上にしてください({top})", f"ask for at least one row ({top})")
    columns = columns_of(portfolio)
    node = parse(wanted, columns) if wanted.strip() else None
    if isinstance(node, Listed) and not order and node.code in ("opportunity", "disagreement"):
        return (
            _list_opportunities(portfolio, top) if node.code == "opportunity" else _list_disagreements(portfolio, top)
        )
    named = portfolio.definition.value(f"lists.{node.code}") if isinstance(node, Listed) else None
    shown = _find_named_columns(columns, str(named["columns"])) if named else _choose_usual_columns(columns, node)
    positions = np.flatnonzero(np.ones(len(portfolio)) if node is None else matches(portfolio, node))
    key, rising = _parse_sort_order(columns, order or (str(named["sort"]) if named else _USUAL[0]))
    if key is not None and order:
        shown = tuple({each.code: each for each in (*shown, key)}.values())
    positions = positions[_order_equals(columns, key, positions)]
    positions = positions[_sort_positions(columns, key, rising, positions)][:top]
    return Listing(
        positions,
        (
            *_make_identity_columns(portfolio, positions),
            *(_take_listed_column(columns, each, positions) for each in shown),
        ),
    )


def _choose_usual_columns(columns: Columns, node: Node | None) -> tuple[Column, ...]:
    own = columns_in(node) if node is not None else ()
    usual = [column for word in _USUAL if (column := columns.find(word)) is not None]
    shown = {column.code: column for column in (*own, *usual)}
    return tuple(column for column in shown.values() if column.code not in ("name", "customer_id"))


def _find_named_columns(columns: Columns, written: str) -> tuple[Column, ...]:
    """Return the columns of a list in the definition; one that these data do not have is left out."""
    found = []
    for word in (each.strip().strip("「」") for each in written.replace(",", "、").split("、")):
        column = columns.find(word) if word else None
        if word and column is None:
            raise _refuse_unknown_sort_column(columns, word)
        if column is not None and _is_column_available(columns, column):
            found.append(column)
    return tuple(found)


def _is_column_available(columns: Columns, column: Column) -> bool:
    try:
        columns.values(column)
    except Refusal:
        return False
    return True


def _parse_sort_order(columns: Columns, written: str) -> tuple[Column | None, bool]:
    """Return the column to sort by and whether the smallest comes first."""
    word, rising = written.strip(), None
    for direction in ("ascending", "descending"):
        for spoken in sorted(_list_spoken_directions(direction), key=len, reverse=True):
            if rising is None and word.casefold().endswith(spoken.casefold()) and word.casefold() != spoken.casefold():
                word, rising = word[: -len(spoken)].strip(), direction == "ascending"
    column = columns.find(word.strip("「」"))
    if column is None:
        raise _refuse_unknown_sort_column(columns, word)
    return column, column.kind in ("date", "text") if rising is None else rising


def _list_spoken_directions(direction: str) -> tuple[str, ...]:
    return (*words.text("sort_orders", direction), *words.aliases("sort_orders", direction))


def _refuse_unknown_sort_column(columns: Columns, word: str) -> Refusal:
    near = columns.near(word)
    return Refusal(
        "argument",
        f"「{word}」では並べられません" + (f"(近い語: {'・'.join(each.ja for each in near)})" if near else ""),
        f'there is no column "{word}"' + (f" (near: {', '.join(each.en for each in near)})" if near else ""),
    )


def _order_equals(columns: Columns, key: Column | None, positions: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return in which order rows stand that the sort key does not tell apart: by what it stands for, then the largest sales first.

    Of one finding the customer with the most money leads; of equal levels and scores of リスク the likeliest to be lost, as most regular
    buyers have a score of 0.
    """
    frame = columns.portfolio.frame
    finer = _FINER.get(key.code) if key is not None else None
    ranks = [np.nan_to_num(frame["sales_12m"].to_numpy(np.float64, na_value=np.nan), nan=-np.inf)[positions]]
    if finer is not None:
        told = np.asarray(columns.values(columns.require(finer)), dtype=np.float64)
        ranks.append(np.nan_to_num(told[positions], nan=-np.inf))
    return np.lexsort([-each for each in ranks])


def _sort_positions(
    columns: Columns, key: Column | None, rising: bool, positions: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the order of the rows; equal ones stay as they stand (`_order_equals`), missing ones come last."""
    if key is None or not len(positions):
        return np.arange(len(positions), dtype=np.intp)
    if key.kind == "text":
        texts = columns.keys(key)[positions]
        _, ranks = np.unique(texts.astype(str), return_inverse=True)
        rank = np.where(texts == "", np.nan, ranks.astype(np.float64))
    elif key.kind == "code":
        place = _RANK if key.words == "levels" else {code: -float(at) for at, code in enumerate(columns.codes(key))}
        rank = np.array([place.get(value, np.nan) for value in columns.values(key)[positions].tolist()])
    else:
        rank = columns.values(key)[positions]
    return np.argsort(np.where(np.isnan(rank), np.inf, rank if rising else -rank), kind="stable")


def _make_identity_columns(portfolio: Portfolio, positions: NDArray[np.intp]) -> tuple[ListColumn, ...]:
    frame = portfolio.frame
    return tuple(
        ListColumn(name, "text", frame[column].to_numpy(dtype=object)[positions].tolist())
        for name, column in zip(_IDENTITY, ("customer_id", "name"), strict=True)
    )


def _take_listed_column(columns: Columns, column: Column, positions: NDArray[np.intp]) -> ListColumn:
    values = columns.values(column)[positions]
    if column.code == "strategy":
        both = (columns.portfolio.frame[f"strategy_{lang}"].to_numpy(dtype=object)[positions] for lang in ("ja", "en"))
        return ListColumn(column.name, "text", [Text(ja, en) for ja, en in zip(*both, strict=True)])
    if column.kind == "code":
        texts = {code: columns.text(column, code) for code in set(values.tolist())}
        return ListColumn(column.name, "text", [texts[code] for code in values.tolist()])
    if column.kind == "text":
        return ListColumn(column.name, "text", values.tolist())
    missing = np.isnan(values)
    return ListColumn(
        _word_column_heading(columns, column), column.unit, _convert_to_plain_values(column, values, missing)
    )


def _convert_to_plain_values(column: Column, values: NDArray[Any], missing: NDArray[np.bool_]) -> list[object]:
    if column.kind == "date":
        days = np.where(missing, 0, values).astype("datetime64[D]").astype(object)
        return [None if lost else day for day, lost in zip(days.tolist(), missing.tolist(), strict=True)]
    made = bool if column.kind == "flag" else int if column.unit in ("money", "count") else float
    return [None if lost else made(value) for value, lost in zip(values.tolist(), missing.tolist(), strict=True)]


def _word_column_heading(columns: Columns, column: Column) -> Text:
    if column.code not in ("expected_effect", "finding_expected"):
        return column.name
    basis = words.text("measures", actions.effect_basis(columns.portfolio))
    return Text(f"{column.name.ja}({basis.ja})", f"{column.name.en} ({basis.en})")


def _list_opportunities(portfolio: Portfolio, top: int | None) -> Listing:
    """Return the opportunities, the largest expected profit first; a customer may stand in several rows."""
    found = ranked(portfolio)
    found = found if top is None else found.head(top)
    positions = found["customer"].to_numpy(np.intp)
    kinds = [_KINDS[kind] for kind in found["kind"]]
    reasons = [Text(ja, en) for ja, en in zip(found["reason_ja"], found["reason_en"], strict=True)]
    return Listing(
        positions,
        (
            *_make_identity_columns(portfolio, positions),
            ListColumn(Text("種別", "Kind"), "text", [*kinds]),
            ListColumn(Text("商品", "Product"), "text", found["product"].tolist()),
            ListColumn(Text("期待粗利", "Expected profit"), "money", _convert_known_to_whole(found["expected"])),
            ListColumn(Text("根拠n", "Evidence n"), "count", _convert_known_to_whole(found["n"])),
            ListColumn(Text("根拠", "Reason"), "text", [*reasons]),
        ),
    )


def _convert_known_to_whole(values: pd.Series) -> list[object]:
    return [None if value is None or value != value else int(value) for value in _convert_missing_to_none(values)]


def _convert_missing_to_none(values: pd.Series) -> Sequence[Any]:
    return values.astype(object).where(values.notna(), None).tolist()


def _list_disagreements(portfolio: Portfolio, top: int | None) -> Listing:
    """Return the contradictions between schemes, one row each."""
    found = disagreements(portfolio)
    found = found if top is None else found.head(top)
    positions = found["customer"].to_numpy(np.intp)
    both = {
        name: [Text(ja, en) for ja, en in zip(found[f"{name}_ja"], found[f"{name}_en"], strict=True)]
        for name in ("classes", "meaning")
    }
    sales = columns_of(portfolio).find(_USUAL[0])
    assert sales is not None  # noqa: S101 - a metric of the dictionary
    return Listing(
        positions,
        (
            *_make_identity_columns(portfolio, positions),
            ListColumn(Text("分類", "Classes"), "text", [*both["classes"]]),
            ListColumn(Text("意味", "Meaning"), "text", [*both["meaning"]]),
            _take_listed_column(columns_of(portfolio), sales, positions),
        ),
    )
