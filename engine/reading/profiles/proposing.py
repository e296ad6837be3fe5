"""A proposal for an export that no profile knows: table, columns, conditions and values, each with its reason.

Decision 0281: why a proposal has reasons.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.language.errors import Text
from engine.reading.columns import bind, needs
from engine.reading.profiles.evidence import evidence_of
from engine.reading.profiles.guesses import Guess, Proposal
from engine.reading.profiles.headers import fingerprint
from engine.reading.profiles.profile import Lines, Profile
from engine.reading.profiles.proposed_columns import guess_columns, guess_table
from engine.reading.profiles.proposed_rows import guess_conditions, guess_footers, guess_lines, guess_values

if TYPE_CHECKING:
    from collections.abc import Sequence


def propose(headers: Sequence[str], rows: Sequence[Sequence[object]], table: str | None = None) -> Proposal:
    """Propose how a sheet is read, from its headers, the kinds of its cells and the words in them.

    Parameters
    ----------
    headers
        The header row as written.
    rows
        The rows below it; the first 2,000 are looked at.
    table
        The table where the user says it.
    """
    evidence = evidence_of(headers, rows)
    if table is None:
        chosen, why = guess_table(headers, evidence)
    else:
        chosen, why = table, Guess("table", "", table, 1.0, Text("指定された表です", "The table was told"))
    found = guess_columns(chosen, headers, evidence)
    profile = Profile(
        id="",
        name=Text("", ""),
        table=chosen,
        columns={each.key: (each.told,) for each in found},
        fingerprint=fingerprint(headers),
        origin="proposed",
    )
    conditions = guess_conditions(chosen, evidence, {each.told for each in found})
    values = guess_values(chosen, evidence, found)
    footers = guess_footers(rows)
    lines = guess_lines(chosen, headers, rows, evidence, found)
    there = set(profile.columns) | set(bind(chosen, headers).fields)
    return Proposal(
        replace(
            profile,
            where=tuple(each.told for each in conditions),
            value_maps={each.key: dict(pair.split("=", 1) for pair in each.told.split(", ")) for each in values},
            footers=tuple(each.told for each in footers),
            lines=next((Lines(key=(each.key,), totals=(each.told,)) for each in lines), None),
        ),
        (why, *found, *conditions, *values, *lines, *footers),
        tuple("|".join(keys) for keys in needs(chosen) if not there.intersection(keys)),
    )
