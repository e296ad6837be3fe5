"""Every number of the message lines, once more by hand: from the orders and the customers' rows, not by the engine's sums."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers import cdnow
from helpers.builders import portfolio_of
from helpers.reports import earlier, golden, report_of, sample, section

from engine.language.errors import Lang
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score
from report_templates.document.document import Report
from report_templates.view import view

UNITS = {
    "億円": 1e8,
    "万円": 1e4,
    "円": 1.0,
    "億ドル": 1e8,
    "万ドル": 1e4,
    "ドル": 1.0,
    "%": 0.01,
    "million": 1e6,
    "billion": 1e9,
    "thousand": 1e3,
}
NUMBER = re.compile(
    r"([△−]?)([¥$]?)(\d[\d,]*(?:\.\d+)?)(億円|万円|円|億ドル|万ドル|ドル|%| million| billion| thousand)?"
)
NAMED = re.compile(r"「[^」]*」|“[^”]*”|\d{4}[/-]\d{1,2}[/-]\d{1,2}|(上位|best )20%|80%|\([^()]*=[^()]*\)")


@cache
def five() -> Portfolio:
    """Return five customers with two years of orders: one left, one is new, one earns nothing."""
    sales = {"青葉": (900, 700), "北星": (400, 500), "みなと": (0, 300), "東和": (250, 0), "さくら": (120, 130)}
    rows = [
        (name, date(2025 + at, 3 + 2 * part, 5), amount * 500, amount * (600 if name == "東和" else 300))
        for name, (now, then) in sales.items()
        for at, amount in ((0, then), (1, now))
        for part in (0, 1)
        if amount
    ]
    rows.append(("青葉", date(2024, 12, 1), 1000, 500))
    names, days, amounts, costs = zip(*rows, strict=True)
    table = {"顧客名": names, "取引日": [day.isoformat() for day in days], "金額": amounts, "原価": costs}
    master = {"顧客名": list(sales), "業界": ["製造", "製造", "卸", "卸", "飲食"]}
    return portfolio_of(master, table, as_of=date(2026, 11, 22))


@cache
def music() -> Portfolio:
    """Return CDNOW's 1/10 sample: 2,357 customers without names, in dollars."""
    return score(cdnow.sample_tables())


CASES: dict[str, Callable[[], Portfolio]] = {"sample": sample, "golden": golden, "five": five, "cdnow": music}


@cache
def built(case: str) -> Report:
    """Return the report of a case; the sample is compared with its last review."""
    return view.build(sample(), earlier()) if case == "sample" else report_of(CASES[case]())


def told(text: str) -> list[tuple[float, float]]:
    """Return every number of a sentence with half a unit of its last place; names, dates and fixed bounds are left out."""
    found = []
    for sign, currency, digits, unit in NUMBER.findall(NAMED.sub("", text)):
        factor = UNITS.get(unit.strip(), 1.0)
        places = 1 if factor > 1 else len(digits.partition(".")[2])
        value = float(digits.replace(",", "")) * factor * (-1 if sign else 1)
        found.append((value, 0.5001 * 10.0**-places * factor if unit or currency else 1e-9))
    return found


def agree(section_key: str, case: str, expected: Iterable[float], *, en: Iterable[float] | None = None) -> None:
    """Assert that the message line tells these numbers, each once, in any order, in both languages."""
    line = section(built(case), section_key).message
    for text, wanted in ((line.ja, list(expected)), (line.en, list(en) if en is not None else None)):
        left = sorted(list(expected) if wanted is None else wanted)
        for value, tolerance in told(text):
            hit = next((each for each in left if abs(each - value) <= tolerance), None)
            assert hit is not None, (text, value, left)
            left.remove(hit)
        assert not left, (text, left)


