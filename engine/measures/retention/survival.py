"""How long customers stay: the Kaplan–Meier curve, with Greenwood's error and a log-log interval."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Refusal
from engine.measures.retention.activity import ALWAYS, NEVER, activity_of, day_number
from engine.measures.retention.groups import groups_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from engine.language.errors import Text
    from engine.measures.retention.activity import Activity
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, eq=False)
class Curve:
    """A survival curve, at the times at which anything happened, in rising order.

    Parameters
    ----------
    time
        Times of an event or a censoring.
    at_risk
        How many were still observed just before.
    events, censored
        How many ended, and how many were no longer observed, at this time.
    survival
        S(t): the share that lives beyond t (an event at t counts).
    error
        Greenwood's standard error; NaN where S(t) is 0.
    low, high
        The interval, within 0 and 1; 1 before the first event, NaN where S(t) is 0.
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    censored: NDArray[np.int64]
    survival: NDArray[np.float64]
    error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def at(self, time: float) -> float:
        """Return S(t); 1 before the first time. Beyond the last one nothing is known: NaN unless S is 0 there."""
        place = int(np.searchsorted(self.time, time, side="right")) - 1
        if place < 0:
            return 1.0
        last = float(self.survival[place])
        return last if time <= self.time[-1] or last == 0 else float("nan")

    def median(self) -> float | None:
        """Return the first time at which S(t) is 0.5 or less; None where the curve does not come down so far."""
        below = np.flatnonzero(self.survival <= 0.5)  # half, by the name of the median
        return float(self.time[below[0]]) if len(below) else None


def kaplan_meier(durations: ArrayLike, events: ArrayLike, confidence: float = 0.95) -> Curve:
    """Return the product-limit estimate of survival.

    Parameters
    ----------
    durations
        How long each was observed, 0 or more, in any unit.
    events
        True where it ended then, False where it was still alive when last seen (censored at that time, after the events
        of the same time).
    confidence
        Of the pointwise interval.

    Notes
    -----
    S(t) = Π (1 − dᵢ/nᵢ) over the times tᵢ ≤ t (Kaplan, Meier 1958, JASA 53, 457–481). Greenwood (1926):
    var S = S² Σ dᵢ/(nᵢ(nᵢ − dᵢ)). The interval is S^exp(±z·√(Σ dᵢ/(nᵢ(nᵢ − dᵢ))) / ln S), which never leaves 0 to 1
    (Kalbfleisch, Prentice: The Statistical Analysis of Failure Time Data, 2nd ed. 2002, section 1.4).

    Raises
    ------
    Refusal
        Without any observation, or with a negative or unknown duration.
    """
    lasted, ended = np.asarray(durations, dtype=np.float64), np.asarray(events, dtype=np.bool_)
    if not len(lasted):
        raise Refusal("too_little_data", "観察した顧客がいません(必要1/実0)", "nobody was observed (needs 1, has 0)")
    if lasted.shape != ended.shape or not bool(np.all(lasted >= 0)):
        raise Refusal(
            "argument", "観察期間は0以上の数にしてください", "durations must be numbers that are not negative"
        )
    time, place = np.unique(lasted, return_inverse=True)
    number = np.bincount(place, minlength=len(time))
    died = np.bincount(place[ended], minlength=len(time))
    at_risk = len(lasted) - np.cumsum(number) + number
    survival = np.cumprod(1 - died / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(np.where(died < at_risk, died / (at_risk * (at_risk - died)), np.inf)))
        gone = survival == 0
        error = np.where(gone, np.nan, survival * spread)
        reach = NormalDist().inv_cdf((1 + confidence) / 2) * spread / np.log(survival)
        low, high = survival ** np.exp(-reach), survival ** np.exp(reach)
    low, high = (np.where(gone, np.nan, np.where(survival == 1, 1.0, end)) for end in (low, high))
    return Curve(time, at_risk, died, number - died, survival, error, low, high)


def customer_lives(portfolio: Portfolio) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return per customer how many days it lived, whether it then ended, and whether it can be told at all.

    A life begins with the first purchase and ends with the first lapse: on the first day on which the last purchase is
    `state.active_days` days old. A customer that came back has lived once, up to its first lapse. Who had not lapsed by
    the as-of date is censored there. A customer that never bought lives from contract_start to the day after
    contract_end; without a start its age is not known, and it is left out like those who neither bought nor signed.
    Without censoring S(t) is therefore the share of a cohort that is active through day t.

    Raises
    ------
    Refusal
        `too_little_data` without orders and contracts.
    """
    return portfolio.once(
        ("survival.lives",), lambda: _measure_observed_lives(activity_of(portfolio), day_number(portfolio.as_of))
    )


def _measure_observed_lives(
    activity: Activity, today: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    count, lapse = activity.count, activity.active_days
    known = (activity.first > ALWAYS) & (activity.first <= today)
    until = np.full(count, NEVER, dtype=np.int64)  # the first day on which the customer is no longer there
    same = activity.who[1:] == activity.who[:-1]
    ends = np.ones(len(activity.who), dtype=np.bool_)  # purchases after which the customer lapsed, or the last ones
    if len(ends):
        ends[:-1] = ~same | (activity.when[1:] - activity.when[:-1] >= lapse)
    who, when = activity.who[ends], activity.when[ends]
    until[who[::-1]] = when[::-1] + lapse  # the first lapse of each customer is written last
    until = np.where(activity.contracted & (activity.until < NEVER), activity.until + 1, until)
    ended = known & (until <= today)
    lived = np.where(known, np.minimum(until, today) - activity.first, 0)
    return np.maximum(lived, 0), ended, known


def customer_survival(portfolio: Portfolio, by: str | None = None) -> tuple[tuple[str, Text, Curve], ...]:
    """Return key, label and survival curve (in days) of each group that has customers to tell of; see `customer_lives`.

    Parameters
    ----------
    by
        What to group by (`engine.measures.retention.groups.groups_of`); the whole when None.
    """
    lived, ended, known = customer_lives(portfolio)
    groups, confidence = groups_of(portfolio, by), portfolio.definition.number("retention.confidence")
    found = []
    for place, (key, label) in enumerate(zip(groups.keys, groups.labels, strict=True)):
        here = known & (groups.codes == place)
        if here.any() or by is None:
            found.append((key, label, kaplan_meier(lived[here], ended[here], confidence)))
    return tuple(found)
