"""The input tables: their columns, kinds and the headers, ja/en and foreign, by which they are recognised."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

from engine.language.errors import Refusal, Text
from engine.language.words import normalise
from engine.reading.header_meaning import is_unlike_id, likeness_by_meaning, meaning_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TABLES: Final = (
    *("customers", "orders", "contacts", "surveys", "costs", "products", "leads"),
    *("plans", "actions", "benchmarks"),
)

_ALIKE: Final = 0.6
"""Least likeness of a header that is offered in place of a missing one."""
_LETTERS: Final = 0.9  # weight of like letters where the words of a header could tell what it means, and do not

CellKind = Literal["id", "text", "name", "amount", "date", "integer", "number", "rate", "level", "flag", "chance"]

_JOINTS: Final = re.compile(r"[\s_\-./・:]+")
_MARKS: Final = re.compile(r"^[*※◎●■□【\[(]*(?:必須|任意|required)?[\])】]*|[*※]+$")
# A trailing bracket holds a unit or a remark: 金額(千円), Amount [USD].
_BRACKET: Final = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]$")
_PRODUCT: Final = re.compile(r"\s*[*×✕xX]\s*")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an input table: its key, the kind of its cells and its names in both languages."""

    table: str
    key: str
    kind: CellKind
    text: Text
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """Where a column stands in a sheet.

    Parameters
    ----------
    column
        The column that is meant.
    at
        Positions of the headers that hold it: one, or two whose product it is (`Quantity*UnitPrice`).
    header
        The header as written, for findings.
    unit
        What the header's bracket says, such as `千円` or `USD`; empty without one.
    """

    column: Column
    at: tuple[int, ...]
    header: str
    unit: str


@dataclass(frozen=True, slots=True)
class Binding:
    """Which header of a sheet is which column.

    Parameters
    ----------
    fields
        Column key to its place.
    further
        Positions of the headers that are no known column; they stay usable under their own text.
    doubles
        (header used, header not used) where two headers mean one column.
    """

    fields: Mapping[str, Field]
    further: tuple[int, ...]
    doubles: tuple[tuple[str, str], ...] = field(default=())


@cache
def _load_columns_file() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("engine.reading").joinpath("columns.toml").read_text(encoding="utf-8"))


@cache
def columns(table: str) -> tuple[Column, ...]:
    """Return the columns of `table` in their usual order."""
    return tuple(
        Column(
            table,
            key,
            entry["kind"],
            Text(entry["ja"], entry["en"]),
            (entry["ja"], entry["en"], key, *entry["aliases"]),
        )
        for key, entry in _load_columns_file()[table]["columns"].items()
    )


def table_text(table: str) -> Text:
    """Return the name of `table` (the template's sheet name) in both languages."""
    entry = _load_columns_file()[table]
    return Text(entry["ja"], entry["en"])


def table_names(table: str) -> tuple[str, ...]:
    """Return the names of sheets that hold `table`."""
    entry = _load_columns_file()[table]
    return (table, entry["ja"], entry["en"], *entry["sheets"])


@cache
def needs(table: str) -> tuple[tuple[str, ...], ...]:
    """Return the columns without which a sheet of unknown name is not taken for `table`; of each group one is enough."""
    return tuple(tuple(keys) for keys in _load_columns_file()[table]["needs"])


@cache
def _index_sheet_names() -> dict[str, str]:
    found: dict[str, str] = {}
    for table in TABLES:
        for word in table_names(table):
            found.setdefault(plain_header(word), table)
    return found


def find_table(sheet: str) -> str | None:
    """Return the table that a sheet of this name holds, or None.

    >>> find_table("取引"), find_table("Customer List"), find_table("はじめに")
    ('orders', 'customers', None)
    """
    return _index_sheet_names().get(plain_header(sheet))


def plain_header(header: str) -> str:
    """Return `header` as it is compared: normalised, without joints and marks."""
    return _JOINTS.sub("", _MARKS.sub("", normalise(header)))


def _split_off_bracket(header: str) -> tuple[str, str]:
    """Return the header without its last bracket, and what the bracket says."""
    text = unicodedata.normalize("NFKC", header).strip()
    match = _BRACKET.search(text)
    return (text[: match.start()], match.group(1).strip()) if match else (text, "")