class Hand:
    """What the orders say, summed by customer without the engine."""

    def __init__(self, case: str) -> None:
        portfolio = CASES[case]()
        self.portfolio, self.frame = portfolio, portfolio.frame
        self.unit = 10.0**portfolio.digits
        ids = range(len(portfolio))
        if portfolio.orders is None:
            self.now = portfolio.tables.customers["sales"].astype(float) / self.unit
            self.then = pd.Series(0.0, index=ids)
            return
        orders, end = portfolio.orders, pd.Timestamp(portfolio.as_of)
        start = end - pd.DateOffset(years=1)
        sold = orders["amount"].astype(float) / self.unit
        self.first = orders.groupby("customer")["date"].min().reindex(ids)
        self.start = start + timedelta(days=1)
        self.now = self._sum(sold[(orders["date"] > start) & (orders["date"] <= end)], orders, ids)
        last = (orders["date"] > start - pd.DateOffset(years=1)) & (orders["date"] <= start)
        self.then = self._sum(sold[last], orders, ids)

    @staticmethod
    def _sum(sold: pd.Series[float], orders: pd.DataFrame, ids: range) -> pd.Series[float]:
        return sold.groupby(orders["customer"].loc[sold.index]).sum().reindex(ids, fill_value=0.0)

    @property
    def growth(self) -> float:
        return float(self.now.sum() / self.then.sum() - 1)

    @property
    def groups(self) -> pd.Series[float]:
        """Shares of customers with their subsidiaries, largest first."""
        parent = self.portfolio.tables.customers.set_index("customer_id")["parent_id"].to_dict()

        def top(identity: Any) -> Any:
            while isinstance(parent.get(identity), str) and parent[identity] in parent:
                identity = parent[identity]
            return identity

        heads = [top(identity) for identity in self.frame["customer_id"]]
        sums = self.now.groupby(np.array(heads)).sum()
        return (sums[sums > 0] / sums[sums > 0].sum()).sort_values(ascending=False)


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def covered(case: str) -> bool:
    return case in ("sample", "five")


def by_hand(case: str, hand: Hand) -> list[float]:
    """Return the numbers of the finding that is worth most, summed from the orders.

    The sample: who bought a fifth less or worse, and is not about to leave. CDNOW: who ordered nothing for 240 days, with the fuller of
    its last two years. Five: days without orders. Three typed customers: the share of the largest.
    """
    if case == "golden":
        return [float(hand.groups.iloc[0])]
    orders, end = hand.portfolio.orders, pd.Timestamp(hand.portfolio.as_of)
    assert orders is not None
    if case == "five":
        return [float((end - orders["date"].max()).days)]
    silent = (end - orders.groupby("customer")["date"].max().reindex(range(len(hand.frame)))).dt.days
    if case == "cdnow":
        fuller = np.maximum(hand.now, hand.then)
        gone = (silent >= 240) & (fuller > 0)
        return [float(gone.sum()), float(fuller[gone].sum())]
    days = orders[["customer", "date"]].drop_duplicates().sort_values(["customer", "date"])
    usual = days.groupby("customer")["date"].diff().dt.days.groupby(days["customer"]).median()
    late = silent / usual.reindex(range(len(hand.frame))) >= 1.5
    fell = (hand.now > 0) & (hand.now <= 0.8 * hand.then) & ~late
    return [float(fell.sum()), 0.2, float((hand.then - hand.now)[fell].sum())]


def test_the_first_page(case: str) -> None:
    hand = Hand(case)
    numbers = [float(hand.now.sum())]
    if covered(case):
        numbers.append(hand.growth)
    agree("summary", case, [*numbers, *by_hand(case, hand)])


def test_the_five_numbers(case: str) -> None:
    hand, page = Hand(case), section(built(case), "summary")
    tiles = {tile.key: tile.value for tile in page.tiles}
    assert len(tiles) == 5
    shares = hand.groups
    assert tiles["sales"] == pytest.approx(hand.now.sum() * hand.unit)
    assert tiles["buyers"] == (hand.now > 0).sum()
    assert tiles["top"] == pytest.approx(shares.iloc[0])
    if case in ("sample", "five"):  # whose orders tell what they cost
        orders, end = hand.portfolio.orders, pd.Timestamp(hand.portfolio.as_of)
        assert orders is not None
        year = orders[(orders["date"] > end - pd.DateOffset(years=1)) & (orders["date"] <= end)]
        assert tiles["profit"] == pytest.approx(float((year["amount"] - year["cost"]).sum()))
    else:
        assert tiles["hhi"] == pytest.approx((shares**2).sum() * 10_000)
    risky = (hand.frame["level_risk"] == "high").to_numpy()
    assert (tiles["risk"] or 0) == pytest.approx(hand.now[risky].sum() * hand.unit)


