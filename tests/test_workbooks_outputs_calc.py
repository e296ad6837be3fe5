"""The output sheets in a real LibreOffice Calc: movement, trials, value, voice and lists equal the engine; the template wakes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.lists import summary
from engine.measures import retention
from engine.measures.profit.map import profit_map
from engine.measures.retention import cohorts
from engine.planning import what_if
from engine.planning.allocation import allocate
from engine.runs import runs
from engine.runs.movement import movement
from workbooks.build import build_sample, build_template
from workbooks.sample.sample import make_sample
from workbooks.sheets.map import AID, TABLE_ROW
from workbooks.sheets.movement import LIST
from workbooks.sheets.trials import ALLOTTED, ANSWERS, CHANGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from helpers.office import Book, Office

    from engine.scoring.portfolio import Portfolio

pytestmark = pytest.mark.calc

SHEETS = ("集中リスク", "マップ", "異動", "試算", "価値と維持", "機会", "顧客の声", "データ品質", "監査ログ")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("calc") / "sample.xlsx", filled=False)


@pytest.fixture(scope="module")
def book(office: Office, path: Path) -> Iterator[Book]:
    with office.open(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def scored(book: Book) -> Portfolio:
    """Return the run that Calc's handle names: building the workbook scored the same data in this process."""
    return runs.recall(str(book.value("設定", "C4")))


@pytest.fixture(scope="module")
def before(book: Book) -> Portfolio:
    return runs.recall(str(book.value("異動", "C5")))


def block(book: Book, sheet: str, title: str, width: int, column: int = 1) -> list[list[object]]:
    """Return the rows below the header that begins with `title` in `column`, down to the first blank one."""
    rows = book.values(sheet)
    top = next(number for number, row in enumerate(rows) if row[column : column + 1] == [title])
    found: list[list[object]] = []
    for row in rows[top + 1 :]:
        if row[column] == "":
            break
        found.append(list(row[column : column + width]))
    return found


def near(values: Sequence[object]) -> list[object]:
    return [pytest.approx(each, rel=1e-12) if isinstance(each, float) else each for each in values]


def test_no_cell_of_the_output_sheets_shows_an_error_and_each_says_its_run(book: Book, scored: Portfolio) -> None:
    assert book.errors() == {}
    for sheet in SHEETS:
        rows = book.values(sheet)
        assert rows[2][1] == f"基準日 2026/09/30  実行ID {scored.handle}", sheet
        assert not [cell for row in rows for cell in row if isinstance(cell, str) and cell.startswith("#")], sheet


def test_the_movement_is_that_between_the_two_runs(book: Book, scored: Portfolio, before: Portfolio) -> None:
    assert f"{before.as_of:%Y/%m/%d}" == "2026/06/30"
    wanted = movement(before, scored, "standard")
    shown = block(book, "異動", "前回＼今回", len(wanted.columns()) + 2)
    for line, code, counts in zip(shown, wanted.rows(), wanted.counts, strict=False):
        assert line == [wanted.word(code).ja, *map(float, counts), float(counts.sum())]
    assert len(shown) == len(wanted.rows()) + 1
    moved = block(book, "異動", "顧客ID", 4, LIST)
    assert [line[0] for line in moved] == [mover.customer_id for mover in wanted.movers]


def test_a_loss_and_a_change_are_the_engine_s(book: Book, scored: Portfolio) -> None:
    name = str(book.value("試算", "C5"))
    wanted = what_if.if_lost(scored, [name], 0)
    rows = book.values("試算")[ANSWERS + 1 :]
    for line, row in zip(rows, wanted.rows, strict=False):
        assert line[1] == row.item.ja
        if isinstance(row.then, float) and row.unit == "money":
            assert line[2:5] == near([row.now, row.then, row.delta])
    assert [line[CHANGED] for line in rows][:3] == ["年間売上", "粗利", "顧客数"]


def test_hours_are_allotted_as_the_engine_does(book: Book, scored: Portfolio) -> None:
    wanted = allocate(scored, 800.0, None)
    names, hours = scored.frame["name"].tolist(), wanted.hours.tolist()
    shown = [row[ALLOTTED : ALLOTTED + 3] for row in book.values("試算")[ANSWERS + 1 :]]
    for line, at in zip(shown, wanted.order.tolist(), strict=False):
        assert [line[0], line[2]] == near([names[at], hours[at]])


def test_value_and_retention_are_the_engine_s(book: Book, scored: Portfolio) -> None:
    segments = summary.summarise(scored, "segment", ["customers", "ltv"])
    shown = block(book, "価値と維持", "セグメント", 5)
    assert [line[4] for line in shown] == near([float(each) for each in segments["ltv"]])
    rates = {line[0]: line[1] for line in block(book, "価値と維持", "種類", 2)}
    assert rates["維持率"] == pytest.approx(retention.rate(scored, "retention").value)
    assert rates["NRR"] == pytest.approx(retention.rate(scored, "nrr").value)
    triangle = cohorts.triangle(scored, "quarter")
    assert len(block(book, "価値と維持", "コホート", 2)) == len(triangle.periods)


def test_a_bubble_has_a_size_in_one_series_only(book: Book, scored: Portfolio) -> None:
    points = profit_map(scored).points
    rows = book.values("マップ")[TABLE_ROW + 1 : TABLE_ROW + 1 + len(points)]
    for row, size in zip(rows, points["size"], strict=True):
        sizes = [cell for cell in row[AID + 2 : AID + 7] if cell]
        assert sizes == [pytest.approx(abs(size))]


def test_another_customer_is_lost_when_chosen(book: Book, scored: Portfolio) -> None:
    other = scored.customers.sort_values("sales_12m", ascending=False)["name"].iloc[1]
    first = book.value("試算", "C5")
    wanted = next(row for row in what_if.if_lost(scored, [str(other)], 0).rows if row.item.ja == "年間売上")
    try:
        book.put("試算", "C5", str(other))
        book.recalculate()
        assert book.values("試算")[ANSWERS + 1][3] == wanted.then
    finally:
        book.put("試算", "C5", first)
        book.recalculate()


def test_a_template_wakes_up_with_seven_typed_columns(office: Office, tmp_path: Path) -> None:
    typed: list[list[float | str]] = [
        ["株式会社A", "小売", 1_000_000, "高", "高", "低"],
        ["株式会社B", "製造", 500_000, "低", "低", "高"],
    ]
    with office.open(build_template(tmp_path / "template.xlsx")) as book:
        assert book.errors() == {}
        assert "まだ採点されていません" in str(book.value("ポートフォリオ表", "B3"))
        for row, line in enumerate(typed, start=2):
            for letter, cell in zip("ABCDEF", line, strict=True):
                book.put("顧客", f"{letter}{row}", cell)
        book.put("設定", "C4", "=PORTFOLIO_RUN($顧客.$A$1:$AZ$501)")
        book.recalculate()
        rows = book.values("ポートフォリオ表")[5:8]
        assert [row[1:7] for row in rows] == [*typed, [""] * 6]
        assert rows[0][7] != ""
        assert book.values("集中リスク")[5][1] == "顧客依存"
        assert book.value("異動", "C5") == ""  # no date for the run before, no movement


def test_the_sample_s_data_are_those_of_the_workbook(scored: Portfolio) -> None:
    assert len(scored.frame) == len(make_sample().sheets["customers"].rows)
