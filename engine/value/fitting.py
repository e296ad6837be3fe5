"""Maximum likelihood in log parameters: quasi-Newton first, a Newton finish, and a refusal where nothing is identified."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.definition import load_definition
from engine.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.definition import Definition

    Vector = NDArray[np.float64]
    Objective = Callable[[Vector], tuple[float, Vector]]

__all__ = ["Fit", "maximise"]

_STEP: Final = 1e-4  # of the central differences, in log parameters: error about step², rounding about 1e-16 ÷ step
_NEWTON_STEPS: Final = 60
_QUASI_NEWTON_STEPS: Final = 500
_LONGEST_STEP: Final = 1.5  # in log parameters: beyond it the quadratic says nothing
_NEAR: Final = 1e-7  # mean gradient from which Newton steps are worth their Hessian
_EXACT: Final = 1e-13  # mean gradient below which rounding decides
_MISSING: Final = 1e300  # what stands for a likelihood that cannot be computed: worse than any that can


@dataclass(frozen=True, eq=False)
class Fit:
    """A model fitted by maximum likelihood.

    Parameters
    ----------
    model
        The model's word, such as `bg_nbd`.
    names
        The parameters in the order of `covariance`.
    parameters, standard_errors
        By name, in the parameters' own units (delta method from the Hessian in log parameters).
    covariance
        p × p, of the parameters in their own units.
    log_likelihood
        At the maximum, over all customers, in the data's own units.
    gradient
        The largest slope of the log-likelihood at the maximum, with respect to the logarithms of the parameters.
    iterations
        Steps of both methods together.
    converged
        Always True: what does not converge is refused. It stands here so that whoever reads the result need not know that.
    customers
        How many customers the likelihood is summed over.
    """

    model: str
    names: tuple[str, ...]
    parameters: Mapping[str, float]
    standard_errors: Mapping[str, float]
    covariance: NDArray[np.float64] = field(repr=False)
    log_likelihood: float
    gradient: float
    iterations: int
    converged: bool
    customers: int

    @property
    def values(self) -> tuple[float, ...]:
        """Return the parameters in the order of `names`."""
        return tuple(self.parameters[name] for name in self.names)

    def error_of(self, function: Callable[..., NDArray[np.float64] | float]) -> NDArray[np.float64]:
        """Return the standard error of `function(*values)`, of the same shape as its answer (delta method).

        The slopes are central differences in the logarithms of the parameters, so that none of them changes its sign.
        Only the uncertainty of the parameters is in it, not the chance of what one customer will do.
        """
        logs = np.log(np.asarray(self.values))
        slopes = [
            (
                np.asarray(function(*np.exp(logs + shift)), dtype=np.float64)
                - np.asarray(function(*np.exp(logs - shift)), dtype=np.float64)
            )
            / (2 * _STEP)
            for shift in np.eye(len(logs)) * _STEP
        ]
        scale = np.exp(logs)
        relative = self.covariance / np.outer(scale, scale)
        gradient = np.stack(slopes)
        variance = np.einsum("i...,ij,j...->...", gradient, relative, gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as plain numbers, texts and lists, for JSON."""
        return {
            "model": self.model,
            "parameters": dict(self.parameters),
            "standard_errors": dict(self.standard_errors),
            "covariance": self.covariance.tolist(),
            "log_likelihood": self.log_likelihood,
            "gradient": self.gradient,
            "iterations": self.iterations,
            "converged": self.converged,
            "customers": self.customers,
        }


