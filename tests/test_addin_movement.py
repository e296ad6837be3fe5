"""PORTFOLIO_MOVE and 前回差 as cells see them, with the runs in memory or in the store, and what 更新 stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from helpers.memory_book import MemoryBook, pressed
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS
from helpers.runs_of_two_reviews import EARLIER_ORDERS, earlier, later

from addin.functions.cells import answer
from engine.definition.definition import Definition
from engine.explanation import explain
from engine.runs import runs, store
from engine.runs.store import audit, layout

if TYPE_CHECKING:
    from pathlib import Path

    from engine.scoring.portfolio import Portfolio


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path / "store"))
    runs.forget_all()
    return tmp_path / "store"


@pytest.fixture(scope="module")
def two() -> tuple[Portfolio, Portfolio]:
    """The reviews of September and February, the second with 「高」 from 60 points on."""
    return earlier(), later(Definition.from_rows([("levels.high", 60)]))


def table(*args: object, run: str | None = None, lang: Any = "ja") -> list[list[Any]]:
    found = answer("PORTFOLIO_MOVE", args, run, lang)
    assert isinstance(found, list), found
    return found


MATRIX = [
    ["前回＼今回", "解約リスク", "成長", "安定", "不明", "離脱", "合計"],
    ["解約リスク", 1, 0, 0, 0, 0, 1],
    ["成長", 0, 1, 0, 0, 0, 1],
    ["安定", 0, 3, 6, 0, 0, 9],
    ["不明", 0, 0, 0, 1, 0, 1],
    ["新規", 0, 0, 0, 0, 0, 0],
    ["合計", 1, 4, 6, 1, 0, 12],
]


def test_the_matrix_between_two_runs_in_memory(two: tuple[Portfolio, Portfolio]) -> None:
    first, second = (runs.remember(run) for run in two)
    assert table(first, second) == MATRIX
    assert table(None, None, "値のみ", run=second) == MATRIX[1:]  # the run before is found by itself
    english = table(first, second, "matrix", lang="en")
    assert english[0] == ["From \\ To", "At risk", "Growth", "Stable", "Unknown", "Gone", "Total"]


def test_the_run_before_is_loaded_from_the_store(two: tuple[Portfolio, Portfolio]) -> None:
    runs.keep(two[0])
    runs.forget_all()
    assert table(run=runs.remember(two[1])) == MATRIX


def test_sales_in_the_place_of_counts(two: tuple[Portfolio, Portfolio]) -> None:
    first, second = (runs.remember(run) for run in two)
    header, *rows = table(first, second, "売上、ABC")
    assert header == ["前回＼今回", "A", "B", "C", "離脱", "合計"]
    assert [row[-1] for row in rows] == [2_943_500, 856_500, 209_500, 0, 4_009_500]


def test_the_list_names_who_moved_and_why(two: tuple[Portfolio, Portfolio]) -> None:
    first, second = (runs.remember(run) for run in two)
    header, *rows = table(first, second, "一覧")
    assert header == ["顧客ID", "顧客名", "前回", "今回", "総合点", "前回差", "主因"]
    assert rows[0] == [
        "1010",
        "株式会社若竹学院",
        "安定",
        "成長",
        75.39,
        15.73,
        "成長 7.1点→66.2点(成長確率 4.2%→44.4%)",
    ]
    header, *rows = table(first, second, "一覧,要因")
    assert header[-1] == "要因"
    assert [(row[1], row[-1]) for row in rows] == [
        ("株式会社若竹学院", "データと定義"),
        ("株式会社大空運輸", "データと定義"),
        ("株式会社東和精工", "データと定義"),
    ]


def test_nobody_moved_is_said(two: tuple[Portfolio, Portfolio]) -> None:
    run = runs.remember(two[0])
    assert table(run, run, "一覧")[1][0] == "異動した顧客はありません"


def test_the_effects_of_data_and_definition_stand_apart_and_add_up(two: tuple[Portfolio, Portfolio]) -> None:
    first, second = (runs.remember(run) for run in two)
    header, *rows = table(first, second, "要因")
    assert header == ["区分", "前回", "データの影響", "定義の影響", "今回"]
    for row in rows:
        assert row[1] + row[2] + row[3] == row[4]
    assert rows[-1] == ["合計", 12, 0, 0, 12]
    assert ["安定", 9, -1.5, -1.5, 6] in rows


def test_the_bridge_of_active_customers(two: tuple[Portfolio, Portfolio]) -> None:
    first, second = (runs.remember(run) for run in two)
    assert table(first, second, "増減") == [
        ["項目", "社数", "売上"],
        ["期首の稼働顧客", 10, 3_782_000],
        ["新規", 0, 0],
        ["復帰", 0, 0],
        ["離脱", 0, 0],
        ["継続顧客の増減", 0, -224_000],
        ["期末の稼働顧客", 10, 3_558_000],
    ]


def test_what_goes_wrong_is_said_in_the_cell(two: tuple[Portfolio, Portfolio]) -> None:
    first, second = (runs.remember(run) for run in two)
    assert answer("PORTFOLIO_MOVE", [None, first]) == (
        "#PF 実行なし: 比べる前回の実行がありません(基準日 2025/09/24 より前の実行を「更新」で保存してください)"
    )
    assert str(answer("PORTFOLIO_MOVE", ["PF-20250101-abcdef", second])).startswith(
        "#PF 実行なし: 「PF-20250101-abcdef」"
    )
    assert str(answer("PORTFOLIO_MOVE", [first, second, "なに"])).startswith(
        "#PF 引数: 形式「なに」は使えません(使える語: 行列"
    )
    assert answer("PORTFOLIO_MOVE", ["#PF 引数: だめ", second]) == "#PF 引数: だめ"
    assert str(answer("PORTFOLIO_MOVE", [])).startswith("#PF 実行なし: 更新してください")


def test_only_scores_in_the_store_still_move_but_cannot_be_scored_again(two: tuple[Portfolio, Portfolio]) -> None:
    slim = earlier(Definition.from_rows([("store.keep", "scored")]))
    runs.keep(slim)
    runs.forget_all()
    second = runs.remember(two[1])
    assert table(run=second) == MATRIX
    assert str(answer("PORTFOLIO_MOVE", [None, second, "要因"])).startswith("#PF データ不足: この実行は採点結果だけ")


def test_pseudonyms_in_the_store_match_the_names_in_memory(two: tuple[Portfolio, Portfolio]) -> None:
    hidden = earlier(Definition.from_rows([("store.keep", "pseudonyms")]))
    runs.keep(hidden)
    runs.forget_all()
    second = runs.remember(two[1])
    assert table(run=second) == MATRIX
    assert [row[1] for row in table(None, second, "一覧")[1:]] == [
        "株式会社若竹学院",
        "株式会社大空運輸",
        "株式会社東和精工",
    ]
    assert table(None, second, "要因")[-1] == ["合計", 12, 0, 0, 12]


# ---- 前回差 -------------------------------------------------------------------------------------------------------------


def test_the_change_of_every_factor_stands_in_the_last_column(two: tuple[Portfolio, Portfolio]) -> None:
    first, second = two
    handle = runs.remember(second)
    args = ["1001", "総合", "表"]
    blank = answer("PORTFOLIO_EXPLAIN", args, handle)
    assert isinstance(blank, list)
    assert [row[-1] for row in blank] == ["前回差", "", "", "", ""]
    runs.keep(first)  # a review before is known now
    rows = answer("PORTFOLIO_EXPLAIN", args, handle)
    assert isinstance(rows, list)
    steps = [float(str(row[-1])) for row in rows[1:]]
    expected = explain.explain(second, 0, "total", first)
    assert steps == [line.change for line in expected.lines]
    scores = [run.frame["score_total"].iloc[0] for run in two]
    assert round(sum(steps), 2) == round(scores[1] - scores[0], 2)


# ---- where handles come from -------------------------------------------------------------------------------------------


def test_a_stored_run_answers_a_cell_after_a_restart(two: tuple[Portfolio, Portfolio]) -> None:
    handle = runs.keep(two[1])
    before = answer("PORTFOLIO_SCORE", ["1001"], handle)
    runs.forget_all()
    assert answer("PORTFOLIO_SCORE", ["1001"], handle) == before


def test_a_live_cell_stores_nothing(folder: Path) -> None:
    handle = answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, EARLIER_ORDERS])
    assert str(handle).startswith("PF-")
    assert not folder.exists()


def test_refresh_stores_the_run(folder: Path) -> None:
    book = pressed(MemoryBook({"顧客": [*BOOK_CUSTOMERS], "取引": [*BOOK_ORDERS]}))
    (entry,) = store.entries()
    assert entry.handle == book.cells["PF_RUN"].value
    assert audit.records()[0].what == "refresh"


def test_a_store_that_fails_does_not_cost_the_refresh(folder: Path) -> None:
    folder.write_text("a file where the folder should be", encoding="utf-8")
    book = pressed(MemoryBook({"顧客": [*BOOK_CUSTOMERS], "取引": [*BOOK_ORDERS]}))
    ((message, trouble),) = book.messages
    assert not trouble
    assert message.startswith("更新しました")
    assert "ただし実行を保存できませんでした" in message
    assert "PORTFOLIO_RUNS" in message
    assert book.pages["ポートフォリオ表"][1:]
    assert runs.recall(str(book.cells["PF_RUN"].value))


def test_no_test_writes_into_a_persons_own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert "portfolio-runs-" in str(layout.root())
