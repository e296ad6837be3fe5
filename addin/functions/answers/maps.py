"""The profitability map as the rows of a bubble chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from addin.functions import helps
from addin.functions.cells import words_of
from addin.functions.lookup import view_of
from addin.functions.registry import Help, worksheet_function
from addin.functions.spills import take_values_only
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Refusal, Text
from engine.measures.profit import ProfitMap, profit_map

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Cell
    from addin.functions.registry import Caller
    from engine.definition.metrics import Metric
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

CUSTOMER: Final = Text("顧客", "Customer")
QUADRANT: Final = Text("象限", "Quadrant")
LINES: Final = (Text("軸", "Axis"), Text("指標", "Metric"), Text("区切り", "Line"), Text("決め方", "Rule"))
_LINES_WANTED: Final = frozenset(map(words.normalise, ("区切り", "区切り線", "線", "lines", "split", "split lines")))

ACROSS: Final = Help(
    "word", Text("横", "x"), Text("横軸の指標(省略時は売上)", "Metric of the x axis (Sales when left out)")
)
UP: Final = Help(
    "word", Text("縦", "y"), Text("縦軸の指標(省略時は粗利率)", "Metric of the y axis (Gross margin when left out)")
)
SIZE: Final = Help(
    "words",
    Text("大きさ", "size"),
    Text(
        "円の大きさの指標(省略時は純利益、分からなければ粗利)。「区切り」で区切り線の表、「値のみ」で見出しを除く",
        "Metric of the bubbles (Net profit, else Gross profit). Lines returns the dividing lines, Values only drops "
        "the header",
    ),
)


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="収益性マップ(バブルチャート)の表を、顧客・横・縦・大きさ・象限で返します。横か縦の分からない顧客は含みません。",
    en="Returns the profitability map for a bubble chart: customer, x, y, size and quadrant. Customers whose x or y is "
    "not known are left out.",
    arguments={"x": ACROSS, "y": UP, "size": SIZE, "run": helps.RUN},
)
def PORTFOLIO_MAP(  # noqa: N802
    x: Cell = None, y: Cell = None, size: Sequence[Cell] = (), run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per customer, the largest x first, with a header row; money in whole units, rates as 0 to 1."""
    view = view_of(run, caller)
    plain, chosen = take_values_only(words_of(size))
    lines = [word for word in chosen if words.normalise(word) in _LINES_WANTED]
    metric = [word for word in chosen if word not in lines]
    if len(metric) > 1:
        raise Refusal("argument", "大きさの指標は1つだけ指定してください", "please give one metric for the size")
    found = profit_map(view.portfolio, str(x or "sales"), str(y or "margin_rate"), metric[0] if metric else None)
    rows = (
        _write_dividing_rows(found, view.portfolio, caller.lang)
        if lines
        else _write_map_rows(found, view.portfolio, caller.lang)
    )
    return rows[1:] if plain else rows


def _write_map_rows(found: ProfitMap, portfolio: Portfolio, lang: Lang) -> list[list[object]]:
    shown = (found.x.metric, found.y.metric, found.size)
    header = [CUSTOMER.to(lang), *(metric.name.to(lang) for metric in shown), QUADRANT.to(lang)]
    points = found.points
    columns = [
        portfolio.frame["name"].iloc[points["customer"]].tolist(),
        *(
            _write_map_values(points[name], metric, portfolio, lang)
            for name, metric in zip(("x", "y", "size"), shown, strict=True)
        ),
        [found.names[code].to(lang) for code in points["quadrant"]],
    ]
    return [list(header), *map(list, zip(*columns, strict=True))]


def _write_dividing_rows(found: ProfitMap, portfolio: Portfolio, lang: Lang) -> list[list[object]]:
    rows: list[list[object]] = [[text.to(lang) for text in LINES]]
    for axis, split in ((ACROSS.label, found.x), (UP.label, found.y)):
        at = _write_map_values(pd.Series([split.at]), split.metric, portfolio, lang)[0]
        rows.append([axis.to(lang), split.metric.name.to(lang), at, split.rule.to(lang)])
    return rows


def _write_map_values(values: pd.Series, metric: Metric, portfolio: Portfolio, lang: Lang) -> list[object]:
    unit = 10**portfolio.digits if metric.unit == "money" else 1
    none = NOT_AVAILABLE.to(lang)
    return [none if pd.isna(value) else value / unit for value in values.tolist()]
