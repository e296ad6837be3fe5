"""What the present customers are worth by group, and what of a year's sales is likely to be lost, by two ways of telling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.errors import Refusal
from engine.measures.retention.groups import groups_of
from engine.measures.value.lifetime import churn_probability, is_present, lifetimes
from engine.models.contracts.contracts import is_contractual
from engine.scoring.loss_chance import loss_chances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.language.errors import Text
    from engine.scoring.portfolio import Portfolio

_YEAR: Final = 365.0  # days: the table of probabilities is one of a year


@dataclass(frozen=True, slots=True)
class EquityRow:
    """The customer equity of one group.

    Parameters
    ----------
    key, label
        The group.
    customers, unvalued
        Its present customers, and those of them without a value.
    low, mid, high
        Σ of the ends and the middles of their lifetime values, minor units. The models' parameters are shared by all
        customers, so that errors do not cancel: the ends are added up, which is never narrower than the truth.
    """

    key: str
    label: Text
    customers: int
    unvalued: int
    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """What of a year's sales is likely to be lost at one level of risk.

    Parameters
    ----------
    level
        high, mid, low or unknown.
    customers, sales
        Customers of that level with sales in the last twelve months, and these sales, minor units.
    chance, loss
        The mean chance of loss weighted by sales (`engine.scoring.loss_chance`), and Σ sales × chance; None where it is unknown.
    modelled_sales, modelled_loss
        Sales of those for whom the model of purchases (or of contracts) gives a probability, and Σ sales × probability;
        the loss is None where it gives none.
    """

    level: str
    customers: int
    sales: float
    chance: float | None
    loss: float | None
    modelled_sales: float
    modelled_loss: float | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Portfolio at risk, told by the table of the definition and by the model of purchases side by side.

    Parameters
    ----------
    rows
        One per level of risk at which there are sales, the highest first, unknown last.
    loss, share
        Σ over the known levels, and its share in their sales: what the test 顧客リスク judges. None without any.
    modelled_loss, modelled_share
        The same by the model over the customers that it can tell; None where it can tell of nobody with sales.
    method
        How the model tells, a code of the vocabulary's `ltv_methods`: `btyd` or `markov`; None where there is none.
    contracts
        Whether it tells of contracts not renewed, not of silence.
    answered
        Which model answered and what its probability means, or why there is none.
    """

    rows: tuple[ExposureRow, ...]
    loss: float | None
    share: float | None
    modelled_loss: float | None
    modelled_share: float | None
    method: str | None
    contracts: bool
    answered: Text


def equity_by(portfolio: Portfolio, by: str | None = None) -> tuple[EquityRow, ...]:
    """Return the customer equity per group under the definition's terms; the middles add up to that of the whole.

    Parameters
    ----------
    by
        What to group by (`engine.measures.retention.groups_of`); the whole when None.

    Raises
    ------
    Refusal
        As `engine.measures.value.lifetime.lifetimes` and `groups_of`.
    """
    values, present, groups = lifetimes(portfolio).frame, is_present(portfolio), groups_of(portfolio, by)
    known = present & values["mid"].notna().to_numpy(dtype=np.bool_)
    ends = [
        groups.float_sums(np.where(known, values[name].to_numpy(np.float64, na_value=0.0), 0.0))
        for name in ("low", "mid", "high")
    ]
    counts = groups.sums({"present": present.astype(np.int64), "known": known.astype(np.int64)})
    return tuple(
        EquityRow(
            key,
            label,
            int(counts["present"].iloc[at]),
            int(counts["present"].iloc[at] - counts["known"].iloc[at]),
            float(ends[0][at]),
            float(ends[1][at]),
            float(ends[2][at]),
        )
        for at, (key, label) in enumerate(zip(groups.keys, groups.labels, strict=True))
    )


def exposure(portfolio: Portfolio) -> Exposure:
    """Return what of a year's sales is likely to be lost: by level of risk, and by the model, each for itself.

    The two are shown side by side and never mixed: the table answers for every customer whose risk is known, typed by
    hand or calculated; the model tells of silence (or of contracts not renewed) within 365 days, and not for everybody.
    """
    frame = portfolio.frame
    sales = np.maximum(frame["sales_12m"].to_numpy(np.float64, na_value=0.0), 0.0)
    level = frame["level_risk"].to_numpy(dtype=object)
    try:
        churn = churn_probability(portfolio, _YEAR)
    except Refusal as refusal:
        if refusal.kind != "too_little_data":
            raise
        likely, method, answered = np.full(len(portfolio), np.nan), None, refusal.text
    else:
        method = "markov" if churn.model == "markov" else "btyd"
        likely, answered = churn.probability, churn.answered
    chances = loss_chances(portfolio)
    rows = tuple(
        _sum_exposure_at_level(code, chances, (level == code) & (sales > 0), sales, likely)
        for code in words.codes("levels")
        if sales[level == code].any()
    )
    judged = [row for row in rows if row.loss is not None]
    told = [row for row in rows if row.modelled_loss is not None]
    loss = sum(row.loss for row in judged if row.loss is not None)
    modelled = sum(row.modelled_loss for row in told if row.modelled_loss is not None)
    known, reached = sum(row.sales for row in judged), sum(row.modelled_sales for row in told)
    return Exposure(
        rows,
        loss if known else None,
        loss / known if known else None,
        modelled if reached else None,
        modelled / reached if reached else None,
        method,
        is_contractual(portfolio),
        answered,
    )


def _sum_exposure_at_level(
    level: str,
    chances: NDArray[np.float64],
    here: NDArray[np.bool_],
    sales: NDArray[np.float64],
    likely: NDArray[np.float64],
) -> ExposureRow:
    held = float(sales[here].sum())
    told = here & ~np.isnan(likely)
    known = level != "unknown" and not np.isnan(chances[here]).any()
    loss = float((sales[here] * chances[here]).sum()) if known else None
    return ExposureRow(
        level,
        int(here.sum()),
        held,
        None if loss is None else loss / held,
        loss,
        float(sales[told].sum()),
        float((sales[told] * likely[told]).sum()) if told.any() else None,
    )
