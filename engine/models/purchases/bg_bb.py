"""The BG/BB model: purchases at discrete opportunities (a yearly appeal, a monthly order) until an unseen end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models.fitting import maximise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit

LABEL: Final = Text("BG/BBモデル", "The BG/BB model")
NAMES: Final = ("alpha", "beta", "gamma", "delta")
_STARTS: Final = ((1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 0.5, 3.0), (2.0, 6.0, 0.5, 8.0))
_DROPOUT: Final = Text(
    "離脱がほとんど見えないか、離脱の確率の顧客による違いが決まりません",
    "hardly any dropout shows, or not how customers differ in it",
)
_BUYING: Final = Text(
    "購入の確率の顧客による違いが決まりません", "it cannot be told how customers differ in how often they buy"
)
_REASONS: Final = {"gamma": _DROPOUT, "delta": _DROPOUT, "alpha": _BUYING, "beta": _BUYING}


@dataclass(frozen=True)
class Counts:
    """Distinct histories with how many customers have each.

    Parameters
    ----------
    x
        Opportunities at which the customer bought, after the first purchase.
    t_x
        The last of them, 1 … n; 0 where there is none.
    n
        Opportunities so far.
    count
        Customers with this history.
    """

    x: NDArray[np.int64]
    t_x: NDArray[np.int64]
    n: NDArray[np.int64]
    count: NDArray[np.float64]

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return round(float(self.count.sum()))


def counts(x: ArrayLike, t_x: ArrayLike, n: ArrayLike, count: ArrayLike | None = None) -> Counts:
    """Return histories as distinct rows with counts.

    Parameters
    ----------
    x, t_x, n
        One entry per customer or per distinct history, as in `Counts`.
    count
        Customers of each entry; one when None.

    Raises
    ------
    Refusal
        `argument` for an impossible history: x > t_x, t_x > n, only one of x and t_x zero, or anything negative.
    """
    rows = np.stack([np.asarray(each, dtype=np.int64) for each in (x, t_x, n)], axis=1)
    weight = np.ones(len(rows)) if count is None else np.asarray(count, dtype=np.float64)
    bought, last, chances = rows.T
    wrong = (bought < 0) | (bought > last) | (last > chances) | ((bought == 0) != (last == 0)) | ~(weight >= 0)
    if wrong.any():
        at = int(np.argmax(wrong))
        shown = f"x={bought[at]}, t_x={last[at]}, n={chances[at]}"
        raise Refusal(
            "argument",
            f"{at + 1}番目の履歴({shown})はありえません(0 ≤ x ≤ t_x ≤ n、xが0ならt_xも0)",
            f"history {at + 1} ({shown}) is impossible (0 ≤ x ≤ t_x ≤ n, and t_x is 0 exactly when x is)",
        )
    distinct, place = np.unique(rows, axis=0, return_inverse=True)
    total = np.bincount(place.reshape(-1), weight, minlength=len(distinct)).astype(np.float64)
    return Counts(distinct[:, 0], distinct[:, 1], distinct[:, 2], total)


class _LikelihoodTerms:
    """The terms of each row's likelihood in logs: still alive (column 0), or gone after opportunity t_x, t_x + 1 … n − 1.

    Every argument is a parameter plus a whole number, so the special functions are tabulated once per call.
    """

    def __init__(
        self, parameters: NDArray[np.float64], x: NDArray[np.int64], t_x: NDArray[np.int64], n: NDArray[np.int64]
    ):
        from scipy.special import gammaln

        self.alpha, self.beta, self.gamma, self.delta = parameters
        self.x, self.n = x[:, None], n
        width = int((n - t_x).max(initial=0))
        gone = t_x[:, None] + np.arange(width)
        self.real = np.concatenate([np.ones((len(n), 1), dtype=np.bool_), gone < n[:, None]], axis=1)
        self.at = np.concatenate([n[:, None], np.minimum(gone, n[:, None])], axis=1)  # opportunities lived through
        self.whole = np.arange(int(n.max(initial=0)) + 2)
        table = {each: gammaln(each + self.whole) for each in self._list_sums()}
        a, b, g, d, ab, gd = (table[each] for each in self._list_sums())
        buys = a[self.x] + b[self.at - self.x] - ab[self.at] - (a[0] + b[0] - ab[0])
        lives = g[1] + d[self.at] - gd[self.at + 1]
        lives[:, 0] = g[0] + d[n] - gd[n]
        self.logs = np.where(self.real, buys + lives - (g[0] + d[0] - gd[0]), -np.inf)
        peak = self.logs.max(axis=1)
        self.total = peak + np.log(np.exp(self.logs - peak[:, None]).sum(axis=1))

    def _list_sums(self) -> tuple[float, ...]:
        alpha, beta, gamma, delta = self.alpha, self.beta, self.gamma, self.delta
        return alpha, beta, gamma, delta, alpha + beta, gamma + delta

    def slopes(self) -> NDArray[np.float64]:
        """Return the derivatives of each row's log-likelihood by the four parameters, (4, rows)."""
        from scipy.special import digamma

        a, b, g, d, ab, gd = (digamma(each + self.whole) for each in self._list_sums())
        both, spent = ab[0] - ab[self.at], gd[0] - gd[self.at + 1]
        spent[:, 0] = gd[0] - gd[self.n]
        ended = np.full(self.at.shape, g[1] - g[0])
        ended[:, 0] = 0.0
        weight = np.exp(self.logs - self.total[:, None])
        parts = (a[self.x] - a[0] + both, b[self.at - self.x] - b[0] + both, ended + spent, d[self.at] - d[0] + spent)
        return np.stack([(weight * np.where(self.real, part, 0.0)).sum(axis=1) for part in parts])


