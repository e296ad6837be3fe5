"""Typesetting: what may begin and end a Japanese line, what may close a sheet, heads of long tables, colours that tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

import pytest
from helpers.pdfs import printed_words
from helpers.reports import golden, report_of, sample, section

from engine.language.errors import Lang
from report_templates.print import branding, printer, render
from report_templates.texts import settings

# JIS X 4051: what must not begin a line, and what must not end one.
CLOSING = "、。,.・:;?!)]}」』】〉》〕’”%‰℃々ーゝヽぁぃぅぇぉっゃゅょァィゥェォッャュョ)、。"
OPENING = "([{「『【〈《〔‘“¥$#("
TITLES = {"h1", "h2", "h3", "caption", "figcaption"}


def laid_out(markup: str) -> list[Any]:
    """Return the sheets as WeasyPrint lays them out before it writes them."""
    html = printer._import_weasyprint().HTML(
        string=markup, base_url=printer.ROOM.as_uri() + "/", url_fetcher=printer._fetcher()
    )
    document = html.render(font_config=printer._font_configuration())
    return [page._page_box for page in document.pages]


def words_of(box: Any) -> str:
    return str(getattr(box, "text", "")) or "".join(words_of(child) for child in getattr(box, "children", ()))


def lines_of(box: Any) -> Iterator[list[str]]:
    """Yield the lines of every block that a line break divides."""
    children = list(getattr(box, "children", ()))
    lines = [words_of(child).strip() for child in children if type(child).__name__ == "LineBox"]
    if len(lines) > 1:
        yield [line for line in lines if line]
    for child in children:
        yield from lines_of(child)


def blocks_of(box: Any) -> Iterator[Any]:
    """Yield the boxes that hold lines of text or a drawing, in the order of the page."""
    children = list(getattr(box, "children", ()))
    written = any(type(child).__name__ == "LineBox" and words_of(child).strip() for child in children)
    if written or "Replaced" in type(box).__name__:
        yield box
    else:
        for child in children:
            yield from blocks_of(child)


@pytest.fixture(scope="module")
def sheets() -> dict[Lang, list[Any]]:
    return {lang: laid_out(render.html(report_of(sample()), lang, "print")) for lang in ("ja", "en")}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_line_begins_or_ends_with_what_may_not_stand_there(sheets: dict[Lang, list[Any]], lang: Lang) -> None:
    broken = [lines for sheet in sheets[lang] for lines in lines_of(sheet)]
    assert len(broken) > 20
    for lines in broken:
        for above, below in pairwise(lines):
            assert below[0] not in CLOSING, (above, below)
            assert above[-1] not in OPENING, (above, below)


@pytest.mark.parametrize("sign", ["、", "。", "」", ")", "ー", "ょ", "ッ", "%", "・"])
def test_a_sign_that_may_not_begin_a_line_takes_its_neighbour_along(sign: str) -> None:
    paragraphs = "".join(f"<p>{'あ' * before}{sign}いろは</p>" for before in range(5, 14))
    markup = f'<html lang="ja"><style>p {{ width: 8em }}</style>{paragraphs}</html>'
    broken = [lines for sheet in laid_out(markup) for lines in lines_of(sheet)]
    assert len(broken) == 9
    assert not [lines for lines in broken if any(line.startswith(sign) for line in lines[1:])]


@pytest.mark.parametrize("sign", ["「", "("])
def test_a_sign_that_may_not_end_a_line_goes_to_the_next(sign: str) -> None:
    paragraphs = "".join(f"<p>{'あ' * before}{sign}いろはにほへと</p>" for before in range(4, 13))
    markup = f'<html lang="ja"><style>p {{ width: 8em }}</style>{paragraphs}</html>'
    broken = [lines for sheet in laid_out(markup) for lines in lines_of(sheet)]
    assert len(broken) == 9
    assert not [lines for lines in broken if any(line.endswith(sign) for line in lines[:-1])]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_heading_and_no_title_of_a_figure_or_table_stands_last_on_a_sheet(
    sheets: dict[Lang, list[Any]], lang: Lang
) -> None:
    for sheet in sheets[lang]:
        body = next(child for child in sheet.children if child.element_tag == "html")
        last = list(blocks_of(body))[-1]
        assert last.element_tag not in TITLES, words_of(last)
        assert (last.element.get("class") if last.element is not None else "") not in ("eyebrow", "subtitle")


def test_a_heading_that_would_stand_last_goes_over_with_what_it_heads() -> None:
    css = render._styles("print")
    for height in range(560, 700, 10):
        markup = (
            f'<html lang="ja"><style>@page {{ size: A4 landscape; margin: 17mm 15mm }} {css}</style>'
            f'<div style="height: {height}px">本文</div><h3>見出し</h3><p>段落</p></html>'
        )
        for sheet in laid_out(markup):
            assert words_of(list(blocks_of(sheet))[-1]).strip() != "見出し"


def test_a_table_that_runs_over_several_sheets_repeats_its_head_and_not_its_total() -> None:
    page = section(report_of(golden()), "segments")
    table = replace(page.table, rows=page.table.rows * 30)
    report = replace(report_of(golden()), sections=(replace(page, table=table),))
    printed = printer.pdf(render.html(report, "ja", "print"), golden().as_of)
    assert printed.complaints == ()
    texts = [re.sub(r"\s", "", words) for words in printed_words(printed.content)]
    with_rows = [text for text in texts if "解約リスク" in text.partition("社数と売上の重さ")[0]]
    assert len(with_rows) >= 3
    for text in with_rows:
        assert "構成比%" in text.replace("%", "%")
    assert sum("合計" in text.partition("前年差は")[0] for text in texts) == 1


# ---- colours ----------------------------------------------------------------------------------------------------------------

RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear light.
SEEN = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def rules() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every rule of both style sheets: its selectors and its declarations."""
    css = re.sub(r"(?s)/\*.*?\*/", "", str(render._styles("screen")))
    for selectors, body in RULE.findall(css):
        found = (each.partition(":") for each in body.split(";"))
        yield selectors.strip(), {name.strip(): value.strip() for name, _, value in found if value}


