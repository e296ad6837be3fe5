"""The whale curve: customers from the most to the least profitable, and what they have earned together so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

_NET: Final = "net_profit_12m"
_GROSS: Final = "gross_profit_12m"
_NAMES: Final = {
    _NET: Text("純利益(粗利−対応費−獲得費)", "net profit (after cost to serve and acquisition)"),
    _GROSS: Text("粗利", "gross profit"),
}


@dataclass(frozen=True, slots=True)
class WhaleCurve:
    """Cumulative profit over customers in falling order of profit (Cooper & Kaplan 1991; the curve's hump is the whale).

    Parameters
    ----------
    basis
        The column of `portfolio.frame` that is meant by profit.
    customers
        Positions, the most profitable first.
    profit, cumulative
        Minor units (int64), in that order; the last of `cumulative` is the total.
    share
        Cumulative profit ÷ total (1.0 at the end), or None where the total is not positive: there is then no whole to
        be a share of, and the curve is read in money.
    unknown
        Customers whose profit is not known; they are not on the curve.
    """

    basis: str
    customers: NDArray[np.intp]
    profit: NDArray[np.int64]
    cumulative: NDArray[np.int64]
    share: NDArray[np.float64] | None
    unknown: int

    @property
    def total(self) -> int:
        """Profit of all customers on the curve."""
        return int(self.cumulative[-1])

    @property
    def peak_customers(self) -> int:
        """Smallest number of customers that reach the peak; 0 when nobody earns anything."""
        return int((self.profit > 0).sum())

    @property
    def peak(self) -> int:
        """Profit at the top of the curve: what the profitable customers earn together."""
        return int(self.profit[self.profit > 0].sum())

    @property
    def peak_share(self) -> float | None:
        """The peak ÷ total (1.4: 140 % of the profit), or None where the total is not positive."""
        return None if self.share is None else self.peak / self.total

    @property
    def destroyers(self) -> NDArray[np.intp]:
        """Customers that lose money, the worst first."""
        return self.customers[self.profit < 0][::-1]

    @property
    def destroyed(self) -> int:
        """What they lose together, minor units, 0 or negative; peak + destroyed = total."""
        return int(self.profit[self.profit < 0].sum())

    def share_at(self, portion: float) -> float | None:
        """Return the cumulative share of the best `portion` of the customers (rounded up to a whole customer)."""
        if self.share is None:
            return None
        count = max(int(np.ceil(round(portion * len(self.profit), 9))), 1)
        return float(self.share[count - 1])

    @property
    def notes(self) -> tuple[Text, ...]:
        """What the reader must know: the measure, who is left out, and how a curve without a positive total is read."""
        found = [Text(f"利益は{_NAMES[self.basis].ja}", f"profit means {_NAMES[self.basis].en}")]
        if self.unknown:
            found.append(
                Text(
                    f"利益の分からない{self.unknown}社は含まない",
                    f"{self.unknown} customers of unknown profit are left out",
                )
            )
        if self.share is None:
            found.append(
                Text(
                    "合計が0以下なので割合ではなく金額で示す",
                    "the total is not positive: amounts are shown, not shares",
                )
            )
        return tuple(found)


def whale_curve(portfolio: Portfolio, basis: str | None = None) -> WhaleCurve:
    """Return the whale curve of the last twelve months.

    Parameters
    ----------
    basis
        `net_profit_12m` or `gross_profit_12m`; by default net profit where it is known, else gross profit.

    Raises
    ------
    Refusal
        `too_little_data` when no customer's profit is known.
    """
    return portfolio.once(("whale_curve", basis), lambda: _accumulate_profit_curve(portfolio, basis))


def _accumulate_profit_curve(portfolio: Portfolio, basis: str | None) -> WhaleCurve:
    frame = portfolio.frame
    chosen = basis or (_NET if frame[_NET].notna().any() else _GROSS)
    if not frame[chosen].notna().any():
        raise Refusal(
            "too_little_data",
            f"{_NAMES[chosen].ja}が分かりません。取引表に原価か粗利の列、費用表に直近12か月の費用を加えてください",
            f"the {_NAMES[chosen].en} is not known; give the orders a cost or gross profit column, "
            "and the costs of the last 12 months",
        )
    known = np.flatnonzero(frame[chosen].notna().to_numpy(dtype=bool))
    profit = frame[chosen].iloc[known].to_numpy(np.int64)
    return curve_of(
        known, profit, frame["customer_id"].iloc[known].to_numpy(dtype=str), chosen, len(frame) - len(known)
    )


def curve_of(
    customers: NDArray[np.intp], profit: NDArray[np.int64], ids: NDArray[np.str_], basis: str = _NET, unknown: int = 0
) -> WhaleCurve:
    """Return the curve of profits per customer (minor units); equal profits stand in the order of their IDs."""
    order = np.lexsort((ids, -profit))
    cumulative = np.cumsum(profit[order], dtype=np.int64)
    share = cumulative / float(cumulative[-1]) if cumulative[-1] > 0 else None
    return WhaleCurve(basis, customers[order], profit[order], cumulative, share, unknown)
