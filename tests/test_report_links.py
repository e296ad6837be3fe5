"""Links inside the report: from the first page to the page that tells more, from a name to the account, none to nowhere."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from io import BytesIO

import pytest
from helpers.pdfs import printed_words
from helpers.reports import golden, hostile, report_of, sample, section
from pypdf import PdfReader
from test_report_view import five, quiet

from engine.language.errors import Lang
from engine.scoring.portfolio import Portfolio
from report_templates.document import links
from report_templates.document.report_data import read
from report_templates.print import printer, render
from report_templates.sections.summary.page_fit import room
from report_templates.view import view

LANGUAGES: tuple[Lang, ...] = ("ja", "en")


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def targets(markup: str) -> set[str]:
    return set(re.findall(r'<a [^>]*href="#([^"]+)"', markup))


@pytest.mark.parametrize("edition", ["print", "screen"])
@pytest.mark.parametrize("make", [golden, sample, five])
def test_every_link_has_its_target(make: object, edition: render.Edition) -> None:
    assert callable(make)
    markup = render.html(report_of(make()), "ja", edition)
    ids = re.findall(r'\bid="([^"]+)"', markup)
    assert targets(markup)
    assert targets(markup) <= set(ids)


def test_the_numbers_alerts_facts_and_questions_of_the_first_page_lead_to_their_pages() -> None:
    report = report_of(sample())
    anchors = {each.anchor for each in report.sections}
    first = report.sections[0]
    lines = (*first.tiles, *first.alerts, *first.facts, *first.decisions)  # type: ignore[attr-defined]
    assert len(lines) > 10
    for line in lines:
        assert set(line.link) & anchors, line
    markup = render.html(replace(report, sections=(first,)), "ja", "print")
    assert targets(markup) == {
        "report",
        "page-summary",
    }  # the skip link and the contents: pages that are not there have no link


def test_a_customer_with_a_page_of_its_own_is_linked_to_it_wherever_its_name_stands() -> None:
    report = report_of(sample())
    pages = {each.anchor for each in report.sections if each.key == "accounts"}
    assert pages
    linked = {
        page
        for each in report.sections
        for table in vars(each).values()
        for row in getattr(table, "rows", ())
        if isinstance(row, tuple)
        for cell in row
        for page in getattr(cell, "link", ())
    }
    assert pages & linked
    position = section(report, "accounts").position
    assert links.account(position) == (section(report, "accounts").anchor,)


def test_the_document_of_one_account_links_to_nothing_that_it_lacks() -> None:
    alone = view.of_account(read(sample()), section(report_of(sample()), "accounts").position)
    markup = render.html(alone, "ja", "screen")
    assert targets(markup) <= set(re.findall(r'\bid="([^"]+)"', markup))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_in_the_pdf_every_link_leads_to_the_page_that_it_names(lang: Lang) -> None:
    report = report_of(golden())
    printed = printer.pdf(render.html(report, lang, "print"), golden().as_of)
    assert printed.complaints == ()
    reader, words = PdfReader(BytesIO(printed.content)), printed_words(printed.content)
    named = reader.named_destinations
    found = {
        str(annotation.get_object()["/Dest"])
        for annotation in reader.pages[0]["/Annots"]  # type: ignore[attr-defined]
        if annotation.get_object()["/Subtype"] == "/Link"
    }
    assert {f"page-{each.anchor}" for each in report.sections[1:]} <= found
    for each in report.sections[1:]:
        number = reader.get_destination_page_number(named[f"page-{each.anchor}"])
        assert number is not None
        assert f"{each.number}{squeezed(each.name.to(lang))}" in squeezed(words[number])
    for page in reader.pages:
        for annotation in page.get("/Annots", ()):
            target = annotation.get_object()
            if target["/Subtype"] == "/Link":
                assert str(target["/Dest"]) in named


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_of_pages_tells_the_number_of_each(lang: Lang) -> None:
    report = report_of(golden())
    content = printer.pdf(render.html(report, lang, "print"), golden().as_of).content
    reader, text = PdfReader(BytesIO(content)), squeezed(printed_words(content)[0])
    for each in report.sections[1:]:
        number = reader.get_destination_page_number(reader.named_destinations[f"page-{each.anchor}"])
        assert number is not None
        assert squeezed(f"{each.number}{each.short.to(lang)}{number + 1}") in text


@pytest.mark.parametrize("make", [golden, sample, hostile, five, quiet])
def test_the_first_page_stays_one_sheet_with_or_without_the_list(make: object) -> None:
    assert callable(make)
    portfolio: Portfolio = make()
    report = report_of(portfolio)
    for lang in LANGUAGES:
        markup = render.html(report, lang, "print")
        first = re.sub(r"(?s)<section (?!class=\"section section-summary).*?</section>", "", markup)
        assert first.count("<section") == 1
        assert ('class="pages"' in first) == room(report.sections[0], lang)  # type: ignore[arg-type]
        printed = printer.pdf(first, portfolio.as_of)
        assert len(PdfReader(BytesIO(printed.content)).pages) == 1


def test_the_list_gives_way_where_the_first_page_is_full() -> None:
    first = report_of(sample()).sections[0]
    full = replace(first, notes=(*first.notes, *first.notes, *(first.message,) * 6))
    assert not room(full, "ja")  # type: ignore[arg-type]
    assert room(report_of(quiet()).sections[0], "ja")  # type: ignore[arg-type]