def test_segments(case: str) -> None:
    hand = Hand(case)
    codes = hand.frame["segment_standard"].to_numpy()
    sums = hand.now.groupby(codes).sum()
    largest = str(sums.idxmax())
    numbers = [float((codes == largest).sum()), float(sums[largest] / sums.sum())]
    if (codes == "at_risk").any() and largest != "at_risk":
        numbers += [float((codes == "at_risk").sum()), float(sums["at_risk"])]
    agree("segments", case, numbers)
    table = section(built(case), "segments").table
    assert sum(float(row[3].text.ja) for row in table.rows) == pytest.approx(100.0)
    for row in table.rows:
        assert row[1].value == (codes == row[0].value).sum()
        assert row[2].value == pytest.approx(sums[row[0].value] * hand.unit)


@pytest.mark.parametrize("case", ["sample", "five"])
def test_what_moved_sales(case: str) -> None:
    hand, figure = Hand(case), section(built(case), "mix").bridge
    stayed, begun = (hand.now > 0) & (hand.then > 0), hand.first >= hand.start
    flows = {
        "新規": hand.now[(hand.now > 0) & (hand.then <= 0) & begun].sum(),
        "復帰": hand.now[(hand.now > 0) & (hand.then <= 0) & ~begun].sum(),
        "離脱": -hand.then[(hand.then > 0) & (hand.now <= 0)].sum(),
    }
    industry = hand.frame["industry"].to_numpy()
    change = (hand.now - hand.then)[stayed]
    by = change.groupby(industry[stayed.to_numpy()]).sum()
    held = 0.0
    for step in figure.steps[1:-1]:
        expected = flows.get(step.label.ja, by.get(step.label.ja))
        if expected is not None:
            assert step.value == pytest.approx(expected * hand.unit), step.label.ja
        held += step.value
    assert held == pytest.approx((hand.now.sum() - hand.then.sum()) * hand.unit)
    steps = [step.value / hand.unit for step in figure.steps[1:-1]]
    line = section(built(case), "mix").message.ja
    dimension = re.search(r"。?(業界|地域|商品|規模|チャネル)では「([^」]*)」", line)
    assert dimension is not None
    column = {"業界": "industry", "地域": "district"}[dimension[1]]
    keys = hand.frame[column].to_numpy()
    if dimension[1] == "地域":
        return  # districts are told by their code; the table of regions is checked by the engine's tests
    part = [values[keys == dimension[2]].sum() / values.sum() for values in (hand.now, hand.then)]
    rise, fall = max(steps), -min(steps)
    words = re.findall(r"[+△][\d.]+pt", line)
    assert words == [f"{'+' if part[0] >= part[1] else '△'}{abs(part[0] - part[1]) * 100:.1f}pt"]
    assert [round(value) for value, _ in told(line)[1:3]] == [round(fall), round(rise)] or rise <= 0


def test_where_sales_are_concentrated(case: str) -> None:
    shares = Hand(case).groups
    cumulative = shares.cumsum()
    to_80 = int((cumulative < 0.8 - 1e-12).sum()) + 1
    numbers = [3.0, float(cumulative.iloc[2]), to_80] if len(shares) > 3 else [len(shares), to_80]
    agree("concentration", case, [float(shares.iloc[0])] if to_80 == 1 else numbers)
    bars = section(built(case), "concentration").bars.rows
    assert [bar.value for bar in bars] == pytest.approx(list(shares.iloc[: len(bars)]))


