"""PORTFOLIO_IF_LOST, _WHATIF and _ALLOCATE as cells see them."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, THREE

from addin.functions.cells import answer
from engine.planning.allocation import allocate
from engine.planning.what_if import Change, if_lost, what_if
from engine.runs import runs

HEADER = ["指標", "現在", "失注後", "差", "判定変化"]


@pytest.fixture(scope="module")
def three() -> str:
    return str(answer("PORTFOLIO_RUN", [THREE]))


@pytest.fixture(scope="module")
def book() -> str:
    return str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))


def rows(name: str, *args: object, run: str, lang: Any = "ja") -> list[list[Any]]:
    found = answer(name, args, run, lang)
    assert isinstance(found, list), found
    return found


def by_item(found: list[list[Any]]) -> dict[str, list[Any]]:
    return {str(row[0]): row[1:] for row in found}


def test_losing_a_in_a_cell(three: str) -> None:
    """Sales 2,900 → 1,400 (−51.7 %), HHI 5,408, top-1 B with 64.3 % (domain §1c)."""
    found = rows("PORTFOLIO_IF_LOST", "株式会社A", run=three)
    assert found[0] == HEADER
    told = by_item(found)
    assert told["年間売上"] == [29_000_000, 14_000_000, -15_000_000, "△51.7%"]
    assert [round(cell) for cell in told["HHI"][:2]] == [3936, 5408]
    assert told["最大顧客"] == ["株式会社A", "株式会社B", "", "交代"]
    assert round(told["最大顧客の構成比"][1], 3) == 0.643
    assert told["粗利"][:3] == ["算出不可"] * 3
    assert told["顧客リスク"][3] == "新たに該当"
    assert "空になる: 大口" in told["顧客のいるセグメント"][3]
    assert told["注記"][3] == "株式会社Aの失注"


def test_the_cell_shows_what_the_engine_says(book: str) -> None:
    trial = if_lost(runs.recall(book), ["1001", "1003"], 0.3)
    found = rows("PORTFOLIO_IF_LOST", [[1001.0], [""], [1003.0]], "30%", run=book)
    assert len(found) == len(trial.rows) + 1
    assert [row[0] for row in found[1:]] == [row.item.ja for row in trial.rows]
    assert by_item(found)["粗利"][1] == trial.row("gross_profit").then
    assert rows("PORTFOLIO_IF_LOST", [[1001.0], [1003.0]], 0.3, run=book) == found


def test_english_is_answered_in_english(three: str) -> None:
    found = rows("PORTFOLIO_IF_LOST", "A", run=three, lang="en")
    assert found[0] == ["Measure", "Now", "After the loss", "Difference", "Verdict"]
    assert by_item(found)["Gross profit of 12 months"][0] == "n/a"


@pytest.mark.parametrize(
    ("args", "start"),
    [
        (("Z社",), "#PF 顧客なし: "),
        (("",), "#PF 引数: 失う顧客を指定"),
        ((None,), "#PF 引数: 「失う顧客」を指定"),
        (("A", 30), "#PF 引数: 回復率"),
        (("A", "多め"), "#PF 引数: "),
    ],
)
def test_a_loss_that_makes_no_sense_is_refused(three: str, args: tuple[object, ...], start: str) -> None:
    assert str(answer("PORTFOLIO_IF_LOST", args, three)).startswith(start)


def test_without_a_run_the_cell_says_so() -> None:
    assert str(answer("PORTFOLIO_IF_LOST", ["A"])).startswith("#PF 実行なし")


def test_changes_are_read_from_a_range_with_or_without_header(three: str) -> None:
    changes: list[list[Any]] = [["株式会社B", "年間売上", "+10%"], [None, None, None], ["定義", "levels.high", 70.0]]
    bare = rows("PORTFOLIO_WHATIF", changes, run=three)
    assert bare[0] == ["指標", "現在", "変更後", "差", "判定変化"]
    assert by_item(bare)["年間売上"][1] == 29_900_000
    headed = [["項目", "変更", "対象", "メモ"], *([item, change, target, "x"] for target, item, change in changes)]
    assert rows("PORTFOLIO_WHATIF", headed, run=three) == bare
    trial = what_if(runs.recall(three), [Change("B", "年間売上", "+10%"), Change("定義", "levels.high", 70)])
    assert by_item(bare)["HHI"][1] == trial.row("hhi").then


def test_every_wrong_row_is_told_with_its_number_in_the_range(three: str) -> None:
    changes = [
        ["対象", "項目", "変更"],
        ["A", "年間売上", "+10%"],
        ["", "", ""],
        ["A", "身長", 5.0],
        ["Z", "リスク", "高"],
    ]
    told = str(answer("PORTFOLIO_WHATIF", [changes], three))
    assert told.startswith("#PF ")
    assert "4行目: 項目「身長」" in told
    assert "5行目: 「Z」は顧客表にありません" in told
    assert "2行目" not in told


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        (None, "#PF 引数: 「変更表」を指定"),
        ([["A", "年間売上"]], "#PF 引数: 対象・項目・変更の3列"),
        ([["対象", "項目", "変更"]], "#PF 引数: 失う顧客か変更を1つ以上"),
        ([["A", "年間売上", 0.1]], "#PF 引数: 1行目: 年間売上の変更 0.1 は割合に見えます"),
    ],
)
def test_a_range_that_is_no_table_of_changes_is_refused(three: str, changes: object, start: str) -> None:
    assert str(answer("PORTFOLIO_WHATIF", [changes], three)).startswith(start)


def test_hours_are_allotted_in_a_spill_with_its_total(book: str) -> None:
    found = rows("PORTFOLIO_ALLOCATE", 100, run=book)
    assert found[0] == ["顧客", "現在h", "推奨h", "差", "限界粗利"]
    assert len(found) == len(BOOK_CUSTOMERS) - 1 + 2
    assert sum(row[2] for row in found[1:-1]) == found[-1][2] == 100
    assert found[1][1] == "算出不可"  # no contacts: today's hours are not known
    plan = allocate(runs.recall(book), 100)
    assert found[-1][4] == plan.price
    assert rows("PORTFOLIO_ALLOCATE", "100", "値のみ", run=book) == found[1:]


def test_the_objective_names_its_column(book: str) -> None:
    assert rows("PORTFOLIO_ALLOCATE", 10, "売上", run=book)[0][4] == "限界売上"
    assert rows("PORTFOLIO_ALLOCATE", 10, "リスク低減、値のみ", run=book)[0][0].startswith("株式会社")
    assert rows("PORTFOLIO_ALLOCATE", 10, "Lower risk", run=book, lang="en")[0][4] == "Marginal loss averted"


@pytest.mark.parametrize(
    ("args", "start"),
    [
        ((None,), "#PF 引数: 「時間」を指定"),
        ((-5,), "#PF 引数: 時間「-5.0」"),
        (("たくさん",), "#PF 引数: 「時間」の値"),
        ((10, "ほげ"), "#PF 引数: 目的「ほげ」"),
        ((10, "粗利、売上"), "#PF 引数: 目的は1つだけ"),
    ],
)
def test_an_allocation_that_makes_no_sense_is_refused(book: str, args: tuple[object, ...], start: str) -> None:
    assert str(answer("PORTFOLIO_ALLOCATE", args, book)).startswith(start)


def test_no_hours_are_a_capacity_too(book: str) -> None:
    found = rows("PORTFOLIO_ALLOCATE", 0, run=book)
    assert found[-1][2] == 0
    assert found[-1][4] > 0
