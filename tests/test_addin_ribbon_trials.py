"""The buttons of the group 試算: equal to the cells, beside the user's own table, and kept as cases."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, moment

from addin.functions.answers import trials
from addin.functions.registry import Caller
from addin.ribbon.inputs import run_of
from addin.ribbon.trials.trial_sheet import tried_in
from engine.planning.allocation import allocate, current_hours

HOSTILE = "+cmd|'/c calc'!A1"
CHANGES: list[list[Any]] = [
    ["対象", "項目", "変更"],
    ["株式会社青葉電機", "年間売上", "-20%"],
    [None, None, None],
    ["業界=IT", "単価", "+5%"],
]


def contacts() -> list[list[Any]]:
    """Visits of the last year: the smallest customer gets most of the hours."""
    rows: list[list[Any]] = [["顧客ID", "日付", "種別", "時間"]]
    for place in range(9):
        for turn in range(3):
            day = moment(2025, 6, 1) + timedelta(days=60 * turn)
            rows.append([1001.0 + place, day, "訪問", 40.0 if place == 0 else 2.0 + place])
    return rows


@pytest.fixture(scope="module")
def sheets() -> dict[str, list[list[Any]]]:
    clients: list[list[Any]] = copy.deepcopy(BOOK_CUSTOMERS)
    clients[3][1] = HOSTILE
    return {"顧客": clients, "取引": copy.deepcopy(BOOK_ORDERS), "接点": contacts()}


@pytest.fixture
def book(sheets: dict[str, list[list[Any]]]) -> MemoryBook:
    made = pressed(MemoryBook(copy.deepcopy(sheets)))
    made.messages.clear()
    made.log.clear()
    return made


def caller(book: MemoryBook) -> Caller:
    return Caller("ja", book.cells["PF_RUN"].value)


def result(book: MemoryBook) -> list[list[Any]]:
    """Return the table of the result, without its units: as the cells give it."""
    rows = whole(book)
    start = next(at for at, row in enumerate(rows) if row[0] == "指標")
    return [row[:5] for row in rows[start:]]


def whole(book: MemoryBook, mark: str = "PF_TRIAL") -> list[list[Any]]:
    block = book.block(mark)
    assert block is not None
    return [list(row) for row in block.rows]


def blank(rows: Any) -> list[list[Any]]:
    """Return the cells' rows with empty texts as a sheet shows them in memory."""
    return [list(row) for row in rows]


@pytest.mark.parametrize("recovery", ["0", "30%", "0.5"])
def test_the_loss_of_the_selected_customers_equals_the_cell(book: MemoryBook, recovery: str) -> None:
    inputs = {name: copy.deepcopy(rows) for name, rows in book.pages.items()}
    book.select("顧客", 2, 2, 2)
    book.answers = [recovery]
    pressed(book, "ja", "lose")
    assert ("ask", "0") in book.log
    wanted: Any = trials.PORTFOLIO_IF_LOST([["1001"], ["1002"]], recovery, caller=caller(book))
    assert result(book) == blank(wanted)
    assert whole(book)[:5] == [
        ["試算", "失注を試す", None, None, None, None],
        ["実行ID", book.cells["PF_RUN"].value, None, None, None, None],
        ["失う顧客", "1001", "株式会社青葉電機", None, None, None],
        ["失う顧客", "1002", "株式会社北星商事", None, None, None],
        ["回復率", recovery, None, None, None, None],
    ]
    units = {row[0]: row[5] for row in whole(book)}
    assert (units["年間売上"], units["最大顧客の構成比"], units["固定費をまかなう月数"]) == ("円", "割合", "か月")
    assert {name: book.pages[name] for name in inputs} == inputs
    assert book.pages["試算"][0][:3] == ["対象", "項目", "変更"]
    assert any(step[:2] == ("show", "試算") for step in book.log)


