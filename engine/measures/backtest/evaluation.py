"""One axis over all origins: who was judged, how each ranking did, and what is missing for a figure.

Decision 0332: why plain rivals stand beside the grade.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.measures.backtest import accuracy
from engine.measures.backtest.bins import Bin, Judgements, by_level, by_tenth, overall, tenths_of
from engine.measures.backtest.result import LOSSES, RANKERS, Backtest, Origin, Ranker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.measures.backtest.ratings import Rating
    from engine.measures.backtest.trials import Trial
    from engine.scoring.portfolio import Portfolio

    Vector = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _OriginJudgements:
    """The judgements of one origin on one axis: everybody judged, and which of them the grade ranks."""

    trial: Trial
    rows: NDArray[np.intp]
    known: Flags
    levels: NDArray[np.object_]
    rankings: dict[str, Vector]
    probability: dict[str, Vector]
    event: Flags | None


def evaluate(portfolio: Portfolio, axis: str, days: int, trials: Sequence[Trial], asked: int) -> Backtest:
    """Return how an axis did; refuses (`too_little_data`) where nobody can be judged on it."""
    definition = portfolio.definition
    confidence, least = (definition.number(f"backtest.{name}") for name in ("confidence", "min_events"))
    everyone = [_judge_origin(trial, axis, definition.number("forecast.grows") - 1) for trial in trials]
    judged = [each for each in everyone if len(each.rows)]
    if not judged:
        raise Refusal("too_little_data", *(_NOBODY_GROWTH if axis == "growth" else _NOBODY))
    stated = next((code for code in ("grade", "base") if all(code in each.probability for each in judged)), "")
    rows = _join_judgements(judged, stated)
    whole = overall(rows, confidence)
    unranked = sum(int((~each.known).sum()) for each in judged)
    lacks = _list_what_is_missing(axis, whole, unranked, int(least), (len(judged), asked))
    enough = axis == "value" or min(whole.events, whole.customers - whole.events) >= least
    return Backtest(
        axis,
        days,
        tuple(_sum_up_origin(each, stated, confidence) for each in judged),
        by_level(rows, confidence),
        by_tenth(rows, confidence),
        whole,
        tuple(
            _measure_ranker(judged, code, axis, enough, confidence)
            for code in RANKERS
            if _is_ranked_anywhere(judged, code)
        ),
        unranked,
        stated,
        judged[-1].trial.base.model,
        lacks,
        tuple(dict.fromkeys(text for trial in trials for text in trial.left_out)),
        asked,
    )


def _judge_origin(trial: Trial, axis: str, grows: float) -> _OriginJudgements:
    """Return who is judged at an origin on an axis, how each ruler ranks them, and whom the event followed."""
    rating = trial.ratings[axis]
    change = trial.change
    rows = np.flatnonzero(~np.isnan(change)) if axis == "growth" else np.arange(len(trial.customer))
    sign = -1.0 if axis == "continuity" else 1.0
    late = 1.0 if axis in LOSSES else -1.0  # a long silence speaks for a loss, and against growth and value
    rich = 1.0 if axis == "value" else -1.0
    rankings = {"grade": _rank_grade(sign * rating.scores[rows], rating, rows), "recency": late * trial.recency[rows]}
    rankings["sales"] = rich * trial.before[rows]
    probability: dict[str, Vector] = {}
    lost = trial.base.lost[rows]
    if axis in LOSSES and not np.isnan(lost).any():
        rankings["base"] = probability["base"] = lost
    if rating.probability is not None and not np.isnan(rating.probability[rows]).any():
        probability["grade"] = rating.probability[rows]
    event = {"value": None, "growth": change[rows] >= grows}.get(axis, ~trial.bought[rows])
    return _OriginJudgements(
        trial, rows, ~np.isnan(rankings["grade"]), rating.levels[rows], rankings, probability, event
    )


def _rank_grade(scores: Vector, rating: Rating, rows: NDArray[np.intp]) -> Vector:
    """Return the ranking by score, equal scores by the probability stated: many a customer's score is held at 0 or 100."""
    if rating.probability is None:
        return scores
    stated = np.nan_to_num(rating.probability[rows])
    known = ~np.isnan(scores)
    result = np.full(len(scores), nan)
    result[known] = 2.0 * np.unique(scores[known], return_inverse=True)[1] + stated[known]  # a probability is at most 1
    return result


def _join_judgements(judged: Sequence[_OriginJudgements], stated: str) -> Judgements:
    events = [each.event for each in judged if each.event is not None]
    return Judgements(
        np.concatenate([each.levels for each in judged]),
        np.concatenate([tenths_of(each.rankings["grade"]) for each in judged]),
        np.concatenate([each.probability.get(stated, np.full(len(each.rows), nan)) for each in judged]),
        np.concatenate(events) if events else None,
        np.concatenate([each.trial.before[each.rows] for each in judged]),
        np.concatenate([each.trial.after[each.rows] for each in judged]),
    )


