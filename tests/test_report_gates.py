"""The gates: each fails on what it is there for, names cause and mend, and lets a finished report through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import pikepdf
import pytest
from click.testing import CliRunner
from helpers.builders import GOLDEN, portfolio_of
from helpers.pdfs import printed_words
from helpers.reports import finished

from engine.scoring.portfolio import Portfolio
from report_templates.command import main
from report_templates.editions.make import Engine, StaleData, make
from report_templates.gates import gates
from report_templates.gates.gates import GateFailed

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
    assert gates.embedded_fonts(report()) == {"Noto-Sans-JP-Portfolio": True, "Noto-Sans-JP-Portfolio-Bold": True}


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


def stale() -> Portfolio:
    """Return customers whose newest order is far older than the limit."""
    days = [date(2026, 1, day) for day in (10, 20, 30)]
    orders = {"顧客名": ["甲", "乙", "甲"], "取引日": days, "金額": [300_000, 200_000, 100_000]}
    return portfolio_of(GOLDEN | {"顧客名": ["甲", "乙", "丙"]}, orders=orders, as_of=date(2026, 11, 22))


def test_a_report_on_old_data_is_refused_with_what_would_help() -> None:
    with pytest.raises(StaleData) as refused:
        make(stale(), ("ja",), ("html",))
    for words in ("データが古い", "296日前", "--allow-stale"):
        assert words in refused.value.text.ja
    assert "296 days old" in refused.value.text.en


@pytest.mark.chromium
@pytest.mark.parametrize("engine", ["weasyprint", "chromium"])
def test_a_report_on_old_data_that_is_wanted_says_so_on_every_page(engine: Engine) -> None:
    made = make(stale(), ("ja",), allow_stale=True, engine=engine)
    for words in printed_words(made.files["report.ja.pdf"]):
        text = normalize("NFKC", words)
        assert "データが古い: 最新の取引は296日前" in text
        assert text.count("データが古い") == 2
    markup = made.files["report.ja.html"].decode()
    assert '<p class="stale-note screen" role="note">データが古い' in markup


def test_fresh_data_carry_no_such_mark() -> None:
    assert "データが古い" not in finished().files["report.ja.html"].decode()


def test_a_failed_gate_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "customers.csv"
    source.write_text("顧客名,年間売上\n甲,100\n乙,200\n", encoding="utf-8")
    arguments = ["render", "--customers", str(source), "--out", str(tmp_path / "out")]
    monkeypatch.setattr(gates, "ALLOWED_FONTS", frozenset({"Noto-Sans-JP-Portfolio"}))
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert "Noto-Sans-JP-Portfolio-Bold" in done.stderr
    assert not list(tmp_path.rglob("report.*"))
    monkeypatch.undo()
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert {path.name for path in tmp_path.rglob("report.*")} == {"report.ja.html", "report.ja.pdf"}


def test_one_more_gate_may_look_at_every_finished_document() -> None:
    seen: list[str] = []

    def leak(name: str, content: bytes) -> None:
        seen.append(name)
        if content.startswith(b"%PDF"):
            raise GateFailed("漏れ", "a leak")

    with pytest.raises(GateFailed, match="漏れ"):
        make(stale(), ("ja",), allow_stale=True, inspect=leak)
    assert seen == ["report.ja.html", "report.ja.pdf"]


def test_a_table_head_without_direction_is_refused() -> None:
    def take_out(document: pikepdf.Pdf) -> None:
        head = next(e for e in document.objects if isinstance(e, pikepdf.Dictionary) and e.get("/S") == "/TH")
        del head.A["/Scope"]

    with pytest.raises(GateFailed, match="Scope"):
        gates.check_pdf(changed(report(), take_out), "ja")
    with pytest.raises(GateFailed, match="Scope"):
        gates.check_printed(changed(report(), take_out), "ja", tagged=True)
    gates.check_printed(changed(report(), take_out), "ja", tagged=False)
