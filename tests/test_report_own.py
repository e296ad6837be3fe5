"""A company's own dress: the documented example renders, and what is unreadable, foreign or oversized is refused by name."""

from __future__ import annotations

import re
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from helpers.pdfs import printed_words
from helpers.reports import golden, report_of
from pypdf import PdfReader

from engine.language.errors import Refusal
from report_templates import charts
from report_templates.charts.heat import _ink, _shade
from report_templates.editions.make import make
from report_templates.print import branding, render
from report_templates.texts import settings

DOCS = Path(__file__).resolve().parent.parent / "docs"
FILE = re.compile(r"\*\*`our-report/([^`]+)`\*\*\n\n```\w+\n(.*?)```", re.DOTALL)


def png(width: int = 40, height: int = 20) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x5a\x1e\x4d" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("page", "lang"), [("templates.ja.md", "ja"), ("templates.md", "en")])
def test_the_documented_example_renders_on_screen_and_on_paper(tmp_path: Path, page: str, lang: str) -> None:
    found = FILE.findall((DOCS / page).read_text(encoding="utf-8"))
    assert [name for name, _ in found] == ["settings.toml", "base.html.jinja", "sections/own.html.jinja"]
    for name, content in found:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "logo.png").write_bytes(png())
    made = make(golden(), ("ja" if lang == "ja" else "en",), templates=tmp_path)
    markup = made.files[f"report.{lang}.html"].decode()
    assert "--accent: #5a1e4d" in markup
    assert '"range":["#5a1e4d"' in markup or "#5a1e4d" in markup.partition("</style>")[2]
    assert '<img class="logo" src="data:image/png;base64,' in markup
    assert 'href="#page-own"' in markup
    content = made.files[f"report.{lang}.pdf"]
    pages = PdfReader(BytesIO(content)).pages
    assert len(pages) == len(report_of(golden()).sections) + 1
    assert ("架空商事 営業企画部" if lang == "ja" else "Kaku Trading") in printed_words(content)[-1]
    assert len(pages[0].images) == 1


def test_own_colours_end_with_the_report_that_wears_them(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[segments]\nmajor = "#5a1e4d"\n', encoding="utf-8")
    figure = next(each for each in report_of(golden()).sections if each.key == "segments").panel.figures[0]  # type: ignore[attr-defined]
    plain = charts.svg(figure, "ja", "a")
    render.html(report_of(golden()), "ja", "print", tmp_path)
    assert charts.svg(figure, "ja", "a") == plain
    assert "#5a1e4d" not in plain
    with settings.dressed(branding.load(tmp_path).colours):
        assert settings.mark("major").fill == "#5a1e4d"
        assert "#5a1e4d" in charts.svg(figure, "ja", "a")
    assert settings.mark("major").fill != "#5a1e4d"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[colours]\naccent = "#9fc5e8"\n', ("accent", "4.5")),
        ('[colours]\nground = "#666666"\n', ("ground", "読みにくい")),
        ('[colours]\naccent = "red;} body{display:none"\n', ("accent", "#rrggbb")),
        ('[colours]\npaper = "#000000"\n', ("paper",)),
        ('[segments]\nwhales = "#123456"\n', ("whales",)),
        ("[limits]\nlabels = 1\n", ("limits",)),
        ("[colours\n", ("読めません",)),
        ('[logo]\nfile = "logo.png"\n', ("ja",)),
        ('[logo]\nfile = "../secret.png"\nja = "a"\nen = "a"\n', ("secret.png", "フォルダーにありません")),
        ('[logo]\nfile = "logo.svg"\nja = "a"\nen = "a"\n', ("PNG", "SVG")),
        ('[logo]\nfile = "huge.png"\nja = "a"\nen = "a"\n', ("200KB",)),
        ('[logo]\nfile = "vast.png"\nja = "a"\nen = "a"\n', ("画素",)),
    ],
)
def test_what_cannot_be_worn_is_refused_by_name(tmp_path: Path, content: str, words: tuple[str, ...]) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(png())
    (folder / "logo.svg").write_text("<svg onload='x()'/>", encoding="utf-8")
    (folder / "huge.png").write_bytes(png() + bytes(200_000))
    (folder / "vast.png").write_bytes(png()[:16] + struct.pack(">II", 60_000, 60_000) + png()[24:])
    (folder / "settings.toml").write_text(content, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        branding.load(folder)
    for word in words:
        assert word in refused.value.text.ja
    assert "settings.toml" in refused.value.text.en


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ report.__init__.__globals__ }}",
        "{% set _ = colours.update(accent='red') %}",
        "{% include '/etc/hostname' %}",
        "{% include '../secret.txt' %}",
    ],
)
def test_a_template_arranges_the_page_and_runs_nothing(tmp_path: Path, attack: str) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "base.html.jinja").write_text(attack, encoding="utf-8")
    with pytest.raises(Refusal, match="テンプレートに誤り"):
        render.html(report_of(golden()), "ja", "screen", folder)


def test_a_template_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base.html.jinja").write_bytes("表".encode("cp932"))
    with pytest.raises(Refusal, match="UTF-8"):
        render.html(report_of(golden()), "ja", "screen", tmp_path)


@pytest.mark.parametrize(("ink", "ground"), branding.PAIRS)
def test_every_pair_of_letters_and_ground_can_be_read(ink: str, ground: str) -> None:
    assert branding.contrast(settings.colour(ink), settings.colour(ground)) >= 4.5


@pytest.mark.parametrize("weight", [step / 50 for step in range(51)])
def test_the_number_in_a_heat_map_can_be_read_on_every_shade(weight: float) -> None:
    assert branding.contrast(_ink(weight), _shade(weight)) >= 4.5


def test_contrast_is_that_of_the_standard() -> None:
    assert branding.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert branding.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM's published example
