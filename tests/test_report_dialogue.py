"""R9 contacts and needs: rates counted by hand from the log, needs beside our offer, and no page where nothing is told."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import HOSTILE, golden, report_of, sample, section

from engine.language.errors import Text
from engine.measures.opportunities import ranked
from engine.measures.voice.contacts import Velocity
from report_templates.print import render
from report_templates.sections.customers.dialogue import Dialogue, _build_dialogue_message
from report_templates.view import view

DAY = date(2026, 11, 22)
LOG: dict[str, list[object]] = {
    "顧客名": ["株式会社A", "株式会社A", "株式会社B", "株式会社B", "株式会社B"],
    "日付": [date(2026, 11, 1), date(2026, 10, 1), date(2026, 9, 1), date(2026, 7, 1), date(2026, 6, 1)],
    "チャネル": ["電話", "電話", "訪問", "電話", "訪問"],
    "種別": ["問合せ"] * 5,
}


@pytest.fixture
def page() -> Dialogue:
    found: Dialogue = section(report_of(sample()), "dialogue")
    return found


def test_contacts_a_month_are_counted_in_the_two_windows(page: Dialogue) -> None:
    assert page.channels is not None
    log = sample().tables.contacts
    assert log is not None
    day = log["date"].to_numpy().astype("datetime64[D]")
    edges = [np.datetime64(edge) for edge in ("2026-03-30", "2026-06-30", "2026-09-30")]
    for row in page.channels.rows:
        own = (log["channel"] == row[0].value).to_numpy()
        earlier, recent = (int((own & (day > a) & (day <= b)).sum()) for a, b in pairwise(edges))
        assert [row[1].value, row[2].value] == pytest.approx([earlier / 3, recent / 3])
        assert row[3].value == pytest.approx((recent - earlier) / 3)
    total = page.channels.total
    assert total is not None
    assert total[2].value == pytest.approx(sum(row[2].value for row in page.channels.rows))  # type: ignore[misc]
    assert [cell.text.ja for cell in total[3:]] == ["△6.7", "△16.8〜+3.5"]
    # The interval holds 0, so that the change is no headline.
    assert page.message.ja.startswith("接点は月37.0件(その前の3か月との差は偶然の範囲)。")


def test_a_change_of_contacts_beyond_chance_is_a_headline() -> None:
    fallen = Velocity(Text("全体", "all"), 60, 200, 20.0, 66.7, -46.7, -56.0, -37.3)
    assert _build_dialogue_message(fallen, (), 3).ja == "接点は月20.0件(その前の3か月から△46.7件)"


def test_customers_are_listed_whose_enquiries_changed_most(page: Dialogue) -> None:
    assert page.changes is not None
    change = sample().frame["contact_change"].astype("Float64").fillna(0.0).to_numpy(float)
    shown = [float(row[2].value) for row in page.changes.rows]  # type: ignore[arg-type]
    half = len(shown) // 2
    assert shown[:half] == sorted(change, reverse=True)[:half]
    assert shown[half:] == sorted(change)[:half]
    assert f"増えた{(change > 0).sum()}社・減った{(change < 0).sum()}社" in page.changes.caption.ja


def test_needs_stand_beside_our_solution_and_the_best_offer(page: Dialogue) -> None:
    assert page.needs is not None
    plans = sample().tables.plans
    assert plans is not None
    sales = sample().frame["sales_12m"].iloc[plans["customer"]].to_numpy(float)
    ordered = plans.iloc[np.argsort(-sales, kind="stable")]
    best = ranked(sample()).drop_duplicates("customer").set_index("customer")
    assert [row[1].text.ja for row in page.needs.rows] == list(ordered["needs"])[: len(page.needs.rows)]
    for row, customer in zip(page.needs.rows, ordered["customer"], strict=False):
        assert row[3].text.ja == best.loc[customer, "product"]
        assert row[4].value == best.loc[customer, "expected"]
    assert page.message.ja.endswith(f"ニーズが分かる{len(plans)}社すべてに解決策がある")


def test_needs_alone_make_a_page_and_say_what_is_missing() -> None:
    plans = {
        "顧客名": ["株式会社A", "株式会社B"],
        "顧客ニーズ": [HOSTILE[0], "納期を短く"],
        "提供できる解決策": [None, "在庫"],
    }
    report = view.build(portfolio_of(GOLDEN, as_of=DAY, plans=plans))
    found = section(report, "dialogue")
    assert (found.channels, found.changes, found.notes) == (None, None, ())
    assert found.message.ja == "ニーズが分かる2社のうち1社に解決策がある"
    assert [row[2].text.ja for row in found.needs.rows] == ["解決策の記入がない", "在庫"]
    assert {row[3].text.ja for row in found.needs.rows} == {"算出不可"}
    assert HOSTILE[0] not in render.html(report, "ja")


def test_contacts_alone_make_a_page_where_there_are_channels_to_compare() -> None:
    found = section(view.build(portfolio_of(GOLDEN, as_of=DAY, contacts=LOG)), "dialogue")
    assert found.needs is None
    rows = {row[0].text.ja: (row[1].value, row[2].value) for row in found.channels.rows}
    assert rows == {"電話": pytest.approx((1 / 3, 2 / 3)), "訪問": pytest.approx((1 / 3, 1 / 3))}
    one = {name: values[:2] for name, values in LOG.items()}
    assert "dialogue" not in [each.key for each in view.build(portfolio_of(GOLDEN, as_of=DAY, contacts=one)).sections]
    assert "dialogue" not in [each.key for each in report_of(golden()).sections]
