"""Purchase histories as the models read them: repeat purchases, time of the last one, time observed; equal ones counted once."""
# ruff: noqa: N803 - T is the name of the time observed in every paper on these models

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.definition.definition import load_definition
from engine.language.distinct_cells import flag_run_starts
from engine.language.errors import Refusal, Text
from engine.models.purchases.distinct import coded, numbered

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition

    Vector = NDArray[np.float64]
    Positions = NDArray[np.int64]

DAYS: Final = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
"""Days per unit of time; a month is the twelfth part of a Julian year, so that all months are equally long."""


@dataclass(frozen=True, eq=False)
class Histories:
    """Who bought how often and until when, as distinct rows with counts.

    Parameters
    ----------
    x
        Repeat purchases per distinct row, ≥ 0: the first purchase does not count.
    t_x
        Time from the first to the last purchase, in `unit`; 0 where x is 0.
    T
        Time from the first purchase to the end of the observation, in `unit`.
    counts
        Customers per distinct row.
    inverse
        For each customer its distinct row; customers stand in the order of `customer`.
    customer
        For each customer its position in the customer table (or in the arrays given).
    value
        For each customer the mean value of its repeat purchases in whole currency units, NaN where it has none or it is unknown.
    log_gaps
        The sum over all customers of the logarithms of the gaps between their purchases, in `unit`: how regular they are; NaN
        where only x, t_x and T are known.
    unused
        Positions of customers of the table without any purchase up to `until`.
    unit
        `day`, `week` or `month`.
    until
        The last day observed, end inclusive; None where the times were given as numbers.
    """

    x: Vector
    t_x: Vector
    T: Vector
    counts: Positions
    inverse: Positions = field(repr=False)
    customer: Positions = field(repr=False)
    value: Vector = field(repr=False)
    unused: Positions = field(repr=False)
    unit: str
    until: date | None
    log_gaps: float = float("nan")

    @property
    def customers(self) -> int:
        """The number of customers."""
        return len(self.inverse)

    @property
    def rate(self) -> float:
        """The repeat purchases of all customers per unit of time; at least one, so that it is never 0."""
        bought, watched = float((self.counts * self.x).sum()), float((self.counts * self.T).sum())
        return max(bought, 1.0) / max(watched, 1.0)

    @property
    def repeaters(self) -> int:
        """The number of customers that bought at least twice."""
        return int(self.counts[self.x > 0].sum())

    def part(self, rows: int) -> Histories | None:
        """Return every k-th distinct row, at least `rows` of them, as a small likeness; None where there are not twice as many."""
        every = len(self.x) // rows
        if every < 2:
            return None
        counts = self.counts[::every]
        inverse = np.repeat(np.arange(len(counts)), counts)
        nobody = np.empty(0, np.int64)
        value = np.full(len(inverse), np.nan)
        return replace(
            self, x=self.x[::every], t_x=self.t_x[::every], T=self.T[::every], counts=counts, inverse=inverse,
            customer=nobody, value=value, unused=nobody,
            log_gaps=float("nan"),
        )  # fmt: skip

    def each(self, rows: Vector) -> Vector:
        """Return the answer for every customer, given one per distinct row."""
        return np.asarray(rows[self.inverse])


def from_arrays(
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    unit: str = "week",
    value: ArrayLike | None = None,
    log_gaps: float = float("nan"),
) -> Histories:
    """Return the histories of customers given as three arrays of equal length, one place per customer.

    `log_gaps` is the sum of the logarithms of all gaps between purchases, in `unit`, where it is known.

    Raises
    ------
    Refusal
        `argument` when a history cannot be: not a number, negative, x not whole, last purchase after the end of the
        observation (t_x > T), a last repeat purchase without any (x = 0, t_x > 0), lengths that differ, an unknown unit;
        `too_little_data` when there is nobody.
    """
    _need_unit(unit)
    columns = [np.asarray(each, dtype=np.float64).ravel() for each in (x, t_x, T)]
    money = np.full(len(columns[0]), np.nan) if value is None else np.asarray(value, dtype=np.float64).ravel()
    if len({len(each) for each in (*columns, money)}) > 1:
        raise Refusal("argument", "x・t_x・Tの長さが違います", "x, t_x and T differ in length")
    if not len(columns[0]):
        raise Refusal("too_little_data", "購入した顧客がいません", "There is no customer with a purchase")
    if not np.isfinite(sum(float(each.sum()) for each in columns)):
        _check_histories(*columns)
    place = np.arange(len(columns[0]), dtype=np.int64)
    histories = replace(_group_equal(columns, money, place, np.empty(0, np.int64), unit, None), log_gaps=log_gaps)
    if not _find_possible(
        histories.x, histories.t_x, histories.T
    ).all():  # looked for in the distinct rows, which are few
        _check_histories(*columns)
    return histories


