"""The sheet 機会: whom to see next, and what to sell to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.errors import Text
from workbooks.sheets.output_sheet import LEFT, TOP, begin, head_again, heading, print_areas

if TYPE_CHECKING:
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.look import Kind

NAME: Final = "機会"
ACTION_WIDTHS: Final = (10, 31, 20, 13, 17, 26, 8, 15, 13, 42, 14)
CHANCE_WIDTHS: Final = (10, 31, 18, 28, 15, 9, 74)
SECOND: Final = LEFT + len(ACTION_WIDTHS) + 1  # beside the first list: both may grow
TOP_ACTIONS: Final = 20.0
TOP_CHANCES: Final = 30.0
ACTIONS: Final[tuple[Kind, ...]] = (
    "text",
    "text",
    "text",
    "date",
    "money",
    "text",
    "level",
    "money",
    "text",
    "text",
    "date",
)
CHANCES: Final[tuple[Kind, ...]] = ("text", "text", "text", "text", "money", "number", "text")


def write_chances(stage: Stage) -> None:
    """Add the sheet: the customers that need action, then the opportunities, the largest gross profit first."""
    note = Text(
        "期待効果・期待粗利は直近12か月の実績から見積もった1年分(円)。",
        "Expected gross profit of a year, estimated from 12 months.",
    )
    pen = begin(stage, NAME, Text(NAME, "Opportunities"), note, (*ACTION_WIDTHS, 3, *CHANCE_WIDTHS))
    row = heading(pen, TOP, 11, Text(f"要対応(上位{TOP_ACTIONS:g}社)", "Action needed"))
    formula = stage.ask("PORTFOLIO_LIST", "要対応", None, TOP_ACTIONS, room=(int(TOP_ACTIONS) + 1, 11))
    below = pen.spread(row, LEFT, formula, ACTIONS, header=True)
    pen.emphasise((row + 1, LEFT + 6, below - 1, LEFT + 6), ["高"])
    title = Text(f"販売機会(上位{TOP_CHANCES:g}件)", "What to sell next")
    head_again(pen, NAME, SECOND)
    row = heading(pen, TOP, 7, title, at=SECOND)
    formula = stage.ask("PORTFOLIO_LIST", "機会", None, TOP_CHANCES, room=(int(TOP_CHANCES) + 1, 7))
    pen.spread(row, SECOND, formula, CHANCES, header=True)
    ends = ((LEFT, ACTION_WIDTHS, TOP_ACTIONS), (SECOND, CHANCE_WIDTHS, TOP_CHANCES))
    areas = [(TOP, at, TOP + 2 + int(top), at + len(widths) - 1) for at, widths, top in ends]
    print_areas(stage, NAME, areas)