@pytest.mark.parametrize("case", ["sample", "golden"])
def test_whom_to_keep_and_to_grow(case: str) -> None:
    hand, page = Hand(case), section(built(case), "actions")
    aims = [str(row[1].value) for row in page.priorities.rows]
    places = [hand.portfolio.position(str(row[0].value)) for row in page.priorities.rows]
    keep, grow = ([place for place, aim in zip(places, aims, strict=True) if aim == kind] for kind in ("keep", "grow"))
    sums = [float(hand.now.iloc[group].sum()) for group in (keep, grow)]
    both = [sums[0], float(len(grow)), sums[1]]
    several = len(keep) > 1
    agree(
        "actions",
        case,
        [*both, *([float(len(keep))] if several else [])],
        en=[*both, *([float(len(keep) - 1)] if several else [])],
    )
    assert (hand.frame["level_risk"].iloc[keep] == "high").all()
    assert (hand.frame["level_growth"].iloc[grow] == "high").all()
    strategies = page.strategies.rows
    assert sum(row[1].value for row in strategies) == len(hand.portfolio)
    assert sum(float(row[3].text.ja) for row in strategies) == pytest.approx(100.0)


def test_profit_of_five_customers() -> None:
    hand = Hand("five")
    orders = hand.portfolio.orders
    assert orders is not None
    inside = orders[orders["date"] >= hand.start]
    profit = (inside["amount"] - inside["cost"]).groupby(inside["customer"]).sum().sort_values(ascending=False)
    losers = profit[profit < 0]
    agree(
        "profit",
        "five",
        [profit.sum(), 1.0, profit.iloc[0] / profit.sum(), float(len(losers)), -losers.sum(), *mended(hand, profit)],
    )


def mended(hand: Hand, profit: pd.Series[float]) -> list[float]:
    """Return share and number of those with sales at or above the median and a margin below it; nothing where nobody is."""
    sold = hand.now[hand.now > 0]
    margin = profit / sold
    weak = sold[(sold >= sold.median()) & (margin < margin.median())]
    return [weak.sum() / hand.now.sum(), float(len(weak))] if len(weak) else []


def test_who_moved_since_the_last_review() -> None:
    then, now = earlier().frame, sample().frame
    both = then.merge(now, on="customer_id", suffixes=("_then", "_now"))
    old, new = both["segment_standard_then"], both["segment_standard_now"]
    came = (new == "at_risk") & (old != "at_risk")
    numbers = [float((old != new).sum()), float(came.sum()), float(both.loc[came, "sales_12m_then"].sum())]
    agree("movement", "sample", numbers)


def test_the_voice_of_the_sample() -> None:
    portfolio = sample()
    surveys = portfolio.tables.surveys
    assert surveys is not None
    recent = surveys[surveys["date"] > pd.Timestamp(portfolio.as_of) - pd.Timedelta(days=365)]
    answers = recent[recent["item"].str.contains("推奨|NPS", na=False)].sort_values("date", kind="stable")
    latest = answers.groupby("customer")["score"].last()
    n, good, bad = len(latest), (latest >= 9).sum(), (latest <= 6).sum()
    nps = (good - bad) / n
    reach = 1.96 * np.sqrt(((good + bad) / n - nps**2) / n)
    line = section(built("sample"), "voice").message
    found = [value for value, _ in told(line.ja)]
    assert found[0] == round(nps * 100)
    row = section(built("sample"), "voice").nps.rows[0]
    assert row.value == pytest.approx(nps * 100)
    assert (row.low, row.high) == pytest.approx(((nps - reach) * 100, (nps + reach) * 100))
    assert f"n={n}" in line.ja
    assert f"n = {n}" in line.en


@pytest.mark.parametrize("case", ["sample", "five"])
def test_the_first_account(case: str) -> None:
    hand = Hand(case)
    page = next(each for each in built(case).sections if each.key == "accounts")
    at = int(getattr(page, "position"))  # noqa: B009 - sections share no field of that name
    numbers = [value for value, _ in told(page.message.ja)]
    assert at == int(np.argmax(hand.now))
    assert numbers[0] == pytest.approx(hand.now[at], rel=0.03)
    assert numbers[1] == pytest.approx(hand.now[at] / hand.then[at] - 1, abs=0.0005001)
    assert numbers[2] == pytest.approx(hand.now[at] / hand.now.sum(), abs=0.0005001)
    assert numbers[1:3] == [value for value, _ in told(page.message.en)][1:3]


def test_rows_and_customers_on_the_page_about_data(case: str) -> None:
    read = sum(len(table) for table in rows_of(CASES[case]()))
    assert read in [value for value, _ in told(section(built(case), "quality").message.en)]


