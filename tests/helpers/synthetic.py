"""Companies whose truth is known: every customer's P(no purchase in the horizon) follows from how its orders were drawn.

Days go by one after another. A customer that is still there buys with a chance that depends on the days since its last
purchase and on the season, and may leave for good at each purchase. The truth is therefore exact: it is the chance of
no purchase in the horizon, given the customer's own (hidden) rhythm and what has been seen of it, but not whether it
has left already. The mean truth of any group chosen by what could be seen on the as-of date is what a calibrated
forecast says of that group, and what the group's losses scatter around binomially.

    company = synthetic.company("regular", 400, seed=1)
    company.tables          # clean, nothing later than company.as_of
    company.p_lost          # the truth, one per customer, in the order of company.tables.customers
    company.lost            # what then happened
    company.whole           # clean, the horizon included: as of company.until, for tests that cut it back themselves
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.cleaning.tables import Tables, clean
from engine.reading.raw import RawTables, raw_from_frame

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

KINDS: Final = ("regular", "seasonal", "shrinking", "contract", "projects", "one_time")
"""Each as `company` describes it."""

AS_OF: Final = date(2025, 6, 30)
_YEAR: Final = 365.25
_SHAPE: Final = 6
"""Erlang shape of the gaps of regular customers: their coefficient of variation is 1/√6 = 0.41."""


@dataclass(frozen=True, eq=False)
class Company:
    """A company with its truth; every array has one entry per customer, in the order of `tables.customers`.

    Parameters
    ----------
    kind, as_of, horizon
        One of `KINDS` or `accounts`; the day of judgement; the days that follow it.
    customers
        The customer table as a user would type it.
    orders
        All orders, those of the horizon included: 顧客ID, 取引日, 金額, 原価.
    p_lost
        The chance of no purchase in (as_of, as_of + horizon].
    lost
        Whether there was none.
    sales_after
        Sales in the horizon, yen.
    shrinks
        Whether the customer's amounts fall by a third from `changed` on.
    changed
        The day from which they fall, or from which customers stop; None in a company without such a day.
    """

    kind: str
    as_of: date
    horizon: int
    customers: pd.DataFrame
    orders: pd.DataFrame
    p_lost: Floats
    lost: Flags
    sales_after: NDArray[np.int64]
    shrinks: Flags
    changed: date | None = None

    @property
    def until(self) -> date:
        """The last day of the horizon."""
        return self.as_of + timedelta(days=self.horizon)

    @cached_property
    def tables(self) -> Tables:
        """The clean tables as they were on the as-of date."""
        return self.tables_at(self.as_of)

    @cached_property
    def whole(self) -> Tables:
        """The clean tables on the last day of the horizon."""
        return self.tables_at(self.until)

    def tables_at(self, day: date) -> Tables:
        """Return the clean tables of any day: orders up to it, end inclusive."""
        return clean(self.raw_at(day), as_of=day, currency="JPY")

    def raw_at(self, day: date) -> RawTables:
        """Return the tables of any day as a user would hand them over."""
        seen = self.orders[self.orders["取引日"] <= np.datetime64(day)]
        raw = {"customers": raw_from_frame("customers", self.customers, "顧客")}
        return RawTables(raw | {"orders": raw_from_frame("orders", seen, "取引")}, ())


def tolerance(truth: Floats, sigmas: float = 4.0) -> float:
    """Return how far the share of losses in a group may lie from its mean truth: `sigmas` binomial standard errors.

    √(Σ p(1 − p)) ÷ n, and at least half a customer, so that a group whose truth is all but certain is not held to zero.
    """
    return max(sigmas * float(np.sqrt((truth * (1 - truth)).sum())), 0.5) / max(len(truth), 1)


def company(
    kind: str, count: int, *, seed: int, horizon: int = 365, years: float = 3.0, drift: float = 0.0, as_of: date = AS_OF
) -> Company:
    """Return a company of one kind.

    Parameters
    ----------
    kind
        `regular`: B2B, about one order a month (Erlang gaps). `seasonal`: orders rise and fall by 80 % with the year.
        `shrinking`: as regular, and the amounts of a third of the customers fall by a third half a year before the as-of date.
        `contract`: one invoice a year at each renewal, with contract start and end. `projects`: bursts of orders, then long
        silence, amounts with a heavy tail. `one_time`: B2C as in the BG/NBD model, most buy once.
    count
        Number of customers, 20 to 20,000.
    horizon
        Days after the as-of date; of contracts 366 or more hold every renewal.
    years
        How long before the as-of date the first customers came.
    drift
        Change of the chance of leaving per year: 0.5 lets it grow by half from one year to the next.

    Raises
    ------
    ValueError
        For an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r}: choose from {KINDS}")
    draws = np.random.default_rng([seed, KINDS.index(kind), count])
    past = round(years * _YEAR)
    return _run(kind, _BUILT[kind](draws, count, past, drift), horizon, as_of)


