"""Words in either language, any width and case, and company names without their legal form."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.language import words
from engine.language.errors import Refusal, Text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("㈱ Ａ商事", "A商事株式会社"),
        ("株式会社　山田", "(株)山田"),
        ("(株)山田", "山田"),
        ("有限会社みどり", "(有)みどり"),
        ("Blue Sky Co., Ltd.", "blue sky"),
        ("BLUE SKY INC", "Blue Sky Inc."),
    ],
)
def test_one_company_has_one_key(one: str, other: str) -> None:
    assert words.company_key(one) == words.company_key(other)


def test_a_name_that_is_only_a_legal_form_keeps_a_key() -> None:
    assert words.company_key("株式会社") == "株式会社"


def test_names_that_merely_contain_letters_of_a_form_stay_apart() -> None:
    assert words.company_key("Zinc") != words.company_key("Z")
    assert words.company_key("Cobalt") == "cobalt"


@pytest.mark.parametrize(
    "word", ["成長", "成長ポテンシャル", "Growth", "GROWTH", "growth potential", " グロース"[:1] + "成長 "]
)
def test_an_axis_is_found_in_either_language(word: str) -> None:
    assert words.find("axes", word) == "growth"


def test_full_width_words_are_found() -> None:
    assert words.find("schemes", "ＲＦＭ") == "rfm"
    assert words.find("schemes", "ﾃﾞｼﾙ") == "decile"


def test_an_unknown_word_names_the_near_ones() -> None:
    with pytest.raises(Refusal) as refusal:
        words.resolve("axes", "継続率", Text("軸", "axis"))
    assert "継続性" in refusal.value.to("ja")
    assert "Continuity" in refusal.value.to("en")


def test_every_word_exists_in_both_languages() -> None:
    for kind in ("axes", "levels", "schemes", "dimensions", "indices", "measures", "verdicts", "alerts", "status"):
        for code in words.codes(kind):
            assert all(words.text(kind, code)), (kind, code)


def test_a_half_width_mark_lengthens_kana_and_joins_anything_else() -> None:
    assert words.normalise("ﾃﾞｰﾀ") == words.normalise("データ")
    assert words.normalise("Aｰ001") == words.normalise("A-001") == words.normalise("Ａ－００１")


@given(st.text(max_size=20))
@example("ǰ")
@example("a\u0304")
@example("a \u0304")
@example("¨A")
@example("İ")
def test_what_is_normalised_stays_as_it_is(word: str) -> None:
    once = words.normalise(word)
    assert words.normalise(once) == once
