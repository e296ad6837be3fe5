"""MBG/NBD: customers without a contract that may leave after each purchase, the first one too.

Batislam, Denizel, Filiztekin (2007): Empirical validation and comparison of models for customer base analysis. International
Journal of Research in Marketing 24, 201–209; expectations as corrected in Hoppe, Wagner (2007): Customer base analysis: the case
for a central variant of the Betageometric/NBD model. Marketing JRM 3 (2), 75–90. As BG/NBD, but a customer that never came
back may be gone. Parameters are always given as (r, α, a, b), as `Fit.values` has them; times are in the unit of the histories.
"""
# ruff: noqa: N803 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Text
from engine.models.purchases import beta_geometric as shared
from engine.models.purchases.histories import check_enough

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.beta_geometric import Parameters
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]

MODEL: Final = "mbg_nbd"
LABEL: Final = Text("MBG/NBDモデル", "the MBG/NBD model")
NAMES: Final = shared.NAMES
_LATE: Final = 1


def fit(histories: Histories, definition: Definition | None = None) -> Fit:
    """Return the maximum likelihood estimate.

    Raises
    ------
    Refusal
        `too_little_data`: too few customers or repeat buyers, or data that do not identify the parameters.
    """
    check_enough(histories, LABEL, definition)
    return shared.fit(histories, _LATE, model=MODEL, label=LABEL, definition=definition)


def log_likelihood(parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the log-likelihood of each history."""
    return shared.likelihood_rows(parameters, x, t_x, T, _LATE)[0]


def gradient(parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the slopes of each history's log-likelihood, 4 × rows, in the parameters' own units."""
    return shared.likelihood_rows(parameters, x, t_x, T, _LATE)[1]


def alive(parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the probability that a customer with this history is still one."""
    return shared.alive(parameters, x, t_x, T, _LATE)


def expected(parameters: Parameters, t: ArrayLike) -> Vector:
    """Return the expected repeat purchases of a new customer within `t`: only those that stay after the first one buy again."""
    _, _, a, b = parameters
    return b / (a + b) * shared.expected_while_alive(parameters, t, 0.0, 0.0, _LATE)


def expected_given(parameters: Parameters, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
    """Return the expected purchases in the next `t` of a customer with this history."""
    return alive(parameters, x, t_x, T) * shared.expected_while_alive(parameters, t, x, T, _LATE)


def discounted(
    parameters: Parameters,
    rate: float,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    horizon: float = np.inf,
) -> Vector:
    """Return the expected residual purchases of a customer with this history, discounted continuously (DERT).

    Parameters
    ----------
    rate
        Continuous rate per unit of time (`histories.continuous_rate`); may be 0 only with a horizon.
    horizon
        Purchases later than this from now do not count; without an end when infinite.
    """
    return alive(parameters, x, t_x, T) * shared.discounted(parameters, rate, x, T, _LATE, horizon)


def counted(parameters: Parameters, t: float, most: int) -> Vector:
    """Return the probabilities of 0, 1, … `most` repeat purchases of a new customer within `t`."""
    return shared.counted(parameters, t, most, _LATE)


def simulate(parameters: Parameters, T: ArrayLike, dice: np.random.Generator) -> tuple[Vector, Vector]:
    """Return x and t_x of as many made-up customers as `T` has places."""
    return shared.simulate(parameters, T, dice, _LATE)
