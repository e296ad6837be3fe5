"""The sample company: the same on every machine, believable, and clean enough for the engine to use every row."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cleaning import tables
from engine.language import words
from engine.lists import benchmarks
from engine.planning import plans
from engine.reading.sources import read_files
from engine.scoring import portfolio, scoring
from workbooks.sample.accounts import make_accounts, setting
from workbooks.sample.sample import SEED, Sample, Sheet, example, make_sample, write_csv
from workbooks.sample.seeded_random import Dice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Change it only together with the generator: it is what "the same on every machine and version" means.
DIGEST = "eac774450455b89adcd07ec369e4472c6518cc0978864836d369003865b92ed1"
SCORED = "52d4623a8b4943df048a79e17a03631c02f783e2275a8f3e4d01490b252fdf4c"  # of the tables that scores are made of
PLANNED = ("plans", "actions", "benchmarks")
AS_OF = date(2026, 9, 30)
YEAR_AGO = date(2025, 9, 30)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample()


@pytest.fixture(scope="module")
def customers(sample: Sample) -> Sheet:
    return sample.sheets["customers"]


@pytest.fixture(scope="module")
def orders(sample: Sample) -> Sheet:
    return sample.sheets["orders"]


def clean(sample: Sample) -> tables.Tables:
    return tables.clean(sample.raw_tables(), as_of=sample.as_of)


@pytest.fixture(scope="module")
def scored(sample: Sample) -> portfolio.Portfolio:
    return scoring.score(clean(sample), as_of=sample.as_of)


# ---- the same data everywhere ----------------------------------------------------------------------------------------


def test_the_data_have_the_published_hash(sample: Sample) -> None:
    assert sample.digest == DIGEST
    behind_scores = {name: sheet for name, sheet in sample.sheets.items() if name not in PLANNED}
    assert replace(sample, sheets=behind_scores).digest == SCORED


def test_another_process_with_another_hash_seed_makes_the_same_data() -> None:
    code = "from workbooks.sample.sample import make_sample; print(make_sample().digest)"
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert made.stdout.strip() == DIGEST


def test_another_seed_makes_other_data() -> None:
    assert make_sample(SEED + 1).digest != DIGEST


def test_dice_draw_a_published_sequence() -> None:
    dice = Dice(1)
    assert [dice.below(100) for _ in range(8)] == [13, 84, 76, 25, 49, 44, 65, 78]


@given(st.integers(0, 2**32), st.integers(1, 10**9))
def test_a_draw_stays_below_its_bound(seed: int, bound: int) -> None:
    assert 0 <= Dice(seed).below(bound) < bound


@given(st.integers(0, 2**32), st.lists(st.integers(), max_size=30))
def test_shuffling_loses_nothing(seed: int, items: list[int]) -> None:
    assert Counter(Dice(seed).shuffled(items)) == Counter(items)


def test_weights_of_zero_are_never_drawn() -> None:
    dice = Dice(3)
    assert {dice.weighted((0, 5, 0, 1)) for _ in range(500)} == {1, 3}
    with pytest.raises(ValueError, match="positive"):
        dice.weighted((0, 0))


# ---- a believable company --------------------------------------------------------------------------------------------


def test_there_are_120_customers_with_unique_ids_and_names(customers: Sheet) -> None:
    assert len(customers.rows) == 120
    assert len(set(customers.column("customer_id"))) == 120
    assert len({words.company_key(str(name)) for name in customers.column("name")}) == 120


def test_orders_run_over_three_years_to_the_as_of_date_on_working_days(orders: Sheet) -> None:
    days = [day for day in orders.column("date") if isinstance(day, date)]
    assert len(days) == len(orders.rows) > 6000
    assert days == sorted(days)
    assert days[0] < date(2023, 10, 7)
    assert AS_OF - timedelta(days=3) < days[-1] <= AS_OF
    assert all(day.weekday() < 5 and (day.month, day.day) != (1, 1) for day in days)


def test_one_customer_carries_more_than_a_fifth_of_the_sales(scored: portfolio.Portfolio) -> None:
    shares = scored.customers["share"].astype(float).sort_values(ascending=False)
    assert 0.20 < shares.iloc[0] < 0.30
    assert shares.iloc[1] < 0.10


def test_the_dependence_test_fires(scored: portfolio.Portfolio) -> None:
    verdicts = {alert.code: alert.verdict for alert in scored.alerts}
    assert verdicts["dependence"] == "warning"


def test_groups_roll_up_to_their_parents(customers: Sheet, scored: portfolio.Portfolio) -> None:
    ids, parents = set(customers.column("customer_id")), Counter(customers.column("parent_id"))
    parents.pop(None)
    assert len(parents) == 6
    assert set(parents) <= ids
    assert sum(parents.values()) == 11
    assert len(set(scored.group_of.tolist())) == 120 - 11


class History(NamedTuple):
    """What one customer ordered: days with a sale, days between them, and all amounts."""

    days: list[date]
    gaps: list[int]
    amounts: list[int]


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


HABITS: dict[str, Callable[[History], bool]] = {
    "lapsed": lambda seen: seen.days[-1] < ago(240),
    "returned": lambda seen: max(seen.gaps) > 365 and seen.days[-1] > ago(100),
    "new": lambda seen: seen.days[0] > ago(340),
    "slipping": lambda seen: ago(240) < seen.days[-1] < ago(80),
    "once": lambda seen: len(seen.days) == 1,
    "sent_back": lambda seen: sum(seen.amounts) == 0 and len(seen.amounts) > 1,
    "prospect": lambda seen: not seen.amounts,
}


@pytest.mark.parametrize("pattern", HABITS)
def test_habits_show_in_the_orders(pattern: str, orders: Sheet) -> None:
    names = [account.name for account in make_accounts(SEED) if account.pattern == pattern]
    assert len(names) == setting("patterns", pattern, "count")
    for name in names:
        assert HABITS[pattern](history(orders, name)), name


def history(orders: Sheet, name: str) -> History:
    columns = (orders.column(key) for key in ("customer", "date", "amount"))
    lines = [(as_date(day), int(str(amount))) for who, day, amount in zip(*columns, strict=True) if who == name]
    days = sorted({day for day, amount in lines if amount > 0})
    return History(days, [(later - earlier).days for earlier, later in pairwise(days)], [amount for _, amount in lines])


def as_date(cell: object) -> date:
    assert isinstance(cell, date)
    return cell


def test_every_lifecycle_state_and_every_standard_segment_occurs(scored: portfolio.Portfolio) -> None:
    frame = scored.customers
    assert set(frame["segment_standard"]) == set(words.codes("segments.standard"))
    assert set(frame["state"]) == {"active", "new", "returned", "lapsed", "none"}
    assert set(frame["segment_abc"]) >= {"a", "b", "c"}
    assert frame["strategy_ja"].nunique() >= 6


def test_returns_are_netted_and_prices_rise(orders: Sheet) -> None:
    amounts = [int(str(amount)) for amount in orders.column("amount")]
    assert 60 < sum(amount < 0 for amount in amounts) < 400
    assert 0 not in amounts
    price: dict[int, list[float]] = {}
    for day, product, quantity, amount in zip(
        *(orders.column(key) for key in ("date", "product", "quantity", "amount")), strict=True
    ):
        if product == "段ボールケース 120サイズ" and int(str(quantity)) > 0:
            price.setdefault(as_date(day).year, []).append(int(str(amount)) / int(str(quantity)))
    means = [sum(prices) / len(prices) for _, prices in sorted(price.items())]
    assert means == sorted(means)
    assert means[-1] > 1.05 * means[0]


def test_seasonal_accounts_have_a_season(sample: Sample) -> None:
    account = next(each for each in make_accounts(SEED) if each.season == "summer" and each.yearly > 3000)
    columns = (sample.sheets["orders"].column(key) for key in ("customer", "date", "amount"))
    months: Counter[int] = Counter()
    for name, day, amount in zip(*columns, strict=True):
        if name == account.name:
            months[as_date(day).month] += int(str(amount))
    assert sum(months[month] for month in (6, 7, 8)) > 0.5 * sum(months.values())
    assert sum(months[month] for month in (11, 12, 1, 2)) <= 0


def test_dimensions_are_varied_and_mostly_filled(customers: Sheet) -> None:
    for key, least in (("industry", 10), ("region", 8), ("size", 4), ("owner", 7), ("channel", 3)):
        values = customers.column(key)
        assert len(set(values)) == least
        assert None not in values
    for key in ("contract_end", "credit_limit", "overdue_days", "potential"):
        blank = customers.column(key).count(None)
        assert 0 < blank < 110, key


def test_the_other_tables_are_there_in_plausible_size(sample: Sample) -> None:
    sizes = {name: len(sheet.rows) for name, sheet in sample.sheets.items()}
    assert 400 < sizes["contacts"] < 1200
    assert 200 < sizes["surveys"] < 1200
    assert 300 < sizes["costs"] < 1200
    assert sizes["products"] == 24
    assert 50 < sizes["leads"] < 200
    assert {"苦情", "商談", "問合せ"} == set(sample.sheets["contacts"].column("kind"))
    scores = dict.fromkeys(sample.sheets["surveys"].column("item"))
    assert "推奨度" in scores


# ---- what the engine makes of it -------------------------------------------------------------------------------------


def test_the_engine_uses_every_row(sample: Sample) -> None:
    cleaned = clean(sample)
    assert [finding for finding in cleaned.findings if finding.severity != "note"] == []
    assert {source.table: (source.rows_read, source.rows_used) for source in cleaned.sources} == {
        name: (len(sheet.rows), len(sheet.rows)) for name, sheet in sample.sheets.items()
    }


def test_plans_actions_and_benchmarks_move_no_score(sample: Sample, scored: portfolio.Portfolio) -> None:
    bare = replace(sample, sheets={name: sheet for name, sheet in sample.sheets.items() if name not in PLANNED})
    before = scoring.score(clean(bare), as_of=AS_OF)
    assert before.hash != scored.hash
    assert before.frame.equals(scored.frame)
    assert before.alerts == scored.alerts


def test_the_plans_of_the_sample_are_alive(sample: Sample, scored: portfolio.Portfolio) -> None:
    assert len(sample.sheets["plans"].rows) == 10
    assert all(cell is not None for row in sample.sheets["plans"].rows for cell in row)
    actions = plans.actions_of(scored)
    assert len(actions) == 25
    assert Counter(each.status for each in actions) == {"done": 12, "open": 6, "doing": 5, "dropped": 2}
    assert sum(each.overdue for each in actions) == 5
    assert {each.status for each in plans.decisions_since(scored, date(2026, 6, 30))} == {
        "open", "doing", "done", "dropped",
    }  # fmt: skip
    compared = benchmarks.compare(scored)
    assert len({each.who for each in compared}) == 2
    assert all(each.own is not None and not each.stale for each in compared)
    assert all("架空" in each.source for each in compared)
    gaps = [each.gap for each in compared if each.gap is not None]
    assert min(gaps) < 0 < max(gaps)
    assert scored.stale_sources == ()


def test_customers_stand_in_the_order_of_their_sales(scored: portfolio.Portfolio) -> None:
    sales = scored.customers["sales_12m"].tolist()
    assert sales == sorted(sales, reverse=True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_csv_files_give_the_same_run(encoding: str, tmp_path: Path, scored: portfolio.Portfolio) -> None:
    paths = {path.stem: path for path in write_csv(tmp_path, encoding)}
    assert paths["orders"].read_bytes().startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    again = scoring.score(tables.clean(read_files(paths), as_of=AS_OF), as_of=AS_OF)
    assert again.hash == scored.hash


def test_the_example_is_the_field_s_own(sample: Sample) -> None:
    rows = example().rows
    assert [row[0] for row in rows] == ["株式会社A", "株式会社B", "株式会社C"]
    assert [row[-1] for row in rows] == ["クロスセルを狙う", "アップセルで深耕", "再契約の機会を探る"]
    assert sample.sheets["customers"].name == "顧客"
