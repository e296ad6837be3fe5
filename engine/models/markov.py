"""The Markov chain model of customer relationships: recency states, their values, and their probabilities from orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def transition_matrix(purchase: ArrayLike) -> NDArray[np.float64]:
    """Return the transition matrix of the recency chain.

    Parameters
    ----------
    purchase
        For each recency state 1…K (1 = bought in the period just ended) the probability of a purchase in the next
        period, 0–1.

    Returns
    -------
    numpy.ndarray
        (K + 1, K + 1): a purchase leads to state 1, none to the next state, and from the last to lost, which is left
        no more: a lost customer who comes back counts as a new one. Rows sum to 1.

    Raises
    ------
    Refusal
        When there is no state, or a probability lies outside 0–1.

    Notes
    -----
    Pfeifer, Carraway (2000): Modeling customer relationships as Markov chains. Journal of Interactive Marketing 14(2).

    >>> transition_matrix([0.3, 0.2]).tolist()
    [[0.3, 0.7, 0.0], [0.2, 0.0, 0.8], [0.0, 0.0, 1.0]]
    """
    chance = np.asarray(purchase, dtype=np.float64)
    if chance.ndim != 1 or not len(chance) or not bool(np.all((chance >= 0) & (chance <= 1))):
        raise Refusal(
            "argument",
            "購入確率は0〜1の数を状態の順に1つ以上並べてください",
            "purchase probabilities are one or more numbers from 0 to 1, in the order of the states",
        )
    states = len(chance)
    matrix = np.zeros((states + 1, states + 1))
    matrix[np.arange(states), np.arange(1, states + 1)] = 1 - chance
    matrix[:states, 0] += chance
    matrix[states, states] = 1.0
    return matrix


def rewards(states: int, contribution: float, cost: float = 0.0) -> NDArray[np.float64]:
    """Return what a period in each state brings: (contribution − cost, −cost … −cost, 0 once lost).

    Parameters
    ----------
    states
        Number of recency states, the lost one not counted.
    contribution
        Net contribution of a period with a purchase.
    cost
        Marketing cost of a period for a customer who is not lost.
    """
    reward = np.full(states + 1, -float(cost))
    reward[0] += contribution
    reward[-1] = 0.0
    return reward


def value(
    transition: ArrayLike, reward: ArrayLike, rate: float, periods: int | None = None, *, first: bool = True
) -> NDArray[np.float64]:
    """Return the present value of a customer in each state.

    Parameters
    ----------
    transition
        (S, S), rows sum to 1.
    reward
        (S,) what a period in each state brings.
    rate
        Discount rate per period (0.2 = 20 %).
    periods
        Last period T that counts, inclusive; None for no end.
    first
        Whether the reward of the period now (t = 0) counts; without it the first payment comes after one period.

    Returns
    -------
    numpy.ndarray
        V = Σ_{t=0..T} (P/(1+d))^t R, or (I − P/(1+d))⁻¹ R without an end (Pfeifer, Carraway 2000).

    Raises
    ------
    Refusal
        When the rows of `transition` do not sum to 1, the shapes differ, the rate is −1 or less, or, without an end,
        not above 0: an endless chain would then have no finite value.
    """
    matrix, gain = np.asarray(transition, dtype=np.float64), np.asarray(reward, dtype=np.float64)
    _check_chain(matrix, gain, rate, periods)
    step = matrix / (1 + rate)
    if periods is None:
        total = np.linalg.solve(np.eye(len(gain)) - step, gain)
    else:
        total = gain.copy()
        for _ in range(periods):
            total = gain + step @ total
    return np.asarray(total if first else total - gain, dtype=np.float64)


def value_gradient(purchase: ArrayLike, reward: ArrayLike, rate: float, periods: int) -> NDArray[np.float64]:
    """Return ∂V/∂p, (K + 1, K): how the value of each state moves with the purchase probability of each state.

    For the interval of a value by the delta method; arguments as in `value`, with an end.
    """
    chance, gain = np.asarray(purchase, dtype=np.float64), np.asarray(reward, dtype=np.float64)
    step = transition_matrix(chance) / (1 + rate)
    states = len(chance)
    total, slope = gain.copy(), np.zeros((states + 1, states))
    places = np.arange(states)
    for _ in range(periods):
        slope = step @ slope
        slope[places, places] += (total[0] - total[1:]) / (1 + rate)
        total = gain + step @ total
    return slope


def run_off(transition: ArrayLike, start: ArrayLike, periods: int) -> NDArray[np.float64]:
    """Return how many customers are in each state after 0, 1 … `periods` periods, (periods + 1, S), nobody joining."""
    matrix = np.asarray(transition, dtype=np.float64)
    rows = [np.asarray(start, dtype=np.float64)]
    for _ in range(periods):
        rows.append(rows[-1] @ matrix)
    return np.stack(rows)


@dataclass(frozen=True)
class Purchases:
    """Purchases counted by recency state.

    Parameters
    ----------
    at_risk
        (K,) customer-periods that began in each state.
    bought
        (K,) those of them with a purchase.
    recency
        (customers,) state of each customer at the end, 1…K; K + 1 = lost; 0 = never bought.
    """

    at_risk: NDArray[np.int64]
    bought: NDArray[np.int64]
    recency: NDArray[np.int64]

    @property
    def probability(self) -> NDArray[np.float64]:
        """Purchases ÷ customer-periods: the maximum-likelihood estimate; NaN where nobody was at risk."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.bought / self.at_risk, dtype=np.float64)

    @property
    def variance(self) -> NDArray[np.float64]:
        """p(1 − p)/n of each probability, with (bought + 1)/(n + 2) for p, so that 0 and 1 are not taken for certain."""
        chance = (self.bought + 1) / (self.at_risk + 2)
        return np.asarray(chance * (1 - chance) / np.maximum(self.at_risk, 1), dtype=np.float64)


