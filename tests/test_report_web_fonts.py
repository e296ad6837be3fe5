"""The letters inside a page for a browser: the page looks, breaks and prints the same whatever typefaces a machine has."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fontconfig
import pytest
from fontconfig import CARRIED, only
from fontTools.ttLib import TTFont
from helpers.builders import portfolio_of
from helpers.reports import finished, golden, report_of, sample
from helpers.screens import launched, opened
from helpers.typefaces import carried, with_wide_letters, without_letters
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from engine.language.errors import Lang
from engine.runs.masked_run import masked
from report_templates.delivery.batch.listing import listing
from report_templates.delivery.batch.run import Done
from report_templates.delivery.batch.worker import Job
from report_templates.document.report_data import read
from report_templates.gates import leak_places
from report_templates.gates.gates import GateFailed, check_html
from report_templates.print import render, web_fonts
from report_templates.texts.typeface import FAMILY, FILES, WEIGHTS
from report_templates.view import view

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TESTS = Path(__file__).resolve().parent
MOST = 1_000_000  # bytes of the sample's report as one file
RULE = re.compile(
    r"@font-face \{[^}]*url\(data:font/woff2;base64,([^)]*)\)[^}]*font-weight: (\d+); unicode-range: ([^;]*);"
)
LINES = """() => {
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) lines.push([node.data.trim().slice(0, 20), box.x, box.y, box.width, box.height]);
  }
  return lines;
}"""
PAGES = ("sample.ja", "sample.en", "account.ja", "index.ja")


@cache
def page_of(name: str) -> str:
    """Return a page for a browser: a report, an account's page, a masked edition, or the list of account pages."""
    kind, _, lang = name.partition(".")
    language: Lang = "en" if lang == "en" else "ja"
    if kind == "index":
        jobs = tuple(Job(at, language, "html", f"C{at}.{lang}.html") for at in range(12))
        return listing(sample(), Done(jobs, 12, 0, ()), language)["index.html"].decode()
    report = {
        "sample": lambda: report_of(sample()),
        "golden": lambda: report_of(golden()),
        "account": lambda: view.of_account(read(sample()), 0),
        "masked": lambda: report_of(masked(sample(), "監査法人", b"key of a test" * 3)[0]),
    }[kind]()
    return render.html(report, language)


def fonts_in(markup: str) -> list[tuple[int, set[int], TTFont]]:
    """Return the fonts of a page: weight, the letters that it is used for, and the font itself."""
    found = []
    for content, weight, covered in RULE.findall(markup):
        runs = [each.removeprefix("U+").split("-") for each in covered.split(", ")]
        points = {point for run in runs for point in range(int(run[0], 16), int(run[-1], 16) + 1)}
        found.append((int(weight), points, TTFont(BytesIO(base64.b64decode(content)))))
    return found


# ---- on every machine the same -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """What a reader sees of a page: where every line stands, its picture, and the words of each printed sheet."""

    lines: tuple[tuple[Any, ...], ...]
    picture: str
    sheets: tuple[str, ...]


