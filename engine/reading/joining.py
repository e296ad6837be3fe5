"""Several sheets or files of one kind, joined into one table: columns by what they mean, every row with its place.

Decision 0275: why sheets of one kind are one table of many parts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from engine.language.distinct_cells import filled
from engine.language.errors import Finding, Text
from engine.reading.columns import bind, plain_header
from engine.reading.raw import Part, RawTable, shown
from engine.reading.row_places import short_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from engine.reading.columns import Binding

_NAMED = 3  # parts named in the source of a joined table

Slot = tuple[str, str, int]
"""What a column means: a known column by its key, any other by its header and how often that came before."""


class _BoundTable(NamedTuple):
    """A table, what its headers mean, and the slot of each of its columns."""

    raw: RawTable
    binding: Binding
    slots: tuple[Slot | None, ...]


def bound(raw: RawTable) -> Binding:
    """Return which header is which column; of two that mean the same, one with nothing below it gives way.

    A table pasted over the headers of a template leaves the template's other headers standing to its right.
    """
    found = bind(raw.name, raw.header, raw.mapping)
    if not found.doubles:
        return found
    groups: dict[str, set[str]] = {}
    for used, other in found.doubles:
        groups.setdefault(used, {used}).add(other)
    gone: set[int] = set()
    for names in groups.values():
        places = [at for at, name in enumerate(raw.header) if name in names]
        blank = {at for at in places if not _holds_any_cell(raw, at)}
        gone |= blank if len(blank) < len(places) else set()
    return bind(raw.name, ["" if at in gone else name for at, name in enumerate(raw.header)], raw.mapping)


def join_tables(tables: Sequence[RawTable]) -> tuple[RawTable, tuple[Finding, ...]]:
    """Join raw tables of one kind, in their order.

    Parameters
    ----------
    tables
        At least one; their frames are left as they are. Sources must differ from each other.

    Returns
    -------
    RawTable
        A single table as it is; else one with a `Part` per table. Columns that mean the same are one column, whatever their
        words and order; each part keeps its own words, and with them the unit in a bracket (金額(千円)), its date system and
        its order of month and day. Unknown columns are matched by their header. A column that a part lacks is blank there.
    findings
        Notes on parts that lack a column of the others, and on headers with different units.

    Raises
    ------
    ValueError
        When there is no table, they are of several kinds, or two have the same source: a fault of the program.
    """
    if len(tables) == 1:
        return tables[0], ()
    names = {table.name for table in tables}
    sources = [table.source for table in tables]
    if len(names) != 1 or len(set(sources)) != len(sources):
        raise ValueError(f"tables of one kind and with sources of their own are joined, not {names} {sources}")
    each = [_assign_slots(table) for table in tables]
    slots = _list_all_slots(each)
    header = tuple(_choose_joined_header(slot, each) for slot in slots)
    starts = np.cumsum([0, *(len(one.raw.frame) for one in each)])
    parts = tuple(
        _describe_part(one, tuple(_find_own_header(one, slot) for slot in slots), int(start))
        for one, start in zip(each, starts, strict=False)
    )
    columns = [_stack_columns([_take_slot_column(one, slot) for one in each]) for slot in slots]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(int(starts[-1])))
    frame.columns = pd.Index(header, dtype=object)
    numbers = None
    if any(table.numbers is not None for table in tables):
        numbers = np.concatenate([table.row_numbers() for table in tables])
    digests, paths = {table.sha256 for table in tables}, {table.path for table in tables}
    joined = replace(
        tables[0], header=header, frame=frame, source=joined_source(sources), parts=parts, numbers=numbers, first_row=2,
        sha256=digests.pop() if len(digests) == 1 else "", path=paths.pop() if len(paths) == 1 else None,
        mapping=_join_mappings(each, slots, header), totals_found=any(table.totals_found for table in tables),
    )  # fmt: skip
    return joined, tuple(_note_differing_parts(each))


def joined_source(sources: Sequence[str]) -> str:
    """Return the name of several sources together: `a.csv + b.csv`, `sales.xlsx › 4月 … 3月 (12)`."""
    names = short_names(sources)
    heads = {source.removesuffix(name) for source, name in zip(sources, names, strict=True)}
    head = heads.pop() if len(heads) == 1 else ""  # the file that all of them are sheets of
    if len(names) <= _NAMED:
        return head + " + ".join(names)
    return f"{head}{names[0]} … {names[-1]} ({len(names)})"


def _holds_any_cell(raw: RawTable, at: int) -> bool:
    return bool(filled(*raw.coded_at(at)).any())


def _assign_slots(raw: RawTable) -> _BoundTable:
    """Return what each column of the table means; a column without header or cells has no slot."""
    if raw.parts:
        raise ValueError(f"{raw.source} is joined already")
    binding = bound(raw)
    known = {field.at[0]: key for key, field in binding.fields.items() if len(field.at) == 1}
    seen: Counter[str] = Counter()
    slots: list[Slot | None] = []
    for at, header in enumerate(raw.header):
        if at in known:
            slots.append(("key", known[at], 0))
        elif header or _holds_any_cell(raw, at):
            word = plain_header(header)
            slots.append(("header", word, seen[word]))
            seen[word] += 1
        else:
            slots.append(None)
    return _BoundTable(raw, binding, tuple(slots))


def _list_all_slots(each: Sequence[_BoundTable]) -> list[Slot]:
    """Return every slot once: known columns first, so that no further column of the same meaning goes before them."""
    found = dict.fromkeys(slot for one in each for slot in one.slots if slot is not None)
    return sorted(found, key=lambda slot: slot[0] != "key")


def _find_own_header(one: _BoundTable, slot: Slot) -> str:
    return one.raw.header[one.slots.index(slot)] if slot in one.slots else ""


def _choose_joined_header(slot: Slot, each: Sequence[_BoundTable]) -> str:
    """Return a slot's header in the joined table: the first part's word, or the one that a part's mapping names."""
    words = [word for one in each if (word := _find_own_header(one, slot))]
    named = {header for one in each for header in one.raw.mapping.values()}
    return next((word for word in words if word in named), words[0] if words else "")


