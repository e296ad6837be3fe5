"""The order lines of the fictional company, made from each customer's habits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from workbooks.sample.accounts import MONTHS, setting
from workbooks.sample.seeded_random import Dice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbooks.sample.accounts import Account

RETURN_PERMILLE: Final = 22
PLAIN: Final = 1000  # ‰
ONE_TIME: Final = frozenset({"once", "sent_back"})


@dataclass(frozen=True, slots=True)
class Line:
    """One order line; amounts in yen before tax, a return has a negative quantity, amount and cost."""

    order_id: str
    day: date
    rank: int
    product: str
    quantity: int
    amount: int
    cost: int
    channel: str


def make_lines(accounts: Sequence[Account], seed: int) -> tuple[Line, ...]:
    """Return every order line of `accounts`, by date, then customer; order numbers run with the dates."""
    drafts = sorted(
        (line for account in accounts for line in _make_order_lines(account, Dice(seed * 1000 + 500 + account.rank))),
        key=lambda line: (line.day, line.rank, line.amount < 0),
    )
    return tuple(_number_order_lines(drafts))


def _number_order_lines(drafts: Sequence[Line]) -> Iterator[Line]:
    """Give the lines of one customer, day and kind one order number: S = sale, R = return."""
    seen: dict[tuple[date, int, bool], str] = {}
    for line in drafts:
        key = (line.day, line.rank, line.amount < 0)
        number = seen.setdefault(key, f"{'R' if line.amount < 0 else 'S'}{line.day:%y%m}-{len(seen) + 1:05d}")
        yield Line(number, line.day, line.rank, line.product, line.quantity, line.amount, line.cost, line.channel)


def _make_order_lines(account: Account, dice: Dice) -> Iterator[Line]:
    for day in _make_order_days(account, dice):
        target = _size_order(account, day, dice)
        if target <= 0:
            continue
        count = min(len(account.products), 1 + dice.below(2 if account.rank > 60 else 3))
        for product in dice.shuffled(account.products)[:count]:
            line = _make_order_line(account, day, product, target // count)
            yield line
            if account.pattern == "sent_back":
                yield from _make_return_line(
                    line, PLAIN, day + timedelta(days=9)
                )  # tried us once and sent everything back
            elif dice.chance(RETURN_PERMILLE):
                yield from _make_return_line(
                    line, PLAIN // dice.between(2, 8), day + timedelta(days=dice.between(4, 21))
                )


def _make_order_days(account: Account, dice: Dice) -> Iterator[date]:
    """Yield the order days: the account's own rhythm, off weekends and the turn of the year."""
    first, last = setting("company", "first_day"), setting("company", "as_of")
    if account.pattern in ONE_TIME:
        yield working_day(first + timedelta(days=dice.between(60, 1000)))
        return
    day = first + timedelta(days=dice.between(0, account.interval))
    spread = account.interval // 6 if account.pattern != "returned" else account.interval // 3
    while day <= last:
        working = working_day(day)
        if working <= last and account.active[_count_months_since_start(working)]:
            yield working
        day += timedelta(days=max(account.interval + dice.between(-spread, spread), 2))


def working_day(day: date) -> date:
    """Return `day`, or the next day on which the office is open."""
    while day.weekday() >= 5 or (day.month, day.day) in {(12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}:
        day += timedelta(days=1)
    return day


def _count_months_since_start(day: date) -> int:
    """Return the number of months since the first one."""
    first: date = setting("company", "first_day")
    return min((day.year - first.year) * 12 + day.month - first.month, MONTHS - 1)


def _size_order(account: Account, day: date, dice: Dice) -> int:
    """Return the order's size in yen at the prices of the first day."""
    season: int = setting("seasons", account.season)[day.month - 1]
    level = _compound_account_level(account, _count_months_since_start(day))
    noise = dice.between(75, 125)
    days = 365 // 4 if account.pattern in ONE_TIME else account.interval
    return account.yearly * 1000 * days * level * season * noise // (365 * PLAIN * 100 * 100)


def _compound_account_level(account: Account, month: int) -> int:
    """Return the account's size in `month` in ‰ of its last one: the drift, compounded backwards in whole numbers."""
    last = max((index for index, active in enumerate(account.active) if active), default=0)
    level = 100 * PLAIN
    for _ in range(last - month):
        level = level * PLAIN // (PLAIN + account.drift)
    return level // 100


def _make_order_line(account: Account, day: date, product: str, target: int) -> Line:
    goods = setting("products", product)
    step = max(entry["from"] for entry in setting("prices") if entry["from"] <= day)
    index = next(entry for entry in setting("prices") if entry["from"] == step)
    quantity = max(target // goods["price"], 1)
    quantity -= quantity % 10 if quantity > 50 else 0  # sold in lots of ten
    price = goods["price"] * index["price"] * account.price_level
    cost = goods["price"] * (PLAIN - goods["margin"]) * index["cost"]
    return Line("", day, account.rank, product, quantity, quantity * price // PLAIN**2, quantity * cost // PLAIN**2,
                account.channel)  # fmt: skip


def _make_return_line(line: Line, permille: int, day: date) -> Iterator[Line]:
    """Yield the return of `permille` of `line`, if it still falls before the last day."""
    back = working_day(day)
    share = max(line.quantity * permille // PLAIN, 1)
    if back <= setting("company", "as_of"):
        yield Line("", back, line.rank, line.product, -share, -(line.amount * share // line.quantity),
                   -(line.cost * share // line.quantity), line.channel)  # fmt: skip
