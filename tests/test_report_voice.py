"""R9 the customer's voice: every number against the engine's own answers, and pages that shrink with their tables."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import golden, report_of, sample, section

from engine.measures import voice
from report_templates.charts import svg
from report_templates.print import render
from report_templates.sections.customers.voice import Voice
from report_templates.view import view

DAY = date(2026, 11, 22)


@pytest.fixture
def page() -> Voice:
    found: Voice = section(report_of(sample()), "voice")
    return found


def test_without_surveys_and_contacts_there_is_no_page() -> None:
    assert "voice" not in [each.key for each in report_of(golden()).sections]


def test_the_message_is_the_engines_nps_and_its_worst_topic(page: Voice) -> None:
    (total,) = voice.nps(sample())
    worst = max(voice.voc(sample()), key=lambda each: each.complaints)
    assert page.message.ja == (
        f"NPSは△{abs(total.value):.0f}(n={total.n}、95%区間 △{abs(total.low):.0f}〜+{total.high:.0f})。"
        f"苦情が最も多いのは「{worst.label.ja}」の{worst.complaints}件"
    )


def test_estimates_carry_their_intervals_and_answers(page: Voice) -> None:
    assert page.nps is not None
    rows = (*voice.nps(sample()), *voice.nps(sample(), "segment"))
    unknown = [None if np.isnan(own.value) else own.value for own in rows]  # a segment that nobody answered for
    assert [row.value for row in page.nps.rows] == unknown
    ends = [(row.low, row.high) for row in page.nps.rows]
    assert np.array_equal(ends, [(own.low, own.high) for own in rows], equal_nan=True)
    assert all(f"(n={own.n})" in row.display.ja for row, own in zip(page.nps.rows, rows, strict=True))
    assert page.csat is not None
    assert [row.value for row in page.csat.rows] == [own.value for own in voice.csat(sample())]


def test_the_cs_portfolio_puts_what_matters_and_displeases_into_the_upper_left(page: Voice) -> None:
    assert page.map is not None
    found = voice.cs_portfolio(sample())
    first = {each.item for each in found.items if each.area == "improve_first"}
    marked = [spot for spot in page.map.spots if spot.tone == "severe"]
    assert {spot.name.ja for spot in marked} == first
    for spot in marked:
        assert spot.x < page.map.split[0]
        assert spot.y >= page.map.split[1]
    assert page.map.names[0].ja == "重点改善"


def test_topics_and_silent_customers_are_the_engines(page: Voice) -> None:
    assert page.topics is not None
    assert page.silent is not None
    own = {each.label.ja: each for each in voice.voc(sample())}
    for row in page.topics.rows:
        topic = own[row[0].text.ja]
        assert [cell.value for cell in row[1:]] == [
            topic.n, topic.share, topic.negative, topic.complaints, topic.last_complaint, topic.open_items,
        ]  # fmt: skip
    quiet = voice.silence(sample())
    assert f"全{len(quiet)}社" in page.silent.caption.ja
    sales = [row[1].value for row in page.silent.rows]
    assert sales == sorted(sales, reverse=True)  # type: ignore[type-var]
    assert [row[3].value for row in page.silent.rows] == [each.days for each in quiet[: len(sales)]]


def test_with_contacts_alone_the_page_says_what_is_missing() -> None:
    log = {"顧客名": ["株式会社A"], "日付": [date(2026, 10, 1)], "種別": ["苦情"], "内容": ["<i>納期</i>が遅い"]}
    report = view.build(portfolio_of(GOLDEN, as_of=DAY, contacts=log))
    found = section(report, "voice")
    assert found.nps is None
    assert found.map is None
    assert "アンケート" in found.notes[0].ja
    assert found.message.ja.endswith("の1件")
    assert "<i>" not in render.html(report, "ja")


def test_too_few_answers_give_no_number_but_their_count() -> None:
    answers = {"顧客名": ["株式会社A"], "日付": [date(2026, 10, 1)], "項目": ["NPS"], "評価": [9]}
    found = section(view.build(portfolio_of(GOLDEN, as_of=DAY, surveys=answers)), "voice")
    assert found.message.ja == "アンケートの回答は少なく、NPSは算出不可"
    assert found.nps.rows[0].value is None
    assert found.nps.rows[0].display.ja == "算出不可 (n=1)"
    assert "接点" in found.notes[0].ja


def test_hostile_items_are_drawn_as_text(page: Voice) -> None:
    assert page.map is not None
    drawn = svg(page.map, "en", "cs")
    assert drawn.count("<title") == 1
