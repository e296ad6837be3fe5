"""The browser's edition in a real Chromium: charts that answer, tables that sort, the keyboard alone, nothing fetched."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Route, sync_playwright
from reports import golden, hostile, report_of, sample

from report_templates import charts, interactive, render
from report_templates.gates import check_html

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SIZES = (1280, 375)


@dataclass
class Watched:
    """A page, what it said, and what it asked for beside itself."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("screen")
    for name, portfolio in (("sample", sample()), ("golden", golden()), ("hostile", hostile())):
        for lang in ("ja", "en"):
            markup = render.html(report_of(portfolio), "ja" if lang == "ja" else "en")
            check_html(markup)
            (found / f"{name}.{lang}.html").write_text(markup, encoding="utf-8")
    return found


def opened(chromium: Browser, file: Path, width: int = 1280, **context: Any) -> Watched:
    """Open a file, with every request watched and every one but the file itself refused."""
    page = chromium.new_context(viewport={"width": width, "height": 900}, **context).new_page()
    watched = Watched(page)

    def refuse(route: Route) -> None:
        if route.request.url == file.as_uri():
            route.continue_()
        else:
            watched.asked.append(route.request.url)
            route.abort()

    page.route("**/*", refuse)
    page.on("console", lambda message: watched.said.append(message.text))
    page.on("pageerror", lambda error: watched.said.append(str(error)))
    page.goto(file.as_uri())
    return watched


def drawn(page: Page) -> int:
    """Bring every chart into view until it is drawn; return how many there are."""
    holders = page.locator("[data-chart]")
    for number in range(holders.count()):
        holders.nth(number).scroll_into_view_if_needed()
        page.wait_for_function(
            "n => document.querySelectorAll('[data-chart]')[n].classList.contains('enlivened')", arg=number
        )
    return holders.count()


@pytest.mark.chromium
@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("name", ["sample.ja", "sample.en", "golden.ja", "hostile.ja", "hostile.en"])
def test_every_chart_comes_alive_and_nothing_is_said_or_fetched(
    chromium: Browser, folder: Path, name: str, width: int
) -> None:
    watched = opened(chromium, folder / f"{name}.html", width)
    page = watched.page
    assert drawn(page) >= 3
    assert page.locator(".live svg").count() == page.locator("[data-chart]").count()
    assert page.locator(".enlivened > .drawing:visible").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    grave = [
        f"{found['id']}: {found['nodes'][0]['html'][:160]}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] in {"serious", "critical"}
    ]
    assert grave == []
    assert watched.said == []
    assert watched.asked == []


@pytest.mark.chromium
def test_pointing_at_a_bar_tells_its_number_with_what_is_measured(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "golden.ja.html").page
    drawn(page)
    page.locator("#top-groups .live [aria-label^='㈱A']").first.hover()
    told = page.locator(".tip")
    told.wait_for(state="visible")
    assert re.match(r"㈱A 51\.7\n.*構成比 %", told.inner_text())


@pytest.mark.chromium
def test_the_arrow_keys_read_a_chart_value_by_value(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "golden.ja.html").page
    drawn(page)
    stops = page.locator("#top-groups .live [tabindex='0']")
    assert stops.count() == 1
    stops.focus()
    heard = []
    for _ in range(3):
        heard.append(page.evaluate("document.activeElement.getAttribute('aria-label').split('\\n')[0]"))
        page.keyboard.press("ArrowDown")
    assert heard == ["㈱A 51.7", "㈱B 31.0", "㈱C 17.3"]
    assert page.locator(".tip").inner_text().startswith("㈱C 17.3")
    page.keyboard.press("Escape")
    assert page.locator(".tip").is_hidden()


@pytest.mark.chromium
def test_the_keyboard_alone_reaches_contents_tables_and_charts(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "golden.ja.html").page
    drawn(page)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "jump screen"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    kinds: set[str] = set()
    for _ in range(200):
        kinds.add(page.evaluate("document.activeElement.tagName.toLowerCase()"))
        page.keyboard.press("Tab")
    assert {"button", "path"} <= kinds


@pytest.mark.chromium
def test_a_link_of_the_contents_moves_the_focus_to_the_heading(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "golden.ja.html").page
    link = page.locator(".contents a[href='#page-concentration']")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'concentration-message'")
    page.wait_for_function("() => document.querySelector('.contents a[aria-current]') !== null")


def column(page: Page, table: str, number: int) -> list[str]:
    return [text.strip() for text in page.locator(f"#{table} > tbody > tr > :nth-child({number})").all_inner_texts()]


SORTED = """<table id="t"><thead><tr><th scope="col">名前</th><th scope="col">売上</th></tr></thead><tbody>
<tr><th scope="row">㈱い</th><td data-value="-1200">△1,200</td></tr>
<tr><th scope="row">㈱ろ</th><td>算出不可</td></tr>
<tr><th scope="row">㈱は</th><td data-value="90">90</td></tr>
<tr><th scope="row">㈱に</th><td data-value="1000.5">1,000.5</td></tr>
</tbody><tfoot><tr><th scope="row">合計</th><td>△109.5</td></tr></tfoot></table>"""


