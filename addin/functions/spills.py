"""The tables that worksheet functions spill: their styles, header rows and rows.

Decision 0182: how a table fits the block that asks for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from engine.definition.scheme_names import find_scheme
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Lang, Refusal, Text
from engine.scoring.alerts import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from addin.functions.cells import Cell
    from engine.explanation.explain import Explanation
    from engine.scoring.portfolio import Portfolio

Rows = list[list[object]]
Style = Literal["line", "table", "values"]

STYLES: Final[dict[Style, tuple[str, ...]]] = {
    "line": ("一行", "1行", "line", "one line"),
    "table": ("表", "一覧", "table"),
    "values": ("値のみ", "値だけ", "見出しなし", "values only", "values", "no header"),
}
EXPLANATION: Final = (
    Text("要因", "Factor"),
    Text("値", "Value"),
    Text("基準", "Basis"),
    Text("配点", "Weight"),
    Text("寄与", "Contribution"),
    Text("前回差", "Change"),
)
ALERTS: Final = (
    Text("項目", "Item"),
    Text("値", "Value"),
    Text("基準", "Threshold"),
    Text("判定", "Verdict"),
    Text("要因", "Cause"),
    Text("解消条件", "Cleared by"),
)
_STYLE_OF: Final = {words.normalise(word): style for style, spoken in STYLES.items() for word in spoken}
_MONEY: Final = frozenset({"sales", "previous", "sales_total", "gross_profit", "ltv"})


def figure_cells(values: Iterable[object], lang: Lang) -> list[object]:
    """Return figures as cells, with 算出不可 for what is unknown (None or not a number)."""
    none = NOT_AVAILABLE.to(lang)
    return [none if each is None or (isinstance(each, float) and math.isnan(each)) else each for each in values]


def trial_figure(value: float | Text | None, divisor: int, lang: Lang) -> Cell:
    """Return one side of a trial as a cell: a verdict as its word, money in whole units by `divisor`, 算出不可 for None."""
    if isinstance(value, Text):
        return value.to(lang)
    return NOT_AVAILABLE.to(lang) if value is None else value / divisor


def take_values_only(chosen: Sequence[str]) -> tuple[bool, list[str]]:
    """Return whether the style 値のみ is among the words, and the other words."""
    plain = [word for word in chosen if _STYLE_OF.get(words.normalise(word)) == "values"]
    return bool(plain), [word for word in chosen if word not in plain]


def explain_style(style: Cell) -> Style:
    """Return the style that a user means; None is one line.

    Raises
    ------
    Refusal
        For an unknown word; the message lists the styles.
    """
    if style is None:
        return "line"
    found = _STYLE_OF.get(words.normalise(str(style)))
    if found is None:
        raise Refusal(
            "argument",
            f"形式「{style}」は使えません(使える語: 一行・表・値のみ)",
            f'the style "{style}" is not known (use: line, table, values only)',
        )
    return found


def explanation_rows(explanation: Explanation, lang: Lang) -> Rows:
    """Return the factors of a score as rows below a header row.

    The last column, the change since the run before, stays blank where no earlier run knows the customer's score.
    """
    rows: Rows = [[text.to(lang) for text in EXPLANATION]]
    for line in explanation.lines:
        change = "" if line.change is None else line.change
        texts = (line.factor, line.display, line.basis)
        rows.append([*(text.to(lang) for text in texts), line.weight, line.contribution, change])
    return rows


def summary_dimension(by: Cell, portfolio: Portfolio | None = None) -> tuple[str, str]:
    """Return what to group by and, for segments, in which scheme: any scheme's name is taken for its segments.

    With a portfolio, the schemes of its own definition are known too. Any other word is taken for a column of the customers.
    """
    if by is None:
        return "segment", "standard"
    word = str(by)
    dimension = words.find("dimensions", word)
    if dimension is not None:
        return dimension, "standard"
    scheme = words.find("schemes", word) if portfolio is None else find_scheme(portfolio.definition, word)
    return ("segment", scheme) if scheme is not None else (word.strip(), "standard")


def summary_rows(frame: pd.DataFrame, dimension: str, measures: Iterable[str], digits: int, lang: Lang) -> Rows:
    """Return one row per group below a header row: the group's name, then the measures.

    Money is in whole units (cents as fractions of a dollar), shares are 0–1, their change is in points of a percentage.
    """
    codes = list(measures)
    header: list[object] = [
        words.label("dimensions", dimension, lang),
        *(words.label("measures", code, lang) for code in codes),
    ]
    columns = [
        frame[f"label_{lang}"].tolist(),
        *(_write_measure_column(frame[code], code, digits, lang) for code in codes),
    ]
    return [header, *map(list, zip(*columns, strict=True))]


def _write_measure_column(values: pd.Series, code: str, digits: int, lang: Lang) -> list[object]:
    none = NOT_AVAILABLE.to(lang)
    # The header of the change says pt: points of a percentage.
    factor = 100 if code == "share_change" else 1
    divisor = 10**digits if code in _MONEY else 1
    return [
        none if pd.isna(value) else value if factor == divisor == 1 else value * factor / divisor
        for value in values.tolist()
    ]


def alert_rows(portfolio: Portfolio, least: Sequence[str], lang: Lang) -> Rows:
    """Return the tests as rows below a header row.

    Parameters
    ----------
    portfolio
        The run.
    least
        Verdict codes: one keeps it and everything worse, several keep exactly these, none keeps all.
    """
    keep = VERDICTS if not least else VERDICTS[: VERDICTS.index(least[0]) + 1] if len(least) == 1 else tuple(least)
    rows: Rows = [[text.to(lang) for text in ALERTS]]
    for alert in portfolio.alerts:
        if alert.verdict in keep:
            value = f"{alert.measure.to(lang)} {alert.display.to(lang)}"
            verdict = words.label("verdicts", alert.verdict, lang)
            rows.append(
                [
                    alert.item.to(lang),
                    value,
                    alert.threshold.to(lang),
                    verdict,
                    alert.cause.to(lang),
                    alert.clear.to(lang),
                ]
            )
    return rows