def look_at(page: Page) -> Look:
    page.evaluate("document.fonts.ready")
    lines = tuple(map(tuple, page.evaluate(LINES)))
    picture = hashlib.sha256(page.screenshot(full_page=True)).hexdigest()
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    return Look(lines, picture, tuple(sheet.extract_text() for sheet in PdfReader(BytesIO(printed)).pages))


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Three machines: without letters, with our typeface installed, and with letters that are too wide."""
    makers = {"none": without_letters, "ours": carried, "wide": with_wide_letters}
    return {name: make(tmp_path_factory.mktemp(name)) for name, make in makers.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pages")
    for name in PAGES:
        (found / f"{name}.html").write_text(page_of(name), encoding="utf-8")
    bare = RULE.sub("@font-face { font-family: none; font-weight: \\2; unicode-range: U+0;", page_of("account.ja"))
    (found / "bare.html").write_text(bare, encoding="utf-8")
    return found


@pytest.mark.chromium
def test_a_page_looks_breaks_and_prints_the_same_whatever_typefaces_a_machine_has(
    machines: dict[str, dict[str, str]], folder: Path
) -> None:
    seen: dict[str, dict[str, Look]] = {}
    for machine, environment in machines.items():
        with launched(environment) as chromium:
            for name in (*PAGES, "bare"):
                page = opened(chromium, folder / f"{name}.html", 390 if name == "account.ja" else 1440).page
                seen.setdefault(name, {})[machine] = look_at(page)
                page.close()
    bare = seen.pop("bare")
    assert len({look.lines for look in bare.values()}) == 3, "without its fonts a page hangs on the machine's"
    for name, looks in seen.items():
        first = looks["none"]
        assert len(first.lines) > 40, name
        for machine, look in looks.items():
            assert look.lines == first.lines, (name, machine)
            assert look.sheets == first.sheets, (name, machine)
            assert look.picture == first.picture, (name, machine)


@pytest.fixture(scope="module")
def chromium(machines: dict[str, dict[str, str]]) -> Any:
    with launched(machines["wide"]) as browser:
        yield browser


def typefaces_of(page: Page) -> set[tuple[str, bool]]:
    """Return what the words of a page are set in, each with whether it came with the page."""
    page.evaluate(
        "document.querySelectorAll('body *').forEach(each => each.toggleAttribute('data-says', "
        "[...each.childNodes].some(node => node.nodeType === 3 && node.data.trim())))"
    )
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    found: set[tuple[str, bool]] = set()
    for node in session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-says]"})["nodeIds"]:
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        found |= {(font["familyName"], font["isCustomFont"]) for font in fonts}
    return found


@pytest.mark.chromium
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_word_that_a_page_or_its_scripts_show_is_set_in_the_letters_that_it_carries(
    chromium: Browser, folder: Path, lang: Lang
) -> None:
    page = opened(chromium, folder / f"sample.{lang}.html").page
    for summary in page.locator("details.numbers > summary").all():
        summary.click()
    page.locator("main thead .sort").first.click()
    page.locator("main .filter input").first.fill("0")
    assert page.locator("table th .sort").count() > 30
    page.locator("#value-map [data-tip]").first.focus()
    page.locator(".tip").evaluate("""tip => {
      const marks = [...document.querySelectorAll("[data-tip]")];
      tip.textContent = marks.map(mark => mark.dataset.tip).join("\\n");
      tip.hidden = false;
    }""")
    assert typefaces_of(page) == {(FAMILY, True)}


@pytest.mark.chromium
def test_what_a_reader_types_is_shown_even_where_the_page_has_no_letter_for_it(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "sample.ja.html").page
    assert ord("鬱") not in set().union(*(points for _, points, _ in fonts_in(page_of("sample.ja"))))
    page.locator("h1").evaluate("head => { head.textContent = '鬱' }")
    assert {name for name, own in typefaces_of(page) if not own} != set()


# ---- which letters a page carries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sample.ja", "sample.en", "golden.en", "account.ja", "masked.ja", "index.ja"])
def test_a_page_carries_each_of_its_letters_once_in_both_weights_and_no_name_s_letters_beside(name: str) -> None:
    markup = page_of(name)
    with TTFont(CARRIED / FILES[0], lazy=True) as font:
        known = set(font.getBestCmap())
    shown = {ord(letter) for letter in markup} & known
    ready = {point for ranges in web_fonts.READY.values() for first, last in ranges for point in range(first, last + 1)}
    for weight in WEIGHTS.values():
        fonts = [(points, font) for heavy, points, font in fonts_in(markup) if heavy == weight]
        carried_letters = set().union(*(points for points, _ in fonts))
        assert sum(len(points) for points, _ in fonts) == len(carried_letters)
        assert shown <= carried_letters
        assert carried_letters - shown <= ready | web_fonts._usual()
        for points, font in fonts:
            assert points & known <= set(font.getBestCmap()) | set(range(0x20))
            assert str(font["name"].getDebugName(13)).startswith("This Font Software is licensed under the SIL Open")
            assert font["name"].getDebugName(0)
            assert font["OS/2"].usWeightClass == weight
    assert web_fonts.notice() in markup


@pytest.mark.parametrize("name", FILES)
def test_the_letters_inside_a_page_are_those_of_the_typeface(name: str) -> None:
    whole, weight = TTFont(CARRIED / name), WEIGHTS[name]
    glyphs, widths, outlines = whole.getBestCmap(), whole["hmtx"], whole["glyf"]
    compared = 0
    for heavy, points, font in fonts_in(page_of("sample.ja")):
        if heavy != weight:
            continue
        few, found, drawn = font.getBestCmap(), font["hmtx"], font["glyf"]
        for point in points & glyphs.keys():
            assert found[few[point]] == widths[glyphs[point]], chr(point)
            own, other = (
                (list(glyph.coordinates), [flag & 1 for flag in glyph.flags]) if glyph.numberOfContours > 0 else ()
                for glyph in (drawn[few[point]], outlines[glyphs[point]])
            )
            assert own == other, chr(point)
            compared += 1
        for table in ("hhea", "OS/2"):
            for height in (
                "ascent",
                "descent",
                "lineGap",
                "sTypoAscender",
                "sTypoDescender",
                "usWinAscent",
                "usWinDescent",
            ):
                assert getattr(font[table], height, None) == getattr(whole[table], height, None), height
    assert compared > 900


@pytest.mark.parametrize("name", FILES)
def test_letters_that_are_cut_for_a_page_are_outlines_and_widths_and_nothing_else(name: str) -> None:
    with TTFont(CARRIED / name) as font:
        glyphs = [font["glyf"][glyph] for glyph in font.getGlyphOrder()]
        assert not [glyph for glyph in glyphs if glyph.isComposite()]
        assert not [glyph for glyph in glyphs if hasattr(glyph, "program") and glyph.program.getBytecode()]
        names = {glyph: point for point, glyph in font.getBestCmap().items()}
        layout = font["GPOS"].table
        lookups = {
            at
            for each in layout.FeatureList.FeatureRecord
            if each.FeatureTag == "kern"
            for at in each.Feature.LookupListIndex
        }
        kerned = set()
        for at in lookups:
            for part in layout.LookupList.Lookup[at].SubTable:
                kerned |= {names.get(glyph, 0) for glyph in getattr(part, "ExtSubTable", part).Coverage.glyphs}
    ready = {point for ranges in web_fonts.READY.values() for first, last in ranges for point in range(first, last + 1)}
    japanese = {point for point in kerned if point >= 0x3000 and point < 0xFB00}
    assert len(japanese) > 100
    assert japanese <= ready


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sample_s_report_stays_one_file_below_a_megabyte(lang: Lang) -> None:
    assert len(page_of(f"sample.{lang}").encode()) < MOST


def test_the_same_page_has_the_same_bytes() -> None:
    first = page_of("golden.ja")
    for kept in (web_fonts._cut, web_fonts._whole, web_fonts._glyphs):
        kept.cache_clear()
    again = render.html(report_of(golden()), "ja")
    assert again == first


@given(st.text(max_size=40))
@settings(max_examples=60)
def test_a_page_carries_whatever_letters_stand_in_it(words: str) -> None:
    letters = web_fonts._collect_page_letters(
        f"<p title='&#x9B31;'>{words}</p><style>a::after {{ content: '\\009f8d' }}</style>"
    )
    assert {*map(ord, words.replace("&", "").replace("\\", "")), 0x9B31, 0x9F8D} <= letters


def test_a_name_in_any_writing_of_the_typeface_is_carried_and_one_that_it_lacks_is_not() -> None:
    table = {"顧客名": ["Ωメガ商事", "Завод 株式会社", "鬱金香𠮷野", "عربي 商事"], "年間売上": [4, 3, 2, 1]}
    markup = render.html(report_of(portfolio_of({**table, "リスク": ["高"] * 4, "継続性": ["中"] * 4})), "ja")
    held = set().union(*(points for _, points, _ in fonts_in(markup)))
    assert set(map(ord, "ΩЗавод鬱金香〓")) <= held
    assert ord("ع") not in held


# ---- what else a page says -----------------------------------------------------------------------------------------------


def test_the_search_for_names_reads_the_words_inside_a_font_and_not_the_letters_that_encode_it() -> None:
    with TTFont(CARRIED / "NotoSansJP-Regular.latin.woff2") as font:
        font["name"].setName("青葉電機の書体", 4, 3, 1, 0x411)
        written = BytesIO()
        font.save(written)
    foreign = base64.b64encode(written.getvalue()).decode()
    told = [
        text
        for _, text in leak_places.in_html(
            f"<style>@font-face {{ src: url(data:font/woff2;base64,{foreign}) }}</style>"
        )
    ]
    assert "青葉電機の書体" in told
    assert not any(foreign[:40] in text for text in told)
    own = [text for _, text in leak_places.in_html(page_of("golden.ja"))]
    assert not [text[:80] for text in own if re.search("base64,[A-Za-z0-9+/]{20}|U[+]4", text)]
    assert not any("Adobe" in text for text in own)


def test_what_only_looks_like_a_font_is_read_as_it_stands() -> None:
    hidden = base64.b64encode("青葉電機株式会社の一覧".encode()).decode()
    told = [
        text for _, text in leak_places.in_html(f"<style>a {{ src: url(data:font/woff2;base64,{hidden}) }}</style>")
    ]
    assert any("青葉電機株式会社の一覧" in text for text in told)


def printed_on(environment: dict[str, str]) -> tuple[str, str]:
    """Return the SHA-256 of the PDF that a process of its own makes there, and what it said."""
    program = (
        "import hashlib\nfrom helpers.reports import golden\nfrom report_templates.editions.make import make\n"
        "print(hashlib.sha256(make(golden(), ('ja',), ('pdf',)).files['report.ja.pdf']).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", program],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(map(str, (TESTS, TESTS.parent)))},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("machine", ["empty", "wide"])
def test_the_pdf_is_the_same_to_the_byte_without_any_typeface_and_beside_another_of_its_makers_name(
    machines: dict[str, dict[str, str]], tmp_path: Path, machine: str
) -> None:
    (tmp_path / "nothing").mkdir()
    environment = {**machines, "empty": only(tmp_path / "empty", (tmp_path / "nothing",))}[machine]
    own = hashlib.sha256(finished().files["report.ja.pdf"]).hexdigest()
    assert printed_on(environment) == (own, "")


@pytest.mark.parametrize("name", FILES)
def test_the_typeface_has_a_name_that_no_machine_has(name: str) -> None:
    with TTFont(CARRIED / name, lazy=True) as font:
        assert font["name"].getDebugName(1) == FAMILY == fontconfig.FAMILY
        assert font["name"].getDebugName(0).endswith("with Reserved Font Name 'Source'.")
    assert "Source" not in FAMILY
    assert f'"{FAMILY}"' in (CARRIED.parent / "templates" / "report.css").read_text(encoding="utf-8")


def test_a_letter_that_the_typeface_lacks_stops_the_pdf_and_not_the_page() -> None:
    markup = page_of("golden.ja").replace("</main>", "<p>a\u200b邉\U000e0102 \u0639 \u0e01e\u0330</p></main>")
    check_html(markup)
    with pytest.raises(GateFailed, match=r"書体にない文字があります.*U\+0330, .* U\+0639, .* U\+0E01\)"):
        check_html(markup, printed=True)
