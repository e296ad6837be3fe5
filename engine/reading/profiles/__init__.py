"""Mapping profiles: the export of another system, read as one of our tables.

In: headers and rows as read. Out: a `Profile` (which table, which columns, which rows, which values), and a raw table read by it.
Must not know: how a file or a workbook is opened.

    look = look_at(rows)                             # header row, profile; with a proposal and its reasons where none is known
    profile = look.changed(mapping={"amount": "税抜額"})   # what a person changed
    table, findings = apply(profile, raw)
    save(profile, "当社の受注CSV", look.headers)      # used without asking the next time
"""

from engine.reading.profiles.applying import LEFT_OUT, apply, matched_columns, spoken_conditions
from engine.reading.profiles.documents import from_toml, to_toml
from engine.reading.profiles.guesses import Guess, Proposal
from engine.reading.profiles.headers import fingerprint
from engine.reading.profiles.library import find, folder, load, ready, recognise, recognise_grid, save, saved
from engine.reading.profiles.looking import Look, look_at
from engine.reading.profiles.profile import Lines, Origin, Profile
from engine.reading.profiles.proposing import propose
from engine.reading.profiles.wishes import Wishes, parse_values, parse_where
from engine.reading.profiles.writing import to_rows

__all__ = [
    "LEFT_OUT",
    "Guess",
    "Lines",
    "Look",
    "Origin",
    "Profile",
    "Proposal",
    "Wishes",
    "apply",
    "find",
    "fingerprint",
    "folder",
    "from_toml",
    "load",
    "look_at",
    "matched_columns",
    "parse_values",
    "parse_where",
    "propose",
    "ready",
    "recognise",
    "recognise_grid",
    "save",
    "saved",
    "spoken_conditions",
    "to_rows",
    "to_toml",
]