def row_log_likelihood(
    parameters: NDArray[np.float64], x: ArrayLike, t_x: ArrayLike, n: ArrayLike
) -> NDArray[np.float64]:
    """Return ln L of each history, never −∞ and never NaN for a possible one.

    Fader, Hardie, Shang (2010): Customer-base analysis in a discrete-time noncontractual setting. Marketing Science
    29(6).
    """
    return np.asarray(_make_terms(parameters, x, t_x, n).total, dtype=np.float64)


def log_likelihood(parameters: NDArray[np.float64], data: Counts) -> tuple[float, NDArray[np.float64]]:
    """Return the log-likelihood of `data` and its gradient by α, β, γ, δ."""
    terms = _make_terms(parameters, data.x, data.t_x, data.n)
    return float(data.count @ terms.total), np.asarray(terms.slopes() @ data.count)


def fit(data: Counts, definition: Definition | None = None) -> Fit:
    """Return the model fitted to `data` by maximum likelihood.

    Raises
    ------
    Refusal
        `too_little_data` when nobody bought again, or the data do not identify dropout or purchasing.
    """
    if not float(data.count @ data.x) > 0:
        raise Refusal(
            "too_little_data",
            "2回以上購入した顧客が1人もいないため、BG/BBモデルの母数は決まりません",
            "Nobody bought again, so the parameters of the BG/BB model cannot be told",
        )
    if not float(data.count @ (data.n - data.t_x)) > 0:
        raise Refusal(
            "too_little_data",
            "全員が最後の機会にも購入していて、離脱が読み取れません",
            "Everybody bought at the last opportunity, so no dropout can be told",
        )
    return maximise(
        lambda parameters: log_likelihood(parameters, data),
        _STARTS,
        names=NAMES,
        model="bg_bb",
        label=LABEL,
        customers=data.customers,
        reasons=_REASONS,
        definition=definition,
    )


