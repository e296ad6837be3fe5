"""What else the fictional company writes down: contacts, surveys, costs to serve, leads, plans, actions, benchmarks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from workbooks.sample.accounts import setting
from workbooks.sample.purchases import working_day
from workbooks.sample.seeded_random import Dice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workbooks.sample.accounts import Account
    from workbooks.sample.purchases import Line

Contact = tuple[date, int, str, str, str, str | None, float]  # day, rank, channel, kind, topic, mark if open, hours
Survey = tuple[date, int, str, int]  # day, rank, item, score
Cost = tuple[date, int | None, str, int, str | None]  # day, rank (None: common), kind, yen, channel of acquisition
Lead = tuple[date, str, date | None]  # day, channel, day of conversion
Plan = tuple[int, str, int, str, str, str, str, str, date, str]  # rank, goal, yen, needs … risk, review, owner
Action = tuple[date, int | None, str, str, str, str, date, str, str | None, date | None, str | None]
Benchmark = tuple[str, str, str | None, str | None, float, str, date]  # who, measure, by, item, value, source, day

CONTACT_DAYS: Final = 540
WAVES: Final = (date(2025, 10, 20), date(2026, 4, 20))
LEADS: Final = 84
UNHAPPY: Final = frozenset({"slipping", "shrinking", "lapsed"})


def make_contacts(accounts: Sequence[Account], seed: int) -> tuple[Contact, ...]:
    """Return a year and a half of contacts, oldest first; complaints come mostly from those who buy less."""
    found: list[Contact] = []
    for account in accounts:
        dice = Dice(seed * 1000 + 200_000 + account.rank)
        count = max(26 - account.rank, 2 if account.rank > 60 else 6) if any(account.active[18:]) else 1
        found.extend(_make_contact(account, dice) for _ in range(count))
        if account.pattern == "slipping":
            found.extend(_make_complaint(account, dice, dice.below(170)) for _ in range(3))  # why they buy no more
    return tuple(sorted(found, key=lambda contact: (contact[0], contact[1])))


def _make_contact(account: Account, dice: Dice) -> Contact:
    last: date = setting("company", "as_of")
    day = min(working_day(last - timedelta(days=dice.below(CONTACT_DAYS))), last)
    if dice.chance(170 if account.pattern in UNHAPPY else 35):
        return _make_complaint(account, dice, (last - day).days)
    channel = dice.pick(setting("talk", "channels"))
    kind, topic = dice.pick(("問合せ", "商談")), dice.pick(setting("talk", "enquiries"))
    return day, account.rank, channel, kind, topic, None, dice.between(1, 10) / 4


def _make_complaint(account: Account, dice: Dice, days: int) -> Contact:
    """Return a complaint of about `days` days ago; recent ones are still open."""
    last: date = setting("company", "as_of")
    day = min(working_day(last - timedelta(days=days)), last)
    channel, topic = dice.pick(setting("talk", "channels")), dice.pick(setting("talk", "complaints"))
    return day, account.rank, channel, "苦情", topic, "○" if days < 45 else None, dice.between(4, 16) / 4


def make_surveys(accounts: Sequence[Account], seed: int) -> tuple[Survey, ...]:
    """Return two waves of answers: five items from 1 to 5, and the recommendation from 0 to 10."""
    found: list[Survey] = []
    for account in accounts:
        dice = Dice(seed * 1000 + 300_000 + account.rank)
        for wave in WAVES:
            if not any(account.active[24:]) or not dice.chance(420):
                continue
            found.extend(_make_survey_answers(account, wave + timedelta(days=dice.below(21)), dice))
    return tuple(sorted(found, key=lambda answer: (answer[0], answer[1])))


def _make_survey_answers(account: Account, day: date, dice: Dice) -> Iterator[Survey]:
    mood = 3 if account.pattern in UNHAPPY else 4
    for item in setting("talk", "survey_items"):
        yield day, account.rank, item, min(max(mood + dice.between(-1, 1), 1), 5)
    yield day, account.rank, setting("talk", "recommendation"), min(2 * mood + dice.between(-3, 2), 10)


def make_costs(lines: Sequence[Line], seed: int) -> tuple[Cost, ...]:
    """Return what the year that ends at the as-of date cost, by quarter.

    Costs to serve name their customer (freight always); what was spent to win new ones names the channel instead.
    """
    last: date = setting("company", "as_of")
    sales: dict[tuple[date, int], int] = {}
    for line in lines:
        if (last - line.day).days < 365:
            key = (_find_quarter_end(line.day), line.rank)
            sales[key] = sales.get(key, 0) + max(line.amount, 0)
    dice = Dice(seed * 1000 + 400_000)
    serving = [cost for key, amount in sorted(sales.items()) for cost in _make_service_costs(*key, amount, dice)]
    winning = [cost for day in sorted({day for day, _ in sales}) for cost in _make_acquisition_spend(day, dice)]
    return tuple(sorted([*serving, *winning], key=lambda cost: (cost[0], cost[1] is None)))


def _make_acquisition_spend(day: date, dice: Dice) -> list[Cost]:
    """Return a quarter's spend on new customers, by the channel that they come through; trade fairs are twice a year."""
    fair, campaign, partners = setting("talk", "acquisition_kinds")
    found: list[Cost] = [
        (day, None, campaign, dice.between(18, 30) * 10_000, "EC"),
        (day, None, partners, dice.between(8, 16) * 10_000, "代理店"),
    ]
    if day.month in {6, 12}:
        found.append((day, None, fair, dice.between(55, 80) * 10_000, "直販"))
    return found


