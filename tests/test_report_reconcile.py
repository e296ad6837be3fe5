"""The gate of numbers: it lets true pages through, and refuses every one on which a number differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from helpers.reports import golden, hostile, report_of, sample, section

from engine.language.errors import Lang
from engine.scoring.portfolio import Portfolio
from report_templates.document.document import Report
from report_templates.document.report_data import read
from report_templates.editions.make import make
from report_templates.gates import reconcile
from report_templates.gates.gates import GateFailed
from report_templates.print import render
from report_templates.sections.record.quality import checks


@pytest.mark.parametrize("make_portfolio", [golden, sample, hostile])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_true_pages_pass(make_portfolio: Callable[[], Portfolio], lang: Lang) -> None:
    report = report_of(make_portfolio())
    reconcile.check_sums(report, make_portfolio())
    for edition in ("print", "screen"):
        markup = render.html(report, lang, "print" if edition == "print" else "screen")
        reconcile.check_reconciliation(report, lang, markup)


def test_a_number_that_was_changed_on_the_page_is_found() -> None:
    report = report_of(golden())
    markup = render.html(report, "ja", "print")
    for before, after in (("29.0<span", "28.0<span"), ("3,936<span", "3,937<span"), (">51.7</td>", ">51.8</td>")):
        assert before in markup
        with pytest.raises(GateFailed) as failed:
            reconcile.check_reconciliation(report, "ja", markup.replace(before, after))
        assert after.strip("></td").replace("<span", "") in failed.value.text.ja


def test_a_row_that_is_missing_on_the_page_is_found() -> None:
    report = report_of(golden())
    markup = render.html(report, "ja", "print")
    start = markup.index("<tr>", markup.index('id="strategies"') + 400)
    end = markup.index("</tr>", start) + len("</tr>")
    with pytest.raises(GateFailed):
        reconcile.check_reconciliation(report, "ja", markup[:start] + markup[end:])


def changed(report: Report, key: str, **values: Any) -> Report:
    sections = tuple(replace(each, **values) if each.key == key else each for each in report.sections)
    return replace(report, sections=sections)


def test_sums_that_are_not_the_portfolios_are_refused() -> None:
    report = report_of(golden())
    page = section(report, "summary")
    tiles = tuple(replace(tile, value=1) if tile.key == "sales" else tile for tile in page.tiles)
    table = section(report, "segments").table
    moved = replace(
        table, rows=((*table.rows[0][:1], replace(table.rows[0][1], value=9), *table.rows[0][2:]), *table.rows[1:])
    )
    strategies = section(report, "actions").strategies
    for wrong in (
        changed(report, "summary", tiles=tiles),
        changed(report, "segments", table=moved),
        changed(report, "actions", strategies=replace(strategies, rows=strategies.rows[1:])),
    ):
        with pytest.raises(GateFailed):
            reconcile.check_sums(wrong, golden())


def test_a_report_that_does_not_reconcile_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    true = render.html
    monkeypatch.setattr(render, "html", lambda *words: true(*words).replace("29.0<span", "92.0<span"))
    with pytest.raises(GateFailed):
        make(golden(), ("ja",), ("html",))


def test_every_division_of_the_whole_stands_in_the_visible_table() -> None:
    portfolio = sample()
    items = " ".join(check.item.ja for check in checks(read(portfolio)))
    for division in ("業界別", "地域別", "ABC別", "戦略別", "全セグメント"):
        assert division in items
    table = section(report_of(portfolio), "quality").checks
    assert len(table.rows) == len(checks(read(portfolio)))
    assert {row[3].value for row in table.rows} == {"True"}
