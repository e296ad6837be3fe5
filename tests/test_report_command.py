"""The command: files all or none, both languages, the missing printer said in one line, refusals as exit code 2."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helpers.builders import GOLDEN, cdnow_master, golden_csv, portfolio_of
from helpers.typefaces import without_carried

from report_templates.command import main
from report_templates.print import browser, printer, render
from report_templates.print.render import Printed


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    return golden_csv(tmp_path / "顧客.csv")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["render", "--as-of", "2026-11-22", *map(str, arguments)])


def test_html_in_both_languages(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("--customers", customers, "--lang", "both", "--format", "html", "--out", out)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == ["report.en.html", "report.ja.html"]
    assert str(out / "report.ja.html") in result.output
    assert "51.7" in (out / "report.en.html").read_text(encoding="utf-8")


def test_a_missing_printer_still_gives_html_and_says_how_to_get_the_pdf(
    customers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_pango() -> None:
        raise render.PrinterMissing("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(printer, "_import_weasyprint", no_pango)
    monkeypatch.setattr(browser, "find", lambda: None)
    out = tmp_path / "out"
    result = run("--customers", customers, "--out", out)
    assert result.exit_code == 0, result.output
    assert [path.name for path in out.iterdir()] == ["report.ja.html"]
    (line,) = [line for line in result.stderr.splitlines() if line.strip()]
    assert "Pango" in line
    refused = run("--customers", customers, "--format", "pdf", "--out", tmp_path / "other")
    assert refused.exit_code == 2
    assert not (tmp_path / "other").exists()


def test_a_failed_gate_leaves_the_folder_as_it_was(
    customers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.ja.html").write_text("earlier", encoding="utf-8")
    monkeypatch.setattr(render, "pdf", lambda *_: Printed(b"%PDF", ("Ignored `x` at 1:1, unknown property.",)))
    result = run("--customers", customers, "--out", out)
    assert result.exit_code == 2
    assert "Ignored `x`" in result.stderr
    assert [path.name for path in out.iterdir()] == ["report.ja.html"]
    assert (out / "report.ja.html").read_text(encoding="utf-8") == "earlier"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "docx"],
        ["--format", ""],
        ["--map", "orders.date"],
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(customers: Path, tmp_path: Path, arguments: list[str]) -> None:
    result = run("--customers", customers, "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_no_input_is_refused(tmp_path: Path) -> None:
    result = run("--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "--customers" in result.stderr


def test_the_help_is_in_the_readers_language() -> None:
    result = CliRunner().invoke(main, ["render", "--help"])
    assert result.exit_code == 0
    assert "--lang [ja|en|both]" in result.output
    assert result.output.count("--lang") == 1


def test_cdnow_renders_with_limited_lists(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--orders", str(cdnow_master()), "--as-of", "1998-06-30", "--currency", "USD"]
    result = CliRunner().invoke(main, ["render", *arguments, "--lang", "en", "--format", "html", "--out", str(out)])
    assert result.exit_code == 0, result.output
    markup = (out / "report.en.html").read_text(encoding="utf-8")
    pages = re.sub(r"<script.*?</script>", "", markup, flags=re.DOTALL)  # the runtime of the charts is always the same
    assert len(without_carried(pages)) < 300_000
    assert "23,570" in markup
    assert "others" in markup


def test_the_run_to_compare_with_is_named_or_the_review_before(customers: Path, tmp_path: Path) -> None:
    from engine.runs import runs

    runs.forget_all()  # a run of the same three customers, held since another test, would be the one before
    out = tmp_path / "out"
    refused = run("--customers", customers, "--format", "html", "--out", out, "--compare", "前回")
    assert refused.exit_code == 2
    assert "比べる前回の実行がありません" in refused.stderr
    unknown = run("--customers", customers, "--format", "html", "--out", out, "--compare", "PF-19990101-abcdef")
    assert unknown.exit_code == 2
    assert "PF-19990101-abcdef" in unknown.stderr
    assert not out.exists()
    earlier = portfolio_of(GOLDEN, as_of=date(2026, 8, 1))
    handle = runs.remember(earlier)
    for word in (handle, "previous", "前回"):
        assert run("--customers", customers, "--format", "html", "--out", out, "--compare", word).exit_code == 0


@pytest.mark.parametrize(
    ("mistyped", "ja"),
    [
        (("render", "--format"), "--format に値を付けてください"),
        (("mail", "--plan=1"), "--plan に値は付けません"),
        (("mail", "--revision", "x"), "--revision の値が使えません: 整数にしてください"),
        (("preview", "--port", "99999"), "--port の値が使えません: 0〜65535の整数にしてください"),
        (("mail", "--lang", "fr"), "--lang の値が使えません: ja・en のどれかにしてください"),
        (("preview", "--templates", "nowhere"), "--templates の値が使えません: あるフォルダーを指定してください"),
        (("doctor", "b.xlsx"), "余分な指定があります: b.xlsx"),
    ],
)
def test_a_mistyped_option_is_told_in_the_readers_language_with_the_way_to_help(
    mistyped: tuple[str, ...], ja: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = CliRunner().invoke(main, [*mistyped], prog_name="portfolio-report")
    assert result.exit_code == 2
    told, usage = result.stderr.splitlines()
    assert told == ja
    assert re.fullmatch(rf"使い方: portfolio-report( {mistyped[0]})? --help", usage)
    monkeypatch.setenv("PORTFOLIO_LANG", "en")
    english = CliRunner().invoke(main, [*mistyped], prog_name="portfolio-report").stderr
    assert english.isascii()