def maximise(
    objective: Objective,
    starts: Sequence[Sequence[float]],
    *,
    names: Sequence[str],
    model: str,
    label: Text,
    customers: int,
    reasons: Mapping[str, Text] | None = None,
    rough: tuple[Objective, int] | None = None,
    definition: Definition | None = None,
) -> Fit:
    """Return the parameters (all > 0) that make `objective` largest.

    Parameters
    ----------
    objective
        Takes the parameters in their own units, in the order of `names`; returns the log-likelihood over all customers and
        its gradient with respect to the same parameters. A value that is not finite counts as worse than any other.
    starts
        Where to begin; the next one is tried when the one before ends without a maximum.
    names, model, label
        The parameters, the model's word for the result, and its name for sentences.
    customers
        How many customers (not distinct rows) the likelihood is summed over.
    reasons
        By parameter: what it means for the data when exactly this parameter runs away or cannot be told, as half a sentence;
        the first name in the order of this mapping that is concerned speaks.
    rough
        The same over a part of the customers, and how many they are: a cheap likeness on which to climb first.
    definition
        Where the thresholds `value.parameter_limit`, `value.gradient_limit`, `value.condition_limit` and
        `value.log_error_limit` come from; the built-in one when None.

    Returns
    -------
    Fit
        A proven maximum: mean gradient within `value.gradient_limit`, Hessian negative definite.

    Raises
    ------
    Refusal
        `too_little_data` when the likelihood has no maximum inside the limits (a parameter runs away), is flat in some
        direction (condition number, standard errors), or when no start leads to a maximum.
    """
    used = definition or load_definition()
    task = _Task(objective, tuple(names), float(customers), used)
    likeness = _Task(rough[0], tuple(names), float(rough[1]), used) if rough else None
    found: _Found | None = None
    for start in starts:
        found = task.climb(np.log(np.asarray(start, dtype=np.float64)), likeness)
        if not found.trouble:
            return _fit(found, task, model, customers)
    if found is None:
        raise ValueError("no start given")
    raise _unidentified(found, label, reasons or {})


@dataclass(frozen=True, eq=False)
class _Found:
    """Where a climb ended; `trouble` is empty at a proven maximum, `concerned` holds the parameters that it is about."""

    at: Vector
    value: float
    gradient: Vector
    hessian: Vector
    iterations: int
    trouble: str = ""
    concerned: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Task:
    """The mean log-likelihood per customer over log parameters, and the limits within which a maximum counts."""

    objective: Objective
    names: tuple[str, ...]
    customers: float
    definition: Definition

    @property
    def bound(self) -> float:
        return float(np.log(self.definition.number("value.parameter_limit")))

    def mean(self, logs: Vector) -> tuple[float, Vector]:
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

    def climb(self, start: Vector, likeness: _Task | None) -> _Found:
        """Climb from `start`: quasi-Newton to the neighbourhood, Newton to the top, then judge the top.

        A climb on a likeness gives a start nearby and what it has learnt of the curvature, which are left alone where it ran away.
        """
        at, inverse, number = start, None, 0
        if likeness is not None:
            near, learnt, number = likeness.approach(start, None)
            if np.abs(near).max() < self.bound:
                at, inverse = near, learnt
        at, _, more = self.approach(at, inverse)
        return self._judge(self._finish(at, number + more))

    def approach(self, at: Vector, inverse: Vector | None) -> tuple[Vector, Vector, int]:
        """Climb by BFGS until the slope is small; return where, the inverse Hessian as learnt, and the number of steps.

        SciPy's L-BFGS-B does the same, but wakes BLAS threads at every step, which here cost more than the likelihood.
        """
        value, slope = self.mean(at)
        first, inverse = inverse is None, np.eye(len(at)) if inverse is None else inverse
        for number in range(_QUASI_NEWTON_STEPS):
            if np.abs(slope).max() <= _NEAR or np.abs(at).max() >= self.bound:
                return at, inverse, number
            ahead = self._advance(at, value, slope, _shortened(inverse @ slope))
            if ahead is None:
                return at, inverse, number
            moved, turned = ahead[0] - at, slope - ahead[2]
            at, value, slope = ahead
            inverse = _updated(inverse, moved, turned, first=first)
            first = False
        return at, inverse, _QUASI_NEWTON_STEPS

    def _finish(self, at: Vector, iterations: int) -> _Found:
        """Take Newton steps until rounding decides, a limit is reached, or no step leads higher."""
        value, slope = self.mean(at)
        hessian = self.hessian(at)
        for _ in range(_NEWTON_STEPS):
            if np.abs(slope).max() <= _EXACT or np.abs(at).max() >= self.bound:
                break
            step = _uphill(hessian, slope)
            ahead = self._advance(at, value, slope, step)
            if ahead is None:
                break
            at, value, slope = ahead
            iterations += 1
            if np.abs(step).max() > _STEP:  # a shorter one leaves the Hessian as it is, as far as anybody reads errors
                hessian = self.hessian(at)
        return _Found(at, value, slope, hessian, iterations)

    def _advance(self, at: Vector, value: float, slope: Vector, step: Vector) -> tuple[Vector, float, Vector] | None:
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

    def _judge(self, found: _Found) -> _Found:
        """Name what keeps `found` from being a maximum, if anything."""

        def because(trouble: str, concerned: NDArray[np.bool_]) -> _Found:
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


