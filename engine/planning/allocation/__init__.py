"""Hours per customer where they bring most: a concave response per customer, allotted by linear programming.

The response follows the decision calculus of CALLPLAN (L. M. Lodish, "CALLPLAN: An Interactive Salesman's Call Planning
System", Management Science 18(4), 1971): what would stay without any effort, what today's effort brings, what effort can
reach at best. Through these three points goes the concave modified exponential

    value(h) = reach × (1 − exp(−k·h)),

with k such that today's hours bring today's value (J. D. C. Little's ADBUDG, Management Science 16(8), 1970, fits its curve
through such points in the same way). The curves are cut into straight pieces and allotted by HiGHS.

Decision 0151: why hours follow a concave response.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.customers.order_metrics import windows
from engine.language import words
from engine.language.amounts import parse_amount
from engine.language.distinct_cells import Fault
from engine.language.errors import Refusal, Text
from engine.planning.allocation.allotment import Curves, Plan, allot
from engine.planning.allocation.nearness import keep_near_today, word_left_without
from engine.scoring.loss_chance import loss_chances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

__all__ = ["Allocation", "allocate", "current_hours", "responses"]

OBJECTIVES: Final = ("gross_profit", "sales", "risk")
_HALF: Final = math.log(2.0)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Hours of a year, allotted to the customers of a run.

    Parameters
    ----------
    objective
        gross_profit, sales or risk (expected loss of sales that is averted).
    capacity
        Hours that could be allotted.
    current
        Today's hours per customer (contacts of the last twelve months); None where none are recorded.
    hours
        Allotted hours per customer, multiples of the step.
    marginal
        What one more hour with the customer would bring a year, minor units.
    value, value_now
        What the allotted and today's hours bring a year, minor units, under the same response; `value_now` is None
        where no hours are recorded.
    price
        What one more hour of capacity is worth (the dual price of the capacity), minor units: 0 where hours are left.
    one_more_hour
        What the best use of exactly one more hour brings, minor units.
    over, under
        Positions of customers that get clearly more (ごひいき先) or less time today than allotted, the widest first.
    notes
        What the reader should know.
    """

    objective: str
    capacity: float
    current: NDArray[np.float64] | None
    hours: NDArray[np.float64]
    marginal: NDArray[np.float64]
    value: float
    value_now: float | None
    price: float
    one_more_hour: float
    over: tuple[int, ...]
    under: tuple[int, ...]
    notes: tuple[Text, ...]

    @property
    def order(self) -> NDArray[np.intp]:
        """The customers' positions, most additional hours first, those that lose most last."""
        difference = self.hours if self.current is None else self.hours - self.current
        return np.argsort(-difference, kind="stable")


def allocate(portfolio: Portfolio, hours: float, objective: str | None = None) -> Allocation:
    """Return the hours of a year per customer that bring most.

    Parameters
    ----------
    portfolio
        The run. Today's hours are those of the contacts of the last twelve months; bounds are those of the definition,
        and of the columns 最低時間 and 最高時間 of the customer table where it has them.
    hours
        Capacity of a year, at least 0; whole steps (`allocation.step_hours`) of it are used.
    objective
        A code of the vocabulary's `objectives`; None takes gross profit where it is known for any customer, else sales.

    Raises
    ------
    Refusal
        `argument` for a capacity that is none, or bounds that cannot be kept (by how much is said);
        `too_little_data` where the objective's value is known for nobody.
    """
    if not (math.isfinite(hours) and hours >= 0):
        raise Refusal(
            "argument", f"時間「{hours}」は0以上の数で書いてください", f"the hours ({hours}) must be 0 or more"
        )
    if portfolio.tables.kept == "scored":
        raise Refusal(
            "too_little_data",
            "この実行は採点結果だけが保存されているので、時間を配れません。データを読み直して更新してください",
            "of this run only the scores were kept, so no hours can be allotted; read the data again",
        )
    return portfolio.once(
        ("allocate", float(hours), objective), lambda: _allocate_hours(portfolio, float(hours), objective)
    )


def _allocate_hours(portfolio: Portfolio, hours: float, objective: str | None) -> Allocation:
    chosen, notes = _choose_objective(portfolio, objective)
    current = current_hours(portfolio)
    step = portfolio.definition.number("allocation.step_hours")
    hard = _find_bounds_of_hours(portfolio, hours, step)
    low, high = keep_near_today(portfolio, current, hours, step, hard)
    curves = responses(portfolio, chosen, current)
    plan = allot(curves, hours, low, high, step, int(portfolio.definition.number("allocation.segments")))
    notes += _word_allocation_notes(portfolio, curves, current, plan, hours)
    given, value_now = plan.hours, None
    if current is not None:
        value_now = curves.total(current)
        if current.sum() <= hours and _lies_within_bounds(current, *hard) and value_now > plan.value:
            # Finer than the step, or a least of hours for everybody costs more than it brings: nothing is moved for that.
            given = current.copy()
            notes.append(Text("今の配分が最良です", "today's hours are the best already"))
    notes += word_left_without(portfolio, given)
    over, under = _flag_over_and_under_visited(portfolio, current, given)
    return Allocation(
        chosen,
        hours,
        current,
        given,
        curves.slope(given),
        curves.total(given),
        value_now,
        plan.price,
        plan.one_more_hour,
        over,
        under,
        tuple(notes),
    )