@cache
def _index_headers(table: str) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for column in columns(table):
        for rank, word in enumerate(column.words):
            found.setdefault(plain_header(word), (column.key, rank))
    return found


_LONGEST_HEADER: Final = 200  # letters; what is longer is a remark


@lru_cache(maxsize=1 << 14)
def _find_known_header(table: str, header: str) -> tuple[str, int] | None:
    index = _index_headers(table)
    return index.get(plain_header(header)) or index.get(plain_header(_split_off_bracket(header)[0]))


def _find_column_of_header(table: str, header: str) -> tuple[str, int] | None:
    """Return the column that a header means, and the rank of the word by which it does."""
    return _find_known_header(table, header) if len(header) <= _LONGEST_HEADER else None


def recognised(table: str, headers: Sequence[str]) -> int:
    """Return how many different columns of `table` stand in `headers`: the measure by which a header row is found.

    Parameters
    ----------
    table
        The table's key, such as `orders`.
    headers
        One row of a sheet as written; blanks are passed over.
    """
    return len({found[0] for header in headers if header and (found := _find_column_of_header(table, header))})


def bind(table: str, headers: Sequence[str], mapping: Mapping[str, str] | None = None) -> Binding:
    """Find out which header is which column.

    Parameters
    ----------
    table
        The table's key, such as `orders`.
    headers
        The header row as written.
    mapping
        Column key to header where the caller says so; `Quantity*UnitPrice` means the product of two columns. What it says goes
        before every alias.

    Returns
    -------
    Binding
        Complete even when required columns are missing: see `missing`. Orders with a quantity and a unit price but no amount get
        their product as the amount.

    Raises
    ------
    Refusal
        `missing_column` when a mapped header is not there, `argument` when a mapped column is not one of the table's.
    """
    known = {column.key: column for column in columns(table)}
    fields: dict[str, Field] = {}
    for key, wanted in (mapping or {}).items():
        if key not in known:
            raise _make_no_such_column_refusal(table, key)
        fields[key] = _place_mapped_column(known[key], wanted, headers)
    taken = {at for each in fields.values() for at in each.at}
    ranked: dict[str, list[tuple[int, int]]] = {}
    for at, header in enumerate(headers):
        found = _find_column_of_header(table, header) if header and at not in taken else None
        if found and found[0] not in fields:
            ranked.setdefault(found[0], []).append((found[1], at))
    doubles: list[tuple[str, str]] = []
    for key in known:
        if places := sorted(ranked.get(key, ())):
            at = places[0][1]
            fields[key] = Field(known[key], (at,), headers[at], _split_off_bracket(headers[at])[1])
            doubles += [(headers[at], headers[other]) for _, other in places[1:]]
    if table == "orders" and "amount" not in fields and {"quantity", "unit_price"} <= fields.keys():
        quantity, price = fields["quantity"], fields["unit_price"]
        header = f"{quantity.header}*{price.header}"
        fields["amount"] = Field(known["amount"], (*quantity.at, *price.at), header, price.unit)
    used = {at for each in fields.values() for at in each.at}
    further = tuple(at for at, header in enumerate(headers) if at not in used and header)
    return Binding(fields, further, tuple(doubles))


def _place_mapped_column(column: Column, wanted: str, headers: Sequence[str]) -> Field:
    """Return the place that the caller's mapping names: one header, or two joined by `*`."""
    places = {plain_header(header): at for at, header in reversed(list(enumerate(headers))) if header}
    parts = [wanted] if plain_header(wanted) in places else _PRODUCT.split(wanted)
    if len(parts) > 2:
        raise Refusal(
            "argument",
            f"列の対応「{wanted}」は使えません(1列、または2列の積「数量*単価」と書いてください)",
            f'The mapping "{wanted}" cannot be used (write one column, or the product of two: "Quantity*UnitPrice")',
        )
    for part in parts:
        if plain_header(part) not in places:
            raise missing(column.table, (column.key,), headers, wanted=part)
    at = tuple(places[plain_header(part)] for part in parts)
    return Field(column, at, "*".join(headers[each] for each in at), _split_off_bracket(headers[at[-1]])[1])


def _make_no_such_column_refusal(table: str, key: str) -> Refusal:
    words = [column.key for column in columns(table)]
    title = table_text(table)
    return Refusal(
        "argument",
        f"{title.ja}の列「{key}」はありません(使える列: {'・'.join(words)})",
        f'"{key}" is no column of the {title.en.lower()} table (use: {", ".join(words)})',
    )


