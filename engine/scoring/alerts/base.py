"""The steps that the tests share: verdicts, words, and what would clear a test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.display import number, sentence_step
from engine.language.errors import Text
from engine.scoring.alerts.alert import CULPRITS, WORST_FIRST, Alert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

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


def both(show: Callable[..., str], *arguments: float | int) -> Text:
    """Return what `show` writes for these arguments, in both languages."""
    return Text(show(arguments[0], "ja", *arguments[1:]), show(arguments[0], "en", *arguments[1:]))


def amount(portfolio: Portfolio, minor: float) -> Text:
    """Return an amount for a sentence, in both languages.

    Parameters
    ----------
    minor
        Minor units of the portfolio's currency.
    """
    return Text(portfolio.money(minor, "ja"), portfolio.money(minor, "en"))


def names_of(portfolio: Portfolio, positions: tuple[int, ...]) -> Text:
    """Return the names of these customers as a list in a sentence.

    Parameters
    ----------
    positions
        Customers by their place in the scored table, from 0; the order stays.
    """
    names = [str(portfolio.frame["name"].iloc[position]) for position in positions]
    return Text("、".join(names), ", ".join(names))


def unavailable(code: str, measure: Text, missing: Text, source: Text) -> Alert:
    """Return a test that cannot be answered, naming the input that is missing.

    Parameters
    ----------
    code
        The test, a code of the vocabulary's `alerts`.
    measure
        What the test measures.
    missing
        The input that would make it known.
    source
        Where the thresholds come from.
    """
    none = Text("算出不可", "n/a")
    return Alert(
        code,
        words.text("alerts", code),
        measure,
        None,
        none,
        Text("—", "—"),
        "unavailable",
        (),
        Text(f"算出不可: {missing.ja}", f"not available: {missing.en}"),
        Text("", ""),
        source,
    )


NO_SALES: Final = Text("年間売上がありません", "there are no yearly sales")
NOTHING: Final = Text("", "")


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


def more_from_others(portfolio: Portfolio, part: float, total: float, limit: float, goal: Text) -> Text:
    """Return how much the others must buy so that `part` falls below `limit` of the whole: part ÷ limit − total.

    Parameters
    ----------
    part
        Sales of the largest, in minor units; they stay as they are.
    total
        All sales, in minor units.
    limit
        The share to fall below, above 0 and up to 1.
    goal
        What is reached by it, as the end of the sentence.
    """
    more = amount(portfolio, ceiling(part / limit - total, portfolio))
    return Text(f"あと{more.ja}を他の顧客で売れば{goal.ja}", f"{more.en} more from other customers brings it {goal.en}")


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


def clear_hhi(portfolio: Portfolio, values: NDArray[np.float64], limit: float, name: str) -> Text:
    """Return what brings the index below `limit`: more from the others, or new customers of the median size.

    With the largest t, the others' sum O and square sum S, the others growing by the factor 1 + y give
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
    grown = _smallest_growth(top, rest, squares, share)
    if grown is not None:
        more = amount(portfolio, ceiling(grown * rest, portfolio))
        return Text(
            f"あと{more.ja}を他の顧客で(今の比率で)売れば{name}が{number(limit, 'ja')}未満になる",
            f"{more.en} more from the others (in today's proportions) brings {name} below {number(limit, 'en')}",
        )
    median = float(np.median(values))
    step = sentence_step(median, portfolio.currency, portfolio.digits)
    size = float(math.ceil(median / step) * step)  # as the sentence shows it
    total, square_sum = float(values.sum()), float((values**2).sum())
    # share·(T + km)² > Q + km²  ⇔  a·k² + b·k + c > 0
    a, b, c = share * size**2, 2 * share * total * size - size**2, share * total**2 - square_sum
    count = math.floor((-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)) + 1
    each, whole = amount(portfolio, size), amount(portfolio, size * count)
    goal_ja, goal_en = f"{name}が{number(limit, 'ja')}未満", f"{name} below {number(limit, 'en')}"
    return Text(
        f"中央値の規模(年{each.ja})の新規顧客を{count}社(計{whole.ja})増やせば{goal_ja}になる",
        f"{count} new customers of the median size ({each.en} a year, {whole.en} in all) bring {goal_en}",
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
