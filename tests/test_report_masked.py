"""Masked editions through the commands: nothing that is written or printed names anybody, and each recipient gets a version of its own."""

from __future__ import annotations

import email
import email.policy
import json
import re
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result
from helpers.looks import faults, pages_of
from helpers.reports import sample
from pypdf import PdfReader

from engine.language.errors import Lang
from engine.runs.masked_run import PSEUDONYM, Pseudonyms
from report_templates.command import main
from report_templates.delivery import preview
from report_templates.delivery.batch import manifest
from report_templates.delivery.preview_server import Preview
from report_templates.editions import masking
from report_templates.print import render
from report_templates.view import view

NAMES = ("青葉電機株式会社", "北星商事", "みなと食品株式会社")
JAPANESE = re.compile("顧客-|担当-|伏字|秘匿")
CODED = {"ja": re.compile("顧客-([0-9A-Z]{8})"), "en": re.compile("Customer-([0-9A-Z]{8})")}
RAW = re.compile("青葉|北星|みなと|試作|とおる|山田|KX-00")


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "青葉の顧客.csv"
    lines = ["顧客ID,顧客名,担当,業界,年間売上,継続性,成長ポテンシャル,リスク,戦略"]
    for at, (name, sales) in enumerate(zip(NAMES, ("1500万円", "900万円", "いくらか"), strict=True)):
        lines.append(f"KX-00{at},{name},試作 とおる,製造,{sales},高,中,低,")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def run(command: str, *arguments: object) -> Result:
    return CliRunner().invoke(main, [command, "--as-of", "2026-11-22", *map(str, arguments)])


