"""Which purchase model answers: all that are asked for are fitted, and the likeliest is taken, with the reason in words."""
# ruff: noqa: N803 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from engine.language.errors import Refusal, Text
from engine.models.purchases import bg_nbd, mbg_nbd, pareto_nbd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.definition.definition import Definition
    from engine.models.fitting import Fit
    from engine.models.purchases.histories import Histories

    Vector = NDArray[np.float64]
    Parameters = Sequence[float]


class PurchaseModel(Protocol):
    """What every purchase model's module offers; parameters are a sequence in the order of `NAMES`."""

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

    def simulate(self, parameters: Parameters, T: ArrayLike, dice: np.random.Generator) -> tuple[Vector, Vector]:
        """Return x and t_x of made-up customers."""


MODELS: Final[Mapping[str, PurchaseModel]] = {"bg_nbd": bg_nbd, "mbg_nbd": mbg_nbd, "pareto_nbd": pareto_nbd}
"""The models for customers without a contract, by their words."""

DEFAULT: Final = ("bg_nbd", "mbg_nbd")
"""Between which `auto` chooses."""


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
        Models that could not be fitted, with their reason.
    why
        The reason in one sentence.
    """

    model: str
    fit: Fit
    fits: Mapping[str, Fit]
    refused: Mapping[str, Text]
    why: Text


def choose(histories: Histories, models: Sequence[str] = DEFAULT, definition: Definition | None = None) -> Choice:
    """Fit every model named and take the one with the largest log-likelihood.

    All have four parameters on the same data, so that the log-likelihood decides as every information criterion would.

    Raises
    ------
    Refusal
        `argument` for a model that there is not; the first model's refusal when none can be fitted.
    """
    fits: dict[str, Fit] = {}
    refusals: dict[str, Refusal] = {}
    for word in models:
        if word not in MODELS:
            raise Refusal(
                "argument",
                f"購買モデル「{word}」はありません({'・'.join(MODELS)}のどれか)",
                f'there is no purchase model "{word}" ({", ".join(MODELS)})',
            )
        try:
            fits[word] = MODELS[word].fit(histories, definition)
        except Refusal as refusal:
            refusals[word] = refusal
    if not fits:
        raise next(iter(refusals.values()))
    best = max(fits, key=lambda word: fits[word].log_likelihood)
    refused = {word: refusal.text for word, refusal in refusals.items()}
    return Choice(best, fits[best], fits, refused, _why(best, fits, refused))


def _why(best: str, fits: Mapping[str, Fit], refused: Mapping[str, Text]) -> Text:
    label = MODELS[best].LABEL
    others = [word for word in fits if word != best]
    if refused:
        left_ja = "・".join(MODELS[word].LABEL.ja for word in refused)
        left_en = " and ".join(MODELS[word].LABEL.en for word in refused)
        return Text(
            f"{label.ja}を使いました。{left_ja}はこのデータに当てはめられません",
            f"{_capital(label.en)} answers; {left_en} cannot be fitted to these data",
        )
    if not others:
        return Text(f"指定された{label.ja}を使いました", f"{_capital(label.en)} answers, as asked for")
    told = [(MODELS[word].LABEL, fits[word].log_likelihood) for word in others]
    ahead = fits[best].log_likelihood
    return Text(
        f"{label.ja}を使いました。対数尤度{ahead:,.2f}が"
        + "、".join(f"{each.ja}の{value:,.2f}" for each, value in told)
        + "を下回らないためです",
        f"{_capital(label.en)} answers: its log-likelihood of {ahead:,.2f} is not below "
        + " and ".join(f"{value:,.2f} of {each.en}" for each, value in told),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
