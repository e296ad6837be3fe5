"""The sample data: a fictional maker of packaging, its 120 customers and three years of orders, from one seed.

Everything is drawn and computed in whole numbers (see `workbooks.sample.seeded_random`): the data are the same bytes on every machine.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from engine.reading.columns import columns, table_text
from engine.reading.raw import RawTables, raw_from_block
from workbooks.sample.accounts import make_accounts, setting
from workbooks.sample.purchases import make_lines
from workbooks.sample.sample_activities import (
    make_actions,
    make_benchmarks,
    make_contacts,
    make_costs,
    make_leads,
    make_plans,
    make_surveys,
)
from workbooks.sample.seeded_random import Dice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from workbooks.sample.accounts import Account
    from workbooks.sample.purchases import Line

SEED: Final = 20260930

Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One input table as a planner would type it.

    Parameters
    ----------
    table
        The table's key, such as `orders`.
    keys
        Keys of its columns, in order (see `engine.reading.columns`).
    rows
        One tuple per row; None is a blank cell. Amounts in yen before tax, rates as fractions.
    """

    table: str
    keys: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The Japanese headers."""
        known = {column.key: column.text.ja for column in columns(self.table)}
        return tuple(known[key] for key in self.keys)

    @property
    def name(self) -> str:
        """The Japanese name of the sheet."""
        return table_text(self.table).ja

    def column(self, key: str) -> tuple[Cell, ...]:
        """Return the cells under `key`."""
        at = self.keys.index(key)
        return tuple(row[at] for row in self.rows)


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample company's data.

    Parameters
    ----------
    company
        Its name.
    as_of
        The day up to which the orders run (inclusive).
    sheets
        The input tables by key.
    """

    company: str
    as_of: date
    sheets: Mapping[str, Sheet]

    def raw_tables(self, book: str = "") -> RawTables:
        """Return the tables as they are read from a workbook of that name; each is called after its sheet."""
        named = f"{book} › " if book else ""
        return RawTables(
            {
                table: raw_from_block(table, [list(sheet.header), *map(list, sheet.rows)], f"{named}{sheet.name}")
                for table, sheet in self.sheets.items()
            },
            (),
        )

    @property
    def digest(self) -> str:
        """SHA-256 over every cell, in hexadecimal: the same on every machine."""
        text = "\n".join(
            "\t".join("" if cell is None else str(cell) for cell in row)
            for sheet in self.sheets.values()
            for row in (sheet.header, *sheet.rows)
        )
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def make_sample(seed: int = SEED) -> Sample:
    """Return the sample company's data, the same for the same `seed`."""
    accounts = make_accounts(seed)
    lines = make_lines(accounts, seed)
    ids = _number_customers(accounts, lines)
    sheets = (
        _make_customer_sheet(accounts, lines, ids, seed),
        _make_order_sheet(accounts, lines, ids),
        _make_records_sheet("contacts", ("channel", "kind", "topic", "open", "hours"), make_contacts(accounts, seed), accounts, ids),
        _make_records_sheet("surveys", ("item", "score"), make_surveys(accounts, seed), accounts, ids),
        _make_records_sheet("costs", ("kind", "amount", "channel"), make_costs(lines, seed), accounts, ids),
        Sheet("products", ("product", "category", "list_price", "margin"), tuple(_list_product_rows())),
        Sheet("leads", ("date", "channel", "converted"), make_leads(seed)),
        _make_plan_sheet(accounts, ids),
        _make_records_sheet("actions", ("action_id", "what", "kind", "owner", "due", "status", "result", "closed", "run"),
              make_actions(accounts), accounts, ids),
        Sheet("benchmarks", ("who", "measure", "by", "item", "value", "source", "date"), make_benchmarks()),
    )  # fmt: skip
    return Sample(setting("company", "name"), setting("company", "as_of"), {sheet.table: sheet for sheet in sheets})