def from_tables(
    tables: Tables, *, unit: str | None = None, until: date | None = None, definition: Definition | None = None
) -> Histories:
    """Return the histories of all customers of the clean tables that have bought.

    A purchase is a day with at least one line that is not a return (decision 0002). A return lowers the value of the
    purchase before it.

    Parameters
    ----------
    unit
        Unit of time; `value.unit` of the definition when None.
    until
        Last day of the observation, end inclusive; later orders are left alone. The day of the newest order when None.

    Raises
    ------
    Refusal
        `too_little_data` without orders, or when nobody bought up to `until`; `argument` for an unknown unit.
    """
    unit = unit or str((definition or load_definition()).value("value.unit"))
    _need_unit(unit)
    if tables.orders is None or not len(tables.orders):
        raise Refusal(
            "too_little_data",
            "購買モデルには取引の表が必要です。取引(顧客・日付・金額)を渡してください",
            "The purchase models need the order table; give the orders (customer, date, amount)",
        )
    lines = _LinesUntilDay(tables.orders, len(tables.customers), until)
    has = lines.purchases > 0
    if not has.any():
        raise Refusal(
            "too_little_data",
            f"{lines.until:%Y/%m/%d}までに購入した顧客がいません。期間の終わりを確かめてください",
            f"Nobody bought up to {lines.until:%Y-%m-%d}; check the end of the period",
        )
    columns = [each[has] / length for each, length in zip(lines.days(), (1.0, DAYS[unit], DAYS[unit]), strict=True)]
    money = lines.repeat_value()[has] / 10**tables.digits
    used = np.flatnonzero(has).astype(np.int64)
    found = _group_equal(columns, money, used, np.flatnonzero(~has).astype(np.int64), unit, lines.until)
    return replace(found, log_gaps=lines.log_gaps(DAYS[unit]))


def continuous_rate(yearly: float, unit: str) -> float:
    """Return the continuous discount rate per unit of time that equals a yearly rate: ln(1 + d) ÷ units per year."""
    _need_unit(unit)
    return float(np.log1p(yearly) * DAYS[unit] / DAYS["year"])


def check_enough(histories: Histories, label: Text, definition: Definition | None = None) -> None:
    """Refuse what no purchase model can be fitted to.

    Raises
    ------
    Refusal
        `too_little_data`: fewer customers than `value.min_customers`, nobody that bought twice, fewer repeat buyers than
        `value.min_repeaters`.
    """
    used = definition or load_definition()
    needed, wanted = int(used.number("value.min_customers")), int(used.number("value.min_repeaters"))
    if histories.customers < needed:
        raise Refusal(
            "too_little_data",
            f"{label.ja}には顧客が{needed}社以上必要です(実際は{histories.customers}社)。対象を広げるか、簡易な方法を選んでください",
            f"{label.en} needs at least {needed} customers (there are {histories.customers}); include more, or use a simple method",
        )
    if not histories.repeaters:
        raise Refusal(
            "too_little_data",
            f"{label.ja}を当てはめられません。全員が1回しか購入していないため、購入の間隔も離反も分かりません。期間を長くしてください",
            f"{label.en} cannot be fitted: everybody bought exactly once, which tells neither the rhythm of buying nor of leaving. "
            "Use a longer period",
        )
    if histories.repeaters < wanted:
        raise Refusal(
            "too_little_data",
            f"{label.ja}には2回以上購入した顧客が{wanted}社以上必要です(実際は{histories.repeaters}社)。期間を長くしてください",
            f"{label.en} needs at least {wanted} customers that bought twice or more (there are {histories.repeaters}); "
            "use a longer period",
        )