def everything(folder: Path) -> str:
    """Return the names and the text of every file of a folder, PDFs left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "\n".join(f"{path.name}\n{path.read_text(encoding='utf-8', errors='replace')}" for path in files)


def enclosed(pdf: Path) -> str:
    """Return the table inside a PDF."""
    (table,) = PdfReader(pdf).attachments.values()
    return table[0].decode("utf-8-sig")


def test_render_masked_names_nobody_in_files_and_messages(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("render", "--customers", customers, "--masked", "--lang", "both", "--out", out)
    assert result.exit_code == 0, result.output
    assert len(list(out.iterdir())) == 4
    assert not RAW.search(everything(out))
    assert not RAW.search(result.output.replace(str(out), ""))
    ja, en = ((out / f"report.{lang}.html").read_text(encoding="utf-8") for lang in ("ja", "en"))
    assert "マスキング版" in ja
    assert "(masked edition)" in en
    assert not JAPANESE.search(en)
    assert CODED["ja"].findall(ja)
    assert set(CODED["ja"].findall(ja)) == set(CODED["en"].findall(en))  # the same codes in both
    table = enclosed(out / "report.en.pdf")
    assert set(CODED["en"].findall(table)) == set(CODED["ja"].findall(enclosed(out / "report.ja.pdf")))
    assert "Owner-" in table
    found: dict[str, float] = {}
    page = PdfReader(out / "report.en.pdf").pages[0]
    page.extract_text(visitor_text=lambda text, cm, tm, *_: found.update({text.strip(): tm[4] * cm[0] + cm[4]}))
    told = next(at for text, at in found.items() if text.startswith("Confidential"))
    assert told > 0.8 * float(page.mediabox.width)  # right of the longest foot
    assert not JAPANESE.search(table)


def test_the_same_recipient_gets_the_same_bytes_and_another_one_other_names(customers: Path, tmp_path: Path) -> None:
    for folder, who in (("a", "監査法人"), ("b", "監査法人"), ("c", "銀行")):
        result = run(
            "render",
            "--customers",
            customers,
            "--masked",
            "--recipient",
            who,
            "--format",
            "html",
            "--out",
            tmp_path / folder,
        )
        assert result.exit_code == 0, result.output
    first, again, other = ((tmp_path / folder / "report.ja.html").read_text(encoding="utf-8") for folder in "abc")
    assert first == again
    ours, theirs = (set(re.findall(r"顧客-[0-9A-Z]{8}", page)) for page in (first, other))
    assert ours
    assert theirs
    assert not ours & theirs


@pytest.mark.parametrize("option", [("--recipient", "x"), ("--bands",), ("--small-groups",)])
def test_options_of_masked_editions_need_masked(customers: Path, tmp_path: Path, option: tuple[str, ...]) -> None:
    result = run("render", "--customers", customers, *option, "--format", "html", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "--masked" in result.output
    assert not (tmp_path / "out").exists()


def test_a_leak_leaves_no_file_and_the_message_does_not_name_it(customers: Path, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "base.html.jinja").write_text(
        '{% extends "house/base.html.jinja" %}{% block imprint %}<p>㈱青葉電機 御中</p>{% endblock %}', encoding="utf-8"
    )
    out = tmp_path / "out"
    result = run(
        "render", "--customers", customers, "--masked", "--templates", templates, "--format", "html", "--out", out
    )
    assert result.exit_code == 2
    assert "本文: 顧客名" in result.output
    assert not RAW.search(result.output)
    assert not out.exists()


def test_an_index_is_told_in_the_place_of_money(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("render", "--customers", customers, "--masked", "--bands", "--format", "html", "--out", out)
    assert result.exit_code == 0, result.output
    page = (out / "report.ja.html").read_text(encoding="utf-8")
    assert "指数" in page
    assert "62.50" in page  # 1,500 of 2,400


def test_every_recipient_of_a_mail_gets_pseudonyms_of_its_own(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(
        "mail", "--customers", customers, "--masked", "--to", "a@example.co.jp", "--to", "b@example.co.jp", "--out", out
    )
    assert result.exit_code == 0, result.output
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted(out.iterdir())
    ]
    told = []
    for letter in letters:
        body = letter.get_body(("html",))
        assert body is not None
        words = body.get_content()
        assert not RAW.search(words)
        assert "マスキング版" in str(letter["Subject"])
        told.append(set(re.findall(r"顧客-[0-9A-Z]{8}", words)))
        assert "マスキング版" in str(next(letter.iter_attachments()).get_filename())
    assert len(told) == 2
    assert told[0]
    assert not told[0] & told[1]


def test_a_named_recipient_goes_before_the_address(customers: Path, tmp_path: Path) -> None:
    found = []
    for to in ("a@example.co.jp", "b@example.co.jp"):
        out = tmp_path / to
        result = run("mail", "--customers", customers, "--masked", "--recipient", "銀行", "--to", to, "--out", out)
        assert result.exit_code == 0, result.output
        letter = email.message_from_bytes(next(out.iterdir()).read_bytes(), policy=email.policy.default)
        found.append(next(letter.iter_attachments()).get_payload(decode=True))
    assert found[0] == found[1]


def test_a_name_in_the_subject_of_a_masked_mail_is_refused(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(
        "mail",
        "--customers",
        customers,
        "--masked",
        "--to",
        "a@example.co.jp",
        "--subject",
        "北星商事の件",
        "--out",
        out,
    )
    assert result.exit_code == 2
    assert "ヘッダー Subject" in result.output
    assert not RAW.search(result.output)
    assert not out.exists()


@pytest.fixture
def unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the code for what it was at the last batch: a page is made anew when somebody works on the report meanwhile."""
    monkeypatch.setattr(manifest, "_contents", lambda _templates: ())