def example() -> Sheet:
    """Return the elements table of the field's standard example: three customers, seven typed columns."""
    return Sheet(
        "customers",
        ("name", "industry", "sales", "continuity", "growth", "risk", "strategy"),
        (
            ("株式会社A", "製造", 15_000_000, "高", "中", "低", "クロスセルを狙う"),
            ("株式会社B", "IT", 9_000_000, "中", "高", "中", "アップセルで深耕"),
            ("株式会社C", "飲食", 5_000_000, "低", "低", "高", "再契約の機会を探る"),
        ),
    )


def write_csv(folder: Path, encoding: str = "utf-8-sig", seed: int = SEED) -> tuple[Path, ...]:
    """Write every table as CSV, such as customers.csv, and return the paths.

    Parameters
    ----------
    folder
        An existing folder; files of the same name are replaced.
    encoding
        `utf-8-sig` (UTF-8 with BOM, what Excel writes as "CSV UTF-8") or `cp932` (what Japanese Excel writes as "CSV").
    seed
        See `make_sample`.
    """
    written: list[Path] = []
    for table, sheet in make_sample(seed).sheets.items():
        path = folder / f"{table}.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(sheet.header)
            writer.writerows(
                [f"{cell:%Y/%m/%d}" if isinstance(cell, date) else cell for cell in row] for row in sheet.rows
            )
        written.append(path)
    return tuple(written)


def _number_customers(accounts: Sequence[Account], lines: Sequence[Line]) -> dict[int, str]:
    """Return customer IDs, given as a company gives them: in the order of the first purchases, prospects last."""
    first: dict[int, date] = {}
    for line in lines:
        first.setdefault(line.rank, line.day)
    order = sorted((account.rank for account in accounts), key=lambda rank: (first.get(rank, date.max), rank))
    return {rank: f"C{number:04d}" for number, rank in enumerate(order, start=1001)}


def _make_order_sheet(accounts: Sequence[Account], lines: Sequence[Line], ids: Mapping[int, str]) -> Sheet:
    keys = ("date", "order_id", "customer_id", "customer", "product", "quantity", "amount", "cost", "channel")
    rows = tuple(
        (line.day, line.order_id, ids[line.rank], accounts[line.rank].name, line.product, line.quantity, line.amount,
         line.cost, line.channel)
        for line in lines
    )  # fmt: skip
    return Sheet("orders", keys, rows)


def _make_records_sheet(
    table: str,
    keys: tuple[str, ...],
    records: Iterable[tuple[Any, ...]],
    accounts: Sequence[Account],
    ids: Mapping[int, str],
) -> Sheet:
    """Return records of (day, rank, …) as a sheet that names the customer by ID and name; blank where rank is None."""
    rows = tuple(
        (day, None, None, *rest) if rank is None else (day, ids[rank], accounts[rank].name, *rest)
        for day, rank, *rest in records
    )
    return Sheet(table, ("date", "customer_id", "customer", *keys), rows)


def _make_plan_sheet(accounts: Sequence[Account], ids: Mapping[int, str]) -> Sheet:
    keys = ("customer_id", "customer", "goal", "target_sales", "needs", "solution", "value_offer", "people",
            "risk_note", "review", "owner")  # fmt: skip
    rows: list[tuple[Cell, ...]] = [(ids[each[0]], accounts[each[0]].name, *each[1:]) for each in make_plans(accounts)]
    return Sheet("plans", keys, tuple(rows))


def _sum_yearly_sales(lines: Iterable[Line]) -> dict[int, int]:
    """Return the sales of the 365 days that end at the as-of date."""
    last: date = setting("company", "as_of")
    found: dict[int, int] = {}
    for line in lines:
        if (last - line.day).days < 365:
            found[line.rank] = found.get(line.rank, 0) + line.amount
    return found


