"""Which purchase model answers: all that are asked for are fitted, and the likeliest is taken, with the reason in words.

Decision 0314: why Pareto/NBD answers when it is asked for only.
"""
# ruff: noqa: N803 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from engine.definition.definition import load_definition
from engine.language.errors import Refusal, Text
from engine.models.purchases import pareto_nbd
from engine.models.purchases.beta_geometric import BetaGeometric
from engine.models.purchases.regularity import fit_regular

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]


class PurchaseModel(Protocol):
    """What every purchase model offers; parameters are a sequence in the order of `NAMES`."""

    @property
    def MODEL(self) -> str:  # noqa: N802 - a module's constant
        """The model's word."""

    @property
    def LABEL(self) -> Text:  # noqa: N802
        """Its name for sentences."""

    @property
    def NAMES(self) -> tuple[str, ...]:  # noqa: N802
        """Its parameters."""

    def fit(self, histories: Histories, definition: Definition | None = None) -> Fit:
        """Return the maximum likelihood estimate, or refuse."""

    def log_likelihood(self, parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
        """Return the log-likelihood of each history."""

    def alive(self, parameters: Parameters, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
        """Return the probability that a customer with this history is still one."""

    def expected(self, parameters: Parameters, t: ArrayLike) -> Vector:
        """Return the expected repeat purchases of a new customer within `t`."""

    def expected_given(
        self, parameters: Parameters, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> Vector:
        """Return the expected purchases in the next `t` of a customer with this history."""

    def discounted(
        self,
        parameters: Parameters,
        rate: float,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        horizon: float = np.inf,
    ) -> Vector:
        """Return the expected residual purchases, discounted continuously."""

    def silent(self, parameters: Parameters, t: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Vector:
        """Return the probability of no purchase in the next `t`."""

    def simulate(self, parameters: Parameters, T: ArrayLike, dice: np.random.Generator) -> tuple[Vector, Vector]:
        """Return x and t_x of made-up customers."""


MOST_REGULAR: Final = 12
"""The largest k of Erlang-k gaps that is tried: a coefficient of variation of 0.29."""

_FAMILIES: Final[Mapping[str, tuple[BetaGeometric, ...]]] = {
    word: tuple(BetaGeometric(late, k) for k in range(1, MOST_REGULAR + 1))
    for word, late in (("bg_cnbd", 0), ("mbg_cnbd", 1))
}
MODELS: Final[Mapping[str, PurchaseModel]] = {
    **{family[0].MODEL: family[0] for family in _FAMILIES.values()},
    pareto_nbd.MODEL: pareto_nbd,
    **{model.MODEL: model for family in _FAMILIES.values() for model in family[1:]},
}
"""The models for customers without a contract, by their words."""

ASKED: Final = ("bg_nbd", "mbg_nbd", *_FAMILIES, "pareto_nbd")
"""The words by which a user may ask for a model; those of the families choose k themselves."""

DEFAULT: Final = ("bg_cnbd", "mbg_cnbd")
"""Between which `auto` chooses, k included."""

_RARE: Final = 0.01  # probability of a model below which what it says is left out of an interval


@dataclass(frozen=True, eq=False)
class Choice:
    """Which model answers, and why.

    Parameters
    ----------
    model
        The word of the model that answers, a key of `MODELS`.
    fit
        Its fit.
    fits
        All fits, by word.
    refused
        The first model of each family that could not be fitted, with its reason.
    why
        The reason in one sentence.
    """

    model: str
    fit: Fit
    fits: Mapping[str, Fit]
    refused: Mapping[str, Text]
    why: Text

    def rivals(self) -> dict[str, float]:
        """Return how probable every model but the one that answers is, where priors were needed; nothing without.

        All models are equally probable beforehand. Many customers tell k and the kind of model beyond doubt, few do not.
        """
        if not self.fit.prior:
            return {}
        odds = {word: float(np.exp(fit.evidence - self.fit.evidence)) for word, fit in self.fits.items()}
        whole = sum(odds.values())
        return {word: each / whole for word, each in odds.items() if word != self.model and each / whole > _RARE}


def choose(
    histories: Histories,
    models: Sequence[str] = DEFAULT,
    definition: Definition | None = None,
    *,
    priors: bool = False,
) -> Choice:
    """Fit every model named, of a family every k up to the peak, and take the one with the largest log-likelihood.

    All have four parameters on the same data, so that the log-likelihood decides as every information criterion would; k is
    a whole number out of twelve and costs no more than a fraction of a parameter. Where only x, t_x and T are known, nothing
    tells how regular the gaps are, and k stays 1.

    Parameters
    ----------
    priors
        Whether weakly informative priors may help where the data identify no model at all; then the model with the largest
        evidence answers.

    Raises
    ------
    Refusal
        `argument` for a model that there is not; the first model's refusal when none can be fitted.
    """
    fits: dict[str, Fit] = {}
    refusals: dict[str, Refusal] = {}
    for word in models:
        first = _model_of(word)
        found, refusal = _fit_members(word, histories, definition)
        fits |= found
        if refusal is not None:
            refusals[first.MODEL] = refusal
    if not fits and priors:
        fits = _fit_with_priors(histories, models, definition)
    if not fits:
        raise next(iter(refusals.values()))
    best = max(fits, key=lambda word: fits[word].evidence if fits[word].prior else fits[word].log_likelihood)
    refused = {word: refusal.text for word, refusal in refusals.items()}
    return Choice(best, fits[best], fits, refused, _explain_choice(best, fits, refused))


def _model_of(word: str) -> PurchaseModel:
    """Return the model of that word, the one without regular gaps for a family's.

    Raises
    ------
    Refusal
        `argument` for a word that is neither.
    """
    if word in _FAMILIES:
        return _FAMILIES[word][0]
    if word not in MODELS:
        raise Refusal(
            "argument",
            f"購買モデル「{word}」はありません({'・'.join(ASKED)}のどれか)",
            f'there is no purchase model "{word}" ({", ".join(ASKED)})',
        )
    return MODELS[word]


def _fit_members(
    word: str, histories: Histories, definition: Definition | None
) -> tuple[dict[str, Fit], Refusal | None]:
    """Fit the model of that word, or the family around its likeliest k; return the fits and the first refusal met."""
    if word in _FAMILIES:
        return fit_regular(_FAMILIES[word], histories, definition)
    model = _model_of(word)
    try:
        return {model.MODEL: model.fit(histories, definition)}, None
    except Refusal as refusal:
        return {}, refusal


def _fit_with_priors(histories: Histories, models: Sequence[str], definition: Definition | None) -> dict[str, Fit]:
    """Return the maxima a posteriori of the families named; nothing where not even the least of purchases is there."""
    used = definition or load_definition()
    if float((histories.counts * histories.x).sum()) < used.number("priors.min_purchases"):
        return {}
    fits: dict[str, Fit] = {}
    for word in models:
        if word in _FAMILIES:  # where these find no maximum either, the refusal without priors speaks
            fits |= fit_regular(_FAMILIES[word], histories, used, priors=True)[0]
    return fits


def _explain_choice(best: str, fits: Mapping[str, Fit], refused: Mapping[str, Text]) -> Text:
    label = MODELS[best].LABEL
    if fits[best].prior:
        return Text(
            f"{label.ja}を使いました(事前分布による。このデータだけでは母数が決まりません)",
            f"{_capitalise_first(label.en)} answers (with priors: these data alone do not identify the parameters)",
        )
    others = _others_told(best, fits)
    if refused:
        left_ja = "・".join(MODELS[word].LABEL.ja for word in refused)
        left_en = " and ".join(MODELS[word].LABEL.en for word in refused)
        return Text(
            f"{label.ja}を使いました。{left_ja}はこのデータに当てはめられません",
            f"{_capitalise_first(label.en)} answers; {left_en} cannot be fitted to these data",
        )
    if not others:
        return Text(f"指定された{label.ja}を使いました", f"{_capitalise_first(label.en)} answers, as asked for")
    told = [(MODELS[word].LABEL, fits[word].log_likelihood) for word in others]
    ahead = fits[best].log_likelihood
    return Text(
        f"{label.ja}を使いました。対数尤度{ahead:,.2f}が"
        + "、".join(f"{each.ja}の{value:,.2f}" for each, value in told)
        + "を下回らないためです",
        f"{_capitalise_first(label.en)} answers: its log-likelihood of {ahead:,.2f} is not below "
        + " and ".join(f"{value:,.2f} of {each.en}" for each, value in told),
    )


def _others_told(best: str, fits: Mapping[str, Fit]) -> list[str]:
    """Return the likeliest model of every other kind, and of the winner's own family the one without regular gaps."""
    kind_of = {model.MODEL: word for word, family in _FAMILIES.items() for model in family}
    others: dict[str, str] = {}
    for word in sorted(fits, key=lambda each: -fits[each].log_likelihood):
        kind = kind_of.get(word, word)
        if kind == kind_of.get(best, best):
            others |= {kind: word} if word != best and word in ("bg_nbd", "mbg_nbd") else {}
        else:
            others.setdefault(kind, word)
    return [word for word in fits if word in others.values()]


def _capitalise_first(text: str) -> str:
    return text[:1].upper() + text[1:]