def accounts(
    count: int = 60, stop: int = 6, shrink: int = 8, *, seed: int, after_change: int = 90, horizon: int = 365
) -> Company:
    """Return monthly regular buyers of which some stop and some shrink by a third from one day on, nobody else leaving.

    Parameters
    ----------
    stop, shrink
        The first `stop` customers buy nothing from the day `changed` on; the next `shrink` order a third less.
    after_change
        Days from `changed` to the as-of date: 90 is the end of the first quarter.
    """
    draws = np.random.default_rng([seed, 99, count])
    past = round(3 * _YEAR)
    world = _regular(draws, count, past, 0.0)
    world.leave[:] = 0.0
    world.enter[:] = draws.integers(0, 30, count)
    world.stop_day[:stop] = past - after_change
    world.shrink_day[stop : stop + shrink] = past - after_change
    made = _run("accounts", world, horizon, AS_OF)
    truth = np.where(np.arange(count) < stop, 1.0, made.p_lost)
    return replace(made, p_lost=truth, changed=AS_OF - timedelta(days=after_change))


class _World:
    """The hidden parameters of customers; days are counted from the first one.

    `hazard(day, age)` is the chance to buy on a day, `age` days (≥ 1) after the last purchase, being still there.
    """

    hazard: Callable[[int, Floats], Floats]

    def __init__(self, draws: np.random.Generator, count: int, past: int, drift: float) -> None:
        self.draws, self.count, self.past, self.drift = draws, count, past, drift
        self.enter = draws.integers(0, max(past - 200, 1), count)
        self.leave = draws.beta(1.0, 50.0, count)  # at each purchase
        self.first_leave = 1.0  # 0: nobody leaves right after the first purchase
        self.stop_day = np.full(count, np.iinfo(np.int64).max)
        self.shrink_day = np.full(count, np.iinfo(np.int64).max)
        self.level = np.exp(draws.normal(11.5, 0.8, count))
        self.spread = 0.15

    def leaving(self, day: int) -> Floats:
        """Return the chance of leaving at a purchase on a day."""
        chance = self.leave * (1 + self.drift) ** ((day - self.past) / _YEAR)
        return np.asarray(np.clip(chance, 0.0, 1.0))


def _regular(draws: np.random.Generator, count: int, past: int, drift: float) -> _World:
    world = _World(draws, count, past, drift)
    gap = 30.0 * draws.gamma(20.0, 1 / 20.0, count)
    world.hazard = lambda _, age: _erlang_hazard(age, gap)
    return world


def _erlang_hazard(age: Floats, gap: Floats) -> Floats:
    """Return the chance that a gap of Erlang shape ends on day `age`, not having ended before."""

    def log_survival(days: Floats) -> Floats:
        x = _SHAPE * days / gap
        term, total = np.ones_like(x), np.ones_like(x)
        for power in range(1, _SHAPE):
            term = term * x / power
            total = total + term
        return np.log(total) - x

    return np.asarray(-np.expm1(log_survival(age) - log_survival(age - 1.0)))


def _seasonal(draws: np.random.Generator, count: int, past: int, drift: float) -> _World:
    world = _World(draws, count, past, drift)
    rate = 8.0 / _YEAR * draws.gamma(4.0, 1 / 4.0, count)
    peak = draws.choice([60.0, 240.0], count) + draws.normal(0.0, 15.0, count)
    world.hazard = lambda day, _: -np.expm1(-rate * (1 + 0.8 * np.cos(2 * np.pi * (day - peak) / _YEAR)))
    world.leave = draws.beta(1.0, 25.0, count)
    return world


def _shrinking(draws: np.random.Generator, count: int, past: int, drift: float) -> _World:
    world = _regular(draws, count, past, drift)
    world.shrink_day[draws.random(count) < 1 / 3] = past - 182
    return world


def _projects(draws: np.random.Generator, count: int, past: int, drift: float) -> _World:
    """Gaps of two kinds, within a project about ten days and between projects most of a year."""
    world = _World(draws, count, past, drift)
    inside, between, within = 10.0, 250.0 * draws.gamma(8.0, 1 / 8.0, count), draws.beta(16.0, 4.0, count)

    def hazard(_: int, age: Floats) -> Floats:
        def survival(days: Floats) -> Floats:
            return within * np.exp(-days / inside) + (1 - within) * np.exp(-days / between)

        return 1 - survival(age) / survival(age - 1.0)

    world.hazard, world.spread = hazard, 1.2
    world.leave = draws.beta(1.0, 30.0, count)
    return world


def _one_time(draws: np.random.Generator, count: int, past: int, drift: float) -> _World:
    """BG/NBD with parameters near those of CDNOW (r .243, α 4.414 weeks, a .793, b 2.426)."""
    world = _World(draws, count, past, drift)
    rate = draws.gamma(0.243, 1 / (4.414 * 7), count)
    world.hazard = lambda _, __: -np.expm1(-rate)
    world.leave, world.first_leave, world.spread = draws.beta(0.793, 2.426, count), 0.0, 0.5
    world.level = np.exp(draws.normal(8.2, 0.5, count))
    return world