def rows_of(portfolio: Portfolio) -> Iterable[pd.DataFrame]:
    tables = portfolio.tables
    names = (
        "customers",
        "orders",
        "contacts",
        "surveys",
        "costs",
        "products",
        "leads",
        "plans",
        "actions",
        "benchmarks",
    )
    found = [getattr(tables, name) for name in names]
    from_orders = not any(source.table == "customers" for source in portfolio.sources)
    return [each for each in (found[1:] if from_orders else found) if each is not None]


@pytest.mark.parametrize("case", ["sample", "five", "cdnow"])
def test_schemes_hold_every_customer_once_and_their_shares_add_up(case: str) -> None:
    hand, page = Hand(case), section(built(case), "schemes")
    for row in page.table.rows:
        if row[2].value is None:
            assert "算出不可" in row[1].text.ja
            continue
        parts = re.findall(r" ([\d,]+)\(([\d.]+)\)", row[1].text.ja)
        assert sum(int(count.replace(",", "")) for count, _ in parts) == row[2].value == len(hand.portfolio)
        assert sum(float(share) for _, share in parts) == pytest.approx(100.0)
        codes = hand.frame[f"segment_{row[0].value}"]
        assert sorted(int(count.replace(",", "")) for count, _ in parts) == sorted(codes.value_counts())
    for row in page.contradictions.rows if page.contradictions else ():
        assert row[1].value == pytest.approx(hand.now[hand.portfolio.position(str(row[0].value))] * hand.unit)


def test_active_customers_of_a_year_before_and_now_reconcile() -> None:
    fact = next(each for each in section(built("sample"), "summary").facts if each.key == "base")
    start, new, back, lost, end = (value for value, _ in told(fact.text.ja.replace("1年前", "").replace("−", "")))
    assert start + new + back - lost == end == fact.value
    kept = next(each for each in section(built("sample"), "summary").facts if each.key == "kept")
    assert f"({start:.0f}社" in kept.text.ja.replace("前年の", "")
    assert f"{(start - lost) / start * 100:.1f}%" in kept.text.ja


def test_whoever_is_to_be_kept_does_not_lose_hours_without_a_word() -> None:
    hours = section(built("sample"), "trials").hours
    names = {row[0].text.ja for row in hours.over.rows}
    risky = set(sample().frame.loc[sample().frame["level_risk"] == "high", "name"])
    assert names & risky
    assert hours.warning is not None
    assert "木霊の森製薬" in hours.warning.ja


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_sentence_counts_one_of_many_wrongly(lang: Lang) -> None:
    wrong = re.compile(r"\b1 (customers|groups|rows|orders|companies|opportunities|complaints)\b")
    for case in CASES:
        for line in chain.from_iterable((each.message, each.subtitle, *each.notes) for each in built(case).sections):
            assert not wrong.search(line.to(lang)), line.to(lang)
            assert not re.search(r"\b(nan|None)\b", line.to("ja"))


def test_the_six_dimensions_of_quality(case: str) -> None:
    portfolio, page = CASES[case](), section(built(case), "quality")
    held = {str(row[0].value): row[1] for row in page.dimensions.rows}
    assert list(held) == ["completeness", "validity", "uniqueness", "consistency", "timeliness", "accuracy"]
    master = portfolio.tables.customers[["industry", "region", "size", "owner", "channel"]]
    assert held["completeness"].value == pytest.approx(sum(master[name].count() for name in master) / master.size)
    unused = sum(finding.severity == "error" and finding.row is not None for finding in portfolio.findings)
    read = sum(source.rows_read for source in portfolio.sources)
    assert held["validity"].value == pytest.approx(1 - unused / read)
    kana = master.assign(kana=portfolio.tables.customers["kana"]).dropna(subset=["kana"])
    assert held["uniqueness"].value == kana["kana"].duplicated().sum()
    assert held["consistency"].value == len(page.checks.rows)
    assert held["accuracy"].text.ja.startswith("算出不可")
    if portfolio.orders is None:
        assert held["timeliness"].text.ja == "算出不可(取引が必要)"
    else:
        assert held["timeliness"].value == (portfolio.as_of - portfolio.orders["date"].max().date()).days
