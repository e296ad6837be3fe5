"""The customers of the fictional company: who they are, how large, and how they behave."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from workbooks.sample.seeded_random import Dice

if TYPE_CHECKING:
    from collections.abc import Sequence

MONTHS: Final = 36  # three years of orders
DOMINANT: Final = 0  # ranks run by size from 0; the largest customer carries more than a fifth of the sales
# Rank of a parent company: ranks of its subsidiaries.
GROUPS: Final = {0: (17, 41), 3: (26, 58, 77), 8: (35,), 15: (62, 90), 22: (70,), 30: (84, 101)}
FORMS: Final = ("株式会社{}", "{}株式会社", "有限会社{}", "合同会社{}")
FORM_WEIGHTS: Final = (50, 35, 10, 5)
SMALL_FROM: Final = 70  # from this rank on, one-time buyers and prospects are found
LARGE: Final = 40  # down to this rank all are 株式会社


@dataclass(frozen=True, slots=True)
class Account:
    """One customer and the habits its orders are made from.

    Parameters
    ----------
    rank
        Place by size, 0 the largest.
    parent
        Rank of the parent company, or None.
    pattern
        A key of `patterns` in sample.toml.
    yearly
        Sales of a year at the habit's last level, in thousand yen.
    interval
        Days between two orders.
    drift
        Change of the level per month, ‰.
    season
        A key of `seasons` in sample.toml.
    active
        For each month since the first day, whether the customer orders at all.
    products
        What it buys, most wanted first.
    price_level
        What it pays, in ‰ of the list price.
    """

    rank: int
    name: str
    kana: str
    parent: int | None
    industry: str
    region: str
    size: str
    owner: str
    channel: str
    pattern: str
    yearly: int
    interval: int
    drift: int
    season: str
    active: tuple[bool, ...]
    products: tuple[str, ...]
    price_level: int


@cache
def _read_sample_settings() -> dict[str, Any]:
    return tomllib.loads(files("workbooks.sample").joinpath("sample.toml").read_text(encoding="utf-8"))


def setting(*path: str) -> Any:
    """Return the entry of sample.toml under `path`, such as `setting("company", "as_of")`."""
    found: Any = _read_sample_settings()
    for key in path:
        found = found[key]
    return found


def make_accounts(seed: int) -> tuple[Account, ...]:
    """Return the 120 customers, largest first, the same for the same `seed`."""
    patterns = _deal_habits_out(Dice(seed))
    names = _CompanyNames(Dice(seed + 1))
    parents = {child: parent for parent, children in GROUPS.items() for child in children}
    made: list[Account] = []
    for rank, pattern in enumerate(patterns):
        parent = parents.get(rank)
        family = made[parent].name if parent is not None else None
        made.append(_make_account(rank, pattern, parent, family, names, Dice(seed * 1000 + rank)))
    return tuple(made)


def _deal_habits_out(dice: Dice) -> list[str]:
    """Deal the habits out: the largest as sample.toml says, one-time buyers and prospects among the small."""
    counts = {name: entry["count"] for name, entry in setting("patterns").items()}
    largest: list[str] = setting("largest", "patterns")
    for name in largest:
        counts[name] -= 1
    small = [name for name in ("once", "sent_back", "prospect") for _ in range(counts.pop(name))]
    others = dice.shuffled([name for name, count in counts.items() for _ in range(count)])
    cut = SMALL_FROM - len(largest)
    return [*largest, *others[:cut], *dice.shuffled(others[cut:] + small)]


class _CompanyNames:
    """Hands out invented company names, no two of which read alike."""

    def __init__(self, dice: Dice) -> None:
        stems: dict[str, str] = setting("stems")
        first, *rest = stems.items()
        self._kana = stems
        self._deck = [first, *dice.shuffled(rest), *dice.shuffled(rest)]
        self._used: set[str] = set()

    def take(self, family: str | None, suffixes: Sequence[Sequence[str]], forms: int, dice: Dice) -> tuple[str, str]:
        """Return a name and its reading, in one of the first `forms` legal forms; `family` is a relative's name."""
        stem, kana = self._relative(family) if family else self._deck.pop(0)
        free = [each for each in suffixes if stem + each[0] not in self._used]
        suffix, suffix_kana = dice.pick(free) if free else ("総業", "ソウギョウ")
        self._used.add(stem + suffix)
        return FORMS[dice.weighted(FORM_WEIGHTS[:forms])].format(stem + suffix), kana + suffix_kana

    def _relative(self, family: str) -> tuple[str, str]:
        return next((stem, kana) for stem, kana in self._kana.items() if stem in family)