def test_a_new_result_takes_the_place_of_the_old_one_and_leaves_the_table(book: MemoryBook) -> None:
    book.select("顧客", 2, 2)
    book.answers = ["0", "0"]
    pressed(book, "ja", "lose")
    book.pages["試算"][1][:3] = ["業界=IT", "年間売上", "+10%"]
    book.select("顧客", 4, 2)
    pressed(book, "ja", "lose")
    assert whole(book)[2][2] == HOSTILE
    assert book.pages["試算"][1][:3] == ["業界=IT", "年間売上", "+10%"]
    pressed(book, "ja", "change")
    assert book.pages["試算"][1][:3] == ["業界=IT", "年間売上", "+10%"]
    wanted: Any = trials.PORTFOLIO_WHATIF([["業界=IT", "年間売上", "+10%"]], caller=caller(book))
    assert result(book) == blank(wanted)


@pytest.mark.parametrize("answers", [[None], ["株式会社青葉電機", None]])
def test_cancel_tries_nothing(book: MemoryBook, answers: list[Any]) -> None:
    book.answers = answers
    pressed(book, "ja", "lose")
    assert "試算" not in book.pages
    assert book.messages == []
    assert "失う場合" in book.asked[0]


@pytest.mark.parametrize("answers", [["だれか"], ["株式会社青葉電機", "多め"], ["株式会社青葉電機", "1.5"]])
def test_a_wrong_answer_is_refused_and_nothing_is_written(book: MemoryBook, answers: list[Any]) -> None:
    book.answers = answers
    pressed(book, "ja", "lose")
    assert book.messages[0][1]
    assert "試算" not in book.pages


def test_a_users_own_sheet_stays_and_the_result_stands_beside_it(book: MemoryBook) -> None:
    own = [["うちの試算", 1], ["メモ", 2]]
    book.pages["試算"] = copy.deepcopy(own)
    book.select("顧客", 2, 2)
    book.answers = ["0"]
    pressed(book, "ja", "lose")
    assert book.pages["試算"] == own
    assert book.pages["試算の結果"][0][:2] == ["試算", "失注を試す"]
    pressed(book, "ja", "change")
    assert book.messages[-1][1]
    assert "対象・項目・変更 の見出しの表がありません" in book.messages[-1][0]
    assert book.pages["試算"] == own


