"""The buttons of the group 分析: what they show equals the cells, and nothing of the user's is touched."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, moment

from addin.functions.answers import backtest, customers, lists, maps, opportunities, whole
from addin.functions.registry import Caller
from addin.ribbon.inputs import run_of
from engine.language.errors import Refusal
from engine.lists.materiality import find_material

HOSTILE = '=HYPERLINK("http://example.jp","株式会社X")'
PRODUCTS = ("茶", "菓子", "器")


def products_of(orders: list[list[Any]]) -> list[list[Any]]:
    """Return the orders with a product: every customer buys tea, two thirds sweets, one third cups."""
    rows = [[*row, PRODUCTS[at % (1 + int(row[0]) % 3)]] for at, row in enumerate(orders[1:])]
    return [[*orders[0], "商品"], *rows]


@pytest.fixture(scope="module")
def sheets() -> dict[str, list[list[Any]]]:
    clients: list[list[Any]] = copy.deepcopy(BOOK_CUSTOMERS)
    clients[3][1] = HOSTILE
    return {"顧客": clients, "取引": products_of(copy.deepcopy(BOOK_ORDERS))}


@pytest.fixture
def book(sheets: dict[str, list[list[Any]]]) -> MemoryBook:
    made = pressed(MemoryBook(copy.deepcopy(sheets)))
    made.messages.clear()
    made.log.clear()
    return made


def caller(book: MemoryBook, lang: Any = "ja") -> Caller:
    return Caller(lang, book.cells["PF_RUN"].value)


def same(rows: Any) -> list[list[Any]]:
    """Return rows with empty texts as empty cells, cut to what is filled."""
    return [[cell for cell in row if cell is not None] for row in rows]


BUTTONS = ("portfolio_table", "concentration", "value_map", "segments", "cross_sell", "backtest", "explain")
SHEETS = ("ポートフォリオ表", "集中リスク", "マップ", "セグメント", "機会", "的中の検証", "説明")


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_inputs_stay_as_they_are(book: MemoryBook, button: str, lang: Any) -> None:
    before = {name: copy.deepcopy(book.pages[name]) for name in ("顧客", "取引", "データ品質")}
    book.select("顧客", 1, 1)
    if button == "explain":
        book.select("顧客", 2, 2)
    pressed(book, lang, button)
    assert book.messages == []
    assert {name: book.pages[name] for name in before} == before
    assert book.log[-1] == ("progress", "")
    assert any(step[0] == "show" for step in book.log)


@pytest.mark.parametrize("button", BUTTONS)
def test_without_a_run_each_says_what_to_press(button: str) -> None:
    book = pressed(MemoryBook({"顧客": copy.deepcopy(BOOK_CUSTOMERS)}), "ja", button)
    text, trouble = book.messages[0]
    assert trouble
    assert "「更新」を押してください" in text
    assert list(book.pages) == ["顧客"]


@pytest.mark.parametrize(("button", "sheet"), list(zip(BUTTONS[:6], SHEETS[:6], strict=True)))
def test_a_sheet_full_of_the_users_own_is_only_shown(book: MemoryBook, button: str, sheet: str) -> None:
    book.marks.pop("PF_TABLE")
    own = [["うちの表", "=PORTFOLIO_ALERTS()"]]
    book.pages[sheet] = copy.deepcopy(own)
    pressed(book, "ja", button)
    assert book.pages[sheet] == own
    assert ("show", sheet, "1", "1") in book.log
    assert book.charts == {}
    assert book.messages == []


def test_the_portfolio_table_is_that_of_the_refresh(book: MemoryBook) -> None:
    first = copy.deepcopy(book.pages["ポートフォリオ表"])
    pressed(book, "ja", "portfolio_table")
    assert book.pages["ポートフォリオ表"] == first
    assert ("show", "ポートフォリオ表", "1", "1") in book.log


def test_the_risk_tests_and_indices_equal_the_cells(book: MemoryBook) -> None:
    pressed(book, "ja", "concentration")
    block = book.block("PF_RISK")
    assert block is not None
    tests: Any = whole.PORTFOLIO_ALERTS(caller=caller(book))
    scored, _ = run_of(book)
    assert block.rows[0][0] == "最も重要な指摘"
    assert block.rows[0][4] == find_material(scored).summary.ja  # beside the causes of the tests
    assert [list(row) for row in block.rows[2 : len(tests) + 2]] == tests
    assert block.rows[2][-1] == "解消条件"
    indices = {row[0]: row[1:4] for row in block.rows[len(tests) + 4 :]}
    for code in ("HHI", "CR1", "CR3", "CR5", "有効数", "エントロピー", "ジニ", "80%社数"):
        for by, shown in zip(("顧客", "業界", "地域"), indices[code], strict=True):
            assert shown == whole.PORTFOLIO_CONCENTRATION(code, by, caller=caller(book))


def test_the_bars_show_the_shares_of_the_indices(book: MemoryBook) -> None:
    pressed(book, "ja", "concentration")
    block = book.block("PF_TOP")
    assert block is not None
    rows = block.rows
    assert len(rows) == 10  # eleven customers bought, and two of them are one group; the last bought nothing of late
    running = [row[3] for row in rows[1:]]
    for code, at in (("CR1", 0), ("CR3", 2), ("CR5", 4)):
        assert running[at] == pytest.approx(whole.PORTFOLIO_CONCENTRATION(code, caller=caller(book)), rel=1e-12)
    shares: list[Any] = [row[2] for row in rows[1:]]
    assert shares == sorted(shares, reverse=True)
    chart = book.charts["PF_TOP"]
    assert (chart.kind, chart.series) == ("bar", (("構成比", 0, 2, None),))
    assert block.first_column == 8  # one empty column behind the six of the tests


def test_pressing_again_writes_over_our_own_blocks_only(book: MemoryBook) -> None:
    pressed(book, "ja", "concentration")
    first = copy.deepcopy(book.pages["集中リスク"])
    book.pages["集中リスク"].append(["うちのメモ"])
    pressed(book, "ja", "concentration")
    assert book.pages["集中リスク"][: len(first)] == [[*row, *[None] * (11 - len(row))] for row in first]
    assert book.pages["集中リスク"][-1][0] == "うちのメモ"


def test_where_the_user_deleted_the_bars_they_are_not_made_again(book: MemoryBook) -> None:
    pressed(book, "ja", "concentration")
    del book.marks["PF_TOP"], book.charts["PF_TOP"]
    for row in book.pages["集中リスク"]:
        row[7:] = []
    pressed(book, "ja", "concentration")
    assert book.charts == {}
    assert book.block("PF_RISK") is not None


def test_without_sales_there_is_no_chart() -> None:
    book = pressed(MemoryBook({"顧客": [["顧客名", "リスク"], ["A社", "高"], ["B社", "低"]]}))
    pressed(book, "ja", "concentration")
    assert book.charts == {}
    block = book.block("PF_RISK")
    assert block is not None
    assert next(row for row in block.rows if row[0] == "HHI")[1:4] == ("算出不可",) * 3
    assert book.messages[-1][1] is False


def test_the_map_equals_the_cells_and_names_the_quadrants(book: MemoryBook) -> None:
    pressed(book, "ja", "value_map")
    block = book.block("PF_MAP")
    assert block is not None
    rows: Any = maps.PORTFOLIO_MAP(caller=caller(book))
    assert [list(row[:5]) for row in block.rows] == rows
    chart = book.charts["PF_MAP"]
    assert chart.kind == "bubble"
    assert len(chart.series) == 4
    names = {name for name, *_ in chart.series}
    assert {row[4] for row in rows[1:]} <= names
    lines: Any = maps.PORTFOLIO_MAP(size=["区切り"], caller=caller(book))
    assert lines[1][3] in chart.x_title
    assert lines[2][3] in chart.y_title
    for name, x, y, size in chart.series:
        assert size is not None
        mine = [row for row in block.rows[1:] if row[y] is not None]
        assert [row[4] for row in mine] == [name] * len(mine)
        assert all(row[y] == row[2] and x == 1 for row in mine)
        assert all(row[size] is None or float(str(row[size])) >= 0 for row in mine)
    assert sum(row[y] is not None for row in block.rows[1:] for _, _, y, _ in chart.series) == len(rows) - 1


def test_a_map_that_the_data_cannot_carry_is_refused() -> None:
    book = pressed(MemoryBook({"顧客": [["顧客名", "年間売上"], ["A社", 100], ["B社", 200]]}))
    book.messages.clear()
    pressed(book, "ja", "value_map")
    shown = book.pages.get("マップ")
    assert book.messages == [] if shown else book.messages[0][1]
    assert "PF_MAP" not in book.charts


def test_the_segments_equal_the_cells(book: MemoryBook) -> None:
    pressed(book, "ja", "segments")
    block = book.block("PF_SEGMENTS")
    assert block is not None
    measures = ["社数", "売上", "構成比", "前年売上", "前年差pt", "粗利", "粗利率", "総合点", "リスク点"]
    rows: Any = whole.PORTFOLIO_SUMMARY("セグメント", measures, caller=caller(book))
    assert [list(row[:10]) for row in block.rows[: len(rows)]] == rows
    at = len(rows) + 2
    profiles = [row for row in block.rows[at:] if row[0]]
    filled = {str(row[0]): row[1] for row in rows[1:] if row[1]}
    assert {str(row[0]): row[1] for row in profiles} == filled
    assert sum(int(str(row[1])) for row in profiles) == 12
    assert all(row[10] for row in profiles)


def test_the_next_products_of_the_selected_customers_equal_the_cells(book: MemoryBook) -> None:
    book.select("顧客", 2, 2, 3)
    pressed(book, "ja", "cross_sell")
    block = book.block("PF_NEXT")
    assert block is not None
    assert block.rows[0] == ("顧客", "商品", "種別", "根拠n", "リフト", "期待粗利", "理由")
    scored, _ = run_of(book)
    wanted: list[list[Any]] = []
    for place in range(3):
        name, code = str(scored.frame["name"].iloc[place]), str(scored.frame["customer_id"].iloc[place])
        try:
            found: Any = opportunities.PORTFOLIO_NEXT(code, ["理由", "値のみ"], caller=caller(book))
        except Refusal as refusal:
            found = [[None, None, None, None, None, refusal.to("ja")]]
        wanted += [[name, *row] for row in found]
    assert [list(row) for row in block.rows[1:]] == wanted
    assert HOSTILE in {row[0] for row in block.rows}


def test_without_a_customer_all_opportunities_are_ranked(book: MemoryBook) -> None:
    book.pages["メモ"] = [["何か"]]
    book.select("メモ", 1, 1)
    pressed(book, "ja", "cross_sell")
    assert book.asked == []
    rows: Any = lists.PORTFOLIO_LIST("機会", caller=caller(book))
    assert same(book.pages["機会"]) == same(rows)
    assert len(rows) > 1


def test_orders_without_products_say_so() -> None:
    book = pressed(MemoryBook({"顧客": copy.deepcopy(BOOK_CUSTOMERS), "取引": copy.deepcopy(BOOK_ORDERS)}))
    book.select("顧客", 2, 2, 2)
    pressed(book, "ja", "cross_sell")
    text, trouble = book.messages[-1]
    assert trouble
    assert text.startswith("列なし: ")
    assert "クロスセル" not in book.pages


def explained(book: MemoryBook, mark: str = "PF_EXPLAIN") -> list[tuple[Any, ...]]:
    block = book.block(mark)
    assert block is not None
    return list(block.rows)


def test_all_axes_of_the_selected_customer_are_explained(book: MemoryBook) -> None:
    book.select("顧客", 2, 2)
    pressed(book, "ja", "explain")
    rows = explained(book)
    assert rows[0][:3] == ("顧客", "株式会社青葉電機", "1001")
    assert rows[1][1] == book.cells["PF_RUN"].value
    heads = [row for row in rows if row[0] in ("総合", "価値", "継続性", "成長", "リスク")]
    at = [rows.index(row) for row in heads]
    told = [(row[0], row[4]) for row, place in zip(heads, at, strict=True) if rows[place + 1][0] == "要因"]
    assert [axis for axis, _ in told] == ["総合", "価値", "継続性", "成長", "リスク"]
    for axis, score in told:
        assert score == customers.PORTFOLIO_SCORE("1001", axis, caller=caller(book))
        start = next(i for i, row in enumerate(rows) if row[0] == axis and rows[i + 1][0] == "要因")
        table: Any = customers.PORTFOLIO_EXPLAIN("1001", axis, "表", caller=caller(book))
        assert [list(row) for row in rows[start + 1 : start + 1 + len(table)]] == table
        total = rows[start + 1 + len(table)]
        assert total[0] == "合計"
        assert total[4] == pytest.approx(score, abs=1e-9)


@pytest.mark.parametrize(
    ("column", "axis"), [(1, None), (3, None), (4, "継続性"), (5, "成長"), (6, "リスク"), (7, None), (9, "総合")]
)
def test_the_column_of_an_axis_explains_that_axis(book: MemoryBook, column: int, axis: str | None) -> None:
    book.select("ポートフォリオ表", 4, column)
    pressed(book, "ja", "explain")
    rows = explained(book)
    told = [row[0] for row, below in itertools.pairwise(rows) if below[0] == "要因"]
    assert told == (["総合", "価値", "継続性", "成長", "リスク"] if axis is None else [axis])


def test_a_table_further_right_on_its_sheet(book: MemoryBook) -> None:
    """The sheet's first used column holds a title, the table begins in the third."""
    table = [row[:6] for row in book.pages["ポートフォリオ表"]]
    book.pages["別表"] = [["題", None, *row] for row in table]
    book.select("別表", 3, 6)
    pressed(book, "ja", "explain")
    assert [row[0] for row in explained(book)[3:4]] == ["継続性"]


