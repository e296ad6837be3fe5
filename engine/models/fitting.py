"""Maximum likelihood in log parameters: quasi-Newton first, a Newton finish, and a refusal where nothing is identified.

Decision 0100: why a maximum is proven or refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.definition.definition import load_definition
from engine.language.errors import Refusal, Text
from engine.models.likelihood_maximum import Found, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.definition.definition import Definition

    Vector = NDArray[np.float64]
    Objective = Callable[[Vector], tuple[float, Vector]]

_STEP: Final = 1e-4  # of the central differences, in log parameters


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
    prior
        Whether it is the maximum a posteriori under priors, instead of the maximum of the likelihood.
    evidence
        With priors: the logarithm of the data's density under the model, but for a constant that all models of as many
        parameters share (Laplace's approximation); NaN without priors.
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
    prior: bool = False
    evidence: float = float("nan")

    @property
    def values(self) -> tuple[float, ...]:
        """Return the parameters in the order of `names`."""
        return tuple(self.parameters[name] for name in self.names)

    def error_of(self, function: Callable[..., NDArray[np.float64] | float]) -> NDArray[np.float64]:
        """Return the standard error of `function(*values)`, of the same shape as its answer (delta method).

        The slopes are central differences in the logarithms of the parameters, so that none of them changes its sign.
        Only the uncertainty of the parameters is in it, not the chance of what one customer will do.
        """
        gradient = self._differentiate(function)
        variance = np.einsum("i...,ij,j...->...", gradient, self._relative_covariance(), gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def loadings_of(self, function: Callable[..., NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return how far the answer moves per standard deviation of each independent direction of the parameters.

        p × the answer's shape; the squares sum to the square of `error_of`, and loadings of several answers may be added up.
        """
        size, directions = np.linalg.eigh(self._relative_covariance())
        scaled = directions * np.sqrt(np.maximum(size, 0.0))
        return np.asarray(np.einsum("ij,i...->j...", scaled, self._differentiate(function)))

    def _differentiate(self, function: Callable[..., NDArray[np.float64] | float]) -> NDArray[np.float64]:
        """Return the slopes of the answer by the logarithm of each parameter, p × its shape."""
        logs = np.log(np.asarray(self.values))
        return np.stack(
            [
                (
                    np.asarray(function(*np.exp(logs + shift)), dtype=np.float64)
                    - np.asarray(function(*np.exp(logs - shift)), dtype=np.float64)
                )
                / (2 * _STEP)
                for shift in np.eye(len(logs)) * _STEP
            ]
        )

    def _relative_covariance(self) -> NDArray[np.float64]:
        """Return the covariance of the logarithms of the parameters."""
        values = np.asarray(self.values)
        return np.asarray(self.covariance / np.outer(values, values))

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
            "prior": self.prior,
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
    task = Task(objective, tuple(names), float(customers), used)
    likeness = Task(rough[0], tuple(names), float(rough[1]), used) if rough else None
    found: Found | None = None
    for start in starts:
        found = task.climb(np.log(np.asarray(start, dtype=np.float64)), likeness)
        if not found.trouble:
            return _make_fit(found, task, model, customers)
    if found is None:
        raise ValueError("no start given")
    raise _refuse_unidentified(found, label, reasons or {})


def _make_fit(found: Found, task: Task, model: str, customers: int) -> Fit:
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


def _refuse_unidentified(found: Found, label: Text, reasons: Mapping[str, Text]) -> Refusal:
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
