"""The days at which the past is judged again: evenly spaced back from the last day, each with a whole horizon after it.

Decision 0331: which origins, and who is judged.
Decision 0334: why a forecast is tested over the horizon that it states.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

_MONTH: Final = 365.25 / 12
_MOST_DAYS: Final = 3660
_MOST_ORIGINS: Final = 60


def days_of(definition: Definition, days: float | None) -> int:
    """Return the horizon in whole days, `forecast.horizon` where none is given.

    Raises
    ------
    Refusal
        `argument` for a horizon that is no whole number of days from 1 to ten years.
    """
    chosen = definition.number("forecast.horizon") if days is None else float(days)
    if not (1 <= chosen <= _MOST_DAYS and chosen == int(chosen)):
        raise Refusal(
            "argument",
            f"検証の日数「{chosen:g}」は使えません(1〜{_MOST_DAYS}の整数)",
            f"a horizon of {chosen:g} days cannot be used (a whole number from 1 to {_MOST_DAYS})",
        )
    return int(chosen)


def count_of(definition: Definition, origins: int | None) -> int:
    """Return how many origins are wanted, `backtest.origins` where none is given; refuses numbers below 1 and above 60."""
    chosen = definition.number("backtest.origins") if origins is None else origins
    if not (1 <= chosen <= _MOST_ORIGINS and chosen == int(chosen)):
        raise Refusal(
            "argument",
            f"検証の回数「{chosen:g}」は使えません(1〜{_MOST_ORIGINS}の整数)",
            f"{chosen:g} origins cannot be used (a whole number from 1 to {_MOST_ORIGINS})",
        )
    return int(chosen)


def origins_of(portfolio: Portfolio, days: int, count: int) -> tuple[date, ...]:
    """Return up to `count` origins, the oldest first.

    The last one lies `days` before the newest order. The others follow backwards in equal steps of at most `days`, so
    that horizons overlap no more than they must, and of at least `backtest.min_step_days`; before the first one lie at
    least `backtest.min_past_days` of orders. Where the past has no room for `count`, there are fewer.

    Raises
    ------
    Refusal
        `too_little_data` without orders, or where not even one origin fits; it says how many months are missing.
    """
    first, last = _find_ends_of_orders(portfolio)
    least = int(portfolio.definition.number("backtest.min_past_days"))
    step = int(portfolio.definition.number("backtest.min_step_days"))
    latest = last - timedelta(days=days)
    room = (latest - first).days - least
    if room < 0:
        raise _word_too_short_past(first, last, least, days)
    number = min(count, room // step + 1)
    apart = min(days, room // (number - 1)) if number > 1 else 0
    return tuple(latest - timedelta(days=apart * back) for back in range(number - 1, -1, -1))


def _find_ends_of_orders(portfolio: Portfolio) -> tuple[date, date]:
    if portfolio.tables.kept == "scored":
        raise Refusal(
            "too_little_data",
            "この実行は採点結果だけが保存されているため、過去の検証はできません(設定 store.keep)",
            "of this run only the scores were stored, so its past cannot be tested (definition: store.keep)",
        )
    orders = portfolio.orders
    if orders is None or orders.empty:
        raise Refusal(
            "too_little_data",
            "的中の検証には取引表が必要です。日付と金額のある取引を足してください",
            "the backtest needs an order table; add orders with dates and amounts",
        )
    days = orders["date"].to_numpy()
    ends = [np.datetime64(day, "D").item() for day in (days.min(), days.max())]
    return ends[0], min(ends[1], portfolio.as_of)


def _word_too_short_past(first: date, last: date, least: int, days: int) -> Refusal:
    """Say how long the past is, how long it must be, and both ways to mend it."""
    there = (last - first).days
    needed = least + days
    missing = math.ceil((needed - there) / _MONTH)
    shorter = there - least
    or_ja = f"、または検証の日数を{shorter}日以下に短くしてください" if shorter >= 1 else "てください"
    or_en = f", or test a horizon of {shorter} days or fewer" if shorter >= 1 else ""
    return Refusal(
        "too_little_data",
        f"過去が短いため検証できません(必要{needed}日=判定前{least}日+その後{days}日、実{there}日)。"
        f"あと約{missing}か月分の古い取引を足し{or_ja if shorter < 1 else 'す' + or_ja}",
        f"the past is too short to be tested (needed {needed} days: {least} before a judgement and {days} after it; there "
        f"are {there}). Add about {missing} months of older orders{or_en}",
    )
