"""The glossary: every word of the field is explained, in both languages, and points to what exists."""

from __future__ import annotations

import re

import pytest

import addin.functions.answers  # noqa: F401 - fills the registry
from addin.functions.registry import functions
from engine.language.glossary import Term, find_term, groups, section, terms
from workbooks.style.sheet_names import SHEETS

# The four lists of the field, word by word: 15 + 7 + 30 + 28 = 80.
FIELD = {
    "同意語": (
        "顧客ベース 顧客基盤 顧客データベース 顧客リスト 顧客層 顧客構成 顧客群 顧客ミックス アカウントポートフォリオ "
        "クライアント基盤 クライアントデータベース 取引先一覧 取引先ポートフォリオ 顧客プロファイル群 顧客資産"
    ),
    "対義語": (
        "顧客依存 顧客集中 単一顧客依存 少数顧客依存 顧客分散不足 顧客多様性の欠如 収益源の顧客偏重"
    ),
    "共起語": (
        "セグメンテーション データ分析 LTV 収益性 売上構成 アカウントプランニング 重要顧客 アカウントマネジメント "
        "クロスセル アップセル リテンション リテンション率 満足度 NPS CRM CAC 顧客リスク 取引履歴 購買行動 ジャーニー VOC "
        "ニーズ 地理的分布 顧客構造 価値ベースの提案 収益性マップ 最適化 データガバナンス ABM 競合比較"
    ),
    "関連用語": (
        "ポートフォリオ セグメンテーション プランニング マネジメント CRM DB ペルソナ データ統合 データ品質 ガバナンス "
        "ライフサイクル LTV CAC 売上構成比 粗利/利益貢献度 純利益 維持率 リテンション率 チャーン率 NPS CSAT "
        "カスタマーサクセス アップセル クロスセル 顧客化率 集中/依存リスク マルチチャネル 収益性分析/ROI"
    ),
}  # fmt: skip
OWN = "実行ID 未反映 解消条件 算出不可 信頼度 階層 基準日 鮮度 定義 しきい値 目的 水準 戦略 未分類 異動 監査ログ"
WORDS = [(group, word) for group, words in FIELD.items() for word in words.split()]
LEAST = 30  # letters of an explanation: shorter ones only repeat the word


def test_the_field_has_eighty_words() -> None:
    assert [len(words.split()) for words in FIELD.values()] == [15, 7, 30, 28]


@pytest.mark.parametrize(("group", "word"), WORDS)
def test_every_word_of_the_field_is_explained_in_its_list(group: str, word: str) -> None:
    found = find_term(word)
    assert found is not None
    assert group in found.groups


@pytest.mark.parametrize("word", OWN.split())
def test_the_product_s_own_words_are_explained(word: str) -> None:
    found = find_term(word)
    assert found is not None
    assert found.term.ja == word
    assert "製品" in found.groups


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.term.ja)
def test_an_entry_is_whole(term: Term) -> None:
    assert len(term.meaning.ja) > LEAST
    assert len(term.meaning.en.split()) > LEAST / 4
    assert re.fullmatch(r"[ぁ-んー]+", term.reading)
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", term.meaning.en) is None or term.sheets, term.meaning.en
    assert set(term.groups) <= set(groups())
    assert term.groups


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.term.ja)
def test_an_entry_points_to_what_exists(term: Term) -> None:
    assert term.where
    assert set(term.functions) <= {function.name for function in functions()}
    assert set(term.sheets) <= set(SHEETS)
    assert all(section(code).ja and section(code).en for code in term.sections)
    for other in term.see:
        found = find_term(other)
        assert found is not None
        assert found.term.ja == other
        assert found is not term


def test_no_word_has_two_entries() -> None:
    names = [term.term.ja for term in terms()]
    assert len(names) == len(set(names))


def test_words_that_are_often_mixed_up_are_told_apart() -> None:
    rates = {word: find_term(word) for word in ("顧客維持率", "リテンション率", "GRR", "NRR", "チャーン率")}
    assert len({id(term) for term in rates.values()}) == len(rates)
    kept = rates["リテンション率"]
    assert kept is not None
    assert "顧客維持率とは分母が違う" in kept.meaning.ja
    cost = find_term("顧客獲得コスト")
    assert cost is not None
    assert "総額" in cost.meaning.ja
    assert "平均" in cost.meaning.ja
    word = find_term("ポートフォリオ")
    assert word is not None
    assert all(sense in word.meaning.ja for sense in ("金融", "教育", "創作"))


@pytest.mark.parametrize("word", ["顧客データベース", "CRM", "カスタマー・ジャーニー", "ABM"])
def test_what_is_out_of_scope_is_said(word: str) -> None:
    found = find_term(word)
    assert found is not None
    assert re.search(r"ません", found.meaning.ja)
    assert re.search(r"do(es)? not|outside", found.meaning.en)


def test_width_and_case_do_not_matter() -> None:
    assert find_term("ｌｔｖ") is find_term("顧客生涯価値")
    assert find_term("なんでもない語") is None
