"""BG/NBD, MBG/NBD and their regular relatives BG/CNBD-k, MBG/CNBD-k: customers without a contract that may leave after a purchase.

Fader, Hardie, Lee (2005): "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model. Marketing Science 24
(2), 275–284; P(alive) from their note 021. Batislam, Denizel, Filiztekin (2007): Empirical validation and comparison of models
for customer base analysis. International Journal of Research in Marketing 24, 201–209; expectations as corrected in Hoppe, Wagner
(2007): Customer base analysis: the case for a central variant of the Betageometric/NBD model. Marketing JRM 3 (2), 75–90.
Platzer, Reutterer (2016): Ticking Away the Moments: Timing Regularity Helps to Better Predict Customer Activity. Marketing Science
35 (5), 779–799, for k > 1.

While a customer is there, its gaps are Erlang-k: k steps at a rate λ ~ Gamma(r, α) make a purchase, so that gaps vary the less the
larger k is (coefficient of variation 1 ÷ √k; k = 1 is the Poisson process of BG/NBD). After a purchase it leaves with probability
p ~ Beta(a, b): after each repeat purchase (`late` = 0, BG) or after the first one too (`late` = 1, MBG). A customer that is still
there after x purchases, the last at t_x of T, has gone j < k steps towards the next one; given j, λ ~ Gamma(r + kx + j, α + T) and
p ~ Beta(a, b + x + late), independent of each other.
"""
# ruff: noqa: N802, N803, N806 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Text
from engine.models.fitting import maximise
from engine.models.purchases import beta_geometric_ahead as time_ahead
from engine.models.purchases.beta_geometric_likelihood import Likelihood, sum_rising
from engine.models.purchases.erlang_steps import log_phase_sum
from engine.models.purchases.histories import check_enough
from engine.models.purchases.priors import Prior, penalised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]

_NAMES: Final = ("r", "alpha", "a", "b")
_REASONS: Final = {
    "a": Text("ほとんど誰も離れていないか、離れやすさに個人差がありません", "hardly anybody leaves, or all are equally likely to leave"),
    "b": Text("ほとんど誰も離れていないか、離れやすさに個人差がありません", "hardly anybody leaves, or all are equally likely to leave"),
    "r": Text("購入の頻度に個人差がありません", "all buy at the same rate"),
    "alpha": Text("購入の頻度に個人差がありません", "all buy at the same rate"),
}  # fmt: skip
"""What it means when a parameter runs away: Beta(a, b) or Gamma(r, α) shrinks to a point."""

_LIKENESS: Final = 2_000  # distinct rows on which to climb first
_RAREST: Final = 1e-12  # probability of leaving below which nobody leaves in any time that we simulate