def _choose_objective(portfolio: Portfolio, objective: str | None) -> tuple[str, list[Text]]:
    known = bool(portfolio.frame["margin_rate"].notna().any())
    if objective is None and not known:
        note = Text(
            "原価が分からないため、粗利ではなく売上を最大化しました",
            "costs are not known: sales were maximised, not gross profit",
        )
        return "sales", [note]
    chosen = "gross_profit" if objective is None else objective
    if chosen not in OBJECTIVES:
        raise Refusal("argument", f"目的「{chosen}」は使えません", f'there is no objective "{chosen}"')
    if chosen == "gross_profit" and not known:
        raise Refusal(
            "too_little_data",
            "粗利が分かる顧客がいません。取引表に原価を加えるか、目的を「売上」にしてください",
            'no customer has a known gross profit; add costs to the orders, or choose the objective "Sales"',
        )
    return chosen, []


def current_hours(portfolio: Portfolio) -> NDArray[np.float64] | None:
    """Return the hours of the contacts of the last twelve months per customer; None where no hours are recorded."""
    contacts = portfolio.tables.contacts
    if contacts is None:
        return None
    first, last = (np.datetime64(day, "D") for day in windows(portfolio.as_of).last_12_months)
    day = contacts["date"].to_numpy().astype("datetime64[D]")
    spent = np.maximum(contacts["hours"].to_numpy(np.float64, na_value=0.0), 0.0)
    spent = np.where((day >= first) & (day <= last), spent, 0.0)
    if not spent.any():
        return None
    who = contacts["customer"].to_numpy(np.int64)
    return np.asarray(np.bincount(who, spent, minlength=len(portfolio)), dtype=np.float64)


def responses(portfolio: Portfolio, objective: str, current: NDArray[np.float64] | None) -> Curves:
    """Return the response of every customer.

    Notes
    -----
    With sales S, the share kept without effort ρ and the reachable headroom R (a share of the headroom; of today's sales
    where the customer's spend is not known), effort moves the sales from ρS to S + R. Today's hours h₀ bring S, so that
    k = −ln(1 − q) ÷ h₀ with q = (1−ρ)S ÷ ((1−ρ)S + R), and never so steep that half of it is reached before
    `allocation.least_half_hours`. Customers without recorded hours get the median k of the others, and
    `allocation.half_hours` where there are none. Values are the moved sales × the margin (the portfolio's where the
    customer's is not known; a negative one counts as 0), or the moved sales; for the risk they are the sales × the
    probability of loss, which effort averts.
    """
    definition, frame = portfolio.definition, portfolio.frame
    sales = np.maximum(frame["sales_12m"].to_numpy(np.float64, na_value=0.0), 0.0)
    potential = portfolio.tables.customers["potential"].to_numpy(np.float64, na_value=np.nan)
    headroom = np.where(
        np.isnan(potential), definition.number("allocation.usual_headroom") * sales, np.maximum(potential - sales, 0.0)
    )
    held = (1 - definition.number("allocation.kept_without_effort")) * sales
    reach = held + definition.number("allocation.reachable_headroom") * headroom
    steepness = _fit_steepness_of_response(portfolio, held, reach, current)
    if objective == "risk":
        return Curves(sales * np.nan_to_num(loss_chances(portfolio)), steepness)
    if objective == "gross_profit":
        reach = reach * _fill_margins_with_average(portfolio, sales)
    return Curves(reach, steepness)


