"""Which costs every customer bears: its own, its hours, its part of the common ones and of acquisition.

Decision 0120: which costs a customer bears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from engine.cleaning.customer_names import UNKNOWN
from engine.customers.costs.acquisition_costs import Acquired, Spent, acquired, channel_keys, day_of, days_of
from engine.customers.costs.shared_out import share_out
from engine.language.errors import Refusal, Text
from engine.language.words import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition

__all__ = ["BASES", "Basis", "Bearing", "CostBook", "share_out"]

Basis = Literal["sales", "hours", "equal"]

BASES: Final[dict[Basis, Text]] = {
    "sales": Text("純売上の比", "in proportion to net sales"),
    "hours": Text("接点の時間の比", "in proportion to hours of contact"),
    "equal": Text("期間に取引のあった顧客で等分", "equally among customers with orders in the period"),
}


@dataclass(frozen=True, slots=True)
class Bearing:
    """What every customer bears in one period; amounts in minor units, one per customer.

    Parameters
    ----------
    direct
        Costs that name the customer, acquisition left out.
    hours
        Its hours of contact at `profit.hourly_cost`; 0 where hours are not priced, which `notes` then says.
    common
        Its part of the costs that name nobody, by `profit.common_basis`.
    acquisition
        What falls into the period of its part of the acquisition costs.
    chosen
        The part of all these that we chose to spend: hours, acquisition and the kinds in `profit.chosen_kinds`.
    unallocated
        Common costs that no customer could be asked to bear.
    covered
        Whether the cost table reaches over the period; where it does not, no profit after costs is known.
    notes
        What is missing, and the rule by which common costs were shared.
    """

    direct: NDArray[np.int64]
    hours: NDArray[np.int64]
    common: NDArray[np.int64]
    acquisition: NDArray[np.int64]
    chosen: NDArray[np.int64]
    unallocated: int
    covered: bool
    notes: tuple[Text, ...]

    @property
    def service(self) -> NDArray[np.int64]:
        """Cost to serve: direct, hours and common."""
        return self.direct + self.hours + self.common

    @property
    def total(self) -> NDArray[np.int64]:
        """Everything that the customer bears."""
        return self.service + self.acquisition


class CostBook:
    """The cost table and the hours of contact, ready to be asked what a customer bears in any period.

    Parameters
    ----------
    tables
        The clean input, with a cost table or without.
    definition
        `costs.acquisition_kinds` and the entries under `profit`.
    as_of
        The as-of date.
    first_order
        Day of each customer's first order (datetime64, NaT without one).
    """

    def __init__(self, tables: Tables, definition: Definition, as_of: date, first_order: pd.Series) -> None:
        self.tables = tables
        self.definition = definition
        self.count = len(tables.customers)
        self.rank = np.argsort(np.argsort(tables.customers["customer_id"].to_numpy(dtype=str), kind="stable"))
        self.basis = _read_common_basis(definition)
        costs = tables.costs if tables.costs is not None else pd.DataFrame({"customer": [], "date": [], "amount": []})
        self.customer = costs["customer"].to_numpy(np.int64)
        self.day = days_of(pd.Series(costs["date"]).astype("datetime64[s]"))
        self.amount = costs["amount"].to_numpy(np.int64)
        kinds = costs["kind"] if "kind" in costs else pd.Series(dtype=object)
        self.acquires = holds_word(kinds, definition.value("costs.acquisition_kinds"))
        self.by_choice = holds_word(kinds, definition.value("profit.chosen_kinds")) & ~self.acquires
        self.acquired = self._assign_acquisition(costs, as_of, first_order)

    def _assign_acquisition(self, costs: pd.DataFrame, as_of: date, first_order: pd.Series) -> Acquired:
        rows = np.flatnonzero(self.acquires)
        channel = costs["channel"] if "channel" in costs else pd.Series([None] * len(costs), dtype=object)
        spent = Spent(self.customer[rows], self.day[rows], self.amount[rows], channel_keys(channel)[rows])
        of_customer = channel_keys(self.tables.customers["channel"])
        return acquired(spent, of_customer, first_order, as_of, self.rank)

    def bear(self, period: tuple[date, date], sales: pd.Series) -> Bearing:
        """Return what every customer bears in `period` (both days inclusive); `sales` are its net sales there."""
        first, last = (day_of(each) for each in period)
        inside = (self.day >= first) & (self.day <= last)
        notes: list[Text] = []
        covered = self._covers_period(first, last)
        if not covered:
            notes.append(_word_uncovered_period(period))
        hours, priced = self._price_hours(first, last, notes)
        weights = self._weigh_common_costs(sales, first, last)
        service, own = inside & ~self.acquires, self.customer != UNKNOWN
        direct = [self._sum_by_customer(service & own & chosen) for chosen in (self.by_choice, ~self.by_choice)]
        pools = [int(self.amount[service & ~own & chosen].sum()) for chosen in (self.by_choice, ~self.by_choice)]
        nobody = not (weights > 0).any()
        parts = [np.zeros(self.count, np.int64) if nobody else share_out(pool, weights, self.rank) for pool in pools]
        unallocated = sum(pools) if nobody else 0
        notes += self._note_what_is_left_out(sum(pools), unallocated, priced)
        acquisition = self.acquired.between(first, last, self.definition.number("profit.acquisition_months"))
        return Bearing(
            direct[0] + direct[1],
            hours,
            parts[0] + parts[1],
            acquisition,
            direct[0] + parts[0] + hours + acquisition,
            unallocated,
            covered,
            tuple(notes),
        )

    def _covers_period(self, first: int, last: int) -> bool:
        """Tell whether costs to serve are booked from the period's beginning to its end, as far as bookings are apart."""
        days = self.day[~self.acquires]
        gap = self.definition.number("profit.cost_gap_days")
        if not ((days >= first) & (days <= last)).any():
            return False
        return bool(days.min() <= first + gap and days.max() >= last - gap)

    def _sum_by_customer(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        result = np.zeros(self.count, np.int64)
        np.add.at(result, self.customer[rows], self.amount[rows])
        return result

    def _sum_contact_hours(self, first: int, last: int) -> tuple[NDArray[np.float64], int]:
        """Return the hours of contact per customer, and how many contacts of the period tell none."""
        contacts = self.tables.contacts
        if contacts is None:
            return np.zeros(self.count), 0
        day = days_of(contacts["date"])
        inside = (day >= first) & (day <= last)
        hours = contacts["hours"].to_numpy(np.float64, na_value=np.nan)
        silent = int((inside & np.isnan(hours)).sum())
        told = inside & ~np.isnan(hours)
        customer = contacts["customer"].to_numpy(np.int64)[told]
        return np.bincount(customer, hours[told], minlength=self.count).astype(np.float64), silent

    def _price_hours(self, first: int, last: int, notes: list[Text]) -> tuple[NDArray[np.int64], bool]:
        """Return the price of each customer's hours, and whether hours are priced at all."""
        rate = self.definition.number("profit.hourly_cost")
        hours, silent = (np.zeros(self.count), 0) if np.isnan(rate) else self._sum_contact_hours(first, last)
        if not hours.any():
            return np.zeros(self.count, np.int64), False
        if silent:
            notes.append(Text(f"時間のない接点{silent}件は含まない", f"{silent} contacts without hours are left out"))
        return np.rint(hours * rate * 10**self.tables.digits).astype(np.int64), True

    def _weigh_common_costs(self, sales: pd.Series, first: int, last: int) -> NDArray[np.float64]:
        if self.basis == "hours":
            return self._sum_contact_hours(first, last)[0].clip(0)
        if self.basis == "sales":
            return sales.to_numpy(np.float64, na_value=0.0).clip(0)
        weights = np.zeros(self.count)
        orders = self.tables.orders
        if orders is not None:
            day = days_of(orders["date"])
            weights[orders["customer"].to_numpy(np.int64)[(day >= first) & (day <= last)]] = 1.0
        return weights

    def _note_what_is_left_out(self, common: int, unallocated: int, priced: bool) -> list[Text]:
        found: list[Text] = []
        if common and not unallocated:
            rule = BASES[self.basis]
            found.append(Text(f"顧客のない費用は{rule.ja}で配賦", f"costs without a customer are shared {rule.en}"))
        if unallocated:
            found.append(
                Text(
                    "配賦の基準がないため、顧客のない費用は含まない",
                    "costs without a customer lack a basis and are left out",
                )
            )
        if not priced:
            found.append(Text("接点の時間は費用に含まない", "hours of contact are not priced"))
        if not self.acquires.any():
            found.append(Text("獲得費の行がないため含まない", "there are no acquisition costs to include"))
        elif self.acquired.lost:
            found.append(
                Text(
                    "新規顧客のない年やチャネルの獲得費は含まない",
                    "acquisition costs of years or channels without new customers are left out",
                )
            )
        return found


def _read_common_basis(definition: Definition) -> Basis:
    written = str(definition.value("profit.common_basis"))
    for basis in BASES:
        if basis == written:
            return basis
    raise Refusal(
        "missing_definition",
        f"定義「profit.common_basis」の値「{written}」が使えません(使える値: {'・'.join(BASES)})",
        f'the value "{written}" of "profit.common_basis" is not known (use: {", ".join(BASES)})',
    )


def holds_word(kinds: pd.Series, parts: Sequence[str]) -> NDArray[np.bool_]:
    """Return which kinds of cost hold one of the words, without regard to width and case."""
    codes, different = pd.factorize(kinds, use_na_sentinel=True)
    keys = [normalise(str(part)) for part in parts if str(part).strip()]
    found = [any(key in normalise(str(kind)) for key in keys) for kind in different]
    return np.array([*found, False], dtype=np.bool_)[codes]


def _word_uncovered_period(period: tuple[date, date]) -> Text:
    first, last = period
    return Text(
        f"費用表に{first:%Y/%m/%d}〜{last:%Y/%m/%d}の対応費がそろっていない",
        f"the cost table does not cover the costs to serve from {first:%Y-%m-%d} to {last:%Y-%m-%d}",
    )
