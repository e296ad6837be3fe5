"""The second printer, a real Chromium: the same pages, footers, typeface, enclosed table and bookmarks, and it says what it is."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pikepdf
import pytest
from helpers.pdfs import printed_words
from helpers.reports import golden, printed_sample, report_of, sample

from engine.language.errors import Refusal
from report_templates.editions.make import make
from report_templates.gates import gates
from report_templates.print import browser, pdf_metadata, printer, render


@cache
def printed(by: str, paper: render.Paper = "a4") -> bytes:
    if (by, paper) == ("weasyprint", "a4"):
        return printed_sample()
    engine: Any = by
    return make(sample(), ("ja",), ("pdf",), engine=engine, paper=paper).files["report.ja.pdf"]


@pytest.mark.chromium
@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_both_printers_fill_the_same_pages_with_footers_on_each(paper: render.Paper) -> None:
    ours, theirs = printed_words(printed("weasyprint", paper)), printed_words(printed("chromium", paper))
    assert len(theirs) == len(ours) == len(report_of(sample()).sections)
    stamp = report_of(sample()).stamp
    for number, text in enumerate(theirs, start=1):
        flat = "".join(
            normalize("NFKC", text).split()
        )  # a browser may write 日 by its radical, which has the same glyph
        for mark in (stamp.foot.ja, stamp.confidential.ja, f"{number} / {len(theirs)}", report_of(sample()).title.ja):
            assert "".join(normalize("NFKC", mark).split()) in flat, f"page {number}: {mark}"


@pytest.mark.chromium
def test_only_our_typeface_is_in_it() -> None:
    fonts = gates.embedded_fonts(printed("chromium"))
    assert fonts == {"NotoSansJPPortfolio-Regular": True, "NotoSansJPPortfolio-Bold": True}
    assert set(gates._fonts_by_poppler(printed("chromium"))) <= gates.ALLOWED_FONTS


@pytest.mark.chromium
def test_it_says_that_it_is_untagged_and_carries_table_bookmarks_and_dates() -> None:
    with pikepdf.open(BytesIO(printed("chromium"))) as document:
        info = document.docinfo
        assert "untagged" in str(info["/Creator"])
        assert "PDF/Aではなく" in str(info["/Subject"])
        assert str(info["/CreationDate"]).startswith("D:20260930")
        assert sample().handle in str(info["/Keywords"])
        assert str(document.Root.Lang) == "ja"
        (name,) = document.attachments
        assert document.attachments[name].get_file().read_bytes() == pdf_metadata.scores(sample(), "ja").content
        (belonging,) = document.Root.AF
        assert belonging.AFRelationship == "/Data"
        titles = [str(item.title) for item in document.open_outline().root]
    assert titles == [section.name.ja for section in report_of(sample()).sections]


@pytest.mark.chromium
def test_a_browser_prints_the_same_bytes_twice() -> None:
    assert make(sample(), ("ja",), ("pdf",), engine="chromium").files["report.ja.pdf"] == printed("chromium")


@pytest.mark.chromium
def test_where_weasyprint_cannot_be_loaded_auto_prints_by_browser_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise printer.PrinterMissing("libpango")

    monkeypatch.setattr(printer, "_import_weasyprint", broken)
    made = make(golden(), ("ja",), ("pdf",))
    assert made.notes == (browser.UNTAGGED,)
    assert made.files["report.ja.pdf"].startswith(b"%PDF")
    with pytest.raises(printer.PrinterMissing):
        make(golden(), ("ja",), ("pdf",), engine="weasyprint")


def test_without_any_printer_html_is_still_made_and_one_line_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise printer.PrinterMissing("libpango")

    monkeypatch.setattr(printer, "_import_weasyprint", broken)
    monkeypatch.setattr(browser, "_yield_browser_paths", lambda: iter(()))
    made = make(golden(), ("ja",))
    assert list(made.files) == ["report.ja.html"]
    assert len(made.notes) == 1
    with pytest.raises(browser.BrowserMissing, match="Edge"):
        make(golden(), ("ja",), ("pdf",), engine="chromium")


def test_a_browser_that_prints_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find", lambda: Path(sys.executable))
    with pytest.raises(browser.BrowserMissing) as refused:
        browser.print_pdf("<p>", golden().as_of)
    assert Path(sys.executable).name in refused.value.text.ja


def test_a_browser_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def hang(*_args: object, **options: Any) -> None:
        raise subprocess.TimeoutExpired("browser", options["timeout"])

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(browser.BrowserMissing, match="応答しません"):
        browser._run(tmp_path / "browser", tmp_path)


def test_a_browser_without_margin_boxes_is_refused() -> None:
    browser._young_enough("Skia/PDF m131")
    for producer in ("Skia/PDF m130", "Skia/PDF", ""):
        with pytest.raises(Refusal, match="131"):
            browser._young_enough(producer)


def test_a_browser_is_found_by_path_or_among_the_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("PROGRAMW6432", "PROGRAMFILES", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path))
    monkeypatch.setattr(browser, "_MAC", ())
    assert browser.find() is None
    edge = tmp_path / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    edge.parent.mkdir(parents=True)
    edge.write_bytes(b"")
    assert browser.find() == edge
    (tmp_path / "bin").mkdir()
    ours = tmp_path / "bin" / "chromium"
    ours.write_text("#!/bin/sh\n", encoding="utf-8")
    ours.chmod(0o755)
    assert browser.find() == ours
