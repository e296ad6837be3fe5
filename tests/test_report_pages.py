"""A choice of pages: two for an executive, or those that somebody lists; what is left out is not built and nobody misses it."""

from __future__ import annotations

from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helpers.builders import golden_csv
from helpers.pdfs import printed_words
from helpers.reports import golden, report_of, sample
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from engine.language.errors import Refusal
from report_templates.command import main
from report_templates.editions.make import make
from report_templates.gates import reconcile
from report_templates.print import render
from report_templates.view import view
from report_templates.view.pages import ALL, BRIEF, Pages, chosen

DAY = ("--as-of", "2026-11-22")
NUMBERS = [f"R{number}" for number in range(1, 13)]


@pytest.mark.parametrize("word", ["brief", "Brief", "要約", "要約版", " brief "])
def test_the_brief_edition_has_a_name_in_both_languages(word: str) -> None:
    assert chosen(word) is BRIEF


@pytest.mark.parametrize("word", ["all", "すべて", "全部", ",".join(NUMBERS)])
def test_all_pages_are_all_pages_however_they_are_asked_for(word: str) -> None:
    assert chosen(word) is ALL


@given(st.sets(st.sampled_from(NUMBERS), min_size=1, max_size=11).flatmap(lambda some: st.permutations(sorted(some))))
def test_listed_pages_stand_in_the_reports_order_whatever_the_order_and_the_width_of_letters(asked: list[str]) -> None:
    expected = tuple(number for number in NUMBERS if number in asked)
    assert chosen(",".join(asked)).numbers == expected
    wide = str.maketrans({"R": "\uff32", "1": "\uff11"})
    assert chosen("、".join(asked).translate(wide)).numbers == expected
    assert chosen(",".join(asked)).stem == "-".join(("report", *expected))


@pytest.mark.parametrize("word", ["", ",", "R0", "R13", "short", "brief,R4", "R1;R2", "../R1"])
def test_what_is_no_page_is_refused_with_an_example(word: str) -> None:
    with pytest.raises(Refusal, match="R1,R4"):
        chosen(word)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_brief_edition_is_two_sheets_that_say_so_and_every_link_arrives(lang: str) -> None:
    made = make(sample(), ("ja",) if lang == "ja" else ("en",), ("pdf",), pages=BRIEF)
    assert list(made.files) == [f"report-brief.{lang}.pdf"]
    assert [section.key for section in made.report.sections] == ["summary", "actions"]
    content = made.files[f"report-brief.{lang}.pdf"]
    document = PdfReader(BytesIO(content))
    assert len(document.pages) == 2
    for words in printed_words(content):
        assert {"ja": "(要約版)", "en": "(brief)"}[lang] in words
    targets = set(document.named_destinations)
    wanted = {
        str(note["/A"]["/D"] if "/A" in note else note["/Dest"])
        for page in document.pages
        for note in (each.get_object() for each in page.get("/Annots", ()))
        if "/URI" not in note.get("/A", {})
    }
    assert wanted <= targets


def test_the_numbers_of_a_choice_are_those_of_the_whole_report() -> None:
    whole = {section.key: section for section in report_of(sample()).sections}
    few = view.build(sample(), pages=chosen("R4,R6"))
    assert [section.key for section in few.sections] == [
        each for each in whole if each in ("tests", "concentration", "actions")
    ]
    assert all(section == whole[section.key] for section in few.sections)
    reconcile.check_sums(few, sample())


def test_pages_that_are_not_wanted_are_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_reading: object) -> None:
        raise AssertionError("built in vain")

    monkeypatch.setitem(view._PAGES, "R7", never)
    assert [section.number for section in view.build(golden(), pages=BRIEF).sections] == ["R1", "R6"]


def test_a_choice_that_the_data_cannot_carry_is_refused_with_what_to_add() -> None:
    with pytest.raises(Refusal, match="R1"):
        view.build(golden(), pages=Pages(("R9",), "report-R9", "pages.excerpt"))


def test_an_excerpt_says_so_in_html_too() -> None:
    markup = render.html(view.build(golden(), pages=chosen("R1,R12")), "ja")
    assert "<title>顧客ポートフォリオ報告(抜粋)" in markup


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    return golden_csv(tmp_path / "顧客.csv")


def test_the_command_writes_a_choice_beside_the_whole_and_refuses_before_it_reads(
    customers: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for pages in ("all", "要約"):
        done = run("render", "--customers", customers, *DAY, "--pages", pages, "--format", "html", "--out", out)
        assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == ["report-brief.ja.html", "report.ja.html"]
    refused = run("render", "--customers", tmp_path / "nothing.csv", "--pages", "R99", "--out", out)
    assert refused.exit_code == 2
    assert "R99" in refused.stderr


def test_a_mail_can_carry_the_brief_edition_and_needs_the_summary(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("mail", "--customers", customers, *DAY, "--to", "a@example.co.jp", "--pages", "brief", "--out", out)
    assert done.exit_code == 0, done.output
    (draft,) = out.iterdir()
    letter = message_from_bytes(draft.read_bytes(), policy=policy.SMTP)
    (attachment,) = letter.iter_attachments()
    assert attachment.get_filename() == "顧客ポートフォリオ報告(要約版)_2026-11-22.pdf"
    assert len(PdfReader(BytesIO(attachment.get_content())).pages) == 2
    refused = run(
        "mail", "--customers", customers, "--to", "a@example.co.jp", "--pages", "R6", "--out", tmp_path / "no"
    )
    assert refused.exit_code == 2
    assert "R1" in refused.stderr
    assert not (tmp_path / "no").exists()