@pytest.mark.chromium
def test_a_table_sorts_by_numbers_with_what_is_missing_last(chromium: Browser, folder: Path) -> None:
    markup = (folder / "golden.ja.html").read_text(encoding="utf-8")
    (folder / "sorted.html").write_text(
        markup.replace('<main id="report" tabindex="-1">', f'<main id="report" tabindex="-1">{SORTED}'),
        encoding="utf-8",
    )
    page = opened(chromium, folder / "sorted.html").page
    head = page.locator("#t thead th").nth(1)
    button = head.locator("button")
    original = column(page, "t", 2)
    expected = {
        "descending": ["1,000.5", "90", "△1,200", "算出不可"],
        "ascending": ["△1,200", "90", "1,000.5", "算出不可"],
        "none": original,
    }
    button.focus()
    for state, order in expected.items():
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == state
        assert column(page, "t", 2) == order
    page.locator("#t thead th button").first.click()
    assert column(page, "t", 1) == ["㈱い", "㈱に", "㈱は", "㈱ろ"]
    assert head.get_attribute("aria-sort") == "none"
    assert page.locator("#t tfoot td").inner_text() == "△109.5"
    assert page.locator("#news").text_content() == "名前の小さい順"


@pytest.mark.chromium
def test_the_tests_sort_by_gravity_and_the_segments_by_sales(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "sample.ja.html").page
    verdicts = page.locator("#tests thead th button").nth(1)
    verdicts.click()
    first = column(page, "tests", 2)
    verdicts.click()
    assert column(page, "tests", 2)[0] == first[-1]
    assert len(set(first)) > 1
    sales = page.locator("#segment-table thead th", has_text="売上").first
    sales.locator("button").click()
    shown = [float(text.replace(",", "").replace("△", "-")) for text in column(page, "segment-table", 3)]
    assert shown == sorted(shown, reverse=True)


@pytest.mark.chromium
def test_a_long_table_can_be_filtered_with_the_count_told(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "sample.ja.html").page
    place = page.locator(".filter").first
    table = place.locator("xpath=following::table[1]")
    rows = table.locator("tbody tr")
    word = rows.nth(1).locator("th").inner_text().split("\n")[0].strip()
    place.locator("input").fill(word)
    shown = [text for text in rows.all_inner_texts() if word in text]
    assert table.locator("tbody tr:visible").count() == len(shown) < rows.count()
    assert place.locator("[role=status]").inner_text() == f"{len(shown)} / {rows.count()} 行"
    page.keyboard.press("Escape")
    assert table.locator("tbody tr:visible").count() == rows.count()


@pytest.mark.chromium
def test_without_scripts_everything_is_readable(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "golden.ja.html", java_script_enabled=False).page
    assert page.locator("button").count() == 0
    assert page.locator(".drawing:visible").count() == page.locator("[data-chart]").count()
    assert page.locator("#tests tbody tr:visible").count() >= 7
    assert page.locator("script:visible").count() == 0


@pytest.mark.chromium
def test_on_paper_the_controls_are_gone_and_the_still_drawings_are_back(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "golden.ja.html").page
    drawn(page)
    page.emulate_media(media="print")
    assert page.locator(".live:visible, .filter:visible, .contents:visible, .masthead:visible").count() == 0
    assert page.locator(".drawing:visible").count() == page.locator("[data-chart]").count()
    assert page.locator(".sort").first.evaluate("e => getComputedStyle(e).textDecorationLine") == "none"


@pytest.mark.chromium
def test_nothing_moves_for_those_who_ask_for_less_motion(chromium: Browser, folder: Path) -> None:
    style = "getComputedStyle(document.documentElement).scrollBehavior"
    calm = opened(chromium, folder / "golden.ja.html", reduced_motion="reduce").page
    assert calm.evaluate(style) == "auto"
    usual = opened(chromium, folder / "golden.ja.html", reduced_motion="no-preference").page
    assert usual.evaluate(style) == "smooth"


@pytest.mark.chromium
def test_a_script_that_is_not_ours_does_not_run(chromium: Browser, folder: Path) -> None:
    markup = (folder / "golden.ja.html").read_text(encoding="utf-8")
    (folder / "foreign.html").write_text(
        markup.replace("</main>", "<script>window.foreign = 1</script><p onclick='x()'>a</p></main>"), encoding="utf-8"
    )
    watched = opened(chromium, folder / "foreign.html")
    assert watched.page.evaluate("typeof window.foreign") == "undefined"
    assert any("Content Security Policy" in words for words in watched.said)
    assert "unsafe-eval" not in markup.partition("<title>")[0]


def test_data_in_the_page_cannot_end_their_element() -> None:
    written = str(interactive.embedded({"name": "</script><!-- & \u2028\u2029"}))
    assert written == '{"name":"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\\u2029"}'


def test_the_living_chart_has_the_specification_of_the_still_one() -> None:
    figure = next(each for each in report_of(golden()).sections if each.key == "concentration").bars  # type: ignore[attr-defined]
    markup = render.html(report_of(golden()), "ja")
    assert str(interactive.embedded(charts.specification(figure, "ja"))) in markup
