"""The browser's edition in a real Chromium: charts that answer, tables that sort, the keyboard alone, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers.reports import figures_in, golden, hostile, report_of, sample
from helpers.screens import grave, is_within, launched, opened
from helpers.typefaces import without_carried
from playwright.sync_api import Browser, Page, expect

from engine.language.errors import Text
from engine.runs.masked_run import masked
from report_templates import charts
from report_templates.delivery.batch.listing import listing
from report_templates.delivery.batch.run import Done
from report_templates.delivery.batch.worker import Job
from report_templates.document.document import Figure
from report_templates.document.figures import Flows, Node, Ribbon
from report_templates.document.report_data import read
from report_templates.gates.gates import check_html
from report_templates.print import interactive, render
from report_templates.view import view

if TYPE_CHECKING:
    from engine.language.errors import Lang

SIZES = (1280, 640, 375)  # a desk, the same enlarged to 200 %, a telephone


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("screen")
    for name, portfolio in (("sample", sample()), ("golden", golden()), ("hostile", hostile())):
        for lang in ("ja", "en"):
            markup = render.html(report_of(portfolio), "ja" if lang == "ja" else "en")
            check_html(markup)
            (found / f"{name}.{lang}.html").write_text(markup, encoding="utf-8")
    return found


@pytest.mark.chromium
@pytest.mark.parametrize(
    ("name", "width"),
    [("sample.ja", each) for each in SIZES]
    + [("golden.ja", 1280), ("golden.en", 375), ("hostile.ja", 375), ("hostile.en", 1280), ("sample.en", 375)],
)
def test_every_chart_comes_alive_and_nothing_is_said_or_fetched(
    chromium: Browser, folder: Path, name: str, width: int
) -> None:
    watched = opened(chromium, folder / f"{name}.html", width)
    page = watched.page
    assert page.locator("[data-chart]").count() >= 3
    assert page.locator("[data-chart]:not(.enlivened)").count() == 0
    assert is_within(page)
    for summary in page.locator("details.numbers > summary").all():
        summary.evaluate("summary => summary.click()")  # without waiting until a frame finds it standing still
    assert page.locator("details.numbers:not([open])").count() == 0
    assert is_within(page)
    assert grave(page) == []
    assert watched.said == []
    assert watched.asked == []


@pytest.mark.chromium
@pytest.mark.parametrize("name", ["account", "masked"])
def test_other_editions_have_no_grave_finding_either(chromium: Browser, tmp_path: Path, name: str) -> None:
    report = (
        view.of_account(read(sample()), 0)
        if name == "account"
        else report_of(masked(sample(), "監査法人", b"key of a test" * 3)[0])
    )
    (tmp_path / "report.html").write_text(render.html(report, "ja"), encoding="utf-8")
    watched = opened(chromium, tmp_path / "report.html", 375, color_scheme="dark")
    assert is_within(watched.page)
    assert grave(watched.page) == []
    assert watched.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert watched.said == []


@pytest.mark.chromium
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_kind_of_figure_tells_name_number_and_what_it_is(chromium: Browser, folder: Path, lang: Lang) -> None:
    page = opened(chromium, folder / f"sample.{lang}.html", reduced_motion="reduce").page
    kinds: dict[type, Figure] = {}
    for figure in figures_in(report_of(sample())):
        kinds.setdefault(type(figure), figure)
    assert {kind.__name__ for kind in kinds} >= {
        *("Bars", "Columns", "Curve", "Bubbles", "Heat", "Spans", "Quadrants", "Waterfall", "Whale"),
    }
    for figure in kinds.values():
        mark = page.locator(f"#{figure.key} [data-tip]").first
        told = page.locator(".tip")
        for _ in range(3):  # a page that has just been scrolled may still move away under the pointer
            mark.scroll_into_view_if_needed()
            mark.hover(force=True)
            if told.is_visible():
                break
        expect(told).to_be_visible()
        name, *numbers = (str(mark.get_attribute("data-tip"))).split("\n")
        assert name != ""
        assert numbers
        assert any(re.search(r"\d", number) for number in numbers)
        words = told.inner_text()
        assert words.startswith(name)
        assert all(number.partition("\t")[2] in words for number in numbers)
        assert words.endswith(figure.title.to(lang))
        assert mark.get_attribute("aria-label") == words


@pytest.mark.chromium
def test_every_bubble_has_a_name_and_the_true_number_of_a_customer_beyond_the_map(
    chromium: Browser, folder: Path
) -> None:
    page = opened(chromium, folder / "sample.en.html").page
    tips = page.locator("#value-map [data-tip]").evaluate_all("marks => marks.map(mark => mark.dataset.tip)")
    assert all(tip.split("\n")[0] for tip in tips)
    beyond = next(tip for tip in tips if "蜃気楼水産" in tip)
    assert "−84.7%" in beyond


@pytest.mark.chromium
def test_pointing_near_a_small_mark_is_enough_and_escape_sends_the_words_away(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "sample.ja.html", reduced_motion="reduce").page
    mark = page.locator("#nps [data-tip]").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 8)
    told = page.locator(".tip")
    expect(told).to_be_visible()
    assert told.inner_text() == mark.get_attribute("aria-label")
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()
    page.mouse.move(0, 0)


@pytest.mark.chromium
def test_a_hostile_name_is_told_as_text(chromium: Browser, folder: Path) -> None:
    watched = opened(chromium, folder / "hostile.ja.html", reduced_motion="reduce")
    page = watched.page
    mark = page.locator("#top-groups [data-tip*='alert']")
    mark.scroll_into_view_if_needed()
    mark.hover()
    assert page.locator(".tip").inner_text().startswith('<script>alert("x")</sc… 45.0')
    assert page.locator(".tip *").count() == 0
    page.locator("#top-groups summary").click()
    assert '<script>alert("x")</sc…' in column(page, "top-groups table", 1)
    assert page.locator("#top-groups table script").count() == 0
    assert watched.said == []


@pytest.mark.chromium
def test_the_numbers_of_a_chart_open_as_a_table_by_keyboard(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "golden.ja.html").page
    page.locator("#top-groups summary").focus()
    page.keyboard.press("Enter")
    table = page.locator("#top-groups table")
    expect(table).to_be_visible()
    assert table.locator("caption").inner_text() == page.locator("#top-groups figcaption").inner_text()
    assert column(page, "top-groups table", 1) == ["㈱A", "㈱B", "㈱C"]
    assert column(page, "top-groups table", 2) == ["51.7", "31.0", "17.3"]
    button = table.locator("thead th button").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert column(page, "top-groups table", 2) == ["17.3", "31.0", "51.7"]


@pytest.mark.chromium
def test_a_customer_is_found_on_a_map_of_many(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "sample.ja.html").page
    field = page.locator("#value-map .find input")
    marks = page.locator("#value-map [data-tip]").count()
    field.fill("蜃気楼水産")
    assert page.locator("#value-map [data-tip]:not(.faded)").count() == 1
    assert page.locator("#value-map .find [role=status]").inner_text() == f"1 / {marks} 件"
    field.press("Escape")
    assert page.locator("#value-map .faded").count() == 0


@pytest.mark.chromium
def test_the_arrow_keys_read_a_chart_value_by_value(chromium: Browser, folder: Path) -> None:
    page = opened(chromium, folder / "golden.ja.html").page
    stops = page.locator("#top-groups [data-chart] [tabindex='0']")
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


@pytest.mark.chromium
def test_a_number_of_the_first_page_leads_by_keyboard_to_the_page_that_tells_of_it(
    chromium: Browser, folder: Path
) -> None:
    page = opened(chromium, folder / "sample.ja.html").page
    page.locator("#tile-top a").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'concentration-message'")
    name = page.locator("table a[href^='#page-account']").first
    target = name.get_attribute("href")
    assert target is not None
    name.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("id => document.activeElement.id === id", arg=f"{target.removeprefix('#page-')}-message")
    assert page.evaluate("getComputedStyle(document.querySelector('.note')).lineBreak") == "strict"


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


READ = """<table id="t"><thead><tr><th scope="col">顧客</th><th scope="col">売上</th><th scope="col">率</th>
<th scope="col">日付</th></tr></thead><tbody>
<tr><th scope="row">㈱い</th><td class="end">△1,200千円</td><td>9.5% (n=21)</td><td>2026/9/3</td></tr>
<tr><th scope="row">㈱ろ</th><td class="end">算出不可</td><td>—</td><td></td></tr>
<tr><th scope="row">㈱は</th><td class="end">1.2億円</td><td>△4.0%</td><td>2025/12/31</td></tr>
<tr><th scope="row">㈱に</th><td class="end">¥98,000,000</td><td>100%</td><td>2026/10/1</td></tr>
</tbody></table>"""


@pytest.mark.chromium
def test_money_rates_and_dates_that_are_only_written_sort_by_what_they_say(chromium: Browser, folder: Path) -> None:
    markup = (folder / "golden.ja.html").read_text(encoding="utf-8")
    (folder / "read.html").write_text(
        markup.replace('<main id="report" tabindex="-1">', f'<main id="report" tabindex="-1">{READ}'), encoding="utf-8"
    )
    page = opened(chromium, folder / "read.html").page
    expected = {
        1: ["㈱は", "㈱に", "㈱い", "㈱ろ"],
        2: ["㈱に", "㈱い", "㈱は", "㈱ろ"],
        3: ["㈱に", "㈱い", "㈱は", "㈱ろ"],
    }
    for at, order in expected.items():
        button = page.locator("#t thead th button").nth(at)
        button.focus()
        page.keyboard.press("Enter")
        assert column(page, "t", 1) == order
        page.keyboard.press("Enter")
        assert column(page, "t", 1) == [*reversed(order[:-1]), order[-1]]
        assert page.locator("#t thead th").nth(at).get_attribute("aria-sort") == "ascending"


@pytest.mark.chromium
def test_the_list_of_account_pages_sorts_and_filters(chromium: Browser, tmp_path: Path) -> None:
    portfolio = sample()
    jobs = tuple(Job(at, "ja", "html", f"C{at}.ja.html") for at in range(12))
    (tmp_path / "index.html").write_bytes(listing(portfolio, Done(jobs, 12, 0, ()), "ja")["index.html"])
    watched = opened(chromium, tmp_path / "index.html", 375)
    page = watched.page
    shown = page.locator("tbody tr")
    page.locator("thead th button").nth(3).click()
    sales = [float(text.replace(",", "")) for text in page.locator("tbody td.end").all_inner_texts()]
    assert sales == sorted(sales, reverse=True)
    assert len(set(sales)) > 3
    name = shown.nth(5).locator("th").inner_text()
    page.locator(".filter input").fill(name)
    assert page.locator("tbody tr:visible").count() < shown.count()
    assert is_within(page)
    assert grave(page) == []
    assert watched.said == []


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
    place = page.locator("main .filter:not(.find)").first
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


def test_the_living_chart_is_the_printed_one() -> None:
    kinds = {type(figure): figure for figure in figures_in(report_of(sample()))}
    for figure in kinds.values():
        printed, living = charts.svg(figure, "ja", "a"), charts.svg(figure, "ja", "a", telling=True)
        assert "data-tip" not in printed
        assert 'opacity="0"' not in printed
        without = re.sub(r'<path[^<>]* opacity="0"[^<>]*/>', "", living)
        assert re.sub(r' data-tip="[^"]*"', "", without) == printed


def test_a_flow_tells_from_where_to_where_and_how_much() -> None:
    few, many = (Text(word, word) for word in ("少", "多"))
    left = (
        Node(few, Text("3.0", "3.0"), 3_000_000, 0.0, 0.3, "rest"),
        Node(many, Text("7.0", "7.0"), 7e6, 0.3, 1.0, "rest"),
    )
    right = (Node(few, Text("10.0", "10.0"), 10_000_000, 0.0, 1.0, "rest"),)
    ribbons = (
        Ribbon((0.0, 0.3), (0.0, 0.3), 3e6, "rest", moved=False),
        Ribbon((0.3, 1.0), (0.3, 1.0), 7e6, "rest", moved=True),
    )
    figure = Flows("f", few, few, Text("前回", "before"), Text("今回", "now"), left, right, ribbons)
    told = re.findall(r'data-tip="([^"]*)"', charts.svg(figure, "ja", "f", telling=True))
    lines = [words.replace("&#xA;", " ").replace("&#x9;", "") for words in told]
    assert set(lines) == {"前回: 少 3.0", "前回: 多 7.0", "今回: 少 10.0", "少 → 少 3.0", "多 → 少 7.0"}


def test_no_library_travels_with_the_page() -> None:
    assert len("".join(interactive.scripts())) < 25_000
    page = render.html(report_of(golden()), "ja")
    assert len(without_carried(page).encode()) < 150_000