def p_alive(parameters: NDArray[np.float64], x: ArrayLike, t_x: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    """Return P(alive at opportunity n + 1), 0–1: after the last opportunity and one more chance to leave."""
    terms = _make_terms(parameters, x, t_x, n)
    delta, gamma = terms.delta, terms.gamma
    stays = (delta + terms.n) / (gamma + delta + terms.n)
    return np.asarray(np.exp(terms.logs[:, 0] - terms.total) * stays)


def expected(
    parameters: NDArray[np.float64], x: ArrayLike, t_x: ArrayLike, n: ArrayLike, ahead: int
) -> NDArray[np.float64]:
    """Return E[X(n, n + ahead) | history], the purchases expected at the next `ahead` opportunities."""
    return discounted_expected(parameters, x, t_x, n, ahead, 0.0)


def discounted_expected(
    parameters: NDArray[np.float64], x: ArrayLike, t_x: ArrayLike, n: ArrayLike, ahead: float, rate: float
) -> NDArray[np.float64]:
    """Return the discounted expected purchases at the next `ahead` opportunities.

    Parameters
    ----------
    ahead
        Opportunities that count; of a broken one its share.
    rate
        Discount rate per opportunity; the first payment comes after one.
    """
    terms = _make_terms(parameters, x, t_x, n)
    alive = np.exp(terms.logs[:, 0] - terms.total)
    buying = (terms.alpha + terms.x[:, 0]) / (terms.alpha + terms.beta + terms.n)
    distinct, place = np.unique(terms.n, return_inverse=True)
    return np.asarray(alive * buying * _sum_survival(terms.gamma, terms.delta, distinct, ahead, rate)[place])


def expected_new(parameters: NDArray[np.float64], ahead: int) -> float:
    """Return E[X(n)], the purchases of a new customer at the first `ahead` opportunities."""
    alpha, beta, gamma, delta = parameters
    return float(alpha / (alpha + beta) * _sum_survival(gamma, delta, np.zeros(1, dtype=np.int64), ahead, 0.0)[0])


def probability_none(
    parameters: NDArray[np.float64], x: ArrayLike, t_x: ArrayLike, n: ArrayLike, ahead: int
) -> NDArray[np.float64]:
    """Return the probability of no purchase at the next `ahead` opportunities, be the customer gone or just quiet."""
    if ahead <= 0:
        return np.ones(len(np.atleast_1d(np.asarray(x))))
    longer = _make_terms(parameters, x, t_x, np.asarray(n, dtype=np.int64) + ahead)
    return np.asarray(np.exp(np.minimum(longer.total - _make_terms(parameters, x, t_x, n).total, 0.0)))


def simulate(parameters: NDArray[np.float64], n: int, customers: int, seed: int = 0) -> Counts:
    """Return histories drawn from the model."""
    generator = np.random.default_rng(seed)
    alpha, beta, gamma, delta = parameters
    buy = generator.beta(alpha, beta, customers)[:, None]
    leave = generator.beta(gamma, delta, customers)[:, None]
    lives = np.cumprod(generator.random((customers, n)) >= leave, axis=1).astype(np.bool_)
    bought = lives & (generator.random((customers, n)) < buy)
    last = np.where(bought, np.arange(1, n + 1), 0).max(axis=1, initial=0)
    return counts(bought.sum(axis=1), last, np.full(customers, n))


def _make_terms(parameters: NDArray[np.float64], x: ArrayLike, t_x: ArrayLike, n: ArrayLike) -> _LikelihoodTerms:
    whole = [np.atleast_1d(np.asarray(each, dtype=np.int64)) for each in np.broadcast_arrays(x, t_x, n)]
    return _LikelihoodTerms(np.asarray(parameters, dtype=np.float64), *whole)


def _sum_survival(gamma: float, delta: float, n: NDArray[np.int64], ahead: float, rate: float) -> NDArray[np.float64]:
    """Return Σ_j S(n + j)/S(n)/(1+d)ʲ over the next opportunities, S(t) = B(γ, δ + t) ÷ B(γ, δ)."""
    from scipy.special import betaln

    step = np.arange(1, int(np.ceil(ahead)) + 1, dtype=np.float64)
    share = np.minimum(1.0, ahead - (step - 1))
    logs = betaln(gamma, delta + n[:, None] + step) - betaln(gamma, delta + n)[:, None]
    return np.asarray((np.exp(logs - step * np.log1p(rate)) * share).sum(axis=1))
