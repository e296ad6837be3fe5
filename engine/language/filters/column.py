"""A column as a filter names it: of a run's customers, or of an input file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.language import words
from engine.language.districts import same_region

if TYPE_CHECKING:
    from engine.language.errors import Text


Kind = Literal["number", "date", "code", "text", "flag", "cell"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the scored customers, as a filter names it.

    Parameters
    ----------
    code
        Its key: two columns are the same when their codes are.
    name
        The word for it in both languages; `Columns.find` knows it again.
    kind
        number, date, code (a word out of a fixed set), text, flag (yes or no) or cell (of an input file, kind not yet known).
    unit
        Of numbers: money, rate, days, count, ratio or score.
    words
        Of codes: `levels`, `states`, `reasons`, or `scheme:<code>`.
    score
        Of levels: the column of the score behind them.
    """

    code: str
    name: Text
    kind: Kind
    unit: str = ""
    words: str = ""
    score: str = ""


def text_key(column: Column, text: str) -> str:
    """Return a text as it is compared in a column: normalised; a name without its legal form, a prefecture by its full name."""
    if column.code == "region":
        return same_region(text)
    return words.company_key(text) if column.code == "name" else words.normalise(text)
