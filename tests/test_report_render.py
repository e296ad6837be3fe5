"""Rendering: the same bytes for the same run, the footer on every page, nothing fetched, hostile names as text."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from html import unescape
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from helpers.pdfs import printed_words
from helpers.reports import HOSTILE, finished, golden, hostile, printed_sample, report_of, sample
from pypdf import PdfReader

from engine.language.errors import Refusal
from report_templates.editions.make import make
from report_templates.print import pdf_metadata, printer, render


def pages(name: str) -> list[str]:
    return printed_words(finished().files[name])


def test_a_report_has_four_documents() -> None:
    assert list(finished().files) == ["report.ja.html", "report.ja.pdf", "report.en.html", "report.en.pdf"]
    assert finished().notes == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_page_carries_the_stamp_and_its_number(lang: str) -> None:
    found = pages(f"report.{lang}.pdf")
    marks = {
        "ja": ("基準日 2026/11/22", "データ時点", "定義版 2026.1", "社外秘"),
        "en": ("As of 2026-11-22", "Data to", "Definition 2026.1", "Confidential"),
    }[lang]
    assert 6 <= len(found) <= 20
    for number, text in enumerate(found, start=1):
        for mark in (*marks, golden().handle, f"{number} / {len(found)}"):
            assert mark in text, f"page {number}: {mark}"


def test_the_same_run_gives_the_same_bytes() -> None:
    again = make(golden(), ("ja",))
    for name, content in again.files.items():
        assert content == finished().files[name]


def test_drawings_beside_the_page_give_the_same_bytes_as_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    markup = render.html(report_of(hostile()), "ja", "print")
    apart = len(printer._DRAWING.findall(markup))
    assert apart == markup.count("<svg ") > 0
    found = render.pdf(markup, hostile().as_of)
    monkeypatch.setattr(printer, "_DRAWING", re.compile(r"$^"))
    assert render.pdf(markup, hostile().as_of) == found
    assert found.complaints == ()


def test_a_companys_own_drawing_is_left_where_it_is() -> None:
    page = '<html lang="ja"><body><p>前</p><svg xmlns="http://www.w3.org/2000/svg" class="drawing"><text y="9">図</text></svg></body>'
    printed = render.pdf(page, golden().as_of)
    assert "図" in printed_words(printed.content)[0]
    assert printed.complaints == ()


def test_the_pdf_is_landscape_tagged_and_dated_by_the_run() -> None:
    with pikepdf.open(BytesIO(finished().files["report.ja.pdf"])) as document:
        box = [float(value) for value in document.pages[0].mediabox]
        assert (round(box[2]), round(box[3])) == (842, 595)
        assert str(document.Root.Lang) == "ja"
        assert "2026-11-22" in str(document.docinfo["/Title"])
        assert str(document.docinfo["/CreationDate"]).startswith("D:20261122")
        metadata = document.Root.Metadata.read_bytes().decode()
        assert 'pdfaid:part="3"' in metadata
        assert 'pdfaid:conformance="A"' in metadata
        titles = [str(item.title) for item in document.open_outline().root]
        heads = [
            entry for entry in document.objects if isinstance(entry, pikepdf.Dictionary) and entry.get("/S") == "/TH"
        ]
        assert {str(head.A.Scope) for head in heads} == {"/Column", "/Row"}
        assert golden().handle in str(document.docinfo["/Keywords"])
        assert "2026/11/22" in str(document.docinfo["/Subject"])
        assert "WeasyPrint" in str(document.docinfo["/Producer"])
    assert titles == [each.name.ja for each in report_of(golden()).sections]


def test_the_pdf_encloses_the_scored_table_as_data() -> None:
    for lang, name in (("ja", "顧客スコア"), ("en", "customer-scores")):
        with pikepdf.open(BytesIO(finished().files[f"report.{lang}.pdf"])) as document:
            assert list(document.attachments) == [f"{name}_{golden().handle}.csv"]
            (file,) = document.Root.AF
            assert file.AFRelationship == "/Data"
            enclosed = next(iter(document.attachments.values())).get_file()
            assert enclosed.mime_type == "text/csv"
            content = enclosed.read_bytes()
        assert content == pdf_metadata.scores(golden(), "ja" if lang == "ja" else "en").content
        assert content.startswith(b"\xef\xbb\xbf")
        rows = content.decode("utf-8-sig").splitlines()
        assert len(rows) == 1 + len(golden().frame)
        assert "株式会社A" in rows[1]


def test_another_process_with_another_clock_and_locale_makes_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path[:0] = ['tests']; from helpers.reports import golden; from report_templates.editions.make import make; "
        "open(sys.argv[1], 'wb').write(make(golden(), ('ja',), ('pdf',)).files['report.ja.pdf'])"
    )
    environment = {**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONPATH": "."}
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "again.pdf")],
        check=True,
        env=environment,
        cwd=render.ROOM.parent,
    )
    assert (tmp_path / "again.pdf").read_bytes() == finished().files["report.ja.pdf"]


def test_on_letter_paper_the_pages_are_letter_and_no_more() -> None:
    made = make(golden(), ("en",), ("pdf",), paper="letter")
    found = PdfReader(BytesIO(made.files["report.en.pdf"])).pages
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in found} == {(792, 612)}
    assert len(found) == len(pages("report.en.pdf"))


def test_the_html_is_one_file_that_asks_nothing_of_a_network() -> None:
    markup = finished().files["report.ja.html"].decode()
    assert not re.search(r"<[^>]* (?:src|href)=\"(?!#)", re.sub(r"<script>.*?</script>", "", markup, flags=re.S))
    assert "@import" not in markup
    assert "default-src 'none'; script-src 'sha256-" in unescape(markup)
    assert "fonts/NotoSansJP" not in markup
    assert 'name="viewport"' in markup
    assert "@media screen and (max-width: 760px)" in markup


def test_hostile_names_are_text_and_nothing_else() -> None:
    markup = render.html(report_of(hostile()), "ja")
    assert "<script>alert" not in markup
    assert "&lt;script&gt;" in markup
    assert re.search(r'data-tip="[^"]*&lt;script', markup)
    assert "{{ 7*7 }}" in markup or "{{ 7" in markup
    assert "49" not in re.findall(r"<bdi>([^<]*)</bdi>", markup)
    assert HOSTILE[3] not in markup


def test_words_in_a_style_sheet_cannot_end_it() -> None:
    written = render.css_text("</style>';} é")
    assert written == r"'\00003c\00002fstyle\00003e\000027\00003b\00007d\000020\0000e9'"


def test_a_headline_breaks_between_its_clauses() -> None:
    assert str(render.phrases("一つだけの<文>")) == "一つだけの&lt;文&gt;"
    assert str(render.phrases("前半。後半")) == '<span class="phrase">前半。</span><span class="phrase">後半</span>'
    assert str(render.phrases("Less; more")) == '<span class="phrase">Less;</span> <span class="phrase">more</span>'


def test_a_quoted_name_in_a_headline_stays_on_one_line() -> None:
    assert str(render.phrases("「A&B」が先頭")) == '<span class="whole">「A&amp;B」</span>が先頭'
    assert "whole" not in str(render.phrases(f"“{'長' * 40}” leads"))


def test_nothing_outside_the_template_folder_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("p { color: red }", encoding="utf-8")
    fetch = printer._fetcher()
    for address in ("https://example.com/a.css", secret.as_uri(), "ftp://example.com/x", "file:///etc/hostname"):
        with pytest.raises(ValueError, match="refused"):
            fetch.fetch(address)
    ours = fetch.fetch((render.ROOM / "templates" / "report.css").as_uri())
    assert b"@media print" in ours.read()
    assert fetch.fetch("data:text/plain,abc").read() == b"abc"


def test_what_the_printer_complains_of_is_heard() -> None:
    with printer._listening() as heard:
        logging.getLogger("weasyprint").warning("Ignored `%s`", "colour")
        logging.getLogger("weasyprint.progress").info("Step 1")
    assert heard == ["Ignored `colour`"]


def test_a_page_with_a_foreign_address_complains_and_prints_without_it() -> None:
    printed = render.pdf(
        '<html lang="ja"><title>x</title><h1>x</h1><img alt="x" src="https://example.com/x.png">', golden().as_of
    )
    assert any("example.com" in complaint for complaint in printed.complaints)


def test_a_company_may_bring_its_own_base_template(tmp_path: Path) -> None:
    (tmp_path / "base.html.jinja").write_text(
        '{% extends "house/base.html.jinja" %}{% block imprint %}<p class="own">自社版</p>{% endblock %}',
        encoding="utf-8",
    )
    markup = render.html(report_of(golden()), "ja", "screen", tmp_path)
    assert '<p class="own">自社版</p>' in markup
    assert "51.7" in markup


def test_a_mistake_in_a_companys_template_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "base.html.jinja").write_text("<p>\n{% if %}", encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        render.html(report_of(golden()), "ja", "screen", tmp_path)
    assert "base.html.jinja:2" in refused.value.text.ja
    (tmp_path / "base.html.jinja").write_text("{{ report.no_such_thing }}", encoding="utf-8")
    render._build_report_environment.cache_clear()
    with pytest.raises(Refusal) as refused:
        render.html(report_of(golden()), "ja", "screen", tmp_path)
    assert "no_such_thing" in refused.value.text.en


def test_a_library_that_cannot_be_loaded_is_a_missing_printer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "weasyprint":
                print("a page of advice")  # noqa: T201 - as WeasyPrint does
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(render.PrinterMissing) as missing:
        printer._import_weasyprint()
    assert "apt install libpango" in missing.value.text.en
    assert capsys.readouterr().out == ""


def test_the_sample_prints_one_page_per_section_without_a_word_of_complaint() -> None:
    assert len(PdfReader(BytesIO(printed_sample())).pages) == len(report_of(sample()).sections)
