"""What the pages look like, as far as a machine can see: every letter is large enough, in its place, and on no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from helpers.looks import LEAST, Page, Words, faults, pages_of
from helpers.reports import earlier, golden, hostile, report_of, sample

from engine.language.errors import Lang
from engine.scoring.portfolio import Portfolio
from report_templates.charts.bars import bars
from report_templates.charts.columns import columns
from report_templates.document.document import BarRow, Bars, Limit
from report_templates.document.figures import ColumnBar, Columns
from report_templates.print import render
from report_templates.print.render import Paper
from report_templates.texts.texts import BLANK, plain
from report_templates.view import view


@pytest.mark.parametrize(
    ("company", "before", "lang", "paper"),
    [
        (sample, None, "ja", "a4"),
        (sample, earlier, "en", "a4"),
        (sample, None, "en", "letter"),
        (hostile, None, "en", "a4"),
        (golden, None, "ja", "a4"),
    ],
    ids=["sample-ja", "since-the-last-review-en", "sample-letter-en", "hostile-en", "three-ja"],
)
def test_no_letter_is_too_small_or_out_of_its_place(
    company: Callable[[], Portfolio], before: Callable[[], Portfolio] | None, lang: Lang, paper: Paper
) -> None:
    report = report_of(company()) if before is None else view.build(company(), before())
    pages = pages_of(render.html(report, lang, "print", None, paper))
    assert {number: found for number, page in enumerate(pages, 1) if (found := faults(page))} == {}
    assert len(pages) == len(report.sections)


def test_the_looker_sees_what_is_wrong() -> None:
    """A page with every fault: the same letters twice, small ones, ones off the sheet, and a headline of three lines."""
    one = Words("one", 10, 10, 60, 20, LEAST)
    page = Page(
        100,
        100,
        (one, replace(one, text="two", left=55, right=90), Words("off", 95, 50, 120, 60, 7.2)),
        ("cut",),
        ("one", "two", "three"),
    )
    assert faults(page) == [
        "7.20 pt: off",
        "cut off in its drawing: cut",
        "in the margin: off",
        "a headline of 3 lines: one / two / three",
        "on each other: one | two",
    ]
    apart = replace(page, words=(one, replace(one, text="two", top=30, bottom=40)), cut=(), headline=("one",))
    assert faults(apart) == []


def test_a_page_is_read_with_its_drawings_and_without_the_mark_of_old_data() -> None:
    drawing = (
        '<svg viewBox="0 0 200 100" width="200" height="100" xmlns="http://www.w3.org/2000/svg"><g transform="translate(10,20)">'
        '<text font-size="12px" transform="translate(5,6)">abc</text><text font-size="6px" text-anchor="end">left</text></g></svg>'
    )
    markup = f'<html lang="en"><div class="stale" style="position: fixed">old</div><p>words</p>{drawing}'
    (page,) = pages_of(markup)
    assert [each.text for each in page.words] == ["words", "abc", "left"]
    assert page.words[1].points == pytest.approx(9.0)
    assert page.cut == ()
    assert [fault.split(":")[0] for fault in faults(page)] == ["4.50 pt"]


def test_a_number_stands_at_its_bar_unless_the_mark_of_the_year_before_is_in_the_way() -> None:
    figure = Columns(
        "k",
        plain("title"),
        plain("alt"),
        bars=(
            ColumnBar(plain("far"), BLANK, 40.0, plain("40"), previous=80.0),
            ColumnBar(plain("near"), BLANK, 40.0, plain("40"), previous=45.0),
            ColumnBar(plain("below"), BLANK, 40.0, plain("40"), previous=20.0),
        ),
        ends=(0.0, 100.0),
        size=(300, 100),
    )
    assert _fields(columns(figure, "ja"), "top") == [40.0, 45.0, 40.0]


def test_the_names_of_two_groups_of_bars_never_meet() -> None:
    bar = ColumnBar(plain("Q4"), plain("2023年度"), 1.0, plain("1"))
    later = [replace(bar, group=group) for group in (plain("2024年度"), None, None, None)]
    figure = Columns("k", plain("t"), plain("a"), bars=(bar, *later), ends=(0.0, 2.0), size=(200, 100))
    assert _fields(columns(figure, "ja"), "group") == ["", "2024年度", "", "", ""]
    wide = replace(figure, size=(500, 100))
    assert _fields(columns(wide, "ja"), "group") == ["2023年度", "2024年度", "", "", ""]


def test_a_number_steps_behind_the_threshold_that_would_cross_it() -> None:
    figure = Bars(
        "k",
        plain("title"),
        plain("alt"),
        rows=(BarRow(plain("a"), 9.5, plain("9.5"), "plain"), BarRow(plain("b"), 3.0, plain("3.0"), "plain")),
        top=40.0,
        limits=(Limit(10.0, plain("10"), "caution"), Limit(20.0, plain("20"), "warning")),
        size=(400, 60, 90),
    )
    assert _fields(bars(figure, "ja"), "end") == [10.0, 3.0]


def _fields(document: dict[str, Any], name: str) -> list[object]:
    """Return a field of the first rows that hold it."""
    return next([row[name] for row in rows] for rows in document["datasets"].values() if rows and name in rows[0])
