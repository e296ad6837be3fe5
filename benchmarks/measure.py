"""How a claim is measured: work and anchor in turn, in one run, medians of both, and the ratio beside its budget."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    work, anchor
        What was measured, and against what; `anchor` is empty where the budget is a time.
    seconds, anchor_seconds
        Medians; `anchor_seconds` is None where the budget is a time.
    budget
        The most that `value` may be; None where the design sets none and the ratio is only shown.
    """

    work: str
    anchor: str
    seconds: float
    anchor_seconds: float | None
    budget: float | None
    runs: int

    @property
    def value(self) -> float:
        """Return the ratio to the anchor, or the seconds where there is no anchor."""
        return self.seconds if self.anchor_seconds is None else self.seconds / self.anchor_seconds

    @property
    def met(self) -> bool | None:
        """Tell whether the budget is kept; None where there is none."""
        return None if self.budget is None else self.value <= self.budget


def compare(
    work: tuple[str, Callable[[], object]], anchor: tuple[str, Callable[[], object]], budget: float | None, runs: int
) -> Row:
    """Time both in turn, so that a busy moment of the machine hits both alike, after one unmeasured run of each."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(runs + 1):
        for (_, function), collected in zip((work, anchor), times, strict=True):
            seconds = _seconds(function)
            if number:
                collected.append(seconds)
    return Row(work[0], anchor[0], statistics.median(times[0]), statistics.median(times[1]), budget, runs)


def only(work: tuple[str, Callable[[], object]], budget: float, runs: int) -> Row:
    """Time something whose budget is in seconds, after one unmeasured run."""
    collected = [_seconds(work[1]) for _ in range(runs + 1)][1:]
    return Row(work[0], "", statistics.median(collected), None, budget, runs)


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
