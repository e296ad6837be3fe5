"""NPS and CSAT with their intervals, for the whole and for groups."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.customers.survey_answers import counting, main_item, need_surveys
from engine.language.errors import Refusal, Text
from engine.measures.voice.row_groups import row_groups
from engine.models.intervals import score_interval

if TYPE_CHECKING:
    import pandas as pd

    from engine.scoring.portfolio import Portfolio

_NAN = (math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Nps:
    """The net promoter score of one group.

    Parameters
    ----------
    label
        The group.
    n, promoters, passives, detractors
        Answers counted; the three sum to `n`.
    value
        −100 to 100; NaN below `voice.min_answers`.
    low, high
        The interval's ends, kept within −100 and 100; NaN with the value, and where all answers are of one sort (the
        formula would give an interval of no width, which no small sample deserves).
    unusable
        Answers in the window that are no step of the scale.
    """

    label: Text
    n: int
    promoters: int
    passives: int
    detractors: int
    value: float
    low: float
    high: float
    unusable: int


@dataclass(frozen=True, slots=True)
class Csat:
    """The satisfaction of one item or group.

    `value` is the share (0–1) of answers of `voice.csat_top` or more (top-2-box), `mean` their mean, `low` and `high` the
    ends of the share's Wilson interval; all NaN below `voice.min_answers`. `satisfied` of `n` answers count.
    """

    label: Text
    n: int
    satisfied: int
    value: float
    mean: float
    low: float
    high: float
    unusable: int


def nps_value(promoters: int, detractors: int, n: int) -> float:
    """Return the net promoter score, % promoters − % detractors; NaN without an answer.

    >>> nps_value(5, 2, 10)
    30.0
    """
    return 100.0 * (promoters - detractors) / n if n else math.nan


def nps_interval(promoters: int, detractors: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of the net promoter score, kept within −100 and 100.

    Notes
    -----
    An answer counts +1, 0 or −1, so that its variance is p₊ + p₋ − NPS² with NPS = p₊ − p₋ as a fraction, and the interval
    is NPS ± z·100·√(variance ÷ n) (a mean of independent draws). Where all answers are of one sort the variance is 0
    and nothing can be told: NaN.
    """
    if not n:
        return _NAN
    score = (promoters - detractors) / n
    variance = max((promoters + detractors) / n - score**2, 0.0)
    if max(promoters, detractors, n - promoters - detractors) == n:
        return _NAN
    half = z * 100.0 * math.sqrt(variance / n)
    return max(100.0 * score - half, -100.0), min(100.0 * score + half, 100.0)


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's interval (`engine.models.intervals`) of a proportion, 0–1; NaN without an observation."""
    return score_interval(hits, n, z) or _NAN


def nps(portfolio: Portfolio, by: str = "total", scheme: str = "standard") -> tuple[Nps, ...]:
    """Return the net promoter score of each group.

    Parameters
    ----------
    by
        `total`, `row:item`, or a dimension of the customers (see `engine.measures.voice.row_groups`).

    Raises
    ------
    Refusal
        `too_little_data` without surveys or without an answer to an NPS item in the window.
    """
    answers = _select_answers_on_scale(portfolio, "nps")
    definition = portfolio.definition
    upper, lower = definition.number("voice.nps_promoter"), definition.number("voice.nps_detractor")
    score, counts = answers["score"].to_numpy(np.float64), counting(answers, definition)
    unusable = (answers["reason"] != "").to_numpy(dtype=bool)
    found = []
    for label, places in row_groups(portfolio, answers, by, scheme):
        own = score[places[counts[places]]]
        n, promoters, detractors = len(own), int((own >= upper).sum()), int((own <= lower).sum())
        enough = n >= max(int(definition.number("voice.min_answers")), 1)
        value = nps_value(promoters, detractors, n) if enough else math.nan
        low, high = nps_interval(promoters, detractors, n, definition.number("voice.z")) if enough else _NAN
        passives = n - promoters - detractors
        found.append(Nps(label, n, promoters, passives, detractors, value, low, high, int(unusable[places].sum())))
    return tuple(found)


def csat(portfolio: Portfolio, by: str = "row:item", scheme: str = "standard") -> tuple[Csat, ...]:
    """Return the satisfaction of each item (the overall item first), or of each group on the overall item.

    Parameters
    ----------
    by
        `row:item`, `total`, or a dimension of the customers. Other groups than items are answered by the overall item;
        where there is none, by the only item there is.

    Raises
    ------
    Refusal
        `too_little_data` without surveys or answers; `missing_definition` when the overall item cannot be told.
    """
    answers, definition = _select_answers_on_scale(portfolio, "csat"), portfolio.definition
    main = main_item(answers, definition)
    if by != "row:item":
        if main is None:
            raise _refuse_without_main_question(answers)
        answers = answers[answers["item"] == main]
    score, counts = answers["score"].to_numpy(np.float64), counting(answers, definition)
    unusable = (answers["reason"] != "").to_numpy(dtype=bool)
    found: list[tuple[bool, Csat]] = []
    for label, places in row_groups(portfolio, answers, by, scheme):
        own = score[places[counts[places]]]
        n, satisfied = len(own), int((own >= definition.number("voice.csat_top")).sum())
        enough = n >= max(int(definition.number("voice.min_answers")), 1)
        share, mean = (satisfied / n, float(own.mean())) if enough else _NAN
        low, high = wilson(satisfied, n, definition.number("voice.z")) if enough else _NAN
        leads = by == "row:item" and answers["item"].iloc[places[0]] == main
        found.append((leads, Csat(label, n, satisfied, share, mean, low, high, int(unusable[places].sum()))))
    return tuple(each for _, each in sorted(found, key=lambda pair: not pair[0]))


def _refuse_without_main_question(answers: pd.DataFrame) -> Refusal:
    items = sorted(answers["item"].unique())[:5]
    return Refusal(
        "missing_definition",
        f"総合満足度の設問がありません(設問: {'・'.join(items)})。定義「voice.overall_items」に書いてください",
        f'no item asks for overall satisfaction (items: {", ".join(items)}); write it into "voice.overall_items"',
    )


def _select_answers_on_scale(portfolio: Portfolio, scale: str) -> pd.DataFrame:
    """Return the answers of the window on the scale `nps` or `csat`."""
    answers = need_surveys(portfolio)
    own = answers[answers["scale"] == scale]
    word = {"nps": Text("NPS", "NPS"), "csat": Text("満足度", "satisfaction")}[scale]
    if own.empty:
        items = sorted(answers["item"].unique())[:5]
        raise Refusal(
            "too_little_data",
            f"{word.ja}の設問がありません(設問: {'・'.join(items)})。定義「voice.nps_items」の語で見分けます",
            f'there is no item for {word.en} (items: {", ".join(items)}); the words of "voice.nps_items" tell them apart',
        )
    if not own["recent"].any():
        newest, days = own["date"].max(), int(portfolio.definition.number("voice.survey_days"))
        raise Refusal(
            "too_little_data",
            f"直近{days}日に{word.ja}の回答がありません(最新 {newest:%Y/%m/%d})。定義「voice.survey_days」で期間を変えられます",
            f'no answer for {word.en} in the last {days} days (newest {newest:%Y-%m-%d}); "voice.survey_days" sets the window',
        )
    return own[own["recent"]]