class _LinesUntilDay:
    """The order lines up to `until` as arrays, and each customer's purchase days."""

    def __init__(self, orders: pd.DataFrame, count: int, until: date | None) -> None:
        days = orders["date"].to_numpy().astype("datetime64[D]")
        end = days.max() if until is None else np.datetime64(until, "D")
        kept = days <= end
        self.until: date = end.astype("datetime64[D]").item()
        self.count, self.end = count, int(end.astype(np.int64))
        self.who = orders["customer"].to_numpy(np.int64)[kept]
        self.day = days[kept].astype(np.int64)
        self.amount = orders["amount"].to_numpy(np.int64)[kept]
        bought = self.amount >= 0
        who, when = self.who[bought], self.day[bought]
        fresh = flag_run_starts(who, when)
        self.when = when[fresh]
        self.purchases = np.bincount(who[fresh], minlength=count)
        self.start = np.cumsum(self.purchases) - self.purchases

    def _find_nth(self, number: Positions) -> Positions:
        """Return the day of each customer's purchase `number` (from 0), 0 where there is none."""
        if not len(self.when):
            return np.zeros(self.count, np.int64)
        at = np.clip(self.start + number, 0, len(self.when) - 1)
        return np.where((number >= 0) & (number < self.purchases), self.when[at], 0)

    def days(self) -> tuple[Positions, Positions, Positions]:
        """Return x, t_x and T in days."""
        last = self.purchases - 1
        first = self._find_nth(np.zeros(self.count, np.int64))
        return last, self._find_nth(last) - first, self.end - first

    def log_gaps(self, length: float) -> float:
        """Return the sum over all customers of ln(gap ÷ `length` days) between one purchase day and the next."""
        same = np.ones(max(len(self.when) - 1, 0), dtype=np.bool_)
        starts = self.start[(self.start > 0) & (self.start < len(self.when))]
        same[starts - 1] = False
        return float(np.log(np.diff(self.when)[same] / length).sum())

    def repeat_value(self) -> Vector:
        """Return the mean value of the repeat purchases in minor units: all lines from the second purchase day on."""
        second = self._find_nth(np.ones(self.count, np.int64))
        repeated = (self.purchases[self.who] > 1) & (self.day >= second[self.who])
        running = np.concatenate([[0], np.cumsum(np.where(repeated, self.amount, 0), dtype=np.int64)])
        edge = np.searchsorted(self.who, np.arange(self.count + 1))
        total = (running[edge[1:]] - running[edge[:-1]]).astype(np.float64)
        repeats = self.purchases - 1
        return np.asarray(np.where(repeats > 0, total / np.maximum(repeats, 1), np.nan))


def _group_equal(
    columns: list[Any], value: Vector, customer: Positions, unused: Positions, unit: str, until: date | None
) -> Histories:
    """Count equal rows once, in rising order of x, t_x, T, so that the order of the customers does not matter."""
    scales = (1.0, DAYS[unit], DAYS[unit])
    codes, levels = zip(*(coded(each, scale) for each, scale in zip(columns, scales, strict=True)), strict=True)
    inner = len(levels[1]) * len(levels[2])
    key = codes[0]
    for code, level in zip(codes[1:], levels[1:], strict=True):
        key *= len(level)
        key += code
    inverse, distinct = numbered(key, len(levels[0]) * inner)
    first, rest = np.divmod(distinct, inner)
    middle, last = np.divmod(rest, len(levels[2]))
    return Histories(
        x=levels[0][first],
        t_x=levels[1][middle],
        T=levels[2][last],
        counts=np.bincount(inverse, minlength=len(distinct)).astype(np.int64),
        inverse=inverse.astype(np.int64),
        customer=customer,
        value=value,
        unused=unused,
        unit=unit,
        until=until,
    )


def _need_unit(unit: str) -> None:
    if unit not in ("day", "week", "month"):
        raise Refusal(
            "argument",
            f"時間の単位「{unit}」はありません(day・week・monthのどれか)",
            f'there is no unit of time "{unit}" (day, week or month)',
        )


def _find_possible(x: Vector, t_x: Vector, T: Vector) -> NDArray[np.bool_]:
    return np.asarray((x >= 0) & (x == np.floor(x)) & (t_x >= 0) & (t_x <= T) & ((x > 0) | (t_x == 0)), dtype=np.bool_)


def _check_histories(x: Vector, t_x: Vector, T: Vector) -> None:
    """Refuse histories that cannot be, naming the first."""
    faults = (
        (~(np.isfinite(x) & np.isfinite(t_x) & np.isfinite(T)), Text("数値でない値があります", "not a number")),
        ((x < 0) | (t_x < 0) | (T < 0), Text("負の値があります", "a negative value")),
        (x != np.floor(x), Text("購入回数xが整数ではありません", "x is no whole number of purchases")),
        (t_x > T, Text("最終購入t_xが期間の終わりTより後です", "the last purchase t_x lies after the end T")),
        ((x == 0) & (t_x > 0), Text("再購入がない(x=0)のにt_xが0ではありません", "t_x is not 0 without a repeat purchase (x = 0)")),
    )  # fmt: skip
    for wrong, what in faults:
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            where = f"x={x[at]:g}, t_x={t_x[at]:g}, T={T[at]:g}"
            raise Refusal(
                "argument",
                f"購買履歴{int(wrong.sum())}件が正しくありません(最初は{at + 1}件目、{where}): {what.ja}",
                f"{int(wrong.sum())} histories cannot be (the first is number {at + 1}, {where}): {what.en}",
            )
