"""When the portfolio is to be reviewed next: after as long as between the last two reviews, or as the definition sets it.

Decision 0250: when the next review is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Review:
    """The next review of the portfolio.

    Parameters
    ----------
    day
        When it is due.
    days
        How long after the as-of date that is.
    ground
        `interval`: as long as between the run compared with and this one; `definition`: `freshness.actions_days`, the
        longest time without a review after which actions count as stale.
    plans, late
        Accounts whose own plan sets a review: how many on or before `day`, those already late counted in; and how many of
        them lie before the as-of date. 0 where there are no plans.
    """

    day: date
    days: int
    ground: Literal["interval", "definition"]
    plans: int
    late: int


def next_review(portfolio: Portfolio, before: Portfolio | None = None) -> Review:
    """Return when to review `portfolio` next.

    Parameters
    ----------
    before
        The run of the review before. Without one, or where it is not of an earlier day, there is no interval yet.
    """
    days = 0 if before is None else (portfolio.as_of - before.as_of).days
    if days > 0:
        return _count_reviews_due(portfolio, days, "interval")
    return _count_reviews_due(portfolio, int(portfolio.definition.number("freshness.actions_days")), "definition")


def _count_reviews_due(portfolio: Portfolio, days: int, ground: Literal["interval", "definition"]) -> Review:
    day = portfolio.as_of + timedelta(days=days)
    plans = portfolio.tables.plans
    if plans is None:
        return Review(day, days, ground, 0, 0)
    told = plans["review"].dropna().to_numpy().astype("datetime64[D]")
    return Review(
        day, days, ground, int((told <= np.datetime64(day)).sum()), int((told < np.datetime64(portfolio.as_of)).sum())
    )
