r"""Which formulas call our functions through a place that is not theirs, and what they are to say instead.

A workbook that was saved on another machine, or made without Excel, calls `[1]!PORTFOLIO_SCORE(…)`,
`'C:\elsewhere\portfolio.xlam'!PORTFOLIO_SCORE(…)` or `_xll.PORTFOLIO_SCORE(…)`. Only such a prefix is taken away;
nothing else of a formula changes: not its texts, references, spelling, nor an `@`, which asks for a single value.

Decision 0180: why links are cut by a rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from addin.functions.registry import functions

if TYPE_CHECKING:
    from collections.abc import Collection

FILE_NAME: Final = "portfolio.xlam"

# A formula from left to right; what is consumed as a whole cannot be misread inside. First match wins.
_PIECE: Final = re.compile(
    r"""
      "(?:[^"]|"")*"                                    # a text
    | (?P<link>
          '(?P<path>(?:[^']|'')*)'!                     # 'C:\some where\portfolio.xlam'!
        | \[(?P<book>[^\[\]]*)\]!                       # [1]!  or  [portfolio.xlam]!
        | (?P<file>[\w.]+)!                             # portfolio.xlam!
      )?
      (?P<future>(?:_xl[a-z]+\.)*)                      # _xll.  _xlfn.  _xludf.
      (?P<name>[^\W\d]\w*)(?=\s*\()                     # the function
    | '(?:[^']|'')*'                                    # another quoted sheet or file
    | \[(?:'.|[^\[\]']|\[(?:'.|[^\[\]'])*\])*\]         # columns of a table: any sign may stand in their names
    | [\w.\\?]+                                         # any other name, number or reference
    """,
    re.VERBOSE | re.IGNORECASE,
)


def relinked(formula: str, names: Collection[str] | None = None) -> str | None:
    r"""Return the formula with its calls of our functions freed from other places; None when nothing is to be mended.

    Parameters
    ----------
    formula
        The text as Excel shows it, from the equals sign on, in A1 or R1C1 style; a text that is no formula is not ours.
    names
        Our functions, in capitals; all registered ones when None. A function of another name, or a link to a file of
        another name, is left alone.

    Examples
    --------
    >>> relinked("=IF([1]!PORTFOLIO_SCORE(A2)>60,'D:\\old\\portfolio.xlam'!PORTFOLIO_LEVEL(A2,\"_xll.\"),0)")
    '=IF(PORTFOLIO_SCORE(A2)>60,PORTFOLIO_LEVEL(A2,"_xll."),0)'
    >>> relinked("='C:\\x\\tools.xlam'!PORTFOLIO_SCORE(A2)") is None
    True
    """
    if not formula.startswith("="):
        return None
    ours = frozenset(function.name for function in functions()) if names is None else names

    def mended(piece: re.Match[str]) -> str:
        if (piece["name"] or "").upper() not in ours or not _leads_to_our_addin(piece):
            return piece[0]
        return piece["name"]

    found = _PIECE.sub(mended, formula)
    return None if found == formula else found


def _leads_to_our_addin(piece: re.Match[str]) -> bool:
    """Tell whether a function's prefix, where it has one, leads to an add-in of our file's name."""
    if piece["book"] is not None and piece["book"].isdecimal():
        return True  # the number of a link, as files hold it: the function's name is all that is known
    place = next((piece[key] for key in ("path", "book", "file") if piece[key] is not None), None)
    if place is None:
        return True
    return re.split(r"[\\/]", place)[-1].strip("[]").casefold() == FILE_NAME
