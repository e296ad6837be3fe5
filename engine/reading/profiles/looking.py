"""A first look at a sheet: which row is its header, and by which profile, known or proposed, it would be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal
from engine.reading.columns import TABLES, columns, recognised
from engine.reading.profiles.headers import fingerprint
from engine.reading.profiles.proposing import propose
from engine.reading.profiles.wishes import Wishes
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.reading.profiles.guesses import Proposal
    from engine.reading.profiles.profile import Profile

_SEARCHED: Final = 30


@dataclass(frozen=True, slots=True)
class Look:
    """What a sheet is taken for.

    Parameters
    ----------
    at
        Index of the header row.
    headers
        The header row as written.
    profile
        By which the rows below it are read; its `origin` says whether it is known or only proposed.
    proposal
        Why it is proposed; None where the profile is known.
    """

    at: int
    headers: tuple[str, ...]
    profile: Profile
    proposal: Proposal | None = None

    def changed(
        self,
        table: str | None = None,
        mapping: Mapping[str, str] | None = None,
        wishes: Wishes | None = None,
        date_order: str = "",
    ) -> Profile:
        """Return the profile with what a person changed in it, to be applied or saved for these headers.

        Parameters
        ----------
        table
            Another table than the profile's.
        mapping
            Column key to header; '' takes a column out.
        wishes
            Further conditions and value maps for the table.
        date_order
            `mdy` or `dmy`.

        Raises
        ------
        Refusal
            `argument` for a column that the table does not have.
        """
        profile = self.profile
        known = {each.key for each in columns(table or profile.table)}
        kept = {key: told for key, told in profile.columns.items() if key in known}
        for key, header in (mapping or {}).items():
            if key not in known:
                raise Refusal(
                    "argument",
                    f"{table or profile.table} に列「{key}」はありません(使える列: {'・'.join(sorted(known))})",
                    f'{table or profile.table} has no column "{key}" (use: {", ".join(sorted(known))})',
                )
            kept[key] = (header,)
        merged = {key: dict(told) for key, told in profile.value_maps.items() if key in known}
        told = wishes or Wishes()
        name = table or profile.table
        for key, pairs in told.values.get(name, {}).items():
            merged[key] = {**merged.get(key, {}), **pairs}
        order = next((each for each in ("mdy", "dmy") if each == date_order), profile.date_order)
        return replace(
            profile,
            table=name,
            columns={key: told for key, told in kept.items() if told != ("",)},
            value_maps=merged,
            where=(*profile.where, *told.where.get(name, ())),
            date_order=order,
            fingerprint=fingerprint(self.headers),
        )


def look_at(rows: Sequence[Sequence[object]], wishes: Wishes | None = None, table: str | None = None) -> Look:
    """Return what a sheet is taken for: by the profile that is named or known for it, else by a proposal.

    Parameters
    ----------
    rows
        The sheet's rows from the top; titles may stand above the header.
    wishes
        A profile that the caller names.
    table
        The table that the user says it is.
    """
    found = (wishes or Wishes()).find(rows, table)
    if found is not None:
        return Look(found[1], _show_row_texts(rows[found[1]]), found[0])
    at = _find_likely_header_row(rows)
    headers = _show_row_texts(rows[at])
    proposal = propose(headers, rows[at + 1 :], table)
    return Look(at, headers, proposal.profile, proposal)


def _show_row_texts(row: Sequence[object]) -> tuple[str, ...]:
    return tuple(shown(cell).strip() for cell in row)


def _find_likely_header_row(rows: Sequence[Sequence[object]]) -> int:
    """Return the row with most known headers; where none is known, the first of those with most cells."""
    texts = [_show_row_texts(row) for row in rows[:_SEARCHED]]
    known = [max(recognised(table, row) for table in TABLES) for row in texts]
    if max(known, default=0) > 0:
        return known.index(max(known))
    widths = [sum(map(bool, row)) for row in texts]
    return widths.index(max(widths)) if widths else 0