@pytest.mark.usefixtures("unchanged")
def test_pages_per_account_are_named_and_listed_by_pseudonyms(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("--customers", customers, "--masked", "--format", "html", "--jobs", "1", "--out", out)
    first = run("accounts", *arguments)
    assert first.exit_code == 0, first.output
    assert not RAW.search(everything(out))
    assert not RAW.search(first.output.replace(str(out), ""))
    pages = {path.name for path in out.glob("*.ja.html")}
    assert len(pages) >= len(NAMES)
    again = run("accounts", *arguments)
    assert "0枚を作成" in again.output
    other = run("accounts", *arguments, "--recipient", "銀行")
    assert other.exit_code == 0, other.output
    assert "0枚は完成済み" in other.output


@pytest.mark.usefixtures("unchanged")
def test_pages_per_account_share_a_folder_and_their_codes_in_both_languages(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("--customers", customers, "--masked", "--format", "html", "--jobs", "1", "--out", out)
    first = run("accounts", *arguments, "--lang", "both")
    assert first.exit_code == 0, first.output
    assert not RAW.search(everything(out))
    pages = {path.name for path in out.glob("K-*.html")}
    for ja in out.glob("K-*.ja.html"):
        told, en = ja.read_text(encoding="utf-8"), Path(f"{str(ja)[:-8]}.en.html").read_text(encoding="utf-8")
        assert set(CODED["ja"].findall(told)) == set(CODED["en"].findall(en)) != set()
        assert not JAPANESE.search(en)
        assert "Customer-" not in told
    english = run("accounts", *arguments, "--lang", "en")
    assert english.exit_code == 0, english.output
    assert "0枚を作成" in english.output
    assert {path.name for path in out.glob("K-*.html")} == pages
    for name in ("index.html", "accounts.csv"):
        listed = (out / name).read_text(encoding="utf-8")
        assert CODED["en"].search(listed)
        assert not JAPANESE.search(listed)


def test_a_mail_in_english_names_customers_in_english(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("mail", "--customers", customers, "--masked", "--lang", "en", "--to", "a@example.co.jp", "--out", out)
    assert result.exit_code == 0, result.output
    letter = email.message_from_bytes(next(out.iterdir()).read_bytes(), policy=email.policy.default)
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body is not None
        words = body.get_content()
        assert CODED["en"].search(words)
        assert not JAPANESE.search(words)
    assert re.search('<span style="white-space:nowrap">Customer-[0-9A-Z]{8}</span>', words)


def test_pseudonyms_never_break_and_only_running_text_is_touched() -> None:
    markup = (
        '<p title="顧客-7Q3K9TXM">は顧客-7Q3K9TXMの<b>A-1</b></p><!-- 顧客-7Q3K9TXM --><title>顧客-7Q3K9TXM</title>'
        "<svg><title>顧客-7Q3K9TXM</title><text>顧客-7Q3K9TXM</text></svg><style>K-7Q3K9TXM</style>"
    )
    whole = '<span class="whole">顧客-7Q3K9TXM</span>'
    assert render.whole_codes(markup) == markup.replace("は顧客-7Q3K9TXMの", f"は{whole}の")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_pages_of_a_masked_edition_have_room_for_its_pseudonyms(lang: Lang, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Pseudonyms._draw_digits

    def wide(self: Pseudonyms, kind: str, value: str) -> str:
        """Give owners the widest letters: a code is drawn by chance, and once in sixty runs one used to be too wide."""
        code = drawn(self, kind, value)
        return f"WWWM{code[4:]}" if kind == "owner" else code

    monkeypatch.setattr(Pseudonyms, "_draw_digits", wide)
    told = masking.shown(sample(), None, masking.Mask("監査法人", bands=True), lang)
    report = view.build(told.portfolio)
    markup = render.html(report, lang, "print")
    pages = pages_of(markup)
    assert {number: found for number, page in enumerate(pages, 1) if (found := faults(page))} == {}
    assert len(pages) == len(report.sections)
    assert PSEUDONYM.search(markup)
    assert not re.search(r"(顧客|担当|Customer|Owner)-[0-9A-Z]*…", markup)


def test_the_preview_shows_the_masked_edition(customers: Path) -> None:
    from engine.commands.intake import Request

    told = {}
    for lang in get_args(Lang):
        maker = preview.Maker(Request(files={"customers": customers}), lang, None, None, masking.Mask("監査法人"))
        page = Preview(lang)
        maker.refresh(page, lambda _step, _share: None, again=True)
        text = page.last.decode()
        assert not RAW.search(text)
        told[lang] = (text, set(CODED[lang].findall(text)))
    assert "マスキング版" in told["ja"][0]
    assert told["ja"][1] == told["en"][1] != set()
    assert not JAPANESE.search(told["en"][0])


def test_progress_names_nobody(customers: Path) -> None:
    from engine.commands.intake import Request, score_request
    from report_templates.editions.make import make

    heard: list[str] = []
    run_of = score_request(Request(files={"customers": customers}))
    shown = masking.shown(run_of, None, masking.Mask())
    make(
        shown.portfolio,
        ("ja",),
        ("html",),
        None,
        lambda step, _share: heard.append(json.dumps(list(step))),
        inspect=shown.inspect,
    )
    assert heard
    assert not RAW.search(json.dumps([json.loads(each) for each in heard], ensure_ascii=False))
    assert not RAW.search(repr(shown.secrets))
    assert view.build(shown.portfolio).title.ja.endswith("(マスキング版)")
