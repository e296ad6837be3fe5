"""What a backtest finds, as plain facts: origins, levels, tenths, and the rankings side by side."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import date

    from engine.language.errors import Text
    from engine.measures.backtest.bins import Bin

DEFAULT_AXIS: Final = "risk"
RANKERS: Final = ("grade", "recency", "sales", "base")
LOSSES: Final = ("risk", "continuity")
"""The axes whose event is a loss: no purchase in the horizon. Of 成長 it is growth; of 価値 there is none, but money."""

RIVALS: Final = {"risk": "recency", "continuity": "recency", "growth": "recency", "value": "sales"}
"""What anybody could have ranked by without us: a grade that does no better says so."""

WARNS: Final = {"risk": "high", "continuity": "low", "growth": "high", "value": "high"}
"""The level of each axis of which the verdict speaks."""


@dataclass(frozen=True)
class Ranker:
    """How well one ranking of the same customers did.

    Parameters
    ----------
    code
        `grade`, `recency` (last order alone), `sales` (last year's sales alone), `base` (the base model).
    auc
        Pairs ranked rightly; NaN without enough events.
    apart, low, high
        AUC less that of recency alone, with its interval; NaN for recency itself.
    skill
        Brier skill against the base rate; NaN where no probability is stated.
    found
        Share of the lost money that the first tenth holds; NaN for an axis without losses.
    correlation
        Rank correlation with sales that came (価値) or their change (成長); NaN for the others.
    """

    code: str
    auc: float
    apart: float
    low: float
    high: float
    skill: float
    found: float
    correlation: float


@dataclass(frozen=True)
class Origin:
    """One origin: how many were judged, how many events followed, and how many were forecast, with the interval (NaN without).

    `before`, `after` and `expected` are sales of the twelve months up to it, of the horizon, and those forecast (NaN without).
    """

    day: date
    until: date
    customers: int
    events: int
    predicted: float
    low: float
    high: float
    auc: float
    before: float
    after: float
    expected: float


@dataclass(frozen=True, eq=False)
class Backtest:
    """How an axis did on the user's own past.

    Parameters
    ----------
    axis, days
        The axis's code; the days after each origin.
    origins
        The oldest first.
    levels, tenths
        Reliability by level and by tenth of the ranking.
    whole
        All judgements.
    rankers
        Those of `RANKERS` that ranked these customers, the grade first.
    unranked
        Judgements without a score; they are in `levels` as 不明, and in no ranking.
    stated
        Who stated the probabilities: `grade`, `base`, or "" where nobody did.
    model
        The base model at the last origin, or why there is none.
    lacks
        What is missing for figures that are blank, and what to add.
    left_out
        What has no date, in words.
    asked
        How many origins were asked for.
    """

    axis: str
    days: int
    origins: tuple[Origin, ...]
    levels: tuple[Bin, ...]
    tenths: tuple[Bin, ...]
    whole: Bin
    rankers: tuple[Ranker, ...]
    unranked: int
    stated: str
    model: Text
    lacks: tuple[Text, ...]
    left_out: tuple[Text, ...]
    asked: int

    def ranker(self, code: str) -> Ranker | None:
        """Return the ranking of that code, None where it has no answer."""
        return next((each for each in self.rankers if each.code == code), None)

    def level(self, code: str) -> Bin | None:
        """Return the bin of a level, None where nobody had it."""
        return next((each for each in self.levels if each.key == code), None)


Standing = Literal["better", "chance", "no_better"]


def standing(found: Backtest) -> Standing | None:
    """Return whether the grade ranks better than its plain rival (`RIVALS`); None where that cannot be told.

    `chance`: it ranks better, but the interval of the difference of the two AUC touches 0 (`accuracy.auc_difference`). Of 価値, whose
    measure is the rank correlation, the figures themselves are compared.
    """
    grade, rival = found.ranker("grade"), found.ranker(RIVALS[found.axis])
    if grade is None or rival is None:
        return None
    if found.axis == "value":
        apart, low = grade.correlation - rival.correlation, nan
        apart = apart if isnan(apart) else round(apart, 2)  # a third decimal is no difference
    else:
        apart, low = grade.apart, grade.low
    if isnan(apart):
        return None
    if apart <= 0:
        return "no_better"
    return "chance" if low <= 0 else "better"
