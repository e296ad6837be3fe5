"""The built sample workbook in a real LibreOffice Calc: thousands of formula cells against the engine.

The workbook is built without stored answers, so whatever a cell shows was calculated by Calc through our add-in. What
it must show is read off a `Portfolio` that the engine makes of the same data directly, without any worksheet function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.cleaning import tables
from engine.definition.definition import Definition
from engine.explanation import explain
from engine.language import words
from engine.lists import summary
from engine.scoring import concentration, portfolio, scoring
from workbooks.build import build_sample
from workbooks.inputs.settings import definition_of
from workbooks.sample.sample import example, make_sample
from workbooks.sheets.portfolio import FIRST_ROW, HEADER_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from helpers.office import Book, Office

pytestmark = pytest.mark.calc

EPOCH = date(1899, 12, 30)
LEAST = 2000


@dataclass
class Tally:
    """Compares cells and counts them."""

    count: int = 0
    wrong: list[str] = field(default_factory=list)

    def column(self, where: str, shown: Sequence[object], wanted: Sequence[object]) -> None:
        assert len(shown) == len(wanted), where
        for place, (cell, value) in enumerate(zip(shown, wanted, strict=True)):
            self.count += 1
            if cell != as_cell(value):
                self.wrong.append(f"{where}[{place}]: Calc {cell!r}, engine {value!r}")


def as_cell(value: object) -> object:
    """Return a value of the engine as Calc hands a cell over: numbers as float, days as serials, unknown as 算出不可."""
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # a pandas Timestamp is one, too
        return "算出不可" if pd.isna(value) else float((pd.Timestamp(value).date() - EPOCH).days)
    if value is None:
        return ""
    return "算出不可" if pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]


def score(names: Sequence[str], definition: Definition) -> portfolio.Portfolio:
    raw = {
        name: tables.raw_from_block(name, [list(sheet.header), *map(list, sheet.rows)], name)
        for name, sheet in make_sample().sheets.items()
        if name in names
    }
    return scoring.score(tables.clean(tables.RawTables(raw, ())), definition)


@pytest.fixture(scope="module")
def scored() -> portfolio.Portfolio:
    return score(tuple(make_sample().sheets), definition_of(make_sample()))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sample(tmp_path_factory.mktemp("calc") / "sample.xlsx", filled=False)


@pytest.fixture(scope="module")
def book(office: Office, path: Path) -> Iterator[Book]:
    with office.open(path) as opened:
        yield opened


def test_two_thousand_cells_equal_the_engine(book: Book, scored: portfolio.Portfolio) -> None:
    tally = Tally()
    compare_customers(book, scored, tally)
    compare_indices(book, scored, tally)
    compare_summaries(book, scored, tally)
    compare_alerts(book, scored, tally)
    compare_explanation(book, scored, tally, 0)
    assert tally.wrong == []
    assert tally.count >= LEAST
    # Named so that a run of the tests tells how much was compared.
    print(f"{tally.count} cells of the sample workbook compared with the engine in Calc")  # noqa: T201


def compare_customers(book: Book, scored: portfolio.Portfolio, tally: Tally) -> None:
    """ポートフォリオ表: every column but the typed ones, for every customer."""
    frame = scored.customers
    rows = book.values("ポートフォリオ表")
    block, header = rows[HEADER_ROW - 1], [str(cell).replace("\n", "") for cell in rows[HEADER_ROW]]
    assert block[header.index("総合")] == ""
    shown = [list(cells) for cells in zip(*rows[FIRST_ROW : FIRST_ROW + len(frame)], strict=True)]
    wanted: list[tuple[str, Iterable[object]]] = [
        ("顧客名", frame["name"]), ("業界", frame["industry"]), ("年間売上", frame["sales_12m"]),
        *((title, labels(frame[f"level_{code}"], "levels"))
          for title, code in (("継続性", "continuity"), ("成長ポテンシャル", "growth"), ("リスク", "risk"))),
        ("戦略", frame["strategy_ja"]), ("セグメント", labels(frame["segment_standard"], "segments.standard")),
        *((title, frame[column]) for title, column in (
            ("総合", "score_total"), ("価値", "score_value"), ("継続性", "score_continuity"), ("成長", "score_growth"),
            ("リスク", "score_risk"), ("信頼度", "confidence"), ("構成比", "share"), ("前年比", "growth_rate"),
            ("粗利率", "margin_rate"), ("最終購入日", "last_order"), ("次回予測日", "next_order"))),
        *((title, labels(frame[f"segment_{code}"], f"segments.{code}")) for title, code in (
            ("ABC", "abc"), ("RFM", "rfm"), ("CPM", "cpm"), ("ライフサイクル", "lifecycle"))),
    ]  # fmt: skip
    assert [title for title, _ in wanted] == header[1 : len(wanted) + 1]
    for at, (title, column) in enumerate(wanted, start=1):
        tally.column(f"ポートフォリオ表 {title}", shown[at], list(column))


def labels(codes: pd.Series, kind: str) -> list[str]:
    return [words.label(kind, code, "ja") for code in codes]


def compare_indices(book: Book, scored: portfolio.Portfolio, tally: Tally) -> None:
    rows = book.values("集中リスク")
    top = next(number for number, row in enumerate(rows) if row[1] == "指標")
    for row, index in zip(rows[top + 1 :], words.codes("indices"), strict=False):
        wanted = [concentration.measure(scored, index, by) for by in ("customer", "industry", "region")]
        tally.column(f"集中リスク {index}", row[2:5], wanted)


def compare_summaries(book: Book, scored: portfolio.Portfolio, tally: Tally) -> None:
    rows = book.values("セグメント")
    for by in ("segment", "industry", "region", "size", "owner", "channel", "state"):
        frame = summary.summarise(scored, by=by)
        top = next(number for number, row in enumerate(rows) if row[1] == words.label("dimensions", by, "ja"))
        points = frame["share_change"].astype(float) * 100
        wanted = [frame["label_ja"], frame["customers"], frame["sales"], frame["share"], frame["previous"], points,
                  frame["gross_profit"], frame["margin_rate"], frame["score"], frame["risk"]]  # fmt: skip
        shown = list(zip(*rows[top + 1 : top + 1 + len(frame)], strict=True))
        for at, column in enumerate(wanted, start=1):
            tally.column(f"セグメント {by} {at}", shown[at], list(column))


def compare_alerts(book: Book, scored: portfolio.Portfolio, tally: Tally) -> None:
    rows = book.values("集中リスク")
    top = next(number for number, row in enumerate(rows) if row[1] == "項目")
    for row, alert in zip(rows[top + 1 :], scored.alerts, strict=False):
        verdict = words.label("verdicts", alert.verdict, "ja")
        measured = f"{alert.measure.ja} {alert.display.ja}"
        wanted = [alert.item.ja, measured, alert.threshold.ja, verdict, alert.cause.ja, alert.clear.ja]
        tally.column(f"集中リスク {alert.code}", row[1:7], wanted)


def compare_explanation(book: Book, scored: portfolio.Portfolio, tally: Tally, position: int) -> None:
    rows = book.values("説明")
    tops = [number for number, row in enumerate(rows) if row[1] == "要因"]
    for top, axis in zip(tops, ("total", "value", "continuity", "growth", "risk"), strict=True):
        found = explain.explain(scored, position, axis)
        tally.column(f"説明 {axis} 点数", [rows[top - 1][2]], ["算出不可" if found.score is None else found.score])
        for row, line in zip(rows[top + 1 :], found.lines, strict=False):
            wanted = [line.factor.ja, line.display.ja, line.basis.ja, line.weight, line.contribution]
            tally.column(f"説明 {axis}", row[1:6], wanted)


def test_no_cell_of_any_sheet_shows_an_error(book: Book) -> None:
    assert book.errors() == {}
    for sheet in book.sheets():
        texts = [cell for row in book.values(sheet) for cell in row if isinstance(cell, str)]
        assert [text for text in texts if text.startswith(("#", "Err:"))] == [], sheet


def test_the_run_is_the_engine_s(book: Book, scored: portfolio.Portfolio) -> None:
    assert book.value("設定", "C4") == scored.handle
    status = {row[1]: row[2] for row in book.values("状態") if row[1]}
    assert status["実行ID"] == scored.handle
    assert status["基準日"] == as_cell(scored.as_of)
    assert status["階層"] == "T2 費用・接点などを含む"


def test_the_example_has_a_run_of_its_own(book: Book) -> None:
    rows = book.values("要素表(例)")
    (run,) = [row[2] for row in rows if row[1] == "実行ID"]
    assert isinstance(run, str)
    assert run.startswith("PF-20260930-")
    assert run != book.value("設定", "C4")
    top = next(number for number, row in enumerate(rows) if row[8:9] == ["セグメント"])
    strategies = [row[7] for row in rows[top + 1 : top + 4]]
    assert strategies == [row[-1] for row in example().rows]
    indices = {row[1]: row[2] for row in rows}
    assert indices["HHI"] == pytest.approx(3935.79, abs=0.01)  # domain: 3,936
    assert indices["有効数"] == pytest.approx(2.54, abs=0.005)


def test_another_customer_is_explained_when_chosen(book: Book, scored: portfolio.Portfolio) -> None:
    position = len(scored.customers) - 20
    before = book.value("説明", "C4")
    try:
        book.put("説明", "C4", str(scored.customers["name"].iloc[position]))
        book.recalculate()
        tally = Tally()
        compare_explanation(book, scored, tally, position)
        assert tally.wrong == []
        assert tally.count > 100
    finally:
        book.put("説明", "C4", before)
        book.recalculate()


def test_a_changed_setting_makes_another_run(book: Book, scored: portfolio.Portfolio) -> None:
    row = next(number for number, cells in enumerate(book.values("設定"), start=1) if cells[6] == "general.purpose")
    definition = Definition.from_rows([("general.as_of", scored.as_of), ("general.purpose", "リスク回避")])
    wanted = score(tuple(make_sample().sheets), definition)
    try:
        book.put("設定", f"C{row}", "リスク回避")
        book.recalculate()
        assert book.value("設定", "C4") == wanted.handle != scored.handle
        tally = Tally()
        compare_customers(book, wanted, tally)
        assert tally.wrong == []
    finally:
        book.put("設定", f"C{row}", "既存深耕")
        book.recalculate()
    assert book.value("設定", "C4") == scored.handle