def _fit_steepness_of_response(
    portfolio: Portfolio, held: NDArray[np.float64], reach: NDArray[np.float64], current: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    definition = portfolio.definition
    most = _HALF / definition.number("allocation.least_half_hours")
    usual = _HALF / definition.number("allocation.half_hours")
    if current is None:
        return np.full(len(held), min(usual, most))
    visited = (current > 0) & (held > 0)
    part = np.where(visited, held / np.where(visited, reach, 1.0), 0.0)
    with np.errstate(divide="ignore"):
        own = -np.log1p(-part) / np.where(visited, current, 1.0)  # infinite where there is no headroom: cut off below
    own = np.minimum(own, most)
    rest = float(np.median(own[visited])) if visited.any() else min(usual, most)
    return np.where(visited, own, rest)


def _fill_margins_with_average(portfolio: Portfolio, sales: NDArray[np.float64]) -> NDArray[np.float64]:
    margin = portfolio.frame["margin_rate"].to_numpy(np.float64, na_value=np.nan)
    known = ~np.isnan(margin)
    weight = float(sales[known].sum())
    whole = float((margin[known] * sales[known]).sum()) / weight if weight else float(margin[known].mean())
    return np.maximum(np.where(known, margin, whole), 0.0)


def _find_bounds_of_hours(
    portfolio: Portfolio, hours: float, step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return least and most hours per customer, in whole steps inside what was asked for.

    Raises
    ------
    Refusal
        Where a customer's bounds contradict each other, or the least hours together exceed the capacity.
    """
    definition, customers = portfolio.definition, portfolio.tables.customers
    low = np.full(len(portfolio), definition.number("allocation.min_hours"))
    key = customers["key_account"].to_numpy(dtype=bool)
    low[key] = np.maximum(low[key], definition.number("allocation.key_min_hours"))
    most = definition.number("allocation.max_hours")
    high = np.full(len(portfolio), np.inf if math.isnan(most) else most)
    low, high = (
        _read_typed_hour_bounds("min_hours", portfolio, low),
        _read_typed_hour_bounds("max_hours", portfolio, high),
    )
    low = np.ceil(np.round(low / step, 9)) * step
    high = np.floor(np.round(high / step, 9)) * step
    wrong = np.flatnonzero(low > high)
    if len(wrong):
        name = str(portfolio.frame["name"].iloc[int(wrong[0])])
        by = f"{low[wrong[0]] - high[wrong[0]]:g}"
        raise Refusal(
            "argument",
            f"{name}の最低時間が最高時間を{by}時間上回っています({step:g}時間刻み)",
            f"the least hours of {name} exceed its most hours by {by} (in steps of {step:g})",
        )
    if low.sum() > hours + 1e-9:
        raise Refusal(
            "argument",
            f"最低時間の合計{low.sum():g}時間が{hours:g}時間を{low.sum() - hours:g}時間上回っています",
            f"the least hours add up to {low.sum():g}, {low.sum() - hours:g} more than the {hours:g} there are",
        )
    return low, high


def _read_typed_hour_bounds(kind: str, portfolio: Portfolio, usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bounds of the customer table's own column, and `usual` where it has none or a cell is blank."""
    customers = portfolio.tables.customers
    column = next((name for name in customers.columns if words.find("hour_bounds", str(name)) == kind), None)
    if column is None:
        return usual
    result = usual.copy()
    for place, cell in enumerate(customers[column].tolist()):
        read = parse_amount(cell)
        if isinstance(read, Fault) or (read is not None and read.number < 0):
            name = portfolio.frame["name"].iloc[place]
            raise Refusal(
                "argument",
                f"{name}の{column}「{cell}」は0以上の数で書いてください",
                f'{column} "{cell}" of {name} must be a number, 0 or more',
            )
        if read is not None:
            result[place] = float(read.number)
    return result


def _lies_within_bounds(hours: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    return bool(((hours >= low - 1e-9) & (hours <= high + 1e-9)).all())


def _flag_over_and_under_visited(
    portfolio: Portfolio, current: NDArray[np.float64] | None, given: NDArray[np.float64]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return who is visited clearly more, and who clearly less, than the hours allotted."""
    if current is None:
        return (), ()
    few = portfolio.definition.number("allocation.notice_hours")
    least = np.maximum(portfolio.definition.number("allocation.notice_share") * current, few)
    difference = given - current
    over = tuple(int(at) for at in np.argsort(difference, kind="stable") if difference[at] <= -least[at])
    under = tuple(int(at) for at in np.argsort(-difference, kind="stable") if difference[at] >= least[at])
    return over, under


def _word_allocation_notes(
    portfolio: Portfolio, curves: Curves, current: NDArray[np.float64] | None, plan: Plan, hours: float
) -> list[Text]:
    notes: list[Text] = []
    if current is None:
        usual = portfolio.definition.number("allocation.half_hours")
        notes.append(
            Text(
                f"接点表に直近12か月の時間がないため、今の時間は不明です。効果の半分に{usual:g}時間で達すると仮定しました",
                f"the contacts hold no hours of the last twelve months: today's are not known, and half of the effect "
                f"is taken to be reached in {usual:g} hours",
            )
        )
    elif current.sum() > hours:
        more = f"{current.sum() - hours:g}"
        notes.append(
            Text(
                f"今の時間の合計{current.sum():g}時間は、配る時間より{more}時間多くなっています",
                f"today's hours add up to {current.sum():g}, {more} more than there are to allot",
            )
        )
    left = hours - float(plan.hours.sum())
    if left >= portfolio.definition.number("allocation.step_hours"):
        notes.append(
            Text(f"{left:g}時間は配る先がありません(上限か、効果なし)", f"{left:g} hours are left: nobody can use them")
        )
    if not curves.reach.any():
        notes.append(Text("時間で動かせる金額がありません", "there is no amount that hours could move"))
    return notes


def named(portfolio: Portfolio, positions: Sequence[int], limit: int = 5) -> Text:
    """Return the names of the first customers as a list in a sentence."""
    names = [str(portfolio.frame["name"].iloc[at]) for at in positions[:limit]]
    more = len(positions) - len(names)
    return Text(
        "、".join(names) + (f"ほか{more}社" if more > 0 else ""),
        ", ".join(names) + (f" and {more} more" if more > 0 else ""),
    )