def _make_account(
    rank: int, pattern: str, parent: int | None, family: str | None, names: _CompanyNames, dice: Dice
) -> Account:
    industries: dict[str, Any] = setting("industries")
    industry = "小売" if rank == DOMINANT else _draw_weighted_entry(industries, dice)
    entry = industries[industry]
    name, kana = names.take(family, entry["suffixes"], 2 if rank < LARGE else len(FORMS), dice)
    region = "関東" if rank == DOMINANT else _draw_weighted_entry(setting("regions"), dice)
    place = setting("regions", region)
    low, high = setting("patterns", pattern, "months")
    yearly, interval = _draw_sales_scale(rank, dice)
    return Account(
        rank=rank, name=name, kana=kana, parent=parent, industry=industry, region=region,
        size=_draw_company_size(rank, dice), owner=dice.pick(place["owners"]),
        channel=_draw_channel(rank, dice),
        pattern=pattern, yearly=yearly, interval=interval, drift=dice.between(low, high),
        season=entry["season"] if pattern == "seasonal" else "even",
        active=_draw_active_months(pattern, dice), products=_draw_bought_products(entry["buys"], rank, dice),
        price_level=dice.between(880, 930) if rank < 5 else dice.between(930, 1000),
    )  # fmt: skip


def _draw_weighted_entry(entries: dict[str, Any], dice: Dice) -> str:
    return list(entries)[dice.weighted([entry["weight"] for entry in entries.values()])]


def _draw_sales_scale(rank: int, dice: Dice) -> tuple[int, int]:
    """Return yearly sales in thousand yen and the days between orders: few large customers, many small ones."""
    if rank == DOMINANT:
        return 205_000, 7
    bands = ((5, 34_000, 52_000, 8, 11), (15, 13_000, 29_000, 13, 16), (40, 5_000, 12_500, 20, 29),
             (85, 1_500, 4_600, 29, 61), (120, 300, 1_400, 58, 92))  # fmt: skip
    for end, low, high, short, long in bands:
        if rank < end:
            return dice.between(low, high), dice.between(short, long)
    raise ValueError(f"no size band for rank {rank}")


def _draw_channel(rank: int, dice: Dice) -> str:
    weights = (1, 0, 0) if rank == DOMINANT else (62, 32, 6) if rank < LARGE else (34, 34, 32)
    return ("直販", "代理店", "EC")[dice.weighted(weights)]


def _draw_company_size(rank: int, dice: Dice) -> str:
    sizes = ("大企業", "中堅企業", "中小企業", "小規模")
    weights = (70, 25, 5, 0) if rank < 10 else (15, 50, 35, 0) if rank < LARGE else (3, 17, 52, 28)
    return sizes[dice.weighted(weights)]


def _draw_active_months(pattern: str, dice: Dice) -> tuple[bool, ...]:
    """Return the months in which the customer orders, by its habit."""
    first, last = 0, MONTHS - 1
    gap = range(0)
    if pattern == "lapsed":
        last = dice.between(11, 26)
    elif pattern == "slipping":
        last = dice.between(29, 31)
    elif pattern == "new":
        first = dice.between(25, 33)
    elif pattern == "returned":
        start = dice.between(7, 12)
        gap = range(start, dice.between(27, 32))
    elif pattern == "prospect":
        last = -1
    elif pattern not in {"dominant", "once", "sent_back"} and dice.chance(250):
        first = dice.between(1, 14)  # not everybody was a customer from the first day
    return tuple(first <= month <= last and month not in gap for month in range(MONTHS))


def _draw_bought_products(categories: Sequence[str], rank: int, dice: Dice) -> tuple[str, ...]:
    """Return what the customer buys: large ones from every category of their industry, small ones from one or two."""
    wanted = categories if rank < 15 else categories[: dice.between(1, 3)]
    offers = [name for name, entry in setting("products").items() if entry["category"] in wanted]
    return tuple(dice.shuffled(offers)[: dice.between(2, 3 if rank > 60 else 6)])
