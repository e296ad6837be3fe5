"""A proposal and its parts: what is proposed, how sure it is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.language.errors import Text
    from engine.reading.profiles.profile import Profile

BY_ALIAS: Final = 0.95
BY_WORD: Final = 0.7
BY_CELLS: Final = 0.5
LOW: Final = 0.4


@dataclass(frozen=True, slots=True)
class Guess:
    """One part of a proposal.

    Parameters
    ----------
    part
        `table`, `column`, `where`, `values`, `lines` or `footer`.
    key
        The column's key for `column` and `values`, the header of the order's number for `lines`, else empty.
    told
        What is proposed: a table's key, a header, a condition, `◎=低, △=中`, the header of the order's total, the beginning of
        a line.
    confidence
        0 to 1: 1 is certain.
    reason
        Why.
    """

    part: str
    key: str
    told: str
    confidence: float
    reason: Text


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile that nobody has looked at yet, and why it is proposed so.

    Parameters
    ----------
    profile
        To be applied or saved as it is, or changed first.
    guesses
        Its parts with confidence and reason.
    lacking
        Keys of columns without which the table cannot be used and for which nothing was found; alternatives joined by `|`.
    """

    profile: Profile
    guesses: tuple[Guess, ...]
    lacking: tuple[str, ...]
