"""The filter language: what it reads, what it answers, what it refuses; laws of logic over random trees and texts."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from helpers.builders import GOLDEN, portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.definition import Definition
from engine.definition.metrics import dictionary
from engine.language import words
from engine.language.errors import Refusal
from engine.language.filters import DEEPEST, parse
from engine.language.filters.column import Column
from engine.language.filters.tokens import LONGEST, tokens
from engine.language.filters.tree import And, Blank, Compare, Contains, Listed, Node, Not, Or, columns_in, to_text
from engine.lists.columns import Columns, columns_of
from engine.lists.matching import matches
from engine.scoring.portfolio import Portfolio

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.language.filters.tokens import Sign

AS_OF = date(2026, 9, 30)
LANGS: tuple[Lang, ...] = ("ja", "en")


def company() -> Portfolio:
    """Five customers with two years of orders; one never ordered and has no industry."""
    customers = {
        "顧客ID": ["1", "2", "3", "4", "5"],
        "顧客名": ["株式会社青葉", "かつや商店", "New York Trading", "丁(株)", "戊"],
        "業界": ["製造", "飲食", "製造業", "IT", ""],
        "地域": ["東京都", "大阪府", "東京都", "福岡県", "海外"],
        "契約終了日": ["2026/12/31", "", "2027/3/31", "2026/10/1", ""],
        "解約予告日数": [30, "", 90, "", ""],
        "重要顧客": ["○", "", "", "", ""],
        "与信枠": [5_000_000, "", 100_000, "", ""],
        "備考": ["展示会", "", "紹介", "展示会", ""],
    }
    orders: dict[str, list[object]] = {"顧客ID": [], "取引日": [], "金額": [], "原価": []}
    for place, (amount, last) in enumerate([(500_000, 9), (40_000, 9), (90_000, 2), (10_000, 8)], start=1):
        for turn in range(20):
            year, month = divmod(2024 * 12 + 10 + turn, 12)
            if (year, month + 1) <= (2026, last):
                orders["顧客ID"].append(str(place))
                orders["取引日"].append(f"{year}/{month + 1}/{place}")
                orders["金額"].append(amount)
                orders["原価"].append(amount * place // 5)
    return portfolio_of(customers, orders, AS_OF)


PORTFOLIO = company()
COLUMNS = columns_of(PORTFOLIO)


def names(text: str, portfolio: Portfolio = PORTFOLIO) -> list[str]:
    return [str(portfolio.frame["customer_id"].iloc[at]) for at in np.flatnonzero(held(text, portfolio))]


def held(text: str, portfolio: Portfolio = PORTFOLIO) -> Any:
    return matches(portfolio, parse(text, columns_of(portfolio)))


def refusal(text: str, lang: Any = "ja") -> str:
    with pytest.raises(Refusal) as refused:
        held(text)
    assert refused.value.kind in ("argument", "missing_column", "too_little_data")
    return refused.value.to(lang)


# ---- what it reads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("売上>100万", ["1"]),
        ("売上 ＞ １００万円", ["1"]),
        ("売上>=36万 かつ 売上<=6,000千円", ["1", "2", "3"]),
        ("Sales > 1000000", ["1"]),
        ("Gross profit > 1000000 and Sales > 0", ["1"]),
        ("業界=製造", ["1"]),
        ("業界≠製造", ["2", "3", "4"]),  # 戊 has no industry: missing satisfies nothing
        ("業界<>製造", ["2", "3", "4"]),
        ("業界 含む 製造", ["1", "3"]),
        ("業界含む製造", ["1", "3"]),
        ("業界 contains 製造 and not 業界=製造", ["3"]),
        ("業界 含まない 製造", ["2", "4"]),
        ("業界=空白", ["5"]),
        ("業界≠空白", ["1", "2", "3", "4"]),
        ("industry = blank", ["5"]),
        ("地方=関東", ["1", "3"]),
        ("地域=東京都 または 地域=大阪府", ["1", "2", "3"]),
        ("粗利率>=40%", ["1", "2", "3"]),
        ("粗利率>=0.4", ["1", "2", "3"]),
        ("契約終了日<=2026/12/31", ["1", "4"]),
        ("契約終了日<=令和8年12月31日", ["1", "4"]),
        ("契約終了日=2026-10-01", ["4"]),
        ("契約終了日=空白", ["2", "5"]),
        ("契約残日数<=92日", ["1", "4"]),
        ("解約通知期限<=2026/12/31", ["1", "3", "4"]),
        ("与信枠>=100000円", ["1", "3"]),
        ("重要顧客指定", ["1"]),
        ("重要顧客指定=はい", ["1"]),
        ("重要顧客指定=いいえ", ["2", "3", "4", "5"]),
        ("状態=取引なし", ["5"]),
        ("売上=0", ["5"]),
        ("備考=展示会", ["1", "4"]),
        ("顧客=かつや商店", ["2"]),
        ("顧客=㈱青葉", ["1"]),
        ("顧客=New York Trading", ["3"]),
        ("顧客 含む かつや", ["2"]),
        ("顧客=「丁(株)」", ["4"]),
        ("顧客ID=3", ["3"]),
        ("累計の売上>100万", ["1", "3"]),
        ("売上>100万でない かつ 売上>0", ["2", "3", "4"]),
        ("(業界=製造 または 業界=IT) かつ (売上<100万)", ["4"]),
        ("not (業界=製造 or 業界=IT)", ["2", "3"]),
        ("（業界＝製造）または（業界＝飲食）", ["1", "2"]),
    ],
)
def test_a_condition_finds_its_customers(text: str, found: list[str]) -> None:
    assert names(text) == found


def test_levels_are_words_or_scores() -> None:
    table = {**GOLDEN, "リスク": ["低", "中", "高"]}
    portfolio = portfolio_of(table, as_of=AS_OF)
    for text, found in [
        ("リスク=高", [2]), ("リスク≠高", [0, 1]), ("リスク>=中", [1, 2]), ("risk < medium", [0]), ("リスク>60", [2]),
        ("リスク点<=50", [0, 1]), ("Risk score <= 50", [0, 1]), ("成長=高 または 成長=low", [1, 2]), ("リスク=大", [2]),
        ("標準=大口", [0]), ("セグメント=解約リスク", [2]), ("ABC=A", [0, 1]), ("総合>=0", [0, 1, 2]),
        ("パフォーマンス×ポテンシャル=スター", [0]), ("戦略 含む クロスセル", [0]), ("strategy contains upsell", [1]),
    ]:  # fmt: skip
        assert np.flatnonzero(held(text, portfolio)).tolist() == found, text


def test_an_unknown_level_satisfies_nothing_unless_it_is_asked_for() -> None:
    portfolio = portfolio_of({"顧客名": ["甲", "乙"], "リスク": ["高", ""]}, as_of=AS_OF)
    assert held("リスク=高", portfolio).tolist() == [True, False]
    assert held("リスク≠高", portfolio).tolist() == [False, False]
    assert held("not リスク=高", portfolio).tolist() == [False, False]
    assert held("リスク=不明", portfolio).tolist() == [False, True]


def test_a_scheme_of_ones_own_is_a_word_of_the_language() -> None:
    rows = [("schemes.規模別.x", "売上"), ("schemes.規模別.x_cuts", 9_000_000), ("schemes.規模別.grid", "小 大")]
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows(rows))
    assert held("規模別=大 かつ リスク=低", portfolio).tolist() == [True, False, False]
    assert to_text(parse("規模別=大", columns_of(portfolio)), columns_of(portfolio)) == "規模別 = 大"


def test_and_binds_before_or() -> None:
    a, b, c = (parse(text, COLUMNS) for text in ("売上>1", "業界=IT", "地方=関東"))
    assert parse("売上>1 または 業界=IT かつ 地方=関東", COLUMNS) == Or((a, And((b, c))))
    assert parse("(売上>1 または 業界=IT) かつ 地方=関東", COLUMNS) == And((Or((a, b)), c))
    assert parse("売上>1 or 業界=IT and not 地方=関東", COLUMNS) == Or((a, And((b, Not(c)))))


def test_a_list_may_stand_in_a_condition() -> None:
    assert parse("要対応 かつ 業界=製造", COLUMNS).parts[0] == Listed("action")  # type: ignore[union-attr]
    assert set(names("重要顧客 かつ 地方=関東")) <= set(names("地方=関東"))
    assert names("新規") == names("状態=新規")


def test_lists_that_name_each_other_are_refused() -> None:
    circle = '{"filter": "復帰", "columns": "売上", "sort": "売上"}'
    back = '{"filter": "新規", "columns": "売上", "sort": "売上"}'
    definition = Definition.from_rows([("lists.new", circle), ("lists.returned", back)])
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=definition)
    with pytest.raises(Refusal, match="自分自身"):
        held("新規", portfolio)


# ---- what it refuses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("売り上=1", 1, "売上"),
        ("リスク=高いかも", 5, "高・中・低・不明、または点数"),
        ("業界=製造 かつ 地区名=東京", 10, "地区名"),
        ("売上>たくさん", 4, "数として読めません"),
        ("売上>30%", 4, "割合ではありません"),
        ("粗利率>30", 5, "30%か小数"),
        ("契約終了日<来月", 7, "日付として読めません"),
        ("業界>製造", 4, "= か ≠"),
        ("標準>大口", 4, "= か ≠"),
        ("売上 含む 1", 1, "文字の列"),
        ("重要顧客指定=たぶん", 8, "はい"),
        ("リスク", 4, "比較が要ります"),
        ("リスク=", 4, "値が要ります"),
        ("リスク=「」", 4, "値が要ります"),
        ("=高", 1, "列の名前が要ります"),
        ("リスク=高 かつ", 9, "列の名前が要ります"),
        ("リスク=高 売上>1", 5, "「かつ」か「または」"),
        ("リスク=高 (売上>1)", 7, "「かつ」か「または」"),
        ("(リスク=高", 1, "閉じていません"),
        ("リスク=高)", 6, "対応する ("),
        ("リスク=「高", 5, "閉じていません"),
        ("リスク=!高", 4, "= ≠ < <= > >="),
        ("", 1, "列の名前が要ります"),
        ("__import__('os').system('x')", 1, "知らない語です"),
        ("=1+1", 1, "列の名前が要ります"),
        ("');--", 1, "閉じていません"),
        ("1=1 or 1=1", 1, "知らない語です"),
        ("売上>1; drop table 顧客", 4, "数として読めません"),
        ("{{7*7}}", 1, "知らない語です"),
        ("@SUM(A1)", 1, "知らない語です"),
    ],
)
def test_what_cannot_be_read_is_refused_with_place_and_word(text: str, place: int, says: str) -> None:
    message = refusal(text)
    assert f"条件の{place}文字目" in message
    assert says in message
    assert f"character {place}" in refusal(text, "en")


def test_the_near_words_are_offered() -> None:
    assert "近い語: リスク" in refusal("リスッ=高")
    assert "near: Risk" in refusal("rizk=high", "en")


def test_a_condition_has_limits_of_length_and_depth() -> None:
    assert "長すぎます" in refusal("売上>1" + " かつ 売上>1" * LONGEST)
    deep = "(" * (DEEPEST + 1) + "売上>1" + ")" * (DEEPEST + 1)
    assert "深すぎます" in refusal(deep)
    assert "深すぎます" in refusal("not " * (DEEPEST + 1) + "売上>1")
    assert "深すぎます" in refusal("売上>1" + "でない" * (DEEPEST + 1))
    assert names("(" * DEEPEST + "売上>100万" + ")" * DEEPEST) == ["1"]


def test_a_scheme_that_the_data_cannot_carry_says_so() -> None:
    assert "受注確率" in refusal("VOL16=A")
    assert "商品" in refusal("機会")


# ---- every column can be named ---------------------------------------------------------------------------------------


def every_column() -> list[Column]:
    spoken = [
        word
        for kind in ("axes", "dimensions", "list_columns")
        for code in words.codes(kind)
        for word in words.text(kind, code)
    ]
    spoken += [word for metric in dictionary() for word in (*metric.name, *metric.aliases)]
    spoken += [word for scheme in PORTFOLIO.schemes for word in PORTFOLIO.scheme_text(scheme)]
    spoken += ["備考", "契約終了日", "ターゲット規模", "Potential", "前年度売上", "法人番号", "重点顧客", "取引額"]
    found = [COLUMNS.find(word) for word in spoken]
    assert None not in found
    return [column for column in found if column is not None]


def test_a_column_is_found_again_by_the_word_that_is_written_for_it() -> None:
    for column in every_column():
        for lang in LANGS:
            written = COLUMNS.spoken(column, lang)
            assert COLUMNS.find(written) == column, (column, written)


def test_values_are_never_the_frame_itself_changed() -> None:
    before = PORTFOLIO.frame.copy()
    for column in every_column():
        if column.code in PORTFOLIO.frame.columns and not column.words.startswith("scheme:"):
            COLUMNS.values(column)
    assert PORTFOLIO.frame.equals(before)


# ---- laws ------------------------------------------------------------------------------------------------------------


def _column(word: str) -> Column:
    found = COLUMNS.find(word)
    assert found is not None
    return found


NUMBERS = [_column(word) for word in ("売上", "粗利率", "総合", "遅れ", "購入回数", "期待効果", "リスク点")]
DATES = [_column(word) for word in ("契約終了日", "最終購入日", "次回接触日")]
TEXTS = [_column(word) for word in ("業界", "地域", "備考", "地方", "戦略")]
SIGNS = st.sampled_from(["=", "≠", "<", "<=", ">", ">="])
LEVELS = [_column(word) for word in ("リスク", "継続性", "価値")]


def _amounts(column: Column) -> st.SearchStrategy[float]:
    if column.unit == "rate":
        return st.integers(-500, 500).map(lambda number: number / 100)
    if column.unit in ("money", "count", "days"):
        return st.integers(-(10**9), 10**9).map(float)
    return st.integers(-9999, 9999).map(lambda number: number / 100)


KEYS = st.text(min_size=1, max_size=12).map(words.normalise).filter(bool)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.sampled_from(NUMBERS).flatmap(lambda column: st.builds(Compare, st.just(column), SIGNS, _amounts(column))),
    st.builds(Compare, st.sampled_from(DATES), SIGNS, st.dates(date(2000, 1, 1), date(2050, 1, 1))),
    st.builds(Compare, st.sampled_from(LEVELS), SIGNS, st.sampled_from(["high", "mid", "low"])),
    st.builds(Compare, st.just(_column("標準")), st.sampled_from(["=", "≠"]), st.sampled_from(PORTFOLIO.segment_codes("standard"))),
    st.builds(Compare, st.sampled_from(TEXTS), st.sampled_from(["=", "≠"]), KEYS | st.sampled_from(["製造", "東京都"])),
    st.builds(Contains, st.sampled_from(TEXTS), KEYS | st.sampled_from(["製", "京"])),
    st.builds(Blank, st.sampled_from([*NUMBERS, *DATES, *TEXTS, *LEVELS])),
    st.builds(Compare, st.just(_column("重要顧客")), st.sampled_from(["=", "≠"]), st.booleans()),
    st.sampled_from([Listed("key"), Listed("new"), Listed("action")]),
)  # fmt: skip


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    flat = tuple(each for part in parts for each in (part.parts if isinstance(part, kind) else (part,)))
    return kind(flat)


TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: _joined(And, parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: _joined(Or, parts)),
        inner.map(Not),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(TREES, st.sampled_from(["ja", "en"]))
def test_the_normal_form_reads_as_the_same_tree(tree: Node, lang: Any) -> None:
    written = to_text(tree, COLUMNS, lang)
    if len(written) <= LONGEST:
        assert parse(written, COLUMNS) == tree, written


@settings(max_examples=150, deadline=None)
@given(st.lists(TREES, min_size=2, max_size=3))
def test_de_morgan_holds_with_missing_values(parts: list[Node]) -> None:
    contrary = [Not(part) for part in parts]
    assert (matches(PORTFOLIO, Not(_joined(And, parts))) == matches(PORTFOLIO, _joined(Or, list(contrary)))).all()
    assert (matches(PORTFOLIO, Not(_joined(Or, parts))) == matches(PORTFOLIO, _joined(And, list(contrary)))).all()
    assert (matches(PORTFOLIO, Not(Not(parts[0]))) == matches(PORTFOLIO, parts[0])).all()
    assert not (matches(PORTFOLIO, parts[0]) & matches(PORTFOLIO, Not(parts[0]))).any()


@given(LEAVES)
def test_only_what_is_known_holds_or_does_not_hold(leaf: Node) -> None:
    """Only 空白 and 不明 find a missing value."""
    either = matches(PORTFOLIO, leaf) | matches(PORTFOLIO, Not(leaf))
    for column in columns_in(leaf):
        known = matches(PORTFOLIO, Not(Blank(column)))
        assert (either[known]).all()
        asked_for = isinstance(leaf, Compare) and leaf.value == "unknown"
        if not isinstance(leaf, Blank) and not asked_for:
            assert not either[~known].any()


@given(st.sampled_from(NUMBERS), st.data())
def test_a_higher_threshold_never_finds_more(column: Column, data: st.DataObject) -> None:
    low, high = sorted(data.draw(st.tuples(_amounts(column), _amounts(column))))
    for sign, wide, narrow in ((">", low, high), (">=", low, high), ("<", high, low), ("<=", high, low)):
        few, many = (matches(PORTFOLIO, Compare(column, cast("Sign", sign), value)) for value in (narrow, wide))
        assert not (few & ~many).any()


PIECES = st.sampled_from(
    [
        *("リスク", "売上", "高", "100万", "2026/9/30", "要対応", "ﾘｽｸ", "%", "空白", "含む"),
        *("=", "≠", "<", ">=", "＝", "かつ", "または", "でない", "not", "and", "(", ")"),
        *("「", "」", "'", '"', "　", " ", "\n", "\x00", "🦊", "__import__", "=1+1", ";--"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60) | st.lists(PIECES, max_size=14).map("".join) | st.lists(PIECES, max_size=10).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    refused: Refusal | None = None
    try:
        held(text)
    except Refusal as refusal:
        refused = refusal
    assert refused is None or (refused.text.ja and refused.text.en)


@given(st.text(max_size=80))
def test_tokens_lie_in_the_text_in_order(text: str) -> None:
    try:
        found = tokens(text)
    except Refusal:
        return
    assert [token.at for token in found] == sorted(token.at for token in found)
    assert found[-1].kind == "end"


def test_a_portfolio_of_its_own_has_columns_of_its_own() -> None:
    other = portfolio_of(GOLDEN, as_of=AS_OF)
    assert isinstance(columns_of(other), Columns)
    assert columns_of(other) is columns_of(other)
    assert columns_of(other).find("備考") is None


# ---- the papers ------------------------------------------------------------------------------------------------------


def _page(name: str) -> str:
    return (Path(__file__).parent.parent / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["lists.ja.md", "lists.md"])
def test_every_condition_of_the_papers_is_read(name: str) -> None:
    examples = re.findall(r"```text\n(.*?)```", _page(name), re.DOTALL)[0].strip().splitlines()
    assert len(examples) == 8
    for example in examples:
        assert matches(PORTFOLIO, parse(example, COLUMNS)).dtype == np.bool_


@pytest.mark.parametrize(("name", "scheme"), [("lists.ja.md", "自社分類"), ("lists.md", "House")])
def test_the_scheme_of_the_papers_works(name: str, scheme: str) -> None:
    rows = re.findall(rf"^\| `(schemes\.{scheme}\.\w+)` \| (.*?) \|", _page(name), re.MULTILINE)
    assert len(rows) == 5
    portfolio = portfolio_of(GOLDEN, as_of=AS_OF, definition=Definition.from_rows(rows))
    assert "unclassified" not in set(portfolio.require_scheme(scheme).segments)
