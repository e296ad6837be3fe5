"""The browser's edition printed from a real Chromium: the same sheets as the PDF, and nothing of what answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers.reports import finished, golden, report_of, sample, section
from helpers.screens import launched, opened
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from report_templates import charts
from report_templates.gates.gates import check_html
from report_templates.print import render
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from report_templates.document.document import Report

ANSWERING = ("skip", "top", "filter", "find", "table")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


def screen(chromium: Browser, folder: Path, report: Report, lang: Lang) -> Page:
    """Return the browser's edition, open and used: every table of numbers open, everything sorted, fields filled."""
    markup = render.html(report, lang)
    check_html(markup)
    (folder / "report.html").write_text(markup, encoding="utf-8")
    page = opened(chromium, folder / "report.html").page
    for summary in page.locator("details.numbers > summary").all():
        summary.click()
    for button in page.locator("main thead tr th:first-child .sort").all():
        button.click()
    for field in page.locator("main .filter input").all():
        field.fill("nobody is called so")
    page.locator("[data-tip]").first.focus()
    return page


def sheets(content: bytes) -> list[str]:
    """Return the words of every sheet without spaces, as different printers break lines differently."""
    pages = PdfReader(BytesIO(content)).pages
    return [bare(page.extract_text()) for page in pages]


def bare(words: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", words))


def printed(page: Page) -> list[str]:
    return sheets(page.pdf(prefer_css_page_size=True, print_background=True))


@pytest.mark.chromium
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sheets_are_those_of_the_pdf(chromium: Browser, tmp_path: Path, lang: Lang) -> None:
    report = report_of(golden())
    own, pdf = printed(screen(chromium, tmp_path, report, lang)), sheets(finished().files[f"report.{lang}.pdf"])
    assert len(own) == len(pdf) == len(report.sections)
    for number, (page, sheet, other) in enumerate(zip(report.sections, own, pdf, strict=True), start=1):
        assert bare(page.message.to(lang)) in sheet
        assert bare(page.message.to(lang)) in other
        for words in (report.stamp.foot, report.stamp.confidential, report.title):
            assert bare(words.to(lang)) in sheet
        assert f"{number}/{len(own)}" in sheet


@pytest.mark.chromium
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_page_of_the_sample_stays_one_sheet_and_nothing_that_answers_is_printed(
    chromium: Browser, tmp_path: Path, lang: Lang
) -> None:
    report = report_of(sample())
    own = printed(screen(chromium, tmp_path, report, lang))
    assert len(own) == len(report.sections)
    everything = "".join(own)
    for page, sheet in zip(report.sections, own, strict=True):
        assert bare(page.message.to(lang)) in sheet
    for key in ANSWERING:
        assert bare(say(f"screen.{key}").to(lang)) not in everything


@pytest.mark.chromium
def test_what_the_reader_has_sorted_and_filtered_is_printed_in_full_and_in_the_report_s_order(
    chromium: Browser, tmp_path: Path
) -> None:
    report = report_of(golden())
    page = screen(chromium, tmp_path, report, "ja")
    names = page.locator("#segment-table tbody th")
    own = [bare(row[0].text.ja) for row in section(report, "segments").table.rows]
    page.locator("#segment-table .sort").first.click()
    shown = [bare(each) for each in names.all_inner_texts()]
    assert shown != own
    sheet = printed(page)[[each.key for each in report.sections].index("segments")]
    places = [sheet.rindex(name) for name in own]
    assert places == sorted(places)
    expect(names.first).to_have_text(re.compile(re.escape(shown[0])))


def test_paper_gets_no_word_of_a_tip() -> None:
    figure = section(report_of(golden()), "concentration").curve
    assert "data-tip" in charts.svg(figure, "ja", "a", telling=True)
    assert "data-tip" not in render.html(report_of(golden()), "ja", "print")