def test_a_result_that_no_longer_fits_is_told(book: MemoryBook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host refuses to let our block grow over something else: the old result must not pass for the new one."""
    book.select("顧客", 2, 2)
    book.answers = ["0", "0", "100", "200"]
    pressed(book, "ja", "lose")
    pressed(book, "ja", "concentration")
    before = copy.deepcopy(book.pages)
    monkeypatch.setattr(book, "write", lambda *_: False)
    for button, sheet in (("lose", "試算"), ("concentration", "集中リスク")):
        pressed(book, "ja", button)
        text, trouble = book.messages[-1]
        assert trouble
        assert f"シート「{sheet}」の前の結果の隣に別の内容があり" in text
    assert book.pages == before


def test_no_room_at_all_is_told(book: MemoryBook) -> None:
    book.pages["試算"] = [["うちの"]]
    book.pages["試算の結果"] = [["うちの"]]
    book.select("顧客", 2, 2)
    book.answers = ["0"]
    pressed(book, "ja", "lose")
    assert "結果を置く場所がありません" in book.messages[0][0]
    assert (book.pages["試算"], book.pages["試算の結果"]) == ([["うちの"]], [["うちの"]])


def test_without_a_table_one_is_made_with_an_example_that_is_tried(book: MemoryBook) -> None:
    pressed(book, "ja", "change")
    scored, _ = run_of(book)
    largest = str(scored.frame["name"].iloc[int(scored.frame["sales_12m"].fillna(0).to_numpy().argmax())])
    assert [row[:3] for row in book.pages["試算"][:2]] == [["対象", "項目", "変更"], [largest, "年間売上", "-20%"]]
    text, trouble = book.messages[0]
    assert not trouble
    assert "もう一度「条件を変える」を押してください" in text
    assert largest in text
    wanted: Any = trials.PORTFOLIO_WHATIF([[largest, "年間売上", "-20%"]], caller=caller(book))
    assert result(book) == blank(wanted)


def test_an_empty_table_is_explained_and_left(book: MemoryBook) -> None:
    book.pages["試算"] = [["変更", "対象", "項目"]]
    pressed(book, "ja", "change")
    assert book.pages["試算"] == [["変更", "対象", "項目"]]
    assert "例: " in book.messages[0][0]
    assert "試算の結果" not in book.pages


def test_the_users_table_is_read_and_never_written(book: MemoryBook) -> None:
    table = [
        ["うちの試算", None, None, None],
        [None, "変更", "項目", "対象"],
        [None, "-20%", "年間売上", "株式会社青葉電機"],
    ]
    book.pages["試算"] = copy.deepcopy(table)
    pressed(book, "ja", "change")
    assert book.messages == []
    assert book.pages["試算"] == table
    wanted: Any = trials.PORTFOLIO_WHATIF([["株式会社青葉電機", "年間売上", "-20%"]], caller=caller(book))
    rows = book.pages["試算の結果"]
    start = next(at for at, row in enumerate(rows) if row[0] == "指標")
    assert [row[:5] for row in rows[start:]] == blank(wanted)


def test_the_prepared_place_of_a_template_receives_the_result(book: MemoryBook) -> None:
    """The template has the table 変更表 and an empty range named PF_TRIAL beside it."""
    book.pages["試算"] = [[*row, None, None] for row in copy.deepcopy(CHANGES)]
    book.marks["PF_TRIAL"] = ("試算", 0, 4, 1, 1)
    pressed(book, "ja", "change")
    assert [row[:3] for row in book.pages["試算"][:4]] == CHANGES
    wanted: Any = trials.PORTFOLIO_WHATIF(CHANGES, caller=caller(book))
    assert result(book) == blank(wanted)
    assert [row[:4] for row in whole(book)[2:4]] == [["変更", *CHANGES[1]], ["変更", *CHANGES[3]]]
    pressed(book, "ja", "change")
    assert result(book) == blank(wanted)
    assert book.messages == []


def test_the_answer_of_a_formula_below_the_table_is_no_change(book: MemoryBook) -> None:
    answer: list[list[Any]] = [["指標", "現在", "変更後"], ["年間売上", 100.0, 200.0]]
    book.pages["試算"] = [*copy.deepcopy(CHANGES), [None] * 3, *answer]
    pressed(book, "ja", "change")
    assert book.messages == []
    back = tried_in(book)
    assert back is not None
    assert [each.target for each in back.changes] == ["株式会社青葉電機", "業界=IT"]


def test_a_change_that_cannot_be_made_names_its_row_in_the_sheet(book: MemoryBook) -> None:
    book.pages["試算"] = [
        ["題"],
        *copy.deepcopy(CHANGES),
        ["だれか", "年間売上", "+1%"],
        ["全体", "年間売上", "ふえる"],
    ]
    before = copy.deepcopy(book.pages["試算"])
    pressed(book, "ja", "change")
    text, trouble = book.messages[0]
    assert trouble
    assert "6行目" in text
    assert "7行目" in text
    assert book.pages["試算"] == before
    assert "PF_TRIAL" not in book.marks


def test_the_hours_equal_the_cell_and_the_favoured_are_named(book: MemoryBook) -> None:
    scored, _ = run_of(book)
    now = current_hours(scored)
    assert now is not None
    book.answers = ["２４０時間"]
    pressed(book, "ja", "allocate")
    assert ("ask", f"{now.sum():g}") in book.log
    rows = whole(book, "PF_HOURS")
    wanted: Any = trials.PORTFOLIO_ALLOCATE(240.0, caller=caller(book))
    start = next(at for at, row in enumerate(rows) if row[0] == "顧客")
    assert [row[:5] for row in rows[start:]] == blank(wanted)
    found = allocate(scored, 240.0)
    names = scored.frame["name"]
    assert found.over
    assert {row[0] for row in rows if row[5] == "ごひいき先(かけ過ぎ)"} == {str(names.iloc[at]) for at in found.over}
    assert {row[0] for row in rows if row[5] == "不足"} == {str(names.iloc[at]) for at in found.under}
    assert [row[1] for row in rows if row[0] == "配る時間(年)"] == [240.0]


@pytest.mark.parametrize("answer", [None, "", "  "])
def test_no_hours_no_list(book: MemoryBook, answer: str | None) -> None:
    book.answers = [answer]
    pressed(book, "ja", "allocate")
    assert "時間配分" not in book.pages
    assert book.messages == []


@pytest.mark.parametrize("answer", ["たくさん", "-5"])
def test_hours_that_are_none_are_refused(book: MemoryBook, answer: str) -> None:
    book.answers = [answer]
    pressed(book, "ja", "allocate")
    assert book.messages[0][1]
    assert "時間配分" not in book.pages


def test_without_contacts_no_hours_are_offered() -> None:
    book = pressed(MemoryBook({"顧客": copy.deepcopy(BOOK_CUSTOMERS), "取引": copy.deepcopy(BOOK_ORDERS)}))
    book.answers = ["100"]
    pressed(book, "ja", "allocate")
    assert ("ask", "") in book.log
    rows = whole(book, "PF_HOURS")
    assert [row[1] for row in rows if row[0] == "今の配分で動く額"] == ["算出不可"]


def tried(book: MemoryBook, row: int, recovery: str = "0") -> None:
    book.select("顧客", row, 2)
    book.answers = [recovery]
    pressed(book, "ja", "lose")


def saved(book: MemoryBook, name: str | None, *more: Any) -> None:
    book.answers = ["1", name, *more]
    pressed(book, "ja", "cases")


def test_cases_are_saved_and_compared(book: MemoryBook) -> None:
    tried(book, 2, "30%")
    lost = [row[2] for row in result(book)]
    saved(book, "最大手の失注")
    assert ("ask", "案1") in book.log
    assert "案「最大手の失注」を保存しました" in book.messages[-1][0]
    pressed(book, "ja", "change")
    assert book.messages[-1][1] is False
    book.pages["試算"][1][:3] = [HOSTILE, "年間売上", "+500万"]
    pressed(book, "ja", "change")
    changed = [row[2] for row in result(book)]
    saved(book, HOSTILE)
    assert [row[0] for row in book.pages["試算の案"]] == ["案", "最大手の失注", HOSTILE]
    assert "失注: 株式会社青葉電機(回復率 3/10)" in book.pages["試算の案"][1][2]
    book.answers = ["2"]
    pressed(book, "ja", "cases")
    rows = book.pages["案の比較"]
    assert rows[0] == ["指標", "単位", "現在", "最大手の失注", HOSTILE]
    assert [row[3] for row in rows[1:11]] == lost[1:11]
    assert [row[4] for row in rows[1:11]] == changed[1:11]


def test_what_was_tried_is_read_back_from_the_sheet(book: MemoryBook) -> None:
    assert tried_in(book) is None
    tried(book, 4, "1/3")
    back = tried_in(book)
    assert back is not None
    assert (back.kind, back.lost, back.recovery, back.changes) == ("lose", ("1003",), "1/3", ())
    assert back.run == book.cells["PF_RUN"].value


def test_a_case_of_the_same_name_is_replaced_only_when_told_to(book: MemoryBook) -> None:
    tried(book, 2)
    saved(book, "A")
    first = copy.deepcopy(book.pages["試算の案"])
    tried(book, 3)
    saved(book, "A", False)
    assert "置き換えますか" in book.asked[-1]
    assert book.pages["試算の案"] == first
    saved(book, "A", True)
    assert len(book.pages["試算の案"]) == 2
    assert book.pages["試算の案"] != first


@pytest.mark.parametrize("answers", [[None], ["1", None], ["1", "  "]])
def test_cancelling_saves_nothing(book: MemoryBook, answers: list[Any]) -> None:
    tried(book, 2)
    book.answers = answers
    pressed(book, "ja", "cases")
    assert "試算の案" not in book.pages
    assert book.messages == []


@pytest.mark.parametrize(
    ("answer", "word"), [("1", "保存する試算がありません"), ("2", "保存した案がありません"), ("3", "1~2")]
)
def test_nothing_to_save_or_compare_is_told(book: MemoryBook, answer: str, word: str) -> None:
    book.answers = [answer]
    pressed(book, "ja", "cases")
    text, trouble = book.messages[0]
    assert trouble
    assert word in text
    assert ("ask", "2") in book.log


def test_a_case_whose_data_were_changed_is_named_and_an_emptied_row_passed_over(book: MemoryBook) -> None:
    tried(book, 2)
    saved(book, "A")
    saved(book, "B")
    book.pages["試算の案"][1][3] = "{壊れた"
    book.answers = ["2"]
    pressed(book, "ja", "cases")
    assert "案「A」のデータが変わっていて読めません" in book.messages[-1][0]
    assert "案の比較" not in book.pages
    book.pages["試算の案"][1] = [None] * 4
    book.answers = ["2"]
    pressed(book, "ja", "cases")
    assert book.pages["案の比較"][0][2:] == ["現在", "B"]


def test_cases_of_an_earlier_run_are_tried_anew_and_say_so(book: MemoryBook) -> None:
    tried(book, 2)
    saved(book, "A")
    earlier = book.cells["PF_RUN"].value
    book.pages["取引"][1][2] = 987_654.0
    pressed(book)
    book.answers = ["2"]
    pressed(book, "ja", "cases")
    notes = [row[2] for row in book.pages["案の比較"] if row[0] == "注記"]
    assert any(str(earlier) in note for note in notes)


def test_a_users_sheet_of_cases_is_left_alone(book: MemoryBook) -> None:
    tried(book, 2)
    book.pages["試算の案"] = [["うちの案"]]
    saved(book, "A")
    assert book.messages[-1][1]
    assert book.pages["試算の案"] == [["うちの案"]]


def test_a_case_too_long_for_a_cell_is_refused(book: MemoryBook) -> None:
    lines = [["業界=IT", "年間売上", "×1"] for _ in range(900)]
    book.pages["試算"] = [["対象", "項目", "変更"], *lines]
    pressed(book, "ja", "change")
    assert book.messages == []
    saved(book, "長い案")
    assert "長すぎてセルに入りません" in book.messages[-1][0]
    assert "試算の案" not in book.pages


@pytest.mark.parametrize("button", ["lose", "change", "allocate", "cases"])
def test_without_a_run_each_says_what_to_press(button: str) -> None:
    book = pressed(MemoryBook({"顧客": copy.deepcopy(BOOK_CUSTOMERS)}), "ja", button)
    assert "「更新」を押してください" in book.messages[0][0]
    assert list(book.pages) == ["顧客"]


def test_english_words(book: MemoryBook) -> None:
    book.select("顧客", 2, 2)
    book.answers = ["0"]
    pressed(book, "en", "lose")
    assert book.pages["What if"][0][:3] == ["target", "item", "change"]
    assert whole(book)[0][:2] == ["What if", "Lose customers"]
    book.answers = ["1", "Case A"]
    pressed(book, "en", "cases")
    assert book.messages[-1][0].startswith('The case "Case A" is saved')
    book.answers = ["100"]
    pressed(book, "en", "allocate")
    assert "Hours" in book.pages
