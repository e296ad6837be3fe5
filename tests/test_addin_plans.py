"""Plans, actions and benchmarks as cells see them: arguments of the run, cards, lists, the comparison and the state of masking."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, moment

from addin.functions.cells import answer
from engine.runs import runs
from engine.runs.store import masking

NAME = BOOK_CUSTOMERS[1][list(BOOK_CUSTOMERS[0]).index("顧客名")]
PLANS = [["顧客名", "目標", "目標売上", "次回見直し日"], [NAME, "=SUM(広げる)", 1_000_000, "2030/1/1"]]
ACTIONS = [
    ["起票日", "顧客名", "内容", "担当", "期限", "状況"],
    ["2026/1/5", NAME, "@訪問する", "甲", "2030/1/15", "進行中"],
    ["2026/1/5", "", "全体の方針", "乙", "", ""],
]
BENCHMARKS = [
    ["比較先", "指標", "切り口", "区分", "値", "出典", "時点"],
    ["X社", "HHI", "", "", 2500.0, "有報", "2025/12/31"],
    ["X社", "社員満足度", "", "", 0.7, "有報", "2025/12/31"],
    ["X社", "売上構成比", "業界", "どこにもない", "35%", "有報", "2025/12/31"],
]


@pytest.fixture(scope="module")
def run() -> str:
    given = [BOOK_CUSTOMERS, BOOK_ORDERS, None, None, None, None, None, None, PLANS, ACTIONS, BENCHMARKS]
    handle = str(answer("PORTFOLIO_RUN", given))
    assert handle.startswith("PF-"), handle
    return handle


def rows(name: str, *arguments: Any, run: str, lang: Any = "ja") -> list[list[Any]]:
    found = answer(name, list(arguments), run, lang)
    assert isinstance(found, list), found
    return found


def test_the_three_tables_are_the_last_arguments_and_make_another_run(run: str) -> None:
    bare = str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))
    assert bare != run
    assert runs.recall(bare).frame.equals(runs.recall(run).frame)
    assert [source.table for source in runs.recall(run).sources][-3:] == ["plans", "actions", "benchmarks"]


def test_the_card_shows_the_plan_and_no_cell_becomes_a_formula(run: str) -> None:
    card = {row[0]: row[1] for row in rows("PORTFOLIO_PROFILE", NAME, run=run)}
    assert card["次回見直し日"] == "2030/01/01"
    assert "目標売上" in card
    assert card["次のアクション"].endswith("訪問する(甲 2030/01/15)")
    assert not str(card["次のアクション"]).startswith(("=", "@", "+", "-"))
    assert not str(card["目標"]).startswith("=")


def test_a_list_shows_the_next_action(run: str) -> None:
    table = rows("PORTFOLIO_LIST", "次のアクション≠空白", "アクション期限", run=run)
    assert table[0][-1] == "アクション期限"
    assert [row[1] for row in table[1:]] == [NAME]
    assert table[1][-1] == moment(2030, 1, 15)


def test_the_comparison_has_own_theirs_and_gap_or_the_reason(run: str) -> None:
    table = rows("PORTFOLIO_SUMMARY", None, "比較", run=run)
    assert table[0] == ["指標", "区分", "比較先", "自社", "比較", "差", "出典", "時点"]
    hhi, unknown, nowhere = table[1:]
    own = answer("PORTFOLIO_CONCENTRATION", ["HHI"], run)
    assert hhi[:6] == ["HHI", "全体", "X社", own, 2500.0, own - 2500.0]  # type: ignore[operator]  # a number
    assert unknown[0] == "社員満足度"
    assert str(unknown[3]).startswith("算出不可(自社の値を計算できない指標です")
    assert unknown[5] == "算出不可"
    assert (nowhere[1], nowhere[4]) == ("業界: どこにもない", 0.35)
    assert rows("PORTFOLIO_SUMMARY", None, "比較、値のみ", run=run) == table[1:]
    english = rows("PORTFOLIO_SUMMARY", None, "Comparison", run=run, lang="en")
    assert english[0] == ["Measure", "Item", "Compared with", "Own", "Theirs", "Gap", "Source", "As of"]
    assert english[1][1] == "Whole"
    assert rows("PORTFOLIO_SUMMARY", "業界", "比較", run=run)[1:] == [nowhere]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["地域", "比較"], "地域別の行がありません"), (["業界", "比較,売上"], "「比較」は1つだけ")],
)
def test_what_cannot_be_compared_is_refused(run: str, arguments: list[Any], said: str) -> None:
    found = str(answer("PORTFOLIO_SUMMARY", arguments, run))
    assert found.startswith("#PF ")
    assert said in found


def test_without_benchmarks_the_comparison_names_the_missing_table() -> None:
    bare = str(answer("PORTFOLIO_RUN", [BOOK_CUSTOMERS, BOOK_ORDERS]))
    assert "ベンチマークの表がありません" in str(answer("PORTFOLIO_SUMMARY", [None, "比較"], bare))


def test_status_says_whether_names_are_shown(run: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    assert str(answer("PORTFOLIO_STATUS", ["マスキング"], run)).startswith("名前を表示")
    assert str(answer("PORTFOLIO_STATUS", ["masking"], run, "en")).startswith("names are shown")
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path))
    hidden = masking.mask(runs.recall(run), "pseudonyms")
    monkeypatch.setattr(runs, "_runs", type(runs._runs)({hidden.handle: hidden}))
    assert str(answer("PORTFOLIO_STATUS", ["マスキング"], hidden.handle)).startswith("仮名")


def test_a_run_without_the_three_tables_waits_for_none_of_their_modules() -> None:
    code = (
        "import sys\n"
        "from addin.functions.cells import answer\n"
        "answer('PORTFOLIO_RUN', [[['顧客名', '年間売上'], ['A', 5], ['B', 3]]])\n"
        "print([name for name in sys.modules if name == 'engine.cleaning.tables.planning' or"
        " name.rpartition('.')[2] in ('plans', 'plan_lines', 'benchmarks') and name.startswith('engine')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