def _make_customer_sheet(
    accounts: Sequence[Account], lines: Sequence[Line], ids: Mapping[int, str], seed: int
) -> Sheet:
    """Return the customer table, largest sales of the last 12 months first, as planners keep it."""
    sales = _sum_yearly_sales(lines)
    rows = []
    for account in sorted(accounts, key=lambda each: (-sales.get(each.rank, 0), ids[each.rank])):
        dice = Dice(seed * 1000 + 700_000 + account.rank)
        parent = None if account.parent is None else ids[account.parent]
        rows.append((
            ids[account.rank], account.name, account.kana, parent, account.industry, account.region, account.size,
            account.owner, account.channel, "○" if account.rank < 6 or dice.chance(40) else None,
            *_draw_contract(account, dice), *_draw_credit(account, dice), _draw_potential_sales(account, sales.get(account.rank, 0), dice),
            setting("industries", account.industry, "market") / 1000, *_draw_next_deal(account, dice),
        ))  # fmt: skip
    keys = ("customer_id", "name", "kana", "parent_id", "industry", "region", "size", "owner", "channel", "key_account",
            "contract_start", "contract_end", "notice_days", "credit_limit", "overdue_days", "overdue_count",
            "potential", "market_growth", "deal_size", "win_probability")  # fmt: skip
    return Sheet("customers", keys, tuple(rows))


def _draw_contract(account: Account, dice: Dice) -> tuple[Cell, Cell, Cell]:
    """Return start, end and notice days; large customers have a yearly contract, most others buy without one."""
    last: date = setting("company", "as_of")
    if account.pattern in {"once", "sent_back", "prospect"} or not dice.chance(
        1000 if account.pattern in {"dominant", "slipping"} else 800 if account.rank < 30 else 180
    ):
        return None, None, None
    if account.pattern == "lapsed":
        end = last - timedelta(days=dice.between(60, 400))
    elif account.pattern == "slipping":
        end = last + timedelta(days=dice.between(12, 75))
    else:
        end = last + timedelta(days=dice.between(40, 400))
    end = date(end.year, end.month, 1) - timedelta(days=1)  # contracts end with a month
    following = end + timedelta(days=1)
    return date(following.year - dice.between(1, 3), following.month, 1), end, dice.pick((30, 60, 90))


def _draw_credit(account: Account, dice: Dice) -> tuple[Cell, Cell, Cell]:
    """Return credit limit in yen, days overdue now and the number of late payments; web customers pay in advance.

    Nothing is kept about those who left, unless they left debts.
    """
    left = account.pattern == "lapsed" and not dice.chance(300)
    if account.channel == "EC" or account.pattern == "prospect" or left:
        return None, None, None
    months = dice.between(22, 45)  # tenths
    limit = max(-(-account.yearly * 1000 * months // (120 * 500_000)), 1) * 500_000
    if account.pattern in {"slipping", "lapsed"}:
        return limit, dice.between(22, 58), dice.between(2, 5)
    if dice.chance(330 if account.pattern == "shrinking" else 50):
        return limit, dice.between(3, 48), dice.between(1, 4)
    return limit, 0, 1 if dice.chance(120) else 0


def _draw_potential_sales(account: Account, sales: int, dice: Dice) -> Cell:
    """Return what the customer spends on packaging in a year, in yen; nobody knows it of every customer."""
    factor = dice.between(190, 480) if account.pattern == "growing" else dice.between(108, 300)
    known = dice.chance(850 if account.rank < 60 else 350)
    base = max(sales, account.yearly * 1000)
    if account.pattern == "dominant":
        return base * 125 // 100 // 1_000_000 * 1_000_000
    return max(base * factor // 100 // 100_000, 1) * 100_000 if known else None


def _draw_next_deal(account: Account, dice: Dice) -> tuple[Cell, Cell]:
    """Return the next deal's size in yen and the chance to win it as the sales team grades it; not of every customer."""
    if not dice.chance(900 if account.rank < 40 else 550):
        return None, None
    size = max(account.yearly * dice.between(60, 260) // 10_000, 1) * 10_000
    if account.pattern in {"slipping", "lapsed", "shrinking"}:
        return size, ("低", "低", "中")[dice.below(3)]
    if account.pattern in {"growing", "new"}:
        return size, ("高", "高", "中")[dice.below(3)]
    return size, ("高", "中", "低")[dice.weighted((25, 50, 25))]


def _list_product_rows() -> Iterable[tuple[Cell, ...]]:
    for name, goods in setting("products").items():
        yield name, goods["category"], goods["price"], goods["margin"] / 1000
