"""What xlwings' way into a worksheet function costs beside the bare function: `call_udf` for 1 to 100,000 rows, warm.

The call is the one that the add-in's VBA makes, through xlwings' own COM server class, `call_udf`, decorators and
conversion of the range; only pywin32 and Excel are replaced, by the doubles of the tests. The range's cells are at hand
at once: what Excel and COM need to carry them is not in these figures. No budget is set; the ratio is only shown.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import Row, compare
from people import HEADER, customers

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from helpers.excel_double import MISSING, ExcelBook, ExcelRange, excel

from addin.functions import cells

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZES = {1: 300, 100: 200, 10_000: 40, 100_000: 8}  # rows, and how often they are asked
_TABLE = 10_000  # customers of the run; a longer range asks for them again


class HeldRange(ExcelRange):
    """A range whose cells are handed over as they are, as COM hands over one array."""

    held: Any = None

    @property  # type: ignore[misc]  # nothing is written here
    def Value(self) -> Any:  # noqa: N802 - Excel's name
        """Return the cells as a tuple of rows, one cell as itself."""
        return self.held


def measure() -> list[Row]:
    """Ask for the segments of ranges of customers, through xlwings and without it, in turn."""
    table = customers(_TABLE)
    run = cells.answer("PORTFOLIO_RUN", [[HEADER, *table]])
    names = [[row[0]] for row in sorted(table, key=lambda row: str(row[2]))]
    addin, book = ExcelBook("portfolio.xlam"), ExcelBook("book.xlsx", {"names": [["x"]], "answers": []})
    rows = []
    with excel() as host:
        for count, runs in _SIZES.items():
            asked = (names * (count // len(names) + 1))[:count]
            through, bare = _calls(host, addin, book, asked, run)
            if through() != bare():
                raise RuntimeError("the two answers differ: nothing to compare")
            name = f"call_udf PORTFOLIO_SEGMENT, {count:,} 行 / rows, warm"
            rows.append(compare((name, through), ("関数だけ / bare function", bare), budget=None, runs=runs))
    return rows


def _calls(
    host: Any, addin: ExcelBook, book: ExcelBook, asked: list[list[Any]], run: object
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    area = HeldRange(book.Worksheets("names"), 1, 1, len(asked), 1)
    area.held = asked[0][0] if len(asked) == 1 else tuple(map(tuple, asked))
    caller = book.Worksheets("answers").Range("A1")

    def through() -> Any:
        return host.server.CallUDF("addin.udfs", "PORTFOLIO_SEGMENT", (area, MISSING, run, None), addin, caller)

    def bare() -> Any:
        return cells.answer("PORTFOLIO_SEGMENT", [asked, None, run])

    return through, bare
