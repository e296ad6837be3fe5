"""The steps that the tests share: verdicts, those responsible, and what would clear a test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.language.display import sentence_step
from engine.scoring.alerts.alert import CULPRITS, WORST_FIRST, Facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from engine.language.errors import Text
    from engine.scoring.portfolio import Portfolio


def judge(value: float, limits: Mapping[str, float], below: bool = False) -> tuple[str, float]:
    """Return the worst verdict whose limit is passed, with that limit; else `ok` with the first limit.

    Limits are reached from below (value ≥ limit) unless `below`, where value < limit.

    Parameters
    ----------
    value
        The measure, in the unit of its limits.
    limits
        The limit of each verdict that the test has: `severe`, `warning`, `caution`.
    below
        Whether a small value is bad: the limit itself is then still fine.
    """
    for verdict in WORST_FIRST:
        if verdict in limits and (value < limits[verdict] if below else value >= limits[verdict]):
            return verdict, limits[verdict]
    mildest = next(verdict for verdict in reversed(WORST_FIRST) if verdict in limits)
    return "ok", limits[mildest]


def largest(sales: pd.Series, number_of: int = 1) -> tuple[int, ...]:
    """Return the positions of the largest groups, at most five.

    Parameters
    ----------
    sales
        Sales by group (its parent's position), the largest first.
    number_of
        How many are asked for, at least 1.
    """
    return tuple(int(position) for position in sales.index[: min(number_of, CULPRITS)])


def ceiling(minor: float, portfolio: Portfolio) -> float:
    """Round an amount up to the step in which sentences show it, so that the promise holds as written.

    Parameters
    ----------
    minor
        Minor units; what is below 0 counts as 0.

    Returns
    -------
    float
        Minor units, always above the amount by some part of a step.
    """
    step = sentence_step(minor, portfolio.currency, portfolio.digits)
    return math.floor(max(minor, 0.0) / step + 1) * step


def clear_hhi(portfolio: Portfolio, values: NDArray[np.float64], limit: float, name: Text) -> tuple[str, Facts]:
    """Return what brings the index below `limit`: more from the others, or new customers of the median size.

    The key of the sentence in `alerts.toml` (`others_grow` or `newcomers_come`) and its facts. With the largest t, the
    others' sum O and square sum S, the others growing by the factor 1 + y give
    HHI ÷ 10,000 = (t² + S(1+y)²) ÷ (t + O(1+y))². Where the others alone are too concentrated for that, k new customers
    of the median size m are added: (Q + k·m²) ÷ (T + k·m)².

    Parameters
    ----------
    values
        Sales or profit by group, above 0, the largest first (minor units).
    limit
        The index on the scale up to 10,000.
    name
        What the index is called in the sentence.
    """
    share = limit / 10_000
    top, others = float(values[0]), values[1:]
    rest, squares = float(others.sum()), float((others**2).sum())
    numbers, index_name = {"below": limit}, {"index": name}
    grown = _smallest_growth(top, rest, squares, share)
    if grown is not None:
        more = ceiling(grown * rest, portfolio)
        return "others_grow", Facts(amounts={"more": more}, numbers=numbers, words=index_name)
    median = float(np.median(values))
    step = sentence_step(median, portfolio.currency, portfolio.digits)
    size = float(math.ceil(median / step) * step)  # as the sentence shows it
    total, square_sum = float(values.sum()), float((values**2).sum())
    # share·(T + km)² > Q + km²  ⇔  a·k² + b·k + c > 0
    a, b, c = share * size**2, 2 * share * total * size - size**2, share * total**2 - square_sum
    count = math.floor((-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)) + 1
    amounts = {"each": size, "whole": size * count}
    return "newcomers_come", Facts(amounts=amounts, numbers={**numbers, "arrivals": count}, words=index_name)


def join_facts(*parts: Facts) -> Facts:
    """Return the facts of several steps as those of one test."""
    return Facts(
        amounts={name: each for part in parts for name, each in part.amounts.items()},
        shares={name: each for part in parts for name, each in part.shares.items()},
        numbers={name: each for part in parts for name, each in part.numbers.items()},
        words={name: each for part in parts for name, each in part.words.items()},
        customers=tuple(position for part in parts for position in part.customers),
    )


def _smallest_growth(top: float, rest: float, squares: float, share: float) -> float | None:
    """Return the smallest y > 0 with t² + S(1+y)² < share·(t + O(1+y))², or None where no y does."""
    a = squares - share * rest**2
    b = -2 * share * top * rest
    c = top**2 * (1 - share)
    if rest <= 0 or (a >= 0 and b * b - 4 * a * c <= 0):
        return None
    if a == 0:
        return max(-c / b - 1, 0.0)
    root = math.sqrt(b * b - 4 * a * c)
    crossings = sorted(((-b - root) / (2 * a), (-b + root) / (2 * a)))
    # a > 0: the test is clear between the crossings; a < 0: beyond the larger one.
    start = crossings[0] if a > 0 else crossings[1]
    return start - 1 if start > 1 else None
