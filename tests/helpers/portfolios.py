"""A small company that tests of the add-in share: three customers by hand, and a dozen with two years of orders."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta


def moment(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """Return a date as a cell holds it: spreadsheets know no time zones."""
    return datetime.combine(date(year, month, day), time(hour))


THREE: list[list[object]] = [
    ["顧客名", "業界", "年間売上", "継続性", "成長ポテンシャル", "リスク"],
    ["株式会社A", "製造", "1500万円", "高", "中", "低"],
    ["株式会社B", "IT", "900万円", "中", "高", "中"],
    ["株式会社C", "飲食", "500万円", "低", "低", "高"],
]

_NAMES = (
    "青葉電機",
    "北星商事",
    "みなと食品",
    "東和精工",
    "さくら薬品",
    "大空運輸",
    "光洋建設",
    "三つ葉印刷",
    "あけぼの倉庫",
    "若竹学院",
    "潮見水産",
    "銀杏不動産",
)
_INDUSTRIES = ("製造", "IT", "飲食", "物流")
_REGIONS = ("関東", "関西", "")


def _customers() -> list[list[object]]:
    """Twelve accounts; the second belongs to the first, and one owner's name looks like a formula."""
    lines: list[list[object]] = []
    for place, name in enumerate(_NAMES):
        parent = 1001.0 if name == "北星商事" else ""
        owner = "@佐藤" if place == 4 else f"担当{place % 2}"
        lines.append([1001.0 + place, f"株式会社{name}", parent, _INDUSTRIES[place % 4], _REGIONS[place % 3], owner])
    return lines


def _orders() -> list[list[object]]:
    """Each customer orders in a rhythm of its own; the eleventh stopped long ago, the twelfth never ordered."""
    lines: list[list[object]] = []
    for place in range(11):
        gap = 23 + 7 * place
        for turn in range(4 if place == 10 else 720 // gap):
            day = moment(2024, 4, 1) + timedelta(days=gap * turn + place)
            lines.append([1001.0 + place, day, 10_000.0 * (place + 1) + 1_500.0 * (turn % 5), 6_000.0 * (place + 1)])
    return lines


BOOK_CUSTOMERS: list[list[object]] = [["顧客ID", "顧客名", "親ID", "業界", "地域", "担当"], *_customers()]
BOOK_ORDERS: list[list[object]] = [["顧客ID", "取引日", "金額", "原価"], *_orders()]


def serials(table: list[list[object]]) -> list[list[object]]:
    """Return a table as Calc hands it over: dates as serial numbers."""
    start = moment(1899, 12, 30)
    return [
        [(cell - start) / timedelta(days=1) if isinstance(cell, datetime) else cell for cell in row] for row in table
    ]
