"""How far a customer's hours may move from today's, and who is not left without any.

Decision 0351: why the change per customer is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

    Hours = NDArray[np.float64]


def keep_near_today(
    portfolio: Portfolio, current: Hours | None, hours: float, step: float, hard: tuple[Hours, Hours]
) -> tuple[Hours, Hours]:
    """Return least and most hours per customer, in whole steps: near today's share of the hours, within the hard bounds.

    Parameters
    ----------
    current
        Today's hours; where none are recorded nothing is near or far, and only `allocation.keep_hours` counts.
    hours
        Capacity of a year.
    hard
        Least and most hours that the planner typed, or the definition gives: these win, and they alone are kept where the
        capacity does not suffice for the others.

    Notes
    -----
    Today's hours are scaled to the capacity, so that each customer may keep its share; from there `allocation.largest_change` may
    be taken away or added, and `allocation.least_raise` always be added.
    """
    low, high = hard
    least = np.where(flag_present_customers(portfolio), portfolio.definition.number("allocation.keep_hours"), 0.0)
    least = np.ceil(np.round(least / step, 9)) * step
    most = np.full(len(portfolio), np.inf)
    if current is not None:
        share = portfolio.definition.number("allocation.largest_change")
        today = current * (hours / current.sum())
        raised = today + np.maximum(share * today, portfolio.definition.number("allocation.least_raise"))
        most = np.maximum(np.ceil(np.round(raised / step, 9)) * step, least)
        least = np.maximum(least, np.floor(np.round((1 - share) * today / step, 9)) * step)
    least = np.minimum(np.maximum(low, least), high)
    if least.sum() > hours + 1e-9:
        least = low
    return least, np.maximum(np.minimum(high, most), least)


def flag_present_customers(portfolio: Portfolio) -> NDArray[np.bool_]:
    """Return who is a customer today: not lapsed, and not one that never bought."""
    return ~portfolio.frame["state"].isin(["lapsed", "none"]).to_numpy(dtype=np.bool_)


def word_left_without(portfolio: Portfolio, given: Hours) -> list[Text]:
    """Return what is to be said of present customers that get no hours: too few hours, or a bound that was typed."""
    without = int((flag_present_customers(portfolio) & (given <= 0)).sum())
    if not without or not portfolio.definition.number("allocation.keep_hours"):
        return []
    return [
        Text(
            f"時間が足りないか上限があるため、取引のある{without}社に時間を配れません",
            f"{without} present customers get no hours: there are too few, or a bound forbids it",
        )
    ]