def _is_ranked_anywhere(judged: Sequence[_OriginJudgements], code: str) -> bool:
    return all(code in each.rankings for each in judged) and any(each.known.any() for each in judged)


def _measure_ranker(
    judged: Sequence[_OriginJudgements], code: str, axis: str, enough: bool, confidence: float
) -> Ranker:
    """Return how one ranking did, always on the customers that the grade ranks, so that all are compared alike."""
    ranked = [each.rankings[code][each.known] for each in judged]
    skill = nan
    if all(code in each.probability and each.event is not None for each in judged) and enough:
        events = np.concatenate([each.event[each.known] for each in judged if each.event is not None])
        skill = accuracy.brier_skill(np.concatenate([each.probability[code][each.known] for each in judged]), events)
    auc, apart, found, correlation = nan, (nan, nan, nan), nan, nan
    if axis != "value" and enough:
        events_of = [each.event[each.known] for each in judged if each.event is not None]
        recent = [each.rankings["recency"][each.known] for each in judged]
        auc = accuracy.concordance(ranked, events_of).auc
        if code != "recency":
            apart = accuracy.auc_difference(ranked, recent, events_of, confidence)
    if axis in LOSSES:
        gone = [
            np.where(each.event, each.trial.before[each.rows].clip(0), 0.0)[each.known]
            for each in judged
            if each.event is not None
        ]
        found = accuracy.found_first(ranked, gone)
    else:
        came = [(each.trial.change if axis == "growth" else each.trial.after)[each.rows][each.known] for each in judged]
        correlation = accuracy.rank_correlation(ranked, came)
    return Ranker(code, auc, *apart, skill, found, correlation)


def _sum_up_origin(each: _OriginJudgements, stated: str, confidence: float) -> Origin:
    trial, event = each.trial, each.event
    forecast = (nan, nan, nan)
    if stated and not np.isnan(each.probability[stated]).any():
        forecast = accuracy.expected_count(each.probability[stated], confidence)
    known = each.known
    auc = nan if event is None else accuracy.concordance([each.rankings["grade"][known]], [event[known]]).auc
    return Origin(
        trial.day,
        trial.until,
        len(each.rows),
        0 if event is None else int(event.sum()),
        *forecast,
        auc,
        float(trial.before[each.rows].sum()),
        float(trial.after[each.rows].sum()),
        float(trial.expected[each.rows].sum()),
    )


def _list_what_is_missing(
    axis: str, whole: Bin, unranked: int, least: int, origins: tuple[int, int]
) -> tuple[Text, ...]:
    """Say what is missing, and what to add; `origins` are those that there are, and those asked for."""
    found = []
    with_it, without = whole.events, whole.customers - whole.events
    if axis != "value" and min(with_it, without) < least:
        names = _EVENTS["growth" if axis == "growth" else "loss"]
        name, count = (names[0], with_it) if with_it < without else (names[1], without)
        found.append(
            Text(
                f"{name.ja}顧客が延べ{count}社で、順位の正しさを測るには{least}社以上必要です。"
                "古い取引を足すか、検証の日数か回数を増やしてください",
                f"{count} customers {name.en}, and {least} are needed to measure a ranking: add older orders, or test a "
                "longer horizon or more origins",
            )
        )
    if unranked:
        label = words.text("axes", axis)
        found.append(
            Text(
                f"延べ{unranked:,}社は{label.ja}が不明のため、順位の検証に入っていません",
                f"for {unranked:,} customers {label.en} is unknown; they are in no ranking",
            )
        )
    there, asked = origins
    if there < asked:
        found.append(
            Text(
                f"取引の期間が短いため、{asked}回ではなく{there}回の検証です。古い取引を足すと増えます",
                f"the orders reach back for {there} origins instead of {asked}; older orders add more",
            )
        )
    return tuple(found)


_NOBODY: Final = Text(
    "判定日に稼働していた顧客がいないため検証できません。古い取引を足してください",
    "nobody was active at an origin: add older orders",
)
_NOBODY_GROWTH: Final = Text(
    "判定日までの12か月を通して取引のあった顧客がいないため、成長は検証できません。さらに古い取引を足してください",
    "nobody had been buying for the twelve months before an origin, so growth cannot be tested: add older orders",
)
_EVENTS: Final = {
    "loss": (Text("離れた", "were lost"), Text("残った", "stayed")),
    "growth": (Text("伸びた", "grew"), Text("伸びなかった", "did not grow")),
}
