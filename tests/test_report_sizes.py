"""What only three, five or thousands of customers show: no top 3 of 3, no page of reasons, no column of 0.0."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from helpers.builders import portfolio_of
from helpers.cdnow import sample_tables
from helpers.reports import golden, report_of, sample, section

from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score
from report_templates.document.report_data import read
from report_templates.sections.customers import account_parts
from report_templates.sections.future import trials, worth
from report_templates.sections.summary import summary
from report_templates.texts import settings
from report_templates.texts.typeface import width
from report_templates.view import view

if TYPE_CHECKING:
    from report_templates.document.report_data import Reading

DAY = date(2026, 9, 30)


@pytest.fixture(scope="module")
def tiny() -> Portfolio:
    """One large customer, and five whose sales are a thousandth of the report's unit or less."""
    names = ["大商事", *(f"小店{number}" for number in range(5))]
    days = [DAY - timedelta(days=30 * turn) for turn in range(1, 5)]
    rows = [
        (name, day, 90_000_000 if name == "大商事" else 1_000 + 100 * at)
        for at, name in enumerate(names)
        for day in days
    ]
    columns = list(zip(*rows, strict=True))
    orders = {
        "顧客名": columns[0],
        "取引日": columns[1],
        "金額": columns[2],
        "原価": [value * 7 // 10 for value in columns[2]],
    }
    return portfolio_of({"顧客名": names}, orders, DAY)


def test_three_customers_have_no_top_three() -> None:
    page = section(report_of(golden()), "concentration")
    assert (page.message.ja, page.message.en) == (
        "全3社のうち2社で売上の80%に達する",
        "2 of 3 customers make up 80% of sales",
    )
    cause = next(alert.cause for alert in golden().alerts if alert.code == "concentration")
    assert (cause.ja, cause.en) == ("売上のある顧客は3社", "customers with sales: 3")


def test_what_was_typed_is_not_called_the_last_twelve_months() -> None:
    for portfolio, words in ((golden(), "年間売上(顧客表の値)"), (sample(), "直近12か月売上")):
        items = [row[0].text.ja for row in section(report_of(portfolio), "quality").checks.rows]
        assert sum(item.startswith(f"{words} = ") for item in items) >= 3


def test_the_smallest_profits_are_told_in_a_finer_unit(tiny: Portfolio) -> None:
    page = section(view.build(tiny), "profit")
    assert page.worst.caption.ja.endswith("、千円")
    assert page.worst.caption.en.endswith(", thousand yen")
    best = page.best.rows[0]
    assert best[1].text.ja == "360.0"
    for row in page.worst.rows:
        assert row[1].text.ja == f"{row[1].value / 1_000:,.1f}"
        assert row[3].text.ja not in ("0.0", "0.00")
    assert section(report_of(sample()), "profit").worst.caption.ja.endswith("(少ない順)")


def test_the_map_says_whom_it_draws_and_whom_it_cannot_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    def few(name: str) -> int:
        return 20 if name == "bubbles" else settings.limit(name)

    monkeypatch.setattr("report_templates.sections.structure.profit_map.limit", few)
    note = section(view.build(sample()), "profit").map.note.ja
    without = int((~(sample().frame["sales_12m"] > 0)).sum())
    assert "売上の大きい20社を描く" in note
    assert f"売上または粗利率のない{without}社は描いていない。" in note


def test_no_page_of_reasons_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def small(name: str) -> int:
        return 100 if name == "trial_customers" else settings.limit(name)

    monkeypatch.setattr("report_templates.sections.future.trials.limit", small)
    reading = read(score(sample_tables()))
    first, second = worth.build(reading), trials.build(reading)
    assert first is not None
    assert second is not None
    assert not second.tried
    told, page = trials.folded(first, second)
    assert page is None
    assert told is not None
    for reason in (second.mix, *second.notes):
        assert reason.ja.rstrip("。") in told.notes[-1].ja
    assert trials.folded(None, second) == (None, second)
    kept = trials.build(read(golden()))
    assert trials.folded(first, kept) == (first, kept)


def test_numbers_beside_the_rates_have_the_room_that_they_take() -> None:
    spans = worth.build(read(score(sample_tables())))
    assert spans is not None
    for figure in (spans.kinds, spans.groups):
        assert figure is not None
        plot, _, gutter, numbers = figure.size
        longest = max(width(text) for row in figure.rows for text in (row.display.ja, row.display.en))
        assert numbers >= longest * 11.25 + 8
        assert plot + numbers + gutter == 316


def test_an_order_that_is_a_few_days_late_is_told_by_its_date() -> None:
    days = [DAY - timedelta(days=23 + 20 * turn) for turn in range(12)]
    orders = {"顧客名": ["甲"] * 12, "取引日": days, "金額": [100_000] * 12}
    reading = read(portfolio_of({"顧客名": ["甲", "乙"]}, orders, DAY))
    _, when = account_parts.offer(reading, 0)
    assert (when.text.ja, when.text.en) == ("2026/9/27(3日超過)", "2026-09-27 (3 d late)")
    assert account_parts.offer(reading, 1)[1].tone == "missing"


@pytest.mark.parametrize(
    ("untold", "said"), [(0, "該当するアラートはない。"), (2, "該当するアラートはない(算出不可2件)。")]
)
def test_tests_that_could_not_be_made_are_counted_only_where_there_are_some(untold: int, said: str) -> None:
    reading = cast("Reading", SimpleNamespace(alerts=(), untold=untold))
    note = summary._alerts_note(reading)
    assert note is not None
    assert note.ja.startswith(said)
