"""What the caller of a command says of its input: conditions and value maps for a table, and a profile to read it by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal, Text
from engine.reading.columns import columns, table_of
from engine.reading.profiles.applying import apply
from engine.reading.profiles.library import recognise_grid
from engine.reading.profiles.profile import Profile
from engine.reading.raw import raw_from_block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.language.errors import Finding
    from engine.reading.raw import RawTable

_COLONS: Final = ":："
_COMMAS: Final = str.maketrans({"，": ",", "、": ",", "＝": "="})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller says; it goes before what a profile says.

    Parameters
    ----------
    where
        Table to conditions, all of which a row must meet.
    values
        Table to column key to written value to our value.
    profile
        The profile by which to read every table of its kind; None: the one that is recognised.
    """

    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    profile: Profile | None = None

    def find(self, rows: Sequence[Sequence[object]], table: str | None = None) -> tuple[Profile, int] | None:
        """Return the profile by which a sheet is read and the index of its header row; None where it has no known layout.

        Parameters
        ----------
        rows
            The sheet's rows from the top.
        table
            The table that the user says it is.
        """
        found = recognise_grid(rows, table)
        if self.profile is None or (table is not None and table != self.profile.table):
            return found
        return self.profile, self._find_profile_header(rows) if found is None else found[1]

    def _find_profile_header(self, rows: Sequence[Sequence[object]]) -> int:
        """Return the row in which most headers of the named profile stand."""
        from engine.reading.profiles.headers import Headers
        from engine.reading.raw import shown

        assert self.profile is not None  # noqa: S101 - asked only where one is named
        profile = self.profile
        scores = [len(Headers([shown(cell).strip() for cell in row]).choose(profile.columns)) for row in rows[:30]]
        return scores.index(max(scores)) if scores else 0

    def read(self, raw: RawTable, profile: Profile | None = None) -> tuple[RawTable, tuple[Finding, ...]]:
        """Return a table as the profile and the caller say, and what was left out.

        Parameters
        ----------
        raw
            One sheet or file, not yet joined with others.
        profile
            The profile of its layout, None where it is read by its headers.

        Raises
        ------
        Refusal
            As `apply`.
        """
        table = raw.name if profile is None else profile.table
        where, values = self.where.get(table, ()), self.values.get(table, {})
        if profile is None and not where and not values:
            return raw, ()
        base = profile or Profile(id="", name=Text("", ""), table=table, origin="given")
        merged = {**base.value_maps, **{key: {**base.value_maps.get(key, {}), **told} for key, told in values.items()}}
        return apply(replace(base, where=(*base.where, *where), value_maps=merged), raw)

    def read_block(
        self, table: str, rows: Sequence[Sequence[object]], source: str, first_row: int = 1, date1904: bool = False
    ) -> tuple[RawTable, tuple[Finding, ...]]:
        """Return the cells of a sheet as a raw table read by its profile, and what was left out.

        Parameters
        ----------
        table
            The table that the sheet is.
        rows, source, first_row
            As for `engine.reading.raw.raw_from_block`.
        date1904
            Whether serial dates count from 1904.
        """
        layout = self.find(rows, table)
        raw = raw_from_block(table, rows, source, first_row, layout[1] if layout else None)
        return self.read(replace(raw, date1904=date1904), layout[0] if layout else None)


def parse_where(entries: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return `["orders: フェーズ=Closed Won"]` as table to conditions; several for one table must all hold.

    Raises
    ------
    Refusal
        `argument` for an entry without a table or a condition, or with an unknown table.
    """
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        table, condition = _split_at_colon(entry)
        if not condition:
            raise Refusal(
                "argument",
                f'--where「{entry}」を読めません(例: --where "orders: フェーズ=Closed Won")',
                f'--where "{entry}" cannot be read (such as --where "orders: Stage=Closed Won")',
            )
        key = table_of(table)
        found[key] = (*found.get(key, ()), condition)
    return found


def parse_values(entries: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
    """Return `["customers.risk: ◎=低, ×=高"]` as table to column key to written value to our value.

    Raises
    ------
    Refusal
        `argument` for an entry of another shape, an unknown table or column, or one value mapped twice.
    """
    found: dict[str, dict[str, dict[str, str]]] = {}
    for entry in entries:
        place, told = _split_at_colon(entry)
        table, dot, key = place.partition(".")
        pairs = [pair.partition("=") for pair in told.translate(_COMMAS).split(",")]
        words = [written.strip() for written, _, _ in pairs]
        if not dot or not all(
            word and equals and ours.strip() for word, (_, equals, ours) in zip(words, pairs, strict=True)
        ):
            raise Refusal(
                "argument",
                f'--values「{entry}」を読めません(例: --values "customers.risk: ◎=低, ○=低, △=中, ×=高")',
                f'--values "{entry}" cannot be read (such as --values "customers.risk: A=Low, B=Medium, C=High")',
            )
        name, column = table_of(table.strip()), key.strip()
        known = [each.key for each in columns(name)]
        if column not in known:
            raise Refusal(
                "argument",
                f"--values の列「{column}」は {name} にありません(使える列: {'・'.join(known)})",
                f'--values: {name} has no column "{column}" (use: {", ".join(known)})',
            )
        if len(set(words)) < len(words):
            raise Refusal(
                "argument",
                f"--values「{entry}」に同じ値が2度あります",
                f'--values "{entry}" maps one value twice',
            )
        found.setdefault(name, {}).setdefault(column, {}).update(
            (written.strip(), ours.strip()) for written, _, ours in pairs
        )
    return found


def _split_at_colon(entry: str) -> tuple[str, str]:
    """Return what stands before and after the first colon."""
    at = min((place for colon in _COLONS if (place := entry.find(colon)) >= 0), default=-1)
    return (entry[:at].strip(), entry[at + 1 :].strip()) if at >= 0 else (entry.strip(), "")