def nearest_headers(
    column: Column, headers: Sequence[str], limit: int = 3, distinct: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """Return up to `limit` headers that probably hold the column, likeliest first; known headers are no candidates.

    By meaning where the header's words tell it (`household_id` is a customer's ID, `store_id` is none), else by likeness
    to one of the column's names.

    Parameters
    ----------
    distinct
        Header → share of its cells that are different from each other (0–1), where the cells are known: a number that never
        repeats among orders is the order's own, one that repeats among customers is no customer's.
    """
    found = ((_rate_header_likeness(column, header, distinct), header) for header in headers if header)
    near = sorted((each for each in found if each[0] >= _ALIKE), key=lambda each: -each[0])
    return tuple(header for _, header in near[:limit])


def _rate_header_likeness(column: Column, header: str, distinct: Mapping[str, float] | None = None) -> float:
    """Return how likely a header holds the column, 0–1; a header that is known as another column does not."""
    if _find_column_of_header(column.table, header) is not None:
        return 0.0
    meaning = meaning_of(column.key, column.kind)
    likely = None if meaning is None else likeness_by_meaning(meaning, header)
    if likely is not None:
        unlike = meaning == "customer_id" and is_unlike_id(column.table, (distinct or {}).get(header))
        return likely / 2 if unlike else likely
    here = plain_header(header)
    return (1.0 if meaning is None else _LETTERS) * max(
        max(SequenceMatcher(None, here, word).ratio(), 0.7 if len(word) > 1 and word in here else 0.0)
        for word in map(plain_header, column.words)
    )


def missing(
    table: str,
    keys: Sequence[str],
    headers: Sequence[str],
    wanted: str = "",
    distinct: Mapping[str, float] | None = None,
    source: str = "",
) -> Refusal:
    """Return the refusal for missing columns: which, what is there, what comes nearest and how to mend it.

    Parameters
    ----------
    table, keys
        The columns, any of which would do.
    headers
        The headers that are there.
    wanted
        The header that the caller's mapping asked for, if it did.
    distinct
        As in `nearest_headers`.
    source
        The sheet or file that lacks them, where others of the table have them.
    """
    wanting = [column for column in columns(table) if column.key in keys]
    title = table_text(table)
    there = [header for header in headers if header]
    ja = "または".join(f"「{column.text.ja}」" for column in wanting) if not wanted else f"「{wanted}」"
    en = " or ".join(f'"{column.text.en}"' for column in wanting) if not wanted else f'"{wanted}"'
    offers = [(column, each) for column in wanting for each in nearest_headers(column, there, distinct=distinct)]
    offers.sort(key=lambda offer: -_rate_header_likeness(offer[0], offer[1], distinct))
    near = list(dict.fromkeys(header for _, header in offers))
    if wanted:
        near = get_close_matches(wanted, there, n=3, cutoff=0.5)
    near_ja = f"近い列: {'・'.join(near)}。" if near else ""
    near_en = f" Nearest: {', '.join(near)}." if near else ""
    meant = wanting[0] if wanted or not offers else offers[0][0]
    key, example = f"{table}.{meant.key}", (near or ["…"])[0]
    in_ja, in_en = (f"({source})", f" ({source})") if source else ("", "")
    return Refusal(
        "missing_column",
        f"{title.ja}の表{in_ja}に列{ja}がありません。ある列: {'・'.join(there) or 'なし'}。{near_ja}"
        f"見出しを直すか、列の対応 {key}={example} を指定してください",
        f"The {title.en.lower()} table{in_en} has no column {en}. Columns there: {', '.join(there) or 'none'}.{near_en}"
        f" Rename the header, or map it: {key}={example}",
    )


def table_of(key: str) -> str:
    """Return `key` as a table's key after checking it.

    Raises
    ------
    Refusal
        `argument` for any other word.
    """
    found = key if key in TABLES else find_table(key)
    if found is None:
        names = [table_text(table) for table in TABLES]
        raise Refusal(
            "argument",
            f"表「{key}」は使えません(使える表: {'・'.join(name.ja for name in names)})",
            f'"{key}" is not an input table (use: {", ".join(TABLES)})',
        )
    return found