def _find_quarter_end(day: date) -> date:
    month = (day.month - 1) // 3 * 3 + 3
    return date(day.year, month, 31 if month in {3, 12} else 30)


def _make_service_costs(day: date, rank: int, amount: int, dice: Dice) -> list[Cost]:
    freight, visits, rebate, samples = setting("talk", "cost_kinds")
    found: list[Cost] = [(day, rank, freight, amount * dice.between(28, 62) // 1000, None)]
    if rank < 60:
        found.append((day, rank, visits, dice.between(1, 9) * 6000, None))
    if rank < 15:
        found.append((day, rank, rebate, amount * dice.between(5, 18) // 1000, None))
    if dice.chance(120):
        found.append((day, rank, samples, dice.between(2, 20) * 1500, None))
    return [cost for cost in found if cost[3] > 0]


def make_leads(seed: int) -> tuple[Lead, ...]:
    """Return the enquiries of a year and a half and the day on which they became customers, if they did."""
    last: date = setting("company", "as_of")
    dice = Dice(seed * 1000 + 600_000)
    channels: Mapping[int, str] = dict(enumerate(setting("talk", "lead_channels")))
    days = sorted(last - timedelta(days=dice.below(CONTACT_DAYS)) for _ in range(LEADS))
    found: list[Lead] = []
    for day in days:
        channel = dice.weighted((30, 28, 16, 14, 12))
        won = day + timedelta(days=dice.between(14, 150))
        converted = won if dice.chance((120, 180, 460, 260, 90)[channel]) and won <= last else None
        found.append((day, channels[channel], converted))
    return tuple(found)


def make_plans(accounts: Sequence[Account]) -> tuple[Plan, ...]:
    """Return the plans of the key accounts; each is its account owner's."""
    return tuple(
        (each["rank"], each["goal"], each["target"] * 1000, each["needs"], each["solution"], each["value"],
         each["people"], each["risk"], each["review"], accounts[each["rank"]].owner)
        for each in setting("plans")
    )  # fmt: skip


def make_actions(accounts: Sequence[Account]) -> tuple[Action, ...]:
    """Return the actions and decisions since the spring: day, rank (None: the whole portfolio), ID, what … run."""
    return tuple(
        (each["raised"], each.get("rank"), each["id"], each["what"], each["kind"],
         each.get("owner") or accounts[each["rank"]].owner, each["due"], each["status"], each.get("result"),
         each.get("closed"), each.get("run"))
        for each in setting("actions")
    )  # fmt: skip


def make_benchmarks() -> tuple[Benchmark, ...]:
    """Return the figures of a competitor and of the industry, both invented."""
    return tuple(
        (who, measure, by or None, item or None, value, entry["source"], entry["date"])
        for who, entry in setting("benchmarks").items()
        for measure, by, item, value in entry["rows"]
    )
