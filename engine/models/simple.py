"""The textbook formulas of lifetime value, each under its own name and with its convention; never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FIRST_LATER = Text(
    "m·r/(1+i−r): 最初の粗利は1期後(続いた場合)", "m·r/(1+i−r): first margin after one period, if retained"
)
FIRST_NOW = Text("m·(1+i)/(1+i−r): 最初の粗利は今", "m·(1+i)/(1+i−r): first margin now")
UNDISCOUNTED = Text(
    "平均単価×年間回数×継続年数(簡易、割引なし)",
    "average order value × orders per year × years (simple, not discounted)",
)


@dataclass(frozen=True, slots=True)
class Valued:
    """A value together with the convention that it was computed under."""

    value: float
    convention: Text


def margin_after_one_period(margin: float, retention: float, rate: float) -> Valued:
    """Return m·r/(1+i−r): the first margin comes after one period, from those who stayed, and there is no end.

    Gupta, Lehmann (2003): Customers as assets. Journal of Interactive Marketing 17(1).

    >>> round(margin_after_one_period(1.0, 0.8, 0.1).value, 2)
    2.67
    """
    _check_retention(retention, rate)
    return Valued(margin * retention / (1 + rate - retention), FIRST_LATER)


def margin_now(margin: float, retention: float, rate: float) -> Valued:
    """Return m·(1+i)/(1+i−r): the first margin comes now, undiscounted and certain, and there is no end.

    It is `margin_after_one_period` plus one margin. Fader, Hardie (2012): Reconciling and clarifying CLV formulas.

    >>> round(margin_now(1.0, 0.8, 0.1).value, 2)
    3.67
    """
    _check_retention(retention, rate)
    return Valued(margin * (1 + rate) / (1 + rate - retention), FIRST_NOW)


def catalogue_value(average_order: float, orders_per_year: float, years: float) -> Valued:
    """Return average order value × orders per year × years: the 通販 formula, 簡易, without discounting.

    >>> catalogue_value(5_000, 4, 3).value
    60000.0
    """
    if not (orders_per_year >= 0 and years >= 0):
        raise Refusal(
            "argument",
            "年間回数と継続年数は0以上にしてください",
            "orders per year and years must not be negative",
        )
    return Valued(float(average_order * orders_per_year * years), UNDISCOUNTED)


def year_shares(years: float) -> NDArray[np.float64]:
    """Return how much of year 1, 2 … lies within the horizon: 1 for each, and for the last what is left of it.

    >>> year_shares(2.5).tolist()
    [1.0, 1.0, 0.5]
    """
    whole = int(np.ceil(years))
    return np.minimum(1.0, years - np.arange(whole, dtype=np.float64))


def retained_multiple(retention: ArrayLike, rate: float, years: float) -> tuple[NDArray[np.float64], ...]:
    """Return Σ_{t=1..years} rᵗ/(1+i)ᵗ, the margins that a customer is worth, and its derivative by r.

    Parameters
    ----------
    retention
        Yearly retention rate, 0–1, of any shape.
    rate
        Discount rate per year.
    years
        Horizon; of a broken year its share counts. With a long one the sum nears r/(1+i−r).
    """
    kept = np.asarray(retention, dtype=np.float64)[..., None]
    share = year_shares(years)
    year = np.arange(1, len(share) + 1, dtype=np.float64)
    weight = share / (1 + rate) ** year
    return (kept**year * weight).sum(axis=-1), (year * kept ** (year - 1) * weight).sum(axis=-1)


def _check_retention(retention: ArrayLike, rate: float) -> None:
    kept = np.asarray(retention, dtype=np.float64)
    if not bool(np.all((kept >= 0) & (kept <= 1))) or not rate >= 0 or bool(np.any(kept >= 1 + rate)):
        raise Refusal(
            "argument",
            "維持率は0〜1、割引率は0以上で、維持率が1のときは割引率を0より大きくしてください",
            "retention is 0 to 1, the discount rate not negative, and above 0 where everybody is retained",
        )
