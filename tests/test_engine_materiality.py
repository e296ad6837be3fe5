"""What matters comes first: findings in money, ranked; each kind on a case of its own, and the laws over random companies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from helpers import synthetic
from helpers.builders import golden, portfolio_of
from helpers.reports import earlier, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.commands.export import summary
from engine.definition.definition import Definition
from engine.language.errors import Text
from engine.lists.listing import list_customers
from engine.lists.materiality import KINDS, Findings, MaterialFinding, find_material
from engine.lists.materiality.finding import UPSIDE
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score

AS_OF = date(2026, 9, 30)
YEAR = 365


def monthly(
    name: str, amount: int, months: int = 24, *, margin: float = 0.3, since: int = 0, then: int | None = None
) -> list[list[Any]]:
    """Orders every 30 days up to the as-of date; from the 12th before it on each is `then`, if given."""
    lines = []
    for turn in range(since, months):
        value = then if then is not None and turn < 12 else amount
        lines.append([name, AS_OF - timedelta(days=30 * turn), value, round(value * (1 - margin))])
    return lines


def company(
    lines: list[list[Any]],
    changes: Mapping[str, Any] | None = None,
    columns: Mapping[str, Mapping[str, Any]] | None = None,
) -> Portfolio:
    names = list(dict.fromkeys(line[0] for line in lines))
    customers: dict[str, list[Any]] = {"顧客名": names, "担当": [f"担当{name}" for name in names]}
    for title, cells in (columns or {}).items():
        customers[title] = [cells.get(name, "") for name in names]
    orders = dict(zip(("顧客名", "取引日", "金額", "原価"), map(list, zip(*lines, strict=True)), strict=True))
    return portfolio_of(customers, orders, AS_OF, Definition.from_rows((changes or {}).items()))


def steady(count: int = 20, amount: int = 100_000) -> list[list[Any]]:
    return [line for at in range(count) for line in monthly(f"安定{at:02}", amount + 1000 * at)]


def rows_of(found: Findings, kind: str) -> list[MaterialFinding]:
    return [row for row in found.rows if row.kind == kind]


def names(portfolio: Portfolio, row: MaterialFinding) -> list[str]:
    return portfolio.frame["name"].iloc[list(row.customers)].tolist()


# ---- the measured faults ---------------------------------------------------------------------------------------------


def test_many_shrinking_customers_are_one_finding_and_lead() -> None:
    """Seven of twenty-seven down by a half: nobody leaves, so that no list of lost ones shows it."""
    lines = steady() + [line for at in range(7) for line in monthly(f"減少{at}", 200_000, then=100_000)]
    portfolio = company(lines)
    found = find_material(portfolio)
    head = found.head
    assert head is not None
    assert (head.kind, len(head.customers), head.probability, head.thin) == ("shrinking", 7, 1.0, False)
    assert head.sales == 7 * 800_000
    assert head.amount == head.expected == 7 * 240_000
    assert head.low is not None
    assert 0 < head.low < head.expected
    assert head.owner == Text("営業部門長", "Head of sales")
    assert "7社の売上が前年から20%以上減り" in found.summary.ja
    assert found.summary.en.startswith("Shrinking sales: 7 customers")


def test_the_sample_leads_with_what_shrank_not_with_what_left() -> None:
    found = find_material(sample())
    first, second = found.rows[:2]
    assert (first.kind, len(first.customers), first.sales) == ("shrinking", 14, 51_555_138)
    assert second.kind == "lost"
    assert first.expected > second.expected
    assert found.head is first


def test_a_large_customer_without_profit_leads() -> None:
    lines = [*steady(), *monthly("赤字商事", 800_000, margin=-0.1)]
    portfolio = company(lines)
    found = find_material(portfolio)
    assert portfolio.frame["share"].max() > 0.25
    head = found.head
    assert head is not None
    assert (head.kind, names(portfolio, head), head.expected) == ("loss_making", ["赤字商事"], 13 * 80_000)
    assert (head.owner_code, head.owner.ja) == ("rep", "担当赤字商事")
    assert head.cause.words["measure"] == Text("粗利", "gross profit")
    assert not any(row.kind == UPSIDE and head.customers[0] in row.customers for row in found.rows)


def test_where_all_is_well_one_line_says_so() -> None:
    found = find_material(company(steady()))
    assert found.all_is_well
    assert found.head is None
    assert found.summary.ja.startswith("大きな問題はない")
    assert found.summary.en.startswith("All is well")
    assert "\n" not in found.summary.ja


def test_a_grave_dependence_stands_before_a_small_opportunity() -> None:
    portfolio = company([*steady(), *monthly("大黒柱", 2_000_000)])
    row = rows_of(find_material(portfolio), "dependent")[0]
    assert row.is_company_wide
    assert row.owner_code == "sales_head"  # never the sales representative of the largest customer
    assert row.cause.shares["limit"] == next(a.limit for a in portfolio.alerts if a.code == "dependence")
    assert find_material(portfolio).rows[0] is row


def test_few_observations_make_no_headline() -> None:
    """Two customers of which one may just have been late with its orders."""
    lines = [*steady(), ["少数", date(2025, 5, 1), 900_000, 100_000], ["少数", date(2026, 5, 1), 500_000, 50_000]]
    found = find_material(company(lines))
    row = next(row for row in found.rows if row.kind == "shrinking")
    assert row.expected >= found.least
    assert row.thin
    assert row not in found.headlines


def test_chance_alone_makes_no_headline() -> None:
    """Of sixty customers that vary by chance some fall by a fifth; picking those is no proof of a fall."""
    chance = np.random.default_rng(5)
    lines = [
        [f"顧客{at:02}", AS_OF - timedelta(days=int(day)), int(amount), int(amount * 0.7)]
        for at in range(60)
        for day, amount in zip(chance.integers(0, 730, 16), chance.lognormal(11, 0.8, 16), strict=True)
    ]
    row = rows_of(find_material(company(lines)), "shrinking")[0]
    assert len(row.customers) >= 5
    assert row.thin


# ---- the other kinds -------------------------------------------------------------------------------------------------


def test_a_late_customer_and_its_money() -> None:
    portfolio = company([*steady(), *monthly("遅延", 600_000, since=5)])
    row = rows_of(find_material(portfolio), "overdue")[0]
    at = row.customers[0]
    chance = float(portfolio.frame["p_lost"].iloc[at])
    assert names(portfolio, row) == ["遅延"]
    assert row.amount == int(portfolio.frame["gross_profit_12m"].iloc[at])
    assert row.probability_code == "p_lost"
    assert row.expected == round(row.amount * chance)
    assert row.due == AS_OF + timedelta(days=7)
    assert row.cause.dates["last"] == AS_OF - timedelta(days=150)


def test_a_contract_is_due_on_its_notice_date() -> None:
    columns: dict[str, dict[str, Any]] = {"契約終了日": {"安定00": "2026/12/1"}, "解約予告日数": {"安定00": 45}}
    portfolio = company(steady(5, 500_000), columns=columns)
    row = rows_of(find_material(portfolio), "contract")[0]
    assert names(portfolio, row) == ["安定00"]
    assert row.due == date(2026, 10, 17)
    assert row.cause.dates == {"end": date(2026, 12, 1), "notice": date(2026, 10, 17)}


def test_late_payment_is_weighed_by_the_published_matrix() -> None:
    """IFRS 9, illustrative example 12: 10.6 % of what is more than 90 days late, 1.6 % up to 30 days."""
    portfolio = company(steady(), columns={"支払遅延日数": {"安定00": 95, "安定01": 30}})
    rows = rows_of(find_material(portfolio), "arrears")
    parts = {name: part for row in rows for name, part in zip(names(portfolio, row), row.parts, strict=True)}
    exposed = portfolio.frame["sales_exposure"]
    assert parts == {"安定00": round(exposed.iloc[0] * 0.106), "安定01": round(exposed.iloc[1] * 0.016)}
    assert {row.owner_code for row in rows} <= {"rep", "finance_head"}


def test_data_that_cannot_be_trusted_are_a_finding_of_the_company() -> None:
    lines = steady()
    for line in lines[::10]:
        line[2] = "不明な金額"
    row = rows_of(find_material(company(lines)), "data")[0]
    assert (row.customers, row.cause.rule, row.cause.numbers) == ((), "data_unused", {"rows": 48})
    assert row.owner == Text("データ管理責任者", "Head of data")
    assert row.who == Text("全社", "The company")


def test_a_company_without_a_year_before_has_its_share_of_what_was_lost() -> None:
    lines = [line for at in range(5) for line in monthly(f"安定{at}", 100_000, months=10)]
    portfolio = company([*lines, ["去った", date(2025, 11, 1), 2_000_000, 500_000]])
    row = rows_of(find_material(portfolio), "lost")[0]
    assert names(portfolio, row) == ["去った"]
    assert row.cause.shares["share"] == pytest.approx(2 / 7)
    check_laws(portfolio)


def test_typed_levels_are_enough() -> None:
    found = find_material(golden())
    risky = rows_of(found, "risk")[0]
    assert (found.basis, risky.amount, risky.expected, risky.probability_code) == (
        "sales", 5_000_000, 2_000_000, "risk_level",
    )  # fmt: skip
    assert rows_of(found, "dependent")[0].customers == (0,)


def test_the_review_before_tells_what_is_new() -> None:
    found = find_material(sample(), before=earlier())
    assert {row.known for row in found.rows} == {True, False}
    assert {row.known for row in find_material(sample()).rows} == {None}
    assert [row.expected for row in found.rows] == [row.expected for row in find_material(sample()).rows]


# ---- who reads the head ----------------------------------------------------------------------------------------------


def test_the_list_of_what_needs_action_is_the_table_by_customer() -> None:
    portfolio = sample()
    listing = list_customers(portfolio, "要対応")
    order: list[int] = []
    for row in find_material(portfolio).rows:
        order += [at for at in row.customers if at not in order]
    assert listing.positions.tolist() == order
    money = next(column.values for column in listing.columns if column.name.ja.startswith("期待金額"))
    first = find_material(portfolio).rows[0]
    assert tuple(money[: len(first.parts)]) == first.parts


def test_the_json_of_a_run_holds_the_table() -> None:
    found, told = find_material(sample()), summary(sample())["material"]
    assert told["summary"] == found.summary._asdict()
    assert [each["expected"] for each in told["findings"]] == [row.expected for row in found.rows]
    assert [each["headline"] for each in told["findings"]].count(True) == len(found.headlines)


# ---- laws ------------------------------------------------------------------------------------------------------------


def check_laws(portfolio: Portfolio) -> None:
    found = find_material(portfolio)
    ids = portfolio.frame["customer_id"].astype(str)
    keys = [
        (-row.expected, -row.amount, KINDS.index(row.kind), ids.iloc[row.customers[0]] if row.customers else "")
        for row in found.rows
    ]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys) or any(row.kind == "data" for row in found.rows)
    for side in (True, False):
        claimed = [at for row in found.rows if (row.kind == UPSIDE) is side for at in row.customers]
        assert len(claimed) == len(set(claimed))  # no customer's money twice
    reps = set(portfolio.frame["owner"].dropna())
    for row in found.rows:
        assert row.amount > 0
        assert row.expected > 0
        assert sum(row.parts) == row.expected
        assert 0 < row.probability <= 1
        assert row.low is None or row.high is None or 0 <= row.low <= row.high <= row.amount
        assert row.cause.shares.get("share", 0.0) <= 1
        assert abs(row.expected - row.amount * row.probability) <= 0.5 * max(len(row.parts), 1)
        assert row.due >= portfolio.as_of
        assert row.is_company_wide or (len(row.customers) == 1 and row.owner.ja in reps)
        for text in (row.owner, row.who, row.what):
            assert text.ja
            assert text.en
            assert "{" not in text.ja + text.en
            assert "算出不可" not in text.ja
    assert found.all_is_well == (found.head is None)


@cache
def random_company(kind: str, seed: int) -> Portfolio:
    made = synthetic.company(kind, 60, seed=seed)
    return score(made.tables, as_of=made.as_of)


@pytest.mark.parametrize("kind", synthetic.KINDS)
def test_the_laws_hold_for_companies_of_every_kind(kind: str) -> None:
    check_laws(random_company(kind, 3))


def test_the_laws_hold_for_the_sample_and_for_typed_levels() -> None:
    check_laws(sample())
    check_laws(golden())


@settings(max_examples=15, deadline=None)
@given(
    accounts=st.lists(
        st.tuples(
            st.sampled_from((1000, 40_000, 900_000)),
            st.sampled_from((None, 0, 500, 30_000)),
            st.sampled_from((0, 4, 14)),
            st.sampled_from((-0.2, 0.1, 0.4)),
            st.sampled_from(("", "2026/11/1")),
            st.sampled_from((0, 40)),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_laws_hold_for_random_accounts(accounts: list[tuple[int, int | None, int, float, str, int]]) -> None:
    lines, ends, late = [], {}, {}
    for at, (amount, then, since, margin, end, days) in enumerate(accounts):
        name = f"顧客{at}"
        lines += monthly(name, amount, since=since, margin=margin, then=then)
        ends[name], late[name] = end, days
    check_laws(company(lines, columns={"契約終了日": ends, "支払遅延日数": late}))