def _uphill(hessian: Vector, slope: Vector) -> Vector:
    """Return the Newton step, turned uphill where the surface is not concave."""
    curvature, directions = np.linalg.eigh(-hessian)
    floor = 1e-12 * max(float(np.abs(curvature).max()), 1e-300)
    step = directions @ ((directions.T @ slope) / np.maximum(np.abs(curvature), floor))
    return _shortened(step)


def _shortened(step: Vector) -> Vector:
    """Return the step, no longer than the longest."""
    return np.asarray(step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300)))


def _updated(inverse: Vector, moved: Vector, turned: Vector, *, first: bool) -> Vector:
    """Return the inverse Hessian (of the function turned upside down) as BFGS learns it from one step."""
    bend = float(moved @ turned)
    if bend <= 1e-10 * float(np.sqrt((moved @ moved) * (turned @ turned))):
        return inverse  # not concave along this step: nothing to be learnt
    if first:
        inverse = inverse * (bend / float(turned @ turned))
    left = np.eye(len(moved)) - np.outer(moved, turned) / bend
    return np.asarray(left @ inverse @ left.T + np.outer(moved, moved) / bend)


def _fit(found: _Found, task: _Task, model: str, customers: int) -> Fit:
    natural = np.exp(found.at)
    relative = np.linalg.inv(-found.hessian * task.customers)
    covariance = relative * np.outer(natural, natural)
    errors = np.sqrt(np.diag(covariance))
    return Fit(
        model=model,
        names=task.names,
        parameters=dict(zip(task.names, natural.tolist(), strict=True)),
        standard_errors=dict(zip(task.names, errors.tolist(), strict=True)),
        covariance=covariance,
        log_likelihood=found.value * task.customers,
        gradient=float(np.abs(found.gradient).max() * task.customers),
        iterations=found.iterations,
        converged=True,
        customers=customers,
    )


def _unidentified(found: _Found, label: Text, reasons: Mapping[str, Text]) -> Refusal:
    """Return the refusal that names the parameter, what it means for the data, and what would mend it."""
    values = ", ".join(f"{name} = {value:.3g}" for name, value in found.concerned.items())
    trouble = _TROUBLES[found.trouble]
    told = next((reasons[name] for name in reasons if name in found.concerned), _UNKNOWN)
    return Refusal(
        "too_little_data",
        f"{label.ja}を当てはめられません。{trouble.ja}({values})。{told.ja}。{_MEND.ja}",
        f"{label.en} cannot be fitted: {trouble.en} ({values}); {told.en}. {_MEND.en}",
    )


_TROUBLES: Final = {
    "away": Text("尤度に最大値がなく、母数が限度まで動きます", "the likelihood has no maximum, a parameter runs to its limit"),
    "flat": Text("尤度がある方向に平らで、母数が決まりません", "the likelihood is flat in one direction"),
    "vague": Text("母数の標準誤差が大きすぎます", "the standard errors of parameters are too large"),
    "slope": Text("尤度の最大値に達しません", "the maximum of the likelihood was not reached"),
}  # fmt: skip
_UNKNOWN: Final = Text("データがこのモデルの母数を区別できません", "the data do not tell this model's parameters apart")
_MEND: Final = Text(
    "期間を長くする、顧客を増やす、または別のモデルを選んでください",
    "Use a longer period, more customers, or another model",
)