def _contract(draws: np.random.Generator, count: int, past: int, drift: float) -> _World:
    """An invoice every 365 days; at each renewal a customer leaves with its own chance, as in the sBG model."""
    world = _World(draws, count, past, drift)
    world.leave, world.spread = draws.beta(0.7, 3.0, count), 0.05
    world.hazard = lambda _, age: np.where(age == 365.0, 1.0, 0.0)
    return world


_BUILT: Final[dict[str, Callable[[np.random.Generator, int, int, float], _World]]] = {
    "regular": _regular,
    "seasonal": _seasonal,
    "shrinking": _shrinking,
    "contract": _contract,
    "projects": _projects,
    "one_time": _one_time,
}


class _Days:
    """The days as they go by, and what an onlooker who knows the parameters may think of each customer meanwhile."""

    def __init__(self, world: _World) -> None:
        self.world = world
        self.here = np.zeros(world.count, np.bool_)
        self.known = np.zeros(world.count, np.bool_)  # has bought before
        self.age = np.zeros(world.count)  # days since the last purchase
        self.silence = np.zeros(world.count)  # the same, but in the horizon on the path on which nobody buys
        self.odds = np.zeros((2, world.count))  # since the last purchase seen: quiet and still there, quiet and gone
        self.seen = np.zeros(world.count)  # both together on the as-of date

    def pass_by(self, day: int) -> NDArray[np.intp]:
        """Let one day go by; return who bought."""
        world, draws = self.world, self.world.draws
        past = day <= world.past
        self.age, self.silence = self.age + 1, self.silence + 1
        enters = (world.enter == day) & past
        chance = np.where(self.known, world.hazard(day, self.age), 0.0)
        buys = (self.here & (draws.random(world.count) < chance) & (day < world.stop_day)) | enters
        leaving = world.leaving(day) * np.where(enters, world.first_leave, 1.0)
        self.here = np.where(buys, draws.random(world.count) >= leaving, self.here)
        self.age = np.where(buys, 0.0, self.age)
        self.known |= buys
        self.odds[0] *= 1 - np.where(self.known & ~enters, world.hazard(day, self.silence), 0.0)
        if past:
            self.odds = np.where(buys, [1 - leaving, leaving], self.odds)
            self.silence = np.where(buys, 0.0, self.silence)
            self.seen = self.odds.sum(axis=0)
        return np.flatnonzero(buys)


def _run(kind: str, world: _World, horizon: int, as_of: date) -> Company:
    """Let past and horizon go by; the onlooker's odds at the end, against those on the as-of date, are the truth."""
    days, count, past = _Days(world), world.count, world.past
    bought = [days.pass_by(day) for day in range(past + horizon + 1)]
    who, when = np.concatenate(bought), np.repeat(np.arange(len(bought)), [len(each) for each in bought])
    first = np.datetime64(as_of, "D") - past
    orders = _orders(world, who, when, first)
    after = when > past
    shrinks = world.shrink_day <= past
    return Company(
        kind,
        as_of,
        horizon,
        _customers(kind, world, who, when, first),
        orders,
        p_lost=days.odds.sum(axis=0) / days.seen,
        lost=np.bincount(who[after], minlength=count) == 0,
        sales_after=np.bincount(who[after], orders["金額"].to_numpy(np.float64)[after], minlength=count).astype(
            np.int64
        ),
        shrinks=shrinks,
        changed=as_of - timedelta(days=past - int(world.shrink_day.min())) if shrinks.any() else None,
    )


def _orders(world: _World, who: NDArray[np.intp], when: NDArray[np.intp], first: np.datetime64) -> pd.DataFrame:
    amount = world.level[who] * np.exp(world.draws.normal(0.0, world.spread, len(who)))
    amount = np.maximum(np.rint(np.where(when >= world.shrink_day[who], amount * 2 / 3, amount)), 1.0)
    return pd.DataFrame(
        {
            "顧客ID": _ids(world.count)[who],
            "取引日": (first + when).astype("datetime64[s]"),
            "金額": amount.astype(np.int64),
            "原価": np.rint(amount * 0.7).astype(np.int64),
        }
    )


def _ids(count: int) -> NDArray[np.object_]:
    return np.array([f"K{number:05d}" for number in range(count)], dtype=object)


def _customers(
    kind: str, world: _World, who: NDArray[np.intp], when: NDArray[np.intp], first: np.datetime64
) -> pd.DataFrame:
    """Return the customer table; of contracts with start and end as they were known on the as-of date."""
    ids = _ids(world.count)
    columns: dict[str, object] = {"顧客ID": ids, "顧客名": [f"顧客{each[1:]}" for each in ids]}
    columns["業界"] = np.array(["製造", "IT", "飲食", "物流"], dtype=object)[np.arange(world.count) % 4]
    if kind == "contract":
        known = when <= world.past
        last = np.zeros(world.count, np.int64)
        np.maximum.at(last, who[known], when[known])
        columns["契約開始日"] = (first + world.enter).astype("datetime64[s]")
        columns["契約終了日"] = (first + last + 364).astype("datetime64[s]")
    return pd.DataFrame(columns)
