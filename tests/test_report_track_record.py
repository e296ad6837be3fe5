"""R11 的中の検証: page, picture and the one sentence equal the backtest that cell and command show."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from helpers import synthetic
from helpers.looks import pages_of
from helpers.reports import golden, report_of

from engine.language.errors import Lang
from engine.measures.backtest import backtest, verdict_text
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score
from report_templates import charts
from report_templates.delivery.mail.body import body_of
from report_templates.document.report_data import read
from report_templates.print import render
from report_templates.sections.record import track_record
from report_templates.sections.record.track_record import TrackRecord


@cache
def portfolio() -> Portfolio:
    made = synthetic.company("regular", 120, seed=12)
    return score(made.whole, as_of=made.until)


def page() -> TrackRecord:
    found = track_record.build(read(portfolio()))
    assert found is not None
    return found


def test_the_page_shows_the_backtest_of_the_engine() -> None:
    found, shown = backtest(portfolio()), page()
    assert [row[0].value for row in shown.levels.rows] == [each.key for each in found.levels]
    for row, each in zip(shown.levels.rows, found.levels, strict=True):
        assert [cell.value for cell in row[1:5]] == [each.customers, each.events, each.predicted, each.actual]
    assert shown.levels.total is not None
    assert shown.levels.total[1].value == found.whole.customers
    assert [row[0].value for row in shown.rankers.rows] == [each.code for each in found.rankers]
    assert [row[1].value for row in shown.rankers.rows] == [each.auc for each in found.rankers]
    assert [row[0].value for row in shown.axes.rows] == ["risk", "continuity", "growth", "value"]


def test_the_picture_holds_prediction_outcome_and_interval_of_every_tenth() -> None:
    picture = page().picture
    assert picture is not None
    tenths = backtest(portfolio()).tenths
    assert [(each.predicted, each.actual, each.low, each.high, each.count) for each in picture.outcomes] == [
        (each.predicted, each.actual, each.low, each.high, each.customers) for each in tenths
    ]
    assert all(max(each.predicted, each.high) <= picture.top <= 1 for each in picture.outcomes if picture.top < 1)
    written = charts.specification(picture, "ja")
    rows = [row for each in written["datasets"].values() for row in each]
    assert {"predicted": 0.0, "actual": 0.0} in rows
    assert {"predicted": picture.top, "actual": picture.top} in rows  # the diagonal
    assert sum("low" in row for row in rows) == len(tenths)
    drawn = charts.svg(picture, "en", "page")
    assert "Predicted loss" in drawn
    assert "Actual loss" in drawn


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_page_concentration_and_mail_say_the_sentence_of_the_cell(lang: Lang) -> None:
    report = report_of(portfolio())
    told = verdict_text(backtest(portfolio())).to(lang)
    (record,) = (each for each in report.sections if isinstance(each, TrackRecord))
    (concentration,) = (each for each in report.sections if each.key == "concentration")
    sentence = record.sentence.to(lang)
    assert concentration.notes == (record.sentence,)
    said = sentence.partition(": ")[2].rstrip("。.")
    assert told.startswith(said)
    body = body_of(report, lang)
    assert sentence in body.text
    assert said[:30] in body.html


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_fits_one_page(lang: Lang) -> None:
    report = replace(report_of(portfolio()), sections=(page(),))
    assert len(pages_of(render.html(report, lang, "print"))) == 1


def test_without_orders_there_is_no_page_and_no_sentence() -> None:
    report = report_of(golden())
    assert not any(isinstance(each, TrackRecord) for each in report.sections)
    assert track_record.sentence(read(golden())) is None
