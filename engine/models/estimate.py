"""What every method of lifetime value shares: the terms, the margin that is valued, the estimate and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.models.fitting import Fit
    from engine.scoring.portfolio import Portfolio

DAYS_OF_YEAR: Final = 365.25
_WIDEST: Final = 13.8  # ln 1,000,000
_UNITS: Final = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked: `years` ahead, discounted at `rate` per year (0.1 = 10 %), with intervals of `confidence`.

    Without `spread` only the middle is asked for: a purchase model then saves eight evaluations in nine.
    """

    years: float
    rate: float
    confidence: float
    spread: bool = True


def terms_of(portfolio: Portfolio, years: float | None = None, rate: float | None = None) -> Terms:
    """Return the terms, those left out taken from the definition.

    Raises
    ------
    Refusal
        `argument` when the horizon is not above 0 or beyond `ltv.max_years`, or the rate is not from 0 to below 1.
    """
    definition = portfolio.definition
    ahead = definition.number("ltv.years") if years is None else float(years)
    discount = definition.number("ltv.rate") if rate is None else float(rate)
    longest = definition.number("ltv.max_years")
    if not 0 < ahead <= longest:
        raise Refusal(
            "argument",
            f"年数「{ahead:g}」は使えません(0より大きく{longest:g}以下)",
            f"the horizon of {ahead:g} years cannot be used (above 0, up to {longest:g})",
        )
    if not 0 <= discount < 1:
        raise Refusal(
            "argument",
            f"割引率「{discount:g}」は使えません(0以上1未満。10%は0.1)",
            f"the discount rate {discount:g} cannot be used (0 to below 1; 10 % is 0.1)",
        )
    confidence = definition.number("ltv.confidence")
    if not 0 < confidence < 1:
        raise Refusal(
            "missing_definition",
            f"定義 ltv.confidence の値「{confidence:g}」は使えません(0より大きく1未満)",
            f"the value {confidence:g} of ltv.confidence does not fit (between 0 and 1)",
        )
    return Terms(ahead, discount, confidence)


def unit_of(portfolio: Portfolio) -> str:
    """Return the unit of time of the purchase models, `value.unit`: `day`, `week` or `month`.

    Raises
    ------
    Refusal
        `missing_definition` for any other word.
    """
    unit = str(portfolio.definition.value("value.unit"))
    if unit not in _UNITS:
        raise Refusal(
            "missing_definition",
            f"定義 value.unit の値「{unit}」は使えません({'・'.join(_UNITS)})",
            f'the value "{unit}" of value.unit does not fit ({", ".join(_UNITS)})',
        )
    return unit


@dataclass(frozen=True, eq=False)
class Margin:
    """What is valued, on one basis for every customer.

    Parameters
    ----------
    code
        `gross_profit` or `sales`.
    basis
        The same in words.
    lines
        One entry per order line, minor units; NaN where the line's cost is missing. None without orders.
    yearly
        One entry per customer: the last twelve months, minor units; NaN where not known.
    """

    code: str
    basis: Text
    lines: NDArray[np.float64] | None
    yearly: NDArray[np.float64]


def margin_of(portfolio: Portfolio) -> Margin:
    """Return gross profit where enough order lines have a cost (`ltv.cost_share`), else sales; never a mixture."""
    orders = portfolio.orders
    sales = portfolio.frame["sales_12m"].to_numpy(np.float64, na_value=np.nan)
    if orders is None:
        return Margin("sales", Text("売上(手入力)", "sales as typed"), None, sales)
    amount = orders["amount"].to_numpy(np.float64)
    cost = orders["cost"].to_numpy(np.float64, na_value=np.nan)
    if len(cost) and float(np.mean(~np.isnan(cost))) >= portfolio.definition.number("ltv.cost_share"):
        yearly = portfolio.frame["gross_profit_12m"].to_numpy(np.float64, na_value=np.nan)
        return Margin("gross_profit", Text("粗利", "gross profit"), amount - cost, yearly)
    return Margin("sales", Text("売上(原価が不明)", "sales, costs being unknown"), amount, sales)


@dataclass(frozen=True, eq=False)
class Estimate:
    """What one method answers, one entry per customer in minor units.

    Parameters
    ----------
    method
        `simple`, `retention`, `btyd` or `markov`.
    model
        The code of the model that answered, such as `bg_nbd` or `sbg`.
    answered
        Which model answered, and why.
    timing
        When the first payment comes, and how the years are discounted.
    spread
        What the interval is made of.
    low, mid, high
        The value and its interval; NaN where it is refused.
    reasons
        Why, for each customer refused; None for the others.
    fits
        The fitted models, if any.
    """

    method: str
    model: str
    answered: Text
    timing: Text
    spread: Text
    low: NDArray[np.float64]
    mid: NDArray[np.float64]
    high: NDArray[np.float64]
    reasons: Sequence[Text | None]
    fits: tuple[Fit, ...] = ()

    def fitted(self) -> list[dict[str, Any]]:
        """Return the fits as plain numbers."""
        return [fit.to_dict() for fit in self.fits]


def quantile_of(confidence: float) -> float:
    """Return how many standard errors an interval of this confidence reaches to either side: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def interval(
    mid: NDArray[np.float64], error: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the interval around `mid`, of which `error` is the standard error.

    On the log scale where the value is not 0 (a value of a few yen never reaches below 0), and of the value's own sign;
    0 has the interval 0 to 0. The far end leaves the log scale at a million times the value, where a value near nothing would
    soon be said to reach any sum of money: from there it goes on along the error itself.
    """
    quantile = quantile_of(confidence)
    size = np.abs(mid)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        width = np.where(size > 0, quantile * error / np.where(size > 0, size, 1.0), 0.0)
        near = mid / np.exp(width)
        far = mid * np.maximum(np.exp(np.minimum(width, _WIDEST)), 1 + width)
    return np.minimum(near, far), np.maximum(near, far)
