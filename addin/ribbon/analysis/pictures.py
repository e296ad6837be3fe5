"""The charts of the buttons, as data: the largest groups as bars, and the profitability map as bubbles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from addin.shared.book import Chart
from engine.language.display import percent
from engine.language.errors import Text
from engine.measures.profit import profit_map
from engine.scoring.concentration import group_sales

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.shared.book import Cell
    from engine.language.errors import Lang
    from engine.measures.profit.map import Split
    from engine.scoring.portfolio import Portfolio

TOP: Final = 10
_TOP_HEADER: Final = (
    Text("売上上位(グループ合算)", "Largest customers (groups rolled up)"),
    Text("売上", "Sales"),
    Text("構成比", "Share"),
    Text("累計構成比", "Running share"),
)
_SIZE: Final = Text("円の面積", "Bubble")
_X, _Y, _BUBBLE, _QUADRANT = 1, 2, 3, 4  # the columns of PORTFOLIO_MAP


@dataclass(frozen=True, slots=True)
class TopGroups:
    """The largest customers, rolled up to their groups, below a header row; and the chart over them."""

    rows: list[list[Cell]]
    chart: Chart


def top_groups(portfolio: Portfolio, lang: Lang) -> TopGroups:
    """Return the ten largest groups with their shares of the net sales of twelve months.

    Shares are those of the concentration indices: the first is CR1, the running share at the third is CR3.
    """
    sales = group_sales(portfolio)
    sales = sales[sales > 0]
    whole, unit = float(sales.sum()), 10**portfolio.digits
    names = portfolio.frame["name"]
    rows: list[list[Cell]] = [[text.to(lang) for text in _TOP_HEADER]]
    running = 0.0
    for place, amount in zip(sales.index[:TOP], sales.tolist()[:TOP], strict=True):
        running += float(amount)
        shown = amount if unit == 1 else amount / unit
        rows.append([str(names.iloc[int(place)]), shown, float(amount) / whole, running / whole])
    title = Text(f"売上上位{len(rows) - 1}の構成比", f"Share of the {len(rows) - 1} largest")
    share = _TOP_HEADER[2].to(lang)
    return TopGroups(rows, Chart("bar", title.to(lang), "", share, ((share, 0, 2, None),)))


def map_columns(rows: Sequence[Sequence[Cell]], portfolio: Portfolio, lang: Lang) -> list[list[Cell]]:
    """Return the rows of PORTFOLIO_MAP with the columns that a chart needs behind them.

    One column per quadrant holds the y of its members, so that each quadrant is a series with a name; the area of a
    circle is the absolute size, since a loss has no area: that it is one shows in the quadrant and the row.
    """
    names = [name.to(lang) for name in profit_map(portfolio).names.values()]
    header: list[Cell] = [*rows[0], *names, _SIZE.to(lang)]
    made = [header]
    for row in rows[1:]:
        size = row[_BUBBLE]
        area = abs(size) if isinstance(size, int | float) else None
        made.append([*row, *(row[_Y] if row[_QUADRANT] == name else None for name in names), area])
    return made


def map_chart(portfolio: Portfolio, lang: Lang) -> Chart:
    """Return the bubble chart over `map_columns`; the axes say where the quadrants are divided, and by what rule."""
    found = profit_map(portfolio)
    first = _QUADRANT + 1
    last = first + len(found.names)
    series = tuple((name.to(lang), _X, at, last) for at, name in enumerate(found.names.values(), first))
    title = Text("収益性マップ", "Profitability map")
    size = found.size.name.to(lang)
    whole = f"{title.to(lang)}({_SIZE.to(lang)}: {size})" if lang == "ja" else f"{title.en} (bubble: {size})"
    return Chart(
        "bubble",
        whole,
        _write_split_axis_title(found.x, portfolio, lang),
        _write_split_axis_title(found.y, portfolio, lang),
        series,
    )


def _write_split_axis_title(split: Split, portfolio: Portfolio, lang: Lang) -> str:
    at = percent(split.at, lang) if split.metric.unit == "rate" else portfolio.money(split.at, lang)
    name, rule = split.metric.name.to(lang), split.rule.to(lang)
    return f"{name}(区切り {at}、{rule})" if lang == "ja" else f"{name} (line at {at}, {rule})"
