"""Which table and which columns are proposed: by known headers, by words in headers, and by what the cells hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine.language.errors import Text
from engine.language.words import normalise
from engine.reading.columns import TABLES, bind, columns, needs, table_text
from engine.reading.profiles.evidence import hints
from engine.reading.profiles.guesses import BY_ALIAS, BY_CELLS, BY_WORD, LOW, Guess
from engine.reading.profiles.headers import plain_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.reading.profiles.evidence import Evidence

_TELLING: Final = {"costs": ("kind",)}
"""What a table must have beside its needs to be told by its headers: a date and an amount alone may be sales."""


def guess_table(headers: Sequence[str], evidence: Sequence[Evidence]) -> tuple[str, Guess]:
    """Return the table with most known headers among those that have what they need; else by the kinds of the cells.

    Parameters
    ----------
    headers
        The header row as written.
    evidence
        What the cells say, one per header.
    """
    known = {table: set(bind(table, headers).fields) for table in TABLES}
    whole = [
        table
        for table in TABLES
        if known[table].issuperset(_TELLING.get(table, ()))
        and all(known[table].intersection(keys) for keys in needs(table))
    ]
    best = max(whole, key=lambda table: len(known[table]), default=None)
    orders = any(each.is_date for each in evidence) and any(each.is_amount for each in evidence)
    if orders and best in ("customers", "costs", None) and (won := _find_sales_states(evidence)) is not None:
        return "orders", Guess("table", "", "orders", BY_WORD, Text(
            f"日付と金額の列と、売上かどうかの列「{won.header}」があります",
            f'It has dates, figures and a column that tells what is a sale ("{won.header}")',
        ))  # fmt: skip
    text = next((each for each in evidence if each.is_text and _mentions_kind(each.header, "customer")), None)
    repeated = text is None or text.distinct <= float(hints()["shares"]["repeated"])
    if best is not None and (best != "customers" or not orders or not repeated):
        title, count = table_text(best), len(known[best])
        return best, Guess("table", "", best, min(0.95, 0.5 + count / 10), Text(
            f"「{title.ja}」の見出しが{count}個あります", f"{count} headers of the {title.en.lower()} table are there",
        ))  # fmt: skip
    if orders:
        return "orders", Guess("table", "", "orders", BY_WORD, Text(
            "日付の列と金額の列があり、顧客が繰り返し現れます", "It has dates and figures, and customers come again",
        ))  # fmt: skip
    return "customers", Guess("table", "", "customers", LOW, Text(
        "日付と金額の列がそろっていないので、取引ではありません", "It lacks dates or figures, so it is no table of orders",
    ))  # fmt: skip


def _find_sales_states(evidence: Sequence[Evidence]) -> Evidence | None:
    """Return a column of states of which some are sales."""
    kept, few = {normalise(word) for word in hints()["status"]["kept"]}, int(hints()["shares"]["few"])
    return next((each for each in evidence if each.header and len(each.words) <= few and each.values() & kept), None)


def guess_columns(table: str, headers: Sequence[str], evidence: Sequence[Evidence]) -> list[Guess]:
    """Return our columns: by their headers where these are known, else by words in the headers and by the cells."""
    by_place = {each.at: each for each in evidence}
    found: dict[str, Guess] = {}
    for key, field in bind(table, headers).fields.items():
        if len(field.at) == 1 and _contradicts_kind(field.column.kind, by_place[field.at[0]]):
            continue  # a column of words is no 金額, whatever its header says
        found[key] = Guess("column", key, field.header, BY_ALIAS, Text(
            f"見出し「{field.header}」は「{field.column.text.ja}」として知られています",
            f'"{field.header}" is known as {field.column.text.en.lower()}',
        ))  # fmt: skip
    taken = {plain_header(part) for each in found.values() for part in (each.told, *each.told.split("*"))}
    free = [each for each in evidence if each.header and each.filled and plain_header(each.header) not in taken]
    for keys in needs(table):
        if not found.keys() & set(keys):
            guess = _guess_missing_column(table, keys, free)
            if guess is not None:
                found[guess.key] = guess
                free = [each for each in free if each.header != guess.told]
    order = [each.key for each in columns(table)]
    return sorted(found.values(), key=lambda each: order.index(each.key))


def _contradicts_kind(kind: str, column: Evidence) -> bool:
    if not column.filled:
        return False
    return (kind == "date" and column.is_amount and not column.dates) or (
        kind == "amount" and not column.is_amount and column.amounts < 0.5
    ) or (kind == "date" and column.is_text and column.dates < 0.5)  # fmt: skip


def _guess_missing_column(table: str, keys: Sequence[str], free: Sequence[Evidence]) -> Guess | None:
    """Return the column that comes nearest to one that is needed."""
    kinds = {each.key: each for each in columns(table)}
    key = next((each for each in keys if kinds[each].kind == "name"), keys[0])
    kind = kinds[key].kind
    if kind == "date":
        return _guess_best_candidate(
            key, [each for each in free if each.is_date], "date", Text("セルが日付です", "its cells are dates")
        )
    if kind in ("amount", "number"):
        return _guess_best_candidate(
            key, [each for each in free if each.is_amount], "amount", Text("セルが数値です", "its cells are figures")
        )
    if kind in ("name", "id") or key in ("customer", "name"):
        texts = [each for each in free if each.is_text]
        several = [each for each in texts if len(each.words) > 1 and (table == "customers" or each.distinct < 0.9)]
        guess = _guess_best_candidate(
            key, several or texts, "customer", Text("名前や番号が並んでいます", "it holds names or codes")
        )
        return guess if guess is None or not _is_code_header(guess.told) else replace(guess, key="customer_id")
    return None


def _is_code_header(header: str) -> bool:
    """Return whether a header ends like that of a number or a code."""
    return plain_header(header).endswith(tuple(plain_header(word) for word in hints()["words"]["customer_id"]))


def _guess_best_candidate(key: str, candidates: Sequence[Evidence], kind: str, cells: Text) -> Guess | None:
    """Return the candidate whose header speaks of the column, else the one that weighs most."""
    if not candidates:
        return None
    speaking = [each for each in candidates if _mentions_kind(each.header, kind)]
    weights = {each.at: _weigh_candidate(each, kind) for each in candidates}
    column = max(speaking or candidates, key=lambda each: (weights[each.at], -each.at))
    if speaking:
        return Guess("column", key, column.header, BY_WORD, Text(
            f"見出しの語と、{cells.ja}", f"by a word of the header, and {cells.en}",
        ))  # fmt: skip
    confidence = BY_CELLS if len(candidates) == 1 else LOW
    return Guess("column", key, column.header, confidence, Text(
        f"見出しからは分かりませんが、{cells.ja}", f"the header does not tell, but {cells.en}",
    ))  # fmt: skip


def _weigh_candidate(column: Evidence, kind: str) -> float:
    """Return what decides between columns of one kind: the largest sum, the earliest date, the most different names."""
    if kind == "amount":
        return column.total
    return -column.at if kind == "date" else float(len(column.words))


def _mentions_kind(header: str, kind: str) -> bool:
    plain = plain_header(header)
    return any(plain_header(word) in plain for word in hints()["words"][kind])
