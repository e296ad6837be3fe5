"""The printer: style sheets are parsed once for many pages, and no page gets other bytes, or less to hear, by that."""

from __future__ import annotations

from datetime import date

import pytest
from helpers.reports import golden

from report_templates.print import printer, render
from report_templates.view import view

DAY = date(2026, 11, 22)
PAGE = '<html lang="ja"><head><title>x</title><style>{sheet}</style></head><body><h1>{text}</h1></body></html>'


def test_a_page_has_the_same_bytes_whether_its_sheets_were_kept_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    markups = [render.html(report, "ja", "print") for report in view.of_accounts(golden(), [0, 1])]
    kept = [printer.pdf(markup, golden().as_of) for markup in markups]
    assert printer._undressed(markups[0])[1][0] == printer._undressed(markups[1])[1][0]
    monkeypatch.setattr(printer, "_undressed", lambda markup: (markup, ()))
    assert [printer.pdf(markup, golden().as_of) for markup in markups] == kept


def test_a_complaint_about_a_sheet_holds_for_every_page_that_wears_it() -> None:
    for text in ("one", "two"):
        found = printer.pdf(PAGE.format(sheet="h1 { colour: red }", text=text), DAY)
        assert len(found.complaints) == 1
        assert "colour" in found.complaints[0]


@pytest.mark.parametrize(
    "sheet",
    ['@import "x.css";', "@counter-style a { system: cyclic; symbols: x }", "@layer a { h1 { color: red } }"],
)
def test_a_sheet_that_reaches_beyond_itself_stays_in_its_document(sheet: str) -> None:
    markup = PAGE.format(sheet=sheet, text="x")
    assert printer._undressed(markup) == (markup, ())


def test_sheets_of_a_company_outside_the_head_keep_their_place() -> None:
    markup = PAGE.format(sheet="h1 { color: red }", text="<style>h1 { color: blue }</style>x")
    assert printer._undressed(markup) == (markup, ())
    media = PAGE.format(sheet="", text="x").replace("<style>", '<style media="screen">')
    assert printer._undressed(media) == (media, ())