@dataclass(frozen=True)
class BetaGeometric:
    """One member of the family; parameters are always given as (r, α, a, b), times in the unit of the histories.

    Parameters
    ----------
    late
        0: the first purchase never ends the relation (BG); 1: it may (MBG).
    k
        Steps that make a purchase, ≥ 1: how regular the gaps are.
    """

    late: int
    k: int = 1

    @property
    def MODEL(self) -> str:
        """The model's word, such as `bg_nbd` or `mbg_cnbd_3`."""
        return f"{'m' * self.late}bg_nbd" if self.k == 1 else f"{'m' * self.late}bg_cnbd_{self.k}"

    @property
    def LABEL(self) -> Text:
        """Its name for sentences."""
        name = f"{'M' * self.late}BG/NBD" if self.k == 1 else f"{'M' * self.late}BG/CNBD-{self.k}"
        return Text(f"{name}モデル", f"the {name} model")

    @property
    def NAMES(self) -> tuple[str, ...]:
        """Its parameters."""
        return _NAMES

    def fit(
        self, histories: Histories, definition: Definition | None = None, *,
        prior: Prior | None = None, start: Parameters | None = None,
    ) -> Fit:  # fmt: skip
        """Return the maximum likelihood estimate, or the maximum a posteriori under `prior`.

        Parameters
        ----------
        prior
            What is known of the parameters beforehand; without one the data alone decide.
        start
            Where to begin; places by the rate of the data when None.

        Raises
        ------
        Refusal
            `too_little_data`: too few customers or repeat buyers, or data that do not identify the parameters.
        """
        if prior is None:
            check_enough(histories, self.LABEL, definition)
        part = histories.part(_LIKENESS)
        whole, rough = (
            Likelihood(histories, self.late, self.k),
            None if part is None else Likelihood(part, self.late, self.k),
        )
        found = maximise(
            penalised(whole, prior),
            ([start] if start is not None else []) + self._propose_starts(histories),
            names=_NAMES, model=self.MODEL, label=self.LABEL,
            customers=histories.customers, reasons=_REASONS, definition=definition,
            rough=None if rough is None or part is None else (penalised(rough, prior), part.customers),
        )  # fmt: skip
        return found if prior is None else prior.mark_fit(found, whole)

    def _propose_starts(self, histories: Histories) -> list[Parameters]:
        """Return where to begin: heterogeneous buyers at the rate of the data, of whom more or fewer leave."""
        steps = self.k * histories.rate
        return [
            (r, r / (faster * steps), a, b)
            for r, faster, a, b in ((0.5, 2.0, 1.0, 3.0), (0.25, 1.5, 0.5, 2.0), (2.0, 1.2, 0.5, 8.0), (1.0, 4.0, 2.0, 2.0))
        ]  # fmt: skip

    def log_likelihood(self, parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
        """Return the log-likelihood of each history; for k > 1 without the term of the single gaps, which no parameter moves."""
        return self._likelihood_rows(parameters, x, t_x, T)[0]

    def gradient(self, parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
        """Return the slopes of each history's log-likelihood, 4 × rows, in the parameters' own units."""
        return self._likelihood_rows(parameters, x, t_x, T)[1]

    def _likelihood_rows(
        self, parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> tuple[Vector, Vector]:
        """Return each history's log-likelihood and its slopes.

        Γ(r + kx) ÷ Γ(r) is summed as ln(r + i), and r ln α taken together with (r + kx) ln(α + T), so that nothing cancels
        however large the parameters are: on a ridge rounding would look like a maximum.
        """
        r, alpha, a, b = parameters
        x, t_x, T = (np.asarray(each, dtype=np.float64) for each in (x, t_x, T))
        rates, leavings, slopes = sum_rising(parameters, x, self.late, self.k)
        ahead, phase = self._weigh_gone(parameters, x, t_x, T)
        left = _invert_log_odds(ahead - phase[0])
        power, n = r + self.k * x, x + self.late
        there = (1 - left) * phase[2] / (alpha + T)
        gradient = np.stack(
            [
                slopes[0] - np.log1p(T / alpha) + left * np.log((alpha + T) / (alpha + t_x)) + (1 - left) * phase[1],
                (r * T - self.k * x * alpha) / (alpha * (alpha + T))
                - left * power * (T - t_x) / ((alpha + T) * (alpha + t_x))
                - there,
                slopes[1] + left / a,
                slopes[2] - np.where(n > 0, left / np.where(n > 0, b + n - 1, 1.0), 0.0),
            ]
        )
        level = rates + leavings - self.k * x * np.log(alpha + T) - r * np.log1p(T / alpha)
        return np.asarray(level + np.logaddexp(phase[0], ahead)), gradient

    def _weigh_gone(
        self, parameters: Parameters, x: Vector, t_x: Vector, T: Vector
    ) -> tuple[Vector, tuple[Vector, Vector, Vector]]:
        """Return how likely "gone since t_x" is against "there, no step since", as a logarithm; and the sum over the steps."""
        r, alpha, a, b = parameters
        n, power = x + self.late, r + self.k * x
        with np.errstate(divide="ignore"):
            gone = np.log(np.where(n > 0, a / np.where(n > 0, b + n - 1, 1.0), 0.0))
        return gone + power * np.log((alpha + T) / (alpha + t_x)), log_phase_sum(power, (T - t_x) / (alpha + T), self.k)

    def alive(self, parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
        """Return the probability that a customer with this history is still one; with BG always 1 where x = 0."""
        x, t_x, T = (np.asarray(each, dtype=np.float64) for each in (x, t_x, T))
        ahead, phase = self._weigh_gone(parameters, x, t_x, T)
        return _invert_log_odds(phase[0] - ahead)

    def silent(self, parameters: Parameters, t: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
        """Return the probability of no purchase in the next `t`, the customer gone or just quiet.

        A silence that lasts to T + t is as likely as the same history observed so much longer: L(x, tₓ, T + t) ÷ L(x, tₓ, T).
        """
        T = np.asarray(T, dtype=np.float64)
        logs = [self.log_likelihood(parameters, x, t_x, T + ahead) for ahead in (t, 0.0)]
        return np.asarray(np.exp(np.minimum(logs[0] - logs[1], 0.0)))

    def expected(self, parameters: Parameters, t: ArrayLike) -> Vector:
        """Return the expected repeat purchases of a new customer within `t` (Fader, Hardie, Lee 2005, eq. 9, for BG/NBD)."""
        _, _, a, b = parameters
        stays = b / (a + b) if self.late else 1.0
        return np.asarray(stays * time_ahead.expected_of_living(parameters, t, 0.0, 0.0, 0.0, self.late, self.k))

    def expected_given(
        self, parameters: Parameters, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> Vector:
        """Return the expected purchases in the next `t` of a customer with this history (eq. 10 for BG/NBD)."""
        living = time_ahead.expected_of_living(parameters, t, x, t_x, T, self.late, self.k)
        return np.asarray(self.alive(parameters, x, t_x, T) * living)

    def discounted(
        self, parameters: Parameters, rate: float,
        x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: float = np.inf,
    ) -> Vector:  # fmt: skip
        """Return the expected residual purchases of a customer with this history, discounted continuously (DERT).

        Parameters
        ----------
        rate
            Continuous rate per unit of time (`histories.continuous_rate`); may be 0 only with a horizon.
        horizon
            Purchases later than this from now do not count; without an end when infinite.

        Raises
        ------
        Refusal
            `argument` for a negative rate, or for neither a rate nor a horizon: the sum would be infinite.
        """
        living = time_ahead.discounted_of_living(parameters, rate, x, t_x, T, self.late, self.k, horizon)
        return np.asarray(self.alive(parameters, x, t_x, T) * living)

    def at_least(
        self, parameters: Parameters, t: float, number: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> Vector:
        """Return the probability of `number` purchases or more in the next `t`; 1 for 0.

        Parameters
        ----------
        number
            Whole numbers, one per history or one for all.
        """
        living = time_ahead.at_least_of_living(parameters, t, number, x, t_x, T, self.late, self.k)
        return np.where(np.asarray(number) <= 0, 1.0, self.alive(parameters, x, t_x, T) * living)

    def square_given(self, parameters: Parameters, t: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
        """Return the expected square of the purchases in the next `t`; less the squared expectation it is their variance."""
        living = time_ahead.square_of_living(parameters, t, x, t_x, T, self.late, self.k)
        return np.asarray(self.alive(parameters, x, t_x, T) * living)

    def counts_given(
        self, parameters: Parameters, t: float, most: int, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> Vector:
        """Return the probabilities of 0, 1, … `most` purchases in the next `t`, (most + 1) × rows."""
        living = time_ahead.tails_of_living(parameters, t, most + 1, x, t_x, T, self.late, self.k)
        tails = np.concatenate([np.ones((1, living.shape[1])), self.alive(parameters, x, t_x, T) * living])
        return np.asarray(np.maximum(tails[:-1] - tails[1:], 0.0))

    def counted(self, parameters: Parameters, t: float, most: int) -> Vector:
        """Return the probabilities of 0, 1, … `most` repeat purchases of a new customer within `t` (eq. 8 for BG/NBD)."""
        _, _, a, b = parameters
        if self.k == 1:
            return time_ahead.count_poisson(parameters, t, most, self.late)
        zero = np.zeros(1)
        living = time_ahead.tails_of_living(parameters, t, most + 1, zero, zero, zero, self.late, self.k)[:, 0]
        tails = np.concatenate([[1.0], (b / (a + b) if self.late else 1.0) * living])
        return np.asarray(np.maximum(tails[:-1] - tails[1:], 0.0))

    def simulate(self, parameters: Parameters, T: ArrayLike, dice: np.random.Generator) -> tuple[Vector, Vector]:
        """Return x and t_x of as many made-up customers as `T` has places.

        For k = 1 at once: of n purchases that the rate brings in time T, spread evenly, the j-th lies at T · Beta(j, n + 1 − j).
        """
        if self.k > 1:
            return self.simulate_gaps(parameters, T, dice)[:2]
        r, alpha, a, b = parameters
        T = np.asarray(T, dtype=np.float64)
        brought = dice.poisson(dice.gamma(r, 1 / alpha, T.shape) * T).astype(np.float64)
        leaving = dice.geometric(np.maximum(dice.beta(a, b, T.shape), _RAREST)) - self.late
        x = np.minimum(brought, leaving)
        t_x = np.where(x > 0, T * dice.beta(np.maximum(x, 1), brought - x + 1), 0.0)
        return x, np.asarray(t_x)

    def simulate_gaps(
        self, parameters: Parameters, T: ArrayLike, dice: np.random.Generator
    ) -> tuple[Vector, Vector, Vector]:
        """Return x, t_x and the sum of the logarithms of the gaps of as many made-up customers as `T` has places."""
        r, alpha, a, b = parameters
        T = np.asarray(T, dtype=np.float64)
        speed = dice.gamma(r, 1 / alpha, T.shape)
        stays = (
            dice.geometric(np.maximum(dice.beta(a, b, T.shape), _RAREST)) - self.late
        )  # purchases after which it leaves
        x, t_x, gaps = np.zeros(T.shape), np.zeros(T.shape), np.zeros(T.shape)
        going = (stays > 0) & (speed > 0)
        while going.any():
            gap = dice.gamma(self.k, 1.0, int(going.sum())) / speed[going]
            when = t_x[going] + gap
            came = when <= T[going]
            place = np.flatnonzero(going)[came]
            x[place] += 1
            t_x[place] = when[came]
            gaps[place] += np.log(gap[came])
            going[:] = False
            going[place] = x[place] < stays[place]
        return x, t_x, gaps


BG_NBD: Final = BetaGeometric(0)
MBG_NBD: Final = BetaGeometric(1)


def _invert_log_odds(log_odds: Vector) -> Vector:
    from scipy.special import expit

    return np.asarray(expit(log_odds))