def variable(value: str) -> str | None:
    found = re.fullmatch(r"var\(--([\w-]+)\)", value)
    return found[1] if found else None


def test_every_colour_of_letters_can_be_read_on_its_ground_and_is_among_the_pairs_that_a_house_is_held_to() -> None:
    inks = []
    for selectors, declared in rules():
        ink = variable(declared.get("color", ""))
        if (
            ink is None or selectors == ".stale"
        ):  # the mark across the page is a picture; the note and the margin say it
            continue
        ground = variable(declared.get("background", ""))
        for below in (ground,) if ground else ("paper",) if ink != "paper" else ("ink", "accent", "severe"):
            inks.append(ink)
            assert (ink, below) in branding.PAIRS, selectors
            assert branding.contrast(settings.colour(ink), settings.colour(below)) >= 4.5, selectors
    assert {"ink", "muted", "accent", "severe", "warning", "caution", "ok", "paper"} <= set(inks)


def linear(colour: str) -> list[float]:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]


def lab(light: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b* of linear sRGB, white D65."""
    rows = ((0.4124, 0.3576, 0.1805, 0.9505), (0.2126, 0.7152, 0.0722, 1.0), (0.0193, 0.1192, 0.9505, 1.089))
    x, y, z = (
        ratio ** (1 / 3) if ratio > 0.008856 else 7.787 * ratio + 16 / 116
        for ratio in (sum(a * b for a, b in zip(row, light, strict=False)) / row[3] for row in rows)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, vision: str) -> float:
    """Return how far two colours are apart (CIE 1976) for those who see no red or no green."""
    seen = [
        [min(max(sum(a * b for a, b in zip(row, linear(colour), strict=True)), 0.0), 1.0) for row in SEEN[vision]]
        for colour in (one, other)
    ]
    (l1, a1, b1), (l2, a2, b2) = map(lab, seen)
    return float(((l1 - l2) ** 2 + (a1 - a2) ** 2 + (b1 - b2) ** 2) ** 0.5)


@pytest.mark.parametrize("vision", SEEN)
def test_segments_stay_apart_for_those_who_see_no_red_or_no_green(vision: str) -> None:
    codes = ("major", "at_risk", "growth", "stable", "develop", "unknown")
    for one, other in combinations(codes, 2):
        first, second = settings.mark(one), settings.mark(other)
        apart = distance(first.fill, second.fill, vision)
        assert apart > 20 or first.shape != second.shape, (one, other, apart)
        assert apart > 10, (one, other, apart)


def test_the_simulation_tells_red_from_green_only_for_those_who_can() -> None:
    assert distance("#ff0000", "#ff0000", "protanopia") == 0
    assert distance("#9a3b1f", "#5f5f1f", "deuteranopia") < 25 < distance("#12355b", "#c3cad2", "deuteranopia")


def test_verdicts_differ_in_form_so_that_no_meaning_stands_in_colour_alone() -> None:
    forms: dict[str, tuple[bool, str, str]] = {}
    for selectors, declared in rules():
        for selector in selectors.split(","):
            found = re.fullmatch(r"\.verdict\.(severe|warning|caution|ok|unavailable)", selector.strip())
            if found:
                bordered = "border-color" in declared
                style = declared.get("border-style", "solid") if bordered else "none"
                forms[found[1]] = ("background" in declared, style, declared.get("font-weight", "700"))
    assert len(forms) == 5
    told = {name: form for name, form in forms.items() if name != "unavailable"}  # that one is a word of its own
    assert len(set(told.values())) == len(told)