def _take_slot_column(one: _BoundTable, slot: Slot) -> pd.Series[Any]:
    if slot in one.slots:
        return one.raw.frame.iloc[:, one.slots.index(slot)]
    return pd.Series(np.full(len(one.raw.frame), None, object), dtype=object)


def _stack_columns(columns: Sequence[pd.Series[Any]]) -> pd.Series[Any]:
    """Put columns below each other; cells of different kinds stay what they are."""
    if len({column.dtype for column in columns}) > 1:
        columns = [column.astype(object) for column in columns]
    return pd.concat(columns, ignore_index=True)


def _describe_part(one: _BoundTable, header: tuple[str, ...], start: int) -> Part:
    raw = one.raw
    return Part(
        raw.source, start, raw.first_row, raw.sha256, raw.path, raw.read_at, raw.date1904, raw.date_order, header, raw.mapping
    )  # fmt: skip


def _join_mappings(each: Sequence[_BoundTable], slots: Sequence[Slot], header: Sequence[str]) -> dict[str, str]:
    """Return the joined table's mapping: the columns that parts had mapped, under their headers in the joined table."""
    places = {slot: at for at, slot in enumerate(slots)}
    found: dict[str, str] = {}
    for one in each:
        for key in one.raw.mapping:
            field = one.binding.fields.get(key)
            if field is not None and (key not in found or len(field.at) == 1):
                own = [one.slots[at] for at in field.at]
                found[key] = "*".join(header[places[slot]] for slot in own if slot is not None)
    return found


def _note_differing_parts(each: Sequence[_BoundTable]) -> list[Finding]:
    """Return notes on known columns that some parts lack, and on units that differ."""
    table = each[0].raw.name
    names = short_names([one.raw.source for one in each])
    source = joined_source([one.raw.source for one in each])
    keys = dict.fromkeys(key for one in each for key in one.binding.fields)
    notes: list[Finding] = []
    for key in keys:
        having = [field for one in each if (field := one.binding.fields.get(key)) is not None]
        header, column = having[0].header, having[0].column
        lacking = [name for name, one in zip(names, each, strict=True) if key not in one.binding.fields]
        if lacking:
            reason = _word_lacking_column(lacking, column.text)
            notes.append(Finding("note", "column_in_some", table, source, None, header, None, reason))
        if column.kind == "amount" and len({field.unit for field in having}) > 1:
            reason = _word_differing_units(list(dict.fromkeys(field.header for field in having)))
            notes.append(Finding("note", "units_differ", table, source, None, header, None, reason))
    return notes


def _word_lacking_column(names: Sequence[str], text: Text) -> Text:
    shown, more = names[:_NAMED], len(names) - _NAMED
    ja = "・".join(shown) + (f" ほか{more}件" if more > 0 else "")
    en = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    return Text(
        f"列「{text.ja}」がないので、その行では空白としました: {ja}",
        f'There is no column "{text.en}", so it is blank in these rows: {en}',
    )


def _word_differing_units(headers: Sequence[str]) -> Text:
    return Text(
        f"シートやファイルで単位の書き方が違います({'・'.join(headers)})。それぞれの見出しの単位で読みました",
        f"Sheets or files state different units ({', '.join(headers)}); each was read in its own",
    )


def meanings(raw: RawTable) -> dict[Slot, int]:
    """Return what the columns of a table mean, each with its place."""
    return {slot: at for at, slot in enumerate(_assign_slots(raw).slots) if slot is not None}


def sheet_words(raw: RawTable, at: int) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return a column as codes and different cells as text; -1 is a blank cell."""
    codes, cells = raw.coded_at(at)
    words = [shown(cell).strip() for cell in cells]
    return codes, words