def count_purchases(
    customer: NDArray[np.int64], period: NDArray[np.int64], customers: int, periods: int, states: int
) -> Purchases:
    """Count who bought again, by the number of periods since the last purchase.

    Parameters
    ----------
    customer, period
        One entry per purchase, in any order, repeats allowed: the customer's position and the period, 0 to
        `periods` − 1, the last being the one just ended.
    customers, periods
        How many there are.
    states
        Recency states K; a customer without a purchase for more than K periods is lost, and new if it comes back.

    Notes
    -----
    Every pair of consecutive periods after a customer's first purchase is one observation.
    """
    at_risk, bought = np.zeros(states + 1, dtype=np.int64), np.zeros(states + 1, dtype=np.int64)
    recency = np.zeros(customers, dtype=np.int64)
    order = np.argsort(period, kind="stable")
    buyers, when = customer[order], period[order]
    edges = np.searchsorted(when, np.arange(periods + 1))
    for now in range(periods):
        active = np.zeros(customers, dtype=np.bool_)
        active[buyers[edges[now] : edges[now + 1]]] = True
        known = recency > 0
        at_risk += np.bincount(recency[known] - 1, minlength=states + 1)
        bought += np.bincount(recency[known & active] - 1, minlength=states + 1)
        recency[known] = np.minimum(recency[known] + 1, states + 1)
        recency[active] = 1
    return Purchases(at_risk[:states], bought[:states], recency)


def _check_chain(matrix: NDArray[np.float64], gain: NDArray[np.float64], rate: float, periods: int | None) -> None:
    fits = matrix.ndim == 2 and matrix.shape == (len(gain), len(gain))
    if not fits or not np.allclose(matrix.sum(axis=1), 1) or bool((matrix < 0).any()):
        raise Refusal(
            "argument",
            "遷移行列は正方で、各行の和が1、負の数がないものにしてください",
            "the transition matrix must be square, its rows sum to 1 and nothing in it be negative",
        )
    if not rate > (0 if periods is None else -1):
        raise Refusal(
            "argument",
            "割引率は0より大きくしてください(期限のない価値は割引がないと決まりません)",
            "the discount rate must be above 0: without an end a value needs discounting",
        )
