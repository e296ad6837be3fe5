"""The gates: each fails on what it is there for, names cause and mend, and lets a finished report through."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pikepdf
import pytest
from reports import finished

from report_templates import gates
from report_templates.gates import GateFailed

PAGE = """<!DOCTYPE html><html lang="ja"><head><title>報告</title></head><body><h1>要約</h1>
<table><thead><tr><th scope="col">a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>
<svg><title>図の説明</title><path d="M0 0"/></svg></body></html>"""


def changed(content: bytes, change: Callable[[pikepdf.Pdf], object]) -> bytes:
    """Return a PDF after `change` has been at it."""
    out = BytesIO()
    with pikepdf.open(BytesIO(content)) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def report() -> bytes:
    return finished().files["report.ja.pdf"]


def test_the_finished_report_passes_every_gate() -> None:
    for lang in ("ja", "en"):
        content = finished().files[f"report.{lang}.pdf"]
        gates.check_fonts(content)
        gates.check_pdf(content, lang)
        gates.check_html(finished().files[f"report.{lang}.html"].decode())
    assert gates.embedded_fonts(report()) == {"Noto-Sans-JP": True, "Noto-Sans-JP-Bold": True}


def test_a_foreign_font_is_found_and_named() -> None:
    def add(document: pikepdf.Pdf) -> None:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Helvetica")
        )
        document.pages[0].Resources.Font["/Foreign"] = document.make_indirect(font)

    with pytest.raises(GateFailed) as failed:
        gates.check_fonts(changed(report(), add))
    assert "Helvetica" in failed.value.text.ja
    assert "report_templates/fonts" in failed.value.text.en


def test_a_font_that_is_not_embedded_is_found() -> None:
    def take_out(document: pikepdf.Pdf) -> None:
        for entry in document.objects:
            if isinstance(entry, pikepdf.Dictionary) and "/FontFile2" in entry:
                del entry["/FontFile2"]

    assert not all(gates.embedded_fonts(changed(report(), take_out)).values())
    with pytest.raises(GateFailed):
        gates.check_fonts(changed(report(), take_out))


def test_a_document_without_any_font_is_no_report() -> None:
    out = BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out)
    with pytest.raises(GateFailed):
        gates.check_fonts(out.getvalue())


def test_a_warning_of_the_printer_is_a_failure() -> None:
    gates.check_log([])
    with pytest.raises(GateFailed) as failed:
        gates.check_log(["Ignored `colour: red` at 3:1, unknown property."])
    assert "colour: red" in failed.value.text.ja
    assert "style sheet" in failed.value.text.en


def test_a_sound_page_passes() -> None:
    gates.check_html(PAGE)


@pytest.mark.parametrize(
    ("before", "after", "missing"),
    [
        ("<title>報告</title>", "", "title"),
        (' lang="ja"', "", "lang"),
        ("<h1>要約</h1>", "<h2>要約</h2>", "見出しの順序"),
        ("<h1>要約</h1>", "<h1>要約</h1><h3>飛ばした</h3>", "見出しの順序"),
        ('<th scope="col">a</th>', "<td>a</td>", "TH"),
        ('<th scope="col">', "<th>", "TH"),
        ("<title>図の説明</title>", "", "代替テキスト"),
        ("<title>図の説明</title>", "<title> </title>", "代替テキスト"),
        ("<svg>", '<img src="data:image/png;base64,"><svg>', "代替テキスト"),
        ("<h1>要約</h1>", '<h1>要約</h1><img alt="x" src="https://example.com/x.png">', "外部"),
        ("<title>報告</title>", "<title>報告</title><style>a{background:url(https://example.com)}</style>", "外部"),
    ],
)
def test_a_page_that_lacks_something_is_refused_by_name(before: str, after: str, missing: str) -> None:
    assert before in PAGE
    with pytest.raises(GateFailed) as failed:
        gates.check_html(PAGE.replace(before, after, 1))
    assert missing in failed.value.text.ja


@pytest.mark.parametrize(
    ("key", "missing"), [("/MarkInfo", "タグ"), ("/Outlines", "しおり"), ("/Lang", "言語"), ("/StructTreeRoot", "タグ")]
)
def test_a_pdf_that_lacks_something_is_refused_by_name(key: str, missing: str) -> None:
    def take_out(document: pikepdf.Pdf) -> None:
        del document.Root[key]

    with pytest.raises(GateFailed) as failed:
        gates.check_pdf(changed(report(), take_out), "ja")
    assert missing in failed.value.text.ja


def test_a_figure_without_alternative_text_is_refused() -> None:
    def take_out(document: pikepdf.Pdf) -> None:
        for entry in document.objects:
            if isinstance(entry, pikepdf.Dictionary) and entry.get("/S") == "/Figure":
                del entry["/Alt"]

    with pytest.raises(GateFailed) as failed:
        gates.check_pdf(changed(report(), take_out), "ja")
    assert "代替テキスト" in failed.value.text.ja


def test_a_pdf_in_the_wrong_language_is_refused() -> None:
    with pytest.raises(GateFailed):
        gates.check_pdf(report(), "en")
