"""How regular the gaps between purchases are: the search for the likeliest k of a family, begun where the gaps themselves point.

Given how long a customer took for its x repeat purchases, the shares of that time which its gaps take follow a Dirichlet distribution
with k at every place, whatever its rate and its probability of leaving. What it says of k needs no fit and is the larger part of
what the data know, so that the search begins at its maximum and ends a few k beside it.

Decision 0311: where the search begins and ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.definition.definition import load_definition
from engine.language.errors import Refusal
from engine.models.purchases.histories import check_enough
from engine.models.purchases.priors import Prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.beta_geometric import BetaGeometric
    from engine.models.purchases.histories import Histories

_PATIENCE: Final = (
    2  # k in a row, away from the start, that are less likely than the best: the likelihood over k has one peak
)
_CLEARLY: Final = 10.0  # log-likelihood that one k alone may lie behind before those beyond it are given up
_REFUSED: Final = 3  # k in a row that are not identified before those beyond them are given up too


def likeliest_steps(histories: Histories, most: int) -> int:
    """Return the k from 1 to `most` that the shares of the gaps make likeliest; 1 where only x, t_x and T are known.

    Source: Dirichlet(k, …, k) of the shares of Erlang-k gaps; Platzer, Reutterer (2016), section 2, estimate k from the same sums.
    """
    if not np.isfinite(histories.log_gaps):
        return 1
    from scipy.special import gammaln

    again = histories.x > 0
    x, counts = histories.x[again], histories.counts[again].astype(np.float64)
    shares = histories.log_gaps - float((counts * x * np.log(histories.t_x[again])).sum())
    k = np.arange(1, most + 1, dtype=np.float64)
    level, of = np.unique(x, return_inverse=True)
    together = np.bincount(of, counts, len(level)) @ gammaln(np.outer(level, k))
    return int(k[np.argmax(together - float(counts @ x) * gammaln(k) + (k - 1) * shares)])


def fit_regular(
    members: Sequence[BetaGeometric], histories: Histories, definition: Definition | None, *, priors: bool = False
) -> tuple[dict[str, Fit], Refusal | None]:
    """Fit the member without regular gaps, and those around the likeliest k until the likelihood falls on either side.

    Parameters
    ----------
    members
        A family, k = 1, 2, … in this order.
    histories
        Where they do not know the single gaps, only k = 1 is fitted: nothing tells how regular the gaps are.
    priors
        Whether the definition's priors help; then there may be as few customers as one likes.

    Returns
    -------
    dict, Refusal or None
        The fits by the models' words, and the first refusal met; gaps that are too regular for a small k refuse that k only.
        No fit where the data identify none of the k that the gaps point at: a smaller k would mistake every silence.
    """
    if not priors:
        try:
            check_enough(histories, members[0].LABEL, definition)
        except Refusal as refusal:  # too few for every k
            return {}, refusal
    search = _KSearch(members, histories, definition or load_definition(), priors=priors)
    search.try_member(1)
    if np.isfinite(histories.log_gaps):
        middle = likeliest_steps(histories, len(members))
        peak = search.walk_along(range(middle, len(members) + 1))
        search.walk_along(range(middle - 1, 0, -1), peak)
        if middle > 1 and not search.fits.keys() - {members[0].MODEL}:
            return {}, search.refusal  # k = 1 alone is identified, of which the gaps say that it is not theirs
    return search.fits, search.refusal


class _KSearch:
    """What a search has found so far."""

    def __init__(
        self, members: Sequence[BetaGeometric], histories: Histories, definition: Definition, *, priors: bool
    ) -> None:
        self.members, self.histories, self.definition, self.priors = members, histories, definition, priors
        self.fits: dict[str, Fit] = {}
        self.refusal: Refusal | None = None
        self.tried: set[int] = set()

    def try_member(self, k: int) -> Fit | None:
        """Return the fit of k steps, begun at its nearest neighbour's; None where it is refused."""
        member = self.members[k - 1]
        if k not in self.tried:
            self.tried.add(k)
            try:
                prior = Prior.of(self.definition, self.histories, k) if self.priors else None
                fit = member.fit(self.histories, self.definition, prior=prior, start=self._propose_start(k))
            except Refusal as refusal:
                self.refusal = self.refusal or refusal
            else:
                self.fits[member.MODEL] = fit
        return self.fits.get(member.MODEL)

    def _propose_start(self, k: int) -> tuple[float, ...] | None:
        """Return the parameters of the nearest k, with steps so much faster that the gaps keep their length."""
        known = [each for each in self.members if each.MODEL in self.fits]
        if not known:
            return None
        near = min(known, key=lambda each: abs(each.k - k))
        r, alpha, a, b = self.fits[near.MODEL].values
        return r, alpha * near.k / k, a, b

    def walk_along(self, steps: Sequence[int], peak: float = -np.inf) -> float:
        """Fit one k after the other until the likelihood has fallen, or the data identify none of them; return the peak.

        `peak` is the largest log-likelihood met on the way so far; what k = 1 alone reaches ends no walk.
        """
        behind = refused = 0
        for k in steps:
            fit = self.try_member(k)
            if fit is None:
                refused += 1
            else:
                behind, refused = (0 if fit.log_likelihood >= peak else behind + 1), 0
                peak = max(peak, fit.log_likelihood)
                if fit.log_likelihood < peak - _CLEARLY:
                    break
            if behind == _PATIENCE or refused == _REFUSED:
                break
        return peak
