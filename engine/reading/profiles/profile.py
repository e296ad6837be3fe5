"""A mapping profile: how the export of one system is read as one of our tables, as frozen data.

Decision 0278: why a profile is data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.language.dates import DateOrder

Origin = Literal["ready", "saved", "given", "proposed"]
"""Ours, the user's own, one named for this call, or one that nobody has looked at yet."""


@dataclass(frozen=True, slots=True)
class Lines:
    """How several rows of an export make one order.

    Parameters
    ----------
    key
        Headers, the first that is there counts, of the order's number: rows in sequence with the same number are one order.
    start
        Headers, likewise, of a mark that stands on an order's first row only (kintone: レコードの開始行).
    carried
        Headers whose cell stands on an order's first row only and holds for all of its rows: `*` for every header.
    totals
        Headers of figures of the whole order, whether they stand on its first row only or again on every row.
    either
        Headers of figures that may be the order's or the line's: they are the order's where no order has two different ones.
    """

    key: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    either: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """The layout of one system's export.

    Parameters
    ----------
    id
        Short name, such as `salesforce-opportunities`: lower case letters, digits and hyphens.
    name
        What people call it, in both languages.
    table
        The table that it becomes, such as `orders`.
    columns
        Column key to the headers that may hold it, the first that is there counts. `数量*単価` is the product of two columns,
        `姓+名` the text of two columns joined by a space.
    required
        Groups of headers; an export has this layout when it has one header of every group …
    forbidden
        … and none of these.
    fingerprint
        Digest of the headers for which the profile was saved (see `fingerprint`); empty for ready profiles.
    date_order
        `mdy` or `dmy` where dates end in the year.
    where
        Conditions in the filter language; a row that does not meet all of them is left out and listed. A condition names headers,
        column keys, or a word of `words`.
    words
        Word to headers, the first that is there counts: one condition then serves an export in Japanese and in English.
    value_maps
        Column key to written value to our value: `{"risk": {"◎": "低"}}`.
    footers
        Beginnings of lines below the data that are no rows, such as `Copyright`.
    lines
        How rows make orders; None where every row stands for itself.
    rename
        Header to another one, for a column that is called like one of ours and is not it (a company's own 年間売上).
    sources
        Where the layout is documented.
    note
        What of it is documented and what is usual practice; shown to whoever asks.
    origin
        Who made it.
    """

    id: str
    name: Text
    table: str
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    fingerprint: str = ""
    date_order: DateOrder = ""
    where: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    value_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    footers: tuple[str, ...] = ()
    lines: Lines | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    note: Text = field(default_factory=lambda: Text("", ""))
    origin: Origin = "ready"
