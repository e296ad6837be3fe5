"""The climb to the maximum of a likelihood: BFGS to the neighbourhood, Newton to the top, and a judgement of the top.

Decision 0100: why a maximum is proven or refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from engine.definition.definition import Definition

    Vector = NDArray[np.float64]
    Objective = Callable[[Vector], tuple[float, Vector]]

_STEP: Final = 1e-4  # of the central differences, in log parameters: error about step², rounding about 1e-16 ÷ step
_NEWTON_STEPS: Final = 60
_QUASI_NEWTON_STEPS: Final = 500
_LONGEST_STEP: Final = 1.5  # in log parameters: beyond it the quadratic says nothing
_NEAR: Final = 1e-7  # mean gradient from which Newton steps are worth their Hessian
_EXACT: Final = 1e-13  # mean gradient below which rounding decides
_MISSING: Final = 1e300  # what stands for a likelihood that cannot be computed: worse than any that can


@dataclass(frozen=True, eq=False)
class Found:
    """Where a climb ended; `trouble` is empty at a proven maximum, `concerned` holds the parameters that it is about."""

    at: Vector
    value: float
    gradient: Vector
    hessian: Vector
    iterations: int
    trouble: str = ""
    concerned: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Task:
    """The mean log-likelihood per customer over log parameters, and the limits within which a maximum counts."""

    objective: Objective
    names: tuple[str, ...]
    customers: float
    definition: Definition

    @cached_property
    def bound(self) -> float:
        """The largest logarithm of a parameter, and the smallest with its sign turned."""
        return float(np.log(self.definition.number("value.parameter_limit")))

    def mean(self, logs: Vector) -> tuple[float, Vector]:
        """Return the mean log-likelihood per customer and its slopes with respect to the logarithms of the parameters."""
        natural = np.exp(logs)
        value, gradient = self.objective(natural)
        slope = np.asarray(gradient, dtype=np.float64) * natural / self.customers
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            return -_MISSING, np.zeros_like(logs)
        return float(value) / self.customers, slope

    def hessian(self, logs: Vector) -> Vector:
        """Return the Hessian by central differences of the analytic gradient, made symmetric."""
        rows = [
            (self.mean(logs + shift)[1] - self.mean(logs - shift)[1]) / (2 * _STEP)
            for shift in np.eye(len(logs)) * _STEP
        ]
        raw = np.stack(rows)
        return np.asarray((raw + raw.T) / 2)

    def climb(self, start: Vector, likeness: Task | None) -> Found:
        """Climb from `start`: quasi-Newton to the neighbourhood, Newton to the top, then judge the top.

        A climb on a likeness gives a start nearby and what it has learnt of the curvature, which are left alone where it ran away.
        """
        at, inverse, number = start, None, 0
        if likeness is not None:
            near, learnt, number = likeness.approach(start, None)
            if np.abs(near).max() < self.bound:
                at, inverse = near, learnt
        at, _, more = self.approach(at, inverse)
        return self._judge_top(self._finish_by_newton(at, number + more))

    def approach(self, at: Vector, inverse: Vector | None) -> tuple[Vector, Vector, int]:
        """Climb by BFGS until the slope is small; return where, the inverse Hessian as learnt, and the number of steps.

        SciPy's L-BFGS-B does the same, but wakes BLAS threads at every step, which here cost more than the likelihood.
        """
        value, slope = self.mean(at)
        first, inverse = inverse is None, np.eye(len(at)) if inverse is None else inverse
        for number in range(_QUASI_NEWTON_STEPS):
            if np.abs(slope).max() <= _NEAR or np.abs(at).max() >= self.bound:
                return at, inverse, number
            ahead = self._advance_uphill(at, value, slope, _shorten_step(inverse @ slope))
            if ahead is None:
                return at, inverse, number
            moved, turned = ahead[0] - at, slope - ahead[2]
            at, value, slope = ahead
            inverse = _update_inverse(inverse, moved, turned, first=first)
            first = False
        return at, inverse, _QUASI_NEWTON_STEPS

    def _finish_by_newton(self, at: Vector, iterations: int) -> Found:
        """Take Newton steps until rounding decides, a limit is reached, or no step leads higher."""
        value, slope = self.mean(at)
        hessian = self.hessian(at)
        for _ in range(_NEWTON_STEPS):
            if np.abs(slope).max() <= _EXACT or np.abs(at).max() >= self.bound:
                break
            step = _turn_uphill(hessian, slope)
            ahead = self._advance_uphill(at, value, slope, step)
            if ahead is None:
                break
            at, value, slope = ahead
            iterations += 1
            if np.abs(step).max() > _STEP:  # a shorter one leaves the Hessian as it is, as far as anybody reads errors
                hessian = self.hessian(at)
        return Found(at, value, slope, hessian, iterations)

    def _advance_uphill(
        self, at: Vector, value: float, slope: Vector, step: Vector
    ) -> tuple[Vector, float, Vector] | None:
        """Return the point a step (or a part of it) ahead that is higher, or as high with a smaller slope; None if none is."""
        rounding = 1e-13 * max(1.0, abs(value))
        for _ in range(30):
            ahead = np.clip(at + step, -self.bound, self.bound)
            new_value, new_slope = self.mean(ahead)
            flatter = bool(np.abs(new_slope).max() < np.abs(slope).max())
            if new_value > value + rounding or (new_value >= value - rounding and flatter):
                return ahead, new_value, new_slope
            step = step / 2
        return None

    def _judge_top(self, found: Found) -> Found:
        """Name what keeps `found` from being a maximum, if anything."""

        def because(trouble: str, concerned: NDArray[np.bool_]) -> Found:
            ends = zip(self.names, np.exp(found.at).tolist(), concerned, strict=True)
            return replace(found, trouble=trouble, concerned={name: value for name, value, hit in ends if hit})

        away = np.abs(found.at) >= self.bound * (1 - 1e-9)
        if away.any():
            return because("away", away)
        curvature, directions = np.linalg.eigh(-found.hessian)
        flattest = np.abs(directions[:, 0])
        loaded = flattest > 0.3 * flattest.max()
        if curvature[0] <= 0 or curvature[-1] / curvature[0] > self.definition.number("value.condition_limit"):
            return because("flat", loaded)
        errors = np.sqrt(np.diag(np.linalg.inv(-found.hessian)) / self.customers)
        vague = errors > self.definition.number("value.log_error_limit")
        if vague.any():
            return because("vague", vague)
        if np.abs(found.gradient).max() > self.definition.number("value.gradient_limit"):
            return because("slope", np.abs(found.gradient) > 0)
        return found


def _turn_uphill(hessian: Vector, slope: Vector) -> Vector:
    """Return the Newton step, turned uphill where the surface is not concave."""
    curvature, directions = np.linalg.eigh(-hessian)
    floor = 1e-12 * max(float(np.abs(curvature).max()), 1e-300)
    step = directions @ ((directions.T @ slope) / np.maximum(np.abs(curvature), floor))
    return _shorten_step(step)


def _shorten_step(step: Vector) -> Vector:
    """Return the step, no longer than the longest."""
    return np.asarray(step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300)))


def _update_inverse(inverse: Vector, moved: Vector, turned: Vector, *, first: bool) -> Vector:
    """Return the inverse Hessian (of the function turned upside down) as BFGS learns it from one step."""
    bend = float(moved @ turned)
    if bend <= 1e-10 * float(np.sqrt((moved @ moved) * (turned @ turned))):
        return inverse  # not concave along this step: nothing to be learnt
    if first:
        inverse = inverse * (bend / float(turned @ turned))
    left = np.eye(len(moved)) - np.outer(moved, turned) / bend
    return np.asarray(left @ inverse @ left.T + np.outer(moved, moved) / bend)
