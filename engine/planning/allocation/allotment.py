"""The mathematics of an allocation: concave curves cut into straight pieces, HiGHS, and whole steps of time."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DECIDED: Final = 1_000  # pieces on either side of the marginal one that HiGHS decides on
_ENOUGH: Final = 1e-6  # a curve is cut where all but this share of its value is reached


@dataclass(frozen=True, slots=True)
class Curves:
    """value(h) = reach × (1 − exp(−k·h)) per customer; reach ≥ 0, k > 0."""

    reach: NDArray[np.float64]
    steepness: NDArray[np.float64]

    def value(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each customer's value."""
        return np.asarray(-self.reach * np.expm1(-self.steepness * hours))

    def total(self, hours: NDArray[np.float64]) -> float:
        """Return the sum of the values, the same for the same values in any order."""
        return math.fsum(self.value(hours))

    def slope(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what one more hour (a whole one) would add per customer."""
        return np.asarray(self.value(hours + 1.0) - self.value(hours))


@dataclass(frozen=True, slots=True)
class Plan:
    """Allotted hours, their value, the dual price of an hour, and what exactly one more hour would bring."""

    hours: NDArray[np.float64]
    value: float
    price: float
    one_more_hour: float


def allot(
    curves: Curves,
    capacity: float,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    step: float,
    pieces: int,
) -> Plan:
    """Return the best hours in whole steps.

    HiGHS allots the straight pieces of all curves at once. Its hours are cut down to whole steps, the steps that are
    left go one by one to where they bring most, and steps move from one customer to another as long as that pays: with
    concave curves no other plan in whole steps is better then (Fox, Operations Research 14(2), 1966). Where two
    customers gain the same, the one that stands first is served first.

    Parameters
    ----------
    capacity
        Hours, ≥ Σ `low`; only whole steps are used.
    low, high
        Bounds per customer, multiples of `step`; `high` may be infinite.
    pieces
        Straight pieces per curve.
    """
    least = np.rint(low / step).astype(np.int64)
    capacity_steps = math.floor(capacity / step + 1e-9)
    useful = np.ceil(-math.log(_ENOUGH) / curves.steepness / step)
    further = max(round(1 / step), 1)  # the steps of one more hour
    most = np.minimum(np.minimum(high / step, useful), float(capacity_steps + further))
    most = np.maximum(np.where(curves.reach > 0, most, 0.0), least).astype(np.int64)
    start = _solve_allotment(curves, capacity_steps, least, most, step, pieces)
    whole = _HourSteps(curves, start, least, most, step)
    whole.fill(capacity_steps - int(start.sum()))
    whole.exchange()
    hours = np.array(whole.steps, dtype=np.float64) * step
    left = capacity_steps - sum(whole.steps)
    gains = whole.fill(further) if left == 0 else []
    return Plan(hours, curves.total(hours), gains[0] / step if gains else 0.0, math.fsum(gains))


def _solve_allotment(
    curves: Curves,
    capacity: int,
    least: NDArray[np.int64],
    most: NDArray[np.int64],
    step: float,
    pieces: int,
) -> NDArray[np.int64]:
    """Return the hours, in steps cut down, of the linear programme over the curves' straight pieces."""
    edges = _find_edges_of_pieces(curves, least, most, step, pieces)
    width = np.diff(edges, axis=1)
    values = -curves.reach[:, None] * np.expm1(-curves.steepness[:, None] * edges * step)
    wide = width > 0
    slope = np.diff(values, axis=1)[wide] / width[wide]
    used = np.zeros(width.shape)
    used[wide] = _solve_linear_programme(slope, width[wide], capacity - int(least.sum()))
    whole: NDArray[np.int64] = least + np.floor(used.sum(axis=1) + 1e-6).astype(np.int64)
    return np.minimum(whole, most)


def _solve_linear_programme(slope: NDArray[np.float64], width: NDArray[np.float64], free: int) -> NDArray[np.float64]:
    """Return how much of each piece is used: max Σ slope·x with Σ x ≤ free and 0 ≤ x ≤ width, by HiGHS.

    HiGHS takes quadratic time on one long row. Of many pieces only those around the marginal one (in order of their
    slopes) are left to it; the steeper ones are used whole, the flatter ones not at all, which its dual price confirms.
    """
    from scipy.optimize import linprog  # late: a cell that allots nothing must not wait for SciPy

    order = np.argsort(-slope, kind="stable")
    marginal = int(np.searchsorted(np.cumsum(width[order]), free))
    start, end = max(marginal - _DECIDED, 0), marginal + _DECIDED
    open_pieces = order[start:end]
    used = np.zeros(len(slope))
    used[order[:start]] = width[order[:start]]
    scale = float(slope.max(initial=0.0))
    if scale <= 0 or free <= 0:
        return np.zeros(len(slope))
    found = linprog(
        -slope[open_pieces] / scale,
        A_ub=np.ones((1, len(open_pieces))),
        b_ub=[float(free - used.sum())],
        bounds=np.column_stack([np.zeros(len(open_pieces)), width[open_pieces]]),
        method="highs-ds",
        options={"presolve": False},  # it has nothing to take away here, and takes longer than the solver
    )
    if found.status != 0:
        raise ArithmeticError(found.message)
    used[open_pieces] = found.x
    return used


def _find_edges_of_pieces(
    curves: Curves, least: NDArray[np.int64], most: NDArray[np.int64], step: float, pieces: int
) -> NDArray[np.float64]:
    """Return where the pieces begin and end, in steps: each piece covers the same part of the value between the bounds."""
    rate = (curves.steepness * step)[:, None]
    start, end = least.astype(np.float64)[:, None], most.astype(np.float64)[:, None]
    part = np.linspace(0.0, 1.0, pieces + 1)[None, :]
    inside = -np.expm1(-rate * (end - start))
    with np.errstate(divide="ignore", invalid="ignore"):
        at = start - np.log1p(-part * inside) / rate
    return np.clip(np.rint(at), start, end)


class _HourSteps:
    """Whole steps per customer, and which step to add or to drop next; entries that are out of date are passed over."""

    def __init__(
        self, curves: Curves, start: NDArray[np.int64], least: NDArray[np.int64], most: NDArray[np.int64], step: float
    ) -> None:
        self.reach, self.rate = curves.reach.tolist(), (curves.steepness * step).tolist()
        self.steps, self.least, self.most = start.tolist(), least.tolist(), most.tolist()
        self.adds: list[tuple[float, int, int]] = []
        self.drops: list[tuple[float, int, int]] = []
        for at, count in enumerate(self.steps):
            self._list_next_steps(at, count)
        heapq.heapify(self.adds)
        heapq.heapify(self.drops)

    def _compute_gain(self, at: int, count: int) -> float:
        """Return what the step after `count` steps adds."""
        return float(-self.reach[at] * math.exp(-self.rate[at] * count) * math.expm1(-self.rate[at]))

    def _list_next_steps(self, at: int, count: int) -> None:
        if count < self.most[at]:
            self.adds.append((-self._compute_gain(at, count), at, count))
        if count > self.least[at]:
            self.drops.append((self._compute_gain(at, count - 1), -at, count))

    def _move_hours(self, at: int, by: int) -> None:
        self.steps[at] += by
        count = self.steps[at]
        if count < self.most[at]:
            heapq.heappush(self.adds, (-self._compute_gain(at, count), at, count))
        if count > self.least[at]:
            heapq.heappush(self.drops, (self._compute_gain(at, count - 1), -at, count))

    def best(self) -> tuple[float, int] | None:
        """Return what the best step to add brings, and to whom; None where no step brings anything."""
        while self.adds and self.steps[self.adds[0][1]] != self.adds[0][2]:
            heapq.heappop(self.adds)
        return (-self.adds[0][0], self.adds[0][1]) if self.adds and self.adds[0][0] < 0 else None

    def worst(self) -> tuple[float, int] | None:
        """Return what the cheapest step to drop costs, and whom; None where no step can be dropped."""
        while self.drops and self.steps[-self.drops[0][1]] != self.drops[0][2]:
            heapq.heappop(self.drops)
        return (self.drops[0][0], -self.drops[0][1]) if self.drops else None

    def fill(self, free: int) -> list[float]:
        """Add up to `free` steps, each where it brings most; return what they brought."""
        gains: list[float] = []
        while len(gains) < free and (found := self.best()) is not None:
            gains.append(found[0])
            self._move_hours(found[1], 1)
        return gains

    def exchange(self) -> None:
        """Move steps as long as that pays; of equals the customer that stands first is served."""
        while (more := self.best()) is not None and (less := self.worst()) is not None:
            if (more[0], -more[1]) <= (less[0], -less[1]):
                return
            self._move_hours(less[1], -1)
            self._move_hours(more[1], 1)
