"""Today's grades, given at earlier days and held against what followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language import words
from engine.language.errors import LANGUAGES, Refusal, Text
from engine.measures.backtest.evaluation import evaluate
from engine.measures.backtest.origins import count_of, days_of, origins_of
from engine.measures.backtest.result import DEFAULT_AXIS
from engine.measures.backtest.trials import run_trials
from engine.scoring.levels import AXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.measures.backtest.result import Backtest
    from engine.scoring.portfolio import Portfolio

    Report = Callable[[Text, float], None]


def backtest(
    portfolio: Portfolio,
    axis: str = DEFAULT_AXIS,
    days: float | None = None,
    origins: int | None = None,
    report: Report | None = None,
) -> Backtest:
    """Return how the grades of an axis did at earlier days; the past is scored once per run and horizon.

    Parameters
    ----------
    axis
        `risk`, `continuity`, `growth` or `value`.
    days
        The horizon, a whole number of days; `forecast.horizon` when None.
    origins
        How many earlier days at most; `backtest.origins` when None.
    report
        Told what is being done, and which share of all is done (0–1).

    Raises
    ------
    Refusal
        `argument` for an axis, horizon or number that cannot be used; `too_little_data` where the past is too short.
    """
    if axis not in AXES:
        raise _refuse_untestable_axis(axis)
    horizon, count = days_of(portfolio.definition, days), count_of(portfolio.definition, origins)
    chosen = origins_of(portfolio, horizon, count)
    trials = portfolio.once(
        ("backtest.trials", horizon, chosen), lambda: run_trials(portfolio, chosen, horizon, report)
    )
    return portfolio.once(("backtest", axis, horizon, count), lambda: evaluate(portfolio, axis, horizon, trials, count))


def _refuse_untestable_axis(axis: str) -> Refusal:
    """Return the refusal for an axis whose grade says nothing that could come true or not."""
    names = {lang: [words.label("axes", each, lang) for each in AXES] for lang in LANGUAGES}
    said = {lang: words.label("axes", axis, lang) if axis in words.codes("axes") else axis for lang in LANGUAGES}
    return Refusal(
        "argument",
        f"軸「{said['ja']}」は検証できません({'・'.join(names['ja'])}のどれか)",
        f'the axis "{said["en"]}" cannot be tested (one of {", ".join(names["en"])})',
    )