def test_the_change_since_the_last_review_is_shown(sheets: dict[str, list[list[Any]]]) -> None:
    earlier = copy.deepcopy(sheets)
    earlier["取引"] = [row for row in earlier["取引"] if row[1] == "取引日" or row[1] < moment(2025, 12, 1)]
    pressed(MemoryBook(earlier))
    book = pressed(MemoryBook(copy.deepcopy(sheets)))
    book.select("顧客", 2, 2)
    pressed(book, "ja", "explain")
    changes = [row[5] for row in explained(book) if isinstance(row[5], float)]
    assert changes
    assert any(changes)


def test_a_sheet_of_formulas_stays_and_ours_stands_beside_it(book: MemoryBook) -> None:
    formulas = [["説明"], ["=PORTFOLIO_EXPLAIN(C4)"]]
    book.pages["説明"] = copy.deepcopy(formulas)
    book.select("顧客", 2, 2)
    pressed(book, "ja", "explain")
    assert book.pages["説明"] == formulas
    assert book.pages["説明(選択した顧客)"][0][1] == "株式会社青葉電機"
    book.select("顧客", 3, 2)
    pressed(book, "ja", "explain")
    assert book.pages["説明(選択した顧客)"][0][1] == "株式会社北星商事"


def test_no_room_for_the_explanation_is_told(book: MemoryBook) -> None:
    book.pages["説明"] = [["=1"]]
    book.pages["説明(選択した顧客)"] = [["メモ"]]
    book.select("顧客", 2, 2)
    pressed(book, "ja", "explain")
    assert "ほかの内容があります" in book.messages[0][0]
    assert book.pages["説明(選択した顧客)"] == [["メモ"]]


