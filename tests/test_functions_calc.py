"""Every worksheet function, typed into a real Calc over the sample company, against the same question asked in Python.

`addin.functions.cells.answer` is asked in this process, on a portfolio made straight from the data; Calc asks through the
add-in's bridge, its type library and its worker. A function that is registered but not asked here fails the test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from addin.functions import cells, registry
from engine.cleaning import tables
from engine.runs import runs
from engine.scoring import scoring
from workbooks.build import build_sample
from workbooks.inputs.settings import definition_of
from workbooks.sample.sample import example, make_sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from helpers.office import Book, Office

    from engine.scoring.portfolio import Portfolio

pytestmark = pytest.mark.calc

SHEET: Final = "状態"
START: Final = 400  # far below what the sheet shows
RUN: Final = object()  # PF_RUN
EXAMPLE: Final = object()  # the run of the example's three customers
CHANGES: Final = object()  # a small table of changes
SOMEONE: Final = object()  # the largest customer's name

ASKED: Final[tuple[tuple[str, tuple[Any, ...]], ...]] = (
    ("PORTFOLIO_SEGMENT", (SOMEONE, "VOL16", RUN)),
    ("PORTFOLIO_SEGMENT", (SOMEONE, "成長余力", RUN)),
    ("PORTFOLIO_SEGMENT", (SOMEONE, "シェア伸び", RUN)),
    ("PORTFOLIO_SCORE", (SOMEONE, "総合", RUN)),
    ("PORTFOLIO_LEVEL", (SOMEONE, "リスク", RUN)),
    ("PORTFOLIO_VALUE", (SOMEONE, "純利益", None, RUN)),
    ("PORTFOLIO_VALUE", (SOMEONE, "次回予測日", None, RUN)),
    ("PORTFOLIO_LTV", (SOMEONE, 5, 0.1, None, RUN)),
    ("PORTFOLIO_LTV", (SOMEONE, 3, None, "簡易", RUN)),
    ("PORTFOLIO_CHURN", (SOMEONE, 90, RUN)),
    ("PORTFOLIO_STRATEGY", (SOMEONE, RUN)),
    ("PORTFOLIO_NEXT", (SOMEONE, None, 5, RUN)),
    ("PORTFOLIO_EXPLAIN", (SOMEONE, "リスク", "表", RUN)),
    ("PORTFOLIO_PROFILE", (SOMEONE, RUN)),
    ("PORTFOLIO_TRACE", (SOMEONE, "継続性", RUN)),
    ("PORTFOLIO_LIST", ("リスク=高 かつ 売上>100万", "売上", 10, RUN)),
    ("PORTFOLIO_LIST", ("要対応", None, 10, RUN)),
    ("PORTFOLIO_LIST", ("機会", None, 10, RUN)),
    ("PORTFOLIO_SUMMARY", ("業界", "売上", RUN)),
    ("PORTFOLIO_SUMMARY", ("業界", "比較", RUN)),
    ("PORTFOLIO_MAP", ("売上", "粗利率", "純利益", RUN)),
    ("PORTFOLIO_CONCENTRATION", ("HHI", None, None, RUN)),
    ("PORTFOLIO_ALERTS", (None, RUN)),
    ("PORTFOLIO_RETENTION", ("維持率", None, None, RUN)),
    ("PORTFOLIO_RETENTION", ("NRR", "業界", None, RUN)),
    ("PORTFOLIO_COHORT", ("四半期", None, RUN)),
    ("PORTFOLIO_VOICE", ("NPS", None, RUN)),
    ("PORTFOLIO_VOICE", ("CSポートフォリオ", None, RUN)),
    ("PORTFOLIO_PAYBACK", ("チャネル", RUN)),
    ("PORTFOLIO_MOVE", (EXAMPLE, RUN, "行列")),
    ("PORTFOLIO_IF_LOST", (SOMEONE, None, RUN)),
    ("PORTFOLIO_WHATIF", (CHANGES, RUN)),
    ("PORTFOLIO_ALLOCATE", (800, None, RUN)),
    ("PORTFOLIO_STATUS", ("実行ID", RUN)),
    ("PORTFOLIO_BACKTEST", ("リスク", 180, RUN)),
)


def score(names: dict[str, Any], definition: Any = None) -> Portfolio:
    raw = {name: tables.raw_from_block(name, block, name) for name, block in names.items()}
    return scoring.score(tables.clean(tables.RawTables(raw, ())), definition)


@pytest.fixture(scope="module")
def scored() -> Portfolio:
    sheets = {name: [list(sheet.header), *map(list, sheet.rows)] for name, sheet in make_sample().sheets.items()}
    return score(sheets, definition_of(make_sample()))


@pytest.fixture(scope="module")
def book(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    path: Path = build_sample(tmp_path_factory.mktemp("functions") / "sample.xlsx", filled=False)
    with office.open(path) as opened:
        yield opened


def column_name(number: int) -> str:
    """Return the letters of a column, from 0."""
    name = ""
    while number >= 0:
        number, rest = divmod(number, 26)
        name = chr(ord("A") + rest) + name
        number -= 1
    return name


def shown(cell: object, header: object) -> object:
    """Return a cell of `answer` as Calc hands it over; the two processes have read the tables minutes apart."""
    if isinstance(cell, (int, float)):
        return pytest.approx(float(cell), rel=1e-12, abs=0.05 if header == "取込時刻" else None)
    return "" if cell is None else cell


def test_every_function_answers_in_calc_as_it_does_in_python(book: Book, scored: Portfolio) -> None:
    assert {name for name, _ in ASKED} | {"PORTFOLIO_RUN"} == {each.name for each in registry.functions()}
    sheet = example()
    three = score({"customers": [list(sheet.header), *map(list, sheet.rows)]}, definition_of(make_sample()))
    handle, other, name = runs.remember(scored), runs.remember(three), str(scored.frame["name"].iloc[0])
    changes = [["対象", "項目", "変更"], [name, "売上", "-10%"]]
    for down, cells_ in enumerate(changes):
        for across, text in enumerate(cells_):
            book.put(SHEET, f"{column_name(across)}{START - 10 + down}", text)
    spoken = {
        RUN: "PF_RUN",
        EXAMPLE: f'"{other}"',
        CHANGES: f"A{START - 10}:C{START - 9}",
        SOMEONE: f'"{name}"',
        None: "",
    }
    values = {RUN: handle, EXAMPLE: other, CHANGES: changes, SOMEONE: name}
    top, places = START, []
    for function, arguments in ASKED:
        answer = cells.answer(function, [values.get(each, each) for each in arguments], handle, dates="serial")
        block = answer if isinstance(answer, list) else [[answer]]
        assert not str(block[0][0]).startswith("#PF"), f"{function}{arguments}: {block[0][0]}"
        written = [spoken.get(each, f'"{each}"' if isinstance(each, str) else str(each)) for each in arguments]
        where = f"A{top}:{column_name(len(block[0]) - 1)}{top + len(block) - 1}"
        book.array(SHEET, where, f"={function}({';'.join(written)})")
        places.append((function, where, block))
        top += len(block) + 1
    book.recalculate()
    count = 0
    for function, where, block in places:
        for down, (line, got) in enumerate(zip(block, book.values(SHEET, where), strict=True)):
            for across, (cell, seen) in enumerate(zip(line, got, strict=True)):
                assert seen == shown(cell, block[0][across]), f"{function} row {down} column {across}"
                count += 1
    assert count > len(ASKED) * 10
    print(f"{count} cells of {len({name for name, _ in ASKED})} functions compared in Calc")  # noqa: T201
