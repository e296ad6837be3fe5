"""How the grades did on the user's own past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.functions import helps
from addin.functions.answers.retention import one_word
from addin.functions.lookup import view_of
from addin.functions.registry import Help, worksheet_function
from engine.language import words
from engine.language.errors import Text
from engine.measures.backtest import backtest
from engine.measures.backtest.answers import rows_of
from engine.measures.backtest.origins import days_of
from engine.measures.backtest.result import DEFAULT_AXIS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Cell
    from addin.functions.registry import Caller

AXIS: Final = Help(
    "words",
    Text("軸", "axis"),
    Text(
        "リスク(既定)・継続性・成長・価値。「値のみ」で判定文と見出しなし",
        "Risk (default), Continuity, Growth or Value; Values only drops the verdict and the header",
    ),
)
HORIZON: Final = Help(
    "number",
    Text("日数", "horizon"),
    Text(
        "判定日から何日後まで確かめるか(省略時は定義の365日)",
        "Days after each origin (the definition's 365 when left out)",
    ),
)
_HEADS: Final = 2  # the verdict and the headings


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="過去の判定日に今の判定を行い、その後に実際に起きたことと比べます。水準・順位ごとの予測と実績、並べ方の比較、判定文の表。",
    en="Gives today's grades at earlier dates and holds them against what followed: predicted and actual by level and "
    "tenth, plain rivals, and a verdict.",
    arguments={"axis": AXIS, "horizon": HORIZON, "run": helps.RUN},
)
def PORTFOLIO_BACKTEST(  # noqa: N802
    axis: Sequence[Cell] = (), horizon: float | None = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return the verdict, a header row and the table of `engine.measures.backtest.answers.rows_of`."""
    portfolio = view_of(run, caller).portfolio
    plain, spoken = one_word(axis, AXIS.label)
    code = DEFAULT_AXIS if spoken is None else words.resolve("axes", spoken, AXIS.label)
    days = days_of(portfolio.definition, horizon)
    key = ("PORTFOLIO_BACKTEST", code, days, caller.lang)
    rows = portfolio.once(key, lambda: rows_of(backtest(portfolio, code, days), portfolio, caller.lang))
    return rows[_HEADS:] if plain else rows