def test_explaining_nobody_does_nothing(book: MemoryBook) -> None:
    book.answers = [None]
    pressed(book, "ja", "explain")
    assert "どの顧客ですか" in book.asked[0]
    assert "説明" not in book.pages
    assert book.messages == []


def test_a_typed_name_is_explained_on_all_axes(book: MemoryBook) -> None:
    book.answers = [HOSTILE]
    pressed(book, "ja", "explain")
    assert explained(book)[0][1] == HOSTILE


def test_english_words(book: MemoryBook) -> None:
    book.select("顧客", 2, 2)
    pressed(book, "en", "explain")
    assert book.pages["Explanation"][0][0] == "Customer"
    assert "Total" in {row[0] for row in book.pages["Explanation"]}


def test_a_map_that_no_longer_fits_is_told(book: MemoryBook, monkeypatch: pytest.MonkeyPatch) -> None:
    pressed(book, "ja", "value_map")
    monkeypatch.setattr(book, "write", lambda *_: False)
    pressed(book, "ja", "value_map")
    assert book.messages[-1][1]
    assert "新しい結果が入りません" in book.messages[-1][0]


def test_the_backtest_shows_verdict_and_table_of_every_axis_as_the_cells_do(book: MemoryBook) -> None:
    pressed(book, "ja", "backtest")
    assert book.messages == []
    assert any(step[0] == "progress" and "リスク" in step[1] for step in book.log)
    block = book.block("PF_BACKTEST")
    assert block is not None
    rows = [list(row) for row in block.rows]
    for axis in ("リスク", "継続性", "成長", "価値"):
        table: Any = backtest.PORTFOLIO_BACKTEST([axis], caller=caller(book))
        start = [row[0] for row in rows].index(axis) + 1
        assert [[cell or "" for cell in row] for row in rows[start : start + len(table)]] == [
            [cell or "" for cell in row] for row in table
        ]


def test_a_past_too_short_says_what_is_missing_and_writes_no_sheet() -> None:
    orders: list[list[Any]] = [
        ["顧客名", "取引日", "金額"],
        ["A社", moment(2026, 1, 1), 10],
        ["B社", moment(2026, 6, 1), 20],
    ]
    book = pressed(MemoryBook({"取引": orders}))
    book.messages.clear()
    pressed(book, "ja", "backtest")
    text, trouble = book.messages[0]
    assert trouble
    assert "過去が短いため検証できません" in text
    assert "的中の検証" not in book.pages
